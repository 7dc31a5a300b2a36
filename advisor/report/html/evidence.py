"""The report's evidence paths, and its table of latency and memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.candidates.candidate import WITH_HEAD
from advisor.report import notes, sentences
from advisor.report.html.markup import Content, Markup, element, table
from advisor.report.html.path_chart import LEGEND, path_chart
from advisor.units import format_bytes, format_seconds

if TYPE_CHECKING:
    from advisor.report.model import Report


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
