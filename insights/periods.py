"""The periods that a dashboard compares. Pure: days in, days out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

TODAY, DAYS_30, QUARTER = "today", "days30", "quarter"
CODES = (TODAY, DAYS_30, QUARTER)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """Bureau days ``first`` … ``last`` and, for comparison, ``before_first`` … ``before_last``; ends included."""

    code: str
    first: date
    last: date
    before_first: date
    before_last: date

    def days(self) -> Iterator[date]:
        """The days to draw: the period's own, or for a single day the fortnight that leads up to it."""
        first = self.first if self.first < self.last else self.last - 13 * _DAY
        return (first + number * _DAY for number in range((self.last - first).days + 1))


def period_of(code: str, today: date) -> Period:
    """The period named ``code`` (30 days for a name that is unknown), up to and with ``today``.

    A quarter is compared with the same number of days from the start of the quarter before: as far as it has got.
    """
    if code == TODAY:
        return Period(TODAY, today, today, today - _DAY, today - _DAY)
    if code == QUARTER:
        return _quarter(today)
    first = today - 29 * _DAY
    return Period(DAYS_30, first, today, first - 30 * _DAY, first - _DAY)


def _quarter(today: date) -> Period:
    first = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    end_before = first - _DAY
    first_before = date(end_before.year, end_before.month - 2, 1)
    return Period(QUARTER, first, today, first_before, min(first_before + (today - first), end_before))
