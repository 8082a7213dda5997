"""What a source of tallies is: three statements, and what is made of their rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection

from opinion_portal import clock


@dataclass(frozen=True, order=True)
class TallyKey:
    """One count: of a bureau day, at a ``kind`` of place (0: the whole bureau), along a dimension."""

    day: date
    kind: str
    place_id: int
    dimension: str
    key: str

    def __str__(self) -> str:
        place = f"{self.kind} {self.place_id}" if self.place_id else "bureau"
        return f"{self.day} {place} {self.dimension}={self.key}"


@dataclass(frozen=True)
class Source:
    """Rows that are counted by day. ``kind`` is the kind of place that the counts are of.

    ``changed`` lists the days on which a row has changed since the moment ``%(since)s``; ``all`` every day that has
    rows or tallies. ``recount`` counts the days ``%(days)s`` (all within ``%(start)s`` … ``%(stop)s``) from their rows,
    writes what differs, and returns day, place, dimension and key of that.
    """

    kind: str
    changed: str
    all: str
    recount: str

    def days_changed_since(self, moment: datetime) -> list[date]:
        """The days to count anew after what was written since ``moment``."""
        with connection.cursor() as cursor:
            cursor.execute(self.changed, {"since": moment})
            return [day for (day,) in cursor.fetchall()]

    def days_all(self) -> list[date]:
        """Every day with a row or a tally."""
        with connection.cursor() as cursor:
            cursor.execute(self.all)
            return [day for (day,) in cursor.fetchall()]

    def days_recount(self, days: Sequence[date]) -> list[TallyKey]:
        """Count ``days`` anew from their rows; returns the counts that were wrong."""
        if not days:
            return []
        bounds = {"start": clock.day_start(min(days)), "stop": clock.day_start(max(days) + timedelta(days=1))}
        with connection.cursor() as cursor:
            cursor.execute(self.recount, {"days": list(days), **bounds})
            return [TallyKey(day, self.kind, place, *key) for day, place, *key in cursor.fetchall()]
