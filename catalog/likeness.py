"""How near a task in plain words is to each family, by tasks as people put them.

A kernel ridge regression from the static vectors of ``paraphrases.txt``, and of the words that name the families, to
the families; the kernel is exp((cosine - 1) / 0.5), its penalty 0.3. Chosen by leaving each task out in turn: of the
first 2,300 tasks it named 51% rightly by itself where a linear ridge named 46% (all-MiniLM-L6-v2 in place of the static
vectors 65%; words and parts of words as further features, or the families of the nearest models, added nothing); of the
3,000 tasks now it names 63%. Fitting takes a second or two, which a compiled catalog spares each process by keeping
what was fitted under a name that tells to what.
"""

import os
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

_SPREAD: Final = 0.5
_PENALTY: Final = 0.3


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


class Fitted(NamedTuple):
    """What was fitted: the vectors of the examples, (n, width), and their weights, (n, families)."""

    vectors: "NDArray[np.float32]"
    weights: "NDArray[np.float32]"


# Fitted once a process: the encoder is always the same table.
_FITTED: list[Fitted] = []


def likeness(text: str, encode: "Encode", fitted: Fitted | None = None) -> dict[str, float]:
    """A figure for each family: near 1 for a task of the family, near 0 for anything else.

    Args:
        text: The task.
        encode: Turns texts into unit vectors, always the same ones for the same texts.
        fitted: What :func:`fit` made of the same ``encode``, where that is not the text encoder of the catalog.
    """
    import numpy as np

    fitted = fitted or _of_the_catalog(encode)
    vector = encode([text])[0]
    if not vector.any():
        return dict.fromkeys(FAMILIES, 0.0)
    # Not by "@", which takes several threads, and these wait for each other on a busy machine.
    near = _kernel(np.einsum("ij,j->i", fitted.vectors, vector))
    figures = np.einsum("i,ij->j", near, fitted.weights)
    return {tag: float(figure) for tag, figure in zip(FAMILIES, figures, strict=True)}


def save(folder: Path, encode: "Encode") -> None:
    """Keep what was fitted in a compiled catalog, for :func:`load`."""
    import numpy as np

    fitted = _of_the_catalog(encode)
    unfinished = folder / f"{_file_name()}.part-{os.getpid()}"
    with unfinished.open("wb") as file:
        np.save(file, np.hstack([fitted.vectors, fitted.weights]).astype(np.float16), allow_pickle=False)
    unfinished.replace(folder / _file_name())


def load(folder: Path, encode: "Encode") -> None:
    """Take what a compiled catalog keeps; fitted now and kept if the examples have changed since it was compiled."""
    import numpy as np

    if not _FITTED:
        try:
            if not (folder / _file_name()).is_file():
                save(folder, encode)
                return
            kept = np.load(folder / _file_name(), allow_pickle=False)
        except (OSError, ValueError):
            return  # a folder that cannot be written: it will be fitted when needed
        if kept.ndim == 2 and kept.shape[1] > len(FAMILIES):  # noqa: PLR2004 - a matrix
            kept = kept.astype(np.float32)
            _FITTED.append(Fitted(kept[:, : -len(FAMILIES)], kept[:, -len(FAMILIES) :]))


def _of_the_catalog(encode: "Encode") -> Fitted:
    """Return what was fitted for the text encoder of the catalog; it takes a second, once a process."""
    import numpy as np

    if not _FITTED:
        exact = fit(encode)
        # As it is kept, so that an answer does not depend on where it came from.
        _FITTED.append(Fitted(*(part.astype(np.float16).astype(np.float32) for part in (exact.vectors, exact.weights))))
    return _FITTED[0]


def _file_name() -> str:
    return f"families-{zlib.crc32(repr((_SPREAD, _PENALTY, tuple(FAMILIES), _examples())).encode()):08x}.npy"


def _kernel(cosines: "NDArray[np.float32]") -> "NDArray[np.float32]":
    import numpy as np

    likeness: NDArray[np.float32] = np.exp((cosines - 1.0) / _SPREAD)
    return likeness


def _examples() -> list[tuple[str, str]]:
    """Every (family, text) that the weights are fitted to."""
    examples = list(paraphrases())
    for family in FAMILIES.values():
        words = family.words.split()
        phrases = [family.title, family.does, family.words]
        phrases += [" ".join(words[i : i + 4]) for i in range(0, len(words), 4)]
        examples += [(family.tag, phrase) for phrase in phrases]
    return examples


def fit(encode: "Encode") -> Fitted:
    """Fit the weights to every example, as an encoder sees them."""
    import numpy as np

    examples = _examples()
    order = {tag: i for i, tag in enumerate(FAMILIES)}
    vectors = encode([text for _, text in examples]).astype(np.float32)
    targets = np.zeros((len(examples), len(order)))
    targets[np.arange(len(examples)), [order[family] for family, _ in examples]] = 1.0
    # Families that people ask for in more ways have more lines; each line of them then counts a little less.
    share = (1.0 / np.sqrt(targets.sum(axis=0)))[targets.argmax(axis=1)]
    share /= share.mean()
    system = _kernel(vectors @ vectors.T).astype(np.float64)
    system[np.diag_indices_from(system)] += _PENALTY / share
    weights = np.linalg.solve(system, targets - targets.mean(axis=0))
    return Fitted(vectors, weights.astype(np.float32))
