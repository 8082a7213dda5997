"""The way into the outbox: what other capabilities call, and what an officer does on its page.

``sms_queue`` writes the message in the caller's transaction; ``sending.py`` sends it, ``asking.py`` clears up doubts,
``taking.py`` stores receipts and replies. Answers are found by looking: see ``selectors.py``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from accounts.models import Officer
from accounts.permissions import Action, may
from accounts.services import SYSTEM, audit_record
from feedback.models import Feedback, SealedContact, State
from followup.models import SmsText
from followup.sms import moves, tasks
from followup.sms.bodies import body_shown, values_kept
from followup.sms.gateway import may_leave_at, provider_now, template_code
from followup.sms.locks import number_lock
from followup.sms.models import OptOut, SmsMessage, SmsReply, SmsState
from followup.sms.plan import History
from followup.sms.selectors import histories_of
from followup.sms.texts import full_text, parts, text_render, variables
from followup.sms.wording import Why
from opinion_portal import clock


@dataclass(frozen=True)
class Skipped:
    """Nothing will be sent, and why; ``message`` is the row that keeps this."""

    why: Why
    message: SmsMessage


@dataclass(frozen=True)
class _Resident:
    """What the table of contacts knows of a resident's number, without opening it."""

    lookup: bytes | None
    obstacle: Why | None


def sms_queue(
    *,
    text_code: str,
    values: Mapping[str, str],
    feedback: Feedback | None = None,
    officer: Officer | None = None,
    due_at: datetime | None = None,
    is_question: bool = False,
    is_response: bool = False,
    about: tuple[str, int] = ("", 0),
) -> SmsMessage | Skipped:
    """Write one SMS into the outbox, to the resident of ``feedback`` or to an ``officer``'s duty phone.

    Call it inside the transaction that causes the message: both stand or fall together. ``values`` fill the
    variables of the text ``text_code``; they may hold no personal data and nothing of the case. ``about`` names what
    the message is for, such as ``("follow_up", 17)``; the selectors find it by that. A question expects a reply.

    ``due_at`` (default: now) is moved into the sending hours, past a day that has a message to this number already
    and, for a question, to thirty days after the last one; the message's own ``due_at`` says where to. A response to
    what the resident has just sent (``is_response``) waits for the sending hours alone.

    Who cannot or may not be written to gets ``Skipped``, with a row that says why. Two residents in one transaction
    are to be written to in the order of their feedback: each number is locked until the commit.
    Raises ``SmsText.DoesNotExist`` for an unknown text, ``ValueError`` for values that the text does not take.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("sms_queue belongs inside the transaction that causes the message")
    if (feedback is None) == (officer is None) or (is_question and feedback is None):
        raise ValueError("an SMS goes to one person, a question to a resident")
    text = SmsText.objects.get(code=text_code)
    message = _written(text, values)
    message.feedback, message.officer = feedback, officer
    message.about_type, message.about_id = about
    message.is_question, message.is_response = is_question, is_response
    message.due_at = due_at or message.created_at
    if is_question:
        message.extension = f"{message.key.int % 10**7:07d}"
    why = _way_obstacle(text) or (_to_resident(message, feedback) if feedback else _to_officer(message, officer))
    if why:
        _skip(message, why)
    message.save(force_insert=True)
    if why:
        return Skipped(why, message)
    if message.due_at <= message.created_at:
        transaction.on_commit(tasks.wake_sender, robust=True)
    return message


def _written(text: SmsText, values: Mapping[str, str]) -> SmsMessage:
    body = text_render(text.body, values)
    return SmsMessage(
        key=uuid4(),
        text=text,
        signature=text.signature,
        template=text.body,
        values=[[name, values[name].strip()] for name in variables(text.body)],
        body=body,
        parts=parts(full_text(text.signature, body)),
        created_at=clock.now(),
    )


def _way_obstacle(text: SmsText) -> Why | None:
    if not text.is_active:
        return Why.TEXT_OFF
    if provider_now() is None:
        return Why.NO_PROVIDER
    return None if template_code(text.code) else Why.NO_TEMPLATE


def _to_officer(message: SmsMessage, officer: Officer | None) -> Why | None:
    if officer is None or not officer.is_active or not officer.phone:
        return Why.NO_DUTY_PHONE
    message.due_at = may_leave_at(message, message.due_at, History())
    return None


def _to_resident(message: SmsMessage, feedback: Feedback) -> Why | None:
    resident = _resident(feedback)
    if resident.obstacle or resident.lookup is None:
        return resident.obstacle
    number_lock(resident.lookup)
    if OptOut.objects.filter(lookup=resident.lookup).exists():
        return Why.OPTED_OUT
    message.lookup = resident.lookup
    history = histories_of([resident.lookup], planned=True).get(resident.lookup) or History()
    message.due_at = may_leave_at(message, message.due_at, history)
    return None


def _resident(feedback: Feedback) -> _Resident:
    found = SealedContact.objects.filter(feedback=feedback).values("lookup", "erased_at", "feedback__state").first()
    if found is None:
        return _Resident(None, Why.NO_CONTACT)
    if found["feedback__state"] == State.WITHDRAWN:
        return _Resident(None, Why.WITHDRAWN)
    if found["erased_at"] or not found["lookup"]:
        return _Resident(None, Why.ERASED)
    return _Resident(bytes(found["lookup"]), None)


def _skip(message: SmsMessage, why: Why) -> None:
    message.state, message.why, message.settled_at = SmsState.CANCELLED, why, message.created_at
    message.body, message.values = body_shown(message), values_kept(message)


@transaction.atomic
def sms_cancel(*, about: tuple[str, int], actor: Officer | str = SYSTEM) -> int:
    """Take back what is still waiting for the object ``about``, because it has moved on; how many that were."""
    waiting = SmsMessage.objects.select_for_update().filter(
        about_type=about[0], about_id=about[1], state=SmsState.QUEUED
    )
    now = clock.now()
    ended = [message for message in waiting if moves.not_sent(message, SmsState.CANCELLED, Why.TAKEN_BACK, now)]
    for message in ended:
        audit_record(action="sms.cancel", actor=actor, object_type="sms", object_id=message.pk)
    return len(ended)


def replies_read(*, officer: Officer, reply_ids: Sequence[int]) -> None:
    """Record that ``officer`` was shown the words of these replies."""
    if reply_ids:
        audit_record(action="sms.replies_read", actor=officer, object_type="sms_reply", data={"ids": list(reply_ids)})


@transaction.atomic
def reply_seen(*, reply: SmsReply, officer: Officer) -> bool:
    """Record that a person has looked at a reply that answers no question; whether nobody was faster."""
    if not may(officer, Action.SMS_VIEW):
        raise PermissionDenied
    waiting = SmsReply.objects.filter(pk=reply.pk, message__isnull=True, seen_at__isnull=True)
    if not waiting.update(seen_at=clock.now(), seen_by=officer):
        return False
    audit_record(action="sms.reply_seen", actor=officer, object_type="sms_reply", object_id=reply.pk)
    return True
