"""Reads the task hidden in an evaluation's file: columns, prompt, bar and comparison, as guesses."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from advisor.errors import one_line
from advisor.families import FAMILY_NAMES, family
from advisor.families.values import folded_label
from advisor.interview.facts import Fact, Notice, Source, Understanding
from advisor.interview.text.label_lists import labels
from advisor.task.evaluations import known

LONGEST_INSTRUCTION = 4000
_COLUMNS = {"examples.input": "input", "examples.expected": "expected", "family": "family"}


def columns_of(path: str) -> dict[str, Any]:
    """Return the columns that an evaluation declares as "input" and "expected", and its "family", if any.

    InputError if the file cannot be read.
    """
    said = known.settled_by(Path(path))
    return {} if said is None else {_COLUMNS[key]: value for key, value in said.settled.items() if key in _COLUMNS}


def left_out(path: str) -> tuple[Notice, ...]:
    """Return the parts of an evaluation that are not used; InputError if the file cannot be read."""
    found = known.settled_by(Path(path))
    if found is None:
        return ()
    return tuple(Notice("left_out", f"{found.name}: {one_line(line, 300)}") for line in found.left_out)


def labels_asked(path: Path) -> tuple[str, ...]:
    """Return the labels, folded, that the instruction in a file lists; InputError if the file cannot be read."""
    found = known.settled_by(path)
    listed = labels(str(found.settled.get("instruction", "")), ()) if found is not None else None
    return () if listed is None else tuple(map(folded_label, listed.value))


def guesses(path: str, seen: Understanding) -> list[Fact]:
    """Return what an evaluation says of a task, except what the user's words already say.

    An instruction is taken all the same: the expected answers have the form that it asks for. InputError if the file
    cannot be read.
    """
    found = known.settled_by(Path(path))
    if found is None:
        return []
    said = {fact.key for fact in seen.facts if fact.source is Source.WORDS} - {"instruction"}
    settled = dict(_fitting(found.settled, str(seen.value("family"))))
    if "prompt.template" in settled:  # it holds the instruction
        said |= {"instruction"} if "words" in said else set()
    return [Fact(key, value, Source.FILE, found.why[key]) for key, value in settled.items() if key not in said]


def _fitting(settled: Mapping[str, Any], name: str) -> Iterator[tuple[str, Any]]:
    """Yield the settings that a task of the family can have: comparisons of other families do not apply."""
    kind = family(name) if name in FAMILY_NAMES else None
    for key, value in settled.items():
        part, _, rule = key.partition(".")
        metric = settled.get("scoring.metric")
        if key in _COLUMNS:
            continue
        if key == "instruction":
            yield key, value[:LONGEST_INSTRUCTION]
        elif part == "bar" or (kind is not None and key == "labels" and kind.has_labels):
            yield key, value
        elif kind is None:
            continue
        elif key == "prompt.template" and len(kind.parts) == 1:
            yield key, value.replace("{text}", f"{{{kind.parts[0]}}}")
        elif part == "scoring" and (rule in kind.rules or (rule in {"metric", "at_least"} and metric in kind.metrics)):
            yield key, value
