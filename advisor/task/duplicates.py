"""Each distinct input counts once: repeats, near duplicates, and inputs that stand with two expected answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.errors import InputError
from advisor.families import family
from advisor.task.labels import only_label
from advisor.task.near_duplicates import near_duplicates
from advisor.task.source import place, quoted
from advisor.units import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from advisor.task.example import Example
    from advisor.task.model import Task


def without_duplicates(path: Path, task: Task, examples: list[Example], notes: list[str]) -> list[Example]:
    """Return what `distinct` keeps, where that is enough to judge by.

    Raises:
        InputError: if fewer than two are left, or all have one label.
    """
    kept = distinct(path, task, examples, notes)
    if len(kept) < 2:  # noqa: PLR2004
        raise InputError(
            f"{place(path)}: only {counted(len(kept), 'distinct example is', 'distinct examples are')} left without "
            "repeats and inputs with two labels; add more"
        )
    if family(task.family).has_labels and (only := only_label(kept)) is not None:
        raise InputError(
            f"{place(path)}: without inputs that stand with two labels all {len(kept)} left have the label "
            f"{quoted(only)}; correct the labels or add examples of others"
        )
    return kept


def distinct(
    path: Path, task: Task, examples: list[Example], notes: list[str], *, beside: Sequence[Example] = ()
) -> list[Example]:
    """Keep one of each distinct input; an input that stands with two labels is set aside altogether.

    Args:
        path: The examples' file.
        task: Says what counts as one.
        examples: In any order.
        notes: Told what is set aside.
        beside: Examples that stay whatever comes; none of `examples` has the input of one of them.
    """
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
        inputs = counted(repeated, "repeated input", "repeated inputs")
        notes.append(f"{name}: {inputs} set aside; each distinct example counts once")
    if conflicts:
        one, other = conflicts[0]
        notes.append(
            f"{name}: {counted(len(conflicts), 'input stands', 'inputs stand')} with two {what} and "
            f"{'is' if len(conflicts) == 1 else 'are'} set aside, e.g. lines {one.line} and {other.line}; the answer "
            "is not about such inputs"
        )
    if task.examples.near_duplicates == "once" and not any(example.parts for example in kept):
        kept = _without_near_duplicates(name, kept, notes, beside)
    return kept


def _without_near_duplicates(
    name: str, examples: list[Example], notes: list[str], beside: Sequence[Example]
) -> list[Example]:
    """Keep one of those that are nearly the same: one of `beside`, else the first by id, which is as good as chance."""
    ordered = [*beside, *sorted(examples, key=lambda example: example.id)]
    groups = near_duplicates([example.input for example in ordered])
    dropped = {place for group in groups for place in group[1:] if place >= len(beside)}
    if dropped:
        one, other = next((ordered[group[0]].line, ordered[p].line) for group in groups for p in group if p in dropped)
        notes.append(
            f"{name}: {counted(len(dropped), 'input')} nearly the same as others set aside, e.g. lines {one} and "
            f"{other}; each counts once (examples.near_duplicates: keep counts them all)"
        )
    return [example for place, example in enumerate(ordered) if place not in dropped and place >= len(beside)]


def no_overlap(teaching_path: Path, taught: list[Example], path: Path, evidence: list[Example]) -> None:
    """Refuse an example that teaches and is evidence too.

    Raises:
        InputError: naming both places.
    """
    lines = {example.id: example.line for example in evidence}
    for example in taught:
        if example.id in lines:
            raise InputError(
                f"{place(teaching_path, example.line)}: stands also in {place(path, lines[example.id])}; "
                "an example that teaches cannot be evidence: remove one"
            )
