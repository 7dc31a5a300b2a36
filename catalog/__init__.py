"""The embedded index of Hub models: model cards, store, search, refresh.

Public names load on first use, so that importing a submodule costs nothing more.
"""

from typing import TYPE_CHECKING, Final

from catalog.lazy import loading

if TYPE_CHECKING:
    from catalog.card import ModelCard, WeightFile
    from catalog.errors import CatalogError
    from catalog.query.filters import PERMISSIVE_LICENSES, Filters
    from catalog.query.results import CatalogInfo, Hit
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
    "CatalogInfo": "catalog.query.results",
    "Filters": "catalog.query.filters",
    "Hit": "catalog.query.results",
    "ModelCard": "catalog.card",
    "WeightFile": "catalog.card",
    "open_catalog": "catalog.query.search",
}

__getattr__ = loading(__name__, _HOMES)
