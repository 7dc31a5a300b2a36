"""Cross-validation on the training rows, before the first outcome that is evidence: cheap candidates and results.

A trained head reports how many held-out training rows it gets right. That costs as much as loading the candidate, so
candidates that fit into a budget of seconds, including downloads, are cross-validated before α is shared, cheapest
first; if one surely passes, loading larger ones would be useless. The training rows are never evidence, so the claim is
unaffected (`advisor.evidence.sharing`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from advisor.candidates.candidate import FIXED
from advisor.decide.finish import held_out_of
from advisor.evidence.binomial import at_least
from advisor.evidence.boundary import examples_needed

if TYPE_CHECKING:
    from advisor.decide.plan import Plan
    from advisor.decide.records import CandidateRecord

SECONDS = 60.0
BYTES_A_SECOND = 10_000_000
CROSS_VALIDATED = frozenset({"head", "linear", "cosine", "pair"})
FEWEST_ROWS = 5
# Posterior probability of a true rate above the bar, with a uniform prior, from which a candidate surely passes.
SURE = 0.95


def cheap(plan: Plan) -> tuple[int, ...]:
    """Return the candidates to cross-validate, cheapest first; none if it cannot change anything."""
    if plan.before is not None:  # the shares are those of the run that it lowers
        return ()
    teaching, bar = plan.examples.teaching, plan.task.bar
    if len(plan.candidates) < 2 or len(teaching) < FEWEST_ROWS:  # noqa: PLR2004
        return ()  # nothing to share, or no estimate
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
    """Return the approximate seconds, None if a candidate has no cross-validation or its speed is unknown."""
    candidate = plan.candidates[index]
    if candidate.method not in CROSS_VALIDATED or candidate.seconds_per_example is None or candidate.is_remote:
        return None
    own = plan.learning_seconds[index] + candidate.loading_seconds
    if not candidate.has_head:  # whose learning includes reading the rows
        own += len(plan.examples.teaching) * candidate.seconds_per_example
    return own + candidate.download_bytes / BYTES_A_SECOND


def held_out(plan: Plan, records: Mapping[str, CandidateRecord]) -> tuple[tuple[int, int] | None, ...]:
    """Return for each candidate its held-out training rows answered right, and their number; None if unknown.

    Results of candidates larger than one that surely passes are left out, so that a parallel run uses no more than a
    sequential one.
    """
    estimates, most = _estimates(plan, records), _sure(plan, records)
    known = constants(plan) | estimates if estimates else estimates
    return tuple(known.get(index) if index <= most else None for index in range(len(plan.candidates)))


def constants(plan: Plan) -> dict[int, tuple[int, int]]:
    """Return how many held-out training rows each fixed answer gets right."""
    of = len(plan.examples.teaching)
    shares = ((index, each.published) for index, each in enumerate(plan.candidates) if each.method in FIXED)
    return {index: (round(share * of), of) for index, share in shares if share is not None and of}


def left(plan: Plan, records: Mapping[str, CandidateRecord]) -> list[int]:
    """Return the candidates still to be cross-validated, cheapest first."""
    estimates, most = _estimates(plan, records), _sure(plan, records)
    waits = (index for index in plan.to_cross_validate if index not in estimates and index <= most)
    return [index for index in waits if records[plan.candidates[index].key].failure is None]


def _estimates(plan: Plan, records: Mapping[str, CandidateRecord]) -> dict[int, tuple[int, int]]:
    """Return each cross-validated candidate's result: right, and of how many."""
    estimates = {index: held_out_of(records[plan.candidates[index].key].details) for index in plan.to_cross_validate}
    return {index: each for index, each in estimates.items() if each[1]}


def _sure(plan: Plan, records: Mapping[str, CandidateRecord]) -> int:
    """Return the smallest candidate that surely passes, or the largest of all if none does."""
    bar = plan.task.bar.pass_rate
    sure = (index for index, (right, of) in _estimates(plan, records).items() if surely_passes(right, of, bar))
    return min(sure, default=len(plan.candidates) - 1)


def surely_passes(right: int, of: int, bar: float) -> bool:
    """Return whether held-out training rows show that a candidate passes, see `SURE`."""
    return 1.0 - at_least(right + 1, of + 1, bar) >= SURE
