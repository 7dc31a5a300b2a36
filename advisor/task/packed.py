"""Archives as programs export them: unpacked once, below the data folder."""

import gzip
import hashlib
import lzma
import tarfile
import tempfile
import zipfile
from contextlib import suppress
from functools import partial
from pathlib import Path

from advisor.errors import InputError, one_line
from advisor.paths import data_dir, is_file
from advisor.system.source import place
from advisor.task.folder_kinds import holds_rows
from advisor.task.known_formats import BY_ENDING, TABLES
from catalog.damaged_zip import DAMAGED_ZIP

_MOST = 2 << 30
# Errors of the readers for damaged, encrypted or refused archives.
BROKEN = (*DAMAGED_ZIP, OSError, lzma.LZMAError, tarfile.TarError)
_TARS = (".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz")


def unpacked(path: Path) -> Path:
    """Return the file, the largest table or the folder in an archive; other paths unchanged.

    InputError if it cannot be unpacked, or holds more than 2 GiB.
    """
    if not path.name.lower().endswith((".zip", ".gz", *_TARS)) or not is_file(path):
        return path
    status = path.stat()
    digest = hashlib.sha256(f"{path.absolute()} {status.st_size} {status.st_mtime_ns}".encode()).hexdigest()[:12]
    target = data_dir() / "unpacked" / digest
    if not target.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
            folder = Path(scratch) / digest
            try:
                _unpack(path, folder)
            except BROKEN as error:
                why = one_line(str(error) or type(error).__name__, 120)
                cure = "unpack it by hand, and name the folder"
                raise InputError(f"{place(path)}: cannot be unpacked ({why}); {cure}") from None
            with suppress(OSError):  # another process was faster
                folder.replace(target)
    while target.is_dir() and len(inside := [each for each in target.iterdir() if each.name[0] not in "._"]) == 1:
        target = inside[0]
    if target.is_dir() and not holds_rows(target):
        tables = (each for each in target.iterdir() if each.suffix.lower() in (*TABLES, *BY_ENDING))
        return max(tables, key=lambda each: each.stat().st_size, default=target)
    return target


def _unpack(path: Path, folder: Path) -> None:
    folder.mkdir()
    name = path.name.lower()
    if name.endswith(".zip"):
        with zipfile.ZipFile(path) as packed:
            _check(sum(each.file_size for each in packed.infolist()))
            packed.extractall(folder)  # noqa: S202  names are cut to the folder, and nothing is linked
    elif name.endswith(_TARS):
        with tarfile.open(path) as packed:
            _check(sum(each.size for each in packed.getmembers()))
            packed.extractall(folder, filter="data")
    else:
        with gzip.open(path) as stream, (folder / path.stem).open("wb") as file:
            for chunk in iter(partial(stream.read, 1 << 20), b""):
                _check(file.write(chunk) and file.tell())


def _check(size: int) -> None:
    if size > _MOST:
        raise ValueError("it holds more than 2 GiB")
