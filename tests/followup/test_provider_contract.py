"""One contract for the three providers, over real HTTP to a simulated carrier in a process of its own."""

import json
import logging
import socket
import sys
import uuid
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followup.carrier import bodies
from followup.sms.providers import provider_from, webhook_token_matches
from followup.sms.providers.base import (
    MalformedWebhook,
    Outcome,
    Outgoing,
    Provider,
    ProviderMisconfigured,
    Refused,
    Status,
    Unknown,
    Unreachable,
)
from followup.sms.providers.payloads import CHINA, message_safe
from tests.followup.carriers import (
    SECRET_VARIABLES,
    CarrierProgram,
    Sink,
    carrier_running,
    no_proxies,
    now,
    phone_new,
    provider_config,
    provider_for,
    sink_running,
)
from tests.support.programs import until

NAMES = list(SECRET_VARIABLES)
KEPT = {Outcome.SENT, Outcome.DELIVERED}
LIMITS = {
    "simulated": (50, "isv.BUSINESS_LIMIT_CONTROL"),
    "aliyun": (50, "isv.BUSINESS_LIMIT_CONTROL"),
    "tencent": (10, "LimitExceeded.PhoneNumberDailyLimit"),
}


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    with sink_running() as running:
        yield running


@pytest.fixture(scope="module")
def process(sink: Sink, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CarrierProgram]:
    with carrier_running(tmp_path_factory.mktemp("carrier"), sink) as running:
        yield running


@pytest.fixture
def carrier(process: CarrierProgram, sink: Sink) -> CarrierProgram:
    """The one carrier of this file, well-behaved again."""
    process.order()
    until(lambda: all(push["state"] != "waiting" for push in process.known()["pushes"]))
    sink.clear()
    return process


@pytest.fixture(autouse=True)
def _straight_to_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in no_proxies():
        monkeypatch.delenv(name)


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def provider(name: str, carrier: CarrierProgram) -> Provider:
    return provider_for(name, carrier)


def outgoing_new(**changes: str) -> Outgoing:
    return Outgoing(
        key=changes.get("key", str(uuid.uuid4())),
        phone=changes.get("phone") or phone_new(),
        signature=changes.get("signature", "沈河公安"),
        template_code="SMS_1",
        values={"reference": "A1 +*~/é", "link": "x"},
        text="您反映的事项已办理，请评价：回复1满意 2基本满意 3不满意。",
        extension=changes.get("extension", "0042"),
    )


def sent_on() -> date:
    return (datetime.now(CHINA) - timedelta(minutes=1)).date()  # a test may run over midnight


def asked(provider: Provider, outgoing: Outgoing, provider_id: str = "") -> Status:
    return provider.query(key=outgoing.key, phone=outgoing.phone, day=sent_on(), provider_id=provider_id)


def test_a_message_is_accepted_and_known_by_our_key(provider: Provider, carrier: CarrierProgram) -> None:
    outgoing = outgoing_new()
    sent = provider.send(outgoing)
    [kept] = carrier.sent(outgoing.key)
    assert kept["provider_id"] == sent.provider_id
    assert (kept["phone"], kept["signature"], kept["extension"]) == (outgoing.phone, "沈河公安", "0042")
    until(lambda: asked(provider, outgoing, sent.provider_id).outcome == Outcome.DELIVERED)
    status = asked(provider, outgoing, sent.provider_id)
    assert (status.provider_id, status.copies) == (sent.provider_id, 1)
    assert status.reported_at
    assert abs(status.reported_at - now()) < timedelta(seconds=30)


def test_an_accepted_message_counts_as_sent_before_its_receipt(provider: Provider, carrier: CarrierProgram) -> None:
    carrier.order(receipt_late={"next": 1}, late_seconds=0.4)
    outgoing = outgoing_new()
    sent = provider.send(outgoing)
    assert asked(provider, outgoing, sent.provider_id).outcome == Outcome.SENT


def test_a_wrong_secret_is_refused_until_it_is_corrected(name: str, carrier: CarrierProgram) -> None:
    outgoing = outgoing_new()
    with pytest.raises(Refused, match="Signature") as refused:
        provider_for(name, carrier, **{SECRET_VARIABLES[name]: "wrong"}).send(outgoing)
    assert not refused.value.is_permanent
    assert outgoing.phone not in str(refused.value)
    assert carrier.sent(outgoing.key) == []


@pytest.mark.parametrize("phone", ["123", "02422334455", "13800138000,13800138001"])
def test_a_wrong_number_is_refused_for_good(provider: Provider, carrier: CarrierProgram, phone: str) -> None:
    with pytest.raises(Refused, match=r"(?i)number") as refused:
        provider.send(outgoing_new(phone=phone))
    assert refused.value.is_permanent


def test_a_signature_that_is_too_long_is_refused(provider: Provider) -> None:
    with pytest.raises(Refused, match=r"(?i)signature"):
        provider.send(outgoing_new(signature="沈" * 17))


def test_an_account_without_money_is_refused_for_now(provider: Provider, carrier: CarrierProgram) -> None:
    carrier.order(refuse={"next": 1})
    outgoing = outgoing_new()
    with pytest.raises(Refused) as refused:
        provider.send(outgoing)
    assert not refused.value.is_permanent
    assert carrier.sent(outgoing.key) == []
    assert provider.send(outgoing).provider_id


def test_too_many_to_one_number_are_refused_for_now(name: str, provider: Provider, carrier: CarrierProgram) -> None:
    phone, (limit, code) = phone_new(), LIMITS[name]
    for _ in range(limit):
        provider.send(outgoing_new(phone=phone))
    with pytest.raises(Refused) as refused:
        provider.send(outgoing_new(phone=phone))
    assert (refused.value.code, refused.value.is_permanent) == (code, False)


def test_an_answer_that_comes_too_late_leaves_it_unknown_until_it_is_found_once(
    name: str, carrier: CarrierProgram
) -> None:
    carrier.order(accept_but_answer_late={"next": 1}, late_seconds=2)
    outgoing = outgoing_new()
    with pytest.raises(Unknown) as unknown:
        provider_for(name, carrier, SMS_READ_SECONDS="0.3").send(outgoing)
    assert outgoing.phone not in str(unknown.value)
    patient = provider_for(name, carrier)
    until(lambda: asked(patient, outgoing).outcome in KEPT)
    assert asked(patient, outgoing).copies == 1
    assert len(carrier.sent(outgoing.key)) == 1


def test_a_connection_that_breaks_after_accepting_leaves_it_unknown(
    provider: Provider, carrier: CarrierProgram
) -> None:
    carrier.order(drop_connection_after_accept={"next": 1})
    outgoing = outgoing_new()
    with pytest.raises(Unknown) as unknown:
        provider.send(outgoing)
    assert outgoing.phone not in str(unknown.value)
    until(lambda: asked(provider, outgoing).outcome in KEPT)


def test_an_error_500_leaves_it_unknown_and_asking_finds_nothing(
    name: str, provider: Provider, carrier: CarrierProgram
) -> None:
    carrier.order(http_500={"next": 1})
    outgoing = outgoing_new()
    with pytest.raises(Unknown):
        provider.send(outgoing)
    assert carrier.sent(outgoing.key) == []
    # Tencent lists only what was reported on, which takes up to three days.
    expected = Outcome.PENDING if name == "tencent" else Outcome.NOT_FOUND
    assert asked(provider, outgoing).outcome == expected


def test_a_carrier_that_hangs_up_leaves_it_unknown(provider: Provider, carrier: CarrierProgram) -> None:
    carrier.order(down={"next": 1})
    with pytest.raises(Unknown):
        provider.send(outgoing_new())


def test_a_refused_connection_is_unreachable(name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    outgoing = outgoing_new()
    with pytest.raises(Unreachable) as unreachable:
        provider_from(provider_config(name, port), clock=now).send(outgoing)
    assert outgoing.phone not in str(unreachable.value)


def test_an_answer_that_is_no_json_leaves_it_unknown(name: str, sink: Sink) -> None:
    """As from a proxy that has its own idea: everything but a provider's answer is open."""
    provider = provider_from(provider_config(name, sink.server_port), clock=now)
    sink.answers.append((200, b"<html>busy</html>"))
    with pytest.raises(Unknown):
        provider.send(outgoing_new())
    assert len(sink.bodies.pop("/")) == 1


def test_an_earlier_refused_connection_does_not_pass_a_later_message_off_as_never_sent(
    name: str, carrier: CarrierProgram
) -> None:
    """Within the handling of the first error Python hangs it below every later one."""
    carrier.order(drop_connection_after_accept={"next": 1})
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    try:
        provider_from(provider_config(name, port), clock=now).send(outgoing_new())
    except Unreachable:
        with pytest.raises(Unknown):
            provider_for(name, carrier).send(outgoing_new())


def test_the_same_key_twice_is_sent_twice_and_seen_as_two(provider: Provider, carrier: CarrierProgram) -> None:
    outgoing = outgoing_new()
    first, second = provider.send(outgoing), provider.send(outgoing)
    assert first != second
    assert len(carrier.sent(outgoing.key)) == 2
    until(lambda: asked(provider, outgoing).copies == 2)


def test_what_was_sent_over_midnight_is_found_under_the_day_before(provider: Provider) -> None:
    outgoing = outgoing_new()
    provider.send(outgoing)
    yesterday = datetime.now(CHINA).date() - timedelta(days=1)
    until(lambda: provider.query(key=outgoing.key, phone=outgoing.phone, day=yesterday).outcome in KEPT)


def test_a_receipt_names_our_message_and_is_the_same_when_pushed_twice(
    provider: Provider, carrier: CarrierProgram, sink: Sink
) -> None:
    carrier.order(receipt_twice={"next": 1})
    outgoing = outgoing_new()
    sent = provider.send(outgoing)
    first, second = [provider.deliveries_parse(body)[0] for body in sink.wait("/report", 2)]
    assert first == second
    assert (first.key, first.provider_id, first.phone) == (outgoing.key, sent.provider_id, outgoing.phone)
    assert (first.is_delivered, bool(first.code)) == (True, True)
    assert abs(first.reported_at - now()) < timedelta(seconds=30)
    assert first.reported_at.utcoffset() == timedelta(0)


def test_a_receipt_says_when_the_phone_was_not_reached(provider: Provider, carrier: CarrierProgram, sink: Sink) -> None:
    carrier.order(receipt_failed={"next": 1})
    outgoing = outgoing_new()
    provider.send(outgoing)
    [delivery] = provider.deliveries_parse(sink.wait("/report")[0])
    assert not delivery.is_delivered
    assert asked(provider, outgoing).outcome == Outcome.FAILED


def test_a_reply_carries_the_extension_and_is_the_same_when_pushed_twice(
    provider: Provider, carrier: CarrierProgram, sink: Sink
) -> None:
    carrier.order(reply_twice={"next": 1})
    outgoing = outgoing_new()
    provider.send(outgoing)
    assert carrier.reply(outgoing.phone, "３ 没人来") == 303
    first, second = [provider.inbound_parse(body)[0] for body in sink.wait("/reply", 2)]
    assert first == second
    assert (first.phone, first.text, first.extension) == (outgoing.phone, "３ 没人来", "0042")
    assert first.is_addressed_to("0042")
    assert abs(first.received_at - now()) < timedelta(seconds=30)


def test_two_replies_are_two(provider: Provider, carrier: CarrierProgram, sink: Sink) -> None:
    outgoing = outgoing_new()
    provider.send(outgoing)
    carrier.reply(outgoing.phone, "1")
    carrier.reply(outgoing.phone, "3")
    first, second = [provider.inbound_parse(body)[0] for body in sink.wait("/reply", 2)]
    assert first.reply_id != second.reply_id


def test_no_phone_number_reaches_a_log_even_when_everything_is_logged(
    provider: Provider, carrier: CarrierProgram, caplog: pytest.LogCaptureFixture
) -> None:
    outgoing = outgoing_new()
    with caplog.at_level(logging.DEBUG):
        provider.send(outgoing)
        asked(provider, outgoing)
    assert outgoing.phone not in caplog.text


# What the documentation shows, written by hand ----------------------------------------------------------------------
def offline(name: str) -> Provider:
    return provider_from(provider_config(name, 9), clock=now)


ALIYUN_REPORT = """[{"phone_number": "13800138000", "send_time": "2026-05-20 09:30:00",
  "report_time": "2026-05-20 09:30:05", "success": true, "err_code": "DELIVERED", "err_msg": "用户接收成功",
  "sms_size": "1", "biz_id": "900619746936498440^0", "out_id": "4f0d"}]"""
ALIYUN_REPLY = """[{"phone_number": "13800138000", "send_time": "2026-05-20 10:00:00", "content": "1",
  "sign_name": "沈河公安", "dest_code": "0042", "sequence_id": 1234567890}]"""
TENCENT_REPORT = """[{"user_receive_time": "2026-05-20 09:30:05", "nationcode": "86", "mobile": "13800138000",
  "report_status": "SUCCESS", "errmsg": "DELIVRD", "description": "用户短信送达成功", "sid": "2645:1"}]"""
TENCENT_REPLY = """{"extend": "0042", "mobile": "13800138000", "nationcode": "86", "sign": "沈河公安", "text": "1",
  "time": 1779242400}"""


@pytest.mark.parametrize("name", ["simulated", "aliyun"])
def test_the_receipt_that_aliyun_documents_is_read(name: str) -> None:
    [delivery] = offline(name).deliveries_parse(ALIYUN_REPORT.encode())
    assert (delivery.provider_id, delivery.key, delivery.phone) == ("900619746936498440^0", "4f0d", "13800138000")
    assert (delivery.is_delivered, delivery.code) == (True, "DELIVERED")
    assert delivery.reported_at == datetime(2026, 5, 20, 1, 30, 5, tzinfo=UTC)


@pytest.mark.parametrize("name", ["simulated", "aliyun"])
def test_the_reply_that_aliyun_documents_is_read(name: str) -> None:
    [inbound] = offline(name).inbound_parse(ALIYUN_REPLY.encode())
    assert (inbound.phone, inbound.text, inbound.extension) == ("13800138000", "1", "0042")
    assert inbound.received_at == datetime(2026, 5, 20, 2, tzinfo=UTC)


def test_the_receipt_that_tencent_documents_is_read() -> None:
    [delivery] = offline("tencent").deliveries_parse(TENCENT_REPORT.encode())
    assert (delivery.provider_id, delivery.key, delivery.phone) == ("2645:1", "", "13800138000")
    assert (delivery.is_delivered, delivery.code) == (True, "DELIVRD")
    assert delivery.reported_at == datetime(2026, 5, 20, 1, 30, 5, tzinfo=UTC)


def test_the_reply_that_tencent_documents_is_read() -> None:
    [inbound] = offline("tencent").inbound_parse(TENCENT_REPLY.encode())
    assert (inbound.phone, inbound.text, inbound.extension) == ("13800138000", "1", "0042")
    assert inbound.received_at == datetime(2026, 5, 20, 2, tzinfo=UTC)


def test_the_answers_to_webhooks_are_what_each_provider_wants(name: str) -> None:
    provider = offline(name)
    contract = "tencent" if name == "tencent" else "aliyun"
    for answer in (provider.delivery_answer(), provider.inbound_answer()):
        assert bodies.is_taken(contract, 200, answer.body)
        assert answer.content_type.startswith("application/json")
    expected = {"result": 0, "errmsg": "OK"} if name == "tencent" else {"code": 0, "msg": "接收成功"}
    assert json.loads(provider.delivery_answer().body) == expected


def test_a_number_with_its_country_code_is_read_as_the_same_number() -> None:
    changed = ALIYUN_REPLY.replace('"13800138000"', '"+8613800138000"').encode()
    [inbound] = offline("aliyun").inbound_parse(changed)
    assert inbound.phone == "13800138000"


def test_a_correction_is_another_receipt() -> None:
    provider = offline("tencent")
    [first] = provider.deliveries_parse(TENCENT_REPORT.encode())
    [second] = provider.deliveries_parse(TENCENT_REPORT.replace("SUCCESS", "FAIL").encode())
    assert first.receipt_id != second.receipt_id


def test_a_reply_keeps_its_words_without_what_no_database_can_store() -> None:
    [inbound] = offline("aliyun").inbound_parse(ALIYUN_REPLY.replace('"1"', r'"a\u0000b\ud800c😀"').encode())
    assert inbound.text == "a�b�c😀"


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"\xff\xfe", b"null", b"17", b'"text"', b"[1]", b"[[]]", b"{}", b"[{}]", b"[null]",
        b"[" * 100_000, b"9" * 5000, b" " * 2_000_000, b'[{"phone_number": 1.5}]', b'{"time": 1e999}',
        b'[{"phone_number":"1","biz_id":"1","success":"perhaps","report_time":"2026-05-20 09:30:05"}]',
        b'[{"phone_number":"1","biz_id":"1","success":true,"report_time":"yesterday"}]',
        b'[{"phone_number":"1","content":"1","send_time":"0001-01-01 00:00:00"}]',
        b'[{"sid":"1","report_status":"MAYBE","mobile":"1","user_receive_time":"2026-05-20 09:30:05"}]',
        b'[{"sid":"1","report_status":"FAIL","mobile":"1","user_receive_time":""}]',
        b'{"mobile":"1","text":"1","time":1e300}', b'{"mobile":"1","text":"1","time":"soon"}',
        b'{"mobile":"1","text":"1","time":NaN}', b'{"mobile":"1","text":"1","time":true}',
        b'{"mobile":"","text":"1","time":1}', b'{"mobile":"1","text":["1"],"time":1}',
    ],
)  # fmt: skip
def test_a_malformed_webhook_is_said_to_be_one(name: str, body: bytes) -> None:
    provider = offline(name)
    for parse in (provider.deliveries_parse, provider.inbound_parse):
        with pytest.raises(MalformedWebhook):
            parse(body)


FIELDS = ["phone_number", "biz_id", "success", "report_time", "send_time", "content", "sequence_id", "mobile", "sid",
          "report_status", "user_receive_time", "text", "time", "extend", "dest_code", "out_id", "ext"]  # fmt: skip
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=40) | st.dictionaries(st.sampled_from(FIELDS), VALUES).map(json.dumps).map(str.encode))
def test_a_webhook_is_read_or_malformed_and_never_breaks(body: bytes) -> None:
    for name in ("simulated", "tencent"):
        provider = offline(name)
        for parse in (provider.deliveries_parse, provider.inbound_parse):
            with suppress(MalformedWebhook):
                assert isinstance(parse(body), list)


# Reconciling with Tencent, which may keep our key to itself ---------------------------------------------------------
def test_tencent_is_believed_to_know_nothing_only_after_the_carriers_have_reported(carrier: CarrierProgram) -> None:
    outgoing = outgoing_new()
    # Noon of the day it was sent on: the days to wait are counted from that day's beginning.
    noon, wait = datetime.combine(sent_on(), time(12), tzinfo=CHINA), timedelta(0)
    provider = provider_from(provider_config("tencent", carrier.port), clock=lambda: noon + wait)
    for days, outcome in ((0, Outcome.PENDING), (3, Outcome.PENDING), (5, Outcome.NOT_FOUND), (8, Outcome.PENDING)):
        wait = timedelta(days)
        assert asked(provider, outgoing).outcome == outcome


def test_tencent_records_without_our_key_prove_nothing_unless_the_id_is_known(
    carrier: CarrierProgram, sink: Sink
) -> None:
    carrier.order(key_withheld={"probability": 1})
    provider, outgoing = provider_for("tencent", carrier), outgoing_new()
    sent = provider.send(outgoing)
    [delivery] = provider.deliveries_parse(sink.wait("/report")[0])
    assert (delivery.key, delivery.provider_id) == ("", sent.provider_id)
    assert asked(provider, outgoing).outcome == Outcome.PENDING
    assert asked(provider, outgoing, sent.provider_id).outcome == Outcome.DELIVERED


# Configuration ------------------------------------------------------------------------------------------------------
def test_a_provider_says_everything_that_it_misses(name: str) -> None:
    needed = {key for key in provider_config(name, 9) if key.endswith(("_ID", "_SECRET", "_KEY", "_URL"))}
    with pytest.raises(ProviderMisconfigured) as problem:
        provider_from({"SMS_PROVIDER": name}, clock=now)
    assert all(variable in str(problem.value) for variable in needed)


def test_silence_means_the_simulated_provider_and_a_wrong_name_is_refused() -> None:
    silent = {key: value for key, value in provider_config("simulated", 9).items() if key != "SMS_PROVIDER"}
    assert provider_from(silent, clock=now).name == "simulated"
    with pytest.raises(ProviderMisconfigured, match="simulated, aliyun, tencent"):
        provider_from({"SMS_PROVIDER": "pigeon"}, clock=now)


@pytest.mark.parametrize("change", [{"SMS_READ_SECONDS": "soon"}, {"SMS_CONNECT_SECONDS": "0"}])
def test_a_wait_that_is_no_time_is_refused(name: str, change: dict[str, str]) -> None:
    with pytest.raises(ProviderMisconfigured, match=next(iter(change))):
        provider_from(provider_config(name, 9) | change, clock=now)


@pytest.mark.parametrize(
    ("name", "package"), [("aliyun", "alibabacloud_dysmsapi20170525"), ("tencent", "tencentcloud")]
)
def test_a_missing_sdk_is_named_with_what_installs_it(name: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [module for module in sys.modules if module.startswith((package, f"followup.sms.providers.{name}"))]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ProviderMisconfigured, match=r"requirements-sms\.txt"):
        provider_from(provider_config(name, 9), clock=now)


def test_only_our_own_token_opens_the_webhook() -> None:
    assert webhook_token_matches("s3cret", "s3cret")
    for given_token, expected in (
        ("S3cret", "s3cret"),
        ("", "s3cret"),
        ("", ""),
        ("口令", "s3cret"),
        ("\ud800", "s3cret"),
    ):
        assert not webhook_token_matches(given_token, expected)


# Privacy ------------------------------------------------------------------------------------------------------------
def test_nothing_personal_is_in_what_logs_show() -> None:
    outgoing = outgoing_new(phone="13800138000")
    [inbound] = offline("aliyun").inbound_parse(ALIYUN_REPLY.replace('"1"', '"没人来"').encode())
    [delivery] = offline("aliyun").deliveries_parse(ALIYUN_REPORT.encode())
    for shown in (repr(outgoing), repr(inbound), repr(delivery)):
        assert "13800138000" not in shown
        assert "没人来" not in shown
        assert "回复1满意" not in shown


def test_a_providers_message_is_shortened_and_keeps_no_number() -> None:
    words = "Specified signature is not matched with our calculation."
    assert message_safe(f"{words} server string to sign is:POST PhoneNumbers=13800138000") == words
    assert message_safe("13800138000号码格式错误") == "…号码格式错误"
    assert message_safe(None) == ""


@pytest.mark.parametrize("change", [{"key": ""}, {"key": "k" * 37}, {"extension": "a"}, {"extension": "12345678"}])
def test_a_message_that_no_provider_takes_is_not_made(change: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"key|extension"):
        outgoing_new(**change)


def test_a_reply_under_another_number_proves_nothing_but_ours_is_recognised() -> None:
    for extension, addressed in (("0042", True), ("106901100042", True), ("10690110", False), ("", False)):
        [inbound] = offline("aliyun").inbound_parse(ALIYUN_REPLY.replace('"0042"', f'"{extension}"').encode())
        assert inbound.is_addressed_to("0042") is addressed
