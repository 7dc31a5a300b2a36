"""What programs export, folders by class, and whatever a writer of tables writes."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.errors import InputError
from advisor.task.delimited import NOTHING
from advisor.task.described_rows import described
from advisor.task.rows import read_rows
from tests.tables import for_each
from tests.task.helpers import write
from tests.task.test_layouts import pairs, workbook

# What is exported, in which file, and its rows; `source` has the published example or record that it follows.
EXPORTS = [
    json.loads(line) for line in Path(__file__).with_name("exports.jsonl").read_text(encoding="utf-8").splitlines()
]


@for_each("export", EXPORTS)
def test_what_programs_export_as_json(tmp_path: Path, export: dict[str, Any]) -> None:
    name, value = export["file"], export["value"]
    lines = name.endswith("l") or export["what"].startswith("objects that")
    text = "\n".join(map(json.dumps, value)) if lines else json.dumps(value)
    assert [row.columns for row in read_rows(write(tmp_path / name, text), ())] == export["rows"]


ADA = {"text": "Ada ran", "mood": "x", "id": 1, "ner": [{"start": 0, "end": 3, "label": "PER"}], "kind": "sport"}
SPANS = [{"start": 0, "end": 3, "label": "PER"}, {"start": 11, "end": 15, "label": "LOC"}]
DOCCANO = {"id": 1, "text": "Ada ran to Rome", "Comments": []}
SUM = {"question": "2+2?", "expected": "4", "metadata.kind": "sum"}
# The first row of files that the tools' own code wrote: langsmith 0.15.1, langfuse 5.0.4, arize-phoenix-client 3.5.0
# (and pandas), label-studio-sdk 2.1.2 (its converter), doccano 1.8.4 (its formatters and writers).
WRITTEN_BY_TOOLS: dict[str, tuple[dict[str, Any], int]] = {
    "langsmith.jsonl": ({"question": "Where is Kilimanjaro?", "expected": "Tanzania", "attachments": None}, 2),
    "langfuse.json": ({"country": "Italy", "expected": "Rome"}, 1),  # the other one is archived
    "phoenix.json": (SUM, 2),
    "phoenix.csv": (SUM, 2),  # whose cells hold objects as Python writes them
    "label-studio.json": ({"text": "Ada ran", "mood": "x", "label": ["sport"], "spans": ADA["ner"]}, 2),
    "label-studio-min.json": (ADA, 2),
    "label-studio.csv": (ADA | {"id": "1"}, 2),
    "label-studio.conll": ({"tokens": ["Ada", "ran"], "tags": ["B-PER", "O"]}, 2),
    "doccano.jsonl": (DOCCANO | {"label": SPANS}, 2),
    "doccano-relations.jsonl": (DOCCANO | {"entities": SPANS, "relations": []}, 2),
}


@for_each("name", WRITTEN_BY_TOOLS)
def test_what_tools_write_is_read(name: str) -> None:
    rows = [row.columns for row in read_rows(Path(__file__).with_name("exports") / name, ())]
    assert (rows[0], len(rows)) == WRITTEN_BY_TOOLS[name]


@for_each("name", ["lists.json", "lists.jsonl", "turns.jsonl", "cells.csv"])
def test_chats_of_any_form_end_in_the_assistants_answer(tmp_path: Path, name: str) -> None:
    """Bare lists of turns, turns that hold nothing but a speaker and a text, and JSON in a cell."""
    roles = {"customer": "user", "agent": "assistant"}
    chats = [
        [("customer", f"The lift {n} is stuck"), ("agent", f"We come at {n}, sorry."), ("customer", "Thank you!")]
        for n in range(12)
    ]
    as_openai = [[{"role": roles[who], "content": text} for who, text in turns] for turns in chats]
    as_spoken = [{"id": n, "turns": [{"speaker": w, "text": t} for w, t in turns]} for n, turns in enumerate(chats)]
    path = tmp_path / name
    if name.endswith(".csv"):
        with path.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows([("id", "chat"), *((n, json.dumps(each)) for n, each in enumerate(as_openai))])
    elif name == "lists.json":
        write(path, json.dumps(as_openai))
    else:
        write(path, "\n".join(map(json.dumps, as_spoken if name == "turns.jsonl" else as_openai)))
    rows = [row.columns for row in read_rows(path, ("text", "answer"))]
    assert [(row["text"], row["answer"]) for row in rows] == [
        (f"The lift {n} is stuck", f"We come at {n}, sorry.") for n in range(12)
    ]
    assert "chats whose last turn is the answer" in described(path)
    sorted_ = [each | {"mood": "ab"[n % 2]} for n, each in enumerate(as_spoken)]
    shown = [
        row.columns for row in read_rows(write(tmp_path / "sorted.jsonl", "\n".join(map(json.dumps, sorted_))), ())
    ]
    assert "Thank you!" in shown[0]["turns"]  # what is sorted is the whole


def test_other_versions_of_label_studio_write_less_of_an_annotation(tmp_path: Path) -> None:
    """A control of one choice is a text, of several an object; nothing was chosen where it is not there."""
    held = {"annotator": 1, "annotation_id": 7, "created_at": "2024-06-18T14:02:00Z", "lead_time": 3.1}
    said: list[Any] = ["late", {"choices": ["late", "rude"]}]
    rows = [{"id": at, "text": f"a {at}", "tags": each} | held for at, each in enumerate(said)]
    read = read_rows(write(tmp_path / "min.json", json.dumps(rows)), ())
    assert [row.columns for row in read] == [
        {"id": 0, "text": "a 0", "tags": "late"},
        {"id": 1, "text": "a 1", "tags": ["late", "rude"]},
    ]


# Columns and quotes are those of the source, the words ours; of Phoenix also the columns of that test before.
TABLES = {
    # Arize-ai/phoenix, tests/unit/server/api/routers/v1/test_datasets.py, test_get_dataset_download_latest_version
    "Phoenix": "id,node_id,input.question,metadata.kind,output.answer\nRGF0,RGF0,2+2?,sum,4\n",
    "Phoenix before": "example_id,input_question,metadata_kind,output_answer\nRGF0,2+2?,sum,4\n",
    # langfuse/langfuse, packages/shared/src/server: toDomainType, transformStreamToCsv; worker: getDatabaseReadStream
    "Langfuse": '"id","projectId","datasetId","status","sourceTraceId","sourceObservationId","createdAt","updatedAt",'
    '"input","expectedOutput","metadata","datasetName","htmlSourcePath"\n'
    '"a1","p","d","ACTIVE","t","","""2026-05-01T10:00:00.000Z""","""2026-05-01T10:00:00.000Z""",'
    '"{""question"":""2+2?""}","{""answer"":""4""}","{""kind"":""sum""}","sums","/project/p/traces/t"\n',
    # no published file was found: the fields of a record in https://www.braintrust.dev/docs/guides/datasets
    "Braintrust": '\ufeffid,input,expected,metadata\na1,"{""question"": ""2+2?""}",4,"{""kind"": ""sum""}"\n',
}


@for_each("tool", TABLES)
def test_what_tools_export_as_csv(tmp_path: Path, tool: str) -> None:
    """Objects in cells, or one column a key; a task may name the columns that these become, or the file's own."""
    path = write(tmp_path / "x.csv", TABLES[tool])
    assert [row.columns for row in read_rows(path, ())] == [SUM]
    assert next(read_rows(path, ("question", "expected"))).columns == SUM
    head = next(csv.reader(TABLES[tool].lstrip("\ufeff").splitlines()))
    own = tuple(name for name in head if name.startswith(("input", "expected", "output")))
    assert set(own) <= next(read_rows(path, own)).columns.keys()


# Files that are no tables, and their rows.
WRITTEN = {
    "m.tmx": """<tmx><body><tu><tuv xml:lang="en"><seg><bpt i="1">&lt;b></bpt>Open<ept i="1">&lt;/b></ept> &amp;
        <hi>save</hi></seg></tuv>
        <tuv xml:lang="ro" changeid="ana"><seg>Deschide</seg></tuv></tu>
        <tu><tuv xml:lang="en"><seg>Close</seg></tuv></tu></body></tmx>""",
    "m11.tmx": """<tmx version="1.1"><body><tu><tuv lang="FR"><seg>Ouvrir</seg></tuv><tuv lang="EN" changeid="m">
        <seg>Open</seg></tuv></tu><tu><tuv lang="FR"><seg>Fermer</seg></tuv></tu></body></tmx>""",
    "w.xml": """<rss><channel><item><title>Soup</title><c><id>1</id><said>Good</said></c>
        <c><id>2</id><said>Bad</said></c><c><id>4</id><said>Hot</said></c></item><item><title>Tart</title><c><id>3</id><said>Dry</said></c></item></channel></rss>""",
    "r.xml": """<all><r id="1"><site code="MB"/><tag label="dry" by="ann"/><said>It <b>broke</b></said>
        <by><risk>2</risk><grade>None</grade></by></r></all>""",
    "c.ics": """BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
DTSTART;TZID=Europe/Oslo:20240120T121500
DTEND;TZID=Europe/Oslo:20240120T140000
SUMMARY:Mend the
  tap\\, soon
END:VEVENT
BEGIN:VEVENT
DTSTART;VALUE=DATE:20240201
DTEND;VALUE=DATE:20240202
SUMMARY:Away
END:VEVENT
END:VCALENDAR""",
    "uk.po": r"""msgid ""
msgstr "Language: uk\n"

#: a.c:3
#, c-format
msgid ""
"%s is \"late\"\n"
"again"
msgstr "%s знову"

#, fuzzy, c-format
msgctxt "menu"
msgid "Buy"
msgstr "Be"

msgid "%d stop"
msgid_plural "%d stops"
msgstr[0] "%d зупинка"
msgstr[1] "%d зупинки"

#~ msgid "Gone"
#~ msgstr "Немає"
""",
    "e.xlf": """<?xml version="1.0"?><xliff xmlns="x"><file><header><tool id="a"/></header><body>
        <trans-unit id="1"><source>Save</source><target>Speichern</target></trans-unit>
        <trans-unit id="new"><source>Undo</source><target>Zurück</target></trans-unit>
        <trans-unit id="3"><source>Redo</source><target state="needs-translation">Redo</target></trans-unit>
        </body></file></xliff>""",
    "t.tei": """<?xml version="1.0"?><TEI xmlns="x"><body><p>Met
        <persName>Anna  Meier</persName> in <placeName>Jena</placeName>.</p><p>No <hi/>one.</p></body></TEI>""",
    "s.xml": """<?xml version="1.0"?><Workbook
        xmlns="urn:schemas-microsoft-com:office:spreadsheet"
        xmlns:s="urn:schemas-microsoft-com:office:spreadsheet"><Table>
        <Row><Cell><Data>said</Data></Cell><Cell><Data>by</Data></Cell><Cell><Data>head</Data></Cell></Row>
        <Row><Cell><Data>Slept well</Data></Cell><Cell s:Index="3"><Data>quiet</Data></Cell></Row>
        <Row><Cell><Data>Fell</Data></Cell><Cell><Data>Ada</Data></Cell><Cell><Data>fall</Data></Cell></Row>
        </Table></Workbook>""",
    "a.mbox": """From 1@x Mon Mar 03 10:00:00 2025
From: <ada@
Subject: Tap
X-Gmail-Labels: Inbox,Water

It drips
>From noon on

From 2@x Mon Mar 03 11:00:00 2025
Subject: =?utf-8?q?K=C3=A4lte?=
X-Gmail-Labels: Inbox,Heat
Content-Type: text/html; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

<style>p {}</style><p>Es ist k=FChl</p>
""",
    "w.htm": """<table><tr><td>said<td>head</tr><tr><td>Slept well<td>quiet</tr></table><p>Tuesday</p>
        <table><tr><td>said<td>head</tr><tr><td>Fell at two<td rowspan=2>fall</tr><tr><td>And at six</table>""",
}
ROWS = {
    "m.tmx": [{"en": "Open & save", "ro": "Deschide"}, {"en": "Close", "ro": ""}],
    "m11.tmx": [{"FR": "Ouvrir", "EN": "Open"}, {"FR": "Fermer", "EN": ""}],
    "w.xml": [
        {"id": "1", "said": "Good"},
        {"id": "2", "said": "Bad"},
        {"id": "4", "said": "Hot"},
        {"id": "3", "said": "Dry"},
    ],
    "r.xml": [
        {"id": "1", "site": "MB", "tag.label": "dry", "tag.by": "ann", "said": "It broke", "risk": "2", "grade": "None"}
    ],
    "c.ics": [
        {"DTSTART": "20240120T121500", "DTEND": "20240120T140000", "TITLE": "Mend the tap, soon", "MINUTES": "105"}
    ],
    "uk.po": [
        {"msgid": '%s is "late"\nagain', "msgstr": "%s знову", "msgctxt": ""},
        {"msgid": "Buy", "msgstr": "", "msgctxt": "menu"},
        {"msgid": "%d stop", "msgstr": "%d зупинка", "msgctxt": ""},
    ],
    "e.xlf": [
        {"id": "1", "source": "Save", "target": "Speichern"},
        {"id": "new", "source": "Undo", "target": "Zurück"},
        {"id": "3", "source": "Redo", "target": ""},
    ],
    "t.tei": [
        {
            "text": "Met Anna Meier in Jena.",
            "spans": [{"start": 4, "end": 14, "label": "persName"}, {"start": 18, "end": 22, "label": "placeName"}],
        },
        {"text": "No one.", "spans": []},
    ],
    "s.xml": [{"said": "Slept well", "by": None, "head": "quiet"}, {"said": "Fell", "by": "Ada", "head": "fall"}],
    "a.mbox": [
        {"date": "", "from": "", "subject": "Tap", "text": "It drips\nFrom noon on", "label": "Water"},
        {"date": "", "from": "", "subject": "Kälte", "text": "Es ist kühl", "label": "Heat"},
    ],
    "w.htm": [
        {"said": "Slept well", "head": "quiet"},
        {"said": "Fell at two", "head": "fall"},
        {"said": "And at six", "head": "fall"},
    ],
}


@for_each("name", WRITTEN)
def test_what_is_no_table_is_read_as_one(tmp_path: Path, name: str) -> None:
    """Translations, nested and marked XML, mailboxes, dumps of databases, calendars, a table a day on a page."""
    assert [row.columns for row in read_rows(write(tmp_path / name, WRITTEN[name]), ())] == ROWS[name]


def test_a_task_that_names_a_key_of_an_export_gets_it(tmp_path: Path) -> None:
    """Columns that the rows have as they are written come before those that an export is brought to."""
    path = write(tmp_path / "x.jsonl", '{"ticket": {"text": "a b"}, "kind": "x"}\n')
    assert next(read_rows(path, ("ticket.text", "kind"))).columns == {"ticket.text": "a b", "kind": "x"}
    assert next(read_rows(path, ("ticket", "kind"))).columns["ticket"] == {"text": "a b"}


def test_a_key_that_a_few_records_lack_is_empty_there(tmp_path: Path) -> None:
    """As databases leave out what is not set; one that most of them lack is refused by its line."""
    kept = [{"text": "a b", "label": "x"}] * 3
    path = write(tmp_path / "x.jsonl", "\n".join(map(json.dumps, [*kept, {"text": "c d", "rare": 1}])))
    assert [row.columns.get("label") for row in read_rows(path, ("text", "label"))] == ["x", "x", "x", None]
    with pytest.raises(InputError, match=r"x\.jsonl:1: has no column 'rare'"):
        list(read_rows(path, ("text", "rare")))


def test_a_form_of_a_programs_own_is_refused_with_the_way_out(tmp_path: Path) -> None:
    """Instead of as a text that is broken."""
    for name, head, said in (
        ("a.pdf", b"%PDF-1.7\n%\xe2\xe3\x01", "as .txt"),
        ("a.sav", b"$FL2@\0\0", "export it as CSV"),
    ):
        with pytest.raises(InputError, match=said):
            pairs(write(tmp_path / name, head))


CELL = st.text(
    st.characters(codec="utf-8", exclude_characters="\x85\u2028\u2029", exclude_categories=["Cc", "Cs"]), max_size=30
)
TEAM = st.sampled_from(["billing", "bug", "other"])
DIALECT = st.fixed_dictionaries(
    {
        "delimiter": st.sampled_from([",", ";", "\t", "|"]),
        "lineterminator": st.sampled_from(["\n", "\r\n"]),
        "quoting": st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    }
)


@given(
    rows=st.lists(st.tuples(CELL.filter(str.strip), TEAM, CELL), min_size=3, max_size=30),
    dialect=DIALECT,
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_any_table_that_a_csv_writer_writes_comes_back(
    tmp_path: Path, rows: list[tuple[str, str, str]], dialect: dict[str, Any], encoding: str
) -> None:
    """Whatever stands in its cells: the rows are the same, in any dialect, where the columns are asked for by name."""
    stream = io.StringIO()
    csv.writer(stream, **dialect).writerows([("message", "team", "note"), *rows])
    path = write(tmp_path / "x.csv", stream.getvalue().encode(encoding))
    found = [tuple(row.columns.values()) for row in read_rows(path, ("message", "team", "note"))]
    assert found == [tuple("" if cell in NOTHING else cell for cell in row) for row in rows]


def _is_text(text: str) -> bool:
    """Whether the library that writes workbooks keeps a text as it is: a formula or an error is none."""
    return bool(text.strip()) and not text.startswith(("=", "#"))


@settings(max_examples=40)
@given(rows=st.lists(st.tuples(CELL.filter(_is_text), TEAM), min_size=3, max_size=30))
def test_any_table_in_a_workbook_comes_back(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    path = workbook(tmp_path / "x.xlsx", {"Tickets": [("message", "team"), *rows]})
    found = [tuple(row.columns.values()) for row in read_rows(path, ("message", "team"))]
    assert [(str(text), label) for text, label in found] == rows


def test_one_column_is_a_table_too(tmp_path: Path) -> None:
    """Quotes around a text that holds commas are no part of it."""
    texts = ["short", "one, with a comma", 'one that says "no"']
    path = tmp_path / "texts.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["text"], *([text] for text in texts)])
    assert [row.columns["text"] for row in read_rows(path, ())] == texts


def test_states_of_mails_are_no_labels_of_them(tmp_path: Path) -> None:
    """As Gmail exports them: each of the states stands beside most labels, though on half of the mails."""
    own, states = (
        ("Bills", "Visits", "Results", ""),
        (("Inbox", "Opened"), ("Inbox", "Important", "Unread"), ("Important",)),
    )
    labels = [",".join((own[n % 4], *states[n % 3])) for n in range(24)]
    mails = [
        f"From {n}@x Mon Mar 03 10:00:00 2025\nSubject: No {n}\nX-Gmail-Labels: {each}\n\nHi\n"
        for n, each in enumerate(labels)
    ]
    rows = list(read_rows(write(tmp_path / "x.mbox", "\n".join(mails)), ()))
    assert [row.columns["label"] for row in rows] == [own[n % 4] for n in range(24)]


def test_columns_of_one_name_are_one_list(tmp_path: Path) -> None:
    """As Jira exports labels: from the left, none twice. Comments, annotators who agree, and gaps stay apart."""
    head = "Summary,Labels,Labels,Labels,Comment,Comment"
    lines = [head, "a,bug,ui,,It is broken since we have changed the lock,", "b,,,,Yes,", "c,ui,,,,"]
    path = write(tmp_path / "x.csv", "\n".join(lines))
    rows = list(read_rows(path, ()))
    assert [row.columns["Labels"] for row in rows] == ["bug;ui", "", "ui"]
    assert list(rows[0].columns) == ["Summary", "Labels", "Comment (1)", "Comment (2)"]
    assert next(read_rows(path, ("Labels (2)",))).columns["Labels (2)"] == "ui"
    named = [head.replace("Labels,Labels,Labels", "Round (1),Round (2),Round (3)"), *lines[1:]]
    assert "Round (3)" in next(read_rows(write(path, "\n".join(named)), ())).columns
    graded = [head, "a,1,2,,,", "b,3,,,,"]
    assert "Labels (3)" in next(read_rows(write(path, "\n".join(graded)), ())).columns
    for other in ("d,ui,ui,,,", "d,,ui,,,"):
        apart = next(read_rows(write(tmp_path / "y.csv", "\n".join([*lines, other])), ()))
        assert "Labels (3)" in apart.columns


def test_things_with_an_id_and_a_name_show_both(tmp_path: Path) -> None:
    """As programs list them; an object that differs from record to record is an answer with such fields."""
    matter = '{{"text": "case {0}", "area": {{"id": {1}, "name": "{2}"}}, "client": {{"id": {0}, "name": "C {0}"}}}}\n'
    path = write(tmp_path / "m.jsonl", "".join(matter.format(n, n % 2, ("rent", "debt")[n % 2]) for n in range(8)))
    first = next(read_rows(path, ("text", "area.name"))).columns
    assert first == {"text": "case 0", "area.id": 0, "area.name": "rent", "client.id": 0, "client.name": "C 0"}
    order = '{{"text": "order {0}", "answer": {{"id": {0}, "name": "C {0}"}}, "area": {{"id": 1, "name": "x"}}}}\n'
    path = write(tmp_path / "o.jsonl", "".join(order.format(n) for n in range(8)))
    assert next(read_rows(path, ("text", "answer"))).columns["answer"] == {"id": 0, "name": "C 0"}


def test_a_list_of_fields_with_their_ids_is_a_column_each(tmp_path: Path) -> None:
    """As help desks list a ticket's custom fields; comments, whose ids come once, are none."""
    tickets = [
        {
            "id": n,
            "subject": f"Charged {n} times",
            "custom_fields": [{"id": 3601, "value": "bill" if n % 2 else None}, {"id": 3602, "value": n % 3 > 0}],
            "comments": [{"id": 10 * n + each, "value": f"We look at it, step {each}."} for each in range(n % 3)],
        }
        for n in range(9)
    ]
    path = write(tmp_path / "t.json", json.dumps({"tickets": tickets}))
    rows = [row.columns for row in read_rows(path, ())]
    assert [(row["custom_fields.3601"], row["custom_fields.3602"]) for row in rows[:2]] == [
        (None, False),
        ("bill", True),
    ]
    assert rows[2]["comments"] == tickets[2]["comments"]
    assert "lists of fields" in described(path)


def test_points_with_one_maximum_are_numbers(tmp_path: Path) -> None:
    lines = ["essay;points;score;due", *(f"essay {n};{n % 16} / 15;{n}/{n + 3};0{n % 9 + 1}/25" for n in range(15))]
    path = write(tmp_path / "x.csv", "\n".join(lines))
    rows = [row.columns for row in read_rows(path, ())]
    assert "'points' as points out of 15" in described(path)
    assert rows[2]["due"] == "03/25"  # a month
    assert [row["points"] for row in rows] == [str(n % 16) for n in range(15)]
    assert rows[2]["score"] == "2/5"  # of different wholes


def test_a_line_above_the_header_is_passed_over_though_it_fills_nearly_as_many_columns(tmp_path: Path) -> None:
    lines = ["Export: Reviews,,2025-03-01,,", "Date,Region,Comment,Verdict,Notes"]
    lines += [f"2025-02-{n % 28 + 1:02},,the flat is bright {n},{('keep', 'change')[n % 2]}," for n in range(40)]
    first = next(read_rows(write(tmp_path / "x.csv", "\n".join(lines)), ()))
    assert first.columns["Comment"] == "the flat is bright 0"
    assert first.line == 3
