"""Says in words how a file's rows are read: its layout, and what was merged, left out or taken from elsewhere."""

from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

from advisor.errors import InputError
from advisor.system.source import MOST_HELD, opened, quoted
from advisor.task.delimited import read_delimited
from advisor.task.encoding import as_utf8
from advisor.task.evaluations import known as evaluations
from advisor.task.folder_files import is_page
from advisor.task.folder_rows import described_folder
from advisor.task.json_rows import shape_name
from advisor.task.known_formats import FORMS
from advisor.task.layout import GUESSED, Given, Layout
from advisor.task.marks import (
    JOINED,
    MAJORITY,
    crossed,
    footer,
    maxima,
    ticks,
    voters,
    width,
)
from advisor.task.near_files import text_column
from advisor.task.noted import described_notes
from advisor.task.printed import adds_up, without_print
from advisor.task.record import Row
from advisor.task.rows import (
    LOOKED,
    NOTED,
    OF_CELLS,
    files_of,
    held_rows,
    layout,
    read_rows,
    read_without_tags,
    reader_of,
    repeated_headers,
    streamed,
    table_shape,
)
from advisor.task.word_rows import TOKENS
from advisor.units import counted


def described(path: Path, given: Given = GUESSED) -> str:
    """Return in words how a file is read; "" for an ordinary data format. InputError as `layout`."""
    found = layout(path, given)
    if found.form == "folder":
        return described_folder(path)
    return ", ".join(filter(None, (_described(path, given, found), *_said_of_texts(path, given))))


def _said_of_texts(path: Path, given: Given) -> tuple[str, ...]:
    """Return which columns became the texts of files, and which were HTML."""
    try:
        rows = held_rows(path, given) or tuple(islice(streamed(path, (), given), LOOKED))
    except InputError:  # reported when the rows are read
        return ()
    pages = read_without_tags(path, given)
    shown = f"{', '.join(map(quoted, pages))} without tags" if pages else ""
    return _said_of_files(path, rows), shown


def _said_of_files(path: Path, rows: Sequence[Row]) -> str:
    files = files_of(path, rows[:LOOKED])
    cells = [str(row.columns.get(name)) for row in rows[:LOOKED] for name in files.texts]
    pages = any((file := of.file(cell)) and is_page(file) for of in files.named.values() for cell in cells)
    named = ", ".join(quoted(name if name in files.own else text_column(name)) for name in sorted(files.texts))
    return f"{named} as the texts of the files that are named{' (without tags)' * pages}" if named else ""


def _described(path: Path, given: Given, found: Layout) -> str:
    if found.form == "evaluation":
        return evaluations.read(path).name
    first = next(iter(read_rows(path, (), given)), None) if FORMS[found.form].is_marked else None
    if first is not None and "label" in first.columns:
        return f"{found.sentence()}, the marks in its lines as label"
    if found.form not in {"json", "jsonl"} or path.stat().st_size > MOST_HELD:
        held = held_rows(path, given) or ()
        totals = "a row of totals left out" if adds_up(held) else ""
        totals = f"{counted(below, 'row')} below the table left out" if (below := footer(held)) else totals
        headers = repeated_headers(path, given)
        again = f"{'a' if headers == 1 else headers} repeated header{'s' * (headers > 1)} left out" if headers else ""
        parts = (_exported(path, found), found.sentence(), _joined(path, given, found), again, totals,
                 _ticked(path, given, found), _noted(path, found))  # fmt: skip
        return ", ".join(filter(None, parts))
    with opened(path) as stream:
        name = shape_name(path, as_utf8(path, stream, found.encoding), found)
    return ", ".join(filter(None, (name, found.sentence())))


def _joined(path: Path, given: Given, found: Layout) -> str:
    """Return that a table's words were joined, "" if they were not."""
    with suppress(InputError):  # reported when the rows are read
        first = (
            next(iter(held_rows(path, given) or streamed(path, (), given)), None) if found.form in OF_CELLS else None
        )
        if first is not None and isinstance(first.columns.get(TOKENS), list):
            return "a word and its tag a row, joined to sentences"
    return ""


def _ticked(path: Path, given: Given, found: Layout) -> str:
    """Return what ticked columns are read as, the meaning of an empty cell in one, and what points are out of."""
    if found.form not in OF_CELLS:
        return ""
    try:
        read = [row for row in islice(read_rows(path, (), given), LOOKED) if width(row)]
    except InputError:  # reported when the rows are read
        return ""
    has_majority, is_joined = (bool(read) and name in read[0].columns for name in (MAJORITY, JOINED))
    cells = [{str(row.columns.get(name)).casefold() for row in read} for name in (read[0].columns if read else ())]
    # Ticks have two values after they are read; points are numbers.
    has_ticks = any(len(each) == 2 or all(cell[:1].isdigit() for cell in each) for each in cells)  # noqa: PLR2004
    if not (has_majority or is_joined or has_ticks):
        return ""
    with opened(path) as stream:
        text = stream if found.form == "workbook" else as_utf8(path, stream, found.encoding)
        as_written = list(islice(without_print(reader_of(found)(path, text, found)), LOOKED))
    if has_majority and (names := voters(as_written)):
        return f"{quoted(MAJORITY)} as what most of {', '.join(map(quoted, names))} say"
    joined = crossed(as_written) if is_joined else []
    said = [_said_of_joined(joined)] if joined else []
    alone = {name: no for name, (_, no) in ticks(as_written).items() if name not in joined}
    said += [f"an empty {quoted(each)} as {quoted(no)}" for each, no in alone.items()]
    return ", ".join(said + [f"{quoted(each)} as points out of {most}" for each, most in maxima(as_written).items()])


def _noted(path: Path, found: Layout) -> str:
    """Return which columns are parts of a note, "" if there are none."""
    if found.form not in NOTED:
        return ""
    with suppress(InputError), opened(path) as stream:  # reported when the rows are read
        text = stream if found.form == "workbook" else as_utf8(path, stream, found.encoding)
        return described_notes(list(islice(reader_of(found)(path, text, found), LOOKED)))
    return ""


def _said_of_joined(names: Sequence[str]) -> str:
    return f"{quoted(JOINED)} as what is ticked in {quoted(names[0])} to {quoted(names[-1])} ({len(names)} columns)"


def _exported(path: Path, found: Layout) -> str:
    """Return the name of a tool's export format for a table's rows, "" for an ordinary table."""
    if found.form != "delimited":
        return ""
    with opened(path) as stream:
        shape = table_shape(path, as_utf8(path, stream, found.encoding), found, read_delimited)
    return shape.name if shape is not None else ""
