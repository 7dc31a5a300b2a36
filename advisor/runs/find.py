"""Find runs by id, by the start of one, by path, or the last; summarise and delete them."""

import datetime as dt
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from advisor.errors import AdvisorError, InputError, OutOfReachError, one_line
from advisor.paths import runs_dir
from advisor.runs.reader import FORMAT, open_run
from advisor.runs.result import SharedRows
from advisor.runs.store import in_use, lock_of
from advisor.system.codec import plain
from advisor.system.files import hold_lock, is_held

LAST = "last"
MOST_NAMED = 3
RESULT = "result.json"


def find_run(name: str) -> Path:
    """Return the folder of a run, named by its id, the start of one, the path of folder or result.json, or "last".

    InputError if there is none, or more than one.
    """
    if not name.strip():
        raise InputError("name a run: its id, the beginning of one, a folder, or last; see `advisor runs`")
    known = folders()
    if name == LAST:
        if not known:
            raise InputError("there is no run yet; `advisor recommend TASK` makes one", ways=_newest(known))
        return max(known, key=changed)
    exact = [folder for folder in known if folder.name == name]
    begun = exact or [folder for folder in known if folder.name.startswith(name)]
    if len(begun) == 1:
        return begun[0]
    path = Path(name)
    try:
        if path.is_dir():
            return path
        if path.is_file():
            return _of_file(path)
    except (OSError, ValueError):  # too long, or not a path
        pass
    if begun:
        listed = ", ".join(folder.name for folder in begun[:6])
        line = f"run {one_line(name, 40)}: {len(begun)} runs begin so ({listed}); name one"
        raise InputError(line, ways=_newest(begun))
    raise InputError(f"run {one_line(name, 60)}: there is none; `advisor runs` lists them", ways=_newest(known))


def _newest(found: list[Path]) -> tuple[str, ...]:
    """Return the ids of the latest runs, each with its task and time; without any, the commands that make one."""
    if not found:
        return ('`advisor recommend "TASK" --examples FILE`: makes the first run', "`advisor`: asks what it needs")
    listed = [summary(folder) for folder in sorted(found, key=changed, reverse=True)[:MOST_NAMED]]
    when = [dt.datetime.fromtimestamp(each.changed, tz=dt.UTC).astimezone() for each in listed]
    ways = [
        f"{each.id}: {one_line(each.task or 'damaged', 60)}, {each.state}, {at:%Y-%m-%d %H:%M}"
        for each, at in zip(listed, when, strict=True)
    ]
    return *ways, f"`advisor runs`: lists {'it' if len(found) == 1 else f'all {len(found)}'} with what came of each"


def before(run_id: str) -> str | None:
    """Return the note if the same run was made before, None if it was not."""
    folder = runs_dir() / run_id
    if not (folder / "run.json").is_file():
        return None
    when = dt.datetime.fromtimestamp(changed(folder), tz=dt.UTC).astimezone()
    then = f"run {run_id} of {when:%Y-%m-%d %H:%M}"
    if (folder / RESULT).is_file():
        return f"This was measured before: nothing is measured twice, the answer is that of {then}."
    return f"This run was interrupted before: nothing is measured twice, it continues {then}."


def folders() -> list[Path]:
    """Return all runs' folders, the last changed first."""
    try:
        found = [folder for folder in runs_dir().iterdir() if (folder / "run.json").is_file()]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise OutOfReachError(f"{runs_dir()}: cannot be read ({one_line(error)})") from None
    return sorted(found, key=changed, reverse=True)


def changed(folder: Path) -> float:
    """Return the time of a run's last change, in seconds since 1970."""
    times = [0.0]
    for name in ("run.json", "outcomes.jsonl", "probes.jsonl", RESULT):
        try:
            times.append((folder / name).stat().st_mtime)
        except OSError:
            continue
    return max(times)


def delete_run(folder: Path) -> None:
    """Delete a run's folder and references to it.

    InputError if it is not a run's folder, or not in the folder of runs. RunInUseError if a process works on it.
    OutOfReachError if it cannot be deleted.
    """
    if folder.parent.resolve() != runs_dir().resolve():
        raise InputError(f"{folder}: is not in {runs_dir()}; delete the folder yourself")
    if not (folder / "run.json").is_file():
        raise InputError(f"{folder}: is not a run's folder; nothing was deleted")
    try:
        with hold_lock(lock_of(folder), lambda: in_use(folder)):
            if folder.is_symlink():
                folder.unlink()
            else:
                (folder / "run.json").unlink()  # first: without it no run is left if this is cut short
                shutil.rmtree(folder)
    except OSError as error:
        raise OutOfReachError(f"{folder}: cannot be deleted ({one_line(error)})") from None
    for question in (runs_dir() / "questions").glob("*.json"):
        if f'"run": "{folder.name}"' in question.read_text(encoding="utf-8", errors="replace")[:200]:
            question.unlink(missing_ok=True)


def is_in_use(folder: Path) -> bool:
    return is_held(lock_of(folder))


def _of_file(path: Path) -> Path:
    if (path.parent / "run.json").is_file():
        return path.parent
    raise InputError(f"{path}: its run.json is not next to it; keep a run's files together in one folder")


FINISHED, IN_USE, UNFINISHED, DAMAGED = "finished", "in use", "not finished", "damaged"


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One run in a list; unknown fields are None.

    `changed` is in seconds since 1970, `reason` why it cannot be read; `shared` are earlier tests on its rows, None if
    the run is not in the ledger.
    """

    id: str
    folder: Path
    changed: float
    state: str
    task: str | None = None
    verdict: str | None = None
    strength: str | None = None
    model: str | None = None
    format: int | None = None
    reason: str | None = None
    shared: SharedRows | None = None

    def to_json(self) -> dict[str, Any]:
        when = dt.datetime.fromtimestamp(self.changed, dt.UTC).isoformat(timespec="seconds")
        values: dict[str, Any] = {"run": self.id, "changed": when, "folder": str(self.folder), "task": self.task}
        values |= {"verdict": self.verdict, "strength": self.strength, "model": self.model, "state": self.state}
        values |= {"shared_rows": plain(self.shared)}
        return values | {"format": self.format} | ({"reason": self.reason} if self.state == DAMAGED else {})


def summary(folder: Path, known: Mapping[str, SharedRows] | None = None) -> RunSummary:
    """Return a run's entry in a list; unreadable runs are listed too, so that they can be deleted."""
    when = changed(folder)
    try:
        run = open_run(folder, brief=True)
    except AdvisorError as error:
        return RunSummary(folder.name, folder, when, DAMAGED, reason=str(error))
    result = run.result
    return RunSummary(
        folder.name,
        folder,
        when,
        FINISHED if result is not None else IN_USE if is_in_use(folder) else UNFINISHED,
        run.task.get("name"),
        result.verdict if result else None,
        result.strength if result else None,
        result.recommended.name if result and result.recommended else None,
        FORMAT,
        shared=(known or {}).get(str(run.origin.get("chance") or run.id)),
    )


def summaries(known: Mapping[str, SharedRows] | None = None) -> list[RunSummary]:
    """Return all runs, the last changed first; see `summary` for the argument."""
    return [summary(folder, known) for folder in folders()]
