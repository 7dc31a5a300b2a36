"""Cross-validation on the training rows, before the first outcome that is evidence: who is cheap, and what it found.

A head says, once it is trained, how many training rows come out right when they are held out. That costs what loading
the candidate costs, so those that can tell within a budget of seconds, downloads counted too, are asked before α is
shared, cheapest first, until one surely passes: what is dearer would be loaded for nothing. The training rows are never
evidence, so the claim is untouched (`advisor.evidence.sharing`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.evidence.binomial import at_least
from advisor.evidence.boundary import examples_needed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor.decide.plan import Plan
    from advisor.decide.records import CandidateRecord

SECONDS = 60.0
BYTES_A_SECOND, LOADING = 10_000_000, 2.0
TOLD_BY = frozenset({"head", "linear"})
FEWEST_ROWS = 5
# From this chance on that its true rate is above the bar, all rates alike beforehand, a candidate surely passes.
SURE = 0.95


def cheap(plan: Plan) -> tuple[int, ...]:
    """Return the candidates to cross-validate, cheapest first; none where it can change nothing."""
    teaching, bar = plan.examples.teaching, plan.task.bar
    has_several = bool(teaching) and not isinstance(teaching[0].expected, str)
    if len(plan.candidates) < 2 or len(teaching) < FEWEST_ROWS or has_several:  # noqa: PLR2004  nothing to share
        return ()
    if plan.first_look < examples_needed(bar.pass_rate, 1.0 - bar.confidence):
        return ()
    chosen, seconds = [], 0.0
    for cost, index in sorted((each, index) for index in range(len(plan.candidates)) if (each := cost_of(plan, index))):
        seconds += cost
        if seconds > SECONDS:
            break
        chosen.append(index)
    return tuple(chosen)


def cost_of(plan: Plan, index: int) -> float | None:
    """Return about how many seconds it takes, None where a candidate cannot tell or its pace is unknown."""
    candidate = plan.candidates[index]
    if candidate.method not in TOLD_BY or candidate.seconds_per_example is None or candidate.is_remote:
        return None
    own = len(plan.examples.teaching) * candidate.seconds_per_example + LOADING
    return own + candidate.download_bytes / BYTES_A_SECOND


def held_out(plan: Plan, records: Mapping[str, CandidateRecord]) -> tuple[tuple[int, int] | None, ...]:
    """Return of each candidate how many held-out training rows came out right, of how many; None where unknown.

    What was told after one that surely passes is left out: several at a time tell no more than one after the other.
    """
    found: list[tuple[int, int] | None] = [None] * len(plan.candidates)
    for index in plan.to_cross_validate:
        told = records[plan.candidates[index].key].details.get("cross_validated")
        if told:
            found[index] = (int(told[0]), int(told[1]))
            if surely_passes(int(told[0]), int(told[1]), plan.task.bar.pass_rate):
                break
    return tuple(found)


def left(plan: Plan, records: Mapping[str, CandidateRecord]) -> list[int]:
    """Return the candidates that are still to be asked, cheapest first."""
    waits = []
    for index in plan.to_cross_validate:
        record = records[plan.candidates[index].key]
        told = record.details.get("cross_validated")
        if told and surely_passes(int(told[0]), int(told[1]), plan.task.bar.pass_rate):
            break
        if not told and record.failure is None:
            waits.append(index)
    return waits


def surely_passes(right: int, of: int, bar: float) -> bool:
    """Return whether held-out training rows say that a candidate passes, see `SURE`."""
    return 1.0 - at_least(right + 1, of + 1, bar) >= SURE
