"""How the dashboard prints what was measured; the work is done in ``insights/html.py``."""

from collections.abc import Iterable

from django import template
from django.utils.safestring import SafeString, mark_safe

from insights import html
from insights.charts import Chart
from insights.dashboard import DayLine, ItemLine, Line
from insights.loop import html as loop_html
from insights.loop.dashboard import FlowLine, NoticeLine, StateLine, UnitLine
from insights.loop.rate_lines import RateLine
from insights.rates import Change, Measured

register = template.Library()

# What these print is figures, words of the catalogue, and names that ``html.py`` escapes.


@register.simple_tag
def measured(value: Measured, *, drawn: bool = False) -> SafeString:
    """A mean or a share with n, interval and reply rate; ``drawn`` adds the interval as a picture."""
    return mark_safe(html.measured_html(value, drawn=drawn))  # noqa: S308


@register.simple_tag
def change(value: Change | None, unit: str = "") -> SafeString:
    """环比, in per cent and in points; ``unit`` is grade, share, or empty for a plain count."""
    return mark_safe(html.change_html(value, unit))  # noqa: S308


@register.simple_tag
def line_rows(lines: Iterable[Line], address: str, *, has_note: bool = False) -> SafeString:
    """The rows of a table of places, channels or kinds."""
    return mark_safe(html.line_rows(lines, address, has_note=has_note))  # noqa: S308


@register.simple_tag
def day_rows(days: Iterable[DayLine]) -> SafeString:
    """The rows of the table of days, the last day first."""
    return mark_safe(html.day_rows(days))  # noqa: S308


@register.simple_tag
def item_rows(lines: Iterable[ItemLine], address: str) -> SafeString:
    """The rows of the table of categories and items."""
    return mark_safe(html.item_rows(lines, address))  # noqa: S308


@register.simple_tag
def chart_drawn(chart: Chart) -> SafeString:
    """The grid, labels and marks of a chart."""
    return mark_safe(html.chart_ticks(chart) + html.chart_marks(chart))  # noqa: S308


@register.simple_tag
def state_rows(lines: Iterable[StateLine]) -> SafeString:
    """The rows of the table of open matters."""
    return mark_safe(loop_html.state_rows(lines))  # noqa: S308


@register.simple_tag
def flow_rows(lines: Iterable[FlowLine]) -> SafeString:
    """The rows of what happened to matters."""
    return mark_safe(loop_html.flow_rows(lines))  # noqa: S308


@register.simple_tag
def rate_rows(lines: Iterable[RateLine]) -> SafeString:
    """The rows of the rates."""
    return mark_safe(loop_html.rate_rows(lines))  # noqa: S308


@register.simple_tag
def unit_rows(lines: Iterable[UnitLine], period: str) -> SafeString:
    """The rows of the table of units."""
    return mark_safe(loop_html.unit_rows(lines, period))  # noqa: S308


@register.simple_tag
def notice_rows(lines: Iterable[NoticeLine]) -> SafeString:
    """The rows of the table of notices."""
    return mark_safe(loop_html.notice_rows(lines))  # noqa: S308


@register.filter
def thousands(number: int) -> str:
    """``12345`` as ``12,345``."""
    return f"{number:,}"
