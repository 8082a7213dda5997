"""Terms in working days: the checked cases, the long holidays, the years nobody has announced yet, and the laws."""

from datetime import UTC, date, datetime, time, timedelta
from time import process_time
from zoneinfo import ZoneInfo

import chinese_calendar  # type: ignore[import-untyped]  # the package ships no types
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from measures.working_days import FIRST_YEAR, LAST_YEAR, MOST_DAYS, WorkingCalendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
PLAIN = WorkingCalendar()
ONE_DAY = timedelta(days=1)

DAYS = st.dates(date(2003, 1, 1), date(2040, 12, 31))
TERMS = st.integers(0, 60)


@st.composite
def calendars_and_days(draw: st.DrawFn) -> tuple[WorkingCalendar, date]:
    """A day, and a calendar that was edited around it."""
    day = draw(DAYS)
    near = st.integers(-40, 40).map(lambda days: day + timedelta(days=days))
    return WorkingCalendar(draw(st.dictionaries(near, st.booleans(), max_size=20))), day


@pytest.mark.parametrize(
    ("start", "days", "end", "why"),
    [
        (date(2024, 5, 19), 5, date(2024, 5, 24), "issued on a Sunday, which is not counted anyway"),
        (date(2024, 5, 10), 1, date(2024, 5, 11), "a Saturday worked for the Labour Day holiday"),
        (date(2024, 5, 10), 2, date(2024, 5, 13), "the Sunday after it is free"),
        (date(2024, 4, 30), 1, date(2024, 5, 6), "Labour Day, five days"),
        (date(2024, 9, 27), 1, date(2024, 9, 29), "a Sunday worked before National Day"),
        (date(2024, 9, 30), 1, date(2024, 10, 8), "National Day, seven days"),
        (date(2024, 9, 30), 5, date(2024, 10, 12), "the Saturday worked after it"),
        (date(2025, 9, 30), 1, date(2025, 10, 9), "National Day with the Mid-autumn Festival, eight days"),
        (date(2024, 2, 9), 1, date(2024, 2, 18), "Spring Festival, then a Sunday worked"),
        (date(2024, 2, 9), 5, date(2024, 2, 22), "Spring Festival and the week after it"),
        (date(2025, 1, 24), 2, date(2025, 1, 27), "the Sunday worked before Spring Festival, then Monday"),
        (date(2025, 1, 27), 5, date(2025, 2, 10), "Spring Festival, and the Saturday worked after it"),
        (date(2025, 1, 30), 1, date(2025, 2, 5), "issued in the middle of Spring Festival"),
        (date(2024, 12, 31), 1, date(2025, 1, 2), "New Year's Day"),
        (date(2024, 12, 30), 5, date(2025, 1, 7), "five days over the end of a year"),
        (date(2030, 12, 31), 1, date(2031, 1, 1), "beyond the data: New Year's Day is taken for a weekday"),
        (date(2030, 12, 27), 5, date(2031, 1, 3), "beyond the data: a week is a week"),
        (date(2030, 12, 28), 1, date(2030, 12, 30), "beyond the data: from a Saturday to Monday"),
        (date(2003, 12, 31), 1, date(2004, 1, 2), "from before the data into it"),
    ],
)
def test_a_term_ends_on_the_day_the_calendar_says(start: date, days: int, end: date, why: str) -> None:
    assert PLAIN.add(start, days) == end, why


def test_the_end_of_the_announced_years_is_a_weekday_and_an_uncertain_one() -> None:
    last = date(LAST_YEAR, 12, 31)
    first = next(day for n in range(1, 8) if (day := last + n * ONE_DAY).weekday() < 5)
    assert PLAIN.add(last, 1) == first
    assert PLAIN.is_certain(last)
    assert not PLAIN.is_certain(first)


def test_the_bureaus_table_carries_a_term_from_2026_into_2027() -> None:
    table = {date(2027, 1, day): day not in {1, 2, 3, 9, 10} for day in range(1, 12)}
    calendar = WorkingCalendar(table)
    assert calendar.add(date(2026, 12, 31), 1) == date(2027, 1, 4)
    assert calendar.add(date(2026, 12, 30), 5) == date(2027, 1, 7)
    assert calendar.uncertain_years(date(2026, 12, 30), date(2027, 1, 7)) == []


def test_the_bureaus_table_wins_in_both_directions() -> None:
    tuesday, saturday = date(2024, 5, 21), date(2024, 5, 25)
    calendar = WorkingCalendar({tuesday: False, saturday: True})
    assert not calendar.is_working(tuesday)
    assert calendar.is_working(saturday)
    assert calendar.add(date(2024, 5, 19), 5) == saturday
    assert calendar.between(date(2024, 5, 19), date(2024, 5, 26)) == 5


def test_the_bureaus_table_wins_over_a_holiday_and_over_a_make_up_day() -> None:
    calendar = WorkingCalendar({date(2024, 10, 1): True, date(2024, 5, 11): False})
    assert calendar.add(date(2024, 9, 30), 1) == date(2024, 10, 1)
    assert calendar.add(date(2024, 5, 10), 1) == date(2024, 5, 13)


def test_a_row_that_repeats_what_is_known_changes_nothing() -> None:
    calendar = WorkingCalendar({date(2024, 10, 1): False, date(2024, 5, 11): True, date(2024, 5, 20): True})
    assert calendar.between(date(2024, 1, 1), date(2024, 12, 31)) == PLAIN.between(date(2024, 1, 1), date(2024, 12, 31))


def test_a_later_change_of_the_table_does_not_reach_a_calendar_already_made() -> None:
    table = {date(2024, 5, 20): False}
    calendar = WorkingCalendar(table)
    table[date(2024, 5, 21)] = False
    assert calendar.is_working(date(2024, 5, 21))


def test_no_days_are_the_day_itself_or_the_next_working_one() -> None:
    assert PLAIN.add(date(2024, 5, 20), 0) == date(2024, 5, 20)
    assert PLAIN.add(date(2024, 5, 19), 0) == date(2024, 5, 20)
    assert PLAIN.add(date(2024, 10, 1), 0) == date(2024, 10, 8)


def test_a_reminder_goes_out_working_days_before_the_limit() -> None:
    assert PLAIN.back(date(2024, 5, 13), 1) == date(2024, 5, 11)
    assert PLAIN.back(date(2024, 10, 8), 1) == date(2024, 9, 30)
    assert PLAIN.back(date(2024, 10, 8), 2) == date(2024, 9, 29)
    assert PLAIN.back(date(2024, 10, 7), 0) == date(2024, 9, 30)
    assert PLAIN.back(date(2025, 1, 2), 2) == date(2024, 12, 30)


def test_between_counts_the_last_day_and_not_the_first() -> None:
    assert PLAIN.between(date(2024, 5, 20), date(2024, 5, 24)) == 4
    assert PLAIN.between(date(2024, 5, 24), date(2024, 5, 20)) == -4
    assert PLAIN.between(date(2024, 5, 20), date(2024, 5, 20)) == 0
    assert PLAIN.between(date(2024, 9, 30), date(2024, 10, 7)) == 0
    assert PLAIN.between(date(2023, 12, 31), date(2024, 12, 31)) == 251


@pytest.mark.parametrize("days", [-1, MOST_DAYS + 1, 10**9])
def test_an_absurd_number_of_days_is_refused(days: int) -> None:
    with pytest.raises(ValueError, match="only 0 to 400"):
        PLAIN.add(date(2024, 5, 20), days)
    with pytest.raises(ValueError, match="only 0 to 400"):
        PLAIN.back(date(2024, 5, 20), days)


def test_a_calendar_without_working_days_is_refused_and_not_searched_for_ever() -> None:
    start = date(2024, 5, 20)
    calendar = WorkingCalendar({start + n * ONE_DAY: False for n in range(2000)})
    with pytest.raises(ValueError, match="has not 1 working days"):
        calendar.add(start, 1)


def test_the_ends_of_time_are_refused() -> None:
    with pytest.raises(ValueError, match="has not 5 working days"):
        PLAIN.add(date.max, 5)
    with pytest.raises(ValueError, match="has not 5 working days"):
        PLAIN.back(date.min, 5)


def test_a_moment_is_not_taken_for_a_day() -> None:
    moment = datetime(2024, 5, 20, tzinfo=UTC)
    with pytest.raises(TypeError, match="not a moment"):
        PLAIN.is_working(moment)
    with pytest.raises(TypeError, match="not a moment"):
        PLAIN.between(date(2024, 5, 20), moment)
    with pytest.raises(TypeError, match="not a moment"):
        WorkingCalendar({moment: True})


def test_only_announced_and_entered_days_are_certain() -> None:
    calendar = WorkingCalendar({date(2031, 1, 1): False})
    assert calendar.is_certain(date(FIRST_YEAR, 1, 1))
    assert calendar.is_certain(date(LAST_YEAR, 12, 31))
    assert calendar.is_certain(date(2031, 1, 1))
    assert not calendar.is_certain(date(2031, 1, 2))
    assert not calendar.is_certain(date(FIRST_YEAR - 1, 12, 31))


def test_uncertain_years_are_named_for_a_span_in_either_order() -> None:
    assert PLAIN.uncertain_years(date(2024, 1, 1), date(LAST_YEAR, 12, 31)) == []
    assert PLAIN.uncertain_years(date(2030, 12, 31), date(2032, 1, 1)) == [2030, 2031, 2032]
    assert PLAIN.uncertain_years(date(2032, 1, 1), date(2030, 12, 31)) == [2030, 2031, 2032]
    assert PLAIN.uncertain_years(date(2003, 12, 31), date(2004, 1, 1)) == [2003]


def test_a_year_is_certain_for_a_span_whose_days_were_all_entered() -> None:
    calendar = WorkingCalendar({date(2031, 1, day): day > 3 for day in range(1, 6)})
    assert calendar.uncertain_years(date(2031, 1, 1), date(2031, 1, 5)) == []
    assert calendar.uncertain_years(date(2031, 1, 1), date(2031, 1, 6)) == [2031]


def test_the_package_still_holds_the_years_the_bureau_works_with() -> None:
    assert FIRST_YEAR <= 2024
    assert LAST_YEAR >= 2026


def test_inside_its_years_every_day_is_as_the_package_says() -> None:
    days = (
        date(FIRST_YEAR, 1, 1) + n * ONE_DAY for n in range((date(LAST_YEAR, 12, 31) - date(FIRST_YEAR, 1, 1)).days)
    )
    assert [day for day in days if PLAIN.is_working(day) != chinese_calendar.is_workday(day)] == []


@pytest.mark.parametrize(
    ("dispatched_at", "last_day"),
    [
        (datetime(2024, 5, 23, 23, 59, tzinfo=SHANGHAI), date(2024, 5, 24)),
        (datetime(2024, 5, 24, 0, 1, tzinfo=SHANGHAI), date(2024, 5, 27)),
        (datetime(2024, 5, 23, 15, 59, tzinfo=UTC), date(2024, 5, 24)),
        (datetime(2024, 5, 23, 16, 1, tzinfo=UTC), date(2024, 5, 27)),
        (datetime(2024, 12, 31, 16, 1, tzinfo=UTC), date(2025, 1, 2)),
    ],
)
def test_the_day_of_dispatch_is_the_bureaus_and_not_utcs(dispatched_at: datetime, last_day: date) -> None:
    assert PLAIN.due_day(dispatched_at, 1, SHANGHAI) == last_day


def test_a_term_is_over_at_the_midnight_that_ends_its_last_day() -> None:
    due_at = PLAIN.due_at(datetime(2024, 5, 19, 10, 0, tzinfo=SHANGHAI), 5, SHANGHAI)
    assert due_at == datetime(2024, 5, 25, 0, 0, tzinfo=SHANGHAI)
    assert due_at == datetime(2024, 5, 24, 16, 0, tzinfo=UTC)
    assert due_at.tzinfo is SHANGHAI


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        PLAIN.due_at(datetime(2024, 5, 19, 10, 0), 5, SHANGHAI)  # noqa: DTZ001 - the mistake under test


@given(calendars_and_days(), st.integers(1, 60))
def test_between_gives_back_what_was_added(made: tuple[WorkingCalendar, date], days: int) -> None:
    calendar, day = made
    assert calendar.between(day, calendar.add(day, days)) == days


@given(calendars_and_days(), TERMS)
def test_a_term_always_ends_on_a_working_day_and_not_before_its_start(
    made: tuple[WorkingCalendar, date], days: int
) -> None:
    calendar, day = made
    assert calendar.is_working(calendar.add(day, days))
    assert calendar.add(day, days) >= day
    assert calendar.is_working(calendar.back(day, days))
    assert calendar.back(day, days) <= day


@given(calendars_and_days(), TERMS, TERMS)
def test_a_longer_term_ends_later(made: tuple[WorkingCalendar, date], one: int, other: int) -> None:
    calendar, day = made
    assume(0 < one < other)
    assert calendar.add(day, one) < calendar.add(day, other)


@given(calendars_and_days(), TERMS, st.integers(0, 30))
def test_a_later_start_never_ends_earlier(made: tuple[WorkingCalendar, date], days: int, later: int) -> None:
    calendar, day = made
    assert calendar.add(day, days) <= calendar.add(day + later * ONE_DAY, days)


@given(calendars_and_days(), st.integers(1, 60))
def test_going_back_as_far_returns_to_the_start_or_the_working_day_before_it(
    made: tuple[WorkingCalendar, date], days: int
) -> None:
    calendar, day = made
    assert calendar.back(calendar.add(day, days), days) == calendar.back(day, 0)
    assert calendar.add(calendar.back(day, days), days) == calendar.add(day, 0)


@given(calendars_and_days(), st.integers(-90, 90))
def test_between_is_what_counting_day_by_day_gives(made: tuple[WorkingCalendar, date], distance: int) -> None:
    calendar, day = made
    end = day + distance * ONE_DAY
    first, last = min(day, end), max(day, end)
    counted = sum(calendar.is_working(first + n * ONE_DAY) for n in range(1, (last - first).days + 1))
    assert calendar.between(day, end) == (counted if distance > 0 else -counted)


@given(calendars_and_days(), st.integers(0, 700))
def test_a_year_is_uncertain_when_a_day_of_it_is(made: tuple[WorkingCalendar, date], distance: int) -> None:
    calendar, start = made
    days = [start + n * ONE_DAY for n in range(distance + 1)]
    assert calendar.uncertain_years(start, days[-1]) == sorted({d.year for d in days if not calendar.is_certain(d)})


@given(calendars_and_days(), st.times(), TERMS)
def test_a_term_is_over_at_a_bureau_midnight_after_a_working_day(
    made: tuple[WorkingCalendar, date], clock: time, days: int
) -> None:
    calendar, day = made
    due_at = calendar.due_at(datetime.combine(day, clock, tzinfo=UTC), days, SHANGHAI)
    assert (due_at.hour, due_at.minute, due_at.second, due_at.microsecond) == (0, 0, 0, 0)
    assert calendar.is_working(due_at.date() - ONE_DAY)


def test_the_longest_terms_and_a_span_of_all_time_are_quick() -> None:
    start = process_time()
    for _ in range(20):
        PLAIN.add(date(2024, 5, 20), MOST_DAYS)
        PLAIN.between(date.min, date.max)
        PLAIN.uncertain_years(date.min, date.max)
    assert process_time() - start < 2  # some 0.1 s; the bound only tells a walk through every day from a sum
