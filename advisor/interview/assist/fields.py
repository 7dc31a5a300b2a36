"""The fields of a task that a language model may fill: their JSON schema, and their conversion to facts.

A value is kept only if a task file accepts it and the user's words contain it: numbers in some unit; labels,
languages and licences by name. Anything else is dropped, with the reason.
"""

import contextlib
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from advisor.errors import one_line
from advisor.families import FAMILY_NAMES, family
from advisor.interview.text.rates import shares
from advisor.interview.text.spans import number
from advisor.interview.text.translation_direction import is_translated
from advisor.task.model import Task
from advisor.units import parse_count, parse_size
from catalog.languages import NAMES, by_name
from catalog.query.constraints import constraints

LONGEST = 300
MOST_LABELS = 30
_SHORT = {"type": ["string", "null"], "maxLength": 16}
_NUMBER = {"type": ["number", "null"]}
_FIGURE = re.compile(r"(?<![\w.])(\d{1,12}(?:[.,]\d{1,6})*)(?:\s*(%|[^\W\d_]{1,12}))?")
_THOUSANDS = {"k": 1e3, "thousand": 1e3, "tausend": 1e3, "m": 1e6, "mio": 1e6, "million": 1e6, "millionen": 1e6}
# Unit suffixes and their factors; "" is no unit or an unknown word.
UNITS: dict[str, dict[str, float]] = {
    "constraints.max_parameters": _THOUSANDS | {"b": 1e9, "bn": 1e9, "billion": 1e9},
    "constraints.max_memory": {"kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "g": 1e9, "mib": 2.0**20, "gib": 2.0**30},
    "bar.p95_seconds": {"ms": 1e-3, "s": 1.0, "sec": 1.0, "second": 1.0, "sekunde": 1.0, "min": 60.0, "minute": 60.0},
    "bar.pass_rate": {"": 1.0},
}
_CLOSE = 0.01
_YES = {"type": ["string", "null"], "enum": ["yes", "no", None]}


class UnfitError(ValueError):
    """A value is rejected; the message is the reason."""


def _listed(most: int, **items: Any) -> dict[str, Any]:  # noqa: ANN401  a schema's values
    return {"type": "array", "items": {"type": "string", "maxLength": 60, **items}, "maxItems": most}


@dataclass(frozen=True, slots=True)
class Field:
    """One field; null or an empty list means that the text does not say."""

    name: str
    key: str
    schema: Mapping[str, Any]
    about: str


# Long fields come last: an answer may be cut.
FIELDS = (
    Field("family", "family", {"type": "string", "enum": sorted(FAMILY_NAMES)}, "the kind of task"),
    Field("max_parameters", "constraints.max_parameters", _SHORT, "largest model, e.g. 500M"),
    Field("max_memory", "constraints.max_memory", _SHORT, "memory of the machine, e.g. 4GB"),
    Field("device", "device", {"type": ["string", "null"], "enum": ["cpu", "gpu", "mps", None]}, "what it runs on"),
    Field("stays_in_house", "in_house", _YES, "yes if the data may not leave, no if a cloud is fine"),
    Field("seconds_per_answer", "bar.p95_seconds", _NUMBER, "how long an answer may take"),
    Field("share_right", "bar.pass_rate", _NUMBER, "share of answers that must be right, between 0 and 1"),
    Field("from_language", "translate.source", _SHORT, "of a translation, the language of the inputs, e.g. de"),
    Field("to_language", "translate.target", _SHORT, "of a translation, the language of the answers, e.g. en"),
    Field("languages", "constraints.languages", _listed(4, enum=sorted(NAMES)), "languages that the text names"),
    Field("licenses", "constraints.license", _listed(4), "licences that the text allows, e.g. apache-2.0"),
    Field(
        "instruction",
        "instruction",
        {"type": ["string", "null"], "maxLength": LONGEST},
        "what is to be done with each input, as a short order",
    ),
    Field("labels", "labels", _listed(MOST_LABELS), "the labels that the text lists, word by word"),
)


@dataclass(frozen=True, slots=True)
class Dropped:
    """A value that was rejected, and why."""

    key: str
    value: Any
    reason: str


def schema(known: Collection[str] = ()) -> dict[str, Any]:
    """Return the JSON schema of an answer: the fields that are not known yet."""
    asked = [field for field in FIELDS if field.key not in known]
    return {
        "type": "object",
        "properties": {field.name: {**field.schema, "description": field.about} for field in asked},
        "required": [field.name for field in asked],
        "additionalProperties": False,
    }


def whole_fields(said: str) -> dict[str, Any]:
    """Return the complete fields of a truncated answer."""
    found = {}
    for field in FIELDS:
        at = re.search(rf'"{field.name}"\s*:\s*', said)
        if at is not None:
            with contextlib.suppress(ValueError, RecursionError):
                found[field.name] = json.JSONDecoder().raw_decode(said, at.end())[0]
    return found


def value_of(field: Field, said: Any, text: str) -> tuple[Any, str]:  # noqa: ANN401  any JSON value
    """Return a fact's value and the words of the text that hold it, "" if it is read from the whole text.

    UnfitError if a task file rejects it, or the text does not contain it.
    """
    value, words = _READERS[field.key](said, text)
    _would_be_taken(field.key, value)
    return value, words


def _would_be_taken(key: str, value: Any) -> None:  # noqa: ANN401  any JSON value
    """Validate with the task file's own model, in a task that has only this value, of a kind that it is for."""
    kind = next(name for name in ("text-classification", *FAMILY_NAMES) if family(name).has_use_for(key))
    task: dict[str, Any] = {"name": "x", "instruction": "x", "examples": {"path": "x"}, "family": kind}
    if key in {"family", "device", "in_house"}:  # validated elsewhere, or keys of the interview alone
        return
    section, _, name = key.partition(".")
    task[section] = {name: value} if name else value
    try:
        Task.model_validate(task)
    except ValidationError as error:
        raise UnfitError(one_line(error.errors()[0]["msg"].removeprefix("Value error, "), 120)) from None


def _family(said: Any, _: str) -> tuple[Any, str]:  # noqa: ANN401
    if not isinstance(said, str) or said not in FAMILY_NAMES:
        raise UnfitError("is not a family that can be probed")
    return said, ""


def _instruction(said: Any, text: str) -> tuple[Any, str]:  # noqa: ANN401
    sentence = one_line(said, LONGEST) if isinstance(said, str) else ""
    words = set(re.findall(r"[^\W\d_]{3,}", sentence.casefold()))
    if not words & set(re.findall(r"[^\W\d_]{3,}", text.casefold())):
        raise UnfitError("shares no word with the text")
    return sentence, ""


def _named(said: Any, holds: Callable[[str], str | None]) -> tuple[list[str], str]:  # noqa: ANN401
    """Return the items that the text names, without duplicates, and the words of the first."""
    found: dict[str, str] = {}
    for item in said if isinstance(said, list) else []:
        words = holds(str(item))
        if words is not None:
            found.setdefault(str(item).strip(), words)
    if not found:
        raise UnfitError("the text names none of them")
    return list(found), next(iter(found.values()))


def _language(said: Any, text: str) -> tuple[Any, str]:  # noqa: ANN401
    if not is_translated(text):
        raise UnfitError("the text asks for no translation")
    code = str(said).strip().casefold()
    code = by_name(code) or code
    words = _language_words(code, text)
    if words is None:
        raise UnfitError("the text does not name that language")
    return code, words


def _language_words(code: str, text: str) -> str | None:
    if code not in NAMES:
        return None
    for at in re.finditer(r"[^\W\d_]+", text):
        if by_name(at[0]) == code or (at[0] == code.upper() and len(code) == 2):  # noqa: PLR2004
            return at[0]
    return None


def _licenses(said: Any, text: str) -> tuple[Any, str]:  # noqa: ANN401
    stated = {str(each.value): each.words for each in constraints(text) if each.kind == "license"}
    found, words = _named(said, lambda item: stated.get(item.strip().casefold()))
    return [item.casefold() for item in found], words


def _device(said: Any, text: str) -> tuple[Any, str]:  # noqa: ANN401
    for each in constraints(text):
        if each.kind == "device" and each.value == said:
            return said, each.words
    at = re.search(
        {"cpu": r"\bcpus?\b", "gpu": r"\bgpus?\b|\bcuda\b", "mps": r"\bmacs?\b"}.get(str(said), "(?!)"),
        text,
        re.IGNORECASE,
    )
    if at is None:
        raise UnfitError("the text does not say so")
    return said, at[0]


_PLACES = re.compile(
    r"\b(?:cloud|in[- ]?house|haus|local\w*|lokal\w*|prem\w*|leave|verlassen|gdpr|dsgvo|hipaa|private|internet"
    r"|offline|servers?|"
    r"extern\w*|outside|own|network|confidential|sensitive|secret|apis?)\b", re.IGNORECASE,
)  # fmt: skip


def _in_house(said: Any, text: str) -> tuple[Any, str]:  # noqa: ANN401
    at = _PLACES.search(text)
    if at is None or said not in ("yes", "no"):
        raise UnfitError("the text says nothing of where data may go")
    return said == "yes", at[0]


def verbatim(words: str, text: str) -> str | None:
    """Return the words as the text spells them, ignoring case; None if it lacks them."""
    if not words:
        return None
    at = re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text, re.IGNORECASE)
    return at[0] if at else None


def figure_reader(key: str) -> Callable[[Any, str], tuple[Any, str]]:
    """Return a reader for a key's number: kept if the text holds it, in any unit."""

    def read(said: Any, text: str) -> tuple[Any, str]:  # noqa: ANN401
        value = _as_number(key, said)
        for words, meant in _meant(key, text):
            if abs(meant - value) <= _CLOSE * abs(value):
                return value, words
        raise UnfitError("the text does not hold that number")

    return read


def _meant(key: str, text: str) -> Iterator[tuple[str, float]]:
    """Yield the values that each number of a text may have for a key, with its words."""
    units = UNITS[key]
    for share in shares(text) if key == "bar.pass_rate" else ():  # "1 in 100", "9 out of 10"
        words = text[share.start : share.end]
        yield from ((words, share.value), (words, 1 - share.value))
    for at in _FIGURE.finditer(text):
        unit = (at[2] or "").casefold()
        factor = next(
            (units[each] for each in (unit, unit.removesuffix("s"), unit.removesuffix("n")) if each in units), None
        )
        factor = units.get("") if factor is None else factor
        for figure in {number(at[1]), number(at[1], is_count=True)} if factor is not None else ():
            yield at[0].strip(), figure * (factor or 0.0)


def _as_number(key: str, said: Any) -> Any:  # noqa: ANN401
    try:
        if key == "constraints.max_parameters":
            return parse_count(said)
        if key == "constraints.max_memory":
            return parse_size(said)
        value = float(said)
    except (TypeError, ValueError, OverflowError):
        raise UnfitError("is not a number") from None
    if not 0 < value < 1e15:  # noqa: PLR2004
        raise UnfitError("is not a number above zero")
    return value


_READERS: dict[str, Callable[[Any, str], tuple[Any, str]]] = {
    "family": _family,
    "instruction": _instruction,
    "labels": lambda said, text: _named(said, lambda item: verbatim(item.strip(), text)),
    "constraints.languages": lambda said, text: _named(said, lambda item: _language_words(item, text)),
    "constraints.license": _licenses,
    "device": _device,
    "in_house": _in_house,
    "translate.source": _language,
    "translate.target": _language,
    **{key: figure_reader(key) for key in UNITS},
}
