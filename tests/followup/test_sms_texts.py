"""SMS texts: variables, length in parts, signatures, and what may not be read on a locked screen."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.sms.texts import (
    LONGEST,
    Problem,
    body_problem,
    full_text,
    leaks,
    parts,
    signature_problem,
    text_render,
    variables,
)

TEXTS = Path(__file__).parents[2] / "followup" / "reference" / "sms_texts.csv"
with TEXTS.open(encoding="utf-8", newline="") as file:
    REFERENCE = [(row["code"], row["signature"], row["body"]) for row in csv.DictReader(file)]

VALUES = {
    "reference": "F-00012345", "link": "https://shenhe.example/r/", "count": "12", "date": "11月28日", "time": "14:30",
}  # fmt: skip
SURVEY = "请评价：回复1满意 2基本满意 3不满意。编号{reference}。拒收回复TD"


def _values(body: str) -> dict[str, str]:
    return {name: VALUES[name] for name in variables(body)}


@pytest.mark.parametrize(("code", "signature", "body"), REFERENCE)
def test_every_reference_text_is_one_or_two_parts_with_its_values(code: str, signature: str, body: str) -> None:
    assert parts(full_text(signature, text_render(body, _values(body)))) in {1, 2}, code


@pytest.mark.parametrize(("code", "signature", "body"), REFERENCE)
def test_no_reference_text_has_a_problem(code: str, signature: str, body: str) -> None:
    assert signature_problem(signature) is None, code
    assert body_problem(body) is None, code


@pytest.mark.parametrize(("code", "signature", "body"), REFERENCE)
def test_no_reference_text_tells_a_locked_screen_what_it_is_about(code: str, signature: str, body: str) -> None:
    forbidden = ["投诉", "举报", "派出所", "民警", "姓名", "约谈原因"]
    assert leaks(text_render(body, _values(body)), forbidden) == [], code


def test_variables_are_named_once_and_in_the_order_of_their_use() -> None:
    assert variables("{b}和{a}和{b}") == ["b", "a"]
    assert variables("没有变量") == []


def test_a_text_is_rendered_with_its_values_and_trimmed_at_its_ends() -> None:
    assert text_render(" {a}有{b}件，{a} ", {"a": " 甲\n", "b": "3"}) == "甲有3件，甲"


def test_a_missing_value_is_named() -> None:
    with pytest.raises(ValueError, match="no value for reference"):
        text_render(SURVEY, {})


def test_a_value_nobody_asked_for_is_named() -> None:
    with pytest.raises(ValueError, match="no variable name"):
        text_render(SURVEY, {"reference": "F-1", "name": "张三"})


@pytest.mark.parametrize(
    "value", ["一\n二", "一\r二", "一\u2028二", "一\x85二", "一\x0b二", "{link}", "一}", "【甲】", "甲】", "", " \n "]
)
def test_a_value_that_could_change_the_text_is_refused_without_being_repeated(value: str) -> None:
    with pytest.raises(ValueError, match="the value of reference") as refusal:
        text_render(SURVEY, {"reference": value})
    assert not value.strip() or value not in str(refusal.value).removesuffix("braces or 【】")


@pytest.mark.parametrize("body", ["{", "}", "{a", "{}", "{a b}", "{1}", "{a.b}", "{a!r}", "{{a}}", "{姓名}"])
def test_a_brace_that_belongs_to_no_variable_is_refused(body: str) -> None:
    with pytest.raises(ValueError, match="no variable"):
        text_render(body, {"a": "x"} if "a" in variables(body) else {})
    assert body_problem(body) is Problem.BODY_BRACES


def test_the_signature_stands_before_the_body_in_its_brackets() -> None:
    assert full_text("沈河公安", "您好") == "【沈河公安】您好"


@pytest.mark.parametrize(
    ("length", "expected"), [(1, 1), (70, 1), (71, 2), (134, 2), (135, 3), (201, 3), (202, 4), (469, 7), (500, 8)]
)
def test_a_long_text_is_sent_in_parts_of_67(length: int, expected: int) -> None:
    assert parts("警" * length) == expected


def test_the_signature_counts() -> None:
    assert parts(full_text("沈河公安", "警" * 64)) == 1
    assert parts(full_text("沈河公安", "警" * 65)) == 2


def test_a_picture_counts_twice() -> None:
    assert parts("👍" * 35) == 1
    assert parts("👍" * 35 + "1") == 2


def test_more_than_500_characters_are_refused() -> None:
    with pytest.raises(ValueError, match="501 characters"):
        parts("警" * 501)
    with pytest.raises(ValueError, match="502 characters"):
        parts("👍" * 251)


@pytest.mark.parametrize(
    ("signature", "problem"),
    [
        ("沈河公安", None),
        ("警务", None),
        ("沈阳市公安局沈河分局民意感知中心", None),
        ("警", Problem.SIGNATURE_LENGTH),
        ("", Problem.SIGNATURE_LENGTH),
        ("沈阳市公安局沈河分局民意感知中心的", Problem.SIGNATURE_LENGTH),
        ("【沈河公安】", Problem.SIGNATURE_CHARACTERS),
        ("沈河 公安", Problem.SIGNATURE_CHARACTERS),
        ("沈河公安\n", Problem.SIGNATURE_CHARACTERS),
        ("{unit}", Problem.SIGNATURE_CHARACTERS),
    ],
)
def test_a_signature_has_2_to_16_letters_and_nothing_else(signature: str, problem: Problem | None) -> None:
    assert signature_problem(signature) is problem


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (SURVEY, None),
        ("", Problem.BODY_EMPTY),
        (" \n", Problem.BODY_EMPTY),
        ("【沈河公安】您好", Problem.BODY_BRACKETS),
        ("您好】", Problem.BODY_BRACKETS),
        ("{a}{b}", Problem.BODY_VARIABLES_TOUCH),
        ("{a} {b}", Problem.BODY_VARIABLES_TOUCH),
        ("{a}\n{b}", Problem.BODY_VARIABLES_TOUCH),
        ("{a}和{b}", None),
        ("警" * 482, None),
        ("警" * 483, Problem.BODY_TOO_LONG),
    ],
)
def test_a_template_is_refused_for_what_the_providers_refuse(body: str, problem: Problem | None) -> None:
    assert body_problem(body) is problem


@pytest.mark.parametrize(
    "text", ["关于张三的事", "关于张 三的事", "张\u200b三", "ZHANG三 张三", "关于【张三】", "张\n三"],
)  # fmt: skip
def test_a_name_is_found_however_it_is_spaced(text: str) -> None:
    assert leaks(text, ["李四", "张三"]) == ["张三"]


def test_case_and_full_width_hide_nothing() -> None:
    assert leaks("车牌 辽ａ12345", ["辽A12345"]) == ["辽A12345"]
    assert leaks("大南 派出所", ["大南派出所", "皇城派出所"]) == ["大南派出所"]


def test_what_leaks_is_named_once_in_the_order_asked_and_blanks_never() -> None:
    assert leaks("乙和甲和乙", ["甲", "", "  ", "乙", "甲", "丙"]) == ["甲", "乙"]


@given(st.text(max_size=LONGEST * 2))
def test_the_parts_are_enough_and_not_too_many(text: str) -> None:
    units = sum(2 if ord(character) > 0xFFFF else 1 for character in text)
    if units > LONGEST:
        with pytest.raises(ValueError, match=str(units)):
            parts(text)
    elif units > 70:
        assert (parts(text) - 1) * 67 < units <= parts(text) * 67
    else:
        assert parts(text) == 1


@given(st.text(), st.dictionaries(st.sampled_from("abc"), st.text()))
def test_a_text_is_rendered_or_refused_and_nothing_else(body: str, values: dict[str, str]) -> None:
    try:
        rendered = text_render(body, values)
    except ValueError:
        return
    assert "{" not in rendered
    assert "}" not in rendered


@given(st.text(), st.text(min_size=1))
def test_a_fragment_put_into_a_text_is_found_unless_it_is_blank(text: str, fragment: str) -> None:
    found = leaks(f"{text} {fragment} {text}", [fragment])
    assert found in ([fragment], [])
    if fragment.isalnum():
        assert found == [fragment]


@given(st.text())
def test_problems_are_found_without_raising(text: str) -> None:
    assert body_problem(text) in {None, *Problem}
    assert signature_problem(text) in {None, *Problem}
