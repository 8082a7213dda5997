"""What a move asks for. Each form keeps all that was typed, whatever becomes of it."""

from typing import Any, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from measures.documents import FileRefused, Piece, evidence_read
from measures.models import Rectification
from measures.requests import EXTENSION_DAYS_MAX
from measures.selectors import voices_of

TEXT_MAX = 2000
FILES_MAX = 6


class PlainForm(forms.Form):
    """Nothing but the button."""


class NoteForm(forms.Form):
    """A text. ``note_label`` says which."""

    note = forms.CharField(max_length=TEXT_MAX, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, note_label: str | Promise | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        if note_label:
            self.fields["note"].label = str(note_label)


class ExtensionForm(NoteForm):
    """How many more working days, and why."""

    days = forms.IntegerField(
        label=_("Working days more"),
        min_value=1,
        max_value=EXTENSION_DAYS_MAX,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "input-short"}),
    )
    field_order = ("days", "note")


class ReviewForm(NoteForm):
    """``answered`` is when the answer was given that stood on the screen: another one must be read first."""

    answered = forms.CharField(required=False, widget=forms.HiddenInput)


class PassForm(ReviewForm):
    """What the resident will read, and whether the matter counts."""

    public_reply = forms.CharField(
        label=_("What the resident reads"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("In plain words: what was found, what was done, what comes next. Shown on the receipt page."),
    )
    is_left_out = forms.BooleanField(label=_("Reasonable but impossible: leave it out of the rates"), required=False)
    field_order = ("public_reply", "is_left_out", "note")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["note"].required = False
        self.fields["note"].label = _("For the unit")


class DecisionForm(NoteForm):
    """The answer to what a unit asks. ``request`` is which one."""

    request = forms.IntegerField(min_value=1, max_value=2**62, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["note"].label = _("Reason of the decision")
        self.fields["note"].widget.attrs["rows"] = 2


class RecallForm(NoteForm):
    """About which of the units that handle the matter it turned out to be, and which of its messages say so."""

    about = forms.TypedChoiceField(label=_("It is about"), coerce=int, widget=forms.RadioSelect)
    voices = forms.TypedMultipleChoiceField(
        label=_("Which messages are about that unit?"), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    field_order = ("about", "voices", "note")

    def __init__(self, *args: Any, matter: Rectification, **options: Any) -> None:
        super().__init__(*args, **options)
        handlers = [matter.lead_unit, *matter.support_units.all()]
        voices = list(voices_of(matter).select_related(None).defer("content", "redacted").order_by("id"))
        units = [unit.pk for unit in handlers]
        accused = {voice.pk: voice.about_unit_id for voice in voices if voice.about_unit_id in units}
        cast("Any", self.fields["about"]).choices = [(unit.pk, str(unit)) for unit in handlers]
        cast("Any", self.fields["voices"]).choices = [(voice.pk, voice.reference) for voice in voices]
        self.initial.setdefault("about", next(iter(accused.values()), matter.lead_unit_id))
        self.initial.setdefault("voices", list(accused) or ([voices[0].pk] if len(voices) == 1 else []))


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class EvidenceField(forms.FileField):
    """Up to six photos or PDFs; its clean value is a list of checked pieces."""

    def __init__(self, **options: Any) -> None:
        accept = {"accept": "image/jpeg,image/png,image/webp,application/pdf,.pdf"}
        help_text = _("Photos (JPEG, PNG, WebP) or PDF, at most 10 MB each, six at a time.")
        super().__init__(widget=FilesInput(attrs=accept), help_text=help_text, **options)

    def clean(self, data: Any, initial: Any = None) -> Any:
        files: list[UploadedFile] = [one for one in data or [] if one]
        if not files:
            super().clean(None, initial)
            return []
        if len(files) > FILES_MAX:
            raise forms.ValidationError(_("At most six files at a time."))
        return [self._piece(file) for file in files]

    def _piece(self, file: UploadedFile) -> Piece:
        try:
            return evidence_read(file)
        except FileRefused as refused:
            raise forms.ValidationError(str(refused)) from refused


class EvidenceForm(forms.Form):
    """Evidence by itself."""

    evidence = EvidenceField(label=_("Photos or documents"))


class AnswerForm(forms.Form):
    """What was done, and what shows it. Evidence is wanted here when none counts yet."""

    result = forms.CharField(
        label=_("What was found and done"), max_length=TEXT_MAX, widget=forms.Textarea(attrs={"rows": 5})
    )
    evidence = EvidenceField(label=_("Evidence"), required=False)
