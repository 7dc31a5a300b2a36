"""The catalog that is in use: snapshots that refreshes and imports have landed, and the pointer to the present one.

A generation is a snapshot file named by its hash; its compiled form lives in the cache, as that of the shipped
snapshot does, and is compiled anew when a new version of the program lays it out differently. One small pointer file
says which generation is in use. It is replaced by rename, after all else is in place, so whoever opens the catalog
meanwhile gets the old one or the new one.
"""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from catalog.card import ModelCard
from catalog.compiler import (
    DATABASE,
    cache_folder,
    compiled,
    forget,
    key_for,
    read_snapshot,
    shipped_snapshot,
    write_snapshot,
)
from catalog.errors import CatalogError

Origin = Literal["refresh", "import"]

_FORMAT: Final = 1
_POINTER: Final = "current.json"
_LOCK: Final = "landing.lock"
_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Generation:
    """One catalog that was landed.

    Attributes:
        snapshot: SHA-256 of its snapshot file.
        origin: What landed it.
        landed: When, ISO.
        count: Models in it.
    """

    snapshot: str
    origin: Origin
    landed: str
    count: int


@dataclass(frozen=True, slots=True)
class Generations:
    """What the pointer file says.

    Attributes:
        current: The catalog in use.
        previous: The one before, to go back to; ``None`` is the shipped snapshot.
        base: Hash of the imported snapshot that refreshes build on; ``None`` is the shipped snapshot.
        retired: Hash of the one before the previous, whose compiled form readers may still have open.
    """

    current: Generation | None
    previous: Generation | None = None
    base: str | None = None
    retired: str | None = None


def home() -> Path:
    """The folder of landed catalogs and of the refresh's journal; ``XDG_DATA_HOME`` moves it."""
    from platformdirs import user_data_path  # 0.02 s

    return user_data_path("model-advisor", appauthor=False) / "catalog"


@contextlib.contextmanager
def exclusive() -> Iterator[None]:
    """Hold the lock under which catalogs are refreshed, imported and rolled back; a kill frees it.

    Raises:
        CatalogError: Another process holds it, or the data folder cannot be written.
    """
    from filelock import FileLock, Timeout  # 0.05 s, needed only to change something

    folder = home()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / _LOCK, timeout=0)
        with lock:
            yield
    except Timeout as error:
        raise CatalogError(
            "Another refresh or import of the catalog is under way. Wait until it ends; searches go on meanwhile."
        ) from error


def read() -> Generations:
    """What is in use now.

    Raises:
        CatalogError: The pointer file is damaged.
    """
    path = home() / _POINTER
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != _FORMAT:
            raise CatalogError(
                f"The catalog in {home()} was landed by another version of this program. Upgrade, or delete {path}."
            )
        return Generations(_generation(data["current"]), _generation(data["previous"]), data["base"], data["retired"])
    except FileNotFoundError:
        return Generations(None)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CatalogError(
            f"The file {path} that says which catalog is in use cannot be read ({error}). Delete it to go on with the "
            "shipped catalog, then refresh."
        ) from error


def current_folder() -> tuple[Path, bool]:
    """Folder of the compiled catalog in use, and whether it is temporary; the shipped snapshot if nothing was landed.

    Raises:
        CatalogError: The catalog in use is damaged.
    """
    for attempt in range(_TRIES):
        current = read().current
        if current is None:
            return compiled(shipped_snapshot())
        folder = cache_folder() / key_for(current.snapshot)
        if (folder / DATABASE).is_file():
            return folder, False
        try:
            return compiled(snapshot_bytes(current.snapshot))
        except FileNotFoundError as error:
            # Two catalogs may have landed between reading the pointer and the file; then the pointer has moved on.
            if attempt == _TRIES - 1:
                raise CatalogError(
                    f"The snapshot of the catalog in use is gone from {home()} ({error}). Go back to the one before "
                    "with `advisor catalog refresh --rollback`, or refresh."
                ) from error
    raise AssertionError  # the loop returns or raises


def snapshot_bytes(digest: str) -> bytes:
    """The snapshot with that SHA-256.

    Raises:
        FileNotFoundError: It is not here.
        CatalogError: Its bytes are not those that were landed.
    """
    path = _snapshot_path(digest)
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != digest:
        raise CatalogError(f"The catalog's file {path} is damaged. Delete it, then refresh or import again.")
    return data


def current_snapshot() -> bytes:
    """The snapshot of the catalog in use, the shipped one if nothing was landed.

    Raises:
        CatalogError: It is missing or damaged.
    """
    current = read().current
    if current is None:
        return shipped_snapshot()
    try:
        return snapshot_bytes(current.snapshot)
    except OSError as error:
        raise CatalogError(f"The snapshot of the catalog in use cannot be read ({error}). Refresh it.") from error


def base_snapshot() -> bytes:
    """The snapshot on which a refresh builds: what was last imported, else the shipped one.

    Raises:
        CatalogError: It is missing or damaged.
    """
    base = read().base
    try:
        return shipped_snapshot() if base is None else snapshot_bytes(base)
    except OSError as error:
        raise CatalogError(
            f"The imported catalog that refreshes build on cannot be read ({error}). Import it again."
        ) from error


def land(cards: Sequence[ModelCard], origin: Origin) -> tuple[Generation, bool]:
    """Put the cards into use, the lock of :func:`exclusive` being held.

    Killed at any moment, it leaves the old catalog in use or the new one; called again, it finishes.

    Returns:
        The generation in use, and whether it is another one than before.

    Raises:
        CatalogError: Two cards have one id.
        OSError: The disk is full or cannot be written.
    """
    snapshot, count = write_snapshot(cards), len(cards)
    del cards  # of millions, one copy at a time: compiling reads them anew
    digest = hashlib.sha256(snapshot).hexdigest()
    _write(_snapshot_path(digest), snapshot)
    folder, temporary = compiled(snapshot)
    if temporary:  # the cache cannot be written; each reader will compile its own
        forget(folder)
    old = read()
    base = digest if origin == "import" else old.base
    if old.current is not None and old.current.snapshot == digest:
        if base != old.base:
            _point(Generations(old.current, old.previous, base, old.retired))
        return old.current, False
    now = datetime.now(UTC).isoformat(timespec="seconds")
    new = Generation(digest, origin, now, count)
    dropped = old.previous.snapshot if old.previous else None
    _point(Generations(new, old.current, base, dropped))
    _prune(old)
    return new, True


def rollback() -> Generation | None:
    """Go back to the catalog before the present one; once more, and the present one is back.

    Returns:
        The generation now in use, ``None`` for the shipped snapshot.

    Raises:
        CatalogError: Nothing was ever landed, or the one before is damaged.
    """
    with exclusive():
        old = read()
        if old.current is None and old.previous is None:
            raise CatalogError("There is no earlier catalog to go back to: the shipped one is in use.")
        if old.previous is not None:
            try:
                folder, temporary = compiled(snapshot_bytes(old.previous.snapshot))
            except OSError as error:
                raise CatalogError(f"The catalog before the present one cannot be read ({error}). Refresh.") from error
            if temporary:
                forget(folder)
        _point(Generations(old.previous, old.current, old.base, old.retired))
        return old.previous


def base_cards() -> list[ModelCard]:
    """The cards on which a refresh builds."""
    return read_snapshot(base_snapshot())


def _generation(data: dict[str, Any] | None) -> Generation | None:
    return None if data is None else Generation(**data)


def _snapshot_path(digest: str) -> Path:
    return home() / "snapshots" / f"{digest[:20]}.jsonl.gz"


def _point(new: Generations) -> None:
    data = {"format": _FORMAT, **asdict(new)}
    _write(home() / _POINTER, json.dumps(data, indent=1).encode())


def _write(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all, a power cut included."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f"{path.name}.part-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _prune(old: Generations) -> None:
    """Remove snapshots that nothing refers to, half-written files, and the compiled form retired a landing ago."""
    now = read()
    kept = {g.snapshot for g in (now.current, now.previous) if g} | {now.base}
    names = {_snapshot_path(digest).name for digest in kept if digest}
    for path in (home() / "snapshots").iterdir():
        if path.name not in names:
            path.unlink(missing_ok=True)
    for path in home().glob(f"{_POINTER}.part-*"):
        path.unlink(missing_ok=True)
    if old.retired and old.retired not in kept | {now.retired}:
        # Forms of other layouts too, which an older version of the program left, and the lock files beside them.
        for path in cache_folder().glob(f"{old.retired[:20]}-*"):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
