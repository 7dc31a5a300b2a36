"""Journal of refreshes: facts received from the Hub and the progress of the current run.

One SQLite file per Hub. Every page and every check is one transaction that stores its records together with the next
step, so a process killed at any moment loses only the current request.
"""

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal, Self

from catalog.errors import CatalogError
from catalog.refresh.record import Record

Kind = Literal["mark", "top", "all", "changes", "counters", "details"]

# Checks in a row that must find a model missing: of 155 models that vanished within eight hours, 39 came back.
ABSENCES: Final = 3
_ANY: Final = 2**31
_SCHEMA_VERSION: Final = 1
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS state (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS models (
    key TEXT PRIMARY KEY, id TEXT NOT NULL, hub_id TEXT, family TEXT, downloads INTEGER, modified TEXT,
    seen INTEGER NOT NULL, fetched TEXT, missing INTEGER NOT NULL DEFAULT 0, json TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_hub_id ON models (hub_id);
CREATE INDEX IF NOT EXISTS by_family ON models (family, downloads);
CREATE TABLE IF NOT EXISTS aliases (old TEXT PRIMARY KEY, spelled TEXT NOT NULL, new TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS walks (
    n INTEGER PRIMARY KEY, kind TEXT NOT NULL, family TEXT, query TEXT NOT NULL, following TEXT,
    pages INTEGER NOT NULL DEFAULT 0, models INTEGER NOT NULL DEFAULT 0, wanted INTEGER, floor INTEGER,
    done INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS checks (key TEXT PRIMARY KEY, id TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0)
    WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Walk:
    """One listing to follow page by page."""

    n: int  # Its place in the plan.
    kind: Kind  # How its records are processed.
    family: str | None  # Its pipeline tag, ``None`` for all.
    query: str  # Query of its first page.
    following: str | None = None  # Query of the next page to fetch, ``None`` at the start.
    pages: int = 0  # Pages fetched.
    models: int = 0  # Distinct models taken.
    wanted: int | None = None  # Models to fetch, ``None`` for all.
    floor: int | None = None  # Lowest download count so far.


@dataclass(frozen=True, slots=True)
class Run:
    """The current run."""

    number: int  # Counts runs from 1.
    scope: str  # Its scope as text; another scope starts another run.
    mode: Literal["full", "incremental"]
    started: str  # Start, ISO.
    checked: bool = False  # Whether its walks are finished and its checks planned.


class Journal:
    """The journal of one Hub. Use it as a context, under the lock of ``generations.exclusive``."""

    def __init__(self, folder: Path, endpoint: str) -> None:
        """Open or create the journal of a Hub; CatalogError if it is damaged or of another version."""
        name = re.sub(r"[^\w.-]+", "-", endpoint.partition("://")[2])[:40]
        digest = hashlib.sha256(endpoint.encode()).hexdigest()[:8]
        self.path = folder / f"journal-{name}-{digest}.db"
        try:
            self._db = sqlite3.connect(self.path, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.executescript(_SCHEMA)
            version = self.get("schema")
        except sqlite3.Error as error:
            raise CatalogError(
                f"The journal of refreshes {self.path} cannot be used ({error}). Delete it: the next refresh starts "
                "afresh, and the current catalog stays in use."
            ) from error
        if version is None:
            self.put(schema=_SCHEMA_VERSION)
        elif version != _SCHEMA_VERSION:
            raise CatalogError(f"The journal {self.path} is of another version of this program. Delete it.")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A context in which all changes are atomic; it takes the write lock immediately."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def get(self, key: str) -> Any:  # noqa: ANN401 - whatever was put
        """A value of the state, ``None`` if it was never set."""
        row = self._db.execute("SELECT value FROM state WHERE key = ?", (key,)).fetchone()
        return None if row is None else json.loads(row[0])

    def put(self, **values: Any) -> None:  # noqa: ANN401 - whatever JSON can carry
        rows = [(key, json.dumps(value)) for key, value in values.items()]
        self._db.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", rows)

    @property
    def run(self) -> Run | None:
        """The current run, ``None`` between runs."""
        data = self.get("run")
        return None if data is None else Run(**data)

    # Walks

    def begin(self, run: Run, walks: Iterable[Walk]) -> None:
        """Discard the current run, if any, and plan another."""
        with self.transaction():
            self._db.execute("DELETE FROM walks")
            self._db.execute("DELETE FROM checks")
            for walk in walks:
                self.add_walk(walk)
            self.put(run=asdict(run), runs=run.number)

    def add_walk(self, walk: Walk) -> None:
        self._db.execute(
            "INSERT INTO walks (kind, family, query, wanted) VALUES (?, ?, ?, ?)",
            (walk.kind, walk.family, walk.query, walk.wanted),
        )

    def walks(self, *, open_only: bool = False) -> list[Walk]:
        """The walks of the run in order; ``open_only`` excludes finished ones."""
        names = "n, kind, family, query, following, pages, models, wanted, floor"
        sql = f"SELECT {names} FROM walks WHERE done <= ? ORDER BY n"  # noqa: S608 - a constant
        return [Walk(*row) for row in self._db.execute(sql, (0 if open_only else 1,))]

    def advance(self, walk: Walk, following: str | None, *, models: int, floor: int | None, done: bool) -> None:
        """Record that a page of the walk was processed."""
        self._db.execute(
            "UPDATE walks SET following = ?, pages = pages + 1, models = models + ?, floor = ?, done = ? WHERE n = ?",
            (following, models, floor, done, walk.n),
        )

    def restart(self, walk: Walk, run: int) -> None:
        """Restart a walk at its first page, with its models marked as not yet seen in the run."""
        sql = "UPDATE models SET seen = ? - 1 WHERE seen = ? AND (? IS NULL OR family = ?)"
        self._db.execute(sql, (run, run, walk.family, walk.family))
        self._db.execute("UPDATE walks SET following = NULL, models = 0, floor = NULL WHERE n = ?", (walk.n,))

    # Models

    def known(self, keys: Iterable[str]) -> dict[str, tuple[str | None, int, int]]:
        """For each known id in lower case: last change, the run that saw it last, absences."""
        found = {}
        for key in keys:
            row = self._db.execute(
                "SELECT modified, seen, missing FROM models WHERE key = ? AND json IS NOT NULL", (key,)
            ).fetchone()
            if row is not None:
                found[key] = row
        return found

    def store(self, records: Iterable[Record], run: int, date: str) -> None:
        """Store full records; a model that returned is alive again, a renamed one keeps its old name as an alias."""
        for record in records:
            key, hub_id = record["id"].lower(), record.get("_id")
            if hub_id:
                renamed = self._db.execute(
                    "SELECT id FROM models WHERE hub_id = ? AND key != ?", (hub_id, key)
                ).fetchall()
                for (old,) in renamed:
                    self.rename(old, record["id"])
            self._db.execute("DELETE FROM aliases WHERE old = ?", (key,))
            values = (
                key, record["id"], hub_id, record.get("family"), record.get("downloads"), record.get("modified"),
                run, date, json.dumps(record, sort_keys=True, ensure_ascii=False, separators=(",", ":")),
            )  # fmt: skip
            self._db.execute("INSERT OR REPLACE INTO models VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?)", values)

    def count(self, record: Record, run: int) -> None:
        downloads, likes = record.get("downloads"), record.get("likes")
        self._db.execute(
            "UPDATE models SET seen = ?, missing = 0, downloads = coalesce(?, downloads),"
            " json = json_set(json, '$.downloads', coalesce(?, json_extract(json, '$.downloads')),"
            " '$.likes', coalesce(?, json_extract(json, '$.likes'))) WHERE key = ?",
            (run, downloads, downloads, likes, record["id"].lower()),
        )

    def miss(self, model_id: str, run: int) -> None:
        """Record that a check did not find the model."""
        self._db.execute(
            "INSERT INTO models (key, id, seen, missing) VALUES (?, ?, ?, 1)"
            " ON CONFLICT (key) DO UPDATE SET missing = missing + 1, seen = excluded.seen",
            (model_id.lower(), model_id, run),
        )

    def rename(self, old: str, new: str) -> None:
        """Record that the Hub has renamed the model."""
        self._db.execute("DELETE FROM models WHERE key = ?", (old.lower(),))
        self._db.execute("UPDATE aliases SET new = ? WHERE new = ?", (new.lower(), old.lower()))
        self._db.execute("INSERT OR REPLACE INTO aliases VALUES (?, ?, ?)", (old.lower(), old, new.lower()))

    def alive(self, *, with_gone: bool = False) -> Iterator[tuple[Record, str]]:
        """Records that belong in the catalog, with the day they were fetched, by id; with ``with_gone`` all records."""
        sql = "SELECT json, fetched FROM models WHERE json IS NOT NULL AND missing < ? ORDER BY key"
        for text, fetched in self._db.execute(sql, (_ANY if with_gone else ABSENCES,)):
            yield json.loads(text), fetched

    def is_alive(self, key: str, *, with_gone: bool = False) -> bool:
        """Whether :meth:`alive` has a record of that id in lower case."""
        sql = "SELECT 1 FROM models WHERE key = ? AND json IS NOT NULL AND missing < ?"
        return self._db.execute(sql, (key, _ANY if with_gone else ABSENCES)).fetchone() is not None

    def count_alive(self) -> int:
        sql = "SELECT count(*) FROM models WHERE json IS NOT NULL AND missing < ?"
        return int(self._db.execute(sql, (ABSENCES,)).fetchone()[0])

    def count_missed(self) -> int:
        """Number of models missing at their last check, but not yet often enough."""
        sql = "SELECT count(*) FROM models WHERE missing BETWEEN 1 AND ?"
        return int(self._db.execute(sql, (ABSENCES - 1,)).fetchone()[0])

    def gone(self) -> list[str]:
        return [i for (i,) in self._db.execute("SELECT id FROM models WHERE missing >= ? ORDER BY key", (ABSENCES,))]

    def aliases(self) -> list[tuple[str, str]]:
        """Former ids in their original spelling, each with the current one in lower case."""
        return list(self._db.execute("SELECT spelled, new FROM aliases ORDER BY old"))

    # Checks

    def suspects(self, walk: Walk | None, run: int, limit: int) -> list[str]:
        """Ids that a finished listing by downloads should have shown but did not, most used first.

        Without a listing those found missing before.
        """
        if walk is None:
            sql = "SELECT id FROM models WHERE seen < ? AND missing BETWEEN 1 AND ? ORDER BY key LIMIT ?"
            return [i for (i,) in self._db.execute(sql, (run, ABSENCES - 1, limit))]
        sql = (
            "SELECT id FROM models WHERE seen < ? AND missing < ? AND json IS NOT NULL AND (? IS NULL OR family = ?)"
            " AND coalesce(downloads, 0) > ? ORDER BY downloads DESC, key LIMIT ?"
        )
        floor = -1 if walk.floor is None else walk.floor
        return [i for (i,) in self._db.execute(sql, (run, ABSENCES, walk.family, walk.family, floor, limit))]

    def is_known(self, model_id: str) -> bool:
        """Whether the Hub was ever asked about the id, or listed it."""
        key = model_id.lower()
        sql = "SELECT 1 FROM models WHERE key = ? UNION ALL SELECT 1 FROM aliases WHERE old = ?"
        return self._db.execute(sql, (key, key)).fetchone() is not None

    def add_checks(self, ids: Iterable[str]) -> None:
        rows = [(i.lower(), i) for i in ids]
        self._db.executemany("INSERT OR IGNORE INTO checks (key, id) VALUES (?, ?)", rows)

    def checks(self) -> tuple[list[str], int]:
        """Ids still to check, and the number checked."""
        left = [i for (i,) in self._db.execute("SELECT id FROM checks WHERE NOT done ORDER BY key")]
        return left, int(self._db.execute("SELECT count(*) FROM checks WHERE done").fetchone()[0])

    def check_done(self, model_id: str) -> None:
        self._db.execute("UPDATE checks SET done = 1 WHERE key = ?", (model_id.lower(),))

    def checks_planned(self, run: Run) -> None:
        self.put(run=asdict(run) | {"checked": True})

    def finish(self, **state: Any) -> None:  # noqa: ANN401 - whatever JSON can carry
        """End the run and store the state for the next one."""
        with self.transaction():
            self._db.execute("DELETE FROM walks")
            self._db.execute("DELETE FROM checks")
            self._db.execute("DELETE FROM state WHERE key = 'run'")
            self.put(**state)
