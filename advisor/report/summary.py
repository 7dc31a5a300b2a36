"""A run's report as plain text for a terminal, or for a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.errors import one_line
from advisor.report import notes, recall, sentences
from advisor.report.layout import table, wrap
from advisor.report.sanitize import as_text
from advisor.report.what_may_help import what_may_help
from advisor.units import format_bytes, format_seconds, percent_floor

if TYPE_CHECKING:
    from pathlib import Path

    from advisor.report.model import Report, Tested

MISTAKES_SHOWN = 3
SAID, INPUT_SHOWN = 40, 90


def result_text(document: Report, folder: Path, width: int | None = None, *, with_code: bool = True) -> str:
    """Return the summary: which model, how sure, why not smaller, what larger would add, how to use it.

    A width of None neither wraps nor cuts; without the code it says how to get it.
    """
    verdict = [sentences.headline(document), *sentences.claims(document)]
    above = [*wrap(verdict, width), "", *_candidate_table(document, width)]
    if rest := notes.besides(document):
        above += ["", *table(notes.BESIDES, rest, frozenset({0, 3, 4}), width)]
    if labels := recall.rows(document):
        above += ["", f"{recall.title(document)}:", *table(recall.HEADER, labels, frozenset({1, 2}), width)]
    lines: list[str] = []
    chosen = sentences.recommended(document)
    if chosen is not None:
        lines += ["", "Why not a smaller one?", *_smaller(document)]
        lines += ["", "What would a larger one add?", f"  {sentences.larger(document)}"]
        if hangs := sentences.sensitivity(document):
            lines += ["", "Does the answer depend on the exact bar?", *(f"  {line}" for line in hangs)]
        if (pair := sentences.escalation(document)) is not None:
            lines += ["", "Could a smaller one answer most of it?", f"  {pair}"]
        if (agrees := sentences.agreement(document)) is not None:
            lines += ["", "Is its answer stable?", f"  {agrees}"]
        if chosen.outcomes > chosen.passes:
            lines += ["", "What it gets wrong:", *mistakes(document, chosen)]
        lines += ["", "How to use it:", *_usage(document, with_code=with_code)]
    else:
        lines += ["", *sentences.without_answer(document)]
        top = sentences.best(document)
        if top is not None and document.finished:
            if top.outcomes > top.passes:
                lines += ["What it gets wrong:", *mistakes(document, top)]
            lines += ["What may help:", *(f"  - {step}" for step in what_may_help(document))]
    lines += ["", notes.effort(document), *notes.beside(document), f"Run {document.run}: {folder}"]
    return "\n".join([*above, *wrap(lines, width)])


def _usage(document: Report, *, with_code: bool) -> list[str]:
    if with_code:
        return ["", *(f"    {line}".rstrip() for line in (document.usage or "").splitlines())]
    run = document.run
    return [
        f"  advisor export {run}   writes a folder with the model, `predict` and its requirements",
        f"  advisor verify {run}   tests it again, in CI for instance",
        f"  advisor report {run}   shows the code, and all of the evidence with --html",
    ]


def _candidate_table(document: Report, width: int | None) -> list[str]:
    rows = []
    for each in document.candidates:
        bound, median = each.lower_bound, each.seconds.p50
        rows.append(
            (
                str(each.number),
                sentences.name_of(each, 48),
                sentences.verdict_of(document, each),
                f"{each.passes}/{each.outcomes}" if each.outcomes else "",
                "" if bound is None else percent_floor(bound),
                "" if median is None else format_seconds(median),
                format_bytes(each.peak_memory_bytes) if each.peak_memory_bytes else "",
                one_line(each.reason, 110),
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
        answer = one_line(said.error or as_text(said.output), SAID)
        expected = one_line(row.expected, SAID)
        instead = [] if row.expected is None else [f"not {expected!r}"]
        broken = [f"which breaks {' and '.join(said.breaks)}"] if said.breaks else []
        given = one_line(row.input, INPUT_SHOWN)
        lines.append(f"  line {row.line}: {', '.join([f'said {answer!r}', *(broken or instead)])}: {given}")
    wrong = candidate.outcomes - candidate.passes
    if wrong > len(lines):
        lines.append(f"  and {wrong - len(lines)} more")
    return lines
