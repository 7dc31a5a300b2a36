"""Finds the columns of a file of documents, and which of two tables holds the documents."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from itertools import chain, islice, permutations
from pathlib import Path
from typing import NamedTuple

from advisor.errors import InputError
from advisor.families.values import SEVERAL_MARKS, cut_at, folded_name, listed_texts
from advisor.interview.files.columns import is_empty
from advisor.interview.files.names import BEFORE, CONTEXT, DOCUMENTS, HEAD, ID, ORIGIN, is_any, words
from advisor.interview.files.names import GUESSED as PROGRAMS
from advisor.interview.files.sheet import look, rows_of, texts_of
from advisor.paths import is_file, is_folder
from advisor.system.source import MOST_HELD, place
from advisor.task.folder_files import TEXT
from advisor.task.folder_kinds import found_in, holds_rows
from advisor.task.folder_rows import names_in
from advisor.task.json_rows import list_names
from advisor.task.known_formats import ENDINGS
from advisor.task.layout import GUESSED, Given
from advisor.task.near_files import named_by, text_column
from advisor.task.rows import layout
from advisor.task.workbook import sheet_names

# How many files next to a table are inspected; the fewest rows that a key names, and the share of names that are keys.
_MOST_FILES, _FEWEST, _MOSTLY = 50, 5, 0.9
# How many tables are inspected unasked; texts of this length are articles, shorter or often named ones label names.
_MOST_TABLES, _LONG, _LONG_OF_LISTS, _ROWS = 4, 80, 20, 4
# First letters that make two words forms of one.
_BEGUN = 5
# Of the rows so many differ in a column that says what each is.
_OF_ITS_OWN = 0.9


def columns_of(path: Path, named: Sequence[object], sheet: str = "") -> dict[str, str | list[str]]:
    """Return the columns by key: "id", the one with most names that examples expect; "text", the longest other one.

    Their headings belong to such texts, as what has a text of its own for nearly each does: "text" is then a list.
    InputError if the file cannot be read, or has
    fewer than two columns.
    """
    wanted = {name.strip() for each in named if not is_empty(each) for name in listed_texts(each)}
    if names := names_of_texts(path):
        spelled = {*map(folded_name, wanted)}
        return {"id": max(names, key=lambda each: len(spelled & {*map(folded_name, names[each])})), "text": "text"}
    table = look(path, given=_given(sheet))
    rows = rows_of(table)
    held = {column.name: len(wanted & set(texts_of(rows, column.name))) for column in table.columns}
    order = sorted(table.columns, key=lambda column: (-held[column.name], column.kind != "id", column.name != "id"))
    texts = sorted(order[1:], key=lambda each: (each.name != "text", each.kind != "text", -each.mean_length))
    if not texts:
        raise InputError(f"{place(path)}: has one column; documents need a name and a text each")
    heads = [
        each.name
        for each in texts[1:]
        if each.kind == "text" and (is_any(each.name, HEAD) or each.distinct >= _OF_ITS_OWN * len(rows))
    ]
    return {"id": order[0].name, "text": [*heads, texts[0].name] if heads else texts[0].name}


def sheet_of(path: Path, named: Sequence[object], of_examples: str = "") -> str:
    """Return the list of a JSON file with most names that examples expect, "" if it is the one read anyway.

    That is the list of the examples, if one is named, else that of the file's rows.
    """
    wanted = {name.strip() for each in named if not is_empty(each) for name in listed_texts(each)}

    def held(sheet: str) -> int:
        return max((len(wanted & key) for key in _names_in(path, sheet).keys.values()), default=0)

    lists = list_names(path)
    own = of_examples or next(iter(lists), "")
    best = max(lists, key=lambda each: (held(each), each == own), default="")
    return best if best != own and held(best) else ""


def _given(sheet: str) -> Given:
    return GUESSED._replace(sheet=sheet or None)


def names_of_texts(path: Path) -> dict[str, list[str]]:
    """Return the names of a folder's texts by the columns that have them; nothing for files and other folders."""
    try:
        return _names_of_texts(path, path.stat().st_mtime_ns) if is_folder(path) else {}
    except OSError:
        return {}


@lru_cache(maxsize=2 * _MOST_FILES)
def _names_of_texts(folder: Path, changed: int) -> dict[str, list[str]]:
    del changed
    return names_in(folder)


def texts_next_to(path: Path, named: Sequence[object]) -> Path | None:
    """Return the one folder of texts next to a table, or the table's own, that has the named texts; else None."""
    try:
        folders = [each for each in sorted(islice(path.parent.iterdir(), _MOST_FILES)) if names_of_texts(each)]
    except OSError:
        return None
    folders = folders or [path.parent] * bool(names_of_texts(path.parent))
    wanted = [name.strip() for each in named if not is_empty(each) for name in listed_texts(each)]
    fits = [
        each
        for each in folders
        if any(
            sum(map(set(names).__contains__, wanted)) >= _MOSTLY * len(wanted)
            for names in names_of_texts(each).values()
        )
    ]
    return fits[0] if len(fits) == 1 else None


class Search(NamedTuple):
    """A table of inputs, its column with documents' names, the table of documents, and how much it looks like a search.

    The measures are the documents' length and the rows that name the same one, both as means. Both tables may be lists
    of one JSON file; "" is that of its rows.
    """

    examples: Path
    column: str
    documents: Path
    length: float
    rows: float
    sheet: str = ""
    documents_sheet: str = ""


def reads_answers(search: Search) -> bool:
    """Return whether most rows of a table that names documents also hold the words that answer."""
    rows = rows_of(look(search.examples, given=_given(search.sheet)))
    texts = text_column(search.column)
    for name in rows[0].columns if texts in rows[0].columns else ():
        cells = [(str(row.columns[name]), str(row.columns[texts])) for row in rows if not is_empty(row.columns[name])]
        inside = sum(cell.casefold().strip() in text.casefold() for cell, text in cells)
        if name not in {texts, search.column} and len({*cells}) > 1 and 2 * inside > len(rows):
            return True
    return False


class _Names(NamedTuple):
    """A table's columns of unique names and of repeated ones, and how long its texts are."""

    keys: dict[str, set[str]]
    values: dict[str, Counter[str]]
    length: float


def search_in(path: Path, *, is_meant: bool, is_open: bool, said: frozenset[str] = frozenset()) -> Search | None:
    """Return the search formed by a table and its neighbour, or by a folder: one names rows of the other.

    Or by a workbook's sheets, if the words `said` name the other one, such as a catalogue whose items are too many to
    be labels.

    If the words do not mean a search, the names must be file names; or, if words leave it open (`is_open`), only one
    column may name texts: those of a table in a folder, or long, seldom named ones of a neighbouring table.
    """
    is_of_tables = is_folder(path) and not holds_rows(path)
    try:
        if is_folder(path) and (linked := found_in(path).links) is not None:
            of = linked.documents
            return Search(path, linked.named, of, _names_in(of).length, 1.0) if of is not None else None
        if (items := _items_of_sheet(path, said, is_meant=is_meant)) is not None:
            return items
        siblings = sorted(islice((path if is_of_tables else path.parent).iterdir(), _MOST_FILES))
        others = [each for each in siblings if _may_be_table(each, path)]
        others += [path.parent] * (not is_folder(path) and bool(names_of_texts(path.parent)))
    except OSError:
        return None
    if is_of_tables:
        tables = others[:_MOST_TABLES] if is_open else []
        pairs = [(one, [each for each in tables if each != one]) for one in tables]
        found = [link for one, rest in pairs for link in _links(one, rest)]
        found += [link for one, rest in pairs for link in _links_once(one, rest)] if is_meant and not found else []
        found = [link for link in found if link.length and (is_meant or not _are_counts(link))]
    elif is_meant:
        ways = ((path, others), *((other, [path]) for other in others))
        every = chain(_links_of_lists(path), *(_links(*way) for way in ways), *(_links_once(*way) for way in ways))
        return next((link for link in every if link.length and not _are_elsewhere(link, len(others))), None)
    else:
        links = [*_links(path, list(filter(is_folder, others)))]
        if names_of_texts(path):
            links += [link for other in others if not is_folder(other) for link in _links(other, [path])]
        links = [link for link in links if _has_query(link) and not _are_counts(link)]
        found = [link for link in links if is_open or _are_files(link) or _names_alone(link)]
        few = [each for each in others if not is_folder(each)] if is_open and not found else []
        few = few if len(others) <= _MOST_TABLES else []
        lists = _links_of_lists(path) if is_open and not found else ()  # of one file, which is no chance
        long = [link for link in lists if link.length >= _LONG_OF_LISTS and link.rows < _ROWS]
        long += [link for link in _links(path, few) if link.length >= _LONG and link.rows < _ROWS]
        found = found[:1] or [link for link in long if not _are_counts(link)]
    return found[0] if len(found) == 1 else None


def _links(path: Path, others: Sequence[Path]) -> Iterator[Search]:
    """Yield a table's columns that name rows of others."""
    for other in others:
        of = _names_in(other)
        for column, names in _names_in(path).values.items():
            if any(_are_of(names, key) for key in of.keys.values()):
                yield Search(path, column, other, of.length, names.total() / len(names))


def _items_of_sheet(path: Path, said: frozenset[str], *, is_meant: bool) -> Search | None:
    """Return the first column of a workbook's table that names rows with texts of another sheet, None without one.

    A program's guesses and customers are none; unless a search is meant, few rows name the same one.
    """
    try:
        own = layout(path)
        main, sheets = own.sheet, sheet_names(path) if own.form == "workbook" else ()
    except (InputError, OSError):
        return None
    found = [
        Search(path, column, path, of.length, names.total() / len(names), "", sheet)
        for sheet in sheets
        if main and sheet != main and _is_said(sheet, said) and (of := _names_in(path, sheet)).length
        for column, names in _names_in(path).values.items()
        if not is_any(column, ORIGIN | PROGRAMS | BEFORE) and any(_are_of(names, key) for key in of.keys.values())
    ]
    found = [link for link in found if (is_meant or link.rows < _ROWS) and not _are_counts(link)]
    return found[0] if found else None


def _is_said(sheet: str, said: frozenset[str]) -> bool:
    """Return whether words name a sheet, in any form: "the article" means the sheet "articles"."""
    begun = {word[:_BEGUN] for word in said if len(word) >= _BEGUN}
    return is_any(sheet, said) or any(word[:_BEGUN] in begun for word in words(sheet) if len(word) >= _BEGUN)


def _links_of_lists(path: Path) -> Iterator[Search]:
    """Yield the columns of a JSON file's lists that name rows of another of its lists."""
    lists = list_names(path)
    for one, other in permutations(lists, 2):
        of, sheet = _names_in(path, other), "" if one == lists[0] else one
        for column, names in _names_in(path, one).values.items():
            if any(_are_of(names, key) for key in of.keys.values()):
                yield Search(path, column, path, of.length, names.total() / len(names), sheet, other)


def _are_of(names: Collection[str], key: Collection[str]) -> bool:
    """Return whether most names are of a key's, in any case; some may list several."""
    known = {*map(folded_name, key)}
    own = (cut_at("".join(SEVERAL_MARKS), name) for name in map(folded_name, names) if name not in known)
    return sum(not (parts and known.issuperset(parts)) for parts in own) <= (1 - _MOSTLY) * len(names)


def _links_once(path: Path, others: Sequence[Path]) -> Iterator[Search]:
    """Yield a table's columns that name rows of others once each: of those with more rows, or with longer texts."""
    if names_of_texts(path):  # the texts are what is searched
        return
    own = _names_in(path)
    for other in others:
        of = _names_in(other)
        for column, names in own.keys.items():
            larger = (key for key in of.keys.values() if (len(key), of.length) > (len(names), own.length))
            if any(len(names & key) >= _MOSTLY * len(names) for key in larger):
                yield Search(path, column, other, of.length, 1.0)


def _has_query(link: Search) -> bool:
    """Return whether a table that names documents has a text of its own; otherwise its text describes these."""
    columns = look(link.examples).columns
    return any(each.kind == "text" and each.name != link.column and not named_by(each.name) for each in columns)


def _are_files(link: Search) -> bool:
    names = _names_in(link.examples).values[link.column]
    return sum(name.lower().endswith(TEXT) for name in names) >= _MOSTLY * len(names)


def _are_counts(link: Search) -> bool:
    """Return whether a column may name rows by chance: whole numbers in a column not called after them."""
    names = _names_in(link.examples, link.sheet)
    held = names.values.get(link.column) or names.keys.get(link.column) or set()
    if sum(map(str.isdecimal, held)) < _MOSTLY * len(held):
        return False
    keys = _names_in(link.documents, link.documents_sheet).keys
    theirs = {word for name in (link.documents_sheet or link.documents.stem, *keys) for word in words(name)}
    return theirs.isdisjoint({*words(link.column)} - ID) and not is_any(link.column, DOCUMENTS | CONTEXT)


def _are_elsewhere(link: Search, others: int) -> bool:
    """Return whether whole numbers match another file's ids by chance.

    They do if several files could be meant, or if each number always has the same text beside it: the answers of a
    joined sheet.
    """
    if not _are_counts(link):
        return False
    table = look(link.examples, given=_given(link.sheet))
    rows = [row.columns for row in rows_of(table)]
    texts = [each.name for each in table.columns if each.kind == "text" and link.rows > 1]
    pairs = (
        {(str(row[link.column]), str(row[text])) for row in rows if row[link.column] is not None} for text in texts
    )
    return others > 1 or any(len(each) == len({name for name, _ in each}) for each in pairs)


def _names_alone(link: Search) -> bool:
    """Return whether a table has nothing but a text and the names of the files that answer it."""
    return len([each for each in look(link.examples).columns if not named_by(each.name)]) == 2  # noqa: PLR2004


def _may_be_table(other: Path, path: Path) -> bool:
    if other == path or is_folder(other):
        return other != path and holds_rows(other)
    return other.suffix.lower() in ENDINGS and is_file(other) and other.stat().st_size <= MOST_HELD


def number_in(path: Path, column: str, sheet: str = "") -> int | None:
    """Return how many different names a column has, of a folder how many texts; None for fewer than `_FEWEST`."""
    of = _names_in(path, sheet)
    named = of.keys.get(column) or of.values.get(column) or max(of.keys.values(), key=len, default=())
    return len(named) or None


def _names_in(path: Path, sheet: str = "") -> _Names:
    try:
        status = path.stat()
    except OSError:
        return _Names({}, {}, 0.0)
    return _names(path, sheet, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=2 * _MOST_FILES)
def _names(path: Path, sheet: str, changed: int, size: int) -> _Names:
    del changed, size
    if names := names_of_texts(path):
        return _Names({name: {*texts} for name, texts in names.items() if len(texts) >= _FEWEST}, {}, _LONG)
    try:
        table = look(path, given=_given(sheet))
        rows = rows_of(table)
    except InputError:
        return _Names({}, {}, 0.0)
    own = [column for column in table.columns if not (of := named_by(column.name)) or table.column(of) is None]
    cells = {column.name: Counter(filter(None, texts_of(rows, column.name))) for column in own}
    named = {name: texts for name, texts in cells.items() if len(texts) >= _FEWEST}
    keys = {name: {*texts} for name, texts in named.items() if len(texts) == texts.total()}
    values = {name: texts for name, texts in named.items() if name not in keys}
    return _Names(keys, values, max((each.mean_length for each in table.columns if each.kind == "text"), default=0.0))
