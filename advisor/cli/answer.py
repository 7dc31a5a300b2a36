"""`advisor answer`: the recommended model answers the rest of a table."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from advisor.errors import ExitCode, InputError
from advisor.execution.answer_rows import FORMS, answer_table
from advisor.interview.files.hub_dataset import named_file
from advisor.runs.find import find_run
from advisor.runs.reader import open_run
from advisor.system.source import place
from advisor.system.streams import inform, is_terminal
from advisor.units import counted

SHOWN_EVERY = 50


def answer(
    name: str,
    file: str,
    output: Path | None,
    *,
    everything: bool,
    force: bool,
    offline: bool,
    send_to: Sequence[str],
    allow_code: Sequence[str],
    quiet: bool,
) -> ExitCode:
    """Answer a table's rows with a run's recommended model; exit code 3: some rows have no answer."""
    run, tell = open_run(find_run(name)), inform(quiet=quiet)
    path = named_file(file, offline=offline)
    if output is not None:
        _check_output(output, path, force=force)

    def progress(rows: int) -> None:
        if rows % SHOWN_EVERY == 0 and is_terminal(sys.stderr):
            tell(counted(rows, "row"))

    options: dict[str, Any] = {"everything": everything, "download": not offline, "allow_code": allow_code}
    filled = answer_table(run, path, output, **options, send_to=send_to, tell=tell, progress=progress)
    for line in [*filled.sentences(), *([f"written: {place(output)}"] if output is not None else [])]:
        tell(line)
    if filled.left:
        return ExitCode.INTERRUPTED
    return ExitCode.NONE_PASSES if filled.failed else ExitCode.PASSES


def _check_output(output: Path, path: Path, *, force: bool) -> None:
    """Check that a table can be written here; InputError if it has another form, is the file read, or is there."""
    if output.suffix.lower() not in FORMS:
        raise InputError(f"--output {place(output)}: name a file that ends in {', '.join(FORMS)}")
    if output.exists() and path.exists() and output.samefile(path):
        raise InputError(f"--output {place(output)}: is the file that is read; name another")
    if output.exists() and not force:
        raise InputError(f"--output {place(output)}: is there already; name another, or replace it with --force")
