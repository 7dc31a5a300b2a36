"""The page about clusters: its manifest is one that KubeRay takes, and its commands run on this machine."""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.cluster.support import LONG, end_all, started_with
from tests.conftest import ROOT, Home, run_python
from tests.probe.support import wait_until

RAY = "from ray.scripts.scripts import main; main()"
# Options to run two nodes next to others on one machine, each as long as its command.
OWN = ["--block", "--num-cpus=1", "--memory=3000000000", "--object-store-memory=80000000", "--include-dashboard=false"]
QUANTITY = r"^[0-9]+(\.[0-9]+)?([KMGTPE]i|[mkMGTPE])?$"
RESOURCES = {"type": "object", "additionalProperties": {"type": "string", "pattern": QUANTITY}}


def only(fields: dict[str, Any], *required: str) -> dict[str, Any]:
    """Return the schema of an object with these fields and no others, as `kubectl apply` takes it."""
    return {"type": "object", "additionalProperties": False, "required": [*required], "properties": fields}


TEXT, COUNT = {"type": "string"}, {"type": "integer"}
CONTAINER = only(
    {"name": TEXT, "image": TEXT, "resources": only({"limits": RESOURCES, "requests": RESOURCES})}, "name", "image"
)
POD = only({"spec": only({"containers": {"type": "array", "items": CONTAINER}}, "containers")}, "spec")
GROUP = {"rayStartParams": {"type": "object", "additionalProperties": TEXT}, "template": POD}
WORKERS = {"groupName": TEXT, "replicas": COUNT, "minReplicas": COUNT, "maxReplicas": COUNT} | GROUP
# The fields that the manifest uses, and what is required, of KubeRay's own definition (ray-project/kuberay 017710c,
# helm-chart/kuberay-operator/crds/ray.io_rayclusters.yaml), head and workers. That has 900 kB, and no package that pip
# installs holds it.
MANIFEST = only(
    {
        "apiVersion": {"const": "ray.io/v1"},
        "kind": {"const": "RayCluster"},
        "metadata": only({"name": TEXT}, "name"),
        "spec": only(
            {
                "rayVersion": TEXT,
                "authOptions": only({"mode": {"enum": ["disabled", "token"]}}),
                "headGroupSpec": only(GROUP, "template"),
                "workerGroupSpecs": {
                    "type": "array",
                    "items": only(WORKERS, "groupName", "maxReplicas", "minReplicas", "template"),
                },
            },
            "headGroupSpec",
        ),
    },
    "apiVersion",
    "kind",
    "metadata",
    "spec",
)


def test_the_manifest_is_a_ray_cluster_that_asks_for_a_token() -> None:
    """By the fields of KubeRay's definition; what is requested is what limits it, as Ray's own page asks for."""
    manifest = yaml.safe_load((ROOT / "docs" / "cluster.yaml").read_text(encoding="utf-8"))
    jsonschema.validate(manifest, MANIFEST)
    spec = manifest["spec"]
    head = spec["headGroupSpec"]
    # What the operator refuses: another name, a head with a field of workers, without its pod, with a number.
    for other in (
        {"workerGroups": []},
        {"headGroupSpec": head | {"replicas": 1}},
        {"headGroupSpec": {"rayStartParams": {}}},
        {"headGroupSpec": head | {"rayStartParams": {"num-cpus": 0}}},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(manifest | {"spec": spec | other}, MANIFEST)
    assert head["rayStartParams"] == {"num-cpus": "0"}, "it runs nothing"
    assert spec["authOptions"] == {"mode": "token"}
    groups = [head, *spec["workerGroupSpecs"]]
    containers = [each for group in groups for each in group["template"]["spec"]["containers"]]
    assert all(each["resources"]["limits"] == each["resources"]["requests"] for each in containers)
    for group in spec["workerGroupSpecs"]:
        assert group["minReplicas"] <= group["replicas"] <= group["maxReplicas"]


def commands() -> list[list[str]]:
    page = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
    return [
        shlex.split(line) for block in re.findall(r"```shell\n(.*?)```", page, re.DOTALL) for line in block.splitlines()
    ]


def test_flags_of_commands_that_are_not_run_are_known() -> None:
    """`ray job` wants a dashboard, which no test has."""
    (words,) = [words for words in commands() if words[:2] == ["ray", "job"]]
    assert words[2:7] == ["submit", "--working-dir", ".", "--", "advisor"]
    assert "submit" in run_python("-c", RAY, "job", "--help").stdout


class Nodes:
    """Nodes that `ray start` runs."""

    def __init__(self, folder: Path, out: Path) -> None:
        # Workers are not niced: on a busy machine they would hardly run.
        own = {"PYTHONUNBUFFERED": "1", "RAY_USAGE_STATS_ENABLED": "0", "RAY_worker_niceness": "0"}
        self.variables = {"HOME": str(folder), **own}
        self._folder, self._out = folder, out
        self._started: list[subprocess.Popen[bytes]] = []

    def start(self, words: list[str]) -> str:
        own = [*OWN, f"--temp-dir={self._folder}"] if "--head" in words else OWN[:-1]
        out = self._out.with_suffix(f".{len(self._started)}")
        with out.open("w", encoding="utf-8") as stream:
            command = [sys.executable, "-c", RAY, *words, *own]
            node = subprocess.Popen(command, env=os.environ | self.variables, stdout=stream, stderr=subprocess.STDOUT)
        self._started.append(node)
        # Its last sentence: the address comes between it and "Ray runtime started".
        blocks = b"This command will now block"
        assert wait_until(lambda: blocks in out.read_bytes() or node.poll() is not None, LONG)
        output = out.read_text("utf-8")
        assert node.poll() is None, output
        found = re.search(r"ray start --address='([^']+)'", output)
        return found[1] if found else ""

    def close(self) -> None:
        """Kill all, by their numbers."""
        end_all(started_with("HOME", self._folder))
        for node in self._started:
            node.wait()


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[Nodes]:
    """Return what starts nodes; all their processes end with the test."""
    with tempfile.TemporaryDirectory(prefix="r", ignore_cleanup_errors=True) as short:  # a socket's path is short
        opened = Nodes(Path(short), tmp_path / "out")
        try:
            yield opened
        finally:
            opened.close()


@pytest.mark.soak
@pytest.mark.usefixtures("cold")
def test_the_commands_of_the_page_run(ready_home: Home, small_task: Path, nodes: Nodes, tmp_path: Path) -> None:
    """With this test's task, ports and address: two nodes by a token made here, the plan, the recommendation."""
    task, address, ran = tmp_path / "task.yaml", "", []
    whole = small_task.read_text("utf-8").replace("subjects.jsonl", str(small_task.with_name("subjects.jsonl")))
    task.write_text(whole.replace("0.97", "0.7") + "models: [wordllama-l2-supercat-256]\n", "utf-8")
    for words in commands():
        asked = [word.replace("10.0.0.5:6379", address).replace("task.yaml", str(task)) for word in words]
        match asked:
            case ["export", setting]:
                nodes.variables |= [setting.split("=")]
            case ["ray", "start", *given]:
                port = [word if word != "--port=6379" else "--port=0" for word in given]
                address = nodes.start(["start", *port]) or address
                nodes.variables["RAY_ADDRESS"] = address
            case ["ray", "get-auth-token", *_]:
                run_python("-c", RAY, *asked[1:], variables=nodes.variables, check=True)
            case ["advisor", *given]:
                done = run_python("-m", "advisor", *given, "--offline", home=ready_home, variables=nodes.variables)
                assert done.returncode == 0, done.stderr
                assert address in done.stdout + done.stderr
            case _:
                continue
        ran.append(asked[0])
    assert ran == ["ray", "export", "ray", "ray", "advisor", "advisor"]
