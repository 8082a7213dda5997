"""The opening of a sealed contact: the list, asking, deciding, and the one page that shows a number."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.pages import OfficeRequest, office_page
from accounts.permissions import Action, may
from feedback.models import ContactOpening, Feedback, OpeningState
from feedback.openings import rules, services
from feedback.openings.forms import AskForm, DecideForm
from feedback.openings.selectors import obstacle_to, opening_current, opening_for, openings_for
from feedback.openings.services import OpeningRefused
from feedback.queue.services import feedback_read
from feedback.selectors import feedback_for
from opinion_portal import clock

_page_or_act = require_http_methods(["GET", "HEAD", "POST"])


@office_page(Action.CONTACT_VIEW)
@require_safe
def opening_list(request: OfficeRequest) -> HttpResponseBase:
    """For a custodian what waits, then all that was decided; for an asker the own requests."""
    key = request.GET.get("after", "")
    after = int(key) if key.isascii() and key.isdigit() and len(key) <= 18 else None
    page = openings_for(request.user, now=clock.now(), after=after)
    context = {"page": page, "is_first": after is None, "can_decide": may(request.user, Action.CONTACT_DECIDE)}
    return render(request, "feedback/openings/list.html", context)


@office_page(Action.CONTACT_ASK)
@_page_or_act
def opening_ask(request: OfficeRequest, feedback_id: int) -> HttpResponseBase:
    """Ask to have the contact of one voice opened; who has asked already is led to that request."""
    officer = request.user
    feedback = feedback_for(officer, feedback_id)
    if (known := opening_current(officer, feedback_id, now=clock.now())) is not None:
        messages.info(request, _("You have asked for this already."))
        return redirect("openings:detail", known)
    if request.method != "POST":
        return _ask_page(request, feedback, AskForm(no_call=feedback.no_call))
    form = AskForm(request.POST, no_call=feedback.no_call)
    if not form.is_valid():
        return _ask_page(request, feedback, form, status=422)
    try:
        opening = services.opening_ask(feedback_id=feedback_id, officer=officer, **form.cleaned_data)
    except OpeningRefused as refused:
        form.add_error(None, str(refused))
        return _ask_page(request, feedback, form, status=409)
    messages.success(request, _("Your request is with the custodian. It lapses when nobody decides within three days."))
    return redirect("openings:detail", opening.pk)


def _ask_page(request: OfficeRequest, feedback: Feedback, form: AskForm, status: int = 200) -> HttpResponseBase:
    context = {"feedback": feedback, "form": form, "obstacle": obstacle_to(feedback.pk)}
    return render(request, "feedback/openings/ask.html", context, status=status)


@office_page(Action.CONTACT_VIEW)
@require_safe
def opening_detail(request: OfficeRequest, opening_id: int) -> HttpResponseBase:
    """One request: what is asked, why, by whom, and what the officer at the screen may do now."""
    return _detail_page(request, opening_for(request.user, opening_id))


def _detail_page(
    request: OfficeRequest,
    opening: ContactOpening,
    *,
    form: DecideForm | None = None,
    refused: str = "",
    status: int = 200,
) -> HttpResponseBase:
    officer, feedback, now = request.user, opening.feedback, clock.now()
    standing = rules.standing_of(opening.state, opening.expires_at, now)
    is_asker = opening.asked_by_id == officer.pk and may(officer, Action.CONTACT_ASK)
    reads_words = may(officer, Action.CONTACT_DECIDE)
    context: dict[str, Any] = {
        "opening": opening,
        "feedback": feedback,
        "standing": standing,
        "item": feedback.item or (feedback.suggestion and feedback.suggestion.item),
        "obstacle": obstacle_to(feedback.pk),
        "reads_words": reads_words,
        "can_decide": reads_words and standing == OpeningState.ASKED and opening.asked_by_id != officer.pk,
        "can_show": is_asker and rules.is_showable(opening.state, opening.expires_at, now),
        "can_withdraw": is_asker and standing in rules.PENDING,
        "form": form or DecideForm(),
        "refused": refused,
    }
    if reads_words:
        feedback_read(officer=officer, feedback_id=feedback.pk, in_full=False)
    return render(request, "feedback/openings/detail.html", context, status=status)


@office_page(Action.CONTACT_DECIDE)
@_page_or_act
def opening_decide(request: OfficeRequest, opening_id: int) -> HttpResponseBase:
    """Approve or refuse; who comes second reads who did what and when."""
    opening = opening_for(request.user, opening_id)
    if request.method != "POST":
        return redirect("openings:detail", opening_id)
    form = DecideForm(request.POST)
    if not form.is_valid():
        return _detail_page(request, opening, form=form, status=422)
    decide = services.opening_approve if form.cleaned_data["decision"] == "approve" else services.opening_refuse
    try:
        decide(opening=opening, officer=request.user, note=form.cleaned_data["note"])
    except OpeningRefused as refused:
        opening = opening_for(request.user, opening_id)
        return _detail_page(request, opening, form=form, refused=str(refused), status=409)
    approved = decide is services.opening_approve
    told = _("%(reference)s: approved for 24 hours.") if approved else _("%(reference)s: refused.")
    messages.success(request, told % {"reference": opening.feedback.reference})
    return redirect("openings:list")


@office_page(Action.CONTACT_ASK)
@_page_or_act
def opening_withdraw(request: OfficeRequest, opening_id: int) -> HttpResponseBase:
    """Take the own request back."""
    opening = opening_for(request.user, opening_id)
    if request.method != "POST":
        return redirect("openings:detail", opening_id)
    try:
        services.opening_withdraw(opening=opening, officer=request.user)
    except OpeningRefused as refused:
        return _detail_page(request, opening_for(request.user, opening_id), refused=str(refused), status=409)
    messages.success(request, _("You have taken your request back."))
    return redirect("openings:detail", opening_id)


@office_page(Action.CONTACT_ASK)
@_page_or_act
def contact_show(request: OfficeRequest, opening_id: int) -> HttpResponseBase:
    """The number, once for each time the button is pressed; no browser and no proxy keeps the page."""
    opening = opening_for(request.user, opening_id)
    if request.method != "POST":
        return redirect("openings:detail", opening_id)
    try:
        phone = services.contact_show(opening=opening, officer=request.user)
    except OpeningRefused as refused:
        return _detail_page(request, opening_for(request.user, opening_id), refused=str(refused), status=409)
    context = {"opening": opening, "feedback": opening.feedback, "phone": phone}
    response = render(request, "feedback/openings/show.html", context)
    response.headers["Cache-Control"] = "private, no-store, max-age=0"
    return response
