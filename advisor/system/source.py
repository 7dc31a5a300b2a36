"""Open the files that a task names: only regular files, as UTF-8; errors name the file, the line and the cure."""

import difflib
import io
import json
import re
import shlex
import stat
import time
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import IO, NoReturn, TypeVar

from advisor.errors import InputError, one_line
from advisor.units import format_bytes

MAX_LINE_BYTES = 4 << 20
# What may be given where there are no examples.
PUBLIC = "--examples hf://datasets/OWNER/NAME: a public data set; what it proves is about that data"
# Files up to this size are read from disk only once. Their rows take several times as much memory.
MOST_HELD = 8 << 20
SHOWN_PATH = 300
_CHUNK = 64 << 10
# Tick of a file system's clock, within which a file may change again and look the same (nanoseconds).
_SETTLED = 100_000_000
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
# First bytes of images, archives (including spreadsheets), documents, Parquet files and databases.
_BINARY = (
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"%PDF-",
    b"\xd0\xcf\x11\xe0",
    b"PAR1",
    b"SQLite format",
)
# Control characters that no text has in any encoding; UTF-16 has only NULs.
_CONTROLS = re.compile(rb"[\x01-\x08\x0e-\x19\x1c-\x1f]")

# Programs' own formats by file suffix, with how to get a table or texts out of them.
_OWN_FORMS = {
    ".pdf": "copy its table into a spreadsheet, or save its text as .txt",
    ".doc .rtf .pages": "save it as .docx, or its text as .txt, one input a line",
    ".ppt .pptx": "save its texts as .txt, one input a line",
    ".numbers": "export it as CSV or Excel",
    ".mdb .accdb": "export its table as CSV or Excel",
    ".pst .ost .msg": "export the mails as CSV, or save them as .eml or .mbox",
    ".sav .zsav .por .dta .sas7bdat": "export it as CSV, with value labels in the place of codes",
    ".rds .rda .rdata": "write.csv(data, 'data.csv') saves it as CSV",
    ".pkl .pickle .feather .h5 .hdf5 .avro .orc": "pandas saves it so: data.to_parquet('data.parquet')",
    ".arrow": "datasets.load_from_disk(its folder).to_parquet('data.parquet') saves its rows",
    ".zip .gz .rar .7z": "unpack it, and name the folder or the file in it",
}

_AnyText = TypeVar("_AnyText", str, bytes)


class OpenLayoutError(InputError):
    """A file can be read in two equally likely ways; a key decides.

    Attributes:
        key: The key, e.g. "examples.sheet".
        choices: Its values, each with its result.
    """

    def __init__(self, message: str, key: str, choices: tuple[tuple[str, str], ...]) -> None:
        super().__init__(message)
        self.key, self.choices = key, choices


def line_words(line: int) -> str:
    """Return where a row is: "line 5", or as it shows itself, such as "record 5"."""
    return f"line {line}" if f"{line}".isdecimal() else f"{line}"


def place(path: Path, line: int | None = None) -> str:
    """Return "path:line" for the start of messages, with unprintable characters of the path escaped."""
    shown = one_line(path, 5000)
    if len(shown) > SHOWN_PATH:
        shown = "…" + shown[1 - SHOWN_PATH :]
    return f"{shown}:{line}" if line else shown


def quoted(text: object, limit: int = 40) -> str:
    """Return outside text in quotes, with invisible characters and outer spaces made visible, cut to `limit`."""
    return repr(shortened(str(text), limit))


def shortened(text: str, limit: int) -> str:
    """Return a text cut to `limit` characters: a nested name, "document.prediction.date", at its beginning."""
    if len(text) <= limit:
        return text
    is_nested = re.fullmatch(r"[^\s/@]+(?:\.[^\s/@.]+)+", text) is not None
    return f"…{text[1 - limit :]}" if is_nested else f"{text[: limit - 1]}…"


def opened(path: Path) -> io.BufferedReader | io.BytesIO:
    """Open a file for reading; one of moderate size is cached until it changes, so that all readers see the same bytes.

    OSError if it cannot be read.
    """
    status = path.stat()
    if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_HELD or not is_settled(status.st_mtime_ns):
        return path.open("rb")
    return io.BytesIO(_content(path.absolute(), status.st_mtime_ns, status.st_size))


def is_settled(changed: int) -> bool:
    """Return whether a file changed at this time, in nanoseconds, would get another time if changed now."""
    return time.time_ns() - changed >= _SETTLED


@lru_cache(maxsize=2)  # the examples, and the training file or the documents
def _content(path: Path, changed: int, size: int) -> bytes:
    del changed, size
    return path.read_bytes()


def open_regular(path: Path, *, largest: int, too_large: str, absent: str, empty: str) -> IO[bytes]:
    """Open a file for reading; a pipe or a device, which might never end, is refused before it is opened.

    For one of more than `largest` bytes, an empty and a missing one the error says `too_large`, `empty`, `absent`.
    InputError naming the file and the cure.
    """
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise InputError(f"{place(path)}: is a folder; name the file in it")
        if not stat.S_ISREG(status.st_mode):
            raise InputError(f"{place(path)}: is a pipe or a device, not a file; save its content as a file")
        if status.st_size > largest:
            raise InputError(f"{place(path)}: {too_large}")
        if status.st_size == 0:
            raise InputError(f"{place(path)}: {empty}")
        return opened(path)
    except (OSError, ValueError) as error:
        refuse(path, error, absent)


def refuse(path: Path, error: Exception, absent: str) -> NoReturn:
    """Raise the system's error on a file as an InputError with a cure; `absent` is the cure for a missing file."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        raise InputError(f"{place(path)}: no such file; {_meant(path) or absent}", ways=others(path)) from None
    if isinstance(error, PermissionError):
        raise InputError(f"{place(path)}: may not be read; give yourself permission to read it") from None
    reason = (isinstance(error, OSError) and error.strerror) or error
    raise InputError(f"{place(path)}: cannot be read ({one_line(reason, 120)}); name a file that can") from None


def instead(path: Path, most: int = 3) -> list[Path]:
    """Return what a path that is no file may mean: the first files in a folder, or those of similar names.

    A shared suffix does not make names similar.
    """
    try:
        is_folder = path.is_dir()
        if path.exists() and not is_folder:
            return []
        nearby = [each for each in islice((path if is_folder else path.parent).iterdir(), 1000) if each.name[0] != "."]
    except OSError:
        return []
    if is_folder:
        return sorted(each for each in nearby if each.is_file())[:most]
    named: dict[str, list[Path]] = {}
    for each in nearby:
        named.setdefault(each.stem.casefold(), []).append(path.with_name(each.name))
    near = difflib.get_close_matches(path.stem.casefold(), named, most)
    return sorted((each for stem in near for each in named[stem]), key=lambda each: each.suffix != path.suffix)[:most]


def others(path: Path, flag: str = "", most: int = 3) -> tuple[str, ...]:
    """Return files to suggest instead of an unusable one, each with its size.

    First those of the same name in the current folder or its subfolders, then those of similar names, then the last
    changed with the same suffix; then folders of the same name.
    """
    here = Path.cwd()
    try:
        near = [each / path.name for each in (here, *(one for one in islice(here.iterdir(), 1000) if one.is_dir()))]
        near += instead(path, most)
        folder = path.parent if path.parent.is_dir() else here
        nearby = [each for each in islice(folder.iterdir(), 1000) if each.suffix == path.suffix and each.is_file()]
        near += sorted(nearby, key=lambda each: -each.stat().st_mtime)
        sizes = {each: each.stat().st_size for each in near if each != path and each.is_file()}
        folders = [each for each in near if each != path and each.name == path.name and each.is_dir()]
    except (OSError, ValueError):
        return ()
    shown = {
        each.relative_to(here) if each.is_relative_to(here) else each: size for each, size in sizes.items() if size
    }
    found = [f"{flag}{shlex.quote(str(each))}: {format_bytes(size)}" for each, size in shown.items()]
    found += [f"{flag}{shlex.quote(str(each.relative_to(here)))}: a folder" for each in folders]
    return tuple(found[:most])


def set_option(key: str, value: object) -> str:
    """Return the command-line option for an answer, quoted for a shell: --set 'examples.sheet=May 2024'."""
    text = "unknown" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"--set {shlex.quote(f'{key}={text}')}"


def _meant(path: Path) -> str:
    close = instead(path, 1)
    return f"did you mean {quoted(close[0].name, 60)}?" if close else ""


def line_at(text: _AnyText, position: int) -> int:
    """Return the line number, from 1, of a position; lines end with LF, or CR if there is no LF, as in editors."""
    if isinstance(text, bytes):
        return text.count(b"\n" if b"\n" in text else b"\r", 0, position) + 1
    return text.count("\n" if "\n" in text else "\r", 0, position) + 1


def is_binary(raw: bytes) -> bool:
    """Return whether bytes start as a binary format does, or contain control characters that no text has."""
    return raw.startswith(_BINARY) or _CONTROLS.search(raw) is not None


def no_text(path: Path) -> InputError:
    """Return the error for a file that is neither text nor table, with how to get one out of it."""
    if cure := cure_of(path):
        return InputError(f"{place(path)}: {path.suffix.lower()} files are not read; {cure}")
    return InputError(f"{place(path)}: is binary data, no text and no table; save it as a text file, such as CSV")


def cure_of(path: Path) -> str | None:
    """Return how to get a table or texts out of a program's own format, by the file's suffix; None for others."""
    return next((cure for endings, cure in _OWN_FORMS.items() if path.suffix.lower() in endings.split()), None)


def decode(path: Path, raw: bytes, line: int | None = None) -> str:
    """Return the text of a whole file, or of its line `line`, without a byte order mark.

    InputError if it is no text, not UTF-8 or holds a NUL byte.
    """
    first = line in (None, 1)
    if first and raw.startswith(_BINARY):
        raise no_text(path)
    if first and raw[:2] in _UTF16:
        raise InputError(f"{place(path, 1)}: is UTF-16 text; save it as UTF-8")
    nul = raw.find(b"\0")
    if nul >= 0 and _CONTROLS.search(raw):
        raise no_text(path)
    if nul >= 0:
        raise InputError(f"{place(path, line or line_at(raw, nul))}: holds a NUL byte; save it as plain UTF-8 text")
    try:
        return raw.decode("utf-8-sig" if first else "utf-8")
    except UnicodeDecodeError as error:
        if _CONTROLS.search(raw):
            raise no_text(path) from None
        at = line or line_at(raw, error.start)
        raise InputError(f"{place(path, at)}: is not UTF-8 text; save it as UTF-8") from None


def text_lines(path: Path, stream: IO[bytes]) -> Iterator[tuple[int, str]]:
    """Yield (line number, text with its line end); memory stays bounded by one line.

    InputError if a line is longer than 4 MiB, not UTF-8, or holds a NUL byte.
    """
    for number, raw in enumerate(_raw_lines(stream), 1):
        if len(raw) > MAX_LINE_BYTES:
            raise InputError(f"{place(path, number)}: is longer than 4 MiB; cut the texts or check the line ends")
        yield number, decode(path, raw, number)


def _raw_lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield lines that end with LF, or with CR if there is no LF near the first one; none much over the limit."""
    head = b""
    while not (b"\r" in head or b"\n" in head) and len(head) <= MAX_LINE_BYTES and (chunk := stream.read(_CHUNK)):
        head += chunk
    if head.endswith(b"\r"):
        head += stream.read(1)  # CR LF, cut in two
    stream.seek(0)
    if b"\r" not in head or b"\n" in head:
        while raw := stream.readline(MAX_LINE_BYTES + 1):
            yield raw
        return
    rest = b""
    while chunk := stream.read(_CHUNK):
        *lines, rest = (rest + chunk).split(b"\r")
        yield from (line + b"\r" for line in lines)
        if len(rest) > MAX_LINE_BYTES:
            break
    if rest:
        yield rest
