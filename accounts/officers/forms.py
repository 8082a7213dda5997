"""The forms of the accounts' pages."""

import re
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Officer, Role, Unit
from accounts.officers.selectors import unit_choices

_MOBILE = re.compile(r"1[3-9][0-9]{9}")


class DutyPhoneField(forms.CharField):
    """A mainland mobile number as people type it; its clean value is eleven bare digits, or nothing."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off", "class": "input-medium"})
        help_text = _("A mobile number: reminders of matters and notices go there by SMS.")
        super().__init__(
            label=_("Duty phone"), required=False, max_length=20, widget=widget, help_text=help_text, **options
        )

    def clean(self, value: Any) -> str:
        text = unicodedata.normalize("NFKC", super().clean(value))
        digits = re.sub(r"^(\+86|0086)", "", re.sub(r"[\s().-]", "", text))
        if digits and not _MOBILE.fullmatch(digits):
            raise ValidationError(_("Enter a mobile number: eleven digits, beginning with 13 to 19."), code="no_mobile")
        return digits


class OfficerFilterForm(forms.Form):
    """What the list shows."""

    q = forms.CharField(
        label=_("Account or name"), required=False, max_length=40, widget=forms.TextInput(attrs={"type": "search"})
    )
    role = forms.ChoiceField(label=_("Post"), required=False, choices=[("", _("All")), *Role.choices])
    active = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("All")), ("yes", pgettext_lazy("account", "Open")), ("no", pgettext_lazy("account", "Closed"))],
    )


class OfficerForm(forms.Form):
    """A new account."""

    username = forms.CharField(
        label=_("Account"),
        help_text=_("The badge number or another short name: letters, digits, dots, hyphens. It cannot be changed."),
        max_length=32,
        validators=[RegexValidator(r"^[A-Za-z0-9._-]{2,}$", _("Use letters, digits, dots and hyphens only."))],
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    name = forms.CharField(label=_("Full name"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    unit = forms.ModelChoiceField(label=_("Unit"), queryset=Unit.objects.none())
    phone = DutyPhoneField()

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came
        self.fields["unit"].queryset = unit_choices()  # type: ignore[attr-defined]  # a ModelChoiceField has one

    def clean_username(self) -> str:
        """Refuse a name that is taken."""
        username = unicodedata.normalize("NFKC", self.cleaned_data["username"])
        if Officer.objects.filter(username__iexact=username).exists():
            raise ValidationError(_("This account exists already."), code="username_taken")
        return username


class ReasonForm(forms.Form):
    """Why an account is touched; it stands in the audit log."""

    reason = forms.CharField(
        label=_("Reason"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}), help_text=""
    )


class PhoneForm(ReasonForm):
    """Another duty phone, or none, and why."""

    phone = DutyPhoneField()
    field_order = ("phone", "reason")


class RoleForm(ReasonForm):
    """Another post, and why."""

    role = forms.ChoiceField(label=_("New post"), choices=Role.choices)
    field_order = ("role", "reason")
