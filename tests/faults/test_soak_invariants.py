"""Every invariant of the soak can fail: each is shown data that break it, and a sound story that does not."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from accounts.models import Role
from accounts.services import SYSTEM, audit_record
from feedback.models import Attachment, Channel, Feedback, State
from feedback.sealing import phone_lookup
from feedback.services import Voice, feedback_submit
from followup.callbacks.models import CallBack
from followup.models import SmsText
from followup.notices.models import InterviewNotice, NoticeEvent, NoticeNumber
from followup.sms.models import OptOut, SmsMessage, SmsReply, SmsState
from followup.surveys.models import FollowUp, FollowUpAnswer
from insights.models import LoopTally
from insights.services import tallies_refresh
from measures.models import Closing, MatterRequest, Rectification, RectificationEvent
from measures.requests import request_ask
from measures.services import rectification_close
from opinion_portal import clock
from tests.feedback.queue_cast import officer
from tests.measures.matters import closed, confirmed, dispatched, head, passed
from tests.soak.invariants import Evidence, all_invariants

PHONE = "13900000123"
MORNING = datetime(2026, 5, 20, 10, tzinfo=clock.BUREAU_ZONE)
Break = Callable[[], Evidence]
BREAKS: dict[str, list[Break]] = {}


def breaks(invariant: str) -> Callable[[Break], Break]:
    """Mark a function that makes ``invariant`` fail."""

    def mark(broken: Break) -> Break:
        BREAKS.setdefault(invariant, []).append(broken)
        return broken

    return mark


@pytest.fixture(autouse=True)
def _morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: MORNING)


def _sql(statement: str) -> None:
    """What only the database's owner can do."""
    with connection.cursor() as cursor:
        cursor.execute(statement)


# Voices and matters -------------------------------------------------------------------------------------------------
@breaks("every_voice_has_one_fate")
def _a_voice_nobody_has_judged() -> Evidence:
    feedback_submit(voice=Voice(client_id=str(uuid.uuid4()), channel=Channel.QR, content="路灯坏了"))
    return Evidence()


@breaks("every_voice_has_one_fate")
def _a_voice_judged_invalid_that_a_matter_deals_with() -> Evidence:
    voice = confirmed()
    dispatched(voice)
    Feedback.objects.filter(pk=voice.pk).update(state=State.INVALID)
    return Evidence()


@breaks("every_voice_has_one_fate")
def _two_voices_that_are_each_others_duplicates() -> Evidence:
    one, other = confirmed(), confirmed()
    Feedback.objects.filter(pk=one.pk).update(state=State.DUPLICATE, duplicate_of=other)
    Feedback.objects.filter(pk=other.pk).update(state=State.DUPLICATE, duplicate_of=one)
    return Evidence()


@breaks("every_matter_follows_the_table")
def _a_matter_in_a_state_to_which_no_event_leads() -> Evidence:
    Rectification.objects.filter(pk=dispatched().pk).update(state="handed_110")
    return Evidence()


@breaks("every_matter_follows_the_table")
def _a_matter_passed_before_it_was_answered() -> Evidence:
    matter = dispatched()
    _event(matter, "pass", "dispatched", "following_up")
    Rectification.objects.filter(pk=matter.pk).update(state="following_up")
    return Evidence()


@breaks("every_move_was_made_by_its_party")
def _a_unit_that_reviews_itself() -> Evidence:
    matter = dispatched()
    _event(matter, "pass", "submitted", "following_up", officer=head(matter.lead_unit))
    return Evidence()


@breaks("nothing_closed_unheard")
def _a_matter_closed_as_heard_without_an_answer() -> Evidence:
    closed(dispatched())
    return Evidence()


@breaks("nothing_closed_unheard")
def _a_matter_closed_without_an_answer_by_its_own_unit() -> Evidence:
    matter = dispatched()
    own = head(matter.lead_unit)
    _event(matter, "close", "following_up", "closed", officer=own, note="联系不上", data={"closing": "impossible"})
    return Evidence()


@breaks("every_counter_equals_its_events")
def _a_matter_that_counts_a_reopening_too_many() -> Evidence:
    Rectification.objects.filter(pk=dispatched().pk).update(reopen_count=1)
    return Evidence()


@breaks("every_counter_equals_its_events")
def _a_matter_recalled_after_the_question_without_another_round() -> Evidence:
    _event(dispatched(), "recall", "following_up", "returned")
    return Evidence()


@breaks("every_counter_equals_its_events")
def _a_matter_pressed_further_than_its_events_say() -> Evidence:
    Rectification.objects.filter(pk=dispatched().pk).update(escalation="interview")
    return Evidence()


@breaks("every_request_was_decided_once")
def _a_request_granted_without_an_event() -> Evidence:
    request = _request()
    MatterRequest.objects.filter(pk=request.pk).update(
        state="granted", decided_by=officer(Role.CENTRE), decided_at=MORNING
    )
    return Evidence()


@breaks("every_request_was_decided_once")
def _a_request_left_open_when_the_unit_had_answered() -> Evidence:
    Rectification.objects.filter(pk=_request().rectification_id).update(state="submitted")
    return Evidence()


def _request() -> MatterRequest:
    matter = dispatched()
    who = head(matter.lead_unit)
    return request_ask(rectification_id=matter.pk, officer=who, kind="return", reason="不属于本单位")


def _event(matter: Rectification, move: str, frm: str, to: str, **fields: Any) -> None:
    RectificationEvent.objects.create(
        rectification=matter, move=move, from_state=frm, to_state=to, actor_label="x", unit=matter.lead_unit, **fields
    )


# Messages -----------------------------------------------------------------------------------------------------------
def _message(state: SmsState = SmsState.DELIVERED, *, at: datetime = MORNING, **fields: Any) -> SmsMessage:
    feedback = fields.pop("feedback", None) or confirmed()
    moments: dict[str, Any] = {"claimed_at": at} if state != SmsState.QUEUED else {}
    moments |= {"sent_at": at} if state in {SmsState.SENT, SmsState.DELIVERED} else {}
    moments |= {"settled_at": at} if state in {SmsState.DELIVERED, SmsState.FAILED} else {}
    values: dict[str, Any] = {
        "text": SmsText.objects.get(code="survey"), "feedback": feedback, "lookup": phone_lookup(PHONE),
        "signature": "沈河公安", "template": "x", "body": "x", "parts": 1, "state": state, "due_at": at,
        "is_question": True, "extension": "1",
    }  # fmt: skip
    return SmsMessage.objects.create(**values | moments | fields)


def _carried(*messages: SmsMessage, at: datetime = MORNING, is_delivered: bool = True) -> Evidence:
    """The carrier has these messages, as the portal sent them."""
    books = [
        {"key": str(one.key), "phone": PHONE, "accepted_at": (one.sent_at or at).timestamp(),
         "is_delivered": is_delivered}
        for one in messages
    ]  # fmt: skip
    return Evidence(messages=books)


@breaks("every_message_has_one_outcome")
def _a_message_that_waits() -> Evidence:
    _message(SmsState.QUEUED)
    return Evidence()


@breaks("every_message_has_one_outcome")
def _a_message_that_is_still_asked_for() -> Evidence:
    _message(SmsState.SENT, ask_at=MORNING)
    return Evidence()


@breaks("the_carrier_has_each_message_once")
def _a_message_sent_twice() -> Evidence:
    message = _message()
    return _carried(message, message)


@breaks("the_carrier_has_each_message_once")
def _a_message_counted_as_sent_that_never_left() -> Evidence:
    _message()
    return Evidence()


@breaks("the_carrier_has_each_message_once")
def _a_message_counted_as_cancelled_that_left() -> Evidence:
    return _carried(_message(SmsState.CANCELLED, why="taken-back", settled_at=MORNING))


@breaks("the_carrier_has_each_message_once")
def _a_message_of_which_the_portal_knows_nothing() -> Evidence:
    return _carried(SmsMessage(key=uuid.uuid4()))


@breaks("every_outcome_is_the_carriers")
def _a_message_counted_as_delivered_that_did_not_arrive() -> Evidence:
    return _carried(_message(), is_delivered=False)


@breaks("nothing_left_outside_the_hours")
def _a_message_in_the_evening() -> Evidence:
    return _carried(_message(at=MORNING.replace(hour=20, minute=30)))


@breaks("nothing_left_after_a_refusal")
def _a_message_after_the_refusal() -> Evidence:
    OptOut.objects.create(lookup=phone_lookup(PHONE), at=MORNING - timedelta(days=1))
    return _carried(_message())


@breaks("nobody_is_asked_too_often")
def _two_surveys_within_thirty_days() -> Evidence:
    return _carried(_message(), _message(at=MORNING + timedelta(days=29)))


@breaks("nobody_is_asked_too_often")
def _two_messages_on_one_day() -> Evidence:
    first = _message(is_question=False)
    return _carried(first, _message(at=MORNING + timedelta(hours=5), is_question=False))


@breaks("one_question_is_open_to_a_number")
def _two_open_questions() -> Evidence:
    _sql("DROP INDEX sms_one_open_question")
    _message(is_open_question=True)
    _message(is_open_question=True)
    return Evidence()


@breaks("every_reply_was_taken_once")
def _a_confirmed_reply_that_is_not_there() -> Evidence:
    return Evidence(pushes=[_push()])


@breaks("every_reply_was_taken_once")
def _a_reply_that_nobody_wrote() -> Evidence:
    _reply(_message(), "1")
    return Evidence()


@breaks("nothing_was_caused_twice")
def _two_surveys_for_one_question() -> Evidence:
    for _ in range(2):
        _message(about_type="follow_up", about_id=7)
    return Evidence()


@breaks("every_use_of_a_number_is_audited")
def _a_message_whose_number_nobody_has_opened() -> Evidence:
    return _carried(_message())


def _push() -> dict[str, Any]:
    body = (
        f'[{{"phone_number": "{PHONE}", "send_time": "2026-05-20 10:00:00", "content": "1", "sign_name": "x",'
        ' "dest_code": "1", "sequence_id": 1000000001}]'
    )
    return {"kind": "reply", "reply": 1, "state": "done", "body": body}


def _reply(message: SmsMessage, answer: str) -> SmsReply:
    meant = {"1": "satisfied", "3": "dissatisfied"}[answer]
    return SmsReply.objects.create(
        reply_id=uuid.uuid4().hex, message=message, text=answer, answer=meant, stands=True, replied_at=MORNING
    )


# Follow-ups ---------------------------------------------------------------------------------------------------------
def _follow_up(matter: Rectification | None = None, **fields: Any) -> FollowUp:
    matter = matter or passed(dispatched())
    values: dict[str, Any] = {
        "rectification": matter, "feedback": matter.voices.get().feedback, "round": 0, "way": "receipt",
        "token_digest": uuid.uuid4().bytes * 2, "due_at": MORNING, "expires_at": MORNING,
    }  # fmt: skip
    return FollowUp.objects.create(**values | fields)


@breaks("everybody_is_asked_once_a_round")
def _a_matter_passed_of_which_nobody_was_asked() -> Evidence:
    passed(dispatched())
    return Evidence()


@breaks("everybody_is_asked_once_a_round")
def _a_question_before_the_matter_was_passed() -> Evidence:
    _follow_up(dispatched())
    return Evidence()


@breaks("every_answering_reply_counts_once")
def _a_reply_that_became_no_answer() -> Evidence:
    _reply(_message(about_type="follow_up", about_id=_follow_up().pk), "1")
    return Evidence()


@breaks("the_last_answer_holds")
def _an_answer_that_nobody_gave() -> Evidence:
    _follow_up(state="answered", answer="satisfied", answered_by="sms", answered_at=MORNING)
    return Evidence()


@breaks("the_last_answer_holds")
def _an_earlier_answer_that_holds() -> Evidence:
    one = _follow_up(state="answered", answer="satisfied", answered_by="sms", answered_at=MORNING)
    _answer(one, "satisfied")
    _answer(one, "dissatisfied", said_at=MORNING + timedelta(hours=1))
    return Evidence()


@breaks("nobody_dissatisfied_is_forgotten")
def _a_dissatisfied_resident_whom_nobody_calls() -> Evidence:
    _answer(_follow_up(), "dissatisfied")
    return Evidence()


@breaks("nobody_dissatisfied_is_forgotten")
def _a_resident_who_wants_no_call_and_is_owed_one() -> Evidence:
    one = _follow_up()
    Feedback.objects.filter(pk=one.feedback_id).update(no_call=True)
    CallBack.objects.create(follow_up=one, due_at=MORNING)
    return Evidence()


@breaks("every_call_is_by_day")
def _a_call_due_at_night() -> Evidence:
    CallBack.objects.create(follow_up=_follow_up(), due_at=MORNING.replace(hour=23))
    return Evidence()


@breaks("no_question_outlives_its_matter")
def _a_question_that_is_open_while_the_matter_is_with_the_unit() -> Evidence:
    one = _follow_up()
    Rectification.objects.filter(pk=one.rectification_id).update(state="handling")
    return Evidence()


@breaks("every_answer_has_moved_its_matter")
def _a_matter_that_is_not_closed_when_all_were_heard() -> Evidence:
    _follow_up(state="answered", answer="satisfied", answered_by="sms", answered_at=MORNING)
    return Evidence()


@breaks("every_answer_has_moved_its_matter")
def _a_dissatisfied_answer_under_a_closed_matter() -> Evidence:
    _follow_up(closed(dispatched()), state="answered", answer="dissatisfied", answered_by="sms", answered_at=MORNING)
    return Evidence()


def _answer(one: FollowUp, answer: str, *, said_at: datetime = MORNING) -> None:
    FollowUpAnswer.objects.create(follow_up=one, way="sms", answer=answer, said_at=said_at)


# Notices ------------------------------------------------------------------------------------------------------------
def _notice(state: str = "issued", number: int = 1, **fields: Any) -> InterviewNotice:
    people = {
        "drafted_by": officer(Role.CENTRE), "reviewed_by": officer(Role.DISCIPLINE), "signed_by": officer(Role.LEADER),
    }  # fmt: skip
    issued: dict[str, Any] = {
        "prefix": "沈公民约", "issuer": "x", "year": 2026, "number": number, "issued_at": MORNING,
        "issued_on": MORNING.date(), **people,
    }  # fmt: skip
    return InterviewNotice.objects.create(unit=head().unit, facts="x", state=state, **issued | fields)


@breaks("every_number_is_there_once")
def _a_number_with_a_gap_before_it() -> Evidence:
    NoticeNumber.objects.create(prefix="沈公民约", year=2026, last=2)
    _notice(number=2)
    return Evidence()


@breaks("three_people_stand_for_a_notice")
def _a_notice_whose_signer_wrote_in_it() -> Evidence:
    notice = _notice()
    _notice_event(notice, "edit", notice.signed_by_id)
    _notice_event(notice, "sign", notice.signed_by_id)
    return Evidence()


@breaks("every_notice_follows_the_table")
def _a_notice_in_a_state_to_which_no_event_leads() -> Evidence:
    _notice()
    return Evidence()


@breaks("every_paper_is_kept")
def _an_issued_notice_without_its_papers() -> Evidence:
    _notice()
    return Evidence()


def _notice_event(notice: InterviewNotice, move: str, who: int | None) -> None:
    NoticeEvent.objects.create(
        notice=notice, move=move, from_state="draft", to_state="draft", officer_id=who, actor_label="x"
    )


# Everything ---------------------------------------------------------------------------------------------------------
@breaks("every_tally_equals_its_rows")
def _a_tally_that_somebody_changed() -> Evidence:
    Rectification.objects.filter(pk=dispatched().pk).update(changed_at=MORNING - timedelta(hours=1))
    tallies_refresh(now=MORNING)
    assert LoopTally.objects.update(count=77)
    return Evidence()


@breaks("the_audit_log_is_whole")
def _an_event_put_in_later() -> Evidence:
    for name in ("test.one", "test.two"):
        audit_record(action=name, actor=SYSTEM)
    assert not all_invariants()["the_audit_log_is_whole"](Evidence())
    _sql("ALTER TABLE accounts_auditevent DISABLE TRIGGER USER; UPDATE accounts_auditevent SET action = 'test.three'")
    return Evidence()


@breaks("every_event_is_audited")
def _an_event_without_its_audit_row() -> Evidence:
    _event(dispatched(), "progress", "handling", "handling")
    return Evidence()


@breaks("every_event_is_audited")
def _an_audit_row_without_its_event() -> Evidence:
    audit_record(action="matter.dispatch", actor=SYSTEM, object_type="matter", object_id=dispatched().pk)
    return Evidence()


@breaks("no_number_lies_open")
def _a_number_in_a_text() -> Evidence:
    Feedback.objects.filter(pk=confirmed().pk).update(content=f"请打{PHONE}找我")
    return Evidence(phones=frozenset([PHONE, "13900000999"]))


@breaks("no_number_lies_open")
def _a_number_in_bytes() -> Evidence:
    Attachment.objects.create(
        feedback=confirmed(), position=1, media_type="image/jpeg", width=1, height=1, data=f"\x01{PHONE}\x02".encode()
    )
    return Evidence(phones=frozenset([PHONE]))


@breaks("nothing_surprised_anybody")
def _an_error_that_no_fault_explains() -> Evidence:
    return Evidence(surprises=("ZeroDivisionError",))


@breaks("nobody_waited_for_each_other")
def _a_deadlock() -> Evidence:
    return Evidence(deadlocks=1)


# The tests ----------------------------------------------------------------------------------------------------------
# Proving the audit log asks for a transaction of its own.
ALONE = {"the_audit_log_is_whole"}
CASES = [(name, broken) for name, all_broken in BREAKS.items() for broken in all_broken]


def test_every_invariant_is_broken_by_some_case() -> None:
    assert BREAKS.keys() == all_invariants().keys()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "broken"), [pytest.param(*case, id=case[1].__name__) for case in CASES if case[0] not in ALONE]
)
def test_an_invariant_notices_what_breaks_it(name: str, broken: Break) -> None:
    assert all_invariants()[name](broken())


@pytest.mark.django_db(transaction=True)
def test_an_event_that_was_altered_is_noticed() -> None:
    assert all_invariants()["the_audit_log_is_whole"](_an_event_put_in_later())


@pytest.mark.django_db
def test_a_sound_story_breaks_no_invariant() -> None:
    matter = passed(dispatched())
    message = _message(feedback=matter.voices.get().feedback)
    one = _follow_up(matter, way="sms", message=message, state="asked", asked_at=MORNING)
    _answer(one, "basically")
    FollowUp.objects.filter(pk=one.pk).update(
        state="answered", answer="basically", answered_by="sms", answered_at=MORNING
    )
    rectification_close(rectification_id=matter.pk, actor=SYSTEM, closing=Closing.HEARD, note="基本满意")
    audit_record(action="contact.use", actor=SYSTEM, object_id=one.feedback_id, data={"purpose": "sms"})
    evidence = _carried(message)
    found = {name: invariant(evidence) for name, invariant in all_invariants().items() if name not in ALONE}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
