"""How many examples are run at once: known to the search, so that its forecast steps as a run does."""

from __future__ import annotations

from advisor.engines.table import ENGINES

FIRST_BATCH = 4


def batch_size(runtime: str, done: int) -> int:
    """Return how many examples to run at once: few at first, when a hopeless candidate is soon given up.

    Batches end at fixed places (4, 8, 16, ..., then every full batch): a run cut inside one falls into step.
    """
    largest = ENGINES[runtime].largest_batch
    end = FIRST_BATCH
    while end <= done:
        end += min(end, largest)
    return end - done
