"""A report in the form that is asked for: text, HTML, Markdown or JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from advisor.errors import InputError
from advisor.report.full import report_of
from advisor.report.summary import result_text
from advisor.runs.reader import open_run
from advisor.runs.result import plain

if TYPE_CHECKING:
    from pathlib import Path

    from advisor.report.model import Report

FORMS = ("html", "md", "json", "text")


def render(document: Report, folder: Path, form: str, width: int | None = None) -> str:
    """Return the report in one of `FORMS`; all but the text are without paths of this machine, fit to be shared."""
    if form != "text":
        from advisor.report.shared import without_paths

        document = without_paths(document, folder)
    if form == "html":
        from advisor.report.html.page import html_report

        return html_report(document)
    if form == "md":
        from advisor.report.markdown import markdown_report

        return markdown_report(document)
    if form == "json":
        return json.dumps(plain(document), indent=2)
    return result_text(document, folder, width)


def render_job(folders: list[Path], form: str, width: int | None = None) -> str:
    """Return the report of a job in one of `FORMS`, from its parts' folders.

    Raises:
        InputError: if a part is given twice, or is not finished.
    """
    from advisor.report.job import job_of, job_sentences

    runs = [open_run(folder) for folder in folders]
    if len({run.id for run in runs}) < len(runs):
        raise InputError("a run is given twice; give each part's once")
    for run in runs:
        if run.result is None:
            raise InputError(f"run {run.id} is not finished; `advisor runs resume {run.id}` continues it")
    job = job_of([run.result for run in runs if run.result is not None])
    documents = [report_of(run) for run in runs]
    if form == "text":
        texts = [result_text(each, folder, width) for each, folder in zip(documents, folders, strict=True)]
        return "\n\n".join([*texts, "\n".join(job_sentences(job))])
    from advisor.report.shared import without_paths

    documents = [without_paths(each, folder) for each, folder in zip(documents, folders, strict=True)]
    if form == "html":
        from advisor.report.html.page import job_page

        return job_page(job, documents)
    if form == "md":
        from advisor.report.markdown import job_markdown

        return job_markdown(job, documents)
    return json.dumps(plain({"schema_version": 1, "job": job, "reports": documents}), indent=2)
