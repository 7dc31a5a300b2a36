"""The page of a session after its answer: what is changed, and what stays in reach."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from advisor.decide.plan import Plan
from advisor.errors import OutOfReachError
from advisor.execution.control import Control
from advisor.workflow.frontend import Answer, Frontend
from advisor.workflow.sessions import Start
from tests.tui import loops
from tests.tui.pages import asking, opened
from tests.tui.picture import compare
from tests.tui.waiting import settle, until
from tui.app import AdvisorApp
from tui.dialogs.confirm import Confirm
from tui.opening import SESSION
from tui.screens.session import SessionPage
from tui.state import ANSWER, PLAN, PROBING, VIEWS
from tui.widgets.known import Known
from tui.widgets.view import View

RATES = (0.5, 0.8, 0.97, 0.99)


def changeable(of: Plan, task_file: Path, seen: list[Any], until: int | None = None) -> Callable[..., None]:
    """Return a loop that keeps what it is begun with: the start, or the answer that was changed."""

    def loop(
        session: str, frontend: Frontend, *, control: Control, start: Any = None, change: Answer | None = None
    ) -> None:
        seen.append(start if change is None else change)
        end = until if change is None else None
        loops.running(of, RATES, task_file=task_file, until=end)(session, frontend, start=start, control=control)

    return loop


async def test_after_the_answer_something_is_changed_and_tried_again(tmp_path: Path) -> None:
    """Ctrl+l shows all that is understood; a changed line makes the same session plan again and ask for consent."""
    seen: list[Any] = []
    async with opened(changeable(loops.plan(), tmp_path, seen)) as session:
        await session.agreed(ANSWER)
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


async def test_what_was_finished_stays_in_reach_where_a_change_fails(tmp_path: Path) -> None:
    """The Hub is gone when a change is planned: the answer before is a step away, and going on tries again."""
    seen: list[Any] = []
    rest = changeable(loops.plan(), tmp_path, seen)

    def loop(
        session: str, frontend: Frontend, *, control: Control, start: Any = None, change: Answer | None = None
    ) -> None:
        if change is not None:
            seen.append(change)
            raise OutOfReachError("the Hub cannot be reached")
        rest(session, frontend, control=control, start=start)

    async with opened(loop, (120, 40)) as session:
        await session.agreed(ANSWER)
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


def asking_first(of: Plan, task_file: Path, seen: list[Any], until: int | None = None) -> Callable[..., None]:
    """Return a changeable loop that asks who may use the model before it plans."""
    rest = changeable(of, task_file, seen, until)

    def loop(
        session: str, frontend: Frontend, *, control: Control, start: Any = None, change: Answer | None = None
    ) -> None:
        if change is None:
            frontend.ask(loops.LICENSE, loops.UNDERSTOOD)
        rest(session, frontend, control=control, start=start, change=change)

    return loop


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
            assert "^l Change" in session.text
            await session.press("ctrl+l")
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


async def test_a_change_while_probing_stops_the_run_if_the_user_says_so(tmp_path: Path) -> None:
    """The question is asked; yes stops the loop, and begins it with the change; nothing hangs."""
    seen: list[Any] = []
    async with opened(changeable(loops.plan(), tmp_path, seen, until=5)) as session:
        await session.agreed(PROBING)
        assert "^l Change" in session.text
        await session.press("ctrl+l")
        assert "The run is under way." in " ".join(session.text.split())
        await session.correct("labels")
        await session.press("ctrl+s")
        await session.until(lambda: isinstance(session.app.screen, Confirm))
        await session.press("n")
        assert len(seen) == 1
        await session.correct("labels")
        await session.press("ctrl+s")
        await session.until(lambda: isinstance(session.app.screen, Confirm))
        await session.press("y")
        await session.on(PLAN)
        assert seen[1:] == [Answer("labels", ["billing", "bug", "other"])]


async def test_both_columns_that_are_changed_while_probing_are_taken_at_once(tmp_path: Path) -> None:
    """One question for all of a correction; none of it is lost."""
    changes = [Answer("examples.input", "b"), Answer("examples.expected", "a")]
    seen: list[Any] = []
    running = changeable(loops.plan(), tmp_path, seen, until=5)

    def loop(
        session: str, frontend: Frontend, *, control: Control, start: Any = None, change: Answer | None = None
    ) -> None:
        if change is not None:
            seen.append(change)
            seen.append(frontend.ask(loops.LICENSE, loops.UNDERSTOOD))
            frontend.ask(loops.LICENSE, loops.UNDERSTOOD)
        running(session, frontend, start=start, control=control)

    async with opened(loop) as session:
        await session.agreed(PROBING)
        for change in changes:
            session.page.post_message(View.Answered(change))
        await session.until(lambda: isinstance(session.app.screen, Confirm))
        await session.press("y")
        await session.asked(loops.LICENSE)
        assert seen[1:] == changes
        assert session.app.screen is session.page


async def test_a_task_from_a_file_is_changed_in_the_file(tmp_path: Path) -> None:
    seen: list[Any] = []
    start = Start(task_file=str(tmp_path / "task.yaml"))
    async with opened(changeable(loops.plan(), tmp_path, seen), start=start) as session:
        await session.agreed(ANSWER)
        await session.until(lambda: session.page.state.has_ended)
        await session.press("ctrl+l")
        shown = " ".join(session.text.split())
        assert "change it there, then begin with it again (F2)" in shown
        assert "Enter on a line below" not in shown
        await session.correct("labels")
        await session.press("ctrl+s")
        await session.until(lambda: "This task is a file: change" in " ".join(session.text.split()))
        assert len(seen) == 1
        assert ANSWER in session.page.state.reachable


async def test_a_step_of_a_run_whose_session_is_open_is_taken_there() -> None:
    """Picked in the list of runs, while the session waits for something else."""
    async with asking(loops.LICENSE) as (session, answers):
        session.app.open_session(session.page.session_id, to_change=True, change=Answer("bar.pass_rate", 0.8))
        await session.until(lambda: answers)
        assert answers == [Answer("bar.pass_rate", 0.8)]


async def test_a_step_of_a_run_is_taken_where_its_session_waits_for_something_else() -> None:
    """A later plan is open, or a question: the change goes before its answer."""
    loop: Any = loops.asking(loops.LICENSE)
    app = AdvisorApp()
    async with app.run_test(size=(80, 24)) as pilot:
        page = SessionPage("s", None, loop, to_change=True, change=Answer("bar.pass_rate", 0.8))
        app.add_mode(SESSION, lambda: page)
        await app.switch_mode(SESSION)
        await until(pilot, lambda: loop.answers)
        await until(pilot, lambda: page.state.question == loops.LICENSE)
        assert loop.answers == [Answer("bar.pass_rate", 0.8)]
    page.session.wait()
