"""What of a model folder may be touched: names that stay inside it, no code that is run, no weights that are unpickled.

A task may allow one model, by its name, to run its own code ("remote-code") or to be read from pickled weights
("pickle"); all others stay refused.
"""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import Any

MAX_CONFIG_BYTES = 8 << 20
REMOTE_CODE = "remote-code"
PICKLE = "pickle"
PERMISSIONS = (REMOTE_CODE, PICKLE)
PICKLED = frozenset({".bin", ".pt", ".pth", ".ckpt"})
PICKLED_MODULE = "pytorch_model.bin"


def refusal(folder: Path, allows: frozenset[str] = frozenset()) -> str | None:
    """Return why the torch engines must not load a folder, None if they may.

    Some of their versions run the code that a local folder names without being told that it is trusted, and fall back
    to pickled weights of single modules. The other engines do neither.

    Args:
        folder: The model's.
        allows: What the task allows this model: of `PERMISSIONS`.
    """
    modules = json_list(folder / "modules.json")
    places = [str(get(module, "path") or "") for module in modules]
    if REMOTE_CODE not in allows and (wish := _own_code(folder, modules, places)):
        return f"wants to run code of its own ({wish}), which is done only if the task allows it by the model's name"
    if PICKLE in allows:
        return None
    for place in places:
        if is_inside(folder, f"{place}/{PICKLED_MODULE}" if place else PICKLED_MODULE) and not list(
            (folder / place).glob("*.safetensors")
        ):
            return (
                f"holds only pickled weights ({place}{'/' if place else ''}{PICKLED_MODULE}), "
                "which are loaded only if the task allows it by the model's name"
            )
    return None


def _own_code(folder: Path, modules: list[Any], places: list[str]) -> str | None:
    names = ("config.json", "tokenizer_config.json", "preprocessor_config.json", "processor_config.json")
    nested = (f"{place}/{name}" for place in places if place for name in names)
    for name in (*names, *nested):
        if is_inside(folder, name) and "auto_map" in json_map(folder / name):
            return f"auto_map in {name}"
    for module in modules:
        kind = str(get(module, "type"))
        if not kind.startswith("sentence_transformers."):
            return f"{kind[:60]} in modules.json"
    return None


def is_inside(folder: Path, name: str) -> bool:
    """Return whether a file of that name is there and stays in the model's folder; names come from outside.

    In the Hub cache files are links to the repository's own blobs; there a link to anywhere else leads out. In a
    folder of the user's own, links are the user's.
    """
    posix = PurePosixPath(name.replace("\\", "/"))
    if not name or "\0" in name or posix.is_absolute() or ".." in posix.parts or Path(name).is_absolute():
        return False
    try:
        file = (folder / name).resolve(strict=True)
        return file.is_file() and (not (homes := _homes(folder)) or any(file.is_relative_to(each) for each in homes))
    except (OSError, RuntimeError, ValueError):
        return False


def _homes(folder: Path) -> list[Path]:
    """Return where the files of a snapshot in the Hub cache may lie; nothing for other folders."""
    own = folder.resolve()
    repository = own.parent.parent
    in_cache = own.parent.name == "snapshots" and repository.name.startswith("models--")
    return [own, repository / "blobs"] if in_cache else []


def get(module: object, key: str) -> object:
    """Return a value of what should be a mapping, None if it is none."""
    return module.get(key) if isinstance(module, dict) else None


def read_json(path: Path) -> object:
    """Return what a small JSON file of a model folder holds; None for what is no file, too large or no JSON."""
    try:
        if not path.is_file():  # a pipe or a device of that name would be read without end
            return None
        with path.open("rb") as file:
            content = file.read(MAX_CONFIG_BYTES + 1)
        return json.loads(content.decode()) if len(content) <= MAX_CONFIG_BYTES else None
    except (OSError, ValueError, RecursionError):
        return None


def json_map(path: Path) -> dict[str, Any]:
    """Return a JSON file's mapping, empty if it holds none."""
    value = read_json(path)
    return value if isinstance(value, dict) else {}


def json_list(path: Path) -> list[Any]:
    """Return a JSON file's list, empty if it holds none."""
    value = read_json(path)
    return value if isinstance(value, list) else []
