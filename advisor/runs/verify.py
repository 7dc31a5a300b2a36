"""Whether a recommendation still holds: the same model again, on the run's examples or on new ones.

On the run's own examples the claim of the run is tested again: what was certified must be certified again by the same
boundary at the same level; a claim about the examples alone must still count out. On new examples the claim "right
more often than the bar" is tested anew at the whole of α, for there is one candidate now: by the same exact boundary, N
being the number of new examples. It does *not* hold if its true rate is shown to be below the bar: when so few came out
right that a model exactly at the bar would do as badly with chance at most α (exact binomial test, Clopper and Pearson,
Biometrika 26 (1934) 404-413). In between it is undecided.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from advisor.errors import InputError, one_line
from advisor.evidence.sequential import Claim, Test, nested
from advisor.runs.again import in_batches, measure, probe_spec
from advisor.runs.locate import Located, hashes, locate
from advisor.runs.origin import now, program_version
from advisor.units import percent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from advisor.probe.protocol import Outcome
    from advisor.runs.again import Measured
    from advisor.runs.reader import Run, RunCandidate, RunExample

# Of the task's bar; what else it asks is measured, not tested again.
TESTED = frozenset({"pass_rate", "confidence"})
HOLDS, FAILS, UNDECIDED = "holds", "does not hold", "undecided"


def verify(
    run: Run,
    new: Sequence[RunExample] | None,
    *,
    newest: bool = False,
    download: bool = True,
    tell: Callable[[str], None],
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> dict[str, Any]:
    """Run the recommended model again and return what became of its claim, as plain values.

    Args:
        run: A finished run that recommends a model.
        new: New examples, None for the run's own.
        newest: Take the newest revision on the Hub instead of the pinned one.
        download: Whether the model may be fetched.
        tell: Told what takes time.
        progress: Told how many examples are done, of how many.

    Raises:
        InputError: if there is nothing to verify, or nothing to verify it with.
        OutOfReachError: if the model cannot be had or run.
    """
    chosen = _chosen(run)
    asked = _own(run, chosen) if new is None else _unseen(run, new)
    place = locate(chosen.facts, tell=tell, newest=newest, download=download)
    spec = probe_spec(run, chosen, place)
    test = _own_test(run, chosen) if new is None else Test(len(asked), run.bar, 1.0 - run.confidence)
    waiting = in_batches(spec.runtime, asked)

    def batches(outcomes: Sequence[Outcome]) -> Sequence[RunExample]:
        settled = test.certified([each.passed for each in outcomes]).claim is Claim.HOLDS
        # On its own examples all are asked: what flipped is told of every one.
        return () if new is not None and outcomes and settled else next(waiting, ())

    measured = measure(spec, batches, lambda done: progress(done, len(asked)))
    passed = [each.passed for each in measured.outcomes]
    verdict, reason = _judge_own(run, test, passed) if new is None else _judge_new(test, passed)
    return {
        "schema_version": 1,
        "run": run.id,
        "when": now(),
        "advisor": program_version(),
        "verdict": verdict,
        "reason": reason,
        "examples": "the run's" if new is None else "new",
        "asked": len(passed),
        "of": len(asked),
        "passes": sum(passed),
        "lower_bound": test.lower_bound(passed),
        "bar": {"pass_rate": run.bar, "confidence": run.confidence},
        "model": chosen.model,
        "left_out": 0 if new is None else len(new) - len(asked),
        "changed": _changed(run, chosen, place, measured),
        "flipped": _flipped(run, chosen, measured),
        "wrong": _wrong(asked, measured),
        "not_tested": sorted(
            name for name, value in (run.task.get("bar") or {}).items() if name not in TESTED and value is not None
        ),
    }


def _chosen(run: Run) -> RunCandidate:
    chosen = run.recommended
    if chosen is None:
        state = "recommends no model" if run.result is not None else "is not finished"
        raise InputError(f"run {run.id} {state}: there is nothing to verify; see `advisor report {run.id}`")
    return chosen


def _own(run: Run, chosen: RunCandidate) -> list[RunExample]:
    """Return the examples that counted in the run, in their order."""
    index = run.candidates.index(chosen)
    counted = int((run.result or {})["candidates"][index]["outcomes"])
    examples = list(run.evidence[:counted])
    if any(each.input is None for each in examples):
        raise InputError(
            f"run {run.id} is of a format that did not keep its examples; name a file of examples with --examples"
        )
    return examples


def _unseen(run: Run, new: Sequence[RunExample]) -> list[RunExample]:
    """Return the new examples that the run has neither taught with nor tested on."""
    seen = {each.id for each in (*run.evidence, *run.teaching)}
    unseen = [each for each in new if each.id not in seen]
    if not unseen:
        raise InputError(f"all {len(new)} examples were in run {run.id} already; give others, or leave out --examples")
    return unseen


def _own_test(run: Run, chosen: RunCandidate) -> Test:
    """Return the test that the candidate had in the run, at its level."""
    told = (run.result or {})["candidates"][run.candidates.index(chosen)]
    level = told.get("level") or told.get("alpha") or chosen.alpha or (1.0 - run.confidence) / len(run.candidates)
    levels = [each for each in told.get("levels") or [level] if each >= level] or [level]
    return nested(len(run.evidence), run.bar, levels, grows=run.grows)[0]


def _judge_own(run: Run, test: Test, passed: list[bool]) -> tuple[str, str]:
    strength = (run.result or {}).get("strength")
    seen = f"{sum(passed)} of {len(passed)} of the run's examples came out right"
    bar = percent(run.bar)
    if strength == "certified":
        if test.certified(passed).claim is Claim.HOLDS:
            return HOLDS, f"{seen}: certified above {bar}, as in the run"
        return _refuted(test, passed, f"{seen}: not certified above {bar} any more")
    if strength == "examples":
        holds = sum(passed) >= math.ceil(run.bar * len(passed) - 1e-9)
        return (HOLDS, f"{seen}: at least {bar}") if holds else (FAILS, f"{seen}: less than {bar}")
    return _refuted(test, passed, f"{seen}: the run did not prove {bar} either")


def _judge_new(test: Test, passed: list[bool]) -> tuple[str, str]:
    seen = f"{sum(passed)} of {len(passed)} new examples came out right"
    if test.certified(passed).claim is Claim.HOLDS:
        return HOLDS, f"{seen}: certified above {percent(test.bar)} anew"
    return _refuted(test, passed, f"{seen}: too few to certify {percent(test.bar)}")


def _refuted(test: Test, passed: list[bool], words: str) -> tuple[str, str]:
    chance = at_most(sum(passed), len(passed), test.bar)
    if chance <= test.alpha:
        return FAILS, f"{words}; a model at the bar would do as badly with chance {chance:.2g}"
    return UNDECIDED, f"{words}, and not so few that it were shown to be below"


def at_most(passes: int, total: int, rate: float) -> float:
    """Return the chance of at most so many passes of a model of this true rate (exact binomial)."""
    logs = (
        math.lgamma(total + 1)
        - math.lgamma(k + 1)
        - math.lgamma(total - k + 1)
        + k * math.log(rate)
        + (total - k) * math.log1p(-rate)
        for k in range(passes + 1)
    )
    return min(1.0, math.fsum(math.exp(each) for each in logs))


def _changed(run: Run, chosen: RunCandidate, place: Located, measured: Measured) -> dict[str, Any]:
    """Return what was and what is, of all that can differ though the task is the same."""
    load = chosen.loads[-1] if chosen.loads else {}
    seconds = [each.seconds for each in chosen.outcomes]
    times = [each.seconds for each in measured.outcomes]
    known = ((run.result or {}).get("recommended") or {}).get("sha256") or {}
    found = hashes(place.folder, place.files)
    pairs = {
        "revision": (chosen.facts.get("revision"), place.revision),
        "sha256": (known or None, found if known else None),
        "engine": (load.get("engine"), measured.engine),
        "details": (load.get("details"), measured.details),
        "seconds_per_example": (_mean(seconds), _mean(times)),
        "load_seconds": (load.get("seconds"), measured.load_seconds),
        "peak_memory_bytes": (chosen.peak_memory_bytes, measured.peak_memory_bytes),
    }
    return {name: {"was": was, "is": now_} for name, (was, now_) in pairs.items()}


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _flipped(run: Run, chosen: RunCandidate, measured: Measured) -> list[dict[str, Any]]:
    """Return the examples to which the model gave another answer in the run."""
    before = chosen.by_example()
    examples = {each.id: each for each in run.evidence}
    rows = []
    for outcome in measured.outcomes:
        was = before.get(outcome.id)
        if was is None or (was.output, was.passed) == (outcome.output, outcome.passed):
            continue
        example = examples[outcome.id]
        rows.append(
            {
                "example": outcome.id,
                "line": example.line,
                "input": example.input,
                "expected": example.expected,
                "was": {"output": was.output, "passed": was.passed, "error": was.error},
                "is": {"output": outcome.output, "passed": outcome.passed, "error": outcome.error},
            }
        )
    return rows


def _wrong(asked: Sequence[RunExample], measured: Measured) -> list[dict[str, Any]]:
    return [
        {
            "example": example.id,
            "line": example.line,
            "input": example.input,
            "expected": example.expected,
            "output": outcome.output,
            "error": None if outcome.error is None else one_line(outcome.error),
        }
        for example, outcome in zip(asked, measured.outcomes, strict=False)
        if not outcome.passed
    ]
