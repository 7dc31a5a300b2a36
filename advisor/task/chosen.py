"""Which rows of a file are examples, by the values in their columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from advisor.families.values import as_label, folded_label, is_blank, loaded
from advisor.system.source import quoted

_YEAR, _BETWEEN = re.compile(r"(?:19|20)\d{2}"), re.compile(r"[;,|]")
# 2024-03-05, 05.03.2024, 05/Mar/24.
_DATED = re.compile(r"(?<!\d)(?:((?:19|20)\d{2})(?!\d)|\d{1,2}[-/. ](?:\d{1,2}|[^\W\d_]{3,4}\.?)[-/. ](\d{2,4})(?!\d))")


class Chosen(NamedTuple):
    """Values by column: rows have one of those of each column of `only`, and none of those of `without`."""

    only: tuple[tuple[str, tuple[str, ...]], ...] = ()
    without: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @classmethod
    def of(cls, only: Mapping[str, Sequence[str]], without: Mapping[str, Sequence[str]]) -> Chosen:
        """Return the choice of some values by column."""
        one, other = (tuple((name, tuple(values)) for name, values in each.items()) for each in (only, without))
        return cls(one, other)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that decide."""
        return tuple(dict.fromkeys(name for name, _ in (*self.only, *self.without)))

    def refusal(self, row: Mapping[str, Any]) -> str:
        """Return why a row is no example; "" if it is one."""
        for name, values in self.only:
            if not any(holds(row.get(name), value) for value in values):
                return f"{quoted(name)} is not {' or '.join(map(quoted, values))}"
        for name, values in self.without:
            if found := [value for value in values if holds(row.get(name), value)]:
                return f"{quoted(name)} is {quoted(found[0])}"
        return ""


ALL = Chosen()


def year_of(text: str) -> str:
    """Return the year of a date; "" if a text begins with none."""
    at = _DATED.match(text.strip())
    return "" if at is None else at[1] or f"20{at[2]}"[-4:]


def holds(cell: object, value: str) -> bool:
    """Return whether a cell is a value, or lists it; of a year whether it is within that."""
    if is_blank(cell):
        return False
    inside = loaded(cell)
    text = str(cell).casefold() if isinstance(cell, bool) else str(cell)
    if _YEAR.fullmatch(value):
        return year_of(text) == value
    parts = inside if isinstance(inside, list) else [text, *_BETWEEN.split(text)]
    return folded_label(value) in {folded_label(as_label(str(each))) for each in parts}
