"""How right a classifier is for each label: a certificate about all inputs says little of a rare label."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from advisor.errors import one_line
from advisor.evidence.binomial import lower_bound, upper_bound
from advisor.families.json_fields import leaves, shown_path
from advisor.report.model import Distance, Field, Recall, Report
from advisor.report.sentences import NAME, best, name_of, recommended
from advisor.units import percent, percent_floor, percent_upwards

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.probe.protocol import Outcome
    from advisor.task.example import Example

# Each end of a 95% interval; a description of these examples, no part of the certificate.
ONE_SIDE = 0.025
MOST_SHOWN = 12
HEADER = ("label", "right", "recall", "95% interval")


def recall_by_label(evidence: Sequence[Example], counted: Sequence[Outcome], labels: Sequence[str]) -> list[Recall]:
    """Return how many of each label's examples came out right, with the interval of Clopper and Pearson (1934)."""
    seen: dict[str, list[bool]] = {label: [] for label in labels}
    for example, outcome in zip(evidence, counted, strict=False):
        named = example.expected if isinstance(example.expected, list) else [example.expected]
        for label in named:
            if isinstance(label, str) and label in seen:
                seen[label].append(outcome.passed)
    return [
        Recall(
            label,
            sum(passed),
            len(passed),
            (lower_bound(sum(passed), len(passed), ONE_SIDE), upper_bound(sum(passed), len(passed), ONE_SIDE)),
        )
        for label, passed in seen.items()
        if passed
    ]


def distance(evidence: Sequence[Example], counted: Sequence[Outcome]) -> Distance | None:
    """Return how far off numbers are; None where no answer is one."""
    pairs = ((example.expected, outcome.output) for example, outcome in zip(evidence, counted, strict=False))
    off = [abs(output - expected) for expected, output in pairs if isinstance(output, int | float)]
    return Distance(sum(off) / len(off), sum(each <= 1 for each in off), len(off)) if off else None


def title(document: Report) -> str:
    """Return the heading of `rows`, with the candidate that they are about."""
    about = recommended(document) or best(document)
    return "For each label" if about is None else f"For each label, {name_of(about)}"


def rows(document: Report) -> list[tuple[str, ...]]:
    """Return a row for each label in the columns of `HEADER`, the least recall first."""
    found = sorted(document.recall, key=lambda each: each.right / each.of)
    return [
        (
            one_line(each.label, NAME),
            f"{each.right}/{each.of}",
            percent(round(each.right / each.of, 3)),
            f"{percent_floor(each.interval[0])} to {percent_upwards(each.interval[1])}",
        )
        for each in found[:MOST_SHOWN]
    ]


MOST_LABELS, LABEL = 6, 24
ELSE, NONE = "else", "·"
FIELD = "field "


def confused(evidence: Sequence[Example], counted: Sequence[Outcome], labels: Sequence[str]) -> dict[str, Any]:
    """Return the labels that are confused most, all where they are few, and a row of counts each: what was said.

    The last count of a row is of all else that was said: other labels, no label, errors. Empty where no label came out
    wrong, or an example has several.
    """
    pairs: Counter[tuple[str, str | None]] = Counter()
    for example, outcome in zip(evidence, counted, strict=False):
        if not isinstance(example.expected, str) or example.expected not in labels:
            return {}
        said = outcome.output if isinstance(outcome.output, str) and outcome.output in labels else None
        pairs[example.expected, said] += 1
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


def matrix(found: dict[str, Any]) -> tuple[list[str], list[list[str]]] | None:
    """Return the header and the rows of the matrix, a row for each label that was expected; None without one."""
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
    """Return for each field of JSON answers how often it was right, the least first; nothing for other answers.

    An outcome without any field, such as an error, has those wrong that are expected of its example, as an empty
    answer has.
    """
    scored = [_field_scores(outcome) for outcome in counted]
    if not any(scored):
        return []
    seen: dict[str, list[float]] = {}
    for example, scores in zip(evidence, scored, strict=False):
        for name, score in (scores or {shown_path(path): 0.0 for path in leaves(example.expected) if path}).items():
            seen.setdefault(name, []).append(score)
    found = [Field(name, sum(each == 1.0 for each in scores), len(scores)) for name, scores in seen.items()]
    return sorted(found, key=lambda each: each.right / each.of)


def _field_scores(outcome: Outcome) -> dict[str, float]:
    return {
        name.removeprefix(FIELD): float(score)
        for name, score in outcome.scores.items()
        if name.startswith(FIELD) and isinstance(score, int | float)
    }
