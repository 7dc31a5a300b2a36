"""What the bar asks of a candidate beside its pass rate, and where each stands by the outcomes so far.

Every one is tested at the candidate's own level; that all must hold needs no further share of α
(`advisor.evidence.criteria`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.decide.agreement import agreeing, all_pairs
from advisor.evidence.criteria import Latency, MeanScore, NonInferiority
from advisor.evidence.sequential import Claim, Standing, nested
from advisor.units import format_seconds, percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor.evidence.criteria import Criterion, LevelTest
    from advisor.plan import Plan
    from advisor.runs.records import CandidateRecord
    from advisor.task.model import Bar

AGREEMENT = "agreement"


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing the bar asks for besides, and what the outcomes say of it.

    Attributes:
        name: "mean score", "latency", "non-inferiority" or "agreement".
        words: What is asked, for people.
        bar: What the mean of the values must exceed.
        values: One an example, within 0 and 1, in the order of the evidence.
        test: At the candidate's level.
        is_complete: Whether all examples have been asked.
    """

    name: str
    words: str
    bar: float
    values: tuple[float, ...]
    test: LevelTest
    is_complete: bool

    @property
    def standing(self) -> Standing:
        """Where the claim about new inputs stands."""
        return self.test.certified(self.values)

    @property
    def observed(self) -> float | None:
        """The mean of the values up to where the claim was settled, whatever a batch ran beyond."""
        return _mean(self.values[: self.standing.after or len(self.values)])

    @property
    def in_these(self) -> Standing:
        """Where the claim about this finite set stands: settled when all of it was run."""
        if not self.is_complete:
            return Standing(Claim.OPEN, len(self.values))
        mean = _mean(self.values)
        holds = mean is not None and mean >= self.bar - 1e-9
        return Standing(Claim.HOLDS if holds else Claim.GIVEN_UP, len(self.values))


def _mean(values: tuple[float, ...]) -> float | None:
    return sum(values) / len(values) if values else None


def criteria(plan: Plan) -> tuple[tuple[Criterion, str], ...]:
    """Return what the outcomes of the evidence are tested for besides the pass rate, with its words."""
    return criteria_of(plan.task.bar, {e.id: e.reference for e in plan.evidence if e.reference is not None})


def criteria_of(bar: Bar, reference: Mapping[str, float]) -> tuple[tuple[Criterion, str], ...]:
    """Return what a bar asks for besides the pass rate, but for agreement, with its words.

    Args:
        bar: The task's.
        reference: The reference model's score on each example, by its id.
    """
    found: list[tuple[Criterion, str]] = []
    if bar.mean_score is not None:
        found.append((MeanScore(bar.mean_score), f"a mean score above {bar.mean_score:.3g}"))
    if bar.p95_seconds is not None:
        found.append((Latency(bar.p95_seconds), f"95% of answers within {format_seconds(bar.p95_seconds)}"))
    if bar.reference is not None:
        words = f"a mean score at most {percent(bar.reference.margin)} below the reference's"
        found.append((NonInferiority(reference, bar.reference.margin), words))
    return tuple(found)


def agreement_words(share: float) -> str:
    """Return what is asked where answers must agree."""
    return f"the same answer again for {percent(share)} of inputs"


def asked(plan: Plan, record: CandidateRecord, index: int, heirs: int) -> list[Asked]:
    """Return all that the bar asks of a candidate besides its pass rate.

    Args:
        plan: What was fixed.
        record: The candidate's outcomes.
        index: The candidate.
        heirs: How many certified ones just above it have handed on their share of α.
    """
    outcomes = record.in_order(plan.evidence)
    found = []
    levels = plan.sharing.levels(index)
    is_complete = len(outcomes) == len(plan.evidence)
    for criterion, words in criteria(plan):
        values = [value for outcome in outcomes if (value := criterion.value(outcome)) is not None]
        test = criterion.tests(len(plan.evidence), levels, grows=plan.grows)[heirs]
        found.append(Asked(criterion.name, words, criterion.bar, tuple(values), test, is_complete))
    share = plan.task.bar.agreement
    if share is not None:
        values = [float(same) for same in agreeing(plan, record, index)]
        test = nested(len(plan.evidence), share, levels, grows=plan.grows)[heirs]
        due = is_complete and len(values) == sum(1 for _ in all_pairs(plan, record, index, len(outcomes)))
        found.append(Asked(AGREEMENT, agreement_words(share), share, tuple(values), test, due))
    return found


def can_certify(plan: Plan, index: int) -> bool:
    """Return whether any outcomes of these examples could certify a candidate with its starting share."""
    from advisor.runs.records import CandidateRecord

    empty = asked(plan, CandidateRecord(), index, 0)
    return plan.tests[index].can_certify and all(each.test.can_certify for each in empty)
