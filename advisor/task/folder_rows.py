"""Reads rows from a folder: one folder per class, texts alone or with brat's marks, tables of one kind."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any, Literal, NamedTuple

from advisor.errors import InputError
from advisor.system.source import is_settled, line_words, place, quoted
from advisor.task.encoding import encoding_of
from advisor.task.folder_pairs import fields_of, pairs_in, with_fields
from advisor.task.json_rows import shaped
from advisor.task.known_formats import ENDINGS
from advisor.task.layout import GUESSED, layout_of
from advisor.task.linked_tables import MOST_TABLES, Linked, joined, linked_in, said_of
from advisor.task.record import LONGEST_PLACE, Row, SheetLine, need_columns
from advisor.task.trec_rows import is_trec
from advisor.units import counted

SOUND = (".wav", ".mp3", ".flac", ".ogg", ".opus", ".m4a", ".aac", ".webm")
VIDEO = (".mp4", ".mov", ".avi", ".mkv", ".m4v", ".mpg", ".mpeg", ".wmv")
IMAGE = (".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff")
TEXT = (".txt", ".md", ".eml", ".docx", ".odt", ".htm", ".html")
_JSON = (".json", ".jsonl", ".ndjson")
_PAGES, _FEWEST_CELLS = (".htm", ".html"), 2  # each way
_IN_LANGUAGE = re.compile(r"(?:(.*)[._-])?([a-z]{2})(\.srt|\.vtt|\.txt)", re.IGNORECASE)
# Files of lines; how many labels such a file may have, their length, and the fewest lines of each on average.
_OF_LINES, _MOST_LABELS, _LONGEST_LABEL, _LINES_OF_A_LABEL = frozenset({".txt", ".log", ".text", ""}), 50, 40, 3
_LABEL = "label"
# What the names of a handbook's pages begin with: "A01 Ward keys".
_CODE = re.compile(r"[^\W\d_]{0,4}[-.]?\d{1,6}[^\W\d_]?(?=[\s_-])")
_NUMBERED = re.compile(r"([^\W\d](?:[\w -]*[^\W\d_])?)[ _.-]*\(?\d+\)?")
# What wikis append to the titles of the pages that they export: Confluence a number, Notion 32 digits.
_EXPORTED = re.compile(r"[\s_-]+(?:\d{4,}|[0-9a-f]{32})$")
MOST, _NAMED = 100_000, 4
MOST_BELOW = 100  # folders searched for files
# Text files that hold rows; any other text file is one input.
_ROWS = frozenset({"chat", "subtitles", "log", "tags", "fasttext", "html"})
# A folder of texts has at least this many, and this many times as many as other files.
_FEWEST_TEXTS, _TIMES, _MOST_OTHERS = 5, 4, 1000
# Names of folders with unclassified files, besides those that begin with an underscore; also names of what is to be
# done, "to check", "noch offen", "à trier".
_UNSORTED = frozenset({"unsorted", "unlabeled", "unlabelled", "unclassified", "todo"})
_STILL = re.compile(r"(?:to|still|noch|zu|nog|te|à|por|da|do|att|at)[ _-]\S", re.IGNORECASE)
# brat: "T1<tab>Drug 10 17<tab>aspirin", of several pieces "Drug 10 13;15 17" (https://brat.nlplab.org/standoff.html).
_MARKED = re.compile(r"T\d+\t(\S+) (\d{1,12}) (?:[\d; ]+ )?(\d{1,12})(?:\t(.*))?")
# The end markers of pictures, missing in a truncated one; some programs append more.
_ENDS = {".jpg": b"\xff\xd9", ".jpeg": b"\xff\xd9", ".png": b"IEND"}
_TAIL = 32 << 10


class Found(NamedTuple):
    """The input of a folder's rows: the kind, the files in a fixed order, notes on omissions, paired files, links."""

    kind: Literal[
        "classes", "spoken", "texts", "files", "parallel", "paired", "answered", "marked", "linked", "tables", ""
    ] = ""
    files: tuple[Path, ...] = ()
    left_out: tuple[str, ...] = ()
    partners: tuple[Path, ...] = ()
    links: Linked | None = None


def _is_unsorted(name: str) -> bool:
    return name[0] == "_" or name.casefold() in _UNSORTED or _STILL.match(name) is not None


def found_in(path: Path) -> Found:
    """Return what a folder's rows are read from.

    Texts lie in many folders: two or more classes are required, each folder must hold some, and no table may be above
    them; texts alone must be nearly the only files. Files of the system, such as thumbnails, do not count. OSError if
    it cannot be read.
    """
    above = [each for each in sorted(islice(path.iterdir(), MOST)) if not each.name.startswith(".")]
    classes = {each: sorted(islice(each.iterdir(), MOST)) for each in above if each.is_dir()}
    left_out = []
    unsorted = [each for each in classes if _is_unsorted(each.name)]
    if len(classes) - len(unsorted) > 1:
        for each in unsorted:
            count = counted(len(classes.pop(each)), "file")
            left_out.append(f"{quoted(each.name)} is read as files without a class ({count} left out)")
    media = _of(classes, (*SOUND, *IMAGE))
    files = [each for each in above if each.is_file()]
    every = [*files, *(each for held in classes.values() for each in held)]
    by_stem = {each.stem: each for each in every if each.suffix.lower() == ".txt"}
    sounds = [each for each in every if each.suffix.lower() in SOUND]
    spoken = [each for each in sounds if each.stem in by_stem]
    if 2 * len({each.stem for each in spoken}) > len(sounds):
        return Found("spoken", tuple(spoken), tuple(left_out), tuple(by_stem[each.stem] for each in spoken))
    if media:
        return Found("classes", tuple(media), tuple(left_out))
    texts = [each for each in files if each.suffix.lower() in TEXT]
    marked = [each for each in texts if each.with_suffix(".ann") in files]
    if found := _with_marks(marked) if marked else _answered(every):
        return found
    named = [each for each in files if each.suffix.lower() in ENDINGS]
    by_class = _of(classes, TEXT)
    if len({each.parent for each in by_class}) == len(classes) > 1 and all(each in texts for each in named):
        return _by_class(classes, by_class, left_out)
    below = [each for each in every if each.suffix.lower() in ENDINGS and each.suffix.lower() not in TEXT]
    if len(every) <= MOST_TABLES:
        below += [each for each in every if each not in below and each.is_file() and is_trec(each)]
    tables = _parallel(files) or _with_labels(files) or _linked(below) or _alike(named) or _below(named, below)
    if tables := tables or _of_one_name(path):
        return tables
    unlabelled = [each for each in files if each.suffix.lower() in (*SOUND, *IMAGE)]
    if not named and len(unlabelled) >= max(_FEWEST_TEXTS, _TIMES * (len(above) - len(unlabelled))):
        return Found("files", tuple(unlabelled))
    return Found("texts", tuple(texts)) if 1 < len(texts) == len(above) else _mostly_texts(path)


def _answered(files: Sequence[Path]) -> Found | None:
    """Return the texts that have a JSON file with their fields; OSError if one cannot be read."""
    texts = [each for each in files if each.suffix.lower() in TEXT]
    pairs = with_fields(texts, files) if len({each.parent for each in texts}) == 1 else {}  # else folders are classes
    alone = len(texts) - len(pairs)
    left_out = (f"{counted(alone, 'text')} without fields left out",) if alone else ()
    return Found("answered", tuple(pairs), left_out, tuple(pairs.values())) if pairs else None


def _by_class(classes: Iterable[Path], texts: Sequence[Path], left_out: list[str]) -> Found:
    """Return the texts of two folders in pairs, if they belong together; else the folders are classes."""
    pairs = pairs_in({each: [text for text in texts if text.parent == each] for each in classes}, file_text)
    if not pairs:
        return Found("classes", tuple(texts), tuple(left_out))
    if alone := len(texts) - 2 * len(pairs):
        left_out.append(f"{counted(alone, 'text')} without a partner left out")
    return Found("paired", tuple(one for one, _ in pairs), tuple(left_out), tuple(other for _, other in pairs))


def _mostly_texts(path: Path) -> Found:
    """Return the texts in a folder and its subfolders if there is little else."""
    below, texts = [path], list[Path]()
    others: list[Path] = []
    known = set[Path]()
    for folder in below:  # grows in the loop
        with suppress(OSError):
            if is_known(folder, known):
                continue
            for each in sorted(islice(folder.iterdir(), MOST)):
                if each.name[0] != ".":
                    kind = below if each.is_dir() else texts if each.suffix.lower() in TEXT else others
                    kind.append(each)
        if len(below) > MOST_BELOW or len(others) > _MOST_OTHERS:
            return Found()
    if len(texts) < max(_FEWEST_TEXTS, _TIMES * len(others)):
        return Found()
    left = f"{', '.join(quoted(each.name) for each in others[:_NAMED])} left out"
    return Found("texts", tuple(texts), (left,) if others else ())


def is_known(folder: Path, known: set[Path]) -> bool:
    """Return whether a folder is among the known ones, and add it: a link may lead back to one."""
    real = folder.resolve()
    is_known = real in known
    known.add(real)
    return is_known


def _of(classes: dict[Path, list[Path]], endings: tuple[str, ...]) -> list[Path]:
    return [each for files in classes.values() for each in files if each.suffix.lower() in endings and each.is_file()]


def _parallel(files: Sequence[Path]) -> Found | None:
    """Return pairs of files in two languages: "ep1.en.srt" and "ep1.fr.srt", "de.txt" and "nl.txt".

    Paired subtitles share times, paired texts their number of lines.
    """
    held: dict[str, dict[str, Path]] = {}
    for each in files:
        if (at := _IN_LANGUAGE.fullmatch(each.name)) is not None:
            held.setdefault(at[2], {})[f"{at[1]}{at[3]}"] = each
    one, other = held.values() if len(held) == 2 else ({}, {})  # noqa: PLR2004
    partners = [other[each] for each in one] if one.keys() == other.keys() else []
    pairs = zip(map(_lines, one.values()), map(_lines, partners), strict=False)
    fit = bool(partners) and all(2 * len(a.keys() & b) > len(a) for a, b in pairs)
    return Found("parallel", tuple(one.values()), partners=tuple(partners)) if fit else None


def _with_labels(files: Sequence[Path]) -> Found | None:
    """Return two files with equally many lines: texts, and a short label for each."""
    if len(files) != 2 or any(each.suffix.lower() not in _OF_LINES for each in files):  # noqa: PLR2004
        return None
    held = {each: _lines(each) for each in files}
    texts, labels = sorted(files, key=lambda each: -len({*held[each].values()}))
    values = {*held[labels].values()}
    are_labels = 1 < len(values) <= min(_MOST_LABELS, len(held[labels]) // _LINES_OF_A_LABEL)
    fit = held[texts].keys() == held[labels].keys() and len(values) * 2 < len({*held[texts].values()})
    is_short = all(0 < len(value.strip()) <= _LONGEST_LABEL for value in values)
    return Found("parallel", (texts,), partners=(labels,)) if fit and are_labels and is_short else None


def _lines(file: Path) -> dict[object, str]:
    """Return a file's subtitles by time, or its lines by number and total."""
    with suppress(InputError):  # not text
        if file.suffix.lower() not in _OF_LINES:
            return {row.columns.get("time"): row.columns["text"] for row in _rows_of(file)}
        lines = file_text(file).splitlines()
        return {(at, len(lines)): line for at, line in enumerate(lines)}
    return {}


def _in_both(found: Found, columns: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for pair in zip(found.files, found.partners, strict=True):
        (one, first), (other, second) = ((re.split(r"[._-]", file.stem)[-1], _lines(file)) for file in pair)
        need_columns(pair[0].parent, None, (one, other, "file"), columns)
        yield from ({one: first[at], other: second[at], "file": pair[0].name} for at in first if at in second)


def _with_marks(texts: Sequence[Path]) -> Found:
    """Return the texts that brat annotated; a text with an empty list of marks is not annotated yet."""
    done = tuple(each for each in texts if each.with_suffix(".ann").stat().st_size)
    bare = len(texts) - len(done)
    return Found("marked", done, (f"{counted(bare, 'text')} without marks left out",) if bare else ())


def _linked(tables: Sequence[Path]) -> Found | None:
    """Return tables that name each other's rows."""
    links = linked_in(tables)
    return Found("linked", (links.main, links.other), said_of(links), links=links) if links is not None else None


def _below(above: Sequence[Path], tables: Sequence[Path]) -> Found | None:
    """Return the tables of one kind in subfolders, if those above them are few and small: no data beside settings."""
    found = _alike(tables)
    if found is None or len(found.files) < _TIMES * len(above):
        return None
    sizes = [sum(each.stat().st_size for each in files) for files in (found.files, above)]
    return found if sizes[0] >= sizes[1] else None


def _of_one_name(path: Path) -> Found | None:
    """Return the tables of one name in folders side by side, as INCEpTION exports a text each: the curated ones."""
    named: dict[tuple[Path, str], list[Path]] = {}
    for each in sorted(islice(path.glob("*/*/*"), 10 * _MOST_OTHERS)):
        if each.suffix.lower() in ENDINGS and each.suffix.lower() not in TEXT and each.is_file():
            named.setdefault((each.parent.parent, each.name), []).append(each)
    most = max(map(len, named.values()), default=0)
    found = [files for files in named.values() if len(files) == most > 1]
    curated = [files for files in found if files[0].parent.parent.name == "curation"] or found
    return _alike(curated[0]) if len(curated) == 1 else None


def _alike(files: Sequence[Path]) -> Found | None:
    """Return the files of the most frequent ending and columns that hold rows, two or more."""
    kinds: dict[tuple[str, frozenset[str]], list[Path]] = {}
    for each in files:
        status = each.stat()
        look = _columns_of if is_settled(status.st_mtime_ns) else _columns_of.__wrapped__
        if (columns := look(each.absolute(), status.st_mtime_ns, status.st_size)) is not None:
            kind = each.suffix.lower(), columns
            # Programs leave out what is unset.
            of_json = [one for ending, one in kinds if ending == kind[0] in _JSON]
            like = (one for one in of_json if 2 * len(one & columns) > len(one | columns))
            kinds.setdefault((kind[0], next(like, columns)), []).append(each)
    most = max(kinds.values(), key=len, default=[])
    if len(most) < 2 or sum(len(each) == len(most) for each in kinds.values()) > 1:  # noqa: PLR2004  a file alone
        return None
    others = [quoted(each.name) for each in files if each not in most]
    return Found("tables", tuple(most), (f"{', '.join(others[:4])} left out",) if others else ())


@lru_cache(maxsize=1000)
def _columns_of(file: Path, _modified: int, _size: int) -> frozenset[str] | None:
    """Return the columns of a table; None for a text, and for what cannot be read."""
    from advisor.task.rows import streamed  # which imports this module

    try:
        if (file.suffix.lower() in TEXT and layout_of(file).form not in _ROWS) or _is_page_around(file):
            return None
        first = next(streamed(file, (), GUESSED), None)  # of a long file no more is read
    except InputError:
        return None
    return frozenset(first.columns if first else ())


def is_page(name: str) -> bool:
    """Return whether a file is an HTML page by its name: its visible text is read."""
    return name.lower().endswith(_PAGES)


def _is_page_around(file: Path) -> bool:
    """Return whether a page has text around its table, or uses it only for layout."""
    if not is_page(file.name):
        return False
    rows = list(_rows_of(file))
    held = sum(len(str(cell)) for row in rows for cell in row.columns.values())
    return len(rows) < _FEWEST_CELLS or len(rows[0].columns) < _FEWEST_CELLS or 2 * held < len(file_text(file))


def _rows_of(file: Path) -> Iterator[Row]:
    from advisor.task.rows import read_rows  # which imports this module

    return read_rows(file, ())


def holds_rows(path: Path) -> bool:
    """Return whether a folder holds rows as a whole."""
    try:
        return bool(found_in(path).files)
    except OSError:
        return False


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
    are_all = len(labels) == len(found.files) and 1 < len(counts) <= _MOST_LABELS
    often = are_all and min(counts.values()) >= _LINES_OF_A_LABEL
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
    held = [(file, row.line, row.columns) for file in files for row in _rows_of(file)]
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


def is_broken(file: Path) -> bool:
    """Return whether a file is empty, or a truncated picture; OSError if it cannot be read."""
    end = _ENDS.get(file.suffix.lower(), b"")
    size = file.stat().st_size
    if not size or not end:
        return not size and file.suffix.lower() in (*SOUND, *IMAGE)
    with file.open("rb") as stream:
        stream.seek(max(0, size - _TAIL))
        if end in stream.read():
            return False
        # Phones append a video to a photo; the preview before it has its own end marker, and is skipped.
        stream.seek(0)
        held, at = stream.read(), 2
        while held[at : at + 1] == b"\xff" and held[at + 1 : at + 2] != b"\xda":
            at += 2 + int.from_bytes(held[at + 2 : at + 4])
        return end not in held[at:]


def _unreadable(path: Path, error: OSError) -> InputError:
    return InputError(f"{place(path)}: cannot be read ({error.strerror}); name a folder that can")


def file_text(file: Path) -> str:
    """Return a file's text. InputError if it is not text. OSError if it cannot be read."""
    if file.suffix.lower() == ".eml":
        from advisor.task.mail_rows import mail_text

        return mail_text(file.read_bytes())
    if file.suffix.lower() in {".docx", ".odt"}:
        from advisor.task.markup_rows import paragraphs

        return "\n".join(paragraphs(file, file.read_bytes()))
    try:
        text = file.read_text(encoding=encoding_of(file)).removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise InputError(f"{place(file)}: is not text; take it out of the folder") from None
    if is_page(file.name):
        from advisor.task.markup_rows import page_text

        return page_text(text)
    return text
