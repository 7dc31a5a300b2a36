"""An engine that encodes a text as how often each letter of a list occurs in it.

A model is a folder with `letters.json` (its configuration) and `letters.txt` (its weights: the letters).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.engines.base import CannotLoadError
from advisor.engines.engine import ENCODERS, Engine, Files
from advisor.formats.folder import Form, UnusableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.engines.base import Load
    from advisor.formats.folder import ModelFolder


def is_own(folder: ModelFolder) -> bool:
    """Return whether a folder is a model of this engine."""
    return folder.has("letters.json")


def forms(folder: ModelFolder) -> list[Form]:
    """Return what of a folder of this engine's can be loaded."""
    if not folder.has("letters.txt"):
        raise UnusableError("letters.json without letters.txt")
    return [Form(ENGINE.name, ("letters.txt",), folder.size("letters.txt"), "int8", 26)]


ENGINE = Engine(
    name="letters",
    module=__name__,
    library="numpy",
    base_memory_bytes=90_000_000,
    abilities=dict.fromkeys(ENCODERS, "encode"),
    libraries=frozenset({"letters"}),
    formats=frozenset({"letters"}),
    files=Files(weights=("letters.txt",), suffixes=("letters.txt",)),
    forms=forms,
    is_own=is_own,
    working_share=2.0,
    seconds_per_character=1e-3,
    largest_batch=7,
)


class Letters:
    """A loaded model: `advisor.engines.base.Encoder`."""

    engine, device = "letters 1", "cpu"

    def __init__(self, letters: str) -> None:
        self._letters = letters

    def encode(self, texts: Sequence[str]) -> Any:  # noqa: ANN401  an array
        """Return a row of unit length for each text."""
        import numpy as np  # in the worker alone

        counts = np.array([[text.count(each) for each in self._letters] for text in texts], dtype="float32")
        return counts / np.maximum(np.linalg.norm(counts, axis=1, keepdims=True), 1e-9)


def load(request: Load) -> Letters:
    """Load a model; runs in the worker process."""
    letters = (request.path / request.files[0]).read_text(encoding="utf-8").strip()
    if not letters:
        raise CannotLoadError("letters.txt is empty")
    return Letters(letters)
