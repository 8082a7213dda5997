"""The call-backs of the centre: who is owed a call until when, and what came of it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.pages import OfficeRequest, office_page
from accounts.permissions import Action
from feedback.openings.selectors import opening_current
from feedback.selectors import reads_in_full
from followup.callbacks.forms import CallForm
from followup.callbacks.models import ATTEMPTS_MAX, CallBack
from followup.callbacks.selectors import call_back_for, call_backs_for, counts_of, may_log, said_of
from followup.callbacks.services import callback_log, has_opened
from followup.sms.hours import may_call
from followup.surveys.hearing import FollowUpRefused
from followup.surveys.reading import follow_up_read, list_read
from opinion_portal import clock


@office_page(Action.FOLLOWUP_VIEW)
@require_safe
def call_back_list(request: OfficeRequest) -> HttpResponseBase:
    """Who is owed a call, the next due first; or the calls that have ended."""
    officer, now = request.user, clock.now()
    is_done = request.GET.get("pile") == "done"
    in_full = reads_in_full(officer)
    lines = call_backs_for(officer, now=now, is_done=is_done)
    list_read(
        officer=officer, pile="callbacks", follow_up_ids=[one.call_back.follow_up_id for one in lines], in_full=in_full
    )
    owed, late = counts_of(now)
    context = {
        "lines": lines,
        "is_done": is_done,
        "owed": owed,
        "late": late,
        "in_full": in_full,
        "is_night": not may_call(now),
    }
    return render(request, "followup/callbacks/list.html", context)


@office_page(Action.FOLLOWUP_VIEW)
@require_safe
def call_back_detail(request: OfficeRequest, call_back_id: int) -> HttpResponseBase:
    """One call: what the resident said, the way to the number, and the form that logs the attempt."""
    call_back = call_back_for(request.user, call_back_id)
    now = clock.now().astimezone(clock.BUREAU_ZONE)
    return _detail_page(request, call_back, CallForm(initial={"called_at": now, "attempts": call_back.attempts}))


def _detail_page(request: OfficeRequest, call_back: CallBack, form: CallForm, *, status: int = 200) -> HttpResponse:
    officer, now = request.user, clock.now()
    in_full = reads_in_full(officer)
    follow_up_read(officer=officer, follow_up=call_back.follow_up, in_full=in_full)
    context = {
        "call_back": call_back,
        "follow_up": call_back.follow_up,
        "said": said_of(call_back),
        "matter": call_back.follow_up.rectification,
        "is_late": call_back.ended_at is None and call_back.due_at <= now,
        "is_night": not may_call(now),
        "can_log": may_log(officer, call_back),
        "has_opened": has_opened(officer, call_back),
        "opening_id": opening_current(officer, call_back.follow_up.feedback_id, now=now),
        "attempts_max": ATTEMPTS_MAX,
        "in_full": in_full,
        "form": form,
    }
    return render(request, "followup/callbacks/detail.html", context, status=status)


@office_page(Action.FOLLOWUP_RECORD)
@require_POST
def call_log(request: OfficeRequest, call_back_id: int) -> HttpResponseBase:
    """Log one attempt; who comes second reads who logged what."""
    officer = request.user
    call_back = call_back_for(officer, call_back_id)
    form = CallForm(request.POST)
    if not form.is_valid():
        return _detail_page(request, call_back, form, status=422)
    try:
        callback_log(
            call_back_id=call_back_id,
            officer=officer,
            call=form.call(),
            attempts_seen=form.cleaned_data["attempts"],
        )
    except (FollowUpRefused, PermissionDenied) as refused:
        form.add_error(None, str(refused))
        return _detail_page(request, call_back_for(officer, call_back_id), form, status=409)
    messages.success(request, _("The call is logged."))
    return redirect("callbacks:list")
