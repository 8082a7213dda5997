"""Visits that an officer may see. Of what was said only the number: the words go to the centre."""

from dataclasses import dataclass
from datetime import date
from typing import cast

from django.db.models import Count, Q, QuerySet
from django.shortcuts import get_object_or_404

from accounts.models import Officer
from accounts.permissions import Action
from feedback.models import Feedback, State, Visit
from stations.selectors import points_visible

PAGE = 50


@dataclass(frozen=True)
class Told:
    """How much was said on a visit. Numbers only, whoever it is about."""

    opinions: int
    urgent: int


@dataclass(frozen=True)
class VisitPage:
    """One page of visits, newest day first; ``next_key`` continues after the last of them."""

    visits: list[Visit]
    next_key: str


def visits_visible(officer: Officer) -> QuerySet[Visit]:
    """The visits at points on which ``officer`` may see visits."""
    return Visit.objects.filter(point__in=points_visible(officer, Action.VISIT_VIEW)).select_related(
        "point__station", "officer"
    )


def visit_for(officer: Officer, visit_id: int) -> Visit:
    """One visit that ``officer`` may see; raises ``Http404`` for any other."""
    return get_object_or_404(visits_visible(officer), pk=visit_id)


def visit_page(officer: Officer, *, after: str = "", point_id: int | None = None) -> VisitPage:
    """Fifty visits, each with ``told``, the number of opinions. ``after`` is the key of the page before."""
    found = visits_visible(officer)
    if point_id is not None:
        found = found.filter(point=point_id)
    if key := _key(after):
        day, last = key
        found = found.filter(Q(visited_on__lt=day) | Q(visited_on=day, pk__lt=last))
    visits = list(found.order_by("-visited_on", "-id")[: PAGE + 1])
    more, visits = len(visits) > PAGE, visits[:PAGE]
    numbers = dict(
        Feedback.objects.filter(visit__in=visits).values("visit").annotate(n=Count("pk")).values_list("visit", "n")
    )
    for visit in visits:
        visit.told = cast("int", numbers.get(visit.pk, 0))  # type: ignore[attr-defined]  # carried to the template
    return VisitPage(visits, f"{visits[-1].visited_on}.{visits[-1].pk}" if more else "")


def _key(text: str) -> tuple[date, int] | None:
    day, _separator, number = text.partition(".")
    if not (number.isascii() and number.isdigit() and len(number) <= 18):
        return None
    try:
        return date.fromisoformat(day), int(number)
    except ValueError:
        return None


def told_on(visit: Visit) -> Told:
    """How much was said on ``visit``: all opinions still there, and those with emergency words."""
    said = Feedback.objects.filter(visit=visit).exclude(state=State.WITHDRAWN)
    return Told(**said.aggregate(opinions=Count("pk"), urgent=Count("pk", filter=~Q(urgent_words=[]))))
