"""Agreement: does the answer stay the same when the same input comes again, a little changed, or asked otherwise?

Each example serves one pair at most, so pairs are independent; none of it is evidence for the pass rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from advisor.families import family
from advisor.probe.perturb import perturb
from advisor.runs.records import Purpose

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from advisor.plan import Plan
    from advisor.runs.records import CandidateRecord
    from advisor.task.examples import Example

MOST_PAIRS = 20
# A generated answer costs a second or more.
MOST_GENERATED_PAIRS = 8
CHEAP = frozenset({"encode", "classify", "compare", "tag", "see"})
ASKED_WITH_LABELS = frozenset({"prompted", "zero-shot"})


@dataclass(frozen=True, slots=True)
class Agreement:
    """How many pairs of one kind gave the same answer."""

    kind: Purpose
    same: int
    of: int


def pairs(
    plan: Plan, records: Mapping[str, CandidateRecord], index: int, after: int
) -> Iterator[tuple[Purpose, Example]]:
    """Yield what is asked of a candidate to measure agreement: kind by kind, examples in their order.

    Args:
        plan: What was fixed.
        records: The outcomes so far.
        index: The candidate.
        after: How many of its outcomes count; those answered without an error are used, whatever a batch ran beyond.
    """
    candidate = plan.candidates[index]
    kind = family(plan.task.family)
    kinds = [Purpose.AGAIN, Purpose.PERTURBED]
    if kind.has_labels and candidate.method in ASKED_WITH_LABELS:
        kinds.append(Purpose.REORDERED)
    answered = records[candidate.key].outcomes[Purpose.EVIDENCE]
    usable = [e for e in plan.evidence[:after] if e.id in answered and answered[e.id].error is None]
    most = MOST_PAIRS if candidate.ability in CHEAP else MOST_GENERATED_PAIRS
    for place, purpose in enumerate(kinds):
        asked: list[Example | None] = [*usable[place :: len(kinds)]]
        if purpose is Purpose.PERTURBED:
            asked = [perturb(example, kind.file_part) for example in usable[place :: len(kinds)]]
        yield from ((purpose, example) for example in [each for each in asked if each is not None][:most])


def agreement(plan: Plan, records: Mapping[str, CandidateRecord], index: int) -> tuple[Agreement, ...]:
    """Return what the pairs answered so far say, a kind at a time; kinds without any are left out."""
    record = records[plan.candidates[index].key]
    same_answer = family(plan.task.family).same
    first = record.outcomes[Purpose.EVIDENCE]
    found = []
    for purpose in (Purpose.AGAIN, Purpose.PERTURBED, Purpose.REORDERED):
        again = record.outcomes[purpose]
        both = [(first[each].output, outcome) for each, outcome in again.items() if each in first]
        same = sum(outcome.error is None and same_answer(output, outcome.output) for output, outcome in both)
        if both:
            found.append(Agreement(purpose, same, len(both)))
    return tuple(found)
