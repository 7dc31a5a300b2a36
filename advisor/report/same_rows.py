"""Statements about evidence that was evidence of earlier runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.errors import one_line
from advisor.units import percent

if TYPE_CHECKING:
    from advisor.report.model import Report
    from advisor.runs.result import SharedRows

_ORDINALS = ("", "First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth")
RUNS_SHOWN = 3


def is_shared(shared: SharedRows | None) -> bool:
    return shared is not None and shared.number > 1


def headline(shared: SharedRows | None) -> str:
    """Return the run's number on these rows and the joint certainty; "" for the first."""
    if shared is None or not is_shared(shared):
        return ""
    number = shared.number
    which = _ORDINALS[number] if number < len(_ORDINALS) else _ordinal(number)
    return f"{which} run on these rows: the chance that any of them is wrong is {_at_most(shared.together)}."


def short(shared: SharedRows | None) -> str:
    """Return the same for a table's column: "3rd, at most 15%"; "" for the first."""
    if shared is None or not is_shared(shared):
        return ""
    return f"{_ordinal(shared.number)}, {_at_most(shared.together)}"


def _ordinal(number: int) -> str:
    return f"{number}{'th' if number % 100 in {11, 12, 13} else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def details(shared: SharedRows | None) -> list[str]:
    """Return the earlier runs, why one counts as several, and how to keep the chance unchanged; a line each."""
    if shared is None or not is_shared(shared):
        return []
    runs = [one_line(run, 20) for run in shared.runs]
    names = ", ".join(runs[-RUNS_SHOWN:]) + (f" and {len(runs) - RUNS_SHOWN} before" if runs[RUNS_SHOWN:] else "")
    before = f"{'Run' if len(runs) == 1 else 'Runs'} {names}"
    lines = [f"{before} tested on {shared.rows} of them. Each run adds its own chance of being wrong."]
    if shared.counts > 1:
        lines.append(
            f"This one leaves out candidates that were tried before, so it counts as {shared.counts} runs: each of "
            "them could have been chosen for looking best, by chance."
        )
    if shared.others:
        ids = [one_line(run, 20) for run in shared.others]
        which = f"Run {ids[0]}" if len(ids) == 1 else f"Runs {', '.join(ids)}"
        lines.append(
            f"{which} asked for another kind of task or answer. If that was a misreading, take it out: `advisor runs "
            f"forget {ids[0]}`. Do so because of what it asked, never because of what came out."
        )
    lines.append(
        f"To stay at {percent(shared.alpha)}, test on new rows (as examples.path, these as teaching.path), add rows to "
        "a run with examples.size: growing, or lower only the bar of one that does not grow."
    )
    return lines


def lowers(run: str | None) -> list[str]:
    """Return that another run's answers were re-evaluated at a lower bar, if they were."""
    if run is None:
        return []
    return [f"The answers of run {one_line(run, 20)} at a lower bar: no further chance of being wrong."]


def next_run_costs(document: Report) -> str:
    """Return the cost of another run on the same rows; "" if none of them was used."""
    free = "adding rows to it" if document.examples.looks else "lowering the bar"
    return (
        f"another run on the same rows adds its own chance of being wrong ({with_another(document)}); only {free} "
        "adds none. Test a change made because of these mistakes on rows that no run has seen"
    )


def with_another(document: Report) -> str:
    """Return the chance that one of the runs so far, or another on the same rows, is wrong."""
    alpha = 1 - float(document.bar.confidence)
    so_far = document.shared_rows.together if document.shared_rows else alpha
    return f"together wrong with chance {_at_most(min(1.0, so_far + alpha))}"


def _at_most(together: float) -> str:
    return f"at most {percent(round(together, 4))}" if together < 1.0 else "unbounded"
