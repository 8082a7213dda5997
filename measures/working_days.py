"""Working days of the bureau: which days count, and when a term that is counted in them ends.

Counting follows 公安机关办理行政案件程序规定, article 35: the first day is not counted, and a last day on a rest day
moves to the next working day (which cannot happen to a term counted in working days). A day is what the bureau's own
table (``CalendarDay``) says; else what the State Council announced for the year, as the package ``chinesecalendar``
has it (holidays and make-up workdays); else, beyond the package's years, Monday to Friday are worked. The last is a
guess, and ``is_certain`` and ``uncertain_years`` are there so that a page can say so. The end of the package's last
year may still change a little: an announcement also moves days at the end of the year before (2018-12-31 was one).
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from functools import cached_property
from itertools import islice

from chinese_calendar import holidays, workdays  # type: ignore[import-untyped]  # the package ships no types

_HOLIDAYS: frozenset[date] = frozenset(holidays)
_MAKE_UP_DAYS: frozenset[date] = frozenset(workdays)
FIRST_YEAR, LAST_YEAR = min(_HOLIDAYS).year, max(_HOLIDAYS).year
# More than a year and a half: no term of the bureau is that long, a mistyped one is.
MOST_DAYS = 400
# 400 working days take about 600 days. A calendar that needs more was filled wrongly, and no search may run for ever.
_LONGEST_WALK = 1200
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class WorkingCalendar:
    """The bureau's calendar. ``overrides`` tells of single days whether they are worked, and always wins.

    Every method takes plain days and raises TypeError for a moment, because its day depends on the zone.
    """

    overrides: Mapping[date, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Keep a copy, so that the counts derived from it stay true; TypeError for a key that is a moment."""
        _refuse_moments(*self.overrides)
        object.__setattr__(self, "overrides", dict(self.overrides))

    def is_working(self, day: date) -> bool:
        """Whether ``day`` is worked; beyond what is known, whether it is a weekday."""
        _refuse_moments(day)
        return self.overrides.get(day, _is_worked_by_default(day))

    def is_certain(self, day: date) -> bool:
        """Whether ``is_working(day)`` is known: from the table, or from an announced year."""
        _refuse_moments(day)
        return day in self.overrides or _is_announced(day.year)

    def uncertain_years(self, start: date, end: date) -> list[int]:
        """The years, ascending, of the uncertain days from ``start`` to ``end`` (both included, in either order)."""
        _refuse_moments(start, end)
        start, end = min(start, end), max(start, end)
        known = Counter(day.year for day in self.overrides if start <= day <= end)
        years = (year for year in range(start.year, end.year + 1) if not _is_announced(year))
        return [year for year in years if known[year] < _days_within(year, start, end)]

    def add(self, start: date, days: int) -> date:
        """The ``days``-th working day after ``start``, which is not counted itself.

        ``days`` 0 is ``start``, or the next working day where that is a rest day. ValueError for ``days`` below 0 or
        above ``MOST_DAYS``, and where the calendar has not so many working days.
        """
        return self._walk(start, days, 1)

    def back(self, day: date, days: int) -> date:
        """The ``days``-th working day before ``day``, which is not counted itself: for reminders before a limit.

        ``days`` 0 is ``day``, or the last working day before it. Errors as in ``add``.
        """
        return self._walk(day, days, -1)

    def between(self, start: date, end: date) -> int:
        """How many working days come after ``start`` up to and including ``end``; negative where ``end`` is earlier.

        ``between(a, b) == -between(b, a)``. Takes the same short time for a week and for a century.
        """
        _refuse_moments(start, end)
        return self._working_until(end) - self._working_until(start)

    def due_day(self, dispatched_at: datetime, days: int, zone: tzinfo) -> date:
        """The last day, in ``zone``, of a term of ``days`` working days from dispatch: the day to show to people.

        ValueError for a naive moment, else as in ``add``.
        """
        if dispatched_at.utcoffset() is None:
            raise ValueError("dispatched_at has no time zone")
        return self.add(dispatched_at.astimezone(zone).date(), days)

    def due_at(self, dispatched_at: datetime, days: int, zone: tzinfo) -> datetime:
        """The first moment after that term: midnight in ``zone`` at the end of its last day, itself no longer in time.

        In time is ``moment < due_at``, overdue ``moment >= due_at``. Do not show it as a day: it is the day after
        ``due_day``. Errors as in ``due_day``.
        """
        return datetime.combine(self.due_day(dispatched_at, days, zone) + _ONE_DAY, time.min, tzinfo=zone)

    def _walk(self, start: date, days: int, step: int) -> date:
        _refuse_moments(start)
        if not 0 <= days <= MOST_DAYS:
            raise ValueError(f"{days} working days: only 0 to {MOST_DAYS} can be counted")
        if days == 0 and self.is_working(start):
            return start
        # No days from a rest day end on the same day as one.
        found = next(islice(self._working_from(start, step), max(days, 1) - 1, None), None)
        if found is None:
            raise ValueError(f"the calendar has not {days} working days on that side of {start}")
        return found

    def _working_from(self, start: date, step: int) -> Iterator[date]:
        first = start.toordinal()
        last = min(max(first + step * _LONGEST_WALK, date.min.toordinal()), date.max.toordinal())
        for ordinal in range(first + step, last + step, step):
            if self.is_working(day := date.fromordinal(ordinal)):
                yield day

    def _working_until(self, day: date) -> int:
        """Working days from the year 1 up to and including ``day``."""
        weeks, rest = divmod(day.toordinal(), 7)  # 0001-01-01 was a Monday
        worked_weekends, free_weekdays = self._exceptions
        return weeks * 5 + min(rest, 5) + bisect_right(worked_weekends, day) - bisect_right(free_weekdays, day)

    @cached_property
    def _exceptions(self) -> tuple[list[date], list[date]]:
        """The weekend days that are worked and the weekdays that are not, each ascending."""
        days = sorted(
            day for day in {*_HOLIDAYS, *_MAKE_UP_DAYS, *self.overrides} if self.is_working(day) != _is_weekday(day)
        )
        return [day for day in days if not _is_weekday(day)], [day for day in days if _is_weekday(day)]


def _is_worked_by_default(day: date) -> bool:
    # Not the package's is_workday: it looks for the bounds of its data anew at every call, many times slower.
    return day in _MAKE_UP_DAYS or (_is_weekday(day) and day not in _HOLIDAYS)


def _is_weekday(day: date) -> bool:
    return day.weekday() < 5


def _is_announced(year: int) -> bool:
    return FIRST_YEAR <= year <= LAST_YEAR


def _days_within(year: int, start: date, end: date) -> int:
    first, last = max(start, date(year, 1, 1)), min(end, date(year, 12, 31))
    return last.toordinal() - first.toordinal() + 1


def _refuse_moments(*days: date) -> None:
    """A datetime passes for a date, yet no table of days finds it: the answer would be wrong without a word."""
    for day in days:
        if isinstance(day, datetime):
            raise TypeError("a day is wanted, not a moment: take its day in the bureau's zone")
