"""Extraction to JSON: an object of fields from a text, each right or wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, ClassVar

from advisor.engines.base import Constraint, Extractor
from advisor.engines.engine import GENERATORS
from advisor.families.base import Answerer, Family, FixedAnswer, Given, Json, Settled, as_json
from advisor.families.json_fields import (
    FIELD,
    NotJsonError,
    field_scores,
    find_object,
    has_field,
    leaves,
    parse_json,
    plain_json,
    shown_path,
    spelled_otherwise,
    without_gaps,
    word_for_none,
)
from advisor.families.json_schema import infer_schema, numbered, validator_of, with_bounded_numbers, with_choices
from advisor.families.methods import by_pattern
from advisor.families.methods.zero_shot import ExtractedFields
from advisor.families.values import EmptyError, field_text, loaded
from advisor.system.source import line_words, quoted
from advisor.units import counted

if TYPE_CHECKING:
    from advisor.engines.base import Runtime
    from advisor.probe.protocol import ProbeSpec
    from advisor.task.examples import Example
    from advisor.task.model import Task

# Most unexpected fields of an answer that get a score each.
MOST_MORE = 60
# Most fields that the note on what is right names.
MOST_NAMED = 12
# The setting under which all fields count, as the user requires none.
ALL = "all_fields"
# Training rows of a linear model for labels: of four topics 39% were right after 24, 73% after 60; models that learn
# nothing need the other rows as evidence.
MOST_OF_LABELS = 60


class JsonExtraction(Family):
    """Expected: a JSON object, in one cell, or its fields in columns (`examples.expected: {field: column}`).

    "fields" is the share of the fields that are right, and passes from 1: a record with a wrong field is wrong. Where
    the task's own schema requires some, only these count. "letters" is the same share, whatever blanks and hyphens the
    texts have; "listed" that of the fields that the row lists, as rows may leave out what nobody checked. "exact"
    requires every field, and no other.
    """

    name: ClassVar[str] = "json-extraction"
    gist: ClassVar[str] = "fields out of a text, as JSON"
    example: ClassVar[str] = "an invoice in, number and amount out"
    methods: ClassVar[Mapping[str, str]] = {"extract": "zero-shot", "chat": "prompted"}
    baselines: ClassVar[Mapping[str, str]] = {"constant": "constant", "pattern": "words"}
    tuned: ClassVar[frozenset[str]] = frozenset({"chat"})
    searched: ClassVar[tuple[str, ...]] = ("token-classification", *GENERATORS)
    meant_by: ClassVar[tuple[str, ...]] = ("token-classification", "text-generation")
    mix: ClassVar[Mapping[str, float]] = {"extract": 1, "chat": 3, "made for it": 2}
    metrics: ClassVar[Mapping[str, float]] = {"fields": 1.0, "letters": 1.0, "listed": 1.0, "exact": 1.0}
    comparisons: ClassVar[Mapping[str, tuple[str, str]]] = {
        "fields": ("each field is as expected", 'for "AB 12-3" an answer "AB123" is wrong'),
        "letters": ("it has the expected letters and digits", 'for "AB 12-3" an answer "AB123" is right'),
    }
    rules: ClassVar[frozenset[str]] = frozenset({"json_schema"})
    settings: ClassVar[frozenset[str]] = frozenset({"scoring.tolerance", "bar.per_field"})
    expects_object: ClassVar[bool] = True

    def check_task(self, task: Task) -> str | None:
        if (reason := super().check_task(task)) is not None:
            return reason
        if task.bar.per_field is not None and task.scoring.function is not None:
            return "bar.per_field: a scorer of your own scores whole answers; leave one of the two out"
        schema = task.scoring.json_schema
        if schema is None:
            return None
        try:
            validator_of(schema)
        except ValueError as error:
            return f"scoring.json_schema: {error}"
        if not isinstance(schema.get("properties"), dict) or not schema["properties"]:
            return "scoring.json_schema: has no properties; name the fields to extract"
        return None

    def wants_teaching(self, task: Task) -> bool:
        # Whether choices stand in the texts, only rows show.
        learns = task.baselines == "try" and not by_pattern.fits(task.scoring.json_schema or {}, choices=False)
        return learns or super().wants_teaching(task)

    def most_teaching(self, taught: Sequence[Example], of: int) -> int | None:
        """Return as many as a pattern takes; more, up to a quarter of many, if these show a field that is a label."""
        shown = [(str(each.input), each.expected) for each in taught if isinstance(each.expected, dict)]
        has_labels = by_pattern.has_labels(shown, infer_schema([value for _, value in shown]))
        return max(MOST_OF_LABELS, of // 4) if has_labels else by_pattern.MOST_ROWS

    def constant(self, teaching: Sequence[tuple[Given, Json]]) -> FixedAnswer | None:
        """Return the object that several training rows expect; if all objects differ, none is worth trying."""
        expected = [as_json(value) for _, value in teaching]
        return super().constant(teaching) if len(set(expected)) < len(expected) else None

    def prepare(self, runtime: Runtime, spec: ProbeSpec) -> Answerer:
        if spec.method == "pattern":
            schema = by_pattern.with_patterns(_schema(spec), spec.teaching)
            return by_pattern.ByPattern(schema, by_pattern.by_words(schema, spec))
        if spec.method == "zero-shot" and isinstance(runtime, Extractor):
            return ExtractedFields(runtime, _schema(spec).get("properties") or {}, by_pattern.typed)
        return super().prepare(runtime, spec)

    def read_expected(self, value: object, task: Task) -> Json:
        """Return an object; empty fields of one that has a column per field are absent."""
        if isinstance(task.examples.expected, dict) and isinstance(value, dict):
            value = {name: _cell(name, cell) for name, cell in value.items()}
        else:
            try:
                data = loaded(value)
                value = parse_json(field_text(data)) if data is None or isinstance(data, str) else plain_json(data)
            except NotJsonError as error:
                cure = 'write an object, e.g. {"name": "Ada"}'
                if not str(data).lstrip().startswith("{"):  # such as "I cannot find any"
                    raise EmptyError(cure, f"is not JSON ({error})") from None
                raise ValueError(f"is not JSON ({error}); {cure}, or delete the row if it was cut off") from None
        if not isinstance(value, dict):
            raise ValueError('is not a JSON object; write one, e.g. {"name": "Ada"}')  # noqa: TRY004  one kind
        return numbered(value, task.scoring.json_schema)

    def silence(self, rows: Iterable[tuple[Given, Json]]) -> tuple[str, Json] | None:
        """Look at a single field: with several an empty one says something by itself."""
        held = [(str(given), value) for given, value in rows if isinstance(value, dict)]
        fields = {name for _, value in held for name in value}
        pairs = ((text, str(each)) for text, value in held for each in value.values() if each is not None)
        word = word_for_none(pairs) if len(fields) == 1 else None
        return None if word is None else (word, {fields.pop(): None})

    def settle(self, task: Task, examples: Sequence[Example], teaching: Sequence[Example]) -> Settled:
        """Return the schema: the task's own, or one inferred from the expected objects.

        ValueError if there are no fields, the bar names others, or an example violates the task's own schema.
        """
        values = [example.expected for example in examples]
        _check_bar(task.bar.per_field or {}, values)
        own = task.scoring.json_schema
        if own is not None:
            _refuse_others(examples, own, "breaks scoring.json_schema; correct one of them")
        shown = [(str(each.input), each.expected) for each in examples if isinstance(each.expected, dict)]
        schema = infer_schema(values) if own is None else own
        if own is None and task.examples.size != "growing":  # a new example's new value would change them
            schema = with_choices(schema, shown)
        if own is None and not schema.get("properties"):
            raise ValueError("no example expects a field; add some, or set scoring.json_schema")
        _refuse_others(
            examples, with_bounded_numbers(schema), "holds a whole number of more than 64 bits; write it in quotes"
        )
        if task.scoring.tolerance is not None and not any(map(_has_number, values)):
            raise ValueError(
                "scoring.tolerance: is for numbers, and the expected values are all texts; say in scoring.json_schema "
                "which fields are of the type number"
            )
        spelled = _spelled(examples) if (task.scoring.metric or "fields") == "fields" else ()
        if own is not None:
            return Settled({}, spelled)
        fields = sorted(schema["properties"].items())
        listed = [f"{name} (one of {len(part['enum'])})" if "enum" in part else name for name, part in fields]
        names = ", ".join(listed[:MOST_NAMED]) + (f" and {more} more" if (more := len(listed) - MOST_NAMED) > 0 else "")
        gaps = any(isinstance(value, dict) and schema["properties"].keys() - value.keys() for value in values)
        said = "an answer is right when every field is as expected"
        is_strict = task.scoring.metric != "listed"
        said += ", and has none that its row does not list" if gaps and is_strict else ""
        less = "scoring.metric: listed" if gaps and is_strict else "a scoring.json_schema that requires some"
        word = self.silence((example.given, example.expected) for example in examples)
        silent = {"no_answer": {next(iter(word[1])): word[0]}} if word is not None else {}
        note = f"{said} (fields: {names}); {less} leaves the others out"
        return Settled({"json_schema": schema, ALL: True, **silent}, (note, *spelled))

    def prompt_characters(self, task: Task, labels: Sequence[str]) -> int:
        return super().prompt_characters(task, labels) + 200

    def system_prompt(self, spec: ProbeSpec) -> str:
        properties = _schema(spec).get("properties") or {}
        fields = [f"- {name}{_about(part)}" for name, part in properties.items()]
        lines = [spec.instruction, "Fields:", *fields, "Answer with one JSON object and nothing else."]
        return "\n".join(lines)

    def constraint(self, spec: ProbeSpec) -> Constraint | None:
        schema = _schema(spec)
        return Constraint(schema=with_bounded_numbers(schema)) if schema else None

    def parse(self, reply: str, spec: ProbeSpec) -> Json:
        """Return the first JSON object in a reply; the reply itself if it has none."""
        found = find_object(reply)
        return reply.strip() if found is None else found

    def said(self, output: Json) -> str:
        if not isinstance(output, dict):
            return super().said(output)
        return "\n".join(
            f"{name}: {value if isinstance(value, str) else as_json(value)}" for name, value in output.items()
        )

    def worded(self, output: Json, spec: ProbeSpec) -> Json:
        if not isinstance(output, dict):
            return output
        silent = spec.scoring.get("no_answer") or {}
        return output | {name: word for name, word in silent.items() if output.get(name) in {None, ""}}

    def score(self, output: Json, expected: Json, spec: ProbeSpec) -> dict[str, float]:
        """Return the share of fields that count and are right, whether all fields are, and each field's own score."""
        found, tolerance = self.worded(output, spec) if isinstance(output, dict) else {}, spec.scoring.get("tolerance")
        named = None if spec.scoring.get(ALL) else _schema(spec).get("required")
        required = set(named) if isinstance(named, list) and named else None
        is_object = isinstance(output, dict)
        by_metric = {
            "fields": field_scores(found, expected, tolerance),
            "letters": field_scores(without_gaps(found), without_gaps(expected), tolerance),
        }
        scores = {}
        for metric, each in by_metric.items():
            counted = [score for path, score in each.items() if required is None or (path and path[0] in required)]
            scores[metric] = _share(counted, default=is_object)
        own = expected if isinstance(expected, dict) else {}
        listed = [score for path, score in by_metric["fields"].items() if path and path[0] in own]
        scores["listed"] = _share(listed, default=is_object)
        scores["exact"] = float(is_object and all(by_metric["fields"].values()))
        fields = by_metric.get(self.passes_from(spec)[0], by_metric["fields"])
        wanted = leaves(expected)
        more = {*[path for path in fields if path not in wanted][MOST_MORE:]}  # an answer may have any number
        return scores | {FIELD + shown_path(path): score for path, score in fields.items() if path not in more}


def _share(scores: Sequence[float], *, default: bool) -> float:
    return sum(scores) / len(scores) if scores else float(default)


def _check_bar(named: Mapping[str, float], values: Sequence[Json]) -> None:
    """Refuse a rate of a field that no example expects; ValueError naming it."""
    for name in named:
        if not any(has_field(each, name) for each in values):
            fields = sorted({shown_path(path) for each in values for path in leaves(each) if path})
            known = ", ".join(quoted(each, 30) for each in get_close_matches(name, fields, 1) or fields[:8])
            raise ValueError(f"bar.per_field: no example expects the field {quoted(name)}; they have {known}")


def _refuse_others(examples: Sequence[Example], schema: dict[str, Any], why: str) -> None:
    """Refuse an example that violates the schema: no constrained model can be right; ValueError naming its line."""
    is_valid = validator_of(schema)
    for example in examples:
        if not is_valid(example.expected):
            raise ValueError(f"{line_words(example.line)}: what is expected {why}")


def _spelled(examples: Sequence[Example]) -> tuple[str, ...]:
    """Return for each field that texts have with other blanks or hyphens than expected that this counts as wrong."""
    said = (
        f"{quoted(name)} is not written as in the text in {counted(len(lines), 'row')} ({line_words(lines[0])}: "
        f"{quoted(expected)}, in the text {quoted(in_text)}): copies of the text are wrong there; "
        "with scoring.metric: letters blanks and hyphens do not count"
        for name, (lines, expected, in_text) in spelled_otherwise(
            (each.line, each.input, each.expected) for each in examples
        ).items()
    )
    return tuple(said)


def _has_number(value: Json) -> bool:
    if isinstance(value, dict | list):
        return any(map(_has_number, value.values() if isinstance(value, dict) else value))
    return isinstance(value, int | float) and not isinstance(value, bool)


def _schema(spec: ProbeSpec) -> dict[str, Any]:
    schema = spec.scoring.get("json_schema")
    if schema is None:  # a spec without a run's examples
        schema = infer_schema([value for _, value in spec.teaching if isinstance(value, dict)])
    return dict(schema)


def _about(part: Any) -> str:  # noqa: ANN401  a schema's part
    if not isinstance(part, dict):
        return ""
    kinds = part.get("type")
    said = " or ".join(map(str, kinds)) if isinstance(kinds, list) else str(kinds or "")
    if isinstance(part.get("enum"), list):
        said = "one of " + ", ".join(map(str, part["enum"]))
    if isinstance(part.get("properties"), dict):
        said += " with " + ", ".join(map(str, part["properties"]))
    described = part.get("description")
    return (f" ({said})" if said else "") + (f": {described}" if isinstance(described, str) else "")


def _cell(name: str, value: object) -> Json:
    """Return a field from its own column; empty is absent; ValueError naming the field."""
    if value is None or (isinstance(value, str) and not value.strip()) or value != value:  # noqa: PLR0124  NaN
        return None
    try:
        return plain_json(value) if isinstance(value, bool | int | float | list | dict) else field_text(value).strip()
    except ValueError as error:
        raise ValueError(f"(for the field {name[:40]!r}) {error}") from None


FAMILY = JsonExtraction()
