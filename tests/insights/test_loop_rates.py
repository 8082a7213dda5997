"""The rates of the loop: what they are shares of, how sure they are, and when two of them differ."""

from decimal import Decimal
from itertools import product
from math import comb
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insights.loop_rates import (
    CallBacks,
    Course,
    Weights,
    composite_rate,
    first_time_rate,
    handled_again_rate,
    indicators_of,
    late_rate,
    repeat_rate,
    return_rate,
    satisfaction_rate,
    sms_reply_rate,
)
from insights.rates import ENOUGH, Rate, change_of, rate_of, wilson_interval

NINE = Decimal("0.9")
WEIGHTS = Weights(1, Decimal("0.1"), Decimal("0.5"), Decimal("0.4"), NINE)
COUNT = st.integers(0, 300)


def satisfaction(satisfied: int, basically: int, dissatisfied: int, weight: Decimal = NINE) -> Rate:
    return satisfaction_rate(satisfied, basically, dissatisfied, basically_weight=weight)


def limits(rate: Rate) -> tuple[float, float]:
    assert rate.low is not None
    assert rate.high is not None
    return rate.low, rate.high


# The three rates -----------------------------------------------------------------------------------------------------
def test_the_rates_are_the_shares_that_the_domain_names() -> None:
    counts = CallBacks(
        asked=250, valid=60, contacted=54, judged=40, solved=30, satisfied=40, basically=10, dissatisfied=10
    )
    rates = indicators_of(counts, WEIGHTS)
    assert (rates.response.value, rates.response.n) == (0.9, 60)
    assert (rates.solution.value, rates.solution.n) == (0.75, 40)
    assert rates.satisfaction.value == pytest.approx((40 + 0.9 * 10) / 60)
    assert rates.composite.value == pytest.approx(0.1 * 0.9 + 0.5 * 0.75 + 0.4 * 49 / 60)


def test_every_rate_says_how_many_of_those_asked_answered_its_question() -> None:
    counts = CallBacks(asked=250, valid=60, contacted=54, judged=40, solved=30, satisfied=60)
    rates = indicators_of(counts, WEIGHTS)
    assert [rate.reply_rate for rate in (rates.response, rates.solution, rates.satisfaction, rates.composite)] == [
        pytest.approx(share) for share in (0.24, 0.16, 0.24, 0.24)
    ]


def test_nobody_asked_makes_no_rate_of_any_kind() -> None:
    rates = indicators_of(CallBacks(), WEIGHTS)
    for rate in (rates.response, rates.solution, rates.satisfaction, rates.composite):
        assert (rate.value, rate.n, rate.low, rate.high, rate.reply_rate) == (None, 0, None, None, None)


def test_the_sms_reply_rate_of_a_real_city_has_its_wilson_interval() -> None:
    rate = sms_reply_rate(142, 1000)  # 本溪: 14.2 %
    assert rate.value == pytest.approx(0.142)
    assert limits(rate) == pytest.approx((0.1217, 0.1650), abs=1e-4)


# How sure a weighted share is ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(("weight", "positive"), [(Decimal(1), 50), (Decimal(0), 40)])
def test_with_a_weight_of_nought_or_one_the_interval_is_wilsons(weight: Decimal, positive: int) -> None:
    assert limits(satisfaction(40, 10, 10, weight)) == pytest.approx(wilson_interval(positive, 60))


def test_all_of_one_mind_do_not_claim_certainty() -> None:
    low, high = limits(satisfaction(20, 0, 0))
    assert high == 1.0
    assert low == pytest.approx(wilson_interval(20, 20)[0])
    low, high = limits(satisfaction(0, 20, 0))
    assert low < 0.9 < high


def _coverage(n: int, satisfied: float, basically: float) -> float:
    """The exact chance that the interval of ``n`` answers holds the true score, summed over all possible answers."""
    truth, covered = satisfied + 0.9 * basically, 0.0
    for s in range(n + 1):
        for b in range(n - s + 1):
            chance = comb(n, s) * comb(n - s, b) * satisfied**s * basically**b
            chance *= (1 - satisfied - basically) ** (n - s - b)
            low, high = limits(satisfaction(s, b, n - s - b))
            covered += chance if low - 1e-12 <= truth <= high + 1e-12 else 0.0
    return covered


TRUTHS = [(s, b) for s, b in product((0.05, 0.3, 0.6, 0.8, 0.9), (0.02, 0.05, 0.1, 0.3, 0.6)) if s + b < 0.99]


@pytest.mark.parametrize(("n", "least"), [(ENOUGH, 0.91), (20, 0.93), (40, 0.935)])
def test_the_interval_holds_the_truth_as_often_as_it_says(n: int, least: float) -> None:
    """Wilson's own interval falls as low at single points; on average it is 95 %."""
    found = [_coverage(n, satisfied, basically) for satisfied, basically in TRUTHS]
    assert min(found) >= least
    assert 0.945 <= sum(found) / len(found) <= 0.965


def test_the_interval_holds_the_truth_in_a_simulation_too() -> None:
    chance, held, rounds = Random(4), 0, 2000
    for _ in range(rounds):
        answers = chance.choices("sbd", (0.7, 0.2, 0.1), k=150)
        low, high = limits(satisfaction(answers.count("s"), answers.count("b"), answers.count("d")))
        held += low <= 0.88 <= high
    assert 0.935 <= held / rounds <= 0.97


@given(COUNT, COUNT, COUNT)
def test_an_interval_holds_its_value_and_stays_between_0_and_1(
    satisfied: int, basically: int, dissatisfied: int
) -> None:
    rate = satisfaction(satisfied, basically, dissatisfied)
    if rate.value is not None:
        low, high = limits(rate)
        assert 0 <= low <= rate.value + 1e-9
        assert rate.value - 1e-9 <= high <= 1


@given(COUNT, COUNT, COUNT)
def test_more_answers_of_the_same_kind_narrow_the_interval(satisfied: int, basically: int, dissatisfied: int) -> None:
    if satisfied + basically + dissatisfied:
        few = limits(satisfaction(satisfied, basically, dissatisfied))
        many = limits(satisfaction(10 * satisfied, 10 * basically, 10 * dissatisfied))
        assert many[1] - many[0] <= few[1] - few[0] + 1e-9


# The composite -------------------------------------------------------------------------------------------------------
def test_the_composite_waits_until_each_of_its_rates_has_answers_enough() -> None:
    enough, few = rate_of(30, 40), rate_of(9, 9)
    assert composite_rate([enough, few, enough], WEIGHTS, asked=100, valid=40) == Rate(None, 9, 0.4, None, None)
    assert composite_rate([enough] * 3, WEIGHTS, asked=100, valid=40).n == 40


def test_the_composites_interval_is_the_weighted_sum_of_the_limits() -> None:
    parts = [rate_of(54, 60), rate_of(30, 40), satisfaction(40, 10, 10)]
    rate = composite_rate(parts, WEIGHTS, asked=250, valid=60)
    for found, side in zip(limits(rate), (0, 1), strict=True):
        assert found == pytest.approx(
            sum(w * limits(part)[side] for w, part in zip((0.1, 0.5, 0.4), parts, strict=True))
        )


def test_the_composites_interval_holds_however_the_answers_move_together() -> None:
    """Simulated: the same people answer, and whoever says "solved" is mostly satisfied."""
    chance, held, rounds = Random(7), 0, 1000
    truth = 0.1 * 0.8 + 0.5 * 0.7 + 0.4 * (0.7 * (0.9 + 0.09) + 0.3 * 0.09)
    for _ in range(rounds):
        people = [(chance.random() < 0.8, chance.random() < 0.7, chance.random(), chance.random()) for _ in range(80)]
        solved = sum(is_solved for _, is_solved, _, _ in people)
        satisfied = sum((is_solved and x < 0.9) for _, is_solved, x, _ in people)
        basically = sum((is_solved and x >= 0.9) or (not is_solved and x < 0.1) for _, is_solved, x, _ in people)
        counts = CallBacks(
            80, 80, sum(one[0] for one in people), 80, solved, satisfied, basically, 80 - satisfied - basically
        )
        low, high = limits(indicators_of(counts, WEIGHTS).composite)
        held += low <= truth <= high
    assert held / rounds >= 0.95


# What else centres publish -------------------------------------------------------------------------------------------
def test_the_rates_of_the_course_have_their_own_denominators() -> None:
    course = Course(closed=50, heard=40, first_time=30, again=15, late=5, dispatched=60, returned=6)
    shares = [first_time_rate(course), handled_again_rate(course), late_rate(course), return_rate(course)]
    assert [(rate.value, rate.n) for rate in shares] == [(0.75, 40), (0.3, 50), (0.1, 50), (0.1, 60)]
    assert repeat_rate(3, 12).value == 0.25


# 环比 ----------------------------------------------------------------------------------------------------------------
def test_92_to_93_78_is_plus_1_93_percent_and_plus_1_78_points_and_clear_only_of_enough_people() -> None:
    few = change_of(rate_of(9378, 10_000), rate_of(9200, 10_000))
    assert few is not None
    assert few.percent == pytest.approx(1.9348, abs=1e-4)
    assert 100 * few.points == pytest.approx(1.78)
    assert few.is_clear
    same_of_fewer = change_of(rate_of(469, 500), rate_of(460, 500))
    assert same_of_fewer is not None
    assert not same_of_fewer.is_clear


@pytest.mark.parametrize(
    ("this", "last", "is_clear"),
    [
        ((60, 100), (40, 100), True),  # Wilson 50.2–69.1 against 30.9–49.8
        ((58, 100), (42, 100), False),  # 48.2–67.2 against 32.8–51.8, though a two-proportion test says p = 0.024
        ((10, 10), (0, 10), True),
    ],
)
def test_a_change_is_clear_only_when_the_intervals_do_not_touch(
    this: tuple[int, int], last: tuple[int, int], is_clear: bool
) -> None:
    change = change_of(rate_of(*this), rate_of(*last))
    assert change is not None
    assert change.is_clear is is_clear


def test_a_composite_that_is_not_shown_is_not_compared() -> None:
    whole = composite_rate([rate_of(30, 40)] * 3, WEIGHTS, asked=40, valid=40)
    assert change_of(whole, Rate(None, 9, 0.4, None, None)) is None
