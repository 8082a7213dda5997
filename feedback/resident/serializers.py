"""What travels over the programme interface, in and out: the schema at ``/api/v1/schema/`` is made from this."""

from typing import Any
from uuid import UUID

from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext as _
from drf_spectacular.utils import inline_serializer
from rest_framework import serializers
from rest_framework.validators import ProhibitSurrogateCharactersValidator

from feedback.resident import rules
from feedback.resident.chapters import STAGES


# Fields that take what the schema says and nothing that merely looks like it ---------------------------------------
class NoSurrogates(ProhibitSurrogateCharactersValidator):
    """Asks the encoder first: looking at each character of a long letter takes as long as storing it."""

    def __call__(self, value: Any) -> None:
        try:
            str(value).encode()
        except UnicodeEncodeError:
            super().__call__(value)


class StrictText(serializers.CharField):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        slow = ProhibitSurrogateCharactersValidator()
        self.validators = [NoSurrogates() if validator == slow else validator for validator in self.validators]

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class FreeText(StrictText):
    """Text that is tidied on the way in; what no text may hold is refused before, not tidied away."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if self.max_length is not None and len(text) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        ProhibitNullCharactersValidator()(text)
        NoSurrogates()(text)
        return rules.content_clean(text)


class StrictGrade(serializers.IntegerField):
    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=5, allow_null=True, default=None, **options)

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictFlag(serializers.BooleanField):
    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class StrictUUID(serializers.UUIDField):
    def to_internal_value(self, data: Any) -> UUID:
        if not isinstance(data, str):
            self.fail("invalid", value=data)
        return super().to_internal_value(data)


class FeedbackIn(serializers.Serializer[Any]):
    """One voice. One rating or some text is required; a phone number only together with its consent."""

    client_id = StrictUUID(
        help_text="Made once per form by the client, random (version 4). The same id again is the same form: it "
        "stores nothing new and is answered with the same receipt. Keep it secret, it stands for the receipt."
    )
    point_code = StrictText(
        max_length=rules.CODE_MAX,
        allow_blank=True,
        default="",
        help_text="The code on the poster. An unknown or revoked code is kept and flagged, never refused.",
    )
    service_rating = StrictGrade(help_text="5 very satisfied … 1 very dissatisfied.")
    safety_rating = StrictGrade(help_text="5 very safe … 1 very unsafe.")
    kind = serializers.ChoiceField(choices=rules.KINDS, allow_blank=True, default="")
    content = FreeText(max_length=rules.CONTENT_MAX, allow_blank=True, trim_whitespace=False, default="")
    phone = StrictText(
        max_length=30,
        allow_blank=True,
        default="",
        help_text="A mainland mobile number, or a landline with its area code. Stored sealed.",
    )
    contact_consent = StrictFlag(default=False, help_text="Consent to keep the number; required with a phone.")
    no_call = StrictFlag(default=False, help_text="No phone call, please.")

    def validate_phone(self, phone: str) -> str:
        try:
            return rules.phone_clean(phone)
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from error

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        if problem := rules.consent_problem(phone=said["phone"], has_consent=said["contact_consent"]):
            raise serializers.ValidationError({problem[0]: [problem[1]]})
        if not (said["service_rating"] or said["safety_rating"] or said["content"]):
            raise serializers.ValidationError(_("Choose one rating or write a few words: one of them is enough."))
        return said


class FeedbackOut(serializers.Serializer[Any]):
    """``urgent``: the words sound like an emergency; tell the resident at once to call 110."""

    receipt = serializers.RegexField(r"^[0-9]{16}$", help_text="Shown once; only a keyed hash of it is stored.")
    reference = serializers.CharField(help_text="The number people may quote; it opens nothing.")
    urgent = serializers.BooleanField(help_text="Tell the resident at once to call 110.")


class ReceiptIn(serializers.Serializer[Any]):
    receipt = StrictText(
        max_length=64, trim_whitespace=False, help_text="Sixteen digits; spaces and hyphens do not matter."
    )


class EventOut(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    text = serializers.CharField()


class OpeningOut(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    who = serializers.CharField()
    reason = serializers.CharField()
    is_system = serializers.BooleanField(help_text="Nobody saw the number: the system used it to send a message.")


class StoryOut(serializers.Serializer[Any]):
    """What became of one voice. The voice's own words are not repeated."""

    reference = serializers.CharField()
    state = serializers.ChoiceField(
        choices=["received", "confirmed", "invalid", "duplicate", "out_of_scope", "withdrawn", "rated"]
    )
    status = serializers.CharField(help_text="The state in plain words, in the language of Accept-Language.")
    explanation = serializers.CharField()
    reply = serializers.CharField(allow_blank=True, help_text="The public reply; empty until there is one.")
    stage = serializers.ChoiceField(
        choices=STAGES, allow_blank=True, help_text="How far the matter has come; empty until a unit has it."
    )
    unit = serializers.CharField(allow_blank=True, help_text="The unit that works on it; officers are never named.")
    due_on = serializers.DateField(allow_null=True, help_text="The last day for the unit to answer, while it works.")
    answer = serializers.CharField(allow_blank=True, help_text="What was done, in public words.")
    can_rate = serializers.BooleanField(help_text="The result may be rated now, once, on the receipt's page.")
    item = serializers.CharField(allow_blank=True, help_text="What it is about, once the centre has said so.")
    received_at = serializers.DateTimeField()
    contact = serializers.ChoiceField(choices=["none", "kept", "erased"])
    openings = OpeningOut(
        many=True, help_text="Who opened the sealed contact, when and why; the system's own uses too."
    )
    history = EventOut(many=True)


# Problem details (RFC 9457); ``errors`` maps a field to its messages.
ProblemOut = inline_serializer(
    "Problem",
    {
        "type": serializers.CharField(),
        "title": serializers.CharField(),
        "status": serializers.IntegerField(),
        "detail": serializers.CharField(required=False),
        "errors": serializers.DictField(child=serializers.ListField(child=serializers.CharField()), required=False),
    },
)
