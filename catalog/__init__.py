"""The embedded index of Hub models: model cards, store, search, refresh.

Public names load on first use, so that importing a submodule costs nothing more.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from catalog.card import ModelCard, WeightFile
    from catalog.errors import CatalogError
    from catalog.query.filters import PERMISSIVE_LICENSES, Filters
    from catalog.query.page import CatalogInfo, Hit
    from catalog.query.search import Catalog, open_catalog

__all__ = [
    "PERMISSIVE_LICENSES",
    "Catalog",
    "CatalogError",
    "CatalogInfo",
    "Filters",
    "Hit",
    "ModelCard",
    "WeightFile",
    "open_catalog",
]

_HOMES: Final = {
    "PERMISSIVE_LICENSES": "catalog.query.filters",
    "Catalog": "catalog.query.search",
    "CatalogError": "catalog.errors",
    "CatalogInfo": "catalog.query.page",
    "Filters": "catalog.query.filters",
    "Hit": "catalog.query.page",
    "ModelCard": "catalog.card",
    "WeightFile": "catalog.card",
    "open_catalog": "catalog.query.search",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value
