"""Reads the rows of a file, whatever program wrote it; errors name the file and the line."""

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache, partial
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import IO, NamedTuple

from advisor.errors import InputError
from advisor.families.values import Absent, is_blank, loaded
from advisor.paths import is_file, is_folder
from advisor.system.source import MOST_HELD, is_settled, open_regular, place, refuse
from advisor.task.encoding import as_utf8
from advisor.task.evaluations import known as evaluations
from advisor.task.folder_files import IMAGE, SOUND, TEXT
from advisor.task.folder_kinds import found_in
from advisor.task.folder_rows import has_pages, read_folder
from advisor.task.hub_files import shards_of
from advisor.task.json_rows import shaped
from advisor.task.json_shapes import AS_IS, Shape, shape_of_table
from advisor.task.known_formats import ENDINGS, FORMS
from advisor.task.layout import GUESSED, Given, Layout, layout_of
from advisor.task.marks import (
    cut_arrows,
    cut_marks,
    cut_tags,
    footer,
    joined_crosses,
    joined_repeats,
    with_majority,
    without_maximum,
)
from advisor.task.markup_rows import has_paragraphs, is_page_text, page_text
from advisor.task.near_files import Named, files_near, named_by, text_column, text_near
from advisor.task.noted import with_notes
from advisor.task.parquet_rows import read_parquet
from advisor.task.printed import adds_up, without_print
from advisor.task.record import NoColumnError, Row, inside, need_columns, peeked
from advisor.task.word_rows import joined_words

MAX_FILE_BYTES = 1 << 30
MAX_JSON_BYTES = 64 << 20
MAX_ROWS = 1_000_000
# Rows that show whether a column names files; most words in a file's name.
LOOKED, _NAME_WORDS = 200, 10
# Of a column's texts: most are HTML; so many that it is no chance; of other columns of that table.
_MOSTLY_PAGES, _SOME_PAGES, _FEW_PAGES = 0.8, 0.1, 0.02
_MARKED = re.compile(r"</?[a-z]|&#?\w+;", re.IGNORECASE)
# Most files in a folder among which its tables are searched, and most of these that are read.
_MOST_FILES, _MOST_TABLES, _FEWEST_NAMED = 100_000, 20, 5
# Forms whose cells are texts, those that programs print pages of, and those with notes of screening tools.
OF_CELLS = frozenset({"delimited", "workbook"})
_PRINTED = OF_CELLS | {"html", "piped"}
NOTED = OF_CELLS | {"fields"}
NO_FILE = Absent.of("names a file that is not there", "correct the name or add the file")
_ABSENT = "check its name; in a task file a path is relative to that file"
Reader = Callable[[Path, IO[bytes], Layout], Iterator[Row]]
_EMPTY = "is empty; it needs at least two examples of different labels"


def read_rows(path: Path, columns: tuple[str, ...], given: Given = GUESSED) -> Iterator[Row]:
    """Yield the rows of a file, each with at least the named columns; they are shared and must not be modified.

    A file of moderate size is read once for the interview, the previews, the plan and the run; its rows are kept,
    without a final row of totals, until it changes. A larger file, or one with an error or a missing column, is read
    row by row, so that errors have their place. `advisor.task.layout` guesses the layout from the file alone, so all of
    them read it alike; a first line that names the requested columns is always a header. InputError naming the file,
    the line and the cure: missing file, unknown format, bad encoding, NUL bytes, a line over 4 MiB, a missing column, a
    malformed record.
    """
    if is_folder(path):
        yield from read_folder(path, columns)
        return
    rows = held_rows(path, given)
    dotted = [name for name in columns if "." in name]
    if rows and dotted:
        _need_fields(path, dotted, rows)
        rows = tuple(inside(row, dotted) for row in rows)
    is_held = rows is not None and all(row.columns.keys() >= set(columns) for row in rows)
    # For a text file in a folder its table has the name.
    own = columns if is_held else tuple(dict.fromkeys(named_by(name) or name for name in columns))
    if rows is None or not all(row.columns.keys() >= set(own) for row in rows):
        read = streamed(path, own, given)
    else:
        read = iter(rows[: len(rows) - (footer(rows) or adds_up(rows))])
    for at, row in enumerate(_with_files(path, read if given.tags == "keep" else _without_tags(read))):
        if at == 0 and own != columns:
            need_columns(path, None, tuple(row.columns), columns)
        yield inside(row, dotted)


def _need_fields(path: Path, names: Sequence[str], rows: Sequence[Row]) -> None:
    """Refuse a field of an object that none of all rows has; NoColumnError with their columns."""
    have = tuple(rows[0].columns)
    for name in names:
        if name not in have and all(inside(row, [name]).columns.get(name, "") is None for row in rows):
            raise NoColumnError(path, None, name, have)


class _Files(NamedTuple):
    """The columns of a table that name files near it: unique to their rows, or shared."""

    named: Mapping[str, Named]
    own: frozenset[str]
    texts: frozenset[str]


def files_of(path: Path, looked: Sequence[Row]) -> _Files:
    """Return the columns whose cells mostly name files near the table."""
    cells: dict[str, list[str]] = {}
    for row in looked:
        for name, cell in row.columns.items():
            if isinstance(cell, str | int) and (text := str(cell).strip().casefold()):
                cells.setdefault(name, []).append(text)
    may_name = {
        name: texts
        for name, texts in cells.items()
        if max(len(text.split()) for text in texts) <= _NAME_WORDS
        and (2 * len(set(texts)) > len(texts) or any(text.endswith(TEXT) for text in texts))
    }
    found: dict[str, Named] = {}
    home = path.absolute().parent
    with suppress(OSError):  # reported when the files are read
        found = _naming(may_name, files_near(home) if may_name else {})
        ending = {name: texts for name, texts in may_name.items() if texts[0].endswith((*SOUND, *IMAGE, *TEXT))}
        if ending and not found:  # for a table in a folder of its own
            found = _naming(ending, {name: f"../{file}" for name, file in files_near(home.parent).items()})
    own = frozenset(name for name in found if 2 * len(set(may_name[name])) > len(may_name[name]))
    named = {name: [file for text in set(may_name[name]) if (file := of.file(text))] for name, of in found.items()}
    texts = (name for name, held in named.items() if all(file.lower().endswith(TEXT) for file in held))
    return _Files(found, own, frozenset(texts))


def _without_tags(rows: Iterator[Row]) -> Iterator[Row]:
    """Yield a table's rows; columns of HTML texts are reduced to their visible text."""
    looked, rows = peeked(rows, LOOKED)
    pages = _pages_in(looked)
    if not pages:
        yield from rows
        return
    for row in rows:
        cells = ((name, row.columns.get(name)) for name in pages)
        shown = {name: _shown(cell) for name, cell in cells if isinstance(cell, str) and _MARKED.search(cell)}
        yield row._replace(columns=row.columns | shown) if shown else row


_shown = lru_cache(maxsize=10_000)(page_text)  # parsing takes a millisecond or so


def _pages_in(looked: Sequence[Row]) -> list[str]:
    """Return the columns that are mostly HTML; all with tags, if an editor of HTML wrote some texts of one.

    Nothing if a column has positions in a text, as spans do.
    """
    cells: dict[str, list[str]] = {}
    for row in looked:
        for name, cell in row.columns.items():
            value = loaded(cell)
            if isinstance(value, list) and any(isinstance(each, list | dict) for each in value):
                return []
            if isinstance(cell, str) and cell.strip():
                cells.setdefault(name, []).append(cell)
    is_edited = any(sum(map(has_paragraphs, texts)) >= _SOME_PAGES * len(texts) for texts in cells.values())
    least = _FEW_PAGES if is_edited else _MOSTLY_PAGES
    return [name for name, texts in cells.items() if sum(map(is_page_text, texts)) >= least * len(texts)]


def _naming(cells: Mapping[str, Sequence[str]], files: Mapping[str, str]) -> dict[str, Named]:
    return {name: of for name, texts in cells.items() if 2 * (of := Named(texts, files)).count > len(texts)}


def _with_files(path: Path, rows: Iterator[Row]) -> Iterator[Row]:
    """Yield a table's rows; columns that mostly name files near the table are resolved.

    Pictures and recordings become paths, a document named in a single row its text, a missing one `Absent`. A document
    named in several rows keeps its name; its text gets a column of its own (`text_column`).
    """
    looked, rows = peeked(rows, LOOKED)
    files = files_of(path, looked)
    shared = (name for name in sorted(files.texts - files.own) if text_column(name) not in looked[0].columns)
    further = {name: text_column(name) for name in shared}
    if not files.named:
        yield from rows
        return
    for row in rows:
        cells = row.columns
        at = {name: of.file(cells[name]) for name, of in files.named.items() if not is_blank(cells.get(name))}
        found = {name: _stands_for(path, file, is_own=name in files.own) for name, file in at.items() if file}
        lost = (name for name, file in at.items() if not file and name in files.own & files.texts)
        found |= {name: NO_FILE for name in lost if _may_name(str(cells[name]))}
        found |= {
            column: _text_at(path, file) if (file := at.get(name)) else NO_FILE if name in at else ""
            for name, column in further.items()
        }
        yield row._replace(columns=cells | found) if found else row


def _may_name(cell: str) -> bool:
    """Return whether a cell looks like a file's name rather than a short text: "c98.txt", "c99", "998 Lost_MSA"."""
    words = cell.split()
    return len(words) == 1 or (len(words) <= _NAME_WORDS and (cell.lower().endswith(TEXT) or "_" in cell))


def _stands_for(path: Path, file: str, *, is_own: bool) -> str:
    """Return the resolved value of a file near a table: its path, its text if no other row names it, or its name."""
    if not file.lower().endswith(TEXT):
        return file
    return _text_at(path, file) if is_own else file.rpartition("/")[2]


def _text_at(path: Path, file: str) -> str:
    try:
        return text_near(path.parent / file)
    except OSError as error:
        refuse(path.parent / file, error, _ABSENT)


def table_of(folder: Path) -> Path | None:
    """Return the table, in a folder without answers of its own or next to it, whose rows name files of the folder.

    A single table in the folder need not name any. None if there are several or none. OSError if the folder cannot be
    read.
    """
    inside = [each for each in sorted(islice(folder.iterdir(), _MOST_FILES)) if each.name[0] != "." and is_folder(each)]
    for homes in ([folder], inside[:_MOST_TABLES], [folder.absolute().parent]):
        if folder not in homes and found_in(folder).kind not in {"texts", "files", ""}:
            return None
        held = (each for home in homes for each in sorted(islice(home.iterdir(), _MOST_FILES)) if _is_table(each))
        tables = list(islice(held, _MOST_TABLES))
        naming = [each for each in tables if _names_files(each, folder)]
        if not naming and homes == [folder] and found_in(folder).kind in {"texts", "files", ""}:
            naming = tables
        if naming:
            return naming[0] if len(naming) == 1 else None
    return None


def _is_table(file: Path) -> bool:
    ending = file.suffix.lower()
    return ending in ENDINGS and ending not in TEXT and is_file(file)


def _names_files(table: Path, folder: Path) -> bool:
    """Return whether a column of a table with further columns names files in a folder, some of them repeatedly."""
    try:
        looked = list(islice(streamed(table, (), GUESSED), LOOKED))
        named = files_of(table, looked).named if looked and len(looked[0].columns) > 1 else {}
        files = files_near(table.absolute().parent)
    except (InputError, OSError):
        return False
    below = Path(os.path.relpath(folder.absolute(), table.absolute().parent)).as_posix()
    for name in looked[0].columns if looked else ():
        cells = [str(cell) for row in looked if (cell := row.columns.get(name)) not in (None, "")]
        of = named.get(name) or Named(cells, files)
        found = [file for cell in cells if (file := of.file(cell))]
        inside = sum(below == "." or file.startswith(f"{below}/") for file in found)
        if 2 * inside > len(looked) and (name in named or len(set(found)) >= _FEWEST_NAMED):
            return True
    return False


def layout(path: Path, given: Given = GUESSED) -> Layout:
    """Return a file's layout; InputError naming the file and the cure, if it is unknown or ambiguous."""
    try:
        status = path.stat()
        if is_folder(path) or not is_settled(status.st_mtime_ns):
            return layout_of(path, given)
        return _layout(path.absolute(), given, status.st_mtime_ns, status.st_size)
    except (OSError, ValueError) as error:
        refuse(path, error, _ABSENT)


def read_without_tags(path: Path, given: Given = GUESSED) -> Sequence[str]:
    """Return the columns of a file, or of a folder's files, that are reduced to their visible text.

    InputError as `layout`.
    """
    if is_folder(path):
        return ["text"] if has_pages(path) else ()
    if given.tags == "keep":
        return ()
    return _pages_in((held_rows(path, given) or tuple(islice(streamed(path, (), given), LOOKED)))[:LOOKED])


@lru_cache(maxsize=16)
def _layout(path: Path, given: Given, changed: int, size: int) -> Layout:
    del changed, size
    return layout_of(path, given)


def held_rows(path: Path, given: Given) -> tuple[Row, ...] | None:
    kept = _kept(path, given)
    return kept.rows if kept is not None else None


def repeated_headers(path: Path, given: Given) -> int:
    kept = _kept(path, given)
    return kept.headers if kept is not None else 0


class _Kept(NamedTuple):
    """The rows of a file, and how many repeated headers are none."""

    rows: tuple[Row, ...]
    headers: int


def _kept(path: Path, given: Given) -> _Kept | None:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    # Parquet reads named columns only; evaluations and folders depend on the times of other files, too.
    if path.suffix.lower() in {".parquet", *evaluations.ENDINGS} or status.st_size > MOST_HELD or is_folder(path):
        return None
    if not is_settled(status.st_mtime_ns) or len(shards_of(path)) > 1:
        return None
    return _whole(path.absolute(), given, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=2)  # the examples, and the training rows or the documents
def _whole(path: Path, given: Given, changed: int, size: int) -> _Kept | None:
    """Return all rows of a file in its current state; None if some are unreadable."""
    del changed, size
    again: list[int] = []
    try:
        return _Kept(tuple(streamed(path, (), given, again)), len(again))
    except InputError:
        return None


def streamed(path: Path, columns: tuple[str, ...], given: Given, again: list[int] | None = None) -> Iterator[Row]:
    """Yield the rows of a file; for a Hub split those of further shards too, as far as rows are consumed.

    The lines of repeated headers are appended to `again`.
    """
    count = line = 0
    for part in shards_of(path):
        above = line
        for row in _of_file(part, columns, given, again):
            if count == MAX_ROWS:
                if part != path:
                    return
                raise InputError(f"{place(path, row.line)}: holds more than a million rows; a few hundred suffice")
            count, line = count + 1, above + row.line if above else row.line
            yield row._replace(line=line) if above else row


def _of_file(path: Path, columns: tuple[str, ...], given: Given, again: list[int] | None) -> Iterator[Row]:
    is_large = partial("is larger than {}; {}".format)
    largest, too_large = MAX_FILE_BYTES, is_large("1 GiB", "a few hundred examples suffice, keep a part of it")
    with open_regular(path, largest=largest, too_large=too_large, absent=_ABSENT, empty=_EMPTY) as stream:
        found = layout(path, given)
        if found.names is not None and not set(columns) <= {*found.names} and given.header is None:
            found = layout(path, given._replace(header="present"))
        if (smaller := FORMS[found.form].smaller) and path.stat().st_size > MAX_JSON_BYTES:
            raise InputError(f"{place(path)}: {is_large('64 MiB', smaller)}")
        try:
            yield from _read(path, stream, columns, found, again)
        except OSError as error:
            refuse(path, error, _ABSENT)


def _read(
    path: Path, stream: IO[bytes], columns: tuple[str, ...], found: Layout, again: list[int] | None
) -> Iterator[Row]:
    """Yield the rows of an open file, with labels marked in the text, converted from a tool's format."""
    form = FORMS[found.form]
    if found.form == "parquet":
        return read_parquet(path, columns)
    if found.form == "evaluation":
        return shaped(path, iter(evaluations.read(path).rows), columns, AS_IS)
    is_text = found.form != "workbook"
    text = as_utf8(path, stream, found.encoding) if is_text else stream
    read = reader_of(found)
    shape = table_shape(path, text, found, read) if found.form == "delimited" else None
    rows = read(path, text, found)
    rows = without_print(rows, again) if found.form in _PRINTED else rows
    if shape is not None or found.form in {"json", "jsonl"}:
        return _with_columns(path, shaped(path, rows, columns, shape), columns, found)
    if form.is_marked and (found.form != "lines" or found.names is not None):
        rows = cut_marks(cut_arrows(rows))
    elif found.form in OF_CELLS:
        rows = joined_crosses(joined_repeats(without_maximum(rows), columns), columns)
        rows = joined_words(with_majority(rows), columns)
    rows = with_notes(rows, columns) if found.form in NOTED else rows
    return _with_columns(path, rows, columns, found)


def reader_of(found: Layout) -> Reader:
    module, _, name = FORMS[found.form].reader.rpartition(".")
    read: Reader = getattr(import_module(f"advisor.task.{module}"), name)
    return read


def _with_columns(path: Path, rows: Iterator[Row], columns: tuple[str, ...], found: Layout) -> Iterator[Row]:
    """Yield rows of one header that has the requested columns."""
    rows = cut_tags(rows)
    first = next(rows, None)
    if first is not None:
        need_columns(path, found.above + 1, tuple(first.columns), columns)
        yield first
    yield from rows


def table_shape(path: Path, text: IO[bytes], found: Layout, read: Reader) -> Shape | None:
    """Return the tool's format of a table's rows, by the first of them."""
    first = next(read(path, text, found), None)
    text.seek(0)
    return None if first is None else shape_of_table(first.columns)
