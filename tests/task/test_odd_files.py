"""Files as programs and people leave them: merged cells, marks of the encoding, parts within parts, other dialects."""

import io
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from advisor.errors import InputError
from advisor.interview.facts import Understanding
from advisor.interview.files.interpret import look_at
from advisor.interview.files.notices import notices
from advisor.interview.files.sheet import look
from advisor.task.json_shapes import shape_of
from advisor.task.rows import read_rows
from tests.task.helpers import examples_refusal, write

BOM = b"\xef\xbb\xbf"
ROWS = 6


def cells_of(path: Path, content: str | bytes) -> list[dict[str, Any]]:
    return [row.columns for row in read_rows(write(path, content), ())]


def workbook(rows: list[list[Any]], *merged: str) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    for cells in merged:
        book.worksheets[0].merge_cells(cells)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def document(*rows: str) -> bytes:
    content = io.BytesIO()
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    with zipfile.ZipFile(content, "w") as packed:
        packed.writestr("word/document.xml", f'<w:tbl xmlns:w="{space}">{"".join(rows)}</w:tbl>')
    return content.getvalue()


def word_row(*cells: tuple[str, str]) -> str:
    inside = (f"<w:tc><w:tcPr>{said}</w:tcPr><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>" for text, said in cells)
    return f"<w:tr>{''.join(inside)}</w:tr>"


def test_a_mark_of_the_encoding_is_no_part_of_a_text(tmp_path: Path) -> None:
    for label in ("a", "b"):
        (tmp_path / "classes" / label).mkdir(parents=True)
        for number in range(3):
            write(tmp_path / "classes" / label / f"{number}.txt", BOM + b"the lift is stuck")
    assert {row.columns["text"] for row in read_rows(tmp_path / "classes", ())} == {"the lift is stuck"}


def test_cells_over_several_columns_shift_no_others(tmp_path: Path) -> None:
    rows = "".join(f"<tr><td>Ann {n}<td>Lee<td>{'pq'[n % 2]}" for n in range(ROWS))
    page = f"<table><tr><th colspan=2>customer<th>label{rows}<tr><td colspan=2>Bo<td>p</table>"
    assert cells_of(tmp_path / "x.html", page)[-2:] == [
        {"customer": "Ann 5", "label": "q"},
        {"customer": "Bo", "label": "p"},
    ]
    head = word_row(("customer", '<w:gridSpan w:val="2"/>'), ("label", ""))
    body = (word_row((f"Ann {n}", ""), ("Lee", ""), ("pq"[n % 2], "")) for n in range(ROWS))
    assert cells_of(tmp_path / "x.docx", document(head, *body))[-1] == {"customer": "Ann 5", "label": "q"}


def test_cells_over_several_rows_are_repeated(tmp_path: Path) -> None:
    texts = [f"the lift is stuck {n}" for n in range(ROWS)]
    rows = [[text, "ab"[n // 3] if n % 3 == 0 else None] for n, text in enumerate(texts)]
    whole = [{"text": text, "label": "ab"[n // 3]} for n, text in enumerate(texts)]
    assert cells_of(tmp_path / "x.xlsx", workbook([["text", "label"], *rows], "B2:B4", "B5:B7")) == whole
    begins, goes_on = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    written = (word_row((text, ""), (label or "", begins if label else goes_on)) for text, label in rows)
    assert cells_of(tmp_path / "x.docx", document(word_row(("text", ""), ("label", "")), *written)) == whole


def test_a_column_named_zero_is_read(tmp_path: Path) -> None:
    rows = [[n, f"the lift is stuck {n}", "ab"[n % 2]] for n in range(ROWS)]
    assert cells_of(tmp_path / "x.xlsx", workbook([[None, 0, 1], *rows]))[0] == {"0": "the lift is stuck 0", "1": "a"}


def test_entries_of_a_calendar_are_not_their_alarms(tmp_path: Path) -> None:
    alarm = "BEGIN:VALARM\nTRIGGER:-PT5M\nEND:VALARM\n"
    entry = f"BEGIN:VEVENT\nDTSTART:20260101T100000\nDTEND:20260101T110000\n{alarm * 2}SUMMARY:Lunch\nEND:VEVENT\n"
    # Of a program that writes a calendar for each event, with an empty one and a day that does not exist.
    absent = entry.replace("20260101", "20260231")
    empty = "BEGIN:VEVENT\nEND:VEVENT\n"
    text = "".join(f"BEGIN:VCALENDAR\nVERSION:2.0\n{each}END:VCALENDAR\n" for each in (entry, absent, empty, entry))
    assert [(row["TITLE"], row["MINUTES"]) for row in cells_of(tmp_path / "x.ics", text)] == [
        ("Lunch", "60"), ("Lunch", ""), ("Lunch", "60"),
    ]  # fmt: skip


def test_translations_without_blank_lines_between(tmp_path: Path) -> None:
    text = "".join(f'#: a.c:{n}\nmsgid "one {n}"\nmsgstr "eins {n}"\n' for n in range(3))
    assert [row["msgstr"] for row in cells_of(tmp_path / "x.po", text)] == ["eins 0", "eins 1", "eins 2"]


def test_mails_that_libraries_cannot_parse(tmp_path: Path) -> None:
    begin = "From a@b Mon Jan  1 00:00:00 2026\nSubject: lift\n"
    unknown = f"{begin}Content-Type: text/plain; charset=utf8mb4\n\nit is stuck\n\n"
    nested = begin + "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(1500))
    assert [(row["subject"], row["text"]) for row in cells_of(tmp_path / "x.mbox", f"{unknown}{nested}\n")] == [
        ("lift", "it is stuck"), ("lift", ""),
    ]  # fmt: skip


def test_a_link_that_leads_back_is_not_followed(tmp_path: Path) -> None:
    for number in range(8):
        write(tmp_path / f"{number}.txt", f"text number {number}")
    (tmp_path / "again").symlink_to(tmp_path)
    assert sum(1 for _ in read_rows(tmp_path, ())) == 8


def test_letters_of_an_old_terminal(tmp_path: Path) -> None:
    text = "text,label\n" + "".join(f"der Lift hängt im größten Übel {n},{'ab'[n % 2]}\n" for n in range(20))
    assert cells_of(tmp_path / "x.csv", text.encode("cp437"))[0]["text"] == "der Lift hängt im größten Übel 0"


def test_maps_with_keys_that_are_no_texts(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    day = "SELECT 'a ' || i AS text, i % 2 AS label, MAP {DATE '2026-01-01': i} AS days FROM range(40) t(i)"
    duckdb.sql(f"COPY ({day}) TO '{path}' (FORMAT parquet)")
    assert look(path).columns[2].samples[0] == '{"2026-01-01": 0}'


def test_grouped_thousands_are_no_grades(tmp_path: Path) -> None:
    prices = "".join(f'"a house in {n}","{1 + n % 9},{n * 37 % 1000:03d}"\n' for n in range(60))
    assert look(write(tmp_path / "x.csv", f"text,price\n{prices}")).columns[1].kind == "number"


def test_a_label_that_is_the_number_zero_is_named(tmp_path: Path) -> None:
    rows = [[f"the lift is stuck {n}", n % 2] for n in range(30)]
    content = workbook([["text", "label"], *rows, ["the same", 0], ["the same", 1]])
    found = notices(*look_at(str(write(tmp_path / "x.xlsx", content)), Understanding()))
    assert "with '0' and with '1'" in next(each.text for each in found if each.key == "contradictions")


def test_a_record_unlike_the_others_is_refused(tmp_path: Path) -> None:
    rows = '[{"fields": {"text": "a"}, "responses": {"label": [{"value": "x"}]}}, {"fields": {"text": "b"}, '
    rows += '"responses": {"label": [{}]}}]'
    assert "is not an Argilla export" in examples_refusal(tmp_path / "x.json", rows[:1] + rows[rows.index(", {") + 2 :])
    assert shape_of([{"fields": {}, "responses": {}}]).name == "an Argilla export"


def test_a_quote_where_the_first_field_ends(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has text after its closing quote"):
        cells_of(tmp_path / "x.csv", 'sep=;\ntext;""label\na;x\nb;y\n')


def test_years_and_numbers_name_columns(tmp_path: Path) -> None:
    rows = [[f"the lift is stuck on floor {n}", "ab"[n % 2], n * 10, n * 11] for n in range(12)]
    content = workbook([["text", "label", 2019, 2020], *rows])
    assert [*cells_of(tmp_path / "x.xlsx", content)[0]] == ["text", "label", "2019", "2020"]
    rated = "".join(f"the lift is stuck on floor {n},{n % 3},{n % 4},{n % 5}\n" for n in range(30))
    assert [*cells_of(tmp_path / "x.csv", f"text,1,2,3\n{rated}")[0]] == ["text", "1", "2", "3"]
    edges = "".join(f"{n},{n + 1 + n % 2},of {n}\n" for n in range(30))
    assert len(cells_of(tmp_path / "y.csv", edges)) == 30
