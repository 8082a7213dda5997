"""What feedback is about. `classifier_cases.csv` holds comments that are in no example, with what is expected."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.classifier import Classifier, classifier_load
from feedback.classifier.features import HEAD, READ, counted_grams, fold, grams
from feedback.classifier.rules import BODY_SHARE, rule_hits, rules
from feedback.classifier.taxonomy import KINDS, OUT, examples, items, keywords

with Path(__file__).with_name("classifier_cases.csv").open(encoding="utf-8", newline="") as file:
    CASES = list(csv.DictReader(file))


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    return classifier_load(tmp_path_factory.mktemp("models"))


def test_the_taxonomy_has_five_categories_of_three_items_and_out() -> None:
    assert items() == (*(f"{category}{number}" for category in "TPSCH" for number in (1, 2, 3)), OUT)


def test_every_item_has_examples_and_none_stands_twice() -> None:
    known = examples()
    assert len(known) >= 1000
    assert len({example.text for example in known}) == len(known)
    assert {example.kind for example in known} == set(KINDS)
    for item in items():
        assert sum(example.item == item for example in known) >= 35, item


def test_no_case_is_an_example() -> None:
    assert not {example.text for example in examples()} & {case["text"] for case in CASES}


def test_rules_speak_for_items_and_kinds_alone() -> None:
    assert {rule.target for rule in rules()} <= {*items(), *KINDS}
    assert len({(rule.name, rule.target) for rule in rules()}) == len(rules())


def test_nineteen_of_twenty_new_comments_are_understood(classifier: Classifier) -> None:
    suggestions = classifier.suggest_many(case["text"] for case in CASES)
    wrong = [
        (case["item"], suggestion.item, case["text"])
        for case, suggestion in zip(CASES, suggestions, strict=True)
        if (suggestion.item or "") != case["item"]
    ]
    assert len(wrong) <= 0.05 * len(CASES), wrong


def test_a_kind_that_is_said_is_right_and_four_of_five_are_said(classifier: Classifier) -> None:
    suggestions = classifier.suggest_many(case["text"] for case in CASES)
    said = [
        (case["kind"], suggestion.kind, case["text"])
        for case, suggestion in zip(CASES, suggestions, strict=True)
        if suggestion.kind
    ]
    wrong = [(kind, guess, text) for kind, guess, text in said if kind != guess]
    assert len(wrong) <= 0.03 * len(said), wrong
    assert len(said) >= 0.8 * sum(bool(case["kind"]) for case in CASES)


@pytest.mark.parametrize("text", ["养老院附近", "巡逻车来过", "治安还可以"])
def test_a_text_that_does_not_show_its_kind_gets_none(classifier: Classifier, text: str) -> None:
    assert classifier.suggest(text).kind == ""


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("晚上九点以后路口没人管，投诉好几次了", "complaint"),
        ("建议学校门口放学时派人疏导", "suggestion"),
        ("民警很热情，帮我找到了孩子，谢谢", "praise"),
        ("请问身份证丢了怎么补办", "question"),
        ("我的钱包落在出租车上，请帮我找找", "help"),
    ],
)
def test_words_that_show_a_kind_are_believed(classifier: Classifier, text: str, kind: str) -> None:
    assert classifier.suggest(text).kind == kind


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("户口在村里\uff0c分地没有我的份", "OUT"),
        ("开发商骗人\uff0c房子和样板间不一样", "OUT"),
        ("物业就像黑社会", "OUT"),
        ("逼得人狗急跳墙\uff0c物业把水停了", "OUT"),
        ("派出所旁边的垃圾箱没人收", "OUT"),
        ("救救我们业主\uff0c楼盘烂尾了", "OUT"),
        ("工地半夜施工太吵", "OUT"),
        ("户口迁到沈阳要什么手续", "S2"),
        ("老人被骗了养老钱", "C1"),
        ("小区的狗不拴绳", "P2"),
        ("黑恶势力收保护费", "C3"),
        ("KTV半夜太吵", "P1"),
    ],
)
def test_words_that_fool_do_not_fool(classifier: Classifier, text: str, item: str) -> None:
    assert classifier.suggest(text).item == item


@pytest.mark.parametrize(
    "text", ["", "  ", "。。。", "无", "没有", "没有意见", "暂无建议", "123", "\U0001f600", "谢谢"]
)
def test_a_text_that_says_nothing_gets_no_item(classifier: Classifier, text: str) -> None:
    assert classifier.suggest(text).item is None


@pytest.mark.parametrize("text", ["挺好的", "非常满意\uff0c继续努力", "很好。", "Very good!", "都不错"])
def test_bare_praise_is_praise_without_an_item(classifier: Classifier, text: str) -> None:
    suggestion = classifier.suggest(text)
    assert (suggestion.item, suggestion.kind) == (None, "praise")


def test_words_in_no_vocabulary_get_no_item_and_no_confidence(classifier: Classifier) -> None:
    suggestion = classifier.suggest("zxcvb qwrty")
    assert (suggestion.item, suggestion.confidence, suggestion.rules) == (None, 0.0, ("unknown words",))


def test_the_words_that_led_to_an_item_are_named_with_their_place(classifier: Classifier) -> None:
    text = "最近\uff0c总有人遛狗不牵绳"
    suggestion = classifier.suggest(text)
    assert "遛狗" in {word.word for word in suggestion.words}
    assert "dogs" in suggestion.rules
    for word in suggestion.words:
        assert text[word.start : word.start + len(word.word)] == word.word
    assert [word.weight for word in suggestion.words] == sorted((w.weight for w in suggestion.words), reverse=True)


def test_confidence_and_alternatives_are_probabilities_in_order(classifier: Classifier) -> None:
    suggestion = classifier.suggest("学校门口停车太乱\uff0c放学时堵得走不动")
    chances = [suggestion.confidence, *(chance for _, chance in suggestion.alternatives)]
    assert chances == sorted(chances, reverse=True)
    assert 0 <= min(chances) <= sum(chances) <= 1.0001
    assert suggestion.item not in {item for item, _ in suggestion.alternatives}


def test_an_unclear_text_is_less_certain_than_a_clear_one(classifier: Classifier) -> None:
    assert classifier.suggest("这事你们看着办吧").confidence < 0.5 < classifier.suggest("遛狗不牵绳").confidence


def test_full_width_letters_are_the_same_letters(classifier: Classifier) -> None:
    assert classifier.suggest("ＫＴＶ太吵").confidence == classifier.suggest("ktv太吵").confidence


def test_many_texts_give_what_each_alone_gives(classifier: Classifier) -> None:
    texts = [case["text"] for case in CASES]
    assert classifier.suggest_many(texts) == [classifier.suggest(text) for text in texts]


def test_a_long_letter_is_read_from_its_start(classifier: Classifier) -> None:
    letter = "关于遛狗不牵绳的投诉。" + "我们小区的狗越来越多\uff0c希望管一管。" * 20
    assert classifier.suggest(letter + "暖气不热。" * 300).item == "P2"


def test_english_is_understood_a_little(classifier: Classifier) -> None:
    assert classifier.suggest("My bicycle was stolen last night").item == "C2"
    assert classifier.suggest("Dogs without a leash everywhere").item == "P2"


@given(text=st.text(max_size=600))
def test_any_text_gets_a_suggestion(classifier: Classifier, text: str) -> None:
    suggestion = classifier.suggest(text)
    assert suggestion.item is None or suggestion.item in items()
    assert 0 <= suggestion.confidence <= 1
    for word in suggestion.words:
        assert text[word.start : word.start + len(word.word)] == word.word


def test_sequences_do_not_cross_signs_and_digits() -> None:
    assert [gram for gram, _ in grams("遛狗,3")] == ["遛", "狗", "遛狗"]
    assert ("my bike", 0) in list(grams("my bike"))


def test_the_head_counts_twice_and_the_far_end_not_at_all() -> None:
    text = "狗" + "。" * READ + "猫"
    assert counted_grams(text) == ["狗", "狗"]
    assert counted_grams("。" * HEAD + "狗") == ["狗"]


def test_folding_keeps_every_place() -> None:
    assert len(fold("ＡＢ１\u0130ß狗")) == len("ＡＢ１\u0130ß狗")


def test_the_markers_of_redaction_say_nothing(classifier: Classifier) -> None:
    assert list(grams(fold("〔电话〕〔姓名〕狗"))) == [("狗", 8)]
    assert classifier.suggest("〔姓名〕的狗不拴绳").item == "P2"


def test_a_rule_says_less_outside_the_head() -> None:
    near = {hit.rule.name: hit.weight for hit in rule_hits("遛狗不牵绳")}
    far = {hit.rule.name: hit.weight for hit in rule_hits("。" * HEAD + "遛狗不牵绳")}
    assert far["dogs"] == pytest.approx(near["dogs"] * BODY_SHARE)


def test_keywords_of_the_taxonomy_are_learnt(classifier: Classifier) -> None:
    known = keywords()
    right = sum(classifier.suggest(keyword.text).item == keyword.item for keyword in known)
    assert right >= 0.9 * len(known)
