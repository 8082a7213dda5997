"""The outbox: what gets in and what does not, when it leaves, and what becomes of it, over a carrier that is there."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError
from pytest_django import Settings

from accounts.models import AuditEvent, Officer
from feedback.models import SealedContact
from feedback.sealing import phone_lookup
from feedback.services import contact_erase, feedback_withdraw
from followup.models import OptOut, SmsMessage, SmsText
from followup.sms import moves, plan
from followup.sms.asking import sms_reconcile
from followup.sms.hours import SendingHours
from followup.sms.models import SmsState
from followup.sms.selectors import messages_about
from followup.sms.sending import sms_claim_due, sms_send_claimed
from followup.sms.services import Skipped, sms_cancel, sms_queue
from followup.sms.tasks import send_due
from followup.sms.wording import Why
from opinion_portal import clock
from tests.followup.carriers import CarrierProgram, carrier_running, phone_new
from tests.followup.sms_cast import (
    DAY_AND_NIGHT,
    at,
    fresh,
    head,
    nobody,
    queued,
    reminder,
    resident,
    sends_through,
    skipped,
    text,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def carrier(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CarrierProgram]:
    with carrier_running(tmp_path_factory.mktemp("carrier")) as running:
        yield running


@pytest.fixture(autouse=True)
def _sends(settings: Settings, carrier: CarrierProgram) -> None:
    carrier.order()
    sends_through(settings, carrier)


def _send_all() -> int:
    return send_due()


# Getting in -------------------------------------------------------------------------------------------------------
def test_a_message_stands_and_falls_with_what_causes_it() -> None:
    feedback = resident()

    @transaction.atomic
    def cause() -> None:
        sms_queue(text_code="survey-thanks", values={}, feedback=feedback)
        raise RuntimeError("the cause failed")

    with pytest.raises(RuntimeError):
        cause()
    assert not SmsMessage.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_queued() -> None:
    with pytest.raises(TransactionManagementError):
        sms_queue(text_code="survey-thanks", values={}, feedback=resident())


def test_a_message_keeps_what_it_says_but_never_the_number() -> None:
    phone = phone_new()
    feedback = resident(phone)
    message = queued(feedback, about=("follow_up", 17))
    assert message.state == SmsState.QUEUED
    assert message.lookup == phone_lookup(phone)
    assert message.values == [["reference", feedback.reference]]
    assert (message.body, message.signature) == (
        f"{text('survey').body}".replace("{reference}", feedback.reference),
        "沈河公安",
    )
    assert (message.parts, message.is_question, len(message.extension)) == (1, True, 7)
    assert list(messages_about("follow_up", 17)) == [message]
    assert phone not in str(vars(message))


def test_a_later_change_of_the_text_does_not_change_what_is_waiting() -> None:
    message = queued(resident(), "survey-thanks")
    SmsText.objects.filter(code="survey-thanks").update(body="别的话")
    assert fresh(message).body == message.body != "别的话"


@pytest.mark.parametrize("wrong", ["both", "neither", "question"])
def test_a_message_goes_to_one_person_and_a_question_to_a_resident(wrong: str) -> None:
    people = {"both": {"feedback": resident(), "officer": head()}, "neither": {}, "question": {"officer": head()}}
    with pytest.raises(ValueError, match="one person"), transaction.atomic():
        sms_queue(text_code="survey-thanks", values={}, is_question=wrong == "question", **people[wrong])  # type: ignore[arg-type]  # tests name real fields


def test_an_unknown_text_and_values_that_do_not_fit_are_mistakes() -> None:
    with pytest.raises(SmsText.DoesNotExist):
        queued(resident(), "no-such-text")
    with pytest.raises(ValueError, match="reference"):
        queued(resident(), "survey", values={})


def test_who_cannot_or_may_not_be_written_to_is_recorded_with_the_reason() -> None:
    erased, withdrawn, refusing = resident(), resident(), resident()
    contact_erase(feedback=erased)
    feedback_withdraw(feedback=withdrawn)
    OptOut.objects.create(lookup=bytes(SealedContact.objects.get(feedback=refusing).lookup or b""))
    found = [skipped(feedback) for feedback in (nobody(), erased, withdrawn, refusing)]
    assert [one.why for one in found] == [Why.NO_CONTACT, Why.ERASED, Why.WITHDRAWN, Why.OPTED_OUT]
    for one in found:
        assert (fresh(one.message).state, fresh(one.message).why) == (SmsState.CANCELLED, one.why)
    assert _send_all() == 0


def test_a_text_that_is_off_or_has_no_template_and_a_portal_without_provider_send_nothing(
    settings: Settings, carrier: CarrierProgram
) -> None:
    SmsText.objects.filter(code="survey-thanks").update(is_active=False)
    assert skipped(resident(), "survey-thanks").why == Why.TEXT_OFF
    sends_through(settings, carrier, "aliyun")
    settings.SMS_TEMPLATES = {"survey": "SMS_1"}
    assert skipped(resident(), "survey-link").why == Why.NO_TEMPLATE
    settings.SMS_PROVIDER = "none"
    assert skipped(resident()).why == Why.NO_PROVIDER


def test_an_officer_without_a_duty_phone_or_account_is_not_reminded() -> None:
    gone = head()
    Officer.objects.filter(pk=gone.pk).update(is_active=False)
    gone.refresh_from_db()
    for officer in (head(phone=""), gone):
        found = reminder(officer)
        assert isinstance(found, Skipped)
        assert found.why == Why.NO_DUTY_PHONE


def test_a_link_is_not_shown_and_is_forgotten_once_it_is_sent(carrier: CarrierProgram) -> None:
    message = queued(resident(), "survey-link")
    assert "https://portal.example/s/abc" in message.body
    _send_all()
    sent = fresh(message)
    assert sent.state == SmsState.SENT
    assert "portal.example" not in f"{sent.body}{sent.values}"
    assert "https://portal.example/s/abc" in carrier.sent(str(message.key))[0]["text"]


# When it leaves ---------------------------------------------------------------------------------------------------
def test_quiet_hours_move_a_message_and_a_late_worker_asks_the_clock_again(settings: Settings) -> None:
    settings.SMS_HOURS = SendingHours()
    message = queued(resident(), due_at=at(21, day=1))
    assert message.due_at == at(9, day=2)
    assert sms_claim_due(now=at(8, 59, day=2)) == []
    assert sms_claim_due(now=at(12, day=2)) == []  # due since nine, but nobody was at work until noon
    assert fresh(message).due_at == at(14, day=2)
    assert sms_claim_due(now=at(14, day=2)) == [message]


def test_a_clock_that_jumps_over_midnight_wakes_nobody(settings: Settings) -> None:
    settings.SMS_HOURS = SendingHours()
    message = queued(resident(), due_at=at(19, 59, day=1))
    assert sms_claim_due(now=at(0, day=2)) == []
    assert sms_claim_due(now=at(23, 59, day=1)) == []  # and back
    assert fresh(message).due_at == at(9, day=2)
    assert sms_claim_due(now=at(9, day=2)) == [message]


def test_a_duty_phone_is_left_alone_at_night_only(settings: Settings) -> None:
    settings.SMS_DUTY_HOURS = SendingHours(((at(8).time(), at(21).time()),))
    for asked, leaves in ((at(13, day=1), at(13, day=1)), (at(21, day=1), at(8, day=2))):
        message = reminder(head(), due_at=asked)
        assert isinstance(message, SmsMessage)
        assert message.due_at == leaves


def test_one_number_gets_one_message_a_day_and_one_question_in_thirty_days(settings: Settings) -> None:
    settings.SMS_HOURS = SendingHours()
    phone = phone_new()
    first, same_person, note = resident(phone), resident(phone), resident(phone)
    asked = queued(first, due_at=at(10, day=1))
    assert queued(same_person, due_at=at(10, day=1)).due_at == at(10, day=31)
    assert queued(note, "survey-thanks", due_at=at(11, day=1)).due_at == at(9, day=2)
    assert queued(first, "survey-thanks", due_at=at(11, day=1), is_response=True).due_at == at(11, day=1)
    assert queued(resident(), due_at=at(10, day=1)).due_at == at(10, day=1)
    assert sms_claim_due(now=at(10, day=1), limit=1) == [asked]


def test_messages_that_waited_for_a_dead_worker_still_leave_one_a_day(settings: Settings) -> None:
    settings.SMS_HOURS = SendingHours()
    feedback = resident()
    first = queued(feedback, "survey-thanks", due_at=at(10, day=1))
    second = queued(feedback, "survey-thanks", due_at=at(10, day=2))
    assert second.due_at == at(10, day=2)
    assert sms_claim_due(now=at(10, 30, day=2)) == [first]
    assert sms_claim_due(now=at(11, day=2)) == []
    assert fresh(second).due_at == at(9, day=3)
    assert sms_claim_due(now=at(9, day=3)) == [second]


def test_what_changed_since_it_was_queued_is_looked_at_again() -> None:
    erased, withdrawn, refusing, officer = resident(), resident(), resident(), head()
    messages = [queued(feedback) for feedback in (erased, withdrawn, refusing)]
    duty = reminder(officer)
    contact_erase(feedback=erased)
    feedback_withdraw(feedback=withdrawn)
    OptOut.objects.create(lookup=bytes(messages[2].lookup or b""))
    Officer.objects.filter(pk=officer.pk).update(phone="")
    assert sms_claim_due(now=clock.now(), limit=2) == []
    states = {(fresh(message).state, fresh(message).why) for message in messages}
    assert states == {("cancelled", "erased"), ("cancelled", "withdrawn"), ("cancelled", "opted-out")}
    assert isinstance(duty, SmsMessage)
    assert fresh(duty).why == Why.NO_DUTY_PHONE


def test_what_has_no_object_any_more_is_taken_back() -> None:
    waiting, other = queued(resident(), about=("follow_up", 1)), queued(resident(), about=("follow_up", 2))
    sent = queued(resident(), due_at=clock.now() - timedelta(minutes=1), about=("follow_up", 1))
    sms_send_claimed(message=sms_claim_due(now=sent.due_at)[0], now=clock.now())
    assert sms_cancel(about=("follow_up", 1)) == 1
    assert [fresh(one).state for one in (waiting, other, sent)] == ["cancelled", "queued", "sent"]
    assert AuditEvent.objects.filter(action="sms.cancel", object_id=str(waiting.pk)).count() == 1


def test_one_question_is_open_for_a_number(settings: Settings) -> None:
    settings.SMS_HOURS = SendingHours()
    phone = phone_new()
    first, second = queued(resident(phone), due_at=at(10, day=1)), queued(resident(phone), due_at=at(10, day=1))
    sms_claim_due(now=at(10, day=1))
    assert fresh(first).is_open_question
    sms_claim_due(now=at(10, day=31))
    assert (fresh(first).is_open_question, fresh(second).is_open_question) == (False, True)
    with pytest.raises(IntegrityError, match="sms_one_open_question"), transaction.atomic():
        SmsMessage.objects.filter(pk=first.pk).update(is_open_question=True)


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "lost"},
        {"state": "sent"},
        {"state": "claimed"},
        {"state": "delivered", "sent_at": at(9)},
        {"state": "failed", "settled_at": at(9)},
        {"settled_at": at(9)},
        {"feedback": None},
        {"is_question": True, "extension": ""},
        {"is_open_question": True},
    ],
)
def test_the_database_refuses_what_cannot_be(changes: dict[str, object]) -> None:
    message = queued(resident(), "survey-thanks")
    with pytest.raises(IntegrityError), transaction.atomic():
        SmsMessage.objects.filter(pk=message.pk).update(**changes)


# Sending ----------------------------------------------------------------------------------------------------------
def test_a_message_is_sent_once_and_carries_what_the_provider_needs(carrier: CarrierProgram) -> None:
    phone = phone_new()
    feedback = resident(phone)
    message = queued(feedback)
    assert _send_all() == 1
    assert _send_all() == 0
    sent = fresh(message)
    assert (sent.state, sent.attempts, sent.provider, sent.why) == (SmsState.SENT, 1, "simulated", "")
    (copy,) = carrier.sent(str(message.key))
    assert (copy["phone"], copy["template"], copy["signature"]) == (phone, "survey", "沈河公安")
    assert (copy["extension"], copy["provider_id"]) == (message.extension, sent.provider_id)
    assert copy["text"] == f"【沈河公安】{message.body}"
    used = AuditEvent.objects.filter(action="contact.use", object_id=str(feedback.pk))
    assert [event.data for event in used] == [{"purpose": "sms"}]


def test_a_duty_phone_gets_its_reminder(carrier: CarrierProgram) -> None:
    phone = phone_new()
    message = reminder(head(phone=f"+86 {phone[:3]}-{phone[3:]}"))
    assert isinstance(message, SmsMessage)
    _send_all()
    assert fresh(message).state == SmsState.SENT
    assert carrier.sent(str(message.key))[0]["phone"] == phone


def test_a_landline_is_not_sent_to(carrier: CarrierProgram) -> None:
    message = queued(resident("02423110110"))
    _send_all()
    assert (fresh(message).state, fresh(message).why) == (SmsState.FAILED, Why.NOT_MOBILE)
    assert carrier.sent(str(message.key)) == []


def test_a_seal_that_does_not_open_fails_that_message_alone(carrier: CarrierProgram) -> None:
    damaged, whole = queued(resident()), queued(resident())
    SealedContact.objects.filter(feedback=damaged.feedback).update(ciphertext=b"\x00" * 40)
    _send_all()
    assert (fresh(damaged).state, fresh(damaged).why) == (SmsState.FAILED, Why.NOT_OPENED)
    assert fresh(whole).state == SmsState.SENT


def test_a_refusal_that_may_pass_is_tried_again_later_and_not_for_ever(carrier: CarrierProgram) -> None:
    message = queued(resident())
    carrier.order(refuse={"next": 99})
    for attempt in range(1, len(plan.RETRIES) + 2):
        assert fresh(message).state == SmsState.QUEUED
        SmsMessage.objects.filter(pk=message.pk).update(due_at=clock.now())
        assert _send_all() == 1
        assert fresh(message).attempts == attempt
    assert (fresh(message).state, fresh(message).why) == (SmsState.FAILED, "isv.AMOUNT_NOT_ENOUGH")
    assert fresh(message).sent_at is None


def test_a_message_that_will_never_be_taken_fails_at_once(carrier: CarrierProgram) -> None:
    message = queued(resident())
    SmsMessage.objects.filter(pk=message.pk).update(body="x" * 499)
    _send_all()
    assert (fresh(message).state, fresh(message).why) == (SmsState.FAILED, "isv.PARAM_LENGTH_LIMIT")
    assert not fresh(message).is_open_question


def test_a_carrier_that_is_down_is_tried_again(settings: Settings, carrier: CarrierProgram) -> None:
    message = queued(resident())
    settings.SMS = {**settings.SMS, "SMS_CARRIER_URL": "http://127.0.0.1:9"}
    _send_all()
    waiting = fresh(message)
    assert (waiting.state, waiting.why, waiting.attempts) == (SmsState.QUEUED, Why.UNREACHABLE, 1)
    assert waiting.due_at > clock.now()
    assert not waiting.is_open_question
    sends_through(settings, carrier)
    SmsMessage.objects.update(due_at=clock.now())
    _send_all()
    assert fresh(message).state == SmsState.SENT
    assert len(carrier.sent(str(message.key))) == 1


@pytest.mark.django_db(transaction=True)
def test_many_senders_at_once_send_each_message_once(carrier: CarrierProgram) -> None:
    phones = [phone_new() for _ in range(6)]
    messages = [queued(resident(phone), "survey-thanks", is_response=True) for phone in phones for _ in range(3)]
    barrier, failures = threading.Barrier(5), []

    def work() -> None:
        try:
            barrier.wait()
            for _ in range(8):
                send_due()
        except Exception as error:  # noqa: BLE001 (the test tells)
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert [len(carrier.sent(str(message.key))) for message in messages] == [1] * len(messages)
    assert set(SmsMessage.objects.values_list("state", flat=True)) == {"sent"}


@pytest.mark.django_db(transaction=True)
def test_two_that_queue_for_one_number_at_once_do_not_both_write_today() -> None:
    phone = phone_new()
    voices = [resident(phone) for _ in range(4)]
    barrier = threading.Barrier(4)

    def work(index: int) -> None:
        try:
            barrier.wait()
            queued(voices[index])
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[index]) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    due = sorted(SmsMessage.objects.values_list("due_at", flat=True))
    assert len(due) == 4
    assert all(later - earlier >= timedelta(days=30) for earlier, later in pairwise(due))


# In doubt ---------------------------------------------------------------------------------------------------------
def _doubtful(carrier: CarrierProgram, **faults: Any) -> SmsMessage:
    message = queued(resident())
    carrier.order(**faults)
    _send_all()
    carrier.order()
    assert fresh(message).state == SmsState.UNKNOWN
    return fresh(message)


@pytest.mark.parametrize("fault", ["drop_connection_after_accept", "accept_but_answer_late"])
def test_an_answer_that_got_lost_is_found_out_and_nothing_is_sent_again(carrier: CarrierProgram, fault: str) -> None:
    message = queued(resident())
    faults: dict[str, Any] = {fault: {"next": 1}}
    carrier.order(late_seconds=5, **faults)
    _send_all()
    carrier.order()
    assert (fresh(message).state, fresh(message).why) == (SmsState.UNKNOWN, Why.NO_ANSWER)
    assert sms_reconcile(now=clock.now()) == 0  # too early to ask
    assert sms_reconcile(now=clock.now() + plan.ASK_AFTER) == 1
    found = fresh(message)
    assert found.state in {SmsState.SENT, SmsState.DELIVERED}
    assert len(carrier.sent(str(message.key))) == 1
    assert found.is_open_question


def test_what_the_provider_never_heard_of_is_believed_late_and_sent_once_more(carrier: CarrierProgram) -> None:
    message = _doubtful(carrier, http_500={"next": 1})
    sms_reconcile(now=clock.now() + plan.ASK_AFTER)
    assert fresh(message).state == SmsState.UNKNOWN  # its records may only be slow
    SmsMessage.objects.update(ask_at=clock.now())
    sms_reconcile(now=clock.now() + plan.BELIEVED_AFTER + timedelta(minutes=1))
    assert (fresh(message).state, fresh(message).is_open_question) == (SmsState.QUEUED, False)
    _send_all()
    assert fresh(message).state == SmsState.SENT
    assert len(carrier.sent(str(message.key))) == 1


def test_the_second_time_it_has_failed(carrier: CarrierProgram) -> None:
    message = _doubtful(carrier, http_500={"next": 1})
    later = clock.now() + plan.BELIEVED_AFTER + timedelta(minutes=1)
    sms_reconcile(now=later)
    carrier.order(http_500={"next": 1})
    _send_all()
    carrier.order()
    SmsMessage.objects.update(ask_at=clock.now())
    sms_reconcile(now=later + timedelta(minutes=1))
    assert (fresh(message).state, fresh(message).why) == (SmsState.FAILED, Why.NOT_ACCEPTED)
    assert carrier.sent(str(message.key)) == []


def test_what_stays_unknown_is_asked_for_three_days_and_then_left_to_be_seen(carrier: CarrierProgram) -> None:
    message = _doubtful(carrier, http_500={"next": 1})
    carrier.order(down={"probability": 1})
    moment, asked = clock.now(), 0
    while (ask_at := fresh(message).ask_at) and asked < 50:
        moment = max(ask_at, moment)
        sms_reconcile(now=moment)
        asked += 1
    assert 3 < asked < 10
    assert moment - message.created_at < timedelta(hours=73)
    assert fresh(message).state == SmsState.UNKNOWN
    assert len(set(AuditEvent.objects.filter(action="contact.use").values_list("data__purpose", flat=True))) == 2


def test_a_dead_workers_claim_is_given_up_and_never_sent_blindly(carrier: CarrierProgram) -> None:
    message = queued(resident())
    (claimed,) = sms_claim_due(now=clock.now())
    assert sms_reconcile(now=clock.now() + plan.LEASE_HOLDS) == 0
    assert fresh(message).state == SmsState.CLAIMED
    sms_reconcile(now=clock.now() + plan.CLAIM_HOLDS + timedelta(seconds=1))
    assert (fresh(message).state, fresh(message).why) == (SmsState.UNKNOWN, Why.WORKER_LOST)
    sms_send_claimed(message=claimed, now=clock.now())  # the dead one was only slow
    assert carrier.sent(str(message.key)) == []
    SmsMessage.objects.update(ask_at=clock.now())
    sms_reconcile(now=clock.now() + plan.BELIEVED_AFTER)
    _send_all()
    assert len(carrier.sent(str(message.key))) == 1


def test_a_worker_whose_batch_took_too_long_gives_the_message_back(carrier: CarrierProgram) -> None:
    message = queued(resident())
    (claimed,) = sms_claim_due(now=clock.now())
    sms_send_claimed(message=claimed, now=clock.now() + plan.LEASE_HOLDS + timedelta(seconds=1))
    assert (fresh(message).state, fresh(message).attempts) == (SmsState.QUEUED, 0)
    assert carrier.sent(str(message.key)) == []


def test_another_provider_is_not_asked_about_what_this_one_got(settings: Settings, carrier: CarrierProgram) -> None:
    message = _doubtful(carrier, http_500={"next": 1})
    sends_through(settings, carrier, "aliyun")
    sms_reconcile(now=clock.now() + timedelta(hours=1))
    assert fresh(message).state == SmsState.UNKNOWN


def test_a_lost_receipt_is_asked_for(carrier: CarrierProgram) -> None:
    reached, not_reached = queued(resident()), queued(resident())
    carrier.order(receipt_failed={"next": 1})
    _send_all()
    carrier.order()
    assert sms_reconcile(now=clock.now() + timedelta(hours=1)) == 0
    time.sleep(0.2)  # it travels
    assert sms_reconcile(now=clock.now() + plan.RECEIPT_EXPECTED + timedelta(seconds=1)) == 2
    states = {fresh(reached).state, fresh(not_reached).state}
    assert states == {SmsState.DELIVERED, SmsState.FAILED}


def test_a_copy_too_many_would_be_shown() -> None:
    message = queued(resident())
    (claimed,) = sms_claim_due(now=clock.now())
    sms_send_claimed(message=claimed, now=clock.now())
    # As if somebody had set the row back by hand.
    again = {"state": SmsState.CLAIMED, "claimed_at": claimed.claimed_at, "provider_id": ""}
    SmsMessage.objects.filter(pk=message.pk).update(**again)
    sms_send_claimed(message=claimed, now=clock.now())
    SmsMessage.objects.update(state=SmsState.UNKNOWN, provider_id="", why=Why.NO_ANSWER, ask_at=clock.now())
    sms_reconcile(now=clock.now() + timedelta(minutes=1))
    assert fresh(message).why == Why.SENT_TWICE


def test_a_delivered_message_is_never_anything_else_again() -> None:
    message = queued(resident())
    (claimed,) = sms_claim_due(now=clock.now())
    now = clock.now()
    assert moves.delivered(claimed, now)
    tries = [
        moves.delivered(claimed, now),
        moves.sent(claimed, "later", now),
        moves.not_reached(claimed, "MK:0001", now),
        moves.not_sent(claimed, SmsState.CANCELLED, Why.OPTED_OUT, now),
        moves.queued_again(claimed, now, ""),
        moves.doubtful(claimed, Why.NO_ANSWER, now),
    ]
    assert tries == [False] * 6
    assert (fresh(message).state, fresh(message).provider_id) == (SmsState.DELIVERED, "later")


def test_the_hours_of_these_tests_are_not_those_of_the_bureau() -> None:
    assert DAY_AND_NIGHT.is_allowed(at(3))
    assert not SendingHours().is_allowed(at(3))
