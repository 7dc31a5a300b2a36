"""The lines at the top and bottom of a page: pieces, some with an action on click."""

from typing import ClassVar, NamedTuple

from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget

from advisor.errors import one_line
from tui.actions import APP, key_name, of_page


class Piece(NamedTuple):
    """A part of the line, and the action a click on it runs ("" for none)."""

    content: Content
    action: str = ""


class ClickableLine(Widget):
    """One line; the toolkit's own links would force the links' colour on every piece."""

    ALLOW_SELECT = False

    def pieces(self) -> list[Piece]:
        return []

    def render(self) -> RenderResult:
        return Content("").join([piece.content for piece in self.pieces()])

    async def on_click(self, event: events.Click) -> None:
        at = event.x - self.styles.gutter.left
        for piece in self.pieces():
            at -= piece.content.cell_length
            if at < 0:
                if piece.action:
                    event.stop()
                    await self.screen.run_action(piece.action)
                return


NAME, SHORT_NAME = "Model Advisor", "Advisor"
WAYS = ("home", "catalog", "runs", "session")
GAP, ROOMY = 2, 96


class TitleLine(ClickableLine):
    """The title line; the note is cut if the width does not suffice."""

    DEFAULT_CSS: ClassVar[str] = """
    TitleLine { dock: top; height: 1; padding: 0 1; background: $panel; color: $foreground; }
    """
    note: reactive[str] = reactive("")

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title

    def pieces(self) -> list[Piece]:
        """Return the name, the ways, and the note as far as there is room."""
        width = self.content_size.width
        left = [Piece(Content.styled(NAME if width >= ROOMY else SHORT_NAME, "bold $primary")), *self._ways()]
        used = sum(piece.content.cell_length for piece in left)
        room = width - used - GAP
        note = Content(one_line(self.note)).truncate(room, ellipsis=True) if room > GAP else Content("")
        gap = max(0, width - used - note.cell_length)
        return [*left, Piece(Content(" " * gap)), Piece(note.stylize("$quiet"))]

    def _ways(self) -> list[Piece]:
        """Return the pages' names, each clickable except the current one."""
        acts = {act.id: act for act in of_page(APP)}
        ways = [Piece(Content(" "))]
        for way in WAYS:
            key, label = key_name(acts[way].keys[0]), acts[way].label
            if way == self.app.current_mode:
                ways += [Piece(Content("  ")), Piece(Content.assemble((f"{key} ", "$accent"), (label, "bold reverse")))]
            elif self.app.check_action(way, ()):
                ways += [Piece(Content("  ")), Piece(Content.assemble((f"{key} ", "$accent"), label), f"app.{way}")]
        return ways


# Actions dropped first if the line is too narrow, followed by a page's own keys from the end: help lists all of them,
# so help and quit stay.
FIRST_TO_GO = "app.command_palette"


class Entry(NamedTuple):
    """A key, its label, and the action on click."""

    key: str
    label: str
    action: str
    is_enabled: bool

    @property
    def width(self) -> int:
        return len(self.key) + 1 + len(self.label) + GAP


class KeysLine(ClickableLine):
    """One line of keys."""

    DEFAULT_CSS: ClassVar[str] = """
    KeysLine { dock: bottom; height: 1; padding: 0 1; background: $panel; color: $foreground; }
    """

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, screen: Screen[object]) -> None:
        if screen is self.screen:
            self.refresh()

    def pieces(self) -> list[Piece]:
        """Return the keys that fit, each with its action; none during a dialog, which has its own line."""
        if self.app.screen is not self.screen:
            return []
        gap = Piece(Content(" " * GAP))
        return [piece for entry in self._fitting() for piece in (_drawn(entry), gap)]

    def _entries(self) -> list[Entry]:
        found: dict[str, Entry] = {}
        for _, binding, is_enabled, _ in self.screen.active_bindings.values():
            if binding.show and binding.action not in found:
                found[binding.action] = Entry(key_name(binding.key), binding.description, binding.action, is_enabled)
        # Priority keys work in a dialog too, where the toolkit does not list them.
        for act in of_page(APP):
            if act.is_priority and act.is_in_footer:
                found.setdefault(f"app.{act.id}", Entry(key_name(act.keys[0]), act.label, f"app.{act.id}", True))  # noqa: FBT003
        return list(found.values())

    def _fitting(self) -> list[Entry]:
        entries = self._entries()
        of_app = {f"app.{act.id}" for act in of_page(APP)}
        giving_way = [FIRST_TO_GO, *(entry.action for entry in reversed(entries) if entry.action not in of_app)]
        for action in giving_way:
            if sum(entry.width for entry in entries) - GAP <= self.content_size.width:
                break
            entries = [entry for entry in entries if entry.action != action]
        return entries


def _drawn(entry: Entry) -> Piece:
    if not entry.is_enabled:
        return Piece(Content.styled(f"{entry.key} {entry.label}", "$quiet"))
    return Piece(Content.assemble((entry.key, "bold $accent"), " ", entry.label), entry.action)
