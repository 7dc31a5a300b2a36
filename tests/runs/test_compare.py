"""Comparison of two runs: the paired test, shared examples, differences."""

import json
import shutil
import time
from fractions import Fraction
from itertools import product
from math import comb
from pathlib import Path
from typing import Any

import pytest

from advisor.decide.records import Purpose
from advisor.errors import InputError
from advisor.report.comparison import comparison_lines
from advisor.report.full import report_of
from advisor.report.sentences import best
from advisor.runs.compare import compare_runs, mcnemar
from advisor.runs.origin import changes
from advisor.runs.reader import open_run
from tests.conftest import SAMPLE, Home, only_line, run_advisor
from tests.tables import for_each


def changed_run(folder: Path, flips: int, wrong: bool = True) -> Path:  # noqa: FBT001, FBT002  a test's own
    """Copy the sample run with the first right (or wrong) answers of its first candidate turned round."""
    copy = Path(shutil.copytree(SAMPLE, folder))
    path = copy / "outcomes.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for row in rows:
        if (
            flips
            and row["candidate"].startswith("wordllama")
            and row["passed"] is wrong
            and row["purpose"] == "evidence"
        ):
            row["passed"] = not row["passed"]
            row["output"] = "other"
            flips -= 1
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return copy


@for_each(("first", "second"), [*product(range(5), repeat=2), (1, 30), (250, 200)])
def test_the_test_is_exact(first: int, second: int) -> None:
    """Twice the smaller tail of a fair coin, in rational arithmetic; it does not depend on which is called first."""
    total = first + second
    tail = sum(Fraction(comb(total, k), 2**total) for k in range(min(first, second) + 1))
    assert mcnemar(first, second) == pytest.approx(float(min(Fraction(1), 2 * tail)))
    assert mcnemar(first, second) == mcnemar(second, first)


def test_thousands_of_examples_are_compared_at_once() -> None:
    """With each binomial coefficient by itself it took a quarter of a minute."""
    began = time.process_time()
    assert mcnemar(6000, 6100) == pytest.approx(0.36812088, rel=1e-6)
    assert time.process_time() - began < 2


def test_a_run_compared_with_itself() -> None:
    run = open_run(SAMPLE)
    result = compare_runs(run, run)
    assert result.differ == []
    assert result.paired.shared == 90
    assert (result.paired.both_right, result.paired.both_wrong) == (67, 23)
    assert (result.paired.p_value, result.paired.differ) == (1.0, [])


def test_where_none_is_recommended_the_reports_own_best_is_compared(tmp_path: Path) -> None:
    """The same model with the same counts as in the run's report: three of three are not the best, nor what is late.

    What else the bar asks goes before the rate.
    """
    folder = Path(shutil.copytree(SAMPLE, tmp_path / "none"))
    path = folder / "result.json"
    result = json.loads(path.read_text(encoding="utf-8"))
    result |= {"recommended": None, "verdict": "none", "strength": None}
    result["candidates"][0] |= {"outcomes": 80, "verdict": "given up"}
    rows = (folder / "outcomes.jsonl").read_text(encoding="utf-8").splitlines()
    first = [row for row in map(json.loads, rows) if row["candidate"].startswith("wordllama")][:3]
    other = open_run(folder).candidates[1].key
    mine = [row | {"candidate": other, "passed": True, "purpose": "evidence"} for row in first]
    (folder / "outcomes.jsonl").write_text("\n".join([*rows, *map(json.dumps, mine)]) + "\n", encoding="utf-8")
    result["candidates"][1] |= {"outcomes": 3}
    path.write_text(json.dumps(result), encoding="utf-8")
    run = open_run(folder)
    top = best(report_of(run))
    outcome = compare_runs(run, run).runs[0]
    assert (outcome.model, outcome.passes, outcome.outcomes) == (top.name, top.passes, top.outcomes)
    assert (outcome.outcomes, outcome.is_recommended) == (80, False)
    assert outcome.p50_seconds == top.seconds.p50
    lines = "\n".join(comparison_lines(compare_runs(run, run)))
    assert "(not recommended)" in lines
    assert "none passes" in lines
    assert "given up" in lines
    assert "chance 1" not in lines
    label = {"name": "label 'a'", "words": "", "bar": 0.9, "observed": 0.5, "verdict": "undecided"}
    result["candidates"][0]["besides"] = [label | {"why_not": None, "lower_bound": None}]
    path.write_text(json.dumps(result), encoding="utf-8")
    run = open_run(folder)
    assert compare_runs(run, run).runs[0].model == best(report_of(run)).name == run.candidates[1].name
    assert "passes these examples 67/90" in "\n".join(comparison_lines(compare_runs(open_run(SAMPLE), run)))


def test_what_flipped_is_tested(tmp_path: Path) -> None:
    """Six answers right in one run alone are a difference, p = 0.031; the same from the other side."""
    before, after = open_run(SAMPLE), open_run(changed_run(tmp_path / "worse", 6))
    result = compare_runs(before, after).paired
    assert (result.only_first_right, result.only_second_right, result.shared) == (6, 0, 90)
    assert result.p_value == 0.03125
    assert len(result.differ) == 6
    assert compare_runs(after, before).paired.only_second_right == 6


def test_answers_chosen_for_another_models_mistakes_are_no_evidence() -> None:
    """A comparison's outcomes would always speak for the larger model: the test leaves them out."""
    run = open_run(SAMPLE)
    other = run.candidates[1]
    result = compare_runs(run, run, (None, "2")).paired
    shared = set(run.candidates[0].record.outcomes[Purpose.EVIDENCE]) & set(other.record.outcomes[Purpose.EVIDENCE])
    assert result.shared == len(shared)


def test_candidates_are_named_by_number_or_beginning() -> None:
    """A name that fits none or several is an error with the candidates' names."""
    run = open_run(SAMPLE)
    assert compare_runs(run, run, ("2", "paraphrase")).runs[0].model == "paraphrase-MiniLM-L3-v2-onnx"
    for name in ("9", "nothing", ""):
        with pytest.raises(InputError, match=r"they are 1\. wordllama"):
            compare_runs(run, run, (name, None))


def test_the_command(home: Home, tmp_path: Path) -> None:
    """As text and as a document; wrong input is one line."""
    worse = changed_run(tmp_path / "worse", 6)
    ran = run_advisor(home, "compare", SAMPLE, worse, code=0)
    assert "only A right on 6, only B right on 0" in ran.out
    assert "in about 3 of 100 such comparisons (exact McNemar, two-sided)" in " ".join(ran.out.split())
    document: dict[str, Any] = json.loads(run_advisor(home, "compare", SAMPLE, worse, "--json").out)
    assert document["paired"]["p_value"] == 0.03125
    for arguments, words in (
        ((SAMPLE, "nothing"), "there is none"),
        ((SAMPLE, worse, "--model", "x"), "no candidate's name starts so"),
        ((SAMPLE, worse, "--model", "1", "--model", "2", "--model", "3"), "or two"),
    ):
        ran = run_advisor(home, "compare", *arguments)
        assert (ran.code, ran.out) == (2, "")
        assert words in only_line(ran.err)


@pytest.fixture
def before() -> dict[str, Any]:
    """What a run fixed."""
    described: dict[str, Any] = json.loads((SAMPLE / "run.json").read_text(encoding="utf-8"))
    return described


def copied(value: dict[str, Any]) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(value))
    return copy


def test_each_change_is_listed(before: dict[str, Any]) -> None:
    """Values with what they were, examples by count, candidates by name; what follows from the rest is left out."""
    assert changes(before, copied(before)) == []
    after = copied(before)
    after["task"]["bar"]["pass_rate"] = 0.9
    after["task"]["prompt"] = {"examples": 3}  # a key that the older version did not know
    after["evidence"] = [["new", "x"], *after["evidence"][2:]]
    after["evidence"][1][1] = "relabelled"
    after["candidates"][0] = "another\x1b[2J"
    after["engines"]["model2vec"] = "9.9"
    after["alpha_shares"] = [1.0]
    after["methods"] = 2
    output = "\n".join(changes(before, after))
    assert "task bar pass_rate: 0.9, was 0.72" in output
    assert "examples: 2 gone, 1 new, 1 with another expected answer (now 149, were 150)" in output
    assert "candidate gone: wordllama" in output
    assert r"candidate new: another\x1b[2J" in output
    assert "library model2vec: 9.9, was 0.10.0" in output
    assert "methods: 2, was 1" in output
    assert "prompt" not in output
    assert "alpha" not in output


def test_another_order_is_listed(before: dict[str, Any]) -> None:
    """Of the examples, and of the candidates; the shares of the error where nothing else differs."""
    after = copied(before)
    after["alpha_shares"] = [0.05]
    (line,) = changes(before, after)
    assert line.startswith("alpha shares: [0.05], was [0.01666")
    after["evidence"].reverse()
    after["candidates"].reverse()
    assert changes(before, after) == ["evidence examples: in another order", "candidates: in another order"]
