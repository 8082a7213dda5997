"""The time of the story: working days before the present, and a clock that can be set back to them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta

from measures.selectors import working_calendar
from measures.working_days import WorkingCalendar
from opinion_portal import clock


@contextmanager
def time_is(moment: datetime) -> Iterator[None]:
    """Let it be ``moment`` for every service of this process: the demonstration is alone in it.

    Services ask the one clock themselves, and what they do in the demonstration happened days ago.
    """
    real = clock.now
    clock.now = lambda: moment
    try:
        yield
    finally:
        clock.now = real


class Days:
    """Moments of the bureau's working days, seen from ``now``."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.today = clock.bureau_day(now)
        self.calendar: WorkingCalendar = working_calendar()

    def ago(self, days: int, hour: int = 9) -> datetime:
        """``hour`` o'clock, ``days`` working days before today."""
        return self._at(self.calendar.back(self.today, days), hour)

    def later(self, start: datetime, days: int, hour: int) -> datetime:
        """``hour`` o'clock, ``days`` working days after ``start``, and after ``start`` itself in any case."""
        found = self._at(self.calendar.add(clock.bureau_day(start), days), hour)
        return found if found > start else start + timedelta(minutes=20)

    def next_morning(self, moment: datetime) -> datetime:
        """The first working morning after ``moment``."""
        return self._at(self.calendar.add(clock.bureau_day(moment), 1), 9)

    def is_past(self, moment: datetime) -> bool:
        """Whether ``moment`` has come, with a minute to spare."""
        return moment < self.now - timedelta(minutes=1)

    @staticmethod
    def _at(day: date, hour: int) -> datetime:
        # Nobody works on the stroke of the hour: the minute comes from the day, the same at every telling.
        return datetime.combine(day, time(hour, 7 + day.day), tzinfo=clock.BUREAU_ZONE)
