"""What to try when no candidate passes: the best one, its gap, and steps with their numbers. Guesses are named so."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from advisor.candidates.tuned import offer
from advisor.decide.more_examples import more_examples
from advisor.decide.records import Advice, Closest, Mixed, drawn
from advisor.evidence import prior_guess
from advisor.families import family

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor.decide.decision import CandidateResult, Decision
    from advisor.decide.plan import Plan
    from advisor.decide.records import More

LARGEST_STEP = 1000.0
# From fewer outcomes no size is guessed: none of three right says nearly nothing of how far off a model is.
FEWEST_FOR_A_GUESS = 10
FEWEST_MIXED = 3
TWO_LABELS = 2
PROMPTS = frozenset({"prompted", "zero-shot", "nearest label"})


def advise(plan: Plan, decision: Decision) -> Advice:
    """Return what may help where no candidate passes; it is as true, and less needed, where one does."""
    suggestions = plan.shortlist.suggestions
    first = next((each.model for each in suggestions), None)
    tuning = offer(plan.candidates, plan.task, plan.examples, plan.memory_limit)
    ran = [index for index, result in enumerate(decision.results) if result.counted]
    if not ran:
        return Advice(None, None, None, None, False, None, 0, first, tuning, [])  # noqa: FBT003  of no prompt
    index = max(ran, key=lambda each: (_drawn(decision.results[each]), -each))
    result = decision.results[index]
    bar, of = plan.task.bar.pass_rate, len(result.counted)
    method, known = result.candidate.method, result.candidate.parameters
    heads = any(decision.results[each].candidate.has_head for each in ran)
    kind = family(plan.task.family)
    can_learn = kind.has_labels and bool(plan.examples.labels)
    mixes = len(_answers(plan)) != TWO_LABELS and not result.candidate.is_baseline
    more = more_examples(plan, [each.passed for each in result.counted], index)
    return Advice(
        best=Closest(result.candidate.name, result.passes, of, bar - result.passes / of, result.lower_bound or 0.0),
        more_examples_best=more,
        examples_to_certify_best=in_all(plan, more),
        teaching_examples=len(plan.examples.teaching) if heads else None,
        head_instead_of_prompt=method in PROMPTS and not heads and can_learn and not plan.examples.teaching,
        guessed_parameters_needed=(
            _parameters(method, known, _drawn(result), bar) if of >= FEWEST_FOR_A_GUESS else None
        ),
        larger_models_in_the_catalog=sum(1 for each in suggestions if (each.parameters or 0) > (known or 0)),
        first_in_the_catalog=first,
        tuning=tuning,
        # Of two labels one is always said for the other: to leave that out leaves no task. Nor is a task narrowed for
        # what answers without a model.
        mixed_up=_mixed(result, kind.said) if mixes else [],
    )


def in_all(plan: Plan, more: More | None) -> int | None:
    """Return how many examples likely certify, with those there are."""
    return None if more is None or more.likely is None else len(plan.evidence) + more.likely


def _answers(plan: Plan) -> set[str]:
    """Return the labels, or what a family without any expects: the yes and no of pairs are two as well."""
    return set(plan.examples.labels) or {str(example.expected) for example in plan.evidence}


def _drawn(result: CandidateResult) -> float:
    return drawn(result.passes, len(result.counted))


def _parameters(method: str, known: int | None, observed: float, bar: float) -> int | None:
    """Return the size at which the line through the best one reaches the bar, None if far beyond what is guessed by."""
    if known is None or observed >= bar:
        return None
    _, rise, _ = prior_guess.STRENGTHS.get(method, prior_guess.STRENGTHS[prior_guess.DEFAULT_METHOD])
    times = 10.0 ** ((prior_guess.logit(bar) - prior_guess.logit(observed)) / rise)
    return round(known * times) if times <= LARGEST_STEP else None


def _mixed(result: CandidateResult, said_of: Callable[[Any], str]) -> list[Mixed]:
    """Return the pairs that are mixed up at least three times, most often first, at most three."""
    pairs = Counter(
        (said_of(mistake.expected), said_of(mistake.output)) for mistake in result.mistakes if mistake.error is None
    )
    told = []
    for (expected, said), times in sorted(pairs.items(), key=lambda item: (-item[1], item[0]))[:3]:
        if times >= FEWEST_MIXED:
            told.append(Mixed(expected, said, times, result.passes / max(1, len(result.counted) - times)))
    return told
