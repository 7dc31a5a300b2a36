"""Labels whose names begin with their kind, as trackers' do: "kind/bug", "area: core", "priority::high"."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

_KIND = re.compile(r"([^\W\d_][\w .-]{0,28})(?:/|::?|=)\s*\S")
_FEWEST = 2  # labels of a kind
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
        of_kind = {kind: {label for label in labels if _kind(label) == kind} for kind in map(_kind, labels) if kind}
        often = [
            kind
            for kind, own in of_kind.items()
            if _FEWEST <= len(own) < len(labels)
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


def without_kind(label: str, labels: Collection[str]) -> str:
    """Return a label without its kind, if all have one and the same."""
    kind = _kind(label)
    is_shared = bool(kind) and len(labels) > 1 and all(_kind(each) == kind for each in labels)
    return label[len(kind) :].lstrip(":/= ") if is_shared else label


def _kind(label: str) -> str:
    found = _KIND.match(label)
    return found[1] if found is not None else ""
