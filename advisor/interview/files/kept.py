"""Examples that come without a file, pasted or piped in: kept below the data folder, and read as any file is."""

import hashlib
from pathlib import Path

from advisor.paths import data_dir

FOLDER = "pasted"


def keep(content: bytes, ending: str = "") -> Path:
    """Write what was given, and return its file; the same content is the same file.

    Raises:
        OSError: if it cannot be written.
    """
    path = data_dir() / FOLDER / f"{hashlib.sha256(content).hexdigest()[:12]}{ending}"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_bytes(content)
    return path
