"""Labelled examples: read, checked, deduplicated, split into training and evidence; the documents of retrieval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.errors import InputError, one_line
from advisor.families import family
from advisor.families.ranked import InOrder
from advisor.families.values import field_text, folded_label, is_blank
from advisor.system.source import line_words, place, quoted
from advisor.task.brought import Outside, read_outside, read_scorer
from advisor.task.duplicates import in_order
from advisor.task.example import Example, Scorer
from advisor.task.fields import listed
from advisor.task.groups import groups_of, without
from advisor.task.growth import AFRESH, Held, going_on
from advisor.task.labels import check_labels, check_named, note_labels
from advisor.task.layout import GUESSED
from advisor.task.reading import RowError, columns_of, read_cell, read_examples
from advisor.task.refusals import listed_lines
from advisor.task.rows import read_rows, read_without_tags
from advisor.task.split import Read, add, divide
from advisor.units import counted

if TYPE_CHECKING:
    from advisor.families.base import Settled
    from advisor.task.model import Task

__all__ = ["Example", "ExampleSet", "Scorer", "load_examples"]


@dataclass(frozen=True, slots=True)
class ExampleSet:
    """A task's examples, split: `teaching` trains heads, `evidence` (in its fixed order) is what probes see.

    `documents` (ids and texts) are searched by queries; `scorer` is the user's own, if there is one; `settled` are
    scoring settings derived from all examples. `looks` is the number of evidence examples that each look added, if
    examples may be added: the first look has those of the run's beginning. `goes_on` names the continued run, None for
    a new one. `outside` are files outside the task's folder. `critical` must all come out right; those drawn as
    evidence are in it, too. Parts in `without_tags` are HTML, read as a page shows it.
    """

    labels: tuple[str, ...]
    teaching: tuple[Example, ...]
    evidence: tuple[Example, ...]
    notes: tuple[str, ...]
    documents: tuple[tuple[str, str], ...] = ()
    scorer: Scorer | None = None
    settled: dict[str, Any] = field(default_factory=dict)
    looks: tuple[int, ...] = ()
    goes_on: str | None = None
    outside: Outside | None = None
    critical: tuple[Example, ...] = ()
    without_tags: tuple[str, ...] = ()


def load_examples(
    task: Task, folder: Path, begun: Sequence[Held] = (), tell: Callable[[str], None] | None = None
) -> ExampleSet:
    """Read and split a task's examples; relative paths start at `folder`, `tell` receives the progress.

    The order of the evidence depends on the examples' content and the task's seed alone; a continued run keeps the
    positions of its examples, and its training rows. InputError naming file, line and cure.
    """
    kind = family(task.family)
    path = folder / task.examples.path
    documents = load_documents(task, folder) if task.documents is not None else ()
    ids = frozenset(name for name, _ in documents)
    notes: list[str] = []
    examples: Sequence[Example] = read_examples(path, task, folder, ids, notes, tell=tell)
    if (silence := kind.silence((each.given, each.expected) for each in examples)) is not None:
        word, empty = silence
        undone = [each.line for each in examples if each.expected == empty]
        examples = [each for each in examples if each.expected != empty] if undone else examples
        rows = counted(len(undone), "row without an answer is", "rows without an answer are")
        says = f"{quoted(word)} is how others say that there is none"
        notes += [f"{path.name}: {rows} left out, as {says} ({listed_lines(undone)})"] if undone else []
    _check(path, task, examples)
    taught: Sequence[Example] = ()
    if task.teaching.path is not None:
        taught = read_examples(folder / task.teaching.path, task, folder, ids, notes, tell=tell)
        _check(folder / task.teaching.path, task, taught)
    held = going_on(path, task, begun, examples)
    read = Read(task, folder, examples, taught, notes)
    divided = divide(read) if held is None else add(read, held)
    evidence = divided.evidence
    every = (*examples, *taught) if taught else examples
    critical, teaching = _apart(path, task, every, divided.teaching, notes)
    if task.searches_answers:
        documents += tuple((answer, example.input) for example in teaching for answer in example.expected)
    looks = held.looks if held is not None else ()
    if task.examples.size == "growing" and len(evidence) > sum(looks):
        looks += (len(evidence) - sum(looks),)
    pages = {*read_without_tags(path, task.examples.given)}
    named = {label for example in every for label in kind.labels_of(example.expected)}
    labels = tuple(task.labels) or (held.labels if held else tuple(sorted(named)))
    if not kind.decides:
        check_named(task, labels)
    if named:
        note_labels(kind, labels, teaching, evidence, notes)
    settled = _settle(path, partial(kind.settle, task, every, teaching), held, notes)
    return ExampleSet(
        labels=labels,
        teaching=tuple(teaching),
        evidence=tuple(evidence),
        notes=tuple(notes),
        documents=documents,
        scorer=read_scorer(task, folder),
        settled=settled,
        looks=looks,
        goes_on=held.run if held else None,
        outside=read_outside(task, folder, every),
        critical=critical,
        without_tags=tuple(part for part, names in columns_of(task)[0].items() if pages & {*names}),
    )


def _apart(
    path: Path, task: Task, every: Sequence[Example], teaching: list[Example], notes: list[str]
) -> tuple[tuple[Example, ...], list[Example]]:
    """Return the critical ones of all examples, and the training examples without them.

    Critical near duplicates and examples beyond the draw are probed all the same. The evidence stays as drawn, with its
    critical ones: adding more of them would make it unlike future inputs. InputError if the task asks for critical
    examples and there is none, one that it names is missing, or one has two expected answers.
    """
    asked = task.bar.critical
    if asked is None:
        return (), teaching
    found: dict[str, Example] = {}
    for each in every:
        if each.is_critical and found.setdefault(each.id, each).expected != each.expected:
            lines = listed_lines([found[each.id].line, each.line])
            raise InputError(f"{place(path)}: one critical input has two expected answers, in {lines}; correct one")
    if not found:
        raise InputError(f"{place(path)}: no example is critical; mark some in bar.critical, or leave it out")
    lacking = [] if isinstance(asked, str) else [name for name in asked if name not in found]
    if lacking:
        raise InputError(
            f"{place(path)}: no example has the id {quoted(lacking[0])} of bar.critical; correct it, or leave it out"
        )
    critical = tuple(in_order(list(found.values()), task.seed))
    left = without((each for each in teaching if each.id not in found), groups_of(critical))
    notes.append(f"{counted(len(critical), 'critical example')}: all must come out right, and none teaches")
    return critical, left


def _settle(path: Path, settle: Callable[[], Settled], held: Held | None, notes: list[str]) -> dict[str, Any]:
    """Return the scoring settings that the examples imply; a continued run keeps its own.

    InputError if they imply none, or new examples contradict the run's.
    """
    try:
        settled = settle()
    except ValueError as error:
        raise InputError(f"{place(path)}: {error}") from None
    if held is None:
        notes += settled.notes
        return settled.scoring
    if settled.scoring != held.settled:
        raise InputError(
            f"{place(path)}: with the new examples answers would be scored otherwise than when run {held.run} was "
            f"begun ({one_line(settled.scoring, 80)}, was {one_line(held.settled, 80)}); correct them, {AFRESH}"
        )
    return held.settled


def _check(path: Path, task: Task, examples: Sequence[Example]) -> None:
    if family(task.family).has_labels:
        check_labels(path, task, examples)
    elif len(examples) < 2:  # noqa: PLR2004
        raise InputError(f"{place(path)}: holds {counted(len(examples), 'example')}; add at least two")


MOST_DOCUMENTS = 100_000


def load_documents(task: Task, folder: Path) -> tuple[tuple[str, str], ...]:
    """Return the ids and texts of the task's documents, in the file's order.

    If one column is both, its texts are known answers: repeats and empty cells are skipped. So are empty cells if the
    examples have the documents beside them, and repeats of an id with its text. InputError naming the file, the line
    and the cure.
    """
    source = task.documents
    if source is None:
        return ()
    path = folder / source.path
    held: dict[str, tuple[int, str]] = {}
    documents: list[tuple[str, str]] = []
    is_own = source.path == task.examples.path and source.sheet in {None, task.examples.sheet}
    given = task.examples.given if source.path == task.examples.path else GUESSED._replace(tags=task.examples.tags)
    given = given._replace(sheet=source.sheet) if source.sheet is not None else given
    texts = listed(source.text)
    for line, columns in read_rows(path, tuple(dict.fromkeys((source.id, *texts))), given):
        # Of several columns some may be empty.
        filled = [each for each in texts if not is_blank(columns[each])] or texts[:1]
        try:
            name = read_cell(source.id, columns[source.id], field_text).strip()
            text = "\n".join(read_cell(each, columns[each], field_text) for each in filled)
        except RowError as error:
            if (task.searches_answers or is_own) and error.is_empty:
                continue
            raise InputError(f"{place(path, line)}: {error}") from None
        key = folded_label(name) if task.searches_answers else name
        if key in held and (task.searches_answers or held[key][1] == text):
            continue
        if key in held:
            raise InputError(
                f"{place(path, line)}: the id {quoted(name)} is also in {line_words(held[key][0])}; keep one"
            )
        held[key] = line, text
        if len(documents) >= MOST_DOCUMENTS:
            raise InputError(f"{place(path, line)}: more than {MOST_DOCUMENTS} documents; a part of them suffices")
        documents.append((name, text))
    if len(documents) < 2:  # noqa: PLR2004
        raise InputError(f"{place(path)}: holds {counted(len(documents), 'document')}; add at least two")
    kind = family(task.family)
    if isinstance(kind, InOrder) and kind.any_order_is_right(task, len(documents), 1):
        raise InputError(
            f"{place(path)}: of {len(documents)} documents any order is right by {kind.metric_of(task)}; set "
            "scoring.metric to hit@1"
        )
    return tuple(documents)
