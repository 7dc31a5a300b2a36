"""`advisor catalog`: what the catalog holds and how far it can be trusted."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from advisor.report.layout import table
from advisor.system.streams import emit
from advisor.units import format_bytes
from catalog import open_catalog, share
from catalog.refresh import status
from catalog.verify import verify

if TYPE_CHECKING:
    from pathlib import Path


def info(*, json_output: bool) -> None:
    """Print what the catalog holds."""
    with open_catalog() as catalog:
        told = catalog.info()
    if json_output:
        document = asdict(told)
        document["path"] = str(told.path)
        emit(json.dumps(document, indent=2))
        return
    origin = status()
    emit(f"{told.count:,} models, compiled {told.built}, snapshot {told.snapshot[:12]}")
    emit("the shipped catalog" if origin.current is None else f"landed {origin.current.landed}")
    if origin.pending is not None:
        emit(f"a refresh was interrupted after {origin.pending} pages; `advisor catalog refresh` continues from there")
    if told.note:
        emit(told.note)
    rows = [(family or "unknown", f"{count:,}") for family, count in told.families.items()]
    emit("\n".join(["", *table(("family", "models"), rows, frozenset({1}))]))


def check(recorded: Path | None, *, json_output: bool) -> None:
    """Print how complete the catalog is and how well it agrees with a record of the Hub."""
    with open_catalog() as catalog:
        report = verify(catalog, recorded)
    emit(json.dumps(asdict(report), indent=2) if json_output else "\n".join(report.lines()))


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
