"""A report in the form that is asked for: text, HTML, Markdown or JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from advisor.report.summary import result_text
from advisor.system.codec import plain

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
