"""The forms of plans: the document, a measure, an entry of progress."""

from datetime import date
from typing import Any, cast

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit
from feedback.models import Subcategory
from feedback.queue.rules import OUT_ITEM
from measures.documents import FileRefused, document_read
from measures.models import Measure
from measures.plans.services import MeasureDraft, measure_digest

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


class ItemsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # not generic at run time
    """Items by code and name."""

    def label_from_instance(self, item: Any) -> str:
        return f"{item.code} {item}"


class MeasureForm(forms.Form):
    """A measure. ``read`` is the standing of the one that is changed; a new one has a ``number`` instead."""

    read = forms.CharField(required=False, widget=forms.HiddenInput)
    number = forms.IntegerField(
        label=_("Number"), min_value=1, max_value=999, widget=forms.NumberInput(attrs={"class": "input-short"})
    )
    title = forms.CharField(label=_("Title in Chinese"), max_length=100)
    title_en = forms.CharField(label=_("Title in English"), max_length=200)
    aim = forms.CharField(label=_("Aim in Chinese"), max_length=TEXT_MAX, widget=forms.Textarea(attrs={"rows": 3}))
    aim_en = forms.CharField(label=_("Aim in English"), max_length=TEXT_MAX, widget=forms.Textarea(attrs={"rows": 3}))
    items = ItemsField(
        label=_("Items"),
        queryset=Subcategory.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Matters of these items may be filed under it, and its effect is measured by them."),
    )
    lead_unit = forms.ModelChoiceField(
        label=_("Lead unit"), queryset=Unit.objects.none(), empty_label=_("Choose the unit")
    )
    support_units = forms.ModelMultipleChoiceField(
        label=_("Supporting units"),
        queryset=Unit.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    due_on = forms.DateField(
        label=_("To be done by"),
        required=False,
        widget=forms.DateInput(
            format="%Y-%m-%d",
            attrs={"type": "date", "min": "2000-01-01", "max": "2099-12-31", "class": "input-short"},
        ),
    )
    is_assumed = forms.BooleanField(label=_("Assumed: no source names this measure"), required=False)

    def __init__(self, *args: Any, measure: Measure | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        if measure is not None:
            del self.fields["number"]
        items = Subcategory.objects.exclude(code=OUT_ITEM).select_related("category")
        cast("Any", self.fields["items"]).queryset = items
        for name in ("lead_unit", "support_units"):
            cast("Any", self.fields[name]).queryset = _units(measure)

    def to_draft(self) -> MeasureDraft:
        """What a valid form says."""
        said = {name: value for name, value in self.cleaned_data.items() if name not in {"read", "number"}}
        lists = {name: list(said[name]) for name in ("items", "support_units")}
        return MeasureDraft(**said | lists)


def _units(measure: Measure | None) -> Any:
    """The units that can lead or support, and those that do so although they are closed by now."""
    chosen = [measure.lead_unit_id, *measure.support_units.values_list("pk", flat=True)] if measure else []
    return Unit.objects.filter(Q(is_active=True) & ~Q(kind=Unit.Kind.BUREAU) | Q(pk__in=chosen))


def measure_initial(measure: Measure) -> dict[str, Any]:
    """What stands in the form of a measure that is to be changed."""
    names = ("title", "title_en", "aim", "aim_en", "lead_unit", "due_on", "is_assumed")
    return {name: getattr(measure, name) for name in names} | {
        "read": measure_digest(measure),
        "items": list(measure.items.all()),
        "support_units": list(measure.support_units.all()),
    }
