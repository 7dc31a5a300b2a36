"""Verify that a recommendation still holds: the same model again, on the run's examples or on new ones.

On the run's own examples its claim is tested again: what was certified must be certified again by the same tests at the
same level; a claim about the examples only must still be true. On new examples it is tested at the whole of α, since
there is only one candidate: by the tests for a fixed number of examples. Every criterion of the bar is tested this way,
and all must hold. The claim does *not* hold if one of them is shown to fail; otherwise it is undecided, for instance if
one could not be tested because no new example has a label that the bar names. See `advisor.runs.checks`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from advisor.decide.bar import FAILS, HOLDS, UNDECIDED
from advisor.decide.records import Mistake
from advisor.errors import InputError, one_line
from advisor.evidence import binomial
from advisor.execution.measure_again import Measured, Talk, agreed_spec, measure, recorded_probe_spec
from advisor.runs.checks import Check, Setting, overall_verdict, untested
from advisor.runs.locate import Located, hashes, locate
from advisor.runs.result import Bar
from advisor.runs.verification import Answer, Change, Changed, Critical, Flipped, Verification
from advisor.system.plugins import installed_version
from advisor.task.growth import known_at
from advisor.units import now, percent

if TYPE_CHECKING:
    from advisor.probe.protocol import Outcome
    from advisor.runs.reader import Run, RunCandidate
    from advisor.task.example import Example


def verify_run(
    run: Run,
    new: Sequence[Example] | None,
    *,
    newest: bool = False,
    download: bool = True,
    allow_code: Sequence[str] = (),
    tell: Callable[[str], None],
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Verification:
    """Run the recommended model of a finished run again and return whether its claim holds.

    It is asked the `new` examples, or if None the run's own; `newest` takes the newest revision on the Hub instead of
    the pinned one. InputError if there is nothing to verify, or no examples to verify it with; `AgreementNeededError`
    if code of the run was not agreed to. OutOfReachError if the model is unavailable or cannot be run.
    """
    chosen = run.chosen("verify")
    asked = (
        list(run.evidence[: len(run.counted(run.candidates.index(chosen)))])
        if new is None
        else _unseen(run, chosen, new)
    )
    place = locate(chosen.candidate, tell=tell, newest=newest, download=download)
    spec = agreed_spec(run, chosen, recorded_probe_spec(run, chosen, place), place, allow_code)
    at = _own_setting(run, chosen) if new is None else Setting((1.0 - run.confidence,), len(asked), grows=False)
    talk = Talk(run, chosen, asked, at)
    # All of the run's own examples are asked, to report every one that flipped.
    measured, found = measure(spec, partial(talk.through, stops=new is not None, progress=progress))
    outcomes, rate, lacking = talk.outcomes, found[0], untested(run, found)
    verdict = overall_verdict(found)
    critical = zip(run.critical, talk.critical, strict=True)
    return Verification(
        schema_version=1,
        run=run.id,
        when=now(),
        advisor=installed_version("model-advisor") or "",
        verdict=UNDECIDED if lacking and verdict == HOLDS else verdict,
        reason=_reason(run, found, lacking, new=new is not None),
        examples="the run's" if new is None else "new",
        asked=len(outcomes),
        of=len(asked),
        passes=sum(each.passed for each in outcomes),
        lower_bound=rate.test.lower_bound(rate.values),
        criteria=[each.record() for each in found],
        critical=[Critical(*_answered(example, each), each.passed) for example, each in critical],
        bar=Bar(run.bar, run.confidence),
        model=chosen.name,
        left_out=0 if new is None else len(new) - len(asked),
        changed=_changed(run, chosen, place, measured, outcomes),
        flipped=_flipped(run, chosen, outcomes),
        wrong=[
            Mistake(*_answered(example, each))
            for example, each in zip(asked, outcomes, strict=False)
            if not each.passed
        ],
        not_tested=lacking,
    )


def _unseen(run: Run, chosen: RunCandidate, new: Sequence[Example]) -> list[Example]:
    """Return the new examples that the run used neither for training nor as evidence; those added later are new."""
    counted = len(run.counted(run.candidates.index(chosen)))
    settled = known_at(run.looks, counted) if run.grows else len(run.evidence)
    seen = {each.id for each in (*run.evidence[:settled], *run.teaching)}
    unseen = [each for each in new if each.id not in seen]
    if not unseen:
        raise InputError(f"all {len(new)} examples were in run {run.id} already; give others, or leave out --examples")
    return unseen


def _own_setting(run: Run, chosen: RunCandidate) -> Setting:
    """Return the levels of the candidate's tests in the run, and what was proven."""
    index = run.candidates.index(chosen)
    strength = str(run.result and run.result.strength)
    own, before = run.share(index), run.before(index)
    return Setting(run.levels(index), len(run.evidence), run.grows, strength, run.first_look, own, before)


def _reason(run: Run, found: Sequence[Check], lacking: Sequence[str], *, new: bool) -> str:
    """Return the result for the pass rate, and for other criteria that fail or were not tested."""
    check, *others = found
    right, asked, bar = round(sum(check.values)), len(check.values), percent(run.bar)
    whose = "new" if new else "of the run's"
    seen = f"{right} of {asked} {whose} examples came out right"
    strength = None if new or run.result is None else run.result.strength
    if check.verdict == HOLDS:
        words = (
            f"at least {bar}"
            if strength == "examples"
            else f"certified above {bar}{' again' if new else ', as in the run'}"
        )
    elif strength == "examples":
        words = f"less than {bar}"
    elif new and check.verdict == FAILS:
        words = f"proven to be right less than {bar} of the time"
    elif new:
        words = f"too few to certify {bar}"
    elif strength == "certified":
        words = f"no longer certified above {bar}"
    else:
        words = f"the run did not prove {bar} either"
    if check.verdict == FAILS and strength != "examples":
        words += f"; a model at the bar would do as badly with chance {binomial.at_most(right, asked, run.bar):.2g}"
    elif check.verdict == UNDECIDED:
        words += ", but not few enough to prove it below"
    rest = [f"{each.words}: {each.verdict}" for each in others if each.values and each.verdict != HOLDS]
    if lacking:
        rest.append(f"not claimed of {', '.join(lacking)}, which could not be tested on these examples")
    return "; ".join([f"{seen}: {words}", *rest])


def _changed(
    run: Run, chosen: RunCandidate, place: Located, measured: Measured, outcomes: Sequence[Outcome]
) -> Changed:
    """Return the settings then and now that can differ for the same task."""
    record = chosen.record
    times = [each.seconds for each in outcomes]
    known = run.result.recommended.sha256 if run.result and run.result.recommended else {}
    found = hashes(place.folder, place.files)
    return Changed(
        revision=Change(chosen.candidate.revision, place.revision),
        sha256=Change(known or None, found if known else None),
        engine=Change(record.engine, measured.engine),
        details=Change(record.details, measured.details),
        seconds_per_example=Change(record.seconds_per_example, sum(times) / len(times) if times else None),
        load_seconds=Change(record.load_seconds, measured.load_seconds),
        peak_memory_bytes=Change(record.peak_memory_bytes, measured.peak_memory_bytes),
    )


def _flipped(run: Run, chosen: RunCandidate, outcomes: Sequence[Outcome]) -> list[Flipped]:
    """Return the examples whose answers differ from the run's."""
    before = chosen.record.answers
    examples = {each.id: each for each in run.evidence}
    rows = []
    for outcome in outcomes:
        was = before.get(outcome.id)
        if was is None or (was.output, was.passed) == (outcome.output, outcome.passed):
            continue
        both = (Answer(each.output, each.passed, each.error) for each in (was, outcome))
        rows.append(Flipped(*_asked(examples[outcome.id]), *both))
    return rows


def _asked(example: Example) -> tuple[str, int, str, Any]:
    return example.id, example.line, example.input, example.expected


def _answered(example: Example, outcome: Outcome) -> tuple[str, int, str, Any, Any, str | None]:
    """Return the fields of a `Mistake`."""
    return *_asked(example), outcome.output, None if outcome.error is None else one_line(outcome.error)
