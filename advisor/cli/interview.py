"""`advisor interview` and `advisor task init`: the same interview for programs, for a terminal, for a file.

With --json every line on standard output is one JSON object, and so is every line on standard input:

    out  {"type": "session", "id": ...}     first: what `--session ID` continues
    out  {"type": "question", "key", "text", "kind", "why", "choices", "default", ..., "understanding": {...}}
    in   {"value": ...}                answers the question asked (a bare JSON value works too)
         {"key": ..., "value": ...}    answers, or changes, another key
         {"key": ..., "taken_back": true}
    out  {"type": "stage" | "understood" | "planned" | "progress" | "reported" | "finished" | "error", ...}
"""

from __future__ import annotations

import json
import os.path
import shlex
import sys
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.api import read_recommendation
from advisor.cli.prompt import say_wrapped
from advisor.cli.scripted import CommandLine
from advisor.errors import ExitCode, InputError, one_line
from advisor.execution.control import PlanOnly, Stopped
from advisor.interview.write_task import task_yaml
from advisor.system.codec import plain
from advisor.system.streams import emit, emit_file, is_terminal, say
from advisor.workflow.frontend import Answer, Event, Planned, Probed, Reported, Shortlisted, Stage, Understood
from advisor.workflow.sessions import UNFINISHED, Start, id_of, new_id, read_session, unfinished
from advisor.workflow.settings import place_of

if TYPE_CHECKING:
    from advisor.interview.facts import Understanding
    from advisor.interview.question import Question

LONGEST_LINE = 1 << 20
PLACEHOLDER = "examples.csv"


class JsonLines:
    """The interview as JSON lines."""

    def ask(self, question: Question, understanding: Understanding) -> Answer:
        """Print the question, and read the answer's line; Stopped at the end of input."""
        emit(json.dumps({"type": "question", **question.to_json(), "understanding": as_json(understanding)}))
        while True:
            line = sys.stdin.readline(LONGEST_LINE)
            if not line:
                raise Stopped
            if not line.strip():
                continue
            try:
                return _answer(question.key, json.loads(line))
            except (ValueError, RecursionError) as error:
                emit(json.dumps({"type": "error", "key": question.key, "message": f"no JSON: {one_line(error, 200)}"}))

    def tell(self, event: Event) -> None:
        emit(json.dumps(event_json(event)))


def _answer(key: str, line: Any) -> Answer:  # noqa: ANN401  any JSON value
    if not isinstance(line, dict) or not {"value", "key", "taken_back"} & set(line):
        return Answer(key, line)
    if line.get("taken_back") is True:
        return Answer(str(line.get("key", key)), is_taken_back=True)
    return Answer(str(line.get("key", key)), line.get("value"))


def as_json(understanding: Understanding) -> dict[str, Any]:
    return {
        "facts": [asdict(fact) for fact in understanding.facts],
        "notices": [asdict(notice) for notice in understanding.notices],
        "candidates": understanding.candidates,
    }


def event_json(event: Event) -> dict[str, Any]:
    match event:
        case Stage(name=name, detail=detail):
            return {"type": "stage", "name": name, "detail": detail}
        case Understood(understanding=understanding):
            return {"type": "understood", **as_json(understanding)}
        case Shortlisted(shortlist=shortlist, family=family, note=note):
            from advisor.report.document import shortlist_report

            return {"type": "shortlisted", "shortlist": plain(shortlist_report(shortlist, family, note))}
        case Planned(plan=plan, task_file=task_file):
            from advisor.report.document import plan_report

            return {"type": "planned", "task_file": str(task_file), "plan": plain(plan_report(plan))}
        case Probed(progress=progress):
            return {
                "type": "progress", "kind": progress.kind, "candidate": progress.candidate.key,
                "model": progress.candidate.model, "done": progress.done, "passed": progress.passed,
                "total": progress.total, "purpose": progress.purpose, "detail": progress.detail,
            }  # fmt: skip
        case Reported(folder=folder, verdict=verdict):
            return {"type": "reported", "folder": str(folder), "verdict": verdict}


def interview(start: Start, session: str, *, json_output: bool) -> ExitCode:
    """Hold the interview and carry out its result.

    A session of "" is the one with the same words; without words a new one begins.
    """
    name, is_known = session_of(start, session)
    given = None if session else start
    return _as_json(name, given) if json_output else _at_terminal(name, given, is_known=is_known)


def session_of(start: Start, session: str = "") -> tuple[str, bool]:
    """Return the id of a session to begin or continue, and whether it exists.

    Without words a job cannot be recognised, so a new session begins.
    """
    name = session or (id_of(start) if start.words.strip() else new_id())
    known = read_session(name)
    return name, known is not None and known.state in UNFINISHED


def _as_json(name: str, start: Start | None) -> ExitCode:
    from advisor.cli.recommend import exit_code_of, failure_to_run
    from advisor.workflow.drive import drive

    emit(json.dumps({"type": "session", "id": name}))
    try:
        done = drive(name, JsonLines(), start=start, place=place_of())
        found = read_recommendation(name, Path(done.folder))
    except (Stopped, KeyboardInterrupt) as stop:
        emit(json.dumps({"type": "stopped", "session": name}))
        return _stopped(stop)
    failure = failure_to_run(found)
    error = failure.document() if failure else {}
    emit(json.dumps({"type": "finished", "session": name, "result": found.result} | error))
    return exit_code_of(found)


def _at_terminal(name: str, start: Start | None, *, is_known: bool) -> ExitCode:
    import typer

    from advisor.cli.recommend import show
    from advisor.workflow.drive import drive

    goes_on = f"`advisor interview --session {name}` continues it"
    if is_terminal(sys.stdin) and is_terminal(sys.stderr):
        other = None if is_known or (start is not None and start.words.strip()) else unfinished()
        if other is not None:
            say_wrapped(
                f"unfinished: {one_line(other.title or 'without words', 80)} (`--session {other.id}` continues it)"
            )
        begun = ", begun earlier, continues" if is_known else ""
        say_wrapped(f"session {name}{begun}; Ctrl-C keeps it, {goes_on}")
    with closing(CommandLine(json_output=False, takes_defaults=False)) as frontend:
        try:
            done = drive(name, frontend, start=start, place=place_of())
        except Stopped as stop:
            say_wrapped(f"stopped; {goes_on}")
            return _stopped(stop)
        except (KeyboardInterrupt, typer.Abort):
            frontend.close()
            say_wrapped(frontend.so_far())
            say_wrapped(f"interrupted; everything answered and measured is kept, and {goes_on}")
            return ExitCode.INTERRUPTED
    return show(read_recommendation(name, Path(done.folder)), json_output=False)


def _stopped(stop: BaseException) -> ExitCode:
    """Return the exit code of a session that stopped: 0 if only the plan was requested."""
    return ExitCode.PASSES if isinstance(stop, PlanOnly) else ExitCode.INTERRUPTED


class _Writes(CommandLine):
    """An interview that ends once the task is known."""

    def __init__(self, *, takes_defaults: bool) -> None:
        super().__init__(json_output=False, takes_defaults=takes_defaults)
        self.understanding: Understanding | None = None

    def ask(self, question: Question, understanding: Understanding) -> Answer:
        """Ask, except for examples, which a task file may lack; Stopped if only those are missing."""
        self.understanding = understanding
        if question.problem and question.key == "examples":
            raise InputError(question.problem)
        if question.key == "none_left" and question.problem:
            raise Stopped
        if question.key in {"examples", "no_examples", "starter"}:
            known = understanding.value("examples") is not None
            if known or question.key != "examples" or not question.may_skip:
                raise Stopped
            return Answer("examples", None)
        return super().ask(question, understanding)

    def tell(self, event: Event) -> None:
        """Record what is understood; Stopped at the plan."""
        if isinstance(event, Understood):
            self.understanding = event.understanding
        if isinstance(event, Planned):
            raise Stopped


def task_init(start: Start, output: Path | None, *, takes_defaults: bool, force: bool) -> ExitCode:
    """Write a commented task file from the interview; InputError if the file exists already or cannot be written."""
    if output is not None and not output.absolute().parent.is_dir():
        raise InputError(f"{one_line(output, 200)}: there is no such folder; create it first")
    if output is not None and output.exists() and not force:
        raise InputError(f"{one_line(output, 200)}: exists already; --force overwrites it")
    name, _ = session_of(start)
    _write(_understood(name, start, takes_defaults=takes_defaults), output)
    return ExitCode.PASSES


def _understood(session: str, start: Start, *, takes_defaults: bool) -> Understanding:
    """Hold the interview until the task is known."""
    import typer

    from advisor.workflow.drive import drive
    from advisor.workflow.pipeline import NothingInstalledError

    frontend = _Writes(takes_defaults=takes_defaults)
    try:
        with closing(frontend):
            drive(session, frontend, start=start)
    except (Stopped, NothingInstalledError):
        pass
    except (KeyboardInterrupt, typer.Abort):
        goes_on = "the same command" if start.words.strip() else f"`advisor interview --session {session}`"
        say("")
        say_wrapped(f"interrupted; everything answered is kept, and {goes_on} continues")
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    if frontend.understanding is None:
        raise InputError("nothing is known about the task; describe it in words")
    return frontend.understanding


def _write(known: Understanding, output: Path | None) -> None:
    from advisor.report.file import write_report

    path = known.value("examples")
    for notice in known.notices:
        say_wrapped(f"note: {one_line(notice.text, 1200)}", hanging="  ")
    text = task_yaml(known, examples=PLACEHOLDER if path is None else _relative(Path(path), output))
    if output is None:
        emit_file(text.rstrip("\n"))
    else:
        write_report(output, text)
        say(f"wrote {output}; next: advisor recommend {shlex.quote(str(output))} --plan-only")
    if path is None:
        say(f"no examples yet: put them where the file says ({PLACEHOLDER})")


def _relative(path: Path, output: Path | None) -> str:
    """Return the path of a file in a task file in `output`'s folder: relative if below it, else absolute."""
    base = Path.cwd() if output is None else output.absolute().parent
    try:
        relative = os.path.relpath(path, base)
    except ValueError:  # another drive
        return str(path)
    return str(path) if relative.startswith("..") else relative
