"""Criteria of the bar in addition to the pass rate, and their standing by the outcomes so far.

Each is tested at the candidate's own level; requiring all of them needs no further share of α
(`advisor.evidence.criteria`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from advisor.decide.agreement import agreeing, all_pairs
from advisor.decide.records import CandidateRecord, Purpose
from advisor.errors import one_line
from advisor.evidence.binomial import at_most
from advisor.evidence.criteria import (
    AnswersTest,
    Criterion,
    EveryOne,
    Latency,
    LevelTest,
    MarksFound,
    MarksRight,
    MeanScore,
    NonInferiority,
    PartRate,
    Precision,
    SpacedTest,
)
from advisor.evidence.sequential import Claim, Standing, examples_needed, nested
from advisor.families.json_fields import FIELD, has_field
from advisor.families.spans import marks
from advisor.families.values import as_decision
from advisor.units import format_seconds, percent

if TYPE_CHECKING:
    from advisor.decide.plan import Plan
    from advisor.task.example import Example
    from advisor.task.model import Bar

AGREEMENT = "agreement"
ANSWERS = "answers"
CRITICAL = "critical examples"
LINES_SHOWN = 5
# The verdict on a criterion, in a run and when it is verified.
HOLDS, FAILS, UNDECIDED = "holds", "does not hold", "undecided"
HARDLY = 0.01  # A chance below that of an error.


@dataclass(frozen=True, slots=True)
class Asked:
    """One additional criterion of the bar, and its outcomes."""

    # "mean score", "latency", "non-inferiority", "agreement", "critical examples", or the label or slice, such as
    # "label 'spam'".
    name: str
    words: str  # The criterion in words.
    bar: float  # The value that the mean must exceed.
    # Values within 0 and 1, each with the number of examples after which it was known; an example may have none.
    counted: tuple[tuple[int, float], ...]
    answered: int  # Number of examples answered.
    test: LevelTest  # The test at the candidate's level.
    is_complete: bool  # Whether all examples have been asked, so that there will be no more values.
    # The fewest examples that certify it for any candidate: with the whole error, and more than there are.
    fewest: int = 0

    @property
    def values(self) -> tuple[float, ...]:
        return tuple(value for _, value in self.counted)

    def certified(self, *, gives_up: bool = True) -> Standing:
        """Return the standing of the claim about new inputs, and the number of examples that settled it.

        A claim that is open after the last value is given up, because there is nothing more to run. With `gives_up` an
        unlikely claim is settled before the last value.
        """
        found = self.test.certified(self.values, gives_up=gives_up)
        if found.claim is Claim.OPEN:
            return Standing(Claim.GIVEN_UP if self.is_complete else Claim.OPEN, self.answered)
        return Standing(found.claim, self.counted[found.after - 1][0] if found.after else 0)

    @property
    def verdict(self) -> str:
        """Whether it holds for new inputs, is missed, or neither.

        It is missed if the observed value is below what the bar asks, on all of these examples or where the claim was
        given up; a claim given up above that is undecided.
        """
        claim, observed = self.certified().claim, self.observed
        if claim is Claim.HOLDS:
            return HOLDS
        is_lost = self.test.can_certify and claim is Claim.GIVEN_UP
        is_below = is_lost and observed is not None and observed < self.bar
        return FAILS if is_below or self._is_refuted or self.in_these.claim is Claim.GIVEN_UP else UNDECIDED

    @property
    def _is_refuted(self) -> bool:
        """Whether so few of the values would hardly hold where the bar is met, though too few could ever certify it."""
        are_single = bool(self.values) and {*self.values} <= {0.0, 1.0}
        if not are_single or (isinstance(self.test, SpacedTest) and self.test.is_dependent(self.values)):
            return False
        return at_most(int(sum(self.values)), len(self.values), self.bar) < HARDLY

    @property
    def why_not(self) -> str:
        """Why nothing can be claimed about new inputs, whatever the values; "" if something can."""
        if not self.test.can_certify:
            return f"too few: certifying it takes at least {self.fewest}"
        if isinstance(self.test, SpacedTest) and self.test.is_dependent(self.values):
            return "not for new inputs: slow answers came in long spells"
        return ""

    @property
    def observed(self) -> float | None:
        """The mean of all values, None without any."""
        return sum(self.values) / len(self.values) if self.values else None

    @property
    def in_these(self) -> Standing:
        """The standing of the claim about this finite set: settled when all of it has run."""
        if not self.is_complete:
            return Standing(Claim.OPEN, self.answered)
        holds = self.observed is not None and self.observed >= self.bar - 1e-9
        return Standing(Claim.HOLDS if holds else Claim.GIVEN_UP, self.answered)


def criteria_of(
    bar: Bar, examples: Sequence[Example], labels: tuple[str, ...], slices: Iterable[str | None] = ()
) -> tuple[tuple[Criterion, str], ...]:
    """Return the criteria of a bar in addition to the pass rate, without agreement, with their words.

    `slices` are those with a required rate for every slice, whether an example has them or not.
    """
    found: list[tuple[Criterion, str]] = []
    if bar.mean_score is not None:
        found.append((MeanScore(bar.mean_score), f"a mean score above {bar.mean_score:.3g}"))
    if bar.p95_seconds is not None:
        found.append((Latency(bar.p95_seconds), f"95% of answers within {format_seconds(bar.p95_seconds)}"))
    if bar.reference is not None:
        reference = {each.id: float(each.reference) for each in examples if each.reference is not None}
        words = f"a mean score at most {percent(bar.reference.margin)} below the reference's"
        found.append((NonInferiority(reference, bar.reference.margin), words))
    return (*found, *_parts(bar, examples, labels, slices))


def _parts(
    bar: Bar, examples: Sequence[Example], labels: tuple[str, ...], slices: Iterable[str | None]
) -> Iterator[tuple[Criterion, str]]:
    """Yield the rate required on each field, each label, the answers of each label, then on each slice."""
    for name, rate in (bar.per_field or {}).items():
        having = {each.id for each in examples if has_field(each.expected, name)}
        yield _part("field", name, rate, having, score=f"{FIELD}{name}")
    yield from _of_labels(bar, examples, labels)
    if bar.per_slice is not None:
        asked_for = bar.per_slice.pass_rate
        names = sorted({each for each in (*slices, *(one.slice for one in examples)) if each is not None})
        rates = asked_for if isinstance(asked_for, dict) else dict.fromkeys(names, asked_for)
        for name, rate in rates.items():
            yield _part(bar.per_slice.column, name, rate, {each.id for each in examples if each.slice == name})


def _of_labels(bar: Bar, examples: Sequence[Example], labels: tuple[str, ...]) -> Iterator[tuple[Criterion, str]]:
    """Yield the rates required on each label, and on the answers that name it."""
    if not bar.of_labels:
        return
    if any(marks(each.expected) for each in examples):
        yield from _of_marks(bar, examples, labels)
        return
    members: defaultdict[str, set[str]] = defaultdict(set)
    answers: dict[str, str | float] = {}
    for each in examples:
        for label in each.expected if isinstance(each.expected, list) else [each.expected]:
            if isinstance(label, str | float):
                members[as_decision(label)].add(each.id)
                answers[as_decision(label)] = label
    has_several = any(isinstance(each.expected, list) for each in examples)
    for label, rate in bar.label_rates(labels).items():
        yield _part("label", label, rate, members[label], found=label if has_several else None)
    for label, rate in bar.label_rates(labels, "precision").items():
        name = f"{ANSWERS} {one_line(label, 40)!r}"
        words = f"{percent(rate)} of {name} right ({len(members[label])} examples expect it)"
        yield Precision(name, rate, answers.get(label, label), frozenset(members[label])), words


def _of_marks(bar: Bar, examples: Sequence[Example], labels: tuple[str, ...]) -> Iterator[tuple[Criterion, str]]:
    """Yield the rates required on labels that mark parts of texts, of the texts that are to have some."""
    own = {label: {each.id: found for each in examples if (found := marks(each.expected, label))} for label in labels}
    for label, rate in bar.label_rates(labels).items():
        name = f"label {one_line(label, 40)!r}"
        words = f"{percent(rate)} of the texts with {name} have all of it found ({len(own[label])} examples)"
        yield MarksFound(name, rate, own[label], marks), words
    for label, rate in bar.label_rates(labels, "precision").items():
        name = f"{ANSWERS} {one_line(label, 40)!r}"
        words = f"{percent(rate)} of the texts with {name} have none of it wrong ({len(own[label])} examples have some)"
        yield MarksRight(name, rate, own[label], partial(marks, label=label)), words


def _part(
    kind: str, name: str, rate: float, members: set[str], *, found: str | None = None, score: str | None = None
) -> tuple[Criterion, str]:
    shown = f"{one_line(kind, 40)} {one_line(name, 40)!r}"
    verb = "right" if found is None else "found"
    words = f"{percent(rate)} of {shown} {verb} ({len(members)} examples)"
    return PartRate(shown, rate, frozenset(members), found, score), words


def agreement_words(share: float) -> str:
    return f"the same answer again for {percent(share)} of inputs"


def asked(plan: Plan, record: CandidateRecord, index: int, handed_on: int) -> list[Asked]:
    """Return all criteria for a candidate in addition to its pass rate.

    `handed_on` is the number of certified ones just above it that have handed on their share of α.
    """
    outcomes = record.in_order(plan.evidence)
    found = []
    levels = plan.levels(index)
    is_complete = len(outcomes) == len(plan.evidence)
    fewest = plan.fewest_for_criteria
    for (criterion, words), tests, least in zip(plan.criteria, plan.criteria_tests(index), fewest, strict=True):
        values = ((n, criterion.value(outcome)) for n, outcome in enumerate(outcomes, start=1))
        known = tuple((n, value) for n, value in values if value is not None)
        test = at_end(tests[handed_on], len(known)) if is_complete else tests[handed_on]
        found.append(Asked(criterion.name, words, criterion.bar, known, len(outcomes), test, is_complete, least))
    if plan.examples.critical:
        found.append(_critical(plan, record, len(outcomes)))
    share = plan.task.bar.agreement
    if share is not None:
        same = tuple((place + 1, float(each)) for place, each in agreeing(plan, record, index))
        test = nested(len(plan.evidence), share, levels, grows=plan.grows)[handed_on]
        due = is_complete and len(same) == sum(1 for _ in all_pairs(plan, record, index, len(outcomes)))
        least = examples_needed(share, 1.0 - plan.task.bar.confidence, grows=plan.grows)
        least = max(least, len(plan.evidence) + 1)
        found.append(Asked(AGREEMENT, agreement_words(share), share, same, len(outcomes), test, due, least))
    return found


def at_end(test: LevelTest, values: int) -> LevelTest:
    """Return a criterion's test when all examples have been asked, which gave so many values."""
    return test.at_end(values) if isinstance(test, AnswersTest) else test


def _critical(plan: Plan, record: CandidateRecord, answered: int) -> Asked:
    """Return the standing of the criterion that every critical example is right."""
    known, every = record.outcomes[Purpose.CRITICAL], plan.examples.critical
    values = tuple((0, float(known[each.id].passed)) for each in every if each.id in known)
    wrong = [each.line for each in every if each.id in known and not known[each.id].passed]
    words = critical_words(len(every), wrong)
    return Asked(CRITICAL, words, 1.0, values, answered, EveryOne(len(every)), len(values) == len(every))


def critical_words(count: int, wrong: Sequence[int | None] = ()) -> str:
    """Return the criterion of critical examples in words, and which lines are wrong."""
    shown = ", ".join(str(line) for line in wrong[:LINES_SHOWN])
    more = f" and {len(wrong) - LINES_SHOWN} more" if len(wrong) > LINES_SHOWN else ""
    where = f"line {shown}" if shown[:1].isdecimal() else shown
    return f"all of {count} critical examples right{f' (wrong: {where}{more})' if wrong else ''}"


def can_certify(plan: Plan, index: int) -> bool:
    """Return whether any outcomes of these examples could certify a candidate with its starting share."""
    empty = asked(plan, CandidateRecord(), index, 0)
    return plan.tests[index].can_certify and all(each.test.can_certify for each in empty)
