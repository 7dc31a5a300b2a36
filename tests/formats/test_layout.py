"""Every layout is recognised by its files; files that leave the folder, run code or unpickle are refused."""

import json
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from advisor.candidates.layout import Form, inspect
from advisor.formats.folder import abilities
from tests.conftest import Home
from tests.formats.checkpoints import ONE_TENSOR, archive, evil_pickles
from tests.probe.support import GGUF, gguf_folder, minilm_folder, onnx_folder, static_folder
from tests.probe.tiny import tiny
from tests.tables import for_each

ENCODER = {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}
POOLING = {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}
STATIC = {"idx": 0, "name": "0", "path": "0_StaticEmbedding", "type": "sentence_transformers.models.StaticEmbedding"}
CLASSIFIER = {"architectures": ["BertForSequenceClassification"], "id2label": {"0": "ham", "1": "spam"}}


def write(folder: Path, **files: Any) -> None:
    """Write JSON files; `__` in a name stands for a dot, `___` for a slash."""
    for name, content in files.items():
        path = folder / name.replace("___", "/").replace("__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")


def weights(path: Path, *shapes: tuple[int, ...], dtype: Any = np.float32) -> int:
    """Write a real safetensors file and return its size."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({f"t{number}": np.zeros(shape, dtype) for number, shape in enumerate(shapes)}, path)
    return path.stat().st_size


def only_form(folder: Path) -> Form:
    inspection = inspect(folder)
    assert inspection.reason is None
    (form,) = inspection.forms
    return form


def test_the_starter_models(starter_home: Home) -> None:
    """Four real models with parameter counts read from the headers; one form each, an encoder's words are another."""
    static = only_form(static_folder(starter_home))
    assert static == Form("static", ("model.safetensors",), 16_384_096, "fp16", 8_192_000)
    minilm = Form("sentence-transformers", ("model.safetensors",), 90_868_376, "fp32", 22_713_216)
    words = replace(minilm, runtime="transformers", ability="embed")
    assert inspect(minilm_folder(starter_home)).forms == (minilm, words)
    onnx = only_form(onnx_folder(starter_home))
    assert (onnx.runtime, onnx.files, onnx.weights_bytes) == ("onnx", ("model.onnx",), 69_060_623)
    assert only_form(gguf_folder(starter_home)) == Form("llama.cpp", (GGUF,), 98_362_432, "q4_1", ability="chat")


def test_static_embedding_in_a_folder_of_its_own(tmp_path: Path) -> None:
    """As sentence-transformers saves it."""
    write(tmp_path, modules__json=[STATIC])
    size = weights(tmp_path / "0_StaticEmbedding" / "model.safetensors", (100, 8))
    assert only_form(tmp_path) == Form("static", ("0_StaticEmbedding/model.safetensors",), size, "fp32", 800)


def test_model2vec(tmp_path: Path) -> None:
    """As model2vec saves it; also with the modules file that it adds for sentence-transformers."""
    write(tmp_path, config__json={"model_type": "model2vec", "architectures": ["StaticModel"]})
    size = weights(tmp_path / "model.safetensors", (50, 4), dtype=np.float16)
    assert only_form(tmp_path) == Form("static", ("model.safetensors",), size, "fp16", 200)
    write(tmp_path, modules__json=[STATIC | {"path": "."}])
    assert only_form(tmp_path).runtime == "static"


def test_a_transformer_in_a_folder_of_its_own(tmp_path: Path) -> None:
    """As older sentence-transformers saved it."""
    write(tmp_path, modules__json=[ENCODER | {"path": "0_Transformer"}, POOLING])
    size = weights(tmp_path / "0_Transformer" / "model.safetensors", (10, 10))
    expected = Form("sentence-transformers", ("0_Transformer/model.safetensors",), size, "fp32", 100)
    assert only_form(tmp_path) == expected


def test_sharded_weights(tmp_path: Path) -> None:
    """All shards that the index names, counted together; a shard that is missing makes no form."""
    names = [f"model-0000{number}-of-00002.safetensors" for number in (1, 2)]
    write(
        tmp_path,
        config__json=CLASSIFIER,
        model__safetensors__index__json={"weight_map": {"a": names[0], "b": names[1], "c": names[0]}},
    )
    sizes = [weights(tmp_path / name, (3, 5)) for name in names]
    expected = Form("transformers", tuple(names), sum(sizes), "fp32", 30, ("ham", "spam"), "classify")
    assert only_form(tmp_path) == expected
    (tmp_path / names[1]).unlink()
    assert inspect(tmp_path).reason == f"lacks 1 of the 2 weight files that its index names, such as {names[1]}"


def test_onnx_next_to_torch_weights_and_in_a_subfolder(tmp_path: Path) -> None:
    """ONNX in its folder, with its external data counted, and the torch weights of the same model."""
    write(tmp_path, modules__json=[ENCODER, POOLING], tokenizer__json={})
    weights(tmp_path / "model.safetensors", (2, 2))
    (tmp_path / "onnx").mkdir()
    (tmp_path / "onnx" / "model.onnx").write_bytes(b"x" * 10)
    (tmp_path / "onnx" / "model.onnx_data").write_bytes(b"x" * 1000)
    onnx, torch = inspect(tmp_path).forms
    assert (onnx.runtime, onnx.files, onnx.weights_bytes) == ("onnx", ("onnx/model.onnx", "onnx/model.onnx_data"), 1010)
    assert torch.runtime == "sentence-transformers"


def test_all_forms_of_a_folder_are_distinct(tmp_path: Path) -> None:
    """By the engine and the first file: also two graphs, two quantisations, and static and torch weights."""
    write(tmp_path, modules__json=[ENCODER, POOLING, STATIC], config__json=CLASSIFIER, tokenizer__json={})
    weights(tmp_path / "model.safetensors", (2, 2))
    weights(tmp_path / "0_StaticEmbedding" / "model.safetensors", (2, 2))
    for name in ("model.onnx", "onnx/model.onnx", "a-Q4_0.gguf", "a.gguf"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x" * 10)
    forms = inspect(tmp_path).forms
    assert len(forms) == 6
    assert len({(form.runtime, form.files[0]) for form in forms}) == 6


@for_each(
    ("name", "precision"),
    [
        ("model-Q4_K_M.gguf", "q4_k_m"),
        ("SmolLM2-135M-Instruct.Q4_1.gguf", "q4_1"),
        ("llama-3-8b-instruct-IQ3_XXS.gguf", "iq3_xxs"),
        ("gemma-2b-it.F16.gguf", "f16"),
        ("qwen2-BF16.gguf", "bf16"),
        ("gpt-oss-20b-mxfp4.gguf", "mxfp4"),
        ("q8_0.gguf", "q8_0"),
        ("model.gguf", None),
        ("qwen2.gguf", None),
    ],
)
def test_gguf_names_give_the_precision(tmp_path: Path, name: str, precision: str | None) -> None:
    """By their usual spellings; nothing is guessed where the name says nothing."""
    (tmp_path / name).write_bytes(b"GGUF")
    assert only_form(tmp_path).precision == precision


def test_every_gguf_file_is_a_form(tmp_path: Path) -> None:
    """But not shards, projectors of images, folders or links that lead nowhere."""
    for name in ("a-Q4_0.gguf", "a-Q8_0.gguf", "a-Q8_0-00001-of-00002.gguf", "mmproj-a-f16.gguf"):
        (tmp_path / name).write_bytes(b"GGUF")
    (tmp_path / "folder.gguf").mkdir()
    (tmp_path / "broken.gguf").symlink_to(tmp_path / "nowhere")
    assert [form.files for form in inspect(tmp_path).forms] == [("a-Q4_0.gguf",), ("a-Q8_0.gguf",)]


@for_each("name", ["../outside.safetensors", "/etc/passwd", "a/../../outside.safetensors", "{abs}"])
def test_names_never_lead_out_of_the_folder(tmp_path: Path, name: str) -> None:
    """For any index, list of modules or path."""
    folder = tmp_path / "model"
    folder.mkdir()
    weights(tmp_path / "outside.safetensors", (2, 2))
    weights(tmp_path / "model.safetensors", (2, 2))
    hostile = name.replace("{abs}", str(tmp_path / "outside.safetensors"))
    write(folder, config__json=CLASSIFIER, model__safetensors__index__json={"weight_map": {"a": hostile}})
    assert inspect(folder).forms == ()
    place = hostile.rpartition("/")[0]
    for module in (ENCODER, STATIC):
        write(folder, modules__json=[module | {"path": place}])
        assert inspect(folder).forms == ()


def test_a_damaged_header_leaves_the_counts_unknown(tmp_path: Path) -> None:
    """The form still exists: its probe reports the fault."""
    write(tmp_path, config__json=CLASSIFIER)
    (tmp_path / "model.safetensors").write_bytes(b"\xff" * 100)
    assert only_form(tmp_path) == Form(
        "transformers", ("model.safetensors",), 100, None, None, ("ham", "spam"), "classify"
    )


def test_buffers_are_not_parameters_and_packed_weights_not_counted(tmp_path: Path) -> None:
    """A few integers are positions; many are quantised weights, of which the count is not known."""
    write(tmp_path, config__json=CLASSIFIER)
    tensors: dict[str, Any] = {"weight": np.zeros((10, 10), np.float32), "position_ids": np.zeros((1, 10), np.int64)}
    save_file(tensors, tmp_path / "model.safetensors")
    assert only_form(tmp_path).parameters == 100
    save_file(tensors | {"packed": np.zeros((10, 1000), np.int32)}, tmp_path / "model.safetensors")
    assert only_form(tmp_path).parameters is None


@for_each("content", ["", "[", "null", "3", '"text"', "[[[]]]", '{"id2label": 3}', "[" * 100_000])
@for_each("name", ["config.json", "modules.json", "model.safetensors.index.json"])
def test_strange_json_is_no_crash(tmp_path: Path, name: str, content: str) -> None:
    """Files of any shape leave a folder without a form, with its reason."""
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert inspect(tmp_path).reason is not None


@for_each("modules", [[3], [{"type": None}], [{"type": ["a"], "path": 5}], [{}], [STATIC | {"path": "\0"}]])
def test_strange_modules_are_no_crash(tmp_path: Path, modules: list[Any]) -> None:
    write(tmp_path, modules__json=modules)
    weights(tmp_path / "model.safetensors", (2, 2))
    assert inspect(tmp_path).forms == ()


def test_own_code_is_refused_where_it_would_run(tmp_path: Path) -> None:
    """A GGUF file or an ONNX graph of the same model runs none of it and stays."""
    write(tmp_path, config__json={"auto_map": {"AutoModel": "code.Model"}}, modules__json=[ENCODER])
    weights(tmp_path / "model.safetensors", (2, 2))
    assert inspect(tmp_path).reason == (
        "needs to run code of its own (auto_map in config.json), "
        "which is done only if the task allows it by the model's name"
    )
    (tmp_path / "a-Q4_0.gguf").write_bytes(b"GGUF")
    assert [form.runtime for form in inspect(tmp_path).forms] == ["llama.cpp"]


@for_each("name", ["model.pt", "weights.pth", "last.ckpt"])
def test_pickles_of_other_names_are_a_reason(tmp_path: Path, name: str) -> None:
    """Libraries that no engine here is write them, each in its way."""
    (tmp_path / name).write_bytes(b"pickle")
    assert inspect(tmp_path).reason == f"holds only pickles that no engine here reads ({name})"


def test_an_empty_or_missing_folder_is_a_reason(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        assert inspect(folder).reason == "holds no weights that an engine here can load"


NLI = {"0": "CONTRADICTION", "1": "NEUTRAL", "2": "ENTAILMENT"}
CASES: list[tuple[str, dict[str, Any], list[str]]] = [
    ("RobertaForSequenceClassification", {"id2label": {"0": "neg", "1": "pos"}}, ["classify"]),
    ("DebertaV2ForSequenceClassification", {"id2label": NLI}, ["entail", "classify"]),
    ("BertForSequenceClassification", {"id2label": {"0": "LABEL_0"}}, ["compare"]),
    ("BertForTokenClassification", {"id2label": {"0": "O", "1": "B-PER"}}, ["tag"]),
    ("XLMRobertaForTokenClassification", {"id2label": {"0": "0", "1": ".", "2": ","}}, ["tag", "rewrite"]),
    ("XLMRobertaForTokenClassification", {"id2label": {"0": "0", "1": ",", "2": "-"}}, ["tag"]),
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
    ("BertForMaskedLM", {"vocab_size": 9, "max_position_embeddings": 9}, ["encode", "embed"]),
    ("ModernBertModel", {"vocab_size": 9, "max_position_embeddings": 9}, ["encode", "embed"]),
    ("WhisperModel", {"vocab_size": 9, "max_position_embeddings": 9, "is_encoder_decoder": True}, []),
    ("Wav2Vec2Model", {"vocab_size": 32}, []),
    ("BertModel", {"model_type": "bert"}, []),
]


@for_each(("name", "more", "able"), CASES)
def test_the_architecture_determines_the_ability(name: str, more: dict[str, Any], able: list[str]) -> None:
    """Models that look at images are no translators, though their class names end alike."""
    assert abilities({"architectures": [name], **more})[0] == able


@for_each("config", [{}, {"architectures": None}, {"architectures": [None]}, {"architectures": [{}]}])
def test_a_configuration_can_hold_anything(config: dict[str, Any]) -> None:
    assert abilities(config) == ([], ())


def test_a_cross_encoder_is_no_encoder() -> None:
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
    assert "pickles that no engine here reads" in (inspection.reason or "")
    (tmp_path / "model.bin").write_bytes(b"version https://git-lfs")
    assert inspect(tmp_path).reason == "its model.bin is damaged, or not of a Whisper model"


def test_shards_of_pickles(tmp_path: Path) -> None:
    """All that the index names, where all hold tensors alone and there are no safetensors."""
    config = {"architectures": ["BertForQuestionAnswering"]}
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    parts = [f"pytorch_model-0000{n}-of-00002.bin" for n in (1, 2)]
    index = {"weight_map": dict(zip("ab", parts, strict=True))}
    (tmp_path / "pytorch_model.bin.index.json").write_text(json.dumps(index), encoding="utf-8")
    for part in parts:
        (tmp_path / part).write_bytes(archive(ONE_TENSOR))
    size = 2 * len(archive(ONE_TENSOR))
    (form,) = inspect(tmp_path).forms
    assert (form.files, form.weights_bytes, form.precision) == (tuple(parts), size, None)
    (tmp_path / parts[1]).write_bytes(archive(evil_pickles(tmp_path / "note")["reduce"]))
    inspection = inspect(tmp_path)
    assert not inspection.forms
    assert f"its weights file {parts[1]} holds more than plain tensors" in str(inspection.reason)
    (tmp_path / parts[1]).unlink()
    assert f"its weights file {parts[1]} is not in the folder" in str(inspect(tmp_path).reason)
    # The libraries look for the whole file first.
    (tmp_path / "pytorch_model.bin").write_bytes(archive(ONE_TENSOR))
    (tmp_path / parts[1]).write_bytes(archive(ONE_TENSOR))
    assert [form.files for form in inspect(tmp_path).forms] == [("pytorch_model.bin",)]
    save_file({"w": np.zeros((2, 2), np.float32)}, tmp_path / "model.safetensors")
    (form,) = inspect(tmp_path).forms
    assert form.files == ("model.safetensors",)
