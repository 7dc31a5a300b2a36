"""Home's facts about this machine: each comes from the engine, in a worker thread, in a few words."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from advisor.errors import one_line
from advisor.units import format_bytes

if TYPE_CHECKING:
    from advisor.runs.find import RunSummary
    from tui.finder import Finder


_MINUTE, _HOUR, DAY = 60, 3_600, 86_400


@dataclass(frozen=True, slots=True)
class FactText:
    """A fact in words."""

    text: str  # What is known.
    is_bad: bool = False  # Whether it could not be determined.
    offer: str = ""  # The label of a button for it, "" for none.


@dataclass(frozen=True, slots=True)
class Recent:
    """An entry to continue or to look at again."""

    kind: str  # "session" or "run".
    id: str  # Its id.
    title: str  # Its subject; outside text.
    state: str  # "asking", "planned", "probing", "failed", "not finished", "in use", "damaged", or a verdict.
    detail: str  # Its result, e.g. the model; outside text.
    changed: float  # Time of its last event, seconds since 1970.
    is_open: bool  # Whether it can be continued.


def memory() -> FactText:
    from advisor.system import machine

    here = machine.measure_machine()
    return FactText(f"{format_bytes(here.available_memory_bytes)} of {format_bytes(here.total_memory_bytes)} free")


def processors() -> FactText:
    """Return the number of processors, and how many a probe uses."""
    from advisor.system import machine

    here = machine.measure_machine()
    return FactText(f"{here.processors}, a probe uses {here.threads}" if here.processors > 1 else "1")


def disk() -> FactText:
    """Return the free space in the folder of models."""
    from advisor.paths import models_dir
    from advisor.system import machine

    return FactText(f"{format_bytes(machine.free_disk_bytes(models_dir()))} free")


def gpu() -> FactText:
    from advisor.system import machine

    return FactText(", ".join(one_line(name, 60) for name in machine.gpus()) or "none found")


def models() -> FactText:
    """Return how many models need no download; if none, or after an interrupted fetch, offer the starter set."""
    from advisor.candidates import installed  # imports the Hub's client
    from advisor.starter.fetch import is_present
    from advisor.starter.manifest import STARTER, download_bytes

    found = installed.find_installed()
    usable = sum(1 for model in found if model.forms)
    others = f", {len(found) - usable} more not usable" if len(found) > usable else ""
    there = [model for model in STARTER if is_present(model)]
    missing = tuple(model for model in STARTER if model not in there)
    offer = ""
    if missing and (there or not usable):
        what = f"{len(missing)} small model{'' if len(missing) == 1 else 's'}"
        offer = f"Fetch {what}, {format_bytes(download_bytes(missing))} (F5)"
    return FactText(f"{usable or 'none'}{others}", offer=offer)


def servers() -> FactText:
    from advisor.servers.listing import running

    found = [f"{one_line(each.kind, 20)} ({len(each.models)})" for each in running()]
    return FactText(", ".join(found) or "none found")


def catalog(finder: Finder) -> FactText:
    known = age(finder)
    return FactText(f"{known.count:,}, {known.old}")


def facts(finder: Finder) -> tuple[tuple[str, str, Callable[[], FactText]], ...]:
    """Return the facts about this machine: key, name, and the function that determines each."""
    return (
        ("memory", "Memory", memory),
        ("processors", "Processors", processors),
        ("disk", "Disk", disk),
        ("gpu", "GPU", gpu),
        ("catalog", "Catalog", partial(catalog, finder)),
        ("models", "Models here", models),
        ("servers", "Servers", servers),
    )


def recents() -> list[Recent]:
    """Return sessions and runs, the last changed first; a run of an open session is part of it until it is finished.

    Of unfinished sessions with the same words, as refused commands leave them, only the last is listed.
    """
    from advisor.runs.find import IN_USE, UNFINISHED, summaries
    from advisor.workflow.sessions import sessions

    found: list[Recent] = []
    listed: set[str] = set()
    runs = summaries()
    at_work = {run.id for run in runs if run.state == IN_USE}
    going_on = {run.id for run in runs if run.state in {UNFINISHED, IN_USE}}
    for session in sorted(sessions(), key=lambda each: -each.changed):
        if session.state == "finished" and session.runs:
            continue
        listed.update(going_on.intersection(session.runs))
        title = one_line(session.title, 200) or "a task not yet described"
        state = IN_USE if session.state == "probing" and at_work.intersection(session.runs) else session.state
        if state != "asking" or (title, state) not in {(each.title, each.state) for each in found}:
            found.append(Recent("session", session.id, title, state, "", session.changed, is_open=True))
    for run in runs:
        if run.id in listed:
            continue
        state = state_of(run)
        detail = one_line(run.model or "", 200)
        title = one_line(run.task or run.id, 200)
        found.append(
            Recent("run", run.id, title, state, detail, run.changed, is_open=run.state in {UNFINISHED, IN_USE})
        )
    return sorted(found, key=lambda each: -each.changed)


def state_of(run: RunSummary) -> str:
    """Return a run's state, for a finished one its verdict: "likely" for a model that is not certified."""
    if run.state != "finished":
        return run.state
    return "likely" if run.verdict == "undecided" and run.model else run.verdict or run.state


def ago(when: float, now: float | None = None) -> str:
    """Return how long ago something was, e.g. "5 min ago"."""
    seconds = (time.time() if now is None else now) - when
    for limit, unit, word in ((_HOUR, _MINUTE, "min"), (DAY, _HOUR, "h"), (60 * DAY, DAY, "days")):
        if seconds < limit:
            count = int(seconds // unit)
            if word == "min" and count < 1:
                return "just now"
            return f"{count} {'day' if word == 'days' and count == 1 else word} ago"
    return f"{int(seconds // (30 * DAY))} months ago"


@dataclass(frozen=True, slots=True)
class Age:
    """The size and the age of the catalog in use."""

    count: int  # Models.
    day: str  # The last day on which its facts were true, ISO; "" if unknown.
    seconds: float | None  # Time since then, None if unknown.

    @property
    def old(self) -> str:
        if self.seconds is None:
            return "of no known day"
        return "of today" if self.seconds < DAY else ago(0, self.seconds).replace("ago", "old")

    @property
    def words(self) -> str:
        return f"facts {f'of {self.day}, ' if self.day else ''}{self.old}"


def age(finder: Finder) -> Age:
    """Return the age of the catalog in use, compiling it first if necessary.

    A refresh fetches facts from the Hub, so its catalog is as old as the refresh. A shipped or imported one is as old
    as its newest fact. OutOfReachError if the catalog cannot be opened.
    """
    state = finder.state()
    current = state["current"]
    day = current["landed"][:10] if current and current["origin"] == "refresh" else state["newest"] or ""
    seconds = _seconds_since(day)
    return Age(state["count"], day if seconds is not None else "", seconds)


def _seconds_since(day: str) -> float | None:
    """Return how long ago a day was, at least 0; None if it is no date."""
    try:
        began = dt.datetime.combine(dt.date.fromisoformat(day), dt.time(), dt.UTC).timestamp()
    except ValueError:
        return None
    return max(0.0, time.time() - began)
