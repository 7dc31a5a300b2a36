"""`advisor export`: the recommended model as a folder that works without this program."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.errors import ExitCode
from advisor.report.export.folder import export as write
from advisor.runs.find import find_run
from advisor.runs.reader import open_run
from advisor.system.streams import emit, inform, say

if TYPE_CHECKING:
    from collections.abc import Sequence


def export(
    name: str,
    output: Path | None,
    *,
    offline: bool,
    check: bool,
    allow_code: Sequence[str] = (),
    quiet: bool = False,
    final: bool = False,
) -> ExitCode:
    """Write a run's recommended model into a folder; exit code 3 says that it answers differently from the probe."""
    run = open_run(find_run(name))
    folder = output or Path(re.sub(r"[^A-Za-z0-9._-]+", "-", f"{run.task.get('name', 'task')}-{run.id}").strip("-."))
    tell = inform(quiet=quiet)
    made = write(run, folder, tell=tell, download=not offline, check=check, allow_code=allow_code, final=final)
    if made.checked > made.same:
        say(
            f"error: {made.folder} answers {made.checked - made.same} of {made.checked} examples otherwise than the "
            "probe did; other versions of its libraries than requirements.txt names may be installed here"
        )
        return ExitCode.NONE_PASSES
    if final:
        tell("its head was trained again on all rows; what the run claims is about the head of the probe")
    elif check:
        tell(
            f"its module gives the recorded answer on {made.same} of {made.checked} examples"
            if made.checked
            else "its module was not compared with the probe: the run has no texts to ask it"
        )
    emit(str(made.folder))
    return ExitCode.PASSES
