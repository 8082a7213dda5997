"""Follow-ups at every step, for whoever looks at the pages: part of the morning."""

import uuid
from dataclasses import replace

from accounts.models import Officer
from feedback.models import Channel, Feedback, Kind, State
from feedback.queue.services import Decision, feedback_classify
from feedback.services import Submitted, Voice, feedback_submit
from followup.callbacks.models import CallBack
from followup.models import SmsReply, SmsText
from followup.reminders.services import reminders_send
from followup.sms.models import SmsMessage
from followup.surveys.answers import answer_give
from followup.surveys.links import token_for
from followup.surveys.models import FollowUp, Way
from followup.surveys.tasks import follow_up
from measures.models import Rectification
from measures.services import (
    Order,
    evidence_add,
    rectification_acknowledge,
    rectification_dispatch,
    rectification_review,
    rectification_submit,
)
from opinion_portal import clock

PHONE = "19900007654"
_VOICE = Voice(client_id="", channel=Channel.QR, content="楼下烧烤店半夜还在吵。")


def followups_play() -> dict[str, object]:
    """Somebody to be asked, one who answered, one to be called, one whose SMS is unclear, one whom nobody can ask."""
    rated, answered, dissatisfied, unclear = (_said(_VOICE) for _ in range(4))
    called = _said(replace(_VOICE, phone=PHONE))
    mute = _said(replace(_VOICE, channel=Channel.VISIT))
    handled = _said(_VOICE)
    _matter(handled, is_answered=False)
    for sent in (rated, answered, dissatisfied, unclear, called, mute):
        _matter(sent)
    follow_up()
    asked = {one.feedback_id: one for one in FollowUp.objects.all()}
    answer_give(follow_up_id=asked[answered.feedback_id].pk, way=Way.PAGE, answer="satisfied", is_solved=True)
    for sent in (dissatisfied, called):
        one = asked[sent.feedback_id]
        answer_give(
            follow_up_id=one.pk, way=Way.PAGE, answer="dissatisfied", is_solved=False, comment="还是很吵，没人来管。"
        )
    _unclear(asked[unclear.feedback_id])
    reminders_send()
    return {
        "follow_up": asked[unclear.feedback_id].pk,
        "follow_up_done": asked[dissatisfied.feedback_id].pk,
        "call_back": CallBack.objects.get(follow_up__feedback=called.feedback_id).pk,
        "link": _token(asked[rated.feedback_id]),
        "link_done": _token(asked[answered.feedback_id]),
        "receipt_handled": handled.receipt,
        "receipt_rated": rated.receipt,
        "receipt_dissatisfied": dissatisfied.receipt,
    }


def _said(voice: Voice) -> Submitted:
    sent = feedback_submit(voice=replace(voice, client_id=str(uuid.uuid4())))
    decision = Decision(State.CONFIRMED, "P1", Kind.COMPLAINT)
    feedback_classify(feedback_id=sent.feedback_id, officer=_by("zhongxin"), decision=decision, expected_id=None)
    return sent


def _matter(sent: Submitted, *, is_answered: bool = True) -> Rectification:
    head, centre = _by("suozhang"), _by("zhongxin")
    order = Order(lead_unit=head.unit, item="P1", title="烧烤店夜间扰民", brief="晚上十点后烧烤店外摆喧哗，影响休息。")
    matter = rectification_dispatch(officer=centre, feedback_ids=[sent.feedback_id], order=order)
    if is_answered:
        rectification_acknowledge(rectification_id=matter.pk, officer=head)
        evidence_add(
            rectification_id=matter.pk, officer=head, name="现场.pdf", media_type="application/pdf", data=b"%PDF-1"
        )
        rectification_submit(rectification_id=matter.pk, officer=head, result="外摆已撤除，连续三晚巡查无喧哗。")
        rectification_review(rectification_id=matter.pk, officer=centre, passes=True, public_reply="已责令撤除外摆。")
    return matter


def _unclear(one: FollowUp) -> None:
    """A reply that nobody can read for certain to a question that had been sent."""
    voice = Feedback.objects.get(pk=one.feedback_id)
    message = SmsMessage.objects.create(
        text=SmsText.objects.get(code="survey"), feedback=voice, signature="沈河公安", template="x", body="x", parts=1,
        about_type="follow_up", about_id=one.pk, due_at=clock.now(), state="failed", why="unreachable",
        settled_at=clock.now(),
    )  # fmt: skip
    SmsReply.objects.create(
        reply_id=uuid.uuid4().hex, message=message, text="你们是哪里的？", answer="unclear", stands=True,
        replied_at=clock.now(),
    )  # fmt: skip


def _token(one: FollowUp) -> str:
    return token_for(one.rectification_id, one.feedback_id, one.round)


def _by(username: str) -> Officer:
    return Officer.objects.get(username=username)
