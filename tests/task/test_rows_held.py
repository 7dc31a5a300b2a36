"""A file is read once for all who need its rows, and again when it has changed."""

import hashlib
import os
import time
from collections import Counter
from pathlib import Path
from typing import IO, Any

import pytest

from advisor.errors import InputError
from advisor.interview.files.notices import notices
from advisor.interview.files.preview import preview
from advisor.interview.files.proposal import propose
from advisor.interview.files.settled import facts
from advisor.interview.files.sheet import look, with_labels
from advisor.runs.origin import digest
from advisor.system import source
from advisor.task import rows
from advisor.task.examples import load_examples
from advisor.task.reading import REPORT_EVERY
from advisor.task.rows import read_rows
from tests.task.helpers import COLUMNS, as_csv, as_jsonl, task_for, write

ROWS = [(f"text {n} about {n * n}", "xy"[n % 2]) for n in range(40)]


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each file of the test is opened, to be sampled, hashed or read."""
    times: Counter[str] = Counter()
    real = Path.open

    def counting(path: Path, mode: str = "r", *more: Any, **named: Any) -> IO[Any]:
        if path.parent == tmp_path:  # pytest reads modules while they are imported
            times[path.name] += mode == "rb"
        return real(path, mode, *more, **named)

    monkeypatch.setattr(Path, "open", counting)
    return times


def settled(path: Path, seconds: float = 10.0) -> Path:
    """Return a file as if it had been written some time ago."""
    at = time.time() - seconds
    os.utime(path, (at, at))
    return path


def test_how_far_a_large_file_is_read_is_reported(tmp_path: Path) -> None:
    rows_of = [(f"text {n} about {n * n}", "xy"[n % 2]) for n in range(2 * REPORT_EVERY + 1)]
    write(tmp_path / "rows.csv", as_csv(rows_of))
    shown: list[str] = []
    load_examples(task_for("rows.csv"), tmp_path, tell=shown.append)
    assert shown == ["20,000 rows read", "40,000 rows read"]


def test_the_interview_and_the_plan_read_a_file_once(tmp_path: Path, opened: Counter[str]) -> None:
    """From home's look at it over what is proposed to the split, with the training file next to it."""
    path = settled(write(tmp_path / "rows.csv", as_csv(ROWS)))
    settled(write(tmp_path / "teach.csv", as_csv([(f"other {n}", "xy"[n % 2]) for n in range(9)])))
    assert preview(path, {}).problem == ""
    table = with_labels(look(path), ["x", "y"])
    proposal = propose(table)
    facts(table, proposal)
    notices(table, proposal)
    found = load_examples(task_for("rows.csv", teaching={"path": "teach.csv"}), tmp_path)
    assert (len(found.teaching), len(found.evidence)) == (9, 40)
    assert digest(path) == hashlib.sha256(as_csv(ROWS).encode()).hexdigest()
    assert opened == {"rows.csv": 1, "teach.csv": 1}


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    """Also one that was written this very moment, and keeps its size: its time may not tell."""
    path = tmp_path / "rows.csv"
    for letter in "abc":
        write(path, as_csv([(letter, "x"), ("b", "y")]))
        assert next(read_rows(path, COLUMNS)).columns["text"] == letter
    for number, letter in enumerate("abc"):
        settled(write(path, as_csv([(letter, "x"), ("b", "y")])), 100.0 - number)
        assert next(read_rows(path, COLUMNS)).columns["text"] == letter


def test_what_is_wrong_is_said_where_it_is_however_often(tmp_path: Path) -> None:
    """A column that is missing in the header or in one row, two of one name, a record that breaks."""
    settled(write(tmp_path / "x.csv", as_csv(ROWS)))
    settled(write(tmp_path / "x.jsonl", as_jsonl(ROWS) + '{"text": "a", "rare": 1}\n'))
    settled(write(tmp_path / "two.csv", "text,label,more,more\na,x,1,2\n"))
    settled(write(tmp_path / "torn.csv", as_csv(ROWS) + 'a,"b\n'))
    for _ in range(2):
        with pytest.raises(InputError, match=r"x\.csv:1: has no column 'subject'"):
            list(read_rows(tmp_path / "x.csv", ("subject",)))
        with pytest.raises(InputError, match=r"x\.jsonl:1: has no column 'rare'"):
            list(read_rows(tmp_path / "x.jsonl", ("text", "rare")))
        assert len(list(read_rows(tmp_path / "two.csv", COLUMNS))) == 1
        with pytest.raises(InputError, match=r"torn\.csv:42: opens a quote"):
            list(read_rows(tmp_path / "torn.csv", COLUMNS))


def test_a_large_file_is_not_held(tmp_path: Path, opened: Counter[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Its rows take several times as much memory as it has bytes."""
    monkeypatch.setattr(rows, "MOST_HELD", 100)
    monkeypatch.setattr(source, "MOST_HELD", 100)
    path = settled(write(tmp_path / "rows.csv", as_csv(ROWS)))
    assert len(list(read_rows(path, COLUMNS))) == 40
    first = opened["rows.csv"]
    assert len(list(read_rows(path, COLUMNS))) == 40
    assert opened["rows.csv"] == first + 1
