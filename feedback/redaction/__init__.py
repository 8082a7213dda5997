"""Take out of a text what names a person, a flat or a vehicle, before anybody but the centre reads it.

信访工作条例 30 and 46 forbid passing the accuser on to the accused, so handlers see the redacted text only. Recall goes
before beauty: a long number that is nothing in particular is taken out too. Names are taken where the words around
them say that a name stands there (我叫…, 民警…, …先生) and wherever that name comes again; a name without any such
word near it stays, and a reader must not take redacted text for anonymous text.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from .names import find_names
from .numbers import find_numbers

MARKERS = {
    "id": "〔证件号〕",
    "bank": "〔卡号〕",
    "phone": "〔电话〕",
    "number": "〔号码〕",
    "plate": "〔车牌〕",
    "email": "〔邮箱〕",
    "account": "〔账号〕",
    "badge": "〔警号〕",
    "address": "〔门牌〕",
    "name": "〔姓名〕",
}
_TAKEN = "〔"


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the original text, `[start, end)` in characters, and what it was: a key of `MARKERS`."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Redacted:
    """The text with markers such as 〔电话〕, and what was taken out of the original: in order, without overlap."""

    text: str
    spans: tuple[Span, ...]


def _merged(found: Iterable[tuple[int, int, str]]) -> list[Span]:
    """Overlapping finds become one span, so that no part of either survives; the one that starts first names it."""
    spans: list[Span] = []
    for start, end, kind in sorted(found, key=lambda find: (find[0], -find[1])):
        if spans and start < spans[-1].end:
            spans[-1] = Span(spans[-1].start, max(end, spans[-1].end), spans[-1].kind)
        else:
            spans.append(Span(start, end, kind))
    return spans


def _blanked(text: str, spans: Iterable[Span]) -> str:
    """`text` with the spans overwritten at equal length, so that later finds keep their place."""
    for span in spans:
        text = text[: span.start] + _TAKEN * (span.end - span.start) + text[span.end :]
    return text


def _all_spans(text: str) -> list[Span]:
    """What is taken out may bring two parts of a sentence into a new light, so look until nothing more is found."""
    spans: list[Span] = []
    while found := _merged([*find_numbers(text), *find_names(text)]):
        spans += found
        text = _blanked(text, found)
    return sorted(spans, key=lambda span: span.start)


def redact(text: str) -> Redacted:
    """Replace phone, ID, card and badge numbers, plates, addresses of flats, accounts and names by labelled markers.

    Redacting twice changes nothing more. `spans` are positions in the text that was given.
    """
    spans = _all_spans(text)
    parts: list[str] = []
    end = 0
    for span in spans:
        parts += [text[end : span.start], MARKERS[span.kind]]
        end = span.end
    return Redacted("".join([*parts, text[end:]]), tuple(spans))
