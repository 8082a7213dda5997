"""Paragraphs and tables as strips of the page."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from followup.notices.documents import layout
from followup.notices.documents.layout import BODY, CELL, LEFT, PITCH
from followup.notices.documents.pages import Marks, Rule, Strip, set_line
from followup.notices.documents.typeset import Line, Setter
from followup.notices.documents.wording import Block, Paragraph, Role, Run, Table

BLANK = Strip(PITCH)


def block_strips(setter: Setter, blocks: Iterable[Block]) -> list[Strip]:
    strips: list[Strip] = []
    for block in blocks:
        strips += paragraph_strips(setter, block) if isinstance(block, Paragraph) else matter_strips(setter, block)
    return strips


def paragraph_strips(setter: Setter, paragraph: Paragraph) -> list[Strip]:
    """One strip a line: 16 pt on the grid of 28 characters."""
    lines = setter.lines(paragraph.runs, BODY, layout.WIDTH, cell=CELL, indent=paragraph.indent * CELL)
    strips = [Strip(PITCH, set_line(line, LEFT, 0.0, BODY, PITCH)) for line in lines]
    if paragraph.is_heading:
        return keeping(strips)
    return keeping_last(strips, 1) if paragraph.leads_in and strips else strips


def keeping(strips: Sequence[Strip]) -> list[Strip]:
    """The strips, each staying on one page with the next."""
    return [replace(strip, keeps=True) for strip in strips]


def keeping_last(strips: Sequence[Strip], count: int) -> list[Strip]:
    """The strips, the last ``count`` of them staying with what comes after."""
    return [*strips[:-count], *keeping(strips[-count:])] if count else list(strips)


@dataclass(frozen=True, slots=True)
class Columns:
    """How a table is set: its columns' widths, and for each whether its text is centred."""

    widths: tuple[float, ...]
    centred: tuple[bool, ...]
    size: float
    pitch: float
    padding: float
    margin: float
    least: float = 0.0

    @property
    def edges(self) -> list[float]:
        edges = [LEFT]
        for width in self.widths:
            edges.append(edges[-1] + width)
        return edges


MATTERS = Columns(
    layout.MATTER_COLUMNS, (True, True, False, True, True, True), layout.TABLE_SIZE, layout.TABLE_PITCH,
    layout.TABLE_PADDING, layout.TABLE_MARGIN,
)  # fmt: skip
FORM = Columns(
    layout.FORM_COLUMNS, (True, False), layout.SIZE_4, 0.7 * PITCH, 0.2 * PITCH, layout.FORM_MARGIN, least=1.5 * PITCH
)


def matter_strips(setter: Setter, table: Table) -> list[Strip]:
    """The list of matters: its head above it and again at the top of each page."""
    [head] = row_strips(setter, MATTERS, table.head, Role.LEVEL_1)
    rows = [strip for row in table.rows for strip in row_strips(setter, MATTERS, row, Role.BODY)]
    rows = [replace(strip, head=head, on_grid=False) for strip in rows]
    # A head alone at the foot of a page would be read as the end of the list.
    return [replace(head, keeps=True), replace(rows[0], head=None), *rows[1:]] if rows else [head]


def row_strips(setter: Setter, columns: Columns, cells: Sequence[str], *roles: Role) -> list[Strip]:
    """A row; one that is higher than half a page is parted. The last of ``roles`` is that of the remaining cells."""
    most = int((layout.HEIGHT / 2) / columns.pitch)
    set_cells = [
        _cell_lines(setter, columns, text, width, roles[min(place, len(roles) - 1)])
        for place, (text, width) in enumerate(zip(cells, columns.widths, strict=True))
    ]
    count = max(1, *map(len, set_cells))
    parts = [[lines[start : start + most] for lines in set_cells] for start in range(0, count, most)]
    return [_row(columns, part) for part in parts]


def _cell_lines(setter: Setter, columns: Columns, text: str, width: float, role: Role) -> list[Line]:
    measure = width - 2 * columns.margin
    return [line for part in text.split("\n") for line in setter.lines([Run(part, role)], columns.size, measure)]


def _row(columns: Columns, cells: Sequence[Sequence[Line]]) -> Strip:
    height = max(columns.least, max(map(len, cells)) * columns.pitch + 2 * columns.padding)
    edges = columns.edges
    marks: Marks = tuple(_frame(edges, height))
    for lines, is_centred, (left, right) in zip(cells, columns.centred, pairwise(edges), strict=True):
        top = (height - len(lines) * columns.pitch) / 2
        for place, line in enumerate(lines):
            x = (left + right - line.width) / 2 if is_centred else left + columns.margin
            marks += set_line(line, x, top + place * columns.pitch, columns.size, columns.pitch)
    return Strip(height, marks, on_grid=False)


def _frame(edges: Sequence[float], height: float) -> Iterator[Rule]:
    for y in (0.0, height):
        yield Rule(edges[0], y, edges[-1], y)
    for x in edges:
        yield Rule(x, 0.0, x, height)
