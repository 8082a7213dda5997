"""A linear model of character sequences: how it is learnt (scikit-learn), and how it scores (NumPy alone)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .features import Floats, Reading, Vocabulary, counted_grams, fold

ALPHA = 0.3
SVM_COST = 0.5
SVM_SHARE = 0.4


@dataclass(frozen=True)
class LinearModel:
    """Weights of the known sequences for each label: `weights` (rows, labels), `bias` (labels,).

    Scores are centred: 0 says nothing, 1 is one standard deviation of the scores of the examples.
    """

    labels: tuple[str, ...]
    weights: Floats
    bias: Floats

    def scores(self, reading: Reading) -> Floats:
        """The score of each label for a text, shape (labels,)."""
        return np.asarray(reading.values @ self.weights[reading.row] + self.bias, np.float32)


def vocabulary_of(texts: Sequence[str]) -> tuple[Vocabulary, Any]:
    """The sequences of `texts`, and their TF-IDF matrix (texts, rows), sparse."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # late: only learning needs it, and it takes a second

    vectorizer = TfidfVectorizer(analyzer=lambda text: counted_grams(fold(text)))
    features = vectorizer.fit_transform(texts)
    rows = {gram: int(row) for gram, row in vectorizer.vocabulary_.items()}
    return Vocabulary(rows, vectorizer.idf_.astype(np.float32)), features


def _centred(weights: Floats, bias: Floats, features: Any) -> tuple[Floats, Floats]:
    """Shift all labels alike so that they add up to 0, and scale so that the examples' scores have deviation 1."""
    weights = weights - weights.mean(axis=1, keepdims=True)
    bias = bias - bias.mean()
    deviation = np.float32((features @ weights + bias).std())
    return weights / deviation, bias / deviation


def _bayes(features: Any, labels: Sequence[str]) -> tuple[Floats, Floats]:
    from sklearn.naive_bayes import ComplementNB

    bayes = ComplementNB(alpha=ALPHA).fit(features, labels)
    weights = bayes.feature_log_prob_.T.astype(np.float32)
    return _centred(weights, np.zeros(weights.shape[1], np.float32), features)


def _machine(features: Any, labels: Sequence[str]) -> tuple[Floats, Floats]:
    from sklearn.svm import LinearSVC

    machine = LinearSVC(C=SVM_COST, random_state=0).fit(features, labels)
    return _centred(machine.coef_.T.astype(np.float32), machine.intercept_.astype(np.float32), features)


def learn(features: Any, labels: Sequence[str]) -> LinearModel:
    """Learn from a TF-IDF matrix (texts, rows) and the texts' labels (three or more different ones).

    Naive Bayes knows the rare words, the support vector machine the borders; their scores are averaged, which beat
    either alone on held-out letters. The same input gives the same model.
    """
    (bayes, bayes_bias), (machine, machine_bias) = _bayes(features, labels), _machine(features, labels)
    return LinearModel(
        labels=tuple(sorted(set(labels))),
        weights=(1 - SVM_SHARE) * bayes + SVM_SHARE * machine,
        bias=(1 - SVM_SHARE) * bayes_bias + SVM_SHARE * machine_bias,
    )
