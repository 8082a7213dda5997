"""The pages of the receipt slip and of the interview record."""

from followup.notices.documents import layout
from followup.notices.documents.blocks import (
    BLANK,
    FORM,
    block_strips,
    keeping,
    keeping_last,
    paragraph_strips,
    row_strips,
)
from followup.notices.documents.content import InterviewRecord, ReceiptSlip
from followup.notices.documents.furniture import declared, numbered
from followup.notices.documents.layout import BODY, CELL, LEFT, PITCH, WIDTH
from followup.notices.documents.pages import Mark, Strip, paginated, set_line
from followup.notices.documents.typeset import Setter
from followup.notices.documents.wording import (
    RECORD_CLOSING,
    RECORD_SIGNATURES,
    SIGNED_ON,
    SLIP_RULE,
    Role,
    Run,
    paragraph,
    record_blocks,
    record_rows,
    slip_rows,
)
from followup.notices.documents.words import clean

SLIP_TITLE, RECORD_TITLE = "送达回执", "约谈记录"


def slip_pages(slip: ReceiptSlip, setter: Setter) -> list[list[Mark]]:
    """The slip: title, the form, the rule for refusals."""
    strips = [*_heading(setter, slip.issuer, SLIP_TITLE), *_form(setter, slip_rows(slip))]
    strips += paragraph_strips(setter, paragraph(f"注：{SLIP_RULE}"))
    return declared(setter, paginated(strips, layout.TOP))


def record_pages(record: InterviewRecord, setter: Setter) -> list[list[Mark]]:
    """The record: title, the form, what was said, the signatures on the last page together with the end of the text."""
    strips = [*_heading(setter, record.issuer, RECORD_TITLE), *_form(setter, record_rows(record))]
    strips += block_strips(setter, record_blocks(record))
    ends = [
        *paragraph_strips(setter, paragraph(RECORD_CLOSING)),
        *(_signature(setter, label) for label in RECORD_SIGNATURES),
    ]
    strips = [*keeping_last(strips, 1), *keeping(ends[:-1]), ends[-1]]
    return declared(setter, numbered(setter, paginated(strips, layout.TOP)))


def _heading(setter: Setter, issuer: str, title: str) -> list[Strip]:
    lines = setter.lines([Run(clean(issuer), Role.BODY)], BODY, WIDTH, cell=CELL)
    above = [Strip(PITCH, set_line(line, LEFT + (WIDTH - line.width) / 2, 0.0, BODY, PITCH)) for line in lines]
    name = setter.line("　".join(title), Role.MARK, layout.TITLE)
    return [*above, Strip(PITCH, set_line(name, LEFT + (WIDTH - name.width) / 2, 0.0, layout.TITLE, PITCH)), BLANK]


def _form(setter: Setter, rows: list[tuple[str, str]]) -> list[Strip]:
    strips = [strip for row in rows for strip in row_strips(setter, FORM, row, Role.LEVEL_1, Role.BODY)]
    return [*strips, Strip(0.4 * PITCH, on_grid=False)]


def _signature(setter: Setter, label: str) -> Strip:
    """A label at the left with room to sign, the place for a date at the right."""
    left = setter.line(label, Role.BODY, BODY, cell=CELL)
    right = setter.line(SIGNED_ON, Role.BODY, BODY, cell=CELL)
    marks = set_line(left, LEFT + 2 * CELL, 0.5 * PITCH, BODY, PITCH)
    marks += set_line(right, layout.RIGHT - 2 * CELL - right.width, 0.5 * PITCH, BODY, PITCH)
    return Strip(1.5 * PITCH, marks, on_grid=False)
