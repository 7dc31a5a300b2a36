"""Inspects a user's file of examples: its columns, how many rows, and where it breaks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from advisor.errors import InputError
from advisor.families.values import Absent, as_label
from advisor.interview.files.columns import Column, are_of, describe, is_empty, may_be_labels, shown
from advisor.interview.files.names import ANSWER, is_any
from advisor.paths import is_file, is_folder
from advisor.system.source import place
from advisor.task.chosen import ALL, Chosen
from advisor.task.described_rows import described
from advisor.task.labels import NO_LABEL, kept_of
from advisor.task.layout import GUESSED, Given
from advisor.task.record import Row, inside
from advisor.task.rows import read_rows

# Rows that are inspected, and rows that are counted.
LOOKED, COUNTED = 5000, 200_000
FILES_LOOKED_FOR = 100  # rows
MOST_COLUMNS = 300
# Mean characters of a text that may be the beginning of another, and the share of rows where it is.
LEAST_BEGINNING, MOST_COPIES = 15, 0.95


@dataclass(frozen=True, slots=True)
class Table:
    """An inspected file. It holds no rows: `rows_of` reads them."""

    path: str  # The file.
    columns: tuple[Column, ...]  # In the file's order.
    rows: int  # Their number; a lower bound where `is_counted` is False.
    looked: int  # How many of the first rows the columns describe.
    is_counted: bool = True  # Whether all rows were counted.
    broken: str = ""  # The reader's error at the first unreadable row, "" if there is none; nothing after it was seen.
    blank: int = 0  # Number of entirely empty rows, as spreadsheets leave them; they count nowhere else.
    given: Given = GUESSED  # The user's corrections of the file's layout.
    layout: str = ""  # The guessed layout, in words.
    # The column that is reduced to some labels ("": none), these labels, and whether a cell keeps only one.
    kept: tuple[str, tuple[str, ...], bool] = ("", (), False)
    chosen: Chosen = ALL  # Which rows are examples.
    unchosen: int = 0  # Number of the others; they count nowhere else.
    wished: str = ""  # The user's words that choose them.
    # Words that choose rows by what no column shows, and whether these alone are to be used.
    ungranted: Mapping[str, bool] = field(default_factory=dict)
    inner: tuple[str, ...] = ()  # The columns that are fields of objects.
    stray: str = ""  # Why the file itself shows that rows of some labels are left out.

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)


def look(
    path: Path, most: int = LOOKED, given: Given = GUESSED, chosen: Chosen = ALL, said: frozenset[str] = frozenset(),
    *, fields: Sequence[str] = (),
) -> Table:  # fmt: skip
    """Read a file's first rows and count the rest, of those that are chosen.

    Fields of objects that describe a row, or the one that the words `said` name, are columns, too, and so are `fields`,
    as "area.name".
    InputError if it is unreadable or empty; names the file, the line and the cure.
    """
    rows: list[Row] = []
    counted, broken, is_counted = 0, "", True
    blank, unchosen = list[int](), list[int]()
    stream = _filled(path, given, chosen, blank, unchosen)
    try:
        rows.extend(islice(stream, most))
        counted = len(rows)
        counted += sum(1 for _ in islice(stream, COUNTED))
        is_counted = counted < most + COUNTED
    except InputError as error:
        if not rows:
            raise
        counted, broken = max(counted, len(rows)), str(error)
    if not rows and blank:
        raise InputError(f"{place(path)}: all its {len(blank)} rows are empty; fill some in")
    if not rows and unchosen:
        raise InputError(f"{place(path)}: none of its rows is chosen; change examples.only or examples.without")
    if not rows:
        raise InputError(f"{place(path)}: holds no rows; it needs some examples, one a row")
    held = (name for name in fields if any(inside(row, [name]).columns.get(name) is not None for row in rows))
    inner = tuple(dict.fromkeys((*held, *_fields_apart(rows, said))))
    rows = [inside(row, inner) for row in rows] if inner else rows
    listed = list(dict.fromkeys(name for row in rows for name in row.columns))
    if len(listed) > MOST_COLUMNS:
        raise InputError(f"{place(path)}: has {len(listed)} columns; keep those with the input and what is expected")
    columns = tuple(describe(name, [row.columns.get(name) for row in rows]) for name in listed)
    form = described(path, given)
    return Table(str(path), columns, counted, len(rows), is_counted, broken, len(blank), given, form,
                 chosen=chosen, unchosen=len(unchosen), inner=inner)  # fmt: skip


def rows_of(table: Table, most: int = LOOKED) -> list[Row]:
    """Return the first rows of a table's file, up to an unreadable one; missing keys are None.

    InputError if the file can no longer be read.
    """
    rows: list[Row] = []
    listed = [column.name for column in table.columns]
    column, labels, is_one = table.kept

    def kept(name: str, cell: object) -> object:
        if name != column or is_empty(cell):
            return cell
        own = kept_of(cell, labels)
        return Absent.of(NO_LABEL, "write one") if not own or (is_one and len(own) > 1) else "; ".join(own)

    try:
        for row in islice(_filled(Path(table.path), table.given, table.chosen, [], []), min(most, table.looked)):
            cells = inside(row, table.inner).columns
            rows.append(Row(row.line, {name: kept(name, cells.get(name)) for name in listed}))
    except InputError:
        if not rows:
            raise
    return rows


def without_files(table: Table) -> list[str]:
    """Return the columns whose files are all missing, if two columns or more hold texts; by the first rows."""
    if sum(column.kind == "text" for column in table.columns) <= 1:
        return []
    folder = path if is_folder(path := Path(table.path)) else path.parent
    named = {column.name: [shown(row.columns.get(column.name)).strip() for row in rows_of(table, FILES_LOOKED_FOR)]
             for column in table.columns if column.kind == "path"}  # fmt: skip
    return [column for column, cells in named.items() if not any(cell and is_file(folder / cell) for cell in cells)]


def beginnings(table: Table) -> set[str]:
    """Return the columns that are cut-off copies of a longer text: its beginnings, as programs show them in lists."""
    texts = [column for column in table.columns if column.kind == "text"]
    rows = rows_of(table, FILES_LOOKED_FOR) if len(texts) > 1 else []
    return {
        part.name
        for part in texts
        for whole in texts
        if part.mean_length >= LEAST_BEGINNING
        and part.mean_length < whole.mean_length
        and _begins(rows, part.name, whole.name)
    }


def _begins(rows: Sequence[Row], part: str, whole: str) -> bool:
    cells = [(shown(row.columns.get(part)).strip().rstrip(".… "), shown(row.columns.get(whole))) for row in rows]
    filled = [(one, other) for one, other in cells if one and other]
    return bool(filled) and sum(other.strip().startswith(one) for one, other in filled) >= MOST_COPIES * len(filled)


def keeping(table: Table, column: str, labels: Sequence[str]) -> Table:
    """Return a table as if a column of several labels a cell had some of them alone; one, if few cells have more."""
    for is_one in (False, True):
        table = replace(table, kept=(column, tuple(labels), is_one))
        own = describe(column, [row.columns[column] for row in rows_of(table)])
        if own.has_several:
            break
    return replace(table, columns=tuple(own if each.name == column else each for each in table.columns))


def with_labels(table: Table, labels: Sequence[str], *, sorts: bool = False) -> Table:
    """Return a table whose label columns are recognised where their values alone leave it open.

    A column of nothing but labels that the user named holds them. With `sorts` the task's answers are known to be
    labels: short values that repeat then count, even in columns that are named as texts. InputError if the file can no
    longer be read.
    """
    open_ = [column for column in table.columns if column.kind in {"text", "id", "number"} and not column.has_several]
    if not open_ or not (labels or sorts):
        return table
    known = {as_label(label).casefold() for label in labels}
    rows = rows_of(table)
    found = set()
    for column in open_:
        texts = texts_of(rows, column.name)
        is_named = bool(known) and are_of(texts, known)
        if texts and (is_named or (sorts and column.kind == "text" and may_be_labels(column.name, texts))):
            found.add(column.name)
    columns = (replace(column, kind="label") if column.name in found else column for column in table.columns)
    return replace(table, columns=tuple(columns))


def texts_of(rows: list[Row], column: str) -> list[str]:
    """Return the filled cells of a column as texts."""
    values: list[Any] = [row.columns.get(column) for row in rows]
    return [shown(value).strip() for value in values if not is_empty(value)]


def _fields_apart(rows: Sequence[Row], said: frozenset[str]) -> list[str]:
    """Return the fields of objects that are read by themselves.

    They are the only ones of theirs that words name (if all are named the object is meant), or those of an object
    that describes its row, such as a ticket's sender, and is no answer: it is not called so, and its texts are not
    parts of the row's.
    """
    fields: dict[str, dict[str, None]] = {}
    parts = dict[str, list[bool]]()  # whether each text in an object is a part of one beside it
    for row in rows:
        whole = "\0".join(cell for cell in row.columns.values() if isinstance(cell, str)).casefold()
        for name, cell in row.columns.items():
            if isinstance(cell, dict):
                held = {key: value for key, value in cell.items() if isinstance(value, str | bool | int | float)}
                fields[name] = fields.get(name, {}) | dict.fromkeys(held)
                texts = (value.strip().casefold() for value in held.values() if isinstance(value, str))
                parts.setdefault(name, []).extend(text in whole for text in texts if text)
    found: list[str] = []
    for name, own in fields.items():
        named = [each for each in own if is_any(each, said)]
        is_answer = is_any(name, ANSWER) or 2 * sum(parts[name]) > len(parts[name])
        meant = named if len(named) == 1 < len(own) else [] if is_answer else list(own)
        found.extend(f"{name}.{each}" for each in meant)
    return found


def _filled(path: Path, given: Given, chosen: Chosen, blank: list[int], unchosen: list[int]) -> Iterator[Row]:
    """Yield the chosen rows that are not empty; the lines of the others are added to `blank` or `unchosen`."""
    for row in read_rows(path, chosen.columns, given):
        if all(map(is_empty, row.columns.values())):
            blank.append(row.line)
        elif chosen.refusal(row.columns):
            unchosen.append(row.line)
        else:
            yield row
