"""The parts of the documents that tell what the examples can prove, what hangs on the bar, and what may help."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from advisor.candidates.tuned import offer
from advisor.decide.advice import advise
from advisor.decide.sensitivity import sensitivity

if TYPE_CHECKING:
    from advisor.decide.decision import Decision
    from advisor.decide.more_examples import More
    from advisor.decide.plan import Plan


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


def sensitivity_document(plan: Plan, decision: Decision) -> list[dict[str, Any]]:
    """Return what a bar two points lower and higher would change, as plain values."""
    names = [candidate.name for candidate in plan.candidates]
    records = {result.candidate.key: result.record for result in decision.results}
    return [
        {
            "bar": shift.bar,
            "recommended": None if shift.answer is None else names[shift.answer],
            "strength": shift.strength,
            "run_would_go_on_with": None if shift.goes_on is None else names[shift.goes_on],
            "changed": [
                {"model": names[index], "verdict": shift.verdicts[index], "strength": shift.strengths[index]}
                for index in shift.changed
            ],
        }
        for shift in sensitivity(plan, records)
    ]


def more_document(more: More | None) -> dict[str, int | None] | None:
    """Return how many more examples may certify, and how many likely do, as plain values."""
    return None if more is None else more._asdict()


def in_all(plan: Plan, more: More | None) -> int | None:
    """Return how many examples likely certify, with those there are."""
    return None if more is None or more.likely is None else len(plan.evidence) + more.likely


def advice_document(plan: Plan, decision: Decision) -> dict[str, Any] | None:
    """Return what may help where no candidate passes, as plain values; None where one does."""
    if decision.verdict == "passes":
        return None
    advice = advise(plan, decision)
    best = advice.best
    return {
        "best": None
        if best is None
        else {
            "model": plan.candidates[best.candidate].name,
            "passes": best.passes,
            "of": best.of,
            "gap": best.gap,
            "proven": best.proven,
        },
        "more_examples_best": more_document(advice.examples),
        "examples_to_certify_best": in_all(plan, advice.examples),
        "teaching_examples": advice.teaching,
        "head_instead_of_prompt": advice.head_instead,
        "guessed_parameters_needed": advice.parameters,
        "larger_models_in_the_catalog": advice.larger,
        "first_in_the_catalog": next((each.model for each in plan.shortlist.suggestions), None),
        "tuning": offer(plan.candidates, plan.task, plan.examples, plan.memory_limit),
        "mixed_up": [asdict(mixed) for mixed in advice.mixed],
    }
