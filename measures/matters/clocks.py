"""How much time a matter has left, in working days, and how that is told. Plain functions on plain data."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from measures.models import MatterState
from measures.working_days import WorkingCalendar
from opinion_portal.clock import bureau_day

_A_MOMENT = timedelta(microseconds=1)
_WITH_UNIT = (MatterState.DISPATCHED, MatterState.HANDLING)


class Urgency(Enum):
    """How soon a unit must act. ``NONE``: nobody waits for the unit, so no clock is shown to run."""

    LATE = "late"
    NOW = "now"
    WEEK = "week"
    LATER = "later"
    NONE = "none"


@dataclass(frozen=True)
class Clock:
    """What the clock of a matter says: ``days`` are working days left, or, when it is late, gone by since its last."""

    urgency: Urgency
    last_day: date
    days: int = 0
    text: str = ""
    is_certain: bool = True

    @property
    def is_late(self) -> bool:
        return self.urgency is Urgency.LATE


def last_day_of(due_at: datetime) -> date:
    """The last bureau day of a term that ends with ``due_at``, the first moment after it."""
    return bureau_day(due_at - _A_MOMENT)


def clock_of(
    state: str, due_at: datetime, submitted_at: datetime | None, *, now: datetime, calendar: WorkingCalendar
) -> Clock:
    """The clock of a matter in ``state`` at ``now``.

    While the matter is with the unit it counts down; once the unit has answered, what counts is when it did.
    """
    last_day = last_day_of(due_at)
    certain = calendar.is_certain(last_day)
    if state in _WITH_UNIT:
        return _running(due_at, last_day, certain, now, calendar)
    if state == MatterState.SUBMITTED and submitted_at is not None:
        return Clock(Urgency.NONE, last_day, text=_answered(due_at, last_day, submitted_at, calendar))
    return Clock(Urgency.NONE, last_day)


def _running(due_at: datetime, last_day: date, certain: bool, now: datetime, calendar: WorkingCalendar) -> Clock:
    today = bureau_day(now)
    if now >= due_at:
        days = calendar.between(last_day, today)
        return Clock(Urgency.LATE, last_day, days, _late(days), certain)
    days = calendar.between(today, last_day)
    return Clock(_urgency(today, last_day, days), last_day, days, _left(days), certain)


def _urgency(today: date, last_day: date, days: int) -> Urgency:
    if days <= 1:
        return Urgency.NOW
    sunday = today + timedelta(days=6 - today.weekday())
    return Urgency.WEEK if last_day <= sunday else Urgency.LATER


def _late(days: int) -> str:
    if days == 0:
        return _("overdue, by less than a working day")
    return ngettext("overdue by %(n)d working day", "overdue by %(n)d working days", days) % {"n": days}


def _left(days: int) -> str:
    if days == 0:
        return _("due today")
    return ngettext("%(n)d working day left", "%(n)d working days left", days) % {"n": days}


def _answered(due_at: datetime, last_day: date, submitted_at: datetime, calendar: WorkingCalendar) -> str:
    if submitted_at < due_at:
        return _("answered in time")
    days = max(1, calendar.between(last_day, bureau_day(submitted_at)))
    return ngettext("answered %(n)d working day late", "answered %(n)d working days late", days) % {"n": days}
