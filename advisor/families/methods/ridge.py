"""Ridge regression, with features and penalty chosen on the training rows.

Each training row is held out in turn, in closed form: the prediction without a row follows from the fit with all
(Allen, "The relationship between variable selection and data augmentation and a method for prediction", 1974).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from advisor.engines.base import CannotLoadError, Encoder
from advisor.families.base import Answered, Given
from advisor.families.methods.features import Features

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.families.text_regression import TextRegression
    from advisor.probe.protocol import ProbeSpec

FEWEST_ROWS = 8
# Relative to the mean squared length of the centred rows.
PENALTIES = (0.01, 0.1, 1.0, 10.0, 100.0)
# More rows than these change no setting.
MOST_SETTLING = 1000


class Fitted(NamedTuple):
    """A fitted choice of features."""

    way: Any  # The key of the chosen features.
    model: Any  # scikit-learn's `Ridge`, over these features.
    # Its held-out predictions for the rows that settled the choice, of shape (rows,).
    held_out: NDArray[Any]
    right: int  # How many of these are right.
    alpha: float  # The penalty, as scikit-learn takes it.


def fit(ways: Mapping[Any, tuple[Any, NDArray[Any]]], right: Callable[[Any, NDArray[Any]], int]) -> Fitted:
    """Return the features and penalty with most rows right when held out; on ties the most accurate, then the first.

    `ways` are features by key, dense or sparse of shape (rows, numbers), with their targets, of shape (rows,); `right`
    returns how many of the first rows are right, given a key and predictions.
    """
    from sklearn.linear_model import Ridge
    from threadpoolctl import threadpool_limits

    best: Fitted | None = None
    least = 0.0
    with threadpool_limits(1, "blas"):  # on small matrices more threads are slower
        for way, (rows, wanted) in ways.items():
            for alpha, held_out in _held_out(rows[:MOST_SETTLING], wanted[:MOST_SETTLING]):
                count = right(way, held_out)
                # By the share of unexplained variance, so that targets in different units compare.
                left = float(((held_out - wanted[: len(held_out)]) ** 2).mean() / max(wanted.var(), 1e-12))
                if best is None or (count, -left) > (best.right, -least):
                    best, least = Fitted(way, None, held_out, count, alpha), left
        if best is None:
            raise ValueError("there is no way to see the rows")
        rows, wanted = ways[best.way]
        return best._replace(model=Ridge(alpha=best.alpha).fit(rows, wanted))


def _held_out(rows: Any, wanted: NDArray[Any]) -> list[tuple[float, NDArray[Any]]]:  # noqa: ANN401  dense or sparse
    """Return every row's prediction by a fit without it, for each penalty."""
    import numpy as np

    products = rows @ rows.T
    products = np.asarray(products.toarray() if hasattr(products, "toarray") else products, dtype=np.float64)
    means = products.mean(axis=0)
    values, axes = np.linalg.eigh(products - means[:, None] - means[None, :] + means.mean())
    values = values.clip(min=0.0)
    scale, away = max(float(values.mean()), 1e-12), axes.T @ (wanted - wanted.mean())
    found = []
    for penalty in PENALTIES:
        kept = values / (values + penalty * scale)
        said = wanted.mean() + axes @ (kept * away)
        own = (axes**2 * kept).sum(axis=1) + 1.0 / len(wanted)  # leverage: a row's weight in its own prediction
        found.append((penalty * scale, wanted - (wanted - said) / (1.0 - own).clip(min=1e-9)))
    return found


class Graded:
    """Predicts numbers; its features, and whether it learns the number or its logarithm, are cross-validated."""

    def __init__(self, encoder: Encoder | None, spec: ProbeSpec, kind: TextRegression) -> None:
        """Train it; CannotLoadError if there are too few training rows."""
        import numpy as np

        if len(spec.teaching) < FEWEST_ROWS:
            raise CannotLoadError(f"a regression needs {FEWEST_ROWS} training rows at least")
        texts, numbers = zip(*spec.teaching, strict=True)
        # From the training rows alone: the range of the evidence must stay unknown.
        self._range = min(numbers), max(numbers)
        # Grades and counts are whole: 1.45 stars are said as 1.
        self._digits = 0 if all(float(number).is_integer() for number in numbers) else kind.digits(spec)
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

        found = fit(ways, right)
        self._words, self._is_log = bool(found.way[0]), bool(found.way[1])
        self._model = found.model
        self._features.forget()
        self.details: dict[str, Any] = {
            "head": "ridge regression", "teaching": len(texts), "alpha": found.alpha, "words": self._words,
            "logarithm": self._is_log, "cross_validated": (found.right, len(found.held_out)),
        }  # fmt: skip

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        texts = [str(text) for text in given]
        seen = self._with_length(texts, self._features.of(texts, words=self._words))
        return [Answered(number) for number in self._numbers(self._model.predict(seen), is_log=self._is_log)]

    def _numbers(self, said: NDArray[Any], *, is_log: bool) -> list[float]:
        import numpy as np

        low, high = self._range
        if is_log:
            said = np.exp(said.clip(max=np.log(high)))
        return [round(number, self._digits) + 0.0 for number in said.clip(low, high).tolist()]  # no "-0.0"

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
