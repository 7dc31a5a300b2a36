"""One example, many of them in a temporary file, and the user's own scorer."""

import hashlib
import pickle
import tempfile
import unicodedata
import weakref
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, overload

_PAGE = 8192


@dataclass(frozen=True, slots=True)
class Example:
    """One input with its expected answer."""

    id: str  # A hash of the folded input: rows may move in the file, the example stays the same.
    input: str  # As people read it: the text, its parts in sequence, or a file's name as written.
    expected: Any  # As the family reads it: a label, a text, a number, a list or a mapping.
    line: int  # The line of the file where it begins.
    # The input's parts by name, unless it is a single text; files as absolute paths.
    parts: tuple[tuple[str, str], ...] = ()
    must_contain: tuple[str, ...] = ()  # Texts that the answer must contain, from `scoring.contains_column`.
    reference: float | None = None  # A reference model's score on it, from the bar's `reference.column`.
    slice: str | None = None  # The slice of the inputs that it belongs to, from the bar's `per_slice.column`.
    # Its group of rows that belong together, from `examples.groups`; None: a group of its own.
    group: str | None = None
    is_critical: bool = False  # Whether it must never fail, from the bar's `critical`.
    # Of an input of several columns, the ids that it would have by one of them alone, if long enough to tell.
    cells: tuple[str, ...] = ()

    @property
    def given(self) -> str | dict[str, str]:
        """The candidate's input: the text, or the parts by name."""
        return dict(self.parts) if self.parts else self.input


# Tuples are written and read several times faster than objects.
_FIELDS = attrgetter(*Example.__slots__)


class Spooled(Sequence[Example]):
    """Examples in the order of their rows: the last page in memory, earlier ones in a private temporary file.

    Those of large files take more memory than a machine may have.
    """

    def __init__(self, examples: Iterable[Example] = ()) -> None:
        self._file = tempfile.SpooledTemporaryFile(1)  # noqa: SIM115  on disk from the first page on
        weakref.finalize(self, self._file.close)
        self._starts: list[int] = []
        self._last: list[Example] = []
        self._read: tuple[int, list[Example]] = -1, []
        for each in examples:
            self.append(each)

    def append(self, example: Example) -> None:
        """Add one at the end."""
        if len(self._last) == _PAGE:
            self._starts.append(self._file.seek(0, 2))
            pickle.dump([*map(_FIELDS, self._last)], self._file, pickle.HIGHEST_PROTOCOL)
            self._last = []
        self._last.append(example)

    def __len__(self) -> int:
        return len(self._starts) * _PAGE + len(self._last)

    def __iter__(self) -> Iterator[Example]:
        for number in range(len(self._starts) + 1):
            yield from self._page(number)

    @overload
    def __getitem__(self, at: int) -> Example: ...
    @overload
    def __getitem__(self, at: slice) -> list[Example]: ...
    def __getitem__(self, at: int | slice) -> Example | list[Example]:
        places = range(len(self))[at]
        if isinstance(places, int):
            return self._page(places // _PAGE)[places % _PAGE]
        return [self[each] for each in places]

    def _page(self, number: int) -> list[Example]:
        if number == len(self._starts):
            return self._last
        if self._read[0] != number:
            self._read = -1, []  # free the old page before reading the next
            self._file.seek(self._starts[number])
            self._read = number, [Example(*each) for each in pickle.load(self._file)]  # noqa: S301  written above
        return self._read[1]


@dataclass(frozen=True, slots=True)
class Scorer:
    """The user's own function that scores answers."""

    path: str  # Its file.
    function: str  # Its name.
    sha256: str  # Of the file; if it imports modules next to it, of all these files.
    files: tuple[tuple[str, str], ...] = ()  # All of them, each with its sha256, the scorer's own first.


def fold(text: str) -> str:
    """Return a text normalised for comparing duplicates: Unicode composed, case and white space folded."""
    if text.isascii():  # already composed
        return " ".join(text.lower().split())
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(folded.split())


def hashed(folded: str, needed: tuple[str, ...]) -> str:
    """Return the id of a folded text whose answer must contain some texts."""
    return hashlib.sha256("\0".join((folded, *needed)).encode()).hexdigest()[:16]
