"""Clearing up doubts: what became of a message whose sending was never answered, or whose receipt never came."""

from datetime import datetime

import structlog

from followup.sms import moves, plan
from followup.sms.gateway import provider_now
from followup.sms.models import SmsMessage, SmsReceipt, SmsState
from followup.sms.providers.base import Outcome, Provider, ProviderProblem, Status
from followup.sms.sending import CannotSend, number_for
from followup.sms.taking import receipt_apply
from followup.sms.wording import Why
from opinion_portal import clock

log = structlog.get_logger("followup.sms")


def sms_reconcile(*, now: datetime, limit: int = 50) -> int:
    """Give up the claims of dead workers, and ask the provider about up to ``limit`` messages; returns how many.

    "Never heard of it" is believed once the provider's records must have it, and then the message waits once more;
    the second time it has failed. After 72 hours nobody asks any more: what is unknown then stays so and is shown.
    """
    moves.presumed_lost(now)
    _receipts_adopt(now)
    provider = provider_now()
    if provider is None:
        return 0
    in_doubt = SmsMessage.objects.filter(state__in=[SmsState.UNKNOWN, SmsState.SENT], ask_at__lte=now)
    found = list(in_doubt.order_by("ask_at", "id")[:limit])
    return sum(_ask(message, provider, now) for message in found)


def _receipts_adopt(now: datetime) -> None:
    """A receipt without our key may come before the provider's own number of the message is stored."""
    stray = SmsReceipt.objects.filter(message__isnull=True).exclude(provider_id="")
    known = SmsMessage.objects.filter(provider_id__in=stray.values("provider_id"))
    owners = {(message.provider, message.provider_id): message for message in known}
    for receipt in stray.filter(provider_id__in=[provider_id for _provider, provider_id in owners]):
        message = owners.get((receipt.provider, receipt.provider_id))
        if message and SmsReceipt.objects.filter(pk=receipt.pk, message__isnull=True).update(message=message):
            receipt_apply(message, is_delivered=receipt.is_delivered, code=receipt.code, now=now)


def _ask(message: SmsMessage, provider: Provider, now: datetime) -> bool:
    if not moves.asked(message, now) or message.provider != provider.name:
        return False  # another provider would honestly never have heard of it
    handed_at = message.claimed_at or message.sent_at
    if handed_at is None:
        return False
    try:
        status = provider.query(
            key=str(message.key),
            phone=number_for(message, purpose="sms-ask"),
            day=clock.bureau_day(handed_at),
            provider_id=message.provider_id,
        )
    except CannotSend:
        return False  # the number is gone, so nobody can ask
    except ProviderProblem as problem:
        log.warning("sms.ask_failed", message=message.pk, error=type(problem).__name__)
        return False
    _learn(message, status, is_believed=now - handed_at >= plan.BELIEVED_AFTER)
    return True


def _learn(message: SmsMessage, status: Status, *, is_believed: bool) -> None:
    now = clock.now()
    why = Why.SENT_TWICE if status.copies > 1 else ""
    if why:
        log.error("sms.sent_twice", message=message.pk, copies=status.copies)
    moves.numbered(message, status.provider_id)
    if status.outcome is Outcome.SENT:
        moves.sent(message, status.provider_id, now, why=why)
    elif status.outcome is Outcome.DELIVERED:
        moves.delivered(message, now, why=why)
    elif status.outcome is Outcome.FAILED:
        moves.not_reached(message, status.code, now)
    elif status.outcome is Outcome.NOT_FOUND and message.state == SmsState.UNKNOWN and is_believed:
        _never_accepted(message, now)


def _never_accepted(message: SmsMessage, now: datetime) -> None:
    if message.requeued_at:
        moves.not_sent(message, SmsState.FAILED, Why.NOT_ACCEPTED, now)
    else:
        moves.queued_again(message, now, "", requeued_at=now)
