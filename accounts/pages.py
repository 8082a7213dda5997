"""How a page says who may see it. A view without one of these marks is refused by the middleware."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django_htmx.http import HttpResponseClientRedirect

from accounts.models import Officer
from accounts.permissions import Action, may

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class OfficeRequest(HttpRequest):
    """A request whose user is known to be an officer. ``is_poll``: the page asks by itself, nobody acted."""

    user: Officer
    is_poll: bool


def public_page(view: View) -> View:
    """Mark a page that anybody may open."""
    view.access = "public"  # type: ignore[attr-defined]  # functions carry attributes, their type does not say so
    return view


def office_page(
    action: Action, *, before_password: bool = False
) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Mark a page for officers who may carry out ``action``.

    Nobody logged in is sent to the login page; an officer without the right gets 404, not 403: the page
    does not say that it exists. A first password must be changed before anything else, except on the few pages that
    are open ``before_password``. No browser keeps the page.
    """

    def mark(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            officer = request.user
            if not isinstance(officer, Officer) or not officer.is_active:
                return to_login(request)
            if not may(officer, action):
                raise Http404
            if officer.must_change_password and not before_password:
                return redirect("accounts:password")
            response = view(request, *args, **kwargs)
            response.headers.setdefault("Cache-Control", "private, no-store")
            return response

        guarded.access = action  # type: ignore[attr-defined]  # functions carry attributes, their type does not say so
        return guarded

    return mark


def to_login(request: HttpRequest) -> HttpResponseBase:
    """Send to the login page and from there back; say so when a login was there and has ended."""
    query = {"next": _page_at_the_screen(request)}
    if settings.SESSION_COOKIE_NAME in request.COOKIES:
        query["rest"] = "1"
    address = f"{reverse('accounts:login')}?{urlencode(query)}"
    if request.headers.get("HX-Request"):
        return HttpResponseClientRedirect(address)
    return redirect(address)


def _page_at_the_screen(request: HttpRequest) -> str:
    """The page to return to: a form's page, not the address that only takes its answers."""
    if request.method in {"GET", "HEAD"} and not request.headers.get("HX-Request"):
        return request.get_full_path()
    page = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer", ""))
    if page.netloc != request.get_host():
        return reverse("office")
    return f"{page.path}?{page.query}" if page.query else page.path
