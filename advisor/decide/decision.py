"""The final decision from the outcomes: a verdict for each candidate and for the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from advisor.decide.advice import MORE_EXAMPLES, bar_in_reach, more_examples
from advisor.decide.agreement import agreement
from advisor.decide.bar import AGREEMENT, CRITICAL, FAILS, Asked, asked, can_certify
from advisor.decide.escalation import Pair, escalation, pair
from advisor.decide.finish import could_prove, held_out_of, is_far_after, is_refuted
from advisor.decide.over_baseline import over_baseline
from advisor.decide.records import (
    LOST,
    CandidateRecord,
    InReach,
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
from advisor.errors import one_line
from advisor.evidence.criteria import AnswersTest
from advisor.evidence.sequential import BELOW, Claim, Strength, Test, Verdict
from advisor.families import family
from advisor.system.source import quoted
from advisor.units import percent

if TYPE_CHECKING:
    from advisor.candidates.candidate import Candidate
    from advisor.decide.plan import Plan
    from advisor.evidence.escalation import Escalation
    from advisor.evidence.ladder import Position
    from advisor.probe.protocol import Outcome

# From so many inputs on it is said that a candidate gives them all one answer.
FEWEST_ALIKE = 10


@dataclass(frozen=True, slots=True)
class CandidateResult:
    """One candidate's result in the decision.

    `counted` are the outcomes up to where its claim was settled; a batch may have run a few more. `level` is the error
    at which the certified claim was tested: its share of α plus shares handed on by larger certified ones.
    `lower_bound` is at its own share, and at least the bar for a certified one; `own_bound` is what its own share
    proves, without shares handed on: for all candidates jointly these are true with error at most α. `besides` are the
    bar's criteria in addition to the pass rate; `is_refuted` means that the counted outcomes prove a rate below the
    bar, `is_certified` that the rate is proven to be above it.
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
    bar_in_reach: InReach | None = None
    over_baseline: OverBaseline | None = None
    agreement: Mapping[str, Same] = field(default_factory=dict)
    pair: Pair | None = None
    escalation: Escalation | None = None

    @property
    def recommended(self) -> CandidateResult | None:
        """The smallest passing candidate, at any strength."""
        return None if self.answer is None else self.results[self.answer.candidate]

    @property
    def inferences(self) -> int:
        return sum(result.record.inferences for result in self.results)


def decide(plan: Plan, records: Mapping[str, CandidateRecord], required: Strength) -> Decision:
    """Return the decision from the outcomes so far; it depends on nothing else."""
    found = answer(plan, records)
    if required is Strength.EXAMPLES and found is not None and found.strength is Strength.PROVISIONAL:
        # For these examples only, a count shows that none passes, whatever training rows suggest.
        found = found if any(not _misses_these(plan, records, index) for index in range(len(plan.candidates))) else None
    place = held(plan, records)
    is_settled = bool(position(plan, records).certified)
    results = tuple(
        _result(plan, records, index, found, place, is_settled=is_settled) for index in range(len(plan.candidates))
    )
    if required is Strength.EXAMPLES:  # for these examples a count proves it
        results = tuple(
            replace(each, verdict=Verdict.FAILS)
            if each.verdict in {Verdict.UNDECIDED, Verdict.GIVEN_UP}
            and each.counted
            and _misses_these(plan, records, index)
            else each
            for index, each in enumerate(results)
        )
    if found is not None:
        verdict = "passes" if found.strength.reaches(required) else "undecided"
    else:
        verdict = "none" if _none_passes(plan, records, results, required) else "undecided"
    needed = in_reach = None
    if found is not None:
        best = results[found.candidate]
        passed = [each.passed for each in best.record.in_order(plan.evidence)]
        numbers = [MORE_EXAMPLES]
        if found.strength is Strength.CERTIFIED:  # all of them may prove more, or as many again
            numbers = [*([0] if len(best.counted) < len(plan.evidence) else []), max(MORE_EXAMPLES, len(plan.evidence))]
        else:
            needed = more_examples(plan, passed, found.candidate, best.besides)
        if needed is None:  # else that number is said
            reached = (bar_in_reach(plan, passed, found.candidate, more) for more in numbers)
            # Others are proven already.
            in_reach = next((each for each in reached if each and each.pass_rate > (best.lower_bound or 0.0)), None)
    agrees = agreement(plan, records, found.candidate) if found is not None else {}
    both = pair(plan, records) if plan.task.escalation == "measure" else None
    handing_over = escalation(plan, records, both) if both is not None else None
    larger = _next_larger(plan, records, found, results)
    over = over_baseline(plan, records, found.candidate, found.after) if found is not None else None
    return Decision(verdict, required, found, results, larger, needed, in_reach, over, agrees, both, handing_over)


def standings(plan: Plan, records: Mapping[str, CandidateRecord]) -> tuple[Answer | None, tuple[CandidateResult, ...]]:
    """Return the answer so far and each candidate's standing, in a finished run the same as `decide`.

    Fast enough for several calls per second: without bounds (see `bounds`) and the number of examples to certify a
    candidate. During the search, outcomes beyond a settled claim do not count; if nothing is certified, they count when
    the candidates have run on all examples.
    """
    found, place, now = answer(plan, records), held(plan, records), position(plan, records)
    goes_on = now.probing is not None and next_step(plan, records) is not None
    is_settled = bool(now.certified) or goes_on
    return found, tuple(
        _result(plan, records, index, found, place, is_settled=is_settled, is_brief=True)
        for index in range(len(plan.candidates))
    )


def bounds(plan: Plan, index: int, passed: Sequence[bool], *, is_certified: bool) -> tuple[float, float]:
    """Return lower and upper bound of a candidate's pass rate, at its own share of α, or all of α if it is refuted."""
    if not passed:
        return 0.0, 1.0
    own, upper = plan.tests[index].lower_bound(passed), plan.tests[index].upper_bound(passed)
    upper = min(upper, plan.task.bar.pass_rate - BELOW) if is_refuted(plan, passed) else upper
    return _bound(plan, own, is_certified=is_certified), upper


def _none_passes(
    plan: Plan, records: Mapping[str, CandidateRecord], results: Sequence[CandidateResult], required: Strength
) -> bool:
    """Return whether it is shown that no candidate passes: each one fails by its own outcomes.

    For new inputs that needs enough examples to prove that one passes, or proof that each does not; for these examples
    only, a count.
    """
    # A candidate that could not run is no evidence that none passes; an untuned one is not a candidate.
    own = (each.record.failure for each in results if not _around(each.record))
    if any(failure is not None and not failure.startswith(UNPROMISED) for failure in own):
        return False
    if required is Strength.EXAMPLES:
        return all(each.verdict in LOST or _misses_these(plan, records, index) for index, each in enumerate(results))
    ran = [each for each in results if each.record.failure is None]
    may_say = could_prove(plan) or (bool(ran) and all(each.is_refuted for each in ran))
    return may_say and all(each.verdict in LOST for each in results)


def _misses_these(plan: Plan, records: Mapping[str, CandidateRecord], index: int) -> bool:
    """Return whether a candidate misses the bar on these examples, whatever the rest of them give."""
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
    # One that the search skipped may have been certified before, with fewer examples.
    is_certified = (
        index in place.certified or standing(plan, records, index, Strength.CERTIFIED, handed_on).claim is Claim.HOLDS
    )
    is_asked = bool(counted) or bool(record.outcomes[Purpose.CRITICAL])
    besides = _seen(plan, asked(plan, record, index, handed_on), len(counted)) if is_asked else ()
    is_cut = _around(record) and _is_open(plan, records, index, handed_on, found, is_settled=is_settled)
    verdict, reason = _verdict(
        plan, record, index, counted, found, is_certified=is_certified, is_cut=is_cut, is_brief=is_brief
    )
    passed = [outcome.passed for outcome in counted]
    refuted, is_broken = is_refuted(plan, passed), record.failure is not None and not record.is_circumstance
    if verdict is Verdict.PASSES and besides:
        reason += "".join(f"; {each.words}" for each in besides)
    elif (missed := _missed(besides)) is not None:
        # Too few examples for a label are irrelevant for one that misses the rate, and any for one proven to miss it.
        misses = sum(passed) < plan.task.bar.pass_rate * len(counted)
        if not misses or (missed[0] is Verdict.FAILS and not refuted):
            verdict, reason = missed
    is_proven = refuted or is_broken or any(each.name == CRITICAL and each.verdict == FAILS for each in besides)
    if verdict is Verdict.FAILS and not is_proven:
        verdict = Verdict.GIVEN_UP
    wrong = tuple(
        Mistake(example.id, example.line, example.input, example.expected, outcome.output, outcome.error)
        for example, outcome in zip(plan.evidence, counted, strict=False)
        if not outcome.passed
    )
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
        refuted,
        is_certified,
        own,
    )


def _around(record: CandidateRecord) -> bool:
    """Return whether a circumstance outside the model ended a candidate's probe."""
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
    """Return whether a candidate's claim in the search is still open."""
    if proven(plan, records, index, Strength.CERTIFIED, handed_on).claim is Claim.OPEN:
        return True
    if found is not None and (is_settled or index > found.candidate):
        return False
    return proven(plan, records, index, Strength.EXAMPLES).claim is Claim.OPEN


def _bound(plan: Plan, own: float, *, is_certified: bool) -> float:
    """Return the candidate's bound on its pass rate: at least the bar if shares handed on certified it."""
    return max(own, plan.task.bar.pass_rate) if is_certified else own


def _seen(plan: Plan, besides: Sequence[Asked], count: int) -> tuple[Asked, ...]:
    """Return the other criteria by the counted outcomes, without those that a batch ran beyond."""
    if count >= len(plan.evidence):
        return tuple(besides)
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
    """Return the verdict on the bar's other criteria that the candidate misses, None if it meets all."""
    close: tuple[Verdict, str] | None = None
    for each in besides:
        if each.observed is None:
            continue
        seen = f"{each.words}: {each.observed:.1%} so far"
        if each.name == CRITICAL:
            seen = each.words
        elif each.name not in ("latency", AGREEMENT):
            is_rate = isinstance(each.test, Test | AnswersTest)
            observed, needed = (
                (f"{each.observed:.1%}", percent(each.bar)) if is_rate else (f"{each.observed:.3g}", f"{each.bar:.3g}")
            )
            seen = f"{each.words}: {observed} so far where {needed} is needed"
        if each.verdict == FAILS:
            return Verdict.FAILS, f"does not keep to {seen}"
        if not each.test.can_certify or each.certified().claim is Claim.GIVEN_UP:
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
    """Return how many outcomes count: all if run on all or until far from the bar; else up to the last settled claim.

    `is_settled` means that the search for a certified one found the answer, so that no other claim was tested. If the
    bar was lowered, all known outcomes count.
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
    seen = f"{passes} of {len(counted)} passed{_always_said(plan, index, counted)}"
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


def _always_said(plan: Plan, index: int, counted: list[Outcome]) -> str:
    """Return the answer that a candidate gave to every input, though not all expect it; "" for a constant one."""
    passes = sum(outcome.passed for outcome in counted)
    if plan.candidates[index].method == "constant" or len(counted) < FEWEST_ALIKE or not 0 < passes < len(counted):
        return ""
    said = counted[0].output
    if said is None or any(outcome.output != said for outcome in counted):
        return ""
    return f", with {quoted(one_line(family(plan.task.family).said(said), 40))} for every input"


def _without_certificate(
    plan: Plan, index: int, counted: list[Outcome], seen: str, found: Answer | None, *, is_brief: bool
) -> tuple[Verdict, str]:
    """Return the verdict on a measured candidate that is neither certified nor the answer."""
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
    why = "too few examples" if all(passed) else f"too close to {percent(bar)}"
    return Verdict.UNDECIDED, f"{seen}: {why} to certify {percent(bar) if all(passed) else 'with these examples'}{more}"


def _why_not_probed(plan: Plan, index: int, found: Answer | None) -> str:
    if found is not None and index > found.candidate:
        return "not probed: a smaller one passes"
    if not can_certify(plan, index):
        return "not probed: these examples are too few to certify it"
    return "not probed: the budget ended"


def _next_larger(
    plan: Plan, records: Mapping[str, CandidateRecord], found: Answer | None, results: Sequence[CandidateResult]
) -> NextLarger | None:
    """Return the next larger candidate's results on the answer's mistakes, and what it adds.

    It adds at most the mistakes that it corrects and those not tried; if it answered all of the answer's examples, the
    exact difference of right answers.
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
