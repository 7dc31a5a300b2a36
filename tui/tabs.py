"""The tabs of a browser that show sessions: what they may send, and how their processes end."""

import asyncio
import contextlib
import json
import time
from collections.abc import Callable, Sequence
from typing import Any

import psutil

LARGEST_SIDE, LONGEST_PING = 1000, 100
TWO = 2
STEP_SECONDS = 0.02


class MalformedError(Exception):
    """A tab sent what the page never sends; says what."""


def _is_text(value: object) -> bool:
    return isinstance(value, str) and not any("\ud800" <= character <= "\udfff" for character in value)


def _is_size(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    sides = [value.get("width"), value.get("height")]
    return all(type(side) is int and 1 <= side <= LARGEST_SIDE for side in sides)


# What the page sends, by its kind.
KINDS: dict[str, Callable[[Any], bool]] = {
    "stdin": _is_text,
    "resize": _is_size,
    "ping": lambda value: _is_text(value) and len(value) <= LONGEST_PING,
    "focus": lambda value: value is None,
    "blur": lambda value: value is None,
}


def message_of(text: str | None) -> tuple[str, Any]:
    """Return a message's kind and value; None stands for what is no text.

    Raises:
        MalformedError: if the page never sends such a message.
    """
    if text is None:
        raise MalformedError("a message that is no text")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise MalformedError("a message that is no JSON") from None
    if not isinstance(data, list) or len(data) not in (1, TWO) or not isinstance(data[0], str):
        raise MalformedError("a message that is no list of a kind and a value")
    kind, value = data[0], data[1] if len(data) == TWO else None
    if kind not in KINDS:
        raise MalformedError("a message of a kind that is not known")
    if not KINDS[kind](value):
        raise MalformedError(f"a message of the kind {kind} with a value that is none of its")
    return kind, value


def side(text: str | None, usual: int) -> int:
    """Return a side of a tab's terminal, in cells, from its address: a usual one where it is none."""
    try:
        cells = int(text or "")
    except ValueError:
        return usual
    return min(LARGEST_SIDE, max(1, cells))


async def end(processes: Sequence[psutil.Process], patience: float) -> None:
    """End processes: they are asked to, and killed where they take longer than that.

    They are not waited for, which is for their caller: who waits twice takes the other's answer away.
    """
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    if not await _have_ended(processes, patience):
        for process in processes:
            with contextlib.suppress(psutil.Error):
                process.kill()
        await _have_ended(processes, patience)


async def _have_ended(processes: Sequence[psutil.Process], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while any(map(_is_alive, processes)):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(STEP_SECONDS)
    return True


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def processes_of(pid: int | None = None) -> list[psutil.Process]:
    """Return all that a process started, and what that started; default: this one. It comes first if it is named."""
    try:
        leader = psutil.Process(pid)
        return ([] if pid is None else [leader]) + leader.children(recursive=True)
    except psutil.Error:
        return []
