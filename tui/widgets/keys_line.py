"""The line at the foot of a page: the keys that do something now; each can be clicked.

One widget instead of the toolkit's one a key: keys change with the focus, and a page is there sooner.
"""

from typing import ClassVar, NamedTuple

from textual.content import Content
from textual.screen import Screen

from tui.actions import APP, key_name, of_page
from tui.widgets.clickable import ClickableLine, Piece

GAP = 2
# What gives way first where the line is too narrow, then a page's own keys from their end: help tells all of them, so
# that and the way out stay.
FIRST_TO_GO = "app.command_palette"


class Entry(NamedTuple):
    """A key, what it does, and the action that is run by a click."""

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
        """Return the keys that fit, each with its action; none while a dialog lies on top, which has its own line."""
        if self.app.screen is not self.screen:
            return []
        gap = Piece(Content(" " * GAP))
        return [piece for entry in self._fitting() for piece in (_drawn(entry), gap)]

    def _entries(self) -> list[Entry]:
        found: dict[str, Entry] = {}
        for _, binding, is_enabled, _ in self.screen.active_bindings.values():
            if binding.show and binding.action not in found:
                found[binding.action] = Entry(key_name(binding.key), binding.description, binding.action, is_enabled)
        # Those that win over whatever is in front do so in a dialog too, where the toolkit does not tell them.
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
