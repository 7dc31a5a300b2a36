"""The user's file: its path completed, its first rows, what is input and what expected, what is odd about it."""

from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.widgets import Select

from advisor.interview.facts import Fact, Source, Understanding
from advisor.interview.files.preview import Preview, preview
from advisor.workflow.frontend import Answer
from tests.tui import loops
from tests.tui.pages import asking
from tests.tui.picture import SIZES, compare
from tui.widgets.file_preview import FilePreview, rows
from tui.widgets.path_picker import PathInput


def test_a_long_name_of_a_column_is_cut_before_its_mark() -> None:
    names = ("Objet de la demande", "Texte de la demande", "Service destinataire", "発行部署の名前とその番号")
    seen = Preview(
        "x.csv", {}, names=names, rows=(("o", "t" * 60, "s", "b"),), roles={names[1]: "input", names[2]: "answer"}
    )
    for room, count in ((74, 4), (40, 2), (24, 1)):
        head, *_ = rows(seen, room).plain.split("\n")
        assert cell_len(head) <= room
        assert ("◂ input" in head, "◂ answer" in head) == (True, count > 1)


FILE, COLUMNS = loops.KINDS["file"], loops.KINDS["columns"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with a file of examples and others."""
    rows = [("I was charged twice", "billing"), (loops.HEBREW, "billing"), (loops.CHINESE, "bug"), ("It stops", "bug")]
    # "&" has no place in a name here; the text column has what a terminal would obey.
    lines = ["id,text,label", *(f'{at},"{text} {at}",{label}' for at, (text, label) in enumerate(rows * 12))]
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mails.csv").write_text("\n".join(lines) + '\n99,"[bold]x[/]",other\n', encoding="utf-8")
    (tmp_path / "data" / "make.py").write_text("", encoding="utf-8")
    (tmp_path / "docs").mkdir()
    (tmp_path / "broken.csv").write_text("text,label\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.usefixtures("folder")
async def test_a_path_is_completed_and_the_file_is_shown(size: tuple[int, int]) -> None:
    """Tab completes folder and file; the preview marks what is expected and what is input before anything is sent."""
    async with asking(FILE, size=size) as (session, answers):
        await session.press("d", "a")
        await session.press("tab")
        assert session.page.query_one(PathInput).value == "data/"
        await session.press("m", "tab")
        assert session.page.query_one(PathInput).value == "data/mails.csv"
        await session.until(lambda: "I was charged twice" in session.text)
        compare(session.app, "examples-preview")
        assert "label ◂ answer" in session.text
        assert "text ◂ input" in session.text
        assert "49 rows: text → label" in session.text
        await session.press("enter")
        await session.until(lambda: answers)
        assert answers == [Answer("examples", "data/mails.csv")]


@pytest.mark.usefixtures("folder")
async def test_a_file_is_picked_from_the_list() -> None:
    """Arrows, and enter on half a name, go into the list; enter opens a folder and takes a file; letters go back."""
    async with asking(FILE) as (session, answers):
        compare(session.app, "examples-listing")
        await session.press("d", "enter", "down", "enter")
        assert session.page.query_one(PathInput).value == "docs/"
        assert not answers
        line = session.page.query_one(PathInput)
        line.value = ""
        line.focus()
        await session.until(lambda: "data/" in session.text)
        await session.press("down", "enter")
        assert session.page.query_one(PathInput).value == "data/"
        await session.press("down", "m")
        assert session.page.query_one(PathInput).value == "data/m"
        await session.press("down", "enter")
        await session.until(lambda: answers)
        assert answers == [Answer("examples", "data/mails.csv")]


@pytest.mark.usefixtures("folder")
async def test_a_file_that_cannot_be_read_is_reported_in_place() -> None:
    """The reason stands where the preview would, with what to do."""
    async with asking(FILE) as (session, _):
        await session.type("broken.csv")
        await session.until(lambda: "Pick another file" in session.text)
        compare(session.app, "examples-unreadable")
        assert "broken.csv" in session.text


async def test_a_problem_of_a_file_is_shown_once(folder: Path) -> None:
    """Where the question says why the file cannot be used, the preview below does not say it again."""
    broken = str(folder / "broken.csv")
    problem = preview(Path(broken), {}).problem
    async with asking(replace(FILE, default=broken, problem=problem)) as (session, _):
        await session.until(lambda: "Looking at" not in session.text)
        assert session.text.count("holds no rows") == 1


@pytest.mark.usefixtures("folder")
async def test_columns_are_chosen_next_to_the_rows() -> None:
    """The question about columns shows the file, and takes a column for each part."""
    known = Understanding((Fact("examples", "data/mails.csv", Source.ANSWER),))
    question = replace(COLUMNS, default={"input": "text", "expected": "label"})
    async with asking(question, known=known) as (session, answers):
        await session.until(lambda: "I was charged twice" in session.text)
        compare(session.app, "examples-columns")
        session.page.query(Select).first().value = "subject"
        await session.press("ctrl+s")
        await session.until(lambda: answers)
        assert answers == [Answer("columns", {"input": "subject", "expected": "label"})]


async def test_a_file_that_was_mended_has_no_problem_below_its_question(folder: Path) -> None:
    """A look at it again, for its rows or to take it, is shown there too; what the user said of it counts."""
    broken = folder / "broken.csv"
    known = Understanding((Fact("examples", str(broken), Source.ANSWER), Fact("examples.input", "a", Source.ANSWER)))
    async with asking(replace(FILE, default=str(broken)), known=known) as (session, _):
        await session.until(lambda: "holds no rows" in session.text)
        broken.write_text("a,b,label\n" + "".join(f"one {at},two words {at},x{at % 2}\n" for at in range(9)))
        await session.press("ctrl+y")
        await session.press("escape")
        await session.until(lambda: "a ◂ input" in session.text)
        assert "holds no rows" not in session.text


async def test_a_preview_of_another_file_takes_the_place_of_the_first(folder: Path) -> None:
    """What comes late of a file that is no longer asked for is not shown."""
    other = folder / "other.csv"
    other.write_text("question,answer\nwhere is it,here\nwho is it,me\n", encoding="utf-8")
    async with asking(FILE, size=(120, 40)) as (session, _):
        pane = session.page.query_one(FilePreview)
        pane.look_at("data/mails.csv")
        pane.look_at(str(other))
        await session.until(lambda: "question" in session.text)
        assert "charged twice" not in session.text
