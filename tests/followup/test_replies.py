"""What residents answer is read as they mean it, or left to a person. `replies.csv` holds what is expected, and why."""

import csv
import timeit
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import product
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.sms.replies import LONGEST, Answer, Reply, Standing, is_late, latest, reply_parse

TABLE = Path(__file__).with_name("replies.csv")
TEXTS = Path(__file__).parents[2] / "followup" / "reference" / "sms_texts.csv"
with TABLE.open(encoding="utf-8", newline="") as file:
    CASES = [(row["text"], Answer(row["answer"]), row["comment"], row["why"]) for row in csv.DictReader(file)]
with TEXTS.open(encoding="utf-8", newline="") as file:
    OWN_TEXTS = [
        f"【{row['signature']}】{row['body']}"
        for row in csv.DictReader(file)
        if not row["code"].startswith(("unit-", "callback-"))  # those go to officers
    ]

ONE = Reply(Answer.SATISFIED, "")
TWO = Reply(Answer.BASICALLY, "")
THREE = Reply(Answer.DISSATISFIED, "没人来")
TD = Reply(Answer.REFUSAL, "")
WORDS = Reply(Answer.UNCLEAR, "三天了")
REPLIES = st.lists(st.sampled_from([ONE, TWO, THREE, TD, WORDS]))

# Text made of what answers are made of finds more than any text does.
PIECES = [
    "1", "2", "3", "３", "一", "三", "①", "0", "满意", "不满意", "基本满意", "不", "没", "没有", "解决", "了", "未解决",
    "TD", "T", "R", "N", "退订", "拒收", "不要再发", "👍", "👎", "【", "】", "沈河", "。", "，", " ", "?", "吗", "的",
    "\n", "天", "但", "很", "\u200b", "\ufe0f", "satisfied", "not ",
]  # fmt: skip
REPLY_LIKE = st.lists(st.sampled_from(PIECES)).map("".join)


def test_each_reply_of_the_table_is_read_as_it_is_meant() -> None:
    wrong = [
        (text, reply_parse(text), why)
        for text, answer, comment, why in CASES
        if reply_parse(text) != Reply(answer, comment)
    ]
    assert wrong == []


def test_the_table_holds_every_answer_and_each_reply_once() -> None:
    counted = Counter(answer for _, answer, _, _ in CASES)
    assert len(CASES) >= 90
    assert min(counted[answer] for answer in Answer) >= 10
    assert len({text for text, *_ in CASES}) == len(CASES)


@pytest.mark.parametrize("text", OWN_TEXTS)
def test_our_own_text_sent_back_is_neither_an_answer_nor_a_refusal(text: str) -> None:
    assert reply_parse(text).answer is Answer.UNCLEAR


@pytest.mark.parametrize("text", OWN_TEXTS)
@pytest.mark.parametrize("number", ["1", "2"])
def test_an_answer_with_our_question_behind_it_is_never_taken_for_praise(text: str, number: str) -> None:
    if "不满意" in text:
        assert reply_parse(f"{number} {text}").answer is Answer.UNCLEAR


def test_two_numbers_are_no_answer() -> None:
    pairs = [pair for pair in product("123", repeat=2) if len(set(pair)) == 2]
    between = ["", " ", "-", "~", "、", "，", ",", ".", "/", "或", "和", "到", "至", "\n", " 或 ", "——"]
    texts = [first + sign + other for (first, other), sign in product(pairs, between)]
    assert [text for text in texts if reply_parse(text).answer is not Answer.UNCLEAR] == []


def test_a_one_with_a_complaint_is_never_satisfied() -> None:
    numbers = ["1", "一", "①", "１", "壹"]
    complaints = ["没人来", "没解决", "不满意", "还没处理", "态度差", "垃圾", "但是太慢了", "👎"]
    texts = ["".join(parts) for parts in product(numbers, ["", " ", "，", "。"], complaints)]
    heard = {Answer.UNCLEAR, Answer.DISSATISFIED}
    assert [text for text in texts if reply_parse(text).answer not in heard] == []


def test_signs_behind_a_clear_word_do_not_matter() -> None:
    words = ["不满意", "没解决", "没有解决", "未解决", "不太满意", "不满"]
    signs = ["", "。", "！", "!!!", "…", " ", "~", "，", "👎", "\n"]
    texts = ["".join(parts) for parts in product(words, signs)]
    assert [text for text in texts if reply_parse(text) != Reply(Answer.DISSATISFIED, "")] == []


def test_a_comment_keeps_the_residents_own_characters() -> None:
    assert reply_parse("３，沒人來！ＡＢ").comment == "沒人來！ＡＢ"


def test_a_comment_can_be_stored() -> None:
    assert reply_parse("3 没\x00人\ud83d来").comment == "没人来"


def test_only_the_beginning_of_a_long_reply_is_read() -> None:
    reply = reply_parse("3 " + "等" * 5000)
    assert reply.answer is Answer.DISSATISFIED
    assert len(reply.comment) == LONGEST - 2


@pytest.mark.parametrize(
    "piece", ["不 ", "没有", "满 意", "好 ", "我们", "1 ", "【沈河】", "如果", "之前", "对的", "not ", "已经", "很"]
)
@pytest.mark.parametrize("end", ["", "满意", "解决", "x"])
def test_text_made_to_be_slow_is_not(piece: str, end: str) -> None:
    text = (piece * LONGEST)[: LONGEST - len(end)] + end
    assert min(timeit.repeat(partial(reply_parse, text), number=1, repeat=3)) < 0.1  # some 5 ms


@given(st.text() | REPLY_LIKE)
def test_no_text_raises_and_the_comment_is_part_of_it(text: str) -> None:
    reply = reply_parse(text)
    assert reply.answer in Answer
    assert set(reply.comment) <= set(text)
    assert reply.comment == reply.comment.strip()


@given(st.characters(min_codepoint=0xD800, max_codepoint=0xDFFF, categories=["Cs"]), REPLY_LIKE)
def test_halves_of_characters_do_not_raise(half: str, text: str) -> None:
    reply_parse(text + half).comment.encode()


@given(REPLY_LIKE, st.text(" \t\r\n\u3000\xa0"), st.text(" \t\r\n\u3000\xa0"))
def test_space_around_a_reply_changes_nothing(text: str, before: str, behind: str) -> None:
    assert reply_parse(before + text + behind) == reply_parse(text)


@given(REPLY_LIKE)
def test_a_signature_before_a_reply_changes_nothing(text: str) -> None:
    if not text.lstrip().startswith("【") and not text.rstrip().endswith("】"):
        assert reply_parse("【沈河公安】" + text).answer is reply_parse(text).answer


@given(REPLY_LIKE)
def test_what_speaks_against_it_is_never_satisfied(text: str) -> None:
    if any(word in text for word in ("不", "没", "未", "👎", "但")):
        assert reply_parse(text).answer is not Answer.SATISFIED


@given(REPLY_LIKE)
def test_a_refusal_holds_whatever_else_was_said(text: str) -> None:
    assert reply_parse("退订。" + text).answer is Answer.REFUSAL


SENT = datetime(2024, 5, 20, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "late"),
    [(timedelta(hours=48), False), (timedelta(hours=48, microseconds=1), True), (timedelta(0), False),
     (timedelta(seconds=-5), False), (timedelta(days=30), True)],
)  # fmt: skip
def test_a_reply_is_late_after_48_hours(after: timedelta, late: bool) -> None:
    assert is_late(SENT, SENT + after, 48) is late


def test_hours_are_clock_hours_in_whatever_zone_the_moments_come() -> None:
    replied_at = datetime(2024, 5, 22, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert not is_late(SENT, replied_at, 48)
    assert is_late(SENT, replied_at, 47)


def test_a_moment_without_a_zone_or_a_negative_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        is_late(SENT, SENT.replace(tzinfo=None), 48)
    with pytest.raises(ValueError, match="-1 hours"):
        is_late(SENT, SENT, -1)


@pytest.mark.parametrize(
    ("replies", "standing"),
    [
        ([], Standing(None, is_refused=False)),
        ([ONE], Standing(ONE, is_refused=False)),
        ([ONE, THREE], Standing(THREE, is_refused=False)),
        ([THREE, ONE], Standing(ONE, is_refused=False)),
        ([THREE, WORDS], Standing(THREE, is_refused=False)),
        ([WORDS, THREE], Standing(THREE, is_refused=False)),
        ([WORDS], Standing(WORDS, is_refused=False)),
        ([TD], Standing(None, is_refused=True)),
        ([THREE, TD], Standing(THREE, is_refused=True)),
        ([TD, ONE], Standing(ONE, is_refused=True)),
        ([TD, WORDS], Standing(WORDS, is_refused=True)),
    ],
)
def test_a_later_answer_replaces_an_earlier_one_and_a_refusal_is_final(
    replies: list[Reply], standing: Standing
) -> None:
    assert latest(replies) == standing


@given(REPLIES, REPLIES)
def test_once_refused_stays_refused(before: list[Reply], behind: list[Reply]) -> None:
    assert latest([*before, TD, *behind]).is_refused


@given(REPLIES)
def test_an_unclear_reply_never_replaces_an_answer(replies: list[Reply]) -> None:
    standing = latest(replies)
    if any(reply in replies for reply in (ONE, TWO, THREE)):
        assert latest([*replies, WORDS]) == standing
        assert standing.reply is not WORDS
