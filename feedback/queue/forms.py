"""The queue's forms: what to look at, and what to decide."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, cast

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit
from accounts.selectors import unit_list
from feedback.models import Channel, CodeState, Feedback, Kind, State, Subcategory
from feedback.queue.choices import Reference
from feedback.queue.replies import OTHER, reason_join, replies, reply_named
from feedback.queue.rules import (
    DECISIONS,
    OUT_ITEM,
    is_plainly_about_no_unit,
    is_praised,
    names_police,
    needs_a_unit,
)
from feedback.queue.selectors import QueueFilter
from feedback.queue.services import Decision

ANY = "any"
_REFERENCE = re.compile(r"^\s*[FfＦｆ]?\s*[-－—]?\s*0*([0-9]{1,18})\s*$")
_MARKED_REFERENCE = re.compile(r"^\s*[FfＦｆ]\s*[-－—]?\s*0*([0-9]{1,18})\s*$")


def reference_parse(text: str, *, marked: bool = False) -> int | None:
    """The number in ``F-00001234`` as people type it; with ``marked`` only when the F stands before it."""
    match = (_MARKED_REFERENCE if marked else _REFERENCE).match(text)
    return int(match[1]) if match else None


class DayField(forms.DateField):
    """A day of this century: far ones are typing slips, and no calendar arithmetic holds at the end of time."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "min": "2000-01-01", "max": "2099-12-31"})

    def validate(self, value: date | None) -> None:
        super().validate(value)
        if value is not None and not 2000 <= value.year <= 2099:
            raise forms.ValidationError(_("Enter a day of this century."))


class FilterForm(forms.Form):
    """The list's filters, all optional. What cannot be read is named, and the rest is still applied."""

    search = forms.CharField(label=_("Search"), required=False, max_length=100)
    state = forms.ChoiceField(label=_("State"), required=False, choices=[(ANY, _("All states")), *State.choices])
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("All kinds")), *Kind.choices])
    item = forms.ChoiceField(label=_("Item, decided or suggested"), required=False)
    channel = forms.ChoiceField(label=_("Channel"), required=False, choices=[("", _("All channels")), *Channel.choices])
    station = forms.TypedChoiceField(label=_("Station"), required=False, coerce=int, empty_value=None)
    point = forms.TypedChoiceField(label=_("Point"), required=False, coerce=int, empty_value=None)
    rating = forms.ChoiceField(
        label=_("Rating of the service"),
        required=False,
        choices=[("", _("All ratings")), ("low", _("1 or 2")), *[(str(n), str(n)) for n in range(1, 6)]],
    )
    code_state = forms.ChoiceField(label=_("Code"), required=False, choices=[("", _("All codes")), *CodeState.choices])
    since = DayField(label=_("Said from"), required=False)
    until = DayField(label=_("Said until"), required=False)
    urgent = forms.BooleanField(label=_("Emergencies only"), required=False)
    photo = forms.BooleanField(label=_("With photo only"), required=False)
    visit = forms.IntegerField(required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput)
    batch = forms.IntegerField(required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any], *, reference: Reference, can_triage: bool, sees_all: bool) -> None:
        super().__init__(data)
        self.can_triage = can_triage
        self._choose("item", [("", _("All items")), *reference.item_groups()])
        self._choose("point", [("", _("All points")), *reference.point_choices()])
        self._choose("station", [("", _("All stations")), *reference.station_choices()])
        for name in [] if sees_all else ("station", "visit", "batch", "state"):
            del self.fields[name]

    def _choose(self, name: str, choices: list[Any]) -> None:
        cast("forms.ChoiceField", self.fields[name]).choices = choices

    def wanted(self) -> QueueFilter:
        """The filter; fields in error count as not set. Without a state the centre sees its pile, a searcher all."""
        self.is_valid()
        fields: dict[str, Any] = {name: value for name, value in self.cleaned_data.items() if value not in ("", None)}
        state = fields.pop("state", "")
        if state == ANY:
            state = ""
        elif not state and self.can_triage and not (fields.keys() & {"search", "visit", "batch"}):
            state = State.RECEIVED
        return QueueFilter(**fields, state=state)


class About(models.TextChoices):
    """The three answers to "is this about a police unit or its officers?"."""

    NONE = "none", _("No, about no unit")
    STATION = "station", _("Yes, about the point's station")
    OTHER = "other", _("Yes, about another unit")


class DecisionForm(forms.Form):
    """One decision of the centre. The four decisions share one form; each asks only for its own fields."""

    decision = forms.ChoiceField(choices=[(state, state.label) for state in DECISIONS])
    expected = forms.IntegerField(required=False)
    urgent_words_read = forms.IntegerField(required=False)
    remarks_read = forms.IntegerField(required=False)
    item = forms.ChoiceField(label=_("Item"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=Kind.choices)
    about = forms.ChoiceField(
        label=_("Is it about a police unit or its officers?"),
        required=False,
        choices=About.choices,
    )
    about_unit = forms.ModelChoiceField(label=_("Unit"), required=False, queryset=Unit.objects.none())
    about_sure = forms.BooleanField(required=False)
    reason = forms.ChoiceField(label=_("Reason"), required=False)
    destination = forms.ChoiceField(label=_("Where to go"), required=False)
    explanation = forms.CharField(label=_("In your own words"), required=False, max_length=500)
    original = forms.CharField(label=_("Number of the original"), required=False, max_length=40)
    candidate = forms.IntegerField(required=False)
    public_reply = forms.CharField(label=_("What the resident reads"), required=False, max_length=1000)

    def __init__(self, data: Mapping[str, Any], *, feedback: Feedback, items: Mapping[str, Subcategory]) -> None:
        super().__init__(data)
        self.feedback = feedback
        self._choose("item", [(code, code) for code in items if code != OUT_ITEM])
        self._choose("reason", [(reply.code, reply.code) for reply in replies(State.INVALID)])
        self._choose("destination", [(reply.code, reply.code) for reply in replies(State.OUT_OF_SCOPE)])
        cast("forms.ModelChoiceField[Unit]", self.fields["about_unit"]).queryset = unit_list()

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        cast("forms.ChoiceField", self.fields[name]).choices = choices

    def clean(self) -> dict[str, Any]:
        checks = {
            State.CONFIRMED: self._check_confirmed,
            State.INVALID: self._check_invalid,
            State.DUPLICATE: self._check_duplicate,
            State.OUT_OF_SCOPE: self._check_out_of_scope,
        }
        if decision := self.cleaned_data.get("decision"):
            checks[State(decision)]()
        return self.cleaned_data

    def _check_confirmed(self) -> None:
        item, kind, about = (self.cleaned_data.get(name, "") for name in ("item", "kind", "about"))
        if not item and "item" not in self.errors:
            self.add_error("item", _("Choose the item that this is about."))
        if not kind and "kind" not in self.errors:
            self.add_error("kind", _("Choose what kind of message this is."))
        if not about:
            self.add_error("about", _("Say whether this is about a police unit: that unit must not read it."))
        if about == About.STATION and self.feedback.point is None:
            self.add_error("about", _("This message came from no point; name the unit."))
        if about == About.OTHER and not self.cleaned_data.get("about_unit"):
            self.add_error("about_unit", _("Choose the unit that this is about."))
        if about == About.NONE and needs_a_unit(item, kind) and not self.cleaned_data.get("about_sure"):
            self.add_error(
                "about",
                _("A complaint of service or conduct is nearly always about a unit. Name it, or tick that it is not."),
            )

    def _check_invalid(self) -> None:
        self._check_listed(State.INVALID, "reason", _("Choose why this is not taken up."))

    def _check_out_of_scope(self) -> None:
        self._check_listed(State.OUT_OF_SCOPE, "destination", _("Choose where the resident should go."))

    def _check_listed(self, decision: State, field: str, missing: Any) -> None:
        code = self.cleaned_data.get(field, "")
        if not code:
            if field not in self.errors:
                self.add_error(field, missing)
            return
        if code == OTHER and not self.cleaned_data.get("explanation"):
            self.add_error("explanation", _("Say it in your own words."))
        if not self.cleaned_data.get("public_reply"):
            reply = reply_named(decision, code)
            self.cleaned_data["public_reply"] = reply.told(self.feedback.language) if reply else ""
        if decision == State.OUT_OF_SCOPE and not self.cleaned_data["public_reply"]:
            self.add_error("public_reply", _("Tell the resident where to go."))

    def _check_duplicate(self) -> None:
        typed = self.cleaned_data.get("original", "")
        number = reference_parse(typed) if typed else self.cleaned_data.get("candidate")
        if number is None:
            self.add_error("original", _("Give the number of the original, like F-00001234, or pick one."))
        elif number == self.feedback.pk:
            self.add_error("original", _("A message cannot be the duplicate of itself, nor of its own duplicate."))
        else:
            self.cleaned_data["original_id"] = number

    def to_decision(self) -> Decision:
        """The decision of a valid form."""
        fields = self.cleaned_data
        state = State(fields["decision"])
        return Decision(
            state=state,
            item=fields["item"] or None,
            kind=fields["kind"] if state == State.CONFIRMED else self.feedback.kind,
            about_unit_id=self._about_unit_id() if state == State.CONFIRMED else None,
            reason=self._reason(state),
            duplicate_of_id=fields.get("original_id"),
            public_reply=fields["public_reply"],
        )

    def _about_unit_id(self) -> int | None:
        about = self.cleaned_data["about"]
        if about == About.STATION:
            return self.feedback.point.station_id if self.feedback.point else None
        return self.cleaned_data["about_unit"].pk if about == About.OTHER else None

    def _reason(self, state: State) -> str:
        fields = self.cleaned_data
        code = {State.INVALID: fields["reason"], State.OUT_OF_SCOPE: fields["destination"]}.get(state, "")
        return reason_join(code, fields["explanation"])


def assumed_about(feedback: Feedback, item: str, kind: str) -> str:
    """The answer that may stand there already: only where nobody can be meant."""
    is_plain = is_plainly_about_no_unit(
        item,
        kind,
        is_of_police=names_police(feedback.content),
        is_praised=is_praised(feedback.kind, feedback.service_rating),
    )
    return About.NONE if is_plain else ""
