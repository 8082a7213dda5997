"""What the tests of matters' pages look at: the moment, many matters at once, what a page costs."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Unit
from measures.models import Rectification
from opinion_portal import clock
from tests.feedback.queue_cast import centre
from tests.measures.matters import unit

PDF = b"%PDF-1.7 evidence"


def pdf(name: str = "现场.pdf", data: bytes = PDF) -> SimpleUploadedFile:
    """A file as a form brings it."""
    return SimpleUploadedFile(name, data)


def at(monkeypatch: pytest.MonkeyPatch, text: str) -> datetime:
    """Let it be ``text`` (a bureau time)."""
    moment = datetime.fromisoformat(text).replace(tzinfo=clock.BUREAU_ZONE)
    monkeypatch.setattr(clock, "now", lambda: moment)
    return moment


def many(number: int, *, lead: Unit | None = None, **fields: Any) -> list[int]:
    now, sender = clock.now(), centre()
    start = {"dispatched_at": now - timedelta(days=9), "due_at": now + timedelta(days=2), "item_id": "P1"}
    made = Rectification.objects.bulk_create(
        Rectification(
            title=f"第{index}件",
            brief="太吵",
            lead_unit=lead or unit(),
            created_by=sender,
            first_dispatched_at=now,
            **(start | fields),
        )
        for index in range(number)
    )
    return [one.pk for one in made]


def page_of(client: Client, matter: Rectification) -> str:
    answer = client.get(reverse("matters:detail", args=[matter.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def statements(client: Client, address: str, **query: Any) -> int:
    """How many statements a page costs, but for the frame's notes about notices and reminders."""
    client.get(address, query)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address, query).status_code == 200
    told = [one["sql"] for one in queries if "followup_" not in one["sql"]]
    # The frame asks for the unit's tree anew for each of its notes; a page needs it once.
    tree = [sql for sql in told if '"accounts_unit"."parent_id" IN' in sql]
    return len(told) - max(0, len(tree) - 1)
