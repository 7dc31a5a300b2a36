"""The report's evidence: a path for each candidate, times and memory, and the examples that some got wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.candidates.candidate import WITH_HEAD
from advisor.errors import one_line
from advisor.report import notes, recall, sentences
from advisor.report.html.markup import Content, Markup, element, table
from advisor.report.html.path_chart import LEGEND, path_chart
from advisor.report.sanitize import as_text, visible
from advisor.units import counted, format_bytes, format_seconds

if TYPE_CHECKING:
    from advisor.report.model import Report, Row


def paths(document: Report) -> Markup | None:
    """Return a chart for each candidate that was probed, None if none was."""
    probed = [each for each in document.candidates if each.outcomes]
    if not probed:
        return None
    words = (
        "Each path climbs by one with every mistake. Where it meets the lower region the candidate is certified, in "
        "the upper one it is given up. "
    )
    words += (
        "The lower region was fixed before the first outcome; the upper one moves away when examples are added."
        if document.examples.looks
        else "The regions were fixed before the first outcome."
    )
    legend = element(
        "ul",
        *(
            element("li", element("span", sign, class_=f"swatch {kind}", aria_hidden="true"), meaning)
            for kind, sign, meaning in LEGEND
        ),
        class_="legend",
    )
    charts = [path_chart(each, document.examples.evidence) for each in probed]
    return element("div", element("p", words), legend, element("p"), element("div", *charts, class_="paths"))


def speed(document: Report) -> Markup | None:
    """Return the table of times and memory, None if nothing was run."""
    ran = [each for each in document.candidates if each.inferences]
    if not ran:
        return None
    slowest = max(each.seconds.p95 or 0.0 for each in ran)
    largest = max(each.peak_memory_bytes or 0 for each in ran)
    has_tokens = any(each.tokens_per_example is not None for each in ran)
    has_costs = any(each.cost_per_million is not None for each in ran)
    rows: list[list[Content]] = []
    for each in ran:
        peak, taught = each.peak_memory_bytes, each.teaching_seconds
        row: list[Content] = [
            str(each.number),
            sentences.name_of(each),
            format_seconds(each.seconds.p50),
            _metered(format_seconds(each.seconds.p95), each.seconds.p95, slowest),
            format_seconds(each.load_seconds) if each.load_seconds is not None else "",
            format_seconds(taught) if each.method in WITH_HEAD and taught is not None else "",
            _metered(format_bytes(peak), peak, largest) if peak else "",
            str(each.inferences),
        ]
        if has_tokens:
            tokens = each.tokens_per_example
            row.append("" if tokens is None else f"{tokens:.0f}")
        if has_costs:
            row.append(notes.cost_of(each))
        rows.append(row)
    header = [
        "#",
        "candidate",
        "median",
        "95th percentile",
        "to load",
        "to train its head",
        "peak memory",
        "inferences",
        *(["tokens"] if has_tokens else []),
        *(["cost of a million"] if has_costs else []),
    ]
    caption = "Measured in this run: seconds for one example, seconds to load, most memory of its process"
    note = (
        "An example's time is its share of the batch it ran in. Peak memory is that of the whole probe: Python, the "
        "engine and the model."
    )
    if has_costs:
        note += " Costs are estimates by the task's prices, of requests one after the other."
    if len(ran) < len(document.candidates):
        note += " Candidates that were not run are left out."
    numbers = frozenset(range(len(header))) - {1}
    return element(
        "div",
        element("div", table(caption, header, rows, numbers=numbers), class_="stack"),
        element("p"),
        element("p", note, class_="note"),
    )


def _metered(words: str, value: float | None, most: float) -> Markup:
    share = 100.0 * (value or 0.0) / most if most else 0.0
    return element("span", words, element("span", class_="meter", style=f"width:{share:.1f}%", aria_hidden="true"))


SHOWN = 25
INPUT, SAID = 4000, 400


def failing(document: Report) -> Markup | None:
    """Return the failing examples, at most 25; None if there is none."""
    found = document.failing
    if not found:
        return None
    chosen = sentences.recommended(document)
    first = "the recommended one's mistakes first" if chosen else "those first that most candidates got wrong"
    more = f" Shown are {SHOWN}; the JSON document has all." if len(found) > SHOWN else ""
    words = f"{counted(len(found), 'example')} came out wrong with at least one candidate, {first}.{more}"
    names = {each.number: sentences.name_of(each) for each in document.candidates}
    return element(
        "div",
        *_confused(document),
        element("p", words),
        element("div", *(article(row, names) for row in found[:SHOWN]), class_="failing"),
    )


def _confused(document: Report) -> list[Markup]:
    """Return which labels are confused most, and how often each field of JSON is right; nothing for other answers."""
    tables = []
    if (found := recall.matrix(document.confused)) is not None:
        header, rows = found
        cells: list[list[Content]] = [
            [element("strong", name), *(_count(each, is_right=at == row) for at, each in enumerate(counts))]
            for row, (name, *counts) in enumerate(rows)
        ]
        caption = "Labels that are confused most: what was said where a label was expected"
        tables.append(table(caption, header, cells, numbers=frozenset(range(1, len(header)))))
    if document.fields:
        of = [
            [one_line(each.field, 80), f"{each.right} of {each.of}", f"{each.right / each.of:.1%}"]
            for each in document.fields
        ]
        tables.append(table("For each field", ("field", "right", "share"), of, numbers=frozenset({1, 2})))
    return [element("div", each, class_="stack") for each in tables]


def _count(count: str, *, is_right: bool) -> Content:
    return element("strong", count) if count != recall.NONE and not is_right else count


def article(row: Row, names: dict[int, str]) -> Markup:
    """Return an example with what each candidate said to it; one that none got wrong says that."""
    where, shown = f"Line {row.line}", visible(row.input, INPUT) or "(empty)"
    text = element("blockquote", shown, dir="auto", tabindex="0", role="region", aria_label=f"Text of {where.lower()}")
    rows: list[list[Content]] = []
    for said in row.answers:
        answer = said.error if said.error is not None else as_text(said.output)
        words = f"error: {one_line(answer, SAID)}" if said.error is not None else visible(answer, SAID)
        words += f" (breaks {', '.join(said.breaks)})" if said.breaks else ""
        sign = element("span", "✓" if said.passed else "✕", class_=f"swatch {'good' if said.passed else 'bad'}",
                       aria_hidden="true")  # fmt: skip
        rows.append(
            [
                str(said.candidate),
                names.get(said.candidate, "?"),
                element("bdi", words),
                element("span", sign, "right" if said.passed else "wrong"),
            ]
        )
    expected = "nothing in particular" if row.expected is None else visible(row.expected, SAID)
    return element(
        "article",
        element("h3", f"{where}: expected ", element("bdi", expected)),
        text,
        table(f"What each said to {where.lower()}", ("#", "candidate", "said", "was"), rows, numbers=frozenset({0}))
        if rows
        else element("p", "Right with every candidate that was asked."),
        id=f"example-{row.order}",
    )
