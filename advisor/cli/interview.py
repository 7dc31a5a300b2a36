"""`advisor interview` and `advisor task init`: the same interview for another program, for a terminal, for a file.

With --json every line on standard output is one JSON object, and so is every line on standard input:

    out  {"type": "question", "key", "text", "kind", "why", "choices", "default", ..., "understanding": {...}}
    in   {"value": ...}                answers the question asked (a bare JSON value will do as well)
         {"key": ..., "value": ...}    answers, or changes, another key
         {"key": ..., "taken_back": true}
    out  {"type": "stage" | "understood" | "planned" | "progress" | "reported" | "finished" | "error", ...}
"""

from __future__ import annotations

import json
import os.path
import sys
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.cli.diagnostics import emit, say
from advisor.cli.scripted import CommandLine
from advisor.door import Answer, Planned, PlanOnly, Probed, Reported, Stage, Stopped, Understood
from advisor.errors import AdvisorError, ExitCode, InputError, one_line
from advisor.session import Start, id_of

if TYPE_CHECKING:
    from advisor.door import Event
    from advisor.interview.facts import Understanding
    from advisor.interview.question import Question

LONGEST_LINE = 1 << 20
PLACEHOLDER = "examples.csv"


class JsonLines:
    """The interview as JSON lines."""

    def ask(self, question: Question, understanding: Understanding) -> Answer:
        """Print the question, and read the answer's line.

        Raises:
            Stopped: if there are no more lines.
        """
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
        """Print an event."""
        emit(json.dumps(event_json(event)))


def _answer(key: str, line: Any) -> Answer:  # noqa: ANN401  any JSON value
    if not isinstance(line, dict) or not {"value", "key", "taken_back"} & set(line):
        return Answer(key, line)
    if line.get("taken_back") is True:
        return Answer(str(line.get("key", key)), is_taken_back=True)
    return Answer(str(line.get("key", key)), line.get("value"))


def as_json(understanding: Understanding) -> dict[str, Any]:
    """Return what is understood as JSON values."""
    return {
        "facts": [asdict(fact) for fact in understanding.facts],
        "notices": [asdict(notice) for notice in understanding.notices],
        "candidates": understanding.candidates,
    }


def event_json(event: Event) -> dict[str, Any]:
    """Return an event as JSON values."""
    match event:
        case Stage(name=name, detail=detail):
            return {"type": "stage", "name": name, "detail": detail}
        case Understood(understanding=understanding, part=part, parts=parts):
            return {"type": "understood", "part": part, "parts": list(parts), **as_json(understanding)}
        case Planned(plan=plan, task_file=task_file, part=part):
            from advisor.report.document import plan_document

            return {"type": "planned", "part": part, "task_file": str(task_file), "plan": plan_document(plan)}
        case Probed(progress=progress):
            return {
                "type": "progress",
                "kind": progress.kind,
                "candidate": progress.candidate.key,
                "model": progress.candidate.model,
                "done": progress.done,
                "passed": progress.passed,
                "total": progress.total,
                "purpose": progress.purpose,
                "detail": progress.detail,
            }
        case Reported(folder=folder, verdict=verdict, part=part):
            return {"type": "reported", "part": part, "folder": str(folder), "verdict": verdict}


def interview(start: Start, session: str, *, json_output: bool) -> ExitCode:
    """Hold the interview and carry out what it leads to.

    Args:
        start: What is known beforehand.
        session: An id to go on with; "" begins one, or goes on with the one of the same start.
        json_output: As JSON lines; else at the terminal.
    """
    from advisor.cli.recommend import EXIT_CODES, show
    from advisor.graph.drive import drive
    from advisor.library import read_recommendation

    name = session or id_of(start)
    given = None if session else start
    if not json_output:
        with closing(CommandLine(json_output=False, takes_defaults=False)) as plain:
            try:
                done = drive(name, plain, start=given).done
            except Stopped as stop:
                say(f"stopped; `advisor interview --session {name}` goes on")
                return _stopped(stop)
        return show(read_recommendation(name, [Path(each.folder) for each in done]), json_output=False)
    door = JsonLines()
    try:
        done = drive(name, door, start=given).done
    except Stopped as stop:
        emit(json.dumps({"type": "stopped", "session": name}))
        return _stopped(stop)
    except AdvisorError as error:
        emit(json.dumps({"type": "error", "session": name, "message": str(error), "exit_code": int(error.exit_code)}))
        return error.exit_code
    found = read_recommendation(name, [Path(each.folder) for each in done])
    results = [part.result for part in found.parts]
    emit(json.dumps({"type": "finished", "session": name, "job": found.job, "results": results}))
    return EXIT_CODES[found.verdict]


def _stopped(stop: Stopped) -> ExitCode:
    """Return the exit code of a session that stopped: 0 where no more than the plan was asked for."""
    return ExitCode.PASSES if isinstance(stop, PlanOnly) else ExitCode.INTERRUPTED


class _Writes(CommandLine):
    """An interview that ends where the task is known."""

    def __init__(self, *, takes_defaults: bool) -> None:
        super().__init__(json_output=False, takes_defaults=takes_defaults)
        self.understanding: Understanding | None = None

    def ask(self, question: Question, understanding: Understanding) -> Answer:
        """Ask, but for the examples: a task file may name some that are yet to come.

        Raises:
            Stopped: where only examples are missing.
        """
        self.understanding = understanding
        if question.problem and question.key == "examples":
            raise InputError(question.problem)
        if question.key in {"examples", "no_examples", "starter"}:
            known = understanding.value("examples") is not None
            if known or question.key != "examples" or not question.may_skip:
                raise Stopped
            return Answer("examples", None)
        return super().ask(question, understanding)

    def tell(self, event: Event) -> None:
        """Note what is understood.

        Raises:
            Stopped: once there is a plan.
        """
        if isinstance(event, Understood):
            self.understanding = event.understanding
        if isinstance(event, Planned):
            raise Stopped


def task_init(start: Start, output: Path | None, *, takes_defaults: bool, force: bool) -> ExitCode:
    """Write a commented task file from the interview.

    Raises:
        InputError: if the file is there already.
    """
    from advisor.engine import NothingAtHandError
    from advisor.graph.drive import drive
    from advisor.interview.write_task import task_yaml
    from advisor.report.file import write_report

    if output is not None and output.exists() and not force:
        raise InputError(f"{one_line(output, 200)}: is there already; --force writes over it")
    door = _Writes(takes_defaults=takes_defaults)
    try:
        with closing(door):
            drive(id_of(start), door, start=start)
    except (Stopped, NothingAtHandError):
        pass
    if door.understanding is None:
        raise InputError("nothing is known of the task; say it in words")
    path = door.understanding.value("examples")
    named = PLACEHOLDER if path is None else _relative(Path(path), output)
    text = task_yaml(door.understanding, examples=named)
    if output is None:
        emit(text.rstrip("\n"))
    else:
        write_report(output, text)
        say(f"wrote {output}; next: advisor recommend {output} --plan-only")
    if path is None:
        say(f"no examples yet: put them where the file says ({PLACEHOLDER})")
    return ExitCode.PASSES


def _relative(path: Path, output: Path | None) -> str:
    """Return how a task file in `output`'s folder names a file: relative where that goes down, else whole."""
    base = Path.cwd() if output is None else output.absolute().parent
    try:
        relative = os.path.relpath(path, base)
    except ValueError:  # another drive
        return str(path)
    return str(path) if relative.startswith("..") else relative
