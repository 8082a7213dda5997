"""Days in, days out; numbers in, coordinates out."""

from datetime import date

import pytest

from insights.charts import HEIGHT, WIDTH, bar_chart, mean_chart, nice_top
from insights.periods import period_of
from insights.rates import mean_of

DAY = date(2024, 5, 30)


def test_thirty_days_are_compared_with_the_thirty_before() -> None:
    period = period_of("days30", DAY)
    assert (period.first, period.last) == (date(2024, 5, 1), DAY)
    assert (period.before_first, period.before_last) == (date(2024, 4, 1), date(2024, 4, 30))


def test_today_is_compared_with_yesterday_and_drawn_with_its_fortnight() -> None:
    period = period_of("today", DAY)
    assert (period.first, period.before_last) == (DAY, date(2024, 5, 29))
    days = list(period.days())
    assert (days[0], days[-1], len(days)) == (date(2024, 5, 17), DAY, 14)


@pytest.mark.parametrize(
    ("today", "first", "before_first", "before_last"),
    [
        (date(2024, 5, 30), date(2024, 4, 1), date(2024, 1, 1), date(2024, 2, 29)),
        (date(2024, 1, 1), date(2024, 1, 1), date(2023, 10, 1), date(2023, 10, 1)),
        # The second quarter has a day more than the first: what it is compared with ends with its quarter.
        (date(2023, 6, 30), date(2023, 4, 1), date(2023, 1, 1), date(2023, 3, 31)),
    ],
)
def test_a_quarter_is_compared_with_as_much_of_the_quarter_before(
    today: date, first: date, before_first: date, before_last: date
) -> None:
    period = period_of("quarter", today)
    assert (period.first, period.last) == (first, today)
    assert (period.before_first, period.before_last) == (before_first, before_last)


def test_an_unknown_period_is_the_last_thirty_days() -> None:
    assert period_of("<script>", DAY).code == "days30"


@pytest.mark.parametrize(("highest", "top"), [(0, 2), (3, 4), (5, 10), (11, 20), (41, 100), (4216, 10_000)])
def test_an_axis_ends_at_a_round_number_with_a_whole_half(highest: int, top: int) -> None:
    assert nice_top(highest) == top


def test_a_bar_is_as_high_as_its_share_of_the_axis() -> None:
    days = [date(2024, 5, day) for day in range(1, 31)]
    chart = bar_chart(days, [*range(29), 40])
    heights = [float(bar.height) for bar in chart.bars]
    assert heights[-1] == max(heights)
    assert heights[20] == pytest.approx(heights[-1] / 2, abs=0.1)
    assert all(0 <= float(bar.x) <= WIDTH and 0 <= float(bar.y) <= HEIGHT for bar in chart.bars)
    assert chart.x_ticks[-1].label == "05-30"


def test_days_without_a_grade_stay_empty_and_one_answer_has_no_line() -> None:
    days = [date(2024, 5, day) for day in (1, 2, 3)]
    chart = mean_chart(days, [mean_of([0] * 5), mean_of([0, 0, 0, 0, 1]), mean_of([4, 4, 4, 4, 4])])
    one, many = chart.whiskers
    assert one.y_low == one.y_high == one.y
    assert not one.is_enough
    assert float(many.y_high) < float(many.y) < float(many.y_low)  # upwards is less


def test_a_chart_of_nothing_is_drawn_all_the_same() -> None:
    assert bar_chart([], []).bars == []
