"""The task file's validated model; `advisor schema` prints its JSON schema."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from advisor.units import parse_size

Family = Literal["text-classification"]


def _text(value: object) -> object:
    """Accept whole numbers as text (labels such as 1..5), and say what YAML did to yes, no, on and off."""
    if isinstance(value, bool):
        raise ValueError('is read by YAML as true/false; put it in quotes, e.g. "yes"')  # noqa: TRY004  pydantic
    return str(value) if isinstance(value, int) else value


Text = Annotated[str, BeforeValidator(_text), Field(min_length=1, max_length=2000)]
Bytes = Annotated[
    int,
    BeforeValidator(lambda value: parse_size(value) if isinstance(value, str | int | float) else value),
    Field(gt=0),
    WithJsonSchema({"anyOf": [{"type": "integer", "exclusiveMinimum": 0}, {"type": "string"}]}),
]


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Listed = Annotated[list[Text], BeforeValidator(_listed)]


class Section(BaseModel):
    """A part of the task file: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ExamplesSource(Section):
    """Where the labelled examples are and which columns hold what."""

    path: Text = Field(description="CSV, TSV, JSONL, JSON or Parquet file, relative to the task file")
    input: Text = Field("text", description="column with the input")
    expected: Text = Field("label", description="column with what is expected of it")


class Teaching(Section):
    """Examples set apart to train a head on; they are never evidence."""

    count: int | None = Field(None, ge=0, le=100_000, description="how many of the examples teach")
    share: float | None = Field(None, ge=0, lt=1, description="which share of the examples teaches")
    path: Text | None = Field(None, description="a file of its own with the same columns")

    @model_validator(mode="after")
    def _one_way(self) -> Teaching:
        given = [name for name in ("count", "share", "path") if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"give one of count, share and path, not {' and '.join(given)}")
        return self


class Bar(Section):
    """What "reliably passes" means."""

    pass_rate: float = Field(0.9, gt=0, lt=1, description="τ: the share of inputs that must come out right")
    confidence: float = Field(0.95, ge=0.5, lt=1, description="1 - α: how sure the recommendation must be")


class Constraints(Section):
    """What a candidate must satisfy; a model whose licence is unknown does not pass a licence constraint."""

    license: Listed = Field(default_factory=list, description="allowed licences, e.g. apache-2.0")
    languages: Listed = Field(default_factory=list, description="ISO 639-1 codes the model must know")
    max_parameters: Bytes | None = Field(None, description='e.g. "500M"')
    max_memory: Bytes | None = Field(None, description='memory to serve the model, e.g. "4GB"')


class Limits(Section):
    """What a probe may use before it is ended, enforced from outside its process."""

    memory: Bytes | None = Field(None, description="peak memory of a probe; default: four fifths of what is free")
    seconds_per_example: float = Field(60, gt=0)
    load_seconds: float = Field(600, gt=0, description="to load the model and train its head")
    inferences: int | None = Field(None, gt=0, description="stop the run after this many inferences")


class Task(Section):
    """One task: family, instruction, labels, examples, bar and constraints."""

    version: Literal[1] = Field(1, description="version of this file's format")
    name: Text
    family: Family = Field("text-classification", description="the Hub's pipeline tag")
    instruction: Text = Field(description="what is to be done, in plain words; prompted models read it")
    labels: dict[Text, str] = Field(
        default_factory=dict,
        description="the labels, as a list or as label: meaning; default: those in the data",
    )
    examples: ExamplesSource
    teaching: Teaching = Field(default_factory=Teaching)  # type: ignore[arg-type]  # all fields have defaults
    bar: Bar = Field(default_factory=Bar)  # type: ignore[arg-type]
    constraints: Constraints = Field(default_factory=Constraints)  # type: ignore[arg-type]
    limits: Limits = Field(default_factory=Limits)  # type: ignore[arg-type]
    models: list[Text] = Field(
        default_factory=list,
        description="consider only these: Hub ids, local model names or folders (relative to the task file)",
    )
    max_candidates: int = Field(8, ge=1, le=32, description="K: how many candidates share α")
    seed: int = Field(0, ge=0, lt=2**32, description="fixes the order of the examples and the teaching split")

    @field_validator("labels", mode="before")
    @classmethod
    def _labels_as_map(cls, value: Any) -> Any:  # noqa: ANN401  whatever the file holds
        if isinstance(value, list):
            names = [_text(item) for item in value]
            repeated = sorted({str(name) for name in names if names.count(name) > 1})
            if repeated:
                raise ValueError(f"the label {repeated[0]!r} is listed twice")
            if not all(isinstance(name, str) for name in names):
                raise ValueError("each label must be a text")
            return dict.fromkeys(names, "")
        return value

    @field_validator("labels")
    @classmethod
    def _enough_labels(cls, value: dict[str, str]) -> dict[str, str]:
        if len(value) == 1:
            raise ValueError("a classification needs at least two labels")
        if len(value) > 1000:  # noqa: PLR2004
            raise ValueError(f"{len(value)} labels are more than the 1,000 supported")
        return value
