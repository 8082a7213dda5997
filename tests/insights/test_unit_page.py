"""The loop on the dashboard: how matters stand, unit by unit, and who may look at which unit."""

import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client

from accounts.models import Officer, Role, Unit
from feedback.models import Feedback
from followup.models import InterviewNotice
from insights.dashboard import Dashboard, Wanted, dashboard_for
from insights.loop.selectors import bounds_at
from insights.rates import ENOUGH
from measures.models import Rectification
from measures.selectors import working_calendar
from opinion_portal import clock
from tests.feedback.queue_cast import logged_in, officer
from tests.insights.loop_play import Cast, Clock, Play, answer, call_back, refresh

pytestmark = pytest.mark.django_db


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def cast(time: Clock) -> Cast:
    return Cast()


def page_of(unit: Unit) -> str:
    return f"/office/dashboard/unit/{unit.code}/"


def board(who: Officer, unit: Unit | None = None, **wanted: str) -> Dashboard:
    refresh()
    return dashboard_for(who, Wanted(unit=unit.code if unit else "", **wanted), now=clock.now())


def looked_at(client: Client, address: str) -> str:
    refresh()
    answered = client.get(address)
    assert answered.status_code == 200, address
    return answered.content.decode()


def solved(cast: Cast, unit: Unit, words: list[str], *, is_solved: bool | None = True) -> None:
    """Matters of ``unit`` that were answered, each resident saying one of ``words`` over the link."""
    for word in words:
        play = Play(cast, cast.dispatched(unit))
        play.answered()
        answer(play.asked(), word, way="page", is_solved=is_solved)
        play.close()


# Who may look --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", [Role.CENTRE, Role.DISCIPLINE, Role.LEADER])
def test_the_bureaus_posts_look_at_any_unit(cast: Cast, role: Role) -> None:
    client = logged_in(officer(role))
    for unit in (cast.order, cast.traffic):
        assert client.get(page_of(unit)).status_code == 200


@pytest.mark.parametrize("role", [Role.UNIT_HEAD, Role.STATION_OFFICER])
def test_a_units_officers_look_at_their_own_unit_alone(cast: Cast, role: Role) -> None:
    client = logged_in(officer(role, cast.order))
    assert client.get(page_of(cast.order)).status_code == 200
    assert client.get(page_of(cast.traffic)).status_code == 404
    assert client.get(page_of(Unit.objects.get(kind=Unit.Kind.BUREAU))).status_code == 404


def test_a_unit_above_looks_at_the_units_below_it(cast: Cast) -> None:
    below = Unit.objects.create(code="team", name="中队", name_en="Team", kind="department", parent=cast.order)
    assert logged_in(officer(Role.UNIT_HEAD, cast.order)).get(page_of(below)).status_code == 200
    assert logged_in(officer(Role.UNIT_HEAD, below)).get(page_of(cast.order)).status_code == 404


@pytest.mark.parametrize("role", [Role.CUSTODIAN, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN])
def test_the_page_does_not_exist_for_who_may_see_no_dashboard(cast: Cast, role: Role) -> None:
    assert logged_in(officer(role)).get(page_of(cast.order)).status_code == 404


def test_nobody_sees_it_without_a_login_and_no_unit_is_made_up(cast: Cast) -> None:
    assert Client().get(page_of(cast.order)).status_code == 302
    assert logged_in(officer(Role.CENTRE)).get("/office/dashboard/unit/no-such/").status_code == 404


def test_a_units_dashboard_counts_its_own_matters_alone(time: Clock, cast: Cast) -> None:
    for unit in (cast.order, cast.order, cast.traffic):
        cast.dispatched(unit)
    own = officer(Role.UNIT_HEAD, cast.order)
    assert board(own).loop.open == 2
    assert board(cast.centre).loop.open == 3
    assert board(cast.centre, cast.traffic).loop.open == 1
    assert board(own).loop.units == []


def test_a_unit_sees_nothing_of_a_matter_that_turned_out_to_be_about_itself(time: Clock, cast: Cast) -> None:
    matter = cast.dispatched(cast.order)
    Feedback.objects.filter(matter_link__rectification=matter).update(about_unit=cast.order)
    assert board(officer(Role.UNIT_HEAD, cast.order)).loop.open == 0
    assert board(cast.centre, cast.order).loop.open == 1


# How matters stand ---------------------------------------------------------------------------------------------------
def test_matters_stand_by_state_and_lateness_as_working_days_have_it(time: Clock, cast: Cast) -> None:
    cast.dispatched()  # Monday the 20th, due on the 27th
    monday = time.now
    seen = {}
    for days in (0, 4, 5, 7, 8, 12, 14, 15):
        time.now = monday + timedelta(days=days)
        line = board(cast.centre).loop.states[0]
        seen[days] = (line.in_time, line.soon, line.late, line.long_late)
    in_time, soon, late, long_late = (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 1, 1)
    # Friday is a working day before the limit; the next Monday five gone by, Tuesday six.
    assert seen == {
        0: in_time, 4: soon, 5: soon, 7: soon, 8: late, 12: late, 14: late, 15: long_late,
    }  # fmt: skip


@pytest.mark.parametrize("day", ["2024-05-19", "2024-05-24", "2024-05-25", "2024-06-10", "2024-10-01"])
def test_the_bounds_agree_with_the_calendar_on_working_days_and_on_rest_days(time: Clock, day: str) -> None:
    now = datetime.fromisoformat(f"{day}T15:00").replace(tzinfo=clock.BUREAU_ZONE)
    calendar, today = working_calendar(), now.date()
    bounds = bounds_at(now, calendar)
    for back in range(-20, 25):
        last_day = today - timedelta(days=back)
        if not calendar.is_working(last_day):
            continue
        limit = clock.day_start(last_day + timedelta(days=1))
        if limit <= now:
            assert (limit <= bounds.long_late) is (calendar.between(last_day, today) > 5)
        else:
            assert (limit <= bounds.soon) is (calendar.between(today, last_day) <= 1)


def test_once_answered_no_clock_runs_against_the_unit(time: Clock, cast: Cast) -> None:
    play = Play(cast, cast.dispatched())
    play.acknowledge()
    play.submit()
    time.pass_by(days=30)
    shown = board(cast.centre).loop
    assert (shown.open, shown.overdue) == (1, 0)
    assert [line.late for line in shown.states if line.count] == [None]


def test_the_numbers_lead_to_lists_of_as_many_matters(time: Clock, cast: Cast) -> None:
    for unit in (cast.order, cast.order, cast.traffic):
        cast.dispatched(unit)
    time.pass_by(days=9)
    Play(cast, cast.dispatched(cast.order)).acknowledge()
    client = logged_in(cast.centre)
    for where in ("/office/dashboard/", page_of(cast.order)):
        page = looked_at(client, where)
        links = re.findall(r'<a href="(/office/matters/\?[^"]+)">([\d,]+)</a>', page)
        assert links
        for address, number in links:
            listed = client.get(address.replace("&amp;", "&")).content.decode()
            assert listed.count("<tr data-row") == int(number), address


# Was it solved -------------------------------------------------------------------------------------------------------
def test_the_rates_stand_with_n_interval_reply_rate_and_weights(time: Clock, cast: Cast) -> None:
    solved(cast, cast.order, ["satisfied"] * 9 + ["basically"] * 3)
    rates = {line.name: line.value for line in board(cast.centre).loop.rates}
    response, solution, satisfaction, composite = list(rates.values())[:4]
    assert (response.value, solution.value, solution.n) == (1.0, 1.0, 12)
    assert satisfaction.value == pytest.approx((9 + 2.7) / 12)
    assert composite.value == pytest.approx(0.1 + 0.5 + 0.4 * 11.7 / 12)
    page = looked_at(logged_in(cast.centre), "/office/dashboard/?lang=en")
    assert "0.1 × response + 0.5 × solution + 0.4 × satisfaction, v1" in page
    assert page.count("reply rate 100.0 %") >= 4


def test_no_rate_of_the_loop_stands_alone(time: Clock, cast: Cast) -> None:
    solved(cast, cast.order, ["satisfied", "basically"])
    for address in ("/office/dashboard/?lang=en", f"{page_of(cast.order)}?lang=en"):
        page = looked_at(logged_in(cast.centre), address)
        values = re.findall(r'<strong class="measured-value">[^<]+</strong>(.{0,700})', page, re.DOTALL)
        assert values
        assert all("n = " in rest for rest in values)


def test_the_composite_is_not_shown_while_one_of_its_rates_has_too_few(time: Clock, cast: Cast) -> None:
    solved(cast, cast.order, ["satisfied"] * ENOUGH, is_solved=None)
    composite = board(cast.centre).loop.rates[3].value
    assert (composite.value, composite.n) == (None, 0)


def test_what_was_left_out_and_who_was_called_back_is_told(time: Clock, cast: Cast) -> None:
    play = Play(cast, cast.dispatched())
    play.acknowledge()
    play.submit()
    play.passed(is_left_out=True)
    one = play.asked()
    answer(one, "dissatisfied")
    call_back(one, "reached")
    play.close()
    page = looked_at(logged_in(cast.centre), "/office/dashboard/?lang=en")
    assert "1 closed matter is left out" in page
    assert "1 owed, 1 reached (1 within 24 hours)" in page


# Unit by unit --------------------------------------------------------------------------------------------------------
def test_units_are_ranked_by_the_lower_end_and_those_with_too_few_answers_last(time: Clock, cast: Cast) -> None:
    criminal = Unit.objects.get(code="criminal")
    solved(cast, cast.order, ["satisfied"] * 14)
    solved(cast, cast.traffic, ["satisfied"] * 8 + ["dissatisfied"] * 4)
    solved(cast, criminal, ["dissatisfied"])
    ranked = [line.unit.code for line in board(cast.centre).loop.units]
    assert ranked == ["traffic", "public-order", "criminal"]
    assert [line.unit.code for line in board(cast.centre, units="name").loop.units] != ranked


def test_a_unit_with_certain_lateness_comes_before_one_that_may_only_be_late(time: Clock, cast: Cast) -> None:
    for unit, late in ((cast.order, 2), (cast.traffic, 10)):
        plays = [Play(cast, cast.dispatched(unit)) for _ in range(11)]
        for number, play in enumerate(plays):
            time.now = play.matter.dispatched_at + timedelta(days=9 if number < late else 1)
            play.answered()
            play.close()
    assert [line.unit.code for line in board(cast.centre, units="late").loop.units][:2] == ["traffic", "public-order"]


@pytest.mark.parametrize("order", ["name", "open", "late", "solution", "satisfaction", "nonsense"])
def test_every_order_of_the_units_has_its_page(time: Clock, cast: Cast, order: str) -> None:
    solved(cast, cast.order, ["satisfied"])
    page = looked_at(logged_in(cast.centre), f"/office/dashboard/?units={order}&period=quarter")
    assert f'href="{page_of(cast.order)}?period=quarter"' in page


# Notices -------------------------------------------------------------------------------------------------------------
def _notices(cast: Cast) -> None:
    for unit, state in ((cast.order, "draft"), (cast.order, "cancelled"), (cast.traffic, "draft")):
        InterviewNotice.objects.create(
            unit=unit, facts="超期", state=state, created_at=clock.now(), changed_at=clock.now()
        )


def test_notices_stand_by_unit_and_state_with_their_sum(time: Clock, cast: Cast) -> None:
    _notices(cast)
    table = board(cast.centre).loop.notices
    assert table is not None
    assert [(line.unit and line.unit.code, line.counts) for line in table.lines] == [
        ("public-order", [1, 1]), ("traffic", [1, 0]), (None, [2, 1]),
    ]  # fmt: skip


def test_open_notices_stand_however_old_and_ended_ones_of_the_period_alone(time: Clock, cast: Cast) -> None:
    _notices(cast)
    refresh()
    time.pass_by(days=200)
    table = board(cast.centre).loop.notices
    assert table is not None
    assert [line.counts for line in table.lines] == [[1], [1], [2]]


def test_a_unit_does_not_learn_of_a_notice_before_it_is_issued_and_officers_of_none(time: Clock, cast: Cast) -> None:
    _notices(cast)
    table = board(officer(Role.UNIT_HEAD, cast.order)).loop.notices
    assert table is not None
    assert table.lines == []
    assert board(officer(Role.STATION_OFFICER, cast.order)).loop.notices is None
    own = looked_at(logged_in(officer(Role.STATION_OFFICER, cast.order)), "/office/dashboard/?lang=en")
    assert "Interview notices" not in own.partition("<main")[2]


# What it costs -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", [Role.CENTRE, Role.STATION_OFFICER, Role.UNIT_HEAD])
def test_a_page_takes_sixteen_statements_however_much_there_is(time: Clock, cast: Cast, role: Role) -> None:
    client = logged_in(officer(role, None if role == Role.CENTRE else cast.order))
    statements: list[str] = []

    def watch(execute, sql, *rest):  # type: ignore[no-untyped-def]
        if "SAVEPOINT" not in sql:  # in a test alone: the portal's requests begin and commit
            statements.append(sql)
        return execute(sql, *rest)

    counts = []
    for words in (["satisfied"], ["basically"] * 4):
        solved(cast, cast.order, words)
        refresh()
        statements.clear()
        with connection.execute_wrapper(watch):
            assert client.get(page_of(cast.order)).status_code == 200
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 16, statements


def test_the_page_of_a_unit_holds_no_words_of_a_resident(time: Clock, cast: Cast) -> None:
    cast.dispatched()
    brief = Rectification.objects.get().brief
    page = looked_at(logged_in(officer(Role.UNIT_HEAD, cast.order)), page_of(cast.order))
    assert brief not in page
    assert " style=" not in page
