"""The readable plan. All outside text goes through `one_line`: shown, never obeyed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from advisor.candidates.tuned import offer
from advisor.decide.bar import asked, can_certify
from advisor.decide.records import CandidateRecord
from advisor.errors import one_line
from advisor.evidence.sequential import Strength
from advisor.report import same_rows
from advisor.report.layout import table, wrap
from advisor.report.reach import reach
from advisor.report.sentences import method_words
from advisor.trust import agreements
from advisor.trust.consent import sentences
from advisor.units import format_bytes, format_count, format_seconds, percent

if TYPE_CHECKING:
    from advisor.candidates.candidate import Candidate
    from advisor.decide.plan import Plan

LEFT_OUT_SHOWN = 6
BASELINES_ALONE = (
    "No installed model fits this task, so only baselines are tried. `advisor models starter` fetches four small "
    "models; --download SIZE takes models from the Hub."
)


def plan_text(plan: Plan, width: int | None = None) -> str:
    """Return the plan: candidates smallest first, what each needs, what the examples can carry."""
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
            _download(c),
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
    lines += ["", *wrap(_why(plan), width), *wrap(_plan_prose(plan), width)]
    return "\n".join(lines)


def _plan_prose(plan: Plan) -> list[str]:
    bar = plan.task.bar
    lines = [
        "Smallest first: least memory to serve it, then parameters, then latency. Sizes and times are predicted.",
        "",
    ]
    lines += _shared(plan)
    lines += reach(plan)
    lines.append(
        f"Bar: at least {percent(bar.pass_rate)} of inputs come out right, at {percent(bar.confidence)} confidence, "
        f"shared over {len(plan.candidates)} candidates ({plan.sharing.name}) and all looks."
    )
    lines += _besides(plan)
    lines += [] if plan.has_models else [BASELINES_ALONE]
    lines += sentences(plan.candidates)
    lines += _brought(plan)
    lines += [f"Code of other packages: {', '.join(map(one_line, plan.plugins))}."] if plan.plugins else []
    lines += [f"Note: {one_line(note)}" for note in plan.examples.notes]
    lines += _left_out(plan)
    offered = offer(plan.candidates, plan.task, plan.examples, plan.memory_limit)
    lines += [] if offered is None else [f"One more candidate is possible: {offered}."]
    lines += _more(plan)
    return lines


def _shared(plan: Plan) -> list[str]:
    """Say what the rows were tested on before."""
    shared = plan.shared
    lines = [*filter(None, [same_rows.headline(shared)]), *same_rows.details(shared), *same_rows.lowers(plan.lowers)]
    return [*lines, ""] if lines else []


def _download(candidate: Candidate) -> str:
    if candidate.is_remote:
        return candidate.place
    if candidate.is_baseline:
        return "none"
    if candidate.is_predicted:
        return f"~{format_bytes(candidate.download_bytes)}" if candidate.download_bytes else "unknown"
    return format_bytes(candidate.download_bytes) if candidate.download_bytes else "installed"


def _why(plan: Plan) -> list[str]:
    """Say of each candidate why it is tried."""
    reasons = [(number, c, "; ".join(c.why)) for number, c in enumerate(plan.candidates, start=1) if c.why]
    return [f"{number}. {c.shown(48)}: {one_line(why, 300)}." for number, c, why in reasons] + ([""] if reasons else [])


def _more(plan: Plan) -> list[str]:
    """Say what a download would bring besides, and what to do where the Hub was out of reach."""
    lines = []
    predicted = [each for each in plan.candidates if each.is_predicted]
    if predicted:
        lines.append(
            f"The Hub cannot be reached: the files and sizes of {len(predicted)} candidates (~) are what the catalog "
            "makes expect. Run the same command online to try them; without --download the installed models are tried."
        )
    more = plan.shortlist.suggestions
    if more and not plan.download_bytes:
        sizes = [each.download_bytes or 0 for each in more]
        first = f", with --download {_whole(sizes[0])} the first of them" if len(more) > 1 and sizes[0] else ""
        lines += ["", f"With --download {_whole(sum(sizes))} these could be tried too{first}:"]
        lines += [
            f"{number}. {one_line(each.model, 60)} ({format_bytes(each.download_bytes)}): "
            f"{one_line('; '.join(each.why), 200)}."
            for number, each in enumerate(more, len(plan.candidates) + 1)
        ]
    return lines


def _whole(size: int) -> str:
    """Return a size as `--download` takes it, rounded up to what it needs at least."""
    return f"{math.ceil(size / 1e6)}MB" if size < 10**9 else f"{math.ceil(size / 1e8) / 10:g}GB"


def _brought(plan: Plan) -> list[str]:
    """Say what the task brings, and what of it runs only once the user has agreed."""
    return [
        each.sentence + ("" if agreements.is_agreed(each) else " You have not agreed to this yet.")
        for each in agreements.of_plan(plan)
    ]


def _besides(plan: Plan) -> list[str]:
    """Say what else the bar asks for, and whether these examples can certify it."""
    words = [each.words for each in asked(plan, CandidateRecord(), plan.expected, 0)]
    if not words:
        return []
    lines = [
        f"Also required: {'; '.join(words)}. A candidate passes where all of it holds, each at the same confidence."
    ]
    if plan.reachable is Strength.CERTIFIED and not can_certify(plan, plan.expected):
        lines.append("These examples are too few to certify all of that; it is then counted on these examples only.")
    return lines


def _left_out(plan: Plan) -> list[str]:
    left = plan.shortlist.left_out
    lines = [f"Left out: {one_line(item.model, 60)}: {one_line(item.reason, 160)}" for item in left[:LEFT_OUT_SHOWN]]
    if len(left) > LEFT_OUT_SHOWN:
        lines.append(f"Left out: {len(left) - LEFT_OUT_SHOWN} more (see --json)")
    return lines
