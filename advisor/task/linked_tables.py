"""Joins the tables of a folder that name each other's rows: a search and its judgements, requests and their answers."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from advisor.errors import InputError
from advisor.families.json_fields import written_number
from advisor.system.source import MOST_HELD, opened, quoted
from advisor.task import json_rows, trec_rows
from advisor.task.record import Row
from advisor.task.trec_rows import is_trec

# Tables that are compared; the fewest rows that are named, and the share of names that must be keys.
MOST_TABLES, _FEWEST, _MOSTLY = 8, 5, 0.9
# Names of the part of a data set that is for testing, the likeliest first.
_SPLITS = ("test", "dev", "valid", "validation")
_MOST_GRADES = 10
_PHRASE = 24  # letters that only texts have more of
_JSON = (".json", ".jsonl", ".ndjson")
# What codes mean has this many letters at most on average, and a code this many rows at least.
_NAME, _ROWS_OF_A_CODE, _BEGINNING = 40, 3, 5
_IDS = frozenset({"id", "code", "key"})
# "category_id" and "categoryId" have "category.name"; "paid" is a word.
_OF_IDS = re.compile(r"(?<=\w)[ _.-](?i:id|code|key)$|(?<=[a-z])(?:I[Dd]|Code|Key)$")


class Linked(NamedTuple):
    """Two tables with a row each for the same things; with `documents`, a table of judgements and one of queries."""

    main: Path  # The table whose rows are joined with those of `other`.
    column: str  # Its column that names rows of `other`.
    other: Path
    key: str  # The column of `other` with these names.
    named: str = ""  # The column of `main` that names documents; "" if there are none.
    documents: Path | None = None  # The table of documents.
    others: tuple[Path, ...] = ()  # Further tables of judgements, of other parts of the data set.
    is_of_codes: bool = False  # Whether `other` says what the codes in `column` mean, of several rows each.


class _Held(NamedTuple):
    """A table's columns of unique values and of all values, and the mean length of its longest texts."""

    keys: dict[str, set[str]]
    values: dict[str, set[str]]
    length: float
    rows: int


def linked_in(tables: Sequence[Path]) -> Linked | None:
    """Return how some tables are linked; None if they are not, or if there are too many or large ones.

    OSError if a file cannot be read.
    """
    status = [each.stat() for each in tables]
    if not 1 < len(tables) <= MOST_TABLES or sum(each.st_size for each in status) > MOST_HELD:
        return None
    changed = tuple(each.st_mtime_ns for each in status)
    return _linked(tuple(each.absolute() for each in tables), changed)


@lru_cache(maxsize=16)
def _linked(tables: tuple[Path, ...], changed: tuple[int, ...]) -> Linked | None:
    del changed
    held = {}
    for each in tables:
        try:
            held[each] = _held(_records(each))
        except InputError:
            continue
    judged = [found for each in held if (found := _judged(each, held)) is not None]
    if judged:
        first = min(judged, key=lambda each: (_split(each.main), -len(held[each.main].values[each.named])))
        return first._replace(others=tuple(each.main for each in judged if each is not first))
    if (codes := _of_codes(held)) is not None:
        return codes
    large = {each: own for each, own in held.items() if own.keys}  # what failed has few rows
    if len(large) != 2:  # noqa: PLR2004  requests and answers
        return None
    (one, a), (other, b) = large.items()
    both = a.keys.keys() & b.keys.keys()
    same = [name for name in both if _are_same(a.keys[name], b.keys[name])]
    shared = a.values.keys() & b.values.keys()
    is_part = 2 * len(shared) > len(a.values.keys() | b.values.keys())
    # Numbered rows of a part each, with other texts.
    is_part |= any(_are_other_texts(a.values[name], b.values[name]) for name in shared)
    return None if len(same) != 1 or is_part else Linked(one, same[0], other, same[0])


def _of_codes(held: dict[Path, _Held]) -> Linked | None:
    """Return a table with a smaller one that says what its codes mean; the two share the column of codes alone."""
    if len(held) != 2:  # noqa: PLR2004
        return None
    (main, a), (other, b) = sorted(held.items(), key=lambda each: -each[1].rows)
    begin = other.stem.casefold()[:_BEGINNING]  # "category_id" names a row of "categories"
    found = [
        (column, key)
        for column, names in a.values.items()
        for key, codes in b.values.items()
        if len(codes) == b.rows > 1 and len(names & codes) >= _MOSTLY * len(names) and len(names) > 1
        if column == key or (key.casefold() in _IDS and column.casefold().startswith(begin))
    ]
    is_smaller = b.length <= _NAME and a.rows >= _ROWS_OF_A_CODE * b.rows and len(b.values) > 1
    if (
        len(found) != 1
        or not is_smaller
        or len(a.values.keys() & b.values.keys() - _IDS) > (found[0][0] == found[0][1])
    ):
        return None
    return Linked(main, found[0][0], other, found[0][1], is_of_codes=True)


def _are_same(names: set[str], keys: set[str]) -> bool:
    """Return whether two tables have rows for the same things; running numbers show it only if all are."""
    are_numbers = all(map(str.isdecimal, names))
    return _name(names, keys) and (names == keys if are_numbers else _name(keys, names))


def _are_other_texts(one: set[str], other: set[str]) -> bool:
    every = one | other
    return not one & other and sum(map(len, every)) > _PHRASE * len(every)


def _name(names: set[str], keys: set[str]) -> bool:
    return len(names) >= _FEWEST and len(names & keys) >= _MOSTLY * len(names)


def _judged(main: Path, held: dict[Path, _Held]) -> Linked | None:
    """Return a table of judgements with the tables that it names rows of: that with the longer texts is documents.

    It has grades at most beside these names: a review of a customer's order has a text.
    """
    links = {
        column: [(other, key) for other in held if other != main for key, ids in held[other].keys.items()
                 if _name(names, ids)]
        for column, names in held[main].values.items()
    }  # fmt: skip
    clear = {column: found[0] for column, found in links.items() if len(found) == 1}
    if len(clear) != 2 or len({other for other, _ in clear.values()}) != 2:  # noqa: PLR2004  queries and documents
        return None
    if any(len(names) > _MOST_GRADES for column, names in held[main].values.items() if column not in clear):
        return None
    (named, (documents, _)), (column, (other, key)) = sorted(
        clear.items(), key=lambda link: held[link[1][0]].length, reverse=True
    )
    return Linked(main, column, other, key, named, documents)


def _split(path: Path) -> int:
    words = path.stem.lower()
    return next((at for at, name in enumerate(_SPLITS) if name in words), len(_SPLITS))


def _records(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a table, as JSON has them."""
    from advisor.task import rows  # which imports this module

    if is_trec(path):
        return list[dict[str, Any]](trec_rows.records(path))
    if path.suffix.lower() not in _JSON:
        return [row.columns for row in rows.read_rows(path, ())]
    read = json_rows.read_json if path.suffix.lower() == ".json" else json_rows.read_jsonl
    with opened(path) as stream:
        return [row.columns for row in read(path, stream)]


def _held(records: Sequence[dict[str, Any]]) -> _Held:
    cells: dict[str, list[str]] = {}
    for record in records:
        for name, cell in record.items():
            if isinstance(cell, str | int) and not isinstance(cell, bool) and str(cell).strip():
                cells.setdefault(name, []).append(str(cell).strip())
    values = {name: {*texts} for name, texts in cells.items()}
    keys = {name: values[name] for name, texts in cells.items() if len(values[name]) == len(texts) >= _FEWEST}
    lengths = (sum(map(len, texts)) / len(texts) for texts in cells.values())
    return _Held(keys, values, max(lengths, default=0.0), len(records))


def joined(linked: Linked) -> Iterator[Row]:
    """Yield the joined rows; for a search a row for each query, with the names of the documents that answer it."""
    main, other = _records(linked.main), _records(linked.other)
    by_key = {str(record.get(linked.key)).strip(): record for record in other}
    if linked.documents is None:
        for number, record in enumerate(main, 1):
            found = by_key.get(str(record.get(linked.column)).strip())
            if found is not None or linked.is_of_codes:
                found = found or {}
                whose = _OF_IDS.sub("", linked.column) if linked.is_of_codes else linked.other.stem
                twice = {name: f"{whose}.{name}" for name in (found if linked.is_of_codes else record)}
                rest = {twice.get(name, name): cell for name, cell in found.items() if name != linked.key}
                yield Row(number, record | rest)
        return
    grade = _grade_of(main, linked)
    answers: dict[str, list[str]] = {}
    for record in main:
        if grade is None or (written_number(record.get(grade)) or 0) > 0:
            answers.setdefault(str(record.get(linked.column)).strip(), []).append(str(record.get(linked.named)).strip())
    for number, (query, documents) in enumerate(answers.items(), 1):
        if query in by_key:
            yield Row(number, by_key[query] | {linked.named: documents})


def _grade_of(main: Sequence[dict[str, Any]], linked: Linked) -> str | None:
    """Return the last column of few numbers, some of them above 0, that says how well a document answers."""
    grades = {
        name: Counter(written_number(record.get(name)) for record in main)
        for name in (main[0] if main else ())
        if name not in {linked.column, linked.named}
    }
    fit = [
        name
        for name, counts in grades.items()
        if None not in counts and len(counts) <= _MOST_GRADES and max(filter(None, counts), default=0) > 0
    ]
    return fit[-1] if fit else None


def said_of(linked: Linked) -> tuple[str, ...]:
    """Return in words how tables are joined."""
    if linked.is_of_codes:
        return (
            f"the rows of {quoted(linked.main.name)} with what {quoted(linked.other.name)} says of {linked.column}",
        )
    if linked.documents is None:
        return (f"the rows of {quoted(linked.main.name)} and {quoted(linked.other.name)} with the same {linked.key}",)
    left = ", ".join(quoted(each.name) for each in linked.others)
    of = f"the queries of {quoted(linked.other.name)} with what {quoted(linked.main.name)} says of each"
    return (of, *([f"{left} left out"] if left else []))
