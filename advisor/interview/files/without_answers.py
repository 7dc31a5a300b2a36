"""Whether any column of a file holds the answers, or its rows have none yet."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.errors import InputError
from advisor.families import FAMILY_NAMES, family
from advisor.interview.facts import Source
from advisor.interview.files.asked import with_asked
from advisor.interview.files.mentions import in_full, said_in
from advisor.interview.files.names import ANSWER, ID, INPUT, LABEL, ORIGIN, SETTLED, is_any
from advisor.interview.files.proposal import labels_of
from advisor.interview.files.sheet import rows_of
from advisor.interview.files.view import View
from advisor.interview.text.unlabelled import none_yet
from advisor.system.source import quoted, set_option
from advisor.task.folder_rows import is_in_names
from advisor.task.known_formats import FORMS
from advisor.task.marks import JOINED
from advisor.task.noted import DECIDED
from advisor.task.word_labels import predictability

if TYPE_CHECKING:
    from advisor.interview.facts import Understanding
    from advisor.interview.files.proposal import Proposal
    from advisor.interview.files.sheet import Table

SORTS = frozenset({"text-classification", "zero-shot-classification"})
# Labels that are predicted no better than this belong to something else.
UNPREDICTABLE, SHORT, FEWEST_TOLD = 0.1, 2, 30
# What joins the words of a label, as in "OUT_OF_SCOPE".
_NO_LETTER = re.compile(r"[_\-]+")
# Kinds of columns of a table of measurements, and the fewest such columns.
MEASURED, FEWEST_MEASURED, FEWEST_CATEGORIES = frozenset({"number", "grade"}), 3, 5


def of_people(table: Table, words: str) -> str:
    """Return the column of what people decided of each row, as the reader found in a note; "" if words name another."""
    found = [each.name for each in table.columns if f"{quoted(each.name)} {DECIDED}" in table.layout and each.distinct]
    named = in_full(words, [each.name for each in table.columns])
    return found[0] if found and not named else ""


def is_of_numbers(table: Table, words: str, expected: object) -> bool:
    """Return whether a table has measurements, and beside them nothing but labels, dates and the like.

    Besides the answer a column of labels or codes that the words name may be a text: "the intent of the command".
    """
    if not {column.kind for column in table.columns} <= MEASURED | {"label", "id", "date"}:
        return False
    view = View(rows_of(table), table.columns, said_in(words)).with_phrases
    kinds = Counter(column.kind for column in view.columns)
    told = {each.name for each in view.of("label") if view.says(each) or each.name == expected}
    is_named = len(told) > 1 or any(is_any(each.name, INPUT) for each in view.of("label"))
    codes = [each for each in view.of("id") if not is_any(each.name, ID) and not each.samples[0].isdecimal()]
    is_named |= any(map(view.says, codes))
    measured = sum(count for kind, count in kinds.items() if kind in MEASURED)
    is_of_categories = kinds["label"] >= FEWEST_CATEGORIES and not kinds["id"]
    return (measured >= FEWEST_MEASURED or is_of_categories) and not kinds["text"] and not is_named


def of_no_texts(table: Table, words: str, proposal: Proposal) -> InputError:
    """Return the error of a table of measurements, with the command that has all of its columns read as text."""
    view = with_asked(View(rows_of(table), table.columns, said_in(words)), words)
    expected = view.asked or (proposal.expected if isinstance(proposal.expected, str) else "")
    answer = table.column(expected)
    is_number = answer is not None and answer.kind in MEASURED
    tree = f"HistGradientBoosting{'Regressor' if is_number else 'Classifier'}"
    rest = [each.name for each in table.columns if each.name != expected and each.kind not in {"id", "date"}]
    given = f"{set_option('examples.input', rest)} {set_option('examples.expected', expected or 'COLUMN')}"
    given += f" {set_option('family', 'text-regression')}" if is_number else ""
    name = quoted(Path(table.path).name)
    return InputError(
        f"{name} has numbers and labels, but no long texts, which the Hub's models read; for such tables fit "
        f"gradient-boosted trees (scikit-learn's {tree}), or have the numbers read as words: {given}"
    )


def holds_no_text(table: Table, words: str, proposal: Proposal) -> str:
    """Return what a table of nothing but ids and labels has, unless words name a label as the input too; else ""."""
    ids = [each for each in table.columns if each.kind == "id" and is_any(each.name, ID)]
    rest = [each for each in table.columns if each not in ids and each.kind != "date"]
    if not (ids and rest) or any(each.kind not in MEASURED | {"label"} for each in rest):
        return ""
    phrases = {each.name for each in View(rows_of(table), table.columns, said_in(words)).with_phrases.texts}
    most = max((each.distinct for each in rest if each.name not in phrases), default=0)
    told = {*in_full(words, [each.name for each in rest]), *(each.name for each in rest if is_any(each.name, INPUT))}
    if any(each.name in phrases and each.distinct >= most for each in rest):
        return ""
    if len(told.difference(proposal.expected_columns[:1])) > 1:
        return ""
    of_ids, of_rest = (", ".join(quoted(each.name) for each in columns) for columns in (ids, rest))
    return f"ids ({of_ids}) and labels ({of_rest})"


def holds_none(table: Table, proposal: Proposal, known: Understanding) -> str:
    """Return why no column is the expected one, "" if one may be.

    Reasons: the user or the words say so ("nothing is labelled yet"), or the words list labels while the likeliest
    column has others that no text predicts.
    """
    named, said = known.get("labels"), known.get("examples.expected")
    column = table.column(proposal.expected) if isinstance(proposal.expected, str) else None
    if said is not None:
        return "you say that no column does" if said.source is Source.ANSWER and said.value is None else ""
    listed = named.value if named is not None and named.source is Source.WORDS else ()
    words = str(known.value("words", ""))
    none = "no column holds the labels that your words name"
    rows = rows_of(table) if column is not None else []
    # A label named anywhere in the words identifies the column; one of a character or two occurs by chance.
    own = {label.casefold() for label in labels_of(rows, column)} if column is not None else set()
    if own & {part.strip() for label in listed for part in str(label).casefold().split("=")}:  # "0 = World"
        return ""
    # "New ones come in untagged" beside a column "tags" is about new ones, "the last are not marked" about the empty.
    is_labels = column is not None and (is_any(column.name, LABEL) or column.kind == "spans" or column.empty > 0)
    if not is_labels and (none_so_far := none_yet(words)):
        return f"your words say that nothing is labelled: {quoted(none_so_far, 60)}"
    if not listed or column is None:
        return ""
    if proposal.family not in SORTS or column.kind != "label":
        return ""
    # As many values as labels in the words may be their translations: they are accepted with a notice.
    if len(own) == len(listed) and all(len(label) > SHORT and _NO_LETTER.sub("", label).isalpha() for label in own):
        return ""
    # A verdict, ticks, or a column that the words name, holds the answers whatever it calls them.
    if column.name == of_people(table, words):
        return ""
    is_said = in_full(words, [column.name, *(label for label in own if len(label) > SHORT)]) or column.name == JOINED
    if is_said or is_any(column.name, SETTLED | ANSWER):
        return ""
    pairs = [(text, str(row.columns[column.name])) for row in rows if (text := proposal.text_of(row)) is not None]
    # Of a few rows words tell nothing, whatever the labels are.
    return none if len(pairs) >= FEWEST_TOLD and predictability(pairs) < UNPREDICTABLE else ""


def of_writers(table: Table, proposal: Proposal, known: Understanding) -> str:
    """Return that who wrote a chat's messages is no label, where nothing names that column; else ""."""
    column = proposal.expected if table.layout == FORMS["chat"].words and isinstance(proposal.expected, str) else ""
    is_asked = known.get("examples.expected") is not None or bool(in_full(str(known.value("words", "")), [column]))
    return "who wrote a message is no label of it" if is_any(column, ORIGIN) and not is_asked else ""


def of_names(table: Table, proposal: Proposal, known: Understanding) -> str:
    """Return that the beginnings of files' names are no labels, where the words name none of them; else ""."""
    column = table.column(proposal.expected) if isinstance(proposal.expected, str) else None
    if column is None or known.get("examples.expected") is not None or not is_in_names(Path(table.path), column.name):
        return ""
    own = list(labels_of(rows_of(table), column))
    cure = f"--set examples.expected={column.name} takes these as labels"
    return "" if in_full(str(known.value("words", "")), own) else f"names of files begin with {own[0]}, …; {cure}"


_NO_TEXTS = frozenset({"image", "sound", "video"})


def could_hold(table: Table, name: str) -> bool:
    """Return whether a table could hold a family's inputs: file inputs need a column of paths.

    Texts need a column of texts, two if there are pictures or recordings as well: labels alone are no input.
    """
    part = family(name).file_part if name in FAMILY_NAMES else None
    kind = {"audio": "sound"}.get(str(part), part)
    files = [column for column in table.columns if column.kind == "path" and column.detail in _NO_TEXTS]
    if part is None:
        others = [column for column in table.columns if column not in files]
        return not files or len(others) > 1 or any(column.kind == "text" for column in others)
    return any(column.detail == kind for column in files)
