"""Shares, means, intervals and changes, against published figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.rates import (
    change_between,
    change_of,
    mean_of,
    positive_rate,
    rate_of,
    student_quantile,
    wilson_interval,
)

COUNTS = st.lists(st.integers(0, 500), min_size=5, max_size=5)


def test_57_of_60_positive_has_an_interval_of_86_to_98_percent() -> None:
    rate = rate_of(57, 60)
    assert (rate.value, rate.n) == (0.95, 60)
    assert rate.low == pytest.approx(0.8630, abs=5e-4)
    assert rate.high == pytest.approx(0.9829, abs=5e-4)


@pytest.mark.parametrize(
    ("positive", "n", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_intervals_agree_with_the_published_ones(positive: int, n: int, low: float, high: float) -> None:
    """Newcombe (1998), Statistics in Medicine 17, 857–872, table I, method 3."""
    assert wilson_interval(positive, n) == pytest.approx((low, high), abs=1e-4)


def test_a_rate_of_nobody_has_no_value_and_no_interval() -> None:
    rate = rate_of(0, 0)
    assert (rate.value, rate.n, rate.low, rate.high) == (None, 0, None, None)


def test_a_reply_rate_says_how_many_of_those_asked_answered() -> None:
    assert rate_of(97, 100, asked=704).reply_rate == pytest.approx(0.142, abs=5e-4)


@pytest.mark.parametrize(
    ("freedom", "quantile"),
    [(1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (5, 2.571), (10, 2.228), (30, 2.042), (120, 1.980)],
)
def test_student_quantiles_agree_with_the_tables(freedom: int, quantile: float) -> None:
    assert student_quantile(freedom) == pytest.approx(quantile, rel=0.004 if freedom == 3 else 0.001)


def test_a_mean_carries_its_interval() -> None:
    mean = mean_of([1, 1, 2, 4, 12])
    assert mean.value == pytest.approx(4.25)
    assert mean.n == 20
    # standard deviation 1.1642, t(19) = 2.0930: ± 0.5449
    assert (mean.low, mean.high) == pytest.approx((3.7051, 4.7949), abs=5e-4)


def test_one_answer_has_a_mean_and_no_interval() -> None:
    mean = mean_of([0, 0, 0, 0, 1])
    assert (mean.value, mean.n, mean.low, mean.high) == (5.0, 1, None, None)


def test_equal_answers_do_not_claim_certainty() -> None:
    mean = mean_of([0, 0, 0, 0, 60])
    assert mean.high == 5.0
    assert mean.low is not None
    assert 4.7 < mean.low < 4.8


@given(COUNTS)
def test_an_interval_holds_its_value_and_stays_on_the_scale(counts: list[int]) -> None:
    mean, rate = mean_of(counts), positive_rate(counts)
    if mean.value is not None and mean.low is not None and mean.high is not None:
        assert 1 <= mean.low <= mean.value + 1e-9
        assert mean.value - 1e-9 <= mean.high <= 5
    if rate.value is not None and rate.low is not None and rate.high is not None:
        assert 0 <= rate.low <= rate.value + 1e-9
        assert rate.value - 1e-9 <= rate.high <= 1


@given(COUNTS)
def test_more_answers_of_the_same_kind_narrow_the_interval(counts: list[int]) -> None:
    few, many = mean_of(counts), mean_of([count * 10 for count in counts])
    if few.low is not None and few.high is not None and many.low is not None and many.high is not None:
        assert many.high - many.low <= few.high - few.low + 1e-9


def test_92_to_93_78_is_plus_1_93_percent_and_plus_1_78_points() -> None:
    change = change_between(93.78, 92.00)
    assert change.percent == pytest.approx(1.9348, abs=1e-4)
    assert change.points == pytest.approx(1.78)


def test_a_change_from_nothing_has_no_percentage() -> None:
    assert change_between(3, 0).percent is None


def test_a_change_is_called_clear_only_when_the_intervals_do_not_touch() -> None:
    near = change_of(rate_of(57, 60), rate_of(54, 60))
    far = change_of(rate_of(570, 600), rate_of(480, 600))
    assert near is not None
    assert far is not None
    assert not near.is_clear
    assert far.is_clear


def test_too_few_answers_are_not_compared() -> None:
    assert change_of(rate_of(9, 9), rate_of(480, 600)) is None
    assert change_of(rate_of(480, 600), rate_of(0, 0)) is None
