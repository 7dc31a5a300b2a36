"""`advisor engines`: what loads models here, what to install for the rest, and what other packages add."""

from __future__ import annotations

import json
from typing import Any

from advisor.engines.table import ENGINES, LEFT_OUT
from advisor.errors import one_line
from advisor.report.layout import table
from advisor.system.plugins import plugin, plugins
from advisor.system.streams import emit


def list_engines(*, json_output: bool) -> None:
    """Print the engines in the order in which they are preferred, and the plugins of other packages."""
    rows: list[dict[str, Any]] = [
        {
            "engine": engine.name,
            "formats": sorted(engine.formats),
            "abilities": sorted(set(engine.abilities.values())),
            "is_installed": engine.is_installed(),
            "missing": None if engine.is_installed() else engine.missing(),
            "package": None if (added := plugin("engine", engine.name)) is None else f"{added.package} {added.version}",
        }
        for engine in ENGINES.values()
    ]
    families = {name: f"{each.package} {each.version}" for name, each in plugins("family").items()}
    if json_output:
        emit(json.dumps({"engines": rows, "families": families, "left_out": dict(LEFT_OUT)}, indent=2))
        return
    shown = [
        (
            one_line(row["engine"]),
            ", ".join(row["formats"]) or "-",
            ", ".join(row["abilities"]) or "-",
            one_line(row["package"] or "") or "model-advisor",
            "yes" if row["is_installed"] else row["missing"],
        )
        for row in rows
    ]
    lines = table(("engine", "weights", "abilities", "package", "installed"), shown)
    lines += [f"family {one_line(name)} of the package {one_line(package)}" for name, package in families.items()]
    lines += [f"left out: {plugins('engine')[name]}: {reason}" for name, reason in LEFT_OUT.items()]
    emit("\n".join(lines))
