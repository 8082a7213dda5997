"""An officer at the door: one save for a visit and all that was said, kept once, counted and not shown again."""

import threading
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, Officer, Role
from feedback.models import Channel, Feedback, Kind, Remark, State, Visit
from feedback.visits.services import Opinion, VisitRefused, visit_log
from opinion_portal import clock
from stations.models import SensingPoint
from tests.feedback.queue_cast import centre, confirm, logged_in, officer, suggest, two_points

pytestmark = pytest.mark.django_db

JSON: dict[str, Any] = {"HTTP_ACCEPT": "application/json"}


def _today() -> Any:
    return clock.bureau_day(clock.now())


def _form(point: SensingPoint, *opinions: dict[str, object], **changes: object) -> dict[str, object]:
    form: dict[str, object] = {
        "client_id": str(uuid.uuid4()),
        "point": point.pk,
        "place": "household",
        "reached": 12,
        "visited_on": f"{_today()}",
        "note": "",
        "opinion-TOTAL_FORMS": len(opinions),
        "opinion-INITIAL_FORMS": 0,
    }
    for number, opinion in enumerate(opinions):
        form |= {f"opinion-{number}-{name}": value for name, value in opinion.items()}
    return form | changes


@pytest.fixture
def point() -> SensingPoint:
    return two_points()[0]


@pytest.fixture
def visitor(point: SensingPoint) -> Officer:
    return officer(Role.STATION_OFFICER, point.station)


@pytest.fixture
def client_at_the_door(visitor: Officer) -> Client:
    return logged_in(visitor)


def test_a_visit_and_all_opinions_are_stored_in_one_save(
    point: SensingPoint, visitor: Officer, client_at_the_door: Client
) -> None:
    answer = client_at_the_door.post(
        reverse("visits:log"),
        _form(
            point,
            {"content": "门口总有车乱停", "kind": "complaint"},
            {"content": "", "service_rating": "5", "safety_rating": "4"},
            {"content": "希望晚上多巡逻"},
            note="三号楼",
        ),
    )
    visit = Visit.objects.get()
    assert answer["Location"] == reverse("visits:detail", args=[visit.pk])
    assert (visit.officer, visit.point, visit.reached, visit.note) == (visitor, point, 12, "三号楼")
    stored = list(Feedback.objects.order_by("id"))
    assert [one.content for one in stored] == ["门口总有车乱停", "", "希望晚上多巡逻"]
    assert [one.state for one in stored] == [State.RECEIVED, State.RATED, State.RECEIVED]
    assert all((one.visit, one.point, one.channel) == (visit, point, Channel.VISIT) for one in stored)
    event = AuditEvent.objects.get(action="visit.log")
    assert (event.actor, event.data["opinions"]) == (visitor, 3)
    assert set(AuditEvent.objects.filter(action="feedback.submit").values_list("actor", flat=True)) == {visitor.pk}


def test_a_visit_of_numbers_only_is_a_visit(point: SensingPoint, client_at_the_door: Client) -> None:
    client_at_the_door.post(reverse("visits:log"), _form(point, {"content": "  "}, {}))
    assert Visit.objects.count() == 1
    assert not Feedback.objects.exists()


def test_what_was_said_was_said_on_the_day_of_the_visit(point: SensingPoint, client_at_the_door: Client) -> None:
    day = _today() - timedelta(days=3)
    client_at_the_door.post(reverse("visits:log"), _form(point, {"content": "路灯不亮"}, visited_on=f"{day}"))
    assert clock.bureau_day(Feedback.objects.get().said_at) == day


def test_what_was_said_today_was_not_said_in_the_future(point: SensingPoint, client_at_the_door: Client) -> None:
    client_at_the_door.post(reverse("visits:log"), _form(point, {"content": "路灯不亮"}))
    assert Feedback.objects.get().said_at <= clock.now()


def test_the_same_form_twice_is_one_visit(point: SensingPoint, client_at_the_door: Client) -> None:
    form = _form(point, {"content": "路灯不亮"}, {"content": "狗太多"})
    first = client_at_the_door.post(reverse("visits:log"), form)
    second = client_at_the_door.post(reverse("visits:log"), form)
    assert first["Location"] == second["Location"]
    assert (Visit.objects.count(), Feedback.objects.count(), Remark.objects.count()) == (1, 2, 0)
    assert AuditEvent.objects.filter(action="visit.log").count() == 1


def test_an_opinion_added_before_the_form_came_again_is_added(point: SensingPoint, client_at_the_door: Client) -> None:
    form = _form(point, {"content": "路灯不亮"})
    client_at_the_door.post(reverse("visits:log"), form)
    longer = _form(point, {"content": "路灯不亮"}, {"content": "狗太多"}, client_id=form["client_id"])
    client_at_the_door.post(reverse("visits:log"), longer)
    assert (Visit.objects.count(), Feedback.objects.count()) == (1, 2)


def test_a_form_that_another_officer_sent_is_not_added_to(point: SensingPoint, visitor: Officer) -> None:
    form = _form(point, {"content": "路灯不亮"})
    logged_in(visitor).post(reverse("visits:log"), form)
    answer = logged_in(officer(Role.STATION_OFFICER, point.station)).post(
        reverse("visits:log"), form | {"opinion-0-content": "别人的话"}
    )
    assert answer.status_code == 422
    assert "别人的话" in answer.content.decode()
    assert Feedback.objects.count() == 1


def test_one_bad_opinion_stores_nothing_and_keeps_everything_typed(
    point: SensingPoint, client_at_the_door: Client
) -> None:
    answer = client_at_the_door.post(
        reverse("visits:log"),
        _form(point, {"content": "路灯不亮"}, {"content": "狗太多", "service_rating": "9"}, note="三号楼"),
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    for typed in ("路灯不亮", "狗太多", "三号楼"):
        assert typed in page
    assert not Visit.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"point": ""},
        {"point": "999999"},
        {"place": "moon"},
        {"reached": "-1"},
        {"reached": "99999999999999999999"},
        {"visited_on": "2019-01-01"},
        {"visited_on": "9999-01-01"},
        {"visited_on": "yesterday"},
        {"client_id": "1"},
        {"client_id": ""},
        {"note": "长" * 201},
        {"opinion-TOTAL_FORMS": "x"},
        {"opinion-TOTAL_FORMS": "999999"},
        {"opinion-0-content": "长" * 5001},
        {"opinion-0-kind": "rant"},
        {"opinion-0-content": "a\0b"},
    ],
)
def test_wrong_input_is_refused_with_a_page(
    point: SensingPoint, client_at_the_door: Client, wrong: dict[str, str]
) -> None:
    form = _form(point, {"content": "路灯不亮"}) | wrong
    assert client_at_the_door.post(reverse("visits:log"), form).status_code == 422
    assert client_at_the_door.post(reverse("visits:log"), form, **JSON).status_code == 422
    assert not Visit.objects.exists()


def test_a_kind_without_words_or_rating_is_asked_about(point: SensingPoint, client_at_the_door: Client) -> None:
    answer = client_at_the_door.post(reverse("visits:log"), _form(point, {"content": "", "kind": "praise"}))
    assert answer.status_code == 422


def test_another_opinion_can_be_added_without_a_script_and_nothing_typed_is_lost(
    point: SensingPoint, client_at_the_door: Client
) -> None:
    form = _form(point, {"content": "路灯不亮", "service_rating": "2"}, reached="", note="三号楼", add="1")
    answer = client_at_the_door.post(reverse("visits:log"), form)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "路灯不亮" in page
    assert "三号楼" in page
    assert str(form["client_id"]) in page
    assert 'name="opinion-1-content"' in page
    assert '<option value="2" selected>' in page
    assert "error" not in page.split("<form", 1)[1]
    assert not Visit.objects.exists()


def test_a_script_is_told_where_the_visit_is(point: SensingPoint, client_at_the_door: Client) -> None:
    answer = client_at_the_door.post(reverse("visits:log"), _form(point, {"content": "路灯不亮"}), **JSON)
    address = reverse("visits:detail", args=[Visit.objects.get().pk])
    assert answer.json() == {"address": address, "told": "The visit is stored. 1 opinion stored."}


def test_a_visit_sent_by_a_script_leaves_no_message_for_another_page(
    point: SensingPoint, client_at_the_door: Client
) -> None:
    client_at_the_door.post(reverse("visits:log"), _form(point, {"content": "路灯不亮"}), **JSON)
    assert "The visit is stored." not in client_at_the_door.get(reverse("visits:list")).content.decode()


def test_the_officer_cannot_read_again_what_was_said_and_sees_how_much_it_was(
    point: SensingPoint, visitor: Officer, client_at_the_door: Client
) -> None:
    form = _form(point, {"content": "你们所的民警态度太差", "kind": "complaint"}, {"content": "路灯不亮"})
    page = client_at_the_door.post(reverse("visits:log"), form, follow=True).content.decode()
    assert "2 opinions stored" in page
    assert "态度太差" not in page
    assert "路灯不亮" not in page
    accusation = Feedback.objects.get(content__startswith="你们所")
    assert client_at_the_door.get(reverse("queue:detail", args=[accusation.pk])).status_code == 404
    confirm(suggest(accusation), point.station, Kind.COMPLAINT, "S1")
    assert client_at_the_door.get(reverse("queue:detail", args=[accusation.pk])).status_code == 404
    assert "态度太差" not in client_at_the_door.get(reverse("queue:list")).content.decode()


def test_the_centre_finds_a_visits_opinions_in_its_queue(point: SensingPoint, client_at_the_door: Client) -> None:
    client_at_the_door.post(reverse("visits:log"), _form(point, {"content": "路灯不亮"}))
    visit = Visit.objects.get()
    client = logged_in(centre())
    assert f"?visit={visit.pk}" in client.get(reverse("visits:detail", args=[visit.pk])).content.decode()
    rows = client.get(reverse("queue:list"), {"visit": visit.pk}).context["page"].rows
    assert [row.text for row in rows] == ["路灯不亮"]


def test_words_of_danger_warn_the_officer_at_once_and_alert_the_centre(
    point: SensingPoint, client_at_the_door: Client
) -> None:
    danger = "我丈夫正拿刀砍人，救命"
    words = client_at_the_door.post(reverse("visits:words"), {"content": danger}).json()["words"]
    assert words
    page = client_at_the_door.post(reverse("visits:log"), _form(point, {"content": danger}), follow=True)
    assert "call 110 at once" in page.content.decode()
    assert logged_in(centre()).get(reverse("queue:alerts")).context["unseen"] == 1


# Who may ---------------------------------------------------------------------------------------------------------


def test_an_officer_logs_visits_only_at_points_of_the_own_station(client_at_the_door: Client) -> None:
    elsewhere = two_points()[1]
    assert client_at_the_door.post(reverse("visits:log"), _form(elsewhere)).status_code == 422
    assert not Visit.objects.exists()


def test_visits_of_another_station_do_not_exist_for_an_officer(point: SensingPoint, visitor: Officer) -> None:
    mine, theirs = two_points()
    other = officer(Role.STATION_OFFICER, theirs.station)
    logged_in(other).post(reverse("visits:log"), _form(theirs))
    logged_in(visitor).post(reverse("visits:log"), _form(mine))
    foreign, own = Visit.objects.get(point=theirs), Visit.objects.get(point=mine)
    client = logged_in(visitor)
    assert client.get(reverse("visits:detail", args=[foreign.pk])).status_code == 404
    assert client.get(reverse("visits:detail", args=[own.pk])).status_code == 200
    assert [visit.pk for visit in client.get(reverse("visits:list")).context["page"].visits] == [own.pk]
    everything = logged_in(officer(Role.LEADER)).get(reverse("visits:list")).context["page"].visits
    assert {visit.pk for visit in everything} == {own.pk, foreign.pk}


@pytest.mark.parametrize("role", [Role.DISCIPLINE, Role.LEADER, Role.CUSTODIAN, Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN])
def test_posts_that_make_no_visits_have_no_form_for_them(point: SensingPoint, role: Role) -> None:
    client = logged_in(officer(role))
    assert client.get(reverse("visits:log")).status_code == 404
    assert client.post(reverse("visits:log"), _form(point)).status_code == 404
    assert client.post(reverse("visits:words"), {"content": "救命"}).status_code == 404


@pytest.mark.parametrize("role", [Role.CUSTODIAN, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN])
def test_posts_without_the_right_do_not_know_that_visits_exist(role: Role) -> None:
    assert logged_in(officer(role)).get(reverse("visits:list")).status_code == 404


def test_nobody_logged_in_is_sent_to_the_login_page() -> None:
    for name in ("visits:list", "visits:log"):
        assert Client().get(reverse(name)).status_code == 302


# Together --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_one_form_sent_by_six_connections_at_once_is_one_visit() -> None:
    point = two_points()[0]
    who, client_id = officer(Role.STATION_OFFICER, point.station), str(uuid.uuid4())
    ready, logged = threading.Barrier(6), []

    def send() -> None:
        try:
            ready.wait()
            opinions = [Opinion(0, "路灯不亮"), Opinion(1, "狗太多")]
            logged.append(
                visit_log(
                    officer=who,
                    client_id=client_id,
                    point=point,
                    place="household",
                    reached=3,
                    visited_on=_today(),
                    note="",
                    opinions=opinions,
                )
            )
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(logged) == 6
    assert sorted(one.stored for one in logged) == [0, 0, 0, 0, 0, 2]
    assert (Visit.objects.count(), Feedback.objects.count()) == (1, 2)


@pytest.mark.django_db(transaction=True)
def test_an_opinion_that_the_database_refuses_takes_the_whole_visit_with_it() -> None:
    point = two_points()[0]
    who = officer(Role.STATION_OFFICER, point.station)
    with pytest.raises(Exception, match="service_rating_1_5"):
        visit_log(
            officer=who,
            client_id=str(uuid.uuid4()),
            point=point,
            place="shop",
            reached=1,
            visited_on=_today(),
            note="",
            opinions=[Opinion(0, "路灯不亮"), Opinion(1, service_rating=9)],
        )
    assert not Visit.objects.exists()
    assert not Feedback.objects.exists()
    assert not AuditEvent.objects.filter(action__in=["visit.log", "feedback.submit"]).exists()


def test_the_service_refuses_to_add_to_another_officers_visit(point: SensingPoint, visitor: Officer) -> None:
    fields: dict[str, Any] = {
        "client_id": str(uuid.uuid4()),
        "point": point,
        "place": "shop",
        "reached": 1,
        "visited_on": _today(),
        "note": "",
        "opinions": [],
    }
    visit_log(officer=visitor, **fields)
    with pytest.raises(VisitRefused):
        visit_log(officer=officer(Role.STATION_OFFICER, point.station), **fields)


# The list ----------------------------------------------------------------------------------------------------------


def test_the_list_goes_on_from_page_to_page_without_gap_or_repetition(point: SensingPoint, visitor: Officer) -> None:
    for number in range(120):
        Visit.objects.create(
            client_key=f"visit-{number}".encode(),
            point=point,
            officer=visitor,
            place="shop",
            reached=1,
            visited_on=_today() - timedelta(days=number // 7),
        )
    client, seen, after = logged_in(visitor), [], ""
    for _page in range(3):
        page = client.get(reverse("visits:list"), {"after": after}).context["page"]
        seen += [visit.pk for visit in page.visits]
        after = page.next_key
    assert after == ""
    assert len(seen) == len(set(seen)) == 120
    days = [Visit.objects.get(pk=pk).visited_on for pk in seen]
    assert days == sorted(days, reverse=True)


@pytest.mark.parametrize("after", ["x", "2024-13-01.5", "2024-01-01.", ".", "2024-01-01.٣", "9" * 400])
def test_a_made_up_place_in_the_list_is_the_beginning(client_at_the_door: Client, after: str) -> None:
    assert client_at_the_door.get(reverse("visits:list"), {"after": after}).status_code == 200
