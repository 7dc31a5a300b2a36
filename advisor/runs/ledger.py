"""The ledger: which runs have tested on which rows, so that several runs on the same rows count as several chances.

    ledger.sqlite    one line per measured run: its name, α and hashes of its candidates and of its evidence rows

It contains only hashes, no text, and stays when runs are deleted; `advisor runs forget` removes a run from it. A row is
identified by the hash of its input, in any file or task and with any expected answer: correcting labels after a look at
the mistakes makes no new rows, nor does another column that joins the input: each long cell that no other row of the
run has identifies its row, too. SQLite's transactions keep it consistent with several processes and after a kill.

A run asks another question of its rows, and is not counted,

- if it expects answers of another kind (labels, then a translation of the same titles): it is assumed that results
  there do not predict which candidate passes here. Free answers and JSON may be answers of any kind and count with all;
- if its answers are another column, such as the urgency of mails whose topic was asked before: neither answer tells the
  other in `SAME_QUESTION` of the rows that both have, by the best rule from answers to answers. A column that merges
  labels, splits them or renames them, and one with some labels corrected, are the same question. With fewer than
  `FEWEST_COMPARED` such rows nothing is known of it. The same models may still be good on the same rows for both, so
  such a run does count where the later one leaves out some of its candidates.

**The statement.** Let F_j be the event that run j certifies a candidate whose true rate is at most its bar. By
`advisor.evidence.sharing`, P(F_j) <= α_j if candidates, bar and rows of run j were fixed before its first outcome. For
the runs j = 1..n of one kind of answers whose evidence shares a row with that of run n (including itself), with any
dependence through these rows,

    P(F_1 or ... or F_n) <= c_1 α_1 + ... + c_n α_n        (Boole's inequality)

1. *c_j = 1* for a run that tries at least all candidates of earlier runs on its rows: another seed, split or bar, or
   additional candidates. Whether it is made may depend on earlier results: a run that is not made has no F_j.
2. *c_j = |C| for a choice.* A run without some of the earlier candidates may have been chosen by their results. Then
   α_j is no bound: the best-looking of eight, tested alone at 5%, passes falsely as often as any of the eight would.
   Let C be all candidates tried on these rows so far, including those of run j. Whatever is chosen, F_j requires a
   candidate in C whose test in run j, at no more than α_j, accepts falsely: at most |C| α_j in all.
3. *Without a bound* is anything derived from the rows: an instruction rewritten after a look at the mistakes was not
   among a known number of choices (Dwork et al., "The reusable holdout", Science 349 (2015) 636-638). Only rows that no
   run has seen can test that; docs/evidence.md says so.

**The same run**, and no further chance, is:

- a run continued after a stop or a kill: its outcomes and its test are the same, valid at any stop;
- a run whose examples grow: one test over all looks;
- the same task at a *lower bar*, which reuses rows, candidates, shares and outcomes (`advisor.runs.continued`);
- `advisor verify`, which recommends nothing.

A run measured again (`--fresh`, or after its folder was deleted) counts, because a model may answer differently.
`python -m benchmarks.evidence --only reruns` simulates all of this.
"""

from __future__ import annotations

import errno
import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from advisor.errors import OutOfReachError, cannot_write, one_line
from advisor.families import family
from advisor.families.base import Family, shown
from advisor.formats.safety import json_map
from advisor.paths import data_dir, runs_dir
from advisor.runs.result import SharedRows

if TYPE_CHECKING:
    import sqlite3

    from advisor.candidates.candidate import Candidate
    from advisor.decide.plan import Plan
    from advisor.task.model import Task

_SCHEMA = """
create table if not exists chances (
    number integer primary key autoincrement, name text unique not null, run text not null, began text not null,
    alpha real not null, counts integer not null, candidates text not null,
    answers text not null default '', others text not null default '[]');
create table if not exists rows (row text, number integer, answer integer, primary key (row, number)) without rowid;
create index if not exists rows_of on rows (number);
"""
# Columns that a ledger of an earlier version lacks: those runs count for all.
_ADDED = (
    ("chances", "answers", "text not null default ''"),
    ("chances", "others", "text not null default '[]'"),
    ("rows", "answer", "integer"),
)
# Share of rows in which one answer tells the other from which on two runs ask the same. Counting too many runs is safe,
# so it is far below what a few corrected labels leave.
SAME_QUESTION, FEWEST_COMPARED = 0.75, 20
_LIST, _LAST = "(select value from json_each(?))", 2**62
PATIENCE_SECONDS = 30.0
HASH_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Chance:
    """One measured run: its name in the ledger, its id, α, when it began, hashes of candidates and of evidence rows.

    `answers` is the kind of answers that it expects, "" for any.
    """

    name: str
    run: str
    began: str
    alpha: float
    candidates: frozenset[str]
    rows: frozenset[str]
    # Further hashes, of a row's single cells, each with the row's own.
    cells: Mapping[str, str] = field(default_factory=dict)
    answers: str = ""
    # Each row's answer, as a number that rows with the same answer have.
    expected: Mapping[str, int] = field(default_factory=dict)

    @property
    def keys(self) -> frozenset[str]:
        return self.rows | self.cells.keys()

    def expects(self, key: str) -> int | None:
        return self.expected.get(self.cells.get(key, key))

    @classmethod
    def of(cls, plan: Plan, name: str, began: str = "") -> Chance:
        examples = {example.id: example for example in (*plan.evidence, *plan.examples.critical)}
        often = Counter(cell for example in examples.values() for cell in {*example.cells})
        cells = {cell: name for name, example in examples.items() for cell in example.cells if often[cell] == 1}
        numbers: dict[str, int] = {}
        answers = {name: shown(examples[name].expected) for name in sorted(examples)}
        expected = {name: numbers.setdefault(answer, len(numbers)) for name, answer in answers.items()}
        return cls(
            name,
            plan.run_id,
            began,
            round(1.0 - plan.task.bar.confidence, 9),
            frozenset(map(_hashed, plan.candidates)),
            frozenset(examples),
            cells,
            _kind_of_answers(plan),
            expected,
        )


def _kind_of_answers(plan: Plan) -> str:
    """Return the usual name of what the family's examples expect, "" if that may be anything."""
    usual = family(plan.task.family).expected_column
    return "" if usual == Family.expected_column else usual


def _hashed(candidate: Candidate) -> str:
    """Return a candidate's hash, without a constant baseline's label, which is not a choice."""
    key = candidate.method if candidate.is_baseline else candidate.key
    return hashlib.sha256(key.encode()).hexdigest()[:HASH_LENGTH]


def path() -> Path:
    return data_dir() / "ledger.sqlite"


def name_of(run_id: str) -> str | None:
    """Return the ledger name of the current run with an id, None if none has begun."""
    try:
        described = json.loads((runs_dir() / run_id / "run.json").read_text(encoding="utf-8"))
        return str((described.get("origin") or {}).get("chance") or run_id)
    except (OSError, ValueError, AttributeError):
        return None


def note(chance: Chance) -> None:
    """Record a run before its first outcome; for a recorded one, its added rows.

    OutOfReachError if the ledger cannot be written.
    """
    with _open() as ledger:
        ledger.execute("begin immediate")
        number = _number(ledger, chance.name)
        before = _before(ledger, number, chance.keys, chance.answers)
        others = json.dumps(sorted(_of_other_questions(ledger, chance, before)))
        if number is None:
            number = ledger.execute(
                "insert into chances (name, run, began, alpha, counts, candidates, answers)"
                " values (?, ?, ?, ?, ?, ?, ?)",
                (
                    *(chance.name, chance.run, chance.began, chance.alpha, _counts(chance.candidates, before)),
                    *(json.dumps(sorted(chance.candidates)), chance.answers),
                ),
            ).lastrowid
        ledger.execute("update chances set others = ? where number = ?", (others, number))
        ledger.executemany(
            "insert into rows (row, number, answer) values (?, ?, ?)"
            " on conflict do update set answer = excluded.answer",
            ((row, number, chance.expects(row)) for row in sorted(chance.keys)),
        )
        ledger.execute("commit")


def shared(chance: Chance) -> SharedRows:
    """Return the tests on a run's rows before it; before now, if it is not in the ledger yet.

    OutOfReachError if the ledger cannot be read.
    """
    if not path().exists():
        return SharedRows(1, 1, chance.alpha, chance.alpha)
    with _open() as ledger:
        before = _before(ledger, _number(ledger, chance.name), chance.keys, chance.answers)
        counted = _counted(chance.candidates, before, _of_other_questions(ledger, chance, before))
        seen = {chance.cells.get(row, row) for _, row, _ in _shared_with(ledger, chance, counted)}
    return _shared_rows(chance.alpha, _counts(chance.candidates, before), counted, len(seen))


def asks_other(run_id: str, task: Task) -> bool:
    """Return whether a run that is kept had another kind of task, or another column as the answer.

    A column that a task does not name is "label" or "expected".
    """
    match json_map(runs_dir() / run_id / "run.json").get("task"):
        case {"family": name, "examples": {"expected": column}}:
            columns, usual = (column, task.examples.expected), (None, "label", "expected")
            is_other = columns[0] != columns[1] and not all(each in usual for each in columns)
            return name != task.family or is_other
    return False


def tested_before() -> dict[str, SharedRows]:
    """Return, by ledger name, the tests on each run's rows before it, without counting rows.

    OutOfReachError if the ledger cannot be read.
    """
    if not path().exists():
        return {}
    with _open() as ledger:
        ledger.execute("begin")  # one state of it, whatever other processes add meanwhile
        known = _entries(ledger, "1")
        names = dict(ledger.execute("select number, name from chances"))
        pairs = ledger.execute("select row, number from rows").fetchall()
    # As bits, because many runs may have the same thousands of rows.
    bits = {each.number: 1 << place for place, each in enumerate(known)}
    having, near = dict[str, int](), dict[int, int]()
    for row, number in pairs:
        having[row] = having.get(row, 0) | bits[number]
    for row, number in pairs:
        near[number] = near.get(number, 0) | having[row]

    def before(one: _Entry) -> list[_Entry]:
        earlier = [each for each in known if each.number < one.number and bits[each.number] & near.get(one.number, 0)]
        of_kind = [each for each in earlier if each.answers == one.answers or "" in (each.answers, one.answers)]
        return _counted(one.candidates, of_kind, one.others)

    return {names[each.number]: _shared_rows(each.alpha, each.counts, before(each)) for each in known}


def forget_run(run: str) -> int:
    """Remove a run with all measurements from the ledger; return how many; OutOfReachError if it is not writable."""
    if not path().exists():
        return 0
    with _open() as ledger:
        ledger.execute("begin immediate")
        gone = ledger.execute("select number from chances where run = ?", (run,)).fetchall()
        ledger.executemany("delete from rows where number = ?", gone)
        ledger.executemany("delete from chances where number = ?", gone)
        for each in _entries(ledger, "number > ?", min(gone, default=(0,))[0]):  # they may have been choices from it
            rows = [row for (row,) in ledger.execute("select row from rows where number = ?", (each.number,))]
            counts = _counts(each.candidates, _before(ledger, each.number, rows, each.answers))
            ledger.execute("update chances set counts = ? where number = ?", (counts, each.number))
        ledger.execute("commit")
    return len(gone)


class _Entry(NamedTuple):
    number: int
    run: str
    alpha: float
    counts: int
    candidates: frozenset[str]
    answers: str
    others: frozenset[int]  # Numbers of earlier runs that ask another question of the same rows.


def _shared_rows(alpha: float, counts: int, before: Sequence[_Entry], rows: int = 0) -> SharedRows:
    total = counts * alpha + sum(each.counts * each.alpha for each in before)
    runs = tuple(each.run for each in before)
    return SharedRows(len(before) + 1, counts, alpha, min(1.0, round(total, 9)), runs, rows)


def _counts(candidates: frozenset[str], before: Sequence[_Entry]) -> int:
    """Return c: the number of candidates to choose from, if some tried before are left out."""
    tried = frozenset[str]().union(*(each.candidates for each in before))
    is_choice = bool(tried & candidates) and not tried <= candidates
    return len(tried | candidates) if is_choice else 1


def _counted(candidates: frozenset[str], before: Sequence[_Entry], others: frozenset[int]) -> list[_Entry]:
    """Return the earlier runs that count: of the same question, or all if these candidates are a choice from them."""
    same = [each for each in before if each.number not in others]
    return same if _counts(candidates, same) == _counts(candidates, before) else [*before]


def _of_other_questions(ledger: sqlite3.Connection, chance: Chance, before: Sequence[_Entry]) -> frozenset[int]:
    """Return the numbers of earlier runs whose answers have nothing to do with those of a run."""
    both: dict[int, dict[str, tuple[int, int]]] = {each.number: {} for each in before}
    for number, key, theirs in _shared_with(ledger, chance, before):
        mine = chance.expects(key)
        if mine is not None and theirs is not None:
            both[number][chance.cells.get(key, key)] = mine, theirs
    return frozenset(number for number, pairs in both.items() if _are_apart([*pairs.values()]))


def _are_apart(pairs: Sequence[tuple[int, int]]) -> bool:
    """Return whether of two answers neither tells the other in most rows, by the best rule for these rows."""
    told = [0, 0]
    for side in range(2):
        best: dict[int, int] = {}
        for pair, count in Counter(pairs).items():
            best[pair[side]] = max(best.get(pair[side], 0), count)
        told[side] = sum(best.values())
    return len(pairs) >= FEWEST_COMPARED and max(told) < SAME_QUESTION * len(pairs)


def _shared_with(
    ledger: sqlite3.Connection, chance: Chance, before: Sequence[_Entry]
) -> list[tuple[int, str, int | None]]:
    """Return what earlier runs have of a run's rows: number, row or cell, and the number of its answer there."""
    numbers = json.dumps([each.number for each in before])
    return ledger.execute(
        f"select number, row, answer from rows where row in {_LIST} and number in {_LIST}",  # noqa: S608
        (json.dumps(sorted(chance.keys)), numbers),
    ).fetchall()


def _number(ledger: sqlite3.Connection, name: str) -> int | None:
    found = ledger.execute("select number from chances where name = ?", (name,)).fetchone()
    return None if found is None else int(found[0])


def _before(ledger: sqlite3.Connection, number: int | None, rows: Collection[str], answers: str) -> list[_Entry]:
    """Return the runs before one, or before now, with any of these rows and answers of the kind, oldest first."""
    last = _LAST if number is None else number
    of_rows = f"number < ? and number in (select number from rows where row in {_LIST})"  # noqa: S608
    of_kind = "? in ('', answers) or answers = ''"
    return _entries(ledger, f"{of_rows} and ({of_kind})", last, json.dumps(sorted(rows)), answers)


def _entries(ledger: sqlite3.Connection, condition: str, *values: object) -> list[_Entry]:
    columns = "number, run, alpha, counts, candidates, answers, others"
    return [
        _Entry(number, run, alpha, counts, frozenset(json.loads(candidates)), answers, frozenset(json.loads(others)))
        for number, run, alpha, counts, candidates, answers, others in ledger.execute(
            f"select {columns} from chances where {condition} order by number",  # noqa: S608
            values,
        )
    ]


@contextmanager
def _open() -> Iterator[sqlite3.Connection]:
    import sqlite3  # the session's first screen lists runs without it

    file = path()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(file, timeout=PATIENCE_SECONDS, isolation_level=None)) as ledger:
            ledger.executescript(_SCHEMA)
            for table, name, kind in _ADDED:
                if not any(column[1] == name for column in ledger.execute(f"pragma table_info({table})")):
                    with suppress(sqlite3.OperationalError):  # another process adds it at the same time
                        ledger.execute(f"alter table {table} add column {name} {kind}")
            yield ledger
    except (OSError, sqlite3.Error) as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            raise cannot_write(file, OSError(errno.ENOSPC, "")) from None
        raise OutOfReachError(
            f"{file}: the ledger of tested rows cannot be used ({one_line(error)}); fix that, or move the file away: "
            "then counting starts again"
        ) from None
