"""The report as Markdown that fits a comment on a pull request; longer parts fold away in `<details>`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.report import notes, recall, sentences
from advisor.report.fill import fill
from advisor.report.method import method
from advisor.report.what_may_help import what_may_help
from advisor.units import counted

if TYPE_CHECKING:
    from advisor.report.model import Report

# GitHub refuses comments of 65,536 characters.
MOST_CHARACTERS = 60_000
SHOWN = 25


def markdown_report(document: Report) -> str:
    """Return the report's Markdown, at most 60,000 characters: failing examples are left out until it fits."""
    for shown in range(SHOWN, -1, -1):
        text = _filled(document, shown)
        if len(text) <= MOST_CHARACTERS:
            return text
    # Many candidates with long reasons: whole lines, as many as fit.
    kept = text[: MOST_CHARACTERS - 80].rpartition("\n")[0]
    return f"{kept}\n\nCut here; the rest is in `advisor report --html`.\n"


def _filled(document: Report, shown: int) -> str:
    made = document.reproduce
    versions = [f"model-advisor {made.advisor}"] if made.advisor else []
    versions += [f"Python {made.python or '?'}", *(f"{name} {each}" for name, each in sorted(made.libraries.items()))]
    return fill(
        "markdown.md",
        document=document,
        notes=notes,
        recall=recall,
        sentences=sentences,
        counted=counted,
        method=method,
        what_may_help=what_may_help,
        shown=document.failing[:shown],
        asked=sorted({said.candidate for row in document.failing for said in row.answers}),
        versions=", ".join(versions),
    )
