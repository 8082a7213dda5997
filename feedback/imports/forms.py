"""The forms of an import: the file, and what its columns hold."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback.imports.columns import SAYS_SOMETHING
from feedback.imports.selectors import PreviewColumn
from feedback.imports.wording import FIELDS, problem_text

MAX_UPLOAD = 20 * 1024 * 1024


class UploadForm(forms.Form):
    """A file to be looked at. What it is, its content decides."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV (also .csv.gz) or Excel workbook (.xlsx), at most 20 MB and 200,000 rows."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.gz,.xlsx,.txt"}),
    )
    source = forms.CharField(
        label=gettext_lazy("Source"),
        max_length=60,
        help_text=gettext_lazy(
            "Where the rows come from, for example the name of the system. Use the same name each time: together with"
            " a row's number it makes sure that nothing is stored twice."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    is_rated_out = forms.BooleanField(
        label=gettext_lazy("Collected at an event with gifts: leave the ratings out of the rates"), required=False
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MAX_UPLOAD:
            raise forms.ValidationError(_("The file is larger than 20 MB. Please split it or pack it (.csv.gz)."))
        return file

    def clean_source(self) -> str:
        source: str = self.cleaned_data["source"].strip()
        if "|" in source:
            raise forms.ValidationError(_("The name must not contain a vertical bar."))
        return source


class ColumnsForm(forms.Form):
    """One choice per column of the file: the field it fills, or none. Of a field there may be one column."""

    def __init__(self, *args: Any, columns: list[PreviewColumn], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("not used"))] + [(field, text) for field, text in FIELDS.items() if field != "row"]
        for column in columns:
            self.fields[f"column_{column.position}"] = forms.ChoiceField(
                label=column.name, choices=choices, initial=column.field, required=False
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        chosen = [field for field in cleaned.values() if field]
        for field in sorted({field for field in chosen if chosen.count(field) > 1}):
            raise forms.ValidationError(
                _("More than one column is chosen for “%(field)s”.") % {"field": FIELDS[field]}, code="twice"
            )
        if not self.errors and not set(chosen) & set(SAYS_SOMETHING):
            raise forms.ValidationError(problem_text("says_nothing"), code="says_nothing")
        return cleaned

    def columns(self) -> dict[str, list[int]]:
        """Field → positions, as the import takes it."""
        return {field: [int(name.removeprefix("column_"))] for name, field in self.cleaned_data.items() if field}
