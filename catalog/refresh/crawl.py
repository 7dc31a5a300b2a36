"""Crawl: follow a run's walks page by page and check single models, each step one transaction of the journal."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final

from catalog.errors import CatalogOutOfReachError
from catalog.refresh import plan
from catalog.refresh.hub import BadCursorError, Hub, Page
from catalog.refresh.journal import ABSENCES, Journal, Run, Walk
from catalog.refresh.progress import Meter
from catalog.refresh.record import FULL, Record, trim

# A page of counters with more unknown models than this is fetched again in full; otherwise they are asked for singly.
_FEW: Final = 5


class Crawl:
    """One run of a refresh."""

    def __init__(self, hub: Hub, journal: Journal, run: Run, scope: plan.Scope, meter: Meter) -> None:
        self._hub = hub
        self._journal = journal
        self._run = run
        self._scope = scope
        self._meter = meter
        self._date = run.started[:10]
        self._restarted: set[int] = set()

    def follow_walks(self) -> None:
        """Fetch all remaining pages; CatalogOutOfReachError if the Hub stops answering, with fetched pages kept."""
        while walks := self._journal.walks(open_only=True):
            self._step(walks[0])

    def plan_checks(self, limit: int, others: Iterable[str]) -> None:
        """Decide which models to check one by one: at most ``limit`` that the listings should have shown but did not.

        The ``others`` are checked within the limit if the Hub was never asked about them; new ones are additional.
        """
        run = self._run.number
        chosen = dict.fromkeys(self._journal.suspects(None, run, limit))
        for walk in self._journal.walks():
            if walk.kind in ("top", "all", "counters"):
                chosen |= dict.fromkeys(self._journal.suspects(walk, run, limit))
        chosen |= dict.fromkeys(i for i in others if not self._journal.is_known(i))
        with self._journal.transaction():
            self._journal.add_checks(list(chosen)[:limit])
            self._journal.checks_planned(self._run)

    def make_checks(self) -> None:
        """Make all remaining checks; CatalogOutOfReachError as in `follow_walks`."""
        left, done = self._journal.checks()
        total = len(left) + done
        for model_id in left:
            raw, gone = self._hub.model(model_id, FULL)
            record = trim(raw)
            with self._journal.transaction():
                if record is not None:
                    self._journal.store([record], self._run.number, self._date)
                    if record["id"].lower() != model_id.lower():
                        self._journal.rename(model_id, record["id"])
                elif gone or raw is not None:  # a private model counts as gone
                    self._journal.miss(model_id, self._run.number)
                self._journal.check_done(model_id)
            done += 1
            self._meter.step("checking", done, total, int(record is not None), model_id)

    def _step(self, walk: Walk) -> None:
        query = walk.following or walk.query
        try:
            page = self._hub.page(query)
        except BadCursorError as error:
            self._restart(walk, error)
            return
        if page.following == query:
            raise CatalogOutOfReachError(
                f"The Hub at {self._hub.endpoint} sends the same page again and again. Try later."
            )
        records = list({r["id"].lower(): r for raw in page.records if (r := trim(raw)) is not None}.values())
        take: Callable[[Walk, Page, list[Record]], None] = getattr(self, f"_take_{walk.kind}")
        with self._journal.transaction():
            take(walk, page, records)
        done, total = plan.progress(self._journal, self._scope, datetime.now(UTC))
        self._meter.step("listing", done, total, len(records), walk.family or walk.kind)

    def _restart(self, walk: Walk, error: BadCursorError) -> None:
        """Restart the walk, once, because the Hub may refuse an old saved cursor."""
        if walk.following is None or walk.n in self._restarted:
            raise CatalogOutOfReachError(
                f"The Hub at {self._hub.endpoint} refuses the listing ({error}). It may be another kind of server, or "
                "this program may be too old: upgrade it."
            ) from error
        self._restarted.add(walk.n)
        with self._journal.transaction():
            self._journal.restart(walk, self._run.number)

    def _take_mark(self, walk: Walk, page: Page, records: list[Record]) -> None:
        """Store the time of the newest change when the run began."""
        self._journal.put(mark=_newest(records))
        self._journal.advance(walk, None, models=0, floor=None, done=True)

    def _take_all(self, walk: Walk, page: Page, records: list[Record]) -> None:
        fresh = self._fresh(records)
        self._journal.store(records, self._run.number, self._date)
        done = page.following is None
        self._journal.advance(walk, page.following, models=len(fresh), floor=-1 if done else None, done=done)

    def _take_top(self, walk: Walk, page: Page, records: list[Record]) -> None:
        fresh = self._fresh(records)[: self._left(walk)]
        self._journal.store(fresh, self._run.number, self._date)
        self._advance_ranked(walk, page, fresh)

    def _take_changes(self, walk: Walk, page: Page, records: list[Record]) -> None:
        """Take changes, newest first, back to the start of the last run."""
        if walk.pages == 0:
            self._journal.put(mark=_newest(records) or self._journal.get("high_water"))
        cut = plan.oldest_change(self._journal.get("high_water"))
        recent = [r for r in records if r.get("modified", "") >= cut]
        if not self._scope.everything:  # others have too few downloads, or appear among the counters
            known = self._journal.known(r["id"].lower() for r in recent)
            recent = [r for r in recent if r["id"].lower() in known]
        self._journal.store(recent, self._run.number, self._date)
        done = page.following is None or any(r.get("modified", "") < cut for r in records)
        self._journal.advance(walk, page.following, models=len(recent), floor=None, done=done)

    def _take_counters(self, walk: Walk, page: Page, records: list[Record]) -> None:
        """Update the counters of known models; fetch new, changed and returned ones in full."""
        known = self._journal.known(r["id"].lower() for r in records)
        within = records[: self._left(walk)]
        unsure = []
        for record in within:
            modified, _, missing = known.get(record["id"].lower(), (None, 0, ABSENCES))
            if missing < ABSENCES:
                self._journal.count(record, self._run.number)
            if missing >= ABSENCES or record.get("modified", modified) != modified:
                unsure.append(record["id"])
        if len(unsure) > _FEW:
            self._journal.add_walk(plan.details(walk.following or walk.query))
        else:
            self._journal.add_checks(unsure)
        self._advance_ranked(walk, page, within)

    def _take_details(self, walk: Walk, page: Page, records: list[Record]) -> None:
        self._journal.store(records, self._run.number, self._date)
        self._journal.advance(walk, None, models=len(records), floor=None, done=True)

    def _advance_ranked(self, walk: Walk, page: Page, taken: list[Record]) -> None:
        """Advance in a listing by downloads, and store the lowest count reached."""
        done = page.following is None or len(taken) >= self._left(walk)
        counts = [r.get("downloads", 0) for r in taken] + ([] if walk.floor is None else [walk.floor])
        floor = min(counts, default=None)
        if page.following is None:
            floor = -1  # a model not in the listing by now has left it
        self._journal.advance(walk, page.following, models=len(taken), floor=floor, done=done)

    def _fresh(self, records: list[Record]) -> list[Record]:
        """The records that this run has not seen yet; pages may repeat some."""
        known = self._journal.known(r["id"].lower() for r in records)
        return [r for r in records if known.get(r["id"].lower(), (None, 0, 0))[1] != self._run.number]

    @staticmethod
    def _left(walk: Walk) -> int:
        return 10**9 if walk.wanted is None else max(0, walk.wanted - walk.models)


def _newest(records: list[Record]) -> str | None:
    return max((r["modified"] for r in records if "modified" in r), default=None)


def next_run(journal: Journal, scope: plan.Scope, *, full: bool, now: datetime) -> Run:
    """The current run if it has this scope, else a new planned one."""
    run = journal.run
    if run is not None and run.scope == scope.text() and not (full and run.mode != "full"):
        return run
    last = journal.get("scope")
    again = full or last is None or journal.get("high_water") is None or not scope.within(last)
    again = again or plan.is_stale(journal.get("last_start"), scope, now)
    number = (journal.get("runs") or 0) + 1
    run = Run(number, scope.text(), "full" if again else "incremental", now.isoformat(timespec="seconds"))
    journal.begin(run, plan.full(scope) if again else plan.incremental(scope))
    return run
