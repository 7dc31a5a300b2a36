"""A plan, typed: what `advisor recommend --plan-only --json` and the interview's `planned` event print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from advisor.candidates import hub
from advisor.candidates.build import Suggestion
from advisor.candidates.candidate import LeftOut
from advisor.decide.forecast import ExpectedCost
from advisor.decide.plan import FIXED_NUMBER_TEST, GROWING_TEST
from advisor.evidence.trades import Chance, Trade
from advisor.report.document import facts_of
from advisor.runs.result import SCHEMA_VERSION, Bar, Counts, Facts, SharedRows
from advisor.trust import agreements

if TYPE_CHECKING:
    from advisor.decide.plan import Plan


@dataclass
class Examples(Counts):
    """A plan's examples; `goes_on` is the run that takes more of them."""

    labels: list[str]
    notes: list[str]
    goes_on: str | None


@dataclass(slots=True)
class Reach:
    """What the examples can prove, what the run is expected to take, and which changes would prove more.

    `told_pass_rate` is the true pass rate of the model that the trades are about.
    """

    fewest_examples_guessed: int
    fewest_examples_others: int
    chances: tuple[Chance, ...]
    told_pass_rate: float
    trades: tuple[Trade, ...]
    expected: ExpectedCost


@dataclass(slots=True)
class Finishing:
    """The candidates that are run on all evidence where none is certified, and what that takes."""

    candidates: list[str]
    seconds: float
    budget_seconds: float


@dataclass
class Planned(Facts):
    """A candidate with its share of the error."""

    alpha: float


@dataclass
class PlanReport:
    """A plan; `free_disk_bytes` is None where nothing is downloaded, `not_at_hand` what a download would add."""

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
    not_at_hand: tuple[Suggestion, ...]


def plan_report(plan: Plan) -> PlanReport:
    """Return what is said of a plan."""
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
        reach=Reach(of.needed, of.needed_off_guess, of.chances, of.told.true_pass_rate, of.trades, plan.expected_cost),
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
        not_at_hand=plan.shortlist.suggestions,
    )
