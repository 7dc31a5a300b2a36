"""Renders a run's report in a form, and writes it next to the run or elsewhere.

Shareable forms name no paths of this machine: those below the home directory begin with `~`, other folders of
models and runs are given by name. run.json and result.json keep full paths, which the run needs to continue.
"""

import json
import os.path
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from advisor.errors import cannot_write
from advisor.report import pages
from advisor.report.model import Report
from advisor.report.text import result_text
from advisor.runs.reader import Run, open_run
from advisor.system.codec import plain, read
from advisor.system.files import write_whole

NAME = "report.html"


def write_html(folder: Path) -> Path:
    """Write a run's `report.html`, fit for sharing, into its folder and return its path."""
    from advisor.report.full import report_of

    path = folder / NAME
    write_report(path, pages.html_report(without_paths(report_of(open_run(folder)), folder)))
    return path


def write_report(path: Path, text: str) -> None:
    """Write a report's file; OutOfReachError if it cannot be written.

    A pipe or a device, such as /dev/stdout, is written to and not replaced, and so is what a link leads to.
    """
    text = text.rstrip("\n") + "\n"
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8")
            return
        path = Path(os.path.realpath(path))
        write_whole(path, text, is_private=False)
    except OSError as error:
        raise cannot_write(path, error, "name another file") from None


FORMS = ("text", "html", "md", "json", "junit", "every-eval-ever", "promptfoo", "badge")


def render(document: Report, folder: Path, form: str, width: int | None = None) -> str:
    """Return the report in one of `FORMS`; all but the text are fit for sharing, without paths of this machine."""
    if form != "text":
        document = without_paths(document, folder)
    if form in {"html", "md"}:
        return (pages.html_report if form == "html" else pages.markdown_report)(document)
    if form == "json":
        return json.dumps(plain(document), indent=2)
    if form == "text":
        return result_text(document, folder, width)
    from advisor.report import cases, exchange

    write: Callable[[Report, Run], str] = getattr(cases if form == "junit" else exchange, form.replace("-", "_"))
    return write(document, open_run(folder))


# Fields with the user's own texts.
_KEPT = frozenset({"task", "failing", "right"})
_HOME_LITERAL = re.compile(r"(['\"])~/([^'\"\n]*)\1")
NOTE = "# Folders of another machine are given by name: put them next to this file, or write where they are.\n"


def without_paths(document: Report, folder: Path) -> Report:
    """Return a report without absolute paths of this machine."""
    shorten = _Shorten(_folders(folder), Path.home())
    values = {key: value if key in _KEPT else shorten.everywhere(value) for key, value in plain(document).items()}
    for row in values["failing"]:
        for each in row["answers"]:
            each["error"] = shorten.everywhere(each["error"])
    if document.usage:
        values["usage"] = shorten.code(document.usage)
    return read(Report, values)


def _folders(folder: Path) -> list[Path]:
    """Return the folders that a run's report may name: its own, its models', and the folders of these."""
    run = open_run(folder, brief=True)
    facts = run.fixed.get("candidate_facts") or []
    named = [each.get(name) for each in facts for name in ("folder", "model")]
    # A run that was moved since still names the folder where it was made.
    named.append(run.result and run.result.folder)
    return [folder.absolute(), *(Path(each) for each in named if isinstance(each, str) and Path(each).is_absolute())]


class _Shorten:
    def __init__(self, folders: list[Path], home: Path) -> None:
        apart = {str(each): each.name for each in folders if each.name and not each.is_relative_to(home)}
        below = {str(home): "~"} if home != Path(home.anchor) else {}
        self._names = apart | below
        # Longest first: a folder inside another keeps its own name.
        paths = "|".join(re.escape(each) for each in sorted(self._names, key=len, reverse=True))
        self._path = re.compile(rf"(?<![\w.~/-])(?:{paths})(?![\w-])") if paths else None

    def text(self, text: str) -> str:
        return text if self._path is None else self._path.sub(lambda found: self._names[found[0]], text)

    def everywhere(self, value: Any) -> Any:  # noqa: ANN401  any JSON value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.everywhere(each) for each in value]
        if isinstance(value, dict):
            return {key: self.everywhere(each) for key, each in value.items()}
        return value

    def code(self, text: str) -> str:
        """Return Python code that runs where the home directory is the same, and otherwise says what to change."""
        shortened = self.text(text)
        if self._path is None or shortened == text:
            return text
        expanded = _HOME_LITERAL.sub(lambda found: f"os.path.expanduser({found[0]})", shortened)
        has_os = expanded == shortened or re.search(r"^import os$", text, flags=re.MULTILINE)
        note = NOTE if any(self._names[found] != "~" for found in self._path.findall(text)) else ""
        return note + ("" if has_os else "import os\n\n") + expanded
