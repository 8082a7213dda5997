"""No phone number and no receipt outside the seal: raw rows, audit, logs, cookies, addresses, cache."""

import json
import re
import uuid

import pytest
from cryptography.exceptions import InvalidTag
from django.test import Client

from feedback.models import SealedContact
from feedback.receipts import receipt_digest
from feedback.sealing import Sealed, contact_open, contact_seal, phone_lookup
from tests.feedback.resident import ask, live_code, photo_file, receipt_in, say, voice_fields
from tests.feedback.traces import everything_cached, everything_logged, everything_stored, spellings

PHONE = "13987650123"


@pytest.mark.django_db(transaction=True)
def test_no_phone_number_and_no_receipt_is_found_in_rows_audit_logs_or_cache(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = everything_logged(monkeypatch)
    receipt = receipt_in(say(client, live_code().code, phone=PHONE, contact_consent="on", photos=photo_file()))
    voice = {"client_id": str(uuid.uuid4()), "content": "x", "phone": PHONE, "contact_consent": True}
    sent = client.post("/api/v1/feedback/", json.dumps(voice), content_type="application/json")
    for act, fields in {"": {}, "remark": {"content": "还有"}, "erase": {}, "withdraw": {}}.items():
        ask(client, receipt, act, **fields)
    ask(client, receipt[::-1])
    say(client, phone="1", contact_consent="on")
    stored, said, cached = everything_stored(), "\n".join(handler.lines), everything_cached()
    assert SealedContact.objects.count() == 2
    for secret in (PHONE, receipt, json.loads(sent.content)["receipt"]):
        for spelling in spellings(secret):
            assert spelling not in stored
            assert spelling not in said
            assert spelling not in cached
    assert receipt_digest(receipt).hex() in stored


@pytest.mark.django_db(transaction=True)
def test_the_forms_id_is_stored_only_as_a_keyed_hash(client: Client) -> None:
    fields = voice_fields()
    client.post("/p/", fields)
    stored = everything_stored()
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
