"""Probing: how every candidate stands, the chart of one, the log of what fails; pause, skip, stop; nothing blocks."""

import itertools
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from advisor.decide.decision import bounds
from advisor.execution.control import Control
from advisor.execution.progress import Progress
from advisor.report.full import report_of
from advisor.report.picture import picture
from advisor.report.sentences import verdict_of
from advisor.runs.reader import open_run
from advisor.workflow.frontend import Frontend, Planned, Probed, Stage
from tests.tables import for_each
from tests.tui import loops
from tests.tui.pages import Opened, opened
from tests.tui.picture import SIZES, VAST, compare
from tests.tui.waiting import settle, until
from tui import app
from tui import board as boards
from tui.board import Board
from tui.dialogs.confirm import Confirm
from tui.dialogs.text_modal import TextModal
from tui.screens.probing import Piece, corrected, fitting, so_far
from tui.state import PLAN, PROBING
from tui.widgets.examples import Cells
from tui.widgets.lanes import Lanes

RATES = (0.5, 0.8, 0.97, 0.99)
HALF_WAY = 14


async def probing(session: Opened, events: int = HALF_WAY) -> Board:
    """Agree to the plan and wait until so many events have come."""
    await session.agreed(PROBING)
    board = session.page.state.now.board
    expected = list(loops.events(board.plan, loops.outcomes(board.plan, RATES)))[:events]
    wanted = sum(len(progress.outcomes) for _, progress in expected)
    await session.until(lambda: board.inferences == wanted)
    # Without the time since the last event: a picture has no clock.
    board.changed = math.inf
    session.page.take_view().show(session.page.state)
    await settle(session.pilot)
    return board


@pytest.mark.parametrize("size", [*SIZES, VAST])
async def test_half_way_through(size: tuple[int, int], tmp_path: Path) -> None:
    """The picture, every candidate with what it got right, where it stands, its pace; the cells of the current one."""
    async with opened(loops.running(loops.plan(), RATES, task_file=tmp_path, until=HALF_WAY), size) as session:
        await probing(session)
        compare(session.app, "probing")
        assert "[red]" in session.text
        assert "set aside" in session.text
        assert "━ bar 90%" in session.text
        await session.press("x")
        assert r"said '[bold]stray[/] [/nothing] \\x1b[31mred" in session.text


async def test_without_colour_the_signs_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With NO_COLOR the verdicts, the path and its areas are distinguished by characters and words."""
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened(loops.running(loops.plan(), RATES, task_file=tmp_path, until=HALF_WAY)) as session:
        await probing(session)
        compare(session.app, "probing-plain")
        for sign in ("·   1", "▶   3", "━━", "○1", "■■✗", "90%"):
            assert sign in session.text


async def test_a_download_shows_how_far_it_is(tmp_path: Path) -> None:
    """Bytes of bytes, in the summary and in the candidate's line."""
    plan = loops.plan()
    last = plan.candidates[-1]

    def loop(session: str, frontend: Frontend, *, start: Any, control: Control) -> None:
        frontend.tell(Planned(plan, tmp_path))
        frontend.tell(Stage("probing"))
        frontend.tell(Probed(Progress("downloading", last, 220_000_000, total=880_000_000)))
        control._stop.wait()

    async with opened(loop) as session:
        await session.until(lambda: "220 MB of 880 MB" in session.text)
        assert "25%" in session.text


async def test_the_cursor_chooses_whose_examples_are_shown(tmp_path: Path) -> None:
    """It follows the current candidate until the user looks at another; enter on an example shows all of it."""
    async with opened(loops.running(loops.plan(), RATES, task_file=tmp_path, until=HALF_WAY), (120, 40)) as session:
        board = await probing(session)
        assert session.page.query_one(Lanes).highlighted == board.current == 2
        await session.press("home")
        assert "1. wordllama-l2-supercat-256: 5 of 8 right" in session.text
        cells = session.page.query_one(Cells)
        assert cells.states[:8].count("wrong") + cells.states[:8].count("later wrong") == 3
        await session.press("x", "enter")
        assert isinstance(session.app.screen, TextModal)
        assert "Answer of wordllama-l2-supercat-256, wrong" in session.text
        await session.press("escape", "x")
        assert cells.cursor == 4
        assert "example 5, line 6" in session.text


SAID = {boards.PASSES, boards.ON_THESE, boards.BELOW, boards.FAILS}


@pytest.mark.parametrize("rates", [RATES, (0.99, 0.99, 0.99, 0.99), (0.3, 0.4, 0.5, 0.6), (0.9, 0.88, 0.91, 0.9)])
def test_the_last_picture_of_a_run_is_its_report_s(rates: tuple[float, ...]) -> None:
    """Points, ranges, verdicts and what is lit are the same after all events as in the report of the run's folder."""
    plan = loops.plan(examples=60)
    board = Board(plan)
    for _, progress in loops.events(plan, loops.outcomes(plan, rates)):
        board.take(progress)
    for each in board.open_bounds():
        board.bound(each, bounds(plan, each.candidate, each.passed, is_certified=each.is_certified))
    for lane, candidate in zip(board.lanes(), plan.candidates, strict=True):
        shown = board.records[candidate.key].in_order(plan.evidence)
        assert (lane.seen, lane.right) == (len(shown), sum(each.passed for each in shown[: lane.counted]))
        assert list(lane.wrong_at) == [at for at, each in enumerate(shown, start=1) if not each.passed]
    live, report = board.document(), report_of(open_run(loops.finished(plan, rates)))
    assert picture(live) == picture(report)
    words = [boards.SHORTER.get(each, each) for each in (verdict_of(report, each) for each in report.candidates)]
    assert [lane.state for lane in board.at_rest(is_finished=True)] == words
    # The live verdict stays: never "passes these" first and "undecided" afterwards.
    settled = [(lane.state, word) for lane, word in zip(board.lanes(), words, strict=True) if lane.state in SAID]
    assert all(said == word for said, word in settled), settled


async def test_pause_skip_and_stop(tmp_path: Path) -> None:
    """Space holds the run and lets it go, s and esc ask first, and nothing is lost."""
    async with opened(loops.running(loops.plan(), RATES, task_file=tmp_path, until=HALF_WAY)) as session:
        board = await probing(session)
        control = session.page.session.control
        await session.press("space")
        is_held = control.is_paused
        assert is_held
        assert "PAUSED" in session.text
        assert "space Resume" in session.text
        compare(session.app, "probing-paused")
        await session.press("space")
        assert not control.is_paused
        await session.press("s", "n")
        assert not control.skipped
        await session.press("s", "y")
        assert control.skipped == {board.plan.candidates[2].key}
        assert board.lanes()[2].state == boards.SKIPPED
        assert "» " in session.text
        assert "skipped" in session.text
        await session.press("escape")
        assert isinstance(session.app.screen, Confirm)
        compare(session.app, "probing-stop")
        await session.press("n")
        assert not control.is_stopped
        await session.press("escape", "y")
        await session.until(lambda: session.page.state.has_ended)
        assert "Everything answered and measured is kept" in session.text
        session.app.clear_notifications()
        await settle(session.pilot)
        compare(session.app, "probing-stopped")


async def test_what_ends_by_itself_is_not_asked_about_any_more(tmp_path: Path) -> None:
    """A question whether to stop goes with the run."""
    async with opened(loops.running(loops.plan(), RATES, task_file=tmp_path, until=HALF_WAY)) as session:
        await probing(session)
        await session.press("escape")
        assert isinstance(session.app.screen, Confirm)
        session.page.session.control.stop()
        await session.until(lambda: session.page.state.has_ended)
        await session.until(lambda: not isinstance(session.app.screen, Confirm))


async def test_a_stopped_run_looks_stopped_and_is_driven_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who was at work is stopped, who was not begun waits; the same session goes on with what was measured in sight."""
    monkeypatch.setattr(app, "TOGETHER", 0.0)  # what stands there is read before Enter
    async with opened(loops.running(loops.plan(), RATES, task_file=tmp_path, until=HALF_WAY)) as session:
        board = await probing(session)
        seen, first = board.inferences, session.page.session
        await session.press("escape", "y")
        await session.until(lambda: session.page.state.has_ended)
        lanes = session.page.query_one(Lanes)._lanes
        assert [lane.state for lane in lanes] == [boards.SET_ASIDE, boards.SET_ASIDE, boards.STOPPED, boards.WAITING]
        assert "Not running  ·  2 of 4 tried" in session.text
        assert "▶" not in session.text
        await session.press("enter")
        await session.until(lambda: session.page.session is not first)
        assert session.page.session.id == first.id
        assert session.page.state.now.board is board
        assert board.inferences == seen


async def test_at_the_end_nothing_is_at_work_or_waits(tmp_path: Path) -> None:
    """Who was not needed says so, also one that was last compared with another."""
    plan = loops.plan()
    async with opened(loops.running(plan, (0.99, 0.99, 0.99, 0.99), task_file=tmp_path)) as session:
        await session.on(PLAN)
        await session.press("ctrl+s")
        await session.until(lambda: session.page.state.has_ended)
        await session.press("f7")
        assert session.page.page == PROBING
        states = [lane.state for lane in session.page.query_one(Lanes)._lanes]
        assert boards.PASSES in states
        assert boards.NOT_NEEDED in states
        assert not boards.OPEN.intersection(states)
        assert f"Finished  ·  {sum(state in boards.SETTLED for state in states)} of 4 tried" in session.text
        assert "compared on" not in session.text
        assert "waiting" not in session.text


async def test_a_candidate_s_variant_is_in_sight(tmp_path: Path) -> None:
    """A long name is cut in the model's part, so that variants stay distinct."""
    plan = loops.plan()
    long = "org/a-language-model-with-quite-a-long-name-instruct-GGUF"
    named = [replace(each, model=long, variant=form) for each, form in zip(plan.candidates, "4608", strict=True)]
    named = [replace(each, variant=f"q{each.variant}_0") for each in named]
    plan = replace(plan, shortlist=replace(plan.shortlist, candidates=tuple(named)))
    async with opened(loops.running(plan, RATES, task_file=tmp_path, until=4)) as session:
        await session.agreed(PROBING)
        for form in "4608":
            assert f"…:q{form}_0" in session.text


async def test_what_an_earlier_attempt_measured_is_shown(tmp_path: Path) -> None:
    """A run that is gone on with begins with the outcomes in its folder."""
    plan = loops.plan()
    folder = loops.finished(plan, RATES)
    (folder / "result.json").unlink()

    def loop(session: str, frontend: Frontend, *, start: Any, control: Control) -> None:
        frontend.tell(Planned(plan, tmp_path))
        frontend.tell(Probed(Progress("loading", plan.candidates[0])))
        control._stop.wait()

    async with opened(loop) as session:
        await session.until(lambda: "wrong" in session.page.query_one(Cells).states)
        board = session.page.state.now.board
        assert board.inferences == sum(len(batch) for _, _, batch in loops.outcomes(plan, RATES))


async def test_a_key_is_answered_while_outcomes_pour_in(tmp_path: Path) -> None:
    """With a thousand events a second each key press moves the cursor; benchmarks.key_latency measures how soon."""
    plan = loops.plan(examples=600)
    batches = [progress for _, progress in loops.events(plan, loops.outcomes(plan, RATES)) if progress.outcomes]

    def loop(session: str, frontend: Frontend, *, start: Any, control: Control) -> None:
        frontend.tell(Planned(plan, tmp_path))
        frontend.tell(Stage("probing"))
        poured = itertools.cycle(batches)
        while not control._stop.wait(0.001):
            frontend.tell(Probed(next(poured)))

    async with opened(loop, (120, 40)) as session:
        await session.until(lambda: session.page.page == PROBING)
        for turn in range(20):
            lanes = session.page.query_one(Lanes)
            key = "end" if turn % 2 else "home"
            wanted = 3 if turn % 2 else 0
            await session.pilot._wait_for_screen()
            session.app._driver.process_message(_key(key))  # type: ignore[union-attr]
            await until(session.pilot, lambda lanes=lanes, wanted=wanted: lanes.highlighted == wanted)


def _key(name: str) -> Any:
    from textual.events import Key

    return Key(name, None)


def test_outcomes_received_twice_count_once() -> None:
    """What a stream and a run's folder both tell is one outcome."""
    plan = loops.plan()
    board, other = Board(plan), Board(plan)
    for index, purpose, batch in loops.outcomes(plan, RATES):
        board.add(plan.candidates[index].key, purpose, batch)
        other.add(plan.candidates[index].key, purpose, batch)
    count = board.inferences
    board.merge(other.records)
    assert board.inferences == count


@pytest.mark.parametrize(
    ("width", "said"),
    [
        (70, "▶ 2. probing  ·  at most 20 min left  ·  0 of 1 tried  ·  20 answers"),
        (60, "▶ 2. probing  ·  at most 20 min left  ·  0 of 1 tried"),
        (50, "▶ 2. probing  ·  0 of 1 tried"),
    ],
)
def test_the_summary_says_whole_parts(width: int, said: str) -> None:
    """What there is no room for is left out, the number of answers first; nothing is cut."""
    parts = [Piece("▶ 2. probing"), Piece("at most 20 min left", 2), Piece("0 of 1 tried"), Piece("20 answers", 3)]
    assert fitting(parts, width) == said


def test_what_a_circumstance_ends_waits_for_its_second_try() -> None:
    """Then it is not measured, where what the model itself cannot do could not run; what moved says where to."""
    plan = loops.plan()
    board, (first, second, *_) = Board(plan), plan.candidates
    board.take(Progress("interrupted", first, detail="was killed", is_circumstance=True))
    assert (board.lanes()[0].state, board.lanes()[0].detail) == (boards.WAITING, "was killed")
    board.take(Progress("moved", first, detail="was lost; it continues at b"))
    assert (board.lanes()[0].state, board.lanes()[0].detail) == (boards.PROBING, "was lost; it continues at b")
    board.take(Progress("failed", first, detail="was killed", is_circumstance=True))
    board.take(Progress("failed", second, detail="crashed"))
    assert [lane.state for lane in board.lanes()[:2]] == [boards.UNMEASURED, boards.FAILED]


def test_a_run_that_takes_longer_than_expected_says_so() -> None:
    """With how far it is: the time that is left can no longer be told by the forecast."""
    assert so_far(12.4, 22.0, 7, 1050) == "12 s of about 22 s"
    assert so_far(28.0, 22.0, 7, 1050) == "28 s, longer than predicted: 7 of at most 1,050 answers"


@for_each(
    ("seen", "mean", "slowed", "expected"),
    [
        (0, None, 3.0, 60.0),
        (1, 2.0, 1.0, 70.0),  # one answer says little
        (50, 2.0, 1.0, 114.5),
        (50, 2.0, 2.0, 60.0),  # as slow as the plan said
        (50, 0.2, 1.0, 16.4),
    ],
)
def test_a_runs_time_is_expected_at_the_pace_of_its_answers(
    seen: int, mean: float | None, slowed: float, expected: float
) -> None:
    lane = replace(Board(loops.plan()).lanes()[0], seen=seen, mean_seconds=mean, predicted_seconds=1.0)
    assert corrected(60.0, [lane], slowed) == pytest.approx(expected, abs=0.1)


def test_a_run_that_goes_on_has_nothing_at_work_and_a_time_of_its_own() -> None:
    """What was loading when it was stopped waits; neither the stop nor a pause counts as the run's time."""
    plan = loops.plan()
    board, (first, second, *_) = Board(plan), plan.candidates
    board.take(Progress("loading", first))
    board.take(Progress("loading", second))
    began = board.began
    assert began is not None
    board.pause(30.0)
    assert board.began == began + 30.0
    board.skipped.add(second.key)
    board.begin_again()
    assert (board.began, board.skipped) == (None, set())
    assert [lane.state for lane in board.lanes()[:2]] == [boards.WAITING] * 2
    board.take(Progress("loading", second))
    assert board.began is not None
    assert [lane.state for lane in board.lanes()[:2]] == [boards.WAITING, boards.LOADING]
