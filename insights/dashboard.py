"""The dashboard: what the page shows, put together from the tallies."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Officer
from feedback.models import Channel, CodeState, Kind
from insights import selectors
from insights.charts import Chart, bar_chart, mean_chart
from insights.loop.dashboard import LoopBoard, loop_board
from insights.models import Dimension, Flag
from insights.periods import Period, period_of
from insights.rates import ENOUGH, Change, Mean, Measured, change_between, change_of, mean_of, positive_rate
from insights.selectors import Counts, Reach, Silent, Standing, Tallies
from opinion_portal import clock


@dataclass(frozen=True)
class Comparison:
    """A measured value beside its change against the period before, if both have answers enough."""

    value: Measured
    change: Change | None


@dataclass(frozen=True)
class Line:
    """One row of a table: what it is about, its voices (and of the period before), its measured values.

    ``bar`` is the length of its bar in per cent of the longest. ``query`` is the queue's query that lists what was
    counted, ``""`` where the queue cannot ask for it.
    """

    name: str
    note: str
    counts: Counts
    before: int
    service: Mean
    safety: Mean
    bar: str
    query: str


@dataclass(frozen=True)
class ItemLine:
    """An item or a category: what the centre confirmed, and what is suggested but not yet confirmed."""

    code: str
    name: str
    is_category: bool
    confirmed: int
    hinted: int
    before: int
    confirmed_bar: str
    hinted_bar: str
    query: str


@dataclass(frozen=True)
class DayLine:
    """One day of the time series, for its table."""

    day: date
    voices: int
    service: Mean
    safety: Mean


@dataclass(frozen=True)
class Headline:
    """The figures on top."""

    voices: int
    voices_before: int
    voices_change: Change | None
    service: Comparison
    safety: Comparison
    positive: Comparison
    awaiting: int
    urgent_unseen: int
    codes_unknown: int
    codes_revoked: int
    left_out: int


@dataclass(frozen=True)
class Dashboard:
    """All that the page shows."""

    period: Period
    reach: Reach
    seen_until: datetime | None
    headline: Headline
    days: list[DayLine]
    voices_chart: Chart
    service_chart: Chart
    points: list[Line]
    stations: list[Line]
    channels: list[Line]
    kinds: list[Line]
    items: list[ItemLine]
    unsorted: int
    silent: list[Silent]
    loop: LoopBoard
    enough: int = ENOUGH


@dataclass(frozen=True)
class Wanted:
    """What the reader asked for: a period, an order of the points, an order of the units, one unit by its code."""

    period: str = ""
    sort: str = ""
    units: str = ""
    unit: str = ""


def dashboard_for(officer: Officer, wanted: Wanted, *, now: datetime) -> Dashboard:
    """The dashboard of ``officer``, or of the unit asked for; raises ``Http404`` for one that is not open to them."""
    today = clock.bureau_day(now)
    reach = selectors.reach_of_unit(officer, wanted.unit) if wanted.unit else selectors.reach_of(officer)
    period = period_of(wanted.period, today)
    tallies = selectors.tallies_between(reach, period)
    days = list(period.days())
    by_day = selectors.tallies_by_day(reach, days)
    items, unsorted = _items(tallies, period)
    standing = selectors.standing_now(reach)
    return Dashboard(
        period=period,
        reach=reach,
        seen_until=standing.seen_until,
        headline=_headline(tallies, period, standing),
        days=[_day_line(day, counts) for day, counts in zip(days, by_day, strict=True)],
        voices_chart=bar_chart(days, [counts.voices for counts in by_day]),
        service_chart=mean_chart(days, [mean_of(counts.service) for counts in by_day]),
        points=sorted(_points(tallies, period), key=SORTS.get(wanted.sort, SORTS["voices"])),
        stations=_stations(tallies, period),
        channels=_keyed(tallies, period, Dimension.CHANNEL, {c.value: str(c.label) for c in Channel}),
        kinds=_keyed(tallies, period, Dimension.KIND, {**{k.value: str(k.label) for k in Kind}, "": _("not said")}),
        items=items,
        unsorted=unsorted,
        silent=selectors.points_silent(reach, today),
        loop=loop_board(officer, reach, period, tallies, sort=wanted.units, now=now),
    )


def _day_line(day: date, counts: Counts) -> DayLine:
    return DayLine(day, counts.voices, mean_of(counts.service), mean_of(counts.safety))


def _headline(tallies: Tallies, period: Period, standing: Standing) -> Headline:
    now, before = tallies.now(Dimension.ALL), tallies.before(Dimension.ALL)
    # A day that is not over is not compared with a whole one.
    is_comparable = period.first < period.last and before.voices > 0
    return Headline(
        voices=now.voices,
        voices_before=before.voices,
        voices_change=change_between(now.voices, before.voices) if is_comparable else None,
        service=_compared(mean_of, now.service, before.service),
        safety=_compared(mean_of, now.safety, before.safety),
        positive=_compared(positive_rate, now.service, before.service),
        awaiting=standing.awaiting,
        urgent_unseen=standing.urgent_unseen,
        codes_unknown=tallies.now(Dimension.CODE, CodeState.UNKNOWN).voices,
        codes_revoked=tallies.now(Dimension.CODE, CodeState.REVOKED).voices,
        left_out=tallies.now(Dimension.FLAG, Flag.LEFT_OUT).voices,
    )


def _compared(measure: Callable[[Sequence[int]], Measured], now: Sequence[int], before: Sequence[int]) -> Comparison:
    value = measure(now)
    return Comparison(value, change_of(value, measure(before)))


def _points(tallies: Tallies, period: Period) -> list[Line]:
    found = [
        (point, tallies.now(Dimension.ALL, points=[point.pk]), tallies.before(Dimension.ALL, points=[point.pk]))
        for point in tallies.reach.points.values()
    ]
    longest = max((counts.voices for _point, counts, _before in found), default=0)
    return [
        _line(f"{point.code} {point}", str(point.station), counts, before, longest, _query(period, point=point.pk))
        for point, counts, before in found
        if point.is_active or counts.voices
    ]


def _stations(tallies: Tallies, period: Period) -> list[Line]:
    found = [
        (station, tallies.now(Dimension.ALL, points=points), tallies.before(Dimension.ALL, points=points), len(points))
        for station, points in selectors.stations_of(tallies.reach).items()
    ]
    longest = max((counts.voices for _station, counts, _before, _points in found), default=0)
    lines = [
        _line(str(station), str(points), counts, before, longest, _query(period, station=station.pk))
        for station, counts, before, points in found
    ]
    return sorted(lines, key=SORTS["voices"])


def _keyed(tallies: Tallies, period: Period, dimension: Dimension, names: dict[str, str]) -> list[Line]:
    found = [
        (key, name, tallies.now(dimension, key), tallies.before(dimension, key))
        for key, name in names.items()
        if key in tallies.keys(dimension)
    ]
    longest = max((counts.voices for _key, _name, counts, _before in found), default=0)
    lines = [
        # The queue cannot ask for voices that name no kind.
        _line(name, "", counts, before, longest, _query(period, **{dimension.value: key}) if key else "")
        for key, name, counts, before in found
    ]
    return sorted(lines, key=SORTS["voices"])


def _line(name: str, note: str, counts: Counts, before: Counts, longest: int, query: str) -> Line:
    return Line(
        name=name,
        note=note,
        counts=counts,
        before=before.voices,
        service=mean_of(counts.service),
        safety=mean_of(counts.safety),
        bar=_bar(counts.voices, longest),
        query=query,
    )


def _items(tallies: Tallies, period: Period) -> tuple[list[ItemLine], int]:
    """The categories, each followed by its items; and how many texts have neither a decision nor a suggestion yet."""
    groups = [
        (category, [(item, _item_counts(tallies, [item.code])) for item in items], _item_counts(tallies, codes))
        for category, items in selectors.items_by_category().items()
        for codes in [[item.code for item in items]]
    ]
    longest = max((sum(total[:2]) for _category, _items, total in groups), default=0)
    lines = []
    for category, items, total in groups:
        # A category of one item (not a police matter) would only repeat itself.
        if len(items) > 1:
            lines.append(_item_line(category.code, str(category), total, longest, "", is_category=True))
        lines += [
            _item_line(
                item.code, str(item), counts, longest, _query(period, item=item.code), is_category=len(items) == 1
            )
            for item, counts in items
        ]
    hinted = sum(tallies.now(Dimension.HINT, key).voices for key in tallies.keys(Dimension.HINT))
    return lines, max(0, tallies.now(Dimension.STATE, "received").voices - hinted)


def _item_counts(tallies: Tallies, codes: Iterable[str]) -> tuple[int, int, int]:
    confirmed = hinted = before = 0
    for code in codes:
        confirmed += tallies.now(Dimension.ITEM, code).voices
        hinted += tallies.now(Dimension.HINT, code).voices
        before += tallies.before(Dimension.ITEM, code).voices + tallies.before(Dimension.HINT, code).voices
    return confirmed, hinted, before


def _item_line(
    code: str, name: str, counts: tuple[int, int, int], longest: int, query: str, *, is_category: bool
) -> ItemLine:
    confirmed, hinted, before = counts
    bars = _bar(confirmed, longest), _bar(hinted, longest)
    return ItemLine(code, name, is_category, confirmed, hinted, before, *bars, query)


def _query(period: Period, **filters: Any) -> str:
    """The queue's query that lists what a count of ``period`` counted. Numbers and codes need no quoting."""
    wanted = "".join(f"&{name}={value}" for name, value in filters.items())
    return f"state=any{wanted}&since={period.first}&until={period.last}"


def _bar(part: int, longest: int) -> str:
    return f"{100 * part / longest:.1f}" if longest else "0"


def _lowest_first(mean: Mean) -> tuple[bool, float]:
    """By the lower end of the interval, the doubtful last: places are never ranked on bare means."""
    return (not mean.is_enough or mean.low is None, mean.low or 0.0)


SORTS: dict[str, Callable[[Line], Any]] = {
    "voices": lambda line: (-line.counts.voices, line.name),
    "name": lambda line: line.name,
    "station": lambda line: (line.note, line.name),
    "service": lambda line: (*_lowest_first(line.service), line.name),
    "safety": lambda line: (*_lowest_first(line.safety), line.name),
}
