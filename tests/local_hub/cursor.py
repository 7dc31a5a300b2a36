"""Cursors of the model listing: a keyset (value and _id), never an offset.

The Hub's cursors decode to a query condition such as
`{"$or":[{"downloads":2,"_id":{"$gt":"639..."}},{"downloads":{"$lt":2}},{"downloads":null}]}`.
Because it names the last record by value, a saved cursor stays good while models come and go.
"""

import base64
import binascii
import json
from typing import Any

Record = dict[str, Any]
Condition = dict[str, Any]


def after(field: str, last: Record, *, ascending: bool) -> Condition:
    """Return the condition that holds for the records following `last`."""
    beyond = "$gt" if ascending else "$lt"
    if field == "_id":
        return {"_id": {beyond: last["_id"]}}
    value = last.get(field)
    tie = {field: value, "_id": {"$gt": last["_id"]}}
    if value is None:  # null sorts below every value, so it comes last when descending
        return {"$or": [tie, {field: {"$ne": None}}]} if ascending else tie
    rest: list[Condition] = [tie, {field: {beyond: value}}]
    return {"$or": rest if ascending else [*rest, {field: None}]}


def encode(condition: Condition) -> str:
    """Return the condition as the opaque text that goes into a URL."""
    return base64.b64encode(json.dumps(condition, separators=(",", ":")).encode()).decode()


def decode(text: str) -> Condition:
    """Return the condition behind a cursor."""
    try:
        condition = json.loads(base64.b64decode(text, validate=True))
    except (binascii.Error, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError("Invalid cursor") from error
    if not isinstance(condition, dict) or not condition:
        raise ValueError("Invalid cursor")
    return condition


def holds(condition: Condition, record: Record) -> bool:
    """Say whether a record satisfies a condition."""
    for key, wanted in condition.items():
        if key == "$or":
            if not any(holds(part, record) for part in wanted):
                return False
        elif not _compare(record.get(key), wanted):
            return False
    return True


def _compare(value: Any, wanted: Any) -> bool:
    """Compare one field with a scalar or with one operator."""
    if not isinstance(wanted, dict):
        return bool(value == wanted)
    ((operator, bound),) = wanted.items()
    if operator == "$ne":
        return bool(value != bound)
    if operator not in {"$gt", "$lt"}:
        raise ValueError("Invalid cursor")
    if value is None:
        return False
    return bool(value > bound if operator == "$gt" else value < bound)
