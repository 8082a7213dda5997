"""The audit administrator reads, filters and exports the log."""

import csv
import io
from collections.abc import Iterable
from typing import cast

import pytest
from django.test import Client

from accounts.audit.services import audit_seal
from accounts.models import Officer, Role
from accounts.services import RESIDENT, SYSTEM, audit_record
from opinion_portal.cells import cell_plain
from tests.accounts.cast import acts, officer, screen

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader() -> Client:
    return screen(officer(Role.AUDIT_ADMIN, "reader"))


def _rows(page: object) -> list[int]:
    return [event.id for event in page.context["page"].events]  # type: ignore[attr-defined]  # a test answer has one


def test_the_page_tells_who_did_what_in_words(reader: Client) -> None:
    who = Officer.objects.get(username="reader")
    audit_record(action="officer.role_change", actor=who, object_type="officer", object_id=3, reason="Promoted")
    page = reader.get("/office/audit/").content.decode()
    for words in ("Gave another post", "Officer reader", "Account 3", "Promoted"):
        assert words in page


def test_an_act_that_no_room_names_shows_its_dotted_name(reader: Client) -> None:
    audit_record(action="future.act", actor=RESIDENT)
    page = reader.get("/office/audit/").content.decode()
    assert "future.act" in page
    assert "A resident" in page


def test_the_page_says_how_far_the_log_is_sealed(reader: Client) -> None:
    audit_record(action="test.act", actor=SYSTEM)
    assert "Nothing is sealed yet" in reader.get("/office/audit/").content.decode()
    sealed = audit_seal()
    assert f"<strong>{sealed}</strong> events are sealed" in reader.get("/office/audit/").content.decode()


def test_pages_by_key_lose_nothing_and_repeat_nothing(reader: Client) -> None:
    ids = [audit_record(action="test.act", actor=SYSTEM, object_type="test").id for _ in range(120)]
    first = reader.get("/office/audit/?object_type=test&action=")
    seen = _rows(reader.get("/office/audit/"))
    page = reader.get(f"/office/audit/?before={seen[-1]}")
    assert len(seen) == 50
    assert max(_rows(page)) < min(seen)
    assert _rows(reader.get(f"/office/audit/?after={_rows(page)[0]}"))[-1] == min(seen)
    assert set(seen) <= set(ids) | set(_rows(first))


@pytest.mark.parametrize("query", ["before=x", "after=²", "before=99999999999999999999", "since=today", "action=no"])
def test_nonsense_in_the_address_is_no_error(reader: Client, query: str) -> None:
    assert reader.get(f"/office/audit/?{query}").status_code == 200


def test_filters_narrow_by_act_account_record_and_day(reader: Client) -> None:
    who = officer(Role.CENTRE, "li")
    mine = audit_record(action="officer.activate", actor=who, object_type="officer", object_id=5)
    audit_record(action="officer.activate", actor=SYSTEM, object_type="officer", object_id=6)
    for query in ("actor=li", "object_type=officer&object_id=5", "action=officer.activate&actor=li"):
        assert _rows(reader.get(f"/office/audit/?{query}")) == [mine.id]
    assert "No event matches" in reader.get("/office/audit/?until=2001-01-01").content.decode()
    assert mine.id in _rows(reader.get("/office/audit/?since=2024-01-01"))


def test_a_period_that_ends_before_it_begins_is_explained(reader: Client) -> None:
    assert "ends before it begins" in reader.get("/office/audit/?since=2024-05-02&until=2024-05-01").content.decode()


def test_the_export_holds_the_filtered_events_and_is_itself_an_act(reader: Client) -> None:
    audit_record(action="officer.activate", actor=SYSTEM, reason="=1+1")
    audit_record(action="officer.deactivate", actor=SYSTEM)
    answer = reader.post("/office/audit/export/", {"action": "officer.activate"})
    body = b"".join(cast("Iterable[bytes]", answer.streaming_content)).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(body)))
    assert [row["action"] for row in rows] == ["officer.activate"]
    assert rows[0]["reason"] == "'=1+1"
    assert acts("audit.export")[-1].data == {"filters": {"action": "officer.activate"}}


@pytest.mark.parametrize(
    "text", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "＋1", "－1", "＠x"]
)
def test_no_cell_begins_like_a_formula(text: str) -> None:
    assert cell_plain(text) == f"'{text}"


def test_an_export_with_a_wrong_filter_is_not_made(reader: Client) -> None:
    assert reader.post("/office/audit/export/", {"since": "2024-05-02", "until": "2024-05-01"}).status_code == 422
    assert reader.get("/office/audit/export/").status_code == 405
    assert not acts("audit.export")
