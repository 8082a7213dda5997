"""Pages for residents: say something, look up a receipt. No login, no cookie; no receipt in any address."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.db import InterfaceError, OperationalError
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.pages import public_page
from feedback.emergency import emergency_words
from feedback.models import Feedback
from feedback.receipts import receipt_groups, receipt_parse
from feedback.resident import throttle
from feedback.resident.forms import ReceiptForm, RemarkForm, VoiceForm, first_errors
from feedback.resident.qr import receipt_qr
from feedback.resident.retention import CONTACT_DAYS, WORDS_YEARS
from feedback.resident.rules import CONTENT_MAX, code_clean
from feedback.resident.selectors import Place, bureau_name, place_of, story_of, summary_stays
from feedback.selectors import feedback_by_receipt
from feedback.services import Submitted, contact_erase, feedback_remark, feedback_submit, feedback_withdraw

_RETRY_SECONDS = 30


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def voice(request: HttpRequest, code: str = "") -> HttpResponseBase:
    """The form of one point. An unknown or revoked code opens it too; what is said under it is kept and flagged."""
    code = code_clean(code)
    if request.method == "POST":
        return _voice_post(request, code)
    return _voice_page(request, code, VoiceForm(initial={"client_id": str(uuid.uuid4())}))


def _voice_post(request: HttpRequest, code: str) -> HttpResponseBase:
    if "show" in request.POST:  # a switch of language or type size: the same form again, with what was typed
        return _voice_page(request, code, VoiceForm(initial=_typed(request)))
    form = VoiceForm(request.POST, request.FILES)
    if not form.is_valid():
        return _voice_page(request, code, form)
    try:
        submitted = feedback_submit(voice=form.voice(code=code, language=str(request.LANGUAGE_CODE)))
    except (OperationalError, InterfaceError):
        return _voice_page(request, code, form, status=503)
    return _answer_page(request, code, form, submitted)


def _typed(request: HttpRequest) -> dict[str, str]:
    return {name: request.POST.get(name, "") for name in VoiceForm.base_fields if name != "photos"}


def _voice_page(request: HttpRequest, code: str, form: VoiceForm, *, status: int = 200) -> HttpResponse:
    page = {
        "form": form,
        "place": _place_if_known(code, is_store_up=status != 503),
        "errors": first_errors(form) if form.is_bound else [],
        "is_unstored": status == 503,
        "had_photos": bool(request.FILES),
        "is_urgent": bool(emergency_words(str(form["content"].value() or "")[:CONTENT_MAX])),
        "content_max": CONTENT_MAX,
        "display_form": "voice",
        "display_path": request.path,
        **_notice(is_store_up=status != 503),
    }
    response = render(request, "feedback/resident/voice.html", page, status=status)
    # Each form carries an id of its own, from which its receipt comes: no cache may hand one form to two residents.
    response["Cache-Control"] = "private, no-cache"
    if status == 503:
        response["Retry-After"] = str(_RETRY_SECONDS)
    return response


def _place_if_known(code: str, *, is_store_up: bool) -> Place | None:
    return place_of(code) if is_store_up else None


def _notice(*, is_store_up: bool = True) -> dict[str, Any]:
    """What must be said before anything is collected (PIPL 17)."""
    return {
        "bureau": bureau_name() if is_store_up else _("the public security bureau"),
        "contact_days": CONTACT_DAYS,
        "words_years": WORDS_YEARS,
    }


def _answer_page(request: HttpRequest, code: str, form: VoiceForm, submitted: Submitted) -> HttpResponse:
    has_words = bool(form.cleaned_data["content"] or form.cleaned_data["photos"])
    page = {
        "receipt": submitted.receipt,
        "groups": receipt_groups(submitted.receipt),
        "qr": receipt_qr(submitted.receipt),
        "submitted": submitted,
        "is_urgent": bool(submitted.urgent_words),
        "client_id": form.cleaned_data["client_id"],
        "has_phone": bool(form.cleaned_data["phone"]),
        "has_words": has_words,
        # Asked only for a bare rating: what it counts for is told.
        "place": None if has_words else place_of(code),
        **_again(),
    }
    return private(render(request, "feedback/resident/answer.html", page))


def _again() -> dict[str, str]:
    """The switches of language and type size send the receipt along, in the body."""
    return {"display_form": "again", "display_path": reverse("resident:receipt")}


def private(response: HttpResponse) -> HttpResponse:
    """A page with a receipt on it stays in no cache: phones are shared."""
    response["Cache-Control"] = "no-store"
    return response


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def receipt(request: HttpRequest) -> HttpResponseBase:
    """Look up a receipt: what became of one voice."""
    if request.method != "POST":
        return render(request, "feedback/resident/lookup.html", {"form": ReceiptForm()})
    kept = RemarkForm(initial={"content": _kept(request)})
    return with_receipt(request, lambda feedback, digits: receipt_page(request, feedback, digits, form=kept))


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def remark(request: HttpRequest) -> HttpResponseBase:
    """Add something to what was said."""
    return with_receipt(request, lambda feedback, digits: _remark_add(request, feedback, digits))


def _remark_add(request: HttpRequest, feedback: Feedback, digits: str) -> HttpResponse:
    form = RemarkForm(request.POST)
    if not form.is_valid():
        return receipt_page(request, feedback, digits, form=form)
    words = form.cleaned_data["content"]
    feedback_remark(feedback=feedback, content=words)
    feedback.refresh_from_db()
    told = _("What you added has arrived.") if feedback.state != "withdrawn" else ""
    return receipt_page(request, feedback, digits, told=told, is_urgent=bool(emergency_words(words)))


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest) -> HttpResponseBase:
    """Take a voice back, after a second yes."""
    return _confirmed(request, "withdraw", lambda feedback: feedback_withdraw(feedback=feedback))


@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest) -> HttpResponseBase:
    """Erase the phone number, after a second yes; what was said stays."""
    return _confirmed(request, "erase", lambda feedback: contact_erase(feedback=feedback))


def _confirmed(request: HttpRequest, act: str, do: Callable[[Feedback], bool]) -> HttpResponseBase:
    def answer(feedback: Feedback, digits: str) -> HttpResponse:
        if request.POST.get("confirmed") != "yes":
            return _confirm_page(request, act, feedback, digits)
        do(feedback)
        feedback.refresh_from_db()
        return receipt_page(request, feedback, digits, told=_told(act))

    return with_receipt(request, answer)


def _confirm_page(request: HttpRequest, act: str, feedback: Feedback, digits: str) -> HttpResponse:
    page = {
        "act": act,
        "receipt": digits,
        "reference": feedback.reference,
        "summary_stays": summary_stays(feedback),
        **_again(),
    }
    return private(render(request, "feedback/resident/confirm.html", page))


def _told(act: str) -> str:
    return {"withdraw": _("Your message is withdrawn."), "erase": _("Your phone number is erased.")}[act]


def with_receipt(request: HttpRequest, answer: Callable[[Feedback, str], HttpResponse]) -> HttpResponseBase:
    """Run ``answer`` for the voice whose receipt the body carries; any wrong receipt gets one and the same reply."""
    if request.method != "POST":
        return redirect(f"{reverse('resident:receipt')}?{request.GET.urlencode()}")
    client = throttle.client_of(request.META)
    if wait := throttle.seconds_to_wait(client):
        return _must_wait(request, wait)
    form = ReceiptForm(request.POST)
    if not form.is_valid():
        return _lookup_again(request, form, status=200)
    feedback = feedback_by_receipt(form.cleaned_data["receipt"])
    if feedback is None:
        throttle.wrong_receipt(client)
        form.add_error("receipt", _("No message has this receipt. Check the sixteen digits and try again."))
        return _lookup_again(request, form, status=404)
    return answer(feedback, receipt_parse(form.cleaned_data["receipt"]) or "")


def _kept(request: HttpRequest) -> str:
    """What somebody wanted to add when the receipt was not let through: it comes along until it is."""
    return request.POST.get("content", "")[:CONTENT_MAX]


def _must_wait(request: HttpRequest, seconds: int) -> HttpResponse:
    page = {
        "form": ReceiptForm(request.POST),
        "wait_minutes": -(-seconds // 60),
        "wait_seconds": seconds,
        "kept": _kept(request),
    }
    response = private(render(request, "feedback/resident/lookup.html", page, status=429))
    response["Retry-After"] = str(seconds)
    return response


def _lookup_again(request: HttpRequest, form: ReceiptForm, *, status: int) -> HttpResponse:
    page = {"form": form, "errors": first_errors(form), "kept": _kept(request)}
    return private(render(request, "feedback/resident/lookup.html", page, status=status))


def receipt_page(
    request: HttpRequest,
    feedback: Feedback,
    digits: str,
    *,
    form: RemarkForm | None = None,
    asked: Form | None = None,
    told: str = "",
    is_urgent: bool = False,
) -> HttpResponse:
    """The story under a receipt. ``asked`` is the story's question, filled in but not right yet."""
    story = story_of(feedback)
    filled: list[Form] = [form] if form else []
    if asked is not None and story.question is not None:
        story = replace(story, question=replace(story.question, form=asked))
        filled.append(asked)
    page = {
        "story": story,
        "receipt": digits,
        "groups": receipt_groups(digits),
        "form": form or RemarkForm(),
        "errors": [error for one in filled for error in first_errors(one)],
        "told": told,
        "is_urgent": is_urgent,
        "content_max": CONTENT_MAX,
        **_again(),
    }
    return private(render(request, "feedback/resident/receipt.html", page))


@public_page
@require_safe
def privacy(request: HttpRequest) -> HttpResponseBase:
    """What is collected, why, who sees it, how long it stays, and what one may ask for."""
    return render(request, "feedback/resident/privacy.html", _notice())


@public_page
@require_safe
def privacy_children(request: HttpRequest) -> HttpResponseBase:
    """The same for children under fourteen and their guardians (PIPL 31)."""
    return render(request, "feedback/resident/privacy_children.html", _notice())
