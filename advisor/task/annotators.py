"""Labels of several people in one record: a column for each, or the one that most give."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

Record = dict[str, Any]
_SPAN = ("start", "end")
# Share of records that must have such a list; mean rows per annotator and per label, at least; longest label.
_MOSTLY, _ROWS_EACH, _LONG = 0.6, 3, 40
# Keys that hold a label.
_SAID = frozenset({"label", "labels", "choice", "class", "category", "value", "tag", "code", "verdict", "annotation"})


class Annotators(NamedTuple):
    """Lists of annotations: the key, its keys of annotator and label, and the annotators that get columns."""

    key: str
    who: str
    what: str
    names: tuple[str, ...]


def annotators(records: Sequence[Record]) -> Annotators | None:
    """Return where most records list a label from each of several people: [{"by": "ann", "label": "spam", "at": 17}].

    Annotators differ within a record and recur in many; labels repeat within records, too. Annotators of few records
    get no columns.
    """
    for key in records[0] if records else ():
        lists = [value for record in records if isinstance(value := record.get(key), list) and value]
        members = [each for value in lists for each in value]
        if len(lists) < _MOSTLY * len(records) or len(members) <= len(lists):
            continue
        if not all(isinstance(each, dict) for each in members) or not members[0].keys().isdisjoint(_SPAN):
            continue
        cells = {name: [[str(each.get(name)) for each in value] for value in lists] for name in members[0]
                 if all(isinstance(each.get(name), str | int) for each in members)}  # fmt: skip
        distinct = {name: len({cell for value in values for cell in value}) for name, values in cells.items()}
        few = [name for name in cells if distinct[name] > 1 and _ROWS_EACH * distinct[name] <= len(members)]
        who = [name for name in few if all(len(set(value)) == len(value) for value in cells[name])]
        what = [
            name
            for name in few
            if name not in who
            and not any(" " in one.strip() and len(one) > _LONG for value in cells[name] for one in value)
        ]
        if not who or not what:
            continue
        by, said = (
            min(who, key=lambda name: distinct[name]),
            min(what, key=lambda name: (name not in _SAID, distinct[name])),
        )
        seen = Counter(cell for value in cells[by] for cell in value)
        often = all(count >= _MOSTLY * len(records) for count in seen.values())
        return Annotators(key, by, said, tuple(seen) if often else ())
    return None


def by_annotator(record: Record, of: Annotators) -> Record:
    """Return a record with a column per annotator, else with the majority's label, None for a tie."""
    made = {name: cell for name, cell in record.items() if name != of.key}
    given = [each for each in record.get(of.key) or [] if isinstance(each, dict)]
    if of.names:
        said = {str(each.get(of.who)): each.get(of.what) for each in given}
        return made | {f"{of.key}.{name}" if name in made else name: said.get(name) for name in of.names}
    counts = Counter(str(each.get(of.what)) for each in given).most_common(2)
    is_clear = len(counts) == 1 or (len(counts) > 1 and counts[0][1] > counts[1][1])
    return made | {f"{of.key}.label" if "label" in made else "label": counts[0][0] if is_clear else None}
