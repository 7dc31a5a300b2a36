"""What candidates are measured against: the task, its examples, the machine, the catalog."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from advisor.candidates.needs import Needs, needs_of
from advisor.families import family
from catalog.families import FAMILIES
from catalog.prior import only_continues
from catalog.query.gloss import in_english

if TYPE_CHECKING:
    from collections.abc import Iterable

    from advisor.candidates.labels import Encode
    from advisor.task.examples import ExampleSet
    from advisor.task.model import Task
    from catalog import Catalog, ModelCard
    from catalog.query.uses import Use

_MAY_LACK = re.compile(
    r"(?:or|and) [\W_]*(?:not there|not found|not in (?:it|the text)|unknown|none)\b"
    r"|(?:if|when|where) (?:nothing|not|none)\b|(?:or|and) nothing"
    r"|(?:nothing|none|empty) (?:if|when|where)|no answer|unanswer|cannot be answered"
    r"|(?:if|when|where|whether) (?:it|they|there|the answer)[^.;]{0,20}\b(?:not|n't|missing|absent)\b",
    re.IGNORECASE,
)
# Cosine of a model's words and the task's from which it is surely about it.
ABOUT = 0.42


@dataclass(frozen=True)
class Context:
    """What candidates are measured against.

    Attributes:
        task: The task.
        examples: Its examples.
        threads: That a probe uses.
        memory_limit: Of all memory, not of what happens to be free now: that must not change a run.
        catalog: What is known of models.
        asks_hub: Whether the Hub may be asked, and answers; else the catalog tells all there is to know.
        budget: Bytes that may be downloaded in all, None where that is not said.
    """

    task: Task
    examples: ExampleSet
    threads: int
    memory_limit: int
    catalog: Catalog
    asks_hub: bool = False
    budget: int | None = None

    @cached_property
    def needs(self) -> Needs:
        """What the task asks of any model."""
        return needs_of(self.task, self.examples)

    @cached_property
    def has_token(self) -> bool:
        """Whether a token is set with which gated models may be asked for."""
        from huggingface_hub import get_token

        return get_token() is not None

    @cached_property
    def encode(self) -> Encode:
        """Turns labels into vectors."""
        return self.catalog.encode

    @cached_property
    def query(self) -> str:
        """The words with which the catalog is searched for the task: what is to be done, and the labels it lacks."""
        said = self.task.instruction
        labels = [f"{label} {meaning}".strip() for label, meaning in self.needs.labels.items()]
        more = [label for label in labels if label.casefold() not in said.casefold()]
        return f"{said} {' '.join(more)}"[:2000]

    @cached_property
    def is_multilingual(self) -> bool:
        """Whether the task's words speak of several languages that they do not name."""
        return self.catalog.read(self.query)[0].is_multilingual

    @cached_property
    def is_tiny(self) -> bool:
        """Whether the task's words speak of something small that it is to run on, or of milliseconds."""
        return self.catalog.read(self.query)[0].is_tiny

    @cached_property
    def families(self) -> tuple[str, ...]:
        """The families of the catalog that the task's stands for."""
        name = self.task.family
        kind = family(name)
        return kind.meant_by or ((name,) if name in FAMILIES else kind.searched)

    @cached_property
    def uses(self) -> list[tuple[Use, float]]:
        """The uses nearest to the task, each with its share."""
        understood = self.catalog.read(self.query)[0].known_as(self.families)
        return self.catalog.uses(understood, tuple(sorted(self.needs.languages)))

    @cached_property
    def named(self) -> dict[str, float]:
        """The models that practitioners name for uses like the task, each with a figure up to 1."""
        found: dict[str, float] = {}
        for use, share in self.uses:
            for model in use.models:
                found[model] = found.get(model, 0.0) + share
        return found

    def named_for(self, card: ModelCard) -> float:
        """The figure of a model, or of the one that it is a copy of in fewer bits."""
        base = card.base_model if card.base_relation == "quantized" else None
        return max(self.named.get(card.id, 0.0), self.named.get(base or "", 0.0))

    @cached_property
    def continues(self) -> bool:
        """Whether a text is to be continued, not a question answered, by the generators named for similar uses."""
        shares = {True: 0.0, False: 0.0}
        for model, share in self.named.items():
            card = self.catalog.get(model)
            if card is not None and card.family == "text-generation":
                shares[only_continues(card)] += share
        return shares[True] > shares[False]

    @cached_property
    def lacks_answers(self) -> bool:
        """Whether a question may have no answer in its text: by the examples, or by the task's words."""
        has_none = any(not example.expected for example in self.examples.evidence)
        return has_none or _MAY_LACK.search(in_english(self.task.instruction)) is not None

    @property
    def most_bytes(self) -> int:
        """What the weights of a model may take at most."""
        most = min(self.task.constraints.max_memory or self.memory_limit, self.memory_limit)
        return most if self.budget is None else min(most, self.budget // 2)

    @cached_property
    def _meaning(self) -> Any:  # noqa: ANN401  an array
        """The task's words as a vector."""
        labels = " ".join(f"{label} {said}" for label, said in self.needs.labels.items())
        return self.encode([f"{in_english(self.task.instruction)} {labels}"[:2000]])[0]

    def distance(self, text: str) -> float:
        """Return how far a text lies from the task, in tenths of the cosine below that of what is surely about it.

        Of the fine-tuned models that a practitioner would try, half lie within 0.5, nine of ten within 2.5; of all
        classifiers of the catalog one of twenty lies within 2.
        """
        return max(0.0, (ABOUT - float(self.encode([text])[0] @ self._meaning)) * 10.0)

    @cached_property
    def _meaning_of_labels(self) -> Any:  # noqa: ANN401  an array
        """The task's labels, and what it says of them, as a vector."""
        return self.encode([" ".join(f"{label} {said}" for label, said in self.needs.labels.items())[:2000]])[0]

    def distance_of_labels(self, meanings: Iterable[str]) -> float:
        """Return how far what labels mean lies from the task's labels, as `distance` counts."""
        said = self.encode([" ".join(meanings).replace("_", " ").casefold()])[0]
        return max(0.0, (ABOUT - float(said @ self._meaning_of_labels)) * 10.0)

    def own_labels(self, card: ModelCard) -> dict[str, str]:
        """Return a fine-tuned model's labels, each with what it means; empty where that is not known."""
        known = card.label_meanings
        own = family(self.task.family).model_labels(tuple(known))
        said = [(label, meaning) for label, meaning in known.items() if meaning != label]
        return {label: next((meaning for tag, meaning in said if tag.endswith(label)), label) for label in own}
