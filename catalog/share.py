"""A catalog as one file: exported to a folder, a bucket or a Hub dataset repository, imported from there by hash."""

import contextlib
import hashlib
import io
import json
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import IO, Any, Final

from catalog import generations
from catalog.compiler import SCHEMA, read_snapshot
from catalog.errors import CatalogError, CatalogOutOfReachError
from catalog.generations import Generation

_KIND: Final = "model-advisor catalog"
_FORMAT: Final = 1
_MANIFEST: Final = "manifest.json"
_SNAPSHOT: Final = "models.jsonl.gz"
# Far above what three million cards take; below what a hostile file could unfold to.
_MOST_FILE: Final = 4 * 2**30
_MOST_MANIFEST: Final = 1 * 2**20
_MOST_UNFOLDED: Final = 16 * 2**30
_CHUNK: Final = 1 * 2**20
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file can say: equal catalogs give equal files
_SHA256: Final = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True)
class Shared:
    """A catalog file.

    Attributes:
        place: Where it is.
        sha256: Of the file; give it to those who import.
        size: Bytes.
        models: Models in it.
    """

    place: str
    sha256: str
    size: int
    models: int


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did.

    Attributes:
        generation: The catalog now in use.
        landed: Whether it is another one than before.
        sha256: Of the file.
    """

    generation: Generation
    landed: bool
    sha256: str


def export(place: str | Path) -> Shared:
    """Write the catalog in use as one file.

    Args:
        place: A path, or any address that fsspec knows: ``s3://bucket/catalog.zip``,
            ``hf://datasets/team/models/catalog.zip``.

    Raises:
        CatalogError: The catalog in use is damaged, or the place is of an unknown kind.
        CatalogOutOfReachError: The place cannot be written.
    """
    snapshot = generations.current_snapshot()
    models = len(read_snapshot(snapshot))
    current = generations.read().current
    manifest = {
        "kind": _KIND,
        "format": _FORMAT,
        "snapshot": {"name": _SNAPSHOT, "sha256": hashlib.sha256(snapshot).hexdigest(), "bytes": len(snapshot)},
        "models": models,
        "landed": current.landed if current else None,
        "origin": current.origin if current else "shipped",
        "layout": SCHEMA,
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, data in ((_MANIFEST, json.dumps(manifest, indent=1).encode()), (_SNAPSHOT, snapshot)):
            file.writestr(zipfile.ZipInfo(name, _EPOCH), data)
    data = buffer.getvalue()
    with _reaching(place, "written"):
        written = _write(str(place), data)
    return Shared(written, hashlib.sha256(data).hexdigest(), len(data), models)


def import_(place: str | Path, sha256: str | None = None) -> Imported:
    """Put a catalog file into use; later refreshes build on it. ``generations.rollback`` goes back.

    Args:
        place: A path, or any address that fsspec knows.
        sha256: What the file's hash must be; without it, only that the file is whole is checked.

    Raises:
        CatalogError: It is no catalog file, is damaged, is not the one that was meant, or is of a newer version.
        CatalogOutOfReachError: The place cannot be read.
    """
    if sha256 is not None and not _SHA256.match(sha256 := sha256.strip().lower().removeprefix("sha256:")):
        raise CatalogError(f"{sha256!r} is no SHA-256: it has 64 hexadecimal digits. Copy it from the export's output.")
    with tempfile.TemporaryFile(prefix="model-advisor-import-") as file:
        with _reaching(place, "read"):
            digest = _fetch(str(place), file)
        if sha256 is not None and digest != sha256:
            raise CatalogError(
                f"The file at {place} is not the one that was meant: its SHA-256 is {digest}, not {sha256}. Nothing "
                "was changed; ask its publisher."
            )
        snapshot = _unpack(file, str(place))
    cards = read_snapshot(snapshot)
    with generations.exclusive():
        try:
            generation, landed = generations.land(cards, "import")
        except (TypeError, ValueError, AttributeError, OverflowError, KeyError) as error:
            # A file may be whole and yet hold cards that are none; then it fails to compile, before it is in use.
            raise CatalogError(
                f"The catalog at {place} holds facts of a wrong kind ({error}). Nothing was changed."
            ) from error
        except OSError as error:
            raise CatalogOutOfReachError(
                f"The imported catalog cannot be written to {generations.home()} ({error}). Free some disk space."
            ) from error
    return Imported(generation, landed, digest)


def _unpack(file: IO[bytes], place: str) -> bytes:
    """The snapshot inside a catalog file, its hash checked."""
    try:
        with zipfile.ZipFile(file) as zipped:
            if zipped.getinfo(_MANIFEST).file_size > _MOST_MANIFEST:
                raise CatalogError(f"The file at {place} is no catalog: its manifest is too large.")
            manifest = json.loads(zipped.read(_MANIFEST))
            if manifest["kind"] != _KIND:
                raise CatalogError(f"The file at {place} is no catalog, but {manifest['kind']!r:.60}.")
            if manifest["format"] != _FORMAT:
                raise CatalogError(
                    f"The catalog at {place} has format {manifest['format']!r:.20}, this program reads {_FORMAT}. "
                    "Upgrade model-advisor, or have the catalog exported again."
                )
            if zipped.getinfo(_SNAPSHOT).file_size > _MOST_FILE:
                raise CatalogError(f"The catalog at {place} is too large.")
            snapshot = zipped.read(_SNAPSHOT)
            expected = manifest["snapshot"]["sha256"]
    except (
        zipfile.BadZipFile,
        KeyError,
        TypeError,
        ValueError,
        NotImplementedError,
        RuntimeError,
        zlib.error,
    ) as error:
        raise CatalogError(
            f"The file at {place} is no whole catalog file ({error}). Fetch it again, or have it exported again."
        ) from error
    if hashlib.sha256(snapshot).hexdigest() != expected:
        raise CatalogError(f"The catalog at {place} is damaged: its models do not match its own hash. Fetch it again.")
    _check_unfolded(snapshot, place)
    return snapshot


def _check_unfolded(snapshot: bytes, place: str) -> None:
    """Refuse a snapshot that unfolds without end, before it is read whole."""
    unfolding = zlib.decompressobj(wbits=31)
    size, rest = 0, snapshot
    try:
        while rest and not unfolding.eof:
            size += len(unfolding.decompress(rest, _CHUNK))
            rest = unfolding.unconsumed_tail
            if size > _MOST_UNFOLDED:
                raise CatalogError(f"The catalog at {place} is too large unpacked.")
    except zlib.error as error:
        raise CatalogError(f"The catalog at {place} is damaged ({error}). Fetch it again.") from error


def _fetch(place: str, target: IO[bytes]) -> str:
    """Copy a file from anywhere; returns its SHA-256."""
    fsspec: Any = import_module("fsspec")
    digest, size = hashlib.sha256(), 0
    with fsspec.open(place, "rb") as source:
        while piece := source.read(_CHUNK):
            digest.update(piece)
            target.write(piece)
            size += len(piece)
            if size > _MOST_FILE:
                raise CatalogError(f"The file at {place} is too large for a catalog.")
    return digest.hexdigest()


def _write(place: str, data: bytes) -> str:
    """Write a file anywhere, a local one whole or not at all; returns where."""
    fsspec: Any = import_module("fsspec")
    filesystem, path = fsspec.core.url_to_fs(place)
    if "file" not in filesystem.protocol:
        with filesystem.open(path, "wb") as target:
            target.write(data)
        return place
    local = Path(path)
    if local.is_dir():
        local = local / f"catalog-{datetime.now(UTC):%Y-%m-%d}.zip"
    local.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=local.parent, prefix=f".{local.name}.", delete=False) as part:
        part.write(data)
    Path(part.name).chmod(0o644)
    Path(part.name).replace(local)
    return str(local)


@contextlib.contextmanager
def _reaching(place: str | Path, what: str) -> Iterator[None]:
    """Turn whatever a kind of storage raises into a sentence."""
    try:
        yield
    except CatalogError:
        raise
    except ImportError as error:
        raise CatalogError(f"{place} cannot be {what}: {error}. Install that package beside this program.") from error
    except ValueError as error:  # an unknown protocol
        raise CatalogError(f"{place} cannot be {what}: {error}.") from error
    except Exception as error:  # each kind of storage has exceptions of its own
        told = " ".join(str(error).split())[:300] or type(error).__name__
        raise CatalogOutOfReachError(
            f"{place} cannot be {what} ({told}). Check the address and your access."
        ) from error
