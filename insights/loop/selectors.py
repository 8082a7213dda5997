"""What the dashboard reads of the loop: sums of its tallies, and how the matters stand at this moment."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import product

from django.db.models import Case, CharField, Count, Q, Value, When

from accounts.models import Officer
from accounts.permissions import Action, Scope, scope_of
from followup.notices.moves import OPEN as NOTICE_OPEN
from followup.notices.moves import UNISSUED
from insights.loop_rates import CallBacks, Course, Weights
from insights.models import IndicatorWeights, LoopDimension
from insights.periods import Period
from insights.selectors import Reach, rows
from measures.models import MatterState
from measures.selectors import ENDED, matters_visible, working_calendar
from measures.working_days import WorkingCalendar
from opinion_portal import clock

# Only with the unit does the clock run against it: once it has answered, others are at work.
WITH_UNIT = (MatterState.DISPATCHED, MatterState.HANDLING)
OPEN_STATES = [state for state in MatterState if state not in ENDED]
LATE_DAYS = 5
IN_TIME, SOON, LATE, LONG_LATE, NO_CLOCK = "in_time", "soon", "late", "long_late", ""
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Sums:
    """Counts of one period by dimension and key; what never happened counts 0."""

    counts: Mapping[tuple[str, str], int]

    def of(self, dimension: LoopDimension, key: str) -> int:
        return self.counts.get((dimension.value, key), 0)

    def keys(self, dimension: LoopDimension) -> dict[str, int]:
        """All counts along ``dimension``."""
        return {key: count for (found, key), count in self.counts.items() if found == dimension.value}

    @property
    def call_backs(self) -> CallBacks:
        return CallBacks.of(self.keys(LoopDimension.FOLLOW))

    @property
    def course(self) -> Course:
        return Course.of(self.keys(LoopDimension.COURSE))


@dataclass(frozen=True)
class LoopSums:
    """The loop of a reach: its period, the one before it, and the period unit by unit.

    ``notices``: notices by unit and state, open ones however old, ended ones of the period; ``None`` for who may see
    none. A unit does not know of what is not issued.
    """

    now: Sums
    before: Sums
    units: Mapping[int, Sums]
    notices: Mapping[int, Mapping[str, int]] | None


_SUMS = """
SELECT CASE WHEN day >= %(first)s THEN 'now' ELSE 'before' END, coalesce(unit_id, 0), dimension, key, sum(count)::int
FROM insights_looptally
WHERE {reach} AND day BETWEEN %(before_first)s AND %(last)s AND (day >= %(first)s OR day <= %(before_last)s)
    AND dimension <> 'notice'
GROUP BY 1, 2, 3, 4
"""
# What each unit adds up to is shown of the period itself, and only what the table of units needs.
_EACH_UNIT = """
SELECT 'unit', unit_id, dimension, key, sum(count)::int
FROM insights_looptally
WHERE unit_id IS NOT NULL AND dimension IN ('course', 'follow') AND day BETWEEN %(first)s AND %(last)s
GROUP BY 2, 3, 4
"""
_NOTICES = """
SELECT 'notice', unit_id, dimension, key, sum(count)::int
FROM insights_looptally
WHERE dimension = 'notice' AND unit_id = ANY(%(units)s) AND NOT key = ANY(%(hidden)s)
    AND (key = ANY(%(open)s) OR day BETWEEN %(first)s AND %(last)s)
GROUP BY 2, 3, 4
"""


def loop_sums(officer: Officer, reach: Reach, period: Period) -> LoopSums:
    """All sums of the loop within ``reach``, as far as ``officer`` may see them; one statement."""
    scope = scope_of(officer, Action.NOTICE_VIEW)
    parts = [_SUMS.format(reach="unit_id IS NULL" if reach.is_bureau else "unit_id = ANY(%(units)s)")]
    parts += [_EACH_UNIT] if reach.is_bureau else []
    parts += [_NOTICES] if scope else []
    parameters = {
        **vars(period),
        "units": list(reach.units),
        "hidden": [] if scope is Scope.ALL else UNISSUED.split(),
        "open": NOTICE_OPEN.split(),
    }
    whole: dict[str, Counter[tuple[str, str]]] = {"now": Counter(), "before": Counter()}
    units: dict[int, Counter[tuple[str, str]]] = defaultdict(Counter)
    notices: dict[int, Counter[str]] = defaultdict(Counter)
    for kind, unit, dimension, key, count in rows(" UNION ALL ".join(parts), parameters):
        if kind == "notice":
            notices[unit][key] += count
        elif kind == "unit":
            units[unit][dimension, key] += count
        else:
            whole[kind][dimension, key] += count
    each = {unit: Sums(counts) for unit, counts in units.items()}
    return LoopSums(Sums(whole["now"]), Sums(whole["before"]), each, notices if scope else None)


def weights_on(day: date) -> Weights:
    """The weights in force on ``day``; before the first version's day, that version.

    Raises ``IndicatorWeights.DoesNotExist`` when there is none at all.
    """
    versions = IndicatorWeights.objects
    found = versions.filter(valid_from__lte=day).first() or versions.earliest("valid_from")
    return Weights(found.version, found.response, found.solution, found.satisfaction, found.basically)


# Standing ------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Bounds:
    """Where lateness begins and ends at one moment, as limits compare to it: a limit is the first moment too late."""

    now: datetime
    soon: datetime
    long_late: datetime


def bounds_at(now: datetime, calendar: WorkingCalendar) -> Bounds:
    """SOON: due today or on the next working day. LONG_LATE: more than five working days gone by since the last day."""
    today = clock.bureau_day(now)
    days_back = LATE_DAYS if calendar.is_working(today) else LATE_DAYS + 1
    return Bounds(
        now=now,
        soon=clock.day_start(calendar.add(today, 1) + _DAY),
        long_late=clock.day_start(calendar.back(today, days_back)),
    )


@dataclass(frozen=True)
class Standing:
    """How many open matters there are at this moment, by unit, state and lateness (``NO_CLOCK``: none runs).

    ``sums`` holds every sum that a page may ask for: ``None`` in a key stands for any unit, state or lateness.
    """

    sums: Mapping[tuple[int | None, str | None, str | None], int]

    @classmethod
    def of(cls, rows: Iterable[tuple[int, str, str, int]]) -> "Standing":
        """From unit, state, lateness and count."""
        sums: Counter[tuple[int | None, str | None, str | None]] = Counter()
        for unit, state, late, count in rows:
            for key in product((unit, None), (state, None), (late, None)):
                sums[key] += count
        return cls(sums)

    def count(self, *, unit: int | None = None, state: str | None = None, late: str | None = None) -> int:
        """How many there are of this unit, state and lateness; ``None``: of any."""
        return self.sums.get((unit, state, late), 0)

    @property
    def units(self) -> set[int]:
        """The units that have an open matter."""
        return {unit for unit, _state, _late in self.sums if unit is not None}


def matters_standing(officer: Officer, reach: Reach, now: datetime) -> Standing:
    """The open matters led within ``reach``, of those that ``officer`` may read; one index, whatever has ended."""
    bounds = bounds_at(now, working_calendar())
    lateness = Case(
        When(~Q(state__in=WITH_UNIT), then=Value(NO_CLOCK)),
        When(due_at__lte=bounds.long_late, then=Value(LONG_LATE)),
        When(due_at__lte=bounds.now, then=Value(LATE)),
        When(due_at__lte=bounds.soon, then=Value(SOON)),
        default=Value(IN_TIME),
        output_field=CharField(),
    )
    found = matters_visible(officer).filter(state__in=OPEN_STATES).order_by()
    if not reach.is_bureau:
        found = found.filter(lead_unit__in=reach.units)
    counted = found.values_list("lead_unit", "state", lateness).annotate(Count("pk"))
    return Standing.of(counted)
