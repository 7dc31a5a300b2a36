"""Where things live on disk. XDG_DATA_HOME and XDG_CACHE_HOME move them (platformdirs)."""

import os
from pathlib import Path

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
    """Return a typed path with the user's folder for its "~"; one of a user who is not known stays as it is."""
    return Path(os.path.expanduser(typed))  # noqa: PTH111  Path's own raises for an unknown user
