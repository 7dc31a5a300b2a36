"""The one registry of what the user can do: keys, footer, command palette and help all read it.

An action belongs to a page (a screen's `page`), or to the app ("app"), and is the method `action_<id>` there.
Plain letters and the ctrl pairs that text fields use (a, c, d, e, f, k, u, v, w, x) are never keys of the app.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import Binding

APP = "app"
_NAMES = {
    "question_mark": "?",
    "escape": "esc",
    "slash": "/",
    "delete": "del",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
}


@dataclass(frozen=True, slots=True)
class Act:
    """One thing the user can do.

    Attributes:
        id: Names the method `action_<id>` of its page or of the app.
        page: The page it belongs to, or "app" for everywhere.
        keys: The first is shown; the others do the same.
        label: In the footer; short.
        title: In the command palette.
        help: One line for the help page.
        is_in_footer: Whether the footer has room for it; 80 columns are few.
        is_priority: Whether it wins over what the focused widget does with the key.
    """

    id: str
    page: str
    keys: tuple[str, ...]
    label: str
    title: str
    help: str
    is_in_footer: bool = True
    is_priority: bool = False

    def bindings(self) -> list[Binding]:
        """Return its keys as the toolkit wants them."""
        scope = "app" if self.page == APP else "screen"
        return [
            Binding(
                key,
                f"{scope}.{self.id}",
                self.label,
                show=self.is_in_footer and at == 0,
                priority=self.is_priority,
                tooltip=self.help,
                id=f"{self.page}.{self.id}.{at}",
            )
            for at, key in enumerate(self.keys)
        ]


ACTIONS: tuple[Act, ...] = (
    Act("help", APP, ("f1", "question_mark"), "Help", "Help", "What this page does, and every key."),
    Act("home", APP, ("f2", "ctrl+n"), "Home", "Home: a new task", "Start a new task; go on with an earlier one."),
    Act("catalog", APP, ("f3", "ctrl+g"), "Catalog", "Catalog: search models", "Search and refresh the catalog."),
    Act("runs", APP, ("f4", "ctrl+r"), "Runs", "Runs: history", "Open, resume, compare and delete runs."),
    Act("session", APP, ("f6", "ctrl+t"), "Session", "Session: what is under way", "Back to the run that is open."),
    Act("command_palette", APP, ("ctrl+p",), "Palette", "Command palette", "Find anything by its name."),
    Act(
        "theme", APP, ("f9",), "Theme", "Change the theme", "Dark, light, or the terminal's own colours.",
        is_in_footer=False,
    ),
    Act("leave", APP, ("ctrl+q",), "Quit", "Quit", "Close the session; what runs is kept.", is_priority=True),
    Act("start", "home", ("ctrl+s",), "Begin", "Begin with this task", "Begin with what you wrote."),
)  # fmt: skip


def of_page(page: str) -> list[Act]:
    """Return a page's own actions, in the footer's order."""
    return [act for act in ACTIONS if act.page == page]


def bindings(page: str) -> list[Binding]:
    """Return the keys of a page."""
    return [binding for act in of_page(page) for binding in act.bindings()]


def key_name(key: str) -> str:
    """Return a key as people write it: "^s" for ctrl and s, "F1"."""
    if key.startswith("ctrl+"):
        return f"^{key_name(key.removeprefix('ctrl+'))}"
    if key.startswith("shift+"):
        return f"shift+{key_name(key.removeprefix('shift+'))}"
    if key[0] == "f" and key[1:].isdigit():
        return key.upper()
    return _NAMES.get(key, key)
