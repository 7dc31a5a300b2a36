"""What a run does next: the search for the smallest passing candidate, then what the task asks for besides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.decide import escalation, search

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor.decide.search import Step
    from advisor.plan import Plan
    from advisor.runs.records import CandidateRecord


def next_step(plan: Plan, records: Mapping[str, CandidateRecord]) -> Step | None:
    """Return what to run next, or None when all is done or the budget is used up."""
    step = search.next_step(plan, records)
    limit = plan.task.limits.inferences
    if step is not None or (limit is not None and sum(record.inferences for record in records.values()) >= limit):
        return step
    if plan.task.escalation == "skip" or (pair := escalation.pair(plan, records)) is None:
        return None
    return escalation.next_step(plan, records, pair)
