"""Labelled examples: read, checked, deduplicated, and split into teaching and evidence."""

from __future__ import annotations

import hashlib
import random
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.errors import InputError, one_line
from advisor.task.rows import Row, read_rows

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
    labels = _labels(path, task, examples)
    distinct = _without_duplicates(path, examples, notes)
    shuffled = sorted(distinct, key=lambda example: example.id)
    random.Random(task.seed).shuffle(shuffled)  # noqa: S311  reproducible order, not a secret
    if task.teaching.path is not None:
        teaching_path = folder / task.teaching.path
        taught = list(_read(teaching_path, task))
        _labels(teaching_path, task, taught)
        _no_overlap(teaching_path, taught, path, distinct)
        teaching, evidence = _without_duplicates(teaching_path, taught, notes), shuffled
    else:
        teaching, evidence = _split(path, task, shuffled)
    if len(evidence) > MAX_EVIDENCE:
        notes.append(f"of {len(evidence)} examples the first {MAX_EVIDENCE} in the seed's order are evidence")
        evidence = evidence[:MAX_EVIDENCE]
    return ExampleSet(labels, tuple(teaching), tuple(evidence), tuple(notes))


def fold(text: str) -> str:
    """Return a text as duplicates are compared: Unicode composed, case and white space folded."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _read(path: Path, task: Task) -> Iterable[Example]:
    source = task.examples
    if source.input == source.expected:
        raise InputError(f"examples.input and examples.expected both name the column {one_line(source.input, 40)!r}")
    for row in read_rows(path, (source.input, source.expected)):
        text = _field(path, row, source.input)
        label = _field(path, row, source.expected).strip()
        if task.labels and label not in task.labels:
            known = ", ".join(one_line(name, 30) for name in list(task.labels)[:10])
            raise InputError(
                f"{path}:{row.line}: the label {one_line(label, 40)!r} is not one of the task's ({known}); "
                "correct it or add it to labels"
            )
        identity = hashlib.sha256(fold(text).encode("utf-8", "surrogatepass")).hexdigest()[:16]
        yield Example(identity, text, label, row.line)


def _field(path: Path, row: Row, column: str) -> str:
    value = row.columns[column]
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        kind = "empty" if value is None else f"a {type(value).__name__}"
        raise InputError(f"{path}:{row.line}: {one_line(column, 40)!r} is {kind}; it must be a text")
    text = str(value)
    if not text.strip():
        raise InputError(f"{path}:{row.line}: {one_line(column, 40)!r} is empty; fill it in or delete the row")
    if "\0" in text:
        raise InputError(f"{path}:{row.line}: {one_line(column, 40)!r} holds a NUL character; remove it")
    if any("\ud800" <= c <= "\udfff" for c in text):
        raise InputError(f"{path}:{row.line}: {one_line(column, 40)!r} holds half a character; save it as UTF-8")
    return text


def _labels(path: Path, task: Task, examples: list[Example]) -> tuple[str, ...]:
    counts = Counter(example.expected for example in examples)
    if not counts:
        raise InputError(f"{path}: holds a header and no examples; add at least two of different labels")
    if len(counts) == 1:
        only = one_line(next(iter(counts)), 40)
        raise InputError(f"{path}: all {len(examples)} examples have the label {only!r}; add examples of the others")
    if len(counts) > max(50, len(examples) // 2):
        raise InputError(
            f"{path}: {len(counts)} different labels in {len(examples)} examples; "
            f"is {one_line(task.examples.expected, 40)!r} the column with the label?"
        )
    return tuple(task.labels) or tuple(sorted(counts))


def _without_duplicates(path: Path, examples: list[Example], notes: list[str]) -> list[Example]:
    """Keep one of each distinct input; an input that stands with two labels is set aside altogether."""
    first: dict[str, Example] = {}
    conflicting: dict[str, Example] = {}
    repeated = 0
    for example in examples:
        earlier = first.setdefault(example.id, example)
        if earlier is not example:
            repeated += 1
            if earlier.expected != example.expected:
                conflicting.setdefault(example.id, example)
    if repeated:
        notes.append(f"{path.name}: {repeated} repeated inputs set aside; each distinct example counts once")
    if conflicting:
        later = next(iter(conflicting.values()))
        notes.append(
            f"{path.name}: {len(conflicting)} inputs stand with two labels and are set aside, "
            f"e.g. lines {first[later.id].line} and {later.line}"
        )
    kept = [example for example in first.values() if example.id not in conflicting]
    if len(kept) < 2:  # noqa: PLR2004
        raise InputError(f"{path}: only {len(kept)} distinct examples are left without repeats; add more")
    return kept


def _no_overlap(teaching_path: Path, taught: list[Example], path: Path, evidence: list[Example]) -> None:
    lines = {example.id: example.line for example in evidence}
    for example in taught:
        if example.id in lines:
            raise InputError(
                f"{teaching_path}:{example.line}: stands also in {path.name}:{lines[example.id]}; "
                "an example that teaches cannot be evidence: remove one"
            )


def _split(path: Path, task: Task, shuffled: list[Example]) -> tuple[list[Example], list[Example]]:
    """Set teaching examples apart, each label by its share and at least one of each."""
    count = _teaching_count(task, len(shuffled))
    if count >= len(shuffled):
        raise InputError(
            f"{path}: {len(shuffled)} distinct examples cannot give {count} for teaching and leave evidence; "
            "lower teaching.count"
        )
    if count == 0:
        return [], shuffled
    by_label: dict[str, list[Example]] = {}
    for example in shuffled:
        by_label.setdefault(example.expected, []).append(example)
    quota = {label: max(1, int(count * len(members) / len(shuffled))) for label, members in sorted(by_label.items())}
    taught = {example.id for label, members in by_label.items() for example in members[: quota[label]]}
    for example in shuffled:  # rounding leaves a few places
        if len(taught) >= count:
            break
        taught.add(example.id)
    teaching = [example for example in shuffled if example.id in taught]
    evidence = [example for example in shuffled if example.id not in taught]
    if not evidence:
        raise InputError(f"{path}: no example is left as evidence; lower teaching.count")
    return teaching, evidence


def _teaching_count(task: Task, available: int) -> int:
    if task.teaching.count is not None:
        return task.teaching.count
    if task.teaching.share is not None:
        return int(task.teaching.share * available)
    return min(int(DEFAULT_TEACHING_SHARE * available), DEFAULT_TEACHING_MAX)
