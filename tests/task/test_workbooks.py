"""Workbooks and databases: which sheet is the table, and what other sheets say of its rows."""

import json
import sqlite3
from contextlib import closing
from copy import copy
from pathlib import Path
from typing import Any

import pytest

from advisor.errors import InputError
from advisor.task.examples import load_examples
from advisor.task.layout import Given
from advisor.task.rows import layout, read_rows
from tests.task.helpers import task_for
from tests.task.test_layouts import HEADED, TABLE, columns, pairs, workbook


def test_a_code_without_a_meaning_is_told_from_an_empty_cell(tmp_path: Path) -> None:
    """Both rows are left out, each with its reason."""
    path = tmp_path / "x.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE mails (text TEXT, code INTEGER)")
        database.execute("CREATE TABLE teams (code INTEGER, team TEXT)")
        codes = [None, 99, *[1 + n % 2 for n in range(2, 60)]]
        database.executemany(
            "INSERT INTO mails VALUES (?, ?)", [(f"the lift {n} is stuck", c) for n, c in enumerate(codes)]
        )
        database.executemany("INSERT INTO teams VALUES (?, ?)", [(1, "repairs"), (2, "sales")])
        database.commit()
    task = task_for("x.db", examples={"path": "x.db", "input": "text", "expected": "team"})
    found = load_examples(task, tmp_path)
    assert found.notes[:2] == (
        "x.db: 1 row is left out, 'team' is empty (line 2)",
        "x.db: 1 row is left out, 'team' names what its table does not have (line 3)",
    )


def test_ids_mean_the_table_that_they_are_named_after(tmp_path: Path) -> None:
    """Not another with the same ids; a log of the rows is no table of examples, however long; one with texts is."""
    kinds, people = ("water", "roads", "taxes"), ("Ann", "Bob", "Eve")
    cases = [(n + 1, f"{text}, as before", n % 3 + 1, n % 2 + 1) for n, (text, _) in enumerate(TABLE)]
    path = workbook(
        tmp_path / "x.xlsx",
        {
            "clerk": [("id", "who"), *enumerate(people, 1)],
            "case_kind": [("id", "kind"), *enumerate(kinds, 1)],
            "case": [("id", "text", "kind_id", "clerk_id"), *cases],
            "log": [("no", "case_id", "event"), *((n, n % len(cases) + 1, "open") for n in range(4 * len(cases)))],
        },
    )
    rows = [row.columns for row in read_rows(path, ())]
    shown = [(row["text"], row["kind"], row["who"]) for row in rows]
    assert shown == [(text, kinds[kind - 1], people[clerk - 1]) for _, text, kind, clerk in cases]
    people = [(f"c{n}", f"{text} {text} {text}") for n, (text, _) in enumerate(TABLE[:20])]
    reviews = [(f"c{n % 20}", f"{text}, says customer {n}", n % 3 + 1) for n, (text, _) in enumerate(TABLE)]
    beside = {"customer": [("customer", "about"), *people], "i": [("a", "b"), (1, 2)]}
    shops = {"stars": [("nr", "meaning"), (1, "bad"), (2, "fair"), (3, "good")]}
    path = workbook(tmp_path / "y.xlsx", beside | shops | {"review": [("customer", "said", "rating"), *reviews]})
    rows = [row.columns for row in read_rows(path, ("said", "about", "meaning"))]
    assert [row["meaning"] for row in rows] == [("bad", "fair", "good")[stars - 1] for *_, stars in reviews]


def test_numbers_alike_by_chance_join_nothing(tmp_path: Path) -> None:
    """Row numbers of two tables, and grades that are also row numbers; a declared or called key joins them."""

    def shown(schema: str, **tables: list[tuple[Any, ...]]) -> dict[str, object]:
        path = tmp_path / f"{len([*tmp_path.iterdir()])}.db"
        with closing(sqlite3.connect(path)) as database:
            database.executescript(schema)
            for name, rows in tables.items():
                database.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(rows[0]))})", rows)  # noqa: S608
            database.commit()
        return list(read_rows(path, ()))[2].columns

    notes = [(n, text, n % 3 + 1) for n, (text, _) in enumerate(TABLE, 1)]
    who = [(n, f"P{n}") for n in range(1, len(TABLE) + 9)]
    verdicts = [(n, label) for n, (_, label) in enumerate(TABLE[:-2], 1)]
    people = "CREATE TABLE people (id INTEGER PRIMARY KEY, who TEXT);"
    mine = "CREATE TABLE notes (id INTEGER PRIMARY KEY, said TEXT, grade INTEGER"
    own = ["id", "said", "grade"]
    assert [*shown(f"{people} {mine});", notes=notes, people=who[:-8])] == own
    assert [*shown(f"{people} {mine});", notes=notes, people=who[:4])] == own
    assert [*shown(f"{people} {mine} REFERENCES notes(id));", notes=notes, people=who)] == own
    assert shown(f"{people} {mine} REFERENCES People(id));", notes=notes, people=who)["who"] == "P1"
    ranked = "CREATE TABLE people (rank INTEGER UNIQUE, id INTEGER PRIMARY KEY, who TEXT);"
    upward = [(len(who) - n, *each) for n, each in enumerate(who)]
    assert shown(f"{ranked} {mine} REFERENCES people);", notes=notes, people=upward)["who"] == "P1"
    for key in ("note_no INTEGER", "of INTEGER REFERENCES notes(id)"):
        found = shown(f"{mine}); CREATE TABLE told ({key}, verdict TEXT);", notes=notes, told=verdicts)
        assert found["verdict"] == TABLE[2][1], key
    sheets = {"Notes": [own, *notes], "Menu": [("pos", "dish"), *who]}
    assert columns(workbook(tmp_path / "x.xlsx", sheets)) == own
    sheets = {
        "Tickets": [("Nr", *HEADED[0]), *((n, *row) for n, row in enumerate(TABLE, 1))],
        "Kunden": [("Nr", "Name"), *who],
    }
    assert columns(workbook(tmp_path / "y.xlsx", sheets)) == ["Nr", *HEADED[0]]


def test_what_another_sheet_says_of_ids_and_codes_becomes_columns(tmp_path: Path) -> None:
    """Labels by an id in another order, and the meanings of codes; a codebook of several variables names them."""
    numbered = [(f"T-{n}", text, n % 3 + 1) for n, (text, _) in enumerate(TABLE)]
    labels = sorted(((f"T-{n}", label) for n, (_, label) in enumerate(TABLE)), key=lambda row: row[1])
    meanings = [("code", 1, "low"), ("code", 2, "middle"), ("code", 3, "high"), ("other", 1, "no")]
    path = workbook(
        tmp_path / "x.xlsx",
        {
            "Data": [("Nr", "Text", "code"), *numbered],
            "Labels": [("Nr", "Team"), *labels],
            "Codebook": [("Variable", "Value", "Meaning"), *meanings],
        },
    )
    assert columns(path) == ["Nr", "Text", "code", "Team", "Meaning"]
    said = ("low", "middle", "high")
    assert pairs(path) == [(*row, label, said[row[2] - 1]) for row, (_, label) in zip(numbered, TABLE, strict=True)]


def test_a_workbook_is_read_from_the_sheet_with_the_table(tmp_path: Path) -> None:
    """Titles above it, another sheet before it, columns that are empty; a row is named by its number in the sheet."""
    rows = [(None, *row, n, n / 2) for n, row in enumerate(TABLE)]
    head = (None, *HEADED[0], "Nr", "Wert")
    path = workbook(
        tmp_path / "x.xlsx",
        {"Info": [("Export",), ("von", "Amt")], "Daten": [("Tickets",), (), head, *rows], "Leer": []},
    )
    assert columns(path) == ["Nachricht", "Kategorie", "Nr", "Wert"]
    found = list(read_rows(path, ("Nachricht", "Nr")))
    assert [tuple(row.columns.values())[:2] for row in found] == TABLE
    grouped = [("Nr", "Ticket", "", "", "h"), ("", "Nachricht", "Kategorie", "Wer", "")]
    grouped += [(n, *row, "ab"[n % 2], n) for n, row in enumerate(TABLE)]
    assert columns(workbook(tmp_path / "y.xlsx", {"Daten": grouped})) == ["Nr", "Nachricht", "Kategorie", "Wer", "h"]
    paged = workbook(tmp_path / "z.xlsx", {"Daten": [HEADED[0], *TABLE[:30], HEADED[0], *TABLE[30:]]})
    assert [row.line for row in read_rows(paged, ())][29:31] == [31, 33]
    assert (found[1].line, found[1].columns["Nr"], found[1].columns["Wert"]) == (5, 1, 0.5)
    assert layout(path).sentence() == "sheet 'Daten', 2 lines above the table passed over"


def test_rows_of_several_sheets_are_named_by_the_sheet_and_its_own_row(tmp_path: Path) -> None:
    """What is left out can be found in the program that shows the sheets; sorted and counted they go on."""
    sheets = {
        name: [("Reports",), (), HEADED[0], *((f"{name} {text}", b) for text, b in TABLE)] for name in ("June", "July")
    }
    sheets["July"][5] = ("no label", None)
    path = workbook(tmp_path / "x.xlsx", sheets)
    rows = list(read_rows(path, ()))
    assert [int(row.line) for row in rows] == list(range(1, 2 * len(TABLE) + 1))
    task = task_for("x.xlsx", examples={"path": "x.xlsx", "input": HEADED[0][0], "expected": HEADED[0][1]})
    found = load_examples(task, tmp_path)
    assert found.notes[0] == "x.xlsx: 1 row is left out, 'Kategorie' is empty ('July' row 6)"
    assert (str(copy(rows[0].line)), json.dumps(rows[0].line)) == ("'June' row 4", "1")


def test_two_sheets_that_hold_as_much_are_asked_about(tmp_path: Path) -> None:
    """By an option that a shell takes as it stands."""
    path = workbook(tmp_path / "x.xlsx", {"Jan 24": HEADED, "Feb": [("Text", "Art"), *TABLE[:49]]})
    says = r"'Jan 24' \(61 rows\) and 'Feb' \(50 rows\) .* --set 'examples.sheet=Jan 24'"
    with pytest.raises(InputError, match=says):
        pairs(path)
    assert len(pairs(path, Given(sheet="Feb"))) == 49
    with pytest.raises(InputError, match="has no sheet 'Mai'; its sheets are 'Jan 24', 'Feb'"):
        pairs(path, Given(sheet="Mai"))


MYSQL = r"""-- MySQL dump 10.13
/*!40101 SET NAMES utf8mb4 */;
CREATE TABLE `people` (`id` int, `name` varchar(50), PRIMARY KEY (`id`));
CREATE TABLE `shop`.`mails` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `body` text DEFAULT NULL,
  `price` decimal(5,2),
  `logo` blob,
  KEY `at` (`body`(10))
) ENGINE=InnoDB;
INSERT INTO `mails` VALUES (1,'It\'s late; \"very\"\nlate (3 days)',2.50,x'00ff'),(2,NULL,-1,NULL);
INSERT INTO `mails` VALUES (3,'Ann''s order, too',NULL,_binary 'ab');
"""
POSTGRES = "COPY public.mails (id, body) FROM stdin;\n1\tIt's late\\nagain\n2\t\\N\n\\.\n\nSELECT 1;\n"


def test_a_dump_of_a_database_is_read_and_not_executed(tmp_path: Path) -> None:
    """MySQL's, PostgreSQL's and SQLite's own; a table's rows, whatever signs their texts have."""
    texts = ["it's; late -- see (a, b)", 'say "no" \\', "two\nlines", "/* no comment */", ""]
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute('CREATE TABLE "my mails" (id INTEGER PRIMARY KEY, body TEXT, "what, then" TEXT DEFAULT (1))')
        database.executemany(
            'INSERT INTO "my mails" VALUES (?, ?, ?)', [(n, text, None) for n, text in enumerate(texts)]
        )
        dump = "\n".join(database.iterdump())
    (tmp_path / "own.sql").write_text(dump, encoding="utf-8")
    read = [row.columns for row in read_rows(tmp_path / "own.sql", ())]
    assert [row["body"] or "" for row in read] == texts
    assert list(read[0]) == ["id", "body", "what, then"]
    (tmp_path / "shop.sql").write_text(MYSQL, encoding="utf-8")
    rows = [row.columns for row in read_rows(tmp_path / "shop.sql", ())]
    assert [row["body"] for row in rows] == ['It\'s late; "very"\nlate (3 days)', None, "Ann's order, too"]
    assert [row["price"] for row in rows] == [2.5, -1, None]
    (tmp_path / "pg.sql").write_text(POSTGRES, encoding="utf-8")
    assert [row.columns["body"] for row in read_rows(tmp_path / "pg.sql", ())] == ["It's late\nagain", None]
    (tmp_path / "none.sql").write_text("DROP TABLE mails;\n", encoding="utf-8")
    with pytest.raises(InputError, match="holds no rows of a table"):
        list(read_rows(tmp_path / "none.sql", ()))
