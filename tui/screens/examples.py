"""The user's file, looked at while its question is open: its first rows, its columns, and what is odd about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import DataTable, Static

from advisor.errors import one_line
from tui.deferred import in_thread
from tui.widgets.error_box import ErrorBox

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from advisor.interview.facts import Notice

ROWS_SHOWN, LONGEST_CELL = 50, 90


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen of a file.

    Attributes:
        path: As it was asked for.
        header: The columns' names.
        kinds: What each holds, by its values.
        rows: The first rows, as texts.
        summary: One line about the whole.
        roles: Which columns are the input, and which is expected, as proposed.
        notices: What is odd.
    """

    path: str
    header: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    summary: str = ""
    roles: dict[str, str] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()


def see(path: str, family: str | None = None) -> Sight:
    """Look at a file; slow where it is large.

    Raises:
        InputError: if it cannot be read as examples, with the cure.
    """
    from advisor.interview.files.columns import shown
    from advisor.interview.files.hub_dataset import named_file
    from advisor.interview.files.notices import notices
    from advisor.interview.files.proposal import propose
    from advisor.interview.files.sheet import look, rows_of

    table = look(named_file(path))
    rows = rows_of(table, ROWS_SHOWN)
    proposal = propose(table, family)
    names = [column.name for column in table.columns]
    roles = dict.fromkeys(proposal.input_columns, "input") | dict.fromkeys(proposal.expected_columns, "expected")
    counted = f"{table.rows:,} {'row' if table.rows == 1 else 'rows'}{'' if table.is_counted else ' and more'}"
    wide = f"{len(names)} {'column' if len(names) == 1 else 'columns'}"
    return Sight(
        path,
        tuple(names),
        tuple(column.kind for column in table.columns),
        tuple(tuple(one_line(shown(row.columns.get(name)), LONGEST_CELL) for name in names) for row in rows),
        f"{', '.join(filter(None, [counted, wide, table.layout]))}. {one_line(proposal.why, 200)}",
        roles,
        notices(table, proposal),
    )


class ExamplesPane(Vertical):
    """The preview of a file."""

    DEFAULT_CSS: ClassVar[str] = """
    ExamplesPane { height: auto; display: none; margin-top: 1; }
    ExamplesPane.-seen { display: block; }
    ExamplesPane DataTable { height: auto; max-height: 12; }
    ExamplesPane .about, ExamplesPane .notices { height: auto; }
    ExamplesPane .about { color: $quiet; }
    """

    def __init__(self) -> None:
        """Show nothing yet."""
        super().__init__()
        self._path = ""

    def compose(self) -> ComposeResult:
        """Lay out what is said of the file, its rows, and what is odd."""
        yield Static(classes="about", markup=False)
        yield ErrorBox()
        yield DataTable(cursor_type="row", zebra_stripes=True)
        yield Static(classes="notices", markup=False)

    def look_at(self, path: str, family: str | None = None) -> None:
        """Look at a file, in a thread; "" hides the preview."""
        if path == self._path:
            return
        self._path = path
        self.set_class(bool(path), "-seen")
        if path:
            self.query_one(ErrorBox).clear()
            self.query_one(DataTable).clear(columns=True)
            self.query_one(".notices", Static).update("")
            self.query_one(".about", Static).update(Content(f"Looking at {one_line(path, 100)} …"))
            in_thread(self, "file", partial(see, path, family), self._draw, partial(self._tell, path))

    def _tell(self, path: str, error: str) -> None:
        if path == self._path:
            self.query_one(".about", Static).update("")
            self.query_one(ErrorBox).show(error, "Pick another file, or mend this one and pick it again.")

    def _draw(self, sight: Sight) -> None:
        if sight.path != self._path:
            return
        self.query_one(".about", Static).update(Content(sight.summary))
        table = self.query_one(DataTable)
        table.clear(columns=True)
        roles = sight.roles
        # What is expected comes first, then the input: a long text would push the rest out of sight.
        known = {"expected": 0, "input": 1}
        order = sorted(range(len(sight.header)), key=lambda at: known.get(roles.get(sight.header[at], ""), 2))
        for at in order:
            name = sight.header[at]
            role = f" ◂ {roles[name]}" if name in roles else f" ({sight.kinds[at]})"
            table.add_column(Text(one_line(name, 40) + role))
        table.add_rows([Text(row[at], no_wrap=True) for at in order] for row in sight.rows)
        lines = []
        for notice in sorted(sight.notices, key=lambda notice: not notice.is_grave):
            sign = ("! ", "bold $text-error") if notice.is_grave else ("· ", "$quiet")
            lines.append(Content.assemble(sign, one_line(notice.text, 300)))
        self.query_one(".notices", Static).update(Content("\n").join(lines))
