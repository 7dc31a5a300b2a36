"""Simulated runs over a ladder of true pass rates, by the code as it is; see `benchmarks.evidence`.

All trials' outcomes are drawn at once. The end of a claim is looked up in the boundary and the futility limits of
`advisor.evidence.sequential.Test`, and `advisor.evidence.ladder.survey` walks the ladder as in a real run.
`check` runs some of the trials through `advisor.decide.search` itself, batch by batch, and compares.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from advisor.candidates.build import Shortlist
from advisor.decide.plan import Plan
from advisor.decide.records import Purpose
from advisor.decide.search import next_step, position
from advisor.decide.steps import batch_size
from advisor.evidence.futility import most_failures
from advisor.evidence.ladder import proven, survey
from advisor.evidence.sequential import Before, Claim, Standing, Test, nested
from advisor.evidence.sharing import Sharing
from tests.decide.simulated import candidate, empty_records, outcome, plan

RUNTIME = "onnx"  # whose batches are counted
SMALLEST = 8_000_000


class Found(NamedTuple):
    """Result of each trial: the answer (-1: none), whether anything false was certified, and its cost.

    Arrays of shape (trials,); the cost is the share of running everything.
    """

    answer: NDArray[np.int64]
    false: NDArray[np.bool_]
    inferences: NDArray[np.float64]


@dataclass
class Drawn:
    """One ladder's outcomes for all trials: `passed` has the shape (candidates, trials, examples)."""

    rates: tuple[float, ...]
    passed: NDArray[np.bool_]

    @classmethod
    def draw(cls, rates: tuple[float, ...], trials: int, examples: int, seed: int) -> Drawn:
        drawn = np.random.default_rng(seed).random((len(rates), trials, examples), dtype=np.float32)
        return cls(rates, drawn < np.array(rates, dtype=np.float32)[:, None, None])


def rated(rate: float, trials: int) -> str:
    """Return a rate with its standard error, at least that of one hit."""
    return f"{rate:.4f} ± {math.sqrt(max(rate * (1 - rate), 1 / trials) / trials):.4f}"


def settle(test: Test, failures: NDArray[np.int16]) -> tuple[list[Claim], list[int]]:
    """Return, for each trial, where the certified claim ends and after how many outcomes (all are given)."""
    if not test.can_certify:
        return [Claim.GIVEN_UP] * len(failures), [0] * len(failures)
    boundary = np.array(test.boundary)
    limits = np.array(most_failures(test.boundary, test.bar))[1:]
    holds = failures <= boundary
    ends = holds | (failures > limits)
    first = np.where(ends.any(axis=1), ends.argmax(axis=1), test.total - 1)
    rows = np.arange(len(failures))
    states = np.where(holds[rows, first], 1, np.where(ends[rows, first], 2, 0)).tolist()
    return [(Claim.OPEN, Claim.HOLDS, Claim.GIVEN_UP)[state] for state in states], (first + 1).tolist()


def simulate(
    drawn: Drawn,
    sharing: Sharing,
    bar: float,
    *,
    grows: bool = False,
    first: int = 0,
    finishes: bool = False,
    before: tuple[float, Sharing] | None = None,
) -> Found:
    """Run the search on every trial; if examples grow, until all of them are used.

    They grow from ``first`` examples on; 0: bets alone. If it ``finishes``, all are run on all evidence if none is
    certified, like cheap ones. ``before`` is the bar of the run whose outcomes are reused, and its sharing of α.
    """
    count, trials, total = drawn.passed.shape
    failures = np.cumsum(~drawn.passed, axis=2, dtype=np.int16)
    at = [None if before is None else Before(before[0], before[1].levels(index)) for index in range(count)]
    tests = [
        nested(total, bar, sharing.levels(index), grows=grows, first=first, before=at[index]) for index in range(count)
    ]
    settled: dict[tuple[int, int], tuple[list[Claim], list[int]]] = {}
    ends = np.array([_batch_end(n, total) for n in range(total + 1)])
    found = np.full(trials, -1)
    false = np.zeros(trials, dtype=bool)
    used = np.zeros((trials, count))
    for trial in range(trials):

        def standing(index: int, handed_on: int, trial: int = trial) -> Standing:
            key = index, handed_on
            if key not in settled:
                settled[key] = settle(tests[index][handed_on], failures[index])
            claims, after = settled[key]
            claim, used[trial, index] = claims[trial], max(used[trial, index], after[trial])
            return Standing(Claim.GIVEN_UP if claim is Claim.OPEN else claim, after[trial])

        position = survey(sharing, standing)
        if finishes and not position.certified:

            def in_the_end(index: int, handed_on: int, trial: int = trial) -> Standing:
                crossed = (failures[index, trial] <= np.array(tests[index][handed_on].boundary)).any()
                return Standing(Claim.HOLDS if crossed else Claim.GIVEN_UP, total)

            position = proven(sharing, in_the_end)
            used[trial] = total
        found[trial] = -1 if position.smallest is None else position.smallest
        false[trial] = any(drawn.rates[index] <= bar for index in position.certified)
    spent = ends[used.astype(int)]
    return Found(found, false, spent.sum(axis=1) / (count * total))


def _batch_end(settled: int, total: int) -> int:
    """Return the number of inferences in the batches up to `settled`."""
    done = 0
    while done < settled:
        done += min(batch_size(RUNTIME, done), total - done)
    return done


def check(drawn: Drawn, sharing: Sharing, bar: float, trials: int) -> None:
    """Assert that the search itself has the same answers and inferences in the first trials as the simulation."""
    count, _, total = drawn.passed.shape
    result = simulate(Drawn(drawn.rates, drawn.passed[:, :trials]), sharing, bar)
    of = make_plan(count, total, bar, sharing)
    for trial in range(trials):
        records = empty_records(of)
        while (step := next_step(of, records)) is not None and step.purpose is Purpose.EVIDENCE:
            record = records[of.candidates[step.candidate].key]
            if position(of, records).probing is None:  # the weaker claim, only about the examples, remains
                break
            for example in step.examples[: batch_size(RUNTIME, len(record.outcomes[Purpose.EVIDENCE]))]:
                passed = bool(drawn.passed[step.candidate, trial, example.line - 1])
                record.add(Purpose.EVIDENCE, outcome(example, passed=passed))
        smallest = position(of, records).smallest
        spent = sum(record.inferences for record in records.values()) / (count * total)
        assert (-1 if smallest is None else smallest) == result.answer[trial], "another answer"  # noqa: S101
        assert abs(spent - result.inferences[trial]) < 1e-9, "another number of inferences"  # noqa: S101


def make_plan(candidates: int, examples: int, bar: float, sharing: Sharing | None, *, alpha: float = 0.05) -> Plan:
    """Return a plan with only the parts that the search uses; without a sharing it is guessed as in every plan."""
    made = plan(candidates, examples, bar, sharing)
    # Each candidate is 1.5 times as large as the one below it.
    sizes = [round(SMALLEST * 1.5**rung) for rung in range(candidates)]
    ladder = tuple(
        candidate(rung, runtime=RUNTIME, parameters=size, weights_bytes=2 * size, serving_bytes=2 * size)
        for rung, size in enumerate(sizes)
    )
    result = made.task.bar.model_copy(update={"confidence": 1.0 - alpha})
    return replace(made, task=made.task.model_copy(update={"bar": result}), shortlist=Shortlist(ladder, (), (), {}))
