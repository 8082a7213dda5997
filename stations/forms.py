"""What officers type on the pages of this room."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Officer
from stations.models import SensingPoint
from stations.selectors import stations_of_points


class PointFilterForm(forms.Form):
    """Which points to list; a value that is no choice is named and otherwise ignored."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("number, name, community or code")}),
    )
    kind = forms.ChoiceField(label=_("Kind of place"), required=False)
    station = forms.ChoiceField(label=_("Station"), required=False)

    def __init__(self, data: Any, *, officer: Officer) -> None:
        super().__init__(data)
        stations = [(unit.code, str(unit)) for unit in stations_of_points(officer)]
        self.fields["kind"].choices = [("", _("All kinds")), *SensingPoint.Kind.choices]  # type: ignore[attr-defined]  # typed as Field
        self.fields["station"].choices = [("", _("All stations")), *stations]  # type: ignore[attr-defined]  # typed as Field

    @property
    def filters(self) -> dict[str, str]:
        """The valid filters as arguments of ``point_list``."""
        self.is_valid()
        given = self.cleaned_data
        return {"search": given.get("q", ""), "kind": given.get("kind", ""), "station": given.get("station", "")}


class CodeChangeForm(forms.Form):
    """Why a code is changed."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        min_length=4,
        help_text=_("Stands in the audit log and in the point's history."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
