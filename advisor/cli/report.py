"""`advisor report`: a run's report as text, HTML, Markdown or JSON."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from advisor.cli.diagnostics import emit, say
from advisor.cli.progress import terminal_width
from advisor.errors import InputError
from advisor.report.file import write_report
from advisor.report.full import report_document
from advisor.report.summary import result_text
from advisor.runs.find import find_run
from advisor.runs.reader import open_run

if TYPE_CHECKING:
    from pathlib import Path

FORMS = ("html", "md", "json", "text")
_SUFFIXES = {".html": "html", ".htm": "html", ".md": "md", ".markdown": "md", ".json": "json", ".txt": "text"}


def report(name: str, asked: list[str], output: Path | None) -> None:
    """Print a run's report, or write it into a file.

    Args:
        name: The run: id, the beginning of one, path, or last.
        asked: The forms that flags ask for; none: what the file's name says, else text.
        output: The file; None prints.
    """
    if len(asked) > 1:
        raise InputError(f"--{asked[0]} and --{asked[1]} exclude each other; give one")
    form = asked[0] if asked else _SUFFIXES.get(output.suffix.lower() if output else "", "text")
    folder = find_run(name)
    width = terminal_width(sys.stdout) if output is None else None
    text = render(report_document(open_run(folder)), folder, form, width)
    if output is None:
        emit(text.rstrip("\n"))
        return
    write_report(output, text)
    say(f"wrote {output}")


def render(document: dict[str, Any], folder: Path, form: str, width: int | None = None) -> str:
    """Return the report in one of `FORMS`; all but the text are without paths of this machine, fit to be shared."""
    if form != "text":
        from advisor.report.shared import without_paths

        document = without_paths(document, folder)
    if form == "html":
        from advisor.report.page.page import html_report

        return html_report(document)
    if form == "md":
        from advisor.report.markdown import markdown_report

        return markdown_report(document)
    if form == "json":
        return json.dumps(document, indent=2)
    return result_text(document, folder, width)
