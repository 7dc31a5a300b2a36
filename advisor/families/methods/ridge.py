"""Ridge regression, with what it sees and how far it is held back chosen on the training rows.

Each training row is held out in turn, in closed form: what a fit without a row says of it follows from the fit with all
(Allen, "The relationship between variable selection and data augmentation and a method for prediction", 1974).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

FEWEST_ROWS = 8
# Of the mean squared length of the rows, once their mean is taken off.
PENALTIES = (0.01, 0.1, 1.0, 10.0, 100.0)
# More rows than these settle nothing else.
MOST_SETTLING = 1000


class Fitted(NamedTuple):
    """A way to see the inputs, fitted.

    Attributes:
        way: Which of the ways that were given.
        model: scikit-learn's `Ridge`, over the numbers that this way sees.
        held_out: What it says of each row that settled the choice, fitted without that row; of shape (rows,).
        right: How many of these are right.
        alpha: The penalty, as scikit-learn takes it.
    """

    way: Any
    model: Any
    held_out: NDArray[Any]
    right: int
    alpha: float


def fit(ways: Mapping[Any, tuple[Any, NDArray[Any]]], right: Callable[[Any, NDArray[Any]], int]) -> Fitted:
    """Return the way and penalty with most rows right when held out; of equals the nearest to them, then the first.

    Args:
        ways: What each way sees, dense or sparse of shape (rows, numbers), with what is wanted, of shape (rows,).
        right: How many of the first rows a way gets right, by what it says of them.
    """
    from sklearn.linear_model import Ridge
    from threadpoolctl import threadpool_limits

    best: Fitted | None = None
    least = 0.0
    with threadpool_limits(1, "blas"):  # on small matrices more threads take longer
        for way, (rows, wanted) in ways.items():
            for alpha, held_out in _held_out(rows[:MOST_SETTLING], wanted[:MOST_SETTLING]):
                count = right(way, held_out)
                # By the share of what is wanted that is left, so that ways which want it in other units compare.
                left = float(((held_out - wanted[: len(held_out)]) ** 2).mean() / max(wanted.var(), 1e-12))
                if best is None or (count, -left) > (best.right, -least):
                    best, least = Fitted(way, None, held_out, count, alpha), left
        if best is None:
            raise ValueError("there is no way to see the rows")
        rows, wanted = ways[best.way]
        return best._replace(model=Ridge(alpha=best.alpha).fit(rows, wanted))


def _held_out(rows: Any, wanted: NDArray[Any]) -> list[tuple[float, NDArray[Any]]]:  # noqa: ANN401  dense or sparse
    """Return for each penalty what is said of every row by a fit without it."""
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
        own = (axes**2 * kept).sum(axis=1) + 1.0 / len(wanted)  # how much of what is said of a row it says itself
        found.append((penalty * scale, wanted - (wanted - said) / (1.0 - own).clip(min=1e-9)))
    return found
