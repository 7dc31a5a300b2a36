"""The parts of the documents that tell what the examples can prove, what hangs on the bar, and what may help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.candidates.tuned import offer
from advisor.decide.advice import advise
from advisor.decide.sensitivity import sensitivity
from advisor.runs.result import Advice, Changed, Closest, Shift

if TYPE_CHECKING:
    from advisor.decide.decision import Decision
    from advisor.decide.plan import Plan
    from advisor.decide.records import More


def reach_document(plan: Plan) -> dict[str, Any]:
    """Return what the examples can carry, what it is expected to take, and what would raise it, as plain values."""
    outlook, cost = plan.outlook, plan.expected_cost
    return {
        "fewest_examples_guessed": outlook.needed,
        "fewest_examples_others": outlook.needed_off_guess,
        "chances": [
            {
                "true_pass_rate": chance.pass_rate,
                "certified_if_guessed": chance.certified,
                "certified_if_not_guessed": chance.off_guess,
                "mean_examples": chance.examples,
            }
            for chance in outlook.chances
        ],
        "told_pass_rate": outlook.told.pass_rate,
        "trades": [
            {
                "change": trade.change,
                "to": trade.to,
                "certified_if_guessed": trade.certified,
                "certified_if_not_guessed": trade.off_guess,
                "strength": trade.strength,
            }
            for trade in outlook.trades
        ],
        "expected": {
            "inferences": cost.inferences,
            "likely_inferences": list(cost.likely),
            "most_inferences": cost.most,
            "seconds": cost.seconds,
            "likely_seconds": None if cost.likely_seconds is None else list(cost.likely_seconds),
            "most_seconds": cost.most_seconds,
            "download_bytes": cost.download_bytes,
        },
    }


def shifts_of(plan: Plan, decision: Decision) -> list[Shift]:
    """Return what a bar two points lower and higher would change."""
    names = [candidate.name for candidate in plan.candidates]
    records = {result.candidate.key: result.record for result in decision.results}
    return [
        Shift(
            shift.bar,
            None if shift.answer is None else names[shift.answer],
            shift.strength,
            None if shift.goes_on is None else names[shift.goes_on],
            [Changed(names[index], shift.verdicts[index], shift.strengths[index]) for index in shift.changed],
        )
        for shift in sensitivity(plan, records)
    ]


def in_all(plan: Plan, more: More | None) -> int | None:
    """Return how many examples likely certify, with those there are."""
    return None if more is None or more.likely is None else len(plan.evidence) + more.likely


def advice_of(plan: Plan, decision: Decision) -> Advice | None:
    """Return what may help where no candidate passes; None where one does."""
    if decision.verdict == "passes":
        return None
    advice = advise(plan, decision)
    best = advice.best
    return Advice(
        None
        if best is None
        else Closest(plan.candidates[best.candidate].name, best.passes, best.of, best.gap, best.proven),
        advice.examples,
        in_all(plan, advice.examples),
        advice.teaching,
        advice.head_instead,
        advice.parameters,
        advice.larger,
        next((each.model for each in plan.shortlist.suggestions), None),
        offer(plan.candidates, plan.task, plan.examples, plan.memory_limit),
        list(advice.mixed),
    )
