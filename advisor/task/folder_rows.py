"""Reads rows from a folder: texts, pictures or recordings in one folder a class, or texts alone."""

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


def holds_rows(path: Path) -> bool:
    """Return whether a folder holds texts, pictures or recordings in one folder a class, or nothing but texts.

    Texts lie in folders beside much else: there must be two classes of them, every folder must hold some, and above
    there is no table. What systems leave in a folder, such as thumbnails, is neither.
    """
    try:
        if next(_files(path, (*SOUND, *IMAGE)), None) is not None:
            return True
        above = [each for each in path.iterdir() if not each.name.startswith(".")]
        classes = {file.parent for file in _files(path, TEXT)}
        has_table = any(each.suffix.lower() in ENDINGS and each.suffix.lower() not in TEXT for each in above)
        by_class = len(classes) > 1 and not has_table and all(each in classes for each in above if each.is_dir())
        return by_class or 1 < len(above) == len(_texts(path))
    except OSError:
        return False


def read_folder(path: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    """Yield one row a file, in a fixed order.

    By class: `file`, a picture's or a recording's path relative to the folder, or `text`, and `label`, its folder. Of
    texts alone: `text`, `file` and `name`, the file's name with its ending and without.

    Raises:
        InputError: if the folder holds neither.
    """
    number = 0
    try:
        found = list(_files(path, (*SOUND, *IMAGE))) or list(_files(path, TEXT)) or _texts(path)
        for number, file in enumerate(found, start=1):
            if file.parent == path:
                row = {"file": file.name, "name": file.stem, "text": _text(file)}
            elif file.suffix.lower() in TEXT:
                row = {"text": _text(file), "label": file.parent.name}
            else:
                row = {"file": f"{file.parent.name}/{file.name}", "label": file.parent.name}
            if number == 1:
                need_columns(path, None, tuple(row), columns)
            yield Row(number, row)
    except OSError as error:
        raise InputError(f"{place(path)}: cannot be read ({error.strerror}); name a folder that can") from None
    if not number:
        raise InputError(
            f"{place(path)}: is a folder; name the file in it, or one that holds texts, or pictures or recordings in "
            "one folder a class"
        )


def _files(path: Path, endings: tuple[str, ...]) -> Iterator[Path]:
    for label in sorted(each for each in path.iterdir() if each.is_dir() and not each.name.startswith(".")):
        for file in sorted(islice(label.iterdir(), _MOST)):
            if file.suffix.lower() in endings and file.is_file():
                yield file


def _texts(path: Path) -> list[Path]:
    """Return the texts that lie in a folder itself."""
    listed = sorted(islice(path.iterdir(), _MOST))
    return [each for each in listed if each.suffix.lower() in TEXT and each.is_file() and each.name[0] != "."]


def _text(file: Path) -> str:
    """Return a file's text.

    Raises:
        InputError: if it is none.
        OSError: if it cannot be read.
    """
    try:
        return file.read_text(encoding=encoding_of(file)).strip()
    except UnicodeDecodeError:
        raise InputError(f"{place(file)}: is not text; take it out of the folder") from None
