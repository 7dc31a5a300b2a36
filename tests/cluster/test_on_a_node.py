"""Parts on a node, without a cluster: placement, transfer of weights, and cleanup when an actor is killed."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from advisor.cluster.actor import NodeKeeper, WorkerHost
from advisor.cluster.placement import (
    Bookings,
    ClusterPlan,
    Need,
    Node,
    Place,
    address_of,
    need_of,
    of_one_kind,
    threads_of,
)
from advisor.cluster.remote_worker import RemoteWorker, Replicas
from advisor.cluster.weights import chunks, manifest
from advisor.errors import InputError
from advisor.execution.worker_thread import Start, WorkerThread
from advisor.probe.failure import ProbeFailedError
from advisor.probe.supervisor import Worker
from advisor.workflow.settings import keep_setting, place_of, settings_file
from tests.conftest import ROOT, Home, move_into, run_advisor
from tests.decide.simulated import candidate
from tests.probe.support import LIMITS, examples, is_gone, rungs, wait_until

GB = 1 << 30
HOST = """\
import json, sys
from pathlib import Path
from advisor.cluster.actor import WorkerHost
from advisor.probe.protocol import ProbeSpec
from advisor.probe.supervisor import WorkerLimits
host = WorkerHost()
host.load(ProbeSpec.from_json(json.loads(sys.argv[1])), WorkerLimits(4_000_000_000, 60, 120), {}, has_gpu=False)
print(host.pid(), host._held.folder, flush=True)
sys.stdin.read()
"""


def node(name: str, gigabytes: int, processors: int = 4, gpus: int = 0, kind: str = "a") -> Node:
    return Node(name, f"10.0.0.{name}", processors, gigabytes * GB, gpus, 100 * GB, kind)


def test_placement_is_by_room_and_leaves_large_nodes_to_large_candidates() -> None:
    """The emptiest node first, of these the smallest; never one that is full; what is avoided last."""
    small, large, card = node("1", 8), node("2", 64), node("3", 64, gpus=1)
    nodes, booked, need = [card, large, small], Bookings(), Need(4, 4 * GB)
    chosen = []
    while (found := booked.choose(nodes, need)) is not None:
        booked.book(found, need)
        chosen.append(found)
    assert chosen == [small, large, card], "each has processors for one"
    booked.release(large, need)
    assert booked.choose(nodes, need, avoid={"2"}) == large, "avoided, and the only one"
    assert Bookings().choose(nodes, need, avoid={"1"}) == large
    assert Bookings().choose(nodes, Need(1, 100 * GB)) is None
    assert threads_of(nodes, 3) == 4
    assert threads_of(nodes, 5) == 2
    assert of_one_kind([small, node("4", 8, kind="b"), large]) == [small, large]
    of = replace(candidate(0), parameters=8_000_000_000)
    assert need_of(of, 1, nodes).gpus == 1
    assert need_of(of, 1, [small]).gpus == 0


def test_a_long_search_on_many_nodes_is_advised_to_share_them() -> None:
    """Two candidates in parallel, with the other nodes as their replicas; no advice if set, or with few nodes."""
    nodes = [node(str(number), 8) for number in range(9)]
    long = ClusterPlan("a:1", (*nodes,), {}, {}, (), 9, 1, 1, 600.0, is_one_kind=False, consent="")
    assert "Usually faster: --replicas 4, two candidates side by side with 4 workers each." in long.said
    for other in (replace(long, replicas=2, jobs=4), replace(long, jobs=3), replace(long, seconds=30.0)):
        assert not any("--replicas" in line for line in other.said)


@pytest.mark.parametrize("on", ["ray://10.0.0.1:10001", "ray:ray://10.0.0.1:10001", "slurm"])
def test_what_is_no_cluster_is_refused_in_one_line(home: Home, small_task: Path, on: str) -> None:
    with pytest.raises(InputError):
        address_of(on)
    ran = run_advisor(home, "recommend", small_task, "--on", on)
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 1), ran.err
    assert "ray" in ran.err


def test_settings_say_where_candidates_are_probed(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """For the session and every command; a flag takes precedence, and errors in the file name it."""
    move_into(home, monkeypatch)
    assert place_of() is None
    assert place_of("ray", 3, ["zone=a"]) == Place("ray", 3, ["zone=a"])
    assert keep_setting("on", "ray:10.0.0.5:6379")
    assert keep_setting("replicas", 2)
    assert place_of() == Place("ray:10.0.0.5:6379", 2, [])
    assert place_of("", 4, ["zone=a"]) == Place("ray:10.0.0.5:6379", 4, ["zone=a"])
    assert place_of("ray") == Place("ray", 1, [])
    assert place_of("here") is None
    assert keep_setting("on", value=False)
    assert place_of() is None
    for value, words in ((7, "give"), ("slurm", "is not a cluster"), (["ray"], "give")):
        assert keep_setting("on", value)
        with pytest.raises(InputError, match=f"settings.json: .*{words}"):
            place_of()
    settings_file().write_text("{", "utf-8")
    with pytest.raises(InputError, match=r"settings.json: is no JSON .*; correct or delete it"):
        place_of()
    for command, result in (
        (["--on", "slurm"], "--on: slurm is not a cluster"),
        (["--on", "ray", "models"], "go after the command"),
    ):
        ran = run_advisor(home, *command)
        assert (ran.code, len(ran.err.splitlines()), result in ran.err) == (2, 1, True), ran.err


def test_weights_arrive_once_and_whole(starter_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In chunks, checked by their hash, refused where the disk has no room; a second model's same file is there."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr("advisor.cluster.weights.CHUNK_BYTES", 1 << 20)
    spec = rungs(starter_home)["static"]
    weights, paths = manifest(replace(candidate(0), model="m", revision=None), spec)
    keeper = NodeKeeper()
    folder, missing = keeper.find(weights)
    assert folder is None
    assert set(missing) == set(paths)
    with pytest.raises(ProbeFailedError, match="damaged"):
        keeper.write(missing[0], b"other", is_last=True)
    for digest in missing:
        for chunk, is_last in chunks(paths[digest]):
            keeper.write(digest, chunk, is_last=is_last)
    folder, missing = keeper.find(weights)
    assert missing == []
    for name, size, _ in weights.files:
        assert (Path(str(folder)) / name).read_bytes() == (Path(spec.path) / name).read_bytes()
        assert size == (Path(spec.path) / name).stat().st_size
    lacking = replace(weights, files=(("model.safetensors", 1 << 60, "0" * 64),))
    with pytest.raises(ProbeFailedError, match="the node's disk has"):
        keeper.find(lacking)
    keeper._held._pipe.close()
    assert wait_until(lambda: not keeper._held.folder.exists()), "what landed is cleared"


def test_no_worker_and_no_file_outlives_its_actor(starter_home: Home, tmp_path: Path) -> None:
    """Killed with -9, with a worker that listens to nothing: the watchdog ends it and removes the folder."""
    import json

    document = json.dumps(rungs(starter_home)["static"].to_json())
    actor = subprocess.Popen(
        [sys.executable, "-c", HOST, document],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    worker, folder = actor.stdout.readline().split()
    os.kill(int(worker), signal.SIGSTOP)  # it cannot see that its input has ended
    assert Path(folder).is_dir()
    actor.kill()
    actor.wait()
    assert wait_until(lambda: is_gone(int(worker)))
    assert wait_until(lambda: not Path(folder).exists())
    for pipe in (actor.stdin, actor.stdout):
        pipe.close()


def test_a_host_answers_as_a_worker_does(starter_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same outcomes; the files of its inputs are there while it answers, and removed then."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    host = WorkerHost()
    loaded = host.load(rungs(starter_home)["static"], LIMITS, {}, has_gpu=False)
    sent: dict[str, Any] = {"/data/a.wav": b"RIFF"}
    outcomes, peak = host.run(examples("Win a prize"), [], sent)
    assert loaded.device == "cpu"
    assert [outcome.id for outcome in outcomes] == ["id1"]
    assert peak > 0
    assert not list(tmp_path.rglob("*.wav"))
    assert host.is_alive()
    host._worker.close()  # type: ignore[union-attr]
    host._held._pipe.close()


def test_a_candidate_in_replicas_may_be_loaded_alone(starter_home: Home, tmp_path: Path) -> None:
    """As for its cross-validation: it is asked nothing then."""

    def two(*given: Any) -> Replicas:
        return Replicas([cast("RemoteWorker", Worker(*given)) for _ in range(2)])

    spec, thread = rungs(starter_home)["static"], WorkerThread()
    start = Start(lambda: spec, lambda: LIMITS, tmp_path / "log", two)
    loaded = thread.run(start, []).result(60)
    assert loaded.loaded is not None
    assert loaded.outcomes == []
    asked = thread.run(start, examples("Win a prize", "Lunch?", "Free")).result(60)
    assert [outcome.id for outcome in asked.outcomes] == ["id1", "id2", "id3"]
    thread.close()
