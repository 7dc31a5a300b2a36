"""The labels of a task's examples: checked against the task's own, and what is worth noting about them."""

from __future__ import annotations

import difflib
from collections import Counter
from typing import TYPE_CHECKING, Any

from advisor.errors import InputError
from advisor.task.source import place, quoted
from advisor.task.values import labels_alike

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from advisor.task.examples import Example
    from advisor.task.model import Task


def labels_in(expected: Any) -> tuple[str, ...]:  # noqa: ANN401  any JSON value
    """Return the labels that an expected value names: itself, or each of a list."""
    return tuple(expected) if isinstance(expected, list) else (expected,)


def labels_of(examples: Iterable[Example]) -> tuple[str, ...]:
    """Return all labels of some examples, sorted."""
    return tuple(sorted({label for example in examples for label in labels_in(example.expected)}))


def only_label(examples: Sequence[Example]) -> str | None:
    """Return the one expected value that all examples share, None if they differ or there are none."""
    expected = {labels_in(example.expected) for example in examples}
    return "; ".join(next(iter(expected))) if len(expected) == 1 else None


def unknown_label(label: str, known: list[str]) -> str:
    """Return what to say of a label that is not the task's."""
    alike = {name.casefold(): name for name in known}.get(label.casefold())
    if alike:  # as a label of its own it would be refused: models' own labels are matched without case
        return f"the label {quoted(label)} differs from the task's {quoted(alike)} in case alone; write it the same"
    close = difflib.get_close_matches(label, known, 1)
    if close:
        meant = f"did you mean {quoted(close[0])}"
    else:
        meant = "they are " + ", ".join(quoted(name, 30) for name in known[:10]) + (", …" if len(known) > 10 else "")  # noqa: PLR2004
    return f"the label {quoted(label)} is not one of the task's; {meant}; correct it or add it to labels"


def check_labels(path: Path, task: Task, examples: list[Example]) -> None:
    """Refuse examples without labels, with one alone, or with so many that the column is another.

    Raises:
        InputError: naming the file and the cure.
    """
    counts = Counter(label for example in examples for label in labels_in(example.expected))
    if not counts:
        raise InputError(f"{place(path)}: holds no examples; add at least two of different labels")
    if len(counts) == 1:
        only = quoted(next(iter(counts)))
        all_ = "its only example has" if len(examples) == 1 else f"all {len(examples)} examples have"
        raise InputError(f"{place(path)}: {all_} the label {only}; add examples of others")
    if len(counts) > max(50, len(examples) // 2):
        raise InputError(
            f"{place(path)}: {len(counts)} different labels in {len(examples)} examples; "
            f"is {quoted(str(task.examples.expected or 'label'))} the column with the label? Set examples.expected"
        )


def note_labels(
    labels: tuple[str, ...], teaching: Sequence[Example], evidence: Sequence[Example], notes: list[str]
) -> None:
    """Say which labels heads can never answer, which the evidence does not show, and which look like one."""
    shown = set(labels_of(evidence))
    unseen = [label for label in labels if label not in shown]
    if len(shown) == 1:
        only = quoted(next(iter(shown)))
        notes.append(f"all {len(evidence)} examples of the evidence have the label {only}; add examples of others")
    elif unseen:
        notes.append(
            f"no evidence example for {len(unseen)} of the labels, "
            f"on which the answer then says nothing: {_first_few(unseen)}"
        )
    taught = set(labels_of(teaching))
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
