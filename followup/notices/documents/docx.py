"""The three papers of an interview as DOCX: same words and page as the PDF, prescribed fonts by name.

The fonts are not in the file: it names 仿宋_GB2312, 方正小标宋简体, 黑体 and 楷体_GB2312, and says so on page 1.
"""

from docx.document import Document as DocumentType
from docx.text.paragraph import Paragraph

from followup.notices.documents import layout
from followup.notices.documents.content import InterviewRecord, NoticeContent, ReceiptSlip
from followup.notices.documents.docx_parts import (
    CENTRE,
    RIGHT,
    characters,
    mm,
    new_paper,
    packed,
    ruled_below,
    set_text,
    set_words,
    spaced,
)
from followup.notices.documents.docx_tables import add_copies, add_form, add_matters
from followup.notices.documents.form_pages import RECORD_TITLE, SLIP_TITLE
from followup.notices.documents.layout import CELL, MM, PITCH, WIDTH
from followup.notices.documents.notice_pages import UNNUMBERED
from followup.notices.documents.wording import (
    RECORD_CLOSING,
    RECORD_SIGNATURES,
    SIGNED_ON,
    SLIP_RULE,
    Block,
    Role,
    Run,
    notice_blocks,
    paragraph,
    record_blocks,
    record_rows,
    slip_rows,
)
from followup.notices.documents.wording import Paragraph as Words
from followup.notices.documents.words import clean, date_text, halves

_MARK_SIZE = layout.MARK_HEIGHT * MM
# In a line of exact height the baseline lies at four fifths; the mark's ink reaches 0.86 of its size above it.
_MARK_LINE = 1.3 * _MARK_SIZE
_MARK_INK = (0.8 * 1.3 - 0.86) * layout.MARK_HEIGHT


def notice_docx(content: NoticeContent) -> bytes:
    """The interview notice; the same content always gives the same bytes."""
    number = content.number_text or UNNUMBERED
    made_on = None if content.is_draft else content.issued_on
    title = clean(content.title)
    document = new_paper(f"{title} {number}", clean(content.issuer), made_on, content.watermark)
    _head(document, clean(content.issuer), number)
    _title(document, title, before=2 * PITCH)
    spaced(document.add_paragraph())
    _blocks(document, notice_blocks(content))
    for last in document.paragraphs[-2:]:
        last.paragraph_format.keep_with_next = True
    _signature(document, content)
    add_copies(document, content)
    return packed(document)


def slip_docx(slip: ReceiptSlip) -> bytes:
    """The receipt slip; what is not known yet is left to be filled in by hand."""
    day = slip.served_at.date() if slip.served_at else None
    document = new_paper(f"{SLIP_TITLE} {clean(slip.number)}", clean(slip.issuer), day)
    _form_head(document, slip.issuer, SLIP_TITLE)
    add_form(document, slip_rows(slip))
    _blocks(document, [paragraph(f"注：{SLIP_RULE}")])
    return packed(document)


def record_docx(record: InterviewRecord) -> bytes:
    """The record of the interview, to be signed by both sides."""
    document = new_paper(f"{RECORD_TITLE} {clean(record.number)}", clean(record.issuer), record.began_at.date())
    _form_head(document, record.issuer, RECORD_TITLE)
    add_form(document, record_rows(record))
    _blocks(document, [*record_blocks(record), paragraph(RECORD_CLOSING)])
    for label in RECORD_SIGNATURES:
        document.paragraphs[-1].paragraph_format.keep_with_next = True
        line = characters(spaced(document.add_paragraph(), before=PITCH / 2), first=layout.INDENT)
        line.paragraph_format.tab_stops.add_tab_stop(mm(WIDTH - 10 * CELL))
        set_text(line, f"{label}\t{SIGNED_ON}")
    return packed(document)


def _head(document: DocumentType, issuer: str, number: str) -> None:
    """Mark, number and red line, at the heights that the PDF has them."""
    mark = document.add_paragraph()
    spaced(mark, line=_MARK_LINE, before=layout.MARK_TOP - layout.TOP - _MARK_INK, on_grid=False).alignment = CENTRE
    width = max(1, len(issuer)) * layout.MARK_HEIGHT
    set_text(mark, issuer, Role.MARK, _MARK_SIZE, layout.RED, stretch=min(1.0, layout.MARK_MOST / width))
    below_mark = _MARK_LINE / MM - _MARK_INK - layout.MARK_HEIGHT
    line = spaced(document.add_paragraph(), before=layout.NUMBER_GAP_LINES * PITCH - below_mark, on_grid=False)
    line.alignment = CENTRE
    set_text(line, number)
    # A character's foot lies above its line's end: that part of the 4 mm is there already.
    ruled_below(line, layout.RED_LINE_WEIGHT, layout.RED_LINE_GAP - 0.2 * PITCH + 0.12 * layout.EM, layout.RED)


def _title(document: DocumentType, title: str, before: float) -> None:
    line = spaced(document.add_paragraph(), before=before)
    line.alignment = CENTRE
    line.paragraph_format.keep_with_next = True
    set_text(line, title, Role.MARK, layout.TITLE)


def _form_head(document: DocumentType, issuer: str, title: str) -> None:
    line = spaced(document.add_paragraph())
    line.alignment = CENTRE
    set_text(line, clean(issuer))
    _title(document, "　".join(title), before=0.0)
    spaced(document.add_paragraph())


def _blocks(document: DocumentType, blocks: list[Block]) -> None:
    for block in blocks:
        if isinstance(block, Words):
            _text(document, block)
        else:
            add_matters(document, block)


def _text(document: DocumentType, words: Words) -> None:
    line = characters(spaced(document.add_paragraph()), first=words.indent)
    if words.is_heading or words.leads_in:
        line.paragraph_format.keep_with_next = True
    set_words(line, words.runs)


def _signature(document: DocumentType, notice: NoticeContent) -> None:
    """The name over the date, as in the PDF: with a seal the date ends four characters from the right, else two."""
    is_dated = notice.issued_on is not None and not notice.is_draft
    day = date_text(notice.issued_on) if notice.issued_on and is_dated else "　　　　年　　月　　日"
    right = layout.DATE_RIGHT_SEALED if notice.is_sealed else layout.DATE_RIGHT_UNSEALED
    figures = sum(letter.isdigit() for letter in day)
    to_centre = right * CELL + (len(day) - figures / 2) * CELL / 2
    name = clean(notice.issuer)
    is_short = len(name) * CELL <= 2 * to_centre
    lines: list[Paragraph] = [spaced(document.add_paragraph()) for _ in range(layout.SEAL_LINES_ABOVE)]
    for part in (name,) if is_short else halves(name):
        line = spaced(document.add_paragraph())
        line.alignment = CENTRE
        line.paragraph_format.left_indent = mm(max(0.0, WIDTH - max(2 * to_centre, len(part) * CELL)))
        set_words(line, [Run(part)])
        lines.append(line)
    for line in lines:
        line.paragraph_format.keep_with_next = True
    date_line = characters(spaced(document.add_paragraph()), right=right)
    date_line.alignment = RIGHT
    set_text(date_line, day)
