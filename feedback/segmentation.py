"""Words of a Chinese text for PostgreSQL full-text search (`tsvector`, configuration `simple`).

PostgreSQL does not segment Chinese, so the words are found here and stored. The two functions belong together:

- `search_tokens` names *every* dictionary word and every single character of a text,
- `query_tokens` cuts a query once, and breaks what the dictionary does not know into characters.

So a text that holds the query literally is always found when all tokens of the query are required (AND), however the
segmenter would have cut the text. Plain search mode misses 4 to 5 % of such texts (酒驾 and 养狗 are in no dictionary).
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rjieba import Jieba

# PostgreSQL refuses a lexeme of more than 2046 bytes; at four bytes a character this stays below.
TOKEN_MAX = 500
STOP_CHARACTERS = frozenset("的了是在我你您他她它们这那就也都和与及很吗呢吧啊呀哦嘛把被着之")
_RUN = re.compile(r"(?P<han>[\u3400-\u4dbf\u4e00-\u9fff]+)|[^\W_\u3400-\u4dbf\u4e00-\u9fff]+")


@cache
def segmenter() -> "Jieba":
    """The process's one segmenter: its dictionary is 25 MB."""
    # Here and not above: loading it takes a tenth of a second, and most processes never cut a text.
    from rjieba import Jieba

    return Jieba()


def _fold(text: str) -> str:
    """Full-width to half-width and compatibility forms to plain ones (NFKC), lower case, no zero bytes."""
    return unicodedata.normalize("NFKC", text).lower().replace("\0", " ")


def _unique(tokens: Iterator[str]) -> list[str]:
    return [token for token in dict.fromkeys(tokens) if token not in STOP_CHARACTERS]


def _text_tokens(text: str) -> Iterator[str]:
    for run in _RUN.finditer(_fold(text)):
        if run["han"]:
            yield from segmenter().cut_all(run[0])
            yield from run[0]
        else:
            yield run[0][:TOKEN_MAX]


def _query_tokens(query: str) -> Iterator[str]:
    for run in _RUN.finditer(_fold(query)):
        if not run["han"]:
            yield run[0][:TOKEN_MAX]
            continue
        for word in segmenter().cut(run[0]):
            yield from [word] if segmenter().has_word(word) else list(word)


def search_tokens(text: str) -> list[str]:
    """Tokens to store for `text`: all dictionary words and characters, Latin words and numbers whole.

    Lower case, full-width folded, each once, in order of appearance, without stop characters and punctuation. A token
    holds at most 500 letters and digits and nothing else, so `to_tsvector('simple', ' '.join(tokens))` does not split
    it again.
    """
    return _unique(_text_tokens(text))


def query_tokens(query: str) -> list[str]:
    """Tokens that a text must all have to match `query`; empty when the query holds only stop characters or signs."""
    return _unique(_query_tokens(query))
