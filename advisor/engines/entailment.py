"""Which label of a model of natural language inference means what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.engines.base import CannotLoadError

if TYPE_CHECKING:
    from collections.abc import Sequence


def columns(labels: Sequence[str]) -> tuple[int, tuple[int, ...]]:
    """Return which of a model's labels means entailment, and which are the other side of the scales.

    After Yin et al. 2019 ("Benchmarking zero-shot text classification", section 4): entailment is held against
    contradiction alone, what is neutral is left out; a model with two labels holds it against the other.

    Raises:
        CannotLoadError: if no label begins with "entail", whatever its case.
    """
    folded = [label.casefold().replace("-", "_") for label in labels]
    yes = next((index for index, label in enumerate(folded) if label.startswith("entail")), None)
    if yes is None:
        raise CannotLoadError(f"has no entailment label; its labels are {', '.join(labels[:6])}")
    against = tuple(index for index, label in enumerate(folded) if label.startswith("contradict"))
    return yes, against or tuple(index for index in range(len(labels)) if index != yes)
