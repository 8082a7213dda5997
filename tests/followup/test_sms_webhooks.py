"""What providers push: taken once whatever comes twice, late or out of order; refused without the token or a shape."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings

from accounts.models import AuditEvent
from feedback.models import Feedback
from feedback.services import contact_erase, feedback_withdraw
from followup.models import OptOut, SmsMessage, SmsReceipt, SmsReply
from followup.sms import plan
from followup.sms.asking import sms_reconcile
from followup.sms.models import SmsState
from followup.sms.retention import sms_forget
from followup.sms.selectors import answers_since, reply_for
from followup.sms.sending import sms_claim_due, sms_send_claimed
from followup.sms.tasks import send_due
from followup.sms.wording import Why
from opinion_portal import clock
from tests.feedback.traces import everything_cached, everything_logged, everything_stored, spellings
from tests.followup.carriers import CarrierProgram, carrier_running, phone_new
from tests.followup.sms_cast import TOKEN, fresh, queued, resident, sends_through, skipped

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def carrier(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CarrierProgram]:
    with carrier_running(tmp_path_factory.mktemp("carrier")) as running:
        yield running


@pytest.fixture(autouse=True)
def _sends(settings: Settings, carrier: CarrierProgram) -> None:
    carrier.order()
    sends_through(settings, carrier)


def china(moment: datetime) -> str:
    return moment.astimezone(clock.BUREAU_ZONE).strftime("%Y-%m-%d %H:%M:%S")


def push(kind: str, body: Any, *, token: str = TOKEN, client: Client | None = None) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return (client or Client()).post(f"/hooks/sms/{token}/{kind}/", content, content_type="application/json")


def report(message: SmsMessage, *, success: bool = True, **changes: Any) -> Any:
    """A SmsReport as Aliyun documents it."""
    record = {
        "phone_number": "13700000000",
        "send_time": china(clock.now()),
        "report_time": china(clock.now()),
        "success": success,
        "err_code": "DELIVERED" if success else "MK:0001",
        "err_msg": "用户接收成功",
        "sms_size": "1",
        "biz_id": fresh(message).provider_id or "12345^0",
        "out_id": str(message.key),
    }
    return push("report", [record | changes])


_SEQUENCE = iter(range(1_000_000_000, 2_000_000_000))


def answer(phone: str, text: str, extension: str = "", *, at: datetime | None = None, **changes: Any) -> Any:
    """A SmsUp as Aliyun documents it."""
    record = {
        "phone_number": phone,
        "send_time": china(at or clock.now()),
        "content": text,
        "sign_name": "沈河公安",
        "dest_code": f"10690000{extension}",
        "sequence_id": next(_SEQUENCE),
    }
    return push("reply", [record | changes])


def asked(phone: str | None = None) -> tuple[str, SmsMessage]:
    """A resident's number, and the question that went to it."""
    number = phone or phone_new()
    message = queued(resident(number), about=("follow_up", 5))
    SmsMessage.objects.filter(pk=message.pk).update(due_at=clock.now())
    send_due()
    return number, fresh(message)


# Who gets in ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["report", "reply"])
def test_a_stranger_is_told_nothing(kind: str, settings: Settings) -> None:
    for token in ("wrong", TOKEN[:-1], TOKEN + "x", "密"):
        assert push(kind, [], token=token).status_code == 404
    assert Client().get(f"/hooks/sms/{TOKEN}/{kind}/").status_code == 405
    settings.SMS_WEBHOOK_TOKEN = ""
    assert push(kind, []).status_code == 404
    settings.SMS_PROVIDER, settings.SMS_WEBHOOK_TOKEN = "none", TOKEN
    assert push(kind, []).status_code == 404


@pytest.mark.parametrize("kind", ["report", "reply"])
@pytest.mark.parametrize(
    "body", [b"", b"[", b"7", b'"x"', b"[[]]", b"[{}]", b'[{"phone_number": 1}]', b"\xff", b"null"]
)
def test_what_no_provider_would_say_is_a_problem_and_stores_nothing(kind: str, body: bytes) -> None:
    refused = push(kind, body)
    assert refused.status_code == 400
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.json()["status"] == 400
    assert not SmsReceipt.objects.exists()
    assert not SmsReply.objects.exists()


def test_a_push_that_is_too_long_is_not_even_read() -> None:
    assert push("report", b" " * (512 * 1024 + 1)).status_code == 413


def test_a_batch_with_one_bad_record_is_refused_whole() -> None:
    _phone, message = asked()
    good = json.loads(report_body(message))
    assert push("report", [*good, {"success": True}]).status_code == 400
    assert fresh(message).state == SmsState.SENT


def report_body(message: SmsMessage) -> str:
    record = {"phone_number": "1", "report_time": china(clock.now()), "success": True, "err_code": "DELIVERED"}
    return json.dumps([record | {"biz_id": message.provider_id, "out_id": str(message.key)}])


def test_a_store_that_is_away_makes_the_provider_push_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**_given: object) -> None:
        raise OperationalError("gone")

    _phone, message = asked()
    with monkeypatch.context() as patched:
        patched.setattr("followup.sms.hooks.receipt_take", away)
        refused = report(message)
    assert refused.status_code == 503
    assert refused.json()["status"] == 503
    assert fresh(message).state == SmsState.SENT
    assert report(message).status_code == 200
    assert fresh(message).state == SmsState.DELIVERED


def test_the_provider_hears_what_it_wants_to_hear(settings: Settings, carrier: CarrierProgram) -> None:
    _phone, message = asked()
    assert report(message).json()["code"] == 0
    assert answer(phone_new(), "1").json()["code"] == 0
    sends_through(settings, carrier, "tencent")
    reply = {
        "extend": "1",
        "mobile": phone_new(),
        "nationcode": "86",
        "sign": "沈河公安",
        "text": "1",
        "time": 1716100000,
    }
    assert push("reply", reply).json() == {"result": 0, "errmsg": "OK"}


# Receipts ---------------------------------------------------------------------------------------------------------
def test_a_receipt_that_comes_twice_counts_once() -> None:
    _phone, message = asked()
    when = china(clock.now())
    for _ in range(3):
        assert report(message, report_time=when).status_code == 200
    delivered = fresh(message)
    assert (delivered.state, delivered.ask_at) == (SmsState.DELIVERED, None)
    assert delivered.receipts.count() == 1


def test_a_failure_that_arrives_after_the_delivery_changes_nothing_and_the_other_way_round_it_does() -> None:
    _phone, first = asked()
    _phone, second = asked()
    report(first)
    report(first, success=False)
    report(second, success=False)
    assert (fresh(second).state, fresh(second).why) == (SmsState.FAILED, "MK:0001")
    report(second)
    assert (fresh(first).state, fresh(second).state) == (SmsState.DELIVERED, SmsState.DELIVERED)
    assert fresh(second).why == ""


def test_a_receipt_may_be_faster_than_the_answer_of_the_provider() -> None:
    message = queued(resident())
    (claimed,) = sms_claim_due(now=clock.now())
    report(message, biz_id="9^0")
    assert (fresh(message).state, fresh(message).provider_id) == (SmsState.DELIVERED, "9^0")
    sms_send_claimed(message=claimed, now=clock.now())
    assert fresh(message).state == SmsState.DELIVERED


def test_a_receipt_of_the_first_try_stops_the_second(carrier: CarrierProgram) -> None:
    message = queued(resident())
    carrier.order(http_500={"next": 1})
    send_due()
    carrier.order()
    sms_reconcile(now=clock.now() + plan.BELIEVED_AFTER + timedelta(minutes=1))
    assert fresh(message).state == SmsState.QUEUED
    report(message)
    assert fresh(message).state == SmsState.DELIVERED
    assert send_due() == 0


def test_a_receipt_nobody_can_place_is_kept_and_finds_its_message_later(
    settings: Settings, carrier: CarrierProgram
) -> None:
    sends_through(settings, carrier, "tencent")
    message = queued(resident())
    sms_claim_due(now=clock.now())
    when = china(clock.now())
    record = {"user_receive_time": when, "nationcode": "86", "mobile": "13700000000", "report_status": "SUCCESS"}
    record |= {"errmsg": "DELIVRD", "description": "用户短信送达成功", "sid": "2019:7"}
    assert push("report", [record]).status_code == 200
    stray = SmsReceipt.objects.get()
    assert stray.message is None
    SmsMessage.objects.filter(pk=message.pk).update(state=SmsState.SENT, sent_at=clock.now(), provider_id="2019:7")
    sms_reconcile(now=clock.now())
    assert fresh(message).state == SmsState.DELIVERED
    assert SmsReceipt.objects.get().message == message


def test_a_receipt_for_a_message_that_never_left_is_not_believed() -> None:
    message = queued(resident())
    assert report(message).status_code == 200
    assert fresh(message).state == SmsState.QUEUED
    assert SmsReceipt.objects.get().message is None


# Replies ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("is_extended", [True, False])
def test_a_reply_finds_its_question_by_number_and_digits_or_by_the_number_alone(is_extended: bool) -> None:
    phone, message = asked()
    answer(phone, "3 没人来", message.extension if is_extended else "")
    reply = reply_for(message)
    assert reply
    assert (reply.answer, reply.comment, reply.is_late, reply.stands) == ("dissatisfied", "没人来", False, True)
    assert list(answers_since(clock.now(), about_type="follow_up")) == [reply]
    assert not answers_since(clock.now(), about_type="reminder")
    assert not answers_since(clock.now() + timedelta(hours=1))


def test_digits_point_to_an_older_question_of_the_same_number() -> None:
    phone, first = asked()
    SmsMessage.objects.filter(pk=first.pk).update(
        claimed_at=clock.now() - timedelta(days=40), sent_at=clock.now() - timedelta(days=40)
    )
    _phone, second = asked(phone)
    assert (fresh(first).is_open_question, second.is_open_question) == (False, True)
    answer(phone, "1", first.extension)
    answer(phone, "2")
    first_reply, second_reply = reply_for(first), reply_for(second)
    assert first_reply
    assert second_reply
    assert (first_reply.answer, first_reply.is_late) == ("satisfied", True)
    assert (second_reply.answer, second_reply.is_late) == ("basically", False)


def test_another_number_never_answers_somebody_elses_question() -> None:
    _phone, message = asked()
    answer(phone_new(), "3", message.extension)
    assert reply_for(message) is None
    assert SmsReply.objects.get().message is None


def test_what_answers_no_question_is_kept_for_a_person() -> None:
    answer(phone_new(), "你们是谁")
    stray = SmsReply.objects.get()
    assert (stray.message, stray.answer, stray.stands, stray.seen_at) == (None, "unclear", False, None)


def test_a_later_answer_replaces_an_earlier_one_and_both_stay() -> None:
    phone, message = asked()
    now = clock.now()
    answer(phone, "1", at=now)
    answer(phone, "3", at=now + timedelta(minutes=5))
    answer(phone, "什么意思", at=now + timedelta(minutes=6))
    answer(phone, "2", at=now + timedelta(minutes=2))  # overtaken on the way
    reply = reply_for(message)
    assert reply
    assert reply.answer == "dissatisfied"
    assert [one.answer for one in message.replies.all()] == ["satisfied", "basically", "dissatisfied", "unclear"]
    assert message.replies.filter(stands=True).count() == 1


def test_a_reply_that_comes_twice_counts_once() -> None:
    phone, message = asked()
    for _ in range(3):
        answer(phone, "3", sequence_id=77)
    assert message.replies.count() == 1


@pytest.mark.parametrize(("hours", "is_late"), [(47, False), (49, True)])
def test_a_reply_is_late_after_the_hours_of_the_rule(hours: int, is_late: bool) -> None:
    phone, message = asked()
    answer(phone, "1", at=clock.now() + timedelta(hours=hours))
    reply = reply_for(message)
    assert reply
    assert reply.is_late is is_late


@pytest.mark.parametrize("word", ["TD", "退订", "t", "0", "ＴＤ"])
def test_a_refusal_is_final_and_stops_what_waits(word: str) -> None:
    phone, message = asked()
    waiting = queued(message.feedback or resident(), "survey-thanks", due_at=clock.now() + timedelta(days=1))
    answer(phone, word)
    assert OptOut.objects.get().reply == SmsReply.objects.get()
    assert (fresh(waiting).state, fresh(waiting).why) == (SmsState.CANCELLED, Why.OPTED_OUT)
    answer(phone, "1")  # changes the answer, not the refusal
    assert skipped(resident(phone), "survey-thanks", is_response=True).why == Why.OPTED_OUT
    assert OptOut.objects.count() == 1
    acts = AuditEvent.objects.filter(action="sms.opt_out")
    assert [(act.actor_label, act.object_type) for act in acts] == [("resident", "sms_reply")]


def test_an_answer_before_a_refusal_still_wants_its_call() -> None:
    phone, message = asked()
    answer(phone, "3 没人来")
    answer(phone, "TD")
    reply = reply_for(message)
    assert reply
    assert reply.answer == "dissatisfied"


def test_a_refusal_of_a_number_that_was_never_asked_counts_too() -> None:
    phone = phone_new()
    answer(phone, "TD")
    assert skipped(resident(phone)).why == Why.OPTED_OUT


@pytest.mark.parametrize("text", ["", "\x00", "\ud83d", "3" * 5000, "🙂", "'; DROP TABLE x; --", "{link}"])
def test_no_words_break_the_webhook(text: str) -> None:
    phone, message = asked()
    assert answer(phone, text).status_code == 200
    assert message.replies.count() == 1


# Forgetting -------------------------------------------------------------------------------------------------------
def test_an_erased_number_leaves_the_outbox_and_a_refusal_stays() -> None:
    phone, message = asked()
    answer(phone, "3")
    answer(phone, "TD")
    assert sms_forget(now=clock.now()) == 0
    contact_erase(feedback=Feedback.objects.get(sms_messages=message))
    assert sms_forget(now=clock.now()) == 3
    assert (fresh(message).lookup, fresh(message).is_open_question) == (None, False)
    assert set(SmsReply.objects.values_list("lookup", flat=True)) == {None}
    assert OptOut.objects.count() == 1
    assert sms_forget(now=clock.now()) == 0


def test_withdrawn_words_leave_too_and_the_answer_stays() -> None:
    phone, message = asked()
    answer(phone, "3 我家在201")
    feedback_withdraw(feedback=Feedback.objects.get(sms_messages=message))
    sms_forget(now=clock.now())
    reply = SmsReply.objects.get()
    assert (reply.text, reply.comment, reply.answer) == ("", "", "dissatisfied")


# Secrecy ----------------------------------------------------------------------------------------------------------
def test_no_number_no_words_and_no_token_get_into_a_log(monkeypatch: pytest.MonkeyPatch) -> None:
    logged = everything_logged(monkeypatch)
    phone, message = asked()
    report(message, phone_number=phone)
    report(message, phone_number=phone, biz_id="unknown", out_id="unknown")
    answer(phone, "3 我说的话")
    push("reply", [{"phone_number": phone, "content": "我说的话"}])
    push("report", [{"phone_number": phone}], token="another")
    said = "\n".join(logged.lines)
    assert "sms.webhook_malformed" in said
    for secret in (phone, "我说的话", TOKEN):
        assert secret not in said


@pytest.mark.django_db(transaction=True)
def test_the_number_stands_in_no_table_and_no_cache_on_its_whole_way(carrier: CarrierProgram) -> None:
    phone, message = asked()
    carrier.order(drop_connection_after_accept={"next": 1})
    doubtful = queued(resident(phone), "survey-link", is_response=True)
    send_due()
    carrier.order()
    report(message, phone_number=phone)
    answer(phone, "3", message.extension)
    answer(phone, "2")
    sms_reconcile(now=clock.now() + plan.ASK_AFTER)
    assert fresh(doubtful).state in {SmsState.SENT, SmsState.DELIVERED}
    answer(phone, "TD")
    assert carrier.sent(str(doubtful.key))[0]["phone"] == phone
    kept = everything_stored() + everything_cached()
    for spelling in spellings(phone):
        assert spelling not in kept
