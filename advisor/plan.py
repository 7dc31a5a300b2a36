"""The plan: everything that is fixed before the first outcome, and what it can prove at what cost."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from advisor.evidence.boundary import examples_needed, false_pass_rate
from advisor.evidence.sequential import Strength, Test, equal_shares
from advisor.probe.runtimes.base import ENGINES

if TYPE_CHECKING:
    from advisor.shortlist.build import Shortlist
    from advisor.shortlist.candidate import Candidate
    from advisor.task.examples import Example, ExampleSet
    from advisor.task.model import Task

RUN_FORMAT = 2
# Raised when a method answers differently than before: outcomes of two methods are not one test.
METHODS_VERSION = 1
ID_LENGTH = 12


def _versions(candidates: tuple[Candidate, ...]) -> dict[str, str]:
    """Return the versions of the libraries that make the candidates' answers."""
    libraries = {ENGINES[candidate.runtime].library.replace("_", "-") for candidate in candidates}
    if any(candidate.method == "head" for candidate in candidates):
        libraries.add("scikit-learn")
    return {name: _version(name) for name in sorted(libraries)}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"


@dataclass(frozen=True)
class Plan:
    """Task, examples in their order, candidates smallest first, each with its test."""

    task: Task
    examples: ExampleSet
    shortlist: Shortlist
    threads: int
    memory_limit: int

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The candidates, smallest first."""
        return self.shortlist.candidates

    @property
    def evidence(self) -> tuple[Example, ...]:
        """The examples that probes see, in their fixed order."""
        return self.examples.evidence

    @cached_property
    def tests(self) -> tuple[Test, ...]:
        """Each candidate's test: alpha is shared equally over all of them."""
        alpha = 1.0 - self.task.bar.confidence
        shares = equal_shares(alpha, len(self.candidates))
        return tuple(Test(len(self.evidence), self.task.bar.pass_rate, share) for share in shares)

    @cached_property
    def run_id(self) -> str:
        """The run's name: a hash of all that the outcomes depend on, so the same command is the same run."""
        content = json.dumps(self.fixed(), sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(content.encode()).hexdigest()[:ID_LENGTH]

    def fixed(self) -> dict[str, Any]:
        """Return what is fixed before the first outcome, as plain values."""

        def identity(example: Example) -> list[str]:
            return [example.id, hashlib.sha256(example.expected.encode("utf-8", "replace")).hexdigest()[:16]]

        return {
            "format": RUN_FORMAT,
            "methods": METHODS_VERSION,
            "task": self.task.model_dump(mode="json", exclude={"models", "limits"}),
            "labels": list(self.examples.labels),
            "candidates": [candidate.key for candidate in self.candidates],
            "engines": _versions(self.candidates),
            "alpha_shares": [test.alpha for test in self.tests],
            "evidence": [identity(example) for example in self.evidence],
            "teaching": [identity(example) for example in self.examples.teaching],
        }

    @property
    def reachable(self) -> Strength:
        """The strongest answer that these examples can carry."""
        return Strength.CERTIFIED if any(test.can_certify for test in self.tests) else Strength.EXAMPLES

    @property
    def examples_to_certify(self) -> int:
        """The fewest evidence examples, all passing, that certify one of these candidates."""
        return examples_needed(self.task.bar.pass_rate, self.tests[0].alpha)

    def chance_to_certify(self, pass_rate: float) -> float:
        """Return the chance that a candidate of this true pass rate is certified, futility stops left aside."""
        return false_pass_rate(self.tests[0].boundary, pass_rate)
