"""A cell per example of one candidate, right or wrong; the one at the cursor in a line, enter shows all of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static

from advisor.errors import one_line
from advisor.report import picture as pictures
from tui import drawing
from tui.dialogs.text_modal import TextModal

if TYPE_CHECKING:
    from textual.app import ComposeResult, RenderResult
    from textual.geometry import Size

    from tui.widgets.mistakes import Asked

WRONG = frozenset({pictures.WRONG, pictures.LATER_WRONG})
# The cells take at most an eighth of a window's lines.
FEWEST_ROWS, SHARE = 2, 8
KEYS = "  ← → example, x next wrong, enter opens"


class Cells(Widget, can_focus=True):
    """The cells, with a cursor."""

    DEFAULT_CSS: ClassVar[str] = """
    Cells { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", show=False),
        Binding("right", "step(1)", show=False),
        Binding("home", "edge(0)", show=False),
        Binding("end", "edge(-1)", show=False),
        Binding("x", "wrong", "Next wrong", show=False),
        Binding("enter", "open", "Open", show=False),
    ]
    states: reactive[tuple[str, ...]] = reactive[tuple[str, ...]](())
    cursor: reactive[int | None] = reactive["int | None"](None)

    @dataclass
    class Opened(Message):
        """An example is opened in full."""

        at: int

    class Moved(Message):
        """The cursor is on another example."""

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the number of lines; in a small window those around the cursor are shown."""
        most = max(FEWEST_ROWS, viewport.height // SHARE)
        return min(most, max(1, -(-len(self.states) // max(1, width))))

    def render(self) -> RenderResult:
        return Content("\n").join(drawing.examples(self.states, self.size, self.cursor))

    def watch_states(self, before: tuple[str, ...], after: tuple[str, ...]) -> None:
        """Lay the page out only if the number of lines may change: outcomes come many times a second."""
        if len(before) != len(after):
            self.refresh(layout=True)

    def watch_cursor(self) -> None:
        self.post_message(self.Moved())

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self._open(drawing.first_shown(len(self.states), self.size, self.cursor) + event.y * self.size.width + event.x)

    def action_step(self, by: int) -> None:
        if self.states:
            at = -1 if self.cursor is None and by > 0 else self.cursor or 0
            self.cursor = max(0, min(len(self.states) - 1, at + by))

    def action_edge(self, at: int) -> None:
        asked = [number for number, state in enumerate(self.states) if state != pictures.UNSEEN]
        self.cursor = asked[at] if asked else None

    def action_wrong(self) -> None:
        """Move to the next wrong example, after the last to the first again."""
        wrong = [number for number, state in enumerate(self.states) if state in WRONG]
        here = -1 if self.cursor is None else self.cursor
        self.cursor = next((at for at in wrong if at > here), wrong[0] if wrong else self.cursor)

    def action_open(self) -> None:
        """Show the example at the cursor in full; without a cursor the first wrong one."""
        if self.cursor is None:
            self.action_wrong()
        self._open(self.cursor if self.cursor is not None else 0)

    def _open(self, at: int) -> None:
        if at < len(self.states) and self.states[at] != pictures.UNSEEN:
            self.cursor = at
            self.post_message(self.Opened(at))


class Examples(Vertical):
    """The cells of one candidate, its name, and the example at the cursor."""

    DEFAULT_CSS: ClassVar[str] = """
    Examples { height: auto; }
    Examples Static { height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._whose: object = None
        self._about = ""
        self._asked: Callable[[int], Asked | None] = lambda _: None

    def compose(self) -> ComposeResult:
        yield Static(id="examples-about", markup=False)
        yield Cells()
        yield Static(id="examples-at", markup=False)

    def show(self, whose: object, about: str, states: Sequence[str], asked: Callable[[int], Asked | None]) -> None:
        """Show a candidate's examples; a changed `whose` resets the cursor.

        `states` are from `advisor.report.picture.answer_cells`; `asked` returns an example, None if it has no answer.
        """
        cells = self.query_one(Cells)
        self._about, self._asked = about, asked
        if whose != self._whose:
            self._whose, cells.cursor = whose, None
        cells.states = tuple(states)
        self._say()

    @on(Cells.Moved)
    def _say(self) -> None:
        cells = self.query_one(Cells)
        found = None if cells.cursor is None else self._asked(cells.cursor)
        keys = KEYS if found is None and any(state != pictures.UNSEEN for state in cells.states) else ""
        about = Content.assemble(self._about, (keys, drawing.SOFT))
        self.query_one("#examples-about", Static).update(about, layout=False)
        at = self.query_one("#examples-at", Static)
        at.display = found is not None
        if found is not None:
            at.update(found.line, layout=False)

    @on(Cells.Opened)
    def _open(self, event: Cells.Opened) -> None:
        event.stop()
        if (found := self._asked(event.at)) is not None:
            self.app.push_screen(TextModal(one_line(found.where, 80), found.text))
