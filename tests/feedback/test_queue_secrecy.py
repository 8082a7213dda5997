"""Neither the accusation nor the accuser goes to the accused: what a unit can and cannot reach, by every way in."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, Officer, Role
from feedback.models import Attachment, Feedback, Kind, Remark
from feedback.services import feedback_remark
from stations.models import SensingPoint
from tests.feedback.queue_cast import centre, confirm, logged_in, officer, suggest, two_points, voice

pytestmark = pytest.mark.django_db

ACCUSATION = "报警后等了四十分钟才出警 青苹果"
ORDINARY = "楼下消防通道天天被车堵着 红樱桃"
PRAISE = "户籍窗口的民警很耐心 黄香蕉"


class World:
    """A station with an accusation, praise and an ordinary matter at its point, all confirmed by the centre."""

    def __init__(self) -> None:
        self.point, self.other_point = two_points()
        station = self.point.station
        self.accusation = confirm(suggest(voice(ACCUSATION, self.point)), station)
        self.praise = confirm(suggest(voice(PRAISE, self.point)), station, Kind.PRAISE, "S1")
        self.ordinary = confirm(suggest(voice(ORDINARY, self.point)), None, Kind.COMPLAINT, "T1")
        self.undecided = suggest(voice(ACCUSATION, self.point))
        self.elsewhere = confirm(suggest(voice(ORDINARY, self.other_point)), None, Kind.COMPLAINT, "T1")
        self.officer = officer(Role.STATION_OFFICER, station)

    @property
    def readable(self) -> set[int]:
        return {self.praise.pk, self.ordinary.pk}

    @property
    def hidden(self) -> list[Feedback]:
        return [self.accusation, self.undecided, self.elsewhere]


@pytest.fixture
def world() -> World:
    return World()


def _listed(client: Client, **query: Any) -> set[int]:
    answer = client.get(reverse("queue:list"), query)
    assert answer.status_code == 200
    return {row.id for row in answer.context["page"].rows} | {row.id for row in answer.context["page"].alerts}


@pytest.mark.parametrize("role", [Role.STATION_OFFICER, Role.UNIT_HEAD])
def test_a_unit_lists_what_was_confirmed_at_its_points_but_no_accusation_of_itself(world: World, role: Role) -> None:
    client = logged_in(officer(role, world.point.station))
    answer = client.get(reverse("queue:list"))
    assert {row.id for row in answer.context["page"].rows} == world.readable
    assert str(answer.context["page"].count) == "2"
    assert "青苹果" not in answer.content.decode()


@pytest.mark.parametrize("search", ["青苹果", "四十分钟", "出警"])
def test_a_search_does_not_find_what_the_unit_may_not_read(world: World, search: str) -> None:
    answer = logged_in(world.officer).get(reverse("queue:list"), {"search": search})
    assert not answer.context["page"].rows
    assert str(answer.context["page"].count) == "0"


def test_no_filter_opens_what_the_unit_may_not_read(world: World) -> None:
    client = logged_in(world.officer)
    for query in (
        {"state": "any"},
        {"state": "received"},
        {"kind": "complaint"},
        {"item": "S3"},
        {"station": world.point.station_id},
        {"point": world.point.pk},
        {"point": world.other_point.pk},
        {"visit": "1"},
        {"batch": "1"},
        {"urgent": "on"},
        {"after": "999999999"},
        {"before": "1"},
    ):
        assert _listed(client, **query) <= world.readable, query


def test_the_direct_address_of_a_hidden_voice_does_not_exist(world: World) -> None:
    client = logged_in(world.officer)
    for hidden in world.hidden:
        assert client.get(reverse("queue:detail", args=[hidden.pk])).status_code == 404
    for readable in world.readable:
        assert client.get(reverse("queue:detail", args=[readable])).status_code == 200


def test_a_hidden_number_and_a_number_that_never_was_get_the_same_answer(world: World) -> None:
    client = logged_in(world.officer)
    hidden = client.get(reverse("queue:list"), {"search": world.accusation.reference})
    unknown = client.get(reverse("queue:list"), {"search": "F-99999999"})
    assert hidden.status_code == unknown.status_code == 200
    assert hidden.content.decode().count("Nothing matches") == unknown.content.decode().count("Nothing matches") == 1


def test_next_and_previous_pass_over_hidden_voices(world: World) -> None:
    answer = logged_in(world.officer).get(reverse("queue:detail", args=[world.praise.pk]))
    assert {answer.context["next_id"], answer.context["previous_id"]} - {None} <= world.readable


def test_the_export_of_a_unit_holds_redacted_text_and_no_accusation(world: World) -> None:
    Feedback.objects.filter(pk=world.ordinary.pk).update(redacted="楼下□□□被车堵着")
    text = logged_in(world.officer).get(reverse("queue:export")).content.decode("utf-8-sig")
    assert "青苹果" not in text
    assert "红樱桃" not in text
    assert "楼下□□□被车堵着" in text
    assert world.accusation.reference not in text
    assert world.elsewhere.reference not in text


def test_a_unit_reads_redacted_words_and_sees_neither_photos_nor_history(world: World) -> None:
    Feedback.objects.filter(pk=world.ordinary.pk).update(redacted="□□被车堵着")
    Attachment.objects.create(
        feedback=world.ordinary, position=1, media_type="image/jpeg", width=1, height=1, data=b"x"
    )
    Remark.objects.create(feedback=world.ordinary, content="我是三楼的", redacted="我是□□的")
    confirm(world.ordinary, None, Kind.COMPLAINT, "T1")
    page = logged_in(world.officer).get(reverse("queue:detail", args=[world.ordinary.pk])).content.decode()
    assert "□□被车堵着" in page
    assert "红樱桃" not in page
    assert "我是□□的" in page
    assert "三楼" not in page
    assert "/photos/" not in page
    assert "came in" not in page


def test_a_photo_is_not_shown_to_who_reads_redacted_text(world: World) -> None:
    Attachment.objects.create(
        feedback=world.ordinary, position=1, media_type="image/jpeg", width=1, height=1, data=b"x"
    )
    address = reverse("queue:photo", args=[world.ordinary.pk, 1])
    for reader in (world.officer, officer(Role.UNIT_HEAD, world.point.station), officer(Role.LEADER)):
        assert logged_in(reader).get(address).status_code == 404
    assert logged_in(centre()).get(address).content == b"x"


def test_an_accusation_of_another_unit_at_the_own_point_is_readable_and_hidden_from_that_unit(world: World) -> None:
    accused = world.other_point.station
    matter = confirm(suggest(voice("邻区民警态度差 白葡萄", world.point)), accused)
    assert matter.pk in _listed(logged_in(world.officer))
    assert matter.pk not in _listed(logged_in(officer(Role.STATION_OFFICER, accused)))


def test_when_the_centre_finds_the_unit_later_the_unit_can_no_longer_read_it(world: World) -> None:
    client = logged_in(world.officer)
    assert client.get(reverse("queue:detail", args=[world.ordinary.pk])).status_code == 200
    confirm(world.ordinary, world.point.station)
    assert client.get(reverse("queue:detail", args=[world.ordinary.pk])).status_code == 404


def test_a_leader_reads_everything_but_only_redacted(world: World) -> None:
    Feedback.objects.filter(pk=world.accusation.pk).update(redacted="报警后□□□")
    client = logged_in(officer(Role.LEADER))
    page = client.get(reverse("queue:detail", args=[world.accusation.pk])).content.decode()
    assert "报警后□□□" in page
    assert "青苹果" not in page
    assert 'id="decide"' not in page
    assert 'name="chosen"' not in client.get(reverse("queue:list"), {"state": "any"}).content.decode()


@pytest.mark.parametrize("role", [Role.CUSTODIAN, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN])
def test_posts_without_the_right_to_read_do_not_know_that_the_queue_exists(world: World, role: Role) -> None:
    client = logged_in(officer(role))
    for address in (
        reverse("queue:list"),
        reverse("queue:export"),
        reverse("queue:detail", args=[world.praise.pk]),
        reverse("queue:photo", args=[world.praise.pk, 1]),
    ):
        assert client.get(address).status_code == 404


@pytest.mark.parametrize("role", [Role.STATION_OFFICER, Role.UNIT_HEAD, Role.LEADER, Role.AUDIT_ADMIN])
def test_only_the_centre_and_the_discipline_office_decide(world: World, role: Role) -> None:
    client = logged_in(officer(role, world.point.station))
    number = world.ordinary.pk
    before = Feedback.objects.get(pk=number)
    for address in (
        reverse("queue:decide", args=[number]),
        reverse("queue:alert_seen", args=[number]),
        reverse("queue:accept"),
    ):
        assert client.post(address, {"decision": "invalid", "reason": "test"}).status_code == 404
    assert client.get(reverse("queue:alerts")).status_code == 404
    assert Feedback.objects.get(pk=number).decision_id == before.decision_id


def test_nobody_logged_in_is_sent_to_the_login_page(world: World) -> None:
    for address in (reverse("queue:list"), reverse("queue:detail", args=[world.praise.pk]), reverse("queue:export")):
        answer = Client().get(address)
        assert answer.status_code == 302
        assert reverse("accounts:login") in answer["Location"]


def test_every_reading_of_words_is_an_audit_row(world: World) -> None:
    reader: Officer = world.officer
    client = logged_in(reader)
    client.get(reverse("queue:list"))
    client.get(reverse("queue:detail", args=[world.praise.pk]))
    client.get(reverse("queue:export"))
    events = {event.action: event for event in AuditEvent.objects.filter(actor=reader)}
    assert set(events["feedback.list"].data["ids"]) == world.readable
    assert events["feedback.list"].data["full"] is False
    assert events["feedback.view"].object_id == str(world.praise.pk)
    assert set(events["feedback.export"].data["ids"]) == world.readable


def test_the_audit_row_of_an_export_names_filters_but_not_what_was_searched(world: World) -> None:
    logged_in(world.officer).get(reverse("queue:export"), {"search": "红樱桃"})
    event = AuditEvent.objects.get(action="feedback.export")
    assert event.data["filters"] == ["search"]
    assert "红樱桃" not in str(event.data)


def test_a_point_of_another_station_is_no_choice_in_the_filters(world: World) -> None:
    form = logged_in(world.officer).get(reverse("queue:list")).context["form"]
    offered = {value for value, _label in form.fields["point"].choices}
    assert str(world.point.pk) in offered
    assert str(world.other_point.pk) not in offered
    assert not set(SensingPoint.objects.exclude(station=world.point.station).values_list("pk", flat=True)) & {
        int(value) for value in offered if value
    }


def test_a_unit_does_not_read_what_was_added_after_the_decision_because_it_may_be_about_the_unit(world: World) -> None:
    feedback_remark(feedback=world.ordinary, content="而且你们所的民警态度恶劣")
    address = reverse("queue:detail", args=[world.ordinary.pk])
    assert "态度恶劣" not in logged_in(world.officer).get(address).content.decode()
    assert "态度恶劣" in logged_in(officer(Role.LEADER)).get(address).content.decode()
    world.ordinary.refresh_from_db()
    confirm(world.ordinary, None, Kind.COMPLAINT, "T1")
    assert "态度恶劣" in logged_in(world.officer).get(address).content.decode()


def test_a_decision_is_not_stored_over_a_remark_that_the_centre_has_not_read(world: World) -> None:
    client = logged_in(centre())
    address = reverse("queue:decide", args=[world.undecided.pk])
    fields = {"decision": "confirmed", "item": "T1", "kind": "suggestion", "about": "none", "remarks_read": "0"}
    feedback_remark(feedback=world.undecided, content="还有一件事")
    assert client.post(address, fields).status_code == 409
    assert Feedback.objects.get(pk=world.undecided.pk).decision_id is None
    assert client.post(address, fields | {"remarks_read": "1"}).status_code == 302


def test_who_reads_redacted_text_sees_that_it_is_urgent_but_not_the_words_as_received(world: World) -> None:
    feedback = confirm(suggest(voice("快来，我叫王小明不想活了", world.point)), None, Kind.HELP, "T1")
    assert any("王小明" in word for word in feedback.urgent_words)
    for reader in (world.officer, officer(Role.LEADER)):
        page = logged_in(reader).get(reverse("queue:list")).content.decode()
        assert "王小明" not in page
        assert "badge-danger" in page
