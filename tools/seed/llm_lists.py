"""Facts about language models: llmfit's list (MIT) and xinference's model files (Apache-2.0)."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from catalog.card import ModelCard, WeightFile
from catalog.prior import is_copy_by_name
from catalog.repository import PACKED, license_id
from tools.seed.counts import Counts
from tools.seed.named_kinds import has_another_use

LLMFIT: Final = "llmfit 1.1.17"
XINFERENCE: Final = "xinference 4.1.0"
_LEAST_DOWNLOADS: Final = 1_000
# A small model that few use still matters to who looks for the smallest one.
_SMALL: Final = 1_500_000_000
_LEAST_DOWNLOADS_SMALL: Final = 500
_LEAST_PARAMETERS: Final = 1_000_000
_DEFAULT_CONTEXT: Final = 4096
_PACKED_OTHERWISE: Final = re.compile(r"mtplx|oq\d|\dbit|fp8|gguf|onnx|litert|tflite|coreml", re.IGNORECASE)
# An architecture's family is settled by so many models, if so large a part of them agree.
_LEAST_OF_KIND: Final = 5
_NEARLY_ALL: Final = 0.93
_SEES: Final = re.compile(r"llava[-_.]?|intern|vl|vision|omni|multimodal|ovis", re.IGNORECASE)
_GENERATORS: Final = ("text-generation", "image-text-to-text")


def read_llmfit(folder: Path) -> Iterator[ModelCard]:
    """Cards of llmfit's list that are used, or small and used a little; then those of the GGUF files it names."""
    listing = _Listing(folder)
    for record in listing.records:
        parameters = record["parameters_raw"]
        least = _LEAST_DOWNLOADS_SMALL if parameters <= _SMALL else _LEAST_DOWNLOADS
        if record["hf_downloads"] < least or parameters < _LEAST_PARAMETERS:
            continue
        card = listing.card(record)
        yield card
        for source in record.get("gguf_sources") or ():
            yield ModelCard(
                id=source["repo"],
                family=card.family,
                parameters=card.parameters,
                parameters_standing="derived" if card.parameters else None,
                parameters_source=f"{LLMFIT}, from its base" if card.parameters else None,
                license=card.license,
                languages=card.languages,
                context_length=card.context_length,
                files=(WeightFile(format="gguf"),),
                library="gguf",
                base_model=card.id,
                base_relation="quantized",
            )


def read_llmfit_others(folder: Path) -> Iterator[ModelCard]:
    """Cards of the rest of llmfit's list, for models that another source has.

    Without counts of smaller copies: many pack their weights in ways of their own, and the originals' are known.
    """
    listing = _Listing(folder)
    for record in listing.records:
        if record["parameters_raw"] >= _LEAST_PARAMETERS:
            card = listing.card(record)
            if is_copy_by_name(card.id) or _PACKED_OTHERWISE.search(card.id):
                card = replace(card, parameters=None, parameters_standing=None, parameters_source=None)
            yield card


class _Listing:
    """llmfit's list, read whole: what one record leaves open others of its kind settle."""

    def __init__(self, folder: Path) -> None:
        with (folder / "llmfit_models_2026-10.jsonl").open(encoding="utf-8") as lines:
            self.records: list[dict[str, Any]] = [json.loads(line) for line in lines]
        self._counts = Counts(self.records)
        self._families = _families(self.records)

    def card(self, record: dict[str, Any]) -> ModelCard:
        name, (parameters, standing) = record["name"], self._counts.judged(record)
        context = record["context_length"]
        family, original = self._family(record), is_original_name(name)
        return ModelCard(
            id=name,
            family=family,
            parameters=parameters,
            parameters_standing=standing,
            parameters_source=None if parameters is None else LLMFIT,
            license=license_id(record.get("license")),
            languages=tuple(record.get("languages") or ()),
            # Its architecture is that of a config.json and its count one of safetensors, unless its name differs.
            library="transformers"
            if record["architecture"] != "unknown" and original and family in _GENERATORS
            else None,
            files=(WeightFile(),) if standing == "exact" and original else (),
            # The list writes 4096 where it does not know.
            context_length=context if context != _DEFAULT_CONTEXT else None,
            downloads=record["hf_downloads"],
            likes=record["hf_likes"],
            created=record.get("release_date"),
            tags=tuple(t.replace("_", "-") for t in record.get("capabilities") or ()),
        )

    def _family(self, record: dict[str, Any]) -> str | None:
        if record["pipeline_tag"] != "unknown":
            return str(record["pipeline_tag"])
        family = self._families.get(record["architecture"])
        name = _SEES.sub("", record["name"]) if family == "image-text-to-text" else record["name"]
        return None if has_another_use(name) else family


def _families(records: Iterable[dict[str, Any]]) -> dict[str, str]:
    """The family of each architecture that nearly all its models share; texts and pictures with texts count as one."""
    known: dict[str, Counter[str]] = defaultdict(Counter)
    for record in records:
        if record["pipeline_tag"] != "unknown" and record["architecture"] != "unknown":
            known[record["architecture"]][record["pipeline_tag"]] += 1
    return {
        architecture: tags.most_common(1)[0][0]
        for architecture, tags in known.items()
        if tags.total() >= _LEAST_OF_KIND and sum(tags[name] for name in _GENERATORS) >= _NEARLY_ALL * tags.total()
    }


def is_original_name(name: str) -> bool:
    """Whether nothing in a name says that its weights are packed or of another format."""
    return not is_copy_by_name(name) and not PACKED.search(name) and not _PACKED_OTHERWISE.search(name)


# What the files say of nearly every model, of Gemma and Qwen3 too.
_DEFAULT_LANGUAGES: Final = ["en", "zh"]
_FORMATS: Final = {
    "pytorch": "safetensors",
    "ggufv2": "gguf",
    "gptq": "safetensors",
    "awq": "safetensors",
    "fp4": "safetensors",
    "fp8": "safetensors",
    "bnb": "safetensors",
    "mlx": "mlx",
}
_ROOMS: Final = {
    "llm": "text-generation",
    "embedding": "feature-extraction",
    "rerank": "text-ranking",
    "audio": None,
    "image": "text-to-image",
    "video": "text-to-video",
}
_ABILITIES: Final = {
    "vision": "image-text-to-text",
    "omni": "any-to-any",
    "audio": "audio-text-to-text",
    "audio2text": "automatic-speech-recognition",
    "text2audio": "text-to-speech",
    "ocr": "image-to-text",
    "image2video": "image-to-video",
    "text2image": "text-to-image",
    "image2image": "image-to-image",
}


def read_xinference(folder: Path) -> Iterator[ModelCard]:
    """Cards of xinference's model files: id, format, precision, revision, context, languages, size by name."""
    root = folder / "xinference" / "model"
    for room in _ROOMS:
        for path in sorted((root / room / "models").glob("*.json")):
            data = json.loads(path.read_text(encoding="utf-8"))
            for record in data if isinstance(data, list) else [data]:
                yield from _xinference_cards(room, record)


def _xinference_cards(room: str, record: dict[str, Any]) -> Iterator[ModelCard]:
    abilities = record.get("model_ability") or []
    family = next((_ABILITIES[a] for a in abilities if a in _ABILITIES), _ROOMS[room])
    specs = record.get("model_specs") or [record]
    languages = record.get("model_lang") or record.get("language") or []
    languages = [] if languages == _DEFAULT_LANGUAGES else languages
    plain = [
        source["model_id"]
        for spec in specs
        if spec.get("model_format") == "pytorch" and (source := _hub(spec)) and source.get("model_id")
    ]
    for spec in specs:
        source = _hub(spec)
        model_id = source.get("model_id") or ""
        if "/" not in model_id or "{" in model_id:
            continue
        kind = spec.get("model_format") or record.get("model_format") or "pytorch"
        size = _size(spec.get("model_size_in_billions"))
        template = source.get("model_file_name_template")
        quantised = kind != "pytorch"
        files = tuple(
            WeightFile(
                name=template.replace("{quantization}", q) if template and kind == "ggufv2" else None,
                format=_FORMATS.get(kind, "safetensors"),
                precision=_precision(kind, q),
            )
            for q in (source.get("quantizations") or ["none"] if kind != "pytorch" else ["none"])
        )
        revision = source.get("model_revision")
        yield ModelCard(
            id=model_id,
            revision=revision if revision and len(revision) == 40 else None,  # noqa: PLR2004 - a commit's length
            family=family,
            parameters=size,
            parameters_standing="estimated" if size else None,
            parameters_source=XINFERENCE if size else None,
            languages=tuple(languages) if isinstance(languages, list) else (),
            context_length=record.get("context_length") or record.get("max_tokens"),
            embedding_width=record.get("dimensions"),
            files=files if room == "llm" or kind == "ggufv2" else (),
            base_model=plain[0] if quantised and len(plain) == 1 and plain[0] != model_id else None,
            base_relation="quantized" if quantised and len(plain) == 1 and plain[0] != model_id else None,
            tags=tuple(a for a in abilities if a in ("chat", "tools", "reasoning", "vision", "embed")),
        )


def _hub(spec: dict[str, Any]) -> dict[str, Any]:
    source = (spec.get("model_src") or {}).get("huggingface")
    return source if isinstance(source, dict) else {}


def _size(raw: str | float | None) -> int | None:
    if raw is None:
        return None
    try:
        return round(float(str(raw).replace("_", ".")) * 1e9) or None
    except ValueError:
        return None


def _precision(kind: str, quantization: str) -> str | None:
    if kind == "ggufv2":
        return quantization.lower()
    if kind in ("fp8", "fp4"):
        return kind
    lower = quantization.lower()
    return {"int4": "int4", "int8": "int8", "4bit": "int4", "8bit": "int8", "fp8": "fp8"}.get(lower)
