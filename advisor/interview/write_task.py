"""Writes a task file from facts: YAML with comments on the source of each value."""

import unicodedata
from typing import Any

from advisor.errors import one_line
from advisor.interview.answers import OWN_KEYS
from advisor.interview.facts import Fact, Source, Understanding
from advisor.task import PASS_RATE

LONGEST_NAME = 48
ORDER = (
    "version", "name", "family", "instruction", "labels", "labels_per_text", "label_map", "examples", "documents",
    "translate", "teaching", "prompt", "scoring", "bar", "constraints", "limits", "escalation", "models", "allow",
    "servers", "providers", "costs", "tuning", "max_candidates", "seed",
)  # fmt: skip
# Facts about the machine that are no keys of a task.
SEEN = frozenset({"memory", "disk", "reading"})
# Left to the schema's default if nothing said it, so that reports know that it is a default.
USUAL = frozenset({"bar.pass_rate", "bar.confidence", "scoring.metric"})
SIZES = frozenset({"constraints.max_memory", "limits.memory"})
SAID = {
    Source.DEFAULT: "the usual",
    Source.MACHINE: "this machine",
    Source.MODEL: "read by a language model, confirmed",
    Source.WORDS: "your words",
    Source.FILE: "your file",
    Source.ANSWER: "your answer",
}
_HINTS = """\
# Further keys; `advisor schema` has them all:
# teaching: {count: 200}            # examples set apart to learn from, never evidence
# bar: {pass_rate: 0.9, p95_seconds: 0.5, agreement: 0.9, mean_score: 0.8}
# constraints: {license: [apache-2.0, mit], languages: [en], max_memory: 2GB}
# models: [org/name, ./my-fine-tune]  # consider only these
# servers: auto                     # also the models of servers on this machine
"""


def task_document(known: Understanding, *, examples: str | None = None) -> dict[str, Any]:
    """Return the task file's content as far as it is known; the file's own check reports what is missing."""
    content: dict[str, Any] = {"version": 1}
    for fact in known.facts:
        is_usual = fact.source is Source.DEFAULT and (fact.value == [] or fact.key in USUAL)
        # The usual bar that nobody was asked about is no bar that somebody named.
        is_usual |= bool(fact.unasked) and (fact.key, fact.value) == ("bar.pass_rate", PASS_RATE)
        if fact.value is None or is_usual:
            continue
        if fact.key.partition(":")[0] in OWN_KEYS or fact.key in SEEN:
            continue
        _put(content, fact.key, _readable(fact.key, fact.value))
    path = examples or known.value("examples")
    if path is not None:
        _put(content, "examples.path", str(path))
        if known.value("documents.path") == known.value("examples"):
            _put(content, "documents.path", str(path))
    if isinstance(context := known.value("context"), int):
        _put(content, "constraints.context", context)
    instruction = str(content.get("instruction") or known.value("words") or "")
    content.setdefault("instruction", one_line(instruction, 500) or "Do the task.")
    is_of_file = any(fact.key == "instruction" and fact.source is Source.FILE for fact in known.facts)
    content.setdefault("name", task_name(str((is_of_file and known.value("words")) or instruction)))
    if known.value("labels_per_text") == "one":
        content.pop("labels_per_text", None)
    return {key: content[key] for key in ORDER if key in content} | {
        key: value for key, value in content.items() if key not in ORDER
    }


def _readable(key: str, value: Any) -> Any:  # noqa: ANN401  a JSON value
    """Return a size in units, if that is exact."""
    if key in SIZES and isinstance(value, int) and value:
        for unit, factor in (("GB", 10**9), ("MB", 10**6)):
            if value % factor == 0:
                return f"{value // factor}{unit}"
    return value


def task_name(instruction: str) -> str:
    """Return a short name for reports: the instruction's first words, as typed."""
    plain = unicodedata.normalize("NFC", one_line(instruction, 200)).rstrip(". ")
    if len(plain) > LONGEST_NAME:
        cut = plain[:LONGEST_NAME]
        plain = (cut.rpartition(" ")[0] or cut).rstrip(".,;: ") + "…"
    return plain or "task"


def task_yaml(known: Understanding, *, examples: str | None = None) -> str:
    """Return the task file's text, with the source of each part as comments."""
    import yaml

    content = task_document(known, examples=examples)
    lines: list[str] = []
    for key, value in content.items():
        origins = [_origin(fact) for fact in known.facts if fact.key.split(".")[0] == key and fact.value is not None]
        lines += [f"# {each}" for each in dict.fromkeys(origins)]
        text = yaml.safe_dump({key: value}, allow_unicode=True, sort_keys=False, width=110)
        lines.append(text.rstrip("\n"))
    return "\n".join([*lines, "", _HINTS.rstrip("\n")]) + "\n"


def _origin(fact: Fact) -> str:
    name = fact.key.partition(".")[2] or fact.key
    words = one_line(fact.words, 70)
    return f"{name}: {said_of(fact)}" + (f', "{words}"' if words else "")


def said_of(fact: Fact) -> str:
    """Return a fact's source in words."""
    return f"taken unasked: {one_line(fact.unasked, 100)}" if fact.unasked else SAID[fact.source]


def _put(content: dict[str, Any], key: str, value: Any) -> None:  # noqa: ANN401  a JSON value
    first, _, rest = key.partition(".")
    if not rest:
        held = content.get(first)
        content[first] = held | value if isinstance(held, dict) and isinstance(value, dict) else value
        return
    inner = content.setdefault(first, {})
    if isinstance(inner, dict):
        _put(inner, rest, value)
