"""Asks which rows the words choose or leave out, where no column shows it: "skip the archived cards"."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from advisor.errors import one_line
from advisor.interview.facts import Source
from advisor.interview.files.columns import is_empty, shown
from advisor.interview.files.sheet import rows_of
from advisor.interview.question import Choice, Question
from advisor.system.source import quoted, set_option
from advisor.units import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.interview.files.sheet import Table
    from advisor.interview.understand import Seen

ONLY, WITHOUT = "examples.only", "examples.without"
# Most values that are offered, most different ones in a column of states, and the longest.
_OFFERED, _STATES, _LONGEST = 6, 8, 40
_NO_STATE = frozenset({"date", "url", "object", "spans", "path"})
# Rows that are to be left out are fewer than this share.
_MINORITY = 0.5


class State(NamedTuple):
    """A value that some rows have in a column."""

    column: str
    value: str
    rows: int

    def option(self, key: str) -> str:
        """Return the option that chooses these rows."""
        return set_option(key, {self.column: [self.value]})


def likely_states(table: Table, inputs: Sequence[str], expected: Sequence[str], *, is_only: bool) -> list[State]:
    """Return what rows may be chosen by, likeliest first: columns of the fewest values, then the rarest of these."""
    found: list[tuple[int, State]] = []
    rows = rows_of(table)
    for column in table.columns:
        if column.name in inputs or column.kind in _NO_STATE:
            continue
        if column.name in expected and (is_only or column.distinct <= 2):  # noqa: PLR2004
            continue
        cells = Counter(shown(cell) for row in rows if not is_empty(cell := row.columns.get(column.name)))
        if not 1 < len(cells) + (cells.total() < len(rows)) <= _STATES or max(map(len, cells)) > _LONGEST:
            continue
        least = cells.total() < len(rows) or is_only
        found += [(len(cells), State(column.name, value, count)) for value, count in cells.items()
                  if least or count <= _MINORITY * len(rows)]  # fmt: skip
    return [state for _, state in sorted(found, key=lambda each: (each[0], each[1].rows))]


def rows_question(seen: Seen) -> Question | None:
    """Ask which rows are meant by the first wish that no column grants; without an answer all rows count."""
    table, proposal = seen.table, seen.proposal
    is_settled = any(fact.key in {ONLY, WITHOUT} and fact.source is Source.ANSWER for fact in seen.understanding.facts)
    if table is None or proposal is None or not table.ungranted or is_settled:
        return None
    said, is_only = next(iter(table.ungranted.items()))
    states = likely_states(table, proposal.input_columns, proposal.expected_columns, is_only=is_only)[:_OFFERED]
    if not states:
        return None
    key, use = (ONLY, "used") if is_only else (WITHOUT, "left out")
    return Question(
        key,
        f"Which rows are {use}?",
        "choice",
        f"Your words say {quoted(one_line(said, 60), 60)}, and no column alone shows which rows these are.",
        (
            *(
                Choice(
                    {each.column: [each.value]},
                    f"those with {one_line(each.column, 40)} = {each.value}",
                    f"{counted(each.rows, 'row is', 'rows are')} {use}",
                )
                for each in states
            ),
            Choice(None, "all rows count", "the words say something else"),
        ),
        None,
        "no column alone shows which rows these are",
        states[0].option(key),
        is_open=True,
        is_reading=True,
    )
