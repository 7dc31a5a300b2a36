"""The commands around the interview, declared for typer."""

import json
from pathlib import Path
from typing import Annotated

import typer

from advisor.cli.options import AnswersFile, ExamplesFile, Json, LanguageModel, Offline, Set, Words
from advisor.errors import ExitCode, InputError
from advisor.system.streams import emit, say

task_app = typer.Typer(help="Task files.", rich_markup_mode=None, no_args_is_help=True)


def interview(
    words: Words = "",
    *,
    examples: ExamplesFile = None,
    set_: Set = None,
    answers: AnswersFile = None,
    session: Annotated[str, typer.Option(metavar="ID", help="Continue this session.")] = "",
    language_model: LanguageModel = "",
    offline: Offline = False,
    json_output: Annotated[
        bool, typer.Option("--json", help="JSON lines: questions out, answers in; see docs/interview.md.")
    ] = False,
) -> None:
    """Define the task in a few questions, then find its model."""
    if examples == "-":  # standard input is for answers
        raise InputError("--examples -: standard input has the answers to the questions; name a file")
    from advisor.cli.interview import interview as command
    from advisor.cli.recommend import read_answers
    from advisor.workflow.sessions import Start

    start = Start(
        words=words,
        examples=examples or None,
        answers=read_answers(set_ or [], answers),
        offline=offline,
        language_model=language_model,
    )
    code = command(start, session, json_output=json_output)
    if code == ExitCode.INTERRUPTED:  # a message said how to continue; without words the same command begins again
        raise SystemExit(code)
    raise typer.Exit(code)


@task_app.command("formats")
def task_formats(*, json_output: Json = False) -> None:
    """List what --examples takes besides tables and texts: evaluations, exports, data sets; and what is left out."""
    from advisor.task.known_formats import KNOWN

    if json_output:
        emit(json.dumps([known._asdict() for known in KNOWN], indent=2))
        return
    for known in KNOWN:
        emit(f"{known.name}\n  known by   {known.sign}\n  gives      {known.gives}\n  not taken  {known.lacks}")


@task_app.command("init")
def task_init(
    words: Words = "",
    *,
    examples: ExamplesFile = None,
    set_: Set = None,
    answers: AnswersFile = None,
    output: Annotated[Path | None, typer.Option(help="Write to this file; default: standard output.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Take defaults instead of asking.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
    language_model: LanguageModel = "",
) -> None:
    """Write a commented task file from the interview; nothing is run."""
    if examples is not None:
        say(f"reading {examples}")
    from advisor.cli.interview import task_init as command
    from advisor.cli.recommend import examples_at, read_answers
    from advisor.workflow.sessions import Start

    start = Start(
        words=words,
        examples=examples_at(examples),
        answers=read_answers(set_ or [], answers),
        language_model=language_model,
    )
    raise typer.Exit(command(start, output, takes_defaults=yes, force=force))
