"""The page of a job of several parts: what they add up to, then each part's verdict, candidates and reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.errors import one_line
from advisor.report import sentences
from advisor.report.html.failing import failing
from advisor.report.html.markup import element, section, table
from advisor.report.html.page import VERDICTS, candidates, verdict, whole, why
from advisor.report.job import job_sentences, part_rows

if TYPE_CHECKING:
    from advisor.report.job import Job
    from advisor.report.model import Report

BADGES = {"passes": "every part has a model", "none": "a part has no model", "undecided": "undecided"}


def job_page(job: Job, documents: list[Report]) -> str:
    """Return the page's HTML file."""
    title, *lines = job_sentences(job, with_parts=False)
    header, rows = part_rows(job)
    box = element(
        "div",
        element("span", BADGES[job.verdict], class_="badge"),
        *(element("p", line) for line in lines),
        class_=f"verdict {VERDICTS.get(job.verdict, 'undecided')}",
    )
    listed = table("The parts, in order", header, [list(row) for row in rows], numbers=frozenset({0, 4, 5}))
    runs = ", ".join(document.run for document in documents)
    return whole(
        f"{len(documents)} parts: {BADGES[job.verdict]}",
        [element("h1", title.rstrip(":")), box, element("div", listed, class_="stack")],
        [_part(number, document) for number, document in enumerate(documents, 1)],
        element("p", f"Runs {runs}. Each has a whole report of its own."),
    )


def _part(number: int, document: Report) -> Any:  # noqa: ANN401  markup
    name = one_line(document.task.name, 80) or "a task"
    wrong = failing(document)
    more = element("details", element("summary", "Where they fail"), wrong) if wrong else None
    own = element("p", "The whole report: ", element("code", f"advisor report {document.run} --html"), class_="note")
    title = f"{number}. {name}: {sentences.badge(document)}"
    return section(f"part-{number}", title, verdict(document), candidates(document), why(document), more, own)
