"""Labelled examples: read, checked, deduplicated, and split into teaching and evidence."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from advisor.errors import InputError
from advisor.families import family
from advisor.task.documents import load_documents
from advisor.task.duplicates import no_overlap, without_duplicates
from advisor.task.example import Example, Scorer
from advisor.task.labels import check_labels, note_labels, only_label
from advisor.task.reading import read_examples, read_scorer
from advisor.task.source import place, quoted

if TYPE_CHECKING:
    from pathlib import Path

    from advisor.task.model import Task

__all__ = ["Example", "ExampleSet", "Scorer", "load_examples"]

DEFAULT_TEACHING_SHARE = 0.4
DEFAULT_TEACHING_MAX = 500
MAX_EVIDENCE = 5000


@dataclass(frozen=True, slots=True)
class ExampleSet:
    """A task's examples, split: `teaching` trains heads, `evidence` (in its fixed order) is what probes see.

    `documents` (ids and texts) are what queries are answered from; `scorer` is the user's own, if one scores; `settled`
    is what the examples as a whole add to the task's scoring.
    """

    labels: tuple[str, ...]
    teaching: tuple[Example, ...]
    evidence: tuple[Example, ...]
    notes: tuple[str, ...]
    documents: tuple[tuple[str, str], ...] = ()
    scorer: Scorer | None = None
    settled: dict[str, Any] = field(default_factory=dict)


def load_examples(task: Task, folder: Path) -> ExampleSet:
    """Read a task's examples and split them; `folder` is where relative paths start.

    The order of the evidence is fixed by the examples' content and the task's seed alone.

    Raises:
        InputError: naming file, line and cure.
    """
    kind = family(task.family)
    path = folder / task.examples.path
    documents = load_documents(task, folder) if task.documents is not None else ()
    ids = frozenset(name for name, _ in documents)
    examples = list(read_examples(path, task, folder, ids))
    notes: list[str] = []
    _check(path, task, examples)
    evidence = _in_order(without_duplicates(path, task, examples, notes), task.seed)
    taught = []
    if task.teaching.path is not None:
        teaching_path = folder / task.teaching.path
        taught = list(read_examples(teaching_path, task, folder, ids))
        _check(teaching_path, task, taught)
        no_overlap(teaching_path, taught, path, evidence)
        teaching = _in_order(without_duplicates(teaching_path, task, taught, notes), task.seed)
    else:
        teaching, evidence = _split(path, task, evidence)
    if len(evidence) > MAX_EVIDENCE:
        notes.append(f"of {len(evidence)} examples the first {MAX_EVIDENCE} in the seed's order are evidence")
        evidence = evidence[:MAX_EVIDENCE]
    named = {label for example in (*examples, *taught) for label in kind.labels_of(example.expected)}
    labels = tuple(task.labels) or tuple(sorted(named))
    if kind.has_labels:
        note_labels(labels, teaching, evidence, notes)
    try:
        settled = kind.settle(task, (*examples, *taught))
    except ValueError as error:
        raise InputError(f"{place(path)}: {error}") from None
    notes += settled.notes
    scorer = read_scorer(task, folder)
    return ExampleSet(labels, tuple(teaching), tuple(evidence), tuple(notes), documents, scorer, settled.scoring)


def _check(path: Path, task: Task, examples: list[Example]) -> None:
    if family(task.family).has_labels:
        check_labels(path, task, examples)
    elif len(examples) < 2:  # noqa: PLR2004
        raise InputError(f"{place(path)}: holds {len(examples)} examples; add at least two")


def _in_order(examples: list[Example], seed: int) -> list[Example]:
    """Shuffle by content and seed alone: where a row stands in its file changes nothing."""
    ordered = sorted(examples, key=lambda example: example.id)
    random.Random(seed).shuffle(ordered)  # noqa: S311  reproducible order, not a secret
    return ordered


def _split(path: Path, task: Task, shuffled: list[Example]) -> tuple[list[Example], list[Example]]:
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
    return teaching, evidence


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
