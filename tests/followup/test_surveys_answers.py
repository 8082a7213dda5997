"""Answers: each is kept, the last one holds; content closes the matter, anything else reopens it and owes a call."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import translation

from accounts.models import AuditEvent, Role
from feedback.models import Feedback
from feedback.services import feedback_withdraw
from followup.callbacks.models import CallBack, CallBackState
from followup.sms.models import SmsMessage, SmsState
from followup.surveys.answers import answer_give, answer_record, replies_take
from followup.surveys.closing import windows_end
from followup.surveys.hearing import FollowUpRefused
from followup.surveys.models import Dropped, FollowUp, FollowUpAnswer, FollowUpState, Way
from followup.surveys.tasks import follow_up
from measures.matters.story import story_of
from measures.models import Closing, MatterState, RectificationEvent
from measures.requests import request_ask, request_decide
from measures.services import (
    evidence_add,
    rectification_close,
    rectification_review,
    rectification_submit,
)
from opinion_portal import clock
from tests.feedback.queue_cast import centre, officer
from tests.followup.followups import (
    OTHER_PHONE,
    WEDNESDAY,
    asked,
    at,
    caller,
    fresh,
    later,
    matter_of,
    outbox,
    replied,
    resident,
)
from tests.measures.matters import dispatched, head, submitted, unit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outbox")]
__all__ = ["outbox"]
S, M = FollowUpState, MatterState


@pytest.fixture(autouse=True)
def _wednesday(monkeypatch: pytest.MonkeyPatch) -> Any:
    at(monkeypatch, WEDNESDAY)
    with translation.override("en"):
        yield


@pytest.fixture
def one() -> FollowUp:
    """A resident asked by SMS about the one voice of a matter."""
    return asked(resident()[0])[0]


def matter_state(one: FollowUp) -> tuple[str, str]:
    matter = fresh(one.rectification)
    return matter.state, matter.closing


def sent_codes() -> list[str]:
    return list(SmsMessage.objects.filter(is_response=True).order_by("id").values_list("text__code", flat=True))


# By SMS --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("text", "answer"), [("1", "satisfied"), ("２", "basically"), ("满意，谢谢", "satisfied")])
def test_a_content_reply_closes_the_matter_as_heard_and_is_thanked_for(one: FollowUp, text: str, answer: str) -> None:
    replied(one, text)
    follow_up()
    told = fresh(one)
    assert (told.state, told.answer, told.answered_by, told.is_solved) == (S.ANSWERED, answer, Way.SMS, None)
    assert matter_state(one) == (M.CLOSED, Closing.HEARD)
    assert fresh(one.rectification).closing_reason == "1 位群众中 1 位已答复，均满意或基本满意。"
    assert sent_codes() == ["survey-thanks"]
    assert not CallBack.objects.exists()


def test_a_dissatisfied_reply_reopens_at_once_with_the_redacted_words_and_owes_a_call(one: FollowUp) -> None:
    replied(one, "3 没人来，打我电话13612345678，我叫王小明")
    follow_up()
    matter = fresh(one.rectification)
    event = RectificationEvent.objects.filter(rectification=matter).last()
    assert event is not None
    assert (matter.state, matter.reopen_count, matter.dissatisfied_count) == (M.HANDLING, 1, 1)
    assert (event.move, event.actor_label) == ("reopen", "resident")
    assert "没人来" in event.note
    assert "13612345678" not in event.note
    assert "王小明" not in event.note
    call_back = CallBack.objects.get()
    assert call_back.state == CallBackState.OPEN
    assert call_back.due_at == datetime(2026, 5, 21, 10, tzinfo=clock.BUREAU_ZONE)
    assert sent_codes() == ["survey-reopened"]


def test_the_story_tells_what_was_found_in_the_readers_language(one: FollowUp) -> None:
    replied(one, "3 没人来")
    follow_up()
    reopened = {"en": "The resident answered: Dissatisfied. 没人来", "zh-hans": "群众答复：不满意。没人来"}
    for language, note in reopened.items():
        with translation.override(language):
            assert story_of(fresh(one.rectification), in_full=True)[-1].note == note


def test_the_story_of_a_closing_says_how_many_were_heard(one: FollowUp) -> None:
    replied(one, "1")
    follow_up()
    line = story_of(fresh(one.rectification), in_full=False)[-1]
    assert line.note == "The one resident asked is satisfied or basically satisfied."


@pytest.mark.parametrize(
    ("said", "due"),
    [
        ("2026-05-20T22:30", "2026-05-21T21:00"),  # its 24 hours end at night, so before it
        ("2026-05-20T02:00", "2026-05-20T21:00"),
        ("2026-05-20T20:59", "2026-05-21T20:59"),
    ],
)
def test_a_call_is_owed_within_24_clock_hours_and_never_at_night(
    monkeypatch: pytest.MonkeyPatch, said: str, due: str
) -> None:
    at(monkeypatch, "2026-05-19T10:00")
    (one,) = asked(resident()[0])
    at(monkeypatch, said)
    replied(one, "3")
    follow_up()
    assert CallBack.objects.get().due_at == datetime.fromisoformat(due).replace(tzinfo=clock.BUREAU_ZONE)


def test_the_promise_counts_from_what_was_said_even_if_it_was_taken_late(
    monkeypatch: pytest.MonkeyPatch, one: FollowUp
) -> None:
    replied(one, "3")
    later(monkeypatch, hours=30)  # the worker was away
    follow_up()
    assert CallBack.objects.get().due_at < clock.now()


def test_a_providers_clock_that_runs_ahead_moves_no_promise_into_the_future(one: FollowUp) -> None:
    replied(one, "3", at=clock.now() + timedelta(days=3))
    follow_up()
    assert CallBack.objects.get().due_at == datetime(2026, 5, 21, 10, tzinfo=clock.BUREAU_ZONE)


def test_a_reply_is_taken_once_however_often_the_sweep_runs(one: FollowUp) -> None:
    replied(one, "3")
    for _ in range(3):
        follow_up()
    assert FollowUpAnswer.objects.count() == CallBack.objects.count() == len(sent_codes()) == 1
    assert fresh(one.rectification).reopen_count == 1


def test_a_reply_that_came_while_the_worker_was_away_for_a_week_is_found_within_the_hour(
    monkeypatch: pytest.MonkeyPatch, one: FollowUp
) -> None:
    replied(one, "3 没人来")
    later(monkeypatch, days=7)
    assert follow_up()["answered"] == 0
    assert follow_up(everything=True)["answered"] == 1
    assert fresh(one).answer == "dissatisfied"


def test_a_later_answer_replaces_an_earlier_one_and_both_stay(monkeypatch: pytest.MonkeyPatch, one: FollowUp) -> None:
    replied(one, "1")
    follow_up()
    later(monkeypatch, hours=1)
    replied(one, "3 又开始吵了")
    follow_up()
    assert list(one.answers.values_list("answer", flat=True)) == ["satisfied", "dissatisfied"]
    assert fresh(one).answer == "dissatisfied"
    assert fresh(one.rectification).state == M.HANDLING
    assert sent_codes() == ["survey-thanks", "survey-reopened"]


def test_three_then_one_leaves_the_matter_open_and_the_call_owed(
    monkeypatch: pytest.MonkeyPatch, one: FollowUp
) -> None:
    replied(one, "3")
    later(monkeypatch, minutes=1)
    replied(one, "1")
    follow_up()  # both at once: in the order in which they were written
    assert fresh(one).answer == "satisfied"
    assert fresh(one.rectification).state == M.HANDLING
    assert CallBack.objects.get().state == CallBackState.OPEN


def test_an_older_answer_that_arrives_late_is_kept_and_does_not_hold(
    monkeypatch: pytest.MonkeyPatch, one: FollowUp
) -> None:
    written = clock.now()
    later(monkeypatch, minutes=5)
    replied(one, "1")
    follow_up()
    later(monkeypatch, hours=1)
    replied(one, "3", at=written)
    follow_up()
    assert one.answers.count() == 2
    assert matter_state(one) == (M.CLOSED, Closing.HEARD)


def test_a_late_reply_counts_and_is_marked(monkeypatch: pytest.MonkeyPatch, one: FollowUp) -> None:
    later(monkeypatch, days=3)
    replied(one, "1", is_late=True)
    follow_up()
    assert fresh(one).is_late
    assert matter_state(one) == (M.CLOSED, Closing.HEARD)


def test_what_cannot_be_read_for_certain_moves_nothing_until_a_person_says_what_it_means(one: FollowUp) -> None:
    unclear = replied(one, "你们是谁？")
    follow_up()
    assert fresh(one).state == S.ASKED
    answer_record(follow_up_id=one.pk, officer=caller(), answer="dissatisfied", is_solved=None, reply=unclear)
    assert fresh(one.rectification).state == M.HANDLING
    assert CallBack.objects.get().state == CallBackState.OPEN
    with pytest.raises(FollowUpRefused, match="already"):
        answer_record(follow_up_id=one.pk, officer=caller(), answer="satisfied", is_solved=None, reply=unclear)


def test_a_refusal_is_no_answer(one: FollowUp) -> None:
    replied(one, "TD")
    follow_up()
    assert fresh(one).state == S.ASKED


def test_a_withdrawn_message_takes_no_words_any_more(one: FollowUp) -> None:
    feedback_withdraw(feedback=one.feedback)
    replied(one, "3 太差")
    follow_up()
    assert FollowUpAnswer.objects.get().comment == ""
    assert fresh(one).state == S.CANCELLED
    assert matter_state(one) == (M.FOLLOWING_UP, "")


def test_words_go_with_the_message_they_belong_to(one: FollowUp) -> None:
    replied(one, "3 我家在三楼，太吵")
    follow_up()
    assert fresh(one).comment
    feedback_withdraw(feedback=one.feedback)
    follow_up()
    assert (fresh(one).comment, fresh(one).redacted, FollowUpAnswer.objects.get().comment) == ("", "", "")
    assert fresh(one).answer == "dissatisfied"


def test_a_call_for_help_in_an_answer_comes_to_the_top_of_the_queue(one: FollowUp) -> None:
    replied(one, "3 他拿着刀在砍人，救命")
    follow_up()
    assert Feedback.objects.get(pk=one.feedback_id).urgent_words


def test_no_audit_row_repeats_what_was_said(one: FollowUp) -> None:
    replied(one, "3 没人来")
    follow_up()
    rows = AuditEvent.objects.filter(action__startswith="followup.")
    assert rows
    assert "没人来" not in str(list(rows.values()))


# No call wanted, no number --------------------------------------------------------------------------------------------
def test_whoever_wants_no_call_gets_none_and_is_promised_none() -> None:
    (one,) = asked(resident(no_call=True)[0])
    replied(one, "3")
    follow_up()
    call_back = CallBack.objects.get()
    assert (call_back.state, call_back.caller, call_back.attempts) == (CallBackState.REFUSED, None, 0)
    assert fresh(one.rectification).state == M.HANDLING
    assert sent_codes() == ["survey-thanks"]


def test_an_anonymous_resident_cannot_be_called_and_is_heard_all_the_same() -> None:
    (one,) = asked(resident(phone="")[0])
    answer_give(follow_up_id=one.pk, way=Way.RECEIPT, answer="satisfied", is_solved=False, comment="还在吵")
    assert CallBack.objects.get().state == CallBackState.IMPOSSIBLE
    assert fresh(one.rectification).state == M.HANDLING
    assert not SmsMessage.objects.exists()


# By page -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("answer", "is_solved", "state"),
    [
        ("satisfied", True, M.CLOSED),
        ("basically", True, M.CLOSED),
        ("satisfied", False, M.HANDLING),
        ("dissatisfied", True, M.HANDLING),
    ],
)
def test_solved_and_satisfied_are_two_things(one: FollowUp, answer: str, is_solved: bool, state: str) -> None:
    answer_give(follow_up_id=one.pk, way=Way.PAGE, answer=answer, is_solved=is_solved)
    assert fresh(one.rectification).state == state


def test_whoever_rates_before_the_sms_has_left_is_not_asked_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2026-05-20T22:00")
    matter = matter_of(resident()[0])
    follow_up()
    one = FollowUp.objects.get(rectification=matter)
    answer_give(follow_up_id=one.pk, way=Way.RECEIPT, answer="satisfied", is_solved=True)
    assert SmsMessage.objects.get().state == SmsState.CANCELLED


def test_a_page_takes_one_answer(one: FollowUp) -> None:
    answer_give(follow_up_id=one.pk, way=Way.PAGE, answer="satisfied", is_solved=True)
    with pytest.raises(FollowUpRefused, match="is here already"):
        answer_give(follow_up_id=one.pk, way=Way.RECEIPT, answer="dissatisfied", is_solved=False)
    assert FollowUpAnswer.objects.count() == 1


def test_a_page_takes_a_late_answer_while_nobody_has_closed_the_matter(
    monkeypatch: pytest.MonkeyPatch, one: FollowUp
) -> None:
    later(monkeypatch, days=10)
    follow_up()
    assert fresh(one).state == S.SILENT
    answer_give(follow_up_id=one.pk, way=Way.PAGE, answer="satisfied", is_solved=True)
    assert (fresh(one).is_late, matter_state(one)) == (True, (M.CLOSED, Closing.HEARD))


def test_a_page_takes_no_answer_once_the_matter_has_moved_on(one: FollowUp) -> None:
    rectification_close(
        rectification_id=one.rectification_id, actor=caller(), closing=Closing.IMPOSSIBLE, note="号码是空号"
    )
    with pytest.raises(FollowUpRefused, match="moved on"):
        answer_give(follow_up_id=one.pk, way=Way.PAGE, answer="satisfied", is_solved=True)


def test_an_sms_that_comes_after_the_closing_still_reopens_it(monkeypatch: pytest.MonkeyPatch, one: FollowUp) -> None:
    rectification_close(
        rectification_id=one.rectification_id, actor=caller(), closing=Closing.IMPOSSIBLE, note="号码是空号"
    )
    follow_up()
    later(monkeypatch, days=2)
    replied(one, "3")
    follow_up()
    assert fresh(one.rectification).state == M.HANDLING
    assert CallBack.objects.get().state == CallBackState.OPEN


def test_what_was_closed_on_appeal_stays_closed_and_the_resident_is_called(
    monkeypatch: pytest.MonkeyPatch, one: FollowUp
) -> None:
    replied(one, "3")
    follow_up()
    matter = fresh(one.rectification)
    request = request_ask(rectification_id=matter.pk, officer=head(unit()), kind="appeal", reason="已按规定处理")
    request_decide(request_id=request.pk, officer=centre(), grants=True, note="同意")
    later(monkeypatch, hours=2)
    replied(one, "3 我不服")
    follow_up()
    assert matter_state(one) == (M.CLOSED, Closing.APPEALED)
    assert CallBack.objects.count() == 1


# Several voices -------------------------------------------------------------------------------------------------------
@pytest.fixture
def three() -> list[FollowUp]:
    """Three residents of one matter: two by SMS, one under the receipt."""
    return asked(resident()[0], resident("烧烤摊", phone=OTHER_PHONE)[0], resident("吵死了", phone="")[0])


def test_a_matter_closes_when_the_last_has_answered(three: list[FollowUp]) -> None:
    replied(three[0], "1")
    follow_up()
    replied(three[1], "2")
    follow_up()
    assert matter_state(three[0]) == (M.FOLLOWING_UP, "")
    answer_give(follow_up_id=three[2].pk, way=Way.RECEIPT, answer="satisfied", is_solved=True)
    assert matter_state(three[0]) == (M.CLOSED, Closing.HEARD)
    assert fresh(three[0].rectification).closing_reason == "3 位群众中 3 位已答复，均满意或基本满意。"


def test_a_matter_closes_when_the_window_of_the_others_is_over(
    monkeypatch: pytest.MonkeyPatch, three: list[FollowUp]
) -> None:
    replied(three[0], "1")
    follow_up()
    later(monkeypatch, days=10)
    follow_up()
    assert [fresh(one).state for one in three] == [S.ANSWERED, S.SILENT, S.SILENT]
    assert matter_state(three[0]) == (M.CLOSED, Closing.HEARD)


def test_one_dissatisfied_resident_reopens_it_for_all(three: list[FollowUp]) -> None:
    replied(three[0], "1")
    follow_up()
    replied(three[1], "3")
    follow_up()
    assert fresh(three[0].rectification).state == M.HANDLING
    last = fresh(three[2])
    assert (last.state, last.dropped) == (S.CANCELLED, Dropped.MOVED_ON)
    assert CallBack.objects.get().follow_up == three[1]


def test_an_answer_to_the_last_round_is_kept_and_sends_nothing_back_a_second_time(three: list[FollowUp]) -> None:
    replied(three[0], "3")
    follow_up()
    replied(three[1], "3 我也不满意")
    follow_up()
    matter = fresh(three[0].rectification)
    assert (matter.reopen_count, matter.dissatisfied_count) == (1, 1)
    assert CallBack.objects.filter(state=CallBackState.OPEN).count() == 2


def test_the_next_round_asks_everybody_anew_but_writes_to_nobody_within_thirty_days(
    monkeypatch: pytest.MonkeyPatch, three: list[FollowUp]
) -> None:
    replied(three[0], "3")
    follow_up()
    later(monkeypatch, days=2)
    matter = fresh(three[0].rectification)
    who = head(unit())
    evidence_add(rectification_id=matter.pk, officer=who, name="a.pdf", media_type="application/pdf", data=b"%PDF-1")
    rectification_submit(rectification_id=matter.pk, officer=who, result="又查了三次")
    rectification_review(rectification_id=matter.pk, officer=centre(), passes=True, public_reply="已取缔")
    follow_up()
    again = FollowUp.objects.filter(rectification=matter, round=1)
    assert [one.way for one in again] == [Way.RECEIPT] * 3
    assert SmsMessage.objects.filter(is_question=True).count() == 2


def test_withdrawing_lets_the_others_decide(three: list[FollowUp]) -> None:
    replied(three[0], "1")
    follow_up()
    for one in three[1:]:
        feedback_withdraw(feedback=one.feedback)
    follow_up()
    assert matter_state(three[0]) == (M.CLOSED, Closing.HEARD)


# By phone ------------------------------------------------------------------------------------------------------------
def test_an_officer_of_the_rated_unit_hears_nobody(one: FollowUp) -> None:
    with pytest.raises(PermissionDenied):
        answer_record(follow_up_id=one.pk, officer=officer(Role.CENTRE, unit()), answer="satisfied", is_solved=True)
    for role in (Role.UNIT_HEAD, Role.STATION_OFFICER, Role.LEADER):
        with pytest.raises(PermissionDenied):
            answer_record(follow_up_id=one.pk, officer=officer(role), answer="satisfied", is_solved=True)


def test_what_was_heard_by_phone_names_who_heard_it_and_owes_no_further_call(one: FollowUp) -> None:
    who = caller()
    answer_record(follow_up_id=one.pk, officer=who, answer="dissatisfied", is_solved=False, comment="他说还吵")
    event = RectificationEvent.objects.filter(rectification=one.rectification).last()
    assert event is not None
    assert event.officer == who
    assert (fresh(one).answered_by, fresh(one).recorded_by) == (Way.CALL, who)
    assert not CallBack.objects.exists()


# Time ----------------------------------------------------------------------------------------------------------------
def test_a_window_ends_at_midnight_after_its_last_working_day(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2026-05-21T10:00")  # Thursday; the fifth working day is Thursday the 28th
    (one,) = asked(resident()[0])
    at(monkeypatch, "2026-05-28T23:59:59")
    assert windows_end() == 0
    at(monkeypatch, "2026-05-29T00:00")
    assert windows_end() == 1
    assert fresh(one).state == S.SILENT


def test_a_clock_that_is_set_back_gives_no_second_window(monkeypatch: pytest.MonkeyPatch) -> None:
    (one,) = asked(resident()[0])
    later(monkeypatch, days=10)
    follow_up()
    later(monkeypatch, days=-10)
    follow_up()
    assert fresh(one).state == S.SILENT
    replied(one, "1")
    assert replies_take() == 1
    assert matter_state(one) == (M.CLOSED, Closing.HEARD)


def test_nothing_is_asked_about_a_matter_that_is_still_in_review() -> None:
    submitted(dispatched(resident()[0]))
    assert follow_up() == {"dropped": 0, "asked": 0, "followed": 0, "answered": 0, "silent": 0}
