"""A look at a file: all its formats, what it costs, and what cannot be looked at."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.interview.files.notices import notices
from advisor.interview.files.proposal import propose
from advisor.interview.files.settled import facts
from advisor.interview.files.sheet import look
from tests.conftest import run_python
from tests.tables import for_each


def test_a_large_file_is_looked_at_in_part_and_counted(tmp_path: Path) -> None:
    """The first rows are looked at, all are counted."""
    path = tmp_path / "large.csv"
    path.write_text("text,label\n" + "".join(f"some text number {n},{'ab'[n % 2]}\n" for n in range(7000)))
    table = look(path)
    assert (table.rows, table.looked, table.is_counted) == (7000, 5000, True)


TABLE = "text,label\n" + "".join(f"mail number {n} about thème {n % 7},{'ab'[n % 2]}\n" for n in range(40))
# What the reader of rows refuses itself is tested with it.
CANNOT_BE_READ: dict[str, tuple[str, str | bytes, str]] = {
    "a header alone": ("bad.csv", "text,label\n", "holds no rows"),
    "rows of nothing": ("bad.csv", "a,b\n,\n,\n", "are empty"),
    "no text at all": ("bad.csv", bytes(range(256)) * 40, "is binary data, no text and no table"),
    "a picture": ("bad.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(1, 255)) * 9, "is binary data, no text"),
    "a spreadsheet under another name": ("bad.csv", b"PK\x03\x04 \n", "is binary data, no text and no table"),
    "an unknown ending": ("bad.docx", "no table\n", "unknown kind of file"),
}


@for_each("what", CANNOT_BE_READ)
def test_what_cannot_be_looked_at_is_said_in_one_line(tmp_path: Path, what: str) -> None:
    """Each names the file and the cure."""
    name, content, said = CANNOT_BE_READ[what]
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(InputError, match=said) as error:
        look(path)
    assert name in str(error.value)
    assert "\n" not in str(error.value)


@for_each(
    "content",
    [
        TABLE.replace(",", ";").replace("label", '"label, or not"'),
        "".join(line.partition(",")[0] + "\n" for line in TABLE.splitlines()),
    ],
)
def test_a_header_of_any_marks_and_a_single_column_are_read(tmp_path: Path, content: str) -> None:
    path = tmp_path / "good.csv"
    path.write_text(content, encoding="utf-8")
    table = look(path)
    assert (table.rows, table.columns[0].name) == (40, "text")


TEXT = st.text(max_size=30)
CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), TEXT, st.lists(TEXT, max_size=3),
    st.dictionaries(TEXT, st.lists(TEXT, max_size=2), max_size=2),
    st.sampled_from(["a", "b", "a;b", "[1, 2", "x.wav", "y.png", "id7", "2020-01-01", "O B-X", "Who?", "one text"]),
)  # fmt: skip


@st.composite
def tables(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Rows whose columns are mostly of one kind, with slips."""
    count = draw(st.integers(1, 30))
    columns = {}
    for name in draw(st.lists(st.sampled_from(["text", "label", "question", "x"]), min_size=1, unique=True)):
        usual = draw(st.lists(CELLS, min_size=1, max_size=3))
        slips = draw(st.dictionaries(st.integers(0, count - 1), CELLS, max_size=2))
        columns[name] = [slips.get(n, usual[n % len(usual)]) for n in range(count)]
    return [{name: cells[n] for name, cells in columns.items()} for n in range(count)]


@settings(max_examples=40)
@given(rows=tables())
def test_no_content_ends_a_look_but_by_an_input_error(rows: list[dict[str, Any]], tmp_path_factory: Any) -> None:
    """Whatever the cells hold, there is a table with a proposal, or one line for the user."""
    path = tmp_path_factory.mktemp("any") / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    try:
        table = look(path)
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017  one of two outcomes
        return
    for family in (None, "text-classification", "question-answering", "image-classification", "json-extraction"):
        proposal = propose(table, family)
        facts(table, proposal)
        assert all("\n" not in each.text for each in notices(table, proposal))
    assert table.rows + table.blank == len(rows)


def test_a_look_imports_nothing_heavy() -> None:
    """The main process stays light."""
    code = (
        "import sys; import advisor.interview.files.sheet; "
        "print([name for name in ('torch', 'transformers', 'sklearn', 'langgraph', 'textual', 'pandas', 'duckdb') "
        "if name in sys.modules])"
    )
    assert run_python("-c", code, check=True).stdout == "[]\n"


def test_how_a_file_is_read_is_said_with_its_columns(tmp_path: Path) -> None:
    """Where it was guessed; a plain file goes without saying."""
    path = tmp_path / "rows.csv"
    for content, expected in (
        (
            TABLE.replace(",", ";").encode("cp1252"),
            "read as: semicolon-separated, cp1252; text = 'text', expected = 'label'",
        ),
        (TABLE.partition("\n")[2].encode(), "read as: comma-separated, no header; text = 'text', expected = 'label'"),
        (TABLE.encode(), ""),
    ):
        path.write_bytes(content)
        table = look(path)
        found = [notice.text for notice in notices(table, propose(table)) if notice.key == "layout"]
        assert [text.partition(" (examples.")[0] for text in found] == ([expected] if expected else [])
