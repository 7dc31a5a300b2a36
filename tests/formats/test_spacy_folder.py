"""spaCy pipelines are recognised by their configuration; foreign code and pickles are refused unless allowed."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.candidates.layout import Form, inspect
from advisor.engines.spacy import UnusableError, read_pipeline
from tests.tables import for_each

NER = """
[components.ner]
factory = "ner"

[components.ner.model]
@architectures = "spacy.TransitionBasedParser.v2"
"""
LISTENING = """
[components.ner.model.tok2vec]
@architectures = "spacy.Tok2VecListener.v1"
upstream = "tok2vec"

[components.tok2vec]
factory = "tok2vec"
"""


def folder_of(folder: Path, config: str, *names: str, pipeline: str = '["ner"]', head: str = "") -> Path:
    """Write a pipeline's folder: its configuration, and a few bytes where the weights of components stand."""
    folder.mkdir(exist_ok=True)
    (folder / "config.cfg").write_text(
        f'[nlp]\nlang = "en"\npipeline = {pipeline}\n'
        f'tokenizer = {{"@tokenizers":"spacy.Tokenizer.v1"}}\n{head}\n{config}',
        encoding="utf-8",
    )
    (folder / "meta.json").write_text(json.dumps({"labels": {"ner": ["PERSON", "GPE"]}}), encoding="utf-8")
    for name in names or ("ner/model",):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"weights")
    return folder


def reason(folder: Path, *allows: str) -> str:
    inspection = inspect(folder, frozenset(allows))
    assert inspection.forms == ()
    assert len(inspection.reason.splitlines()) == 1
    return inspection.reason


def test_the_real_pipeline(tagging_models: Path) -> None:
    """One form, only of the component that finds spans, with its labels."""
    (form,) = inspect(tagging_models / "en_core_web_sm").forms
    assert (form.runtime, form.files, form.weights_bytes) == ("spacy", ("ner/model",), 6_154_601)
    assert (form.ability, len(form.labels)) == ("tag", 18)


def test_what_spans_take(tmp_path: Path) -> None:
    """The vectors that ner listens to come along, a tagger does not; with rules, which may look at anything, all do."""
    tagger = '[components.tagger]\nfactory = "tagger"\n'
    rules = '[components.rules]\nfactory = "entity_ruler"\n'
    names = ("ner/model", "tok2vec/model", "tagger/model")
    heard = folder_of(tmp_path / "a", NER + LISTENING + tagger, *names, pipeline='["tok2vec", "tagger", "ner"]')
    assert read_pipeline(heard)[:3] == (("tok2vec", "ner"), ("tagger",), ("tok2vec/model", "ner/model"))
    ruled = folder_of(tmp_path / "b", NER + tagger + rules, *names, pipeline='["tagger", "ner", "rules"]')
    assert read_pipeline(ruled).components == ("tagger", "ner", "rules")
    alone = folder_of(tmp_path / "c", rules, pipeline='["rules"]')
    size = (alone / "config.cfg").stat().st_size
    assert inspect(alone).forms == (Form("spacy", ("config.cfg",), size, "fp32", None, (), "tag"),)


def test_switched_off_is_not_there(tmp_path: Path) -> None:
    """A component that the configuration disables finds nothing."""
    assert "finds no spans" in reason(folder_of(tmp_path, NER, head='disabled = ["ner"]'))


@for_each(
    ("config", "pipeline", "head"),
    [
        ('[components.ner]\nfactory = "my_ner"\n', '["ner"]', ""),
        ('[components.ner]\nsource = "some_package"\n', '["ner"]', ""),
        (NER.replace("spacy.TransitionBasedParser.v2", "acme.Parser.v1"), '["ner"]', ""),
        (NER.replace('"spacy.TransitionBasedParser.v2"', "${corpora.name}"), '["ner"]', ""),
        (NER.replace("spacy.TransitionBasedParser.v2", "spacy.TorchBiLSTMEncoder.v1"), '["ner"]', ""),
        (NER + '[components.extra]\nfactory = "acme"\n', '["ner", "extra"]', ""),
        (NER, '["ner"]', 'before_creation = {"@callbacks":"acme.patch"}'),
        (NER, '["ner"]', 'after_creation = {"@callbacks":"spacy.models_with_nvtx_range.v1"}'),
        (NER.replace("components.ner", "components.../ner"), '["ner"]', ""),
    ],
)
def test_what_is_not_spacys_own_is_refused(tmp_path: Path, config: str, pipeline: str, head: str) -> None:
    """Reported in the plan before any of it is loaded; a file named like a package is never searched for."""
    said = reason(folder_of(tmp_path, config, pipeline=pipeline, head=head))
    assert "needs to run code that is not spaCy's own" in said or "names no pipeline" in said


def test_it_may_be_allowed(tmp_path: Path) -> None:
    """For one model, by its name; then all of the pipeline is loaded."""
    folder = folder_of(
        tmp_path, NER + '[components.extra]\nfactory = "acme"\n', "ner/model", pipeline='["ner", "extra"]'
    )
    assert read_pipeline(folder, frozenset({"remote-code"})).components == ("ner", "extra")


@for_each(
    ("name", "content"),
    [("ner/extra.pkl", b"x"), ("vocab/table.bin", b"\x80\x04\x95"), ("ner/weights.pt", b"PK\x03\x04")],
)
def test_pickled_files_are_refused(tmp_path: Path, name: str, content: bytes) -> None:
    """Whether by their name or by how they begin; spaCy's own tables end in .bin too and stay."""
    folder = folder_of(tmp_path, NER, "ner/model", "vocab/lookups.bin")
    assert inspect(folder).reason is None
    (folder / name).write_bytes(content)
    assert name in reason(folder)
    assert read_pipeline(folder, frozenset({"pickle"})).components == ("ner",)


def test_what_is_missing_or_broken(tmp_path: Path) -> None:
    """Weights that are not there, a configuration that is none, links out of the Hub's cache."""
    lacking = folder_of(tmp_path / "a", NER, "other")
    assert reason(lacking) == "lacks ner/model"
    broken = folder_of(tmp_path / "b", "[unclosed")
    assert "config.cfg cannot be read" in reason(broken)
    snapshot = tmp_path / "models--org--model" / "snapshots"
    snapshot.mkdir(parents=True)
    linked = folder_of(snapshot / "abc", NER, "other")
    (linked / "ner").mkdir()
    (linked / "ner" / "model").symlink_to(tmp_path / "b" / "meta.json")
    assert reason(linked) == "lacks ner/model"


@for_each(
    "deep",
    [
        f"x = {'[' * 5000}{']' * 5000}",
        f"x = {'[' * 400}{']' * 400}",
        f"[nlp{'.x' * 5000}]\ny = 1",
        f"@x = {'[' * 5000}{']' * 5000}",
    ],
)
def test_depth_is_no_crash(tmp_path: Path, deep: str) -> None:
    """However deep a configuration goes: some versions of Python read more levels than their calls can follow."""
    inspect(folder_of(tmp_path, NER, head=deep))


@given(st.text())
def test_any_configuration_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Whatever stands in the file, there is a reason and no traceback."""
    folder = folder_of(tmp_path_factory.mktemp("any"), "")
    (folder / "config.cfg").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(UnusableError):
        read_pipeline(folder)
