"""Advice when no candidate passes: the best one, its gap, and steps with numbers. Guesses are marked as such.

A single number of further examples to certify a candidate would mislead: 33 of 36 at a bar of 90% may be a model at 97%
or one at 88%. So its true rate has the posterior given its outcomes, with a uniform prior, and the probability that it
is certified with m more examples is that of a Beta-binomial number of failures within its boundary (the predictive
power of Spiegelhalter, Freedman and Blackburn, Controlled Clinical Trials 7 (1986) 8-17), computed exactly, without
sampling. The range is from the number where that probability reaches a quarter to where it reaches three quarters. It
is not a claim.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from advisor.candidates.tuned import offer
from advisor.decide.bar import Asked, asked
from advisor.decide.records import Advice, CandidateRecord, Closest, InReach, KnowsLanguage, Mixed, More, closeness
from advisor.evidence.boundary import single_look
from advisor.evidence.criteria import AnswersTest, EveryOne
from advisor.evidence.sequential import Test
from advisor.families import family
from catalog.languages import NAMES

if TYPE_CHECKING:
    from advisor.candidates.build import Suggestion
    from advisor.candidates.candidate import Candidate
    from advisor.decide.decision import CandidateResult, Decision
    from advisor.decide.plan import Plan

# Probabilities at the ends of the range.
FROM, TO = 0.25, 0.75
# Numbers tried; users will not label more than the last.
STEPS = (
    *range(5, 50, 5), *range(50, 100, 10), *range(100, 200, 20), *range(200, 400, 40), *range(400, 1001, 100),
)  # fmt: skip
# Number of further examples beyond which the bar that they would reach is given too.
MORE_EXAMPLES = 100


def more_examples(plan: Plan, passed: Sequence[bool], index: int, also: Sequence[Asked] = ()) -> More | None:
    """Return how many more examples like these would certify a candidate; None if even over 1,000 may not.

    At its initial share of α, including its unasked examples; at least as many as the bar's other criteria need, with
    a share of them for each label or slice, and those that are `also` asked going on as they did.
    """
    total, test = len(plan.evidence), plan.tests[index]
    besides = (each.test for each in asked(plan, CandidateRecord(), index, 0))
    tests = [each for each in besides if not isinstance(each, EveryOne)]  # these are not a sample
    least = max((math.ceil(each.needed * total / max(1, each.total)) - total for each in tests), default=0)
    allowed = _allowed(test, test.bar, [total + more for more in STEPS])
    chances = [_chance(passed, total + more, allowed[at]) for at, more in enumerate(STEPS)]
    certify = [_expected_failures(passed, total + more) <= allowed[at] for at, more in enumerate(STEPS)]
    for each in also:
        of = each.test
        if isinstance(of, Test | AnswersTest) and not plan.grows and each.is_complete and each.values:
            counts = [math.ceil(len(each.values) * (total + more) / total) for more in STEPS]
            most = [single_look(n, each.bar, of.alpha) for n in counts]
            own = (_chance(each.values, n, failures) for n, failures in zip(counts, most, strict=True))
            chances = [min(pair) for pair in zip(chances, own, strict=True)]
            kept = (_expected_failures(each.values, n) <= failures for n, failures in zip(counts, most, strict=True))
            certify = [all(pair) for pair in zip(certify, kept, strict=True)]
    fewest = next((more for more, chance in zip(STEPS, chances, strict=True) if chance >= FROM), None)
    if fewest is None:
        return None
    likely = next((more for more, chance in zip(STEPS, chances, strict=True) if chance >= TO), None)
    at_rate = next((more for more, is_enough in zip(STEPS, certify, strict=True) if is_enough), None)
    found = (None if more is None else max(more, least) for more in (likely, at_rate))
    return More(max(fewest, least), *found)


def _expected_failures(passed: Sequence[float], total: int) -> int:
    """Return the number of failures in all examples if they go on at the observed rate, rounded up."""
    wrong = len(passed) - round(sum(passed))
    return math.ceil(wrong * total / max(1, len(passed)))


def _allowed(test: Test, bar: float, totals: Sequence[int]) -> list[int]:
    """Return the most failures that certify a bar for each number of examples; -1 if not even none."""
    if not test.grows:
        return [single_look(total, bar, test.alpha) for total in totals]
    limits = Test(totals[-1], bar, test.alpha, grows=True, first=test.first).boundary
    return [limits[total - 1] for total in totals]


def _chance(passed: Sequence[float], total: int, allowed: int) -> float:
    """Return the probability of at most this many failures in all examples, given those already seen."""
    right = round(sum(passed))
    wrong, left = len(passed) - right, total - len(passed)
    room = min(allowed - wrong, left)
    if room < 0:
        return 0.0
    # Ratios of successive probabilities of a Beta-binomial distribution, from zero failures on.
    failures = np.arange(1, room + 1)
    ratios = (left - failures + 1) / failures * (wrong + failures) / (right + left - failures + 1)
    none = sum(math.log((right + k) / (right + wrong + 1 + k)) for k in range(1, left + 1))
    logs = none + np.concatenate([[0.0], np.cumsum(np.log(ratios))])
    return min(1.0, float(np.exp(logs).sum()))


def bar_in_reach(plan: Plan, passed: Sequence[bool], index: int, more: int) -> InReach | None:
    """Return the highest bar, in whole percent, that this many more would likely certify; None if there is none."""
    test, total = plan.tests[index], len(plan.evidence) + more
    bars = [share / 100 for share in range(1, 100)]
    found = bisect_left(bars, 1, key=lambda bar: int(_chance(passed, total, _allowed(test, bar, [total])[0]) < TO))
    return InReach(more, bars[found - 1]) if found else None


FEWEST_MIXED = 3
TWO_LABELS = 2
PROMPTS = frozenset({"prompted", "zero-shot", "nearest label"})


def advise(plan: Plan, decision: Decision) -> Advice:
    """Return advice for when no candidate passes; it is also valid, but less needed, if one does."""
    suggestions = plan.shortlist.suggestions
    tuning = offer(plan.candidates, plan.task, plan.examples, plan.memory_limit)
    ran = [index for index, result in enumerate(decision.results) if result.counted]
    if not ran:
        return Advice(None, None, None, None, False, 0, _first(suggestions), tuning, [])  # noqa: FBT003  of no prompt

    def came(index: int) -> float:
        of = decision.results[index]
        return closeness(of.besides, of.passes, len(of.counted))

    index = max(ran, key=came)
    result = decision.results[index]
    bar, of = plan.task.bar.pass_rate, len(result.counted)
    method, known = result.candidate.method, result.candidate.parameters or 0
    larger = [each for each in suggestions if (each.parameters or 0) > known]
    heads = any(decision.results[each].candidate.has_head for each in ran)
    kind = family(plan.task.family)
    can_learn = kind.has_labels and bool(plan.examples.labels)
    mixes = len(_answers(plan)) != TWO_LABELS and not result.candidate.is_baseline
    is_missed = any(each.observed is not None and each.observed < each.bar for each in result.besides)
    more = None if is_missed else more_examples(plan, [each.passed for each in result.counted], index, result.besides)
    return Advice(
        best=Closest(result.candidate.name, result.passes, of, bar - result.passes / of, result.lower_bound or 0.0),
        more_examples_best=more,
        examples_to_certify_best=in_all(plan, more),
        teaching_examples=len(plan.examples.teaching) if heads else None,
        head_instead_of_prompt=method in PROMPTS and not heads and can_learn and not plan.examples.teaching,
        larger_models_in_the_catalog=len(larger),
        first_in_the_catalog=_first(larger or suggestions),
        tuning=tuning,
        # Two labels can only be mixed up with each other, and leaving that out leaves no task. A task is also not
        # narrowed for a baseline.
        mixed_up=_mixed(result, kind.said) if mixes else [],
        knows_language=_knows_language(plan, [decision.results[each].candidate for each in ran]),
    )


def _knows_language(plan: Plan, tried: Sequence[Candidate]) -> KnowsLanguage | None:
    """Return what to download if all models tried were made for other languages than the texts'; else None."""
    models = [each for each in tried if not each.is_baseline]
    found = [each for each in plan.shortlist.suggestions if each.knows_languages]
    sizes = [each.download_bytes for each in found if each.download_bytes]
    language = ", ".join(NAMES.get(each.lower(), each) for each in plan.task.constraints.languages)
    if not (models and all(each.foreign for each in models) and sizes and found[0].download_bytes and language):
        return None
    return KnowsLanguage(language, found[0].model, found[0].download_bytes, len(sizes), sum(sizes))


def _first(suggestions: Sequence[Suggestion]) -> str | None:
    return next((each.model for each in suggestions), None)


def in_all(plan: Plan, more: More | None) -> int | None:
    """Return how many examples in all likely certify."""
    return None if more is None or more.likely is None else len(plan.evidence) + more.likely


def _answers(plan: Plan) -> set[str]:
    """Return the labels, or the distinct expected answers of a family without labels, such as yes and no for pairs."""
    return set(plan.examples.labels) or {str(example.expected) for example in plan.evidence}


def _mixed(result: CandidateResult, said_of: Callable[[Any], str]) -> list[Mixed]:
    """Return the pairs mixed up at least three times, most frequent first, at most three."""
    pairs = Counter(
        (said_of(mistake.expected), said_of(mistake.output)) for mistake in result.mistakes if mistake.error is None
    )
    mixed = []
    for (expected, said), times in sorted(pairs.items(), key=lambda item: (-item[1], item[0]))[:3]:
        if times >= FEWEST_MIXED:
            mixed.append(Mixed(expected, said, times, result.passes / max(1, len(result.counted) - times)))
    return mixed
