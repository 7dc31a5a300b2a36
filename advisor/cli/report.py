"""`advisor report`: a run's report as text, HTML, Markdown or JSON."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from advisor.cli.progress import terminal_width
from advisor.errors import InputError
from advisor.report.file import write_report
from advisor.report.forms import render
from advisor.report.full import report_of
from advisor.runs.find import find_run
from advisor.runs.reader import open_run
from advisor.system.streams import emit, emit_file, say

if TYPE_CHECKING:
    from pathlib import Path

_SUFFIXES = {".html": "html", ".htm": "html", ".md": "md", ".markdown": "md", ".json": "json", ".txt": "text"}


def report(name: str, asked: list[str], output: Path | None) -> None:
    """Print a run's report, or write it into a file.

    Args:
        name: The run's id, the beginning of one, path, or last.
        asked: The forms that flags ask for; none: what the file's name says, else text.
        output: The file; None prints.
    """
    if len(asked) > 1:
        raise InputError(f"--{asked[0]} and --{asked[1]} exclude each other; give one")
    form = asked[0] if asked else _SUFFIXES.get(output.suffix.lower() if output else "", "text")
    folder = find_run(name)
    width = terminal_width(sys.stdout) if output is None else None
    text = render(report_of(open_run(folder)), folder, form, width)
    if output is None:
        (emit_file if form == "html" else emit)(text.rstrip("\n"))
        return
    write_report(output, text)
    say(f"wrote {output}")
