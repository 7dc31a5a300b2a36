"""The catalog's interface: open, search, get, select."""

import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Self

from catalog.card import ModelCard
from catalog.errors import CatalogError
from catalog.prior import quality
from catalog.query import task_classifier, uses
from catalog.query.filters import NO_FILTERS, Filters
from catalog.query.gloss import in_english
from catalog.query.page import CatalogInfo, Hit
from catalog.query.task_classifier import paraphrases
from catalog.query.understand import Understood, understand
from catalog.store import generations
from catalog.store.bpe import PIECES
from catalog.store.compiler import DATABASE, compiled, is_compiled
from catalog.store.database import STOP_WORDS, Store
from catalog.store.encoder import StaticEncoder, encoder_folder

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    import numpy as np
    from numpy.typing import NDArray

    from catalog.query.uses import Use
    from catalog.store.columns import Columns
    from catalog.store.vectors import Vectors


_POOL: Final = 200
_MOST_EXAMPLES: Final = 3
_MOST_WORDS_OF_NAME: Final = 5
# What follows is what the user knows, and wants something else than.
_OTHER_THAN: Final = re.compile(
    r"\b(?:than|instead of|alternatives? (?:to|for)|replac\w+(?: for)?|(?<!would )like) (?:the |an? )?"
    r"(\S*\w(?:,? (?:and|or) \S*\w)*)",
    re.IGNORECASE,
)
_MAY_BE_NAME: Final = re.compile(r"[^\s,;()\"]*[\d/][^\s,;()\"]*")


@dataclass(frozen=True, slots=True)
class _Ranking:
    """Scored rows, the two rankings they were made from, and the text as understood."""

    scores: "NDArray[np.float64]"
    pool: "NDArray[np.int64]"
    ways: dict[str, list[int]]
    uses: "list[tuple[Use, float]]"
    direction: tuple[str, str] | None
    serving: bool


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
        self._uses: uses.Uses | None = None
        self._word_thread: ThreadPoolExecutor | None = None
        self._closed = False
        # The parts of one page are searched one after the other with the same text.
        self._last_read: tuple[str, tuple[Understood, list[int]]] | None = None
        self._last_matches: tuple[str, list[tuple[int, float]]] | None = None
        self._last_vector: tuple[str, NDArray[np.float32]] | None = None
        self._last_uses: tuple[object, list[tuple[Use, float]]] | None = None

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        if self._word_thread is not None:
            self._word_thread.shutdown()
        self._store.close()
        if self._encoder is not None:
            self._encoder.close()
        self._columns = self._vectors = self._encoder = self._uses = None
        if self._temporary:
            shutil.rmtree(self._folder, ignore_errors=True)

    def release(self) -> None:
        """Free the memory of searching (encoder, vectors); the next search loads them again."""
        if self._encoder is not None:
            self._encoder.close()
        self._encoder = self._vectors = self._uses = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._store)

    def get(self, model_id: str) -> ModelCard | None:
        """The card of an id, in any case, or of a former id; ``None`` if the catalog lacks it."""
        row = self._store.row_of(model_id)
        return None if row is None else self._store.card(row)

    def standing(self, card: ModelCard) -> float:
        """How likely a model is to suit any user, 0 to 1, see ``prior.quality``; less if there is a later version."""
        row = self._store.row_of(card.id)
        return quality(card) if row is None else float(self._load_columns().quality[row])

    def cards(self) -> Iterable[ModelCard]:
        return self._store.cards()

    def select(self, filters: Filters = NO_FILTERS, limit: int | None = None) -> list[ModelCard]:
        """All cards that satisfy the constraints, most used first, copies included."""
        import numpy as np

        columns = self._load_columns()
        rows = np.flatnonzero(columns.mask(filters))  # rows are sorted so
        return [self._store.card(int(row)) for row in rows[:limit]]

    def count(self, filters: Filters = NO_FILTERS) -> int:
        """Number of repositories that satisfy the constraints, copies included."""
        import numpy as np

        return int(np.count_nonzero(self._load_columns().mask(filters)))

    def names(self, fact: Literal["family", "license", "language", "format"]) -> tuple[str, ...]:
        """The values of a fact in all cards, in alphabetical order."""
        return self._load_columns().names(fact)

    def info(self) -> CatalogInfo:
        meta = self._store.meta
        return CatalogInfo(
            count=len(self._store),
            families=self._store.families(),
            built=meta["built"],
            snapshot=meta["snapshot"],
            schema=int(meta["schema"]),
            path=self._folder,
        )

    def newest(self) -> str | None:
        """The latest day on which a model changed on the Hub, ISO, by the cards: no fact is newer.

        Every card is read: 0.02 s for twenty thousand, seconds for millions.
        """
        return self._store.newest()

    def understand(self, text: str) -> Understood:
        """The family and the constraints that a text states, found by rules and by meaning."""
        families: list[str] = []
        if len(text.split()) > _MOST_WORDS_OF_NAME or _OTHER_THAN.search(text):
            named = map(self._store.card, self._store.named(text)[:_MOST_EXAMPLES])
            families = [card.family for card in named if card.family]
        found = understand(text, self.encode, examples=families)
        # A name's parts are no limits: "2b" in google/gemma-2-2b-it, "MIT" in an owner's name.
        alone = _MAY_BE_NAME.sub(lambda word: " " if self._store.is_name(word[0]) else word[0], text)
        if alone == text:
            return found
        if not alone.strip():
            return Understood(None, (), (), (), text)
        stated = understand(alone).constraints
        return replace(found, constraints=tuple(each for each in found.constraints if each in stated))

    @property
    def encode(self) -> "Callable[[list[str]], NDArray[np.float32]]":
        return self._load_encoder().encode

    def read(self, text: str) -> tuple[Understood, list[int]]:
        """The text as understood, and the rows of the models that it asks for by name; these alone imply no family."""
        if self._last_read is None or self._last_read[0] != text:
            understood, known = self.understand(text), self._known(text)
            named = [row for row in self._store.named(text) if row not in known]
            if rows := spelled(text, understood, self._store):
                # A name implies no family, but may come with limits; an exact name before names that contain it.
                understood, named = replace(understood, family=None, families=(), evidence=()), named or rows
            self._last_read = text, (understood, named)
        return self._last_read[1]

    def _known(self, text: str) -> list[int]:
        """Rows of the models that a text names only to ask for another: "better than bart-large-cnn"."""
        return self._store.named(" ".join(_OTHER_THAN.findall(in_english(text))))

    def knows(self, text: str) -> bool:
        """Whether a text names a model or shares a word with a card or a use; if not, search results are guesses."""
        understood, named = self.read(text)
        of_cards = self._store.matches(_beyond_family(understood, text) or text)
        return bool(named) or next(of_cards, None) is not None or uses.knows(understood.topic)

    def search(
        self,
        text: str,
        *,
        filters: Filters = NO_FILTERS,
        limit: int = 10,
        serving: bool | None = None,
        usable: Callable[[ModelCard], bool] | None = None,
        task: Sequence[str] = (),
    ) -> list[Hit]:
        """Models for a task described in plain words, best first, all of which satisfy ``filters``.

        The match by words (BM25), meaning and language, the model's standing, and the family that the text seems to
        ask for are combined, see ``ranking``. Copies of one model are one hit. For models of other families that do
        the task (embedders, generators) smallness counts as well, and the families alternate.

        Args:
            text: The task in plain words, or a model's name. Any text is safe.
            filters: Hard constraints.
            limit: Maximum of hits.
            serving: Whether models of other families are to do the task; by default, if ``filters.families`` excludes
                the family that the text seems to ask for.
            usable: Further condition on a repository, applied down the whole ranking, not only to the first ``limit``;
                an accepted copy represents a model whose original is refused.
            task: The task's families, if known; otherwise they are read from the text.
        """
        from catalog.query import ranking  # numpy, 0.08 s

        columns = self._load_columns()
        keep = columns.mask(filters)
        if limit <= 0 or not keep.any():
            return []
        understood, named = self.read(text)
        understood = understood.known_as(task)
        if serving is None:
            serving = bool(filters.families) and understood.family not in filters.families
        by_words, by_meaning = self._both_ways(_beyond_family(understood, text), keep)
        languages = tuple(sorted(filters.languages)) or understood.languages
        near = self.uses(understood, languages)
        for_use = uses.named(near, self._store.row_of)
        wish = ranking.Wish(understood, named, serving, languages, for_use, self._known(text))
        tags = [tag for kind, _ in understood.kinds() for tag in kind]
        pool = columns.pool(keep, tags, languages, [*by_words, *by_meaning, *named, *wish.for_use])
        values = ranking.features(pool, by_words, by_meaning, columns, wish)
        scores = ranking.scored(values, pool, columns, wish)
        if not serving:
            is_other, keep = ranking.fit(values) < ranking.LEAST_FIT, keep.copy()
            for tag in ranking.LABELLED & filters.families:
                keep[pool[is_other & columns.of_family(pool, tag)]] = False
            scores, pool = scores[keep[pool]], pool[keep[pool]]
        ways = {"words": list(by_words), "meaning": list(by_meaning)}
        ranked = _Ranking(scores, pool, ways, near, understood.direction, serving)
        return self._hits(ranked, keep, filters, limit, usable)

    def _hits(
        self,
        ranked: "_Ranking",
        keep: "NDArray[np.bool_]",
        filters: Filters,
        limit: int,
        usable: Callable[[ModelCard], bool] | None,
    ) -> list[Hit]:
        import numpy as np

        from catalog.query import ranking

        columns = self._load_columns()
        order = np.argsort(-ranked.scores, kind="stable")
        if ranked.serving:  # families alternate
            order = order[columns.taking_turns(ranked.pool[order])]
        ranks = {name: {row: rank for rank, row in enumerate(rows)} for name, rows in ranked.ways.items()}
        hits: list[Hit] = []
        seen: set[int] = set()
        for at in order.tolist():
            row = int(ranked.pool[at])
            group = int(columns.group[row])
            if group in seen:
                continue
            seen.add(group)
            members = columns.members(group, keep)
            if usable is not None:
                members = [member for member in members if usable(self._store.card(member))]
                if not members:
                    continue
            chosen = columns.representative(members, group, filters)
            card = self._store.card(chosen)
            if card.family == "translation" and ranking.leads_elsewhere(card, ranked.direction):
                continue
            variants = tuple(self._store.id(member) for member in members if member != chosen)
            why = ranking.why(card, row, ranks, uses.shortlisted(ranked.uses, card.id, " ".join(card.tags)))
            hits.append(Hit(card, float(ranked.scores[at]), why, variants))
            if len(hits) == limit:
                break
        return hits

    def _both_ways(self, text: str, keep: "NDArray[np.bool_]") -> tuple[dict[int, float], dict[int, float]]:
        """Rows by words with BM25 and rows by meaning with cosines, each best first.

        In a large catalog in parallel: both take about as long, and both SQLite and FAISS release the GIL.
        """
        if not self._store.is_tiered:
            return self._by_words(text, keep), self._by_meaning(text, keep)
        if self._word_thread is None:
            from concurrent.futures import ThreadPoolExecutor  # with logging, 0.01 s

            self._word_thread = ThreadPoolExecutor(1, "catalog-words")
        words = self._word_thread.submit(self._by_words, text, keep)
        try:
            by_meaning = self._by_meaning(text, keep)
        finally:
            by_words = words.result()  # one thread at a time may use the database
        return by_words, by_meaning

    def _by_words(self, text: str, keep: "NDArray[np.bool_]") -> dict[int, float]:
        if self._last_matches is None or self._last_matches[0] != text:
            self._last_matches = text, list(self._store.matches(text))
        return dict(islice((match for match in self._last_matches[1] if keep[match[0]]), _POOL))

    def _by_meaning(self, text: str, keep: "NDArray[np.bool_]") -> dict[int, float]:
        if not text.strip():
            return {}
        if self._last_vector is None or self._last_vector[0] != text:
            self._last_vector = text, self._load_encoder().encode([text])[0]
        query = self._last_vector[1]
        if not query.any():
            return {}
        rows, cosines = self._load_vectors().nearest(query, keep, _POOL)
        return {int(row): float(cosine) for row, cosine in zip(rows, cosines, strict=True)}

    def uses(self, understood: Understood, languages: tuple[str, ...] = ()) -> "list[tuple[Use, float]]":
        """The uses nearest to a task, each with its share, see ``uses``; languages are those the models should know."""
        if not understood.topic.strip():
            return []
        # Many uses include the place where a model runs, which cards do not state.
        topic = " ".join([understood.topic, *(c.words for c in understood.constraints if c.kind == "device")])
        languages = languages or ((uses.ANY,) if understood.is_multilingual else ())
        key = topic, understood.families, languages
        if self._last_uses is None or self._last_uses[0] != key:
            encode = self._load_encoder().encode
            if self._uses is None:
                self._uses = uses.Uses(self._folder, encode)
            alone = uses.without_languages(topic)
            near = self._uses.near(alone, encode([alone])[0], understood.kinds(), languages)
            self._last_uses = key, near
        return self._last_uses[1]

    def families_named(self, understood: Understood) -> dict[str, float]:
        """Shares of families among the models that practitioners name for the nearest uses."""
        languages = understood.languages
        rows = uses.named(self.uses(understood, languages), self._store.row_of)
        return self._load_columns().by_family(rows)

    def _load_columns(self) -> "Columns":
        if self._columns is None:
            self._check_open()
            from catalog.store.columns import Columns  # numpy, 0.08 s

            self._columns = Columns.load(self._folder)
        return self._columns

    def _load_vectors(self) -> "Vectors":
        if self._vectors is None:
            self._check_open()
            from catalog.store.vectors import Vectors  # numpy, 0.08 s

            self._vectors = Vectors(self._folder)
        return self._vectors

    def _load_encoder(self) -> StaticEncoder:
        if self._encoder is None:
            self._check_open()
            self._encoder = StaticEncoder(encoder_folder(), self._folder / PIECES)
            task_classifier.load(self._folder, self._encoder.encode)
        return self._encoder

    def _check_open(self) -> None:
        if self._closed:
            raise CatalogError("The catalog was closed. Open it again with open_catalog().")


def _beyond_family(understood: Understood, text: str) -> str:
    """The topic; "" if it is only the family's tag, which all the family's models share."""
    topic = understood.topic or text
    name = (understood.family or r"\W").replace("-", "[- ]")
    rest, named = re.subn(rf"\b{name}\b", " ", topic.lower())
    return "" if named and STOP_WORDS.issuperset(re.findall(r"[^\W_]+", rest)) else topic


def open_catalog(path: Path | None = None) -> Catalog:
    """Open a catalog for reading.

    Args:
        path: A folder with a compiled catalog, or a snapshot file (``.jsonl`` or ``.jsonl.gz``); by default the result
            of the last refresh or import, else the shipped snapshot. A snapshot is compiled on first use, which
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


# Longer texts are tasks, even if they contain a name.
_MOST_WORDS: Final = 5
# A word that is also used for tasks ("whisper") is a name if this many models have it in theirs.
_MANY: Final = 20


def spelled(text: str, understood: "Understood", store: "Store") -> list[int]:
    """Rows of the models whose names have all words of a short text, the last as a prefix; none for a task.

    A text is a task if one of its words indicates a family, or if all its words occur in tasks.
    """
    limits = {word for constraint in understood.constraints for word in _words(constraint.words)}
    words = [word for word in dict.fromkeys(_words(text)) if word not in limits]
    if understood.evidence or not 0 < len(words) <= _MOST_WORDS or STOP_WORDS.issuperset(words):
        return []
    is_usual = set(words) <= _words_of_tasks()
    if is_usual and len(words) > 1:
        return []
    rows = store.spelled(words)
    return [] if is_usual and len(rows) < _MANY else rows


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower().replace("\0", " "))


@cache
def _words_of_tasks() -> frozenset[str]:
    return frozenset(word for _, task in paraphrases() for word in _words(task))
