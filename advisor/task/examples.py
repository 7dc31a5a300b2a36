"""Labelled examples: read, checked, deduplicated, and split into teaching and evidence."""

from __future__ import annotations

import difflib
import hashlib
import random
import unicodedata
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from advisor.errors import InputError
from advisor.task.rows import read_rows
from advisor.task.source import place, quoted
from advisor.task.values import as_label, as_text, labels_alike

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from advisor.task.model import Task

DEFAULT_TEACHING_SHARE = 0.4
DEFAULT_TEACHING_MAX = 500
MAX_EVIDENCE = 5000


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled input.

    `id` is a hash of the folded input: rows may move in the file, the example stays the same.
    """

    id: str
    input: str
    expected: str
    line: int


@dataclass(frozen=True, slots=True)
class ExampleSet:
    """A task's examples, split: `teaching` trains heads, `evidence` (in its fixed order) is what probes see."""

    labels: tuple[str, ...]
    teaching: tuple[Example, ...]
    evidence: tuple[Example, ...]
    notes: tuple[str, ...]


def load_examples(task: Task, folder: Path) -> ExampleSet:
    """Read a task's examples and split them; `folder` is where relative paths start.

    The order of the evidence is fixed by the examples' content and the task's seed alone.

    Raises:
        InputError: naming file, line and cure.
    """
    path = folder / task.examples.path
    examples = list(_read(path, task))
    notes: list[str] = []
    _check_labels(path, task, examples)
    evidence = _in_order(_without_duplicates(path, examples, notes), task.seed)
    taught = []
    if task.teaching.path is not None:
        teaching_path = folder / task.teaching.path
        taught = list(_read(teaching_path, task))
        _check_labels(teaching_path, task, taught)
        _no_overlap(teaching_path, taught, path, evidence)
        teaching = _in_order(_without_duplicates(teaching_path, taught, notes), task.seed)
    else:
        teaching, evidence = _split(path, task, evidence)
    labels = tuple(task.labels) or tuple(sorted({example.expected for example in (*examples, *taught)}))
    if len(evidence) > MAX_EVIDENCE:
        notes.append(f"of {len(evidence)} examples the first {MAX_EVIDENCE} in the seed's order are evidence")
        evidence = evidence[:MAX_EVIDENCE]
    _note_labels(labels, teaching, evidence, notes)
    return ExampleSet(labels, tuple(teaching), tuple(evidence), tuple(notes))


def fold(text: str) -> str:
    """Return a text as duplicates are compared: Unicode composed, case and white space folded."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(folded.split())


def _read(path: Path, task: Task) -> Iterable[Example]:
    source = task.examples
    for line, columns in read_rows(path, (source.input, source.expected)):
        text = _field(path, line, source.input, columns)
        label = as_label(_field(path, line, source.expected, columns))
        if task.labels and label not in task.labels:
            raise InputError(f"{place(path, line)}: {_unknown_label(label, list(task.labels))}")
        yield Example(hashlib.sha256(fold(text).encode()).hexdigest()[:16], text, label, line)


def _field(path: Path, line: int, name: str, columns: dict[str, Any]) -> str:
    try:
        return as_text(columns[name])
    except ValueError as error:
        raise InputError(f"{place(path, line)}: {quoted(name)} {error}") from None


def _unknown_label(label: str, known: list[str]) -> str:
    alike = {name.casefold(): name for name in known}.get(label.casefold())
    close = [alike] if alike else difflib.get_close_matches(label, known, 1)
    if close:
        meant = f"did you mean {quoted(close[0])}"
    else:
        meant = "they are " + ", ".join(quoted(name, 30) for name in known[:10]) + (", …" if len(known) > 10 else "")  # noqa: PLR2004
    return f"the label {quoted(label)} is not one of the task's; {meant}; correct it or add it to labels"


def _check_labels(path: Path, task: Task, examples: list[Example]) -> None:
    counts = Counter(example.expected for example in examples)
    if not counts:
        raise InputError(f"{place(path)}: holds no examples; add at least two of different labels")
    if len(counts) == 1:
        only = quoted(next(iter(counts)))
        raise InputError(f"{place(path)}: all {len(examples)} examples have the label {only}; add examples of others")
    if len(counts) > max(50, len(examples) // 2):
        raise InputError(
            f"{place(path)}: {len(counts)} different labels in {len(examples)} examples; "
            f"is {quoted(task.examples.expected)} the column with the label? Set examples.expected"
        )


def _in_order(examples: list[Example], seed: int) -> list[Example]:
    """Shuffle by content and seed alone: where a row stands in its file changes nothing."""
    ordered = sorted(examples, key=lambda example: example.id)
    random.Random(seed).shuffle(ordered)  # noqa: S311  reproducible order, not a secret
    return ordered


def _without_duplicates(path: Path, examples: list[Example], notes: list[str]) -> list[Example]:
    """Keep one of each distinct input; an input that stands with two labels is set aside altogether."""
    groups: dict[str, list[Example]] = {}
    for example in examples:
        groups.setdefault(example.id, []).append(example)
    kept = []
    conflicts: list[tuple[Example, Example]] = []
    for group in groups.values():
        other = next((example for example in group if example.expected != group[0].expected), None)
        if other is None:
            # Not the first in the file: rows may move, and with them which spelling comes first.
            kept.append(min(group, key=lambda example: (example.input, example.line)))
        else:
            conflicts.append((group[0], other))
    name = place(path).rpartition("/")[2]
    repeated = len(examples) - len(groups)
    if repeated:
        notes.append(f"{name}: {repeated} repeated inputs set aside; each distinct example counts once")
    if conflicts:
        one, other = conflicts[0]
        notes.append(
            f"{name}: {len(conflicts)} inputs stand with two labels and are set aside, "
            f"e.g. lines {one.line} and {other.line}; the answer is not about such inputs"
        )
    if len(kept) < 2:  # noqa: PLR2004
        raise InputError(
            f"{place(path)}: only {len(kept)} distinct examples are left without repeats and inputs with two labels; "
            "add more"
        )
    if len({example.expected for example in kept}) == 1:
        only = quoted(kept[0].expected)
        raise InputError(
            f"{place(path)}: without inputs that stand with two labels all {len(kept)} left have the label {only}; "
            "correct the labels or add examples of others"
        )
    return kept


def _no_overlap(teaching_path: Path, taught: list[Example], path: Path, evidence: list[Example]) -> None:
    lines = {example.id: example.line for example in evidence}
    for example in taught:
        if example.id in lines:
            raise InputError(
                f"{place(teaching_path, example.line)}: stands also in {place(path, lines[example.id])}; "
                "an example that teaches cannot be evidence: remove one"
            )


def _note_labels(labels: tuple[str, ...], teaching: list[Example], evidence: list[Example], notes: list[str]) -> None:
    """Say which labels heads can never answer, which the evidence does not show, and which look like one."""
    shown = {example.expected for example in evidence}
    unseen = [label for label in labels if label not in shown]
    if len(shown) == 1:
        only = quoted(next(iter(shown)))
        notes.append(f"all {len(evidence)} examples of the evidence have the label {only}; add examples of others")
    elif unseen:
        notes.append(
            f"no evidence example for {len(unseen)} of the labels, "
            f"on which the answer then says nothing: {_first_few(unseen)}"
        )
    taught = {example.expected for example in teaching}
    untaught = [label for label in labels if label not in taught]
    if teaching and untaught:
        notes.append(
            f"no teaching example for {len(untaught)} of the labels, "
            f"which a trained head can then never answer: {_first_few(untaught)}"
        )
    if alike := labels_alike(labels):
        notes.append(
            f"the labels {quoted(alike[0])} and {quoted(alike[1])} differ in case alone, so a fine-tuned model's "
            "labels cannot be matched to them by name; if they mean the same, write them the same"
        )


def _first_few(labels: list[str]) -> str:
    return ", ".join(quoted(label, 30) for label in labels[:5]) + (", …" if len(labels) > 5 else "")  # noqa: PLR2004


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
    if len({example.expected for example in teaching}) == 1:
        only = quoted(teaching[0].expected)
        raise InputError(
            f"{place(path)}: all the {count} of {len(shuffled)} examples that the seed sets apart to teach have the "
            f"label {only}, which trains no head; set more apart with teaching.count, name a file of others in "
            "teaching.path, or set teaching.count to 0 to go without heads"
        )
    return teaching, evidence


def _teaching_count(task: Task, available: int) -> int:
    if task.teaching.count is not None:
        return task.teaching.count
    if task.teaching.share is not None:
        # As written: 0.29 of 100 is 29, though the nearest float is less.
        return int(Fraction(repr(task.teaching.share)) * available)
    count = min(int(DEFAULT_TEACHING_SHARE * available), DEFAULT_TEACHING_MAX)
    return count if count >= 2 else 0  # noqa: PLR2004  a head needs two labels; less is better kept as evidence
