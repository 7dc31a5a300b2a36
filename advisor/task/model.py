"""The task file's validated model; `advisor schema` prints its JSON schema."""

from __future__ import annotations

import codecs
import difflib
from collections import Counter
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from advisor.families import FAMILY_NAMES, family
from advisor.families.values import as_label, labels_alike
from advisor.formats.file_names import split_variant
from advisor.task import CONFIDENCE, PASS_RATE
from advisor.task.chosen import Chosen
from advisor.task.fields import Bytes, Count, Listed, Permissions, Section, Text, listed, text_value
from advisor.task.layout import Given
from advisor.task.remote import Costs, Provider, Servers
from catalog.query.filters import ANY_LICENSE


def _label(value: object) -> object:
    """Normalise a label as the data's labels are normalised for comparison."""
    return as_label(value) if isinstance(value, str) else value


def _no_repeats(what: str, names: list[Any]) -> None:
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise ValueError(f"the {what} {str(repeated[0])[:40]!r} is listed twice; keep one")


# Each look at more examples would test the pair once more.
GROWING_ESCALATION = (
    "escalation is measured on a fixed set of examples; set escalation to skip, or examples.size to fixed"
)
Label = Annotated[str, Field(min_length=1, max_length=2000), BeforeValidator(_label), BeforeValidator(text_value)]
_LABELS = {
    "anyOf": [
        {"type": "array", "items": {"type": ["string", "integer"]}, "minItems": 2, "uniqueItems": True},
        {"type": "object", "additionalProperties": {"type": "string"}},
    ]
}


LONGEST_SEPARATOR = 8


Columns = Annotated[list[Text], Field(min_length=1)]


class ExamplesSource(Section):
    """The labelled examples, and the columns in use."""

    path: Text = Field(
        description="relative to the task file: CSV, TSV, Excel, JSON, JSONL, Parquet, text, CoNLL, or a folder of "
        "texts, pictures or recordings with one folder a class"
    )
    input: Text | Columns | dict[Text, Text | Columns] | None = Field(
        None,
        description="column with the input; a list of columns whose texts are one input, a line each (subject, body); "
        "or a mapping from the family's parts (e.g. question, context) to one column or several each; default: columns "
        "named like the parts",
    )
    expected: Text | dict[Text, Text] | None = Field(
        None,
        description='column with what is expected of it; default: "label" or "expected"; where an object is expected '
        "also a mapping from its fields to columns",
    )

    sheet: Text | None = Field(
        None, description="sheet of a workbook, or list of a JSON file; default: the one with most rows"
    )
    header: Literal["present", "absent"] | None = Field(
        None, description="whether the first line names the columns; default: as it looks"
    )
    separator: Text | None = Field(None, description="between fields; default: what cuts most lines alike")
    encoding: Text | None = Field(None, description='as Python names it, e.g. "cp1252"; default: as it looks')
    tags: Literal["strip", "keep"] | None = Field(
        None,
        description="columns of HTML: what a page shows (strip, the default), or as it is (keep)",
    )
    other_labels: Literal["refuse", "leave-out", "drop"] = Field(
        "refuse",
        description="rows with a label that is none of `labels`: refuse the file, leave them out, or drop that one of "
        "several in a cell",
    )
    only: dict[Text, Listed] = Field(
        default_factory=dict, description="which rows are examples, e.g. rating: [up]; a year is of a date"
    )
    without: dict[Text, Listed] = Field(default_factory=dict, description="which rows are none, e.g. status: [draft]")
    same_labels: dict[Label, Label] = Field(
        default_factory=dict, description="labels in the file that mean another one, e.g. colour: color"
    )
    near_duplicates: Literal["once", "keep"] = Field(
        "once", description="whether inputs that are nearly the same count once, or are all kept"
    )
    groups: Text | None = Field(
        None,
        description="column whose values say which rows belong together (an author, a thread, a customer): one row of "
        "a group counts as evidence, and no group both teaches and is evidence; the input's own column groups inputs "
        "that differ only in their numbers, as a template writes them",
    )
    size: Literal["fixed", "growing"] = Field(
        "fixed",
        description="growing: more examples may be added to the file later, and the same run continues with them at "
        "the same confidence, which takes a few more of them; fixed: other examples are another run",
    )
    most_evidence: int | None = Field(
        None,
        ge=2,
        le=1_000_000,
        description="how many examples at most are evidence, drawn by the seed; default: 5000, which suffice for a "
        "bar of 0.998; more make a plan slower",
    )

    stand_in: Text | None = Field(
        None, description="public data set that stands in for your own examples; the evidence is about that data"
    )

    @property
    def given(self) -> Given:
        """The task's settings of the file's layout."""
        return Given(self.sheet, self.header, self.separator, self.encoding, self.tags)

    @property
    def chosen(self) -> Chosen:
        """Which rows are examples."""
        return Chosen.of(self.only, self.without)

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str | None) -> str | None:
        try:
            return value if value is None else codecs.lookup(value).name
        except LookupError:
            raise ValueError(f"is not an encoding that Python knows: {str(value)[:40]!r}; write e.g. cp1252") from None

    @field_validator("separator")
    @classmethod
    def _separates(cls, value: str | None) -> str | None:
        value = {"tab": "\t", "comma": ",", "semicolon": ";", "bar": "|"}.get(value or "", value)
        if value is not None and (not 0 < len(value) <= LONGEST_SEPARATOR or set(value) & set('"\r\n')):
            raise ValueError("is not a separator; write one to eight characters without quotes, for example ; or =>")
        return value

    @model_validator(mode="after")
    def _different_columns(self) -> ExamplesSource:
        named = self.input.values() if isinstance(self.input, dict) else listed(self.input)
        if isinstance(self.expected, str) and self.expected in named:
            raise ValueError(f"input and expected both name the column {str(self.expected)[:40]!r}; name two columns")
        return self


class Documents(Section):
    """The documents that queries search (retrieval, reranking)."""

    path: Text = Field(description="file of rows, as the examples may be, relative to the task file")
    sheet: Text | None = Field(None, description="sheet of a workbook, or list of a JSON file, that holds them")
    id: Text = Field("id", description="column with a document's name, as the examples expect it")
    text: Text | list[Text] = Field(
        "text",
        description="column with its text; a list of columns whose texts are one, a line each (title, body); the one "
        "of id: known answers, each its own name",
    )

    @model_validator(mode="before")
    @classmethod
    def _path_alone(cls, value: Any) -> Any:  # noqa: ANN401  whatever the file holds
        return {"path": value} if isinstance(value, str) else value


class Scoring(Section):
    """How an answer becomes a score within 0 and 1, and the score from which it passes."""

    metric: Text | None = Field(None, description="one of the family's metrics; default: its first")
    at_least: float | None = Field(None, gt=0, le=1, description="the score from which an answer passes")
    function: Text | None = Field(
        None,
        description='your own: "file.py:name", called as name(output, expected, input) in the worker; returns a score '
        "within 0 and 1, or True or False",
    )
    contains: Listed = Field(default_factory=list, description="texts that every answer must hold, case folded")
    contains_column: Text | None = Field(
        None, description='column with texts that the answer to that example must also hold, separated by ";"'
    )
    matches: Text | None = Field(None, description="a regular expression that the whole answer must match")
    json_schema: dict[str, Any] | None = Field(None, description="a JSON schema that the answer must satisfy")
    tolerance: float | None = Field(
        None, ge=0, description="error allowed of an expected number: a share of it; of the metric near, in its unit"
    )
    range: tuple[float, float] | None = Field(
        None, description="lowest and highest number or grade; default: of the training rows"
    )
    min_words: int | None = Field(None, ge=0, description="fewest words of an answer")
    max_words: int | None = Field(None, gt=0, description="most words of an answer")


class Translate(Section):
    """The languages of a translation, as ISO 639-1 codes; models of many languages need them."""

    source: Text | None = Field(None, description='the language of the inputs, e.g. "de"')
    target: Text | None = Field(None, description='the language of the answers, e.g. "en"')


class Prompt(Section):
    """How prompted models are prompted."""

    template: Text | None = Field(
        None,
        description="the user's message; {text}, or the name of another part, stands for the example's. With {label} "
        "instead: the hypothesis that zero-shot models hold against a text; prompted ones then get the text alone",
    )
    examples: int | None = Field(
        None,
        ge=0,
        le=32,
        description="how many training rows are shown, each label in turn; without it and a template up to eight, as "
        "far as the model has room",
    )
    max_tokens: int = Field(256, gt=0, le=8192, description="most tokens of an answer")


class Teaching(Section):
    """Examples reserved for training a head; they are never evidence."""

    count: int | None = Field(None, ge=0, le=100_000, description="how many of the examples teach; 0: none")
    share: float | None = Field(None, ge=0, lt=1, description="which share of the examples teaches, rounded down")
    path: Text | None = Field(None, description="a file of its own with the same columns, relative to the task file")

    @model_validator(mode="after")
    def _one_way(self) -> Teaching:
        given = [name for name in ("count", "share", "path") if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"give one of count, share and path, not {' and '.join(given)}")
        return self


class Reference(Section):
    """A reference model's scores on the same examples; the candidate may fall behind by at most a margin."""

    column: Text = Field(description="column with the reference's score, within 0 and 1, or true and false")
    margin: float = Field(0.02, ge=0, lt=1, description="how much lower the candidate's mean score may be")


Rate = Annotated[float, Field(gt=0, lt=1)]


class PerSlice(Section):
    """A pass rate for each value of a column, such as a language or a customer's tier."""

    column: Text = Field(description="column that says which slice an example belongs to")
    pass_rate: Rate | dict[Text, Rate] = Field(description="the share that must come out right, of each or by value")


class Bar(Section):
    """The definition of "reliably passes"."""

    pass_rate: float = Field(PASS_RATE, gt=0, lt=1, description="τ: the share of inputs that must come out right")
    confidence: float = Field(CONFIDENCE, ge=0.5, lt=1, description="1 - α: how sure the recommendation must be")
    mean_score: float | None = Field(None, gt=0, lt=1, description="what the mean score must also exceed")
    p95_seconds: float | None = Field(None, gt=0, description="95% of the answers must come within so many seconds")
    agreement: float | None = Field(
        None, gt=0, lt=1, description="the share of inputs that must give the same answer again, and a little changed"
    )
    reference: Reference | None = Field(None, description="a model that the candidate may not be much worse than")
    per_label: Rate | dict[Label, Rate] | None = Field(
        None, description="the share of each label's inputs that must also come out right, of all labels or by label"
    )
    precision: Rate | dict[Label, Rate] | None = Field(
        None, description="the share of the answers of each label that must be right, of all labels or by label"
    )
    per_field: dict[Text, Rate] | None = Field(
        None, description="the share of inputs whose value of a field of a JSON answer must also be right, by field"
    )
    per_slice: PerSlice | None = Field(None, description="also a pass rate for each value of a column")
    critical: Text | list[Text] | None = Field(
        None,
        description="examples that must all come out right and never teach: a column with yes or no, or a list "
        "of example ids as reports show them",
    )

    @property
    def of_labels(self) -> dict[str, float | dict[str, float]]:
        """The rates that are demanded of labels, by key: of a label's inputs, and of the answers that name it."""
        rates = {"per_label": self.per_label, "precision": self.precision}
        return {key: each for key, each in rates.items() if each is not None}

    def label_rates(self, labels: tuple[str, ...], key: str = "per_label") -> dict[str, float]:
        """Return the demanded rate of each label, or with `precision` as the key of its answers; none if none is."""
        asked = self.of_labels.get(key, {})
        return dict(asked) if isinstance(asked, dict) else dict.fromkeys(labels, asked)


class Constraints(Section):
    """What a candidate must satisfy; a model whose licence is unknown does not pass a licence constraint."""

    license: Listed = Field(
        default_factory=list, description="allowed licences, e.g. apache-2.0; any admits non-commercial ones, too"
    )
    languages: Listed = Field(default_factory=list, description="ISO 639-1 codes the model must know")
    max_parameters: Count | None = Field(None, description='e.g. "500M"')
    max_memory: Bytes | None = Field(None, description='memory to serve the model, e.g. "4GB"')
    context: Count | None = Field(None, description='tokens that a model must read at once, e.g. "32k"')

    @property
    def licenses(self) -> frozenset[str]:
        """The allowed licences in lower case, empty if there is no limit."""
        return frozenset(each.lower() for each in self.license) - {ANY_LICENSE}

    @property
    def takes_any_license(self) -> bool:
        """Whether any licence is said to be fine, also one that forbids commercial use."""
        return ANY_LICENSE in map(str.lower, self.license)


class Limits(Section):
    """Limits of a probe, enforced from outside its process."""

    memory: Bytes | None = Field(None, description="peak memory of a probe; default: four fifths of what is free")
    seconds_per_example: float = Field(60, gt=0, description="to answer one example")
    load_seconds: float = Field(600, gt=0, description="to load the model and train its head")
    seconds_per_candidate: float | None = Field(
        None, gt=0, description="to load and probe one candidate, in all; default: no limit"
    )
    inferences: int | None = Field(None, gt=0, description="stop the run after this many inferences")


class Task(Section):
    """One task: family, instruction, labels, examples, bar and constraints."""

    version: Literal[1] = Field(1, description="version of this file's format")
    name: Text = Field(description="a short name for reports")
    family: Text = Field(
        "text-classification",
        description="the Hub's pipeline tag",
        json_schema_extra={"enum": [*sorted(FAMILY_NAMES)]},
    )
    instruction: Text = Field(description="what is to be done, in plain words; prompted models read it")
    labels: Annotated[dict[Label, str], WithJsonSchema(_LABELS)] = Field(
        default_factory=dict,
        description="the labels, as a list or as label: meaning; default: those in the data",
    )
    labels_per_text: Literal["one", "several"] = Field("one", description="whether a text has one label or several")
    label_map: dict[Text, Label] = Field(
        default_factory=dict,
        description="what a fine-tuned model's own labels mean, where their names do not say it",
    )
    examples: ExamplesSource = Field(description="where the labelled examples are")
    documents: Documents | None = Field(None, description="the documents that queries are answered from")
    translate: Translate | None = Field(None, description="the languages of a translation")
    # type: ignore: all fields of these have defaults
    teaching: Teaching = Field(default_factory=Teaching, description="what heads are trained on")  # type: ignore[arg-type]
    prompt: Prompt = Field(default_factory=Prompt, description="how prompted models are asked")  # type: ignore[arg-type]
    scoring: Scoring = Field(default_factory=Scoring, description="how an answer becomes a score")  # type: ignore[arg-type]
    bar: Bar = Field(default_factory=Bar, description='what "reliably passes" means')  # type: ignore[arg-type]
    constraints: Constraints = Field(default_factory=Constraints, description="what a candidate must satisfy")  # type: ignore[arg-type]
    limits: Limits = Field(default_factory=Limits, description="what a probe may use")  # type: ignore[arg-type]
    escalation: Literal["skip", "measure"] = Field(
        "skip",
        description="whether to find out, on examples not used yet, from which confidence on a smaller candidate can "
        "answer and hand the rest to the recommended one",
    )
    models: list[Text] = Field(
        default_factory=list,
        description="consider only these: Hub ids, local model names or folders (relative to the task file); a colon "
        "and a precision, an engine or a file behind a name mean only that variant, such as acme/tiny-GGUF:q8_0",
        json_schema_extra={"uniqueItems": True},
    )
    allow: dict[Text, Permissions] = Field(
        default_factory=dict,
        description="what one model may do, by its name: remote-code (run code of its own on this machine), pickle (a "
        "spaCy pipeline: be read from pickles, which may run code); refused for all others",
    )
    servers: Servers = Field(
        default_factory=list,
        description="models of servers that speak OpenAI's protocol (Ollama, vLLM, LM Studio, llama-server, services); "
        "auto: those found on this machine",
    )
    providers: list[Provider] = Field(default_factory=list, description="models of Hugging Face's inference providers")
    costs: Costs | None = Field(None, description="your own prices, for an estimate of cost per million requests")
    baselines: Literal["try", "skip"] = Field(
        "try", description="skip: leave out what needs no model, a constant answer, a linear model on words, BM25"
    )
    tuning: Literal["try", "offer", "skip"] = Field(
        "offer",
        description="try: one small model is also tried with its own weights tuned on the training rows, which takes "
        "from seconds to some minutes; offer: the plan says how long that would take",
    )
    max_candidates: int = Field(8, ge=1, le=32, description="K: how many candidates share α")
    seed: int = Field(0, ge=0, lt=2**32, description="fixes the order of the examples and the teaching split")

    @property
    def searches_answers(self) -> bool:
        """Whether the documents are known answers, each its own name, to which the examples may add further texts."""
        held, examples = self.documents, self.examples
        if held is None or isinstance(held.text, str):
            return held is not None and held.id == held.text
        is_own = held.path == examples.path and held.sheet in {None, examples.sheet}
        return is_own and held.id == examples.expected and held.id in held.text

    def allowed(self, model: str) -> frozenset[str]:
        """Return a model's permissions: of "remote-code" and "pickle"."""
        return frozenset(self.allow.get(model, ()))

    def names(self, model: str) -> bool:
        """Return whether `models` lists a model, or a variant of it."""
        return any(model in (name, split_variant(name)[0]) for name in self.models)

    @field_validator("family")
    @classmethod
    def _known_family(cls, value: str) -> str:
        if value not in FAMILY_NAMES:
            close = difflib.get_close_matches(value, FAMILY_NAMES, 1)
            meant = f"did you mean {close[0]}?" if close else "known: " + ", ".join(sorted(FAMILY_NAMES))
            raise ValueError(f"is not a known family; {meant}")
        return value

    @model_validator(mode="after")
    def _fits_its_family(self) -> Task:
        kind = family(self.family)
        if self.scoring.metric is not None and self.scoring.function is not None:
            raise ValueError("scoring: name a metric or a function of your own, not both")
        if self.scoring.metric is not None and self.scoring.metric not in kind.metrics:
            raise ValueError(f"scoring.metric: {self.family} has the metrics {', '.join(kind.metrics)}")
        for key, rates in self.bar.of_labels.items():
            if not (kind.has_labels or kind.decides or kind.marks):
                raise ValueError(f"bar.{key}: {self.family} has no labels; use bar.per_slice with a column")
            named = rates if isinstance(rates, dict) and self.labels else {}
            if unknown := [label for label in named if label not in self.labels]:
                raise ValueError(f"bar.{key}: {unknown[0][:40]!r} is none of the labels")
        if reason := kind.check_task(self):
            raise ValueError(reason)
        if self.bar.critical is not None and self.examples.size == "growing":
            raise ValueError("bar.critical: is for a fixed set of examples; set examples.size to fixed")
        if self.escalation == "measure" and self.examples.size == "growing":
            raise ValueError(GROWING_ESCALATION)
        return self

    @field_validator("labels", mode="before")
    @classmethod
    def _labels_as_map(cls, value: Any) -> Any:  # noqa: ANN401  whatever the file holds
        if not isinstance(value, list | dict):
            raise ValueError("write labels as a list or as label: meaning")  # noqa: TRY004  pydantic's
        names = [_label(text_value(item)) for item in value]
        if not all(isinstance(name, str) for name in names):
            raise ValueError("each label must be a text; put it in quotes")
        _no_repeats("label", names)
        alike = labels_alike(str(name) for name in names)
        if alike:
            raise ValueError(
                f"the labels {alike[0][:40]!r} and {alike[1][:40]!r} differ only in case, which models' own labels "
                "cannot tell apart; keep one or rename one"
            )
        return dict.fromkeys(names, "") if isinstance(value, list) else value

    @field_validator("models")
    @classmethod
    def _each_model_once(cls, value: list[str]) -> list[str]:
        _no_repeats("model", [name.strip() for name in value])
        return value

    @field_validator("labels")
    @classmethod
    def _enough_labels(cls, value: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        kind = info.data.get("family")  # missing if invalid, which is reported separately
        if kind is not None and 0 < len(value) < family(kind).fewest_labels:
            raise ValueError("a classification needs at least two labels; add the others")
        if len(value) > 1000:  # noqa: PLR2004
            raise ValueError(f"{len(value)} labels are more than the 1,000 supported; merge some")
        return value
