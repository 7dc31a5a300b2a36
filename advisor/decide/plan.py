"""The plan: everything fixed before the first outcome, what it can prove and its cost."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from advisor.candidates.candidate import TUNED, WITH_HEAD, Candidate
from advisor.decide.bar import can_certify, criteria_of
from advisor.decide.cross_validation import CROSS_VALIDATED, cheap, cost_of
from advisor.decide.finish import Finishing, finishing
from advisor.decide.forecast import ExpectedCost, forecast
from advisor.engines.table import ENGINES
from advisor.evidence import prior_guess
from advisor.evidence.optimal_shares import fewest, most_certifiable, optimal
from advisor.evidence.sequential import Before, Strength, Test, nested
from advisor.evidence.trades import Outlook, Situation, outlook
from advisor.families import family
from advisor.families.base import shown
from advisor.families.methods import calibration
from advisor.families.text_classification import SEVERAL
from advisor.system.plugins import Plugin, installed_version, plugins

if TYPE_CHECKING:
    from advisor.candidates.build import Shortlist
    from advisor.decide.agreement import Second
    from advisor.decide.records import Purpose
    from advisor.evidence.criteria import Criterion, LevelTest
    from advisor.evidence.sharing import Sharing
    from advisor.runs.result import SharedRows
    from advisor.task.examples import Example, ExampleSet
    from advisor.task.model import Task

RUN_FORMAT = 2
# Incremented when a method's answers change: outcomes of two methods are not one test.
METHODS_VERSION = 22
ID_LENGTH = 12
FIXED_TEST = "exact alpha-spending boundary"
# Version in which the error is spent late enough to prove the same as a single look at all examples.
FIXED_NUMBER_TEST = f"{FIXED_TEST}, spent late where that proves more"
GROWING_TEST = "exact boundary at the first look and a mixture of bets, valid however many examples are added"


def _versions(candidates: tuple[Candidate, ...]) -> dict[str, str]:
    """Return the versions of the libraries that compute the candidates' answers."""
    engines = [ENGINES[candidate.runtime] for candidate in candidates]
    libraries = {engine.distribution or engine.library.replace("_", "-") for engine in engines}
    methods = {candidate.method for candidate in candidates}
    libraries |= {"scikit-learn"} if methods & WITH_HEAD else set()
    libraries |= {"bm25s"} if "bm25" in methods else set()
    return {name: installed_version(name) or "unknown" for name in sorted(libraries)}


def _digest(documents: tuple[tuple[str, str], ...]) -> str | None:
    return hashlib.sha256(json.dumps(documents).encode()).hexdigest()[:16] if documents else None


@dataclass(frozen=True)
class Plan:
    """Task, examples in their order, candidates smallest first, each with its test."""

    task: Task
    examples: ExampleSet
    shortlist: Shortlist
    threads: int
    memory_limit: int
    fixed_sharing: Sharing | None = None  # The guessed sharing of α in a begun run; None to guess.
    shared: SharedRows | None = None  # Earlier tests of its rows, None if not looked up; no result depends on it.
    lowers: str | None = None  # The run whose answers it reuses at a lower bar (`advisor.runs.continued`).
    # The sharing of α after cross-validation on the training rows, before the first outcome; None before that, or
    # without it.
    learned: Sharing | None = None
    # The bar and the sharing of α of the first of the runs that it lowers; None if it lowers none.
    before: tuple[float, Sharing] | None = None
    slowed: float = 1.0  # Slowdown by other processes when the plan was made, relative to an idle machine.

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        return self.shortlist.candidates

    @property
    def plugins(self) -> tuple[Plugin, ...]:
        """The engines and the family that other installed packages add to this plan."""
        engines = sorted({candidate.runtime for candidate in self.candidates})
        found = [plugins("engine").get(name) for name in engines] + [plugins("family").get(self.task.family)]
        return tuple(each for each in found if each is not None)

    @property
    def has_models(self) -> bool:
        return not all(candidate.is_baseline for candidate in self.candidates)

    @property
    def evidence(self) -> tuple[Example, ...]:
        return self.examples.evidence

    @property
    def grows(self) -> bool:
        """Whether examples may be added later, so that the test fixes no number of them."""
        return self.task.examples.size == "growing"

    @property
    def first_look(self) -> int:
        return self.examples.looks[0] if self.examples.looks else len(self.evidence)

    @property
    def sharing(self) -> Sharing:
        """The sharing of α and the start of probing, from what is known before the first outcome."""
        return self.learned or self.guessed

    @cached_property
    def guessed(self) -> Sharing:
        """The sharing of α from what is known before anything runs; part of the run's id."""
        return self.fixed_sharing or self.shared_by((None,) * len(self.candidates))

    def shared_by(self, held_out: tuple[tuple[int, int] | None, ...]) -> Sharing:
        """Return the sharing of α given candidates' held-out training rows right and their numbers."""
        dear = frozenset(index for index, each in enumerate(self.candidates) if each.method == TUNED)
        alpha, bar = 1.0 - self.task.bar.confidence, self.task.bar.pass_rate
        return optimal(tuple(self.strengths), held_out, self.first_look, bar, alpha, self.grows, dear)

    @cached_property
    def to_cross_validate(self) -> tuple[int, ...]:
        """The candidates that are cross-validated on the training rows before the first outcome, cheapest first."""
        return cheap(self)

    @property
    def cross_validation_seconds(self) -> float:
        """Approximate time of that, including downloads."""
        return sum(cost_of(self, index) or 0.0 for index in self.to_cross_validate)

    @cached_property
    def learning_seconds(self) -> tuple[float, ...]:
        """Predicted time of each loaded candidate to learn from the training rows, without tuning.

        An encoder reads all of them for its head, which is then trained and cross-validated, as is the linear model. A
        prompted one that chooses a label reads some to be calibrated.
        """
        rows = [(each.given, each.expected) for each in self.examples.teaching]
        kind = family(self.task.family)
        training = kind.head_seconds(rows)
        chooses = kind.has_labels and self.task.labels_per_text != SEVERAL
        calibrating = min(calibration.ROWS, len(rows)) if chooses else 0

        def read(candidate: Candidate) -> int:
            if candidate.has_head:
                return len(rows)
            return calibrating if candidate.method == "prompted" and not candidate.is_remote else 0

        return tuple(
            read(each) * (each.seconds_per_example or 0.0) + (training if each.method in CROSS_VALIDATED else 0.0)
            for each in self.candidates
        )

    @cached_property
    def strengths(self) -> list[float]:
        """Each candidate's strength guessed by `prior_guess`."""
        return [prior_guess.strength(prior_guess.Known(c.parameters, c.method, c.published)) for c in self.candidates]

    @cached_property
    def tests(self) -> tuple[Test, ...]:
        """Each candidate's test at its initial share of α."""
        return tuple(self.test(index, 0) for index in range(len(self.candidates)))

    @cached_property
    def _tests(self) -> tuple[tuple[Test, ...], ...]:
        levels = (self.levels(index) for index in range(len(self.candidates)))
        total, bar = len(self.evidence), self.task.bar.pass_rate
        if self.before is not None:
            return tuple(nested(total, bar, each, before=Before(self.before[0], each)) for each in levels)
        first = self.first_look if self.grows else 0
        return tuple(nested(total, bar, each, grows=self.grows, first=first) for each in levels)

    def levels(self, index: int) -> tuple[float, ...]:
        """Return the levels of a candidate's tests, here or in the run whose answers are reused."""
        return (self.sharing if self.before is None else self.before[1]).levels(index)

    def test(self, index: int, handed_on: int) -> Test:
        """Return a candidate's test when `handed_on` certified ones just above it have handed on their share."""
        return self._tests[index][handed_on]

    @property
    def download_bytes(self) -> int:
        return sum(candidate.download_bytes for candidate in self.candidates)

    @cached_property
    def scoring(self) -> dict[str, Any]:
        """How answers are scored: by the task, with details resolved from its examples."""
        return self.task.scoring.model_dump(mode="json") | self.examples.settled

    @cached_property
    def run_id(self) -> str:
        """The run's id: a hash of everything that the outcomes depend on, so the same command is the same run."""
        content = json.dumps(self.fixed(), sort_keys=True, ensure_ascii=True)
        return hashlib.sha256(content.encode()).hexdigest()[:ID_LENGTH]

    def fixed(self) -> dict[str, Any]:
        """Return everything fixed before the first outcome, as plain values, without examples added later."""

        def identity(example: Example) -> list[str]:
            return [example.id, hashlib.sha256(shown(example.expected).encode("utf-8", "replace")).hexdigest()[:16]]

        looked = self.examples.looks[0] if self.examples.looks else None
        test: dict[str, Any] = {"evidence_test": GROWING_TEST if self.grows else FIXED_NUMBER_TEST}
        test |= {"settled": self.examples.settled} if self.grows else {}
        if self.before is not None:
            test |= {"before": {"bar": self.before[0], "ladder": list(self.before[1].ladder)}}
        if self.examples.critical:
            test |= {"critical": [each.id for each in self.examples.critical]}
        if self.task.bar.per_slice is not None:
            test |= {"slices": [each.slice for each in self.evidence[:looked]]}
        return test | {
            "format": RUN_FORMAT,
            "methods": METHODS_VERSION,
            "task": self.task.model_dump(mode="json", exclude={"models", "limits", "escalation"}),
            "labels": list(self.examples.labels),
            "candidates": [candidate.key for candidate in self.candidates],
            "engines": _versions(self.candidates) | {each.package: each.version for each in self.plugins},
            "alpha_sharing": self.guessed.name,
            "alpha_shares": list(self.guessed.shares),
            "ladder": list(self.guessed.ladder),
            "probing_starts_at": self.guessed.ladder[self.guessed.start],
            "evidence": [identity(example) for example in self.evidence[:looked]],
            "teaching": [identity(example) for example in self.examples.teaching],
            "documents": _digest(self.examples.documents),
            "scorer": self.examples.scorer.sha256 if self.examples.scorer else None,
        }

    @cached_property
    def criteria(self) -> tuple[tuple[Criterion, str], ...]:
        """The criteria tested in addition to the pass rate, with their words."""
        return criteria_of(self.task.bar, self.evidence, self.examples.labels)

    @cached_property
    def second_questions(self) -> dict[tuple[Purpose, ...], tuple[Second | None, ...]]:
        """The second question for each example by the kinds of pairs, filled by `agreement.all_pairs`."""
        return {}

    def criteria_tests(self, index: int) -> tuple[tuple[LevelTest, ...], ...]:
        """Return the tests of each of `criteria` at a candidate's levels, lowest first."""
        return self._criteria_tests[index]

    @cached_property
    def _criteria_tests(self) -> tuple[tuple[tuple[LevelTest, ...], ...], ...]:
        total, levels = len(self.evidence), [self.levels(index) for index in range(len(self.candidates))]
        return tuple(
            tuple(criterion.tests(total, each, grows=self.grows) for criterion, _ in self.criteria) for each in levels
        )

    @cached_property
    def fewest_for_criteria(self) -> tuple[int, ...]:
        """The fewest examples that certify each of `criteria` if these cannot: with the whole error, one more at least.

        One number for all candidates, whose shares of the error change with the next rows.
        """
        total, alpha = len(self.evidence), 1.0 - self.task.bar.confidence
        tests = (criterion.tests(total, (alpha,), grows=self.grows)[0] for criterion, _ in self.criteria)
        return tuple(max(test.needed, test.total + 1) for test in tests)

    @property
    def reachable(self) -> Strength:
        """The strongest answer that these examples can support, for all criteria of the bar."""
        can = any(can_certify(self, index) for index in range(len(self.candidates)))
        return Strength.CERTIFIED if can else Strength.EXAMPLES

    @property
    def expected(self) -> int:
        """The candidate that is probed first: the guessed smallest that passes."""
        return self.sharing.ladder[self.sharing.start]

    @property
    def examples_to_certify(self) -> int:
        """The fewest evidence examples, all passing, that certify any; if these cannot, with α shared for more."""
        bar, able = self.task.bar, [test.needed for test in self.tests if test.can_certify]
        if able:
            return min(able)
        return fewest(bar.pass_rate, 1.0 - bar.confidence, len(self.candidates), grows=self.grows)

    @property
    def passes_in_a_row(self) -> int:
        """After how many passes from the first on a candidate is certified, 0 if none can be."""
        return min((found for test in self.tests if (found := test.in_a_row) is not None), default=0)

    @property
    def most_certifiable(self) -> int:
        """The most candidates that could be certified by their own shares, for any sharing of α."""
        bar = self.task.bar
        most = most_certifiable(self.first_look, bar.pass_rate, 1.0 - bar.confidence, grows=self.grows)
        return min(len(self.candidates), most)

    @cached_property
    def outlook(self) -> Outlook:
        """What these examples can prove, and what fewer candidates, more examples or a lower bar would change."""
        bar = self.task.bar
        strengths, alpha = tuple(self.strengths), 1.0 - bar.confidence
        expected = outlook(Situation(strengths, len(self.evidence), bar.pass_rate, alpha, self.grows))
        if self.lowers is None and (self.shared is None or self.shared.number == 1):
            return expected
        # Leaving candidates out after they were tried would count as several runs.
        return replace(expected, trades=tuple(each for each in expected.trades if each.change != "fewer candidates"))

    @cached_property
    def finishing(self) -> Finishing:
        """The candidates that are run on all evidence if none is certified, and the cost."""
        return finishing(self)

    @cached_property
    def expected_cost(self) -> ExpectedCost:
        """The run's expected cost, and its maximum."""
        return forecast(self)
