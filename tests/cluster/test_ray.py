"""A run on a Ray cluster, from consent to recommendation, on the smallest cluster there is."""

import json
import tempfile
from pathlib import Path

import pytest

from tests.cluster.support import cluster_of, compared, counted, gated_task
from tests.conftest import Home, run_advisor, run_python


@pytest.mark.usefixtures("cold")
def test_a_run_on_a_cluster_is_a_run_here(ready_home: Home, small_task: Path, tmp_path: Path) -> None:
    """Nothing is sent before the user has agreed by name; then verdicts, outcomes and their order are the same."""
    task, gate = gated_task(tmp_path / "task", small_task.with_name("subjects.jsonl"))
    gate.unlink()
    command = ["recommend", task, "--offline", "--json", "--quiet", "--allow-code", task.with_name("score.py")]
    with cluster_of(tmp_path / "nodes", 1, has_token=False) as opened:
        address = opened.cluster.address
        ran = opened.run(ready_home, *command, "--on", f"ray:{address}", "--send-to", address)
        assert (ran.code, len(ran.err.splitlines())) == (2, 1), ran.err
        assert "it asks for no token, so anyone who reaches it can read them" in ran.err
        assert f"if you agree, add --send-to unprotected:{address}" in ran.err
        there = opened.run(ready_home, *command, *opened.on)
        assert there.code == 0, there.err
        assert opened.is_clear(), "no process and no file is left on the node"
        texts = [each["text"] for each in json.loads(task.with_name("examples.json").read_text("utf-8"))]
        logs = [path for path in (Path(tempfile.gettempdir()) / "ray").glob("session_latest/logs/*") if path.is_file()]
        assert logs
        assert not [path for path in logs if any(text in path.read_text("utf-8", "replace") for text in texts)]
    on_cluster = json.loads(there.out)
    ids = counted(on_cluster)
    here = run_advisor(ready_home, *command, "--fresh")
    assert here.code == 0, here.err
    assert compared(on_cluster) == compared(json.loads(here.out))
    assert ids == counted(json.loads(here.out))


def test_ray_is_imported_only_where_it_is_asked_for() -> None:
    """Neither the command line nor the graph brings it in."""
    code = (
        "import sys, advisor.cli.app, advisor.workflow.drive, advisor.cluster.placement; sys.exit('ray' in sys.modules)"
    )
    assert run_python("-c", code).returncode == 0
