"""The way of a notice: every move of the table, who may make it, what it needs, what is refused."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import translation

from accounts.models import AuditEvent, Officer, Role
from followup.models import InterviewNotice, NoticeAppeal, NoticeEvent, NoticePaper, NoticeService
from followup.notices import services
from followup.notices.models import NoticeState
from followup.notices.moves import IN_FORCE, MOVES, OPEN, UNISSUED
from followup.notices.services import MovedMeanwhile, NoticeRefused
from followup.notices.texts import MOVE_TEXTS
from measures.models import Escalation
from tests.feedback.queue_cast import officer
from tests.followup.notices import (
    HELD,
    MEETING,
    PDF,
    SUNDAY,
    appeal,
    draft,
    fresh,
    hand_in,
    head_of,
    hold,
    matter,
    notice_drafted,
    notice_held,
    notice_issued,
    notice_reported,
    notice_reviewed,
    papers_quick,
    receipt,
    record,
    review,
    serve,
    sign,
    station,
)  # fmt: skip

pytestmark = pytest.mark.django_db
R, S = Role, NoticeState
Act = Callable[[Officer, InterviewNotice], object]


@pytest.fixture(autouse=True)
def _english_and_quick(monkeypatch: pytest.MonkeyPatch) -> Any:
    papers_quick(monkeypatch)
    with translation.override("en"):
        yield


def _notice_in(state: str) -> InterviewNotice:
    """A notice in ``state``, brought there by the moves of the table."""
    makers: dict[str, Callable[[], InterviewNotice]] = {
        "draft": notice_drafted,
        "reviewed": notice_reviewed,
        "issued": notice_issued,
        "served": lambda: serve(notice_issued()),
        "held": notice_held,
        "planned": lambda: hand_in(notice_held(), "plan"),
        "reported": notice_reported,
        "struck_off": lambda: _after(notice_reported(), R.DISCIPLINE, "strike_off"),
        "escalated": lambda: _after(notice_reported(), R.DISCIPLINE, "escalate"),
        "cancelled": lambda: _after(notice_drafted(), R.CENTRE, "cancel"),
        "void": lambda: _after(notice_issued(), R.LEADER, "void"),
    }
    notice = makers[state]()
    assert notice.state == state
    return notice


def _after(notice: InterviewNotice, role: Role, move: str) -> InterviewNotice:
    ACTS[move](_by(role, notice), notice)
    return fresh(notice)


def _by(role: Role, notice: InterviewNotice) -> Officer:
    return head_of(notice.unit) if role == R.UNIT_HEAD else officer(role)


def _args(who: Officer, notice: InterviewNotice) -> dict[str, Any]:
    return {"officer": who, "notice_id": notice.pk, "now": HELD}


def _decide(grants: bool) -> Act:
    return lambda who, notice: services.appeal_decide(**_args(who, notice), grants=grants, note="核实后决定")


def _last_paper(notice: InterviewNotice) -> int:
    return notice.papers.order_by("-id").values_list("pk", flat=True).first() or 0


# Each move of the table with the service that makes it, all fields filled in.
ACTS: dict[str, Act] = {
    "edit": lambda who, notice: services.notice_edit(
        **_args(who, notice), matter_ids=[], draft=draft(place="二楼会议室"), version=notice.version
    ),
    "cancel": lambda who, notice: services.notice_cancel(**_args(who, notice), note="重复"),
    "review": lambda who, notice: services.notice_review(**_args(who, notice), version=notice.version),
    "return": lambda who, notice: services.notice_send_back(**_args(who, notice), note="事实不清"),
    "send_back": lambda who, notice: services.notice_send_back(**_args(who, notice), note="时间不妥"),
    "sign": lambda who, notice: services.notice_sign(
        officer=who, notice_id=notice.pk, version=notice.version, now=SUNDAY
    ),
    "void": lambda who, notice: services.notice_void(**_args(who, notice), note="认定有误"),
    "serve": lambda who, notice: services.notice_serve(**_args(who, notice), receipt=receipt()),
    "sign_for": lambda who, notice: services.notice_sign_for(**_args(who, notice)),
    "hold": lambda who, notice: services.notice_hold(**_args(who, notice), record=record()),
    "plan": lambda who, notice: services.notice_plan(**_args(who, notice), text="整改方案"),
    "report": lambda who, notice: services.notice_report(**_args(who, notice), text="整改报告"),
    "return_plan": lambda who, notice: services.paper_send_back(
        **_args(who, notice), kind="plan", paper_id=_last_paper(notice), note="措施不具体"
    ),
    "return_report": lambda who, notice: services.paper_send_back(
        **_args(who, notice), kind="report", paper_id=_last_paper(notice), note="没有逐件说明"
    ),
    "strike_off": lambda who, notice: services.notice_recheck(**_args(who, notice), strikes_off=True, note="已整改"),
    "escalate": lambda who, notice: services.notice_recheck(**_args(who, notice), strikes_off=False, note="未整改"),
    "appeal": lambda who, notice: services.notice_appeal(**_args(who, notice), reason="已申请延期"),
    "grant_appeal": _decide(grants=True),
    "refuse_appeal": _decide(grants=False),
}
PARTY: dict[str, set[Role]] = {
    "edit": {R.CENTRE}, "cancel": {R.CENTRE}, "review": {R.DISCIPLINE}, "return": {R.DISCIPLINE},
    "send_back": {R.LEADER}, "sign": {R.LEADER}, "void": {R.LEADER}, "serve": {R.CENTRE}, "sign_for": {R.UNIT_HEAD},
    "hold": {R.CENTRE}, "plan": {R.UNIT_HEAD}, "report": {R.UNIT_HEAD}, "strike_off": {R.DISCIPLINE},
    "return_plan": {R.DISCIPLINE}, "return_report": {R.DISCIPLINE},
    "escalate": {R.DISCIPLINE}, "appeal": {R.UNIT_HEAD}, "grant_appeal": {R.DISCIPLINE, R.LEADER},
    "refuse_appeal": {R.DISCIPLINE, R.LEADER},
}  # fmt: skip
MADE_BY_THE_PORTAL = {"propose", "remind_plan", "remind_report"}
START = {name: min(MOVES[name].frm, key=[*S.values].index) for name in ACTS} | {"escalate": "reported"}


def _ready(name: str) -> InterviewNotice:
    """A notice on which ``name`` can be made."""
    notice = _notice_in(START[name])
    return appeal(notice) if name in {"grant_appeal", "refuse_appeal"} else notice


# The table ------------------------------------------------------------------------------------------------------------
def test_every_move_of_the_table_has_a_service_here_and_a_text() -> None:
    assert set(ACTS) | MADE_BY_THE_PORTAL | {"draft"} == set(MOVES)
    assert set(MOVE_TEXTS) == set(MOVES)


def test_the_table_speaks_of_known_states_only_and_every_state_is_reached() -> None:
    named = {state for move in MOVES.values() for state in move.frm}
    assert named <= set(S.values)
    assert {move.to for move in MOVES.values()} - {""} == set(S.values)
    assert set(UNISSUED.split()) | set(IN_FORCE.split()) | {"struck_off", "escalated", "void"} == set(S.values)
    assert set(OPEN.split()) < set(S.values)


@pytest.mark.parametrize("name", ACTS)
def test_a_move_is_one_new_state_one_event_and_one_audit_row(name: str) -> None:
    notice = _ready(name)
    who = _by(min(PARTY[name]), notice)
    events = NoticeEvent.objects.filter(notice=notice).count()
    ACTS[name](who, notice)
    assert fresh(notice).state == (MOVES[name].to or notice.state)
    assert NoticeEvent.objects.filter(notice=notice).count() == events + 1
    event = NoticeEvent.objects.filter(notice=notice).latest("id")
    assert (event.move, event.from_state, event.to_state) == (name, notice.state, fresh(notice).state)
    assert (event.officer, event.actor_label) == (who, who.username)
    audited = AuditEvent.objects.get(action=f"notice.{name}")
    assert (audited.actor, audited.object_type, audited.object_id) == (who, "notice", str(notice.pk))


@pytest.mark.parametrize("name", ACTS)
def test_nobody_of_another_post_makes_it(name: str) -> None:
    notice = _ready(name)
    for role in set(Role) - PARTY[name]:
        if name in {"return", "send_back"} and role in {R.DISCIPLINE, R.LEADER}:
            continue  # the one page for sending back asks which of the two it is
        with pytest.raises(PermissionDenied):
            ACTS[name](_by(role, notice), notice)
    assert fresh(notice).state == notice.state


@pytest.mark.parametrize("name", ["sign_for", "plan", "report", "appeal"])
def test_the_head_of_another_unit_makes_it_not(name: str) -> None:
    with pytest.raises(PermissionDenied):
        ACTS[name](head_of(station("station-danan")), _ready(name))


@pytest.mark.parametrize("state", S.values)
def test_from_a_state_all_other_moves_are_refused_and_the_refusal_tells_who_was_there(state: str) -> None:
    notice = _notice_in(state)
    for name in sorted(name for name in ACTS if state not in MOVES[name].frm):
        with pytest.raises(NoticeRefused) as refused:
            ACTS[name](_by(max(PARTY[name]), notice), notice)
        assert fresh(notice).state == state, (name, state)
        if isinstance(refused.value, MovedMeanwhile):
            assert str(S(state).label) in str(refused.value)
            assert "Officer" in str(refused.value)


# What must be filled in -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("field", ["person", "place", "meets_at", "plan_by", "rectify_by", "appeal_until"])
def test_a_review_needs_all_that_the_paper_says(field: str) -> None:
    empty: dict[str, Any] = {field: "" if field in {"person", "place"} else None}
    notice = notice_drafted(**empty)
    with pytest.raises(NoticeRefused, match="fill in") as refused:
        review(notice)
    assert refused.value.field == field
    assert fresh(notice).state == S.DRAFT


def test_a_draft_needs_its_facts() -> None:
    with pytest.raises(NoticeRefused, match="the facts"):
        notice_drafted(facts="")


@pytest.mark.parametrize("name", ["cancel", "return", "send_back", "void", "strike_off", "escalate", "appeal"])
def test_a_move_with_a_reason_is_refused_without_one(name: str) -> None:
    notice = _ready(name)
    given = _args(_by(min(PARTY[name]), notice), notice)
    without: dict[str, Callable[[], object]] = {
        "cancel": lambda: services.notice_cancel(**given, note=""),
        "return": lambda: services.notice_send_back(**given, note=""),
        "send_back": lambda: services.notice_send_back(**given, note=""),
        "void": lambda: services.notice_void(**given, note=""),
        "strike_off": lambda: services.notice_recheck(**given, strikes_off=True, note=""),
        "escalate": lambda: services.notice_recheck(**given, strikes_off=False, note=""),
        "appeal": lambda: services.notice_appeal(**given, reason=" "),
    }
    with pytest.raises(NoticeRefused, match="the reason"):
        without[name]()
    assert fresh(notice).state == notice.state


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"plan_by": date(2024, 6, 4)}, "plan_by"),
        ({"meets_at": MEETING + timedelta(days=30)}, "meets_at"),
    ],
)
def test_dates_out_of_order_are_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(NoticeRefused) as refused:
        notice_drafted(**changes)
    assert refused.value.field == field


def test_a_matter_of_another_unit_cannot_be_named() -> None:
    with pytest.raises(NoticeRefused, match="does not lead"):
        notice_drafted(station(), matter(station("station-danan")))


def test_the_same_form_twice_is_one_draft() -> None:
    who, key = officer(R.CENTRE), notice_drafted().client_id
    again = services.notice_draft(officer=who, unit=station(), matter_ids=[], draft=draft(), now=SUNDAY, client_id=key)
    assert InterviewNotice.objects.get() == again


# Service --------------------------------------------------------------------------------------------------------------
def test_a_refusal_with_reason_and_witness_counts_as_served() -> None:
    notice = serve(notice_issued(), recipient="", refusal_reason="称负责人外出", witnesses="陈明")
    assert notice.state == S.SERVED


@pytest.mark.parametrize("changes", [{"witnesses": ""}, {"refusal_reason": ""}])
def test_a_refusal_without_witness_or_reason_is_no_service(changes: dict[str, str]) -> None:
    refusal = {"recipient": "", "refusal_reason": "称负责人外出", "witnesses": "陈明"} | changes
    notice = notice_issued()
    with pytest.raises(NoticeRefused, match="who signed"):
        serve(notice, **refusal)
    with pytest.raises(IntegrityError), transaction.atomic():
        NoticeService.objects.create(
            notice=notice, way="direct", served_at=HELD, recorded_by=officer(R.CENTRE), **refusal
        )


def test_a_paper_is_either_signed_for_or_refused() -> None:
    with pytest.raises(NoticeRefused, match="not both"):
        serve(notice_issued(), refusal_reason="称负责人外出", witnesses="陈明")


@pytest.mark.parametrize("moment", [SUNDAY - timedelta(days=1), HELD + timedelta(days=1)])
def test_nothing_is_served_before_it_is_issued_nor_in_the_future(moment: datetime) -> None:
    with pytest.raises(NoticeRefused) as refused:
        serve(notice_issued(), served_at=moment)
    assert refused.value.field == "served_at"


def test_the_head_signs_for_it_in_the_portal() -> None:
    notice = notice_issued()
    who = head_of(notice.unit)
    services.notice_sign_for(officer=who, notice_id=notice.pk, now=HELD)
    slip = NoticeService.objects.get(notice=notice)
    assert (slip.way, slip.recipient, slip.served_at) == ("electronic", who.name, HELD)


# Interview, plan, report ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("talk", ["问：为什么逾期？", "答：没有警力。", "双方谈话。", "问：\n答：没有警力。"])
def test_a_record_has_both_sides(talk: str) -> None:
    with pytest.raises(NoticeRefused, match="both sides"):
        hold(serve(notice_issued()), talk=talk)


def test_an_interview_does_not_end_before_it_began() -> None:
    with pytest.raises(NoticeRefused) as refused:
        hold(serve(notice_issued()), ended_at=MEETING - timedelta(minutes=1))
    assert refused.value.field == "ended_at"


@pytest.mark.parametrize(
    ("now", "is_late"), [(datetime(2024, 5, 27, 15, 59, tzinfo=HELD.tzinfo), False), (HELD + timedelta(days=6), True)]
)
def test_a_late_plan_is_taken_and_marked(now: datetime, is_late: bool) -> None:
    notice = hand_in(notice_held(), "plan", now=now, attached=PDF)
    paper = NoticePaper.objects.get(notice=notice)
    assert (notice.state, paper.is_late, paper.due_on) == (S.PLANNED, is_late, date(2024, 5, 27))
    assert bytes(paper.pdf or b"") == PDF.data


# Check again ----------------------------------------------------------------------------------------------------------
def test_escalating_presses_the_matters_further() -> None:
    one, other = matter(), matter()
    notice = notice_reported(None, one)
    one.refresh_from_db()
    assert one.escalation == Escalation.INTERVIEW
    ACTS["escalate"](officer(R.DISCIPLINE), notice)
    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.escalation, other.escalation) == (Escalation.CIRCULATED, Escalation.NONE)


def test_a_unit_that_does_not_report_is_escalated_once_its_date_has_passed() -> None:
    notice, who = notice_held(), officer(R.DISCIPLINE)
    given: dict[str, Any] = {"officer": who, "notice_id": notice.pk, "strikes_off": False, "note": "未报送"}
    with pytest.raises(NoticeRefused, match="still has time"):
        services.notice_recheck(**given, now=datetime(2024, 6, 3, 23, 59, tzinfo=HELD.tzinfo))
    services.notice_recheck(**given, now=datetime(2024, 6, 4, 0, 0, tzinfo=HELD.tzinfo))
    assert fresh(notice).state == S.ESCALATED


# Appeal ---------------------------------------------------------------------------------------------------------------
def test_an_open_appeal_keeps_the_last_word_back() -> None:
    notice = appeal(notice_reported())
    for name in ("strike_off", "escalate"):
        with pytest.raises(NoticeRefused, match="decide the appeal first"):
            ACTS[name](officer(R.DISCIPLINE), notice)
    ACTS["refuse_appeal"](officer(R.LEADER), notice)
    assert NoticeAppeal.objects.get(notice=notice).state == NoticeAppeal.State.REFUSED
    ACTS["strike_off"](officer(R.DISCIPLINE), notice)


def test_a_granted_appeal_makes_the_notice_void_and_its_number_stays() -> None:
    notice = appeal(notice_issued())
    ACTS["grant_appeal"](officer(R.LEADER), notice)
    now = fresh(notice)
    assert (now.state, now.number, now.is_appealed) == (S.VOID, notice.number, False)


def test_the_last_day_to_appeal_counts_and_the_day_after_does_not() -> None:
    late = datetime(2024, 5, 25, 0, 0, tzinfo=HELD.tzinfo)
    with pytest.raises(NoticeRefused, match="The last day to appeal was 2024-05-24"):
        appeal(notice_issued(), now=late)
    assert appeal(notice_issued(), now=late - timedelta(seconds=1)).is_appealed


def test_a_unit_appeals_once() -> None:
    notice = appeal(notice_issued())
    ACTS["refuse_appeal"](officer(R.LEADER), notice)
    with pytest.raises(MovedMeanwhile):
        appeal(notice)


def test_an_open_appeal_lapses_with_its_notice() -> None:
    notice = appeal(notice_issued())
    ACTS["void"](officer(R.LEADER), notice)
    assert NoticeAppeal.objects.get(notice=notice).state == NoticeAppeal.State.LAPSED


def test_there_is_nothing_to_decide_without_an_appeal() -> None:
    with pytest.raises(NoticeRefused, match="no appeal"):
        ACTS["grant_appeal"](officer(R.LEADER), notice_issued())


# What happened is never rewritten -------------------------------------------------------------------------------------
def test_the_database_refuses_to_change_history_and_issued_papers() -> None:
    notice = notice_issued()
    for rows in (NoticeEvent.objects.filter(notice=notice), notice.documents.all()):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            rows.update(notice=notice)
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            rows.delete()


def test_an_edit_after_the_review_was_read_is_not_signed_unread() -> None:
    notice = notice_reviewed()
    services.notice_send_back(officer=officer(R.LEADER), notice_id=notice.pk, note="改", now=SUNDAY)
    read = fresh(notice)
    ACTS["edit"](officer(R.CENTRE), read)
    with pytest.raises(MovedMeanwhile, match="edited the draft"):
        services.notice_review(officer=officer(R.DISCIPLINE), notice_id=notice.pk, version=read.version, now=SUNDAY)
    review(notice)
    with pytest.raises(MovedMeanwhile):
        services.notice_sign(officer=officer(R.LEADER), notice_id=notice.pk, version=read.version, now=SUNDAY)
    assert sign(notice).number == 1
