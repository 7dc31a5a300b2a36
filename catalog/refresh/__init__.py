"""Refresh of the catalog from the Hub: crawl, journal, merge and land. Public names load on first use."""

from typing import TYPE_CHECKING, Final

from catalog.lazy import loading

if TYPE_CHECKING:
    from catalog.refresh.progress import Progress, Summary
    from catalog.refresh.run import DEFAULT_TOP, Status, refresh, status
    from catalog.store.generations import rollback

__all__ = ["DEFAULT_TOP", "Progress", "Status", "Summary", "refresh", "rollback", "status"]

_HOMES: Final = {
    "DEFAULT_TOP": "catalog.refresh.run",
    "Progress": "catalog.refresh.progress",
    "Status": "catalog.refresh.run",
    "Summary": "catalog.refresh.progress",
    "refresh": "catalog.refresh.run",
    "rollback": "catalog.store.generations",
    "status": "catalog.refresh.run",
}

__getattr__ = loading(__name__, _HOMES)
