"""How a call is logged."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from feedback.resident.rules import content_clean
from followup.callbacks.models import CallBackState
from followup.callbacks.services import Call
from followup.surveys.forms import SOLVED, CommentField
from followup.surveys.models import Satisfaction
from opinion_portal import clock

NOTE_MAX = 500
_RESULTS = [
    (CallBackState.REACHED, _("Reached")),
    (CallBackState.NOT_REACHED, _("Not reached")),
    (CallBackState.REFUSED, _("Wants no call")),
    (CallBackState.IMPOSSIBLE, _("Cannot be called")),
]


class CallForm(forms.Form):
    """One attempt. ``attempts`` is how many stood on the screen."""

    result = forms.ChoiceField(label=_("What came of the call?"), choices=_RESULTS, widget=forms.RadioSelect)
    called_at = forms.DateTimeField(
        label=_("When did you call?"),
        help_text=_("Nobody is called between 21:00 and 08:00."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "class": "input-medium"}, format="%Y-%m-%dT%H:%M"),
    )
    answer = forms.ChoiceField(
        label=_("The resident is"), choices=Satisfaction.choices, widget=forms.RadioSelect, required=False
    )
    is_solved = forms.TypedChoiceField(
        label=_("Is it solved?"),
        choices=[*SOLVED, ("", _("Not said"))],
        coerce=lambda chosen: chosen == "yes",
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )
    comment = CommentField(label=_("The resident's words"))
    note = forms.CharField(
        label=_("Your note"),
        help_text=_("For the centre. No phone number."),
        required=False,
        max_length=NOTE_MAX,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": NOTE_MAX}),
    )
    attempts = forms.IntegerField(widget=forms.HiddenInput)

    def clean_note(self) -> str:
        return content_clean(self.cleaned_data["note"])

    def call(self) -> Call:
        """What a valid form says. Times are the bureau's."""
        said: dict[str, Any] = self.cleaned_data
        return Call(
            state=CallBackState(said["result"]),
            called_at=said["called_at"].astimezone(clock.BUREAU_ZONE),
            note=said["note"],
            answer=said["answer"],
            is_solved=said["is_solved"],
            comment=said["comment"],
        )
