"""The facts used by filters and ranking, as dictionary-coded numpy columns mapped from one file.

Rows are in order of standing, the best first: the first rows of a family are its most used models. Columns are
contiguous, so that a filter reads only those it needs. Languages and formats are coded as sets: a filter first finds
the sets that satisfy it, which are few.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from catalog.devices import DEVICES
from catalog.families import RELATED_FAMILIES
from catalog.store.column_file import NONE, UNKNOWN, damaged, map_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catalog.query.filters import Filters

# Kept rows up to which all are ranked; beyond, the rows found and the best: of all, and of each family and language.
POOL_ROWS: Final = 20_000
_POOL_FIRST: Final = 4_000
_POOL_FIRST_OF_KIND: Final = 1_500
_CHUNK: Final = 16_384
_SMALL: Final = 1e6
_DECADES: Final = 5.0
_COMPARED: Final = 16


class Columns:
    """The columns of a compiled catalog."""

    def __init__(self, arrays: "dict[str, NDArray[Any]]", words: dict[str, list[str]]) -> None:
        """Wrap arrays from ``catalog.store.column_builder``."""
        self._a = arrays
        self._words = words
        self.quality: NDArray[np.float32] = arrays["quality"]
        self.group: NDArray[np.int32] = arrays["group"]

    @classmethod
    def load(cls, folder: Path) -> "Columns":
        """Map the file; CatalogError if it is missing or damaged."""
        try:
            return cls(*map_columns(folder))
        except KeyError as error:
            raise damaged(folder, error) from error

    def __len__(self) -> int:
        return len(self.quality)

    def mask(self, filters: "Filters") -> "NDArray[np.bool_]":
        """Which rows satisfy the constraints; agrees with ``Filters.allows`` card by card."""
        a = self._a
        keep = np.ones(len(self), dtype=bool)
        if filters.families:
            keep &= self._among("family", filters.families)
        if filters.licenses:
            keep &= self._among("license", filters.licenses)
        if filters.languages:
            serves = self._with_all("language", filters.languages) | a["every language"]
            keep &= _looked_up(serves | a["no language"] if filters.allow_unknown_language else serves, a["language"])
        if filters.formats:
            keep &= _looked_up(self._with_any("format", filters.formats), a["format"])
        self._limit(keep, filters)
        return keep

    def pool(
        self, keep: "NDArray[np.bool_]", families: Iterable[str], languages: Iterable[str], found: Sequence[int]
    ) -> "NDArray[np.int64]":
        """The rows that can be among the first of a ranking that adds standing, family and language, ascending.

        All kept rows if they are few. Otherwise the first rows of each family and language that the ranking boosts,
        which are ordered by standing, and the rows found otherwise.
        """
        if np.count_nonzero(keep) <= POOL_ROWS:
            return np.flatnonzero(keep)
        parts = [np.array([row for row in found if keep[row]], dtype=np.int64), self._first(keep, _POOL_FIRST)]
        spoken = [self._with_any("language", (name,)) for name in languages]
        parts += [self._first(keep, _POOL_FIRST_OF_KIND, spoken=sets) for sets in spoken]
        for name in families:
            for code in self._codes("family", (name,)):
                parts += [self._first(keep, _POOL_FIRST_OF_KIND, family=code, spoken=s) for s in (None, *spoken)]
        rows: NDArray[np.int64] = np.sort(np.concatenate(parts))
        return rows[np.flatnonzero(np.diff(rows, prepend=-1))]

    def of_family(self, rows: "NDArray[np.int64]", family: str) -> "NDArray[np.bool_]":
        codes = self._codes("family", (family,))
        return np.equal(self._a["family"][rows], codes[0]) if codes else np.zeros(len(rows), dtype=bool)

    def by_family(self, weights: Mapping[int, float]) -> dict[str, float]:
        """Sums of the rows' weights by family, without rows of no family."""
        found: Counter[str] = Counter()
        for row, weight in weights.items():
            if (code := int(self._a["family"][row])) != UNKNOWN:
                found[self._words["family"][code]] += weight  # type: ignore[assignment]
        return dict(found)

    def by_languages(
        self, rows: "NDArray[np.int64]", languages: Sequence[str], *, several: bool = False
    ) -> "dict[str, NDArray[np.bool_]]":
        """Relations of the rows' languages to those asked for, one flag per row under each name.

        If none are asked for, English is assumed, or with ``several`` several unnamed ones.
        """
        a = self._a
        codes = a["language"][rows]
        serves = self._with_all("language", languages) if languages else np.zeros_like(a["no language"])
        if several and not languages:
            serves = a["several languages"]
        flags = {
            "own languages": serves & a["few languages"],
            "among languages": serves & ~a["few languages"],
            "foreign": a["foreign language"] if not languages else np.zeros_like(serves),
        }
        return {name: each[codes] for name, each in flags.items()}

    def smallness(self, rows: "NDArray[np.int64]") -> "NDArray[np.float64]":
        """Smallness by the logarithm: 1 for a million parameters, 0 for a hundred billion or an unknown number."""
        parameters = np.maximum(self._a["parameters"][rows].astype(np.float64), 1.0)
        return np.clip(1.0 - np.log10(parameters / _SMALL) / _DECADES, 0.0, 1.0)

    def taking_turns(self, rows: "NDArray[np.int64]") -> "NDArray[np.int64]":
        """Order of ``rows`` in which families alternate, each in its own order; equivalent families are one."""
        words = self._words["family"]
        kinds = {name: min(name, *RELATED_FAMILIES.get(name, ())) for name in words}
        order = sorted(set(kinds.values()))
        codes = np.array([*(order.index(kinds[name]) for name in words), UNKNOWN])[self._a["family"][rows]]
        turn = np.zeros(len(rows), dtype=np.int64)
        for code in np.unique(codes):
            of_kind = codes == code
            turn[of_kind] = np.arange(int(of_kind.sum()))
        return np.argsort(turn, kind="stable")

    def members(self, group: int, keep: "NDArray[np.bool_]") -> list[int]:
        """The kept rows of a group, ascending."""
        # keys of the column's type, to avoid converting the column
        start, end = np.searchsorted(self._a["members_group"], np.array([group, group + 1], dtype=np.int32))
        rows = self._a["members"][start:end]
        kept: list[int] = rows[keep[rows]].tolist()
        return kept

    def representative(self, members: Sequence[int], leader: int, filters: "Filters") -> int:
        """The member of a group, allowed by the filters, that represents it; see ``Hit.card``."""
        if "gguf" in filters.formats:
            rows = np.array(members, dtype=np.int64)
            in_format = self._with_any("format", ("gguf",))[self._a["format"][rows]]
            generators = self.of_family(rows, "text-generation") & in_format
            members = rows[generators].tolist() or members
        return leader if leader in members else min(members)

    def _first(
        self,
        keep: "NDArray[np.bool_]",
        most: int,
        *,
        family: int | None = None,
        spoken: "NDArray[np.bool_] | None" = None,
    ) -> "NDArray[np.int64]":
        """The first kept rows of a family whose set of languages is among some; stops reading when it has enough."""
        rows: NDArray[np.int32] | None = None
        count = len(keep)
        if family is not None:
            start, end = self._a["family_starts"][family : family + 2]
            rows, count = self._a["family_rows"][start:end], int(end - start)
        found: list[NDArray[np.int64]] = []
        for at in range(0, count, _CHUNK):
            part = np.arange(at, min(at + _CHUNK, count)) if rows is None else rows[at : at + _CHUNK].astype(np.int64)
            chosen = keep[part]
            if spoken is not None:
                chosen &= spoken[self._a["language"][part]]
            found.append(part[chosen][:most])
            most -= len(found[-1])
            if most <= 0:
                break
        return np.concatenate(found or [np.zeros(0, dtype=np.int64)])

    def names(self, column: str) -> tuple[str, ...]:
        """The values of a column: "family", "license", "language" or "format"."""
        return tuple(self._words[column])

    def _codes(self, column: str, names: Iterable[str]) -> list[int]:
        words = self._words[column]
        return [words.index(name) for name in names if name in words]

    def _among(self, column: str, names: Iterable[str]) -> "NDArray[np.bool_]":
        codes = self._codes(column, names)
        if len(codes) > _COMPARED:
            return np.isin(self._a[column], codes)
        found = np.zeros(len(self), dtype=bool)
        for code in codes:
            found |= self._a[column] == code
        return found

    def _with_any(self, column: str, names: Iterable[str]) -> "NDArray[np.bool_]":
        """Which sets of a column contain one of the names."""
        sets = self._a[f"{column} sets"]
        found = np.zeros(sets.shape[1], dtype=bool)
        for byte, bit in (divmod(code, 8) for code in self._codes(column, names)):
            found |= (sets[byte] >> bit & 1).view(bool)
        return found

    def _with_all(self, column: str, names: Iterable[str]) -> "NDArray[np.bool_]":
        """Which sets of a column contain all of the names."""
        found: NDArray[np.bool_] = np.logical_and.reduce([self._with_any(column, (name,)) for name in names])
        return found

    def _limit(self, keep: "NDArray[np.bool_]", filters: "Filters") -> None:
        """Remove rows outside the limits on size, length, device and gate."""
        a = self._a
        # unknown is the largest number, so it must never be the limit
        if filters.max_parameters is not None:
            keep &= a["parameters"] <= min(filters.max_parameters, NONE - 1)
        if filters.max_bytes is not None:
            keep &= self._smallest(filters.formats) <= min(filters.max_bytes, NONE - 1)
        if filters.min_context is not None:
            keep &= a["context"] >= min(max(1, filters.min_context), NONE)
        for name in filters.devices:
            keep &= a[f"on {name}"] if name in DEVICES else False
        if filters.not_gated:
            keep &= ~a["gated"]

    def _smallest(self, formats: Iterable[str]) -> "NDArray[np.int64]":
        if not formats:
            return self._a["bytes"]
        smallest = np.full(len(self), NONE)
        for name in formats:
            if f"rows of {name}" in self._a:
                rows = self._a[f"rows of {name}"]
                smallest[rows] = np.minimum(smallest[rows], self._a[f"bytes of {name}"])
        return smallest


def _looked_up(flags: "NDArray[np.bool_]", codes: "NDArray[np.int32]") -> "NDArray[np.bool_]":
    """The flag of each code; twice as fast as indexing, which checks for negative ones."""
    found: NDArray[np.bool_] = np.zeros(len(codes), dtype=bool)
    if len(codes):
        np.take(flags, codes, out=found, mode="clip")
    return found
