"""The very same run once more: nothing is measured twice, and that is said."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from advisor.errors import InputError
from advisor.evidence.futility import FUTILE_BELOW
from advisor.runs.find import before, changed
from advisor.runs.origin import changes
from advisor.runs.reader import open_run
from advisor.runs.result import Result
from advisor.runs.store import RunStore
from advisor.system.codec import read
from tests.conftest import SAMPLE
from tests.decide.simulated import plan

if TYPE_CHECKING:
    from pathlib import Path

THEN = 1_600_000_000.0


def test_a_finished_run_is_shown_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps its time when the same result is written again, and a new plan of the same tells of it."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    of = plan(2, 20)
    assert before(of.run_id) is None
    with RunStore(of) as store:
        folder = store.folder
    written = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert changes(written, of.fixed()) == []
    assert (open_run(folder).given_up_below, open_run(SAMPLE).given_up_below) == (FUTILE_BELOW, 0.02)
    begun = before(of.run_id)
    assert begun is not None
    assert "it continues run" in begun
    with RunStore(of) as store:
        store.finish(read(Result, {"verdict": "none"}))
    for file in folder.iterdir():
        os.utime(file, (THEN, THEN))
    with RunStore(of, retries=False) as store:
        store.finish(read(Result, {"verdict": "none"}))
    assert changed(folder) == THEN
    told = before(of.run_id)
    assert told is not None
    assert f"the answer is that of run {of.run_id} of 2020-09-1" in told
    with RunStore(of, retries=False) as store:
        store.finish(read(Result, {"verdict": "passes"}))
    assert changed(folder) > THEN
    for damaged in ({"given_up_below": "x"}, {"task": written["task"] | {"bar": {"pass_rate": 2}}}):
        (folder / "run.json").write_text(json.dumps(written | damaged), encoding="utf-8")
        with pytest.raises(InputError, match="its bar cannot be read; the run's folder is damaged"):
            open_run(folder)
