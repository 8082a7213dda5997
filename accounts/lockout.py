"""Five failed logins lock an account name for thirty minutes, whether or not an account has that name."""

from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.models import Officer
from accounts.selectors import lock_ends_at


class Locked(Exception):
    """The account name is locked; ``just_now`` when this very attempt locked it."""

    def __init__(self, *, just_now: bool) -> None:
        self.just_now = just_now


def no_address(_request: HttpRequest) -> str:
    """The lockout counts by account, so it needs no address and none is stored."""
    return "0.0.0.0"  # noqa: S104  # not a bind address: the value stored in place of the client's


def officer_check(request: HttpRequest, username: str, password: str) -> Officer | None:
    """The active officer of this name and password, or ``None``; raises ``Locked``."""
    if not AxesProxyHandler.is_allowed(request, {"username": username}):
        raise Locked(just_now=False)
    officer = authenticate(request, username=username, password=password)
    if isinstance(officer, Officer):
        return officer
    if getattr(request, "axes_locked_out", False):
        raise Locked(just_now=True)
    return None


def locked_page(request: HttpRequest, username: str) -> HttpResponse:
    """What the login page answers while the name is locked: 429, and when to try again."""
    ends = lock_ends_at(username)
    response = render(request, "accounts/locked.html", {"ends": ends}, status=429)
    response["Retry-After"] = str(max(1, int((ends - timezone.now()).total_seconds())))
    return response
