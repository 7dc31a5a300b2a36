"""What stands before the weights in a fastText file: whether it classifies, and its labels; no weight is read.

After the library's own reader, https://github.com/facebookresearch/fastText (args.cc, dictionary.cc).
"""

from __future__ import annotations

import struct
from typing import IO, TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

MAGIC = 793_712_314
NEWEST_VERSION = 12
# Twelve numbers and a real one: how it was trained; the eighth is the kind of model.
_SETTINGS = struct.Struct("<12id")
_KIND, SUPERVISED = 7, 3
_SIZES = struct.Struct("<3i2q")
_ENTRY_END = struct.Struct("<qb")
_LABEL = 1
PREFIX = "__label__"
# Of a larger dictionary the labels, which stand at its end, are not looked for.
MOST_BYTES = 64 << 20
MOST_ENTRIES = 4_000_000


class Header(NamedTuple):
    """What a file says of itself; no labels where they are too far within."""

    is_classifier: bool
    labels: tuple[str, ...]


def is_fasttext(path: Path) -> bool:
    """Return whether a file begins as fastText's do."""
    with path.open("rb") as stream:
        return stream.read(4) == struct.pack("<i", MAGIC)


def read_header(path: Path) -> Header:
    """Return what the file says of its model.

    Raises:
        ValueError: if it is not a fastText file, or a damaged one.
        OSError: if it cannot be read.
    """
    with path.open("rb") as stream:
        magic, version = struct.unpack("<2i", _read(stream, 8))
        if magic != MAGIC or version > NEWEST_VERSION:
            raise ValueError("is not a fastText file")
        kind = _SETTINGS.unpack(_read(stream, _SETTINGS.size))[_KIND]
        entries, _words, labels, _tokens, _pruned = _SIZES.unpack(_read(stream, _SIZES.size))
        if not 0 <= labels <= entries:
            raise ValueError("is damaged: its dictionary has fewer entries than labels")
        if kind != SUPERVISED:
            return Header(is_classifier=False, labels=())
        if entries > MOST_ENTRIES:
            return Header(is_classifier=True, labels=())
        return Header(is_classifier=True, labels=_labels(stream.read(MOST_BYTES), entries, labels))


def _labels(dictionary: bytes, entries: int, count: int) -> tuple[str, ...]:
    found: list[str] = []
    begin = 0
    for _ in range(entries):
        end = dictionary.find(b"\0", begin)
        after = end + 1 + _ENTRY_END.size
        if end < 0 or after > len(dictionary):
            if len(dictionary) < MOST_BYTES:
                raise ValueError("is damaged or cut short")
            return ()
        if _ENTRY_END.unpack_from(dictionary, end + 1)[1] == _LABEL:
            found.append(dictionary[begin:end].decode("utf-8", "replace"))
        begin = after
    if len(found) != count:
        raise ValueError("is damaged: its dictionary lacks labels")
    return tuple(label.removeprefix(PREFIX) for label in found)


def _read(stream: IO[bytes], count: int) -> bytes:
    content = stream.read(count)
    if len(content) < count:
        raise ValueError("is damaged or cut short")
    return content
