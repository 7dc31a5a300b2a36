"""Runs as a table: what they were about, what came out, when; some marked for a comparison."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.message import Message
from textual.widgets import DataTable

from advisor.errors import one_line
from tui.facts import ago
from tui.widgets.recent_list import mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.events import Resize

    from advisor.runs.listed import RunSummary

ID_WIDTH, STATE_WIDTH, WHEN_WIDTH, MARK_WIDTH, PADDING = 12, 17, 11, 1, 2
WITH_ID = 100
STRENGTHS = {"certified": "certified", "examples": "passes these", "provisional": "provisional"}


class RunTable(DataTable[Text]):
    """The table."""

    @dataclass
    class Highlighted(Message):
        """The cursor is on another run."""

        run: RunSummary

    @dataclass
    class Opened(Message):
        """Enter or a click on the run under the cursor."""

        run: RunSummary

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__(cursor_type="row", id="runs")
        self._runs: tuple[RunSummary, ...] = ()
        self.marked: list[str] = []

    @property
    def run(self) -> RunSummary | None:
        """The run under the cursor."""
        return self._runs[self.cursor_row] if 0 <= self.cursor_row < len(self._runs) else None

    def show(self, runs: Sequence[RunSummary]) -> None:
        """Show runs; the cursor stays on its run, if that is still there."""
        at = self.run.id if self.run is not None else None
        place = self.cursor_row
        self._runs = tuple(runs)
        self.marked = [run for run in self.marked if any(each.id == run for each in runs)]
        self._draw(next((n for n, each in enumerate(self._runs) if each.id == at), min(place, len(runs) - 1)))

    def go_to(self, run: str) -> bool:
        """Put the cursor on a run and return whether it is there."""
        for row, each in enumerate(self._runs):
            if each.id == run:
                self.move_cursor(row=row)
                return True
        return False

    def toggle(self) -> None:
        """Mark the run under the cursor, or unmark it; the last two marked stay so."""
        if (run := self.run) is None:
            return
        self.marked = [each for each in self.marked if each != run.id] if run.id in self.marked else [
            *self.marked[-1:], run.id
        ]  # fmt: skip
        self._draw(self.cursor_row)

    def on_resize(self, event: Resize) -> None:
        """Fit the columns anew."""
        del event
        self._draw(self.cursor_row)

    def _draw(self, row: int) -> None:
        width = self.size.width or 80
        with self.prevent(DataTable.RowHighlighted):
            self.clear(columns=True)
            titles = ["", "Outcome", "Task", "Recommended", "When", *(["Run"] if width >= WITH_ID else [])]
            for title, room in zip(titles, _widths(width, len(titles)), strict=True):
                self.add_column(Text(title), width=room)
            for each in self._runs:
                self.add_row(*self._cells(each)[: len(titles)])
            if self._runs:
                self.move_cursor(row=max(0, row))
        if (run := self.run) is not None:
            self.post_message(self.Highlighted(run))

    def _cells(self, run: RunSummary) -> tuple[Text, ...]:
        state = (run.verdict or run.state) if run.state == "finished" else run.state
        sign, _, words = mark(state)
        if run.verdict == "passes":
            words = STRENGTHS.get(run.strength or "", words)
        letter = "AB"[self.marked.index(run.id)] if run.id in self.marked else " "
        texts = (
            letter,
            f"{sign} {words}",
            one_line(run.task or "", 80),
            one_line(run.model or "", 80),
            ago(run.changed),
            run.id,
        )
        return tuple(Text(text, no_wrap=True, overflow="ellipsis") for text in texts)

    @on(DataTable.RowHighlighted)
    def _moved(self, event: DataTable.RowHighlighted) -> None:
        event.stop()
        if (run := self.run) is not None:
            self.post_message(self.Highlighted(run))

    @on(DataTable.RowSelected)
    def _chosen(self, event: DataTable.RowSelected) -> None:
        event.stop()
        if (run := self.run) is not None:
            self.post_message(self.Opened(run))


def _widths(width: int, columns: int) -> list[int]:
    """Return the columns' widths; task and model share what the others leave."""
    others = MARK_WIDTH + STATE_WIDTH + WHEN_WIDTH + (ID_WIDTH if columns > 5 else 0)  # noqa: PLR2004
    rest = max(20, width - 1 - PADDING * columns - others)
    return [MARK_WIDTH, STATE_WIDTH, rest // 2, rest - rest // 2, WHEN_WIDTH, ID_WIDTH][:columns]
