"""The shortlist: what each candidate needs, why others are none, and how rows go in and out."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import DataTable

from advisor.execution.control import Control
from advisor.workflow.frontend import Answer, Frontend, Planned, Shortlisted
from tests.tui import loops
from tests.tui.pages import Opened, opened
from tests.tui.picture import SIZES, compare
from tests.tui.waiting import settle
from tui.dialogs.text_modal import TextModal
from tui.screens.shortlist import HEADER, ShortlistView, lines_of
from tui.state import INTERVIEW, PLAN, SHORTLIST

pytestmark = pytest.mark.usefixtures("small_catalog")
RATES = (0.5, 0.8, 0.97, 0.99)


async def planned(session: Opened) -> DataTable[object]:
    """Wait for the plan, and go to the shortlist."""
    await session.on(PLAN)
    await session.press("f7")
    await session.on(SHORTLIST)
    table: DataTable[object] = session.page.query_one("#shortlist-table", DataTable)
    return table


@pytest.mark.parametrize("size", SIZES)
async def test_candidates_smallest_first_and_what_was_left_out(size: tuple[int, int], tmp_path: Path) -> None:
    """Every candidate with its needs, every other model with its reason; names are shown as they are."""
    async with opened(loops.running(loops.plan(), RATES, task_file=tmp_path), size) as session:
        table = await planned(session)
        compare(session.app, "shortlist")
        assert "[red]someone/model[/red]" in session.text
        assert "4 candidates, smallest first. 2 cannot be used, 1 more in the catalog;" in " ".join(
            session.text.split()
        )
        table.move_cursor(row=6)
        await session.press()
        assert "left out: needs 30 GB of memory, 13 GB are allowed" in " ".join(session.text.split())


async def test_a_candidate_goes_out_and_a_new_plan_is_asked_for(tmp_path: Path) -> None:
    """Space marks it, ctrl+s hands over the names that are left."""
    answers: list[Answer] = []
    loop = loops.running(loops.plan(), RATES, task_file=tmp_path, note=answers.append)
    async with opened(loop) as session:
        await planned(session)
        await session.press("ctrl+s")  # nothing is changed: on to the plan of these
        assert session.page.page == PLAN
        assert not answers
        await session.press("f7", "down", "space")
        compare(session.app, "shortlist-changed")
        assert "3 candidates" in session.text
        await session.press("ctrl+s")
        await session.until(lambda: answers)
        names = [each.model for each in loops.plan().candidates]
        assert answers == [Answer("models", [names[0], *names[2:]])]


async def test_the_line_counts_what_is_out_by_its_reason(tmp_path: Path) -> None:
    """Models that the user took out are distinguished from unusable ones; a single one has no order, none no plan."""
    answers: list[Answer] = []
    loop = loops.running(loops.plan(), RATES, task_file=tmp_path, note=answers.append)
    async with opened(loop) as session:
        table = await planned(session)
        table.move_cursor(row=5)
        await session.press("space")
        assert "Only candidates go in and out" in session.text
        assert "4 candidates" in session.text
        table.move_cursor(row=0)
        await session.press("space")
        shown = " ".join(session.text.split())
        assert "3 candidates, smallest first. 2 cannot be used, 1 you left out, 1 more in the catalog;" in shown
        await session.press("o")
        assert "3 candidates. 2 cannot be used, 1 you left out" in " ".join(session.text.split())
        for row in range(4):
            table.move_cursor(row=row)
            view = session.page.query_one(ShortlistView)
            if view._at not in view._out:
                await session.press("space")
        assert "No candidates. 2 cannot be used, 4 you left out" in " ".join(session.text.split())
        await session.press("ctrl+s")
        assert "Leave at least one in." in session.text
        assert not answers
        await session.press("space")
        assert "1 candidate. 2 cannot be used, 3 you left out" in " ".join(session.text.split())


async def test_what_was_left_out_stays_to_be_taken_in_again(tmp_path: Path) -> None:
    """After the plan of the others its row is still there, marked; space takes it in for the next plan."""
    whole = loops.plan()
    answers: list[Answer] = []

    def loop(session: str, frontend: Frontend, *, start: Any, control: Control) -> None:
        of = whole
        while True:
            frontend.tell(Planned(of, tmp_path))
            answer = frontend.ask(replace(loops.CONSENT), loops.UNDERSTOOD)
            answers.append(answer)
            kept = tuple(each for each in whole.candidates if each.name in answer.value)
            task = whole.task.model_copy(update={"models": answer.value})
            of = replace(whole, task=task, shortlist=replace(whole.shortlist, candidates=kept))

    async with opened(loop) as session:
        table = await planned(session)
        await session.press("space", "ctrl+s")
        await session.until(lambda: answers and session.page.page == PLAN)
        await session.press("f7")
        names = [each.name for each in whole.candidates]
        assert answers == [Answer("models", names[1:])]
        assert "3 candidates, smallest first. 2 cannot be used, 1 you left out" in " ".join(session.text.split())
        assert "Changed" not in session.text
        assert [str(table.get_row_at(row)[0]) for row in range(4)] == ["✓", "✓", "✓", "✗"]
        table.move_cursor(row=3)
        await session.press("space")
        assert "Changed: ctrl+s" in " ".join(session.text.split())
        await session.press("ctrl+s")
        await session.until(lambda: len(answers) > 1)
        assert sorted(answers[1].value) == sorted(names)


async def test_names_have_the_room_that_a_larger_window_gives(tmp_path: Path) -> None:
    """A name that was cut at 80 columns is whole after the window has grown."""
    name = "org/large-model-with-quite-a-long-name-instruct"
    async with opened(loops.running(loops.plan(), RATES, task_file=tmp_path)) as session:
        await planned(session)
        assert name not in session.text
        await session.pilot.resize_terminal(200, 50)
        await settle(session.pilot)
        assert name in session.text


async def test_every_column_sorts(tmp_path: Path) -> None:
    """By keys and by a click on the header; those that are no candidates stay below."""
    async with opened(loops.running(loops.plan(), RATES, task_file=tmp_path), (200, 50)) as session:
        table = await planned(session)
        seen = []
        for _ in HEADER[1:]:
            await session.press("o")
            rows = [row.key.value or "" for row in table.ordered_rows]
            assert all(each.startswith(("left", "found")) for each in rows[4:])
            seen.append(tuple(rows[:4]))
        assert len(set(seen)) > 2
        view = session.page.query_one(ShortlistView)
        view.query_one(DataTable).post_message(
            DataTable.HeaderSelected(table, table.ordered_columns[5].key, 5, table.ordered_columns[5].label)
        )
        await session.press()
        plan = loops.plan()
        lines = lines_of(plan.candidates, plan.shortlist)
        sizes = [line.order(5) for line in sorted(lines, key=lambda line: line.order(5))]
        assert sizes == sorted(sizes)
        assert "params ▾" in session.text


async def test_the_card_of_a_model(tmp_path: Path) -> None:
    """Enter shows what is known of it here and in the catalog; what the catalog lacks is said."""
    async with opened(loops.running(loops.plan(), RATES, task_file=tmp_path)) as session:
        await planned(session)
        await session.press("enter")
        await session.until(lambda: isinstance(session.app.screen, TextModal))
        compare(session.app, "shortlist-card")
        assert "memory to serve" in session.text
        await session.press("escape")
        assert session.page.page == SHORTLIST


async def test_without_examples_it_is_shown_before_the_question_that_remains(tmp_path: Path) -> None:
    """Nothing goes in or out of what is no plan; ctrl+s leads to the question."""

    def loop(session: str, frontend: Frontend, *, start: Any, control: Control) -> None:
        plan = loops.plan()
        frontend.tell(Shortlisted(replace(plan.shortlist, candidates=plan.candidates), "text-classification"))
        frontend.ask(replace(loops.WORDS, key="no_examples", text="How do you get examples?"), loops.UNDERSTOOD)

    async with opened(loop) as session:
        await session.on(SHORTLIST)
        await settle(session.pilot)
        assert "Not tested, as there are no examples. For text classification these would be tried" in " ".join(
            session.text.split()
        )
        assert "Give examples" in session.text
        assert "In/out" not in session.text
        session.page.state.now.plan = loops.plan()  # of examples that were withdrawn
        for _ in range(2):
            session.page._draw()
            await settle(session.pilot)
            assert "Not tested" in session.text
        session.page.state.now.plan = None
        await session.press("ctrl+s")
        assert session.page.page == INTERVIEW
        assert "How do you get examples?" in session.text
