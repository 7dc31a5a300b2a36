"""The steps of a run: the search for the smallest passing candidate, then the task's other requests.

The size of batches is determined here too, so that a forecast has the same steps as a run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from advisor.decide import escalation, search
from advisor.engines.table import ENGINES

if TYPE_CHECKING:
    from advisor.decide.plan import Plan
    from advisor.decide.records import CandidateRecord
    from advisor.decide.search import Step

FIRST_BATCH = 4


def next_step(plan: Plan, records: Mapping[str, CandidateRecord]) -> Step | None:
    """Return the next step, or None when all is done or the budget is used up.

    A run terminates: no step is empty (`Step`), the first example of each has no outcome for its purpose yet, and a
    claim with nothing more to run is settled (`Asked.certified`). An example has at most one outcome as evidence, one
    in a comparison and one as a second question; a candidate is interrupted at most once and fails finally at most
    once. So with K candidates and N examples there are at most K (3 N + 2) steps, even with the smallest batches.
    """
    step = search.next_step(plan, records)
    if step is not None or search.is_used_up(plan, records):
        return step
    if plan.task.escalation == "skip" or (pair := escalation.pair(plan, records)) is None:
        return None
    return escalation.next_step(plan, records, pair)


def batch_size(runtime: str, done: int) -> int:
    """Return the batch size: small at first, because a hopeless candidate is given up early.

    Batches end at fixed positions (4, 8, 16, ..., then every full batch), also after an interruption within one.
    """
    largest = ENGINES[runtime].largest_batch
    end = FIRST_BATCH
    while end <= done:
        end += min(end, largest)
    return end - done
