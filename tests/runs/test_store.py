"""A run's folder after a kill or a fault: nothing of it is taken for what it is not."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from advisor.decide.records import Purpose
from advisor.errors import InputError
from advisor.evidence.sharing import anchored, one_off
from advisor.runs.find import delete_run, folders
from advisor.runs.reader import open_run
from advisor.runs.store import RunStore
from tests.decide.simulated import outcome, plan


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A data folder of the test's own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def begun() -> Path:
    """Begin a run with shares fixed after cross-validation and one outcome; return its folder."""
    of = plan(4, 40)
    with RunStore(of) as store:
        store.fix_sharing(anchored(0.05, one_off(4, 2)), [None] * 4)
        store.add_outcomes(of.candidates[0].key, Purpose.EVIDENCE, [outcome(of.evidence[0], passed=True)])
        return store.folder


def test_a_deletion_that_was_cut_short_leaves_no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same task afterwards is measured again: outcomes and shares of the deleted run are gone."""
    folder = begun()

    def killed(_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            delete_run(folder)
    assert (folder / "outcomes.jsonl").exists()
    assert folders() == []
    with RunStore(plan(4, 40)) as store:
        assert store.plan.learned is None
        assert not any(record.inferences for record in store.records.values())


TOO_MUCH = '{"alpha_sharing": "x", "alpha_shares": [1.5, 0, 0, 0], "ladder": [0], "probing_starts_at": 0}'


@pytest.mark.parametrize("text", ["{", "[]", '{"alpha_shares": [0.05]}', TOO_MUCH])
def test_shares_that_cannot_be_read_are_not_replaced_by_others(text: str) -> None:
    """After a look at the evidence other shares would be a second test of it."""
    folder = begun()
    (folder / "sharing.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"sharing\.json: cannot be read, .*; --fresh starts a new one"):
        RunStore(plan(4, 40))
    with pytest.raises(InputError, match=r"sharing\.json: cannot be read"):
        open_run(folder)


def test_lines_of_no_probe_are_ignored() -> None:
    folder = begun()
    key = plan(4, 40).candidates[0].key
    odd = [{"candidate": [key]}, {"event": "failed"}, {"candidate": key, "event": "memory", "peak_memory_bytes": "x"}]
    (folder / "probes.jsonl").write_text("".join(json.dumps(each) + "\n" for each in odd), encoding="utf-8")
    with RunStore(plan(4, 40)) as store:
        assert [each.failure for each in store.records.values()] == [None] * 4
