"""A plan and a run's result as typed documents; their schema version changes with the meaning of a field.

`advisor recommend --plan-only --json` and the interview's `planned` event print a `PlanReport`.
"""

import math
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from advisor.candidates import hub
from advisor.candidates.build import Shortlist, Suggestion
from advisor.candidates.candidate import Candidate, LeftOut
from advisor.decide.advice import advise, in_all
from advisor.decide.decision import CandidateResult, Decision
from advisor.decide.forecast import ExpectedCost
from advisor.decide.plan import FIXED_NUMBER_TEST, GROWING_TEST, Plan
from advisor.decide.records import Purpose
from advisor.decide.sensitivity import sensitivity
from advisor.errors import OutOfReachError
from advisor.evidence.trades import Chance, Trade
from advisor.report.notes import Measured, per_million, tokens_per_request
from advisor.report.sentences import is_unmeasured
from advisor.report.usage import usage
from advisor.runs.locate import hashes, locate
from advisor.runs.result import (
    SCHEMA_VERSION,
    Bar,
    Besides,
    Cost,
    Counts,
    Escalation,
    Facts,
    Judged,
    Probed,
    Recommended,
    Result,
    SharedRows,
)
from advisor.system.codec import plain
from advisor.trust import agreements

MOST_MISTAKES = 10


def facts_of(candidate: Candidate) -> dict[str, Any]:
    """Return a candidate's `Facts` as a mapping."""
    others = {
        "predicted_peak_bytes": candidate.peak_bytes,
        "predicted_seconds_per_example": candidate.seconds_per_example,
        "predicted_tuning_seconds": candidate.training_seconds,
        "sizes": "predicted by the catalog" if candidate.is_predicted else "exact",
    }
    names = (each.name for each in fields(Facts))
    return {name: others[name] if name in others else plain(getattr(candidate, name)) for name in names}


def result_of(plan: Plan, decision: Decision, folder: Path) -> Result:
    recommended = decision.recommended
    candidates = [_judged(plan, index, result) for index, result in enumerate(decision.results)]
    smaller = candidates[: 0 if decision.answer is None else decision.answer.candidate]
    bar = plan.task.bar
    return Result(
        schema_version=SCHEMA_VERSION,
        run=plan.run_id,
        task=plan.task.name,
        verdict=decision.verdict,
        strength=decision.answer.strength if decision.answer else None,
        required_strength=decision.required,
        stand_in=plan.task.examples.stand_in,
        bar=Bar(bar.pass_rate, bar.confidence),
        examples=Counts(len(plan.evidence), len(plan.examples.teaching), list(plan.examples.looks)),
        shared_rows=plan.shared,
        lowers=plan.lowers,
        brought=[each.to_json() for each in agreements.of_plan(plan)],
        recommended=None if recommended is None else _recommended(plan, recommended, folder),
        next_larger=decision.next_larger,
        over_baseline=decision.over_baseline,
        escalation=_escalation(decision),
        agreement=dict(decision.agreement),
        more_examples=decision.more_examples,
        examples_to_certify=in_all(plan, decision.more_examples),
        bar_in_reach=decision.bar_in_reach,
        sensitivity=sensitivity(plan, {each.candidate.key: each.record for each in decision.results}),
        advice=None if decision.verdict == "passes" else advise(plan, decision),
        inferences=decision.inferences,
        inferences_of_everything=len(plan.candidates) * len(plan.evidence),
        candidates=candidates,
        # With several, the recommended one may not be the smallest that passes.
        unmeasured_smaller=[each.name for each in smaller if is_unmeasured(each)],
        left_out=list(plan.shortlist.left_out),
        notes=list(plan.examples.notes),
        folder=str(folder),
    )


def _cost(plan: Plan, result: CandidateResult) -> Cost | None:
    """Return the estimated cost of a million requests; None without prices."""
    outcomes = [outcome for each in result.record.outcomes.values() for outcome in each.values()]
    inputs = [len(example.input) for example in plan.evidence]
    measured = Measured(
        result.record.seconds_per_example,
        tokens_per_request((outcome.prompt_tokens, outcome.tokens) for outcome in outcomes),
        sum(inputs) / len(inputs) if inputs else None,
    )
    costs = None if plan.task.costs is None else plan.task.costs.model_dump()
    return per_million(costs, measured, options=result.candidate.options)


def _escalation(decision: Decision) -> Escalation | None:
    """Return the effect of handing over unsure answers; None if not requested or without a pair."""
    found, both = decision.escalation, decision.pair
    if found is None or both is None:
        return None
    small, large = (decision.results[index] for index in both)
    paces = small.record.seconds_per_example, large.record.seconds_per_example
    chosen = found.chosen
    return Escalation(
        small=small.candidate.name,
        large=large.candidate.name,
        verdict=found.verdict,
        # Thresholds for "everything" and "nothing" are infinite, which JSON lacks.
        threshold=None if chosen is None or math.isinf(chosen.threshold) else chosen.threshold,
        hands_over=None if chosen is None else chosen.escalated,
        passes=None if chosen is None else chosen.passes,
        of=found.of,
        needed=found.needed,
        share=found.share,
        share_interval=found.share_interval,
        alpha=found.alpha,
        cost=None if None in paces else found.cost(paces[0] or 0.0, paces[1] or 0.0),
    )


def _recommended(plan: Plan, result: CandidateResult, folder: Path) -> Recommended:
    facts, code = facts_of(result.candidate), usage(plan, result, folder)
    return Recommended(**facts, lower_bound=result.lower_bound, sha256=_hashes(result.candidate),
                       details=result.record.details, usage=code)  # fmt: skip


def _hashes(candidate: Candidate) -> dict[str, str]:
    """Return the sha256 of the weight files; none if they are not on this disk, e.g. on a server."""
    try:
        place = locate(candidate, tell=lambda _: None, download=False)
    except OutOfReachError:
        return {}
    return hashes(place.folder, place.files)


def _judged(plan: Plan, index: int, result: CandidateResult) -> Judged:
    record = result.record
    measured = {each.name: getattr(record, each.name) for each in fields(Probed)}
    return Judged(
        **facts_of(result.candidate),
        **measured,
        seconds_per_example=record.seconds_per_example,
        verdict=result.verdict,
        reason=result.reason,
        outcomes=len(result.counted),
        passes=result.passes,
        not_counted=len(record.outcomes[Purpose.EVIDENCE]) - len(result.counted),
        lower_bound=result.lower_bound,
        own_bound=result.own_bound,
        refuted=result.is_refuted,
        besides=[
            Besides(
                each.name,
                each.words,
                each.bar,
                each.observed,
                each.verdict,
                each.why_not,
                each.test.lower_bound(each.values) if each.values else None,
                len(each.values),
            )
            for each in result.besides
        ],
        p50_seconds=record.seconds_at(0.5),
        p95_seconds=record.seconds_at(0.95),
        mistakes=list(result.mistakes[:MOST_MISTAKES]),
        cost_per_million=_cost(plan, result),
        alpha=plan.tests[index].alpha,
        level=result.level,
        levels=list(plan.sharing.levels(index)),
    )


@dataclass
class Examples(Counts):
    """A plan's examples; `goes_on` is the run that they continue."""

    labels: list[str]
    notes: list[str]
    goes_on: str | None


@dataclass(slots=True)
class Reach:
    """What the examples can prove, the expected effort, and which changes would prove more.

    `usual_pass_rate` is the true pass rate that the trades assume.
    """

    fewest_examples_guessed: int
    fewest_examples_others: int
    chances: tuple[Chance, ...]
    usual_pass_rate: float
    trades: tuple[Trade, ...]
    expected: ExpectedCost


@dataclass(slots=True)
class Finishing:
    """The candidates that run on all evidence if none is certified, and the effort."""

    candidates: list[str]
    seconds: float
    budget_seconds: float


@dataclass
class Planned(Facts):
    """A candidate with its share of the error."""

    alpha: float


@dataclass
class PlanReport:
    """A plan; `free_disk_bytes` is None without downloads, `not_installed` lists what a download would add."""

    schema_version: int
    run: str
    task: str
    bar: Bar
    examples: Examples
    shared_rows: SharedRows | None
    lowers: str | None
    reachable_strength: str
    examples_to_certify: int
    alpha_sharing: str
    probed_first: int
    can_be_certified: list[str]
    most_certifiable: int
    cross_validates: list[str]
    reach: Reach
    evidence_test: str
    brought: list[dict[str, Any]]
    plugins: list[str]
    finishing: Finishing
    download_bytes: int
    free_disk_bytes: int | None
    candidates: list[Planned]
    left_out: tuple[LeftOut, ...]
    not_installed: tuple[Suggestion, ...]


@dataclass(frozen=True, slots=True)
class ShortlistReport:
    """What would be tried for a task without examples."""

    schema_version: int
    family: str
    note: str  # What the words leave open.
    candidates: list[Facts]
    left_out: tuple[LeftOut, ...]


def shortlist_report(shortlist: Shortlist, kind: str, note: str = "") -> ShortlistReport:
    candidates = [Facts(**facts_of(each)) for each in shortlist.candidates]
    return ShortlistReport(SCHEMA_VERSION, kind, note, candidates, shortlist.left_out)


def plan_report(plan: Plan) -> PlanReport:
    bar, examples, finishing, of = plan.task.bar, plan.examples, plan.finishing, plan.outlook
    names = [candidate.name for candidate in plan.candidates]
    return PlanReport(
        schema_version=SCHEMA_VERSION,
        run=plan.run_id,
        task=plan.task.name,
        bar=Bar(bar.pass_rate, bar.confidence),
        examples=Examples(
            len(plan.evidence),
            len(examples.teaching),
            list(examples.looks),
            list(examples.labels),
            list(examples.notes),
            examples.goes_on,
        ),
        shared_rows=plan.shared,
        lowers=plan.lowers,
        reachable_strength=plan.reachable,
        examples_to_certify=plan.examples_to_certify,
        alpha_sharing=plan.sharing.name,
        probed_first=plan.expected,
        can_be_certified=[name for name, test in zip(names, plan.tests, strict=True) if test.can_certify],
        most_certifiable=plan.most_certifiable,
        cross_validates=[names[index] for index in plan.to_cross_validate],
        reach=Reach(of.needed, of.needed_off_guess, of.chances, of.usual.true_pass_rate, of.trades, plan.expected_cost),
        evidence_test=GROWING_TEST if plan.grows else FIXED_NUMBER_TEST,
        brought=[each.to_json() | {"agreed": agreements.is_agreed(each)} for each in agreements.of_plan(plan)],
        plugins=[str(each) for each in plan.plugins],
        finishing=Finishing([names[at] for at in sorted(finishing.candidates)], finishing.seconds, finishing.budget),
        download_bytes=plan.download_bytes,
        free_disk_bytes=hub.free_bytes() if plan.download_bytes else None,
        candidates=[
            Planned(**facts_of(candidate), alpha=test.alpha)
            for candidate, test in zip(plan.candidates, plan.tests, strict=True)
        ],
        left_out=plan.shortlist.left_out,
        not_installed=plan.shortlist.suggestions,
    )
