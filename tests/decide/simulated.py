"""A plan with nothing but what the search looks at, and records filled from drawn outcomes."""

from typing import Any

from advisor.candidates.build import Shortlist
from advisor.candidates.candidate import Candidate
from advisor.decide.plan import Plan
from advisor.decide.records import CandidateRecord, Purpose
from advisor.evidence.sharing import Sharing
from advisor.probe.protocol import Outcome
from advisor.task.examples import Example, ExampleSet
from advisor.task.model import Task


def candidate(rung: int, **changes: Any) -> Candidate:
    facts: dict[str, Any] = {
        "model": f"rung-{rung}", "revision": str(rung), "place": "folder", "folder": "/nowhere",
        "files": ("model.safetensors",), "fingerprint": str(rung), "runtime": "static", "method": "head",
        "precision": "fp32", "parameters": 1000 * (rung + 1), "parameters_standing": "exact", "license": "mit",
        "languages": ("en",), "weights_bytes": 4000 * (rung + 1), "download_bytes": 0,
        "serving_bytes": 4000 * (rung + 1), "seconds_per_example": 0.001,
    }  # fmt: skip
    return Candidate(**(facts | changes))


def plan(
    candidates: int,
    examples: int,
    bar: float = 0.9,
    sharing: Sharing | None = None,
    *,
    looks: tuple[int, ...] = (),
    **limits: Any,
) -> Plan:
    """Return a plan of so many rungs over so many examples; with `looks` they came so many at a time, and more may."""
    task = Task.model_validate(
        {
            "name": "simulated",
            "instruction": "simulated",
            "examples": {"path": "none.csv", "size": "growing" if looks else "fixed"},
            "bar": {"pass_rate": bar},
            "limits": limits,
        }
    )
    evidence = tuple(Example(f"e{n}", f"text {n}", "a", n + 1) for n in range(examples))
    ladder = tuple(candidate(rung) for rung in range(candidates))
    examples_set = ExampleSet(("a", "b"), (), evidence, (), looks=looks)
    return Plan(task, examples_set, Shortlist(ladder, (), (), {}), 1, 1, sharing)


def outcome(example: Example, *, passed: bool) -> Outcome:
    return Outcome(example.id, "a" if passed else "b", float(passed), passed, 0.001)


def empty_records(of: Plan) -> dict[str, CandidateRecord]:
    return {each.key: CandidateRecord() for each in of.candidates}


def fill(of: Plan, drawn: list[list[bool]]) -> dict[str, CandidateRecord]:
    """Return records in which every candidate has run on every example."""
    records = empty_records(of)
    for each, row in zip(of.candidates, drawn, strict=True):
        for example, passed in zip(of.evidence, row, strict=False):
            records[each.key].add(Purpose.EVIDENCE, outcome(example, passed=passed))
    return records
