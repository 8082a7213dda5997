"""When a message may leave, with the clock in hand: hours, days, thirty days, retries, questions to the provider."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from followup.sms import plan
from followup.sms.hours import SendingHours, windows_read
from followup.sms.plan import History, ask_at, leaves_at, retry_at

SHANGHAI = ZoneInfo("Asia/Shanghai")
HOURS = SendingHours()


def on(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2024, 5, day, hour, minute, second, tzinfo=SHANGHAI)


def leaves(moment: datetime, history: History | None = None, **kind: bool) -> datetime:
    kinds = {"is_question": False, "is_response": False} | kind
    return leaves_at(moment, history or History(), HOURS, **kinds)


@pytest.mark.parametrize(
    ("asked", "leaves_then"),
    [
        (on(20, 9), on(20, 9)),
        (on(20, 11, 59, 59), on(20, 11, 59, 59)),
        (on(20, 12), on(20, 14)),
        (on(20, 19, 59, 59), on(20, 19, 59, 59)),
        (on(20, 20), on(21, 9)),
        (on(20, 23, 59, 59), on(21, 9)),
        (on(21, 0), on(21, 9)),
        (on(21, 8, 59, 59), on(21, 9)),
        (on(31, 20), datetime(2024, 6, 1, 9, tzinfo=SHANGHAI)),
    ],
)
def test_nobody_is_written_to_outside_the_hours_around_midnight_too(asked: datetime, leaves_then: datetime) -> None:
    assert leaves(asked) == leaves_then
    assert leaves(asked, is_response=True) == leaves_then
    assert leaves(asked, is_question=True) == leaves_then


def test_there_is_never_a_second_message_on_a_day() -> None:
    had = History(others=[on(20, 9, 30)])
    assert leaves(on(20, 10), had) == on(21, 9)
    assert leaves(on(20, 10), had, is_question=True) == on(21, 9)
    # The evening's next window lies on a day that has its message already.
    assert leaves(on(19, 21), had) == on(21, 9)
    had.add(on(21, 14), is_question=False)
    assert leaves(on(20, 10), had) == on(22, 9)


def test_a_response_to_what_was_just_sent_waits_for_the_hours_alone() -> None:
    had = History(questions=[on(20, 9)], others=[on(20, 9, 30)])
    assert leaves(on(20, 10), had, is_response=True) == on(20, 10)
    assert leaves(on(20, 22), had, is_response=True) == on(21, 9)


def test_a_question_waits_thirty_days_for_the_last_one() -> None:
    had = History(questions=[on(1, 10)])
    assert leaves(on(2, 10), had, is_question=True) == on(31, 10)
    assert leaves(on(2, 10), had) == on(2, 10)
    had.add(on(31, 9), is_question=False)
    assert leaves(on(2, 10), had, is_question=True) == datetime(2024, 6, 1, 9, tzinfo=SHANGHAI)


def test_tries_are_bounded_and_get_rarer() -> None:
    now = on(20, 10)
    found = [retry_at(now, attempts) for attempts in range(1, 8)]
    assert found[-1] is None
    waits = [moment - now for moment in found if moment]
    assert waits == sorted(waits)
    assert waits[0] == timedelta(minutes=1)
    assert sum(waits, timedelta()) < timedelta(hours=12)


def test_the_provider_is_asked_ever_more_rarely_and_no_more_after_three_days() -> None:
    handed = now = on(20, 10)
    asked = []
    while following := ask_at(handed, now):
        now = following
        asked.append(now - handed)
    assert asked[0] == plan.ASK_AFTER
    assert asked[-1] <= timedelta(hours=72)
    assert len(asked) < 8
    assert ask_at(handed, handed + timedelta(hours=30)) is None


def test_a_claim_outlives_its_lease_so_that_no_two_workers_send() -> None:
    assert plan.LEASE_HOLDS < plan.CLAIM_HOLDS < plan.BELIEVED_AFTER


@pytest.mark.parametrize("text", ["9-12", "09:00", "09:00-25:00", "12:00-09:00", "09:00-12:00,11:00-14:00", "", "x-y"])
def test_hours_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (the settings name the variable)
        windows_read(text)


def test_hours_are_read_and_the_day_may_be_whole() -> None:
    assert SendingHours(windows_read("09:00-12:00, 14:00-20:00")) == HOURS
    whole = SendingHours(windows_read("00:00-24:00"))
    assert all(whole.is_allowed(on(20, hour)) for hour in range(24))
