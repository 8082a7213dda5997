"""What surrounds the text of every document: page number, watermark, stamp, declaration of the fonts."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from math import cos, radians, sin

from followup.notices.documents import layout
from followup.notices.documents.layout import LEFT, MM
from followup.notices.documents.pages import Mark, Marks, Rule, Type, set_line
from followup.notices.documents.typeset import Setter
from followup.notices.documents.wording import Role, Run

_WATERMARK_SIZE, _WATERMARK_ANGLE = 190.0, 50.0
_STAMP_SIZE = 26.0


def numbered(setter: Setter, pages: Sequence[Sequence[Mark]]) -> list[list[Mark]]:
    """The pages with ``— n —`` below: its dashes 7 mm below the text block, odd pages right, even left (7.5)."""
    return [[*marks, *_page_number(setter, number)] for number, marks in enumerate(pages, start=1)]


def _page_number(setter: Setter, number: int) -> Marks:
    size = layout.PAGE_NUMBER_SIZE
    face, dash = setter.fonts.glyph(Role.FIGURES, "—")
    box = face.box(dash)
    # The dash is not set on the grid here: it keeps the width that goes with half-width figures.
    text = f"— {number} —"
    width = sum(face.advance(letter) if face.has(letter) else 0.5 for letter in text) * size / MM
    dash_top = (box.top if box else 0.4) * size / MM
    x = layout.RIGHT - layout.PAGE_NUMBER_INDENT - width if number % 2 else LEFT + layout.PAGE_NUMBER_INDENT
    return (Type(x, layout.BOTTOM + layout.PAGE_NUMBER_GAP + dash_top, size, text, face, Role.FIGURES),)


def watermarked(setter: Setter, pages: Sequence[Sequence[Mark]], words: str) -> list[list[Mark]]:
    """The pages with ``words`` large and pale behind the text."""
    if not words:
        return [list(marks) for marks in pages]
    colour = layout.PALE_RED if words == "作废" else layout.PALE_GREY
    line = setter.line(words, Role.LEVEL_1, _WATERMARK_SIZE)
    # The baseline's start, so that the middle of the words lies in the middle of the page.
    turn, half, low = radians(_WATERMARK_ANGLE), line.width / 2, 0.38 * _WATERMARK_SIZE / MM
    x = layout.PAGE_WIDTH / 2 - half * cos(turn) + low * sin(turn)
    y = layout.PAGE_HEIGHT / 2 + half * sin(turn) + low * cos(turn)
    behind = [
        Type(x, y, _WATERMARK_SIZE, one.text, one.face, Role.BODY, one.spacing, 1.0, colour, _WATERMARK_ANGLE)
        for one in line.placed
    ]
    return [[*behind, *marks] for marks in pages]


def stamped(setter: Setter, words: str) -> Marks:
    """``words`` in a red frame at the head of the page, above the issuer's mark."""
    line = setter.line(words, Role.LEVEL_1, _STAMP_SIZE)
    high, pad = _STAMP_SIZE / MM * 1.3, 3.0
    left, top = layout.RIGHT - line.width - 2 * pad, layout.TOP + 8.0
    right, bottom = layout.RIGHT, top + high
    frame = (
        (left, top, right, top),
        (left, bottom, right, bottom),
        (left, top, left, bottom),
        (right, top, right, bottom),
    )
    rules = tuple(Rule(*sides, 0.7, layout.RED) for sides in frame)
    return (*set_line(line, left + pad, top, _STAMP_SIZE, high, layout.RED), *rules)


def declared(setter: Setter, pages: list[list[Mark]]) -> list[list[Mark]]:
    """The first page with the declaration of fonts below everything, and the letters that none of them has."""
    text = setter.fonts.declaration
    if setter.missing:
        codes = "、".join(f"U+{ord(letter):04X}" for letter in list(setter.missing)[:12])
        text += f"字库缺字以〓代：{codes}{'等' if len(setter.missing) > 12 else ''}。"
    lines = setter.lines([Run(text)], layout.DECLARATION_SIZE, layout.WIDTH)
    for place, line in zip(count(), lines, strict=False):
        top = layout.DECLARATION_TOP + place * layout.DECLARATION_PITCH
        grey = set_line(line, LEFT, top, layout.DECLARATION_SIZE, layout.DECLARATION_PITCH, layout.GREY)
        pages[0] += [replace(mark) for mark in grey]
    return pages
