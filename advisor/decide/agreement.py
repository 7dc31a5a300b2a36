"""Agreement: whether the answer is the same for a repeated input, a perturbed one, or another order of labels.

Each example is in one pair, of a kind determined by its index in the evidence, so pairs are independent and do not
depend on batches. None of it is evidence for the pass rate.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from advisor.decide.records import CandidateRecord, Purpose, Same
from advisor.families import family
from advisor.task.example import fold
from advisor.units import capitalised

if TYPE_CHECKING:
    from advisor.decide.plan import Plan
    from advisor.families.base import Json
    from advisor.probe.protocol import Outcome
    from advisor.task.example import Example

MOST_PAIRS = 20
# A generated answer costs a second or more.
MOST_GENERATED_PAIRS = 8
CHEAP = frozenset({"encode", "classify", "compare", "tag", "see", "hear", "constant", "words", "pixels", "spectrum"})
ASKED_WITH_LABELS = frozenset({"prompted", "zero-shot"})


class Second(NamedTuple):
    """A second question, and how it differs from the first."""

    purpose: Purpose
    example: Example


def kinds(of_family: str, method: str) -> tuple[Purpose, ...]:
    """Return the kinds of pairs that are informative for a method."""
    reordered = family(of_family).has_labels and method in ASKED_WITH_LABELS
    return (Purpose.AGAIN, Purpose.PERTURBED, *((Purpose.REORDERED,) if reordered else ()))


def second(place: int, example: Example, asked: Sequence[Purpose], file_part: str | None) -> Second | None:
    """Return the second question for the example at an index of the evidence; None if it cannot be changed."""
    purpose = asked[place % len(asked)]
    again = perturb(example, file_part) if purpose is Purpose.PERTURBED else example
    return None if again is None else Second(purpose, again)


def all_pairs(plan: Plan, record: CandidateRecord, index: int, after: int) -> Iterator[tuple[int, Second]]:
    """Yield the index and the second question of each example answered without an error, in order."""
    asked = kinds(plan.task.family, plan.candidates[index].method)
    if asked not in plan.second_questions:
        part = family(plan.task.family).file_part
        found = (second(place, example, asked, part) for place, example in enumerate(plan.evidence))
        plan.second_questions[asked] = tuple(found)
    answered = record.outcomes[Purpose.EVIDENCE]
    for place, (example, again) in enumerate(zip(plan.evidence[:after], plan.second_questions[asked], strict=False)):
        if again is not None and example.id in answered and answered[example.id].error is None:
            yield place, again


def pairs(plan: Plan, record: CandidateRecord, index: int, after: int) -> list[Second]:
    """Return the pairs to ask for the report of agreement: a few of each kind, kind by kind."""
    candidate = plan.candidates[index]
    most = MOST_PAIRS if candidate.ability in CHEAP else MOST_GENERATED_PAIRS
    found = [pair for _, pair in all_pairs(plan, record, index, after)]
    return [
        pair
        for kind in kinds(plan.task.family, candidate.method)
        for pair in islice((pair for pair in found if pair[0] is kind), most)
    ]


def agreeing(plan: Plan, record: CandidateRecord, index: int) -> list[tuple[int, bool]]:
    """Return for each pair asked so far, in the order of the evidence, its index and whether both answers are equal.

    It ends at the first pair not asked yet, so later ones do not matter.
    """
    first, found = record.outcomes[Purpose.EVIDENCE], []
    for place, (purpose, example) in all_pairs(plan, record, index, len(plan.evidence)):
        again = record.outcomes[purpose].get(example.id)
        if again is None:
            break
        asked = plan.evidence[place], example
        found.append((place, is_same(plan.task.family, plan.scoring, asked, (first[example.id], again))))
    return found


def agreement(plan: Plan, records: Mapping[str, CandidateRecord], index: int) -> dict[str, Same]:
    """Return the agreement of the pairs asked so far by kind, without empty kinds."""
    record = records[plan.candidates[index].key]
    first, part = record.outcomes[Purpose.EVIDENCE], family(plan.task.family).file_part
    examples = {example.id: example for example in plan.evidence}
    found: dict[str, Same] = {}
    for purpose in (Purpose.AGAIN, Purpose.PERTURBED, Purpose.REORDERED):
        same = []
        for each, again in record.outcomes[purpose].items():
            if each in first and (example := examples.get(each)) is not None:
                second = perturb(example, part) if purpose is Purpose.PERTURBED else None
                asked = example, second or example
                same.append(is_same(plan.task.family, plan.scoring, asked, (first[each], again)))
        if same:
            found[purpose.value] = Same(sum(same), len(same))
    return found


def is_same(
    of_family: str,
    scoring: Mapping[str, Any],
    asked: tuple[Example, Example],
    answers: tuple[Outcome, Outcome],
) -> bool:
    """Return whether the answers to an example and to its second question are equal.

    What an answer copies from a perturbed input is changed as the input is: case, blanks, the places of spans and the
    word with swapped letters do not count.
    """
    kind, (first, again) = family(of_family), answers
    if again.error is not None:
        return False
    if kind.same(first.output, again.output, scoring):
        return True
    if asked[0].given == asked[1].given:
        return False
    swapped = dict(_swapped_words(*asked))
    one, other = (kind.without_places(answer.output) for answer in answers)
    return kind.same(_unchanged(one, {}), _unchanged(other, swapped), scoring)


def _swapped_words(example: Example, perturbed: Example) -> Iterator[tuple[str, str]]:
    """Yield the words of a perturbed input that differ in their letters, each with the original, both folded."""
    texts = [[text for _, text in each.parts] or [each.input] for each in (perturbed, example)]
    for changed, original in zip(*texts, strict=True):
        words = fold(changed).split(), fold(original).split()
        if len(words[0]) == len(words[1]):
            yield from ((new, old) for new, old in zip(*words, strict=True) if new != old)


def _unchanged(answer: Json, swapped: Mapping[str, str]) -> Json:
    """Return an answer with its texts folded and the original words in place of those with swapped letters."""
    if isinstance(answer, list):
        return [_unchanged(each, swapped) for each in answer]
    if isinstance(answer, dict):
        return {name: _unchanged(each, swapped) for name, each in answer.items()}
    if not isinstance(answer, str):
        return answer
    text = fold(answer)
    for perturbed, original in swapped.items():
        text = text.replace(perturbed, original)
    return text


# In shorter words no letters are swapped.
LEAST_LETTERS = 4


def perturb(example: Example, file_part: str | None) -> Example | None:
    """Return an example with its first text changed in a way determined by its id; None if that is not a text."""
    chance = random.Random(example.id)  # noqa: S311  the same change each time, not a secret
    change = chance.choice((_case, _spacing, _typo))
    if not example.parts:
        text = change(example.input, chance)
        return replace(example, input=text) if text != example.input else None
    parts = dict(example.parts)
    name = next((part for part in parts if part != file_part), None)
    if name is None:
        return None
    text = change(parts[name], chance)
    if text == parts[name]:
        return None
    return replace(example, parts=tuple((parts | {name: text}).items()))


def _case(text: str, chance: random.Random) -> str:
    """Lower-case the text, or change the first letter's case if it is lower case already."""
    del chance
    return text.lower() if text != text.lower() else capitalised(text)


def _spacing(text: str, chance: random.Random) -> str:
    """Double one space; without any, append one."""
    places = [index for index, character in enumerate(text) if character == " "]
    if not places:
        return text + " "
    at = chance.choice(places)
    return text[:at] + " " + text[at:]


def _typo(text: str, chance: random.Random) -> str:
    """Swap two neighbouring letters inside a longer word, like a typing error."""
    words = text.split(" ")
    places = [index for index, word in enumerate(words) if len(word) >= LEAST_LETTERS and word.isalpha()]
    if not places:
        return _spacing(text, chance)
    at = chance.choice(places)
    word = words[at]
    inside = [i for i in range(1, len(word) - 2) if word[i] != word[i + 1]]
    if not inside:
        return _spacing(text, chance)
    i = chance.choice(inside)
    words[at] = word[:i] + word[i + 1] + word[i] + word[i + 2 :]
    return " ".join(words)
