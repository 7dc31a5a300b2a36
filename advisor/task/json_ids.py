"""Shows ids in a JSON document by the names that its other lists give them: a card's idList by the list's name."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Record = dict[str, Any]
_KEYS = ("id", "_id", "gid", "uuid", "key")
_NAME = re.compile(r".*(?:name|title|label)|value", re.IGNORECASE)
# "idList", "list_id", "listIds", "list.id".
_ID = re.compile(r"^ids?(?=[A-Z_])_?|(?:[\W_]ids?|(?<=[a-z])(?:Gi|I)ds?)$")
# A long code with a digit is of one list alone; shorter ones and numbers need a column called after the list.
_CODE = re.compile(r"(?=[^\d]*\d)[\w:-]{8,}")
_MOSTLY, _DEEPEST, _LETTERS = 0.9, 3, 4
_SHORTEST, _LONGEST_ENDING = 3, 3  # letters of a name, and of a plural's ending


def with_names(document: Record, records: list[Record]) -> list[Record]:
    """Return a document's records with the names of what their cells name by id, in columns called without "id"."""
    listed = [
        (keys[-1], names) for keys, each in _lists(document) if each is not records and (names := _names_in(each))
    ]
    if not listed:
        return records
    lists_of, cells_of = defaultdict[str, list[int]](list), defaultdict[str, Counter[str]](Counter)
    for at, (_, names) in enumerate(listed):
        for id_ in names:
            lists_of[id_].append(at)
    for record in records:
        for column, cell in record.items():
            cells_of[column].update(_ids(cell))
    found: dict[str, tuple[str, Mapping[str, str]]] = {}
    called = {*cells_of}
    for column, cells in cells_of.items():
        known = Counter[int]()
        for cell, count in cells.items() if column not in _KEYS else ():
            known.update(dict.fromkeys(lists_of.get(cell, ()), count))
        short, are_codes = _ID.sub("", column), all(map(_CODE.fullmatch, cells))
        likely = (listed[at] for at in sorted(known) if known[at] >= _MOSTLY * cells.total())
        names = next((names for name, names in likely if are_codes or _are_alike(short, name)), {})
        if names:
            name = short[:1].lower() + short[1:]
            found[column] = column if not name or name in called else name, names
            called.add(name)
    return [_named(record, found) for record in records] if found else records


def lists_of(document: Record) -> dict[str, list[Record]]:
    """Return a document's lists of objects by their keys, with those above them where two lists have one key."""
    found = [*_lists(document)]
    often = Counter(keys[-1] for keys, _ in found)
    return {keys[-1] if often[keys[-1]] == 1 else ".".join(keys): each for keys, each in found}


def _lists(document: Record, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], list[Record]]]:
    """Yield a document's lists of objects with their keys."""
    for key, value in document.items():
        if isinstance(value, dict) and len(above) < _DEEPEST:
            yield from _lists(value, (*above, key))
        elif isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
            yield (*above, key), value


def _names_in(listed: Sequence[Record]) -> dict[str, str]:
    """Return the names of some objects by id; none if one lacks either, or an id occurs twice."""
    key = next((each for each in _KEYS if each in listed[0]), None)
    names = {
        str(each[key]): next(
            (text for name, text in each.items() if _NAME.fullmatch(name) and isinstance(text, str)), ""
        )
        for each in listed
        if key is not None and isinstance(each.get(key), str | int)
    }
    return names if len(names) == len(listed) and all(names.values()) else {}


def _ids(cell: object) -> list[str]:
    cells = cell if isinstance(cell, list) else [cell]
    return [str(each) for each in cells if isinstance(each, str | int) and not isinstance(each, bool) and each != ""]


def _are_alike(column: str, listed: str) -> bool:
    """Return whether a column is called after a list: "status" after "statuses", "priority" after "priorities"."""
    one, other = sorted((column.casefold(), listed.casefold()), key=len)
    stem = one[:-1] if len(one) > _LETTERS else one
    return len(one) >= _SHORTEST and other.startswith(stem) and len(other) <= len(one) + _LONGEST_ENDING


def _named(record: Record, found: Mapping[str, tuple[str, Mapping[str, str]]]) -> Record:
    made: Record = {}
    for key, cell in record.items():
        name, names = found.get(key, (key, {}))
        shown = [names.get(str(each), each) for each in cell] if isinstance(cell, list) else names.get(str(cell), cell)
        made[name] = shown if key in found else cell
    return made
