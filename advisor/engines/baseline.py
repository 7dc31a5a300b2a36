"""The engine of baselines: nothing is loaded, only the method answers (`advisor.families.methods.baseline`)."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from advisor.engines.engine import Engine

if TYPE_CHECKING:
    from advisor.engines.base import Load

ENGINE = Engine(
    name="baseline",
    module=__name__,
    library="sklearn",
    distribution="scikit-learn",
    base_memory_bytes=160_000_000,
    working_share=0.0,
    seconds_per_character=1.5e-6,  # n-grams of mails, hashed
    seconds_per_answer=3e-4,
    largest_batch=256,
)


class Unaided:
    """No model."""

    device = "cpu"
    is_unaided = True

    def __init__(self) -> None:
        self.engine = f"scikit-learn {version('scikit-learn')}"


def load(request: Load) -> Unaided:
    del request
    return Unaided()
