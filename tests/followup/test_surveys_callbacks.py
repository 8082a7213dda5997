"""Calling back: in time, not at night, through an opened number, never by the rated unit, each attempt logged once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import translation

from accounts.models import Officer, Role
from feedback.models import ContactOpening, OpeningReason
from feedback.openings.services import contact_show, opening_approve, opening_ask
from feedback.services import contact_erase
from followup.callbacks.models import ATTEMPTS_MAX, CallBack, CallBackState
from followup.callbacks.selectors import said_of
from followup.callbacks.services import Call, callback_log
from followup.surveys.hearing import FollowUpRefused
from followup.surveys.models import Way
from followup.surveys.tasks import follow_up
from measures.models import MatterState
from opinion_portal import clock
from tests.feedback.queue_cast import logged_in, officer
from tests.followup.followups import PHONE, WEDNESDAY, asked, at, caller, fresh, later, outbox, replied, resident
from tests.measures.matters import unit

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("outbox")]
__all__ = ["outbox"]
C = CallBackState


@pytest.fixture(autouse=True)
def _wednesday(monkeypatch: pytest.MonkeyPatch) -> Any:
    at(monkeypatch, WEDNESDAY)
    with translation.override("en"):
        yield


@pytest.fixture
def owed(_wednesday: None) -> CallBack:
    """A resident who answered 3 with words and is to be called."""
    (one,) = asked(resident()[0])
    replied(one, "3 没人来，我叫王小明")
    follow_up()
    return CallBack.objects.select_related("follow_up__rectification").get()


def shown(owed: CallBack, who: Officer) -> Officer:
    """``who`` asked for the number, a custodian approved, and it was shown."""
    opening = opening_ask(
        feedback_id=owed.follow_up.feedback_id, officer=who, reason=OpeningReason.CALL_BACK,
        reason_text="群众不满意，需要按规定回电",
    )  # fmt: skip
    opening_approve(opening=opening, officer=officer(Role.CUSTODIAN))
    assert contact_show(opening=ContactOpening.objects.get(pk=opening.pk), officer=who) == PHONE
    return who


def log(owed: CallBack, who: Officer, state: CallBackState, *, seen: int | None = None, **said: Any) -> CallBack:
    call = Call(state=state, **({"called_at": clock.now()} | said))
    attempts = fresh(owed).attempts if seen is None else seen
    return callback_log(call_back_id=owed.pk, officer=who, call=call, attempts_seen=attempts)


def test_a_call_that_reached_the_resident_is_an_answer(owed: CallBack) -> None:
    who = shown(owed, caller())
    done = log(owed, who, C.REACHED, answer="satisfied", is_solved=True, comment="已经解决", note="态度平和")
    answer = owed.follow_up.answers.last()
    assert answer is not None
    assert (done.state, done.result, done.caller, done.attempts) == (C.REACHED, "satisfied", who, 1)
    assert (answer.way, answer.recorded_by, answer.comment) == (Way.CALL, who, "已经解决")
    assert fresh(owed.follow_up).answer == "satisfied"
    # The unit works on it again all the same; only the next round closes it.
    assert fresh(owed.follow_up.rectification).state == MatterState.HANDLING


def test_the_third_attempt_that_fails_ends_it(owed: CallBack, monkeypatch: pytest.MonkeyPatch) -> None:
    who = shown(owed, caller())
    states = []
    for _ in range(ATTEMPTS_MAX):
        states.append(log(owed, who, C.NOT_REACHED).state)
        later(monkeypatch, hours=1)
    assert states == [C.OPEN, C.OPEN, C.NOT_REACHED]
    with pytest.raises(FollowUpRefused, match="Not reached"):
        log(owed, who, C.NOT_REACHED)


def test_whoever_refuses_on_the_phone_is_left_alone(owed: CallBack) -> None:
    assert log(owed, shown(owed, caller()), C.REFUSED, note="不想再谈").state == C.REFUSED


def test_a_number_that_leads_nowhere_needs_words_but_no_call(owed: CallBack) -> None:
    with pytest.raises(FollowUpRefused, match="Say why"):
        log(owed, caller(), C.IMPOSSIBLE)
    assert log(owed, caller(), C.IMPOSSIBLE, note="空号").state == C.IMPOSSIBLE


@pytest.mark.parametrize("state", [C.REACHED, C.NOT_REACHED, C.REFUSED])
def test_a_call_that_could_not_be_made_is_not_logged(owed: CallBack, state: CallBackState) -> None:
    other = shown(owed, caller())
    with pytest.raises(FollowUpRefused, match="have not been shown"):
        log(owed, caller(), state, answer="satisfied")
    assert log(owed, other, C.NOT_REACHED).attempts == 1


@pytest.mark.parametrize(
    ("called", "now", "is_night"),
    [
        ("2026-05-20T20:59", "2026-05-20T21:05", False),
        ("2026-05-20T21:00", "2026-05-20T21:05", True),
        ("2026-05-21T03:00", "2026-05-21T08:30", True),
        ("2026-05-21T07:59", "2026-05-21T08:30", True),
        ("2026-05-21T08:00", "2026-05-21T08:30", False),
    ],
)
def test_nobody_is_called_at_night(
    owed: CallBack, monkeypatch: pytest.MonkeyPatch, called: str, now: str, *, is_night: bool
) -> None:
    who = shown(owed, caller())
    at(monkeypatch, now)
    moment = datetime.fromisoformat(called).replace(tzinfo=clock.BUREAU_ZONE)
    if is_night:
        with pytest.raises(FollowUpRefused, match="between 21:00 and 08:00"):
            log(owed, who, C.NOT_REACHED, called_at=moment)
    else:
        assert log(owed, who, C.NOT_REACHED, called_at=moment).called_at == moment


@pytest.mark.parametrize(("span", "said"), [(timedelta(hours=1), "not come yet"), (-timedelta(hours=1), "earlier")])
def test_a_call_is_neither_in_the_future_nor_before_its_answer(owed: CallBack, span: timedelta, said: str) -> None:
    with pytest.raises(FollowUpRefused, match=said):
        log(owed, caller(), C.IMPOSSIBLE, note="空号", called_at=clock.now() + span)


def test_a_note_holds_no_number(owed: CallBack) -> None:
    with pytest.raises(FollowUpRefused, match="phone number"):
        log(owed, shown(owed, caller()), C.NOT_REACHED, note="改打13912345678")


def test_a_call_that_reached_somebody_says_what_was_answered(owed: CallBack) -> None:
    with pytest.raises(FollowUpRefused, match="answer"):
        log(owed, shown(owed, caller()), C.REACHED)


def test_the_rated_unit_never_calls(owed: CallBack) -> None:
    for who in (officer(Role.CENTRE, unit()), officer(Role.UNIT_HEAD, unit()), officer(Role.LEADER)):
        with pytest.raises(PermissionDenied):
            log(owed, who, C.IMPOSSIBLE, note="空号")


def test_who_logs_second_reads_who_was_first(owed: CallBack) -> None:
    first = shown(owed, caller())
    log(owed, first, C.NOT_REACHED)
    with pytest.raises(FollowUpRefused, match=first.name):
        log(owed, shown(owed, caller()), C.NOT_REACHED, seen=0)
    assert fresh(owed).attempts == 1


def test_a_number_erased_meanwhile_ends_the_call_back(owed: CallBack) -> None:
    contact_erase(feedback=owed.follow_up.feedback)
    follow_up()
    assert (fresh(owed).state, fresh(owed).caller) == (C.IMPOSSIBLE, None)


def test_still_dissatisfied_on_the_phone_owes_no_second_call_and_reopens_nothing_twice(owed: CallBack) -> None:
    log(owed, shown(owed, caller()), C.REACHED, answer="dissatisfied", is_solved=False)
    assert CallBack.objects.count() == 1
    assert fresh(owed.follow_up.rectification).reopen_count == 1


# Pages ---------------------------------------------------------------------------------------------------------------
def test_the_list_shows_the_next_due_first_and_marks_what_is_late(
    owed: CallBack, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = logged_in(caller())
    page = desk.get("/office/call-backs/").content.decode()
    assert "1 resident is owed a call" in page
    assert "is-urgent" not in page
    later(monkeypatch, hours=25)
    assert "is-urgent" in desk.get("/office/call-backs/").content.decode()


@pytest.mark.parametrize("page", ["", "{}/"])
def test_the_answer_that_asked_for_the_call_stands_beside_a_later_one(
    owed: CallBack, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    later(monkeypatch, minutes=7)
    replied(owed.follow_up, "1 已经好了")
    follow_up()
    shown_page = logged_in(caller()).get(f"/office/call-backs/{page.format(owed.pk)}").content.decode()
    assert "Dissatisfied" in shown_page
    assert "没人来" in shown_page
    assert "10:07" in shown_page
    assert shown_page.index("Dissatisfied") < shown_page.index("10:07")


def test_the_page_says_that_a_later_answer_takes_no_call_back(owed: CallBack, monkeypatch: pytest.MonkeyPatch) -> None:
    desk, told = logged_in(caller()), "The later answer takes nothing back: the call is still owed."
    assert told not in desk.get(f"/office/call-backs/{owed.pk}/").content.decode()
    later(monkeypatch, minutes=7)
    replied(owed.follow_up, "1")
    follow_up()
    assert told in desk.get(f"/office/call-backs/{owed.pk}/").content.decode()


def test_each_call_names_the_answer_that_asked_for_it(owed: CallBack, monkeypatch: pytest.MonkeyPatch) -> None:
    log(owed, shown(owed, caller()), C.REACHED, answer="satisfied", is_solved=True)
    later(monkeypatch, hours=2)
    replied(owed.follow_up, "3 又来了")
    follow_up()
    first, second = (said_of(one) for one in CallBack.objects.order_by("id"))
    assert first.reason
    assert second.reason
    assert (first.reason.comment, second.reason.comment) == ("没人来，我叫王小明", "又来了")
    assert [one.answer for one in first.later] == ["satisfied", "dissatisfied"]
    assert second.later == []


def test_how_many_are_owed_a_call_is_one_sentence_in_chinese(owed: CallBack, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = logged_in(caller())
    desk.cookies["office_language"] = "zh-hans"
    assert "有 1 位群众待回电。" in desk.get("/office/call-backs/").content.decode()
    later(monkeypatch, hours=25)
    page = desk.get("/office/call-backs/").content.decode()
    assert "有 1 位群众待回电，<strong>其中 1 位已超时</strong>。" in page


def test_no_number_stands_on_any_page_of_call_backs(owed: CallBack) -> None:
    who = shown(owed, caller())
    desk = logged_in(who)
    for path in ("/office/call-backs/", f"/office/call-backs/{owed.pk}/", f"/office/follow-ups/{owed.follow_up_id}/"):
        assert PHONE not in desk.get(path).content.decode()


def test_a_leader_reads_the_words_redacted(owed: CallBack) -> None:
    leader, centre = logged_in(officer(Role.LEADER)), logged_in(caller())
    for path in ("/office/call-backs/", f"/office/call-backs/{owed.pk}/", f"/office/follow-ups/{owed.follow_up_id}/"):
        assert "王小明" not in leader.get(path).content.decode()
        assert "王小明" in centre.get(path).content.decode()


def test_the_page_warns_at_night(owed: CallBack, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2026-05-20T23:00")
    assert "It is night" in logged_in(caller()).get(f"/office/call-backs/{owed.pk}/").content.decode()


def _form(**changes: str) -> dict[str, str]:
    moment = clock.now().astimezone(clock.BUREAU_ZONE).strftime("%Y-%m-%dT%H:%M")
    return {
        "result": "reached",
        "called_at": moment,
        "answer": "basically",
        "is_solved": "yes",
        "attempts": "0",
    } | changes


def test_the_form_logs_a_call(owed: CallBack) -> None:
    desk = logged_in(shown(owed, caller()))
    answer = desk.post(f"/office/call-backs/{owed.pk}/log/", _form(), follow=True)
    assert "The call is logged." in answer.content.decode()
    assert (fresh(owed).state, fresh(owed).result) == (C.REACHED, "basically")


def test_a_call_at_night_comes_back_with_all_that_was_typed(owed: CallBack) -> None:
    desk = logged_in(shown(owed, caller()))
    answer = desk.post(
        f"/office/call-backs/{owed.pk}/log/", _form(called_at="2026-05-20T05:00", note="很生气", comment="别再敷衍")
    )
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "很生气" in page
    assert "别再敷衍" in page


def test_a_form_without_a_result_is_refused(owed: CallBack) -> None:
    desk = logged_in(shown(owed, caller()))
    assert desk.post(f"/office/call-backs/{owed.pk}/log/", _form(result="")).status_code == 422


@pytest.fixture
def statements(django_assert_max_num_queries: Callable[..., Any]) -> Callable[..., Any]:
    return django_assert_max_num_queries


def test_the_lists_cost_the_same_however_long_they_are(owed: CallBack, statements: Callable[..., Any]) -> None:
    desk: Client = logged_in(caller())
    for path in ("/office/call-backs/", "/office/follow-ups/?pile=all", "/office/follow-ups/?pile=waiting"):
        with statements(24):
            assert desk.get(path).status_code == 200
