"""Which verdict would change if the bar were a little higher or lower, from the outcomes as they are.

The shares of α stay as they were fixed. What comes out is no claim: a bar chosen after looking is not the bar that was
tested. It shows whether the answer depends on the exact bar.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from advisor.decide.finish import is_refuted
from advisor.decide.records import CandidateRecord, Changed, Shift
from advisor.decide.search import answer, held, position, standing
from advisor.evidence.sequential import Claim, Strength, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor.decide.plan import Plan

POINTS = 0.02


def sensitivity(plan: Plan, records: Mapping[str, CandidateRecord]) -> list[Shift]:
    """Return what a bar two points lower, then higher, would change; a bar beyond 0 or 1 is left out."""
    here, names = verdicts(plan, records), [each.name for each in plan.candidates]
    shifts = []
    for bar in (plan.task.bar.pass_rate - POINTS, plan.task.bar.pass_rate + POINTS):
        if not 0.0 < bar < 1.0:
            continue
        there = at_bar(plan, bar)
        judged, found, next_one = verdicts(there, records), answer(there, records), position(there, records).probing
        shifts.append(
            Shift(
                round(bar, 6),
                None if found is None else names[found.candidate],
                None if found is None else found.strength,
                None if next_one is None else names[next_one],
                [Changed(name, *now) for name, now, was in zip(names, judged, here, strict=True) if now != was],
            )
        )
    return shifts


def at_bar(plan: Plan, bar: float) -> Plan:
    """Return the plan with another pass rate and the same shares of α."""
    other = plan.task.bar.model_copy(update={"pass_rate": round(bar, 6)})
    return replace(plan, task=plan.task.model_copy(update={"bar": other}), learned=plan.sharing)


class Judged(NamedTuple):
    """A candidate's verdict, None while open, and the strength with which it passes, if it does."""

    verdict: Verdict | None
    strength: Strength | None = None


def verdicts(plan: Plan, records: Mapping[str, CandidateRecord]) -> tuple[Judged, ...]:
    """Return each candidate's verdict by its outcomes."""
    place, found = held(plan, records), answer(plan, records)
    is_certified, is_late = bool(place.certified), not position(plan, records).certified
    judged: list[Judged] = []
    for index, candidate in enumerate(plan.candidates):
        outcomes = records[candidate.key].in_order(plan.evidence)
        certified = standing(plan, records, index, Strength.CERTIFIED, place.heirs.get(index, 0))
        if index in place.certified:
            judged.append(Judged(Verdict.PASSES, Strength.CERTIFIED))
        elif found is not None and found.candidate == index and found.strength is not Strength.PROVISIONAL:
            judged.append(Judged(Verdict.PASSES, found.strength))
        elif not outcomes or certified.claim is Claim.OPEN:
            judged.append(Judged(None))
        elif not is_certified:
            is_failing = is_refuted(plan, [outcome.passed for outcome in outcomes])
            judged.append(Judged(Verdict.FAILS if is_failing else Verdict.UNDECIDED))
        else:
            is_all = is_late and index in plan.finishing.candidates
            counted = (None if is_all else outcomes[: certified.after]) or outcomes
            passed = [each.passed for each in counted]
            is_part, is_low = len(passed) < len(plan.evidence), sum(passed) < plan.task.bar.pass_rate * len(passed)
            is_lost = plan.tests[index].examples(passed, gives_up=is_part).claim is Claim.GIVEN_UP
            judged.append(Judged(Verdict.FAILS if is_low or is_lost else Verdict.UNDECIDED))
    return tuple(judged)
