"""The door of the terminal session, and its page: going on, failing with a cure, leaving at any time, hammered keys."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import DataTable

from advisor.door import Answer, Control, Probed, Stage, Stopped, Understood
from advisor.errors import InputError, OutOfReachError
from advisor.graph.drive import drive
from advisor.interview.facts import Understanding
from advisor.progress import Progress
from advisor.session import Start
from tests.conftest import ROOT
from tests.tui import loops
from tests.tui.pages import opened
from tests.tui.picture import compare, settle
from tui.app import AdvisorApp
from tui.dialogs.confirm import Confirm
from tui.dialogs.correct import Correct
from tui.palette import Commands
from tui.session import Asked, Ended, Session, Told
from tui.state import ANSWER, PLAN, PROBING, SHORTLIST, VIEWS
from tui.widgets.known import Known

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.message import Message

    from advisor.door import Door
    from advisor.plan import Plan

RATES = (0.5, 0.8, 0.97, 0.99)


class Posted:
    """Keeps what a session posts, and lets a test wait for it."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self.messages: list[Message] = []
        self._came = threading.Condition()

    def __call__(self, message: Message) -> None:
        """Keep a message."""
        with self._came:
            self.messages.append(message)
            self._came.notify_all()

    def wait(self, kind: type[Message], count: int = 1) -> Message:
        """Wait for so many of a kind and return the last of them."""
        with self._came:
            assert self._came.wait_for(lambda: len(self.of(kind)) >= count, 20), self.messages
        return self.of(kind)[count - 1]

    def of(self, kind: type[Message]) -> list[Message]:
        """Return the messages of a kind."""
        return [message for message in self.messages if isinstance(message, kind)]


def session_of(loop: Callable[..., Any]) -> tuple[Session, Posted]:
    """Return a session on a loop, and what it posts."""
    posted = Posted()
    return Session("test", posted, drive=loop), posted


def test_questions_go_out_and_answers_come_back() -> None:
    """The loop blocks in `ask` until the answer is there; it ends with one message."""
    loop = loops.asking(loops.WORDS, loops.LICENSE)
    session, posted = session_of(loop)
    session.begin()
    asked = posted.wait(Asked)
    assert isinstance(asked, Asked)
    assert asked.question == loops.WORDS
    session.answer(Answer("words", "sort"))
    posted.wait(Asked, 2)
    session.answer(Answer("constraints.license", []))
    ended = posted.wait(Ended)
    assert isinstance(ended, Ended)
    assert ended.error is None
    assert not ended.was_stopped
    assert session.wait()


def test_news_is_told_once_however_much_there_is() -> None:
    """A thousand events wake the screen once until they are taken, and none is lost."""
    plan = loops.plan()
    begun, go = threading.Event(), threading.Event()

    def loop(session: str, door: Door, *, start: Any, control: Control) -> None:
        del session, start, control
        for number in range(1000):
            door.tell(Probed(Progress("probing", plan.candidates[0], number)))
        begun.set()
        go.wait(20)

    session, posted = session_of(loop)
    session.begin()
    assert begun.wait(20)
    assert len(posted.of(Told)) == 1
    news = session.news()
    assert [each.progress.done for each in news if isinstance(each, Probed)] == list(range(1000))
    assert session.news() == []
    go.set()
    assert session.wait()


def test_closing_ends_a_loop_that_waits_and_one_that_works() -> None:
    """A question that is open ends with `Stopped`; work ends by its control."""
    session, posted = session_of(loops.asking(loops.WORDS))
    session.begin()
    posted.wait(Asked)
    session.close()
    ended = posted.wait(Ended)
    assert isinstance(ended, Ended)
    assert ended.was_stopped
    assert session.wait()
    with pytest.raises(Stopped):
        session.ask(loops.WORDS, Understanding())


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (InputError("mails.csv: line 3: [bold]\x1b[31m has no label; give it one"), r"[bold]\x1b[31m has no label"),
        (OutOfReachError("the disk is full; free 2 GB"), "the disk is full; free 2 GB"),
        (ZeroDivisionError("division"), "something in the advisor itself failed: ZeroDivisionError: division"),
    ],
)
def test_an_error_ends_in_one_line(error: Exception, words: str) -> None:
    """Whatever the loop raises reaches the screen as one line that a terminal cannot obey."""

    def loop(*_: object, **__: object) -> None:
        raise error

    session, posted = session_of(loop)
    session.begin()
    ended = posted.wait(Ended)
    assert isinstance(ended, Ended)
    assert words in str(ended.error)
    assert "\x1b" not in str(ended.error)


def test_a_screen_that_is_gone_stops_the_loop() -> None:
    """Where messages can no longer be posted, the control says stop."""

    def gone(_: Message) -> None:
        raise RuntimeError("Event loop is closed")

    session = Session("test", gone, drive=loops.asking(loops.WORDS))
    session.begin()
    session.control._stop.wait(20)
    assert session.control.is_stopped
    session.close()
    assert session.wait()


@pytest.mark.usefixtures("still")
async def test_a_failure_stands_on_the_page_with_a_cure_and_is_tried_again() -> None:
    """The line says what happened, the button drives the same session again."""
    tries: list[str] = []

    def loop(session: str, door: Door, *, start: Any, control: Control) -> None:
        del start, control
        tries.append(session)
        if len(tries) == 1:
            raise OutOfReachError(f"org/[b]model[/]: the Hub cannot be reached {loops.NASTY}")
        door.ask(loops.LICENSE, loops.UNDERSTOOD)

    async with opened(loop) as session:
        await session.until(lambda: session.page.state.has_ended)
        compare(session.app, "session-failed")
        assert "org/[b]model[/]: the Hub cannot be reached" in session.text
        await session.press("enter")
        await session.until(lambda: session.page.state.question)
        assert tries == [session.page.session.id] * 2
        assert not session.page.query_one("#session-error").display


@pytest.mark.usefixtures("still")
async def test_quitting_in_the_middle_asks_and_ends_the_loop(tmp_path: Path) -> None:
    """Ctrl+q asks; yes ends the program, and the loop with it."""
    loop = loops.running(loops.plan(), RATES, task_file=tmp_path, until=5)
    async with opened(loop) as session:
        await session.on(PLAN)
        await session.press("ctrl+s")
        await session.on(PROBING)
        await session.press("ctrl+q")
        assert isinstance(session.app.screen, Confirm)
        assert "under way" in session.text
        await session.pilot.press("y")
    assert session.page.session.control.is_stopped
    assert session.page.session.wait()


@pytest.mark.usefixtures("still")
async def test_the_page_moves_on_with_the_run_and_back_by_keys(tmp_path: Path) -> None:
    """Plan, probing and answer come by themselves; F7, F8 and clicks show the others; going elsewhere loses nothing."""
    loop = loops.running(loops.plan(), RATES, task_file=tmp_path)
    async with opened(loop, (120, 40)) as session:
        await session.on(PLAN)
        await session.press("f2")
        assert session.app.current_mode == "home"
        await session.press("f6")
        assert session.page.page == PLAN
        await session.press("ctrl+s")
        await session.on(ANSWER)
        seen = []
        for _ in VIEWS:
            await session.press("f8")
            seen.append(session.page.page)
        assert seen == list(VIEWS)
        await session.pilot.click("Step:first-of-type")
        await settle(session.pilot)
        assert session.page.page == VIEWS[0]


@pytest.mark.usefixtures("still")
async def test_a_part_is_named_where_there_are_several() -> None:
    """Above the question stands which of the parts it is about."""
    from dataclasses import replace

    question = replace(loops.LICENSE, part=1)

    def loop(session: str, door: Door, *, start: Any, control: Control) -> None:
        del session, start, control
        door.tell(Understood(loops.UNDERSTOOD, 1, ("tag", "find [b]names[/b]")))
        door.ask(question, loops.UNDERSTOOD)

    async with opened(loop) as session:
        await session.until(lambda: session.page.state.question)
        assert "Part 2 of 2: find [b]names[/b]" in session.text


@pytest.mark.usefixtures("still")
async def test_what_takes_long_is_named() -> None:
    """A stage shows at the right of the steps, with its detail."""

    def loop(session: str, door: Door, *, start: Any, control: Control) -> None:
        del session, start
        door.tell(Stage("fetching", "the package [x] 0.1"))
        control._stop.wait()

    async with opened(loop) as session:
        await session.until(lambda: "Fetching models: the package [x] 0.1" in session.text)


def changeable(of: Plan, task_file: Path, seen: list[Any], until: int | None = None) -> Callable[..., None]:
    """Return a loop that keeps what it is begun with: the start, or the answer that was changed."""

    def loop(session: str, door: Door, *, control: Control, start: Any = None, change: Answer | None = None) -> None:
        seen.append(start if change is None else change)
        end = until if change is None else None
        loops.running(of, RATES, task_file=task_file, until=end)(session, door, start=start, control=control)

    return loop


@pytest.mark.usefixtures("still")
async def test_after_the_answer_something_is_changed_and_tried_again(tmp_path: Path) -> None:
    """Ctrl+l shows all that is understood; a changed line goes to the same session, which plans anew and asks again."""
    seen: list[Any] = []
    async with opened(changeable(loops.plan(), tmp_path, seen)) as session:
        await session.on(PLAN)
        await session.press("ctrl+s")
        await session.on(ANSWER)
        await session.until(lambda: session.page.state.has_ended)
        await session.press("ctrl+l")
        assert "Nothing runs. Enter on a line below changes it" in " ".join(session.text.split())
        compare(session.app, "session-change")
        known = session.page.query_one(Known)
        assert known.has_focus
        known.highlighted = known.get_option_index("constraints.max_memory")
        await session.press("enter", "end", *(["backspace"] * 6), *"8GB", "enter")
        await session.on(PLAN)
        assert seen[1:] == [Answer("constraints.max_memory", 8_000_000_000)]
        assert ANSWER not in session.page.state.reachable
        await session.press("ctrl+s")
        await session.on(ANSWER)


@pytest.mark.usefixtures("still")
async def test_what_was_finished_stays_in_reach_where_a_change_fails(tmp_path: Path) -> None:
    """The Hub is gone when a change is planned: the answer before is a step away, and going on tries again."""
    seen: list[Any] = []
    rest = changeable(loops.plan(), tmp_path, seen)

    def loop(session: str, door: Door, *, control: Control, start: Any = None, change: Answer | None = None) -> None:
        if change is not None:
            seen.append(change)
            raise OutOfReachError("the Hub cannot be reached")
        rest(session, door, control=control, start=start)

    async with opened(loop, (120, 40)) as session:
        await session.on(PLAN)
        await session.press("ctrl+s")
        await session.on(ANSWER)
        await session.until(lambda: session.page.state.has_ended)
        await session.press("ctrl+l")
        known = session.page.query_one(Known)
        known.highlighted = known.get_option_index("constraints.max_memory")
        await session.press("enter", "end", *(["backspace"] * 6), *"8GB", "enter")
        await session.until(lambda: len(seen) == 2 and session.page.state.has_ended)
        assert "the Hub cannot be reached" in session.text
        assert session.page.state.reachable == frozenset(VIEWS)
        await session.press("f7")
        assert session.page.page == ANSWER
        assert "F5 Go on" in session.text
        await session.press("f5")
        await session.on(PLAN)
        assert ANSWER not in session.page.state.reachable


@pytest.mark.usefixtures("still")
async def test_a_run_that_was_stopped_goes_on_by_its_key(tmp_path: Path) -> None:
    """The box put away or not, on every step; turning to a step puts the focus there, not on the box's button."""
    loop = loops.running(loops.plan(), RATES, task_file=tmp_path, until=5)
    async with opened(loop, (120, 40)) as session:
        await session.on(PLAN)
        await session.press("ctrl+q")
        assert "A plan waits for your consent." in session.text
        await session.press("n", "ctrl+s")
        await session.on(PROBING)
        await session.until(lambda: session.page.state.is_probing)
        assert "F5 Go on" not in session.text
        await session.press("escape", "y")
        await session.until(lambda: session.page.state.has_ended)
        assert session.page.query_one("#again").has_focus
        await session.press("f7", "f7")
        assert session.page.page == SHORTLIST
        table = session.page.query_one(DataTable)
        assert table.has_focus
        await session.press("down")
        assert table.cursor_row == 1
        await session.pilot.click("#away")
        await settle(session.pilot)
        assert "F5 Go on" in session.text
        titles = [hit.text async for hit in Commands(session.app.screen).discover()]
        assert "Go on where it was" in titles
        await session.press("f5")
        await session.until(lambda: not session.page.state.has_ended)
        await session.on(PLAN)
        assert "F5 Go on" not in session.text


def asking_first(of: Plan, task_file: Path, seen: list[Any], until: int | None = None) -> Callable[..., None]:
    """Return a changeable loop that asks who may use the model before it plans."""
    rest = changeable(of, task_file, seen, until)

    def loop(session: str, door: Door, *, control: Control, start: Any = None, change: Answer | None = None) -> None:
        if change is None:
            door.ask(loops.LICENSE, loops.UNDERSTOOD)
        rest(session, door, control=control, start=start, change=change)

    return loop


@pytest.mark.usefixtures("still")
@pytest.mark.parametrize("stage", ["planned", "finished"])
async def test_the_question_that_is_asked_again_is_seen(stage: str, tmp_path: Path) -> None:
    """Esc where nothing is asked shows the last question, never the consent; leaving it, the page is as it was."""
    seen: list[Any] = []
    async with opened(asking_first(loops.plan(), tmp_path, seen)) as session:
        await session.until(lambda: session.page.state.question)
        await session.press("1")
        await session.on(PLAN)
        if stage == "finished":
            await session.press("ctrl+s")
            await session.until(lambda: session.page.state.has_ended)
            await session.press("f6", "ctrl+l")
        else:
            await session.press("escape")
        assert "Enter on a line below changes it" in " ".join(session.text.split())
        await session.press("escape")
        assert loops.LICENSE.text in session.text
        assert "Leave it as it was" in session.text
        await session.pilot.click("#forward")
        await settle(session.pilot)
        assert loops.LICENSE.text not in session.text
        assert "Enter on a line below changes it" in " ".join(session.text.split())
        assert session.page.query_one(Known).has_focus
        await session.type("hello")
        await session.press("ctrl+s")
        assert len(seen) == 1
        await session.press("escape", "2")
        await session.until(lambda: len(seen) > 1 or session.page.page == PLAN)


@pytest.mark.usefixtures("still")
async def test_a_change_while_probing_stops_the_run_if_the_user_says_so(tmp_path: Path) -> None:
    """The question is asked; yes stops the loop, and begins it with the change; nothing hangs."""
    seen: list[Any] = []
    async with opened(changeable(loops.plan(), tmp_path, seen, until=5)) as session:
        await session.on(PLAN)
        await session.press("ctrl+s")
        await session.on(PROBING)
        await session.press("f7", "f7", "f7")
        assert "The run is under way." in " ".join(session.text.split())
        session.page.query_one(Known).post_message(Known.Picked("labels"))
        await session.until(lambda: isinstance(session.app.screen, Correct))
        await session.press("ctrl+s")
        await session.until(lambda: isinstance(session.app.screen, Confirm))
        await session.press("n")
        assert len(seen) == 1
        session.page.query_one(Known).post_message(Known.Picked("labels"))
        await session.until(lambda: isinstance(session.app.screen, Correct))
        await session.press("ctrl+s")
        await session.until(lambda: isinstance(session.app.screen, Confirm))
        await session.press("y")
        await session.on(PLAN)
        assert seen[1:] == [Answer("labels", ["billing", "bug", "other"])]


@pytest.mark.usefixtures("still")
async def test_a_task_from_a_file_is_changed_in_the_file(tmp_path: Path) -> None:
    """It says so, and the answer stays."""
    seen: list[Any] = []
    start = Start(task_file=str(tmp_path / "task.yaml"))
    async with opened(changeable(loops.plan(), tmp_path, seen), start=start) as session:
        await session.on(PLAN)
        await session.press("ctrl+s")
        await session.on(ANSWER)
        await session.until(lambda: session.page.state.has_ended)
        await session.press("ctrl+l")
        session.page.query_one(Known).post_message(Known.Picked("labels"))
        await session.until(lambda: isinstance(session.app.screen, Correct))
        await session.press("ctrl+s")
        await session.until(lambda: "This task is a file: change" in " ".join(session.text.split()))
        assert len(seen) == 1
        assert ANSWER in session.page.state.reachable


@pytest.mark.usefixtures("still")
async def test_another_task_takes_the_place_of_an_open_question() -> None:
    """Home, begin, yes: the page that is taken away does nothing more, and the new one asks."""
    loop = loops.asking(loops.LICENSE)
    async with opened(loop) as session:
        await session.until(lambda: session.page.state.question)
        await session.press("f2")
        await session.type("something else")
        await session.press("enter")
        assert isinstance(session.app.screen, Confirm)
        assert "Another task is open. Close it?" in session.text
        assert "“sort support mails" in session.text
        await session.press("y")
        await session.until(lambda: session.app.current_mode == "session" and session.app.screen is not session.page)
        await session.pilot.pause(0.3)
        assert session.app.fault is None


@pytest.mark.usefixtures("still")
@pytest.mark.parametrize("content", ["version: 2\n", "- no\n- mapping\n", "a: [b\n"])
async def test_a_task_file_that_is_none_says_what_to_do(tmp_path: Path, content: str) -> None:
    """No field and no line is spoken of that is not there; mended, it is read by the same key."""
    given = tmp_path / "task.yaml"
    given.write_text(content, encoding="utf-8")
    async with opened(drive, (120, 40), Start(task_file=str(given), offline=True)) as session:
        await session.until(lambda: session.page.state.has_ended)
        told = " ".join(session.text.split())
        assert "task.yaml cannot be used so. Mend it, then try again (F5); F2 begins with something else." in told
        assert "Mend the file, then try again." in told
        assert "Enter on a line" not in told
        assert "Nothing yet" not in told
        assert "Understood so far" not in told
        await session.press("f5")
        await session.until(lambda: session.page.state.has_ended)


KEYS = (
    *"abcsenioqy129", "enter", "escape", "tab", "shift+tab", "up", "down", "left", "right", "space", "home", "end",
    "pageup", "pagedown", "f1", "f2", "f3", "f4", "f6", "f7", "f8", "ctrl+s", "ctrl+o", "ctrl+l", "ctrl+p", "backspace",
    "delete", "full_stop", "slash", "left_square_bracket",
)  # fmt: skip


@pytest.mark.usefixtures("still", "small_catalog")
@pytest.mark.parametrize("seed", [1, 2])
async def test_hammered_keys_end_in_no_fault(seed: int, tmp_path: Path) -> None:
    """Hundreds of keys at random, over every page and dialog, with resizes: no traceback, and the session is there."""
    drawn = random.Random(seed)
    plan = loops.plan()

    def loop(session: str, door: Door, *, start: Any, control: Control) -> None:
        for question in loops.KINDS.values():
            door.ask(question, loops.UNDERSTOOD)
        loops.running(plan, RATES, task_file=tmp_path)(session, door, start=start, control=control)

    async with opened(loop) as session:
        for turn in range(300):
            await session.pilot.press(drawn.choice(KEYS))
            if turn % 40 == 0:
                await session.pilot.resize_terminal(drawn.randint(20, 160), drawn.randint(8, 50))
        assert isinstance(session.app, AdvisorApp)
        assert session.app.fault is None
        assert session.app.is_running


@pytest.mark.timeout(180)
@pytest.mark.usefixtures("still", "here")
async def test_the_engines_own_loop_reaches_a_recommendation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Words, a file, consent: the real interview, a real model in a real process, the real report."""
    lines = (ROOT / "examples/spam/mails.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "mails.csv").write_text("".join(lines[:201]), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    start = Start(
        words="tell ham from spam, English, must be right 80% of the time",
        answers={"models": ["wordllama-l2-supercat-256"]},
        offline=True,
    )
    async with opened(drive, (120, 40), start) as session:
        await session.until(lambda: session.page.state.question)
        assert session.page.state.question is not None
        assert session.page.state.question.key == "examples"
        await session.type("mails.csv")
        await session.press("enter")
        for _ in range(8):
            await session.until(lambda: session.page.state.question or session.page.page == ANSWER)
            if session.page.page == PLAN:
                break
            await session.press("ctrl+s")
        await session.press("ctrl+s")
        await session.until(lambda: session.page.page == ANSWER and "Use wordllama" in session.text)
        assert "certified" in session.text
