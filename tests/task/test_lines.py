"""Layouts of lines: logs, chats, records of fields, sections, subtitles, marked texts."""

import zipfile
from pathlib import Path

import pytest

from advisor.errors import InputError
from advisor.task.described_rows import described
from advisor.task.rows import read_rows
from tests.tables import for_each
from tests.task.helpers import write
from tests.task.test_layouts import TABLE, columns, pairs

BIB = "@article{{k{0},\n  title = {{{{A {1}}}}},\n  year = {{20{0:02}}},\n  keywords = {{{2}}}\n}}\n\n"
RIS = "TY  - JOUR\ntitle  - A {1}\nyear  - 20{0:02}\nkeywords  - {2}\n\n"
CARD = "title: A {1}\nyear: 20{0:02}\nkeywords: {2}\n\n"


@for_each("record", [BIB, RIS, CARD])
def test_records_of_named_fields_are_rows(tmp_path: Path, record: str) -> None:
    """As BibTeX, RIS and cards write them; what goes on in the next line belongs to the field."""
    content = "".join(record.format(n, text, label) for n, (text, label) in enumerate(TABLE))
    rows = list(
        read_rows(write(tmp_path / "x.bib", content.replace("Köln", "Köln\n    am Rhein")), ("title", "keywords"))
    )
    assert [row.columns["keywords"] for row in rows] == [label for _, label in TABLE]
    assert [str(row.columns["title"]).replace("\nam Rhein", "") for row in rows] == [f"A {text}" for text, _ in TABLE]


def test_a_text_below_its_name_is_a_field(tmp_path: Path) -> None:
    """To its right, whatever it says; a name may have something in brackets."""
    said = "DATE: {0}\nLOG:\n  A {1}\n  Note: went well\nSUMMARY (auto): none\nPRESS: {2}\n\n"
    content = "".join(said.format(n, text, label) for n, (text, label) in enumerate(TABLE))
    rows = [row.columns for row in read_rows(write(tmp_path / "x.txt", content), ("LOG", "PRESS"))]
    assert [row["LOG"] for row in rows] == [f"A {text}\nNote: went well" for text, _ in TABLE]
    assert [row["PRESS"] for row in rows] == [label for _, label in TABLE]


def test_text_without_fields(tmp_path: Path) -> None:
    """One input a line with commas in it, fastText's labels, a label before a tab."""
    texts = [f"Hello, this is mail {n}" + ", thanks" * (n % 3) for n in range(30)]
    path = write(tmp_path / "x.txt", "\n".join(texts))
    assert (columns(path), pairs(path)) == (["text"], [(text,) for text in texts])
    write(path, "".join(f"__label__{label} {text}\n" for text, label in TABLE))
    assert pairs(path) == TABLE
    write(path, "".join(f"{label}\t{text}\n" for text, label in TABLE))
    assert (columns(path), pairs(path)) == (["label", "text"], [(label, text) for text, label in TABLE])


def test_a_log_has_levels(tmp_path: Path) -> None:
    """With the lines that go on with the one above; a time that nothing like a level follows is text."""
    lines = [
        f"2026-01-{n + 1:02} 12:00:01,5 [{'WARN' if n % 3 else 'ERROR'}] {text}" for n, text in enumerate("abcdefghi")
    ]
    path = write(tmp_path / "x.log", "\n".join([*lines, "  at x.py, line 3"]))
    assert columns(path) == ["time", "level", "text"]
    assert pairs(path)[0] == ("2026-01-01 12:00:01,5", "ERROR", "a")
    assert pairs(path)[8] == ("2026-01-09 12:00:01,5", "WARN", "i\n  at x.py, line 3")
    write(path, "".join(f"2026-01-02 12:00:01 {text}\n" for text, _ in TABLE))
    assert columns(path) == ["text"]


def test_what_is_expected_stands_behind_an_arrow(tmp_path: Path) -> None:
    """In a log whose words are no levels, in a chat's line below, and below inputs of a line each."""
    said = [
        f"[2026-01-{n % 28 + 1:02} 12:00:01] [W{n:02}] gear {text} => {label}" for n, (text, label) in enumerate(TABLE)
    ]
    path = write(
        tmp_path / "x.log", "\n".join(["### time unit text => part", "", *said, "[2026-02-01 12:00:01] [W1] a b"])
    )
    rows = [row.columns for row in read_rows(path, ())]
    assert [(row["text"], row["answer"]) for row in rows] == [(f"gear {a}", b) for a, b in TABLE] + [("a b", "")]
    assert [*rows[0]] == ["time", "text", "answer"]
    chat = [f'1/03/24 8:{n:02} - Ann: {text}\n  => {{"n": {n}}}' for n, (text, _) in enumerate(TABLE)]
    rows = [row.columns for row in read_rows(write(tmp_path / "chat.txt", "\n".join(chat)), ())]
    assert [(row["text"], row["answer"]) for row in rows] == [(a, f'{{"n": {n}}}') for n, (a, _) in enumerate(TABLE)]
    assert pairs(write(tmp_path / "x.txt", "".join(f"{a}\n-> {b}\n" for a, b in TABLE))) == TABLE


def test_sections_of_markdown_are_rows(tmp_path: Path) -> None:
    """By the headings that most have, smaller ones in their texts; named by anchors, or as links do."""
    parts = [
        "## When, and how? {#hours}",
        "Daily.",
        "## Kids' day",
        "Ask us.",
        "### Why",
        "So.",
        "# End",
        "x",
        "## A",
        "y",
    ]
    path = write(tmp_path / "x.md", "# Ours\n\n_2025_\n\n" + "\n\n".join(parts))
    assert [tuple(row.columns.values()) for row in read_rows(path, ())] == [
        ("hours", "When, and how?", "Daily."),
        ("kids-day", "Kids' day", "Ask us.\n### Why\nSo."),
        ("a", "A", "y"),
    ]
    assert described(path) == "a section of Markdown a row"


@for_each("form", ["Q: {}?\nA: {}\n", "## Day\n\n**Log:** {}\n\n**Short:** {}\n\n---\n"])
def test_fields_that_follow_each_other_again_and_again_are_records(tmp_path: Path, form: str) -> None:
    """Without blank lines between, with Markdown's marks, and in a text document without a table."""
    texts = [(f"{text} {text}", label) for text, label in TABLE]
    path = write(tmp_path / "x.md", "# Ours\n" + "".join(form.format(*each) for each in texts))
    assert [(a.rstrip("?"), b) for a, b in pairs(path)] == texts
    lines = "".join(
        f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in path.read_text(encoding="utf-8").splitlines()
    )
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    with zipfile.ZipFile(tmp_path / "x.docx", "w") as packed:
        packed.writestr("word/document.xml", f'<w:document xmlns:w="{space}"><w:body>{lines}</w:body></w:document>')
    assert pairs(tmp_path / "x.docx") == pairs(path)
    assert described(tmp_path / "x.docx") == "the text of a document, a field a line, records apart"


@for_each("title", ["", "Notes, German and English\n=====\n\n", "Notes\n\n"])
def test_blocks_of_the_same_fields_are_records_and_a_title_is_none(tmp_path: Path, title: str) -> None:
    """However alike the fields are, as a text and its translation; labels come in any order, below a title too."""
    path = write(tmp_path / "x.txt", title + "".join(f"DE: {text}\nEN: {text} too\n\n" for text, _ in TABLE * 4))
    assert described(path) == "a field a line, records apart"
    assert [row.columns for row in read_rows(path, ())] == [{"DE": a, "EN": f"{a} too"} for a, _ in TABLE * 4]
    said = [("late" if n % 3 else "lost", text) for n, (text, _) in enumerate(TABLE * 4)]
    write(path, title + "\n".join(f"{label}: {text}" for label, text in said))
    assert [(row.columns["label"], row.columns["text"]) for row in read_rows(path, ())] == said
    write(path, "a note without\n" + "\n".join(f"{label}: {text}" for label, text in said))
    with pytest.raises(InputError, match=r"x.txt:1: begins with no label and colon"):
        list(read_rows(path, ()))


def test_tags_that_end_messages_are_their_labels(tmp_path: Path) -> None:
    """Cut from the text; what stands where a picture was is no message, hashtags that never repeat are no labels."""
    tags = ("#repair", "#fee #urgent", "")
    said = [f"[1/3/24, 8:{n:02d}] Ann: The lift {n} is stuck {tags[n % 3]}" for n in range(30)]
    path = write(tmp_path / "chat.txt", "\n".join([*said, "[1/3/24, 9:00] Ann: <Media omitted>"]))
    rows = list(read_rows(path, ("text", "label")))
    assert [(row.columns["text"], row.columns["label"]) for row in rows[:3]] == [
        ("The lift 0 is stuck", "repair"),
        ("The lift 1 is stuck", "fee;urgent"),
        ("The lift 2 is stuck", ""),
    ]
    assert (len(rows), described(path)) == (30, "a chat, one message a row, the marks in its lines as label")
    write(path, "\n".join(f"[1/3/24, 8:{n:02d}] Ann: What a day #{'x' * (n + 1)}" for n in range(30)))
    assert "label" not in columns(path)
    write(
        tmp_path / "notes.txt",
        "\n".join(f"[{'fee' if n % 2 else 'repair'}] The lift is stuck on floor {n}" for n in range(20)),
    )
    assert next(read_rows(tmp_path / "notes.txt", ())).columns == {
        "text": "The lift is stuck on floor 0",
        "label": "repair",
    }


def test_a_sign_before_some_lines_marks_them(tmp_path: Path) -> None:
    """Before a log's time too, whose first line may say what it is; dashes before lines are no marks."""
    said = [
        f"{'>> ' * (n % 4 == 0)}2026-01-02T12:00:{n:02d}Z [L2] {('INFO', 'WARN')[n % 2]} valve {n}" for n in range(40)
    ]
    path = write(tmp_path / "line.log", "\n".join(["### line 2", *said]))
    rows = [row.columns for row in read_rows(path, ("text", "label"))]
    assert len(rows) == 40
    assert [(row["level"], row["text"], row["label"]) for row in rows[:2]] == [
        ("INFO", "valve 0", ">>"),
        ("WARN", "valve 1", "not >>"),
    ]
    write(path, "\n".join(f"{'- ' * (n % 3 == 0)}The valve {n} is stuck" for n in range(40)))
    assert columns(path) == ["text"]


def test_subtitles_end_at_a_blank_line(tmp_path: Path) -> None:
    """Without numbers a last line of digits is theirs, and a note between them is not."""
    cue = "00:0{0}.000 --> 00:0{0}.900\nHow many?\n{0}2\n\nNOTE checked\n\n"
    path = write(tmp_path / "x.vtt", "WEBVTT\n\n" + "".join(cue.format(n) for n in range(5)))
    assert [row.columns["text"] for row in read_rows(path, ())] == [f"How many? {n}2" for n in range(5)]


def test_a_chat_has_messages(tmp_path: Path) -> None:
    """As messengers export it: a message over two lines is one row, and the messenger's own lines are none."""
    said = [f"{n}/03/24, 8:0{n} - {who}: text {n}" for n, who in enumerate(["Ann", "Mo", "Ann"], 1)]
    path = write(tmp_path / "chat.txt", "\n".join(["1/03/24, 8:00 - Messages are encrypted.", *said, "goes on"]))
    assert columns(path) == ["time", "author", "text"]
    assert pairs(path)[1:] == [("2/03/24, 8:02", "Mo", "text 2"), ("3/03/24, 8:03", "Ann", "text 3\ngoes on")]
    bracketed = [f"[{n}.03.24, 08:00:1{n}] Ann: text {n}" for n in range(1, 4)]
    assert len(pairs(write(path, "\n".join(bracketed)))) == 3


def test_a_label_and_a_colon_before_each_text(tmp_path: Path) -> None:
    """Colons in the text stay; texts that begin with words and a colon each are one input a line."""
    path = write(tmp_path / "x.txt", "".join(f"{label}: Hello: {text}\n" for text, label in TABLE))
    assert pairs(path) == [(f"Hello: {text}", label) for text, label in TABLE]
    write(path, "".join(f"note {n}: {text}\n" for n, (text, _) in enumerate(TABLE)))
    assert columns(path) == ["text"]


def test_words_and_tags_are_sentences(tmp_path: Path) -> None:
    """CoNLL-2003, with columns between and notes above, and with more behind the tag."""
    content = "-DOCSTART- -X- O O\n\nAda NNP I-NP B-PER\nsang VBD O O\n\nin IN O O\nRome NNP O B-LOC\n"
    path = write(tmp_path / "x.conll", content)
    assert [row.line for row in read_rows(path, ())] == [3, 6]
    assert pairs(path) == [(["Ada", "sang"], ["B-PER", "O"]), (["in", "Rome"], ["O", "B-LOC"])]
    path = write(tmp_path / "haber.txt", "Ada B-PER Noun,A3sg\nsang O Verb,Past\n\nRome B-LOC O-Noun\nin O Postp\n")
    assert pairs(path) == [(["Ada", "sang"], ["B-PER", "O"]), (["Rome", "in"], ["B-LOC", "O"])]
    write(path, "1\t7\tB-NUM\tNum\n2\tcats\tO\tNoun\n\n1\tRome\tB-LOC\tNoun\n")
    assert pairs(path) == [(["7", "cats"], ["B-NUM", "O"]), (["Rome"], ["B-LOC"])]


WEBANNO = """#FORMAT=WebAnno TSV 3.3
#T_SP=de.tudarmstadt.ukp.dkpro.core.api.lexmorph.type.pos.POS|PosValue
#T_SP=de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity|identifier|value
#T_CH=de.tudarmstadt.ukp.dkpro.core.api.coref.type.CoreferenceLink|referenceRelation|referenceType
#T_RL=de.tudarmstadt.ukp.dkpro.core.api.syntax.type.dependency.Dependency|DependencyType|BT_pos.POS


#Text=\U0001f600 Ada Byron of Byron\\\\Co
1-1\t0-2\t\U0001f600\tSYM\t_\t_\t_\t_\t_\t_\t
1-2\t3-6\tAda\tNE\t*[1]\tPER[1]\t_\t*->1-1\tapp\t1-3\t
1-3\t7-12\tByron\tNE\t*[1]|*[2]\tPER[1]|name\\_part[2]\t_\t_\t_\t_\t
1-4\t13-15\tof\tIN\t_\t_\t_\t_\t_\t_\t
1-5\t16-24\tByron\\Co\tNE\t*\tORG\t_\t_\t_\t_\t
1-5.1\t16-21\tByron\t_\t*\tPER\t_\t_\t_\t_\t

#Text=Nothing here
2-1\t26-33\tNothing\tNN\t_\t_\t_\t_\t_\t_\t
2-2\t34-38\there\tRB\t_\t_\t_\t_\t_\t_\t
"""


def test_the_marks_of_webanno_are_spans_of_its_sentences(tmp_path: Path) -> None:
    """Over several words, in one, within one, on top of each other, of the layer that does not mark every word.

    https://webanno.github.io/webanno/releases/3.6.11/docs/user-guide.html#sect_webannotsv
    """
    path = write(tmp_path / "corpus.tsv", WEBANNO)
    first, second = read_rows(path, ())
    text = first.columns["text"]
    assert text == "\U0001f600 Ada Byron of Byron\\Co"
    assert {(text[each["start"] : each["end"]], each["label"]) for each in first.columns["label"]} == {
        ("Ada Byron", "PER"), ("Byron", "name_part"), ("Byron\\Co", "ORG"), ("Byron", "PER"),
    }  # fmt: skip
    assert (second.line, second.columns) == (16, {"text": "Nothing here", "label": []})
    assert "WebAnno" in described(path)
    with pytest.raises(InputError, match=r"corpus.tsv:17: is no word with its place and 7 values"):
        list(read_rows(write(path, WEBANNO.replace("26-33", "26")), ()))


def test_conll_u_has_words_parts_of_speech_and_tags(tmp_path: Path) -> None:
    """Tags in the last column, with a name or alone; ranges and words that are not written are no words."""

    def lines(note: str) -> str:
        words = [
            ("1", "Ada", "PROPN", "B-PER"), ("2-3", "del", "_", ""), ("2", "de", "ADP", "O"), ("3", "el", "_", "O"),
            ("3.1", "no", "_", ""),
        ]  # fmt: skip
        cells = (
            "\t".join((n, word, "_", pos, *"____", "_", note.format(tag) if tag else "_"))
            for n, word, pos, tag in words
        )
        sentence = "\n".join(cells)
        return f"# sent_id = 1\n# text = Ada del\n{sentence}\n\n# sent_id = 2\n{sentence}\n"

    known = {"tokens": ["Ada", "de", "el"], "upos": ["B-PROPN", "B-ADP", "O"]}
    for note in ("NER={}|SpaceAfter=No", "{}"):
        path = write(tmp_path / "x.conllu", lines(note))
        assert [row.columns for row in read_rows(path, ())] == [known | {"tags": ["B-PER", "O", "O"]}] * 2
    assert "CoNLL-U" in described(path)
    assert next(read_rows(write(tmp_path / "y.txt", lines("SpaceAfter=No")), ())).columns == known


def test_a_table_of_ten_columns_with_numbers_is_no_conll_u(tmp_path: Path) -> None:
    """With a header or without: its columns are others."""
    header = "id\ttext\tcategory\ta\tb\tc\td\te\tf\tg\n"
    body = "".join(f"{n}\tmy lamp {n} broke\t{'bug' if n % 3 else 'ask'}\t1\t2\t3\t4\t5\t6\t7\n" for n in range(1, 41))
    rows = list(read_rows(write(tmp_path / "x.tsv", header + body), ()))
    assert (len(rows), rows[0].columns["category"]) == (40, "bug")
    assert len(list(read_rows(write(tmp_path / "y.tsv", body), ()))) >= 39


def test_a_wrong_line_of_conll_u_is_named(tmp_path: Path) -> None:
    """In a file that is named so."""
    word = "1\tAda\tada\tPROPN\t_\t_\t0\troot\t_\t_\n\n"
    path = write(tmp_path / "x.conllu", word * 9 + "1\tAda\n\n" + word)
    with pytest.raises(InputError, match=r"x\.conllu:19: has 2 columns"):
        list(read_rows(path, ()))
