"""An engine's declaration: one entry read by search, plan, local models, predictions and workers."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib.util import find_spec
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from advisor.formats.safety import PICKLE, REMOTE_CODE

if TYPE_CHECKING:
    from advisor.formats.folder import Form, ModelFolder
    from advisor.formats.variants import Variants
    from catalog import ModelCard

# Small files next to the weights: configurations, tokenizers, templates.
CONFIGURATION = ("*.json", "*.txt", "*.model", "*.jinja")
# Seconds until installed packages are checked again: one may be installed during a session.
LOOKED_AGAIN_SECONDS = 2.0
# Families of the catalog whose models turn a text into a vector, and those whose models generate text.
ENCODERS = ("feature-extraction", "sentence-similarity")
# Masked language models: a head is trained on their mean vectors.
RAW_ENCODERS = ("fill-mask",)
# Models of text and images also read text alone.
GENERATORS = ("text-generation", "image-text-to-text", "any-to-any")
# Abilities by the catalog's families, for engines that load any model.
BY_FAMILY = {
    "text-classification": "classify",
    "zero-shot-classification": "entail",
    "text-ranking": "compare",
    "token-classification": "tag",
    "question-answering": "read",
    "summarization": "rewrite",
    "translation": "rewrite",
    "text2text-generation": "rewrite",
    "image-classification": "see",
    "image-feature-extraction": "look",
    "zero-shot-image-classification": "name",
    "audio-classification": "hear",
    "automatic-speech-recognition": "transcribe",
    **dict.fromkeys(GENERATORS, "chat"),
}
# Shares of the weights: activations of one short batch for an encoder; key-value cache and compute buffers of a
# 2,048-token context for a generator (SmolLM2-135M: 47 MB of cache for 98 MB of weights).
ENCODER_WORKING_SHARE, GENERATOR_WORKING_SHARE = 0.125, 0.5


@lru_cache(maxsize=256)
def _is_there(library: str, _moment: float) -> bool:
    return find_spec(library) is not None


# Abilities that generate an answer token by token, in any engine.
WRITING = frozenset({"chat", "rewrite"})


@dataclass(frozen=True, slots=True)
class Files:
    """What to fetch of a repository."""

    small: tuple[str, ...] = CONFIGURATION  # Patterns of the files next to the weights.
    weights: tuple[str, ...] = ()  # Patterns of the weights; none if they are one of several variants.
    ignored: tuple[str, ...] = ()  # Patterns of files to exclude.
    suffixes: tuple[str, ...] = ()  # Suffixes of weight files.
    # Regular expression for the weight files of folders that have none with such a suffix.
    pickled: str = ""
    is_whole: bool = False  # Whether the engine reads files of any name, so that a copy needs the whole folder.

    @property
    def patterns(self) -> tuple[str, ...]:
        """All patterns of files to fetch."""
        return (*self.small, *self.weights)

    def pickled_of(self, names: Iterable[str]) -> list[str]:
        """Return a repository's pickled weights that are fetched, because their folder has no other weights.

        Safetensors with names other than a model's, such as an adapter's, do not count.
        """
        paths = [PurePosixPath(name) for name in names] if self.pickled else []
        kept = {path.parent for path in paths if path.name.startswith("model") and path.suffix in self.suffixes}
        return [str(path) for path in paths if re.fullmatch(self.pickled, str(path)) and path.parent not in kept]


# Files that torch loads, safetensors before pickles; the same weights in other formats are not fetched.
TORCH_FORMATS = frozenset({"safetensors", "pickle"})
TORCH_FILES = Files(
    weights=("*.safetensors",),
    # Weights of the model, and of sentence-transformers' modules.
    pickled=r"(?:\d+_\w+/(?:\w+/)*)?pytorch_model(?:-\d+-of-\d+)?\.bin",
    ignored=("onnx/*", "openvino/*", "*.h5", "*.msgpack", "*.ot", "*.onnx", "*.gguf"),
    suffixes=(".safetensors",),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """How an engine is found, which models it loads, and what it costs.

    Its module has a function `load`, or a table `MODULES` of modules with one, by ability: it loads a local folder
    without fetching, and raises `CannotLoadError` with the reason.
    """

    name: str  # Name in candidates and reports.
    module: str  # Module that the worker imports.
    library: str  # Import name of the package that computes.
    # A probe's peak memory without the weights and the working memory: Python, the engine's libraries, scikit-learn,
    # the activations of a full batch. Measured on Linux x86-64 with the starter models (transformers: a model of
    # MiniLM's size).
    base_memory_bytes: int
    distribution: str | None = None  # Name to install it by; None: the same.
    beneath: tuple[str, ...] = ()  # Packages that compute underneath and that code does not name.
    extra: str | None = None  # The extra of this package that installs it; None: always installed.
    is_remote: bool = False  # Whether the model runs in another process or on another machine.
    abilities: Mapping[str, str] = field(default_factory=dict)  # Its abilities with models of the catalog's families.
    # Its own libraries, as the Hub names them: it loads their models even if their files are unknown. None is an
    # unknown library.
    libraries: frozenset[str | None] = frozenset()
    # Libraries whose models it loads if they have files in its formats.
    other_libraries: frozenset[str | None] = frozenset()
    # Tags of models for this engine only, if the Hub names no library or one of the above.
    tags: frozenset[str] = frozenset()
    formats: frozenset[str] = frozenset()  # The weight formats that it loads; a model needs one of them.
    files: Files = Files()  # The files that it fetches.
    variants: Variants | None = None  # How it finds variants, if it loads one file of several.
    # Engines whose models it loads in quantised copies, which come after the models themselves.
    quantises: frozenset[str] = frozenset()
    # The forms of a folder that it loads; raises `UnusableError` with the reason for an unusable own folder.
    forms: Callable[[ModelFolder], Iterable[Form]] | None = None
    # Whether a folder is for this engine only, by its configuration; the engine gets no others.
    is_own: Callable[[ModelFolder], bool] | None = None
    is_torch: bool = False  # Whether a model's own code is loaded if the task allows it.
    may_unpickle: bool = False  # Whether pickles that may hold more than tensors are loaded if the task allows it.
    is_generator: bool = False  # Whether it has a context sized to the task, and generates token by token.
    working_share: float = ENCODER_WORKING_SHARE  # Working memory, as a share of the weights.
    # Share of what one thread reaches in a matrix product that fits its cache (`machine.operations_per_second`),
    # measured; None: its time depends on something else.
    efficiency: float | None = None
    # Of engines whose time depends on the length of the text alone; and of an answer whatever its length, in a batch.
    seconds_per_character: float | None = None
    seconds_per_answer: float = 0.0
    # Number of examples per request: a superfluous inference costs a second with a prompted model, next to nothing with
    # a static one.
    largest_batch: int = 32

    def is_installed(self) -> bool:
        """Return whether the engine's library can be imported, without importing it."""
        return _is_there(self.library, time.monotonic() // LOOKED_AGAIN_SECONDS)

    def missing(self) -> str:
        """Return the message that says what to install."""
        if self.extra is None:
            return f"needs the package {self.library}: reinstall model-advisor"
        return f"needs the engine {self.library}: pip install 'model-advisor[{self.extra}]'"

    def owns(self, card: ModelCard) -> bool:
        """Return whether a model of the Hub is for this engine only, by its tags; another library's is not."""
        if not self.tags:  # of most engines, and a plan asks about thousands of models
            return False
        is_possible = card.library is None or card.library in self.libraries or card.library in self.other_libraries
        return is_possible and not self.tags.isdisjoint(tag.lower() for tag in card.tags)

    def ability_for(self, card: ModelCard) -> str | None:
        """Return its ability with a model of the Hub, None if it does not load it."""
        ability = self.abilities.get(card.family or "")
        if ability is None:
            return None
        formats, is_owner = set(card.formats), self.owns(card)
        if card.library is None and not is_owner:
            formats.discard("pickle")  # any library may write pickles
        is_loaded = bool(formats & self.formats)
        if card.library in self.libraries or is_owner:
            is_loaded = is_loaded or not card.formats  # the Hub's file list is read before fetching
        elif card.library not in self.other_libraries:
            return None
        return ability if is_loaded else None

    def files_for(self, allows: frozenset[str] = frozenset()) -> Files:
        """Return what to fetch of a repository, given the task's permissions for its model."""
        if self.is_torch and REMOTE_CODE in allows:
            return replace(self.files, small=(*self.files.small, "*.py"))
        return self.files

    def of_allowed(self, allowed: frozenset[str]) -> frozenset[str]:
        """Return the permissions that this engine uses."""
        return allowed if self.may_unpickle else allowed - {PICKLE}
