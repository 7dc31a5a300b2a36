"""Labelled examples: read, checked, deduplicated, and split into teaching and evidence."""

from __future__ import annotations

import ast
import hashlib
import random
import unicodedata
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from advisor.errors import InputError, one_line
from advisor.families import family
from advisor.task.documents import load_documents
from advisor.task.labels import check_labels, note_labels, only_label, unknown_label
from advisor.task.rows import read_rows
from advisor.task.source import place, quoted
from advisor.task.values import listed_texts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from advisor.task.model import Task

DEFAULT_TEACHING_SHARE = 0.4
DEFAULT_TEACHING_MAX = 500
MAX_EVIDENCE = 5000


@dataclass(frozen=True, slots=True)
class Example:
    """One input with what is expected of it.

    Attributes:
        id: A hash of the folded input: rows may move in the file, the example stays the same.
        input: As people read it: the text, its parts one after the other, or a file's name as written.
        expected: As the family reads it: a label, a text, a number, a list or a mapping.
        line: Where it begins in its file.
        parts: The input's parts by name, where it is more than a text; files as absolute paths.
        must_contain: Texts that the answer to this example must hold, from `scoring.contains_column`.
    """

    id: str
    input: str
    expected: Any
    line: int
    parts: tuple[tuple[str, str], ...] = ()
    must_contain: tuple[str, ...] = ()

    @property
    def given(self) -> str | dict[str, str]:
        """What a candidate is given: the text, or the parts by name."""
        return dict(self.parts) if self.parts else self.input


@dataclass(frozen=True, slots=True)
class Scorer:
    """The user's own function that scores answers: its file, its name, and what changes when the file does."""

    path: str
    function: str
    sha256: str


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
    examples = list(_read(path, task, folder, ids))
    notes: list[str] = []
    _check(path, task, examples)
    evidence = _in_order(_without_duplicates(path, task, examples, notes), task.seed)
    taught = []
    if task.teaching.path is not None:
        teaching_path = folder / task.teaching.path
        taught = list(_read(teaching_path, task, folder, ids))
        _check(teaching_path, task, taught)
        _no_overlap(teaching_path, taught, path, evidence)
        teaching = _in_order(_without_duplicates(teaching_path, task, taught, notes), task.seed)
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
    scorer = _scorer(task, folder)
    return ExampleSet(labels, tuple(teaching), tuple(evidence), tuple(notes), documents, scorer, settled.scoring)


def fold(text: str) -> str:
    """Return a text as duplicates are compared: Unicode composed, case and white space folded."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(folded.split())


def columns_of(task: Task) -> tuple[dict[str, str], str | dict[str, str] | None]:
    """Return the column of each part of the input, and that of what is expected.

    The latter is a mapping where each field of an object has a column of its own, and None where nothing need be
    expected: then the family's usual column is read if the file has it.
    """
    kind, source = family(task.family), task.examples
    if isinstance(source.input, str):
        parts = {kind.parts_of(task)[0]: source.input}
    else:
        parts = {part: part for part in kind.parts_of(task)} | (source.input or {})
    if source.expected is None and not kind.needs_expected(task):
        return parts, None
    return parts, source.expected or kind.expected_column


def _read(path: Path, task: Task, folder: Path, documents: frozenset[str]) -> Iterable[Example]:
    kind = family(task.family)
    parts, source = columns_of(task)
    must_contain = task.scoring.contains_column
    named = list(source.values()) if isinstance(source, dict) else [source]
    wanted = (*parts.values(), *(column for column in (*named, must_contain) if column))
    for line, columns in read_rows(path, wanted):
        texts = {part: _part(path, line, task, part, (column, columns[column])) for part, column in parts.items()}
        expected = None
        raw = _raw_expected(source, kind.expected_column, columns)
        column = named[0] or kind.expected_column
        if raw is not None or source is not None:
            try:
                given = texts if len(texts) > 1 else next(iter(texts.values()))
                expected = kind.fit_expected(kind.read_expected(raw, task), given, task, documents)
            except ValueError as error:
                raise InputError(f"{place(path, line)}: {quoted(column)} {error}") from None
        for label in kind.labels_of(expected) if task.labels else ():
            if label not in task.labels:
                raise InputError(f"{place(path, line)}: {unknown_label(label, list(task.labels))}")
        needed: tuple[str, ...] = ()
        if must_contain is not None:
            try:
                needed = listed_texts(columns[must_contain])
            except ValueError as error:
                raise InputError(f"{place(path, line)}: {quoted(must_contain)} {error}") from None
        yield _example(place(path, line), task, folder, texts, _Row(line, expected, needed))


class _Row(NamedTuple):
    line: int
    expected: Any
    must_contain: tuple[str, ...] = ()


def _raw_expected(source: str | dict[str, str] | None, usual: str, columns: dict[str, Any]) -> Any:  # noqa: ANN401
    if isinstance(source, dict):
        return {field: columns[column] for field, column in source.items()}
    if source is not None:
        return columns[source]
    value = columns.get(usual)
    return None if isinstance(value, str) and not value.strip() else value


def _example(where: str, task: Task, folder: Path, texts: dict[str, str], row: _Row) -> Example:
    kind = family(task.family)
    shown = next(iter(texts.values())) if len(texts) == 1 else "\n".join(f"{k}: {v}" for k, v in texts.items())
    if kind.file_part is None:
        # What an answer must hold is part of what is asked.
        asked = "\0".join((fold(shown), *row.must_contain))
        digest = hashlib.sha256(asked.encode()).hexdigest()
        parts = tuple(texts.items()) if len(texts) > 1 else ()
        return Example(digest[:16], shown, row.expected, row.line, parts, row.must_contain)
    name = texts[kind.file_part]
    file = (folder / name).resolve()
    if not file.is_file():
        raise InputError(f"{where}: {quoted(name)}: no such file; paths are relative to the task file's folder")
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return Example(digest[:16], shown, row.expected, row.line, tuple((texts | {kind.file_part: str(file)}).items()))


def _scorer(task: Task, folder: Path) -> Scorer | None:
    if task.scoring.function is None:
        return None
    name, _, function = task.scoring.function.rpartition(":")
    file = (folder / name).resolve()
    if not name or not function.isidentifier() or not file.is_file():
        raise InputError(
            f"scoring.function: {quoted(task.scoring.function)}: write file.py:name, the file relative to the task file"
        )
    code = file.read_bytes()
    try:
        ast.parse(code)  # reads it, runs nothing
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        where = f"line {error.lineno}: {error.msg}" if isinstance(error, SyntaxError) else str(error)
        raise InputError(
            f"scoring.function: {quoted(name)} is not valid Python ({one_line(where, 120)}); correct it"
        ) from None
    return Scorer(str(file), function, hashlib.sha256(code).hexdigest())


def _part(path: Path, line: int, task: Task, part: str, field: tuple[str, Any]) -> str:
    column, value = field
    try:
        return family(task.family).read_part(part, value)
    except ValueError as error:
        raise InputError(f"{place(path, line)}: {quoted(column)} {error}") from None


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


def _without_duplicates(path: Path, task: Task, examples: list[Example], notes: list[str]) -> list[Example]:
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
    what = "labels" if family(task.family).has_labels else "expected answers"
    repeated = len(examples) - len(groups)
    if repeated:
        notes.append(f"{name}: {repeated} repeated inputs set aside; each distinct example counts once")
    if conflicts:
        one, other = conflicts[0]
        notes.append(
            f"{name}: {len(conflicts)} inputs stand with two {what} and are set aside, "
            f"e.g. lines {one.line} and {other.line}; the answer is not about such inputs"
        )
    if len(kept) < 2:  # noqa: PLR2004
        raise InputError(
            f"{place(path)}: only {len(kept)} distinct examples are left without repeats and inputs with two labels; "
            "add more"
        )
    if family(task.family).has_labels and (only := only_label(kept)) is not None:
        raise InputError(
            f"{place(path)}: without inputs that stand with two labels all {len(kept)} left have the label "
            f"{quoted(only)}; "
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
