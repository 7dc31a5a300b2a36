"""Counts each distinct input once: drops repeats, near duplicates, and inputs with two expected answers."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from advisor.errors import InputError
from advisor.families import family
from advisor.families.base import shown
from advisor.system.source import line_words, place, quoted
from advisor.task.example import fold, hashed
from advisor.task.labels import only_label
from advisor.task.near_duplicates import near_duplicates
from advisor.task.refusals import listed_lines
from advisor.units import counted

if TYPE_CHECKING:
    from advisor.task.example import Example
    from advisor.task.model import Task

    Rows = tuple[Path, Sequence[Example]]

_Row = TypeVar("_Row")
# Rows that share a value from which it tells none apart, and their share; the share of rows that have such a value.
FEWEST_SHARED, SHARED, MOSTLY = 4, 0.03, 0.8
MOST_LINES = 40


def distinct(
    path: Path,
    task: Task,
    examples: Sequence[Example],
    notes: list[str],
    *,
    others: Sequence[Rows] = (),
    most: int | None = None,
    must_suffice: bool = False,
) -> list[Example]:
    """Keep one of each distinct input; of several answers the one that most of its rows have counts.

    Inputs without such an answer are set aside entirely.

    What is set aside is added to `notes`. `others` are examples that are kept in any case, with their files; none of
    `examples` has the input of one of them. Of more than `most` distinct inputs the seed draws that many. InputError if
    what is kept must be enough to judge by, and fewer than two remain, or all have one label.
    """
    ids = np.fromiter((each.id for each in examples), "S16", len(examples))
    distinct_ids, first, of, rows = np.unique(ids, return_index=True, return_inverse=True, return_counts=True)
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for at in np.flatnonzero(rows[of] > 1).tolist():
        groups[int(of[at])].append(at)
    chosen = {group: _of_most(examples, places) for group, places in groups.items()}
    # In order of their ids, as `np.unique` sorts.
    each_kept = (chosen.get(group, at) for group, at in enumerate(first.tolist()))
    kept = [at for at in each_kept if at is not None]
    torn = [group for group, places in groups.items() if len({shown(examples[at].expected) for at in places}) > 1]
    conflicts = [groups[group] for group in torn if chosen[group] is None]
    what = "labels" if family(task.family).has_labels else "expected answers"
    repeated = len(examples) - len(distinct_ids)
    if repeated:
        inputs = counted(repeated, "repeated input", "repeated inputs")
        notes.append(f"{_name(path)}: {inputs} set aside; each distinct example counts once")
    if len(torn) > len(conflicts):
        voted = counted(len(torn) - len(conflicts), "input has", "inputs have")
        notes.append(f"{_name(path)}: {voted} several {what}; the one that most of its rows have counts")
    if conflicts:
        first_lines = min(_two_lines(examples, places) for places in conflicts)
        notes.append(
            f"{_name(path)}: {counted(len(conflicts), 'input has', 'inputs have')} two {what} and "
            f"{'is' if len(conflicts) == 1 else 'are'} set aside, e.g. {listed_lines(first_lines)}; the "
            "answer is not about such inputs"
        )
    if most is not None and len(kept) > most:
        notes.append(f"{_name(path)}: of {len(kept)} distinct inputs the seed draws {most}; the others are not used")
        kept = _shuffled(kept, task.seed)[:most]
    drawn = [examples[at] for at in sorted(kept)]
    if task.examples.near_duplicates != "keep" and not any(example.parts for example in drawn):
        drawn = _without_near_duplicates(path, drawn, notes, others)
    if must_suffice:
        _check_enough(path, task, drawn, ", what is nearly the same" if others else "")
    return drawn


def _of_most(examples: Sequence[Example], places: Sequence[int]) -> int | None:
    """Return a row with the answer that more than half of an input's rows have; None if none is.

    Raters vote so. Not the first row in the file: rows may move and change which spelling comes first.
    """
    answer = of_most([shown(examples[at].expected) for at in places])
    those = [at for at in places if answer is not None and shown(examples[at].expected) == answer]
    return min(those, key=lambda at: (examples[at].input, examples[at].line, at), default=None)


def of_most(answers: Sequence[str]) -> str | None:
    """Return the answer that more than half of an input's rows have; None if there is none."""
    answer, count = Counter(answers).most_common(1)[0]
    return answer if 2 * count > len(answers) else None


def _two_lines(examples: Sequence[Example], places: Sequence[int]) -> list[int]:
    """Return the lines of an input's first row and of the first one with another answer."""
    first = examples[places[0]]
    other = next(each for each in (examples[at] for at in places) if shown(each.expected) != shown(first.expected))
    return [first.line, other.line]


def _check_enough(path: Path, task: Task, kept: Sequence[Example], near: str) -> None:
    if len(kept) < 2:  # noqa: PLR2004
        raise InputError(
            f"{place(path)}: only {counted(len(kept), 'distinct example is', 'distinct examples are')} left without "
            f"repeats{near} and inputs with two labels; add more"
        )
    if family(task.family).has_labels and (only := only_label(kept)) is not None:
        raise InputError(
            f"{place(path)}: without inputs that have two labels all {len(kept)} left have the label "
            f"{quoted(only)}; correct the labels or add examples of others"
        )


def in_order(examples: list[Example], seed: int) -> list[Example]:
    """Shuffle by content and seed alone: the order of the file does not matter."""
    return _shuffled(sorted(examples, key=lambda example: example.id), seed)


def _shuffled(ordered: list[_Row], seed: int) -> list[_Row]:
    random.Random(seed).shuffle(ordered)  # noqa: S311  reproducible order, not a secret
    return ordered


def _without_near_duplicates(
    path: Path, examples: list[Example], notes: list[str], others: Sequence[Rows]
) -> list[Example]:
    """Keep one of each group of near duplicates: one of `others`, else the first by id, which is as good as random."""
    ordered = [(file, example) for file, rows in others for example in rows]
    stay = len(ordered)
    ordered += [(path, example) for example in sorted(examples, key=lambda example: example.id)]
    groups = near_duplicates(_told_apart([example for _, example in ordered]))
    dropped = {at: group[0] for group in groups for at in group[1:] if at >= stay}
    if dropped:
        at, first = next(iter(dropped.items()))
        (_, one), (file, other) = ordered[at], ordered[first]
        lines = f"{line_words(one.line)} and {line_words(other.line)} of {_name(file)}"
        lines = listed_lines([other.line, one.line]) if file == path else lines
        notes.append(
            f"{_name(path)}: {counted(len(dropped), 'input')} nearly the same as others set aside, e.g. {lines}; each "
            "counts once (--set examples.near_duplicates=keep counts them all)"
        )
    return [example for at, (_, example) in enumerate(ordered) if at >= stay and at not in dropped]


def are_shared(counts: Mapping[_Row, int], rows: int) -> set[_Row]:
    """Return the values of a column that so many rows share that they tell none apart, such as a question's."""
    return {value for value, count in counts.items() if count >= max(FEWEST_SHARED, SHARED * rows)}


def _told_apart(examples: Sequence[Example]) -> list[str]:
    """Return inputs, of several columns with a word for what few values of one repeat: the question of many answers.

    Only if nearly all inputs have such a part; a few that agree in one are nearly the same.
    """
    shared = are_shared(Counter(cell for each in examples for cell in each.cells), len(examples))
    if sum(not shared.isdisjoint(each.cells) for each in examples) < MOSTLY * len(examples):
        return [each.input for each in examples]
    return [_without(each, shared) for each in examples]


def _without(example: Example, shared: Collection[str]) -> str:
    """Return an input with a word for each column of a shared value, which has lines of its own in it."""
    lines, left = example.input.split("\n"), {*example.cells} & {*shared}
    for start, end in combinations(range(len(lines) + 1), 2) if len(lines) <= MOST_LINES else ():
        if not left:
            break
        if (found := hashed(fold("\n".join(lines[start:end])), example.must_contain)) in left:
            lines[start:end] = [found, *[""] * (end - start - 1)]
            left.remove(found)
    return "\n".join(lines)


def _name(path: Path) -> str:
    return place(path).rpartition("/")[2]


def no_overlap(teaching_path: Path, taught: Sequence[Example], path: Path, evidence: list[Example]) -> None:
    """Refuse examples that are both training and evidence; InputError naming both places."""
    lines = {example.id: example.line for example in evidence}
    for example in taught:
        if example.id in lines:
            raise InputError(
                f"{place(teaching_path, example.line)}: is also in {place(path, lines[example.id])}; "
                "a training row cannot be evidence: remove one"
            )
