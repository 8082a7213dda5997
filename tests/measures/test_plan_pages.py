"""The pages of plans and measures: documents, progress, matters, and what a measure changed."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from accounts.models import AuditEvent, Role
from feedback.models import Channel, CodeState, Feedback, Kind, State
from measures.documents import BYTES_MAX
from measures.models import ActionPlan, Measure, MeasureProgress
from measures.plans.effects import Verdict
from measures.plans.selectors import effects_of
from opinion_portal import clock
from tests.feedback.queue_cast import centre, confirm, logged_in, officer, suggest, voice
from tests.measures.matters import dispatched, handled, head, unit

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 plan"
ISSUED = date(2024, 5, 30)


@pytest.fixture(autouse=True)
def _english() -> Any:
    with translation.override("en"):
        yield


@pytest.fixture
def client() -> Client:
    return logged_in(centre())


@pytest.fixture
def plan() -> ActionPlan:
    return ActionPlan.objects.get()


@pytest.fixture
def measure() -> Measure:
    return Measure.objects.get(number=6)  # P1 and H2


def _address(name: str, number: int) -> str:
    return reverse(f"plans:{name}", args=[number])


def _document(data: bytes = PDF, name: str = "九项举措.pdf") -> dict[str, Any]:
    return {"document": SimpleUploadedFile(name, data)}


# Plans and their documents -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", [Role.CENTRE, Role.DISCIPLINE, Role.LEADER, Role.UNIT_HEAD, Role.STATION_OFFICER])
def test_everybody_who_works_with_measures_reads_the_plan(role: Role, plan: ActionPlan, measure: Measure) -> None:
    client = logged_in(officer(role, None if role in {Role.CENTRE, Role.LEADER} else head().unit))
    assert str(plan) in client.get(reverse("plans:list")).content.decode()
    page = client.get(_address("detail", plan.pk)).content.decode()
    assert all(str(one) in page for one in plan.measures.all())
    assert measure.aim_en in client.get(_address("measure", measure.pk)).content.decode()


@pytest.mark.parametrize("role", [Role.CUSTODIAN, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN])
def test_other_posts_do_not_know_that_plans_exist(role: Role, plan: ActionPlan, measure: Measure) -> None:
    client = logged_in(officer(role))
    for address in (
        reverse("plans:list"),
        _address("detail", plan.pk),
        _address("measure", measure.pk),
        _address("document", plan.pk),
    ):
        assert client.get(address).status_code == 404


def test_the_centre_stores_a_document_and_everybody_downloads_it(client: Client, plan: ActionPlan) -> None:
    assert client.get(_address("document", plan.pk)).status_code == 404
    assert client.post(_address("document_replace", plan.pk), _document()).status_code == 302
    answer = logged_in(head()).get(_address("document", plan.pk))
    assert answer.content == PDF
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "九项举措.pdf" in client.get(_address("detail", plan.pk)).content.decode()
    event = AuditEvent.objects.get(action="plan.document")
    assert (event.object_type, event.object_id) == ("plan", str(plan.pk))


@pytest.mark.parametrize(
    ("data", "name"), [(b"<html>", "a.pdf"), (b"MZ", "a.exe"), (PDF + b"0" * BYTES_MAX, "big.pdf"), (b"", "empty.pdf")]
)
def test_a_document_is_a_pdf_of_at_most_ten_megabytes(client: Client, plan: ActionPlan, data: bytes, name: str) -> None:
    client.post(_address("document_replace", plan.pk), _document())
    answer = client.post(_address("document_replace", plan.pk), _document(data, name))
    assert answer.status_code == 422
    assert answer.context["form"].errors["document"]
    assert client.get(_address("document", plan.pk)).content == PDF


@pytest.mark.parametrize("role", [Role.UNIT_HEAD, Role.STATION_OFFICER, Role.LEADER])
def test_only_the_centre_changes_anything_of_a_plan(role: Role, plan: ActionPlan, measure: Measure) -> None:
    client = logged_in(officer(role, unit("traffic")))
    assert client.post(_address("document_replace", plan.pk), _document()).status_code == 404
    progress = {"happened_on": "2024-06-01", "text": "x"}
    assert client.post(_address("progress_add", measure.pk), progress).status_code == 404
    assert "<form" not in client.get(_address("detail", plan.pk)).content.decode().partition("<main")[2]
    assert not MeasureProgress.objects.exists()


# Progress ------------------------------------------------------------------------------------------------------------
def test_what_was_done_is_noted_and_told_newest_first(client: Client, measure: Measure) -> None:
    for day, text in (("2024-06-01", "召开联席会"), ("2024-06-08", "增设调解室")):
        answer = client.post(_address("progress_add", measure.pk), {"happened_on": day, "text": text})
        assert answer["Location"] == _address("measure", measure.pk)
    page = client.get(_address("measure", measure.pk)).content.decode()
    assert page.index("增设调解室") < page.index("召开联席会")
    assert AuditEvent.objects.filter(action="plan.progress", object_id=str(measure.pk)).count() == 2
    assert "2024-06-08" in client.get(_address("detail", measure.plan_id)).content.decode()


@pytest.mark.parametrize(
    ("day", "text", "field"),
    [
        ("2999-01-01", "x", "happened_on"),
        ("1999-01-01", "x", "happened_on"),
        ("x", "x", "happened_on"),
        ("2024-06-01", "", "text"),
    ],
)
def test_a_wrong_entry_comes_back_with_what_was_typed(
    client: Client, measure: Measure, day: str, text: str, field: str
) -> None:
    answer = client.post(_address("progress_add", measure.pk), {"happened_on": day, "text": text})
    assert answer.status_code == 422
    assert answer.context["form"].errors[field]
    assert answer.context["form"]["happened_on"].value() == day
    assert not MeasureProgress.objects.exists()


# Matters -------------------------------------------------------------------------------------------------------------
def test_a_measure_shows_how_its_matters_stand(client: Client, measure: Measure, plan: ActionPlan) -> None:
    dispatched(measure_id=measure.pk)
    other = handled(
        dispatched(confirm(suggest(voice("又吵"), "P1"), None, Kind.COMPLAINT, "P1"), measure_id=measure.pk)
    )
    other.due_at = clock.now() - timedelta(microseconds=1)
    other.dispatched_at = other.due_at - timedelta(days=9)
    other.save(update_fields=["due_at", "dispatched_at"])
    answer = client.get(_address("measure", measure.pk))
    assert [(state, number) for state, _label, number in answer.context["states"]] == [
        ("dispatched", 1), ("handling", 1),
    ]  # fmt: skip
    counts = answer.context["counts"]
    assert (counts.total, counts.with_unit, counts.late, counts.ended) == (2, 2, 1, 0)
    listed = dict(client.get(_address("detail", plan.pk)).context["measures"])
    assert listed[measure] == counts


# What did it change? -------------------------------------------------------------------------------------------------
def _voices(day: date, number: int, **fields: Any) -> None:
    said_at = datetime.combine(day, datetime.min.time(), clock.BUREAU_ZONE) + timedelta(hours=1)
    start: dict[str, Any] = {"state": State.CONFIRMED, "item_id": "P1", "kind": Kind.COMPLAINT, "content": "吵"}
    Feedback.objects.bulk_create(
        Feedback(
            client_key=f"{day}-{index}-{sorted(fields.items())}".encode()[:200],
            channel=Channel.QR,
            code_state=CodeState.NONE,
            said_at=said_at,
            **(start | fields),
        )
        for index in range(number)
    )


def test_volume_and_ratings_before_and_after_are_counted_from_the_rows(measure: Measure) -> None:
    before, after = ISSUED - timedelta(days=1), ISSUED + timedelta(days=1)
    _voices(before, 20, service_rating=2, safety_rating=3)
    _voices(before, 4, service_rating=4, item_id="H2")
    _voices(after, 5, service_rating=4, safety_rating=5)
    _voices(after, 7, service_rating=5, kind=Kind.PRAISE)  # praise is no problem raised, but a rating
    for day, fields in (
        (ISSUED, {}),  # the day itself belongs to neither
        (ISSUED - timedelta(days=31), {}),
        (ISSUED + timedelta(days=31), {}),
        (after, {"item_id": "T1"}),
        (after, {"state": State.DUPLICATE, "duplicate_of": Feedback.objects.all()[0]}),
        (after, {"state": State.INVALID}),
    ):
        _voices(day, 1, **fields)
    found = effects_of(measure, wanted=30, today=date(2024, 9, 1))
    assert found is not None
    assert (found.voices.before.value, found.voices.after.value) == (24, 5)
    assert found.voices.change.verdict is Verdict.LESS
    assert (found.service.before.n, found.service.after.n) == (24, 12)
    assert found.service.before.value == pytest.approx((20 * 2 + 4 * 4) / 24)
    assert found.service.after.value == pytest.approx((5 * 4 + 7 * 5) / 12)
    assert found.service.change.verdict is Verdict.MORE
    assert (found.safety.after.n, found.safety.change.verdict) == (5, Verdict.FEW)
    assert found.by_day == {before: 24, after: 5}


def test_voices_collected_with_gifts_are_no_ratings(measure: Measure) -> None:
    _voices(ISSUED + timedelta(days=1), 3, service_rating=5, is_rated_out=True)
    found = effects_of(measure, wanted=30, today=date(2024, 9, 1))
    assert found is not None
    assert (found.voices.after.value, found.service.after.n) == (3, 0)


def test_what_is_not_judged_yet_is_named_and_not_counted(measure: Measure, client: Client) -> None:
    today = clock.bureau_day(clock.now())
    ActionPlan.objects.update(issued_on=today - timedelta(days=10))
    one = suggest(voice("又吵"), "P1")
    Feedback.objects.filter(pk=one.pk).update(said_at=clock.now() - timedelta(days=3))
    answer = client.get(_address("measure", measure.pk))
    assert answer.context["effects"].unjudged == 1
    assert answer.context["effects"].voices.after.value == 0
    assert "1 message that seems to be about these items is not judged yet" in answer.content.decode()


def test_the_page_says_what_can_be_said_and_with_which_interval(client: Client, measure: Measure) -> None:
    _voices(ISSUED - timedelta(days=2), 60, service_rating=3)
    _voices(ISSUED + timedelta(days=2), 30, service_rating=4)
    page = client.get(_address("measure", measure.pk)).content.decode()
    for told in (
        "× 0.50", "Clearly fewer than before.", "+1.00", "Clearly better than before.", "n = 60", "95 %",
        "Too few to judge.", "not that the measure changed it", "2024-04-30", "2024-06-29",
    ):  # fmt: skip
        assert told in page, told
    longer = client.get(_address("measure", measure.pk), {"days": "90"})
    assert longer.context["effects"].windows.days == 90
    for odd in ("x", "31", "9" * 50):
        assert client.get(_address("measure", measure.pk), {"days": odd}).context["period"] == 30


def test_a_plan_of_today_has_nothing_to_compare_yet(client: Client, measure: Measure) -> None:
    ActionPlan.objects.update(issued_on=clock.bureau_day(clock.now()))
    page = client.get(_address("measure", measure.pk)).content.decode()
    assert "nothing to compare yet" in page


def test_what_changed_is_asked_in_at_most_six_statements(measure: Measure) -> None:
    _voices(ISSUED + timedelta(days=1), 9, service_rating=5)
    with CaptureQueriesContext(connection) as queries:
        effects_of(measure, wanted=90, today=date(2024, 9, 1))
    assert len(queries) <= 6


def test_a_plans_page_costs_the_same_with_many_matters(client: Client, plan: ActionPlan, measure: Measure) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(_address("detail", plan.pk))
        return len(queries)

    client.get(_address("detail", plan.pk))
    before = statements()
    for number in range(3):
        dispatched(confirm(suggest(voice(f"吵{number}"), "P1"), None, Kind.COMPLAINT, "P1"), measure_id=measure.pk)
    assert statements() == before <= 12


def test_a_number_that_never_was_does_not_exist(client: Client) -> None:
    for name in ("detail", "document", "measure"):
        assert client.get(_address(name, 999999)).status_code == 404
    assert client.post(_address("document_replace", 999999), _document()).status_code == 404
    assert client.post(_address("progress_add", 999999), {"text": "x"}).status_code == 404


def test_an_act_is_never_done_by_a_link(client: Client, plan: ActionPlan, measure: Measure) -> None:
    assert client.get(_address("document_replace", plan.pk)).status_code == 405
    assert client.get(_address("progress_add", measure.pk)).status_code == 405
