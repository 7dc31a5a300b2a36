"""What a run does next: the search for the smallest passing candidate, then what else the task asks for.

How many examples are run at once is known here too, so that a forecast steps as a run does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.decide import escalation, search
from advisor.engines.table import ENGINES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor.decide.plan import Plan
    from advisor.decide.records import CandidateRecord
    from advisor.decide.search import Step

FIRST_BATCH = 4


def next_step(plan: Plan, records: Mapping[str, CandidateRecord]) -> Step | None:
    """Return what to run next, or None when all is done or the budget is used up.

    A run ends: no step is without examples (`Step`), the first example of each has no outcome for its purpose yet, and
    a claim that has nothing left to run is settled (`Asked.certified`). An example has at most one outcome as evidence,
    one in a comparison and one as a second question; a candidate is interrupted at most once and fails for good at most
    once. So with K candidates and N examples at most K (3 N + 2) steps are run, however small the batches.
    """
    step = search.next_step(plan, records)
    if step is not None or search.is_used_up(plan, records):
        return step
    if plan.task.escalation == "skip" or (pair := escalation.pair(plan, records)) is None:
        return None
    return escalation.next_step(plan, records, pair)


def batch_size(runtime: str, done: int) -> int:
    """Return how many examples to run at once: few at first, when a hopeless candidate is soon given up.

    Batches end at fixed places (4, 8, 16, ..., then every full batch): a run cut inside one falls into step.
    """
    largest = ENGINES[runtime].largest_batch
    end = FIRST_BATCH
    while end <= done:
        end += min(end, largest)
    return end - done
