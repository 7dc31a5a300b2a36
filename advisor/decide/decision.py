"""What the outcomes prove in the end: a verdict for each candidate and for the run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.decide.agreement import Agreement, agreement
from advisor.decide.bar import AGREEMENT, Asked, asked
from advisor.decide.escalation import Pair, escalation, pair
from advisor.decide.search import Answer, answer, mistakes, next_larger, position, standing
from advisor.evidence.boundary import examples_until, false_pass_rate, spending_boundary
from advisor.evidence.sequential import Claim, Strength, Test, Verdict
from advisor.runs.records import SKIPPED, Purpose, skipped
from advisor.units import percent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor.evidence.escalation import Escalation
    from advisor.evidence.ladder import Position
    from advisor.plan import Plan
    from advisor.probe.protocol import Outcome
    from advisor.runs.records import CandidateRecord
    from advisor.shortlist.candidate import Candidate
    from advisor.task.examples import Example

LIKELY = 0.8
MOST_EXAMPLES = 4000


@dataclass(frozen=True, slots=True)
class Mistake:
    """An example that a candidate got wrong, and what it said."""

    example: Example
    output: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class CandidateResult:
    """One candidate's part in the decision.

    `counted` are the outcomes up to where its claim was settled; a batch may have run a few more. `level` is the error
    at which the certified claim was tested: its share of α and what larger certified ones handed on. `lower_bound` is
    for the share alone, so that the bounds of all candidates hold together (Bonferroni), and at least the bar for a
    certified one. `besides` is what the bar asks for beside the pass rate.
    """

    candidate: Candidate
    verdict: Verdict
    reason: str
    counted: tuple[Outcome, ...]
    lower_bound: float | None
    record: CandidateRecord
    mistakes: tuple[Mistake, ...]
    level: float = 0.0
    besides: tuple[Asked, ...] = ()

    @property
    def passes(self) -> int:
        """How many of the counted outcomes passed."""
        return sum(outcome.passed for outcome in self.counted)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the next larger candidate made of the answer's mistakes: at most so much does it add."""

    candidate: Candidate
    mistakes: int
    tried: int
    right: int
    of: int

    @property
    def adds_at_most(self) -> float:
        """The most it can add on these examples: mistakes it mended, and those that were not tried."""
        return (self.right + self.mistakes - self.tried) / self.of if self.of else 0.0


@dataclass(frozen=True, slots=True)
class Decision:
    """The run's verdict. `verdict` is passes (at the strength required), none, or undecided."""

    verdict: str
    required: Strength
    answer: Answer | None
    results: tuple[CandidateResult, ...]
    comparison: Comparison | None
    examples_to_certify: int | None
    agreement: tuple[Agreement, ...] = ()
    pair: Pair | None = None
    escalation: Escalation | None = None

    @property
    def recommended(self) -> CandidateResult | None:
        """The smallest passing candidate, at whatever strength."""
        return None if self.answer is None else self.results[self.answer.candidate]

    @property
    def inferences(self) -> int:
        """How many inferences the run made."""
        return sum(result.record.inferences for result in self.results)


def decide(plan: Plan, records: Mapping[str, CandidateRecord], required: Strength) -> Decision:
    """Return the decision that the outcomes so far prove; it depends on nothing else."""
    found = answer(plan, records)
    place = position(plan, records)
    results = tuple(_result(plan, records, index, found, place) for index in range(len(plan.candidates)))
    if found is not None:
        verdict = "passes" if found.strength.reaches(required) else "undecided"
    else:
        # A candidate that could not be run is no evidence that none passes.
        failed = all(r.verdict is Verdict.FAILS and r.record.failure in (None, SKIPPED) for r in results)
        verdict = "none" if failed else "undecided"
    needed = None
    if found is not None and found.strength is not Strength.CERTIFIED:
        counted = results[found.candidate].counted
        needed = examples_to_certify(plan, _expected(plan, counted), found.candidate)
    agrees = agreement(plan, records, found.candidate) if found is not None else ()
    both = pair(plan, records) if plan.task.escalation == "measure" else None
    handing_over = escalation(plan, records, both) if both is not None else None
    comparison = _comparison(plan, records, found)
    return Decision(verdict, required, found, results, comparison, needed, agrees, both, handing_over)


def examples_to_certify(plan: Plan, observed: float, index: int) -> int | None:
    """Return how many examples would certify a model of this pass rate four times out of five; None if over 4,000.

    At the share of α that the candidate holds from the start.
    """
    test = plan.tests[index]
    if test.grows:  # the limits are the same however many examples there are
        limits = Test(MOST_EXAMPLES, test.bar, test.alpha, grows=True).boundary
        return examples_until(limits, observed, LIKELY) if observed > test.bar else None
    low, high = 1, MOST_EXAMPLES

    def enough(total: int) -> bool:
        return false_pass_rate(spending_boundary(total, test.bar, test.alpha), observed) >= LIKELY

    if observed <= test.bar or not enough(high):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return low


def _expected(plan: Plan, outcomes: Sequence[Outcome]) -> float:
    """Return the pass rate to expect: the observed one, drawn towards the bar by the weight of one example."""
    return (sum(outcome.passed for outcome in outcomes) + plan.task.bar.pass_rate) / (len(outcomes) + 1)


def _result(
    plan: Plan, records: Mapping[str, CandidateRecord], index: int, found: Answer | None, place: Position
) -> CandidateResult:
    candidate, heirs = plan.candidates[index], place.heirs.get(index, 0)
    record = records[candidate.key]
    outcomes = record.in_order(plan.evidence)
    counted = outcomes[: _counted(plan, records, index, found, heirs, is_settled=bool(place.certified))]
    # One that the search passed by may have been certified before, when there were fewer examples.
    is_certified = standing(plan, records, index, Strength.CERTIFIED, heirs).claim is Claim.HOLDS or (
        found is not None and found.candidate == index and found.strength is Strength.CERTIFIED
    )
    besides = tuple(asked(plan, record, index, heirs)) if counted else ()
    verdict, reason = _verdict(plan, record, index, counted, found, is_certified=is_certified)
    if verdict is Verdict.PASSES and besides:
        reason += "".join(f"; {each.words}" for each in besides)
    elif (missed := _missed(besides)) is not None:
        verdict, reason = missed
    wrong = tuple(
        Mistake(example, outcome.output, outcome.error)
        for example, outcome in zip(plan.evidence, counted, strict=False)
        if not outcome.passed
    )
    bound = _bound(plan, index, [outcome.passed for outcome in counted], is_certified=is_certified)
    level = plan.test(index, heirs).alpha
    return CandidateResult(candidate, verdict, reason, tuple(counted), bound, record, wrong, level, besides)


def _bound(plan: Plan, index: int, passed: Sequence[bool], *, is_certified: bool) -> float | None:
    """Return the candidate's bound on its pass rate, above the bar only where its test at the bar is won."""
    if not passed:
        return None
    test, bar = plan.tests[index], plan.task.bar.pass_rate
    bound = test.lower_bound(passed)
    if is_certified:
        return max(bound, bar)
    # Counts are discrete: of neighbouring bars one may be refuted and another not, and the bar asked for decides.
    return bound if test.certified(passed, gives_up=False).claim is Claim.HOLDS else min(bound, bar)


def _missed(besides: tuple[Asked, ...]) -> tuple[Verdict, str] | None:
    """Return the verdict on what the bar asks for besides and the candidate does not give, None if nothing is amiss."""
    for each in besides:
        if each.observed is None:
            continue
        seen = f"{each.words}: {each.observed:.1%} so far"
        if each.name not in ("latency", AGREEMENT):
            seen = f"{each.words}: {each.observed:.3g} so far where {each.bar:.3g} is needed"
        if each.in_these.claim is Claim.GIVEN_UP or (each.test.can_certify and each.standing.claim is Claim.GIVEN_UP):
            return Verdict.FAILS, f"does not keep to {seen}"
    return None


def _counted(
    plan: Plan,
    records: Mapping[str, CandidateRecord],
    index: int,
    found: Answer | None,
    heirs: int,
    *,
    is_settled: bool,
) -> int:
    """Return how many outcomes count: up to where the candidate's last claim was settled.

    `is_settled` says that the search for a certified one found the answer, so that no other claim was looked at.
    """
    if found is not None and index == found.candidate:
        return found.after
    certified = standing(plan, records, index, Strength.CERTIFIED, heirs).after
    if found is not None and (is_settled or index > found.candidate):
        return certified
    return max(certified, standing(plan, records, index, Strength.EXAMPLES).after)


def _verdict(
    plan: Plan,
    record: CandidateRecord,
    index: int,
    counted: list[Outcome],
    found: Answer | None,
    *,
    is_certified: bool,
) -> tuple[Verdict, str]:
    bar = plan.task.bar.pass_rate
    passes = sum(outcome.passed for outcome in counted)
    seen = f"{passes} of {len(counted)} passed"
    if found is not None and index == found.candidate:
        match found.strength:
            case Strength.CERTIFIED:
                return Verdict.PASSES, f"{seen}: certified above {percent(bar)}"
            case Strength.EXAMPLES:
                return Verdict.PASSES, f"{seen}: at least {percent(bar)} of these examples"
            case _:
                return Verdict.UNDECIDED, f"{seen} before the budget ended"
    if is_certified:
        return Verdict.PASSES, f"{seen}: certified above {percent(bar)} too, and larger"
    is_skipped = record.failure == SKIPPED
    if record.failure is not None and not is_skipped:
        return Verdict.FAILS, f"could not be run: {record.failure}"
    if not counted:
        return Verdict.UNDECIDED, skipped() if is_skipped else _why_not_probed(plan, index, found)
    test = plan.tests[index]
    if test.examples([outcome.passed for outcome in counted]).claim is Claim.GIVEN_UP:
        is_out = len(counted) - passes > test.tolerated
        why = f"{percent(bar)} of these examples is {'out of reach' if is_out else 'unlikely'}"
        return Verdict.FAILS, f"{seen}: given up, {why}"
    if is_skipped:
        return Verdict.UNDECIDED, skipped(seen)
    if passes < bar * len(counted):
        with_these = " with these examples" if plan.grows else ""
        return Verdict.FAILS, f"{seen}, less than {percent(bar)}: given up, it is unlikely to be certified{with_these}"
    needed = examples_to_certify(plan, _expected(plan, counted), index)
    more = f"; about {needed} examples would certify it" if needed is not None else ""
    return Verdict.UNDECIDED, f"{seen}: too close to {percent(bar)} to certify with these examples{more}"


def _why_not_probed(plan: Plan, index: int, found: Answer | None) -> str:
    if found is not None and index > found.candidate:
        return "not probed: a smaller one passes"
    if not plan.tests[index].can_certify:
        return "not probed: these examples are too few to certify it"
    return "not probed: the budget ended"


def _comparison(plan: Plan, records: Mapping[str, CandidateRecord], found: Answer | None) -> Comparison | None:
    if found is None:
        return None
    larger = next_larger(plan, records, found)
    if larger is None:
        return None
    candidate = plan.candidates[larger]
    record = records[candidate.key]
    known = {**record.outcomes[Purpose.COMPARISON], **record.outcomes[Purpose.EVIDENCE]}
    tried = [known[example.id] for example in mistakes(plan, records, found) if example.id in known]
    outcomes = records[plan.candidates[found.candidate].key].in_order(plan.evidence)[: found.after]
    wrong = sum(not outcome.passed for outcome in outcomes)
    return Comparison(candidate, wrong, len(tried), sum(outcome.passed for outcome in tried), found.after)
