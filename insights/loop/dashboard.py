"""The dashboard's part about the loop: how matters stand and went, whether it was solved, unit by unit, the notices."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Officer, Unit
from followup.notices.models import NoticeState
from insights.loop.rate_lines import RateLine, rate_lines
from insights.loop.selectors import (
    IN_TIME,
    LATE,
    LONG_LATE,
    OPEN_STATES,
    SOON,
    WITH_UNIT,
    LoopSums,
    Standing,
    Sums,
    loop_sums,
    matters_standing,
    weights_on,
)
from insights.loop_rates import Weights, indicators_of, late_rate
from insights.models import LoopDimension
from insights.periods import Period
from insights.rates import Rate
from insights.selectors import Reach, Tallies
from measures.models import Closing


@dataclass(frozen=True)
class StateLine:
    """The open matters of one state at this moment. Without a clock the four kinds of lateness are ``None``.

    ``query`` lists them; ``late_query`` lists those overdue, of which ``long_late`` are more than five working days.
    """

    name: str
    count: int
    in_time: int | None
    soon: int | None
    late: int | None
    long_late: int | None
    bars: tuple[tuple[str, str], ...]
    query: str
    late_query: str


@dataclass(frozen=True)
class FlowLine:
    """How often something happened in the period and in the one before; ``is_part``: of the line above."""

    name: str
    now: int
    before: int
    is_part: bool = False


@dataclass(frozen=True)
class UnitLine:
    """One unit: what is open with it now, and how its matters of the period went. ``late_query`` lists the overdue."""

    unit: Unit
    open: int
    late: int
    dispatched: int
    late_rate: Rate
    solution: Rate
    satisfaction: Rate
    late_query: str


@dataclass(frozen=True)
class NoticeLine:
    """The notices of one unit (``None``: all together), state by state in the order of ``NoticeTable.states``."""

    unit: Unit | None
    counts: list[int]


@dataclass(frozen=True)
class NoticeTable:
    """Notices by unit and state; only states that occur have a column."""

    states: list[str]
    lines: list[NoticeLine]


@dataclass(frozen=True)
class LoopBoard:
    """All that the page shows of the loop; ``at`` is the moment of what stands."""

    at: datetime
    states: list[StateLine]
    open: int
    overdue: int
    flow: list[FlowLine]
    rates: list[RateLine]
    weights: Weights
    calls: Mapping[str, int]
    left_out: int
    units: list[UnitLine]
    notices: NoticeTable | None


def loop_board(
    officer: Officer, reach: Reach, period: Period, voices: Tallies, *, sort: str, now: datetime
) -> LoopBoard:
    """The loop within ``reach``; ``voices`` are its tallies of the same period, ``sort`` one of ``UNIT_SORTS``."""
    sums, standing = loop_sums(officer, reach, period), matters_standing(officer, reach, now)
    weights = weights_on(period.last)
    states = _states(reach, standing)
    return LoopBoard(
        at=now,
        states=states,
        open=standing.count(),
        overdue=standing.count(late=LATE) + standing.count(late=LONG_LATE),
        flow=_flow(sums),
        rates=rate_lines(sums, weights, voices),
        weights=weights,
        calls=sums.now.keys(LoopDimension.CALL),
        left_out=sums.now.of(LoopDimension.COURSE, "left_out"),
        units=_units(reach, sums, standing, weights, sort) if reach.is_bureau else [],
        notices=_notices(reach, sums.notices),
    )


# Matters -------------------------------------------------------------------------------------------------------------
def _states(reach: Reach, standing: Standing) -> list[StateLine]:
    longest = max((standing.count(state=state) for state in OPEN_STATES), default=0)
    return [_state(str(state.label), state.value, reach, standing, longest) for state in OPEN_STATES]


def _state(name: str, state: str, reach: Reach, standing: Standing, longest: int) -> StateLine:
    runs = state in WITH_UNIT
    kinds = [standing.count(state=state, late=late) for late in (IN_TIME, SOON, LATE, LONG_LATE)]
    count = standing.count(state=state)
    bars = zip(_BARS, kinds, strict=True) if runs else [("row-bar-pale", count)]
    in_time, soon, late, long_late = kinds if runs else (None,) * 4
    return StateLine(
        name=name,
        count=count,
        in_time=in_time,
        soon=soon,
        late=None if late is None or long_late is None else late + long_late,
        long_late=long_late,
        bars=tuple((bar, _bar(part, longest)) for bar, part in bars),
        query=_query(reach, state=state),
        late_query=_query(reach, state=state, lateness="late"),
    )


_BARS = ("row-bar-full", "row-bar-soon", "row-bar-late", "row-bar-long")


def _bar(part: int, longest: int) -> str:
    return f"{100 * part / longest:.1f}" if longest else "0"


def _query(reach: Reach, **filters: object) -> str:
    """The list's query for matters led within ``reach``. Whoever sees one unit alone need not name it."""
    if reach.unit is not None and len(reach.units) == 1:
        filters = {"unit": reach.unit.pk, **filters}
    return "&".join(f"{name}={value}" for name, value in filters.items())


def _flow(sums: LoopSums) -> list[FlowLine]:
    return [
        FlowLine(
            name,
            sum(sums.now.of(dimension, key) for key in keys),
            sum(sums.before.of(dimension, key) for key in keys),
            is_part,
        )
        for name, dimension, keys, is_part in _flow_lines()
    ]


def _flow_lines() -> Iterable[tuple[str, LoopDimension, tuple[str, ...], bool]]:
    moves = LoopDimension.MOVE
    yield _("Sent to units"), moves, ("dispatch", "redispatch"), False
    yield _("Signed for by the unit"), moves, ("acknowledge",), False
    yield _("Answered by the unit"), moves, ("submit",), False
    yield _("of them after the limit"), moves, ("submit_late",), True
    yield _("Passed by review"), moves, ("pass",), False
    yield _("Sent back by review"), moves, ("rework",), False
    yield _("Given back by the unit"), moves, ("grant_return",), False
    yield _("Limit extended"), moves, ("grant_extension",), False
    yield _("Suspended"), moves, ("grant_suspension",), False
    yield _("Supervision slips"), moves, ("supervise",), False
    yield _("Handed to 110, petition or supervision"), moves, ("hand_110", "hand_petition"), False
    yield _("Reopened by a resident’s answer"), moves, ("reopen",), False
    yield _("Closed and still so"), LoopDimension.CLOSED, tuple(Closing.values), False
    for closing in Closing:
        yield str(closing.label), LoopDimension.CLOSED, (closing.value,), True


# Units ---------------------------------------------------------------------------------------------------------------
def _units(reach: Reach, sums: LoopSums, standing: Standing, weights: Weights, sort: str) -> list[UnitLine]:
    known = standing.units | set(sums.units)
    lines = [
        _unit_line(reach.names[unit], sums.units.get(unit, Sums({})), standing, weights)
        for unit in known
        if unit in reach.names
    ]
    return sorted(lines, key=UNIT_SORTS.get(sort, UNIT_SORTS["satisfaction"]))


def _unit_line(unit: Unit, sums: Sums, standing: Standing, weights: Weights) -> UnitLine:
    rates = indicators_of(sums.call_backs, weights)
    return UnitLine(
        unit=unit,
        open=standing.count(unit=unit.pk),
        late=standing.count(unit=unit.pk, late=LATE) + standing.count(unit=unit.pk, late=LONG_LATE),
        dispatched=sums.course.dispatched,
        late_rate=late_rate(sums.course),
        solution=rates.solution,
        satisfaction=rates.satisfaction,
        late_query=f"unit={unit.pk}&lateness=late",
    )


def _worst_first(rate: Rate, *, high_is_bad: bool = False) -> tuple[bool, float]:
    """By the lower end of the interval, those with too few answers last: units are never ranked on bare rates.

    Where a high share is bad the lower end says what is certain at least, and the highest comes first.
    """
    low = rate.low or 0.0
    return not rate.is_enough, -low if high_is_bad else low


UNIT_SORTS: dict[str, Callable[[UnitLine], Any]] = {
    "name": lambda line: str(line.unit),
    "open": lambda line: (-line.open, str(line.unit)),
    "late": lambda line: (*_worst_first(line.late_rate, high_is_bad=True), str(line.unit)),
    "solution": lambda line: (*_worst_first(line.solution), str(line.unit)),
    "satisfaction": lambda line: (*_worst_first(line.satisfaction), str(line.unit)),
}


# Notices -------------------------------------------------------------------------------------------------------------
def _notices(reach: Reach, counts: Mapping[int, Mapping[str, int]] | None) -> NoticeTable | None:
    if counts is None:
        return None
    states = [state for state in NoticeState if any(state.value in of_unit for of_unit in counts.values())]
    lines = [
        NoticeLine(reach.names[unit], [of_unit.get(state.value, 0) for state in states])
        for unit, of_unit in counts.items()
    ]
    lines.sort(key=lambda line: (-sum(line.counts), str(line.unit)))
    if len(lines) > 1:
        lines.append(NoticeLine(None, [sum(line.counts[at] for line in lines) for at in range(len(states))]))
    return NoticeTable([str(state.label) for state in states], lines)
