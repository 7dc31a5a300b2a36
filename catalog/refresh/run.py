"""A whole refresh: crawl into the journal, merge, land."""

import sqlite3
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import partial
from typing import Final

from catalog.errors import CatalogError, CatalogInputError, CatalogOutOfReachError
from catalog.families import FAMILIES
from catalog.prior import RECOMMENDED
from catalog.refresh.compare import Changes, compare_snapshots, weigh_absences
from catalog.refresh.crawl import Crawl, next_run
from catalog.refresh.hub import Hub
from catalog.refresh.journal import Journal
from catalog.refresh.merge import merge
from catalog.refresh.plan import Scope
from catalog.refresh.progress import Meter, Progress, Summary
from catalog.refresh.staging import Staging
from catalog.store import generations
from catalog.store.generations import Generation
from catalog.store.snapshot import Snapshot

DEFAULT_TOP: Final = 1000
DEFAULT_CHECKS: Final = 200
_LARGEST_PAGE: Final = 1000
_LONGEST_TIMEOUT: Final = 3_600


def refresh(
    *,
    top: int = DEFAULT_TOP,
    families: Iterable[str] | None = None,
    everything: bool = False,
    full: bool = False,
    token: str | bool | None = None,
    page_size: int = _LARGEST_PAGE,
    checks: int = DEFAULT_CHECKS,
    drop_missing: bool = False,
    timeout: float = 30.0,
    pause: float = 1.0,
    progress: Callable[[Progress], None] = lambda _progress: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Summary:
    """Update the catalog from the Hub and put it into use.

    Interrupted or killed at any moment, it resumes when called again with the same arguments; until it has landed, the
    old catalog stays in use.

    Args:
        top: Models per family, most downloaded first.
        families: Pipeline tags; ``None`` for all known ones.
        everything: All models of the Hub instead.
        full: List the whole scope even if listing the changes is enough.
        token: A token, ``None`` for the environment's or the login's, ``False`` for none. Private models are left out.
        page_size: Records per request, 1000 at most.
        checks: Maximum of models checked one by one because a listing no longer shows them.
        drop_missing: Drop all models that this Hub no longer has. Otherwise they stay if they are more than a fifth of
            those it was asked about, because it may be a partial mirror.
        timeout: Seconds without a byte after which a request is given up and tried again.
        pause: Seconds before a failed request is tried again; it doubles up to eight, six tries in all.
        progress: Called after every request and before every wait.
        sleep: Sleep function.

    Raises:
        CatalogOutOfReachError: Offline, or the Hub stops answering.
        CatalogInputError: Wrong arguments.
        CatalogError: Another refresh is running, or the journal is damaged.
    """
    scope = _scope(top, families, everything=everything, page_size=page_size)
    if not 0 < timeout <= _LONGEST_TIMEOUT or checks < 0 or pause < 0:  # NaN fails too
        raise CatalogInputError(
            f"The time-out must be more than 0 and at most {_LONGEST_TIMEOUT:,} seconds, checks and pause 0 or more, "
            f"not {timeout}, {checks}, {pause}."
        )
    meter = Meter(progress)
    hub = Hub(token=token, timeout=timeout, pause=pause, waiting=meter.waiting, sleep=sleep)
    try:
        with generations.exclusive(), Journal(generations.home(), hub.endpoint) as journal:
            return _run(hub, journal, scope, meter, full=full, checks=checks, drop_missing=drop_missing)
    except sqlite3.Error as error:
        raise CatalogOutOfReachError(
            f"The journal of refreshes in {generations.home()} cannot be written ({error}). Free some disk space and "
            "run the same command again, or delete it to start afresh."
        ) from error
    except OSError as error:
        raise CatalogOutOfReachError(
            f"The refreshed catalog cannot be written ({error}). Free some disk space and run the same command again; "
            "what was fetched is kept, and the current catalog stays in use."
        ) from error


def _run(
    hub: Hub, journal: Journal, scope: Scope, meter: Meter, *, full: bool, checks: int, drop_missing: bool
) -> Summary:
    journal.put(endpoint=hub.endpoint)
    run = next_run(journal, scope, full=full, now=datetime.now(UTC))
    crawl = Crawl(hub, journal, run, scope, meter)
    crawl.follow_walks()
    if not run.checked:
        # Models with hand-compiled facts, which people ask for by name most.
        base = generations.base_snapshot().cards()
        crawl.plan_checks(checks, (card.id for card in base if RECOMMENDED in card.tags))
    crawl.make_checks()
    pages = sum(walk.pages for walk in journal.walks())
    meter.show("landing", pages, pages, "building the catalog")
    if not journal.count_alive():
        raise CatalogOutOfReachError(
            f"The Hub at {hub.endpoint} lists no models of these families. Check HF_ENDPOINT; the present catalog "
            "stays in use."
        )
    try:
        before = generations.current_snapshot()
    except CatalogError:  # damaged: all models are new
        before = Snapshot(b"")
    absences = weigh_absences(journal, before.lines(), believe=drop_missing)
    generation, landed = land(journal, absences.gone, with_gone=bool(absences.kept))
    missed = journal.count_missed()
    state = {"models_of_all": generation.count} if scope.everything and run.mode == "full" else {}
    last = journal.get("scope") if run.mode == "incremental" else asdict(scope)
    finished = datetime.now(UTC).isoformat(timespec="seconds")
    journal.finish(high_water=journal.get("mark"), scope=last, last_start=run.started, finished=finished, **state)
    after = generations.snapshot(generation.snapshot)
    changes = compare_snapshots(before.lines(), after.lines()) if landed else Changes(generation.count)
    return Summary(
        mode=run.mode,
        requests=hub.requests,
        pages=pages,
        models=generation.count,
        added=changes.added,
        changed=changes.changed,
        removed=changes.removed,
        dropped=absences.dropped,
        kept=absences.kept,
        asked=absences.asked,
        missed=missed,
        landed=landed,
        snapshot=generation.snapshot,
        seconds=meter.seconds,
    )


def land(journal: Journal, gone: Iterable[str], *, with_gone: bool) -> tuple[Generation, bool]:
    """Merge the journal with the catalog it builds on, and put the result into use; OSError if the disk is full.

    The ids of `gone` are left out; models that were found missing stay if `with_gone`. Cards stream from the journal
    through a working store into the snapshot, and from there into the compiled form, so that their number affects disk
    use and not memory.
    """
    with Staging(generations.home()) as staging:
        staging.lay(generations.base_snapshot().cards())
        merge(
            staging,
            journal.alive(with_gone=with_gone),
            has_record=partial(journal.is_alive, with_gone=with_gone),
            gone=gone,
            aliases=journal.aliases(),
        )
        return generations.land(staging.completed(), "refresh")


@dataclass(frozen=True, slots=True)
class Status:
    """Origin of this machine's catalog."""

    current: Generation | None  # The landed catalog in use, ``None`` for the shipped one.
    previous: Generation | None  # The one that ``rollback`` goes back to, ``None`` for the shipped one.
    endpoint: str  # The Hub set in the environment.
    known: int = 0  # Models known from this Hub.
    finished: str | None = None  # End of the last refresh, ISO.
    pending: int | None = None  # Pages fetched by an interrupted refresh, ``None`` if none is pending.


def status() -> Status:
    """The catalog in use and the journal of the environment's Hub; CatalogError if damaged. Nothing is fetched."""
    from huggingface_hub import constants

    now = generations.read_generations()
    found = Status(now.current, now.previous, constants.ENDPOINT)
    if not generations.home().is_dir():
        return found
    try:
        with Journal(generations.home(), constants.ENDPOINT) as journal:
            return replace(
                found,
                known=journal.count_alive(),
                finished=journal.get("finished"),
                pending=None if journal.run is None else sum(walk.pages for walk in journal.walks()),
            )
    except sqlite3.Error as error:
        raise CatalogError(f"The journal of refreshes cannot be read now ({error}). Try again.") from error


def _scope(top: int, families: Iterable[str] | None, *, everything: bool, page_size: int) -> Scope:
    if top < 1 or not 1 <= page_size <= _LARGEST_PAGE:
        raise CatalogInputError(
            f"The number of models must be 1 or more and a page 1 to {_LARGEST_PAGE}, not {top}, {page_size}."
        )
    if everything and families is not None:
        raise CatalogInputError("A refresh is of all models of the Hub or of some families. Choose one.")
    chosen = tuple(sorted(set(FAMILIES if families is None else families)))
    for name in chosen:
        if name not in FAMILIES:
            near = get_close_matches(name, FAMILIES, n=3)
            some = ", ".join(near or sorted(FAMILIES)[:5])
            hint = f"Similar: {some}" if near else f"Families are, for example, {some}"
            raise CatalogInputError(f"Unknown task family {name!r}. {hint}.")
    if not chosen:
        raise CatalogInputError("No task family was named. Name one, or leave the choice out to refresh all.")
    return Scope(top, () if everything else chosen, everything, page_size)
