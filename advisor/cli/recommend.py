"""`advisor recommend`: from a task file, or from words and a file of examples, to a recommendation."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.api import NothingRanError, Recommendation, run_session, why_nothing_ran
from advisor.cli.failure import Failure, of_error
from advisor.cli.progress import terminal_width
from advisor.cli.prompt import say_wrapped
from advisor.cli.scripted import CommandLine
from advisor.errors import ExitCode, InputError, cannot_write, one_line
from advisor.execution.control import PlanOnly
from advisor.interview.answer_forms import read_value
from advisor.interview.answers import sections
from advisor.paths import data_dir
from advisor.system.streams import emit, is_terminal, say
from advisor.workflow.frontend import Planned

if TYPE_CHECKING:
    from advisor.cluster.placement import Place
    from advisor.decide.plan import Plan
    from advisor.workflow.sessions import Start

EXIT_CODES = {"passes": ExitCode.PASSES, "none": ExitCode.NONE_PASSES, "undecided": ExitCode.UNDECIDED}


def run(
    start: Start,
    *,
    json_output: bool,
    plan_only: bool = False,
    takes_defaults: bool = False,
    jobs: int = 1,
    fresh: bool = False,
    allow_code: Sequence[str] = (),
    quiet: bool = False,
    check: Callable[[Plan], None] | None = None,
    place: Place | None = None,
) -> ExitCode:
    """Carry out the command and return its exit code; `check` sees the plan first, and may refuse it."""
    frontend = CommandLine(
        json_output=json_output, takes_defaults=takes_defaults, plan_only=plan_only, check=check, quiet=quiet
    )
    with closing(frontend):
        try:
            if plan_only and start.task_file is not None and place is None:  # needs no graph
                from advisor.workflow import pipeline

                task_file, budget = Path(start.task_file), 0 if start.offline else start.download or 0
                made = pipeline.prepare(
                    task_file, download_budget=budget, fresh=fresh, escalation=start.escalation, offline=start.offline
                )
                frontend.tell(Planned(made.plan, task_file))
            found = run_session(start, frontend, jobs=jobs, fresh=fresh, allow_code=allow_code, place=place)
        except PlanOnly:
            return ExitCode.PASSES
        except KeyboardInterrupt:
            frontend.close()
            say_wrapped(frontend.so_far())
            raise
    code = show(found, json_output=json_output, told=frontend.told)
    if code is not ExitCode.PASSES and frontend.other_reading:
        say_wrapped(f"if that is not how the file is meant: {frontend.other_reading}", hanging="  ")
    return code


def show(found: Recommendation, *, json_output: bool, told: Collection[str] = ()) -> ExitCode:
    """Print a recommendation, and return its exit code; if nothing could run, that is an error.

    Notes that were `told` with the plan are not repeated.
    """
    failure = failure_to_run(found)
    if json_output:
        emit(json.dumps(found.result | (failure.document() if failure else {}), indent=2))
    else:
        from advisor.report.card import in_short
        from advisor.report.file import NAME
        from advisor.report.full import report_of
        from advisor.report.tables import wrap
        from advisor.report.text import result_text
        from advisor.runs.reader import open_run

        report = report_of(open_run(found.folder))
        report.notes = [note for note in report.notes if note not in told]
        emit(result_text(report, found.folder, terminal_width(sys.stdout), with_code=False))
        emit(f"Report: {found.folder / NAME}")
        emit("\n".join(wrap([in_short(report)], terminal_width(sys.stdout))))
    if failure is not None:
        say(failure.line)
    return exit_code_of(found)


def failure_to_run(found: Recommendation) -> Failure | None:
    """Return the error of a recommendation without any outcome, None if something could run."""
    reason = why_nothing_ran(found)
    return None if reason is None else of_error(NothingRanError(reason, found))


def exit_code_of(found: Recommendation) -> ExitCode:
    return ExitCode.OUT_OF_REACH if why_nothing_ran(found) else EXIT_CODES[found.verdict]


def examples_at(named: str | None) -> str | None:
    """Return the path of the file of examples in an option; piped input, "-", is saved as a file."""
    if named != "-":
        return named or None
    from advisor.interview.remembered import keep_examples

    content = b"" if is_terminal(sys.stdin) else sys.stdin.buffer.read()
    if not content.strip():
        raise InputError("--examples -: nothing is piped in; name a file, or pipe one into the command")
    try:
        return str(keep_examples(content))
    except OSError as error:
        raise cannot_write(data_dir(), error) from None


def read_answers(pairs: list[str], path: Path | None) -> dict[str, Any]:
    """Return the answers of an answers file and, overriding it, of `--set KEY=VALUE`; InputError if unreadable."""
    found: dict[str, Any] = {}
    if path is not None:
        from advisor.system.source import place
        from advisor.task.yaml_text import parse_yaml

        try:
            content = parse_yaml(path, path.read_text(encoding="utf-8"))[0]
        except UnicodeDecodeError:
            raise InputError(f"{place(path)}: is not a text in UTF-8; save it so") from None
        except OSError as error:
            raise InputError(f"{place(path)}: cannot be read ({one_line(error.strerror or error, 100)})") from None
        if not isinstance(content, dict):
            raise InputError(f"{place(path)}: an answers file is a mapping of keys to values")
        found |= _flat(content)
    for pair in pairs:
        key, mark, text = pair.partition("=")
        if not mark or not key.strip():
            raise InputError(f"--set {one_line(pair, 60)}: write KEY=VALUE, e.g. --set bar.pass_rate=0.9")
        found[key.strip()] = read_value(text)
    return found


def _flat(content: dict[Any, Any]) -> dict[str, Any]:
    """Return nested keys with dots, down to the keys of a task's sections."""
    found: dict[str, Any] = {}
    for key, value in content.items():
        if isinstance(value, dict) and key in sections():
            found |= {f"{key}.{inner}": each for inner, each in value.items()}
        else:
            found[str(key)] = value
    return found
