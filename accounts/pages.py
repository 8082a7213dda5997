"""How a page says who may see it. A view without one of these marks is refused by the middleware."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from accounts.models import Officer
from accounts.permissions import Action, may

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class OfficeRequest(HttpRequest):
    """A request whose user is known to be an officer."""

    user: Officer


def public_page(view: View) -> View:
    """Mark a page that anybody may open."""
    view.access = "public"  # type: ignore[attr-defined]  # functions carry attributes, their type does not say so
    return view


def office_page(action: Action) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Mark a page for officers who may carry out ``action``.

    Nobody logged in is sent to the login page; an officer without the right gets 404, not 403: the page
    does not say that it exists. A first password must be changed before anything else.
    """

    def mark(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            officer = request.user
            if not isinstance(officer, Officer) or not officer.is_active:
                return redirect_to_login(request.get_full_path())
            if not may(officer, action):
                raise Http404
            if officer.must_change_password and action is not Action.OFFICE_ENTER:
                return redirect("accounts:password")
            return view(request, *args, **kwargs)

        guarded.access = action  # type: ignore[attr-defined]  # functions carry attributes, their type does not say so
        return guarded

    return mark
