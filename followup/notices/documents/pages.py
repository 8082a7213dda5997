"""A document as pages of type and rules, in millimetres from the top left corner; nothing is drawn yet.

What is known before drawing can be cut out of the fonts, counted and moved: pages are made first and painted once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from followup.notices.documents import layout
from followup.notices.documents.faces import Face
from followup.notices.documents.layout import BLACK, MM
from followup.notices.documents.typeset import Line
from followup.notices.documents.wording import Role

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Type:
    """Letters of one font on a baseline; ``angle`` in degrees turns them about their start."""

    x: float
    y: float
    size: float
    text: str
    face: Face
    role: Role
    spacing: float = 0.0
    stretch: float = 1.0
    colour: Colour = BLACK
    angle: float = 0.0

    def down(self, by: float) -> "Type":
        return replace(self, y=self.y + by)


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line, level or upright."""

    x1: float
    y1: float
    x2: float
    y2: float
    weight: float = layout.RULE_LIGHT
    colour: Colour = BLACK

    def down(self, by: float) -> "Rule":
        return replace(self, y1=self.y1 + by, y2=self.y2 + by)


Mark = Type | Rule
Marks = tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Strip:
    """A band across the text block, its marks measured from its own top.

    ``keeps`` it on one page with the strip after it; ``on_grid`` starts it on a line of the grid; ``head`` is repeated
    above it at the top of a page; ``at_foot`` puts it at the bottom of the text block.
    """

    height: float
    marks: Marks = ()
    keeps: bool = False
    on_grid: bool = True
    head: "Strip | None" = None
    at_foot: bool = False


def set_line(line: Line, x: float, top: float, size: float, pitch: float, colour: Colour = BLACK) -> Marks:
    """A line of type with its characters in the middle of ``pitch`` below ``top``."""
    em = size / MM
    return tuple(
        Type(
            x + one.x, top + (pitch - em) / 2 + one.face.ascent * em, size, one.text, one.face, one.role,
            one.spacing, one.stretch, colour,
        )
        for one in line.placed
    )  # fmt: skip


def moved_down(marks: Iterable[Mark], by: float) -> Marks:
    return tuple(mark.down(by) for mark in marks)


def paginated(strips: Sequence[Strip], first_top: float) -> list[list[Mark]]:
    """The strips on as many pages as they need, the first page's beginning at ``first_top``."""
    pages: list[list[Mark]] = [[]]
    top = first_top
    for group in _groups(strips):
        whole = _placed(group, top)
        if whole is None and top > layout.TOP:
            pages.append([])
            whole = _placed(group, layout.TOP)
        if whole is None:
            top = _parted(group, pages)
        else:
            pages[-1] += whole[0]
            top = whole[1]
    return pages


def _parted(group: Sequence[Strip], pages: list[list[Mark]]) -> float:
    """A group longer than a page goes where it can, strip by strip, from the top of the last page."""
    top = layout.TOP
    for strip in group:
        one = _placed([strip], top)
        if one is None:
            pages.append([])
            one = _placed([strip], layout.TOP) or (moved_down(strip.marks, layout.TOP), layout.BOTTOM)
        pages[-1] += one[0]
        top = one[1]
    return top


def _groups(strips: Sequence[Strip]) -> list[list[Strip]]:
    groups: list[list[Strip]] = []
    open_group = False
    for strip in strips:
        if open_group:
            groups[-1].append(strip)
        else:
            groups.append([strip])
        open_group = strip.keeps
    return groups


def _placed(group: Sequence[Strip], top: float) -> tuple[Marks, float] | None:
    """The marks of the group from ``top`` and where it ends; nothing when the page has no room for it."""
    marks: Marks = ()
    for strip in group:
        if strip.head is not None and top == layout.TOP:
            marks += moved_down(strip.head.marks, top)
            top += strip.head.height
        start = layout.BOTTOM - strip.height if strip.at_foot else _on_grid(top) if strip.on_grid else top
        if start < top - 0.01 or start + strip.height > layout.BOTTOM + 0.01:
            return None
        marks += moved_down(strip.marks, start)
        top = start + strip.height
    return marks, top


def _on_grid(top: float) -> float:
    """The next line of the grid at or below ``top``."""
    lines = (top - layout.TOP) / layout.PITCH
    return layout.TOP + layout.PITCH * -int(-(lines - 1e-3) // 1)
