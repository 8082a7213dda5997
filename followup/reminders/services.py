"""Reminding the heads of units, each limit once: a row that the office shows, and one SMS that counts matters."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby

from django.db import connection, transaction

from accounts.models import Unit
from accounts.services import SYSTEM, audit_record
from followup.reminders.models import Reminder, ReminderKind
from followup.reminders.selectors import (
    Due,
    gravity,
    heads_of,
    message_is_void,
    messages_waiting,
    reminders_due,
)
from followup.sms.models import SmsMessage
from followup.sms.services import sms_cancel, sms_queue
from opinion_portal import clock

_TEXTS: Mapping[ReminderKind, str] = {
    ReminderKind.NEW: "unit-matter-new",
    ReminderKind.BEFORE: "unit-matter-due",
    ReminderKind.AFTER: "unit-matter-overdue",
    ReminderKind.CRITICISE: "unit-matter-criticise",
}
_UNDATED = {ReminderKind.NEW, ReminderKind.CRITICISE}
_ONE_AT_A_TIME = 0x72656D69


def reminders_send() -> int:
    """Make the reminders that are due, one SMS for all matters of a unit, an occasion and a day; returns how many."""
    due = sorted(reminders_due(), key=_group)
    return sum(_remind(list(group)) for _key, group in groupby(due, key=_group))


def _group(due: Due) -> tuple[int, int, date]:
    return due.matter.lead_unit_id, gravity(due.kind), due.day if due.kind != ReminderKind.NEW else date.min


@transaction.atomic
def _remind(group: Sequence[Due]) -> int:
    """One occasion of one unit. Of two runs at once the second waits, and finds nothing left to do."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
    kind, unit = group[0].kind, group[0].matter.lead_unit
    known = {
        (reminder.rectification_id, reminder.limit)
        for reminder in Reminder.objects.filter(kind=kind, rectification__in=[due.matter for due in group])
    }
    fresh = [due for due in group if (due.matter.pk, due.matter.due_at) not in known]
    if not fresh:
        return 0
    now = clock.now()
    made = Reminder.objects.bulk_create(
        Reminder(rectification=due.matter, kind=kind, limit=due.matter.due_at, unit=unit, at=now) for due in fresh
    )
    audit_record(
        action="reminder.send",
        actor=SYSTEM,
        object_type="unit",
        object_id=unit.pk,
        data={"kind": kind.value, "matters": [due.matter.pk for due in fresh]},
    )
    _sms(unit, kind, len(fresh), fresh[0].day, made[0].pk)
    return len(made)


def reminders_take_back() -> int:
    """Take back each waiting SMS whose matters have all been answered, given on or recalled; returns how many."""
    return sum(_take_back(message) for message in messages_waiting() if message_is_void(message))


@transaction.atomic
def _take_back(message: SmsMessage) -> int:
    return sms_cancel(about=("reminder", message.about_id))


def _sms(unit: Unit, kind: ReminderKind, count: int, day: date, reminder_id: int) -> None:
    values = {"count": str(count)}
    if kind not in _UNDATED:
        values["date"] = f"{day.month}月{day.day}日"
    for head in heads_of(unit.pk):
        sms_queue(text_code=_TEXTS[kind], values=values, officer=head, about=("reminder", reminder_id))
