"""Rules for answers besides the metric: must-contain texts, a pattern, a JSON schema, a length.

An answer passes only if its score suffices and every rule holds.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from advisor.engines.words import count_words
from advisor.families.json_fields import NUMBER, NotJsonError, exact_number, only_number, parse_json
from advisor.families.json_schema import validator_of
from advisor.families.patterns import pattern_of
from advisor.families.values import as_label

T = TypeVar("T")


class Rules:
    """The rules that a task's `scoring` sets."""

    def __init__(self, scoring: Mapping[str, Any], *, null_may_lack: bool = False) -> None:
        """Compile the pattern and the schema; ValueError naming the key and the error."""
        self._contains = [_folded(text) for text in scoring.get("contains") or ()]
        self._has_column = scoring.get("contains_column") is not None
        pattern, schema = scoring.get("matches"), scoring.get("json_schema")
        self._matches = None if pattern is None else _named("matches", pattern_of, pattern)
        self._is_valid = (
            None
            if schema is None
            else _named("json_schema", partial(validator_of, null_may_lack=null_may_lack), schema)
        )
        self._least, self._most = scoring.get("min_words"), scoring.get("max_words")

    def check(self, answer: str, must_contain: Sequence[str] = ()) -> dict[str, float]:
        """Return each rule's score: 1 if it is kept; for must-contain texts the share that the answer has."""
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
            value = parse_json(answer)
        except NotJsonError:
            return False
        return self._is_valid is not None and self._is_valid(value)


def share_contained(answer: str, texts: Sequence[str]) -> float:
    """Return the share of some texts that an answer contains, ignoring case and white space; 1 if there are none."""
    folded = _folded(answer)
    return sum(_folded(text) in folded for text in texts) / len(texts) if texts else 1.0


def _named(key: str, make: Callable[[Any], T], value: Any) -> T:  # noqa: ANN401  a pattern or a schema
    try:
        return make(value)
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None


def in_words(scoring: Mapping[str, Any]) -> list[str]:
    """Return the rules as sentences for a prompt."""
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


# Lead-ins before an answer, of up to five words and what it answers: "Answer:", "Die Antwort lautet:", "The answer to
# this question is".
_LEAD_IN = re.compile(r"(?:[^\W\d]+ ){0,4}(?:[^\W\d]+\s*:|answer (?:to (?:[^\W\d]+ ){1,6})?is)\s+(?=\S)", re.IGNORECASE)
_AROUND = " \t\n\"'`*_\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"
_SIGNS = "%\u2030\u00b0$\u20ac\u00a3\u00a5"
# A number with the sign or word of its unit: such expected values are compared by the number.
_QUANTITY = re.compile(rf"([{_SIGNS}]?)\s*({NUMBER.pattern})\s*([{_SIGNS}]|[^\W\d_]*)")


def is_verbatim(answer: str, expected: str) -> bool:
    """Return whether an answer is the expected text, up to blanks and unseen marks around it, and composition."""
    return as_label(answer) == as_label(expected)


def gives(answer: str, expected: str) -> bool:
    """Return whether an answer contains the expected text, or its number, as the answer.

    A lead-in such as "The answer is:", quotes, emphasis, a full stop, and an initial capital are ignored. If a number
    is expected, with or without a unit, the only number in the answer is compared; an answer with another unit than the
    expected one is wrong: "It has 8 legs." gives 8, "5 km" does not give "5 m".
    """
    answer, expected = as_label(answer), as_label(expected)
    bare = _LEAD_IN.sub("", answer, count=1) if _LEAD_IN.match(answer) else answer
    if _bare(expected) in {_bare(answer), _bare(bare)}:
        return True
    quantity = _QUANTITY.fullmatch(expected.replace("\u2212", "-"))
    if quantity is None or re.match(r"[-+]?0\d", quantity[2]):  # digits with a leading zero are an identifier
        return False
    if only_number(answer) != exact_number(quantity[2]) or re.search(r"[^\W\d]\d", answer):  # so is "A12"
        return False
    unit = (quantity[1] or quantity[3]).casefold()
    rest = NUMBER.sub(" ", answer).casefold()
    return not unit or not rest.strip(_AROUND + ".") or unit in re.findall(rf"[{_SIGNS}]|[^\W\d_]+", rest)


def _bare(text: str) -> str:
    """Return a text without quotes, emphasis and a full stop, with blanks folded and a lower-case first letter."""
    inner = " ".join(text.split()).strip(_AROUND).removesuffix(".").strip(_AROUND)
    return (inner or text)[:1].casefold() + (inner or text)[1:]
