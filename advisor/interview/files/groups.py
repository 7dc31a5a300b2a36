"""Finds columns that may group rows that belong together: an author, a thread, a document of several rows each.

Texts that differ only in their numbers come from a template: the input column itself groups them. Queries with the
same right answer may ask the same in other words: the expected column groups them.

A column is a candidate if most rows share their value with a few others and something makes an accident unlikely: its
name is that of an origin, its values are codes, or rows with the same value agree in their label more often than
shuffled labels do. Only the user knows whether it is so: it is asked once, with the reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import pairwise
from typing import NamedTuple

from advisor.families import family
from advisor.families.ranked import InOrder
from advisor.families.values import JOINING_MARKS, SEVERAL_MARKS, cut_at
from advisor.interview.facts import Fact, Notice
from advisor.interview.files import names
from advisor.interview.files.columns import LONGEST_LABEL, is_code, is_empty, shown
from advisor.interview.files.proposal import MOST_LABELS, Proposal, labels_of_row
from advisor.interview.files.sheet import Table, rows_of
from advisor.system.source import quoted, set_option
from advisor.task.example import fold
from advisor.task.groups import FEWEST_GROUPS, FEWEST_ROWS, go_together, right_answers, templates
from advisor.task.record import Row

KEY = "examples.groups"
# At least this share of rows has its value in common with others; no value covers more than the second share.
TOGETHER, LARGEST = 0.5, 0.25
# At least this share of rows has the number behind that of the row before.
NUMBERED, LONGEST_NUMBER = 0.9, 10
_NO_GROUPS = frozenset({"date", "grade", "list", "object", "spans"})


class Likely(NamedTuple):
    """A column that may group rows, with its number of values and of rows.

    If `is_form`, it is the input column, grouped by its texts without their numbers.
    If `is_answer`, it is the expected column of a search or a ranking, grouped by the right answers.
    If it `agrees`, rows with the same value have the same label more often than shuffled labels do.
    If it `is_origin`, its name or its codes say so; others may as well say what a row is about.
    """

    column: str
    groups: int
    rows: int
    is_form: bool = False
    is_answer: bool = False
    agrees: bool = False
    is_origin: bool = False

    @property
    def why(self) -> str:
        """Why rows may belong together, in numbers."""
        if self.is_form:
            return (
                f"{self.rows} different inputs are {self.groups} without their numbers. If a template wrote them, "
                "those of one prove about as much as one."
            )
        if self.is_answer:
            return (
                f"{self.rows} queries have {self.groups} different right answers. If those of one ask the same in "
                "other words, they prove about as much as one."
            )
        return (
            f"{self.rows} rows have {self.groups} different values of {quoted(self.column)}. If rows with the same "
            "value are alike, they prove about as much as one."
        )


def likely(table: Table, proposal: Proposal) -> tuple[Likely, ...]:
    """Return the columns that may group rows, likeliest first; InputError if the file can no longer be read."""
    rows, found = rows_of(table), []
    query = [column for part, column in proposal.input if part == "query" and proposal.family == "text-ranking"]
    listed = table.column(dict(proposal.input).get("candidates", ""))
    if query and listed is not None and listed.kind != "list":  # an example is a query with all its rows
        asked = (tuple(fold(shown(row.columns.get(column) or "")) for column in query) for row in reversed(rows))
        rows = [*dict(zip(asked, reversed(rows), strict=True)).values()][::-1]
    used = {*proposal.input_columns, *proposal.expected_columns}
    for column in table.columns:
        if column.name in used or column.kind in _NO_GROUPS or column.has_several:
            continue
        filled = [row for row in rows if not is_empty(row.columns.get(column.name))]
        values = [shown(row.columns[column.name]).strip() for row in filled]
        counts = Counter(values)
        repeated = sum(count for count in counts.values() if count > 1)
        if len(values) < FEWEST_ROWS or len(counts) < FEWEST_GROUPS or repeated < TOGETHER * len(values):
            continue
        if max(counts.values()) > LARGEST * len(values) or _number_rows(values):
            continue
        own = column.name.rpartition("/")[2] or column.name  # survey tools write "group/question"
        is_named = names.is_any(own, names.ID | names.ORIGIN)
        if _describes_answers(proposal, filled, values) or _are_answers(proposal, filled, values):
            continue
        is_prose = column.kind == "text" and column.mean_length > LONGEST_LABEL
        may_agree = column.kind != "number" and not (is_prose and not _hold_inputs(proposal, filled, values))
        agrees = may_agree and _agree(table, proposal, filled, values)
        is_origin = is_named or (column.kind != "number" and is_code(values))
        if is_origin or agrees:
            one = Likely(column.name, len(counts), len(values), agrees=agrees, is_origin=is_origin)
            found.append((not is_named, len(counts), one))
    columns = (each for *_, each in sorted(found))
    return (*columns, *_of_a_template(table, rows, proposal), *_of_an_answer(rows, proposal))


def _of_a_template(table: Table, rows: Sequence[Row], proposal: Proposal) -> Iterator[Likely]:
    if len(proposal.input_columns) != 1:
        return
    column = proposal.input_columns[0]
    if (one := table.column(column)) is None or one.kind == "path":
        return
    texts = {fold(shown(row.columns[column])) for row in rows if not is_empty(row.columns.get(column))}
    if forms := templates(texts):
        yield Likely(column, forms, len(texts), is_form=True)


def _of_an_answer(rows: Sequence[Row], proposal: Proposal) -> Iterator[Likely]:
    kind = family(proposal.family) if proposal.family is not None else None
    parts = {part for part, _ in proposal.input}
    if not isinstance(kind, InOrder) or not isinstance(proposal.expected, str) or not parts.issuperset(kind.parts):
        return
    right = []
    for row in rows:
        given = {part: row.columns.get(column) for part, column in proposal.input}
        with suppress(ValueError):
            right.append(kind.named_answers(row.columns.get(proposal.expected), given))
    if answers := right_answers(right):
        yield Likely(proposal.expected, answers, len(right), is_answer=True)


def notices(found: Sequence[Likely], facts: Sequence[Fact]) -> list[Notice]:
    """Return a notice if rows may belong together but each counts by itself; of templates and answers the plan does."""
    columns = [each for each in found if not (each.is_form or each.is_answer)]
    if not columns or any(fact.key == KEY and fact.value for fact in facts):
        return []
    flag = f"{set_option(KEY, columns[0].column)} counts one of each, {columns[0].groups}"
    return [Notice("groups", f"{columns[0].why} What is proven is for inputs of these values; {flag}")]


def _number_rows(values: Sequence[str]) -> bool:
    """Return whether values number the rows, also if each sheet of a workbook starts at 1 again."""
    counted = [int(each) if each.isdecimal() and len(each) < LONGEST_NUMBER else -1 for each in values]
    steps = [after == before + 1 for before, after in pairwise(counted)]
    return sum(steps) >= NUMBERED * len(steps)


def _describes_answers(proposal: Proposal, rows: Sequence[Row], values: Sequence[str]) -> bool:
    """Return whether repeated answers determine the value: it names or describes them."""
    answers = [tuple(shown(row.columns.get(name)) for name in proposal.expected_columns) for row in rows]
    different = len(set(answers))
    return 1 < different < TOGETHER * len(rows) and len({*zip(answers, values, strict=True)}) == different


def _are_answers(proposal: Proposal, rows: Sequence[Row], values: Sequence[str]) -> bool:
    """Return whether a column's values are mostly those of the answers, such as an earlier annotator's."""
    cells = [shown(row.columns.get(name) or "") for row in rows for name in proposal.expected_columns]
    answers = {
        part.casefold()
        for cell in cells
        for part in (cell.strip(), *cut_at("".join((*SEVERAL_MARKS, *JOINING_MARKS)), cell))
    }
    return 2 * sum(value.casefold() in answers for value in values) >= len(values)


def _hold_inputs(proposal: Proposal, rows: Sequence[Row], values: Sequence[str]) -> bool:
    """Return whether long texts are mostly the documents that inputs are taken from, and no further part of these."""
    inputs = (proposal.text_of(row) for row in rows)
    pairs = [(fold(text), fold(value)) for text, value in zip(inputs, values, strict=True) if text is not None]
    return 2 * sum(text in value for text, value in pairs) > len(pairs)


def _agree(table: Table, proposal: Proposal, rows: Sequence[Row], values: Sequence[str]) -> bool:
    """Return whether rows with the same value agree in their label more often than shuffled labels do."""
    column = table.column(proposal.expected) if isinstance(proposal.expected, str) else None
    if column is None or column.kind != "label" or column.distinct > MOST_LABELS:
        return False
    return go_together(values, [",".join(sorted(labels_of_row(row, column))) for row in rows])
