"""Reads the whole lines of a JSON Lines file: a last one without its end was cut by a crash, or is being written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from advisor.errors import InputError, OutOfReachError, one_line

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 1 << 30


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return a file's JSON objects in their order; none if there is no file. What is no whole object is left out.

    Raises:
        InputError: if it is larger than a run's files are.
        OutOfReachError: if it cannot be read.
    """
    if not path.exists():
        return []
    lines = []
    for text in read_text(path).split("\n")[:-1]:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            lines.append(value)
    return lines


def cut_unfinished(path: Path) -> None:
    """Cut a last line without its end off a file, so that the next line does not go on in it."""
    if not path.exists():
        return
    with path.open("r+b") as file:
        raw = file.read()
        whole = raw.rfind(b"\n") + 1
        if whole < len(raw):
            file.truncate(whole)


def read_text(path: Path) -> str:
    """Return a file's text, whatever its bytes.

    Raises:
        InputError: if it is not there, or larger than a run's files are.
        OutOfReachError: if it cannot be read.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"{path}: is larger than 1 GiB, no run's file is")
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        raise InputError(f"{path}: is not there; name a run's folder, its id, or last") from None
    except OSError as error:
        raise OutOfReachError(f"{path}: cannot be read ({one_line(error)})") from None
