"""Files written so that nobody reads half of one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader, or a crash, finds all of it or nothing.

    Raises:
        OSError: if it cannot be written; it names the file.
    """
    try:
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=".", delete=False) as partial:
            try:
                partial.write(text)
                sync(partial)
            except BaseException:
                Path(partial.name).unlink()
                raise
        Path(partial.name).replace(path)
    except OSError as error:
        error.filename = str(path)
        raise


def sync(file: Any) -> None:  # noqa: ANN401  any open file
    """Have the disk hold what was written."""
    file.flush()
    os.fsync(file.fileno())
