"""The queue's rows, built in Python: fifty of them as a template took two fifths of the page's time, most of it for
looking up the same words and attributes again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from feedback.models import State
from feedback.queue.rows import Row

_BADGES = {
    State.RECEIVED.value: "badge-new",
    State.CONFIRMED.value: "badge-good",
    State.DUPLICATE.value: "badge-note",
    State.OUT_OF_SCOPE.value: "badge-warn",
}


@dataclass(frozen=True)
class Words:
    """What rows say, in one language, ready for HTML."""

    item: str
    kind: str
    point: str
    rating: str
    channel: str
    state: str
    tick: str
    urgent: str
    named: str
    acknowledge: str
    nowhere: str
    photo: str
    suggested: str
    withdrawn: str
    rated: str
    photo_only: str
    preparing: str


@lru_cache(maxsize=8)
def _words(_language: str) -> Words:
    return Words(
        item=escape(_("Item")),
        kind=escape(_("Kind")),
        point=escape(_("Point")),
        rating=escape(_("Rating")),
        channel=escape(_("Channel")),
        state=escape(_("State")),
        tick=escape(_("Tick")),
        urgent=escape(_("Emergency")),
        named=escape(_("%(name)s: %(words)s")),
        acknowledge=escape(_("Acknowledge")),
        nowhere=escape(_("No point")),
        photo=escape(_("Photo")),
        suggested=escape(_("suggested")),
        withdrawn=escape(_("Withdrawn by the resident")),
        rated=escape(_("No text")),
        photo_only=escape(_("Photo without text")),
        preparing=escape(_("The text is being prepared")),
    )


@dataclass(frozen=True)
class Look:
    """How a list is looked at: by whoever decides (``can_triage``), in one ``state`` or (``""``) in all.

    ``suffix`` follows the address of a row; ``matters`` are the links to the matters that deal with rows, as HTML.
    """

    can_triage: bool
    state: str
    suffix: str
    matters: Mapping[int, str]


def rows_html(rows: Iterable[Row], look: Look) -> str:
    """The body of the list's table. Whatever somebody wrote is escaped here."""
    said = _words(get_language() or "")
    return "".join(_row(row, look, said) for row in rows)


def _row(row: Row, look: Look, said: Words) -> str:
    danger = ' class="is-urgent"' if row.is_urgent else ""
    photo = f' <span class="tag">{said.photo}</span>' if row.has_photo else ""
    rating = f"{row.rating}/5" if row.rating else "–"
    return (
        f"<tr data-row{danger}>{_tick(row, look, said)}{_number(row, look)}"
        f'<td class="cell-text">{_alarm(row, look, said)}<span class="clip">{_text(row, said)}</span></td>'
        f"{_item(row, said)}{_kind(row, said)}{_point(row, said)}"
        f'<td data-label="{said.rating}" class="nowrap">{rating}</td>'
        f'<td data-label="{said.channel}" class="nowrap">{escape(row.channel_label)}{photo}</td>'
        f"{'' if look.state else _state(row, said)}</tr>\n"
    )


def _tick(row: Row, look: Look, said: Words) -> str:
    if not look.can_triage:
        return ""
    if row.can_be_accepted:
        field = f'name="chosen" value="{row.chosen}"'
    elif look.state == State.CONFIRMED and row.id not in look.matters:
        field = f'name="feedback" value="{row.number}"'
    else:
        return '<td class="cell-tick"></td>'
    box = f'<input type="checkbox" {field} aria-label="{said.tick} {row.reference}">'
    return f'<td class="cell-tick"><label class="tick">{box}</label></td>'


def _number(row: Row, look: Look) -> str:
    matter = f"<br>{look.matters[row.id]}" if row.id in look.matters else ""
    return (
        f'<td class="nowrap"><a class="row-link" href="{row.number}/{escape(look.suffix)}">{row.reference}</a><br>'
        f'<time class="small muted" datetime="{row.received_iso}">{row.received}</time>{matter}</td>'
    )


def _alarm(row: Row, look: Look, said: Words) -> str:
    if not row.is_urgent:
        return ""
    alarm = said.named % {"name": said.urgent, "words": escape(row.urgent)} if row.urgent else said.urgent
    seen = (
        f'<button class="button button-small button-danger" form="alert-seen"'
        f' formaction="{row.number}/seen/{escape(look.suffix)}" name="words_{row.number}"'
        f' value="{row.urgent_count}">{said.acknowledge}</button>'
        if row.is_unseen_alert and look.can_triage
        else ""
    )
    return f'<p class="cluster"><span class="badge badge-danger">{alarm}</span>{seen}</p>'


def _text(row: Row, said: Words) -> str:
    if row.text:
        return f"{escape(row.text)}{'…' if row.is_cut else ''}"
    missing = {State.WITHDRAWN.value: said.withdrawn, State.RATED.value: said.rated}
    why = missing.get(row.state) or (said.photo_only if row.has_photo else said.preparing)
    return f'<span class="muted">{why}</span>'


def _item(row: Row, said: Words) -> str:
    shown = f"<strong>{escape(row.item)}</strong> {escape(row.item_name)}" if row.item else "–"
    if row.item and row.is_item_suggested:
        shown += f' <span class="nowrap" title="{said.suggested}">{row.percent}</span>'
    suggested = " suggested" if row.is_item_suggested else ""
    return f'<td data-label="{said.item}" class="cell-item{suggested}">{shown}</td>'


def _kind(row: Row, said: Words) -> str:
    shown = escape(row.kind_label) or "–"
    if row.kind_label and row.is_kind_suggested:
        shown += f' <span class="muted" title="{said.suggested}">?</span>'
    return f'<td data-label="{said.kind}" class="nowrap">{shown}</td>'


def _point(row: Row, said: Words) -> str:
    shown = f'<span class="muted">{said.nowhere}</span>'
    if row.point:
        shown = f'{escape(row.point)} <span class="station small muted">{escape(row.station)}</span>'
    odd = f' <span class="badge badge-warn">{escape(row.odd_code)}</span>' if row.odd_code else ""
    return f'<td data-label="{said.point}" class="cell-point">{shown}{odd}</td>'


def _state(row: Row, said: Words) -> str:
    return f'<td data-label="{said.state}">{badge_html(row.state, row.state_label)}</td>'


def badge_html(state: str, label: str) -> str:
    """Where a voice stands, as a badge."""
    return f'<span class="badge {_BADGES.get(state, "badge-off")}">{escape(label)}</span>'
