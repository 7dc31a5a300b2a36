"""Labels in an order, such as low, medium, high: an answer next to the right one is half right."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from advisor.families.text_classification import TextClassification

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor.families.base import Json
    from advisor.probe.protocol import ProbeSpec


class OrdinalClassification(TextClassification):
    """Expected: one label; the task's `labels` give the order."""

    name: ClassVar[str] = "ordinal-classification"
    gist: ClassVar[str] = "one of your labels, which have an order"
    example: ClassVar[str] = 'a ticket in, "high" out'
    expected_column: ClassVar[str] = "grade"
    metrics: ClassVar[Mapping[str, float]] = {"near": 1.0}

    def score(self, output: Json, expected: Json, spec: ProbeSpec) -> dict[str, float]:
        """Return 1 for the right label, .5 for one next to it, 0 for the rest."""
        order = list(spec.labels)
        steps = abs(order.index(output) - order.index(expected)) if output in order else len(order)
        return {"near": max(0.0, 1 - steps / 2)}


FAMILY = OrdinalClassification()
