"""Reminding units: each limit once, by working days, by SMS to duty phones and on the office's pages."""

import threading
from datetime import date
from typing import Any

import pytest
from django.db import connections
from django.utils import translation

from accounts.models import Officer, Role, Unit
from feedback.models import Feedback
from followup.reminders.models import Reminder, ReminderKind
from followup.reminders.rules import Terms, kinds_due
from followup.reminders.selectors import reminders_for
from followup.reminders.services import reminders_send
from followup.reminders.tasks import remind_units
from followup.sms.models import SmsMessage
from measures.models import CalendarDay, Rectification
from measures.requests import request_ask, request_decide
from measures.selectors import working_calendar
from measures.services import rectification_hand_over, rectification_recall
from opinion_portal import clock
from tests.feedback.queue_cast import centre, logged_in, officer
from tests.followup.followups import at, outbox
from tests.measures.matters import dispatched, handled, head, submitted, unit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outbox")]
__all__ = ["outbox"]
K = ReminderKind
TERMS = Terms(before=1, after=1, criticise=5)


@pytest.fixture(autouse=True)
def _english() -> Any:
    with translation.override("en"):
        yield


def reached(who: Officer | None = None) -> Officer:
    """A head with a duty phone."""
    who = who or head()
    Officer.objects.filter(pk=who.pk).update(phone="13800000001")
    return who


def texts() -> list[str]:
    return list(SmsMessage.objects.order_by("id").values_list("body", flat=True))


def kinds() -> list[str]:
    return list(Reminder.objects.order_by("id").values_list("kind", flat=True))


# The rule ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 5, 25), []),
        (date(2026, 5, 26), [K.BEFORE]),
        (date(2026, 5, 27), [K.BEFORE]),
        (date(2026, 5, 28), [K.AFTER]),
        (date(2026, 6, 3), [K.AFTER]),
        (date(2026, 6, 4), [K.AFTER, K.CRITICISE]),
    ],
)
def test_reminders_stand_a_working_day_before_and_after_the_limit(today: date, expected: list[ReminderKind]) -> None:
    assert kinds_due(date(2026, 5, 27), today, working_calendar(), TERMS) == expected


def test_the_days_of_the_bureau_count_not_the_clocks() -> None:
    # The limit is a Friday; Monday is a holiday of the table, so the written reminder comes on Tuesday.
    CalendarDay.objects.create(day=date(2026, 6, 1), is_working=False, reason="停电")
    calendar = working_calendar()
    assert kinds_due(date(2026, 5, 29), date(2026, 6, 1), calendar, TERMS) == []
    assert kinds_due(date(2026, 5, 29), date(2026, 6, 2), calendar, TERMS) == [K.AFTER]


# Sending -------------------------------------------------------------------------------------------------------------
def test_a_matter_is_reminded_of_on_its_way_each_time_once(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2026-05-20T10:00")
    reached()
    matter = handled(dispatched())
    for moment in ("2026-05-26T09:00", "2026-05-26T16:00", "2026-05-28T00:00", "2026-06-04T08:00", "2026-06-20T09:00"):
        at(monkeypatch, moment)
        remind_units()
        remind_units()
    assert kinds() == [K.BEFORE, K.AFTER, K.CRITICISE]
    assert texts() == [
        "您单位有1件事项将在5月27日到期，请登录平台办理。",
        "您单位有1件事项已超期，请在6月4日前办结并反馈。",
        "您单位有1件事项催办后仍未反馈，将按规定通报批评，请立即登录平台办理。",
    ]
    assert set(Reminder.objects.values_list("limit", flat=True)) == {matter.due_at}


def test_new_matters_of_one_unit_are_counted_in_one_sms(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2026-05-20T10:00")
    first, second = reached(), reached()
    for _ in range(3):
        dispatched()
    assert reminders_send() == 3
    assert texts() == ["您单位有3件新派事项，请登录平台签收办理。"] * 2
    assert set(SmsMessage.objects.values_list("officer", flat=True)) == {first.pk, second.pk}


def test_units_are_reminded_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2026-05-20T10:00")
    reached(head(unit("traffic")))
    dispatched()
    dispatched(lead_unit=unit("traffic"))
    assert reminders_send() == 2
    assert len(texts()) == 1


def test_an_sms_to_a_unit_says_nothing_of_a_case(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2026-05-20T10:00")
    reached()
    matter = dispatched()
    reminders_send()
    (text,) = texts()
    for hidden in (matter.title, matter.reference, matter.item.name, "烧烤", matter.lead_unit.name):
        assert hidden not in text


def test_without_a_duty_phone_the_office_shows_it_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2026-05-20T10:00")
    who = head()
    matter = dispatched()
    reminders_send()
    assert texts() == []
    assert [shown.rectification for shown in reminders_for(who)] == [matter]


def test_at_night_the_row_is_made_and_the_sms_waits_for_the_morning(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2026-05-20T02:00")
    reached()
    dispatched()
    reminders_send()
    due = SmsMessage.objects.get().due_at.astimezone(clock.BUREAU_ZONE)
    assert (due.hour, due.minute) == (8, 0)


def test_a_new_limit_is_reminded_of_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2026-05-20T10:00")
    matter = handled(dispatched())
    at(monkeypatch, "2026-05-26T10:00")
    reminders_send()
    request = request_ask(rectification_id=matter.pk, officer=head(), kind="extension", reason="等鉴定", days=3)
    request_decide(request_id=request.pk, officer=centre(), grants=True, note="同意")
    assert reminders_send() == 0
    at(monkeypatch, "2026-05-29T10:00")  # the new last day is Monday, 1 June
    assert reminders_send() == 1
    assert Reminder.objects.values("limit").distinct().count() == 2


def test_an_answered_or_ended_matter_is_reminded_of_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2026-05-20T10:00")
    submitted(dispatched())
    gone = dispatched()
    rectification_hand_over(rectification_id=gone.pk, officer=centre(), to="110", note="转警情")
    at(monkeypatch, "2026-06-20T10:00")
    assert reminders_send() == 0


def test_a_portal_that_was_away_for_a_month_catches_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2026-05-20T10:00")
    reached()
    dispatched()
    at(monkeypatch, "2026-06-22T10:00")
    assert reminders_send() == 3
    assert kinds() == [K.NEW, K.AFTER, K.CRITICISE]
    # A day that has gone by is no term: the text names today.
    assert "请在6月22日前" in texts()[1]


# Taking back ---------------------------------------------------------------------------------------------------------
def states() -> list[str]:
    return list(SmsMessage.objects.order_by("id").values_list("state", flat=True))


def _recall(matter: Rectification) -> None:
    voices = list(matter.voices.values_list("feedback_id", flat=True))
    rectification_recall(
        rectification_id=matter.pk, officer=centre(), about=matter.lead_unit, voice_ids=voices, note="反映的是本单位"
    )


def test_a_waiting_sms_about_a_recalled_matter_alone_never_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2026-05-20T02:00")
    reached()
    matter = dispatched()
    remind_units()
    _recall(matter)
    remind_units()
    assert states() == ["cancelled"]


def test_one_that_counts_another_matter_too_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2026-05-20T02:00")
    reached()
    matter, _other = dispatched(), dispatched()
    remind_units()
    _recall(matter)
    remind_units()
    assert states() == ["queued"]


def test_a_unit_is_reminded_of_nothing_that_is_about_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2026-05-20T10:00")
    reached()
    matter = dispatched()
    Feedback.objects.filter(matter_link__rectification=matter).update(about_unit=unit())
    at(monkeypatch, "2026-06-20T10:00")
    assert reminders_send() == 0
    assert texts() == []


# Showing -------------------------------------------------------------------------------------------------------------
def shown(who: Officer) -> list[tuple[Rectification, str]]:
    return [(reminder.rectification, reminder.kind) for reminder in reminders_for(who)]


def test_an_officer_is_shown_the_last_reminder_of_each_own_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2026-05-20T10:00")
    late = dispatched()
    reminders_send()
    at(monkeypatch, "2026-05-28T10:00")
    new = dispatched()
    dispatched(lead_unit=unit("traffic"))
    reminders_send()
    assert shown(head()) == [(late, K.AFTER), (new, K.NEW)]
    assert len(shown(centre())) == 3
    assert shown(officer(Role.UNIT_HEAD, Unit.objects.get(code="legal"))) == []


def test_what_was_signed_for_is_new_no_more_and_what_was_answered_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2026-05-20T10:00")
    matter = dispatched()
    reminders_send()
    handled(matter)
    assert shown(head()) == []
    at(monkeypatch, "2026-05-26T10:00")
    reminders_send()
    assert shown(head()) == [(matter, K.BEFORE)]


def test_the_head_of_a_unit_begins_the_day_with_what_is_overdue(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2026-05-20T10:00")
    late = dispatched()
    at(monkeypatch, "2026-06-04T10:00")
    reminders_send()
    page = logged_in(head()).get("/office/matters/").content.decode()
    assert "To be criticised" in page
    assert f"/office/matters/{late.pk}/" in page
    other = logged_in(officer(Role.UNIT_HEAD, Unit.objects.get(code="legal")))
    assert "To be criticised" not in other.get("/office/matters/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_remind_once(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2026-05-20T10:00")
    reached()
    dispatched()
    start = threading.Barrier(3)

    def run() -> None:
        start.wait()
        reminders_send()
        connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (Reminder.objects.count(), len(texts())) == (1, 1)
