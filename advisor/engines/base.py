"""Protocols of loaded models, by ability, and the request to load one. Nothing here imports an engine."""

from __future__ import annotations

import importlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self, runtime_checkable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.engines.tuning import Goal, Recipe


class CannotLoadError(Exception):
    """This engine cannot use a model's files; the message is for the user."""


class CircumstanceError(CannotLoadError):
    """A fault outside the model that can be fixed: a missing engine, the user's scorer, a server."""


class CannotHoldError(CannotLoadError):
    """An engine cannot enforce a constraint on answers; without it the model can be used."""


class Runtime(Protocol):
    """A loaded model. The protocols below add its abilities; see `ABILITIES`."""

    @property
    def engine(self) -> str:
        """The engine's name and version."""

    @property
    def device(self) -> str:
        """The device it runs on, e.g. "cpu"."""


class Pair(str):
    """Two texts that a classifier reads as a pair; for engines that read one text they are its lines."""

    __slots__ = ("first", "second")
    first: str
    second: str

    def __new__(cls, first: str, second: str) -> Self:
        made = super().__new__(cls, f"{first}\n{second}")
        made.first, made.second = first, second
        return made


def halves(texts: Sequence[str]) -> tuple[list[str], list[str] | None]:
    """Return the first and the second texts of pairs; of single texts these and None."""
    if not (texts and isinstance(texts[0], Pair)):
        return list(texts), None
    pairs = [each for each in texts if isinstance(each, Pair)]
    return [each.first for each in pairs], [each.second for each in pairs]


class Ranked(NamedTuple):
    """A label with the model's probability."""

    label: str
    probability: float


class Span(NamedTuple):
    """A span of a text: character offsets (end exclusive), its label, and the model's probability.

    The probability is None if the engine gives none.
    """

    start: int
    end: int
    label: str
    probability: float | None


class Found(NamedTuple):
    """An answer extracted from a text, and the model's probability."""

    text: str
    probability: float


class Reply(NamedTuple):
    """A generated text, its number of tokens, and the probability of a chosen option if the engine gives it.

    `prompt_tokens` is the number of tokens read.
    """

    text: str
    tokens: int | None = None
    probability: float | None = None
    prompt_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Constraint:
    """A constraint on a generated answer: one of some texts, or a JSON schema."""

    options: tuple[str, ...] = ()
    schema: dict[str, Any] | None = None
    biases: tuple[float, ...] = ()  # Added to the log-probability of each option.


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
    """A model whose own weights can be tuned; `facts` are for the report."""

    facts: dict[str, Any]

    def recipe(self, goal: Goal) -> Recipe:
        """Return the weights to tune and the loss; from then on a classifier has the goal's labels."""


@runtime_checkable
class Comparer(Runtime, Protocol):
    """Scores how well two texts match, reading both at once (a cross-encoder)."""

    def compare(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """Return a score for each pair; larger is better, on the model's own scale."""


class Labelled(Runtime, Protocol):
    """A model with its own labels."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The model's own labels."""


@runtime_checkable
class Classifier(Labelled, Protocol):
    """A model fine-tuned to classify texts, with its own labels."""

    def classify(self, texts: Sequence[str]) -> list[list[Ranked]]:
        """Return the model's labels for each text or `Pair`, most probable first."""


@runtime_checkable
class Entailer(Runtime, Protocol):
    """A model of natural language inference, which scores whether a text entails a hypothesis."""

    def entail(self, texts: Sequence[str], hypotheses: Sequence[str]) -> list[list[float]]:
        """Return for each text the probability, within 0 and 1, that it entails each hypothesis."""


@runtime_checkable
class Tagger(Runtime, Protocol):
    """Finds labelled spans in texts."""

    def tag(self, texts: Sequence[str]) -> list[list[Span]]:
        """Return the spans of each text, in order, without overlap."""


@runtime_checkable
class TokenEncoder(Runtime, Protocol):
    """Turns each word of a text into a vector, in its context."""

    def embed(self, texts: Sequence[str], words: Sequence[Sequence[tuple[int, int]]]) -> list[NDArray[Any]]:
        """Return for each text the float vectors of its words, of shape (words, width), given their offsets."""


@runtime_checkable
class Extractor(Runtime, Protocol):
    """Finds spans of labels given at run time."""

    def extract(self, texts: Sequence[str], labels: Sequence[str]) -> list[list[Span]]:
        """Return the spans of each text that match a label, in order, without overlap."""


@runtime_checkable
class LabelScorer(Runtime, Protocol):
    """Scores labels given at run time for texts, images or recordings."""

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> list[list[float]]:
        """Return for each text or file the probability of each label, within 0 and 1."""


@runtime_checkable
class Reader(Runtime, Protocol):
    """Extracts the answer to a question from a text."""

    def read(self, questions: Sequence[str], contexts: Sequence[str]) -> list[Found]:
        """Return the answer to each question from its context; empty where there is none.

        ValueError if a question leaves no room for its context.
        """


@runtime_checkable
class Rewriter(Runtime, Protocol):
    """Generates a text from a text: a summary, a translation."""

    def rewrite(self, texts: Sequence[str], *, max_tokens: int) -> list[Reply]:
        """Return the output for each text, of at most `max_tokens` tokens."""


@runtime_checkable
class Chat(Runtime, Protocol):
    """Answers a chat."""

    def check(self, turns: Sequence[Turn], constraint: Constraint | None) -> None:
        """Raise CannotLoadError if the fixed part of the chat leaves no room for a text, or the model cannot answer."""

    def chat(self, turns: Sequence[Turn], constraint: Constraint | None, *, max_tokens: int) -> Reply:
        """Return the next message, decoded greedily and within the constraint if the engine can enforce it."""


@runtime_checkable
class Weigher(Chat, Protocol):
    """A chat whose engine gives the probability of each option."""

    def weigh(self, turns: Sequence[Turn], options: Sequence[str]) -> list[float]:
        """Return the options' probabilities as the next message, in their order; RuntimeError if there are none."""


@runtime_checkable
class Transcriber(Runtime, Protocol):
    """Transcribes speech."""

    def transcribe(self, files: Sequence[str]) -> list[Reply]:
        """Return the transcript of each sound file; OSError if one is missing or no sound."""


@runtime_checkable
class ImageClassifier(Labelled, Protocol):
    """A model trained to classify images, with its own labels."""

    def see(self, files: Sequence[str]) -> list[list[Ranked]]:
        """Return the model's labels for each image file, most probable first; OSError if one is missing or no image."""


@runtime_checkable
class ImageEncoder(Runtime, Protocol):
    """Turns images into vectors."""

    def look(self, files: Sequence[str]) -> NDArray[Any]:
        """Return float vectors of shape (len(files), width), l2-normalised; OSError as for `ImageClassifier`."""


@runtime_checkable
class AudioClassifier(Labelled, Protocol):
    """A model trained to classify recordings, with its own labels."""

    def hear(self, files: Sequence[str]) -> list[list[Ranked]]:
        """Return the model's labels for each sound file, most probable first; OSError if one is missing or no sound."""


@runtime_checkable
class AudioEncoder(Runtime, Protocol):
    """Turns recordings into vectors."""

    def listen(self, files: Sequence[str]) -> NDArray[Any]:
        """Return float vectors of shape (len(files), width), l2-normalised; OSError as for `AudioClassifier`."""


@runtime_checkable
class Unaided(Runtime, Protocol):
    """No loaded model: the method answers alone, as a baseline does."""

    is_unaided: bool


# Abilities of a model's form. A family's `methods` says how it uses each.
ABILITIES: dict[str, type] = {
    "encode": Encoder,
    "compare": Comparer,
    "classify": Classifier,
    "entail": Entailer,
    "tag": Tagger,
    "embed": TokenEncoder,
    "extract": Extractor,
    "fit": LabelScorer,
    "name": LabelScorer,
    "identify": LabelScorer,
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
    """A request to load a model."""

    path: Path  # The model's folder.
    files: tuple[str, ...]  # Its weight files, relative to the folder.
    ability: str  # The ability to load it for, a key of `ABILITIES`.
    threads: int  # Number of processor threads.
    allows: frozenset[str] = frozenset()  # Permissions of the user for this model: "remote-code", "pickle".
    # Further options of the engine, e.g. a server's address; plain values.
    options: dict[str, Any] = field(default_factory=dict)
    memory_bytes: int | None = None  # Memory limit of the process; None: the machine's memory.


def load(runtime: str, request: Load) -> Runtime:
    """Import an engine's library and load a model with it.

    CannotLoadError with a reason for the user; a `CircumstanceError` names the package to install.
    """
    from advisor.engines.table import ENGINES  # engines import this module
    from advisor.formats.folder import UnusableError

    # Threads that spin while waiting are very slow on a busy machine; OpenMP's library reads this once.
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
    try:
        loaded: Runtime = module.load(request)
    except UnusableError as error:
        raise CannotLoadError(str(error)) from None
    if not isinstance(loaded, ABILITIES[request.ability]):
        raise CannotLoadError(cannot)
    return loaded


def ranked(labels: Sequence[str], probabilities: Sequence[float]) -> list[Ranked]:
    """Return labels with their probabilities, most probable first."""
    pairs = (Ranked(label, probability) for label, probability in zip(labels, probabilities, strict=True))
    return sorted(pairs, key=lambda each: -each.probability)


def without_reasoning(text: str) -> str:
    """Return the answer in a reply that may begin with a model's reasoning; empty where that has no end."""
    answer = text.rpartition("</think>")[2]
    return "" if answer.lstrip().startswith("<think>") else answer


def normalised(vectors: NDArray[Any]) -> NDArray[Any]:
    """Return vectors (rows) of length 1, in float32."""
    import numpy as np

    lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return np.asarray(vectors / lengths, dtype=np.float32)


def entailment_columns(labels: Sequence[str]) -> tuple[int, tuple[int, ...]]:
    """Return the index of a model's entailment label, and the indexes of those it is compared with.

    After Yin et al. 2019 ("Benchmarking zero-shot text classification", section 4): entailment is compared with
    contradiction only, without neutral; in a model with two labels, with the other one. CannotLoadError if no label
    begins with "entail", in any case.
    """
    folded = [label.casefold().replace("-", "_") for label in labels]
    yes = next((index for index, label in enumerate(folded) if label.startswith("entail")), None)
    if yes is None:
        raise CannotLoadError(f"has no entailment label; its labels are {', '.join(labels[:6])}")
    against = tuple(index for index, label in enumerate(folded) if label.startswith("contradict"))
    return yes, against or tuple(index for index in range(len(labels)) if index != yes)
