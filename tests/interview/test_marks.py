"""Parts of a text that are marked with labels: a column for each kind of mark, and rates of each label."""

import json
from pathlib import Path
from typing import Any

import pytest

from advisor.interview.understand import understand
from advisor.interview.write_task import task_document
from catalog import Catalog
from tests.interview.test_worth import pool
from tests.task.helpers import write

PEOPLE, PLACES = ("Ada Byron", "Alan Moth", "Grace Hill", "Emmy Lake"), ("Paris", "Tulle", "Bourges", "Limoges")


def document(path: Path, words: str, catalog: Catalog) -> dict[str, Any]:
    return task_document(understand(words, {"examples": str(path)}, pool(catalog), catalog).understanding)


@pytest.mark.parametrize(
    ("words", "expected"),
    [("find the people and the places in my letters", {"people": "people", "places": "places"}),
     ("find people", "people")],
)  # fmt: skip
def test_a_column_for_each_kind_of_mark(words: str, expected: Any, tmp_path: Path, shipped: Catalog) -> None:
    """Several in a cell; of two columns both are read, unless the words ask for one."""
    rows = ["no\tletter\tpeople\tplaces"]
    for n in range(32):
        one, other, place = PEOPLE[n % 4], PEOPLE[(n + 1) % 4], PLACES[n % 3]
        rows.append(
            f"{n}\t{one} writes to {other} from {place}, week {n}\t{one} / {other}\t{place}"
            if n % 4
            else f"{n}\t{one} leaves {place} for {PLACES[3]}, week {n}\t{one}\t{place} / {PLACES[3]}"
        )
    found = document(write(tmp_path / "letters.tsv", "\n".join(rows) + "\n"), words, shipped)
    assert (found["family"], found["examples"]["input"]) == ("token-classification", "letter")
    assert found["examples"]["expected"] == expected


def test_rates_of_marks_are_read_by_the_labels_of_the_file(tmp_path: Path, shipped: Catalog) -> None:
    """In any form of their words; what is said of no label is of all texts."""
    rows = [
        {"note": f"{PEOPLE[n % 4]} went to {PLACES[n % 4]}, {n}",
         "marks": [[PEOPLE[n % 4], "PERSON"], [PLACES[n % 4], "PLACE"]]} for n in range(30)
    ]  # fmt: skip
    path = write(tmp_path / "notes.jsonl", "\n".join(map(json.dumps, rows)) + "\n")
    words = "mark persons and places in the notes; of 100 persons at most 2 may be missed, 85% right overall"
    bar = document(path, words, shipped)["bar"]
    assert bar == {"pass_rate": 0.85, "per_label": {"PERSON": 0.98}}
