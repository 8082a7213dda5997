"""Plays the residents who are asked whether it was solved, and the carrier between them and the portal.

No SMS leaves: what lies in the outbox at a moment of the story is carried to its end within the same transaction, so no
worker ever finds it.
"""

import uuid
from dataclasses import dataclass
from random import Random

from django.conf import settings

from feedback.models import Feedback, OpeningReason
from feedback.openings.services import contact_show, contact_use, opening_approve, opening_ask
from followup.callbacks.models import CallBack, CallBackState
from followup.callbacks.services import Call, callback_log
from followup.sms import moves
from followup.sms.models import SmsMessage, SmsState
from followup.sms.providers.base import Inbound
from followup.sms.taking import reply_take
from followup.surveys.answers import answer_give, replies_take
from followup.surveys.closing import followups_close_impossible, windows_end
from followup.surveys.models import OPEN, FollowUp, Satisfaction, Way
from followup.surveys.services import followup_schedule, messages_follow
from insights.demo.cast import Cast
from insights.demo.loop_story import Handling
from insights.demo.story import NAMESPACE
from measures.models import Rectification
from opinion_portal import clock

_ANSWERS = (Satisfaction.SATISFIED, Satisfaction.BASICALLY)
_WEIGHTS = (72, 28)
_REPLIES = {Satisfaction.SATISFIED: ("1", "１ 谢谢", "满意"), Satisfaction.BASICALLY: ("2", "2。", "基本满意")}
# Of those who are asked beside the first, so many never answer: silence is what most surveys meet.
_SILENT = 0.3


def carried() -> None:
    """Whatever is due in the outbox arrives; what has to wait for the morning waits."""
    now = clock.now()
    for message in SmsMessage.objects.filter(state=SmsState.QUEUED, due_at__lte=now).order_by("due_at", "id"):
        moves.claimed(message, settings.SMS_PROVIDER, now)
        message.refresh_from_db()
        moves.sent(message, f"demo-{message.pk}", now)
        moves.delivered(message, now)
    messages_follow()


@dataclass
class Resident:
    """Those who spoke about one matter, at one moment of the story. ``number`` makes each of them another person."""

    matter: Rectification
    handling: Handling
    number: int

    @property
    def _open(self) -> list[FollowUp]:
        found = FollowUp.objects.filter(rectification=self.matter, round=self.matter.reopen_count, state__in=OPEN)
        return list(found.exclude(way=Way.NONE).order_by("id"))

    @property
    def _first(self) -> FollowUp:
        return FollowUp.objects.filter(rectification=self.matter).order_by("-round", "id")[0]

    def asked(self) -> None:
        """The questions go out."""
        followup_schedule(rectification_id=self.matter.pk)
        carried()

    def first_answers(self) -> None:
        """One answers, the others never will."""
        carried()
        for follow_up in self._open[:1]:
            self._answer(follow_up, Satisfaction.SATISFIED)

    def all_answer(self) -> None:
        """Everybody is content, more or less; of those who are asked beside the first some stay silent."""
        carried()
        chance = Random(f"answers {self.number} {self.matter.reopen_count}")  # noqa: S311 (a story, not a secret)
        for place, follow_up in enumerate(self._open):
            if place == 0 or chance.random() > _SILENT:
                self._answer(follow_up, chance.choices(_ANSWERS, _WEIGHTS)[0])

    def complains(self) -> None:
        """The first one asked is not satisfied and says why."""
        carried()
        for follow_up in self._open[:1]:
            self._answer(follow_up, Satisfaction.DISSATISFIED)

    def _answer(self, follow_up: FollowUp, word: Satisfaction) -> None:
        is_content = word != Satisfaction.DISSATISFIED
        if follow_up.way == Way.SMS and (self.number % 3 or not is_content):
            self._reply(follow_up, word)
            return
        way = Way.RECEIPT if follow_up.way == Way.RECEIPT else Way.PAGE
        comment = "" if is_content else self.handling.again
        answer_give(follow_up_id=follow_up.pk, way=way, answer=word, is_solved=is_content, comment=comment)

    def _reply(self, follow_up: FollowUp, word: Satisfaction) -> None:
        question = follow_up.message
        if question is None:
            return
        texts = _REPLIES.get(word, (f"3 {self.handling.again}",))
        reply_take(
            inbound=Inbound(
                phone=contact_use(feedback_id=follow_up.feedback_id, purpose="demo") or "",
                text=texts[self.number % len(texts)],
                received_at=clock.now(),
                extension=question.extension,
                reply_id=str(uuid.uuid5(NAMESPACE, f"reply {question.key}")),
            )
        )
        replies_take()
        carried()

    def number_opened(self, cast: Cast) -> None:
        """The centre asks for the number, a custodian agrees, and it is shown: outside any transaction."""
        voice = Feedback.objects.get(pk=self._first.feedback_id)
        opening = opening_ask(
            feedback_id=voice.pk,
            officer=cast.centre,
            reason=OpeningReason.CALL_BACK,
            reason_text="群众对办理结果不满意，需在二十四小时内电话回访了解情况。",
        )
        opening_approve(opening=opening, officer=cast.custodian, note="同意，仅限本次回访。")
        contact_show(opening=opening, officer=cast.centre)

    def is_called(self, cast: Cast) -> None:
        """The centre calls; the resident says again what is wrong."""
        found = CallBack.objects.filter(follow_up__rectification=self.matter, state=CallBackState.OPEN).first()
        if found is None:
            return
        call = Call(
            state=CallBackState.REACHED,
            called_at=clock.now(),
            note="已接通，群众愿意再等一次整改。",
            answer=Satisfaction.DISSATISFIED,
            is_solved=False,
            comment=self.handling.again,
        )
        callback_log(call_back_id=found.pk, officer=cast.centre, call=call, attempts_seen=found.attempts)

    def keeps_silent(self) -> None:
        """The window ends."""
        carried()
        windows_end()

    def is_given_up(self, cast: Cast) -> None:
        """The centre writes down why nobody could be heard."""
        reason = "走访时听到的意见，没有留下联系方式，无法回访。"
        followups_close_impossible(officer=cast.centre, rectification_ids=[self.matter.pk], reason=reason)
