"""Faults on a real cluster of three nodes: no outcome is lost or counts twice, nothing is left behind."""

import json
import re
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from advisor.cluster.placement import Need
from advisor.cluster.ray_cluster import RayCluster
from advisor.cluster.remote_worker import RemoteWorker
from advisor.probe.supervisor import WorkerLimits
from advisor.task.brought import scorer_at
from tests.cluster.support import (
    FURTHER,
    LONG,
    Opened,
    cluster_of,
    compared,
    counted,
    ended,
    filled,
    gated_task,
    wait_at,
)
from tests.conftest import Home, linked_home, only_line, run_advisor
from tests.decide.simulated import candidate
from tests.probe.support import examples, spec, wait_until

pytestmark = pytest.mark.soak
FULL = "object store and disk are full"
# The command that looks often whether the head is there.
HASTY = """\
import advisor.cluster.ray_cluster as cluster
cluster.HEAD_SECONDS = 1.0
from advisor.__main__ import main
main()
"""
# Takes too much memory, but not in the first batch, and holds it until Ray's monitor of memory kills it.
GREEDY = """\
import time
seen = 0
def score(output, expected, input):
    global seen
    seen += 1
    if seen == 30:
        held = b"1" * 900_000_000
        time.sleep(600)
    return output == expected
"""
# Waits while the gate is closed.
GATED = """\
import os, time
def score(output, expected, input):
    if input == "gated":
        open({gate!r} + f".{{os.getpid()}}", "w").close()
        while os.path.exists({gate!r}):
            time.sleep(0.01)
    return True
"""
MOVED = r"its worker on node \S+ was lost; it continues at \S+ from example (\d+)\n"


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """Return a cluster of three nodes that asks for a token."""
    with cluster_of(tmp_path_factory.mktemp("nodes"), 3, has_token=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory, starter_home: Home, small_task: Path) -> dict[str, Any]:
    """Return the result of these tests' task on this machine."""
    folder = tmp_path_factory.mktemp("here")
    task, _ = gated_task(folder, rows_of(small_task))
    ran = run_advisor(linked_home(folder / "home", starter_home), *arguments(task), code=0)
    return found_by(ran.out)


def rows_of(task: Path) -> Path:
    return task.with_name("subjects.jsonl")


def arguments(task: Path) -> tuple[str | Path, ...]:
    """Return the arguments to run a task whose scorer is agreed to."""
    return "recommend", task, "--offline", "--json", "--allow-code", task.with_name("score.py")


def found_by(printed: str) -> dict[str, Any]:
    """Return what a run recommends, and the outcomes in its folder in their order: none may be lost or there twice."""
    document = json.loads(printed)
    return compared(document) | {"outcomes": counted(Path(document["folder"]))}


def held_up(
    three: Opened, home: Home, task: tuple[Path, Path], *more: str, faults: tuple[Callable[[int], None], ...]
) -> tuple[dict[str, Any], Path, str]:
    """Run a task to its gate and cause a fault in the process that waits there, once for each fault."""
    driver = three.start(home, *arguments(task[0]), *three.on, *more)
    for fault in faults:
        fault(wait_at(task[1], driver))
    task[1].unlink()
    ran = ended(driver)
    assert ran.code == 0, ran.err
    assert three.is_clear()
    return found_by(ran.out), Path(json.loads(ran.out)["folder"]), ran.err


def logs_of(run: Path) -> str:
    """Return where a run's workers were."""
    return "".join(log.read_text("utf-8") for log in (run / "logs").iterdir())


def test_a_worker_then_its_actor_then_its_node_are_killed(
    three: Opened, ready_home: Home, small_task: Path, tmp_path: Path, here: dict[str, Any]
) -> None:
    """In mid-batch; the node comes back. A worker is tried again once, as here; a candidate goes on where it stood."""

    def kill_worker(_: int) -> None:
        (worker,) = three.workers()
        worker.kill()

    def kill_actor(_: int) -> None:
        (worker,) = three.workers()
        psutil.Process(worker.ppid()).kill()

    task = gated_task(tmp_path / "task", rows_of(small_task), at=30)
    faults = (kill_worker, kill_actor, three.replace_a_node)
    found, run, said = held_up(three, ready_home, task, "--label", "role=further", faults=faults)
    assert found == here
    assert [int(at) > 1 for at in re.findall(MOVED, said)] == [True, True], said
    assert (run / "probes.jsonl").read_text("utf-8").count('"interrupted"') == 1
    assert (logs_of(run).count(" loaded on "), logs_of(run).count(" lost on ")) == (4, 2)


def test_the_driver_ends_and_is_run_again(
    three: Opened, ready_home: Home, small_task: Path, tmp_path: Path, here: dict[str, Any]
) -> None:
    """By kill -9, by Ctrl-C: all that ran for it ends, and what was measured is not measured again."""
    task, gate = gated_task(tmp_path / "task", rows_of(small_task), at=30)
    runs, before = ready_home.data / "model-advisor" / "runs", list[str]()
    for how, code in ((signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)):
        driver = three.start(ready_home, *arguments(task), *three.on)
        wait_at(gate, driver)
        assert three.workers()
        driver.send_signal(how)
        ran = ended(driver)
        assert (ran.code, "Traceback" in ran.err) == (code, False), ran.err
        assert three.is_clear()
        after = next(runs.glob("*/outcomes.jsonl")).read_text("utf-8").split("\n")[:-1]  # the last may be cut
        assert after[: len(before)] == before
        before = after
    assert before
    gate.unlink()
    ran = three.run(ready_home, *arguments(task), *three.on)
    assert ran.code == 0, ran.err
    assert found_by(ran.out) == here


def test_replicas_share_batches_and_outcomes_keep_their_order(
    three: Opened, ready_home: Home, small_task: Path, tmp_path: Path, here: dict[str, Any]
) -> None:
    """One replica's node is killed in mid-batch; the outcomes are those of one worker, in its order."""

    def kill_node(_: int) -> None:
        assert len(three.workers()) == 2
        three.replace_a_node()

    task = gated_task(tmp_path / "task", rows_of(small_task), at=40)
    found, _, said = held_up(three, ready_home, task, "--replicas", "2", faults=(kill_node,))
    assert found == here
    assert " was lost; " in said


def displaces(address: str, within: str) -> str:
    """As a driver with a node for each of two candidates, lose that of the needed one; return who is done first."""
    folder = Path(within)
    gate, path, model = folder / "gate", folder / "score.py", folder / "model"
    gate.touch()
    model.mkdir()
    path.write_text(GATED.format(gate=str(gate)), "utf-8")
    scorer = scorer_at(path, "score", folder)
    code = {"scorer": (scorer.path, scorer.function), "agreed": dict(scorer.files)}
    of, limits = spec(model, "baseline", method="constant", ability="constant", **code), WorkerLimits(10**9, LONG, LONG)
    place, needed, beside = RayCluster(f"ray:{address}", ["role=further"]), candidate(0), candidate(1)
    workers = [RemoteWorker(place, each, Need(1, 10**8), of, limits, folder / "log") for each in (needed, beside)]
    place.prefer(needed)
    done: list[str] = []
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(RemoteWorker.load, workers))
        above = psutil.Process(place.call(workers[0]._actor.pid)).parents()
        raylet = next(each for each in above if each.name() == "raylet")
        asked = [threads.submit(each.run, examples("gated")) for each in workers]
        assert wait_until(lambda: len(list(folder.glob("gate.*"))) == 2, LONG)
        raylet.kill()
        assert wait_until(lambda: place._waiting, LONG)
        gate.unlink()
        asked[1].result()
        more = threads.submit(workers[1].run, examples("another"))
        for name, each in (("needed", asked[0]), ("beside", more)):
            each.add_done_callback(lambda _, name=name: done.append(name))
        assert [each.id for each in asked[0].result()] == ["id1"]
        workers[0].close()
        more.result()
    place.close()
    return " ".join(done)


def test_a_candidate_that_lost_its_node_goes_before_those_that_may_not_be_needed(
    three: Opened, ready_home: Home, tmp_path: Path
) -> None:
    """With no free node it replaces a parallel candidate as soon as that one's batch has ended."""
    assert three.call(ready_home, displaces, three.cluster.address, tmp_path) == "needed beside"
    assert three.is_clear()
    (node,) = [each for each in three.cluster.worker_nodes if each.dead_processes()]
    three.cluster.remove_node(node, allow_graceful=False)
    three.cluster.add_node(**FURTHER)


def test_a_full_object_store_is_left_or_is_the_reason(
    three: Opened, ready_home: Home, small_task: Path, tmp_path: Path, here: dict[str, Any]
) -> None:
    """Weights do not reach a node that is full, so the candidate goes on elsewhere; the driver's own ends its try."""
    task, gate = gated_task(tmp_path / "task", rows_of(small_task))
    gate.unlink()
    with filled(three, ready_home) as fill_all:
        ran = three.run(ready_home, *arguments(task), *three.on, "--label", "role=further")
        assert ran.code == 0, ran.err
        assert found_by(ran.out) == here
        logs = logs_of(Path(json.loads(ran.out)["folder"]))
        assert (logs.count(" loaded on "), logs.count(FULL)) == (1, 1)
        fill_all()
        ran = three.run(ready_home, *arguments(task), *three.on, "--fresh", "--quiet")
    assert (ran.code, len(ran.err.splitlines()), FULL in ran.err) == (5, 1, True), ran.err
    assert three.is_clear()


def test_out_of_memory_on_a_node_is_that_candidates_reason(
    three: Opened, ready_home: Home, small_task: Path, tmp_path: Path, here: dict[str, Any]
) -> None:
    """As it is on this machine; what was answered before is kept, each once."""
    task, _ = gated_task(tmp_path / "task", rows_of(small_task), limits={"memory": "700MB"})
    task.with_name("score.py").write_text(GREEDY, "utf-8")
    ran = three.run(ready_home, *arguments(task), *three.on)
    assert "of memory, more than the limit" in ran.out
    ((of, ids),) = counted(Path(json.loads(ran.out)["folder"])).items()
    assert ids
    assert ids == here["outcomes"][of][: len(ids)]
    assert three.is_clear()


def test_a_cluster_that_cannot_be_used_is_one_line(three: Opened, ready_home: Home, small_task: Path) -> None:
    """Labels that no node has, a wrong token and none."""
    ran = three.run(ready_home, "recommend", small_task, "--offline", *three.on, "--label", "zone=moon")
    assert ran.code == 5, ran.err
    assert "no node that is alive has these labels" in ran.err.splitlines()[-1]
    for token in ("w" * 48, ""):
        other = Opened(three.cluster, three.folder, three.variables | {"RAY_AUTH_TOKEN": token})
        ran = other.run(ready_home, "recommend", small_task, "--offline", "--quiet", *three.on)
        assert ran.code == 5, ran.err
        assert "its token is missing or wrong" in only_line(ran.err)


def test_the_head_is_lost(
    three: Opened, ready_home: Home, small_task: Path, tmp_path: Path, here: dict[str, Any]
) -> None:
    """The driver ends by itself, and the same task goes on here; the last test of this cluster."""
    task, gate = gated_task(tmp_path / "task", rows_of(small_task))
    driver = three.python(ready_home, "-c", HASTY, *arguments(task), *three.on)
    wait_at(gate, driver)
    three.cluster.head_node.kill_all_processes(check_alive=False, allow_graceful=False)
    ran = ended(driver)
    assert ran.code == 5, ran.err
    assert json.loads(ran.out)["error"]["kind"] == "out_of_reach"
    assert "was lost; what was measured is kept" in ran.err
    gate.unlink()
    ran = run_advisor(ready_home, *arguments(task), code=0)
    assert found_by(ran.out) == here  # its nodes end by themselves when Ray gives the head up, a minute later
