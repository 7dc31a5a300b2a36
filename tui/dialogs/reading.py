"""How a file of examples is read: its first rows, the guessed parts, and a letter to change each.

Guesses are confirmed when a file is named; an unreadable file has ways out.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from string import ascii_lowercase, digits
from typing import Any, ClassVar, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from advisor.errors import one_line
from advisor.interview import remembered
from advisor.interview.files.preview import Part, Preview, reread
from advisor.interview.question import Choice
from advisor.paths import at_home
from advisor.system import source
from advisor.task import hub_files
from advisor.units import capitalised
from tui.deferred import in_thread
from tui.dialogs.confirm import Choose
from tui.dialogs.dialog import Dialog
from tui.widgets.error_box import ErrorBox
from tui.widgets.file_preview import rows as rows_of

LONGEST_VALUE = 24
ANOTHER, ANOTHER_WAY, WITHOUT = "another", "another way", "without"
MORE, FEWER = "+", "-"


class Reading(Dialog[dict[str, Any] | None]):
    """Returns the user's corrections, by key; None if another file is to be named."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "accept", "Read it so"),
        Binding("escape", "close", "Back"),
    ]
    AUTO_FOCUS: ClassVar[str | None] = None
    DEFAULT_CSS: ClassVar[str] = """
    Reading .dialog-box Static { height: auto; }
    Reading .dialog-detail { margin-bottom: 1; }
    Reading #reading-rows { margin-bottom: 1; }
    """

    def __init__(self, seen: Preview, words: str = "") -> None:
        """Show a file as it is read; the task's words, if known, help to read it."""
        super().__init__()
        self._seen, self._words = seen, words
        # Letters may come faster than a file is read.
        self._letters, self._is_reading = "", False
        self._last = ""  # The key of the part that a letter changed last.

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog-box dialog-rows"):
            yield from self.heading(f"How {_called(Path(self._seen.path))} is read")
            yield Static(classes="dialog-detail", markup=False, id="reading-words")
            yield ErrorBox()
            yield Static(id="reading-rows", markup=False)
            yield Static(id="reading-parts", markup=False)

    def on_mount(self) -> None:
        self._draw()

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        seen = self._seen
        self.query_one("#reading-words", Static).update(Content(one_line(seen.words, 300)))
        box = self.query_one(ErrorBox)
        box.clear()
        if seen.problem:
            box.show(seen.problem, f"{'A letter below reads it another way; esc' if seen.parts else 'Esc'} goes back.")
        rows = self.query_one("#reading-rows", Static)
        rows.update(rows_of(seen, rows.size.width or 60))
        lines = [
            Content.assemble(
                (letter, "bold $accent"), f"  {part.label}: ", (one_line(part.shown, LONGEST_VALUE), "bold")
            )
            for letter, part in _letters(seen).items()
        ]
        lines += [Content.styled(line, "$quiet") for line in self._keys()]
        self.query_one("#reading-parts", Static).update(Content("\n").join(lines))

    def _keys(self) -> Iterator[str]:
        yield "A letter changes its part; with Shift it goes back."
        part = self._joinable
        if part is not None:
            fewer = f"{FEWER} takes the last one away" if isinstance(part.value, list) else ""
            more = f"{MORE} reads one more column as {part.label}" if self._changed(MORE) is not None else ""
            if more or fewer:
                yield f"{'; '.join(filter(None, (more, fewer)))}."

    @property
    def _joinable(self) -> Part | None:
        """The part of the input that takes further columns: the one that was changed last, else the first."""
        able = {part.key: part for part in self._seen.parts if part.further}
        return able.get(self._last, next(iter(able.values()), None))

    def on_key(self, event: events.Key) -> None:
        if event.is_printable and event.character is not None:
            event.stop()
            self._letters += event.character
            self._change_next()

    def _change_next(self) -> None:
        while self._letters and not self._is_reading:
            letter, self._letters = self._letters[0], self._letters[1:]
            said = self._changed(letter)
            if said is not None:
                self._is_reading = True
                work = partial(_read, self._seen, said, self._words)
                in_thread(self, "reading", work, self._show, is_exclusive=False)

    def _changed(self, sign: str) -> dict[str, Any] | None:
        """Return the corrections after a key; None if it changes nothing."""
        seen = self._seen
        if sign in {MORE, FEWER}:
            part = self._joinable
            said = None if part is None else (seen.widened if sign == MORE else seen.narrowed)(part.key)
            return None if said == seen.said else said
        part = _letters(seen).get(sign.lower())
        if part is None:
            return None
        self._last = part.key
        return seen.turned(part.key, back=sign.isupper())

    def _show(self, seen: Preview) -> None:
        self._seen, self._is_reading = seen, False
        self._draw()
        self._change_next()

    def action_accept(self) -> None:
        """Return the corrections, if the file can be read with them."""
        if not (self._seen.problem or self._is_reading):
            self.dismiss(self._seen.settled)


def _called(path: Path) -> str:
    """Return a file's name; pasted examples have no name given by the user."""
    return "what you pasted" if path.parent.name == remembered.FOLDER else one_line(path.name or path, 60)


def _read(seen: Preview, said: dict[str, Any], words: str) -> Preview:
    """Return how a file is read with the corrections; if it cannot be, the previous reading with the problem."""
    try:
        return reread(seen, said, words)
    except Exception as error:  # noqa: BLE001  whatever it is, the dialog shows it and goes on
        return replace(seen, said=said, problem=one_line(error, 300))


def _letters(seen: Preview) -> dict[str, Part]:
    """Return the parts by the letter that changes each: the first free one of its name that every keyboard has."""
    found: dict[str, Part] = {}
    for part in seen.parts:
        free = (each for each in (*part.label.lower(), *digits, *ascii_lowercase) if each not in found)
        found[next(each for each in free if each.isascii() and each.isalnum())] = part
    return found


class Found(NamedTuple):
    """The file to continue with: its path, None for no file; and the user's answers about it, by key."""

    path: str | None
    said: dict[str, Any]


def look_first(asker: Widget, seen: Preview, then: Callable[[Found | None], None], *, words: str = "") -> None:
    """Let the user confirm a guessed reading, or choose what to do about an unreadable file.

    `then` is called with the choice; None: the user wants to name another file.
    """

    def confirmed(said: dict[str, Any] | None) -> None:
        then(None if said is None else Found(seen.path, said))

    def confirm() -> None:
        asker.app.push_screen(Reading(seen, words), confirmed)

    def chosen(way: str | None) -> None:
        if way == ANOTHER_WAY:
            confirm()
        elif way in instead:
            work = partial(_read, replace(seen, path=way), {}, words)
            in_thread(asker, "look", work, partial(look_first, asker, then=then, words=words))
        else:
            then(Found(None, {"examples": None}) if way == WITHOUT else None)

    instead: list[str] = []
    if seen.problem:
        instead += map(str, source.instead(at_home(seen.path)))
        instead += filter(None, [hub_files.in_full(seen.path)])
        what, _, cure = seen.problem.partition("; ")
        cure = f"{capitalised(cure)}{'' if cure.endswith(('.', '?', '!')) else '.'}" if cure else ""
        asker.app.push_screen(Choose(f"{one_line(what, 300)}.", one_line(cure, 300), _ways(seen, instead)), chosen)
    elif seen.is_odd:
        confirm()
    else:
        then(Found(seen.path, seen.said))


def _ways(seen: Preview, instead: list[str]) -> list[Choice]:
    listed = [
        Choice(each, f"Take {one_line(each, 60)}", "a data set of the Hub, which is asked for it")
        if hub_files.named(each)
        else Choice(each, f"Take {one_line(Path(each).name, 60)}", "how it is read comes first")
        for each in instead
    ]
    listed += [Choice(ANOTHER, "Name another file", "or fix this one, and name it again")]
    if seen.cures:
        listed.append(Choice(ANOTHER_WAY, "Read it another way", f"{' or '.join(seen.cures)}: one key"))
    listed.append(Choice(WITHOUT, "Go on without it", "label some texts by hand, or write some"))
    return listed
