"""One conversation through the session and through a script: the same state, the same run."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.sqlite import SqliteSaver

from advisor.execution.control import Stopped
from advisor.interview.answers import ENOUGH
from advisor.interview.facts import Understanding
from advisor.interview.question import Question
from advisor.workflow.drive import _connect, drive
from advisor.workflow.frontend import Answer, Event, Probed
from advisor.workflow.nodes import build, serializer
from advisor.workflow.sessions import Start, folder_of
from tests.conftest import Home
from tests.tui import loops
from tests.tui.pages import opened, started
from tests.tui.picture import text_of
from tests.tui.waiting import shown as until
from tests.workflow.test_locks import STATIC, some_mails
from tui.screens.session import SessionPage
from tui.state import ANSWER, INTERVIEW, PLAN, VIEWS
from tui.widgets.choices import Choices
from tui.widgets.known import Known

pytestmark = pytest.mark.usefixtures("here")


class Scripted:
    """Answers by key."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers

    def ask(self, question: Question, understanding: Understanding) -> Answer:
        assert not question.problem
        return Answer(question.key, self.answers.get(question.key, question.default))

    def tell(self, event: Event) -> None:
        """Take no note."""


def state_of(session: str) -> dict[str, Any]:
    """Return what a session's checkpoint holds."""
    with closing(_connect(folder_of(session))) as connection:
        graph = build(SqliteSaver(connection, serde=serializer()))
        snapshot = graph.get_state({"configurable": {"thread_id": session}})
        assert not snapshot.next
        return dict(snapshot.values)


def telling_apart(mails: Path) -> Start:
    """Return a beginning that asks for nothing but consent."""
    answers = {"models": [STATIC], "constraints.license": None, "bar.p95_seconds": None}
    words = "tell ham from spam, 80% right"
    return Start(words=words, examples=str(mails), answers=answers, offline=True)


async def test_the_session_and_a_script_end_in_one_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same words and answers, typed on the screen and given by a script: state by state, the same graph."""
    mails = some_mails(tmp_path)
    monkeypatch.chdir(tmp_path)
    start = Start(words="tell ham from spam, 80% right", answers={"models": [STATIC]}, offline=True)
    async with opened(drive, (120, 40), start) as session:
        await session.until(lambda: session.page.state.question)
        await session.type(str(mails))
        await session.press("enter")
        for _ in range(8):
            await session.until(lambda: session.page.state.question or session.page.page == ANSWER)
            if session.page.page == PLAN:
                break
            await session.press("ctrl+s")
        await session.press("ctrl+s")
        await session.until(lambda: session.page.page == ANSWER)
        await session.until(lambda: not session.page.session.is_alive)
        name = session.page.session.id
    on_screen = state_of(name)
    drive("scripted", Scripted({"examples": str(mails), "plan": True}), start=start)
    scripted = state_of("scripted")
    assert on_screen["done"]
    assert {key: value for key, value in on_screen.items() if key != "task_file"} == {
        key: value for key, value in scripted.items() if key != "task_file"
    }


async def test_a_task_file_that_is_finished_says_that_it_is_changed_in_the_file(tmp_path: Path) -> None:
    """Also after a restart, when only its plan is known: no line to change is mentioned."""
    given = tmp_path / "mine.yaml"
    given.write_text(
        "name: mine\ninstruction: Tell ham from spam.\nfamily: text-classification\nlabels: [ham, spam]\n"
        f"examples: {{path: {some_mails(tmp_path)}, input: text, expected: label}}\nmodels: [{STATIC}]\n",
        encoding="utf-8",
    )
    drive("of-file", Scripted({"plan": True}), start=Start(task_file=str(given), offline=True))
    async with opened(drive, (120, 40), session="of-file") as session:
        await session.on(ANSWER)
        await session.press("ctrl+l")
        shown = " ".join(session.text.split())
        assert "change it there, then begin with it again (F2)." in shown
        assert "Nothing yet" not in shown
        assert "Enter on a line" not in shown
        assert "mine.yaml" in session.text.splitlines()[0]


async def test_a_finished_task_has_all_its_steps_after_a_restart_and_is_changed(here: Home, tmp_path: Path) -> None:
    """Its plan is shown again, but none of other examples; a changed answer makes another plan, and a second run."""
    mails = some_mails(tmp_path)
    drive("ended", Scripted({"plan": True}), start=telling_apart(mails))
    run = state_of("ended")["done"].run
    async with opened(drive, (120, 40), session="ended") as session:
        await session.on(ANSWER)
        assert session.page.state.reachable == frozenset(VIEWS)
        plan = session.page.state.now.plan
        assert plan.run_id == run
        await session.press("f7")
        await session.until(lambda: "Finished" in session.text and "of 3 tried" in session.text)
        assert "No candidate is probed yet" not in session.text
        await session.press("f7")
        assert "3 candidates for the smallest that passes" in session.text
        await session.press("f7")
        assert "3 candidates, smallest first." in session.text
    # A plan of other examples is another plan.
    text = mails.read_text(encoding="utf-8")
    mails.write_text(f"{text}one more,ham\n", encoding="utf-8")
    async with opened(drive, (120, 40), session="ended") as session:
        await session.on(ANSWER)
        assert session.page.state.now.plan is None
    mails.write_text(text, encoding="utf-8")
    # From home the answer leads back to what is understood.
    async with started(notifications=True) as (app, pilot):
        app.open_run(run)
        await until(pilot, lambda: "^l Change" in text_of(app))
        await pilot.press("ctrl+l")
        await until(pilot, lambda: "Nothing runs. Enter on a line below changes it" in " ".join(text_of(app).split()))
        page = app.screen
        assert isinstance(page, SessionPage)
        await until(pilot, lambda: page.state.has_ended and ANSWER in page.state.reachable)
        assert page.page == INTERVIEW
        known = page.query_one(Known)
        assert known.has_focus
        known.highlighted = known.get_option_index("bar.pass_rate")
        await pilot.press("enter", *(["backspace"] * 6), *"70%", "enter")
        await until(pilot, lambda: page.page == PLAN)
        assert page.session.id == "ended"
        assert page.state.understanding.value("bar.pass_rate") == 0.7
        await pilot.press("ctrl+s")
        await until(pilot, lambda: page.page == ANSWER and page.state.has_ended)
    page.session.wait()
    assert state_of("ended")["answers"]["bar.pass_rate"] == 0.7
    assert len(list((here.data / "model-advisor" / "runs").glob("*/result.json"))) == 2


async def test_what_may_help_is_picked_on_a_run_that_is_opened_again(tmp_path: Path) -> None:
    """Its session goes on from there, up to another plan or question."""
    start = Start(
        words="tell ham from spam, 99.9% right",
        examples=str(some_mails(tmp_path)),
        answers={"models": [STATIC]},
        offline=True,
    )
    drive("none", Scripted({"plan": True}), start=start)
    run = state_of("none")["done"].run
    async with started(size=(120, 40), notifications=True) as (app, pilot):
        app.open_run(run)
        await until(pilot, lambda: "What next?" in text_of(app))
        steps = app.screen.query_one("#next-steps Choices", Choices).choices
        at = next(number for number, each in enumerate(steps, 1) if each.value[0] == "more_examples")
        await pilot.press(str(at))
        await until(pilot, lambda: isinstance(app.screen, SessionPage))
        page = app.screen
        assert isinstance(page, SessionPage)
        await until(pilot, lambda: page.state.question is not None and page.state.question.key == "examples")
        assert page.session.id == "none"
    page.session.wait()


async def test_a_run_without_its_session_offers_no_change() -> None:
    """Where the session is gone the advice names a new task, and the key is not offered."""
    folder = loops.finished(loops.plan(), (0.3, 0.4, 0.5, 0.6))
    async with started(size=(120, 40), notifications=True) as (app, pilot):
        app.open_run(folder.name)
        await until(pilot, lambda: "What may help" in text_of(app))
        assert "^l Change" not in text_of(app)
        assert "ctrl+l" not in text_of(app)
        assert "allow a download in a new task (F2)" in " ".join(text_of(app).split())


async def test_who_comes_back_to_a_run_sees_what_is_understood(tmp_path: Path) -> None:
    """A session that was left while it probed tells the task again, not only the run."""
    mails = some_mails(tmp_path)

    class Leaves(Scripted):
        def tell(self, event: Event) -> None:
            """Leave at the first outcome."""
            if isinstance(event, Probed):
                raise Stopped

    start = Start(
        words="tell ham from spam, 80% right", examples=str(mails), answers={"models": [STATIC]}, offline=True
    )
    with pytest.raises(Stopped):
        drive("left", Leaves({"plan": True}), start=start)
    async with opened(drive, (80, 24), session="left") as session:
        await session.on(ANSWER)
        assert session.page.state.understanding.value("bar.pass_rate") == 0.8
        assert "tell ham from spam" in session.text.splitlines()[0]


async def test_the_way_back_leads_to_labelling_after_a_restart(tmp_path: Path) -> None:
    """Esc shows the row that was labelled last; another label for it goes on with the labelling."""
    rows = tmp_path / "q.csv"
    rows.write_text("text\n" + "".join(f"question {at}\n" for at in range(12)), encoding="utf-8")

    class Leaves(Scripted):
        labelled = 0

        def ask(self, question: Question, understanding: Understanding) -> Answer:
            """Label six rows, say that it is enough, and leave at the question after."""
            if question.key.startswith("label:"):
                self.labelled += 1
                return Answer(question.key, ENOUGH if self.labelled > 6 else ("spam", "ham")[self.labelled % 2])
            if self.labelled:
                raise Stopped
            return super().ask(question, understanding)

    start = Start(words="tell spam from ham: spam or ham; nearly perfect", examples=str(rows), offline=True)
    with pytest.raises(Stopped):
        drive("left", Leaves({"no_examples": "label"}), start=start)
    async with opened(drive, (120, 40), session="left") as session:
        await session.until(lambda: session.page.state.question)
        assert not session.page.state.question.key.startswith("label:")
        await session.press("escape")
        assert "Leave it as it was" in session.text
        assert "question " in session.text
        await session.press("1")
        await session.until(
            lambda: session.page.state.question and session.page.state.question.key.startswith("label:")
        )
        here = session.page.state.question.text
        await session.press("escape")
        await session.until(lambda: session.page.state.question and session.page.state.question.text != here)
        await session.until(lambda: "(its label so far)" in session.text)
