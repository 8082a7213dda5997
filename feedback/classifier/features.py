"""The part of a text that is read, and its character sequences."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

HEAD = 40
READ = 450
LONGEST = 3
_ASCII = "".join(map(chr, range(0x21, 0x7F)))
_WIDE = "".join(chr(ord(character) + 0xFEE0) for character in _ASCII)
_FOLD = str.maketrans(_WIDE + _ASCII, (_ASCII + _ASCII).lower())
_MARKER = re.compile("〔[^〔〕]{2,3}〕")
_RUN = re.compile(r"(?P<han>[\u3400-\u4dbf\u4e00-\u9fff]+)|[a-z]+(?:'[a-z]+)?")

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.intp]


def fold(text: str) -> str:
    """`text` at the same length, half-width and lower case; the markers of redaction (〔电话〕) say nothing."""
    return _MARKER.sub(lambda marker: "〔" * len(marker[0]), text.translate(_FOLD))


def grams(folded: str) -> Iterator[tuple[str, int]]:
    """Yield (sequence, start): 1 to 3 Chinese characters in a row, or one Latin word or two. Digits say nothing."""
    latin: list[tuple[str, int]] = []
    for run in _RUN.finditer(folded, 0, READ):
        if not run["han"]:
            latin.append((run[0], run.start()))
            continue
        han, offset = run[0], run.start()
        for length in range(1, LONGEST + 1):
            for start in range(len(han) - length + 1):
                yield han[start : start + length], offset + start
    yield from latin
    yield from ((f"{first} {second}", start) for (first, start), (second, _) in pairwise(latin))


def counted_grams(folded: str) -> list[str]:
    """The sequences of the part that is read; those in the head count twice, so they stand here twice.

    A letter says at its start what it is about, and tells its story and its thanks later.
    """
    found = list(grams(folded))
    return [gram for gram, _ in found] + [gram for gram, start in found if start + len(gram) <= HEAD]


@dataclass(frozen=True)
class Vocabulary:
    """The known sequences: `rows` gives the row of each, `idf` (shape (rows,)) how rare it is."""

    rows: dict[str, int]
    idf: Floats

    def read(self, folded: str) -> "Reading":
        """The known sequences of a folded text."""
        known = [(self.rows[gram], start, len(gram)) for gram, start in grams(folded) if gram in self.rows]
        places = np.array(known, np.intp).reshape(-1, 3)
        return Reading(self, min(len(folded), READ), places[:, 0], places[:, 1], places[:, 2])


@dataclass(frozen=True)
class Reading:
    """Where the known sequences stand: one entry for each place, arrays of shape (places,)."""

    vocabulary: Vocabulary
    length: int
    row: Integers
    start: Integers
    size: Integers

    @cached_property
    def values(self) -> Floats:
        """The TF-IDF share of each place; the vector of the whole text has length 1."""
        counts = 1.0 + (self.start + self.size <= HEAD)
        worth = counts * self.vocabulary.idf[self.row]
        whole = np.bincount(np.unique(self.row, return_inverse=True)[1], worth)
        return np.asarray(worth / (np.sqrt(whole @ whole) or 1.0), np.float32)

    def on_characters(self, weights: Floats) -> npt.NDArray[np.float64]:
        """What each character adds to a score, given `weights` (rows,): a sequence's share falls on its characters."""
        each = self.values * weights[self.row] / self.size
        steps = np.bincount(self.start, each, self.length + 1)
        steps -= np.bincount(self.start + self.size, each, self.length + 1)
        return np.asarray(steps.cumsum()[:-1], np.float64)
