"""The residents: they say something, answer or do not, twice, late, otherwise, refuse, take back."""

import json
import re
import sqlite3
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any

from feedback.models import Channel, Feedback, State
from feedback.services import Voice, contact_erase, feedback_submit, feedback_withdraw
from followup.surveys.models import ANSWERABLE, FollowUp, Way
from opinion_portal import clock
from tests.soak.actors import Act, Job, job
from tests.soak.world import World

WORDS = (
    "楼下烧烤店半夜还在吵", "消防通道天天被车堵着", "小区里有人遛狗不牵绳", "路口信号灯坏了好几天",
    "广场舞音响太大", "学校门口放学时停满了车", "夜里巡逻太少",
)  # fmt: skip
SATISFIED, BASICALLY = ("1", "满意", "１", "1。谢谢"), ("2", "基本满意")
DISSATISFIED, UNCLEAR, REFUSAL = ("3", "3 没人来", "不满意", "３"), ("收到", "再看看吧"), ("TD", "退订", "T")
# What somebody does with a survey, and how often out of a hundred.
HABITS = {
    "silent": 28, "satisfied": 24, "basically": 8, "dissatisfied": 16, "unclear": 4, "refusal": 3, "angry_refusal": 1,
    "late": 4, "turned_bad": 4, "turned_good": 2, "twice": 2, "on_receipt": 2, "both_ways": 2,
}  # fmt: skip
# Hours until the answer; one in four takes longer than a day.
LINK = re.compile(r"/s/[a-z2-7]+/")
_SOON, _LONG = (0.1, 6.0), (24.0, 46.0)


class Residents:
    """``due`` are the answers that somebody is going to give, by their moment."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.due: list[tuple[datetime, int, str, Act]] = []
        self._order = count()
        self._seen = 0
        self._asked: Counter[str] = Counter()
        self._said = count()

    def jobs(self, arriving: int) -> list[Job]:
        """What residents do now, ``arriving`` of them for the first time."""
        self._phones_read()
        new = [job("voice", self._speaks(next(self._said))) for _ in range(arriving)]
        return [*new, *self._answers_due(), *self._ratings(), *self._second_thoughts()]

    # Speaking ---------------------------------------------------------------------------------------------------
    def _speaks(self, number: int) -> Act:
        world, dice = self.world, self.world.dice("voice", number)
        person = dice.choice(world.people)
        form: dict[str, Any] = {
            "client_id": str(uuid.UUID(int=dice.getrandbits(128), version=4)),
            "content": dice.choice(WORDS) if dice.random() > 0.02 else "",
            "service_rating": dice.randint(1, 5),
            "phone": person.phone,
            "no_call": person.no_call,
        }
        way = dice.random()
        if way < 0.2:
            return lambda: self._over_the_net(form, taps=2 if way < 0.05 else 1)
        channel = Channel.IMPORT if way > 0.9 else Channel.QR

        def speaks() -> None:
            made = feedback_submit(voice=Voice(channel=channel, **form))
            if made.receipt and channel == Channel.QR:
                world.receipts[made.feedback_id] = made.receipt

        return speaks

    def _over_the_net(self, form: dict[str, Any], taps: int) -> None:
        """By the programme interface; who taps twice sends the same form twice."""
        body = {**form, "contact_consent": bool(form["phone"]), "kind": "complaint"}
        for _ in range(taps):
            status, text = self.world.net.json("/api/v1/feedback/", body)
            if status not in {200, 201, 503}:
                raise AssertionError(f"the form was answered with {status}: {text[:300]}")
            if status != 503:
                answer = json.loads(text)
                self.world.receipts[int(answer["reference"].removeprefix("F-"))] = answer["receipt"]

    # Answering --------------------------------------------------------------------------------------------------
    def _phones_read(self) -> None:
        """Look at what has come to the phones since the last time."""
        for number, key, phone, template, text in self._arrived():
            self._seen = number
            if template == "survey":
                self._plan_answer(number, key, phone)
            elif template == "survey-link":
                self._plan_link(phone, text)

    def _arrived(self) -> Sequence[tuple[int, str, str, str, str]]:
        store = self.world.ground.folder / "carrier" / "carrier.sqlite3"
        with sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=10) as reading:
            wanted = "SELECT id, key, phone, template, text FROM message WHERE id > ? AND is_delivered ORDER BY id"
            return reading.execute(wanted, [self._seen]).fetchall()

    def _plan_answer(self, message: int, key: str, phone: str) -> None:
        self._asked[phone] += 1
        dice = self.world.dice("answer", phone, self._asked[phone])
        habit = dice.choices(list(HABITS), list(HABITS.values()))[0]
        for hours, words in _answers(habit, dice):
            self._later(hours, f"reply: {habit}", self._writes_back(message, phone, words))
        if habit in {"on_receipt", "both_ways"}:
            self._later(_hours(dice), f"receipt: {habit}", self._rates_by_message(key, dice))

    def _plan_link(self, phone: str, text: str) -> None:
        dice = self.world.dice("link", phone, self._asked[phone])
        path = LINK.search(text)
        if path and dice.random() < 0.7:
            self._later(_hours(dice), "link page", lambda: self._fills_in(path[0], dice))

    def _later(self, hours: float, name: str, act: Act) -> None:
        heappush(self.due, (clock.now() + timedelta(hours=hours), next(self._order), name, act))

    def _answers_due(self) -> Iterator[Job]:
        now = clock.now()
        while self.due and self.due[0][0] <= now:
            _at, _order, name, act = heappop(self.due)
            yield job(name, act)

    def _writes_back(self, message: int, phone: str, words: str) -> Act:
        def writes() -> None:
            if self.world.net.reply(phone, message, words) != 303:
                self.world.diary.count(self.world.diary.cut, "reply not accepted by the phone")

        return writes

    def _rates_by_message(self, key: str, dice: Random) -> Act:
        def rates() -> None:
            follow_up = FollowUp.objects.filter(message__key=key).first()
            digits = self.world.receipts.get(follow_up.feedback_id) if follow_up else None
            if digits:
                self._fills_in("/r/rate/", dice, receipt=digits)

        return rates

    def _ratings(self) -> Iterator[Job]:
        """Some of those who are asked on the receipt page alone look there."""
        asked = FollowUp.objects.filter(way=Way.RECEIPT, state__in=ANSWERABLE).values_list("pk", "feedback_id")
        for follow_up, feedback in asked:
            dice = self.world.dice("rating", follow_up, self.world.round)
            if feedback in self.world.receipts and dice.random() < 0.06:
                yield job("receipt page", lambda f=feedback, d=dice: self._rates(f, d))  # type: ignore[misc]  # bound

    def _rates(self, feedback: int, dice: Random) -> None:
        self._fills_in("/r/rate/", dice, receipt=self.world.receipts[feedback])

    def _fills_in(self, path: str, dice: Random, **more: str) -> None:
        is_glad = dice.random() < 0.65
        answer = dice.choice(["satisfied", "basically"]) if is_glad else "dissatisfied"
        form = {"is_solved": "yes" if is_glad else dice.choice(["yes", "no"]), "answer": answer, "comment": ""}
        status = self.world.net.form(path, form | more)
        if status not in {200, 503}:
            raise AssertionError(f"{path[:3]} was answered with {status}")

    # Second thoughts --------------------------------------------------------------------------------------------
    def _second_thoughts(self) -> Iterator[Job]:
        """A few take their words back, or the number."""
        chosen = self.world.dice("regret", self.world.round)
        newest = Feedback.objects.order_by("-id").values_list("pk", flat=True).first() or 0
        if newest and chosen.random() < 0.25 * min(1, self.world.matters / 300):
            feedback = Feedback.objects.exclude(state=State.WITHDRAWN).filter(pk=chosen.randint(1, newest)).first()
            if feedback:
                act = feedback_withdraw if chosen.random() < 0.6 else contact_erase
                yield job(act.__name__, lambda: act(feedback=feedback))


def _hours(dice: Random) -> float:
    return dice.uniform(*(_LONG if dice.random() < 0.25 else _SOON))


def _answers(habit: str, dice: Random) -> list[tuple[float, str]]:
    """What somebody with this habit writes back, and after how many hours."""
    good, bad, first = dice.choice(SATISFIED), dice.choice(DISSATISFIED), _hours(dice)
    plans = {
        "satisfied": [(first, good)],
        "basically": [(first, dice.choice(BASICALLY))],
        "dissatisfied": [(first, bad)],
        "unclear": [(first, dice.choice(UNCLEAR))],
        "refusal": [(first, dice.choice(REFUSAL))],
        "angry_refusal": [(first, bad), (first + 0.1, dice.choice(REFUSAL))],
        "late": [(dice.uniform(50, 150), dice.choice([good, bad]))],
        "turned_bad": [(first, good), (first + dice.uniform(0.1, 30), bad)],
        "turned_good": [(first, bad), (first + dice.uniform(0.1, 30), good)],
        "twice": [(first, good), (first, good)],
        "both_ways": [(first, dice.choice([good, bad]))],
    }
    return plans.get(habit, [])
