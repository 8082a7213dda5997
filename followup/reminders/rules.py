"""When a unit is reminded of a matter (潍坊 26): plain rules on plain days."""

from dataclasses import dataclass
from datetime import date

from followup.reminders.models import ReminderKind
from measures.working_days import WorkingCalendar


@dataclass(frozen=True)
class Terms:
    """Working days: how long before the limit, how long after it, and how long after that comes the criticism."""

    before: int
    after: int
    criticise: int


def kinds_due(due_day: date, today: date, calendar: WorkingCalendar, terms: Terms) -> list[ReminderKind]:
    """The reminders of a limit that are due on the bureau's day ``today``; ``due_day`` is the last day in time."""
    if today <= due_day:
        is_near = today >= calendar.back(due_day, terms.before)
        return [ReminderKind.BEFORE] if is_near else []
    kinds = []
    if today >= calendar.add(due_day, terms.after):
        kinds.append(ReminderKind.AFTER)
    if today >= criticised_on(due_day, calendar, terms):
        kinds.append(ReminderKind.CRITICISE)
    return kinds


def criticised_on(due_day: date, calendar: WorkingCalendar, terms: Terms) -> date:
    """The day on which a matter that is still overdue is criticised."""
    return calendar.add(calendar.add(due_day, terms.after), terms.criticise)
