"""What a folder can do follows from its configuration and its files."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors.numpy import save_file

from advisor.candidates.layout import inspect
from advisor.formats.folder import abilities
from tests.probe.tiny import tiny
from tests.tables import for_each

if TYPE_CHECKING:
    from pathlib import Path

NLI = {"0": "CONTRADICTION", "1": "NEUTRAL", "2": "ENTAILMENT"}
CASES: list[tuple[str, dict[str, Any], list[str]]] = [
    ("RobertaForSequenceClassification", {"id2label": {"0": "neg", "1": "pos"}}, ["classify"]),
    ("DebertaV2ForSequenceClassification", {"id2label": NLI}, ["entail"]),
    ("BertForSequenceClassification", {"id2label": {"0": "LABEL_0"}}, ["compare"]),
    ("BertForTokenClassification", {"id2label": {"0": "O", "1": "B-PER"}}, ["tag"]),
    ("RobertaForQuestionAnswering", {}, ["read"]),
    ("T5ForConditionalGeneration", {"model_type": "t5"}, ["rewrite"]),
    ("MarianMTModel", {"model_type": "marian"}, ["rewrite"]),
    ("M2M100ForConditionalGeneration", {"model_type": "m2m_100"}, ["rewrite"]),
    ("WhisperForConditionalGeneration", {"model_type": "whisper"}, ["transcribe"]),
    ("WhisperForConditionalGeneration", {"model_type": "whisper", "num_mel_bins": 80}, ["transcribe", "listen"]),
    ("ASTForAudioClassification", {"num_mel_bins": 128}, ["hear", "listen"]),
    ("HubertForSequenceClassification", {"conv_kernel": [10], "feat_extract_norm": "group"}, ["hear", "listen"]),
    ("WavLMModel", {"conv_kernel": [10], "feat_extract_norm": "group"}, ["listen"]),
    ("MambaForCausalLM", {"conv_kernel": 4}, ["chat"]),
    ("LlavaForConditionalGeneration", {"model_type": "llava"}, []),
    ("Qwen3_5ForConditionalGeneration", {"text_config": {}, "vision_config": {}}, ["chat"]),
    ("Florence2ForConditionalGeneration", {"text_config": {"is_encoder_decoder": True}, "vision_config": {}}, []),
    ("Wav2Vec2ForCTC", {"model_type": "wav2vec2"}, ["transcribe"]),
    ("ViTForImageClassification", {"id2label": {"0": "cat", "1": "dog"}}, ["see", "look"]),
    ("LlamaForCausalLM", {"model_type": "llama"}, ["chat"]),
    ("GPT2LMHeadModel", {"model_type": "gpt2"}, ["chat"]),
    ("BertForMaskedLM", {"model_type": "bert"}, []),
    ("BertForMaskedLM", {"vocab_size": 9, "max_position_embeddings": 9}, ["encode"]),
    ("ModernBertModel", {"vocab_size": 9, "max_position_embeddings": 9}, ["encode"]),
    ("WhisperModel", {"vocab_size": 9, "max_position_embeddings": 9, "is_encoder_decoder": True}, []),
    ("Wav2Vec2Model", {"vocab_size": 32}, []),
    ("BertModel", {"model_type": "bert"}, []),
]


@for_each(("name", "more", "able"), CASES)
def test_the_architecture_tells(name: str, more: dict[str, Any], able: list[str]) -> None:
    """Models that look at images are no translators, though their class names end alike."""
    assert abilities({"architectures": [name], **more})[0] == able


@for_each("config", [{}, {"architectures": None}, {"architectures": [None]}, {"architectures": [{}]}])
def test_a_configuration_can_hold_anything(config: dict[str, Any]) -> None:
    """It tells nothing, and nothing breaks."""
    assert abilities(config) == ([], ())


def test_a_cross_encoder_is_no_encoder() -> None:
    """Though sentence-transformers gives both the same list of modules."""
    (form,) = inspect(tiny("compare")).forms
    assert (form.runtime, form.ability) == ("transformers", "compare")


def test_graphs_are_forms_by_name(tmp_path: Path) -> None:
    """Whole graphs are; encoders and decoders alone and other names are not. Where tensors say nothing, names do."""
    (tmp_path / "onnx").mkdir()
    (tmp_path / "tokenizer.json").write_text("{}", encoding="utf-8")
    names = ("model", "model_quantized", "model_fp16", "model_O4", "model_qint8_avx512_vnni", "model_q4f16")
    for name in (*names, "decoder_model", "encoder_model", "model_copy", "vae"):
        (tmp_path / "onnx" / f"{name}.onnx").write_bytes(b"")
    precisions = {form.files[0]: form.precision for form in inspect(tmp_path).forms}
    assert set(precisions) == {f"onnx/{name}.onnx" for name in names}
    assert precisions["onnx/model_fp16.onnx"] == "fp16"
    assert precisions["onnx/model_q4f16.onnx"] == "int4"
    assert precisions["onnx/model.onnx"] is None


def test_whisper_for_ctranslate2(tmp_path: Path) -> None:
    """The file names its kind itself: any other model.bin makes no form, and is not unpickled."""
    name = b"WhisperSpec\0"
    (tmp_path / "model.bin").write_bytes(struct.pack("<IH", 6, len(name)) + name + b"\0" * 100)
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    assert not inspect(tmp_path).forms
    (tmp_path / "vocabulary.txt").write_text("a", encoding="utf-8")
    form, vectors = inspect(tmp_path).forms
    assert (form.runtime, form.files, form.ability) == ("faster-whisper", ("model.bin",), "transcribe")
    assert vectors.ability == "listen"
    (tmp_path / "model.bin").write_bytes(b"\x80\x02}q\0." + b"\0" * 100)
    inspection = inspect(tmp_path)
    assert not inspection.forms
    assert "pickled weights" in (inspection.reason or "")
    (tmp_path / "model.bin").write_bytes(b"version https://git-lfs")
    assert inspect(tmp_path).reason == "its model.bin is damaged, or not of a Whisper model"


def test_shards_of_pickles(tmp_path: Path) -> None:
    """All that the index names, where pickles are allowed and there are no safetensors."""
    config = {"architectures": ["BertForQuestionAnswering"]}
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    parts = [f"pytorch_model-0000{n}-of-00002.bin" for n in (1, 2)]
    index = {"weight_map": dict(zip("ab", parts, strict=True))}
    (tmp_path / "pytorch_model.bin.index.json").write_text(json.dumps(index), encoding="utf-8")
    for part in parts:
        (tmp_path / part).write_bytes(b"12345")
    assert not inspect(tmp_path).forms
    (form,) = inspect(tmp_path, frozenset({"pickle"})).forms
    assert (form.files, form.weights_bytes, form.precision) == (tuple(parts), 10, None)
    save_file({"w": np.zeros((2, 2), np.float32)}, tmp_path / "model.safetensors")
    (form,) = inspect(tmp_path, frozenset({"pickle"})).forms
    assert form.files == ("model.safetensors",)
