"""The commands. Heavy modules are imported inside them, so that `--help` stays quick."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from advisor.cli.catalog_app import catalog_app, models_app
from advisor.cli.interview_app import interview, task_app
from advisor.cli.options import (
    AllowCode,
    AnswersFile,
    ExamplesFile,
    Json,
    Label,
    LanguageModel,
    Offline,
    On,
    Quiet,
    Replicas,
    RunName,
    SendTo,
    Set,
    Yes,
    given_options,
)
from advisor.errors import ANSWER_MEANINGS, EXIT_CODE_MEANINGS, EXPORT_MEANINGS, VERIFY_MEANINGS, ExitCode, InputError
from advisor.report.export.targets import described
from advisor.system.streams import emit, say
from advisor.task import known_formats


def exit_codes(meanings: dict[ExitCode, str]) -> str:
    return "\n\n".join(["Exit codes:", *(f"{code.value} - {meaning}" for code, meaning in meanings.items())])


# Click's exit code if the reader of the help has gone, as in `advisor --help | head -1`; that is no error.
READER_LEFT = 1
EXIT_CODES_HELP = exit_codes(EXIT_CODE_MEANINGS)

app = typer.Typer(
    name="advisor",
    help="Finds the smallest model that reliably does your task, on your machine, with evidence.",
    epilog=EXIT_CODES_HELP,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(models_app, name="models")
app.add_typer(catalog_app, name="catalog")
runs_app = typer.Typer(help="List, show, resume, delete and forget runs.", rich_markup_mode=None)
app.add_typer(runs_app, name="runs")
app.add_typer(task_app, name="task")
app.command()(interview)


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    *,
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
    serve: Annotated[bool, typer.Option("--serve", help="Open the session in a browser on this machine.")] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where --serve listens; 0 takes any free port.")] = 8100,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Where --serve listens; by default this machine only.")
    ] = "127.0.0.1",
    tabs: Annotated[int, typer.Option(min=1, max=64, help="Maximum tabs with --serve; each is a session.")] = 8,
    no_color: Annotated[
        bool, typer.Option("--no-color", help="Session without colours, as with NO_COLOR; commands never use any.")
    ] = False,
    on: On = "",
    replicas: Replicas = 1,
    label: Label = None,
) -> None:
    """Without a command: open the session in the terminal (or, with --serve, for a browser)."""
    unused = [each for each in given_options(context) if each in {"--port", "--host", "--tabs"}]
    if unused and not serve:
        raise InputError(f"{unused[0]} is for --serve; add that")
    if no_color:
        os.environ["NO_COLOR"] = "1"
    if version:
        from advisor.system.plugins import installed_version

        emit(f"model-advisor {installed_version('model-advisor')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        from advisor.cli.session import open_session

        raise typer.Exit(open_session((host, port, tabs) if serve else None, on, replicas, label or ()))
    if serve or on or label or replicas != 1:
        raise InputError("--serve takes no command" if serve else "--on, --replicas and --label go after the command")


@app.command(epilog=f"{known_formats.described()}\n\n{EXIT_CODES_HELP}")
def recommend(
    task: Annotated[
        str,
        typer.Argument(metavar="TASK", help="Task file (YAML or JSON; see `advisor schema`), or the task in words."),
    ],
    *,
    examples: ExamplesFile = None,
    set_: Set = None,
    answers: AnswersFile = None,
    language_model: LanguageModel = "",
    json_output: Json = False,
    plan_only: Annotated[bool, typer.Option("--plan-only", help="Print the plan; run nothing.")] = False,
    require: Annotated[
        str,
        typer.Option(
            help="Strength an answer needs for exit code 0: certified (holds for new inputs), examples (holds "
            "for these examples), provisional (likely, not proven)."
        ),
    ] = "certified",
    download: Annotated[
        str,
        typer.Option(metavar="SIZE", help='Also try models from the Hub, downloading at most this much, e.g. "2GB".'),
    ] = "0",
    offline: Offline = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Measure again what an earlier run measured.")] = False,
    yes: Annotated[
        bool,
        typer.Option("--yes", "-y", help="Take defaults instead of asking; fetch the starter set if it is needed."),
    ] = False,
    escalation: Annotated[
        bool,
        typer.Option(
            "--escalation", help="Also test a smaller model that answers some inputs and hands over the rest."
        ),
    ] = False,
    jobs: Annotated[
        int, typer.Option(min=1, max=16, help="Candidates to probe at the same time, as memory allows; same verdicts.")
    ] = 1,
    on: On = "",
    replicas: Replicas = 1,
    label: Label = None,
    send_to: SendTo = None,
    allow_code: AllowCode = None,
    quiet: Quiet = False,
) -> None:
    """Find the smallest model that reliably does a task."""
    if examples is not None and not quiet:  # imports and reading take seconds
        say(f"reading {examples}")
    from advisor.cli.recommend import examples_at, read_answers, run
    from advisor.workflow.arguments import is_task_file, start_of
    from advisor.workflow.settings import place_of

    start = start_of(
        task,
        examples=examples if is_task_file(task) else examples_at(examples),
        answers=read_answers(set_ or [], answers),
        require=require,
        download=download or None,
        offline=offline,
        escalation=escalation,
        language_model=language_model,
        send_to=send_to or (),
    )
    shown: dict[str, Any] = {"json_output": json_output, "plan_only": plan_only, "quiet": quiet}
    shown |= {"takes_defaults": yes, "place": place_of(on, replicas, label or ())}
    raise typer.Exit(run(start, **shown, jobs=jobs, fresh=fresh, allow_code=allow_code or ()))


@app.command()
def report(
    run: RunName,
    *,
    html: Annotated[bool, typer.Option("--html", help="One HTML file with everything in it.")] = False,
    markdown: Annotated[bool, typer.Option("--md", help="Markdown that fits a pull request's comment.")] = False,
    json_output: Json = False,
    text: Annotated[bool, typer.Option("--text", help="Plain text (the default).")] = False,
    form: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="FORM",
            help="text, html, md, json, junit, every-eval-ever (JSON), promptfoo (CSV) or badge (SVG).",
        ),
    ] = "",
    output: Annotated[Path | None, typer.Option(help="Write to this file; its extension sets the format.")] = None,
) -> None:
    """Report a run: verdict, evidence, latency, failing examples, how to reproduce it."""
    from advisor.cli.runs import report as command

    flags = {"html": html, "md": markdown, "json": json_output, "text": text}
    command(run, [*([form] if form else []), *(flag for flag, is_set in flags.items() if is_set)], output)


@app.command("export", epilog="\n\n".join([described(), exit_codes(EXPORT_MEANINGS)]))
def export_choice(
    run: RunName,
    *,
    output: Annotated[Path | None, typer.Option(help="Folder to create; default: named after task and run.")] = None,
    as_: Annotated[
        list[str] | None,
        typer.Option("--as", metavar="TARGET", help="Only for this use; repeatable. Default: all that fit the model."),
    ] = None,
    offline: Offline = False,
    check: Annotated[bool, typer.Option(help="Compare the folder's answers with the probe's.")] = True,
    final: Annotated[
        bool, typer.Option("--final", help="Train the head again on all rows; that head is not certified.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace an earlier export of the same run in the folder.")
    ] = False,
    push: Annotated[
        str | None, typer.Option(metavar="OWNER/NAME", help="Upload the folder to this repository of the Hub.")
    ] = None,
    public: Annotated[
        bool, typer.Option("--public", help="With --push: a public repository, not a private one.")
    ] = False,
    yes: Yes = False,
    allow_code: AllowCode = None,
    json_output: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write the recommended model as a folder: a module with `predict`, a model card, files for servers and apps."""
    from advisor.cli.export import export as command

    options = {"offline": offline, "check": check, "quiet": quiet, "final": final, "public": public, "yes": yes}
    options |= {"json_output": json_output, "force": force}
    raise typer.Exit(command(run, output, **options, allow_code=allow_code or (), targets=as_ or (), push_to=push))


@app.command(epilog=exit_codes(VERIFY_MEANINGS))
def verify(
    run: RunName,
    *,
    examples: Annotated[
        Path | None,
        typer.Option(help="New examples, in the columns of the run's task; also hf://datasets/owner/name."),
    ] = None,
    newest: Annotated[
        bool, typer.Option("--newest", help="Try the newest revision on the Hub instead of the pinned one.")
    ] = False,
    offline: Offline = False,
    send_to: SendTo = None,
    allow_code: AllowCode = None,
    json_output: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run the recommended model again: does it still hold, and what has changed?"""
    from advisor.cli.verify import verify as command

    options = {"newest": newest, "offline": offline, "json_output": json_output, "quiet": quiet}
    raise typer.Exit(command(run, examples, **options, send_to=send_to or (), allow_code=allow_code or ()))


@app.command(epilog=exit_codes(ANSWER_MEANINGS))
def answer(
    run: RunName,
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="A table with the input's columns; also hf://datasets/owner/name."),
    ],
    *,
    output: Annotated[
        Path | None, typer.Option(help="Write to this .csv, .tsv or .jsonl file; default: CSV on standard output.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Answer also rows that have an answer: the model's replaces it.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the output file.")] = False,
    offline: Offline = False,
    send_to: SendTo = None,
    allow_code: AllowCode = None,
    quiet: Quiet = False,
) -> None:
    """Answer the rest of a table with the recommended model: every row that has no answer yet."""
    from advisor.cli.answer import answer as command

    options = {"everything": everything, "force": force, "offline": offline, "quiet": quiet}
    code = command(run, file, output, **options, send_to=send_to or (), allow_code=allow_code or ())
    if code == ExitCode.INTERRUPTED:  # a message said how to go on, which is not with the same command
        raise SystemExit(code)
    raise typer.Exit(code)


@app.command()
def compare(
    first: RunName,
    second: RunName,
    *,
    model: Annotated[
        list[str] | None,
        typer.Option(help="Compare this candidate (name or number) instead of the recommended; twice for one each."),
    ] = None,
    json_output: Json = False,
) -> None:
    """Compare two runs, with a paired test on the examples that both answered."""
    from advisor.cli.runs import compare as command

    names = model or []
    if len(names) > 2:  # noqa: PLR2004  there are two runs
        raise InputError("--model: give one for both runs, or two, one each")
    command(first, second, (names[0] if names else None, names[-1] if names else None), json_output=json_output)


@app.command()
def engines(*, json_output: Json = False) -> None:
    """List the engines that load models, what to install for each, and what other packages add."""
    from advisor.cli.models import list_engines

    list_engines(json_output=json_output)


@app.command()
def search(
    text: Annotated[str, typer.Argument(help="The task in plain words, or a model's name.")] = "",
    *,
    json_output: Json = False,
    limit: Annotated[int, typer.Option(min=1, max=200, help="Maximum number of models to show.")] = 10,
    batch: Annotated[
        Path | None, typer.Option(help='Answer each line {"id", "text"} of this file; one JSON answer a line.')
    ] = None,
    family: Annotated[list[str] | None, typer.Option(help="Only this family (Hub pipeline tag).")] = None,
    license_id: Annotated[list[str] | None, typer.Option("--license", help="Only this licence.")] = None,
    language: Annotated[list[str] | None, typer.Option(help="Only models for this language (ISO code).")] = None,
    max_params: Annotated[str | None, typer.Option(help='Most parameters, e.g. "500M".')] = None,
    max_memory: Annotated[str | None, typer.Option(help='Largest weights in memory, e.g. "2GB".')] = None,
    max_size: Annotated[str | None, typer.Option(help='Largest download of weights, e.g. "300MB".')] = None,
    min_context: Annotated[str | None, typer.Option(help='Minimum context length in tokens, e.g. "8k".')] = None,
    device: Annotated[list[str] | None, typer.Option(help="Weights must run on it: cpu, gpu (CUDA) or mps.")] = None,
    weight_format: Annotated[list[str] | None, typer.Option("--format", help="safetensors, onnx, gguf, ...")] = None,
    not_gated: Annotated[bool, typer.Option("--not-gated", help="Leave out gated models.")] = False,
    sort: Annotated[str, typer.Option(help="score, benchmark, size, parameters, downloads or name.")] = "score",
) -> None:
    """Find models in the catalog for a task in plain words."""
    from advisor.candidates.lookup import Flags
    from advisor.cli import search as command
    from advisor.cli.progress import terminal_width

    flags = Flags(
        family=family or [],
        license=license_id or [],
        language=language or [],
        max_params=max_params,
        max_memory=max_memory,
        max_size=max_size,
        min_context=min_context,
        device=device or [],
        format=weight_format or [],
        not_gated=not_gated,
        sort=sort,
        limit=limit,
    )
    if batch is not None and text.strip():
        raise InputError("--batch has the texts in its file; give the file or a text")
    if batch is not None:
        command.batch(batch, flags)
    elif text.strip():
        command.search(text, flags, json_output=json_output, width=terminal_width(sys.stdout))
    else:
        raise InputError('give a task in plain words, e.g. advisor search "sentiment of German reviews"')


@app.command()
def mcp(
    *,
    folder: Annotated[
        list[Path] | None,
        typer.Option(help="Files may be read, and exports written, below this folder; default: where it is started."),
    ] = None,
    allow_download: Annotated[
        str, typer.Option(metavar="SIZE", help='Maximum download of a run from the Hub, e.g. "4GB"; 0: none.')
    ] = "0",
    allow_send: Annotated[
        list[str] | None, typer.Option(metavar="HOST", help="Examples may be sent to this host.")
    ] = None,
    http: Annotated[
        int | None,
        typer.Option(
            metavar="PORT", min=0, max=65535, help="Serve over HTTP on this machine, with a token; 0: any free port."
        ),
    ] = None,
) -> None:
    """Serve the commands as tools for agents, over the Model Context Protocol; see docs/mcp.md."""
    from advisor.cli.mcp import start

    start(folder or [], allow_download, allow_send or [], http)


@app.command()
def schema() -> None:
    """Print the JSON schema of the task file."""
    from advisor.task.model import Task

    emit(json.dumps(Task.model_json_schema(), indent=2))


@runs_app.callback(invoke_without_command=True)
def runs(context: typer.Context, *, json_output: Json = False) -> None:
    """List the runs, the last changed first."""
    if context.invoked_subcommand is None:
        from advisor.cli.runs import list_runs

        list_runs(json_output=json_output)
    elif json_output:
        raise InputError("--json goes after the command")


@runs_app.command("list")
def runs_list(*, json_output: Json = False) -> None:
    """List the runs, the last changed first."""
    from advisor.cli.runs import list_runs

    list_runs(json_output=json_output)


@runs_app.command("show")
def runs_show(run: RunName, *, json_output: Json = False) -> None:
    """Show a run's result; `advisor report` has more forms."""
    from advisor.cli.runs import report as command

    command(run, ["json" if json_output else "text"], None)


@runs_app.command("resume", epilog=EXIT_CODES_HELP)
def runs_resume(run: RunName, *, json_output: Json = False, allow_code: AllowCode = None, quiet: Quiet = False) -> None:
    """Continue an interrupted run with the task file that it was made from."""
    from advisor.cli.runs import resume

    raise typer.Exit(resume(run, json_output=json_output, allow_code=allow_code or (), quiet=quiet))


@runs_app.command("delete")
def runs_delete(run: RunName, *, yes: Yes = False) -> None:
    """Delete a run's folder."""
    from advisor.cli.runs import remove

    remove(run, yes=yes)


@runs_app.command("forget")
def runs_forget(
    run: Annotated[str, typer.Argument(help="A run's full id; its folder need not exist.")], *, yes: Yes = False
) -> None:
    """Take a run out of the ledger: its rows count as new. Only for a run whose results decide nothing."""
    from advisor.cli.runs import forget

    forget(run, yes=yes)


def invoke(arguments: list[str] | None = None) -> Any:  # noqa: ANN401  click's own return value
    """Run the command line without click's error handling."""
    try:
        return app(arguments, prog_name="advisor", standalone_mode=False)
    except SystemExit as end:
        if end.code != READER_LEFT:
            raise
        return 0
