"""Describes the columns of a user's file by their values; names only settle what values leave open."""

import json
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from advisor.engines.words import count_words, has_unspaced
from advisor.errors import one_line
from advisor.families.json_fields import written_number
from advisor.families.sentence_similarity import decision
from advisor.families.spans import TAG
from advisor.families.values import (
    BLANK,
    JOINING_MARKS,
    SEVERAL_MARKS,
    SURE_MARKS,
    as_label,
    cut_at,
    is_mark,
    loaded,
    only,
)
from advisor.families.written_spans import span_of
from advisor.interview.files import names
from advisor.task.folder_files import IMAGE, SOUND, VIDEO

Kind = Literal["text", "label", "number", "grade", "id", "date", "url", "path", "list", "spans", "object"]

_WITHOUT_WORDS = frozenset({"date", "id", "number", "grade", "path", "url"})

SAMPLES, LONGEST_SAMPLE = 3, 200
# The share of filled cells that must fit for the column to be of a kind; the rest are slips.
MOST = 0.95
LONGEST_LABEL, WORDS_OF_A_LABEL = 40, 5
MOST_LABELS = 1000
# Mean rows per label, at least, unless the column is named as labels are.
ROWS_OF_A_LABEL = 2
ROWS_OF_A_TEXT, ROWS_OF_AN_ANSWER = 20, 5
# This few values, each in many rows, are labels even if they are whole sentences.
FEW_LABELS, LONGEST_FEW = 20, 200
NUMBERS_AS_LABELS = 12
# The share of cells that makes a column one of numbers, or of file names; the others mark a missing value ("sold
# out") or name a file that is lost.
NUMBERS = 0.8
LABELS_OF_A_TEXT, ADDRESS = 6, "address"
# Annotators are sometimes unsure; parts between a second mark are labels, but for slips.
MOST_DECIDED, MOST_OF_A_MARK = 0.8, 0.8
# Of the tags between blanks, the share that join words of their own.
LEAST_JOINED = 0.2
# Characters without blanks between words from which a text is a sentence.
LEAST_SENTENCE = 6

_URL = re.compile(r"(?:https?|ftp|s3)://\S+", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[a-z]{2,}", re.IGNORECASE)
_DATE = re.compile(
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun), )?"
    r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/. ](?:\d{1,2}|[^\W\d_]{3,4}\.?)[-/. ]\d{2,4})(?:(?:T|,? )\d{1,2}[:.]"
    r"\d{2}(?:[:.]\d{2}(?:[.,]\d+)?)?\s?(?:Z|UTC|GMT|[AP]M|[+-]\d{2}:?\d{2})?)?",
    re.IGNORECASE,
)
# A hyphen also joins words of labels: "in-progress urgent".
_TAG, _JOINED = re.compile(r"#?[\w.:+#/-]+"), re.compile(r"[\w.+#/-]+[_:][\w.:+#/-]+")
_ASSERTS = re.compile(r"\bassert(?:[A-Z_]\w*)?[ (]")
_DIGITS, _SIGNS = re.compile(r"\d+"), re.compile(r"[\W_]+")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d+)?|\.\d+)(?:[eE][+-]?\d+)?%?")
# Distinguishes the halves of a pair anywhere in a name: a_name, ltable_name, name_1_text.
_HALF = re.compile(r"\w|[lr]table|left|right|first|second")
_CODE = re.compile(r"(?=\S*\d)(?:[\w.:@/-]{2,128}|<[\w.:@/+=$-]{2,98}>)")
# How Access and Visual Basic write no and yes.
_FLAGS = {"0", "-1"}
SCALES = ((0.0, 1.0), (-1.0, 1.0), (0.0, 5.0), (1.0, 5.0), (0.0, 10.0), (0.0, 100.0))


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file."""

    name: str  # From the file; outside text.
    kind: Kind  # The kind of its values.
    empty: float  # Share of the inspected rows that are empty here, within 0 and 1.
    distinct: int  # Number of distinct values, as numbers where they are; of distinct labels if cells hold several.
    mean_length: float  # Mean characters of a filled cell.
    longest: int = 0  # Characters of the longest cell.
    samples: tuple[str, ...] = ()  # The first three distinct values, one line each.
    # Of a path "sound", "image" or "video"; of a list its members: "label", "text" or "word"; of an object "answers" of
    # SQuAD with their places; of cells with several labels the marks between them; of ids "address" for mail addresses.
    detail: str = ""
    has_several: bool = False  # Whether a cell may hold several labels.
    decides: bool = False  # Whether its values are a pair's yes and no, besides unknown ones.


def is_empty(value: object) -> bool:
    """Return whether a cell is empty: null, NaN (which table tools write for null), or blanks."""
    if isinstance(value, str):  # most are
        return not value or value.isspace()
    return value is None or (isinstance(value, float | Decimal) and math.isnan(value))


def shown(value: object) -> str:
    """Return a cell as text: JSON for lists and objects."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"  # as `as_text` reads it
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, list | dict | tuple) else str(value)


def describe(name: str, cells: Sequence[object]) -> Column:
    """Return a column's description from its cells, empty ones included; lists of one label each count as labels."""
    filled = [cell for cell in cells if not is_empty(cell)]
    texts = [shown(cell) for cell in filled]
    spelled = dict.fromkeys(text.strip().rstrip(".。") for text in texts)
    distinct = len({text.casefold() for text in spelled})
    kind, detail, parts = _kind(name, filled, texts, distinct)
    alone = [cell for cell in filled if loaded(cell) != []] if (kind, detail) == ("list", "label") else []
    if len(alone) >= MOST * len(filled) > 0 and all(only(cell) is not cell for cell in alone):
        return describe(name, [None if loaded(cell) == [] else only(cell) for cell in cells])
    single = [cell for cell in filled if only(cell) is not cell] if (kind, detail) == ("list", "text") else []
    if len(single) >= MOST_DECIDED * len(filled) > 0:  # a few turns of one speaker
        turns = [value if isinstance(value := loaded(cell), list) else [cell] for cell in cells]
        return describe(name, ["\n".join(map(shown, each)) if each != [None] else None for each in turns])
    if kind in {"number", "grade"}:  # "4", "4 points" and a full-width 4 are one, and "not graded" is none
        distinct = len({written_number(text) for text in spelled} - {None}) or distinct
    return Column(
        name=str(name),  # one of several of a name is a kind of string that YAML does not write
        kind=kind,
        empty=1.0 - len(filled) / len(cells) if cells else 1.0,
        distinct=len(set(parts)) if parts else distinct,
        mean_length=sum(map(len, texts)) / len(texts) if texts else 0.0,
        longest=max(map(len, texts), default=0),
        samples=tuple(one_line(text, LONGEST_SAMPLE) for text in list(spelled)[:SAMPLES]),
        detail=detail,
        has_several=bool(parts),
        decides=_decides(text.casefold() for text in spelled),
    )


def with_words(columns: Mapping[str, Sequence[object]]) -> list[str]:
    """Return the columns whose cells say something: no dates, ids, numbers or paths."""
    return [name for name, cells in columns.items() if describe(name, cells).kind not in _WITHOUT_WORDS]


def _kind(name: str, filled: list[Any], texts: list[str], distinct: int) -> tuple[Kind, str, list[str]]:
    """Return the kind, its detail, and the single labels if cells may hold several."""
    values = [loaded(cell) for cell in filled]
    if filled and _mostly(values, lambda value: isinstance(value, list | dict)):
        return _structured(name, [value for value in values if isinstance(value, list | dict)])
    if any(isinstance(value, list) for value in values):  # some files write a single label without a list
        found = _structured(name, [value if isinstance(value, list) else [value] for value in values])
        if found[1] == "label":
            return found
    shares = ((form, NUMBERS if form.kind == "path" else MOST) for form in _FORMS)
    formed = next((form for form, share in shares if filled and _mostly(filled, form.fits, share)), None)
    is_tagged = any("-" in text and " " in text.strip() for text in texts)
    if formed is not None and (formed.kind != "spans" or is_tagged):
        return formed.kind, formed.detail, []
    if filled and _mostly(texts, lambda text: _NUMBER.fullmatch(text.strip()) is not None):
        return _numeric(name, texts, distinct), "", []
    mark, parts = _several(name, texts)
    if parts:
        return "label", mark, parts
    if filled and (_mostly(filled, lambda value: isinstance(value, bool)) or _are_labels(name, texts, distinct)):
        return "label", "", []
    bare = [text for text in texts if not text.lstrip()[:1].isalpha()]  # letters come first in codes
    numbers = [str(each) for text in bare if (each := written_number(text)) is not None]
    if filled and len(numbers) >= NUMBERS * len(texts):
        return _numeric(name, numbers, len(set(numbers))), "", []
    return ("id" if _are_ids(name, texts, distinct) else "text"), "", []


def _are_ids(name: str, texts: Sequence[str], distinct: int) -> bool:
    """Return whether texts are mostly distinct codes; those that look like sentences differ by numbers alone."""
    is_named = names.is_any(name, names.ID)
    many = distinct * ROWS_OF_A_LABEL > len(texts) or is_named
    if not (texts and many and _mostly(texts, lambda text: _CODE.fullmatch(text.strip()) is not None)):
        return False
    are_numbered = len({_DIGITS.sub("", text) for text in texts}) == 1
    return is_named or are_numbered or _mostly(texts, lambda text: _is_a_code(text.strip()))


def _is_a_code(text: str) -> bool:
    """Return whether a text is a code: of a script without blanks, no sentence with a number in it."""
    return _CODE.fullmatch(text) is not None and not (has_unspaced(text) and count_words(text) >= LEAST_SENTENCE)


def is_code(texts: Sequence[str]) -> bool:
    """Return whether texts are codes or addresses, such as keys of other tables, and no plain numbers."""
    return _mostly(texts, lambda text: _is_a_code(text) or _is_address(text) or _is_url(text)) and (
        not _mostly(texts, lambda text: _NUMBER.fullmatch(text) is not None)
    )


def are_tests(cells: Sequence[object]) -> bool:
    """Return whether cells hold programs that check other programs."""
    filled = [shown(cell) for cell in cells if not is_empty(cell)]
    return bool(filled) and _mostly(filled, lambda text: _ASSERTS.search(text) is not None)


def _mostly(values: Sequence[Any], fits: Callable[[Any], bool], share: float = MOST) -> bool:
    return sum(map(bool, map(fits, values))) >= share * len(values)


class _Form(NamedTuple):
    kind: Kind
    detail: str
    fits: Callable[[Any], bool]


def _ends(endings: tuple[str, ...]) -> Callable[[Any], bool]:
    pattern = re.compile(r"(?![a-z]+://)[^\n]{1,1000}(?:" + "|".join(map(re.escape, endings)) + ")", re.IGNORECASE)
    return lambda value: isinstance(value, str) and pattern.fullmatch(value.strip()) is not None


def _is_date(value: object) -> bool:
    if isinstance(value, str):
        return _DATE.fullmatch(value.strip()) is not None
    return type(value).__module__ == "datetime"


def _is_url(value: object) -> bool:
    return isinstance(value, str) and _URL.fullmatch(value.strip()) is not None


def _is_address(value: object) -> bool:
    return isinstance(value, str) and _ADDRESS.fullmatch(value.strip()) is not None


def _is_tags(value: object) -> bool:
    return isinstance(value, str) and all(TAG.fullmatch(word) for word in value.split())


_FORMS = (
    _Form("date", "", _is_date),
    _Form("url", "", _is_url),
    _Form("id", ADDRESS, _is_address),  # of the sender of a row
    _Form("path", "sound", _ends(SOUND)),
    _Form("path", "image", _ends(IMAGE)),
    _Form("path", "video", _ends(VIDEO)),
    _Form("spans", "", _is_tags),
)


def _numeric(name: str, texts: list[str], distinct: int) -> Kind:
    values = [float(number) for text in texts if (number := written_number(text)) is not None] or [math.inf]
    whole = all(value.is_integer() for value in values)
    low, high = min(values), max(values)
    if names.is_any(name, names.LABEL) and distinct <= MOST_LABELS and distinct * 2 <= len(texts):
        return "label"
    in_scale = any(bottom <= low and high <= top for bottom, top in SCALES)
    if in_scale and names.is_any(name, names.GRADE):
        return "grade"
    counts_rows = {after - before for before, after in pairwise(values)} == {1.0} and not names.is_any(
        name, names.ANSWER
    )
    if whole and distinct == len(texts) and (counts_rows or names.is_any(name, names.ID)):
        return "id"
    if names.is_any(name, names.ID) and distinct * 2 > len(texts):
        return "id"
    if whole and distinct <= NUMBERS_AS_LABELS and distinct * ROWS_OF_A_LABEL <= len(texts):
        return "label"
    return "grade" if in_scale and high <= 10.0 and not whole else "number"  # noqa: PLR2004  the scales of opinions


def _are_labels(name: str, texts: list[str], distinct: int) -> bool:
    if distinct <= FEW_LABELS and distinct * ROWS_OF_A_TEXT <= len(texts) and max(map(len, texts)) <= LONGEST_FEW:
        return True
    if distinct > MOST_LABELS or not _mostly(texts, _is_short):
        return False
    if names.is_any(name, names.LABEL) and distinct < len(texts):
        return True
    if names.is_any(name, names.ID):
        return False
    # Texts that repeat, such as commands, are named as texts; "comment_approved" is none.
    is_verdict = not names.SETTLED.isdisjoint(names.words(name)[1:])
    is_text, is_answer = names.is_any(name, names.INPUT) and not is_verdict, names.is_any(name, names.ANSWER)
    rows = ROWS_OF_A_TEXT if is_text else ROWS_OF_AN_ANSWER if is_answer and not is_verdict else ROWS_OF_A_LABEL
    return distinct * rows <= len(texts)


def may_be_labels(name: str, texts: Sequence[str]) -> bool:
    """Return whether a column's texts may be labels, given that the task's answers are labels."""
    distinct = len({text.strip() for text in texts})
    is_input = names.is_any(name, names.INPUT) and not names.is_any(name, names.LABEL | names.ANSWER)
    return not is_input and distinct * ROWS_OF_A_LABEL <= len(texts) and _mostly(texts, _is_short)


def are_of(texts: Sequence[str], labels: Collection[str]) -> bool:
    """Return whether a column's texts are among the known labels, folded."""
    return _mostly(texts, lambda text: as_label(text).casefold() in labels)


def _is_short(text: str) -> bool:
    # A character of a script without blanks is counted as a word, and is about half of one.
    words = count_words(text) // 2 if has_unspaced(text) else sum(not _SIGNS.fullmatch(each) for each in text.split())
    return len(text) <= LONGEST_LABEL and words <= WORDS_OF_A_LABEL and "\n" not in text.strip()


def _several(name: str, texts: list[str]) -> tuple[str, list[str]]:
    """Return the marks between several labels in a cell, and all labels; "" and none if cells hold one label.

    Texts hold commas and names hold hyphens: there, each part must occur in several distinct cells, whatever its case.
    """
    every, texts = (*SEVERAL_MARKS, *JOINING_MARKS), [text.casefold() for text in texts]
    for mark in (*every, BLANK):
        if sum(mark in text for text in texts) * 20 < len(texts) or (mark == BLANK and not _are_tags(texts)):
            continue
        parts = [part.strip() for text in texts for part in text.split(mark) if part.strip()]
        cells = Counter(part for text in set(texts) for part in {each.strip() for each in text.split(mark)} if part)
        again = sum(count > 1 for count in cells.values())
        joins = mark in SURE_MARKS or (again * 2 > len(cells) and len(cells) < len(set(texts)))
        joins |= names.is_any(name, names.LABEL) and len(cells) <= len(set(texts))
        joins &= not _mostly(parts, str.isdecimal)  # "4/6" is a mark out of six
        joins &= mark in SEVERAL_MARKS or mark == BLANK or _cuts(mark, texts)
        if joins and _mostly(parts, _is_short) and len(set(parts)) * ROWS_OF_A_LABEL <= len(parts):
            marks = mark + "".join(each for each in every if each != mark and _cuts(each, parts))
            return marks, [label for part in parts for label in cut_at(marks, part)]
    return "", []


def _are_tags(texts: Collection[str]) -> bool:
    """Return whether texts are tags between blanks: single words, some of them compounds such as web_widget.

    One of them is alone elsewhere: "sign_up error" and "log_in error" are labels of two words.
    """
    has_compounds = any("_" in text or ":" in text for text in texts)
    if not has_compounds or not all(_TAG.fullmatch(part) for text in texts for part in text.split()):
        return False
    cells = {tuple(text.split()) for text in texts}
    parts = {part for cell in cells for part in cell}
    is_alone = any((part,) in cells for cell in cells if len(cell) > 1 for part in cell)
    return is_alone and sum(_JOINED.fullmatch(part) is not None for part in parts) >= LEAST_JOINED * len(parts)


def _cuts(mark: str, labels: Sequence[str]) -> bool:
    """Return whether most parts between such marks also occur as whole labels."""
    alone = {label.casefold() for label in labels if mark not in label}
    cut = [part.casefold() in alone for label in labels if mark in label for part in cut_at(mark, label)]
    return sum(cut) >= MOST_OF_A_MARK * max(1, len(cut))


def _structured(name: str, values: list[Any]) -> tuple[Kind, str, list[str]]:
    members = [each for value in values if isinstance(value, list) for each in value]
    if all(isinstance(value, dict) and value.keys() == {"text", "answer_start"} for value in values):
        return "object", "answers", []
    if any(isinstance(value, dict) for value in values):
        listing = all(
            isinstance(value, list)
            or all(isinstance(each, list) and all(isinstance(text, str) for text in each) for each in value.values())
            for value in values
        )
        return ("spans" if listing and any(values) else "object"), "", []
    if members and all(map(_is_span, members)):
        return "spans", "", []
    if members and all(isinstance(each, str) for each in members):
        return _listing(name, values, members)
    if members and all(isinstance(each, dict) for each in members):
        return "object", "objects", []
    return "list", "", []


def _is_span(member: object) -> bool:
    """Return whether a list's member is a span in a form that `advisor.families.spans.read_spans` reads."""
    if isinstance(member, dict):
        is_listed = "label" in member and ("start" in member or "text" in member)
        is_pair = [*map(type, member.values())] == [str, str] and not {"role", "content"} <= member.keys()
        return is_listed or is_pair or span_of(member) is not None
    # A text and its label, or places and label.
    return isinstance(member, list) and (len(member) == 2 or span_of(member) is not None)  # noqa: PLR2004


def _listing(name: str, values: list[Any], members: list[str]) -> tuple[Kind, str, list[str]]:
    counts = Counter(member.strip() for member in members)
    if all(TAG.fullmatch(member) for member in counts) and any("-" in member for member in counts):
        return "spans", "", []
    if all(len(member.split()) <= 1 for member in counts):
        # Words of a text recur in it and carry punctuation; labels of a text are a few, each once.
        again = sum(len(set(value)) < len(value) for value in values) * 10 >= len(values)
        pictures = {sign for sign in "".join(counts) if unicodedata.category(sign) == "So"}  # emoji are labels
        points = any(member and not any(map(str.isalnum, member)) and pictures.isdisjoint(member) for member in counts)
        many = len(members) > LABELS_OF_A_TEXT * len(values)
        if names.is_any(name, names.WORDS) or again or points or many or len(counts) * 2 > len(members):
            return "list", "word", []
    if _mostly(members, _is_short) and len(counts) * ROWS_OF_A_LABEL <= len(members):
        return "list", "label", [member.strip() for member in members]
    return "list", "text", []


def is_held(column: Column) -> bool:
    """Return whether a column lists what an answer must hold."""
    return column.kind == "list" and names.is_held(column.name)


def is_known_answer(column: Column) -> bool:
    """Return whether a search's expected column holds the answers themselves, not names of documents."""
    return column.kind == "text" and not names.is_any(column.name, names.DOCUMENTS)


def _decides(values: Iterable[str]) -> bool:
    said = {each for each in values if not is_mark(each)}
    if said == _FLAGS:
        return True
    decided, undecided = set[bool](), 0
    for each in said:
        found = decision(each)
        undecided += found is None
        if undecided > max(1.0, (1 - MOST_DECIDED) * len(said)):  # "doubtful" next to yes and no
            return False
        decided.update(() if found is None else (found,))
    return len(decided) > 1


def are_siblings(one: Column, other: Column) -> bool:
    """Return whether two columns are named as the halves of a pair: question1 and question2, a and b."""
    return _ends_of(one, other) is not None


def _ends_of(one: Column, other: Column) -> tuple[str, str] | None:
    """Return the parts that differ between two halves' names, after or before the common part: a_name and b_name."""
    first, second = names.words(one.name), names.words(other.name)
    apart = [at for at, (a, b) in enumerate(zip(first, second, strict=False)) if a != b]
    if len(first) != len(second) or len(apart) != 1:
        return None
    ends = first[apart[0]], second[apart[0]]
    is_last = apart[0] == len(first) - 1 > 0 and not _HALF.fullmatch(first[0])  # l_name, l_place are of one half
    return ends if is_last or all(map(_HALF.fullmatch, ends)) else None


def further_halves(texts: Sequence[Column], one: Column, other: Column) -> list[tuple[Column, Column]]:
    """Return the further pairs of columns named alike: address_a and address_b next to name_a and name_b."""
    ends = _ends_of(one, other)
    return [(a, b) for a in texts for b in texts if ends and a not in (one, b) and _ends_of(a, b) == ends]


def of_halves(columns: Sequence[Column], one: Column, other: Column) -> list[Column]:
    """Return the columns that describe one half of a pair, by their names: language_1 with text_1 and text_2.

    Nothing if no other column could compare the two: verdict_1 and verdict_2 are those of two people.
    """
    halves = [column for pair in further_halves(columns, one, other) for column in pair]
    compares = names.GRADE | names.SAME | names.ANSWER
    rest = (each for each in columns if each not in (one, other, *halves) and each.distinct > 1)
    found = (each.decides or each.distinct == 2 or names.is_any(each.name, compares) for each in rest)  # noqa: PLR2004
    return halves if any(found) else []
