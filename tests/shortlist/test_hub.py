"""Models from the Hub: real files through the real client from a local Hub, and what can go wrong on the way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import ROOT, Home, Ran
from tests.local_hub import Cut, LocalHub, WrongContent

if TYPE_CHECKING:
    from pathlib import Path

MINILM = "sentence-transformers/all-MiniLM-L6-v2"
REVISION = "1110a243fdf4706b3f48f1d95db1a4f5529b4d41"
STATIC = "wordllama-l2-supercat-256"


@pytest.fixture
def task(small_task: Path, tmp_path: Path) -> Path:
    """The small task, limited to the static model and MiniLM."""
    text = small_task.read_text(encoding="utf-8").replace("subjects.jsonl", str(small_task.parent / "subjects.jsonl"))
    path = tmp_path / "task.yaml"
    path.write_text(text + f"models: [{STATIC}, {MINILM}]\n", encoding="utf-8")
    return path


@pytest.fixture
def empty_hub_home(ready_home: Home, tmp_path: Path) -> Home:
    """The local starter models, and a Hub cache that is empty."""
    return Home(ready_home.data, ready_home.cache, tmp_path / "hub")


@pytest.fixture
def minilm(starter_home: Home) -> Path:
    """The real files of MiniLM, as the starter set lays them."""
    return starter_home.hub / "hub" / f"models--{MINILM.replace('/', '--')}" / "snapshots" / REVISION


def recommend(home: Home, hub: LocalHub, task: Path, *arguments: str) -> Ran:
    """Run the command against the local Hub."""
    done = subprocess.run(
        [sys.executable, "-m", "advisor", "recommend", str(task), "--json", "--download", "200MB", *arguments],
        capture_output=True,
        text=True,
        env=os.environ | home.environment | {"HF_ENDPOINT": hub.url, "HF_HUB_DISABLE_XET": "1"},
        cwd=ROOT,
        check=False,
        timeout=300,
        stdin=subprocess.DEVNULL,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def by_model(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return a document's candidates by name."""
    return {candidate["model"]: candidate for candidate in document["candidates"]}


def test_a_model_is_downloaded_when_its_turn_comes(empty_hub_home: Home, task: Path, minilm: Path) -> None:
    """The plan tells the bytes and moves none; the run fetches the pinned revision and probes it."""
    with LocalHub() as hub:
        hub.add_repo(MINILM, minilm, revision=REVISION)
        plan = json.loads(recommend(empty_hub_home, hub, task, "--plan-only").out)
        assert plan["download_bytes"] > 90_000_000
        assert not any("/resolve/" in request.path and request.method == "GET" for request in hub.requests)
        ran = recommend(empty_hub_home, hub, task)
        candidate = by_model(json.loads(ran.out))[MINILM]
        assert candidate["revision"] == REVISION
        assert candidate["outcomes"] > 0, ran.err
        assert "downloading" in ran.err
        hub.forget_requests()
        same = recommend(empty_hub_home, hub, task)
        assert json.loads(same.out)["run"] == json.loads(ran.out)["run"] == plan["run"]
        assert json.loads(same.out)["inferences"] == json.loads(ran.out)["inferences"]
        again = json.loads(recommend(empty_hub_home, hub, task, "--offline").out)
        assert by_model(again)[MINILM]["outcomes"] == candidate["outcomes"]
        assert not hub.requests, "--offline asked the Hub"


def test_a_gated_model_says_where_to_ask(empty_hub_home: Home, task: Path, minilm: Path) -> None:
    """It is left out of the plan with the way to get access."""
    with LocalHub() as hub:
        hub.add_repo(MINILM, minilm, revision=REVISION, gated="manual")
        document = json.loads(recommend(empty_hub_home, hub, task, "--plan-only").out)
    (reason,) = [left["reason"] for left in document["left_out"] if left["model"] == MINILM]
    assert "gated" in reason
    assert "HF_TOKEN" in reason


def test_a_model_that_is_gone_is_left_out(empty_hub_home: Home, task: Path) -> None:
    """A repository that the Hub does not have (any more) is no candidate, and the others are planned."""
    with LocalHub() as hub:
        document = json.loads(recommend(empty_hub_home, hub, task, "--plan-only").out)
    (reason,) = [left["reason"] for left in document["left_out"] if left["model"] == MINILM]
    assert "not on the Hub" in reason
    assert [candidate["model"] for candidate in document["candidates"]] == [STATIC]


def test_a_cut_connection_is_resumed(empty_hub_home: Home, task: Path, minilm: Path) -> None:
    """A download that breaks once in the middle is completed by the client, and the probe runs."""
    with LocalHub() as hub:
        hub.add_repo(MINILM, minilm, revision=REVISION)
        hub.faults.add(Cut(path="model.safetensors", method="GET", after=20_000_000))
        ran = recommend(empty_hub_home, hub, task)
    assert by_model(json.loads(ran.out))[MINILM]["outcomes"] > 0, ran.err


def test_damaged_weights_are_refused(empty_hub_home: Home, task: Path, minilm: Path) -> None:
    """Weights whose sha256 is not what the Hub told are never loaded; the run ends with the reason."""
    with LocalHub() as hub:
        hub.add_repo(MINILM, minilm, revision=REVISION)
        hub.faults.add(WrongContent(path="model.safetensors", method="GET", times=None))
        ran = recommend(empty_hub_home, hub, task)
        candidate = by_model(json.loads(ran.out))[MINILM]
        assert "came damaged" in candidate["reason"], ran.err
        assert candidate["outcomes"] == 0


def test_over_the_budget_is_left_out(empty_hub_home: Home, task: Path, minilm: Path) -> None:
    """A model larger than what --download allows is not fetched."""
    with LocalHub() as hub:
        hub.add_repo(MINILM, minilm, revision=REVISION)
        document = json.loads(recommend(empty_hub_home, hub, task, "--plan-only", "--download", "50MB").out)
    assert [candidate["model"] for candidate in document["candidates"]] == [STATIC]
