"""When words of danger are an alarm: what was said long ago keeps them, and is no emergency now."""

from datetime import datetime, timedelta

from django.conf import settings

from feedback.emergency import emergency_words

# As wide as the column: a call for help must never be refused for the length of its words.
_WORD_MAX = 30
# A rule may reach over the pause behind its words; shown alone they need none.
_PAUSES = " \n，,、。.；;：:！!？?"


def danger_words(text: str) -> list[str]:
    """The emergency words in ``text``, each once; of very long ones the beginning."""
    found = (match.word[:_WORD_MAX].strip(_PAUSES) for match in emergency_words(text))
    return list(dict.fromkeys(filter(None, found)))


def is_long_past(said_at: datetime | None, arrived_at: datetime) -> bool:
    """Whether what was said then was old when it arrived. ``None`` is said now: never."""
    return said_at is not None and said_at < arrived_at - timedelta(days=settings.ALERT_WITHIN_DAYS)


def alert_words(text: str, said_at: datetime | None, arrived_at: datetime) -> list[str]:
    """The words for which a voice stands on top of the centre's queue; none where it was old when it arrived."""
    return [] if is_long_past(said_at, arrived_at) else danger_words(text)
