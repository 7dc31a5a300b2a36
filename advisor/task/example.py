"""One example, and the user's own scorer."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Example:
    """One input with its expected answer.

    Attributes:
        id: A hash of the folded input: rows may move in the file, the example stays the same.
        input: As people read it: the text, its parts in sequence, or a file's name as written.
        expected: As the family reads it: a label, a text, a number, a list or a mapping.
        line: The line of the file where it begins.
        parts: The input's parts by name, unless it is a single text; files as absolute paths.
        must_contain: Texts that the answer must contain, from `scoring.contains_column`.
        reference: A reference model's score on it, from the bar's `reference.column`.
        slice: The slice of the inputs that it belongs to, from the bar's `per_slice.column`.
        group: Its group of rows that belong together, from `examples.groups`; None: a group of its own.
        is_critical: Whether it must never fail, from the bar's `critical`.
        cells: Of an input of several columns, the ids that it would have by one of them alone, if long enough to tell.
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
    cells: tuple[str, ...] = ()

    @property
    def given(self) -> str | dict[str, str]:
        """The candidate's input: the text, or the parts by name."""
        return dict(self.parts) if self.parts else self.input


@dataclass(frozen=True, slots=True)
class Scorer:
    """The user's own function that scores answers.

    Attributes:
        path: Its file.
        function: Its name.
        sha256: Of the file; if it imports modules next to it, of all these files.
        files: All of them, each with its sha256, the scorer's own first.
    """

    path: str
    function: str
    sha256: str
    files: tuple[tuple[str, str], ...] = ()
