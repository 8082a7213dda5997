"""Numbers that never come alone: a share or a mean with its n and its 95 % interval, a change against the last period.

Pure functions on plain counts. Sources: Wilson, E. B. (1927), "Probable inference, the law of succession, and
statistical inference", JASA 22, 209–212; Student's t interval of a mean (Student, 1908, Biometrika 6, 1–25), its
quantile by the expansion 26.7.5 of Abramowitz & Stegun, Handbook of Mathematical Functions.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

CONFIDENCE = 0.95
Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
GRADES = range(1, 6)
# Below ten answers a single person moves a share by more than ten points: too few to judge.
ENOUGH = 10


@dataclass(frozen=True)
class Rate:
    """A share (0 … 1) of ``n`` answers with its Wilson interval; ``reply_rate`` where people had been asked.

    ``value`` and the interval are ``None`` when nobody answered.
    """

    value: float | None
    n: int
    reply_rate: float | None
    low: float | None
    high: float | None

    @property
    def is_enough(self) -> bool:
        """Whether there are answers enough to judge by."""
        return self.n >= ENOUGH


@dataclass(frozen=True)
class Mean:
    """The mean of ``n`` grades 1 … 5 with its 95 % interval, which one answer alone does not have."""

    value: float | None
    n: int
    low: float | None
    high: float | None

    @property
    def is_enough(self) -> bool:
        """Whether there are answers enough to judge by."""
        return self.n >= ENOUGH


Measured = Rate | Mean


@dataclass(frozen=True)
class Change:
    """环比: this period against the last. ``percent`` = (this − last) / last × 100; ``points`` = this − last.

    The points have the unit of what was compared (grades, or percentage points for shares). ``is_clear`` tells
    whether the two intervals do not touch: only then may the change be called one.
    """

    percent: float | None
    points: float
    is_clear: bool


def rate_of(positive: int, n: int, *, asked: int | None = None) -> Rate:
    """The share of ``positive`` among ``n`` answers; ``asked`` is how many had been asked, where that is known."""
    reply_rate = n / asked if asked else None
    if not n:
        return Rate(None, 0, reply_rate, None, None)
    low, high = wilson_interval(positive, n)
    return Rate(positive / n, n, reply_rate, low, high)


def wilson_interval(positive: int, n: int) -> tuple[float, float]:
    """The 95 % Wilson score interval of a share; ``n`` > 0."""
    share = positive / n
    centre = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)


def positive_rate(counts: Sequence[int]) -> Rate:
    """The share of the grades 4 and 5 (好差评: 满意 and 非常满意) among all grades given."""
    return rate_of(sum(counts[3:]), sum(counts))


def mean_of(counts: Sequence[int]) -> Mean:
    """The mean grade; ``counts`` says how many gave each grade 1 … 5."""
    n = sum(counts)
    if not n:
        return Mean(None, 0, None, None)
    mean = sum(grade * count for grade, count in zip(GRADES, counts, strict=True)) / n
    if n == 1:
        return Mean(mean, 1, None, None)
    low, high = _mean_interval(counts, n, mean)
    return Mean(mean, n, max(1.0, low), min(5.0, high))


def _mean_interval(counts: Sequence[int], n: int, mean: float) -> tuple[float, float]:
    squares = sum(count * (grade - mean) ** 2 for grade, count in zip(GRADES, counts, strict=True))
    if squares == 0:
        # All gave one grade. Zero spread would claim certainty; instead the share of those who may think otherwise
        # is bounded by Wilson, and they are taken to be as far away as the scale allows.
        alike, _ = wilson_interval(n, n)
        return alike * mean + (1 - alike) * 1, alike * mean + (1 - alike) * 5
    half = student_quantile(n - 1) * math.sqrt(squares / (n - 1) / n)
    return mean - half, mean + half


def student_quantile(freedom: int) -> float:
    """The two-sided 95 % quantile of Student's t with ``freedom`` ≥ 1 degrees; within 0.1 % of the tables from 4 on."""
    if freedom == 1:
        return math.tan(math.pi * CONFIDENCE / 2)
    if freedom == 2:
        return CONFIDENCE * math.sqrt(2 / (1 - CONFIDENCE**2))
    terms = (
        (Z**3 + Z) / 4,
        (5 * Z**5 + 16 * Z**3 + 3 * Z) / 96,
        (3 * Z**7 + 19 * Z**5 + 17 * Z**3 - 15 * Z) / 384,
        (79 * Z**9 + 776 * Z**7 + 1482 * Z**5 - 1920 * Z**3 - 945 * Z) / 92160,
    )
    return Z + sum(term / float(freedom) ** power for power, term in enumerate(terms, start=1))


def change_between(this: float, last: float, *, is_clear: bool = False) -> Change:
    """The change from ``last`` to ``this``; no percentage where ``last`` is 0."""
    return Change((this - last) / last * 100 if last else None, this - last, is_clear)


def change_of(this: Measured, last: Measured) -> Change | None:
    """The change of a measured value; ``None`` where either period has too few answers to be compared."""
    if this.value is None or last.value is None or not (this.is_enough and last.is_enough):
        return None
    return change_between(this.value, last.value, is_clear=_apart(this, last))


def _apart(this: Measured, last: Measured) -> bool:
    if this.low is None or this.high is None or last.low is None or last.high is None:
        return False
    return this.low > last.high or this.high < last.low
