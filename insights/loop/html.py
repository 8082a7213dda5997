"""The rows of the loop's tables, built as those of the dashboard are."""

from collections.abc import Iterable
from html import escape

from django.urls import reverse
from django.utils.translation import gettext as _

from insights.html import Words, bar_html, change_html, link_html, measured_html, words
from insights.loop.dashboard import FlowLine, NoticeLine, StateLine, UnitLine
from insights.loop.rate_lines import RateLine


def state_rows(lines: Iterable[StateLine]) -> str:
    """Open matters by state, each number leading to the list of what it counts as far as that can be asked for."""
    address = reverse("matters:list")
    return "".join(
        f'<tr><th scope="row">{link_html(address, line.query if line.count else "", line.name)}</th>'
        f'<td class="bar-cell"><span class="bar-number">{line.count:,}</span>{bar_html(*line.bars)}</td>'
        f"{_number(line.in_time)}{_number(line.soon)}{_late(line, address)}{_number(line.long_late)}</tr>\n"
        for line in lines
    )


def _number(count: int | None) -> str:
    return f'<td class="numeric">{"–" if count is None else f"{count:,}"}</td>'


def _late(line: StateLine, address: str) -> str:
    if not line.late:
        return _number(line.late)
    return f'<td class="numeric">{link_html(address, line.late_query, f"{line.late:,}")}</td>'


def flow_rows(lines: Iterable[FlowLine]) -> str:
    """What happened to matters, in the period and in the one before; parts stand indented."""
    return "".join(
        f'<tr{_PART if line.is_part else ""}><th scope="row">{escape(line.name)}</th>'
        f"{_number(line.now)}{_number(line.before)}</tr>\n"
        for line in lines
    )


_PART = ' class="row-part"'


def rate_rows(lines: Iterable[RateLine]) -> str:
    """The rates, each with what it is a share of, the period before, and the change."""
    said, change = words(), _("Change")
    return "".join(_rate_row(line, said, change) for line in lines)


def _rate_row(line: RateLine, said: Words, change: str) -> str:
    none = "" if line.is_asked else said.nothing
    return (
        f'<tr><th scope="row">{escape(line.name)}<span class="rate-note">{escape(line.note)}</span></th>'
        f"<td>{measured_html(line.value, drawn=True, none=none)}</td>"
        f'<td data-label="{said.before}">{measured_html(line.before, none=none)}</td>'
        f'<td data-label="{change}">{change_html(line.change, "share") or "–"}</td></tr>\n'
    )


def unit_rows(lines: Iterable[UnitLine], period: str) -> str:
    """The units; a name leads to the unit's own page of the same ``period``, a number to the list of matters."""
    address = reverse("matters:list")
    late, solved, satisfied = _("Late"), _("Solution rate"), _("Satisfaction rate")
    return "".join(
        f'<tr><th scope="row">{_unit_link(line, period)}</th>'
        f'<td class="numeric">{line.open:,}</td>'
        f'<td class="numeric">{link_html(address, line.late_query if line.late else "", f"{line.late:,}")}</td>'
        f'<td class="numeric">{line.dispatched:,}</td>'
        f'<td data-label="{late}">{measured_html(line.late_rate, none=words().nothing)}</td>'
        f'<td data-label="{solved}">{measured_html(line.solution, drawn=True)}</td>'
        f'<td data-label="{satisfied}">{measured_html(line.satisfaction, drawn=True)}</td></tr>\n'
        for line in lines
    )


def _unit_link(line: UnitLine, period: str) -> str:
    return link_html(reverse("insights:unit", args=[line.unit.code]), f"period={period}", str(line.unit))


def notice_rows(lines: Iterable[NoticeLine]) -> str:
    """Notices by unit and state, the sum below."""
    return "".join(
        f'<tr{"" if line.unit else _SUM}><th scope="row">{escape(str(line.unit or _("All units")))}</th>'
        f"{''.join(_number(count) for count in line.counts)}{_number(sum(line.counts))}</tr>\n"
        for line in lines
    )


_SUM = ' class="row-category"'
