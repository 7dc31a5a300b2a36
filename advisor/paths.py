"""Folders on disk. XDG_DATA_HOME and XDG_CACHE_HOME move them (platformdirs)."""

import os
import re
import shlex
import unicodedata
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import platformdirs

APP_NAME = "model-advisor"
# Of the name of an export's folder.
MOST_WORDS, LONGEST_NAME = 5, 40
# By code point: letters that no composition takes apart, such as the Polish l with a stroke.
_LETTERS = {0x142: "l", 0xF8: "o", 0x111: "d", 0xE6: "ae", 0x153: "oe"}


def data_dir() -> Path:
    """Return the user data folder; runs and local models live below it."""
    return Path(platformdirs.user_data_dir(APP_NAME, appauthor=False))


def runs_dir() -> Path:
    """Return the folder that holds one folder per run."""
    return data_dir() / "runs"


def sessions_dir() -> Path:
    """Return the folder that holds one folder per session."""
    return data_dir() / "sessions"


def models_dir() -> Path:
    """Return the folder whose sub-folders are local models: candidates like any other."""
    return data_dir() / "models"


# Unlike Path's own methods, these raise for no path: one that the system refuses, such as a too long one, is not there.
is_file, is_folder, is_there = os.path.isfile, os.path.isdir, os.path.exists


def at_home(typed: str) -> Path:
    """Return a typed or pasted path with "~" expanded; that of an unknown user is kept.

    Decorations that terminals and file managers add to a pasted path are removed unless such a path exists: quotes,
    escapes, surrounding blanks, "file://".
    """
    path = _expanded(typed)
    return path if is_there(path) else _expanded(_plain(typed))


def export_folder(task: str, run: str) -> str:
    """Return the name proposed for an exported model's folder: the first words of the task's name, and the run's id."""
    text = "".join(
        sign for sign in unicodedata.normalize("NFKD", task.casefold()) if not unicodedata.combining(sign)
    ).translate(_LETTERS)
    words = [word for word in re.findall(r"[a-z0-9]+", text) if len(word) > 1][:MOST_WORDS]
    while len("-".join(words)) > LONGEST_NAME:
        words.pop()
    return "-".join([*(words or ["model"]), run])


def _expanded(typed: str) -> Path:
    return Path(os.path.expanduser(typed))  # noqa: PTH111  Path's own raises for an unknown user


def _plain(pasted: str) -> str:
    """Return a path without the decorations of pasting."""
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
