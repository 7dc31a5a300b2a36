"""What to try when no candidate passes: the best one, its gap, and steps with their numbers. Guesses are named so."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.decide.more_examples import more_examples
from advisor.decide.records import Mixed, drawn
from advisor.evidence import prior_guess
from advisor.families import family

if TYPE_CHECKING:
    from advisor.decide.decision import CandidateResult, Decision
    from advisor.decide.plan import Plan
    from advisor.decide.records import More

LARGEST_STEP = 1000.0
# From fewer outcomes no size is guessed: none of three right says nearly nothing of how far off a model is.
FEWEST_FOR_A_GUESS = 10
FEWEST_MIXED = 3
TWO_LABELS = 2
PROMPTS = frozenset({"prompted", "zero-shot", "nearest label"})


@dataclass(frozen=True, slots=True)
class Best:
    """The candidate that came closest.

    Attributes:
        candidate: Its place in the plan.
        passes: How many of its counted examples came out right.
        of: How many there were.
        gap: How far its observed rate is below the bar; zero or less where it reaches the bar.
        proven: The pass rate that its outcomes do prove: a bar up to this would have been certified.
    """

    candidate: int
    passes: int
    of: int
    gap: float
    proven: float


@dataclass(frozen=True, slots=True)
class Advice:
    """What may help, each None or empty where it does not apply.

    Attributes:
        best: The candidate that came closest; None if none could be run.
        examples: How many more evidence examples would certify it, if they go like these.
        teaching: How many examples taught heads: more may help.
        head_instead: Whether a head trained on the user's examples could take the place of the best one's prompt.
        parameters: About how large a model of the best one's kind would have to be, by the guess of `prior_guess`.
        larger: How many larger models the catalog found that were not tried.
        mixed: What it mixes up most: a narrower task would leave it out, clearer labels might mend it.
    """

    best: Best | None
    examples: More | None
    teaching: int | None
    head_instead: bool
    parameters: int | None
    larger: int
    mixed: tuple[Mixed, ...]


def advise(plan: Plan, decision: Decision) -> Advice:
    """Return what may help where no candidate passes; it is as true, and less needed, where one does."""
    ran = [index for index, result in enumerate(decision.results) if result.counted]
    if not ran:
        return Advice(None, None, None, head_instead=False, parameters=None, larger=0, mixed=())
    index = max(ran, key=lambda each: (_drawn(decision.results[each]), -each))
    result = decision.results[index]
    bar, of = plan.task.bar.pass_rate, len(result.counted)
    best = Best(index, result.passes, of, bar - result.passes / of, result.lower_bound or 0.0)
    method, known = result.candidate.method, result.candidate.parameters
    heads = any(decision.results[each].candidate.has_head for each in ran)
    can_learn = family(plan.task.family).has_labels and bool(plan.examples.labels)
    return Advice(
        best=best,
        examples=more_examples(plan, [each.passed for each in result.counted], index),
        teaching=len(plan.examples.teaching) if heads else None,
        head_instead=method in PROMPTS and not heads and can_learn and not plan.examples.teaching,
        parameters=_parameters(method, known, _drawn(result), bar) if of >= FEWEST_FOR_A_GUESS else None,
        larger=sum(1 for each in plan.shortlist.suggestions if (each.parameters or 0) > (known or 0)),
        # Of two labels one is always said for the other: to leave that out leaves no task. Nor is a task narrowed for
        # what answers without a model.
        mixed=_mixed(result) if len(_answers(plan)) != TWO_LABELS and not result.candidate.is_baseline else (),
    )


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


def _mixed(result: CandidateResult) -> tuple[Mixed, ...]:
    """Return the pairs that are mixed up at least three times, most often first, at most three."""
    pairs = Counter(
        (str(mistake.example.expected), str(mistake.output)) for mistake in result.mistakes if mistake.error is None
    )
    told = []
    for (expected, said), times in sorted(pairs.items(), key=lambda item: (-item[1], item[0]))[:3]:
        if times >= FEWEST_MIXED:
            told.append(Mixed(expected, said, times, result.passes / max(1, len(result.counted) - times)))
    return tuple(told)
