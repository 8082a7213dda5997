"""What the outbox forgets with the feedback that it belongs to. A refusal stays: it has to be obeyed for good."""

from datetime import datetime, timedelta

from django.db.models import Q

from feedback.models import SealedContact, State
from feedback.resident.retention import TOMBSTONE, WORDS_YEARS
from followup.sms.models import SmsMessage, SmsReply


def sms_forget(*, now: datetime) -> int:
    """Follow erased contacts, withdrawn and expired words; returns how many rows changed. Again: nothing more."""
    return _numbers_forget() + _words_forget(now)


def _numbers_forget() -> int:
    erased = SealedContact.objects.filter(erased_at__isnull=False).values("feedback_id")
    gone = SmsMessage.objects.filter(lookup__isnull=False, feedback__in=erased)
    # The replies first: they are found by the messages.
    replies = SmsReply.objects.filter(Q(message__in=gone.values("pk")) | Q(lookup__in=gone.values("lookup")))
    return replies.exclude(lookup=None).update(lookup=None) + gone.update(lookup=None, is_open_question=False)


def _words_forget(now: datetime) -> int:
    """Words of a feedback whose own words are gone, and, as old, words that nobody could match to one."""
    is_gone = Q(message__feedback__state=State.WITHDRAWN) | Q(message__feedback__content=TOMBSTONE)
    is_gone |= Q(received_at__lt=now - timedelta(days=365 * WORDS_YEARS))
    return SmsReply.objects.filter(is_gone).exclude(text="", comment="").update(text="", comment="")
