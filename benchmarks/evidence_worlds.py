"""How well the default's own guess serves: worlds are drawn from `advisor.evidence.prior_guess`, each trial another.

The guess is about the middle of those worlds, so it is often more than one off. Ways to share α that need a good guess
would lose here to equal parts.
"""

from __future__ import annotations

import numpy as np

from advisor.evidence import prior_guess
from advisor.evidence import sharing as shared
from advisor.evidence.boundary import false_pass_rate, spending_boundary
from benchmarks.evidence_simulation import Drawn, simulate

LISTS: dict[str, tuple[str, tuple[float, ...]]] = {
    "8 encoders, 8 M to 560 M": ("head", (8e6, 17e6, 23e6, 33e6, 110e6, 180e6, 335e6, 560e6)),
    "4 encoders, 8 M to 335 M": ("head", (8e6, 23e6, 110e6, 335e6)),
    "8 generators, 0.1 B to 30 B": ("prompted", (1e8, 3e8, 6e8, 1.5e9, 3e9, 7e9, 14e9, 30e9)),
}


def world_rows(trials: int, examples: int, bar: float, alpha: float, seed: int) -> list[tuple[str, ...]]:
    """Return, for each list of candidates and sharing, what it finds of what an oracle finds."""
    grid = np.linspace(bar, 1.0, 101)
    boundary = spending_boundary(examples, bar, alpha)
    power = np.array([false_pass_rate(boundary, rate) for rate in grid])
    rows = []
    for name, (method, sizes) in LISTS.items():
        draw = np.random.default_rng(seed)
        strengths = [prior_guess.strength(prior_guess.Known(int(size), method)) for size in sizes]
        easy = prior_guess.TASK_SPREAD * draw.normal(size=trials)
        own = prior_guess.MODEL_SPREAD * draw.normal(size=(len(sizes), trials))
        rates = 1.0 / (1.0 + np.exp(-(np.array(strengths)[:, None] + easy + own)))
        passed = draw.random((len(sizes), trials, examples), dtype=np.float32) < rates[:, :, None]
        smallest = np.where((rates > bar).any(axis=0), (rates > bar).argmax(axis=0), -1)
        holds = smallest >= 0
        oracle = np.interp(rates[np.maximum(smallest, 0), np.arange(trials)], grid, power)[holds].sum()
        chances = prior_guess.chances_to_be_smallest(strengths, bar)
        ways = (shared.anchored(alpha, chances), shared.informed(alpha, chances), shared.equal(alpha, len(sizes)))
        for way in ways:
            found = simulate(Drawn((0.0,) * len(sizes), passed), way, bar)
            answered = rates[np.maximum(found.answer, 0), np.arange(trials)]
            rows.append(
                (
                    name,
                    way.name,
                    f"{((found.answer >= 0) & (answered <= bar)).mean():.4f}",
                    f"{(found.answer == smallest)[holds].sum() / oracle:.2f}",
                    f"{found.inferences.mean():.3f}",
                    f"{found.weighted.mean():.3f}",
                )
            )
    return rows
