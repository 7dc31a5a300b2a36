"""The task of a run, to read further rows as its examples were read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from advisor.errors import InputError, one_line
from advisor.paths import is_there
from advisor.system.source import place
from advisor.task.model import Task

if TYPE_CHECKING:
    from advisor.runs.reader import Run


def task_for(run: Run, path: Path) -> tuple[Task, Path]:
    """Return a run's task with a file as its only examples, and the folder of its paths.

    InputError if there is no such file, or the task cannot be read.
    """
    if not is_there(path):
        raise InputError(f"{place(path)}: no such file; name a file with the columns of the run's task")
    known = {name: value for name, value in run.task.items() if name in Task.model_fields}
    try:
        task = Task.model_validate(known)
    except ValidationError as error:
        raise InputError(f"run {run.id}: its task cannot be read by this version ({one_line(error, 200)})") from None
    changed = {
        "examples": task.examples.model_copy(update={"path": str(path.absolute())}),
        "teaching": task.teaching.model_copy(update={"count": 0, "share": None, "path": None}),
        "labels": task.labels or dict.fromkeys(run.labels, ""),
        "bar": task.bar.model_copy(update={"critical": None}),  # the run's own are asked
    }
    base = Path(((run.origin.get("files") or {}).get("task") or {}).get("path") or Path.cwd() / "task.yaml").parent
    return task.model_copy(update=changed), base
