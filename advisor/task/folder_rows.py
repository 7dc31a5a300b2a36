"""Reads rows from a folder: one folder per class, texts alone or with brat's marks, tables of one kind."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from advisor.errors import InputError
from advisor.system.source import line_words, place, quoted
from advisor.task.encoding import encoding_of
from advisor.task.folder_files import TEXT, file_text, is_broken, is_page
from advisor.task.folder_kinds import LINES_OF_A_LABEL, MOST_LABELS, Found, found_in, lines, rows_of
from advisor.task.folder_pairs import fields_of
from advisor.task.json_rows import shaped
from advisor.task.linked_tables import joined
from advisor.task.record import LONGEST_PLACE, Row, SheetLine, need_columns
from advisor.units import counted

_NAMED, _LABEL = 4, "label"
# What the names of a handbook's pages begin with: "A01 Ward keys".
_CODE = re.compile(r"[^\W\d_]{0,4}[-.]?\d{1,6}[^\W\d_]?(?=[\s_-])")
_NUMBERED = re.compile(r"([^\W\d](?:[\w -]*[^\W\d_])?)[ _.-]*\(?\d+\)?")
# What wikis append to the titles of the pages that they export: Confluence a number, Notion 32 digits.
_EXPORTED = re.compile(r"[\s_-]+(?:\d{4,}|[0-9a-f]{32})$")
# brat: "T1<tab>Drug 10 17<tab>aspirin", of several pieces "Drug 10 13;15 17" (https://brat.nlplab.org/standoff.html).
_MARKED = re.compile(r"T\d+\t(\S+) (\d{1,12}) (?:[\d; ]+ )?(\d{1,12})(?:\t(.*))?")


def _in_both(found: Found, columns: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for pair in zip(found.files, found.partners, strict=True):
        (one, first), (other, second) = ((re.split(r"[._-]", file.stem)[-1], lines(file)) for file in pair)
        need_columns(pair[0].parent, None, (one, other, "file"), columns)
        yield from ({one: first[at], other: second[at], "file": pair[0].name} for at in first if at in second)


def described_folder(path: Path) -> str:
    """Return how a folder is read, and what is left out; InputError if it cannot be read."""
    try:
        found = found_in(path)
        broken = sum(map(is_broken, found.files))
    except OSError as error:
        raise _unreadable(path, error) from None
    count = len(found.files)
    plain = "files in pairs" if found.partners else "" if found.links else "a folder of files"
    what = {
        "marked": "texts with brat's marks",
        "answered": "texts with the fields of a JSON file each",
        "tables": f"the rows of {count} files",
    }.get(found.kind, plain)
    pages = "without tags" if has_pages(path) else ""
    cut = f"{counted(broken, 'file')} left out that {'breaks' if broken == 1 else 'break'} off" if broken else ""
    labels = "the words before the numbers in their names as label" if _labels_in_names(found) else ""
    return ", ".join(filter(None, (what, pages, labels, *found.left_out, cut)))


def has_pages(path: Path) -> bool:
    """Return whether a folder's files include pages, which are read as text; OSError as `found_in`."""
    found = found_in(path)
    return found.kind in {"texts", "classes"} and any(is_page(each.name) for each in found.files)


def read_folder(path: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    """Yield a folder's rows in a fixed order.

    Recordings have `file` and `text`, two languages a column each, as have two folders of texts in pairs. Texts with a
    JSON file of their name have `text` and the fields in that. Classes have `file`, the relative path of a picture or
    recording, or `text`; and `label`, the folder. Pictures or recordings alone have `file`; texts alone `text`, `file`
    and `name`, the file's name with and without its ending; both `label`, if names begin with a few words that recur.
    Texts with brat's marks have `spans`. Tables have their rows, with `file`. InputError if the folder holds none of
    them.
    """
    number = 0
    try:
        found = found_in(path)
        if found.links is not None:
            yield from shaped(path, joined(found.links), columns)
            return
        if found.kind in {"tables", "parallel"}:
            both = (Row(at, cells) for at, cells in enumerate(_in_both(found, columns), 1))
            yield from _of_tables(path, found.files, columns) if found.kind == "tables" else both
            return
        # The names of texts by class matter to a search, but not to classification; of pictures `file` is the path.
        is_asked = found.kind == "classes" and not {"file", "name"}.isdisjoint(columns)
        by_name = found.kind == "texts" or (is_asked and found.files[0].suffix.lower() in TEXT)
        names = _names(path, found.files) if by_name else {}
        labels = _labels_in_names(found)
        fields = {each: _fields_of(each) for each in found.partners} if found.kind == "answered" else {}
        lacking = dict.fromkeys(name for own in fields.values() for name in own)  # a text may lack some
        for file, partner in zip_longest(found.files, found.partners):
            if is_broken(file):
                continue
            number += 1
            row = _cells(path, found.kind, file, partner) | names.get(file, {}) | labels.get(file, {})
            row |= lacking | fields.get(partner, {}) if partner is not None else {}
            if number == 1:
                need_columns(path, None, tuple(row), columns)
            yield Row(_of_file(path, number, file), row)
    except OSError as error:
        raise _unreadable(path, error) from None
    if not number:
        inside = sorted(quoted(each.name, 40) for each in path.iterdir() if not each.name.startswith("."))
        inside[_NAMED:] = ["…"] if len(inside) > _NAMED else []
        named = f" ({', '.join(inside)})" if inside else ""
        raise InputError(
            f"{place(path)}: is a folder; name the file in it{named}, or one that holds texts, tables of one kind, or "
            "pictures or recordings in one folder a class"
        )


def _of_file(path: Path, number: int, file: Path, line: int | None = None) -> SheetLine:
    """Return the place of a row: its file, and the line in that if it has several."""
    shown = quoted(file.relative_to(path).as_posix(), LONGEST_PLACE)
    return SheetLine.of(number, shown if line is None else f"{shown} {line_words(line)}")


def names_in(path: Path) -> dict[str, list[str]]:
    """Return the names of the texts in a folder by column: with their ending, without, and the codes they begin with.

    OSError if it cannot be read.
    """
    found = found_in(path)
    texts = found.files if found.kind in {"texts", "classes", "marked"} else ()
    named = [held for file, held in _names(path, texts).items() if file.suffix.lower() in TEXT]
    return {column: [held[column] for held in named] for column in named[0]} if named else {}


def is_in_names(path: Path, column: str) -> bool:
    """Return whether a column holds the words before the numbers in the names of a folder's files."""
    return column == _LABEL and path.is_dir() and bool(_labels_in_names(found_in(path)))


def _labels_in_names(found: Found) -> dict[Path, dict[str, str]]:
    """Return the labels of files alone that are in their names, before a number: "spam_001.txt"."""
    if found.kind not in {"texts", "files"}:
        return {}
    labels = {each: at[1].casefold() for each in found.files if (at := _NUMBERED.fullmatch(each.stem)) is not None}
    counts = Counter(labels.values())
    are_all = len(labels) == len(found.files) and 1 < len(counts) <= MOST_LABELS
    often = are_all and min(counts.values()) >= LINES_OF_A_LABEL
    return {each: {_LABEL: label} for each, label in labels.items()} if often else {}


def _names(path: Path, files: Sequence[Path]) -> dict[Path, dict[str, str]]:
    """Return the files' names, or their relative paths if two share a name; a code that begins each, or its title."""
    often = Counter(each.name for each in files), Counter(each.stem for each in files)
    codes = {each: {"code": begun[0]} for each in files if (begun := _CODE.match(each.stem)) is not None}
    titles = {each: {"title": " ".join(re.split(r"[\s_-]+", _EXPORTED.sub("", each.stem)))} for each in files}
    are_titles = 2 * sum(_EXPORTED.search(each.stem) is not None for each in files) > len(files)
    every = [codes, *([titles] if are_titles else [])]
    more = [own for own in every if len({*map(str, own.values())}) == len(files) > 1]
    named = {}
    for each in files:
        at = each.relative_to(path)
        named[each] = {
            "file": each.name if often[0][each.name] == 1 else at.as_posix(),
            "name": each.stem if often[1][each.stem] == 1 else at.with_suffix("").as_posix(),
        }
        for own in more:
            named[each] |= own[each]
    return named


def _cells(path: Path, kind: str, file: Path, partner: Path | None) -> dict[str, Any]:
    row: dict[str, Any] = {"file": file.name, "name": file.stem}
    if kind == "marked":
        row["text"], row["spans"] = _marked(file)
    elif kind == "paired" and partner is not None:
        row |= {each.parent.name: file_text(each).strip() for each in (file, partner)}
    elif kind in {"texts", "answered"}:
        row["text"] = file_text(file).strip()
    elif file.suffix.lower() in TEXT:
        row = {"text": file_text(file).strip(), "label": file.parent.name}
    else:
        answer = {"text": file_text(partner).strip()} if partner is not None else {"label": file.parent.name}
        answer = {} if kind == "files" else answer
        row = {"file": file.relative_to(path).as_posix()} | answer
    return row


def _fields_of(file: Path) -> dict[str, Any]:
    """Return a text's fields by column; the text and its names keep their own columns."""
    own = {"file", "name", "text"}
    return {f"field {name}" if name in own else name: cell for name, cell in fields_of(file).items()}


def _of_tables(path: Path, files: Sequence[Path], columns: tuple[str, ...]) -> Iterator[Row]:
    """Yield the rows of files, numbered consecutively; columns that some files lack are empty there."""
    held = [(file, row.line, row.columns) for file in files for row in rows_of(file)]
    names = list(dict.fromkeys(name for *_, cells in held for name in cells))
    # A column of that name in the files is kept.
    own = "file"
    while own in names:
        own = f"source {own}"
    need_columns(path, None, (*names, own), columns)
    # Dates and numbers of parts tell nothing of the rows.
    are_parts = len({re.sub(r"\d+", "", file.stem) for file in files}) == 1 and own not in columns
    for number, (file, line, cells) in enumerate(held, 1):
        at = _of_file(path, number, file, line)
        yield Row(at, {name: cells.get(name) for name in names} | ({} if are_parts else {own: file.name}))


def _marked(file: Path) -> tuple[str, list[dict[str, Any]]]:
    """Return a text and its spans in brat's annotation file; relations, events and notes are ignored.

    Offsets count characters; whether a line end is one or two depends on the program that wrote the file: the reading
    is used in which the words repeated in the annotation file match.
    """
    marks = [at for line in file_text(file.with_suffix(".ann")).splitlines() if (at := _MARKED.fullmatch(line.strip()))]
    raw = file.read_bytes().decode(encoding_of(file), "replace").removeprefix("\ufeff")
    texts = [raw, raw.replace("\r\n", "\n")]
    right = Counter(text for text in texts for at in marks if text[int(at[2]) : int(at[3])] == at[4])
    text = max(texts, key=lambda each: right[each])
    return text, [{"start": int(at[2]), "end": int(at[3]), "label": at[1]} for at in marks if int(at[3]) <= len(text)]


def _unreadable(path: Path, error: OSError) -> InputError:
    return InputError(f"{place(path)}: cannot be read ({error.strerror}); name a folder that can")
