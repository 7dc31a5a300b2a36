"""A path with completion: typing narrows the folder's list below it, tab completes, arrows go into the list."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import DescendantFocus, Key
from textual.message import Message
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from advisor.errors import one_line
from advisor.paths import at_home
from advisor.task.evaluations.known import ENDINGS as EVALUATIONS
from advisor.task.known_formats import ENDINGS
from advisor.units import format_bytes
from tui.deferred import in_thread
from tui.widgets.words_field import PathLine

KNOWN = frozenset({*ENDINGS, *EVALUATIONS})
MOST_LISTED, MOST_LOOKED = 200, 5000


@dataclass(frozen=True, slots=True)
class Entry:
    """A listed file or folder."""

    name: str  # "" is the folder that the path names, whole.
    is_folder: bool
    size: int | None
    is_known: bool


def entries(typed: str) -> list[Entry]:
    """Return the completions of a typed path: folders, then files of a supported form, then others."""
    folder, _, begun = typed.rpartition("/")
    place = at_home(folder + "/" if "/" in typed else ".")
    found = []
    try:
        with os.scandir(place) as listed:
            for at, each in enumerate(listed):
                if at >= MOST_LOOKED:
                    break
                if not each.name.casefold().startswith(begun.casefold()) or (
                    each.name.startswith(".") and not begun.startswith(".")
                ):
                    continue
                try:
                    is_folder = each.is_dir()
                    size = None if is_folder else each.stat().st_size
                except OSError:  # a broken link
                    continue
                found.append(Entry(each.name, is_folder, size, Path(each.name).suffix.lower() in KNOWN))
    except (OSError, ValueError):  # no folder, or no valid path
        return []
    found.sort(key=lambda entry: (not entry.is_folder, not entry.is_known, entry.name.casefold()))
    return found[:MOST_LISTED]


def with_whole(typed: str, found: list[Entry]) -> list[Entry]:
    """Return the completions with the folder itself: first if it holds folders and no known file, else last."""
    if not typed.rstrip().endswith("/") or not any(entry.is_folder or entry.is_known for entry in found):
        return found
    whole = [Entry("", is_folder=True, size=None, is_known=False)]
    return [*found, *whole] if any(entry.is_known for entry in found) else [*whole, *found]


class PathInput(PathLine):
    """The line itself; tab completes, or moves on if there is nothing to complete."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "complete", "Complete", show=False)]

    @dataclass
    class Complete(Message):
        """Tab was pressed."""

    def action_complete(self) -> None:
        self.post_message(self.Complete())


class PathPicker(Vertical):
    """A file, typed or picked."""

    DEFAULT_CSS: ClassVar[str] = """
    PathPicker { height: auto; }
    PathPicker OptionList { height: auto; max-height: 8; }
    PathPicker OptionList.-empty { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("down", "to_list", show=False)]

    @dataclass
    class Changed(Message):
        """The path now names a file, or no longer any (None)."""

        path: Path | None

    @dataclass
    class Picked(Message):
        """Enter was pressed on a file's path, or on one that does not exist."""

        text: str

    def __init__(
        self, text: str = "", *, name: str | None = None, example: str = "mails.csv", takes_folders: bool = False
    ) -> None:
        super().__init__(name=name)
        self._takes_folders = takes_folders
        self._example = example
        self._begun = text
        self._found: list[Entry] = []
        self._named: Path | None = None
        # The listed text, and the action once the list is current: keys may come faster than the disk answers.
        self._listed: str | None = None
        self._then: Callable[[], None] | None = None
        self._wants_focus = False

    def compose(self) -> ComposeResult:
        yield PathInput(self._begun, placeholder=f"a path, e.g. {self._example}", select_on_focus=False)
        yield OptionList(markup=False)

    def on_mount(self) -> None:
        self._list(self._begun)
        if self._wants_focus:
            self.focus()

    @property
    def text(self) -> str:
        return self.query_one(PathInput).value.strip()

    def clear(self) -> None:
        self.query_one(PathInput).value = ""

    def focus(self, scroll_visible: bool = True) -> PathPicker:  # noqa: FBT001, FBT002  the toolkit's signature
        """Focus the line; before its layout, once that is done."""
        self._wants_focus = True
        for line in self.query(PathInput):
            line.focus(scroll_visible)
        return self

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._list(event.value)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self._once_listed(self._enter)

    def _once_listed(self, then: Callable[[], None]) -> None:
        if self._listed == self.query_one(PathInput).value:
            then()
        else:
            self._then = then

    def _enter(self) -> None:
        line = self.query_one(PathInput)
        only = self._found[0] if len(self._found) == 1 else None
        if only is not None and only.is_folder and line.value.rpartition("/")[2] == only.name:
            self._take(only)
        elif self._found and all(entry.name != line.value.rpartition("/")[2] for entry in self._found):
            self.action_to_list()  # an incomplete name
        else:
            self.post_message(self.Picked(self.text))

    def on_key(self, event: Key) -> None:
        """Write what is typed on the list into the line, at once: the next keys belong to it."""
        if event.character is not None and event.is_printable:
            event.stop()
            line = self.query_one(PathInput)
            self.screen.set_focus(line)
            line.insert_text_at_cursor(event.character)

    @on(PathInput.Complete)
    def _complete(self, event: PathInput.Complete) -> None:
        event.stop()
        self._once_listed(self._extend)

    def _extend(self) -> None:
        named = [entry for entry in self._found if entry.name]
        likely = [entry for entry in named if entry.is_folder or entry.is_known] or named
        names = [entry.name for entry in likely]
        line = self.query_one(PathInput)
        folder, slash, begun = line.value.rpartition("/")
        longest = os.path.commonprefix(names)  # noqa: RUF071  characters are what is typed
        if len(longest) <= len(begun) or not longest.casefold().startswith(begun.casefold()):
            if len(names) == 1 and likely[0].is_folder:
                self._take(likely[0])
            elif not names or longest == begun == names[0]:
                self.screen.focus_next()
            else:
                self.action_to_list()
            return
        whole = longest + ("/" if len(names) == 1 and likely[0].is_folder else "")
        line.value = f"{folder}{slash}{whole}"
        line.cursor_position = len(line.value)

    @on(DescendantFocus)
    def _reached(self) -> None:
        listed = self.query_one(OptionList)
        if listed.has_focus and listed.highlighted is None and self._found:
            listed.highlighted = 0

    def action_to_list(self) -> None:
        listed = self.query_one(OptionList)
        if self._found and not listed.has_focus:
            listed.focus()
            listed.highlighted = 0

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        entry = self._found[event.option_index]
        if entry.name:
            self._take(entry)
        if not entry.name or not entry.is_folder:
            self.post_message(self.Picked(self.text))

    def _take(self, entry: Entry) -> None:
        line = self.query_one(PathInput)
        folder, slash, _ = line.value.rpartition("/")
        line.value = f"{folder}{slash}{entry.name}{'/' if entry.is_folder else ''}"
        line.cursor_position = len(line.value)
        line.focus()

    def _list(self, typed: str) -> None:
        in_thread(self, "paths", partial(entries, typed), partial(self._show, typed))

    def _show(self, typed: str, found: list[Entry]) -> None:
        # The list may arrive when the widget is being removed.
        if typed not in [line.value for line in self.query(PathInput)]:
            return
        self._found, self._listed = with_whole(typed, found) if self._takes_folders else found, typed
        listed = self.query_one(OptionList)
        listed.clear_options()
        listed.add_options([Option(_prompt(entry)) for entry in self._found])
        listed.set_class(not self._found, "-empty")
        path = at_home(typed.strip())
        is_file = any(not each.is_folder and each.name == path.name for each in self._found)
        named = path if is_file else None
        if named != self._named:
            self._named = named
            self.post_message(self.Changed(named))
        then, self._then = self._then, None
        if then is not None:
            then()


def _prompt(entry: Entry) -> Content:
    name = one_line(entry.name, 100)
    if not name:
        return Content.assemble(("this folder", "bold"), ("  with all that is in it", "$quiet"))
    if entry.is_folder:
        return Content.assemble((name + "/", "bold"))
    return Content.assemble((name, "" if entry.is_known else "$quiet"), (f"  {format_bytes(entry.size)}", "$quiet"))
