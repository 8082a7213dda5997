"""The programme interface: the same voices, the same promises, errors as problem details."""

import json
import uuid
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.test.utils import CaptureQueriesContext

from feedback.models import Channel, Feedback, Remark, SealedContact
from feedback.resident import api, throttle
from tests.feedback.resident import PHONE, Answer, live_code

pytestmark = pytest.mark.django_db

WRONG = "0000000000000000"


@pytest.fixture(autouse=True)
def _fresh_throttle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle._Cache, "next_at", 0.0)
    throttle._Local.clients.clear()


def _send(client: Client, body: Any, **headers: str) -> Answer:
    text = body if isinstance(body, bytes | str) else json.dumps(body)
    return client.post("/api/v1/feedback/", text, content_type="application/json", headers=headers)


def _look_up(client: Client, receipt: object) -> Answer:
    body = json.dumps({"receipt": receipt})
    return client.post("/api/v1/receipts/lookup/?lang=en", body, content_type="application/json")


def _voice(**changes: Any) -> dict[str, Any]:
    return {"client_id": str(uuid.uuid4()), "content": "路口太堵"} | changes


def _assert_problem(answer: Answer, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = json.loads(answer.content)
    assert problem["status"] == status
    assert problem["title"]
    return problem


def test_a_voice_with_everything_is_stored_and_answered_with_its_receipt(client: Client) -> None:
    code = live_code()
    answer = _send(
        client,
        _voice(
            point_code=code.code, service_rating=5, safety_rating=1, kind="praise", phone=PHONE, contact_consent=True,
            no_call=True,
        ),
    )  # fmt: skip
    said = json.loads(answer.content)
    voice = Feedback.objects.get()
    assert answer.status_code == 201
    assert said.keys() == {"receipt", "reference", "urgent"}
    assert (len(said["receipt"]), said["reference"], said["urgent"]) == (16, voice.reference, False)
    assert (voice.channel, voice.point, voice.service_rating, voice.safety_rating) == (Channel.API, code.point, 5, 1)
    assert (voice.kind, voice.no_call) == ("praise", True)
    assert SealedContact.objects.filter(feedback=voice).exists()


@pytest.mark.parametrize("said", [{"content": "", "service_rating": 1}, {"content": "", "safety_rating": 3}, {}])
def test_one_rating_or_one_word_is_enough(client: Client, said: dict[str, Any]) -> None:
    assert _send(client, _voice(**said)).status_code == 201


def test_nulls_stand_for_what_was_not_rated(client: Client) -> None:
    assert _send(client, _voice(service_rating=None, safety_rating=None)).status_code == 201


def test_the_same_form_again_has_the_same_answer_and_makes_one_row(client: Client) -> None:
    voice = _voice()
    answers = {_send(client, voice).content for _ in range(3)}
    assert len(answers) == 1
    assert Feedback.objects.count() == 1


def test_a_changed_text_on_a_replay_becomes_a_remark(client: Client) -> None:
    voice = _voice()
    _send(client, voice)
    _send(client, voice | {"content": "还有一点"})
    assert Remark.objects.get().content == "还有一点"


def test_words_of_an_emergency_are_told_to_the_client(client: Client) -> None:
    assert json.loads(_send(client, _voice(content="有人拿刀砍人，快来救命")).content)["urgent"] is True


def test_an_unknown_code_is_kept_and_flagged(client: Client) -> None:
    assert _send(client, _voice(point_code="NOPE")).status_code == 201
    assert Feedback.objects.get().code_state == "unknown"


@pytest.mark.django_db(transaction=True)
def test_a_submission_asks_the_database_once(client: Client) -> None:
    from django.db import connection

    _send(client, _voice())  # a connection's first submission also has the statement planned
    with CaptureQueriesContext(connection) as queries:
        _send(client, _voice(phone=PHONE, contact_consent=True))
    assert len(queries) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"client_id": "x"}, "client_id"),
        ({"client_id": 5}, "client_id"),
        ({"client_id": None}, "client_id"),
        ({"client_id": {}}, "client_id"),
        ({"service_rating": 0}, "service_rating"),
        ({"service_rating": 6}, "service_rating"),
        ({"service_rating": "5"}, "service_rating"),
        ({"service_rating": True}, "service_rating"),
        ({"service_rating": 4.5}, "service_rating"),
        ({"service_rating": [5]}, "service_rating"),
        ({"safety_rating": 10**40}, "safety_rating"),
        ({"kind": "rant"}, "kind"),
        ({"kind": ["praise"]}, "kind"),
        ({"kind": {}}, "kind"),
        ({"content": "长" * 5001}, "content"),
        ({"content": "a\x00b"}, "content"),
        ({"content": ["a"]}, "content"),
        ({"content": 7}, "content"),
        ({"content": None}, "content"),
        ({"point_code": "x" * 33}, "point_code"),
        ({"point_code": "\x00"}, "point_code"),
        ({"phone": "12"}, "phone"),
        ({"phone": 13812345678}, "phone"),
        ({"phone": PHONE}, "contact_consent"),
        ({"contact_consent": True}, "phone"),
        ({"contact_consent": "yes"}, "contact_consent"),
        ({"no_call": 1}, "no_call"),
        ({"no_call": {}}, "no_call"),
        ({"content": " \n"}, "non_field_errors"),
    ],
)
def test_a_wrong_field_is_named_in_the_problem_and_nothing_is_stored(
    client: Client, changes: dict[str, Any], field: str
) -> None:
    problem = _assert_problem(_send(client, _voice(**changes)), 400)
    assert problem["errors"].keys() == {field}
    assert not Feedback.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"12",
        b"\xff\xfe\x00",
        b"\xed\xa0\x80",
        b"[" * 50_000,
        b'{"client_id":' * 5_000,
        b'{"client_id": "6f1f2d0e-6a0b-4f6e-9a55-2f0a6d0c3b11", "content": "\\ud800 and words"}',
        b'{"service_rating": ' + b"9" * 5000 + b"}",
        b'{"service_rating": NaN}',
        b'{"service_rating": 1e400}',
        b'{"a": "' + b"x" * 100_000 + b'"}',
    ],
)
def test_a_body_that_is_no_voice_is_a_problem_and_no_crash(client: Client, body: bytes) -> None:
    _assert_problem(_send(client, body), 400)
    _assert_problem(client.post("/api/v1/receipts/lookup/", body, content_type="application/json"), 400)
    assert not Feedback.objects.exists()


@pytest.mark.parametrize("size", [api.BODY_MAX, 3_000_000], ids=["for us", "for the framework"])
@pytest.mark.parametrize("path", ["/api/v1/feedback/", "/api/v1/receipts/lookup/"])
def test_too_large_a_body_is_refused(client: Client, path: str, size: int) -> None:
    answer = client.post(f"{path}?lang=en", b'{"content": "' + b"x" * size + b'"}', content_type="application/json")
    assert _assert_problem(answer, 413)["title"] == "The message is too large."


@pytest.mark.parametrize("path", ["/api/v1/feedback/", "/api/v1/receipts/lookup/"])
@pytest.mark.parametrize("body", ["null", "[]", "12", "{}"])
def test_errors_are_told_field_by_field_whatever_is_wrong(client: Client, path: str, body: str) -> None:
    errors = _assert_problem(client.post(path, body, content_type="application/json"), 400)["errors"]
    assert errors
    assert all(isinstance(messages, list) and all(messages) for messages in errors.values())


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"]
)
def test_anything_but_json_is_refused(client: Client, content_type: str) -> None:
    answer = client.generic("POST", "/api/v1/feedback/", b"{}", content_type=content_type)
    _assert_problem(answer, 415)


@pytest.mark.parametrize("path", ["/api/v1/feedback/", "/api/v1/receipts/lookup/"])
@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_other_methods_are_refused(client: Client, path: str, method: str) -> None:
    answer = getattr(client, method)(path)
    _assert_problem(answer, 405)
    assert "POST" in answer.headers["Allow"]


def test_an_address_that_does_not_exist_is_a_problem(client: Client) -> None:
    _assert_problem(client.get("/api/v1/nothing/"), 404)


def test_a_lost_database_says_when_to_come_back(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**_: object) -> None:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(api, "feedback_submit", away)
    answer = _send(client, _voice())
    _assert_problem(answer, 503)
    assert answer.headers["Retry-After"] == "30"


@pytest.fixture
def receipt(client: Client) -> str:
    return str(json.loads(_send(client, _voice(phone=PHONE, contact_consent=True)).content)["receipt"])


def test_a_look_up_tells_status_reply_and_history_and_not_the_words(client: Client, receipt: str) -> None:
    Feedback.objects.update(public_reply="请拨打 12345")
    answer = _look_up(client, f"{receipt[:4]} {receipt[4:]}")
    story = json.loads(answer.content)
    assert answer.status_code == 200
    assert (story["state"], story["status"]) == ("received", "Received, waiting to be read")
    assert (story["reply"], story["contact"], story["openings"]) == ("请拨打 12345", "kept", [])
    assert [event["text"] for event in story["history"]] == ["Your message arrived."]
    assert "路口" not in answer.content.decode()


def test_every_wrong_receipt_gets_the_same_problem(client: Client, receipt: str) -> None:
    answers = [_look_up(client, text) for text in (WRONG, "1", "abc", receipt[:-1], "x" * 64)]
    assert len({answer.content for answer in answers}) == 1
    _assert_problem(answers[0], 404)


@pytest.mark.parametrize("receipt_sent", [None, 4, [], "", "x" * 65, 1234567890123456])
def test_what_cannot_be_a_receipt_is_a_form_error(client: Client, receipt_sent: object) -> None:
    _assert_problem(_look_up(client, receipt_sent), 400)


def test_wrong_receipts_slow_their_sender_down(client: Client, receipt: str) -> None:
    for _ in range(throttle.FREE + 1):
        _assert_problem(_look_up(client, WRONG), 404)
    refused = _look_up(client, receipt)
    _assert_problem(refused, 429)
    assert 0 < int(refused.headers["Retry-After"]) <= throttle.FIRST_WAIT


def test_titles_speak_the_language_asked_for(client: Client) -> None:
    chinese = _assert_problem(_send(client, {}), 400)
    english = _assert_problem(_send(client, {}, **{"Accept-Language": "en"}), 400)
    assert (chinese["title"], english["title"]) == ("表单填写有误", "The form has errors")


def test_what_the_client_accepts_changes_nothing(client: Client) -> None:
    assert _send(client, _voice(), Accept="text/html").headers["Content-Type"] == "application/json"


def test_errors_are_told_in_the_language_of_each_request(client: Client) -> None:
    for _again in range(2):
        for language, word in (("en", "Ensure"), ("zh-hans", "请确保"), ("en", "Ensure")):
            answer = client.post(
                "/api/v1/feedback/",
                json.dumps(_voice(service_rating=9)),
                content_type="application/json",
                headers={"accept-language": language},
            )
            assert word in answer.json()["errors"]["service_rating"][0]
