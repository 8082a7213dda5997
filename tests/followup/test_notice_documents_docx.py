"""The papers of an interview as DOCX: page, grid, type and order of elements, read back from the XML."""

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from zipfile import ZipFile

import pytest
from docx import Document
from docx.document import Document as DocumentType
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph
from hypothesis import given, settings
from hypothesis import strategies as st

from followup.notices.documents.docx import notice_docx, record_docx, slip_docx
from followup.notices.documents.docx_xml import ORDER
from tests.followup import notice_samples as samples
from tests.followup.notice_measure import squeezed

SHORT = Document(BytesIO(notice_docx(samples.SHORT)))


def _every_paper() -> Iterator[tuple[str, bytes]]:
    for name in ("SHORT", "LONG", "VOID", "DRAFT"):
        yield name, notice_docx(getattr(samples, name))
    yield "SLIP", slip_docx(samples.SLIP)
    yield "RECORD", record_docx(samples.RECORD)


def _parts(docx: bytes) -> dict[str, str]:
    with ZipFile(BytesIO(docx)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist() if name.endswith(".xml")}


def _text(docx: bytes) -> str:
    """All text of the body, tables included, in its order."""
    body = Document(BytesIO(docx)).element.body
    return squeezed("".join(piece.text or "" for piece in body.iter(qn("w:t"))))


def _paragraph(document: DocumentType, words: str) -> Paragraph:
    return next(one for one in document.paragraphs if words in one.text)


def _value(paragraph: Paragraph, tag: str, name: str) -> str | None:
    found = paragraph.paragraph_format.element.find(f".//{qn(f'w:{tag}')}")
    return None if found is None else found.get(qn(f"w:{name}"))


def test_page_margins_and_grid_are_those_of_the_standard() -> None:
    for name, docx in _every_paper():
        section = Document(BytesIO(docx)).sections[0]
        measures = (section.page_width, section.page_height, section.top_margin, section.left_margin)
        assert measures == pytest.approx((Mm(210), Mm(297), Mm(37), Mm(28)), abs=Mm(1) / 20), name
        assert (section.right_margin, section.bottom_margin) == pytest.approx((Mm(26), Mm(35)), abs=Mm(1) / 20)
    [grid] = SHORT.element.body.iter(qn("w:docGrid"))
    assert grid.get(qn("w:type")) == "linesAndChars"
    pitch, space = int(grid.get(qn("w:linePitch"))), int(grid.get(qn("w:charSpace")))
    assert 22 * pitch / 20 <= 225 / 25.4 * 72 < 22 * (pitch + 1) / 20
    assert 28 * (16 + space / 4096) == pytest.approx(156 / 25.4 * 72, abs=0.1)


def test_the_type_is_named_as_offices_know_it() -> None:
    named = {
        samples.ISSUER: "方正小标宋简体",
        "约谈通知书": "方正小标宋简体",
        "沈公民约〔2024〕1号": "仿宋_GB2312",
        "一、约谈对象和方式": "黑体",
        samples.SHORT.facts[0]: "仿宋_GB2312",
    }
    for words, font in named.items():
        assert _value(_paragraph(SHORT, words), "rFonts", "eastAsia") == font, words
    long = Document(BytesIO(notice_docx(samples.LONG)))
    assert _value(_paragraph(long, "（一）涉及事项"), "rFonts", "eastAsia") == "楷体_GB2312"
    sizes = {run.font.size for one in SHORT.paragraphs for run in one.runs}
    assert {Pt(16), Pt(22)} < sizes


def test_the_mark_is_red_and_the_red_line_lies_under_the_number() -> None:
    mark, number = SHORT.paragraphs[0], SHORT.paragraphs[1]
    assert _value(mark, "color", "val") == "C80000"
    assert mark.paragraph_format.space_before == pytest.approx(Mm(32.4), abs=Mm(0.5))  # and the rest of its line
    assert number.text == "沈公民约〔2024〕1号"
    assert _value(number, "bottom", "color") == "c80000"
    assert _value(number, "ind", "left") is None  # the line is as wide as the text block


@pytest.mark.parametrize(("is_sealed", "right"), [(True, "400"), (False, "200")])
def test_the_date_keeps_its_distance_from_the_right(*, is_sealed: bool, right: str) -> None:
    document = Document(BytesIO(notice_docx(replace(samples.SHORT, is_sealed=is_sealed))))
    day = document.paragraphs[-1]
    assert day.runs[0].text == "2024年5月19日"
    assert (_value(day, "jc", "val"), _value(day, "ind", "rightChars")) == ("right", right)


def test_paragraphs_begin_two_characters_in() -> None:
    assert _value(_paragraph(SHORT, samples.SHORT.facts[0]), "ind", "firstLineChars") == "200"
    assert _value(_paragraph(SHORT, "示例派出所："), "ind", "firstLineChars") is None


def test_page_numbers_are_fields_at_the_right_of_odd_and_the_left_of_even_pages() -> None:
    section = SHORT.sections[0]
    assert SHORT.settings.odd_and_even_pages_header_footer
    for footer, side in (
        (section.first_page_footer, "right"),
        (section.footer, "right"),
        (section.even_page_footer, "left"),
    ):
        line = footer.paragraphs[0]
        assert line.text == "— 1 —"
        assert _value(line, "jc", "val") == side
        assert " PAGE " in "".join(one.text or "" for one in line.paragraph_format.element.iter(qn("w:instrText")))
    assert "仿宋_GB2312" in section.first_page_footer.paragraphs[1].text
    assert {len(one.paragraphs) for one in (section.first_page_footer, section.footer, section.even_page_footer)} == {2}


def test_the_copies_block_stands_at_the_foot_with_heavy_and_light_rules() -> None:
    day = SHORT.paragraphs[-1].paragraph_format.element
    [box] = day.xpath(".//wp:anchor")
    assert box.xpath("./wp:positionV[@relativeFrom='margin']/wp:align")[0].text == "bottom"
    [extent] = box.xpath("./wp:extent")
    assert (int(extent.get("cx")), int(extent.get("cy"))) == pytest.approx((Mm(156), Mm(3 * 7.67 + 0.35)), abs=Mm(0.1))
    rows = ["".join(text.text for text in row.iter(qn("w:t"))) for row in box.iter(qn("w:tr"))]
    assert [squeezed(row) for row in rows] == [
        "抄送：分局纪检室。", "拟稿：郑某审核：吴某签发：王某", f"{samples.ISSUER}2024年5月19日印发",
    ]  # fmt: skip
    heavy_and_light = [edge.get(qn("w:sz")) for edge in box.iter(qn("w:top"), qn("w:bottom"))]
    assert heavy_and_light == ["8", "6", "6", "8"]  # eighths of a point: 0.35 mm and 0.25 mm


def test_everything_the_notice_has_to_say_is_in_its_text() -> None:
    text = _text(notice_docx(samples.LONG))
    for words in samples.words_of(samples.LONG):
        assert squeezed(words) in text, words


def test_slip_and_record_say_what_they_have_to() -> None:
    slip, record = _text(slip_docx(samples.REFUSED)), _text(record_docx(samples.RECORD))
    for words in (
        "送　达　回　执",
        "（拒绝签收）",
        samples.REFUSED.refusal_reason,
        *samples.REFUSED.witnesses,
        "留置送达",
    ):
        assert squeezed(words) in slip
    for words in (
        *samples.RECORD.demands,
        *samples.RECORD.promises,
        samples.RECORD.said[-1].text,
        "被约谈人（签名）：",
    ):
        assert words in record


def test_a_draft_has_no_number_and_a_void_notice_keeps_it() -> None:
    draft = _parts(notice_docx(replace(samples.DRAFT, year=2024, number=77)))
    assert not any("〔2024〕" in part or "77号" in part for part in draft.values())
    assert sum(" 草稿 " in part for part in draft.values()) == 3  # the heads of first, odd and even pages
    void = _parts(notice_docx(samples.VOID))
    assert "沈公民约〔2024〕2号" in void["word/document.xml"]
    assert sum(" 作废 " in part for part in void.values()) == 3


def test_elements_stand_in_the_order_that_word_asks_for() -> None:
    for name, docx in _every_paper():
        with ZipFile(BytesIO(docx)) as archive:
            assert archive.testzip() is None
        document = Document(BytesIO(docx))
        for kind, order in ORDER.items():
            for properties in document.element.body.iter(qn(f"w:{kind}")):
                tags = [child.tag.rpartition("}")[2] for child in properties]
                tags = [tag for tag in tags if not tag.endswith("Reference")]  # heads and feet: in any order, first
                assert tags == sorted(tags, key=order.index), (name, kind)


def test_the_same_content_gives_the_same_bytes_and_names_no_program_user() -> None:
    for (name, first), (_, second) in zip(_every_paper(), _every_paper(), strict=True):
        assert first == second, name
        about = Document(BytesIO(first)).core_properties
        assert (about.author, about.last_modified_by, about.comments) == (samples.ISSUER, samples.ISSUER, "")


@settings(max_examples=10, deadline=None, derandomize=True)
@given(
    st.text(st.characters(), max_size=60), st.text(st.sampled_from("😀\ud800\0\x0b\ufffe\u202e，。A<&>\n"), max_size=30)
)
def test_any_text_makes_a_document_that_opens(one: str, other: str) -> None:
    matter = replace(samples.matter(1), item=one, answer=other)
    notice = replace(samples.SHORT, title=one, unit=other, facts=(one, other), matters=(matter,), issuer=other)
    for docx in (notice_docx(notice), slip_docx(replace(samples.SLIP, issuer=one, note=other))):
        assert Document(BytesIO(docx)).paragraphs
