"""The short way of a voice on the web's event loop, held against the long one through Django."""

import asyncio
import http.client
import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any

import psycopg2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ValidationError

from feedback import services
from feedback.models import Channel
from feedback.receipts import client_key, receipt_for
from feedback.resident import rules
from feedback.resident.api import voice_of
from feedback.resident.express import plain_voice
from feedback.resident.serializers import FeedbackIn
from opinion_portal.database.on_loop import PATIENCE
from opinion_portal.prepared import Prepared
from tests.support.stack import PortalStack

FORM = {
    "point_code": "NOPOINT1",
    "service_rating": 2,
    "safety_rating": 4,
    "kind": "complaint",
    "content": "路灯坏了一个月",
    "phone": "13912345678",
    "contact_consent": True,
    "no_call": True,
}


# What is plain ------------------------------------------------------------------------------------------------------
def _form(**fields: object) -> dict[str, Any]:
    return {"client_id": str(uuid.uuid4()), **FORM, **fields}


def test_a_form_with_everything_in_it_is_plain() -> None:
    assert plain_voice(_form(), "zh-hans")


@pytest.mark.parametrize("said", [{"content": "谢谢"}, {"service_rating": 5}, {"safety_rating": 1}])
def test_one_rating_or_one_word_is_plain(said: dict[str, Any]) -> None:
    assert plain_voice({"client_id": str(uuid.uuid4()), **said}, "en")


ODD = {
    "no object": [],
    "no id": {"content": "路灯"},
    "nothing said": {"client_id": str(uuid.uuid4())},
    "an unknown field": _form(colour="red"),
    "an id in another spelling": _form(client_id=str(uuid.uuid4()).upper()),
    "a grade too high": _form(service_rating=6),
    "a grade that is none": _form(service_rating=0),
    "a flag for a grade": _form(service_rating=True),
    "a fraction for a grade": _form(safety_rating=4.0),
    "a number for a flag": _form(no_call=1),
    "a kind that nobody knows": _form(kind="poem"),
    "no text but null": _form(content=None),
    "blank edges": _form(content=" 路灯 "),
    "a sign that no text may hold": _form(content="路\x00灯"),
    "half of a pair": _form(content="路\ud800灯"),
    "a letter": _form(content="灯" * 201),
    "a text too long": _form(content="灯" * (rules.CONTENT_MAX + 1)),
    "a code in small letters": _form(point_code="7kta3wxc"),
    "a code with a wide blank": _form(point_code="\u3000NOPOINT1"),
    "a code with a line's end": _form(point_code="NOPOINT1\u2028"),
    "a code too long": _form(point_code="X" * (rules.CODE_MAX + 1)),
    "a number with gaps": _form(phone="139 1234 5678"),
    "a number in wide digits": _form(phone="13９１２３４５６７８"),
    "a number in Arabic digits": _form(phone="13٩١٢٣٤٥٦٧٨"),
    "half a number": _form(phone="1391234"),
    "a number without consent": _form(contact_consent=False),
    "consent without a number": _form(phone=""),
}


@pytest.mark.parametrize("said", ODD.values(), ids=ODD.keys())
def test_what_django_would_refuse_or_tidy_is_not_plain(said: object) -> None:
    assert plain_voice(said, "zh-hans") is None


# Near what is plain: wide and foreign digits, blanks of every kind, a letter in the wrong case.
_TEXTS = st.text(max_size=40) | st.text("139NOPa９٣ \u3000\u2028\u2003\x85\ufeff-路", max_size=12)
_NEAR = {
    name: st.tuples(st.sampled_from(["", "\u3000", "\u2028", "\ufeff", "９", "٣"]), st.just(value)).map("".join)
    for name, value in FORM.items()
    if isinstance(value, str)
} | {"phone": st.text("0123456789９１٣", min_size=9, max_size=9).map("13{}".format)}
_VALUES = st.none() | st.booleans() | st.integers(-1, 7) | st.floats() | _TEXTS
_FORMS = st.fixed_dictionaries(
    {"client_id": st.uuids().map(str) | _VALUES},
    optional={name: st.just(value) | _NEAR.get(name, _VALUES) | _VALUES for name, value in FORM.items()}
    | {"colour": _VALUES},
)


@given(_FORMS)
def test_the_short_way_takes_nothing_that_the_long_way_would_take_otherwise(said: dict[str, Any]) -> None:
    voice = plain_voice(said, "zh-hans")
    if voice is None:
        return
    try:
        assert voice == voice_of(FeedbackIn().run_validation(said), "zh-hans")
    except ValidationError as error:
        pytest.fail(f"refused by the long way: {error}")


# What is stored together --------------------------------------------------------------------------------------------
class _Database:
    """Stores every row and numbers them."""

    def __init__(self) -> None:
        self.keys: list[bytes] = []

    async def fetch_all(self, statement: Prepared, rows: Iterable[Mapping[str, Any]]) -> list[tuple[int, bytes]]:
        self.keys = [row["client_key"] for row in rows]
        return [(number, key) for number, key in enumerate(self.keys, start=1)]


def test_of_two_that_are_the_same_form_one_is_stored_and_both_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    database = _Database()
    monkeypatch.setattr(services, "_on_loop", database)
    voices = [services.Voice(str(uuid.uuid4()), Channel.API, content="路灯坏了") for _ in range(5)]
    drafts = [services.voice_draft(voice) for voice in [*voices, voices[2]]]
    told = asyncio.run(services.drafts_submit(drafts))
    assert database.keys == sorted(client_key(voice.client_id) for voice in voices)
    assert [one and one.receipt for one in told] == [*(receipt_for(voice.client_id) for voice in voices), None]


# Through a web that runs --------------------------------------------------------------------------------------------
class Sender:
    """A programme that keeps its connection, and with it stays at one of the web's processes."""

    def __init__(self, stack: PortalStack) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=20)

    def send(
        self, form: Mapping[str, Any], query: str = "", **headers: str
    ) -> tuple[int, dict[str, str], dict[str, Any]]:
        """Status, headers and answer."""
        named = {"Content-Type": "application/json"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        self.connection.request("POST", f"/api/v1/feedback/{query}", json.dumps(form), named)
        answer = self.connection.getresponse()
        return answer.status, dict(answer.getheaders()), json.loads(answer.read())


@contextmanager
def _sender(stack: PortalStack) -> Iterator[Sender]:
    """A sender whose process has seen how Django answers it: what is plain goes the short way from now on."""
    sender = Sender(stack)
    try:
        assert sender.send(_form())[0] == 201
        yield sender
    finally:
        sender.connection.close()


@pytest.fixture
def sender(shared_portal_stack: PortalStack) -> Iterator[Sender]:
    with _sender(shared_portal_stack) as found:
        yield found


SHORT_WAY = "SELECT count(*) FROM pg_stat_activity WHERE query ~ '^\\s*WITH said'"
ROW = """
SELECT f.channel, f.code_text, f.code_state, f.language, f.service_rating, f.safety_rating, f.kind, f.content,
    f.no_call, f.state, f.urgent_words, f.is_rated_out, length(r.digest), c.algorithm, c.key_id,
    a.action, a.actor_label, a.data
FROM feedback_feedback f JOIN feedback_receipt r ON r.feedback_id = f.id
    LEFT JOIN feedback_sealedcontact c ON c.feedback_id = f.id
    JOIN accounts_auditevent a ON a.object_type = 'feedback' AND a.object_id = f.id::text
WHERE f.id = %s
"""


def _short_ways(stack: PortalStack) -> int:
    return int(stack.rows(SHORT_WAY)[0][0])


def _short_ways_end(stack: PortalStack) -> None:
    stack.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ '^\\s*WITH said'")


def _id(answer: Mapping[str, Any]) -> int:
    return int(answer["reference"].removeprefix("F-"))


def test_both_ways_store_the_same_and_answer_the_same(shared_portal_stack: PortalStack) -> None:
    _short_ways_end(shared_portal_stack)
    sender = Sender(shared_portal_stack)
    long = sender.send(_form(), Accept_Language="en")
    assert _short_ways(shared_portal_stack) == 0
    short = sender.send(_form(), Accept_Language="en")
    assert _short_ways(shared_portal_stack) == 1
    sender.connection.close()
    (status, headers, answer), (_, long_headers, long_answer) = short, long
    assert status == long[0] == 201
    assert headers.pop("date")
    assert long_headers.pop("date")
    assert headers == long_headers
    assert answer.keys() == long_answer.keys()
    assert shared_portal_stack.rows(ROW, _id(answer)) == shared_portal_stack.rows(ROW, _id(long_answer))


def test_the_same_form_again_has_the_same_receipt_and_makes_one_row(
    shared_portal_stack: PortalStack, sender: Sender
) -> None:
    form = _form()
    first, again = sender.send(form), sender.send(form)
    assert again[0] == first[0] == 201
    assert again[2] == first[2]


def test_another_text_in_the_same_form_becomes_a_remark(shared_portal_stack: PortalStack, sender: Sender) -> None:
    form = _form()
    first, again = sender.send(form), sender.send(form | {"content": "还有井盖"})
    assert again[2]["receipt"] == first[2]["receipt"]
    remarks = shared_portal_stack.rows("SELECT content FROM feedback_remark WHERE feedback_id = %s", _id(first[2]))
    assert remarks == [("还有井盖",)]


def test_one_form_from_many_at_once_is_one_voice(shared_portal_stack: PortalStack) -> None:
    form, count = _form(), 12
    with ThreadPoolExecutor(count) as pool:
        senders = [Sender(shared_portal_stack) for _ in range(count)]
        list(pool.map(lambda sender: sender.send(_form()), senders))
        answers = list(pool.map(lambda sender: sender.send(form), senders))
    assert {status for status, _, _ in answers} == {201}
    assert len({(answer["receipt"], answer["reference"]) for _, _, answer in answers}) == 1


def test_voices_that_come_together_are_each_answered_with_their_own_receipt(shared_portal_stack: PortalStack) -> None:
    with ThreadPoolExecutor(8) as pool:
        sent = [pair for pairs in pool.map(_many_sent, [shared_portal_stack] * 8) for pair in pairs]
    assert len({answer["receipt"] for _, answer in sent}) == len(sent) == 200
    for content, answer in sent:
        stored = shared_portal_stack.rows("SELECT content FROM feedback_feedback WHERE id = %s", _id(answer))
        assert stored == [(content,)]


def _many_sent(stack: PortalStack) -> list[tuple[str, dict[str, Any]]]:
    with _sender(stack) as sender:
        forms = [_form(content=f"第{number}盏路灯坏了") for number in range(25)]
        return [(form["content"], sender.send(form)[2]) for form in forms]


def test_a_fault_is_told_in_the_language_asked_for(sender: Sender) -> None:
    sender.send(_form(), Accept_Language="en")
    status, headers, problem = sender.send(_form(phone="139"), Accept_Language="en")
    assert status == 400
    assert headers["content-type"] == "application/problem+json"
    assert problem["errors"]["phone"] == [
        "This is not a complete phone number. Enter 11 digits, or a landline with its area code."
    ]


# A client may send a header twice; http.client may not, so these are written by hand.
ODD_HEADERS = [
    b"Accept-Language: \xff\r\nAccept-Language: en\r\n",
    b"Accept-Language: en\r\nAccept-Language: @@@\r\n",
    b"Content-Type: \xff\r\n",
]


@pytest.mark.parametrize("odd", ODD_HEADERS)
def test_the_odd_headers_of_one_change_nothing_for_the_others(
    shared_portal_stack: PortalStack, sender: Sender, odd: bytes
) -> None:
    _send_raw(sender, form := _form(), odd)
    _send_raw(sender, form, odd)  # a replay, which goes the long way and is learnt from
    for headers, language in ({}, "zh-hans"), ({"Accept_Language": "en"}, "en"):
        told = [sender.send(_form(), **headers)[1]["content-language"] for _ in range(2)]
        assert told == [language, language]


def _send_raw(sender: Sender, form: Mapping[str, Any], headers: bytes) -> None:
    body = json.dumps(form).encode()
    connection = sender.connection
    head = (
        f"POST /api/v1/feedback/ HTTP/1.1\r\nHost: 127.0.0.1:{connection.port}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    )
    connection.sock.sendall(head.encode() + headers + b"\r\n" + body)
    answer = http.client.HTTPResponse(connection.sock)
    answer.begin()
    answer.read()


@pytest.mark.parametrize("twice", ["Host: evil.example", "Content-Type: text/plain"])
def test_a_header_that_comes_twice_is_taken_as_django_takes_it(sender: Sender, twice: str) -> None:
    connection = sender.connection
    body = json.dumps(_form()).encode()
    statuses = []
    for query in ("", "?long=way"):
        connection.putrequest("POST", f"/api/v1/feedback/{query}", skip_host=True)
        for line in (
            f"Host: 127.0.0.1:{connection.port}",
            "Content-Type: application/json",
            twice,
            f"Content-Length: {len(body)}",
        ):
            connection.putheader(*line.split(": "))
        connection.endheaders(body)
        answer = connection.getresponse()
        answer.read()
        statuses.append(answer.status)
    assert statuses[0] == statuses[1] >= 400


def test_the_voice_has_the_language_of_its_own_request(shared_portal_stack: PortalStack, sender: Sender) -> None:
    for language in ("en", "zh-hans", "en"):
        sender.send(_form(), Accept_Language=language)
        answer = sender.send(_form(), Accept_Language=language)[2]
        assert shared_portal_stack.rows("SELECT language FROM feedback_feedback WHERE id = %s", _id(answer)) == [
            (language,)
        ]


def test_words_of_an_emergency_are_told_at_once_and_alert_the_centre(
    shared_portal_stack: PortalStack, sender: Sender
) -> None:
    answer = sender.send(_form(content="有人拿刀砍人，快来人"))[2]
    assert answer["urgent"] is True
    words = shared_portal_stack.rows("SELECT urgent_words FROM feedback_feedback WHERE id = %s", _id(answer))
    assert words[0][0]


def test_a_number_is_sealed(shared_portal_stack: PortalStack, sender: Sender) -> None:
    number = str(FORM["phone"])
    answer = sender.send(_form())[2]
    ((sealed, rows),) = shared_portal_stack.rows(
        "SELECT s.ciphertext, f::text || s::text FROM feedback_sealedcontact s "
        "JOIN feedback_feedback f ON f.id = s.feedback_id WHERE f.id = %s",
        _id(answer),
    )
    assert number.encode() not in bytes(sealed)
    assert number not in rows


def test_a_connection_that_the_database_ends_costs_nobody_a_voice(
    shared_portal_stack: PortalStack, sender: Sender
) -> None:
    sender.send(_form())
    assert _short_ways(shared_portal_stack)
    _short_ways_end(shared_portal_stack)
    assert [sender.send(_form())[0] for _ in range(3)] == [201, 201, 201]
    assert _short_ways(shared_portal_stack)


def test_a_voice_that_would_wait_on_the_loop_waits_in_a_thread(
    shared_portal_stack: PortalStack, sender: Sender
) -> None:
    holding = psycopg2.connect(shared_portal_stack.postgres.url())
    with closing(holding), holding.cursor() as cursor, ThreadPoolExecutor(1) as pool:
        cursor.execute("LOCK TABLE feedback_feedback IN SHARE MODE")
        answer = pool.submit(sender.send, _form())
        with pytest.raises(TimeoutError):
            answer.result(timeout=PATIENCE + 1)
        holding.rollback()
        assert answer.result()[0] == 201


@pytest.mark.parametrize(("query", "headers"), [("?lang=en", {}), ("", {"Cookie": "office_language=en"})])
def test_what_may_be_answered_otherwise_goes_the_long_way(
    shared_portal_stack: PortalStack, sender: Sender, query: str, headers: dict[str, str]
) -> None:
    _short_ways_end(shared_portal_stack)
    assert sender.send(_form(), query, **headers)[0] == 201
    assert _short_ways(shared_portal_stack) == 0
    assert sender.send(_form())[0] == 201
    assert _short_ways(shared_portal_stack) == 1
