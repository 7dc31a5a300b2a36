"""Notices about a user's file, in sentences with numbers: what may spoil the evidence comes first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from advisor.engines.words import word_tokens
from advisor.families import family as family_of
from advisor.families.base import Family
from advisor.families.json_fields import word_for_none
from advisor.families.question_answering import without_answer
from advisor.families.values import Absent, field_text, loaded
from advisor.interview.facts import Notice
from advisor.interview.files import names
from advisor.interview.files.columns import Column, are_tests, is_empty, shown
from advisor.interview.files.label_notices import Labelled, label_notices
from advisor.interview.files.long_form import in_long_form
from advisor.interview.files.proposal import Proposal, labels_of, labels_of_row
from advisor.interview.files.sheet import Table, rows_of, without_files
from advisor.interview.files.text_notices import language_notices, text_notices
from advisor.interview.files.view import View
from advisor.paths import is_file, is_folder
from advisor.system.source import quoted, set_option
from advisor.task.duplicates import MOSTLY, are_shared, of_most
from advisor.task.example import fold, hashed
from advisor.task.hub_files import origin
from advisor.task.known_formats import lacks_of
from advisor.task.labels import NO_LABEL, Spellings
from advisor.task.record import Row
from advisor.task.refusals import ENOUGH_LEFT, listed_lines
from advisor.task.rows import NO_FILE
from advisor.units import counted

# From this share of rows with an empty cell on, the whole file may be faulty.
MANY_EMPTY = 0.05
# How a sentence ends, and its fewest words.
_ENDS, _SENTENCE = (".", "!", "?", "\N{IDEOGRAPHIC FULL STOP}"), 3
# Families in which an empty field is an answer.
_ABSENT = (NO_FILE.what, NO_LABEL)
_MAY_BE_EMPTY = ("question-answering", "token-classification", "json-extraction")


def notices(
    table: Table, proposal: Proposal, same: Mapping[str, str] = MappingProxyType({}), several: str | None = None
) -> tuple[Notice, ...]:
    """Return what the user should know of a file as it is read; some labels, folded, mean the `same` as another.

    `several` is whether texts have "one" label or "several", if the user said so.

    InputError if the file can no longer be read.
    """
    rows = rows_of(table)
    kind = family_of(proposal.family) if proposal.family is not None else None
    is_silence_said = _is_silence_said(proposal, rows)
    found = [
        *_of_file(table, proposal),
        *_cells(table, proposal, rows, kind, is_silence_said=is_silence_said),
        *_tests(table, proposal, rows),
    ]
    if proposal.family == "question-answering":
        found += _unanswered(proposal, rows, is_silence_said=is_silence_said)
    column = table.column(proposal.expected) if isinstance(proposal.expected, str) else None
    if column is not None and (joined := in_long_form(rows, proposal, column, several)):
        found.append(_joined(joined, column, len(rows)))
        rows, column = joined, replace(column, kind="list", has_several=True)
    read = [(row, text) for row in rows if (text := proposal.text_of(row)) is not None]
    filled, texts = [row for row, _ in read], [text for _, text in read]
    if kind is not None and (placed := dict(proposal.input).get(kind.file_part or "")) is not None:
        found += _files(table, filled, placed)
        texts = [""] * len(texts)  # paths say nothing of the files' content
    elif texts and proposal.input:
        found += [
            Notice("missing_files", f"no file that {quoted(name)} names is there: texts are read")
            for name in without_files(table)
        ]
        expected = _expected(filled, proposal, column, kind) if proposal.is_labelled else None
        apart = None if proposal.has_parts else _told_apart(proposal, filled, texts)
        both = proposal.family == "text-classification" and not (column is not None and column.has_several)
        found += [_or_joined(each) if both else each for each in text_notices(texts, expected, apart)]
        found += _parting(table, proposal, filled)
        found += _free(texts, expected or (), proposal)
        for name in proposal.input_columns:
            if (one := table.column(name)) is not None and one.kind == "text":
                found += language_notices([shown(row.columns.get(name) or "") for row in filled], name)
    found += _numbers(proposal, column, has_labels=kind is not None and kind.has_labels)
    if kind is not None and kind.has_labels and column is not None:
        used = {*proposal.input_columns, *proposal.expected_columns}
        used |= {"file", "name"} if "in their names as label" in table.layout else set()
        others = tuple(other for other in table.columns if other.name not in used and other.distinct)
        own = [each for name in proposal.input_columns if (each := table.column(name)) is not None]
        further = tuple(each for each in own if each.kind in ("label", "number", "grade"))
        further = further if any(each.kind == "text" for each in own) else ()  # commands that repeat are the text
        found += label_notices(Labelled(filled, texts, column, others, further, same))
    return tuple(sorted(found, key=lambda notice: not notice.is_grave))


def _joined(rows: Sequence[Row], column: Column, before: int) -> Notice:
    """Return that the labels of a text stand in rows of their own."""
    many = sum(len(row.columns[column.name]) > 1 for row in rows)
    has = f"{counted(many, 'input has', 'inputs have')} several {quoted(column.name)}, each in a row of its own"
    text = f"{has}: {before} rows are read as {len(rows)} examples; --set labels_per_text=one sets such rows aside"
    return Notice("labels_per_text", text)


def _or_joined(notice: Notice) -> Notice:
    """Return what is said of inputs with different labels with the flag that gives each input all of its own."""
    cure = "; --set labels_per_text=several gives each all its labels" if notice.key == "contradictions" else ""
    return replace(notice, text=f"{notice.text}{cure}")


def _told_apart(proposal: Proposal, rows: Sequence[Row], texts: Sequence[str]) -> Sequence[str]:
    """Return the texts, with a word for each column that tells few of them apart, as a run compares them."""
    cells = {name: [shown(row.columns.get(name) or "") for row in rows] for name in proposal.input_columns}
    shared = {name: are_shared(Counter(own), len(rows)) for name, own in cells.items()}
    few = [name for name, own in cells.items() if sum(cell in shared[name] for cell in own) >= MOSTLY * len(rows)]
    if len(few) in {0, len(cells)}:
        return texts
    cells |= {name: [hashed(fold(cell), ()) for cell in cells[name]] for name in few}
    return ["\n".join(parts) for parts in zip(*cells.values(), strict=True)]


def _expected(rows: Sequence[Row], proposal: Proposal, column: Column | None, kind: Family | None) -> list[str | None]:
    """Return each row's answer, labels in one spelling and in any order; None for a row without one."""
    if column is not None and (column.has_several or (kind is not None and kind.has_labels)):
        spellings = Spellings((), labels_of(rows, column))
        missing = set(spellings.missing())
        labels = [[spellings.of(each) for each in labels_of_row(row, column) if each not in missing] for row in rows]
        return ["; ".join(sorted(each)) or None for each in labels]
    cells = [[row.columns.get(name) for name in proposal.expected_columns] for row in rows]
    found = ["\n".join(shown(cell) for cell in each if not is_empty(cell)).strip() for each in cells]
    return [each or ("" if proposal.family in _MAY_BE_EMPTY else None) for each in found]


def _parting(table: Table, proposal: Proposal, rows: Sequence[Row]) -> Iterator[Notice]:
    """Yield the unused columns that tell the same inputs with different answers apart; not another person's answers."""
    answer = table.column(proposal.expected) if isinstance(proposal.expected, str) else None
    if answer is None or proposal.has_parts:
        return
    view = View(rows, table.columns)
    share = view.ambiguous(proposal.input_columns, answer.name)
    if all(of_most(each) is not None for each in view.answers(proposal.input_columns, answer.name)):
        return
    parting = [
        column.name
        for column in view.of("text", "label")
        if column.name not in (*proposal.input_columns, answer.name) and 2 * column.distinct <= len(rows)
        and not (names.is_any(column.name, names.ORIGIN) or names.are_judged_alike(column.name, answer.name))
        and not ({*column.samples} & {*answer.samples} or view.is_ticked(column.name, answer.name))
        and view.ambiguous((*proposal.input_columns, column.name), answer.name) <= share / 4
        and not view.differs_anyway(column.name, proposal.input_columns, answer.name)
    ]  # fmt: skip
    if parting:
        flag = set_option("examples.input", [*proposal.input_columns, parting[0]])
        text = f"the same input has different answers where {quoted(parting[0])} differs: {flag} reads it, too"
        yield Notice("parting", f"{text}, if new inputs have it")


def _free(texts: Sequence[str], expected: Sequence[str | None], proposal: Proposal) -> Iterator[Notice]:
    """Yield that replies in other words are wrong, if sentences are to be written that are no copy of their inputs."""
    if proposal.family != "text-generation" or not isinstance(proposal.expected, str):
        return
    pairs = [
        (set(word_tokens(text)), set(word_tokens(answer)))
        for text, answer in zip(texts, expected, strict=False)
        if answer and answer.rstrip().endswith(_ENDS)
    ]
    new = [answer for text, answer in pairs if len(answer) >= _SENTENCE and len(answer - text) * 2 > len(answer)]
    if 2 * len(new) > sum(map(bool, expected)):
        text = f"{quoted(proposal.expected)} holds sentences, and answers are compared letter by letter"
        text = f"{text}: a good answer in other words is wrong"
        cure = "--set scoring.metric=rules --set scoring.contains_column=COLUMN asks for what it must hold"
        yield Notice("scoring.metric", f"{text}; {cure}", is_grave=True)


def _numbers(proposal: Proposal, column: Column | None, *, has_labels: bool) -> Iterator[Notice]:
    """Yield that numbers next to the right one are wrong: people with scores expect otherwise."""
    if column is None or column.kind not in ("number", "grade") or column.distinct < 3:  # noqa: PLR2004  yes and no
        return
    exactly = f"the numbers in {quoted(column.name)} are compared exactly"
    if has_labels:
        cure = "--set family=text-regression --set scoring.tolerance=1 lets it pass"
        text = f"{exactly}, as labels: one next to the right one is wrong; {cure}"
        yield Notice("scoring.tolerance", text)
    elif proposal.family == "text-generation":
        text = (
            f"{exactly}: one next to the right one is wrong; --set scoring.tolerance=0.02 lets one pass that is 2% off"
        )
        yield Notice("scoring.tolerance", text)


def _of_file(table: Table, proposal: Proposal) -> Iterator[Notice]:
    """Yield where a file is from, how it is read if that is guessed, with keys that change it, and where it breaks."""
    if data_set := origin(Path(table.path)):
        text = f"the examples are of the Hub's data set {data_set}: models from there may have been trained on it"
        yield Notice("origin", text)
    if table.layout:
        parts = [f"{part} = {quoted(column)}" for part, column in proposal.input]
        if proposal.expected is not None:
            parts.append(f"expected = {', '.join(map(quoted, proposal.expected_columns))}")
        columns = f"; {', '.join(parts)}" if parts else ""
        how = ", ".join(filter(None, [table.layout, lacks_of(table.layout)]))
        tags = ", tags" if "without tags" in table.layout else ""
        yield Notice("layout", f"read as: {how}{columns} (examples.sheet, header, separator, encoding{tags} change it)")
    if table.broken:
        text = f"only the {counted(table.rows, 'row')} before this one can be read: {table.broken}"
        yield Notice("rows_break", text, is_grave=True)
    if table.blank:
        yield Notice("blank", f"{table.blank} empty {'row is' if table.blank == 1 else 'rows are'} left out")


def _tests(table: Table, proposal: Proposal, rows: Sequence[Row]) -> Iterator[Notice]:
    """Yield that the tests of programs that are to be written are not run."""
    others = (
        each.name for each in table.columns if each.name not in {*proposal.input_columns, *proposal.expected_columns}
    )
    for name in others if proposal.family == "text-generation" else ():
        if are_tests([row.columns.get(name) for row in rows]):
            text = (
                f"the tests in {quoted(name)} are not run, answers are compared letter by letter; a scorer may run them"
            )
            cure = f"{set_option('examples.expected', name)} --set scoring.function=FILE.py:NAME"
            yield Notice("tests", f"{text}: {cure}")


def _is_silence_said(proposal: Proposal, rows: Sequence[Row]) -> bool:
    """Return whether the only column of answers has a word for none: an empty cell is not done yet then."""
    if proposal.family not in {"question-answering", "json-extraction"} or len(proposal.expected_columns) != 1:
        return False
    text, answer = proposal.input_columns[-1], proposal.expected_columns[0]
    cells = ((row.columns.get(text), row.columns.get(answer)) for row in rows)
    return word_for_none((shown(a), shown(b).strip()) for a, b in cells if not (is_empty(a) or is_empty(b))) is not None


def _unanswered(proposal: Proposal, rows: Sequence[Row], *, is_silence_said: bool) -> Iterator[Notice]:
    """Yield that questions have no text with the answer, and how many have no answer: cells may be forgotten."""
    if not proposal.has_parts:
        text = (
            "the questions are answered without a text, from what a model knows: no column has the text that holds the "
            "answer; add one with it, or with the name of its file"
        )
        yield Notice("without_texts", text, is_grave=True)
    silent = [row for row in rows if all(is_empty(row.columns.get(name)) for name in proposal.expected_columns)]
    if silent and proposal.expected_columns and not is_silence_said:
        yield Notice("no_answer", without_answer(len(silent), has_context=proposal.has_parts), is_grave=True)


def _cells(
    table: Table, proposal: Proposal, rows: Sequence[Row], kind: Family | None, *, is_silence_said: bool
) -> Iterator[Notice]:
    """Yield empty cells of the columns in use, and those that cannot be read as text."""
    used = (*proposal.input_columns, *proposal.expected_columns)
    empty_in = {name: tuple(row.line for row in rows if is_empty(row.columns.get(name))) for name in used}
    for name in used:
        column = table.column(name)
        may_be_empty = name in proposal.expected_columns and proposal.family in _MAY_BE_EMPTY
        may_be_empty &= not is_silence_said
        parts = [part for part, column in proposal.input if column == name]
        may_be_empty |= any(sum(part == each for each, _ in proposal.input) > 1 for part in parts)
        cells = [row.columns.get(name) for row in rows]
        empty = empty_in[name]
        few_left = len(rows) - len(empty) < ENOUGH_LEFT
        done = "fill them in or delete the rows, a run refuses them" if few_left else "they are left out"
        told = {
            row.line: cell.what
            for row in rows
            if isinstance(cell := row.columns.get(name), Absent) and cell.what in _ABSENT
        }
        for what in ("", *_ABSENT):
            lines = [line for line in empty if told.get(line, "") == what]
            alike = [each for each in used if not told and empty_in[each] == empty] or [name]
            said = f": {quoted(name)} {what}" if what else f" have nothing in {' and '.join(map(quoted, alike))}"
            if lines and not may_be_empty and name == alike[0]:  # the same rows once
                yield Notice(
                    "empty",
                    f"{len(lines)} of {len(rows)} rows ({len(lines) / len(rows):.1%}){said} ({listed_lines(lines)}); "
                    f"{done}",
                    is_grave=few_left or len(empty) > MANY_EMPTY * len(rows),
                )
        if empty and proposal.family == "token-classification" and isinstance(proposal.expected, str):
            text = (
                f"{len(empty)} of {len(rows)} rows have nothing in {quoted(name)}: they count as texts with nothing to "
            )
            yield Notice("empty", f"{text}mark ({listed_lines(empty)}); delete those that are not annotated yet")
        is_label = kind is not None and kind.has_labels and name in proposal.expected_columns
        if column is None or not (is_label or (column.kind == "text" and name in proposal.input_columns)):
            continue
        refused = [reason for cell in cells if not is_empty(cell) and (reason := _refused(cell))]
        if refused:
            text = f"{len(refused)} of {len(rows)} values in {quoted(name)} cannot be read: one {refused[0]}"
            yield Notice("unreadable", text, is_grave=True)


def _refused(cell: object) -> str:
    """Return the reader's complaint about a cell, "" if it accepts it."""
    value = loaded(cell)
    try:
        for each in value if isinstance(value, list) else [cell]:
            field_text(each)
    except ValueError as error:
        return str(error)
    return ""


def _files(table: Table, rows: Sequence[Row], column: str) -> Iterator[Notice]:
    """Yield files that are missing where the rows name them; paths are relative to the examples' folder."""
    folder = path if is_folder(path := Path(table.path)) else path.parent
    named = [shown(row.columns[column]).strip() for row in rows]
    absent = [name for name in named if not is_file(folder / name)]
    if absent:
        text = (
            f"{len(absent)} of {len(named)} files named in {quoted(column)} are not there, e.g. {quoted(absent[0], 80)}"
        )
        yield Notice("missing_files", f"{text}; paths start at the folder of the examples", is_grave=True)
    repeated = len(named) - len(set(named))
    if repeated:
        yield Notice("duplicates", f"{repeated} of {len(named)} files are named twice; each counts once as evidence")
