"""Renders a run's report in a form, and writes it beside what it reports."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from advisor.errors import cannot_write
from advisor.report.summary import result_text
from advisor.system.codec import plain
from advisor.system.files import write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from advisor.report.model import Report

NAME = "report.html"
READABLE = 0o644


def write_html(folder: Path) -> Path:
    """Write a run's `report.html`, fit to be passed around, into its folder and return its path.

    Raises:
        InputError: if the folder is no run's.
        OutOfReachError: if it cannot be written.
    """
    from advisor.report.full import report_of
    from advisor.report.html.page import html_report
    from advisor.report.shared import without_paths
    from advisor.runs.reader import open_run

    path = folder / NAME
    write_report(path, html_report(without_paths(report_of(open_run(folder)), folder)))
    return path


def write_report(path: Path, text: str) -> None:
    """Write a report's file, readable for others as files usually are.

    Raises:
        OutOfReachError: if it cannot be written.
    """
    try:
        write_whole(path, text.rstrip("\n") + "\n")
        path.chmod(READABLE)
    except OSError as error:
        raise cannot_write(path, error, "name another file") from None


FORMS = ("text", "html", "md", "json", "junit", "every-eval-ever", "promptfoo", "badge", "shields")


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
    if form == "text":
        return result_text(document, folder, width)
    from advisor.report import cases, exchange
    from advisor.runs.reader import open_run

    others = {"junit": cases.junit, "every-eval-ever": exchange.every_eval_ever}
    others |= {"promptfoo": exchange.promptfoo, "badge": exchange.badge, "shields": exchange.shields}
    return others[form](document, open_run(folder))
