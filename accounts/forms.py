"""The forms of the login page."""

import unicodedata
from typing import Any

from django import forms
from django.contrib.auth.forms import SetPasswordForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Officer


class LoginForm(forms.Form):
    """Account and password."""

    username = forms.CharField(
        label=_("Account"),
        max_length=32,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def clean_username(self) -> str:
        """One way of writing each name, as accounts are stored."""
        return unicodedata.normalize("NFKC", self.cleaned_data["username"])


class FirstPasswordForm(SetPasswordForm):  # type: ignore[type-arg]  # generic in the stubs alone
    """The password an officer chooses right after the first login."""

    def __init__(self, user: Officer, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self.fields["new_password1"].help_text = _(
            "At least 8 characters of three kinds: small letters, capital letters, digits, other signs. "
            "Not a common one."
        )
        self.fields["new_password2"].label = _("The new password once more")
        self.fields["new_password2"].help_text = ""

    def clean_new_password1(self) -> str:
        """Refuse the password that is being replaced."""
        password: str = self.cleaned_data["new_password1"]
        if self.user.check_password(password):
            raise ValidationError(_("Choose a password that differs from the present one."), code="password_same")
        return password


class OwnPasswordForm(FirstPasswordForm):
    """A change of password by choice: whoever sits at an open screen must know the present one."""

    old_password = forms.CharField(
        label=_("Present password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ("old_password", "new_password1", "new_password2")

    def clean_old_password(self) -> str:
        """Refuse a wrong present password."""
        password: str = self.cleaned_data["old_password"]
        if not self.user.check_password(password):
            raise ValidationError(_("This is not your present password."), code="password_wrong")
        return password


def password_form(officer: Officer, data: Any = None) -> FirstPasswordForm:
    """The form that fits: short while the first password stands, with the present password afterwards."""
    kind = FirstPasswordForm if officer.must_change_password else OwnPasswordForm
    return kind(officer, data)
