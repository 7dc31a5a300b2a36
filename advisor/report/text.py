"""The readable plan. All outside text goes through `one_line`: shown, never obeyed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.consent import sentences
from advisor.decide.bar import asked, can_certify
from advisor.errors import one_line
from advisor.evidence.sequential import Strength
from advisor.report.layout import table, wrap
from advisor.report.notes import permissions
from advisor.report.reach import reach
from advisor.report.sentences import method_words
from advisor.runs.records import CandidateRecord
from advisor.units import format_bytes, format_count, format_seconds, percent

if TYPE_CHECKING:
    from advisor.plan import Plan

LEFT_OUT_SHOWN = 6


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
            c.shown(48),
            method_words(c.runtime, c.method),
            c.precision or "?",
            format_count(c.parameters),
            format_bytes(c.serving_bytes),
            format_bytes(c.peak_bytes),
            c.place if c.is_remote else format_bytes(c.download_bytes) if c.download_bytes else "at hand",
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
    lines += reach(plan)
    lines.append(
        f"Bar: at least {percent(bar.pass_rate)} of inputs come out right, at {percent(bar.confidence)} confidence, "
        f"shared over {len(plan.candidates)} candidates ({plan.sharing.name}) and all looks."
    )
    lines += _besides(plan)
    lines += sentences(plan.candidates)
    lines += permissions((each.model, each.allows) for each in plan.candidates)
    lines += [f"Note: {one_line(note)}" for note in plan.examples.notes]
    lines += _left_out(plan)
    if plan.shortlist.suggestions:
        names = ", ".join(
            f"{one_line(s.model, 60)} ({format_bytes(s.download_bytes)})" for s in plan.shortlist.suggestions[:3]
        )
        lines.append(f"The catalog also finds, not at hand: {names}. Add --download SIZE to try such models.")
    return lines


def _besides(plan: Plan) -> list[str]:
    """Say what the bar asks for besides, and whether these examples can certify it."""
    words = [each.words for each in asked(plan, CandidateRecord(), plan.expected, 0)]
    if not words:
        return []
    lines = [f"Besides: {'; '.join(words)}. A candidate passes where all of it holds, each at the same confidence."]
    if plan.reachable is Strength.CERTIFIED and not can_certify(plan, plan.expected):
        lines.append("These examples are too few to certify all of that; it is then counted on these examples alone.")
    return lines


def _left_out(plan: Plan) -> list[str]:
    left = plan.shortlist.left_out
    lines = [f"Left out: {one_line(item.model, 60)}: {one_line(item.reason, 160)}" for item in left[:LEFT_OUT_SHOWN]]
    if len(left) > LEFT_OUT_SHOWN:
        lines.append(f"Left out: {len(left) - LEFT_OUT_SHOWN} more (see --json)")
    return lines
