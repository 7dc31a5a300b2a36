"""The state of a running run: its front end's events, gathered by candidate. No widget, no decision.

A candidate's status comes from the engine (`advisor.decide.search`), given the outcomes received so far and those of
an earlier attempt in the run's folder.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from advisor.decide.records import CandidateRecord, Purpose, unusable
from advisor.decide.search import answer, standing
from advisor.evidence.ladder import survey
from advisor.evidence.sequential import Claim, Standing, Strength
from advisor.report import sentences
from advisor.report.live import live

if TYPE_CHECKING:
    from advisor.decide.plan import Plan
    from advisor.evidence.sharing import Sharing
    from advisor.execution.progress import Progress
    from advisor.probe.protocol import Outcome
    from advisor.report.model import Live, LiveStandings

WAITING, DOWNLOADING, LOADING, PROBING = "waiting", "downloading", "loading", "probing"
PASSES, ON_THESE, GIVEN_UP = "certified", "passes these", "given up"
# Missed the bar on these examples; unlikely to be certified, and run on all examples only if none is.
BELOW, SET_ASIDE = "below the bar", "set aside"
# Run for its rate on these examples, when nothing more can be proven.
COUNTED = "estimating"
FAILED, UNMEASURED, UNTUNED, SKIPPED = "could not run", "not measured", "not tuned", "skipped"
# The run was stopped while it was running; or ended before it was settled, with a rate proven to be below the bar, or
# without.
STOPPED, UNDECIDED, FAILS, NOT_NEEDED = "stopped", "undecided", "fails", "not probed"
# Shorter forms of the report's words.
SHORTER = {sentences.ON_THESE: ON_THESE, "could not be run": FAILED}
# States that can still be given up, and states settled by evidence.
AT_WORK = frozenset({DOWNLOADING, LOADING, PROBING})
OPEN = frozenset({WAITING, *AT_WORK, SET_ASIDE})
SETTLED = frozenset({PASSES, ON_THESE, GIVEN_UP, BELOW, FAILS, FAILED, UNMEASURED, UNTUNED})
_WORK = {
    Purpose.CRITICAL: "asked what must never fail",
    Purpose.COMPARISON: "compared on the mistakes",
    Purpose.AGAIN: "asked again",
    Purpose.PERTURBED: "asked with a change",
    Purpose.REORDERED: "asked with labels in another order",
}


@dataclass(frozen=True, slots=True)
class Lane:
    """One candidate as the probing page shows it."""

    number: int  # From 1, smallest first.
    key: str  # The candidate's.
    model: str  # Its name, from outside.
    variant: str | None  # The end of its name, distinct among candidates of the same model, or None.
    state: str  # One of the words above.
    detail: str  # Its activity, or why it could not run.
    seen: int  # How many evidence examples it has answered.
    wrong_at: tuple[int, ...]  # The numbers of those that came out wrong, from 1.
    counted: int  # How many of them count: up to where its claim was settled.
    right: int  # How many of those came out right.
    total: int  # How many examples there are.
    seconds: float | None  # Median seconds an inference, as measured and as the report has it.
    mean_seconds: float | None  # The mean, used to estimate the rest.
    predicted_seconds: float | None  # As predicted before.
    memory_bytes: int | None  # The peak, as measured.
    predicted_bytes: int  # As predicted before.
    done_bytes: int = 0  # Downloaded so far.
    total_bytes: int = 0  # To be downloaded.

    @property
    def seconds_left(self) -> float | None:
        """The maximum time left for this candidate, if it had to answer every example."""
        pace = self.mean_seconds if self.mean_seconds is not None else self.predicted_seconds
        return None if pace is None else pace * max(0, self.total - self.seen)


class Unbound(NamedTuple):
    """A candidate whose bounds are to be computed: its index, its outcomes that count, whether it is certified."""

    candidate: int
    passed: tuple[bool, ...]
    is_certified: bool


@dataclass
class _Doing:
    state: str = WAITING
    detail: str = ""
    done: int = 0
    total: int = 0


@dataclass
class Board:
    """A run's candidates and their outcomes so far."""

    plan: Plan  # The run's.
    skipped: set[str] = field(default_factory=set)  # The keys of the candidates that the user gave up.
    current: int | None = None  # The candidate being probed.
    began: float | None = None  # Time of the first event by `time.monotonic`; None before.
    changed: float = field(default_factory=time.monotonic)  # Time of the last event by that clock.

    def __post_init__(self) -> None:
        plan = self.plan
        self.records = {each.key: CandidateRecord() for each in plan.candidates}
        self._index = {each.key: at for at, each in enumerate(plan.candidates)}
        self._doing = {each.key: _Doing() for each in plan.candidates}
        self._lanes: dict[str, tuple[object, Lane]] = {}
        self._has_certified = False
        self._standings: dict[tuple[int, int], tuple[object, Standing]] = {}
        self._document: tuple[object, LiveStandings] | None = None
        self._bounds: dict[int, tuple[object, tuple[float, float]]] = {}

    def take(self, progress: Progress) -> None:
        key = progress.candidate.key
        if key not in self._index:
            return
        if progress.sharing is not None:
            self._share(progress.sharing)
            return
        self.current, self.changed = self._index[key], time.monotonic()
        self.began = self.began or self.changed
        doing = self._doing[key]
        match progress.kind:
            case "downloading":
                self._doing[key] = _Doing(DOWNLOADING, progress.detail, progress.done, progress.total)
            case "loading":
                doing.state, doing.detail = LOADING, ""
                self.records[key].failure = None  # another try
            case "failed":
                said = UNMEASURED if progress.is_circumstance else unusable(progress.detail).partition(":")[0]
                state = SHORTER.get(said, said)
                doing.state, doing.detail = SKIPPED if key in self.skipped else state, progress.detail
                self.records[key].failure, self.records[key].is_circumstance = progress.detail, progress.is_circumstance
            case "interrupted":
                doing.state, doing.detail = WAITING, progress.detail
            case "cross-validated":
                doing.state = WAITING
                doing.detail = f"{progress.done} of {progress.total} training rows right" if progress.total else ""
            case _:
                doing.state, doing.detail = PROBING, _WORK.get(progress.purpose, progress.detail)
                self.add(key, progress.purpose, progress.outcomes)
                if progress.peak_memory_bytes:
                    self.records[key].note({"event": "memory", "peak_memory_bytes": progress.peak_memory_bytes})

    def begin_again(self) -> None:
        """The run goes on after a stop: nothing is being done, and skipped candidates are tried again."""
        self.skipped.clear()
        self.began = None
        self._doing = {key: doing if doing.state not in AT_WORK else _Doing() for key, doing in self._doing.items()}

    def pause(self, seconds: float) -> None:
        """Leave out a pause of the run's time."""
        if self.began is not None:
            self.began += seconds

    def _share(self, sharing: Sharing) -> None:
        """Update how α is shared; the candidates' statuses are computed again."""
        self.plan = replace(self.plan, learned=sharing)
        self._lanes, self._standings, self._document, self._bounds = {}, {}, None, {}

    def add(self, key: str, purpose: Purpose, outcomes: Iterable[Outcome]) -> None:
        """Add outcomes; known ones are skipped."""
        known = self.records[key].outcomes[purpose]
        for outcome in outcomes:
            if outcome.id not in known:
                self.records[key].add(purpose, outcome)

    def merge(self, earlier: Mapping[str, CandidateRecord]) -> None:
        """Add the records of an earlier attempt of the same plan, by the keys of its candidates."""
        for key, record in earlier.items():
            if key not in self.records:
                continue
            for purpose, outcomes in record.outcomes.items():
                self.add(key, purpose, outcomes.values())
            if record.peak_memory_bytes:
                self.records[key].note({"event": "memory", "peak_memory_bytes": record.peak_memory_bytes})
            if record.failure is not None and self._doing[key].state == WAITING:
                self.records[key].failure, self.records[key].is_circumstance = record.failure, record.is_circumstance

    def document(self) -> LiveStandings:
        """Return the candidates' statuses in the form of a report's document, with the bounds known so far."""
        version = [(each.inferences, each.failure) for each in self.records.values()]
        if self._document is None or self._document[0] != version:
            self._document = (version, live(self.plan, self.records))
        found = self._document[1]
        for index, each in enumerate(found.candidates):
            if index in self._bounds:
                each.lower_bound, each.upper_bound = self._bounds[index][1]
        return found

    def open_bounds(self) -> list[Unbound]:
        """Return the candidates whose bounds are from fewer outcomes than count now."""
        return [
            Unbound(index, each.passed, each.is_certified)
            for index, each in enumerate(self.document().candidates)
            if each.passed and self._bounds.get(index, (None,))[0] != (each.outcomes, each.is_certified)
        ]

    def bound(self, of: Unbound, found: tuple[float, float]) -> None:
        self._bounds[of.candidate] = ((len(of.passed), of.is_certified), found)

    def lanes(self) -> list[Lane]:
        place = survey(self.plan.sharing, self._certified)
        self._has_certified = bool(place.certified)
        states = self.document().candidates
        return [
            self._lane_of(index, place.handed_on.get(index, 0), states[index])
            for index in range(len(self.plan.candidates))
        ]

    def _certified(self, index: int, handed_on: int) -> Standing:
        """Return the status of a candidate's certified claim, cached while there is no new outcome."""
        record = self.records[self.plan.candidates[index].key]
        version = (record.inferences, record.failure)
        known = self._standings.get((index, handed_on))
        if known is None or known[0] != version:
            found = standing(self.plan, self.records, index, Strength.CERTIFIED, handed_on)
            known = self._standings[index, handed_on] = (version, found)
        return known[1]

    def _lane_of(self, index: int, handed_on: int, live_state: Live) -> Lane:
        """Return a candidate's lane, cached while nothing has changed: it is requested many times a second."""
        key = self.plan.candidates[index].key
        record, doing = self.records[key], self._doing[key]
        version = (
            handed_on, self._has_certified, index == self.current, key in self.skipped, replace(doing),
            record.inferences, record.peak_memory_bytes, live_state.outcomes,
        )  # fmt: skip
        known = self._lanes.get(key)
        if known is None or known[0] != version:
            known = self._lanes[key] = (version, self._lane(index, handed_on, live_state))
        return known[1]

    def _lane(self, index: int, handed_on: int, live_state: Live) -> Lane:
        plan = self.plan
        candidate = plan.candidates[index]
        record, doing = self.records[candidate.key], self._doing[candidate.key]
        passed = [outcome.passed for outcome in record.in_order(plan.evidence)]
        state, detail = doing.state, doing.detail
        if state in {PROBING, WAITING, LOADING} and passed:
            settled = self._settled(index, handed_on, len(passed))
            if settled == COUNTED:
                detail = detail or COUNTED
            else:
                state = FAILS if live_state.refuted and settled in {GIVEN_UP, BELOW} else settled or state
        if candidate.key in self.skipped and state in OPEN:
            state, detail = SKIPPED, ""
        return Lane(
            number=index + 1,
            key=candidate.key,
            model=candidate.name,
            variant=candidate.variant,
            state=state,
            detail=detail,
            seen=len(passed),
            wrong_at=tuple(number for number, right in enumerate(passed, start=1) if not right),
            counted=live_state.outcomes,
            right=live_state.passes,
            total=len(plan.evidence),
            seconds=record.seconds_at(0.5),
            mean_seconds=record.seconds_per_example,
            predicted_seconds=candidate.seconds_per_example,
            memory_bytes=record.peak_memory_bytes,
            predicted_bytes=candidate.peak_bytes,
            done_bytes=doing.done,
            total_bytes=doing.total or candidate.download_bytes,
        )

    def _settled(self, index: int, handed_on: int, seen: int) -> str | None:
        certified = self._certified(index, handed_on)
        if certified.claim is not Claim.GIVEN_UP:
            return PASSES if certified.claim is Claim.HOLDS else None
        # With answers to the remaining examples it may still be certified.
        found = answer(self.plan, self.records) if seen > certified.after else None
        if found is not None and found.candidate == index and found.strength is Strength.CERTIFIED:
            return PASSES
        on_these = standing(self.plan, self.records, index, Strength.EXAMPLES).claim
        if index in self.plan.finishing.candidates and not self._has_certified:
            if on_these is Claim.OPEN:
                return COUNTED if index == self.current and seen > certified.after else SET_ASIDE
            return ON_THESE if on_these is Claim.HOLDS else BELOW
        if on_these is Claim.OPEN:
            # Once nothing can be proven for new inputs, it runs on for the claim about these examples.
            return COUNTED if index == self.current and seen > certified.after else GIVEN_UP
        return ON_THESE if on_these is Claim.HOLDS else GIVEN_UP

    @property
    def inferences(self) -> int:
        """The number of inferences so far, for any purpose."""
        return sum(record.inferences for record in self.records.values())

    def at_rest(self, *, is_finished: bool) -> list[Lane]:
        """Return the final state of the candidates once nothing runs any more.

        If the run was completed, each has its verdict, in the report's words.
        """
        found = self.document()

        def state_of(lane: Lane) -> str:
            if is_finished:
                words = sentences.verdict_of(found, found.candidates[lane.number - 1])
                return SKIPPED if lane.state == SKIPPED and not lane.counted else SHORTER.get(words, words)
            if lane.state not in OPEN or lane.state == SET_ASIDE:
                return lane.state
            return STOPPED if lane.seen or lane.state != WAITING else WAITING

        return [replace(lane, state=state_of(lane), detail="") for lane in self.lanes()]
