"""Atomically written files, and file locks between processes and threads.

A lock's file is never removed: a waiting process may have opened it already, and would then lock another file than the
next one. Only the holder releases it, and only the holder may delete what it protects.
"""

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout


def write_whole(path: Path, text: str, *, is_private: bool = True) -> None:
    """Write a file atomically, even in a crash, with the permissions that it has; OSError names it.

    A new file is for its owner alone, as the user's rows may be in it, or as open as any if it is not private.
    """
    partial = path.with_name(f".{secrets.token_hex(8)}")
    try:
        try:
            with open(partial, "x", encoding="utf-8", opener=_for_owner if is_private else None) as file:
                file.write(text)
                sync(file)
            if path.is_file():
                shutil.copymode(path, partial)
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
    except OSError as error:
        error.filename = str(path)
        raise


def _for_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def sync(file: Any) -> None:  # noqa: ANN401  any open file
    file.flush()
    os.fsync(file.fileno())


# A check whether a lock is held takes it for a moment.
PATIENCE_SECONDS = 0.5


def acquire(path: Path, refusal: Callable[[], Exception]) -> FileLock:
    """Acquire and return the lock; the holder calls its `release`.

    Raises:
        Exception: that of `refusal`.
        OSError: if the file cannot be created.
    """
    lock = FileLock(path)
    try:
        lock.acquire(timeout=PATIENCE_SECONDS)
    except Timeout:
        raise refusal() from None
    return lock


@contextmanager
def hold_lock(path: Path, refusal: Callable[[], Exception]) -> Iterator[None]:
    """Hold a lock for a block; the exception of `refusal`, or OSError if the file cannot be created."""
    lock = acquire(path, refusal)
    try:
        yield
    finally:
        lock.release()


def is_held(path: Path) -> bool:
    """Return whether some process or thread holds a lock."""
    if not path.exists():
        return False
    try:
        with FileLock(path, timeout=0):
            return False
    except Timeout:
        return True
    except OSError:
        return False
