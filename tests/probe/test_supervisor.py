"""Real processes that misbehave: each ends with an understandable reason, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from advisor.probe import watch
from advisor.probe.supervisor import ProbeFailedError, Worker
from tests.conftest import PATIENCE, begin_python
from tests.probe.scripted import PREAMBLE, QUICK, StartWorker, circumstance_of, reason_of, start
from tests.probe.support import LIMITS, examples, is_gone, kill_if_there, spec, wait_until

__all__ = ["start"]

NOT_IN_PROTOCOL = "printed something that is not in the protocol"
TOO_LONG = "printed a line of more than 1.0 MB, which is not in the protocol"


def astray(start: StartWorker, deed: str, when: str) -> tuple[Worker, Callable[[], object]]:
    """Return a worker that misbehaves while loading or while answering, and the call that triggers it."""
    worker = start(f"hear()\n{deed}" if when == "loading" else f"loaded()\nhear()\n{deed}")
    if when == "loading":
        return worker, worker.load
    worker.load()
    return worker, lambda: worker.run(examples("a", "b"))


def test_a_worker_that_behaves_answers(start: StartWorker) -> None:
    """Two batches come back in order; the peak is the larger of what was seen and what it said."""
    worker = start("""
        loaded()
        while True:
            for example in hear()["examples"]:
                outcome(example["id"], output=example["input"])
            done(200_000_000)
    """)
    assert worker.load().engine == "a script"
    assert [o.output for o in worker.run(examples("a", "b"))] == ["a", "b"]
    assert [o.id for o in worker.run(examples("c"))] == ["id1"]
    assert worker.peak_memory_bytes == 200_000_000


def test_no_examples_need_no_answer(start: StartWorker) -> None:
    worker = start("hang()", QUICK)
    assert worker.run([]) == []


def test_a_worker_that_ignores_signals_ends(start: StartWorker) -> None:
    """Nothing polite is tried."""
    worker = start(
        """
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        loaded()
        hang()
        """
    )
    worker.load()
    worker.close()
    assert is_gone(worker.pid)


def test_a_worker_that_does_not_read_ends(start: StartWorker) -> None:
    """A message larger than a pipe holds does not block the main process."""
    worker = start("loaded(); hang()", QUICK)
    worker.load()
    assert "per example" in circumstance_of(lambda: worker.run(examples("x" * 500_000)))


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        ("sys.exit(3)", "exited with status 3; last words: none"),
        (
            "sys.exit('no such\\tengine \\x1b[31m')",
            "exited with status 1; last words: no such engine \\x1b[31m",
        ),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "crashed inside its engine (SIGSEGV)"),
        ("os.abort()", "crashed inside its engine (SIGABRT)"),
        ("os.close(1); hang()", "closed its output but kept running"),
        ("print('Hello \\x1b[2J there', flush=True); hang()", f"{NOT_IN_PROTOCOL}: Hello \\x1b[2J there"),
        ("print('[1, 2]', flush=True); hang()", f"{NOT_IN_PROTOCOL}: [1, 2]"),
        ("print({}, flush=True); hang()", f"{NOT_IN_PROTOCOL}: {{}}"),
        ("print('[' * 100_000, flush=True); hang()", f"{NOT_IN_PROTOCOL}: " + "[" * 79 + "…"),
        ("os.write(1, b'\\xff\\xfe\\n'); hang()", f"{NOT_IN_PROTOCOL}: ��"),
        ("print('x' * 10_000_000, flush=True); hang()", TOO_LONG),
        ("sys.stdout.write('x' * 10_000_000); sys.stdout.flush(); hang()", TOO_LONG),
        ("say(type='failed', reason='no\\nsuch model'); hang()", "no such model"),
        ("say(type='failed'); hang()", "gave no reason"),
    ],
)
def test_what_goes_astray_ends_with_its_reason(start: StartWorker, deed: str, reason: str) -> None:
    """Half of them while it loads, the others while it answers: it is listened to in one way."""
    worker, act = astray(start, deed, "loading" if len(deed) % 2 else "answering")
    assert reason_of(act) == reason
    assert is_gone(worker.pid)


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        (
            "os.kill(os.getpid(), signal.SIGKILL)",
            "was killed from outside, most likely by the system for lack of memory",
        ),
        ("os.kill(os.getpid(), signal.SIGTERM)", "was ended from outside (SIGTERM)"),
        ("say(type='failed', reason='ran out of memory', is_circumstance=True); hang()", "ran out of memory"),
    ],
)
def test_what_ends_it_from_outside_is_a_circumstance(start: StartWorker, deed: str, reason: str) -> None:
    """The model is not to blame: another run may try it again."""
    _, act = astray(start, deed, "answering")
    assert circumstance_of(act) == reason


def test_a_process_that_cannot_be_started_is_a_circumstance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the system has no room for one more."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nowhere"))
    reason = circumstance_of(lambda: Worker(spec(tmp_path, "static"), LIMITS, tmp_path / "log"))
    assert reason.startswith("its process cannot be started (")


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        ("outcome('id1'); done()", "answered other examples than it was asked"),
        ("outcome('other'); outcome('id2'); done()", "answered other examples than it was asked"),
        ("done()", "answered other examples than it was asked"),
        ("[outcome(i) for i in ('id1', 'id2', 'id3')]; hang()", "answered more examples than it was asked"),
        ("outcome('id1', score=7); hang()", NOT_IN_PROTOCOL + ': {"type": "outcomes", "outcomes": [{"id": "id1"'),
        ("say(type='outcomes', outcomes=[]); hang()", NOT_IN_PROTOCOL),
        ("say(type='loaded'); hang()", NOT_IN_PROTOCOL + ': {"type": "loaded"}'),
    ],
)
def test_wrong_answers_end_the_candidate(start: StartWorker, deed: str, reason: str) -> None:
    """Outcomes that cannot be matched to the examples are no evidence."""
    worker = start(f"loaded(); hear()\n{deed}")
    worker.load()
    assert reason_of(lambda: worker.run(examples("a", "b"))).startswith(reason)


def test_a_flood_is_held_up(start: StartWorker, tmp_path: Path) -> None:
    """A worker that prints endlessly is blocked by its full pipe; its output is not collected in memory."""
    count = tmp_path / "count"
    worker = start(f"""
        loaded()
        for number in range(400):
            sys.stdout.write("x" * 900_000 + "\\n")
            sys.stdout.flush()
            open({str(count)!r}, "w").write(str(number))
        hang()
    """)
    worker.load()
    me = psutil.Process()
    before = me.memory_info().rss
    # All of it would be written within a second if someone took it; so it is not, and stays not.
    assert wait_until(lambda: count.exists() and count.read_text(encoding="ascii") >= "1")
    assert not wait_until(lambda: int(count.read_text(encoding="ascii") or "0") > 60, seconds=1.5)
    assert me.memory_info().rss - before < 100_000_000
    assert "not in the protocol" in reason_of(lambda: worker.run(examples("a")))


def test_a_flood_of_log_starts_over(start: StartWorker, tmp_path: Path) -> None:
    """What libraries print does not fill the disk; the last words are kept."""
    worker = start("""
        hear()
        size = -1
        while size < os.fstat(2).st_size < 400_000_000:  # until it has started over
            size = os.fstat(2).st_size
            print("x" * 1_000_000, file=sys.stderr, flush=True)
            time.sleep(0.02)
        print("the end", file=sys.stderr, flush=True)
        sys.exit(1)
    """)
    assert reason_of(worker.load).endswith("last words: the end")
    assert (tmp_path / "log").stat().st_size < 30_000_000


@pytest.mark.parametrize("child_does", ["pass", "os.setsid()"])
@pytest.mark.parametrize("parent_does", ["hang()", "os.abort()"])
def test_descendants_end_with_the_worker(
    start: StartWorker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, child_does: str, parent_does: str
) -> None:
    """Also those that outlive it and keep its output open, and those that started their own session."""
    monkeypatch.setattr(watch, "FAMILY_SECONDS", 0.0)
    ready, note = tmp_path / "ready", tmp_path / "child"
    child_file = tmp_path / "child.py"
    child_file.write_text(
        f"import os, time\n{child_does}\nopen({str(ready)!r}, 'w').write(str(os.getpid()))\n"
        f"os.rename({str(ready)!r}, {str(note)!r})\ntime.sleep(600)\n",
        encoding="utf-8",
    )
    worker = start(f"""
        subprocess.Popen([sys.executable, {str(child_file)!r}])
        loaded()
        hear()
        {parent_does}
    """)
    worker.load()
    assert wait_until(note.exists)
    child = int(note.read_text(encoding="ascii"))
    try:
        assert worker._watch.memory_bytes() > 0
        assert not is_gone(child)
        if parent_does == "os.abort()":
            assert "SIGABRT" in reason_of(lambda: worker.run(examples("a")))
        worker.close()
        assert wait_until(lambda: is_gone(child))
    finally:
        kill_if_there(child)


def test_closing_twice_is_harmless(start: StartWorker) -> None:
    worker = start("loaded(); hang()")
    worker.load()
    worker.close()
    worker.close()
    with pytest.raises(ProbeFailedError):
        worker.run(examples("a"))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_system_ends_the_probe_first(start: StartWorker) -> None:
    """When the machine runs out of memory, not the run."""
    worker = start("loaded(); hang()")
    worker.load()
    with open(f"/proc/{worker.pid}/oom_score_adj", encoding="ascii") as score:  # noqa: PTH123  a short path
        assert score.read().strip() == "1000"


def test_a_worker_has_no_key_to_the_hub(start: StartWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    """It never goes there."""
    monkeypatch.setenv("HF_TOKEN", "secret")
    worker = start("""
        hear()
        say(type="loaded", seconds=0, teaching_seconds=0, engine=str(os.environ.get("HF_TOKEN")), device="", details={})
        hang()
    """)
    assert worker.load().engine == "None"


MAIN = """
import sys
from pathlib import Path
from advisor.probe import watch
from advisor.probe.supervisor import Worker
from tests.probe.scripted import PREAMBLE, QUICK, circumstance_of, reason_of, start
from tests.probe.support import LIMITS, examples, spec
folder = Path(sys.argv[1])
with Worker(spec(folder, "static"), LIMITS, folder / "log", command=sys.argv[2:]) as worker:
    print(worker.pid, flush=True)
    worker.load()
    print("loaded", flush=True)
    worker.run(examples("a"))
"""


@pytest.fixture
def main_process(tmp_path: Path) -> Iterator[Callable[[str], tuple[subprocess.Popen[str], int]]]:
    """Start a process that starts a worker and waits for its answer, in a process group of its own."""
    started: list[tuple[subprocess.Popen[str], int]] = []

    def start(script: str) -> tuple[subprocess.Popen[str], int]:
        file = tmp_path / "script.py"
        file.write_text(PREAMBLE + script, encoding="utf-8")
        process = begin_python("-c", MAIN, tmp_path, file, process_group=0)
        pid = int(process.stdout.readline())
        started.append((process, pid))
        assert process.stdout.readline() == "loaded\n"
        return process, pid

    yield start
    for process, pid in started:
        process.kill()
        process.communicate()
        kill_if_there(pid)


def test_an_interrupt_reaches_the_main_process_alone(
    main_process: Callable[[str], tuple[subprocess.Popen[str], int]], tmp_path: Path
) -> None:
    """Ctrl-C goes to the foreground group; the worker is not in it, and is ended by its owner."""
    note = tmp_path / "interrupted"
    process, pid = main_process(f"""
def note(*_):
    open({str(note)!r}, "w").close()
signal.signal(signal.SIGINT, note)
loaded()
hang()
""")
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=PATIENCE)
    assert "KeyboardInterrupt" in errors
    assert is_gone(pid)
    assert not note.exists()
