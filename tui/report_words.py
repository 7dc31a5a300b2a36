"""A run's report for the recommendation page: the report's own sentences, under the page's headings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content

from advisor.candidates import hub
from advisor.errors import one_line
from advisor.interview.question import Choice
from advisor.report import claims, notes, recall, same_rows, sentences
from advisor.report.card import Card, card, without_answer
from advisor.report.method import method
from advisor.report.picture import Picture, answer_cells, picture
from advisor.report.questions import questions
from advisor.report.sanitize import expected_text
from advisor.report.what_may_help import next_steps, what_may_help
from advisor.system.source import line_words
from advisor.units import counted, format_bytes, format_seconds
from tui import drawing
from tui.widgets.columns import fit
from tui.widgets.mistakes import Asked, said_of
from tui.words import in_session

if TYPE_CHECKING:
    from advisor.report.model import Report
    from advisor.runs.reader import Run

MOST_FAILING = 200
REASON, FIELD, METER = 300, 40, 20
# The width of the label matrix in a terminal of 80 columns; and of its first column, if that is too narrow.
MATRIX, EXPECTED = 76, 30
COUNTED = "Each candidate counts up to the example that settled it; later answers of the same batch do not count."
DOWNLOAD = "allow a download (ctrl+l, may download)"
# If the run's session is gone, so that nothing can be changed.
DOWNLOAD_IN_NEW_TASK = "allow a download in a new task (F2)"
USE = Content(" · ").join(
    Content.assemble((key, "bold $accent"), (f" {does}", "$quiet"))
    for key, does in (
        ("t", "tries it"),
        ("a", "fills a table"),
        ("u", "shows code"),
        ("e", "exports it"),
        ("w", "why so sure"),
    )
)
COLOURS = {"good": "$success", "bad": "$error", "open": "$warning"}
KINDS = {"passes": "good", "none": "bad"}


@dataclass(frozen=True, slots=True)
class ResultPage:
    """The page's content for a run."""

    document: Report  # The report's.
    run: str  # The run's id.
    use: str  # The answer in a line.
    lines: Content  # Measurements, proof, gain over the baseline, use.
    sure: str  # Why it is so sure, on request.
    # What may help, by number, if none is recommended; the values are an answer's key and value.
    steps: tuple[Choice, ...]
    why: Content  # Why no smaller or larger one, what may help.
    evidence: Content  # Further measurements, and the method.
    failing: list[Asked]  # The wrong examples of the recommended, else the best candidate.
    confused: Content  # The labels that are confused most, and how often each field is right.
    shown: Picture  # The picture of all candidates.
    about: str  # That candidate, and how many it got right.
    states: tuple[str, ...]  # A cell per example, by its answer.
    asked: tuple[Asked, ...]  # The examples it was asked, with its answers.
    snippet: str  # Code that uses the recommended model; "" where there is none.
    no_snippet: str  # Why there is none.
    file: str = ""  # The path of the run's examples.


def read_page(folder: Path, *, can_change: bool = True) -> ResultPage:
    """Read a run's folder; slow if there are many outcomes.

    It `can_change` if its session exists. InputError if the folder is no run's. OutOfReachError if it cannot be read.
    """
    from advisor.report.full import report_of
    from advisor.runs.reader import open_run

    run = open_run(folder)
    return _with_examples(page_of(report_of(run), can_change=can_change), run)


def _with_examples(page: ResultPage, run: Run) -> ResultPage:
    """Return the page with the examples of the recommended, else the best candidate."""
    about = sentences.recommended(page.document) or sentences.best(page.document)
    if about is None:
        return page
    name, candidate = sentences.name_of(about), run.candidates[about.number - 1]
    outcomes = candidate.record.in_order(run.evidence)
    wrong = frozenset(number for number, each in enumerate(outcomes, start=1) if not each.passed)
    asked = []
    for number, (example, outcome) in enumerate(zip(run.evidence, outcomes, strict=False), start=1):
        family, metric = page.document.task.family, page.document.task.metric or ""
        said, is_error = said_of(recall.in_words(family, outcome.output, example, metric), outcome.error)
        wanted = recall.in_words(family, example.expected, example)
        expected = "" if wanted is None else expected_text(wanted, [outcome.output])
        where = f"example {number}, {line_words(example.line)}"
        asked.append(Asked(where, example.input, expected, said, is_error, name, outcome.passed))
    return replace(
        page,
        about=f"{about.number}. {name}: {about.passes} of {about.outcomes} right",
        states=tuple(answer_cells(wrong, len(outcomes), about.outcomes, len(run.evidence))),
        asked=tuple(asked),
        file=str(((run.origin.get("files") or {}).get("examples") or {}).get("path") or ""),
    )


def page_of(document: Report, *, can_change: bool = True) -> ResultPage:
    chosen, shown = sentences.recommended(document), _card(document)
    steps = _steps(document) if can_change and chosen is None and document.finished else ()
    return ResultPage(
        document=document,
        run=str(document.run),
        use=shown.use,
        lines=_lines(document, shown, KINDS.get(str(document.verdict), "open")),
        sure="\n\n".join(_sure(document)),
        steps=steps,
        why=_why(document, steps, can_change=can_change),
        evidence=_evidence(document),
        failing=_failing(document),
        confused=_confused(document),
        shown=picture(document),
        about="",
        states=(),
        asked=(),
        snippet=str(document.usage or "") if chosen is not None else "",
        no_snippet="No model is recommended, so there is none to use.",
    )


def _card(document: Report) -> Card:
    if document.finished:
        return card(document)
    return Card(f"Not finished: {document.inferences} outcomes so far; g resumes it.")


def _sure(document: Report) -> list[str]:
    """Return the claims about the recommendation, and how they were tested, a paragraph each."""
    return [
        *claims.proven_together(document),
        *claims.strength_of(document),
        *same_rows.details(document.shared_rows),
        *same_rows.lowers(document.lowers),
        *claims.measured_on(document),
        *claims.tuned(document),
        *claims.over_baseline(document),
        *([] if sentences.recommended(document) is not None else without_answer(document)),
        *method(document),
    ]


def _steps(document: Report) -> tuple[Choice, ...]:
    from advisor.starter.fetch import is_present
    from advisor.starter.manifest import STARTER, download_bytes

    lacking = claims.baselines_alone(document) and not any(map(is_present, STARTER))
    steps = next_steps(document, starter_bytes=download_bytes(STARTER) if lacking else 0, has_hub=not hub.off_by())
    return tuple(Choice((each.key, each.value), each.label, each.cost) for each in steps)


def _why(document: Report, shown: Sequence[Choice], *, can_change: bool) -> Content:
    download, said = (DOWNLOAD, in_session) if can_change else (DOWNLOAD_IN_NEW_TASK, str)
    blocks = [("", claims.stand_in(document))]
    if sentences.recommended(document) is None:
        offered = {each.value[0] for each in shown}
        steps = what_may_help(document, download=download, offered=offered) if document.finished else []
        blocks.append(("What may help", [f"• {said(step)}" for step in steps]))
    else:
        smaller = [f"{sentences.name_of(e)}: {one_line(e.reason, REASON)}" for e in sentences.smaller(document)]
        blocks += [
            ("", claims.not_the_smallest(document)),
            ("", claims.baselines_alone(document)),
            ("Why not a smaller one?", smaller or ["It is the smallest candidate."]),
            *questions(document),
        ]
    blocks.append(("", [notes.effort(document), *map(said, notes.note_lines(document))]))
    return _page(blocks)


def _evidence(document: Report) -> Content:
    measured = []
    for each in document.candidates:
        if not each.outcomes:
            measured.append(f"{each.number}. {sentences.name_of(each)}: {one_line(each.reason, REASON)}")
            continue
        speed = f"median {format_seconds(each.seconds.p50)}, p95 {format_seconds(each.seconds.p95)}"
        later = f"; {note}" if (note := sentences.with_later_ones(each)) else ""
        peak = f", peak memory {format_bytes(each.peak_memory_bytes)}" if each.peak_memory_bytes else ""
        later += f"; true rate {sentences.true_rate(each)}"
        measured.append(
            f"{each.number}. {sentences.name_of(each)}: {one_line(each.reason, REASON)}{later} ({speed}{peak})"
        )
    if measured:
        measured += [*sentences.own_shares(document), COUNTED]
    besides = ["  ".join(row) for row in notes.besides(document)]
    left_out = [f"{one_line(e.model, 60)}: {one_line(e.reason, 160)}" for e in document.left_out]
    return _page(
        [
            ("Each candidate", measured),
            (recall.title(document), _labels(document)),
            ("What else the bar asks", besides),
            ("Left out before", left_out),
        ]
    )


def _labels(document: Report) -> list[str]:
    """Return a line per label; with several labels per text, counts of found, missed and added."""
    rows = recall.rows(document)
    if recall.header(document) == recall.HEADER:
        return ["  ".join(row) for row in rows]
    return [
        f"{label}  {found} found, {missed} missed, {added} added  {'  '.join(rest)}"
        for label, found, missed, added, *rest in rows
    ]


def _confused(document: Report) -> Content:
    """Return the matrix of the most confused labels, and a line per field of JSON."""
    lines: list[Content] = []
    if (found := recall.matrix(document.confused)) is not None:
        header, rows = _fitting(*found)
        widths = [max(map(cell_len, column)) for column in zip(header, *rows, strict=True)]
        names = [fit(each, width, is_right=at > 0) for at, (each, width) in enumerate(zip(header, widths, strict=True))]
        lines.append(Content.styled("  ".join(names), "$quiet"))
        for at, row in enumerate(rows):
            counts = [
                (f"  {fit(each, width, is_right=True)}", _count_style(each, is_right=at == column))
                for column, (each, width) in enumerate(zip(row[1:], widths[1:], strict=True))
            ]
            lines.append(Content.assemble(fit(row[0], widths[0]), *counts))
        if (more := len(document.recall) - len(rows)) > 0:
            lines.append(Content.styled(f"{counted(more, 'more label')}, confused less", "$quiet"))
    widest = max((cell_len(one_line(each.field, FIELD)) for each in document.fields), default=0)
    for each in document.fields:
        share = each.right / each.of
        lines.append(
            Content.assemble(
                f"{fit(one_line(each.field, FIELD), widest)}  {each.right:>4}/{each.of:<4} ",
                (drawing.meter(share, METER), drawing.GOOD if share == 1.0 else drawing.BAR),
                f" {share:.0%}",
            )
        )
    return Content("\n").join(lines)


def _fitting(header: list[str], rows: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """Return the matrix, with numbered columns if their labels are too wide."""
    widths = [max(map(cell_len, column)) for column in zip(header, *rows, strict=True)]
    if sum(widths) + 2 * (len(widths) - 1) <= MATRIX:
        return header, rows
    numbers = [str(number) for number in range(1, len(rows) + 1)]
    first = min(EXPECTED, max(cell_len(row[0]) for row in rows) + 3)
    numbered = [[fit(f"{number}. {row[0]}", first), *row[1:]] for number, row in zip(numbers, rows, strict=True)]
    return [header[0], *numbers, *header[len(rows) + 1 :]], numbered


def _count_style(count: str, *, is_right: bool) -> str:
    if count == recall.NONE:
        return drawing.SOFT
    return drawing.GOOD if is_right else f"bold {drawing.BAD}"


def _failing(document: Report) -> list[Asked]:
    about = sentences.recommended(document) or sentences.best(document)
    if about is None:
        return []
    found, names = [], {each.number: sentences.name_of(each) for each in document.candidates}
    for failing in sorted(document.failing, key=lambda each: int(each.order)):
        for said in failing.answers:
            if said.candidate == about.number and said.counted and not said.passed:
                where = sentences.where(document, failing.line)
                text, is_error = said_of(said.shown, said.error)
                given = str(failing.input)
                by = sentences.name_of(about)
                others = tuple(
                    (names[each.candidate], said_of(each.shown, each.error)[0], bool(each.passed))
                    for each in failing.answers
                    if each is not said
                )
                expected, breaks = str(failing.expected or ""), tuple(said.breaks)
                found.append(Asked(where, given, expected, text, is_error, by, breaks=breaks, others=others))
    return found[:MOST_FAILING]


def _page(blocks: list[tuple[str, list[str]]]) -> Content:
    parts: list[Content] = []
    for title, lines in blocks:
        if not lines:
            continue
        parts += [Content("")] if parts else []
        parts += [Content.styled(title, "bold $text-primary")] if title else []
        parts += [Content(line) for line in lines]
    return Content("\n").join(parts)


def _lines(document: Report, shown: Card, kind: str) -> Content:
    """Return the card's lines below its first: measurements, proof, gain over the baseline, use."""
    sign = Content.styled(f" {shown.sign} ", f"bold reverse {COLOURS[kind]}")
    lines = [
        Content(shown.measured),
        Content.assemble(sign, " ", shown.proven) if shown.proven else Content(""),
        Content(shown.adds),
        USE if sentences.recommended(document) is not None else Content(""),
    ]
    return Content("\n").join(line for line in lines if line.plain.strip())
