"""Filters as dictionary-coded numpy columns, and meaning as a FAISS index; both joined to the store by row.

FAISS scans its index with a bitmap of the rows allowed: 0.5 ms over 20 k rows, 9 ms over 200 k. Two cases are scored
from a memory-mapped half-precision matrix instead: few rows, which is a filter's usual outcome, and the first query of
a process over a catalog of ordinary size, for the matrix answers it (26 ms over 20 k rows) before FAISS is imported (50
to 100 ms). What FAISS finds is scored once more from the matrix, so that the way taken shows in nothing but time.
``python -m benchmarks.catalog.meaning`` prints the figures.
"""

import json
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from catalog.errors import CatalogError
from catalog.families import RELATED_FAMILIES
from catalog.prior import groups, quality

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catalog.card import ModelCard
    from catalog.filters import Filters

# Up to so many rows are always scored from the matrix, and up to so many by the first query of a process.
EXACT_ROWS: Final = 2_000
EXACT_ROWS_ONCE: Final = 50_000
_FLAT_ROWS: Final = 1_000_000
_SMALL: Final = 1e6
_DECADES: Final = 5.0
_UNKNOWN: Final = -1
_NONE: Final = np.iinfo(np.int64).max
_COLUMNS: Final = "columns.npz"
_VECTORS: Final = "vectors.npy"
_FAISS: Final = "vectors.faiss"


def _coded(values: Iterable[str | None]) -> "tuple[NDArray[np.int16], list[str]]":
    """Codes into a sorted dictionary; -1 is unknown."""
    values = [v.lower() if v else None for v in values]
    words = sorted({v for v in values if v is not None})
    at = {word: code for code, word in enumerate(words)}
    return np.array([_UNKNOWN if v is None else at[v] for v in values], dtype=np.int16), words


def _bits(sets: Sequence[Iterable[str]], words: Sequence[str]) -> "NDArray[np.uint8]":
    """One row of packed bits per set, one bit per word; shape (n, ceil(len(words) / 8))."""
    at = {word: code for code, word in enumerate(words)}
    flags = np.zeros((len(sets), max(1, len(words))), dtype=bool)
    for row, names in enumerate(sets):
        for name in names:
            flags[row, at[name]] = True
    return np.packbits(flags, axis=1, bitorder="little")


class Columns:
    """The facts that filters and ranking look at, one array a fact."""

    def __init__(self, arrays: "dict[str, NDArray[Any]]") -> None:
        """Wrap arrays as :meth:`build` makes them."""
        self._a = arrays
        self._words: dict[str, list[str]] = json.loads(bytes(arrays["words"]))
        self.quality: NDArray[np.float32] = arrays["quality"]
        self.group: NDArray[np.int32] = arrays["group"]

    @classmethod
    def build(cls, cards: "Sequence[ModelCard]") -> "Columns":
        """Columns of cards, row n from ``cards[n]``."""
        family, families = _coded(c.family for c in cards)
        license_, licenses = _coded(c.license for c in cards)
        library, libraries = _coded(c.library for c in cards)
        languages = sorted({code for c in cards for code in c.languages})
        formats = sorted({name for c in cards for name in c.formats})
        sizes = np.array(
            [[_or_none(c.predicted_bytes(name)) for name in (None, *formats)] for c in cards], dtype=np.int64
        ).reshape(len(cards), len(formats) + 1)
        figures = [quality(c) for c in cards]
        words = {
            "family": families,
            "license": licenses,
            "library": libraries,
            "language": languages,
            "format": formats,
        }
        return cls(
            {
                "family": family,
                "license": license_,
                "library": library,
                "language": _bits([c.languages for c in cards], languages),
                "every_language": np.array([c.languages == ("multilingual",) for c in cards], dtype=bool),
                "no_language": np.array([not c.languages for c in cards], dtype=bool),
                "format": _bits([c.formats for c in cards], formats),
                "parameters": np.array([_or_none(c.parameters) for c in cards], dtype=np.int64),
                "bytes": sizes,
                "gated": np.array([c.gated is True for c in cards], dtype=bool),
                "quality": np.array(figures, dtype=np.float32),
                "group": np.array(groups(cards, figures), dtype=np.int32),
                "words": np.frombuffer(json.dumps(words).encode(), dtype=np.uint8),
            }
        )

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.quality)

    def mask(self, filters: "Filters") -> "NDArray[np.bool_]":
        """Which rows break none of the constraints; agrees with ``Filters.allows`` card by card."""
        a = self._a
        keep = np.ones(len(self), dtype=bool)
        if filters.families:
            keep &= self._among("family", filters.families)
        if filters.licenses:
            known = self._among("license", filters.licenses)
            keep &= (known | (a["license"] == _UNKNOWN)) if filters.allow_unknown_license else known
        if filters.library is not None:
            keep &= self._among("library", {filters.library})
        if filters.languages:
            serves = self._all_bits("language", filters.languages) | a["every_language"]
            keep &= (serves | a["no_language"]) if filters.allow_unknown_language else serves
        if filters.formats:
            keep &= self._any_bit("format", filters.formats)
        if filters.max_parameters is not None:
            # "none" is the largest number there is, so it must be excluded by name
            keep &= (a["parameters"] <= filters.max_parameters) & (a["parameters"] != _NONE)
        if filters.max_bytes is not None:
            smallest = self._smallest(filters.formats)
            keep &= (smallest <= filters.max_bytes) & (smallest != _NONE)
        if filters.not_gated:
            keep &= ~a["gated"]
        return keep

    def of_family(self, families: Iterable[str]) -> "NDArray[np.bool_]":
        """Which rows belong to one of the families."""
        return self._among("family", families)

    def of_language(self, language: str) -> "NDArray[np.bool_]":
        """Which rows say that they serve a language."""
        return self._bit("language", language)

    def smallness(self) -> "NDArray[np.float64]":
        """From 1 for a million parameters to 0 for a hundred billion or an unknown number, by the logarithm."""
        parameters = np.maximum(self._a["parameters"].astype(np.float64), 1.0)
        return np.clip(1.0 - np.log10(parameters / _SMALL) / _DECADES, 0.0, 1.0)

    def taking_turns(self, rows: "NDArray[np.int64]") -> "NDArray[np.int64]":
        """The rows so that families alternate, each in its own order; families that mean the same count as one."""
        words = self._words["family"]
        kinds = {name: min(name, *RELATED_FAMILIES.get(name, ())) for name in words}
        order = sorted(set(kinds.values()))
        codes = np.array([*(order.index(kinds[name]) for name in words), -1])[self._a["family"][rows]]
        turn = np.zeros(len(rows), dtype=np.int64)
        for code in np.unique(codes):
            of_kind = codes == code
            turn[of_kind] = np.arange(int(of_kind.sum()))
        mixed: NDArray[np.int64] = rows[np.argsort(turn, kind="stable")]
        return mixed

    def spokesman(self, members: Sequence[int], leader: int, filters: "Filters") -> int:
        """Which of the allowed members of a group stands for it; see ``Hit.card``.

        Args:
            members: Rows of the group that the filters keep, at least one.
            leader: Row of the group's original.
            filters: What was asked for.
        """
        if "gguf" in filters.formats:
            generators = self._among("family", {"text-generation"}) & self._bit("format", "gguf")
            members = [row for row in members if generators[row]] or members
        return leader if leader in members else max(members, key=lambda row: (self.quality[row], -row))

    def save(self, folder: Path) -> None:
        """Write the arrays, uncompressed."""
        np.savez(folder / _COLUMNS, allow_pickle=False, **self._a)

    @classmethod
    def load(cls, folder: Path) -> "Columns":
        """Read what :meth:`save` wrote.

        Raises:
            CatalogError: The file is missing or damaged.
        """
        try:
            with np.load(folder / _COLUMNS, allow_pickle=False) as file:
                return cls({name: file[name] for name in file.files})
        except (OSError, ValueError, KeyError) as error:
            raise CatalogError(_damaged(folder / _COLUMNS, error)) from error

    def _among(self, column: str, names: Iterable[str]) -> "NDArray[np.bool_]":
        words = self._words[column]
        codes = [words.index(name) for name in names if name in words]
        return np.isin(self._a[column], codes) if codes else np.zeros(len(self), dtype=bool)

    def _all_bits(self, column: str, names: Iterable[str]) -> "NDArray[np.bool_]":
        keep = np.ones(len(self), dtype=bool)
        for name in names:
            keep &= self._bit(column, name)
        return keep

    def _any_bit(self, column: str, names: Iterable[str]) -> "NDArray[np.bool_]":
        keep = np.zeros(len(self), dtype=bool)
        for name in names:
            keep |= self._bit(column, name)
        return keep

    def _bit(self, column: str, name: str) -> "NDArray[np.bool_]":
        words = self._words[column]
        if name not in words:
            return np.zeros(len(self), dtype=bool)
        byte, bit = divmod(words.index(name), 8)
        flags: NDArray[np.bool_] = (self._a[column][:, byte] >> bit & 1).astype(bool)
        return flags

    def _smallest(self, formats: Iterable[str]) -> "NDArray[np.int64]":
        words = self._words["format"]
        chosen = [1 + words.index(name) for name in formats if name in words] if formats else [0]
        if not chosen:
            return np.full(len(self), _NONE)
        smallest: NDArray[np.int64] = self._a["bytes"][:, chosen].min(axis=1)
        return smallest


class Vectors:
    """Nearest rows by meaning."""

    def __init__(self, folder: Path) -> None:
        """Map the matrix of a compiled catalog.

        Raises:
            CatalogError: The file is missing or damaged.
        """
        self._folder = folder
        self._faiss: Any = None
        self._asked = False
        try:
            self._matrix: NDArray[np.float16] = np.load(folder / _VECTORS, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError) as error:
            raise CatalogError(_damaged(folder / _VECTORS, error)) from error

    def nearest(
        self, query: "NDArray[np.float32]", keep: "NDArray[np.bool_]", limit: int
    ) -> "tuple[NDArray[np.int64], NDArray[np.float32]]":
        """Rows among those kept, nearest first, with their cosine; at most ``limit``.

        Args:
            query: Unit vector of shape (width,).
            keep: One flag a row.
            limit: Most rows.
        """
        rows = np.flatnonzero(keep)
        bound = EXACT_ROWS if self._asked else EXACT_ROWS_ONCE
        self._asked = True
        if len(rows) <= bound:
            return self._score(query, rows, limit)
        # A few more than asked for: the index and the matrix round differently.
        return self._score(query, np.sort(self._scan(query, keep, limit + limit // 4 + 8)), limit)

    def _score(
        self, query: "NDArray[np.float32]", rows: "NDArray[np.int64]", limit: int
    ) -> "tuple[NDArray[np.int64], NDArray[np.float32]]":
        scores = self._matrix[rows].astype(np.float32) @ query
        best = np.argsort(-scores, kind="stable")[:limit]
        return rows[best], scores[best]

    def _scan(self, query: "NDArray[np.float32]", keep: "NDArray[np.bool_]", limit: int) -> "NDArray[np.int64]":
        faiss: Any = import_module("faiss")  # 0.1 to 0.2 s, needed only for large catalogs
        if self._faiss is None:
            self._faiss = faiss.read_index(str(self._folder / _FAISS))
        bitmap = np.packbits(keep, bitorder="little")
        selector = faiss.IDSelectorBitmap(bitmap)
        options = (
            faiss.SearchParametersIVF(sel=selector, nprobe=64)
            if isinstance(self._faiss, faiss.IndexIVF)
            else faiss.SearchParameters(sel=selector)
        )
        _, rows = self._faiss.search(query[None, :], limit, params=options)
        found: NDArray[np.int64] = rows[0][rows[0] >= 0]
        return found

    @staticmethod
    def write(folder: Path, vectors: "NDArray[np.float32]") -> None:
        """Write the FAISS index and the matrix; row n from ``vectors[n]``, unit vectors.

        Half precision up to a million rows (a scan of 100 k takes 4 ms), beyond that an inverted file of 8-bit codes.
        """
        faiss: Any = import_module("faiss")  # building is rare
        width = vectors.shape[1]
        if len(vectors) <= _FLAT_ROWS:
            index = faiss.IndexScalarQuantizer(width, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        else:
            index = faiss.index_factory(width, "IVF4096,SQ8", faiss.METRIC_INNER_PRODUCT)
            index.train(vectors[:: max(1, len(vectors) // 400_000)])
        index.add(vectors)
        faiss.write_index(index, str(folder / _FAISS))
        np.save(folder / _VECTORS, vectors.astype(np.float16))


def _or_none(value: int | None) -> int:
    return _NONE if value is None else value


def _damaged(path: Path, error: Exception) -> str:
    return f"The catalog's file {path} cannot be read ({error}). Delete its folder; it is built anew on the next use."
