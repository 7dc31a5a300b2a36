"""What the user chose about the session's looks, in a small file of the config folder; a damaged one is as none."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from advisor.paths import APP_NAME
from tui.themes import NAMES

FILE = "session.json"
MOST_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Settings:
    """The choices that outlive a session.

    Attributes:
        theme: One of `tui.themes.NAMES`.
    """

    theme: str = "dark"

    def __post_init__(self) -> None:
        if self.theme not in NAMES:
            raise ValueError(f"theme: {self.theme!r} is not one of {', '.join(NAMES)}")


def path() -> Path:
    """Return where the file is; XDG_CONFIG_HOME moves it."""
    import platformdirs

    return Path(platformdirs.user_config_dir(APP_NAME, appauthor=False)) / FILE


def load() -> Settings:
    """Return the choices; those that cannot be read are the defaults."""
    try:
        with path().open("rb") as file:
            told = json.loads(file.read(MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return Settings()
    known = {field.name for field in fields(Settings)}
    given: dict[str, Any] = (
        {name: value for name, value in told.items() if name in known} if told.__class__ is dict else {}
    )
    try:
        return Settings(**given)
    except (TypeError, ValueError):
        return Settings()


def save(settings: Settings) -> bool:
    """Keep the choices; return whether that worked: a folder that cannot be written is no reason to stop."""
    place = path()
    part = place.with_name(f"{place.name}.{os.getpid()}.part")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(asdict(settings), indent=1) + "\n", encoding="utf-8")
        part.replace(place)
    except OSError:
        return False
    return True
