"""How a file is read: shown with its first rows before it is taken, and changed by a letter."""

from pathlib import Path

import pytest

from advisor.interview.facts import Fact, Source, Understanding
from advisor.workflow.frontend import Answer
from tests.tui import loops
from tests.tui.pages import asking
from tests.tui.picture import compare
from tui import app
from tui.screens.interview import seen_again

FILE = loops.KINDS["file"]
WIDE = "Eine sehr lange Klage über die Gebühr und wer sie erhebt und die über dies noch sehr lang ist"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what a spreadsheet saved without a header."""
    rows = [(f"{WIDE} {at}", "Rechnung" if at % 2 else f"Fehler {loops.HEBREW}") for at in range(12)]
    text = "".join(f"{text};{label if at % 2 else 'Fehler'};{at}\n" for at, (text, label) in enumerate(rows))
    (tmp_path / "mails.csv").write_text(text, encoding="cp1252")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_what_is_guessed_is_shown_before_a_file_is_taken(size: tuple[int, int]) -> None:
    """Three rows cut to the width, the guess in words, a letter for each part; enter takes it, with what was changed.

    Letters that come faster than the file is read are all obeyed, in their order; a capital one
    goes back.
    """
    async with asking(FILE, size=size) as (session, answers):
        await session.type("mails.csv")
        await session.press("enter")
        assert "12 rows, semicolon-separated, cp1252, no header: text → label" in session.text
        assert not answers
        compare(session.app, "reading")
        await session.press("h", "h", "i")
        assert "column 3 ◂ input" in session.text
        assert "label ◂ answer" in session.text
        await session.press("I")
        assert "text ◂ input" in session.text
        await session.press("escape")
        await session.press("enter")
        await session.press("h")
        await session.press("enter")
        await session.until(lambda: len(answers) == 2)
        assert answers == [Answer("examples.header", "present"), Answer("examples", "mails.csv")]


async def test_a_file_that_was_taken_is_read_another_way(folder: Path) -> None:
    """A key of the interview shows it again; only what is changed is answered, and what no longer holds taken back."""
    said = {"examples": str(folder / "mails.csv"), "examples.header": "absent", "examples.expected": "column 3"}
    known = Understanding(tuple(Fact(key, value, Source.ANSWER) for key, value in said.items()))
    async with asking(loops.LICENSE, known=known) as (session, answers):
        await session.press("ctrl+y")
        assert "text → column 3" in session.text
        await session.press("h")
        await session.press("enter")
        await session.until(lambda: len(answers) == 2)
        assert answers == [Answer("examples.header", "present"), Answer("examples.expected", is_taken_back=True)]


def test_a_file_that_is_named_again_is_read_as_it_was_corrected(folder: Path) -> None:
    """It was refused and mended; if its corrections no longer fit, it is read afresh."""
    said = {"examples.header": "absent", "examples.expected": "column 3"}
    assert seen_again("mails.csv", said, "").roles["column 3"] == "answer"
    (folder / "mails.csv").write_text("text,label\n" + "good day,ham\nbuy now,spam\n" * 9)
    assert seen_again("mails.csv", {"examples.expected": "column 3"}, "").roles["label"] == "answer"


async def test_a_second_column_joins_the_input(tmp_path: Path) -> None:
    """One key adds it, and another takes it away; the rows show both, and understood columns need not be said again."""
    rows = "".join(f"Title {at},{WIDE} {at},{'yes' if at % 2 else 'no'}\n" for at in range(12))
    (tmp_path / "papers.csv").write_text(f"TI,AB,keep\n{rows}", encoding="utf-8")
    facts = {"examples": str(tmp_path / "papers.csv"), "examples.input": "AB", "examples.expected": "keep"}
    known = Understanding(tuple(Fact(key, value, Source.FILE) for key, value in facts.items()))
    async with asking(loops.LICENSE, known=known) as (session, answers):
        await session.press("ctrl+y")
        await session.press("enter")
        await session.press("ctrl+y")
        await session.press("+")
        await session.until(lambda: "TI ◂ input" in session.text)
        assert "AB ◂ input" in session.text
        await session.press("-")
        await session.until(lambda: "TI ◂ input" not in session.text)
        await session.press("+", "enter")
        await session.until(lambda: len(answers) == 2)
        assert answers == [Answer("examples.input", ["AB", "TI"]), Answer("examples.expected", "keep")]


async def test_a_column_is_corrected_by_the_file_s_own(folder: Path) -> None:
    """Its name need not be typed: the understood fact opens the file's rows, where a letter takes the next column."""
    said = {"examples": str(folder / "mails.csv"), "examples.expected": "label"}
    known = Understanding(tuple(Fact(key, value, Source.FILE) for key, value in said.items()))
    async with asking(loops.LICENSE, known=known) as (session, _):
        await session.press("ctrl+l", "down", "enter")
        await session.until(lambda: "◂ answer" in session.text)


async def test_a_file_that_cannot_be_read_is_gone_on_without(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason and the ways out, by number; the question stays where another file is named."""
    monkeypatch.setattr(app, "TOGETHER", 0.0)  # what a digit leads to is read
    (folder / "empty.csv").write_text("")
    async with asking(FILE) as (session, answers):
        await session.type("empty.csv")
        await session.press("enter")
        compare(session.app, "reading-no-way")
        await session.press("1")
        assert not answers
        await session.press("enter")
        await session.press("2")
        await session.until(lambda: answers)
        assert answers == [Answer("examples", None)]


async def test_a_file_of_a_near_name_is_asked_for_as_a_question(folder: Path) -> None:
    (folder / "minds.csv").write_text("text,label\na,b\n")
    async with asking(FILE) as (session, _):
        await session.type("mnids.csv")
        await session.press("enter")
        await session.until(lambda: "Did you mean" in session.text)
        assert "Did you mean 'minds.csv'?" in " ".join(session.text.split())
        assert "?." not in session.text
