"""What the audit page is asked for."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.audit.selectors import AuditFilter
from accounts.audit.texts import action_choices, object_choices

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class AuditFilterForm(forms.Form):
    """The filters of the audit log."""

    action = forms.ChoiceField(label=_("Act"), required=False)
    actor = forms.CharField(label=_("Account"), required=False, max_length=40)
    object_type = forms.ChoiceField(label=_("Kind of record"), required=False)
    object_id = forms.CharField(label=_("Number of the record"), required=False, max_length=40)
    since = forms.DateField(label=_("From"), required=False, widget=DAY)
    until = forms.DateField(label=_("To"), required=False, widget=DAY)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["action"].choices = [("", _("All")), *action_choices()]  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["object_type"].choices = [("", _("All")), *object_choices()]  # type: ignore[attr-defined]  # the same

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            raise ValidationError(_("The period ends before it begins."))
        return cleaned

    def wanted(self) -> AuditFilter:
        """The filter of a valid form."""
        return AuditFilter(**self.cleaned_data)
