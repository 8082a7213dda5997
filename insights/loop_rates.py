"""What the follow-up adds up to: 响应率, 解决率, 满意率, their composite, and what centres publish beside (DOMAIN 4).

Pure functions on plain counts; every share is a ``Rate`` with its n, its reply rate and its 95 % interval.
The interval of a weighted sum is built from the Wilson limits of its parts by the method of variance estimates
recovery (MOVER): Zou & Donner (2008), "Construction of confidence limits about effect measures", Statistics in Medicine
27, 1693–1702; for parts that move together Zou (2007), Psychological Methods 12, 399–413.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from insights.rates import Rate, rate_of, wilson_interval


@dataclass(frozen=True)
class Weights:
    """What each rate counts in the composite (their sum is 1), and what "basically satisfied" counts in 满意率."""

    version: int
    response: Decimal
    solution: Decimal
    satisfaction: Decimal
    basically: Decimal


@dataclass(frozen=True)
class CallBacks:
    """Follow-ups (回访) of one period: ``asked``, and of them ``valid``, those with an answer, by whatever way.

    ``contacted``: the bureau's answer was there within the limit. The units never learn who spoke, so nobody of them
    can ring; their answer in time is the contact. ``judged`` said whether it is solved (``solved``), which an SMS does
    not ask; ``satisfied + basically + dissatisfied`` is ``valid``.
    """

    asked: int = 0
    valid: int = 0
    contacted: int = 0
    judged: int = 0
    solved: int = 0
    satisfied: int = 0
    basically: int = 0
    dissatisfied: int = 0

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> "CallBacks":
        """From counts by name; what is not named is 0."""
        return cls(**{name: counts.get(name, 0) for name in cls.__dataclass_fields__})


@dataclass(frozen=True)
class Indicators:
    """The three rates and their composite, under the weights of ``version``."""

    response: Rate
    solution: Rate
    satisfaction: Rate
    composite: Rate
    version: int


def indicators_of(counts: CallBacks, weights: Weights) -> Indicators:
    """The rates of ``counts``; each says how many of those asked answered its question."""
    response = rate_of(counts.contacted, counts.valid, asked=counts.asked)
    solution = rate_of(counts.solved, counts.judged, asked=counts.asked)
    satisfaction = satisfaction_rate(
        counts.satisfied, counts.basically, counts.dissatisfied, basically_weight=weights.basically, asked=counts.asked
    )
    composite = composite_rate([response, solution, satisfaction], weights, asked=counts.asked, valid=counts.valid)
    return Indicators(response, solution, satisfaction, composite, weights.version)


def satisfaction_rate(
    satisfied: int, basically: int, dissatisfied: int, *, basically_weight: Decimal, asked: int | None = None
) -> Rate:
    """满意率: (satisfied + weight × basically) / n, with an interval for a score of three values.

    With weight w the score is w × P(at least basically) + (1 − w) × P(satisfied): two shares of the same people, one
    within the other, so their Wilson limits are joined by MOVER with the correlation that nested shares have,
    ρ = √(s(1 − b) / (b(1 − s))) for the inner share s and the outer b. Where one weight is 0 it is Wilson's interval.
    """
    n = satisfied + basically + dissatisfied
    reply_rate = n / asked if asked else None
    if not n:
        return Rate(None, 0, reply_rate, None, None)
    weight = float(basically_weight)
    outer, inner = (satisfied + basically) / n, satisfied / n
    outer_low, outer_high = wilson_interval(satisfied + basically, n)
    inner_low, inner_high = wilson_interval(satisfied, n)
    value = weight * outer + (1 - weight) * inner
    together = _nested_correlation(inner, outer)
    below = _joined(weight * (outer - outer_low), (1 - weight) * (inner - inner_low), together)
    above = _joined(weight * (outer_high - outer), (1 - weight) * (inner_high - inner), together)
    return Rate(value, n, reply_rate, max(0.0, value - below), min(1.0, value + above))


def _nested_correlation(inner: float, outer: float) -> float:
    """The correlation of "satisfied" and "at least basically satisfied" in one person; 1 where they are the same."""
    if inner == outer:
        return 1.0
    spread = outer * (1 - inner)
    return math.sqrt(inner * (1 - outer) / spread) if spread else 0.0


def _joined(first: float, second: float, correlation: float) -> float:
    return math.sqrt(first**2 + second**2 + 2 * correlation * first * second)


def composite_rate(parts: Sequence[Rate], weights: Weights, *, asked: int, valid: int) -> Rate:
    """The weighted sum of response, solution and satisfaction; without a value unless each has answers enough.

    The same people answer all three, so the parts move together in a way that the counts do not tell. The interval is
    MOVER's at correlation 1, the widest it can be for positive weights: the weighted sum of the limits. ``n`` is the
    smallest n of the three.
    """
    reply_rate = valid / asked if asked else None
    n = min(part.n for part in parts)
    if not all(part.is_enough for part in parts):
        return Rate(None, n, reply_rate, None, None)
    each = [float(weight) for weight in (weights.response, weights.solution, weights.satisfaction)]
    return Rate(
        value=_weighted(each, [part.value for part in parts]),
        n=n,
        reply_rate=reply_rate,
        low=_weighted(each, [part.low for part in parts]),
        high=_weighted(each, [part.high for part in parts]),
    )


def _weighted(weights: Sequence[float], values: Sequence[float | None]) -> float:
    return sum(weight * (value or 0.0) for weight, value in zip(weights, values, strict=True))


@dataclass(frozen=True)
class Course:
    """How the matters of one period went.

    ``closed`` are those that stand closed and count for the rates; of them ``heard`` because the resident was heard,
    ``first_time`` heard and never reopened, ``again`` sent back by review or reopened at least once, ``late`` answered
    after the limit. ``dispatched`` counts every sending to a unit, ``returned`` those that the unit gave back.
    """

    closed: int = 0
    heard: int = 0
    first_time: int = 0
    again: int = 0
    late: int = 0
    dispatched: int = 0
    returned: int = 0

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> "Course":
        """From counts by name; what is not named is 0."""
        return cls(**{name: counts.get(name, 0) for name in cls.__dataclass_fields__})


def first_time_rate(course: Course) -> Rate:
    """一次解决率: of the matters closed because the resident was heard, those that were never reopened."""
    return rate_of(course.first_time, course.heard)


def handled_again_rate(course: Course) -> Rate:
    """重办率: of the matters closed, those that were handled again, after review or after the resident's answer."""
    return rate_of(course.again, course.closed)


def late_rate(course: Course) -> Rate:
    """超期率: of the matters closed, those whose last answer came after the limit."""
    return rate_of(course.late, course.closed)


def return_rate(course: Course) -> Rate:
    """退单率: of what was sent to units, what they gave back and the centre agreed to take."""
    return rate_of(course.returned, course.dispatched)


def repeat_rate(duplicates: int, judged: int) -> Rate:
    """重复率: of the texts that the centre has judged, those that somebody had said before."""
    return rate_of(duplicates, judged)


def sms_reply_rate(answered: int, sent: int) -> Rate:
    """短信回复率: of the questions that left by SMS, those that got an answer which can be read."""
    return rate_of(answered, sent)
