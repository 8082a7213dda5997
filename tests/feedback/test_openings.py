"""A sealed contact is opened on request, by somebody else's decision, for a day, and never without a trace."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404

from accounts.models import AuditEvent, Officer, Role, Unit
from feedback.models import ContactOpening, Feedback, Kind, OpeningReason, OpeningState, State
from feedback.openings.selectors import opening_for, openings_for
from feedback.openings.services import (
    ChangedMeanwhile,
    OpeningRefused,
    contact_show,
    opening_approve,
    opening_refuse,
    opening_withdraw,
    openings_expire,
)
from feedback.resident.retention import CONTACT_DAYS, WORDS_YEARS, voices_expire
from feedback.services import contact_erase, feedback_withdraw
from feedback.tasks import expire_openings
from opinion_portal import clock
from opinion_portal.celery import app
from tests.feedback.openings_cast import (
    GONE,
    PHONE,
    WHY,
    approved,
    asked,
    custodian,
    discipline,
    fresh,
    hours_later,
    opened,
    refused,
    sealed,
)
from tests.feedback.queue_cast import centre, officer

pytestmark = pytest.mark.django_db

OUTSIDERS = [role for role in Role if role not in {Role.CENTRE, Role.DISCIPLINE}]


def _acts(action: str) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action=action).order_by("id"))


# Asking -----------------------------------------------------------------------------------------------------------
def test_a_request_waits_for_a_custodian_and_stands_in_the_audit_log() -> None:
    feedback, who = sealed(), centre()
    opening = fresh(asked(feedback, who))
    assert (opening.state, opening.asked_by, opening.decided_by) == (OpeningState.ASKED, who, None)
    assert opening.expires_at - opening.asked_at == timedelta(hours=72)
    (act,) = _acts("contact.ask")
    assert (act.actor, act.object_type, act.object_id, act.reason) == (who, "feedback", str(feedback.pk), WHY)
    assert act.data == {"opening": opening.pk, "reason": "clarify"}


@pytest.mark.parametrize("role", OUTSIDERS)
def test_only_the_centre_and_the_discipline_office_ask(role: Role) -> None:
    feedback = sealed()
    with pytest.raises(PermissionDenied):
        asked(feedback, officer(role))
    assert not ContactOpening.objects.exists()


@pytest.mark.parametrize("why", ["", "核实一下", "x" * 9, "长" * 501])
def test_a_reason_that_says_too_little_or_too_much_is_refused(why: str) -> None:
    with pytest.raises(OpeningRefused):
        asked(why=why)
    assert not ContactOpening.objects.exists()
    assert not _acts("contact.ask")


@pytest.mark.parametrize("number", [PHONE, "139 8765 0123", "139-8765-0123", "１３９８７６５０１２３", "024-22345678"])
def test_a_phone_number_gets_neither_into_a_reason_nor_into_a_note(number: str) -> None:
    with pytest.raises(OpeningRefused, match=r"phone number|电话号码"):
        asked(why=f"请打 {number} 核实消防通道的位置")
    opening, who = asked(), custodian()
    for decide in (opening_approve, opening_refuse):
        with pytest.raises(OpeningRefused, match=r"phone number|电话号码"):
            decide(opening=opening, officer=who, note=f"号码是 {number} 吗")
    assert fresh(opening).state == OpeningState.ASKED


@pytest.mark.parametrize(("gone", "said"), GONE)
def test_where_no_number_is_left_nobody_can_ask_and_everybody_is_told_why(
    gone: Callable[[], Feedback], said: str
) -> None:
    with pytest.raises(OpeningRefused, match=said):
        asked(gone())
    assert not ContactOpening.objects.exists()


@pytest.mark.parametrize(
    ("reason", "is_allowed"),
    [
        (OpeningReason.CALL_BACK, False),
        (OpeningReason.CLARIFY, False),
        (OpeningReason.DANGER, True),
        (OpeningReason.LEGAL_DUTY, True),
    ],
)
def test_who_wants_no_phone_call_is_called_for_danger_to_life_alone(reason: OpeningReason, is_allowed: bool) -> None:
    feedback = sealed(no_call=True)
    if is_allowed:
        assert asked(feedback, reason=reason).reason == reason
    else:
        with pytest.raises(OpeningRefused, match="不打电话"):
            asked(feedback, reason=reason)
    assert asked(sealed(), reason=reason).reason == reason


@pytest.mark.parametrize(("kind", "is_allowed"), [(Kind.COMPLAINT, False), (Kind.PRAISE, True), ("", False)])
def test_who_accuses_a_unit_does_not_become_known_to_it(kind: str, is_allowed: bool) -> None:
    feedback, who = sealed(), centre()
    Feedback.objects.filter(pk=feedback.pk).update(about_unit=who.unit, kind=kind)
    if is_allowed:
        assert asked(feedback, who).state == OpeningState.ASKED
    else:
        with pytest.raises(OpeningRefused, match="您所在的单位"):
            asked(feedback, who)


def test_what_turns_out_to_be_about_the_askers_unit_is_not_shown_any_more() -> None:
    opening = approved()
    Feedback.objects.update(about_unit=opening.asked_by.unit, kind=Kind.COMPLAINT)
    with pytest.raises(OpeningRefused, match="您所在的单位"):
        contact_show(opening=opening, officer=opening.asked_by)


@pytest.mark.parametrize("make", [asked, approved, opened])
def test_an_officer_has_one_request_at_a_time_for_a_message(make: Callable[..., ContactOpening]) -> None:
    feedback, who = sealed(), discipline()
    make(feedback, who)
    with pytest.raises(OpeningRefused, match="已经申请过"):
        asked(feedback, who)
    assert asked(feedback, centre()).state == OpeningState.ASKED
    assert asked(sealed(), who).state == OpeningState.ASKED


@pytest.mark.parametrize("make", [asked, approved, opened])
def test_what_has_lapsed_may_be_asked_again_before_the_sweep_comes_by(
    make: Callable[..., ContactOpening], monkeypatch: pytest.MonkeyPatch
) -> None:
    feedback, who = sealed(), discipline()
    first = make(feedback, who)
    hours_later(monkeypatch, 73)
    assert asked(feedback, who).pk != first.pk
    assert fresh(first).state == (OpeningState.OPENED if make is opened else OpeningState.EXPIRED)


def test_a_refused_request_may_be_made_again_with_a_better_reason() -> None:
    feedback, who = sealed(), discipline()
    opening_refuse(opening=asked(feedback, who), officer=custodian(), note="理由不足")
    assert asked(feedback, who).state == OpeningState.ASKED


# What the database refuses whatever the code does -----------------------------------------------------------------
@pytest.mark.parametrize(
    ("constraint", "changes"),
    [
        ("opening_decided_by_another", {"state": "approved", "decided_at": clock.now(), "decided_by": "asker"}),
        ("opening_decision_whole", {"state": "approved"}),
        ("opening_decision_whole", {"state": "refused", "decided_at": clock.now()}),
        ("opening_decision_whole", {"decided_at": clock.now(), "decided_by": "custodian"}),
        ("opening_decision_whole", {"state": "withdrawn", "decided_at": clock.now()}),
        ("opening_opened_is_counted", {"state": "opened", "decided_at": clock.now(), "decided_by": "custodian"}),
        ("opening_opened_is_counted", {"opened_count": 1, "opened_at": clock.now()}),
        ("opening_reason_said", {"reason_text": "太短"}),
        ("opening_reason_known", {"reason": "curiosity"}),
        ("opening_(state_known|decision_whole)", {"state": "lost"}),
    ],
)
def test_the_database_itself_refuses_a_row_that_breaks_the_rules(constraint: str, changes: dict[str, object]) -> None:
    opening = asked()
    people = {"asker": opening.asked_by, "custodian": custodian()}
    if "decided_by" in changes:
        changes = changes | {"decided_by": people[str(changes["decided_by"])]}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ContactOpening.objects.filter(pk=opening.pk).update(**changes)


def test_the_database_itself_refuses_a_second_open_request() -> None:
    opening = asked()
    opening.pk = None
    with pytest.raises(IntegrityError, match="opening_one_at_a_time"), transaction.atomic():
        opening.save(force_insert=True)


# Deciding ---------------------------------------------------------------------------------------------------------
def test_an_approval_names_its_custodian_and_holds_for_a_day() -> None:
    opening, who = asked(), custodian()
    opening_approve(opening=opening, officer=who, note="同意")
    now = fresh(opening)
    assert (now.state, now.decided_by, now.decision_note) == (OpeningState.APPROVED, who, "同意")
    assert now.decided_at is not None
    assert now.expires_at - now.decided_at == timedelta(hours=24)
    (act,) = _acts("contact.approve")
    assert (act.actor, act.object_id, act.reason) == (who, str(now.feedback_id), "同意")


def test_a_refusal_says_why() -> None:
    opening, who = asked(), custodian()
    with pytest.raises(OpeningRefused):
        opening_refuse(opening=opening, officer=who, note="")
    opening_refuse(opening=opening, officer=who, note="理由不足")
    assert (fresh(opening).state, fresh(opening).decision_note) == (OpeningState.REFUSED, "理由不足")
    (act,) = _acts("contact.refuse")
    assert (act.actor, act.reason) == (who, "理由不足")


@pytest.mark.parametrize("role", [role for role in Role if role != Role.CUSTODIAN])
def test_only_a_custodian_decides(role: Role) -> None:
    opening, who = asked(), officer(role)
    for decide in (opening_approve, opening_refuse):
        with pytest.raises(PermissionDenied):
            decide(opening=opening, officer=who, note="理由不足")
    assert fresh(opening).state == OpeningState.ASKED


def test_a_custodian_whose_account_is_closed_decides_nothing() -> None:
    opening, who = asked(), custodian()
    who.is_active = False
    with pytest.raises(PermissionDenied):
        opening_approve(opening=opening, officer=who)


def test_nobody_decides_the_own_request_not_even_after_a_change_of_post() -> None:
    who = centre()
    opening = asked(who=who)
    Officer.objects.filter(pk=who.pk).update(role=Role.CUSTODIAN)
    who.refresh_from_db()
    for decide in (opening_approve, opening_refuse):
        with pytest.raises(OpeningRefused, match="自己的申请"):
            decide(opening=opening, officer=who, note="理由不足")
    assert fresh(opening).state == OpeningState.ASKED


@pytest.mark.parametrize("second", [opening_approve, opening_refuse])
def test_who_decides_second_reads_who_did_what_and_when(second: Callable[..., None]) -> None:
    opening, first = asked(), custodian()
    opening_approve(opening=opening, officer=first)
    decided = fresh(opening).decided_at
    assert decided is not None
    with pytest.raises(ChangedMeanwhile) as told:
        second(opening=opening, officer=custodian(), note="理由不足")
    assert first.name in str(told.value)
    assert decided.astimezone(clock.BUREAU_ZONE).strftime("%m-%d %H:%M") in str(told.value)
    assert fresh(opening).decided_by == first
    assert len(_acts("contact.approve")) + len(_acts("contact.refuse")) == 1


def test_what_was_taken_back_or_has_lapsed_cannot_be_approved(monkeypatch: pytest.MonkeyPatch) -> None:
    taken_back, lapsed = asked(), asked()
    opening_withdraw(opening=taken_back, officer=taken_back.asked_by)
    with pytest.raises(ChangedMeanwhile, match=taken_back.asked_by.name):
        opening_approve(opening=taken_back, officer=custodian())
    hours_later(monkeypatch, 72.1)
    with pytest.raises(ChangedMeanwhile, match="过期"):
        opening_approve(opening=lapsed, officer=custodian())
    assert not _acts("contact.approve")


@pytest.mark.parametrize(("act", "said"), [(contact_erase, "已删除"), (feedback_withdraw, "已撤回")])
def test_what_is_gone_meanwhile_cannot_be_approved_but_refused(act: Callable[..., bool], said: str) -> None:
    opening = asked()
    act(feedback=opening.feedback)
    with pytest.raises(OpeningRefused, match=said):
        opening_approve(opening=opening, officer=custodian())
    opening_refuse(opening=opening, officer=custodian(), note="号码已删除")
    assert fresh(opening).state == OpeningState.REFUSED


# Taking back ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("make", [asked, approved])
def test_the_asker_takes_a_request_back_before_the_number_was_shown(make: Callable[..., ContactOpening]) -> None:
    opening = make()
    opening_withdraw(opening=opening, officer=opening.asked_by)
    assert fresh(opening).state == OpeningState.WITHDRAWN
    (act,) = _acts("contact.withdraw")
    assert act.actor == opening.asked_by


def test_nobody_else_takes_a_request_back_and_none_that_was_used() -> None:
    opening = opened()
    with pytest.raises(ChangedMeanwhile):
        opening_withdraw(opening=opening, officer=opening.asked_by)
    waiting = asked()
    with pytest.raises(ChangedMeanwhile):
        opening_withdraw(opening=waiting, officer=centre())
    with pytest.raises(PermissionDenied):
        opening_withdraw(opening=waiting, officer=custodian())
    assert not _acts("contact.withdraw")


# Lapsing ----------------------------------------------------------------------------------------------------------
def test_unanswered_requests_and_unused_approvals_expire_and_what_was_used_or_decided_stays() -> None:
    unanswered, unused, used, decided = asked(), approved(), opened(), refused()
    now = clock.now()
    assert openings_expire(now=now) == 0
    assert openings_expire(now=now + timedelta(hours=24.1)) == 1
    assert (fresh(unused).state, fresh(unanswered).state) == (OpeningState.EXPIRED, OpeningState.ASKED)
    assert openings_expire(now=now + timedelta(hours=72.1)) == 1
    assert openings_expire(now=now + timedelta(hours=999)) == 0
    assert fresh(unanswered).state == OpeningState.EXPIRED
    assert (fresh(used).state, fresh(decided).state) == (OpeningState.OPENED, OpeningState.REFUSED)
    acts = _acts("contact.expire")
    assert [act.object_id for act in acts] == [str(unused.feedback_id), str(unanswered.feedback_id)]
    assert {(act.actor, act.actor_label) for act in acts} == {(None, "system")}


def test_the_sweep_is_on_the_clock_of_the_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    opening = asked()
    (entry,) = [entry for entry in app.conf.beat_schedule.values() if entry["task"] == expire_openings.name]
    assert entry["schedule"] <= 600
    hours_later(monkeypatch, 72.1)
    assert app.tasks[entry["task"]]() == 1
    assert fresh(opening).state == OpeningState.EXPIRED


# Reading ----------------------------------------------------------------------------------------------------------
def test_an_asker_finds_the_own_requests_and_a_custodian_all_of_them() -> None:
    mine, other = asked(), asked()
    assert opening_for(mine.asked_by, mine.pk) == mine
    assert opening_for(custodian(), other.pk) == other
    with pytest.raises(Http404):
        opening_for(mine.asked_by, other.pk)
    with pytest.raises(Http404):
        opening_for(custodian(), 0)


@pytest.mark.parametrize("role", [role for role in OUTSIDERS if role != Role.CUSTODIAN])
def test_other_posts_find_no_request_at_all(role: Role) -> None:
    opening, who = asked(), officer(role, Unit.objects.get(code="station-huangcheng"))
    with pytest.raises(Http404):
        opening_for(who, opening.pk)
    page = openings_for(who, now=clock.now())
    assert (page.current, page.earlier) == ([], [])


def test_a_custodian_sees_what_waits_first_the_longest_waiting_on_top(monkeypatch: pytest.MonkeyPatch) -> None:
    first, done, second = asked(), opened(), asked()
    page = openings_for(custodian(), now=clock.now())
    assert [line.opening.pk for line in page.current] == [first.pk, second.pk]
    assert [line.opening.pk for line in page.earlier] == [done.pk]
    hours_later(monkeypatch, 72.1)
    page = openings_for(custodian(), now=clock.now())
    assert page.current == []
    assert {line.opening.pk: line.standing for line in page.earlier} == {
        first.pk: OpeningState.EXPIRED,
        second.pk: OpeningState.EXPIRED,
        done.pk: OpeningState.OPENED,
    }


def test_an_asker_sees_first_what_is_still_good_for_something() -> None:
    who = centre()
    waiting, held, used = asked(who=who), approved(who=who), opened(who=who)
    done = refused(who=who)
    asked()
    page = openings_for(who, now=clock.now())
    assert [line.opening.pk for line in page.current] == [used.pk, held.pk, waiting.pk]
    assert [line.opening.pk for line in page.earlier] == [done.pk]


def test_earlier_requests_come_page_by_page() -> None:
    who, keeper = centre(), custodian()
    numbers = []
    for _ in range(53):
        opening = asked(who=who)
        opening_refuse(opening=opening, officer=keeper, note="理由不足")
        numbers.append(opening.pk)
    first = openings_for(keeper, now=clock.now())
    rest = openings_for(keeper, now=clock.now(), after=first.next_key)
    found = [line.opening.pk for line in [*first.earlier, *rest.earlier]]
    assert (len(first.earlier), found, rest.next_key) == (50, numbers[::-1], None)


# Keeping ----------------------------------------------------------------------------------------------------------
def test_requests_outlive_the_number_and_the_words() -> None:
    opening = opened()
    contact_erase(feedback=opening.feedback)
    far = clock.now() + timedelta(days=max(CONTACT_DAYS, 365 * WORDS_YEARS) + 1)
    voices_expire(now=far)
    now = fresh(opening)
    assert (now.state, now.opened_count, now.reason_text) == (OpeningState.OPENED, 1, WHY)
    assert now.feedback.state != State.WITHDRAWN
    assert _acts("contact.open")
