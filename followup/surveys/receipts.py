"""What a resident is told under the receipt about being asked, and the question itself while it waits."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from feedback.models import Feedback, State
from feedback.resident.chapters import Chapter, Event, Question
from followup.callbacks.models import CallBack, CallBackState
from followup.surveys.answers import answer_problem
from followup.surveys.forms import RatingForm
from followup.surveys.models import Dropped, FollowUp, Way
from opinion_portal import clock


def chapter(feedback: Feedback) -> Chapter | None:
    """The follow-ups of this voice, and the form while its answer is waited for; ``None`` when it was never asked."""
    if feedback.state == State.WITHDRAWN:
        return None
    mine = list(
        FollowUp.objects.filter(feedback=feedback)
        .select_related("rectification", "asked_with__rectification")
        .prefetch_related("answers", "call_backs")
        .order_by("round")
    )
    if not mine:
        return None
    last = asked_under(mine[-1])
    question = None if answer_problem(last, last.rectification) else Question(reverse("surveys:rate"), RatingForm())
    return Chapter(
        status=_("Answered: did it help?") if question else "",
        explanation=_explanation(last, is_asked=question is not None),
        events=[event for follow_up in mine for event in _events(follow_up)],
        question=question,
    )


def follow_up_of(feedback: Feedback) -> FollowUp | None:
    """The follow-up that an answer under this receipt belongs to: the last one."""
    last = FollowUp.objects.filter(feedback=feedback).select_related("asked_with").order_by("round").last()
    return asked_under(last) if last else None


def asked_under(follow_up: FollowUp) -> FollowUp:
    """The follow-up under which the person is asked: another one where somebody spoke twice about the same thing."""
    return follow_up.asked_with or follow_up


def _explanation(follow_up: FollowUp, *, is_asked: bool) -> str:
    if is_asked:
        return _("Read below what was done, and tell us whether it helped. One answer, and only if you like.")
    for call_back in follow_up.call_backs.all():
        if told := _call_told(call_back, follow_up):
            return told
    return ""


def _call_told(call_back: CallBack, follow_up: FollowUp) -> str:
    """What follows from the dissatisfied answer. A content one after it is noted: it undoes neither work nor call."""
    is_owed = call_back.state == CallBackState.OPEN
    if not is_owed and (call_back.state != CallBackState.REFUSED or call_back.caller_id is not None):
        return ""
    facts = {"when": _when(call_back.due_at), "answer": follow_up.get_answer_display()}
    return _call_texts()[is_owed, follow_up.is_positive] % facts


def _call_texts() -> dict[tuple[bool, bool], str]:
    """By whether somebody calls, and whether the answer that holds is a content one."""
    return {
        (True, False): _("You are not satisfied, so the matter is open again. Somebody calls you by %(when)s."),
        (True, True): _(
            "You were not satisfied, so the matter was opened again. Your later answer (%(answer)s) is noted; it ends "
            "neither the work nor the call: somebody still calls you by %(when)s."
        ),
        (False, False): _("You are not satisfied, so the matter is open again. Nobody calls you, as you wished."),
        (False, True): _(
            "You were not satisfied, so the matter was opened again. Your later answer (%(answer)s) is noted; it does "
            "not end the work. Nobody calls you, as you wished."
        ),
    }


def _events(follow_up: FollowUp) -> list[Event]:
    events = []
    if follow_up.dropped == Dropped.SAME_PERSON:
        events.append(Event(follow_up.created_at, _("You are asked once about the result, for all your messages.")))
    elif follow_up.asked_at is not None:
        events.append(Event(follow_up.asked_at, _("You were asked about the result by SMS.")))
    elif follow_up.way == Way.RECEIPT:
        events.append(Event(follow_up.created_at, _("You can rate the result here.")))
    events += [
        Event(answer.said_at, _("You answered: %(answer)s.") % {"answer": answer.get_answer_display()})
        for answer in follow_up.answers.all()
    ]
    return events + [event for call_back in follow_up.call_backs.all() for event in _calls(call_back)]


def _calls(call_back: CallBack) -> list[Event]:
    if call_back.called_at is None:
        return []
    told = {
        CallBackState.OPEN: _("We tried to call you and did not reach you; we try again."),
        CallBackState.REACHED: _("We called you."),
        CallBackState.NOT_REACHED: _("We tried three times to call you and did not reach you."),
        CallBackState.REFUSED: _("You told us on the phone that you want no call."),
        CallBackState.IMPOSSIBLE: _("We could not call you at the number that you left."),
    }
    return [Event(call_back.called_at, told[CallBackState(call_back.state)])]


def _when(moment: datetime) -> str:
    return moment.astimezone(clock.BUREAU_ZONE).strftime("%m-%d %H:%M")
