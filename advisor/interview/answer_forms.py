"""Parses answers by key: lists, shares, sizes, yes/no; errors say how to write the value."""

import difflib
import math
import re
import unicodedata
from collections.abc import Callable
from typing import Any

from advisor.errors import one_line
from advisor.families import FAMILY_NAMES
from advisor.families.json_fields import written_number
from advisor.interview.known_names import languages_of, licenses_of
from advisor.interview.text.spans import number
from advisor.units import parse_count, parse_size

LEAST_PERCENT = 50
DEVICES = ("cpu", "gpu", "mps")
# Units of time in seconds, the longer of two with one ending first; "" is none.
_TIMES = {
    "milliseconds": 0.001, "millisecond": 0.001, "ms": 0.001,
    "minutes": 60.0, "minute": 60.0, "mins": 60.0, "min": 60.0,
    "seconds": 1.0, "second": 1.0, "secs": 1.0, "sec": 1.0, "s": 1.0, "": 1.0,
}  # fmt: skip
# Keys that settle how a file is read, and the answer that takes the likeliest reading.
AS_SEEN = "first"
READING = frozenset({"family", "examples.input", "examples.expected"})
# Longer texts are documents and belong in a file.
LONGEST_TEXT = 4000
# Terminal escape sequences: colours, titles, bracketed paste.
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])|\x9b[0-?]*[ -/]*[@-~]")
_QUOTES = {'"': '"', "'": "'", "\u201c": "\u201d", "\u201e": "\u201c", "\u00ab": "\u00bb", "\u2018": "\u2019"}
_BRACKETS = {"(": ")", "[": "]", "{": "}"} | _QUOTES
# Labels may hold commas and colons; the rate follows the last colon.
_RATE = re.compile(r"\s*(?P<label>\S[^\n]*?)\s*:\s*(?P<rate>\d+(?:[.,]\d+)?\s*%?)\s*(?:[,;\n]|$)")
_YES, _NO = frozenset({"yes", "y", "true", "on", "1"}), frozenset({"no", "n", "false", "off", "0"})


def _family(value: Any) -> str:  # noqa: ANN401
    name = str(value).strip().lower().replace(" ", "-")
    if name not in FAMILY_NAMES:
        close = difflib.get_close_matches(name, FAMILY_NAMES, 1)
        meant = f"did you mean {close[0]}?" if close else "known: " + ", ".join(sorted(FAMILY_NAMES))
        raise ValueError(f"{one_line(value, 60)} is not a known family; {meant}")
    return name


def _listed(value: Any) -> list[str]:  # noqa: ANN401
    given = value if isinstance(value, list | tuple) else str(value).split(",")
    return list(dict.fromkeys(text for each in given if (text := str(each).strip())))


def parts(text: str) -> list[str]:
    """Split at commas outside brackets and quotes, without duplicates; a part's own quotes are removed."""
    found, start, closers = [], 0, ""
    for at, sign in enumerate(text):
        if closers and sign == closers[-1]:
            closers = closers[:-1]
        elif sign in _BRACKETS and (sign in "([{" or not text[start:at].strip()):  # an apostrophe is no quote
            closers += _BRACKETS[sign]
        elif sign == "," and not closers:
            found.append(text[start:at])
            start = at + 1
    if closers:  # one bracket is never closed
        return _listed(text)
    found = [each.strip() for each in (*found, text[start:])]
    return _listed([each[1:-1] if len(each) > 1 and _QUOTES.get(each[0]) == each[-1] else each for each in found])


def _bar(value: Any) -> float | str:  # noqa: ANN401
    """Read a share; what must never be missed, or holds of each part, is returned as it is, as words of the task."""
    from advisor.interview.text.demands import rates
    from advisor.interview.text.label_bars import unclaimed
    from advisor.interview.text.vocabulary import said

    if isinstance(value, str) and unclaimed(value):
        return value
    share, text = _share(value), str(value)
    spoken = [(rate.start, rate.end) for rate in rates(text)]  # "every twentieth" is one
    parts = re.finditer(rf"(?:{said('each')})\s+[^\W\d_]", text, re.IGNORECASE)
    is_of_parts = spoken and any(all(not start <= at.start() < end for start, end in spoken) for at in parts)
    return value if is_of_parts else share


def rate_in(bar: str) -> float | None:
    """Return the rate that a bar in words names, None if it names none: "never miss one"."""
    try:
        return _share(bar)
    except ValueError:
        return None


def _share(value: Any) -> float:  # noqa: ANN401
    """Read 0.95, "95%", "95" and a rate in words, "9 of 10"; 2 is rejected: it is unlikely to mean 2%."""
    from advisor.interview.text.demands import rates
    from advisor.interview.text.rates import level

    text = str(value).strip()
    try:
        share = float(text.removesuffix("%").strip().replace(",", "."))
        share /= 100 if text.endswith("%") or share >= LEAST_PERCENT else 1
    except ValueError:
        spoken = {rate.share for rate in rates(text) if not rate.is_fact}
        spoken |= {said.value for said in [level(text)] if said is not None}
        share = spoken.pop() if len(spoken) == 1 else 0.0
    if not 0 < share < 1:
        raise ValueError(f"{one_line(value, 40)} is not a share between 0 and 1; write 0.9, 90% or 9 of 10")
    return share


def _seconds(value: Any) -> float:  # noqa: ANN401
    text = str(value).strip().lower()
    unit = next(each for each in _TIMES if text.endswith(each))
    try:
        found = number(text.removesuffix(unit).strip(), is_count=_TIMES[unit] < 1) * _TIMES[unit]
    except ValueError:
        found = 0.0
    if not 0 < found < float("inf"):
        raise ValueError(f"{one_line(value, 40)} is not a length of time; write seconds, e.g. 0.5 or 200ms")
    return found


def _number(value: Any) -> Any:  # noqa: ANN401
    """Read a number as people write it, "0,5" too; anything else is left to the task's schema."""
    return value if (written := written_number(value)) is None else float(written)


def _tolerance(value: Any) -> Any:  # noqa: ANN401
    """Read how far off a number may be: "0,5", "half a point"; "5%" stays a text, as it is a share of the number."""
    from advisor.interview.text.rates import offs

    text = str(value).strip()
    said = offs(f"within {text}") or offs(f"{text} off")
    if said and said[0].is_share and said[0].size >= 1:
        raise ValueError(f"{one_line(value, 40)} of a number lets nearly every answer pass; write less than 100%")
    if said and said[0].is_share:
        return f"{100 * said[0].size:.9g}%"
    return _number(value) if not said or written_number(value) is not None else said[0].size


def share_in(tolerance: Any) -> float | None:  # noqa: ANN401  an answer
    """Return the share of the number that a tolerance is given as, "5%"; None if it is a plain number."""
    return float(tolerance.removesuffix("%")) / 100 if isinstance(tolerance, str) and tolerance.endswith("%") else None


def _yes(value: Any) -> bool:  # noqa: ANN401
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in _YES or text in _NO:
        return text in _YES
    raise ValueError(f"{one_line(value, 40)} is neither yes nor no")


def _labels(value: Any) -> Any:  # noqa: ANN401
    named = value if isinstance(value, dict) else parts(value) if isinstance(value, str) else _listed(value)
    if not named:
        raise ValueError("no label is named; name all of them, or leave them out to take those in the examples")
    return named


def _size(value: Any) -> int:  # noqa: ANN401
    if isinstance(value, str) and value.strip().lower() in {"none", "no", "nothing"}:
        return 0
    return parse_size(value)


def _servers(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, bool) or (isinstance(value, str) and value.lower() in _YES | _NO):
        return "auto" if _yes(value) else []
    return value


def _one_of(*known: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:  # noqa: ANN401
        text = str(value).strip().lower()
        if text not in known:
            raise ValueError(f"{one_line(value, 40)} is none of {', '.join(known)}")
        return text

    return read


def _some_of(*known: str) -> Callable[[Any], list[str]]:
    read = _one_of(*known)
    return lambda value: [read(each) for each in _listed(value)]


def _text(value: Any) -> str:  # noqa: ANN401
    """Read words without terminal escapes that were pasted along."""
    if not isinstance(value, str):
        raise ValueError("say it in words")  # noqa: TRY004  as for other texts
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError("holds half a character, as a text that was cut or wrongly decoded does; write it again")
    plain = _ESCAPE.sub("", value)
    plain = "".join(c if unicodedata.category(c) != "Cc" or c in "\t\n" else " " for c in plain.replace("\r\n", "\n"))
    if not plain.strip():
        raise ValueError("say it in words")
    if len(plain) > LONGEST_TEXT:
        raise ValueError(
            f"{len(plain):,} characters are too many; say it in {LONGEST_TEXT:,} at most, and put examples into a file"
        )
    return plain


def _rates(value: Any) -> Any:  # noqa: ANN401
    """Read one rate for all labels, or one per label as in "urgent: 95%, spam: 80%"."""
    if isinstance(value, str) and (named := list(_RATE.finditer(value))):
        if "".join(_RATE.split(value)[:: _RATE.groups + 1]).strip():
            raise ValueError(f"{one_line(value, 60)}: write a label and its rate, e.g. urgent: 95%")
        value = {each["label"]: each["rate"] for each in named}
    if isinstance(value, dict):
        if not value:
            raise ValueError("no label is named; write a label and its rate, e.g. urgent: 95%")
        return {str(label): _share(rate) for label, rate in value.items()}
    return _share(value)


def _slices(value: Any) -> Any:  # noqa: ANN401  a JSON value
    """Read a column and the rate in each of its values; {"county": 0.8} is short for both."""
    if isinstance(value, dict) and len(value) == 1 and value.keys().isdisjoint({"column", "pass_rate"}):
        [(column, rate)] = value.items()
        value = {"column": column, "pass_rate": _share(rate)}
    return value


def _reading(value: Any) -> Any:  # noqa: ANN401  a JSON value
    if value != AS_SEEN and not (isinstance(value, dict) and value.keys() <= READING):
        others = ", ".join(sorted(READING))
        raise ValueError(f"take a way by its number in the list ({AS_SEEN} is the likeliest), or set {others}")
    return value


def _expected(value: Any) -> Any:  # noqa: ANN401
    """Read several columns as fields of one answer, named as the columns are."""
    if not (isinstance(value, list) and value and all(isinstance(each, str) for each in value)):
        return value
    from advisor.interview.files.names import as_fields  # with its vocabulary

    return dict(as_fields(value))


def _rows(value: Any) -> Any:  # noqa: ANN401
    """Read which values rows have in a column, as a mapping or as in "status = archived, year = 2023"."""
    if not isinstance(value, str):
        return value
    found: dict[str, list[str]] = {}
    for part in parts(value):
        column, sign, held = part.partition("=")
        if not (sign and column.strip() and held.strip()):
            raise ValueError(f"{one_line(value, 60)}: write a column and its value, e.g. status = archived")
        found.setdefault(column.strip(), []).append(held.strip())
    return found


def read_value(text: str) -> Any:  # noqa: ANN401  a JSON value
    """Return the value of KEY=VALUE: a number, a list, mapping or quoted text in YAML's syntax, or else the text."""
    import yaml

    text = text.strip()
    try:
        if text[:1] in "[{\"'":  # or nothing, which is None
            return yaml.safe_load(text)
        number = float(text)
        if math.isfinite(number):
            return number if set(text) & set(".eE") else int(text)
    except (yaml.YAMLError, ValueError, RecursionError):  # 2026-13-01 is no day, and has no line either
        pass
    return text


READERS: dict[str, Callable[[Any], Any]] = {
    "family": _family,
    "reading": _reading,
    "labels": _labels,
    "models": _listed,
    "send_to": _listed,
    "allow_code": _listed,
    "words": _text,
    "instruction": _text,
    "tuning": _one_of("try", "offer", "skip"),
    "device": _one_of(*DEVICES),
    "context": parse_count,
    "no_examples": _one_of("label", "relabel", "more", "write", "file", "enough", "shortlist"),
    "format": _some_of("safetensors", "gguf", "onnx", "ctranslate2", "openvino", "mlx"),
    "confirm": _listed,
    "constraints.license": lambda value: licenses_of(_listed(value)),
    "constraints.languages": lambda value: languages_of(_listed(value)),
    "constraints.max_parameters": parse_count,
    "constraints.max_memory": parse_size,
    "download": _size,
    "bar.pass_rate": _bar,
    "bar.confidence": _share,
    "bar.agreement": _share,
    "bar.mean_score": _share,
    "bar.p95_seconds": _seconds,
    "examples.expected": _expected,
    "examples.only": _rows,
    "examples.without": _rows,
    "bar.per_label": _rates,
    "bar.precision": _rates,
    "bar.per_field": _rates,
    "bar.per_slice": _slices,
    "scoring.tolerance": _tolerance,
    "servers": _servers,
    "starter": _yes,
    "plan": _yes,
    "in_house": _yes,
}
