"""The model card: what is known about one Hub repository at one revision.

Unknown is ``None`` (or an empty tuple), never a guess. A card is plain data: it pickles, compares and
round-trips through JSON without loss.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, Literal, cast

from catalog.errors import CatalogError

Standing = Literal["exact", "derived", "estimated"]
# Benchmarks where lower is better.
ERRORS: Final = re.compile(r"\b(wer|cer|error|loss|ppl|perplexity)\b", re.IGNORECASE)

# Bytes a weight takes on disk. The GGUF figures are llama.cpp's bits per weight for a 7 B model (its
# quantize tool prints them), divided by eight; small models run a little higher because their embedding
# tables stay at more bits.
BYTES_PER_PARAMETER: Final[Mapping[str, float]] = {
    "fp64": 8.0, "fp32": 4.0, "fp16": 2.0, "bf16": 2.0, "int8": 1.0, "fp8": 1.0, "int4": 0.56, "fp4": 0.56,
    "q8_0": 1.063, "q6_k": 0.82, "q5_1": 0.75, "q5_k_m": 0.711, "q5_k_s": 0.691, "q5_0": 0.688, "q4_1": 0.625,
    "q4_k_m": 0.606, "q4_k_s": 0.573, "q4_0": 0.563, "iq4_xs": 0.534, "q3_k_l": 0.534, "q3_k_m": 0.489, "q3_k_s": 0.438,
    "q2_k": 0.419,
}  # fmt: skip

# Prefixes of sources that are not a record of the model itself.
_INFERRED: Final = "its "
# Models of this size or larger are published in 16 bits, smaller ones mostly in 32.
_PUBLISHED_IN_16_BITS: Final = 1_000_000_000
GENERATORS: Final = frozenset({"text-generation", "image-text-to-text", "any-to-any"})
# Since this date smaller text generators are published in 16 bits too.
_GENERATORS_IN_16_BITS: Final = "2023-07"


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One weight file to choose for download; a sharded set counts as one, with a ``*`` in its name."""

    name: str | None = None  # Path inside the repository, ``None`` when only the format is known.
    # "safetensors", "onnx", "gguf", "ctranslate2", "openvino", "pickle", "keras", "mlx", ...
    format: str = "safetensors"
    precision: str | None = None  # "fp32", "fp16", "bf16", "int8", "q4_k_m", ... in lower case.
    size: int | None = None  # Bytes as the Hub stores them.
    sha256: str | None = None  # Hex digest of a single file.


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Facts about one Hub repository."""

    id: str  # Repository id as the Hub spells it today.
    revision: str | None = None  # Commit the facts belong to.
    family: str | None = None  # The Hub's pipeline tag.
    parameters: int | None = None  # Number of weights.
    # "exact" (read from the weights), "derived" (computed from the architecture) or "estimated" (rounded, or from the
    # name).
    parameters_standing: Standing | None = None
    parameters_source: str | None = None  # The source of the count.
    license: str | None = None  # Hub licence id, lower case.
    languages: tuple[str, ...] = ()  # ISO 639 codes, empty when unknown.
    # Labels that a fine-tuned classifier or tagger emits, as its config.json names them, in any order. A name that says
    # nothing is followed by its meaning ("LABEL_0=ham"). Empty when unknown.
    labels: tuple[str, ...] = ()
    library: str | None = None  # The Hub's library name.
    files: tuple[WeightFile, ...] = ()  # Weight files to choose from.
    context_length: int | None = None  # Longest input in tokens.
    image_size: int | None = None  # Input side in pixels.
    embedding_width: int | None = None  # Length of the vector an embedder returns.
    base_model: str | None = None  # The model it was made from.
    base_relation: str | None = None  # How: "quantized", "finetune", "adapter", "merge" or "distilled".
    gated: bool | None = None  # Whether the Hub asks for consent first.
    remote_code: bool | None = None  # Whether loading it runs code from the repository.
    downloads: int | None = None  # Downloads in the last 30 days.
    likes: int | None = None  # Likes.
    created: str | None = None  # ISO date.
    updated: str | None = None  # ISO date.
    # Published figures by the name of the benchmark.
    scores: Mapping[str, float] = field(default_factory=dict, hash=False)
    tags: tuple[str, ...] = ()  # The Hub's tags and topics, without those that other fields carry.
    aliases: tuple[str, ...] = ()  # Former ids of the repository.
    sources: tuple[str, ...] = ()  # Where the facts came from, one entry per source: "source: fact, fact".
    description: str = ""  # One or two sentences composed from the facts.

    @property
    def formats(self) -> tuple[str, ...]:
        """Distinct weight formats, in the order of the files."""
        return tuple(dict.fromkeys(file.format for file in self.files))

    @property
    def inferred(self) -> frozenset[str]:
        """Facts inferred from the model's base, series, owner or name; no source states them."""
        inferred_sources = (source.partition(": ") for source in self.sources if source.startswith(_INFERRED))
        return frozenset(fact for _, _, facts in inferred_sources for fact in facts.split(", "))

    @property
    def label_meanings(self) -> dict[str, str]:
        """Map each label that the model emits to its meaning in the catalog, or to itself."""
        parts = (label.partition("=") for label in self.labels)
        return {name: meaning or name for name, _, meaning in parts}

    def predicted_bytes(self, format: str | None = None) -> int | None:  # noqa: A002 - the word users know
        """Smallest download, known or computed from parameters and precision.

        A file of unknown precision counts at full precision (4 bytes a parameter; 2 for models of a billion and more,
        and for text generators since mid-2023, which are published in 16 bits), so the prediction errs upwards.

        Returns:
            Bytes, or ``None`` when neither a size nor a parameter count is known.
        """
        chosen = [f for f in self.files if format in (None, f.format)]
        if not chosen and format is not None:
            return None
        predictions = [p for f in chosen or [WeightFile()] if (p := self._predict(f)) is not None]
        return min(predictions, default=None)

    def _predict(self, file: WeightFile) -> int | None:
        if file.size is not None:
            return file.size
        if self.parameters is None:
            return None
        width = BYTES_PER_PARAMETER.get(file.precision or "")
        if width is None:
            is_recent = self.family in GENERATORS and (self.created or "") >= _GENERATORS_IN_16_BITS
            width = 2.0 if is_recent or self.parameters >= _PUBLISHED_IN_16_BITS else 4.0
        return round(self.parameters * width)

    def to_json(self) -> str:
        """One line of JSON with sorted keys; empty and unknown fields are left out."""
        record: dict[str, Any] = {}
        for f in fields(self):
            value = getattr(self, f.name)
            if value is None or value in ((), "") or (f.name == "scores" and not value):
                continue
            if f.name == "files":
                value = [
                    {g.name: v for g in fields(file) if (v := getattr(file, g.name)) is not None} for file in value
                ]
            elif f.name == "scores":
                value = dict(sorted(value.items()))
            record[f.name] = value
        return json.dumps(record, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "ModelCard":
        """Read the output of :meth:`to_json`, ignoring keys of a newer version; CatalogError if it is not a card."""
        try:
            record = json.loads(text)
            values = {k: v for k, v in record.items() if k in _FIELDS}
            values["id"].casefold()  # fails if the id is not a string
            for name in _TUPLES & values.keys():
                values[name] = tuple(values[name])
            values["files"] = tuple(
                WeightFile(**{k: v for k, v in file.items() if k in _FILE_FIELDS}) for file in values.get("files", ())
            )
            return cls(**cast("dict[str, Any]", values))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise CatalogError(
                f"A line of the catalog is not a model card ({error}): {text[:80]!r}. "
                "Delete the catalog's cache folder, or refresh it."
            ) from error


_FIELDS = frozenset(f.name for f in fields(ModelCard))
_FILE_FIELDS = frozenset(f.name for f in fields(WeightFile))
_TUPLES = frozenset({"languages", "labels", "tags", "aliases", "sources"})
