"""The resident's side of following up: the link of an SMS, and rating the result under the receipt. No login."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.pages import public_page
from feedback.emergency import emergency_words
from feedback.models import Feedback
from feedback.resident import throttle
from feedback.resident.forms import first_errors
from feedback.resident.views import private, receipt_page, with_receipt
from followup.surveys.answers import answer_give, answer_problem
from followup.surveys.forms import RatingForm
from followup.surveys.hearing import FollowUpRefused
from followup.surveys.models import FollowUp, Way
from followup.surveys.receipts import follow_up_of
from followup.surveys.selectors import follow_up_by_token


# Under the receipt ---------------------------------------------------------------------------------------------------
@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def rate(request: HttpRequest) -> HttpResponseBase:
    """Rate the result under the receipt, once."""
    return with_receipt(request, lambda feedback, digits: _rate(request, feedback, digits))


def _rate(request: HttpRequest, feedback: Feedback, digits: str) -> HttpResponse:
    form = RatingForm(request.POST)
    if not form.is_valid():
        return receipt_page(request, feedback, digits, asked=form)
    follow_up = follow_up_of(feedback)
    told = _("There is nothing to rate here yet.") if follow_up is None else _give(follow_up, Way.RECEIPT, form)
    feedback.refresh_from_db()
    is_urgent = bool(emergency_words(form.cleaned_data["comment"]))
    return receipt_page(request, feedback, digits, told=told, is_urgent=is_urgent)


def _give(follow_up: FollowUp, way: Way, form: RatingForm) -> str:
    """Store the answer; what the resident is told of it, or of what came first."""
    try:
        answer_give(follow_up_id=follow_up.pk, way=way, **form.cleaned_data)
    except FollowUpRefused as refused:
        return str(refused)
    return _("Thank you, your answer has arrived.")


# By the link of an SMS -----------------------------------------------------------------------------------------------
@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponseBase:
    """The page of one link. It tells the reference and the item, nothing of what was said or done."""
    client = throttle.client_of(request.META)
    if wait := throttle.seconds_to_wait(client):
        return _must_wait(request, wait)
    follow_up = follow_up_by_token(token)
    if follow_up is None:
        throttle.wrong_receipt(client)
        return private(render(request, "followup/surveys/link_unknown.html", {}, status=404))
    if request.method != "POST":
        return _link_page(request, follow_up, RatingForm())
    if "show" in request.POST:  # a switch of language or type size: the same form again, with what was typed
        return _link_page(request, follow_up, RatingForm(initial=_typed(request)))
    form = RatingForm(request.POST)
    if not form.is_valid():
        return _link_page(request, follow_up, form)
    told = _give(follow_up, Way.PAGE, form)
    is_urgent = bool(emergency_words(form.cleaned_data["comment"]))
    page = {"follow_up": follow_up, "told": told, "is_urgent": is_urgent}
    return private(render(request, "followup/surveys/answered.html", page))


def _typed(request: HttpRequest) -> dict[str, str]:
    return {name: request.POST.get(name, "") for name in RatingForm.base_fields}


def _link_page(request: HttpRequest, follow_up: FollowUp, form: RatingForm) -> HttpResponse:
    if told := answer_problem(follow_up, follow_up.rectification):
        return private(render(request, "followup/surveys/answered.html", {"follow_up": follow_up, "told": told}))
    page = {
        "follow_up": follow_up,
        "form": form,
        "errors": first_errors(form) if form.is_bound else [],
        "display_form": "survey",
        "display_path": request.path,
    }
    return private(render(request, "followup/surveys/answer.html", page))


def _must_wait(request: HttpRequest, seconds: int) -> HttpResponse:
    page = {"wait_minutes": -(-seconds // 60)}
    response = private(render(request, "followup/surveys/link_unknown.html", page, status=429))
    response["Retry-After"] = str(seconds)
    return response
