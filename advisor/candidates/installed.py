"""Find the models that need no download: those in the Hub cache and in local folders."""

import os.path
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from advisor.candidates.layout import Form, inspect
from advisor.errors import InputError, one_line
from advisor.formats.file_names import is_meant, split_variant
from advisor.formats.safety import read_json
from advisor.paths import is_folder, models_dir

FACTS_FILE = "advisor-model.json"
# Returns the permissions of a model by name; see `advisor.formats.safety`.
Allowed = Callable[[str], frozenset[str]]


def nothing_allowed(name: str) -> frozenset[str]:
    del name
    return frozenset()


@dataclass(frozen=True, slots=True)
class LocalFacts:
    """Contents of a local folder's `advisor-model.json`: its author's claims, all optional."""

    license: str | None = None
    languages: tuple[str, ...] = ()
    parameters: int | None = None
    derived_from: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model on this disk, in the Hub cache (`revision` is the commit) or in a local folder."""

    name: str
    revision: str | None
    place: str
    folder: Path
    forms: tuple[Form, ...]
    reason: str | None = None
    facts: LocalFacts = field(default_factory=LocalFacts)


def find_installed(allow: Allowed = nothing_allowed) -> list[InstalledModel]:
    """Return all models in the Hub cache and in the local models folder, by name."""
    models = [*in_cache(allow), *in_folders(models_dir(), allow)]
    return sorted(models, key=lambda model: (model.name, model.revision or ""))


def in_cache(allow: Allowed = nothing_allowed) -> list[InstalledModel]:
    """Return the models in the Hub cache: per repository the revision of "main", else the newest."""
    from huggingface_hub import CacheNotFound, constants, scan_cache_dir

    try:
        cache = scan_cache_dir(constants.HF_HUB_CACHE)
    except (CacheNotFound, ValueError, OSError):
        return []
    found = []
    for repository in cache.repos:
        if repository.repo_type != "model" or not repository.revisions:
            continue
        revision = max(repository.revisions, key=lambda each: ("main" in each.refs, each.last_modified))
        inspection = inspect(revision.snapshot_path, allow(repository.repo_id))
        found.append(
            InstalledModel(
                repository.repo_id,
                revision.commit_hash,
                "cache",
                revision.snapshot_path,
                inspection.forms,
                inspection.reason,
            )
        )
    return found


def in_folders(parent: Path, allow: Allowed = nothing_allowed) -> list[InstalledModel]:
    """Return the models in a folder's own folders, by name; OSError if it cannot be read."""
    if not parent.is_dir():
        return []
    return [
        in_folder(folder, allow=allow)
        for folder in sorted(parent.iterdir())
        if folder.is_dir() and folder.name[0] != "."
    ]


def in_folder(folder: Path, name: str | None = None, allow: Allowed = nothing_allowed) -> InstalledModel:
    """Return the model in one folder, under the folder's name or the given one."""
    inspection = inspect(folder, allow(name or folder.name))
    return InstalledModel(
        name or folder.name,
        None,
        "folder",
        folder,
        inspection.forms,
        inspection.reason,
        _facts(folder / FACTS_FILE),
    )


def resolve(
    names: list[str], base: Path, known: list[InstalledModel], allow: Allowed = nothing_allowed
) -> tuple[list[InstalledModel], list[str]]:
    """Return the models that a task names, and the names that are not installed.

    A name is a Hub id, the name of a local model, or the path of a folder relative to `base`; with a colon and a
    variant at its end it means only that form of the model (see `named_variants`). InputError for a path to no folder.
    """
    by_name = {model.name: model for model in known}
    found: dict[str, InstalledModel] = {}
    missing: list[str] = []

    def look(name: str) -> InstalledModel | None:
        folder = base / os.path.expanduser(name)  # noqa: PTH111  Path's own raises for a user who is not there
        return by_name.get(name) or (in_folder(folder.resolve(), name, allow) if is_folder(folder) else None)

    for name in names:
        whole = look(name)
        model, variant = whole or look(split_variant(name)[0]), split_variant(name)[1]
        if model is None and name.startswith((".", "/", "~")):
            raise InputError(f"models: {one_line(name)}: no such folder; paths are relative to the task file")
        if model is None:
            missing.append(name)
        elif whole is not None:
            found[model.name] = whole
        elif model.name not in names:
            meant = tuple(f for f in model.forms if is_meant(variant, f.precision, f.runtime, f.files))
            before = found[model.name].forms if model.name in found else ()
            if meant:
                found[model.name] = replace(model, forms=(*before, *meant))
            else:
                missing.append(name)
    return list(found.values()), missing


def _facts(path: Path) -> LocalFacts:
    """Read a folder's facts; with an unusable file they are unknown."""
    data = read_json(path)
    if not isinstance(data, dict):
        return LocalFacts()

    def text(key: str) -> str | None:
        value = data.get(key)
        return value if isinstance(value, str) else None

    languages = data.get("languages")
    parameters = data.get("parameters")
    return LocalFacts(
        license=text("license"),
        languages=tuple(item for item in languages if isinstance(item, str)) if isinstance(languages, list) else (),
        parameters=parameters if type(parameters) is int and parameters > 0 else None,  # True is not a count
        derived_from=text("derived_from"),
        source=text("source"),
    )
