"""The origin of a run (its files, the program, the machine), and changes since, in words."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.errors import InputError, one_line
from advisor.paths import is_file, is_folder
from advisor.system import machine
from advisor.system.plugins import installed_version
from advisor.system.source import opened
from advisor.units import now

if TYPE_CHECKING:
    from advisor.runs.reader import Run
    from advisor.task.model import Task


def describe_origin(task_file: Path, task: Task, download_budget: int) -> dict[str, Any]:
    """Return a run's origin for `runs resume`, `verify` and reports, as plain values."""
    here = machine.measure_machine()
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
        "is_bar_usual": task.bar.model_fields_set <= _NO_RATE,
        "files": {
            name: {"path": str(path.absolute()), "sha256": digest(path)}
            | ({"is_folder": True} if is_folder(path) else {})
            for name, path in sources.items()
        },
    }


def digest(path: Path) -> str | None:
    """Return a file's sha256, None if it cannot be read (e.g. a pipe that was read before)."""
    if not is_file(path):
        return None
    try:
        with opened(path) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return None


def task_file_of(run: Run) -> Path:
    """Return the task file of a run; InputError if the run does not name it, or it is missing."""
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


SHOWN = 3
VALUE = 60
# Parts of a bar other than the number of right answers.
_NO_RATE = frozenset({"confidence", "p95_seconds"})
# Compared separately.
_OWN_WORDS = frozenset({"task", "evidence", "teaching", "candidates", "engines"})
# Not part of a run's id.
_BESIDES = frozenset({"run", "given_up_below", "without_tags", "scoring", "candidate_facts", "origin"})
# These follow from the rest, so they are listed only if nothing else differs.
_FOLLOWS = frozenset({"alpha_shares", "ladder", "probing_starts_at", "labels", "format"})


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the differences between a run's `run.json` and the current `Plan.fixed`, one per line."""
    lines = list(_values("task", before.get("task") or {}, after.get("task") or {}))
    lines += _examples(before, after)
    lines += _candidates(before.get("candidates") or [], after.get("candidates") or [])
    lines += _values("library", before.get("engines") or {}, after.get("engines") or {})
    rest = sorted((before.keys() | after.keys()) - _OWN_WORDS - _BESIDES, key=lambda name: (name in _FOLLOWS, name))
    for name in rest:
        if name not in _FOLLOWS or not lines:
            lines += _values(name.replace("_", " "), before.get(name), after.get(name))
    return lines


def _values(name: str, before: Any, after: Any) -> Iterator[str]:  # noqa: ANN401  any JSON value
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            # A part of the task file unknown to an older version has its default now.
            if key in before or name != "task":
                yield from _values(f"{name} {key}", before.get(key), after.get(key))
    elif before != after:
        yield f"{one_line(name, VALUE)}: {_shown(after)}, was {_shown(before)}"


def _shown(value: object) -> str:
    return "nothing" if value is None else one_line(value, VALUE)


def _examples(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Compare the lists of [id, hash of the expected answer]; adding or removing one changes the split."""
    parts = ("evidence", "teaching")
    old, new = ({each[0]: each[1] for part in parts for each in run.get(part) or []} for run in (before, after))
    relabelled = [identity for identity in old.keys() & new.keys() if old[identity] != new[identity]]
    counts = (
        (len(old.keys() - new.keys()), "gone"),
        (len(new.keys() - old.keys()), "new"),
        (len(relabelled), "with another expected answer"),
    )
    differ = [f"{count} {words}" for count, words in counts if count]
    if differ:
        yield f"examples: {', '.join(differ)} (now {len(new)}, were {len(old)})"
    for part in parts:
        was, now = ([each[0] for each in run.get(part) or []] for run in (before, after))
        if not differ and was != now:
            how = "in another order" if sorted(was) == sorted(now) else f"{len(now)}, were {len(was)}"
            yield f"{part} examples: {how}"


def _candidates(before: list[str], after: list[str]) -> Iterator[str]:
    for words, some, others in (("gone", before, after), ("new", after, before)):
        found = [one_line(each, 2 * VALUE) for each in some if each not in others]
        if found:
            more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
            yield f"candidate {words}: {', '.join(found[:SHOWN])}{more}"
    if before != after and sorted(before) == sorted(after):
        yield "candidates: in another order"
