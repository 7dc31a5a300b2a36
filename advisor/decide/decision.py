"""What the outcomes prove in the end: a verdict for each candidate and for the run."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from advisor.decide.advice import MORE_EXAMPLES, bar_in_reach, expected_rate, more_examples
from advisor.decide.agreement import agreement
from advisor.decide.bar import AGREEMENT, CRITICAL, Asked, asked, can_certify
from advisor.decide.escalation import Pair, escalation, pair
from advisor.decide.finish import could_prove, held_out_of, is_far_after, is_refuted
from advisor.decide.over_baseline import over_baseline
from advisor.decide.records import (
    CandidateRecord,
    Mistake,
    More,
    NextLarger,
    OverBaseline,
    Purpose,
    Same,
    unmeasured,
    unusable,
)
from advisor.decide.search import Answer, answer, held, mistakes, next_larger, next_step, position, proven, standing
from advisor.engines.tuning import UNPROMISED
from advisor.evidence.sequential import Claim, Strength, Test, Verdict
from advisor.units import percent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor.candidates.candidate import Candidate
    from advisor.decide.plan import Plan
    from advisor.evidence.escalation import Escalation
    from advisor.evidence.ladder import Position
    from advisor.probe.protocol import Outcome


@dataclass(frozen=True, slots=True)
class CandidateResult:
    """One candidate's part in the decision.

    `counted` are the outcomes up to where its claim was settled; a batch may have run a few more. `level` is the error
    at which the certified claim was tested: its share of α and what larger certified ones handed on. `lower_bound` is
    for the share alone, and at least the bar for a certified one; `own_bound` is what the share alone proves, whatever
    was handed on: of all candidates together these are true with error at most α. `besides` is what the bar asks for in
    addition to the pass rate; `is_refuted` says that the counted outcomes prove a rate below the bar, `is_certified`
    that the rate is proven to be above it.
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
    is_refuted: bool = False
    is_certified: bool = False
    own_bound: float | None = None

    @property
    def passes(self) -> int:
        return sum(outcome.passed for outcome in self.counted)


@dataclass(frozen=True, slots=True)
class Decision:
    """The run's verdict. `verdict` is passes (at the strength required), none, or undecided."""

    verdict: str
    required: Strength
    answer: Answer | None
    results: tuple[CandidateResult, ...]
    next_larger: NextLarger | None
    more_examples: More | None
    bar_in_reach: float | None = None
    over_baseline: OverBaseline | None = None
    agreement: Mapping[str, Same] = field(default_factory=dict)
    pair: Pair | None = None
    escalation: Escalation | None = None

    @property
    def recommended(self) -> CandidateResult | None:
        """The smallest passing candidate, at whatever strength."""
        return None if self.answer is None else self.results[self.answer.candidate]

    @property
    def inferences(self) -> int:
        return sum(result.record.inferences for result in self.results)


def decide(plan: Plan, records: Mapping[str, CandidateRecord], required: Strength) -> Decision:
    """Return the decision that the outcomes so far prove; it depends on nothing else."""
    found = answer(plan, records)
    if required is Strength.EXAMPLES and found is not None and found.strength is Strength.PROVISIONAL:
        # Of these examples alone a count says that none passes, whatever training rows make likely.
        found = found if any(not _misses_these(plan, records, index) for index in range(len(plan.candidates))) else None
    place = held(plan, records)
    is_settled = bool(position(plan, records).certified)
    results = tuple(
        _result(plan, records, index, found, place, is_settled=is_settled) for index in range(len(plan.candidates))
    )
    if required is Strength.EXAMPLES:  # of these alone a count proves it
        results = tuple(
            replace(each, verdict=Verdict.FAILS)
            if each.verdict is Verdict.UNDECIDED and each.counted and _misses_these(plan, records, index)
            else each
            for index, each in enumerate(results)
        )
    if found is not None:
        verdict = "passes" if found.strength.reaches(required) else "undecided"
    else:
        verdict = "none" if _none_passes(plan, records, results, required) else "undecided"
    needed = in_reach = None
    if found is not None and found.strength is not Strength.CERTIFIED:
        counted = results[found.candidate].counted
        observed = expected_rate(plan, counted)
        needed = more_examples(plan, [each.passed for each in counted], found.candidate)
        if needed is None or needed.likely is None or needed.likely > MORE_EXAMPLES:
            in_reach = bar_in_reach(plan, observed, found.candidate)
            if in_reach is not None and in_reach <= (results[found.candidate].lower_bound or 0.0):
                in_reach = None  # so much is proven already
    agrees = agreement(plan, records, found.candidate) if found is not None else {}
    both = pair(plan, records) if plan.task.escalation == "measure" else None
    handing_over = escalation(plan, records, both) if both is not None else None
    larger = _next_larger(plan, records, found, results)
    over = over_baseline(plan, records, found.candidate, found.after) if found is not None else None
    return Decision(verdict, required, found, results, larger, needed, in_reach, over, agrees, both, handing_over)


def standings(plan: Plan, records: Mapping[str, CandidateRecord]) -> tuple[Answer | None, tuple[CandidateResult, ...]]:
    """Return the answer so far and where each candidate stands: once the run is over, as `decide` has it.

    Quick enough to be asked for many times a second: bounds are left out (`bounds` has them), and how many examples
    would certify a candidate. While the search goes on, what a batch ran beyond a settled claim does not count; where
    nothing is certified, it counts once the candidates are run on all examples.
    """
    found, place, now = answer(plan, records), held(plan, records), position(plan, records)
    goes_on = now.probing is not None and next_step(plan, records) is not None
    is_settled = bool(now.certified) or goes_on
    return found, tuple(
        _result(plan, records, index, found, place, is_settled=is_settled, is_brief=True)
        for index in range(len(plan.candidates))
    )


def bounds(plan: Plan, index: int, passed: Sequence[bool], *, is_certified: bool) -> tuple[float, float]:
    """Return the lower and the upper bound of a candidate's pass rate, at its own share of α."""
    if not passed:
        return 0.0, 1.0
    own = plan.tests[index].lower_bound(passed)
    return _bound(plan, own, is_certified=is_certified), plan.tests[index].upper_bound(passed)


def _none_passes(
    plan: Plan, records: Mapping[str, CandidateRecord], results: Sequence[CandidateResult], required: Strength
) -> bool:
    """Return whether it is shown that no candidate passes: each one fails, by its own outcomes.

    Of new inputs that takes as many examples as could have proven anything; of these alone, counting them.
    """
    # A candidate that could not be run is no evidence that none passes; what was not tuned is no candidate.
    own = (each.record.failure for each in results if not _around(each.record))
    if any(failure is not None and not failure.startswith(UNPROMISED) for failure in own):
        return False
    if required is Strength.EXAMPLES:
        return all(
            each.verdict is Verdict.FAILS or _misses_these(plan, records, index) for index, each in enumerate(results)
        )
    return could_prove(plan) and all(each.verdict is Verdict.FAILS for each in results)


def _misses_these(plan: Plan, records: Mapping[str, CandidateRecord], index: int) -> bool:
    """Return whether a candidate misses the bar on these examples, whatever the rest of them brought."""
    return proven(plan, records, index, Strength.EXAMPLES, gives_up=False).claim is Claim.GIVEN_UP


def _result(
    plan: Plan,
    records: Mapping[str, CandidateRecord],
    index: int,
    found: Answer | None,
    place: Position,
    *,
    is_settled: bool,
    is_brief: bool = False,
) -> CandidateResult:
    candidate, handed_on = plan.candidates[index], place.handed_on.get(index, 0)
    record = records[candidate.key]
    outcomes = record.in_order(plan.evidence)
    counted = outcomes[: _counted(plan, records, index, found, handed_on, is_settled=is_settled)]
    # One that the search passed by may have been certified before, when there were fewer examples.
    is_certified = (
        index in place.certified or standing(plan, records, index, Strength.CERTIFIED, handed_on).claim is Claim.HOLDS
    )
    is_asked = bool(counted) or bool(record.outcomes[Purpose.CRITICAL])
    besides = tuple(asked(plan, record, index, handed_on)) if is_asked else ()
    is_cut = _around(record) and _is_open(plan, records, index, handed_on, found, is_settled=is_settled)
    verdict, reason = _verdict(
        plan, record, index, counted, found, is_certified=is_certified, is_cut=is_cut, is_brief=is_brief
    )
    if verdict is Verdict.PASSES and besides:
        reason += "".join(f"; {each.words}" for each in besides)
    elif (missed := _missed(_seen(plan, besides, len(counted)))) is not None:
        # That examples are too few for a label says nothing of one that misses the rate.
        misses = sum(outcome.passed for outcome in counted) < plan.task.bar.pass_rate * len(counted)
        if missed[0] is Verdict.FAILS or not misses:
            verdict, reason = missed
    wrong = tuple(
        Mistake(example.id, example.line, example.input, example.expected, outcome.output, outcome.error)
        for example, outcome in zip(plan.evidence, counted, strict=False)
        if not outcome.passed
    )
    passed = [outcome.passed for outcome in counted]
    own = None if is_brief or not passed else plan.tests[index].lower_bound(passed)
    return CandidateResult(
        candidate,
        verdict,
        reason,
        tuple(counted),
        None if own is None else _bound(plan, own, is_certified=is_certified),
        record,
        wrong,
        plan.test(index, handed_on).alpha,
        besides,
        is_refuted(plan, passed),
        is_certified,
        own,
    )


def _around(record: CandidateRecord) -> bool:
    """Return whether what ended a candidate's probe lies around the model."""
    return record.failure is not None and record.is_circumstance


def _is_open(
    plan: Plan,
    records: Mapping[str, CandidateRecord],
    index: int,
    handed_on: int,
    found: Answer | None,
    *,
    is_settled: bool,
) -> bool:
    """Return whether a candidate's outcomes leave open what the search asked of it."""
    if proven(plan, records, index, Strength.CERTIFIED, handed_on).claim is Claim.OPEN:
        return True
    if found is not None and (is_settled or index > found.candidate):
        return False
    return proven(plan, records, index, Strength.EXAMPLES).claim is Claim.OPEN


def _bound(plan: Plan, own: float, *, is_certified: bool) -> float:
    """Return the candidate's bound on its pass rate: the bar at least where what others handed on certified it."""
    return max(own, plan.task.bar.pass_rate) if is_certified else own


def _seen(plan: Plan, besides: tuple[Asked, ...], count: int) -> tuple[Asked, ...]:
    """Return what else is asked by the outcomes that count: what a batch ran beyond must not matter."""
    if count >= len(plan.evidence):
        return besides
    return tuple(
        each
        if each.name == CRITICAL
        else replace(
            each,
            counted=tuple(pair for pair in each.counted if pair[0] <= count),
            answered=min(each.answered, count),
            is_complete=False,
        )
        for each in besides
    )


def _missed(besides: tuple[Asked, ...]) -> tuple[Verdict, str] | None:
    """Return the verdict on what else the bar asks for and the candidate does not give, None if nothing is amiss."""
    close: tuple[Verdict, str] | None = None
    for each in besides:
        if each.observed is None:
            continue
        seen = f"{each.words}: {each.observed:.1%} so far"
        if each.name == CRITICAL:
            seen = each.words
        elif each.name not in ("latency", AGREEMENT):
            is_rate = isinstance(each.test, Test)
            observed, needed = (
                (f"{each.observed:.1%}", percent(each.bar)) if is_rate else (f"{each.observed:.3g}", f"{each.bar:.3g}")
            )
            seen = f"{each.words}: {observed} so far where {needed} is needed"
        is_lost = each.test.can_certify and each.certified().claim is Claim.GIVEN_UP
        if each.in_these.claim is Claim.GIVEN_UP or (is_lost and each.observed < each.bar):
            return Verdict.FAILS, f"does not keep to {seen}"
        if is_lost or not each.test.can_certify:
            close = close or (
                Verdict.UNDECIDED,
                f"{seen}: {each.why_not or 'too close to certify with these examples'}",
            )
    return close


def _counted(
    plan: Plan,
    records: Mapping[str, CandidateRecord],
    index: int,
    found: Answer | None,
    handed_on: int,
    *,
    is_settled: bool,
) -> int:
    """Return how many outcomes count: all where it is run on all, or till it is far; else up to its last settled claim.

    `is_settled` says that the search for a certified one found the answer, so that no other claim was looked at. Where
    a bar was lowered all counts that was known.
    """
    if found is not None and index == found.candidate:
        return found.after
    certified = standing(plan, records, index, Strength.CERTIFIED, handed_on).after
    outcomes = records[plan.candidates[index].key].in_order(plan.evidence)
    if plan.before is not None:
        return len(outcomes)
    if index in plan.finishing.brief and (found is None or index < found.candidate):
        return len(outcomes)
    if not is_settled and (rows := plan.finishing.rows.get(index)) is not None:
        far = is_far_after(plan, index, [each.passed for each in outcomes[:rows]])
        return max(certified, min(rows, len(outcomes)) if far is None else far)
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
    is_cut: bool,
    is_brief: bool,
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
            case _ if len(counted) < len(plan.evidence):
                return Verdict.UNDECIDED, f"{seen} before the budget ended"
            case _:
                right, of = held_out_of(record.details)
                below = f", below {percent(bar)} on these examples" if passes < bar * len(counted) else ""
                more = f"; {right + passes} of {of + len(counted)} with its training rows cross-validated" if of else ""
                return Verdict.UNDECIDED, f"{seen}{below}{more}: nothing is proven for new ones"
    if is_certified:
        return Verdict.PASSES, f"{seen}: certified above {percent(bar)} too, and larger"
    if record.failure is not None and not record.is_circumstance:
        return Verdict.FAILS, unusable(record.failure)
    if is_cut:
        return Verdict.NOT_MEASURED, unmeasured(record.failure or "", seen if counted else "")
    if not counted:
        return Verdict.UNDECIDED, _why_not_probed(plan, index, found)
    return _without_certificate(plan, index, counted, seen, found, is_brief=is_brief)


def _without_certificate(
    plan: Plan, index: int, counted: list[Outcome], seen: str, found: Answer | None, *, is_brief: bool
) -> tuple[Verdict, str]:
    """Return the verdict on a candidate that was measured and is neither certified nor the answer."""
    bar, passes = plan.task.bar.pass_rate, sum(outcome.passed for outcome in counted)
    passed = [outcome.passed for outcome in counted]
    if is_refuted(plan, passed):
        return Verdict.FAILS, f"{seen}: proven to be right less than {percent(bar)} of the time"
    is_all = len(counted) == len(plan.evidence)
    if passes < bar * len(counted) and (is_all or found is None or found.strength is not Strength.CERTIFIED):
        below = f"below {percent(bar)} on these examples, not proven for new ones"
        return Verdict.UNDECIDED, f"{seen}{f', {below}' if is_all else ': given up, the rest would take long'}"
    test = plan.tests[index]
    if test.examples(passed, gives_up=len(counted) < len(plan.evidence)).claim is Claim.GIVEN_UP:
        is_out = len(counted) - passes > test.tolerated
        why = f"{percent(bar)} of these examples is {'out of reach' if is_out else 'unlikely'}"
        return Verdict.FAILS, f"{seen}: given up, {why}"
    if passes < bar * len(counted):
        with_these = " with these examples" if plan.grows else ""
        return Verdict.FAILS, f"{seen}, less than {percent(bar)}: given up, it is unlikely to be certified{with_these}"
    needed = None if is_brief else more_examples(plan, passed, index)
    more = f"; {needed.words('it')}" if needed is not None else ""
    return Verdict.UNDECIDED, f"{seen}: too close to {percent(bar)} to certify with these examples{more}"


def _why_not_probed(plan: Plan, index: int, found: Answer | None) -> str:
    if found is not None and index > found.candidate:
        return "not probed: a smaller one passes"
    if not can_certify(plan, index):
        return "not probed: these examples are too few to certify it"
    return "not probed: the budget ended"


def _next_larger(
    plan: Plan, records: Mapping[str, CandidateRecord], found: Answer | None, results: Sequence[CandidateResult]
) -> NextLarger | None:
    """Return what the next larger candidate made of the answer's mistakes, and what it adds.

    That is at most those that it mended, and those that were not tried; where it answered all that the answer did, it
    is how many more came out right.
    """
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
    right, size, own = sum(each.passed for each in tried), candidate.serving_bytes, plan.candidates[found.candidate]
    adds = (right + wrong - len(tried)) / found.after if found.after else 0.0
    counted = results[larger].counted[: found.after]
    is_whole = bool(counted) and len(counted) == found.after
    if is_whole:
        adds = (sum(outcome.passed for outcome in counted) + wrong) / found.after - 1.0
    ratio = None if size is None or not own.serving_bytes else size / own.serving_bytes
    return NextLarger(candidate.name, wrong, len(tried), right, adds, ratio, is_whole)
