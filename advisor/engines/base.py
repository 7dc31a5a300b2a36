"""What a loaded model must offer, by ability, and what an engine is asked to load. Nothing here imports an engine."""

from __future__ import annotations

import importlib
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from advisor.engines.tuning import Goal, Recipe


class CannotLoadError(Exception):
    """A model's files cannot be used by this engine; the message is for the user."""


class CircumstanceError(CannotLoadError):
    """What lies around the model and may be mended: an engine to install, the user's own scorer, a server."""


class CannotHoldError(CannotLoadError):
    """An engine cannot hold answers to a constraint; without it the model can be used."""


class Runtime(Protocol):
    """A loaded model. The protocols below say what else it can do; see `ABILITIES`."""

    @property
    def engine(self) -> str:
        """The engine's name and version."""

    @property
    def device(self) -> str:
        """Where it computes, e.g. "cpu"."""


class Ranked(NamedTuple):
    """A label with the probability that the model gives it."""

    label: str
    probability: float


class Span(NamedTuple):
    """A piece of a text: character offsets (start within, end beyond), its label, the model's probability.

    The probability is None where the engine tells none.
    """

    start: int
    end: int
    label: str
    probability: float | None


class Found(NamedTuple):
    """An answer read out of a text, and the model's probability."""

    text: str
    probability: float


class Reply(NamedTuple):
    """A generated text, how many tokens it took, and the probability of what was chosen where the engine tells it.

    `prompt_tokens` are those that were read for it.
    """

    text: str
    tokens: int | None = None
    probability: float | None = None
    prompt_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Constraint:
    """What a generated answer is held to: one of some texts, or a JSON schema."""

    options: tuple[str, ...] = ()
    schema: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a chat; `role` is system, user or assistant."""

    role: str
    text: str


@runtime_checkable
class Encoder(Runtime, Protocol):
    """Turns texts into vectors."""

    def encode(self, texts: Sequence[str]) -> NDArray[Any]:
        """Return float vectors of shape (len(texts), width), l2-normalised."""


@runtime_checkable
class Tunable(Runtime, Protocol):
    """A model whose own weights can be tuned; `facts` is what a report should say of it."""

    facts: dict[str, Any]

    def recipe(self, goal: Goal) -> Recipe:
        """Return what is tuned of it, and by what loss; a classifier's labels are the goal's from then on."""


@runtime_checkable
class Comparer(Runtime, Protocol):
    """Scores how well two texts go together, reading both at once (a cross-encoder)."""

    def compare(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """Return a score for each pair; larger is better, the scale is the model's."""


@runtime_checkable
class Classifier(Runtime, Protocol):
    """A model fine-tuned to classify texts, with labels of its own."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The model's own labels."""

    def classify(self, texts: Sequence[str]) -> list[list[Ranked]]:
        """Return the model's labels for each text, most probable first."""


@runtime_checkable
class Entailer(Runtime, Protocol):
    """A model of natural language inference: says how far a text entails a hypothesis."""

    def entail(self, texts: Sequence[str], hypotheses: Sequence[str]) -> list[list[float]]:
        """Return for each text the probability, within 0 and 1, that it entails each hypothesis."""


@runtime_checkable
class Tagger(Runtime, Protocol):
    """Finds labelled spans in texts."""

    def tag(self, texts: Sequence[str]) -> list[list[Span]]:
        """Return the spans of each text, in order, without overlap."""


@runtime_checkable
class Extractor(Runtime, Protocol):
    """Finds spans of labels that are given with the texts."""

    def extract(self, texts: Sequence[str], labels: Sequence[str]) -> list[list[Span]]:
        """Return the spans of each text that a label stands for, in order, without overlap."""


@runtime_checkable
class LabelScorer(Runtime, Protocol):
    """Says how well labels that are given with the texts fit them."""

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> list[list[float]]:
        """Return for each text the probability, within 0 and 1, that each label fits it by itself."""


@runtime_checkable
class Reader(Runtime, Protocol):
    """Reads the answer to a question out of a text."""

    def read(self, questions: Sequence[str], contexts: Sequence[str]) -> list[Found]:
        """Return the answer to each question from its context; empty where there is none."""


@runtime_checkable
class Rewriter(Runtime, Protocol):
    """Turns a text into another: a summary, a translation."""

    def rewrite(self, texts: Sequence[str], *, max_tokens: int) -> list[Reply]:
        """Return each text's rewriting, of at most so many tokens."""


@runtime_checkable
class Chat(Runtime, Protocol):
    """Answers a chat."""

    def check(self, turns: Sequence[Turn], constraint: Constraint | None) -> None:
        """Raise CannotLoadError if the fixed part of the chat leaves no room for a text, or nothing can be answered."""

    def chat(self, turns: Sequence[Turn], constraint: Constraint | None, *, max_tokens: int) -> Reply:
        """Return the next message, greedily, held to the constraint where the engine can."""


@runtime_checkable
class Transcriber(Runtime, Protocol):
    """Writes down speech."""

    def transcribe(self, files: Sequence[str]) -> list[Reply]:
        """Return what is said in each sound file; OSError if one is missing or no sound."""


@runtime_checkable
class ImageClassifier(Runtime, Protocol):
    """A model trained to classify images, with labels of its own."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The model's own labels."""

    def see(self, files: Sequence[str]) -> list[list[Ranked]]:
        """Return the model's labels for each image file, most probable first; OSError if one is missing or no image."""


@runtime_checkable
class ImageEncoder(Runtime, Protocol):
    """Turns images into vectors."""

    def look(self, files: Sequence[str]) -> NDArray[Any]:
        """Return float vectors of shape (len(files), width), l2-normalised; OSError as of `ImageClassifier`."""


@runtime_checkable
class AudioClassifier(Runtime, Protocol):
    """A model trained to classify recordings, with labels of its own."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The model's own labels."""

    def hear(self, files: Sequence[str]) -> list[list[Ranked]]:
        """Return the model's labels for each sound file, most probable first; OSError if one is missing or no sound."""


@runtime_checkable
class AudioEncoder(Runtime, Protocol):
    """Turns recordings into vectors."""

    def listen(self, files: Sequence[str]) -> NDArray[Any]:
        """Return float vectors of shape (len(files), width), l2-normalised; OSError as of `AudioClassifier`."""


@runtime_checkable
class Unaided(Runtime, Protocol):
    """Nothing is loaded: a method answers by itself, as a baseline does."""

    is_unaided: bool


# What a form of a model can do. A family's `methods` says how it uses each.
ABILITIES: dict[str, type] = {
    "encode": Encoder,
    "compare": Comparer,
    "classify": Classifier,
    "entail": Entailer,
    "tag": Tagger,
    "extract": Extractor,
    "fit": LabelScorer,
    "read": Reader,
    "rewrite": Rewriter,
    "chat": Chat,
    "transcribe": Transcriber,
    "see": ImageClassifier,
    "look": ImageEncoder,
    "hear": AudioClassifier,
    "listen": AudioEncoder,
    "constant": Unaided,
    "words": Unaided,
    "pixels": Unaided,
    "spectrum": Unaided,
}


@dataclass(frozen=True, slots=True)
class Load:
    """What an engine is asked to load."""

    path: Path  # The model's folder.
    files: tuple[str, ...]  # Its weight files, relative to the folder.
    ability: str  # A key of `ABILITIES`: what it is to be loaded for.
    threads: int  # How many processor threads to use.
    allows: frozenset[str] = frozenset()  # What the user allowed for this model by name: "remote-code", "pickle".
    # Facts that an engine needs besides, e.g. a server's address; plain values.
    options: dict[str, Any] = field(default_factory=dict)
    memory_bytes: int | None = None  # What the process may hold in all; None: what the machine has.


def load(runtime: str, request: Load) -> Runtime:
    """Import an engine's library and load a model with it.

    Raises:
        CannotLoadError: with a reason for the user; a `CircumstanceError` says what to install.
    """
    from advisor.engines.table import ENGINES  # engines import this module

    # Threads that spin while they wait collapse when anything else runs on the machine; read once, by OpenMP's library.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

    engine = ENGINES[runtime]
    if not engine.is_installed():
        raise CircumstanceError(engine.missing())
    module = importlib.import_module(engine.module)
    cannot = f"cannot {request.ability} with the engine {runtime}"
    if (modules := getattr(module, "MODULES", None)) is not None:
        if request.ability not in modules:
            raise CannotLoadError(cannot)
        module = importlib.import_module(f"{engine.module}.{modules[request.ability]}")
    loaded: Runtime = module.load(request)
    if not isinstance(loaded, ABILITIES[request.ability]):
        raise CannotLoadError(cannot)
    return loaded


def ranked(labels: Sequence[str], probabilities: Sequence[float]) -> list[Ranked]:
    """Return labels with their probabilities, most probable first."""
    pairs = (Ranked(label, probability) for label, probability in zip(labels, probabilities, strict=True))
    return sorted(pairs, key=lambda each: -each.probability)


def normalised(vectors: NDArray[Any]) -> NDArray[Any]:
    """Return vectors (rows) of length 1, in float32."""
    import numpy as np

    lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return np.asarray(vectors / lengths, dtype=np.float32)


def entailment_columns(labels: Sequence[str]) -> tuple[int, tuple[int, ...]]:
    """Return which of a model's labels means entailment, and which are the other side of the scales.

    After Yin et al. 2019 ("Benchmarking zero-shot text classification", section 4): entailment is held against
    contradiction alone, what is neutral is left out; a model with two labels holds it against the other.

    Raises:
        CannotLoadError: if no label begins with "entail", whatever its case.
    """
    folded = [label.casefold().replace("-", "_") for label in labels]
    yes = next((index for index, label in enumerate(folded) if label.startswith("entail")), None)
    if yes is None:
        raise CannotLoadError(f"has no entailment label; its labels are {', '.join(labels[:6])}")
    against = tuple(index for index, label in enumerate(folded) if label.startswith("contradict"))
    return yes, against or tuple(index for index in range(len(labels)) if index != yes)
