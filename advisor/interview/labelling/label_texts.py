"""The texts of a file that is labelled, and which may be evidence or teach; kept from one question to the next."""

from __future__ import annotations

import hashlib
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from advisor.errors import InputError
from advisor.interview.files.columns import is_empty, shown
from advisor.interview.labelling.coverage import Chooser
from advisor.interview.labelling.label_plan import halves, text_id, vectors_for
from advisor.task.rows import read_rows
from advisor.task.source import place, quoted, refuse

if TYPE_CHECKING:
    from pathlib import Path


class Texts:
    """One column of a file.

    Attributes:
        lines: Where each text begins.
        texts: Those that are not empty.
        at: The first place of each, by its id.
    """

    def __init__(self, path: Path, column: str) -> None:
        rows = [
            (line, shown(cells[column])) for line, cells in read_rows(path, (column,)) if not is_empty(cells[column])
        ]
        if not rows:
            raise InputError(f"{place(path)}: has nothing in {quoted(column)}; name the column with the texts")
        self.lines, self.texts = [line for line, _ in rows], [text for _, text in rows]
        self.at = {text_id(text): at for at, text in reversed(list(enumerate(self.texts)))}
        self._parts: dict[tuple[int, int, int], Parts] = {}

    @cached_property
    def digest(self) -> str:
        """Of the distinct texts, in whatever order they stand."""
        return hashlib.sha256("".join(sorted(self.at)).encode()).hexdigest()

    def parts(self, want_evidence: int, want_teaching: int, seed: int) -> Parts:
        """Return which texts may be evidence and which may teach."""
        key = (want_evidence, want_teaching, seed)
        if key not in self._parts:
            self._parts[key] = Parts(self.texts, *halves(self.texts, *key))
        return self._parts[key]


class Parts:
    """The texts that may be evidence, in their order, and those that may teach."""

    def __init__(self, texts: list[str], evidence: tuple[int, ...], pool: tuple[int, ...]) -> None:
        self.evidence, self.pool = evidence, pool
        self.place = {at: number for number, at in enumerate(pool)}
        self._texts = texts

    @cached_property
    def chooser(self) -> Chooser | None:
        """Chooses from the pool; None where there is no encoder or nothing to choose from."""
        vectors = vectors_for(self._texts, self.pool) if self.pool else None
        return None if vectors is None else Chooser(vectors)


def texts_of(path: Path, column: str) -> Texts:
    """Return a column's texts; those read last are kept until the file changes.

    Raises:
        InputError: if the file cannot be read, or the column is not there or empty.
    """
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        refuse(path, error, "name one that is there")
    return _read(path, column, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=1)
def _read(path: Path, column: str, changed: int, size: int) -> Texts:
    del changed, size
    return Texts(path, column)
