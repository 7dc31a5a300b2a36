"""Cards on disk, read when they are asked for: as many as one likes in little memory."""

import tempfile
from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Self, overload

from catalog.card import ModelCard


class Spool(Sequence[ModelCard]):
    """A sequence of cards in an unnamed file, which is gone when the spool is closed. Eight bytes of memory a card."""

    def __init__(self, lines: Iterable[str], folder: Path) -> None:
        """Write the cards' lines of JSON into a file on the folder's disk.

        Raises:
            OSError: The disk is full or cannot be written.
        """
        starts = array("q", [0])
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by close()
        try:
            for line in lines:
                starts.append(starts[-1] + self._file.write(line.encode()))
            self._file.flush()
        except BaseException:
            self._file.close()
            raise
        self._starts = starts

    def __enter__(self) -> Self:
        """Use as a context."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def __len__(self) -> int:
        """Number of cards."""
        return len(self._starts) - 1

    def __iter__(self) -> Iterator[ModelCard]:
        """Every card in order."""
        return map(self.__getitem__, range(len(self)))

    @overload
    def __getitem__(self, place: int) -> ModelCard: ...
    @overload
    def __getitem__(self, place: slice) -> list[ModelCard]: ...
    def __getitem__(self, place: int | slice) -> ModelCard | list[ModelCard]:
        """The card of a place."""
        if isinstance(place, slice):
            return [self[at] for at in range(len(self))[place]]
        if not 0 <= place < len(self):
            raise IndexError(place)
        start, end = self._starts[place], self._starts[place + 1]
        self._file.seek(start)
        return ModelCard.from_json(self._file.read(end - start).decode())
