"""Hours in which residents are written to and called, and how often: exact boundaries, midnight, and the laws."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.sms.hours import BUREAU_ZONE, SURVEY_DAYS, SendingHours, call_due_at, contact_budget, may_call

HOURS = SendingHours()
DAY, NEXT_DAY = 20, 21
NOW = datetime(2024, 5, DAY, 10, 0, tzinfo=BUREAU_ZONE)

ZONES = st.sampled_from([UTC, BUREAU_ZONE, ZoneInfo("Asia/Urumqi")])
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=ZONES)  # noqa: DTZ001 - as it wants them
SPANS = st.integers(0, 100)


def _at(day: int, hour: int, minute: int = 0, second: int = 0, microsecond: int = 0) -> datetime:
    return datetime(2024, 5, day, hour, minute, second, microsecond, tzinfo=BUREAU_ZONE)


@pytest.mark.parametrize(
    ("at", "allowed"),
    [
        (_at(DAY, 9), _at(DAY, 9)),
        (_at(DAY, 8, 59, 59, 999_999), _at(DAY, 9)),
        (_at(DAY, 0), _at(DAY, 9)),
        (_at(DAY, 11, 59, 59, 999_999), _at(DAY, 11, 59, 59, 999_999)),
        (_at(DAY, 12), _at(DAY, 14)),
        (_at(DAY, 13, 59, 59), _at(DAY, 14)),
        (_at(DAY, 14), _at(DAY, 14)),
        (_at(DAY, 19, 59, 59), _at(DAY, 19, 59, 59)),
        (_at(DAY, 20), _at(NEXT_DAY, 9)),
        (_at(DAY, 23, 59, 59, 999_999), _at(NEXT_DAY, 9)),
        (datetime(2024, 12, 31, 20, 0, tzinfo=BUREAU_ZONE), datetime(2025, 1, 1, 9, 0, tzinfo=BUREAU_ZONE)),
        (datetime(2024, 5, DAY, 0, 59, tzinfo=UTC), _at(DAY, 9)),
        (datetime(2024, 5, DAY, 1, 30, tzinfo=UTC), _at(DAY, 9, 30)),
        (datetime(2024, 5, DAY, 16, 0, tzinfo=UTC), _at(NEXT_DAY, 9)),
    ],
)
def test_a_message_waits_for_the_next_window(at: datetime, allowed: datetime) -> None:
    assert HOURS.next_allowed(at) == allowed
    assert HOURS.is_allowed(at) == (at == allowed)


def test_the_windows_are_the_bureaus_to_choose() -> None:
    hours = SendingHours(windows=((time(8), time(21)),), zone=ZoneInfo("Asia/Urumqi"))
    assert hours.next_allowed(_at(DAY, 8)) == _at(DAY, 10)  # 08:00 in Urumqi


@pytest.mark.parametrize(
    "windows",
    [
        (),
        ((time(9), time(9)),),
        ((time(12), time(9)),),
        ((time(14), time(20)), (time(9), time(12))),
        ((time(9), time(12)), (time(11), time(20))),
    ],
)
def test_windows_out_of_order_are_refused(windows: tuple[tuple[time, time], ...]) -> None:
    with pytest.raises(ValueError, match="windows in order"):
        SendingHours(windows=windows)


@given(MOMENTS)
def test_the_next_allowed_moment_is_allowed_and_the_first(at: datetime) -> None:
    allowed = HOURS.next_allowed(at)
    assert allowed >= at
    assert HOURS.is_allowed(allowed)
    assert HOURS.next_allowed(allowed) == allowed
    if allowed > at:
        assert not HOURS.is_allowed(at)
        assert not HOURS.is_allowed(at + (allowed - at) * 0.999)
        assert allowed - at <= timedelta(hours=13)


@given(MOMENTS)
def test_the_bureaus_day_always_has_24_hours(at: datetime) -> None:
    assert at.astimezone(BUREAU_ZONE).utcoffset() == timedelta(hours=8)


@pytest.mark.parametrize(
    ("at", "allowed"),
    [(_at(DAY, 8), True), (_at(DAY, 7, 59, 59, 999_999), False), (_at(DAY, 20, 59, 59, 999_999), True),
     (_at(DAY, 21), False), (_at(DAY, 0), False), (_at(DAY, 12), True)],
)  # fmt: skip
def test_nobody_is_called_at_night(at: datetime, allowed: bool) -> None:
    assert may_call(at) is allowed


@pytest.mark.parametrize(
    ("asked_at", "hours", "due"),
    [
        (_at(DAY, 10), 24, _at(NEXT_DAY, 10)),
        (_at(DAY, 8), 24, _at(NEXT_DAY, 8)),
        (_at(DAY, 7, 59, 59), 24, _at(DAY, 21)),
        (_at(DAY, 20, 59, 59), 24, _at(NEXT_DAY, 20, 59, 59)),
        (_at(DAY, 21), 24, _at(NEXT_DAY, 21)),
        (_at(DAY, 22), 24, _at(NEXT_DAY, 21)),
        (_at(DAY, 0), 24, _at(DAY, 21)),
        (_at(DAY, 2), 24, _at(DAY, 21)),
        (datetime(2024, 5, DAY, 18, 0, tzinfo=UTC), 24, _at(NEXT_DAY, 21)),
        (_at(DAY, 20, 30), 2, _at(DAY, 21)),
        (_at(DAY, 22), 2, _at(NEXT_DAY, 10)),
        (_at(DAY, 21), 2, _at(NEXT_DAY, 10)),
        (_at(DAY, 2), 2, _at(DAY, 10)),
        (_at(DAY, 6), 4, _at(DAY, 12)),
        (_at(DAY, 21), 11, _at(NEXT_DAY, 19)),
        (_at(DAY, 21), 12, _at(NEXT_DAY, 9)),
        (_at(DAY, 23), 0, _at(NEXT_DAY, 8)),
        (_at(DAY, 12), 0, _at(DAY, 12)),
    ],
)
def test_a_call_is_due_in_clock_hours_and_never_at_night(asked_at: datetime, hours: int, due: datetime) -> None:
    assert call_due_at(asked_at, hours) == due


def test_the_quiet_time_is_the_bureaus_to_choose() -> None:
    noon = (time(12), time(14))
    assert call_due_at(_at(DAY, 10), 3, noon) == _at(DAY, 12)
    assert call_due_at(_at(DAY, 12, 30), 1, noon) == _at(DAY, 15)
    assert call_due_at(_at(DAY, 22), 2, noon) == _at(NEXT_DAY, 0)


def test_a_quiet_time_without_an_end_and_negative_hours_are_refused() -> None:
    with pytest.raises(ValueError, match="needs an end"):
        call_due_at(NOW, 24, (time(21), time(21)))
    with pytest.raises(ValueError, match="-1 hours"):
        call_due_at(NOW, -1)


@given(MOMENTS)
def test_24_hours_are_kept_and_leave_time_to_call(asked_at: datetime) -> None:
    due = call_due_at(asked_at)
    assert asked_at < due <= asked_at + timedelta(hours=24)
    assert may_call(due - timedelta(microseconds=1)) or due.time() == time(8)
    assert due - asked_at >= timedelta(hours=13)


@given(MOMENTS, st.integers(1, 100))
def test_there_is_always_time_to_call_before_the_limit(asked_at: datetime, hours: int) -> None:
    due = call_due_at(asked_at, hours)
    half_hours = (asked_at + n * timedelta(minutes=30) for n in range(1 + (due - asked_at) // timedelta(minutes=30)))
    assert any(may_call(moment) for moment in [*half_hours, due - timedelta(microseconds=1)])


@given(MOMENTS, SPANS)
def test_no_call_is_due_inside_the_night_or_before_it_was_asked_for(asked_at: datetime, hours: int) -> None:
    due = call_due_at(asked_at, hours)
    assert due >= asked_at
    assert may_call(due) or due.time() == time(21)


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=3)), SPANS)
def test_who_asked_later_is_never_due_earlier(asked_at: datetime, later: timedelta, hours: int) -> None:
    assert call_due_at(asked_at, hours) <= call_due_at(asked_at + later, hours)


def test_who_was_never_asked_may_be_asked_now() -> None:
    assert contact_budget([], NOW) == NOW


@pytest.mark.parametrize(
    ("ago", "wait"),
    [
        (timedelta(days=30), timedelta(0)),
        (timedelta(days=29, hours=23, minutes=59), timedelta(minutes=1)),
        (timedelta(days=31), timedelta(0)),
        (timedelta(0), timedelta(days=30)),
        (timedelta(days=1), timedelta(days=29)),
    ],
)
def test_one_survey_in_30_days(ago: timedelta, wait: timedelta) -> None:
    assert contact_budget([NOW - ago], NOW) == NOW + wait


def test_the_last_survey_counts_in_whatever_order_and_a_planned_one_too() -> None:
    surveys = [NOW - timedelta(days=3), NOW - timedelta(days=90), NOW - timedelta(days=40)]
    assert contact_budget(surveys, NOW) == NOW + timedelta(days=27)
    assert contact_budget([NOW + timedelta(days=2)], NOW) == NOW + timedelta(days=32)


def test_on_a_day_that_has_a_message_there_is_no_second() -> None:
    acknowledged = _at(DAY, 0, 1)
    assert contact_budget([], NOW, messages=[acknowledged]) == _at(NEXT_DAY, 0)
    assert contact_budget([], NOW, messages=[acknowledged, _at(NEXT_DAY, 9)]) == _at(NEXT_DAY + 1, 0)
    assert contact_budget([], NOW, messages=[_at(DAY - 1, 23, 59)]) == NOW


def test_a_day_is_the_bureaus_and_not_utcs() -> None:
    late_yesterday_in_utc = datetime(2024, 5, DAY - 1, 16, 1, tzinfo=UTC)
    assert contact_budget([], NOW, messages=[late_yesterday_in_utc]) == _at(NEXT_DAY, 0)


def test_even_without_the_30_days_a_day_has_one_survey() -> None:
    assert contact_budget([_at(DAY, 9)], NOW, days=0) == _at(NEXT_DAY, 0)


@given(st.lists(MOMENTS, max_size=5), st.lists(MOMENTS, max_size=5), MOMENTS)
def test_the_next_survey_keeps_both_rules(surveys: list[datetime], messages: list[datetime], now: datetime) -> None:
    earliest = contact_budget(surveys, now, messages=messages)
    assert earliest >= now
    assert all(earliest - survey >= timedelta(days=SURVEY_DAYS) for survey in surveys)
    assert earliest.date() not in {message.astimezone(BUREAU_ZONE).date() for message in messages}


def test_a_moment_without_a_zone_is_refused() -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(ValueError, match="without a time zone"):
        HOURS.next_allowed(naive)
    with pytest.raises(ValueError, match="without a time zone"):
        call_due_at(naive)
    with pytest.raises(ValueError, match="without a time zone"):
        contact_budget([naive], NOW)
