"""The questions without which there is no task: words, examples, family, columns, comparison, instruction, labels.

What the words, the file or the machine settle is not asked; where two readings are as good, it is.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from advisor.errors import one_line
from advisor.evidence.boundary import examples_needed
from advisor.evidence.sharing import AT_ANCHOR
from advisor.families import BY_USE, FAMILY_NAMES, family, gist
from advisor.families.json_fields import written_number
from advisor.families.text_regression import SHARE
from advisor.interview.answer_forms import AS_SEEN
from advisor.interview.facts import Source
from advisor.interview.files.columns import LONGEST_LABEL, shown
from advisor.interview.files.interpret import FIELDS_OF, SURE_FAMILY, could_hold
from advisor.interview.files.names import ORIGIN, is_any
from advisor.interview.question import ANYWAY, Choice, Question
from advisor.interview.text.label_lists import none_yet
from advisor.system.source import OpenLayoutError, quoted, set_option
from advisor.task import known_formats
from advisor.units import counted, percent

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from advisor.interview.files.columns import Column
    from advisor.interview.files.proposal import Proposal
    from advisor.interview.files.sheet import Table
    from advisor.interview.files.view import Reading
    from advisor.interview.understand import Seen
    from advisor.task.record import Row

FEW_FAMILIES = 4
# How a file is read is asked where the likeliest way has no such chance; where nobody can be asked, it is taken unless
# the next one has the same. Of 763 tables by writers left out of learning the first way is right in 65%, and with this
# question the right one is first or among those listed in 81% (`python -m tools.fit_readings`).
SURE_READING, AS_GOOD, MOST_READINGS, LEAST_CHANCE = 0.8, 0.02, 4, 0.02
GLANCED, LONGEST_NAME, LONGEST_CELL = 20, 30, 50
# Columns of these kinds are asked about in no case; of others those are that are filled in this share of the rows.
NEVER_EXPECTED = frozenset({"id", "path", "url", "date"})
MOSTLY = 0.5
# How long texts are compared: to the letter only those that mostly copy their inputs.
NEARLY, COPIED, MOST_COMPARED = "levenshtein", 0.6, 50
MOST_COLUMNS = 12
WORDS = Question(
    "words",
    "What should the model do? Say it in your own words, with anything it must satisfy.",
    "text",
    'Everything that can be read from it need not be asked, e.g. "sort support mails into billing, bug, other; German, '
    '4 GB laptop, must stay in house".',
    may_skip=False,
    flag='the words behind the command, e.g. "sort support mails into billing, bug, other"',
)


def needed(seen: Seen) -> Question | None:
    """Return the first question without which there is no task."""
    known = seen.understanding
    if known.get("words") is None and known.get("examples") is None and known.get("family") is None:
        return WORDS
    asked = {fact.key for fact in known.facts if fact.source is Source.ANSWER}
    if seen.unscored and "unscored" not in asked and ("examples" not in asked or seen.table is not None):
        return _unscored_question(seen.unscored, may_skip=seen.table is None)
    if "examples" not in asked:
        return _examples_question(seen)
    if seen.open_layout is not None:
        return _layout_question(seen.open_layout)
    is_refused = "reading" in asked and known.value("reading") is None
    of_file = _reading_question(seen, asked)
    of_file = of_file or (None if "family" in asked else _family_question(seen, is_refused=is_refused))
    if (question := of_file or _columns_question(seen, asked, is_refused=is_refused)) is not None:
        return question
    if (question := _groups_question(seen) or _documents_question(seen)) is not None:
        return question
    if (question := _comparison_question(seen) or _tolerance_question(seen)) is not None:
        return question
    if known.get("instruction") is None:
        return _instruction_question(seen)
    return _labels_question(seen, asked)


def _unscored_question(tag: str, *, may_skip: bool) -> Question:
    """Say that nothing scores what the words ask for, before examples are gathered or read for nothing."""
    return Question(
        "unscored",
        f"Your words ask for {tag.replace('-', ' ')}. Nothing can score its answers. What then?",
        "text",
        f"`advisor search {tag}` and the catalog (F3) list such models with their size and licence. Or say the task in "
        "other words, e.g. a part of it whose answers can be right or wrong.",
        (Choice(ANYWAY, "It is another kind of task", "the kinds are listed once there are examples"),),
        may_skip=may_skip,
        flag="--set unscored=anyway",
    )


def _layout_question(error: OpenLayoutError) -> Question:
    """Ask which of several ways to read the file is meant."""
    return Question(
        error.key,
        "Which sheet of the workbook holds the examples?",
        "choice",
        str(error),
        tuple(Choice(value, value, brings) for value, brings in error.choices),
        may_skip=False,
        flag=set_option(error.key, error.choices[0][0]),
    )


def _labels_question(seen: Seen, asked: Collection[str]) -> Question | None:
    """Ask for the labels where there are none, or too few of them."""
    known = seen.understanding
    chosen = known.value("family")
    if chosen not in FAMILY_NAMES:
        return None
    kind = family(str(chosen))
    labels = known.get("labels")
    question = Question(
        "labels",
        "Which labels are there?",
        "labels",
        f"{chosen} answers with one of them; an example needs a label of the list.",
        may_skip=False,
        flag="--set labels=[A,B]",
    )
    named = labels.value if labels is not None else None
    if kind.has_labels and isinstance(named, list | dict) and len(named) < kind.fewest_labels:
        problem = f"labels: {len(named)} named, and {chosen} needs at least {kind.fewest_labels}; add the others"
        if labels is not None and labels.source is Source.FILE:
            problem = f"all examples have one label, {quoted(next(iter(named), ''))}; add examples of another"
        return replace(question, problem=problem)
    is_labelled = seen.proposal is not None and seen.proposal.is_labelled
    return question if kind.has_labels and not named and "labels" not in asked and not is_labelled else None


def _examples_question(seen: Seen) -> Question:
    rate, confidence = seen.understanding.bar
    needed = examples_needed(rate, (1.0 - confidence) * AT_ANCHOR)
    return Question(
        "examples",
        "Where are your examples: a file with inputs and what is expected of each?",
        "file",
        f"Candidates are tried on them. To prove {percent(rate)} right takes about {needed} examples if all come out "
        f"right, about {4 * needed} if a few do not, and some more to train on. {known_formats.sentence()}",
        flag="--examples FILE",
        default_from="" if not seen.problem else seen.problem,
    )


def _family_question(seen: Seen, *, is_refused: bool) -> Question | None:
    known = seen.understanding
    fact = known.get("family")
    shares = dict(seen.families)
    if fact is not None and not is_refused:
        is_sure = fact.source in {Source.FILE, Source.MODEL} or shares.get(str(fact.value), 1.0) >= SURE_FAMILY
        fits = seen.proposal is not None and seen.proposal.family == fact.value and seen.proposal.is_labelled
        names_labels = (
            known.value("labels") is not None and fact.value in FAMILY_NAMES and family(fact.value).has_labels
        )
        if is_sure or fits or names_labels:
            return None
    listed = [name for name, _ in seen.families][:FEW_FAMILIES]
    likely = dict.fromkeys(listed[:1], "; likeliest by your words" if known.value("words") else "")
    rest = [name for name in BY_USE if name not in listed]
    rest = [name for name in rest if seen.table is None or could_hold(seen.table, name)]
    if listed:
        whose = "words" if known.value("words") else "file"
        why = (
            "It decides which models can do it at all and how an answer is scored; "
            f"your {whose} may mean {counted(len(listed), 'kind')}."
        )
    elif known.value("words"):
        why = f"It decides which models can do it at all; your words name none of the {len(FAMILY_NAMES)} kinds."
    else:
        what = "nothing shows it yet" if seen.table is None else "your file does not show it"
        why = f"It decides which models can do it at all; {what}."
    return Question(
        "family",
        "What kind of task is it?",
        "choice",
        why,
        family_choices([*listed, *rest], likely),
        str(fact.value) if fact is not None else (listed[0] if listed else None),
        ("your words" if known.value("words") else "the shape of your file") if listed else "",
        "--set family=NAME",
        may_skip=bool(listed),
        is_reading=len({share for _, share in seen.families[:2]}) > 1 or len(listed) == 1,
    )


def family_choices(names: Sequence[str] = (), likely: Mapping[str, str] = MappingProxyType({})) -> tuple[Choice, ...]:
    """Return kinds of tasks to choose from, each with what it is and an example: some, or all."""
    return tuple(
        Choice(name, name.replace("-", " "), f"{gist(name)}{likely.get(name, '')}") for name in names or BY_USE
    )


SORTS, ROWS_OF_A_VALUE = "text-classification", 4
_HOW = {
    "token-classification": "marked where it stands in the text; what does not stand there is never found",
    "json-extraction": "written down as a field; new values may come, also such as do not stand in the text",
    "text-classification": "one of the {} values that the file has; a new one is never given",
    "zero-shot-classification": "one of the {} values, by what they are called; a new one is never given",
    "text-generation": "written freely",
    "text-retrieval": "found among the {} that are known",
}


def _reading_question(seen: Seen, asked: Collection[str]) -> Question | None:
    """Ask what of the file is to be found from what, and by which kind of task, where words and file leave it open."""
    from advisor.interview.files.sheet import rows_of

    proposal, table = seen.proposal, seen.table
    if proposal is None or table is None or not proposal.is_labelled or "reading" in asked:
        return None
    if any(key.startswith("examples.") for key in asked):
        return None
    read = (proposal.family, proposal.input, proposal.expected)
    likely = sorted(proposal.likely, key=lambda each: (each.family, each.input, each.expected) != read)
    likely = [each for n, each in enumerate(likely) if not n or each.chance >= LEAST_CHANCE][:MOST_READINGS]
    if len(likely) < 2 or likely[0].chance >= SURE_READING or likely[0].input != proposal.input:  # noqa: PLR2004
        return None
    likely += _sorted_instead(table, likely)
    rows = rows_of(table, GLANCED)
    answers = [AS_SEEN, *map(_as_answer, likely[1:])]
    examples = [_example(rows, each) for each in likely]
    if len({*examples}) < len(examples):  # a row that tells more of the ways apart
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
        (*choices, Choice(None, "none of these", "the kind of task is asked, then the columns")),
        AS_SEEN,
        "the likeliest by words and file",
        " ".join(set_option(key, value) for key, value in _as_answer(likely[1]).items()),
        is_reading=likely[0].chance - likely[1].chance > AS_GOOD,
    )


def _sorted_instead(table: Table, likely: Sequence[Reading]) -> list[Reading]:
    """Return that a column which is taken out of the texts is sorted into, where a few of its values repeat."""
    first = likely[0]
    column = table.column(first.answers[0]) if len(first.answers) == 1 else None
    is_told = any(each.family == SORTS and each.answers == first.answers for each in likely)
    if first.family not in FIELDS_OF or is_told or column is None or len(likely) >= MOST_READINGS:
        return []
    few = column.kind in {"label", "text"} and column.distinct * ROWS_OF_A_VALUE <= table.looked
    return [replace(first, family=SORTS, expected=column.name, chance=0.0)] if few else []


def _how(table: Table, reading: Reading) -> str:
    """Return how an answer is found and compared, where another way to read the file has the same answers."""
    column = table.column(reading.answers[0]) if reading.answers else None
    return _HOW.get(reading.family, gist(reading.family)).format(column.distinct if column is not None else "")


def _as_answer(reading: Reading) -> dict[str, Any]:
    """Return a way to read a file as the answers that settle it."""
    expected = dict(reading.expected) if isinstance(reading.expected, tuple) else reading.expected
    return {"family": reading.family, "examples.input": reading.input_value, "examples.expected": expected}


def _as_words(reading: Reading) -> str:
    inputs = " + ".join(one_line(name, LONGEST_NAME) for _, name in reading.input)
    answers = ", ".join(one_line(name, LONGEST_NAME) for name in reading.answers[:MOST_READINGS])
    more = ", …" if len(reading.answers) > MOST_READINGS else ""
    return f"{reading.family.replace('-', ' ')}: {inputs} → {answers}{more}"


def _example(rows: Sequence[Row], reading: Reading) -> str:
    """Return what the first row that is filled says, read so; "" where none is."""
    names = ([name for _, name in reading.input], reading.answers[:MOST_READINGS])
    for row in rows:
        said = [[shown(row.columns.get(name)) for name in part] for part in names]
        if all(map(all, said)):
            given, found = (", ".join(one_line(text, LONGEST_CELL) for text in part) for part in said)
            return f"{given} → {found}"
    return ""


def _columns_question(seen: Seen, asked: Collection[str], *, is_refused: bool) -> Question | None:
    """Ask which column is what is expected, where none is known to be, or no way to read the file was right."""
    proposal, table = seen.proposal, seen.table
    if proposal is None or table is None or {"examples.expected", "no_examples"} & {*asked}:
        return None
    if (proposal.is_labelled and not is_refused) or none_yet(str(seen.understanding.value("words", ""))):
        return None
    return _any_column_question(seen, proposal, table)


def _groups_question(seen: Seen) -> Question | None:
    """Ask once whether rows belong together, where a column may say so."""
    key = "examples.groups"
    if not seen.together or seen.understanding.get(key) is not None:
        return None
    first = seen.together[0]
    bar, confidence = seen.understanding.bar
    fewest = examples_needed(bar, 1 - confidence)
    too_few = f": too few to certify {percent(bar)}, which takes {fewest}"
    return Question(
        key,
        "Do some rows belong together?",
        "choice",
        first.why,
        (
            *(
                Choice(
                    each.column,
                    f"yes, by {quoted(each.column)}{' without its numbers' if each.is_form else ''}",
                    f"one row of each counts, about {each.groups}{too_few if each.groups < fewest else ''}",
                )
                for each in seen.together
            ),
            Choice(None, "no, each row counts by itself", f"{first.rows} rows"),
        ),
        first.column if first.agrees else None,
        "rows with the same value have the same answer more often than by chance" if first.agrees else "",
        set_option(key, first.column),
        is_open=True,
        is_reading=True,
    )


def _documents_question(seen: Seen) -> Question | None:
    """Ask for the file that is searched, where the task searches one."""
    known = seen.understanding
    chosen = known.value("family")
    searches = chosen in FAMILY_NAMES and family(str(chosen)).searches_documents
    is_known = any(known.value(key) for key in ("documents", "documents.path"))
    if not searches or (is_known and not seen.documents_problem):
        return None
    return Question(
        "documents.path",
        "Where are the documents that are searched: a file with a name and a text of each?",
        "file",
        "Your examples name the documents that answer a query; without their texts there is nothing to search.",
        flag="--set documents=FILE",
        may_skip=False,
        problem=seen.documents_problem,
    )


def _comparison_question(seen: Seen) -> Question | None:
    """Ask when an answer is right, where what is expected leaves that open: texts, of more than a word."""
    known, proposal, table = seen.understanding, seen.proposal, seen.table
    chosen = known.value("family")
    ways = family(str(chosen)).comparisons if chosen in FAMILY_NAMES else {}
    is_said = any(fact.key.split(".")[0] == "scoring" for fact in known.facts)
    if is_said or not ways or proposal is None or table is None or not isinstance(proposal.expected, str):
        return None
    column = table.column(proposal.expected)
    if (
        column is None
        or column.kind not in {"text", "label"}
        or not any(" " in sample.strip() for sample in column.samples)
    ):
        return None
    first, why = next(iter(ways)), "the usual way for this kind of task"
    if NEARLY in ways and _are_written(seen, column):
        first, why = NEARLY, "what is expected is longer than anybody writes twice to the letter"
    return Question(
        "scoring.metric",
        "When is an answer right?",
        "choice",
        f"It decides what is counted: what is expected is a text, {_samples(seen, column.name)}.",
        tuple(Choice(name, label, detail) for name, (label, detail) in ways.items()),
        first,
        why,
        f"--set scoring.metric={first}",
        is_reading=True,
    )


def _are_written(seen: Seen, column: Column) -> bool:
    """Return whether answers are longer than a label, and no copies of their inputs with a word put right."""
    from advisor.interview.files.sheet import rows_of
    from advisor.interview.files.view import View

    if seen.table is None or seen.proposal is None or column.mean_length <= LONGEST_LABEL:
        return False
    view = View(seen.table.columns, rows_of(seen.table, MOST_COMPARED))
    return view.shared(seen.proposal.input_columns[0], column.name) < COPIED


def _tolerance_question(seen: Seen) -> Question | None:
    """Ask how far off a number may be, where the task answers with numbers."""
    known, proposal, table = seen.understanding, seen.proposal, seen.table
    key = "scoring.tolerance"
    is_asked = known.value("family") == "text-regression" and known.get(key) is None
    if not is_asked or proposal is None or table is None or not isinstance(proposal.expected, str):
        return None
    from advisor.interview.files.asked import off_by
    from advisor.interview.files.sheet import rows_of

    found = (written_number(row.columns.get(proposal.expected)) for row in rows_of(table))
    numbers = sorted(number for number in found if number is not None)
    if not numbers or numbers[0] == numbers[-1]:
        return None
    is_share = known.value("scoring.metric") == SHARE
    # A twentieth to a fifth of the range, or of the number itself, to one digit.
    span = 1.0 if is_share else float(numbers[-1] - numbers[0])
    steps = [float(f"{span * part:.1g}") for part in (0.05, 0.1, 0.2)]
    said = off_by(known, proposal.expected)
    # Unsaid, the plan takes a tenth of what the training rows span: the evidence has no part in what is right.
    likely = said[0] if said is not None and said[1] == is_share else None
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
        f"--set {key}={steps[1]:g}",
        is_open=True,
        is_reading=True,
    )  # fmt: skip


def _any_column_question(seen: Seen, proposal: Proposal, table: Table) -> Question | None:
    """Ask for the column where neither names nor values tell it: with one, the file needs no labelling."""
    names = [
        column.name
        for column in table.columns
        if column.name not in proposal.input_columns
        and column.kind not in NEVER_EXPECTED
        and column.empty <= MOSTLY
        and not is_any(column.name, ORIGIN)
    ]
    if not names or not proposal.input:
        return None
    chosen = seen.understanding.value("family")
    # The only other column is what is expected; for labels only where it has a number for each that the words name.
    sorts = chosen in FAMILY_NAMES and family(chosen).has_labels
    labels = seen.understanding.get("labels")
    is_unlabelled = sorts and labels is not None and labels.source is Source.WORDS
    only, count = table.column(names[0]), len(labels.value) if labels is not None else 0
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
            *(Choice(name, name, _samples(seen, name)) for name in names[:MOST_COLUMNS]),
            Choice(None, "none of them", "nothing says what is expected yet"),
        ),
        names[0] if is_pair else None,
        "the only other column" if is_pair else "no column holds the labels that you name" if is_unlabelled else "",
        "--set examples.expected=COLUMN",
        is_open=len(names) > MOST_COLUMNS,
        is_reading=is_pair or is_unlabelled,
    )


def _samples(seen: Seen, name: str) -> str:
    column = seen.table.column(name) if seen.table is not None else None
    return "e.g. " + ", ".join(column.samples[:3]) if column is not None and column.samples else ""


def _instruction_question(seen: Seen) -> Question:
    labels = seen.understanding.value("labels") or []
    instruction = f"Classify it as one of {', '.join(str(each) for each in labels[:6])}." if labels else None
    return Question(
        "instruction",
        "In a sentence: what is to be done with each input?",
        "text",
        "Language models read it, and the catalog is searched with it.",
        default=instruction,
        default_from="the labels in your file" if instruction else "",
        flag="--set instruction=TEXT",
        may_skip=instruction is not None,
        is_reading=True,
    )
