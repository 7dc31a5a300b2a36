"""Snapshots: a catalog's cards as lines of JSON, sorted by id and gzipped; read and written line by line."""

import hashlib
import io
import os
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile
from typing import IO, Final, Self, overload

from catalog.card import ModelCard
from catalog.errors import CatalogError

_GZIP: Final = b"\x1f\x8b"
_CHUNK: Final = 1 << 20
_WBITS_GZIP: Final = 31
# Far above the size of three million cards; below what a hostile file could unpack to.
_MOST_UNPACKED: Final = 16 * 2**30
_LONGEST_LINE: Final = 1 << 22


class Snapshot:
    """A local snapshot: bytes, or a file that is read lazily."""

    def __init__(self, source: bytes | Path, digest: str | None = None) -> None:
        """Wrap bytes or a file; ``digest`` is its SHA-256 if already known."""
        self.source = source
        if digest is not None:
            self.__dict__["digest"] = digest

    @cached_property
    def digest(self) -> str:
        """SHA-256 of its bytes; OSError if the file cannot be read."""
        with self.open() as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    @property
    def size(self) -> int:
        return len(self.source) if isinstance(self.source, bytes) else self.source.stat().st_size

    def open(self) -> io.BytesIO | io.BufferedReader:
        return io.BytesIO(self.source) if isinstance(self.source, bytes) else self.source.open("rb")

    def read(self) -> bytes:
        return self.source if isinstance(self.source, bytes) else self.source.read_bytes()

    def lines(self) -> Iterator[str]:
        """The cards' lines of JSON, without line ends; CatalogError if damaged, OSError if the file is unreadable."""
        with self.open() as file:
            try:
                for raw in _lines(file):
                    if line := raw.strip():
                        yield line.decode()
            except (EOFError, ValueError, zlib.error) as error:
                raise CatalogError(f"The catalog's snapshot is damaged ({error}). Reinstall or refresh it.") from error

    def cards(self) -> Iterator[ModelCard]:
        """Yield the cards; errors as of :meth:`lines`."""
        return map(ModelCard.from_json, self.lines())


@dataclass(frozen=True, slots=True)
class Written:
    """A written snapshot."""

    digest: str  # SHA-256 of its bytes.
    count: int  # Cards in it.


def write(lines: Iterable[str], file: IO[bytes]) -> Written:
    """Write lines of JSON as a snapshot, gzipped without a timestamp, so that equal lines give equal bytes.

    The lines are sorted by id in lower case, then by id.
    """
    # gzip.compress would need all lines in memory, and its header depends on Python's version.
    packer = zlib.compressobj(level=9, wbits=_WBITS_GZIP)
    digest, count = hashlib.sha256(), 0

    def put(piece: bytes) -> None:
        digest.update(piece)
        file.write(piece)

    for line in lines:
        put(packer.compress(line.encode() + b"\n"))
        count += 1
    if not count:
        put(packer.compress(b"\n"))
    put(packer.flush())
    return Written(digest.hexdigest(), count)


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A file to write that appears complete at the end or not at all, even after a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(prefix=f"{path.name}.part-", dir=path.parent, delete=False) as file:
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
    Path(file.name).replace(path)


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    head = file.read(len(_GZIP))
    file.seek(0)
    if head != _GZIP:
        yield from file
        return
    rest = b""
    for piece in _unpacked(file):
        *lines, rest = (rest + piece).split(b"\n")
        yield from lines
        if len(rest) > _LONGEST_LINE:
            raise ValueError("a line without end")
    yield rest


def _unpacked(file: IO[bytes]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(wbits=_WBITS_GZIP)
    size = 0
    while not unpacker.eof:
        packed = unpacker.unconsumed_tail or file.read(_CHUNK)
        piece = unpacker.decompress(packed, _CHUNK)
        if not packed and not piece and not unpacker.eof:
            raise EOFError("it ends too early")
        size += len(piece)
        if size > _MOST_UNPACKED:
            raise ValueError("too large unpacked")
        yield piece


class Spool(Sequence[ModelCard]):
    """A sequence of cards in an unnamed file, deleted on closing. It takes eight bytes of memory per card."""

    def __init__(self, lines: Iterable[str], folder: Path) -> None:
        """Write the cards' lines of JSON into a file on the folder's disk; OSError if it is full or read-only."""
        starts = array("q", [0])
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115 - closed on leaving
        try:
            for line in lines:
                starts.append(starts[-1] + self._file.write(line.encode()))
            self._file.flush()
        except BaseException:
            self._file.close()
            raise
        self._starts = starts

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __iter__(self) -> Iterator[ModelCard]:
        return map(self.__getitem__, range(len(self)))

    @overload
    def __getitem__(self, place: int) -> ModelCard: ...
    @overload
    def __getitem__(self, place: slice) -> list[ModelCard]: ...
    def __getitem__(self, place: int | slice) -> ModelCard | list[ModelCard]:
        if isinstance(place, slice):
            return [self[at] for at in range(len(self))[place]]
        if not 0 <= place < len(self):
            raise IndexError(place)
        start, end = self._starts[place], self._starts[place + 1]
        self._file.seek(start)
        return ModelCard.from_json(self._file.read(end - start).decode())
