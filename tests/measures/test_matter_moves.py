"""A matter's way: every move of the table, who may make it, and what is refused."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connections
from django.utils import translation

from accounts.models import AuditEvent, Officer, Role, Unit
from feedback.models import Kind, State
from measures import services
from measures.models import (
    CalendarDay,
    Closing,
    Escalation,
    MatterRequest,
    MatterState,
    Rectification,
    RectificationEvent,
)
from measures.moves import MOVES, By
from measures.requests import request_ask, request_decide
from measures.selectors import matters_visible, moves_for, working_calendar
from measures.services import MatterRefused, MovedMeanwhile
from opinion_portal import clock
from tests.feedback.queue_cast import centre, confirm, officer, voice
from tests.measures.matters import (
    BRIEF,
    closed,
    confirmed,
    dispatched,
    handled,
    head,
    order,
    shown,
    submitted,
    unit,
)  # fmt: skip

pytestmark = pytest.mark.django_db
S = MatterState


@pytest.fixture(autouse=True)
def _english() -> Any:
    with translation.override("en"):
        yield


def at(monkeypatch: pytest.MonkeyPatch, text: str) -> datetime:
    """Let it be ``text`` (a bureau time)."""
    moment = datetime.fromisoformat(text).replace(tzinfo=clock.BUREAU_ZONE)
    monkeypatch.setattr(clock, "now", lambda: moment)
    return moment


def last_day(matter: Rectification) -> date:
    return clock.bureau_day(matter.due_at - timedelta(seconds=1))


def fresh(matter: Rectification) -> Rectification:
    return Rectification.objects.get(pk=matter.pk)


# Dispatch ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("sent", "due"),
    [
        ("2024-05-19T10:00", date(2024, 5, 24)),  # a Sunday, as the first notice was
        ("2024-12-27T23:59", date(2025, 1, 6)),  # over New Year's Day
        ("2026-12-30T09:00", date(2027, 1, 6)),  # beyond the package's data: weekdays
    ],
)
def test_the_clock_runs_five_working_days_from_dispatch(monkeypatch: pytest.MonkeyPatch, sent: str, due: date) -> None:
    at(monkeypatch, sent)
    assert last_day(dispatched()) == due


def test_a_day_in_the_bureaus_table_moves_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    CalendarDay.objects.create(day=date(2027, 1, 1), is_working=False, reason="元旦")
    at(monkeypatch, "2026-12-30T09:00")
    assert last_day(dispatched()) == date(2027, 1, 7)


def test_one_day_from_a_friday_before_a_make_up_saturday_is_that_saturday(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2024-05-10T17:00")
    matter = handled(dispatched())
    request = request_ask(rectification_id=matter.pk, officer=head(), kind="extension", reason="等鉴定", days=1)
    at(monkeypatch, "2024-05-20T09:00")  # past the limit: the day is added to this one
    request_decide(request_id=request.pk, officer=centre(), grants=True, note="同意")
    assert last_day(fresh(matter)) == date(2024, 5, 21)
    assert working_calendar().add(date(2024, 5, 10), 1) == date(2024, 5, 11)


def test_signing_late_does_not_move_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2024-05-20T09:00")
    matter = dispatched()
    at(monkeypatch, "2024-05-24T17:00")
    assert handled(matter).due_at == matter.due_at


def test_many_voices_become_one_matter_and_each_has_one_fate() -> None:
    first, second = confirmed(), confirmed("夜里烧烤摊太吵")
    matter = dispatched(first, second)
    assert {link.feedback_id for link in matter.voices.all()} == {first.pk, second.pk}
    with pytest.raises(MovedMeanwhile, match=matter.reference):
        dispatched(second)


def test_only_confirmed_voices_are_dispatched() -> None:
    undecided = voice("烧烤店太吵")
    with pytest.raises(MatterRefused, match="not confirmed"):
        dispatched(undecided)
    with pytest.raises(MatterRefused, match="Choose the messages"):
        services.rectification_dispatch(officer=centre(), feedback_ids=[10**12], order=order())


@pytest.mark.parametrize("field", ["title", "brief", "item"])
def test_nothing_is_dispatched_without(field: str) -> None:
    empty: dict[str, Any] = {field: ""}
    with pytest.raises(MatterRefused) as refused:
        dispatched(**empty)
    assert refused.value.field == field


@pytest.mark.parametrize("secret", ["13812345678", "辽A12345", "210103199001011234"])
def test_what_names_a_person_or_a_vehicle_never_goes_to_a_unit(secret: str) -> None:
    with pytest.raises(MatterRefused, match="Take it out"):
        dispatched(brief=f"{BRIEF}{secret}", brief_is_checked=True)


def test_a_flat_or_a_name_goes_out_only_when_the_centre_says_that_it_does_no_harm() -> None:
    brief = "我叫张小明，3号楼2单元501，楼下太吵"
    with pytest.raises(MatterRefused, match="may still tell"):
        dispatched(brief=brief)
    assert dispatched(brief=brief, brief_is_checked=True).brief == brief


def test_a_matter_goes_to_no_whole_bureau() -> None:
    with pytest.raises(MatterRefused, match="not to the whole bureau"):
        dispatched(lead_unit=Unit.objects.get(kind=Unit.Kind.BUREAU))


def test_a_complaint_never_goes_to_the_unit_it_is_about_nor_to_one_above_it() -> None:
    station = Unit.objects.get(code="station-huangcheng")
    post = Unit.objects.create(code="post", name="警务室", name_en="Post", kind=Unit.Kind.STATION, parent=station)
    about = confirm(voice("警务室民警态度差"), about=post)
    for target in (post, station):
        with pytest.raises(MatterRefused, match="may never read it"):
            dispatched(about, lead_unit=target, item="S1")
    with pytest.raises(MatterRefused) as refused:
        dispatched(about, item="S1", support_units=[station])
    assert refused.value.field == "support_units"
    assert dispatched(about, item="S1", lead_unit=unit("discipline")).pk


def test_praise_may_go_to_the_unit_that_earned_it() -> None:
    station = Unit.objects.get(code="station-huangcheng")
    praise = confirm(voice("皇城派出所民警帮我找回了钱包"), about=station, kind=Kind.PRAISE)
    assert dispatched(praise, lead_unit=station, item="S3").lead_unit == station


def test_a_matter_that_turns_out_to_be_about_its_unit_disappears_from_that_unit() -> None:
    station = Unit.objects.get(code="station-huangcheng")
    one = confirmed()
    matter = dispatched(one, lead_unit=station)
    reader = head(station)
    assert matters_visible(reader).filter(pk=matter.pk).exists()
    confirm(one, about=station)
    assert not matters_visible(reader).filter(pk=matter.pk).exists()
    assert matters_visible(centre()).filter(pk=matter.pk).exists()


@pytest.mark.parametrize(
    "role", [role for role in Role if role not in {Role.CENTRE, Role.DISCIPLINE}], ids=lambda role: role.value
)
def test_nobody_but_the_centre_dispatches(role: Role) -> None:
    with pytest.raises(PermissionDenied):
        dispatched(by=officer(role))


# The way through -----------------------------------------------------------------------------------------------------
def test_the_whole_way_is_told_in_its_events_and_in_the_audit_log() -> None:
    matter = closed(dispatched())
    moves = list(RectificationEvent.objects.filter(rectification=matter).values_list("move", "from_state", "to_state"))
    assert moves == [
        ("dispatch", "", S.DISPATCHED),
        ("acknowledge", S.DISPATCHED, S.HANDLING),
        ("evidence_add", S.HANDLING, S.HANDLING),
        ("submit", S.HANDLING, S.SUBMITTED),
        ("pass", S.SUBMITTED, S.FOLLOWING_UP),
        ("close", S.FOLLOWING_UP, S.CLOSED),
    ]
    acts = AuditEvent.objects.filter(object_type="matter", object_id=str(matter.pk)).order_by("id")
    assert [act.action for act in acts] == [f"matter.{move}" for move, _from, _to in moves]


def test_an_answer_needs_words_and_evidence() -> None:
    matter = handled(dispatched())
    with pytest.raises(MatterRefused) as refused:
        services.rectification_submit(rectification_id=matter.pk, officer=head(), result="已处理")
    assert refused.value.field == "evidence"


def test_review_sends_back_with_a_reason_and_counts_it() -> None:
    matter = submitted(dispatched())
    with pytest.raises(MatterRefused):
        services.rectification_review(rectification_id=matter.pk, officer=centre(), passes=False)
    services.rectification_review(rectification_id=matter.pk, officer=centre(), passes=False, note="没有夜间照片")
    matter = fresh(matter)
    assert (matter.state, matter.rework_count) == (S.HANDLING, 1)


def test_passing_needs_what_the_resident_will_read() -> None:
    matter = submitted(dispatched())
    with pytest.raises(MatterRefused) as refused:
        services.rectification_review(rectification_id=matter.pk, officer=centre(), passes=True)
    assert refused.value.field == "public_reply"


def test_nobody_of_a_handling_unit_reviews_or_closes() -> None:
    own = unit("centre")
    matter = submitted(dispatched(support_units=[own]))
    insider = officer(Role.CENTRE, own)
    with pytest.raises(PermissionDenied):
        services.rectification_review(rectification_id=matter.pk, officer=insider, passes=True, public_reply="好")
    services.rectification_review(rectification_id=matter.pk, officer=centre(), passes=True, public_reply="好")
    with pytest.raises(PermissionDenied):
        services.rectification_close(
            rectification_id=matter.pk, actor=insider, closing=Closing.IMPOSSIBLE, note="打不通"
        )


def test_the_database_refuses_a_closed_matter_that_does_not_say_why() -> None:
    matter = dispatched()
    with pytest.raises(DatabaseError):
        Rectification.objects.filter(pk=matter.pk).update(state="closed", closed_at=clock.now())


def test_a_dissatisfied_resident_reopens_even_a_closed_matter_and_the_clock_starts_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at(monkeypatch, "2024-05-20T09:00")
    matter = closed(dispatched())
    at(monkeypatch, "2024-06-03T09:00")
    services.rectification_reopen(rectification_id=matter.pk, actor="resident", note="还是吵")
    matter = fresh(matter)
    assert (matter.state, matter.dissatisfied_count, matter.closing, last_day(matter)) == (
        S.HANDLING, 1, "", date(2024, 6, 11),
    )  # fmt: skip  # 10 June 2024 was the Dragon Boat Festival


def test_what_happened_to_a_matter_cannot_be_rewritten() -> None:
    matter = dispatched()
    with pytest.raises(DatabaseError):
        RectificationEvent.objects.filter(rectification=matter).update(note="nie gewesen")


# Requests ------------------------------------------------------------------------------------------------------------
def ask(matter: Rectification, kind: str, **fields: Any) -> MatterRequest:
    who = head(matter.lead_unit)
    return request_ask(rectification_id=matter.pk, officer=who, kind=kind, reason="不属本单位", **fields)


def decide(request: MatterRequest, *, grants: bool, by: Any = None) -> None:
    request_decide(request_id=request.pk, officer=by or centre(), grants=grants, note="已核实")


def test_an_agreed_return_goes_to_another_unit_with_a_new_clock_and_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = at(monkeypatch, "2024-05-20T09:00")
    matter = dispatched()
    decide(ask(matter, "return"), grants=True)
    assert fresh(matter).state == S.RETURNED
    at(monkeypatch, "2024-05-22T09:00")
    services.rectification_redispatch(
        rectification_id=matter.pk, officer=centre(), order=order(lead_unit=unit("traffic"))
    )
    matter = fresh(matter)
    assert (matter.state, matter.lead_unit.code, matter.return_count) == (S.DISPATCHED, "traffic", 1)
    assert (matter.first_dispatched_at, last_day(matter)) == (first, date(2024, 5, 29))


def test_a_refused_return_designates_the_unit_which_may_not_ask_again() -> None:
    matter = dispatched()
    decide(ask(matter, "return"), grants=False)
    assert fresh(matter).is_designated
    with pytest.raises(MatterRefused, match="designated"):
        ask(matter, "return")
    assert "ask_return" not in {move.name for move in moves_for(head(), fresh(matter))}


def test_a_return_after_five_working_days_is_too_late(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2024-05-20T09:00")
    matter = dispatched()
    at(monkeypatch, "2024-05-27T23:59")
    assert ask(dispatched(confirmed("b")), "return").pk
    ask(matter, "return")
    at(monkeypatch, "2024-05-28T00:00")
    other = dispatched(confirmed("c"))
    Rectification.objects.filter(pk=other.pk).update(dispatched_at=matter.dispatched_at)
    with pytest.raises(MatterRefused, match="have passed"):
        ask(other, "return")


def test_an_extension_is_added_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2024-05-20T09:00")
    matter = handled(dispatched())  # due on Monday the 27th
    decide(ask(matter, "extension", days=3), grants=True)
    matter = fresh(matter)
    assert (last_day(matter), matter.extension_count) == (date(2024, 5, 30), 1)


@pytest.mark.parametrize("days", [0, -1, 31, None])
def test_an_extension_has_bounds(days: int | None) -> None:
    with pytest.raises(MatterRefused):
        ask(handled(dispatched()), "extension", days=days)


def test_the_clock_goes_on_while_a_request_waits_and_the_same_is_not_asked_twice() -> None:
    matter = handled(dispatched())
    ask(matter, "extension", days=3)
    assert fresh(matter).due_at == matter.due_at
    with pytest.raises(MovedMeanwhile, match="asked already"):
        ask(matter, "extension", days=5)


def test_a_suspension_is_granted_by_a_leader_alone_and_closed_by_one() -> None:
    matter = handled(dispatched())
    request = ask(matter, "suspension")
    with pytest.raises(PermissionDenied):
        decide(request, grants=True)
    leader = officer(Role.LEADER)
    decide(request, grants=True, by=leader)
    assert fresh(matter).state == S.SUSPENDED
    services.rectification_close_suspended(rectification_id=matter.pk, officer=leader, note="须待旧城改造")
    matter = fresh(matter)
    assert (matter.state, matter.closing, matter.is_left_out) == (S.CLOSED, Closing.SUSPENDED, True)


def test_a_suspended_matter_is_taken_up_again_with_a_new_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2024-05-20T09:00")
    matter = handled(dispatched())
    decide(ask(matter, "suspension"), grants=True, by=officer(Role.LEADER))
    at(monkeypatch, "2024-07-01T09:00")
    services.rectification_resume(rectification_id=matter.pk, officer=centre(), note="条件具备")
    assert last_day(fresh(matter)) == date(2024, 7, 8)


def test_an_appeal_needs_an_answer_to_appeal_against_and_leaves_the_rates_when_granted() -> None:
    with pytest.raises(MatterRefused, match="answer of the resident"):
        ask(handled(dispatched()), "appeal")
    matter = closed(dispatched(confirmed("d")))
    services.rectification_reopen(rectification_id=matter.pk, actor="resident", note="不满意")
    decide(ask(matter, "appeal"), grants=True)
    matter = fresh(matter)
    assert (matter.state, matter.closing, matter.is_left_out) == (S.CLOSED, Closing.APPEALED, True)


def test_a_request_lapses_when_the_matter_goes_another_way() -> None:
    matter = handled(dispatched())
    request = ask(matter, "extension", days=2)
    services.rectification_hand_over(rectification_id=matter.pk, officer=centre(), to="110", note="有人持刀")
    request.refresh_from_db()
    assert (fresh(matter).state, request.state) == (S.HANDED_110, "lapsed")


def test_nobody_decides_his_own_request() -> None:
    request = ask(handled(dispatched()), "extension", days=2)
    with pytest.raises(DatabaseError):
        MatterRequest.objects.filter(pk=request.pk).update(
            state="granted", decided_by=request.asked_by, decided_at=clock.now()
        )


def test_a_supervision_slip_is_issued_once() -> None:
    matter = dispatched()
    services.rectification_supervise(rectification_id=matter.pk, officer=centre(), note="三日未签收")
    assert fresh(matter).escalation == "supervised"
    with pytest.raises(MovedMeanwhile):
        services.rectification_supervise(rectification_id=matter.pk, officer=centre(), note="再督")


def test_escalation_never_goes_back() -> None:
    matter = dispatched()
    for level in ("circulated", "interview"):
        services.rectification_escalate(
            rectification_ids=[matter.pk], to=Escalation(level), actor="system", note="约谈"
        )
    assert fresh(matter).escalation == "circulated"
    assert RectificationEvent.objects.filter(rectification=matter, move__startswith="escalate").count() == 1


# Who, and from where -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", [Role.STATION_OFFICER, Role.UNIT_HEAD], ids=lambda role: role.value)
def test_a_unit_can_do_nothing_with_the_matter_of_another(role: Role) -> None:
    stranger = officer(role, unit("traffic"))
    assert moves_for(stranger, dispatched()) == []
    with pytest.raises(PermissionDenied):
        services.rectification_acknowledge(rectification_id=dispatched(confirmed("e")).pk, officer=stranger)


def test_a_supporting_unit_signs_and_notes_but_does_not_answer() -> None:
    matter = dispatched(support_units=[unit("command")])
    helper = head(unit("command"))
    handled(matter, helper)
    assert {move.name for move in moves_for(helper, matter)} == {"progress", "evidence_add"}


_WHO: dict[By, Callable[[], Officer]] = {
    By.CENTRE: centre,
    By.UNIT: head,
    By.HEAD: head,
    By.LEADER: lambda: officer(Role.LEADER),
    By.FOLLOWUP: centre,
}


@pytest.mark.parametrize("name", sorted(MOVES))
def test_a_move_is_offered_exactly_from_the_states_of_the_table(name: str) -> None:
    move = MOVES[name]
    matter = dispatched(confirmed(f"m {name}"))
    kind = name.partition("_")[2]
    if name.startswith(("grant_", "refuse_")):
        MatterRequest.objects.create(
            rectification=matter, kind=kind, reason="x", asked_by=head(), unit=unit(), asked_at=clock.now()
        )
    who = _WHO[move.by]()
    for state in S.values:
        matter.state = state
        offered = name in {one.name for one in moves_for(who, matter)}
        assert offered is (state in move.frm and move.by is not By.FOLLOWUP), state


def _recall(matter: Rectification) -> None:
    voices = list(matter.voices.values_list("feedback_id", flat=True))
    services.rectification_recall(
        rectification_id=matter.pk, officer=centre(), about=matter.lead_unit, voice_ids=voices, note="x"
    )


_CALLS: dict[str, Callable[[Rectification], None]] = {
    "acknowledge": lambda m: services.rectification_acknowledge(rectification_id=m.pk, officer=head()),
    "progress": lambda m: services.rectification_progress(rectification_id=m.pk, officer=head(), note="x"),
    "pass": lambda m: services.rectification_review(
        rectification_id=m.pk, officer=centre(), passes=True, public_reply="x"
    ),
    "rework": lambda m: services.rectification_review(rectification_id=m.pk, officer=centre(), passes=False, note="x"),
    "recall": _recall,
    "close": lambda m: services.rectification_close(
        rectification_id=m.pk, actor="system", closing=Closing.HEARD, note="x"
    ),
    "reopen": lambda m: services.rectification_reopen(rectification_id=m.pk, actor="resident", note="x"),
    "redispatch": lambda m: services.rectification_redispatch(rectification_id=m.pk, officer=centre(), order=order()),
    "resume": lambda m: services.rectification_resume(rectification_id=m.pk, officer=centre(), note="x"),
    "supervise": lambda m: services.rectification_supervise(rectification_id=m.pk, officer=centre(), note="x"),
    "hand_110": lambda m: services.rectification_hand_over(rectification_id=m.pk, officer=centre(), to="110", note="x"),
    "close_suspended": lambda m: services.rectification_close_suspended(
        rectification_id=m.pk, officer=officer(Role.LEADER), note="x"
    ),
}


@pytest.mark.parametrize("name", sorted(_CALLS))
def test_a_move_from_a_state_outside_the_table_changes_nothing_and_says_who_was_here(name: str) -> None:
    matter = dispatched(confirmed(f"n {name}"))
    for state in set(S.values) - MOVES[name].frm:
        Rectification.objects.filter(pk=matter.pk).update(
            state=state, closed_at=clock.now(), closing="heard", closing_reason="x"
        )
        before = Rectification.objects.filter(pk=matter.pk).values().get()
        with pytest.raises(MovedMeanwhile, match="was here at"):
            _CALLS[name](matter)
        assert Rectification.objects.filter(pk=matter.pk).values().get() == before


# At once -------------------------------------------------------------------------------------------------------------
def _at_once(*acts: Callable[[], object]) -> list[str]:
    """Run ``acts`` in threads of their own at the same moment; what each met with, "" for success."""
    barrier, outcomes = threading.Barrier(len(acts)), [""] * len(acts)

    def run(place: int, act: Callable[[], object]) -> None:
        try:
            with translation.override("en"):
                barrier.wait(10)
                act()
        except MatterRefused as refused:
            outcomes[place] = str(refused)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return outcomes


@pytest.mark.django_db(transaction=True)
def test_of_two_reviewers_one_wins_and_the_other_reads_who_did_what() -> None:
    matter, first, second = submitted(dispatched()), centre(), centre()
    outcomes = _at_once(
        lambda: services.rectification_review(
            rectification_id=matter.pk, officer=first, passes=True, public_reply="好"
        ),
        lambda: services.rectification_review(rectification_id=matter.pk, officer=second, passes=False, note="重办"),
    )
    assert sorted(map(bool, outcomes)) == [False, True]
    winner = (first, second)[outcomes.index("")]
    assert winner.name in next(filter(None, outcomes))
    assert RectificationEvent.objects.filter(rectification=matter, move__in=["pass", "rework"]).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_dispatchers_of_one_voice_one_wins_and_the_other_reads_the_matter() -> None:
    one, first, second = confirmed(), centre(), centre()
    outcomes = _at_once(lambda: dispatched(one, by=first), lambda: dispatched(one, by=second))
    assert sorted(map(bool, outcomes)) == [False, True]
    matter = Rectification.objects.get()
    assert matter.reference in next(filter(None, outcomes))


@pytest.mark.django_db(transaction=True)
def test_a_reviewer_and_an_appeal_at_once_leave_one_fate() -> None:
    matter = closed(dispatched())
    services.rectification_reopen(rectification_id=matter.pk, actor="resident", note="不满意")
    request = ask(matter, "appeal")
    who = head(matter.lead_unit)
    shown(matter, who)
    outcomes = _at_once(
        lambda: decide(request, grants=True),
        lambda: services.rectification_submit(rectification_id=matter.pk, officer=who, result="已再次处理"),
    )
    matter = fresh(matter)
    request.refresh_from_db()
    assert sorted(map(bool, outcomes)) == [False, True], outcomes
    assert (matter.state, request.state) in {(S.CLOSED, "granted"), (S.SUBMITTED, "lapsed")}


@pytest.mark.django_db(transaction=True)
def test_two_decisions_on_one_request_leave_one() -> None:
    request = ask(handled(dispatched()), "extension", days=2)
    outcomes = _at_once(lambda: decide(request, grants=True), lambda: decide(request, grants=False))
    assert sorted(map(bool, outcomes)) == [False, True]


def test_a_matter_of_invalid_voices_cannot_be() -> None:
    one = confirmed()
    one.state = State.INVALID
    one.save(update_fields=["state"])
    with pytest.raises(MatterRefused):
        dispatched(one)


def test_moments_are_stored_in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2024-05-20T00:30")  # the 19th in UTC
    assert last_day(dispatched()) == date(2024, 5, 27)
    assert fresh(Rectification.objects.get()).due_at.tzinfo == UTC
