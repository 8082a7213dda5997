"""The centre, the discipline office and the leaders with matters: judge, dispatch, review, decide, call, close."""

from collections.abc import Iterator
from itertools import islice
from random import Random
from typing import Any

from accounts.models import Officer, Unit
from feedback.models import Feedback, Kind, State
from feedback.queue.services import Decision, feedback_classify
from measures import services
from measures.models import MatterRequest, MatterState, Rectification, RectificationVoice
from measures.requests import request_ask, request_decide
from tests.measures.matters import order
from tests.soak.actors import Act, Job, job
from tests.soak.world import World

RECALLABLE = (MatterState.DISPATCHED, MatterState.HANDLING, MatterState.SUBMITTED, MatterState.FOLLOWING_UP)
ITEMS = ("T1", "P1", "P2", "P3", "H2")
NOTE = "研究后决定"


class Centre:
    """Officers of the centre, with the discipline office and the leaders where a move is theirs."""

    def __init__(self, world: World) -> None:
        self.world = world

    def jobs(self, *, is_late_in_play: bool) -> Iterator[Job]:
        """What the centre does now."""
        yield from self._judging()
        yield from self._dispatching()
        share = 0.85 if is_late_in_play else 0.5
        yield from self._reviewing(share)
        yield from self._deciding(share)
        yield from self._others(share)
        yield from self._recalling()

    # Judging ----------------------------------------------------------------------------------------------------
    def _judging(self) -> Iterator[Job]:
        waiting = Feedback.objects.filter(state=State.RECEIVED).values_list("pk", "decision_id")
        for feedback, decision in waiting:
            dice = self._dice("judge", feedback)
            acts = [self._judges(feedback, decision, dice)]
            if dice.random() < 0.04:
                acts.append(self._judges(feedback, decision, dice))
            yield job("judge", *acts)
        judged = Feedback.objects.filter(state=State.CONFIRMED).order_by("id").values_list("pk", "decision_id")
        dice = self._dice("judge again", 0)
        if judged and dice.random() < 0.3:
            yield job("judge again", self._judges(*dice.choice(list(judged)), dice))

    def _judges(self, feedback: int, expected: int | None, dice: Random) -> Act:
        officer, what = dice.choice(self.world.cast.centre), self._decision(feedback, dice)
        return lambda: feedback_classify(feedback_id=feedback, officer=officer, decision=what, expected_id=expected)

    def _decision(self, feedback: int, dice: Random) -> Decision:
        way = dice.random()
        if way < 0.03:
            return Decision(State.INVALID, reason="无实质内容")
        if way < 0.06:
            return Decision(State.OUT_OF_SCOPE, public_reply="请联系物业")
        if way < 0.09 and feedback > 20:
            return Decision(State.DUPLICATE, duplicate_of_id=feedback - dice.randint(1, 15))
        about = dice.choice(self.world.cast.units).pk if dice.random() < 0.05 else None
        return Decision(State.CONFIRMED, dice.choice(ITEMS), Kind.COMPLAINT, about)

    # Dispatching ------------------------------------------------------------------------------------------------
    def _dispatching(self) -> Iterator[Job]:
        waiting = Feedback.objects.filter(state=State.CONFIRMED, matter_link=None).order_by("id")
        voices = iter(list(waiting.values_list("pk", flat=True)))
        for first in voices:
            dice = self._dice("dispatch", first)
            together = [first, *islice(voices, dice.randint(1, 3) if dice.random() < 0.08 else 0)]
            yield self._dispatch(together, dice)

    def _dispatch(self, voices: list[int], dice: Random) -> Job:
        acts = [self._dispatches(voices, dice)]
        if dice.random() < 0.05:  # a colleague has the same ones on the screen, in another order
            acts.append(self._dispatches(voices[::-1], dice))
        elif dice.random() < 0.03:  # or judges one of them again
            standing = Feedback.objects.values_list("decision_id", flat=True).get(pk=voices[0])
            acts.append(self._judges(voices[0], standing, dice))
        return job("dispatch", *acts)

    def _dispatches(self, voices: list[int], dice: Random) -> Act:
        officer, what = dice.choice(self.world.cast.centre), self._order(dice)
        return lambda: services.rectification_dispatch(officer=officer, feedback_ids=voices, order=what)

    def _order(self, dice: Random) -> services.Order:
        lead, support = dice.sample(self.world.cast.units, 2)
        supports: dict[str, Any] = {"support_units": [support]} if dice.random() < 0.15 else {}
        return order(lead_unit=lead, item=dice.choice(ITEMS), **supports)

    # Reviewing --------------------------------------------------------------------------------------------------
    def _reviewing(self, share: float) -> Iterator[Job]:
        for matter in self._matters(MatterState.SUBMITTED):
            dice = self._dice("review", matter)
            if dice.random() < share:
                acts = [self._reviews(matter, dice)]
                if dice.random() < 0.12:
                    rivals = [self._reviews, self._reviews, self._appeals, self._hands_over]
                    acts.append(dice.choice(rivals)(matter, dice))
                yield job("review", *acts)

    def _reviews(self, matter: int, dice: Random) -> Act:
        officer = dice.choice([*self.world.cast.centre, *self.world.cast.discipline])
        if dice.random() < 0.8:
            return lambda: services.rectification_review(
                rectification_id=matter, officer=officer, passes=True, public_reply="已责令整改。"
            )
        return lambda: services.rectification_review(
            rectification_id=matter, officer=officer, passes=False, note="材料不全"
        )

    def _appeals(self, matter: int, dice: Random) -> Act:
        """The unit's head has the page still open on which the matter was in hand."""
        lead_unit = Rectification.objects.values_list("lead_unit", flat=True).get(pk=matter)
        head = dice.choice(self.world.cast.heads[lead_unit])
        return lambda: request_ask(
            rectification_id=matter, officer=head, kind=MatterRequest.Kind.APPEAL, reason="群众反映与事实不符"
        )

    def _hands_over(self, matter: int, dice: Random) -> Act:
        officer, to = dice.choice(self.world.cast.centre), dice.choice(["110", "petition"])
        return lambda: services.rectification_hand_over(
            rectification_id=matter, officer=officer, to=to, note="不属于本平台办理范围"
        )

    # Deciding what units ask ------------------------------------------------------------------------------------
    def _deciding(self, share: float) -> Iterator[Job]:
        asked = MatterRequest.objects.filter(state=MatterRequest.State.OPEN)
        for request, kind in asked.values_list("pk", "kind"):
            dice = self._dice("decide", request)
            if dice.random() < share:
                acts = [self._decides(request, kind, dice)]
                if dice.random() < 0.15:
                    acts.append(self._decides(request, kind, dice))
                yield job(f"decide: {kind}", *acts)

    def _decides(self, request: int, kind: str, dice: Random) -> Act:
        cast, grants = self.world.cast, dice.random() < 0.55
        officer: Officer = dice.choice(cast.leaders if kind == MatterRequest.Kind.SUSPENSION else cast.centre)
        return lambda: request_decide(request_id=request, officer=officer, grants=grants, note=NOTE)

    # Everything else --------------------------------------------------------------------------------------------
    def _others(self, share: float) -> Iterator[Job]:
        for matter in self._matters(MatterState.RETURNED):
            dice = self._dice("redispatch", matter)
            if dice.random() < share:
                yield job("redispatch", self._redispatches(matter, dice))
        for matter in self._matters(MatterState.SUSPENDED):
            dice = self._dice("suspended", matter)
            if dice.random() < share / 4:
                yield self._from_suspension(matter, dice)
        for matter in self._matters(MatterState.HANDLING, MatterState.DISPATCHED):
            dice = self._dice("press", matter)
            if dice.random() < 0.004:
                yield job("supervise", self._supervises(matter, dice), self._supervises(matter, dice))
            elif dice.random() < 0.0015:
                yield job("hand over", self._hands_over(matter, dice))

    def _recalling(self) -> Iterator[Job]:
        """One turns out to be about its own unit; perhaps a colleague finds the same, or reviews it."""
        for matter in self._matters(*RECALLABLE):
            dice = self._dice("recall", matter)
            if dice.random() < 0.002:
                acts = [self._recalls(matter, dice)]
                if dice.random() < 0.4:
                    acts.append(dice.choice([self._recalls, self._reviews])(matter, dice))
                yield job("recall", *acts)

    def _recalls(self, matter: int, dice: Random) -> Act:
        officer, lead_unit = dice.choice(self.world.cast.centre), Unit.objects.get(led_matters=matter)
        voices = list(RectificationVoice.objects.filter(rectification=matter).values_list("feedback", flat=True))
        return lambda: services.rectification_recall(
            rectification_id=matter, officer=officer, about=lead_unit, voice_ids=voices, note="回看原话，反映的是本单位"
        )

    def _redispatches(self, matter: int, dice: Random) -> Act:
        officer, what = dice.choice(self.world.cast.centre), self._order(dice)
        return lambda: services.rectification_redispatch(rectification_id=matter, officer=officer, order=what)

    def _supervises(self, matter: int, dice: Random) -> Act:
        officer = dice.choice(self.world.cast.centre)
        return lambda: services.rectification_supervise(rectification_id=matter, officer=officer, note="逾期未办")

    def _from_suspension(self, matter: int, dice: Random) -> Job:
        centre, leader = dice.choice(self.world.cast.centre), dice.choice(self.world.cast.leaders)

        def resumes() -> None:
            services.rectification_resume(rectification_id=matter, officer=centre, note="条件已具备")

        def closes() -> None:
            services.rectification_close_suspended(rectification_id=matter, officer=leader, note="客观上无法解决")

        acts = [resumes, closes] if dice.random() < 0.2 else [dice.choice([resumes, resumes, closes])]
        return job("from suspension", *acts)

    def _matters(self, *states: MatterState) -> list[int]:
        return list(Rectification.objects.filter(state__in=states).order_by("id").values_list("pk", flat=True))

    def _dice(self, what: str, number: int) -> Random:
        return self.world.dice(what, number, self.world.round)
