"""Opens a run's folder to be read: of any format so far, finished or not, whoever works on it meanwhile.

Nothing here depends on the task's or the candidate's own types, so a folder of an older version opens as it was made;
docs/runs.md tells the formats.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from advisor.errors import InputError, one_line
from advisor.families.base import RULES
from advisor.runs.lines import read_lines, read_text

if TYPE_CHECKING:
    from pathlib import Path

NEWEST_FORMAT = 2
HASH_LENGTH = 16
# The others measure agreement, on inputs that may be changed.
ANSWERS = ("evidence", "comparison")


@dataclass(frozen=True, slots=True)
class RunExample:
    """An example as the run keeps it; `input` is None where an old format did not keep it.

    `parts` are the input's parts by name, where it is more than a text; `look` tells the first examples (1) from those
    added later.
    """

    id: str
    input: str | None
    expected: Any
    line: int | None
    parts: dict[str, str] = field(default_factory=dict)
    must_contain: tuple[str, ...] = ()
    reference: float | None = None
    look: int = 1
    slice: str | None = None

    @property
    def given(self) -> str | dict[str, str]:
        """What a candidate is given: the text, or the parts by name."""
        return self.parts or self.input or ""


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """An outcome line; of what purposes there are, `advisor.decide.records.Purpose` tells."""

    id: str
    purpose: str
    output: Any
    passed: bool
    score: float
    seconds: float
    error: str | None
    confidence: float | None = None
    tokens: int | None = None
    scores: dict[str, Any] = field(default_factory=dict)

    @property
    def broken_rules(self) -> list[str]:
        """The task's rules that the answer breaks."""
        return [rule for rule in RULES if rule in self.scores and self.scores[rule] != 1]


@dataclass(frozen=True, slots=True)
class RunCandidate:
    """A candidate with its share of alpha and all that its probes told.

    Attributes:
        key: What tells it from the others of the run.
        facts: What was known of it beforehand: model, revision, files, sizes.
        alpha: Its share of the error, None if the run does not say.
        outcomes: In the order made; of two for one example and purpose the first counts.
        loads: Every time it was loaded: seconds, teaching_seconds, engine, device, details, spec.
        peak_memory_bytes: The most seen.
        failure: Why it could not be run, None if it could.
        is_circumstance: Whether that lies around the model.
    """

    key: str
    facts: dict[str, Any]
    alpha: float | None
    outcomes: tuple[RunOutcome, ...]
    loads: tuple[dict[str, Any], ...]
    peak_memory_bytes: int | None
    failure: str | None
    is_circumstance: bool = False

    @property
    def model(self) -> str:
        """The id of its model, or its folder's name."""
        return str(self.facts.get("model") or self.key)

    @property
    def name(self) -> str:
        """The model, with its variant where the run had several of it."""
        variant = self.facts.get("variant")
        return f"{self.model}:{variant}" if variant else self.model

    def by_example(self, purpose: str | None = None) -> dict[str, RunOutcome]:
        """Return its outcomes by example: of one purpose, else those of evidence before those of comparison."""
        found: dict[str, RunOutcome] = {}
        for outcome in sorted(self.outcomes, key=lambda each: each.purpose != "evidence"):
            if outcome.purpose == purpose or (purpose is None and outcome.purpose in ANSWERS):
                found.setdefault(outcome.id, outcome)
        return found

    def in_order(self, evidence: tuple[RunExample, ...]) -> list[RunOutcome]:
        """Return the outcomes of the evidence in its fixed order, up to the first example without one."""
        known = self.by_example("evidence")
        ordered: list[RunOutcome] = []
        for example in evidence:
            if example.id not in known:
                break
            ordered.append(known[example.id])
        return ordered


@dataclass(frozen=True, slots=True)
class Run:
    """All that a run's folder holds. `result` is None while the run is not finished.

    `learned` is how α is shared since candidates were cross-validated, empty where none was.
    """

    folder: Path
    id: str
    format: int
    task: dict[str, Any]
    labels: tuple[str, ...]
    candidates: tuple[RunCandidate, ...]
    evidence: tuple[RunExample, ...]
    teaching: tuple[RunExample, ...]
    fixed: dict[str, Any]
    origin: dict[str, Any]
    result: dict[str, Any] | None = None
    documents: tuple[tuple[str, str], ...] = ()
    critical: tuple[RunExample, ...] = ()
    learned: dict[str, Any] = field(default_factory=dict)

    @property
    def first_look(self) -> int:
        """How many examples the exact boundary of a run that grows is for; 0 where bets alone test it, or none grow."""
        is_exact = str(self.fixed.get("evidence_test", "")).startswith("exact")
        return self.looks[0] if self.grows and is_exact and self.looks else 0

    @property
    def spent_for(self) -> float | None:
        """The bar by which it was chosen how late the error is spent; None: its own."""
        return self.fixed.get("spent_for")

    @property
    def bar(self) -> float:
        """The pass rate asked for."""
        return float((self.task.get("bar") or {}).get("pass_rate", 0.9))

    @property
    def confidence(self) -> float:
        """1 - alpha."""
        return float((self.task.get("bar") or {}).get("confidence", 0.95))

    @property
    def grows(self) -> bool:
        """Whether examples may be added to it."""
        return (self.task.get("examples") or {}).get("size") == "growing"

    @property
    def looks(self) -> tuple[int, ...]:
        """How many of the evidence each look brought."""
        return tuple(Counter(example.look for example in self.evidence).values())

    @property
    def recommended(self) -> RunCandidate | None:
        """The candidate that the result recommends, at whatever strength; None if none or not finished."""
        chosen = (self.result or {}).get("recommended")
        index = self.index_of(chosen) if chosen else None
        return None if index is None else self.candidates[index]

    def counted(self, index: int) -> list[RunOutcome]:
        """Return the outcomes of a candidate that count: in their order, up to where its case was settled."""
        listed = (self.result or {}).get("candidates") or []
        outcomes = self.candidates[index].in_order(self.evidence)
        return outcomes[: listed[index]["outcomes"]] if index < len(listed) else outcomes

    def index_of(self, described: dict[str, Any]) -> int | None:
        """Return which candidate a part of the result speaks of."""
        names = ("model", "revision", "runtime", "method")
        for index, candidate in enumerate(self.candidates):
            if all(candidate.facts.get(name) == described.get(name) for name in names if name in described):
                files = described.get("files")
                if files is None or list(files) == list(candidate.facts.get("files") or ()):
                    return index
        return None


def open_run(folder: Path, *, brief: bool = False) -> Run:
    """Read a run's folder.

    Args:
        folder: The run's.
        brief: Leave examples and outcomes out; for lists of many runs.

    Raises:
        InputError: if it is not a run's folder, or of a format newer than this program.
        OutOfReachError: if a file of it cannot be read.
    """
    described = _object(folder / "run.json")
    if not isinstance(described.get("candidates"), list) or not isinstance(described.get("task"), dict):
        raise InputError(f"{folder / 'run.json'}: is not a run's description; name a run's folder")
    made_in = described.get("format", 1)
    if not isinstance(made_in, int) or made_in > NEWEST_FORMAT:
        raise InputError(
            f"{folder}: has format {one_line(made_in, 20)}, this program reads up to {NEWEST_FORMAT}; update it"
        )
    labels = tuple(str(label) for label in described.get("labels") or ())
    result = _object(folder / "result.json") if (folder / "result.json").exists() else None
    kept = {"task": described["task"], "labels": labels, "fixed": described, "origin": described.get("origin") or {}}
    kept["learned"] = _object(folder / "sharing.json") if (folder / "sharing.json").exists() else {}
    identity = str(described.get("run") or folder.name)
    if brief:
        return Run(folder, identity, made_in, candidates=(), evidence=(), teaching=(), result=result, **kept)
    evidence = _examples(folder / "evidence.jsonl") or _from_hashes(described.get("evidence"), labels)
    teaching = _examples(folder / "teaching.jsonl", described.get("teaching"))
    if made_in == 1:
        evidence = _with_mistakes(evidence, result or {})
    return Run(
        folder,
        identity,
        made_in,
        candidates=_candidates(folder, described, kept["learned"]),
        evidence=evidence,
        teaching=teaching,
        critical=_examples(folder / "critical.jsonl"),
        result=result,
        documents=tuple(
            (str(row["id"]), str(row["text"])) for row in read_lines(folder / "documents.jsonl") if "text" in row
        ),
        **kept,
    )


def expected_hash(expected: object) -> str:
    """Return the hash by which run.json knows what is expected of an example."""
    text = expected if isinstance(expected, str) else json.dumps(expected, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:HASH_LENGTH]


def _candidates(folder: Path, described: dict[str, Any], learned: dict[str, Any]) -> tuple[RunCandidate, ...]:
    keys = [str(key) for key in described["candidates"]]
    facts = described.get("candidate_facts") or []
    shares = (learned or described).get("alpha_shares") or []
    outcomes: dict[str, dict[tuple[str, str], RunOutcome]] = {key: {} for key in keys}
    for line in read_lines(folder / "outcomes.jsonl"):
        outcome = _outcome(line)
        if outcome is not None and line.get("candidate") in outcomes:
            outcomes[line["candidate"]].setdefault((outcome.purpose, outcome.id), outcome)
    events: dict[str, list[dict[str, Any]]] = {key: [] for key in keys}
    for line in read_lines(folder / "probes.jsonl"):
        if line.get("candidate") in events:
            events[line["candidate"]].append(line)
    return tuple(
        RunCandidate(
            key=key,
            facts=dict(facts[at]) if at < len(facts) else {"model": key},
            alpha=float(shares[at]) if at < len(shares) else None,
            outcomes=tuple(outcomes[key].values()),
            loads=tuple(event for event in events[key] if event.get("event") == "loaded"),
            peak_memory_bytes=max((_peak(event) for event in events[key]), default=0) or None,
            failure=_failure(events[key]).get("reason"),
            is_circumstance=_failure(events[key]).get("circumstance") is True,
        )
        for at, key in enumerate(keys)
    )


def _peak(event: dict[str, Any]) -> int:
    value = event.get("peak_memory_bytes") if event.get("event") == "memory" else None
    return value if isinstance(value, int) else 0


def _failure(events: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the last event if it was a failure: a later load shows that the try after it went well."""
    told = [event for event in events if event.get("event") in {"failed", "loaded"}]
    last = told[-1] if told else {}
    return last | {"reason": str(last.get("reason"))} if last.get("event") == "failed" else {}


def _outcome(line: dict[str, Any]) -> RunOutcome | None:
    try:
        seconds, score, passed = float(line["seconds"]), float(line["score"]), line["passed"]
        if not isinstance(passed, bool) or not math.isfinite(seconds) or not math.isfinite(score):
            return None
        return RunOutcome(
            id=str(line["id"]),
            purpose=str(line["purpose"]),
            output=line["output"],
            passed=passed,
            score=score,
            seconds=seconds,
            error=None if line.get("error") is None else str(line["error"]),
            confidence=line.get("confidence"),
            tokens=line.get("tokens"),
            scores=line["scores"] if isinstance(line.get("scores"), dict) else {},
        )
    except (KeyError, TypeError, ValueError):
        return None


def _examples(path: Path, hashes: object = None) -> tuple[RunExample, ...]:
    """Return a file's examples; format 1 keeps the ids of those that teach in run.json, in the same order."""
    known = [pair[0] for pair in hashes if isinstance(pair, list) and pair] if isinstance(hashes, list) else []
    rows = [row for row in read_lines(path) if "input" in row and "expected" in row]
    return tuple(
        RunExample(
            id=str(row.get("id") or (known[at] if len(known) == len(rows) else f"line {at + 1}")),
            input=str(row["input"]),
            expected=row["expected"],
            line=row.get("line") if isinstance(row.get("line"), int) else None,
            parts=row.get("parts") or {},
            must_contain=tuple(row.get("must_contain") or ()),
            reference=row.get("reference"),
            look=row["look"] if isinstance(row.get("look"), int) else 1,
            slice=row["slice"] if isinstance(row.get("slice"), str) else None,
        )
        for at, row in enumerate(rows)
    )


def _from_hashes(pairs: object, labels: tuple[str, ...]) -> tuple[RunExample, ...]:
    """Return examples of which format 1 keeps the id alone; a label is known by its hash."""
    names = {expected_hash(label): label for label in labels}
    if not isinstance(pairs, list):
        return ()
    return tuple(
        RunExample(str(pair[0]), None, names.get(str(pair[1])), None)
        for pair in pairs
        if isinstance(pair, list) and len(pair) == 2  # noqa: PLR2004
    )


def _with_mistakes(evidence: tuple[RunExample, ...], result: dict[str, Any]) -> tuple[RunExample, ...]:
    """Return the examples with the inputs that the result of format 1 shows as mistakes."""
    shown = {
        mistake.get("example"): mistake
        for candidate in result.get("candidates") or ()
        for mistake in candidate.get("mistakes") or ()
    }
    return tuple(
        replace(each, input=shown[each.id].get("input"), line=shown[each.id].get("line")) if each.id in shown else each
        for each in evidence
    )


def _object(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(read_text(path))
    except (ValueError, RecursionError):
        raise InputError(f"{path}: is not JSON; the run's folder is damaged") from None
    if not isinstance(value, dict):
        raise InputError(f"{path}: is not a JSON object; the run's folder is damaged")
    return value
