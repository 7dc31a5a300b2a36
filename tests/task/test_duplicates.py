"""Each distinct example counts once: within a file, across the file that teaches, and in files of many rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.task import split
from tests.task.helpers import as_csv, load, write
from tests.task.test_growth import grown, held, refusal

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def long(first: int, count: int) -> list[tuple[str, str]]:
    """Return rows of sixty words that have nothing in common."""
    return [(" ".join(f"word{n}a{k}" for k in range(60)), "xy"[n % 2]) for n in range(first, first + count)]


def with_a_word_more(rows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return rows that are nearly the same."""
    return [(f"{text} indeed", label) for text, label in rows]


def test_what_teaches_is_not_nearly_the_same_as_evidence(tmp_path: Path) -> None:
    """A training row that equals an evidence row but for a word is set aside, as it is within one file."""
    rows = long(0, 60)
    write(tmp_path / "teach.csv", as_csv([*with_a_word_more(rows[:40]), *long(60, 60)]))
    found = load(tmp_path, rows, teaching={"path": "teach.csv"})
    assert {e.input for e in found.evidence} == {text for text, _ in rows}
    assert {e.input for e in found.teaching} == {text for text, _ in long(60, 60)}
    (note,) = [note for note in found.notes if "nearly the same" in note]
    assert note.startswith("teach.csv: 40 inputs nearly the same as others set aside, e.g. line ")
    assert " of rows.csv; each counts once" in note
    within = load(tmp_path, [*rows, *with_a_word_more(rows[:40])])
    assert any(note.startswith("rows.csv: 40 inputs nearly the same as others set aside") for note in within.notes)


def test_near_duplicates_across_files_are_kept_on_request(tmp_path: Path) -> None:
    """The same setting rules both."""
    rows = long(0, 20)
    write(tmp_path / "teach.csv", as_csv([*with_a_word_more(rows[:10]), *long(20, 4)]))
    source = {"path": "rows.csv", "near_duplicates": "keep"}
    found = load(tmp_path, rows, teaching={"path": "teach.csv"}, examples=source)
    assert (len(found.teaching), len(found.evidence)) == (14, 20)


def test_evidence_that_is_added_is_not_nearly_the_same_as_what_teaches(tmp_path: Path) -> None:
    """The heads are trained by then: the new row is set aside; one that is the same is refused."""
    teach = long(0, 10)
    write(tmp_path / "teach.csv", as_csv([*teach, *with_a_word_more(long(20, 1))]))
    more: dict[str, Any] = {"teaching": {"path": "teach.csv"}}
    begun = grown(tmp_path, long(20, 10), **more)
    assert len(begun.teaching) == 10
    after = grown(tmp_path, [*long(20, 10), *with_a_word_more(teach[:4]), *long(40, 3)], [held(begun)], **more)
    assert after.looks == (10, 3)
    assert any("rows.csv: 4 inputs nearly the same as others" in n and "of teach.csv;" in n for n in after.notes)
    assert "is also in" in refusal(tmp_path, [*long(20, 10), teach[0]], [held(begun)], **more)


def test_of_very_many_rows_some_are_drawn_and_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond a limit the seed draws, wherever rows stand; the plan says so, and no two of them are nearly the same."""
    monkeypatch.setattr(split, "MOST_COMPARED", 30)
    monkeypatch.setattr(split, "MAX_EVIDENCE", 10)
    rows = [*long(0, 30), *with_a_word_more(long(0, 30))]
    one = load(tmp_path, rows, teaching={"count": 2})
    other = load(tmp_path, rows[::-1], teaching={"count": 2})
    assert [e.id for e in one.evidence] == [e.id for e in other.evidence]
    assert (len(one.teaching), len(one.evidence)) == (2, 10)
    kept = [e.input.removesuffix(" indeed") for e in (*one.teaching, *one.evidence)]
    assert len(set(kept)) == 12
    assert "rows.csv: of 60 distinct inputs 30, drawn by the seed, are compared; the others are not used" in one.notes


def test_as_many_rows_are_compared_as_a_task_wants(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A task that sets many apart to teach has them all."""
    monkeypatch.setattr(split, "MOST_COMPARED", 30)
    monkeypatch.setattr(split, "MAX_EVIDENCE", 10)
    assert len(load(tmp_path, long(0, 80), teaching={"count": 50}).teaching) == 50
    assert len(load(tmp_path, long(0, 80), teaching={"share": 0.5}).teaching) == 40
