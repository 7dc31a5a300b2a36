"""Asks which columns are read, where a person refused every way to read the file."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from advisor.errors import one_line
from advisor.interview.question import Choice, Question
from advisor.system.source import set_option
from advisor.task.fields import listed

if TYPE_CHECKING:
    from advisor.interview.understand import Seen

MOST_COLUMNS, LONGEST = 12, 60


def input_question(seen: Seen, asked: Collection[str]) -> Question | None:
    """Ask for the columns of the input, of each part if it has several; None of a file without a choice of them.

    Texts come first, then what may be read with them; of names and texts alike those read so far are the default.
    """
    proposal, table = seen.proposal, seen.table
    if proposal is None or table is None or not (proposal.input and proposal.is_labelled) or "examples.input" in asked:
        return None
    used = {*proposal.expected_columns}
    free = [each for each in table.columns if each.name not in used and each.distinct and each.kind != "object"]
    first = sorted(free, key=lambda each: (each.name not in proposal.input_columns, each.kind != "text"))
    if len(first) < 2:  # noqa: PLR2004  nothing to choose
        return None
    held = proposal.input_value
    default = {part: listed(own)[0] for part, own in held.items()} if isinstance(held, dict) else listed(held)
    parts = f" ({' and '.join(default)})" if isinstance(default, dict) else ""
    return Question(
        "examples.input",
        f"Which columns are read?{parts}",
        "columns" if parts else "several",
        "A model sees these of each row, and nothing else of it.",
        tuple(
            Choice(each.name, each.name, "; ".join(one_line(text, LONGEST) for text in each.samples[:2]))
            for each in first[:MOST_COLUMNS]
        ),
        default,
        "read so far",
        set_option("examples.input", held),
    )
