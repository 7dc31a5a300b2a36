"""What is typed and pressed while a question stands."""

from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from textual.events import Key

from advisor.execution.control import Control
from advisor.interview.answers import ENOUGH, checked
from advisor.interview.question import Choice, Question
from advisor.workflow.frontend import Answer, Frontend, Planned
from tests.tui import loops
from tests.tui.pages import asking, opened
from tests.tui.picture import SIZES
from tests.tui.waiting import handled
from tui import app
from tui.widgets.choices import Choices
from tui.widgets.words_field import WordsField


async def test_what_was_typed_stays_while_something_else_is_corrected() -> None:
    """An answer to another question takes nothing of this one's away."""
    text = loops.KINDS["text"]

    def loop(session: str, frontend: Frontend, *, start: Any, control: Control) -> None:
        frontend.ask(text, loops.UNDERSTOOD)
        frontend.ask(replace(text, problem="labels: holds one; name two"), loops.UNDERSTOOD)

    async with opened(loop) as session:
        await session.asked(text)
        await session.type("sort my mails")
        await session.correct("labels")
        await session.press("ctrl+s")
        await session.until(lambda: "labels: holds one; name two" in session.text)
        assert session.page.query_one(WordsField).text == "sort my mails"


async def test_what_is_typed_on_a_list_is_written_into_its_field() -> None:
    """A number of a line picks it, everything else is an answer of the user's own, also a decimal comma."""
    choices = (Choice(None, "a tenth", "the usual"), Choice(1.0, "by 1"))
    far = Question("scoring.tolerance", "How far may it be off?", "choice", "", choices, is_open=True)
    async with asking(far, far) as (session, answers):
        await session.press(*"0,5", "enter")
        await session.until(lambda: len(answers) == 1)
        await session.press("2")
        await session.until(lambda: len(answers) == 2)
    assert [answer.value for answer in answers] == ["0,5", 1.0]
    assert checked("scoring.tolerance", "0,5") == 0.5


async def test_a_text_that_comes_at_once_is_written_into_the_field_of_a_list() -> None:
    """Blanks, digits and Enter that come before the field has the focus belong to the text; problems name no key."""
    choices = (Choice(None, "a tenth", "the usual"), Choice(1.0, "by 1"))
    far = Question("scoring.tolerance", "How far may it be off?", "choice", "", choices, is_open=True)
    refused = replace(far, problem="scoring.tolerance: write a number (it is 'x')")
    async with asking(far, refused) as (session, answers):
        for key in (*"by 2 points", "enter"):
            session.app.post_message(Key(key, "\r" if key == "enter" else key))
        await session.until(lambda: len(answers) == 1)
        assert answers[0].value == "by 2 points"
        await session.until(lambda: " write a number (it is 'x')" in session.text)
        assert "scoring.tolerance" not in session.text
    spoken: dict[str, object] = {
        "half a point": 0.5,
        "mezzo punto": 0.5,
        "un demi-point": 0.5,
        "zwei Punkte": 2.0,
        "5 %": "5%",
    }
    assert {text: checked("scoring.tolerance", text) for text in spoken} == spoken


async def test_labels_that_are_digits_are_taken_by_their_own() -> None:
    choices = (Choice("0", "0"), Choice("x", "x"), Choice("1", "1"), Choice(ENOUGH, "enough", "that will do for now"))
    rows = [Question(f"label:{at}", f"Mail {at}", "choice", "", choices) for at in range(2)]
    async with asking(*rows) as (session, answers):
        await session.press("1")
        await session.asked(rows[1])
        await session.press("2", "3", "0")
        await session.until(lambda: len(answers) == 2)
    assert [answer.value for answer in answers] == ["1", "0"]


async def test_a_number_that_begins_others_is_taken_after_a_moment() -> None:
    """Another digit within it is a longer number."""
    choices = tuple(Choice(each, each) for each in "abcdefghijkl")
    rows = [Question(f"label:{at}", f"Mail {at}", "choice", "", choices) for at in range(2)]
    async with asking(*rows) as (session, answers):
        await session.press("1")
        await session.asked(rows[1])
        await session.press("1", "2")
        await session.until(lambda: len(answers) == 2)
    assert [answer.value for answer in answers] == ["a", "l"]


async def test_a_digit_and_enter_answer_one_question(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enter right behind a digit was meant for it; later it takes what the next question proposes."""
    choices = (Choice("spam", "spam"), Choice("ham", "ham"))
    rows = [Question(f"label:{at}", f"Mail {at}", "choice", "", choices, "ham") for at in range(3)]
    now = [100.0]
    monkeypatch.setattr(app, "monotonic", lambda: now[0])
    async with asking(*rows) as (session, answers):
        await session.press("1", "enter")
        await session.asked(rows[1])
        await session.press("enter")
        assert [answer.value for answer in answers] == ["spam"]
        now[0] += 1
        await session.press("enter")
        await session.asked(rows[2])
        await session.press("enter")  # behind another enter
        await session.until(lambda: len(answers) == 3)
    assert [answer.value for answer in answers] == ["spam", "ham", "ham"]


async def test_enter_opens_nothing_while_the_next_question_is_prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    """A digit answers at once; the enter of a person who does not know that goes nowhere."""
    monkeypatch.setattr(app, "TOGETHER", 0.0)
    choices = (Choice("spam", "spam"), Choice("ham", "ham"))
    rows = [Question(f"label:{at}", f"Mail {at}", "choice", "", choices) for at in range(2)]
    is_prepared = Event()

    def loop(session: str, frontend: Frontend, *, start: Any, control: Control) -> None:
        frontend.ask(rows[0], loops.UNDERSTOOD)
        is_prepared.wait()
        frontend.ask(rows[1], loops.UNDERSTOOD)

    async with opened(loop, size=SIZES[1]) as session:
        await session.asked(rows[0])
        shown = session.app.screen
        await session.press("1")
        await session.until(lambda: "Mail 0" not in session.text)
        await session.press("enter")
        assert session.app.screen is shown
        is_prepared.set()
        await session.asked(rows[1])
        assert isinstance(session.app.focused, Choices)


async def test_enter_behind_a_digit_agrees_to_no_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan comes seconds after the digit: Enter that comes as it does was meant for the digit."""
    now = [100.0]
    monkeypatch.setattr(app, "monotonic", lambda: now[0])
    choices = (Choice("spam", "spam"), Choice("ham", "ham"))
    question = Question("constraints.license", "Whose?", "choice", "", choices)
    consent = Question("plan", "Run it?", "plan", may_skip=False)
    answers: list[Answer] = []

    def loop(session: str, frontend: Frontend, *, start: Any, control: Control) -> None:
        answers.append(frontend.ask(question, loops.UNDERSTOOD))
        now[0] += 2 * app.TOGETHER
        frontend.tell(Planned(loops.plan(download_bytes=0), Path("task.yaml")))
        answers.append(frontend.ask(consent, loops.UNDERSTOOD))

    async with opened(loop) as session:
        await session.asked(question)
        await session.pilot.press("1")
        await session.until(lambda: session.app.focused and session.app.focused.id == "begin")
        await session.press("enter")
        assert len(answers) == 1
        now[0] += 2 * app.TOGETHER
        await session.press("enter")
        await session.until(lambda: len(answers) == 2)


async def test_resizing_keeps_what_is_typed() -> None:
    """At any size the field stays and holds its text."""
    async with asking(loops.WORDS) as (session, _):
        await session.press(*"sort")
        for size in ((40, 12), (200, 60), (80, 24)):
            await session.pilot.resize_terminal(*size)
            await handled(session.pilot)
            assert session.page.query_one(WordsField).text == "sort"
            assert session.app.focused is session.page.query_one(WordsField)


async def test_a_label_that_begins_with_a_digit_ends_no_labelling() -> None:
    """The field has the keys from the first row on; what ends it is taken by going to it, never by a digit or empty."""
    enough = (Choice(ENOUGH, "enough", "that will do for now: 1 as evidence"),)
    first = Question("label:0", "Pay 1 EUR", "choice", "", is_open=True)
    second = Question("label:1", "Pay 2 EUR", "choice", "", enough, is_open=True)
    third = Question("label:2", "Pay 3 EUR", "choice", "", enough, is_open=True)
    async with asking(first, second, third) as (session, answers):
        await session.press(*"12", "enter")
        await session.asked(second)
        await session.press("enter")
        assert "write an answer" in session.text
        assert "· enough" in session.text
        await session.press("1", "comma", "2", "enter")
        await session.asked(third)
        await session.press("tab", "1")
        assert len(answers) == 2
        await session.press("enter")
        await session.until(lambda: len(answers) == 3)
        assert [answer.value for answer in answers] == ["12", "1,2", ENOUGH]


async def test_no_digit_ends_labelling_where_the_labels_are_known() -> None:
    """The labels are numbered; the end of it is not."""
    choices = (Choice("spam", "spam"), Choice("ham", "ham"), Choice(ENOUGH, "enough", "that will do for now"))
    question = Question("label:7", "Win a prize", "choice", "", choices)
    async with asking(question) as (session, answers):
        await session.press("3")
        assert not answers
        await session.press("end", "enter")
        await session.until(lambda: answers)
        assert answers[0].value == ENOUGH


async def test_no_text_gets_a_label_that_was_not_chosen() -> None:
    """Nor by the key that confirms; the lines are moved to as ever."""
    question = Question("label:7", "Win a prize", "choice", "", (Choice("spam", "spam"), Choice("ham", "ham")))
    async with asking(question) as (session, answers):
        await session.press("ctrl+s", "enter")
        await session.until(lambda: "press its number, or move to its line" in session.text)
        assert not answers
        await session.press("down", "down", "enter")
        await session.until(lambda: answers)
        assert answers == [Answer("label:7", "ham")]
