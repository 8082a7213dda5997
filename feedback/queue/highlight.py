"""Marks the words that led to a suggestion. The text is a resident's: every piece of it is escaped."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

Span = tuple[int, int, str]  # start, end (characters), CSS class


def spans_of_words(text: str, words: Iterable[Mapping[str, Any]], css: str) -> list[Span]:
    """Where ``words`` (``{"word", "start"}``) stand in ``text``; one that does not stand there is left out."""
    found = ((int(word["start"]), str(word["word"])) for word in words)
    return [(start, start + len(word), css) for start, word in found if word and text.startswith(word, max(start, 0))]


def spans_of_terms(text: str, terms: Iterable[str], css: str) -> list[Span]:
    """Every place where one of ``terms`` stands in ``text``."""
    spans = []
    for term in filter(None, terms):
        start = text.find(term)
        while start >= 0:
            spans.append((start, start + len(term), css))
            start = text.find(term, start + len(term))
    return spans


def marked(text: str, spans: Iterable[Span]) -> SafeString:
    """``text`` as HTML with ``<mark class=…>`` around each span; a span that overlaps an earlier one gives way."""
    pieces: list[tuple[SafeString]] = []
    position = 0
    for start, end, css in sorted(spans):
        if start < position:
            continue
        pieces.append((format_html('{}<mark class="{}">{}</mark>', text[position:start], css, text[start:end]),))
        position = end
    return format_html("{}{}", format_html_join("", "{}", pieces), text[position:])
