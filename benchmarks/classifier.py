"""How well the classifier understands labelled texts: ``python -m benchmarks.classifier FILE [FILE …]``.

FILE is a CSV (or CSV in gzip, UTF-8) with ``text`` and, where there are, ``title``, ``sub`` (the item, T1 … OUT),
``kind``, ``set`` and ``id``. A file without ``sub`` is taken to hold nothing but matters of other authorities. Shares
come with n and their 95 % Wilson interval; macro-F1 is the mean over the labels that occur in the file.

Rows are split by a hash of ``id`` into two halves, "seen" and "unseen": letters of the seen half were read to learn
what kinds of error there are, those of the unseen half were not. Only the second figure says what to expect.
"""

import csv
import gzip
import hashlib
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from feedback.classifier import Suggestion, classifier_load
from feedback.classifier.taxonomy import OUT
from insights.rates import wilson_interval

Row = dict[str, str]
Pair = tuple[str, str]


def rows_read(path: Path) -> list[Row]:
    """The rows of a CSV, packed or not."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def text_of(row: Row) -> str:
    """Title and text, as an import stores them."""
    return f"{row.get('title', '').strip()}\n{row['text'].strip()}".strip()


def half_of(row: Row) -> str:
    """Which half a row belongs to."""
    return "seen" if hashlib.sha256(row.get("id", "").encode()).digest()[-1] % 2 == 0 else "unseen"


def share(right: int, n: int) -> str:
    """``0.840 [0.795, 0.876] n=324``."""
    low, high = wilson_interval(right, n)
    return f"{right / n:.3f} [{low:.3f}, {high:.3f}] n={n}" if n else "- n=0"


def macro_f1(pairs: Sequence[Pair]) -> float:
    """The mean of the F1 of each label that occurs as truth; ``pairs`` are (truth, suggested)."""
    truths, found = Counter(truth for truth, _ in pairs), Counter(suggested for _, suggested in pairs)
    right = Counter(truth for truth, suggested in pairs if truth == suggested)
    return sum(2 * right[label] / (truths[label] + found[label]) for label in truths) / len(truths)


def category_of(item: str) -> str:
    """T1 → T, OUT → OUT."""
    return item if item == OUT else item[:1]


def said(pairs: Sequence[Pair]) -> Iterable[str]:
    """The lines about pairs of (true item, suggested item)."""
    categories = [(category_of(truth), category_of(item)) for truth, item in pairs]
    out = [(truth == OUT, item == OUT) for truth, item in pairs]
    both = sum(truth and found for truth, found in out)
    yield f"item accuracy      {share(sum(truth == item for truth, item in pairs), len(pairs))}"
    yield f"category accuracy  {share(sum(truth == item for truth, item in categories), len(pairs))}"
    yield f"macro-F1           items {macro_f1(pairs):.3f}, categories {macro_f1(categories):.3f}"
    yield f"OUT precision      {share(both, sum(found for _, found in out))}"
    yield f"OUT recall         {share(both, sum(truth for truth, _ in out))}"


def said_of_labelled(rows: Sequence[Row], suggestions: Sequence[Suggestion]) -> Iterable[str]:
    """All lines about a file with labels: both halves, near misses, second choices, kinds, confidence, confusions."""
    pairs = [(row["sub"], suggestion.item or "") for row, suggestion in zip(rows, suggestions, strict=True)]
    halves = [half_of(row) for row in rows]
    for name, chosen in (("all", {"seen", "unseen"}), ("seen", {"seen"}), ("unseen", {"unseen"})):
        part = [pair for pair, half in zip(pairs, halves, strict=True) if half in chosen]
        if part:
            yield f"-- {name}"
            yield from said(part)
    yield "-- all, further"
    near = [pair for row, pair in zip(rows, pairs, strict=True) if row.get("set") == "nearmiss"]
    yield f"near misses OUT    {share(sum(item == OUT for _, item in near), len(near))}"
    two = [row["sub"] in _first_two(suggestion) for row, suggestion in zip(rows, suggestions, strict=True)]
    yield f"item in first two  {share(sum(two), len(two))}"
    if "kind" in rows[0]:
        kinds = [_kind(row) == suggestion.kind for row, suggestion in zip(rows, suggestions, strict=True)]
        yield f"kind accuracy      {share(sum(kinds), len(kinds))}"
    yield from _said_of_confidence(pairs, suggestions)
    wrong = Counter(pair for pair in pairs if pair[0] != pair[1]).most_common(12)
    yield "truth→suggested    " + ", ".join(f"{truth}→{item or 'none'} {n}" for (truth, item), n in wrong)


def _first_two(suggestion: Suggestion) -> set[str | None]:
    return {suggestion.item, *(item for item, _ in suggestion.alternatives[:1])}


def _kind(row: Row) -> str:
    return {"consult": "question"}.get(row["kind"], row["kind"])


def _said_of_confidence(pairs: Sequence[Pair], suggestions: Sequence[Suggestion]) -> Iterable[str]:
    """What came true of each fifth of confidence."""
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        part = [
            truth == item
            for (truth, item), suggestion in zip(pairs, suggestions, strict=True)
            if low <= suggestion.confidence < low + 0.2 or (low == 0.8 and suggestion.confidence >= 1)
        ]
        yield f"confidence {low:.1f}–{low + 0.2:.1f} {share(sum(part), len(part))}"


def said_of_others(suggestions: Sequence[Suggestion]) -> Iterable[str]:
    """The lines about a file in which everything is OUT."""
    found = Counter(suggestion.item or "none" for suggestion in suggestions)
    yield f"suggested OUT      {share(found[OUT], len(suggestions))}"
    yield "suggested          " + ", ".join(f"{item} {n}" for item, n in found.most_common(8))


def main(paths: Sequence[str]) -> int:
    """Print the figures of every file."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        classifier_load(Path(folder))
        learnt = time.perf_counter()
        classifier = classifier_load(Path(folder))
        print(
            f"learnt in {learnt - start:.2f} s, loaded in {time.perf_counter() - learnt:.3f} s ({classifier.version})"
        )
    for path in paths:
        rows = rows_read(Path(path))
        start = time.process_time()
        suggestions = classifier.suggest_many(text_of(row) for row in rows)
        seconds = time.process_time() - start
        print(f"== {Path(path).name}: {len(rows)} texts, {len(rows) / seconds:.0f} texts per second of processor time")
        labelled = "sub" in rows[0]
        print("\n".join(said_of_labelled(rows, suggestions) if labelled else said_of_others(suggestions)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) if len(sys.argv) > 1 else __doc__)
