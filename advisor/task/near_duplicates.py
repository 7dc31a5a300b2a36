"""Finds near duplicates among texts, so that each distinct one counts once.

Two texts are near duplicates when their resemblance is at least 0.8: of all runs of three words in either, the share
found in both (Broder, "On the resemblance and containment of documents", 1997). One changed word breaks three runs, so
only texts of about thirty words and more can be near duplicates: "turn on the light" and "turn off the light" are two
examples. Groups are closed: what resembles one member belongs to it.

The search is exact. Texts of resemblance t share a run that is among the rarest of both: among the first
1 + n(1-t)/(1+t) of the shorter one's n runs, and the first 1 + n(1-t) of the longer one's (prefix filter: Chaudhuri,
Ganti and Kaushik, "A primitive operator for similarity joins in data cleaning", 2006; the shorter prefix: Xiao, Wang,
Lin and Yu, "Efficient similarity joins for near duplicate detection", 2008). Runs of a single text propose no pair, so
texts with little in common cost one sort; those that share such a run are compared run by run.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from advisor.engines.words import word_tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Places = NDArray[np.int64]

RESEMBLANCE = 0.8
RUN = 3
_BLOCK, _MOST_BATCH = 64, 4096
_ROUNDING = 1e-9


def near_duplicates(texts: Sequence[str]) -> list[tuple[int, ...]]:
    """Return groups of near duplicates, as indices of `texts`.

    Each has at least two, ascending; groups are in the order of their first member. Case, punctuation, white space and
    the order of the texts do not matter.
    """
    # Imported on demand: takes a few milliseconds.
    from threadpoolctl import threadpool_limits

    groups = _Groups(_shared_runs(texts))
    # The matrices are small: threads would wait for each other longer than they work.
    with threadpool_limits(1, "blas"):
        groups.link()
    return groups.listed()


class _Runs(NamedTuple):
    """The runs that occur in several texts, numbered by rarity."""

    sizes: Places  # Distinct runs of each text, including its own.
    starts: Places  # Where each text's shared runs begin in `runs`; one more entry than there are texts.
    runs: Places  # The shared runs, text by text, each text's rarest first.

    @property
    def counts(self) -> Places:
        """Number of shared runs per text."""
        return np.diff(self.starts)


def _shared_runs(texts: Sequence[str]) -> _Runs:
    owners, runs = _numbered(texts)
    order = np.argsort(runs, kind="stable")
    is_next_same = np.diff(runs[order]) == 0
    is_shared = np.zeros(len(order), dtype=bool)
    is_shared[:-1] |= is_next_same
    is_shared[1:] |= is_next_same
    alone, order = owners[order[~is_shared]], order[is_shared]
    number = np.concatenate(([0], np.cumsum(np.diff(runs[order]) != 0)))[: len(order)]
    most = int(number[-1]) + 1 if len(number) else 1
    # Repeated runs of a text count once; rarity counts texts.
    pairs = _distinct(owners[order] * most + number)
    owners, runs = pairs // most, pairs % most
    rank = np.empty(most, dtype=np.int64)
    rank[np.argsort(np.bincount(runs, minlength=most), kind="stable")] = np.arange(most)
    pairs = np.sort(owners * most + rank[runs])
    counts = np.bincount(owners, minlength=len(texts))
    sizes = np.bincount(alone, minlength=len(texts)) + counts
    return _Runs(sizes, np.concatenate(([0], np.cumsum(counts))), pairs % most)


def _numbered(texts: Sequence[str]) -> tuple[Places, Places]:
    """Return each run of three words as a number, with its text; a shorter text is one run."""
    words: defaultdict[str, int] = defaultdict(count(1).__next__)
    flat = array("l")
    lengths = []
    for text in texts:
        found = word_tokens(text)
        flat.extend(map(words.__getitem__, found))
        # Zeros after the last word make a text of one or two words one run.
        missing = RUN - len(found) if found else 0
        flat.extend([0] * missing)
        lengths.append(len(found) + max(0, missing))
    ids = np.array(flat, dtype=np.int64)
    owners = np.repeat(np.arange(len(texts)), lengths)
    is_run = owners[: -RUN + 1] == owners[RUN - 1 :]
    runs = _as_one(_as_one(ids[:-2], ids[1:-1], len(words) + 1), ids[2:], len(words) + 1)
    return owners[: -RUN + 1][is_run], runs[is_run]


def _as_one(first: Places, second: Places, below: int) -> Places:
    """Return a number for each distinct pair of numbers; `second` is below a bound."""
    if len(first) and int(first.max()) > np.iinfo(np.int64).max // below - 1:
        first = np.unique(first, return_inverse=True)[1]
    return first * below + second


class _Groups:
    """Texts and their current groups."""

    def __init__(self, of: _Runs) -> None:
        self.of = of
        self.group = np.arange(len(of.sizes))
        self.is_done = np.zeros(len(of.sizes), dtype=bool)
        self.column = np.full(int(of.runs.max()) + 1 if len(of.runs) else 0, -1)
        self.members, self.bounds, self.owners, self.buckets = _buckets(of)
        self.is_open = np.ones(len(self.bounds) - 1, dtype=bool)

    def link(self) -> None:
        """Compare the texts that share a bucket, until all that resemble each other are in one group."""
        texts, begins = np.unique(self.owners, return_index=True)
        ends = np.append(begins[1:], len(self.owners))
        # Texts with the same rarest bucket are adjacent: a block of them has much in common.
        order = np.argsort(self.buckets[begins], kind="stable")
        for at in range(0, len(order), _BLOCK):
            block = order[at : at + _BLOCK]
            buckets = _distinct(self.buckets[_ranges(begins[block], ends[block] - begins[block])])
            others = self._others(buckets)
            for looked in self._batches(texts[block], others):
                self._compare(texts[block], looked)
            self.is_done[texts[block]] = True

    def _others(self, buckets: Places) -> Places:
        """Return the texts of some buckets that are still to be compared; buckets of one group are closed for good."""
        buckets = buckets[self.is_open[buckets]]
        if not len(buckets):
            return buckets
        sizes = self.bounds[buckets + 1] - self.bounds[buckets]
        members = self.members[_ranges(self.bounds[buckets], sizes)]
        begins = np.cumsum(sizes) - sizes
        groups = self.group[members]
        is_one = np.minimum.reduceat(groups, begins) == np.maximum.reduceat(groups, begins)
        self.is_open[buckets[is_one]] = False
        return _distinct(members[~np.repeat(is_one, sizes) & ~self.is_done[members]])

    def _batches(self, block: Places, others: Places) -> Iterator[Places]:
        """Yield growing batches of the others, without those that have joined the whole block's group meanwhile."""
        batch = _BLOCK
        while len(others):
            groups = np.unique(self.group[block])
            if len(groups) == 1:
                others = others[self.group[others] != groups[0]]
            if len(others):
                yield others[:batch]
            others = others[batch:]
            batch = min(batch * 4, _MOST_BATCH)

    def _compare(self, block: Places, others: Places) -> None:
        """Join the groups of texts that resemble each other: each of a block with each of the others."""
        own = _distinct(self.of.runs[_ranges(self.of.starts[block], self.of.counts[block])])
        self.column[own] = np.arange(len(own))
        both = self._matrix(block, len(own)) @ self._matrix(others, len(own)).T
        self.column[own] = -1
        least = RESEMBLANCE * self.of.sizes / (1 + RESEMBLANCE)  # times both sizes: the runs to be shared
        resembles = both >= (least[block][:, None] + least[others][None, :] - _ROUNDING)
        for one, other in np.argwhere(resembles).tolist():
            kept, gone = self.group[block[one]], self.group[others[other]]
            if kept != gone:
                self.group[self.group == gone] = kept

    def _matrix(self, texts: Places, columns: int) -> NDArray[np.float32]:
        """Return which texts have which of the runs that have a column now."""
        counts = self.of.counts[texts]
        at = self.column[self.of.runs[_ranges(self.of.starts[texts], counts)]]
        rows = np.repeat(np.arange(len(texts)), counts)
        found = np.zeros((len(texts), columns), dtype=np.float32)
        found[rows[at >= 0], at[at >= 0]] = 1.0
        return found

    def listed(self) -> list[tuple[int, ...]]:
        """Return the groups of at least two."""
        order = np.argsort(self.group, kind="stable")
        cuts = np.flatnonzero(np.diff(self.group[order])) + 1
        return sorted(tuple(each.tolist()) for each in np.split(order, cuts) if len(each) > 1)


def _buckets(of: _Runs) -> tuple[Places, Places, Places, Places]:
    """Return the texts bucket by bucket, where each bucket begins, and each text with its buckets.

    A bucket holds texts that share a run among their rarest: at least two, one of them the shorter of a pair.
    """
    texts = np.repeat(np.arange(len(of.sizes)), of.counts)
    sizes = of.sizes[texts]
    # A text's unshared runs are its rarest.
    place = np.arange(len(of.runs)) - of.starts[texts] + (of.sizes - of.counts)[texts]
    is_longer = place <= sizes * (1 - RESEMBLANCE) + _ROUNDING
    is_shorter = place <= sizes * (1 - RESEMBLANCE) / (1 + RESEMBLANCE) + _ROUNDING
    order = np.flatnonzero(is_longer)
    order = order[np.argsort(of.runs[order], kind="stable")]
    _, bucket, size = np.unique(of.runs[order], return_inverse=True, return_counts=True)
    shorter = np.bincount(bucket, weights=is_shorter[order], minlength=len(size))
    kept = order[((size > 1) & (shorter > 0))[bucket]]
    _, bucket, size = np.unique(of.runs[kept], return_inverse=True, return_counts=True)
    by_text = np.argsort(texts[kept], kind="stable")
    return texts[kept], np.concatenate(([0], np.cumsum(size))), texts[kept][by_text], bucket[by_text]


def _distinct(numbers: Places) -> Places:
    """Return each number once, ascending; `np.unique` would hash them, which takes several times as long."""
    ordered = np.sort(numbers)
    return ordered[np.concatenate(([True], ordered[1:] != ordered[:-1]))] if len(ordered) else ordered


def _ranges(begins: Places, lengths: Places) -> Places:
    """Return all indices of some ranges, one range after another."""
    places: Places = np.arange(int(lengths.sum())) + np.repeat(begins - (np.cumsum(lengths) - lengths), lengths)
    return places
