"""The catalog in a process of its own, so that neither opening nor searching it makes a key late.

    python -P -m tui.catalog_process

`tui.finder` asks, one JSON object a line on standard input; each gets one line on standard output, in order:

    {"search": {...}}    fields of `tui.finder.Query`: {"document": ..., "seconds": ...}, as `advisor search --json`
    {"card": "id"}       {"lines": [...]}: a model's card; null where the catalog does not have it
    {"state": null}      {"count", "newest", "current", "previous"}: what `tui.facts` makes an age of
    {"reopen": null}     {}: the next question is for the catalog then in use

or {"error": "...", "is_input": ...}: why there is no answer. The end of the input ends it, and so does a SIGTERM.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from advisor.errors import InputError, one_line
from tui.finder import MOST, PERMISSIVE, Query

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor.candidates.lookup import Flags
    from catalog import Catalog, Filters
    from catalog.store.generations import Generation

# Of more models than this the newest fact is not looked for: it takes seconds.
MOST_READ = 200_000


class Desk:
    """Answers questions about the catalog in use."""

    def __init__(self) -> None:
        self._catalog: Catalog | None = None
        # What the catalog in use was when it was opened.
        self._of: Generation | None = None

    def warm(self) -> None:
        """Load what a first search would wait for, if the catalog is compiled; what fails is told when asked."""
        from catalog.store.generations import is_ready

        with contextlib.suppress(Exception):
            if is_ready():
                self.search(asdict(Query("text")))

    def search(self, query: dict[str, str]) -> dict[str, Any]:
        """Return the answer to a query, and the seconds it took.

        Raises:
            InputError: if a filter cannot be read.
            CatalogError: if the catalog cannot be opened or read.
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
        """Return the size of the catalog in use, the day of its newest fact, and where it and the one before came from.

        It may be another than that which searches go to, until those are told to reopen.
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
        """Return how many operations one thread of this machine does in a second: measuring it takes numpy."""
        from advisor.system import machine

        return {"speed": machine.operations_per_second()}

    def reopen(self, _: None = None) -> dict[str, Any]:
        """Let go of the catalog; the next question opens the one then in use."""
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
        # Without the flag's name: nobody gave one.
        raise InputError(str(error).partition(": ")[2] or str(error)) from None


def main() -> None:
    """Answer until the input ends, or the process is told to: then too what is temporary is cleared away."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    # What a library prints must not stand among the answers.
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
                except Exception as error:  # noqa: BLE001  whatever it is, it is told and the next question answered
                    reply = {"error": one_line(error, 500), "is_input": isinstance(error, InputError)}
                answers.write(json.dumps(reply) + "\n")
                answers.flush()


if __name__ == "__main__":
    main()
