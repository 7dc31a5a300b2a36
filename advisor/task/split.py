"""Splits a task's examples into training and evidence, each in a random but fixed order."""

from __future__ import annotations

import math
import random
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate, chain, pairwise, repeat
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from advisor.errors import InputError
from advisor.evidence.split_forecast import training_rows
from advisor.families import family
from advisor.system.source import place, quoted
from advisor.task.duplicates import distinct, in_order, no_overlap
from advisor.task.groups import groups_of, right_answers, said, templates, units, without
from advisor.task.growth import Held, same_teaching
from advisor.task.reading import answer_columns, columns_of, has_grades
from advisor.units import counted

if TYPE_CHECKING:
    from advisor.task.example import Example
    from advisor.task.model import Task

MAX_EVIDENCE = 5000
# With this many distinct inputs, or twice what the task takes, enough remain without near duplicates.
MOST_DRAWN = 20_000
# The training share of fewer rows, or if nothing is trained.
DEFAULT_TEACHING_SHARE = 0.4
FEWEST_SPLIT = 10
DEFAULT_TEACHING_MAX = 500
ROWS_OF_AN_ANSWER = 2


class Read(NamedTuple):
    """The content of a task's files; `taught` is the training file's; what is set aside is added to `notes`."""

    task: Task
    folder: Path
    examples: Sequence[Example]
    taught: Sequence[Example]
    notes: list[str]

    @property
    def path(self) -> Path:
        """The file of examples."""
        return self.folder / self.task.examples.path

    @property
    def teaching_path(self) -> Path:
        """The file of training examples, if there is one."""
        return self.folder / str(self.task.teaching.path)


class Divided(NamedTuple):
    """Training and evidence, each in order; left out are further rows of the evidence's groups."""

    teaching: list[Example]
    evidence: list[Example]
    left: list[Example]


def divide(read: Read) -> Divided:
    """Return the split of a new run's examples; InputError if too few are left for a part."""
    most = _most_drawn(read.task)
    kept = distinct(read.path, read.task, read.examples, read.notes, most=most, must_suffice=True)
    rows = units(kept, read.task.seed)
    rows, teach = (rows, 0) if read.task.teaching.path is not None else _teaching_units(read, rows)
    teaching = [each for unit in rows[:teach] for each in unit]
    evidence = _at_most(read, [unit[0] for unit in rows[teach:]])
    left = [each for unit in rows[teach:] for each in unit[1:]]
    if read.task.teaching.path is not None:
        teaching = _teaching_file(read, evidence)
    _tell_groups(read, teaching, evidence, left)
    return Divided(teaching, evidence, left)


def tested_alone(read: Read) -> list[Example]:
    """Return the examples of a test-only file: one of each group, in the seed's order; a single one suffices."""
    kept = distinct(read.path, read.task, read.examples, read.notes, most=_most_drawn(read.task))
    return _at_most(read, [unit[0] for unit in units(kept, read.task.seed)])


def _tell_groups(read: Read, teaching: list[Example], evidence: list[Example], left: list[Example]) -> None:
    """Note how many rows count if some belong together; InputError if all belong to one group."""
    column = read.task.examples.groups
    if column is None:
        _tell_templates(read)
        return
    if len(evidence) < 2:  # noqa: PLR2004
        raise InputError(
            f"{place(read.path)}: only {counted(len(evidence), 'row')} would count as evidence, one of each value of "
            f"{quoted(column)}; name another column in examples.groups, or teach with fewer"
        )
    by_form = column in chain(*columns_of(read.task)[0].values())
    by_answer = column == answer_columns(read.task)[0] and any(map(_right, evidence, repeat(read.task)))
    read.notes.append(said(column, evidence, teaching, len(left), by_form=by_form, by_answer=by_answer))
    if alone := sum(each.group is None for each in (*evidence, *teaching)):
        have = counted(alone, "row has", "rows have")
        read.notes.append(f"{have} nothing in {quoted(column)}; each counts by itself")


def _tell_templates(read: Read) -> None:
    """Note that each row counts by itself though many inputs differ only in numbers, or have one right answer."""
    if shared := right_answers([_right(each, read.task) for each in read.examples]):
        graded = has_grades(read.task, read.folder)  # a column of grades is no group
        read.notes.append(
            f"{len(read.examples)} queries have {shared} different right answers, and each counts by itself: if those "
            "of one ask the same in other words, mistakes come several at a time, and what is proven is for these "
            f"answers alone{'' if graded else f'; examples.groups: {answer_columns(read.task)[0]} counts one of each'}"
        )
    named, texts = [*chain(*columns_of(read.task)[0].values())], {each.input for each in read.examples}
    is_text = len(named) == 1 and family(read.task.family).file_part is None
    if is_text and (forms := templates(texts)):
        read.notes.append(
            f"{len(texts)} different inputs are {forms} without their numbers, and each counts by itself, so what is "
            f"proven is for inputs of these templates; examples.groups: {named[0]} counts one of each"
        )


def _right(example: Example, task: Task) -> tuple[str, ...]:
    return family(task.family).right_answers(example.expected, example.given)


def add(read: Read, held: Held) -> Divided:
    """Return a begun run's examples unchanged, with new ones after its evidence.

    New ones are shuffled among themselves by content and seed. They never train: heads stay as they are. InputError if
    the training file has changed.
    """
    known = {example.id: example for example in reversed(read.examples)}
    own = () if read.task.teaching.path is not None else held.teaching
    # Another spelling of an example is the same question: it keeps the original one.
    teaching, evidence = (
        [known[each.id] if each.parts else replace(known[each.id], input=each.input) for each in kept]
        for kept in (own, held.evidence)
    )
    ids = {example.id for example in (*teaching, *evidence)}
    new = [example for example in read.examples if example.id not in ids]
    others = [(read.path, [*teaching, *evidence])]
    if read.task.teaching.path is not None:
        teaching = _teaching_file(read, evidence)
        same_teaching(read.teaching_path, held, teaching)
        no_overlap(read.teaching_path, teaching, read.path, new)
        others.append((read.teaching_path, teaching))
    added = distinct(read.path, read.task, new, read.notes, others=others, most=_most_drawn(read.task))
    known_groups = groups_of((*teaching, *evidence))
    added = [unit[0] for unit in units(without(added, known_groups), read.task.seed)]
    ids = {each.id for each in (*teaching, *evidence, *added)}
    left = [each for each in read.examples if each.id not in ids and each.group is not None]
    if added:
        are, they = counted(len(added), "example is", "examples are"), "it comes" if len(added) == 1 else "they come"
        read.notes.append(
            f"{are} new since run {held.run} was begun; {they} after the {len(evidence)} that are its evidence, which "
            "keep their outcomes"
        )
    evidence = _at_most(read, [*evidence, *added])
    _tell_groups(read, teaching, evidence, left)
    return Divided(teaching, evidence, left)


def _at_most(read: Read, evidence: list[Example]) -> list[Example]:
    most = _most(read.task)
    if len(evidence) > most:
        more = "examples.most_evidence takes more"
        read.notes.append(f"of {len(evidence)} examples the first {most} in the seed's order are evidence; {more}")
    return evidence[:most]


def _most(task: Task) -> int:
    return task.examples.most_evidence or MAX_EVIDENCE


def _most_drawn(task: Task) -> int | None:
    """Return how many inputs are drawn; all if a share of them is for training."""
    if task.teaching.share is not None:
        return None
    return max(MOST_DRAWN, 2 * (_most(task) + (task.teaching.count or 0)))


def _teaching_file(read: Read, evidence: list[Example]) -> list[Example]:
    """Return the training file's examples in order, without near duplicates of the evidence.

    These are dropped from training, not from the evidence, which must resemble future inputs whatever the rows.
    """
    path, others = read.teaching_path, [(read.path, evidence)]
    no_overlap(path, read.taught, read.path, evidence)
    taught = without(read.taught, groups_of(evidence))
    if len(taught) < len(read.taught):
        gone = counted(len(read.taught) - len(taught), "row does", "rows do")
        read.notes.append(f"{place(path).rpartition('/')[2]}: {gone} not teach; another of the same group is evidence")
    kept = distinct(path, read.task, taught, read.notes, others=others, must_suffice=True)
    return in_order(kept, read.task.seed)


def _teaching_units(read: Read, rows: list[list[Example]]) -> tuple[list[list[Example]], int]:
    """Return the groups, and how many of the first are for training, until each label occurs; the rest is evidence.

    If nothing groups the rows, each row is a group.

    What is certified is a rate over inputs like the evidence, so the evidence must be exchangeable with the inputs from
    which the user draws examples. Picking one of each label from anywhere breaks that: it takes the rare labels out of
    the evidence, and a model that fails on them would pass. A draw that is proportional to the labels does not, see
    `proportional`, nor does going on along the drawn order. With L the
    labels of the task, the number T of training rows is the first at which all of L were seen, within fixed limits:
    whether T = t is known from the first t rows, so T is a stopping time, and independent rows stay so after one, with
    the same distribution (the strong Markov property; Doob, "Stochastic Processes" (1953), chapter III). So it is where
    the first rows, which train in any case, show that a task takes more of them (`_teaching_count`). If L is read
    from the file, the claim is about inputs with one of these labels: given that, the condition that each occurs among
    the rows is met by the first T of them and says nothing of the rest. A label too rare to be seen within the limits
    stays in the evidence, where heads fail on it. InputError if nothing is left as evidence.
    """
    task, available = read.task, sum(map(len, rows))
    count = _teaching_count(task, rows)
    if count >= len(rows):
        wanted = task.teaching.count or count
        raise InputError(
            f"{place(read.path)}: {available} distinct examples cannot give {wanted} for teaching and leave evidence; "
            "lower teaching.count"
        )
    kind = family(task.family)
    labels = [[label for each in unit for label in kind.labels_of(each.expected)] for unit in rows]
    if kind.has_labels:
        order = proportional(labels, count, task.seed)
        rows, labels = [rows[at] for at in order], [labels[at] for at in order]
    went_on = stopped_at(labels, count)
    if went_on > count:
        first, more = (sum(map(len, rows[:each])) for each in (count, went_on))
        read.notes.append(
            f"{more} examples teach instead of {first}: the draw went on until each label was there, as far as "
            "that leaves enough evidence"
        )
    return rows, went_on


def proportional(labels: Sequence[Sequence[str]], count: int, seed: int) -> list[int]:
    """Return the order of drawn rows in which the first `count` have each label in proportion, as the others then do.

    Each row is among them with the same probability: a systematic sample of the rows sorted by label (by the rarest of
    a row's), with a random start. Of n rows with a label the first have the whole number below or above its share, so
    of a label with a quarter of thirty rows two or three are in a third, where an unstratified draw has none in one of
    fifty.

    A certificate stays valid: within a label the rows are still a random sample, and the shares of the labels in the
    evidence have the same mean as in one of independent draws and vary less, as they are those of all rows. Given
    these shares, the number that is right is a sum of independent trials, whose upper tail is at most the binomial's
    of its mean rate (Hoeffding, "On the distribution of the number of successes in independent trials", 1956).
    `python -m benchmarks.evidence --only split` simulates it at the bar: certificates are no more often false.
    """
    often = Counter(label for each in labels for label in set(each))
    keys = [min(each, key=lambda label: (often[label], label), default="") for each in labels]
    place = {key: at for at, key in enumerate(dict.fromkeys(keys))}  # in the drawn order, so at random
    listed = sorted(range(len(labels)), key=lambda at: place[keys[at]])
    start, total = random.Random(seed).random(), len(labels)  # noqa: S311  reproducible, not a secret
    cuts = [math.floor(number * count / total + start) for number in range(total + 1)]
    chosen = {at for at, (before, after) in zip(listed, pairwise(cuts), strict=True) if after > before}
    return [*(at for at in range(total) if at in chosen), *(at for at in range(total) if at not in chosen)]


def stopped_at(labels: Sequence[Sequence[str]], count: int) -> int:
    """Return how many drawn rows are for training: at least `count`, then until each label was seen, within limits.

    All labels are awaited through a tenth of the rows and up to twice the count; a second label, without which there is
    no head, through a fifth of the rows. After that the draw ends; going back to the count would look at rows that are
    evidence.
    """
    if not count:
        return 0
    total, seen = len(labels), set[str]()
    wanted = {label for each in labels for label in each}
    most = max(count, min(2 * count, count + total // 10, total // 2))
    most_for_two = max(count, min(count + total // 5, total // 2))
    for at, each in enumerate(labels[:most_for_two], start=1):
        seen.update(each)
        if at >= count and (len(seen) == len(wanted) or (at >= most and len(seen) > 1)):
            return at
    return most_for_two


def _teaching_count(task: Task, rows: Sequence[Sequence[Example]]) -> int:
    """Return how many groups are for training: enough for the task's number of rows, or the best number."""
    held, every = list(accumulate(map(len, rows))), [each for unit in rows for each in unit]
    first = _best_count(task, every, held, ())  # these train in any case
    return max(first, _best_count(task, every, held, every[: held[first - 1]])) if 0 < first <= len(held) else first


def rows_for(task: Task, examples: Sequence[Example], taught: Sequence[Example], evidence: int) -> int:
    """Return how many rows like these examples a new run needs for so many to be evidence, though a share trains."""
    rows = len(examples)
    while (lacking := evidence - rows + _best_count(task, examples, range(1, rows + 1), taught)) > 0:
        rows += lacking
    return rows


def _best_count(task: Task, every: Sequence[Example], held: Sequence[int], shown: Sequence[Example]) -> int:
    """Return how many groups are for training, by the shown rows if the task sets no number.

    `held` is the number of rows in the first groups, for each number of groups.
    """
    if task.teaching.count is not None:
        return 0 if not task.teaching.count else bisect_left(held, task.teaching.count) + 1
    if task.teaching.share is not None:
        # As written: 29% of 100 is 29, though the nearest float is less.
        share = int(Fraction(repr(task.teaching.share)) * held[-1])
        return 0 if not share else bisect_left(held, share) + 1
    kind, available = family(task.family), len(held)
    if not kind.wants_teaching(task) and not _answers_repeat(task, every):
        return 0
    most = DEFAULT_TEACHING_MAX if kind.has_labels else kind.most_teaching(shown, held[-1]) or DEFAULT_TEACHING_MAX
    most_groups = bisect_left(held, most) + 1
    # Patterns learn from rows as heads do.
    if (kind.has_labels or {"linear", "pattern"} & kind.baselines.keys()) and available >= FEWEST_SPLIT:
        labels = {label for each in every for label in kind.labels_of(each.expected)}
        alpha = round(1.0 - task.bar.confidence, 9)
        return min(most_groups, training_rows(available, len(labels), task.bar.pass_rate, alpha, most))
    count = min(int(DEFAULT_TEACHING_SHARE * available), most_groups)
    return count if count >= 2 else 0  # noqa: PLR2004  a head needs two labels; less is better kept as evidence


def _answers_repeat(task: Task, examples: Sequence[Example]) -> bool:
    """Return whether known answers have several questions each: training questions are searched with the answer."""
    if not task.searches_answers:
        return False
    return len({str(example.expected) for example in examples}) * ROWS_OF_AN_ANSWER <= len(examples)
