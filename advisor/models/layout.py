"""How a model folder can be loaded: one rule per layout, tried in order.

A folder may hold several loadable forms (safetensors beside ONNX, several GGUF files): each is a `Form`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MAX_CONFIG_BYTES = 8 << 20
PRECISION_BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1}
PRECISION_NAMES = {"F64": "fp64", "F32": "fp32", "F16": "fp16", "BF16": "bf16", "I8": "int8", "U8": "int8"}
_GGUF_PRECISION = re.compile(r"(?:^|[.\-_])((?:I?Q\d\w*)|F16|F32|BF16|MXFP4\w*)(?=[.\-]|$)", re.IGNORECASE)
_GGUF_SHARD = re.compile(r"-\d{5}-of-\d{5}\.gguf$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Form:
    """One way to load a model: the runtime, the weight files (relative to the folder) and what they hold."""

    runtime: str
    files: tuple[str, ...]
    weights_bytes: int
    precision: str | None
    parameters: int | None = None
    labels: tuple[str, ...] = field(default=())


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
    if "auto_map" in config and not list(folder.glob("*.gguf")):
        return Inspection((), "wants to run code of its own (auto_map in config.json), which is never done")
    modules = _json_list(folder / "modules.json")
    forms = [*_gguf(folder), *_static(folder, config, modules), *_onnx(folder)]
    forms += _sentence_transformers(folder, modules) or _classifier(folder, config)
    if forms:
        return Inspection(tuple(forms))
    if any(folder.glob("*.bin")) or any(folder.glob("*.pt")) or any(folder.glob("*.pth")):
        return Inspection((), "holds only pickled weights (.bin, .pt), which are never loaded")
    return Inspection((), "holds no weights that an engine here can load")


def _gguf(folder: Path) -> list[Form]:
    forms = []
    for path in sorted(folder.glob("*.gguf")):
        if _GGUF_SHARD.search(path.name) or "mmproj" in path.name.lower():
            continue
        found = _GGUF_PRECISION.findall(path.stem)
        forms.append(Form("llama.cpp", (path.name,), path.stat().st_size, found[-1].lower() if found else None))
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
    if not any(str(_get(module, "type")).endswith(".Transformer") for module in modules):
        return []
    return _torch_weights("sentence-transformers", folder)


def _classifier(folder: Path, config: dict[str, Any]) -> list[Form]:
    architectures = config.get("architectures")
    named = isinstance(architectures, list) and any("ForSequenceClassification" in str(a) for a in architectures)
    labels = config.get("id2label")
    if not named or not isinstance(labels, dict):
        return []
    return _torch_weights("transformers", folder, tuple(str(label) for label in labels.values()))


def _torch_weights(runtime: str, folder: Path, labels: tuple[str, ...] = ()) -> list[Form]:
    index = _json(folder / "model.safetensors.index.json").get("weight_map")
    names = tuple(sorted({str(name) for name in index.values()})) if isinstance(index, dict) else ("model.safetensors",)
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
    # Integer tensors beside floating weights are buffers such as position ids, not parameters.
    floating = {kind: count for kind, count in counts.items() if "F" in kind} or counts
    main = max(floating, key=lambda kind: floating[kind], default=None)
    precision = PRECISION_NAMES.get(main) if main else None
    return Form(runtime, names, size, precision, sum(floating.values()) or None, labels)


def _is_inside(folder: Path, name: str) -> bool:
    """Return whether a file name stays in its folder (names come from outside) and the file is there."""
    parts = Path(name).parts
    return not Path(name).is_absolute() and ".." not in parts and (folder / name).is_file()


def _get(module: object, key: str) -> object:
    return module.get(key) if isinstance(module, dict) else None


def _read(path: Path) -> object:
    try:
        if path.stat().st_size > MAX_CONFIG_BYTES:
            return None
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def _json(path: Path) -> dict[str, Any]:
    value = _read(path)
    return value if isinstance(value, dict) else {}


def _json_list(path: Path) -> list[Any]:
    value = _read(path)
    return value if isinstance(value, list) else []
