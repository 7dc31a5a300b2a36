"""Cells that say "as above", and labels that say that nobody knew."""

from pathlib import Path

from advisor.task.examples import load_examples
from advisor.task.rows import described, read_rows
from tests.tables import for_each
from tests.task.helpers import as_csv, load, task_for, write

TEXTS = [f"a text of number {n}, and no other" for n in range(40)]


@for_each(
    "said",
    ["see above", "siehe oben", "s.o.", "(ditto)", '"', "\u3003", "j.w.", "см. выше", "同上", "ídem", "^ as above"],
)
def test_a_cell_that_says_as_above_has_the_label_above(tmp_path: Path, said: str) -> None:
    """The filled one, whatever is between; a line says which cells."""
    labels = ["x", said, "y", said, "", said, *(f"{'xyz'[n % 3]}" for n in range(34))]
    path = write(tmp_path / "rows.csv", as_csv([*zip(TEXTS, labels, strict=True)]))
    read = [row.columns["label"] for row in read_rows(path, ())]
    assert read[:7] == ["x", "x", "y", "y", "", "y", "x"]
    assert f"{said!r} in 'label' as the cell above (3 rows)" in described(path).replace("\\u3003", "\u3003")


def test_what_says_as_above_among_texts_is_a_text(tmp_path: Path) -> None:
    """And so is a same among decisions."""
    rows = [(text if n % 9 else "see above", "same" if n % 2 else "other") for n, text in enumerate(TEXTS)]
    path = write(tmp_path / "rows.csv", as_csv(rows))
    assert [tuple(row.columns.values()) for row in read_rows(path, ())] == rows
    assert "above (" not in described(path)


@for_each("said", ["JW", "S.O.", '"', "''"])
def test_initials_units_and_tags_mean_themselves(tmp_path: Path, said: str) -> None:
    """Where other values repeat one below the other: who writes a mark for that does not write them out."""
    rows = [(text, (said, "AB", "AB", said, "KM", "KM", "KM")[n % 7]) for n, text in enumerate(TEXTS)]
    path = write(tmp_path / "rows.csv", as_csv(rows))
    assert [tuple(row.columns.values()) for row in read_rows(path, ())] == rows


@for_each("said", ["weiß nicht", "Don't know", "je ne sais pas", "わからない"])
def test_a_label_that_says_that_nobody_knew_is_left_out(tmp_path: Path, said: str) -> None:
    """Where few have it, unless the task names it."""
    rows = [(text, said if n == 3 else "xy"[n % 2] * 3) for n, text in enumerate(TEXTS)]
    examples = load(tmp_path, rows)
    assert said not in examples.labels
    assert any(said in note and "as the label is not known" in note for note in examples.notes)
    task = task_for(write(tmp_path / "named.csv", as_csv(rows)).name, labels=["xxx", "yyy", said])
    assert said in load_examples(task, tmp_path).labels
    often = [(text, (said, "xxx", "yyy")[n % 3]) for n, text in enumerate(TEXTS)]
    assert said in load(tmp_path, often).labels
