"""Group the repositories of one model, and order models by standing, with 61 bytes per card.

Names are compared by 64 bits of their BLAKE2 hash: among three million the probability of a collision is 2·10⁻⁷.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import numpy as np

from catalog.prior import is_copy_by_name, quality, stem, versioned

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catalog.card import ModelCard

# Repositories of one name whose parameter counts differ by at most this factor are copies.
_SAME_SIZE: Final = 0.01
_NONE: Final = -1
# Penalty on the standing of a model that has a later version: practitioners name none of these, and advise against
# some.
_SUPERSEDED: Final = 0.3


def ranking(cards: "Sequence[ModelCard]") -> "tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int32]]":
    """Indexes of the cards in order of standing, and in that order their standing and their group's row.

    A group's row is the row of the model that its members are variants of, or their own. Quantised copies follow their
    stated base; repositories with the same name and number of parameters are copies of the most used one. Fine-tunes
    are separate models.
    """
    facts = _Facts(cards)
    standing = facts.quality - _SUPERSEDED * facts.superseded()
    order = np.argsort(-standing, kind="stable")
    return order, standing[order].astype(np.float32), _roots(facts.parents(order))


class _Facts:
    """What is compared of the cards."""

    def __init__(self, cards: "Sequence[ModelCard]") -> None:
        self._count = count = len(cards)
        self.quality = np.empty(count, dtype=np.float64)
        self._name = np.empty(count, dtype=np.uint64)
        self._stem = np.empty(count, dtype=np.uint64)
        self._base = np.zeros(count, dtype=np.uint64)  # of quantised copies only
        self._family = np.full(count, _NONE, dtype=np.int32)
        self._parameters = np.zeros(count, dtype=np.int64)
        self._by_name = np.zeros(count, dtype=bool)
        self._quantised = np.zeros(count, dtype=bool)
        self._series = np.empty(count, dtype=np.uint64)
        self._version = np.empty(count, dtype=np.float64)
        self._families: dict[str, int] = {}
        self._aliases: list[tuple[int, int]] = []
        for at, card in enumerate(cards):
            self._add(at, card)

    def _add(self, at: int, card: "ModelCard") -> None:
        self.quality[at] = quality(card)
        self._name[at] = _hash(card.id.lower())
        self._stem[at] = _hash(stem(card.id))
        self._quantised[at] = card.base_relation == "quantized"
        if self._quantised[at] and card.base_model is not None:
            self._base[at] = _hash(card.base_model.lower())
        series, version = versioned(card.id)
        self._series[at] = _hash(f"{series} {card.family}")
        self._version[at] = version[0] + sum(version[1:]) / 100
        if card.family:
            self._family[at] = self._families.setdefault(card.family, len(self._families))
        self._parameters[at] = card.parameters or 0
        self._by_name[at] = is_copy_by_name(card.id)
        self._aliases += [(_hash(alias.lower()), at) for alias in card.aliases]

    def superseded(self) -> "NDArray[np.bool_]":
        """Whether each card has a later version."""
        _, of, counts = np.unique(self._series, return_inverse=True, return_counts=True)
        latest = np.zeros(len(counts))
        np.maximum.at(latest, of, self._version)
        found: NDArray[np.bool_] = self._version < latest[of]
        return found

    def parents(self, order: "NDArray[np.int64]") -> "NDArray[np.int32]":
        rows = np.arange(self._count, dtype=np.int32)
        by_name, quantised = self._by_name[order], self._quantised[order]
        family, parameters = self._family[order], self._parameters[order]
        leader = _leaders(self._stem[order], by_name | quantised)
        other_family, other_parameters = family[leader], parameters[leader]
        alien = (family != other_family) & (family != _NONE) & (other_family != _NONE)
        unknown = (parameters == 0) | (other_parameters == 0)
        alike = np.abs(parameters - other_parameters) <= _SAME_SIZE * other_parameters
        parents = np.where(~alien & (by_name | unknown | alike), leader, rows)
        stated = self._rows_of(self._base[order], order)
        return np.where(stated != _NONE, stated, parents).astype(np.int32)

    def _rows_of(self, hashes: "NDArray[np.uint64]", order: "NDArray[np.int64]") -> "NDArray[np.int32]":
        """The row of each name, an id before an alias; -1 if there is none, or for no name (0)."""
        found = np.full(self._count, _NONE, dtype=np.int32)
        asked = np.flatnonzero(hashes)
        if not len(asked):
            return found
        row_of = np.empty(self._count, dtype=np.int32)
        row_of[order] = np.arange(self._count, dtype=np.int32)
        aliases = np.array([h for h, _ in self._aliases], dtype=np.uint64)
        bearers = np.array([at for _, at in self._aliases], dtype=np.int64)
        for names, rows in ((aliases, row_of[bearers]), (self._name, row_of)):
            if not len(names):
                continue
            sorted_ = np.argsort(names, kind="stable")
            place = np.minimum(np.searchsorted(names, hashes[asked], sorter=sorted_), len(names) - 1)
            hit = names[sorted_[place]] == hashes[asked]
            found[asked[hit]] = rows[sorted_[place[hit]]]
        return found


def _leaders(stems: "NDArray[np.uint64]", copies: "NDArray[np.bool_]") -> "NDArray[np.int32]":
    """For each row the leader of its name: the first original, else the first row; rows are in order of standing."""
    order = np.lexsort((copies, stems))  # stable, so the first row stays first
    begins = np.ones(len(stems), dtype=bool)
    begins[1:] = stems[order][1:] != stems[order][:-1]
    leaders = np.empty(len(stems), dtype=np.int32)
    leaders[order] = order[begins][np.cumsum(begins) - 1]
    return leaders


def _roots(parents: "NDArray[np.int32]") -> "NDArray[np.int32]":
    """The end of each row's chain of parents; a cycle ends at its last new row."""
    roots = parents.copy()
    settled = parents[parents] == parents
    for row in np.flatnonzero(~settled).tolist():
        at, seen = row, {row}
        while (parent := int(parents[at])) not in seen:
            seen.add(parent)
            at = parent
        roots[row] = at
    return roots


def _hash(name: str) -> int:
    return int.from_bytes(blake2b(name.encode("utf-8", "replace"), digest_size=8).digest(), "little") or 1
