"""Zero-shot classification: labels defined by their names and meanings alone, without training examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from advisor.engines.base import Encoder, Runtime
from advisor.engines.engine import GENERATORS
from advisor.families.methods.zero_shot import NearestLabel
from advisor.families.text_classification import SEVERAL, TextClassification

if TYPE_CHECKING:
    from advisor.families.base import Answerer
    from advisor.probe.protocol import ProbeSpec
    from advisor.task.model import Task


class ZeroShotClassification(TextClassification):
    """Expected as in text classification; the labels' meanings are given under `labels`."""

    name: ClassVar[str] = "zero-shot-classification"
    gist: ClassVar[str] = "a label for each text, with no examples to learn from"
    example: ClassVar[str] = 'a mail in, "billing" out'
    methods: ClassVar[Mapping[str, str]] = {
        "entail": "zero-shot",
        "fit": "zero-shot",
        "chat": "prompted",
        "encode": "nearest label",
    }
    searched: ClassVar[tuple[str, ...]] = (
        "zero-shot-classification",
        *GENERATORS,
        "feature-extraction",
        "sentence-similarity",
    )
    baselines: ClassVar[Mapping[str, str]] = {"bm25": "words"}
    mix: ClassVar[Mapping[str, float]] = {"entail": 5, "encode": 1, "static": 0.5, "chat": 2}

    def parts_of(self, task: Task) -> tuple[str, ...]:
        return self.parts

    def check_task(self, task: Task) -> str | None:
        """Refuse training examples: models that learn from them belong to another family."""
        teaching = task.teaching
        if teaching.count or teaching.share or teaching.path:
            return "teaching: zero-shot classification has none; remove it or set family to text-classification"
        return super().check_task(task)

    def wants_teaching(self, task: Task) -> bool:
        return False

    def why_not(self, method: str, task: Task) -> str | None:
        """Refuse nearest labels if a text has several: similarities have no natural threshold."""
        if method == "nearest label" and task.labels_per_text == SEVERAL:
            return "finds only the nearest label, the task gives a text several"
        return super().why_not(method, task)

    def prepare(self, runtime: Runtime, spec: ProbeSpec) -> Answerer:
        if spec.method == "nearest label" and isinstance(runtime, Encoder):
            return NearestLabel(runtime, spec)
        return super().prepare(runtime, spec)


FAMILY = ZeroShotClassification()
