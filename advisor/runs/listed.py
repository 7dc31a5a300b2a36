"""What a list shows of each run: a few facts, read without examples and outcomes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from advisor.errors import AdvisorError
from advisor.runs.find import changed, folders, is_in_use
from advisor.runs.reader import FORMAT, open_run
from advisor.system.codec import plain

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from advisor.runs.result import SharedRows

FINISHED, IN_USE, UNFINISHED, DAMAGED = "finished", "in use", "not finished", "damaged"


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One run of a list; what the run does not say is None.

    Attributes:
        id: Its folder's name.
        folder: Where it is.
        changed: When it last told something, seconds since 1970.
        state: One of the words above.
        task: Its task's name.
        verdict: "passes", "none" or "undecided".
        strength: Of what was found.
        model: The recommended one.
        format: Of the folder.
        reason: Why it cannot be read.
        shared: What its rows had been tested on before it, None where the ledger does not know the run.
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
        """Return it as JSON values."""
        when = dt.datetime.fromtimestamp(self.changed, dt.UTC).isoformat(timespec="seconds")
        values: dict[str, Any] = {"run": self.id, "changed": when, "folder": str(self.folder), "task": self.task}
        values |= {"verdict": self.verdict, "strength": self.strength, "model": self.model, "state": self.state}
        values |= {"shared_rows": plain(self.shared)}
        return values | {"format": self.format} | ({"reason": self.reason} if self.state == DAMAGED else {})


def summary(folder: Path, known: Mapping[str, SharedRows] | None = None) -> RunSummary:
    """Return what a list tells of a run; one that cannot be read is told too, so that it can be deleted."""
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
    """Return every run, the last changed first; see `summary` for the argument."""
    return [summary(folder, known) for folder in folders()]
