"""Killed with -9 at twenty random moments: a rerun always ends in the catalog of an uninterrupted refresh."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections import Counter
from typing import TYPE_CHECKING

from tests.catalog_refresh.conftest import FAMILIES, Machine, fill, listings
from tests.local_hub import LocalHub, Stall

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 20
SCOPE = ("--top", "340", *(part for family in FAMILIES for part in ("--family", family)))
PAGES = 1 + len(FAMILIES) * 17
SEED = 20261125


def kill_after(process: subprocess.Popen[str], seconds: float) -> bool:
    """Kill a process so many seconds from now; return whether it was still running."""
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    return process.returncode == -signal.SIGKILL


def test_twenty_kills(tmp_path: Path) -> None:
    """Moments spread over the whole run, landing included; finished pages are never fetched again."""
    with LocalHub() as hub:
        hub.limits.set("api", 1_000_000)
        fill(hub, 1020)
        undisturbed = Machine(tmp_path / "undisturbed", hub)
        first = undisturbed.start(*SCOPE)
        hub.wait_for(lambda request: request.path == "/api/models")
        start = time.monotonic()
        _, err = first.communicate(timeout=60)
        duration = time.monotonic() - start
        assert first.returncode == 0, err
        assert len(listings(hub)) == PAGES
        assert len(undisturbed.cards) == 1020
        chance = random.Random(SEED)
        killed, stages = 0, Counter[str]()
        for number in range(KILLS):
            machine = Machine(tmp_path / f"killed{number}", hub)
            hub.forget_requests()
            process = machine.start(*SCOPE)
            hub.wait_for(lambda request: request.path == "/api/models")
            # One moment in each twentieth of the run's time.
            killed += kill_after(process, duration * (number + chance.random()) / KILLS)
            stages["listing" if len(listings(hub)) < PAGES else "landing"] += 1
            assert machine.current in {None, undisturbed.current}
            rerun = machine.refresh(*SCOPE)
            assert rerun.code == 0, rerun.err
            assert machine.current == undisturbed.current
            if not rerun.summary["landed"]:
                continue  # killed after landing: the rerun listed the changes since, of which there are none
            asked = Counter(r.target for r in hub.requests if r.path == "/api/models")
            assert len(asked) == PAGES
            assert sum(asked.values()) <= PAGES + 1, "only the page under way may be fetched again"
        assert killed >= KILLS - 2
        assert min(stages["listing"], stages["landing"]) >= 3, stages


def test_one_run_killed_again_and_again(tmp_path: Path) -> None:
    """Each process gets through a few pages only; together they fetch each page once, but for those under way."""
    with LocalHub() as hub:
        hub.limits.set("api", 1_000_000)
        fill(hub, 600)
        undisturbed, machine = Machine(tmp_path / "undisturbed", hub), Machine(tmp_path / "killed", hub)
        assert undisturbed.refresh(*SCOPE).code == 0
        pages = len(hub.requests)
        hub.forget_requests()
        chance = random.Random(SEED)
        left = pages
        for _ in range(8):
            # The next process gets so many answers, is kept waiting for one more, and is killed meanwhile.
            answered = chance.randrange(min(8, left))
            hub.faults.add(Stall(skip=answered))
            process = machine.start(*SCOPE)
            hub.wait_for(lambda request: bool(request.faults))
            assert kill_after(process, 0)
            hub.release()
            hub.faults.clear()
            assert machine.current is None
            assert len(listings(hub)) == answered
            hub.forget_requests()
            left -= answered
        assert machine.refresh(*SCOPE).code == 0
        assert len(listings(hub)) == left
        assert machine.current == undisturbed.current
