"""Models from the Hub: real files through the real client from a local Hub, and what can go wrong on the way."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from advisor.system.machine import free_disk_bytes
from tests.conftest import PATIENCE, ROOT, Home, Ran, run_advisor, run_python
from tests.local_hub import LocalHub, Stall, WrongContent
from tests.probe.support import wait_until

MINILM = "sentence-transformers/all-MiniLM-L6-v2"
REVISION = "1110a243fdf4706b3f48f1d95db1a4f5529b4d41"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
STATIC = "wordllama-l2-supercat-256"


@pytest.fixture
def task(small_task: Path, tmp_path: Path) -> Path:
    """A third of the small task, limited to the static model and MiniLM."""
    rows = (small_task.parent / "subjects.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)[:80]
    (tmp_path / "subjects.jsonl").write_text("".join(rows), encoding="utf-8")
    text = small_task.read_text(encoding="utf-8").replace("count: 100", "count: 40")
    path = tmp_path / "task.yaml"
    path.write_text(text + f"models: [{STATIC}, {MINILM}]\n", encoding="utf-8")
    return path


@pytest.fixture
def minilm(starter_home: Home) -> Path:
    """The real files of MiniLM, as the starter set lays them."""
    return starter_home.hub / "hub" / f"models--{MINILM.replace('/', '--')}" / "snapshots" / REVISION


def recommend(home: Home, hub: LocalHub, task: Path, *arguments: str) -> Ran:
    variables = {"HF_ENDPOINT": hub.url, "HF_HUB_DISABLE_XET": "1"}
    return run_advisor(home, "recommend", task, "--json", "--download", "200MB", *arguments, variables=variables)


def by_model(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {candidate["model"]: candidate for candidate in document["candidates"]}


def test_a_model_is_downloaded_when_its_turn_comes(
    empty_hub_home: Home, task: Path, minilm: Path, tmp_path: Path
) -> None:
    """The plan gives the bytes and fetches none; the run fetches the pinned revision and probes it."""
    with LocalHub() as hub:
        hub.add_repo(MINILM, minilm, revision=REVISION)
        plan = json.loads(recommend(empty_hub_home, hub, task, "--plan-only").out)
        assert plan["download_bytes"] > 90_000_000
        assert plan["free_disk_bytes"] == pytest.approx(free_disk_bytes(tmp_path), abs=2e9)
        assert not any("/resolve/" in request.path and request.method == "GET" for request in hub.requests)
        ran = recommend(empty_hub_home, hub, task)
        candidate = by_model(json.loads(ran.out))[MINILM]
        assert candidate["revision"] == REVISION
        assert candidate["outcomes"] > 0, ran.err
        assert "downloading" in ran.err
        assert re.search(r"Disk: at most 9\d MB to download, [\d.]+ [MGT]B free\.", ran.err)
        assert candidate["downloaded_bytes"] == hub.sent_bytes == plan["download_bytes"]
        hub.forget_requests()
        same = recommend(empty_hub_home, hub, task)
        assert json.loads(same.out)["run"] == json.loads(ran.out)["run"] == plan["run"]
        assert json.loads(same.out)["inferences"] == json.loads(ran.out)["inferences"]
        again = json.loads(recommend(empty_hub_home, hub, task, "--offline").out)
        assert by_model(again)[MINILM]["outcomes"] == candidate["outcomes"]
        assert not hub.requests, "--offline asked the Hub"


def test_a_gated_model_says_where_to_ask(
    empty_hub_home: Home, task: Path, minilm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is left out of the plan with the way to get access; the other reasons are tested in `test_hub_files`."""
    monkeypatch.setenv("HF_TOKEN", "")
    with LocalHub() as hub:
        hub.add_repo(MINILM, minilm, revision=REVISION, gated="manual")
        document = json.loads(recommend(empty_hub_home, hub, task, "--plan-only").out)
    (reason,) = [left["reason"] for left in document["left_out"] if left["model"] == MINILM]
    assert "is gated: ask for access at " in reason
    assert "HF_TOKEN" in reason


def test_a_model_that_is_gone_is_left_out(empty_hub_home: Home, task: Path) -> None:
    """A repository that the Hub does not have (any more) is no candidate, and the others are planned."""
    with LocalHub() as hub:
        document = json.loads(recommend(empty_hub_home, hub, task, "--plan-only").out)
    (reason,) = [left["reason"] for left in document["left_out"] if left["model"] == MINILM]
    assert "no longer on the Hub" in reason
    assert [candidate["model"] for candidate in document["candidates"]] == [STATIC]


def start(home: Home, hub: LocalHub, task: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "advisor", "recommend", str(task), "--json", "--download", "200MB"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | home.environment | {"HF_ENDPOINT": hub.url, "HF_HUB_DISABLE_XET": "1"},
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
    )


def partial_bytes(home: Home) -> int:
    """Return how much of a download has arrived."""
    found = home.hub.glob("hub/models--*/blobs/*.advisor.incomplete")
    return max((path.stat().st_size for path in found), default=0)


def test_a_killed_download_goes_on_where_it_was(empty_hub_home: Home, task: Path, minilm: Path) -> None:
    """Killed with SIGKILL in the middle; the next run asks for the rest alone, and the weights are whole."""
    with LocalHub() as hub:
        hub.add_repo(MINILM, minilm, revision=REVISION)
        stall = Stall(path="model.safetensors", method="GET", after=20_000_000, times=None)
        hub.faults.add(stall)
        process = start(empty_hub_home, hub, task)
        try:
            assert wait_until(lambda: partial_bytes(empty_hub_home) > 15_000_000)
        finally:
            process.kill()
            process.communicate()
        have = partial_bytes(empty_hub_home)
        hub.faults.clear()
        hub.forget_requests()
        ran = recommend(empty_hub_home, hub, task)
        moved = hub.sent_bytes
        ranges = [r.headers.get("range") for r in hub.requests if "model.safetensors" in r.path and r.method == "GET"]
    assert ranges == [f"bytes={have}-"]
    assert by_model(json.loads(ran.out))[MINILM]["downloaded_bytes"] == moved
    assert by_model(json.loads(ran.out))[MINILM]["outcomes"] > 0, ran.err
    (blob,) = empty_hub_home.hub.glob("hub/models--*/blobs/" + SHA256)
    assert blob.stat().st_size == minilm.joinpath("model.safetensors").stat().st_size
    assert not partial_bytes(empty_hub_home)


def test_an_interrupt_ends_a_download_that_hears_nothing(empty_hub_home: Home, task: Path, minilm: Path) -> None:
    """Ctrl-C is answered at once, and what has arrived stays."""
    with LocalHub() as hub:
        hub.add_repo(MINILM, minilm, revision=REVISION)
        hub.faults.add(Stall(path="model.safetensors", method="GET", after=20_000_000, times=None))
        process = start(empty_hub_home, hub, task)
        try:
            assert wait_until(lambda: partial_bytes(empty_hub_home) > 15_000_000)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert process.returncode == 130
    assert "Traceback" not in err
    assert partial_bytes(empty_hub_home) > 15_000_000


def test_a_full_disk_is_found_out_beforehand(empty_hub_home: Home, task: Path, minilm: Path) -> None:
    """Nothing moves: one line says what is free and what is needed."""
    code = (
        "import advisor.candidates.hub as hub, sys\n"
        "hub.free_disk_bytes = lambda folder: 10_000_000\n"
        "from advisor.__main__ import main\n"
        "sys.argv = ['advisor', *sys.argv[1:]]\n"
        "main()\n"
    )
    with LocalHub() as hub:
        hub.add_repo(MINILM, minilm, revision=REVISION)
        done = run_python(
            "-c", code, "recommend", task, "--json", "--download", "200MB", home=empty_hub_home,
            variables={"HF_ENDPOINT": hub.url, "HF_HUB_DISABLE_XET": "1"},
        )  # fmt: skip
        fetched = [request for request in hub.requests if "/resolve/" in request.path and request.method == "GET"]
    assert (done.returncode, json.loads(done.stdout)["error"]["exit_code"]) == (5, 5)
    assert "10 MB are free, the downloads need" in done.stderr.strip().splitlines()[-1]
    assert not fetched


def test_a_download_that_fails_in_a_run_is_the_candidates_reason(
    empty_hub_home: Home, task: Path, minilm: Path
) -> None:
    """What comes damaged is never loaded, and the other model is asked all the same."""
    with LocalHub() as hub:
        hub.add_repo(MINILM, minilm, revision=REVISION)
        hub.faults.add(WrongContent(path="/tokenizer.json$", method="GET", times=None))
        ran = recommend(empty_hub_home, hub, task)
    found = by_model(json.loads(ran.out))
    assert ("came damaged" in found[MINILM]["reason"], found[MINILM]["outcomes"]) == (True, 0), ran.err
    assert found[STATIC]["outcomes"] > 0


@pytest.mark.parametrize(
    "names", [{}, {"HF_HUB_OFFLINE": "on"}, {"TRANSFORMERS_OFFLINE": "1"}, {"HF_HUB_OFFLINE": "0"}]
)
def test_the_hub_is_off_where_its_client_is(names: dict[str, str]) -> None:
    asked = "from advisor.candidates.hub import off_by; from huggingface_hub import constants as c; "
    asked += "print(bool(off_by()) == c.HF_HUB_OFFLINE, off_by())"
    off = {"HF_HUB_OFFLINE": "", "TRANSFORMERS_OFFLINE": ""} | names
    done = run_python("-c", asked, env=off, check=True)
    assert done.stdout.split() == ["True", *(name for name, value in names.items() if value in {"on", "1"})]


def test_over_the_budget_is_left_out(empty_hub_home: Home, task: Path, minilm: Path) -> None:
    """A model larger than what --download allows is not fetched."""
    with LocalHub() as hub:
        hub.add_repo(MINILM, minilm, revision=REVISION)
        document = json.loads(recommend(empty_hub_home, hub, task, "--plan-only", "--download", "50MB").out)
    assert [candidate["model"] for candidate in document["candidates"]] == [STATIC]
