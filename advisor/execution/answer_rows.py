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
from advisor.families.values import folded_label
from advisor.runs.locate import locate
from advisor.runs.own_task import task_for
from advisor.system.source import place, quoted
from advisor.task.example import Example
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

# Rows that are asked, then written, at once.
AT_ONCE = 64
# Columns that are added, and what the first says of a row with an answer of its own.
BY, CONFIDENCE, OWN = "answered_by", "confidence", "file"
# Columns that this program adds to rows as it reads them.
_INTERNAL = "advisor:"
# The separator by a name's ending; none: JSON lines.
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
    failed: list[str] = field(default_factory=list)

    def sentences(self) -> list[str]:
        """Return what was done, and how far to trust it, in words."""
        own = f"; {counted(self.own, 'row has its own answer', 'rows have their own answer')}" if self.own else ""
        said = [f"{counted(self.asked, 'row')} answered by {one_line(self.model, 120)}{own}"]
        if self.failed:
            some = "; ".join(self.failed[:SHOWN]) + (" ..." if len(self.failed) > SHOWN else "")
            said.append(f"{counted(len(self.failed), 'row has', 'rows have')} no answer: {some}")
        if self.is_certified:
            said.append("What the run certified is the share of right answers on inputs like its examples, not a row")
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
) -> Filled:
    """Write a file's rows, and the recommended model's answers to those without one, or with `everything` to all.

    Without an `output` they go to standard output as CSV. A file's only column, whatever its name, is the input's only
    one. `progress` gets the number of rows written; these stay if a later one fails.

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
        with _opened(output) as (stream, separator):
            table = _Table(stream, separator, task, [row for row, _ in rows], filled)
            for start in range(0, len(rows), AT_ONCE):
                table.write([*_answered(ask, rows[start : start + AT_ONCE], chosen.candidate.runtime, like)])
                progress(filled.rows)

    measure(spec, through)
    return filled


@contextmanager
def _opened(output: Path | None) -> Iterator[tuple[IO[str], str]]:
    """Open a table for writing, with the mark by which spreadsheets know UTF-8; yield it and its separator."""
    if output is None:
        yield sys.stdout, ","
        return
    separator = FORMS[output.suffix.lower()]
    try:
        stream = output.open("w", encoding="utf-8-sig" if separator else "utf-8", newline="")
    except OSError as error:
        raise OutOfReachError(f"--output {place(output)}: cannot be written ({one_line(error, 200)})") from None
    with stream:
        yield stream, separator


class _Asked(NamedTuple):
    """A row: its outcome if a model was asked, or why none was; otherwise it has its own answer, or is empty."""

    row: Row
    outcome: Outcome | None = None
    error: str | None = None


class _Table:
    """Writes rows with the model's answers in their answer columns, who answered, and how confident it was."""

    def __init__(self, stream: IO[str], separator: str, task: Task, rows: Sequence[Row], filled: Filled) -> None:
        self._stream, self._task, self.filled = stream, task, filled
        columns = dict.fromkeys(name for row in rows for name in row.columns if not name.startswith(_INTERNAL))
        # A column of the user's own with such a name stays as it is.
        self._by, self._sure = (name if name not in columns else f"{name} (advisor)" for name in (BY, CONFIDENCE))
        self._columns = list(dict.fromkeys([*columns, *answer_columns(task), self._by, self._sure]))
        self._writer = csv.DictWriter(stream, self._columns, delimiter=separator) if separator else None

    def write(self, rows: Sequence[_Asked]) -> None:
        """Write rows, the first ones below a header."""
        if self._writer is not None and not self.filled.rows:
            self._writer.writeheader()
        for each in rows:
            row = self._filled(each)
            if self._writer is None:
                self._stream.write(json.dumps(row, ensure_ascii=False) + "\n")
            else:
                sure = row.get(self._sure)
                row |= {self._sure: f"{sure:.3f}"} if isinstance(sure, float) else {}
                self._writer.writerow({name: shown(cell) for name, cell in row.items()})
        self._stream.flush()

    def _filled(self, each: _Asked) -> dict[str, Any]:
        filled, outcome = self.filled, each.outcome
        filled.rows += 1
        row = {name: each.row.columns.get(name) for name in self._columns}
        error = each.error if outcome is None else outcome.error
        if error is not None:
            filled.failed.append(f"line {each.row.line}: {one_line(error, 120)}")
        elif outcome is not None:
            filled.asked += 1
            row |= {**_cells(outcome.output, self._task), self._by: filled.model, self._sure: outcome.confidence}
        elif any(row.get(name) for name in answer_columns(self._task)):
            filled.own += 1
            row[self._by] = OWN
        return row


def _answered(
    ask: Ask, rows: Sequence[tuple[Row, Example | str | None]], runtime: str, like: object
) -> Iterator[_Asked]:
    examples = [replace(each, expected=like) for _, each in rows if isinstance(each, Example)]
    outcomes = iter([outcome for batch in in_batches(runtime, examples) for outcome in ask(batch)])
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


def _cells(output: Any, task: Task) -> dict[str, str]:  # noqa: ANN401  any JSON value
    """Return an answer by the answer columns of the task's file, in words that are read again as the same answer."""
    source = columns_of(task)[1]
    if not isinstance(source, dict):
        return {answer_columns(task)[0]: _cell(output, are_of_one=len(task.labels) == 1)}
    if isinstance(output, dict):
        return {column: _cell(output.get(field)) for field, column in source.items()}
    spans = [each for each in output or () if isinstance(each, dict)]
    of = {label: [span for span in spans if folded_label(span["label"]) == folded_label(label)] for label in source}
    return {column: _cell(of[label], are_of_one=True) for label, column in source.items()}


def _cell(output: Any, *, are_of_one: bool = False) -> str:  # noqa: ANN401  any JSON value
    """Return a value as a cell; of spans that are all of one label the texts."""
    if isinstance(output, float):
        return f"{output:.6g}"
    if isinstance(output, list) and output and are_of_one and all(isinstance(each, dict) for each in output):
        output = [each["text"] for each in output]
    if isinstance(output, list) and output and all(isinstance(each, str) and ";" not in each for each in output):
        return "; ".join(output)
    return "[]" if output == [] else shown(output)
