"""Five failed logins lock an account for thirty minutes."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from typing import Any


def no_address(request: HttpRequest) -> str:
    """The lockout counts by account, so it needs no address and none is stored."""
    return "0.0.0.0"  # noqa: S104  # not a bind address: the value stored in place of the client's


def locked_out(
    request: HttpRequest, response: HttpResponse | None = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """What the login page answers while the account is locked."""
    return render(request, "accounts/locked.html", status=429)
