"""Sensitivity: which verdicts would change with a slightly higher or lower bar, for the same outcomes.

The shares of α stay fixed. The result is not a claim, because a bar chosen after looking is not the bar that was
tested. It shows whether the answer depends on the exact bar.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from advisor.decide.decision import standings
from advisor.decide.records import CandidateRecord, Changed, Shift
from advisor.decide.search import answer, held, position, standing
from advisor.evidence.sequential import Claim, Strength, Verdict

if TYPE_CHECKING:
    from advisor.decide.plan import Plan

POINTS = 0.02


def sensitivity(plan: Plan, records: Mapping[str, CandidateRecord]) -> list[Shift]:
    """Return the changes with a bar two points lower, then higher; a bar beyond 0 or 1 is left out."""
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
    """Return each candidate's verdict, with the strength of those that pass; None as long as it is open."""
    (found, results), handed_on = standings(plan, records), held(plan, records).handed_on
    judged: list[Judged] = []
    for index, each in enumerate(results):
        state = standing(plan, records, index, Strength.CERTIFIED, handed_on.get(index, 0))
        if each.is_certified:
            judged.append(Judged(Verdict.PASSES, Strength.CERTIFIED))
        elif found is not None and found.candidate == index and found.strength is not Strength.PROVISIONAL:
            judged.append(Judged(Verdict.PASSES, found.strength))
        else:
            judged.append(Judged(each.verdict if each.counted and state.claim is not Claim.OPEN else None))
    return tuple(judged)
