"""Write the columns of a catalog, card by card."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from catalog.devices import DEVICES, devices
from catalog.languages import is_open
from catalog.store.column_file import NONE, UNKNOWN, write_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catalog.card import ModelCard

_UNDERSTOOD_BY_MOST: Final = frozenset({"en", "multilingual"})
_CODED: Final = ("family", "license")
_SETS: Final = ("language", "format")
# A model with at most this many languages was made for them.
_FEW: Final = 3


class ColumnBuilder:
    """Collects cards in row order and writes their columns."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._row = 0
        self._words: dict[str, dict[str, int]] = {name: {} for name in _CODED}
        self._codes = {name: np.full(count, UNKNOWN, dtype=np.int16) for name in _CODED}
        self._sets: dict[str, dict[tuple[str, ...], int]] = {name: {} for name in _SETS}
        self._set_codes = {name: np.zeros(count, dtype=np.int32) for name in _SETS}
        self._parameters = np.full(count, NONE, dtype=np.int64)
        self._bytes: dict[str | None, NDArray[np.int64]] = {None: np.full(count, NONE, dtype=np.int64)}
        self._gated = np.zeros(count, dtype=bool)
        self._context = np.zeros(count, dtype=np.int64)
        self._devices = {name: np.zeros(count, dtype=bool) for name in DEVICES}

    def add(self, card: "ModelCard") -> None:
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
                    column = self._bytes[chosen] = np.full(self._count, NONE, dtype=np.int64)
                column[row] = size
        self._gated[row] = card.gated is True
        self._context[row] = min(max(0, card.context_length or 0), NONE)
        for name in devices(card):
            self._devices[name][row] = True

    def save(self, folder: Path, quality: "NDArray[np.float32]", group: "NDArray[np.int32]") -> None:
        """Write the file: each row's quality, descending, and the row of the model that it is a variant of."""
        words: dict[str, list[str]] = {}
        arrays: dict[str, NDArray[Any]] = {"quality": quality, "group": group}
        for name in _CODED:
            words[name] = sorted(self._words[name])
            place = {word: code for code, word in enumerate(words[name])}
            codes = np.array([*(place[word] for word in self._words[name]), UNKNOWN], dtype=np.int16)
            arrays[name] = codes[self._codes[name]]
        for name in _SETS:
            words[name] = sorted({word for values in self._sets[name] for word in values})
            arrays[name] = self._set_codes[name]
            arrays[f"{name} sets"] = _bits(list(self._sets[name]), words[name])
        sets = list(self._sets["language"])
        arrays["every language"] = np.array([is_open(values) for values in sets], dtype=bool)
        arrays["foreign language"] = np.array(
            [bool(values) and not _UNDERSTOOD_BY_MOST.intersection(values) for values in sets], dtype=bool
        )
        arrays["few languages"] = np.array([0 < len(values) <= _FEW for values in sets], dtype=bool)
        arrays["several languages"] = arrays["every language"] | np.array([len(v) > _FEW for v in sets], dtype=bool)
        arrays["no language"] = np.array([not values for values in sets], dtype=bool)
        for chosen, column in self._bytes.items():
            if chosen is None:
                arrays["bytes"] = column
            else:  # most formats are rare
                rows = np.flatnonzero(column != NONE)
                arrays[f"rows of {chosen}"], arrays[f"bytes of {chosen}"] = rows.astype(np.int32), column[rows]
        order = np.argsort(group, kind="stable").astype(np.int32)
        arrays |= {"parameters": self._parameters, "gated": self._gated, "context": self._context}
        arrays |= {f"on {name}": flags for name, flags in self._devices.items()}
        arrays |= {"members": order, "members_group": group[order]}
        by_family = np.argsort(arrays["family"], kind="stable").astype(np.int32)
        starts = np.searchsorted(arrays["family"][by_family], np.arange(len(words["family"]) + 1, dtype=np.int16))
        arrays |= {"family_rows": by_family, "family_starts": starts}
        write_columns(folder, arrays, words)


def _bits(sets: Sequence[Iterable[str]], words: Sequence[str]) -> "NDArray[np.uint8]":
    """One column of packed bits per set, one bit per word; shape (ceil(len(words) / 8), len(sets))."""
    at = {word: code for code, word in enumerate(words)}
    flags = np.zeros((max(1, len(words)), len(sets)), dtype=bool)
    for column, names in enumerate(sets):
        for name in names:
            flags[at[name], column] = True
    return np.packbits(flags, axis=0, bitorder="little")
