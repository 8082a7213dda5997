"""The dashboard: honest figures, within one's reach, from tallies alone."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Officer, Role
from feedback.models import Channel
from insights.dashboard import Dashboard, Wanted, dashboard_for
from insights.models import TallyRun
from insights.services import tallies_refresh
from opinion_portal import clock
from tests.insights.world import World, officer_make, voice, world_make

PAGE = "/office/dashboard/"


@pytest.fixture
def world(db: None) -> World:
    return world_make()


@pytest.fixture
def centre(world: World) -> Officer:
    return officer_make(Role.CENTRE, world.bureau)


def refresh() -> None:
    tallies_refresh(now=clock.now())


def look(officer: Officer, query: str = "") -> str:
    client = Client()
    client.force_login(officer)
    response: HttpResponse = client.get(f"{PAGE}?lang=en{query}")  # type: ignore[assignment]
    assert response.status_code == 200
    return response.content.decode()


def shown(officer: Officer, *, code: str = "days30", sort: str = "voices") -> Dashboard:
    refresh()
    return dashboard_for(officer, Wanted(code, sort), now=clock.now())


def test_the_headline_counts_voices_and_measures_grades(world: World, centre: Officer) -> None:
    for grade in (5, 5, 4, 2):
        voice(world.school, service_rating=grade, safety_rating=3)
    voice(world.park, days_ago=45)
    head = shown(centre).headline
    assert (head.voices, head.voices_before) == (4, 1)
    assert (head.service.value.value, head.service.value.n) == (4.0, 4)
    assert (head.safety.value.value, head.positive.value.value) == (3.0, 0.75)
    assert head.service.change is None  # four answers are too few to compare


def test_a_change_is_shown_when_both_periods_have_answers_enough(world: World, centre: Officer) -> None:
    for _ in range(15):
        voice(world.school, service_rating=5)
        voice(world.school, service_rating=3, days_ago=40)
    change = shown(centre).headline.service.change
    assert change is not None
    assert change.is_clear
    assert "clearly different" in look(centre)


def test_a_station_sees_its_own_points_only(world: World) -> None:
    voice(world.school, service_rating=1)
    voice(world.park, service_rating=5)
    voice(None, service_rating=5)
    head = officer_make(Role.UNIT_HEAD, world.north)
    dashboard = shown(head)
    assert (dashboard.headline.voices, dashboard.headline.service.value.value) == (1, 1.0)
    names = [line.name for line in dashboard.points]
    assert len(names) == 2
    assert not any(world.park.code in name for name in names)
    page = look(head)
    assert world.school.code in page
    assert world.park.code not in page


def test_a_unit_without_points_is_told_so(world: World) -> None:
    officer = officer_make(Role.UNIT_HEAD, world.bureau)
    officer.unit = type(world.bureau).objects.create(code="dept-x", name="支队", name_en="Dept", kind="department")
    officer.save()
    assert "This unit has no sensing point" in look(officer)


@pytest.mark.parametrize("role", [Role.CUSTODIAN, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN])
def test_the_dashboard_does_not_exist_for_who_may_not_see_it(world: World, role: Role) -> None:
    client = Client()
    client.force_login(officer_make(role, world.bureau))
    assert client.get(PAGE).status_code == 404


def test_nobody_sees_it_without_a_login(db: None) -> None:
    assert Client().get(PAGE).status_code == 302


def test_no_text_of_a_voice_stands_on_the_dashboard(world: World) -> None:
    voice(world.school, content="某民警推诿", kind="complaint")
    refresh()
    assert "推诿" not in look(officer_make(Role.UNIT_HEAD, world.north))


def test_points_that_fell_silent_are_listed_the_longest_first(world: World, centre: Officer) -> None:
    voice(world.school, days_ago=14)
    voice(world.hotel, days_ago=13)
    codes = [silent.point.code for silent in shown(centre).silent]
    assert world.school.code in codes
    assert world.hotel.code not in codes
    assert codes.index(world.park.code) < codes.index(world.school.code)


def test_urgent_and_waiting_voices_count_however_old_they_are(world: World, centre: Officer) -> None:
    urgent = voice(world.school, content="救命", days_ago=300)
    type(urgent).objects.filter(pk=urgent.pk).update(urgent_words=["救命"])
    head = shown(centre, code="today").headline
    assert (head.voices, head.awaiting, head.urgent_unseen) == (0, 1, 1)


def test_unknown_codes_and_voices_left_out_are_told(world: World, centre: Officer) -> None:
    voice(None, point_code="NOSUCH", channel=Channel.API)
    voice(world.school, is_rated_out=True)
    head = shown(centre).headline
    assert (head.codes_unknown, head.codes_revoked, head.left_out) == (1, 0, 1)


def test_sorted_by_a_rating_the_doubtful_come_last(world: World, centre: Officer) -> None:
    for _ in range(12):
        voice(world.school, service_rating=4)
        voice(world.hotel, service_rating=2)
    voice(world.park, service_rating=1)
    order = [line.name for line in shown(centre, sort="service").points]
    places = [
        next(i for i, name in enumerate(order) if p.code in name) for p in (world.hotel, world.school, world.park)
    ]
    assert places == sorted(places)


def test_few_answers_are_greyed_and_said_to_be_too_few(world: World, centre: Officer) -> None:
    voice(world.school, service_rating=5)
    refresh()
    page = look(centre)
    assert "too few to judge" in page
    assert "measured-few" in page


def test_no_rate_stands_alone(world: World, centre: Officer) -> None:
    for grade in (5, 4, 4):
        voice(world.school, service_rating=grade)
    refresh()
    page = look(centre)
    values = re.findall(r'<strong class="measured-value">[^<]+</strong>(.{0,600})', page, re.DOTALL)
    assert values
    assert all("n = " in rest for rest in values)


def test_every_figure_leads_to_the_voices_it_counts(world: World, centre: Officer) -> None:
    voice(world.school, kind="praise")
    refresh()
    page = look(centre)
    today = clock.bureau_day(clock.now())
    since = today - timedelta(days=29)
    link = f"/office/feedback/?state=any&amp;point={world.school.pk}&amp;since={since}&amp;until={today}"
    assert link in page
    assert f"kind=praise&amp;since={since}" in page


def test_a_station_is_not_led_to_a_list_that_would_show_others(world: World) -> None:
    urgent = voice(world.school, content="救命", kind="complaint")
    type(urgent).objects.filter(pk=urgent.pk).update(urgent_words=["救命"])
    refresh()
    page = look(officer_make(Role.UNIT_HEAD, world.north))
    assert "the opinion centre sees to them" in page
    assert "/office/feedback/?" not in page
    assert "tile-alarm" not in page


def test_the_page_says_up_to_when_and_warns_when_the_counting_lags(world: World, centre: Officer) -> None:
    refresh()
    assert "as of" in look(centre)
    assert "The counting has not run" not in look(centre)
    TallyRun.objects.update(seen_until=clock.now() - timedelta(minutes=5))
    assert "The counting has not run" in look(centre)


def test_a_dashboard_before_the_first_count_is_empty_and_whole(world: World, centre: Officer) -> None:
    assert "not counted yet" in look(centre)


@pytest.mark.parametrize("query", ["&period=today", "&period=quarter", "&sort=name", "&sort=nonsense&period=x"])
def test_every_period_and_order_has_its_page(world: World, centre: Officer, query: str) -> None:
    voice(world.school, content="路灯坏了")
    refresh()
    assert world.school.code in look(centre, query)


def test_the_page_carries_no_inline_style_or_script(world: World, centre: Officer) -> None:
    voice(world.school)
    refresh()
    page = look(centre)
    assert " style=" not in page
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"\son\w+=", page)


def test_the_page_reads_tallies_and_never_the_voices(world: World, centre: Officer) -> None:
    for days in range(3):
        voice(world.school, days_ago=days, content="路灯坏了")
    refresh()
    client = Client()
    client.force_login(centre)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(PAGE)
    for days in range(60):
        voice(world.park, days_ago=days, kind="help")
    refresh()
    with CaptureQueriesContext(connection) as many:
        client.get(PAGE)
    statements = [query["sql"] for query in many if "SAVEPOINT" not in query["sql"]]
    assert len(many) == len(few)
    assert len(statements) <= 16, statements
    assert not [sql for sql in statements if "feedback_feedback" in sql]
