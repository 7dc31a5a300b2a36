"""Limits of time and memory, enforced from outside on real processes: each ends with its reason."""

import re
import time
from dataclasses import replace

import pytest

from advisor.probe.supervisor import WorkerLimits
from tests.probe.scripted import QUICK, StartWorker, circumstance_of, start
from tests.probe.support import LIMITS, examples, is_gone

__all__ = ["start"]


def test_a_hang_while_loading_ends(start: StartWorker) -> None:
    worker = start("hang()", replace(QUICK, load_seconds=0.6))
    assert circumstance_of(worker.load) == "took longer than the limit of 600 ms to load"
    assert is_gone(worker.pid)


def test_a_hang_while_answering_ends(start: StartWorker) -> None:
    """The limit of a worker's first batch is that of its examples together."""
    worker = start("loaded(); hear(); hang()", QUICK)
    worker.load()
    began = time.monotonic()
    assert circumstance_of(lambda: worker.run(examples("a", "b"))) == "took longer than the limit of 200 ms per example"
    assert time.monotonic() - began >= 0.4


@pytest.mark.parametrize("first", [4, 256])
def test_a_hang_in_a_large_batch_ends_soon(start: StartWorker, first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A quick worker that stops: its next batch gets the limit of one example, not of 256; so when it is resumed."""
    monkeypatch.setattr("advisor.probe.supervisor.SLOWER", 1)  # the machine may be busy while the first are answered
    worker = start(
        """
        loaded()
        for example in hear()["examples"]:
            outcome(example["id"])
        done()
        hear()
        hang()
        """,
        WorkerLimits(memory_bytes=300_000_000, seconds_per_example=1, load_seconds=30),
    )
    worker.load()
    many = examples(*(str(n) for n in range(256)))
    if first == 4:
        assert len(worker.run(many[:4])) == 4
    reason = circumstance_of(lambda: worker.run(many))
    allowed = re.match(r"hangs: 25[26] examples were not answered within ([\d.]+) (ms|s), ", reason)
    assert allowed, reason
    assert float(allowed[1]) < (1000 if allowed[2] == "ms" else 100)  # the limit of 256 examples is over four minutes


def test_a_slow_worker_has_its_time(start: StartWorker) -> None:
    """A batch that takes many times longer than those before it is no hang, as long as the examples keep the limit."""
    worker = start(
        """
        loaded()
        for seconds in (0, 0.8):
            ids = [example["id"] for example in hear()["examples"]]
            time.sleep(seconds)
            for id in ids:
                outcome(id)
            done()
        """,
        WorkerLimits(memory_bytes=300_000_000, seconds_per_example=30, load_seconds=30),
    )
    worker.load()
    assert len(worker.run(examples("a"))) == 1
    assert len(worker.run(examples("b", "c", "d"))) == 3


@pytest.mark.parametrize("is_chatty", [False, True])
def test_too_much_memory_ends(start: StartWorker, *, is_chatty: bool) -> None:
    """Also where answers keep coming: the limit does not wait for a quiet moment."""
    worker = start(
        f"""
        loaded()
        for example in hear()["examples"]:
            outcome(example["id"])
        done()
        ids = [example["id"] for example in hear()["examples"]]
        held = []
        for number, id in enumerate(ids):
            if number > 5:
                held.append(bytearray(os.urandom(1 << 16)) * 320)
            if {is_chatty}:
                outcome(id)
        if not {is_chatty}:
            hang()
        done()
        """,
        WorkerLimits(300_000_000, 600, 600),
    )
    worker.load()
    reason = circumstance_of(lambda: worker.run(examples(*(str(n) for n in range(60)))))
    assert reason.startswith("used ")
    assert reason.endswith("of memory, more than the limit of 300 MB")
    assert worker.peak_memory_bytes > 300_000_000


def test_a_candidate_that_takes_too_long_in_all_ends(start: StartWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    """However patient the limit of an example is; what it waits for the next batch does not count."""
    worker = start(
        """
        loaded()
        for turn in range(2):
            outcome(hear()["examples"][0]["id"])
            done()
        hear()
        hang()
        """,
        replace(LIMITS, seconds_left=4, seconds_in_all=90),
    )
    worker.load()
    worker.run(examples("a"))
    now = time.monotonic
    monkeypatch.setattr("advisor.probe.supervisor.time.monotonic", lambda: now() + 1000)  # idle for longer than it has
    worker.run(examples("a"))
    reason = circumstance_of(lambda: worker.run(examples("a")))
    assert reason == "took longer than the limit of 90 s for one candidate"
    assert is_gone(worker.pid)


def test_a_candidate_without_time_left_is_not_loaded(start: StartWorker) -> None:
    """It used it up before the run was cut off."""
    worker = start("hang()", replace(LIMITS, seconds_left=-1.0, seconds_in_all=5))
    assert circumstance_of(worker.load) == "took longer than the limit of 5.0 s for one candidate"


def test_a_peak_between_two_looks_counts(start: StartWorker) -> None:
    """What the system says of the worker's peak is held against the limit too."""
    worker = start("loaded(); outcome(hear()['examples'][0]['id']); done(900_000_000); hang()", QUICK)
    worker.load()
    assert circumstance_of(lambda: worker.run(examples("a"))) == "used 900 MB of memory, more than the limit of 300 MB"


def test_the_memory_of_descendants_counts(start: StartWorker) -> None:
    """A worker cannot escape its limit by handing the work on."""
    worker = start(
        """
        hear()
        code = "x = bytearray(__import__('os').urandom(1 << 16)) * 6400; __import__('time').sleep(600)"
        child = subprocess.Popen([sys.executable, "-c", code])
        hang()
        """,
        WorkerLimits(300_000_000, 0.5, 30),
    )
    assert circumstance_of(worker.load).startswith("used ")
