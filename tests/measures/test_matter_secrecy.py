"""Neither the accusation nor the accuser goes to the accused: what a unit can and cannot reach, by every way in."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, Role
from feedback.models import Feedback, Kind
from measures import services
from measures.matters.moving import PANELS
from measures.models import Evidence, MatterState, Measure, Rectification, RectificationEvent
from tests.feedback.queue_cast import centre, confirm, logged_in, officer, suggest, voice
from tests.measures.matters import confirmed, dispatched, handled, head, passed, submitted, unit

pytestmark = pytest.mark.django_db

RAW = "楼下烧烤店半夜还在吵 青苹果 我叫张小明 13912345678 3号楼2单元501"
BRIEF = "烧烤店夜间扰民，希望有人管 红樱桃"
READERS = [Role.STATION_OFFICER, Role.UNIT_HEAD]


class World:
    """A matter of one unit with a voice whose words and number nobody there may read, a supporter, a stranger."""

    def __init__(self) -> None:
        self.unit, self.helper, self.other = unit(), unit("command"), unit("traffic")
        said = suggest(voice(RAW, phone="13912345678"), "P1")
        self.voice = confirm(said, None, Kind.COMPLAINT, "P1")
        self.matter = dispatched(self.voice, brief=BRIEF, support_units=[self.helper])
        handled(self.matter)
        services.evidence_add(
            rectification_id=self.matter.pk, officer=head(), name="a.pdf", media_type="application/pdf", data=b"%PDF-"
        )
        self.evidence = Evidence.objects.get()
        self.elsewhere = dispatched(confirmed("别处的事"), lead_unit=self.other, title="别处的事 黄香蕉")

    def pages(self) -> list[str]:
        return [self.list, self.detail, self.file]

    @property
    def list(self) -> str:
        return reverse("matters:list")

    @property
    def detail(self) -> str:
        return reverse("matters:detail", args=[self.matter.pk])

    @property
    def file(self) -> str:
        return reverse("matters:evidence", args=[self.matter.pk, self.evidence.pk])


@pytest.fixture
def world() -> World:
    return World()


def _listed(client: Client, **query: Any) -> set[int]:
    answer = client.get(reverse("matters:list"), query)
    assert answer.status_code == 200
    return {row.id for row in answer.context["page"].rows}


# The words -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", READERS)
def test_a_unit_reads_the_brief_and_no_word_or_number_of_who_spoke(world: World, role: Role) -> None:
    client = logged_in(officer(role, world.unit))
    page = client.get(world.detail).content.decode()
    assert "红樱桃" in page
    for secret in ("青苹果", "张小明", "13912345678", "2单元501", world.voice.reference):
        assert secret not in page, secret
        assert secret not in client.get(world.list, {"pile": "all"}).content.decode()
    assert reverse("queue:detail", args=[world.voice.pk]) not in page


def test_who_reads_all_feedback_is_led_to_the_voices(world: World) -> None:
    for who in (centre(), officer(Role.DISCIPLINE), officer(Role.LEADER)):
        page = logged_in(who).get(world.detail).content.decode()
        assert reverse("queue:detail", args=[world.voice.pk]) in page
        assert "青苹果" not in page


def test_what_a_resident_answers_later_reaches_the_unit_redacted(world: World) -> None:
    matter = passed(dispatched(confirmed("c")))
    services.rectification_reopen(
        rectification_id=matter.pk, actor="resident", note="还是吵，我叫王大伟，电话13800001111"
    )
    address = reverse("matters:detail", args=[matter.pk])
    for who in (head(), officer(Role.STATION_OFFICER, unit()), officer(Role.LEADER)):
        page = logged_in(who).get(address).content.decode()
        assert "还是吵" in page
        assert "王大伟" not in page
        assert "13800001111" not in page
    assert "王大伟" in logged_in(centre()).get(address).content.decode()


# A voice about the unit ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", READERS)
def test_a_matter_disappears_from_the_unit_that_it_turns_out_to_be_about(world: World, role: Role) -> None:
    client = logged_in(officer(role, world.unit))
    assert world.matter.pk in _listed(client)
    confirm(world.voice, world.unit, Kind.COMPLAINT, "P1")
    assert _listed(client, pile="all") == set()
    assert client.get(world.list, {"search": world.matter.reference}).status_code == 200
    for address in (world.detail, world.file):
        assert client.get(address).status_code == 404
    assert client.post(reverse("matters:move", args=[world.matter.pk, "progress"]), {"note": "x"}).status_code == 404
    upload = {"evidence": [SimpleUploadedFile("b.pdf", b"%PDF-")]}
    assert client.post(reverse("matters:evidence_add", args=[world.matter.pk]), upload).status_code == 404
    assert {pile.code: n for pile, n in client.get(world.list).context["tabs"]}["mine"] == 0


def test_the_same_holds_for_a_supporting_unit_and_the_other_still_reads_it(world: World) -> None:
    confirm(world.voice, world.helper, Kind.COMPLAINT, "P1")
    assert logged_in(head(world.helper)).get(world.detail).status_code == 404
    assert logged_in(head(world.unit)).get(world.detail).status_code == 200


def test_praise_of_the_unit_hides_nothing(world: World) -> None:
    confirm(world.voice, world.unit, Kind.PRAISE, "P1")
    assert logged_in(head(world.unit)).get(world.detail).status_code == 200


def test_the_centre_is_warned_that_the_unit_can_no_longer_read_it(world: World) -> None:
    client = logged_in(centre())
    assert "can no longer read this matter" not in client.get(world.detail).content.decode()
    confirm(world.voice, world.unit, Kind.COMPLAINT, "P1")
    page = client.get(world.detail).content.decode()
    assert "can no longer read this matter" in page
    assert world.voice.reference in page


def test_the_queue_leads_no_unit_to_a_matter_that_it_may_not_read(world: World) -> None:
    Feedback.objects.filter(pk=world.voice.pk).update(point=None)
    station = unit("station-huangcheng")
    point = station.points.all()[0]
    Feedback.objects.filter(pk=world.voice.pk).update(point=point)
    reader = logged_in(officer(Role.STATION_OFFICER, station))
    page = reader.get(reverse("queue:detail", args=[world.voice.pk])).content.decode()
    assert world.matter.reference not in page
    assert (
        world.matter.reference
        in logged_in(centre()).get(reverse("queue:detail", args=[world.voice.pk])).content.decode()
    )


def test_a_measures_page_counts_for_a_unit_only_what_it_may_read(world: World) -> None:
    measure = Measure.objects.filter(items="P1")[0]
    Rectification.objects.update(measure=measure)
    address = reverse("plans:measure", args=[measure.pk])
    assert logged_in(centre()).get(address).context["counts"].total == 2
    reader = logged_in(head(world.unit))
    assert reader.get(address).context["counts"].total == 1
    confirm(world.voice, world.unit, Kind.COMPLAINT, "P1")
    assert reader.get(address).context["counts"].total == 0


# Other units' matters ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", READERS)
def test_another_units_matter_does_not_exist(world: World, role: Role) -> None:
    client = logged_in(officer(role, world.unit))
    other = reverse("matters:detail", args=[world.elsewhere.pk])
    assert client.get(other).status_code == 404
    for query in ({"pile": "all"}, {"search": "黄香蕉"}, {"unit": str(world.other.pk)}, {"pile": "late"}):
        assert _listed(client, **query) <= {world.matter.pk}, query
    hidden = client.get(world.list, {"search": world.elsewhere.reference})
    unknown = client.get(world.list, {"search": "M-99999999"})
    assert hidden.status_code == unknown.status_code == 200
    assert "Nothing matches" in hidden.content.decode()
    assert client.post(reverse("matters:move", args=[world.elsewhere.pk, "acknowledge"])).status_code == 404


def test_evidence_is_not_reached_by_way_of_another_matter(world: World) -> None:
    mine = dispatched(confirmed("d"))
    stranger = logged_in(head(world.other))
    for matter in (world.matter, world.elsewhere, mine):
        assert stranger.get(reverse("matters:evidence", args=[matter.pk, world.evidence.pk])).status_code == 404
    assert logged_in(head()).get(reverse("matters:evidence", args=[mine.pk, world.evidence.pk])).status_code == 404


# Who may do what -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", [Role.CUSTODIAN, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN])
def test_posts_without_the_right_do_not_know_that_matters_exist(world: World, role: Role) -> None:
    client = logged_in(officer(role, world.unit))
    for address in world.pages():
        assert client.get(address).status_code == 404
    assert client.post(reverse("matters:move", args=[world.matter.pk, "progress"]), {"note": "x"}).status_code == 404


FIELDS = {"note": "x", "result": "x", "public_reply": "x", "days": "3", "request": "1"}
MAY: dict[str, set[Role]] = {
    **{key: {Role.STATION_OFFICER, Role.UNIT_HEAD} for key in ("acknowledge", "progress")},
    **{key: {Role.UNIT_HEAD} for key in ("submit", "ask_return", "ask_extension", "ask_suspension", "ask_appeal")},
    **{key: {Role.LEADER} for key in ("grant_suspension", "refuse_suspension", "close_suspended")},
}


@pytest.mark.parametrize("role", [*READERS, Role.CENTRE, Role.DISCIPLINE, Role.LEADER])
def test_a_move_that_is_not_the_officers_own_does_not_exist(world: World, role: Role) -> None:
    client = logged_in(officer(role, world.unit if role in READERS else None))
    before = RectificationEvent.objects.count()
    for name in PANELS:
        if role in MAY.get(name, {Role.CENTRE, Role.DISCIPLINE}):
            continue
        answer = client.post(reverse("matters:move", args=[world.matter.pk, name]), FIELDS)
        assert answer.status_code == 404, name
    assert RectificationEvent.objects.count() == before


def test_nobody_of_a_handling_unit_reviews_its_own_answer() -> None:
    own = unit("centre")
    matter = submitted(dispatched(support_units=[own]))
    insider = logged_in(officer(Role.CENTRE, own))
    address = reverse("matters:detail", args=[matter.pk])
    assert "pass" not in {act.name for act in insider.get(address).context["acts"]}
    form = {"public_reply": "好", "answered": matter.submitted_at.isoformat() if matter.submitted_at else ""}
    assert insider.post(reverse("matters:move", args=[matter.pk, "pass"]), form).status_code == 404
    assert logged_in(centre()).post(reverse("matters:move", args=[matter.pk, "pass"]), form).status_code == 302


@pytest.mark.parametrize("role", [*READERS, Role.LEADER])
def test_only_the_centre_dispatches(world: World, role: Role) -> None:
    client = logged_in(officer(role, world.unit))
    for address in (
        reverse("matters:waiting"),
        f"{reverse('matters:dispatch')}?feedback={world.voice.pk}",
        reverse("matters:redispatch", args=[world.matter.pk]),
    ):
        assert client.get(address).status_code == 404
        assert client.post(address, {"feedback": world.voice.pk}).status_code == 404


def test_nobody_logged_in_is_sent_to_the_login_page(world: World) -> None:
    for address in world.pages():
        assert reverse("accounts:login") in Client().get(address)["Location"]


# Records -------------------------------------------------------------------------------------------------------------
def test_no_word_of_a_matter_gets_into_the_audit_log(world: World) -> None:
    client = logged_in(head())
    for address in world.pages():
        client.get(address)
    client.get(world.list, {"search": "红樱桃"})
    client.post(reverse("matters:move", args=[world.matter.pk, "progress"]), {"note": "绿葡萄"})
    told = str(list(AuditEvent.objects.values_list("reason", "data", "changed")))
    for words in ("红樱桃", "绿葡萄", "青苹果", "13912345678"):
        assert words not in told
    acts = set(AuditEvent.objects.filter(actor__isnull=False).values_list("action", flat=True))
    assert {"matter.list", "matter.view", "matter.evidence_view", "matter.progress"} <= acts


def test_a_closed_matter_stays_readable_to_its_unit(world: World) -> None:
    Rectification.objects.filter(pk=world.matter.pk).update(state=MatterState.HANDED_110)
    assert logged_in(head()).get(world.detail).status_code == 200
