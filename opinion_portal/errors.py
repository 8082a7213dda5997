"""Pages for people when something went wrong: what happened, what was kept, what to do next."""

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.pages import public_page
from opinion_portal.office import is_office


def _answer(request: HttpRequest, status: int, title: str, happened: str, kept: str, todo: str) -> HttpResponse:
    if request.path_info.startswith(("/api/", "/hooks/")):
        return JsonResponse(
            {"type": "about:blank", "title": title, "status": status, "detail": f"{happened} {todo}"},
            status=status,
            content_type="application/problem+json",
        )
    page = {"title": title, "happened": happened, "kept": kept, "todo": todo, "status": status}
    return render(request, "error.html", page | {"is_office": is_office(request)}, status=status)


@public_page
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400; 413 for what was too large to be read."""
    if isinstance(exception, RequestDataTooBig):
        return too_large(request)
    return _answer(
        request,
        400,
        _("The request could not be read"),
        _("What arrived was incomplete."),
        _("Nothing was stored."),
        _("Please go back and send it again."),
    )


@public_page
def too_large(request: HttpRequest) -> HttpResponse:
    """413."""
    return _answer(
        request,
        413,
        _("This is too large to send at once"),
        _("The photos or the text are larger than the portal can take; photos may be at most 10 MB each."),
        _("Nothing was stored. What you filled in is still in the form: use your browser's back button."),
        _("Please leave out a photo, or choose smaller ones, and send the form again."),
    )


@public_page
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404, also for whatever one may not know of."""
    return _answer(
        request,
        404,
        _("This page does not exist"),
        _("The address is wrong or the page has moved."),
        _("Nothing was lost."),
        _("Please check the address. What belongs to another unit is not shown either.")
        if is_office(request)
        else _("Please check the address, or scan the code on the poster again."),
    )


@public_page
def server_error(request: HttpRequest) -> HttpResponse:
    """500."""
    return _answer(
        request,
        500,
        _("Something went wrong on our side"),
        _("The portal could not answer this request; the fault has been recorded."),
        _("If you had just sent something, sending it again will not make a second copy."),
        _("Please go back and try again in a few minutes. In danger call 110."),
    )


@public_page
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form whose session has ended."""
    return _answer(
        request,
        403,
        _("The form has expired"),
        _("The page was open for so long that its protection ran out."),
        _("What you typed is still in the form: use your browser's back button."),
        _("Reload the page, log in again if asked, and send the form once more."),
    )


def unavailable(request: HttpRequest) -> HttpResponse:
    """503 while the database cannot be reached."""
    return _busy(request, _("The store that keeps your words could not be reached just now."))


@public_page
def not_taken_in(request: HttpRequest) -> HttpResponse:
    """503 for a body that came too slowly, or together with too many others."""
    return _busy(request, _("Too much is being sent at the moment, or your connection was too slow."))


def _busy(request: HttpRequest, why: str) -> HttpResponse:
    response = _answer(
        request,
        503,
        _("The portal is busy for a moment"),
        why,
        _("What you sent was not stored yet. Sending it again will not make a second copy."),
        _("Please go back and send it again in half a minute. In danger call 110."),
    )
    response["Retry-After"] = "30"
    return response
