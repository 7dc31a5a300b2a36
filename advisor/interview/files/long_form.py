"""Several labels of a text in rows of their own, as joins of tables and tools for coding interviews write them."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.families.values import folded_label
from advisor.interview.files.columns import Column
from advisor.interview.files.proposal import Proposal, labels_of_row
from advisor.task.example import fold
from advisor.task.record import Row

# The share of inputs with different labels, and how many, that are no slips; so many of these for each row that says
# the same again, as annotators who agree do.
_SHARE, _FEWEST, _TIMES = 0.1, 3, 10


def in_long_form(rows: Sequence[Row], proposal: Proposal, column: Column, said: str | None) -> list[Row]:
    """Return one row for each input, with the list of its labels; [] if the file has no such rows.

    It has if inputs repeat with different labels and the user `said` "several"; unless it was "one", also if many do
    and hardly any repeats with the same label: annotators would agree in some.
    """
    if proposal.family != "text-classification" or column.has_several or said == "one":
        return []
    first: dict[str, Row] = {}
    labels: dict[str, dict[str, str]] = {}
    again = 0
    for row in rows:
        if (text := proposal.text_of(row)) is not None:
            own = labels.setdefault(key := fold(text), {})
            first.setdefault(key, row)
            for label in labels_of_row(row, column):
                again += folded_label(label) in own
                own.setdefault(folded_label(label), label)
    torn = sum(len(own) > 1 for own in labels.values())
    is_shown = column.kind == "label" and torn >= max(_FEWEST, _SHARE * len(labels), _TIMES * again)
    if not (is_shown or (torn and said == "several")):
        return []
    return [row._replace(columns=row.columns | {column.name: [*labels[key].values()]}) for key, row in first.items()]
