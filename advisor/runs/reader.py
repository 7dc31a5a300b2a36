"""Read a run's folder, finished or not, even while another process works on it.

Nothing here depends on the task's type, so folders of older versions open unchanged; docs/runs.md has the format.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.candidates.candidate import Candidate, as_copied
from advisor.decide.records import CandidateRecord, Purpose
from advisor.errors import InputError, OutOfReachError, one_line
from advisor.evidence.sharing import Sharing
from advisor.probe.protocol import Outcome
from advisor.runs.result import Judged, Recommended, Result
from advisor.system.codec import plain, read
from advisor.task import CONFIDENCE, PASS_RATE
from advisor.task.example import Example
from advisor.task.record import SheetLine

if TYPE_CHECKING:
    from advisor.evidence.sequential import Before

FORMAT = 2
SHARING = "sharing.json"
# Default for runs without this field.
GIVEN_UP_BELOW = 0.02
_ALWAYS = frozenset({"id", "input", "expected", "line"})
# How the place of an example is shown that is not the line of a file.
_PLACE = "place"


@dataclass(frozen=True, slots=True, eq=False)
class RunCandidate:
    """A candidate of a run with its share of alpha, None if not stored, and its record."""

    key: str
    candidate: Candidate
    alpha: float | None
    record: CandidateRecord

    @property
    def name(self) -> str:
        """The model, with its variant if the run had several."""
        return self.candidate.name


@dataclass(frozen=True, slots=True)
class Run:
    """The contents of a run's folder. `result` is None while the run is not finished.

    `looks` are the numbers of evidence examples added at each look; `learned` is the sharing of α after
    cross-validation, empty without one.
    """

    folder: Path
    id: str
    task: dict[str, Any]
    labels: tuple[str, ...]
    candidates: tuple[RunCandidate, ...]
    evidence: tuple[Example, ...]
    teaching: tuple[Example, ...]
    fixed: dict[str, Any]
    origin: dict[str, Any]
    result: Result | None = None
    documents: tuple[tuple[str, str], ...] = ()
    critical: tuple[Example, ...] = ()
    looks: tuple[int, ...] = ()
    learned: dict[str, Any] = field(default_factory=dict)

    @property
    def first_look(self) -> int:
        """Number of examples of the exact boundary in a run that grows; 0 with bets alone, or without growth."""
        is_exact = str(self.fixed.get("evidence_test", "")).startswith("exact")
        return self.looks[0] if self.grows and is_exact and self.looks else 0

    def before(self, index: int) -> Before | None:
        """Return a candidate's test in the run whose answers are reused at a lower bar; None if there is none."""
        if (first := self.fixed.get("before")) is None:
            return None
        from advisor.evidence.sequential import Before  # imports numpy, 0.08 s

        return Before(float(first["bar"]), self._along(index, first["ladder"]))

    def fixed_levels(self, index: int) -> tuple[float, ...]:
        """Return a candidate's possible levels, its own share first, as fixed before any outcome."""
        return self._along(index, (self.learned or self.fixed).get("ladder") or ())

    def _along(self, index: int, ladder: Iterable[int]) -> tuple[float, ...]:
        shares = tuple(self.share(each) for each in range(len(self.candidates)))
        return Sharing("", shares, tuple(int(each) for each in ladder), 0).levels(index)

    @property
    def given_up_below(self) -> float:
        """The predictive probability of being certified up to which a candidate was given up."""
        return float(self.fixed.get("given_up_below", GIVEN_UP_BELOW))

    @property
    def bar(self) -> float:
        return float((self.task.get("bar") or {}).get("pass_rate", PASS_RATE))

    @property
    def confidence(self) -> float:
        """1 - alpha."""
        return float((self.task.get("bar") or {}).get("confidence", CONFIDENCE))

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of an input; none if it is a text or a file."""
        return next((tuple(dict(each.parts)) for each in self.evidence if len(each.parts) > 1), ())

    @property
    def without_tags(self) -> frozenset[str]:
        """The parts of an input whose HTML was read as displayed text."""
        return frozenset(self.fixed.get("without_tags") or ())

    @property
    def grows(self) -> bool:
        """Whether examples may be added."""
        return (self.task.get("examples") or {}).get("size") == "growing"

    @property
    def recommended(self) -> RunCandidate | None:
        """The candidate that the result recommends, at any strength; None if none or not finished."""
        chosen = self.result and self.result.recommended
        index = self.index_of(chosen) if chosen else None
        return None if index is None else self.candidates[index]

    def chosen(self, what: str) -> RunCandidate:
        """Return the recommended candidate; InputError if there is none to "verify", say."""
        if (found := self.recommended) is not None:
            return found
        state = "recommends no model" if self.result is not None else "is not finished"
        raise InputError(f"run {self.id} {state}: there is nothing to {what}; see `advisor report {self.id}`")

    def judged(self, index: int) -> Judged | None:
        """Return a candidate's verdict in the result; None while the run is not finished."""
        listed = self.result.candidates if self.result is not None else []
        return listed[index] if index < len(listed) else None

    def share(self, index: int) -> float:
        judged, own = self.judged(index), self.candidates[index].alpha
        return (judged and judged.alpha) or own or (1.0 - self.confidence) / len(self.candidates)

    def levels(self, index: int) -> tuple[float, ...]:
        """Return the level at which a candidate was tested, and its higher possible levels."""
        judged, own = self.judged(index), self.share(index)
        level = (judged and judged.level) or own
        levels = (judged and judged.levels) or [own]
        return tuple(each for each in levels if each >= level) or (level,)

    def counted(self, index: int) -> list[Outcome]:
        """Return a candidate's counted outcomes: in order, up to where its claim was settled."""
        judged, outcomes = self.judged(index), self.candidates[index].record.in_order(self.evidence)
        return outcomes if judged is None else outcomes[: judged.outcomes]

    def index_of(self, described: Recommended) -> int | None:
        names = ("model", "revision", "runtime", "method", "files")
        wanted = [getattr(described, name) for name in names]
        described_by = ([plain(getattr(each.candidate, name)) for name in names] for each in self.candidates)
        return next((index for index, each in enumerate(described_by) if each == wanted), None)


def open_run(folder: Path, *, brief: bool = False) -> Run:
    """Read a run's folder; `brief` skips examples and outcomes, for lists of many runs.

    InputError if it is not a run's folder, or has a newer format. OutOfReachError if a file in it cannot be read.
    """
    described = _object(folder / "run.json")
    if not isinstance(described.get("candidates"), list) or not isinstance(described.get("task"), dict):
        raise InputError(f"{folder / 'run.json'}: is not a run's description; name a run's folder")
    if (made_in := described.get("format")) != FORMAT:
        raise InputError(f"{folder}: has format {one_line(made_in, 20)}, this program reads format {FORMAT}; update it")
    labels = tuple(str(label) for label in described.get("labels") or ())
    result = _result(folder / "result.json") if (folder / "result.json").exists() else None
    kept = {"task": described["task"], "labels": labels, "fixed": described, "origin": described.get("origin") or {}}
    kept["learned"] = _object(folder / SHARING) if learned(folder) is not None else {}
    identity = str(described.get("run") or folder.name)
    run = Run(folder, identity, candidates=(), evidence=(), teaching=(), result=result, **kept)
    try:
        above = (described.get("before") or {}).get("bar", run.bar)
        numbers = (run.bar, run.confidence, run.given_up_below, float(above))
        is_read = all(0.0 < each < 1.0 for each in numbers)
    except (AttributeError, TypeError, ValueError):
        is_read = False
    if not is_read:
        raise InputError(f"{folder / 'run.json'}: its bar cannot be read; the run's folder is damaged")
    if brief:
        return run
    rows = read_lines(folder / "evidence.jsonl")
    return replace(
        run,
        candidates=_candidates(folder, described, kept["learned"]),
        evidence=examples_of(rows),
        teaching=examples_of(read_lines(folder / "teaching.jsonl")),
        critical=examples_of(read_lines(folder / "critical.jsonl")),
        looks=tuple(Counter(int(row.get("look", 1)) for row in rows).values()),
        documents=tuple(
            (str(row["id"]), str(row["text"])) for row in read_lines(folder / "documents.jsonl") if "text" in row
        ),
    )


def learned(folder: Path) -> Sharing | None:
    """Return a run's sharing of α after cross-validation; None before that.

    InputError if it cannot be read: other shares after a look at the evidence would be a second test of it.
    """
    path = folder / SHARING
    if not path.exists():
        return None
    try:
        return sharing_of(_object(path))
    except (InputError, KeyError, TypeError, ValueError):
        raise InputError(f"{path}: cannot be read, the run's folder is damaged; --fresh starts a new one") from None


def sharing_of(fixed: dict[str, Any]) -> Sharing:
    """Return a run's sharing of α from its `run.json` or `sharing.json`.

    Raises:
        KeyError: if something is missing.
        TypeError, ValueError: if something is not a number, or the start of probing is not on the ladder.
    """
    ladder = tuple(int(each) for each in fixed["ladder"])
    shares = tuple(float(share) for share in fixed["alpha_shares"])
    if not all(0.0 <= share < 1.0 for share in shares):
        raise ValueError("a share of an error lies between 0 and 1")
    return Sharing(str(fixed["alpha_sharing"]), shares, ladder, ladder.index(int(fixed["probing_starts_at"])))


def _candidates(folder: Path, described: dict[str, Any], learned: dict[str, Any]) -> tuple[RunCandidate, ...]:
    keys = [str(key) for key in described["candidates"]]
    shares = (learned or described).get("alpha_shares") or []
    records = read_records(folder, keys)
    try:
        facts = [Candidate.from_json(each) for each in described["candidate_facts"]]
        return tuple(
            RunCandidate(key, each, float(shares[at]) if at < len(shares) else None, records[key])
            for at, (key, each) in enumerate(zip(keys, facts, strict=True))
        )
    except (KeyError, TypeError, ValueError):
        raise InputError(f"{folder / 'run.json'}: its candidates cannot be read; the run's folder is damaged") from None


def read_records(folder: Path, keys: Iterable[str], *, retries: bool = False) -> dict[str, CandidateRecord]:
    """Return the records of the candidates in a run's folder, ignoring invalid lines.

    With `retries`, failures from circumstances outside the model are ignored too, so that they are tried again.
    """
    records = {key: CandidateRecord() for key in keys}
    for line in read_lines(folder / "outcomes.jsonl"):
        with suppress(KeyError, TypeError, ValueError):
            records[line["candidate"]].add(Purpose(line["purpose"]), Outcome.from_json(line))
    for line in read_lines(folder / "probes.jsonl"):
        # Failures of the model itself stay.
        if not (retries and line.get("circumstance")):
            with suppress(KeyError, TypeError, ValueError):
                records[line["candidate"]].note(line)
    return records


def examples_of(rows: Iterable[dict[str, Any]]) -> tuple[Example, ...]:
    """Return the examples from a file's lines, written by `to_row`."""
    return tuple(
        Example(
            id=str(row["id"]),
            input=str(row["input"]),
            expected=row["expected"],
            line=SheetLine.of(row["line"], str(row[_PLACE])) if _PLACE in row else row["line"],
            parts=tuple((row.get("parts") or {}).items()),
            must_contain=tuple(row.get("must_contain") or ()),
            reference=row.get("reference"),
            slice=row.get("slice"),
            group=row.get("group"),
        )
        for row in rows
        if {"id", "input", "expected", "line"} <= row.keys()
    )


def to_row(example: Example) -> dict[str, Any]:
    """Return an example as stored in a run's files, without empty fields."""
    row = asdict(example) | {"parts": dict(example.parts)}
    row |= {_PLACE: str(example.line)} if isinstance(example.line, SheetLine) else {}
    return {name: value for name, value in row.items() if name in _ALWAYS or value not in (None, (), {}, False)}


def _result(path: Path) -> Result:
    try:
        stored = _object(path)
        stored["candidates"] = [as_copied(each) for each in stored.get("candidates") or []]
        stored["recommended"] = as_copied(stored["recommended"]) if stored.get("recommended") else None
        return read(Result, stored)
    except (TypeError, ValueError, AttributeError):
        raise InputError(f"{path}: is not a run's result; the run's folder is damaged") from None


def _object(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(read_text(path))
    except (ValueError, RecursionError):
        raise InputError(f"{path}: is not JSON; the run's folder is damaged") from None
    if not isinstance(value, dict):
        raise InputError(f"{path}: is not a JSON object; the run's folder is damaged")
    return value


MOST_BYTES = 1 << 30


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return a file's JSON objects in order, without incomplete ones; none if there is no file.

    InputError if it is larger than a run's files can be. OutOfReachError if it cannot be read.
    """
    if not path.exists():
        return []
    lines = []
    for text in read_text(path).split("\n")[:-1]:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            lines.append(value)
    return lines


def cut_unfinished(path: Path) -> None:
    """Remove an unfinished last line from a file, so that the next line does not continue it."""
    if not path.exists():
        return
    with path.open("r+b") as file:
        raw = file.read()
        whole = raw.rfind(b"\n") + 1
        if whole < len(raw):
            file.truncate(whole)


def read_text(path: Path) -> str:
    """Return a file's text, for any bytes.

    InputError if it is missing, or larger than a run's files can be. OutOfReachError if it cannot be read.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"{path}: is larger than 1 GiB, too large for a run's file")
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        raise InputError(f"{path}: is not there; name a run's folder, its id, or last") from None
    except OSError as error:
        raise OutOfReachError(f"{path}: cannot be read ({one_line(error)})") from None
