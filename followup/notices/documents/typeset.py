"""Lines on the character grid: where they may break, and how they are filled.

A Chinese character stands in a cell of its own; digits and Latin letters keep their own widths and stay together as
words. No line starts with a closing mark or ends with an opening one (GB/T 15834-2011, 5.1): such a mark is squeezed in
where other marks of the line give way by up to half a cell, else the character before it goes to the next line too.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from followup.notices.documents.faces import Face
from followup.notices.documents.fonts import NoticeFonts
from followup.notices.documents.layout import MM
from followup.notices.documents.wording import Role, Run

OPENING = frozenset("（《〈「『【〔〖“‘([{￥")
CLOSING = frozenset("，。、；：！？）》〉」』】〕〗”’…—～·％℃々,.;:!?)]}%")
_SQUEEZABLE = frozenset("，。、；：！？）》〉」』】〕〗”’（《〈「『【〔〖“‘")
# Of no clear width in Unicode, but as wide as a character in Chinese type.
_WIDE = frozenset("“”‘’—…·①②③④⑤⑥⑦⑧⑨⑩×÷±℃□〓")
_PAIRED = "—…"
_STRETCH_MOST = 0.3  # of a cell between two characters; beyond that a line stays short
_HAIR = 1e-6


@dataclass(frozen=True, slots=True)
class Atom:
    """What a line cannot part: a Chinese character, a pair —— or ……, a word, a space. ``width`` in millimetres."""

    text: str
    role: Role
    width: float
    is_wide: bool = False

    @property
    def give(self) -> float:
        """How much narrower it may become."""
        return self.width / 2 if self.text in _SQUEEZABLE else 0.0


@dataclass(frozen=True, slots=True)
class Placed:
    """Letters of one font, ``x`` from the line's start; ``spacing`` after each letter; ``stretch`` 1 is as drawn."""

    x: float
    text: str
    face: Face
    role: Role
    spacing: float = 0.0
    stretch: float = 1.0


@dataclass(frozen=True, slots=True)
class Line:
    """A line that was set, from its left edge; ``width`` is what it takes up."""

    placed: tuple[Placed, ...]
    width: float

    def moved(self, x: float) -> "Line":
        return Line(tuple(replace(one, x=one.x + x) for one in self.placed), self.width)


@dataclass
class Setter:
    """Sets type with ``fonts``; ``missing`` collects the letters that none of them has, in the order met."""

    fonts: NoticeFonts
    missing: dict[str, None] = field(default_factory=dict)

    def lines(
        self, runs: Iterable[Run], size: float, measure: float, *, cell: float = 0.0, indent: float = 0.0
    ) -> list[Line]:
        """``runs`` as lines of at most ``measure``, the first one beginning at ``indent``; all in millimetres.

        ``cell`` is the width of a character; without it, as wide as the type is high.
        """
        atoms = [atom for run in runs for atom in self._atoms(run, size, cell or size / MM, measure - indent)]
        lines, start, left = [], 0, indent
        while start < len(atoms):
            end = _end(atoms, start, measure - left)
            taken = _trimmed(atoms[start:end])
            if taken:
                lines.append(self._line(taken, size, measure - left, is_last=end == len(atoms)).moved(left))
                left = 0.0
            start = end
        return lines

    def line(self, text: str, role: Role, size: float, *, cell: float = 0.0) -> Line:
        """One line as wide as it comes out."""
        atoms = list(self._atoms(Run(text, role), size, cell or size / MM, float("inf")))
        return self._line(atoms, size, float("inf"), is_last=True)

    def _atoms(self, run: Run, size: float, cell: float, measure: float) -> Iterator[Atom]:
        for text in _pieces(run.text):
            if _is_wide(text[0]):
                yield Atom(text, run.role, cell * len(text), is_wide=True)
                continue
            yield from self._words(text, run.role, size, measure)

    def _words(self, text: str, role: Role, size: float, measure: float) -> Iterator[Atom]:
        """The word, or its parts when it is wider than a line."""
        part, width = "", 0.0
        for cluster in _clusters(text):
            glyphs = (self._glyph(role, letter) for letter in cluster)
            advance = sum(source.advance(shown) for source, shown in glyphs) * size / MM
            if part and width + advance > measure:
                yield Atom(part, role, width)
                part, width = "", 0.0
            part, width = part + cluster, width + advance
        yield Atom(part, role, width)

    def _glyph(self, role: Role, letter: str) -> tuple[Face, str]:
        source, shown = self.fonts.glyph(role, letter)
        if shown != letter:
            self.missing.setdefault(letter)
        return source, shown

    def _line(self, atoms: Sequence[Atom], size: float, measure: float, *, is_last: bool) -> Line:
        natural = sum(atom.width for atom in atoms)
        squeeze = max(0.0, natural - measure - _HAIR)
        gap = 0.0 if is_last or squeeze else _gap(atoms, measure - natural)
        share = squeeze / (sum(atom.give for atom in atoms) or 1.0)
        x = 0.0
        placed: list[Placed] = []
        for atom in atoms:
            given = atom.give * share
            placed += self._placed(atom, size, x - (given if atom.text in OPENING else 0.0), atom.width - given + gap)
            x += atom.width - given + gap
        return Line(tuple(_joined(placed, size)), x - (gap if atoms else 0.0))

    def _placed(self, atom: Atom, size: float, x: float, room: float) -> Iterator[Placed]:
        cell = atom.width / len(atom.text) if atom.is_wide else 0.0
        for letter in atom.text:
            source, shown = self._glyph(atom.role, letter)
            advance = source.advance(shown) * size / MM
            if not atom.is_wide:
                yield Placed(x, shown, source, atom.role)
                x += advance
                continue
            if letter == "—":
                yield _dash(x, cell, source, atom.role, size)
            else:
                shift = 0.0 if abs(advance * MM - size) < size / 50 else (cell - advance) / 2
                yield Placed(x + shift, shown, source, atom.role, (room if len(atom.text) == 1 else cell) - advance)
            x += cell


def _dash(x: float, cell: float, source: Face, role: Role, size: float) -> Placed:
    """A dash as wide as its cell, so that two of them meet."""
    ink = source.box("—")
    if ink is None:
        return Placed(x, "—", source, role)
    stretch = cell / ((ink.right - ink.left) * size / MM)
    return Placed(x - ink.left * size / MM * stretch, "—", source, role, stretch=stretch)


def _joined(placed: Sequence[Placed], size: float) -> Iterator[Placed]:
    """Neighbours that one string can show: same font, evenly spaced, unstretched."""
    held: Placed | None = None
    for one in placed:
        if held and _follows(held, one, size):
            held = replace(held, text=held.text + one.text)
            continue
        if held:
            yield held
        held = one
    if held:
        yield held


def _follows(held: Placed, one: Placed, size: float) -> bool:
    alike = held.face is one.face and held.role is one.role and held.stretch == one.stretch == 1.0
    if not alike or abs(held.spacing - one.spacing) > 1e-3:
        return False
    end = held.x + sum(held.face.advance(letter) * size / MM + held.spacing for letter in held.text)
    return abs(end - one.x) < 0.01


def _pieces(text: str) -> Iterator[str]:
    """Single wide characters (a pair of —— or …… is one piece), spaces one by one, words whole."""
    start = 0
    while start < len(text):
        end = start + 1
        first = text[start]
        if first in _PAIRED and text[start : start + 2] == first * 2:
            end = start + 2
        elif not _is_wide(first) and first != " ":
            while end < len(text) and not _is_wide(text[end]) and text[end] != " ":
                end += 1
        yield text[start:end]
        start = end


def _clusters(text: str) -> Iterator[str]:
    """Letters, each with the accents that follow it."""
    start = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or not unicodedata.combining(text[place]):
            yield text[start:place]
            start = place


def _is_wide(letter: str) -> bool:
    return letter in _WIDE or unicodedata.east_asian_width(letter) in "WF"


def _end(atoms: Sequence[Atom], start: int, measure: float) -> int:
    """The place where the line that begins at ``start`` ends."""
    width, end = 0.0, start
    while end < len(atoms) and (end == start or width + atoms[end].width <= measure + _HAIR):
        width += atoms[end].width
        end += 1
    if end == len(atoms) or _may_break(atoms, end):
        return end
    return _squeezed_end(atoms, start, end, measure) or _earlier_end(atoms, start, end)


def _squeezed_end(atoms: Sequence[Atom], start: int, end: int, measure: float) -> int | None:
    """The end with the closing marks that follow drawn in, when the line's marks can give way enough."""
    stop = end
    while stop < len(atoms) and atoms[stop].text[0] in CLOSING and atoms[stop].is_wide:
        stop += 1
    taken = atoms[start:stop]
    narrowest = sum(atom.width - atom.give for atom in taken)
    fits = stop > end and narrowest <= measure and (stop == len(atoms) or _may_break(atoms, stop))
    return stop if fits else None


def _earlier_end(atoms: Sequence[Atom], start: int, end: int) -> int:
    place = end
    while place > start and not _may_break(atoms, place):
        place -= 1
    return place if place > start else end


def _may_break(atoms: Sequence[Atom], place: int) -> bool:
    """Whether a line may end before the atom at ``place``."""
    before, after = atoms[place - 1].text, atoms[place].text
    if " " in {before, after}:
        return True
    return after[0] not in CLOSING and before[-1] not in OPENING


def _trimmed(atoms: Sequence[Atom]) -> Sequence[Atom]:
    """Without the spaces at both ends."""
    first, last = 0, len(atoms)
    while first < last and atoms[first].text == " ":
        first += 1
    while last > first and atoms[last - 1].text == " ":
        last -= 1
    return atoms[first:last]


def _gap(atoms: Sequence[Atom], rest: float) -> float:
    """What each of the line's joints gets so that it ends flush."""
    joints = len(atoms) - 1
    cell = max((atom.width / len(atom.text) for atom in atoms if atom.is_wide), default=0.0)
    gap = rest / joints if joints and cell else 0.0
    return gap if 0.0 < gap <= cell * _STRETCH_MOST else 0.0
