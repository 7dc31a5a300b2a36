"""What is searched: documents or known answers, as a file and the words say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.engines.words import count_words
from advisor.errors import InputError
from advisor.interview.facts import METRIC, MOST_WORDS, Fact, Notice, Source, Understanding
from advisor.interview.files import mentions
from advisor.interview.files.columns import is_empty, is_known_answer, shown
from advisor.interview.files.documents import columns_of, number_in, reads_answers, search_in, sheet_of, texts_next_to
from advisor.interview.files.interpret import SURE_FAMILY
from advisor.interview.files.sheet import rows_of
from advisor.interview.text.words import among_first
from advisor.system.source import quoted

if TYPE_CHECKING:
    from advisor.interview.files.columns import Column
    from advisor.interview.files.proposal import Proposal
    from advisor.interview.files.sheet import Table

# A limit of words that more than this share of the expected answers exceed is not about answers.
LONGER = 0.1
# From this share on words may mean a search.
MEANT = 0.05
# Mean rows of a known answer from which texts that go with each are said of it, and not of the row.
ROWS_OF_AN_ANSWER = 2


def documents(known: Understanding, table: Table | None, proposal: Proposal | None) -> tuple[list[Fact], str]:
    """Return which columns of a file of documents hold names and texts, and the file's error."""
    given = known.value("documents")
    held = given if isinstance(given, dict) else {}
    path = known.value("documents.path") or held.get("path")
    expected = proposal.expected if proposal is not None and isinstance(proposal.expected, str) else None
    named = [row.columns.get(expected) for row in rows_of(table)] if table is not None and expected else []
    placed: list[Fact] = []
    if not path and table is not None and known.value("family") == "text-retrieval":
        path = texts_next_to(Path(table.path), named)
        placed = [Fact("documents.path", str(path), Source.FILE, "the one folder of texts next to the file")]
    if not path:
        return _known_answers(known, table, expected, proposal), ""
    said = known.value("documents.sheet") or held.get("sheet")
    try:
        sheet = str(said or sheet_of(Path(str(path)), named, str(known.value("examples.sheet") or "")))
        found = columns_of(Path(str(path)), named, sheet)
    except InputError as error:
        return [], str(error)
    words = "the file of documents"
    placed += [Fact("documents.sheet", sheet, Source.FILE, "the list with what is named")] if sheet and not said else []
    columns = [Fact(f"documents.{key}", name, Source.FILE, words) for key, name in found.items() if key not in held]
    return placed + columns, ""


def number_searched(known: Understanding) -> int | None:
    """Return how many different documents are searched, as far as they were looked at; None if none are known."""
    path, column = known.value("documents.path"), known.value("documents.id")
    if not path:
        return None
    return number_in(Path(str(path)), str(column or ""), str(known.value("documents.sheet") or ""))


def search(said: dict[str, Any], facts: Sequence[Fact], shares: Mapping[str, float]) -> list[Fact]:
    """Return the documents of a table that is searched in or for; of two tables, the inputs' comes first."""
    path = said.get("examples")
    open_one = path and not said.keys() & {"documents", "documents.path", "examples.expected"}
    open_one = open_one and said.get("family") in (None, "text-retrieval")
    meant = next((fact.value for fact in facts if fact.key == "family"), None)
    may_be = {None, "question-answering"} if shares.get("text-retrieval", 0.0) >= MEANT else set()
    is_meant = meant in may_be | {"text-retrieval"}
    is_open = is_meant or shares.get(str(meant), 0.0) < SURE_FAMILY
    words = next((str(fact.value) for fact in facts if fact.key == "words"), "")
    spoken = mentions.said_in(words)
    found = search_in(Path(str(path)), is_meant=is_meant, is_open=is_open, said=spoken) if open_one else None
    if found is None or (meant == "question-answering" and reads_answers(found)):
        return []
    said |= {"family": "text-retrieval", "examples": str(found.examples), "examples.expected": found.column}
    said |= {"examples.sheet": found.sheet} if found.sheet else {}
    why = f"{quoted(found.column)} names its rows"
    said_of = [Fact(each.key, each.value, Source.WORDS, words[each.start : each.end]) for each in among_first(words)]
    if found.documents_sheet and not said_of:  # of a list of items one is meant
        said_of = [Fact(METRIC, "hit@1", Source.FILE, f"{quoted(found.column)} names one")]
    sheet = [Fact("documents.sheet", found.documents_sheet, Source.FILE, why)] if found.documents_sheet else []
    return [Fact("documents.path", str(found.documents), Source.FILE, why), *sheet, *said_of]


def _known_answers(
    known: Understanding, table: Table | None, expected: str | None, proposal: Proposal | None
) -> list[Fact]:
    """Return that the known answers of the examples are searched, and that the first hit is the answer."""
    column = table.column(expected) if table is not None and expected is not None else None
    if table is None or column is None or proposal is None or known.value("family") != "text-retrieval":
        return []
    if not is_known_answer(column):
        return []
    words = f"the {column.distinct} answers in {quoted(column.name)}"
    texts = _said_of_answers(table, column, proposal.input_columns)
    found = {"documents.path": table.path, "documents.id": column.name, "documents.text": texts}
    if known.get(METRIC) is None and next(among_first(str(known.value("words", ""))), None) is None:
        found[METRIC] = "hit@1"
    return [Fact(key, value, Source.FILE, words) for key, value in found.items()]


def _said_of_answers(table: Table, answers: Column, inputs: Sequence[str]) -> str | list[str]:
    """Return the column of known answers with the texts that each of them always has, as a FAQ's own questions."""
    pairs = {each.name: set[tuple[str, str]]() for each in table.columns if each.kind == "text"}
    rows = [row.columns for row in rows_of(table) if row.columns.get(answers.name)]
    for row in rows:
        for name, held in pairs.items():
            held.add((shown(row[answers.name]), shown(row[name])))
    own = [name for name, held in pairs.items() if len(held) == len(pairs[answers.name]) and name not in inputs]
    repeats = len(rows) >= ROWS_OF_AN_ANSWER * len(pairs[answers.name])
    return own if repeats and len(own) > 1 else answers.name


def of_answers(
    found: list[Fact], notices: tuple[Notice, ...], table: Table | None, proposal: Proposal | None
) -> tuple[list[Fact], tuple[Notice, ...]]:
    """Return facts without the most words of an answer that the file's own answers exceed: it may be said of texts.

    A notice says so.
    """
    said = next((fact for fact in found if fact.key == MOST_WORDS), None)
    if said is None or table is None or proposal is None or not isinstance(proposal.expected, str):
        return found, notices
    cells = [cell for row in rows_of(table) if not is_empty(cell := row.columns.get(proposal.expected))]
    longer = sum(count_words(shown(cell)) > said.value for cell in cells)
    if longer <= LONGER * len(cells):
        return found, notices
    column = quoted(proposal.expected)
    text = f"{quoted(said.words)} is not checked: {longer} of {len(cells)} answers in {column} have more"
    kept = [fact for fact in found if fact is not said]
    return kept, (*notices, Notice(MOST_WORDS, f"{text}; --set {MOST_WORDS}={said.value} checks it"))
