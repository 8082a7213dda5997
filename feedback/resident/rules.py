"""What a resident's form may hold: plain functions on plain data, shared by the page and the API."""

import re
import uuid

from django.utils.translation import gettext as _

from feedback.models import Kind
from stations import codes

CONTENT_MAX = 5000
CODE_MAX = 32
# The grades of 好差评 and of the sense of safety: five is best. Names are the page's; these are the numbers.
GRADES = (5, 4, 3, 2, 1)
KINDS = tuple(Kind.values)

_FULL_WIDTH = str.maketrans("０１２３４５６７８９＋－（）　", "0123456789+-() ")
_PHONE_NOISE = re.compile(r"[\s\-–—().]")
_COUNTRY = re.compile(r"^(?:\+|00)86|^86(?=1\d{10}$)")
_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_LANDLINE = re.compile(r"0(?:10|2\d|[3-9]\d{2})[2-9]\d{6,7}", re.ASCII)
_NEWLINES = re.compile(r"\r\n?")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_UNPRINTABLE_OR_SPACE = re.compile(r"[\x00-\x20\x7f-\xa0\ud800-\udfff]")


def phone_clean(text: str) -> str:
    """A mainland mobile number (11 digits) or a landline with its area code, as bare digits; ``""`` for nothing.

    Raises ``ValueError`` with a message for people when it is neither.
    """
    digits = _COUNTRY.sub("", _PHONE_NOISE.sub("", text.translate(_FULL_WIDTH)))
    if not digits or _MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits):
        return digits
    raise ValueError(_("This is not a complete phone number. Enter 11 digits, or a landline with its area code."))


def is_mobile(digits: str) -> bool:
    """Whether these are the eleven digits of a mobile number and nothing else."""
    return _MOBILE.fullmatch(digits) is not None


def content_clean(text: str) -> str:
    """The text as it is stored: one kind of line end, nothing unprintable, no blank edges."""
    return _UNPRINTABLE.sub("", _NEWLINES.sub("\n", text)).strip()


def code_clean(text: str) -> str:
    """A point's code as it is stored, even if nobody knows it: at most 32 printable characters.

    Whoever copies a code from a poster by hand may use small letters or a gap in the middle.
    """
    code = _UNPRINTABLE_OR_SPACE.sub("", text)[:CODE_MAX]
    typed = codes.code_clean(code)
    return typed if len(typed) == codes.LENGTH and set(typed) <= set(codes.ALPHABET) else code


def client_id_clean(text: str) -> str:
    """The form's id in one spelling, or a new one when it is missing or damaged: the voice counts more than its id."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return str(uuid.uuid4())


def consent_problem(*, phone: str, has_consent: bool) -> tuple[str, str] | None:
    """What is wrong between a phone number and the consent to keep it: ``(field, message)``, or ``None``."""
    if phone and not has_consent:
        return "contact_consent", _(
            "Tick your consent so that we may keep the number, or empty the field to stay anonymous."
        )
    if has_consent and not phone:
        return "phone", _("You agreed to be contacted but gave no number: add one, or untick the consent.")
    return None
