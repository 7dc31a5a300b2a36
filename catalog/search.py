"""The catalog as others see it: open, search, get, select."""

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Literal, Self

from catalog import generations, likeness
from catalog.card import ModelCard
from catalog.compiler import DATABASE, compiled, forget, is_compiled
from catalog.encoder import StaticEncoder, encoder_folder
from catalog.errors import CatalogError
from catalog.filters import NO_FILTERS, Filters
from catalog.pieces import PIECES
from catalog.results import CatalogInfo, Hit
from catalog.spelled import spelled, without_task
from catalog.store import Store
from catalog.understand import Understood, understand

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    import numpy as np
    from numpy.typing import NDArray

    from catalog.columns import Columns
    from catalog.index import Vectors

Mode = Literal["fusion", "words", "meaning"]

_POOL: Final = 200


class Catalog:
    """A compiled catalog, open for reading. Close it, or use it as a context."""

    def __init__(self, folder: Path, *, temporary: bool = False) -> None:
        """Open the compiled catalog in ``folder``; ``temporary`` deletes the folder on closing."""
        self._folder = folder
        self._temporary = temporary
        self._store = Store(folder / DATABASE)
        self._columns: Columns | None = None
        self._vectors: Vectors | None = None
        self._encoder: StaticEncoder | None = None
        self._beside: ThreadPoolExecutor | None = None
        self._closed = False

    def close(self) -> None:
        """Give back files and memory. Closing twice is harmless."""
        if self._closed:
            return
        self._closed = True
        if self._beside is not None:
            self._beside.shutdown()
        self._store.close()
        if self._encoder is not None:
            self._encoder.close()
        self._columns = self._vectors = self._encoder = None
        if self._temporary:
            forget(self._folder)

    def release(self) -> None:
        """Give back the memory of searching (encoder, vectors); the next search loads them again."""
        if self._encoder is not None:
            self._encoder.close()
        self._encoder = self._vectors = None

    def __enter__(self) -> Self:
        """Use as a context."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close at the end of the context."""
        self.close()

    def __len__(self) -> int:
        """Number of models."""
        return len(self._store)

    def get(self, model_id: str) -> ModelCard | None:
        """The card of that id; case and former ids resolve. ``None`` when the catalog does not have it."""
        row = self._store.row_of(model_id)
        return None if row is None else self._store.card(row)

    def cards(self) -> Iterable[ModelCard]:
        """Every card, in row order."""
        return self._store.cards()

    def select(self, filters: Filters = NO_FILTERS, limit: int | None = None) -> list[ModelCard]:
        """Every card that breaks no constraint, most used first, copies included."""
        import numpy as np

        columns = self._load_columns()
        rows = np.flatnonzero(columns.mask(filters))  # rows come in that order
        return [self._store.card(int(row)) for row in rows[:limit]]

    def count(self, filters: Filters = NO_FILTERS) -> int:
        """How many repositories break no constraint, copies included."""
        import numpy as np

        return int(np.count_nonzero(self._load_columns().mask(filters)))

    def info(self) -> CatalogInfo:
        """What this catalog holds."""
        meta = self._store.meta
        meaning = self._can_mean()
        return CatalogInfo(
            count=len(self._store),
            families=self._store.families(),
            built=meta["built"],
            snapshot=meta["snapshot"],
            schema=int(meta["schema"]),
            meaning=meaning,
            note="" if meaning else "Search is by words only: install the package wordllama to search by meaning.",
            path=self._folder,
        )

    def newest(self) -> str | None:
        """The latest day on which the Hub changed a model, ISO, as the cards say: the facts are no younger than that.

        Every card is read: 0.02 s for twenty thousand, seconds for millions.
        """
        return self._store.newest()

    def understand(self, text: str) -> Understood:
        """The family and the constraints that a text states, told by rules and, where it can, by meaning."""
        return understand(text, self._load_encoder().encode if self._can_mean() else None)

    def read(self, text: str) -> tuple[Understood, list[int]]:
        """What a text asks for, and the rows of the models that it names; names alone ask for no family."""
        understood, named = self.understand(text), self._store.named(text)
        if rows := spelled(text, understood, self._store):
            return without_task(understood), named or rows  # a whole name before those that have it in theirs
        return understood, named

    def search(
        self,
        text: str,
        *,
        filters: Filters = NO_FILTERS,
        limit: int = 10,
        mode: Mode = "fusion",
        serving: bool | None = None,
    ) -> list[Hit]:
        """Models for a task described in plain words, best first; no constraint of ``filters`` is ever broken.

        Ranks by words (BM25) and by meaning are fused by reciprocal rank, and lifted by use and by the family that the
        text seems to ask for. Copies of one model make one hit. When models are to serve the task (embedders,
        generators), standing and smallness count more than words, and the families take turns.

        Args:
            text: The task in plain words, or a model's name. Any text is safe.
            filters: Hard constraints.
            limit: Most hits.
            serving: Whether the models are to serve the task; when not told, if ``filters.families`` leaves out the
                family that the text seems to ask for.
            mode: "words" and "meaning" use one half alone, without any lift; for measurements.
        """
        import numpy as np

        from catalog import ranking  # numpy, 0.08 s

        columns = self._load_columns()
        keep = columns.mask(filters)
        if limit <= 0 or not keep.any():
            return []
        family, topic = None, text
        named: list[int] = []
        if mode == "fusion":
            understood, named = self.read(text)
            family, topic = understood.family, understood.topic or text
            if serving is None:
                serving = bool(filters.families) and family not in filters.families
        by_words, by_meaning = self._both_ways(topic, keep, mode)
        if mode == "fusion":
            tags = [tag for kind, _ in understood.kinds() for tag in kind]
            lifted = tags, [str(code) for code in understood.values("language")]
            pool = columns.pool(keep, *lifted, [*by_words, *by_meaning, *named])
        else:
            pool = np.unique(np.array([*by_words, *by_meaning], dtype=np.int64))
        scores = ranking.fused(pool, by_words, by_meaning)
        if mode == "fusion":
            wish = ranking.Wish(understood, named, serving=bool(serving), has_language=bool(filters.languages))
            ranking.lift(scores, pool, columns, wish)
        ranked = {"words": by_words, "meaning": by_meaning}
        return self._hits(scores, pool, keep, filters, limit, ranked=ranked, family=family, serving=bool(serving))

    def _hits(
        self,
        scores: "NDArray[np.float64]",
        pool: "NDArray[np.int64]",
        keep: "NDArray[np.bool_]",
        filters: Filters,
        limit: int,
        *,
        ranked: dict[str, list[int]],
        family: str | None,
        serving: bool,
    ) -> list[Hit]:
        import numpy as np

        from catalog import ranking

        columns = self._load_columns()
        order = np.argsort(-scores, kind="stable")
        if serving:  # each kind that may serve the task gets its turn
            order = order[columns.taking_turns(pool[order])]
        ranks = {name: {row: rank for rank, row in enumerate(rows)} for name, rows in ranked.items()}
        hits: list[Hit] = []
        seen: set[int] = set()
        for at in order.tolist():
            row = int(pool[at])
            group = int(columns.group[row])
            if group in seen:
                continue
            seen.add(group)
            members = columns.members(group, keep)
            chosen = columns.spokesman(members, group, filters)
            card = self._store.card(chosen)
            variants = tuple(self._store.id(member) for member in members if member != chosen)
            hits.append(Hit(card, float(scores[at]), ranking.why(card, row, ranks, family), variants))
            if len(hits) == limit:
                break
        return hits

    def _both_ways(self, text: str, keep: "NDArray[np.bool_]", mode: Mode) -> tuple[list[int], list[int]]:
        """Rows by words and rows by meaning, each best first.

        In a large catalog at the same time: both take about as long, and neither SQLite nor FAISS holds Python up.
        """
        if mode != "fusion" or not self._store.is_tiered:
            by_words = self._by_words(text, keep, _POOL) if mode != "meaning" else []
            return by_words, self._by_meaning(text, keep, _POOL) if mode != "words" else []
        if self._beside is None:
            from concurrent.futures import ThreadPoolExecutor  # with logging, 0.01 s

            self._beside = ThreadPoolExecutor(1, "catalog-words")
        words = self._beside.submit(self._by_words, text, keep, _POOL)
        try:
            by_meaning = self._by_meaning(text, keep, _POOL)
        finally:
            by_words = words.result()  # the database is used from one thread at a time
        return by_words, by_meaning

    def _by_words(self, text: str, keep: "NDArray[np.bool_]", limit: int) -> list[int]:
        rows: list[int] = []
        for row, _ in self._store.matches(text):
            if keep[row]:
                rows.append(row)
                if len(rows) == limit:
                    break
        return rows

    def _by_meaning(self, text: str, keep: "NDArray[np.bool_]", limit: int) -> list[int]:
        if not self._can_mean() or not text.strip():
            return []
        query = self._load_encoder().encode([text])[0]
        if not query.any():
            return []
        rows, _ = self._load_vectors().nearest(query, keep, limit)
        return [int(row) for row in rows]

    def _can_mean(self) -> bool:
        return bool(self._store.meta["encoder"]) and encoder_folder() is not None

    def _load_columns(self) -> "Columns":
        if self._columns is None:
            self._check_open()
            from catalog.columns import Columns  # numpy, 0.08 s

            self._columns = Columns.load(self._folder)
        return self._columns

    def _load_vectors(self) -> "Vectors":
        if self._vectors is None:
            self._check_open()
            from catalog.index import Vectors  # numpy, 0.08 s

            self._vectors = Vectors(self._folder)
        return self._vectors

    def _load_encoder(self) -> StaticEncoder:
        if self._encoder is None:
            self._check_open()
            home = encoder_folder()
            if home is None:
                raise CatalogError("The text encoder is not installed. Install the package wordllama.")
            self._encoder = StaticEncoder(home, self._folder / PIECES)
            likeness.load(self._folder, self._encoder.encode)
        return self._encoder

    def _check_open(self) -> None:
        if self._closed:
            raise CatalogError("The catalog was closed. Open it again with open_catalog().")


def open_catalog(path: Path | None = None) -> Catalog:
    """Open a catalog for reading.

    Args:
        path: A folder with a compiled catalog, or a snapshot file (``.jsonl`` or ``.jsonl.gz``); when ``None``, what
            the last refresh or import landed, else the shipped snapshot. A snapshot is compiled on first use, which
            takes a few seconds.

    Raises:
        CatalogError: There is no catalog at ``path``, or it is damaged.
    """
    if path is None:
        folder, temporary = generations.current_folder()
    elif is_compiled(path):
        folder, temporary = path, False
    elif path.is_file():
        folder, temporary = compiled(path.read_bytes())
    else:
        raise CatalogError(f"There is no catalog at {path}: neither a compiled folder nor a snapshot file.")
    return Catalog(folder, temporary=temporary)
