"""ONNX graphs with heads, at full precision and in eight bits: the same answers as the torch models they come from."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from advisor.candidates.layout import inspect
from advisor.formats.headers import onnx_header
from tests.probe.asking import EngineError, ask
from tests.probe.tiny import tiny, tiny_onnx
from tests.tables import for_each

if TYPE_CHECKING:
    from pathlib import Path

CALLS = {
    "classify": ("classify", ["the day is sunny", "a very very very grey day", "grey", "lovely " * 500]),
    "entail": ("entail", ["the day is sunny", "grey day"], ["This example is glad.", "This example is sad."]),
    "tag": (
        "tag",
        ['in "New London", Bob is very glad.', "", "the day is a . " * 300 + "Alan Turing came to Berlin today ."],
    ),
    "read": ("read", ["who came ?", "where ?"], ["the day " * 90 + "Ada Lovelace came to Paris today .", "bob came ."]),
}


def rounded(value: object) -> object:
    """Return an answer with its probabilities rounded to tenths."""
    if isinstance(value, float):
        return round(value, 1)
    return [rounded(each) for each in value] if isinstance(value, list) else value


@for_each("kind", CALLS)
def test_both_graphs_answer_as_torch_does(kind: str) -> None:
    """Labels, spans, answers and, to a tenth, probabilities; the precision is read from the graph."""
    folder = tiny_onnx(kind)
    full, quantized = inspect(folder).forms
    assert [form.files[0] for form in (full, quantized)] == ["onnx/model.onnx", "onnx/model_quantized.onnx"]
    assert (full.runtime, full.ability, full.precision, quantized.precision) == ("onnx", kind, "fp32", "int8")
    assert quantized.weights_bytes < full.weights_bytes
    (expected,), _ = ask(tiny(kind), CALLS[kind])
    for number, precision in enumerate(("fp32", "int8")):
        (answers,), facts = ask(folder, CALLS[kind], form=number)
        assert rounded(answers) == rounded(expected)
        assert facts["precision"] == f"{precision} (read from the graph)"
        assert facts["device"] == "cpu"


def test_parameters_are_those_of_the_torch_model() -> None:
    """Within the few small tensors (biases, scales) that a graph's header is not asked for."""
    torch = inspect(tiny("tag")).forms[0].parameters
    for form in inspect(tiny_onnx("tag")).forms:
        assert form.parameters is not None
        assert torch is not None
        assert 0.9 * torch < form.parameters <= torch


@for_each("content", [b"", b"x" * 40, b"\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", b"version https://git-lfs"])
def test_what_is_no_graph_has_no_header(tmp_path: Path, content: bytes) -> None:
    """Unknown, never an error or a guess."""
    (tmp_path / "model.onnx").write_bytes(content)
    assert onnx_header(tmp_path / "model.onnx")[:2] == (None, None)


def test_a_graph_without_its_labels(tmp_path: Path) -> None:
    """Is refused with the reason: numbers are no answer."""
    import json

    shutil.copytree(tiny_onnx("tag"), tmp_path / "model")
    config = json.loads((tmp_path / "model" / "config.json").read_text(encoding="utf-8"))
    del config["id2label"]
    (tmp_path / "model" / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(EngineError, match=r"config\.json names no labels"):
        ask(tmp_path / "model", CALLS["tag"])
