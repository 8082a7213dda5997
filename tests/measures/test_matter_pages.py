"""The page of one matter: what it offers, the moves made from it, lost races, and what it costs."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import AuditEvent, Role
from measures import services
from measures.matters.moving import PANELS
from measures.matters.story import steps_of
from measures.models import MatterState, Rectification, RectificationEvent
from measures.moves import MOVES, By
from measures.requests import request_ask
from measures.selectors import moves_for
from measures.texts import done_text
from tests.feedback.queue_cast import centre, logged_in, officer
from tests.measures.matters import confirmed, dispatched, handled, head, passed, shown, submitted, unit
from tests.measures.screens import at, page_of, pdf, statements

pytestmark = pytest.mark.django_db
S = MatterState


@pytest.fixture(autouse=True)
def _english() -> Any:
    with translation.override("en"):
        yield


@pytest.fixture
def client() -> Client:
    return logged_in(centre())


def _move(client: Client, matter: Rectification, name: str, **fields: Any) -> Any:
    return client.post(reverse("matters:move", args=[matter.pk, name]), fields)


def fresh(matter: Rectification) -> Rectification:
    return Rectification.objects.get(pk=matter.pk)


# One matter ----------------------------------------------------------------------------------------------------------
def test_the_page_offers_exactly_what_the_table_of_moves_allows() -> None:
    matter = dispatched()
    for who in (head(), officer(Role.STATION_OFFICER, unit()), centre(), officer(Role.LEADER)):
        answer = logged_in(who).get(reverse("matters:detail", args=[matter.pk]))
        allowed = {name for name in _allowed(who, matter) if not PANELS[name].is_decision}
        assert {act.name for act in answer.context["acts"]} == allowed
    assert {act.name for act in logged_in(head()).get(reverse("matters:detail", args=[matter.pk])).context["acts"]} == {
        "acknowledge", "ask_return",
    }  # fmt: skip


def _allowed(who: Any, matter: Rectification) -> set[str]:
    return {move.name for move in moves_for(who, matter)} & set(PANELS)


def test_every_move_of_the_table_has_its_form_on_a_page() -> None:
    without = {"dispatch", "redispatch", "evidence_add"}  # these have pages or forms of their own
    assert set(PANELS) == {name for name, move in MOVES.items() if move.by is not By.FOLLOWUP} - without


def test_an_appeal_or_a_late_return_that_would_be_refused_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2024-05-20T09:00")
    matter = handled(dispatched())
    address = reverse("matters:detail", args=[matter.pk])
    names = {act.name for act in logged_in(head()).get(address).context["acts"]}
    assert "ask_return" in names
    assert "ask_appeal" not in names
    at(monkeypatch, "2024-05-28T09:00")
    assert "ask_return" not in {act.name for act in logged_in(head()).get(address).context["acts"]}


STEPS: list[tuple[str, Callable[[], Rectification], Callable[[], Any], dict[str, Any], str]] = [
    ("acknowledge", dispatched, head, {}, S.HANDLING),
    ("progress", lambda: handled(dispatched()), head, {"note": "已联系店主"}, S.HANDLING),
    ("pass", lambda: submitted(dispatched()), centre, {"public_reply": "已整改"}, S.FOLLOWING_UP),
    ("rework", lambda: submitted(dispatched()), centre, {"note": "没有夜间照片"}, S.HANDLING),
    ("supervise", dispatched, centre, {"note": "三日未签收"}, S.DISPATCHED),
    ("hand_110", dispatched, centre, {"note": "有人持刀"}, S.HANDED_110),
    ("hand_petition", dispatched, centre, {"note": "属信访"}, S.HANDED_PETITION),
    ("ask_return", dispatched, head, {"note": "属交警"}, S.DISPATCHED),
    ("ask_extension", lambda: handled(dispatched()), head, {"note": "等鉴定", "days": "3"}, S.HANDLING),
    ("ask_suspension", lambda: handled(dispatched()), head, {"note": "须旧改"}, S.HANDLING),
]


@pytest.mark.parametrize(("name", "start", "who", "fields", "state"), STEPS, ids=[step[0] for step in STEPS])
def test_a_move_is_made_by_its_form_and_told_in_the_story(
    name: str, start: Callable[[], Rectification], who: Callable[[], Any], fields: dict[str, Any], state: str
) -> None:
    matter = start()
    client, address = logged_in(who()), reverse("matters:detail", args=[matter.pk])
    acts = {act.name: act for act in client.get(address).context["acts"]}
    hidden = {field.html_name: field.value() for field in acts[name].form.hidden_fields()}
    answer = _move(client, matter, name, **(hidden | fields))
    assert answer["Location"] == address
    assert fresh(matter).state == state
    last = RectificationEvent.objects.filter(rectification=matter).last()
    assert last is not None
    assert last.move == name
    assert fields.get("note", "") in page_of(client, matter)


def test_every_move_from_a_page_says_what_it_has_led_to() -> None:
    for name in [*PANELS, "evidence_add"]:
        assert done_text(name).endswith(".")
        with translation.override("zh-hans"):
            assert done_text(name).endswith("。")


@pytest.mark.parametrize(("language", "told"), [("en", ": Signed for."), ("zh-hans", "：已签收。")])
def test_whoever_has_made_a_move_reads_its_outcome(language: str, told: str) -> None:
    matter, client = dispatched(), logged_in(head())
    client.cookies["office_language"] = language
    _move(client, matter, "acknowledge")
    assert f"{matter.reference}</a>{told}" in page_of(client, matter)


@pytest.mark.parametrize(("name", "start", "who", "fields", "state"), STEPS[1:], ids=[step[0] for step in STEPS[1:]])
def test_a_form_that_says_nothing_is_refused_and_nothing_moves(
    name: str, start: Callable[[], Rectification], who: Callable[[], Any], fields: dict[str, Any], state: str
) -> None:
    matter = start()
    before = RectificationEvent.objects.filter(rectification=matter).count()
    answer = _move(logged_in(who()), matter, name)
    assert answer.status_code == 422
    assert "This field is required" in answer.content.decode()
    assert RectificationEvent.objects.filter(rectification=matter).count() == before


def test_an_answer_goes_out_with_its_evidence_in_one_form() -> None:
    matter = handled(dispatched())
    client = logged_in(head())
    refused = _move(client, matter, "submit", result="已约谈店主")
    assert refused.status_code == 422
    assert "at least one photo or document" in refused.content.decode()
    assert "已约谈店主" in refused.content.decode()
    sent = _move(client, matter, "submit", result="已约谈店主", evidence=[pdf(), pdf("夜间.pdf")])
    assert sent.status_code == 302
    assert (fresh(matter).state, matter.evidence.count()) == (S.SUBMITTED, 2)


@pytest.mark.parametrize("kind", ["return", "extension", "suspension"])
@pytest.mark.parametrize("grants", [True, False], ids=["granted", "refused"])
def test_what_a_unit_asks_is_decided_on_the_page(kind: str, grants: bool) -> None:
    matter = handled(dispatched())
    asked = request_ask(
        rectification_id=matter.pk,
        officer=head(),
        kind=kind,
        reason="理由在此",
        days=3 if kind == "extension" else None,
    )
    client = logged_in(officer(Role.LEADER) if kind == "suspension" else centre())
    page = page_of(client, matter)
    assert "理由在此" in page
    assert ("If granted, the last day is" in page) is (kind == "extension")
    name = f"{'grant' if grants else 'refuse'}_{kind}"
    assert reverse("matters:move", args=[matter.pk, name]) in page
    assert _move(client, matter, name, note="已核实", request=asked.pk).status_code == 302
    asked.refresh_from_db()
    assert asked.state == ("granted" if grants else "refused")
    page = page_of(client, matter)
    assert "已核实" in page
    assert f'id="decide-{kind}"' not in page


def test_a_request_of_another_matter_cannot_be_decided_by_this_address() -> None:
    matter, other = handled(dispatched()), handled(dispatched(confirmed("b")))
    asked = request_ask(rectification_id=other.pk, officer=head(), kind="extension", reason="x", days=2)
    answer = _move(logged_in(centre()), matter, "grant_extension", note="同意", request=asked.pk)
    assert answer.status_code == 404
    asked.refresh_from_db()
    assert asked.state == "open"


def test_the_loser_of_a_race_reads_who_won_and_keeps_what_was_typed() -> None:
    matter, first, second = submitted(dispatched()), centre(), centre()
    form = {"answered": matter.submitted_at.isoformat() if matter.submitted_at else ""}
    assert _move(logged_in(first), matter, "pass", public_reply="已责令撤除", **form).status_code == 302
    answer = _move(logged_in(second), matter, "rework", note="照片不清楚请补拍", **form)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert first.name in page
    assert "照片不清楚请补拍" in page
    assert fresh(matter).state == S.FOLLOWING_UP


def test_the_loser_of_a_race_on_evidence_reads_why() -> None:
    matter, who = handled(dispatched()), head()
    services.rectification_hand_over(rectification_id=matter.pk, officer=centre(), to="110", note="有人持刀")
    answer = logged_in(who).post(reverse("matters:evidence_add", args=[matter.pk]), {"evidence": [pdf()]})
    assert answer.status_code == 409
    assert "Not done: somebody was faster" in answer.content.decode()


def test_a_review_is_of_the_answer_that_stood_on_the_screen() -> None:
    matter = submitted(dispatched())
    old = matter.submitted_at.isoformat() if matter.submitted_at else ""
    services.rectification_review(rectification_id=matter.pk, officer=centre(), passes=False, note="重办")
    shown(matter)
    services.rectification_submit(rectification_id=matter.pk, officer=head(), result="又答一次")
    answer = _move(logged_in(centre()), matter, "pass", public_reply="好", answered=old)
    assert answer.status_code == 409
    assert "answered anew" in answer.content.decode()
    assert fresh(matter).state == S.SUBMITTED


@pytest.mark.parametrize("name", ["close", "reopen", "dispatch", "redispatch", "nothing"])
def test_what_is_no_move_of_a_page_does_not_exist(client: Client, name: str) -> None:
    assert _move(client, passed(dispatched()), name, note="x").status_code == 404


def test_an_act_is_never_done_by_a_link(client: Client) -> None:
    matter = dispatched()
    assert client.get(reverse("matters:move", args=[matter.pk, "supervise"])).status_code == 405
    assert logged_in(head()).get(reverse("matters:evidence_add", args=[matter.pk])).status_code == 405


@pytest.mark.parametrize(
    ("state", "standings"),
    [
        (S.DISPATCHED, "current ahead ahead ahead ahead"),
        (S.SUBMITTED, "done done current ahead ahead"),
        (S.CLOSED, "done done done done done"),
        (S.SUSPENDED, "done aside ahead ahead ahead"),
        (S.RETURNED, "aside ahead ahead ahead ahead"),
    ],
)
def test_the_steps_show_how_far_a_matter_has_come(state: str, standings: str) -> None:
    matter = dispatched()
    matter.state = state
    assert [step.standing for step in steps_of(matter)] == standings.split()


# What it costs -------------------------------------------------------------------------------------------------------
def test_a_matters_page_costs_the_same_however_long_its_story_is() -> None:
    matter = submitted(dispatched())
    for who in (head(), centre()):
        client, address = logged_in(who), reverse("matters:detail", args=[matter.pk])
        before = statements(client, address)
        assert before <= 20
        for number in range(5):
            RectificationEvent.objects.create(
                rectification=matter, move="progress", from_state="handling", to_state="handling", officer=who,
                actor_label=who.username, unit=who.unit, note=str(number),
            )  # fmt: skip
        assert statements(client, address) == before


def test_reading_a_matter_is_recorded() -> None:
    matter, who = dispatched(), head()
    page_of(logged_in(who), matter)
    assert AuditEvent.objects.get(action="matter.view", actor=who).object_id == str(matter.pk)


def test_no_browser_keeps_a_page_of_a_matter(client: Client) -> None:
    matter = dispatched()
    for address in (reverse("matters:list"), reverse("matters:detail", args=[matter.pk])):
        assert "no-store" in client.get(address)["Cache-Control"]


def test_nothing_a_unit_writes_is_markup(client: Client) -> None:
    matter = handled(dispatched())
    services.rectification_progress(rectification_id=matter.pk, officer=head(), note="<script>alert(1)</script>")
    page = page_of(client, matter)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
