"""How a run under way stands, in the form of a report's document, so that one picture shows both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.decide.decision import standings
from advisor.decide.search import next_step
from advisor.evidence.sequential import Strength

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor.decide.decision import CandidateResult
    from advisor.decide.plan import Plan
    from advisor.decide.records import CandidateRecord


def live_document(plan: Plan, records: Mapping[str, CandidateRecord]) -> dict[str, Any]:
    """Return what the picture and a candidate's verdict need; bounds are left open, for they take long."""
    found, results = standings(plan, records)
    # A lead is no answer while there is more to run.
    if found is not None and found.strength is Strength.PROVISIONAL and next_step(plan, records) is not None:
        found = None
    return {
        "bar": {"pass_rate": plan.task.bar.pass_rate, "confidence": plan.task.bar.confidence},
        "examples": {"evidence": len(plan.evidence)},
        "recommended": None if found is None else found.candidate,
        "strength": None if found is None else found.strength,
        "candidates": [_candidate(number, result) for number, result in enumerate(results, start=1)],
    }


def _candidate(number: int, result: CandidateResult) -> dict[str, Any]:
    return {
        "number": number,
        "model": result.candidate.model,
        "name": result.candidate.name,
        "serving_bytes": result.candidate.serving_bytes,
        "verdict": result.verdict,
        "reason": result.reason,
        "failure": result.record.failure,
        "circumstance": result.record.is_circumstance,
        "outcomes": len(result.counted),
        "passes": result.passes,
        "passed": tuple(outcome.passed for outcome in result.counted),
        "lower_bound": None,
        "upper_bound": None,
        "refuted": result.is_refuted,
        "is_certified": result.is_certified,
    }
