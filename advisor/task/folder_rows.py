"""Reads rows from a folder of pictures or recordings that holds one folder a class."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from advisor.errors import InputError
from advisor.task.record import Row, need_columns
from advisor.task.source import place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOUND = (".wav", ".mp3", ".flac", ".ogg", ".opus", ".m4a", ".aac", ".webm")
IMAGE = (".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff")
_COLUMNS = ("file", "label")
_MOST = 100_000


def is_by_class(path: Path) -> bool:
    """Return whether a folder holds pictures or recordings in one folder a class."""
    try:
        return next(read_folder(path, ()), None) is not None
    except InputError:
        return False


def read_folder(path: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    """Yield one row a file, its path relative to the folder, and the folder that it lies in; in a fixed order.

    Raises:
        InputError: if the folder holds no such folders.
    """
    number = 0
    try:
        for label in sorted(each for each in path.iterdir() if each.is_dir() and not each.name.startswith(".")):
            for file in sorted(islice(label.iterdir(), _MOST)):
                if file.suffix.lower() in (*SOUND, *IMAGE) and file.is_file():
                    number += 1
                    if number == 1:
                        need_columns(path, None, _COLUMNS, columns)
                    yield Row(number, {"file": f"{label.name}/{file.name}", "label": label.name})
    except OSError as error:
        raise InputError(f"{place(path)}: cannot be read ({error.strerror}); name a folder that can") from None
    if not number:
        raise InputError(
            f"{place(path)}: is a folder; name the file in it, or one that holds pictures or recordings in one folder "
            "a class"
        )
