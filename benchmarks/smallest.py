"""Whether the recommendation is the smallest model that truly passes: ``python -m benchmarks.smallest --sources DIR``.

For each labelled set of packages (`benchmarks.smallest_sets`) some rows are a user's file, others the ground truth.
Real plans (`prepare`, with the named encoders and the baselines), real heads and the real search; each candidate's
answers are computed once, by the encoder in this process, and the search runs over them as in the scheduler.

Three bars per set, so that true answers differ: between the true rates of candidates that are the best up to their
size, from the lowest on, and one between the best of all and 100%. Columns: the true answer (the smallest whose true
rate exceeds the bar), ours, its strength, whether anything certified does not pass, seconds of the decision, the share
of all inferences; for comparison the constant and the linear model as fixed answers, and an oracle: with as many rows
as the user's file, all of them evidence for models that are trained already, how often the smallest whose rate is above
the bar is the true answer. Its misses are the noise of the rows; its additional misses with only the evidence rows are
the cost of training rows; ours beyond that are the rule's.

Below: the number of misses of each kind, and the results of answering with the smallest that probably passes, by
evidence and held-out training rows together, if that is smaller than the answer: how often it is the true answer, and
how often below the bar.

Several seeds split the rows of a set differently and are pooled; each text is encoded once.
"""

import argparse
import csv
import itertools
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from advisor.candidates.candidate import Candidate
from advisor.decide.cross_validation import constants, held_out
from advisor.decide.decision import Decision, decide
from advisor.decide.finish import Counted, held_out_of, is_likely, support
from advisor.decide.plan import Plan
from advisor.decide.records import CandidateRecord
from advisor.decide.steps import batch_size, next_step
from advisor.engines import base
from advisor.evidence.boundary import false_pass_rate, spending_boundary
from advisor.evidence.sequential import Claim, Strength, nested
from advisor.execution.probe_setup import Fetcher, probe_spec
from advisor.families import family
from advisor.probe.protocol import Outcome
from advisor.report.tables import table
from advisor.workflow.pipeline import prepare
from benchmarks.common import load_line
from benchmarks.smallest_sets import HELD_OUT, Rows, sets

MODELS = ("wordllama-l2-supercat-256", "paraphrase-MiniLM-L3-v2-onnx", "sentence-transformers/all-MiniLM-L6-v2")
FIRST_BAR = 0.85
APART = 0.015
HIGHEST_BAR = 0.98
DRAWS = 400
CHANCES = (0.5, 0.7, 0.8, 0.9)
HEADER = (
    "set", "bar", "honest", "ours", "strength", "right", "passes", "false", "seconds", "inferences", "constant",
    "linear", "best split", "oracle",
)  # fmt: skip


class Remembered:
    """An encoder that encodes each text once."""

    device = "cpu"

    def __init__(self, runtime: base.Encoder) -> None:
        self.engine, self._runtime, self._known = runtime.engine, runtime, dict[str, Any]()

    def encode(self, texts: Sequence[str]) -> Any:  # noqa: ANN401  an array
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        for start in range(0, len(new), 64):
            part = new[start : start + 64]
            self._known |= dict(zip(part, self._runtime.encode(part), strict=True))
        return np.stack([self._known[text] for text in texts])


class Case(NamedTuple):
    """One set at one bar."""

    name: str  # Of the set.
    plan: Plan  # With the sharing of α after cross-validation on the training rows.
    right: list[list[bool]]  # Right answers of each candidate on the evidence.
    unseen: list[list[bool]]  # And on the unseen rows, whose share is its true rate.
    details: list[dict[str, Any]]  # Details of each loaded candidate.

    @property
    def truth(self) -> list[float]:
        return [sum(each) / len(each) for each in self.unseen]


class Answers(NamedTuple):
    """The texts that a candidate answers right, and its details when loaded."""

    right: dict[str, bool]
    details: dict[str, Any]


class Bench:
    """Makes cases of a set, caching results of one bar for the next."""

    def __init__(self, name: str, rows: Rows, unseen: Rows, folder: Path, encoders: dict[str, Remembered]) -> None:
        self.name, self._unseen, self._folder, self._encoders = name, unseen, folder, encoders
        self._done: dict[tuple[str, tuple[str, ...]], Answers] = {}
        with (folder / "rows.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("text", "label"), *rows])

    def case(self, bar: float) -> Case:
        plan = prepare(self.task(bar)).plan
        right, unseen, records = [], [], {}
        for candidate in plan.candidates:
            known, details = self._answers(plan, candidate)
            right.append([known[example.input] for example in plan.evidence])
            unseen.append([known[text] for text, _ in self._unseen])
            records[candidate.key] = CandidateRecord(details=details)
        found = held_out(plan, records)
        learned = plan.shared_by(found) if any(found) else None
        found_by = [records[candidate.key].details for candidate in plan.candidates]
        return Case(self.name, replace(plan, learned=learned), right, unseen, found_by)

    def task(self, bar: float) -> Path:
        names = "\n".join(f"- {name}" for name in MODELS)
        path = self._folder / f"task-{bar:.3f}.yaml"
        path.write_text(
            f"name: {self.name}\ninstruction: Choose the label that fits the text.\nexamples: {{path: rows.csv}}\n"
            f"bar: {{pass_rate: {bar}}}\nbaselines: try\nmodels:\n{names}\n",
            encoding="utf-8",
        )
        return path

    def _answers(self, plan: Plan, candidate: Candidate) -> Answers:
        key = candidate.key, tuple(example.id for example in plan.examples.teaching)
        if key not in self._done:
            spec = probe_spec(plan, candidate, 1, Fetcher(lambda _: None, lambda: False))
            if candidate.is_weightless:
                runtime: Any = base.load(spec.runtime, _request(spec))
            else:
                if candidate.model not in self._encoders:
                    self._encoders[candidate.model] = Remembered(base.load(spec.runtime, _request(spec)))
                runtime = self._encoders[candidate.model]
            answerer = family(plan.task.family).prepare(runtime, spec)
            asked = [*((e.input, e.expected) for e in plan.evidence), *self._unseen]
            found = answerer.answer([text for text, _ in asked])
            right = {t: a.output == label for (t, label), a in zip(asked, found, strict=True)}
            self._done[key] = Answers(right, answerer.details)
        return self._done[key]


def _request(spec: Any) -> base.Load:  # noqa: ANN401  a ProbeSpec
    allows = frozenset(spec.allows)
    return base.Load(Path(spec.path), spec.files, spec.ability, spec.threads, allows, spec.options, None)


def bars(truth: Sequence[float]) -> list[float]:
    """Return three bars with different true answers, as far as the true rates allow."""
    levels: list[float] = []
    for rate in truth:
        if not levels or rate > levels[-1] + APART:
            levels.append(rate)
    between = [(low + high) / 2 for low, high in itertools.pairwise(levels)]
    highest = (levels[-1] + 1) / 2
    chosen = [*between[:1], *between[-1:]] if len(between) > 1 else [*between, levels[-1] - APART]
    return sorted({round(min(max(each, 0.05), HIGHEST_BAR), 2) for each in (*chosen, highest)})


def run(case: Case) -> Decision:
    plan = case.plan
    places = {example.id: n for n, example in enumerate(plan.evidence)}
    pairs = zip(plan.candidates, case.details, strict=True)
    records = {candidate.key: CandidateRecord(details=details) for candidate, details in pairs}
    while (step := next_step(plan, records)) is not None:
        candidate = plan.candidates[step.candidate]
        record = records[candidate.key]
        count = batch_size(candidate.runtime, len(record.outcomes[step.purpose]))
        for example in step.examples[:count]:
            passed = case.right[step.candidate][places[example.id]]
            record.add(step.purpose, Outcome(example.id, str(passed), float(passed), passed, 0.001))
    return decide(plan, records, Strength.CERTIFIED)


class Row(NamedTuple):
    """Result of a case."""

    cells: tuple[str, ...]
    right: bool
    passes: bool
    certified: int
    false: int
    constant: bool
    linear: bool
    share: float
    is_certified: bool
    split: float
    at_share: float
    named: bool
    oracle: float
    on_evidence: float
    is_larger: bool
    is_cut: bool
    at_best: bool
    missed: str
    probable: tuple[tuple[bool, bool], ...]


def row_of(case: Case) -> Row:
    started = time.perf_counter()
    decision = run(case)
    seconds = time.perf_counter() - started
    bar, names = case.plan.task.bar.pass_rate, [_short(each) for each in case.plan.candidates]
    passing = [index for index, rate in enumerate(case.truth) if rate > bar]
    honest = passing[0] if passing else None
    ours = None if decision.answer is None else decision.answer.candidate
    certified = [n for n, each in enumerate(decision.results) if each.is_certified]
    false = [index for index in certified if index not in passing]
    everything = len(names) * len(case.plan.evidence)
    # The result if only the true answer were tested, with all of α, on the same evidence.
    alpha, total = 1 - case.plan.task.bar.confidence, len(case.plan.evidence)
    split = at_share = 0.0
    if honest is not None:
        split = false_pass_rate(spending_boundary(total, bar, alpha), case.truth[honest])
        at_share = false_pass_rate(case.plan.tests[honest].boundary, case.truth[honest])
    by = {candidate.method: index for index, candidate in enumerate(case.plan.candidates)}
    share, every = decision.inferences / everything, total + len(case.plan.examples.teaching)
    chance, on_evidence = oracle(case, honest, every), oracle(case, honest, total)
    strength = decision.verdict if decision.answer is None else str(decision.answer.strength)
    cells = (
        case.name, f"{bar:.2f}", _named(names, case.truth, honest), _named(names, case.truth, ours), strength,
        "yes" if ours == honest else "no", "yes" if ours is None or ours in passing else "NO", str(len(false) or ""),
        f"{seconds:.1f}", f"{share:.2f}", f"{case.truth[by['constant']]:.2f}", f"{case.truth[by['linear']]:.2f}",
        f"{split:.2f}", f"{chance:.2f}",
    )  # fmt: skip
    smaller = enumerate(decision.results[:ours] if ours is not None else ())
    likely = next((n for n, each in smaller if _is_likely(n, each, bar)), ours)
    is_larger = strength == "certified" and honest is not None and ours is not None and ours > honest
    alone = None if honest is None else nested(total, bar, [alpha])[0].certified(case.right[honest], gives_up=False)
    return Row(
        cells, ours == honest, ours is None or ours in passing, len(certified), len(false), by["constant"] == honest,
        by["linear"] == honest, share, ours == honest and strength == "certified", split, at_share,
        honest in (ours, likely), chance, on_evidence,
        is_larger,
        ours != honest and honest is not None and len(decision.results[honest].counted) < total,
        is_larger and alone is not None and alone.claim is Claim.HOLDS,
        _missed(strength, ours, honest),
        tuple((each == honest, each is None or each in passing) for each in _probable(case, decision)),
    )  # fmt: skip


def oracle(case: Case, honest: int | None, rows: int) -> float:
    """Return how often the smallest with a rate above the bar on `rows` drawn unseen rows is the true answer."""
    unseen = np.array(case.unseen)
    drawn = np.random.default_rng(0).integers(0, unseen.shape[1], (DRAWS, rows))
    above = unseen[:, drawn].mean(axis=2) > case.plan.task.bar.pass_rate
    found = np.where(above.any(axis=0), above.argmax(axis=0), -1)
    return float((found == (-1 if honest is None else honest)).mean())


def _missed(strength: str, ours: int | None, honest: int | None) -> str:
    """Return how an answer differs from the true one, empty if it does not."""
    if ours == honest:
        return ""
    if ours is None:
        return "none where one passes"
    size = "too small" if honest is None or ours < honest else "too large"
    return f"{'' if strength == 'certified' else 'not '}certified and {size}"


def _probable(case: Case, decision: Decision) -> list[int | None]:
    """Return for each of `CHANCES` the smallest that passes with that probability, or the answer if none is smaller."""
    bar, known = case.plan.task.bar.pass_rate, constants(case.plan)
    ours = None if decision.answer is None else decision.answer.candidate
    chances: list[tuple[float, int]] = []
    for index, each in enumerate(decision.results[:ours]):
        estimate = known.get(index) or held_out_of(each.record.details)
        counted = Counted(index, each.passes, len(each.counted), estimate)
        right, of = counted.known
        if not each.is_refuted and right >= bar * of:
            chances.append((support(counted, bar), index))
    return [next((index for chance, index in chances if chance >= least), ours) for least in CHANCES]


def _is_likely(index: int, result: Any, bar: float) -> bool:  # noqa: ANN401  a CandidateResult
    """Return whether the report names a smaller candidate besides the answer."""
    if result.candidate.method == "constant" or result.is_refuted:
        return False
    return is_likely(Counted(index, result.passes, len(result.counted), held_out_of(result.record.details)), bar)


def _short(candidate: Candidate) -> str:
    if candidate.is_baseline:
        return candidate.method
    return candidate.model.rpartition("/")[2].replace("sentence-transformers", "").split("-l2")[0][:18]


def _named(names: Sequence[str], truth: Sequence[float], index: int | None) -> str:
    return "none" if index is None else f"{names[index]} {truth[index]:.2f}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.smallest", description=__doc__.splitlines()[0])
    parser.add_argument("--sources", type=Path, required=True, help="folder that holds the unpacked packages")
    parser.add_argument("--rows", type=int, default=300)
    parser.add_argument("--unseen", type=int, default=700)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--only", nargs="*", default=[], help="names of sets")
    given = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    rows: list[Row] = []
    encoders: dict[str, Remembered] = {}
    print(load_line(), flush=True)
    for name, all_rows in sets(given.sources):
        if (given.only and name not in given.only) or len(all_rows) < given.rows + given.unseen // 2:
            continue
        drawn = [
            all_rows[at] for at in np.random.default_rng(0).permutation(len(all_rows))[: given.rows + given.unseen]
        ]
        for seed in given.seeds:
            order = [drawn[at] for at in np.random.default_rng(seed).permutation(len(drawn))]
            with tempfile.TemporaryDirectory() as folder:
                bench = Bench(name, order[: given.rows], order[given.rows :], Path(folder), encoders)
                for bar in bars(bench.case(FIRST_BAR).truth):
                    rows.append(row_of(bench.case(bar)))
                    print("  ".join(rows[-1].cells), file=sys.stderr, flush=True)
    print("\n".join(table(HEADER, [row.cells for row in rows], frozenset({1, *range(7, len(HEADER))}))))
    print(_summary(rows))
    print(_lost(rows))
    print(_apart(rows))
    print(_misses(rows))
    print(_probably(rows))
    return 0


def _misses(rows: Sequence[Row]) -> str:
    kinds = Counter(row.missed for row in rows if row.missed)
    return "missed: " + (", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())) or "none")


def _probably(rows: Sequence[Row]) -> str:
    """Return the results of answering with the smallest that probably passes."""
    parts, count = [], max(1, len(rows))
    for place, least in enumerate(CHANCES):
        each = [row.probable[place] for row in rows]
        right, below = sum(is_honest for is_honest, _ in each), sum(not passes for _, passes in each)
        parts.append(f"from a chance of {least:.0%} on {right / count:.1%} right, {below / count:.1%} below the bar")
    below = sum(not row.passes for row in rows)
    ours = f"as it is {sum(row.right for row in rows) / count:.1%} right, {below / count:.1%} below the bar"
    return "the smallest that probably passes as the answer: " + "; ".join([*parts, ours])


def _lost(rows: Sequence[Row]) -> str:
    """Return the losses to the noise of the rows, to the training rows, and to the rule itself."""
    count = max(1, len(rows))
    everything = sum(row.oracle for row in rows) / count
    evidence, right = sum(row.on_evidence for row in rows) / count, sum(row.right for row in rows) / count
    return (
        f"lost: noise of so many rows {1 - everything:.1%}, rows that train {everything - evidence:.1%}, the rule "
        f"{evidence - right:.1%}; answered by a larger certified one {sum(row.is_larger for row in rows)} (the "
        f"honest one would be at all of α in {sum(row.at_best for row in rows)}), the honest one not asked "
        f"everything in {sum(row.is_cut for row in rows)} of {sum(not row.right for row in rows)} misses"
    )


def _apart(rows: Sequence[Row]) -> str:
    """Return the figure for the sets that rules were chosen on, and for those held out."""
    parts = []
    for are_held in (False, True):
        own = [row for row in rows if (row.cells[0] in HELD_OUT) is are_held]
        chances = sum(row.oracle for row in own)
        parts.append(f"{sum(row.right for row in own)} of {len(own)} (oracle {chances:.1f})")
    return f"sets that rules were chosen on: {parts[0]}; held out: {parts[1]}"


def _summary(rows: Sequence[Row]) -> str:
    count = max(1, len(rows))
    could, would = sum(row.split for row in rows), sum(row.at_share for row in rows)
    return (
        f"\n{len(rows)} cases: ours the smallest that truly passes in {sum(row.right for row in rows) / count:.0%} "
        f"(oracle of as many rows {sum(row.oracle for row in rows) / count:.0%}), "
        f"or named next to it in {sum(row.named for row in rows) / count:.0%}, "
        f"passes (or none) in {sum(row.passes for row in rows) / count:.0%}; constant "
        f"{sum(row.constant for row in rows) / count:.0%}, linear {sum(row.linear for row in rows) / count:.0%}; "
        f"false certificates {sum(row.false for row in rows)} of {sum(row.certified for row in rows)}; the smallest "
        f"certified in {sum(row.is_certified for row in rows)}, at its share of α {would:.1f} are expected, where the "
        f"best split would expect {could:.1f}; inferences {sum(row.share for row in rows) / count:.2f} of everything"
    )


if __name__ == "__main__":
    sys.exit(main())
