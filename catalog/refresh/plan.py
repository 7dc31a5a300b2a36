"""The listings that a refresh follows: its whole scope at first, later only changes."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from catalog.refresh.hub import listing_query
from catalog.refresh.journal import Journal, Kind, Walk
from catalog.refresh.record import COUNTERS, FULL

# Records changed during a walk move to its front, so the next run looks back a little beyond the start of this one.
OVERLAP: Final = timedelta(hours=1)
# Beyond this the listing by last change is longer than that of the whole scope.
_OLDEST_TOP: Final = timedelta(days=14)
_OLDEST_ALL: Final = timedelta(days=60)
# Counters matter for the most used models; with --all the others' are updated when the models change.
_COUNTED_OF_ALL: Final = 50_000
# Size and growth of the Hub, by two public crawls of 2026-08-18 and 2026-10-03 (3,003,759 and 3,117,871 models).
_HUB_MODELS: Final = 3_117_871
_HUB_COUNTED: Final = datetime(2026, 10, 3, tzinfo=UTC)
_HUB_GROWTH_PER_DAY: Final = 2_500
_HUB: Final = "https://huggingface.co"


@dataclass(frozen=True, slots=True)
class Scope:
    """The scope of a refresh."""

    top: int  # Models per family, most used first.
    families: tuple[str, ...]  # Pipeline tags, sorted.
    everything: bool  # All models of the Hub, in any family.
    page_size: int  # Records per page.

    def text(self) -> str:
        """The scope as text; equal scopes give equal texts."""
        return json.dumps(asdict(self), sort_keys=True)

    def within(self, other: dict[str, Any]) -> bool:
        """Whether a refresh of the other scope fetches all of this one."""
        if other["everything"]:
            return True
        return not self.everything and self.top <= other["top"] and set(self.families) <= set(other["families"])


def is_stale(last_start: str | None, scope: Scope, now: datetime) -> bool:
    """Whether listing the whole scope costs less than listing the changes since the start of the last run."""
    if last_start is None:
        return True
    return now - datetime.fromisoformat(last_start) > (_OLDEST_ALL if scope.everything else _OLDEST_TOP)


def oldest_change(high_water: str) -> str:
    """The time of last change before which records are unchanged, in the Hub's format."""
    return f"{datetime.fromisoformat(high_water) - OVERLAP:%Y-%m-%dT%H:%M:%S}.000Z"


def full(scope: Scope) -> list[Walk]:
    """Listings of the whole scope; the first only reads the Hub's clock."""
    mark = _walk("mark", listing_query(sort="lastModified", expand=("lastModified",), limit=1))
    if scope.everything:
        # By creation: no record changes its place while the walk goes on.
        query = listing_query(sort="createdAt", expand=FULL, limit=scope.page_size, ascending=True)
        return [mark, _walk("all", query)]
    return [mark, *(_walk("top", _by_downloads(scope, FULL, f), f, scope.top) for f in scope.families)]


def incremental(scope: Scope) -> list[Walk]:
    """Listings of changes, then of counters, which change without a new commit."""
    changes = _walk("changes", listing_query(sort="lastModified", expand=FULL, limit=scope.page_size))
    if scope.everything:
        return [changes, _walk("counters", _by_downloads(scope, COUNTERS, None), None, _COUNTED_OF_ALL)]
    return [changes, *(_walk("counters", _by_downloads(scope, COUNTERS, f), f, scope.top) for f in scope.families)]


def details(query: str) -> Walk:
    """The full records of one page of counters."""
    pairs = [pair for pair in parse_qsl(query) if pair[0] != "expand"]
    return _walk("details", urlencode([*pairs, *(("expand", name) for name in FULL)]))


def progress(journal: Journal, scope: Scope, now: datetime) -> tuple[int, int | None]:
    """Pages fetched, and the expected total, ``None`` if unknown."""
    walks = journal.walks()
    open_ones = {walk.n for walk in journal.walks(open_only=True)}
    total = 0
    for walk in walks:
        if walk.n not in open_ones:
            total += walk.pages
            continue
        wanted = walk.wanted if walk.kind != "all" else _all_models(journal, now)
        if wanted is None and walk.kind == "all":
            return sum(w.pages for w in walks), None
        left = 1 if wanted is None else -(-max(0, wanted - walk.models) // scope.page_size)
        total += walk.pages + max(1, left)
    return sum(walk.pages for walk in walks), total


def _all_models(journal: Journal, now: datetime) -> int | None:
    known: int | None = journal.get("models_of_all")
    if known is None and journal.get("endpoint") == _HUB:
        known = _HUB_MODELS + _HUB_GROWTH_PER_DAY * max(0, (now - _HUB_COUNTED).days)
    return known


def _by_downloads(scope: Scope, expand: Iterable[str], family: str | None) -> str:
    limit = scope.page_size if scope.everything else min(scope.page_size, scope.top)
    return listing_query(sort="downloads", expand=tuple(expand), limit=limit, family=family)


def _walk(kind: Kind, query: str, family: str | None = None, wanted: int | None = None) -> Walk:
    return Walk(0, kind, family, query, wanted=wanted)
