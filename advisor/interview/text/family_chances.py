"""How likely words ask for each family, learned from the words of people whose task is known.

Multinomial logistic regression on the words' vector and on the shares that the rules give; `tools/fit_readings.py`
learns its weights. Right in 75% of 1,613 texts of people that it had not learned from, the rules alone in 56%.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WEIGHTS = "family_weights.json"
# A unit vector's parts are smaller than the logarithms of shares, to which a little is added.
SCALE, LEAST = 3.0, 0.02
# Where there are no words, or nothing that embeds them: what remains is how often each family is asked for.
NO_WORDS = np.zeros(256, np.float32)


def inputs(vector: NDArray[np.float32], meant: Mapping[str, float], tags: list[str]) -> NDArray[np.float64]:
    """Return the inputs of the regression: the scaled vector, and the logarithms of the shares by their tags."""
    shares = np.array([meant.get(tag, 0.0) for tag in tags])
    return np.concatenate([SCALE * vector, np.log(shares + LEAST)])


def family_chances(vector: NDArray[np.float32], meant: Mapping[str, float]) -> dict[str, float]:
    """Return the chance of each family by the words' unit vector (in English) and the shares that the rules give."""
    known = _shipped()
    logits = known["weights"] @ inputs(vector, meant, known["tags"]) + known["bias"]
    chances = np.exp(logits - logits.max())
    return dict(zip(known["families"], map(float, chances / chances.sum()), strict=True))


@cache
def _shipped() -> dict[str, Any]:
    known: dict[str, Any] = json.loads(files(__package__).joinpath(WEIGHTS).read_text(encoding="utf-8"))
    return known | {"weights": np.array(known["weights"]), "bias": np.array(known["bias"])}
