"""The classifier learns once, keeps what it learnt, and survives whatever happens to the file."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from feedback.classifier import classifier_load
from feedback.classifier import store as model_store
from feedback.classifier.features import fold
from feedback.classifier.linear import learn, vocabulary_of
from feedback.classifier.store import models_learn, version
from feedback.classifier.taxonomy import examples

ROOT = Path(__file__).parents[2]
TEXT = "半夜烧烤摊太吵了\uff0c孩子睡不着"
LOAD = (
    "import sys; from pathlib import Path; from feedback.classifier import classifier_load; "
    "print(classifier_load(Path(sys.argv[1])).suggest(sys.argv[2]))"
)


def _model_file(folder: Path) -> Path:
    return folder / f"classifier-{version()}.npz"


def test_learning_twice_gives_the_same_model() -> None:
    first, second = models_learn(), models_learn()
    assert first.vocabulary.rows == second.vocabulary.rows
    assert np.array_equal(first.items.weights, second.items.weights)
    assert np.array_equal(first.kinds.weights, second.kinds.weights)


def test_the_second_load_reads_what_the_first_learnt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    learnt = classifier_load(tmp_path / "new" / "folder").suggest(TEXT)
    assert _model_file(tmp_path / "new" / "folder").is_file()
    monkeypatch.setattr(model_store, "models_learn", None)
    assert classifier_load(tmp_path / "new" / "folder").suggest(TEXT) == learnt


def test_reading_a_kept_model_needs_no_scikit_learn(tmp_path: Path) -> None:
    classifier_load(tmp_path)
    code = LOAD + "; assert 'sklearn' not in sys.modules"
    subprocess.run([sys.executable, "-c", code, str(tmp_path), TEXT], cwd=ROOT, check=True)


@pytest.mark.parametrize("rubbish", [b"", b"rubbish", b"PK\x03\x04 torn"])
def test_a_torn_file_is_learnt_anew(tmp_path: Path, rubbish: bytes) -> None:
    _model_file(tmp_path).write_bytes(rubbish)
    assert classifier_load(tmp_path).suggest(TEXT).item == "P1"
    assert _model_file(tmp_path).stat().st_size > len(rubbish)


def test_a_folder_that_cannot_be_made_only_costs_the_learning(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    assert classifier_load(tmp_path / "file" / "models").suggest(TEXT).item == "P1"


def test_several_processes_may_start_at_once(tmp_path: Path) -> None:
    workers = [
        subprocess.Popen([sys.executable, "-c", LOAD, str(tmp_path), TEXT], cwd=ROOT, stdout=subprocess.PIPE)
        for _ in range(3)
    ]
    answers = {worker.communicate(timeout=100)[0] for worker in workers}
    assert len(answers) == 1
    assert b"item='P1'" in answers.pop()
    assert [path.name for path in tmp_path.iterdir()] == [_model_file(tmp_path).name]


def test_the_version_fits_its_column_and_names_the_file(tmp_path: Path) -> None:
    assert len(version()) == 16
    assert classifier_load(tmp_path).version == version()


def test_our_vectors_are_those_of_scikit_learn() -> None:
    texts = [example.text for example in examples()][::20]
    vocabulary, features = vocabulary_of(texts)
    for number, text in enumerate(texts):
        reading = vocabulary.read(fold(text))
        ours = np.bincount(reading.row, reading.values, len(vocabulary.idf))
        assert ours == pytest.approx(features[number].toarray()[0], abs=1e-5)


def test_characters_share_out_the_whole_score() -> None:
    models = models_learn()
    reading = models.vocabulary.read(fold(TEXT))
    scores = models.items.scores(reading) - models.items.bias
    for label in range(len(models.items.labels)):
        assert reading.on_characters(models.items.weights[:, label]).sum() == pytest.approx(scores[label], abs=1e-4)


def test_a_model_learns_what_it_is_told() -> None:
    texts = ["狗咬人", "狗乱叫", "停车难", "停车乱", "户口本", "迁户口"]
    vocabulary, features = vocabulary_of(texts)
    model = learn(features, ["P2", "P2", "T1", "T1", "S2", "S2"])
    assert model.labels[int(np.argmax(model.scores(vocabulary.read("狗"))))] == "P2"
