"""What changed between two windows of equal length: counts and mean ratings, each with n and a 95 % interval.

Pure functions on plain numbers. Sources: Garwood, F. (1936), "Fiducial limits for the Poisson distribution",
Biometrika 28, 437–442 (a count); Clopper, C. J. & Pearson, E. S. (1934), Biometrika 26, 404–413, applied to the
share of the later window in both, as Przyborowski, J. & Wilenski, H. (1940), Biometrika 31, 313–323, compare two
Poisson counts (a ratio); Welch, B. L. (1947), Biometrika 34, 28–35 (a difference of means with unequal variances);
quantile of Student's t by the expansion 26.7.5 of Abramowitz & Stegun, Handbook of Mathematical Functions.

A before and an after say that something changed, never why.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from statistics import NormalDist

CONFIDENCE = 0.95
_TAIL = (1 - CONFIDENCE) / 2
_Z = NormalDist().inv_cdf(1 - _TAIL)
# Below ten answers a single person moves a mean by a tenth of a grade and more: too few to judge.
ENOUGH = 10
_ONE_DAY = timedelta(days=1)


class Verdict(Enum):
    """What may honestly be said of a difference."""

    FEW = "few"  # too few answers to judge
    UNCLEAR = "unclear"  # the interval holds "no change"
    MORE = "more"
    LESS = "less"


@dataclass(frozen=True)
class Windows:
    """Two windows of ``days`` full days each, ends included; the day of the issue itself belongs to neither."""

    before: tuple[date, date]
    after: tuple[date, date]
    days: int
    wanted: int

    @property
    def is_short(self) -> bool:
        """Whether fewer days have passed than were wanted, so that both windows were shortened alike."""
        return self.days < self.wanted


@dataclass(frozen=True)
class Sample:
    """Grades as a database sums them up: how many, their mean, their sample variance (``None`` for fewer than two)."""

    n: int
    mean: float | None = None
    variance: float | None = None


@dataclass(frozen=True)
class Estimate:
    """A count or a mean of ``n`` answers with its 95 % interval, where there is one."""

    value: float | None
    n: int
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Difference:
    """After against before: a ratio for counts, points of the grade for means; ``high`` may be infinite."""

    value: float | None
    low: float | None
    high: float | None
    verdict: Verdict


@dataclass(frozen=True)
class Comparison:
    """One figure before and after, and the difference."""

    before: Estimate
    after: Estimate
    change: Difference


def windows_around(issued_on: date, *, wanted: int, today: date) -> Windows | None:
    """The windows before and after ``issued_on``, cut to the full days that have passed; ``None`` before the first."""
    days = min(wanted, (today - issued_on).days - 1)
    if days < 1:
        return None
    return Windows(
        before=(issued_on - days * _ONE_DAY, issued_on - _ONE_DAY),
        after=(issued_on + _ONE_DAY, issued_on + days * _ONE_DAY),
        days=days,
        wanted=wanted,
    )


# Counts --------------------------------------------------------------------------------------------------------------
def count_estimate(count: int) -> Estimate:
    """A count with the exact interval of the rate that could have brought it (Garwood)."""
    reach = count + 10 * math.sqrt(count + 1) + 10
    low = _root(lambda rate: _poisson_tail(count, rate) - _TAIL, 0.0, reach) if count else 0.0
    high = _root(lambda rate: _TAIL - _poisson_head(count, rate), 0.0, reach)
    return Estimate(count, count, low, high)


def count_change(before: int, after: int) -> Difference:
    """How many times as many: after / before, in windows of equal length, with its exact interval."""
    total = before + after
    if total < ENOUGH:
        return Difference(after / before if before else None, None, None, Verdict.FEW)
    low, high = (_odds(share) for share in share_interval(after, total))
    return Difference(after / before if before else None, low, high, _verdict(low, high, 1.0))


def share_interval(hits: int, n: int) -> tuple[float, float]:
    """The exact (Clopper–Pearson) 95 % interval of a share; ``n`` > 0."""
    low = _root(lambda share: _binomial_tail(hits, n, share) - _TAIL, 0.0, hits / n) if hits else 0.0
    misses = n - hits
    high = 1 - _root(lambda share: _binomial_tail(misses, n, share) - _TAIL, 0.0, misses / n) if misses else 1.0
    return low, high


def _odds(share: float) -> float:
    return math.inf if share >= 1 else share / (1 - share)


def _binomial_tail(hits: int, n: int, share: float) -> float:
    """P(X ≥ ``hits``) for ``share`` ≤ ``hits`` / ``n``, where the terms only fall."""
    if share <= 0:
        return 0.0
    term = math.exp(
        math.lgamma(n + 1) - math.lgamma(hits + 1) - math.lgamma(n - hits + 1)
        + hits * math.log(share) + (n - hits) * math.log1p(-share)
    )  # fmt: skip
    return _falling(term, (share / (1 - share) * (n - k) / (k + 1) for k in range(hits, n)))


def _poisson_tail(count: int, rate: float) -> float:
    """P(X ≥ ``count``) for ``rate`` up to about ``count``; above it the sum is taken from the other side."""
    return 1 - _poisson_head(count - 1, rate) if rate > count else _poisson_from(count, rate)


def _poisson_from(count: int, rate: float) -> float:
    if rate <= 0:
        return 0.0
    return _falling(_poisson_term(count, rate), (rate / (count + step) for step in range(1, count + 1000)))


def _poisson_head(count: int, rate: float) -> float:
    """P(X ≤ ``count``)."""
    if rate < count + 1:
        return 1 - _poisson_from(count + 1, rate)
    return _falling(_poisson_term(count, rate), ((count - step) / rate for step in range(count)))


def _poisson_term(count: int, rate: float) -> float:
    return math.exp(count * math.log(rate) - rate - math.lgamma(count + 1))


def _falling(term: float, factors: Iterable[float]) -> float:
    """The sum of a series whose terms fall, as far as it can be seen in a double."""
    total = term
    for factor in factors:
        term *= factor
        total += term
        if term < total * 1e-17:
            break
    return total


def _root(rising: Callable[[float], float], low: float, high: float) -> float:
    """Where ``rising`` passes zero, by halving."""
    for _step in range(80):
        middle = (low + high) / 2
        if rising(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


# Means ---------------------------------------------------------------------------------------------------------------
def mean_estimate(sample: Sample) -> Estimate:
    """The mean grade with its interval (Student), which one answer alone does not have; within 1 … 5."""
    if sample.mean is None or sample.n < 2:
        return Estimate(sample.mean, sample.n, None, None)
    half = student_quantile(sample.n - 1) * math.sqrt(_spread(sample))
    return Estimate(sample.mean, sample.n, max(1.0, sample.mean - half), min(5.0, sample.mean + half))


def mean_change(before: Sample, after: Sample) -> Difference:
    """The difference of two mean grades, after − before, with Welch's interval."""
    if before.mean is None or after.mean is None:
        return Difference(None, None, None, Verdict.FEW)
    value = after.mean - before.mean
    if min(before.n, after.n) < ENOUGH:
        return Difference(value, None, None, Verdict.FEW)
    one, other = _spread(before), _spread(after)
    freedom = (one + other) ** 2 / (one**2 / (before.n - 1) + other**2 / (after.n - 1))
    half = student_quantile(freedom) * math.sqrt(one + other)
    return Difference(value, value - half, value + half, _verdict(value - half, value + half, 0.0))


def _spread(sample: Sample) -> float:
    """The squared standard error of the mean.

    Where all gave one grade, zero would claim certainty: then it is taken as if one answer had been a grade away,
    which makes the sample variance 1/n.
    """
    return max(sample.variance or 0.0, 1 / sample.n) / sample.n


def student_quantile(freedom: float) -> float:
    """The two-sided 95 % quantile of Student's t for ``freedom`` ≥ 1, whole or not (below 3 rounded down)."""
    if freedom < 2:
        return math.tan(math.pi * CONFIDENCE / 2)
    if freedom < 3:
        return CONFIDENCE * math.sqrt(2 / (1 - CONFIDENCE**2))
    terms = (
        (_Z**3 + _Z) / 4,
        (5 * _Z**5 + 16 * _Z**3 + 3 * _Z) / 96,
        (3 * _Z**7 + 19 * _Z**5 + 17 * _Z**3 - 15 * _Z) / 384,
        (79 * _Z**9 + 776 * _Z**7 + 1482 * _Z**5 - 1920 * _Z**3 - 945 * _Z) / 92160,
    )
    return _Z + sum(term / freedom**power for power, term in enumerate(terms, start=1))


def _verdict(low: float, high: float, same: float) -> Verdict:
    if low > same:
        return Verdict.MORE
    return Verdict.LESS if high < same else Verdict.UNCLEAR
