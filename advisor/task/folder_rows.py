"""Reads rows from a folder of texts, pictures or recordings that holds one folder a class."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from advisor.errors import InputError
from advisor.system.source import place
from advisor.task.encoding import encoding_of
from advisor.task.layout import ENDINGS
from advisor.task.record import Row, need_columns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOUND = (".wav", ".mp3", ".flac", ".ogg", ".opus", ".m4a", ".aac", ".webm")
IMAGE = (".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff")
TEXT = (".txt", ".md")
_MOST = 100_000


def is_by_class(path: Path) -> bool:
    """Return whether a folder holds texts, pictures or recordings in one folder a class.

    Texts lie in folders beside much else: there must be two classes of them, every folder must hold some, and above
    there is no table. What systems leave in a folder, such as thumbnails, is neither.
    """
    try:
        if next(_files(path, (*SOUND, *IMAGE)), None) is not None:
            return True
        above = [each for each in path.iterdir() if not each.name.startswith(".")]
        classes = {file.parent for file in _files(path, TEXT)}
        has_table = any(each.suffix.lower() in ENDINGS and each.suffix.lower() not in TEXT for each in above)
        return len(classes) > 1 and not has_table and all(each in classes for each in above if each.is_dir())
    except OSError:
        return False


def read_folder(path: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    """Yield one row a file, and the folder that it lies in: a picture's or a recording's path relative to the folder.

    Where there is neither, the texts; in a fixed order.

    Raises:
        InputError: if the folder holds no such folders.
    """
    number = 0
    try:
        found = list(_files(path, (*SOUND, *IMAGE))) or list(_files(path, TEXT))
        for number, file in enumerate(found, start=1):
            part = "text" if file.suffix.lower() in TEXT else "file"
            if number == 1:
                need_columns(path, None, (part, "label"), columns)
            held = _text(file) if part == "text" else f"{file.parent.name}/{file.name}"
            yield Row(number, {part: held, "label": file.parent.name})
    except OSError as error:
        raise InputError(f"{place(path)}: cannot be read ({error.strerror}); name a folder that can") from None
    if not number:
        raise InputError(
            f"{place(path)}: is a folder; name the file in it, or one that holds texts, pictures or recordings in one "
            "folder a class"
        )


def _files(path: Path, endings: tuple[str, ...]) -> Iterator[Path]:
    for label in sorted(each for each in path.iterdir() if each.is_dir() and not each.name.startswith(".")):
        for file in sorted(islice(label.iterdir(), _MOST)):
            if file.suffix.lower() in endings and file.is_file():
                yield file


def _text(file: Path) -> str:
    """Return a file's text.

    Raises:
        InputError: if it is none.
        OSError: if it cannot be read.
    """
    try:
        return file.read_text(encoding=encoding_of(file)).strip()
    except UnicodeDecodeError:
        raise InputError(f"{place(file)}: is no text; take it out of the folder") from None
