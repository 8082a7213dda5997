"""What the loop's tallies count: when, for whom, and what leaves the rates."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from followup.models import FollowUpAnswer, InterviewNotice
from insights.models import LoopTally
from measures.models import Closing, Rectification
from opinion_portal import clock
from tests.insights.loop_play import MONDAY, Cast, Clock, Play, answer, call_back, refresh
from tests.insights.loop_truth import counted, truth

pytestmark = pytest.mark.django_db


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def cast(time: Clock) -> Cast:
    return Cast()


def tally(dimension: str, key: str, *, unit: int | None = None, day: date | None = None) -> int:
    found = LoopTally.objects.filter(dimension=dimension, key=key, unit=unit)
    return sum(found.filter(**({"day": day} if day else {})).values_list("count", flat=True))


def test_every_move_counts_on_its_day_for_the_lead_unit_and_the_bureau(time: Clock, cast: Cast) -> None:
    play = Play(cast, cast.dispatched())
    time.pass_by(days=1)
    play.acknowledge()
    play.submit()
    time.pass_by(days=1)
    play.passed()
    refresh()
    days = [clock.bureau_day(MONDAY) + timedelta(days=number) for number in range(3)]
    for move, day in (("dispatch", days[0]), ("acknowledge", days[1]), ("submit", days[1]), ("pass", days[2])):
        for unit in (None, cast.order.pk):
            assert tally("move", move, unit=unit, day=day) == 1
    assert counted() == truth()


def test_a_matter_of_the_night_counts_on_the_bureaus_day(time: Clock, cast: Cast) -> None:
    time.now = datetime(2024, 5, 21, 0, 30, tzinfo=clock.BUREAU_ZONE)  # still the 20th in UTC
    cast.dispatched()
    refresh()
    assert tally("move", "dispatch", day=date(2024, 5, 21)) == 1


def test_a_closing_counts_by_reason_and_how_it_went(time: Clock, cast: Cast) -> None:
    for closing in (Closing.HEARD, Closing.HEARD, Closing.IMPOSSIBLE):
        play = Play(cast, cast.dispatched())
        play.answered()
        play.close(closing)
    refresh()
    assert (tally("closed", "heard"), tally("closed", "impossible")) == (2, 1)
    assert [tally("course", key) for key in ("closed", "heard", "first_time", "again", "late")] == [3, 2, 2, 0, 0]


def test_an_answer_after_the_limit_is_late_and_so_is_the_closing(time: Clock, cast: Cast) -> None:
    play = Play(cast, cast.dispatched())
    time.pass_by(days=8)
    play.answered()
    play.close()
    refresh()
    assert (tally("move", "submit_late"), tally("course", "late"), tally("course", "closed")) == (1, 1, 1)


def test_an_answer_within_a_granted_extension_is_not_late(time: Clock, cast: Cast) -> None:
    play = Play(cast, cast.dispatched())
    play.acknowledge()
    play.ask("extension", days=10)
    play.decide(grants=True)
    time.pass_by(days=10)
    play.submit()
    play.passed()
    play.close()
    refresh()
    assert (tally("move", "submit_late"), tally("course", "late"), tally("course", "closed")) == (0, 0, 1)


def test_a_closing_is_late_or_not_by_the_answer_of_its_own_round(time: Clock, cast: Cast) -> None:
    play = Play(cast, cast.dispatched())
    time.pass_by(days=8)
    play.answered()
    answer(play.asked(), "dissatisfied")
    play.reopen()
    play.submit()
    play.passed()
    answer(play.asked(), "satisfied")
    play.close()
    refresh()
    assert (tally("move", "submit"), tally("move", "submit_late"), tally("course", "late")) == (2, 1, 0)
    assert (tally("follow", "valid"), tally("follow", "contacted")) == (2, 1)


def test_a_unit_that_was_in_time_does_not_pay_for_a_slow_review(time: Clock, cast: Cast) -> None:
    play = Play(cast, cast.dispatched())
    play.acknowledge()
    play.submit()
    time.pass_by(days=20)
    play.passed()
    play.close()
    refresh()
    assert tally("course", "late") == 0


def test_a_reopened_matter_is_closed_no_more_and_then_not_at_the_first_time(time: Clock, cast: Cast) -> None:
    play = Play(cast, cast.dispatched())
    play.answered()
    play.close()
    refresh()
    assert (tally("course", "closed"), tally("course", "first_time")) == (1, 1)
    time.pass_by(days=2)
    play.reopen()
    refresh()
    assert (tally("course", "closed"), tally("closed", "heard")) == (0, 0)
    play.submit()
    play.passed()
    play.close()
    refresh()
    assert [tally("course", key) for key in ("closed", "heard", "first_time", "again")] == [1, 1, 0, 1]


def test_work_sent_back_by_review_is_handled_again_but_solved_at_the_first_time(time: Clock, cast: Cast) -> None:
    play = Play(cast, cast.dispatched())
    play.acknowledge()
    play.submit()
    play.rework()
    play.submit()
    play.passed()
    play.close()
    refresh()
    assert [tally("course", key) for key in ("first_time", "again")] == [1, 1]


def test_what_a_unit_gave_back_stays_with_it_and_the_rest_goes_to_the_next(time: Clock, cast: Cast) -> None:
    play = Play(cast, cast.dispatched(cast.order))
    play.acknowledge()
    time.pass_by(days=1)
    play.given_back()
    play.answered()
    refresh()
    first, second = cast.order.pk, cast.traffic.pk
    assert [tally("course", key, unit=first) for key in ("dispatched", "returned")] == [1, 1]
    assert [tally("course", key, unit=second) for key in ("dispatched", "returned")] == [1, 0]
    assert [tally("move", "submit", unit=unit) for unit in (first, second)] == [0, 1]
    assert [tally("move", "acknowledge", unit=unit) for unit in (first, second)] == [1, 1]
    assert tally("course", "dispatched") == 2


def test_left_out_and_appealed_matters_leave_the_rates_and_are_told(time: Clock, cast: Cast) -> None:
    left_out = Play(cast, cast.dispatched())
    left_out.acknowledge()
    left_out.submit()
    left_out.passed(is_left_out=True)
    answer(left_out.asked(), "dissatisfied")
    left_out.close()
    appealed = Play(cast, cast.dispatched())
    appealed.answered()
    answer(appealed.asked(), "dissatisfied")
    appealed.reopen()
    refresh()
    assert tally("follow", "dissatisfied") == 1
    appealed.ask("appeal")
    appealed.decide(grants=True)
    refresh()
    assert (tally("course", "left_out"), tally("course", "closed")) == (2, 0)
    assert (tally("follow", "left_out"), tally("follow", "dissatisfied"), tally("follow", "asked")) == (2, 0, 0)


def test_follow_ups_count_on_the_day_they_were_begun_whenever_the_answer_comes(time: Clock, cast: Cast) -> None:
    plays = [Play(cast, cast.dispatched()) for _ in range(5)]
    for play in plays:
        play.answered()
    by_sms = [play.asked() for play in plays[:3]]
    by_page, on_receipt = plays[3].asked("page"), plays[4].asked("receipt")
    begun = clock.bureau_day(time.now)
    refresh()
    assert (tally("follow", "asked", day=begun), tally("follow", "valid")) == (5, 0)
    time.pass_by(days=3)
    answer(by_sms[0], "satisfied")
    answer(by_sms[1], "dissatisfied")
    answer(by_page, "basically", way="page", is_solved=True)
    answer(on_receipt, "satisfied", way="receipt", is_solved=False)
    refresh()
    assert [tally("follow", key, day=begun) for key in ("asked", "valid", "sms_sent", "sms_answered")] == [5, 4, 4, 3]
    assert [tally("follow", key) for key in ("satisfied", "basically", "dissatisfied")] == [2, 1, 1]
    assert [tally("follow", key) for key in ("contacted", "judged", "solved")] == [4, 2, 1]


def test_an_sms_answer_still_counts_as_one_after_a_call_has_replaced_it(time: Clock, cast: Cast) -> None:
    play = Play(cast, cast.dispatched())
    play.answered()
    one = play.asked()
    answer(one, "dissatisfied")
    answer(one, "basically", way="call", is_solved=True)
    refresh()
    assert [tally("follow", key) for key in ("sms_answered", "basically", "dissatisfied")] == [1, 1, 0]


def test_an_sms_that_comes_after_the_call_it_was_written_before_is_still_found(time: Clock, cast: Cast) -> None:
    play = Play(cast, cast.dispatched())
    play.answered()
    one = play.asked()
    answer(one, "basically", way="call")
    refresh()
    time.pass_by(days=1)
    refresh()
    now = clock.now()  # another answer holds, so nothing of the follow-up itself changes
    FollowUpAnswer.objects.create(follow_up=one, way="sms", answer="dissatisfied", said_at=now, taken_at=now)
    refresh()
    assert [tally("follow", key) for key in ("sms_answered", "basically", "dissatisfied")] == [1, 1, 0]


def test_who_cannot_be_asked_or_is_not_asked_yet_or_was_dropped_does_not_count_as_asked(
    time: Clock, cast: Cast
) -> None:
    cases: list[tuple[str, dict[str, Any]]] = [
        ("none", {}),
        ("sms", {"state": "waiting", "asked_at": None}),
        ("sms", {"state": "cancelled", "dropped": "withdrawn"}),
    ]
    for way, changes in cases:
        play = Play(cast, cast.dispatched())
        play.answered()
        play.asked(way, **changes)
    refresh()
    assert not LoopTally.objects.filter(dimension="follow").exists()


def test_call_backs_count_with_their_end_and_whether_they_were_in_time(time: Clock, cast: Cast) -> None:
    for state, hours in (("reached", 3), ("reached", 30), ("not_reached", 5), ("refused", 0), ("open", 0)):
        play = Play(cast, cast.dispatched())
        play.answered()
        one = play.asked()
        answer(one, "dissatisfied")
        call_back(one, state, hours=hours)
    refresh()
    keys = ("owed", "reached", "in_time", "not_reached", "refused", "open")
    assert [tally("call", key) for key in keys] == [5, 2, 1, 1, 1, 1]


def test_a_notice_counts_under_its_state_on_its_date(time: Clock, cast: Cast) -> None:
    notice = InterviewNotice.objects.create(unit=cast.order, facts="超期", created_at=time.now, changed_at=time.now)
    refresh()
    assert tally("notice", "draft", unit=cast.order.pk) == 1
    time.pass_by(days=1)
    InterviewNotice.objects.filter(pk=notice.pk).update(state="cancelled", changed_at=time.now)
    refresh()
    assert (tally("notice", "draft"), tally("notice", "cancelled")) == (0, 1)
    assert counted() == truth()


def test_only_the_days_of_what_changed_are_counted_anew(time: Clock, cast: Cast) -> None:
    for _ in range(3):
        cast.dispatched()
        time.pass_by(days=1)
    refresh()
    time.pass_by(days=2)
    refresh()
    assert refresh() == 0
    Play(cast, Rectification.objects.order_by("id")[0]).acknowledge()
    assert refresh() == 2  # the day it was sent, and this one


def test_a_count_of_days_that_have_not_changed_writes_nothing(time: Clock, cast: Cast) -> None:
    Play(cast, cast.dispatched()).answered()
    refresh()
    with connection.cursor() as cursor:
        cursor.execute("SELECT array_agg(xmin::text ORDER BY id) FROM insights_looptally")
        written = cursor.fetchone()
        refresh()
        cursor.execute("SELECT array_agg(xmin::text ORDER BY id) FROM insights_looptally")
        assert cursor.fetchone() == written
