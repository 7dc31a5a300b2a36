"""Trim the Hub's records of models, and convert them to model cards."""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from catalog.card import ModelCard, Standing, WeightFile
from catalog.languages import NAMES, codes
from catalog.refresh.published import figures
from catalog.repository import PACKED, is_real, license_id

Record = dict[str, Any]

# Fields requested from the Hub. "siblings", "widgetData" and the like are large and unused by cards.
FULL: Final = (
    "sha", "lastModified", "createdAt", "pipeline_tag", "library_name", "tags", "downloads", "likes", "gated",
    "disabled", "private", "cardData", "config", "safetensors", "gguf", "baseModels", "model-index", "evalResults",
)  # fmt: skip
COUNTERS: Final = ("downloads", "likes", "lastModified", "private")

_ID: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}(?:/[A-Za-z0-9_][A-Za-z0-9_.-]{0,95})?\Z")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z\Z")
_TAG: Final = re.compile(r"[a-z0-9-]{2,60}\Z")
_SHA: Final = re.compile(r"[0-9a-f]{40}\Z")
_CREATED_FLOOR: Final = "2022-03-02T23:29:04"  # the Hub's date for everything older than the field
_MOST_TAGS: Final = 100
_MOST_LANGUAGES: Final = 8_000  # as many as have a code of ISO 639-3
_MOST_TOPICS: Final = 12
_MOST_LABELS: Final = 200
_LONGEST_LABEL: Final = 120
_NUMBERED: Final = re.compile(r"(?:label[-_ ]?)?\d+\Z", re.IGNORECASE)
RELATIONS: Final = ("quantized", "finetune", "adapter", "merge")
_FORMATS: Final = ("safetensors", "gguf", "onnx", "openvino", "ctranslate2", "mlx", "coreml", "tflite", "keras")
_DTYPES: Final = {"F64": "fp64", "F32": "fp32", "F16": "fp16", "BF16": "bf16", "F8_E4M3": "fp8", "F8_E5M2": "fp8"}
# Integer types that hold packed quantised weights, with their bits.
_CONTAINERS: Final = {"U8": 8, "I32": 32, "U32": 32}
_PACKED_BITS: Final = frozenset({2, 3, 4, 8})
_PACKED_SHARE: Final = 0.1
_LEAST_PARAMETERS: Final = 1_000
_MOST_PARAMETERS: Final = 3_000_000_000_000
REFERENCE: Final = re.compile(r"(?:base_model|license|region|dataset|arxiv|doi|deploy|template|diffusers|model-index)")


def trim(raw: object) -> Record | None:
    """Trim a record of the listing to the fields used, with values of the right types; unknown ones are left out.

    ``None`` if it is not of a public model.
    """
    if not isinstance(raw, dict):
        return None
    model_id = raw.get("id") or raw.get("modelId")
    if not isinstance(model_id, str) or not _ID.match(model_id) or raw.get("private") is True:
        return None
    data, config, gguf = _mapping(raw.get("cardData")), _mapping(raw.get("config")), _mapping(raw.get("gguf"))
    relation, bases = _bases(raw)
    quantization = _mapping(config.get("quantization_config"))
    bits = quantization.get("bits") or (4 if quantization.get("load_in_4bit") else None)
    weights = _mapping(raw.get("safetensors"))
    dtypes = {k: n for k, v in _mapping(weights.get("parameters")).items() if (n := _count(v)) is not None}
    kept: Record = {
        "id": model_id,
        "_id": _text(raw.get("_id"), 40),
        "sha": _matching(raw.get("sha"), _SHA),
        "modified": _time(raw.get("lastModified")),
        "created": _time(raw.get("createdAt")),
        "family": _matching(raw.get("pipeline_tag"), _TAG),
        "library": _text(raw.get("library_name"), 60),
        "tags": list(_texts(raw.get("tags")))[:_MOST_TAGS],
        "downloads": _count(raw.get("downloads")),
        "likes": _count(raw.get("likes")),
        "gated": raw["gated"] is not False if isinstance(raw.get("gated"), bool | str) else None,
        "disabled": True if raw.get("disabled") is True else None,
        "license": next(iter(_texts(data.get("license"))), None),
        "languages": list(_texts(data.get("language")))[:_MOST_LANGUAGES],
        "relation": relation,
        "base": next(iter(bases), None),
        "dtypes": dict(list(dtypes.items())[:20]),
        "total": _count(weights.get("total")),
        "gguf": _count(gguf.get("total")),
        "context": _count(gguf.get("context_length")) or None,
        "bits": bits if isinstance(bits, int) and bits in _PACKED_BITS else None,
        "labels": label_names(config.get("id2label")),
        "custom": True if config.get("auto_map") else None,
        "scores": figures(raw.get("model-index") or data.get("model-index"), raw.get("evalResults")),
    }
    return {name: value for name, value in kept.items() if value not in (None, [], {})}


def card_of(record: Record, date: str) -> ModelCard | None:
    """The facts of a record fetched on a day, as a card; ``None`` for scratch uploads and disabled repositories."""
    if record.get("disabled") or not is_real(record["id"]):
        return None
    tags: list[str] = record.get("tags", [])
    formats = _formats(tags, record)
    precision = _precision(record)
    source = f"Hub API {date}"
    parameters, standing = _parameters(record)
    created = record.get("created", "")
    family = record.get("family")
    licences = [record.get("license"), *(t.partition(":")[2] for t in tags if t.startswith("license:"))]
    return ModelCard(
        id=record["id"],
        revision=record.get("sha"),
        family=None if family == "other" else family,
        parameters=parameters,
        parameters_standing=standing,
        parameters_source=source if parameters else None,
        license=next((name for raw in licences if (name := license_id(raw)) is not None), None),
        languages=codes(record.get("languages", [])) or codes([t for t in tags if t in NAMES or t == "multilingual"]),
        labels=tuple(record.get("labels", ())),
        library=record.get("library"),
        files=tuple(WeightFile(format=f, precision=precision if f == "safetensors" else None) for f in formats),
        context_length=record.get("context"),
        base_model=record.get("base"),
        base_relation=record.get("relation"),
        gated=record.get("gated"),
        remote_code=True if record.get("custom") or "custom_code" in tags else None,
        downloads=record.get("downloads"),
        likes=record.get("likes"),
        created=created[:10] if created and not created.startswith(_CREATED_FLOOR) else None,
        updated=record.get("modified", "")[:10] or None,
        scores=record.get("scores", {}),
        tags=tuple(_topics(record, tags, formats)),
    )


def _parameters(record: Record) -> tuple[int | None, Standing | None]:
    """The number of weights and its reliability.

    A GGUF file's total is a parameter count. A safetensors total counts tensor elements: for packed weights these are
    the packed integers, which are unpacked here if the bits are known; an adapter's says nothing about the model.
    """
    if record.get("relation") == "adapter" or record.get("library") == "peft":
        return None, None
    if (total := record.get("total")) is None:
        return _sane(record.get("gguf"), "exact")
    dtypes: dict[str, int] = record.get("dtypes", {})
    packed = sum(n for kind, n in dtypes.items() if kind in _CONTAINERS)
    if packed > _PACKED_SHARE * total:
        bits = record.get("bits")
        if bits is None:
            return None, None
        whole = sum(n * _CONTAINERS[k] // bits if k in _CONTAINERS else n for k, n in dtypes.items())
        return _sane(whole, "estimated")
    smaller = record.get("relation") == "quantized" or PACKED.search(record["id"])
    if smaller and not any(kind.startswith(("F8", "I8")) for kind in dtypes):
        return None, None  # packed by name but not by types: the original's count is better
    return _sane(total, "exact")


def _sane(count: int | None, standing: Standing) -> tuple[int | None, Standing | None]:
    return (count, standing) if count and _LEAST_PARAMETERS < count < _MOST_PARAMETERS else (None, None)


def _formats(tags: Iterable[str], record: Record) -> list[str]:
    found = [name for name in _FORMATS if name in tags]
    if "safetensors" not in found and record.get("total") is not None:
        found.insert(0, "safetensors")
    if "gguf" not in found and record.get("gguf") is not None:
        found.append("gguf")
    if "safetensors" not in found and "pytorch" in tags:
        found.append("pickle")
    return found


def _precision(record: Record) -> str | None:
    """The type of most weights, if they are not packed."""
    dtypes: dict[str, int] = record.get("dtypes", {})
    return _DTYPES.get(max(dtypes, key=lambda kind: dtypes[kind])) if dtypes else None


def _topics(record: Record, tags: Iterable[str], formats: Iterable[str]) -> list[str]:
    known = {record.get("library"), record.get("family"), *formats, *record.get("languages", ()), *NAMES}
    topics = [tag for tag in tags if tag not in known and ":" not in tag and not REFERENCE.match(tag)]
    return list(dict.fromkeys(topics))[:_MOST_TOPICS]


def _bases(raw: Mapping[str, Any]) -> tuple[str | None, list[str]]:
    """The relation to the base models, and their ids, from ``baseModels`` (an object or a list), tags or the card."""
    stated = raw.get("baseModels")
    relation = _text(_mapping(stated).get("relation"), 20)
    models = _mapping(stated).get("models") if isinstance(stated, dict) else stated
    ids = [_mapping(m).get("id", m) for m in models] if isinstance(models, list) else []
    for tag in _texts(raw.get("tags")):
        kind, _, rest = tag.partition(":")
        if kind == "base_model" and rest:
            head, _, tail = rest.partition(":")
            if tail and head in RELATIONS:
                relation = relation or head
            ids.append(tail if tail and head in RELATIONS else rest)
    ids += list(_texts(_mapping(raw.get("cardData")).get("base_model")))
    plain = [i for i in ids if isinstance(i, str) and _ID.match(i)]
    return (relation if relation in RELATIONS and plain else None), list(dict.fromkeys(plain))


def label_names(table: object) -> list[str]:
    """The labels of a config.json in the order of their outputs; empty if they are only numbered.

    "=" separates a label from its meaning in a card, so a name that contains it is not used.
    """
    names = [
        _text(name, _LONGEST_LABEL) for _, name in sorted(_mapping(table).items(), key=lambda item: _place(item[0]))
    ]
    known = [name for name in names if name and "=" not in name]
    if len(known) != len(names) or len(names) > _MOST_LABELS or all(map(_NUMBERED.match, known)):
        return []
    return known


def _place(key: object) -> int:
    return int(key) if isinstance(key, str) and key.isdecimal() and len(key) < 10 else _MOST_LABELS  # noqa: PLR2004


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object, longest: int) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= longest and value.isprintable() else None


def _texts(value: object) -> Iterable[str]:
    for item in value if isinstance(value, list) else [value]:
        if (text := _text(item, 120)) is not None:
            yield text


def _matching(value: object, pattern: re.Pattern[str]) -> str | None:
    return value if isinstance(value, str) and pattern.match(value) else None


def _time(value: object) -> str | None:
    with suppress(ValueError):  # a day that no month has
        if (text := _matching(value, _TIME)) is not None and datetime.fromisoformat(text):
            return text
    return None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**62 else None
