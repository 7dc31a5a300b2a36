"""Finds where a table begins among a file's records, and the names of its columns."""

import math
import re
from collections import Counter
from collections.abc import Container, Sequence
from itertools import count
from typing import NamedTuple

# Records of titles, dates and blank lines that may stand above a table.
MOST_ABOVE = 20
# Most description records below a header; columns of numbers or dates that must confirm them.
MOST_BELOW, _FEWEST_FORMS = 3, 2
_LONG, _LONG_WORDS = 80, 12
# A name has few words; above texts, a first record with this many words is itself a text.
_NAME_WORDS, _TEXT_WORDS = 3, 5
_HALF = 0.5
# Share of a column's values that makes it one of a form; values repeat from this mean number of rows each.
_MOST, _ROWS_OF_A_VALUE = 0.9, 5
_MOST_OF_A_LONG, _MOST_OF_A_PLACE = 2, 2
# Values, not all the same, that show a column's form.
_FEWEST_VALUES = 3
# Mean rows per label, at least.
_ROWS_OF_A_LABEL = 2
_NUMBER, _WHOLE = re.compile(r"[+-]?\d+(?:[.,]\d+)*\s*%?"), re.compile(r"\d{1,4}(?:\.0)?")
_DIGIT, _FILE = re.compile(r"\d"), re.compile(r"^https?://|\.[A-Za-z][A-Za-z0-9]{1,3}$")
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ].*)?")
_PLACE = re.compile(r"(?:https?://\S+|\S[^\s/\\]*+[/\\]\S++|[^\s.]+\.(?=\d*[A-Za-z])[A-Za-z0-9]{2,4})")

_FORMS = (_NUMBER, _DATE, _PLACE)


class Head(NamedTuple):
    """The beginning of a table."""

    above: int  # Records above its header, or above its first row if there is no header.
    names: tuple[str, ...] | None  # Names of the columns if no header gives them; None: the header does.
    # Description records below the header, such as a survey program's questions and codes, which are no rows.
    below: int = 0


def head_of(records: Sequence[Sequence[object]], header: str | None = None) -> Head:
    """Return where the table begins in some records.

    The header is the first record that fills the columns in use, unless it looks like the rows: its values recur below,
    or are numbers, dates or texts in columns of the same kind.

    The user's "present" or "absent" for the header comes first.
    """
    texts = [[_text(cell) for cell in record] for record in records]
    filled = Counter(sum(map(bool, record)) for record in texts)
    width = max(map(len, texts), default=0)
    body = [record for record in texts if sum(map(bool, record)) * 2 >= _usual(filled)]
    used = [at for at in range(width) if sum(bool(_at(row, at)) for row in body) > _HALF * len(body)]
    above = _above(texts, used)
    if header == "present" or (header is None and _votes(texts, above) <= 0):
        return Head(above, None, 0 if header else _more_headers(texts[above + 1 :]))
    # Of two rows the upper may name groups of columns, the lower the columns of each group.
    pairs = zip(*([_at(row, at) for at in range(width)] for row in texts[above - 2 : above]), strict=True)
    names = [lower or upper for upper, lower in pairs] if header is None and above > 1 else []
    if names and all(names[at] for at in used):
        return Head(above, tuple(name or f"column {at}" for at, name in enumerate(names, 1)))
    return Head(above, _names(texts[above:], width))


def _more_headers(rows: Sequence[Sequence[str]]) -> int:
    """Return how many of the first rows hold words in each of the two or more columns of dates or numbers.

    The values of such a row recur in none of the columns.
    """
    forms = {}
    columns = [
        [text for row in rows[MOST_BELOW:] if (text := _at(row, at))] for at in range(max(map(len, rows), default=0))
    ]
    for at, column in enumerate(columns):
        fits = (form for form in _FORMS if sum(map(bool, map(form.fullmatch, column))) >= _MOST * len(column))
        if len(column) >= _FEWEST_VALUES and len(set(column)) > 1 and (form := next(fits, None)) is not None:
            forms[at] = form
    are_headers = [
        all(any(map(str.isalpha, cell := _at(row, at))) and not form.fullmatch(cell) for at, form in forms.items())
        and not any(cell in column for cell, column in zip(row, columns, strict=False))
        for row in rows
    ]
    below = are_headers[:MOST_BELOW].index(False) if False in are_headers[:MOST_BELOW] else MOST_BELOW
    return below if len(forms) >= _FEWEST_FORMS else 0


class Numbered(str):
    """A column's name with its number among those of the same name, which is `of`."""

    __slots__ = ("of",)
    of: str


def distinct_names(header: Sequence[str]) -> list[str]:
    """Return the names of columns, with repeated ones numbered, "note (1)", "note (2)", and missing ones by place."""
    header = [name.strip() for name in header]
    counts, seen = Counter(header), Counter[str]()
    names = []
    for at, name in enumerate(header, 1):
        seen[name] += 1
        own = name or _unused(f"column {at}", counts)
        if counts[name] > 1 and name:
            own = Numbered(f"{name} ({seen[name]})")
            own.of = name
        names.append(own)
    return names


def _unused(name: str, taken: Container[str]) -> str:
    return next(each for extra in count() if (each := name + "_" * extra) not in taken)


def _usual(filled: Counter[int]) -> int:
    """Return the usual number of filled cells per record, blank ones aside."""
    del filled[0]
    return filled.most_common(1)[0][0] if filled else 0


def _above(texts: Sequence[Sequence[str]], used: Sequence[int]) -> int:
    """Return how many records are above the first one that fills the columns; an index may have no name.

    If there are blank records near the beginning, and the record after the last of them is as good a header as the
    first, the table begins there: "Date;12.03.2026" fills two columns too. So it does at the next record if that names
    more columns, all in use among them.
    """
    blank = [at for at, record in enumerate(texts[: MOST_ABOVE + 1]) if not any(record)]
    first = _filling(texts, used, 0)
    if blank and first < blank[-1]:
        later = _filling(texts, used, blank[-1] + 1)
        if later < len(texts) and _votes(texts, later) < 0 and _votes(texts, later) <= _votes(texts, first):
            return later
    upper, lower = ({at for at, cell in enumerate(record) if cell} for record in (*texts, (), ())[first : first + 2])
    is_title = len(upper) < len(lower) and {*used} <= lower and not {*used} <= upper
    return first + 1 if is_title and _votes(texts, first + 1) < 0 else first


def _filling(texts: Sequence[Sequence[str]], used: Sequence[int], begin: int) -> int:
    for at, record in enumerate(texts[begin : begin + MOST_ABOVE + 1], begin):
        named = sum(bool(_at(record, column)) for column in used)
        if named and named >= len(used) - (len(used) > 2):  # noqa: PLR2004  of two columns both are named
            return at
    return begin


def _votes(texts: Sequence[Sequence[str]], at: int) -> int:
    """Return how much a record resembles those below it, negative for a header."""
    first = texts[at] if at < len(texts) else []
    rows = texts[at + 1 :]
    below = [row for row in rows if row != first] or rows  # a header may repeat on each page
    if list(first) == [str(number) for number in range(len(first))]:  # how pandas numbers columns
        return -1
    votes, series = 0, _series(first)
    for place, cell in enumerate(first):
        column = [text for row in below if (text := _at(row, place))]
        if not cell or not column:
            continue
        form = _like(cell, column)
        if column.count(cell) > 1 or form not in (None, _PLACE):
            if place not in series:
                return len(first)
            continue
        if form is _PLACE:  # names have such forms as well: "B/T", "hit.repo"
            votes += _MOST_OF_A_PLACE
            continue
        votes -= _is_unlike(cell, column)
        if len(cell) > _LONG or len(cell.split()) > _LONG_WORDS:  # forms name columns by the whole question
            votes += _MOST_OF_A_LONG
            continue
        usual = sorted(len(text.split()) for text in column)[len(column) // 2]
        if usual >= _TEXT_WORDS:
            words = len(cell.split())
            votes += (words >= _TEXT_WORDS) - (words <= _NAME_WORDS)
    return len(first) if series and votes >= 0 else votes


def _series(first: Sequence[str]) -> set[int]:
    """Return the places of neighbouring numbers that count up by one, as years and numbered columns do."""
    numbers = {at: float(cell) for at, cell in enumerate(first) if _WHOLE.fullmatch(cell)}
    pairs = [at for at, number in numbers.items() if numbers.get(at + 1) == number + 1]
    return {at + step for at in pairs for step in (0, 1)}


def _is_unlike(cell: str, column: Sequence[str]) -> bool:
    """Return whether a column holds numbers, dates, digits or a few repeated values and the cell does not."""
    forms = any(sum(form.fullmatch(text) is not None for text in column) >= _MOST * len(column) for form in _FORMS)
    repeats = cell not in column and len(set(column)) * _ROWS_OF_A_VALUE <= len(column)
    return forms or repeats or _lacks_digits(cell, column)


def _lacks_digits(cell: str, column: Sequence[str]) -> bool:
    """Return whether nearly all of a column's words have digits and the cell has none: "Age/Sex" above "45/M".

    A file or an address without a digit may be the first of numbered ones: "cover.png" above "1.png".
    """
    if _FILE.search(cell):
        return False
    words = sum(_DIGIT.search(text) is not None and len(text.split()) == 1 for text in column)
    return not _DIGIT.search(cell) and words >= _MOST * len(column)


def _like(cell: str, column: Sequence[str]) -> re.Pattern[str] | None:
    """Return the form (a number, a date, a path) that a cell shares with most of a column's cells; None if none."""
    for form in () if _lacks_digits(cell, column) else _FORMS:
        if form.fullmatch(cell):
            is_usual = sum(form.fullmatch(text) is not None for text in column) > _HALF * len(column)
            return form if is_usual else None
    return None


def _names(rows: Sequence[Sequence[str]], width: int) -> tuple[str, ...]:
    """Name columns by their content: the longest is the text, the most repetitive the label."""
    columns = [[text for row in rows if (text := _at(row, at))] for at in range(width)]
    lengths = [sum(map(len, column)) / max(1, len(column)) for column in columns]
    names = [f"column {at + 1}" for at in range(width)]
    if width:
        longest = max(range(width), key=lengths.__getitem__)
        names[longest] = "text"
        repeating = [
            at
            for at, cells in enumerate(columns)
            if at != longest and len(cells) > _HALF * len(rows) and len(set(cells)) * _ROWS_OF_A_LABEL <= len(cells)
        ]
        if repeating:
            names[min(repeating, key=lambda at: len(set(columns[at])))] = "label"
    return tuple(names)


def _text(cell: object) -> str:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    return str(cell).strip()


def _at(record: Sequence[str], at: int) -> str:
    return record[at] if at < len(record) else ""
