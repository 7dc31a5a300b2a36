"""How a model folder can be loaded: one rule per layout, tried in order.

A folder may hold several loadable forms (safetensors beside ONNX, several GGUF files): each is a `Form`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from advisor.models import spacy_folder
from advisor.models.abilities import abilities
from advisor.models.file_names import GRAPH_DATA, gguf_precision, graph_precision, is_graph, is_whole_gguf
from advisor.models.headers import onnx_header, safetensors_header
from advisor.models.trust import (
    PICKLE,
    PICKLED,
    PICKLED_MODULE,
    get,
    is_inside,
    json_list,
    json_map,
    read_json,
    refusal,
)

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Form", "Inspection", "inspect", "read_json", "refusal"]

_ONNX_ABILITIES = ("encode", "classify", "entail", "tag", "read")
CTRANSLATE2_BYTES = 64
# How pickled weights begin: bare, or in an archive as torch writes it.
_PICKLES = (b"\x80", b"PK")


@dataclass(frozen=True, slots=True)
class Form:
    """One way to load a model: the runtime, the weight files (relative to the folder) and what they hold.

    `ability` is what it is loaded for, a key of `advisor.probe.runtimes.base.ABILITIES`; `computed` are the parameters
    that each token is multiplied with.
    """

    runtime: str
    files: tuple[str, ...]
    weights_bytes: int
    precision: str | None
    parameters: int | None = None
    labels: tuple[str, ...] = field(default=())
    ability: str = "encode"
    computed: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a folder holds: loadable forms, or the reason there is none."""

    forms: tuple[Form, ...]
    reason: str | None = None


def inspect(folder: Path, allows: frozenset[str] = frozenset()) -> Inspection:
    """Return the loadable forms of a model folder.

    Weights are never read, only headers and small JSON files. Remote code and pickled weights make no form unless
    `allows` names them (of `trust.PERMISSIONS`): nothing of them is run here. Whatever a folder holds,
    nothing is raised.
    """
    try:
        return _inspect(folder, allows)
    except (OSError, ValueError, RecursionError) as error:  # files of another user's, or made to be a trap
        told = error.strerror if isinstance(error, OSError) else None
        return Inspection((), f"cannot be read ({told or type(error).__name__})")


def _inspect(folder: Path, allows: frozenset[str]) -> Inspection:
    config = json_map(folder / "config.json")
    modules = json_list(folder / "modules.json")
    forms = [*_gguf(folder), *_static(folder, config, modules), *_onnx(folder, config), *_ctranslate2(folder)]
    refused = refusal(folder, allows)
    if refused is None:
        forms += _sentence_transformers(folder, modules, allows) or _transformers(folder, config, allows)
    if spacy_folder.is_pipeline(folder):
        try:
            forms.append(_spacy(folder, allows))
        except spacy_folder.UnusableError as error:
            refused = str(error)
    if forms:
        return Inspection(tuple(forms))
    if refused is not None:
        return Inspection((), refused)
    if (reason := _broken_ctranslate2(folder)) is not None:
        return Inspection((), reason)
    if PICKLE not in allows and any(path.suffix in PICKLED for path in folder.glob("*")):
        return Inspection(
            (),
            "holds only pickled weights (.bin, .pt), which are loaded only if the task allows it by the model's name",
        )
    return Inspection((), _no_engine(folder, config))


def _no_engine(folder: Path, config: dict[str, Any]) -> str:
    parts = _parts(folder, "", "model.safetensors")
    missing = [name for name in parts if not is_inside(folder, name)]
    if missing and len(parts) > 1:
        return f"lacks {len(missing)} of the {len(parts)} weight files that its index names, such as {missing[0][:80]}"
    named = config.get("architectures")
    if isinstance(named, list) and named and not missing and not abilities(config)[0]:
        return f"no engine here can use its architecture ({str(named[0])[:60]})"
    return "holds no weights that an engine here can load"


def _gguf(folder: Path) -> list[Form]:
    forms = []
    for path in sorted(folder.glob("*.gguf")):
        if not is_whole_gguf(path.name) or not is_inside(folder, path.name):
            continue
        forms.append(Form("llama.cpp", (path.name,), path.stat().st_size, gguf_precision(path.name), ability="chat"))
    return forms


def _static(folder: Path, config: dict[str, Any], modules: list[Any]) -> list[Form]:
    static = next((m for m in modules if "StaticEmbedding" in str(get(m, "type"))), None)
    if static is None and config.get("model_type") != "model2vec":
        return []
    place = str(get(static, "path") or "") if static is not None else ""
    name = f"{place}/model.safetensors" if place else "model.safetensors"
    return [_safetensors("static", folder, (name,))] if is_inside(folder, name) else []


def _onnx(folder: Path, config: dict[str, Any]) -> list[Form]:
    """Return a form for each whole graph; what it can do is told by the configuration, else it is an encoder."""
    if not is_inside(folder, "tokenizer.json"):
        return []
    able, labels = abilities(config)
    if not able:
        able = ["encode"]
    forms = []
    for path in sorted([*folder.glob("model*.onnx"), *folder.glob("onnx/model*.onnx")]):
        name = path.relative_to(folder).as_posix()
        if not is_graph(name) or not is_inside(folder, name):
            continue
        data = [extra for end in GRAPH_DATA if is_inside(folder, extra := f"{name}{end}")]
        size = sum((folder / part).stat().st_size for part in (name, *data))
        precision, parameters, computed = onnx_header(path)
        if graph_precision(name) == "int4":  # packed: the tensors do not tell how many they are
            precision, parameters, computed = "int4", None, None
        elif precision is None:
            precision = graph_precision(name)
        form = Form("onnx", (name, *data), size, precision, parameters, labels, computed=computed)
        forms += [replace(form, ability=each) for each in able if each in _ONNX_ABILITIES]
    return forms


def _ctranslate2(folder: Path) -> list[Form]:
    """Return the form of a Whisper model as CTranslate2 (faster-whisper) stores it: the file names its kind itself."""
    if not is_inside(folder, "model.bin") or not is_inside(folder, "config.json"):
        return []
    if not any(is_inside(folder, name) for name in ("tokenizer.json", "vocabulary.json", "vocabulary.txt")):
        return []
    file = folder / "model.bin"
    with file.open("rb") as stream:
        if b"WhisperSpec" not in stream.read(CTRANSLATE2_BYTES):
            return []
    return [Form("faster-whisper", ("model.bin",), file.stat().st_size, None, ability="transcribe")]


def _broken_ctranslate2(folder: Path) -> str | None:
    """Return why there is no form of a folder with CTranslate2's vocabulary, None if it has none or holds pickles."""
    if not any(is_inside(folder, name) for name in ("vocabulary.json", "vocabulary.txt")):
        return None
    if not is_inside(folder, "model.bin"):
        return None
    with (folder / "model.bin").open("rb") as stream:
        begins = stream.read(CTRANSLATE2_BYTES)
    if begins.startswith(_PICKLES):
        return None
    if b"WhisperSpec" in begins:
        return "lacks config.json beside its model.bin"
    return "its model.bin is damaged, or not of a Whisper model"


def _spacy(folder: Path, allows: frozenset[str]) -> Form:
    """Return the form of a spaCy pipeline that finds spans."""
    found = spacy_folder.read(folder, allows)
    size = sum((folder / name).stat().st_size for name in found.files)
    return Form("spacy", found.files, size, "fp32", None, found.labels, "tag")


def _sentence_transformers(folder: Path, modules: list[Any], allows: frozenset[str]) -> list[Form]:
    encoder = next((module for module in modules if str(get(module, "type")).endswith(".Transformer")), None)
    if not encoder:
        return []
    place = str(get(encoder, "path") or "")
    forms = _torch_weights("sentence-transformers", folder, place, allows=allows)
    settings = json_map(folder / "config_sentence_transformers.json")
    if settings.get("model_type") == "CrossEncoder":
        config = json_map(folder / place / "config.json") if is_inside(folder, f"{place}/config.json") else {}
        able, _ = abilities(config or json_map(folder / "config.json"))
        return [replace(form, runtime="transformers", ability=each) for form in forms for each in able]
    return forms


def _transformers(folder: Path, config: dict[str, Any], allows: frozenset[str]) -> list[Form]:
    """Return what a folder of transformers' can do by its architecture."""
    able, labels = abilities(config)
    forms = _torch_weights("transformers", folder, "", labels, allows=allows) if able else []
    return [replace(form, ability=each) for form in forms for each in able]


def _torch_weights(
    runtime: str, folder: Path, place: str, labels: tuple[str, ...] = (), *, allows: frozenset[str]
) -> list[Form]:
    """Return the form of the weight files in a sub-folder ("" for the folder itself), one or several.

    Safetensors; pickled ones where there are no others and they are allowed.
    """
    prefix = f"{place}/" if place else ""
    names = _parts(folder, prefix, "model.safetensors")
    if all(is_inside(folder, name) for name in names):
        return [_safetensors(runtime, folder, names, labels)]
    pickled = _parts(folder, prefix, PICKLED_MODULE)
    if PICKLE in allows and all(is_inside(folder, name) for name in pickled):
        size = sum((folder / name).stat().st_size for name in pickled)
        return [Form(runtime, pickled, size, None, None, labels)]
    return []


def _parts(folder: Path, prefix: str, name: str) -> tuple[str, ...]:
    """Return the files that the index of a sharded model names, else the one file."""
    index_name = f"{prefix}{name}.index.json"
    index = json_map(folder / index_name).get("weight_map") if is_inside(folder, index_name) else None
    parts = {str(part) for part in index.values()} if isinstance(index, dict) else {name}
    return tuple(f"{prefix}{part}" for part in sorted(parts))


def _safetensors(runtime: str, folder: Path, names: tuple[str, ...], labels: tuple[str, ...] = ()) -> Form:
    size = sum((folder / name).stat().st_size for name in names)
    precision, parameters, computed = safetensors_header([folder / name for name in names])
    return Form(runtime, names, size, precision, parameters, labels, computed=computed)
