"""The readable plan and summary. All outside text goes through `one_line`: shown, never obeyed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.errors import one_line
from advisor.evidence.sequential import Strength, Verdict
from advisor.report.layout import table, wrap
from advisor.report.usage import usage
from advisor.units import format_bytes, format_count, format_seconds, percent, percent_floor

if TYPE_CHECKING:
    from pathlib import Path

    from advisor.decide.decision import CandidateResult, Decision
    from advisor.plan import Plan
    from advisor.shortlist.candidate import Candidate

MISTAKES_SHOWN = 3
LEFT_OUT_SHOWN = 6
INPUT_SHOWN = 90


def method_words(candidate: Candidate) -> str:
    """Return how a candidate is used, e.g. "static + head"."""
    return candidate.runtime + {"head": " + head", "prompted": ", prompted", "as is": ", as it is"}[candidate.method]


def plan_text(plan: Plan, width: int | None = None) -> str:
    """Return the plan: candidates smallest first, what each needs, what the examples can carry.

    Args:
        plan: The plan.
        width: Of the terminal; None neither wraps nor cuts.
    """
    lines = [f"Plan for {one_line(plan.task.name, 60)!r} (run {plan.run_id})", ""]
    rows = [
        (
            str(number),
            one_line(c.model, 48),
            method_words(c),
            c.precision or "?",
            format_count(c.parameters),
            format_bytes(c.serving_bytes),
            format_bytes(c.peak_bytes),
            format_bytes(c.download_bytes) if c.download_bytes else "at hand",
            format_seconds(c.seconds_per_example),
        )
        for number, c in enumerate(plan.candidates, start=1)
    ]
    header = (
        "#",
        "candidate",
        "engine, method",
        "weights",
        "params",
        "to serve",
        "to probe",
        "download",
        "s/example",
    )
    lines += table(header, rows, frozenset({0, 4, 5, 6, 7, 8}), width, optional=(6, 3, 4, 8))
    lines += ["", *wrap(_plan_prose(plan), width)]
    return "\n".join(lines)


def _plan_prose(plan: Plan) -> list[str]:
    bar = plan.task.bar
    lines = [
        "Smallest first: least memory to serve it, then parameters, then latency. Sizes and times are predicted.",
        "",
    ]
    lines += _carries(plan)
    lines.append(
        f"Bar: at least {percent(bar.pass_rate)} of inputs come out right, at {percent(bar.confidence)} confidence, "
        f"shared equally over {len(plan.candidates)} candidates and all looks."
    )
    lines += [f"Note: {one_line(note)}" for note in plan.examples.notes]
    lines += _left_out(plan)
    if plan.shortlist.suggestions:
        names = ", ".join(
            f"{one_line(s.model, 60)} ({format_bytes(s.download_bytes)})" for s in plan.shortlist.suggestions[:3]
        )
        lines.append(f"The catalog also finds, not at hand: {names}. Add --download SIZE to try such models.")
    return lines


def _carries(plan: Plan) -> list[str]:
    bar, count = plan.task.bar.pass_rate, len(plan.evidence)
    lines = [f"Examples: {count} as evidence, {len(plan.examples.teaching)} set apart to train heads."]
    if plan.reachable is Strength.CERTIFIED:
        better = bar + 0.7 * (1 - bar)
        chance = plan.chance_to_certify(better)
        words = "over 99%" if chance > 0.99 else f"{chance:.0%}"  # noqa: PLR2004  it is never certain
        lines.append(
            f"They can carry a certified answer: {plan.examples_to_certify} passes in a row suffice, and a model that "
            f"is truly right {better:.1%} of the time is certified with chance {words}."
        )
    else:
        lines.append(
            f"They cannot carry a certified answer: that takes at least {plan.examples_to_certify} evidence examples "
            "(or fewer candidates, or a lower bar). The answer will be about these examples alone."
        )
    return lines


def _left_out(plan: Plan) -> list[str]:
    left = plan.shortlist.left_out
    lines = [f"Left out: {one_line(item.model, 60)}: {one_line(item.reason, 160)}" for item in left[:LEFT_OUT_SHOWN]]
    if len(left) > LEFT_OUT_SHOWN:
        lines.append(f"Left out: {len(left) - LEFT_OUT_SHOWN} more (see --json)")
    return lines


def result_text(plan: Plan, decision: Decision, folder: Path, width: int | None = None) -> str:
    """Return the summary: which model, how sure, why not smaller, what larger would add, how to use it."""
    above = [*wrap(_verdict_lines(plan, decision), width), "", *_candidate_table(decision, width)]
    lines: list[str] = []
    recommended = decision.recommended
    if recommended is not None and decision.answer is not None:
        lines += ["", "Why not a smaller one?", *_smaller_lines(decision, decision.answer.candidate)]
        lines += ["", "What would a larger one add?", *_larger_lines(decision, recommended)]
        if recommended.mistakes:
            lines += ["", "What it gets wrong:", *_mistake_lines(recommended)]
        lines += ["", "How to use it:", ""]
        lines += [f"    {line}".rstrip() for line in usage(plan, recommended, folder).splitlines()]
    else:
        lines += ["", *_none_lines(plan, decision)]
    everything = len(plan.candidates) * len(plan.evidence)
    lines += [
        "",
        f"{decision.inferences} inferences were made; running every candidate on every example takes {everything}.",
        f"Run {plan.run_id}: {folder}",
    ]
    return "\n".join([*above, *wrap(lines, width)])


def _verdict_lines(plan: Plan, decision: Decision) -> list[str]:
    bar = plan.task.bar
    result = decision.recommended
    if result is None or decision.answer is None:
        if decision.verdict == "none":
            likely = f"none of {len(decision.results)} is likely right {percent(bar.pass_rate)} of the time"
            return [f"No candidate could be shown to pass: {likely}."]
        return ["Undecided: no candidate could be shown to pass or to fail."]
    c = result.candidate
    name = one_line(c.model, 80)
    needs = f"{format_count(c.parameters)} parameters, {format_bytes(c.serving_bytes)} to serve"
    lines = [f"Use {name} ({method_words(c)}, {needs})."]
    seen = f"{result.passes} of {len(result.counted)} examples came out right"
    match decision.answer.strength:
        case Strength.CERTIFIED:
            lines.append(
                f"Certified: {seen}; on new inputs like these it is right more than {percent(bar.pass_rate)} "
                f"of the time (at least {percent_floor(result.lower_bound or 0)} at its share of the error)."
            )
            lines.append(
                f"The chance that this recommendation is wrong is at most {1 - bar.confidence:.3g}, over all "
                f"{len(decision.results)} candidates and all looks."
            )
        case Strength.EXAMPLES:
            lines.append(f"Passes your examples: {seen}. This is about these examples, not proven for new ones.")
        case _:
            lines.append(f"Provisional: {seen} before the budget ended.")
    if decision.answer.strength is not Strength.CERTIFIED:
        need = decision.examples_to_certify
        how = (
            f"about {need} evidence examples would likely certify it"
            if need
            else "it is too close to the bar to certify"
        )
        lines.append(f"For new inputs at least {percent_floor(result.lower_bound or 0)} is proven; {how}.")
    if decision.verdict == "undecided":
        lines.append(f"That is weaker than the strength required ({decision.required}): undecided.")
    return lines


def _candidate_table(decision: Decision, width: int | None) -> list[str]:
    rows = []
    for number, result in enumerate(decision.results, start=1):
        record = result.record
        bound = "" if result.lower_bound is None else percent_floor(result.lower_bound)
        rows.append(
            (
                str(number),
                one_line(result.candidate.model, 48),
                result.verdict.value,
                f"{result.passes}/{len(result.counted)}" if result.counted else "",
                bound,
                format_seconds(record.seconds_per_example) if record.inferences else "",
                format_bytes(record.peak_memory_bytes) if record.peak_memory_bytes else "",
                one_line(result.reason, 110),
            )
        )
    header = ("#", "candidate", "verdict", "right", "at least", "s/example", "peak", "why")
    return table(header, rows, frozenset({0, 3, 4, 5, 6}), width, optional=(6, 5))


def _smaller_lines(decision: Decision, index: int) -> list[str]:
    if index == 0:
        return ["  It is the smallest candidate."]
    lines: list[str] = []
    for result in decision.results[:index]:
        lines.append(f"  {one_line(result.candidate.model, 60)}: {one_line(result.reason, 160)}")
        lines += [f"  {line}" for line in _mistake_lines(result)]
    return lines


def _larger_lines(decision: Decision, recommended: CandidateResult) -> list[str]:
    comparison = decision.comparison
    wrong = len(recommended.mistakes)
    if comparison is None:
        return ["  There is no larger candidate that could be run."]
    name = one_line(comparison.candidate.model, 60)
    ratio = comparison.candidate.serving_bytes / recommended.candidate.serving_bytes
    if wrong == 0:
        return [f"  Nothing on these examples: there is no mistake to mend. {name} takes {ratio:.1f} times the memory."]
    if comparison.tried == 0:
        return [f"  {name} ({ratio:.1f} times the memory) was not tried."]
    untried = comparison.mistakes - comparison.tried
    which = f"the first {comparison.tried} of {comparison.mistakes}" if untried else f"the {comparison.tried}"
    gets = f"gets {comparison.right} of {which} mistakes right"
    adds = f"it adds at most {comparison.adds_at_most:.1%} on these {comparison.of} examples."
    return [f"  {name} ({ratio:.1f} times the memory) {gets}: {adds}"]


def _mistake_lines(result: CandidateResult) -> list[str]:
    lines = []
    for mistake in result.mistakes[:MISTAKES_SHOWN]:
        said = one_line(mistake.error or mistake.output, 40)
        expected = one_line(mistake.example.expected, 40)
        text = one_line(mistake.example.input, INPUT_SHOWN)
        lines.append(f"  line {mistake.example.line}: said {said!r}, not {expected!r}: {text}")
    if len(result.mistakes) > MISTAKES_SHOWN:
        lines.append(f"  and {len(result.mistakes) - MISTAKES_SHOWN} more")
    return lines


def _none_lines(plan: Plan, decision: Decision) -> list[str]:
    ran = [result for result in decision.results if result.counted]
    if not ran:
        return ["Nothing could be measured; the reasons stand in the table."]
    best = max(ran, key=lambda result: result.passes / len(result.counted))
    observed = best.passes / len(best.counted)
    gap = plan.task.bar.pass_rate - observed
    lines = [
        f"Best so far: {one_line(best.candidate.model, 60)} with {observed:.0%} of {len(best.counted)} examples"
        + (f", {gap:.0%} below the bar." if gap > 0 else ".")
    ]
    if best.mistakes:
        lines += ["What it gets wrong:", *_mistake_lines(best)]
    lines.append("What may help:")
    if any(result.candidate.method == "head" for result in ran):
        lines.append(f"  - more teaching examples: heads were trained on {len(plan.examples.teaching)}")
    lines.append("  - larger models: add --download SIZE to try what the catalog finds on the Hub")
    lines.append("  - a narrower task or clearer labels; read the mistakes above for what is mixed up")
    if decision.verdict == "undecided" and all(r.verdict is not Verdict.FAILS for r in ran):
        lines.append("  - a larger budget: raise limits.inferences")
    return lines
