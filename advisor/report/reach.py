"""The plan's statements about the examples: what they can prove, at what effort, and how to prove more."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from advisor.candidates import hub
from advisor.decide.bar import asked
from advisor.decide.records import CandidateRecord
from advisor.errors import one_line
from advisor.evidence.binomial import lower_bound, upper_bound
from advisor.evidence.sequential import Strength, examples_needed
from advisor.families import family
from advisor.families.ranked import InOrder
from advisor.report import sentences
from advisor.task.split import rows_for
from advisor.units import counted, format_bytes, format_seconds, percent

if TYPE_CHECKING:
    from advisor.decide.forecast import ExpectedCost
    from advisor.decide.plan import Plan

SURE, NEVER = 0.99, 0.01
# With fewer examples than the first the plan says what they leave open. That one of two candidates is better takes six
# examples on which they differ, if it alone is right on all of them (sign test, at 5%).
FEW, FEWEST_TO_TELL, ONE_SIDE = 50, 6, 0.025
# The maximum is omitted if it is close to the expected wait.
CLOSE = 0.9
# From this slowdown on the time on an idle machine is said.
BUSY = 1.5
_WITH = {
    "fewer candidates": "with {:.0f} of the candidates",
    "more examples": "with {:.0f} evidence examples",
    "a lower bar": "at a bar of {}",
}


def reach_lines(plan: Plan, *, with_odds: bool = True) -> list[str]:
    """Return what the examples can prove and the expected effort, a line each; chances and trades `with_odds`."""
    carries = proves(plan) if with_odds else [*_examples(plan), f"{in_short(plan)} --plan-only shows the odds."]
    return [*carries, *_expected(plan), *finishing_words(plan), *_disk(plan)]


def proves(plan: Plan) -> list[str]:
    """Return what the examples can prove, and how to raise that chance, a line each."""
    lines = [*_examples(plan), *_carries(plan)]
    if plan.grows:
        lines.append(_price(plan))
    # If a further criterion cannot be certified, neither can the bar.
    return lines if _falls_short_besides(plan) else [*lines, *_trades(plan)]


def bar_in_short(plan: Plan) -> str:
    """Return what the bar asks in a line: the rate, its further criteria, and what is right if that is a choice."""
    rate = f"{percent(plan.task.bar.pass_rate)} {sentences.right(plan.task.family, plan.task.scoring.metric)}"
    critical = [f"all of {len(plan.examples.critical)} critical examples"] if plan.examples.critical else []
    right = what_is_right(plan)
    return "; ".join([rate, *(words for _, words in plan.criteria), *critical, *([right] if right else [])])


def what_is_right(plan: Plan) -> str:
    """Return when an answer is right, if it is a number or the task could compare it in several ways; else ""."""
    kind, tolerance = family(plan.task.family), plan.task.scoring.tolerance
    metric = kind.metric_of(plan.task)
    if tolerance is not None and metric in {"near", "near_share"}:
        return f"an answer is right {sentences.within(tolerance, is_share=metric == 'near_share')}"
    is_own = isinstance(kind, InOrder) or plan.task.scoring.function is not None
    if not is_own and metric in kind.agreement:
        what, name = kind.agreement[metric]
        least = plan.task.scoring.at_least or kind.metrics[metric]
        return f"an answer is right when its {what} agree with the expected ones by {percent(least)} or more ({name})"
    words = None if is_own else kind.comparisons.get(metric)
    if words and plan.task.scoring.at_least is not None:
        return f"an answer is right from a score of {plan.task.scoring.at_least:g}"
    return f"an answer is right when {words[0]}" if words else ""


def in_short(plan: Plan) -> str:
    """Return what the examples can prove in a plain sentence, without chances."""
    if plan.reachable is not Strength.CERTIFIED or _falls_short_besides(plan):
        return _carries(plan)[0]
    # Fewer than these would need fewer in a row: the test is spread over all of them.
    row = f"Of these {len(plan.evidence)}, {plan.passes_in_a_row} right answers in a row prove"
    if _asks_more(plan):
        return f"{row} the pass rate; what else is required may take more."
    return f"{row} it; with mistakes among them it takes more."


def _asks_more(plan: Plan) -> bool:
    """Return whether the bar has criteria besides the pass rate, which the odds do not cover."""
    return bool(plan.criteria) or plan.task.bar.agreement is not None


def _falls_short_besides(plan: Plan) -> bool:
    """Return whether the examples can certify the pass rate but not all criteria of the bar."""
    return plan.reachable is not Strength.CERTIFIED and any(test.can_certify for test in plan.tests)


def _examples(plan: Plan) -> list[str]:
    count, teaching = len(plan.evidence), len(plan.examples.teaching)
    does = (
        "that every candidate searches with their answers" if plan.task.searches_answers else "set apart to learn from"
    )
    searched = f"; {counted(len(plan.examples.documents), 'document')} to search" if plan.examples.documents else ""
    lines = [f"Examples: {count} as evidence{f', {teaching} {does}' if teaching else ''}{searched}."]
    if FEWEST_TO_TELL <= count < FEW:
        lines.append(_shows_little(count, plan.task.bar.pass_rate))
    if plan.examples.goes_on is not None:
        looks = plan.examples.looks
        began = f"Continues run {plan.examples.goes_on}, begun with {looks[0]}"
        lines.append(f"{began}{f', {count - looks[0]} added since' if len(looks) > 1 else ''}.")
    if plan.task.baselines == "try" and not any(each.is_baseline for each in plan.candidates):
        lines.append(f"No baseline: {_no_baseline(plan)}.")
    return lines


def _shows_little(count: int, bar: float) -> str:
    """Return what a few examples leave open: how good one at the bar is, and which of two is better."""
    right = min(count, math.ceil(round(bar * count, 9)))
    low, high = lower_bound(right, count, ONE_SIDE), upper_bound(right, count, ONE_SIDE)
    return (
        f"{count} show little: one that gets {right} of them right may be right {low:.0%} to {high:.0%} of the time on "
        f"new inputs, and of two that differ on fewer than {FEWEST_TO_TELL} of them either may be the better."
    )


def _no_baseline(plan: Plan) -> str:
    if not plan.examples.teaching:
        return "a constant answer is one of training rows, and there are none (teaching.count)"
    if not family(plan.task.family).expects_object:
        return "no answer of the training rows is worth giving always"
    return (
        f"no two of {len(plan.examples.teaching)} training rows expect the same, and some field has neither a regular "
        "expression that they show nor a value that recurs; scoring.json_schema may say how (pattern, enum)"
    )


def _carries(plan: Plan) -> list[str]:
    if _falls_short_besides(plan):
        besides = (each for each in asked(plan, CandidateRecord(), plan.expected, 0) if not each.test.can_certify)
        takes = "; ".join(f"{each.words} takes at least {each.fewest}" for each in besides)
        line = (
            f"They could certify the pass rate ({plan.passes_in_a_row} passes in a row suffice), but they are too "
            f"few to certify what else the bar asks for{': ' if takes else ''}{takes}. The answer will be about "
            "these examples only."
        )
        return [line]
    if plan.reachable is not Strength.CERTIFIED:
        needed, taught = plan.examples_to_certify, plan.examples.teaching
        is_own = bool(taught) and plan.task.teaching.path is None and not plan.grows
        rows = rows_for(plan.task, (*taught, *plan.evidence), taught, needed) if is_own else needed
        of = "" if rows == needed else f" (so many remain of about {rows} rows)"
        line = (
            f"They cannot certify an answer yet: {needed} as evidence{of}, all right, would certify "
            f"{percent(plan.task.bar.pass_rate)}, fewer with fewer candidates or a lower bar. Until then the answer is "
            "about these examples only."
        )
        return [line]
    chances = ", ".join(
        f"{_chance(each.certified_if_guessed)} at {_rate(each.true_pass_rate)}" for each in plan.outlook.chances
    )
    more = _asks_more(plan)
    line = (
        f"They can certify an answer: {plan.passes_in_a_row} passes in a row suffice"
        f"{' for the pass rate, what else is required may take more' if more else ''}. The chance to certify "
        f"{'the pass rate of ' if more else ''}the candidate expected to pass, by how often it is truly right: "
        f"{chances}."
    )
    return [line, *who_can(plan)]


def who_can(plan: Plan) -> list[str]:
    """Say how many candidates can be certified with few examples, and what decides which."""
    count, most = len(plan.candidates), plan.most_certifiable
    if count == 1:
        return []
    alone = [plan.candidates[index].shown(40) for index, test in enumerate(plan.tests) if test.can_certify]
    checked = len(plan.to_cross_validate) if plan.learned is None else 0
    lines = []
    if not most or not alone:
        lines.append("So few examples can certify none; the answer will be an estimate with a proven range.")
    elif len(alone) < count == most:
        more = ", the others only after a larger one has been" if len(plan.sharing.ladder) > 1 else ""
        own = "itself" if len(alone) == 1 else "themselves"
        so_far = " so far" if checked else ""
        lines.append(
            f"As the error is shared{so_far}, {len(alone)} of the {count} candidates can be certified by {own}{more}."
        )
    elif len(alone) < count:
        more = ", others only after a larger one has been" if len(plan.sharing.ladder) > 1 else ""
        # A partial list would look complete.
        named = f": {', '.join(alone)}" if len(alone) == most else ""
        lines.append(
            f"So few examples can certify {most} of the {count} candidates at most, each by its own share of the error"
            f"{', as guessed so far' if checked else ''}{named}{more}."
        )
    if checked:
        several, many = checked > 1, counted(checked, "candidate is", "candidates are")
        lines.append(
            f"Before the first answer {'up to ' if several else ''}{many} "
            f"cross-validated on the {len(plan.examples.teaching)} training rows (up to about "
            f"{format_seconds(plan.cross_validation_seconds)})"
            f"{', none larger than one that surely passes' if several else ''}. That decides which can be certified "
            "and where probing starts; training rows are never evidence."
        )
    return lines


def _price(plan: Plan) -> str:
    needed, share = plan.examples_to_certify, max(plan.sharing.shares)
    fixed = examples_needed(plan.task.bar.pass_rate, share)
    return (
        "More examples may be added later, at the same confidence over all looks: tested by a mixture of bets, so that "
        f"the fewest that certify, all right, are {needed}, of a fixed number {fixed}."
    )


def _trades(plan: Plan) -> list[str]:
    """Say which changes would raise a chance, and to what; nothing if there is nothing to gain."""
    outlook, alone = plan.outlook, len(plan.candidates) == 1
    chance = outlook.usual
    promising = [
        trade
        for trade in outlook.trades
        if trade.certified_if_guessed >= chance.certified_if_guessed + NEVER
        or trade.certified_if_not_guessed >= chance.certified_if_not_guessed + NEVER
    ]
    if not promising:
        return []
    kinds: dict[str, list[str]] = {}
    for trade in promising:
        form = _WITH.get(trade.change, f"{trade.change} {{}}")
        both = _chance(trade.certified_if_guessed)
        both += "" if alone else f" if expected, {_chance(trade.certified_if_not_guessed)} if another"
        to = percent(round(trade.to, 6)) if trade.change == "a lower bar" else trade.to
        kinds.setdefault(trade.change, []).append(f"{form.format(to)} {both}")
    other = f" if it is the one expected to pass, {_chance(chance.certified_if_not_guessed)} if it is another"
    line = (
        f"A model truly right {_rate(chance.true_pass_rate)} of the time is certified with chance "
        f"{_chance(chance.certified_if_guessed)}{'' if alone else other}. That would be:"
    )
    return [line, *(f"• {'; '.join(each)}" for each in kinds.values())]


def _expected(plan: Plan) -> list[str]:
    cost = plan.expected_cost
    everything = len(plan.candidates) * len(plan.evidence)
    download = "nothing to download"
    if plan.download_bytes:
        download = f"{format_bytes(cost.download_bytes)} to download, at most {format_bytes(plan.download_bytes)}"
    effort = effort_words(cost, "inferences", plan.lowers, plan.slowed)
    return [f"Expected: {effort}; {download}. All candidates on all examples: {everything} inferences."]


def finishing_words(plan: Plan) -> list[str]:
    """Say which candidates run on all examples if none can be certified."""
    found, count = plan.finishing, len(plan.candidates)
    if not found.candidates:
        return []
    all_of, some = len(found.candidates) == count, len(found.candidates)
    fastest = "the fastest candidate is" if some == 1 else f"the {some} fastest of {count} candidates are"
    who = "all candidates are" if all_of else fastest
    far = "" if found.candidates <= found.brief else ", slow ones until they prove far below the bar"
    return [f"If none is certified, {who} run on all examples{far}. The result is an estimate unless it certifies."]


def effort_words(cost: ExpectedCost, answers: str, lowers: str | None = None, slowed: float = 1.0) -> str:
    """Return a run's expected and maximum effort, with what is counted; of a lowered bar what is left of it.

    All seconds are predicted, the maximum too: a machine that becomes busier takes longer. On one that is slowed by
    other processes the time on an idle one is said too.
    """
    if lowers is not None:
        return f"only for {answers} that run {one_line(lowers, 20)} does not have"
    most, expected = cost.most_seconds, f"{_time(cost.seconds)}, loading included, for {cost.inferences:.0f} {answers}"
    is_longer = most is not None and most >= 1.0 and (cost.seconds or 0.0) < CLOSE * most
    longest = f"up to about {format_seconds(most)} for " if is_longer else "at most "
    idle = None if cost.seconds is None or slowed < BUSY else cost.seconds / slowed
    busy = f" while this machine is busy, {_time(idle)} when it is idle" if idle is not None and idle >= 1.0 else ""
    return f"{expected}{busy}; {longest}{cost.most_inferences}"


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "a time that is not known before the first batch"
    return "under a second" if seconds < 1.0 else f"about {format_seconds(seconds)}"


def _disk(plan: Plan) -> list[str]:
    """Say how much disk the downloads take and how much is free; nothing without downloads."""
    wanted = plan.download_bytes
    if not wanted:
        return []
    free = hub.free_bytes()
    cure = "" if hub.has_room(wanted, free) else ": too little, make room or set HF_HOME to a larger disk"
    return [f"Disk: at most {format_bytes(wanted)} to download, {format_bytes(free)} free{cure}."]


def _chance(chance: float) -> str:
    """Return a chance in percent, never as certain."""
    return f"over {SURE:.0%}" if chance > SURE else f"under {NEVER:.0%}" if chance < NEVER else f"{chance:.0%}"


def _rate(rate: float) -> str:
    return percent(round(rate, 3))
