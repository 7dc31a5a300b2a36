"""Finds texts that are nearly the same, so that each distinct one counts once.

Two texts are near duplicates when their resemblance is at least 0.8: of all runs of three words in either, the share
found in both (Broder, "On the resemblance and containment of documents", 1997). One changed word breaks three runs, so
only texts of about thirty words and more can be near duplicates: "turn on the light" and "turn off the light" are two
examples. Groups are closed: what resembles one member belongs to it.

All pairs are estimated from sketches, a bit for the least run in each of 512 bins (one permutation hashing: Li, Owen
and Zhang, NIPS 2012; one bit a bin: Li and König, "b-bit minwise hashing", WWW 2010), by a matrix product. What is
estimated to resemble is counted exactly, so nothing else is grouped; the estimate errs by 0.026 at 0.8 for long texts,
so a pair just above 0.8 may be missed. 5,000 texts of 2,000 characters take two seconds, however alike they are. With
datasketch 2.0's MinHash and buckets they take four, more than twenty where all are alike (its buckets then hold every
pair), and its import brings scipy into the main process; so this is written out.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

RESEMBLANCE = 0.8
BINS = 512
BLOCK = 256
# A word, or one character of a script that is written without spaces.
WORD = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]|[^\W_]+")
RUN = 3


def near_duplicates(texts: Sequence[str], resemblance: float = RESEMBLANCE) -> list[tuple[int, ...]]:
    """Return the groups of texts that are nearly the same, as places in `texts`.

    Args:
        texts: To be compared; case, punctuation and white space do not matter.
        resemblance: The least for two texts to count as one, in (0, 1].

    Returns:
        Groups of at least two, each ascending, in the order of their first member. Who is grouped with whom does not
        depend on the order of the texts.

    Raises:
        ValueError: if the resemblance is out of range.
    """
    if not 0.0 < resemblance <= 1.0:
        raise ValueError(f"the resemblance must lie above 0 and up to 1, not {resemblance}")
    numbers: dict[str, int] = {}
    runs = [_runs(text, numbers) for text in texts]
    signs = np.stack([_sketch(each) for each in runs]) if runs else np.zeros((0, BINS), dtype=np.float32)
    filled = np.abs(signs)
    counts = filled.sum(axis=1)
    group = np.arange(len(texts))
    for start in range(0, len(texts), BLOCK):
        rows = slice(start, start + BLOCK)
        # A bin in which the least runs differ adds 1 or takes 1 away with equal chance: nothing in the mean.
        union = counts[rows, None] + counts[None, start:] - filled[rows] @ filled[start:].T
        alike = signs[rows] @ signs[start:].T >= resemblance * np.maximum(union, 1.0) - 1e-3
        for row, near in enumerate(alike):
            text = start + row
            others = text + 1 + np.flatnonzero(near[row + 1 :])
            others = others[group[others] != group[text]]
            while len(others):
                other, others = int(others[0]), others[1:]
                if _resemble(runs[text], runs[other], resemblance):
                    group[group == group[other]] = group[text]
                    others = others[group[others] != group[text]]
    members: dict[int, list[int]] = {}
    for text, number in enumerate(group.tolist()):
        members.setdefault(number, []).append(text)
    return [tuple(each) for each in members.values() if len(each) > 1]


def _runs(text: str, numbers: dict[str, int]) -> NDArray[np.uint64]:
    """Return a text's distinct runs of three words as numbers; a shorter text is one run, an empty one none.

    Args:
        text: Any.
        numbers: Of the words met so far; grows.
    """
    words = WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    if not words:
        return np.zeros(0, dtype=np.uint64)
    for word in words:
        if word not in numbers:
            # The same on every machine and in every process, which `hash` is not.
            numbers[word] = int.from_bytes(hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest())
    each = np.array([numbers[word] for word in words] + [0] * (RUN - len(words)), dtype=np.uint64)
    count = len(each) - RUN + 1
    run = each[:count]
    for offset in range(1, RUN):
        run = _mixed(run) + each[offset : count + offset]
    return np.unique(_mixed(run))


def _mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return well-spread bits for each number: the finisher of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014)."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))


def _sketch(runs: NDArray[np.uint64]) -> NDArray[np.float32]:
    """Return a bit, as 1 or -1, of the least run in each bin; 0 where a bin is empty."""
    signs = np.zeros(BINS, dtype=np.float32)
    # Runs ascend, so the last written into a bin, from the end, is its least.
    down = runs[::-1]
    signs[(down % np.uint64(BINS)).astype(np.intp)] = np.where(down >> np.uint64(20) & np.uint64(1), 1.0, -1.0)
    return signs


def _resemble(one: NDArray[np.uint64], other: NDArray[np.uint64], resemblance: float) -> bool:
    both = len(np.intersect1d(one, other, assume_unique=True))
    return both > 0 and both >= resemblance * (len(one) + len(other) - both) - 1e-9
