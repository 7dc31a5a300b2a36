"""What may be read of a model folder: files inside it, no code that is run, no pickles but of tensors.

A task may allow one model, by its name, to run its own code ("remote-code"), or a spaCy pipeline to be read from
pickles ("pickle"); all others are refused. Weights pickled by torch need no permission: see `advisor.formats.pickles`.
"""

import json
import os.path
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from advisor.errors import one_line
from advisor.formats.pickles import why_refused

MAX_CONFIG_BYTES = 8 << 20
REMOTE_CODE = "remote-code"
PICKLE = "pickle"

ELSEWHERE = "--"
PICKLED = frozenset({".bin", ".pt", ".pth", ".ckpt"})
PICKLED_MODULE = "pytorch_model.bin"
SAFE_MODULE = "model.safetensors"
LISTED_IN = "modules.json"
# Packages of sentence-transformers' modules, under old and current names. Elsewhere in its namespace are classes that
# load whole models without our restrictions, and the libraries that it imports.
_LIBRARYS_OWN = re.compile(r"sentence_transformers\.(?:\w+\.)*(?:models|modules)\.(?:\w+\.)*[A-Z]\w*")
# Modules that transformers loads, which also reads sharded weights.
_BY_TRANSFORMERS = ("Transformer", "CLIPModel")
# Weights under a name given only in a configuration.
_VARIANT = re.compile(r"pytorch_model\.(?!bin(?:\.index\.json)?$)", re.IGNORECASE)


class _Module(NamedTuple):
    """A module that sentence-transformers would load: class, folder ("" for the model's), and the naming file."""

    kind: str
    place: str
    named_in: str

    def file(self, name: str) -> str:
        return f"{self.place}/{name}" if self.place else name


def why_unsafe(folder: Path, allows: frozenset[str] = frozenset()) -> str | None:
    """Return why the torch engines must not load a folder, None if they may.

    Some of their versions run the code that a local folder names without an option of trust, and fall back to pickled
    weights of single modules. The other engines do neither. Of the task's permissions (`allows`) only "remote-code"
    counts here.
    """
    modules = list(_modules(folder))
    if REMOTE_CODE not in allows and (wish := _own_code(folder, modules)):
        return f"needs to run code of its own ({wish}), which is done only if the task allows it by the model's name"
    if other := _anothers_code(folder, modules):
        return f"needs to run another repository's code ({one_line(other, 80)}); copy that into the model's folder"
    if not any(module.kind.endswith(_BY_TRANSFORMERS) for module in modules):
        modules.append(_Module(_BY_TRANSFORMERS[0], "", LISTED_IN))
    names = dict.fromkeys(
        (*_asked_for(folder, "config.json"), *(name for module in modules for name in _pickled(folder, module)))
    )
    return next((reason for name in names if (reason := _why_not_tensors(folder, name)) is not None), None)


def _why_not_tensors(folder: Path, name: str) -> str | None:
    """Return the objection to a pickled file, None if it holds nothing but tensors."""
    reason = why_refused(folder / name) if is_inside(folder, name) else "is not in the folder, or cannot be read"
    return None if reason is None else f"its weights file {one_line(name, 80)} {reason}"


def module_places(folder: Path) -> list[str]:
    """Return the folders that sentence-transformers would load modules from, except the model's own folder."""
    places = (PurePosixPath(module.place).as_posix() for module in _modules(folder) if _is_relative(module.place))
    return [place for place in dict.fromkeys(places) if place != "."]


def _modules(folder: Path) -> Iterator[_Module]:
    """Yield the modules that the model lists, and those that they load in turn.

    A router loads the modules in its configuration, word vectors a tokenizer of the class in theirs.
    """
    listed = json_list(folder / LISTED_IN)
    waiting = [_Module(str(get(each, "type")), str(get(each, "path") or ""), LISTED_IN) for each in listed]
    known: set[str] = set()
    for module in waiting:  # grows during the loop
        yield module
        if module.place in known or not _is_relative(module.place):  # the library refuses paths that lead out
            continue
        known.add(module.place)
        for name in ("router_config.json", "config.json", "wordembedding_config.json"):
            named_in = module.file(name)
            config = _config(folder, named_in)
            if config is None:
                yield _Module("something that cannot be read", "", named_in)
                continue
            if "tokenizer_class" in config and name == "wordembedding_config.json":
                yield _Module(str(config["tokenizer_class"]), module.place, named_in)
            types = config.get("types")
            for place, kind in types.items() if isinstance(types, dict) else ():
                waiting.append(_Module(str(kind), PurePosixPath(module.place, place).as_posix(), named_in))


def _config(folder: Path, name: str) -> dict[str, Any] | None:
    """Return a JSON file's mapping, empty if there is no file, None if the library might read it though we cannot."""
    if not os.path.lexists(folder / name):
        return {}
    value = read_json(folder / name) if is_inside(folder, name) else None
    return value if isinstance(value, dict) else None


def _auto_maps(folder: Path, modules: list[_Module]) -> Iterator[tuple[str, Any]]:
    """Yield the files that name a model's own classes, with these names verbatim."""
    names = ("config.json", "tokenizer_config.json", "preprocessor_config.json", "processor_config.json")
    nested = (module.file(name) for module in modules if module.place for name in names)
    for name in (*names, *nested):
        if is_inside(folder, name) and "auto_map" in (config := json_map(folder / name)):
            yield name, config["auto_map"]


def _anothers_code(folder: Path, modules: list[_Module]) -> str | None:
    """Return a named class of another repository, in the form of transformers' dynamic modules: repo--file.Class.

    Only this model's own code was allowed and agreed to.
    """
    waiting: list[Any] = [*(named for _, named in _auto_maps(folder, modules)), [module.kind for module in modules]]
    for value in waiting:  # grows during the loop
        if isinstance(value, dict | list):
            waiting += value.values() if isinstance(value, dict) else value
        elif isinstance(value, str) and ELSEWHERE in value:
            return value
    return None


def _own_code(folder: Path, modules: list[_Module]) -> str | None:
    for name, _ in _auto_maps(folder, modules):
        return f"auto_map in {name}"
    for module in modules:
        if not _LIBRARYS_OWN.fullmatch(module.kind):
            return f"{module.kind[:60]} in {module.named_in}"
    return None


def _pickled(folder: Path, module: _Module) -> Iterator[str]:
    """Yield the pickled files that the library might load a module's weights from.

    It prefers the safetensors file of one fixed name; for transformers models also the files in an index.
    """
    if not _is_relative(module.place):
        return
    is_safe = is_inside(folder, module.file(SAFE_MODULE))
    if module.kind.endswith(_BY_TRANSFORMERS):
        index = module.file(f"{SAFE_MODULE}.index.json")
        yield from map(module.file, _asked_for(folder, module.file("config.json")))
        yield from _pickled_parts(folder, index)
        is_safe = is_safe or is_inside(folder, index)
    if not is_safe:
        if os.path.lexists(folder / (whole := module.file(PICKLED_MODULE))):
            yield whole
        yield from _pickled_parts(folder, module.file(f"{PICKLED_MODULE}.index.json"))
    if module.named_in == LISTED_IN:
        return
    # A router retries its modules after a failure, without our preference for safetensors.
    place = folder / module.place
    files = sorted(file.name for file in place.iterdir()) if place.is_dir() else []
    yield from (module.file(name) for name in files if _VARIANT.match(name))


def _asked_for(folder: Path, name: str) -> Iterator[str]:
    """Yield the weights files named in a transformers configuration, except safetensors."""
    waiting: list[Any] = [json_map(folder / name)] if is_inside(folder, name) else []
    for value in waiting:  # grows during the loop: parts of a model have their own configurations
        if isinstance(value, dict):
            file = value.get("transformers_weights")
            if file is not None and not str(file).endswith(".safetensors"):
                yield str(file)
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _pickled_parts(folder: Path, name: str) -> Iterator[str]:
    """Yield the files in an index, except safetensors; the index itself if it cannot be read."""
    if not os.path.lexists(folder / name):
        return
    parts = (_config(folder, name) or {}).get("weight_map")
    if not isinstance(parts, dict):
        yield name
        return
    home = PurePosixPath(name).parent
    yield from ((home / str(part)).as_posix() for part in parts.values() if not str(part).endswith(".safetensors"))


def is_inside(folder: Path, name: str) -> bool:
    """Return whether a file of that name exists and is inside the model's folder; names are untrusted.

    In the Hub cache files are links to the repository's own blobs, and other links are refused. In the user's own
    folder links are the user's.
    """
    if not name or not _is_relative(name):
        return False
    try:
        file = (folder / name).resolve(strict=True)
        return file.is_file() and (not (homes := _homes(folder)) or any(file.is_relative_to(each) for each in homes))
    except (OSError, RuntimeError, ValueError):
        return False


def _is_relative(name: str) -> bool:
    posix = PurePosixPath(name.replace("\\", "/"))
    return "\0" not in name and not posix.is_absolute() and ".." not in posix.parts and not Path(name).is_absolute()


def repository_of(folder: Path) -> str | None:
    """Return the repository of a snapshot folder in the Hub cache, None for other folders."""
    own = folder.resolve()
    kind, _, name = own.parent.parent.name.partition(ELSEWHERE)
    return name.replace(ELSEWHERE, "/") if own.parent.name == "snapshots" and kind == "models" else None


def _homes(folder: Path) -> list[Path]:
    """Return the folders that may hold the files of a snapshot in the Hub cache; none for other folders."""
    own = folder.resolve()
    return [own, own.parent.parent / "blobs"] if repository_of(own) is not None else []


def get(module: object, key: str) -> object:
    return module.get(key) if isinstance(module, dict) else None


def read_json(path: Path) -> object:
    """Return the contents of a small JSON file of a model folder; None if it is no file, too large or not JSON."""
    try:
        if not path.is_file():  # a pipe or a device would be read endlessly
            return None
        with path.open("rb") as file:
            content = file.read(MAX_CONFIG_BYTES + 1)
        return json.loads(content.decode()) if len(content) <= MAX_CONFIG_BYTES else None
    except (OSError, ValueError, RecursionError):
        return None


def json_map(path: Path) -> dict[str, Any]:
    """Return a JSON file's mapping, empty if it is none."""
    value = read_json(path)
    return value if isinstance(value, dict) else {}


def json_list(path: Path) -> list[Any]:
    """Return a JSON file's list, empty if it is none."""
    value = read_json(path)
    return value if isinstance(value, list) else []
