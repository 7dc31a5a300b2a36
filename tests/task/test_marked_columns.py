"""Columns in which people mark what holds: crosses, ticks, votes, a yes or no, an id with its name."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from advisor.task.described_rows import described
from advisor.task.rows import read_rows
from tests.task.helpers import write


def test_columns_that_are_crossed_are_labels(tmp_path: Path) -> None:
    """Those side by side together; one alone, and two of zeros and ones, are columns."""
    said = [f"{n},meal {n},{'x' if n % 2 else ''},{'' if n % 3 else 'X '},{n % 2},{n % 2}" for n in range(12)]
    path = write(tmp_path / "x.csv", "\n".join(["n,text,food,price,paid,member", *said]))
    rows = [row.columns for row in read_rows(path, ("text", "labels"))]
    assert [row["labels"] for row in rows[:4]] == ["price", "food", "", "food;price"]
    assert list(rows[0]) == ["n", "text", "paid", "member", "labels"]
    assert next(read_rows(path, ("text", "food"))).columns["food"] == "no"


def test_zeros_in_all_columns_of_tags_say_that_none_applies(tmp_path: Path) -> None:
    """Where a cell is empty nobody may have looked; verdicts on one question are no tags."""
    said = [f"meal {n},{int(n % 3 == 0)},{int(n % 4 == 0)},{int(n % 2)}" for n in range(24)]
    said[2] = "meal 2,,0,0"
    path = write(tmp_path / "x.csv", "\n".join(["text,food,price,service", *said]))
    rows = [row.columns["labels"] for row in read_rows(path, ("text", "labels"))]
    assert [rows[n] for n in (0, 1, 2, 10)] == ["food;price", "service", "", "none of these"]
    path = write(tmp_path / "y.csv", "\n".join(["text,match,predicted_match1,predicted_match2", *said]))
    assert "labels" not in next(read_rows(path, ())).columns


def test_crosses_and_ones_are_one_way_to_cross(tmp_path: Path) -> None:
    """People mix them, in a column and next to each other."""
    said = [f"meal {n},{('x', '1', '')[n % 3]},{('X', '', '1')[n % 3]}" for n in range(12)]
    rows = read_rows(write(tmp_path / "x.csv", "\n".join(["text,food,price", *said])), ("text", "labels"))
    assert [row.columns["labels"] for row in rows][:3] == ["food;price", "food", "price"]


def test_what_most_annotators_say_is_a_column(tmp_path: Path) -> None:
    """Nothing where as many differ; no such column where another one decided, nor where the file has one so called."""
    said = [("a", "a", "b"), ("b", "B", "b"), ("a", "b", ""), ("b", "a", "a")] * 6
    lines = ["text,coder 1,coder 2,coder 3", *(f"meal {n},{','.join(each)}" for n, each in enumerate(said))]
    path = write(tmp_path / "x.csv", "\n".join(lines))
    assert [row.columns["majority"] for row in read_rows(path, ())][:4] == ["a", "b", "", "a"]
    assert described(path) == "'majority' as what most of 'coder 1', 'coder 2', 'coder 3' say"
    decided = [f"{line},{'final' if not n else 'ab'[n % 2]}" for n, line in enumerate(lines)]
    assert "majority" not in next(read_rows(write(tmp_path / "y.csv", "\n".join(decided)), ())).columns
    own = write(tmp_path / "z.csv", "\n".join(f"{line},{'' if n else 'majority'}" for n, line in enumerate(lines)))
    assert {row.columns["majority"] for row in read_rows(own, ())} == {""}
    assert "most of" not in described(own)


TICKED = {  # what some rows hold, by the column, and what the first three rows then say
    "x": ("wichtig", ["yes", "no", "no"]),
    "✓": ("seen", ["yes", "no", "no"]),
    "\u25cb": ("済み", ["yes", "no", "no"]),
    "ja": ("neu", ["ja", "nein", "nein"]),
    "Erledigt": ("stand", ["Erledigt", "not Erledigt", "not Erledigt"]),
    "rush": ("Rush", ["rush", "not rush", "not rush"]),
    "Lyon": ("office", ["Lyon", "", ""]),
}


@pytest.mark.parametrize("mark", TICKED)
def test_an_empty_cell_of_a_column_of_ticks_says_no(tmp_path: Path, mark: str) -> None:
    """Reported in a line; a word that is no tick leaves the others empty, as does one that is in all rows above."""
    name, expected = TICKED[mark]
    path = write(
        tmp_path / "t.csv", "\n".join([f"text,{name}", *(f"meal {n},{'' if n % 3 else mark}" for n in range(12))])
    )
    assert [row.columns[name] for row in read_rows(path, ("text", name))][:3] == expected
    assert described(path) == (f"an empty '{name}' as '{expected[1]}'" if expected[1] else "")
    if expected[0] == "yes":  # in several spellings, above rows that are no part of the table
        several = [f"{n},May,meal {n},{'' if n % 3 else (mark, 'tak', 'x!')[n % 9 // 3]}" for n in range(12)]
        mixed = write(
            tmp_path / "m.csv", "\n".join([f"no,on,text,{name}", *several, ",,,", ",,in all:,12", ",,of it:,4"])
        )
        os.utime(mixed, (1, 1))  # a file that is just written is read row by row
        rows = [row.columns for row in read_rows(mixed, ("text", name))]
        assert [row[name] for row in rows if row["text"]] == [*expected] * 4
        assert described(mixed) == f"2 rows below the table left out, an empty '{name}' as 'no'"
        write(mixed, mixed.read_text(encoding="utf-8").replace(",tak\n", f",{'o' if mark == 'x' else '✗'}\n"))
        assert "as 'no'" not in described(mixed)  # one of the two means no
    begun = write(
        tmp_path / "b.csv", "\n".join([f"text,{name}", *(f"meal {n},{mark if n < 5 else ''}" for n in range(12))])
    )
    assert [row.columns[name] for row in read_rows(begun, ())][5:] == [""] * 7


def test_a_text_without_marks_and_one_that_nobody_has_marked_differ(tmp_path: Path) -> None:
    """In Label Studio's JSON: a finished annotation with no result, and none at all or one that was cancelled."""
    mark = {"type": "labels", "value": {"start": 0, "end": 3, "labels": ["PER"]}}
    annotations: list[list[dict[str, Any]]] = [[{"result": [mark]}], [{"result": []}], []]
    annotations += [
        [{"result": [], "was_cancelled": True}],
        [{"result": [mark], "was_cancelled": True}, {"result": []}],
    ]
    tasks = [{"id": n, "data": {"text": f"Ada {n}"}, "annotations": each} for n, each in enumerate(annotations)]
    path = write(tmp_path / "x.json", json.dumps(tasks))
    found = [(row.columns["text"], row.columns["spans"]) for row in read_rows(path, ())]
    assert found == [("Ada 0", [{"start": 0, "end": 3, "label": "PER"}]), ("Ada 1", []), ("Ada 4", [])]
    assert "2 records without an answer left out" in described(path)
    bare = [each | {"annotations": []} for each in tasks]
    assert len(list(read_rows(write(path, json.dumps(bare)), ("text",)))) == len(tasks)


def test_columns_that_say_yes_or_no_in_words_are_labels_too(tmp_path: Path) -> None:
    """Three and more side by side; they remain, as one may be asked about. Annotators' columns are none."""
    said = [("tak", "nie", "nie"), ("nie", "", "tak"), ("nie", "nie", "nie"), ("", "tak", "tak")] * 6
    lines = ["text,cena,obsługa,smak", *(f"danie {n},{','.join(each)}" for n, each in enumerate(said))]
    rows = [row.columns for row in read_rows(write(tmp_path / "x.csv", "\n".join(lines)), ())]
    assert [row["labels"] for row in rows][:4] == ["cena", "smak", "none of these", "obsługa;smak"]
    assert rows[0]["obsługa"] == "nie"
    lines[0] = "text,rater 1,rater 2,rater 3"
    assert "labels" not in next(read_rows(write(tmp_path / "y.csv", "\n".join(lines)), ())).columns


def test_what_reviewers_decide_in_a_note_is_a_column(tmp_path: Path) -> None:
    """As Rayyan writes it in RIS and CSV: what most say, nothing for a tie; reasons apart, and the rest as the note."""
    notes = [
        'RAYYAN-INCLUSION: {"Ann"=>"Included", "Bo \\"B\\""=>"Included", "Cy"=>"Excluded"}',
        'seen | RAYYAN-INCLUSION: {"Ann"=>"Excluded"} | RAYYAN-EXCLUSION-REASONS: wrong design,old | USER-NOTES: x',
        'RAYYAN-INCLUSION: {"Ann"=>"Included", "Cy"=>"Excluded"}',
        "no decision | yet",
    ]
    records = "".join(f"TY  - JOUR\nTI  - Paper {n}\nN1  - {note}\nER  - \n\n" for n, note in enumerate(notes * 3))
    ris = write(tmp_path / "export.ris", records)
    table = write(tmp_path / "export.csv", "TI,N1\n" + "".join(
        f'Paper {n},"{note.replace(chr(34), chr(34) * 2)}"\n' for n, note in enumerate(notes * 3)
    ))  # fmt: skip
    for path in (ris, table):
        os.utime(path, (1, 1))
        rows = [row.columns for row in read_rows(path, ())][:4]
        assert [row["RAYYAN-INCLUSION"] for row in rows] == ["Included", "Excluded", "", ""]
        assert [row["RAYYAN-EXCLUSION-REASONS"] for row in rows] == ["", "wrong design,old", "", ""]
        assert [row["rest of N1"] for row in rows] == ["", "seen", "", "no decision | yet"]
        assert "'RAYYAN-INCLUSION' as what most people say in 'N1', 'RAYYAN-EXCLUSION-REASONS'" in described(path)
        assert next(iter(read_rows(path, ("N1",)))).columns["N1"] == notes[0]  # as it is, where it is asked for
