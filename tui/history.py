"""The engine's functions for the page of runs; all are for worker threads."""

from dataclasses import dataclass
from pathlib import Path

from advisor.errors import InputError


@dataclass(frozen=True, slots=True)
class Way:
    """How to continue a run: a session's id, or a task file."""

    session: str | None = None
    task_file: Path | None = None


def report_text(folder: Path, width: int) -> str:
    """Return a run's report as text of a width; AdvisorError if the run cannot be read."""
    from advisor.report.file import render
    from advisor.report.full import report_of
    from advisor.runs.reader import open_run

    return render(report_of(open_run(folder)), folder, "text", width)


def comparison(first: Path, second: Path, width: int) -> str:
    """Return two runs side by side, as text of a width; AdvisorError if one is unreadable, or nothing comparable."""
    from advisor.report.comparison import comparison_lines
    from advisor.runs.compare import compare_runs
    from advisor.runs.reader import open_run

    return "\n".join(comparison_lines(compare_runs(open_run(first), open_run(second), (None, None)), width))


def page_of(folder: Path) -> Path:
    """Return a run's HTML report, written now if missing; AdvisorError if it cannot be read or written."""
    from advisor.report.file import NAME, write_html

    path = folder / NAME
    return path if path.is_file() and (folder / "result.json").is_file() else write_html(folder)


def way_on(folder: Path) -> Way:
    """Return how an interrupted run continues; AdvisorError if it is finished or in use, or lacks its task file."""
    from advisor.runs.find import is_in_use
    from advisor.runs.origin import task_file_of
    from advisor.runs.reader import open_run
    from advisor.workflow.sessions import sessions

    run = open_run(folder, brief=True)
    if run.result is not None:
        raise InputError(f"run {run.id} is finished; press enter for what came out of it")
    for session in sessions():
        if run.id in session.runs:
            return Way(session=session.id)
    if is_in_use(folder):
        raise InputError(f"run {run.id} is being worked on by another process; wait for it or stop it")
    return Way(task_file=task_file_of(run))


def session_of(run: str) -> str | None:
    """Return the session of a run, so that it can be changed; None if there is none."""
    from advisor.workflow.sessions import STATE, folder_of, sessions

    led = (each.id for each in sessions() if run in each.runs)
    return next((each for each in led if (folder_of(each) / STATE).is_file()), None)


def folder(run: str) -> Path:
    from advisor.paths import runs_dir

    return runs_dir() / run
