"""From the rows of a file to examples: columns, expected values, referenced files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from advisor.engines.words import has_unspaced, word_tokens
from advisor.errors import InputError, one_line
from advisor.families import family
from advisor.families.base import as_json, shown
from advisor.families.json_fields import written_number
from advisor.families.ranked import are_places
from advisor.families.values import (
    EmptyError,
    StrayError,
    as_share,
    as_yes,
    field_text,
    folded_label,
    is_blank,
    listed_texts,
)
from advisor.paths import is_file, is_folder
from advisor.system.source import place, quoted
from advisor.task.brought import home_of
from advisor.task.chosen import ALL, Chosen
from advisor.task.decided_pairs import decided
from advisor.task.example import Example, Spooled, fold, hashed
from advisor.task.fields import listed
from advisor.task.folder_files import is_broken
from advisor.task.groups import form_of
from advisor.task.labels import Spellings, is_missing, labels_in, own_labels, unknown_label
from advisor.task.layout import GUESSED
from advisor.task.near_files import named_by
from advisor.task.record import LONGEST_PLACE, NoColumnError, Row, SheetLine, inside
from advisor.task.refusals import Refusals, listed_lines
from advisor.task.refusals import left_out as without
from advisor.task.rows import read_rows
from advisor.units import counted

if TYPE_CHECKING:
    from advisor.task.model import Task


_Value = TypeVar("_Value")
REPORT_EVERY, LOOKED = 20_000, 200
# Different values that a column of states may have.
MOST_STATES = 10
# On average the rows of a query that a column tells apart; a column with fewer tells rows apart.
FEWEST_CANDIDATES = 2
# A cell of fewer bytes, such as a mail's subject, may stand in other files by chance.
OWN_BYTES = 24


def columns_of(task: Task) -> tuple[dict[str, list[str]], str | dict[str, str] | None]:
    """Return the columns of each part of the input, and the expected one.

    The latter is a mapping if each field of an object has a column of its own, and None if none is required: then the
    family's usual column is read if the file has it.
    """
    kind, source = family(task.family), task.examples
    if isinstance(source.input, str | list):
        parts = {kind.parts_of(task)[0]: listed(source.input)}
    else:
        parts = {part: listed((source.input or {}).get(part, part)) for part in kind.parts_of(task)}
    if source.expected is None and not kind.needs_expected(task):
        return parts, None
    return parts, source.expected or kind.expected_column


def unread(task: Task, folder: Path) -> dict[str, list[str]]:
    """Return the columns that hold texts of several words and are named nowhere in the task, with their first cells.

    None if files are read.

    An id, a status or the answer in other columns is no more to read; payees and places, which repeat, may be.
    """
    if family(task.family).file_part is not None:
        return {}
    rows = [*islice(read_rows(folder / task.examples.path, (), task.examples.given), LOOKED)]
    parts, expected = columns_of(task)
    named = as_json([task.model_dump(mode="json"), parts, expected])
    said = {word for row in rows if isinstance(expected, str) for word in word_tokens(shown(row.columns.get(expected)))}
    found = {}
    for name in rows[0].columns if rows else ():
        cells = [cell for row in rows if isinstance(cell := row.columns.get(name), str) and any(map(str.isalpha, cell))]
        are_texts = 2 * sum(len(cell.split()) > 1 or has_unspaced(cell) for cell in cells) > len(cells)
        varies = len({*cells}) > min(len(cells) / 2, max(MOST_STATES, len(cells) / 5))
        # "water health", where these are labels.
        is_answer = said.issuperset(word for cell in cells for word in word_tokens(cell))
        is_answer |= named_by(name) == expected  # the text of the file that is expected
        if are_texts and varies and not is_answer and as_json(name) not in named:
            found[name] = cells
    return found


def has_grades(task: Task, folder: Path) -> bool:
    """Return whether a file of rankings has one candidate per row, with its grade."""
    parts, expected = columns_of(task)
    first = next(iter(read_rows(folder / task.examples.path, (), task.examples.given)), None)
    if first is None or "candidates" not in parts or not isinstance(expected, str):
        return False
    text, grade = (first.columns.get(name) for name in (parts["candidates"][0], expected))
    return isinstance(text, str) and not text.lstrip().startswith("[") and written_number(grade) is not None


def read_examples(
    path: Path,
    task: Task,
    folder: Path,
    documents: frozenset[str],
    notes: list[str] | None = None,
    *,
    tell: Callable[[str], None] | None = None,
) -> Spooled:
    """Return the examples of a file, without empty rows, which spreadsheets leave.

    Rows without an input or an expected answer are left out too, if enough others remain, and the few whose answer does
    not fit the input. For a large file `tell` receives the progress. InputError naming the file and all errors of its
    rows, with lines and cures.
    """
    reader = _Reader(path, task, folder, documents)
    # A separate training file may come from another program.
    is_own = path == folder / task.examples.path
    given = task.examples.given if is_own else GUESSED._replace(tags=task.examples.tags)
    refusals = Refusals(path)
    examples = Spooled()
    blank = 0
    chosen, unchosen = task.examples.chosen if is_own else ALL, dict[str, list[int]]()
    try:
        rows = _chosen(read_rows(path, (*reader.wanted, *chosen.columns), given), chosen, unchosen)
        for line, columns in reader.by_query(rows) if task.family == "text-ranking" else rows:
            if all(map(is_blank, columns.values())):
                blank += 1
                continue
            try:
                examples.append(reader.example(line, columns))
                if tell is not None and len(examples) % REPORT_EVERY == 0:
                    tell(f"{len(examples):,} rows read")
            except RowError as error:
                refusals.add(line, str(error), is_empty=error.is_empty, stray=error.stray)
                if refusals.is_full:
                    break
    except InputError as error:  # errors of earlier rows are reported first
        refusals.raise_all()
        if isinstance(error, NoColumnError) and (key := reader.keys.get(error.column)):
            raise error.named_by(key) from None
        raise
    left_out = refusals.leave_out(len(examples))
    refusals.raise_all()
    if blank:
        name = place(path).rpartition("/")[2]
        left_out.insert(0, f"{name}: {blank} empty {'row is' if blank == 1 else 'rows are'} left out")
    left_out += [without(path, lines, why) for why, lines in unchosen.items()]
    if notes is not None:
        notes += [*left_out, *(f"{place(path).rpartition('/')[2]}: {note}" for note in reader.of_queries)]
        notes += reader.spellings.notes()
    pairs = decided(path, reader.named, examples, notes) if task.family == "sentence-similarity" else None
    return _in_one(path, task, _spelled(reader.spellings, task, examples), notes) if pairs is None else pairs


def read_inputs(
    path: Path, task: Task, folder: Path, *, everything: bool = False
) -> Iterator[tuple[Row, Example | str | None]]:
    """Yield a file's rows, each with what a model would be asked, or why it cannot be.

    None for an empty row, or, unless `everything` is asked, one that has its answer. Such an example expects nothing.
    InputError as `read_rows` raises it.
    """
    reader = _Reader(path, task, folder, frozenset())
    needed = tuple(chain.from_iterable(reader.parts.values()))
    fields = [name for name in answer_columns(task) if "." in name]  # of an object, which only some rows have
    for each in read_rows(path, needed, task.examples.given):
        row = inside(each, fields)
        if all(map(is_blank, row.columns.values())) or (not everything and reader.is_answered(row.columns)):
            yield row, None
            continue
        try:
            yield row, reader.unanswered(row.line, row.columns)
        except RowError as error:
            yield row, str(error)


def _chosen(rows: Iterator[Row], chosen: Chosen, refused: dict[str, list[int]]) -> Iterator[Row]:
    """Yield the rows that are examples; the lines of the others are added to `refused`, by why they are none."""
    for row in rows:
        if (why := chosen.refusal(row.columns)) and not all(map(is_blank, row.columns.values())):
            refused.setdefault(why, []).append(row.line)
        else:
            yield row


def _spelled(spellings: Spellings, task: Task, examples: Spooled) -> Spooled:
    """Return examples with each label in one spelling, without those whose label means "not known"."""
    missing = spellings.missing()
    if task.labels_per_text == "one" and spellings.are_one():
        return examples
    return Spooled(
        each if (one := spellings.folded(each.expected)) == each.expected else replace(each, expected=one)
        for each in examples
        if not missing or missing.keys().isdisjoint(labels_in(each.expected))
    )


def _in_one(path: Path, task: Task, examples: Spooled, notes: list[str] | None) -> Spooled:
    """Return examples of several labels with a row for each label, as joins of tables write them, one for each input.

    If a row has several labels, others of its input are another annotator's. What was joined is added to `notes`.
    """
    if task.labels_per_text == "one" or any(len(labels_in(each.expected)) > 1 for each in examples):
        return examples
    labels: dict[str, set[str]] = {}
    for each in examples:
        labels.setdefault(each.id, set()).update(labels_in(each.expected))
    critical = {each.id for each in examples if each.is_critical}
    several = sum(len(own) > 1 for own in labels.values())
    if not several:
        return examples
    if notes is not None:
        inputs = counted(several, "input has", "inputs have")
        notes.append(f"{path.name}: {inputs} several labels, each in a row of its own; its rows are one example")
    first = {each.id: each for each in reversed(examples)}
    return Spooled(
        replace(first[key], expected=sorted(own), is_critical=key in critical) for key, own in labels.items()
    )


class RowError(ValueError):
    """The error of a row, without its place; `is_empty` if something is missing, `stray` if few rows may be so."""

    def __init__(self, reason: str, *, is_empty: bool = False, stray: str = "") -> None:
        super().__init__(reason)
        self.is_empty, self.stray = is_empty, stray


class _Ids:
    """Columns that may tell queries of the same text apart, as a query's number does: each value has one text."""

    def __init__(self, used: Sequence[str]) -> None:
        self._used, self._rows = used, 0
        # Hashes of cells, and of the queries of their rows.
        self._texts: dict[str, dict[int, int]] | None = None

    def see(self, columns: Mapping[str, Any], query: str) -> None:
        """Add a row, with its query's text."""
        self._rows += 1
        if self._texts is None:
            self._texts = {name: {} for name in columns if name not in self._used}
        cells = {name: hash(str(cell)) for name in self._texts if not is_blank(cell := columns.get(name))}
        own = hash(query)
        for name, cell in cells.items():
            if self._texts[name].setdefault(cell, own) != own:
                del self._texts[name]

    def pooled(self, queries: int) -> list[str]:
        """Return that queries with the same text are one, if a column tells more of them apart than there are texts."""
        for name, texts in (self._texts or {}).items():
            if queries < len(texts) <= self._rows / FEWEST_CANDIDATES:
                kinds = f"the {len(texts)} values of {quoted(name)} have {queries} different query texts"
                return [f"{kinds}: those with the same text are one query, with the candidates of all"]
        return []


class _Reader:
    """Converts a file's rows to examples."""

    def __init__(self, path: Path, task: Task, folder: Path, documents: frozenset[str]) -> None:
        self.path, self.task, self.documents = path, task, documents
        # Paths are relative to the task's folder or the table's; in a folder of classes to that.
        self.folders = (home_of(task, folder), path if is_folder(path) else path.parent)
        self.kind = family(task.family)
        self.parts, self.source = columns_of(task)
        self.spellings = Spellings(task.labels)
        self.of_queries: list[str] = []
        self.same = {folded_label(label): one for label, one in task.examples.same_labels.items()}
        self.must_contain = task.scoring.contains_column
        named = answer_columns(task)
        self.named = named[0]
        # Objects that hold all fields of an answer: a row without them has no answer.
        are_inside = all("." in name for name in named)
        self.objects = list(dict.fromkeys(name.partition(".")[0] for name in named)) if are_inside else []
        # Training rows are not compared with a reference, and belong to no slice.
        teaches = task.teaching.path is not None and path == folder / task.teaching.path
        self.reference = task.bar.reference.column if task.bar.reference and not teaches else None
        self.slice = task.bar.per_slice.column if task.bar.per_slice and not teaches else None
        self.group = task.examples.groups
        self.critical = task.bar.critical if isinstance(task.bar.critical, str) else None
        self.critical_ids = frozenset(task.bar.critical or ()) if self.critical is None else frozenset()
        others = {
            "scoring.contains_column": self.must_contain,
            "bar.reference": self.reference,
            "bar.per_slice": self.slice,
            "examples.groups": self.group,
            "bar.critical": self.critical,
        }
        keys = {name: key for key in ("only", "without") for name in getattr(task.examples, key)}
        inputs = (*chain.from_iterable(self.parts.values()), *(named if self.source is not None else ()))
        self.keys = {column: key for key, column in others.items() if column and column not in inputs}
        self.keys |= {name: f"examples.{key}" for name, key in keys.items() if name not in inputs}
        self.wanted = (*inputs, *(column for column in others.values() if column))

    def by_query(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield rows; those with one graded candidate each are merged to one row per query, the best grade being right.

        If the grades of most queries are ranks, the lowest is the best. Candidates without a grade are left out, as are
        queries whose candidates all have the same; `of_queries` says so, and which queries are read as one.
        """
        query, (candidates, *_) = self.parts["query"], self.parts["candidates"]
        graded: dict[str, tuple[Row, dict[str, float]]] = {}
        ungraded: list[int] = []
        ids = _Ids((*query, candidates, self.named))
        for row in rows:
            text, grade = (row.columns[each] for each in (candidates, self.named))
            number = written_number(grade)
            if not isinstance(text, str) or text.lstrip().startswith("[") or (number is None and not is_blank(grade)):
                yield row
            elif number is not None and text.strip():
                asked = "\0".join(str(row.columns[each]) for each in query)
                graded.setdefault(asked, (row, {}))[1][text] = number
                ids.see(row.columns, asked)
            elif text.strip():
                ungraded.append(row.line)
        if ungraded:
            rows_are = counted(len(ungraded), "row is", "rows are")
            why = f"{quoted(self.named)} is empty ({listed_lines(ungraded)})"
            self.of_queries.append(f"{rows_are} left out, {why}: nothing is known of those candidates")
        self.of_queries += ids.pooled(len(graded))
        better = min if are_places([[*grades.values()] for _, grades in graded.values()]) else max
        same = [row.line for row, grades in graded.values() if len(set(grades.values())) == 1]
        if same:
            why = f"as {quoted(self.named)} tells no candidates apart ({listed_lines(same)})"
            self.of_queries.append(f"{counted(len(same), 'query is', 'queries are')} left out, {why}")
        for (line, columns), grades in graded.values():
            right = better(grades.values())
            best = [text for text, grade in grades.items() if grade == right]
            if len(best) < len(grades):
                yield Row(line, columns | {candidates: [*grades], self.named: best})

    def is_answered(self, columns: dict[str, Any]) -> bool:
        """Return whether a row has an answer, or one of several fields of it; "?" and the like are none."""
        cells = (columns.get(name) for name in answer_columns(self.task))
        said = [str(cell).strip() for cell in cells if not is_blank(cell)]
        return any(cell in self.task.labels or not is_missing(cell, self.task.labels) for cell in said)

    def unanswered(self, line: int, columns: dict[str, Any]) -> Example:
        """Return a row's input as an example that expects nothing; RowError if it is invalid."""
        return self._example(line, self._texts(columns), None, ())

    def _texts(self, columns: dict[str, Any]) -> dict[str, str]:
        return {part: self._part(part, named, columns) for part, named in self.parts.items()}

    def example(self, line: int, columns: dict[str, Any]) -> Example:
        """Return a row as an example; RowError if it is invalid."""
        task, kind = self.task, self.kind
        texts = self._texts(columns)
        expected = None
        raw = self._raw_expected(columns)
        if raw is not None or self.source is not None:
            given = texts if len(texts) > 1 else next(iter(texts.values()))
            expected = read_cell(
                self.named,
                raw,
                lambda value: kind.fit_expected(
                    kind.read_expected(own_labels(task, value), task), given, task, self.documents
                ),
            )
        if self.same and expected is not None and kind.labels_of(expected):
            expected = self._without_others(expected)
        if kind.has_labels and self.spellings.are_labels(expected):
            for label in kind.labels_of(expected):
                self.spellings.count(label)
        for label in kind.labels_of(expected) if task.labels else ():
            if label not in task.labels and not self.spellings.knows(label):
                is_left_out = is_missing(label, task.labels) or task.examples.other_labels == "leave-out"
                cure = "or leave such rows out with examples.other_labels: leave-out"
                raise RowError(f"{unknown_label(label, list(task.labels))}, {cure}", is_empty=is_left_out)
        needed: tuple[str, ...] = ()
        if self.must_contain is not None:
            needed = read_cell(self.must_contain, columns[self.must_contain], listed_texts)
        own_line = columns.get(OWN_LINE)
        if isinstance(own_line, str) and own_line.strip():
            line = int(own_line) if own_line.isdecimal() else SheetLine.of(line, one_line(own_line, LONGEST_PLACE))
        found = self._with_columns(self._example(line, texts, expected, needed), columns)
        found = replace(found, cells=cells) if (cells := self._cells(columns, needed)) else found
        is_critical = found.id in self.critical_ids
        if self.critical is not None:
            is_critical = read_cell(self.critical, columns[self.critical], as_yes)
        return replace(found, is_critical=True) if is_critical else found

    def _raw_expected(self, columns: dict[str, Any]) -> Any:  # noqa: ANN401  whatever the file holds
        """Return what a row holds as its answer, None if nothing; RowError if the object that holds it is missing."""
        if self.objects and all(name in columns and is_blank(columns[name]) for name in self.objects):
            raise RowError(f"{quoted(self.objects[0])} is empty", is_empty=True)
        if isinstance(self.source, dict):
            return {field: columns[column] for field, column in self.source.items()}
        if self.source is not None:
            return columns[self.source]
        value = columns.get(self.kind.expected_column)
        return None if isinstance(value, str) and not value.strip() else value

    def _without_others(self, expected: Any) -> Any:  # noqa: ANN401  any JSON value
        """Return a label, labels or spans; a label that means another is replaced by it."""

        def one(label: str) -> str:
            return self.same.get(folded_label(label), label)

        if isinstance(expected, str):
            return one(expected)
        if all(isinstance(each, dict) for each in expected):
            return [span | {"label": one(span["label"])} for span in expected]
        return list(dict.fromkeys(map(one, expected)))

    def _example(
        self,
        line: int,
        texts: dict[str, str],
        expected: Any,  # noqa: ANN401  any JSON value
        needed: tuple[str, ...],
    ) -> Example:
        """Return an example from the parts of its input, with their hash as its id.

        RowError if the file of a part is missing, or a truncated picture.
        """
        shown = next(iter(texts.values())) if len(texts) == 1 else "\n".join(f"{k}: {v}" for k, v in texts.items())
        part = self.kind.file_part
        if part is None:
            # Texts that the answer must contain are part of the question.
            parts = tuple(texts.items()) if len(texts) > 1 else ()
            return Example(hashed(fold(shown), needed), shown, expected, line, parts, needed)
        file = next((file for folder in self.folders if is_file(file := (folder / texts[part]).resolve())), None)
        if file is None:
            relative = "paths are relative to the task file's folder or to that of the table"
            raise RowError(f"there is no such {part} file; {relative}", is_empty=True)
        if is_broken(file):
            raise RowError(f"the {part} file breaks off", is_empty=True)
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return Example(digest[:16], shown, expected, line, tuple((texts | {part: str(file)}).items()), needed)

    def _cells(self, columns: dict[str, Any], needed: tuple[str, ...]) -> tuple[str, ...]:
        """Return the ids that a row would have if one of its several columns were the input."""
        if len(self.parts) > 1 or self.kind.file_part is not None:
            return ()
        ((part, named),) = self.parts.items()
        filled = [each for each in named if not is_blank(columns[each])] if len(named) > 1 else []
        folded = [fold(read_cell(each, columns[each], partial(self.kind.read_part, part))) for each in filled]
        return tuple(hashed(each, needed) for each in folded if len(each.encode()) >= OWN_BYTES)

    def _part(self, part: str, named: Sequence[str], columns: dict[str, Any]) -> str:
        """Return a part of the input: if it has several columns the filled ones, one line each.

        RowError if none can be read.
        """
        filled = [column for column in named if not is_blank(columns[column])] or named[:1]
        return "\n".join(read_cell(column, columns[column], partial(self.kind.read_part, part)) for column in filled)

    def _with_columns(self, example: Example, columns: dict[str, Any]) -> Example:
        """Return an example with its values from other columns; RowError if one cannot be read."""
        score = part = group = None
        if self.reference is not None:
            score = read_cell(self.reference, columns[self.reference], as_share)
        if self.slice is not None:
            part = read_cell(self.slice, columns[self.slice], lambda value: field_text(value).strip())
        if self.group == self.named and (right := self.kind.right_answers(example.expected, example.given)):
            group = "\n".join(right)
        elif self.group is not None and not is_blank(columns[self.group]):
            of = next((part for part, named in self.parts.items() if self.group in named), None)
            if of is not None:  # read as the input is, which may be a list of tokens
                group = form_of(self._part(of, [self.group], columns))
            else:
                group = read_cell(self.group, columns[self.group], lambda value: field_text(value).strip())
        if score is None and part is None and group is None:
            return example
        return replace(example, reference=score, slice=part, group=group)


def read_cell(column: str, value: Any, read: Callable[[Any], _Value]) -> _Value:  # noqa: ANN401  whatever the file holds
    """Return a cell's value; RowError naming the column."""
    try:
        return read(value)
    except ValueError as error:
        stray = f"{quoted(column)} {error.kind}" if isinstance(error, StrayError) else ""
        raise RowError(f"{quoted(column)} {error}", is_empty=isinstance(error, EmptyError), stray=stray) from None


def answer_columns(task: Task) -> list[str]:
    """Return the columns of the expected answers: several if each field of an object has its own."""
    source = columns_of(task)[1]
    return list(source.values()) if isinstance(source, dict) else [source or family(task.family).expected_column]


# The column with the line numbers of the user's original, in a file derived from it.
OWN_LINE = "advisor:line"
