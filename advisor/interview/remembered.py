"""Keeps what was given below the data folder: examples without a file, and how much may be downloaded as a default."""

import contextlib
import hashlib
import json
from pathlib import Path

from advisor.paths import data_dir

MOST_BYTES = 1 << 16
FOLDER = "pasted"
_KEY = "download"


def _file() -> Path:
    return data_dir() / "remembered.json"


def download() -> int | None:
    """Return the bytes allowed when last asked; None if never asked, or unreadable."""
    try:
        with _file().open("rb") as file:
            settings = json.loads(file.read(MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return None
    value = settings.get(_KEY) if isinstance(settings, dict) else None
    return value if type(value) is int and value >= 0 else None


def keep_download(most: int) -> None:
    """Save an answer; a folder that cannot be written is no reason to stop."""
    from advisor.system.files import write_whole

    place = _file()
    with contextlib.suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        write_whole(place, json.dumps({_KEY: most}))


def keep_examples(content: bytes, ending: str = "") -> Path:
    """Write pasted or piped examples and return their file; equal content has the same file.

    OSError if it cannot be written.
    """
    path = data_dir() / FOLDER / f"{hashlib.sha256(content).hexdigest()[:12]}{ending}"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_bytes(content)
    return path
