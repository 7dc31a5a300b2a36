"""Rows that belong together: of one author, thread, document or customer, by the task's column `examples.groups`.

If that is the input column itself, rows whose inputs differ only in numbers belong together: a template's. If it is
the expected one of a search or a ranking, queries with the same right answer do.

Texts of one author are alike: five mails of one author prove about as much as one, so a boundary for independent
rows is crossed too often (clusters of five turn an error of 5% into 13 to 28%, `benchmarks.evidence --only groups`).
Groups are independent. So groups are shuffled, each equally likely to come first whatever its size, and so are the
rows within them; the first row is evidence for its group, or all of the group's rows are for training. No group is on
both sides, where a head would have seen the author on whom it is tested. The claim is a rate over new groups, each
weighted equally, with one row drawn from each.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from advisor.system.source import quoted
from advisor.task.duplicates import in_order

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from advisor.task.example import Example

DEALS = 200
# With fewer values a column is rather a property of the rows, for which there is bar.per_slice.
FEWEST_GROUPS, FEWEST_ROWS = 8, 20
# More than this share of texts is of a template with another one.
MANY_OF_A_FORM = 0.1
# More than this share of queries has the right answer of another one.
MANY_SHARED = 0.5
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")


def form_of(text: str) -> str:
    """Return a text without the values of its numbers: equal for all texts of one template."""
    return _NUMBER.sub("0", " ".join(text.casefold().split()))


def templates(texts: Collection[str]) -> int:
    """Return how many different texts are left of these without their numbers; 0 if few share one template."""
    forms = Counter(map(form_of, texts))
    alike = sum(count for count in forms.values() if count > 1)
    is_many = len(texts) >= FEWEST_ROWS and len(forms) >= FEWEST_GROUPS and alike > MANY_OF_A_FORM * len(texts)
    return len(forms) if is_many else 0


def right_answers(right: Sequence[tuple[str, ...]]) -> int:
    """Return how many different right answers queries have, given those of each; 0 if few share theirs with others."""
    often = Counter(filter(None, right))
    alike = sum(count for count in often.values() if count > 1)
    return len(often) if len(right) >= FEWEST_ROWS and len(often) > 1 and alike > MANY_SHARED * len(right) else 0


def go_together(values: Sequence[str], labels: Sequence[str]) -> bool:
    """Return whether rows with the same value agree in their label more often than shuffled labels do."""
    import numpy as np

    _, groups = np.unique(values, return_inverse=True)
    kinds, places = np.unique(labels, return_inverse=True)

    def pairs(dealt: NDArray[np.int64]) -> int:
        counts = np.bincount(groups * len(kinds) + dealt)
        return int((counts * (counts - 1)).sum()) // 2

    draw, seen = np.random.default_rng(0), pairs(places)
    return all(seen > pairs(draw.permutation(places)) for _ in range(DEALS))


def units(examples: list[Example], seed: int) -> list[list[Example]]:
    """Return the groups in random order, each with shuffled rows; a row without a group is its own."""
    by_group: dict[str, list[Example]] = {}
    for example in in_order(examples, seed):
        by_group.setdefault(_key(example), []).append(example)
    firsts = in_order([rows[0] for rows in by_group.values()], seed)
    return [by_group[_key(first)] for first in firsts]


def groups_of(examples: Iterable[Example]) -> frozenset[str]:
    return frozenset(each.group for each in examples if each.group is not None)


def without(examples: Iterable[Example], groups: Collection[str]) -> list[Example]:
    """Return the examples outside some groups."""
    return [each for each in examples if each.group not in groups]


def said(
    column: str, evidence: Sequence[Example], teaching: Sequence[Example], left: int, *, by_form: bool, by_answer: bool
) -> str:
    """Return how many rows count, for the plan; `by_form` if the column is the input itself, `by_answer` the answer."""
    what = f"rows whose {quoted(column)} differs only in numbers" if by_form else f"rows with the same {quoted(column)}"
    what = "queries with the same right answer" if by_answer else what
    taught = f"{len(teaching)} rows of {len(groups_of(teaching))} others teach" if teaching else "none teaches"
    rest = f"; {left} more of the same are left out" if left else ""
    one_each = f"{len(evidence)} count as evidence, one of each"
    return f"{what} belong together: {one_each}, {taught}{rest}"


def _key(example: Example) -> str:
    return f"row {example.id}" if example.group is None else f"group {example.group}"
