"""Faults on a real cluster of three nodes: no outcome is lost or counts twice, nothing is left behind."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.cluster.support import FURTHER, LONG, Opened, cluster_of, compared, counted, ended, gated_task, wait_at
from tests.conftest import ROOT, Home, run_advisor
from tests.probe.support import wait_until

pytestmark = [pytest.mark.soak, pytest.mark.usefixtures("cold")]


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """Return a cluster of three nodes that asks for a token."""
    with cluster_of(tmp_path_factory.mktemp("nodes"), 3, has_token=True) as opened:
        yield opened


def rows_of(task: Path) -> Path:
    """Return the examples of the small task."""
    return task.with_name("subjects.jsonl")


def arguments(task: Path) -> tuple[str | Path, ...]:
    """Return what runs a task whose scorer is agreed to."""
    return "recommend", task, "--offline", "--json", "--quiet", "--allow-code", task.with_name("score.py")


def test_a_node_dies_in_mid_batch_and_comes_back(
    three: Opened, ready_home: Home, small_task: Path, tmp_path: Path
) -> None:
    """The candidate goes on elsewhere at the example where it stood: the same verdict as here, each outcome once."""
    task, gate = gated_task(tmp_path / "task", rows_of(small_task))
    driver = three.start(ready_home, *arguments(task), *three.on, "--label", "role=further")
    wait_at(gate, driver)
    three.kill_a_node()
    three.cluster.add_node(**FURTHER)
    gate.unlink()
    ran = ended(driver)
    assert ran.code == 0, ran.err
    document = json.loads(ran.out)
    for ids in counted(document).values():
        assert len(ids) == len(set(ids))
    logs = "".join(log.read_text("utf-8") for log in (Path(document["folder"]) / "logs").iterdir())
    assert logs.count(" loaded on ") == 2
    assert logs.count(" lost on ") == 1
    assert three.is_clear()
    here = run_advisor(ready_home, *arguments(task), "--fresh")
    assert here.code == 0, here.err
    assert compared(json.loads(here.out)) == compared(document)


@pytest.mark.parametrize("which", ["worker", "actor"])
def test_a_worker_or_its_actor_is_killed(
    three: Opened, ready_home: Home, small_task: Path, tmp_path: Path, which: str
) -> None:
    """Killed from outside, the worker is tried again once, as here; an actor's candidate goes on in another."""
    task, gate = gated_task(tmp_path / "task", rows_of(small_task))
    driver = three.start(ready_home, *arguments(task), *three.on)
    wait_at(gate, driver)
    (worker,) = three.workers()
    (worker if which == "worker" else psutil.Process(worker.ppid())).kill()
    gate.unlink()
    ran = ended(driver)
    assert ran.code == 0, ran.err
    document = json.loads(ran.out)
    for ids in counted(document).values():
        assert len(ids) == len(set(ids))
    events = (Path(document["folder"]) / "probes.jsonl").read_text("utf-8")
    assert events.count('"interrupted"') == (which == "worker")
    assert three.is_clear()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_the_driver_ends_and_is_run_again(
    three: Opened, ready_home: Home, small_task: Path, tmp_path: Path, how: signal.Signals
) -> None:
    """By Ctrl-C or kill -9: all that ran for it ends, and what was measured is not measured again."""
    task, gate = gated_task(tmp_path / "task", rows_of(small_task))
    driver = three.start(ready_home, *arguments(task), *three.on)
    wait_at(gate, driver)
    assert three.workers()
    os.kill(driver.pid, how)
    assert ended(driver).code != 0
    assert three.is_clear()
    run = next((ready_home.data / "model-advisor" / "runs").glob("*/outcomes.jsonl"))
    before = run.read_text("utf-8").splitlines()
    assert before
    gate.unlink()
    ran = three.run(ready_home, *arguments(task), *three.on)
    assert ran.code == 0, ran.err
    assert run.read_text("utf-8").splitlines()[: len(before)] == before
    for ids in counted(json.loads(ran.out)).values():
        assert len(ids) == len(set(ids))


def test_replicas_share_batches_and_outcomes_keep_their_order(
    three: Opened, ready_home: Home, small_task: Path, tmp_path: Path
) -> None:
    """One replica is killed in mid-batch; the outcomes are those of one worker, in its order."""
    task, gate = gated_task(tmp_path / "task", rows_of(small_task), at=40)
    driver = three.start(ready_home, *arguments(task), *three.on, "--replicas", "2")
    wait_at(gate, driver)
    assert len(three.workers()) == 2
    three.kill_a_node()
    three.cluster.add_node(**FURTHER)
    gate.unlink()
    ran = ended(driver)
    assert ran.code == 0, ran.err
    document = json.loads(ran.out)
    here = json.loads(run_advisor(ready_home, *arguments(task), "--fresh").out)
    assert compared(here) == compared(document)
    assert three.is_clear()


def test_out_of_memory_on_a_node_is_that_candidates_reason(
    three: Opened, ready_home: Home, small_task: Path, tmp_path: Path
) -> None:
    """As it is here, and the run goes on."""
    task, _ = gated_task(tmp_path / "task", rows_of(small_task), limits={"memory": "700MB"})
    task.with_name("score.py").write_text(
        "import time\ndef score(output, expected, input):\n    held = b'1' * 900_000_000\n    time.sleep(9)\n", "utf-8"
    )
    told = []
    for ran in (three.run(ready_home, *arguments(task), *three.on), run_advisor(ready_home, *arguments(task))):
        document = json.loads(ran.out)
        told.append([each["reason"].partition("used")[0] for each in document["candidates"]])
        assert "of memory, more than the limit" in ran.out
    assert told[0] == told[1]
    assert three.is_clear()


def test_the_plan_shows_the_cluster_and_what_it_cannot_hold(three: Opened, ready_home: Home, small_task: Path) -> None:
    """One table of the nodes; labels that no node has, and a wrong token, are one line."""
    ran = three.run(ready_home, "recommend", small_task, "--plan-only", "--offline", *three.on)
    assert ran.code == 0, ran.err
    assert "processors, cards" in ran.out
    assert f"On the Ray cluster at {three.cluster.address}: 3 candidates side by side" in ran.out
    ran = three.run(ready_home, "recommend", small_task, "--offline", *three.on, "--label", "zone=moon")
    assert ran.code == 5, ran.err
    assert "no node that is alive has these labels" in ran.err.splitlines()[-1]
    ran = three.run(ready_home, "recommend", small_task, "--offline", *three.on[:2], "--yes")
    assert (ran.code, three.cluster.address in ran.err.splitlines()[-1]) == (2, True), ran.err


def test_the_spam_example_is_the_same_on_three_nodes_one_of_which_is_killed(three: Opened, ready_home: Home) -> None:
    """The recommendation, what was proven and who was asked are those of a run on this machine."""
    task = ROOT / "examples" / "spam" / "task.yaml"
    driver = three.start(ready_home, "recommend", task, "--offline", "--json", "--quiet", *three.on)
    runs = ready_home.data / "model-advisor" / "runs"
    assert wait_until(lambda: any(runs.glob("*/outcomes.jsonl")) or driver.poll() is not None, LONG)
    three.kill_a_node()
    three.cluster.add_node(**FURTHER)
    ran = ended(driver)
    assert ran.code == 0, ran.err
    here = run_advisor(ready_home, "recommend", task, "--offline", "--json", "--quiet", "--fresh")
    assert compared(json.loads(here.out))["model"] == compared(json.loads(ran.out))["model"]


def test_the_head_is_lost(three: Opened, ready_home: Home, small_task: Path, tmp_path: Path) -> None:
    """The driver ends by itself, and the same task goes on here; the last test of this cluster."""
    task, gate = gated_task(tmp_path / "task", rows_of(small_task))
    driver = three.start(ready_home, *arguments(task), *three.on)
    wait_at(gate, driver)
    three.cluster.head_node.kill_all_processes(check_alive=False, allow_graceful=False)
    ran = ended(driver)
    assert ran.code == 5, ran.err
    assert json.loads(ran.out)["error"]["kind"] == "out_of_reach"
    assert "was lost; what was measured is kept" in ran.err
    gate.unlink()
    assert run_advisor(ready_home, *arguments(task)).code == 0
    assert three.is_clear()
