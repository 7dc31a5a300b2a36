"""Candidates, and the definition of "smallest"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, TypeVar

from advisor.candidates.predict import PLAIN_WORKER, loading_seconds
from advisor.engines.table import ENGINES
from advisor.errors import one_line
from advisor.formats.file_names import is_meant, named_variants

T = TypeVar("T")
TUNED = "tuned"
# Answers that need no model: the same one for every input, or a part of the input.
FIXED = frozenset({"constant", "copied"})
# Methods that train a head on the training rows.
WITH_HEAD = frozenset({"head", TUNED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A model with a variant, a runtime and a method, and its predicted needs."""

    model: str  # Hub id or the name of a local folder.
    revision: str | None = None  # The commit on the Hub; None for a local folder.
    # "cache", "folder", "hub" (to be downloaded), "server" or "provider" (it runs elsewhere), "baseline" (there is no
    # model).
    place: str
    folder: str | None = None  # The folder of its files, None until they are downloaded.
    files: tuple[str, ...] = ()  # Its weight files, relative to the folder.
    fingerprint: str  # Changes when the weights do.
    runtime: str  # A key of `ENGINES`.
    method: str  # How it is used: a value of the family's `methods`.
    precision: str | None = None  # Precision of the weights, e.g. "fp32" or "q4_1".
    parameters: int | None = None  # Number of parameters, None if unknown.
    parameters_standing: str | None = None  # "exact", "derived", "estimated" or "claimed" (by a local folder's facts).
    license: str | None = None  # The Hub's licence id, None if unknown.
    languages: tuple[str, ...] = ()  # ISO codes, empty if unknown.
    foreign: tuple[str, ...] = ()  # The same if it was made for others than the task's and is tried anyway.
    weights_bytes: int  # Size of the weights on disk; 0 if unknown for a model that runs elsewhere.
    download_bytes: int = 0  # Bytes still to be downloaded.
    # Predicted least memory to serve it: weights at their precision plus working memory; None if the size of a model
    # that runs elsewhere is unknown.
    serving_bytes: int | None
    seconds_per_example: float | None = None  # Predicted, on this machine.
    reading_seconds: float = 0.0  # Predicted, to read the fixed part of a prompt once, as it loads.
    derived_from: str | None = None  # The Hub id a local model derives from, as claimed.
    ability: str = "encode"  # The ability it is loaded for; a key of `advisor.engines.base.ABILITIES`.
    allows: tuple[str, ...] = ()  # The task's permissions for this model by name: "remote-code", "pickle".
    # Further options of its engine, e.g. a server's address; plain values.
    options: dict[str, Any] = field(default_factory=dict)
    published: float | None = None  # A score in the catalog on tasks like this, within 0 and 1; None if it has none.
    # The difference from other candidates of the same model, e.g. "q8_0"; None if there are no others.
    variant: str | None = None
    why: tuple[str, ...] = ()  # Reasons to try it, in words.
    # The task's label for each of its own labels with a known meaning.
    label_map: dict[str, str] = field(default_factory=dict)
    training_seconds: float | None = None  # Predicted, to tune its weights on this machine; None if they are not tuned.
    training_bytes: int = 0  # Predicted memory of training, in addition to that of serving it.
    is_predicted: bool = False  # Whether its files and sizes are predicted from the catalog, without asking the Hub.

    @property
    def key(self) -> str:
        """Unique key of this candidate in a run."""
        revision = (self.revision or self.fingerprint)[:12]
        return f"{self.model}@{revision}:{self.files[0] if self.files else '?'}:{self.runtime}:{self.method}"

    @property
    def name(self) -> str:
        """The model, with the variant if needed: "acme/tiny-GGUF:q8_0". Tasks may name it so."""
        return self.model if self.variant is None else f"{self.model}:{self.variant}"

    def shown(self, width: int) -> str:
        """Return its name on one line of at most `width` characters, cutting the model's part."""
        end = "" if self.variant is None else f":{one_line(self.variant, width // 2)}"
        return f"{one_line(self.model, width - len(end))}{end}"

    @property
    def peak_bytes(self) -> int:
        """The predicted peak memory of its probe here: serving memory plus the engine's."""
        own = 0 if self.is_remote or self.serving_bytes is None else self.serving_bytes
        return own + self.training_bytes + self._libraries_bytes

    @property
    def is_remote(self) -> bool:
        """Whether it runs in another process or on another machine, so that nothing is loaded here."""
        return ENGINES[self.runtime].is_remote

    @property
    def loading_seconds(self) -> float:
        """Approximate time until its worker answers, without training."""
        starting = 0.0 if self.is_remote else loading_seconds(self._libraries_bytes, self.weights_bytes)
        return starting + self.reading_seconds

    @property
    def _libraries_bytes(self) -> int:
        """The memory of its worker without a model; a fixed answer needs no library."""
        return PLAIN_WORKER if self.method in FIXED else ENGINES[self.runtime].base_memory_bytes

    @property
    def has_head(self) -> bool:
        return self.method in WITH_HEAD

    @property
    def is_baseline(self) -> bool:
        return self.place == "baseline"

    @property
    def is_weightless(self) -> bool:
        """Whether it has no weights on this disk, because it runs elsewhere or is a baseline."""
        return self.is_remote or self.is_baseline

    @property
    def sent_to(self) -> str | None:
        """The host to which examples are sent, None if they stay on this machine."""
        host = self.options.get("sent_to")
        return None if host is None else str(host)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Candidate:
        """Read the output of `to_json`; TypeError if it is something else."""
        data = as_copied(data)
        lists = {name: tuple(data.get(name) or ()) for name in ("files", "languages", "foreign", "allows", "why")}
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in (data | lists).items() if name in known})


def as_copied(data: dict[str, Any]) -> dict[str, Any]:
    """Return a candidate's stored facts; in older runs the method of "the untranslated text" is "constant"."""
    is_constant = (data.get("place"), data.get("method")) == ("baseline", "constant")
    is_copied = is_constant and str(data.get("model")).startswith("the ")
    return data | {"method": "copied", "ability": "words"} if is_copied else data


# Start of the reason why a model lacks what the family needs.
CANNOT = "cannot do "


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A model that is not a candidate, with the reason."""

    model: str
    reason: str


def size_order(candidate: Candidate) -> tuple[float, float, float, str]:
    """Return the sort key of "smallest": least memory to serve, then fewest parameters, then lowest latency.

    Unknown values are last; the key breaks ties.
    """
    unknown = float("inf")
    return (
        unknown if candidate.serving_bytes is None else candidate.serving_bytes,
        unknown if candidate.parameters is None else candidate.parameters,
        unknown if candidate.seconds_per_example is None else candidate.seconds_per_example,
        candidate.key,
    )


def distinct_variants(candidates: list[Candidate], models: Sequence[str] = ()) -> list[Candidate]:
    """Return the candidates, with a distinct variant for those that share a model.

    The variant is the precision if it is unique, else the engine, else the file; if the task's `models` name a variant
    of the model, its name there is used.
    """
    distinct = []
    for candidate in candidates:
        others = [each for each in candidates if each.model == candidate.model and each is not candidate]
        taken = {mark for other in others for mark in _marks(other)}
        named = named_variants(models, candidate.model) or ()
        mine = [each for each in named if is_meant(each, candidate.precision, candidate.runtime, candidate.files)]
        unique = [mark for mark in (*mine, *_marks(candidate)) if mark not in taken]
        distinct.append(replace(candidate, variant=unique[0]) if unique and (others or named) else candidate)
    return distinct


def _marks(candidate: Candidate) -> list[str]:
    return [mark for mark in (candidate.precision, candidate.runtime, *candidate.files[:1]) if mark]


def evenly_spread(candidates: list[T], most: int) -> list[T]:
    """Return at most `most` items of a list sorted by size: the smallest, the largest and evenly spaced others."""
    if len(candidates) <= most:
        return candidates
    if most < 1:
        return []
    if most == 1:
        return candidates[:1]
    return [candidates[round(i * (len(candidates) - 1) / (most - 1))] for i in range(most)]
