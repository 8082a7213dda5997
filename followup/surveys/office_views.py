"""The centre's side of following up: who was asked, what came back, and what nobody answered."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Officer
from accounts.pages import OfficeRequest, office_page
from accounts.permissions import Action
from feedback.selectors import reads_in_full
from followup.sms.services import Skipped
from followup.sms.wording import why_text
from followup.surveys import reading
from followup.surveys.answers import answer_record
from followup.surveys.closing import followups_close_impossible
from followup.surveys.forms import CloseForm, RecordForm
from followup.surveys.hearing import FollowUpRefused, may_hear
from followup.surveys.listing import (
    PILES,
    follow_up_for,
    follow_ups_page,
    pile_counts,
    reply_of,
    tallies_for,
    to_close_for,
    unclear_for,
    unclear_of,
    words_of,
)
from followup.surveys.models import FollowUp
from followup.surveys.services import link_send
from measures.models import matter_reference


# The list ------------------------------------------------------------------------------------------------------------
@office_page(Action.FOLLOWUP_VIEW)
@require_safe
def follow_up_list(request: OfficeRequest) -> HttpResponseBase:
    """The piles: to be closed, SMS to be read, waiting, answered, all."""
    return _list_page(request, request.GET.get("pile", "close"), CloseForm())


def _list_page(
    request: OfficeRequest, pile: str, form: CloseForm, *, chosen: list[int] | None = None, status: int = 200
) -> HttpResponse:
    officer = request.user
    pile = pile if pile in PILES else "close"
    in_full = reads_in_full(officer)
    to_close = to_close_for(officer) if pile == "close" else []
    unclear = unclear_for(officer, in_full=in_full) if pile == "unclear" else []
    page = None if pile in ("close", "unclear") else follow_ups_page(officer, pile, before=_key(request))
    shown = [one.follow_up for one in unclear] + (page.follow_ups if page else [])
    reading.list_read(officer=officer, pile=pile, follow_up_ids=[one.pk for one in shown], in_full=in_full)
    counts = pile_counts(officer)
    labels = {
        "close": _("To be closed"),
        "unclear": _("SMS to be read"),
        "waiting": _("Waiting"),
        "answered": _("Answered"),
        "all": _("All"),
    }
    context = {
        "pile": pile,
        "tabs": [(code, labels[code], counts.get(code)) for code in PILES],
        "page": page,
        "to_close": to_close,
        "unclear": unclear,
        "tallies": tallies_for(officer),
        "in_full": in_full,
        "form": form,
        "chosen": chosen or [],
    }
    return render(request, "followup/surveys/list.html", context, status=status)


def _key(request: OfficeRequest) -> int | None:
    text = request.GET.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


@office_page(Action.FOLLOWUP_RECORD)
@require_POST
def matters_close(request: OfficeRequest) -> HttpResponseBase:
    """Close the ticked matters with one reason, and say which were left alone and why."""
    chosen = [int(text) for text in request.POST.getlist("chosen") if text.isascii() and text.isdigit()]
    form = CloseForm(request.POST)
    if not chosen:
        form.add_error(None, _("No matter was ticked."))
    if not form.is_valid():
        return _list_page(request, "close", form, chosen=chosen, status=422)
    closed, skipped = followups_close_impossible(
        officer=request.user, rectification_ids=chosen, reason=form.cleaned_data["reason"]
    )
    if closed:
        told = ngettext("%(n)d matter closed.", "%(n)d matters closed.", len(closed))
        messages.success(request, told % {"n": len(closed)})
    for one in skipped:
        messages.warning(request, _("%(reference)s: %(why)s") % {"reference": one.reference, "why": one.why})
    return redirect("followups:list")


# One follow-up -------------------------------------------------------------------------------------------------------
@office_page(Action.FOLLOWUP_VIEW)
@require_safe
def follow_up_detail(request: OfficeRequest, follow_up_id: int) -> HttpResponseBase:
    """One follow-up: how it was asked, every answer, the calls, and what may be done now."""
    return _detail_page(request, follow_up_for(request.user, follow_up_id))


def _detail_page(
    request: OfficeRequest, follow_up: FollowUp, *, form: RecordForm | None = None, status: int = 200
) -> HttpResponse:
    officer = request.user
    in_full = reads_in_full(officer)
    reading.follow_up_read(officer=officer, follow_up=follow_up, in_full=in_full)
    context = {
        "follow_up": follow_up,
        "matter": follow_up.rectification,
        "reference": matter_reference(follow_up.rectification_id),
        "answers": list(follow_up.answers.select_related("recorded_by")),
        "call_backs": list(follow_up.call_backs.select_related("caller")),
        "unclear": [(reply, words_of(reply, in_full=in_full)) for reply in unclear_of(follow_up)],
        "in_full": in_full,
        "can_record": may_hear(officer, follow_up.rectification) and not follow_up.dropped,
        "form": form or RecordForm(),
    }
    return render(request, "followup/surveys/detail.html", context, status=status)


@office_page(Action.FOLLOWUP_RECORD)
@require_POST
def answer_log(request: OfficeRequest, follow_up_id: int) -> HttpResponseBase:
    """Record what the resident said on the phone, or what an unclear SMS means."""
    officer = request.user
    follow_up = follow_up_for(officer, follow_up_id)
    form = RecordForm(request.POST)
    if not form.is_valid():
        return _detail_page(request, follow_up, form=form, status=422)
    try:
        _record(officer, follow_up, form)
    except (FollowUpRefused, PermissionDenied) as refused:
        form.add_error(None, str(refused))
        return _detail_page(request, follow_up_for(officer, follow_up_id), form=form, status=409)
    messages.success(request, _("The answer is recorded."))
    return redirect("followups:detail", follow_up_id)


def _record(officer: Officer, follow_up: FollowUp, form: RecordForm) -> None:
    said = dict(form.cleaned_data)
    reply_id = said.pop("reply")
    reply = reply_of(follow_up, reply_id)
    if reply_id is not None and reply is None:
        raise FollowUpRefused(_("Somebody has read this SMS and recorded what it means already."))
    answer_record(follow_up_id=follow_up.pk, officer=officer, reply=reply, **said)


@office_page(Action.FOLLOWUP_RECORD)
@require_POST
def link_post(request: OfficeRequest, follow_up_id: int) -> HttpResponseBase:
    """Send the link as a second way to answer."""
    follow_up = follow_up_for(request.user, follow_up_id)
    try:
        written = link_send(follow_up=follow_up, officer=request.user)
    except (FollowUpRefused, PermissionDenied) as refused:
        messages.warning(request, str(refused))
    else:
        if isinstance(written, Skipped):
            messages.warning(request, why_text(written.why))
        else:
            messages.success(request, _("The link waits in the outbox."))
    return redirect("followups:detail", follow_up_id)


@office_page(Action.FOLLOWUP_RECORD)
@require_POST
def reply_aside(request: OfficeRequest, follow_up_id: int, reply_id: int) -> HttpResponseBase:
    """Set an SMS aside that answers nothing."""
    follow_up = follow_up_for(request.user, follow_up_id)
    reply = reply_of(follow_up, reply_id)
    if reply is None:
        raise Http404
    try:
        done = reading.reply_set_aside(reply=reply, follow_up=follow_up, officer=request.user)
    except PermissionDenied as refused:
        messages.warning(request, str(refused))
    else:
        messages.info(request, _("Set aside.") if done else _("Somebody has read it before."))
    return redirect("followups:detail", follow_up_id)
