"""Working store of cards on their way into a snapshot: a SQLite file, for millions of cards in little memory."""

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Final, Self

from catalog.card import ModelCard
from catalog.errors import CatalogError
from catalog.inherit import believable, completed, is_original
from catalog.prior import stem

_PREFIX: Final = "staging-"
_CACHE_KIB: Final = 65_536
_REMEMBERED: Final = 10_000
_SCHEMA: Final = """
CREATE TABLE base (key TEXT PRIMARY KEY, json TEXT NOT NULL);
CREATE TABLE former (alias TEXT PRIMARY KEY, key TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE cards (
    key TEXT NOT NULL, id TEXT NOT NULL, aliased INT NOT NULL, json TEXT NOT NULL, PRIMARY KEY (key, id)
);
CREATE TABLE aliases (alias TEXT PRIMARY KEY, key TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE originals (stem TEXT PRIMARY KEY, key TEXT NOT NULL, downloads INT NOT NULL) WITHOUT ROWID;
"""
_ORIGINAL: Final = """
INSERT INTO originals VALUES (?, ?, ?)
ON CONFLICT (stem) DO UPDATE SET key = excluded.key, downloads = excluded.downloads
WHERE excluded.downloads > downloads OR (excluded.downloads = downloads AND excluded.key < key)
"""


class Staging:
    """A working store. Use it as a context: leaving it deletes the file.

    The cards that a refresh builds on go into its base and are taken from there one by one; the cards of the snapshot
    are added in any order and returned in the snapshot's order.
    """

    def __init__(self, folder: Path) -> None:
        """Create it empty in the folder, under ``generations.exclusive``; OSError if it cannot be written."""
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.glob(f"{_PREFIX}*"):
            left.unlink(missing_ok=True)
        with tempfile.NamedTemporaryFile(prefix=_PREFIX, suffix=".db", dir=folder, delete=False) as file:
            self._path = Path(file.name)
        self._db = sqlite3.connect(self._path, isolation_level=None)
        # It is not read after a crash, so it needs no recovery.
        self._db.executescript(
            f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-{_CACHE_KIB}; {_SCHEMA} BEGIN"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()
        self._path.unlink(missing_ok=True)

    # The base

    def lay(self, cards: Iterable[ModelCard]) -> None:
        """Put cards into the base; of two with the same id in any case the last one stays."""
        for card in cards:
            key = card.id.lower()
            self._db.execute("INSERT OR REPLACE INTO base VALUES (?, ?)", (key, card.to_json()))
            rows = [(alias.lower(), key) for alias in card.aliases]
            self._db.executemany("INSERT OR REPLACE INTO former VALUES (?, ?)", rows)

    def known_as(self, name: str) -> str:
        """The id in lower case of the base's card with an alias, else the name; the card may be taken already."""
        return self._one("SELECT key FROM former WHERE alias = ?", name) or name

    def take(self, key: str) -> ModelCard | None:
        text = self._one("SELECT json FROM base WHERE key = ?", key)
        if text is None:
            return None
        self._db.execute("DELETE FROM base WHERE key = ?", (key,))
        return ModelCard.from_json(text)

    def left(self) -> Iterator[ModelCard]:
        for (text,) in self._db.execute("SELECT json FROM base ORDER BY key"):
            yield ModelCard.from_json(text)

    # The cards

    def add(self, card: ModelCard) -> None:
        """Add a card; CatalogError if its id is taken."""
        key = card.id.lower()
        try:
            values = (key, card.id, bool(card.aliases), card.to_json())
            self._db.execute("INSERT INTO cards VALUES (?, ?, ?, ?)", values)
        except sqlite3.IntegrityError as error:
            raise CatalogError(f"The catalog holds an id twice ({card.id}). Have it exported again.") from error
        if is_original(card):
            self._db.execute(_ORIGINAL, (stem(card.id), key, card.downloads or 0))

    def ordered(self) -> Iterator[str]:
        """The cards as lines of a snapshot, unchanged."""
        for (text,) in self._db.execute("SELECT json FROM cards ORDER BY key, id"):
            yield text
        self._let_go()

    def completed(self) -> Iterator[str]:
        """The cards as lines of a snapshot, each alias with one card, copies filled from their originals."""
        for key, text in self._db.execute("SELECT key, json FROM cards WHERE aliased ORDER BY key"):
            names = {alias.lower() for alias in ModelCard.from_json(text).aliases}
            free = [(name, key) for name in names if not self._one("SELECT 1 FROM cards WHERE key = ?", name)]
            self._db.executemany("INSERT OR IGNORE INTO aliases VALUES (?, ?)", free)
        named, original = lru_cache(_REMEMBERED)(self._named), lru_cache(_REMEMBERED)(self._original)
        for key, aliased, text in self._db.execute("SELECT key, aliased, json FROM cards ORDER BY key"):
            card = ModelCard.from_json(text)
            if aliased:
                own = [
                    a for a in card.aliases if self._one("SELECT key FROM aliases WHERE alias = ?", a.lower()) == key
                ]
                card = replace(card, aliases=tuple(own))
            yield completed(believable(card), named, original).to_json()
        self._let_go()

    def _let_go(self) -> None:
        """Free the memory of pages, which compiling needs next."""
        self._db.execute("COMMIT")
        self._db.execute("PRAGMA shrink_memory")

    def _named(self, name: str) -> ModelCard | None:
        return self._card(name) or self._card(self._one("SELECT key FROM aliases WHERE alias = ?", name))

    def _original(self, name: str) -> ModelCard | None:
        return self._card(self._one("SELECT key FROM originals WHERE stem = ?", name))

    def _card(self, key: str | None) -> ModelCard | None:
        text = None if key is None else self._one("SELECT json FROM cards WHERE key = ?", key)
        return None if text is None else believable(ModelCard.from_json(text))

    def _one(self, sql: str, value: str) -> str | None:
        found = self._db.execute(sql, (value,)).fetchone()
        return None if found is None else str(found[0])
