"""Pieces of a DOCX in the layout of GB/T 9704-2012: page, grid, type, footers. Lengths come in millimetres."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document
from docx.document import Document as DocumentType
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Emu, Length, Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from followup.notices.documents import layout
from followup.notices.documents.docx_xml import element, put
from followup.notices.documents.fonts import KNOWN_NAMES
from followup.notices.documents.layout import MM
from followup.notices.documents.wording import Role
from followup.notices.documents.wording import Run as Words

TWIP = 20 * MM  # twentieths of a point in a millimetre
PITCH_TWIPS = int(layout.PITCH * TWIP)  # rounded down: 22 lines must fit
# In 4096ths of a point, against the 16 pt of the text: 28 characters of 16 pt are wider than 156 mm.
CHARACTER_SPACE = round((layout.CELL * MM - layout.BODY) * 4096)
CLOSER = -6  # twips after each character: the least step with which 28 of them fit into the line
CENTRE, RIGHT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT
NAMES = {role: KNOWN_NAMES[role][0] for role in Role}
DECLARATION = (
    f"版式说明：按GB/T 9704-2012编排；字体用{NAMES[Role.MARK]}、{NAMES[Role.BODY]}、{NAMES[Role.LEVEL_1]}、"
    f"{NAMES[Role.LEVEL_2]}，电脑缺少时自动替换。"
)
_UNDATED = date(2000, 1, 1)
# The footer's lines, so that the dashes of the page number lie 7 mm below the text block: the number's line, then room
# for the declaration, which stands in every footer, empty too, so that all page numbers are at one height.
_FOOTER_LINE, _FOOTER_GAP, _SMALL_LINE, _FOOTER_DISTANCE = 20.0, 4.0, 10.0, 17.3


def new_paper(title: str, issuer: str, made_on: date | None, watermark: str = "") -> DocumentType:
    """An empty A4 document with margins, grid, numbered footers, and ``watermark`` in red at the head of each page."""
    document = Document()
    _described(document, title, issuer, made_on or _UNDATED)
    _plain_style(document)
    _geometry(document)
    document.settings.odd_and_even_pages_header_footer = True
    for mode in document.settings.element.iter(qn("w:compatSetting")):
        if mode.get(qn("w:name")) == "compatibilityMode":
            mode.set(qn("w:val"), "15")  # Word 2013 and later; else it sets the grid by older rules
    section = document.sections[0]
    section.different_first_page_header_footer = True
    for footer, side, said in (
        (section.first_page_footer, RIGHT, DECLARATION),
        (section.footer, RIGHT, ""),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT, ""),
    ):
        _page_number(footer.paragraphs[0], side)
        small = spaced(footer.add_paragraph(), line=_SMALL_LINE, before=_FOOTER_GAP, on_grid=False)
        set_text(small, said, Role.BODY, layout.DECLARATION_SIZE, layout.GREY)
    for header in (section.first_page_header, section.header, section.even_page_header):
        if watermark:
            _framed(header.paragraphs[0], watermark)
    return document


def _described(document: DocumentType, title: str, issuer: str, made_on: date) -> None:
    about = document.core_properties
    about.title, about.author, about.last_modified_by, about.comments = title, issuer, issuer, ""
    about.language = "zh-CN"
    about.created = about.modified = datetime.combine(made_on, time(), UTC)


def _plain_style(document: DocumentType) -> None:
    style = document.styles["Normal"].element
    properties = style.get_or_add_rPr()
    put(properties, _fonts(Role.BODY))
    put(properties, element("sz", val=str(round(layout.BODY * 2))))
    put(properties, element("lang", val="zh-CN", eastAsia="zh-CN"))
    # The grid stands in the page's settings, but the type keeps to it by itself: LibreOffice gives a character that is
    # wider than its cell two cells, and 28 characters of 16 pt are wider than 156 mm.
    put(properties, element("snapToGrid", val="0"))
    put(properties, element("spacing", val=str(CLOSER)))
    for switched_off in ("snapToGrid", "autoSpaceDE", "autoSpaceDN"):
        put(style.get_or_add_pPr(), element(switched_off, val="0"))


def _geometry(document: DocumentType) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(layout.PAGE_WIDTH), Mm(layout.PAGE_HEIGHT)
    section.top_margin, section.left_margin = Mm(layout.TOP), Mm(layout.LEFT)
    section.right_margin = mm(layout.PAGE_WIDTH - layout.RIGHT)
    section.bottom_margin = mm(layout.PAGE_HEIGHT - layout.BOTTOM)
    section.header_distance, section.footer_distance = mm(20), mm(_FOOTER_DISTANCE)
    grid = element("docGrid", type="linesAndChars", linePitch=str(PITCH_TWIPS), charSpace=str(CHARACTER_SPACE))
    put(document.element.body.get_or_add_sectPr(), grid)


def set_text(
    paragraph: Paragraph,
    text: str,
    role: Role = Role.BODY,
    size: float = layout.BODY,
    colour: tuple[int, int, int] | None = None,
    stretch: float = 1.0,
) -> Run:
    """``text`` at the end of the paragraph, in the type of ``role``; ``stretch`` below 1 sets it narrower."""
    run = paragraph.add_run(text)
    run.font.size = Pt(size)
    if colour:
        run.font.color.rgb = RGBColor(*colour)
    properties = run.font.element.get_or_add_rPr()
    put(properties, _fonts(role))
    if stretch < 1:
        put(properties, element("w", val=str(round(stretch * 100))))
    return run


def set_words(paragraph: Paragraph, words: Sequence[Words], size: float = layout.BODY) -> None:
    for one in words:
        set_text(paragraph, one.text, one.role, size)


def _fonts(role: Role) -> BaseOxmlElement:
    name = NAMES[role]
    return element("rFonts", ascii=name, hAnsi=name, eastAsia=name, cs=name, hint="eastAsia")


def spaced(
    paragraph: Paragraph, *, line: float = PITCH_TWIPS / 20, before: float = 0.0, on_grid: bool = True
) -> Paragraph:
    """The paragraph with lines exactly ``line`` points apart and ``before`` millimetres above it."""
    form = paragraph.paragraph_format
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(line)
    form.space_before, form.space_after = mm(before), Pt(0)
    if not on_grid:
        put(form.element.get_or_add_pPr(), element("snapToGrid", val="0"))
    return paragraph


def mm(length: float) -> Length:
    return Emu(round(length * 36000))


def characters(paragraph: Paragraph, *, first: float = 0.0, right: float = 0.0) -> Paragraph:
    """Indents counted in characters; in millimetres beside them for programs that know no grid."""
    form = paragraph.paragraph_format
    if first:
        form.first_line_indent = mm(first * layout.CELL)
    if right:
        form.right_indent = mm(right * layout.CELL)
    indent = form.element.get_or_add_pPr().find(qn("w:ind"))
    if indent is not None:
        for name, count in (("firstLineChars", first), ("rightChars", right)):
            if count:
                indent.set(qn(f"w:{name}"), str(round(count * 100)))
    return paragraph


def ruled_below(paragraph: Paragraph, weight: float, gap: float, colour: tuple[int, int, int]) -> None:
    """A line below the paragraph as wide as the text block; ``weight`` and ``gap`` in millimetres."""
    size, space = str(round(weight * MM * 8)), str(round(gap * MM))
    borders = element("pBdr")
    borders.append(element("bottom", val="single", sz=size, space=space, color=bytes(colour).hex()))
    put(paragraph.paragraph_format.element.get_or_add_pPr(), borders)


def _page_number(paragraph: Paragraph, side: WD_ALIGN_PARAGRAPH) -> None:
    """``— 1 —``: at the right of odd pages, at the left of even ones, one character in (7.5)."""
    spaced(paragraph, line=_FOOTER_LINE, on_grid=False)
    form = paragraph.paragraph_format
    form.alignment = side
    form.left_indent = form.right_indent = mm(layout.PAGE_NUMBER_INDENT)
    set_text(paragraph, "— ", Role.FIGURES, layout.PAGE_NUMBER_SIZE)
    run = set_text(paragraph, "", Role.FIGURES, layout.PAGE_NUMBER_SIZE)
    field, shown = element("instrText"), element("t")
    field.text, shown.text = " PAGE ", "1"
    begin, middle, end = (element("fldChar", fldCharType=kind) for kind in ("begin", "separate", "end"))
    for part in (begin, field, middle, shown, end):
        run.font.element.append(part)
    set_text(paragraph, " —", Role.FIGURES, layout.PAGE_NUMBER_SIZE)


def _framed(paragraph: Paragraph, words: str) -> None:
    spaced(paragraph, line=34, on_grid=False).alignment = RIGHT
    run = set_text(paragraph, f" {words} ", Role.LEVEL_1, 26, layout.RED)
    frame = element("bdr", val="single", sz="12", space="0", color=bytes(layout.RED).hex())
    put(run.font.element.get_or_add_rPr(), frame)


def packed(document: DocumentType) -> bytes:
    """The document's bytes; the same document gives the same bytes, for the archive is written without the time."""
    written = BytesIO()
    document.save(written)
    stream = BytesIO()
    with ZipFile(written) as source, ZipFile(stream, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            part = ZipInfo(name)
            part.compress_type = ZIP_DEFLATED
            target.writestr(part, source.read(name))
    return stream.getvalue()
