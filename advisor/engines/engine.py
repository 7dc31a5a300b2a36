"""What an engine declares of itself: one entry that search, plan, local models, predictions and workers read."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib.util import find_spec
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from advisor.formats.safety import PICKLE, REMOTE_CODE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from advisor.formats.folder import Form, ModelFolder
    from advisor.formats.variants import Variants
    from catalog import ModelCard

# Small files that stand beside weights: configurations, tokenizers, templates.
CONFIGURATION = ("*.json", "*.txt", "*.model", "*.jinja")
# What is installed is looked at again after so long: a package may come while a session is open.
LOOKED_AGAIN_SECONDS = 2.0
# Families of the catalog whose models turn a text into a vector, and those whose models generate text.
ENCODERS = ("feature-extraction", "sentence-similarity")
# Encoders that were trained to fill in words: their mean vectors train a head.
RAW_ENCODERS = ("fill-mask",)
# Models of text and images read text alone, too.
GENERATORS = ("text-generation", "image-text-to-text", "any-to-any")
# What an engine that loads any model does with one of a family of the catalog.
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
    "audio-classification": "hear",
    "automatic-speech-recognition": "transcribe",
    **dict.fromkeys(GENERATORS, "chat"),
}
# Shares of the weights: activations of one short batch for an encoder; key-value cache and compute buffers of a
# 2,048-token context for a generator (SmolLM2-135M: 47 MB of cache beside 98 MB of weights).
ENCODER_WORKING_SHARE, GENERATOR_WORKING_SHARE = 0.125, 0.5


@lru_cache(maxsize=256)
def _is_there(library: str, _moment: float) -> bool:
    return find_spec(library) is not None


# Abilities that write an answer token by token, whatever the engine.
WRITING = frozenset({"chat", "rewrite"})


@dataclass(frozen=True, slots=True)
class Files:
    """What to fetch of a repository."""

    small: tuple[str, ...] = CONFIGURATION  # Patterns of the files that stand next to the weights.
    weights: tuple[str, ...] = ()  # Patterns of the weights; none where they are one of several variants.
    ignored: tuple[str, ...] = ()  # Patterns of what is not wanted all the same.
    suffixes: tuple[str, ...] = ()  # How the names of weights end.
    # What the names of weights match, as a regular expression, that are taken of folders without such.
    pickled: str = ""
    is_whole: bool = False  # Whether the engine reads files of any name: a copy of the model is a copy of its folder.

    @property
    def patterns(self) -> tuple[str, ...]:
        """All that is fetched by its name alone."""
        return (*self.small, *self.weights)

    def pickled_of(self, names: Iterable[str]) -> list[str]:
        """Return the pickled weights among a repository's files that are fetched: there are no others in their folder.

        Safetensors of other names than a model's, such as an adapter's, do not count.
        """
        paths = [PurePosixPath(name) for name in names] if self.pickled else []
        kept = {path.parent for path in paths if path.name.startswith("model") and path.suffix in self.suffixes}
        return [str(path) for path in paths if re.fullmatch(self.pickled, str(path)) and path.parent not in kept]


# What torch loads, safetensors rather than pickles; other formats of the same weights stay where they are.
TORCH_FORMATS = frozenset({"safetensors", "pickle"})
TORCH_FILES = Files(
    weights=("*.safetensors",),
    # Of the model, and of sentence-transformers' modules.
    pickled=r"(?:\d+_\w+/(?:\w+/)*)?pytorch_model(?:-\d+-of-\d+)?\.bin",
    ignored=("onnx/*", "openvino/*", "*.h5", "*.msgpack", "*.ot", "*.onnx", "*.gguf"),
    suffixes=(".safetensors",),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """How an engine is found, which models it loads, and what it costs.

    Its module has a function `load`, or a table `MODULES` of those that have one, by ability: it loads a folder, of
    which nothing is fetched, and raises `CannotLoadError` with the reason.

    Attributes:
        name: As candidates and reports call it.
        module: What the worker imports.
        library: The package that computes, as it is imported.
        distribution: Its name where it is installed from; None: the same.
        beneath: Packages that compute beneath it and that code does not name.
        extra: The extra of this package that installs it; None: always installed.
        base_memory_bytes: What a probe's peak memory is above the weights and the working memory: Python, the engine's
            libraries, scikit-learn, the activations of a full batch. Measured on Linux x86-64 with the starter models
            (transformers: a model of MiniLM's size).
        is_remote: Whether the model runs elsewhere, in another process or on another machine.
        abilities: What it does with models of the catalog's families.
        libraries: Its own libraries, as the Hub names them: their models are its, also where their files are unknown.
            None stands for an unknown library.
        other_libraries: Libraries of whose models it loads those with files in its formats.
        tags: Marks of models that are this engine's alone, where the Hub names no library or one of the above.
        formats: Weight formats, one of which it needs.
        files: What it takes from a repository.
        variants: How it tells variants, where it loads one file of several.
        quantises: Engines of whose models it loads copies in fewer bits, which come after the models themselves.
        forms: Which forms of a folder it loads; raises `UnusableError` with the reason against one that is its own.
        is_own: Whether a folder is this engine's alone, by a configuration of its own; it is given no others.
        is_torch: Whether code of a model's own is loaded where the task allows it.
        may_unpickle: Whether pickles that may hold more than tensors are loaded where the task allows it.
        is_generator: Whether it reads up to a context that is sized to the task, and writes token by token.
        working_share: Working memory, as a share of the weights.
        efficiency: Share of what one thread reaches in a matrix product that fits its cache
            (`machine.operations_per_second`), measured; None: its time follows something else.
        seconds_per_character: Of engines whose time follows the text's length, whatever the model.
        largest_batch: How many examples it is given at once: an inference too many costs a second with a prompted
            model, next to nothing with a static one.
    """

    name: str
    module: str
    library: str
    base_memory_bytes: int
    distribution: str | None = None
    beneath: tuple[str, ...] = ()
    extra: str | None = None
    is_remote: bool = False
    abilities: Mapping[str, str] = field(default_factory=dict)
    libraries: frozenset[str | None] = frozenset()
    other_libraries: frozenset[str | None] = frozenset()
    tags: frozenset[str] = frozenset()
    formats: frozenset[str] = frozenset()
    files: Files = Files()
    variants: Variants | None = None
    quantises: frozenset[str] = frozenset()
    forms: Callable[[ModelFolder], Iterable[Form]] | None = None
    is_own: Callable[[ModelFolder], bool] | None = None
    is_torch: bool = False
    may_unpickle: bool = False
    is_generator: bool = False
    working_share: float = ENCODER_WORKING_SHARE
    efficiency: float | None = None
    seconds_per_character: float | None = None
    largest_batch: int = 32

    def is_installed(self) -> bool:
        """Return whether the engine's library can be imported, without importing it."""
        return _is_there(self.library, time.monotonic() // LOOKED_AGAIN_SECONDS)

    def missing(self) -> str:
        """Return the line that says what to install."""
        if self.extra is None:
            return f"needs the package {self.library}: reinstall model-advisor"
        return f"needs the engine {self.library}: pip install 'model-advisor[{self.extra}]'"

    def owns(self, card: ModelCard) -> bool:
        """Return whether a model of the Hub is this engine's alone, by its tags; another library's is not."""
        is_possible = card.library is None or card.library in self.libraries | self.other_libraries
        return is_possible and not self.tags.isdisjoint(tag.lower() for tag in card.tags)

    def ability_for(self, card: ModelCard) -> str | None:
        """Return what it would do with a model of the Hub, None if it does not load it."""
        formats = set(card.formats)
        if card.library is None and not self.owns(card):
            formats.discard("pickle")  # any library may have written it
        is_loaded = bool(formats & self.formats)
        if card.library in self.libraries or self.owns(card):
            is_loaded = is_loaded or not card.formats  # the Hub is asked before anything is fetched
        elif card.library not in self.other_libraries:
            return None
        return self.abilities.get(card.family or "") if is_loaded else None

    def files_for(self, allows: frozenset[str] = frozenset()) -> Files:
        """Return what to fetch of a repository, with what the task allows its model."""
        if self.is_torch and REMOTE_CODE in allows:
            return replace(self.files, small=(*self.files.small, "*.py"))
        return self.files

    def of_allowed(self, allowed: frozenset[str]) -> frozenset[str]:
        """Return what matters here of what the task allows a model."""
        return allowed if self.may_unpickle else allowed - {PICKLE}
