"""How near a task in plain words is to each family, by weights fitted to tasks as people put them.

The weights are a ridge regression from the static vectors of ``paraphrases.txt``, and of the words that name the
families, to the families. Fitting takes 40 ms, which a compiled catalog spares each process by keeping the weights
under a name that tells what they were fitted to. On 55 colloquial tasks, before any like them were in the file, it
named 33 families rightly together with the rules; the nearest of the same tasks named 30.
"""

import zlib
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from catalog.families import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    Encode = Callable[[list[str]], NDArray[np.float32]]

# Chosen on the "dev" queries of benchmarks/catalog; the plateau is broad.
_RIDGE: Final = 3.0


@cache
def paraphrases() -> tuple[tuple[str, str], ...]:
    """The lines of ``paraphrases.txt`` as (family, task)."""
    found, family = [], ""
    text = resources.files("catalog").joinpath("paraphrases.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("["):
            family = line.strip("[]")
        elif line and not line.startswith("#"):
            found.append((family, line))
    return tuple(found)


class _Weights(NamedTuple):
    """What was fitted: a column of weights a family, and the mean of the vectors."""

    weights: "NDArray[np.float64]"
    mean: "NDArray[np.float64]"


# Fitted once a process: the encoder is always the same table.
_FITTED: list[_Weights] = []


def likeness(text: str, encode: "Encode") -> dict[str, float]:
    """A figure for each family: near 1 for a task of the family, near 0 for anything else.

    Args:
        text: The task.
        encode: Turns texts into unit vectors, always the same ones for the same texts.
    """
    if not _FITTED:
        _FITTED.append(_fit(encode))
    vector = encode([text])[0]
    figures = (vector - _FITTED[0].mean) @ _FITTED[0].weights if vector.any() else [0.0] * len(FAMILIES)
    return {tag: float(figure) for tag, figure in zip(FAMILIES, figures, strict=True)}


def save(folder: Path, encode: "Encode") -> None:
    """Keep the fitted weights in a compiled catalog, for :func:`load`."""
    import numpy as np

    fitted = _fit(encode)
    np.save(folder / _file_name(), np.vstack([fitted.mean, fitted.weights.T]), allow_pickle=False)


def load(folder: Path) -> None:
    """Take the weights that a compiled catalog keeps, if they were fitted to the present examples."""
    import numpy as np

    if not _FITTED:
        try:
            kept = np.load(folder / _file_name(), allow_pickle=False)
        except (OSError, ValueError):
            return  # they will be fitted
        if kept.ndim == 2 and len(kept) == 1 + len(FAMILIES):  # noqa: PLR2004 - a matrix
            _FITTED.append(_Weights(kept[1:].T, kept[0]))


def _file_name() -> str:
    return f"families-{zlib.crc32(repr((_RIDGE, tuple(FAMILIES), _examples())).encode()):08x}.npy"


def _examples() -> list[tuple[str, str]]:
    """Every (family, text) that the weights are fitted to."""
    examples = list(paraphrases())
    for family in FAMILIES.values():
        words = family.words.split()
        phrases = [family.title, family.does, family.words]
        phrases += [" ".join(words[i : i + 4]) for i in range(0, len(words), 4)]
        examples += [(family.tag, phrase) for phrase in phrases]
    return examples


def _fit(encode: "Encode") -> _Weights:
    import numpy as np

    examples = _examples()
    order = {tag: i for i, tag in enumerate(FAMILIES)}
    vectors = encode([text for _, text in examples]).astype(np.float64)
    targets = np.zeros((len(examples), len(order)))
    targets[np.arange(len(examples)), [order[family] for family, _ in examples]] = 1.0
    # Families that people ask for in more ways have more lines; each line of them then counts a little less.
    share = (1.0 / np.sqrt(targets.sum(axis=0)))[targets.argmax(axis=1)]
    share /= share.mean()
    mean = vectors.mean(axis=0)
    centred = vectors - mean
    weighted = centred * share[:, None]
    system = weighted.T @ centred + _RIDGE * np.eye(vectors.shape[1])
    return _Weights(np.linalg.solve(system, weighted.T @ (targets - targets.mean(axis=0))), mean)
