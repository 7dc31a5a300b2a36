"""The answer's gain over the best baseline, paired on the examples that settled the answer."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from advisor.candidates.candidate import FIXED
from advisor.decide.records import CandidateRecord, OverBaseline
from advisor.families import family

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

    An answer that few training rows have may be the most frequent one here, and where nothing is trained none is known
    beforehand: "always" means the best one in hindsight, so that no gain is overstated.
    """
    passed = [each.passed for each in records[plan.candidates[answer].key].in_order(plan.evidence)[:after]]
    found = []
    for index in _smaller(plan, records, answer):
        theirs = [each.passed for each in records[plan.candidates[index].key].in_order(plan.evidence)[: len(passed)]]
        if not passed or len(theirs) < len(passed):
            continue
        found.append(_gain(plan.candidates[index].name, passed, theirs))
    if plan.candidates[answer].method not in FIXED:
        found += _in_hindsight(plan, passed)
    return max(found, key=lambda each: each.baseline_right, default=None)


def _in_hindsight(plan: Plan, passed: Sequence[bool]) -> Iterator[OverBaseline]:
    """Yield the gain over the answer that these examples expect most often, also if no training row names one."""
    if plan.task.baselines == "skip" or "constant" not in family(plan.task.family).baselines:
        return
    answers = [each.expected for each in plan.evidence[: len(passed)]]
    for one, times in Counter(each for each in answers if isinstance(each, str)).most_common(1):
        if times > 1:
            yield _gain(f"always {one!r}", passed, [each == one for each in answers])


def _gain(baseline: str, passed: Sequence[bool], theirs: Sequence[bool]) -> OverBaseline:
    of, right, baseline_right = len(passed), sum(passed), sum(theirs)
    both = sum(one and other for one, other in zip(passed, theirs, strict=True))
    return OverBaseline(
        baseline, of, right, baseline_right, (right - baseline_right) / of,
        difference(of, right - both, baseline_right - both),
    )  # fmt: skip


def difference(of: int, only_one: int, only_other: int) -> tuple[float, float]:
    """Return a 95% interval of the difference of two rates on new inputs: a description, not part of the certificate.

    The adjusted Wald interval of Agresti and Min, "Simple improved confidence intervals for comparing matched
    proportions", Statistics in Medicine 24 (2005) 729-740: half an example is added to each of the four cells.
    """
    total, wins, losses = of + 2.0, only_one + 0.5, only_other + 0.5
    middle = (wins - losses) / total
    reach = NORMAL_95 * math.sqrt(max(0.0, wins + losses - (wins - losses) ** 2 / total)) / total
    return max(-1.0, middle - reach), min(1.0, middle + reach)


def _smaller(plan: Plan, records: Mapping[str, CandidateRecord], answer: int) -> Iterator[int]:
    """Yield the baselines smaller than the answer that could be run."""
    for index, candidate in enumerate(plan.candidates[:answer]):
        if candidate.is_baseline and records[candidate.key].failure is None:
            yield index
