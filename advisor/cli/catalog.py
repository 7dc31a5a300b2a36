"""`advisor catalog`: what the catalog holds and how far it can be trusted."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from advisor.report.layout import table
from catalog import open_catalog
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
        _print(json.dumps(document, indent=2))
        return
    _print(f"{told.count:,} models, compiled {told.built}, snapshot {told.snapshot[:12]}")
    if told.note:
        _print(told.note)
    rows = [(family or "unknown", f"{count:,}") for family, count in told.families.items()]
    _print("\n".join(["", *table(("family", "models"), rows, frozenset({1}))]))


def check(recorded: Path | None, *, json_output: bool) -> None:
    """Print how complete the catalog is and how well it agrees with a record of the Hub."""
    with open_catalog() as catalog:
        report = verify(catalog, recorded)
    _print(json.dumps(asdict(report), indent=2) if json_output else "\n".join(report.lines()))


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
