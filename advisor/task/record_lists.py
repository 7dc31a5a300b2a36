"""Lists in a record: labels whose names begin with their kind ("kind/bug", "area: core"), fields with their ids."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

_KIND = re.compile(r"([^\W\d_][\w .-]{0,28})(?:/|::?|=)\s*\S")
_FEWEST = 2  # labels of a kind
# What names a field in a list of them, the likeliest first; beside it and the value there is little else.
_NAMES, _MOST_KEYS = ("name", "key", "id", "field", "title", "label"), 4
_TIMES = 2  # as many names of fields in all as one record has at most
# The least share of the lists with a label of a kind that names one.
_OFTEN = 0.5


def kinds_in(rows: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """Return the kinds of labels by column: of lists of labels of several kinds, those that most lists have."""
    found = {}
    for column in dict.fromkeys(name for row in rows for name in row):
        lists = [row[column] for row in rows if row.get(column)]
        if not all(isinstance(each, list) and all(isinstance(label, str) for label in each) for each in lists):
            continue
        labels = {label for each in lists for label in each}
        of_kind: dict[str, set[str]] = {}
        for label in labels:
            of_kind.setdefault(_kind(label), set()).add(label)
        often = [
            kind
            for kind, own in of_kind.items()
            if kind
            and _FEWEST <= len(own) < len(labels)
            and sum(not own.isdisjoint(each) for each in lists) >= _OFTEN * len(lists)
        ]
        if often:
            found[column] = tuple(sorted(often))
    return found


def with_kinds(rows: Iterable[dict[str, Any]], kinds: Mapping[str, Sequence[str]]) -> Iterator[dict[str, Any]]:
    """Yield rows with a column for each kind of labels, "labels.kind": the label, a list of several, or None."""
    for row in rows:
        more: dict[str, Any] = {}
        for column, names in kinds.items():
            for kind in names:
                own = [label for label in row.get(column) or () if _kind(label) == kind]
                more[f"{column}.{kind}"] = own if len(own) > 1 else next(iter(own), None)
        yield row | more


def fields_in(records: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the keys below which records list fields with their names or ids, as help desks write a ticket's.

    The names recur from record to record: `[{"id": 7, "value": "billing"}, {"id": 8, "value": null}]`.
    """
    found = []
    for key in dict.fromkeys(key for record in records for key, value in record.items() if _by_name(value)):
        fields = [_by_name(record[key]) for record in records if record.get(key)]
        known = {name for each in fields for name in each or ()}
        if all(fields) and len(fields) > 1 and len(known) <= _TIMES * max(len(each or ()) for each in fields):
            found.append(key)
    return tuple(found)


def with_fields(record: dict[str, Any], keys: Collection[str]) -> dict[str, Any]:
    """Return a record with a column for each field of its lists: "custom_fields.7"."""
    made: dict[str, Any] = {}
    for key, value in record.items():
        fields = _by_name(value) if key in keys else None
        made |= {key: value} if fields is None else {f"{key}.{name}": held for name, held in fields.items()}
    return made


def _by_name(value: object) -> dict[str, Any] | None:
    """Return the values of a list of fields by their names; None for anything else."""
    if not isinstance(value, list) or not value or not all(isinstance(each, dict) for each in value):
        return None
    name = next((key for key in _NAMES if all(isinstance(each.get(key), str | int) for each in value)), None)
    if name is None or not all("value" in each and len(each) <= _MOST_KEYS for each in value):
        return None
    fields = {str(each[name]): each["value"] for each in value}
    return fields if len(fields) == len(value) else None


def without_kind(label: str, labels: Collection[str]) -> str:
    """Return a label without its kind, if all have one and the same."""
    kind = _kind(label)
    is_shared = bool(kind) and len(labels) > 1 and all(_kind(each) == kind for each in labels)
    return label[len(kind) :].lstrip(":/= ") if is_shared else label


def _kind(label: str) -> str:
    found = _KIND.match(label)
    return found[1] if found is not None else ""
