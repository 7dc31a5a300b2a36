"""The page about clusters: its manifest is one that KubeRay takes, and Ray and this program know its commands."""

import re
import shlex

import jsonschema
import yaml

from tests.conftest import ROOT, run_python

RAY = "from ray.scripts.scripts import main; main()"
QUANTITY = r"^[0-9]+(\.[0-9]+)?([KMGTPE]i|[mkMGTPE])?$"
RESOURCES = {"type": "object", "additionalProperties": {"type": "string", "pattern": QUANTITY}}
CONTAINER = {
    "type": "object",
    "required": ["name", "image", "resources"],
    "properties": {
        "name": {"type": "string"},
        "image": {"type": "string"},
        "resources": {"additionalProperties": RESOURCES},
    },
}
POD = {
    "type": "object",
    "required": ["spec"],
    "properties": {"spec": {"required": ["containers"], "properties": {"containers": {"items": CONTAINER}}}},
}
PARAMETERS = {"type": "object", "additionalProperties": {"type": "string"}}
# The fields of ray.io_rayclusters.yaml (ray-project/kuberay, ray-operator/config/crd/bases) that the manifest uses.
MANIFEST = {
    "type": "object",
    "required": ["apiVersion", "kind", "metadata", "spec"],
    "properties": {
        "apiVersion": {"const": "ray.io/v1"},
        "kind": {"const": "RayCluster"},
        "spec": {
            "additionalProperties": False,
            "required": ["headGroupSpec"],
            "properties": {
                "rayVersion": {"type": "string"},
                "enableInTreeAutoscaling": {"type": "boolean"},
                "authOptions": {"properties": {"mode": {"enum": ["token", "disabled"]}}, "additionalProperties": False},
                "headGroupSpec": {
                    "additionalProperties": False,
                    "required": ["template"],
                    "properties": {"rayStartParams": PARAMETERS, "template": POD},
                },
                "workerGroupSpecs": {
                    "items": {
                        "additionalProperties": False,
                        "required": ["groupName", "maxReplicas", "minReplicas", "template"],
                        "properties": {
                            "groupName": {"type": "string"},
                            **{name: {"type": "integer"} for name in ("replicas", "minReplicas", "maxReplicas")},
                            "rayStartParams": PARAMETERS,
                            "template": POD,
                        },
                    }
                },
            },
        },
    },
}


def test_the_manifest_is_a_ray_cluster_that_asks_for_a_token() -> None:
    """By the fields of KubeRay's definition; what is requested is what limits it, as Ray's own page asks for."""
    manifest = yaml.safe_load((ROOT / "docs" / "cluster.yaml").read_text(encoding="utf-8"))
    jsonschema.validate(manifest, MANIFEST)
    spec = manifest["spec"]
    assert spec["authOptions"] == {"mode": "token"}
    groups = [spec["headGroupSpec"], *spec["workerGroupSpecs"]]
    containers = [each for group in groups for each in group["template"]["spec"]["containers"]]
    assert all(each["resources"]["limits"] == each["resources"]["requests"] for each in containers)
    for group in spec["workerGroupSpecs"]:
        assert group["minReplicas"] <= group["replicas"] <= group["maxReplicas"]


def test_the_commands_of_the_page_are_known() -> None:
    """Every flag of `ray` and of `advisor` on the page is one that its help has."""
    page = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
    lines = [line for block in re.findall(r"```shell\n(.*?)```", page, re.DOTALL) for line in block.splitlines()]
    asked = [shlex.split(line) for line in lines if line.startswith(("ray ", "advisor "))]
    assert len(asked) >= 6
    helped = {
        "ray": lambda words: run_python("-c", RAY, *words, "--help").stdout,
        "advisor": lambda words: run_python("-m", "advisor", *words, "--help", variables={"COLUMNS": "200"}).stdout,
    }
    known: dict[tuple[str, ...], str] = {}
    for program, *words in asked:
        of = tuple(words[: 2 if words[0] == "job" else 1])
        text = known.setdefault((program, *of), helped[program](of))
        flags = {word.partition("=")[0] for word in words if word.startswith("--") and word != "--"}
        own = flags if "advisor" not in words else set()
        assert own <= set(re.findall(r"--[a-z-]+", text)), (words, text)
