"""What every request passes: no cookie outside the office, closed by default, errors for people."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import structlog
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseForbidden
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import translation
from django_htmx.middleware import HtmxMiddleware

from opinion_portal import errors
from opinion_portal.office import is_office
from opinion_portal.refusals import NOT_TAKEN_IN, REFUSED, TOO_LONG

if TYPE_CHECKING:
    from accounts.sessions import SessionStore

GetResponse = Callable[[HttpRequest], HttpResponseBase]
log = structlog.get_logger("portal.request")


class OfficeOnly:
    """Mix-in: the middleware acts in the office and lets a resident's request pass untouched."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        act = super().__call__ if is_office(request) else self.get_response  # type: ignore[misc,attr-defined]  # mixed in
        answer: HttpResponseBase = act(request)
        return answer


class OfficeSessionMiddleware(OfficeOnly, SessionMiddleware):
    """Every act keeps the login alive; a page that asks by itself (``request.is_poll``) does not."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if getattr(request, "is_poll", False):
            return response
        cast("SessionStore", request.session).keep_alive()
        return super().process_response(request, response)


class OfficeAuthenticationMiddleware(OfficeOnly, AuthenticationMiddleware):
    pass


class OfficeMessageMiddleware(OfficeOnly, MessageMiddleware):
    pass


class OfficeHtmxMiddleware(OfficeOnly, HtmxMiddleware):
    pass


class OfficeCsrfMiddleware(OfficeOnly, CsrfViewMiddleware):
    """A resident's form carries no authority (no cookie, no login), so there is nothing to forge with it."""

    def process_view(
        self, request: HttpRequest, callback: Callable[..., Any], callback_args: Any, callback_kwargs: Any
    ) -> HttpResponseForbidden | None:
        if not is_office(request):
            return None
        return super().process_view(request, callback, callback_args, callback_kwargs)


class ContentSecurityPolicyMiddleware:
    """The settings' content security policy on every answer that brings no stricter one of its own."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", settings.CONTENT_SECURITY_POLICY)
        return response


class LanguageMiddleware:
    """Choose the language: ``lang`` in the query or form, the officer's session, the browser, Chinese."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        language = self._language(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", language)
            response.headers.setdefault("Vary", "Accept-Language")
            return response

    def _language(self, request: HttpRequest) -> str:
        known = dict(settings.LANGUAGES)
        asked = request.GET.get("lang", "")
        if not asked and is_office(request):
            asked = request.COOKIES.get("office_language", "")
        if asked in known:
            return asked
        return translation.get_language_from_request(request)


class ClosedByDefaultMiddleware:
    """Refuse any view that does not say who may see it (decision 9 of the design)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, _request: HttpRequest, callback: Callable[..., Any], *_arguments: Any) -> None:
        view_class = getattr(callback, "cls", None) or getattr(callback, "view_class", None)
        if getattr(callback, "access", None) or getattr(view_class, "access", None):
            return
        raise Http404


class RefusedBodyMiddleware:
    """Say why a body was not taken in, where ``opinion_portal/rsgi.py`` has left a reason."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        page = {TOO_LONG: errors.too_large, NOT_TAKEN_IN: errors.not_taken_in}.get(request.META.get(REFUSED, ""))
        return page(request) if page else self.get_response(request)


class ErrorPageMiddleware:
    """A lost database answers with a page (or problem details) that says what to do, not with a bare 500."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, OperationalError | InterfaceError):
            log.error("database.unavailable", error=type(exception).__name__)
            return errors.unavailable(request)
        return None


class RequestLogMiddleware:
    """One line per office or failed request: method, route, status, milliseconds. Never a path with a secret in it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        response = self.get_response(request)
        if response.status_code >= 500 or is_office(request):
            match = request.resolver_match
            log.info(
                "request",
                method=request.method,
                route=match.route if match else "",
                status=response.status_code,
                ms=round((time.perf_counter() - started) * 1000, 1),
            )
        return response
