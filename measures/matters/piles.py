"""The piles that the list of matters is kept in, one tab each: what lies in it, for whom, in which order."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Officer
from accounts.permissions import Action, Scope, may, scope_of
from measures.models import MatterRequest, MatterState, Rectification
from measures.selectors import ENDED

WITH_UNIT = (MatterState.DISPATCHED, MatterState.HANDLING)
WITH_BUREAU = (MatterState.SUBMITTED, MatterState.FOLLOWING_UP, MatterState.SUSPENDED, MatterState.RETURNED)
ANY = "all"


@dataclass(frozen=True)
class Pile:
    """One tab. ``by_due``: the earliest limit first; else the newest matter first. ``is_grouped``: under headings."""

    code: str
    label: Promise
    by_due: bool = True
    is_grouped: bool = False


_TODO = Pile("todo", _("Waiting for me"))
_OPEN = Pile("open", _("With the units"), is_grouped=True)
_LATE = Pile("late", _("Overdue"))
_FOLLOWING_UP = Pile("following_up", _("Being followed up"))
_SUSPENDED = Pile("suspended", _("Suspended"))
_MINE = Pile("mine", _("To be handled"), is_grouped=True)
_WAITING = Pile("waiting", _("With the bureau"))
_ENDED = Pile("ended", _("Ended"), by_due=False)
_ALL = Pile(ANY, _("All"), by_due=False)
_OF_BUREAU = (_TODO, _OPEN, _LATE, _FOLLOWING_UP, _SUSPENDED, _ENDED, _ALL)
_OF_UNIT = (_MINE, _WAITING, _ENDED, _ALL)


def sees_all(officer: Officer) -> bool:
    """Whether ``officer`` looks over the whole bureau, and not at the matters of one unit."""
    return scope_of(officer, Action.MATTER_VIEW) is Scope.ALL


def piles_for(officer: Officer) -> tuple[Pile, ...]:
    """The tabs of ``officer``; the first is what he or she comes for."""
    return _OF_BUREAU if sees_all(officer) else _OF_UNIT


def pile_named(officer: Officer, code: str) -> Pile:
    """The tab of this code; for any other code the first."""
    piles = piles_for(officer)
    return next((pile for pile in piles if pile.code == code), piles[0])


def condition(pile: Pile, officer: Officer, now: datetime) -> Q:
    """What lies in ``pile``."""
    if pile is _TODO:
        return _waits_for(officer)
    return {
        "open": Q(state__in=WITH_UNIT),
        "mine": Q(state__in=WITH_UNIT),
        "late": Q(state__in=WITH_UNIT, due_at__lte=now),
        "following_up": Q(state=MatterState.FOLLOWING_UP),
        "suspended": Q(state=MatterState.SUSPENDED),
        "waiting": Q(state__in=WITH_BUREAU),
        "ended": Q(state__in=ENDED),
    }.get(pile.code, Q())


def _waits_for(officer: Officer) -> Q:
    """What only ``officer``'s post can move on: answers and requests to decide, what came back, what is suspended."""
    kind = MatterRequest.Kind
    kinds: list[str] = []
    states: list[str] = []
    if may(officer, Action.MATTER_REVIEW):
        kinds += [kind.RETURN, kind.EXTENSION, kind.APPEAL]
        states += [MatterState.SUBMITTED, MatterState.RETURNED]
    if may(officer, Action.MATTER_SUSPEND):
        kinds.append(kind.SUSPENSION)
    asked = MatterRequest.objects.filter(state=MatterRequest.State.OPEN, kind__in=kinds).values("rectification")
    return Q(state__in=states) | Q(pk__in=asked)


def pile_counts(officer: Officer, visible: QuerySet[Rectification], now: datetime) -> dict[str, int]:
    """How many of the matters ``visible`` to ``officer`` lie in each of the officer's piles, in one statement."""
    return visible.order_by().aggregate(
        **{pile.code: Count("pk", filter=condition(pile, officer, now)) for pile in piles_for(officer)}
    )
