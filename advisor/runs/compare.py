"""Comparison of two runs: their differences, and a paired test of their models on the examples both answered.

Only examples on which exactly one of the models was right count. If the models were equally good, each would be the
right one equally often: the exact McNemar test is the two-sided binomial test of this (McNemar, Psychometrika 12 (1947)
153-157; exact as in Agresti, Categorical Data Analysis, 3rd edition, section 11.1). A candidate that is asked until its
claim is settled has answered the first examples of a fixed order; its stop depends on its answers, so the p-value is a
description, not a certified claim.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from advisor.decide.records import Asked, Purpose, closeness
from advisor.errors import InputError
from advisor.runs.origin import changes
from advisor.runs.result import SCHEMA_VERSION, Bar

if TYPE_CHECKING:
    from advisor.runs.reader import Run, RunCandidate


@dataclass(slots=True)
class Side:
    """A run with its compared candidate."""

    run: str
    task: str | None
    verdict: str
    strength: str | None
    bar: Bar
    model: str
    revision: str | None
    runtime: str
    method: str
    is_recommended: bool
    outcomes: int
    passes: int
    serving_bytes: int | None
    seconds_per_example: float | None
    p50_seconds: float | None
    peak_memory_bytes: int | None
    engine: str | None


@dataclass(slots=True)
class Differs(Asked):
    """An example that the two candidates answered differently."""

    outputs: tuple[Any, Any]
    passed: tuple[bool, bool]


@dataclass(slots=True)
class Paired:
    """The candidates' results on the examples that both answered."""

    shared: int
    both_right: int
    only_first_right: int
    only_second_right: int
    both_wrong: int
    p_value: float
    test: str
    differ: list[Differs]


@dataclass(slots=True)
class Counted:
    """A candidate's counts in a run."""

    verdict: str
    strength: str | None
    outcomes: int
    passes: int
    lower_bound: float | None


@dataclass(slots=True)
class InBoth:
    """A candidate with its counts in each run, None if a run did not have it."""

    model: str
    runs: list[Counted | None]


@dataclass(slots=True)
class Comparison:
    """A comparison of two runs; `differ` lists the differences of their inputs."""

    schema_version: int
    runs: tuple[Side, Side]
    differ: list[str]
    paired: Paired
    candidates: list[InBoth]


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the two-sided exact p-value."""
    total, least = only_first + only_second, min(only_first, only_second)
    tail = ways = 1
    for k in range(least):  # from each number of ways the next, which are too long to compute each by itself
        ways = ways * (total - k) // (k + 1)
        tail += ways
    return min(1.0, 2 * tail / (1 << total))


def compare_runs(first: Run, second: Run, names: tuple[str | None, str | None] = (None, None)) -> Comparison:
    """Compare a candidate of each run, named by its number or the start of its name.

    None: the recommended one, else the closest. InputError if there is no such candidate, or none was run.
    """
    one, other = (_candidate(run, name) for run, name in zip((first, second), names, strict=True))
    return Comparison(
        SCHEMA_VERSION,
        (_side(first, one), _side(second, other)),
        changes(first.fixed, second.fixed),
        _paired(first, one, second, other),
        _in_both(first, second),
    )


def _candidate(run: Run, name: str | None) -> RunCandidate:
    if name is None:
        if run.recommended is not None:
            return run.recommended
        ran = [index for index in range(len(run.candidates)) if run.counted(index)]
        if not ran:
            raise InputError(f"run {run.id}: no candidate was run; there is nothing to compare")

        def came(index: int) -> float:
            judged, outcomes = run.judged(index), run.counted(index)
            return closeness(judged.besides if judged else (), sum(each.passed for each in outcomes), len(outcomes))

        return run.candidates[max(ran, key=came)]
    if name.isdecimal() and 1 <= int(name) <= len(run.candidates):
        return run.candidates[int(name) - 1]
    found = [each for each in run.candidates if each.name.startswith(name)]
    if len(found) == 1:
        return found[0]
    known = ", ".join(f"{number}. {each.name}" for number, each in enumerate(run.candidates, start=1))
    how = "no candidate's name starts so" if not found else f"{len(found)} candidates' names start so"
    raise InputError(f"run {run.id}: {name[:60]!r}: {how}; they are {known}")


def _side(run: Run, candidate: RunCandidate) -> Side:
    outcomes, record, facts = run.counted(run.candidates.index(candidate)), candidate.record, candidate.candidate
    return Side(
        run=run.id,
        task=run.task.get("name"),
        verdict=run.result.verdict if run.result else "unfinished",
        strength=run.result.strength if run.result else None,
        bar=Bar(run.bar, run.confidence),
        model=facts.name,
        revision=facts.revision,
        runtime=facts.runtime,
        method=facts.method,
        is_recommended=candidate is run.recommended,
        outcomes=len(outcomes),
        passes=sum(each.passed for each in outcomes),
        serving_bytes=facts.serving_bytes,
        seconds_per_example=record.seconds_per_example,
        p50_seconds=record.seconds_at(0.5),
        peak_memory_bytes=record.peak_memory_bytes,
        engine=record.engine,
    )


def _paired(first: Run, one: RunCandidate, second: Run, other: RunCandidate) -> Paired:
    """Return the paired counts over shared examples with the same expected answer, and the examples that differ."""
    # Without those of a comparison, which were chosen because another model got them wrong.
    mine, theirs = (each.record.outcomes[Purpose.EVIDENCE] for each in (one, other))
    expected = {each.id: each.expected for each in second.evidence}
    examples = {each.id: each for each in first.evidence}
    shared = [i for i in mine if i in theirs and i in examples and expected.get(i) == examples[i].expected]
    only_first = [i for i in shared if mine[i].passed and not theirs[i].passed]
    only_second = [i for i in shared if theirs[i].passed and not mine[i].passed]
    rows = [
        Differs(
            i,
            examples[i].line,
            examples[i].input,
            examples[i].expected,
            (mine[i].output, theirs[i].output),
            (mine[i].passed, theirs[i].passed),
        )
        for i in shared
        if (mine[i].passed, mine[i].output) != (theirs[i].passed, theirs[i].output)
    ]
    return Paired(
        len(shared),
        sum(mine[i].passed and theirs[i].passed for i in shared),
        len(only_first),
        len(only_second),
        sum(not mine[i].passed and not theirs[i].passed for i in shared),
        mcnemar(len(only_first), len(only_second)),
        "exact McNemar, two-sided",
        rows,
    )


def _strength(run: Run, candidate: RunCandidate) -> str:
    """Return the strength with which a candidate passes; except for the recommended one only certified ones do."""
    strength = run.result.strength if run.result and candidate is run.recommended else None
    return strength or "certified"


def _in_both(first: Run, second: Run) -> list[InBoth]:
    """Return all candidates of either run with their counts in each."""
    rows: dict[str, InBoth] = {}
    for at, run in enumerate((first, second)):
        for index, candidate in enumerate(run.candidates):
            judged, facts = run.judged(index), candidate.candidate
            key = f"{facts.model}:{facts.runtime}:{facts.method}:{facts.precision}"
            found = Counted("unfinished", None, 0, 0, None)
            if judged is not None:
                strength = _strength(run, candidate) if judged.verdict == "passes" else None
                found = Counted(judged.verdict, strength, judged.outcomes, judged.passes, judged.lower_bound)
            rows.setdefault(key, InBoth(candidate.name, [None, None])).runs[at] = found
    return list(rows.values())
