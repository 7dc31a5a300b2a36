"""Makes a report fit to be passed around: paths of this machine are shortened.

A path below the home is written with `~`; a model's or a run's folder elsewhere by its name alone. run.json and
result.json keep the paths whole, which the run needs to continue.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from advisor.report.model import Report
from advisor.runs.reader import open_run
from advisor.system.codec import plain, read

# The user's own texts.
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
    """Return the folders that a run's report may name: its own, its models', and where these were named."""
    run = open_run(folder, brief=True)
    facts = run.fixed.get("candidate_facts") or []
    named = [each.get(name) for each in facts for name in ("folder", "model")]
    # A folder that was moved since is still named where the run was made.
    named.append(run.result and run.result.folder)
    return [folder.absolute(), *(Path(each) for each in named if isinstance(each, str) and Path(each).is_absolute())]


class _Shorten:
    def __init__(self, folders: list[Path], home: Path) -> None:
        apart = {str(each): each.name for each in folders if each.name and not each.is_relative_to(home)}
        below = {str(home): "~"} if home != Path(home.anchor) else {}
        self._names = apart | below
        # The longest first: a folder inside another keeps its own name.
        paths = "|".join(re.escape(each) for each in sorted(self._names, key=len, reverse=True))
        self._path = re.compile(rf"(?<![\w.~/-])(?:{paths})(?![\w-])") if paths else None

    def text(self, text: str) -> str:
        """Return a text with its paths shortened."""
        return text if self._path is None else self._path.sub(lambda found: self._names[found[0]], text)

    def everywhere(self, value: Any) -> Any:  # noqa: ANN401  any JSON value
        """Return a value with the paths in its texts shortened."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.everywhere(each) for each in value]
        if isinstance(value, dict):
            return {key: self.everywhere(each) for key, each in value.items()}
        return value

    def code(self, text: str) -> str:
        """Return Python code that still runs where the home is the same, and says what to do where it is not."""
        shortened = self.text(text)
        if self._path is None or shortened == text:
            return text
        expanded = _HOME_LITERAL.sub(lambda found: f"os.path.expanduser({found[0]})", shortened)
        has_os = expanded == shortened or re.search(r"^import os$", text, flags=re.MULTILINE)
        note = NOTE if any(self._names[found] != "~" for found in self._path.findall(text)) else ""
        return note + ("" if has_os else "import os\n\n") + expanded
