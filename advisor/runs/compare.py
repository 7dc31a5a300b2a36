"""Two runs side by side: what differs between them, and a paired test of their models on the examples both answered.

Of the examples that both models answered only those count on which one was right and the other wrong. Were the models
equally good, either would be the right one as often: the exact McNemar test is the two-sided binomial test of that
(McNemar, Psychometrika 12 (1947) 153-157; exact as in Agresti, Categorical Data Analysis, 3rd edition, section 11.1).
A candidate that is asked until its claim is settled has answered the first examples of a fixed order; where it stopped
depends on its answers, so the p-value is a description, not a certified claim.
"""

from __future__ import annotations

from math import comb
from typing import TYPE_CHECKING, Any

from advisor.decide.records import Purpose, drawn
from advisor.errors import InputError
from advisor.runs.changes import changes

if TYPE_CHECKING:
    from advisor.runs.reader import Run, RunCandidate


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the two-sided exact p-value."""
    total, least = only_first + only_second, min(only_first, only_second)
    if total == 0:
        return 1.0
    tail = sum(comb(total, k) for k in range(least + 1))
    return min(1.0, 2 * tail / (1 << total))


def compare(first: Run, second: Run, names: tuple[str | None, str | None] = (None, None)) -> dict[str, Any]:
    """Return the comparison as plain values.

    Args:
        first: A run.
        second: Another one, or the same.
        names: Which candidate of each, by the beginning of its name or its number; None: the recommended one, else
            the one that came closest.

    Raises:
        InputError: if a candidate is not there, or none was run.
    """
    one, other = (_candidate(run, name) for run, name in zip((first, second), names, strict=True))
    return {
        "schema_version": 1,
        "runs": [_told(first, one), _told(second, other)],
        "differ": changes(first.fixed, second.fixed),
        "paired": _paired(first, one, second, other),
        "candidates": _side_by_side(first, second),
    }


def _candidate(run: Run, name: str | None) -> RunCandidate:
    if name is None:
        if run.recommended is not None:
            return run.recommended
        counted = [(run.counted(index), each) for index, each in enumerate(run.candidates)]
        ran = [(outcomes, each) for outcomes, each in counted if outcomes]
        if not ran:
            raise InputError(f"run {run.id}: no candidate was run; there is nothing to compare")
        # As the run's own report does.
        return max(ran, key=lambda each: drawn(sum(o.passed for o in each[0]), len(each[0])))[1]
    if name.isdecimal() and 1 <= int(name) <= len(run.candidates):
        return run.candidates[int(name) - 1]
    found = [each for each in run.candidates if each.name.startswith(name)]
    if len(found) == 1:
        return found[0]
    known = ", ".join(f"{number}. {each.name}" for number, each in enumerate(run.candidates, start=1))
    how = "no candidate begins so" if not found else f"{len(found)} candidates begin so"
    raise InputError(f"run {run.id}: {name[:60]!r}: {how}; they are {known}")


def _told(run: Run, candidate: RunCandidate) -> dict[str, Any]:
    outcomes = run.counted(run.candidates.index(candidate))
    record = candidate.record
    return {
        "run": run.id,
        "task": run.task.get("name"),
        "verdict": run.result.verdict if run.result else "unfinished",
        "strength": run.result and run.result.strength,
        "bar": {"pass_rate": run.bar, "confidence": run.confidence},
        "model": candidate.name,
        "revision": candidate.candidate.revision,
        "runtime": candidate.candidate.runtime,
        "method": candidate.candidate.method,
        "is_recommended": candidate is run.recommended,
        "outcomes": len(outcomes),
        "passes": sum(each.passed for each in outcomes),
        "serving_bytes": candidate.candidate.serving_bytes,
        "seconds_per_example": record.seconds_per_example,
        "p50_seconds": record.seconds_at(0.5),
        "peak_memory_bytes": record.peak_memory_bytes,
        "engine": record.engine,
    }


def _paired(first: Run, one: RunCandidate, second: Run, other: RunCandidate) -> dict[str, Any]:
    """Return the paired counts over the shared examples with the same expected answer, and where they differ."""
    # Not those of a comparison: they were chosen because another model got them wrong.
    mine, theirs = (each.record.outcomes[Purpose.EVIDENCE] for each in (one, other))
    expected = {each.id: each.expected for each in second.evidence}
    examples = {each.id: each for each in first.evidence}
    shared = [i for i in mine if i in theirs and i in examples and expected.get(i) == examples[i].expected]
    only_first = [i for i in shared if mine[i].passed and not theirs[i].passed]
    only_second = [i for i in shared if theirs[i].passed and not mine[i].passed]
    rows = [
        {
            "example": i,
            "line": examples[i].line,
            "input": examples[i].input,
            "expected": examples[i].expected,
            "outputs": [mine[i].output, theirs[i].output],
            "passed": [mine[i].passed, theirs[i].passed],
        }
        for i in shared
        if (mine[i].passed, mine[i].output) != (theirs[i].passed, theirs[i].output)
    ]
    return {
        "shared": len(shared),
        "both_right": sum(mine[i].passed and theirs[i].passed for i in shared),
        "only_first_right": len(only_first),
        "only_second_right": len(only_second),
        "both_wrong": sum(not mine[i].passed and not theirs[i].passed for i in shared),
        "p_value": mcnemar(len(only_first), len(only_second)),
        "test": "exact McNemar, two-sided",
        "differ": rows,
    }


def _strength(run: Run, candidate: RunCandidate) -> str:
    """Return with which strength a candidate passes; beside the recommended one only certified ones do."""
    strength = run.result.strength if run.result and candidate is run.recommended else None
    return strength or "certified"


def _side_by_side(first: Run, second: Run) -> list[dict[str, Any]]:
    """Return every candidate of either run with what each run counted of it."""
    rows: dict[str, dict[str, Any]] = {}
    for at, run in enumerate((first, second)):
        for index, candidate in enumerate(run.candidates):
            judged = run.judged(index)
            facts = candidate.candidate
            key = f"{facts.model}:{facts.runtime}:{facts.method}:{facts.precision}"
            row = rows.setdefault(key, {"model": candidate.name, "runs": [None, None]})
            row["runs"][at] = {
                "verdict": judged.verdict if judged else "unfinished",
                "strength": _strength(run, candidate) if judged and judged.verdict == "passes" else None,
                "outcomes": judged.outcomes if judged else 0,
                "passes": judged.passes if judged else 0,
                "lower_bound": judged and judged.lower_bound,
            }
    return list(rows.values())
