"""Facts that a file settles once it is known how it is read: columns, labels, languages, how numbers are compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from advisor.families import family as family_of
from advisor.families.json_fields import plain_number, written_number
from advisor.families.text_regression import SHARE, spans_magnitudes
from advisor.families.values import SURE_MARKS, loaded
from advisor.interview.facts import Fact, Source
from advisor.interview.files.columns import NUMBERS, is_empty, is_held, shown
from advisor.interview.files.long_form import in_long_form
from advisor.interview.files.proposal import MOST_LABELS, Proposal, labels_of
from advisor.interview.files.sheet import Table, rows_of
from advisor.system.source import quoted
from advisor.task.labels import Spellings
from advisor.task.languages import languages
from advisor.task.record import Row
from advisor.units import counted
from catalog.languages import NAMES, code

# This many labels that are languages are those of the texts; "it" and "hr" may be departments.
LANGUAGES = 3
# Characters of a code that is no word, and of what it stands for.
_CODE, _MEANING = 4, 80


def facts(table: Table, proposal: Proposal, several: str | None = None) -> tuple[Fact, ...]:
    """Return the facts that a file settles: paths and columns, labels, languages.

    `several` is whether texts have "one" label or "several", if the user said so.

    InputError if the file can no longer be read.
    """
    rows = rows_of(table)
    known = [_fact("examples", table.path, counted(table.rows, "row"))]
    if proposal.input:
        known.append(_fact("examples.input", proposal.input_value, ", ".join(proposal.input_columns)))
    if proposal.expected is not None:
        value = proposal.expected if isinstance(proposal.expected, str) else dict(proposal.expected)
        known.append(_fact("examples.expected", value, ", ".join(proposal.expected_columns)))
    known += _label_facts(table, proposal, rows, several)
    known += _number_facts(proposal, rows)
    answer = table.column(proposal.expected) if isinstance(proposal.expected, str) else None
    if proposal.family == "text-generation" and answer is not None and is_held(answer):
        known.append(_fact("scoring.metric", "contains", f"an answer must hold all that {quoted(answer.name)} lists"))
    if proposal.translate is not None:
        source, target = proposal.translate
        known += [_fact("translate.source", source, proposal.why), _fact("translate.target", target, proposal.why)]
    labels = next((fact.value for fact in known if fact.key == "labels"), None) or ()
    known += _language_facts(table, proposal, rows, tuple(map(code, labels)))
    return tuple(known)


def _label_facts(table: Table, proposal: Proposal, rows: list[Row], said: str | None) -> list[Fact]:
    column = table.column(proposal.expected) if isinstance(proposal.expected, str) else None
    if column is None or proposal.family is None:
        return []
    if column.kind == "spans":
        cells = [loaded(row.columns.get(column.name)) for row in rows]
        marks = [each for cell in cells if isinstance(cell, list) for each in cell if isinstance(each, dict)]
        marked = [*Counter(str(each["label"]) for each in marks if "label" in each)]
        return [_fact("labels", marked, f"the marks in {quoted(column.name)}")] if marked else []
    if not family_of(proposal.family).has_labels:
        return []
    # A line below the table, such as its means, has no input.
    counts = labels_of([row for row in rows if proposal.text_of(row) is not None], column)
    spellings = Spellings((), counts)
    for label in spellings.missing():
        del counts[label]
    of = {label: spellings.of(label) for label in counts}
    own = dict.fromkeys(of.values())
    words = f"column {quoted(column.name)}, {len(own)} different"
    # If a comma separates several labels, the known labels distinguish it from a comma inside one.
    is_listed = len(own) <= MOST_LABELS or (column.has_several and column.detail not in SURE_MARKS)
    listed: dict[str, str] | list[str] | None = list(own) if is_listed else None
    if is_listed and not column.has_several and (meant := _meanings(table, column.name, rows, of)):
        words, listed = f"{words}, explained by {quoted(meant[0])}", meant[1]
    is_long = bool(in_long_form(rows, proposal, column, said))
    several = "several" if column.has_several or is_long else "one"
    why = f"{words}, those of a text in rows of their own" if is_long else words
    return [_fact("labels", listed, words), _fact("labels_per_text", several, why)]


def _meanings(table: Table, labels: str, rows: list[Row], own: Mapping[str, str]) -> tuple[str, dict[str, str]] | None:
    """Return the column that says what each code in a column of labels means, as a joined sheet does, and what it says.

    It has one value for each code, of its own, and at least twice as long. `own` has the code of each spelling.
    """
    for column in table.columns:
        pairs = {
            (own[code], shown(meaning).strip())
            for row in rows
            if (code := shown(row.columns.get(labels)).strip()) in own
            and not is_empty(meaning := row.columns.get(column.name))
        }
        meant = dict(pairs)
        is_of_each = len(pairs) == len(meant) == len({*own.values()}) == len({*meant.values()}) > 1
        are_codes = all(len(code) <= _CODE or not code.isalpha() for code in meant)
        if is_of_each and are_codes and all(2 * len(code) <= len(said) <= _MEANING for code, said in pairs):
            return column.name, {code: meant[code] for code in dict.fromkeys(own.values())}
    return None


def _number_facts(proposal: Proposal, rows: list[Row]) -> list[Fact]:
    """Return how numbers are compared: "12.50 EUR" is right for 12.5, prices relative to their size."""
    if proposal.family not in ("text-generation", "text-regression") or not isinstance(proposal.expected, str):
        return []
    cells = [cell for row in rows if not is_empty(cell := row.columns.get(proposal.expected))]
    is_graded = proposal.family == "text-regression"  # cells that hold no number are left out there
    read = written_number if is_graded else plain_number
    numbers = [None if isinstance(cell, bool) else read(cell) for cell in cells]
    known = [number for number in numbers if number is not None]
    if not cells or len(known) < (NUMBERS if is_graded else 1.0) * len(cells):
        return []
    if proposal.family == "text-regression":
        words = f"the numbers in {quoted(proposal.expected)} are of several magnitudes"
        return [_fact("scoring.metric", SHARE, words)] if spans_magnitudes(min(known), max(known)) else []
    return [_fact("scoring.metric", "number", f"{quoted(proposal.expected)} holds only numbers")]


def _language_facts(table: Table, proposal: Proposal, rows: list[Row], of_labels: tuple[str | None, ...]) -> list[Fact]:
    kinds = {column.name: (column.kind, column.detail) for column in table.columns}
    columns = [name for name in proposal.input_columns if kinds.get(name) in (("text", ""), ("list", "word"))]
    if proposal.family == "automatic-speech-recognition":
        columns = list(proposal.expected_columns)
    if proposal.translate is not None:
        both = list(dict.fromkeys(proposal.translate))
        return [_fact("constraints.languages", both, proposal.why)]
    known = [each for each in languages([_words(rows, name) for name in columns]) if each]
    listed = list(dict.fromkeys(spoken.language for each in known for spoken in each))
    # Cuisines and countries are written like languages, but the texts about them are not in those.
    if (
        len(of_labels) >= LANGUAGES
        and NAMES.keys() >= set(of_labels)
        and (not listed or len({*listed} & {*of_labels}) > 1)
    ):
        both = list(dict.fromkeys([*map(str, of_labels), *listed]))
        return [_fact("constraints.languages", both, f"the labels in {', '.join(proposal.expected_columns)}")]
    if not listed:
        return []
    shares = ", ".join(f"{spoken.language} {spoken.share:.0%}" for spoken in known[0])
    return [_fact("constraints.languages", listed, f"{shares} of the texts that tell their language")]


def _words(rows: list[Row], name: str) -> list[str]:
    """Return a column's texts; a list of words is one text."""
    cells = [loaded(row.columns.get(name)) for row in rows]
    return [
        " ".join(map(shown, cell)) if isinstance(cell, list) else shown(cell) for cell in cells if not is_empty(cell)
    ]


def _fact(key: str, value: object, words: str) -> Fact:
    return Fact(key, value, Source.FILE, words)
