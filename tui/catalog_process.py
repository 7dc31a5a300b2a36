"""The catalog in its own process, so that neither opening nor searching it delays a key.

    python -P -m tui.catalog_process

`tui.finder` sends one JSON object per line on standard input; each gets one line on standard output, in order:

    {"search": {...}}    fields of `tui.finder.Query`: {"document": ..., "seconds": ...}, as `advisor search --json`
    {"card": "id"}       {"lines": [...]}: a model's card; null if the catalog lacks it
    {"state": null}      {"count", "newest", "current", "previous"}: the input of the age in `tui.facts`
    {"reopen": null}     {}: later requests use the current catalog

or {"error": "...", "is_input": ...}: why there is no answer. It ends at the end of its input, and at a SIGTERM.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from advisor.errors import InputError, one_line
from tui.finder import MOST, PERMISSIVE, Query

if TYPE_CHECKING:
    from advisor.candidates.lookup import Flags
    from catalog import Catalog, Filters
    from catalog.store.generations import Generation

# With more models than this the newest fact is not searched: that takes seconds.
MOST_READ = 200_000


class Desk:
    """Answers requests about the catalog in use."""

    def __init__(self) -> None:
        self._catalog: Catalog | None = None
        # The origin of the catalog when it was opened.
        self._of: Generation | None = None

    def warm(self) -> None:
        """Load what a first search needs, if the catalog is compiled; errors are reported by later requests."""
        from catalog.store.generations import is_ready

        with contextlib.suppress(Exception):
            if is_ready():
                self.search(asdict(Query("text")))

    def search(self, query: dict[str, str]) -> dict[str, Any]:
        """Return the answer to a query, and the seconds it took.

        InputError if a filter cannot be read. CatalogError if the catalog cannot be opened or read.
        """
        from advisor.candidates.lookup import Flags, search_document
        from catalog import PERMISSIVE_LICENSES

        asked = Query(**query)
        licenses = sorted(PERMISSIVE_LICENSES) if asked.license == PERMISSIVE else [asked.license]
        flags = Flags(
            family=[asked.family] if asked.family else [],
            license=licenses if asked.license else [],
            language=[asked.language] if asked.language else [],
            max_size=asked.size or None,
            format=[asked.format] if asked.format else [],
            limit=MOST,
        )
        given = _filters(flags)
        opened = self._opened()
        began = time.perf_counter()
        document = search_document(opened, asked.text, given, flags)
        return {"document": document, "seconds": time.perf_counter() - began}

    def card(self, model: str) -> dict[str, Any]:
        from tui.card_text import card_lines

        card = self._opened().get(model)
        return {"lines": None if card is None else card_lines(card)}

    def state(self, _: None = None) -> dict[str, Any]:
        """Return the size of the catalog in use, the day of its newest fact, and its and its predecessor's origins.

        Searches may still use another one, until they are asked to reopen.
        """
        from catalog import open_catalog
        from catalog.store.generations import read_generations

        now = read_generations()
        is_open = self._catalog is None or self._of == now.current
        with contextlib.nullcontext(self._opened()) if is_open else open_catalog() as opened:
            count = len(opened)
            newest = opened.newest() if count <= MOST_READ else None
        return {
            "count": count,
            "newest": newest,
            "current": now.current and asdict(now.current),
            "previous": now.previous and asdict(now.previous),
        }

    def speed(self, _: None = None) -> dict[str, Any]:
        """Return how many operations one thread of this machine does in a second; measured with numpy."""
        from advisor.system import machine

        return {"speed": machine.operations_per_second()}

    def reopen(self, _: None = None) -> dict[str, Any]:
        """Close the catalog; the next request opens the current one."""
        self.close()
        return {}

    def close(self) -> None:
        if self._catalog is not None:
            self._catalog.close()
            self._catalog = None

    def _opened(self) -> Catalog:
        if self._catalog is None:
            from catalog import open_catalog
            from catalog.store.generations import read_generations

            self._of = read_generations().current
            self._catalog = open_catalog()
        return self._catalog


def _filters(flags: Flags) -> Filters:
    try:
        return flags.filters()
    except InputError as error:
        # Without the flag's name: the user gave none.
        raise InputError(str(error).partition(": ")[2] or str(error)) from None


def main() -> None:
    """Answer until the end of input or a SIGTERM, which also removes temporary files."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    # Libraries' prints must not mix with the answers.
    with os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        desk = Desk()
        ways: dict[str, Callable[[Any], dict[str, Any]]] = {
            "search": desk.search,
            "card": desk.card,
            "state": desk.state,
            "speed": desk.speed,
            "reopen": desk.reopen,
        }
        desk.warm()
        with contextlib.closing(desk):
            for line in sys.stdin:
                ((kind, what),) = json.loads(line).items()
                try:
                    reply = ways[kind](what)
                except Exception as error:  # noqa: BLE001  reported; later requests are answered
                    reply = {"error": one_line(error, 500), "is_input": isinstance(error, InputError)}
                answers.write(json.dumps(reply) + "\n")
                answers.flush()


if __name__ == "__main__":
    main()
