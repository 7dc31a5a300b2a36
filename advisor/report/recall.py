"""Recall and precision of a classifier per label: a certificate about all inputs says little of a rare label."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from os.path import commonprefix
from typing import TYPE_CHECKING, Any

from advisor.errors import one_line
from advisor.evidence.binomial import lower_bound, upper_bound
from advisor.families import FAMILY_NAMES, family
from advisor.families.json_fields import FIELD, field_scores, leaves, shown_path
from advisor.families.spans import marks
from advisor.report.model import Distance, Field, Recall, Report
from advisor.report.sanitize import readable_value
from advisor.report.sentences import NAME, NEVER, SAID, best, has_several, name_of, recommended
from advisor.task.labels import labels_in
from advisor.units import percent, percent_floor, percent_upwards

if TYPE_CHECKING:
    from advisor.probe.protocol import Outcome
    from advisor.task.example import Example

# Tails of a 95% interval; it describes these examples, and is no part of the certificate.
ONE_SIDE = 0.025
MOST_SHOWN = 12
HEADER = ("label", "right", "precision", "recall", "95% interval")
SEVERAL = ("label", "found", "missed", "added", "precision", "recall", "95% interval")


def recall_by_label(
    evidence: Sequence[Example], counted: Sequence[Outcome], labels: Sequence[str], teaching: Sequence[Example] = ()
) -> list[Recall]:
    """Return how many of each label's examples are right, with Clopper and Pearson's interval (1934), and its answers.

    If an example has several labels, each is counted separately, whatever the outcome of the others.
    """
    seen: dict[str, list[bool]] = {label: [] for label in labels}
    said_so: dict[str, list[bool]] = {label: [] for label in labels}
    has_several = any(isinstance(each.expected, list) for each in evidence)
    taught = Counter(label for each in teaching for label in labels_in(each.expected) if isinstance(label, str))
    for example, outcome in zip(evidence, counted, strict=False):
        named, said = labels_in(example.expected), labels_in(outcome.output)
        for label in said:
            if isinstance(label, str) and label in said_so:
                said_so[label].append(label in named)
        for label in named:
            if isinstance(label, str) and label in seen:
                seen[label].append(label in said if has_several else outcome.passed)
    return [
        Recall(
            label,
            sum(passed),
            len(passed),
            (lower_bound(sum(passed), len(passed), ONE_SIDE), upper_bound(sum(passed), len(passed), ONE_SIDE)),
            len(said_so[label]) - sum(said_so[label]) if has_several else None,
            taught[label],
            (sum(said_so[label]), len(said_so[label])),
        )
        for label, passed in seen.items()
        if passed
    ]


def distance(evidence: Sequence[Example], counted: Sequence[Outcome]) -> Distance | None:
    """Return the errors of numbers; None if no answer is a number."""
    pairs = ((example.expected, outcome.output) for example, outcome in zip(evidence, counted, strict=False))
    off = [abs(output - expected) for expected, output in pairs if isinstance(output, int | float)]
    return Distance(sum(off) / len(off), sum(each <= 1 for each in off), len(off)) if off else None


def title(document: Report, what: str = "label") -> str:
    """Return the heading of `rows`, or with another `what` of `field_rows`, with the candidate's name."""
    about = recommended(document) or best(document)
    return f"For each {what}" if about is None else f"For each {what}, {name_of(about)}"


def header(document: Report) -> tuple[str, ...]:
    return SEVERAL if has_several(document) else HEADER


def rows(document: Report) -> list[tuple[str, ...]]:
    """Return a row per label in the columns of `header`, the lowest recall first."""
    found = sorted(document.recall, key=lambda each: each.right / each.of)
    return [
        (
            one_line(each.label, NAME),
            f"{each.right}/{each.of}",
            *(() if each.added is None else (str(each.of - each.right), str(each.added))),
            f"{percent(round(each.said[0] / each.said[1], 3))} of {each.said[1]}" if each.said[1] else NEVER,
            percent(round(each.right / each.of, 3)),
            f"{percent_floor(each.interval[0])} to {percent_upwards(each.interval[1])}",
        )
        for each in found[:MOST_SHOWN]
    ]


MOST_LABELS, LABEL = 6, 24
PAIR, DIRECTIONS = ("yes", "no"), 2
ELSE, NONE = "else", "·"
APART, BOTH = 3, 60


def confused(evidence: Sequence[Example], counted: Sequence[Outcome], labels: Sequence[str]) -> dict[str, Any]:
    """Return the most confused labels, or all if they are few, with a row of counts each: the answers given.

    The last count of a row is for other answers: other labels, no label, errors. Two alternating answers without
    labels, such as the yes and no of pairs, count as labels. Empty if no label came out wrong, or an example has
    several.
    """
    labels = labels or _two_answers(evidence)
    pairs: Counter[tuple[str, str | None]] = Counter()
    for example, outcome in zip(evidence, counted, strict=False):
        expected, answered = readable_value(example.expected), readable_value(outcome.output)
        if isinstance(example.expected, list) or expected not in labels:
            return {}
        pairs[expected, answered if outcome.error is None and answered in labels else None] += 1
    wrong = [(pair, count) for pair, count in pairs.most_common() if pair[0] != pair[1]]
    mixed_up = [label for pair, _ in wrong for label in pair if label is not None]
    seen = [label for label in labels if any(label in pair for pair in pairs)]
    shown = list(dict.fromkeys([*mixed_up, *seen] if len(seen) <= MOST_LABELS else mixed_up))[:MOST_LABELS]
    rows = []
    for expected in shown:
        all_of = sum(count for pair, count in pairs.items() if pair[0] == expected)
        counts = [pairs[expected, said] for said in shown]
        rows.append([*counts, all_of - sum(counts)])
    return {"labels": shown, "rows": rows} if wrong else {}


def _two_answers(evidence: Sequence[Example]) -> Sequence[str]:
    """Return the two expected answers; nothing if there are more, or they are no single values."""
    seen: set[str] = set()
    for example in evidence:
        if not isinstance(example.expected, str | float | int):
            return ()
        seen.add(readable_value(example.expected))
        if len(seen) > len(PAIR):
            return ()
    return sorted(seen) if len(seen) == len(PAIR) else ()


def directions(document: Report) -> list[str]:
    """Return the direction of the mistakes in a sentence: which answer most often replaces which."""
    about = recommended(document) or best(document)
    if about is None:
        return []
    if has_several(document):
        missed = sum(each.of - each.right for each in document.recall)
        added = sum(each.added or 0 for each in document.recall)
        return [f"Of all labels {missed} {'is' if missed == 1 else 'are'} missed and {added} added."]
    labels, rows = document.confused.get("labels") or (), document.confused.get("rows") or ()
    pairs = [
        (count, labels[at], labels[said])
        for at, row in enumerate(rows)
        for said, count in enumerate(row[:-1])
        if count and said != at
    ]
    pairs.sort(key=lambda each: -each[0])
    wrong, is_pair = about.outcomes - about.passes, len(labels) == len(PAIR)
    # A single confusion among many labels says nothing.
    shown = pairs[:1] if is_pair else [each for each in pairs if each[0] > 1][:DIRECTIONS]
    if not shown:
        return []
    said = [
        f"{count} of {wrong}: {one_line(other, LABEL)!r} said for {one_line(right, LABEL)!r}"
        for count, right, other in shown
    ]
    back = f", the other way round {pairs[1][0]}" if is_pair and len(pairs) > 1 else ""
    return [f"{'; '.join(said)}{back}."]


def matrix(found: dict[str, Any]) -> tuple[list[str], list[list[str]]] | None:
    """Return the header and the rows of the matrix, one per expected label; None without a matrix."""
    if not found:
        return None
    has_else = any(row[-1] for row in found["rows"])
    names = [one_line(label, LABEL) for label in found["labels"]]
    rest = ELSE
    while rest in names:
        rest = f"({rest})"
    rows = [
        [name, *(str(count or NONE) for count in (row if has_else else row[:-1]))]
        for name, row in zip(names, found["rows"], strict=True)
    ]
    return ["expected ↓ said →", *names, *([rest] if has_else else [])], rows


def fields(evidence: Sequence[Example], counted: Sequence[Outcome]) -> list[Field]:
    """Return how often each field of JSON answers, or each label of spans, was right, the lowest first; else nothing.

    An outcome without fields, such as an error, counts the example's expected fields as wrong, as an empty answer
    does.
    """
    scored = [_field_scores(outcome) for outcome in counted]
    seen: dict[str, list[float]] = {}
    for example, outcome in zip(evidence, counted, strict=False):
        said, wanted = marks(outcome.output), marks(example.expected)
        for span in said | wanted:
            seen.setdefault(span[2], []).append(float(span in said & wanted))
    for example, scores in zip(evidence, scored if any(scored) else (), strict=False):
        for name, score in (scores or {shown_path(path): 0.0 for path in leaves(example.expected) if path}).items():
            seen.setdefault(name, []).append(score)
    found = [Field(name, sum(each == 1.0 for each in scores), len(scores)) for name, scores in seen.items()]
    return sorted(found, key=lambda each: each.right / each.of)


def field_word(document: Report) -> str:
    """Return what the rows of `fields` are: labels of spans, else fields."""
    return "label" if document.task.labels else "field"


def field_rows(document: Report) -> list[tuple[str, ...]]:
    """Return a row per field of JSON answers or label of spans: name, right, share; the least often right first."""
    return [
        (one_line(each.field, NAME), f"{each.right}/{each.of}", percent(round(each.right / each.of, 3)))
        for each in document.fields[:MOST_SHOWN]
    ]


def in_words(name: str, value: Any, example: Example, metric: str | None = None) -> Any:  # noqa: ANN401  JSON values
    """Return an expected value, or with the metric ("": the first) an answer, in a family's words for people."""
    return family(name).in_words(value, example.given, metric) if name in FAMILY_NAMES else value


def wrong_answer(said: str, expected: str | None, breaks: Sequence[str] = (), *, is_error: bool = False) -> str:
    """Return the error in an answer, as lists of mistakes show it: for several parts or fields only the differences."""
    if is_error:
        return f"error {one_line(said, SAID)!r}"
    if apart := _fields_apart(said, expected or ""):
        return apart
    if breaks:
        return f"said {one_line(said, SAID)!r}, which breaks {' and '.join(breaks)}"
    if not expected:
        return f"said {one_line(said, SAID)!r}"
    answer, missed = _apart(said, expected), _apart(expected, said)
    # An answer that repeats at another place, or with more, contains everything expected.
    shown = _from_where_they_differ(answer, expected if missed == "…" else missed)
    return "said {!r}, not {!r}".format(*(one_line(each, SAID) for each in shown))


def _apart(text: str, other: str) -> str:
    """Return the parts of a text that the other lacks, ellipses in place of the rest; short texts are shown whole."""
    theirs = set(other.split("; "))
    parts = ["…" if each in theirs else each for each in text.split("; ")]
    is_short = len(text) + len(other) <= BOTH
    return text if is_short or text == other else "; ".join(each for each, _ in groupby(parts))


def _from_where_they_differ(*texts: str) -> tuple[str, ...]:
    """Return texts that would be cut before they differ from shortly before that on, others unchanged."""
    folded = [" ".join(text.split()) for text in texts]
    begins = commonprefix(folded)  # noqa: RUF071  texts, no paths
    if len(begins) < SAID - 1:
        return texts
    at = begins.rfind(" ", 0, len(begins) - SAID // 4) + 1
    return tuple(f"…{text[at:]}" for text in folded)


def _fields_apart(said: str, expected: str) -> str:
    """Return the fields in which two JSON objects differ; "" if either text is none."""
    try:
        found, wanted = json.loads(said), json.loads(expected)
    except ValueError:
        return ""
    if not isinstance(found, dict) or not isinstance(wanted, dict):
        return ""
    has, needed = leaves(found), leaves(wanted)
    parts = [
        f"{one_line(shown_path(path), LABEL)}: said {_value(has.get(path))}, not {_value(needed.get(path))}"
        for path, score in field_scores(found, wanted).items()
        if not score
    ]
    more = f"; {len(parts) - APART} more" if len(parts) > APART else ""
    return "; ".join(parts[:APART]) + more


def _value(value: Any) -> str:  # noqa: ANN401  any JSON value
    return "nothing" if value is None else repr(one_line(readable_value(value), SAID))


def _field_scores(outcome: Outcome) -> dict[str, float]:
    return {
        name.removeprefix(FIELD): float(score)
        for name, score in outcome.scores.items()
        if name.startswith(FIELD) and isinstance(score, int | float)
    }
