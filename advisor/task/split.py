"""Divides a task's examples into those that teach and the evidence, each in an order that chance fixed."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from advisor.errors import InputError
from advisor.families import family
from advisor.task.duplicates import distinct, no_overlap, without_duplicates
from advisor.task.growth import same_teaching
from advisor.task.labels import only_label
from advisor.task.source import place, quoted
from advisor.units import counted

if TYPE_CHECKING:
    from pathlib import Path

    from advisor.task.example import Example
    from advisor.task.growth import Held
    from advisor.task.model import Task

DEFAULT_TEACHING_SHARE = 0.4
DEFAULT_TEACHING_MAX = 500


class Read(NamedTuple):
    """What a task's files hold, as read; `taught` is of the file that teaches, `notes` are told what is set aside."""

    task: Task
    folder: Path
    examples: list[Example]
    taught: list[Example]
    notes: list[str]

    @property
    def path(self) -> Path:
        """The examples' file."""
        return self.folder / self.task.examples.path


class Divided(NamedTuple):
    """What teaches and what is evidence, each in its order."""

    teaching: list[Example]
    evidence: list[Example]


def divide(read: Read) -> Divided:
    """Return the examples of a run that is yet to begin.

    Raises:
        InputError: if too few are left of a kind.
    """
    shuffled = _in_order(without_duplicates(read.path, read.task, read.examples, read.notes), read.task.seed)
    if read.task.teaching.path is None:
        return _split(read.path, read.task, shuffled)
    return Divided(_teaching_file(read, shuffled), shuffled)


def add(read: Read, held: Held) -> Divided:
    """Return a begun run's examples as they were, and after its evidence those that are new.

    The new ones are shuffled by content and seed among themselves. They never teach: the heads are as they were.

    Raises:
        InputError: if the file that teaches has changed.
    """
    known = {example.id: example for example in reversed(read.examples)}
    own = () if read.task.teaching.path is not None else held.teaching
    teaching, evidence = ([each.at(known[each.id]) for each in kept] for kept in (own, held.evidence))
    beside = [*teaching, *evidence]
    ids = {example.id for example in beside}
    new = [example for example in read.examples if example.id not in ids]
    added = _in_order(distinct(read.path, read.task, new, read.notes, beside=beside), read.task.seed)
    if read.task.teaching.path is not None:
        teaching = _teaching_file(read, [*evidence, *added])
        same_teaching(read.folder / read.task.teaching.path, held, teaching)
    if added:
        are, they = counted(len(added), "example is", "examples are"), "it comes" if len(added) == 1 else "they come"
        read.notes.append(
            f"{are} new since run {held.run} was begun; {they} after the {len(evidence)} that are its evidence, which "
            "keep their outcomes"
        )
    return Divided(teaching, [*evidence, *added])


def _teaching_file(read: Read, evidence: list[Example]) -> list[Example]:
    """Return the examples of the file that teaches, in their order."""
    path = read.folder / str(read.task.teaching.path)
    no_overlap(path, read.taught, read.path, evidence)
    return _in_order(without_duplicates(path, read.task, read.taught, read.notes), read.task.seed)


def _in_order(examples: list[Example], seed: int) -> list[Example]:
    """Shuffle by content and seed alone: where a row stands in its file changes nothing."""
    ordered = sorted(examples, key=lambda example: example.id)
    random.Random(seed).shuffle(ordered)  # noqa: S311  reproducible order, not a secret
    return ordered


def _split(path: Path, task: Task, shuffled: list[Example]) -> Divided:
    """Set exactly as many teaching examples apart as asked: the first of the shuffled; the rest is evidence.

    Labels have no say in who teaches. What is certified is a rate over inputs like the evidence, so the evidence must
    be exchangeable with the inputs the user draws the examples from. A teaching set with one of each label, say, would
    take the rare labels out of the evidence, and a model that fails on them would pass. For the same reason the cure
    for teaching examples of one label is more of them, not better chosen ones.

    Raises:
        InputError: if nothing is left as evidence, or if all that would teach have one label.
    """
    count = _teaching_count(task, len(shuffled))
    if count >= len(shuffled):
        raise InputError(
            f"{place(path)}: {len(shuffled)} distinct examples cannot give {count} for teaching and leave evidence; "
            "lower teaching.count"
        )
    teaching, evidence = shuffled[:count], shuffled[count:]
    if family(task.family).has_labels and (only := only_label(teaching)) is not None:
        raise InputError(
            f"{place(path)}: all the {count} of {len(shuffled)} examples that the seed sets apart to teach have the "
            f"label {quoted(only)}, which trains no head; set more apart with teaching.count, name a file of others in "
            "teaching.path, or set teaching.count to 0 to go without heads"
        )
    return Divided(teaching, evidence)


def _teaching_count(task: Task, available: int) -> int:
    if task.teaching.count is not None:
        return task.teaching.count
    if task.teaching.share is not None:
        # As written: 0.29 of 100 is 29, though the nearest float is less.
        return int(Fraction(repr(task.teaching.share)) * available)
    if not family(task.family).wants_teaching(task):
        return 0
    count = min(int(DEFAULT_TEACHING_SHARE * available), DEFAULT_TEACHING_MAX)
    return count if count >= 2 else 0  # noqa: PLR2004  a head needs two labels; less is better kept as evidence
