"""Recognises what the files of a folder are: classes, texts in pairs or with marks, tables of one kind."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Literal, NamedTuple

from advisor.errors import InputError
from advisor.system.source import is_settled, quoted
from advisor.task.folder_files import IMAGE, SOUND, TEXT, file_text, is_page
from advisor.task.folder_pairs import pairs_in, with_fields
from advisor.task.known_formats import ENDINGS
from advisor.task.layout import GUESSED, layout_of
from advisor.task.linked_tables import MOST_TABLES, Linked, linked_in, said_of
from advisor.task.record import Row
from advisor.task.trec_rows import is_trec
from advisor.units import counted

_JSON = (".json", ".jsonl", ".ndjson")
_FEWEST_CELLS = 2  # each way
_IN_LANGUAGE = re.compile(r"(?:(.*)[._-])?([a-z]{2})(\.srt|\.vtt|\.txt)", re.IGNORECASE)
# Files of lines; how many labels such a file may have, their length, and the fewest lines of each on average.
OF_LINES, MOST_LABELS, _LONGEST_LABEL, LINES_OF_A_LABEL = frozenset({".txt", ".log", ".text", ""}), 50, 40, 3
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
    pairs = zip(map(lines, one.values()), map(lines, partners), strict=False)
    fit = bool(partners) and all(2 * len(a.keys() & b) > len(a) for a, b in pairs)
    return Found("parallel", tuple(one.values()), partners=tuple(partners)) if fit else None


def _with_labels(files: Sequence[Path]) -> Found | None:
    """Return two files with equally many lines: texts, and a short label for each."""
    if len(files) != 2 or any(each.suffix.lower() not in OF_LINES for each in files):  # noqa: PLR2004
        return None
    held = {each: lines(each) for each in files}
    texts, labels = sorted(files, key=lambda each: -len({*held[each].values()}))
    values = {*held[labels].values()}
    are_labels = 1 < len(values) <= min(MOST_LABELS, len(held[labels]) // LINES_OF_A_LABEL)
    fit = held[texts].keys() == held[labels].keys() and len(values) * 2 < len({*held[texts].values()})
    is_short = all(0 < len(value.strip()) <= _LONGEST_LABEL for value in values)
    return Found("parallel", (texts,), partners=(labels,)) if fit and are_labels and is_short else None


def lines(file: Path) -> dict[object, str]:
    """Return a file's subtitles by time, or its lines by number and total."""
    with suppress(InputError):  # not text
        if file.suffix.lower() not in OF_LINES:
            return {row.columns.get("time"): row.columns["text"] for row in rows_of(file)}
        lines = file_text(file).splitlines()
        return {(at, len(lines)): line for at, line in enumerate(lines)}
    return {}


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


def _is_page_around(file: Path) -> bool:
    """Return whether a page has text around its table, or uses it only for layout."""
    if not is_page(file.name):
        return False
    rows = list(rows_of(file))
    held = sum(len(str(cell)) for row in rows for cell in row.columns.values())
    return len(rows) < _FEWEST_CELLS or len(rows[0].columns) < _FEWEST_CELLS or 2 * held < len(file_text(file))


def rows_of(file: Path) -> Iterator[Row]:
    from advisor.task.rows import read_rows  # which imports this module

    return read_rows(file, ())


def holds_rows(path: Path) -> bool:
    """Return whether a folder holds rows as a whole."""
    try:
        return bool(found_in(path).files)
    except OSError:
        return False
