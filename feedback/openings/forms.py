"""The forms of an opening: asking for it, and deciding it."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from feedback.models import OPENING_REASON_MIN, OpeningReason
from feedback.openings import rules
from feedback.resident.rules import content_clean


class AskForm(forms.Form):
    """Why the contact is needed. Nothing is chosen beforehand: a reason is given, not left standing."""

    reason = forms.ChoiceField(label=_("Why is the number needed?"), choices=OpeningReason, widget=forms.RadioSelect)
    reason_text = forms.CharField(
        label=_("In your own words"),
        help_text=_("The custodian decides by this, and the resident reads it on the receipt page. No phone number."),
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": rules.TEXT_MAX, "minlength": OPENING_REASON_MIN}),
    )

    def __init__(self, *args: Any, no_call: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.no_call = no_call

    def clean_reason(self) -> OpeningReason:
        reason = OpeningReason(self.cleaned_data["reason"])
        if problem := rules.no_call_problem(reason, no_call=self.no_call):
            raise ValidationError(problem)
        return reason

    def clean_reason_text(self) -> str:
        text = content_clean(self.cleaned_data["reason_text"])
        if problem := rules.reason_problem(text):
            raise ValidationError(problem)
        return text


class DecideForm(forms.Form):
    """A custodian's answer: one of two buttons, and for a refusal the reason."""

    decision = forms.CharField(required=False)
    note = forms.CharField(
        label=_("Note for the asker"),
        help_text=_("Needed when you refuse. It stays in the audit log. No phone number."),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": rules.TEXT_MAX}),
    )

    def clean_note(self) -> str:
        note = content_clean(self.cleaned_data["note"])
        if problem := rules.words_problem(note):
            raise ValidationError(problem)
        return note

    def clean(self) -> dict[str, Any]:
        answer = self.cleaned_data
        if answer.get("decision") not in {"approve", "refuse"}:
            raise ValidationError(_("Press one of the two buttons."))
        if answer["decision"] == "refuse" and "note" in answer and not answer["note"]:
            self.add_error("note", _("Say why you refuse: the asker reads it."))
        return answer
