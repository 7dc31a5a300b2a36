"""SQLite: the facts of every model card, their names and aliases, and their words (FTS5)."""

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from catalog.card import ModelCard
from catalog.errors import CatalogError
from catalog.families import FAMILIES
from catalog.languages import NAMES
from catalog.prior import stem
from catalog.store.describe import describe_card, topics
from catalog.store.implied import implied

_TOKENIZER: Final = "'porter unicode61 remove_diacritics 2'"
_TEXT: Final = f"name, topics, facts, content='', tokenize={_TOKENIZER}"
_SCHEMA: Final = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE cards (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, family TEXT, json TEXT NOT NULL);
CREATE TABLE names (name TEXT PRIMARY KEY, row INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE stems (stem TEXT NOT NULL, row INTEGER NOT NULL, PRIMARY KEY (stem, row)) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5({_TEXT});
CREATE VIRTUAL TABLE best USING fts5({_TEXT});
CREATE TABLE common (term TEXT PRIMARY KEY, cards INT NOT NULL, best INT NOT NULL) WITHOUT ROWID;
"""
# From ``TIERED_FROM`` cards on, the words of the ``TIER_ROWS`` cards of highest standing are indexed separately too.
# BM25 takes a microsecond per match, so each index looks up only the rarest words, up to ``_MOST_SHARED`` matches.
# Words in fewer than ``_COMMON`` cards are not counted.
TIERED_FROM: Final = 50_000
TIER_ROWS: Final = 20_000
_MOST_SHARED: Final = 3_000
_COMMON: Final = 50
_MOST_MATCHES: Final = 1_000
_WRITE_CACHE_KIB: Final = 100_000
_WRITE_HASH_BYTES: Final = 64 << 20
# BM25 weights of the name, the topics and the composed facts.
_WEIGHTS: Final = "4.0, 6.0, 1.0"
_MOST_TERMS: Final = 48
_MOST_NAMED: Final = 1_000
_LEAST_BEGUN: Final = 3
_STOPPED: Final = (
    "a an and any are as at be by can could do does for from get give has have how i if in into is it its "
    "like make me model models must my need needs of on one or our out please run runs should small "
    "smallest so some something than that the their them then there these they this to too under up us "
    "use used using want we what when where which who will with without would you your very not no best "
    "good only just "
)
STOP_WORDS: Final = frozenset(_STOPPED.split())


def name_words(model_id: str) -> str:
    """The words inside a repository id: "org/BERT-base_v2" as "org bert base v2 org/BERT-base_v2"."""
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", model_id)
    return " ".join(dict.fromkeys([*re.findall(r"[^\W_]+", model_id), *re.findall(r"[^\W_]+", split)]))


def document(card: ModelCard) -> tuple[str, str, str]:
    """The words of a card as (name, topics, facts), for full-text search and for its vector."""
    family = FAMILIES.get(card.family or "")
    languages = " ".join(NAMES.get(code, code) for code in card.languages[:12])
    about = " ".join((*topics(card), *card.label_meanings.values(), implied(card.id)))
    facts = f"{card.description or describe_card(card)} {languages}"
    return name_words(card.id), f"{about} {family.title if family else ''}", facts


def stem_key(name: str) -> str:
    """A name without owner, copy marks, case and punctuation: "Qwen/Qwen3-0.6B-GGUF" as "qwen3 0 6b"."""
    return " ".join(re.findall(r"[^\W_]+", stem(name.strip())))


def query_terms(text: str) -> list[str]:
    """Words of a free text to look up: no operators, and no stop words unless there are no others."""
    words = list(dict.fromkeys(w.lower() for w in re.findall(r"[^\W_]+", text.replace("\0", " "))))
    return [w for w in words if w not in STOP_WORDS][:_MOST_TERMS] or words[:_MOST_TERMS]


class Store:
    """Read access to a compiled catalog's facts. One connection; use it from one thread at a time."""

    def __init__(self, path: Path) -> None:
        """Open the database at ``path`` read-only; CatalogError if it is missing or not a catalog."""
        try:
            self._db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False)
            self._db.execute("BEGIN")  # holds a read lock until closed: see catalog.store.cache
            self.meta: dict[str, str] = dict(self._db.execute("SELECT key, value FROM meta"))
            self.is_tiered = len(self) > TIERED_FROM
            self._cutter: sqlite3.Connection | None = None
        except sqlite3.Error as error:
            raise CatalogError(
                f"The catalog at {path} cannot be read ({error}). Delete its folder; it is rebuilt on the next use."
            ) from error

    def close(self) -> None:
        self._db.close()
        if self._cutter is not None:
            self._cutter.close()

    def __len__(self) -> int:
        return int(self.meta["count"])

    def row_of(self, name: str) -> int | None:
        """Row of the card with an id or alias, in any case."""
        # Text that is not valid Unicode (a lone surrogate from a terminal) names nothing, and SQLite refuses it.
        key = name.strip().lower().encode("utf-8", "replace").decode()
        found = self._db.execute("SELECT row FROM names WHERE name = ?", (key,)).fetchone()
        return None if found is None else int(found[0])

    def named(self, text: str) -> list[int]:
        """Rows of the models named by the whole text, or by a word in it that can only be a name."""
        words = [word for word in text.split() if re.search(r"[\d/_-]", word)][:_MOST_TERMS]
        keys = {stem_key(name.encode("utf-8", "replace").decode()) for name in (text[:200], *words)} - {""}
        sql = f"SELECT row FROM stems WHERE stem = ? ORDER BY row LIMIT {_MOST_NAMED}"  # noqa: S608 - a constant
        return [int(row) for key in sorted(keys) for (row,) in self._db.execute(sql, (key,))]

    def is_name(self, word: str) -> bool:
        """Whether a word is an id or alias of a model or, with a digit, an id without its owner."""
        if "/" in word or not re.search(r"\d", word):
            return self.row_of(word) is not None
        return bool(self.named(word))

    def spelled(self, words: Sequence[str]) -> list[int]:
        """Rows of the models that have all these words in their names, best standing first.

        The last word is a prefix; in a large catalog, where prefixes are slow, only among the best.
        """
        wanted = " AND ".join(f'"{word}"' for word in words)
        whole = f"name : ({wanted})"
        is_begun = len(words[-1]) >= _LEAST_BEGUN
        asked = [("best" if self.is_tiered else "words", f"name : ({wanted} *)" if is_begun else whole)]
        if self.is_tiered:
            asked.append(("words", whole))
        rows: dict[int, None] = {}
        for table, query in asked:
            sql = f"SELECT rowid FROM {table} WHERE {table} MATCH ? ORDER BY rowid LIMIT {_MOST_NAMED}"  # noqa: S608 - constants
            rows |= dict.fromkeys(int(row) for (row,) in self._db.execute(sql, (query,)))
        return list(rows)

    def card(self, row: int) -> ModelCard:
        """The card of a row; CatalogError if there is no such row."""
        found = self._db.execute("SELECT json FROM cards WHERE row = ?", (row,)).fetchone()
        if found is None:
            raise CatalogError(f"The catalog has no row {row}; its files belong to different versions. Delete them.")
        return ModelCard.from_json(found[0])

    def cards(self) -> Iterator[ModelCard]:
        for (text,) in self._db.execute("SELECT json FROM cards ORDER BY row"):
            yield ModelCard.from_json(text)

    def families(self) -> dict[str, int]:
        """Number of cards per family, largest first; unknown family as ""."""
        query = "SELECT coalesce(family, ''), count(*) FROM cards GROUP BY 1 ORDER BY 2 DESC, 1"
        return {str(family): int(count) for family, count in self._db.execute(query)}

    def newest(self) -> str | None:
        """The latest day on which a model changed on the Hub, ISO, by the cards; ``None`` if no card states one."""
        found = self._db.execute("SELECT max(substr(json ->> '$.updated', 1, 10)) FROM cards").fetchone()[0]
        return None if found is None else str(found)

    def id(self, row: int) -> str:
        return str(self._db.execute("SELECT id FROM cards WHERE row = ?", (row,)).fetchone()[0])

    def matches(self, text: str) -> Iterator[tuple[int, float]]:
        """Rows that match any word of the text, best first, with BM25 (higher is better).

        Any text is safe: it is split into words, each passed as a quoted string, so operators have no meaning. In a
        large catalog a word that many cards share would take too long; there all words are looked up among the cards
        of the best standing, and only rare ones among the others.
        """
        terms = query_terms(text)
        if not terms:
            return
        if not self.is_tiered:
            yield from self._ranked("words", terms)
            return
        counts = self._counts(terms)
        found: dict[int, float] = {}
        for place, table in enumerate(("best", "words")):
            rare = _rarest([(term, counts[term][place]) for term in terms])
            for row, score in self._ranked(table, rare) if rare else ():
                found[row] = max(score, found.get(row, 0.0))
        if found:
            yield from sorted(found.items(), key=lambda item: (-item[1], item[0]))
        else:  # only common words: cards that have them, in order of standing
            sql = "SELECT rowid, 0.0 FROM best WHERE best MATCH ? ORDER BY rowid LIMIT ?"
            yield from self._db.execute(sql, (_any(terms), _MOST_MATCHES))

    def _ranked(self, table: str, terms: Sequence[str]) -> Iterator[tuple[int, float]]:
        most = _MOST_MATCHES if self.is_tiered else -1
        sql = (
            f"SELECT rowid, -bm25({table}, {_WEIGHTS}) FROM {table} WHERE {table} MATCH ?"  # noqa: S608 - constants
            f" ORDER BY 2 DESC, 1 LIMIT {most}"
        )
        yield from self._db.execute(sql, (_any(terms),))

    def _counts(self, terms: Sequence[str]) -> dict[str, tuple[int, int]]:
        """Number of cards among the best, and of all cards, with each term, as tokenized by FTS5."""
        if self._cutter is None:
            self._cutter = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
            self._cutter.execute(f"CREATE VIRTUAL TABLE text USING fts5(word, tokenize={_TOKENIZER})")
            self._cutter.execute("CREATE VIRTUAL TABLE tokens USING fts5vocab(text, 'instance')")
        self._cutter.execute("DELETE FROM text")
        self._cutter.executemany("INSERT INTO text (rowid, word) VALUES (?, ?)", enumerate(terms))
        counts = dict.fromkeys(terms, (0, 0))
        for place, token in self._cutter.execute("SELECT doc, term FROM tokens"):
            known = self._db.execute("SELECT best, cards FROM common WHERE term = ?", (token,)).fetchone()
            if known:
                counts[terms[place]] = known
        return counts


def _any(terms: Sequence[str]) -> str:
    return " OR ".join(f'"{term}"' for term in terms)


def _rarest(counted: Sequence[tuple[str, int]]) -> list[str]:
    """The rarest terms, up to ``_MOST_SHARED`` matches in total."""
    rare, total = [], 0
    for term, count in sorted(counted, key=lambda item: item[1]):
        total += count
        if total > _MOST_SHARED:
            break
        rare.append(term)
    return rare


class Writer:
    """Writes a new database row by row."""

    def __init__(self, path: Path, count: int) -> None:
        self._count = count
        self._aliases: list[tuple[str, int]] = []
        self._db = sqlite3.connect(path, isolation_level=None)
        # The file is private until it is renamed into place, so it needs no recovery after a crash.
        self._db.executescript(
            f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-{_WRITE_CACHE_KIB};"
            + _SCHEMA
            + "BEGIN"
        )
        if self._tiered:
            self._db.execute("INSERT INTO words (words, rank) VALUES ('hashsize', ?)", (_WRITE_HASH_BYTES,))

    @property
    def _tiered(self) -> bool:
        return self._count > TIERED_FROM

    def add(self, start: int, cards: Sequence[ModelCard], documents: Sequence[tuple[str, str, str]]) -> None:
        """Add the next cards, the first at row ``start``, with their words; CatalogError if an id is taken."""
        numbered = list(enumerate(cards, start))
        try:
            self._db.executemany(
                "INSERT INTO cards VALUES (?, ?, ?, ?)", ((row, c.id, c.family, c.to_json()) for row, c in numbered)
            )
        except sqlite3.IntegrityError as error:
            raise CatalogError("The catalog's snapshot holds an id twice. Refresh it, or reinstall.") from error
        self._db.executemany("INSERT OR IGNORE INTO names VALUES (?, ?)", ((c.id.lower(), row) for row, c in numbered))
        self._db.executemany("INSERT INTO stems VALUES (?, ?)", ((stem_key(c.id), row) for row, c in numbered))
        self._aliases += [(alias.lower(), row) for row, c in numbered for alias in c.aliases]
        words = [(row, *document) for (row, _), document in zip(numbered, documents, strict=True)]
        self._db.executemany("INSERT INTO words (rowid, name, topics, facts) VALUES (?, ?, ?, ?)", words)
        if self._tiered and start < TIER_ROWS:
            best = words[: TIER_ROWS - start]
            self._db.executemany("INSERT INTO best (rowid, name, topics, facts) VALUES (?, ?, ?, ?)", best)

    def finish(self, meta: Iterable[tuple[str, str]]) -> None:
        """Complete the database. An id takes precedence over an alias of the same name."""
        self._db.executemany("INSERT OR IGNORE INTO names VALUES (?, ?)", self._aliases)
        self._db.execute("INSERT INTO words (words) VALUES ('optimize')")
        if self._tiered:
            self._db.execute("INSERT INTO best (best) VALUES ('optimize')")
            for table in ("words", "best"):
                self._db.execute(f"CREATE VIRTUAL TABLE temp.of_{table} USING fts5vocab(main, {table}, 'row')")
            self._db.execute("INSERT INTO common SELECT term, doc, 0 FROM temp.of_words WHERE doc >= ?", (_COMMON,))
            counted = self._db.execute("SELECT doc, term FROM temp.of_best").fetchall()
            self._db.executemany("UPDATE common SET best = ? WHERE term = ?", counted)
        self._db.executemany("INSERT INTO meta VALUES (?, ?)", [*meta, ("count", str(self._count))])
        self._db.execute("COMMIT")

    def close(self) -> None:
        self._db.close()
