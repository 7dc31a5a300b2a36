"""A catalog as one file: exported to a folder, a bucket or a Hub dataset repository, and imported by hash."""

import contextlib
import hashlib
import io
import json
import re
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import IO, Any, Final

from catalog.damaged_zip import DAMAGED_ZIP
from catalog.errors import CatalogError, CatalogInputError, CatalogOutOfReachError
from catalog.refresh.staging import Staging
from catalog.store import generations
from catalog.store.compiler import SCHEMA
from catalog.store.generations import Generation
from catalog.store.snapshot import Snapshot, whole_file

_KIND: Final = "model-advisor catalog"
_FORMAT: Final = 1
_MANIFEST: Final = "manifest.json"
_SNAPSHOT: Final = "models.jsonl.gz"
# Far above the size of three million cards.
_MOST_FILE: Final = 4 * 2**30
_MOST_MANIFEST: Final = 1 * 2**20
_CHUNK: Final = 1 * 2**20
# Storage protocols whose package is an extra of this program.
_EXTRAS: Final = {"s3": "s3", "s3a": "s3"}
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the earliest time in a zip file, so that equal catalogs give equal files
_SHA256: Final = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True)
class Shared:
    """A catalog file."""

    place: str  # Its path or address.
    sha256: str  # Hash of the file; give it to those who import.
    size: int  # Bytes.
    models: int  # Models in it.


@dataclass(frozen=True, slots=True)
class Imported:
    """Result of an import."""

    generation: Generation  # The catalog now in use.
    landed: bool  # Whether it differs from the previous one.
    sha256: str  # Hash of the file.


def export(place: str | Path) -> Shared:
    """Write the catalog in use as one file, at a path or any address that fsspec knows (``s3://bucket/catalog.zip``).

    Raises:
        CatalogInputError: The place's protocol is unknown.
        CatalogOutOfReachError: The place cannot be written, or the package for its protocol is not installed.
        CatalogError: The catalog in use is damaged.
    """
    _check_named(place)
    snapshot = generations.current_snapshot()
    models = sum(1 for _ in snapshot.lines())
    current = generations.read_generations().current
    manifest = {
        "kind": _KIND,
        "format": _FORMAT,
        "snapshot": {"name": _SNAPSHOT, "sha256": snapshot.digest, "bytes": snapshot.size},
        "models": models,
        "landed": current.landed if current else None,
        "origin": current.origin if current else "shipped",
        "layout": SCHEMA,
    }
    with tempfile.TemporaryFile(prefix="model-advisor-export-") as whole:
        with zipfile.ZipFile(whole, "w") as file:
            file.writestr(zipfile.ZipInfo(_MANIFEST, _EPOCH), json.dumps(manifest, indent=1).encode())
            with (
                file.open(zipfile.ZipInfo(_SNAPSHOT, _EPOCH), "w", force_zip64=True) as target,
                snapshot.open() as source,
            ):
                shutil.copyfileobj(source, target, _CHUNK)
        size = whole.seek(0, io.SEEK_END)
        whole.seek(0)
        digest = hashlib.file_digest(whole, "sha256").hexdigest()
        whole.seek(0)
        with _reaching(place, "written"):
            written = _write(str(place), whole)
    return Shared(written, digest, size, models)


def import_(place: str | Path, sha256: str | None = None) -> Imported:
    """Put a catalog file into use; later refreshes build on it. ``generations.rollback`` goes back.

    Without the file's expected hash only its completeness is checked.

    Raises:
        CatalogInputError: It is no catalog file, damaged, of another hash, or of a newer version.
        CatalogOutOfReachError: The place cannot be read, or the catalog cannot be put in place.
    """
    _check_named(place)
    if sha256 is not None and not _SHA256.match(sha256 := sha256.strip().lower().removeprefix("sha256:")):
        raise CatalogInputError(
            f"{sha256!r} is not a SHA-256 hash: it has 64 hexadecimal digits. Copy it from the export's output."
        )
    with tempfile.TemporaryDirectory(prefix="model-advisor-import-") as folder:
        fetched = Path(folder) / "catalog.zip"
        with fetched.open("wb") as file, _reaching(place, "read"):
            digest = _fetch(str(place), file)
        if sha256 is not None and digest != sha256:
            raise CatalogInputError(
                f"The file at {place} is not the one that was meant: its SHA-256 is {digest}, not {sha256}. Nothing "
                "was changed; ask its publisher."
            )
        snapshot = _unpack(fetched, str(place))
        with generations.exclusive():
            generation, landed = _land(snapshot, str(place))
    return Imported(generation, landed, digest)


def _check_named(place: str | Path) -> None:
    if not str(place).strip():
        raise CatalogInputError("No place was named. Give a path, or an address such as s3://bucket/catalog.zip.")


def _land(snapshot: Snapshot, place: str) -> tuple[Generation, bool]:
    """Put a fetched snapshot into use; its cards may be in any order."""
    try:
        with Staging(generations.home()) as staging:
            try:
                for card in snapshot.cards():
                    staging.add(card)
            except CatalogError as error:
                raise CatalogInputError(f"The catalog at {place} cannot be used: {error}") from error
            return generations.land(staging.ordered(), "import")
    except (TypeError, ValueError, AttributeError, OverflowError, KeyError) as error:
        # A complete file may contain invalid cards; then it fails to compile, before it is in use.
        raise CatalogInputError(
            f"The catalog at {place} holds facts of a wrong kind ({error}). Nothing was changed."
        ) from error
    except (OSError, sqlite3.Error) as error:
        raise CatalogOutOfReachError(
            f"The imported catalog cannot be written to {generations.home()} ({error}). Free some disk space."
        ) from error


def _unpack(file: Path, place: str) -> Snapshot:
    """Extract the snapshot of a catalog file next to it, and check its hash."""
    target = file.with_name(_SNAPSHOT)
    try:
        with zipfile.ZipFile(file) as zipped:
            if zipped.getinfo(_MANIFEST).file_size > _MOST_MANIFEST:
                raise CatalogInputError(f"The file at {place} is not a catalog: its manifest is too large.")
            manifest = json.loads(zipped.read(_MANIFEST))
            if manifest["kind"] != _KIND:
                raise CatalogInputError(f"The file at {place} is not a catalog, but {manifest['kind']!r:.60}.")
            if manifest["format"] != _FORMAT:
                raise CatalogInputError(
                    f"The catalog at {place} has format {manifest['format']!r:.20}, this program reads {_FORMAT}. "
                    "Upgrade model-advisor, or have the catalog exported again."
                )
            if zipped.getinfo(_SNAPSHOT).file_size > _MOST_FILE:
                raise CatalogInputError(f"The catalog at {place} is too large.")
            expected = manifest["snapshot"]["sha256"]
            with zipped.open(_SNAPSHOT) as source, target.open("wb") as unpacked:
                shutil.copyfileobj(source, unpacked, _CHUNK)
    except DAMAGED_ZIP as error:
        raise CatalogInputError(
            f"The file at {place} is not a complete catalog file ({error}). Fetch it again, or have it exported again."
        ) from error
    snapshot = Snapshot(target)
    if snapshot.digest != expected:
        raise CatalogInputError(
            f"The catalog at {place} is damaged: its models do not match its own hash. Fetch it again."
        )
    return snapshot


def _fetch(place: str, target: IO[bytes]) -> str:
    """Copy a file from any place; return its SHA-256."""
    fsspec: Any = import_module("fsspec")
    digest, size = hashlib.sha256(), 0
    with fsspec.open(place, "rb") as source:
        while piece := source.read(_CHUNK):
            digest.update(piece)
            target.write(piece)
            size += len(piece)
            if size > _MOST_FILE:
                raise CatalogInputError(f"The file at {place} is too large for a catalog.")
    return digest.hexdigest()


def _write(place: str, data: IO[bytes]) -> str:
    """Write a file to any place, a local one atomically; return its address."""
    fsspec: Any = import_module("fsspec")
    filesystem, path = fsspec.core.url_to_fs(place)
    if "file" not in filesystem.protocol:
        with filesystem.open(path, "wb") as target:
            shutil.copyfileobj(data, target, _CHUNK)
        return place
    local = Path(path)
    if local.is_dir():
        local = local / f"catalog-{datetime.now(UTC):%Y-%m-%d}.zip"
    with whole_file(local) as part:
        shutil.copyfileobj(data, part, _CHUNK)
    local.chmod(0o644)
    return str(local)


@contextlib.contextmanager
def _reaching(place: str | Path, what: str) -> Iterator[None]:
    """Turn a storage's exceptions into messages."""
    try:
        yield
    except CatalogError:
        raise
    except ImportError as error:
        extra = _EXTRAS.get(str(place).partition("://")[0])
        command = f": pip install 'model-advisor[{extra}]'" if extra else ""
        raise CatalogOutOfReachError(
            f"{place} cannot be {what}: {error}. Install that package with this program{command}."
        ) from error
    except ValueError as error:  # an unknown protocol
        raise CatalogInputError(f"{place} cannot be {what}: {error}.") from error
    except Exception as error:  # each storage has its own exceptions
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        raise CatalogOutOfReachError(
            f"{place} cannot be {what} ({reason}). Check the address and your access."
        ) from error
