"""Refresh of the catalog from the Hub: crawl, journal, merge and land. Public names load on first use."""

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from catalog.generations import rollback
    from catalog.refresh.progress import Progress, Summary
    from catalog.refresh.run import DEFAULT_TOP, Status, refresh, status

__all__ = ["DEFAULT_TOP", "Progress", "Status", "Summary", "refresh", "rollback", "status"]

_HOMES: Final = {
    "DEFAULT_TOP": "catalog.refresh.run",
    "Progress": "catalog.refresh.progress",
    "Status": "catalog.refresh.run",
    "Summary": "catalog.refresh.progress",
    "refresh": "catalog.refresh.run",
    "rollback": "catalog.generations",
    "status": "catalog.refresh.run",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    """Import a public name on first use."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(home), name)
    globals()[name] = value
    return value
