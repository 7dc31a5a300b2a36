"""Forecast of a run's cost: a simulation of the search over tasks and models drawn from the prior guess.

A run ends early if the guess is right and the bar is far from the models' rates. Near the bar one candidate after
another runs on all examples, so a single number would mislead: the median draw is given with the range of most draws,
and with the maximum.

The task's difficulty matters most. If texts have one label each, naive Bayes on the training rows estimates it about as
well as the linear baseline will, in a tenth of a second. Otherwise a quarter of the draws have the bar at about the
rate of the model that is tried first, because people set a bar that they think can be reached. With half of them the
median run would be one on all examples, over three times the usual time.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from advisor.decide.agreement import CHEAP, MOST_GENERATED_PAIRS, MOST_PAIRS, kinds
from advisor.decide.cross_validation import FEWEST_ROWS, constants, surely_passes
from advisor.decide.finish import ENOUGH, Counted, best_supported, is_far_after, support
from advisor.decide.search import MOST_COMPARED, begun
from advisor.decide.steps import batch_size
from advisor.evidence import prior_guess
from advisor.evidence.ladder import proven, survey
from advisor.evidence.sequential import Claim, Standing
from advisor.task.word_labels import held_out

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.decide.plan import Plan
    from advisor.evidence.sharing import Sharing

DRAWS = 100
SEED = 0
LIKELY = (0.05, 0.975)
# Share of draws from which a candidate is expected to be downloaded.
FETCHED = 0.5
# Maximum of training rows for naive Bayes; the number of the linear model's outcomes that its result is worth; and the
# linear model's gain in logits from learning from all rows instead of half.
LOOKED_AT, WORTH, HALF = 400, 40, 0.2
# One of this many draws has the bar at a model's rate, where the task's difficulty is not estimated.
NEAR = 4


@dataclass(frozen=True, slots=True)
class ExpectedCost:
    """Inferences, seconds including loading models and training heads, and bytes to download."""

    inferences: int  # Of the median draw, by seconds if known.
    seconds: float | None  # Of that draw; None if the speed of a candidate that may be asked is unknown.
    download_bytes: int  # Of the candidates that are cross-validated, or asked in most draws.
    likely_inferences: tuple[float, float]  # Range of nine of ten draws, most of the rest below.
    likely_seconds: tuple[float, float] | None  # The same in seconds.
    most_inferences: int  # Upper limit.
    most_seconds: float | None  # Upper limit at the predicted speeds.


@dataclass(slots=True)
class _Draw:
    """One simulated run: which answers are right, what is loaded, and how many answers each candidate gives."""

    plan: Plan
    rates: Sequence[float]
    passed: list[list[bool]]
    loaded: set[int] = field(default_factory=set)
    asked: list[int] = field(default_factory=list)
    besides: list[int] = field(default_factory=list)

    @property
    def counts(self) -> list[int]:
        return [asked + besides for asked, besides in zip(self.asked, self.besides, strict=True)]

    def run(self) -> None:
        count = len(self.plan.candidates)
        self.asked, self.besides = [0] * count, [0] * count
        sharing = self._cross_validated()
        baselines = [index for index, each in enumerate(self.plan.candidates) if each.is_baseline]
        for index in baselines:
            self._ask(index, self._standing(index, 0).after)
        place = survey(begun(self.plan, sharing, self._standing), self._standing)
        for index, handed_on in place.looks:
            self._ask(index, self._standing(index, handed_on).after)
        found = place.smallest
        if found is None:
            found, after = self._on_these()
        else:
            after = self._standing(found, place.handed_on[found]).after
        if found is not None:
            self.besides[found] = _second_questions(self.plan, found, after)
            self._compare(found, after)
            for index in baselines:
                self._ask(index, after if index < found else 0)
        brief = self.plan.finishing.brief
        slow = [index for index, _ in place.looks if index not in brief and self.plan.task.limits.inferences is None]
        for index in brief & {*range(max((found or 0, *slow)))}:
            self._ask(index, len(self.plan.evidence))

    def _cross_validated(self) -> Sharing:
        """Load the cross-validated candidates; probing starts at the smallest that passes there, if any."""
        plan, rows = self.plan, len(self.plan.examples.teaching)
        bar, sharing, most = plan.task.bar.pass_rate, plan.sharing, len(plan.candidates)
        for index in plan.to_cross_validate if plan.learned is None else ():
            if index <= most:
                self.loaded.add(index)
                most = index if surely_passes(round(self.rates[index] * rows), rows, bar) else most
        ladder = enumerate(sharing.ladder)
        passing = [place for place, index in ladder if index in self.loaded and self.rates[index] > bar]
        return replace(sharing, start=passing[0]) if passing else sharing

    def _standing(self, index: int, handed_on: int) -> Standing:
        return self.plan.test(index, handed_on).certified(self.passed[index])

    def _late(self, index: int, handed_on: int) -> Standing:
        """Return the standing of a certified claim if nothing else is settled, as in `advisor.decide.search.held`."""
        late = self.plan.test(index, handed_on).certified(self.passed[index], gives_up=False)
        is_seen = index in self.plan.finishing.candidates or late.after <= self._here(index).after
        return late if is_seen else Standing(Claim.GIVEN_UP, late.after)

    def _here(self, index: int) -> Standing:
        gives_up = index not in self.plan.finishing.candidates
        return self.plan.tests[index].examples(self.passed[index], gives_up=gives_up)

    def _on_these(self) -> tuple[int | None, int]:
        """Return the answer if none is certified in the search, and after how many of its answers."""
        plan, total = self.plan, len(self.plan.evidence)
        for index, rows in plan.finishing.rows.items():
            self._ask(index, is_far_after(plan, index, self.passed[index][:rows]) or rows)
        late = proven(plan.sharing, self._late)
        if late.smallest is not None:
            return late.smallest, self._late(late.smallest, late.handed_on[late.smallest]).after
        passing, bar = [], plan.task.bar.pass_rate
        for index in range(len(plan.candidates)):
            here = self._here(index)
            self._ask(index, here.after)
            if here.claim is Claim.HOLDS:
                passing.append(Counted(index, sum(self.passed[index]), total))
                if support(passing[-1], bar) >= ENOUGH:
                    break
        best = best_supported(passing, bar)
        return (None, 0) if best is None else (best.candidate, total)

    def _ask(self, index: int, count: int) -> None:
        """Ask a candidate for `count` answers, plus the rest of the last batch."""
        done, runtime = 0, self.plan.candidates[index].runtime
        while done < count:
            done += batch_size(runtime, done)
        self.asked[index] = max(self.asked[index], min(done, len(self.plan.evidence)))

    def _compare(self, found: int, after: int) -> None:
        larger = found + 1
        if larger < len(self.plan.candidates) and self.plan.candidates[larger].training_seconds is not None:
            larger += 1
        if larger < len(self.plan.candidates):
            wrong = [n for n, right in enumerate(self.passed[found][:after]) if not right][:MOST_COMPARED]
            self.besides[larger] += sum(n >= self.asked[larger] for n in wrong)


def forecast(plan: Plan) -> ExpectedCost:
    """Return the expected cost of a plan's run, and its maximum."""
    random = np.random.default_rng(SEED)
    count, total = len(plan.candidates), len(plan.evidence)
    draws = []
    for rates in _worlds(plan, random).tolist():
        draws.append(_Draw(plan, rates, [(random.random(total) < rate).tolist() for rate in rates]))
        draws[-1].run()
    most = _most(plan)
    limit = plan.task.limits.inferences or max(map(sum, most))
    sums = [min(limit, sum(draw.counts)) for draw in draws]
    times = [seconds_of(plan, draw.counts, draw.loaded) for draw in draws]
    slowest = [seconds_of(plan, each, plan.to_cross_validate) for each in most]
    known = [each for each in times if each is not None]
    all_known = len(known) == len(times)
    middle = sorted(range(DRAWS), key=lambda draw: (known[draw] if all_known else 0.0, sums[draw]))[DRAWS // 2]
    used = [sum(index in draw.loaded or draw.counts[index] > 0 for draw in draws) for index in range(count)]
    return ExpectedCost(
        sums[middle],
        times[middle] if all_known else None,
        sum(each.download_bytes for each, by in zip(plan.candidates, used, strict=True) if by >= FETCHED * DRAWS),
        (_at(sums, LIKELY[0]), _at(sums, LIKELY[1])),
        (_at(known, LIKELY[0]), _at(known, LIKELY[1])) if all_known else None,
        min(limit, max(map(sum, most))),
        None if None in slowest else max(each or 0.0 for each in slowest),
    )


def _worlds(plan: Plan, random: np.random.Generator) -> NDArray[np.float64]:
    """Draw true pass rates, of shape (draws, candidates)."""
    known, rows = constants(plan), plan.examples.teaching[:LOOKED_AT]
    linear = next((index for index, each in enumerate(plan.candidates) if each.method == "linear"), None)
    labelled = [(each.input, each.expected) for each in rows if isinstance(each.expected, str)]
    is_estimated = linear is not None and plan.examples.labels and len(labelled) == len(rows) >= FEWEST_ROWS
    if linear is not None and is_estimated:
        right = prior_guess.logit((held_out(labelled) + 0.5) / (len(rows) + 1.0)) + HALF
        known[linear] = (round(WORTH * prior_guess.share(right)), WORTH)
    rates = prior_guess.draw_worlds(plan.strengths, known, DRAWS)
    if not is_estimated:
        near = np.array(plan.strengths) + prior_guess.logit(plan.task.bar.pass_rate) - plan.strengths[plan.expected]
        logits = near + prior_guess.MODEL_SPREAD * random.standard_normal((DRAWS // NEAR, len(near)))
        rates[::NEAR] = 1.0 / (1.0 + np.exp(-logits))
    return rates


def _most(plan: Plan) -> list[list[int]]:
    """Return the most answers of each candidate, for each candidate that may be asked a second time."""
    count, total = len(plan.candidates), len(plan.evidence)
    if plan.task.bar.agreement is not None:
        return [[2 * total] * count]
    second = [_second_questions(plan, index, total) for index in range(count)]
    return [[total + (second[each] if each == index else 0) for each in range(count)] for index in range(count)]


def _second_questions(plan: Plan, index: int, after: int) -> int:
    """Return how many inputs a candidate is asked again if it passes after `after` answers."""
    if plan.task.bar.agreement is not None:
        return after
    candidate = plan.candidates[index]
    several = kinds(plan.task.family, candidate.method)
    most = MOST_PAIRS if candidate.ability in CHEAP else MOST_GENERATED_PAIRS
    return sum(min(most, (after + len(several) - 1 - place) // len(several)) for place in range(len(several)))


def seconds_of(plan: Plan, counts: Sequence[int], loaded: Collection[int]) -> float | None:
    """Return the seconds for these answers on the equally busy machine, with loading and training; None if unknown."""
    seconds = 0.0
    for index, (candidate, count) in enumerate(zip(plan.candidates, counts, strict=True)):
        if not count and index not in loaded:
            continue
        if candidate.seconds_per_example is None:
            return None
        seconds += candidate.loading_seconds + plan.learning_seconds[index] + (candidate.training_seconds or 0.0)
        seconds += count * candidate.seconds_per_example
    return seconds * plan.slowed


def _at(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]
