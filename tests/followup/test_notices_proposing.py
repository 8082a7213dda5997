"""Notices drafted by rule, once for each ground, and units reminded once of each date."""

import threading
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction
from django.utils import translation

from accounts.models import AuditEvent, Role, Unit
from feedback.models import Kind
from followup.models import FollowUp, InterviewNotice, NoticeEvent, NoticeRule
from followup.notices import services, tasks
from followup.notices.grounds import Counted
from followup.notices.models import NoticeState
from followup.notices.proposing import notices_propose, unit_rates
from followup.notices.reminding import units_remind
from followup.notices.services import NoticeRefused
from measures.models import CalendarDay, DeadlineRule, MatterState, Rectification, RectificationVoice
from opinion_portal import clock
from tests.feedback.queue_cast import confirm, officer, voice
from tests.followup.notices import (
    SUNDAY,
    draft,
    fresh,
    hand_in,
    head_of,
    hold,
    matter,
    notice_drafted,
    notice_issued,
    papers_quick,
    review,
    serve,
    sign,
    station,
)  # fmt: skip

pytestmark = pytest.mark.django_db
# Five working days after Friday 2024-05-10: Saturday the 11th was worked.
THURSDAY = datetime(2024, 5, 16, 9, 20, tzinfo=clock.BUREAU_ZONE)


@pytest.fixture(autouse=True)
def _english_and_quick(monkeypatch: pytest.MonkeyPatch) -> Any:
    papers_quick(monkeypatch)
    with translation.override("en"):
        yield


def _proposed() -> list[InterviewNotice]:
    return list(InterviewNotice.objects.filter(drafted_by=None).order_by("id"))


def _named(notice: InterviewNotice) -> set[int]:
    return set(notice.matters.values_list("rectification_id", flat=True))


# Overdue --------------------------------------------------------------------------------------------------------------
def test_a_matter_five_working_days_overdue_is_drafted_and_one_of_four_is_not() -> None:
    late = matter(due_on=date(2024, 5, 10))
    matter(due_on=date(2024, 5, 11))
    assert notices_propose(now=THURSDAY - timedelta(days=1)) == 0
    assert notices_propose(now=THURSDAY) == 1
    notice = _proposed()[0]
    assert (notice.unit, notice.state, notice.rule_code) == (station(), NoticeState.DRAFT, "overdue")
    assert _named(notice) == {late.pk}
    assert notice.matters.get().days_late == 5
    assert notice.facts == "截至2024年5月16日，你单位承办的1件群众诉求事项超过办理期限5个工作日以上，仍未办结反馈。"


def test_the_number_of_days_is_the_deadline_tables_and_the_calendar_is_the_bureaus() -> None:
    matter(due_on=date(2024, 5, 10))
    DeadlineRule.objects.filter(step="notice").update(amount=6)
    assert notices_propose(now=THURSDAY) == 0
    DeadlineRule.objects.filter(step="notice").update(amount=5)
    CalendarDay.objects.create(day="2024-05-15", is_working=False, reason="全局培训")
    assert notices_propose(now=THURSDAY) == 0
    assert notices_propose(now=THURSDAY + timedelta(days=1)) == 1


def test_a_number_in_the_rule_itself_goes_before_the_deadline_table() -> None:
    matter(due_on=date(2024, 5, 10))
    NoticeRule.objects.filter(code="overdue").update(amount=6)
    assert notices_propose(now=THURSDAY) == 0


def test_the_history_and_the_audit_log_say_which_rule_it_was() -> None:
    late = matter(due_on=date(2024, 5, 10))
    notices_propose(now=THURSDAY)
    event = NoticeEvent.objects.get(move="propose")
    assert (event.officer, event.actor_label) == (None, "system")
    assert event.data == {"rule": "overdue", "version": 1, "days": 5, "matters": [late.pk]}
    assert AuditEvent.objects.get(action="notice.propose").actor is None


def test_a_rule_that_is_switched_off_drafts_nothing() -> None:
    matter(due_on=date(2024, 5, 10))
    NoticeRule.objects.update(is_active=False)
    assert notices_propose(now=THURSDAY) == 0


def test_one_notice_a_unit_names_all_its_late_matters() -> None:
    ours, theirs = [matter(), matter()], matter(station("station-danan"))
    assert notices_propose(now=THURSDAY) == 2
    assert {notice.unit.code: _named(notice) for notice in _proposed()} == {
        "station-huangcheng": {one.pk for one in ours},
        "station-danan": {theirs.pk},
    }


# Once -----------------------------------------------------------------------------------------------------------------
def test_running_again_drafts_nothing_more() -> None:
    matter()
    assert [notices_propose(now=THURSDAY) for _run in range(3)] == [1, 0, 0]


def test_the_same_lateness_is_not_drafted_again_when_its_draft_was_cancelled() -> None:
    matter()
    notices_propose(now=THURSDAY)
    services.notice_cancel(officer=officer(Role.CENTRE), notice_id=_proposed()[0].pk, note="已口头提醒", now=THURSDAY)
    assert notices_propose(now=THURSDAY + timedelta(days=5)) == 0


def test_a_new_limit_that_is_missed_again_is_a_new_lateness() -> None:
    one = matter()
    notices_propose(now=THURSDAY)
    services.notice_cancel(officer=officer(Role.CENTRE), notice_id=_proposed()[0].pk, note="同意延期", now=THURSDAY)
    Rectification.objects.filter(pk=one.pk).update(due_at=clock.day_start(date(2024, 5, 18)))
    assert notices_propose(now=THURSDAY + timedelta(days=4)) == 0
    assert notices_propose(now=THURSDAY + timedelta(days=8)) == 1


def test_what_is_late_while_a_notice_is_open_waits_for_its_end() -> None:
    first = matter(due_on=date(2024, 5, 10))
    notices_propose(now=THURSDAY)
    second = matter(due_on=date(2024, 5, 11))
    later = THURSDAY + timedelta(days=4)
    assert notices_propose(now=later) == 0
    services.notice_cancel(officer=officer(Role.CENTRE), notice_id=_proposed()[0].pk, note="重拟", now=later)
    assert notices_propose(now=later) == 1
    assert [_named(notice) for notice in _proposed()] == [{first.pk}, {second.pk}]


def test_what_the_centre_drafted_by_hand_is_not_proposed_beside_it() -> None:
    one = matter()
    notice = notice_drafted(None, one)
    assert notices_propose(now=THURSDAY) == 0
    services.notice_cancel(officer=officer(Role.CENTRE), notice_id=notice.pk, note="写错", now=THURSDAY)
    assert notices_propose(now=THURSDAY) == 1


def test_the_database_knows_one_open_notice_a_unit_and_rule() -> None:
    matter()
    notices_propose(now=THURSDAY)
    one = _proposed()[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        InterviewNotice.objects.create(unit=one.unit, facts="x", rule=one.rule, rule_code=one.rule_code)


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_draft_one_notice() -> None:
    matter()
    gate, made = threading.Barrier(4), []

    def beat() -> None:
        gate.wait()
        made.append(notices_propose(now=THURSDAY))
        connections.close_all()

    threads = [threading.Thread(target=beat) for _beat in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [0, 0, 0, 1]
    assert len(_proposed()) == 1


# Dissatisfied, below a floor ------------------------------------------------------------------------------------------
def test_the_same_matter_twice_dissatisfied_is_drafted_and_again_only_when_it_happens_again() -> None:
    one = matter(due_on=date(2024, 6, 3), dissatisfied_count=2)
    matter(due_on=date(2024, 6, 3), dissatisfied_count=1)
    assert notices_propose(now=THURSDAY) == 1
    notice = _proposed()[0]
    assert (notice.rule_code, _named(notice)) == ("dissatisfied", {one.pk})
    services.notice_cancel(officer=officer(Role.CENTRE), notice_id=notice.pk, note="已处理", now=THURSDAY)
    assert notices_propose(now=THURSDAY) == 0
    Rectification.objects.filter(pk=one.pk).update(dissatisfied_count=3)
    assert notices_propose(now=THURSDAY) == 1


def test_two_grounds_are_two_notices() -> None:
    matter(dissatisfied_count=2)
    assert notices_propose(now=THURSDAY) == 2
    assert {notice.rule_code for notice in _proposed()} == {"overdue", "dissatisfied"}


def _answers(unit: Unit, satisfied: int, dissatisfied: int) -> None:
    one = matter(unit, due_on=date(2024, 6, 3), state=MatterState.FOLLOWING_UP)
    said = [voice() for _one in range(satisfied + dissatisfied)]
    for place, feedback in enumerate(said):
        FollowUp.objects.create(
            rectification=one, feedback=feedback, round=0, way="sms", state="answered", token_digest=place.to_bytes(32),
            due_at=THURSDAY, expires_at=THURSDAY, answered_at=THURSDAY - timedelta(days=1), answered_by="sms",
            answer="satisfied" if place < satisfied else "dissatisfied",
        )  # fmt: skip


@pytest.mark.parametrize(("satisfied", "dissatisfied", "made"), [(9, 21, 1), (14, 16, 0), (2, 10, 0)])
def test_a_rate_is_below_its_floor_only_with_enough_answers_and_its_whole_interval(
    satisfied: int, dissatisfied: int, made: int
) -> None:
    _answers(station(), satisfied, dissatisfied)
    assert notices_propose(now=THURSDAY) == made
    if made:
        assert _proposed()[0].rule_code == "satisfied-floor"
        assert "30份" in _proposed()[0].facts


def test_a_floor_is_not_spoken_of_again_within_its_window() -> None:
    _answers(station(), 3, 30)
    notices_propose(now=THURSDAY)
    services.notice_cancel(officer=officer(Role.CENTRE), notice_id=_proposed()[0].pk, note="新任", now=THURSDAY)
    assert notices_propose(now=THURSDAY + timedelta(days=80)) == 0


def test_in_time_is_what_was_answered_within_the_running_limit() -> None:
    sent, due = THURSDAY - timedelta(days=10), THURSDAY - timedelta(days=3)
    common: dict[str, Any] = {"dispatched_at": sent, "due_at": due}
    matter(state=MatterState.CLOSED, submitted_at=due - timedelta(hours=1), closing="heard", closing_reason="满意",
           closed_at=THURSDAY, **common)  # fmt: skip
    matter(state=MatterState.SUBMITTED, submitted_at=due + timedelta(hours=1), **common)
    # Reopened: the answer of the round before is no answer to this one.
    matter(state=MatterState.HANDLING, submitted_at=sent - timedelta(days=1), **common)
    matter(state=MatterState.SUSPENDED, **common)
    matter(state=MatterState.HANDLING, is_left_out=True, **common)
    assert unit_rates("on_time", THURSDAY - timedelta(days=90), THURSDAY) == {station().pk: Counted(1, 3)}


# Never what accuses the unit ------------------------------------------------------------------------------------------
def test_a_matter_with_an_accusation_against_the_unit_is_neither_proposed_nor_picked_nor_signed() -> None:
    one = matter()
    signed_too_late = review(notice_drafted(None, one))
    said = confirm(voice(), about=station(), kind=Kind.COMPLAINT)
    RectificationVoice.objects.create(rectification=one, feedback=said)
    assert notices_propose(now=THURSDAY) == 0
    with pytest.raises(NoticeRefused, match="may not know"):
        notice_drafted(None, one)
    with pytest.raises(NoticeRefused, match="about the unit itself"):
        sign(signed_too_late)


# Taking over ----------------------------------------------------------------------------------------------------------
def test_a_proposal_has_a_drafter_once_the_centre_takes_it_over() -> None:
    one = matter()
    notices_propose(now=THURSDAY)
    notice = _proposed()[0]
    with pytest.raises(NoticeRefused, match="take it over"):
        review(notice)
    who = officer(Role.CENTRE)
    services.notice_edit(officer=who, notice_id=notice.pk, matter_ids=[one.pk], draft=draft(), version=1, now=THURSDAY)
    assert fresh(notice).drafted_by == who
    assert sign(review(notice)).number == 1


# Reminders ------------------------------------------------------------------------------------------------------------
def _told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    told: list[tuple[str, str]] = []
    monkeypatch.setattr(
        "followup.notices.reminding.sms_queue",
        lambda *, text_code, values, **_whom: told.append((text_code, values["date"])),
    )
    return told


def test_the_head_is_told_at_the_signature_and_before_plan_and_report_are_due(monkeypatch: pytest.MonkeyPatch) -> None:
    told = _told(monkeypatch)
    head_of()
    notice = hold(serve(notice_issued()))
    friday = datetime(2024, 5, 24, 8, 25, tzinfo=clock.BUREAU_ZONE)
    assert units_remind(now=friday - timedelta(days=1)) == 0
    assert [units_remind(now=friday) for _run in range(2)] == [1, 0]
    hand_in(notice, "plan", now=friday)
    assert units_remind(now=datetime(2024, 5, 31, 8, 25, tzinfo=clock.BUREAU_ZONE)) == 1
    hand_in(notice, "report", now=friday)
    once = list(dict.fromkeys(told))  # who hands in is one more head
    assert once == [("unit-notice", "5月22日"), ("unit-notice-due", "5月27日"), ("unit-notice-due", "6月3日")]


def test_what_is_handed_in_or_over_is_not_reminded_of() -> None:
    hand_in(hand_in(hold(serve(notice_issued())), "plan"), "report")
    void = notice_issued(station("station-danan"))
    services.notice_void(officer=officer(Role.LEADER), notice_id=void.pk, note="认定有误", now=SUNDAY)
    assert units_remind(now=SUNDAY + timedelta(days=60)) == 0


def test_the_beat_calls_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: THURSDAY)
    matter()
    assert (tasks.draft_notices(), tasks.remind_units()) == (1, 0)
