"""Growing examples: which run continues with a file's examples, and which changes are refused.

A run with growing examples keeps its claim over all looks because nothing about a measured example is decided later:
its position and its expected answer are fixed. So rows may be added and moved, while a removed or changed one is an
error, not silently another run: removing failures and asking again would be a second test with an error of its
own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.errors import InputError, one_line
from advisor.families import family
from advisor.families.base import shown
from advisor.system.source import line_words, place, quoted
from advisor.units import counted

if TYPE_CHECKING:
    from advisor.task.example import Example
    from advisor.task.model import Task

AFRESH = "or begin a new run with --fresh, which is a test of its own"
INPUT_SHOWN = 60


def is_as(kept: Example, now: Example) -> bool:
    """Return whether the expected answer of an example is unchanged."""
    was, is_now = ((shown(each.expected), each.must_contain, each.reference, each.slice) for each in (kept, now))
    return was == is_now


@dataclass(frozen=True, slots=True)
class Held:
    """The examples of a run that may be continued; `looks` counts the evidence that each look added."""

    run: str
    evidence: tuple[Example, ...]
    teaching: tuple[Example, ...]
    looks: tuple[int, ...]
    labels: tuple[str, ...]
    settled: dict[str, Any] = field(default_factory=dict)


def going_on(path: Path, task: Task, begun: Sequence[Held], examples: Sequence[Example]) -> Held | None:
    """Return the first run that can continue with a file's examples; None if none is related.

    InputError if none can, and some examples of a run are here or changed; or if there is a new label.
    """
    there: dict[str, list[Example]] = {}
    for example in examples if begun else ():
        there.setdefault(example.id, []).append(example)
    refused = None
    for held in begun:
        # Training rows may have a file of their own.
        own = held.evidence if task.teaching.path is not None else (*held.teaching, *held.evidence)
        if not any(kept.id in there for kept in own):
            continue
        problem = _problem(path, held, own, there)
        if problem is None:
            _same_labels(path, task, held, examples)
            return held
        refused = refused or problem
    if refused is not None:
        raise InputError(refused)
    return None


def same_teaching(path: Path, held: Held, teaching: Sequence[Example]) -> None:
    """Refuse training examples other than those of a begun run: heads trained on them would be other models.

    InputError naming the file.
    """
    pairs = zip(held.teaching, teaching, strict=False)
    if len(teaching) != len(held.teaching) or not all(kept.id == it.id and is_as(kept, it) for kept, it in pairs):
        raise InputError(
            f"{place(path)}: is not as it was when run {held.run} was begun; what is trained on other examples is "
            f"another model: put it back, {AFRESH}"
        )


def _problem(path: Path, held: Held, own: Sequence[Example], there: dict[str, list[Example]]) -> str | None:
    """Return why a run cannot continue with these examples; None if it can."""
    gone = [kept for kept in own if kept.id not in there]
    if gone:
        one, many = gone[0], counted(len(gone), "example")
        return (
            f"{place(path)}: {many} of run {held.run} {'is' if len(gone) == 1 else 'are'} not there any "
            f"more, e.g. {quoted(one_line(one.input, INPUT_SHOWN))} (was {line_words(one.line)}); rows may be added to "
            f"it, not taken away: put {'it' if len(gone) == 1 else 'them'} back, {AFRESH}"
        )
    changed = [(kept, each) for kept in own for each in there[kept.id] if not is_as(kept, each)]
    if changed:
        (kept, each), many = changed[0], counted(len(changed), "example")
        was = quoted(one_line(shown(kept.expected), INPUT_SHOWN))
        return (
            f"{place(path, each.line)}: another answer is expected than run {held.run} was begun with (was {was}), and "
            f"so of {many} in all; a continued run keeps what was measured: change it back, {AFRESH}"
        )
    return None


def _same_labels(path: Path, task: Task, held: Held, examples: Sequence[Example]) -> None:
    """Refuse a label that is new since the run began: its prompts and heads do not know it."""
    kind = family(task.family)
    if task.labels or not kind.has_labels:
        return  # validated as the task's own, or there are none
    for example in examples:
        for label in kind.labels_of(example.expected):
            if label not in held.labels:
                raise InputError(
                    f"{place(path, example.line)}: the label {quoted(label)} is new since run {held.run} was begun, "
                    f"whose candidates cannot answer it; correct it, {AFRESH}"
                )


def known_at(looks: Sequence[int], asked: int) -> int:
    """Return how many examples were there at the look at which so many had been asked; those after were added later."""
    totals = list(accumulate(looks))
    return next((total for total in totals if total >= asked), totals[-1] if totals else asked)
