"""How a file is read, to be shown: each part of the guess may be otherwise, and what comes of it is seen at once."""

from pathlib import Path

from openpyxl import Workbook

from advisor.interview.files.preview import EXPECTED, INPUT, Preview, preview, reread

ROWS = [(f"Die Gebühr {at} ist falsch", "äb"[at % 2]) for at in range(12)]


def shown(seen: Preview) -> dict[str, str]:
    """Return what holds of each part."""
    return {part.label: part.shown for part in seen.parts}


def test_each_part_of_a_guess_takes_turns(tmp_path: Path) -> None:
    """Header, encoding and columns of what a spreadsheet saved; what is the same as it was guessed is read the same."""
    path = tmp_path / "mails.csv"
    path.write_text("".join(f"{text};{label}\n" for text, label in ROWS), encoding="cp1252")
    seen = preview(path, {})
    assert seen.words == "12 rows, semicolon-separated, cp1252, no header: text → label"
    assert seen.rows[0] == ROWS[0]
    assert shown(seen) == {"input": "'text'", "answer": "'label'", "header": "no", "encoding": "cp1252"}
    other = preview(path, seen.turned("examples.header"))
    assert other.names == ROWS[0]
    assert preview(path, other.turned("examples.header")).words == seen.words
    wrong = preview(path, seen.turned("examples.encoding"))
    assert wrong.rows[0][0] != ROWS[0][0]


def test_a_part_takes_the_free_columns_in_turn(tmp_path: Path) -> None:
    """Where two are all there are they swap; a layout without the columns forgets them."""
    path = tmp_path / "x.csv"
    path.write_text("note,text,label\n" + "".join(f"n{at},{text},{label}\n" for at, (text, label) in enumerate(ROWS)))
    seen = preview(path, {})
    assert not seen.is_odd
    assert seen.roles == {"text": "input", "label": "answer"}
    other = preview(path, seen.turned(INPUT))
    assert other.said == {INPUT: "note", EXPECTED: "label"}
    assert other.turned(INPUT) == other.turned(INPUT, back=True) == {INPUT: "text", EXPECTED: "label"}
    assert reread(other, other.turned("examples.header")).said == {"examples.header": "absent"}
    kept = {INPUT: "note", EXPECTED: "label", "examples.separator": ","}
    assert reread(other, kept).said == kept
    path.write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in ROWS))
    swapped = preview(path, preview(path, {}).turned(INPUT))
    assert swapped.said == {INPUT: "label", EXPECTED: "text"}
    assert swapped.roles == {"label": "input", "text": "answer"}


def test_every_column_can_be_the_answer(tmp_path: Path) -> None:
    """Also where the words sound like names that are marked: a column of other values is no field, nor a grade."""
    path = tmp_path / "reports.csv"
    lines = [
        f"{4000 + at},{('Ward', 'Lab', 'Night')[at % 3]},Nurse {at} told {at * 7} of us,{at % 13},{-(at % 4 == 0)}"
        for at in range(60)
    ]
    path.write_text("\n".join(["number,unit,report,risk,to_board", *lines]))
    words = "which report must go to the board? the data stay in house"
    seen, found = preview(path, {}, words), []
    for _ in range(5):
        seen = reread(seen, seen.turned(EXPECTED), words)
        assert not seen.problem
        found.append((seen.roles, seen.said[EXPECTED]))
    columns = ["number", "risk", "to_board", "unit"]
    assert {expected for _, expected in found} == {*columns, None}
    right = {each: {"report": "input", each: "answer"} for each in columns} | {None: {"report": "input"}}
    assert [roles for roles, expected in found if roles != right[expected]] == []


def test_several_columns_form_the_input(tmp_path: Path) -> None:
    """Texts join first, then labels; a letter changes the last one, a sign takes it away; another answer keeps them."""
    path = tmp_path / "papers.csv"
    more = "and more " * 9
    lines = [f"{1000 + at},A title {at},BMJ,{text} {more}{at},{label}" for at, (text, label) in enumerate(ROWS)]
    path.write_text("\n".join(["PMID,TI,JT,AB,keep", *lines]))
    seen = preview(path, {INPUT: "AB", EXPECTED: "keep"})
    both = preview(path, seen.widened(INPUT))
    assert both.said == {INPUT: ["AB", "TI"], EXPECTED: "keep"}
    assert both.roles == {"AB": "input", "TI": "input", "keep": "answer"}
    assert shown(both)["input"] == "'AB' and 'TI'"
    assert both.narrowed(INPUT) == seen.said
    assert seen.narrowed(INPUT) == seen.said
    assert both.turned(INPUT)[INPUT] == ["AB", "JT"]
    assert both.turned(INPUT, back=True)[INPUT] == ["AB", "PMID"]
    none = preview(path, both.turned(EXPECTED))
    assert none.said == {INPUT: ["AB", "TI"], EXPECTED: None}
    other = preview(path, none.turned(EXPECTED))
    assert other.said == {INPUT: ["AB", "TI"], EXPECTED: "PMID"}
    every = preview(path, preview(path, both.widened(INPUT)).widened(INPUT))
    assert every.widened(INPUT) == every.turned(INPUT) == every.said
    assert every.said[INPUT] == ["AB", "TI", "JT", "PMID"]
    assert every.turned(EXPECTED) == {INPUT: ["AB", "TI", "JT", "PMID"], EXPECTED: None}


def test_an_answer_of_fields_can_be_a_column_instead(tmp_path: Path) -> None:
    """It has a letter as any answer, and turns back to the fields."""
    path = tmp_path / "x.csv"
    said = {"family": "json-extraction", INPUT: "text", EXPECTED: {"kind": "label", "at": "n"}}
    rows = "".join(f"{at},{text},{label},x\n" for at, (text, label) in enumerate(ROWS))
    path.write_text("n,text,label,note\n" + rows)
    seen = preview(path, said)
    assert shown(seen)["answer"] == "'label' and 'n'"
    turned = preview(path, seen.turned(EXPECTED))
    assert turned.said[EXPECTED] == "n"
    assert seen.roles == {"text": "input", "label": "answer", "n": "answer"}


def test_of_two_sheets_the_first_is_shown_and_the_next_is_one_turn_away(tmp_path: Path) -> None:
    """Two sheets of the same size are no wall; lines are cut by a separator that stands in them."""
    book = Workbook()
    book.remove(book.active)
    for name in ("Jan", "Feb"):
        sheet = book.create_sheet(name)
        for row in [(f"text of {name}", "label"), *((f"{name} {text}", label) for text, label in ROWS)]:
            sheet.append(row)
    path = tmp_path / "x.xlsx"
    book.save(path)
    seen = preview(path, {})
    assert seen.is_odd
    assert (shown(seen)["sheet"], seen.rows[0][0][:3]) == ("'Jan'", "Jan")
    assert preview(path, seen.turned("examples.sheet")).rows[0][0][:3] == "Feb"

    for name, share in (("Jan", 1), ("Feb", 3)):  # with the same header they are one table, however short one is
        book[name]["A1"] = "text"
        book[name].delete_rows(2 + len(ROWS) // share, len(ROWS))
    book.save(path)
    both = preview(path, {})
    assert (shown(both)["sheet"], both.words[:8]) == ("all alike", "16 rows,")
    turns = [both]
    for _ in range(3):
        turns.append(preview(path, turns[-1].turned("examples.sheet")))
    assert [shown(each)["sheet"] for each in turns] == ["all alike", "'Jan'", "'Feb'", "all alike"]
    assert turns[-1].words == both.words

    numbers = book.create_sheet("members")  # a survey's repeated questions are no other table of texts
    numbers.append(("parent", "age", "sex"))
    for at in range(30):
        numbers.append((at // 3, 20 + at, "fm"[at % 2]))
    del book["Feb"]
    book.save(path)
    assert shown(preview(path, {}))["sheet"] == "'Jan'"

    lines = tmp_path / "x.txt"
    lines.write_text("".join(f"{text}, please\n" for text, _ in ROWS) + "".join(f"{text}\n" for text, _ in ROWS[:2]))
    seen = preview(lines, {})
    assert shown(seen)["separator"] == "none"
    cut = preview(lines, seen.turned("examples.separator"))
    assert (cut.problem, len(cut.names)) == ("", 2)
    assert preview(lines, cut.turned("examples.separator")).words == seen.words


def test_a_way_that_cannot_be_read_can_be_left_again(tmp_path: Path) -> None:
    """The reason is said, and what takes turns is still there."""
    path = tmp_path / "x.csv"
    path.write_text("text,label\na,x\n", encoding="utf-8")
    seen = preview(path, {})
    assert "holds one row" in seen.problem
    assert seen.cures == ("header",)
    assert preview(path, seen.turned("examples.header")).problem == ""
    assert "no such file" in preview(tmp_path / "none.csv", {}).problem


def test_several_columns_are_named_as_one_text(tmp_path: Path) -> None:
    """However people write "this one and that one"; a column of that very name goes first."""
    path = tmp_path / "x.csv"
    path.write_text(
        "Subject,Body,label\n" + "".join(f"s{at},{text},{label}\n" for at, (text, label) in enumerate(ROWS))
    )
    for said in ("Subject + Body", "subject, body", "Subject and Body", "[Subject, Body]"):
        seen = preview(path, {INPUT: said, EXPECTED: "label"})
        assert seen.roles == {"Subject": "input", "Body": "input", "label": "answer"}, said
    assert "has no column" in preview(path, {INPUT: "Subject + Bodies"}).problem


def test_what_is_shown_is_taken(tmp_path: Path) -> None:
    """Yes and no as the answer make pairs of two columns, whichever one was the input before."""
    path = tmp_path / "pairs.csv"
    texts = [f"the shop crashes on day {at}" for at in range(40)]
    rows = (f"{text},{texts[(at + at % 2) % 40]},{'yn'[at % 2]}" for at, text in enumerate(texts))
    path.write_text("report,earlier,same\n" + "\n".join(rows))
    words = "Write what the report says"
    seen = preview(path, {INPUT: "report", EXPECTED: "earlier"}, words)
    other = reread(seen, seen.turned(EXPECTED), "Do two reports mean the same?")
    shown_so = {part.key: part.value for part in other.parts if part.key.startswith(INPUT)}
    assert shown_so == {f"{INPUT}:first": "report", f"{INPUT}:second": "earlier"}
    assert other.settled == {INPUT: {"first": "report", "second": "earlier"}, EXPECTED: "same"}
    assert preview(path, {}).settled == {}
