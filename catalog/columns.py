"""The facts that filters and ranking look at, as dictionary-coded numpy columns mapped from one file.

Rows come in order of standing, the best first: the first rows of a family are the ones that people use most. A column
lies in one piece (of languages and formats, eight to a byte), so that a filter reads what it asks about and no more.
"""

import json
import mmap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

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
_CHUNK: Final = 65_536
_SMALL: Final = 1e6
_DECADES: Final = 5.0
_UNKNOWN: Final = -1
_NONE: Final = np.iinfo(np.int64).max
_FILE: Final = "columns.bin"
_ALIGN: Final = 64
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
        if card.gated is True:
            self._gated[row] = True

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
            arrays[name] = _bits(list(self._sets[name]), words[name])[:, self._set_codes[name]]
        sets = list(self._sets["language"])
        for name, kind in (("every_language", ("multilingual",)), ("no_language", ())):
            flags = np.array([*(values == kind for values in sets), False], dtype=bool)
            arrays[name] = flags[self._set_codes["language"]]
        for chosen, column in self._bytes.items():
            arrays["bytes" if chosen is None else f"bytes of {chosen}"] = column
        order = np.argsort(group, kind="stable").astype(np.int32)
        arrays |= {"parameters": self._parameters, "gated": self._gated}
        arrays |= {"members": order, "members_group": group[order]}
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
            serves = self._serves_all(filters.languages) | a["every_language"]
            keep &= (serves | a["no_language"]) if filters.allow_unknown_language else serves
        if filters.formats:
            keep &= self._any_bit("format", filters.formats)
        # "none" is the largest number there is, so it must never be the limit
        if filters.max_parameters is not None:
            keep &= a["parameters"] <= min(filters.max_parameters, _NONE - 1)
        if filters.max_bytes is not None:
            keep &= self._smallest(filters.formats) <= min(filters.max_bytes, _NONE - 1)
        if filters.not_gated:
            keep &= ~a["gated"]
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
        bits = [(self._a["language"][byte], bit) for byte, bit in self._places("language", languages)]
        parts += [self._first(keep, _POOL_FIRST_OF_KIND, bit=at) for at in bits]
        for name in families:
            for code in self._codes("family", (name,)):
                parts += [self._first(keep, _POOL_FIRST_OF_KIND, family=code, bit=at) for at in (None, *bits)]
        flags = np.zeros(len(keep), dtype=bool)
        flags[np.concatenate(parts)] = True
        return np.flatnonzero(flags)

    def of_family(self, rows: "NDArray[np.int64]", family: str) -> "NDArray[np.bool_]":
        """Which of the rows belong to a family."""
        return np.isin(self._a["family"][rows], self._codes("family", (family,)))

    def of_language(self, rows: "NDArray[np.int64]", language: str) -> "NDArray[np.bool_]":
        """Which of the rows say that they serve a language."""
        return self._have_bit(rows, "language", language)

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
        start, end = np.searchsorted(self._a["members_group"], [group, group + 1])
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
            generators = self.of_family(rows, "text-generation") & self._have_bit(rows, "format", "gguf")
            members = rows[generators].tolist() or members
        return leader if leader in members else min(members)

    def _first(
        self,
        keep: "NDArray[np.bool_]",
        most: int,
        *,
        family: int | None = None,
        bit: "tuple[NDArray[np.uint8], int] | None" = None,
    ) -> "NDArray[np.int64]":
        """The first kept rows, of a family, with a bit; reads no further than it must."""
        found: list[NDArray[np.int64]] = []
        for start in range(0, len(keep), _CHUNK):
            chosen = keep[start : start + _CHUNK]
            if family is not None:
                chosen = chosen & (self._a["family"][start : start + _CHUNK] == family)
            if bit is not None:
                chosen = chosen & (bit[0][start : start + _CHUNK] >> bit[1] & 1).view(bool)
            rows = np.flatnonzero(chosen)[:most] + start
            found.append(rows)
            most -= len(rows)
            if most <= 0:
                break
        return np.concatenate(found)

    def _codes(self, column: str, names: Iterable[str]) -> list[int]:
        words = self._words[column]
        return [words.index(name) for name in names if name in words]

    def _among(self, column: str, names: Iterable[str]) -> "NDArray[np.bool_]":
        codes = self._codes(column, names)
        return np.isin(self._a[column], codes) if codes else np.zeros(len(self), dtype=bool)

    def _places(self, column: str, names: Iterable[str]) -> list[tuple[int, int]]:
        return [divmod(code, 8) for code in self._codes(column, names)]

    def _bit(self, column: str, byte: int, bit: int) -> "NDArray[np.bool_]":
        flags: NDArray[np.bool_] = (self._a[column][byte] >> bit & 1).view(bool)
        return flags

    def _have_bit(self, rows: "NDArray[np.int64]", column: str, name: str) -> "NDArray[np.bool_]":
        flags = np.zeros(len(rows), dtype=bool)
        for byte, bit in self._places(column, (name,)):
            flags = (self._a[column][byte][rows] >> bit & 1).view(bool)
        return flags

    def _serves_all(self, languages: Iterable[str]) -> "NDArray[np.bool_]":
        languages = list(languages)
        places = self._places("language", languages)
        if len(places) < len(languages):  # nobody serves one of them
            return np.zeros(len(self), dtype=bool)
        keep = np.ones(len(self), dtype=bool)
        for byte, bit in places:
            keep &= self._bit("language", byte, bit)
        return keep

    def _any_bit(self, column: str, names: Iterable[str]) -> "NDArray[np.bool_]":
        keep = np.zeros(len(self), dtype=bool)
        for byte, bit in self._places(column, names):
            keep |= self._bit(column, byte, bit)
        return keep

    def _smallest(self, formats: Iterable[str]) -> "NDArray[np.int64]":
        if not formats:
            return self._a["bytes"]
        columns = [self._a[name] for name in (f"bytes of {f}" for f in formats) if name in self._a]
        if not columns:
            return np.full(len(self), _NONE)
        smallest: NDArray[np.int64] = np.minimum.reduce(columns)
        return smallest


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
