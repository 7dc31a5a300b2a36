"""Base of families whose answers are texts: rules besides the metric, and a prompt that states them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar

from advisor.engines.base import CircumstanceError, Rewriter, Runtime
from advisor.families.base import RULES, Answerer, Family, FixedAnswer, Given, Json, Settled, shown
from advisor.families.methods.as_is import Rewritten
from advisor.families.rules import Rules, in_words
from advisor.families.values import EmptyError, field_text, is_mark

if TYPE_CHECKING:
    from advisor.probe.protocol import ProbeSpec
    from advisor.task.examples import Example, ExampleSet
    from advisor.task.model import Scoring, Task

SACREBLEU = ("sacrebleu", "metrics")
TOKENS_A_WORD = 1.4
# Answers from so many tokens on are texts. SmolLM2-135M writes until this share of the most that it may: 43 and 74% of
# 256 tokens in translations, 92 and 98% in summaries, whether it knows the language or not.
A_TEXT, GOES_ON = 10, 0.75


@cache
def _chrf() -> Any:  # noqa: ANN401  sacrebleu has no types
    from sacrebleu.metrics import CHRF  # worker only

    return CHRF()


def letters_and_words(answer: str, references: Sequence[str]) -> float:
    """Return chrF2 within 0 and 1 (Popović 2015, "chrF: character n-gram F-score for automatic MT evaluation")."""
    return min(1.0, float(_chrf().sentence_score(answer, list(references)).score) / 100) if references else 0.0


class TextAnswers(Family):
    """A family whose answers are texts."""

    rules: ClassVar[frozenset[str]] = frozenset(RULES)
    # The last line of the system prompt: the form of the answer.
    closing: ClassVar[str] = "Answer with the text alone."
    # For a metric the module that computes it and the extra that installs it.
    libraries: ClassVar[Mapping[str, tuple[str, str]]] = {}

    def load_options(self, task: Task, ability: str) -> dict[str, Any]:
        """Return what the model is for: T5's configuration has a prefix for each, providers serve some alone."""
        return {"purpose": self.name} if ability == "rewrite" else {}

    def needs_expected(self, task: Task) -> bool:
        """Return whether the metric needs expected answers: the rules, or the user's function, can suffice."""
        return task.scoring.function is None and self.metric_of(task) != "rules"

    def check_task(self, task: Task) -> str | None:
        if (reason := super().check_task(task)) is not None:
            return reason
        scoring = task.scoring
        try:
            Rules(scoring.model_dump(include=set(RULES)))
        except (ValueError, ImportError) as error:
            return f"scoring.{error}"
        if scoring.min_words and scoring.max_words and scoring.min_words > scoring.max_words:
            return "scoring.min_words: is more than scoring.max_words"
        if scoring.metric == "rules" and not rules_of(scoring):
            return f"scoring.metric: rules needs a rule: set one of {', '.join(RULES)}"
        return None

    def settle(self, task: Task, examples: Sequence[Example], teaching: Sequence[Example]) -> Settled:
        return Settled({} if task.scoring.function else {"metric": self.metric_of(task)})

    def read_expected(self, value: object, task: Task) -> Json:
        if isinstance(value, list):
            if not value:
                raise ValueError("is an empty list; write at least one text")
            return [field_text(each).strip() for each in value]
        text = field_text(value).strip()
        if is_mark(text) and self.metric_of(task) in self.libraries:  # compared as a text of several words
            raise EmptyError("write a text", f"is {text!r}")
        return text

    def constant(self, teaching: Sequence[tuple[Given, Json]]) -> FixedAnswer | None:
        """Return the most frequent expected text, the first of several right ones; None without training rows."""
        most = super().constant([(given, first[0]) for given, e in teaching if (first := listed(e))])
        return most or FixedAnswer("an empty answer", lambda _: "")

    def show(self, expected: Json, spec: ProbeSpec) -> str:
        """Return the first right answer; a JSON value unchanged."""
        if isinstance(expected, list) and expected and spec.scoring.get("metric") != "json":
            expected = expected[0]
        return super().show(expected, spec)

    def prompt_characters(self, task: Task, labels: Sequence[str]) -> int:
        return super().prompt_characters(task, labels) + sum(map(len, in_words(task.scoring.model_dump())))

    def answer_tokens(self, task: Task, examples: ExampleSet, *, goes_on: bool = False) -> int:
        """Return the tokens of an answer of the required length, else of the expected ones.

        Small models go on after a text, as they do not after a word or a number.
        """
        words, most = task.scoring.max_words or task.scoring.min_words, task.prompt.max_tokens
        own = super().answer_tokens(task, examples) if words is None else int(words * TOKENS_A_WORD) + 1
        is_text = (own if words else self.expected_tokens(examples)) >= A_TEXT and task.scoring.json_schema is None
        return min(most, max(own, int(GOES_ON * most) if goes_on and is_text else 0))

    def prepare(self, runtime: Runtime, spec: ProbeSpec) -> Answerer:
        """Use a rewriting model as it is, prompt any other.

        CircumstanceError if the metric's library is not installed.
        """
        module, extra = self.libraries.get(str(spec.scoring.get("metric")), (None, None))
        if module is not None and spec.scorer is None and find_spec(module) is None:
            raise CircumstanceError(
                f"the metric {spec.scoring['metric']} needs {module.replace('_', '-')}: "
                f"pip install 'model-advisor[{extra}]'"
            )
        if spec.method == "as is" and isinstance(runtime, Rewriter):
            return Rewritten(self, runtime, spec)
        return super().prepare(runtime, spec)

    def system_prompt(self, spec: ProbeSpec) -> str:
        """Return the system message: the instruction, the rules, the form of the answer."""
        lines = [spec.instruction, *in_words(spec.scoring), self.closing]
        return "\n".join(line for line in lines if line)


def rules_of(scoring: Scoring) -> list[str]:
    return [key for key in RULES if getattr(scoring, key) not in (None, [])]


def listed(expected: Json) -> list[str]:
    """Return the acceptable texts; empty if there are none, a JSON value as it is written."""
    if expected is None:
        return []
    is_several = isinstance(expected, list) and all(isinstance(each, str) for each in expected)
    return list(expected) if is_several else [shown(expected)]


def as_output(output: Any) -> str:  # noqa: ANN401  any JSON value
    return output if isinstance(output, str) else ""
