"""What all API views share: denied by default, one error shape (RFC 9457)."""

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.exceptions import PermissionDenied as ApiPermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

if TYPE_CHECKING:  # the framework reads this module while its own views are still being loaded
    from rest_framework.views import APIView


class Denied(BasePermission):
    """The default permission: a view must name its own."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        return False


def problem_details(error: Exception, context: dict[str, Any]) -> Response | None:
    """Render an exception as RFC 9457 problem details; field errors stand in ``errors``.

    Returns ``None`` for what is not an API error, so that it is logged and answered as a 500.
    """
    if isinstance(error, Http404):
        error = NotFound()
    elif isinstance(error, PermissionDenied):
        error = ApiPermissionDenied()
    elif isinstance(error, OperationalError | InterfaceError):
        error = APIException(_("The store could not be reached just now. Send the same form again in half a minute."))
        error.status_code = 503
    if not isinstance(error, APIException):
        return None
    problem: dict[str, Any] = {"type": "about:blank", "status": error.status_code}
    if isinstance(error, ValidationError):
        problem |= {"title": _("The form has errors"), "errors": error.detail}
    else:
        problem |= {"title": str(error.detail)}
    response = Response(problem, status=error.status_code, content_type="application/problem+json")
    if wait := getattr(error, "wait", None):
        response["Retry-After"] = str(int(wait))
    if error.status_code == 503:
        response["Retry-After"] = "30"
    return response
