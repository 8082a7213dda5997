"""Every read of this room, each together with its permission check. Reads tallies and reference tables only, so a
page takes as long on the first day as after years."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.http import Http404

from accounts.models import Officer, Unit
from accounts.permissions import Action, Scope, scope_of
from feedback.models import Category, Subcategory
from insights.models import Dimension
from insights.periods import Period
from stations.models import SensingPoint

SILENT_AFTER = timedelta(days=14)
_BUREAU = 0
_DIMENSIONS = [dimension.value for dimension in Dimension]


@dataclass(frozen=True)
class Counts:
    """How many voices, and how many gave each grade 1 … 5 for the service and for safety."""

    voices: int = 0
    service: tuple[int, ...] = (0,) * 5
    safety: tuple[int, ...] = (0,) * 5

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.voices + other.voices,
            tuple(a + b for a, b in zip(self.service, other.service, strict=True)),
            tuple(a + b for a, b in zip(self.safety, other.safety, strict=True)),
        )


def _total(parts: Sequence[Counts]) -> Counts:
    # Most counts are asked for one point, or for the bureau alone: nothing is to be added.
    return sum(parts[1:], parts[0]) if parts else Counts()


@dataclass(frozen=True)
class Reach:
    """What a dashboard covers: the whole bureau, or one ``unit`` with those below it.

    ``points`` and ``units`` are the points and units within; ``names`` are all units, for what is only named.
    """

    is_bureau: bool
    unit: Unit | None
    points: Mapping[int, SensingPoint]
    units: Sequence[int]
    names: Mapping[int, Unit]

    @property
    def point_ids(self) -> list[int]:
        return list(self.points)

    @property
    def has_no_voices(self) -> bool:
        """Whether nothing can have been said here: a department has no points, so nothing need be looked up."""
        return not self.is_bureau and not self.points


@dataclass(frozen=True)
class Tallies:
    """Sums over a period and over the one before it; ``now`` and ``before`` look one count up."""

    reach: Reach
    sums: Mapping[tuple[bool, int, str, str], Counts]

    def now(self, dimension: Dimension, key: str = "", *, points: Iterable[int] | None = None) -> Counts:
        """The count in the period; of the whole reach, or of ``points`` alone (dimension ALL in the bureau)."""
        return self._sum(dimension, key, points, is_now=True)

    def before(self, dimension: Dimension, key: str = "", *, points: Iterable[int] | None = None) -> Counts:
        """The same in the period before."""
        return self._sum(dimension, key, points, is_now=False)

    def keys(self, dimension: Dimension) -> set[str]:
        """The keys that occur along ``dimension`` in either period."""
        return {key for _, _, found, key in self.sums if found == dimension.value}

    def _sum(self, dimension: Dimension, key: str, points: Iterable[int] | None, *, is_now: bool) -> Counts:
        if points is None:
            points = [_BUREAU] if self.reach.is_bureau else self.reach.point_ids
        found = [self.sums.get((is_now, point, dimension.value, key)) for point in points]
        return _total([counts for counts in found if counts])


def reach_of(officer: Officer) -> Reach:
    """What ``officer``'s own dashboard covers; nothing for an officer who may see no dashboard."""
    scope = scope_of(officer, Action.DASHBOARD_VIEW)
    names = {unit.pk: unit for unit in Unit.objects.all()}
    if scope is Scope.ALL:
        return _reach(None, names)
    return _reach(names[officer.unit_id], names, is_empty=scope is None)


def reach_of_unit(officer: Officer, code: str) -> Reach:
    """What the dashboard of the unit ``code`` covers; raises ``Http404`` for one that ``officer`` may not look at."""
    scope = scope_of(officer, Action.DASHBOARD_VIEW)
    names = {unit.pk: unit for unit in Unit.objects.all()}
    unit = next((unit for unit in names.values() if unit.code == code), None)
    if unit is None or scope is None or (scope is Scope.UNIT and unit.pk not in _below(officer.unit_id, names)):
        raise Http404
    return _reach(None if scope is Scope.ALL and unit.kind == Unit.Kind.BUREAU else unit, names)


def _reach(unit: Unit | None, names: Mapping[int, Unit], *, is_empty: bool = False) -> Reach:
    units = list(names) if unit is None else [] if is_empty else _below(unit.pk, names)
    points = SensingPoint.objects.all()
    if unit is not None:
        points = points.filter(station__in=units)
    found = {point.pk: point for point in points}
    for point in found.values():
        point.station = names[point.station_id]
    return Reach(unit is None, unit, found, units, names)


def _below(unit_id: int, names: Mapping[int, Unit]) -> list[int]:
    """The unit and all units below it."""
    found = [unit_id]
    for above in found:
        found += [unit.pk for unit in names.values() if unit.parent_id == above and unit.pk not in found]
    return found


# Two index scans: the bureau's own rows along every dimension, and what each point adds up to.
_SUMS = """
SELECT day >= %(first)s, coalesce(point_id, 0), dimension, key, sum(voices)::int,
    ARRAY[sum(service[1]), sum(service[2]), sum(service[3]), sum(service[4]), sum(service[5])]::int[],
    ARRAY[sum(safety[1]), sum(safety[2]), sum(safety[3]), sum(safety[4]), sum(safety[5])]::int[]
FROM insights_daytally
WHERE day BETWEEN %(before_first)s AND %(last)s AND (day >= %(first)s OR day <= %(before_last)s) AND {reach}
GROUP BY 1, 2, 3, 4
"""
_REACH_BUREAU = "point_id IS NULL AND dimension = ANY(%(dimensions)s)"
_REACH_POINTS = "point_id = ANY(%(points)s) AND dimension = ANY(%(dimensions)s)"
_REACH_EACH_POINT = "point_id = ANY(%(points)s) AND dimension = 'all'"


def tallies_between(reach: Reach, period: Period) -> Tallies:
    """All sums of ``period`` and of the one before it within ``reach``; one statement."""
    if reach.has_no_voices:
        return Tallies(reach, {})
    parts = [_REACH_BUREAU, _REACH_EACH_POINT] if reach.is_bureau else [_REACH_POINTS]
    found = rows(
        " UNION ALL ".join(_SUMS.format(reach=part) for part in parts),
        {**vars(period), "dimensions": _DIMENSIONS, "points": reach.point_ids},
    )
    return Tallies(
        reach,
        {
            (is_now, point, dimension, key): Counts(voices, tuple(service), tuple(safety))
            for is_now, point, dimension, key, voices, service, safety in found
        },
    )


_BY_DAY = """
SELECT day, voices, service, safety FROM insights_daytally
WHERE dimension = 'all' AND {reach} AND day BETWEEN %(first)s AND %(last)s
"""


def tallies_by_day(reach: Reach, days: Sequence[date]) -> list[Counts]:
    """The counts of each of ``days``, in their order; days without a voice count nothing."""
    if reach.has_no_voices:
        return [Counts() for _day in days]
    part = "point_id IS NULL" if reach.is_bureau else "point_id = ANY(%(points)s)"
    sums: dict[date, Counts] = defaultdict(Counts)
    parameters = {"first": days[0], "last": days[-1], "points": reach.point_ids}
    for day, voices, service, safety in rows(_BY_DAY.format(reach=part), parameters):
        sums[day] += Counts(voices, tuple(service), tuple(safety))
    return [sums[day] for day in days]


@dataclass(frozen=True)
class Standing:
    """What waits at this moment, however long ago it was said.

    ``seen_until`` is the moment up to which the tallies know what happened; ``None`` before their first run.
    """

    awaiting: int
    urgent_unseen: int
    seen_until: datetime | None


_STANDING = """
SELECT coalesce(sum(voices) FILTER (WHERE dimension = 'state'), 0)::int,
       coalesce(sum(voices) FILTER (WHERE dimension = 'flag'), 0)::int,
       (SELECT seen_until FROM insights_tallyrun ORDER BY id DESC LIMIT 1)
FROM insights_daytally
WHERE {reach} AND ((dimension = 'state' AND key = 'received') OR (dimension = 'flag' AND key = 'urgent_unseen'))
"""


def standing_now(reach: Reach) -> Standing:
    """How many voices wait for the centre, how many urgent ones nobody has seen, and up to when that is known."""
    part = "point_id IS NULL" if reach.is_bureau else "point_id = ANY(%(points)s)"
    [(awaiting, urgent, seen_until)] = rows(_STANDING.format(reach=part), {"points": reach.point_ids})
    return Standing(awaiting, urgent, seen_until)


@dataclass(frozen=True)
class Silent:
    """A point from which nothing came for ``SILENT_AFTER``; ``last_day`` is ``None`` where nothing ever came."""

    point: SensingPoint
    last_day: date | None


_LAST_DAYS = """
SELECT id, (SELECT max(day) FROM insights_daytally t WHERE t.point_id = p.id AND t.dimension = 'all')
FROM unnest(%(points)s::bigint[]) AS p (id)
"""


def points_silent(reach: Reach, today: date) -> list[Silent]:
    """The active points that have fallen silent, the longest silence first."""
    if not reach.points:
        return []
    last_days = dict(rows(_LAST_DAYS, {"points": reach.point_ids}))
    silent = [
        Silent(point, last_days[point.pk])
        for point in reach.points.values()
        if point.is_active and (last_days[point.pk] is None or last_days[point.pk] <= today - SILENT_AFTER)
    ]
    return sorted(silent, key=lambda found: (found.last_day or date.min, found.point.code))


def stations_of(reach: Reach) -> dict[Unit, list[int]]:
    """The stations in reach with their points' ids."""
    stations: dict[Unit, list[int]] = defaultdict(list)
    for point in reach.points.values():
        stations[point.station].append(point.pk)
    return stations


def items_by_category() -> dict[Category, list[Subcategory]]:
    """The taxonomy, in its order."""
    categories: dict[Category, list[Subcategory]] = defaultdict(list)
    for item in Subcategory.objects.select_related("category").order_by("category__position", "position"):
        categories[item.category].append(item)
    return categories


def rows(statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
