"""Holds examples in a temporary file: those of large files take more memory than a machine may have."""

from __future__ import annotations

import pickle
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import overload

from advisor.task.example import Example

PAGE = 8192
# Tuples are written and read several times faster than objects.
_FIELDS = attrgetter(*Example.__slots__)


class Spooled(Sequence[Example]):
    """Examples in the order of their rows: the last page in memory, earlier ones in a private temporary file."""

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
        if len(self._last) == PAGE:
            self._starts.append(self._file.seek(0, 2))
            pickle.dump([*map(_FIELDS, self._last)], self._file, pickle.HIGHEST_PROTOCOL)
            self._last = []
        self._last.append(example)

    def __len__(self) -> int:
        return len(self._starts) * PAGE + len(self._last)

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
            return self._page(places // PAGE)[places % PAGE]
        return [self[each] for each in places]

    def _page(self, number: int) -> list[Example]:
        if number == len(self._starts):
            return self._last
        if self._read[0] != number:
            self._read = -1, []  # free the old page before reading the next
            self._file.seek(self._starts[number])
            self._read = number, [Example(*each) for each in pickle.load(self._file)]  # noqa: S301  written above
        return self._read[1]
