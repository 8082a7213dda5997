"""The forms of the accounts' pages."""

import unicodedata

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Officer, Role, Unit
from accounts.officers.selectors import unit_choices


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


class RoleForm(ReasonForm):
    """Another post, and why."""

    role = forms.ChoiceField(label=_("New post"), choices=Role.choices)
    field_order = ("role", "reason")
