"""A model's folder as engines look at it: names, small JSON files and headers of weights; no weight is read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from advisor.formats.form import Form
from advisor.formats.headers import safetensors_header
from advisor.formats.safety import PICKLE, PICKLED_MODULE, SAFE_MODULE, is_inside, json_list, json_map, refusal

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class ModelFolder:
    """A folder, and what the task allows its model ("remote-code", "pickle")."""

    path: Path
    allows: frozenset[str] = frozenset()

    def has(self, name: str) -> bool:
        """Return whether a file of that name is there and stays inside the folder."""
        return is_inside(self.path, name)

    def json(self, name: str) -> dict[str, Any]:
        """Return the mapping that a small JSON file holds, empty where there is none."""
        return json_map(self.path / name) if self.has(name) else {}

    def size(self, *names: str) -> int:
        """Return the size of files, in bytes."""
        return sum((self.path / name).stat().st_size for name in names)

    @cached_property
    def config(self) -> dict[str, Any]:
        """What its config.json holds."""
        return json_map(self.path / "config.json")

    @cached_property
    def modules(self) -> list[Any]:
        """The modules that sentence-transformers would load."""
        return json_list(self.path / "modules.json")

    @cached_property
    def refusal(self) -> str | None:
        """Why the torch engines must not load it, None if they may."""
        return refusal(self.path, self.allows)

    def parts(self, prefix: str = "", name: str = SAFE_MODULE) -> tuple[str, ...]:
        """Return the files that the index of a sharded model names, else the one file."""
        index = self.json(f"{prefix}{name}.index.json").get("weight_map")
        parts = {str(part) for part in index.values()} if isinstance(index, dict) else {name}
        return tuple(f"{prefix}{part}" for part in sorted(parts))

    def safetensors(self, runtime: str, names: tuple[str, ...], labels: tuple[str, ...] = ()) -> Form:
        """Return the form of safetensors files that are loaded together."""
        precision, parameters, computed = safetensors_header([self.path / name for name in names])
        return Form(runtime, names, self.size(*names), precision, parameters, labels, computed=computed)

    def torch_weights(self, runtime: str, place: str = "", labels: tuple[str, ...] = ()) -> list[Form]:
        """Return the form of the weight files in a sub-folder ("" for the folder itself), one or several.

        Safetensors; pickled ones where there are no others and they are allowed.
        """
        prefix = f"{place}/" if place else ""
        names = self.parts(prefix)
        if all(map(self.has, names)):
            return [self.safetensors(runtime, names, labels)]
        pickled = self.parts(prefix, PICKLED_MODULE)
        if PICKLE in self.allows and all(map(self.has, pickled)):
            return [Form(runtime, pickled, self.size(*pickled), None, None, labels)]
        return []
