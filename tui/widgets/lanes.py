"""A run's candidates, a line each: progress, right answers, speed, memory, and verdict."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual.content import Content
from textual.events import Resize
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from advisor.errors import one_line
from advisor.units import format_bytes, format_seconds
from tui import board, drawing
from tui.board import Lane
from tui.widgets.columns import GAP, Column, fit, row, short

SIGNS = {
    board.PASSES: ("✓", "bold $text-success"),
    board.ON_THESE: ("✓", "$text-success"),
    board.GIVEN_UP: ("✗", "bold $text-error"),
    board.BELOW: ("✗", "$text-error"),
    board.SET_ASIDE: ("·", "$text-warning"),
    board.FAILS: ("✗", "bold $text-error"),
    board.FAILED: ("!", "bold $text-error"),
    board.UNMEASURED: ("!", "$text-warning"),
    board.SKIPPED: ("»", "$text-warning"),
    board.PROBING: ("▶", "bold $accent"),
    board.LOADING: ("▶", "$accent"),
    board.DOWNLOADING: ("▼", "$accent"),
    board.STOPPED: ("■", "$text-warning"),
    board.UNDECIDED: ("?", "$text-warning"),
    board.NOT_NEEDED: ("·", "$quiet"),
    board.WAITING: ("·", "$quiet"),
}
NARROW, NARROWEST = 90, 64
LEAST_SECONDS = 1e-5
# The rest of the width goes to the name first, then to the strip.
NAME_ROOM, LONGEST_NAME, MOST_SEEN = 24, 60, 40
LEAST_SEEN = ((NARROW, 16), (NARROWEST, 10), (0, 6))  # from this width on, this many cells


class Lanes(OptionList):
    """The list; its cursor chooses whose examples are shown."""

    DEFAULT_CSS: ClassVar[str] = """
    Lanes, Lanes:focus { border: none; padding: 0; height: auto; max-height: 40%; background: transparent; }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)
        self._lanes: list[Lane] = []
        self._drawn: list[object] = []
        self.current: int | None = None

    @property
    def chosen(self) -> Lane | None:
        at = self.highlighted
        return self._lanes[at] if at is not None and at < len(self._lanes) else None

    def show(self, lanes: Sequence[Lane], current: int | None) -> None:
        """Draw the candidates, smallest first; only changed lines are redrawn."""
        before, self._lanes, self.current = self._lanes, list(lanes), current
        if len(before) != len(self._lanes):
            self._drawn = []
            self.clear_options()
            self.add_options([Option(self._line(at)) for at in range(len(self._lanes))])
            self._drawn = [self._version(at) for at in range(len(self._lanes))]
            return
        for at in range(len(self._lanes)):
            version = self._version(at)
            if version != self._drawn[at]:
                self._drawn[at] = version
                self.replace_option_prompt_at_index(at, self._line(at))

    @dataclass
    class Laid(Message):
        """The columns were laid out again: their titles have moved."""

    def on_resize(self, event: Resize) -> None:
        for at in range(len(self._drawn)):
            self.replace_option_prompt_at_index(at, self._line(at))
        self.post_message(self.Laid())

    def _version(self, at: int) -> object:
        return (self._lanes[at], at == self.current)

    def header(self) -> Content:
        columns = _columns(self._room, self._longest, self._total)
        return row(columns, [column.title for column in columns], self._room)

    @property
    def _longest(self) -> int:
        return max((cell_len(one_line(lane.model, LONGEST_NAME)) for lane in self._lanes), default=0)

    @property
    def _total(self) -> int:
        return max((lane.total for lane in self._lanes), default=0)

    @property
    def _room(self) -> int:
        return max(40, (self.size.width or 76) - 2)

    def _line(self, at: int) -> Content:
        lane, width = self._lanes[at], self._room
        columns = _columns(width, self._longest, self._total)
        sign, style = SIGNS[lane.state]
        speed = _measured(lane.seconds) if lane.seconds is not None else _about(lane.predicted_seconds)
        memory = format_bytes(lane.memory_bytes) if lane.memory_bytes else f"~{format_bytes(lane.predicted_bytes)}"
        given = sum(column.width for column in columns) + GAP * (len(columns) - 1)
        room = max(4, width - given)
        meter = next(column.width for column in columns if column.title == "seen")
        cells: dict[str, str | Content] = {
            "": Content.styled(sign, style),
            "#": str(lane.number),
            "candidate": _name(lane, room),
            "seen": drawing.strip(lane.seen, lane.wrong_at, lane.total, meter),
            "right": f"{lane.right}/{lane.counted}" if lane.counted else "",
            "s/example": speed,
            "memory": memory,
            "left": _left(lane),
            "state": _state(lane),
        }
        return row(columns, [cells[column.title] for column in columns], width)


def _columns(width: int, longest: int, total: int) -> list[Column]:
    """Return the columns for this many cells, given the longest name and the number of examples."""
    before = [Column("", 1), Column("#", 2, is_right=True), Column("candidate", 0)]
    after = [Column("right", max(8, len(f"{total}/{total}")), is_right=True)]
    if width >= NARROWEST:
        after.append(Column("s/example", 9, is_right=True, style="$quiet"))
    if width >= NARROW:
        after += [Column("memory", 8, is_right=True, style="$quiet"), Column("left", 8, is_right=True)]
    after.append(Column("state", 13))
    least = next(cells for begin, cells in LEAST_SEEN if width >= begin)
    room = width - sum(column.width + GAP for column in (*before, *after))
    return [*before, Column("seen", min(MOST_SEEN, max(least, room - max(NAME_ROOM, longest)))), *after]


def _name(lane: Lane, room: int) -> str:
    """Return a candidate's name in this many cells; the model is cut, so that variants stay distinct."""
    whole = one_line(lane.model, 200)
    end = f":{one_line(lane.variant, 40)}" if lane.variant else ""
    if cell_len(whole) <= room or cell_len(end) + 2 > room:
        return short(whole, room)
    model, left = whole.removesuffix(end), room - cell_len(end)
    return f"{fit(short(model, left), left)}{end}"


def _measured(seconds: float) -> str:
    return format_seconds(seconds) if seconds >= LEAST_SECONDS else f"<{format_seconds(LEAST_SECONDS)}"


def _about(seconds: float | None) -> str:
    return "" if seconds is None else f"~{_measured(seconds)}".replace("~<", "<")


def _left(lane: Lane) -> str:
    if lane.state != board.PROBING or lane.seconds_left is None:
        return ""
    return f"≤{format_seconds(lane.seconds_left)}"


def _state(lane: Lane) -> str:
    if lane.state == board.DOWNLOADING and lane.total_bytes:
        return f"loads {lane.done_bytes / lane.total_bytes:.0%} ↓"
    return lane.detail if lane.state == board.PROBING and lane.detail else lane.state
