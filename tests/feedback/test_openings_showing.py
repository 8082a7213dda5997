"""A number is shown to its asker alone, while the approval holds, and recorded before; two at once make one act."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction

from accounts.models import AuditEvent, Role
from feedback.models import ContactOpening, Feedback, OpeningState, SealedContact
from feedback.openings import services
from feedback.openings.services import (
    ChangedMeanwhile,
    OpeningRefused,
    contact_show,
    contact_use,
    opening_approve,
    opening_refuse,
    opening_withdraw,
    openings_expire,
)
from feedback.services import contact_erase, feedback_withdraw
from opinion_portal import clock
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
from tests.feedback.queue_cast import centre

pytestmark = pytest.mark.django_db

OUTSIDERS = [role for role in Role if role not in {Role.CENTRE, Role.DISCIPLINE}]


def _acts(action: str) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action=action).order_by("id"))


# Showing ----------------------------------------------------------------------------------------------------------
def test_the_asker_is_shown_the_number_and_each_time_is_counted_and_recorded() -> None:
    opening = approved()
    for _ in range(2):
        assert contact_show(opening=opening, officer=opening.asked_by) == PHONE
    now = fresh(opening)
    assert (now.state, now.opened_count) == (OpeningState.OPENED, 2)
    acts = _acts("contact.open")
    assert [(act.actor, act.object_id, act.reason) for act in acts] == [
        (opening.asked_by, str(opening.feedback_id), WHY)
    ] * 2
    assert acts[0].data == {"opening": opening.pk, "reason": "clarify"}


def test_nobody_but_the_asker_is_shown_the_number() -> None:
    opening = approved()
    for other in (centre(), discipline(), custodian(), opening.decided_by):
        assert other is not None
        with pytest.raises(PermissionDenied):
            contact_show(opening=opening, officer=other)
    assert not _acts("contact.open")


@pytest.mark.parametrize("role", OUTSIDERS)
def test_an_asker_who_has_another_post_by_now_is_not_shown_the_number(role: Role) -> None:
    opening = approved()
    opening.asked_by.role = role
    with pytest.raises(PermissionDenied):
        contact_show(opening=opening, officer=opening.asked_by)


def _taken_back() -> ContactOpening:
    opening = approved()
    opening_withdraw(opening=opening, officer=opening.asked_by)
    return opening


@pytest.mark.parametrize("make", [asked, refused, _taken_back])
def test_without_an_approval_no_number_is_shown(make: Callable[[], ContactOpening]) -> None:
    opening = make()
    with pytest.raises(ChangedMeanwhile):
        contact_show(opening=opening, officer=opening.asked_by)
    assert not _acts("contact.open")
    assert fresh(opening).opened_count == 0


@pytest.mark.parametrize("make", [approved, opened])
def test_after_a_day_no_number_is_shown_any_more(
    make: Callable[[], ContactOpening], monkeypatch: pytest.MonkeyPatch
) -> None:
    opening = make()
    shown = len(_acts("contact.open"))
    hours_later(monkeypatch, 23.9)
    assert contact_show(opening=opening, officer=opening.asked_by) == PHONE
    hours_later(monkeypatch, 0.2)
    with pytest.raises(ChangedMeanwhile, match="到期"):
        contact_show(opening=opening, officer=opening.asked_by)
    assert len(_acts("contact.open")) == shown + 1


@pytest.mark.parametrize(("act", "said"), [(contact_erase, "已删除"), (feedback_withdraw, "已撤回")])
def test_what_the_resident_erased_or_withdrew_is_not_shown(act: Callable[..., bool], said: str) -> None:
    opening = approved()
    act(feedback=opening.feedback)
    with pytest.raises(OpeningRefused, match=said):
        contact_show(opening=opening, officer=opening.asked_by)
    assert not _acts("contact.open")


def test_a_damaged_seal_is_told_without_an_accident_and_the_attempt_stays_recorded() -> None:
    opening = approved()
    SealedContact.objects.update(nonce=b"x" * 12)
    with pytest.raises(OpeningRefused, match="已损坏"):
        contact_show(opening=opening, officer=opening.asked_by)
    SealedContact.objects.update(key_id="lost")
    with pytest.raises(OpeningRefused, match="已损坏"):
        contact_show(opening=opening, officer=opening.asked_by)
    assert len(_acts("contact.open")) == 2


@pytest.mark.django_db(transaction=True)
def test_the_audit_row_stands_for_everybody_before_the_number_leaves_its_seal(monkeypatch: pytest.MonkeyPatch) -> None:
    opening = approved()
    seen: list[int] = []

    def look_from_elsewhere() -> None:
        seen.append(AuditEvent.objects.filter(action="contact.open").count())
        connection.close()

    def the_power_fails(*_: object, **__: object) -> str:
        thread = threading.Thread(target=look_from_elsewhere)
        thread.start()
        thread.join()
        raise KeyboardInterrupt

    monkeypatch.setattr(services, "contact_open", the_power_fails)
    with pytest.raises(KeyboardInterrupt):
        contact_show(opening=opening, officer=opening.asked_by)
    assert seen == [1]


@pytest.mark.django_db(transaction=True)
def test_a_showing_inside_a_transaction_is_refused_because_its_row_could_still_vanish() -> None:
    opening = approved()
    with transaction.atomic(), pytest.raises(RuntimeError):
        contact_show(opening=opening, officer=opening.asked_by)


# At the same moment -----------------------------------------------------------------------------------------------
def _at_once(*acts: Callable[[], object]) -> list[object]:
    """The outcomes of ``acts``, each in a thread and a transaction of its own, begun together."""
    ready, outcomes = threading.Barrier(len(acts)), list[object]()

    def run(act: Callable[[], object]) -> None:
        try:
            ready.wait()
            outcomes.append(act())
        except OpeningRefused as refused:
            outcomes.append(refused)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == len(acts)
    return outcomes


@pytest.mark.django_db(transaction=True)
def test_of_eight_custodians_who_decide_at_the_same_moment_one_wins_and_seven_are_told() -> None:
    opening = asked()
    people = [custodian() for _ in range(8)]
    decisions = [opening_approve, opening_refuse] * 4

    def decide(number: int) -> object:
        decisions[number](opening=opening, officer=people[number], note=f"第{number}人")
        return number

    outcomes = _at_once(*(lambda number=number: decide(number) for number in range(8)))
    winners = [outcome for outcome in outcomes if isinstance(outcome, int)]
    assert len(winners) == 1
    now = fresh(opening)
    assert now.decided_by == people[winners[0]]
    assert now.decision_note == f"第{winners[0]}人"
    losers = [str(outcome) for outcome in outcomes if isinstance(outcome, ChangedMeanwhile)]
    assert len(losers) == 7
    assert all(people[winners[0]].name in told for told in losers)
    assert len(_acts("contact.approve")) + len(_acts("contact.refuse")) == 1


@pytest.mark.django_db(transaction=True)
def test_two_taps_at_the_same_moment_make_one_request() -> None:
    feedback, who = sealed(), centre()
    outcomes = _at_once(*[lambda: asked(feedback, who)] * 4)
    assert sum(isinstance(outcome, ContactOpening) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, OpeningRefused) for outcome in outcomes) == 3
    assert ContactOpening.objects.count() == len(_acts("contact.ask")) == 1


@pytest.mark.django_db(transaction=True)
def test_sweeps_that_wait_for_the_same_row_expire_it_once() -> None:
    opening = asked()
    later = clock.now() + timedelta(hours=72.1)
    done: list[int] = []

    def sweep() -> None:
        done.append(openings_expire(now=later))
        connection.close()

    threads = [threading.Thread(target=sweep) for _ in range(3)]
    with transaction.atomic():
        ContactOpening.objects.select_for_update().get(pk=opening.pk)
        for thread in threads:
            thread.start()
        threads[0].join(0.5)
        assert not done
    for thread in threads:
        thread.join()
    assert sorted(done) == [0, 0, 1]
    assert len(_acts("contact.expire")) == 1


@pytest.mark.django_db(transaction=True)
def test_a_number_that_is_being_erased_is_not_shown() -> None:
    opening = approved()
    erased, may_commit, outcomes = threading.Event(), threading.Event(), list[object]()

    def erase() -> None:
        with transaction.atomic():
            contact_erase(feedback=opening.feedback)
            erased.set()
            may_commit.wait(10)
        connection.close()

    def show() -> None:
        try:
            outcomes.append(contact_show(opening=opening, officer=opening.asked_by))
        except OpeningRefused as refused:
            outcomes.append(refused)
        connection.close()

    threads = [threading.Thread(target=erase), threading.Thread(target=show)]
    threads[0].start()
    assert erased.wait(10)
    threads[1].start()
    threads[1].join(0.5)
    assert not outcomes
    may_commit.set()
    for thread in threads:
        thread.join()
    assert [type(outcome) for outcome in outcomes] == [OpeningRefused]
    assert not _acts("contact.open")


# The system's own use ---------------------------------------------------------------------------------------------
def test_the_system_gets_the_number_to_send_a_message_and_that_is_recorded() -> None:
    feedback = sealed()
    assert contact_use(feedback_id=feedback.pk, purpose="survey") == PHONE
    (act,) = _acts("contact.use")
    assert (act.actor, act.actor_label, act.object_id) == (None, "system", str(feedback.pk))
    assert act.data == {"purpose": "survey"}


@pytest.mark.parametrize("gone", [gone for gone, _said in GONE])
def test_the_system_gets_nothing_where_nothing_is_left_and_records_no_use(gone: Callable[[], Feedback]) -> None:
    assert contact_use(feedback_id=gone().pk, purpose="survey") is None
    assert contact_use(feedback_id=0, purpose="survey") is None
    assert not _acts("contact.use")


@pytest.mark.parametrize("purpose", ["", PHONE, "Survey", "a survey", "survey-2", "x" * 41, "survey\n"])
def test_a_purpose_is_a_code_in_which_no_number_can_hide(purpose: str) -> None:
    feedback = sealed()
    with pytest.raises(ValueError, match="code"):
        contact_use(feedback_id=feedback.pk, purpose=purpose)
    assert not _acts("contact.use")
