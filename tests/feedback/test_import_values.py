"""Cells to values, in the many ways in which files write them."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feedback.imports.values import grade_of, kind_of, moment_of, phone_of, text_of, yes_of
from opinion_portal.clock import BUREAU_ZONE


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=BUREAU_ZONE)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2019/2/28 11:25:05", at(2019, 2, 28, 11, 25, 5)),
        ("2019-02-28", at(2019, 2, 28)),
        ("2019-2-8 9:05", at(2019, 2, 8, 9, 5)),
        ("2019年2月28日 11时25分", at(2019, 2, 28, 11, 25)),
        ("2019年2月28日", at(2019, 2, 28)),
        ("２０１９．２．２８ １１：２５", at(2019, 2, 28, 11, 25)),
        ("2019/2/28 下午 3:20", at(2019, 2, 28, 15, 20)),
        ("2019/2/28 3:20 PM", at(2019, 2, 28, 15, 20)),
        ("2019/2/28 12:20 am", at(2019, 2, 28, 0, 20)),
        ("20190228", at(2019, 2, 28)),
        ("20190228112505", at(2019, 2, 28, 11, 25, 5)),
        (20190228, at(2019, 2, 28)),
        ("2019-02-28T11:25:05Z", datetime(2019, 2, 28, 11, 25, 5, tzinfo=UTC)),
        ("2019-02-28T11:25:05.123+08:00", at(2019, 2, 28, 11, 25, 5)),
        (43524.5, at(2019, 2, 28, 12)),
        ("43524.5", at(2019, 2, 28, 12)),
        (datetime(2019, 2, 28, 11, 25), at(2019, 2, 28, 11, 25)),  # noqa: DTZ001
        (date(2019, 2, 28), at(2019, 2, 28)),
    ],
)  # fmt: skip
def test_a_time_is_read_however_it_is_written(cell: Any, moment: datetime) -> None:
    assert moment_of(cell, BUREAU_ZONE) == moment


@pytest.mark.parametrize("cell", ["", None, " - ", "无", "N/A"])
def test_no_time_is_no_time(cell: Any) -> None:
    assert moment_of(cell, BUREAU_ZONE) is None


@pytest.mark.parametrize(
    "cell", ["昨天", "2019-13-01", "28/02/2019", "2019-02-30", "2019", "11:25", 3, 1e300, float("inf"), "9" * 40]
)
def test_a_time_that_cannot_be_read_is_not_guessed(cell: Any) -> None:
    with pytest.raises((ValueError, OverflowError)):
        moment_of(cell, BUREAU_ZONE)


@pytest.mark.parametrize(
    ("cell", "grade"),
    [
        (5, 5), (4.0, 4), ("３", 3), ("2分", 2), ("5星", 5), ("五星", 5), ("4 stars", 4), ("★★★☆☆", 3), ("非常满意", 5),
        ("满意", 4), ("基本满意", 3), ("不满意", 2), ("非常不满意", 1), ("Very satisfied", 5), ("不安全", 2),
        ("", None), ("未评价", None), (None, None),
    ],
)  # fmt: skip
def test_a_grade_is_a_digit_stars_or_a_word_of_the_scale(cell: Any, grade: int | None) -> None:
    assert grade_of(cell) == grade


@pytest.mark.parametrize("cell", [0, 6, 4.5, "10分", "还行吧", "nan?", True, "☆☆☆", "1e400"])
def test_what_is_no_grade_is_not_made_one(cell: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        grade_of(cell)


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("投诉", "complaint"),
        ("咨询类", "question"),
        ("consult", "question"),
        ("点赞", "praise"),
        ("", ""),
        ("求助", "help"),
    ],
)
def test_a_kind_goes_by_many_names(cell: str, kind: str) -> None:
    assert kind_of(cell) == kind


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("139 0000 1111", "13900001111"), ("+86 139-0000-1111", "13900001111"), (13900001111.0, "13900001111"),
        ("024-23110110", "02423110110"), ("23110110", "23110110"), ("", ""), ("１３９００００１１１１", "13900001111"),
    ],
)  # fmt: skip
def test_a_phone_number_loses_its_separators(cell: Any, number: str) -> None:
    assert phone_of(cell) == number


@pytest.mark.parametrize("cell", ["1.39E+10", "139****1111", "12345", "张三", "139000011112"])
def test_a_mangled_phone_number_is_not_kept(cell: str) -> None:
    with pytest.raises(ValueError, match="phone"):
        phone_of(cell)


@pytest.mark.parametrize(
    ("cell", "answer"), [("是", True), ("同意", True), (1, True), (True, True), ("否", False), ("", False)]
)
def test_consent_is_given_only_by_saying_yes(cell: Any, answer: bool) -> None:
    assert yes_of(cell) is answer


def test_whole_numbers_have_no_decimals_as_text() -> None:
    assert (text_of(188006.0), text_of(None), text_of("  a "), text_of(1.5)) == ("188006", "", "a", "1.5")


CELLS = st.one_of(
    st.text(max_size=40), st.integers(), st.floats(), st.booleans(), st.none(), st.datetimes(), st.dates()
)


@given(CELLS)
@example(12345)  # five digits that are no spreadsheet's day
@example("99999")
def test_no_cell_breaks_a_reader(cell: Any) -> None:
    for read in (lambda c: moment_of(c, BUREAU_ZONE), grade_of, kind_of, phone_of, yes_of, text_of):
        try:
            read(cell)
        except (ValueError, OverflowError):
            continue
