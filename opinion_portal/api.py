"""What all API views share: denied by default, one error shape (RFC 9457)."""

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import status
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.exceptions import PermissionDenied as ApiPermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings

if TYPE_CHECKING:  # the framework reads this module while its own views are still being loaded
    from rest_framework.views import APIView


class Denied(BasePermission):
    """The default permission: a view must name its own."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        return False


class BodyTooLargeError(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = gettext_lazy("The message is too large.")


class StoreAwayError(APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = gettext_lazy("The store could not be reached just now. Send the same form again in half a minute.")


def problem_details(error: Exception, context: dict[str, Any]) -> Response | None:
    """Render an exception as RFC 9457 problem details; ``errors`` maps each field to its messages.

    Returns ``None`` for what is not an API error, so that it is logged and answered as a 500.
    """
    error = _as_api_error(error)
    if not isinstance(error, APIException):
        return None
    problem: dict[str, Any] = {"type": "about:blank", "status": error.status_code}
    if isinstance(error, ValidationError):
        problem |= {"title": _("The form has errors"), "errors": _by_field(error.detail)}
    else:
        problem |= {"title": str(error.detail)}
    response = Response(problem, status=error.status_code, content_type="application/problem+json")
    if wait := getattr(error, "wait", None):
        response["Retry-After"] = str(int(wait))
    if error.status_code == 503:
        response["Retry-After"] = "30"
    return response


def _as_api_error(error: Exception) -> Exception:
    """What the framework's or the database's error is to a programme; any other error as it is."""
    if isinstance(error, Http404):
        return NotFound()
    if isinstance(error, PermissionDenied):
        return ApiPermissionDenied()
    if isinstance(error, RequestDataTooBig):
        return BodyTooLargeError()
    if isinstance(error, OperationalError | InterfaceError):
        return StoreAwayError()
    return error


def _by_field(detail: Any) -> dict[str, Any]:
    """What is wrong, field by field; what is wrong with the whole stands under the name the framework has for it."""
    return detail if isinstance(detail, dict) else {api_settings.NON_FIELD_ERRORS_KEY: detail}
