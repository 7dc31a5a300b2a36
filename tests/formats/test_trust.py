"""Names in a model's files never lead out of its folder, and permissions are for one model only."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from advisor.candidates.installed import in_folder
from advisor.candidates.layout import inspect
from advisor.formats.safety import _LIBRARYS_OWN, MAX_CONFIG_BYTES, is_inside, why_unsafe
from tests.formats.checkpoints import ONE_TENSOR, archive
from tests.tables import for_each

CLASSIFIER = {
    "architectures": ["BertForSequenceClassification"],
    "id2label": {"0": "a", "1": "b"},
    "model_type": "bert",
}


def snapshot(base: Path) -> Path:
    """Return a folder that stands where the Hub cache keeps a revision."""
    folder = base / "hub" / "models--acme--tiny" / "snapshots" / ("a" * 40)
    folder.mkdir(parents=True)
    (folder.parent.parent / "blobs").mkdir()
    return folder


def weights(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({"w": np.zeros((4, 4), np.float32)}, path)


def write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")


@for_each(
    "name",
    [
        "../../secret.safetensors",
        "/etc/passwd",
        "..\\secret.safetensors",
        "a/../../secret.safetensors",
        "~/x",
        "a\0b",
        "",
    ],
)
@for_each("index", ["model.safetensors.index.json", "pytorch_model.bin.index.json"])
def test_an_index_cannot_name_files_outside(tmp_path: Path, name: str, index: str) -> None:
    """Neither the listing opens such a file nor does it become a weight file of a form."""
    folder = snapshot(tmp_path)
    weights(folder.parent / "secret.safetensors")
    weights(tmp_path / "hub" / "secret.safetensors")
    write(folder / "config.json", CLASSIFIER)
    write(folder / index, {"weight_map": {"a": name, "b": "model.safetensors"}})
    for allows in (frozenset[str](), frozenset({"pickle", "remote-code"})):
        inspection = inspect(folder, allows)
        assert not inspection.forms
        assert inspection.reason


def test_a_module_cannot_stand_outside(tmp_path: Path) -> None:
    folder = snapshot(tmp_path)
    weights(folder.parent / "model.safetensors")
    write(folder / "modules.json", [{"path": "..", "type": "sentence_transformers.models.Transformer"}])
    assert not inspect(folder).forms


def test_a_link_out_of_the_cache_is_not_followed(tmp_path: Path) -> None:
    """In the Hub cache links lead to the repository's own blobs, or nowhere."""
    folder = snapshot(tmp_path)
    write(folder / "config.json", CLASSIFIER)
    outside = tmp_path / "outside.safetensors"
    weights(outside)
    (folder / "model.safetensors").symlink_to(outside)
    assert not inspect(folder).forms
    (folder / "model.safetensors").unlink()
    blob = folder.parent.parent / "blobs" / "b10b"
    weights(blob.with_suffix(".safetensors"))
    blob.with_suffix(".safetensors").rename(blob)
    (folder / "model.safetensors").symlink_to(blob)
    assert inspect(folder).forms


def test_links_of_the_users_own_are_followed(tmp_path: Path) -> None:
    """A user who links large weights into a local folder means it."""
    weights(tmp_path / "elsewhere" / "large.safetensors")
    folder = tmp_path / "mine"
    folder.mkdir()
    write(folder / "config.json", CLASSIFIER)
    (folder / "model.safetensors").symlink_to(tmp_path / "elsewhere" / "large.safetensors")
    assert inspect(folder).forms


@given(st.text(max_size=40))
def test_whatever_a_name_is_it_stays_inside_or_is_refused(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    """No name raises, and one that is accepted is a file below the folder."""
    folder = tmp_path_factory.getbasetemp() / "any"
    folder.mkdir(exist_ok=True)
    if is_inside(folder, name):
        assert (folder / name).resolve().is_relative_to(folder.resolve())


def test_permissions_are_those_of_one_model(tmp_path: Path) -> None:
    """What one model may, another may not; each permission is its own."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write(tmp_path / name / "config.json", CLASSIFIER | {"auto_map": {"AutoModel": "own.Own"}})
        (tmp_path / name / "pytorch_model.bin").write_bytes(archive(ONE_TENSOR))

    def allow(name: str) -> frozenset[str]:
        return frozenset({"remote-code"}) if name == "one" else frozenset({"pickle"})

    one, two = (in_folder(tmp_path / name, allow=allow) for name in ("one", "two"))
    assert [form.files for form in one.forms] == [("pytorch_model.bin",)]
    assert not two.forms
    assert "auto_map in config.json" in (two.reason or "")
    (tmp_path / "one" / "pytorch_model.bin").write_bytes(archive(b"\x80\x02cown\nOwn\n)R."))
    for allowed in ({"remote-code"}, {"remote-code", "pickle"}):  # no leave makes a pickle harmless
        inspection = inspect(tmp_path / "one", frozenset(allowed))
        assert not inspection.forms
        assert "holds more than plain tensors (its pickle names own.Own)" in str(inspection.reason)


@for_each("name", ["tokenizer_config.json", "preprocessor_config.json", "processor_config.json"])
def test_code_of_tokenizers_and_processors_counts(tmp_path: Path, name: str) -> None:
    """A tokenizer or a processor with code of its own is refused as a model is."""
    write(tmp_path / "config.json", CLASSIFIER)
    weights(tmp_path / "model.safetensors")
    write(tmp_path / name, {"auto_map": {"AutoTokenizer": ["own.Own", None]}})
    assert f"auto_map in {name}" in (inspect(tmp_path).reason or "")


LIBRARY = "sentence_transformers"
DENSE, ROUTER = f"{LIBRARY}.models.Dense", f"{LIBRARY}.models.Router"
TRANSFORMER = f"{LIBRARY}.base.modules.transformer.Transformer"
PICKLE, SAFE = "pytorch_model.bin", "model.safetensors"


# Parts of real repositories that the library does not look at.
LEFT_ALONE = (
    *(PICKLE, "training_args.bin", "optimizer.pt", "onnx/model.onnx", "openvino/openvino_model.bin", "rust_model.ot"),
    *(f"checkpoint-500/{PICKLE}", "pytorch_model.fp16.bin"),
)


def module_folder(folder: Path, kind: str, files: dict[str, Any], place: str = "3_Last") -> Path:
    """Write a sound sentence-transformers folder whose last module is of a class, and further files."""
    folder.mkdir(parents=True, exist_ok=True)
    listed = [
        {"idx": 0, "name": "0", "path": "", "type": f"{LIBRARY}.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": f"{LIBRARY}.models.Pooling"},
        {"idx": 2, "name": "2", "path": place, "type": kind},
    ]
    write(folder / "modules.json", listed)
    write(folder / "config.json", {"model_type": "bert"})
    weights(folder / SAFE)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            (folder / name).write_bytes(content)
        else:
            write(folder / name, content)
    return folder


def router(kind: str, name: str = "d") -> dict[str, Any]:
    """Return a router's configuration with one module."""
    return {"types": {name: kind}, "structure": {"query": [name]}, "parameters": {}}


SHARDS = {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}


@for_each(
    ("kind", "files", "named"),
    [
        (DENSE, {f"3_Last/{PICKLE}": b"x"}, f"3_Last/{PICKLE}"),
        # The library looks for safetensors under one name alone.
        (DENSE, {f"3_Last/{PICKLE}": b"x", "3_Last/x.safetensors": b""}, f"3_Last/{PICKLE}"),
        (DENSE, {f"3_Last/{PICKLE}": b"x", f"3_Last/{SAFE}.index.json": SHARDS}, f"3_Last/{PICKLE}"),
        (ROUTER, {"3_Last/router_config.json": router(DENSE), f"3_Last/d/{PICKLE}": b"x"}, f"3_Last/d/{PICKLE}"),
        # As routers were called, and stored, before.
        (
            f"{LIBRARY}.models.Asym",
            {"3_Last/config.json": router(DENSE), f"3_Last/d/{PICKLE}": b"x"},
            f"3_Last/d/{PICKLE}",
        ),
        (
            ROUTER,
            {
                "3_Last/router_config.json": router(ROUTER),
                "3_Last/d/router_config.json": router(DENSE, "./e/"),
                f"3_Last/d/e/{PICKLE}": b"x",
            },
            f"3_Last/d/e/{PICKLE}",
        ),
        (
            ROUTER,
            {"3_Last/router_config.json": router(TRANSFORMER), f"3_Last/d/{PICKLE}.index.json": {}},
            f"3_Last/d/{PICKLE}.index.json",
        ),
        (
            ROUTER,
            {"3_Last/router_config.json": router(TRANSFORMER), "3_Last/d/pytorch_model.v2.bin": b"x"},
            "3_Last/d/pytorch_model.v2.bin",
        ),
        (TRANSFORMER, {f"3_Last/{SAFE}.index.json": {"weight_map": {"a": "weights.bin"}}}, "3_Last/weights.bin"),
        (TRANSFORMER, {"3_Last/config.json": {"transformers_weights": "own.bin"}}, "3_Last/own.bin"),
        (DENSE, {"config.json": {"text_config": [{"transformers_weights": "w.safetensors.index.json"}]}}, "w.safe"),
    ],
)
def test_pickles_that_the_library_would_load_are_refused(
    tmp_path: Path, kind: str, files: dict[str, Any], named: str
) -> None:
    """In any place and next to any other files, unless they hold nothing but tensors."""
    folder = module_folder(tmp_path, kind, files)
    for allows in (frozenset[str](), frozenset({"pickle"})):
        assert f"its weights file {named}" in str(why_unsafe(folder, allows))
        assert not inspect(folder, allows).forms
    for name, content in files.items():
        if content == b"x":
            (folder / name).write_bytes(archive(ONE_TENSOR))
    assert (why_unsafe(folder) is None) == (b"x" in files.values())


@for_each(
    ("kind", "files"),
    [
        (DENSE, {f"3_Last/{PICKLE}": b"x", f"3_Last/{SAFE}": b"x"}),
        (ROUTER, {"3_Last/router_config.json": router(DENSE), f"3_Last/d/{PICKLE}": b"x", f"3_Last/d/{SAFE}": b"x"}),
        (TRANSFORMER, {f"3_Last/{PICKLE}": b"x", f"3_Last/{SAFE}.index.json": SHARDS}),
        (
            TRANSFORMER,
            {
                "3_Last/pytorch_model-00001-of-00003.bin": b"x",
                f"3_Last/{PICKLE}.index.json": {},
                f"3_Last/{SAFE}.index.json": SHARDS,
            },
        ),
        (f"{LIBRARY}.sentence_transformer.modules.normalize.Normalize", dict.fromkeys(LEFT_ALONE, b"x")),
    ],
)
def test_pickles_that_are_not_loaded_are_no_reason(tmp_path: Path, kind: str, files: dict[str, Any]) -> None:
    """Many models on the Hub hold their weights in both forms, and what is left of their training."""
    folder = module_folder(tmp_path, kind, files)
    assert why_unsafe(folder) is None
    assert [form.runtime for form in inspect(folder).forms] == ["sentence-transformers"]


@for_each(
    ("kind", "files", "words"),
    [
        (ROUTER, {"3_Last/router_config.json": router("own.Module")}, "own.Module in 3_Last/router_config.json"),
        (ROUTER, {"3_Last/router_config.json": router(f"{LIBRARY}.SentenceTransformer")}, "SentenceTransformer in"),
        (f"{LIBRARY}.SentenceTransformer", {}, "SentenceTransformer in modules.json"),
        (f"{LIBRARY}.base.modules.module.torch", {}, "torch in modules.json"),
        (
            ROUTER,
            {"3_Last/router_config.json": router(TRANSFORMER), "3_Last/d/config.json": {"auto_map": {}}},
            "auto_map in 3_Last/d/config.json",
        ),
        (
            f"{LIBRARY}.models.WordEmbeddings",
            {"3_Last/wordembedding_config.json": {"tokenizer_class": "own.Tokenizer"}},
            "own.Tokenizer in 3_Last/wordembedding_config.json",
        ),
        # What is too large for us to look into, the library reads all the same.
        (
            ROUTER,
            {"3_Last/router_config.json": b" " * MAX_CONFIG_BYTES + json.dumps(router(DENSE)).encode()},
            "cannot be read in 3_Last/router_config.json",
        ),
    ],
)
def test_classes_that_modules_name_are_checked_like_the_modules(
    tmp_path: Path, kind: str, files: dict[str, Any], words: str
) -> None:
    """Only modules are loaded that the library keeps among its own."""
    folder = module_folder(tmp_path, kind, files)
    assert words in str(why_unsafe(folder))
    assert "needs to run code of its own" in str(why_unsafe(folder, frozenset({"pickle"})))


def test_every_module_of_the_library_is_its_own() -> None:
    """Under the names that it writes today, and those of old."""
    kinds = ("Transformer", "Pooling", "Dense", "Normalize", "StaticEmbedding", "LSTM", "WordWeights", "BoW")
    today = ("base.modules.dense.Dense", "sparse_encoder.modules.splade_pooling.SpladePooling", "base.modules.Router")
    for kind in (*(f"models.{kind}" for kind in kinds), *today, "models.tokenizer.WordTokenizer.WhitespaceTokenizer"):
        assert _LIBRARYS_OWN.fullmatch(f"{LIBRARY}.{kind}")


@pytest.mark.parametrize("named", ["acme/other--own.Own", {"AutoModel": ["acme/other--own.Own", None]}])
def test_anothers_code_is_not_what_was_allowed(tmp_path: Path, named: Any) -> None:
    """A model that is allowed its own code names a class of another repository, whose code none agreed to."""
    write(tmp_path / "config.json", {"auto_map": named})
    everything = frozenset({"remote-code", "pickle"})
    assert why_unsafe(tmp_path, everything) == (
        "needs to run another repository's code (acme/other--own.Own); copy that into the model's folder"
    )
    write(tmp_path / "config.json", {"auto_map": {"AutoModel": "own.Own"}})
    assert why_unsafe(tmp_path, everything) is None


def test_anothers_code_named_by_a_module(tmp_path: Path) -> None:
    """sentence-transformers loads modules as transformers does its classes."""
    write(tmp_path / "modules.json", [{"type": "acme/other--own.Own", "path": "", "name": "0", "idx": 0}])
    assert "another repository's code" in (why_unsafe(tmp_path, frozenset({"remote-code"})) or "")
