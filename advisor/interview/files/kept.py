"""Keeps examples that come without a file, pasted or piped in, below the data folder; they are read as any file."""

import hashlib
from pathlib import Path

from advisor.paths import data_dir

FOLDER = "pasted"


def keep(content: bytes, ending: str = "") -> Path:
    """Write the content and return its file; equal content has the same file.

    Raises:
        OSError: if it cannot be written.
    """
    path = data_dir() / FOLDER / f"{hashlib.sha256(content).hexdigest()[:12]}{ending}"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_bytes(content)
    return path
