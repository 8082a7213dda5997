"""What the papers of an interview say: all of it, marked for what it is, whatever was typed in."""

from dataclasses import replace
from io import BytesIO

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from followup.notices.documents.content import Saying
from followup.notices.documents.layout import BOTTOM, LEFT, RIGHT
from followup.notices.documents.pdf import notice_pdf, record_pdf, slip_pdf
from tests.followup import notice_samples as samples
from tests.followup.notice_measure import letters, line_with, lines, page_count, squeezed, text_of


def test_everything_the_notice_has_to_say_is_in_its_text() -> None:
    text = _running_text(notice_pdf(samples.LONG, samples.FONTS))
    for words in samples.words_of(samples.LONG):
        assert squeezed(words) in text, words
    for said in (
        "《信访工作条例》第三十九条",
        "集体约谈",
        "2024年5月24日9时30分",
        "2024年6月3日前（含当日）",
        "共25件",
    ):
        assert said in text
    assert text.count("派单日期应办结日期") == 2  # the table's head is repeated on its second page


def _text(pdf: bytes) -> str:
    return squeezed("".join(one.text for one in letters(pdf)))


def _running_text(pdf: bytes) -> str:
    """The text without what stands below it on each page."""
    return squeezed("".join(one.text for one in letters(pdf) if one.y < BOTTOM))


def test_a_draft_says_so_on_each_page_and_carries_no_number() -> None:
    pdf = notice_pdf(replace(samples.DRAFT, prefix="沈公民约", year=2024, number=77, title="约谈通知书"), samples.FONTS)
    reader = PdfReader(BytesIO(pdf))
    text = _text(pdf)
    assert "〔2024〕" not in text
    assert "77" not in text
    assert "（草稿未编号）" in text
    for page in range(page_count(pdf)):
        assert "".join(one.text for one in letters(pdf) if one.page == page and one.size == 190) == "草稿"
    assert reader.metadata is not None
    assert "77" not in str(reader.metadata.title)
    assert "2024年5月19日" not in text  # no date either: it is set when the notice is issued


def test_a_void_notice_keeps_its_number_and_is_marked_on_each_page() -> None:
    pdf = notice_pdf(samples.VOID, samples.FONTS)
    found = letters(pdf)
    assert text_of(line_with(found, "沈公民约")) == "沈公民约〔2024〕2号"
    for page in range(page_count(pdf)):
        assert "".join(one.text for one in found if one.page == page and one.size == 190) == "作废"
    assert "作废" in {text_of(line) for line in lines(found) if line[0].size == 26}


def test_an_issued_notice_must_have_its_number_and_date() -> None:
    for missing in ({"number": None}, {"year": None}, {"issued_on": None}, {"is_draft": True, "is_void": True}):
        with pytest.raises(ValueError, match=r"number|draft"):
            replace(samples.SHORT, **missing)


def test_the_slip_is_one_page_and_a_refusal_counts_with_reason_and_witness() -> None:
    for slip in (samples.SLIP, samples.REFUSED):
        pdf = slip_pdf(slip, samples.FONTS)
        assert page_count(pdf) == 1
        for words in (
            "送达回执",
            slip.number,
            slip.unit,
            slip.way,
            *slip.served_by,
            *slip.witnesses,
            slip.refusal_reason,
        ):
            assert squeezed(str(words)) in _text(pdf), words
        assert slip.counts_as_served
    assert "（拒绝签收）" in _text(slip_pdf(samples.REFUSED, samples.FONTS))
    assert not replace(samples.REFUSED, witnesses=()).counts_as_served
    assert not replace(samples.REFUSED, refusal_reason="").counts_as_served
    assert not replace(samples.SLIP, served_at=None).counts_as_served


def test_an_empty_slip_can_be_filled_in_by_hand() -> None:
    blank = replace(samples.SLIP, served_at=None, way=None, recipient="", served_by=())
    assert "年月日时分" in _text(slip_pdf(blank, samples.FONTS))
    assert "□直接□留置□邮寄□电子" in _text(slip_pdf(blank, samples.FONTS))


def test_the_record_has_both_sides_and_the_places_to_sign() -> None:
    text = _text(record_pdf(samples.RECORD, samples.FONTS))
    for saying in samples.RECORD.said:
        for part in saying.text.split("\n"):
            assert part in text
    for words in ("2024年5月24日9时30分至10时40分", *samples.RECORD.demands, *samples.RECORD.promises):
        assert words in text
    for label in ("被约谈人（签名）：", "约谈人（签名）：", "记录人（签名）："):
        assert label in text


ODD = st.text(
    st.one_of(
        st.sampled_from(
            "公安，。（）“”《》—…·〔〕\u3000 1aA-\n\t\r\0\x07\u200d\u202e😀👮🏽㐂𠮷𪚥é٣กא\ud800\ufffe\ue000〓"
        ),
        st.characters(),
    ),
    max_size=120,
)
ODD_OR_LONG = st.one_of(
    ODD, st.builds(lambda letter, count: letter * count, st.sampled_from("W1龘）（—😀"), st.integers(1, 400))
)


# Not shrunk: each example sets three papers.
@settings(
    max_examples=10, deadline=None, derandomize=True, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
@given(ODD_OR_LONG, ODD_OR_LONG, ODD)
def test_any_text_can_be_set_and_nothing_falls_off_the_page(long_text: str, other: str, name: str) -> None:
    one = replace(samples.matter(1), item=long_text, reference=other, answer=name)
    notice = replace(
        samples.SHORT, issuer=name, title=other, unit=name, person=other, post=name, prefix=name, place=other,
        facts=(long_text, other), matters=(one,), bring=(other,), report_back=(name,), copies_to=(long_text, name),
        drafter=other, signer=name, basis=other, appeal_to=name,
    )  # fmt: skip
    papers = [
        notice_pdf(notice, samples.FONTS),
        slip_pdf(
            replace(samples.REFUSED, issuer=name, unit=other, refusal_reason=long_text, witnesses=(other,)),
            samples.FONTS,
        ),
        record_pdf(
            replace(samples.RECORD, said=(Saying(text=long_text, speaker=name),), place=other, issuer=other),
            samples.FONTS,
        ),
    ]
    for pdf in papers:
        for letter in letters(pdf):
            assert letter.left > LEFT - 1 or letter.size == 190, letter
            assert letter.right < RIGHT + 1, letter
            assert 0 < letter.top <= letter.bottom < 297, letter


def test_a_letter_that_no_font_has_is_seen_and_declared() -> None:
    notice = replace(samples.SHORT, person="王𠮷", facts=("反映人提到😀。",))
    text = _text(notice_pdf(notice, samples.FONTS))
    assert "王〓（所长）" in text
    assert "反映人提到〓。" in text
    assert "字库缺字以〓代：U+20BB7、U+1F600。" in text
