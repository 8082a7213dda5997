"""The forms of notices: the draft, and one for each move that asks for something."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, cast

from django import forms
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Officer, Unit
from accounts.selectors import unit_list
from feedback.queue.forms import DayField
from followup.notices.answer_models import NoticePaper, NoticeService
from followup.notices.drafting import Draft
from followup.notices.hearing import Receipt, Record
from followup.notices.matters import standing_of
from followup.notices.models import InterviewNotice
from measures.models import Rectification
from opinion_portal import clock

_LINES = _("One thing a line.")
TEXT_MAX = 4000


class MomentField(forms.DateTimeField):
    """A moment on the bureau's clock, to the minute, in this century."""

    widget = forms.DateTimeInput(
        format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local", "min": "2000-01-01T00:00", "max": "2099-12-31T23:59"}
    )

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, datetime) and value.tzinfo:
            return value.astimezone(clock.BUREAU_ZONE).replace(tzinfo=None)
        return value

    def validate(self, value: datetime | None) -> None:
        super().validate(value)
        if value is not None and not 2000 <= value.year <= 2099:
            raise forms.ValidationError(_("Enter a day of this century."))


def _text(label: Any, *, rows: int = 3, required: bool = True, help_text: Any = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows, "maxlength": TEXT_MAX})
    return forms.CharField(label=label, required=required, max_length=TEXT_MAX, widget=widget, help_text=help_text)


class UnitForm(forms.Form):
    """Which unit is to be interviewed: the step before the draft."""

    unit = forms.ModelChoiceField(label=_("Unit"), queryset=Unit.objects.none(), empty_label=_("Choose the unit"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        cast("forms.ModelChoiceField[Unit]", self.fields["unit"]).queryset = unit_list()


class DraftForm(forms.Form):
    """What the paper is to say. A draft may still lack what the review will ask for."""

    client_id = forms.UUIDField(widget=forms.HiddenInput, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    person = forms.CharField(label=_("Person to be interviewed"), max_length=40, required=False)
    post = forms.CharField(label=_("Post held"), max_length=40, required=False)
    manner = forms.ChoiceField(
        label=_("Manner"), choices=InterviewNotice.Manner.choices, widget=forms.RadioSelect, initial="one_to_one"
    )
    facts = _text(_("Facts"), rows=6, help_text=_("No name, number, plate or address of a resident may stand here."))
    matters = forms.MultipleChoiceField(
        label=_("Matters named in the notice"), required=False, widget=forms.CheckboxSelectMultiple
    )
    basis = forms.CharField(label=_("Basis"), max_length=120, initial="《信访工作条例》第三十九条")
    meets_at = MomentField(label=_("Time of the interview"), required=False)
    place = forms.CharField(label=_("Place"), max_length=100, required=False)
    bring = _text(_("What to bring"), required=False, help_text=_LINES)
    plan_by = DayField(label=_("Plan by"), required=False)
    rectify_by = DayField(label=_("Rectify and report by"), required=False)
    report_back = _text(
        _("What to report back"), required=False, help_text=_("One thing a line. The plan and its date are added.")
    )
    appeal_until = DayField(label=_("Appeal until"), required=False)
    appeal_to = forms.CharField(label=_("Appeals go to"), max_length=60, required=False)
    copies_to = _text(_("Copies to"), rows=2, required=False, help_text=_LINES)

    def __init__(self, *args: Any, matters: Iterable[Rectification], **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(str(matter.pk), _label(matter)) for matter in matters]
        cast("forms.MultipleChoiceField", self.fields["matters"]).choices = choices

    def to_draft(self) -> Draft:
        """What a valid form says."""
        return Draft(**{one.name: self.cleaned_data[one.name] for one in fields(Draft)})

    def matter_ids(self) -> list[int]:
        """The matters that were picked."""
        return [int(number) for number in self.cleaned_data["matters"]]


def _label(matter: Rectification) -> str:
    parts = [f"{matter.reference} {matter.title}", str(matter.get_state_display())]
    parts.append(gettext("due %(day)s") % {"day": standing_of(matter).last_day})
    if n := matter.dissatisfied_count:
        parts.append(ngettext("dissatisfied once", "dissatisfied %(n)s times", n) % {"n": n})
    return " · ".join(parts)


def draft_initial(notice: InterviewNotice, suggested: Mapping[str, object]) -> dict[str, Any]:
    """What stands in the form of a draft; ``suggested`` where it is still empty."""
    said = {one.name: getattr(notice, one.name) for one in fields(Draft)}
    picked = [str(number) for number in notice.matters.values_list("rectification_id", flat=True)]
    filled = {name: value for name, value in said.items() if value}
    return {**suggested, **filled, "matters": picked, "version": notice.version}


class VersionForm(forms.Form):
    """Nothing but the version that was read: review and signature."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class NoForm(forms.Form):
    """A move that asks for nothing but the press of a button."""


class ReasonForm(forms.Form):
    """A move that asks for a reason."""

    note = _text(_("Reason"), rows=4)


class PaperReturnForm(ReasonForm):
    """Why a plan or report does not do. ``paper`` is the one that was read, ``standing`` the one that stands now."""

    paper = forms.IntegerField(min_value=1, max_value=2**62, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any] | None = None, *, standing: NoticePaper | None) -> None:
        super().__init__(data, initial={"paper": standing.pk if standing else None})
        self.standing = standing
        self.fields["note"].label = _("What is missing")
        self.fields["note"].help_text = _("The unit's head reads it. Nothing in it may tell who complained.")


class AppealForm(forms.Form):
    """Why the unit does not agree."""

    reason = _text(_("Reason of the appeal"), rows=6)


class AppealDecisionForm(forms.Form):
    """The last word on an appeal."""

    grants = forms.TypedChoiceField(
        label=_("Decision"),
        choices=[("1", _("Grant it: the notice is void, its number stays")), ("0", _("Refuse it: the notice stands"))],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
    )
    note = _text(_("Reason"), rows=4)


class RecheckForm(forms.Form):
    """What the discipline office found when it looked again."""

    strikes_off = forms.TypedChoiceField(
        label=_("Result"),
        choices=[("1", _("Rectified: strike the notice off")), ("0", _("Not rectified: circulate a criticism"))],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
    )
    note = _text(_("What was found"), rows=4)


class ServiceForm(forms.Form):
    """How the paper reached the unit."""

    way = forms.ChoiceField(
        label=_("Way"),
        choices=[choice for choice in NoticeService.Way.choices if choice[0] != NoticeService.Way.ELECTRONIC],
        widget=forms.RadioSelect,
        initial=NoticeService.Way.DIRECT,
    )
    served_at = MomentField(label=_("Served at"))
    recipient = forms.CharField(label=_("Signed for by"), max_length=40, required=False)
    refusal_reason = forms.CharField(
        label=_("Reason of the refusal"),
        max_length=200,
        required=False,
        help_text=_("If nobody signs: a refusal with its reason and a witness counts as served."),
    )
    witnesses = forms.CharField(label=_("Witnesses"), max_length=100, required=False)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def to_receipt(self) -> Receipt:
        """What a valid form says."""
        return Receipt(**self.cleaned_data)


class RecordForm(forms.Form):
    """The record of the interview."""

    began_at = MomentField(label=_("Began at"))
    ended_at = MomentField(label=_("Ended at"), required=False)
    place = forms.CharField(label=_("Place"), max_length=100)
    interviewer = forms.CharField(label=_("Interviewer"), max_length=60)
    recorder = forms.CharField(label=_("Recorder"), max_length=40)
    interviewed = forms.CharField(label=_("Interviewed"), max_length=40)
    post = forms.CharField(label=_("Post held"), max_length=40, required=False)
    talk = _text(_("What both sides said"), rows=10, help_text=_("One turn a line, begun with 问： or 答：."))
    demands = _text(_("What is demanded"), required=False, help_text=_LINES)
    promises = _text(_("What the unit promises"), required=False, help_text=_LINES)

    def to_record(self) -> Record:
        """What a valid form says."""
        return Record(**self.cleaned_data)


def record_initial(notice: InterviewNotice, officer: Officer) -> dict[str, Any]:
    """What is known of an interview before it is written down."""
    blank = Record(
        notice.meets_at or clock.now(), notice.place, "", officer.name, notice.person, "问：\n答：", notice.post
    )
    return asdict(blank)


class PaperForm(forms.Form):
    """A plan or a report."""

    text = _text(_("Text"), rows=10)
    pdf = forms.FileField(label=_("Attached PDF"), required=False, widget=forms.FileInput(attrs={"accept": ".pdf"}))
