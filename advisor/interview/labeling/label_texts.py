"""The texts of a file being labelled: evidence at random, training by choice; cached between questions.

What is certified is a rate over inputs like the evidence. Texts chosen because they are typical, or because a guess is
unsure of them, are not like future inputs: they may train, never be evidence. The two come from two parts of the file
that a seed splits before the first label, so neither the choice of training texts nor the number of labels in the end
says anything about the evidence.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path

from advisor.errors import InputError
from advisor.families.values import field_text
from advisor.interview.files.columns import is_empty, shown
from advisor.interview.labeling.coverage import Chooser, vectors_of
from advisor.interview.labeling.label_store import Drawn
from advisor.system.source import place, quoted, refuse
from advisor.task.example import fold
from advisor.task.near_duplicates import near_duplicates
from advisor.task.rows import read_rows

# Most texts considered, and most training texts compared.
MOST_TEXTS, MOST_POOL = 5000, 2000
# Characters of a text that are compared.
MOST_CHARACTERS = 2000
WANT_EVIDENCE, WANT_TEACHING = 60, 40


class Texts:
    """A column's texts that can be read, the lines where they begin, and the first position of each by its id."""

    def __init__(self, path: Path, column: str) -> None:
        rows = [(line, text) for line, cells in read_rows(path, (column,)) if (text := _readable(cells[column]))]
        if not rows:
            raise InputError(f"{place(path)}: has nothing in {quoted(column)}; name the column with the texts")
        self.lines, self.texts = [line for line, _ in rows], [text for _, text in rows]
        self.at = {text_id(text): at for at, text in reversed(list(enumerate(self.texts)))}
        self._parts: dict[tuple[tuple[int, ...], tuple[int, ...]], Parts] = {}
        self._drawn: dict[tuple[tuple[int, int, int], tuple[Drawn, ...]], tuple[Drawn, ...]] = {}

    @cached_property
    def digest(self) -> str:
        """The hash of the distinct texts, in any order."""
        return hashlib.sha256("".join(sorted(self.at)).encode()).hexdigest()

    def drawn(self, want: tuple[int, int, int], before: Sequence[Drawn] = ()) -> tuple[Drawn, ...]:
        """Return the draw of evidence and training texts, extended by rows added to the file.

        Earlier draws stay as they are, so that no text chosen for training becomes evidence; new texts that are near
        duplicates of drawn ones are left out. `want` is the number of evidence texts, of training texts, and the seed.
        """
        if before and before[-1].digest == self.digest:
            return tuple(before)
        key = (want, tuple(before))
        if key not in self._drawn:
            new = list(self.at) if not before else self._added(before)
            evidence, pool = halves([self.texts[self.at[name]] for name in new], *want)
            added = Drawn(tuple(new[each] for each in evidence), tuple(new[each] for each in pool), self.digest)
            self._drawn[key] = (*before, added)
        return self._drawn[key]

    def _added(self, before: Sequence[Drawn]) -> list[str]:
        """Return the ids of texts that are not drawn yet and are no near duplicates of drawn ones."""
        known = [name for each in before for name in (*each.evidence, *each.pool) if name in self.at]
        new = sorted(self.at.keys() - set(known))[:MOST_TEXTS]  # ids are hashes: a random choice where there are more
        texts = [self.texts[self.at[name]] for name in (*known, *new)]
        alike = {each for group in near_duplicates(texts) if group[0] < len(known) for each in group}
        return [name for number, name in enumerate(new, start=len(known)) if number not in alike]

    def parts(self, drawn: Sequence[Drawn]) -> Parts:
        """Return the positions of the evidence and training texts."""
        evidence = tuple(self.at[name] for each in drawn for name in each.evidence if name in self.at)
        pool = tuple(self.at[name] for each in drawn for name in each.pool if name in self.at)
        if (evidence, pool) not in self._parts:
            self._parts[evidence, pool] = Parts(self.texts, evidence, pool)
        return self._parts[evidence, pool]


def _readable(cell: object) -> str:
    """Return a cell's text, "" if a run would refuse it: halves of characters can be written to no file."""
    try:
        return "" if is_empty(cell) else field_text(shown(cell))
    except ValueError:
        return ""


class Parts:
    """The texts that may be evidence, in their order, and those for training."""

    def __init__(self, texts: list[str], evidence: tuple[int, ...], pool: tuple[int, ...]) -> None:
        self.evidence, self.pool = evidence, pool
        self.place = {at: number for number, at in enumerate(pool)}
        self._texts = texts

    @cached_property
    def chooser(self) -> Chooser | None:
        """Selects from the pool; None if there is no choice."""
        if not self.pool:
            return None
        return Chooser(vectors_of([self._texts[at][:MOST_CHARACTERS] for at in self.pool]))


def beside(path: Path, columns: Sequence[str]) -> list[list[str]]:
    """Return the texts of some columns, row by row; rows that have none are left out.

    InputError if the file cannot be read, lacks a column, or has nothing in any of them.
    """
    rows = [[_readable(cells[name]) for name in columns] for _, cells in read_rows(path, tuple(columns))]
    if not (filled := [row for row in rows if any(row)]):
        raise InputError(f"{place(path)}: has nothing in {', '.join(map(quoted, columns))}; name columns with texts")
    return filled


def texts_of(path: Path, column: str) -> Texts:
    """Return a column's texts; the last ones read are cached until the file changes.

    InputError if the file cannot be read, or the column is missing or empty.
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


def halves(
    texts: Sequence[str], want_evidence: int, want_teaching: int, seed: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return texts for evidence and for training, each in random order, in the proportion wanted.

    ValueError if a number is negative, or both are 0.
    """
    if min(want_evidence, want_teaching) < 0 or want_evidence + want_teaching == 0:
        raise ValueError(f"{want_evidence} and {want_teaching} are not numbers of texts to label")
    distinct: dict[str, int] = {}
    for at, text in enumerate(texts):
        distinct.setdefault(fold(text), at)
    # By content and seed alone, as evidence is ordered elsewhere: row order does not matter.
    order = sorted(distinct.values(), key=lambda at: text_id(texts[at]))
    random.Random(seed).shuffle(order)  # noqa: S311  reproducible order, not a secret
    order = order[:MOST_TEXTS]
    again = {each for group in near_duplicates([texts[at] for at in order]) for each in group[1:]}
    kept = [at for place_, at in enumerate(order) if place_ not in again]
    share = want_evidence / (want_evidence + want_teaching)
    cut = round(share * len(kept))
    return tuple(kept[:cut]), tuple(kept[cut:][:MOST_POOL])


def text_id(text: str) -> str:
    """Return a text's id: its hash, ignoring case and white space."""
    return hashlib.sha256(fold(text).encode("utf-8", "replace")).hexdigest()[:16]
