"""The facts that filters and ranking look at, as dictionary-coded numpy columns mapped from one file.

Rows come in order of standing, the best first: the first rows of a family are the ones that people use most. Each
column lies in one piece, so that a filter reads what it asks about and no more. Languages and formats are coded as
sets: which sets satisfy a filter is found out first, for there are few.
"""

import json
import mmap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from catalog.devices import DEVICES, devices
from catalog.errors import CatalogError
from catalog.families import RELATED_FAMILIES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catalog.card import ModelCard
    from catalog.filters import Filters

# All kept rows are ranked when there are no more than so many; beyond, the found ones and so many of the best standing.
POOL_ROWS: Final = 20_000
_POOL_FIRST: Final = 4_000
_POOL_FIRST_OF_KIND: Final = 1_500
_CHUNK: Final = 16_384
_SMALL: Final = 1e6
_DECADES: Final = 5.0
_UNDERSTOOD_BY_MOST: Final = frozenset({"en", "multilingual"})
_UNKNOWN: Final = -1
_NONE: Final = np.iinfo(np.int64).max
_FILE: Final = "columns.bin"
_ALIGN: Final = 64
_COMPARED: Final = 16
_CODED: Final = ("family", "license", "library")
_SETS: Final = ("language", "format")


class ColumnBuilder:
    """Takes cards one by one, in row order, and writes their columns."""

    def __init__(self, count: int) -> None:
        """For so many rows."""
        self._count = count
        self._row = 0
        self._words: dict[str, dict[str, int]] = {name: {} for name in _CODED}
        self._codes = {name: np.full(count, _UNKNOWN, dtype=np.int16) for name in _CODED}
        self._sets: dict[str, dict[tuple[str, ...], int]] = {name: {} for name in _SETS}
        self._set_codes = {name: np.zeros(count, dtype=np.int32) for name in _SETS}
        self._parameters = np.full(count, _NONE, dtype=np.int64)
        self._bytes: dict[str | None, NDArray[np.int64]] = {None: np.full(count, _NONE, dtype=np.int64)}
        self._gated = np.zeros(count, dtype=bool)
        self._context = np.zeros(count, dtype=np.int64)
        self._devices = {name: np.zeros(count, dtype=bool) for name in DEVICES}

    def add(self, card: "ModelCard") -> None:
        """The next row."""
        row, self._row = self._row, self._row + 1
        for name in _CODED:
            value = getattr(card, name)
            if value:
                words = self._words[name]
                self._codes[name][row] = words.setdefault(value.lower(), len(words))
        formats = card.formats
        for name, values in (("language", card.languages), ("format", formats)):
            known = self._sets[name]
            self._set_codes[name][row] = known.setdefault(values, len(known))
        if card.parameters is not None:
            self._parameters[row] = card.parameters
        for chosen in (None, *formats):
            size = card.predicted_bytes(chosen)
            if size is not None:
                column = self._bytes.get(chosen)
                if column is None:
                    column = self._bytes[chosen] = np.full(self._count, _NONE, dtype=np.int64)
                column[row] = size
        self._gated[row] = card.gated is True
        self._context[row] = min(max(0, card.context_length or 0), _NONE)
        for name in devices(card):
            self._devices[name][row] = True

    def save(self, folder: Path, quality: "NDArray[np.float32]", group: "NDArray[np.int32]") -> None:
        """Write the file.

        Args:
            folder: Where to.
            quality: Standing of each row, falling.
            group: For each row that of the model it is a variant of.
        """
        words: dict[str, list[str]] = {}
        arrays: dict[str, NDArray[Any]] = {"quality": quality, "group": group}
        for name in _CODED:
            words[name] = sorted(self._words[name])
            place = {word: code for code, word in enumerate(words[name])}
            codes = np.array([*(place[word] for word in self._words[name]), _UNKNOWN], dtype=np.int16)
            arrays[name] = codes[self._codes[name]]
        for name in _SETS:
            words[name] = sorted({word for values in self._sets[name] for word in values})
            arrays[name] = self._set_codes[name]
            arrays[f"{name} sets"] = _bits(list(self._sets[name]), words[name])
        sets = list(self._sets["language"])
        arrays["every language"] = np.array([values == ("multilingual",) for values in sets], dtype=bool)
        arrays["foreign language"] = np.array(
            [bool(values) and not _UNDERSTOOD_BY_MOST.intersection(values) for values in sets], dtype=bool
        )
        arrays["no language"] = np.array([not values for values in sets], dtype=bool)
        for chosen, column in self._bytes.items():
            if chosen is None:
                arrays["bytes"] = column
            else:  # most formats are rare
                rows = np.flatnonzero(column != _NONE)
                arrays[f"rows of {chosen}"], arrays[f"bytes of {chosen}"] = rows.astype(np.int32), column[rows]
        order = np.argsort(group, kind="stable").astype(np.int32)
        arrays |= {"parameters": self._parameters, "gated": self._gated, "context": self._context}
        arrays |= {f"on {name}": flags for name, flags in self._devices.items()}
        arrays |= {"members": order, "members_group": group[order]}
        by_family = np.argsort(arrays["family"], kind="stable").astype(np.int32)
        starts = np.searchsorted(arrays["family"][by_family], np.arange(len(words["family"]) + 1, dtype=np.int16))
        arrays |= {"family_rows": by_family, "family_starts": starts}
        _write(folder / _FILE, arrays, words)


class Columns:
    """The columns of a compiled catalog."""

    def __init__(self, arrays: "dict[str, NDArray[Any]]", words: dict[str, list[str]]) -> None:
        """Wrap arrays as :class:`ColumnBuilder` writes them."""
        self._a = arrays
        self._words = words
        self.quality: NDArray[np.float32] = arrays["quality"]
        self.group: NDArray[np.int32] = arrays["group"]

    @classmethod
    def load(cls, folder: Path) -> "Columns":
        """Map what was written.

        Raises:
            CatalogError: The file is missing or damaged.
        """
        path = folder / _FILE
        try:
            with path.open("rb") as file:
                data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            length = int.from_bytes(data[:8], "little")
            header = json.loads(data[8 : 8 + length])
            arrays = {
                name: np.frombuffer(data, dtype=dtype, count=int(np.prod(shape)), offset=offset).reshape(shape)
                for name, (dtype, shape, offset) in header["arrays"].items()
            }
            return cls(arrays, header["words"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CatalogError(
                f"The catalog's file {path} cannot be read ({error}). Delete its folder; it is built anew on the next "
                "use."
            ) from error

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

        All rows kept while there are few. Beyond, within each family and language the order is that of the rows, so the
        first of each are enough, with those that were found by other ways.

        Args:
            keep: One flag a row.
            families: Those that the ranking lifts.
            languages: Those that the ranking lifts.
            found: Rows that were found otherwise.
        """
        if np.count_nonzero(keep) <= POOL_ROWS:
            return np.flatnonzero(keep)
        parts = [np.array([row for row in found if keep[row]], dtype=np.int64), self._first(keep, _POOL_FIRST)]
        tongues = [self._with_any("language", (name,)) for name in languages]
        parts += [self._first(keep, _POOL_FIRST_OF_KIND, tongue=sets) for sets in tongues]
        for name in families:
            for code in self._codes("family", (name,)):
                parts += [self._first(keep, _POOL_FIRST_OF_KIND, family=code, tongue=s) for s in (None, *tongues)]
        rows: NDArray[np.int64] = np.sort(np.concatenate(parts))
        return rows[np.flatnonzero(np.diff(rows, prepend=-1))]

    def of_family(self, rows: "NDArray[np.int64]", family: str) -> "NDArray[np.bool_]":
        """Which of the rows belong to a family."""
        codes = self._codes("family", (family,))
        return np.equal(self._a["family"][rows], codes[0]) if codes else np.zeros(len(rows), dtype=bool)

    def of_language(self, rows: "NDArray[np.int64]", language: str) -> "NDArray[np.bool_]":
        """Which of the rows say that they serve a language."""
        flags: NDArray[np.bool_] = self._with_any("language", (language,))[self._a["language"][rows]]
        return flags

    def of_other_languages(self, rows: "NDArray[np.int64]") -> "NDArray[np.bool_]":
        """Which of the rows say that they serve some languages and English is not among them."""
        flags: NDArray[np.bool_] = self._a["foreign language"][self._a["language"][rows]]
        return flags

    def smallness(self, rows: "NDArray[np.int64]") -> "NDArray[np.float64]":
        """From 1 for a million parameters to 0 for a hundred billion or an unknown number, by the logarithm."""
        parameters = np.maximum(self._a["parameters"][rows].astype(np.float64), 1.0)
        return np.clip(1.0 - np.log10(parameters / _SMALL) / _DECADES, 0.0, 1.0)

    def taking_turns(self, rows: "NDArray[np.int64]") -> "NDArray[np.int64]":
        """Places in ``rows`` so that families alternate, each in its own order; families that mean the same are one."""
        words = self._words["family"]
        kinds = {name: min(name, *RELATED_FAMILIES.get(name, ())) for name in words}
        order = sorted(set(kinds.values()))
        codes = np.array([*(order.index(kinds[name]) for name in words), _UNKNOWN])[self._a["family"][rows]]
        turn = np.zeros(len(rows), dtype=np.int64)
        for code in np.unique(codes):
            of_kind = codes == code
            turn[of_kind] = np.arange(int(of_kind.sum()))
        return np.argsort(turn, kind="stable")

    def members(self, group: int, keep: "NDArray[np.bool_]") -> list[int]:
        """The kept rows of a group, ascending."""
        # keys of the column's own type, or all of it would be converted
        start, end = np.searchsorted(self._a["members_group"], np.array([group, group + 1], dtype=np.int32))
        rows = self._a["members"][start:end]
        kept: list[int] = rows[keep[rows]].tolist()
        return kept

    def spokesman(self, members: Sequence[int], leader: int, filters: "Filters") -> int:
        """Which of the allowed members of a group stands for it; see ``Hit.card``.

        Args:
            members: Rows of the group that the filters keep, at least one.
            leader: Row of the group's original.
            filters: What was asked for.
        """
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
        tongue: "NDArray[np.bool_] | None" = None,
    ) -> "NDArray[np.int64]":
        """The first kept rows, of a family, with a set of languages among some; reads no further than it must."""
        rows: NDArray[np.int32] | None = None
        count = len(keep)
        if family is not None:
            start, end = self._a["family_starts"][family : family + 2]
            rows, count = self._a["family_rows"][start:end], int(end - start)
        found: list[NDArray[np.int64]] = []
        for at in range(0, count, _CHUNK):
            part = np.arange(at, min(at + _CHUNK, count)) if rows is None else rows[at : at + _CHUNK].astype(np.int64)
            chosen = keep[part]
            if tongue is not None:
                chosen &= tongue[self._a["language"][part]]
            found.append(part[chosen][:most])
            most -= len(found[-1])
            if most <= 0:
                break
        return np.concatenate(found or [np.zeros(0, dtype=np.int64)])

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
        """Which sets of a column hold one of the names."""
        sets = self._a[f"{column} sets"]
        found = np.zeros(sets.shape[1], dtype=bool)
        for byte, bit in (divmod(code, 8) for code in self._codes(column, names)):
            found |= (sets[byte] >> bit & 1).view(bool)
        return found

    def _with_all(self, column: str, names: Iterable[str]) -> "NDArray[np.bool_]":
        """Which sets of a column hold all of the names."""
        found: NDArray[np.bool_] = np.logical_and.reduce([self._with_any(column, (name,)) for name in names])
        return found

    def _limit(self, keep: "NDArray[np.bool_]", filters: "Filters") -> None:
        """Take out the rows beyond the limits of size, length, device and gate."""
        a = self._a
        # "none" is the largest number there is, so it must never be the limit
        if filters.max_parameters is not None:
            keep &= a["parameters"] <= min(filters.max_parameters, _NONE - 1)
        if filters.max_bytes is not None:
            keep &= self._smallest(filters.formats) <= min(filters.max_bytes, _NONE - 1)
        if filters.min_context is not None:
            keep &= a["context"] >= min(max(1, filters.min_context), _NONE)
        for name in filters.devices:
            keep &= a[f"on {name}"] if name in DEVICES else False
        if filters.not_gated:
            keep &= ~a["gated"]

    def _smallest(self, formats: Iterable[str]) -> "NDArray[np.int64]":
        if not formats:
            return self._a["bytes"]
        smallest = np.full(len(self), _NONE)
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


def _bits(sets: Sequence[Iterable[str]], words: Sequence[str]) -> "NDArray[np.uint8]":
    """One column of packed bits per set, one bit per word; shape (ceil(len(words) / 8), len(sets))."""
    at = {word: code for code, word in enumerate(words)}
    flags = np.zeros((max(1, len(words)), len(sets)), dtype=bool)
    for column, names in enumerate(sets):
        for name in names:
            flags[at[name], column] = True
    return np.packbits(flags, axis=0, bitorder="little")


def _write(path: Path, arrays: "dict[str, NDArray[Any]]", words: dict[str, list[str]]) -> None:
    """Eight bytes of header length, a JSON header, then the arrays at their offsets."""

    def header(offsets: Sequence[int]) -> bytes:
        told = {n: [a.dtype.str, list(a.shape), at] for (n, a), at in zip(arrays.items(), offsets, strict=True)}
        return json.dumps({"arrays": told, "words": words}).encode()

    # Offsets are printed in the header, so room is left for their digits.
    start = _aligned(8 + len(header([10**15] * len(arrays))))
    offsets = []
    for array in arrays.values():
        offsets.append(start)
        start = _aligned(start + array.nbytes)
    with path.open("wb") as file:
        text = header(offsets)
        file.write(len(text).to_bytes(8, "little") + text)
        for offset, array in zip(offsets, arrays.values(), strict=True):
            file.seek(offset)
            np.ascontiguousarray(array).tofile(file)
        file.truncate(start)


def _aligned(offset: int) -> int:
    return -(-offset // _ALIGN) * _ALIGN
