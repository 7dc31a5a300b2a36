"""Agreement: does the answer stay the same when the same input comes again, a little changed, or asked otherwise?

Each example serves one pair, of a kind that its place in the evidence decides, so pairs are independent and do not
depend on batches. None of it is evidence for the pass rate.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from advisor.decide.records import CandidateRecord, Purpose, Same
from advisor.families import family
from advisor.probe.perturb import perturb

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from advisor.decide.plan import Plan
    from advisor.task.example import Example

MOST_PAIRS = 20
# A generated answer costs a second or more.
MOST_GENERATED_PAIRS = 8
CHEAP = frozenset({"encode", "classify", "compare", "tag", "see", "hear", "constant", "words", "pixels", "spectrum"})
ASKED_WITH_LABELS = frozenset({"prompted", "zero-shot"})


class Second(NamedTuple):
    """A second question, and in which way it differs from the first."""

    purpose: Purpose
    example: Example


def kinds(of_family: str, method: str) -> tuple[Purpose, ...]:
    """Return the kinds of pairs that tell something where a model answers by this method."""
    reordered = family(of_family).has_labels and method in ASKED_WITH_LABELS
    return (Purpose.AGAIN, Purpose.PERTURBED, *((Purpose.REORDERED,) if reordered else ()))


def second(place: int, example: Example, asked: Sequence[Purpose], file_part: str | None) -> Second | None:
    """Return the second question to the example at a place of the evidence; None where it cannot be changed."""
    purpose = asked[place % len(asked)]
    again = perturb(example, file_part) if purpose is Purpose.PERTURBED else example
    return None if again is None else Second(purpose, again)


def all_pairs(plan: Plan, record: CandidateRecord, index: int, after: int) -> Iterator[tuple[int, Second]]:
    """Yield the place and the second question of each example that was answered without an error, in their order."""
    asked = kinds(plan.task.family, plan.candidates[index].method)
    answered = record.outcomes[Purpose.EVIDENCE]
    for place, example in enumerate(plan.evidence[:after]):
        if example.id not in answered or answered[example.id].error is not None:
            continue
        again = second(place, example, asked, family(plan.task.family).file_part)
        if again is not None:
            yield place, again


def pairs(plan: Plan, record: CandidateRecord, index: int, after: int) -> list[Second]:
    """Return what is asked to report agreement: a few pairs of each kind, kind by kind."""
    candidate = plan.candidates[index]
    most = MOST_PAIRS if candidate.ability in CHEAP else MOST_GENERATED_PAIRS
    found = [pair for _, pair in all_pairs(plan, record, index, after)]
    return [
        pair
        for kind in kinds(plan.task.family, candidate.method)
        for pair in islice((pair for pair in found if pair[0] is kind), most)
    ]


def agreeing(plan: Plan, record: CandidateRecord, index: int) -> list[tuple[int, bool]]:
    """Return for each pair asked so far, in the order of the evidence, its place and whether both answers are the same.

    It ends at the first pair not asked yet, so it does not depend on which were asked beyond.
    """
    kind, first = family(plan.task.family), record.outcomes[Purpose.EVIDENCE]
    found = []
    for place, (purpose, example) in all_pairs(plan, record, index, len(plan.evidence)):
        again = record.outcomes[purpose].get(example.id)
        if again is None:
            break
        is_same = again.error is None and kind.same(first[example.id].output, again.output, plan.scoring)
        found.append((place, is_same))
    return found


def agreement(plan: Plan, records: Mapping[str, CandidateRecord], index: int) -> dict[str, Same]:
    """Return what the pairs asked so far say, a kind at a time; kinds without any are left out."""
    record = records[plan.candidates[index].key]
    kind, first = family(plan.task.family), record.outcomes[Purpose.EVIDENCE]
    found: dict[str, Same] = {}
    for purpose in (Purpose.AGAIN, Purpose.PERTURBED, Purpose.REORDERED):
        again = record.outcomes[purpose]
        both = [(first[each].output, outcome) for each, outcome in again.items() if each in first]
        same = sum(
            outcome.error is None and kind.same(output, outcome.output, plan.scoring) for output, outcome in both
        )
        if both:
            found[purpose.value] = Same(same, len(both))
    return found
