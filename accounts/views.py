"""Log in, log out, choose a password and a language."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts.forms import LoginForm, password_form
from accounts.lockout import Locked, locked_page, officer_check
from accounts.models import Officer
from accounts.pages import OfficeRequest, office_page, public_page
from accounts.permissions import Action
from accounts.services import password_change, session_close, session_open, session_refuse

YEAR = 365 * 24 * 3600


@public_page
@never_cache
@sensitive_post_parameters("password")
def login_view(request: HttpRequest) -> HttpResponseBase:
    """Check name and password; an officer who is logged in already goes straight on."""
    if isinstance(request.user, Officer):
        return redirect(_next_page(request))
    if request.method == "POST":
        form = LoginForm(request.POST)
        if form.is_valid():
            return _login_attempt(request, form)
    else:
        form = LoginForm()
    return _login_page(request, form)


def _login_attempt(request: HttpRequest, form: LoginForm) -> HttpResponseBase:
    username, password = form.cleaned_data["username"], form.cleaned_data["password"]
    try:
        officer = officer_check(request, username, password)
    except Locked as locked:
        if locked.just_now:
            session_refuse(username=username, locks=True)
        return locked_page(request, username)
    if officer is None:
        session_refuse(username=username, locks=False)
        form.add_error(None, _("Account or password is wrong. After five failures the account is locked for a while."))
        return _login_page(request, form)
    session_open(officer=officer)
    login(request, officer)
    return redirect(_next_page(request))


def _login_page(request: HttpRequest, form: LoginForm) -> HttpResponse:
    page = {
        "form": form,
        "next": request.POST.get("next", request.GET.get("next", "")),
        "ended": request.GET.get("rest") == "1",
        "left": request.GET.get("left") == "1",
        "minutes": settings.SESSION_COOKIE_AGE // 60,
    }
    return render(request, "accounts/login.html", page)


def _next_page(request: HttpRequest) -> str:
    """The page that was asked for, if it is one of ours."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure()):
        return asked
    return reverse("office")


@office_page(Action.OFFICE_ENTER, before_password=True)
@require_POST
def logout_view(request: OfficeRequest) -> HttpResponseBase:
    """End the session."""
    session_close(officer=request.user)
    logout(request)
    return redirect(f"{reverse('accounts:login')}?left=1")


@office_page(Action.OFFICE_ENTER, before_password=True)
@sensitive_post_parameters()
def password(request: OfficeRequest) -> HttpResponseBase:
    """Choose a password; asked for right after the first login."""
    form = password_form(request.user, request.POST or None)
    if form.is_valid():
        password_change(officer=request.user, password=form.cleaned_data["new_password1"])
        update_session_auth_hash(request, request.user)
        messages.success(request, _("Your new password is in force."))
        return redirect("office")
    return render(request, "accounts/password.html", {"form": form, "first": request.user.must_change_password})


@office_page(Action.OFFICE_ENTER, before_password=True)
@require_safe
def awake(_request: OfficeRequest) -> HttpResponse:
    """Somebody is typing at the screen: the session's rest starts anew. Nothing to show (204)."""
    return HttpResponse(status=204)


@public_page
@require_POST
def language(request: HttpRequest) -> HttpResponseBase:
    """Remember the language of the office in this browser."""
    response = redirect(_next_page(request))
    chosen = request.POST.get("language", "")
    if chosen in dict(settings.LANGUAGES):
        response.set_cookie(
            "office_language",
            chosen,
            max_age=YEAR,
            path=settings.SESSION_COOKIE_PATH,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response
