"""Public names of a package that load on first use, so that importing one of its modules costs nothing more."""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def loading(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """A package's ``__getattr__``.

    Args:
        package: Its name.
        homes: The module in which each public name is.
    """

    def find(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
        home = homes.get(name)
        if home is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(home), name)
        setattr(sys.modules[package], name, value)
        return value

    return find
