"""Similarity of a task in plain words to each family, learned from tasks as people phrase them.

A kernel ridge regression from the tasks of ``paraphrases.txt``, the uses of ``data/uses.txt`` and the families' search
terms to the families. The kernel is a sum: exp((cosine - 1) / 0.5) of the static vectors, for the meaning of words,
and 0.3 times the cosine of the IDF vectors of words and word pairs, for the phrasing. The ridge penalty is 0.3. In five
folds, with whole uses and blocks of twelve tasks held out, its first family is right for 76% of the tasks and 75% of
the uses' wordings, and the families that share a page include the right one for 87% of the tasks. More could not be
had from these vectors: weighting rare tokens up (76% against 78%, two folds), letters in addition to words (78.0%
against 77.8%) and learning the token vectors (78.5% against 78.8%, one fold) were no better. Together with the rules
it is right for 96% of the "blind" tasks of ``benchmarks.catalog.quality``. The word kernel is linear, so a table with
one line for each word represents all examples; words are hashed to 14 bits. Solving for the weights takes seconds
and a gigabyte, so they ship in ``data/families.npz``, written by ``python -m tools.seed.families``; a compiled catalog
keeps the whole fit.
"""

import math
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from functools import cache
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from catalog.damaged_zip import DAMAGED_ZIP
from catalog.families import FAMILIES
from catalog.query.constraints import constraints
from catalog.query.task_patterns import task_alone
from catalog.query.uses import uses
from catalog.store.cache import kept

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Turns texts into unit vectors, deterministically.
Encode: TypeAlias = "Callable[[list[str]], NDArray[np.float32]]"

_SPREAD: Final = 0.5
_PENALTY: Final = 0.3
_WORDS: Final = 0.3
_WORDING: Final = 0.5
_BUCKETS: Final = 1 << 14
_STEM: Final = 7
# Version of how examples are read, because a compiled catalog cannot see that from the examples.
_READING: Final = 3
# Words in fewer examples are ignored.
_LEAST_SHARED: Final = 2
SHIPPED: Final = Path(__file__).parents[1] / "data" / "families.npz"
# Number of texts by which an encoder is recognised as the one that the shipped weights are for.
_KNOWN_BY: Final = 8


@cache
def paraphrases() -> tuple[tuple[str, str], ...]:
    """The lines of ``paraphrases.txt`` as (family, task)."""
    found, family = [], ""
    text = resources.files("catalog.data").joinpath("paraphrases.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("["):
            family = line.strip("[]")
        elif line and not line.startswith("#"):
            found.append((family, line))
    return tuple(found)


class Fitted(NamedTuple):
    """The fitted model."""

    vectors: "NDArray[np.float32]"  # Vectors of the examples, (n, width).
    weights: "NDArray[np.float32]"  # Their weights, (n, families).
    # For each word's bucket its weights, then its IDF, (buckets, families + 1).
    words: "NDArray[np.float32]"


# Fitted once per process: the encoder is always the same table.
_FITTED: list[Fitted] = []


def similarity_by_task(text: str, encode: "Encode") -> dict[str, float]:
    """Similarity to each family: near 1 for a task of the family, near 0 for anything else."""
    import numpy as np

    if not _FITTED:
        _FITTED.append(fit(encode, shipped(encode)))
    fitted = _FITTED[0]
    vector = encode([text])[0]
    if not vector.any():
        return dict.fromkeys(FAMILIES, 0.0)
    # Not by "@", which uses several threads that wait for each other on a busy machine.
    near = _kernel(np.einsum("ij,j->i", fitted.vectors, vector))
    figures = np.einsum("i,ij->j", near, fitted.weights)
    buckets = sorted(_buckets(text))
    rarity = fitted.words[buckets, -1]
    if length := float(np.sqrt((rarity**2).sum())):
        figures = figures + _WORDS / length * np.einsum("i,ij->j", rarity, fitted.words[buckets, :-1])
    return {tag: float(figure) for tag, figure in zip(FAMILIES, figures, strict=True)}


def load(folder: Path, encode: "Encode") -> None:
    """Load the fit of a compiled catalog; fit and store it if the examples have changed since it was compiled."""
    import numpy as np

    made = list(_FITTED)

    def once() -> Fitted:
        made[:] = made or [fit(encode, shipped(encode))]
        return made[0]

    examples = kept(folder, f"families-{_mark():08x}", lambda: np.hstack([once().vectors, once().weights]))
    words = kept(folder, f"families-words-{_mark():08x}", lambda: once().words)
    _FITTED[:] = [Fitted(examples[:, : -len(FAMILIES)], examples[:, -len(FAMILIES) :], words)]


def shipped(encode: "Encode") -> "NDArray[np.float32] | None":
    """The shipped weights, (n, families); None if they are for other examples or another encoder."""
    import numpy as np

    try:
        with SHIPPED.open("rb") as file, np.load(file, allow_pickle=False) as held:
            if int(held["mark"]) != _mark() or not np.allclose(encode(_first_texts()), held["known"], atol=1e-3):
                return None
            weights: NDArray[np.float32] = held["weights"].astype(np.float32)
            return weights
    except (OSError, *DAMAGED_ZIP):
        return None


def ship(encode: "Encode", path: Path = SHIPPED) -> None:
    """Write the weights to ship, for the catalog's text encoder."""
    import numpy as np

    weights = fit(encode).weights.astype(np.float16)
    known = encode(_first_texts()).astype(np.float16)
    np.savez_compressed(path, mark=np.array(_mark()), known=known, weights=weights)


def _first_texts() -> list[str]:
    return [text for _, text in paraphrases()[:_KNOWN_BY]]


@cache
def _mark() -> int:
    """A checksum of all inputs of the weights except the encoder."""
    made_from = (_SPREAD, _PENALTY, _WORDS, _WORDING, _BUCKETS, _STEM, _READING, tuple(FAMILIES), _examples())
    return zlib.crc32(repr(made_from).encode())


def _kernel(cosines: "NDArray[np.float32]") -> "NDArray[np.float32]":
    import numpy as np

    similarity: NDArray[np.float32] = np.exp((cosines - 1.0) / _SPREAD)
    return similarity


def _examples() -> list[tuple[str, str]]:
    """The (family, text) pairs that the weights are fitted to."""
    examples = [*paraphrases(), *((use.family, wording) for use in uses() for wording in use.wordings)]
    for family in FAMILIES.values():
        words = family.words.split()
        phrases = [family.title, family.does, family.words]
        phrases += [" ".join(words[i : i + 4]) for i in range(0, len(words), 4)]
        examples += [(family.tag, phrase) for phrase in phrases]
    return examples


def fit(encode: "Encode", weights: "NDArray[np.float32] | None" = None) -> Fitted:
    """Fit the weights to all examples with an encoder, unless the examples' weights are known, (n, families)."""
    import numpy as np

    # Without the words of constraints, as in the tasks compared with them.
    texts = [task_alone(text, constraints(text)) for _, text in _examples()]
    vectors = encode(texts).astype(np.float32)
    bearers, rarity = _bearers(texts)
    # In half precision, as stored, so that fresh and loaded fits give the same answers.
    weights = _as_kept(_solve(vectors, bearers) if weights is None else weights)
    words = np.zeros((_BUCKETS, len(FAMILIES) + 1), dtype=np.float32)
    for bucket, (rows, values) in bearers.items():
        words[bucket, :-1] = values @ weights[rows]
        words[bucket, -1] = rarity[bucket]
    return Fitted(_as_kept(vectors), weights, _as_kept(words))


def _as_kept(part: "NDArray[np.float32]") -> "NDArray[np.float32]":
    return part.astype("float16").astype("float32")


def _solve(
    vectors: "NDArray[np.float32]", bearers: "dict[int, tuple[NDArray[np.int64], NDArray[np.float64]]]"
) -> "NDArray[np.float32]":
    import numpy as np

    order = {tag: i for i, tag in enumerate(FAMILIES)}
    targets = np.zeros((len(vectors), len(order)))
    targets[np.arange(len(vectors)), [order[family] for family, _ in _examples()]] = 1.0
    # Families with more phrasings have more lines; each of their lines counts a little less.
    share = (1.0 / np.sqrt(targets.sum(axis=0)))[targets.argmax(axis=1)]
    # Wordings of a use are similar, so each counts half.
    share[len(paraphrases()) : len(paraphrases()) + sum(len(use.wordings) for use in uses())] *= _WORDING
    share /= share.mean()
    system = _kernel(vectors @ vectors.T)  # single precision: the penalty keeps it well conditioned
    for rows, values in bearers.values():
        system[np.ix_(rows, rows)] += _WORDS * np.outer(values, values)
    system[np.diag_indices_from(system)] += _PENALTY / share
    weights = np.linalg.solve(system, (targets - targets.mean(axis=0)).astype(np.float32))
    return weights.astype(np.float32, copy=False)


def _bearers(
    texts: "Sequence[str]",
) -> "tuple[dict[int, tuple[NDArray[np.int64], NDArray[np.float64]]], dict[int, float]]":
    """For each word's bucket the texts that have it, with its share of each; and its IDF."""
    import numpy as np

    found = [_buckets(text) for text in texts]
    counts = Counter(bucket for buckets in found for bucket in buckets)
    rarity = {each: math.log(len(texts) / count) for each, count in counts.items() if count >= _LEAST_SHARED}
    places: defaultdict[int, list[int]] = defaultdict(list)
    for at, buckets in enumerate(found):
        for bucket in buckets:
            places[bucket].append(at)
    lengths = np.array([math.sqrt(sum(rarity.get(each, 0.0) ** 2 for each in buckets)) or 1.0 for buckets in found])
    rows = {bucket: np.array(at) for bucket, at in places.items() if bucket in rarity}
    return {bucket: (at, rarity[bucket] / lengths[at]) for bucket, at in rows.items()}, rarity


def _buckets(text: str) -> set[int]:
    """Hash buckets of the words and word pairs of a text."""
    words = [word[:_STEM] for word in re.findall(r"[^\W_]+", text.lower())]
    return {zlib.crc32(word.encode()) % _BUCKETS for word in (*words, *map(" ".join, pairwise(words)))}
