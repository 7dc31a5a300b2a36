"""What an engine must offer, and the table of engines. Nothing here imports one."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray


class CannotLoadError(Exception):
    """A model's files cannot be used by this engine; the message is for the user."""


class EngineMissingError(CannotLoadError):
    """The engine is not installed: not the model's fault, and soon mended."""


class Runtime(Protocol):
    """A loaded model."""

    @property
    def engine(self) -> str:
        """The engine's name and version."""

    @property
    def device(self) -> str:
        """Where it computes, e.g. "cpu"."""


@runtime_checkable
class Encoder(Runtime, Protocol):
    """Turns texts into vectors."""

    def encode(self, texts: Sequence[str]) -> NDArray[Any]:
        """Return float vectors of shape (len(texts), width)."""


@runtime_checkable
class Chooser(Runtime, Protocol):
    """Answers a prompt with one of the given texts and nothing else."""

    def check(self, system: str, options: Sequence[str]) -> None:
        """Raise CannotLoadError if the system prompt leaves no room for a text, or nothing can be answered."""

    def choose(self, system: str, user: str, options: Sequence[str]) -> str:
        """Return one of the options."""


@runtime_checkable
class Classifier(Runtime, Protocol):
    """A model fine-tuned to classify, with labels of its own."""

    def classify(self, texts: Sequence[str]) -> list[str]:
        """Return the model's own most probable label for each text."""


@dataclass(frozen=True, slots=True)
class Engine:
    """How an engine is found and named.

    `base_memory_bytes` is what a probe's peak memory is above the weights and the working memory that
    `shortlist.predict` adds to them: Python, the engine's libraries, scikit-learn, the activations of a full batch.
    Measured on Linux x86-64 with the starter models (transformers: a model of MiniLM's size).
    """

    module: str
    library: str
    extra: str | None
    base_memory_bytes: int

    def is_installed(self) -> bool:
        """Return whether the engine's library can be imported, without importing it."""
        return find_spec(self.library) is not None

    def missing(self) -> str:
        """Return the line that says what to install."""
        if self.extra is None:
            return f"needs the package {self.library}: reinstall model-advisor"
        return f"needs the engine {self.library}: pip install 'model-advisor[{self.extra}]'"


_HERE = "advisor.probe.runtimes"
ENGINES: dict[str, Engine] = {
    "static": Engine(f"{_HERE}.static", "model2vec", None, 164_000_000),
    "onnx": Engine(f"{_HERE}.onnx", "onnxruntime", "onnx", 256_000_000),
    "sentence-transformers": Engine(f"{_HERE}.sentence_transformers", "sentence_transformers", None, 526_000_000),
    "transformers": Engine(f"{_HERE}.transformers", "transformers", None, 484_000_000),
    "llama.cpp": Engine(f"{_HERE}.llama_cpp", "xllamacpp", "gguf", 82_000_000),
}


def load(runtime: str, path: Path, files: tuple[str, ...], *, threads: int) -> Runtime:
    """Import an engine and load a model with it.

    Args:
        runtime: a key of `ENGINES`.
        path: the model's folder.
        files: its weight files, relative to the folder.
        threads: how many processor threads to use.

    Raises:
        CannotLoadError: with a reason for the user; an `EngineMissingError` says what to install.
    """
    engine = ENGINES[runtime]
    if not engine.is_installed():
        raise EngineMissingError(engine.missing())
    module = importlib.import_module(engine.module)
    loaded: Runtime = module.load(path, files, threads=threads)
    return loaded
