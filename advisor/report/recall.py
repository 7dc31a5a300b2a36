"""How right a classifier is for each label: a certificate about all inputs says little of a rare label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.errors import one_line
from advisor.evidence.binomial import lower_bound, upper_bound
from advisor.report.model import Recall
from advisor.report.sentences import NAME, best, name_of, recommended
from advisor.units import percent, percent_floor, percent_upwards

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.probe.protocol import Outcome
    from advisor.report.model import Report
    from advisor.task.example import Example

# Each end of a 95% interval; a description of these examples, no part of the certificate.
ONE_SIDE = 0.025
MOST_SHOWN = 12
HEADER = ("label", "right", "recall", "95% interval")


def recall(evidence: Sequence[Example], counted: Sequence[Outcome], labels: Sequence[str]) -> list[Recall]:
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
