"""The interface of task families: hooks for the main process and the worker, with common defaults."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

from advisor.engines.base import Pair
from advisor.engines.words import tokens_in
from advisor.families.template import fill_parts, holds
from advisor.families.values import field_text

if TYPE_CHECKING:
    from advisor.engines.base import Constraint, Runtime
    from advisor.probe.protocol import ProbeSpec
    from advisor.task.examples import Example, ExampleSet
    from advisor.task.model import Task

# A model's input for one example: a text, or parts by name for families with several parts or a file.
Given = str | dict[str, str]
# The parts of an input that is a pair of texts.
PAIR = ("first", "second")
# Expected and answered values are plain JSON: a text, a number, a list or a mapping.
Json = Any


SCORE_ROUNDING = 1e-9
# To train and cross-validate a head: 0.55 s with 500 mails of two labels.
SECONDS_PER_ROW = 1.1e-3

# Abilities that use a task's prompt template, and the placeholder of a label in a hypothesis.
READ_TEMPLATES = frozenset({"chat", "rewrite", "entail"})
LABEL = "{label}"
# Tokens of an answer that is not known.
USUAL_TOKENS = 64
# A sentence, which small models write where a word is expected: 18, 28 and 44 tokens in three runs on questions.
A_SENTENCE = 32

# Baselines with a constant or existing text as answer: a yardstick for others, seldom a recommendation.
FOILS = frozenset({"constant", "copied", "nearest", "sentence", "central"})

# Keys of the task's `scoring` that are rules for answers: see `advisor.families.rules`.
RULES = ("contains", "contains_column", "matches", "json_schema", "min_words", "max_words")

# Keys of a task that some families alone have a use for, and the values that they have where nobody set them.
OF_SOME = (
    *("labels", "labels_per_text", "label_map", "documents", "translate", "prompt.template", "prompt.examples"),
    "bar.per_field",
    *("scoring.tolerance", "scoring.range", *(f"scoring.{rule}" for rule in RULES)),
)
_UNSET: tuple[Json, ...] = (None, [], {}, "one")


@dataclass(frozen=True, slots=True)
class Answered:
    """A candidate's answer to one example."""

    output: Json  # The answer in the family's form.
    confidence: float | None = None  # The candidate's own, within 0 and 1; None if its engine has none.
    tokens: int | None = None  # Generated tokens; None if nothing is generated.
    prompt_tokens: int | None = None  # Tokens read for it, if its engine counts them.


class Settled(NamedTuple):
    """Settings derived from all of a task's examples: additions to the spec's `scoring`, and notes for the user."""

    scoring: dict[str, Any]
    notes: tuple[str, ...] = ()


class FixedAnswer(NamedTuple):
    """An answer that needs no model: its name, and the function from an example to it."""

    name: str
    answer: Callable[[Given], Json]


class Answerer(Protocol):
    """A candidate ready to answer: a model with its method.

    With a true `alone` it answers examples one by one, so that batches gain nothing.
    """

    @property
    def details(self) -> dict[str, Any]:
        """The method's settings, as plain values."""

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        """Return one answer per example."""


class OneByOne:
    """Answers each example by a function of it alone; with a true `alone` in batches of one."""

    def __init__(
        self, one: Callable[[Any], Json], details: dict[str, Any] | None = None, *, alone: bool = False
    ) -> None:
        self._one, self.details, self.alone = one, details or {}, alone

    def answer(self, given: Sequence[Given]) -> list[Answered]:
        return [Answered(self._one(each)) for each in given]


class Family(ABC):
    """A kind of task. Subclasses set the attributes and override what differs."""

    name: ClassVar[str]  # The Hub's pipeline tag, or a name of ours.
    gist: ClassVar[str]  # A description of the answer in a few plain words, for users who choose a family.
    example: ClassVar[str]  # An input and its answer, for the same users.
    parts: ClassVar[tuple[str, ...]] = ("text",)  # Names of the columns that form an input; usually one.
    file_part: ClassVar[str | None] = None  # The part that is a file's path (speech, images), None for text alone.
    # Usual number of an encoder's vectors for such a file, used to predict its time.
    file_tokens: ClassVar[int | None] = None
    expected_column: ClassVar[str] = "expected"  # Default column of the expected answers.
    fewest_labels: ClassVar[int] = 2  # Minimum number of labels if a task names any.
    has_labels: ClassVar[bool] = False  # Whether `expected` is one of the task's labels.
    # Whether a bar may have rates of single decisions, such as yes and no, although there are no labels.
    decides: ClassVar[bool] = False
    # The methods for models by ability (a name in `advisor.engines.base.ABILITIES`).
    methods: ClassVar[Mapping[str, str]]
    # Abilities of models whose own weights can be tuned on the training rows (`advisor.engines.tuning`).
    tuned: ClassVar[frozenset[str]] = frozenset()
    # Methods without a model (`advisor.families.methods.baseline`), each with its ability.
    baselines: ClassVar[Mapping[str, str]] = {"constant": "constant"}
    searched: ClassVar[tuple[str, ...]]  # The catalog's families that are searched for candidates.
    # The catalog's families that imply this one; if empty its own if the catalog has it, else the searched ones.
    meant_by: ClassVar[tuple[str, ...]] = ()
    # A shortlist's places per kind of model (an ability, or "static"); 1 for the others.
    mix: ClassVar[Mapping[str, float]] = {}
    metrics: ClassVar[Mapping[str, float]]  # Metrics with their passing scores; the first is the default.
    # The metrics that a user may choose between, in words with an example.
    comparisons: ClassVar[Mapping[str, tuple[str, str]]] = {}
    # What agrees with the expected answer by a metric that is no comparison, and the metric's name in the field.
    agreement: ClassVar[Mapping[str, tuple[str, str]]] = {}
    # An input that any working candidate answers: distinguishes a bad example from a broken engine.
    sample: ClassVar[Given | None] = "Hello"
    # The keys of the task's `scoring` that can constrain its answers besides the metric; see `RULES`.
    rules: ClassVar[frozenset[str]] = frozenset()
    marks: ClassVar[bool] = False  # Whether an answer marks parts of its text with labels, which may have rates.
    # Further keys of `OF_SOME` that it uses, besides those that follow from other attributes.
    settings: ClassVar[frozenset[str]] = frozenset()
    has_range: ClassVar[bool] = False  # Whether answers are numbers or grades, with a range.
    # Whether the expected answer is an object, whose fields may have columns of their own.
    expects_object: ClassVar[bool] = False
    # Tokens that a language model writes at least, on average, if nothing constrains its answers.
    free_tokens: ClassVar[int] = 0
    # Whether inputs are answered from a file of documents besides the examples.
    searches_documents: ClassVar[bool] = False
    # Whether inputs with the same right answer may ask the same in other words.
    groups_by_answer: ClassVar[bool] = False

    # Called in the main process.

    def searched_for(self, examples: ExampleSet) -> tuple[str, ...]:
        """Return the catalog's families that are searched for candidates, given the examples."""
        return self.searched

    def parts_of(self, task: Task) -> tuple[str, ...]:
        """Return the parts of this task's inputs, for families with several kinds of input."""
        return self.parts

    def methods_for(self, task: Task) -> Mapping[str, str]:
        """Return the methods by ability for this task's kind of input."""
        return self.methods

    def read_part(self, part: str, value: object) -> str:
        """Return a part of an input as text, a list of texts a line each; ValueError with the fault and the cure."""
        if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
            return field_text("\n".join(value))
        return field_text(value)

    def read_expected(self, value: object, task: Task) -> Json:
        """Return an expected answer in the form that `score` takes; ValueError with fault and cure."""
        return field_text(value).strip()

    def fit_expected(self, expected: Json, given: Given, task: Task, documents: Collection[str]) -> Json:
        """Return an expected answer in its final form, given the example's input and the documents' ids.

        ValueError with the fault and the cure, without the field's name.
        """
        return expected

    def silence(self, rows: Iterable[tuple[Given, Json]]) -> tuple[str, Json] | None:
        """Return the word by which expected values say that an input holds no answer, and what an empty one reads as.

        None if no word says so: what is empty is the answer then.
        """
        return None

    def settle(self, task: Task, examples: Sequence[Example], teaching: Sequence[Example]) -> Settled:
        """Return the scoring settings that the examples imply, such as the scale of their grades.

        Args:
            task: The task.
            examples: All of them: they may determine the form of an answer, such as its fields.
            teaching: The training rows: only they may determine which answers are right, since the claim is about a
                rule that does not depend on the evidence.

        Raises:
            ValueError: naming what the task must state itself.
        """
        return Settled({})

    def labels_of(self, expected: Json) -> tuple[str, ...]:
        if not self.has_labels:
            return ()
        return tuple(expected) if isinstance(expected, list) else (expected,)

    def right_answers(self, expected: Json, given: Given) -> tuple[str, ...]:
        """Return the right answers, texts or ids, where `groups_by_answer`."""
        return ()

    def in_words(self, value: Json, given: Given, metric: str | None = None) -> Json:
        """Return an expected value, or with its metric what counts of an answer, as people are shown it."""
        return value

    def model_labels(self, labels: Sequence[str]) -> tuple[str, ...]:
        """Return a fine-tuned model's own labels in the form in which they are compared with the task's."""
        return tuple(labels)

    def why_not_model(self, task: Task, kinds: Collection[str]) -> str | None:
        """Return why models of these kinds (type in transformers, Hub tags) cannot do a task, or None."""
        return None

    def why_not(self, method: str, task: Task) -> str | None:
        """Return why a method cannot do this task, in words that follow a model's name, or None."""
        return None

    def metric_of(self, task: Task) -> str:
        """Return a task's metric: the one it names, else the family's first."""
        return task.scoring.metric or next(iter(self.metrics))

    def needs_expected(self, task: Task) -> bool:
        """Return whether each example needs an expected answer; if not, its column is read only if named."""
        return True

    def check_task(self, task: Task) -> str | None:
        """Return what the task lacks for this family, in words, or None."""
        named, parts = task.examples.input, self.parts_of(task)
        if isinstance(named, str | list) and len(parts) > 1:
            return f"examples.input: {self.name} needs a column for each of {', '.join(parts)}"
        if isinstance(named, list) and named[1:] and self.file_part is not None:
            return f"examples.input: {self.name} takes one column, of file names"
        unknown = [part for part in named if part not in parts] if isinstance(named, dict) else []
        if unknown:
            return f"examples.input: {self.name} has no part {unknown[0]!r}; its parts are {', '.join(parts)}"
        if isinstance(task.examples.expected, dict) and not self.expects_object:
            return f"examples.expected: {self.name} expects no object; name one column"
        groups = task.examples.groups
        if groups is not None and groups == task.examples.expected and not self.groups_by_answer:
            return "examples.groups: names the column of what is expected; name one such as the author or the thread"
        if unused := next(
            (key for key in OF_SOME if not self.has_use_for(key) and attrgetter(key)(task) not in _UNSET), None
        ):
            return f"{unused}: {self.name} has no use for it; leave it out"
        if (span := task.scoring.range) is not None and span[0] >= span[1]:
            return "scoring.range: write the lowest first"
        return self._template_misfit(task)

    def has_use_for(self, key: str) -> bool:
        """Return whether a key of a task, or what stands below it, means anything to this family."""
        used = self.settings | {f"scoring.{rule}" for rule in self.rules}
        used |= {"labels", "label_map"} if self.has_labels else set()
        used |= {"scoring.range"} if self.has_range else set()
        used |= {"documents"} if self.searches_documents else set()
        used |= {"prompt.template"} if READ_TEMPLATES & {*self.methods} else set()
        used |= {"prompt.examples"} if "chat" in self.methods else set()
        return all(each in used for each in OF_SOME if f"{key}.".startswith(f"{each}."))

    def _template_misfit(self, task: Task) -> str | None:
        """Return the error of the prompt's template: it must contain the input.

        The same key holds the hypothesis of entailment models, with the label in place of the input.
        """
        template, parts = task.prompt.template, self.parts_of(task)
        if template is None:
            return None
        has_hypotheses = "entail" in self.methods
        is_hypothesis = has_hypotheses and LABEL in template
        named = ", ".join(f"{{{part}}}" for part in parts)
        if is_hypothesis and holds(template, parts):
            return (
                f"prompt.template: holds both {named} and {LABEL}; a message to a prompted model holds {named}, a "
                f"hypothesis of zero-shot models {LABEL}; keep one of them"
            )
        if is_hypothesis or holds(template, parts):
            return None
        one = "" if len(parts) == 1 else "one of "
        else_said = f" (or {LABEL}, for a hypothesis of zero-shot models)" if has_hypotheses else ""
        return f"prompt.template: lacks the input, so models would not see it; write {one}{named} into it{else_said}"

    def load_options(self, task: Task, ability: str) -> dict[str, Any]:
        """Return the task's settings for loading a model with an ability, e.g. the target language."""
        return {}

    def wants_teaching(self, task: Task) -> bool:
        """Return whether training examples are set apart by default."""
        is_tuned = task.tuning == "try" and bool(self.tuned)
        return "head" in self.methods.values() or bool(task.prompt.examples) or is_tuned

    def most_teaching(self, taught: Sequence[Example], of: int) -> int | None:
        """Return the default limit of training rows, of so many rows, None for the usual one.

        It may depend on the rows that train in any case, and on no others (`advisor.task.split`).
        """
        return None

    def prompt_characters(self, task: Task, labels: Sequence[str]) -> int:
        """Return about how long the constant part of a prompt is, in characters."""
        return len(task.instruction) + sum(len(label) + len(task.labels.get(label, "")) for label in labels)

    def texts_read(self, ability: str, examples: ExampleSet) -> tuple[float, float]:
        """Return how many texts a model reads per example, and their mean length in characters."""
        evidence = examples.evidence
        return 1.0, sum(len(example.input) for example in evidence) / max(1, len(evidence))

    def answer_tokens(self, task: Task, examples: ExampleSet, *, goes_on: bool = False) -> int:
        """Return about how many tokens a generated answer has: as many as the expected ones, or a sentence if free.

        With `goes_on` those of a model that seldom ends a text before the limit.
        """
        return min(task.prompt.max_tokens, max(self.free_tokens, int(self.expected_tokens(examples))))

    def expected_tokens(self, examples: ExampleSet) -> float:
        """Return about how many tokens the expected answers have."""
        texts = [self.written(each.expected) for each in examples.evidence if each.expected is not None]
        return sum(map(tokens_in, texts)) / len(texts) + 1 if texts else USUAL_TOKENS

    def written(self, expected: Json) -> str:
        """Return about what a model writes for an expected answer."""
        first = expected[0] if isinstance(expected, list) and expected else expected
        return first if isinstance(first, str) else as_json(expected)

    def linear_weights(self, labels: int, characters: int) -> int:
        """Return about how many weights the linear baseline learns: one per n-gram and label, for two labels one."""
        from advisor.families.methods.features import HASHED

        return min(2 * HASHED, characters) * (labels if labels > 2 else 1)  # noqa: PLR2004

    def head_seconds(self, teaching: Sequence[tuple[Given, Json]]) -> float:
        """Return about how long a head takes to be trained and cross-validated, without reading the rows."""
        return SECONDS_PER_ROW * len(teaching)

    def constant(self, teaching: Sequence[tuple[Given, Json]]) -> FixedAnswer | None:
        """Return the answer that needs no model, None if there is none: the most frequent one of the training rows."""
        counts = Counter(as_json(expected) for _, expected in teaching if expected not in (None, ""))
        if not counts:
            return None
        most = max(sorted(counts), key=lambda each: counts[each])
        value = json.loads(most)
        return FixedAnswer(f"always {'; '.join(self.said(value).splitlines())!r}", lambda _: value)

    def copied(self, teaching: Sequence[tuple[Given, Json]]) -> FixedAnswer | None:
        """Return what of an input may do as its answer; None if the training rows speak against that."""
        del teaching
        return None

    def said(self, output: Json) -> str:
        """Return an answer for people."""
        if isinstance(output, list) and output and all(isinstance(each, str) for each in output):
            return ", ".join(output)
        return shown(output)

    def same(self, one: Json, other: Json, scoring: Mapping[str, Any]) -> bool:
        """Return whether two answers to the same question are equal, as the task scores answers."""
        return bool(one == other)

    def without_places(self, answer: Json) -> Json:
        """Return an answer without the places of its parts in the input, which another spelling of the input moves."""
        return answer

    # Called in the worker.

    def prepare(self, runtime: Runtime, spec: ProbeSpec) -> Answerer:
        """Prepare a loaded model for its method; heads are trained here; CannotLoadError if it does not support it."""
        from advisor.engines.base import CannotLoadError, Chat
        from advisor.families.methods.baseline import ALONE
        from advisor.families.methods.prompted import Prompted

        if spec.method in ALONE:
            return ALONE[spec.method](self, spec)
        if spec.method == "prompted" and isinstance(runtime, Chat):
            return Prompted(self, runtime, spec)
        raise CannotLoadError(f"cannot be used for {spec.family} with the method {spec.method!r}")

    def system_prompt(self, spec: ProbeSpec) -> str:
        """Return the system message for a prompted model."""
        return spec.instruction

    def user_text(self, given: Given, spec: ProbeSpec) -> str:
        """Return the user's message for an example: its text, its parts by name, or the task's filled template.

        `{name}` is replaced by a part; nothing else in template or example is interpreted. A template without any such
        placeholder is a hypothesis for entailment models, and no message.
        """
        parts = {self.parts[0]: given} if isinstance(given, str) else given
        template = spec.prompt.get("template")
        if template is None or not holds(template, parts):
            return given if isinstance(given, str) else "\n\n".join(f"{k}: {v}" for k, v in parts.items())
        return fill_parts(template, parts)

    def constraint(self, spec: ProbeSpec) -> Constraint | None:
        """Return the constraint on generated answers, for engines that support it."""
        return None

    def parse(self, reply: str, spec: ProbeSpec) -> Json:
        """Return a generated reply in the form that `score` takes."""
        return reply.strip()

    def parse_for(self, reply: str, given: Given, spec: ProbeSpec) -> Json:
        """Return a generated reply in the form that `score` takes, if that depends on the input."""
        return self.parse(reply, spec)

    def show(self, expected: Json, spec: ProbeSpec) -> str:
        """Return an expected answer as a prompted model would write it, for shown examples."""
        return expected if isinstance(expected, str) else as_json(expected)

    def worded(self, output: Json, spec: ProbeSpec) -> Json:
        """Return an answer as the task's rules check it: where it has none, with the word that the examples have."""
        return output

    @abstractmethod
    def score(self, output: Json, expected: Json, spec: ProbeSpec) -> dict[str, float]:
        """Return the scores of an answer by metric, each within 0 and 1."""

    def passes_from(self, spec: ProbeSpec) -> tuple[str, float]:
        """Return the deciding metric, and its passing score."""
        metric, at_least = str(spec.scoring.get("metric") or next(iter(self.metrics))), spec.scoring.get("at_least")
        return metric, float(self.metrics.get(metric, 1.0) if at_least is None else at_least)

    def is_right(self, output: Json, expected: Json, spec: ProbeSpec) -> bool:
        """Return whether an answer to a training row would pass, without rules and the user's own scorer."""
        metric, at_least = self.passes_from(spec)
        # Float sums may be slightly too small.
        return self.score(output, expected, spec)[metric] >= at_least - SCORE_ROUNDING


def span_of(task: Task, examples: Sequence[Example], teaching: Sequence[Example]) -> tuple[float, float]:
    """Return the range of expected numbers: the task's, else the training rows'; ValueError if neither has one."""
    low, high = (pick(example.expected for example in examples) for pick in (min, max))
    if low == high:
        raise ValueError(f"all expected numbers are {low:g}; add examples of others")
    if task.scoring.range is not None:
        return task.scoring.range
    numbers = {example.expected for example in teaching}
    if len(numbers) > 1:
        return min(numbers), max(numbers)
    why = f"all training rows expect {numbers.pop():g}" if numbers else "there are no training rows"
    raise ValueError(f"{why}, and the evidence must not settle the range: set scoring.range, e.g. [{low:g}, {high:g}]")


def always_middle(numbers: Iterable[float]) -> FixedAnswer | None:
    """Return the median of some numbers as a constant answer: it minimises the sum of distances."""
    ordered = sorted(numbers)
    if not ordered:
        return None
    middle = ordered[len(ordered) // 2]
    return FixedAnswer(f"always {middle:.15g}", lambda _: middle)


def labelled_prompt(instruction: str, labels: Mapping[str, str], *form: str) -> str:
    """Return a system message: the instruction, the labels with their meanings, the form of the answer."""
    lines = [f"- {label}: {meaning}" if meaning else f"- {label}" for label, meaning in labels.items()]
    return "\n".join([instruction, "Labels:", *lines, *form])


def first_part(given: Given) -> str:
    """Return an input as one text: alone or by name, a text or a file's path, or a pair."""
    if isinstance(given, dict) and given.keys() == {*PAIR}:
        return Pair(*(given[part] for part in PAIR))
    return given if isinstance(given, str) else next(iter(given.values()))


def as_json(value: Json) -> str:
    """Return a plain value as compact JSON, without escapes for non-ASCII characters."""
    return json.dumps(value, ensure_ascii=False)


def shown(value: Json) -> str:
    """Return an expected or actual value for people."""
    if value is None:
        return ""
    if value == []:
        return "nothing"
    return value if isinstance(value, str) else as_json(value)
