"""The forms that residents fill in. Nothing is pre-selected; what was typed always comes back."""

from collections.abc import Sequence
from typing import IO, Any, cast

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from feedback.models import Channel, Kind
from feedback.resident import rules
from feedback.resident.photos import PHOTOS_MAX, PhotoRefusedError, photo_read
from feedback.services import Photo, Voice

SERVICE_GRADES = [
    (5, _("Very satisfied")),
    (4, _("Satisfied")),
    (3, _("Basically satisfied")),
    (2, _("Dissatisfied")),
    (1, _("Very dissatisfied")),
]
SAFETY_GRADES = [
    (5, _("Very safe")),
    (4, _("Safe")),
    (3, _("Basically safe")),
    (2, _("Unsafe")),
    (1, _("Very unsafe")),
]
_TOO_LONG = _("The text is longer than 5,000 characters. Shorten it, or send the rest as a remark under your receipt.")


_ONE_OF = {"service_rating", "safety_rating", "content"}


class PhotosInput(forms.FileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[UploadedFile]:
        return list(files.getlist(name))


class PhotosField(forms.FileField):
    """Up to three photos, each re-encoded; cleans to a list of ``Photo``."""

    widget = PhotosInput

    def clean(self, data: Any, initial: Any = None) -> list[Photo]:
        files = [file for file in data or [] if file]
        if len(files) > PHOTOS_MAX:
            raise forms.ValidationError(_("At most three photos. Choose the three that show it best."))
        return [self._photo(super(PhotosField, self).clean(file, initial)) for file in files]

    def _photo(self, file: UploadedFile) -> Photo:
        try:
            return photo_read(cast("IO[bytes]", file), size=file.size or 0)
        except PhotoRefusedError as refusal:
            raise forms.ValidationError(f"{file.name}: {refusal}") from refusal


class TextField(forms.CharField):
    """Free text of at most 5,000 characters, cleaned before it is measured."""

    def __init__(self, *, rows: int, **options: Any) -> None:
        # No maxlength: a browser would cut a pasted text silently. Too long a text comes back whole, with a message.
        super().__init__(widget=forms.Textarea(attrs={"rows": rows, "data-limit": rules.CONTENT_MAX}), **options)
        self.validators = [MaxLengthValidator(rules.CONTENT_MAX, _TOO_LONG)]

    def to_python(self, value: Any) -> str:
        return rules.content_clean(super().to_python(value) or "")


class TrustingField(forms.CharField):
    """A text that is judged elsewhere, whatever is in it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.validators = []


class VoiceForm(forms.Form):
    """The form under a poster's code. One rating or one word is enough; everything else is optional."""

    use_required_attribute = False

    client_id = TrustingField(required=False, widget=forms.HiddenInput(attrs={"autocomplete": "off"}))
    service_rating = forms.TypedChoiceField(
        choices=SERVICE_GRADES, coerce=int, empty_value=None, required=False, widget=forms.RadioSelect
    )
    safety_rating = forms.TypedChoiceField(
        choices=SAFETY_GRADES, coerce=int, empty_value=None, required=False, widget=forms.RadioSelect
    )
    kind = forms.ChoiceField(choices=Kind.choices, required=False, widget=forms.RadioSelect)
    content = TextField(rows=5, required=False)
    photos = PhotosField(
        required=False, widget=PhotosInput(attrs={"multiple": True, "accept": "image/jpeg,image/png,image/webp"})
    )
    phone = TrustingField(
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel", "maxlength": 30}),
    )
    contact_consent = forms.BooleanField(required=False)
    no_call = forms.BooleanField(required=False)

    def clean_client_id(self) -> str:
        return rules.client_id_clean(self.cleaned_data["client_id"])

    def clean_phone(self) -> str:
        try:
            return rules.phone_clean(self.cleaned_data["phone"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        if said.keys() >= _ONE_OF and not any(said[name] for name in _ONE_OF):
            self.add_error(None, _("Choose one rating or write a few words: one of them is enough."))
        if "phone" in said:
            problem = rules.consent_problem(phone=said["phone"], has_consent=bool(said.get("contact_consent")))
            if problem:
                self.add_error(*problem)
        return said

    def voice(self, *, code: str, language: str) -> Voice:
        """What a valid form says, under the code it was opened with."""
        said = self.cleaned_data
        return Voice(
            client_id=said["client_id"],
            channel=Channel.QR,
            content=said["content"],
            service_rating=said["service_rating"],
            safety_rating=said["safety_rating"],
            kind=said["kind"],
            point_code=code,
            phone=said["phone"],
            no_call=said["no_call"],
            language=language,
            photos=said["photos"],
        )


class ReceiptForm(forms.Form):
    """The sixteen digits. Whether they are right is not the form's business: every wrong one gets the same answer."""

    use_required_attribute = False

    receipt = TrustingField(
        error_messages={"required": _("Enter the sixteen digits of your receipt.")},
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "off", "spellcheck": "false", "maxlength": 64}
        ),
    )


class RemarkForm(forms.Form):
    """What a resident adds under a receipt."""

    use_required_attribute = False

    content = TextField(rows=4, error_messages={"required": _("Please write something first.")})


def first_errors(form: forms.Form) -> Sequence[tuple[str, str]]:
    """``(field id, message)`` of every error, for the summary on top of the page."""
    return [
        ("" if name == NON_FIELD_ERRORS else form[name].auto_id, str(message))
        for name, messages in form.errors.items()
        for message in messages
    ]
