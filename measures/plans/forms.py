"""The forms of plans: the document, an entry of progress."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from measures.documents import FileRefused, document_read

TEXT_MAX = 2000


class DocumentForm(forms.Form):
    """The published document: one PDF."""

    document = forms.FileField(
        label=_("Published document"),
        widget=forms.FileInput(attrs={"accept": "application/pdf,.pdf"}),
        help_text=_("One PDF of at most 10 MB. It takes the place of the one before."),
    )

    def clean_document(self) -> Any:
        try:
            return document_read(self.cleaned_data["document"])
        except FileRefused as refused:
            raise forms.ValidationError(str(refused)) from refused


class ProgressForm(forms.Form):
    """What was done under a measure, and when. ``today`` is the bureau's day: progress does not lie in the future."""

    happened_on = forms.DateField(
        label=_("Day"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "min": "2000-01-01", "class": "input-short"}),
    )
    text = forms.CharField(
        label=_("What was done"),
        max_length=TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("No names of residents."),
    )

    def __init__(self, *args: Any, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = today
        self.fields["happened_on"].widget.attrs["max"] = f"{today}"

    def clean_happened_on(self) -> date:
        day: date = self.cleaned_data["happened_on"]
        if day > self.today:
            raise forms.ValidationError(_("This day is still to come."))
        if day.year < 2000:
            raise forms.ValidationError(_("Enter a day of this century."))
        return day
