"""The state of a current run in the form of a report, so that both share one picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from advisor.decide.decision import CandidateResult, standings
from advisor.decide.search import next_step
from advisor.evidence.sequential import Strength
from advisor.report.model import Live, LiveStandings
from advisor.runs.result import Bar, Counts

if TYPE_CHECKING:
    from advisor.decide.plan import Plan
    from advisor.decide.records import CandidateRecord


def live(plan: Plan, records: Mapping[str, CandidateRecord]) -> LiveStandings:
    """Return the data of the picture and of the candidates' verdicts; bounds are omitted, as they take long."""
    found, results = standings(plan, records)
    # A lead is no answer while the run continues.
    if found is not None and found.strength is Strength.PROVISIONAL and next_step(plan, records) is not None:
        found = None
    return LiveStandings(
        Bar(plan.task.bar.pass_rate, plan.task.bar.confidence),
        Counts(len(plan.evidence), len(plan.examples.teaching), []),
        None if found is None else found.candidate,
        None if found is None else found.strength,
        [_candidate(number, result) for number, result in enumerate(results, start=1)],
    )


def _candidate(number: int, result: CandidateResult) -> Live:
    return Live(
        number=number,
        model=result.candidate.model,
        name=result.candidate.name,
        serving_bytes=result.candidate.serving_bytes,
        verdict=result.verdict,
        reason=result.reason,
        failure=result.record.failure,
        circumstance=result.record.is_circumstance,
        outcomes=len(result.counted),
        passes=result.passes,
        lower_bound=None,
        upper_bound=None,
        refuted=result.is_refuted,
        passed=tuple(outcome.passed for outcome in result.counted),
        is_certified=result.is_certified,
    )
