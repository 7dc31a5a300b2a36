"""Folders: by class, of tables, of texts and recordings; databases, documents and archives."""

import gzip
import json
import sqlite3
import struct
import tarfile
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from advisor.errors import InputError
from advisor.interview.files.documents import search_in
from advisor.interview.files.hub_dataset import examples_file, named_file, with_files
from advisor.task.described_rows import described
from advisor.task.examples import load_examples
from advisor.task.folder_kinds import holds_rows
from advisor.task.known_formats import lacks_of
from advisor.task.rows import read_rows
from tests.tables import for_each
from tests.task.helpers import task_for, write
from tests.task.test_layouts import pairs


def test_a_folder_is_read_by_class(tmp_path: Path) -> None:
    """One row a file, in a fixed order, without those that break off and what is not sorted; others are refused."""
    for name in ("rust/b.png", "rust/a.JPG", "healthy/c.png", "healthy/notes.txt", ".git/x.png", "to do/d.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"\xff\xd9" if name.endswith("JPG") else b"IEND\xae\x42\x60\x82")
    (tmp_path / "rust" / "cut.png").write_bytes(b"\x89PNG")
    preview = b"\xff\xd8\xff\xe1\x00\x06\xff\xd9\x00\x00\xff\xda"
    (tmp_path / "rust" / "film.jpg").write_bytes(preview + b"\x00\xff\xd9" + b"film" * 9000)
    (tmp_path / "rust" / "half.jpg").write_bytes(preview + b"half" * 9000)
    assert described(tmp_path) == (
        "a folder of files, 'to do' is read as files without a class (1 file left out), 2 files left out that break off"
    )
    found = ["healthy/c.png", "rust/a.JPG", "rust/b.png", "rust/film.jpg"]
    assert [name for name, _ in pairs(tmp_path)] == found
    assert [row.columns["file"] for row in read_rows(tmp_path, ("file", "label"))] == found
    alone = [row.columns for row in read_rows(tmp_path / "rust", ("file",))]  # to be labelled
    assert alone == [{"file": name} for name in ("a.JPG", "b.png", "film.jpg")]
    with pytest.raises(InputError, match=r"is a folder; name the file in it \('c.png', .*, or one that"):
        pairs(tmp_path / "healthy")


def test_texts_have_the_fields_of_the_json_files_of_their_names(tmp_path: Path) -> None:
    """Beside them or in a folder of their own; a text without one is left out, and a list is no object of fields."""
    for n in range(6):
        write(tmp_path / f"letter {n}.txt", f"Dear council, a shed for {n + 1}00 euro.")
        write(tmp_path / f"letter {n}.json", f'{{"work": "shed", "cost": {{"euro": {n + 1}00}}}}')
    write(tmp_path / "README.txt", "typed by hand")
    assert described(tmp_path) == "texts with the fields of a JSON file each, 1 text without fields left out"
    rows = [row.columns for row in read_rows(tmp_path, ("text", "work", "cost.euro"))]
    assert (len(rows), rows[2]["text"], rows[2]["cost.euro"]) == (6, "Dear council, a shed for 300 euro.", 300)
    (tmp_path / "gold").mkdir()
    for each in tmp_path.glob("*.json"):
        each.rename(tmp_path / "gold" / each.name)
    assert [row.columns for row in read_rows(tmp_path, ("text", "work"))] == rows
    write(tmp_path / "gold" / "letter 0.json", '{"text": "a shed", "who": "Ann"}')  # has other fields
    write(tmp_path / "gold" / "letter 1.json", '{"a":' * 5000)
    rows = [row.columns for row in read_rows(tmp_path, ("text", "work", "who"))]
    assert [rows[0][name] for name in ("work", "who", "field text")] == [None, "Ann", "a shed"]
    assert rows[0]["text"].startswith("Dear council")
    assert (len(rows), rows[1]["work"], rows[2]["who"]) == (6, None, None)
    for each in (tmp_path / "gold").glob("*.json"):
        write(each, "[1]")
    assert "JSON file" not in described(tmp_path)


def test_a_folder_of_tables_of_one_kind_is_one_table(tmp_path: Path) -> None:
    """With the file of each row; a code book next to them is left out, and two kinds are no reading."""
    cue = "{0}\r00:00:{0:02d},000 --> 00:00:{0:02d},900\r{1}\r\r"
    for name in ("ann", "bob"):
        lines = [
            f"{name.upper()} : Je dors\rmal. {{HEALTH}}",
            "ENQ : Pourquoi ?",
            f"{name.upper()} : Seul. {{ALONE}}{{AID}}",
        ]
        cues = [cue.format(n + 1, text) for n, text in enumerate(lines * 5)]
        write(tmp_path / f"{name}.srt", "".join(cues).encode("mac_roman"))
    write(tmp_path / "codes.txt", "HEALTH = body\nALONE = on one's own\n")
    assert described(tmp_path) == "the rows of 2 files, 'codes.txt' left out"
    rows = [row.columns for row in read_rows(tmp_path, ("text", "label"))]
    shown = [(row["author"], row["text"], row["label"], row["file"]) for row in rows]
    assert (len(shown), shown[0], shown[1]) == (
        30,
        ("ANN", "Je dors mal.", "HEALTH", "ann.srt"),
        ("ENQ", "Pourquoi ?", "", "ann.srt"),
    )
    assert shown[-1] == ("BOB", "Seul.", "ALONE;AID", "bob.srt")
    for name in ("a.csv", "b.csv"):
        write(tmp_path / name, "file,source file\n1,2\n")
    assert not holds_rows(tmp_path)
    for name in ("ann", "bob"):
        (tmp_path / f"{name}.srt").unlink()
    assert [row.columns["source source file"] for row in read_rows(tmp_path, ())] == ["a.csv", "b.csv"]


def test_what_datasets_saved_is_refused_with_the_call_that_saves_its_rows(tmp_path: Path) -> None:
    """The folder of several splits, and that of one."""
    (tmp_path / "own" / "train").mkdir(parents=True)
    (tmp_path / "own" / "dataset_dict.json").write_text('{"splits": ["train"]}', encoding="utf-8")
    (tmp_path / "own" / "train" / "data-00000-of-00001.arrow").write_bytes(b"\xff\xff\xff\xff")
    for folder in (tmp_path / "own", tmp_path / "own" / "train"):
        with pytest.raises(InputError, match=r"load_from_disk\('.*/own/train'\)\.to_parquet\('train\.parquet'\)"):
            examples_file(str(folder))


@for_each("nested", [{"feature": {}, "_type": "Sequence"}, {"feature": {}, "_type": "List"}, []])
def test_lists_of_labels_have_their_names_too(tmp_path: Path, nested: Any) -> None:
    """A sentence's tags, as each version of the library writes them."""
    of = {"names": ["O", "B-PER"], "_type": "ClassLabel"}
    features = {"tags": [of] if nested == [] else nested | {"feature": of}}
    known = json.dumps({"info": {"features": features}})
    path = tmp_path / "x.parquet"
    duckdb.sql(f"COPY (SELECT 'a' AS text, [0, 1, -1] AS tags) TO '{path}' (KV_METADATA {{huggingface: '{known}'}})")
    assert [row.columns["tags"] for row in read_rows(path, ())] == [["O", "B-PER", None]]


def test_texts_with_brats_marks_are_read_with_their_spans(tmp_path: Path) -> None:
    """Places count the line ends that the program saw; a text whose marks are empty is none that was marked."""
    for name, text in (("1", "Takes aspirin.\r\nNo fever now.\r\n"), ("2", "Nothing yet.")):
        write(tmp_path / f"{name}.txt", text)
    write(
        tmp_path / "1.ann",
        "T1\tDrug 6 13\taspirin\nR1\tTreats Arg1:T1 Arg2:T2\nT2\tSign 19 24\tfever\n#1\tNote T1\t?\n",
    )
    write(tmp_path / "2.ann", "")
    assert described(tmp_path) == "texts with brat's marks, 1 text without marks left out"
    assert lacks_of(described(tmp_path)) == "not taken: relations, events, attributes, notes"
    (row,) = read_rows(tmp_path, ("text", "spans"))
    assert [(row.columns["text"][each["start"] : each["end"]], each["label"]) for each in row.columns["spans"]] == [
        ("aspirin", "Drug"),
        ("fever", "Sign"),
    ]


def test_a_folder_with_notes_next_to_a_table_is_no_dataset(tmp_path: Path) -> None:
    """Texts by class are of two classes at least, each folder holds some, and no table lies above them."""
    for name in ("docs/README.md", "notes/todo.txt"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("x", encoding="utf-8")
        assert holds_rows(tmp_path) == (name == "notes/todo.txt")
    (tmp_path / "Thumbs.db").write_bytes(b"\0")
    assert holds_rows(tmp_path)
    (tmp_path / "src").mkdir()
    assert not holds_rows(tmp_path)
    (tmp_path / "src").rmdir()
    (tmp_path / "mails.csv").write_text("text,label\na,b\n", encoding="utf-8")
    assert not holds_rows(tmp_path)


def test_databases_documents_and_archives_hold_tables(tmp_path: Path) -> None:
    """The row of another table named by an id or a foreign key is joined; an archive's only folder or file is meant."""
    with closing(sqlite3.connect(tmp_path / "x.db")) as database:
        database.executescript(
            "CREATE TABLE mail (id INTEGER, said TEXT, team_id INTEGER); CREATE TABLE team (id INTEGER, name TEXT);"
            "INSERT INTO mail VALUES (1, 'a', 7), (2, 'b', 8), (3, 'c', 7); INSERT INTO team VALUES (7, 'x'), (8, 'y')"
        )
    assert [row.columns["name"] for row in read_rows(tmp_path / "x.db", ("said", "name"))] == ["x", "y", "x"]
    inner = "<w:tbl><w:tr><w:tc>" * 999 + "</w:tc></w:tr></w:tbl>" * 999  # whose rows are not those of the outer table
    cells = "".join(
        f"<w:tr><w:tc><w:p>{said}</w:p>{inner if said == 'b' else ''}</w:tc><w:tc><w:p>{label}</w:p></w:tc></w:tr>"
        for said, label in [("said", "is"), ("a", "x"), ("b", "y")]
    )
    with zipfile.ZipFile(tmp_path / "x.docx", "w") as packed:
        packed.writestr("word/document.xml", f'<w:document xmlns:w="w"><w:tbl>{cells}</w:tbl></w:document>')
    assert pairs(tmp_path / "x.docx") == [("a", "x"), ("b", "y")]
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as packed:
        for name in ("../in/good/1.txt", "in/bad/1.txt", "__MACOSX/in"):
            packed.writestr(name, name)
    assert [row.columns["label"] for row in read_rows(named_file(str(tmp_path / "x.zip")), ())] == ["bad", "good"]
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as packed:
        for name, text in (("readme.pdf", "%PDF"), ("kinds.csv", "no,is\n1,x\n"), ("mails.csv", "said,is\na,x\nb,y\n")):
            packed.writestr(name, text)
    assert pairs(named_file(str(tmp_path / "t.zip"))) == [("a", "x"), ("b", "y")]
    (tmp_path / "y.csv.gz").write_bytes(gzip.compress(b"said,is\na,x\nb,y\n"))
    assert pairs(named_file(str(tmp_path / "y.csv.gz"))) == [("a", "x"), ("b", "y")]
    assert pairs(Path(with_files(task_for("y.csv.gz"), tmp_path).examples.path)) == [("a", "x"), ("b", "y")]
    with tarfile.open(tmp_path / "w.tar.xz", "w:xz") as packed:
        packed.add(tmp_path / "x.db")
    damaged = bytearray((tmp_path / "w.tar.xz").read_bytes())
    damaged[len(damaged) // 2] ^= 0xFF
    (tmp_path / "w.tar.xz").write_bytes(damaged)
    for path in (write(tmp_path / "z.zip", "PK"), tmp_path / "w.tar.xz"):
        with pytest.raises(InputError, match="cannot be unpacked"):
            named_file(str(path))


def test_a_damaged_document_is_refused_in_one_line(tmp_path: Path) -> None:
    """Without its text, or with more of it than can be held, as its directory says."""
    path = tmp_path / "x.odt"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("mimetype", "x")
    with pytest.raises(InputError, match=r"no item named 'content.xml' .* save the examples as CSV"):
        pairs(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("content.xml", "x")
    raw, size = path.read_bytes(), struct.Struct("<I")
    path.write_bytes(raw[: (at := raw.rindex(b"PK\1\2") + 24)] + size.pack(600 << 20) + raw[at + 4 :])
    with pytest.raises(InputError, match="it unpacks to more than 512 MiB"):
        pairs(path)


def test_a_folder_of_texts_is_read_by_class(tmp_path: Path) -> None:
    for label, text, encoding in (("good", "schön", "cp1252"), ("bad", "nass\nund kalt\n", "utf-8")):
        (tmp_path / label).mkdir()
        (tmp_path / label / "1.txt").write_bytes(text.encode(encoding))
        (tmp_path / label / "2.pdf").write_bytes(b"%PDF")
    rows = [row.columns for row in read_rows(tmp_path, ())]
    assert rows == [{"text": "nass\nund kalt", "label": "bad"}, {"text": "schön", "label": "good"}]
    assert not holds_rows(tmp_path / "good")  # a PDF cannot be read
    (tmp_path / "good" / "2.pdf").rename(tmp_path / "good" / "2.md")
    assert holds_rows(tmp_path / "good")
    assert [row.columns["name"] for row in read_rows(tmp_path / "good", ("text", "file"))] == ["1", "2"]


def test_recordings_with_texts_of_their_names_are_read_as_pairs(tmp_path: Path) -> None:
    """In one folder or in two; what has no text is left out."""
    for name in ("wav", "txt"):
        (tmp_path / name).mkdir()
    for name in ("wav/1.wav", "wav/2.WAV", "wav/3.wav", "txt/1.txt", "wav/2.txt"):
        write(tmp_path / name, f"said in {name[-5]}")
    rows = [row.columns for row in read_rows(tmp_path, ("file", "text"))]
    assert rows == [{"file": "wav/1.wav", "text": "said in 1"}, {"file": "wav/2.WAV", "text": "said in 2"}]
    assert described(tmp_path) == "files in pairs"


def test_files_of_two_languages_stand_side_by_side(tmp_path: Path) -> None:
    """Subtitles by their times, lines by their numbers; texts of different lengths are two texts."""
    cue = "{0}\n00:00:0{0},000 --> 00:00:09,000\n{1} {0}\n"
    for name in ("srt", "txt", "odd"):
        (tmp_path / name).mkdir()
    for language, places in (("en", (1, 2, 3)), ("nl", (1, 3))):
        write(tmp_path / f"srt/ep1.{language}.srt", "\n".join(cue.format(n, language) for n in places))
        write(tmp_path / f"txt/{language}.txt", "\n".join(f"{language} {n}" for n in (1, 3)))
        write(tmp_path / f"odd/{language}.txt", "\n".join(map(str, places)))
    for name in ("srt", "txt"):
        rows = [row.columns for row in read_rows(tmp_path / name, ("en", "nl"))]
        assert [(row["en"], row["nl"]) for row in rows] == [("en 1", "nl 1"), ("en 3", "nl 3")]
    assert [row.columns["name"] for row in read_rows(tmp_path / "odd", ())] == ["en", "nl"]


def test_texts_of_one_name_in_two_folders_are_pairs_if_they_belong_together(tmp_path: Path) -> None:
    """Reports and their summaries, with one that has none; classes numbered alike or of one subject are none."""
    towns = ("Breda", "Delft", "Gouda", "Hoorn", "Sneek", "Venlo")
    for number, town in enumerate(towns):
        write(tmp_path / f"pairs/full/{number}.txt", f"The council of {town} met. The roof of the {town} hall leaks.")
        write(tmp_path / f"pairs/short/{number}.md", f"{town}: roof leaks.")
        write(tmp_path / f"retold/person/{number}.txt", f"In {town} the roof of the hall leaks, they met about it.")
        write(tmp_path / f"retold/machine/{number}.txt", f"The council of {town} met. The roof of the hall leaks.")
        write(tmp_path / f"classes/praise/{number}.txt", f"{town} was lovely, the staff were kind.")
        write(tmp_path / f"classes/blame/{number}.txt", f"Waited for hours in {towns[number - 2]}, never again.")
    write(tmp_path / "pairs/full/spare.txt", "Nobody came.")
    assert described(tmp_path / "pairs") == "files in pairs, 1 text without a partner left out"
    rows = [row.columns for row in read_rows(tmp_path / "pairs", ("full", "short"))]
    assert [row["short"] for row in rows] == [f"{town}: roof leaks." for town in towns]
    assert all(town in row["full"] for town, row in zip(towns, rows, strict=True))
    assert {row.columns["label"] for row in read_rows(tmp_path / "classes", ("text",))} == {"praise", "blame"}
    assert {row.columns["label"] for row in read_rows(tmp_path / "retold", ("text",))} == {"person", "machine"}


def test_a_name_means_the_file_in_the_nearest_folder(tmp_path: Path) -> None:
    """Copies of it lie deeper; of two as near neither is meant."""
    names = [f"kb-{n}" for n in range(6)]
    for folder in ("articles", "old/articles", "even/older/articles"):
        (tmp_path / folder).mkdir(parents=True)
        for name in names:
            write(tmp_path / folder / f"{name}.md", f"{name} in {folder}")
    path = write(tmp_path / "qa.csv", "\n".join(["question,article", *(f"What is {name}?,{name}" for name in names)]))
    assert [row.columns["article"] for row in read_rows(path, ())] == [f"{name} in articles" for name in names]
    (tmp_path / "articles").rename(tmp_path / "old" / "more")
    assert [row.columns["article"] for row in read_rows(path, ())] == names


def test_a_name_means_no_file_of_several_that_are_no_copies(tmp_path: Path) -> None:
    """The deeper one does not lie below the other's folder, nor in one of that name."""
    for folder in ("train", "val/hard"):
        (tmp_path / folder).mkdir(parents=True)
    for name in (names := [f"{n:03}" for n in range(6)]):
        write(tmp_path / "train" / f"{name}.md", f"seen {name}")
        write(tmp_path / "val/hard" / f"{name}.md", f"unseen {name}")
    path = write(tmp_path / "qa.csv", "\n".join(["question,page", *(f"What is {name}?,{name}" for name in names)]))
    assert [row.columns["page"] for row in read_rows(path, ())] == names


def test_labels_stand_in_the_lines_of_a_file_of_their_own(tmp_path: Path) -> None:
    """As many as the texts in the other file; with one too few the two are no pair."""
    write(tmp_path / "events.log", "\n".join(f"GET /page{n} 200" for n in range(20)))
    labels = ["attack" if n % 5 == 0 else "benign" for n in range(20)]
    write(tmp_path / "labels.txt", "\n".join(labels) + "\n")
    rows = [row.columns for row in read_rows(tmp_path, ())]
    assert [row["labels"] for row in rows] == labels
    assert rows[3] == {"events": "GET /page3 200", "labels": "benign", "file": "events.log"}
    assert described(tmp_path) == "files in pairs"
    write(tmp_path / "labels.txt", "\n".join(labels[1:]))
    assert described(tmp_path) != "files in pairs"


def test_names_of_files_begin_with_their_labels(tmp_path: Path) -> None:
    """Before a number, of texts as of pictures; names of all kinds are none."""
    for kind in ("spam", "Ham"):
        for n in range(3):
            write(tmp_path / "flat" / f"{kind}_00{n}.txt", f"{kind} {n}")
            write(tmp_path / "pictures" / f"{kind} ({n}).png", b"IEND\xae\x42\x60\x82")
    rows = [row.columns for row in read_rows(tmp_path / "flat", ("text", "label"))]
    assert [(row["text"], row["label"]) for row in rows[:4]] == [
        *((f"Ham {n}", "ham") for n in range(3)),
        ("spam 0", "spam"),
    ]
    assert "the words before the numbers in their names as label" in described(tmp_path / "flat")
    assert {row.columns["label"] for row in read_rows(tmp_path / "pictures", ())} == {"ham", "spam"}
    write(tmp_path / "flat" / "eggs 1.txt", "eggs")
    assert "label" not in next(read_rows(tmp_path / "flat", ())).columns


@for_each("graded", [False, True])
def test_queries_are_joined_with_what_judgements_say_of_documents(tmp_path: Path, graded: bool) -> None:  # noqa: FBT001
    """As BEIR lays out a search (https://github.com/beir-cellar/beir/wiki); what answers nothing is left out."""
    texts = [{"_id": f"d{n}", "title": f"On {n}", "text": f"A long text about {n} things"} for n in range(9)]
    asked = [{"_id": f"q{n}", "text": f"about {n}?"} for n in range(6)]
    write(tmp_path / "corpus.jsonl", "\n".join(map(json.dumps, texts)))
    write(tmp_path / "queries.jsonl", "\n".join(map(json.dumps, asked)))
    judged = [(f"q{n}", f"d{n + more}", 2 - 2 * more if graded else 1) for n in range(6) for more in (0, 1)]
    lines = ["query-id\tcorpus-id\tscore", *("\t".join(map(str, each)) for each in judged)]
    for name in ("test", "train"):
        write(tmp_path / "qrels" / f"{name}.tsv", "\n".join(lines))
    rows = [row.columns for row in read_rows(tmp_path, ("text", "corpus-id"))]
    found = ["d5"] if graded else ["d5", "d6"]
    assert (len(rows), rows[-1]) == (6, {"_id": "q5", "text": "about 5?", "corpus-id": found})
    assert "what 'test.tsv' says of each, 'train.tsv' left out" in described(tmp_path)
    link = search_in(tmp_path, is_meant=False, is_open=False)
    assert link is not None
    assert (link.examples, link.column, link.documents) == (tmp_path, "corpus-id", tmp_path / "corpus.jsonl")


def test_topics_of_trec_are_joined_with_what_judgements_say_of_documents(tmp_path: Path) -> None:
    """As TREC writes both (https://trec.nist.gov/data/qrels_eng/); documents graded 0 answer nothing."""
    texts = [{"docno": f"LA{n}", "title": f"On {n}", "abstract": f"A long text about {n} things"} for n in range(30)]
    topic = "<top>\n\n<num> Number: {}\n<title> about {}\n\n<desc> Description:\nFind what is\nabout it.\n\n</top>\n"
    write(tmp_path / "docs.jsonl", "\n".join(map(json.dumps, texts)))
    write(tmp_path / "topics.301-306.txt", "\n".join(topic.format(301 + n, n) for n in range(6)))
    write(tmp_path / "qrels.txt", "".join(f"{301 + n % 6} 0 LA{n} {n % 12 // 6}\n" for n in range(30)))
    rows = [row.columns for row in read_rows(tmp_path, ("title", "document"))]
    assert rows[0] == {"num": "301", "title": "about 0", "desc": "Find what is about it.", "document": ["LA6", "LA18"]}
    assert len(rows) == 6
    link = search_in(tmp_path, is_meant=False, is_open=False)
    assert link is not None
    assert (link.column, link.documents) == ("document", tmp_path / "docs.jsonl")


@for_each(("of", "rows"), [("curation", 4), ("annotation", 0)])
def test_tables_of_one_name_in_folders_side_by_side_are_one(tmp_path: Path, of: str, rows: int) -> None:
    """As INCEpTION exports a project: the curated ones; of several annotators none is taken."""
    for at in range(2):
        for name in ("ann", "ben"):
            write(tmp_path / f"annotation/letter_{at}.txt/{name}.csv", f"text,label\na {at},x\nb {at},y\n")
        write(tmp_path / f"{of}/letter_{at}.txt/CURATION_USER.csv", f"text,label\na {at},x\nb {at},z\n")
    write(tmp_path / "exportedproject.json", '{"name": "letters", "tags": [["a", "b"]]}')
    assert holds_rows(tmp_path) == bool(rows)
    found = [row.columns["label"] for row in read_rows(tmp_path, ())] if rows else []
    assert found == ["x", "z"] * (rows // 2)


def test_codes_are_joined_with_what_another_table_says_of_them(tmp_path: Path) -> None:
    """As a database's tables are saved. A code that is not in it stays; long texts are documents of a search."""
    write(tmp_path / "categories.csv", "id,name\n" + "".join(f"{n},Kind {n}\n" for n in range(12)))
    codes = [n % 12 if n != 5 else 99 for n in range(48)]
    rows = "".join(f"{900 + n},text {n},{code}\n" for n, code in enumerate(codes))
    write(tmp_path / "tickets.csv", f"id,body,category_id\n{rows}")
    shown = [(row.columns["body"], row.columns.get("category.name")) for row in read_rows(tmp_path, ())]
    assert shown == [(f"text {n}", f"Kind {code}" if code < 99 else None) for n, code in enumerate(codes)]
    assert "with what 'categories.csv' says of category_id" in described(tmp_path)
    write(tmp_path / "tickets.csv", f"id,body,categoryId\n{rows}")
    assert "category.name" in next(read_rows(tmp_path, ())).columns
    articles = "".join(f"{n},How to mend the tap number {n} with a wrench and some patience\n" for n in range(12))
    write(tmp_path / "categories.csv", f"id,article\n{articles}")
    assert not holds_rows(tmp_path)


def test_requests_are_joined_with_their_answers(tmp_path: Path) -> None:
    """As OpenAI's batches are (https://platform.openai.com/docs/guides/batch), in any order; a part is no answer."""
    asked = [{"custom_id": f"r{n}", "body": {"messages": [{"role": "user", "content": f"t{n}"}]}} for n in range(6)]
    said = {"choices": [{"message": {"role": "assistant", "content": "spam"}, "finish_reason": "stop"}]}
    answers = [{"id": f"b{n}", "custom_id": f"r{n}", "response": {"body": said}} for n in reversed(range(6))]
    write(tmp_path / "input.jsonl", "\n".join(map(json.dumps, asked)))
    write(tmp_path / "output.jsonl", "\n".join(map(json.dumps, answers)))
    failed = {"id": "b9", "custom_id": "r9", "response": {"status_code": 429, "body": None}, "error": None}
    write(tmp_path / "error.jsonl", json.dumps(failed))
    shown = [(row.columns["text"], row.columns["answer"]) for row in read_rows(tmp_path, ("text", "answer"))]
    assert shown == [(f"t{n}", "spam") for n in range(6)]
    rows = "id,text,label\n" + "\n".join(f"{n},text {n},a" for n in range(6))
    write(tmp_path / "kaggle/train.csv", rows)
    write(tmp_path / "kaggle/test.csv", rows.replace(",label", "").replace(",a", ""))
    assert not holds_rows(tmp_path / "kaggle")
    others = "id,text\n" + "\n".join(f"{n},another text than in training {n}" for n in range(6))
    write(
        tmp_path / "kaggle/train.csv",
        "id,text,word,label\n" + "\n".join(f"{n},a text that is there for training {n},w{n},a" for n in range(6)),
    )
    write(tmp_path / "kaggle/test.csv", others)
    assert not holds_rows(tmp_path / "kaggle")
    write(tmp_path / "kaggle/test.csv", "id,city\n" + "\n".join(f"{n},Bonn" for n in range(7)))
    assert not holds_rows(tmp_path / "kaggle")


@for_each(
    ("column", "is_search"),
    [("Score", False), ("user id", False), ("idx", False), ("passage", True), ("clauses no", True)],
)
def test_numbers_name_the_rows_of_another_table_by_a_name_alone(
    tmp_path: Path, column: str, *, is_search: bool
) -> None:
    """Counts and scores are among running numbers by chance."""
    texts = [
        f"{word} {'is what a long passage of the other table speaks of, at some length, ' * 2}" for word in "abcdefghij"
    ]
    (tmp_path / "clauses.jsonl").write_text(
        "".join(json.dumps({"idx": n, "premise": text}) + "\n" for n, text in enumerate(texts)), encoding="utf-8"
    )
    rows = [
        {"question": f"What does {text[:1]} say of it, in a few words of {n}?", column: n}
        for n, text in enumerate(texts)
    ]
    path = tmp_path / "posts.jsonl"
    path.write_text(
        "".join(json.dumps(row) + "\n" for row in [*rows, rows[0] | {"question": "And a?"}]), encoding="utf-8"
    )
    assert (search_in(path, is_meant=False, is_open=True) is not None) is is_search


def test_reviews_are_no_judgements_of_a_search(tmp_path: Path) -> None:
    """They name a customer and a product each, and have texts of their own."""
    for name, sign in (("customers", "c"), ("products", "p")):
        told = "\n".join(f"{sign}{n},{name} {n} {sign * 40}" for n in range(12))
        write(tmp_path / f"{name}.csv", f"{name[:-1]},about\n{told}")
    write(tmp_path / "reviews.csv", "customer,product,said\n" + "\n".join(f"c{n},p{n},good {n}" for n in range(12)))
    assert not holds_rows(tmp_path)
    write(tmp_path / "reviews.csv", "customer,product,stars\n" + "\n".join(f"c{n},p{n},{n % 3}" for n in range(12)))
    assert holds_rows(tmp_path)


def test_files_below_that_name_dates_are_one_table(tmp_path: Path) -> None:
    """As Slack exports messages (https://slack.com/help/articles/220556107); what is unset is not written."""
    write(tmp_path / "users.json", json.dumps([{"id": "U1", "name": "ann"}]))
    for channel in ("general", "help"):
        for day in ("2024-03-01", "2024-03-02"):
            text = {"type": "message", "text": f"{channel} {day}", "user": "U1", "ts": "1.2"}
            write(tmp_path / channel / f"{day}.json", json.dumps([text | ({"subtype": "x"} if day[-1] == "1" else {})]))
    rows = [row.columns for row in read_rows(tmp_path, ())]
    assert [row["text"] for row in rows] == [f"{c} 2024-03-0{n}" for c in ("general", "help") for n in (1, 2)]
    assert rows[1].keys() == {"type", "text", "user", "ts", "subtype"}
    write(tmp_path / "tickets.csv", "text,label\n" + "\n".join(f"the lift {n} is stuck,repair" for n in range(40)))
    assert not holds_rows(tmp_path)


def test_a_row_of_a_folder_is_named_by_its_file(tmp_path: Path) -> None:
    """By its path in the folder, with the line where a file holds several rows; files of classes are often numbered."""
    for number in range(1, 8):
        write(tmp_path / f"mails/billing/{number:03}.txt", f"please send invoice number {number} again")
        write(tmp_path / f"mails/outage/{number:03}.txt", "" if number == 3 else f"line {number} is down since morning")
        write(tmp_path / f"parts/part-{number}.csv", f"text,label\na{number},x\n,y\nb{number},y\n")
    found = load_examples(task_for("mails"), tmp_path)
    assert "mails: 1 row is left out, 'text' is empty ('outage/003.txt')" in found.notes
    found = load_examples(task_for("parts"), tmp_path)
    assert found.notes[0].startswith("parts: 7 rows are left out, 'text' is empty ('part-1.csv' line 3, 'part-2.csv'")
