"""The answer's gain over the best baseline, paired on the examples that settled the answer."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from advisor.decide.records import CandidateRecord, OverBaseline

if TYPE_CHECKING:
    from advisor.decide.plan import Plan
    from advisor.task.example import Example

NORMAL_95 = 1.959964


def missing(
    plan: Plan, records: Mapping[str, CandidateRecord], answer: int, after: int
) -> tuple[int, tuple[Example, ...]] | None:
    """Return the next baseline with the examples that it has not answered yet, None if there is none."""
    for index in _smaller(plan, records, answer):
        done = len(records[plan.candidates[index].key].in_order(plan.evidence))
        if done < after:
            return index, plan.evidence[done:after]
    return None


def over_baseline(plan: Plan, records: Mapping[str, CandidateRecord], answer: int, after: int) -> OverBaseline | None:
    """Return the answer's gain over the best smaller baseline that answered all its examples, None without one.

    An answer that few training rows have may be the most frequent one here: "always" means the best one in hindsight,
    so that no gain is overstated.
    """
    passed = [each.passed for each in records[plan.candidates[answer].key].in_order(plan.evidence)[:after]]
    found = []
    for index in _smaller(plan, records, answer):
        theirs = [each.passed for each in records[plan.candidates[index].key].in_order(plan.evidence)[: len(passed)]]
        if not passed or len(theirs) < len(passed):
            continue
        found.append(_gain(plan.candidates[index].name, passed, theirs))
        if plan.candidates[index].method == "constant":
            answers = [each.expected for each in plan.evidence[: len(passed)] if isinstance(each.expected, str)]
            found += [
                _gain(f"always {one!r}", passed, [each.expected == one for each in plan.evidence[: len(passed)]])
                for one, times in Counter(answers).most_common(1)
                if times > 1
            ]
    return max(found, key=lambda each: each.baseline_right, default=None)


def _gain(baseline: str, passed: Sequence[bool], theirs: Sequence[bool]) -> OverBaseline:
    of, right, baseline_right = len(passed), sum(passed), sum(theirs)
    both = sum(one and other for one, other in zip(passed, theirs, strict=True))
    return OverBaseline(
        baseline, of, right, baseline_right, (right - baseline_right) / of,
        _interval(of, right - both, baseline_right - both),
    )  # fmt: skip


def _interval(of: int, only_answer: int, only_baseline: int) -> tuple[float, float]:
    """Return a 95% interval of the difference for new inputs: a description, not part of the certificate.

    The adjusted Wald interval of Agresti and Min, "Simple improved confidence intervals for comparing matched
    proportions", Statistics in Medicine 24 (2005) 729-740: half an example is added to each of the four cells.
    """
    total, wins, losses = of + 2.0, only_answer + 0.5, only_baseline + 0.5
    middle = (wins - losses) / total
    reach = NORMAL_95 * math.sqrt(max(0.0, wins + losses - (wins - losses) ** 2 / total)) / total
    return max(-1.0, middle - reach), min(1.0, middle + reach)


def _smaller(plan: Plan, records: Mapping[str, CandidateRecord], answer: int) -> Iterator[int]:
    """Yield the baselines smaller than the answer that could be run."""
    for index, candidate in enumerate(plan.candidates[:answer]):
        if candidate.is_baseline and records[candidate.key].failure is None:
            yield index
