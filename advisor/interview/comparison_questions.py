"""Questions about how answers are compared: as texts or numbers, in which spelling, how far off."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from advisor.families import FAMILY_NAMES, family
from advisor.families.json_fields import spelled_otherwise, written_number
from advisor.families.ranked import InOrder
from advisor.families.text_regression import SHARE
from advisor.interview.file_questions import MOST_COMPARED, samples
from advisor.interview.files.asked import off_by
from advisor.interview.files.columns import LONGEST_LABEL, shown
from advisor.interview.files.sheet import rows_of
from advisor.interview.files.view import View
from advisor.interview.question import Choice, Question
from advisor.interview.text import vocabulary as say
from advisor.system.source import quoted, set_option
from advisor.units import counted

if TYPE_CHECKING:
    from advisor.interview.files.columns import Column
    from advisor.interview.files.proposal import Proposal
    from advisor.interview.files.sheet import Table
    from advisor.interview.understand import Seen

MOST_STEPS = 20
_IDENTICAL = re.compile(say.said("identical"), re.IGNORECASE)
# How long texts are compared: exactly only if they mostly copy their inputs.
NEARLY, COPIED = "chrf", 0.6


def comparison_question(seen: Seen) -> Question | None:
    """Ask when an answer is right, if expected texts of several words, or spelled otherwise, leave that open."""
    known, proposal, table = seen.understanding, seen.proposal, seen.table
    chosen = known.value("family")
    ways = family(str(chosen)).comparisons if chosen in FAMILY_NAMES else {}
    is_said = any(fact.key.split(".")[0] == "scoring" for fact in known.facts)
    if is_said or not ways or proposal is None or table is None:
        return None
    if isinstance(proposal.expected, tuple):
        return _spelling_question(proposal, table, ways)
    if not isinstance(proposal.expected, str) or family(str(chosen)).expects_object:
        return None
    column, key = table.column(proposal.expected), "scoring.metric"
    if key in seen.asks and isinstance(family(str(chosen)), InOrder):
        usual = next(iter(family(str(chosen)).metrics))
        choices = tuple(Choice(name, label, detail) for name, (label, detail) in ways.items())
        why = "It decides what is counted: what is found is a list, the best first."
        return Question(
            key, "When is an answer right?", "choice", why, choices, usual, "the usual way", set_option(key, usual)
        )
    if (
        column is None
        or column.kind not in {"text", "label"}
        or not any(" " in sample.strip() for sample in column.samples)
    ):
        return None
    first, why = next(iter(ways)), "the usual way for this kind of task"
    if "exact" in ways and (at := _IDENTICAL.search(str(known.value("words", "")))):
        first, why = "exact", f"your words, {quoted(at[0])}"
    elif NEARLY in ways and _are_written(seen, column):
        first, why = NEARLY, "such a text has many right wordings"
    return Question(
        "scoring.metric",
        "When is an answer right?",
        "choice",
        f"It decides what is counted: what is expected is a text, {samples(seen, column.name)}.",
        tuple(Choice(name, label, detail) for name, (label, detail) in ways.items()),
        first,
        why,
        f"--set scoring.metric={first}",
        is_reading=True,
    )


def _spelling_question(proposal: Proposal, table: Table, ways: Mapping[str, tuple[str, str]]) -> Question | None:
    """Ask whether blanks and hyphens count, if texts have a field's values with others."""
    columns = dict(proposal.expected) if isinstance(proposal.expected, tuple) else {}
    found = spelled_otherwise(
        (row.line, text, {name: shown(row.columns.get(column)).strip() for name, column in columns.items()})
        for row in rows_of(table)
        if (text := proposal.text_of(row)) is not None
    )
    if not found:
        return None
    name, (lines, expected, in_text) = max(found.items(), key=lambda item: len(item[1].lines))
    first, other = ways
    return Question(
        "scoring.metric",
        "When is an answer right?",
        "choice",
        f"{quoted(name)} is not written as in the text in {counted(len(lines), 'row')}, "
        f"e.g. {quoted(expected)} in line {lines[0]}, where the text has {quoted(in_text)}.",
        tuple(Choice(way, label, detail) for way, (label, detail) in ways.items()),
        first,
        "the usual way for this kind of task",
        f"--set scoring.metric={other}",
        is_reading=True,
    )


def _are_written(seen: Seen, column: Column) -> bool:
    """Return whether answers are longer than labels and no lightly corrected copies of their inputs."""
    if seen.table is None or seen.proposal is None or column.mean_length <= LONGEST_LABEL:
        return False
    given = seen.table.column(seen.proposal.input_columns[0])
    if given is None or column.mean_length < COPIED * given.mean_length:  # shorter ones are summaries
        return True
    view = View(rows_of(seen.table, MOST_COMPARED), seen.table.columns)
    return view.shared(given.name, column.name) < COPIED


def tolerance_question(seen: Seen) -> Question | None:
    """Ask how far off a number may be, if the answers are numbers."""
    known, proposal, table = seen.understanding, seen.proposal, seen.table
    key = "scoring.tolerance"
    is_asked = known.value("family") == "text-regression" and known.get(key) is None
    if not is_asked or proposal is None or table is None or not isinstance(proposal.expected, str):
        return None
    found = (written_number(row.columns.get(proposal.expected)) for row in rows_of(table))
    numbers = sorted(number for number in found if number is not None)
    if not numbers or numbers[0] == numbers[-1]:
        return None
    is_share = known.value("scoring.metric") == SHARE
    # 5%, 10% and 20% of the range, or of the number itself, to one digit.
    span = 1.0 if is_share else float(numbers[-1] - numbers[0])
    steps = [float(f"{span * part:.1g}") for part in (0.05, 0.1, 0.2)]
    if not is_share:
        steps += _grid([Decimal(str(number)) for number in numbers])
    said = off_by(known, proposal.expected)
    # By default a tenth of the training rows' range: evidence must not define what is right.
    # With half of the range any answer would be right: that is no distance.
    likely = said[0] if said is not None and said[1] == is_share and 2 * said[0] < span else None
    return Question(
        key,
        "How far may the number be off and still be right?",
        "choice",
        f"It decides what is counted: {quoted(proposal.expected)} has numbers from {numbers[0]:g} to {numbers[-1]:g}.",
        (
            Choice(None, f"a tenth of {'it' if is_share else 'the range of the training rows'}", "the usual"),
            *(
                Choice(step, f"by {step:.0%} of it" if is_share else f"by {step:g}", f"{numbers[-1]:g} may be given "
                       f"as {numbers[-1] - step * (numbers[-1] if is_share else 1.0):g}")
                for step in sorted({*steps, *(() if likely is None else (likely,))})
            ),
        ),
        likely,
        "your words" if likely is not None else "the usual",
        f"--set {key}={next(step for step in (steps[1], *steps) if step != likely):g}",
        is_open=True, is_reading=True,
    )  # fmt: skip


def _grid(numbers: list[Decimal]) -> list[float]:
    """Return the step between scores, such as half a point, if they have few: people are off by one."""
    step = min(after - before for before, after in pairwise(numbers) if after > before)
    is_stepped = all((number - numbers[0]) % step == 0 for number in numbers)
    return [float(step)] if is_stepped and (numbers[-1] - numbers[0]) / step <= MOST_STEPS else []
