"""If the search certifies nothing: cheap candidates are run on all evidence before the decision, and the results.

Giving up saves time, but nothing if an answer takes milliseconds: so the candidates whose answers to all evidence fit
into a budget of seconds, which the plan names, are run to the end, and the rest of the budget is for the next one. The
plan alone determines which they are. One that would take long and is far from the bar is excluded: if its outcomes
refute the bar at a tenth of α, the rest of them would change nothing.

A certificate on this path is valid: a boundary of `advisor.evidence.sequential` holds its level over all looks at N
examples whether or not giving up is obeyed (it is non-binding), so a boundary crossed after a candidate was given up is
crossed, at its own share and with shares handed on (`advisor.evidence.sharing`, step 1: the p-value of a candidate is
the least level at which its whole path is certified, and stopping early only makes it larger). All other results are
estimates, and marked as such.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from advisor.evidence import binomial
from advisor.evidence.sequential import Claim, examples_needed, nested

if TYPE_CHECKING:
    from advisor.decide.plan import Plan

SECONDS = 120.0
# Share of α at which a refuted candidate is not run further, if all of its answers would take more than these seconds.
FAR, LONG = 0.1, 5.0
# Support with which the smallest candidate that passes the examples is the answer, else the best supported one. In
# worlds drawn from `prior_guess` (24 to 180 examples, bars .75 to .9) it finds the smallest that truly passes about as
# often as the rule "smallest whose rate reaches the bar", and half as often one that does not pass.
ENOUGH = 0.7
# Support by the evidence alone below which held-out rows do not make a candidate likely.
LEAST_ALONE = 0.2


class Finishing(NamedTuple):
    """The candidates that are run on all evidence if none is certified, the most that takes, and the budget.

    `rows` is the number of examples for each: all, or for the first that does not fit, the rest of the budget; `brief`
    are those that are so fast that they are run on all even if they are far from the bar.
    """

    candidates: frozenset[int]
    seconds: float
    budget: float
    rows: dict[int, int]
    brief: frozenset[int]


class Counted(NamedTuple):
    """A candidate's outcomes on all examples it ran on.

    `held_out` is the number of training rows right in cross-validation, and of how many: not evidence, but informative.
    """

    candidate: int
    passes: int
    of: int
    held_out: tuple[int, int] = (0, 0)

    @property
    def known(self) -> tuple[int, int]:
        """How many are right, including held-out training rows, and of how many."""
        return self.passes + self.held_out[0], self.of + self.held_out[1]


def finishing(plan: Plan) -> Finishing:
    """Return the cheap candidates, cheapest first, until the budget is used up."""
    costs = []
    for index, candidate in enumerate(plan.candidates):
        if candidate.seconds_per_example is not None:
            rows = len(plan.evidence) + (len(plan.examples.teaching) if candidate.has_head else 0)
            tuning = candidate.training_seconds or 0.0
            costs.append((tuning + rows * candidate.seconds_per_example, index))
    chosen: dict[int, int] = {}
    brief = frozenset(index for cost, index in costs if cost <= LONG)
    seconds, total = 0.0, len(plan.evidence)
    for cost, index in sorted(costs):
        if seconds + cost > SECONDS:
            tuning = plan.candidates[index].training_seconds or 0.0
            left = max(0, int((SECONDS - seconds - tuning) / (cost - tuning) * total))
            return Finishing(frozenset(chosen), seconds, SECONDS, chosen | ({index: left} if left else {}), brief)
        seconds += cost
        chosen[index] = total
    return Finishing(frozenset(chosen), seconds, SECONDS, chosen, brief)


def support(counted: Counted, bar: float) -> float:
    """Return the support for a rate above the bar: one minus the exact p-value of a rate at the bar.

    It is at least 0.7 where the one-sided 70% lower bound of Clopper and Pearson is at least the bar. Held-out training
    rows count like outcomes: this is an estimate, which no claim depends on.
    """
    return 1.0 - binomial.at_least(*counted.known, bar)


def is_likely(counted: Counted, bar: float) -> bool:
    """Return whether an uncertified candidate probably passes, by evidence and held-out rows together.

    Not where the evidence alone, which stands beside it, speaks against it.
    """
    right, of = counted.known
    alone = support(counted._replace(held_out=(0, 0)), bar)
    return counted.of > 0 and right >= bar * of and support(counted, bar) >= ENOUGH and alone >= LEAST_ALONE


def held_out_of(details: Mapping[str, Any]) -> tuple[int, int]:
    """Return a loaded candidate's cross-validation result, in the form of `Counted`."""
    right, of = details.get("cross_validated") or (0, 0)
    return int(right), int(of)


def best_supported(found: Iterable[Counted], bar: float) -> Counted | None:
    """Return the smallest candidate with enough support, else the best supported one; None if there is none.

    The candidates `found` reach the bar, smallest first. Excluded is one with the same result as a smaller one on as
    many examples, regardless of held-out rows.
    """
    weighed: list[tuple[float, Counted]] = []
    for each in found:
        if not any(one.of >= each.of and one.passes * each.of >= each.passes * one.of for _, one in weighed):
            weighed.append((support(each, bar), each))
    enough = next((each for weight, each in weighed if weight >= ENOUGH), None)
    return enough or max(weighed, key=lambda pair: (pair[0], -pair[1].candidate), default=(0.0, None))[1]


def is_refuted(plan: Plan, passed: Sequence[bool]) -> bool:
    """Return whether outcomes prove a true pass rate below the bar, with error at most α over all looks.

    The boundary of the claim "wrong more often than the bar allows". Each candidate is tested at the whole of α: that
    *none* passes is claimed only if all are refuted, and it is false only if one that passes is refuted, which has
    probability at most α (an intersection-union test: Berger, Technometrics 24 (1982) 295-300).
    """
    return _refuted_after(plan, passed, 1.0) is not None


def is_far_after(plan: Plan, index: int, passed: Sequence[bool]) -> int | None:
    """Return the number of outcomes after which the bar is refuted at a tenth of α, so that no more are asked.

    None if never, or if all of them are asked anyway because they take only seconds.
    """
    return None if index in plan.finishing.brief else _refuted_after(plan, passed, FAR)


def _refuted_after(plan: Plan, passed: Sequence[bool], share: float) -> int | None:
    bar, alpha = plan.task.bar, 1.0 - plan.task.bar.confidence
    levels = sorted({share * alpha, alpha})  # nested: refuted at a share of α implies refuted at α
    test = nested(len(plan.evidence), round(1.0 - bar.pass_rate, 9), levels, grows=plan.grows, own=alpha)[0]
    state = test.certified([not each for each in passed], gives_up=False)
    return state.after if state.claim is Claim.HOLDS else None


def could_prove(plan: Plan) -> bool:
    """Return whether these examples are enough to prove anything: for one candidate, all right, at α."""
    bar = plan.task.bar
    return len(plan.evidence) >= examples_needed(bar.pass_rate, 1.0 - bar.confidence, grows=plan.grows)
