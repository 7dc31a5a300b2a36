"""Where things live on disk. XDG_DATA_HOME and XDG_CACHE_HOME move them (platformdirs)."""

import os
import shlex
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import platformdirs

APP_NAME = "model-advisor"


def data_dir() -> Path:
    """Return the user data folder; runs and local models live below it."""
    return Path(platformdirs.user_data_dir(APP_NAME, appauthor=False))


def runs_dir() -> Path:
    """Return the folder that holds one folder per run."""
    return data_dir() / "runs"


def sessions_dir() -> Path:
    """Return the folder that holds one folder a session."""
    return data_dir() / "sessions"


def models_dir() -> Path:
    """Return the folder whose sub-folders are local models: candidates like any other."""
    return data_dir() / "models"


def is_file(path: Path) -> bool:
    """Return whether a file is there; a name that the system refuses, one that is too long for one, names none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def is_folder(path: Path) -> bool:
    """Return whether a folder is there, as `is_file` does."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def is_there(path: Path) -> bool:
    """Return whether anything is there, as `is_file` does."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def at_home(typed: str) -> Path:
    """Return a typed or pasted path with the user's folder for its "~"; one of a user who is not known stays as it is.

    What terminals and file managers paste around a path that is not there so is no part of it: quotes, escapes, blanks
    at the ends, "file://".
    """
    path = _expanded(typed)
    return path if is_there(path) else _expanded(_plain(typed))


def _expanded(typed: str) -> Path:
    return Path(os.path.expanduser(typed))  # noqa: PTH111  Path's own raises for an unknown user


def _plain(pasted: str) -> str:
    """Return a path without what was pasted along."""
    text = pasted.strip()
    if text.startswith("file://"):
        return url2pathname(urlsplit(text).path)
    if text[:1] in {"'", '"'} and len(text) > 2 and text[-1] == text[0] and text[0] not in text[1:-1]:  # noqa: PLR2004
        return text[1:-1]
    if os.name == "nt" or not {"'", '"', "\\"} & {*text}:
        return text
    try:
        parts = shlex.split(text)
    except ValueError:  # an apostrophe
        return text
    return parts[0] if len(parts) == 1 else text
