"""The forms of matters: what to look at, what to dispatch."""

from collections.abc import Collection, Mapping
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Officer, Unit
from feedback.redaction import MARKERS, redact
from measures.matters.choices import Reference
from measures.matters.filter_choices import FilterChoices
from measures.matters.piles import pile_named, sees_all
from measures.matters.selectors import MatterFilter
from measures.models import Escalation, MatterState
from measures.services import Order

BRIEF_MAX = 5000
LATENESS = [
    ("", _("In time or not")),
    ("late", _("Overdue")),
    ("soon", _("Due within three days")),
    ("answered_late", _("Answered late")),
]


class FilterForm(forms.Form):
    """The list's filters, all optional. What cannot be read counts as not set, and the rest is still applied."""

    search = forms.CharField(required=False, max_length=100)
    pile = forms.CharField(required=False, max_length=20)
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All states")), *MatterState.choices])
    unit = forms.TypedChoiceField(label=_("Unit"), required=False, coerce=int, empty_value=None)
    item = forms.ChoiceField(label=_("Item"), required=False)
    measure = forms.TypedChoiceField(label=_("Measure"), required=False, coerce=int, empty_value=None)
    lateness = forms.ChoiceField(label=_("In time"), required=False, choices=LATENESS)
    escalation = forms.ChoiceField(
        label=_("Pressed by"), required=False, choices=[("", _("Pressed or not")), *Escalation.choices]
    )

    def __init__(self, data: Mapping[str, Any], *, officer: Officer, choices: FilterChoices) -> None:
        super().__init__(data)
        self.officer = officer
        offered: dict[str, list[Any]] = {
            "unit": [("", _("All units")), *choices.units],
            "item": [("", _("All items")), *choices.item_groups],
            "measure": [("", _("All measures")), *choices.measures],
        }
        for name, values in offered.items():
            cast("forms.ChoiceField", self.fields[name]).choices = values
        if not sees_all(officer):
            del self.fields["unit"]

    def wanted(self) -> MatterFilter:
        """The filter. Whoever searches or filters without naming a pile looks in all of them."""
        self.is_valid()
        fields = {name: value for name, value in self.cleaned_data.items() if value not in ("", None)}
        code = fields.pop("pile", "all" if fields else "")
        return MatterFilter(pile=pile_named(self.officer, code), **fields)


class BarringCheckboxes(forms.CheckboxSelectMultiple):
    """Ticks of which some cannot be set."""

    barred: Collection[int] = frozenset()

    def create_option(self, name: str, value: Any, *args: Any, **options: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **options)
        if _number(value) in self.barred:
            option["attrs"]["disabled"] = True
        return option


class BarringSelect(forms.Select):
    """A choice of which some options cannot be taken."""

    barred: Collection[int] = frozenset()

    def create_option(self, name: str, value: Any, *args: Any, **options: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **options)
        if _number(value) in self.barred:
            option["attrs"]["disabled"] = True
        return option


def _number(value: Any) -> int | None:
    text = str(value)
    return int(text) if text.isdigit() else None


class OrderForm(forms.Form):
    """To whom a matter goes and what of it may be read there. What redaction still finds in it is ``findings``."""

    lead_unit = forms.ModelChoiceField(
        label=_("Lead unit"), queryset=Unit.objects.none(), empty_label=_("Choose the unit"), widget=BarringSelect
    )
    support_units = forms.ModelMultipleChoiceField(
        label=_("Supporting units"), queryset=Unit.objects.none(), required=False, widget=BarringCheckboxes
    )
    is_designated = forms.BooleanField(
        label=_("Designated: the unit may not return it"),
        required=False,
        help_text=_("Only where it is beyond doubt whose matter this is."),
    )
    brief = forms.CharField(
        label=_("What the unit reads"),
        max_length=BRIEF_MAX,
        widget=forms.Textarea(attrs={"rows": 9}),
        help_text=_("All that the units read of what was said. Take out whatever only one person can know."),
    )
    brief_is_checked = forms.BooleanField(
        label=_("I have read it: what is left does no harm to whoever spoke."), required=False
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, barred: Collection[int], units: Any, **options: Any
    ) -> None:
        super().__init__(data, **options)
        for name in ("lead_unit", "support_units"):
            cast("Any", self.fields[name]).queryset = units
            cast("Any", self.fields[name].widget).barred = frozenset(barred)

    def clean(self) -> dict[str, Any]:
        support = self.cleaned_data.get("support_units")
        if support is not None:
            lead = self.cleaned_data.get("lead_unit")
            self.cleaned_data["support_units"] = [unit for unit in support if unit != lead]
        return self.cleaned_data

    @property
    def findings(self) -> list[tuple[str, str]]:
        """What still stands in title and brief that could tell who spoke: the kind of it, and the words."""
        texts = [str(self[name].value() or "") for name in ("title", "brief") if name in self.fields]
        return [(MARKERS[span.kind], text[span.start : span.end]) for text in texts for span in redact(text).spans]


class DispatchForm(OrderForm):
    """A new matter."""

    field_order = ("title", "item", "measure", "lead_unit", "support_units", "is_designated", "brief")
    item = forms.ChoiceField(label=_("Item"))
    measure = forms.TypedChoiceField(
        label=_("Measure"), required=False, coerce=int, empty_value=None, help_text=_("Under which it is filed.")
    )
    title = forms.CharField(label=_("Title"), max_length=100)

    def __init__(self, data: Mapping[str, Any] | None = None, *, reference: Reference, **options: Any) -> None:
        super().__init__(data, **options)
        self.reference = reference
        item = str(self["item"].value() or "")
        cast("forms.ChoiceField", self.fields["item"]).choices = reference.item_groups()
        measures: list[Any] = [("", _("Under no measure")), *reference.measure_groups(item)]
        cast("forms.ChoiceField", self.fields["measure"]).choices = measures

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        measure = next((one for one in self.reference.measures if one.pk == said.get("measure")), None)
        if measure is not None and said.get("item") not in {item.code for item in measure.items.all()}:
            self.add_error("measure", _("This measure is not for this item. Choose another one, or none."))
        return said

    def to_order(self) -> Order:
        """The order of a valid form."""
        said = self.cleaned_data
        return Order(
            lead_unit=said["lead_unit"],
            item=said["item"],
            title=said["title"],
            brief=said["brief"],
            measure_id=said["measure"],
            support_units=said["support_units"],
            is_designated=said["is_designated"],
            brief_is_checked=said["brief_is_checked"],
        )


class RedispatchForm(OrderForm):
    """A returned matter goes to another unit; what it is about stays."""

    def to_order(self, *, item: str, title: str) -> Order:
        """The order of a valid form."""
        said = self.cleaned_data
        return Order(
            lead_unit=said["lead_unit"],
            item=item,
            title=title,
            brief=said["brief"],
            support_units=said["support_units"],
            is_designated=said["is_designated"],
            brief_is_checked=said["brief_is_checked"],
        )
