"""Text classification: one label per text or pair, or several (`labels_per_text: several`), right or wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from advisor.engines.base import Classifier, Constraint, Encoder, Entailer, LabelScorer, Runtime
from advisor.engines.engine import GENERATORS, RAW_ENCODERS
from advisor.families.base import PAIR, Answerer, Family, Json, Settled, labelled_prompt
from advisor.families.methods.as_is import AsItIs
from advisor.families.methods.baseline import label_by_words
from advisor.families.methods.head import Head, may_have_none
from advisor.families.methods.zero_shot import ZeroShot
from advisor.families.values import EmptyError, as_label, field_text, loaded, only, split_labels

if TYPE_CHECKING:
    from advisor.probe.protocol import ProbeSpec
    from advisor.task.example import Example
    from advisor.task.examples import ExampleSet
    from advisor.task.model import Task

SEVERAL = "several"
# The form of the answer, in prompts.
_ONE = "Answer with exactly one label and nothing else."
_ALL = "Answer with a JSON list of all labels that apply and nothing else."
_FENCE = re.compile(r"^```\w*|```$")


class TextClassification(Family):
    """Expected: a label, or a list of labels (in a cell: separated by ";").

    If `examples.input` names the columns of first and second, the label is about two texts, as in inference: a
    classifier reads both as a pair, and a head is trained on the vectors of both.
    """

    name: ClassVar[str] = "text-classification"
    gist: ClassVar[str] = "one of your labels for each text, or several"
    example: ClassVar[str] = 'a mail in, "billing" out'
    expected_column: ClassVar[str] = "label"
    has_labels: ClassVar[bool] = True
    settings: ClassVar[frozenset[str]] = frozenset({"labels_per_text"})
    methods: ClassVar[Mapping[str, str]] = {
        "encode": "head",
        "chat": "prompted",
        "classify": "as is",
        "entail": "zero-shot",
        "fit": "zero-shot",
    }
    tuned: ClassVar[frozenset[str]] = frozenset({"encode", "classify", "chat"})
    baselines: ClassVar[Mapping[str, str]] = {"constant": "constant", "linear": "words", "bm25": "words"}
    searched: ClassVar[tuple[str, ...]] = (
        "feature-extraction",
        "sentence-similarity",
        *RAW_ENCODERS,
        *GENERATORS,
        "text-classification",
        "zero-shot-classification",
    )
    mix: ClassVar[Mapping[str, float]] = {
        "classify": 3.9,
        "encode": 1.9,
        "static": 1,
        "raw": 0.99,
        "entail": 1,
        "chat": 1,
    }
    metrics: ClassVar[Mapping[str, float]] = {"exact": 1.0, "jaccard": 0.5}

    def parts_of(self, task: Task) -> tuple[str, ...]:
        named = task.examples.input
        return PAIR if isinstance(named, dict) and named.keys() & {*PAIR} else self.parts

    def methods_for(self, task: Task) -> Mapping[str, str]:
        """Return the methods; labels are not compared with a pair, whose relation they name."""
        is_pair = self.parts_of(task) == PAIR
        return {able: how for able, how in self.methods.items() if not (is_pair and how == "zero-shot")}

    def check_task(self, task: Task) -> str | None:
        if (reason := super().check_task(task)) is not None:
            return reason
        if task.scoring.metric == "jaccard" and task.labels_per_text != SEVERAL:
            return (
                "scoring.metric: jaccard compares several labels, and a text has one here; write exact, or set "
                "labels_per_text to several"
            )
        return None

    def settle(self, task: Task, examples: Sequence[Example], teaching: Sequence[Example]) -> Settled:
        """Return that the whole set of labels must be right, if a text has several and no other metric was chosen."""
        settled = super().settle(task, examples, teaching)
        if task.labels_per_text != SEVERAL or task.scoring.metric == "jaccard":
            return settled
        exactly = "right means exactly the labels of a text: one too few or too many is wrong"
        return settled._replace(notes=(*settled.notes, f"{exactly}; --set scoring.metric=jaccard lets half be enough"))

    def why_not(self, method: str, task: Task) -> str | None:
        """Refuse lexical matching of pairs, and if a text has several labels: its scores have no natural threshold."""
        if method == "bm25" and self.parts_of(task) == PAIR:
            return "compares labels with one text, and these are pairs"
        if method == "bm25" and task.labels_per_text == SEVERAL:
            return "finds only one label, the task gives a text several"
        return super().why_not(method, task)

    def read_expected(self, value: object, task: Task) -> Json:
        if task.labels_per_text != SEVERAL:
            return as_label(field_text(only(value)))
        found = loaded(value)
        if found == []:  # written, so that none fits; an empty cell says nothing
            return []
        named = found if isinstance(found, list) else split_labels(field_text(value), task.labels)
        labels = sorted({as_label(field_text(each)) for each in named if not isinstance(each, str) or each.strip()})
        if not labels:
            raise EmptyError("write at least one", "names no label")
        return labels

    def prompt_characters(self, task: Task, labels: Sequence[str]) -> int:
        return len(labelled_prompt(task.instruction, {label: task.labels.get(label, "") for label in labels}, _ONE))

    def answer_tokens(self, task: Task, examples: ExampleSet, *, goes_on: bool = False) -> int:
        return 4 if task.labels_per_text != SEVERAL else 12

    def prepare(self, runtime: Runtime, spec: ProbeSpec) -> Answerer:
        """Train a head, match the model's labels to the task's, or compare the labels with each text."""
        if spec.method == "linear":
            return Head(None, spec)
        if spec.method == "bm25":
            return label_by_words(spec)
        if spec.method == "head" and isinstance(runtime, Encoder):
            return Head(runtime, spec)
        if spec.method == "as is" and isinstance(runtime, Classifier):
            return AsItIs(runtime, spec)
        if spec.method == "zero-shot" and isinstance(runtime, Entailer | LabelScorer):
            return ZeroShot(runtime, spec)
        return super().prepare(runtime, spec)

    def system_prompt(self, spec: ProbeSpec) -> str:
        return labelled_prompt(spec.instruction, spec.labels, _ALL if spec.labels_per_text == SEVERAL else _ONE)

    def constraint(self, spec: ProbeSpec) -> Constraint | None:
        if spec.labels_per_text == SEVERAL:
            one_of = {"type": "string", "enum": list(spec.labels)}
            least = 0 if may_have_none(spec) else 1
            schema = {"type": "array", "items": one_of, "minItems": least, "maxItems": len(spec.labels)}
            return Constraint(schema=schema)
        return Constraint(options=tuple(spec.labels))

    def parse(self, reply: str, spec: ProbeSpec) -> Json:
        """Return the named label, or the sorted labels of a JSON list; anything else unchanged."""
        if spec.labels_per_text != SEVERAL:
            return as_label(reply)
        return sorted({as_label(str(label)) for label in _listed(reply)})

    def score(self, output: Json, expected: Json, spec: ProbeSpec) -> dict[str, float]:
        """Return whether the labels are exactly the expected ones, and their overlap (Jaccard)."""
        if not isinstance(expected, list):
            return {"exact": float(output == expected)}
        found, wanted = set(output), set(expected)
        shared = len(found & wanted) / len(found | wanted) if found or wanted else 1.0
        return {"exact": float(found == wanted), "jaccard": shared}


def _listed(reply: str) -> list[Any]:
    """Return the list in a reply; unconstrained ones may be in a code fence, in an object, or a single label."""
    text = _FENCE.sub("", reply.strip()).strip()
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        try:
            found, _ = json.JSONDecoder().raw_decode(text, text.index("["))
        except (ValueError, RecursionError):
            return [reply]
    if isinstance(found, dict) and len(found) == 1:
        found = next(iter(found.values()))
    return found if isinstance(found, list) else [found if isinstance(found, str) else reply]


FAMILY = TextClassification()
