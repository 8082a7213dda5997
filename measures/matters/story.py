"""A matter's history as people read it: who did what, when, why. And the way it has come, as steps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from accounts.models import Unit
from accounts.services import RESIDENT
from feedback.redaction import redact
from measures.matters.clocks import last_day_of
from measures.models import MatterState, Rectification, RectificationEvent
from measures.moves import MOVES, By
from measures.selectors import units_named
from measures.texts import heard_text, move_text
from opinion_portal.sentences import sentences

_S = MatterState
# 派单 → 签收 → 办理 → 审核 → 回访 → 办结
_STEPS: list[tuple[str, Promise]] = [
    (_S.DISPATCHED, gettext_lazy("Dispatch")),
    (_S.HANDLING, gettext_lazy("Handling")),
    (_S.SUBMITTED, gettext_lazy("Review")),
    (_S.FOLLOWING_UP, gettext_lazy("Follow-up")),
    (_S.CLOSED, pgettext_lazy("matter", "Closed")),
]
# Where a matter that left the way left it.
_ASIDE = {
    _S.RETURNED: _S.DISPATCHED,
    _S.SUSPENDED: _S.HANDLING,
    _S.HANDED_110: _S.HANDLING,
    _S.HANDED_PETITION: _S.HANDLING,
}


@dataclass(frozen=True)
class Line:
    """One line of the story. ``who`` is an officer's name, the resident or the portal; ``due`` a new last day."""

    at: datetime
    who: str
    unit: str
    what: str
    note: str
    due: date | None
    facts: str = ""


@dataclass(frozen=True)
class Step:
    """One step of the way: done, current, aside (the matter left the way here) or still to come."""

    label: str
    standing: str


def story_of(matter: Rectification, *, in_full: bool) -> list[Line]:
    """All moves in their order.

    What a resident answered stands in it as received for those who read in full; everybody else reads it redacted.
    """
    found = RectificationEvent.objects.filter(rectification=matter).select_related("officer", "unit").order_by("id")
    events = list(found)
    units = units_named(events)
    return [_line(event, units, in_full=in_full) for event in events]


def _line(event: RectificationEvent, units: Mapping[int, Unit], *, in_full: bool) -> Line:
    known = MOVES.get(event.move)
    is_residents = known is None or known.by is By.FOLLOWUP
    note = _note(event)
    if is_residents and not in_full:
        note = redact(note).text
    return Line(
        at=event.at,
        who=_who(event),
        unit=str(event.unit) if event.unit else "",
        what=move_text(event.move),
        note=note,
        due=last_day_of(event.due_at) if event.due_at else None,
        facts=_facts(event, units),
    )


def _note(event: RectificationEvent) -> str:
    """The words of whoever moved it; what the portal found is told in the reader's language."""
    if told := heard_text(event.data):
        return sentences(told, str(event.data.get("words", "")))
    return event.note


def _who(event: RectificationEvent) -> str:
    if event.officer is not None:
        return event.officer.name
    return _("The resident") if event.actor_label == RESIDENT else _("The portal")


def _facts(event: RectificationEvent, units: Mapping[int, Unit]) -> str:
    if event.move == "dispatch":
        n = len(event.data.get("voices", []))
        return ngettext("%(n)d message", "%(n)d messages", n) % {"n": n}
    if event.move == "evidence_add":
        return str(event.data.get("name", ""))
    if event.move in {"redispatch", "recall"}:
        return str(units.get(event.data.get("unit", 0)) or units.get(event.data.get("about", 0)) or "")
    if days := event.data.get("days"):
        return ngettext("%(n)d working day", "%(n)d working days", days) % {"n": days}
    return ""


def steps_of(matter: Rectification) -> list[Step]:
    """The way of a matter and where it stands on it."""
    state = _S(matter.state)
    here = _ASIDE.get(state, state)
    place = [code for code, _label in _STEPS].index(here)
    current = "aside" if state in _ASIDE else "done" if state == _S.CLOSED else "current"
    return [
        Step(str(label), "done" if number < place else current if number == place else "ahead")
        for number, (_code, label) in enumerate(_STEPS)
    ]
