"""The plan, and a run's report, as plain text for a terminal or a file.

All outside text goes through `one_line`: shown, never obeyed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.candidates.candidate import CANNOT, FIXED
from advisor.candidates.tuned import offer
from advisor.decide.bar import asked, can_certify
from advisor.decide.records import LOST, CandidateRecord
from advisor.errors import one_line
from advisor.evidence.sequential import Strength
from advisor.report import claims, notes, recall, same_rows, sentences
from advisor.report.card import without_answer
from advisor.report.questions import questions
from advisor.report.reach import reach_lines, what_is_right
from advisor.report.sentences import method_words
from advisor.report.tables import table, wrap
from advisor.report.what_may_help import what_may_help
from advisor.trust import agreements, consent
from advisor.units import capitalised, format_bytes, format_count, format_seconds, percent, percent_floor, size_asked

if TYPE_CHECKING:
    from advisor.candidates.build import Shortlist
    from advisor.candidates.candidate import Candidate, LeftOut
    from advisor.decide.plan import Plan
    from advisor.report.model import Report, Tested

MISTAKES_SHOWN = 3
INPUT_SHOWN = 90


def result_text(document: Report, folder: Path, width: int | None = None, *, with_code: bool = True) -> str:
    """Return the summary: which model, how certain, why not smaller, what larger would add, how to use it.

    A width of None neither wraps nor cuts; without the code it says how to get it.
    """
    verdict = [sentences.headline(document), *claims.all_claims(document)]
    above = [
        *wrap(verdict, width),
        "",
        *_candidate_table(document, width),
        *wrap(sentences.own_shares(document), width),
    ]
    if rest := notes.besides(document):
        above += ["", *table(notes.BESIDES, rest, frozenset({0, 3, 4}), width)]
    if labels := recall.rows(document):
        header = recall.header(document)
        above += ["", f"{recall.title(document)}:", *table(header, labels, frozenset(range(1, len(header) - 1)), width)]
    if fields := recall.field_rows(document):
        what = recall.field_word(document)
        title = recall.title(document, f"{what}, where one is expected or said")
        above += ["", f"{title}:", *table((what, "right", "share"), fields, frozenset({1, 2}), width)]
    lines: list[str] = []
    chosen = sentences.recommended(document)
    if chosen is not None:
        lines += ["", "Why not a smaller one?", *_smaller(document)]
        for question, said in questions(document):
            lines += ["", question, *(f"  {line}" for line in said)]
        if chosen.outcomes > chosen.passes:
            lines += ["", "What it gets wrong:", *_directions(document), *mistakes(document, chosen)]
        lines += ["", "How to use it:", *_usage(document, with_code=with_code)]
    else:
        lines += ["", *without_answer(document)]
        top = sentences.best(document)
        if top is not None and document.finished:
            # Those of a constant answer tell nothing.
            models = (each for each in document.candidates if each.method not in FIXED and each.outcomes > each.passes)
            model = sentences.closest(models) if top.method in FIXED else None
            if model is not None:
                lines += [f"What {sentences.name_of(model, 60)} gets wrong:", *mistakes(document, model)]
            elif top.outcomes > top.passes:
                lines += ["What it gets wrong:", *_directions(document), *mistakes(document, top)]
            lines += ["What may help:", *(f"  - {step}" for step in what_may_help(document))]
    lines += ["", notes.effort(document), *notes.note_lines(document), f"Run {document.run}: {folder}"]
    return "\n".join([*above, *wrap(lines, width)])


def _usage(document: Report, *, with_code: bool) -> list[str]:
    # Code through this package is long, and needs it anyway: the commands do the same.
    if with_code and "from advisor." not in (document.usage or ""):
        return ["", *(f"    {line}".rstrip() for line in (document.usage or "").splitlines())]
    run = document.run
    return [
        f"  advisor answer {run} FILE --output OUT.csv   answers a table's rows that have no answer yet",
        f"  advisor export {run}   writes a folder with the model, `predict` and its requirements",
        f"  advisor verify {run}   tests it again, in CI for instance",
        f"  advisor report {run} --output report.html   shows the code, and all of the evidence",
    ]


def _candidate_table(document: Report, width: int | None) -> list[str]:
    rows = []
    for each in document.candidates:
        bound, median = each.lower_bound, each.seconds.p50
        later = sentences.with_later_ones(each) if each.verdict in LOST else ""
        rows.append(
            (
                str(each.number),
                sentences.name_of(each, 48),
                sentences.verdict_of(document, each),
                f"{each.passes}/{each.outcomes}" if each.outcomes else "",
                "" if bound is None else percent_floor(bound),
                "" if median is None else format_seconds(median),
                format_bytes(each.peak_memory_bytes) if each.peak_memory_bytes else "",
                one_line("; ".join(filter(None, (each.reason, later))), 140),
            )
        )
    header = ("#", "candidate", "verdict", "right", "at least", "median", "peak", "why")
    return table(header, rows, frozenset({0, 3, 4, 5, 6}), width, optional=(6, 5))


def _smaller(document: Report) -> list[str]:
    found = sentences.smaller(document)
    if not found:
        return ["  It is the smallest candidate."]
    lines: list[str] = []
    for each in found:
        lines.append(f"  {sentences.name_of(each, 60)}: {one_line(each.reason, 160)}")
        lines += [f"  {line}" for line in mistakes(document, each)]
    return lines


def _directions(document: Report) -> list[str]:
    return [f"  {line}" for line in recall.directions(document)]


def mistakes(document: Report, candidate: Tested) -> list[str]:
    """Return a candidate's first mistakes as lines, and how many more there are."""
    number = candidate.number
    found = [
        (row, said)
        for row in sorted(document.failing, key=lambda row: int(row.order))
        for said in row.answers
        if said.candidate == number and said.counted and not said.passed
    ]
    lines = []
    for row, said in found[:MISTAKES_SHOWN]:
        given, place = one_line(row.input, INPUT_SHOWN), sentences.where(document, row.line)
        answer = said.error or said.shown
        wrong = recall.wrong_answer(answer, row.expected, said.breaks, is_error=said.error is not None)
        lines.append(f"  {place}: {wrong}: {given}")
    left = candidate.outcomes - candidate.passes - len(lines)
    if left > 0:
        lines.append(f"  and {left} more")
    return lines


LEFT_OUT_SHOWN, NAMES_SHOWN, NAME_SHOWN = 6, 3, 96
SMALLEST_FIRST = (
    "Smallest first: least memory to serve it, then parameters, then latency. Sizes and times are predicted."
)


def plan_text(plan: Plan, width: int | None = None, *, with_odds: bool = True) -> str:
    """Return the plan: candidates smallest first, their needs, what the examples can prove, by which odds."""
    lines = [f"Plan for {one_line(plan.task.name, 60)!r} (run {plan.run_id})", ""]
    lines += [*_planned(plan.candidates, width), ""]
    lines += [*wrap(_why(plan.candidates), width), *wrap(_plan_prose(plan, with_odds=with_odds), width)]
    return "\n".join(lines)


def untested_text(shortlist: Shortlist, kind: str, note: str, width: int | None = None) -> str:
    """Return the shortlist of a task without examples; `note` says what its words leave open."""
    head = f"Not tested, as there are no examples. For {kind.replace('-', ' ')} these would be tried:"
    lines = wrap([note], width) if note else []
    lines += [head, "", *_planned(shortlist.candidates, width), "", *wrap(_why(shortlist.candidates), width)]
    size = size_asked(sum(each.download_bytes for each in shortlist.candidates))
    left_out = [each for each in shortlist.left_out if not each.reason.startswith(CANNOT)]
    lines += wrap([f"{SMALLEST_FIRST} {size} to download in all.", *_next(shortlist), *_left_out(left_out)], width)
    lines += ["", "To find the smallest that works, give labelled examples: --examples FILE."]
    return "\n".join(lines)


def _planned(candidates: Sequence[Candidate], width: int | None) -> list[str]:
    rows = [
        (
            str(number),
            c.shown(48),
            method_words(c.runtime, c.method),
            c.precision or ("none" if c.is_baseline else "?"),
            "none" if c.is_baseline else format_count(c.parameters),
            format_bytes(c.serving_bytes),
            format_bytes(c.peak_bytes),
            _download(c),
            format_seconds(c.seconds_per_example),
        )
        for number, c in enumerate(candidates, start=1)
    ]
    header = ("#", "candidate", "engine, method", "weights", "params", "to serve", "to probe", "download", "s/example")
    return table(header, rows, frozenset({0, 4, 5, 6, 7, 8}), width, optional=(6, 3, 4, 8))


def _plan_prose(plan: Plan, *, with_odds: bool) -> list[str]:
    bar, right = plan.task.bar, sentences.right(plan.task.family, plan.task.scoring.metric)
    lines = [SMALLEST_FIRST, ""]
    lines += _shared(plan)
    lines += reach_lines(plan, with_odds=with_odds)
    lines.append(
        f"Bar: at least {percent(bar.pass_rate)} of inputs come out {right}, at {percent(bar.confidence)} confidence, "
        f"shared over {len(plan.candidates)} candidates ({plan.sharing.name}) and all looks."
    )
    lines += [f"{capitalised(right)}." for right in [what_is_right(plan)] if right]
    lines += _besides(plan)
    lines += [] if plan.has_models else [claims.no_model_tried(plan.task.family, plan.shortlist.left_out)]
    lines += consent.sending_sentences(plan.candidates)
    lines += _brought(plan)
    lines += [f"Code of other packages: {', '.join(map(one_line, plan.plugins))}."] if plan.plugins else []
    lines += [f"Note: {one_line(note)}" for note in plan.examples.notes]
    lines += _left_out(plan.shortlist.left_out)
    offered = offer(plan.candidates, plan.task, plan.examples, plan.memory_limit)
    lines += [] if offered is None else [f"One more candidate is possible: {offered}."]
    lines += _more(plan)
    return lines


def _shared(plan: Plan) -> list[str]:
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


def _why(candidates: Sequence[Candidate]) -> list[str]:
    reasons = [(number, c, "; ".join(c.why)) for number, c in enumerate(candidates, start=1) if c.why]
    said = [f"{number}. {c.shown(NAME_SHOWN)}: {one_line(why, 300)}." for number, c, why in reasons]
    return [*said, ""] if said else []


def _more(plan: Plan) -> list[str]:
    """Say what a larger download would add, and what to do if the Hub is unreachable."""
    lines = []
    predicted = [each for each in plan.candidates if each.is_predicted]
    if predicted:
        lines.append(
            f"The Hub cannot be reached: the files and sizes of {len(predicted)} candidates (~) are what the catalog "
            "makes expect. Run the same command online to try them; without --download the installed models are tried."
        )
    more = plan.shortlist.suggestions
    lines += _next(plan.shortlist) if plan.download_bytes else []
    if more and not plan.download_bytes:
        sizes = [each.download_bytes or 0 for each in more]
        first = f", with --download {size_asked(sizes[0])} the first of them" if len(more) > 1 and sizes[0] else ""
        lines += ["", f"With --download {size_asked(sum(sizes))} these could be tried too{first}:"]
        lines += [
            f"{number}. {one_line(each.model, 60)} ({format_bytes(each.download_bytes)}): "
            f"{one_line('; '.join(each.why), 200)}."
            for number, each in enumerate(more, len(plan.candidates) + 1)
        ]
    return lines


def _next(shortlist: Shortlist) -> list[str]:
    """Name the models that rank next, for an expert who misses one."""
    named = ", ".join(one_line(each.model, NAME_SHOWN) for each in shortlist.suggestions)
    return [f"Next in line: {named}; a higher max_candidates takes more, models=[...] these alone."] if named else []


def _brought(plan: Plan) -> list[str]:
    """Say what code the task brings, and what runs only with the user's agreement."""
    return [
        each.sentence + ("" if agreements.is_agreed(each) else " You have not agreed to this yet.")
        for each in agreements.of_plan(plan)
    ]


def _besides(plan: Plan) -> list[str]:
    """Say which further criteria the bar has, and whether these examples can certify them."""
    words = [each.words for each in asked(plan, CandidateRecord(), plan.expected, 0)]
    if not words:
        return []
    lines = [
        f"Also required: {'; '.join(words)}. A candidate passes where all of it holds, each at the same confidence."
    ]
    if plan.reachable is Strength.CERTIFIED and not can_certify(plan, plan.expected):
        lines.append("These examples are too few to certify all of that; it is then counted on these examples only.")
    return lines


def _left_out(left_out: Iterable[LeftOut]) -> list[str]:
    """Return a line per reason, with its models; the first few of many."""
    models: dict[str, list[str]] = {}
    for item in left_out:
        models.setdefault(one_line(item.reason, 160), []).append(one_line(item.model, 60))
    lines = []
    for reason, names in list(models.items())[:LEFT_OUT_SHOWN]:
        more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
        lines.append(f"Left out: {', '.join(names[:NAMES_SHOWN])}{more}: {reason}")
    if rest := sum(map(len, list(models.values())[LEFT_OUT_SHOWN:])):
        lines.append(f"Left out: {rest} more (see --json)")
    return lines
