"""Token classification: the labelled spans of a text, such as people and places."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from advisor.engines.base import Constraint, Extractor, Runtime, Tagger, TokenEncoder
from advisor.engines.engine import GENERATORS, RAW_ENCODERS
from advisor.engines.spans import without_tags
from advisor.engines.words import word_places
from advisor.families import spans
from advisor.families.base import (
    Answerer,
    Family,
    FixedAnswer,
    Given,
    Json,
    Settled,
    as_json,
    labelled_prompt,
)
from advisor.families.methods.as_is import Tagged
from advisor.families.methods.word_tags import HASHED, SECONDS_PER_WORD, WordTags, folds
from advisor.families.methods.zero_shot import Extracted
from advisor.families.values import field_text, from_json, is_blank
from advisor.families.written_spans import in_list, in_marked_copy

if TYPE_CHECKING:
    from advisor.probe.protocol import ProbeSpec
    from advisor.task.example import Example
    from advisor.task.model import Task

# Default bounds of a prompted model's answer, unless an example exceeds them.
MOST_SPANS = 100
LONGEST_SPAN = 400
# The form of the answer, in prompts.
_FORM = (
    "Copy each text as it stands.",
    'Answer with a JSON list of objects {"text": ..., "label": ...} and nothing else; [] if there is none.',
)
_OBJECT = re.compile(r"\{[^{}]*\}")


class TokenClassification(Family):
    """Expected: offsets, or texts with their labels, or one BIO tag per word; see `spans.read_spans`.

    `entity_f1` is the F1 over exact spans with their labels (Tjong Kim Sang and De Meulder 2003, "Introduction to the
    CoNLL-2003 shared task", section 2), per text; finding nothing in a text without spans scores 1. An answer passes
    from 0.8, which allows one wrong or missing span in a text of several; `exact` allows none.
    """

    name: ClassVar[str] = "token-classification"
    gist: ClassVar[str] = "mark names, places and the like in a text"
    example: ClassVar[str] = "a letter in, the names in it out"
    expected_column: ClassVar[str] = "entities"
    expects_object: ClassVar[bool] = True
    fewest_labels: ClassVar[int] = 1
    marks: ClassVar[bool] = True
    settings: ClassVar[frozenset[str]] = frozenset({"labels", "label_map"})
    baselines: ClassVar[Mapping[str, str]] = {"constant": "constant", "linear": "words"}
    methods: ClassVar[Mapping[str, str]] = {
        "tag": "as is", "extract": "zero-shot", "embed": "head", "chat": "prompted",
    }  # fmt: skip
    tuned: ClassVar[frozenset[str]] = frozenset({"tag", "embed", "chat"})
    searched: ClassVar[tuple[str, ...]] = ("token-classification", *RAW_ENCODERS, *GENERATORS)
    mix: ClassVar[Mapping[str, float]] = {"tag": 3, "extract": 3, "chat": 1.4, "raw": 0.99}
    metrics: ClassVar[Mapping[str, float]] = {"entity_f1": 0.8, "exact": 1.0}
    comparisons: ClassVar[Mapping[str, tuple[str, str]]] = {
        "entity_f1": (
            "its marks are nearly as expected (F1 from 0.8; scoring.metric=exact: all of them)",
            "one of several may be wrong or missing",
        ),
        "exact": ("all its marks are as expected", "one wrong or missing mark is wrong"),
    }
    sample: ClassVar[Given | None] = "Ada Lovelace lived in London."

    def read_part(self, part: str, value: object) -> str:
        """Return the text; a list of words becomes one text with a blank between two."""
        if isinstance(value, list) and value and all(isinstance(word, str) for word in value):
            if any(len(word.split()) != 1 for word in value):
                raise ValueError("is a list with a word that is empty or holds a blank; split it or save it as a text")
            return field_text(" ".join(value))
        return super().read_part(part, value)

    def read_expected(self, value: object, task: Task) -> Json:
        """Return JSON, the tags of a text's words, or a cell that lists spans, by its column; none if it is empty."""
        if is_blank(value):
            return []
        named = task.examples.expected if isinstance(task.examples.expected, str) else self.expected_column
        if not isinstance(value, str) or value.strip()[:1] in ("[", "{"):
            found = from_json(value) if isinstance(value, str) else value
            return {named: found} if _are_names(found) else found
        text = value.strip()
        words = text.split()
        return words if all(map(spans.TAG.fullmatch, words)) else {named: text}

    def fit_expected(self, expected: Json, given: Given, task: Task, documents: Collection[str]) -> Json:
        """Return the spans by place: `text`, `label`, `start` (inclusive) and `end` (exclusive), in characters."""
        if isinstance(expected, dict):
            # One column per label; an empty cell, which is "" in CSV and null in Excel, marks nothing.
            cells = {label: listed for label, listed in expected.items() if not is_blank(listed)}
            text = str(given)
            alone = next(iter(cells.values())) if len(cells) == 1 else None
            if isinstance(alone, str) and (kinds := in_marked_copy(alone, text) or in_list(alone, text)):
                return spans.read_spans(kinds, text)
            if all(isinstance(listed, str) for listed in cells.values()):
                cells = {label: spans.split_listed(listed, text) for label, listed in cells.items()}
            expected = {label: listed for label, listed in cells.items() if listed != []}
        return spans.read_spans(expected, str(given))

    def settle(self, task: Task, examples: Sequence[Example], teaching: Sequence[Example]) -> Settled:
        """Return how many spans an answer may have and how long one may be, if an example exceeds the defaults.

        Rounded up to a power of two, so that a few added examples do not change the constraint.
        """
        found = [example.expected for example in examples]
        most = max((len(each) for each in found), default=0)
        longest = max((len(span["text"]) for each in found for span in each), default=0)
        wider = {"most_spans": 1 << most.bit_length()} if most > MOST_SPANS else {}
        return Settled(wider | ({"longest_span": 1 << longest.bit_length()} if longest > LONGEST_SPAN else {}))

    def labels_of(self, expected: Json) -> tuple[str, ...]:
        return tuple(span["label"] for span in expected)

    def model_labels(self, labels: Sequence[str]) -> tuple[str, ...]:
        """Return the labels of a model's tags: B-PER and I-PER are PER, O is none."""
        return without_tags(labels)

    def linear_weights(self, labels: int, characters: int) -> int:
        """Return one weight per feature of a word, for each label's beginning and continuation, and for none."""
        return HASHED * (2 * labels + 1)

    def head_seconds(self, teaching: Sequence[tuple[Given, Json]]) -> float:
        words = sum(len(word_places(str(given))) for given, _ in teaching)
        tags = 1 + 2 * len({label for _, expected in teaching for label in self.labels_of(expected)})
        return SECONDS_PER_WORD * words * tags * (1 + folds(words))

    def constant(self, teaching: Sequence[tuple[Given, Json]]) -> FixedAnswer | None:
        return FixedAnswer("no spans", lambda _: [])

    def wants_teaching(self, task: Task) -> bool:
        """Return whether a linear model is tried, models tuned, or examples shown; heads and label maps use them."""
        return "try" in (task.baselines, task.tuning) or bool(task.prompt.examples)

    def prompt_characters(self, task: Task, labels: Sequence[str]) -> int:
        return len(labelled_prompt(task.instruction, {label: task.labels.get(label, "") for label in labels}, *_FORM))

    def written(self, expected: Json) -> str:
        """Return the spans' texts by label, twice: small models list more than there are."""
        listed = expected if isinstance(expected, list) else []
        return 2 * "".join(each["text"] + each["label"] for each in listed)

    def without_places(self, answer: Json) -> Json:
        return [{"text": each["text"], "label": each["label"]} for each in answer]

    def prepare(self, runtime: Runtime, spec: ProbeSpec) -> Answerer:
        if spec.method == "linear":
            return WordTags(self, spec)
        if spec.method == "head" and isinstance(runtime, TokenEncoder):
            return WordTags(self, spec, runtime)
        if spec.method == "as is" and isinstance(runtime, Tagger):
            return Tagged(runtime, spec)
        if spec.method == "zero-shot" and isinstance(runtime, Extractor):
            return Extracted(runtime, spec)
        return super().prepare(runtime, spec)

    def system_prompt(self, spec: ProbeSpec) -> str:
        return labelled_prompt(spec.instruction, spec.labels, *_FORM)

    def constraint(self, spec: ProbeSpec) -> Constraint | None:
        """Return the schema of a list of texts with labels, bounded: small models would never stop."""
        label: dict[str, Any] = {"type": "string", "enum": list(spec.labels)}
        longest, most = spec.scoring.get("longest_span", LONGEST_SPAN), spec.scoring.get("most_spans", MOST_SPANS)
        fields = {"text": {"type": "string", "maxLength": longest}, "label": label}
        one = {"type": "object", "properties": fields, "required": ["text", "label"], "additionalProperties": False}
        return Constraint(schema={"type": "array", "items": one, "maxItems": most})

    def parse_for(self, reply: str, given: Given, spec: ProbeSpec) -> Json:
        """Return the spans in a reply; those not in the text are kept, without a place, and count as wrong."""
        names = {label.casefold(): label for label in spec.labels}
        return spans.placed(((text, names.get(label.casefold(), label)) for text, label in _pairs(reply)), str(given))

    def show(self, expected: Json, spec: ProbeSpec) -> str:
        return as_json([{"text": span["text"], "label": span["label"]} for span in expected])

    def said(self, output: Json) -> str:
        return "\n".join(f"{span['text']}: {span['label']}" for span in output) or "no spans"

    def score(self, output: Json, expected: Json, spec: ProbeSpec) -> dict[str, float]:
        return spans.span_scores(output, expected)


def _pairs(reply: str) -> list[tuple[str, str]]:
    """Return the texts and labels of a reply; of a truncated one the complete ones."""
    try:
        found = json.loads(reply)
    except (ValueError, RecursionError):
        found = []
        for match in _OBJECT.findall(reply):
            try:
                found.append(json.loads(match))
            except ValueError:
                continue
    pairs = []
    for each in found if isinstance(found, list) else [found]:
        text, label = (each.get("text"), each.get("label")) if isinstance(each, dict) else (None, None)
        if isinstance(text, str) and isinstance(label, str) and text.strip():
            pairs.append((text.strip(), label))
    return pairs


FAMILY = TokenClassification()


def _are_names(value: Json) -> bool:
    """Return whether a list holds parts of a text, and no tags of its words."""
    listed = value if isinstance(value, list) else []
    return bool(listed) and all(isinstance(each, str) and not spans.TAG.fullmatch(each) for each in listed)
