"""What came of a call: logged once by the officer who made it, through a number opened with approval."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Officer
from accounts.services import SYSTEM, audit_record
from feedback.models import ContactOpening
from feedback.redaction.numbers import find_numbers
from followup.callbacks.models import ATTEMPTS_MAX, CallBack, CallBackState
from followup.sms.hours import may_call
from followup.surveys.answers import COMMENT_MAX, answer_record
from followup.surveys.hearing import FollowUpRefused, allow_hearing
from followup.surveys.selectors import matter_lock
from opinion_portal import clock

# The clocks of two machines, and a minute typed without its seconds.
_LEEWAY = timedelta(minutes=2)


@dataclass(frozen=True)
class Call:
    """One attempt. ``state`` is what came of it; ``answer``, ``is_solved`` and ``comment`` are what was said."""

    state: CallBackState
    called_at: datetime
    note: str = ""
    answer: str = ""
    is_solved: bool | None = None
    comment: str = ""


@transaction.atomic
def callback_log(*, call_back_id: int, officer: Officer, call: Call, attempts_seen: int) -> CallBack:
    """Log one attempt to reach a resident; the third that fails ends the call-back.

    ``attempts_seen`` is the number of attempts on the officer's screen: of two who log at once one wins. Raises
    ``PermissionDenied`` for an officer of a unit that handles the matter; ``FollowUpRefused`` for a call at night, in
    the future or before it was owed, one without an opened number, and one that somebody else has logged meanwhile.
    """
    call_back = _locked(call_back_id)
    allow_hearing(officer, call_back.follow_up.rectification)
    if call_back.state != CallBackState.OPEN or call_back.attempts != attempts_seen:
        raise FollowUpRefused(logged_told(call_back))
    if problem := call_problem(call, call_back, officer):
        raise FollowUpRefused(problem)
    _store(call_back, officer, call)
    if call.state == CallBackState.REACHED:
        answer_record(
            follow_up_id=call_back.follow_up_id,
            officer=officer,
            answer=call.answer,
            is_solved=call.is_solved,
            comment=call.comment[:COMMENT_MAX],
            said_at=call.called_at,
        )
    audit_record(
        action="callback.log",
        actor=officer,
        object_type="call_back",
        object_id=call_back.pk,
        data={"result": str(call.state), "attempt": call_back.attempts + 1},
    )
    call_back.refresh_from_db()
    return call_back


def _locked(call_back_id: int) -> CallBack:
    """The call-back as it stands once its matter is held: answers and calls of one matter take turns."""
    matter_id = CallBack.objects.values_list("follow_up__rectification", flat=True).get(pk=call_back_id)
    matter_lock(matter_id)
    related = ("follow_up__rectification", "follow_up__feedback", "caller")
    return CallBack.objects.select_related(*related).get(pk=call_back_id)


def call_problem(call: Call, call_back: CallBack, officer: Officer) -> str:
    """Why this call cannot be logged; ``""`` when it can."""
    return _time_problem(call, call_back) or _words_problem(call) or _number_problem(call, call_back, officer)


def _time_problem(call: Call, call_back: CallBack) -> str:
    if call.called_at > clock.now() + _LEEWAY:
        return _("This moment has not come yet.")
    if call.called_at < call_back.created_at - _LEEWAY:
        return _("The call is earlier than the answer that it is about.")
    if not may_call(call.called_at):
        return _("Nobody is called between 21:00 and 08:00. A call at that time is not logged.")
    return ""


def _words_problem(call: Call) -> str:
    if any(kind == "phone" for _start, _end, kind in find_numbers(call.note)):
        return _("Leave the phone number out of the note: it stays sealed.")
    if call.state == CallBackState.REACHED and not call.answer:
        return _("What did the resident answer?")
    if call.state == CallBackState.IMPOSSIBLE and not call.note:
        return _("Say why nobody can be called.")
    return ""


def _number_problem(call: Call, call_back: CallBack, officer: Officer) -> str:
    if call.state == CallBackState.IMPOSSIBLE or has_opened(officer, call_back):
        return ""
    return _("You have not been shown this number: ask a custodian to open it before you call.")


def has_opened(officer: Officer, call_back: CallBack) -> bool:
    """Whether ``officer`` was shown the number: a call that could not be made is not logged."""
    opened = ContactOpening.objects.filter(feedback=call_back.follow_up.feedback_id, asked_by=officer)
    return opened.filter(opened_at__isnull=False).exists()


def _store(call_back: CallBack, officer: Officer, call: Call) -> None:
    is_attempt = call.state != CallBackState.IMPOSSIBLE
    attempts = call_back.attempts + is_attempt
    goes_on = call.state == CallBackState.NOT_REACHED and attempts < ATTEMPTS_MAX
    CallBack.objects.filter(pk=call_back.pk, state=CallBackState.OPEN, attempts=call_back.attempts).update(
        state=CallBackState.OPEN if goes_on else call.state,
        attempts=attempts,
        result=call.answer if call.state == CallBackState.REACHED else "",
        note=call.note,
        caller=officer,
        called_at=call.called_at,
        ended_at=None if goes_on else clock.now(),
    )


def logged_told(call_back: CallBack) -> str:
    """Who logged what, and when: for somebody who comes too late."""
    if call_back.caller is None or call_back.called_at is None:
        return _("This call-back has ended: %(state)s.") % {"state": call_back.get_state_display()}
    return _("%(who)s has logged a call of %(when)s meanwhile: %(state)s. What you typed is still here.") % {
        "who": call_back.caller.name,
        "when": call_back.called_at.astimezone(clock.BUREAU_ZONE).strftime("%m-%d %H:%M"),
        "state": call_back.get_state_display(),
    }


def callbacks_drop() -> int:
    """End call-backs whose number was erased, alone or with the whole message; returns how many."""
    erased = CallBack.objects.filter(state=CallBackState.OPEN, follow_up__feedback__contact__erased_at__isnull=False)
    return sum(_drop(call_back) for call_back in erased)


@transaction.atomic
def _drop(call_back: CallBack) -> bool:
    standing = CallBack.objects.filter(pk=call_back.pk, state=CallBackState.OPEN)
    if not standing.update(state=CallBackState.IMPOSSIBLE, ended_at=clock.now()):
        return False
    audit_record(action="callback.drop", actor=SYSTEM, object_type="call_back", object_id=call_back.pk)
    return True
