"""The forms of an import: the file, and what its columns hold."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback.imports.columns import lacks_text
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

    no_text = forms.BooleanField(
        label=gettext_lazy("The file holds ratings without any text"),
        required=False,
        help_text=gettext_lazy("Tick this only if no column holds a text; otherwise choose that column above."),
    )

    def __init__(self, *args: Any, columns: list[PreviewColumn], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._names = [column.name for column in columns]
        self._recognised = {column.field: [column.position] for column in columns if column.field}
        choices = [("", _("not used"))] + [(field, text) for field, text in FIELDS.items() if field != "row"]
        for column in columns:
            self.fields[f"column_{column.position}"] = forms.ChoiceField(
                label=column.name, choices=choices, initial=column.field, required=False
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        chosen = [field for name, field in cleaned.items() if name.startswith("column_") and field]
        for field in sorted({field for field in chosen if chosen.count(field) > 1}):
            raise forms.ValidationError(
                _("More than one column is chosen for “%(field)s”.") % {"field": FIELDS[field]}, code="twice"
            )
        if not self.errors and lacks_text(self._names, self.columns(), no_text=cleaned["no_text"]):
            raise forms.ValidationError(problem_text("lacks_text"), code="lacks_text")
        return cleaned

    def asks_for_text(self) -> bool:
        """Whether no column is taken for the text: neither by its name nor, once the form was sent, by choice."""
        return self.has_error("__all__", "lacks_text") if self.is_bound else lacks_text(self._names, self._recognised)

    def columns(self) -> dict[str, list[int]]:
        """Field → positions, as the import takes it."""
        return {
            field: [int(name.removeprefix("column_"))]
            for name, field in self.cleaned_data.items()
            if name.startswith("column_") and field
        }
