"""Search words of Chinese texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.segmentation import STOP_CHARACTERS, query_tokens, search_tokens

CHINESE = st.text(
    alphabet="遛狗不牵绳半夜烧烤摊吵人民警察派出所电动车被偷沈河区酒驾校门口护学岗的了，。 aB１2", max_size=40
)


def test_words_and_their_parts_are_named() -> None:
    assert {"派出所", "派出", "服务态度", "态度", "好"} <= set(search_tokens("派出所服务态度好"))


def test_full_width_and_capital_letters_are_folded() -> None:
    assert search_tokens("ＫＴＶ１２０") == ["ktv120"]


def test_every_token_comes_once() -> None:
    tokens = search_tokens("堵车堵车还是堵车，天天堵车")
    assert len(tokens) == len(set(tokens))


def test_particles_punctuation_and_spaces_are_no_tokens() -> None:
    assert search_tokens(" 的，了。！？\n\t—— _ ") == []
    assert query_tokens("的了") == []


@pytest.mark.parametrize("query", ["酒驾", "养狗", "狗", "烟花爆竹", "校门口", "罚单", "服务态度", "KTV", "不立案"])
def test_a_query_finds_the_text_that_holds_it(query: str) -> None:
    text = f"昨天晚上又有人说起{query}这回事，希望管一管"
    assert set(query_tokens(query)) <= set(search_tokens(text))


def test_another_matter_is_not_found() -> None:
    assert not set(query_tokens("广场舞扰民")) <= set(search_tokens("户口本丢了怎么补办"))


def test_a_zero_byte_does_not_reach_the_database() -> None:
    assert search_tokens("吵\0闹") == ["吵", "闹"]


@given(CHINESE, CHINESE, CHINESE)
def test_a_literal_part_made_of_chinese_is_always_found(before: str, part: str, after: str) -> None:
    han = "".join(character for character in part if "\u4e00" <= character <= "\u9fff")
    assert set(query_tokens(han)) <= set(search_tokens(before + han + after))


@given(st.text(max_size=200))
def test_any_text_gives_only_clean_tokens(text: str) -> None:
    for token in search_tokens(text) + query_tokens(text):
        assert token
        assert token not in STOP_CHARACTERS
        assert not any(character.isspace() or character == "\0" for character in token)


def test_a_word_of_any_length_becomes_a_token_that_the_database_takes() -> None:
    for long in ("a" * 5000, "\u00e4" * 5000, "\U00010400" * 5000):
        assert all(len(token.encode()) <= 2046 for token in [*search_tokens(long), *query_tokens(long)])
        assert query_tokens(long) == search_tokens(long)
