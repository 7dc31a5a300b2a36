"""Killed with -9 at random moments: a rerun always gives the catalog of an uninterrupted refresh."""

import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.catalog_refresh.conftest import FAMILIES, Here, Machine, fill, listings
from tests.conftest import PATIENCE
from tests.local_hub import LocalHub, Stall

LISTING_KILLS, LANDING_KILLS = 2, 2
SCOPE = ("--top", "160", *(part for family in FAMILIES for part in ("--family", family)))
PAGES = 1 + len(FAMILIES) * 8
SEED = 20261125


@pytest.fixture
def big_hub() -> Iterator[LocalHub]:
    """A hub with as many models as the scope asks for."""
    with LocalHub() as running:
        running.limits.set("api", 1_000_000)
        fill(running, 480)
        yield running


def kill_after(process: subprocess.Popen[str], seconds: float) -> bool:
    """Kill a process after some seconds; return whether it was still running."""
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    return process.returncode == -signal.SIGKILL


def wait_until_landing(process: subprocess.Popen[str]) -> float:
    """Read the process's output until it begins to build the catalog; return the time."""
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("building"):
            return time.monotonic()
    raise AssertionError("it never landed")


@pytest.mark.soak
def test_random_kills(big_hub: LocalHub, small: Machine, tmp_path: Path) -> None:
    """Moments all over the listing and the landing; finished pages are never fetched again."""
    undisturbed = Machine(tmp_path / "undisturbed", big_hub)
    undisturbed.take_over(small)
    process = undisturbed.start(*SCOPE)
    start = wait_until_landing(process)
    assert process.wait(timeout=PATIENCE) == 0
    landing = time.monotonic() - start
    process.communicate()
    expected = undisturbed.facts
    assert len(expected) == 480
    assert len(listings(big_hub)) == PAGES
    chance = random.Random(SEED)
    killed = 0
    for number in range(LISTING_KILLS + LANDING_KILLS):
        machine = Here(tmp_path / f"killed{number}", big_hub)  # starts processes, and reruns here
        machine.take_over(small)
        big_hub.forget_requests()
        process = machine.start(*SCOPE)
        if number < LISTING_KILLS:
            goal = chance.randint(1, PAGES)
            big_hub.wait_for(lambda _, goal=goal: len(big_hub.requests) >= goal)
            killed += kill_after(process, chance.random() * 0.02)
        else:
            wait_until_landing(process)
            killed += kill_after(process, chance.random() * landing)
        assert machine.current == small.current or machine.facts == expected
        rerun = machine.refresh(*SCOPE)
        assert rerun.code == 0, rerun.err
        assert machine.facts == expected
        asked = Counter(r.target for r in big_hub.requests if r.path == "/api/models")
        if rerun.summary["mode"] == "incremental":
            continue  # the first process had finished all the same; the second found no changes since
        assert len(asked) == PAGES
        assert sum(asked.values()) <= PAGES + 1, "only the page under way may be fetched again"
    assert killed >= LISTING_KILLS  # the landing may be quicker than the one measured


def test_one_run_killed_again_and_again(big_hub: LocalHub, small: Machine, tmp_path: Path) -> None:
    """Each process gets through a few pages only; together they fetch each page once, but for those under way."""
    machine = Machine(tmp_path / "killed", big_hub)
    machine.take_over(small)
    chance = random.Random(SEED)
    left = PAGES
    for _ in range(6):
        # The next process gets so many answers, is kept waiting for one more, and is killed meanwhile.
        answered = chance.randrange(min(6, left))
        big_hub.faults.add(Stall(skip=answered))
        process = machine.start(*SCOPE)
        big_hub.wait_for(lambda request: bool(request.faults))
        assert kill_after(process, 0)
        big_hub.release()
        big_hub.faults.clear()
        assert machine.current == small.current
        assert len(listings(big_hub)) == answered
        big_hub.forget_requests()
        left -= answered
    assert machine.refresh(*SCOPE).code == 0
    assert len(listings(big_hub)) == left
    assert len(machine.cards) == 480
