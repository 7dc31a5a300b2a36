"""A number for each text: ridge regression on an encoder's vectors, words and characters, and how long the text is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.engines.base import CannotLoadError
from advisor.families.base import Answered
from advisor.families.methods import ridge
from advisor.families.methods.features import Features

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from advisor.engines.base import Encoder
    from advisor.families.base import Given
    from advisor.families.text_regression import TextRegression
    from advisor.probe.protocol import ProbeSpec


class Graded:
    """What it sees of a text, and whether it learns the number or its logarithm, is chosen on the training rows."""

    def __init__(self, encoder: Encoder | None, spec: ProbeSpec, kind: TextRegression) -> None:
        """Train it.

        Raises:
            CannotLoadError: if there are too few training rows.
        """
        import numpy as np

        if len(spec.teaching) < ridge.FEWEST_ROWS:
            raise CannotLoadError(f"a regression needs {ridge.FEWEST_ROWS} training rows at least")
        texts, numbers = zip(*spec.teaching, strict=True)
        # Of the training rows alone: what the evidence spans is not to be known.
        self._range = min(numbers), max(numbers)
        self._digits = kind.digits(spec)
        self._features = Features(encoder, texts, lexical=True, training=len(texts))
        lengths = _lengths(texts)
        self._center, self._spread = float(lengths.mean()), float(lengths.std()) or 1.0
        wanted = np.array(numbers, dtype=np.float64)
        ways = {
            (words, is_log): (
                self._with_length(texts, self._features.seen(words=words)),
                np.log(wanted) if is_log else wanted,
            )
            for words in ((True,) if encoder is None else (False, True))
            for is_log in ((False, True) if min(numbers) > 0.0 else (False,))
        }

        def right(way: tuple[bool, bool], said: NDArray[Any]) -> int:
            pairs = zip(self._numbers(said, is_log=way[1]), numbers[: len(said)], strict=True)
            return sum(kind.is_right(one, number, spec) for one, number in pairs)

        found = ridge.fit(ways, right)
        self._words, self._is_log = bool(found.way[0]), bool(found.way[1])
        self._model = found.model
        self._features.forget()
        self.details: dict[str, Any] = {
            "head": "ridge regression", "teaching": len(texts), "alpha": found.alpha, "words": self._words,
            "logarithm": self._is_log, "cross_validated": (found.right, len(found.held_out)),
        }  # fmt: skip

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        """Return the number of each text, within the range of the training rows."""
        texts = [str(text) for text in given]
        seen = self._with_length(texts, self._features.of(texts, words=self._words))
        return [Answered(number) for number in self._numbers(self._model.predict(seen), is_log=self._is_log)]

    def _numbers(self, said: NDArray[Any], *, is_log: bool) -> list[float]:
        import numpy as np

        low, high = self._range
        if is_log:
            said = np.exp(said.clip(max=np.log(high)))
        return [round(number, self._digits) for number in said.clip(low, high).tolist()]

    def _with_length(self, texts: Sequence[str], rows: Any) -> Any:  # noqa: ANN401  a sparse or a dense array
        """Return rows with the standardised logarithm of each text's length in front.

        TF-IDF and unit vectors lose the length of a text, a strong feature for grading essays.
        """
        import numpy as np
        from scipy import sparse

        own = ((_lengths(texts) - self._center) / self._spread)[:, None]
        return sparse.hstack([sparse.csr_array(own), rows]).tocsr() if sparse.issparse(rows) else np.hstack([own, rows])


def _lengths(texts: Sequence[str]) -> NDArray[Any]:
    import numpy as np

    return np.log1p([len(text) for text in texts])
