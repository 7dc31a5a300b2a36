"""Where a run came from: its task file, its examples' file, the program and the machine. No outcome depends on it."""

from __future__ import annotations

import hashlib
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.errors import InputError
from advisor.paths import is_file
from advisor.system import machine
from advisor.system.plugins import installed_version
from advisor.system.source import opened
from advisor.units import now

if TYPE_CHECKING:
    from advisor.runs.reader import Run
    from advisor.task.model import Task


def describe(task_file: Path, task: Task, download_budget: int) -> dict[str, Any]:
    """Return what `runs resume`, `verify` and a report say about a run's making, as plain values."""
    here = machine.look()
    sources = {"task": task_file, "examples": task_file.parent / task.examples.path}
    if task.teaching.path is not None:
        sources["teaching"] = task_file.parent / task.teaching.path
    return {
        "made": now(),
        "advisor": installed_version("model-advisor"),
        "python": platform.python_version(),
        "platform": platform.platform(terse=True),
        "machine": platform.machine(),
        "processors": here.processors,
        "threads": here.threads,
        "memory_bytes": here.total_memory_bytes,
        "download_budget": download_budget,
        "files": {name: {"path": str(path.absolute()), "sha256": digest(path)} for name, path in sources.items()},
    }


def digest(path: Path) -> str | None:
    """Return a file's sha256, None if it cannot be read (a pipe, say, was read before)."""
    if not is_file(path):
        return None
    try:
        with opened(path) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return None


def task_file_of(run: Run) -> Path:
    """Return the task file that a run was made from.

    Raises:
        InputError: if the run does not say, or it is not there any more.
    """
    path = ((run.origin.get("files") or {}).get("task") or {}).get("path")
    if path is None:
        raise InputError(
            f"run {run.id} was made by a version that did not keep the task file's path; "
            "`advisor recommend TASK` with its task file starts a new one"
        )
    if not Path(path).exists():
        raise InputError(
            f"run {run.id}: its task file {path} no longer exists; put it back, or `advisor recommend` it "
            "where it is now: the same task and examples are the same run"
        )
    return Path(path)
