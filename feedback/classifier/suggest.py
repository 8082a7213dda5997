"""Suggestions: the linear model and the rules together, and the words that led there."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from feedback.segmentation import STOP_CHARACTERS, segmenter

from .features import Floats, Reading, fold
from .linear import LinearModel
from .rules import Hit, praises_only, rule_hits, says_nothing
from .store import Models, models_load
from .taxonomy import KINDS

ALTERNATIVES = 3
WORDS = 6
LEAST_WEIGHT = 0.1
LONGEST_WORD = 8
RULE_CAP = 2.0
# By how many deviations a kind must lead to be said at all: where a rule knows its words, where none does, where the
# words of another kind stand beside them. Measured on real letters: most wrong complaints were narrow leads.
LEAD_OF_RULE, LEAD_ALONE, LEAD_DISPUTED = 0.2, 0.8, 1.4


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the text, `word = text[start : start + len(word)]`, and how much it spoke for the suggested item."""

    word: str
    start: int
    weight: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a text seems to be about.

    `item` is a code of the taxonomy, or None when the text names no matter (empty, 无, 很好, no known word).
    `confidence` is between 0 and 1; `alternatives` are the next likely (item, confidence). `words` led to the item,
    strongest first, and `rules` names the rules among the reasons. `kind` is one of praise, suggestion, complaint,
    help, question, or empty where the words do not show it.
    """

    item: str | None
    confidence: float
    alternatives: tuple[tuple[str, float], ...]
    words: tuple[Word, ...]
    rules: tuple[str, ...]
    kind: str


def _with_rules(model: LinearModel, scores: Floats, hits: Iterable[Hit]) -> Floats:
    """Scores with the rules' weights added; what rules say for one label is capped."""
    added = dict.fromkeys(model.labels, 0.0)
    for hit in hits:
        if hit.rule.target in added:
            added[hit.rule.target] = min(RULE_CAP, added[hit.rule.target] + hit.weight)
    return scores + np.array([added[label] for label in model.labels], np.float32)


def probabilities(scores: Floats, temperature: float) -> npt.NDArray[np.float64]:
    """Softmax of scores; shape as given."""
    exponents = np.exp((scores - scores.max()) / temperature)
    return np.asarray(exponents / exponents.sum(), dtype=np.float64)


def _words(model: LinearModel, reading: Reading, text: str, label: int, hits: list[Hit]) -> tuple[Word, ...]:
    """The words of the text that spoke most for a label: by the linear weights, and by the rules."""
    share = reading.on_characters(model.weights[:, label])
    found: dict[str, Word] = {}
    start = 0
    for token in segmenter().cut(text[: reading.length]):
        end = start + len(token)
        _keep(found, Word(token, start, float(share[start:end].sum())))
        start = end
    for hit in hits:
        if hit.end - hit.start <= LONGEST_WORD:
            _keep(found, Word(text[hit.start : hit.end], hit.start, hit.weight))
    strongest = sorted(found.values(), key=lambda word: (-word.weight, word.start))[:WORDS]
    return tuple(replace(word, weight=round(word.weight, 3)) for word in strongest)


def _keep(found: dict[str, Word], word: Word) -> None:
    if word.weight >= LEAST_WEIGHT and word.word.strip() and word.word not in STOP_CHARACTERS:
        before = found.get(word.word)
        found[word.word] = word if before is None else replace(before, weight=before.weight + word.weight)


class Classifier:
    """Suggests items for texts; holds its models in memory (about 20 MB) and may be shared by threads."""

    def __init__(self, models: Models) -> None:
        self._models = models
        self.version = models.version

    def suggest(self, text: str) -> Suggestion:
        """What `text` seems to be about."""
        if says_nothing(text):
            return Suggestion(None, 1.0, (), (), ("says nothing",), "")
        if praises_only(text):
            return Suggestion(None, 1.0, (), (), ("praise only",), "praise")
        folded = fold(text)
        reading, hits = self._models.vocabulary.read(folded), rule_hits(folded)
        if not (reading.row.size or hits):
            return Suggestion(None, 0.0, (), (), ("unknown words",), "")
        return self._suggest(text, reading, hits)

    def suggest_many(self, texts: Iterable[str]) -> list[Suggestion]:
        """One suggestion for each text, in order."""
        return [self.suggest(text) for text in texts]

    def _suggest(self, text: str, reading: Reading, hits: list[Hit]) -> Suggestion:
        model = self._models.items
        chances = probabilities(_with_rules(model, model.scores(reading), hits), self._models.temperature)
        order = np.argsort(-chances, kind="stable")
        item = model.labels[order[0]]
        own = [hit for hit in hits if hit.rule.target == item]
        return Suggestion(
            item=item,
            confidence=round(float(chances[order[0]]), 4),
            alternatives=tuple(
                (model.labels[label], round(float(chances[label]), 4)) for label in order[1 : ALTERNATIVES + 1]
            ),
            words=_words(model, reading, text, int(order[0]), own),
            rules=tuple(hit.rule.name for hit in own),
            kind=self._kind(reading, hits, item),
        )

    def _kind(self, reading: Reading, hits: list[Hit], item: str) -> str:
        model = self._models.kinds
        scores = _with_rules(model, model.scores(reading), hits)
        second, first = np.argsort(scores, kind="stable")[-2:]
        kind = model.labels[first]
        # Who tells of something lost, a quarrel or a hardship asks for help, however it is worded.
        if kind == "complaint" and item.startswith("H"):
            return "help"
        return kind if scores[first] - scores[second] >= _lead_needed(kind, hits) else ""


def _lead_needed(kind: str, hits: list[Hit]) -> float:
    shown = {hit.rule.target for hit in hits if hit.rule.target in KINDS and hit.weight > 0}
    if kind not in shown:
        return LEAD_ALONE
    return LEAD_OF_RULE if shown == {kind} else LEAD_DISPUTED


def classifier_load(cache_dir: Path) -> Classifier:
    """The classifier, from the model kept in `cache_dir`; learnt first (a few seconds) when none is there.

    The file's name carries a hash of the examples, rules and code, so a new release learns anew. Several processes may
    start at once: each file appears whole. A folder that cannot be written only costs the learning at every start.
    """
    return Classifier(models_load(cache_dir))


__all__ = ["KINDS", "Classifier", "Suggestion", "Word", "classifier_load", "probabilities"]
