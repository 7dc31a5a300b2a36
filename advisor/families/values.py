"""Values of an example's fields, as text."""

import ast
import json
import math
import re
import unicodedata
from collections.abc import Collection, Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Any

# Separators between several labels in one cell, the surest first.
SURE_MARKS = (";", "\N{ARABIC SEMICOLON}", "\N{FULLWIDTH SEMICOLON}")
SEVERAL_MARKS = (
    *SURE_MARKS, "|", ",", "\N{ARABIC COMMA}", "\N{IDEOGRAPHIC COMMA}", "\N{FULLWIDTH COMMA}", "/",
)  # fmt: skip
# Marks that stand in names, too: they separate labels that occur by themselves. Between tags there may be blanks.
JOINING_MARKS, BLANK = ("+", "&"), " "
_EXACT = 2**53
_HALF_CHARACTERS = re.compile("[\ud800-\udfff]")
MAX_CHARACTERS = 4 << 20
_APART = re.compile(r"[\s_-]+")
_PYTHON = re.compile(r"\s*[\[{]\s*'")  # pandas' lists and objects in CSV
# Signs for right and wrong that keyboards write in several ways, where they are the whole label.
_RIGHT_AND_WRONG = {
    **dict.fromkeys("\u3007\u25ef\u2b55", "\u25cb"),
    **dict.fromkeys("\u00d7\u2715\u2716\u2717\u2718\u2573", "x"),
}
# Byte order marks, zero-width spaces, soft hyphens, and marks of direction, as web pages and right-to-left sheets have.
_UNSEEN = "\ufeff\u200b\u2060\u00ad\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
# What `str.isspace` holds for.
_BLANKS = (
    " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
# Letters that no composition takes apart.
_STROKES = str.maketrans("\u0131łøđŁØĐ", "ilodLOD")
_FENCED = re.compile(r"```\w*\s(.*)```", re.DOTALL)  # language models' JSON


# Spellings of "not known"; a class if the others are as short: yes, no and n/a; + and -.
MARKS = frozenset({"?", "-", "n/a", "#n/a", "n.a.", "na", "nan", "null"})
_REPEATED = "?\uff1f-\u2013\u2014\u2015"


def is_mark(label: str) -> bool:
    """Return whether a label is spelled as "not known": n/a, or nothing but question marks or hyphens."""
    return label.casefold() in MARKS or not label.strip(_REPEATED)


class EmptyError(ValueError):
    """A field has no usable value: the row is left out if there are enough others."""

    def __init__(self, cure: str = "fill it in or delete the row", what: str = "is empty") -> None:
        super().__init__(f"{what}; {cure}")


class StrayError(ValueError):
    """A field's value does not fit its row: the row is left out if few are so; `kind` is what is wrong with all."""

    def __init__(self, reason: str, kind: str) -> None:
        super().__init__(reason)
        self.kind = kind


def is_blank(value: object) -> bool:
    """Return whether a field is empty: null, NaN, or blanks."""
    return value is None or value != value or (isinstance(value, str) and not stripped(value))  # noqa: PLR0124  NaN


class Absent(str):
    """An empty cell that says what is absent: the meaning of a code in a joined table, or a file that it names."""

    __slots__ = ("cure", "what")
    what: str
    cure: str

    @classmethod
    def of(cls, what: str, cure: str) -> "Absent":
        """Return one with what is said of the column, and the cure."""
        made = cls()
        made.what, made.cure = what, cure
        return made


def field_text(value: object) -> str:
    """Return a field's value as text; EmptyError if the field is empty; ValueError with fault and cure.

    JSON and Parquet have types. A whole number is its digits: 1, 1.0 and "1" are the one label "1", since table tools
    turn whole numbers into floats as soon as one is missing; 1.5 is "1.5". For the same reason NaN, like null, is an
    empty field. true and false are read as in JSON; labels are compared without case, so "True" is the same.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | Decimal):
        value = _number(value)
    elif isinstance(value, int):
        value = str(value)
    if value is None:
        raise EmptyError
    if not isinstance(value, str):
        raise ValueError(f"is a {type(value).__name__}, not a text; save it as text")  # noqa: TRY004  one kind
    if not stripped(value):
        raise EmptyError(value.cure, value.what) if isinstance(value, Absent) else EmptyError
    if len(value) > MAX_CHARACTERS:
        raise ValueError("is longer than four million characters; cut it")
    if "\0" in value:
        raise ValueError("holds a NUL character; remove it")
    if _HALF_CHARACTERS.search(value):
        raise ValueError("holds half a character; save it as UTF-8")
    return value


def loaded(value: object) -> object:
    """Return the list or object that a cell writes in JSON or Python syntax; other values unchanged."""
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{", "`"):
        content = fenced[1] if (fenced := _FENCED.fullmatch(value.strip())) else value
        try:
            found = ast.literal_eval(content.strip()) if _PYTHON.match(content) else json.loads(content)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            return value
        return found if isinstance(found, list | dict) else value
    return list(value) if isinstance(value, tuple) else value


def from_json(text: str) -> Any:  # noqa: ANN401  any JSON value
    """Return a cell's JSON value; ValueError with the fault and the cure, without the field's name."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is broken JSON ({error}); correct it") from None


def only(value: object) -> object:
    """Return the text of a list of one; other values unchanged."""
    found = loaded(value)
    return found[0] if isinstance(found, list) and len(found) == 1 and isinstance(found[0], str) else value


def listed_texts(value: object) -> tuple[str, ...]:
    """Return the texts in a field: a list, a cell with a JSON list, or a cell with texts separated by ";".

    An empty field lists none. ValueError with the fault and the cure, without the field's name.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ()
    if isinstance(value, str):
        found = loaded(value)
        value = found if isinstance(found, list) else [part for part in value.split(";") if part.strip()]
    return tuple(field_text(each).strip() for each in (value if isinstance(value, list | tuple) else [value]))


def cut_at(marks: str, text: str) -> list[str]:
    """Return the parts of a text between marks."""
    return list(filter(None, map(str.strip, re.split(f"[{re.escape(marks)}]", text))))


def split_labels(text: str, known: Collection[str] = ()) -> list[str]:
    """Return the labels of a cell that may hold several: separated by ";", or by another mark between known labels.

    One of two labels may be unknown, but not of those that "+", "&" or a blank joins.
    """
    folded = {folded_label(as_label(label)) for label in known}
    if folded_label(as_label(text)) in folded:
        return [text]
    for mark in (*SEVERAL_MARKS, *JOINING_MARKS, BLANK):
        parts = [part.strip() for part in text.split(mark) if part.strip()]
        are_known = [folded_label(as_label(part)) in folded for part in parts]
        least = len(parts) / 2 if mark in SEVERAL_MARKS else len(parts)
        if mark in text and (mark in SURE_MARKS or 0 < least <= sum(are_known)):
            return [label for part in parts for label in split_labels(part, known)]
    return [text]


def as_yes(value: object) -> bool:
    """Return whether a field means yes: true, yes or 1; empty means no, like false, no and 0.

    ValueError with the fault and the cure, without the field's name.
    """
    if value is None or isinstance(value, bool):
        return value is True
    text = str(value).strip().casefold()
    if text in {"true", "yes", "y", "1", "1.0", "x"}:
        return True
    if text in {"", "false", "no", "n", "0", "0.0", "nan"}:
        return False
    raise ValueError(f"is {text[:20]!r}, neither yes nor no; correct it")


def as_share(value: object) -> float:
    """Return a score within 0 and 1; true and false, or such words, are 1 and 0; ValueError with fault and cure."""
    if isinstance(value, bool):
        return float(value)
    text = field_text(value).strip()
    if text.casefold() in ("true", "false"):
        return float(text.casefold() == "true")
    try:
        share = float(text)
    except ValueError:
        share = math.nan
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"is {text[:20]!r}, not a score within 0 and 1, true or false; correct it")
    return share


def without_accents(text: str) -> str:
    """Return a text without European accents and strokes, with a dot on every i, as people type it elsewhere."""
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFD", text.translate(_STROKES))
    return unicodedata.normalize("NFC", "".join(sign for sign in apart if not "\u0300" <= sign <= "\u036f"))


def stripped(text: str) -> str:
    """Return a text without blanks and unseen marks around it."""
    return text.strip(_BLANKS + _UNSEEN)


def as_label(text: str) -> str:
    """Return a label normalised for comparison: without what is unseen, or one pair of quotes, around it; NFC."""
    text = stripped(text)
    is_quoted = len(text) > 2 and text[0] == text[-1] == '"' and '"' not in text[1:-1]  # noqa: PLR2004  as some export
    return unicodedata.normalize("NFC", text[1:-1].strip() if is_quoted else text)


def as_decision(expected: str | float) -> str:
    """Return one of two decisions on a pair, such as "yes" or 1.0, as its name."""
    return expected if isinstance(expected, str) else f"{expected:g}"


def label_words(label: str) -> str:
    """Return a label's words: "first_name" and "first-name" as "first name"."""
    return " ".join(label.replace("_", " ").replace("-", " ").split()) or label


@lru_cache(maxsize=4096)
def folded_name(name: str) -> str:
    """Return a document's name as another may spell it: without case, and with blanks for hyphens."""
    return _APART.sub(" ", folded_label(name))


def folded_label(label: str) -> str:
    """Return a label normalised for matching spellings and models' labels: width and case folded, no full stop."""
    folded = unicodedata.normalize("NFKC", stripped(label)).casefold().replace("i\u0307", "i")  # Turkish capital i
    folded = _RIGHT_AND_WRONG.get(folded.strip().rstrip("\ufe0f"), folded)
    return " ".join(folded.split()).rstrip(".。") or label


def labels_alike(labels: Iterable[str]) -> tuple[str, str] | None:
    """Return the first two labels that differ only in case: a fine-tuned model's labels are matched without case."""
    known: dict[str, str] = {}
    for label in labels:
        other = known.setdefault(label.casefold(), label)
        if other != label:
            return other, label
    return None


def _number(value: float | Decimal) -> str | None:
    if math.isnan(value):
        return None
    if math.isinf(value):
        raise ValueError("is an infinite number; write a finite one")
    if value == 0:
        return "0"
    if isinstance(value, Decimal):
        digits = format(value, "f")
        return digits.rstrip("0").rstrip(".") if "." in digits else digits
    return str(int(value)) if value.is_integer() and abs(value) < _EXACT else repr(value)
