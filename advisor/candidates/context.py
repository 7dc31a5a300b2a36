"""The context of candidates: the task, its examples, the machine and the catalog."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from advisor.candidates import predict
from advisor.candidates.needs import Needs, needs_of, without_languages
from advisor.engines import words
from advisor.families import family
from catalog.families import FAMILIES
from catalog.prior import only_continues, stem
from catalog.query.gloss import in_english

if TYPE_CHECKING:
    from advisor.candidates.labels import Encode
    from advisor.task.examples import ExampleSet
    from advisor.task.model import Task
    from catalog import Catalog, ModelCard
    from catalog.query.uses import Use

_TELLS_LANGUAGES = re.compile(
    r"\b(?:which|what) languages?\b|\blanguages? (?:identif|detect)\w*"
    r"|\b(?:identify|detect|recogni[sz]e) the languages?\b",
    re.IGNORECASE,
)
_MAY_LACK = re.compile(
    r"(?:or|and) [\W_]*(?:not there|not found|not in (?:it|the text)|unknown|none)\b"
    r"|(?:if|when|where) (?:nothing|not|none)\b|(?:or|and) nothing|\bsay (?:that )?there (?:is|are) (?:none|no)\b"
    r"|(?:nothing|none|empty) (?:if|when|where)|no answer|unanswer|cannot be answered"
    r"|(?:if|when|where|whether) (?:it|they|there|the answer)[^.;]{0,20}\b(?:not|n't|missing|absent)\b",
    re.IGNORECASE,
)
# Cosine of a model's words and the task's from which the model is surely about the task.
ABOUT = 0.42
# Words of natural language inference: whether one text of a pair entails the other. An embedding of each text alone
# says little about that.
INFERS = re.compile(
    r"\b(?:refut\w*|contradict\w*|entail\w*|fact[- ]?check\w*|natural language inference|follows? from)\b"
    r"|\b(?:supports?|supported by|backs?|backed by)\b.{0,60}\b(?:claim|statement|it|source|evidence|text|paragraph)\b",
    re.IGNORECASE,
)
OF_INFERENCE = {"entail": 3.9, "encode": 0.9, "static": 0.3}
# From the first share of uses on a model counts as listed in a table of ours, from the second on the task is surely of
# that use.
LISTED, MEANT = 0.05, 0.25
# The largest share of what may be downloaded for one model.
LARGEST_SHARE = 0.65
# Inputs whose letters are counted.
LOOKED_AT = 100


@dataclass(frozen=True)
class Context:
    """The context that candidates are judged in."""

    task: Task
    examples: ExampleSet
    threads: int  # Threads of a probe.
    memory_limit: int  # Limit of total memory, not of free memory, which must not change a run.
    catalog: Catalog
    asks_hub: bool = False  # Whether the Hub may be asked, and answers; else only the catalog is used.
    budget: int | None = None  # Bytes that may be downloaded in all, None if not set.
    is_untested: bool = False  # Whether there are no examples: their places are held.

    @cached_property
    def needs(self) -> Needs:
        return needs_of(self.task, self.examples)

    @cached_property
    def characters_per_token(self) -> float:
        """Characters of the inputs per token, by their language and script; English if unknown."""
        text = "".join(example.input for example in self.examples.evidence[:LOOKED_AT])
        is_english = self.needs.languages <= {"en", "code"}
        letters = predict.CHARACTERS_PER_TOKEN if is_english else words.LETTERS_PER_TOKEN
        return len(text) / words.tokens_in(text, letters) if text else letters

    @cached_property
    def has_token(self) -> bool:
        """Whether a token for gated models is set."""
        from huggingface_hub import get_token

        return get_token() is not None

    @cached_property
    def encode(self) -> Encode:
        return self.catalog.encode

    @cached_property
    def query(self) -> str:
        """The task's search query for the catalog: the instruction, and labels that it does not contain."""
        said = self.task.instruction
        labels = [f"{label} {meaning}".strip() for label, meaning in self.needs.labels.items()]
        more = [label for label in labels if label.casefold() not in said.casefold()]
        return f"{said} {' '.join(more)}"[:2000]

    @cached_property
    def is_multilingual(self) -> bool:
        """Whether the task mentions several unnamed languages."""
        return self.catalog.read(self.query)[0].is_multilingual

    @cached_property
    def tells_languages(self) -> bool:
        """Whether the task is to tell in which language a text is."""
        return _TELLS_LANGUAGES.search(in_english(self.task.instruction)) is not None

    @cached_property
    def is_tiny(self) -> bool:
        """Whether the task mentions a small device or milliseconds."""
        return self.catalog.read(self.query)[0].is_tiny

    @cached_property
    def families(self) -> tuple[str, ...]:
        """The catalog's families for the task's family."""
        name = self.task.family
        kind = family(name)
        own = kind.meant_by or ((name,) if name in FAMILIES else kind.searched)
        return (*own, *(each for each in kind.searched_for(self.examples) if each not in kind.searched))

    @cached_property
    def uses(self) -> list[tuple[Use, float]]:
        understood = self.catalog.read(self.query)[0].known_as(self.families)
        return self.catalog.uses(understood, tuple(sorted(self.needs.languages)))

    @cached_property
    def named(self) -> dict[str, float]:
        """The models that practitioners name for similar uses, with weights up to 1."""
        found: dict[str, float] = {}
        for use, share in self.uses:
            for model in use.models:
                found[model] = found.get(model, 0.0) + share
        return found

    def named_for(self, card: ModelCard) -> float:
        """The weight of a model, or of the original of a copy."""
        base, name = card.base_model or "", stem(card.id)
        # else it is another model
        is_same = name.endswith(stem(base)) if card.base_relation == "quantized" else name == stem(base)
        return max(self.named.get(card.id, 0.0), self.named.get(base, 0.0) if is_same else 0.0)

    @cached_property
    def is_of_pairs(self) -> bool:
        """Whether each input is a pair of texts, with a label for how they relate."""
        return family(self.task.family).has_labels and any(example.parts for example in self.examples.evidence[:1])

    @property
    def mix(self) -> Mapping[str, float]:
        """The usual shares of the ways of doing the task, see `Family.mix`."""
        infers = self.is_of_pairs and INFERS.search(in_english(self.task.instruction))
        return {**family(self.task.family).mix, **(OF_INFERENCE if infers else {})}

    @property
    def is_untaught(self) -> bool:
        """Whether there are no examples, and the task's words want models that learn from none."""
        return self.is_untested and not self.examples.teaching

    @cached_property
    def rows_per_label(self) -> float:
        """The training rows per label, infinite if the task has no labels."""
        return len(self.examples.teaching) / len(self.needs.labels) if self.needs.labels else math.inf

    @cached_property
    def continues(self) -> bool:
        """Whether the task is text completion rather than answering, by the generators named for similar uses."""
        shares = {True: 0.0, False: 0.0}
        for model, share in self.named.items():
            card = self.catalog.get(model)
            if card is not None and card.family == "text-generation":
                shares[only_continues(card)] += share
        return shares[True] > shares[False]

    @cached_property
    def lacks_answers(self) -> bool:
        """Whether a question may have no answer in its text, by the examples or the task's words."""
        has_none = any(not example.expected for example in self.examples.evidence)
        return has_none or _MAY_LACK.search(in_english(self.task.instruction)) is not None

    def is_too_large(self, serving_bytes: int, download_bytes: int | None) -> bool:
        """Return whether a model exceeds the memory, or most of what may be downloaded, so that others fit, too."""
        memory = min(self.task.constraints.max_memory or self.memory_limit, self.memory_limit)
        is_beyond = self.budget is not None and (download_bytes or serving_bytes) > self.budget * LARGEST_SHARE
        return serving_bytes > memory or is_beyond

    def is_costly(self, download_bytes: int | None) -> bool:
        """Return whether a model takes more than its place's share of what may be downloaded."""
        return self.budget is not None and (download_bytes or 0) > self.budget // self.task.max_candidates

    @cached_property
    def _meaning(self) -> Any:  # noqa: ANN401  an array
        """Vector of the task's words."""
        labels = " ".join(f"{label} {said}" for label, said in self.needs.labels.items())
        return self.encode([without_languages(f"{in_english(self.task.instruction)} {labels}"[:2000])])[0]

    def distance(self, text: str) -> float:
        """Return a text's distance from the task, in tenths of cosine below that of texts surely about it.

        Of the fine-tuned models that a practitioner would try, half are within 0.5 and 90% within 2.5; of all
        classifiers in the catalog 5% are within 2.
        """
        return max(0.0, (ABOUT - float(self.encode([without_languages(text)])[0] @ self._meaning)) * 10.0)

    @cached_property
    def _meaning_of_labels(self) -> Any:  # noqa: ANN401  an array
        """Vector of the task's labels and their descriptions."""
        return self.encode([" ".join(f"{label} {said}" for label, said in self.needs.labels.items())[:2000]])[0]

    def distance_of_labels(self, meanings: Iterable[str]) -> float:
        """Return the distance of labels' meanings from the task's labels, in the unit of `distance`."""
        said = self.encode([" ".join(meanings).replace("_", " ").casefold()])[0]
        return max(0.0, (ABOUT - float(said @ self._meaning_of_labels)) * 10.0)

    def own_labels(self, card: ModelCard) -> dict[str, str]:
        """Return a fine-tuned model's labels with their meanings; empty if unknown."""
        known = card.label_meanings
        own = family(self.task.family).model_labels(tuple(known))
        said = [(label, meaning) for label, meaning in known.items() if meaning != label]
        return {label: next((meaning for tag, meaning in said if tag.endswith(label)), label) for label in own}
