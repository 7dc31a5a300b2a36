import io
import json
import os
import zipfile
from pathlib import Path

import duckdb
import pytest

from advisor.errors import InputError
from advisor.task import rows
from advisor.task.known_formats import ENDINGS
from advisor.task.record import Row
from advisor.task.rows import read_rows
from tests.tables import for_each
from tests.task.helpers import COLUMNS, rows_of, rows_refusal, write

TWO = [(1, "a", "x"), (2, "b", "y")]


def later_zip() -> bytes:
    """Return an archive that takes a later version of zip to be read, as its directory says."""
    with io.BytesIO() as held:
        with zipfile.ZipFile(held, "w") as packed:
            packed.writestr("xl/workbook.xml", "<workbook/>")
        content = bytearray(held.getvalue())
    content[content.index(b"PK\x01\x02") + 6] = 99
    return bytes(content)


def write_parquet(path: Path, select: str) -> Path:
    plain = path.with_name("plain.parquet")
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({select}) TO '{plain}' (FORMAT parquet)")
    return plain.rename(path)


def fields(found: list[Row]) -> list[tuple[object, ...]]:
    """Return line, text and label of each row."""
    return [(row.line, row.columns["text"], row.columns["label"]) for row in found]


@for_each(
    ("name", "content", "first"),
    [
        ("x.csv", "text,label\na,x\nb,y\n", 2),
        ("X.CSV", "label,other,text\nx,,a\ny,,b", 2),
        ("x.tsv", "text\tlabel\na\tx\nb\ty\n", 2),
        ("x.jsonl", '{"text": "a", "label": "x"}\n{"text": "b", "label": "y"}\n', 1),
        ("x.ndjson", '{"text": "a", "label": "x"}\n{"text": "b", "label": "y", "more": []}', 1),
        ("x.json", '[{"text": "a", "label": "x"},\n{"text": "b", "label": "y"}]\n', 1),
    ],
)
def test_each_text_format_gives_the_same_rows(tmp_path: Path, name: str, content: str, first: int) -> None:
    """CSV, TSV, JSONL and JSON differ in nothing but the lines."""
    expected = [(first, "a", "x"), (first + 1, "b", "y")]
    for text in (content, "\ufeff" + content, content.replace("\n", "\r\n"), content.replace("\n", "\r")):
        assert fields(rows_of(tmp_path / name, text)) == expected


@for_each("name", ["x.parquet", "a[1]*?.parquet", "{a,b}.parquet", "it's.parquet", "é ü.parquet"])
def test_parquet_is_read_whatever_its_file_is_called(tmp_path: Path, name: str) -> None:
    """Wildcards in a path stand for themselves: no other file is read."""
    write_parquet(tmp_path / "a1b.parquet", "SELECT 'other' AS text, 'other' AS label")
    path = write_parquet(tmp_path / name, "SELECT * FROM (VALUES ('a', 'x'), ('b', 'y')) t(text, label)")
    assert fields(list(read_rows(path, COLUMNS))) == TWO


def test_a_folder_named_like_a_column_adds_none(tmp_path: Path) -> None:
    """A Parquet file has its own columns alone."""
    folder = tmp_path / "label=z"
    folder.mkdir()
    path = write_parquet(folder / "x.parquet", "SELECT * FROM (VALUES ('a', 'x'), ('b', 'y')) t(text, label)")
    assert fields(list(read_rows(path, COLUMNS))) == TWO
    assert "has no column 'label'" in rows_refusal(write_parquet(folder / "x.parquet", "SELECT 'a' AS text"))


def test_parquet_columns_of_any_name_are_found(tmp_path: Path) -> None:
    odd = ('te"xt', "x; DROP TABLE t --")
    path = write_parquet(tmp_path / "x.parquet", f"""SELECT 'a' AS "te""xt", 1 AS other, 'b' AS "{odd[1]}" """)
    assert list(read_rows(path, odd)) == [(1, {odd[0]: "a", odd[1]: "b"})]
    assert list(read_rows(path, ())) == [(1, {odd[0]: "a", "other": 1, odd[1]: "b"})]
    write_parquet(tmp_path / "y.parquet", f"""SELECT 'c' AS "te""xt", 2 AS other, 'd' AS "{odd[1]}" """)
    assert [row.columns[odd[0]] for row in read_rows(tmp_path, odd)] == ["a", "c"]


def test_floats_of_32_bits_are_read_as_they_are_written(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "x.parquet", "SELECT unnest([3.45::FLOAT, 'nan'::FLOAT, NULL]) AS score, 0.1 AS b")
    found = [row.columns["score"] for row in read_rows(path, ("b", "score"))]
    assert (found[0], str(found[1]), found[2]) == (3.45, "nan", None)


def test_a_csv_row_is_named_by_the_line_it_begins_in(tmp_path: Path) -> None:
    """Fields of several lines and blank lines count as the lines they are."""
    found = rows_of(tmp_path / "x.csv", 'text,label\n"a\n\na",x\n\nb,y\n"c\r\nc",x\n')
    assert fields(found) == [(2, "a\n\na", "x"), (6, "b", "y"), (7, "c\r\nc", "x")]


def test_a_carriage_return_inside_quotes_is_kept(tmp_path: Path) -> None:
    """In a file of CR lines, a quoted field may still hold one."""
    assert fields(rows_of(tmp_path / "x.csv", 'text,label\r"a\ra",x\rb,y\r')) == [(2, "a\ra", "x"), (4, "b", "y")]


@for_each("length", [(64 << 10) - 3, (64 << 10) - 2, (64 << 10) - 1, 64 << 10, (64 << 10) + 1])
@for_each("end", ["\n", "\r\n", "\r"])
def test_line_ends_are_known_wherever_the_first_falls(tmp_path: Path, length: int, end: str) -> None:
    """A first line as long as a chunk of reading is no exception."""
    header = "text,label," + "z" * (length - 11)
    assert fields(rows_of(tmp_path / "x.csv", end.join([header, "a,x,", "b,y,"]))) == [(2, "a", "x"), (3, "b", "y")]


def test_ids_of_another_list_are_shown_by_its_names(tmp_path: Path) -> None:
    """Codes wherever they are, numbers only in a column called after the list, in one called without "id"."""
    texts = [f"the lift in house {n} is stuck again" for n in range(9)]
    boards = [{"id": f"5f0000000000{n}", "name": name} for n, name in enumerate(("To do", "Done"))]
    states = [{"id": n, "title": title} for n, title in enumerate(("open", "shut"))]
    cards = [
        {"id": f"c{n}000000", "said": text, "idList": f"5f0000000000{n % 2}", "state_id": n % 2, "votes": n % 2,
         "memberIds": ["m1"] if n else [], "list_id": n, "parent": "c0000000"}
        for n, text in enumerate(texts)
    ]  # fmt: skip
    whole = {"lists": boards, "more": {"states": states, "members": [{"id": "m1", "fullName": "Ann"}]}, "cards": cards}
    row = list(read_rows(write(tmp_path / "x.json", json.dumps(whole)), ()))[3].columns
    own = {"id": "c3000000", "said": texts[3], "votes": 1, "list_id": 3, "parent": "c0000000"}
    assert row == own | {"list": "Done", "state": "shut", "member": ["Ann"]}
    both = whole | {"cards": [card | {"list_id": card["idList"], "st": 1} for card in cards]}
    row = list(read_rows(write(tmp_path / "x.json", json.dumps(both)), ()))[3].columns
    assert (row["list"], row["list_id"], row["st"]) == ("Done", "Done", 1)
    twice = whole | {"lists": [*boards, boards[0]], "cards": [card | {"state": "x"} for card in cards]}
    row = list(read_rows(write(tmp_path / "x.json", json.dumps(twice)), ()))[3].columns
    assert (row["idList"], row["state"], row["state_id"]) == ("5f00000000001", "x", "shut")


def test_a_json_row_is_named_by_the_line_it_begins_in(tmp_path: Path) -> None:
    """Rows spread over lines are counted as in an editor."""
    content = json.dumps([{"text": "a", "label": "x"}, {"text": "b", "label": "y"}], indent=2)
    assert fields(rows_of(tmp_path / "x.json", content)) == [(2, "a", "x"), (6, "b", "y")]


@for_each(
    ("name", "content", "said"),
    [
        ("x.docx", "a", ": unknown kind of file '.docx'; use .csv, .tsv, .xlsx"),
        ("x.py", "a", ": unknown kind of file '.py'; use .csv"),
        ("x.csv", "", ": is empty; it needs"),
        ("x.csv", "\n \n"[:1], ":1: holds only blank lines; it needs a header"),
        ("x.csv", "\ufeff", ":1: holds only blank lines"),
        ("x.csv", "a,b\nc,d\n", ":1: has no column 'text'; its columns are: 'a', 'b'. Set examples.input"),
        ("x.csv", "text,Label\nc,d\n", ":1: has no column 'label'; did you mean 'Label'? Blanks and capitals count"),
        ("x.csv", "text,la\u00a0bel\nc,d\n", ":1: has no column 'label'; did you mean 'la\\xa0bel'?"),
        ("x.csv", "Text,label\nc,d\n", ":1: has no column 'text'; did you mean 'Text'?"),
        ("x.csv", "text,lable\nc,d\n", ":1: has no column 'label'; did you mean 'lable'? If so, change it"),
        ("x.csv", "text,label,text\na,b,c\n", ":1: has no column 'text'; several columns have that name, and are"),
        ("x.csv", 'text,label,id\n"a\na",x,1\nb,x,2,3\n', ":4: has 4 fields where the header has 3; quote fields"),
        ("x.csv", 'text,label\na,x\n"b,y\nc,x\n', ":3: opens a quote that is never closed; close it"),
        ("x.csv", 'text,label\n"a" b,x\n', ":2: a quoted field has text after its closing quote; write quotes"),
        (
            "x.csv",
            'text,label\na,"b\nc,"d\n',
            ":3: a quoted field has text after its closing quote, in the record that begins in line 2",
        ),
        ("x.csv", "text,label\na\rb,x\n", ":2: holds a carriage return outside quotes"),
        ("x.csv", "text,label\na,x\nb,\0\n", ":3: holds a NUL byte; save it as plain UTF-8"),
        ("x.csv", "text,label\né,x\n".encode() + b"b,\xff\n", ":3: is not UTF-8 text; save it as UTF-8"),
        ("x.csv", "text,label\n".encode("utf-16")[:-1], ": is not valid utf-16; save it as UTF-8"),
        ("x.xlsx", b"PK\x03\x04", ": is not a readable workbook ("),
        ("x.xlsx", later_zip(), ": is not a readable workbook (zip file version 9.9)"),
        (
            "x.jsonl",
            '{"text": "a", "label": "x"}\n\n{"text": \n{}\n',
            ":3: is not valid JSON (Expecting value, column ",
        ),
        ("x.jsonl", "[1]\n", ":1: is not an object; write one, such as {"),
        ("x.jsonl", '{"text": "a"}\n', ":1: has no column 'label'; its columns are: 'text'"),
        ("x.jsonl", "{}\n", ":1: has no column 'text'; its columns are: none"),
        ("x.jsonl", '{"text": 1, "text": 2}\n', ":1: the key 'text' appears twice; keep one"),
        ("x.jsonl", "[" * 100_000, ":1: is nested too deeply"),
        ("x.jsonl", '{"text": ' + "1" * 5000 + "}", ":1: holds a number of thousands of digits"),
        ("x.jsonl", '{"text": "é'.encode() + b'\xff"}', ":1: is not UTF-8 text"),
        ("x.jsonl", '{"text": "a", "label": "x"}\n\0\n', ":2: holds a NUL byte"),
        ("x.json", '{"data": []}', ":1: is not a list of objects; write [{...}, {...}]"),
        ("x.json", " \n", ":2: is not a list of objects"),
        ("x.json", '[\n{"text": "a", "label": "x"},\n1]', ":3: is not an object"),
        ("x.json", '[\n{"text": "a", "label": "x"}\n{}]', ":3: is not valid JSON; a comma or ] is missing"),
        ("x.json", '[\n{"text": "a", "label": "x"},\n]', ":3: is not valid JSON"),
        ("x.json", '[{"text": "a", "label": "x"}]\n[', ":2: has text after the list's end"),
        ("x.json", '[{"text": "a", "label": "x"}', ":1: is not valid JSON; a comma or ] is missing"),
        ("x.json", "[\n{'a'}]", ":2: is not valid JSON"),
        ("x.json", '[\n{"text": "é'.encode() + b'\xff"}]', ":2: is not UTF-8 text"),
        ("x.json", "[\n\0]", ":2: holds a NUL byte"),
        ("x.json", "[".encode("utf-16"), ":1: is not valid JSON"),
        ("x.json", "[" * 100_000, ":1: is nested too deeply"),
        ("x.json", '[\n{"text": ' + "1" * 5000 + "}]", ":2: holds a number of thousands of digits"),
        ("x.parquet", "PAR1", ": is not a readable Parquet file"),
        ("x.parquet", b"PAR1" + b"\0" * 50 + b"PAR1", ": is not a readable Parquet file"),
    ],
)
def test_a_wrong_file_is_refused_by_line_with_its_cure(
    tmp_path: Path, name: str, content: str | bytes, said: str
) -> None:
    """Whatever is wrong with a file, its first wrong line is named."""
    assert rows_refusal(tmp_path / name, content).startswith(said)


def test_a_cut_parquet_file_is_refused(tmp_path: Path) -> None:
    """A download that ended early is recognised."""
    path = write_parquet(tmp_path / "x.parquet", "SELECT 'a' AS text, 'x' AS label")
    assert rows_refusal(path, path.read_bytes()[:-20]).startswith(": is not a readable Parquet file")


@for_each("suffix", sorted(ENDINGS))
@for_each("kind", ["absent", "folder", "pipe", "device", "loop"])
def test_what_is_no_regular_file_is_refused_and_never_waited_for(tmp_path: Path, suffix: str, kind: str) -> None:
    """Pipes and devices, which might never end, are not opened."""
    path = tmp_path / f"x{suffix}"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind != "absent":
        path.symlink_to("/dev/zero" if kind == "device" else path)
    expected = {
        "absent": ": no such file; check its name; in a task file a path is relative to that file",
        "folder": ": is a folder; name the file in it",
        "pipe": ": is a pipe or a device, not a file",
        "device": ": is a pipe or a device, not a file",
        "loop": ": cannot be read (Too many levels of symbolic links)",
    }
    assert rows_refusal(path).startswith(expected[kind])


def test_a_path_below_a_file_or_too_long_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "x.csv", "text,label\n")
    assert rows_refusal(tmp_path / "x.csv" / "y.csv").startswith(": no such file")
    assert rows_refusal(tmp_path / "xx.csv") == ": no such file; did you mean 'x.csv'?"
    with pytest.raises(InputError, match="cannot be read"):
        list(read_rows(tmp_path / ("a" * 300 + ".csv"), COLUMNS))


def test_a_quote_that_is_never_closed_ends_after_four_mebibytes(tmp_path: Path) -> None:
    """The record's first line is named, and the rest of the file is not swallowed."""
    content = 'text,label\na,x\n"b,y\n' + "c,x\n" * (2 << 20)
    assert rows_refusal(tmp_path / "x.csv", content).startswith(":3: the record that begins here is longer than 4 MiB")


def test_more_than_the_most_rows_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MAX_ROWS", 100)
    assert len(rows_of(tmp_path / "x.csv", "text,label\n" + "a,x\n" * 100)) == 100
    said = rows_refusal(tmp_path / "x.csv", "text,label\n" + "a,x\n" * 101)
    assert said.startswith(":102: holds more than a million rows")


def test_files_beyond_all_need_are_refused_unread(tmp_path: Path) -> None:
    """A sparse file of the size is enough: not a byte of it is read."""
    for name, size, said in (
        ("x.json", rows.MAX_JSON_BYTES, ": is larger than 64 MiB; save it as JSONL"),
        ("x.csv", rows.MAX_FILE_BYTES, ": is larger than 1 GiB"),
    ):
        path = write(tmp_path / name, "")
        os.truncate(path, size + 1)
        assert rows_refusal(path).startswith(said)
