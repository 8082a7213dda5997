"""Reminding the heads of units, each limit once: a row that the office shows, and one SMS that counts matters."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby

from django.db import connection, transaction

from accounts.models import Unit
from accounts.services import SYSTEM, audit_record
from followup.reminders.models import Reminder, ReminderKind
from followup.reminders.selectors import Due, gravity, heads_of, reminders_due
from followup.sms.services import sms_queue
from opinion_portal import clock

# A criticism is a matter for people: it is shown in the office, and a circulated one is written as a notice.
_TEXTS: Mapping[ReminderKind, str] = {
    ReminderKind.NEW: "unit-matter-new",
    ReminderKind.BEFORE: "unit-matter-due",
    ReminderKind.AFTER: "unit-matter-overdue",
}
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


def _sms(unit: Unit, kind: ReminderKind, count: int, day: date, reminder_id: int) -> None:
    if kind not in _TEXTS:
        return
    values = {"count": str(count)}
    if kind != ReminderKind.NEW:
        values["date"] = f"{day.month}月{day.day}日"
    for head in heads_of(unit.pk):
        sms_queue(text_code=_TEXTS[kind], values=values, officer=head, about=("reminder", reminder_id))
