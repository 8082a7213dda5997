"""The simulated carrier as a real process: what it keeps, how it pushes, whom it refuses, what its page shows."""

import json
import re
import socket
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from followup.carrier import aliyun
from followup.carrier.exchange import Draft, Exchange
from followup.carrier.faults import BadOrder, Faults, Order, order_read
from followup.carrier.options import BadOption, options_read
from followup.carrier.pages import linked
from followup.carrier.store import Message, Push, Store
from followup.sms.providers import provider_from
from followup.sms.providers.base import Outgoing, Refused, Unknown
from tests.browser.looking import DESK_WIDTH, PHONE_WIDTH, TARGET, axe_load, faults_of
from tests.followup.carriers import (
    TAKEN,
    CarrierProgram,
    Sink,
    carrier_running,
    now,
    phone_new,
    provider_config,
    provider_for,
    sink_running,
)
from tests.support.programs import until

if TYPE_CHECKING:  # slow to import: only for those who use it
    from playwright.sync_api import Browser

TEXT = "您的意见已收到，编号A1。凭回执可在http://127.0.0.1:8000/r/查看进展。<b>拒收回复TD</b>"


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


def send(carrier: CarrierProgram, key: str, phone: str = "", text: str = TEXT) -> str:
    """Hand in one message; its number."""
    number = phone or phone_new()
    provider_for("simulated", carrier).send(Outgoing(key, number, "沈河公安", "acknowledge", {}, text, "77"))
    return number


# It loses nothing ---------------------------------------------------------------------------------------------------
def test_a_killed_carrier_starts_again_with_its_messages_and_pushes_what_was_due(sink: Sink, tmp_path: Path) -> None:
    sink.clear()
    with carrier_running(tmp_path, sink, receipt_seconds="2") as carrier:
        carrier.order(receipt_failed={"next": 3})
        phone = send(carrier, "kept")
        carrier.kill()
        assert sink.bodies["/report"] == []
        carrier.start()
        [message] = carrier.sent("kept")
        assert message["phone"] == phone
        assert json.loads(sink.wait("/report")[0])[0]["out_id"] == "kept"
        assert json.loads(carrier.ask("/control/faults")[1])["faults"] == {"receipt_failed": {"next": 2}}


def test_it_stops_at_once_while_a_caller_still_waits(tmp_path: Path) -> None:
    with carrier_running(tmp_path) as carrier:
        carrier.order(accept_but_answer_late={"next": 1}, late_seconds=60)
        with suppress(Unknown):
            provider_for("simulated", carrier, SMS_READ_SECONDS="0.2").send(
                Outgoing("late", phone_new(), "沈河公安", "x", {}, TEXT)
            )
        until(lambda: bool(carrier.sent("late")))
        started = time.monotonic()
        carrier.stop()
        assert time.monotonic() - started < 2
        assert carrier.process is not None
        assert carrier.process.returncode == 0
        carrier.start()
        assert len(carrier.sent("late")) == 1


def test_two_carriers_do_not_share_a_folder(process: CarrierProgram) -> None:
    environment = process.environment | {"CARRIER_PORT": "0"}
    second = subprocess.run(
        [sys.executable, "-m", "followup.carrier"], env=environment, capture_output=True, text=True, timeout=10,
        check=False,
    )  # fmt: skip
    assert second.returncode == 1
    assert "another carrier works in" in second.stderr


def test_messages_are_forgotten_after_a_while_with_all_that_hangs_on_them(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for age in (10, 100):
        message = store.message_add(message_at(1000 - age, f"id-{age}"))
        store.push_add(Push(message, store.reply_add(message, "1", 1000), "reply", "aliyun", "{}", 1000))
    store.forget_before(950)
    assert [message.provider_id for message in store.messages()] == ["id-10"]
    assert (len(store.replies()), len(store.pushes())) == (1, 1)


def message_at(moment: float, provider_id: str) -> Message:
    return Message("aliyun", "k", provider_id, "13800138000", "沈河公安", "x", TEXT, "", moment, moment, True)


def test_the_limit_of_a_day_ends_after_a_day(tmp_path: Path) -> None:
    times = {"now": 1_000_000.0}
    options = options_read(["--data", str(tmp_path)], {"CARRIER_KEY_SECRET": "x"})
    exchange = Exchange(Store(tmp_path), options, clock=lambda: times["now"])
    for number in range(50):
        exchange.accept(Draft("aliyun", "k", f"id-{number}", "13800138000", "沈河公安", "x", TEXT, ""))
        times["now"] += 60
    with pytest.raises(aliyun.Refusal, match="BUSINESS_LIMIT_CONTROL"):
        aliyun.limit_check(exchange, "13800138000", "沈河公安", "x")
    aliyun.limit_check(exchange, "13800138000", "沈河公安", "another template")
    times["now"] += 86400 - 50 * 60 + 1
    aliyun.limit_check(exchange, "13800138000", "沈河公安", "x")


# It pushes until it is heard ----------------------------------------------------------------------------------------
def test_a_push_is_repeated_until_it_is_taken(carrier: CarrierProgram, sink: Sink) -> None:
    sink.answers.extend([(500, TAKEN), (200, b"not what it wants")])
    send(carrier, "heard")
    first, second, third = sink.wait("/report", 3)
    assert first == second == third
    until(lambda: carrier.known()["pushes"][-1]["state"] == "done")
    assert carrier.known()["pushes"][-1]["attempts"] == 3


def test_a_push_that_nobody_takes_is_given_up(carrier: CarrierProgram, sink: Sink) -> None:
    sink.answers.extend([(404, b"")] * 3)
    send(carrier, "unheard")
    until(lambda: carrier.known()["pushes"][-1]["state"] == "gave_up")
    assert len(sink.bodies["/report"]) == 3


def test_a_receipt_can_be_overtaken(carrier: CarrierProgram, sink: Sink) -> None:
    carrier.order(receipt_out_of_order={"next": 1})
    send(carrier, "first")
    send(carrier, "second")
    assert [json.loads(body)[0]["out_id"] for body in sink.wait("/report", 2)] == ["second", "first"]


def test_without_a_webhook_nothing_is_pushed_and_the_page_says_so(tmp_path: Path) -> None:
    with carrier_running(tmp_path) as carrier:
        phone = send(carrier, "alone")
        assert carrier.reply(phone, "1") == 303
        assert carrier.known()["pushes"] == []
        assert "No portal" in carrier.ask(f"/phone/{phone}")[1]


# Its page is a phone ------------------------------------------------------------------------------------------------
def test_the_page_shows_the_message_and_takes_a_reply(carrier: CarrierProgram, sink: Sink) -> None:
    phone = send(carrier, "shown")
    assert f'href="/phone/{phone}"' in carrier.ask("/")[1]
    page = carrier.ask(f"/phone/{phone}")[1]
    assert "模拟运营商" in page
    assert "【沈河公安】您的意见已收到，编号A1。" in page
    assert carrier.reply(phone, "1。 <i>谢谢</i>") == 303
    [body] = sink.wait("/reply")
    [said] = json.loads(body)
    assert (said["phone_number"], said["content"], said["dest_code"]) == (phone, "1。 <i>谢谢</i>", "77")
    until(lambda: "The portal has it" in carrier.ask(f"/phone/{phone}")[1])
    assert "&lt;i&gt;谢谢&lt;/i&gt;" in carrier.ask(f"/phone/{phone}")[1]


def test_an_address_in_a_text_is_a_link_and_everything_else_is_only_text() -> None:
    shown = linked(TEXT + " https://a/?x=1&y='2'\"<i>. javascript:alert(1)")
    assert ">http://127.0.0.1:8000/r/</a>查看进展。&lt;b&gt;拒收回复TD&lt;/b&gt; " in shown
    assert '<a href="https://a/?x=1&amp;y=&#x27;2" ' in shown
    assert len(re.findall("<", shown)) == 4


@pytest.mark.parametrize("text", ["", "  \n", "字" * 501])
def test_a_reply_that_is_none_keeps_what_was_typed(carrier: CarrierProgram, text: str) -> None:
    phone = send(carrier, "typed")
    assert carrier.reply(phone, text) == 422
    assert carrier.known()["replies"] == [reply for reply in carrier.known()["replies"] if reply["text"] != text]
    form = urllib.parse.urlencode({"text": text, "message": carrier.sent("typed")[-1]["id"]}).encode()
    _, page, _ = carrier.ask(f"/phone/{phone}", form, {"Origin": carrier.url})
    assert f">\n{text}</textarea>" in page
    assert 'role="alert"' in page


def test_no_page_carries_a_script_or_a_style_of_its_own(carrier: CarrierProgram) -> None:
    phone = send(carrier, "plain")
    for path in ("/", f"/phone/{phone}", "/nowhere", "/phone/13999999999"):
        _, page, headers = carrier.ask(path)
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=", page)
        assert "模拟运营商" in page
    for path, kind in (("/phone.css", "text/css"), ("/control/messages", "application/json")):
        _, _, headers = carrier.ask(path)
        assert headers["Content-Type"].startswith(kind)
        assert headers["X-Content-Type-Options"] == "nosniff"


# Whom it refuses ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_a_post_by_another_site_does_nothing(carrier: CarrierProgram, headers: dict[str, str]) -> None:
    phone = send(carrier, "foreign")
    form = urllib.parse.urlencode({"text": "1", "message": carrier.sent("foreign")[-1]["id"]}).encode()
    replies = carrier.known()["replies"]
    assert carrier.ask(f"/phone/{phone}", form, headers)[0] == 403
    assert carrier.ask("/control/faults", b"{}", headers)[0] == 403
    assert carrier.known()["replies"] == replies


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "[::2]", "["])
def test_a_foreign_name_for_this_machine_is_refused(carrier: CarrierProgram, host: str) -> None:
    for path in ("/", "/control/messages"):
        status, text, _ = carrier.ask(path, headers={"Host": host})
        assert (status, "messages" in text) == (421, False)


def test_it_listens_on_one_address_only(carrier: CarrierProgram) -> None:
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.2", carrier.port), timeout=1)


def test_a_signature_of_another_hour_is_refused(carrier: CarrierProgram) -> None:
    early = provider_from(provider_config("simulated", carrier.port), clock=lambda: now() - timedelta(hours=1))
    with pytest.raises(Refused, match=r"InvalidTimeStamp\.Expired"):
        early.send(Outgoing("early", phone_new(), "沈河公安", "x", {}, TEXT))


@pytest.mark.parametrize(
    ("name", "change", "code"),
    [
        ("simulated", {"SMS_CARRIER_KEY_ID": "other"}, "InvalidAccessKeyId.NotFound"),
        ("tencent", {"SMS_TENCENT_SECRET_ID": "other"}, "AuthFailure.SecretIdNotFound"),
        ("tencent", {"SMS_TENCENT_APP_ID": "1"}, "UnauthorizedOperation.SmsSdkAppIdVerifyFail"),
    ],
)
def test_a_stranger_is_refused(carrier: CarrierProgram, name: str, change: dict[str, str], code: str) -> None:
    with pytest.raises(Refused) as refused:
        provider_for(name, carrier, **change).send(Outgoing("stranger", phone_new(), "沈河公安", "x", {}, TEXT))
    assert refused.value.code == code


def test_an_unsigned_call_is_refused_as_each_provider_does(carrier: CarrierProgram) -> None:
    status, text, _ = carrier.ask("/", b"", {"x-acs-action": "SendSms"})
    assert (status, json.loads(text)["Code"]) == (400, "IncompleteSignature")
    status, text, _ = carrier.ask("/", b"{}", {"X-TC-Action": "SendSms"})
    assert (status, json.loads(text)["Response"]["Error"]["Code"]) == (200, "AuthFailure.InvalidAuthorization")


def test_a_body_that_is_too_long_is_refused(carrier: CarrierProgram) -> None:
    assert carrier.ask("/", b"", {"Content-Length": "99999999"})[0] == 413


def test_no_number_and_no_text_stands_in_its_log(carrier: CarrierProgram) -> None:
    phone = send(carrier, "logged")
    carrier.reply(phone, "没人来")
    carrier.ask(f"/phone/{phone}?text={urllib.parse.quote('没人来')}")
    log = carrier.log_text()
    assert "accepted contract=aliyun" in log
    assert not re.search(r"1[3-9]\d{9}(?!\d)|没人来|意见", log)


# It misbehaves on command -------------------------------------------------------------------------------------------
def pattern(faults: Faults, draws: int) -> list[bool]:
    return [faults.take("http_500") for _ in range(draws)]


def test_the_same_seed_meets_the_same_faults_also_after_a_restart(tmp_path: Path) -> None:
    order = Order({"http_500": (0.5, None)}, seed=7, late_seconds=1)
    faults = Faults(Store(tmp_path))
    faults.order(order)
    first = pattern(faults, 40)
    assert 5 < sum(first) < 35
    faults.order(order)
    assert pattern(faults, 15) + pattern(Faults(Store(tmp_path)), 25) == first
    faults.order(Order(order.faults, seed=8, late_seconds=1))
    assert pattern(faults, 40) != first


def test_the_next_few_go_wrong_and_then_no_more(tmp_path: Path) -> None:
    faults = Faults(Store(tmp_path))
    faults.order(order_read({"faults": {"http_500": {"next": 2}}}))
    assert pattern(faults, 4) == [True, True, False, False]


def test_an_order_over_http_is_in_force_and_replaces_the_one_before(carrier: CarrierProgram) -> None:
    carrier.order(http_500={"next": 1})
    carrier.order(refuse={"next": 1}, seed=3)
    order = json.loads(carrier.ask("/control/faults")[1])
    assert (order["faults"], order["seed"]) == ({"refuse": {"next": 1}}, 3)


@pytest.mark.parametrize(
    "order",
    [
        [], {"faults": []}, {"more": 1}, {"seed": "x"}, {"faults": {"flood": {"next": 1}}},
        {"faults": {"down": {"next": -1}}}, {"faults": {"down": {"probability": 2}}}, {"faults": {"down": {}}},
        {"faults": {"down": {"next": 1, "probability": 1}}}, {"late_seconds": True},
    ],
)  # fmt: skip
def test_an_order_that_makes_no_sense_is_refused(carrier: CarrierProgram, order: object) -> None:
    with pytest.raises(BadOrder):
        order_read(order)
    assert carrier.ask("/control/faults", json.dumps(order).encode())[0] == 400


# Its options --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("arguments", "environment", "named"),
    [
        ([], {}, "CARRIER_KEY_SECRET"),
        (["--port", "x"], {"CARRIER_KEY_SECRET": "x"}, "--port"),
        (["--retry-seconds", "1,x"], {"CARRIER_KEY_SECRET": "x"}, "--retry-seconds"),
        (["--report-url", "file:///etc/passwd"], {"CARRIER_KEY_SECRET": "x"}, "--report-url"),
    ],
)
def test_a_wrong_option_is_named(arguments: list[str], environment: dict[str, str], named: str) -> None:
    with pytest.raises(BadOption, match=named):
        options_read(arguments, environment)


def test_options_come_from_the_command_line_before_the_environment(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("from-file\n")
    environment = {"CARRIER_KEY_SECRET_FILE": str(secret), "CARRIER_PORT": "1", "CARRIER_APP_ID": "7"}
    options = options_read(["--port", "2"], environment)
    assert (options.port, options.app_id, options.key_secret) == (2, "7", "from-file")
    assert options.retry_seconds == (60, 300, 600)


# In a real browser --------------------------------------------------------------------------------------------------
@pytest.mark.browser
def test_a_phone_is_answered_with_the_keyboard_and_without_a_script(
    carrier: CarrierProgram, sink: Sink, chromium: "Browser"
) -> None:
    phone = send(carrier, "keyboard")
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{carrier.url}/")
    page.get_by_role("link", name=f"{phone[:3]} {phone[3:7]} {phone[7:]}").click()
    page.get_by_label("Reply to the latest").press_sequentially("3 没人来")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("3 没人来").wait_for()
    [said] = json.loads(sink.wait("/reply")[0])
    assert said["content"] == "3 没人来"
    context.close()


@pytest.mark.browser
def test_the_pages_are_fit_for_other_eyes_and_fingers(carrier: CarrierProgram, chromium: "Browser") -> None:
    phone = send(carrier, "eyes")
    carrier.reply(phone, "1")
    context = chromium.new_context()
    axe_load(context)
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(message.text))
    for path in ("/", f"/phone/{phone}", "/nowhere"):
        page.goto(carrier.url + path)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert "\n".join(faults_of(page, [PHONE_WIDTH, DESK_WIDTH], least_target=TARGET)) == ""
    assert [text for text in complaints if "404" not in text] == []
    context.close()
