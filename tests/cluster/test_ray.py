"""Runs on a Ray cluster, from consent to recommendation, by the command and in the session, on few nodes."""

import contextlib
import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from advisor.cluster.placement import Need
from advisor.cluster.ray_cluster import RayCluster
from advisor.cluster.remote_worker import RemoteWorker
from advisor.cluster.weights import manifest
from advisor.probe.supervisor import Worker
from tests.cluster.support import LONG, NODE, Opened, cluster_of, compared, counted, gated_task
from tests.conftest import Home, run_advisor, run_python
from tests.decide.simulated import candidate
from tests.probe.support import HAM, LIMITS, SPAM, copy, examples, spec, static_folder
from tests.tui.mails import WORDS, short_mails
from tests.tui.terminal import Terminal, describe


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """Return a cluster of one node that asks for no token, with a Hub cache of its own; tests add further nodes."""
    folder = tmp_path_factory.mktemp("nodes")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HOME", str(folder / "hub"))
        with cluster_of(folder, 1, has_token=False) as opened:
            yield opened


def test_a_run_on_a_cluster_is_a_run_here(one: Opened, ready_home: Home, small_task: Path, tmp_path: Path) -> None:
    """Nothing is sent before the user has agreed by name; then verdicts, outcomes and their order are the same."""
    task, gate = gated_task(tmp_path / "task", small_task.with_name("subjects.jsonl"))
    gate.unlink()
    command = ["recommend", task, "--offline", "--json", "--quiet", "--allow-code", task.with_name("score.py")]
    address = one.cluster.address
    ran = one.run(ready_home, *command, "--on", f"ray:{address}", "--send-to", address)
    assert (ran.code, len(ran.err.splitlines())) == (2, 1), ran.err
    assert "it asks for no token, so anyone who reaches it can read them" in ran.err
    assert f"if you agree, add --send-to unprotected:{address}" in ran.err
    there = one.run(ready_home, *command, *one.on)
    assert there.code == 0, there.err
    assert one.is_clear(), "no process and no file is left on the node"
    texts = [each["text"][:40] for each in json.loads(task.with_name("examples.json").read_text("utf-8"))]
    session = Path(one.cluster.head_node.get_session_dir_path())
    logs = [path for path in (session / "logs").rglob("*") if path.is_file()]
    assert any("worker" in path.name for path in logs)
    assert not [path for path in logs if any(text in path.read_text("utf-8", "replace") for text in texts)]
    on_cluster = json.loads(there.out)
    ids = counted(Path(on_cluster["folder"]))
    here = run_advisor(ready_home, *command, "--fresh", code=0)
    assert compared(on_cluster) == compared(json.loads(here.out))
    assert ids == counted(Path(json.loads(here.out)["folder"]))


@pytest.mark.soak
def test_the_session_probes_where_the_settings_say(one: Opened, ready_home: Home, tmp_path: Path) -> None:
    """It asks for consent by the address, shows the nodes in the plan, and probes there; leaving it clears the node."""
    address, mine = one.cluster.address, short_mails(tmp_path / "mine").parent
    config = Path(ready_home.environment["XDG_CONFIG_HOME"]) / "model-advisor"
    config.mkdir(parents=True)
    (config / "settings.json").write_text(json.dumps({"on": f"ray:{address}"}), "utf-8")
    variables = os.environ | ready_home.environment | one.variables | {"TERM": "xterm-256color"}
    with Terminal([sys.executable, "-m", "advisor"], variables, mine, (100, 50)) as terminal:
        describe(terminal, WORDS, "mails.csv")
        terminal.wait("Send them there?", LONG)
        assert f"sent to the Ray cluster at {address} (1 node)" in " ".join(terminal.text.split())
        terminal.wait("1 yes", LONG)
        for _ in range(LONG // 10):  # a key that comes before the choices have the focus is lost
            terminal.send("enter")
            with contextlib.suppress(AssertionError):
                terminal.wait(lambda: "1 yes" not in terminal.text, 10)
                break
        terminal.wait("Start (ctrl+s)", LONG)
        terminal.wait("3.0 GB memory", LONG)
        assert "Nowhere" not in terminal.text
        terminal.send("ctrl+s")
        logs = ready_home.data / "model-advisor" / "runs"
        terminal.wait(lambda: any(b" loaded on " in log.read_bytes() for log in logs.glob("*/logs/*")), LONG)
        terminal.send("ctrl+q")
        terminal.wait("Quit now?", LONG)
        terminal.send("y")
        assert terminal.process.wait(LONG) == 0
    assert one.is_clear()


def sends(address: str, *folders: str) -> None:
    """As a driver, have a node hold a model that it lacks, one that it has, and one that is tuned."""
    nodes, model, folder = map(Path, folders)
    kept = folder / "kept.safetensors"
    of = candidate(0, model="own/model", revision="a" * 40)
    tuned = spec(model, "static", "model.safetensors", method="tuned", kept=str(kept))
    place = RayCluster(f"ray:{address}")
    (node,) = place.nodes
    weights, paths = manifest(of, tuned)
    sent = Path(place.bring(node, weights, paths, lambda: False))
    assert sent.is_relative_to(nodes)
    assert (sent / "model.safetensors").read_bytes() == (model / "model.safetensors").read_bytes()
    own = nodes / "hub" / "hub" / "models--own--model" / "snapshots" / of.revision
    copy(model, own)
    assert place.bring(node, weights, {}, lambda: False) == str(own)
    asked = place.start(replace(of, place="provider", runtime="openai"), tuned, LIMITS, folder / "log")
    assert isinstance(asked, Worker), "keys never leave this process"
    asked.close()
    learned = []
    for _ in range(2):
        worker = RemoteWorker(place, of, Need(1, 10**9), tuned, LIMITS, folder / "log")
        facts = worker.load().details["tuned"]
        learned.append((facts, [each.output for each in worker.run(examples(*HAM, *SPAM))]))
        worker.close()
        assert kept.is_file()
    assert learned[0] == learned[1], "with the seconds that tuning took at first"
    place.close()


@pytest.mark.soak
def test_weights_are_sent_once_and_never_where_they_are(one: Opened, ready_home: Home, tmp_path: Path) -> None:
    """Not where the node's own Hub cache has the commit; tuned ones come back, and are tuned nowhere again."""
    one.call(ready_home, sends, one.cluster.address, one.folder, static_folder(ready_home), tmp_path)
    assert one.is_clear()


@pytest.mark.soak
def test_nodes_that_differ(one: Opened, ready_home: Home, small_task: Path, tmp_path: Path) -> None:
    """Other versions are left out in a line; what none can hold is said; a bar on latency takes one kind, named."""
    for name in ("model-advisor", "onnxruntime"):
        other = tmp_path / "other" / f"{name.replace('-', '_')}-0.0.7.dist-info"
        other.mkdir(parents=True)
        (other / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.0.7\n", "utf-8")
    (tmp_path / "other" / "sitecustomize.py").write_text(
        "import platform\nplatform.python_version_tuple = lambda: ('3', '9', '1')\n", "utf-8"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(tmp_path / "other"))
        one.cluster.add_node(**NODE)
    one.cluster.add_node(**NODE | {"memory": 300_000_000, "labels": {"size": "small"}})
    one.cluster.add_node(**NODE | {"num_cpus": 2})
    task, gate = gated_task(
        tmp_path / "task", small_task.with_name("subjects.jsonl"), bar={"pass_rate": 0.7, "p95_seconds": 30}
    )
    gate.unlink()
    command = ["recommend", task, "--offline", "--allow-code", task.with_name("score.py"), *one.on]
    ran = one.run(ready_home, "recommend", small_task, "--offline", "--plan-only", *one.on, "--label", "size=small")
    assert ran.code == 0, ran.err
    assert re.search(r"Left out: \S*MiniLM-L6-v2: its probe needs about 6\d\d MB of memory, 240 MB may be", ran.out), (
        ran.out
    )
    large, _ = gated_task(
        tmp_path / "large", small_task.with_name("subjects.jsonl"), models=[], limits={"memory": "2GB"}
    )
    ran = one.run(ready_home, "recommend", large, "--offline", "--plan-only", *one.on, "--label", "size=small")
    assert re.search(
        r"No node can hold \S*MiniLM-L6-v2: needs 6\d\d MB; the largest node has 300 MB\.", " ".join(ran.out.split())
    ), ran.out + ran.err
    ran = one.run(ready_home, *command)
    assert ran.code in {0, 4}, ran.err
    differs = (
        r"Left out: node \S+ has Python 3\.9, here \S+; model-advisor 0\.0\.7, here \S+; onnxruntime 0\.0\.7, here "
        r"\S+: install the same\."
    )
    assert re.search(differs, ran.out), ran.out
    kind = re.search(r"only nodes of one kind are used \((1 × .*?)\), so that times compare", ran.out)
    assert kind is not None, ran.out
    assert "2 × " not in ran.out
    assert "processors, cards" in ran.out
    assert f"On the Ray cluster at {one.cluster.address}: 2 candidates side by side" in ran.out
    assert re.search(rf"Its time and memory were measured on \S+ \({re.escape(kind[1])}, ", ran.out), ran.out


def test_ray_is_imported_only_where_it_is_asked_for() -> None:
    """Neither the command line nor the graph imports it."""
    code = (
        "import sys, advisor.cli.app, advisor.workflow.drive, advisor.cluster.placement; sys.exit('ray' in sys.modules)"
    )
    assert run_python("-c", code).returncode == 0
