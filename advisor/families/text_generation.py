"""Text generation with a contract: the answer equals, contains, matches, is JSON, or is a number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from advisor.engines.base import Constraint
from advisor.engines.engine import GENERATORS
from advisor.engines.words import without_punctuation, word_tokens
from advisor.families.base import A_SENTENCE, FixedAnswer, Given
from advisor.families.json_fields import (
    FIELD,
    NotJsonError,
    exact_number,
    field_scores,
    is_near,
    only_number,
    parse_json,
    plain_json,
    plain_number,
    shown_path,
)
from advisor.families.json_schema import numbered, with_bounded_numbers
from advisor.families.rules import gives, is_verbatim, share_contained
from advisor.families.text_answers import SACREBLEU, TextAnswers, as_output, letters_and_words, listed, rules_of
from advisor.families.values import field_text

if TYPE_CHECKING:
    from advisor.families.base import Json
    from advisor.probe.protocol import ProbeSpec
    from advisor.task.examples import ExampleSet
    from advisor.task.model import Task

# Metrics that a rule decides without expected answers.
_ALONE = {"contains": ("contains", "contains_column"), "json": ("json_schema",), "matches": ("matches",)}


class TextGeneration(TextAnswers):
    """Expected: by the metric a text, several acceptable texts (a list), a JSON value, or a number.

    A contract is either kept or not, so each metric passes from 1 (levenshtein from 0.9); tasks that accept half of the
    fields set `at_least`. A free text has many right wordings: chrf passes from 0.4, which few copies of the input and
    no other answers of the same file reach. Without `scoring.metric` the rules imply it: a JSON schema means json, a
    tolerance number; without an expected column a pattern means matches, must-contain texts contains, lengths rules.
    """

    name: ClassVar[str] = "text-generation"
    gist: ClassVar[str] = "any text that follows your instruction"
    example: ClassVar[str] = "a complaint in, a polite reply out"
    methods: ClassVar[Mapping[str, str]] = {"chat": "prompted", "rewrite": "as is"}
    baselines: ClassVar[Mapping[str, str]] = {"constant": "constant", "copied": "words", "nearest": "words"}
    meant_by: ClassVar[tuple[str, ...]] = ("text-generation", "text2text-generation")
    searched: ClassVar[tuple[str, ...]] = ("text2text-generation", *GENERATORS)
    free_tokens: ClassVar[int] = A_SENTENCE
    mix: ClassVar[Mapping[str, float]] = {"chat": 4, "made for it": 4, "rewrite": 1}
    metrics: ClassVar[Mapping[str, float]] = {
        "exact": 1.0,
        "verbatim": 1.0,
        "levenshtein": 0.9,
        "chrf": 0.4,
        "contains": 1.0,
        "matches": 1.0,
        "json": 1.0,
        "number": 1.0,
        "rules": 1.0,
    }
    comparisons: ClassVar[Mapping[str, tuple[str, str]]] = {
        "exact": (
            "it gives the expected text or number, however it is introduced",
            'for "Graz" an answer "The answer is: Graz." is right, "In Graz or Linz." is wrong',
        ),
        "contains": ("the expected text is in it", 'for "Graz" an answer "In Graz or Linz." is right'),
        "levenshtein": (
            "nine in ten of its characters are the expected ones",
            'for "2 x cake, Friday 5 pm" an answer "2x cake, Friday 5 pm" is right',
        ),
        "chrf": (
            "its letters and words agree with the expected ones by 40% or more (chrF)",
            'for "The water is off in Elm Street." an answer "In Elm Street the water is turned off." is right',
        ),
        "verbatim": ("it is the expected text to the letter", 'for "Graz" an answer "Graz." is wrong'),
    }
    libraries: ClassVar[Mapping[str, tuple[str, str]]] = {"chrf": SACREBLEU}
    closing: ClassVar[str] = ""
    settings: ClassVar[frozenset[str]] = frozenset({"scoring.tolerance"})

    def metric_of(self, task: Task) -> str:
        """Return the metric that the task names, or that its rules imply."""
        scoring = task.scoring
        if scoring.metric is not None:
            return scoring.metric
        if scoring.json_schema is not None:
            return "json"
        if scoring.tolerance is not None:
            return "number"
        if task.examples.expected is None:
            for metric in ("matches", "contains"):
                if set(_ALONE[metric]) & set(rules_of(scoring)):
                    return metric
            if rules_of(scoring):
                return "rules"
        return "exact"

    def needs_expected(self, task: Task) -> bool:
        """Return whether the metric needs expected answers: some contracts are decided by a rule alone."""
        alone = _ALONE.get(self.metric_of(task), ())
        return super().needs_expected(task) and not set(alone) & set(rules_of(task.scoring))

    def check_task(self, task: Task) -> str | None:
        if (reason := super().check_task(task)) is not None:
            return reason
        if self.metric_of(task) == "matches" and task.scoring.matches is None and task.scoring.function is None:
            return "scoring.metric: matches needs a regular expression; set scoring.matches"
        if task.scoring.tolerance is not None and self.metric_of(task) not in ("number", "json"):
            return "scoring.tolerance: is for the metrics number and json"
        return None

    def searched_for(self, examples: ExampleSet) -> tuple[str, ...]:
        """Add taggers where most answers are their texts with other punctuation: some taggers write it."""
        alike = [_has_other_marks(each.input, each.expected) for each in examples.evidence]
        return (*self.searched, "token-classification") if 2 * sum(alike) > len(alike) else self.searched

    def copied(self, teaching: Sequence[tuple[Given, Json]]) -> FixedAnswer | None:
        """Return the text as it is; None if most answers are no such text with changes, as corrections are."""
        alike = [
            isinstance(given, str) and any(_shared(given, each) >= 0.5 for each in listed(expected))  # noqa: PLR2004
            for given, expected in teaching
        ]
        if alike and 2 * sum(alike) <= len(alike):
            return None
        return FixedAnswer("the unchanged text", lambda given: given if isinstance(given, str) else "")

    def read_expected(self, value: object, task: Task) -> Json:
        metric = None if task.scoring.function else self.metric_of(task)
        if metric == "number":
            found = plain_number(value if isinstance(value, int | float) else field_text(value))
            if found is None:
                raise ValueError('is not a number; write only digits, e.g. "1234.5"')
            return found
        if metric == "json" or (metric is None and isinstance(value, dict | list)):
            is_plain = isinstance(value, dict | list | bool | int | float)
            try:
                read = plain_json(value) if is_plain else parse_json(field_text(value))
            except NotJsonError as error:
                raise ValueError(f"is not JSON ({error}); write a JSON value") from None
            return numbered(read, task.scoring.json_schema)
        return super().read_expected(value, task)

    def system_prompt(self, spec: ProbeSpec) -> str:
        """Return the instruction, the rules, and the form that the metric needs."""
        form = {"json": "Answer with JSON and nothing else.", "number": "Answer with the number and nothing else."}.get(
            str(spec.scoring.get("metric")), ""
        )
        return "\n".join(line for line in (super().system_prompt(spec), form) if line)

    def constraint(self, spec: ProbeSpec) -> Constraint | None:
        schema = spec.scoring.get("json_schema")
        return None if schema is None else Constraint(schema=with_bounded_numbers(schema))

    def score(self, output: Json, expected: Json, spec: ProbeSpec) -> dict[str, float]:
        metric, tolerance = spec.scoring.get("metric") or "exact", spec.scoring.get("tolerance")
        answer = as_output(output)
        if metric in ("exact", "verbatim"):
            same = gives if metric == "exact" else is_verbatim
            return {metric: float(any(same(answer, each) for each in listed(expected)))}
        if metric == "levenshtein":
            return {metric: max((_alike(answer.strip(), each) for each in listed(expected)), default=0.0)}
        if metric == "chrf":
            return {metric: letters_and_words(answer, listed(expected))}
        if metric == "contains" and expected is not None:
            return {"contains": share_contained(answer, listed(expected))}
        if metric == "number":
            found = only_number(answer)
            wanted, is_rounded = exact_number(expected), isinstance(expected, float)
            if found is None or wanted is None:
                return {"number": 0.0}
            return {"number": float(is_near(found, wanted, tolerance, is_rounded=is_rounded))}
        if metric == "json":
            return _json_scores(answer, expected, tolerance)
        return {}


def _has_other_marks(given: str, expected: Json) -> bool:
    """Return whether an answer is the text with other punctuation, and perhaps other capital letters."""
    words = [without_punctuation(text).casefold().split() for text in (given, *listed(expected)[:1])]
    return len(words) > 1 and words[0] == words[1] and given.casefold() != listed(expected)[0].casefold()


def _shared(one: str, other: str) -> float:
    """Return the share of the longer text's words that stand in the other one."""
    words, others = Counter(word_tokens(one)), Counter(word_tokens(other))
    return (words & others).total() / max(1, words.total(), others.total())


def _alike(answer: str, expected: str) -> float:
    """Return the share of expected characters that need no edit: 1 - Levenshtein distance / length."""
    from rapidfuzz.distance import Levenshtein  # a dependency of jiwer; worker only

    return max(0.0, 1.0 - Levenshtein.distance(answer, expected) / max(1, len(expected)))


def _json_scores(answer: str, expected: Json, tolerance: float | None) -> dict[str, float]:
    try:
        value = parse_json(answer)
    except NotJsonError:
        return {"json": 0.0}
    if expected is None:  # the schema alone decides, as a rule
        return {"json": 1.0}
    fields = field_scores(value, expected, tolerance)
    share = sum(fields.values()) / len(fields) if fields else 1.0
    return {"json": share} | {FIELD + shown_path(path) if path else "value": score for path, score in fields.items()}


FAMILY = TextGeneration()
