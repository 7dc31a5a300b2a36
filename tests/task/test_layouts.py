"""Files as programs and people write them come back as the table that they hold."""

import csv
import io
import os
import random
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from advisor.errors import InputError
from advisor.task.described_rows import described
from advisor.task.layout import Given
from advisor.task.rows import layout, read_rows
from tests.tables import for_each
from tests.task.helpers import task_for, write

WORDS = "Rechnung Störung Kündigung Vertrag Gerät Übertragung größer später bitte heute Euro Köln".split()  # noqa: SIM905
RANDOM = random.Random(3)
TABLE = [(f"{' '.join(RANDOM.sample(WORDS, 6))} {n}.", ("Rechnung", "Störung", "Kündigung")[n % 3]) for n in range(60)]
HEADED = [("Nachricht", "Kategorie"), *TABLE]


def delimited(rows: list[tuple[Any, ...]], separator: str = ",", end: str = "\n") -> str:
    """Return rows as a spreadsheet writes them."""
    stream = io.StringIO()
    csv.writer(stream, delimiter=separator, lineterminator=end).writerows(rows)
    return stream.getvalue()


def pairs(path: Path, given: Given | None = None) -> list[tuple[Any, ...]]:
    """Return the cells of all rows."""
    return [tuple(row.columns.values()) for row in read_rows(path, (), given or Given())]


def columns(path: Path) -> list[str]:
    return list(next(read_rows(path, ())).columns)


@for_each("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "cp850"])
@for_each("separator", [",", ";", "\t", "|"])
def test_a_table_is_read_in_any_encoding_and_with_any_separator(tmp_path: Path, encoding: str, separator: str) -> None:
    """Also without a header, whose columns are then named by what they hold."""
    for name in ("x.csv", "x.txt"):
        path = write(tmp_path / name, delimited(HEADED, separator, "\r\n").encode(encoding))
        assert columns(path) == ["Nachricht", "Kategorie"]
        assert pairs(path) == TABLE
        write(path, delimited(TABLE, separator).encode(encoding))
        assert columns(path) == ["text", "label"]
        assert pairs(path) == TABLE


@for_each("mark", [" => ", "|||", " -> ", "::", " - "])
def test_a_mark_of_several_characters_separates(tmp_path: Path, mark: str) -> None:
    """Whatever ending the file has; blanks around the mark are no part of the cells."""
    path = write(tmp_path / "x.pairs", "".join(f"{text}{mark}{label}\n" for text, label in TABLE))
    assert pairs(path) == TABLE


NOTES = [('My card, "the new one", was charged', '{"n": 2}'), ("It crashes; why, oh why?", '{"n": 1, "m": 3}')]


@for_each("mark", ["=>", " -> ", " → "])
def test_a_few_notes_with_arrows_are_two_columns(tmp_path: Path, mark: str) -> None:
    """Whatever else stands in every line; the first row is no header unless a word or two name each column."""
    lines = [f"{text}{mark}{answer}\n" for text, answer in NOTES]
    path = write(tmp_path / "x.txt", "".join(lines))
    assert (columns(path), pairs(path)) == (["text", "answer"], NOTES)
    write(path, "".join(["# tried by hand\n", *lines]))
    assert pairs(path) == NOTES
    write(path, "".join([f"message{mark}found\n", *lines]))
    assert (columns(path), pairs(path)) == (["message", "found"], NOTES)


@for_each("blank", ["", "\n"])
def test_a_record_of_ris_ends_with_its_end_tag(tmp_path: Path, blank: str) -> None:
    """The end tag is no part of the last field, a blank line in a text ends none, and a repeated tag is a list."""
    records = "".join(
        f"TY  - JOUR\nTI  - A {text}\nAB  - First.\n{blank}Then.\nKW  - {label}\n"
        f"{'KW  - more' * (n % 2)}\nER  - \n{blank}"
        for n, (text, label) in enumerate(TABLE)
    )
    rows = list(read_rows(write(tmp_path / "x.ris", records), ("TI", "AB", "KW")))
    assert [row.columns["KW"] for row in rows] == [[b, *["more"] * (n % 2)] for n, (_, b) in enumerate(TABLE)]
    assert {str(row.columns["AB"]) for row in rows} == {"First.\nThen."}


def test_a_sign_before_amounts_is_no_part_of_the_separator(tmp_path: Path) -> None:
    """Nor are two lines above the table without any."""
    rows = "".join(f"P{n}|part {n}|${n}.500|{'yes' if n % 2 else 'no'}\n" for n in range(20))
    path = write(tmp_path / "prices.txt", f"Prices of spring\nmade: 3 May\n\nid|name|price|stock\n{rows}")
    assert layout(path).sentence() == "bar-separated, 3 lines above the table passed over"


def test_records_in_one_line_are_numbered(tmp_path: Path) -> None:
    for content in ('[{"a": 1}, {"a": 2}]\n', '{"rows": [{"a": 1}, {"a": 2}]}'):
        path = write(tmp_path / "x.json", content)
        assert [str(row.line) for row in read_rows(path, ())] == ["record 1", "record 2"]
    path = write(tmp_path / "y.json", '[{"a": 1},\n{"a": 2}]\n')
    assert [row.line for row in read_rows(path, ())] == [1, 2]


@for_each(
    ("encoding", "text"),
    [
        ("cp932", "配送が早くて良かったです。また利用したいと思います"),
        ("gb18030", "你好我的订单还没有到请帮我查一下"),
        ("euc_kr", "주문이 아직 도착하지 않았습니다. 확인해 주세요"),
        ("cp874", "เที่ยวช่วงสงกรานต์ ที่จอดรถน้อย แอร์เสียทั้งคืน"),
        ("cp1251", "Здравствуйте, мой заказ до сих пор не пришёл"),
        ("cp1250", "Zażółć gęślą jaźń, faktura nie dotarła, proszę o pomoc"),
        ("cp1254", "Kargo çok geç geldi, ürün kırık çıktı, iade ettim, almayın"),  # noqa: RUF001  Turkish
        ("cp1252", "Pt is verward en kortademig, één keer gebraakt – arts gebeld"),
        ("cp1252", "Déjà reçu, l'élève est très déçu – ça suffit"),
        ("cp1252", "SÌ; PERÒ NO"),
        ("cp1252", "• Acme™ bulbs · new"),
        ("cp1257", "ĢIMENES pasūtīšana vēl nav pabeigta, vai kāds zina kāpēc"),
        ("mac_roman", "Grüße aus Köln, die Übertragung läuft wieder"),
    ],
)
def test_an_encoding_is_detected_from_the_text(tmp_path: Path, encoding: str, text: str) -> None:
    """Of letters far from Latin ones, and of Latin letters those that people write."""
    rows = [(f"{text} {n}", "ab"[n % 2]) for n in range(30)]
    path = write(tmp_path / "x.csv", delimited([("text", "label"), *rows]).encode(encoding))
    assert pairs(path) == rows
    assert layout(path).encoding == encoding


def test_a_damaged_file_is_not_another_encoding(tmp_path: Path) -> None:
    """UTF-8 but for one byte: the line is named."""
    path = write(tmp_path / "x.csv", delimited(HEADED).encode() + b"ab\xffc,Rechnung\n")
    with pytest.raises(InputError, match=r"x\.csv:62: is not UTF-8 text; save it as UTF-8"):
        pairs(path)


@for_each(
    ("above", "said"),
    [("sep=;\n", "1 line above"), ("Auszug der Tickets\nStand;12.03.2026\n\n", "3 lines above"), ("\n\n", "")],
)
def test_what_stands_above_a_table_is_passed_over(tmp_path: Path, above: str, said: str) -> None:
    """Excel's separator line, titles, dates, blank lines; errors still name the file's own line."""
    content = above + delimited(HEADED, ";") + "\n\n"
    path = write(tmp_path / "x.csv", content)
    assert pairs(path) == TABLE
    assert said in layout(path).sentence()
    assert next(read_rows(path, ())).line == above.count("\n") + 2
    write(path, content + 'never;"closed\n')
    with pytest.raises(InputError, match=rf"x\.csv:{content.count(chr(10)) + 1}: opens a quote"):
        pairs(path)


def test_a_header_is_distinguished_from_a_row(tmp_path: Path) -> None:
    """A survey's question is a header above short answers; pandas' numbers are one; a repeated label is a row."""
    survey = [("How did you like the last course that you took?", "grade"), *[(f"fine {n}", n % 3) for n in range(30)]]
    assert layout(write(tmp_path / "a.csv", delimited(survey))).names is None
    assert layout(write(tmp_path / "b.csv", delimited([(0, 1), *TABLE]))).names is None
    assert (
        layout(
            write(tmp_path / "c.csv", delimited([("", "text", "label"), *[(n, *row) for n, row in enumerate(TABLE)]]))
        ).names
        is None
    )
    assert layout(write(tmp_path / "d.csv", delimited(TABLE))).names == ("text", "label")
    asked = "What should we do better, or what did you like best of all? Please write as you like."
    form = ("Timestamp", asked, "Theme")
    rows = [
        (f"2026/05/{n % 28 + 1} 3:48 pm", f"I felt that the room was too cold {n}", "xyz"[n % 3]) for n in range(40)
    ]
    assert layout(write(tmp_path / "e.csv", delimited([form, *rows]))).names is None
    assert layout(write(tmp_path / "f.csv", delimited(rows))).names is not None
    jobs = [
        ("Job", "Hours/week", "Pay group"),
        *[(f"clerk {n}", f"{19.92 + n % 3:.2f}", f"E{n % 4}") for n in range(40)],
    ]
    assert layout(write(tmp_path / "g.csv", delimited(jobs))).names is None
    stays = [("Age/Sex", "Note", "Code"), *[(f"{n}/F", f"cough since {n} days", f"J{n % 4}") for n in range(40)]]
    assert layout(write(tmp_path / "h.csv", delimited(stays))).names is None  # like a path, but without digits
    assert layout(write(tmp_path / "i.csv", delimited(stays[1:]))).names is not None
    hits = [("hit.repo", "Rank", "Useful"), *[(f"ml/core{n}", n % 9, "yn"[n % 2]) for n in range(40)]]
    assert layout(write(tmp_path / "k.csv", delimited(hits))).names is None  # like a file's name
    for first, later in (("img/cover.png", "img/{}.png"), ("https://ex.com/about", "https://ex.com/p/{}")):
        files = [(first, "about it"), *((later.format(n), f"about {n}") for n in range(30))]
        assert layout(write(tmp_path / "j.csv", delimited(files))).names is not None


def test_the_user_says_it_otherwise(tmp_path: Path) -> None:
    """The task's keys decide; a first line that has the columns asked for is a header whatever it looks like."""
    path = write(tmp_path / "x.csv", delimited(TABLE))
    assert len(pairs(path)) == 60
    assert len(pairs(path, Given(header="present"))) == 59
    assert len(list(read_rows(path, TABLE[0]))) == 59
    write(path, delimited(HEADED))
    assert len(pairs(path, Given(header="absent"))) == 61
    assert pairs(path, Given(separator=";"))[0] == (",".join(TABLE[0]),)
    with pytest.raises(InputError, match="is not valid ascii; save it as UTF-8, or name its encoding"):
        pairs(path, Given(encoding="ascii"))
    source = task_for("x.csv", examples={"path": "x.csv", "separator": "tab", "encoding": "latin1"}).examples
    assert (source.separator, source.encoding) == ("\t", "iso8859-1")


def workbook(path: Path, sheets: dict[str, list[tuple[Any, ...]]]) -> Path:
    book = Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_columns_without_a_name_are_named_by_their_place(tmp_path: Path) -> None:
    """As pandas' index, and the further choices of a survey's question."""
    path = write(tmp_path / "x.csv", "text,,label\n" + "".join(f"text {n},a,{'xy'[n % 2]}\n" for n in range(9)))
    assert [*next(read_rows(path, ())).columns] == ["text", "column 2", "label"]
    write(path, path.read_text().replace("label", "column 2", 1))
    assert [*next(read_rows(path, ())).columns] == ["text", "column 2_", "column 2"]


def test_columns_of_one_name_are_distinguished(tmp_path: Path) -> None:
    """By a number; one that is asked for by the name of both is refused with their own names."""
    path = write(tmp_path / "x.csv", delimited([("text", "note", "note"), *[(*row, "") for row in TABLE]]))
    assert columns(path) == ["text", "note (1)", "note (2)"]
    with pytest.raises(InputError, match="several columns have that name"):
        list(read_rows(path, ("note",)))
    path = workbook(tmp_path / "x.xlsx", {"T": [("text", "note", "note"), *[(*row, 1) for row in TABLE]]})
    assert columns(path) == ["text", "note (1)", "note (2)"]


def test_a_file_under_another_programs_name(tmp_path: Path) -> None:
    """Old systems write text and call it .xls; a workbook may be called .csv."""
    assert pairs(write(tmp_path / "x.xls", delimited(HEADED, "\t").encode("cp1252"))) == TABLE
    workbook(tmp_path / "y.xlsx", {"T": HEADED}).rename(tmp_path / "y.csv")
    assert pairs(tmp_path / "y.csv") == TABLE


def write_csv(path: Path, rows: list[tuple[str, str]]) -> Path:
    """Write rows as a program does; return the path."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(rows)
    return path


def test_what_flash_card_programs_write_above_their_rows_is_none(tmp_path: Path) -> None:
    """It names the separator, and the columns where it does; there is no header."""
    cards = "".join(f"word {n}\tWort {n}\tlesson{n % 2}\n" for n in range(9))
    path = write(tmp_path / "deck.txt", f"#separator:tab\n#html:true\n#tags column:3\n{cards}")
    assert (pairs(path)[0], len(pairs(path))) == (("word 0", "Wort 0", "lesson0"), 9)
    write(path, f"#separator:Pipe\n#html:false\n{cards}".replace("\t", "|"))
    assert pairs(path)[0] == ("word 0", "Wort 0", "lesson0")
    write(path, f"#separator:tab\n#columns:Front\tBack\tTags\n{cards}")
    assert columns(path) == ["Front", "Back", "Tags"]


def test_a_row_of_totals_is_no_row(tmp_path: Path) -> None:
    """Where the last one is half empty and has the sum of a column; said with how the file is read."""
    rows = [(str(n), f"chair {n}", "", f"{n},50 kr") for n in range(1, 9)]
    path = write(tmp_path / "x.csv", delimited([("no", "item", "note", "price"), *rows, ("", "Sum", "", "40 kr")], ";"))
    os.utime(path, (1, 1))  # a file that is just written is read row by row
    assert (len(pairs(path)), described(path)) == (8, "semicolon-separated, a row of totals left out")
    write(path, delimited([("no", "item", "note", "price"), *rows, ("", "sofa", "", "90 kr")], ";"))
    os.utime(path, (2, 2))
    assert len(pairs(path)) == 9
    for below, count in ((("", "Mean", "all", "4,50 kr"), 9), (("9", "sofa", "", "90 kr"), 10)):
        apart = [(no, item, "new", price) for no, item, _, price in rows]
        write(path, delimited([("no", "item", "note", "price"), *apart, ("", "", "", ""), below], ";"))
        os.utime(path, (count, count))
        assert len(list(read_rows(path, ()))) == count + (below[0] == "")


def test_what_is_printed_on_each_page_is_no_row(tmp_path: Path) -> None:
    """Headers again, rules and padding, as lists of business programs have them; said with how the file is read."""
    rule = "-" * 31
    head = [rule, "|No. |Item        |Kind  |", rule]
    rows = [f"|{n:<4}|{f'chair {n}':<12}|{'new' if n % 2 else 'old':<6}|" for n in range(1, 61)]
    path = write(tmp_path / "x.txt", "\n".join(["Stock   Page 1", "", *head, *rows[:30], *head, *rows[30:], rule, ""]))
    os.utime(path, (1, 1))  # a file that is just written is read row by row
    assert described(path) == "bar-separated, 3 lines above the table passed over, a repeated header left out"
    read = [row.columns for row in read_rows(path, ("Item", "Kind"))]
    assert [row["Item"] for row in read] == [f"chair {n}" for n in range(1, 61)]
    assert {row["Kind"] for row in read} == {"new", "old"}

    cells = [("item", "kind"), ("chair", "new"), ("item", "old"), ("item", "kind"), ("sofa", "old")]
    page = "".join("<tr><td>{}</td><td>{}</td></tr>".format(*row) for row in cells)
    marked = "|item|kind|\n|---|---|\n" + "".join("|{}|{}|\n".format(*row) for row in cells[1:])
    for name, content in (("x.csv", delimited(cells, ",")), ("x.html", f"<table>{page}</table>"), ("x.md", marked)):
        path = write(tmp_path / name, content)
        os.utime(path, (1, 1))
        assert [tuple(row.columns.values()) for row in read_rows(path, ("item", "kind"))] == [*cells[1:3], cells[4]]
        assert described(path).endswith("a repeated header left out")


@for_each("cut", ['{"text": "c', '{"text": {"a": 1}', '{"text": "c", "label": tr\n\n'])
def test_a_last_line_that_is_cut_off_is_left_out(tmp_path: Path, cut: str) -> None:
    """One that is wrong, or cut off before others or alone, is refused."""
    row = '{"text": "a", "label": "x"}\n'
    path = write(tmp_path / "x.jsonl", row * 2 + cut)
    assert pairs(path) == [("a", "x")] * 2
    assert described(path) == "the last line is cut off and left out"
    for wrong in (row + cut.rstrip() + "\n" + row, cut, row + '{"text": "c",}', row + "-- 2 rows"):
        with pytest.raises(InputError, match="is not valid JSON"):
            pairs(write(path, wrong))


def test_what_survey_programs_write_below_a_header_is_no_row(tmp_path: Path) -> None:
    """The question and a code for each column; a first row without a number is one."""
    rows = "".join(f"2024-05-{n + 10},{n},text {n}\n" for n in range(12))
    below = "Start,Progress,Why?\ncode,id,Q5\n"
    path = write(tmp_path / "s.csv", f"date,progress,q5\n{below}{rows}")
    assert [cells[2] for cells in pairs(path)] == [f"text {n}" for n in range(12)]
    assert "2 more lines below the header" in layout(path).sentence()
    assert len(pairs(write(path, f"date,progress,q5\n2024-05-09,,first\n{rows}"))) == 13


def test_what_programs_write_for_nothing_is_empty(tmp_path: Path) -> None:
    """NA of R and pandas, NULL of SQL; a word that holds it is a word."""
    path = write(tmp_path / "r.csv", '"","text","label"\n"1","one NA",NA\n"2",NULL,"x"\n"3","c","NaN"\n')
    assert [cells[1:] for cells in pairs(path)] == [("one NA", ""), ("", "x"), ("c", "")]


def test_a_record_of_fewer_fields_above_the_header_is_a_title(tmp_path: Path) -> None:
    """As bookkeepers' programs write one: with the format, its version and dates; a spreadsheet's error is no value."""
    head = ["Umsatz", "Kennzeichen", "Konto", "Text", "Beleg", "Kurs", "Gegenkonto", "Leer 1", "Leer 2"]
    rows = [
        [f"{n},5", "SH"[n % 2], "1200", text, "#DIV/0!", "", f"{4 + n % 3}00", "", ""]
        for n, (text, _) in enumerate(TABLE)
    ]
    path = write(tmp_path / "x.csv", delimited([["EXTF", "700", "21", "Stapel", "13"], head, *rows], ";", "\r\n"))
    assert columns(path) == head
    assert [(each[3], each[4], each[6]) for each in pairs(path)] == [(row[3], "", row[6]) for row in rows]
    assert "1 line above the table passed over" in described(path)


def test_unquoted_commas_stay_in_the_text(tmp_path: Path) -> None:
    """Where the label stands first, and where it stands last; in a wider table where one field alone is free text."""
    texts = [(f"Hello, {text}, thanks", label) for text, label in TABLE]
    path = write(tmp_path / "x.csv", "label,text\n" + "".join(f"{label},{text}\n" for text, label in texts))
    assert pairs(path) == [(label, text) for text, label in texts]
    write(path, "text,label\n" + "".join(f"{text},{label}\n" for text, label in texts))
    assert pairs(path) == texts
    write(path, delimited(HEADED) + "one, two,Rechnung\n")
    assert pairs(path)[-1] == ("one, two", "Rechnung")
    write(
        path,
        "id,text,label\n" + "".join(f"{n},{text},{label}\n" for n, (text, label) in enumerate(TABLE)) + "9,a,b,c\n",
    )
    with pytest.raises(InputError, match="has 4 fields where the header has 3"):
        pairs(path)
    wide = [(str(n), text + ", please" * (n % 9 == 1), label) for n, (text, label) in enumerate(TABLE)]
    write(path, "id,text,label\n" + "".join(",".join(row) + "\n" for row in wide))
    assert pairs(path) == wide
    assert layout(path).sentence() == "unquoted separators kept in the text"


def test_quotes_between_tabs_may_be_characters_of_a_text(tmp_path: Path) -> None:
    """Where each line has all fields and most quotes that open one are never closed; not where a quoted one slips."""
    path = tmp_path / "x.tsv"
    for first, last, is_kept in (
        ('"Where is it', 'no "way" out', True),  # text after a quote
        ('"Where is it', 'no way"', True),  # would swallow a line in silence
        ('"Where is it"', '"no way"', False),
        ('"Where\nis it"', '"no way"', False),
    ):
        write(path, f"text\tlabel\n{first}\tA\n{last}\tB\n" + "so be it\tA\nno\tB\n" * 4)
        texts = [first, last] if is_kept else [each.replace('"', "") for each in (first, last)]
        assert [text for text, _ in pairs(path)] == [*texts, *["so be it", "no"] * 4]
        assert ("quotes kept in the text" in layout(path).sentence()) == is_kept
    write(path, 'text\tlabel\n"a "b" c"\tA\n' + '"d"\tB\n"e"\tA\n' * 4)
    with pytest.raises(InputError, match="has text after its closing quote"):
        pairs(path)


def test_files_of_weka_have_names_and_values_in_quotes(tmp_path: Path) -> None:
    """Also below comments; "?" is no value; sparse rows are refused with the filter that writes all values."""
    above = "% made by WEKA\n\n@RELATION 'r s'\n@attribute 'the text' string\n@Attribute class {x,'y z'}\n\n@DATA\n"
    path = write(tmp_path / "x.arff", above + "'it\\'s, so',x\n% no row\n\"a, b\",'y z'\n?,x\n")
    rows = list(read_rows(path, ()))
    assert [*rows[0].columns] == ["the text", "class"]
    assert [(row.line, *row.columns.values()) for row in rows] == [
        (8, "it's, so", "x"),
        (10, "a, b", "y z"),
        (11, "", "x"),
    ]
    for row in ("{0 a, 1 x}", "one,two,three", "alone"):
        write(path, above + f"{row}\n")
        with pytest.raises(InputError, match=r":8: does not have a value for each .* SparseToNonSparse"):
            list(read_rows(path, ()))
    write(path, above + "'a text'\tx\n'of weight',x,{2.5}\n\t'no text'\n".replace("\n\t", "\n?\t"))
    assert [(*row.columns.values(),) for row in read_rows(path, ())] == [
        ("a text", "x"), ("of weight", "x"), ("", "no text"),
    ]  # fmt: skip


def test_tags_in_angle_brackets_are_several_labels(tmp_path: Path) -> None:
    """As Stack Exchange exports them; addresses, numbers of mails and elements of pages are none."""
    for one, other, expected in (
        ("<lawn><compost>", "<lawn>", ["lawn;compost", "lawn"]),
        ("<lawn>", "<compost>", ["<lawn>", "<compost>"]),
        ("<a@x.org><b@y.org>", "<a@x.org>", ["<a@x.org><b@y.org>", "<a@x.org>"]),
        ("<b><i>so</i></b>", "<b>", ["<b><i>so</i></b>", "<b>"]),
    ):
        path = write(tmp_path / "x.csv", "text,tags\n" + f"one,{one}\nother,{other}\n" * 4)
        assert [tags for _, tags in pairs(path)[:2]] == expected


def test_a_comma_in_every_text_separates_nothing(tmp_path: Path) -> None:
    """Where semicolons cut the rows as well; nor do semicolons where the header has commas alone."""
    texts = [(f"{text.replace(' ', ', ', 1)}", label) for text, label in TABLE]
    path = write(tmp_path / "x.csv", "".join(f"{text};{label}\n" for text, label in texts))
    assert pairs(path) == texts
    texts = [(f"{text}; {text}", label) for text, label in TABLE * 5]
    write(path, "text,label\n" + "".join(f"{text},{label}\n" for text, label in texts))
    assert pairs(path) == texts


def test_cells_that_are_missing_are_empty(tmp_path: Path) -> None:
    """Rows that end early, and blank ones behind the last column, as spreadsheets save them."""
    path = write(tmp_path / "x.csv", "id,text,label\n1,one,x,,\n2,two\n3,three,y, \n")
    assert pairs(path) == [("1", "one", "x"), ("2", "two", ""), ("3", "three", "y")]


# What anyone may send: each takes minutes where a pattern tries every way, or ends in a traceback.
HOSTILE = {
    "deep.xml": ("<r>" + "<a>" * 5000 + "x" + "</a>" * 5000 + "</r>", "is nested too deeply"),
    "blanks.txt": (("a" + " " * 30_000 + "x\n") * 50, 50),
    "indented.txt": ((" " * 20_000 + "x\n") * 20, 20),
    "brackets.txt": (("2026-01-31 12:00:01" + "]" * 20_000 + "\n") * 100, 100),
    "marks.txt": (("a" + "=" * 20_000 + "x\n") * 20, 20),
    "places.csv": ("text,label\n" + "a/" * 120_000 + " b,c\n" + "d,e\n" * 9, 10),
}


@for_each("name", HOSTILE)
def test_a_hostile_file_is_read_or_refused(tmp_path: Path, name: str) -> None:
    """In the time of any other file of its size."""
    content, said = HOSTILE[name]
    path = write(tmp_path / name, content)
    if isinstance(said, int):
        assert len(list(read_rows(path, ()))) == said
    else:
        with pytest.raises(InputError, match=said):
            list(read_rows(path, ()))
