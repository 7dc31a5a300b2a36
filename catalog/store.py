"""SQLite: the facts of every model card, their names and aliases, and their words (FTS5)."""

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from catalog.card import ModelCard
from catalog.describe import describe, topics
from catalog.errors import CatalogError
from catalog.families import FAMILIES
from catalog.languages import NAMES
from catalog.prior import stem

_SCHEMA: Final = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE cards (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, family TEXT, json TEXT NOT NULL);
CREATE TABLE names (name TEXT PRIMARY KEY, row INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE stems (stem TEXT NOT NULL, row INTEGER NOT NULL, PRIMARY KEY (stem, row)) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5(name, topics, facts, content='', tokenize='porter unicode61 remove_diacritics 2');
"""
# How much a match in the name, the topics and the composed facts counts.
_WEIGHTS: Final = "4.0, 6.0, 1.0"
_MOST_TERMS: Final = 48
_STOP_WORDS: Final = (
    "a an and any are as at be by can could do does for from get give has have how i if in into is it its "
    "like make me model models must my need needs of on one or our out please run runs should small "
    "smallest so some something than that the their them then there these they this to too under up us "
    "use used using want we what when where which who will with without would you your very not no best "
    "good only just "
)
_STOP: Final = frozenset(_STOP_WORDS.split())


def name_words(model_id: str) -> str:
    """The words inside a repository id: "org/BERT-base_v2" as "org bert base v2 org/BERT-base_v2"."""
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", model_id)
    return " ".join(dict.fromkeys([*re.findall(r"[^\W_]+", model_id), *re.findall(r"[^\W_]+", split)]))


def document(card: ModelCard) -> tuple[str, str, str]:
    """The words of a card as (name, topics, facts), for full text and for its vector."""
    family = FAMILIES.get(card.family or "")
    languages = " ".join(NAMES.get(code, code) for code in card.languages[:12])
    about = " ".join(topics(card))
    facts = f"{card.description or describe(card)} {languages}"
    return name_words(card.id), f"{about} {family.title if family else ''}", facts


def stem_key(name: str) -> str:
    """A name without owner, marks of a smaller copy, case, punctuation: "Qwen/Qwen3-0.6B-GGUF" as "qwen3 0 6b"."""
    return " ".join(re.findall(r"[^\W_]+", stem(name.strip())))


def query_terms(text: str) -> list[str]:
    """Words of a free text worth looking up: no operators, no stop words unless nothing else is left."""
    words = list(dict.fromkeys(w.lower() for w in re.findall(r"[^\W_]+", text.replace("\0", " "))))
    return [w for w in words if w not in _STOP][:_MOST_TERMS] or words[:_MOST_TERMS]


class Store:
    """Read access to a compiled catalog's facts. One connection; use it from one thread at a time."""

    def __init__(self, path: Path) -> None:
        """Open the database at ``path`` read-only.

        Raises:
            CatalogError: It is missing or not a catalog.
        """
        try:
            self._db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False)
            self.meta: dict[str, str] = dict(self._db.execute("SELECT key, value FROM meta"))
        except sqlite3.Error as error:
            raise CatalogError(
                f"The catalog at {path} cannot be read ({error}). Delete its folder; it is built anew on the next use."
            ) from error

    def close(self) -> None:
        """Give the file back."""
        self._db.close()

    def __len__(self) -> int:
        """Number of cards."""
        return int(self.meta["count"])

    def row_of(self, name: str) -> int | None:
        """Row of the card with that id or alias, in any case."""
        # Text that is not valid Unicode (a lone surrogate from a terminal) names nothing, and SQLite refuses it.
        key = name.strip().lower().encode("utf-8", "replace").decode()
        found = self._db.execute("SELECT row FROM names WHERE name = ?", (key,)).fetchone()
        return None if found is None else int(found[0])

    def named(self, text: str) -> list[int]:
        """Rows of the models that the text is the name of, or names in a word that can only be a name."""
        words = [word for word in text.split() if re.search(r"[\d/_-]", word)][:_MOST_TERMS]
        keys = {stem_key(name.encode("utf-8", "replace").decode()) for name in (text[:200], *words)} - {""}
        sql = "SELECT row FROM stems WHERE stem = ? ORDER BY row"
        return [int(row) for key in sorted(keys) for (row,) in self._db.execute(sql, (key,))]

    def card(self, row: int) -> ModelCard:
        """The card of a row.

        Raises:
            CatalogError: There is no such row.
        """
        found = self._db.execute("SELECT json FROM cards WHERE row = ?", (row,)).fetchone()
        if found is None:
            raise CatalogError(f"The catalog has no row {row}; its files belong to different versions. Delete them.")
        return ModelCard.from_json(found[0])

    def cards(self) -> Iterator[ModelCard]:
        """Every card in row order."""
        for (text,) in self._db.execute("SELECT json FROM cards ORDER BY row"):
            yield ModelCard.from_json(text)

    def families(self) -> dict[str, int]:
        """Number of cards per family, largest first; unknown families under ""."""
        query = "SELECT coalesce(family, ''), count(*) FROM cards GROUP BY 1 ORDER BY 2 DESC, 1"
        return {str(family): int(count) for family, count in self._db.execute(query)}

    def matches(self, text: str) -> Iterator[tuple[int, float]]:
        """Rows whose words match any word of the text, best first, with BM25 (higher is better).

        Any text will do: it is cut into words and each is passed as a quoted string, so operators have no
        meaning.
        """
        terms = query_terms(text)
        if not terms:
            return
        query = " OR ".join(f'"{term}"' for term in terms)
        sql = f"SELECT rowid, -bm25(words, {_WEIGHTS}) FROM words WHERE words MATCH ? ORDER BY 2 DESC, 1"  # noqa: S608 - constants
        for row, score in self._db.execute(sql, (query,)):
            yield int(row), float(score)


def write(path: Path, cards: Sequence[ModelCard], meta: Iterable[tuple[str, str]]) -> None:
    """Write a new database; row n is ``cards[n]``. An id wins over an alias of the same name."""
    db = sqlite3.connect(path)
    try:
        # The file is private until it is renamed into place, so a crash leaves nothing to recover.
        db.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + _SCHEMA)
        with db:
            db.executemany(
                "INSERT INTO cards VALUES (?, ?, ?, ?)",
                ((row, card.id, card.family, card.to_json()) for row, card in enumerate(cards)),
            )
            names = ((card.id.lower(), row) for row, card in enumerate(cards))
            db.executemany("INSERT OR IGNORE INTO names VALUES (?, ?)", names)
            stems = ((stem_key(card.id), row) for row, card in enumerate(cards))
            db.executemany("INSERT INTO stems VALUES (?, ?)", stems)
            aliases = ((alias.lower(), row) for row, card in enumerate(cards) for alias in card.aliases)
            db.executemany("INSERT OR IGNORE INTO names VALUES (?, ?)", aliases)
            db.executemany(
                "INSERT INTO words (rowid, name, topics, facts) VALUES (?, ?, ?, ?)",
                ((row, *document(card)) for row, card in enumerate(cards)),
            )
            db.execute("INSERT INTO words (words) VALUES ('optimize')")
            db.executemany("INSERT INTO meta VALUES (?, ?)", [*meta, ("count", str(len(cards)))])
    finally:
        db.close()
