"""The centre adds and changes measures on a page, with audit; the unit that leads one notes progress."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import AuditEvent, Role, Unit
from measures.models import ActionPlan, Measure
from measures.plans import services
from tests.feedback.queue_cast import centre, logged_in, officer
from tests.measures.matters import unit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english() -> Any:
    with translation.override("en"):
        yield


@pytest.fixture
def client() -> Client:
    return logged_in(centre())


@pytest.fixture
def measure() -> Measure:
    return Measure.objects.get(number=6)  # P1 and H2


def _edit(measure: Measure) -> str:
    return reverse("plans:measure_edit", args=[measure.pk])


def _fields(**changes: Any) -> dict[str, Any]:
    said = {"title": "整治夜间噪声", "title_en": "Quiet nights", "aim": "夜间接报当晚到场。", "aim_en": "At once."}
    done = {"items": ["P1"], "lead_unit": unit().pk, "support_units": [unit("command").pk], "due_on": "2024-12-31"}
    return said | done | changes


def _as_shown(client: Client, measure: Measure, **changes: Any) -> dict[str, Any]:
    """What a browser sends back for the form as it stands, with ``changes``."""
    start = client.get(_edit(measure)).context["form"].initial
    shown = {
        **{name: start[name] for name in ("read", "title", "title_en", "aim", "aim_en")},
        "lead_unit": start["lead_unit"].pk,
        "items": [item.pk for item in start["items"]],
        "support_units": [one.pk for one in start["support_units"]],
        "due_on": start["due_on"] or "",
    }
    return shown | changes


# Adding --------------------------------------------------------------------------------------------------------------
def test_the_centre_adds_a_measure_under_the_next_number(client: Client) -> None:
    plan = ActionPlan.objects.get()
    address = reverse("plans:measure_add", args=[plan.pk])
    assert address in client.get(reverse("plans:detail", args=[plan.pk])).content.decode()
    assert client.get(address).context["form"]["number"].value() == 10
    answer = client.post(address, _fields(number=10))
    made = Measure.objects.get(plan=plan, number=10)
    assert answer["Location"] == reverse("plans:measure", args=[made.pk])
    assert (made.title_en, made.lead_unit, str(made.due_on)) == ("Quiet nights", unit(), "2024-12-31")
    assert [item.code for item in made.items.all()] == ["P1"]
    assert list(made.support_units.all()) == [unit("command")]
    assert AuditEvent.objects.get(action="measure.add").object_id == str(made.pk)


def test_a_number_that_is_taken_is_refused_at_its_field_and_all_is_kept(client: Client) -> None:
    plan = ActionPlan.objects.get()
    answer = client.post(reverse("plans:measure_add", args=[plan.pk]), _fields(number=6))
    assert answer.status_code == 422
    assert "has a measure of this number already" in str(answer.context["form"].errors["number"])
    assert "夜间接报当晚到场。" in answer.content.decode()
    assert plan.measures.count() == 9


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("items", [], "This field is required"),
        ("lead_unit", "", "This field is required"),
        ("title", "", "This field is required"),
        ("due_on", "soon", "Enter a valid date"),
        ("items", ["OUT"], "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(client: Client, field: str, value: Any, told: str) -> None:
    plan = ActionPlan.objects.get()
    answer = client.post(reverse("plans:measure_add", args=[plan.pk]), _fields(number=10, **{field: value}))
    assert answer.status_code == 422
    assert told in str(answer.context["form"].errors[field])


def test_who_leads_does_not_support_and_the_whole_bureau_leads_nothing(client: Client) -> None:
    address = reverse("plans:measure_add", args=[ActionPlan.objects.get().pk])
    answer = client.post(address, _fields(number=10, support_units=[unit().pk]))
    assert "does not support itself" in str(answer.context["form"].errors["support_units"])
    bureau = Unit.objects.get(kind=Unit.Kind.BUREAU)
    assert client.post(address, _fields(number=10, lead_unit=bureau.pk)).context["form"].errors["lead_unit"]


# Changing ------------------------------------------------------------------------------------------------------------
def test_a_change_is_stored_and_the_log_names_the_fields_without_their_values(client: Client, measure: Measure) -> None:
    assert _edit(measure) in client.get(reverse("plans:measure", args=[measure.pk])).content.decode()
    sent = _as_shown(client, measure, aim_en="Quiet by ten o'clock.", items=["P1"], due_on="2025-01-31")
    assert client.post(_edit(measure), sent).status_code == 302
    measure.refresh_from_db()
    assert (measure.aim_en, str(measure.due_on), measure.number) == ("Quiet by ten o'clock.", "2025-01-31", 6)
    event = AuditEvent.objects.get(action="measure.edit")
    assert event.changed == ["aim_en", "due_on", "items"]
    assert "Quiet by ten" not in str(event.__dict__)


def test_a_form_sent_back_unchanged_changes_nothing(client: Client, measure: Measure) -> None:
    page = client.post(_edit(measure), _as_shown(client, measure), follow=True)
    assert "Nothing was changed" in page.content.decode()
    assert not AuditEvent.objects.filter(action="measure.edit").exists()


def test_of_two_who_change_it_the_second_reads_that_somebody_was_faster(client: Client, measure: Measure) -> None:
    first, second = _as_shown(client, measure, title="甲"), _as_shown(client, measure, title="乙改的题目")
    assert client.post(_edit(measure), first).status_code == 302
    answer = client.post(_edit(measure), second)
    assert answer.status_code == 409
    assert "changed this measure meanwhile" in answer.content.decode()
    assert "乙改的题目" in answer.content.decode()
    measure.refresh_from_db()
    assert measure.title == "甲"


@pytest.mark.parametrize("role", [Role.LEADER, Role.UNIT_HEAD, Role.STATION_OFFICER])
def test_nobody_but_the_centre_changes_measures(role: Role, measure: Measure) -> None:
    who = officer(role, measure.lead_unit)
    client = logged_in(who)
    addresses = [_edit(measure), reverse("plans:measure_add", args=[measure.plan_id])]
    page = client.get(reverse("plans:measure", args=[measure.pk])).content.decode()
    for address in addresses:
        assert client.get(address).status_code == 404
        assert client.post(address, _fields(number=10)).status_code == 404
        assert address not in page
    draft = services.MeasureDraft("a", "a", "a", "a", list(measure.items.all()), measure.lead_unit)
    with pytest.raises(PermissionDenied):
        services.measure_edit(officer=who, measure_id=measure.pk, draft=draft, read="")
    with pytest.raises(PermissionDenied):
        services.measure_add(officer=who, plan_id=measure.plan_id, number=10, draft=draft)


# Progress ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", [Role.UNIT_HEAD, Role.STATION_OFFICER])
def test_the_unit_that_leads_a_measure_notes_what_it_did(role: Role, measure: Measure) -> None:
    client = logged_in(officer(role, measure.lead_unit))
    address = reverse("plans:progress_add", args=[measure.pk])
    assert address in client.get(reverse("plans:measure", args=[measure.pk])).content.decode()
    assert client.post(address, {"happened_on": "2024-06-05", "text": "走访三个小区"}).status_code == 302
    assert measure.progress.get().text == "走访三个小区"
    assert AuditEvent.objects.get(action="plan.progress").object_id == str(measure.pk)


def test_another_unit_and_a_leader_note_nothing_there(measure: Measure) -> None:
    strangers = [officer(Role.UNIT_HEAD, unit("traffic")), officer(Role.LEADER)]
    strangers += [officer(Role.UNIT_HEAD, one) for one in measure.support_units.all()]
    address = reverse("plans:progress_add", args=[measure.pk])
    for who in strangers:
        client = logged_in(who)
        assert address not in client.get(reverse("plans:measure", args=[measure.pk])).content.decode()
        assert client.post(address, {"happened_on": "2024-06-05", "text": "x"}).status_code == 404
    assert not measure.progress.exists()
