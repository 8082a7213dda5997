"""The pages of the points: what they show, to whom."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Officer
from accounts.permissions import Action
from feedback.models import Channel, Feedback, Visit
from stations.models import SensingPoint
from stations.selectors import point_list, points_for

Screen = Callable[[Officer], Client]


def _voice(point: SensingPoint, days_ago: int, channel: str = Channel.QR, code_state: str = "live") -> Feedback:
    moment = timezone.now() - timedelta(days=days_ago)
    return Feedback.objects.create(
        client_key=f"{point.pk}-{days_ago}-{channel}-{code_state}".encode().ljust(32),
        channel=channel,
        point=point,
        code_state=code_state,
        service_rating=4,
        said_at=moment,
        received_at=moment,
    )


def _page(screen: Client, address: str = "/office/points/") -> str:
    answer = screen.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_the_centre_sees_all_thirty_points_and_a_station_its_own(
    centre: Officer, danan: Officer, at_screen: Screen
) -> None:
    everything, own = _page(at_screen(centre)), _page(at_screen(danan))
    assert everything.count('class="row-link"') == 30
    assert own.count('class="row-link"') == 2
    assert "SH-014" in own
    assert "SH-001" not in own


def test_a_station_opens_its_own_point_and_no_other(danan: Officer, at_screen: Screen) -> None:
    screen = at_screen(danan)
    assert "多福社区" in _page(screen, "/office/points/SH-014/")
    assert screen.get("/office/points/SH-001/").status_code == 404
    assert screen.get("/office/points/SH-999/").status_code == 404


@pytest.mark.parametrize("role", ["custodian", "system_admin", "security_admin", "audit_admin"])
def test_who_has_no_business_with_points_finds_none(
    role: str, officer: Callable[..., Officer], at_screen: Screen
) -> None:
    screen = at_screen(officer(role, role))
    for address in ("/office/points/", "/office/points/SH-014/", "/office/points/posters.zip"):
        assert screen.get(address).status_code == 404


def test_a_stranger_is_sent_to_the_login(db: None) -> None:
    for address in ("/office/points/", "/office/points/SH-014/", "/office/points/SH-014/poster.pdf"):
        answer = Client().get(address)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/office/login/")


@pytest.mark.parametrize(
    ("query", "numbers"),
    [("kind=park", ["SH-025", "SH-028", "SH-029"]), ("station=station-danan", ["SH-014", "SH-016"]),
     ("q=多福", ["SH-014"]), ("q=sh-02&kind=hotel", ["SH-020"]), ("q=朱剪炉", ["SH-008", "SH-009", "SH-010"]),
     ("q=kindergarten", ["SH-018"])],
)  # fmt: skip
def test_the_list_is_filtered_by_kind_station_and_search(
    query: str, numbers: list[str], centre: Officer, at_screen: Screen
) -> None:
    answer = at_screen(centre).get(f"/office/points/?{query}")
    assert [point.code for point in answer.context["points"]] == numbers


def test_a_point_is_found_by_the_code_on_its_poster(point: SensingPoint, centre: Officer, at_screen: Screen) -> None:
    code = point.codes.get().code
    answer = at_screen(centre).get("/office/points/", {"q": f"{code[:4].lower()} {code[4:]}"})
    assert [found.code for found in answer.context["points"]] == ["SH-014"]


@pytest.mark.parametrize("query", ["kind=castle", "station=nowhere", "q=" + "x" * 500, "view=globe", "q=%00"])
def test_a_filter_that_makes_no_sense_is_answered_in_words(query: str, centre: Officer, at_screen: Screen) -> None:
    assert at_screen(centre).get(f"/office/points/?{query}").status_code == 200


def test_the_empty_list_says_what_to_do(centre: Officer, at_screen: Screen) -> None:
    assert "没有符合条件的感知点" in _page(at_screen(centre), "/office/points/?q=zzzz")


def test_the_list_tells_when_a_point_was_last_heard(point: SensingPoint, centre: Officer) -> None:
    _voice(point, 40)
    newest = _voice(point, 3)
    listed = {each.code: each for each in point_list(centre)}
    assert listed["SH-014"].last_voice_at == newest.received_at
    assert listed["SH-001"].last_voice_at is None


def test_the_list_takes_few_statements_however_many_points(
    centre: Officer, at_screen: Screen, django_assert_max_num_queries: Callable[..., object]
) -> None:
    screen = at_screen(centre)
    with django_assert_max_num_queries(9):  # type: ignore[attr-defined]  # a context manager of pytest-django
        _page(screen, "/office/points/?view=map")


def test_the_map_shows_each_listed_point_once_and_is_called_schematic(centre: Officer, at_screen: Screen) -> None:
    page = _page(at_screen(centre), "/office/points/?view=map")
    assert page.count('<a class="map-point') == 30
    assert "示意图" in page
    assert "style=" not in page


def test_the_detail_counts_the_last_thirty_days(point: SensingPoint, danan: Officer, at_screen: Screen) -> None:
    _voice(point, 1)
    _voice(point, 29)
    _voice(point, 31)
    _voice(point, 2, Channel.VISIT, "none")
    _voice(point, 3, code_state="revoked")
    activity = at_screen(danan).get("/office/points/SH-014/").context["activity"]
    assert (activity.voices, activity.under_revoked_code) == (4, 1)
    assert [n for _channel, n in activity.by_channel] == [3, 1]


def test_the_detail_shows_recent_visits_and_the_group(point: SensingPoint, danan: Officer, at_screen: Screen) -> None:
    point.group.members.add(danan)
    Visit.objects.create(
        client_key=b"v" * 32, point=point, officer=danan, place="shop", reached=17, visited_on="2024-05-30"
    )
    page = _page(at_screen(danan), "/office/points/SH-014/")
    assert "2024-05-30" in page
    assert "17" in page
    assert "多福社区警务室监测活动小组" in page
    assert "Wang" in page


def test_the_pages_are_there_in_english(centre: Officer, at_screen: Screen) -> None:
    screen = at_screen(centre)
    screen.cookies["office_language"] = "en"
    assert "Sensing points" in _page(screen)
    assert "Police room, Duofu Community" in _page(screen, "/office/points/SH-014/")


def test_forms_offer_the_points_in_use_where_the_officer_may_act(
    point: SensingPoint, danan: Officer, officer: Callable[..., Officer]
) -> None:
    SensingPoint.objects.filter(code="SH-016").update(is_active=False)
    assert [each.code for each in points_for(danan, Action.VISIT_LOG)] == ["SH-014"]
    assert not points_for(officer("audit_admin", "a"))
