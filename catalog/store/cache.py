"""The cache of compiled catalogs, some 50 MB each: which are kept, and removal of those without readers."""

import contextlib
import os
import re
import shutil
import sqlite3
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from numpy.typing import NDArray


DATABASE: Final = "catalog.db"
PART: Final = ".part-"
_KEY: Final = re.compile(r"([0-9a-f]{20})-\d+\Z")
_DAY: Final = 86_400.0
# Another version of the program, or another user of the cache, may need folders that this one does not know.
_UNUSED_DAYS: Final = 30
_ABANDONED_DAYS: Final = 1


def touch(folder: Path) -> None:
    with contextlib.suppress(OSError):
        os.utime(folder)


def prune(parent: Path, keep: Collection[str], dropped: Collection[str] = ()) -> None:
    """Remove unneeded compiled catalogs, and leftovers of killed builders; those open in a reader stay.

    The names to keep stay. The forms of ``dropped`` snapshots, named by their first 20 digits, are removed immediately,
    others after 30 days without use.
    """
    with contextlib.suppress(OSError):
        for path in sorted(parent.iterdir()):
            if PART in path.name:
                if _age(path) > _ABANDONED_DAYS:
                    shutil.rmtree(path, ignore_errors=True)
            elif (
                (match := _KEY.match(path.name))
                and path.name not in keep
                and (match[1] in dropped or _age(path) > _UNUSED_DAYS)
            ):
                _remove(path)


def _age(path: Path) -> float:
    try:
        return (time.time() - path.stat().st_mtime) / _DAY
    except OSError:
        return 0.0


def _remove(folder: Path) -> None:
    """Remove a compiled catalog, unless a reader has it open; then it is removed the next time.

    A process that has a catalog open holds a SQLite read lock on its database (``Store``), which a kill releases; so
    an exclusive lock proves that there is no reader.
    """
    gone = folder.with_name(f"{folder.name}{PART}gone")
    with contextlib.suppress(OSError):
        with contextlib.closing(sqlite3.connect(folder / DATABASE, timeout=0, isolation_level=None)) as db:
            try:
                db.execute("BEGIN EXCLUSIVE")
            except sqlite3.Error as error:
                if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                    os.utime(folder, (0, 0))
                    return
            shutil.rmtree(gone, ignore_errors=True)
            folder.rename(gone)  # atomic, so that no process opens half of it
        shutil.rmtree(gone, ignore_errors=True)
        folder.with_name(f"{folder.name}.lock").unlink(missing_ok=True)


def kept(folder: Path, name: str, make: "Callable[[], NDArray[Any]]") -> "NDArray[Any]":
    """Load an array that a compiled catalog stores under a name; compute and store it if it is missing or damaged.

    Floats are stored in half precision, and returned so, so that fresh and loaded arrays give the same answers. The
    name identifies all inputs of the array, so that a stale one is never loaded; in a read-only folder nothing is
    stored.
    """
    import numpy as np

    # A folder's age gives its last use, and whether it is removed after its last reader.
    path = folder / f"{name}.npy"
    try:
        found = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):  # an empty file is an end too early
        found = make()
        if np.issubdtype(found.dtype, np.floating):
            found = found.astype(np.float16)
        unfinished = path.with_name(f"{path.name}.part-{os.getpid()}")
        try:
            before = folder.stat()
            with unfinished.open("wb") as file:
                np.save(file, found, allow_pickle=False)
            unfinished.replace(path)
            os.utime(folder, ns=(before.st_atime_ns, before.st_mtime_ns))
        except OSError:
            unfinished.unlink(missing_ok=True)
    return np.asarray(found, dtype=np.float32 if np.issubdtype(found.dtype, np.floating) else None)
