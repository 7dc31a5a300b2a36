"""Recorded listings, and the Hub as a command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.local_hub import (
    LocalHub,
    recorded,
)
from tests.local_hub.asking import ask

needs_data = pytest.mark.skipif(
    not (recorded.DATA / recorded.LISTING_2026).is_file(), reason=f"no recorded listings in {recorded.DATA}"
)


@needs_data
def test_recorded_models_of_2022_list_as_todays_hub_would(hub: LocalHub, tmp_path: Path) -> None:
    """10,782 models in eleven pages; the fields that came later have their defaults."""
    assert recorded.load_2022(hub.records) == 10_782
    code = """
fields = ["downloads", "createdAt", "gated", "cardData", "lastModified"]
models = list(list_models(sort="downloads", expand=fields))
one = models[0]
result = [len({m.id for m in models}), one.id, one.gated, one.created_at.isoformat(), one.card_data.license,
          [m.downloads is None for m in models].index(True)]
"""
    assert ask(hub, tmp_path, code) == [
        10_782,
        "distilgpt2",
        False,
        "2022-03-02T23:29:04+00:00",
        "apache-2.0",
        10_614,
    ]
    assert len(hub.requests) == 11


@needs_data
def test_eight_hours_pass_over_the_recorded_models_of_2026(hub: LocalHub, tmp_path: Path) -> None:
    """The delta adds 447, brings back 39, removes 116, and shows at the head of lastModified."""
    assert recorded.load_2026(hub.records) == 14_786
    code = """
from itertools import islice
head = list(islice(list_models(sort="last_modified", expand=["lastModified", "safetensors"]), 1000))
times = [m.last_modified.isoformat() for m in head]
result = [times[0], sum(time >= "2026-08-22T12:00" for time in times)]
"""
    before, fresh_before = ask(hub, tmp_path, code)
    counts = recorded.eight_hours_later(hub.records)
    assert (counts["added"], counts["removed"]) == (447 + 39, 116)
    after, fresh_after = ask(hub, tmp_path, code)
    assert before < "2026-08-22T12:30" < after
    assert fresh_before < 10 < fresh_after


def test_the_command_serves_a_folder_until_it_is_told_to_stop(tmp_path: Path, folder: Path) -> None:
    """`python -m tests.local_hub` prints the address to export, serves, and ends well."""
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-m", "tests.local_hub", "--folder", f"acme/tiny={folder}"]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    export = process.stdout.readline().split()
    assert export[0] == "export"
    with LocalHub() as idle:  # lends its clean environment
        environment = idle.environment(tmp_path / "home") | dict(item.split("=", 1) for item in export[1:])
    code = 'from huggingface_hub import model_info; print(model_info("acme/tiny").id)'
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "acme/tiny\n"
    process.terminate()
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 0
    assert errors.startswith("1 models")
