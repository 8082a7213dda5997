"""Danger now is noticed; its words in other senses are not. The table `emergency_cases.csv` holds what is expected."""

import csv
import re
import timeit
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.emergency import BARE_LENGTH, Match, _anchors, _plain, _spelt_out, emergency_words

REFERENCE = Path(__file__).parents[2] / "feedback" / "reference"
with Path(__file__).with_name("emergency_cases.csv").open(encoding="utf-8", newline="") as file:
    CASES = [(row["text"], set(filter(None, row["rules"].split(";")))) for row in csv.DictReader(file)]
DANGERS = [text for text, rules in CASES if rules]
DECOYS = [text for text, rules in CASES if not rules]
LETTER = "尊敬的领导，我们小区住了两百多户，多年来一直为停车和噪声的事情烦恼，物业换了三家，大家开会商量了很多次。" * 5


def _rules(text: str) -> set[str]:
    return {match.rule for match in emergency_words(text)}


# A test for each of a thousand and a half would cost more than the look at it, and tell no more.
def test_each_case_of_the_table_has_its_rules() -> None:
    assert {text: _rules(text) for text, _ in CASES} == dict(CASES)


def test_the_table_holds_both_sides_and_each_text_once() -> None:
    assert len(dict(CASES)) == len(CASES)
    assert len(DANGERS) >= 120
    assert len(DECOYS) >= 120


def test_a_match_tells_the_words_and_their_place() -> None:
    text = "在中街\uff0c我家孩子走丢了"
    assert emergency_words(text) == [Match(6, 11, "孩子走丢了", "missing")]


def test_full_width_letters_and_capitals_are_read() -> None:
    assert _rules("ＨＥ ＨＡＳ Ａ ＫＮＩＦＥ") == {"weapon"}


@pytest.mark.parametrize("text", ["着火了", "着火了\n", " 着火了 ", "着火了!!!", "着火了。。。快来"])
def test_signs_and_line_breaks_do_not_matter(text: str) -> None:
    assert "fire" in _rules(text)


def test_danger_at_the_end_of_a_long_letter_is_noticed() -> None:
    assert _rules(LETTER + "现在有人正在楼下持刀砍人\uff0c快来。") == {"weapon"}


def test_wanting_to_die_counts_in_a_long_letter_too() -> None:
    assert _rules(LETTER + "我真的不想活了。") == {"suicide"}


def test_a_letter_that_tells_what_happened_is_no_alarm() -> None:
    assert _rules(LETTER + "那边起火了\uff0c烧了两辆车。" + LETTER) == set()


def test_a_bare_rule_speaks_in_a_line_or_two() -> None:
    danger = "她把一板安定全咽了"
    assert _rules(danger) == {"suicide"}
    assert _rules("在皇姑区" * (BARE_LENGTH // 4) + danger) == set()


def test_a_bare_rule_is_silent_beside_a_wish_or_an_everyday_matter() -> None:
    for matter in ("建议加强管理", "物业收费太贵", "请问怎么办理"):
        assert _rules(f"她把一板安定全咽了\uff0c{matter}") == set()


def test_a_strong_rule_speaks_beside_an_everyday_matter() -> None:
    assert _rules("停车位太少。楼上着火了") == {"fire"}


def test_danger_in_one_sentence_is_not_hidden_by_a_decoy_in_another() -> None:
    for decoy in ("商场跳楼价的喇叭太吵。", "气死我了!", "去年也着过火。", "消防通道总被占。"):
        assert _rules(decoy + "楼上着火了\uff0c快来人!") >= {"fire"}


def test_a_decoy_repeated_stays_a_decoy() -> None:
    assert [decoy for decoy in DECOYS[:40] if _rules(f"{decoy}。{decoy}")] == []


@given(st.text(max_size=400))
def test_any_text_is_taken_and_places_are_true(text: str) -> None:
    for match in emergency_words(text):
        assert text[match.start : match.end] == match.word


@given(st.lists(st.sampled_from(DANGERS + DECOYS), min_size=1, max_size=5).map("\n".join))
def test_places_stay_true_in_mixed_texts(text: str) -> None:
    for match in emergency_words(text):
        assert text[match.start : match.end] == match.word


def test_rules_and_vetoes_are_well_formed() -> None:
    with (REFERENCE / "emergency_rules.csv").open(encoding="utf-8", newline="") as rules:
        for row in csv.DictReader(rules):
            assert row["strength"] in {"always", "strong", "weak", "bare"}
            assert all(row["anchor"].split("|"))
            assert not re.search(r"\{[a-z]+\}", _spelt_out(row["pattern"] + row["anchor"])), row
            re.compile(_spelt_out(row["pattern"]))
    with (REFERENCE / "emergency_vetoes.csv").open(encoding="utf-8", newline="") as vetoes:
        for row in csv.DictReader(vetoes):
            assert row["scope"] in {"word", "before", "clause", "sentence", "text"}
            assert ("@" in row["pattern"]) == (row["scope"] == "before")


def test_no_danger_of_the_table_is_missed_for_want_of_an_anchor() -> None:
    plain = [_plain(text) for text in DANGERS]
    with (REFERENCE / "emergency_rules.csv").open(encoding="utf-8", newline="") as rules:
        for row in csv.DictReader(rules):
            pattern, anchors = re.compile(_spelt_out(row["pattern"])), set(_anchors(row["anchor"]))
            lost = [text for text in plain if pattern.search(text) and not any(anchor in text for anchor in anchors)]
            assert not lost, row


def test_texts_of_five_thousand_characters_are_no_trouble() -> None:
    for filler in ("打" * 50, "有人在拿着刀", "孩子,", "正在", " ", "着火了怎么办", "现在有人拿刀", LETTER):
        text = (filler * 5000)[:5000]
        assert timeit.timeit(partial(emergency_words, text), number=1) < 2


def test_a_comment_takes_little_time() -> None:
    text = "派出所民警态度很好\uff0c就是停车位太少"
    best = min(timeit.repeat(lambda: emergency_words(text), number=100, repeat=5)) / 100
    assert best < 0.001  # ten times what it takes here, so that a busy machine does not fail
