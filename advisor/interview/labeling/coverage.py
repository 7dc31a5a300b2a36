"""Active learning: label texts that represent many others first, then those whose guess is uncertain.

Coverage is facility location: the next text is the one that raises the similarity of all texts to their nearest
chosen one most (greedy: Nemhauser, Wolsey and Fisher, Mathematical Programming 14 (1978) 265-294). Farthest-first
picks outliers and trained worse than random picks on the examples here. Once each label may have been seen a few
times, every second text is the one whose two nearest labels, by the means of their vectors, are closest to a tie.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

# Before the guess is used: texts in all, and texts per label.
BEFORE_GUESSING, A_LABEL = 20, 8
EVERY = 2


class Chooser:
    """Selects texts from a pool, one at a time."""

    def __init__(self, vectors: NDArray[np.float32]) -> None:
        """Take the pool: unit vectors, one per text, of shape (n, width)."""
        self._vectors = vectors
        self._alike = vectors @ vectors.T

    def following(
        self, chosen: Sequence[int], labels: Mapping[int, str], count: int = 1, *, expected_labels: int = 2
    ) -> list[int]:
        """Return the texts to label next, given those chosen, labelled or skipped; fewer at the end of the pool."""
        before = max(BEFORE_GUESSING, A_LABEL * max(expected_labels, len(set(labels.values()))))
        taken = np.zeros(len(self._vectors), dtype=bool)
        taken[list(chosen)] = True
        nearest = self._alike[:, list(chosen)].max(axis=1) if chosen else np.zeros(len(taken), dtype=np.float32)
        margins = self._margins(labels)
        found: list[int] = []
        while len(found) < count and not taken.all():
            place = len(chosen) + len(found)
            if margins is not None and place >= before and place % EVERY:
                each = int(np.where(taken, np.inf, margins).argmin())
            else:
                gains = np.maximum(self._alike - nearest[:, None], 0.0).sum(axis=0)
                each = int(np.where(taken, -np.inf, gains).argmax())
            taken[each] = True
            nearest = np.maximum(nearest, self._alike[:, each])
            found.append(each)
        return found

    def _margins(self, labels: Mapping[int, str]) -> NDArray[np.float32] | None:
        """Return each text's margin between its two nearest labels; None with fewer than two labels."""
        names = sorted(set(labels.values()))
        if len(names) < 2:  # noqa: PLR2004
            return None
        means = np.stack(
            [self._vectors[[at for at, own in labels.items() if own == name]].mean(axis=0) for name in names]
        )
        means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9)
        best = np.sort(self._vectors @ means.T, axis=1)
        margins: NDArray[np.float32] = best[:, -1] - best[:, -2]
        return margins


def vectors_of(texts: Sequence[str]) -> NDArray[np.float32]:
    """Return the catalog encoder's vectors of texts, of shape (n, 256).

    CatalogError if the encoder's files are damaged.
    """
    from catalog.store.encoder import StaticEncoder, encoder_folder

    with StaticEncoder(encoder_folder()) as encoder:
        return encoder.encode(texts)
