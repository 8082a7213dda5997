"""How a result is rated: the resident's form, and the forms with which the office records and closes."""

from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from feedback.resident.rules import content_clean
from followup.surveys.answers import COMMENT_MAX
from followup.surveys.closing import REASON_MAX, reason_problem
from followup.surveys.models import Satisfaction

SOLVED = [("yes", _("Yes, it is solved")), ("no", _("No, it is not solved"))]
_TOO_LONG = _("The text is longer than 1,000 characters. Shorten it, please.")


class CommentField(forms.CharField):
    """The resident's own words; too long a text comes back whole, with a message."""

    def __init__(self, **options: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 4, "data-limit": COMMENT_MAX})
        super().__init__(required=False, widget=widget, **options)
        self.validators = [MaxLengthValidator(COMMENT_MAX, _TOO_LONG)]

    def to_python(self, value: Any) -> str:
        return content_clean(super().to_python(value) or "")


class RatingForm(forms.Form):
    """Solved or not, satisfied or not, and words if somebody has any. Nothing is chosen beforehand."""

    use_required_attribute = False

    is_solved = forms.TypedChoiceField(
        label=_("Is it solved?"),
        choices=SOLVED,
        coerce=lambda chosen: chosen == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": _("Please say whether it is solved.")},
    )
    answer = forms.ChoiceField(
        label=_("How satisfied are you with what was done?"),
        choices=Satisfaction.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Please say how satisfied you are.")},
    )
    comment = CommentField(
        label=_("Anything you want to add?"),
        help_text=_("The unit reads it without names and numbers. At most 1,000 characters."),
    )


class RecordForm(forms.Form):
    """What an officer heard by phone, or read in an SMS that the portal could not read for certain."""

    answer = forms.ChoiceField(label=_("The resident is"), choices=Satisfaction.choices, widget=forms.RadioSelect)
    is_solved = forms.TypedChoiceField(
        label=_("Is it solved?"),
        choices=[*SOLVED, ("", _("Not said"))],
        coerce=lambda chosen: chosen == "yes",
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )
    comment = CommentField(label=_("The resident's words"), help_text=_("The unit reads them redacted."))
    reply = forms.IntegerField(required=False, widget=forms.HiddenInput)


class CloseForm(forms.Form):
    """Why nobody could be heard: one reason for all the matters that are ticked."""

    reason = forms.CharField(
        label=_("Why could nobody be heard?"),
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": REASON_MAX}),
    )

    def clean_reason(self) -> str:
        reason = content_clean(self.cleaned_data["reason"])
        if problem := reason_problem(reason):
            raise forms.ValidationError(problem)
        return reason
