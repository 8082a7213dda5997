"""The form of a visit, made to be filled in on a phone at a door."""

from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.core.validators import MaxLengthValidator
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import Officer
from accounts.permissions import Action
from feedback.models import Kind, Visit
from feedback.resident.forms import SAFETY_GRADES, SERVICE_GRADES
from feedback.resident.rules import CONTENT_MAX, content_clean
from feedback.visits.services import Opinion
from stations.models import SensingPoint
from stations.selectors import points_for

OPINIONS_MAX = 60
REACHED_MAX = 10_000
OLDEST = timedelta(days=366)


class PointField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic for the checker alone
    def label_from_instance(self, obj: SensingPoint) -> str:
        return f"{obj.code} {obj}"


class VisitForm(forms.Form):
    """The visit itself. ``today`` is the bureau's day: a visit cannot lie in the future."""

    client_id = forms.UUIDField(widget=forms.HiddenInput)
    point = PointField(label=_("Point"), queryset=SensingPoint.objects.none(), empty_label=_("Choose the point"))
    place = forms.ChoiceField(label=_("Kind of address"), choices=Visit.Place.choices, widget=forms.RadioSelect)
    reached = forms.IntegerField(
        label=_("People reached"),
        min_value=0,
        max_value=REACHED_MAX,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "input-short"}),
    )
    visited_on = forms.DateField(
        label=_("Day of the visit"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=200,
        help_text=_("What the office should know of the visit. No names of residents."),
    )

    def __init__(self, *args: Any, officer: Officer, today: date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = today
        points = points_for(officer, Action.VISIT_LOG).order_by("code")
        cast("PointField", self.fields["point"]).queryset = points
        self.fields["visited_on"].widget.attrs |= {"max": f"{today}", "min": f"{today - OLDEST}"}

    def clean_visited_on(self) -> date:
        day: date = self.cleaned_data["visited_on"]
        if day > self.today:
            raise forms.ValidationError(_("This day is still to come."))
        if day < self.today - OLDEST:
            raise forms.ValidationError(_("This day is more than a year ago."))
        return day


class OpinionForm(forms.Form):
    """What one person said. An opinion left empty is not stored."""

    content = forms.CharField(
        label=_("What was said"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        validators=[MaxLengthValidator(CONTENT_MAX)],
    )
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("Not said")), *Kind.choices])
    service_rating = forms.TypedChoiceField(
        label=_("Rating of the service"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", _("Not said")), *SERVICE_GRADES],
    )
    safety_rating = forms.TypedChoiceField(
        label=_("Sense of safety"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", _("Not said")), *SAFETY_GRADES],
    )

    def clean_content(self) -> str:
        return content_clean(self.cleaned_data["content"])

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        if said.get("kind") and not self.errors and self.opinion(0).is_empty:
            self.add_error("content", _("Write what was said, or choose a rating."))
        return said

    def opinion(self, number: int) -> Opinion:
        """What a valid form says."""
        said = self.cleaned_data
        return Opinion(
            number=number,
            content=said.get("content", ""),
            service_rating=said.get("service_rating"),
            safety_rating=said.get("safety_rating"),
            kind=said.get("kind", ""),
        )


# No more forms are built than it takes to say that there are too many.
OpinionFormSet = forms.formset_factory(
    OpinionForm, extra=0, max_num=OPINIONS_MAX, validate_max=True, absolute_max=OPINIONS_MAX + 1
)
PREFIX = "opinion"


def typed_opinions(data: QueryDict) -> list[dict[str, str]]:
    """The opinions as they were typed, unchecked, to show them again."""
    total = data.get(f"{PREFIX}-TOTAL_FORMS", "")
    rows = min(int(total), OPINIONS_MAX) if total.isascii() and total.isdigit() and len(total) < 6 else 0
    return [
        {name: data.get(f"{PREFIX}-{number}-{name}", "") for name in OpinionForm.base_fields} for number in range(rows)
    ]
