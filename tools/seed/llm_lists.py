"""Facts about language models: llmfit's list (MIT) and xinference's model files (Apache-2.0)."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from catalog.card import ModelCard, Standing, WeightFile
from catalog.prior import is_copy_by_name
from catalog.repository import PACKED, is_draft, license_id
from tools.seed.named_kinds import has_another_use

LLMFIT: Final = "llmfit 1.1.17"
XINFERENCE: Final = "xinference 4.1.0"
_LEAST_DOWNLOADS: Final = 1_000
# A rarely used small model still matters to users who look for the smallest one.
_SMALL: Final = 1_500_000_000
_LEAST_DOWNLOADS_SMALL: Final = 500
_LEAST_PARAMETERS: Final = 1_000_000
_DEFAULT_CONTEXT: Final = 4096
_PACKED_OTHERWISE: Final = re.compile(r"mtplx|oq\d|\dbit|fp8|gguf|onnx|litert|tflite|coreml", re.IGNORECASE)
# An architecture's family needs this many models, and this share of them to agree.
_LEAST_OF_KIND: Final = 5
_NEARLY_ALL: Final = 0.93
_SEES: Final = re.compile(r"llava[-_.]?|intern|vl|vision|omni|multimodal|ovis", re.IGNORECASE)
_GENERATORS: Final = ("text-generation", "image-text-to-text")


def read_llmfit(folder: Path) -> Iterator[ModelCard]:
    """Cards of llmfit's list for models in use, or small ones in some use; then those of the GGUF files it names."""
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
    """Cards of the rest of llmfit's list, for models of other sources.

    Without counts of quantised copies: many pack their weights in their own ways, and the originals' are known.
    """
    listing = _Listing(folder)
    for record in listing.records:
        if record["parameters_raw"] >= _LEAST_PARAMETERS:
            card = listing.card(record)
            if is_copy_by_name(card.id) or _PACKED_OTHERWISE.search(card.id):
                card = replace(card, parameters=None, parameters_standing=None, parameters_source=None)
            yield card


class _Listing:
    """llmfit's list, read whole, because similar records fill gaps of a record."""

    def __init__(self, folder: Path) -> None:
        with (folder / "llmfit_models_2026-10.jsonl").open(encoding="utf-8") as lines:
            self.records: list[dict[str, Any]] = [json.loads(line) for line in lines]
        self._counts = Counts(self.records)
        self._families = _families(self.records)

    def card(self, record: dict[str, Any]) -> ModelCard:
        name, (parameters, standing) = record["name"], self._counts.judged(record)
        context = record["context_length"]
        family, is_copy = self._family(record), is_copy_by_name(name) or _PACKED_OTHERWISE.search(name) is not None
        original = not is_copy and not PACKED.search(name)  # no mark of packed weights or of another format
        return ModelCard(
            id=name,
            family=family,
            parameters=parameters,
            parameters_standing=standing,
            parameters_source=None if parameters is None else LLMFIT,
            license=license_id(record.get("license")),
            languages=tuple(record.get("languages") or ()),
            # Its architecture is from config.json and its count from safetensors, unless its name differs.
            library="transformers"
            if record["architecture"] != "unknown" and original and family in _GENERATORS
            else None,
            files=(WeightFile(),) if standing == "exact" and original else (),
            # The list has 4096 for unknown.
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
    """The family shared by nearly all models of each architecture; text and image-and-text count as one."""
    known: dict[str, Counter[str]] = defaultdict(Counter)
    for record in records:
        if record["pipeline_tag"] != "unknown" and record["architecture"] != "unknown":
            known[record["architecture"]][record["pipeline_tag"]] += 1
    return {
        architecture: tags.most_common(1)[0][0]
        for architecture, tags in known.items()
        if tags.total() >= _LEAST_OF_KIND and sum(tags[name] for name in _GENERATORS) >= _NEARLY_ALL * tags.total()
    }


# The files' default for nearly every model, also for Gemma and Qwen3.
_DEFAULT_LANGUAGES: Final = ["en", "zh"]
_FORMATS: Final = {
    "pytorch": "safetensors", "ggufv2": "gguf", "gptq": "safetensors", "awq": "safetensors", "fp4": "safetensors",
    "fp8": "safetensors", "bnb": "safetensors", "mlx": "mlx",
}  # fmt: skip
_ROOMS: Final = {
    "llm": "text-generation", "embedding": "feature-extraction", "rerank": "text-ranking", "audio": None,
    "image": "text-to-image", "video": "text-to-video",
}  # fmt: skip
_ABILITIES: Final = {
    "vision": "image-text-to-text", "omni": "any-to-any", "audio": "audio-text-to-text",
    "audio2text": "automatic-speech-recognition", "text2audio": "text-to-speech", "ocr": "image-to-text",
    "image2video": "image-to-video", "text2image": "text-to-image", "image2image": "image-to-image",
}  # fmt: skip


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


# A count with at most this many significant digits was rounded by its author.
_ROUNDED_DIGITS: Final = 5
# Matrices have multiples of this many weights; norms and biases do not.
_CUT: Final = 64
# A count below this share of others of the same shape is of part of the weights, or of packed ones.
_TOO_FEW: Final = 0.85
_SHAPE: Final = (
    "architecture", "hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "num_experts",
    "vocab_size",
)  # fmt: skip
_STATED: Final = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)b(?![a-z0-9])", re.IGNORECASE)
# Least share of the size in its name that a model has; names round, and exclude the embeddings. Computed counts fall
# short of it sooner.
_LEAST_OF_NAME: Final = 0.75
_LEAST_OF_NAME_COMPUTED: Final = 0.9
# And the most; uncounted ones exceed it if layers share weights or are of several kinds.
_MOST_OF_NAME: Final = 3
_MOST_OF_NAME_COMPUTED: Final = 1.5


class Counts:
    """The counts of llmfit's list, each judged by the others.

    Its counts are from the weights if the Hub states one. Otherwise they are computed: the embeddings, once or twice,
    and for each layer the large matrices at full width, without norms and often without the gate of the inner layer
    (vicuna-13b-v1.5-16k: 10.0 B of 13.0 B). Packed weights are counted too low as well. A computed count, and one far
    below that of other models of the same shape, is replaced by the most frequent count of these.
    """

    def __init__(self, records: Iterable[Mapping[str, Any]]) -> None:
        usual: dict[tuple[Any, ...], Counter[int]] = defaultdict(Counter)
        for record in records:
            shape = _shape(record)
            if shape is not None and _is_counted(record):
                usual[shape][record["parameters_raw"]] += 1
        self._usual = {shape: counts.most_common(1)[0][0] for shape, counts in usual.items()}

    def judged(self, record: Mapping[str, Any]) -> tuple[int | None, Standing | None]:
        """The best count, and its reliability."""
        count: int = record["parameters_raw"]
        usual = self._usual.get(_shape(record) or ())
        if not is_draft(record["name"]):
            if usual is not None and (not _is_counted(record) or count < _TOO_FEW * usual):
                return usual, "derived"
            if _is_packed(record) or _contradicts_name(record):
                return None, None
        return count, "exact" if _is_counted(record) else "estimated"


def is_rounded(count: int) -> bool:
    """Whether a count is rounded rather than exact."""
    return len(str(count).rstrip("0")) <= _ROUNDED_DIGITS


def _shape(record: Mapping[str, Any]) -> tuple[Any, ...] | None:
    shape = tuple(record.get(name) for name in _SHAPE)
    return shape if record.get("hidden_size") and record.get("num_hidden_layers") else None


def _is_counted(record: Mapping[str, Any]) -> bool:
    return not is_rounded(record["parameters_raw"]) and not _is_computed(record) and not _is_packed(record)


def _is_computed(record: Mapping[str, Any]) -> bool:
    """Whether a count includes only embeddings and large matrices."""
    width, layers, words = (record.get(name) for name in ("hidden_size", "num_hidden_layers", "vocab_size"))
    if not width or not layers or not words:
        return False
    rests = (record["parameters_raw"] - times * words * width for times in (1, 2))
    return any(rest > 0 and rest % (layers * width * _CUT) == 0 for rest in rests)


def _is_packed(record: Mapping[str, Any]) -> bool:
    return bool(PACKED.search(record["name"])) or "gguf" in record["name"].lower()


def _contradicts_name(record: Mapping[str, Any]) -> bool:
    """Whether a count is far from the size in the name: much less, or much more."""
    stated = _STATED.search(record["name"].rsplit("/", 1)[-1])
    if stated is None or not float(stated[1]) or record.get("is_moe"):
        return False
    least = _LEAST_OF_NAME_COMPUTED if _is_computed(record) else _LEAST_OF_NAME
    most = _MOST_OF_NAME if _is_counted(record) else _MOST_OF_NAME_COMPUTED
    return not least <= record["parameters_raw"] / (float(stated[1]) * 1e9) < most
