"""The dashboard's small print, built in Python: values with their certainty, changes, bars, the rows of its tables.

A page shows some two hundred values in a hundred rows. As templates they cost three times the processor time, most of
it for looking up the same words and attributes again; here the words are looked up once for each language.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from html import escape

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from insights.charts import Chart
from insights.dashboard import DayLine, ItemLine, Line
from insights.rates import Change, Mean, Measured, Rate


@dataclass(frozen=True)
class Words:
    """What rows and values say, in one language. Texts of the catalogue hold nothing to escape."""

    nobody: str
    nothing: str
    few: str
    interval: str
    reply_rate: str
    percentage_points: str
    grade_points: str
    clear: str
    unclear: str
    now: str
    before: str
    service: str
    safety: str
    confirmed: str
    suggested: str


def words() -> Words:
    """The words of the reader's language."""
    return _words(get_language() or "")


@lru_cache(maxsize=8)
def _words(_language: str) -> Words:
    return Words(
        nobody=_("no answers"),
        nothing=_("nothing to count"),
        few=_("too few to judge"),
        interval=_("95 % confidence interval"),
        reply_rate=_("reply rate %(rate)s"),
        percentage_points=_("percentage points"),
        grade_points=_("grade points"),
        clear=_("clearly different"),
        unclear=_("within the margin"),
        now=_("In this period"),
        before=_("Before"),
        service=_("Rating of the service"),
        safety=_("Sense of safety"),
        confirmed=pgettext("column", "confirmed"),
        suggested=pgettext("column", "suggested"),
    )


# Values --------------------------------------------------------------------------------------------------------------
def measured_html(value: Measured, *, drawn: bool = False, none: str = "") -> str:
    """A mean or a share, whole: value, n, interval, reply rate; greyed and said so where too few answered.

    ``drawn`` adds the interval as a picture on the scale 1 … 5 or 0 … 100 %; ``none`` is said where n is 0.
    """
    said = words()
    if value.value is None:
        why = f"{said.few} (n = {value.n:,})" if value.n else none or said.nobody
        return f'<span class="measured"><span class="measured-none">{why}</span></span>'
    few = "" if value.is_enough else f' <span class="measured-note">{said.few}</span>'
    return (
        f'<span class="measured{" measured-few" if few else ""}">'
        f'<strong class="measured-value">{_shown(value, value.value)}</strong>{_picture(value) if drawn else ""}'
        f' <span class="measured-n">{_certainty(value, said)}</span>{few}</span>'
    )


def _certainty(value: Measured, said: Words) -> str:
    """n, and behind it the interval and the reply rate where there are any."""
    parts = [f"<span>n = {value.n:,}</span>"]
    if value.low is not None and value.high is not None:
        interval = f"{_shown(value, value.low).removesuffix(' %')}–{_shown(value, value.high)}"
        parts.append(f'<span><abbr title="{said.interval}">95 %</abbr> {interval}</span>')
    if isinstance(value, Rate) and value.reply_rate is not None:
        parts.append(f"<span>{said.reply_rate % {'rate': _shown(value, value.reply_rate)}}</span>")
    return ' <span class="measured-dot" aria-hidden="true">·</span> '.join(parts)


def _picture(value: Measured) -> str:
    if value.value is None or value.low is None or value.high is None:
        return ""
    start, length = (1.0, 4.0) if isinstance(value, Mean) else (0.0, 1.0)
    x, low, high = (100 * (number - start) / length for number in (value.value, value.low, value.high))
    return (
        ' <svg class="interval" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect class="interval-scale" x="0" y="5.5" width="100" height="1"/>'
        f'<rect class="interval-range" x="{low:.1f}" y="3.5" width="{high - low:.1f}" height="5"/>'
        f'<rect class="interval-value" x="{max(0.0, x - 1):.1f}" y="1" width="2" height="10"/></svg>'
    )


def _shown(value: Measured, number: float) -> str:
    return f"{number:.2f}" if isinstance(value, Mean) else f"{100 * number:.1f} %"


def change_html(value: Change | None, unit: str = "") -> str:
    """环比: the change in per cent and in points, and whether the intervals allow to call it one.

    ``unit`` is grade or share (then in percentage points), or empty for a plain count.
    """
    if value is None:
        return ""
    points = value.points * (100 if unit == "share" else 1)
    arrow, sign = ("▲", "+") if points > 0 else ("▼", "−") if points < 0 else ("＝", "")
    percent = "" if value.percent is None else f"{abs(value.percent):.2f} % "
    text = f'<span aria-hidden="true">{arrow}</span> {sign}{percent}'
    if unit:
        said = words()
        points_text = f"{abs(points):.2f} {said.percentage_points if unit == 'share' else said.grade_points}"
        mark = f"<strong>{said.clear}</strong>" if value.is_clear else said.unclear
        text += f"({sign}{points_text}) · {mark}"
    return f'<span class="change{" change-clear" if value.is_clear else ""}">{text.rstrip()}</span>'


# Rows ----------------------------------------------------------------------------------------------------------------
def link_html(address: str, query: str, name: str, tag: str = "") -> str:
    """A name that leads to what was counted, as far as the page there can ask for it."""
    text = f"{tag}{escape(name)}"
    return f'<a href="{address}?{escape(query)}">{text}</a>' if address and query else text


def bar_html(*parts: tuple[str, str]) -> str:
    """A bar of ``parts``, each a class and a length in per cent of the longest bar."""
    rects, x = [], 0.0
    for name, length in parts:
        rects.append(f'<rect class="{name}" x="{x:.1f}" y="0" width="{length}" height="10"/>')
        x += float(length)
    return (
        '<svg class="row-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        f"{''.join(rects)}</svg>"
    )


def line_rows(lines: Iterable[Line], address: str, *, has_note: bool) -> str:
    """The rows of a table of places, channels or kinds; ``address`` is the queue's, or ``""``."""
    said = words()
    return "".join(_line_row(line, address, said, has_note=has_note) for line in lines)


def _line_row(line: Line, address: str, said: Words, *, has_note: bool) -> str:
    note = f'<td class="cell-note">{escape(line.note)}</td>' if has_note else ""
    return (
        f'<tr><th scope="row">{link_html(address, line.query, line.name)}</th>{note}'
        f'<td class="bar-cell"><span class="bar-number">{line.counts.voices:,}</span>'
        f"{bar_html(('row-bar-full', line.bar))}</td>"
        f'<td class="numeric" data-label="{said.before}">{line.before:,}</td>'
        f'<td data-label="{said.service}">{measured_html(line.service, drawn=True)}</td>'
        f'<td data-label="{said.safety}">{measured_html(line.safety, drawn=True)}</td></tr>\n'
    )


def day_rows(days: Iterable[DayLine]) -> str:
    """The days of the charts as a table, the last one first."""
    return "".join(
        f'<tr><th scope="row">{day.day:%Y-%m-%d}</th><td class="numeric">{day.voices:,}</td>'
        f"<td>{measured_html(day.service)}</td><td>{measured_html(day.safety)}</td></tr>\n"
        for day in reversed(list(days))
    )


_CATEGORY = ' class="row-category"'


def item_rows(lines: Iterable[ItemLine], address: str) -> str:
    """Categories and items with what is confirmed and what is only suggested."""
    said = words()
    return "".join(_item_row(line, address, said) for line in lines)


def _item_row(line: ItemLine, address: str, said: Words) -> str:
    tag = f'<span class="tag">{escape(line.code)}</span> ' if line.query else ""
    return (
        f"<tr{_CATEGORY if line.is_category else ''}>"
        f'<th scope="row">{link_html(address, line.query, line.name, tag)}</th>'
        f'<td class="bar-cell">{bar_html(("row-bar-full", line.confirmed_bar), ("row-bar-pale", line.hinted_bar))}</td>'
        f'<td class="numeric" data-short="{said.confirmed}">{line.confirmed:,}</td>'
        f'<td class="numeric" data-short="{said.suggested}">{line.hinted:,}</td>'
        f'<td class="numeric cell-before">{line.before:,}</td></tr>\n'
    )


# Charts --------------------------------------------------------------------------------------------------------------
def chart_marks(chart: Chart) -> str:
    """Columns and whiskers of a chart; the last column is marked, for it is the day people look for."""
    bars = [
        f'<rect class="chart-bar" x="{bar.x}" y="{bar.y}" width="{bar.width}" height="{bar.height}">'
        f"<title>{bar.title}</title></rect>"
        for bar in chart.bars
    ]
    if bars:
        bars[-1] = bars[-1].replace('class="chart-bar"', 'class="chart-bar chart-bar-last"')
    whiskers = [
        f'<g class="chart-mark{"" if mark.is_enough else " chart-mark-few"}"><title>{mark.title}</title>'
        f'<line class="chart-whisker" x1="{mark.x}" x2="{mark.x}" y1="{mark.y_low}" y2="{mark.y_high}"/>'
        f'<circle class="chart-dot" cx="{mark.x}" cy="{mark.y}" r="3"/></g>'
        for mark in chart.whiskers
    ]
    return "".join([*bars, *whiskers])


def chart_ticks(chart: Chart) -> str:
    """The grid and the labels of both axes."""
    across = [
        f'<line class="chart-grid" x1="{chart.left}" x2="{chart.right}" y1="{tick.at}" y2="{tick.at}"/>'
        f'<text class="chart-label" x="{chart.left_of_axis}" y="{tick.at}" dy="0.35em" text-anchor="end">'
        f"{tick.label}</text>"
        for tick in chart.y_ticks
    ]
    below = [
        f'<text class="chart-label" x="{tick.at}" y="{chart.below_axis}" text-anchor="middle">{tick.label}</text>'
        for tick in chart.x_ticks
    ]
    return "".join([*across, *below])
