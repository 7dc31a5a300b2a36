"""Questions that a file of examples leaves open: how to read it, which rows count, how answers are compared."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from advisor.errors import one_line
from advisor.families import FAMILY_NAMES, family, gist
from advisor.interview.answer_forms import AS_SEEN
from advisor.interview.answers import SAME_LABELS
from advisor.interview.facts import Source
from advisor.interview.files.columns import shown
from advisor.interview.files.interpret import FIELDS_OF
from advisor.interview.files.names import ANSWER, LABEL, ORIGIN, SETTLED, is_any
from advisor.interview.files.sheet import rows_of
from advisor.interview.files.view import View
from advisor.interview.question import Choice, Question
from advisor.interview.sample_size import need, too_few
from advisor.interview.text.unlabelled import none_yet
from advisor.system.source import quoted, set_option, shortened
from advisor.task.split import DEFAULT_TEACHING_MAX, FEWEST_SPLIT

if TYPE_CHECKING:
    from advisor.interview.files.columns import Column
    from advisor.interview.files.proposal import Proposal
    from advisor.interview.files.sheet import Table
    from advisor.interview.files.view import Reading
    from advisor.interview.understand import Seen
    from advisor.system.source import OpenLayoutError
    from advisor.task.record import Row

# The user is asked how to read a file if the likeliest reading has a lower chance than this; unasked, it is taken
# unless the next one is as likely. Of 1,613 tables by writers left out of training the first reading is right in 75%,
# and with the question the right one is among those listed in 87% (`python -m tools.fit_readings`).
SURE_READING, AS_GOOD, MOST_READINGS, LEAST_CHANCE = 0.8, 0.02, 4, 0.02
# The next reading is proposed if it has this part of the first one's chance; else only how to name other columns.
FAR, OTHER_COLUMNS = 4, "--set examples.expected=COLUMN, examples.input or family"
GLANCED, LONGEST_NAME, LONGEST_CELL = 20, 30, 50
# Columns of these kinds are never offered; others are if this share of their rows is filled.
NEVER_EXPECTED = frozenset({"id", "path", "url", "date"})
MOSTLY = 0.5
MOST_COMPARED = 50
MOST_COLUMNS = 12
SORTS, ROWS_OF_A_VALUE = "text-classification", 4
_HOW = {
    "token-classification": "marked where it stands in the text; what does not stand there is never found",
    "json-extraction": "written down as a field; new values may come, even ones that the text lacks",
    "text-classification": "one of the {} values that the file has; a new one is never given",
    "zero-shot-classification": "one of the {} values, by what they are called; a new one is never given",
    "text-generation": "written freely",
    "text-retrieval": "found among the {} that are known",
}


def layout_question(error: OpenLayoutError) -> Question:
    """Ask which of several layouts of the file is meant."""
    return Question(
        error.key,
        "Which sheet of the workbook holds the examples?",
        "choice",
        str(error),
        tuple(Choice(value, value, brings) for value, brings in error.choices),
        may_skip=False,
        flag=set_option(error.key, error.choices[0][0]),
    )


def reading_question(seen: Seen, asked: Collection[str]) -> Question | None:
    """Ask for input, answer and kind of task, where words and file leave them open."""
    proposal, table = seen.proposal, seen.table
    if proposal is None or table is None or not proposal.is_labelled or "reading" in asked:
        return None
    if any(key.startswith("examples.") for key in asked):
        return None
    read = (proposal.family, proposal.input, proposal.expected)
    likely = sorted(proposal.likely, key=lambda each: (each.family, each.input, each.expected) != read)
    view = View(rows_of(table, MOST_COMPARED), table.columns)
    likely = [
        each
        for n, each in enumerate(likely)
        if not n or (each.chance >= LEAST_CHANCE and _varies(table, each) and not _holds_answer(view, each))
    ]
    likely = likely[:MOST_READINGS]
    if len(likely) < 2 or likely[0].chance >= SURE_READING or likely[0].input != proposal.input:  # noqa: PLR2004
        return None
    likely += _sorted_instead(table, likely)
    rows = rows_of(table, GLANCED)
    answers = [AS_SEEN, *map(_as_answer, likely[1:])]
    examples = [_example(rows, each) for each in likely]
    if len({*examples}) < len(examples):  # a row that tells more readings apart
        rows = sorted(rows, key=lambda row: -len({_example([row], each) for each in likely}))
        examples = [_example(rows, each) for each in likely]
    kinds = {
        example: {one.family for one, other in zip(likely, examples, strict=True) if other == example}
        for example in examples
    }
    differs = [
        _how(table, each) if len(kinds[example]) > 1 else "" for example, each in zip(examples, likely, strict=True)
    ]
    choices = [
        Choice(answer, _as_words(each), "; ".join(filter(None, (example, how))))
        for answer, each, example, how in zip(answers, likely, examples, differs, strict=True)
    ]
    return Question(
        "reading",
        "What is given, and what is to be found?",
        "choice",
        f"Your words and your file leave it open: {proposal.why}.",
        (*choices, Choice(None, "none of these", "the kind of task and the columns are asked")),
        AS_SEEN,
        "the likeliest by words and file",
        " ".join(set_option(key, value) for key, value in _as_answer(likely[1]).items())
        if likely[1].chance * FAR >= likely[0].chance
        else OTHER_COLUMNS,
        is_reading=_lead(likely) > AS_GOOD,
    )


def _varies(table: Table, reading: Reading) -> bool:
    """Return whether what is expected differs from row to row, as the status of calls that all went well does not."""
    columns = [table.column(name) for name in reading.answers]
    return not columns or any(column is None or column.distinct > 1 for column in columns)


def _holds_answer(view: View, reading: Reading) -> bool:
    """Return whether a column of the input repeats, each time with the same answer: a code's name, or the reverse."""
    repeated = [name for _, name in reading.input if 2 * len({*view.pairs(name, name)}) <= len(view.rows)]
    is_told = any(not view.ambiguous((name,), answer) for name in repeated for answer in reading.answers)
    return is_told and len(reading.input) > 1


def _lead(likely: Sequence[Reading]) -> float:
    """Return how much likelier the first kind of task and answer is than any other, whichever columns form the text."""
    first = likely[0]
    same = [(each.family, each.expected) == (first.family, first.expected) for each in likely]
    own = sum(each.chance for each, is_same in zip(likely, same, strict=True) if is_same)
    return own - max((each.chance for each, is_same in zip(likely, same, strict=True) if not is_same), default=0.0)


def _sorted_instead(table: Table, likely: Sequence[Reading]) -> list[Reading]:
    """Return classification readings of a column that is extracted from the texts, if a few of its values repeat."""
    first = likely[0]
    column = table.column(first.answers[0]) if len(first.answers) == 1 else None
    is_sorted = any(each.family == SORTS and each.answers == first.answers for each in likely)
    if first.family not in FIELDS_OF or is_sorted or column is None or len(likely) >= MOST_READINGS:
        return []
    few = column.kind in {"label", "text"} and column.distinct * ROWS_OF_A_VALUE <= table.looked
    return [replace(first, family=SORTS, expected=column.name, chance=0.0)] if few else []


def _how(table: Table, reading: Reading) -> str:
    """Return how an answer is found and compared, if another reading has the same answers."""
    column = table.column(reading.answers[0]) if reading.answers else None
    return _HOW.get(reading.family, gist(reading.family)).format(column.distinct if column is not None else "")


def _as_answer(reading: Reading) -> dict[str, Any]:
    """Return a reading as the answers that settle it."""
    expected = dict(reading.expected) if isinstance(reading.expected, tuple) else reading.expected
    return {"family": reading.family, "examples.input": reading.input_value, "examples.expected": expected}


def _as_words(reading: Reading) -> str:
    columns = [name for _, name in reading.input], reading.answers[:MOST_READINGS]
    inputs, answers = ([one_line(shortened(each, LONGEST_NAME), LONGEST_NAME) for each in names] for names in columns)
    more = ", …" if len(reading.answers) > MOST_READINGS else ""
    return f"{reading.family.replace('-', ' ')}: {' + '.join(inputs)} → {', '.join(answers)}{more}"


def _example(rows: Sequence[Row], reading: Reading) -> str:
    """Return the first filled row under a reading, "" if there is none."""
    names = ([name for _, name in reading.input], reading.answers[:MOST_READINGS])
    for row in rows:
        said = [[shown(row.columns.get(name)) for name in part] for part in names]
        if all(map(all, said)):
            given, found = (", ".join(one_line(text, LONGEST_CELL) for text in part) for part in said)
            return f"{given} → {found}"
    return ""


def columns_question(seen: Seen, asked: Collection[str], *, is_refused: bool) -> Question | None:
    """Ask for the expected column if none is known, or if every reading was refused."""
    proposal, table = seen.proposal, seen.table
    if proposal is None or table is None or {"examples.expected", "no_examples"} & {*asked}:
        return None
    if (proposal.is_labelled and not is_refused) or none_yet(str(seen.understanding.value("words", ""))):
        return None
    return _any_column_question(seen, proposal, table)


def _any_column_question(seen: Seen, proposal: Proposal, table: Table) -> Question | None:
    """Ask for the expected column if names and values do not show it: with one, no labelling is needed."""
    names = [
        column.name
        for column in sorted(table.columns, key=_unlikely)
        if column.name not in proposal.input_columns
        and column.kind not in NEVER_EXPECTED
        and column.empty <= MOSTLY
        and not is_any(column.name, ORIGIN)
    ]
    if not names or not proposal.input:
        return None
    chosen = seen.understanding.value("family")
    # The only other column is expected; for labels only if it has a number for each one named in the words.
    sorts = chosen in FAMILY_NAMES and family(chosen).has_labels
    labels = seen.understanding.get("labels")
    is_unlabelled = sorts and labels is not None and labels.source is Source.WORDS
    only, count = table.column(names[0]), len((labels.value if labels is not None else None) or ())
    # A number for each label that is named: 0 and 1 for negative and positive.
    codes = ({str(n + first) for n in range(count)} for first in (0, 1))
    is_coded = is_unlabelled and only is not None and only.distinct == count and {*only.samples} in codes
    is_pair = len(table.columns) == len(proposal.input) + 1 and (not sorts or is_coded)
    return Question(
        "examples.expected",
        "Which column holds what is expected?",
        "choice",
        "The names and values of your file's columns do not show it. Without such a column you label inputs first.",
        (
            *(Choice(name, name, samples(seen, name)) for name in names[:MOST_COLUMNS]),
            Choice(None, "none of them", "nothing says what is expected yet"),
        ),
        names[0] if is_pair else None,
        "the only other column" if is_pair else "no column holds the labels that you name" if is_unlabelled else "",
        set_option("examples.expected", names[0]),
        is_open=len(names) > MOST_COLUMNS,
        is_reading=is_pair or is_unlabelled,
    )


def _unlikely(column: Column) -> tuple[bool, bool]:
    """Return how unlikely a column holds what is expected: the likely ones have values that repeat, and such names."""
    is_label = column.kind in {"label", "list", "grade"} and column.distinct > 1
    return not is_label, not is_any(column.name, LABEL | ANSWER | SETTLED)


def groups_question(seen: Seen) -> Question | None:
    """Ask once whether rows belong together, if a column may show that.

    The default is yes if texts or answers show it and enough groups are left to certify. If too few are left, each row
    counts by itself: the proof then holds for inputs of the values in the file.
    """
    key = "examples.groups"
    if not seen.together or seen.understanding.get(key) is not None:
        return None
    first = seen.together[0]
    bar, confidence = seen.understanding.bar
    fewest = need(bar, confidence).all_right
    evidence = {each: _evidence_of(seen, each.groups) for each in seen.together}
    if not any(each.is_origin or each.is_form or each.is_answer or count >= fewest for each, count in evidence.items()):
        return None  # a notice says it: few values of what rows are about, such as a grammar's tenses
    few = too_few(bar, fewest)
    shown = next((each for each in seen.together if each.agrees or each.is_form), None)
    is_taken = shown is not None and evidence[shown] >= fewest
    default_from = ""
    if shown is not None and not is_taken:
        of = "these templates" if shown.is_form else f"the {shown.groups} values of {quoted(shown.column)}"
        default_from = (
            f"one of each would leave {evidence[shown]} as evidence, {few}; what is proven is for inputs of {of}"
        )
    elif shown is not None:
        default_from = (
            f"claims less: texts of one template prove about as much as one, about {evidence[shown]} are evidence"
            if shown.is_form
            else "rows with the same value have the same answer more often than by chance"
        )
    return Question(
        key,
        "Do some rows belong together?",
        "choice",
        first.why,
        (
            *(
                Choice(
                    each.column,
                    "yes, by the right answer"
                    if each.is_answer
                    else f"yes, by {quoted(each.column)}{' without its numbers' if each.is_form else ''}",
                    f"one row of each counts, about {count} as evidence{f': {few}' if count < fewest else ''}",
                )
                for each, count in evidence.items()
            ),
            Choice(None, "no, each row counts by itself", f"about {_evidence_of(seen, first.rows)} as evidence"),
        ),
        shown.column if shown is not None and is_taken else None,
        default_from,
        set_option(key, (shown or first).column),
        is_open=True,
        is_reading=True,
    )


def same_labels_question(seen: Seen) -> Question | None:
    """Ask once whether labels that look or sound alike are one; without an answer they stay as the file has them."""
    found: dict[str, str] = {}
    for notice in seen.understanding.notices:
        found |= notice.likely if notice.key == "alike_labels" and notice.likely else {}
    if not found or seen.understanding.get(SAME_LABELS) is not None:
        return None
    pairs = [
        f"{quoted(one_line(other, LONGEST_NAME))} = {quoted(one_line(one, LONGEST_NAME))}"
        for other, one in found.items()
    ]
    listed = ", ".join(pairs[:MOST_READINGS]) + (", …" if len(pairs) > MOST_READINGS else "")
    return Question(
        SAME_LABELS,
        "Are these labels one and the same?",
        "choice",
        f"{listed}. A model cannot tell labels of one meaning apart, and is wrong on half of these.",
        (
            Choice(found, "yes, each pair is one", listed),
            Choice(None, "no, they differ", "every label counts as the file has it"),
        ),
        None,
        "labels are kept as the file has them",
        set_option(SAME_LABELS, found),
        is_reading=True,
    )


def near_question(seen: Seen) -> Question | None:
    """Ask once whether inputs that are nearly the same count by themselves, where they are many."""
    key, known = "examples.near_duplicates", seen.understanding
    found = next((each for each in known.notices if each.key == "near_duplicates" and each.is_grave), None)
    is_grouped = known.value("examples.groups") is not None or any(each.is_form for each in seen.together)
    if found is None or known.get(key) is not None or is_grouped:
        return None
    near, inputs = found.likely
    left, fewest = _evidence_of(seen, inputs - near), need(*known.bar).all_right
    few = f": {too_few(known.bar[0], fewest)}" if left < fewest else ""
    return Question(
        key,
        "Do inputs that are nearly the same count once?",
        "choice",
        f"{near} of {inputs} differ from others in a few words. Copies prove about as much as one.",
        (
            Choice("once", "yes, one of each", f"about {left} as evidence{few}"),
            Choice(
                "keep",
                "no, each row counts by itself",
                f"about {_evidence_of(seen, inputs)} as evidence, copies of what teaches too: proven for these "
                "texts alone",
            ),
        ),
        "once",
        f"claims less: {near} of {inputs} inputs are nearly the same as others; about {left} are evidence",
        set_option(key, "keep"),
        is_reading=True,
    )


def _evidence_of(seen: Seen, count: int) -> int:
    """Return about how many of some rows, or groups of rows, are evidence once others are set apart for training."""
    from advisor.evidence.split_forecast import training_rows  # imports numpy

    chosen = seen.understanding.value("family")
    kind = family(str(chosen)) if chosen in FAMILY_NAMES else None
    if kind is None or count < FEWEST_SPLIT or not (kind.has_labels or "linear" in kind.baselines):
        return count
    bar, confidence = seen.understanding.bar
    labels = len(seen.understanding.value("labels") or ())
    return count - training_rows(count, labels, bar, round(1 - confidence, 9), DEFAULT_TEACHING_MAX)


def samples(seen: Seen, name: str) -> str:
    column = seen.table.column(name) if seen.table is not None else None
    return "e.g. " + ", ".join(column.samples[:3]) if column is not None and column.samples else ""
