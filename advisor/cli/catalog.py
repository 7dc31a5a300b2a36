"""`advisor catalog`: what the catalog holds, how far it can be trusted, and how it is kept up."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from advisor.report.tables import table
from advisor.system.streams import emit, inform
from advisor.units import format_bytes
from catalog import open_catalog, share
from catalog.live_line import LiveLine
from catalog.refresh import run
from catalog.refresh.progress import Progress, progress_line, summary_lines
from catalog.store.generations import rollback
from catalog.verify import verify_catalog


def info(*, json_output: bool) -> None:
    """Print what the catalog holds."""
    with open_catalog() as catalog:
        figures = catalog.info()
    if json_output:
        document = asdict(figures)
        document["path"] = str(figures.path)
        emit(json.dumps(document, indent=2))
        return
    origin = run.status()
    emit(f"{figures.count:,} models, compiled {figures.built}, snapshot {figures.snapshot[:12]}")
    emit("the shipped catalog" if origin.current is None else f"landed {origin.current.landed}")
    if origin.pending is not None:
        emit(f"a refresh was interrupted after {origin.pending} pages; `advisor catalog refresh` continues from there")
    rows = [(family or "unknown", f"{count:,}") for family, count in figures.families.items()]
    emit("\n".join(["", *table(("family", "models"), rows, frozenset({1}))]))


def check(recorded: Path | None, *, json_output: bool) -> None:
    """Print how complete the catalog is and how well it agrees with a record of the Hub."""
    with open_catalog() as catalog:
        report = verify_catalog(catalog, recorded)
    emit(json.dumps(asdict(report), indent=2) if json_output else "\n".join(report.lines()))


def refresh(*, json_output: bool, quiet: bool, **options: Any) -> None:  # noqa: ANN401  of several kinds
    """Bring the catalog up to date; print how it goes and what was done. Options are those of `run.refresh`."""
    line, stage = LiveLine(), ""

    def show(progress: Progress) -> None:
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


def roll_back(*, json_output: bool, quiet: bool) -> None:
    """Go back to the catalog before this one; say which is in use now."""
    found = rollback()
    landed, models = (None, None) if found is None else (found.landed, found.count)
    which = "The shipped catalog" if found is None else f"The catalog of {landed} with {models:,} models"
    inform(quiet=quiet)(f"{which} is in use{' again' if found is None else ''}. The same command undoes this.")
    if json_output:
        emit(json.dumps({"landed": landed, "models": models}))


def export_to(place: str, *, json_output: bool) -> None:
    """Export the catalog in use and say its hash."""
    shared = share.export(place)
    if json_output:
        emit(json.dumps(asdict(shared), indent=2, default=str))
        return
    emit(f"{shared.place}: {shared.models:,} models, {format_bytes(shared.size)}, sha256 {shared.sha256}")


def import_from(place: str, sha256: str | None, *, json_output: bool) -> None:
    """Import a catalog and put it in use."""
    imported = share.import_(place, sha256)
    if json_output:
        emit(json.dumps(asdict(imported), indent=2, default=str))
        return
    models = f"{imported.generation.count:,} models"
    emit(f"the imported catalog is in use: {models}" if imported.landed else f"it was in use already: {models}")
