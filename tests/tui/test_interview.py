"""The interview: every kind of question, the understood facts next to it, and later changes of anything."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import OptionList

from advisor.execution.control import Control
from advisor.interview.facts import Fact, Source, Understanding
from advisor.interview.question import Choice, Question
from advisor.workflow.frontend import Answer, Frontend, Understood
from advisor.workflow.sessions import Start
from tests.tables import for_each
from tests.tui import loops
from tests.tui.pages import asking, opened
from tests.tui.picture import SIZES, compare
from tui import app, words
from tui.dialogs.reading import Reading
from tui.widgets.answer_box import AnswerBox
from tui.widgets.known import Known
from tui.widgets.path_picker import Entry, PathInput, with_whole
from tui.widgets.words_field import WordsField
from tui.words import in_session


@pytest.mark.parametrize("size", SIZES)
async def test_a_choice_with_what_is_understood_next_to_it(size: tuple[int, int]) -> None:
    """The question says why it is asked; each choice what it leaves; odd words are shown as they are."""
    async with asking(loops.LICENSE, size=size) as (session, _):
        compare(session.app, "interview-choice")
        assert "Your answer decides between 212 and 14 models." in session.text
        assert r"[bold]stray[/] [/nothing] \x1b[31mred \u202eback" in session.text
        assert "Enter takes: Anyone, for anything (what most people answer)" in session.text


async def test_each_kind_of_question_has_its_field() -> None:
    """At 80 columns the field, the reason and where the default comes from are in sight."""
    kinds = [name for name in loops.KINDS if name not in {"choice", "file", "columns"}]
    async with opened(loops.asking(*(loops.KINDS[kind] for kind in kinds))) as session:
        for kind in kinds:
            await session.asked(loops.KINDS[kind])
            compare(session.app, f"interview-{kind}")
            await session.press(*(["a", "comma", "b"] if kind in {"text", "labels"} else []), "ctrl+s")


KEYS: list[tuple[str, list[str], Any]] = [
    ("text", ["s", "o", "r", "t", "enter"], "sort"), ("text", ["a", "ctrl+j", "b", "ctrl+s"], "a\nb"),
    ("choice", ["2"], []), ("choice", ["down", "enter"], []), ("choice", ["enter"], ["apache-2.0", "mit"]),
    ("choice", ["tab", "m", "p", "l", "enter"], "mpl"), ("choice", ["ctrl+o"], None),
    ("several", ["2", "3", "1", "enter"], ["de", "he"]), ("several", ["space", "down", "space", "enter"], ["de"]),
    ("number", ["enter"], 0.9), ("number", ["8", "5", "percent_sign", "enter"], 0.85),
    ("size", ["4", "G", "B", "enter"], 4_000_000_000), ("size", ["enter"], 16_000_000_000), ("yes", ["2"], False),
    ("yes", ["enter"], True), ("labels", ["a", "comma", "b", "ctrl+s"], ["a", "b"]),
    ("labels", ["a", "ctrl+j", "b", "enter"], ["a", "b"]),
    ("columns", ["ctrl+s"], {"input": "text", "expected": "label"}),
]  # fmt: skip


async def test_keys_give_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every kind of question is answered by keys alone, with a value of its kind."""
    monkeypatch.setattr(app, "TOGETHER", 0.0)  # each question has been read
    questions = [replace(loops.KINDS[kind], key=f"{at}") for at, (kind, _, _) in enumerate(KEYS)]
    async with asking(*questions) as (session, answers):
        for question, (_, keys, value) in zip(questions, KEYS, strict=True):
            await session.asked(question)
            await session.press(*keys)
            await session.until(lambda: answers and answers[-1].key == question.key)  # noqa: B023
            assert answers[-1].value == value, question


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (["down", "enter"], "anyway"),
        (["tab", "enter"], "anyway"),
        (["1", "enter"], "anyway"),
        (["1", "0", "enter"], "10"),
        ([*"sort", "enter"], "sort"),
    ],
)
async def test_a_text_or_the_way_below_it_is_answered(keys: list[str], value: str) -> None:
    """By its line or its number, where words are wanted: a number alone says nothing else."""
    question = replace(loops.WORDS, key="unscored", choices=(Choice("anyway", "It is another kind of task", ""),))
    async with asking(question) as (session, answers):
        await session.press(*keys)
        await session.until(lambda: answers)
        assert answers == [Answer("unscored", value)]


async def test_a_click_gives_the_answer() -> None:
    async with asking(loops.LICENSE) as (session, answers):
        await session.pilot.click("AnswerBox Choices", offset=(6, 1))
        await session.until(lambda: answers)
        assert answers == [Answer("constraints.license", [])]


async def test_what_is_no_answer_is_said_in_place() -> None:
    """The complaint stands below the field, the text stays, and goes when the text is changed."""
    async with asking(loops.KINDS["size"]) as (session, answers):
        await session.press(*"much", "enter")
        assert "'much' is not a size; write for example 4GB or 512MiB" in session.text
        compare(session.app, "interview-no-answer")
        await session.press("backspace")
        assert "is not a size" not in session.text
        assert not answers


async def test_without_an_answer_there_is_no_task() -> None:
    """A question that must be answered offers no way past it, and says why."""
    async with asking(loops.KINDS["labels"]) as (session, _):
        assert not session.page.query_one("#unknown").display
        await session.press("enter")
        assert "write an answer" in session.text


async def test_a_refused_answer_is_kept_to_be_mended() -> None:
    """Where the engine cannot use an answer, it is in the field again, with the reason."""

    def loop(session: str, frontend: Frontend, *, start: Any, control: Control) -> None:
        question = Question("name", "What is its name?", "text")
        frontend.ask(question, Understanding())
        frontend.ask(replace(question, problem="name: [b]too[/] short; give a longer one"), Understanding())

    async with opened(loop) as session:
        await session.until(lambda: session.page.query(AnswerBox))
        await session.press("x", "enter")
        await session.until(lambda: "too[/] short" in session.text)
        assert session.page.query_one(WordsField).text == "x"


async def test_an_earlier_answer_is_changed_by_going_back() -> None:
    """Escape shows the question before, with its answer; what is given goes to its key."""
    async with asking(loops.WORDS, loops.KINDS["number"], loops.LICENSE) as (session, answers):
        await session.press(*"one", "enter")
        await session.asked(loops.KINDS["number"])
        await session.press("enter")
        await session.asked(loops.LICENSE)
        await session.press("escape")
        assert "How often must it be right?" in session.text
        compare(session.app, "interview-back")
        await session.press("escape")
        assert session.page.query_one(WordsField).text == "one"
        await session.press("s", "enter")
        await session.asked(loops.LICENSE)
        assert answers[-1] == Answer("words", "ones")


@for_each(
    "text, said",
    [
        (
            "x is read as 90% right; --set bar.pass_rate=... changes it",
            "x is read as 90% right; ctrl+l (must be right) changes it",
        ),
        ("no range: set scoring.range, e.g. [0, 11.6]", "no range: ctrl+l (range), e.g. [0, 11.6]"),
        ("--set labels=[...] without them leaves rows out", "ctrl+l (labels) without them leaves rows out"),
        (
            "each counts once (--set examples.near_duplicates=keep counts all).",
            "each counts once (ctrl+l (nearly the same: keep) counts all).",
        ),
        ('the same: --set \'examples.same_labels={"b": "a b"}\'', "the same: ctrl+l (same labels)"),
        ("Set examples.input and examples.expected", "ctrl+l (input) and expected"),
        ("set a limit", "set a limit"),
    ],
)
def test_options_of_commands_are_named_as_the_session_has_them(text: str, said: str) -> None:
    """With what each is called where it is changed."""
    assert in_session(text) == said


async def test_going_back_to_a_path_that_was_not_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The question after the file comes back with its line in focus, empty as it was left."""
    monkeypatch.chdir(tmp_path)
    async with asking(loops.KINDS["file"], loops.LICENSE) as (session, _):
        await session.press("ctrl+o")
        await session.asked(loops.LICENSE)
        await session.press("escape")
        assert "Where are your examples?" in session.text
        await session.until(lambda: any(line.has_focus for line in session.page.query(PathInput)))
        await session.type("mails")
        await session.until(lambda: session.page.query_one(PathInput).value == "mails")


async def test_what_enter_takes_is_said_only_while_it_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proposed path is named while the field holds it; not with another, none, or the list of files in focus."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one").mkdir()
    (tmp_path / "qa.csv").write_text("input,expected\na,b\n", encoding="utf-8")
    question = replace(loops.KINDS["file"], default="qa.csv", default_from="the only table here")
    async with asking(question, loops.KINDS["number"], loops.LICENSE) as (session, _):
        assert "Enter takes: qa.csv" in session.text
        await session.press("x")
        assert "Enter takes" not in session.text
        await session.press("backspace")
        assert "Enter takes: qa.csv" in session.text
        await session.press("down")
        assert session.page.query_one("PathPicker OptionList").has_focus
        assert "Enter takes" not in session.text
        await session.press("shift+tab", *(["backspace"] * 6))
        assert "Enter takes" not in session.text
        await session.press("ctrl+o")
        await session.asked(loops.KINDS["number"])
        assert "Enter takes: 0.9" in session.text or "Enter takes: 90%" in session.text
        await session.press("8", "0")
        assert "Enter takes" not in session.text
        await session.press("enter")
        await session.asked(loops.LICENSE)
        assert "Enter takes: Anyone, for anything" in session.text
        await session.press("down")
        assert "Enter takes" not in session.text


async def test_a_list_of_files_has_its_cursor_however_it_is_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reached by shift+tab from below, its first line is highlighted, and enter takes it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mails.csv").write_text("text,label\na,b\nc,d\n", encoding="utf-8")
    async with asking(loops.KINDS["file"]) as (session, answers):
        session.page.query_one("#give").focus()
        await session.press("shift+tab")
        files = session.page.query_one("PathPicker OptionList", OptionList)
        assert files.has_focus
        assert files.highlighted == 0
        await session.press("enter")
        await session.until(lambda: answers)
        assert answers == [Answer("examples", "mails.csv")]


async def test_a_folder_is_picked_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list of a folder of folders begins with itself; a folder of files that are read ends with it."""
    monkeypatch.chdir(tmp_path)
    for label in ("spam", "ham"):
        (tmp_path / "mails" / label).mkdir(parents=True)
        (tmp_path / "mails" / label / "a.txt").write_text("win money", encoding="utf-8")
    async with asking(loops.KINDS["file"]) as (session, answers):
        await session.press("tab")  # the only entry
        await session.until(lambda: session.page.query_one(PathInput).value == "mails/")
        await session.until(lambda: "this folder" in session.text)
        await session.press("enter", "enter")
        await session.until(lambda: answers)
        assert answers == [Answer("examples", "mails/")]
    files = with_whole("mails/spam/", [Entry("a.txt", is_folder=False, size=9, is_known=True)])
    assert [each.name for each in files] == ["a.txt", ""]


async def test_a_long_list_leaves_the_question_in_sight() -> None:
    """At 80 columns the question and its reason stand above a dozen choices, on the last of which the cursor is."""
    choices = tuple(Choice(f"kind {at}", f"kind {at}") for at in range(12))
    question = Question(
        "family", "What kind of task is it?", "choice", "It decides what can do it.", choices, "kind 11"
    )
    async with asking(question) as (session, _):
        assert "What kind of task is it?" in session.text
        assert "kind 11" in session.text


async def test_a_long_text_to_label_is_read_to_its_end() -> None:
    """It leaves room for the labels below it, and goes on by keys."""
    text = " ".join(f"word{at}" for at in range(400))
    question = Question("label:0", text, "choice", "", (Choice("spam", "spam"), Choice("ham", "ham")))
    async with asking(question) as (session, _):
        await session.until(lambda: "More of the text: ctrl+down, ctrl+up." in session.text)
        assert "word0" in session.text
        assert "1 spam" in session.text
        for _ in range(8):
            await session.press("ctrl+down")
        assert "word399" in session.text
        assert "1 spam" in session.text
        await session.press("1")


async def test_before_anything_is_known() -> None:
    """While the loop works the page says at what; nothing can be answered."""

    def loop(session: str, frontend: Frontend, *, start: Any, control: Control) -> None:
        frontend.tell(Understood(Understanding()))
        control._stop.wait()

    async with opened(loop) as session:
        await session.until(lambda: "Getting ready" in session.text)
        compare(session.app, "interview-waiting")
        assert not session.page.query_one("#give").display


def test_no_limit_of_time_is_called_that() -> None:
    assert words.value("bar.p95_seconds", None) == "no limit"


async def test_a_number_of_two_digits_picks_its_line() -> None:
    """Where a digit begins other numbers it moves to its line, and another one may follow; enter takes the line."""
    many = tuple(Choice(f"kind {n}", f"kind {n}") for n in range(1, 13))
    question = replace(loops.KINDS["choice"], choices=many, default=None)
    for keys, value in ((("1", "2"), "kind 12"), (("1", "enter"), "kind 1"), (("4",), "kind 4")):
        async with asking(question) as (session, answers):
            await session.press(*keys)
            await session.until(lambda answers=answers: answers)
            assert answers[0].value == value


async def test_no_column_chosen_is_no_answer() -> None:
    question = replace(loops.KINDS["columns"], default=None, default_from="")
    async with asking(question) as (session, answers):
        await session.press("ctrl+s")
        assert "choose a column" in session.text
        assert not answers


async def test_a_question_behind_what_is_understood_has_no_keys(tmp_path: Path) -> None:
    """Back from how the file is read the keys go to the list that is seen, and nothing is labelled unseen."""
    file = tmp_path / "list.csv"
    file.write_text("text,kind\nA vase,x\nA jug,y\nA cup,x\n", encoding="utf-8")
    row = Question("label:3", "A vase", "choice", choices=(Choice("a", "a"), Choice("b", "b")))
    known = Understanding(
        (Fact("examples", str(file), Source.ANSWER), Fact("examples.input", "text", Source.FILE, "its words"))
    )
    async with asking(row, known=known) as (session, answers):
        await session.press("ctrl+l")
        listed = session.page.query_one(Known)
        listed.highlighted = listed.get_option_index("examples.input")
        await session.press("enter")
        await session.until(lambda: isinstance(session.app.screen, Reading))
        await session.press("escape")
        await session.until(lambda: session.app.screen is session.page)
        assert session.app.focused is listed
        await session.press("up", "ctrl+s", "ctrl+o", "1")
        assert not answers
        await session.press("ctrl+l", "1")
        await session.until(lambda: answers)
        assert answers == [Answer("label:3", "a")]


async def test_back_shows_no_question_that_hung_on_another_answer() -> None:
    """What to do if no model fits is asked again if it still matters."""
    kind = Question("family", "What kind?", "choice", choices=(Choice("a", "a"), Choice("b", "b")))
    none = Question(
        "none_left", "No model fits. What now?", "choice", choices=(Choice("family", "x"), Choice("anyway", "y"))
    )
    ways = Question(
        "no_examples", "How do you get examples?", "choice", choices=(Choice("label", "l"), Choice("file", "f"))
    )
    asked, answers = [none, kind, none, ways, none], list[Answer]()

    def loop(session: str, frontend: Frontend, *, start: Any, control: Control) -> None:
        now = Understanding()
        for question in asked:
            frontend.tell(Understood(now))
            answers.append(frontend.ask(question, now))
            now = Understanding(tuple(Fact(a.key, a.value, Source.ANSWER) for a in answers if a.key == "family")[-1:])

    async with opened(loop) as session:
        for question, keys in ((none, "1"), (kind, "1"), (none, ["escape", "2"])):
            await session.asked(question)
            await session.press(*keys)
        await session.asked(ways)
        assert [answer.value for answer in answers] == ["family", "a", "b"]
        await session.press("escape")
        assert "What kind?" in session.text
        await session.press("1")  # the kind that no model fits
        await session.asked(none)
        assert answers[-1] == Answer("family", "a")


async def test_what_was_kept_is_opened_before_anything_is_said_of_it() -> None:
    """No page says meanwhile that nothing is known; a new one says that it gets ready."""

    def loop(session: str, frontend: Frontend, *, start: Any, control: Control) -> None:
        control._stop.wait()

    for session_id, doing in (("kept", "Opening what was kept"), (None, "Getting ready")):
        start = None if session_id else Start()
        async with opened(loop, (120, 40), start, session_id) as session:
            await session.until(lambda session=session, doing=doing: doing in session.text)
            assert "Every model is possible" not in session.text
            assert "Nothing yet" not in session.text
