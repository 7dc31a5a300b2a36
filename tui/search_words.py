"""A search's answer in words: what was understood, and what to do if nothing was found."""

from typing import Any

from advisor.errors import one_line
from advisor.units import counted, format_bytes, format_count
from tui.finder import MOST

_NAMES = {
    "license": "licence",
    "max_memory": "memory at most",
    "max_bytes": "download at most",
    "max_parameters": "parameters at most",
    "context": "input of",
    "not_gated": "no consent needed",
    "device": "runs on",
}
_BYTES = frozenset({"max_memory", "max_bytes"})


def understood(document: dict[str, Any]) -> str:
    """Return one line: the family and the limits read from the words, each with its words."""
    if not document["query"].strip():
        return "The most used models. Write what a model should do."
    parts = [_kind(document), *(_limit(each) for each in document["constraints"] if each["words"])]
    return "Understood: " + "; ".join(parts)


def _kind(document: dict[str, Any]) -> str:
    """Return the kind of task: the filter's, the one that the words name, or a guess by their meaning."""
    chosen = [each["value"] for each in document["constraints"] if each["kind"] == "family"]
    if chosen:
        return f"{one_line(chosen[0], 40)} (as filtered)"
    if document["family"] is None or document["hint"]:
        return "no word of this" if document["is_guess"] else "any kind of task"
    words = ", ".join(one_line(each, 30) for each in document["family_words"])
    return f"{document['family']} (“{words}”)" if words else f"perhaps {document['family']} (no word names a task)"


def how_many(count: int) -> str:
    """Return how many models are shown; a search returns only the first ones."""
    return f"{'the first ' if count >= MOST else ''}{counted(count, 'model')}"


def nothing(document: dict[str, Any]) -> str:
    """Return what to relax if nothing satisfies everything; "" if something does."""
    if not document["relax"]:
        fits_none = "No model fits these words. Use others, or take a filter away."
        return "" if document["models"] else document["hint"] or fits_none
    kind = f"No {document['family']} model" if document["models"] and document["family"] else "No model"
    lines = [f"{kind} in the catalog satisfies all of this."]
    lines += [
        f"  Without the limit on {' and '.join(_NAMES.get(name, name) for name in each['constraints'])}: "
        f"{counted(each['models'], 'model')}, first {one_line(each['first'], 80)}"
        for each in document["relax"][:3]
    ]
    return "\n".join(lines + (["Models of other kinds that can do it:"] if document["models"] else []))


def _limit(constraint: dict[str, Any]) -> str:
    kind, value = constraint["kind"], constraint["value"]
    shown = value
    if isinstance(value, int):
        shown = format_bytes(value) if kind in _BYTES else format_count(value)
    tokens = " tokens" if kind == "context" else ""
    said = "" if kind == "not_gated" else f" {one_line(shown, 40)}{tokens}"
    return f"{_NAMES.get(kind, kind)}{said} (“{one_line(constraint['words'], 40)}”)"
