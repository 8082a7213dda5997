"""How long what residents say is kept; the privacy notice prints these numbers, a daily task keeps the promise."""

from datetime import datetime, timedelta

from django.db import transaction

from accounts.services import SYSTEM, audit_record
from feedback.models import Attachment, Feedback, Remark, SealedContact, State

CONTACT_DAYS = 180
WORDS_YEARS = 2
# Stands where the words stood: the database refuses a voice that says nothing at all, and a reader sees why.
TOMBSTONE = "—"


@transaction.atomic
def voices_expire(*, now: datetime) -> dict[str, int]:
    """Erase contacts older than 180 days, and words and photos older than two years; ratings stay for the statistics.

    Returns how many of each went. Running it again erases nothing more.
    """
    gone = {"contacts": _contacts_erase(now), "words": _words_erase(now)}
    if any(gone.values()):
        audit_record(action="feedback.expire", actor=SYSTEM, object_type="feedback", data=gone)
    return gone


def _contacts_erase(now: datetime) -> int:
    old = SealedContact.objects.filter(
        erased_at__isnull=True, feedback__received_at__lt=now - timedelta(days=CONTACT_DAYS)
    )
    return old.update(ciphertext=b"", nonce=b"", lookup=None, erased_at=now)


def _words_erase(now: datetime) -> int:
    limit = now - timedelta(days=365 * WORDS_YEARS)
    Attachment.objects.filter(feedback__received_at__lt=limit).delete()
    Remark.objects.filter(feedback__received_at__lt=limit).exclude(content="").update(content="", redacted="")
    old = Feedback.objects.filter(received_at__lt=limit).exclude(content__in=("", TOMBSTONE))
    return old.exclude(state=State.WITHDRAWN).update(
        content=TOMBSTONE, redacted=TOMBSTONE, search=None, urgent_words=[], changed_at=now
    )
