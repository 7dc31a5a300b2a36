"""The session's names for things, and values for people. Outside text is put on one line here."""

import json
import re
from typing import Any

from textual.content import Content

from advisor.errors import one_line
from advisor.interview.facts import Fact, Source
from advisor.units import format_bytes, format_seconds, percent

LONGEST_VALUE, LONGEST_WORDS = 120, 160
TITLES = {
    "words": "the job",
    "name": "name",
    "family": "kind of task",
    "none_left": "where no model fits",
    "starter": "starter models",
    "no_examples": "examples come by",
    "unlabelled": "inputs to label",
    "more_examples": "more examples",
    "instruction": "instruction",
    "labels": "labels",
    "labels_per_text": "labels a text",
    "examples": "examples",
    "examples.path": "examples",
    "reading": "read",
    "examples.input": "input",
    "examples.expected": "expected",
    "examples.groups": "belong together",
    "examples.near_duplicates": "nearly the same",
    "examples.other_labels": "other labels",
    "examples.only": "rows in use",
    "examples.without": "rows left out",
    "examples.same_labels": "same labels",
    "bar.pass_rate": "must be right",
    "scoring.metric": "counts as right",
    "scoring.max_words": "most words",
    "bar.confidence": "confidence",
    "bar.p95_seconds": "must answer within",
    "bar.per_label": "right for each label",
    "bar.precision": "right where it says so",
    "bar.per_field": "right for each field",
    "bar.per_slice": "right for each value",
    "constraints.license": "licence",
    "constraints.languages": "languages",
    "constraints.max_memory": "memory",
    "constraints.max_parameters": "parameters",
    "in_house": "stays in house",
    "download": "may download",
    "device": "device",
    "memory": "memory here",
    "disk": "free disk",
    "models": "models",
    "teaching.count": "to teach with",
    "limits.inferences": "most inferences",
}
SOURCES = {
    Source.ANSWER: "You said",
    Source.WORDS: "From your words",
    Source.FILE: "From your file",
    Source.MODEL: "Read by the language model",
    Source.MACHINE: "From this machine",
    Source.DEFAULT: "Taken for granted",
}
SIZES = frozenset({"constraints.max_memory", "download", "limits.memory", "memory", "disk"})
# The meaning of an unset or unknown value.
UNSET = {
    "bar.p95_seconds": "no limit",
    "bar.per_label": "no rate of their own",
    "bar.precision": "no rate of their own",
    "bar.per_field": "no rate of their own",
    "constraints.license": "any",
    "constraints.max_memory": "what this machine has",
    "examples.groups": "no",
    "reading": "none of the ways listed",
    "scoring.tolerance": "a tenth, the usual",
    "tuning": "offered, not tried",
}
# Answers by their effect, if the value is an internal word.
SAID: dict[tuple[str, Any], str] = {
    ("none_left", "anyway"): "go on with baselines only",
    ("starter", False): "not fetched",
    ("starter", True): "fetched",
    ("no_examples", "label"): "labelling here",
    ("no_examples", "relabel"): "labelling here, from the start",
    ("no_examples", "more"): "labelling on here",
    ("no_examples", "enough"): "labelling here, enough so far",
    ("no_examples", "write"): "writing here",
    ("no_examples", "file"): "another file",
    ("no_examples", "shortlist"): "none for now",
}
NOTHING = "nothing"
NARROWEST = 12
OF_PARTS = frozenset({"bar.per_label", "bar.precision", "bar.per_field"})
SHARES = frozenset({"bar.pass_rate", "bar.confidence", "bar.agreement", *OF_PARTS})
# "--set labels_per_text=one", "set scoring.range", and the names of a task's keys alone.
_OPTION = re.compile(r"(?:--set|\b[Ss]et) ([a-z_]+(?:\.[a-z_]+)*)(?:=(\[[^\]]*\]|[^\s,;)]+))?|--set '([a-z_.]+)=[^']*'")
_KEY = re.compile(r"\b(?:bar|constraints|examples|scoring|teaching|limits)\.[a-z_]+\b")
_PLACEHOLDER = re.compile(r"\.\.\.|\[\.\.\.\]|[A-Z]+")


def hung(head: Content, text: Content, width: int) -> Content:
    """Return a text after its head; further lines are indented to the text's beginning."""
    left = head.cell_length
    return head + Content("\n" + " " * left).join(text.wrap(max(NARROWEST, width - left)))


def in_session(text: str) -> str:
    """Return an error or a notice that names keys where to change them in the session, instead of a command's options.

    "--set bar.pass_rate=... changes it" becomes "ctrl+l (must be right) changes it".
    """

    def change(found: re.Match[str]) -> str:
        key, said, quoted = found.groups()
        if quoted:
            return f"ctrl+l ({title(quoted)})"
        if found[0][0] != "-" and "." not in key:  # "set a limit"
            return found[0]
        to = "" if said is None or _PLACEHOLDER.fullmatch(said) else f": {said}"
        return f"ctrl+l ({title(key)}{to})"

    return _KEY.sub(lambda found: title(found[0]), _OPTION.sub(change, text))


def title(key: str) -> str:
    return TITLES.get(key) or one_line(key.rpartition(".")[2].replace("_", " "), 40)


def value(key: str, item: Any, limit: int = LONGEST_VALUE) -> str:  # noqa: ANN401  a JSON value
    """Return a fact's value for people, on one line."""
    if item is None:
        return UNSET.get(key, "don't know")
    said = SAID.get((key, item)) if isinstance(item, str | bool) else None
    if said or isinstance(item, bool):
        return said or ("yes" if item else "no")
    if key in {"reading", "scoring.metric"}:
        return _chosen(key, item, limit)
    if key == "models" and not item:
        return "any"
    if key == "bar.p95_seconds" and isinstance(item, int | float):
        return format_seconds(float(item))
    if key in SIZES and isinstance(item, int | float):
        return format_bytes(int(item)) if item else NOTHING
    if key in SHARES and isinstance(item, int | float):
        return percent(float(item))
    if isinstance(item, list | tuple):
        return one_line(", ".join(str(each) for each in item) or "none", limit)
    if isinstance(item, dict):
        parts = {
            name: percent(float(each)) if key in SHARES else " or ".join(each) if isinstance(each, list) else each
            for name, each in item.items()
        }
        return one_line(", ".join(f"{name}: {each}" for name, each in parts.items()), limit)
    return one_line(item if isinstance(item, str) else json.dumps(item, ensure_ascii=False), limit)


def _chosen(key: str, item: Any, limit: int) -> str:  # noqa: ANN401  a JSON value
    from advisor.families.ranked import InOrder  # not needed to paint home

    if key == "reading":
        return "as you chose" if isinstance(item, dict) else "the likeliest way"
    return one_line(InOrder.comparisons.get(item, (item,))[0] if isinstance(item, str) else item, limit)


def origin(fact: Fact) -> str:
    """Return a fact's source, with the words it was read from."""
    return one_line(fact.words, LONGEST_WORDS)
