"""The rows of the loop's tables, built as those of the dashboard are."""

from collections.abc import Iterable
from html import escape

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from insights.html import Words, bar_html, change_html, link_html, measured_html, words
from insights.loop.dashboard import FlowLine, NoticeLine, StateLine, UnitLine
from insights.loop.rate_lines import RateLine


def state_rows(lines: Iterable[StateLine]) -> str:
    """Open matters by state, each number leading to the list of what it counts as far as that can be asked for."""
    address = reverse("matters:list")
    labels = (_("Not due yet"), _("Due within 1 working day"), _("Overdue"), _("of them more than 5 working days"))
    return "".join(_state_row(line, address, labels) for line in lines)


def _state_row(line: StateLine, address: str, labels: tuple[str, str, str, str]) -> str:
    counts = (line.in_time, line.soon, line.late, line.long_late)
    queries = ("", "", line.late_query if line.late else "", "")
    cells = [
        _labelled(label, "–" if count is None else link_html(address, query, f"{count:,}"), is_void=count is None)
        for label, count, query in zip(labels, counts, queries, strict=True)
    ]
    return (
        f'<tr><th scope="row">{link_html(address, line.query if line.count else "", line.name)}</th>'
        f'<td class="bar-cell"><span class="bar-number">{line.count:,}</span>{bar_html(*line.bars)}</td>'
        f"{''.join(cells)}</tr>\n"
    )


def _labelled(label: str, text: str, *, is_void: bool = False) -> str:
    """A number that stays on a phone, under its own label; a dash does not."""
    return f'<td class="numeric{"" if is_void else " keep"}" data-label="{label}">{text}</td>'


def _number(count: int) -> str:
    return f'<td class="numeric">{count:,}</td>'


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
    said, change = words(), pgettext("against the period before", "Change")
    return "".join(_rate_row(line, said, change) for line in lines)


def _rate_row(line: RateLine, said: Words, change: str) -> str:
    none = "" if line.is_asked else said.nothing
    return (
        f'<tr><th scope="row">{escape(line.name)}<span class="rate-note">{escape(line.note)}</span></th>'
        f'<td data-label="{said.now}">{measured_html(line.value, drawn=True, none=none)}</td>'
        f'<td data-label="{said.before}">{measured_html(line.before, none=none)}</td>'
        f'<td data-label="{change}">{change_html(line.change, "share") or "–"}</td></tr>\n'
    )


def unit_rows(lines: Iterable[UnitLine], period: str) -> str:
    """The units; a name leads to the unit's own page of the same ``period``, a number to the list of matters."""
    labels = [_("Open now"), _("Overdue now"), _("Sent to units"), _("Late")]
    labels += [_("Solution rate"), _("Satisfaction rate")]
    return "".join(_unit_row(line, period, reverse("matters:list"), labels) for line in lines)


def _unit_row(line: UnitLine, period: str, address: str, labels: list[str]) -> str:
    late = link_html(address, line.late_query if line.late else "", f"{line.late:,}")
    numbers = zip(labels[:3], (f"{line.open:,}", late, f"{line.dispatched:,}"), strict=True)
    nothing = words().nothing
    return (
        f'<tr><th scope="row">{_unit_link(line, period)}</th>'
        f"{''.join(_labelled(label, text) for label, text in numbers)}"
        f'<td data-label="{labels[3]}">{measured_html(line.late_rate, none=nothing)}</td>'
        f'<td data-label="{labels[4]}">{measured_html(line.solution, drawn=True)}</td>'
        f'<td data-label="{labels[5]}">{measured_html(line.satisfaction, drawn=True)}</td></tr>\n'
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
