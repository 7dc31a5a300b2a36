"""Sessions and runs to continue or to look at, the last changed first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.facts import Recent, ago

# Mark, colour, words: never colour alone.
STATES = {
    "passes": ("✓", "$success", "passes"),
    "none": ("✗", "$error", "none passes"),
    "likely": ("~", "$warning", "not certified"),
    "undecided": ("?", "$warning", "none proven yet"),
    "asking": ("◔", "$accent", "questions open"),
    "planned": ("◑", "$accent", "waits for your yes"),
    "probing": ("◕", "$accent", "cut short"),
    "not finished": ("◕", "$accent", "cut short"),
    "in use": ("▶", "$accent", "running"),
    "failed": ("!", "$error", "failed"),
    "damaged": ("!", "$error", "cannot be read"),
}

# From this width on, the state's words are shown even if the title is cut.
ROOMY = 60


def mark(state: str) -> tuple[str, str, str]:
    return STATES.get(state, ("·", "$quiet", state))


class RecentList(OptionList):
    """The list; its lines fit its width."""

    DEFAULT_CSS: ClassVar[str] = "RecentList { height: 1fr; }"

    @dataclass
    class Chosen(Message):
        """Enter or a click on an entry."""

        recent: Recent

    def __init__(self, id: str | None = None) -> None:  # noqa: A002  as the toolkit
        super().__init__(id=id, markup=False)
        self._recents: tuple[Recent, ...] = ()
        self._note = "Looking…"

    def on_mount(self) -> None:
        self._draw()

    def show(self, recents: Sequence[Recent], note: str) -> None:
        same = self._recents == tuple(recents) and self._note == note
        self._recents, self._note = tuple(recents), note
        if not same:
            self._draw()

    def _draw(self) -> None:
        at = self.highlighted
        self.clear_options()
        if not self._recents:
            self.add_option(Option(Content.styled(self._note, "$quiet"), disabled=True))
            return
        # A list that is too long will have a scrollbar, which takes cells of each line; while empty it has none.
        room = self.content_size
        taken = self.styles.scrollbar_size_vertical if len(self._recents) > room.height > 0 else 0
        width = max(20, (room.width or 40) - taken)
        self.add_options([Option(_line(recent, width), id=f"{recent.kind}-{recent.id}") for recent in self._recents])
        self.highlighted = min(at or 0, len(self._recents) - 1)

    @property
    def chosen(self) -> Recent | None:
        at = self.highlighted
        return self._recents[at] if at is not None and at < len(self._recents) else None

    def on_resize(self, event: events.Resize) -> None:
        self._draw()

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option_index < len(self._recents):
            self.post_message(self.Chosen(self._recents[event.option_index]))


def _line(recent: Recent, width: int) -> Content:
    sign, colour, words = mark(recent.state)
    when = ago(recent.changed)
    right = f"  {words}, {when}"
    title = Content(recent.title if not recent.detail else f"{recent.title} · {recent.detail}")
    if title.cell_length + len(right) + 2 > width:  # the order shows the time; title and state are more important
        right = f"  {words}" if title.cell_length + len(words) + 4 <= max(width, ROOMY) else f"  {when}"
    room = max(4, width - len(right) - 2)
    title = title.truncate(room, ellipsis=True)
    gap = " " * max(0, room - title.cell_length)
    return Content.assemble((sign, f"bold {colour}"), " ", title, gap, (right, "$quiet"))
