"""Every read of matters, each together with its permission check; the calendar and the deadlines."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.shortcuts import get_object_or_404

from accounts.models import Officer, Unit
from accounts.permissions import PERMISSIONS, Action, Scope, may, scope_of
from accounts.selectors import unit_ids_above, unit_ids_below
from feedback.models import Feedback, Kind, State
from measures.models import (
    CalendarDay,
    DeadlineRule,
    Evidence,
    MatterState,
    Measure,
    Rectification,
    RectificationEvent,
    RectificationVoice,
)
from measures.moves import ASKS_ANEW, By, Move, moves_from
from measures.working_days import WorkingCalendar
from opinion_portal import clock

# What is over: nobody works on it any more, and no clock runs.
ENDED = (MatterState.CLOSED, MatterState.HANDED_110, MatterState.HANDED_PETITION)
# With the unit or in review: the states in which the clock runs.
RUNNING = (MatterState.DISPATCHED, MatterState.HANDLING, MatterState.SUBMITTED)


def working_calendar() -> WorkingCalendar:
    """The bureau's calendar as its table stands now."""
    return WorkingCalendar(dict(CalendarDay.objects.values_list("day", "is_working")))


def deadline_amount(step: str) -> int:
    """How long ``step`` may take, in the unit that its rule names. Raises ``DeadlineRule.DoesNotExist``."""
    return DeadlineRule.objects.values_list("amount", flat=True).get(step=step)


def due_at(start: datetime, days: int | None = None) -> datetime:
    """The end of the ``days``-th working day after ``start``; without ``days`` what the table gives a unit."""
    days = deadline_amount("handle") if days is None else days
    return working_calendar().due_at(start, days, clock.BUREAU_ZONE)


def accuses(units: Iterable[int]) -> Q:
    """A voice about one of ``units`` that is no praise: neither the accusation nor the accuser goes to the accused."""
    return Q(about_unit__in=list(units)) & ~Q(kind=Kind.PRAISE)


def about_its_lead() -> Exists:
    """Whether one of a matter's voices accuses the unit that leads it, or a unit right below that one."""
    voices = Feedback.objects.filter(matter_link__rectification=OuterRef("pk")).exclude(kind=Kind.PRAISE)
    lead = OuterRef("lead_unit")
    return Exists(voices.filter(Q(about_unit=lead) | Q(about_unit__parent=lead)))


def matters_visible(officer: Officer) -> QuerySet[Rectification]:
    """The matters ``officer`` may read: all, or those where the own unit leads or supports.

    A matter with a voice about the own unit is not among the latter, even if that was found out after its dispatch
    (Regulations on Petitions 30, 46).
    """
    scope = scope_of(officer, Action.MATTER_VIEW)
    if scope is None:
        return Rectification.objects.none()
    if scope is Scope.ALL:
        return Rectification.objects.all()
    units = unit_ids_below(officer.unit_id)
    supports = Rectification.support_units.through.objects.filter(rectification=OuterRef("pk"), unit__in=units)
    voices = Feedback.objects.filter(accuses(units), matter_link__rectification=OuterRef("pk"))
    return Rectification.objects.filter(Q(lead_unit__in=units) | Exists(supports)).exclude(Exists(voices))


def rectification_for(officer: Officer, rectification_id: int) -> Rectification:
    """One matter that ``officer`` may read; raises ``Http404`` for any other."""
    visible = matters_visible(officer).select_related("lead_unit", "item__category", "measure", "reviewed_by")
    return get_object_or_404(visible, pk=rectification_id)


def voices_of(rectification: Rectification) -> QuerySet[Feedback]:
    """The voices that a matter deals with. For those who read all feedback; a unit reads the matter's brief instead."""
    return Feedback.objects.filter(matter_link__rectification=rectification).select_related("point", "item")


def asked_anew_at(rectification_id: int) -> datetime | None:
    """When the unit was last asked to act anew; ``None`` for a matter that never came back."""
    asked = RectificationEvent.objects.filter(rectification=rectification_id, move__in=ASKS_ANEW)
    return asked.order_by("-id").values_list("at", flat=True).first()


def units_named(events: Iterable[RectificationEvent]) -> dict[int, Unit]:
    """The units that these events name by number: to whom a matter went anew, about whom it turned out to be."""
    numbers = {event.data[key] for event in events for key in ("unit", "about") if key in event.data}
    return Unit.objects.in_bulk(numbers) if numbers else {}


def evidence_counting() -> QuerySet[Evidence]:
    """The evidence that an answer may rest on: added since its matter last came back, if it ever did."""
    asked = RectificationEvent.objects.filter(rectification=OuterRef("rectification"), move__in=ASKS_ANEW)
    return Evidence.objects.filter(~Exists(asked.filter(at__gt=OuterRef("added_at"))))


def feedback_dispatchable(officer: Officer, feedback_ids: Iterable[int]) -> list[Feedback]:
    """Of these voices the confirmed ones that no matter deals with yet, in order of arrival."""
    if not may(officer, Action.MATTER_DISPATCH):
        return []
    free = ~Exists(RectificationVoice.objects.filter(feedback=OuterRef("pk")))
    chosen = Feedback.objects.filter(free, pk__in=list(feedback_ids), state=State.CONFIRMED)
    return list(chosen.select_related("item", "point", "about_unit").order_by("id"))


def measures_for_item(item: str) -> QuerySet[Measure]:
    """The measures under which a matter of this item may be dispatched, newest plan first."""
    return Measure.objects.filter(items=item).select_related("plan", "lead_unit").order_by("-plan__issued_on", "number")


# Who may make which move ---------------------------------------------------------------------------------------------
_ACTIONS = {
    By.CENTRE: Action.MATTER_DISPATCH,
    By.UNIT: Action.MATTER_HANDLE,
    By.HEAD: Action.MATTER_ANSWER,
    By.LEADER: Action.MATTER_SUSPEND,
}
_REVIEWS = {"pass", "rework", "grant_appeal", "refuse_appeal"}


def may_move(officer: Officer, move: Move, rectification: Rectification) -> bool:
    """Whether ``officer`` is one who may make ``move`` on this matter. Its state is another question.

    The table's parties are posts; beyond the post a unit's officer must belong to the matter's lead unit (or, for
    what any officer does, to a supporting one), and nobody of those units reviews it.
    """
    if move.by is By.FOLLOWUP:
        return False
    action = Action.MATTER_REVIEW if move.name in _REVIEWS else _ACTIONS[move.by]
    if not may(officer, action):
        return False
    if move.by is By.HEAD:
        return rectification.lead_unit_id in unit_ids_below(officer.unit_id)
    if move.by is By.UNIT:
        return _is_handled_by(unit_ids_below(officer.unit_id), rectification)
    return move.name not in _REVIEWS or not is_handler(officer, rectification)


def reviewers() -> QuerySet[Officer]:
    """Everybody who may review answers, were it not for the own unit."""
    roles = list(PERMISSIONS[Action.MATTER_REVIEW])
    return Officer.objects.filter(role__in=roles, is_active=True).select_related("unit__parent__parent")


def is_handler(officer: Officer, rectification: Rectification) -> bool:
    """Whether ``officer`` belongs to a unit that handles the matter, or to a unit below it."""
    return _is_handled_by(unit_ids_above(officer.unit), rectification)


def _is_handled_by(units: list[int], rectification: Rectification) -> bool:
    return rectification.lead_unit_id in units or rectification.support_units.filter(pk__in=units).exists()


def moves_for(officer: Officer, rectification: Rectification) -> list[Move]:
    """What ``officer`` may do with the matter now, in the table's order."""
    asked = set(rectification.requests.filter(state="open").values_list("kind", flat=True))
    return [
        move
        for move in moves_from(rectification.state)
        if may_move(officer, move, rectification) and _fits_requests(move, asked, rectification)
    ]


def _fits_requests(move: Move, asked: set[str], rectification: Rectification) -> bool:
    verb, _separator, kind = move.name.partition("_")
    if verb == "ask":
        return kind not in asked and not (kind == "return" and rectification.is_designated)
    return kind in asked if verb in {"grant", "refuse"} else True
