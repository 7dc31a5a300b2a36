"""A field for a few sentences: grows with its text; enter submits, shift+enter begins a new line."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input, TextArea

# A pasted table, such as a spreadsheet's cells: the fewest rows, what may be between its cells, and the most lines of
# words above it.
FEWEST_ROWS, MARKS, MOST_WORDS = 3, "\t;,", 20


class WordsField(TextArea):
    """Free text."""

    DEFAULT_CSS: ClassVar[str] = """
    WordsField { height: auto; min-height: 3; max-height: 7; background: $surface; border: round $panel; padding: 0 1;
                 &:focus { border: round $primary; } }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("shift+enter,ctrl+j", "new_line", "New line", show=False)]

    @dataclass
    class Submitted(Message):
        """Enter was pressed."""

        text: str

    @dataclass
    class TablePasted(Message):
        """A table was pasted, perhaps below words that belong into the field."""

        words: str
        table: str
        rows: int

    def __init__(self, placeholder: str, *, text: str = "", takes_tables: bool = False, **options: Any) -> None:  # noqa: ANN401  the toolkit's own
        """Begin with a text; a pasted table is reported (`TablePasted`) if requested, else it is plain text."""
        super().__init__(text, placeholder=placeholder, compact=False, highlight_cursor_line=False, **options)
        self._takes_tables = takes_tables

    def on_mount(self) -> None:
        self.move_cursor(self.document.end)

    async def _on_paste(self, event: events.Paste) -> None:
        # Other text is inserted by the toolkit, which calls its own handler after this one.
        if self._takes_tables and (found := table_below(event.text)):
            event.stop()
            event.prevent_default()
            self.post_message(self.TablePasted(*found, rows_in(found[1])))

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            self.post_message(self.Submitted(self.text))
            return
        await super()._on_key(event)

    def action_cursor_down(self, select: bool = False) -> None:  # noqa: FBT001, FBT002  the toolkit's signature
        """Move a line down; from an empty field to the list below it."""
        below = self.screen.query("AnswerBox Choices") if not self.text else ()
        for each in below:
            each.focus()
            return
        super().action_cursor_down(select)

    def action_new_line(self) -> None:
        self.insert("\n")


class PathLine(Input):
    """A line for a path: a pasted table is kept as a file, whose path it then holds."""

    def _on_paste(self, event: events.Paste) -> None:
        # Other text is inserted by the toolkit, which calls its own handler after this one.
        if rows_in(event.text):
            event.stop()
            event.prevent_default()
            try:
                self.value = kept_table(event.text)
            except OSError as error:
                self.app.notify(f"{error}: save the table as a file, and name that.", severity="error", markup=False)
            self.cursor_position = len(self.value)


def kept_table(text: str) -> str:
    """Keep a pasted table as a file, and return its path: equal tables have the same file.

    OSError if it cannot be written.
    """
    from advisor.interview import remembered

    written = ("\n".join(text.splitlines()) + "\n").encode("utf-8", "replace")
    return str(remembered.keep_examples(written, ".tsv" if "\t" in text else ".csv"))


def table_below(text: str) -> tuple[str, str] | None:
    """Return a pasted text as words and the table below them, which may be none; None without a table."""
    lines = text.splitlines(keepends=True)
    for at in (0, *_beginnings(lines[:MOST_WORDS])):
        if rows_in(table := "".join(lines[at:])):
            return "".join(lines[:at]).strip(), table
    return None


def _beginnings(lines: list[str]) -> Iterable[int]:
    """Return where a table may begin: after a blank line or one that ends with a colon, and at the first tab."""
    for at, line in enumerate(lines):
        if at and (not lines[at - 1].strip() or lines[at - 1].rstrip().endswith((":", "\uff1a")) or "\t" in line):
            yield at


def rows_in(text: str) -> int:
    """Return the number of rows of a pasted table, 0 if it is none: all have as many cells, and several."""
    lines = [line for line in text.splitlines() if line.strip()]
    for mark in MARKS:
        try:
            widths = [len(row) for row in csv.reader(lines, delimiter=mark)]
        except csv.Error:
            return 0
        if len(widths) >= FEWEST_ROWS and len({*widths}) == 1 and widths[0] > 1:
            return len(widths)
    return 0
