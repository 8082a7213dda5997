"""An outbox in which every state has a message, and a reply that answers nothing."""

from datetime import timedelta

from followup.models import SmsMessage, SmsReply, SmsText
from followup.sms.models import ENDED, ReplyAnswer, SmsState
from followup.sms.wording import Why
from opinion_portal import clock

WHY = {SmsState.FAILED: "MK:0001", SmsState.UNKNOWN: Why.NO_ANSWER, SmsState.CANCELLED: Why.OPTED_OUT}


def outbox_play(feedback_id: int) -> None:
    """Write it down as if a carrier had been there: the tests' portals have none."""
    now, text = clock.now(), SmsText.objects.get(code="reply-ready")
    for back, state in enumerate(SmsState):
        moment = now - timedelta(days=back % 3, hours=1)
        SmsMessage.objects.create(
            text=text,
            feedback_id=feedback_id,
            signature=text.signature,
            template=text.body,
            body="您的意见已有答复，编号F-00001234。凭回执可在…查看。拒收回复TD",
            parts=1,
            state=state,
            why=WHY.get(state, ""),
            created_at=moment,
            due_at=moment,
            claimed_at=moment,
            sent_at=moment,
            settled_at=moment if state in ENDED else None,
        )
    SmsReply.objects.create(
        reply_id="stray", text="我是张三，电话13912345678，上次的事谢谢", answer=ReplyAnswer.UNCLEAR,
        replied_at=now, received_at=now,
    )  # fmt: skip
