"""Names that a model brings along never lead out of its folder, and permissions are those of one model."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from advisor.models.at_hand import in_folder
from advisor.models.layout import inspect
from advisor.models.trust import is_inside

if TYPE_CHECKING:
    from pathlib import Path

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
    """Write real weights."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({"w": np.zeros((4, 4), np.float32)}, path)


def write(path: Path, content: Any) -> None:
    """Write JSON."""
    path.write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize(
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
@pytest.mark.parametrize("index", ["model.safetensors.index.json", "pytorch_model.bin.index.json"])
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
    """Also not by its path in modules.json."""
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
    """Whoever links large weights into a local folder means it."""
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
        (tmp_path / name / "pytorch_model.bin").write_bytes(b"pickled")

    def allow(name: str) -> frozenset[str]:
        return frozenset({"remote-code", "pickle"}) if name == "one" else frozenset({"pickle"})

    one, two = (in_folder(tmp_path / name, allow=allow) for name in ("one", "two"))
    assert [form.files for form in one.forms] == [("pytorch_model.bin",)]
    assert not two.forms
    assert "auto_map in config.json" in (two.reason or "")
    assert not inspect(tmp_path / "one", frozenset({"remote-code"})).forms  # still pickled


@pytest.mark.parametrize("name", ["tokenizer_config.json", "preprocessor_config.json", "processor_config.json"])
def test_code_beside_the_model_counts(tmp_path: Path, name: str) -> None:
    """A tokenizer or a processor with code of its own is refused as a model is."""
    write(tmp_path / "config.json", CLASSIFIER)
    weights(tmp_path / "model.safetensors")
    write(tmp_path / name, {"auto_map": {"AutoTokenizer": ["own.Own", None]}})
    assert f"auto_map in {name}" in (inspect(tmp_path).reason or "")
