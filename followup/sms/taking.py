"""What comes back: receipts and replies. Both arrive twice, late and out of order, and are stored once.

A reply is matched by its number and the digits that it came back under, else by its number alone to the one open
question; what fits nothing waits for a person. A refusal is final for the number.
"""

from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q

from accounts.services import RESIDENT, audit_record
from feedback.sealing import phone_lookup
from followup.sms import moves
from followup.sms.locks import number_lock
from followup.sms.models import OUT, OptOut, SmsMessage, SmsReceipt, SmsReply, SmsState
from followup.sms.providers.base import Delivery, Inbound
from followup.sms.replies import LONGEST, Answer, Reply, is_late, latest, reply_parse
from followup.sms.wording import Why
from measures.selectors import deadline_amount
from opinion_portal import clock

log = structlog.get_logger("followup.sms")


# Receipts ---------------------------------------------------------------------------------------------------------
@transaction.atomic
def receipt_take(*, delivery: Delivery, provider: str) -> bool:
    """Store one receipt and what it says of its message; ``False`` for one that is known already.

    A receipt for a message that nobody knows is kept: its message may learn the provider's number a moment later.
    """
    message = _message_of(delivery, provider)
    _receipt, is_new = SmsReceipt.objects.get_or_create(
        receipt_id=delivery.receipt_id,
        defaults={
            "message": message,
            "provider": provider,
            "provider_id": delivery.provider_id[: moves.ID_LENGTH],
            "is_delivered": delivery.is_delivered,
            "code": delivery.code[: moves.CODE_LENGTH],
            "reported_at": delivery.reported_at,
            "received_at": clock.now(),
        },
    )
    if is_new and message:
        receipt_apply(message, is_delivered=delivery.is_delivered, code=delivery.code, now=clock.now())
        moves.numbered(message, delivery.provider_id)
    elif is_new:
        log.warning("sms.receipt_of_nothing", provider=provider)
    return is_new


def _message_of(delivery: Delivery, provider: str) -> SmsMessage | None:
    messages = SmsMessage.objects.exclude(provider="")  # one that was never handed over has no receipt
    try:
        return messages.filter(key=UUID(delivery.key)).first()
    except ValueError:
        pass
    if not delivery.provider_id:
        return None
    return messages.filter(provider=provider, provider_id=delivery.provider_id).first()


def receipt_apply(message: SmsMessage, *, is_delivered: bool, code: str, now: datetime) -> None:
    """What a receipt says of its message, unless something better is known."""
    if is_delivered:
        moves.delivered(message, now)
    else:
        moves.not_reached(message, code, now)


# Replies ----------------------------------------------------------------------------------------------------------
@transaction.atomic
def reply_take(*, inbound: Inbound) -> SmsReply | None:
    """Store one reply with its meaning; ``None`` for one that is known already.

    The last answer to a question stands, a refusal stops everything that waits for this number, for good.
    """
    lookup = phone_lookup(inbound.phone)
    number_lock(lookup)  # replies of one number one by one, and no message leaves while it refuses
    if SmsReply.objects.filter(reply_id=inbound.reply_id).exists():
        return None
    message = _question_of(lookup, inbound)
    read = reply_parse(inbound.text)
    reply = SmsReply.objects.create(
        reply_id=inbound.reply_id,
        message=message,
        lookup=lookup,
        text=inbound.text[:LONGEST],
        answer=read.answer.value,
        comment=read.comment[:LONGEST],
        is_late=_is_late(message, inbound.received_at),
        replied_at=inbound.received_at,
        received_at=clock.now(),
    )
    if read.answer is Answer.REFUSAL:
        _opt_out(lookup, reply)
    if message:
        _stand(message)
        reply.refresh_from_db(fields=["stands"])
    return reply


def _question_of(lookup: bytes, inbound: Inbound) -> SmsMessage | None:
    asked = SmsMessage.objects.filter(lookup=lookup, is_question=True, state__in=OUT).order_by("-id")
    questions = list(asked.filter(Q(is_open_question=True) | ~Q(sent_at=None)))
    addressed = [question for question in questions if inbound.is_addressed_to(question.extension)]
    still_open = [question for question in questions if question.is_open_question]
    return next(iter(addressed or still_open), None)


def _is_late(message: SmsMessage | None, replied_at: datetime) -> bool:
    asked_at = (message.sent_at or message.claimed_at) if message else None
    return asked_at is not None and is_late(asked_at, replied_at, deadline_amount("reply-late"))


def _stand(message: SmsMessage) -> None:
    rows = list(message.replies.order_by("replied_at", "id"))
    replies = [Reply(Answer(row.answer), row.comment) for row in rows]
    holding = latest(replies).reply
    stands = [row.pk for row, reply in zip(rows, replies, strict=True) if reply is holding]
    message.replies.filter(stands=True).exclude(pk__in=stands).update(stands=False)
    message.replies.filter(pk__in=stands, stands=False).update(stands=True)


def _opt_out(lookup: bytes, reply: SmsReply) -> None:
    opted, is_new = OptOut.objects.get_or_create(lookup=lookup, defaults={"at": clock.now(), "reply": reply})
    if is_new:
        audit_record(action="sms.opt_out", actor=RESIDENT, object_type="sms_reply", object_id=reply.pk)
    for waiting in SmsMessage.objects.select_for_update().filter(lookup=lookup, state=SmsState.QUEUED):
        moves.not_sent(waiting, SmsState.CANCELLED, Why.OPTED_OUT, opted.at)
