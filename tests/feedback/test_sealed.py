"""No phone number and no receipt outside the seal: raw rows, audit, logs, cookies, addresses, cache."""

import json
import logging
import re
import uuid

import pytest
from cryptography.exceptions import InvalidTag
from django.core.cache import cache
from django.db import connection
from django.test import Client

from feedback.models import SealedContact
from feedback.receipts import receipt_digest
from feedback.sealing import Sealed, contact_open, contact_seal, phone_lookup
from tests.feedback.resident import ask, live_code, photo_file, receipt_in, say, voice_fields

PHONE = "13987650123"


class _Everything(logging.Handler):
    """Keeps the text of every record, with its arguments and extras."""

    def __init__(self) -> None:
        super().__init__(level=0)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.getMessage()} {record.__dict__}")


def _everything_stored() -> str:
    """Every column of every table as text; bytes as text too, so that nothing hides in them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        rows = []
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 (the name comes from the catalogue)
            rows += [" ".join(_text(value) for value in row) for row in cursor.fetchall()]
    return "\n".join(rows)


def _text(value: object) -> str:
    if isinstance(value, memoryview | bytes):
        return bytes(value).decode("latin-1") + bytes(value).hex()
    return str(value)


def _spellings(digits: str) -> list[str]:
    grouped = " ".join(re.findall(".{4}", digits))
    return [digits, grouped, digits.encode().hex(), digits[:3] + " " + digits[3:]]


@pytest.mark.django_db(transaction=True)
def test_no_phone_number_and_no_receipt_is_found_in_rows_audit_logs_or_cache(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler, root = _Everything(), logging.getLogger()
    monkeypatch.setattr(root, "handlers", [*root.handlers, handler])
    monkeypatch.setattr(root, "level", logging.DEBUG)
    receipt = receipt_in(say(client, live_code().code, phone=PHONE, contact_consent="on", photos=photo_file()))
    voice = {"client_id": str(uuid.uuid4()), "content": "x", "phone": PHONE, "contact_consent": True}
    sent = client.post("/api/v1/feedback/", json.dumps(voice), content_type="application/json")
    for act, fields in {"": {}, "remark": {"content": "还有"}, "erase": {}, "withdraw": {}}.items():
        ask(client, receipt, act, **fields)
    ask(client, receipt[::-1])
    say(client, phone="1", contact_consent="on")
    stored, said = _everything_stored(), "\n".join(handler.lines)
    assert SealedContact.objects.count() == 2
    for secret in (PHONE, receipt, json.loads(sent.content)["receipt"]):
        for spelling in _spellings(secret):
            assert spelling not in stored
            assert spelling not in said
            assert not [key for key in cache._cache.get_client().keys("*") if spelling.encode() in key]  # type: ignore[attr-defined]
    assert receipt_digest(receipt).hex() in stored


@pytest.mark.django_db(transaction=True)
def test_the_forms_id_is_stored_only_as_a_keyed_hash(client: Client) -> None:
    fields = voice_fields()
    client.post("/p/", fields)
    stored = _everything_stored()
    assert fields["client_id"] not in stored
    assert uuid.UUID(fields["client_id"]).hex not in stored


@pytest.mark.django_db
def test_a_sealed_number_opens_only_in_its_own_row(client: Client) -> None:
    say(client, phone=PHONE, contact_consent="on")
    row = SealedContact.objects.select_related("feedback").get()
    sealed = Sealed(row.algorithm, row.key_id, bytes(row.nonce), bytes(row.ciphertext), b"")
    assert contact_open(sealed, bound_to=bytes(row.feedback.client_key)) == PHONE
    with pytest.raises(InvalidTag):
        contact_open(sealed, bound_to=b"another row")


def test_the_same_number_is_sealed_differently_each_time_and_found_by_one_keyed_hash() -> None:
    first, second = (contact_seal(PHONE, bound_to=b"row") for _ in range(2))
    assert first.ciphertext != second.ciphertext
    assert first.lookup == second.lookup == phone_lookup(PHONE)


@pytest.mark.django_db
def test_no_page_for_residents_sets_a_cookie_or_asks_another_host(client: Client) -> None:
    receipt = receipt_in(say(client))
    answers = [
        client.get(path) for path in ("/", "/p/", "/p/X/", "/r/", "/privacy/", "/privacy/children/", "/nothing/")
    ]
    answers += [
        say(client),
        say(client, phone="1"),
        ask(client, receipt),
        ask(client, "1"),
        ask(client, receipt, "erase"),
    ]
    answers.append(client.post("/api/v1/feedback/", "{}", content_type="application/json"))
    answers.append(client.get("/api/v1/schema/"))
    for answer in answers:
        assert not answer.cookies, answer.request
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        page = answer.content.decode()
        assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
        assert not re.search(r"<script>|\son\w+=|\sstyle=", page)
