"""What a notice may not say: words that could tell who complained (信访工作条例 30, 46).

Two nets: what the redaction takes out of the text itself, and what it takes out of the residents' own words. A name
that stands bare in a title has nothing near it to show that it is one; "我叫…" in the message behind it has.
"""

from collections.abc import Collection, Iterable, Mapping

from accounts.models import Officer
from feedback.models import Feedback, Remark
from feedback.redaction import redact

_TAKEN_OUT = "〔略〕"


def words_of_residents(matter_ids: Iterable[int]) -> set[str]:
    """What the redaction takes out of the messages and remarks behind these matters, one-letter finds left out."""
    voices = Feedback.objects.filter(matter_link__rectification__in=list(matter_ids))
    said = list(voices.values_list("content", flat=True))
    said += Remark.objects.filter(feedback__in=voices).values_list("content", flat=True)
    return {word for text in said if text for word in _found(text, ()) if len(word) > 1}


def _found(text: str, allowed: Collection[str]) -> list[str]:
    spans = redact(text).spans
    return list(dict.fromkeys(text[span.start : span.end] for span in spans if span.kind not in allowed))


def redacted_title(title: str, known: Collection[str]) -> str:
    """A matter's title for a paper: redacted, and without the ``known`` words of its residents."""
    text = redact(title).text
    for word in sorted(known, key=len, reverse=True):
        text = text.replace(word, _TAKEN_OUT)
    return text


def words_refused(
    texts: Mapping[str, str], known: Collection[str], *, officers_may_be_named: bool = False
) -> dict[str, list[str]]:
    """Field → the words that may not stand in it; fields that are clean are left out.

    ``known`` are words of the residents. ``officers_may_be_named``: a record of an interview names officers, and an
    officer's name tells of no resident. The place is a room of the bureau, so an address may stand there.
    """
    refused = {
        name: list(dict.fromkeys([*_found(text, {"address"} if name == "place" else ()), *_known_in(text, known)]))
        for name, text in texts.items()
    }
    if officers_may_be_named:
        officers = _officers_among({word for words in refused.values() for word in words})
        refused = {name: [word for word in words if word not in officers] for name, words in refused.items()}
    return {name: words for name, words in refused.items() if words}


def _known_in(text: str, known: Collection[str]) -> list[str]:
    return sorted(word for word in known if word in text)


def _officers_among(words: Collection[str]) -> set[str]:
    return set(Officer.objects.filter(name__in=words).values_list("name", flat=True)) if words else set()
