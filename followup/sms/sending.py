"""From waiting to sent. A message is claimed, leased the moment before it leaves, and its outcome stored at once.

Whatever is not certain becomes UNKNOWN and is cleared up by ``asking.py``; nothing is ever sent blindly again.
"""

import re
from collections.abc import Iterable
from datetime import datetime

import structlog
from cryptography.exceptions import InvalidTag
from django.db import transaction

from accounts.models import Officer
from feedback.models import SealedContact, State
from feedback.openings.services import contact_use
from feedback.resident.rules import phone_clean
from followup.sms import moves, plan
from followup.sms.gateway import may_leave_at, provider_now, template_code
from followup.sms.locks import numbers_try_lock
from followup.sms.models import OptOut, SmsMessage, SmsState
from followup.sms.plan import History
from followup.sms.providers.base import Outgoing, Provider, Refused, Unreachable
from followup.sms.selectors import histories_of
from followup.sms.wording import Why
from opinion_portal import clock

log = structlog.get_logger("followup.sms")

_MOBILE = re.compile(r"1[3-9]\d{9}")


class CannotSend(Exception):
    """Nothing will leave the portal; ``why`` is the code."""

    def __init__(self, state: SmsState, why: Why) -> None:
        super().__init__(why)
        self.state, self.why = state, why


# Claiming ---------------------------------------------------------------------------------------------------------
def sms_claim_due(*, now: datetime, limit: int = 10) -> list[SmsMessage]:
    """Take up to ``limit`` messages that are due at ``now``, for this worker alone, to be sent at once.

    What may not be sent any more is cancelled on the way, and what may not be sent yet is moved: time has passed since
    it was planned. Of messages to one number one worker decides at a time. Empty: nothing is to be sent now.
    """
    provider = provider_now()
    if provider is None:
        return []
    while True:
        claimed, put_aside = _batch_claim(provider.name, now, limit)
        if claimed or not put_aside:
            return claimed


@transaction.atomic
def _batch_claim(provider: str, now: datetime, limit: int) -> tuple[list[SmsMessage], int]:
    """The claimed, and how many others will not be due any more."""
    waiting = SmsMessage.objects.filter(state=SmsState.QUEUED, due_at__lte=now).order_by("due_at", "id")
    due = list(waiting.select_for_update(skip_locked=True, of=("self",)).select_related("text", "officer")[:limit])
    judge = _Judge(due, now)
    claimed = [message for message in due if judge.lets_go(message) and judge.claim(message, provider)]
    return claimed, judge.put_aside


class _Judge:
    """What is known of the numbers and people of one batch, read once their locks are held."""

    def __init__(self, due: list[SmsMessage], now: datetime) -> None:
        self.now, self.put_aside = now, 0
        self.held = numbers_try_lock({bytes(message.lookup) for message in due if message.lookup})
        self.histories = histories_of(self.held, planned=False)
        self.opted_out = _opted_out(self.held)
        self.contacts = _contacts(message.feedback_id for message in due if message.feedback_id)

    def lets_go(self, message: SmsMessage) -> bool:
        """Whether the message may leave now; otherwise it is cancelled, or moved, or left to whoever has its number."""
        lookup = bytes(message.lookup or b"")
        if lookup and lookup not in self.held:
            return False
        history = self.histories.get(lookup, History())
        if why := self._obstacle(message, lookup):
            self.put_aside += moves.not_sent(message, SmsState.CANCELLED, why, self.now)
        elif (at := may_leave_at(message, self.now, history)) > self.now:
            self.put_aside += moves.moved(message, at)
        else:
            return True
        return False

    def claim(self, message: SmsMessage, provider: str) -> bool:
        """Take it; what comes later in this batch knows of it."""
        if not moves.claimed(message, provider, self.now):
            return False
        message.state, message.claimed_at, message.provider = SmsState.CLAIMED, self.now, provider
        if message.lookup:
            history = self.histories.setdefault(bytes(message.lookup), History())
            history.add(self.now, is_question=message.is_question)
        return True

    def _obstacle(self, message: SmsMessage, lookup: bytes) -> Why | None:
        if message.officer:
            return None if message.officer.is_active and message.officer.phone else Why.NO_DUTY_PHONE
        state, is_erased = self.contacts.get(message.feedback_id, ("", True))
        if state == State.WITHDRAWN:
            return Why.WITHDRAWN
        if is_erased or not lookup:
            return Why.ERASED
        return Why.OPTED_OUT if lookup in self.opted_out else None


def _opted_out(lookups: Iterable[bytes]) -> set[bytes]:
    return {bytes(one) for one in OptOut.objects.filter(lookup__in=list(lookups)).values_list("lookup", flat=True)}


def _contacts(feedback_ids: Iterable[int]) -> dict[int | None, tuple[str, bool]]:
    """State of the feedback and whether its number is gone, by feedback."""
    found = SealedContact.objects.filter(feedback__in=set(feedback_ids))
    rows = found.values_list("feedback_id", "feedback__state", "erased_at")
    return {feedback_id: (state, erased_at is not None) for feedback_id, state, erased_at in rows}


# Sending ----------------------------------------------------------------------------------------------------------
def sms_send_claimed(*, message: SmsMessage, now: datetime) -> None:
    """Send one claimed message and store what came of it. Must not run inside a transaction: sending is no part of one.

    Does nothing where the claim has been given up for dead meanwhile.
    """
    provider = provider_now()
    if provider is None or not _is_mine(message, now):
        return
    try:
        outgoing = _outgoing(message)
    except CannotSend as problem:
        moves.not_sent(message, problem.state, problem.why, clock.now())
    else:
        _hand_over(message, outgoing, provider)


def _is_mine(message: SmsMessage, now: datetime) -> bool:
    if message.claimed_at and now - message.claimed_at > plan.LEASE_HOLDS:
        moves.queued_again(message, now, "")  # the batch took too long; this one has not left
        return False
    return moves.leased(message, now)


def _hand_over(message: SmsMessage, outgoing: Outgoing, provider: Provider) -> None:
    try:
        sent = provider.send(outgoing)
    except Refused as refusal:
        _refused(message, refusal)
    except Unreachable:
        _try_later(message, Why.UNREACHABLE)
    except Exception as error:  # noqa: BLE001 (whatever it was, the message may have left)
        log.warning("sms.unknown", message=message.pk, error=type(error).__name__)
        moves.doubtful(message, Why.NO_ANSWER, clock.now())
    else:
        moves.sent(message, sent.provider_id, clock.now())


def _outgoing(message: SmsMessage) -> Outgoing:
    template = template_code(message.text.code)
    if not template:
        raise CannotSend(SmsState.FAILED, Why.NO_TEMPLATE)
    return Outgoing(
        key=str(message.key),
        phone=number_for(message, purpose="sms"),
        signature=message.signature,
        template_code=template,
        values=dict(message.values),
        text=message.body,
        extension=message.extension,
    )


def number_for(message: SmsMessage, *, purpose: str) -> str:
    """The mobile number, opened for this one use and kept nowhere. Raises ``CannotSend``."""
    number = _officers_number(message.officer_id) if message.officer_id else _residents_number(message, purpose)
    if not _MOBILE.fullmatch(number):
        raise CannotSend(SmsState.FAILED, Why.NOT_MOBILE)
    return number


def _residents_number(message: SmsMessage, purpose: str) -> str:
    assert message.feedback_id, "the database knows no message to nobody"  # noqa: S101 (for the type checker)
    try:
        number = contact_use(feedback_id=message.feedback_id, purpose=purpose)
    except (KeyError, InvalidTag):
        raise CannotSend(SmsState.FAILED, Why.NOT_OPENED) from None
    if number is None:
        raise CannotSend(SmsState.CANCELLED, Why.ERASED)
    return number


def _officers_number(officer_id: int) -> str:
    phones = Officer.objects.filter(pk=officer_id, is_active=True).values_list("phone", flat=True)
    number = phones.first()
    if not number:
        raise CannotSend(SmsState.CANCELLED, Why.NO_DUTY_PHONE)
    try:
        return phone_clean(number)
    except ValueError:
        return ""


def _refused(message: SmsMessage, refusal: Refused) -> None:
    log.warning("sms.refused", message=message.pk, code=refusal.code, permanent=refusal.is_permanent)
    if refusal.is_permanent:
        moves.not_sent(message, SmsState.FAILED, refusal.code or Why.REFUSED, clock.now())
    else:
        _try_later(message, refusal.code or Why.REFUSED)


def _try_later(message: SmsMessage, why: str) -> None:
    now = clock.now()
    again = plan.retry_at(now, message.attempts)
    if again is None:
        moves.not_sent(message, SmsState.FAILED, why, now)
    else:
        moves.queued_again(message, again, why)
