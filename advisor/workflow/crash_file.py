"""Crash files for faults of this program: they hold the details, the user reads one line that names the file."""

import os
import re
import sys
import tempfile
import traceback
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from advisor.errors import one_line
from advisor.paths import data_dir
from advisor.system.redact import without_secrets

KEPT = 20
_HEAD = "A fault in model-advisor. Keys are left out; a message may quote your files, so read this before you share it."
_REQUIREMENT = re.compile(r"[A-Za-z0-9._-]+")


def crash_dir() -> Path:
    return data_dir() / "crashes"


@dataclass(frozen=True, slots=True)
class Fault:
    """An unexpected error, and the file with its details; None if no folder is writable."""

    error: BaseException
    file: Path | None

    @property
    def message(self) -> str:
        seen = without_secrets(f"{type(self.error).__name__}: {self.error}")
        return f"a fault in model-advisor ({one_line(seen, 200)})"

    @property
    def what_to_do(self) -> str:
        if self.file is None:
            return "its details cannot be kept: neither the data folder nor the temporary folder takes a file"
        return f"attach {self.file} to a report"

    def line(self) -> str:
        return f"error: {self.message}; {self.what_to_do}"


def write_crash_file(error: BaseException) -> Fault:
    """Write a crash file, into the temporary folder if the data folder is not writable."""
    text = report(error)
    name = f"crash-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.txt"
    for folder in (crash_dir(), Path(tempfile.gettempdir())):
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / name
            path.touch(mode=0o600)
            path.write_text(text, encoding="utf-8", errors="backslashreplace")
            _drop_old()
            return Fault(error, path)
    return Fault(error, None)


def report(error: BaseException) -> str:
    """Return a crash file's content: versions, the command line and the traceback, without secrets."""
    lines = [
        _HEAD,
        "",
        f"when: {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC",
        f"command: {' '.join(['advisor', *map(_argument, sys.argv[1:])])}",
        *_versions(),
        "",
        *(line.rstrip("\n") for line in traceback.format_exception(error)),
    ]
    return without_secrets("\n".join(lines)) + "\n"


def _argument(text: str) -> str:
    """Return an argument; a sentence, such as a task in words, is replaced by its length."""
    return text if len(text.split()) <= 1 else f"<{len(text)} characters>"


def _versions() -> list[str]:
    """Return the versions of Python, the system, and installed packages."""
    import platform
    from importlib.metadata import PackageNotFoundError, requires

    from advisor.system.plugins import installed_version  # imports forty modules

    lines = [f"python: {platform.python_version()}", f"system: {platform.platform()}"]
    names = ["model-advisor"]
    with suppress(PackageNotFoundError):
        found = (_REQUIREMENT.match(each) for each in requires("model-advisor") or ())
        names += sorted({match[0] for match in found if match is not None})
    found_versions = ((name, installed_version(name)) for name in dict.fromkeys(names))
    return lines + [f"{name}: {version}" for name, version in found_versions if version]


def _drop_old() -> None:
    """Keep only the latest files."""
    with suppress(OSError):
        for path in sorted(crash_dir().glob("crash-*.txt"))[:-KEPT]:
            path.unlink()
