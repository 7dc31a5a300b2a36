"""The required questions: words, examples, family, what the file leaves open, instruction, labels.

Anything that the words, the file or the machine settle is not asked, unless two readings are equally good.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from advisor.errors import one_line
from advisor.evidence.boundary import examples_needed
from advisor.evidence.sharing import AT_ANCHOR
from advisor.families import BY_USE, FAMILY_NAMES, family, gist
from advisor.interview.comparison_questions import comparison_question, tolerance_question
from advisor.interview.facts import Source
from advisor.interview.file_questions import (
    columns_question,
    groups_question,
    layout_question,
    near_question,
    reading_question,
    same_labels_question,
)
from advisor.interview.files.interpret import SURE_FAMILY
from advisor.interview.files.without_answers import could_hold
from advisor.interview.question import ANYWAY, Choice, Question
from advisor.interview.rows_question import rows_question
from advisor.interview.text.label_lists import in_brackets
from advisor.interview.text.words import kind_in_words
from advisor.system.source import quoted, set_option
from advisor.task import known_formats
from advisor.task.fields import listed
from advisor.units import counted, percent

if TYPE_CHECKING:
    from advisor.interview.understand import Seen

FEW_FAMILIES = 4
MOST_INPUTS, LONGEST_SAMPLE = 12, 60
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
    """Return the first question that a task cannot do without."""
    known = seen.understanding
    if known.get("words") is None and known.get("examples") is None and known.get("family") is None:
        return WORDS
    asked = {fact.key for fact in known.facts if fact.source is Source.ANSWER}
    if seen.unscored and "unscored" not in asked and ("examples" not in asked or seen.table is not None):
        return _unscored_question(seen.unscored, may_skip=seen.table is None)
    if "examples" not in asked:
        return _examples_question(seen)
    if seen.open_layout is not None:
        return layout_question(seen.open_layout)
    is_refused = "reading" in asked and known.value("reading") is None
    of_file = reading_question(seen, asked)
    of_file = of_file or (None if "family" in asked else _family_question(seen, is_refused=is_refused))
    if (question := of_file or columns_question(seen, asked, is_refused=is_refused)) is not None:
        return question
    if is_refused and (question := _input_question(seen, asked)) is not None:
        return question
    of_rows = rows_question(seen) or same_labels_question(seen) or groups_question(seen) or near_question(seen)
    if (question := of_rows or _documents_question(seen)) is not None:
        return question
    if (question := comparison_question(seen) or tolerance_question(seen)) is not None:
        return question
    if known.get("instruction") is None:
        return _instruction_question(seen)
    return _labels_question(seen, asked)


def _unscored_question(tag: str, *, may_skip: bool) -> Question:
    """Report that the kind of task cannot be scored, before examples are gathered or read in vain."""
    return Question(
        "unscored",
        f"This is {kind_in_words(tag)}, whose answers cannot be tried and scored here; `advisor search {tag}` lists "
        "such models. What then?",
        "text",
        "The catalog (F3) has their size and licence. Or say the task in other words, e.g. a part of it whose answers "
        "can be right or wrong.",
        (Choice(ANYWAY, "It is another kind of task", "the kinds are listed once there are examples"),),
        may_skip=may_skip,
        flag="--set unscored=anyway",
    )


def _labels_question(seen: Seen, asked: Collection[str]) -> Question | None:
    """Ask for the labels if there are none, or too few."""
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
        default=in_brackets(str(known.value("words", ""))) or None,
        default_from="your words; more can be written",
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
    """Return some or all kinds of tasks as choices, each with a description and an example."""
    return tuple(
        Choice(name, name.replace("-", " "), f"{gist(name)}{likely.get(name, '')}") for name in names or BY_USE
    )


def _input_question(seen: Seen, asked: Collection[str]) -> Question | None:
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
            Choice(each.name, each.name, "; ".join(one_line(text, LONGEST_SAMPLE) for text in each.samples[:2]))
            for each in first[:MOST_INPUTS]
        ),
        default,
        "read so far",
        set_option("examples.input", held),
    )


def _documents_question(seen: Seen) -> Question | None:
    """Ask for the file of documents if the task searches one."""
    known = seen.understanding
    chosen = known.value("family")
    searches = chosen in FAMILY_NAMES and family(str(chosen)).searches_documents
    is_known = any(known.value(key) for key in ("documents", "documents.path"))
    if not searches or (is_known and not seen.documents_problem):
        return None
    expected = seen.proposal.expected if seen.proposal is not None else None
    named = f"{quoted(expected)} names" if isinstance(expected, str) else "Your examples name"
    return Question(
        "documents.path",
        "Where are the documents that are searched: a file with a name and a text of each?",
        "file",
        f"{named} the documents that answer a query; without their texts there is nothing to search.",
        flag="--set documents=FILE",
        may_skip=False,
        problem=seen.documents_problem,
    )


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
