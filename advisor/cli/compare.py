"""`advisor compare`: two runs side by side."""

from __future__ import annotations

import json
import sys

from advisor.cli.progress import terminal_width
from advisor.report.comparison import text
from advisor.runs.compare import compare as compared
from advisor.runs.find import find_run
from advisor.runs.reader import open_run
from advisor.system.codec import plain
from advisor.system.streams import emit


def compare(first: str, second: str, names: tuple[str | None, str | None], *, json_output: bool) -> None:
    """Print two runs side by side."""
    found = compared(open_run(find_run(first)), open_run(find_run(second)), names)
    if json_output:
        emit(json.dumps(plain(found), indent=2))
    else:
        emit("\n".join(text(found, terminal_width(sys.stdout))))
