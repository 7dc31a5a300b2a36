"""Labels in the order of their probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.engines.base import Ranked

if TYPE_CHECKING:
    from collections.abc import Sequence


def ranked(labels: Sequence[str], probabilities: Sequence[float]) -> list[Ranked]:
    """Return labels with their probabilities, most probable first."""
    pairs = (Ranked(label, probability) for label, probability in zip(labels, probabilities, strict=True))
    return sorted(pairs, key=lambda each: -each.probability)
