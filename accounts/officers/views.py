"""The accounts' pages: one administrator makes, switches and resets them, another gives posts."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Officer, Role
from accounts.officers.forms import OfficerFilterForm, OfficerForm, PhoneForm, ReasonForm, RoleForm
from accounts.officers.selectors import officer_for, officer_list
from accounts.officers.services import (
    AccountRefused,
    account_touchable,
    officer_create,
    officer_switch,
    password_reset,
    phone_change,
    role_change,
    role_changeable,
)
from accounts.pages import OfficeRequest, office_page
from accounts.permissions import Action, may

SHOWN = 500


@office_page(Action.OFFICER_VIEW)
@require_safe
def officers(request: OfficeRequest) -> HttpResponseBase:
    """All accounts, filtered."""
    form = OfficerFilterForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    found = officer_list(
        request.user, search=wanted.get("q", ""), role=wanted.get("role", ""), active=wanted.get("active", "")
    )
    return render(request, "accounts/officers.html", {"form": form, "officers": found[:SHOWN]})


@office_page(Action.ACCOUNT_MANAGE)
def create(request: OfficeRequest) -> HttpResponseBase:
    """A new account; its first password is shown on the answer page and nowhere else."""
    form = OfficerForm(request.POST or None)
    if not form.is_valid():
        return render(request, "accounts/officer_create.html", {"form": form})
    try:
        officer, password = officer_create(**form.cleaned_data, actor=request.user)
    except AccountRefused as refusal:
        form.add_error("username", str(refusal))
        return render(request, "accounts/officer_create.html", {"form": form})
    return _password_page(request, officer, password)


@office_page(Action.OFFICER_VIEW)
@require_safe
def detail(request: OfficeRequest, officer_id: int) -> HttpResponseBase:
    """One account with the acts that the officer at the screen may do to it."""
    return _detail_page(request, officer_for(request.user, officer_id))


@office_page(Action.ACCOUNT_MANAGE)
@require_POST
def password(request: OfficeRequest, officer_id: int) -> HttpResponseBase:
    """A new first password."""
    officer, form = officer_for(request.user, officer_id), ReasonForm(request.POST, auto_id="password_%s")
    if not form.is_valid():
        return _detail_page(request, officer, password_form=form)
    try:
        new = password_reset(officer=officer, actor=request.user, reason=form.cleaned_data["reason"])
    except AccountRefused as refusal:
        return _refused(request, officer, refusal)
    return _password_page(request, officer, new)


@office_page(Action.ACCOUNT_MANAGE)
@require_POST
def switch(request: OfficeRequest, officer_id: int) -> HttpResponseBase:
    """Close or open an account."""
    officer, form = officer_for(request.user, officer_id), ReasonForm(request.POST, auto_id="switch_%s")
    if not form.is_valid():
        return _detail_page(request, officer, switch_form=form)
    active = request.POST.get("active") == "yes"
    reason = form.cleaned_data["reason"]
    done = _("The account is open.") if active else _("The account is closed.")
    return _act(
        request,
        officer,
        lambda: officer_switch(officer=officer, active=active, actor=request.user, reason=reason),
        done,
    )


@office_page(Action.ACCOUNT_MANAGE)
@require_POST
def phone(request: OfficeRequest, officer_id: int) -> HttpResponseBase:
    """Another duty phone, or none."""
    officer, form = officer_for(request.user, officer_id), PhoneForm(request.POST, auto_id="phone_%s")
    if not form.is_valid():
        return _detail_page(request, officer, phone_form=form)
    said = form.cleaned_data
    return _act(
        request,
        officer,
        lambda: phone_change(officer=officer, phone=said["phone"], actor=request.user, reason=said["reason"]),
        _("The duty phone is stored.") if said["phone"] else _("The duty phone is removed."),
    )


@office_page(Action.ROLE_MANAGE)
@require_POST
def role(request: OfficeRequest, officer_id: int) -> HttpResponseBase:
    """Another post."""
    officer, form = officer_for(request.user, officer_id), RoleForm(request.POST, auto_id="role_%s")
    if not form.is_valid():
        return _detail_page(request, officer, role_form=form)
    new, reason = Role(form.cleaned_data["role"]), form.cleaned_data["reason"]
    return _act(
        request,
        officer,
        lambda: role_change(officer=officer, role=new, actor=request.user, reason=reason),
        _("The post has changed; it holds from the officer's next click."),
    )


def _act(request: OfficeRequest, officer: Officer, act: Callable[[], None], done: str) -> HttpResponseBase:
    try:
        act()
    except AccountRefused as refusal:
        return _refused(request, officer, refusal)
    messages.success(request, done)
    return redirect("accounts:officer", officer_id=officer.pk)


def _refused(request: OfficeRequest, officer: Officer, refusal: AccountRefused) -> HttpResponseBase:
    messages.error(request, str(refusal))
    return redirect("accounts:officer", officer_id=officer.pk)


def _detail_page(request: OfficeRequest, officer: Officer, **bound: ReasonForm) -> HttpResponseBase:
    actor = request.user
    page = {
        "officer": officer,
        "phone_form": PhoneForm(auto_id="phone_%s", initial={"phone": officer.phone}),
        "password_form": ReasonForm(auto_id="password_%s"),
        "switch_form": ReasonForm(auto_id="switch_%s"),
        "role_form": RoleForm(auto_id="role_%s", initial={"role": officer.role}),
        "can_touch": may(actor, Action.ACCOUNT_MANAGE) and account_touchable(officer=officer, actor=actor),
        "can_change_role": may(actor, Action.ROLE_MANAGE) and role_changeable(officer=officer, actor=actor),
        **bound,
    }
    return render(request, "accounts/officer.html", page, status=422 if bound else 200)


def _password_page(request: OfficeRequest, officer: Officer, password: str) -> HttpResponseBase:
    return render(request, "accounts/officer_password.html", {"officer": officer, "password": password})
