"""Who has to be called, each with its permission check."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.http import Http404

from accounts.models import Officer
from accounts.permissions import Action, may
from feedback.models import ContactOpening
from followup.callbacks.models import CallBack, CallBackState
from followup.surveys.hearing import may_hear

PAGE = 50


@dataclass(frozen=True)
class Line:
    """One call-back as the list shows it; ``opening_id`` is the officer's own request for the number, if any."""

    call_back: CallBack
    is_late: bool
    opening_id: int | None


def _visible(officer: Officer) -> QuerySet[CallBack]:
    if not may(officer, Action.FOLLOWUP_VIEW):
        raise Http404
    related = ("follow_up__rectification__lead_unit", "follow_up__rectification__item", "follow_up__feedback", "caller")
    return CallBack.objects.select_related(*related)


def call_backs_for(officer: Officer, *, now: datetime, is_done: bool) -> list[Line]:
    """The calls that are owed, the next due first; or the last fifty that have ended."""
    found = _visible(officer)
    if is_done:
        found = found.exclude(state=CallBackState.OPEN).order_by("-ended_at", "-id")[:PAGE]
    else:
        found = found.filter(state=CallBackState.OPEN).order_by("due_at", "id")
    call_backs = list(found)
    openings = _openings(officer, [one.follow_up.feedback_id for one in call_backs])
    return [
        Line(one, one.state == CallBackState.OPEN and one.due_at <= now, openings.get(one.follow_up.feedback_id))
        for one in call_backs
    ]


def _openings(officer: Officer, feedback_ids: list[int]) -> dict[int, int]:
    mine = ContactOpening.objects.filter(asked_by=officer, feedback__in=feedback_ids).order_by("id")
    return dict(mine.values_list("feedback_id", "pk"))


def call_back_for(officer: Officer, call_back_id: int) -> CallBack:
    """One call-back; raises ``Http404`` for whoever may not see it."""
    found = _visible(officer).filter(pk=call_back_id).first()
    if found is None:
        raise Http404
    return found


def may_log(officer: Officer, call_back: CallBack) -> bool:
    """Whether the officer may call: never one of the rated unit."""
    return call_back.state == CallBackState.OPEN and may_hear(officer, call_back.follow_up.rectification)


def counts_of(now: datetime) -> tuple[int, int]:
    """How many calls are owed, and how many of them are late."""
    owed = CallBack.objects.filter(state=CallBackState.OPEN)
    return owed.count(), owed.filter(Q(due_at__lte=now)).count()
