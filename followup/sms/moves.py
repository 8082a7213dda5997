"""Every change of a message's state: one conditional UPDATE each, which says whether it was the one to change it.

A receipt may come before its message's answer is stored, and twice, and after a later one. So what is better known
wins: delivered is final, what failed on the way can still turn out delivered, and nothing that was accepted goes back
to waiting. As soon as a message needs no link any more, the link is forgotten.
"""

from datetime import datetime
from typing import Any

from django.db.models import DateTimeField, F, Q, Value
from django.db.models.functions import Coalesce

from followup.sms import plan
from followup.sms.bodies import body_shown, values_kept
from followup.sms.models import SmsMessage, SmsState
from followup.sms.wording import Why

LIVE = (SmsState.QUEUED, SmsState.CLAIMED, SmsState.UNKNOWN, SmsState.SENT)
CODE_LENGTH = 60
ID_LENGTH = 64


def _change(message: SmsMessage, where: Q, **fields: Any) -> bool:
    return bool(SmsMessage.objects.filter(where, pk=message.pk).update(**fields))


def _words(message: SmsMessage) -> dict[str, Any]:
    return {"body": body_shown(message), "values": values_kept(message)}


def _handed_over(now: datetime) -> Coalesce:
    return Coalesce("sent_at", "claimed_at", Value(now, output_field=DateTimeField()))


def claimed(message: SmsMessage, provider: str, now: datetime) -> bool:
    """A worker takes a waiting message; a question becomes the number's one open question."""
    is_open = message.is_question and message.lookup is not None
    if is_open:
        SmsMessage.objects.filter(lookup=message.lookup, is_open_question=True).update(is_open_question=False)
    return _change(
        message,
        Q(state=SmsState.QUEUED),
        state=SmsState.CLAIMED,
        claimed_at=now,
        provider=provider,
        is_open_question=is_open,
        ask_at=None,
        why="",
    )


def leased(message: SmsMessage, now: datetime) -> bool:
    """The worker is about to send what it has claimed, and nobody has given it up for dead meanwhile."""
    mine = Q(state=SmsState.CLAIMED, claimed_at=message.claimed_at)
    if not _change(message, mine, claimed_at=now, attempts=F("attempts") + 1):
        return False
    message.claimed_at, message.attempts = now, message.attempts + 1
    return True


def _mine(message: SmsMessage) -> Q:
    """As this worker knows it, or given up for dead while it was at work."""
    return Q(state__in=[SmsState.CLAIMED, SmsState.UNKNOWN], claimed_at=message.claimed_at)


def moved(message: SmsMessage, due_at: datetime) -> bool:
    """A waiting message may not leave yet."""
    return _change(message, Q(state=SmsState.QUEUED), due_at=due_at)


def sent(message: SmsMessage, provider_id: str, now: datetime, *, why: str = "") -> bool:
    """The provider has accepted it."""
    numbered(message, provider_id)
    return _change(
        message,
        Q(state__in=[SmsState.QUEUED, SmsState.CLAIMED, SmsState.UNKNOWN]),
        state=SmsState.SENT,
        why=why,
        sent_at=_handed_over(now),
        ask_at=now + plan.RECEIPT_EXPECTED,
        **_words(message),
    )


def numbered(message: SmsMessage, provider_id: str) -> bool:
    """The provider's own number of it has become known, whatever its state."""
    return bool(provider_id) and _change(message, Q(provider_id=""), provider_id=provider_id[:ID_LENGTH])


def delivered(message: SmsMessage, now: datetime, *, why: str = "") -> bool:
    """The phone has it."""
    return _change(
        message,
        ~Q(state=SmsState.DELIVERED),
        state=SmsState.DELIVERED,
        why=why,
        sent_at=_handed_over(now),
        settled_at=now,
        ask_at=None,
        **_words(message),
    )


def not_reached(message: SmsMessage, code: str, now: datetime) -> bool:
    """The carrier reports that the phone was not reached."""
    return _change(
        message,
        Q(state__in=LIVE),
        state=SmsState.FAILED,
        why=code[:CODE_LENGTH] or Why.NOT_REACHED,
        sent_at=_handed_over(now),
        settled_at=now,
        ask_at=None,
        **_words(message),
    )


def not_sent(message: SmsMessage, state: SmsState, why: str, now: datetime) -> bool:
    """Ends as FAILED or CANCELLED; certainly nothing left the portal."""
    return _change(
        message,
        Q(state=SmsState.QUEUED) | _mine(message),
        state=state,
        why=why[:CODE_LENGTH],
        settled_at=now,
        is_open_question=False,
        ask_at=None,
        **_words(message),
    )


def queued_again(message: SmsMessage, due_at: datetime, why: str, *, requeued_at: datetime | None = None) -> bool:
    """Certainly nothing left the portal: it waits once more."""
    return _change(
        message,
        _mine(message),
        state=SmsState.QUEUED,
        why=why[:CODE_LENGTH],
        due_at=due_at,
        claimed_at=None,
        is_open_question=False,
        ask_at=None,
        requeued_at=requeued_at or F("requeued_at"),
    )


def doubtful(message: SmsMessage, why: str, now: datetime) -> bool:
    """It may have left: the provider is asked, nothing is sent."""
    return _change(
        message,
        Q(state=SmsState.CLAIMED, claimed_at=message.claimed_at),
        state=SmsState.UNKNOWN,
        why=why,
        ask_at=now + plan.ASK_AFTER,
    )


def presumed_lost(now: datetime) -> int:
    """Whoever claimed these is dead, somewhere between the claim and the answer; how many there are."""
    lost = SmsMessage.objects.filter(state=SmsState.CLAIMED, claimed_at__lt=now - plan.CLAIM_HOLDS)
    return lost.update(state=SmsState.UNKNOWN, why=Why.WORKER_LOST, ask_at=now)


def asked(message: SmsMessage, now: datetime) -> bool:
    """The provider is about to be asked: nobody else asks now, and the next time is set."""
    handed_at = message.claimed_at or message.sent_at or message.created_at
    return _change(message, Q(ask_at=message.ask_at), ask_at=plan.ask_at(handed_at, now))
