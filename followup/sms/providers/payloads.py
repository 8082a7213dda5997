"""Reading what a provider's machine has written: strict about meaning, lenient about form, never surprised."""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

from followup.sms.providers.base import MalformedWebhook

BODY_BYTES = 1024 * 1024
# Both providers write China's time without saying so; there is no summer time.
CHINA = timezone(timedelta(hours=8))
# What PostgreSQL refuses in a text: the zero character, and halves of a surrogate pair.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
LONG_NUMBER = re.compile(r"\d{6,}")
MESSAGE_LENGTH = 160

Record = Mapping[str, object]


def records(body: bytes) -> list[Record]:
    """The objects in ``body``: an array of them, or one alone. Raises ``MalformedWebhook``."""
    if len(body) > BODY_BYTES:
        raise MalformedWebhook(f"longer than {BODY_BYTES} bytes")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MalformedWebhook(f"not JSON ({type(error).__name__})") from None
    items = found if isinstance(found, list) else [found]
    if not all(isinstance(item, dict) for item in items):
        raise MalformedWebhook("neither an object nor an array of objects")
    return items


def text_of(record: Record, name: str, *, is_required: bool = True) -> str:
    """The field as text, storable; a number is written out. Raises ``MalformedWebhook`` when it has to be there."""
    value = record.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is None and not is_required:
        return ""
    if not isinstance(value, str) or (is_required and not value):
        raise MalformedWebhook(f"{name} is missing or not a text")
    return UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)


def flag_of(record: Record, name: str) -> bool:
    """A boolean, also one written as text. Raises ``MalformedWebhook``."""
    value = record.get(name)
    if isinstance(value, str):
        value = {"true": True, "false": False}.get(value.lower())
    if not isinstance(value, bool):
        raise MalformedWebhook(f"{name} is missing or not a boolean")
    return value


def china_time_of(record: Record, name: str) -> datetime:
    """``2017-01-01 00:00:00`` in China's time, as an aware moment in UTC. Raises ``MalformedWebhook``."""
    try:
        return china_time(text_of(record, name))
    except (ValueError, OverflowError):
        raise MalformedWebhook(f"{name} is not a time") from None


def china_time(written: str) -> datetime:
    """See ``china_time_of``. Raises ``ValueError`` or ``OverflowError``."""
    return datetime.strptime(written, "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA).astimezone(UTC)


def unix_time_of(record: Record, name: str) -> datetime:
    """Seconds since 1970 as an aware moment in UTC. Raises ``MalformedWebhook``."""
    value = record.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise MalformedWebhook(f"{name} is missing or not a number")
    try:
        return datetime.fromtimestamp(float(value), tz=UTC)
    except (ValueError, OverflowError, OSError):
        raise MalformedWebhook(f"{name} is not a time") from None


def phone_plain(phone: str) -> str:
    """A mainland number without its country code; any other number as it is."""
    return re.sub(r"^(?:\+|00)?86(?=1\d{10}$)", "", phone)


def digest(*parts: object) -> str:
    """32 characters that are the same for the same parts, whatever stands between them."""
    return hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).hexdigest()[:32]


def message_safe(message: object) -> str:
    """A provider's error message for our log: short, and without numbers that could be somebody's.

    Aliyun quotes the whole signed request, phone number included, when a signature does not match.
    """
    first_words = str(message or "").partition(" server ")[0]
    return LONG_NUMBER.sub("…", first_words)[:MESSAGE_LENGTH]
