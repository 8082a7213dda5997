"""The tables of a DOCX: the list of matters, the forms of slip and record, the copies block at the foot."""

from collections.abc import Sequence
from math import ceil
from typing import Any

from docx.document import Document as DocumentType
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.table import Table as DocxTable
from docx.table import _Cell, _Row
from docx.text.paragraph import Paragraph

from followup.notices.documents import layout
from followup.notices.documents.content import NoticeContent
from followup.notices.documents.docx_foot import put_at_foot
from followup.notices.documents.docx_parts import CENTRE, TWIP, mm, set_text, spaced
from followup.notices.documents.docx_xml import element, put
from followup.notices.documents.layout import MM, PITCH
from followup.notices.documents.wording import Role, Table, people_line
from followup.notices.documents.words import clean, date_text, listed

_EM = layout.SIZE_4 / MM
_LABEL = 3  # characters of 抄送：, under whose end the other lines begin
_SIDES = ("top", "left", "bottom", "right", "insideH", "insideV")


def add_matters(document: DocumentType, table: Table) -> None:
    """The list of matters; its head is repeated on each page."""
    made = _new_table(document, layout.MATTER_COLUMNS, layout.TABLE_MARGIN)
    for place, cells in enumerate((table.head, *table.rows)):
        row = _add_row(made)
        role = Role.BODY if place else Role.LEVEL_1
        for column, (cell, text) in enumerate(zip(row.cells, cells, strict=True)):
            _fill(cell, text, role, layout.TABLE_SIZE, layout.TABLE_PITCH, is_centred=column != 2)
    _repeated(made.rows[0])


def add_form(document: DocumentType, rows: Sequence[tuple[str, str]]) -> None:
    """Labels at the left, what belongs to them at the right."""
    made = _new_table(document, layout.FORM_COLUMNS, layout.FORM_MARGIN)
    for label, text in rows:
        row = _add_row(made)
        row.height = mm(1.5 * PITCH)
        _fill(row.cells[0], label, Role.LEVEL_1, layout.SIZE_4, 0.7 * PITCH, is_centred=True)
        _fill(row.cells[1], text, Role.BODY, layout.SIZE_4, 0.7 * PITCH, is_centred=False)


def add_copies(document: DocumentType, notice: NoticeContent) -> None:
    """The copies block: three rules as wide as the text block, at the foot of the page of the last paragraph."""
    date_line = document.paragraphs[-1]
    made = _new_table(document, (layout.WIDTH,), 0.0, sides=())
    rows = _copies_rows(notice)
    for place, text in enumerate(rows):
        [cell] = _add_row(made).cells
        line = _fill(cell, text, Role.BODY, layout.SIZE_4, layout.COPIES_PITCH, is_centred=False)
        hung = _LABEL if text.startswith("抄送：") else 0
        line.paragraph_format.left_indent = mm((1 + hung) * _EM)
        line.paragraph_format.first_line_indent = mm(-hung * _EM)
        line.paragraph_format.right_indent = mm(_EM)
        _rule(cell, "top", layout.RULE_LIGHT if place else layout.RULE_HEAVY)
        if place == len(rows) - 1:
            _rule(cell, "bottom", layout.RULE_HEAVY)
            line.paragraph_format.tab_stops.add_tab_stop(mm(layout.WIDTH - _EM), WD_TAB_ALIGNMENT.RIGHT)
    height = sum(map(_lines_of, rows)) * layout.COPIES_PITCH
    put_at_foot(_element(made), date_line, document.add_paragraph(), layout.WIDTH, height)


def _copies_rows(notice: NoticeContent) -> list[str]:
    rows: list[str] = []
    if copies := listed(notice.copies_to, "，"):
        rows.append(f"抄送：{copies.rstrip('。')}。")
    if people := people_line(notice):
        rows.append(people)
    day = f"{date_text(notice.issued_on)}印发" if notice.issued_on and not notice.is_draft else "　　年　月　日印发"
    return [*rows, f"{clean(notice.issuer)}\t{day}"]


def _lines_of(text: str) -> int:
    """About how many lines a row takes: the box must be as high as its table."""
    room = layout.WIDTH / _EM - 2 - (_LABEL if text.startswith("抄送：") else 0)
    width = sum(0.55 if letter.isascii() else 1.0 for letter in text)
    return max(1, ceil(width / room))


def _new_table(
    document: DocumentType, widths: Sequence[float], margin: float, sides: Sequence[str] = _SIDES
) -> DocxTable:
    made: DocxTable = document.add_table(rows=0, cols=len(widths))
    made.autofit = False
    made.alignment = WD_TABLE_ALIGNMENT.CENTER
    for column, width in zip(made.columns, widths, strict=True):
        column.width = mm(width)
    properties = _element(made).tblPr
    put(properties, element("tblW", type="dxa", w=str(round(sum(widths) * TWIP))))
    borders, margins = element("tblBorders"), element("tblCellMar")
    for side in sides:
        borders.append(_edge(side, layout.RULE_LIGHT))
    for side in ("left", "right"):
        margins.append(element(side, w=str(round(margin * TWIP)), type="dxa"))
    put(properties, borders)
    put(properties, margins)
    return made


def _element(part: DocxTable | _Row | _Cell) -> Any:
    """What python-docx wraps; it offers no other way to borders, floating and repeated heads."""
    return part._element  # noqa: SLF001


def _edge(side: str, weight: float) -> BaseOxmlElement:
    return element(side, val="single", sz=str(round(weight * MM * 8)), space="0", color="000000")


def _add_row(table: DocxTable) -> _Row:
    row: _Row = table.add_row()  # type: ignore[no-untyped-call]  # python-docx leaves it untyped
    put(_element(row).get_or_add_trPr(), element("cantSplit"))
    for cell, column in zip(row.cells, table.columns, strict=True):
        cell.width = column.width or mm(0)
    return row


def _repeated(row: _Row) -> None:
    put(_element(row).get_or_add_trPr(), element("tblHeader"))


def _fill(cell: _Cell, text: str, role: Role, size: float, pitch: float, *, is_centred: bool) -> Paragraph:
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    line: Paragraph = cell.paragraphs[0]
    for place, part in enumerate(text.split("\n")):
        line = cell.add_paragraph() if place else line
        spaced(line, line=pitch * MM, on_grid=False)
        if is_centred:
            line.alignment = CENTRE
        set_text(line, part, role, size)
    return line


def _rule(cell: _Cell, side: str, weight: float) -> None:
    properties = _element(cell).get_or_add_tcPr()
    borders = properties.find(qn("w:tcBorders"))
    if borders is None:
        borders = element("tcBorders")
        put(properties, borders)
    borders.append(_edge(side, weight))
