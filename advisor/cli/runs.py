"""The commands on runs: `advisor runs` (list, show, resume, delete, forget), `report`, `compare`."""

import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from advisor.cli.options import agrees
from advisor.cli.progress import terminal_width
from advisor.decide.plan import Plan
from advisor.errors import ExitCode, InputError, OutOfReachError, one_line
from advisor.report import same_rows
from advisor.report.comparison import comparison_lines
from advisor.report.file import FORMS, NAME, render, write_report
from advisor.report.full import report_of
from advisor.report.tables import table
from advisor.runs import ledger
from advisor.runs.compare import compare_runs as compared
from advisor.runs.find import delete_run, find_run, is_in_use, summaries, summary
from advisor.runs.origin import changes, task_file_of
from advisor.runs.reader import open_run
from advisor.runs.result import SharedRows
from advisor.runs.store import RunInUseError
from advisor.system.codec import plain
from advisor.system.streams import emit, emit_file, say
from advisor.workflow.sessions import Start
from advisor.workflow.settings import place_of

MOST_CHANGES = 8
_SUFFIXES = {".html": "html", ".htm": "html", ".md": "md", ".markdown": "md", ".json": "json", ".txt": "text"}
_SUFFIXES |= {".svg": "badge", ".xml": "junit", ".csv": "promptfoo", "": "text"}


def list_runs(*, json_output: bool) -> None:
    runs = summaries(_ledger())
    rows = [each.to_json() for each in runs]
    if json_output:
        emit(json.dumps(rows, indent=2))
        return
    if not rows:
        emit("There is no run yet; `advisor recommend TASK` makes one.")
        return
    cells = [
        (
            row["run"],
            row["changed"][:16].replace("T", " "),
            one_line(row["task"] or "", 30),
            row["state"],
            row["verdict"] or "",
            row["strength"] or "",
            same_rows.short(each.shared),
            one_line(row["model"] or "", 48),
        )
        for row, each in zip(rows, runs, strict=True)
    ]
    header = ("run", "changed (UTC)", "task", "state", "verdict", "strength", "run on its rows", "recommended")
    emit("\n".join(table(header, cells, width=terminal_width(sys.stdout), optional=(5, 1))))


def resume(name: str, *, json_output: bool, allow_code: Sequence[str] = (), quiet: bool = False) -> ExitCode:
    """Continue an interrupted run from its task file; if it would be another run, report what has changed."""
    from advisor.cli import recommend

    folder = find_run(name)
    run = open_run(folder)
    task_file = task_file_of(run)
    if is_in_use(folder):
        raise RunInUseError(f"run {run.id} is being worked on by another process; wait for it or stop it")

    def check(plan: Plan) -> None:
        if plan.run_id == run.id:
            return
        lines = changes(run.fixed, plan.fixed()) or ["how the plan is made"]
        more = f"; and {len(lines) - MOST_CHANGES} more" if len(lines) > MOST_CHANGES else ""
        raise InputError(
            f"run {run.id} cannot continue: what it depends on has changed: {'; '.join(lines[:MOST_CHANGES])}{more}. "
            f"Undo that, or start a new run: advisor recommend {shlex.quote(str(task_file))}"
        )

    budget, hosts = int(run.origin.get("download_budget") or 0), [str(each) for each in run.origin.get("send_to") or ()]
    start = Start(
        task_file=str(task_file),
        answers={"send_to": hosts} if hosts else {},
        require=str(run.origin.get("require") or "certified"),
        download=budget,
        offline=budget == 0,
    )
    return recommend.run(
        start, json_output=json_output, allow_code=allow_code, quiet=quiet, check=check, place=place_of()
    )


def remove(name: str, *, yes: bool) -> None:
    folder = find_run(name)
    about = summary(folder, _ledger())
    words = f"run {folder.name} ({one_line(about.task or 'damaged', 40)}, {about.state})"
    if not (yes or agrees(f"Delete {words} with all its outcomes?", f"deleting {words}")):
        say("nothing was deleted")
        return
    delete_run(folder)
    known = "" if about.shared is None else f"; its rows still count as tested on (advisor runs forget {folder.name})"
    say(f"deleted {words}{known}")


def _ledger() -> Mapping[str, SharedRows]:
    """Return the ledger's entries; if it is unreadable, print why and list the runs without it."""
    try:
        return ledger.tested_before()
    except OutOfReachError as error:
        say(f"note: {error}")
        return {}


def forget(run: str, *, yes: bool) -> None:
    """Take a run out of the ledger of tested rows, after asking; it may have been deleted before."""
    words = f"Later runs on the rows of run {one_line(run, 40)} will no longer count it. Forget it?"
    if not (yes or agrees(words, f"forgetting run {one_line(run, 40)}")):
        say("nothing was forgotten")
        return
    if not ledger.forget_run(run):
        raise InputError(f"run {one_line(run, 40)}: the ledger does not know it; give a run's full id")
    say(f"run {run} is forgotten: its rows count as new")


def compare(first: str, second: str, names: tuple[str | None, str | None], *, json_output: bool) -> None:
    found = compared(open_run(find_run(first)), open_run(find_run(second)), names)
    if json_output:
        emit(json.dumps(plain(found), indent=2))
    else:
        emit("\n".join(comparison_lines(found, terminal_width(sys.stdout))))


def report(name: str, asked: list[str], output: Path | None) -> None:
    """Print a run's report, or write it into a file, whose extension sets the form unless a flag does."""
    for each in asked:
        if each not in FORMS:
            raise InputError(f"--format {one_line(each, 40)}: is none; choose one of {', '.join(FORMS)}")
    if len(asked) > 1:
        raise InputError(f"--{asked[0]} and --{asked[1]} exclude each other; give one")
    ending = output.suffix.lower() if output else ""
    if not asked and ending not in _SUFFIXES:
        raise InputError(f"--output {one_line(output, 60)}: {ending} says no form; name one with --format")
    form = asked[0] if asked else _SUFFIXES[ending]
    width = terminal_width(sys.stdout) if output is None else None
    folder = find_run(name)
    text = render(report_of(open_run(folder)), folder, form, width)
    if form == "html" and output is None and sys.stdout.isatty():  # a page's source is no use in a terminal
        output = folder / NAME
    if output is None:
        (emit if form in {"text", "md", "json"} else emit_file)(text.rstrip("\n"))
        return
    write_report(output, text)
    say(f"wrote {output}")
