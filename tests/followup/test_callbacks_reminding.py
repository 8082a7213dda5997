"""The centre is reminded of the calls it owes: by SMS once before they are due, on the office page while they press."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from accounts.models import AuditEvent, Officer, Role
from followup.callbacks.models import CallBack, CallBackState
from followup.models import SmsMessage
from followup.reminders.tasks import remind_centre
from followup.surveys.tasks import follow_up
from opinion_portal import clock
from tests.feedback.queue_cast import centre, logged_in, officer
from tests.followup.followups import WEDNESDAY, asked, at, outbox, replied, resident
from tests.measures.matters import head

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("outbox")]
__all__ = ["outbox"]


@pytest.fixture(autouse=True)
def _wednesday(monkeypatch: pytest.MonkeyPatch) -> Any:
    at(monkeypatch, WEDNESDAY)
    with translation.override("en"):
        yield


@pytest.fixture
def owed(_wednesday: None) -> CallBack:
    """A resident who is to be called."""
    (one,) = asked(resident()[0])
    replied(one, "3 没人来")
    follow_up()
    return CallBack.objects.get()


def _before(monkeypatch: pytest.MonkeyPatch, owed: CallBack, **span: int) -> datetime:
    """Let it be so long before the call is due (an hour later for a negative span)."""
    moment = (owed.due_at - timedelta(**span)).astimezone(clock.BUREAU_ZONE)
    at(monkeypatch, f"{moment:%Y-%m-%dT%H:%M}")
    return moment


def _texts() -> list[str]:
    return list(SmsMessage.objects.filter(text__code="callback-due").order_by("id").values_list("body", flat=True))


def _reachable(who: Officer) -> Officer:
    Officer.objects.filter(pk=who.pk).update(phone="13800000001")
    return who


def test_the_centre_is_told_once_when_a_call_is_nearly_due(monkeypatch: pytest.MonkeyPatch, owed: CallBack) -> None:
    _reachable(centre())
    _before(monkeypatch, owed, hours=14)
    assert remind_centre() == 0
    _before(monkeypatch, owed, hours=1)
    assert [remind_centre() for _run in range(2)] == [1, 0]
    due = owed.due_at.astimezone(clock.BUREAU_ZONE)
    assert _texts() == [f"有1件不满意答复待回电，最早一件{due.month}月{due.day}日{due:%H:%M}到时限，请登录平台处理。"]
    assert AuditEvent.objects.get(action="callback.remind").data == {"ids": [owed.pk]}


def test_nobody_but_the_centre_gets_the_sms(monkeypatch: pytest.MonkeyPatch, owed: CallBack) -> None:
    for who in (head(), officer(Role.LEADER), officer(Role.DISCIPLINE)):
        _reachable(who)
    _before(monkeypatch, owed, hours=1)
    assert remind_centre() == 1
    assert _texts() == []


def test_a_call_that_has_ended_is_reminded_of_no_more(monkeypatch: pytest.MonkeyPatch, owed: CallBack) -> None:
    _reachable(centre())
    CallBack.objects.update(state=CallBackState.IMPOSSIBLE, ended_at=clock.now())
    _before(monkeypatch, owed, hours=1)
    assert remind_centre() == 0


def test_at_night_nobody_is_woken_for_a_call_that_may_not_be_made(
    monkeypatch: pytest.MonkeyPatch, owed: CallBack
) -> None:
    _reachable(centre())
    day = owed.due_at.astimezone(clock.BUREAU_ZONE)
    CallBack.objects.update(due_at=day.replace(hour=8, minute=30))
    at(monkeypatch, f"{day:%Y-%m-%d}T06:00")
    assert remind_centre() == 0
    at(monkeypatch, f"{day:%Y-%m-%d}T08:00")
    assert remind_centre() == 1


# On the page ---------------------------------------------------------------------------------------------------------
def _page(who: Officer) -> str:
    client: Client = logged_in(who)
    return client.get("/office/matters/").content.decode()


def test_the_office_page_shows_the_centre_what_presses_and_what_is_late(
    monkeypatch: pytest.MonkeyPatch, owed: CallBack
) -> None:
    assert "call is owed by" not in _page(centre())
    _before(monkeypatch, owed, hours=3)
    page = _page(centre())
    due = owed.due_at.astimezone(clock.BUREAU_ZONE)
    assert f"1 call is owed by {due:%m-%d %H:%M}" in page
    assert "is late" not in page
    _before(monkeypatch, owed, hours=-1)
    assert "1 is late" in _page(officer(Role.DISCIPLINE))


@pytest.mark.parametrize("role", [Role.LEADER, Role.UNIT_HEAD, Role.STATION_OFFICER])
def test_who_does_not_call_is_not_told(monkeypatch: pytest.MonkeyPatch, owed: CallBack, role: Role) -> None:
    _before(monkeypatch, owed, hours=1)
    assert "owed by" not in _page(officer(role))
