"""Question answering: answers to questions, extracted from a context or generated, or without a context."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from advisor.engines.base import Reader, Runtime
from advisor.engines.engine import GENERATORS
from advisor.engines.words import folded_letters, without_punctuation, word_tokens
from advisor.families.base import A_SENTENCE, Answerer, Family, FixedAnswer, Given, Json, Settled
from advisor.families.json_fields import word_for_none
from advisor.families.methods.as_is import Reading
from advisor.families.rules import gives
from advisor.families.values import field_text

if TYPE_CHECKING:
    from advisor.probe.protocol import ProbeSpec
    from advisor.task.example import Example
    from advisor.task.model import Task

ARTICLES = frozenset({"a", "an", "the"})
NO_ANSWER = "[no answer]"


class QuestionAnswering(Family):
    """Expected: a text, or a JSON list of texts that are all right; empty if the context has no answer.

    Metrics after Rajpurkar et al. 2016, "SQuAD: 100,000+ questions for machine comprehension of text", section 6.1:
    exact match and F1 over words, without case, punctuation and articles, against the nearest right answer. An answer
    passes from an F1 of 0.8, which forgives one extra word in five. If nothing is expected, an empty answer is right.

    If `examples.input` names one column, the questions have no context: a model answers from its own knowledge.
    """

    name: ClassVar[str] = "question-answering"
    gist: ClassVar[str] = "the answer to a question, from a text or without"
    example: ClassVar[str] = '"When do you open?" and a page in, "at nine" out'
    parts: ClassVar[tuple[str, ...]] = ("question", "context")
    expected_column: ClassVar[str] = "answer"
    methods: ClassVar[Mapping[str, str]] = {"read": "as is", "chat": "prompted"}
    baselines: ClassVar[Mapping[str, str]] = {"constant": "constant", "sentence": "words", "nearest": "words"}
    searched: ClassVar[tuple[str, ...]] = ("question-answering", *GENERATORS)
    mix: ClassVar[Mapping[str, float]] = {"read": 5, "chat": 2}
    metrics: ClassVar[Mapping[str, float]] = {"token_f1": 0.8, "exact": 1.0}
    comparisons: ClassVar[Mapping[str, tuple[str, str]]] = {
        "token_f1": (
            "most of its words are expected, and most expected are there",
            'for "in the old town" an answer "old town" is right',
        ),
        "exact": ("it has the expected words alone", 'for "in the old town" an answer "old town" is wrong'),
    }
    free_tokens: ClassVar[int] = A_SENTENCE
    sample: ClassVar[Given | None] = {"question": "Who came?", "context": "Ada came to London."}

    def parts_of(self, task: Task) -> tuple[str, ...]:
        return self.parts[:1] if isinstance(task.examples.input, str | list) else self.parts

    def read_part(self, part: str, value: object) -> str:
        """Return the text; a list of passages becomes one text, a paragraph each."""
        if part == "context" and isinstance(value, list) and value and all(isinstance(each, str) for each in value):
            value = "\n\n".join(value)
        return super().read_part(part, value)

    def silence(self, rows: Iterable[tuple[Given, Json]]) -> tuple[str, Json] | None:
        pairs = [(given["context"], each) for given, right in rows if isinstance(given, dict) for each in right]
        return None if (word := word_for_none(pairs)) is None else (word, [])

    def settle(self, task: Task, examples: Sequence[Example], teaching: Sequence[Example]) -> Settled:
        """Return whether the questions have a context, with a note on questions without an answer."""
        has_context = len(self.parts_of(task)) > 1
        silent = sum(not example.expected for example in examples)
        notes = (without_answer(silent, has_context=has_context),) if silent else ()
        word = self.silence((example.given, example.expected) for example in examples)
        own = {"no_answer": word[0]} if word is not None else {}
        return Settled(own if has_context else {"closed_book": True}, notes)

    def why_not(self, method: str, task: Task) -> str | None:
        """Refuse extraction without a context, and copied answers with one."""
        is_alone = len(self.parts_of(task)) == 1
        if method in ("as is", "sentence") and is_alone:
            return "reads answers out of a context, and these questions come without one"
        if method == "nearest" and not is_alone:
            return "knows no context but those of the training rows"
        return super().why_not(method, task)

    def read_expected(self, value: object, task: Task) -> Json:
        """Return the right answers; an empty list if there is no answer."""
        if value is None or (isinstance(value, str) and not value.strip()):
            return []
        if isinstance(value, str) and value.strip().startswith("["):
            with contextlib.suppress(ValueError, RecursionError):  # otherwise a text that begins with a bracket
                value = json.loads(value)
        if isinstance(value, dict) and isinstance(value.get("text"), list):
            value = value["text"]  # SQuAD's answers, with their places
        listed = value if isinstance(value, list) else [value]
        return [field_text(each).strip() for each in listed]

    def constant(self, teaching: Sequence[tuple[Given, Json]]) -> FixedAnswer | None:
        return FixedAnswer("no answer", lambda _: "")

    def prepare(self, runtime: Runtime, spec: ProbeSpec) -> Answerer:
        if spec.method == "as is" and isinstance(runtime, Reader):
            return Reading(runtime)
        return super().prepare(runtime, spec)

    def system_prompt(self, spec: ProbeSpec) -> str:
        if spec.scoring.get("closed_book"):
            return f"{spec.instruction}\nAnswer in a few words, with the answer alone."
        return f'{spec.instruction}\nAnswer with the words of the context alone; "{_silent(spec)}" if it has no answer.'

    def parse(self, reply: str, spec: ProbeSpec) -> Json:
        """Return the answer, empty if the model says that there is none."""
        text = reply.strip().strip('"').strip()
        return "" if text.casefold().rstrip(".") in {NO_ANSWER, _silent(spec).casefold()} else text

    def show(self, expected: Json, spec: ProbeSpec) -> str:
        return str(expected[0]) if expected else _silent(spec)

    def said(self, output: Json) -> str:
        return str(output) or NO_ANSWER

    def same(self, one: Json, other: Json, scoring: Mapping[str, Any]) -> bool:
        return words(str(one)) == words(str(other))

    def score(self, output: Json, expected: Json, spec: ProbeSpec) -> dict[str, float]:
        is_silent = not without_punctuation(str(output)).split()
        output = spec.scoring.get("no_answer", output) if is_silent and expected else output
        answer = words(str(output))
        if not expected:
            return {"token_f1": float(is_silent), "exact": float(is_silent)}
        if any(gives(str(output), each) for each in expected):  # "It has 8 legs." gives 8
            return {"token_f1": 1.0, "exact": 1.0}
        right = [words(each) for each in expected]
        return {"token_f1": max(f1(answer, each) for each in right), "exact": float(answer in right)}


def _silent(spec: ProbeSpec) -> str:
    """Return what the examples say if a context has no answer."""
    return str(spec.scoring.get("no_answer", NO_ANSWER))


def without_answer(count: int, *, has_context: bool) -> str:
    """Return the note on rows without an answer, which may be intended or forgotten."""
    one = count == 1
    what = "the text does not say" if has_context else "there is none"
    return (
        f"{count} {'row has' if one else 'rows have'} no answer: counted as {what!r}; if that is not meant, fill "
        f"{'it' if one else 'them'} in or delete {'it' if one else 'them'}"
    )


def words(text: str) -> list[str]:
    """Return a text's words, normalised as answers are compared: without case, punctuation and English articles.

    Punctuation is removed, as in SQuAD's own script, not replaced by a blank: "U.S." is "US" and "1,000" is "1000".
    A text of signs alone is one word, or "+" would equal "-".
    """
    found = word_tokens(without_punctuation(text)) or folded_letters(text).split()
    # An answer that is only an article, such as "A" of several choices, is kept.
    return [word for word in found if word not in ARTICLES] or found


def f1(answer: list[str], right: list[str]) -> float:
    """Return the F1 over the words of two texts, with repetitions."""
    shared = sum((Counter(answer) & Counter(right)).values())
    if not answer or not right:
        return float(answer == right)
    return 2.0 * shared / (len(answer) + len(right))


FAMILY = QuestionAnswering()
