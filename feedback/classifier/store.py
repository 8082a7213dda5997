"""The learnt models as one file in the data folder: made once for each version, appears whole, read without pickle."""

import hashlib
import logging
import tempfile
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

import numpy as np

from .features import Vocabulary
from .linear import LinearModel, learn, vocabulary_of
from .taxonomy import EXAMPLES, PACKAGE, TAXONOMY, examples, keywords

# How much a deviation of the score is worth: from held-out examples, and for the distance of real letters from them.
TEMPERATURE = 0.7
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Models:
    """What the classifier has learnt: the known sequences, their weights for items and for kinds."""

    version: str
    vocabulary: Vocabulary
    items: LinearModel
    kinds: LinearModel
    temperature: float


@cache
def version() -> str:
    """A hash of all that decides what is learnt and suggested: code, rules, examples, keywords. 16 characters."""
    digest = hashlib.sha256()
    for path in sorted([*PACKAGE.glob("*.py"), *PACKAGE.glob("*.csv"), *EXAMPLES.glob("*.csv"), TAXONOMY]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def models_learn() -> Models:
    """Learn both models from the examples of the project; keywords are tiny examples of an item, of no kind."""
    known, words = examples(), keywords()
    vocabulary, features = vocabulary_of([example.text for example in [*known, *words]])
    return Models(
        version=version(),
        vocabulary=vocabulary,
        items=learn(features, [example.item for example in [*known, *words]]),
        kinds=learn(features[: len(known)], [example.kind for example in known]),
        temperature=TEMPERATURE,
    )


def _write(models: Models, file: IO[bytes]) -> None:
    rows = models.vocabulary.rows
    np.savez(
        file,
        grams=np.array(sorted(rows, key=rows.__getitem__)),
        idf=models.vocabulary.idf,
        item_labels=np.array(models.items.labels),
        item_weights=models.items.weights,
        item_bias=models.items.bias,
        kind_labels=np.array(models.kinds.labels),
        kind_weights=models.kinds.weights,
        kind_bias=models.kinds.bias,
    )


def _read(path: Path) -> Models:
    with np.load(path, allow_pickle=False) as stored:
        rows = {gram: row for row, gram in enumerate(stored["grams"].tolist())}
        items, kinds = (
            LinearModel(tuple(stored[f"{name}_labels"].tolist()), stored[f"{name}_weights"], stored[f"{name}_bias"])
            for name in ("item", "kind")
        )
        return Models(version(), Vocabulary(rows, stored["idf"]), items, kinds, TEMPERATURE)


def _keep(models: Models, path: Path) -> None:
    """Write beside the final place, then rename: whoever looks sees no file or a whole one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.stem, suffix=".part", delete=False) as file:
        try:
            _write(models, file)
            file.close()
            Path(file.name).replace(path)
        finally:
            Path(file.name).unlink(missing_ok=True)


def models_load(folder: Path) -> Models:
    """The models of this version from `folder`; learnt and kept there when they are missing or unreadable."""
    path = folder / f"classifier-{version()}.npz"
    try:
        return _read(path)
    except FileNotFoundError:
        pass
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        _LOG.warning("the classifier's model %s cannot be read; learning anew", path)
    models = models_learn()
    try:
        _keep(models, path)
    except OSError:
        _LOG.warning("the classifier's model cannot be kept in %s; it is learnt at every start", folder)
    return models
