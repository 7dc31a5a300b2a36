"""Where the search certifies nothing: what is cheap is run on all evidence before a word is said, and what that shows.

Giving up saves time, and where an answer takes milliseconds there is none to save: so the candidates whose answers to
all evidence fit into a budget of seconds, which the plan names, are run to the end, and what is left of the budget is
for the next one. Which they are follows from the plan alone. One that would take long and is far from the bar is not:
where its outcomes refute the bar at a tenth of α, the rest of them would change nothing.

What is certified on this way is certified: a boundary of `advisor.evidence.sequential` holds its level over all looks
at N examples whether or not giving up is obeyed (it is not binding), so a boundary crossed after a candidate was given
up is crossed, at the share that it holds and with what others hand on (`advisor.evidence.sharing`, step 1: the p-value
of a candidate is the least level at which its whole path is certified, and stopping early only makes it larger). All
else that this shows are estimates, and called that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from advisor.evidence import binomial
from advisor.evidence.sequential import Claim, examples_needed, nested

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from advisor.decide.plan import Plan

SECONDS = 120.0
# At such a share of α a refuted candidate is not run further, if all of its answers would take more than these seconds.
FAR, LONG = 0.1, 5.0
# Of candidates that pass the examples the smallest with so much support is the answer, else the best supported one. In
# worlds drawn from `prior_guess` (24 to 180 examples, bars .75 to .9) it names the smallest that truly passes about as
# often as the smallest whose rate touches the bar does, and half as often one that does not pass.
ENOUGH = 0.7


class Finishing(NamedTuple):
    """The candidates that are run on all evidence where none is certified, what that takes at most, and the budget.

    `rows` says on how many examples each is run: all, or of the first that does not fit, what the budget leaves;
    `brief` are those whose answers to all take so little time that they are given even where they are far from the bar.
    """

    candidates: frozenset[int]
    seconds: float
    budget: float
    rows: dict[int, int]
    brief: frozenset[int]


class Counted(NamedTuple):
    """A candidate's outcomes on all that it was run on.

    `held_out` is how many training rows came out right in cross-validation, of how many: no evidence, but it tells.
    """

    candidate: int
    passes: int
    of: int
    held_out: tuple[int, int] = (0, 0)

    @property
    def known(self) -> tuple[int, int]:
        """How many came out right, held-out training rows too, of how many."""
        return self.passes + self.held_out[0], self.of + self.held_out[1]


def finishing(plan: Plan) -> Finishing:
    """Return the candidates that are cheap: all of them, cheapest first, as long as the budget lasts."""
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
    """Return how much outcomes speak for a rate above the bar: one less the exact p-value of a rate at the bar.

    It is at least 0.7 where the one-sided 70% lower bound of Clopper and Pearson is at least the bar. Held-out training
    rows count as outcomes do: this is an estimate, which no claim rests on.
    """
    return 1.0 - binomial.at_least(*counted.known, bar)


def is_likely(counted: Counted, bar: float) -> bool:
    """Return whether a candidate that is not certified probably passes, by evidence and held-out rows together."""
    right, of = counted.known
    return counted.of > 0 and right >= bar * of and support(counted, bar) >= ENOUGH


def held_out_of(details: Mapping[str, Any]) -> tuple[int, int]:
    """Return what cross-validation found when a candidate was loaded, as `Counted` has it."""
    right, of = details.get("cross_validated") or (0, 0)
    return int(right), int(of)


def best_supported(found: Iterable[Counted], bar: float) -> Counted | None:
    """Return the smallest candidate with enough support, else the best supported one; None if there is none.

    One that a smaller one equals on as many examples is never it, whatever was held out.

    Args:
        found: Those whose rate reaches the bar, smallest first.
        bar: The pass rate required.
    """
    weighed: list[tuple[float, Counted]] = []
    for each in found:
        if not any(one.of >= each.of and one.passes * each.of >= each.passes * one.of for _, one in weighed):
            weighed.append((support(each, bar), each))
    enough = next((each for weight, each in weighed if weight >= ENOUGH), None)
    return enough or max(weighed, key=lambda pair: (pair[0], -pair[1].candidate), default=(0.0, None))[1]


def is_refuted(plan: Plan, passed: Sequence[bool]) -> bool:
    """Return whether outcomes prove a true pass rate below the bar, with error at most α, whenever one looks.

    The boundary of the claim "wrong more often than the bar allows". Each candidate is tested at the whole of α: that
    *none* passes is said only where every one is refuted, and it is false only if one is refuted that passes. With
    chance at most α that happens to the one (an intersection-union test: Berger, Technometrics 24 (1982) 295-300).
    """
    return _refuted_after(plan, passed, 1.0) is not None


def is_far_after(plan: Plan, index: int, passed: Sequence[bool]) -> int | None:
    """Return after how many outcomes the bar is refuted at a tenth of α, so that no more are asked.

    None if never, or if all of them are asked anyway, for they take seconds.
    """
    return None if index in plan.finishing.brief else _refuted_after(plan, passed, FAR)


def _refuted_after(plan: Plan, passed: Sequence[bool], share: float) -> int | None:
    bar, alpha = plan.task.bar, 1.0 - plan.task.bar.confidence
    levels = sorted({share * alpha, alpha})  # nested: what is refuted at a share of α is refuted
    test = nested(len(plan.evidence), round(1.0 - bar.pass_rate, 9), levels, grows=plan.grows, own=alpha)[0]
    state = test.certified([not each for each in passed], gives_up=False)
    return state.after if state.claim is Claim.HOLDS else None


def could_prove(plan: Plan) -> bool:
    """Return whether these examples are as many as could prove anything: of one candidate, all right, at α."""
    bar = plan.task.bar
    return len(plan.evidence) >= examples_needed(bar.pass_rate, 1.0 - bar.confidence, grows=plan.grows)
