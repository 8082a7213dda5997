"""The one way a matter moves: a conditional UPDATE (``WHERE state IN …``), an event, an audit row.

Of two who press at once one wins, and the other reads who did what, when.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Officer
from accounts.services import audit_record
from measures.models import Closing, MatterState, Rectification, RectificationEvent
from measures.moves import MOVES, By, Move, missing
from measures.selectors import may_move
from measures.texts import field_text, move_text
from opinion_portal import clock


class MatterRefused(Exception):
    """The move was not made; the text says why, in the officer's language. ``field`` names what has to change."""

    def __init__(self, message: str, field_name: str = "") -> None:
        super().__init__(message)
        self.field = field_name


class MovedMeanwhile(MatterRefused):
    """Somebody else was faster; the text tells who did what, when."""


def require(move: Move, filled: Mapping[str, object]) -> None:
    """Raises ``MatterRefused`` for the first field that ``move`` needs and ``filled`` leaves empty."""
    if empty := missing(move, dict(filled)):
        raise MatterRefused(_("Please fill in: %(what)s.") % {"what": field_text(empty[0])}, empty[0])


def move_make(
    name: str, rectification_id: int, actor: Officer | str, *, note: str = "", only: Q | None = None,
    changes: Mapping[str, Any] | None = None, data: Mapping[str, object] | None = None,
) -> None:  # fmt: skip
    """Make the move ``name`` in the caller's transaction; ``only`` narrows the UPDATE beyond the states of the table.

    Raises ``PermissionDenied`` for another party, ``MovedMeanwhile`` when the UPDATE finds nothing.
    """
    move = MOVES[name]
    matter = Rectification.objects.get(pk=rectification_id)
    _check_party(move, actor, matter)
    require(move, {"note": note, **dict.fromkeys(move.needs - {"note"}, True)})
    standing = Rectification.objects.filter(only or Q(), pk=rectification_id, state__in=move.frm)
    values = {**(changes or {}), "changed_at": clock.now()}
    if move.to:
        values["state"] = move.to
    # The state that this very UPDATE found: read under its lock, so that the event tells the truth.
    before = standing.select_for_update(no_key=True, of=("self",)).values_list("state", flat=True).first()
    if before is None or not standing.update(**values):
        raise _refusal(rectification_id)
    event_add(rectification_id, move, actor, note=note, due_at=values.get("due_at"), data=data, state=before)


def _check_party(move: Move, actor: Officer | str, matter: Rectification) -> None:
    if move.by is not By.FOLLOWUP:
        if not isinstance(actor, Officer) or not may_move(actor, move, matter):
            raise PermissionDenied
    elif isinstance(actor, Officer) and not may_move(actor, MOVES["pass"], matter):
        # Whoever hears the resident must not belong to a unit that handles the matter (济南条例 27).
        raise PermissionDenied


def _refusal(rectification_id: int) -> MovedMeanwhile:
    last = RectificationEvent.objects.filter(rectification=rectification_id).select_related("officer").last()
    if last is None:
        return MovedMeanwhile(_("This matter is not in a state that allows that."))
    return MovedMeanwhile(
        _("%(who)s was here at %(when)s: %(what)s. The matter is now “%(state)s”. What you typed is still here.")
        % {
            "who": last.officer.name if last.officer else _("The portal"),
            "when": when_text(last.at),
            "what": move_text(last.move),
            "state": MatterState(last.to_state).label,
        }
    )


def when_text(moment: datetime | None) -> str:
    """A moment as refusals name it; nothing for none."""
    return moment.astimezone(clock.BUREAU_ZONE).strftime("%m-%d %H:%M") if moment else ""


def event_add(
    rectification_id: int, move: Move, actor: Officer | str, *, note: str = "", due_at: datetime | None = None,
    data: Mapping[str, object] | None = None, state: str = "",
) -> None:  # fmt: skip
    """Write what happened into the matter's history and into the audit log."""
    officer = actor if isinstance(actor, Officer) else None
    RectificationEvent.objects.create(
        rectification_id=rectification_id,
        move=move.name,
        from_state=state,
        to_state=move.to or state,
        officer=officer,
        actor_label=officer.username if officer else str(actor),
        unit_id=officer.unit_id if officer else None,
        note=note,
        due_at=due_at,
        data=dict(data or {}),
        at=clock.now(),
    )
    audit_record(
        action=f"matter.{move.name}",
        actor=actor,
        object_type="matter",
        object_id=rectification_id,
        changed=["state"] if move.to else [],
    )


def closing_changes(closing: Closing, note: str) -> dict[str, Any]:
    """What a matter says of its end."""
    return {"closed_at": clock.now(), "closing": closing, "closing_reason": note}
