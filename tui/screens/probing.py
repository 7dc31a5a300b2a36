"""Live probing: the picture of all candidates, a line each, and the examples of the one at the cursor."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len
from textual import on
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static

from advisor.decide.decision import bounds
from advisor.decide.records import CandidateRecord, Purpose
from advisor.errors import one_line
from advisor.execution.progress import learning
from advisor.paths import runs_dir
from advisor.report.picture import answer_cells, picture
from advisor.report.recall import in_words
from advisor.report.sanitize import expected_text
from advisor.system.source import line_words
from advisor.units import format_bytes, format_seconds
from tui import board as boards
from tui.deferred import in_thread
from tui.state import PROBING, State
from tui.widgets.busy import FRAMES
from tui.widgets.examples import Cells, Examples
from tui.widgets.lanes import Lanes
from tui.widgets.mistakes import Asked, said_of
from tui.widgets.picture import PictureView
from tui.widgets.view import View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.events import Key

    from advisor.decide.forecast import ExpectedCost
    from advisor.decide.plan import Plan
    from tui.board import Board, Lane, Unbound


TICK_SECONDS = 0.25
LONG_SECONDS = 3
AS_PREDICTED = 5.0
ROOMY = 100
SEPARATOR = "  ·  "


def _doing(lane: Lane, board: Board) -> str:
    if lane.state == boards.DOWNLOADING:
        return f"{format_bytes(lane.done_bytes)} of {format_bytes(lane.total_bytes)}"
    quiet = time.monotonic() - board.changed
    waited = f", {format_seconds(round(quiet))}" if quiet > LONG_SECONDS else ""
    if lane.state == boards.LOADING:
        return f"{lane.state}{learning(board.plan.candidates[lane.number - 1])}{waited}"
    return f"{lane.detail or lane.state}{waited}"


def _bounds(board: Board, unbound: list[Unbound]) -> list[tuple[Unbound, tuple[float, float]]]:
    return [(each, bounds(board.plan, each.candidate, each.passed, is_certified=each.is_certified)) for each in unbound]


def so_far(seconds: float, expected: float, answers: int, most: int) -> str:
    """Return a run's time so far and its expected total; once that has passed, its answers and the most of them."""
    spent = format_seconds(round(seconds))
    if seconds <= expected:
        return f"{spent} of about {format_seconds(expected)}"
    return f"{spent}, longer than predicted: {answers:,} of at most {most:,} answers"


def corrected(expected: float, lanes: Sequence[Lane], slowed: float) -> float:
    """Return a run's expected seconds, corrected by the pace of the answers so far.

    A few seconds as predicted are added to both sides, so that the first answers decide little.
    """
    timed = [(each.seen, each.mean_seconds, each.predicted_seconds) for each in lanes]
    took = sum(count * mean for count, mean, guess in timed if mean is not None and guess is not None)
    predicted = slowed * sum(count * guess for count, mean, guess in timed if mean is not None and guess is not None)
    return expected * (took + AS_PREDICTED) / (predicted + AS_PREDICTED)


def _recalled(plan: Plan) -> tuple[dict[str, CandidateRecord], ExpectedCost]:
    """Return an earlier attempt's records in the run's folder, by candidate, and the expected cost."""
    from advisor.runs.reader import open_run

    folder = runs_dir() / plan.run_id
    earlier = open_run(folder).candidates if (folder / "run.json").is_file() else ()
    return {each.key: each.record for each in earlier}, plan.expected_cost


class Piece(NamedTuple):
    """A part of the summary, and its priority for removal if there is no room; 0: never."""

    text: str
    goes: int = 0


def fitting(parts: list[Piece], width: int) -> str:
    """Return the parts that fit on a line."""
    kept = list(parts)
    for each in sorted((part for part in parts if part.goes), key=lambda part: -part.goes):
        if cell_len(SEPARATOR.join(part.text for part in kept)) <= width:
            break
        kept.remove(each)
    return SEPARATOR.join(part.text for part in kept)


class ProbingView(View):
    """The running run."""

    view = PROBING
    TITLE_TEXT = "Probing"
    HELP = (
        "Each candidate is a point: its size across, its share right upwards, the line where its true rate lies. The "
        "answer so far lights up. Below, a line for each, and the examples of the one at the cursor: left and "
        "right move, enter opens one."
    )

    @dataclass
    class Skip(Message):
        """Skip this candidate for now."""

        key: str
        model: str

    @dataclass
    class Pause(Message):
        """Pause or resume."""

    @dataclass
    class Stop(Message):
        """Stop the run."""

    def __init__(self) -> None:
        super().__init__(id=PROBING)
        self._board: Board | None = None
        self._lanes: list[Lane] = []
        self._follows = True
        # The row to which the cursor was set while it follows the running candidate.
        self._led: int | None = None
        # The run's forecast, computed in a thread.
        self._expected: ExpectedCost | None = None
        self.is_paused = False
        self._is_running = self._is_bounding = False
        self._state: State | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="probing-summary", markup=False)
        yield PictureView()
        yield Static(id="lanes-header", markup=False)
        yield Lanes()
        yield Examples()

    def show(self, state: State) -> None:
        self._state, board = state, state.now.board
        self._is_running = board is not None and not state.has_ended and not state.now.is_past
        if board is None:
            self.query_one("#probing-summary", Static).update("Nothing is probed yet: that begins with the plan.")
            return
        if board is not self._board:
            self._board, self._follows, self._led, self._expected = board, True, None, None
            # Unreadable records of an earlier attempt are ignored: new ones are shown as they come.
            in_thread(self, "recall", partial(_recalled, board.plan), partial(self._take_earlier, board))
        is_finished = state.now.folder is not None
        is_at_rest = is_finished or not self._is_running
        self._lanes = board.at_rest(is_finished=is_finished) if is_at_rest else board.lanes()
        lanes = self.query_one(Lanes)
        lanes.show(self._lanes, board.current)
        if self._led is not None and lanes.highlighted != self._led:
            self._follows = False  # the user has moved it; the list's event may be pending
        at = board.current
        if at is None and is_at_rest:  # reopened later: start with the first candidate that was tried
            at = next((lane.number - 1 for lane in self._lanes if lane.seen), None)
        if self._follows and at is not None:
            with self.prevent(OptionList.OptionHighlighted):
                lanes.highlighted = self._led = at
        self.query_one("#lanes-header", Static).update(lanes.header(), layout=False)
        self._draw_picture(board)
        self._show_examples()
        self._tell_summary()

    def on_mount(self) -> None:
        """Update the seconds even if nothing happens."""
        self.set_interval(TICK_SECONDS, self._tick)

    def _tick(self) -> None:
        if self.display and self.screen is self.app.screen and self._is_running:
            self._tell_summary()

    def on_resize(self) -> None:
        self._tell_summary()

    def _tell_summary(self) -> None:
        if self._board is not None and self._state is not None:
            # One line stays one line: no layout is needed.
            self.query_one("#probing-summary", Static).update(self._summary(self._state, self._board), layout=False)

    def _summary(self, state: State, board: Board) -> Content:
        tried = sum(lane.state in boards.SETTLED | {boards.SET_ASIDE, boards.UNDECIDED} for lane in self._lanes)
        parts = [Piece(f"{tried} of {len(self._lanes)} tried"), Piece(f"{board.inferences:,} answers", 3)]
        is_certified = any(lane.state == boards.PASSES for lane in self._lanes)
        if not is_certified and any(lane.detail == boards.COUNTED for lane in self._lanes):
            parts.append(Piece("none proven for new inputs; now on these examples alone", 1))
        if state.now.folder is not None:
            parts.insert(0, Piece("Finished"))
        elif not self._is_running:
            parts.insert(0, Piece("Not running"))
        elif board.current is not None:
            lane, is_moving = self._lanes[board.current], self.app.animation_level != "none"
            turn = int(time.monotonic() / TICK_SECONDS) if is_moving else 0
            if is_moving and not self.is_paused and board.began is not None and self._expected is not None:
                parts = self._timed(parts, self._expected, board, time.monotonic() - board.began)
            frame = FRAMES[turn % len(FRAMES)]
            # If there is little room, the list below shows which model the number is.
            name = f" {board.plan.candidates[board.current].shown(30)}:" if self.size.width >= ROOMY else ""
            parts.insert(0, Piece(f"{frame} {lane.number}.{name} {_doing(lane, board)}"))
            if lane.state == boards.PROBING and (lane.seconds_left or 0.0) >= 1.0:
                parts.insert(1, Piece(f"at most {format_seconds(lane.seconds_left)} left for this one", 2))
        paused = "PAUSED (space resumes)  " if self.is_paused and self._is_running else ""
        return Content.assemble((paused, "bold $text-warning"), fitting(parts, self.size.width - len(paused)))

    def _timed(self, parts: list[Piece], cost: ExpectedCost, board: Board, spent: float) -> list[Piece]:
        """Return the summary's parts with the time before them, which tells the answers once it is exceeded."""
        if cost.seconds is None:
            return parts
        expected = corrected(cost.seconds, self._lanes, board.plan.slowed)
        time_part = Piece(so_far(spent, expected, board.inferences, cost.most_inferences), 1)
        return [time_part, parts[0], *parts[1 if spent <= expected else 2 :]]

    def _draw_picture(self, board: Board) -> None:
        view = self.query_one(PictureView)
        view.at_work = board.current + 1 if self._is_running and board.current is not None else None
        view.shown = picture(board.document())
        if not self._is_bounding and (unbound := board.open_bounds()):
            self._is_bounding = True
            in_thread(self, "bounds", partial(_bounds, board, unbound), partial(self._take_bounds, board))

    def _take_bounds(self, board: Board, found: list[tuple[Unbound, tuple[float, float]]]) -> None:
        self._is_bounding = False
        for each, ends in found:
            board.bound(each, ends)
        if board is self._board and self.display:
            self._draw_picture(board)

    def _show_examples(self) -> None:
        lane, board = self.query_one(Lanes).chosen, self._board
        if lane is None or board is None:
            return
        seen = f"{lane.right} of {lane.counted} right" if lane.counted else "not asked yet"
        states = answer_cells(frozenset(lane.wrong_at), lane.seen, lane.counted, lane.total)
        name = board.plan.candidates[lane.number - 1].shown(60)

        def asked(at: int) -> Asked | None:
            example = board.plan.evidence[at]
            outcome = board.records[lane.key].outcomes[Purpose.EVIDENCE].get(example.id)
            if outcome is None:
                return None
            family, metric = board.plan.task.family, board.plan.task.scoring.metric or ""
            said, is_error = said_of(in_words(family, outcome.output, example, metric), outcome.error)
            expected = expected_text(in_words(family, example.expected, example), [outcome.output])
            where = f"example {at + 1}, {line_words(example.line)}"
            return Asked(where, example.input, expected, said, is_error, name, outcome.passed)

        self.query_one(Examples).show(lane.key, f"{lane.number}. {name}: {seen}", states, asked)

    def _take_earlier(self, board: Board, found: tuple[dict[str, CandidateRecord], ExpectedCost]) -> None:
        earlier, self._expected = found
        board.merge(earlier)
        if self._state is not None:
            self.show(self._state)

    @on(Lanes.Laid)
    def _title_columns(self, event: Lanes.Laid) -> None:
        event.stop()
        if self._board is not None:
            self.query_one("#lanes-header", Static).update(self.query_one(Lanes).header())

    @on(OptionList.OptionHighlighted, "Lanes")
    def _look_at(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self._follows = self._board is not None and event.option_index == self._board.current
        self._led = event.option_index if self._follows else None
        self._show_examples()

    @on(OptionList.OptionSelected, "Lanes")
    def _open_example(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.query_one(Cells).action_open()

    def on_key(self, event: Key) -> None:
        step = {"left": -1, "right": 1}.get(event.key)
        if step is not None and self.query_one(Lanes).has_focus:
            event.stop()
            self.query_one(Cells).action_step(step)

    def label(self, action: str) -> str | None:
        return "Resume" if action == "pause" and self.is_paused else None

    def offers(self, action: str) -> bool:
        return self._is_running or (action == "next_wrong" and self._board is not None)

    def take_focus(self) -> None:
        self.query_one(Lanes).focus()

    # What the user does --------------------------------------------------------------------------------------------

    def action_next_wrong(self) -> None:
        self.query_one(Cells).action_wrong()

    def action_pause(self) -> None:
        self.post_message(self.Pause())

    def action_skip(self) -> None:
        lane = self.query_one(Lanes).chosen
        if lane is None:
            return
        if self._board is None or lane.key in self._board.skipped or lane.state not in boards.OPEN:
            self.notify(f"{one_line(lane.model, 60)} is settled already.", markup=False, timeout=2)
            return
        self.post_message(self.Skip(lane.key, lane.model))

    def action_stop(self) -> None:
        self.post_message(self.Stop())
