"""spaCy pipelines in a worker: only the needed components, and reasons for broken or manipulated ones."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.probe.asking import EngineError, ask
from tests.probe.support import copy

TEXT = "Maria Schmidt flew from Berlin to Chicago."
SPANS = [[0, 13, "PERSON", None], [24, 30, "GPE", None], [34, 41, "GPE", None]]


@pytest.fixture
def pipeline(tagging_models: Path, tmp_path: Path) -> Path:
    """A copy of the real pipeline that a test may break."""
    return copy(tagging_models / "en_core_web_sm", tmp_path / "pipeline")


def halve(folder: Path) -> None:
    """Cut the weights short, as a broken download does."""
    file = folder / "ner" / "model"
    file.write_bytes(file.read_bytes()[:3_000_000])


def other_language(folder: Path) -> None:
    rewrite(folder, 'lang = "en"', 'lang = "qq"')


def no_words(folder: Path) -> None:
    """Put something else in the vocabulary's place."""
    (folder / "vocab" / "strings.json").write_text("[", encoding="utf-8")


def another_width(folder: Path) -> None:
    rewrite(folder, "hidden_width = 64", "hidden_width = 48")


def from_elsewhere(folder: Path) -> None:
    """Name a function through a variable of a section that is not built from."""
    rewrite(folder, "[corpora]\n", '[corpora]\nx = {"@architectures":"acme.Parser.v1"}\n')
    rewrite(folder, "[components.ner.model.tok2vec]\n", "[components.ner.model.other]\nx = ${corpora.x}\n\n$&")


def rewrite(folder: Path, old: str, new: str) -> None:
    """Change the configuration; `$&` in the new value is the old one."""
    file = folder / "config.cfg"
    content = file.read_text(encoding="utf-8")
    assert old in content
    file.write_text(content.replace(old, new.replace("$&", old)), encoding="utf-8")


def test_spans_of_the_real_pipeline(pipeline: Path) -> None:
    """Where they stand and what they are; no probability; of all its components it takes one; long texts as well."""
    long = f"{TEXT} " * 300
    answers, facts = ask(pipeline, ("tag", [TEXT, "", "It rains.", long]))
    assert answers[0][:3] == [SPANS, [], []]
    assert len(answers[0][3]) > 850
    assert facts["components"] == ["ner"]
    assert facts["engine"].startswith("spaCy 3.")
    assert facts["device"] == "cpu"


def test_a_text_of_a_million_characters_is_its_own_error(pipeline: Path) -> None:
    with pytest.raises(EngineError, match="E088"):
        ask(pipeline, ("tag", ["a " * 600_000]))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (halve, "cannot be loaded by spaCy"),
        (other_language, "cannot be loaded by spaCy"),
        (no_words, "cannot be loaded by spaCy"),
        (another_width, "cannot be loaded by spaCy"),
        (from_elsewhere, "code that is not spaCy's own (acme.Parser.v1 in config.cfg)"),
    ],
)
def test_what_is_broken_ends_with_a_reason(pipeline: Path, spoil: Callable[[Path], None], words: str) -> None:
    """Of the model's own, in words; what a variable brings in is seen before anything is built."""
    spoil(pipeline)
    with pytest.raises(EngineError, match="CannotLoadError") as caught:
        ask(pipeline, ("tag", [TEXT]))
    assert words in str(caught.value)
