"""Those who hear residents: call them back, read what was not clear, send links, close where nobody can be heard."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random

from accounts.models import Officer
from feedback.models import ContactOpening, OpeningReason, OpeningState
from feedback.openings.services import contact_show, opening_approve, opening_ask
from followup.callbacks.models import CallBack, CallBackState
from followup.callbacks.services import Call, callback_log
from followup.sms.models import ReplyAnswer, SmsReply
from followup.sms.services import reply_seen
from followup.surveys.answers import answer_record
from followup.surveys.closing import followups_close_impossible
from followup.surveys.models import FollowUp, FollowUpState, Satisfaction, Way
from followup.surveys.selectors import matters_to_close, replies_about_followups
from followup.surveys.services import link_send
from opinion_portal import clock
from tests.soak.actors import Act, Job, job
from tests.soak.world import World

WHY = "群众答复不满意，需要电话了解情况"
GRADES = list(Satisfaction.values)


class Hearing:
    """Officers of the centre and the discipline office."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.hearers = [*world.cast.centre, *world.cast.discipline]

    def jobs(self, *, is_late_in_play: bool) -> Iterator[Job]:
        """What they do now."""
        share = 0.9 if is_late_in_play else 0.5
        yield from self._calling(share)
        yield from self._reading(share)
        yield from self._links()
        yield from self._closing(share)

    # Calling ----------------------------------------------------------------------------------------------------
    def _calling(self, share: float) -> Iterator[Job]:
        owed = CallBack.objects.filter(state=CallBackState.OPEN).values_list("pk", "attempts", "follow_up__feedback")
        for call_back, attempts, feedback in owed:
            dice = self._dice("call", call_back)
            if dice.random() < share:
                first, second = dice.sample(self.hearers, 2)
                acts = [self._calls(call_back, attempts, feedback, first, dice)]
                if dice.random() < 0.1:
                    acts.append(self._calls(call_back, attempts, feedback, second, dice))
                yield job("call back", *acts)

    def _calls(self, call_back: int, attempts: int, feedback: int, officer: Officer, dice: Random) -> Act:
        custodian, call = dice.choice(self.world.cast.custodians), self._call(dice)

        def calls() -> None:
            if call.state != CallBackState.IMPOSSIBLE:
                _number_shown(feedback, officer, custodian)
            callback_log(call_back_id=call_back, officer=officer, call=call, attempts_seen=attempts)

        return calls

    def _call(self, dice: Random) -> Call:
        now = clock.now()
        came = dice.random()
        if came < 0.6:
            answer = dice.choice(GRADES)
            return Call(CallBackState.REACHED, now, answer=answer, is_solved=dice.choice([True, False, None]))
        if came < 0.88:
            return Call(CallBackState.NOT_REACHED, now)
        if came < 0.94:
            return Call(CallBackState.REFUSED, now)
        return Call(CallBackState.IMPOSSIBLE, now, note="号码为空号")

    # Reading ----------------------------------------------------------------------------------------------------
    def _reading(self, share: float) -> Iterator[Job]:
        for reply in replies_about_followups().filter(answer=ReplyAnswer.UNCLEAR):
            dice = self._dice("read", reply.pk)
            if dice.random() < share / 2:
                yield job("read unclear reply", self._reads(reply, dice))
        for reply in SmsReply.objects.filter(message=None, seen_at=None).exclude(answer=ReplyAnswer.REFUSAL):
            officer = self._dice("stray", reply.pk).choice(self.hearers)
            yield job("see stray reply", lambda r=reply, o=officer: reply_seen(reply=r, officer=o))  # type: ignore[misc]

    def _reads(self, reply: SmsReply, dice: Random) -> Act:
        officer, answer = dice.choice(self.hearers), dice.choice(GRADES)
        follow_up = reply.message.about_id if reply.message else 0
        return lambda: answer_record(
            follow_up_id=follow_up, officer=officer, answer=answer, is_solved=None, reply=reply
        )

    def _links(self) -> Iterator[Job]:
        asked = FollowUp.objects.filter(state=FollowUpState.ASKED, way=Way.SMS).select_related("feedback")
        for follow_up in asked:
            dice = self._dice("link", follow_up.pk)
            if dice.random() < 0.015:
                yield job("send link", *[self._sends(follow_up, dice)] * dice.choice([1, 1, 2]))

    def _sends(self, follow_up: FollowUp, dice: Random) -> Act:
        officer = dice.choice(self.hearers)
        return lambda: link_send(follow_up=follow_up, officer=officer)

    # Closing ----------------------------------------------------------------------------------------------------
    def _closing(self, share: float) -> Iterator[Job]:
        for matter in matters_to_close().values_list("pk", flat=True):
            dice = self._dice("close", matter)
            if dice.random() < share:
                acts = [self._closes(matter, dice)]
                late = self._late_answer(matter, dice)
                if late and dice.random() < 0.2:
                    acts.append(late)
                yield job("close impossible", *acts)

    def _closes(self, matter: int, dice: Random) -> Act:
        officer = dice.choice(self.hearers)
        return lambda: followups_close_impossible(
            officer=officer, rectification_ids=[matter], reason="多次联系未获答复"
        )

    def _late_answer(self, matter: int, dice: Random) -> Act | None:
        """The resident rates under the receipt at the very moment at which the matter is closed."""
        silent = FollowUp.objects.filter(rectification=matter, state=FollowUpState.SILENT).order_by("-round").first()
        digits = self.world.receipts.get(silent.feedback_id) if silent else None
        if digits is None:
            return None
        form = {"is_solved": "no", "answer": dice.choice(GRADES), "comment": "", "receipt": digits}
        return lambda: self.world.net.form("/r/rate/", form)

    def _dice(self, what: str, number: int) -> Random:
        return self.world.dice(what, number, self.world.round)


def _number_shown(feedback: int, officer: Officer, custodian: Officer) -> None:
    """Have the number opened, unless that was done and still holds."""
    held = ContactOpening.objects.filter(feedback=feedback, asked_by=officer, state=OpeningState.OPENED)
    if held.filter(expires_at__gt=clock.now() + timedelta(minutes=5)).exists():
        return
    asked = ContactOpening.objects.filter(feedback=feedback, asked_by=officer, state=OpeningState.ASKED).first()
    opening = asked or opening_ask(
        feedback_id=feedback, officer=officer, reason=OpeningReason.CALL_BACK, reason_text=WHY
    )
    opening_approve(opening=opening, officer=custodian)
    contact_show(opening=opening, officer=officer)
