"""The catalog for a page that searches while the user types: opened once, asked by one thread at a time."""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from advisor.errors import InputError
from tui import garbage

if TYPE_CHECKING:
    from catalog import Catalog, ModelCard

MOST = 60
PERMISSIVE = "permissive"


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for; an empty text asks for nothing.

    Attributes:
        text: The task in plain words, or a model's name.
        family: A pipeline tag.
        license: A licence id, or "permissive".
        language: A language's code or name.
        size: The largest download, e.g. "300MB".
        format: Of the weights.
    """

    text: str = ""
    family: str = ""
    license: str = ""
    language: str = ""
    size: str = ""
    format: str = ""

    @property
    def filters(self) -> dict[str, str]:
        """The filters that ask for something, by name."""
        names = ("family", "license", "language", "size", "format")
        return {name: value for name in names if (value := getattr(self, name))}

    def without(self, name: str) -> Query:
        """Return it with one filter taken away."""
        return replace(self, **{name: ""})


@dataclass(frozen=True, slots=True)
class Found:
    """An answer: the document of `advisor search --json`, and how long it took."""

    query: Query
    document: dict[str, Any]
    seconds: float


@dataclass
class Finder:
    """Searches; every method is for a worker's thread."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _catalog: Catalog | None = None

    def search(self, query: Query) -> Found:
        """Return the answer to a query.

        Raises:
            InputError: if a filter cannot be read.
            AdvisorError: if the catalog cannot be prepared.
            CatalogError: if it cannot be opened or read.
        """
        from advisor.cli.search import Flags, answer
        from catalog import PERMISSIVE_LICENSES

        licenses = sorted(PERMISSIVE_LICENSES) if query.license == PERMISSIVE else [query.license]
        flags = Flags(
            family=[query.family] if query.family else [],
            license=licenses if query.license else [],
            language=[query.language] if query.language else [],
            max_params=None,
            max_memory=None,
            max_size=query.size or None,
            min_context=None,
            device=[],
            format=[query.format] if query.format else [],
            not_gated=False,
            sort="score",
            limit=MOST,
        )
        try:
            given = flags.filters()
        except InputError as error:
            raise InputError(str(error).partition(": ")[2] or str(error)) from None
        with self._lock:
            opened = self._opened()
            began = time.perf_counter()
            document = answer(opened, query.text, given, flags)
            return Found(query, document, time.perf_counter() - began)

    def warm(self) -> None:
        """Load what a first search would wait for, if the catalog is ready; what fails is told when it is asked."""
        from catalog.generations import is_ready

        with contextlib.suppress(Exception), self._lock:
            if is_ready():
                self._opened().search("text", limit=1)
                garbage.keep()

    def card(self, model: str) -> ModelCard | None:
        """Return a model's card, None if the catalog does not have it (any more)."""
        with self._lock:
            return self._opened().get(model)

    def reopen(self) -> None:
        """Let go of the catalog; the next question opens the one then in use."""
        with self._lock:
            self.close()

    def leave(self) -> None:
        """Close the catalog for good, unless a search still holds it; then the end of the program closes it."""
        if self._lock.acquire(blocking=False):
            try:
                self.close()
            finally:
                self._lock.release()

    def close(self) -> None:
        """Close the catalog."""
        if self._catalog is not None:
            self._catalog.close()
            self._catalog = None

    def _opened(self) -> Catalog:
        if self._catalog is None:
            from tui.catalog_age import prepare_catalog

            prepare_catalog()
            from catalog import open_catalog

            self._catalog = open_catalog()
        return self._catalog
