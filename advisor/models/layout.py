"""How a model folder can be loaded: one rule per layout, tried in order.

A folder may hold several loadable forms (safetensors beside ONNX, several GGUF files): each is a `Form`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

MAX_CONFIG_BYTES = 8 << 20
PRECISION_NAMES = {"F64": "fp64", "F32": "fp32", "F16": "fp16", "BF16": "bf16", "I8": "int8", "U8": "int8"}
PICKLED = frozenset({".bin", ".pt", ".pth", ".ckpt"})
PICKLED_MODULE = "pytorch_model.bin"
_GGUF_PRECISION = re.compile(r"(?:^|[.\-_])((?:I?Q\d\w*)|F16|F32|BF16|MXFP4\w*)(?=[.\-]|$)", re.IGNORECASE)
_GGUF_SHARD = re.compile(r"-\d{5}-of-\d{5}\.gguf$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Form:
    """One way to load a model: the runtime, the weight files (relative to the folder) and what they hold.

    `ability` is what it is loaded for, a key of `advisor.probe.runtimes.base.ABILITIES`.
    """

    runtime: str
    files: tuple[str, ...]
    weights_bytes: int
    precision: str | None
    parameters: int | None = None
    labels: tuple[str, ...] = field(default=())
    ability: str = "encode"


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a folder holds: loadable forms, or the reason there is none."""

    forms: tuple[Form, ...]
    reason: str | None = None


def inspect(folder: Path) -> Inspection:
    """Return the loadable forms of a model folder.

    Weights are never read, only the safetensors header and small JSON files. Remote code and pickled weights
    make no form: nothing of them is run.
    """
    config = _json(folder / "config.json")
    modules = _json_list(folder / "modules.json")
    forms = [*_gguf(folder), *_static(folder, config, modules), *_onnx(folder)]
    refused = refusal(folder)
    if refused is None:
        forms += _sentence_transformers(folder, modules) or _transformers(folder, config)
    if forms:
        return Inspection(tuple(forms))
    if refused is not None:
        return Inspection((), refused)
    if any(path.suffix in PICKLED for path in folder.glob("*")):
        return Inspection((), "holds only pickled weights (.bin, .pt), which are never loaded")
    return Inspection((), "holds no weights that an engine here can load")


def refusal(folder: Path) -> str | None:
    """Return why the torch engines must not load a folder, None if they may.

    Some of their versions run the code that a local folder names without being told that it is trusted, and fall back
    to pickled weights of single modules. The other engines do neither.
    """
    modules = _json_list(folder / "modules.json")
    places = [str(_get(module, "path") or "") for module in modules]
    for name in ("config.json", *(f"{place}/config.json" for place in places if place)):
        if _is_inside(folder, name) and "auto_map" in _json(folder / name):
            return f"wants to run code of its own (auto_map in {name}), which is never done"
    for module in modules:
        kind = str(_get(module, "type"))
        if not kind.startswith("sentence_transformers."):
            return f"wants to run code of its own ({kind[:60]} in modules.json), which is never done"
    for place in places:
        if _is_inside(folder, f"{place}/{PICKLED_MODULE}" if place else PICKLED_MODULE) and not list(
            (folder / place).glob("*.safetensors")
        ):
            return f"holds only pickled weights ({place}{'/' if place else ''}{PICKLED_MODULE}), which are never loaded"
    return None


def _gguf(folder: Path) -> list[Form]:
    forms = []
    for path in sorted(folder.glob("*.gguf")):
        if _GGUF_SHARD.search(path.name) or "mmproj" in path.name.lower() or not path.is_file():
            continue
        found = _GGUF_PRECISION.findall(path.stem)
        precision = found[-1].lower() if found else None
        forms.append(Form("llama.cpp", (path.name,), path.stat().st_size, precision, ability="chat"))
    return forms


def _static(folder: Path, config: dict[str, Any], modules: list[Any]) -> list[Form]:
    static = next((m for m in modules if "StaticEmbedding" in str(_get(m, "type"))), None)
    if static is None and config.get("model_type") != "model2vec":
        return []
    place = str(_get(static, "path") or "") if static is not None else ""
    name = f"{place}/model.safetensors" if place else "model.safetensors"
    return [_safetensors("static", folder, (name,))] if _is_inside(folder, name) else []


def _onnx(folder: Path) -> list[Form]:
    if not (folder / "tokenizer.json").is_file():
        return []
    forms = []
    for name in ("model.onnx", "onnx/model.onnx"):
        if _is_inside(folder, name):
            data = [extra for extra in (f"{name}_data", f"{name}.data") if _is_inside(folder, extra)]
            size = sum((folder / part).stat().st_size for part in (name, *data))
            forms.append(Form("onnx", (name, *data), size, "fp32"))
    return forms


def _sentence_transformers(folder: Path, modules: list[Any]) -> list[Form]:
    encoder = next((module for module in modules if str(_get(module, "type")).endswith(".Transformer")), None)
    return _torch_weights("sentence-transformers", folder, str(_get(encoder, "path") or "")) if encoder else []


# The endings of transformers' class names, and what such a model can do.
_HEADS = {
    "ForSequenceClassification": "classify",
    "ForTokenClassification": "tag",
    "ForQuestionAnswering": "read",
    "ForImageClassification": "see",
    "ForCTC": "transcribe",
    "ForCausalLM": "chat",
    "LMHeadModel": "chat",
    "ForConditionalGeneration": "rewrite",
    "MTModel": "rewrite",
}
_SPEECH = ("whisper", "speech_to_text", "moonshine")


def _transformers(folder: Path, config: dict[str, Any]) -> list[Form]:
    """Return what a folder of transformers' can do by its architecture: see `_HEADS`."""
    architectures = config.get("architectures")
    named = str(architectures[0]) if isinstance(architectures, list) and architectures else ""
    ability = next((able for ending, able in _HEADS.items() if named.endswith(ending)), None)
    if ability is None:
        return []
    if ability == "rewrite" and config.get("model_type") in _SPEECH:
        ability = "transcribe"
    table = config.get("id2label")
    labels = tuple(str(label) for label in table.values()) if isinstance(table, dict) else ()
    forms = _torch_weights("transformers", folder, "", labels if ability in ("classify", "tag", "see") else ())
    abilities = [ability]
    if ability == "classify":
        if len(labels) == 1:  # one number for a pair of texts
            abilities = ["compare"]
        elif any(label.casefold().startswith("entail") for label in labels):
            abilities = ["entail"]
    return [replace(form, ability=each) for form in forms for each in abilities]


def _torch_weights(runtime: str, folder: Path, place: str, labels: tuple[str, ...] = ()) -> list[Form]:
    """Return the form of the safetensors files in a sub-folder ("" for the folder itself), one or several."""
    prefix = f"{place}/" if place else ""
    name = f"{prefix}model.safetensors.index.json"
    index = _json(folder / name).get("weight_map") if _is_inside(folder, name) else None
    parts = {str(part) for part in index.values()} if isinstance(index, dict) else {"model.safetensors"}
    names = tuple(f"{prefix}{part}" for part in sorted(parts))
    if not all(_is_inside(folder, name) for name in names):
        return []
    return [_safetensors(runtime, folder, names, labels)]


def _safetensors(runtime: str, folder: Path, names: tuple[str, ...], labels: tuple[str, ...] = ()) -> Form:
    """Read sizes, precision and the parameter count from the headers; a damaged header leaves them unknown."""
    from safetensors import SafetensorError, safe_open  # it brings numpy along

    size = sum((folder / name).stat().st_size for name in names)
    counts: dict[str, int] = {}
    try:
        for name in names:
            with safe_open(folder / name, framework="numpy") as tensors:
                for key in tensors.keys():  # noqa: SIM118  not a mapping
                    part = tensors.get_slice(key)
                    count = 1
                    for length in part.get_shape():
                        count *= length
                    counts[part.get_dtype()] = counts.get(part.get_dtype(), 0) + count
    except (SafetensorError, OSError):
        return Form(runtime, names, size, None, None, labels)
    # A few integers beside floating weights are buffers such as position ids; many are packed weights, and how many
    # parameters each of those holds is not said here.
    floating = {kind: count for kind, count in counts.items() if "F" in kind}
    if sum(counts.values()) > 2 * sum(floating.values()):
        return Form(runtime, names, size, None, None, labels)
    main = max(floating, key=lambda kind: floating[kind], default=None)
    precision = PRECISION_NAMES.get(main) if main else None
    return Form(runtime, names, size, precision, sum(floating.values()) or None, labels)


def _is_inside(folder: Path, name: str) -> bool:
    """Return whether a file name stays in its folder (names come from outside) and the file is there."""
    parts = Path(name).parts
    return not Path(name).is_absolute() and ".." not in parts and (folder / name).is_file()


def _get(module: object, key: str) -> object:
    return module.get(key) if isinstance(module, dict) else None


def read_json(path: Path) -> object:
    """Return what a small JSON file of a model folder holds; None for what is no file, too large or no JSON."""
    try:
        if not path.is_file():  # a pipe or a device of that name would be read without end
            return None
        with path.open("rb") as file:
            content = file.read(MAX_CONFIG_BYTES + 1)
        return json.loads(content.decode()) if len(content) <= MAX_CONFIG_BYTES else None
    except (OSError, ValueError, RecursionError):
        return None


def _json(path: Path) -> dict[str, Any]:
    value = read_json(path)
    return value if isinstance(value, dict) else {}


def _json_list(path: Path) -> list[Any]:
    value = read_json(path)
    return value if isinstance(value, list) else []
