"""How near a task in plain words is to each family, by tasks as people put them.

A kernel ridge regression from the tasks of ``paraphrases.txt``, the uses of ``data/uses.txt`` and the words that name
the families, to the families. The kernel adds up two: exp((cosine - 1) / 0.5) of the static vectors, which know what
words mean, and 0.3 of the cosine of the rarities of words and pairs of words, which know how people put it. Its
penalty is 0.3. With whole uses and blocks of twelve tasks left out, in five folds, it names 76% of the tasks and 75% of
the uses' wordings rightly by itself, and the families that share a page hold 87% of the tasks'. These vectors have no
more: rare tokens weighted up (76% for 78%, two folds), letters beside words (78.0% for 77.8%) and a network that
learns the tokens' vectors (78.5% for 78.8%, one fold) were no better. With the rules it names 96% of the "blind" tasks
of ``benchmarks.catalog.quality``. The part of the words is linear, so that a table of a
line for each word stands for all examples; 14 bits of a hash stand for a word. To solve for the weights takes seconds
and a gigabyte, so they ship in ``data/families.npz``, which ``python -m tools.seed.families`` writes; a compiled
catalog keeps all that was fitted.
"""

import math
import re
import zlib
from collections import Counter, defaultdict
from functools import cache
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from catalog.families import FAMILIES
from catalog.query.constraints import constraints
from catalog.query.task_patterns import task_alone
from catalog.query.uses import uses
from catalog.store.cache import kept

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Encode = Callable[[list[str]], NDArray[np.float32]]

_SPREAD: Final = 0.5
_PENALTY: Final = 0.3
_WORDS: Final = 0.3
_WORDING: Final = 0.5
_BUCKETS: Final = 1 << 14
_STEM: Final = 7
# Counts the changes of how examples are read, which a compiled catalog cannot see in them.
_READING: Final = 3
# Words of fewer examples say nothing about the others.
_LEAST_SHARED: Final = 2
SHIPPED: Final = Path(__file__).parents[1] / "data" / "families.npz"
# By so many texts an encoder is known to be the one that the shipped weights are for.
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
    """What was fitted."""

    vectors: "NDArray[np.float32]"  # Of the examples, (n, width).
    weights: "NDArray[np.float32]"  # Theirs, (n, families).
    # A line for each word's bucket, its weights and last its rarity, (buckets, families + 1).
    words: "NDArray[np.float32]"


# Fitted once a process: the encoder is always the same table.
_FITTED: list[Fitted] = []


def similarity_by_task(text: str, encode: "Encode") -> dict[str, float]:
    """A figure for each family: near 1 for a task of the family, near 0 for anything else.

    Args:
        text: The task.
        encode: Turns texts into unit vectors, always the same ones for the same texts.
    """
    import numpy as np

    if not _FITTED:
        _FITTED.append(fit(encode, shipped(encode)))
    fitted = _FITTED[0]
    vector = encode([text])[0]
    if not vector.any():
        return dict.fromkeys(FAMILIES, 0.0)
    # Not by "@", which takes several threads, and these wait for each other on a busy machine.
    near = _kernel(np.einsum("ij,j->i", fitted.vectors, vector))
    figures = np.einsum("i,ij->j", near, fitted.weights)
    buckets = sorted(_buckets(text))
    rarity = fitted.words[buckets, -1]
    if length := float(np.sqrt((rarity**2).sum())):
        figures = figures + _WORDS / length * np.einsum("i,ij->j", rarity, fitted.words[buckets, :-1])
    return {tag: float(figure) for tag, figure in zip(FAMILIES, figures, strict=True)}


def load(folder: Path, encode: "Encode") -> None:
    """Take what a compiled catalog keeps; fitted now, and kept, if the examples have changed since it was compiled."""
    made = list(_FITTED)

    def once() -> Fitted:
        made[:] = made or [fit(encode, shipped(encode))]
        return made[0]

    examples = kept(folder, f"families-{_mark():08x}", lambda: _beside(once()))
    words = kept(folder, f"families-words-{_mark():08x}", lambda: once().words)
    _FITTED[:] = [Fitted(examples[:, : -len(FAMILIES)], examples[:, -len(FAMILIES) :], words)]


def shipped(encode: "Encode") -> "NDArray[np.float32] | None":
    """The weights that ship, (n, families); None where they are for other examples, or for another encoder."""
    import numpy as np

    try:
        with np.load(SHIPPED, allow_pickle=False) as held:
            if int(held["mark"]) != _mark() or not np.allclose(encode(_first_texts()), held["known"], atol=1e-3):
                return None
            weights: NDArray[np.float32] = held["weights"].astype(np.float32)
            return weights
    except (OSError, ValueError, KeyError):
        return None


def ship(encode: "Encode", path: Path = SHIPPED) -> None:
    """Write the weights that ship, for the text encoder of the catalog."""
    import numpy as np

    weights = fit(encode).weights.astype(np.float16)
    known = encode(_first_texts()).astype(np.float16)
    np.savez_compressed(path, mark=np.array(_mark()), known=known, weights=weights)


def _first_texts() -> list[str]:
    return [text for _, text in paraphrases()[:_KNOWN_BY]]


@cache
def _mark() -> int:
    """Stands for all that the weights are made from, but for the encoder."""
    made_from = (_SPREAD, _PENALTY, _WORDS, _WORDING, _BUCKETS, _STEM, _READING, tuple(FAMILIES), _examples())
    return zlib.crc32(repr(made_from).encode())


def _beside(fitted: Fitted) -> "NDArray[np.float32]":
    import numpy as np

    return np.hstack([fitted.vectors, fitted.weights])


def _kernel(cosines: "NDArray[np.float32]") -> "NDArray[np.float32]":
    import numpy as np

    similarity: NDArray[np.float32] = np.exp((cosines - 1.0) / _SPREAD)
    return similarity


def _examples() -> list[tuple[str, str]]:
    """Every (family, text) that the weights are fitted to."""
    examples = [*paraphrases(), *((use.family, wording) for use in uses() for wording in use.wordings)]
    for family in FAMILIES.values():
        words = family.words.split()
        phrases = [family.title, family.does, family.words]
        phrases += [" ".join(words[i : i + 4]) for i in range(0, len(words), 4)]
        examples += [(family.tag, phrase) for phrase in phrases]
    return examples


def fit(encode: "Encode", weights: "NDArray[np.float32] | None" = None) -> Fitted:
    """Fit the weights to every example, as an encoder sees them.

    Args:
        encode: Turns texts into unit vectors.
        weights: Those of the examples where they are known, (n, families).
    """
    import numpy as np

    # As tasks are compared with them: without the words of their constraints.
    texts = [task_alone(text, constraints(text)) for _, text in _examples()]
    vectors = encode(texts).astype(np.float32)
    bearers, rarity = _bearers(texts)
    # In half precision, as they are kept, so that an answer does not depend on where they came from.
    weights = _as_kept(_solve(vectors, bearers) if weights is None else weights)
    words = np.zeros((_BUCKETS, len(FAMILIES) + 1), dtype=np.float32)
    for bucket, (rows, values) in bearers.items():
        words[bucket, :-1] = values @ weights[rows]
        words[bucket, -1] = rarity[bucket]
    return Fitted(_as_kept(vectors), weights, _as_kept(words))


def _as_kept(part: "NDArray[np.float32]") -> "NDArray[np.float32]":
    import numpy as np

    return part.astype(np.float16).astype(np.float32)


def _solve(
    vectors: "NDArray[np.float32]", bearers: "dict[int, tuple[NDArray[np.int64], NDArray[np.float64]]]"
) -> "NDArray[np.float32]":
    import numpy as np

    order = {tag: i for i, tag in enumerate(FAMILIES)}
    targets = np.zeros((len(vectors), len(order)))
    targets[np.arange(len(vectors)), [order[family] for family, _ in _examples()]] = 1.0
    # Families that people ask for in more ways have more lines; each line of them then counts a little less.
    share = (1.0 / np.sqrt(targets.sum(axis=0)))[targets.argmax(axis=1)]
    # Wordings of a use are much alike, so each counts half.
    share[len(paraphrases()) : len(paraphrases()) + sum(len(use.wordings) for use in uses())] *= _WORDING
    share /= share.mean()
    system = _kernel(vectors @ vectors.T)  # in single precision: the penalty keeps it well conditioned
    for rows, values in bearers.values():
        system[np.ix_(rows, rows)] += _WORDS * np.outer(values, values)
    system[np.diag_indices_from(system)] += _PENALTY / share
    weights: NDArray[np.float32] = np.linalg.solve(system, (targets - targets.mean(axis=0)).astype(np.float32))
    return weights


def _bearers(
    texts: "Sequence[str]",
) -> "tuple[dict[int, tuple[NDArray[np.int64], NDArray[np.float64]]], dict[int, float]]":
    """For each word's bucket the texts that bear it and how much of each it is; and how rare it is."""
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
    """Where the words of a text, and its pairs of words, have their lines."""
    words = [word[:_STEM] for word in re.findall(r"[^\W_]+", text.lower())]
    return {zlib.crc32(word.encode()) % _BUCKETS for word in (*words, *map(" ".join, pairwise(words)))}
