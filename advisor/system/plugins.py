"""Installed packages: their versions, and the engines and families that they add, without importing them."""

from functools import cache
from importlib.metadata import EntryPoint, PackageNotFoundError, entry_points, version
from typing import Literal, NamedTuple

Kind = Literal["engine", "family"]
_GROUPS: dict[Kind, str] = {"engine": "model_advisor.engines", "family": "model_advisor.families"}


class Plugin(NamedTuple):
    """An engine or a family that another package adds, with the package's name and version."""

    kind: Kind
    name: str
    package: str
    version: str
    entry: EntryPoint  # Loads an `Engine` or a `Family`, by its kind; exceptions of the package's code propagate.

    def __str__(self) -> str:
        """The plugin in words: "engine letters (letters-plugin 1.0)"."""
        return f"{self.kind} {self.name} ({self.package} {self.version})"


def installed_version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


@cache
def plugins(kind: Kind) -> dict[str, Plugin]:
    """Return the plugins of a kind from other packages, by name."""
    found = sorted(entry_points(group=_GROUPS[kind]), key=lambda each: (each.name, each.value))
    return {each.name: Plugin(kind, each.name, each.dist.name, each.dist.version, each) for each in found if each.dist}
