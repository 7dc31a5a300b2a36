"""Split into training and evidence rows that makes an answer most likely, by the prior guess.

More training rows make a head better, more evidence proves more. A head's rate is guessed to rise with the training
rows T as a logistic in their logarithm,

    logit(rate) = x + RISE ln(T / 120),    x ~ the guess of `prior_guess` for a small head, half the time at the bar

and T maximises the mean probability of a certificate at an expected candidate's share of α, and then the mean proven
bound. If there are too few rows to certify anything, only the bound counts.

Nothing here looks at an example: the split depends only on the number of rows, the number of labels and the bar, so
claims about the evidence are valid for any choice.
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from advisor.evidence import binomial, prior_guess
from advisor.evidence.sharing import AT_ANCHOR

TRAINED = 120.0
# Between what was measured of heads on static vectors, with 8 to 256 rows of eleven sets of packages (.38 to .67 on the
# seven where most become right, .1 to .2 on the others), and what does not learn from rows.
RISE = 0.35
LEVEL, SPREAD = 1.2, 1.2
DRAWS = np.linspace(-2.0, 2.0, 9)
BARS = np.arange(0.05, 1.0, 0.05)
# Weight of a proven bound, over all bars, relative to a certificate at the bar: large enough that a single step of a
# discrete boundary does not decide.
BOUND = 2.0
FEWEST_A_LABEL = 2
STEPS = 24
# Lower bars count as this one; tolerance for equal numbers.
LOWEST, ROUNDING = 0.5, 1e-9


@lru_cache(maxsize=64)
def training_rows(rows: int, labels: int, bar: float, alpha: float, most: int) -> int:
    """Return how many of the rows are to train: never fewer than for a higher bar, which steps of the boundary may ask.

    So a lower bar is tested with models trained on at least as many rows. Each label needs a few rows; beyond `most`
    training rows a head does not improve.
    """
    fewest = min(rows // 2, max(4, FEWEST_A_LABEL * labels))
    highest = max(fewest, min(most, rows - 1))
    steps = np.linspace(math.log(fewest), math.log(highest), STEPS + 1).tolist()
    tried = sorted({round(math.exp(each)) for each in steps})
    lower = [each for each in BARS.tolist() if LOWEST <= each <= bar + ROUNDING]
    asked = lower if lower and bar <= BARS[-1] + ROUNDING else [*lower, bar]
    worths = np.array([_worths(count, rows - count, tuple(asked), AT_ANCHOR * alpha) for count in tried])
    best: list[int] = worths.argmax(axis=0).tolist()
    return min(tried[at] for at in best)


def _worths(training: int, evidence: int, asked: tuple[float, ...], level: float) -> list[float]:
    """Return, for each bar, the mean probability to certify and the mean bound, over the prior of models."""
    weights = np.exp(-(DRAWS**2) / 2.0)
    middles = np.array([LEVEL, *map(prior_guess.logit, asked)]) + RISE * math.log(training / TRAINED)
    rates = 1.0 / (1.0 + np.exp(-(middles[:, None] + SPREAD * DRAWS)))
    chances = _power(evidence, np.array([*asked, *BARS]), level, rates.ravel()).reshape(-1, *rates.shape)
    bounds = BOUND * chances[len(asked) :].mean(axis=0)
    worths = [chances[at, [0, at + 1]] + bounds[[0, at + 1]] for at in range(len(asked))]
    return [float((each * weights).sum()) for each in worths]


def _power(total: int, bars: NDArray[np.float64], level: float, rates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the exact binomial probabilities that one look at `total` examples proves each rate above each bar."""
    at_least = np.cumsum(binomial.distribution(total, bars)[:, ::-1], axis=1)[:, ::-1]
    enough = (at_least <= level).argmax(axis=1)  # the fewest passes that prove it
    proves = np.cumsum(binomial.distribution(total, rates)[:, ::-1], axis=1)[:, ::-1][:, enough].T
    return np.where((at_least[:, -1] <= level)[:, None], proves, 0.0)
