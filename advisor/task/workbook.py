"""Reads rows from workbooks: Excel's and OpenDocument's, by calamine (Rust, 2 MB), and SQLite's tables."""

import datetime as dt
import re
import sqlite3
import zipfile
from collections import Counter
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from advisor.errors import InputError, one_line
from advisor.families.values import Absent
from advisor.system.source import OpenLayoutError, place, quoted, set_option
from advisor.task import sql_dump
from advisor.task.header import distinct_names, head_of
from advisor.task.layout import SQLITE, Given, Layout
from advisor.task.printed import is_header
from advisor.task.record import Row, SheetLine
from advisor.units import counted
from catalog.damaged_zip import DAMAGED_ZIP

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

# The most that a workbook may unpack to: it is read whole.
MOST_UNPACKED = 512 << 20
MOST_LOOKED = 500
# Another sheet with this share of the largest one's rows may be the intended one.
_AS_LARGE = 0.5
# Beside a sheet with so many times the letters a row, and not far fewer rows, one with fewer than these has no texts.
_FEW_LETTERS, _TIMES = 12, 10
# The end of a key's name, the fewest letters before it, and how many times the letters of its details a row has.
_ID, _LETTERS, _MORE = re.compile(r"[\W_]*(?:id|code|key|nr|no)s?$"), 3, 2
_OWN_TEXT = 24  # letters of a cell that occurs once and is longer than a date and time
# Share of a column's values that another sheet must have to be joined.
_KNOWN = 0.9
_CURE = "save it as CSV"


def workbook_layout(path: Path, given: Given) -> Layout:
    """Return which sheet holds the table, and where it begins there.

    InputError if the file is unreadable, the sheet is missing, or several are equally likely.
    """
    sheets = sheets_of(path)
    filled = {name: sum(width_of(row) > 1 for row in rows) for name, rows in sheets.items()}
    if given.sheet is not None:
        if given.sheet not in sheets:
            known = ", ".join(quoted(name) for name in sheets)
            raise InputError(f"{place(path)}: has no sheet {quoted(given.sheet)}; its sheets are {known}")
        name = given.sheet
    else:
        letters = {each: _text_size(rows) / max(1, filled[each]) for each, rows in sheets.items()}
        told = [each for each in sheets if not _is_bare(each, letters, filled)]
        name = max(told, key=lambda each: (filled[each], len(sheets[each])))
        name = next((each for each in told if _tells_of(sheets, name, each, letters, filled)), name)
        large = [each for each in told if filled[each] > 1 and filled[each] >= _AS_LARGE * filled[name]]
        # Of a sheet with texts and one with details of its rows, the first is the table.
        main = max(large, key=lambda each: _text_size(sheets[each]), default=name)
        names, rows, _ = _table(sheets[main])
        large = [each for each in large if each == main or _join(sheets, each, main, names, rows) is None]
        large = [each for each in large if each == main or not _tells_of(sheets, each, main, letters, filled)]
        if _has_labels(rows):  # beside such a sheet one with few letters lists people or things
            few = [
                each
                for each in large
                if letters[main] >= _MORE * letters[each] and filled[each] <= _MORE * filled[main]
            ]
            large = [each for each in large if each not in few]
        name = main if len(large) == 1 else name
        head = head_of(sheets[main][:MOST_LOOKED])
        # However short, a sheet with the same header is one more part of the table.
        alike = [each for each in sheets if filled[each] > 1 and _table(sheets[each])[0] == names]
        alike = alike if head.names is None else [each for each in alike if each in large]
        if len(alike) > 1 and set(large) <= set(alike):
            return Layout("workbook", above=head.above)
        if len(large) > 1:
            key, known = "examples.sheet", " and ".join(f"{quoted(each)} ({filled[each]} rows)" for each in large[:4])
            raise OpenLayoutError(
                f"{place(path)}: the sheets {known} hold a table each; name one, e.g. {set_option(key, large[0])}",
                key,
                tuple((each, counted(filled[each], "row")) for each in large),
            )
    head = head_of(sheets[name][:MOST_LOOKED], given.header)
    return Layout("workbook", above=head.above, names=head.names, sheet=name)


def sheet_names(path: Path) -> tuple[str, ...]:
    """Return the names of the sheets that are not empty; InputError if the file cannot be read."""
    return tuple(name for name, rows in sheets_of(path).items() if rows)


def read_workbook(path: Path, _: IO[bytes], layout: Layout) -> Iterator[Row]:
    """Yield a sheet's rows, joined with another sheet by ids or codes; `Row.line` is the sheet's row.

    InputError naming the file, the row and the cure.
    """
    sheets = sheets_of(path)
    if not layout.sheet:
        yield from _alike(sheets)
        return
    rows = sheets[layout.sheet]
    names, below, lines = table_of(rows, layout.names, layout.above)
    told = _without_headers(names, below, lines)[0]
    left, keys = [each for each in sheets if each != layout.sheet], set[int]()
    while (
        found := next(
            filter(None, (_join(sheets, each, layout.sheet, names, told, joined=keys) for each in left)), None
        )
    ) is not None:
        left.remove(found.sheet)
        keys.add(found.key)
        names = [*names, *found.names]
        below, told = ([[*row, *_joined(found, row[found.key])] for row in each] for each in (below, told))
    yield from (Row(line, dict(zip(names, row, strict=True))) for line, row in zip(lines, below, strict=True))


def _alike(sheets: Mapping[str, list[list[Any]]]) -> Iterator[Row]:
    """Yield the rows of all sheets with the largest one's columns, with the sheet's name; each is shown by its own."""
    tables = {name: _table(rows) for name, rows in sheets.items()}
    names = max(tables.values(), key=lambda table: len(table[1]))[0]
    own, count = "sheet" if "sheet" not in names else "sheet of the workbook", 0
    for sheet, (columns, rows, lines) in tables.items():
        if columns == names:
            for line, row in zip(lines, rows, strict=True):
                count += 1
                shown = SheetLine.of(count, f"{quoted(sheet)} row {line}")
                yield Row(shown, dict(zip(names, row, strict=True)) | {own: sheet})


def _table(rows: list[list[Any]]) -> tuple[list[str], list[list[object]], list[int]]:
    head = head_of(rows[:MOST_LOOKED])
    names, below, lines = table_of(rows, head.names, head.above)
    return names, *_without_headers(names, below, lines)


def _without_headers(
    names: Sequence[str], rows: Sequence[list[object]], lines: Sequence[int]
) -> tuple[list[list[object]], list[int]]:
    """Return the rows, and the number of each, that do not repeat the header, as it may on each page."""
    kept = [at for at, row in enumerate(rows) if not is_header(dict(zip(names, row, strict=True)))]
    return [rows[at] for at in kept], [lines[at] for at in kept]


class Sheets(dict[str, list[list[Any]]]):
    """The cells of sheets by name; of a database's columns that name rows of a table also this table and its key."""

    declared: dict[tuple[str, str], tuple[str, str]] | None = None  # None: nothing can be declared.


class _Join(NamedTuple):
    """Another sheet to join by a column's values: labels by id, or meanings of codes."""

    sheet: str
    key: int
    names: list[str]
    rows: dict[str, list[object]]


def _joined(found: _Join, code: object) -> list[object]:
    """Return the cells that a code stands for; of a code that the other sheet lacks, ones that say so."""
    named = f"{str(code)[:40]!r}"
    said = Absent.of("names what its table does not have", f"add {named} there")
    return found.rows.get(str(code), [None if code is None else said] * len(found.names))


def table_of(
    rows: list[list[Any]], given: Sequence[str] | None, above: int = 0
) -> tuple[list[str], list[list[object]], list[int]]:
    """Return the column names of a table that begins below some rows, its rows in order, and the number of each."""
    header, body = list(given or ()), list(enumerate(rows, 1))[above:]
    if not header and body:
        first = body[0][1]
        header = ["" if (name := _value(cell)) is None else str(name).strip() for cell in first]
        del body[0]
    used = [at for at, name in enumerate(header) if name]
    below = [[_value(row[at]) if at < len(row) else None for at in used] for _, row in body]
    return distinct_names([header[at] for at in used]), below, [line for line, _ in body]


def _is_named(column: str, sheet: str) -> bool:
    """Return whether a column is named after a sheet: "type_id" after "types" or "mail_type"."""
    stem, other = _ID.sub("", column.casefold()), sheet.casefold()
    return min(len(stem), len(other)) >= _LETTERS and (stem in other or other in stem)


def _tells_of(
    sheets: Sheets,
    sheet: str,
    main: str,
    letters: Mapping[str, float],
    filled: Mapping[str, int],
) -> bool:
    """Return whether a sheet has details of another's rows, such as a log of each: it names these, which tell more.

    Reviews of customers have texts of their own.
    """
    is_short = letters[main] >= _MORE * letters[sheet] and _TIMES * filled[main] >= filled[sheet]
    if sheet == main or not is_short:
        return False
    texts = Counter(cell for row in sheets[sheet] for cell in row if isinstance(cell, str) and len(cell) > _OWN_TEXT)
    if 2 * sum(count == 1 for count in texts.values()) > filled[sheet]:
        return False
    names, rows, _ = _table(sheets[sheet])
    return _join(sheets, main, sheet, names, rows) is not None


def _join(
    sheets: Sheets,
    sheet: str,
    main: str,
    names: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    joined: Container[int] = (),
) -> _Join | None:
    """Return another sheet to join with `main`; None if no column of the others is a key of one of its columns.

    Of the columns that are not `joined` yet, those named after the sheet or declared as its foreign keys are tried
    first, alone if one is called an id of it, and none of another. A key's values are unique and cover nearly all
    values of the column, which are two or more; a column named after the main table ("mail_id") most of them. A
    codebook of several variables names these in a column: then its lines of one variable are the sheet.
    """
    others, below, _ = _table(sheets[sheet])
    below = [row for row in below if any(cell is not None for cell in row)]
    variable = next((at for at in range(len(others)) if {row[at] for row in below} & set(names)), None)
    keys_of = {at: _named_by(sheets, sheet, other) for at, other in enumerate(others)}
    by_main = [at for at, other in enumerate(others) if main.casefold() in other.casefold() or main in keys_of[at]]
    left = {at: name for at, name in enumerate(names) if at not in joined}
    named = {at: _named_by(sheets, main, name) for at, name in left.items()}
    own = {at: name for at, name in left.items() if sheet in named[at]}
    free = {at: name for at, name in left.items() if not named[at]}
    has_id = any(map(_ID.search, map(str.casefold, own.values())))
    for key, name in (own if has_id else own | free).items():
        values = Counter(str(row[key]) for row in rows if row[key] is not None)
        keys = {name, *(sheets.declared or {}).get((main, name), ())[1:]}
        as_id = {at: bool(_ID.search(other.casefold())) + 2 * (other in keys) for at, other in enumerate(others)}
        lines = below if variable is None else [row for row in below if row[variable] == name]
        for at in by_main or sorted(as_id, key=as_id.__getitem__, reverse=True):  # a rank is unique, too
            found = {str(row[at]): row for row in lines if row[at] is not None}
            known = sum(count for value, count in values.items() if value in found)
            least = _AS_LARGE if by_main else _KNOWN
            if key not in own and not by_main and not _may_mean(sheets, values, found, is_called=others[at] == name):
                continue
            if len(values) > 1 and len(found) == len(lines) and known >= least * values.total():
                more = [n for n in range(len(others)) if n not in (at, variable)]
                kept = {value: [row[n] for n in more] for value, row in found.items()}
                new = [others[n] if others[n] not in names else f"{others[n]} ({others[at]})" for n in more]
                return _Join(sheet, key, new, kept) if more else None
    return None


def _named_by(sheets: Sheets, main: str, column: str) -> set[str]:
    """Return the table that a column of the main one is declared to name rows of, else those that it is named after."""
    declared = (sheets.declared or {}).get((main, column))
    return {declared[0]} if declared else {each for each in sheets if each != main and _is_named(column, each)}


def _may_mean(sheets: Sheets, values: Counter[str], keys: Collection[str], *, is_called: bool) -> bool:
    """Return whether a column that is not named after a sheet may name its rows, by values and if it `is_called` alike.

    Whole numbers are alike by chance: those of a database's tables need the key's name, and those of a workbook most of
    the keys; row numbers, which both have of their own, show it only in a workbook whose sheet has no other rows.
    """
    if not all(map(str.isdecimal, values)):
        return True
    if values.total() > len(values):
        return is_called or (sheets.declared is None and 2 * len(values) >= len(keys))
    return is_called and sheets.declared is None and all(key in values for key in keys)


def sheets_of(path: Path) -> Sheets:
    """Return the cells of each sheet from its first row on; InputError if the file is no workbook, or too large."""
    from python_calamine import CalamineError, CalamineWorkbook  # a reader for this format only

    try:
        size = path.stat().st_size
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                size = sum(each.file_size for each in packed.infolist())
        if size > MOST_UNPACKED:
            raise InputError(f"{place(path)}: holds more than 512 MiB; keep a part of it, or {_CURE}")
        if path.suffix.lower() == ".sql":
            return Sheets(sql_dump.tables(path))
        with path.open("rb") as stream:
            if stream.read(len(SQLITE)) == SQLITE:
                return _tables(path)
        with path.open("rb") as stream, CalamineWorkbook.from_filelike(stream) as book:
            return Sheets({name: _cells(book.get_sheet_by_name(name)) for name in book.sheet_names})
    except (*DAMAGED_ZIP, CalamineError, OSError, sqlite3.Error) as error:
        raise InputError(
            f"{place(path)}: is not a readable workbook ({one_line(str(error) or type(error).__name__, 120)}); {_CURE}"
        ) from None


def _cells(sheet: "CalamineSheet") -> list[list[Any]]:
    """Return a sheet's cells from its first row on; one merged over several rows is repeated in each of them."""
    rows = sheet.to_python(skip_empty_area=False)
    for (top, left), (bottom, _) in sheet.merged_cell_ranges or ():
        for row in rows[top + 1 : bottom + 1]:
            row[left : left + 1] = rows[top][left : left + 1] or row[left : left + 1]
    return rows


def _tables(path: Path) -> Sheets:
    """Return the header and the cells of each table of a SQLite database, opened read-only, and its foreign keys."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
        database.text_factory = lambda raw: raw.decode(errors="replace")
        listed = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        names = [name for (name,) in database.execute(listed)]
        found, links = (
            Sheets(),
            """
            SELECT "from", tables.name, coalesce("to", (SELECT name FROM pragma_table_info("table") WHERE pk = 1))
            FROM pragma_foreign_key_list(?) JOIN sqlite_master AS tables ON lower(tables.name) = lower("table")
        """,
        )
        found.declared = {}
        for name in names:
            own = database.execute(links, (name,)).fetchall()
            found.declared |= {(name, column): (other, str(to)) for column, other, to in own if other in names}
            rows = database.execute(f'SELECT * FROM "{name.replace(chr(34), chr(34) * 2)}"')  # noqa: S608  quoted
            cells = [[None if isinstance(cell, bytes) else cell for cell in row] for row in rows]
            found[name] = [[column[0] for column in rows.description], *cells]
        return found


def _text_size(rows: Sequence[Sequence[object]]) -> int:
    return sum(len(cell) for row in rows for cell in row if isinstance(cell, str))


def _is_bare(name: str, letters: Mapping[str, float], filled: Mapping[str, int]) -> bool:
    """Return whether a sheet has numbers and codes beside another's texts, such as a survey's repeated questions.

    `letters` are the sheets' letters a row, `filled` their rows.
    """
    is_beside = (letters[each] >= _TIMES * letters[name] and _TIMES * filled[each] >= filled[name] for each in letters)
    return 0 < letters[name] < _FEW_LETTERS and any(is_beside)


def _has_labels(rows: Sequence[Sequence[object]]) -> bool:
    """Return whether a column of a table has a few words or numbers that repeat."""
    counts = (Counter(cell for cell in column if cell is not None) for column in zip(*rows, strict=True))
    return any(len(values) > 1 and _TIMES * len(values) <= values.total() for values in counts)


def width_of(row: Sequence[Any]) -> int:
    """Return how many cells of a row are filled."""
    return sum(cell not in (None, "") for cell in row)


def _value(cell: object) -> object:
    """Return a cell as a row's value: whole numbers without a point, dates and times as text."""
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    if isinstance(cell, dt.datetime | dt.date | dt.time):
        return cell.isoformat(sep=" ") if isinstance(cell, dt.datetime) else cell.isoformat()
    if isinstance(cell, dt.timedelta):
        return str(cell)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return None if cell == "" else cell
