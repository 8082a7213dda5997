"""The papers of an interview as PDF, measured against GB/T 9704-2012: the number behind a test is its clause."""

from dataclasses import replace
from datetime import date
from io import BytesIO
from itertools import pairwise

import pytest
from pypdf import PdfReader

from followup.notices.documents.layout import BOTTOM, CELL, LEFT, PITCH, RIGHT, TOP
from followup.notices.documents.notice_pages import notice_pages
from followup.notices.documents.pages import Type
from followup.notices.documents.pdf import notice_pdf
from followup.notices.documents.typeset import CLOSING, OPENING, Setter
from tests.followup import notice_samples as samples
from tests.followup.notice_measure import (
    Letter,
    fonts_of,
    ink,
    is_red,
    letters,
    line_with,
    lines,
    span,
    text_of,
)

EM = 16 * 25.4 / 72
CHARACTERS = "群众反映夜间噪声扰民事项逾期未办结经回访答复不满意" * 8


@pytest.fixture(scope="module")
def short() -> list[Letter]:
    return letters(notice_pdf(samples.SHORT, samples.FONTS))


@pytest.fixture(scope="module")
def long_pdf() -> bytes:
    return notice_pdf(samples.LONG, samples.FONTS)


@pytest.fixture(scope="module")
def long(long_pdf: bytes) -> list[Letter]:
    return letters(long_pdf)


def _body(found: list[Letter], page: int) -> list[Letter]:
    return [one for one in found if one.page == page and one.size == 16]


def test_every_page_is_a4_and_all_type_lies_in_the_text_block() -> None:
    for name, pdf in samples.papers():
        for page in PdfReader(BytesIO(pdf)).pages:
            assert (float(page.mediabox.width), float(page.mediabox.height)) == pytest.approx((595.28, 841.89), abs=0.1)
        for one in letters(pdf):
            if (one.size in {7.5, 14} and one.y > BOTTOM) or one.size == 190:
                continue  # page number, declaration, watermark
            assert one.left > LEFT - 0.5, (name, one)
            assert one.right < RIGHT + 0.5, (name, one)
            assert TOP - 0.5 < one.top < one.bottom < BOTTOM + 0.5, (name, one)


def test_a_page_has_22_lines_at_an_even_pitch() -> None:
    """5.2.3: the text block is 225 mm high, so a line takes 10.227 mm."""
    found = letters(notice_pdf(replace(samples.SHORT, facts=(CHARACTERS * 8,)), samples.FONTS))
    baselines = sorted({one.y for one in _body(found, 1)})
    assert len(baselines) == 22
    assert baselines[0] == pytest.approx(TOP + (PITCH - EM) / 2 + 0.88 * EM, abs=0.1)
    steps = [after - before for before, after in pairwise(baselines)]
    assert steps == pytest.approx([225 / 22] * 21, abs=0.02)


def test_no_page_has_more_than_22_lines(long: list[Letter]) -> None:
    for page in range(4):
        baselines = {round(one.y, 1) for one in _body(long, page)}
        assert len(baselines) <= 22
        lowest = [(y - TOP - (PITCH - EM) / 2 - 0.88 * EM) / PITCH for y in baselines]
        grid = [place for place in lowest if page or place > 9]  # the number above the red line stands by itself
        assert all(abs(place - round(place)) < 0.02 for place in grid)


def test_a_full_line_has_28_characters_across_156_millimetres() -> None:
    found = letters(notice_pdf(replace(samples.SHORT, facts=(CHARACTERS,)), samples.FONTS))
    full = [line for line in lines(found) if text_of(line) in CHARACTERS and len(line) == 28]
    assert len(full) == 6
    for line in full:
        assert line[0].x == pytest.approx(28, abs=0.05)
        steps = [after.x - before.x for before, after in pairwise(line)]
        assert steps == pytest.approx([156 / 28] * 27, abs=0.03)
        assert line[-1].x + 156 / 28 == pytest.approx(184, abs=0.1)
    first = next(line for line in lines(found) if text_of(line) == CHARACTERS[:26])
    assert first[0].x == pytest.approx(28 + 2 * 156 / 28, abs=0.05)  # 7.3.3: two characters in


def test_the_mark_is_red_and_35_millimetres_below_the_top_of_the_text_block() -> None:
    """7.2.4."""
    red = ink(notice_pdf(samples.SHORT, samples.FONTS), 0, is_red)
    top, _ = span(red.any(axis=1))
    assert top == pytest.approx(37 + 35, abs=1)
    rows = slice(int(top * 10), int((top + 14) * 10))
    left, right = span(red[rows].any(axis=0))
    assert (left + right) / 2 == pytest.approx(106, abs=0.5)
    assert 28 <= left < right <= 184


def test_the_number_stands_two_lines_below_the_mark_in_the_middle(short: list[Letter]) -> None:
    """7.2.5."""
    number = line_with(short, "沈公民约")
    [mark] = [line for line in lines(short) if line[0].size > 40]
    assert text_of(number) == "沈公民约〔2024〕1号"
    assert {one.size for one in number} == {16}
    assert (number[0].x + number[-1].x + CELL) / 2 == pytest.approx(106, abs=0.5)
    line_top = number[0].y - 0.88 * EM - (PITCH - EM) / 2
    assert (line_top - max(one.bottom for one in mark)) / PITCH == pytest.approx(2, abs=0.15)


def test_the_red_line_is_4_millimetres_below_the_number_and_156_wide(short: list[Letter]) -> None:
    """7.2.7."""
    red = ink(notice_pdf(samples.SHORT, samples.FONTS), 0, is_red)
    wide = red.sum(axis=1) > 1500
    top, bottom = span(wide)
    left, right = span(red[wide].any(axis=0))
    assert (left, right) == pytest.approx((28, 184), abs=0.5)
    foot = line_with(short, "沈公民约")[0].y + 0.12 * EM
    assert (top + bottom) / 2 - foot == pytest.approx(4, abs=0.2)


def test_the_title_is_22_point_centred_two_lines_below_the_red_line(short: list[Letter], long: list[Letter]) -> None:
    """7.3.1."""
    for found, words in ((short, "约谈通知书"), (long, "关于约谈示例派出所主要负责人的通知")):
        [title] = [line for line in lines(found) if {one.size for one in line} == {22}]
        assert text_of(title) == words
        em = 22 * 25.4 / 72
        assert (title[0].x + title[-1].x + em) / 2 == pytest.approx(106, abs=0.5)
        line_top = title[0].y - 0.88 * em - (PITCH - em) / 2
        assert (line_top - (line_with(found, "沈公民约")[0].y + 0.12 * EM + 4)) / PITCH == pytest.approx(2, abs=0.05)


def test_a_long_title_is_set_in_balanced_lines() -> None:
    title = "关于约谈示例派出所主要负责人并限期整改群众反映强烈的夜间噪声扰民问题的通知"
    found = letters(notice_pdf(replace(samples.SHORT, title=title), samples.FONTS))
    first, second = (text_of(line) for line in lines(found) if {one.size for one in line} == {22})
    assert first + second == title
    assert abs(len(first) - len(second)) <= 2


def test_page_numbers_stand_7_millimetres_below_odd_right_even_left(long: list[Letter]) -> None:
    """7.5: the dashes' upper edge; one character in from the edge of the text block."""
    numbers = [line for line in lines(long) if line[0].y > BOTTOM and line[0].size == 14]
    assert [text_of(line) for line in numbers] == [f"—{page}—" for page in range(1, 5)]
    for page, line in enumerate(numbers, start=1):
        assert line[0].top == pytest.approx(262 + 7, abs=0.1)
        character = 14 * 25.4 / 72
        if page % 2:
            assert line[-1].right == pytest.approx(184 - character, abs=0.5)
        else:
            assert line[0].left == pytest.approx(28 + character, abs=0.5)


@pytest.mark.parametrize(("is_sealed", "free"), [(True, 4), (False, 2)])
def test_the_date_ends_four_characters_from_the_right_when_sealed(*, is_sealed: bool, free: int) -> None:
    """7.3.5.1, 7.3.5.2; no leading zeros (7.3.5.4), and the name stands centred above."""
    notice = replace(samples.SHORT, is_sealed=is_sealed, issued_on=date(2024, 6, 9))
    found = letters(notice_pdf(notice, samples.FONTS))
    [day] = [line for line in lines(found) if text_of(line) == "2024年6月9日"]
    assert day[-1].x + CELL == pytest.approx(184 - free * CELL, abs=0.2)
    middle = (day[0].x + day[-1].x + CELL) / 2
    above = [line for line in lines(found) if line[0].page == day[0].page and 0 < day[0].y - line[0].y < 2.1 * PITCH]
    assert "".join(map(text_of, above)) == samples.ISSUER
    for line in above:
        assert (line[0].x + line[-1].x + CELL) / 2 == pytest.approx(middle, abs=0.2)


def test_the_seal_finds_room_beside_nothing_else(short: list[Letter]) -> None:
    """A seal of 42 mm covers name and date; no text lies where it is put."""
    day = next(line for line in lines(short) if text_of(line) == "2024年5月19日")
    x, y = (day[0].x + day[-1].x + CELL) / 2, day[0].y - 1.4 * PITCH
    under = [one for one in short if one.page == day[0].page and (one.x + 2 - x) ** 2 + (one.y - 2 - y) ** 2 < 21**2]
    assert {one.text for one in under} <= set(samples.ISSUER + "2024年5月19日")
    assert len(under) > 20


def test_the_copies_block_ends_on_the_lower_edge_of_the_text_block(long_pdf: bytes, long: list[Letter]) -> None:
    """7.4: 14 point, one character in at both sides, heavy rules outside, light ones between."""
    dark = ink(long_pdf, 3, lambda colours: colours.sum(axis=-1) < 300)
    rules = [place / 10 for place in range(2000, 2660) if dark[place].sum() > 1500]
    assert rules[-1] == pytest.approx(262, abs=0.3)
    assert len([y for place, y in enumerate(rules) if not place or y - rules[place - 1] > 1]) == 4
    copies = [line for line in lines(long) if line[0].page == 3 and line[0].size == 14 and line[0].y < BOTTOM]
    said = [text_of(line) for line in copies]
    assert said[0].startswith("抄送：分局纪检室，治安管理大队")
    assert said[-2:] == ["拟稿：郑某审核：吴某签发：王某", f"{samples.ISSUER}2024年5月19日印发"]
    character = 14 * 25.4 / 72
    assert copies[-1][0].x == pytest.approx(28 + character, abs=0.1)
    assert copies[-1][-1].x + character == pytest.approx(184 - character, abs=0.2)
    assert copies[1][0].x == pytest.approx(28 + 4 * character, abs=0.2)  # under the first body, not under 抄送


def test_the_levels_have_their_own_type(long: list[Letter]) -> None:
    pdf = notice_pdf(samples.LONG, samples.FONTS)
    names = {str(font["/BaseFont"]) for page in PdfReader(BytesIO(pdf)).pages for font in fonts_of(page)}
    assert {name.partition("+")[2] for name in names} == {"NotoSerifSC-Regular", "NotoSansSC-Regular"}
    assert line_with(long, "一、约谈对象和方式")[0].x == pytest.approx(28 + 2 * CELL, abs=0.05)


def test_every_font_is_embedded_as_a_subset() -> None:
    for name, pdf in samples.papers():
        for page in PdfReader(BytesIO(pdf)).pages:
            for font in fonts_of(page):
                descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
                assert "/FontFile2" in descriptor, (name, font["/BaseFont"])
                assert "+" in str(font["/BaseFont"])
        assert len(pdf) < 150_000


def test_the_file_says_what_it_is_and_in_which_language() -> None:
    reader = PdfReader(BytesIO(notice_pdf(samples.SHORT, samples.FONTS)))
    assert reader.metadata is not None
    assert reader.metadata.title == "约谈通知书 沈公民约〔2024〕1号"
    assert reader.metadata.author == samples.ISSUER
    assert str(reader.root_object["/Lang"]) == "zh-CN"


def test_the_same_content_gives_the_same_bytes_again() -> None:
    for (name, first), (_, second) in zip(samples.papers(), samples.papers_anew(), strict=True):
        assert first == second, name


def test_no_line_starts_with_a_closing_mark_or_ends_with_an_opening_one() -> None:
    fact = "“公”（安）、《条例》；‘办’理：第一项，（二）……——第，三！（四）？" * 9
    notice = replace(samples.LONG, facts=(fact, *(CHARACTERS[:length] + "），" + fact for length in range(20, 29))))
    found = [one for one in letters(notice_pdf(notice, samples.FONTS)) if one.size == 16]
    assert len(lines(found)) > 100
    for line in lines(found):
        assert line[0].text not in CLOSING - {"—", "…"}, text_of(line)
        assert line[-1].text not in OPENING, text_of(line)
        assert line[-1].right < RIGHT + 0.5


def _set_lines(*facts: str) -> list[tuple[int, float, str]]:
    """Page, height and text of each line of body type, before it is drawn."""
    notice = replace(samples.SHORT, facts=facts)
    rows: dict[tuple[int, float], str] = {}
    for page, marks in enumerate(notice_pages(notice, Setter(samples.FONTS))):
        for mark in marks:
            if isinstance(mark, Type) and mark.size == 16:
                place = (page, round(mark.y, 1))
                rows[place] = rows.get(place, "") + mark.text
    return [(*place, rows[place]) for place in sorted(rows)]


def test_no_heading_stands_alone_at_the_foot_of_a_page() -> None:
    for count in range(30):
        for (page, _, text), (next_page, *_) in pairwise(_set_lines(*[CHARACTERS[:26]] * count)):
            if text[:2] in {"一、", "二、", "三、", "四、", "五、"}:
                assert page == next_page, (count, text)


def test_the_signature_never_stands_on_a_page_without_text() -> None:
    for count in range(30):
        found = _set_lines(*[CHARACTERS[:26]] * count)
        [(page, height)] = [place for *place, text in found if text == "2024年5月19日"]
        above = [one for one in found if one[0] == page and one[1] < height - 2.5 * PITCH]
        assert len(above) >= 2, count
        assert all(one[0] < page or one[1] <= height for one in found)


def test_digits_and_words_stay_together() -> None:
    for length in range(15, 27):
        found = _set_lines(CHARACTERS[:length] + "ABCDEF-2024-000123" + CHARACTERS[:30])
        assert [text for *_, text in found if "ABCDEF-2024-000123" in text], length


def test_hundreds_of_copies_make_the_block_smaller_and_stay_on_the_page() -> None:
    notice = replace(samples.SHORT, copies_to=tuple(f"第{number}派出所" for number in range(300)))
    found = letters(notice_pdf(notice, samples.FONTS))
    assert "第299派出所。" in "".join(one.text for one in found)
    assert max(one.bottom for one in found if "所" in one.text) < BOTTOM
