"""What changed: intervals against published values, windows of equal length, and no verdict where there can be none."""

import math
from datetime import date
from time import process_time
from typing import Any

import pytest

from measures.plans.chart import effects_chart
from measures.plans.effects import (
    Sample,
    Verdict,
    count_change,
    count_estimate,
    mean_change,
    mean_estimate,
    share_interval,
    student_quantile,
    windows_around,
)

ISSUED = date(2024, 5, 30)


@pytest.fixture(scope="module")
def stats() -> Any:
    """The published values: a second to load, which only the process that runs this file is to take."""
    from scipy import stats

    return stats


# Counts --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("count", "low", "high"),
    [(0, 0, 3.689), (1, 0.025, 5.572), (5, 1.623, 11.668), (10, 4.795, 18.390), (100, 81.364, 121.627)],
)
def test_a_counts_interval_is_garwoods_table(count: int, low: float, high: float) -> None:
    found = count_estimate(count)
    assert (found.value, found.n) == (count, count)
    assert found.low == pytest.approx(low, abs=0.001)
    assert found.high == pytest.approx(high, abs=0.001)


@pytest.mark.parametrize("count", [2, 57, 1000, 25_000])
def test_a_counts_interval_is_that_of_the_gamma_quantiles(count: int, stats: Any) -> None:
    found = count_estimate(count)
    assert found.low == pytest.approx(stats.chi2.ppf(0.025, 2 * count) / 2, rel=1e-9)
    assert found.high == pytest.approx(stats.chi2.ppf(0.975, 2 * count + 2) / 2, rel=1e-9)


@pytest.mark.parametrize(("hits", "n"), [(0, 10), (1, 10), (57, 60), (10, 10), (300, 1000), (4000, 9000)])
def test_a_shares_interval_is_clopper_and_pearsons(hits: int, n: int, stats: Any) -> None:
    expected = stats.binomtest(hits, n).proportion_ci(0.95, "exact")
    assert share_interval(hits, n) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_half_as_many_of_many_are_clearly_fewer(stats: Any) -> None:
    change = count_change(120, 60)
    share = stats.binomtest(60, 180).proportion_ci(0.95, "exact")
    assert change.value == pytest.approx(0.5)
    assert change.low == pytest.approx(share.low / (1 - share.low), abs=1e-9)
    assert change.high == pytest.approx(share.high / (1 - share.high), abs=1e-9)
    assert change.verdict is Verdict.LESS
    assert count_change(60, 120).verdict is Verdict.MORE


def test_half_as_many_of_few_are_nothing_to_speak_of() -> None:
    assert count_change(10, 5).verdict is Verdict.UNCLEAR
    few = count_change(6, 3)
    assert few.verdict is Verdict.FEW
    assert few.low is few.high is None


def test_none_before_leaves_no_ratio_and_an_interval_without_end() -> None:
    change = count_change(0, 20)
    assert change.value is None
    assert change.low is not None
    assert change.low > 1
    assert change.high == math.inf
    assert count_change(0, 0).verdict is Verdict.FEW


def test_an_interval_for_ten_thousands_takes_no_time() -> None:
    started = process_time()
    count_estimate(20_000)
    count_change(9_000, 8_000)
    assert process_time() - started < 0.5


# Means ---------------------------------------------------------------------------------------------------------------
def _sample(*grades: float) -> Sample:
    mean = sum(grades) / len(grades)
    return Sample(len(grades), mean, sum((grade - mean) ** 2 for grade in grades) / (len(grades) - 1))


BEFORE = (3, 4, 2, 3, 5, 3, 2, 4, 3, 3, 1, 4)
AFTER = (4, 5, 4, 4, 3, 5, 4, 5, 4, 4, 5)


def test_the_difference_of_means_has_welchs_interval(stats: Any) -> None:
    change = mean_change(_sample(*BEFORE), _sample(*AFTER))
    expected = stats.ttest_ind(AFTER, BEFORE, equal_var=False).confidence_interval(0.95)
    assert change.low == pytest.approx(expected.low, abs=1e-4)
    assert change.high == pytest.approx(expected.high, abs=1e-4)
    assert change.verdict is Verdict.MORE


def test_the_same_grades_are_no_change() -> None:
    assert mean_change(_sample(*BEFORE), _sample(*BEFORE)).verdict is Verdict.UNCLEAR


def test_nine_answers_are_too_few_to_judge_by() -> None:
    change = mean_change(_sample(*BEFORE), _sample(*AFTER[:9]))
    assert change.value is not None
    assert change.low is change.high is None
    assert change.verdict is Verdict.FEW


def test_all_of_one_mind_is_no_certainty() -> None:
    alike = Sample(12, 5.0, 0.0)
    found = mean_estimate(alike)
    assert found.low is not None
    assert found.low < 5.0
    change = mean_change(Sample(12, 4.9, 0.0), alike)
    assert change.verdict is Verdict.UNCLEAR


def test_a_mean_has_students_interval_within_the_scale(stats: Any) -> None:
    found = mean_estimate(_sample(*BEFORE))
    expected = stats.t.interval(0.95, len(BEFORE) - 1, loc=sum(BEFORE) / len(BEFORE), scale=stats.sem(BEFORE))
    assert (found.low, found.high) == pytest.approx(expected, abs=1e-4)
    assert mean_estimate(_sample(5, 4)).high == 5.0
    one = mean_estimate(Sample(1, 4.0))
    assert (one.value, one.low, one.high) == (4.0, None, None)
    assert mean_estimate(Sample(0)).value is None


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 7.5, 30, 1000])
def test_students_quantile_is_that_of_the_tables(freedom: float, stats: Any) -> None:
    assert student_quantile(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=0.002)


# Windows -------------------------------------------------------------------------------------------------------------
def test_the_windows_lie_on_both_sides_of_the_issue_and_are_equally_long() -> None:
    found = windows_around(ISSUED, wanted=30, today=date(2024, 9, 1))
    assert found is not None
    assert found.before == (date(2024, 4, 30), date(2024, 5, 29))
    assert found.after == (date(2024, 5, 31), date(2024, 6, 29))
    assert not found.is_short


def test_windows_are_cut_alike_to_the_full_days_that_have_passed() -> None:
    found = windows_around(ISSUED, wanted=30, today=date(2024, 6, 5))
    assert found is not None
    assert (found.days, found.is_short) == (5, True)
    assert found.before == (date(2024, 5, 25), date(2024, 5, 29))
    assert found.after == (date(2024, 5, 31), date(2024, 6, 4))


@pytest.mark.parametrize("today", [date(2024, 5, 1), ISSUED, date(2024, 5, 31)])
def test_there_is_nothing_to_compare_before_a_full_day_has_passed(today: date) -> None:
    assert windows_around(ISSUED, wanted=30, today=today) is None


# Picture -------------------------------------------------------------------------------------------------------------
def test_the_picture_holds_every_day_once_and_tells_before_from_after() -> None:
    windows = windows_around(ISSUED, wanted=30, today=date(2024, 9, 1))
    assert windows is not None
    chart = effects_chart(windows, {date(2024, 5, 29): 6, date(2024, 5, 31): 3})
    assert [bar.is_after for bar in chart.bars] == [False] * 10 + [True] * 10
    told = [bar.title for bar in chart.bars if not bar.title.endswith(": 0.0")]
    assert told == ["05-27–05-29: 2.0", "05-31–06-02: 1.0"]
    assert chart.issue_day == "2024-05-30"
