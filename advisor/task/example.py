"""One example, and the user's own scorer."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Example:
    """One input with what is expected of it.

    Attributes:
        id: A hash of the folded input: rows may move in the file, the example stays the same.
        input: As people read it: the text, its parts one after the other, or a file's name as written.
        expected: As the family reads it: a label, a text, a number, a list or a mapping.
        line: Where it begins in its file.
        parts: The input's parts by name, where it is more than a text; files as absolute paths.
        must_contain: Texts that the answer to this example must hold, from `scoring.contains_column`.
        reference: A reference model's score on it, from the bar's `reference.column`.
        slice: Which part of the inputs it belongs to, from the bar's `per_slice.column`.
        group: Which rows it belongs together with, from `examples.groups`; None: with no other.
        is_critical: Whether it must never fail, from the bar's `critical`.
    """

    id: str
    input: str
    expected: Any
    line: int
    parts: tuple[tuple[str, str], ...] = ()
    must_contain: tuple[str, ...] = ()
    reference: float | None = None
    slice: str | None = None
    group: str | None = None
    is_critical: bool = False

    @property
    def given(self) -> str | dict[str, str]:
        """What a candidate is given: the text, or the parts by name."""
        return dict(self.parts) if self.parts else self.input


@dataclass(frozen=True, slots=True)
class Scorer:
    """The user's own function that scores answers.

    Attributes:
        path: Its file.
        function: Its name.
        sha256: Of the file; where it imports modules beside it, of all these files.
        files: All of them, each with its sha256, the scorer's own first.
    """

    path: str
    function: str
    sha256: str
    files: tuple[tuple[str, str], ...] = ()
