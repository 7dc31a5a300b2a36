"""Rules that an answer must keep beside its metric: must-contain texts, a pattern, a JSON schema, a length.

An answer passes only if its score suffices and every rule holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from advisor.engines.words import count_words
from advisor.families.json_fields import NotJsonError, parse
from advisor.families.json_schema import validator_of
from advisor.families.patterns import pattern_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

T = TypeVar("T")


class Rules:
    """The rules that a task's `scoring` sets."""

    def __init__(self, scoring: Mapping[str, Any]) -> None:
        """Compile the pattern and the schema.

        Raises:
            ValueError: naming the key and what is wrong with it.
        """
        self._contains = [_folded(text) for text in scoring.get("contains") or ()]
        self._has_column = scoring.get("contains_column") is not None
        pattern, schema = scoring.get("matches"), scoring.get("json_schema")
        self._matches = None if pattern is None else _named("matches", pattern_of, pattern)
        self._is_valid = None if schema is None else _named("json_schema", validator_of, schema)
        self._least, self._most = scoring.get("min_words"), scoring.get("max_words")

    def check(self, answer: str, must_contain: Sequence[str] = ()) -> dict[str, float]:
        """Return each rule's score: 1 where it holds; for texts that must stand in the answer the share that do."""
        scores: dict[str, float] = {}
        if self._contains or self._has_column:
            scores["contains"] = share_contained(answer, [*self._contains, *must_contain])
        if self._matches is not None:
            scores["matches"] = float(self._matches(answer))
        if self._is_valid is not None:
            scores["json_schema"] = float(self._holds_schema(answer))
        if self._least is not None:
            scores["min_words"] = float(count_words(answer) >= self._least)
        if self._most is not None:
            scores["max_words"] = float(count_words(answer) <= self._most)
        return scores

    def _holds_schema(self, answer: str) -> bool:
        try:
            value = parse(answer)
        except NotJsonError:
            return False
        return self._is_valid is not None and self._is_valid(value)


def share_contained(answer: str, texts: Sequence[str]) -> float:
    """Return the share of some texts that stand in an answer, case and white space folded; 1 where there are none."""
    folded = _folded(answer)
    return sum(_folded(text) in folded for text in texts) / len(texts) if texts else 1.0


def _named(key: str, make: Callable[[Any], T], value: Any) -> T:  # noqa: ANN401  a pattern or a schema
    try:
        return make(value)
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None


def in_words(scoring: Mapping[str, Any]) -> list[str]:
    """Return what the rules ask of an answer, as sentences for a prompt."""
    said = []
    least, most = scoring.get("min_words"), scoring.get("max_words")
    if least and most:
        said.append(f"Use {least} to {most} words.")
    elif least:
        said.append(f"Use at least {least} words.")
    elif most:
        said.append(f"Use at most {most} words.")
    if scoring.get("contains"):
        said.append("The answer must contain: " + "; ".join(scoring["contains"]) + ".")
    if scoring.get("matches"):
        said.append(f"The whole answer must match the regular expression {scoring['matches']}")
    return said


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
