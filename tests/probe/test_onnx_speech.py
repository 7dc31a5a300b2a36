"""NeMo's models through onnx-asr, with a graph of their interface that hears whether a recording grows louder."""

import json
import math
import struct
import wave
from pathlib import Path
from typing import Any

import pytest

from advisor.candidates.layout import inspect
from advisor.candidates.uses import Use, use_for
from advisor.engines.table import ENGINES
from advisor.families import family
from advisor.formats.variants import Variant
from catalog import ModelCard, WeightFile
from tests.conftest import Home
from tests.families.support import answers_of, write_task
from tests.probe.asking import EngineError, ask

RATE = 16_000


def graph(path: Path) -> None:
    """Write a graph with NeMo's inputs and outputs: "hi" where the mean of the features is above zero, "lo" elsewhere.

    The features are normalised over time, so that is where a recording is louder than on the whole.
    """
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper, save

    features = helper.make_tensor_value_info("audio_signal", TensorProto.FLOAT, ["batch", 80, "time"])
    length = helper.make_tensor_value_info("length", TensorProto.INT64, ["batch"])
    result = helper.make_tensor_value_info("logprobs", TensorProto.FLOAT, ["batch", "steps", 3])
    weights = np.array([[-9.0, 9.0, 0.0]], dtype="float32")
    # Loud frames are far above zero, quiet ones far below, and none in between.
    constants = [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(np.array([1]), "axis")]
    nodes = [
        helper.make_node("ReduceMean", ["audio_signal", "axis"], ["mean"], keepdims=1),
        helper.make_node("AveragePool", ["mean"], ["steps"], kernel_shape=[8], strides=[8], ceil_mode=1),
        helper.make_node("Transpose", ["steps"], ["turned"], perm=[0, 2, 1]),
        helper.make_node("MatMul", ["turned", "weights"], ["scores"]),
        helper.make_node("LogSoftmax", ["scores"], ["logprobs"], axis=-1),
    ]
    made = helper.make_graph(nodes, "tiny", [features, length], [result], constants)
    save(helper.make_model(made, opset_imports=[helper.make_opsetid("", 19)], ir_version=9), path)


def model(folder: Path, **config: Any) -> Path:
    folder.mkdir(parents=True)
    graph(folder / "model.onnx")
    (folder / "vocab.txt").write_text("▁lo 0\n▁hi 1\n<blk> 2\n", encoding="utf-8")
    result = {"model_type": "nemo-conformer-ctc", "features_size": 80, "subsampling_factor": 8} | config
    (folder / "config.json").write_text(json.dumps(result), encoding="utf-8")
    return folder


def recording(path: Path, *loudness: float, seconds: float = 0.5) -> Path:
    """Write a tone with the given loudness in each of its parts."""
    count = int(seconds * RATE)
    samples = [int(part * 12_000 * math.sin(0.2 * n)) for part in loudness for n in range(count)]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return path


def test_it_transcribes(tmp_path: Path) -> None:
    """Recordings of any length, those longer than half a minute in pieces; silence is nothing."""
    up, down = recording(tmp_path / "up.wav", 0.01, 1.0), recording(tmp_path / "down.wav", 1.0, 0.01)
    long = recording(tmp_path / "long.wav", *([0.01, 1.0] * 4), seconds=6.0)
    empty = recording(tmp_path / "empty.wav")
    files = [str(each) for each in (up, down, empty, long)]
    (replies,), facts = ask(model(tmp_path / "model"), ("transcribe", files))
    assert [reply[0] for reply in replies[:3]] == ["lo hi", "hi lo", ""]
    assert replies[3][0].split()[:4] == ["lo", "hi", "lo", "hi"]
    assert len(replies[3][0].split()) >= 8
    assert facts["engine"].startswith("onnx-asr")


def test_a_recording_that_is_none_is_that_examples_error(tmp_path: Path) -> None:
    (tmp_path / "no.wav").write_text("no sound", encoding="utf-8")
    with pytest.raises(EngineError, match="cannot be read as sound"):
        ask(model(tmp_path / "model"), ("transcribe", [str(tmp_path / "no.wav")]))


def test_a_folder_is_its_alone(tmp_path: Path) -> None:
    """One form at each precision, graphs of one model together; no other engine takes them for an encoder."""
    folder = model(tmp_path / "model")
    (folder / "model.int8.onnx").write_bytes((folder / "model.onnx").read_bytes())
    (folder / "tokenizer.json").write_text("{}", encoding="utf-8")
    forms = inspect(folder).forms
    assert [(form.runtime, form.ability, form.files, form.precision) for form in forms] == [
        ("onnx-asr", "transcribe", ("model.onnx",), "fp32"),
        ("onnx-asr", "transcribe", ("model.int8.onnx",), "int8"),
    ]


@pytest.mark.parametrize(("missing", "reason"), [("vocab.txt", "lacks vocab.txt"), ("model.onnx", "lacks model.onnx")])
def test_what_lacks_is_named(tmp_path: Path, missing: str, reason: str) -> None:
    folder = model(tmp_path / "model")
    (folder / missing).unlink()
    assert str(inspect(folder).reason).startswith(reason)


def test_a_damaged_graph_is_a_reason(tmp_path: Path) -> None:
    folder = model(tmp_path / "model")
    (folder / "model.onnx").write_bytes((folder / "model.onnx").read_bytes()[:40])
    with pytest.raises(EngineError, match="may be damaged or cut short"):
        ask(folder, ("transcribe", []))


def test_the_catalogs_models_and_their_variants() -> None:
    """By its tags, whatever library the Hub names; NeMo's own files have no engine."""
    speech = family("automatic-speech-recognition")
    onnx = (WeightFile(format="onnx"),)
    known = ModelCard(
        "acme/parakeet-onnx", family=speech.name, library="onnx", tags=("nemo-conformer-tdt",), files=onnx
    )
    assert use_for(known, speech) == Use("onnx-asr", "transcribe")
    own = ModelCard("nvidia/parakeet", family=speech.name, library="nemo", files=(WeightFile(format="nemo"),))
    assert use_for(own, speech) is None
    names = ["vocab.txt", "encoder-model.onnx", "encoder-model.onnx.data", "decoder_joint-model.onnx"]
    names += ["encoder-model.int8.onnx", "decoder_joint-model.int8.onnx"]
    variants = ENGINES["onnx-asr"].variants
    assert variants.of(names, "onnx-asr") == (
        Variant("fp32", ("encoder-model.onnx", "decoder_joint-model.onnx", "encoder-model.onnx.data")),
        Variant("int8", ("encoder-model.int8.onnx", "decoder_joint-model.int8.onnx")),
    )
    assert "*.txt" in ENGINES["onnx-asr"].files_for().patterns


def test_a_run_ends_with_it_recommended(home: Home, tmp_path: Path) -> None:
    """From recordings and transcripts to code that answers as the probe did."""
    folder = tmp_path / "task"
    folder.mkdir()
    rows = []
    for n in range(40):
        rises, loud = n % 2 == 0, 0.5 + n / 100
        recording(folder / f"{n}.wav", *((0.01, loud) if rises else (loud, 0.01)))
        rows.append({"audio": f"{n}.wav", "expected": "lo hi" if rises else "hi lo"})
    task = write_task(folder, rows, family="automatic-speech-recognition", models=["loudness"])
    used, asked = ("loudness", "onnx-asr", "as is"), [str(folder / "0.wav"), str(folder / "1.wav")]
    assert answers_of(home, model(tmp_path / "model"), task, used, asked) == ["lo hi", "hi lo"]
