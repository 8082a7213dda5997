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
from followup.surveys.models import FollowUpAnswer, Way, is_positive

PAGE = 50


@dataclass(frozen=True)
class Said:
    """The answer for which a call is owed, and what the resident answered after it, in the order of saying."""

    reason: FollowUpAnswer | None
    later: list[FollowUpAnswer]


@dataclass(frozen=True)
class Line:
    """One call-back as the list shows it; ``opening_id`` is the officer's own request for the number, if any."""

    call_back: CallBack
    said: Said
    is_late: bool
    opening_id: int | None


def _visible(officer: Officer) -> QuerySet[CallBack]:
    if not may(officer, Action.FOLLOWUP_VIEW):
        raise Http404
    related = ("follow_up__rectification__lead_unit", "follow_up__rectification__item", "follow_up__feedback", "caller")
    return CallBack.objects.select_related(*related).prefetch_related("follow_up__answers")


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
        Line(
            one,
            said_of(one),
            one.state == CallBackState.OPEN and one.due_at <= now,
            openings.get(one.follow_up.feedback_id),
        )
        for one in call_backs
    ]


def said_of(call_back: CallBack) -> Said:
    """Why the call is owed. The follow-up keeps only the answer that holds, which may be a later and a content one."""
    answers = list(call_back.follow_up.answers.all())
    asking = [one for one in answers if _asks_for_call(one) and one.taken_at <= call_back.created_at]
    # The call-back is made with the answer that asks for it, so that one was the last to be taken before it.
    reason = max(asking, key=lambda one: one.pk, default=None)
    later = answers if reason is None else answers[answers.index(reason) + 1 :]
    return Said(reason, later)


def _asks_for_call(answer: FollowUpAnswer) -> bool:
    return answer.way != Way.CALL and not is_positive(answer.answer, is_solved=answer.is_solved)


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
