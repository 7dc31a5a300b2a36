"""The Hub's model records: what is listed now, what has vanished, and which old names lead where."""

from __future__ import annotations

import hashlib
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.local_hub.cursor import Record

CREATED_FLOOR = "2022-03-02T23:29:04.000Z"
"""The createdAt of every repository older than the field."""


class Records:
    """All records by id, safe to change while the hub answers."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}
        self._gone: dict[str, Record] = {}
        self._aliases: dict[str, str] = {}
        self._lock = threading.RLock()

    def __len__(self) -> int:
        return len(self._records)

    def put(self, model_id: str, **fields: Any) -> Record:
        """Add a model, or replace it (also one that had vanished).

        Args:
            model_id: The id, with or without an organisation.
            fields: The record in the Hub's own spelling (`lastModified`, `model-index`); what every
                record has and is not given gets a neutral value.

        Returns:
            The record as stored.
        """
        created = fields.get("createdAt", CREATED_FLOOR)
        modified = fields.get("lastModified", created)
        record: Record = {
            "_id": object_id(model_id, created), "id": model_id, "modelId": model_id,
            "sha": hashlib.sha1(f"{model_id}@{modified}".encode(), usedforsecurity=False).hexdigest(),
            "createdAt": created, "lastModified": modified, "private": False, "gated": False, "disabled": False,
            "likes": 0, "tags": [],
        }  # fmt: skip
        if "/" in model_id:
            record["author"] = model_id.partition("/")[0]
        record |= fields
        with self._lock:
            self._records[model_id] = record
            self._gone.pop(model_id, None)
        return record

    def load(self, records: Iterable[Record]) -> int:
        """Put many records, each with its `id`, and return how many."""
        count = 0
        for record in records:
            self.put(record["id"], **{name: value for name, value in record.items() if name != "id"})
            count += 1
        return count

    def change(self, model_id: str, **fields: Any) -> None:
        """Change fields of a model: a counter moves, a licence is set."""
        with self._lock:
            self._records[model_id] = self._records[model_id] | fields

    def vanish(self, model_id: str) -> None:
        """Take a model away, as if made private or deleted; `return_` brings it back."""
        with self._lock:
            self._gone[model_id] = self._records.pop(model_id)

    def return_(self, model_id: str) -> None:
        """Bring a vanished model back unchanged."""
        with self._lock:
            self._records[model_id] = self._gone.pop(model_id)

    def alias(self, old: str, new: str) -> None:
        """Let an old id redirect to a new one, as the Hub does after a rename."""
        with self._lock:
            self._aliases[old.lower()] = new

    def get(self, model_id: str) -> Record | None:
        return self._records.get(model_id)

    def moved_to(self, model_id: str) -> str | None:
        """Return the id that a legacy or wrongly-cased id stands for, or None."""
        lower = model_id.lower()
        with self._lock:
            target = self._aliases.get(lower) or next(
                (known for known in self._records if known.lower() == lower and known != model_id), None
            )
            return target if target in self._records else None

    def all(self) -> list[Record]:
        with self._lock:
            return list(self._records.values())


def object_id(model_id: str, created: str) -> str:
    """Return a made-up _id that, like the Hub's, begins with the second of creation."""
    second = int(datetime.fromisoformat(created).astimezone(UTC).timestamp())
    rest = hashlib.sha256(model_id.encode()).hexdigest()[:16]
    return f"{second:08x}{rest}"
