"""Answer the rows of a table with a run's recommended model, asked as it was probed, and write the table."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from advisor.errors import InputError, OutOfReachError, one_line
from advisor.execution.measure_again import Ask, agreed_spec, in_batches, measure, recorded_probe_spec
from advisor.families.base import shown
from advisor.families.values import folded_label, is_blank
from advisor.runs.locate import locate
from advisor.runs.own_task import task_for
from advisor.system.source import place, quoted
from advisor.task.example import Example
from advisor.task.layout import layout_of
from advisor.task.reading import answer_columns, columns_of, read_inputs
from advisor.task.record import NoColumnError
from advisor.task.rows import read_rows
from advisor.trust import consent
from advisor.units import counted

if TYPE_CHECKING:
    from advisor.probe.protocol import Outcome
    from advisor.runs.reader import Run
    from advisor.task.model import Task
    from advisor.task.record import Row

# Columns that are added, and what the first says of a row with an answer of its own.
BY, CONFIDENCE, OWN = "answered_by", "confidence", "file"
# Columns that this program adds to rows as it reads them.
_INTERNAL = "advisor:"
# The separator by a name's ending, if the file read has none; none: JSON lines.
FORMS = {".csv": ",", ".tsv": "\t", ".jsonl": ""}
SHOWN = 3


@dataclass(slots=True)
class Filled:
    """What was written: rows, how many a model answered, how many had an answer, and those that could not be."""

    model: str
    is_certified: bool
    rows: int = 0
    asked: int = 0
    own: int = 0
    left: int = 0  # Rows that nobody answered, as it was stopped.
    failed: list[str] = field(default_factory=list)

    def sentences(self) -> list[str]:
        """Return what was done, and how far to trust it, in words."""
        own = f"; {counted(self.own, 'row has its own answer', 'rows have their own answer')}" if self.own else ""
        said = [f"{counted(self.asked, 'row')} answered by {one_line(self.model, 120)}{own}"]
        if self.left:
            rows = counted(self.left, "row has", "rows have")
            said.append(f"Stopped: {rows} no answer yet; give the table that was written as FILE to go on")
        if self.failed:
            some = "; ".join(self.failed[:SHOWN]) + (" ..." if len(self.failed) > SHOWN else "")
            said.append(f"{counted(len(self.failed), 'row has', 'rows have')} no answer: {some}")
        if self.is_certified:
            said.append("The certificate is about the share of right answers on inputs like the run's, not about each")
        else:
            said.append("The run did not certify this model: check some of its answers before you rely on them")
        return said


def answer_table(
    run: Run,
    path: Path,
    output: Path | None,
    *,
    everything: bool = False,
    download: bool = True,
    send_to: Sequence[str] = (),
    allow_code: Sequence[str] = (),
    tell: Callable[[str], None],
    progress: Callable[[int], object] = lambda _rows: None,
    stops: Callable[[], bool] = lambda: False,
) -> Filled:
    """Write a file's rows, and the recommended model's answers to those without one, or with `everything` to all.

    Without an `output` they go to standard output as CSV. A file's only column, whatever its name, is the input's only
    one. `progress` gets the number of rows written. Once it `stops`, or is interrupted, or fails, the rows that are
    left are written as they were: the table is whole, and can be given again.

    InputError if the run recommends nothing, or the file is missing or lacks a column or a row to answer;
    `ConsentNeededError` if the model is another machine's; `AgreementNeededError` if code of the run was not agreed to.
    OutOfReachError if the model is unavailable or cannot be run, or the output cannot be written.
    """
    chosen = run.chosen("answer with")
    consent.must_agree_to_send([chosen.candidate], send_to)
    task, folder = _task_of_rows(run, path)
    if task.family == "text-ranking":
        raise InputError("text-ranking orders lists of texts, which no single row holds: use `advisor export`")
    try:
        rows = [*read_inputs(path, task, folder, everything=everything)]
    except NoColumnError as error:
        have = ", ".join(map(quoted, error.have))
        lacks = f"has no column {quoted(error.column)}, which run {run.id} read"
        raise InputError(f"{place(path)}: {lacks}; rename one of its columns ({have})") from None
    if not any(isinstance(asked, Example) for _, asked in rows):
        lacks = "has an answer in every row; name a table with rows that have none"
        why = lacks if rows and not everything else "has no rows to answer"
        raise InputError(f"{place(path)}: {why}")
    found = locate(chosen.candidate, tell=tell, download=download)
    # What nobody expects is not scored, so the task's own scorer need not run.
    spec = replace(recorded_probe_spec(run, chosen, found), scorer=None)
    spec = agreed_spec(run, chosen, spec, found, allow_code)
    # Scoring needs an expected answer: one of the run's examples provides it, and the score is ignored.
    like = run.evidence[0].expected if run.evidence else None
    is_certified = run.result is not None and run.result.strength == "certified"
    filled = Filled(chosen.name, is_certified)

    def through(ask: Ask) -> None:
        with _opened(output) as stream:
            table = _Table(stream, _separator(path, task, output), task, [row for row, _ in rows], filled)
            try:
                for each in _answered(ask, rows, chosen.candidate.runtime, like):
                    table.write(each)
                    progress(filled.rows)
                    if stops():
                        break
            except KeyboardInterrupt:
                pass  # what is left is counted
            finally:
                for row, asked in rows[filled.rows :]:
                    table.write(_Asked(row, is_left=isinstance(asked, Example)))

    measure(spec, through)
    return filled


def _separator(path: Path, task: Task, output: Path | None) -> str:
    """Return what separates cells, "" for JSON lines: what separates those of the file, or what the name says."""
    usual = FORMS[output.suffix.lower()] if output is not None else ","
    read = layout_of(path, task.examples.given)
    return read.separator if usual == "," and read.form == "delimited" and len(read.separator) == 1 else usual


@contextmanager
def _opened(output: Path | None) -> Iterator[IO[str]]:
    """Open a table for writing, with the mark by which spreadsheets know UTF-8."""
    if output is None:
        yield sys.stdout
        return
    try:
        encoding = "utf-8-sig" if FORMS[output.suffix.lower()] else "utf-8"
        stream = output.open("w", encoding=encoding, newline="")
    except OSError as error:
        raise OutOfReachError(f"{place(output)}: cannot be written ({one_line(error, 200)})") from None
    with stream:
        yield stream


class _Asked(NamedTuple):
    """A row: its outcome if a model was asked, or why none was; else it is left, has its own answer, or is empty."""

    row: Row
    outcome: Outcome | None = None
    error: str | None = None
    is_left: bool = False


class _Table:
    """Writes rows with the model's answers in their answer columns, who answered, and how confident it was."""

    def __init__(self, stream: IO[str], separator: str, task: Task, rows: Sequence[Row], filled: Filled) -> None:
        self._stream, self._task, self._filled = stream, task, filled
        self._answers = answer_columns(task)
        names = dict.fromkeys(name for row in rows for name in row.columns if not name.startswith(_INTERNAL))
        # Fields are written into their object.
        fields = {name for name in self._answers if "." in name and name.partition(".")[0] in names}
        own = dict.fromkeys(name for name in names if name not in fields)
        # A column of the user's own with such a name stays as it is; both are of an earlier table of ours.
        is_ours = own.keys() >= {BY, CONFIDENCE}
        self._by, self._sure = (
            name if is_ours or name not in own else f"{name} (advisor)" for name in (BY, CONFIDENCE)
        )
        flat = (name for name in self._answers if name not in fields)
        self._columns = list(dict.fromkeys([*own, *flat, self._by, self._sure]))
        self._writer = csv.DictWriter(stream, self._columns, delimiter=separator) if separator else None
        self._point = "," if separator == ";" else "."  # as spreadsheets that write semicolons read numbers
        if self._writer is not None:
            self._writer.writeheader()

    def write(self, each: _Asked) -> None:
        """Write a row."""
        row = self._row(each)
        self._filled.rows += 1
        if self._writer is None:
            self._stream.write(json.dumps(row, ensure_ascii=False) + "\n")
        else:
            self._writer.writerow({name: self._cell(name, value) for name, value in row.items()})
        self._stream.flush()

    def _row(self, each: _Asked) -> dict[str, Any]:
        filled, outcome = self._filled, each.outcome
        row = {name: each.row.columns.get(name) for name in self._columns}
        error = each.error if outcome is None else outcome.error
        if error is not None:
            filled.failed.append(f"line {each.row.line}: {one_line(error, 120)}")
        elif outcome is not None:
            filled.asked += 1
            row |= {self._by: filled.model, self._sure: outcome.confidence}
            for column, value in _answers(outcome.output, self._task).items():
                name, _, inside = column.partition(".")
                row |= {column: value} if column in row else {name: _with(row[name], inside, value)}
        elif each.is_left:
            filled.left += 1
        elif not all(is_blank(each.row.columns.get(name)) for name in self._answers):
            filled.own += 1
            row[self._by] = row[self._by] or OWN
        return row

    def _cell(self, name: str, value: Any) -> str:  # noqa: ANN401  any JSON value
        """Return a value as a cell, which is read again as the same."""
        if isinstance(value, float):
            return f"{value:{'.3f' if name == self._sure else '.6g'}}".replace(".", self._point)
        if isinstance(value, list) and value and all(isinstance(each, str) and ";" not in each for each in value):
            return "; ".join(value)
        return "[]" if value == [] else shown(value)


def _with(held: object, path: str, value: object) -> dict[str, Any]:
    """Return an object with a value at a dotted path, new ones where there are none."""
    name, _, rest = path.partition(".")
    own = held if isinstance(held, dict) else {}
    return own | {name: _with(own.get(name), rest, value) if rest else value}


def _answered(
    ask: Ask, rows: Sequence[tuple[Row, Example | str | None]], runtime: str, like: object
) -> Iterator[_Asked]:
    """Yield the rows in order; a batch is asked when its first row's turn comes."""
    examples = [replace(each, expected=like) for _, each in rows if isinstance(each, Example)]
    outcomes = (outcome for batch in in_batches(runtime, examples) for outcome in ask(batch))
    for row, asked in rows:
        yield _Asked(row, next(outcomes)) if isinstance(asked, Example) else _Asked(row, error=asked)


def _task_of_rows(run: Run, path: Path) -> tuple[Task, Path]:
    """Return a run's task for a file of rows, and the folder of its paths."""
    task, folder = task_for(run, path)
    parts, _ = columns_of(task)
    needed = [name for names in parts.values() for name in names]
    first = next(iter(read_rows(path, (), task.examples.given)), None)
    if first is None or len(needed) > 1 or len(first.columns) > 1 or needed[0] in first.columns:
        return task, folder
    (only,) = first.columns
    source = only if isinstance(task.examples.input, str | list) else {next(iter(parts)): only}
    return task.model_copy(update={"examples": task.examples.model_copy(update={"input": source})}), folder


def _answers(output: Any, task: Task) -> dict[str, Any]:  # noqa: ANN401  any JSON value
    """Return an answer by the answer columns of the task's file; of spans that are all of one label the texts."""
    source = columns_of(task)[1]
    if isinstance(source, dict) and isinstance(output, dict):
        return {column: output.get(field) for field, column in source.items()}
    spans = [each for each in output if isinstance(each, dict)] if isinstance(output, list) else []
    if isinstance(source, dict):
        found = [(folded_label(each["label"]), each["text"]) for each in spans]
        return {
            column: [text for name, text in found if name == folded_label(label)] for label, column in source.items()
        }
    return {answer_columns(task)[0]: [each["text"] for each in spans] if spans and len(task.labels) == 1 else output}
