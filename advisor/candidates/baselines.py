"""Baselines as candidates: they cost next to nothing and run every time, unless the task says `baselines: skip`.

A baseline is fixed before the first outcome by the task and the training rows only, and has its own share of α, so for
the proof in `advisor.evidence.sharing` it is one more candidate.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from advisor.candidates import predict
from advisor.candidates.candidate import FIXED, Candidate
from advisor.candidates.fit import broken_constraint
from advisor.engines import baseline
from advisor.errors import one_line
from advisor.families import family
from advisor.families.base import as_json
from advisor.families.json_fields import field_scores
from advisor.families.methods import by_pattern, ridge
from advisor.task import word_labels

if TYPE_CHECKING:
    from advisor.candidates.build import Context
    from advisor.families.base import FixedAnswer, Given

    Rows = Sequence[tuple[Given, Any]]

PLACE = "baseline"
NAMES = {
    "linear": "words and characters", "pixels": "colours and edges", "spectrum": "timbre and loudness", "bm25": "BM25",
    "pattern": "regular expressions", "nearest": "nearest training row", "sentence": "nearest sentence",
    "central": "central sentence",
}  # fmt: skip
WHY = {
    "constant": "ignores its input; a model must do better",
    "copied": "a part of its input, unchanged; a model must do better",
    "linear": "linear model on words and characters, in any language; learns from {teaching} rows",
    "pixels": "linear model on colours and edges; learns from {teaching} rows",
    "spectrum": "linear model on timbre and loudness; learns from {teaching} rows",
    "bm25": "compares words only; needs no training",
    "nearest": "answers as the training row does that shares most words; knows {teaching} rows",
    "sentence": "the sentence that shares most words with the question; needs no training",
    "central": "the sentence that shares most words with all others; needs no training",
    "pattern": "finds each field by its pattern in your schema; needs no training",
}
BYTES_PER_WEIGHT = 8
# Measured in batches of 64: an answer that is always the same, and BM25 of labels, besides its texts.
SECONDS_FIXED, SECONDS_BM25 = 1.5e-6, 1.5e-5
# Seconds to open and shrink a photograph; to read a recording and compute its spectrum.
SECONDS_A_FILE = {"pixels": 0.03, "spectrum": 0.05}
TWO_LABELS = 2
FOLDS = 5


def baselines(context: Context) -> Iterator[Candidate]:
    """Yield the family's baselines that the training rows and the constraints allow."""
    for made in _all(context):
        asked = context.task.constraints.model_copy(update={"max_parameters": None})  # its parameters are negligible
        if broken_constraint(made, asked, is_named=True, memory_limit=context.memory_limit) is None:
            yield made


def _all(context: Context) -> Iterator[Candidate]:
    task, teaching = context.task, context.examples.teaching
    kind = family(task.family)
    taught = [(example.given, example.expected) for example in teaching]
    for method, ability in kind.baselines.items():
        if kind.why_not(method, task) is not None:
            continue
        if method in FIXED:
            of = kind.constant if method == "constant" else kind.copied
            fixed = of(taught)
            # What is copied is a part of inputs that have such a part.
            if fixed is not None and (method == "constant" or fixed.answer(context.examples.evidence[0].given)):
                # A grade near the right one may count as right too.
                is_graded = len({expected for _, expected in taught if isinstance(expected, float)}) > TWO_LABELS
                learned = partial(_fixed, of)
                share = None if is_graded or not taught else _held_out_right(learned, taught) / len(taught)
                yield replace(_candidate(context, fixed.name, ability, method, len(fixed.name)), published=share)
        elif method == "linear":
            fewest = TWO_LABELS if kind.has_labels else ridge.FEWEST_ROWS
            if len(teaching) >= fewest and len({str(example.expected) for example in teaching}) >= TWO_LABELS:
                characters = sum(len(example.input) for example in teaching)
                weights = kind.linear_weights(len(context.examples.labels), characters)
                name = NAMES.get(ability, NAMES[method])
                yield _candidate(context, name, ability, method, weights * BYTES_PER_WEIGHT)
        elif method == "pattern":
            yield from _patterns(context, taught) if kind.name == "json-extraction" else _number(context, taught)
        elif any(each.expected for each in teaching) if method == "nearest" else not (kind.has_labels and teaching):
            # Training rows may have rules instead of answers; labels without examples are found by their words.
            yield _candidate(context, NAMES[method], ability, method, _text_bytes(context))


def _patterns(context: Context, taught: Rows) -> Iterator[Candidate]:
    """Yield the regular expressions of the task's schema, or those that training rows show, if they find its fields."""
    schema = context.task.scoring.json_schema or context.examples.settled.get("json_schema") or {}
    learnt = by_pattern.with_patterns(schema, taught)
    if not by_pattern.fits(learnt):
        return
    labels = by_pattern.labels_of(learnt["properties"])
    characters = sum(len(example.input) for example in context.examples.teaching)
    weights = sum(family(context.task.family).linear_weights(len(each), characters) for each in labels.values())
    has_patterns = any(map(by_pattern.is_found, learnt["properties"].values()))
    name = NAMES["pattern" if has_patterns else "linear"]
    made = _candidate(context, name, "words", "pattern", len(str(schema)) + weights * BYTES_PER_WEIGHT)
    if learnt != schema:
        usual = [each for each in by_pattern.usual_values(learnt["properties"]) if each not in labels]
        ways = ["by a regular expression"] * has_patterns
        for way, names in (("by its usual value", usual), ("by its usual value or a linear model on words", labels)):
            ways += [f"{way}: {', '.join(one_line(each, 40) for each in names)}"] if names else []
        why = f"finds each field {', or '.join(ways)}; learns from {len(taught)} rows"
        right = _held_out_right(partial(_by_patterns, schema), taught)
        made = replace(made, why=(why,), published=(right + 1) / (len(taught) + 2))  # so few rows show little
    yield made


def _number(context: Context, taught: Rows) -> Iterator[Candidate]:
    """Yield the regular expression of the number that texts hold, if training rows show one."""
    pattern = by_pattern.number_pattern(taught)
    if pattern is None:
        return
    made = _candidate(context, NAMES["pattern"], "words", "pattern", len(pattern))
    why = f"finds the number in the text by a regular expression; learns from {len(taught)} rows"
    yield replace(made, why=(why,), published=(_held_out_right(_by_number, taught) + 1) / (len(taught) + 2))


def _by_number(rows: Rows) -> Callable[[Given], Any] | None:
    try:
        found = by_pattern.NumberByPattern(rows)
    except ValueError:  # these rows show no pattern
        return None
    return lambda given: found.answer([given])[0].output


def _held_out_right(learned: Callable[[Rows], Callable[[Given], Any] | None], taught: Rows) -> int:
    """Return how many training rows a baseline gets right that learns from the others; on its own rows it is too many.

    Known before the first outcome, so it may determine the shares of α.
    """
    right = 0
    for fold in range(FOLDS):
        answer = learned([row for place, row in enumerate(taught) if place % FOLDS != fold])
        if answer is not None:
            held = taught[fold::FOLDS]
            right += sum(all(field_scores(answer(given), expected).values()) for given, expected in held)
    return right


def _fixed(of: Callable[[Rows], FixedAnswer | None], rows: Rows) -> Callable[[Given], Any] | None:
    found = of(rows)
    return None if found is None else found.answer


def _by_patterns(schema: dict[str, Any], rows: Rows) -> Callable[[Given], Any]:
    """Return the patterns that rows show; words predict labels about as well as the linear model, in milliseconds."""
    learnt, by_words = by_pattern.with_patterns(schema, rows), {}
    for name in by_pattern.labels_of(learnt["properties"]):
        pairs = [(str(text), as_json(value.get(name))) for text, value in rows if isinstance(value, dict)]
        if word_labels.predictability(pairs) > 0.0:
            by_words[name] = partial(_read, word_labels.predictor(pairs))
    found = by_pattern.ByPattern(learnt, by_words)
    return lambda given: found.answer([given])[0].output


def _read(predict: Callable[[str], str], text: str) -> Any:  # noqa: ANN401  a JSON value
    return json.loads(predict(text))


def _text_bytes(context: Context) -> int:
    """Return the approximate length of the texts compared, or else of the input's own."""
    labels = sum(len(label) + len(context.task.labels.get(label, "")) for label in context.examples.labels)
    taught = sum(len(example.input) + len(str(example.expected)) for example in context.examples.teaching)
    own = max(len(example.input) for example in context.examples.evidence)
    return sum(len(text) for _, text in context.examples.documents) or labels or taught or own


def _seconds(method: str, characters: float, weights_bytes: int) -> float:
    """Return the predicted seconds for an answer; BM25 makes no n-grams, and scores what it compares with."""
    if method in FIXED:
        return SECONDS_FIXED
    if method == "bm25":
        return SECONDS_BM25 + 1e-7 * characters + 1e-9 * weights_bytes
    return baseline.ENGINE.seconds_per_answer + characters * (baseline.ENGINE.seconds_per_character or 0.0)


def _candidate(context: Context, name: str, ability: str, method: str, weights_bytes: int) -> Candidate:
    evidence = context.examples.evidence
    characters = sum(len(example.input) for example in evidence) / max(1, len(evidence))
    return Candidate(
        model=name,
        place=PLACE,
        fingerprint=PLACE,
        runtime=baseline.ENGINE.name,
        method=method,
        weights_bytes=weights_bytes,
        serving_bytes=predict.serving_bytes(baseline.ENGINE.name, weights_bytes),
        seconds_per_example=SECONDS_A_FILE.get(ability, _seconds(method, characters, weights_bytes)),
        ability=ability,
        why=(WHY.get(ability, WHY[method]).format(teaching=len(context.examples.teaching)),),
    )
