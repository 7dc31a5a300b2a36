"""`advisor verify`: the same model again, on known and on new examples, at the pinned and the newest revision."""

import json
import re
import shutil
from fractions import Fraction
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from advisor.evidence.binomial import at_most
from tests.cli.conftest import STATIC
from tests.conftest import Home, Ran, run_advisor
from tests.local_hub import LocalHub
from tests.report.recompute import lines
from tests.tables import for_each

OLD, NEW = "a" * 40, "b" * 40


def run_task(run: Path, folder: Path, bar: str) -> Path:
    """Return the task of a run with another bar, its examples next to it."""
    made_of = Path(json.loads((run / "run.json").read_text(encoding="utf-8"))["origin"]["files"]["task"]["path"])
    shutil.copy(made_of.parent / "subjects.jsonl", folder)
    task = folder / "task.yaml"
    task.write_text(re.sub(r"bar:.*", bar, made_of.read_text(encoding="utf-8")), encoding="utf-8")
    return task


@pytest.fixture
def copy(made: tuple[Home, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(made[1], tmp_path / "copy"))


def verify(home: Home, run: Path, *arguments: str | Path) -> tuple[int, dict[str, Any]]:
    ran = run_advisor(home, "verify", run, "--json", *arguments)
    assert ran.code in {0, 3, 4}, ran.err
    return ran.code, json.loads(ran.out)


def write_examples(path: Path, rows: list[tuple[str, str]]) -> Path:
    path.write_text(
        "".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in rows), encoding="utf-8"
    )
    return path


def answered(run: Path) -> list[tuple[str, str]]:
    """Return texts that the run never saw, each with the label that the model gave to the text it was made of."""
    texts = {row["id"]: row["input"] for row in lines(run / "evidence.jsonl")}
    return [
        (f"{texts[line['id']]} .", line["output"])
        for line in lines(run / "outcomes.jsonl")
        if line["purpose"] == "evidence"
    ]


def test_it_holds_on_the_same_examples(made: tuple[Home, Path]) -> None:
    """Exit code 0, not one answer differs, and the run's folder keeps what was found."""
    home, run = made
    code, document = verify(home, run)
    result = json.loads((run / "result.json").read_text(encoding="utf-8"))
    assert (code, document["verdict"], document["flipped"]) == (0, "holds", [])
    assert document["passes"] == result["candidates"][0]["passes"]
    assert document["asked"] == result["candidates"][0]["outcomes"]
    assert document["changed"]["sha256"]["was"] == document["changed"]["sha256"]["is"]
    assert document["changed"]["seconds_per_example"]["is"] > 0
    assert document["changed"]["peak_memory_bytes"]["is"] > 10_000_000
    assert lines(run / "verifications.jsonl")[-1]["verdict"] == "holds"
    assert json.loads(run_advisor(home, "verify", run / "result.json", "--json").out)["verdict"] == "holds"


def test_new_examples_are_a_new_test(made: tuple[Home, Path], tmp_path: Path) -> None:
    """Certified again, shown to be below the bar, or undecided: exit codes 0, 3 and 4."""
    home, run = made
    rows = answered(run)
    assert len(rows) > 30
    code, document = verify(home, run, "--examples", write_examples(tmp_path / "right.jsonl", rows))
    assert (code, document["verdict"]) == (0, "holds")
    assert document["asked"] <= document["of"] == len(rows)
    other = {"ham": "spam", "spam": "ham"}
    wrong = [(text, other[label]) for text, label in rows]
    code, document = verify(home, run, "--examples", write_examples(tmp_path / "wrong.jsonl", wrong))
    assert (code, document["verdict"]) == (3, "does not hold")
    assert document["passes"] < 10
    few = [*rows[:3], *wrong[3:5]]
    code, document = verify(home, run, "--examples", write_examples(tmp_path / "few.jsonl", few))
    assert (code, document["verdict"], document["asked"]) == (4, "undecided", 5)


def test_examples_that_the_run_knew_are_not_new(made: tuple[Home, Path], tmp_path: Path) -> None:
    """Those that taught or were evidence are left out; nothing else in the file is an error."""
    home, run = made
    known = [
        (row["input"], row["expected"]) for name in ("teaching", "evidence") for row in lines(run / f"{name}.jsonl")
    ]
    path = write_examples(tmp_path / "some.jsonl", [*known[:150], *answered(run)[:20]])
    _, document = verify(home, run, "--examples", path)
    assert (document["of"], document["left_out"]) == (20, 150)
    ran = run_advisor(home, "verify", run, "--examples", write_examples(tmp_path / "old.jsonl", known))
    assert ran.code == 2
    assert "already" in ran.err


def test_what_flipped_is_reported(made: tuple[Home, Path], copy: Path) -> None:
    """An answer that was another one in the run, other weights, another engine."""
    home, _ = made
    outcomes = lines(copy / "outcomes.jsonl")
    first = next(line for line in outcomes if line["passed"])
    first["output"], first["passed"] = {"ham": "spam", "spam": "ham"}[first["output"]], False
    (copy / "outcomes.jsonl").write_text("".join(json.dumps(line) + "\n" for line in outcomes), encoding="utf-8")
    result = json.loads((copy / "result.json").read_text(encoding="utf-8"))
    result["recommended"]["sha256"] = {"model.safetensors": "0" * 64}
    (copy / "result.json").write_text(json.dumps(result), encoding="utf-8")
    text = (copy / "probes.jsonl").read_text(encoding="utf-8")
    (copy / "probes.jsonl").write_text(re.sub(r"model2vec [\d.]+", "model2vec 0.0.1", text), encoding="utf-8")
    ran = run_advisor(home, "verify", copy)
    assert ran.code == 0
    assert "answers: 1 differ (0 from right to wrong, 1 from wrong to right)" in ran.out
    assert "weights: " in ran.out
    assert "was 000000000000" in ran.out
    assert "was model2vec 0.0.1" in ran.out


def test_the_newest_revision_is_tried(made: tuple[Home, Path], copy: Path, starter_home: Home, tmp_path: Path) -> None:
    """The pinned one is fetched and holds; the newest, whose weights were scrambled, answers otherwise."""
    home, _ = made
    for name in ("run.json", "result.json"):
        path = copy / name
        value = json.loads(path.read_text(encoding="utf-8"))
        facts = value["candidate_facts"][0] if name == "run.json" else value["recommended"]
        facts |= {"model": "org/static", "revision": OLD, "folder": None}
        path.write_text(json.dumps(value), encoding="utf-8")
    model = starter_home.data / "model-advisor" / "models" / STATIC
    worse = Path(shutil.copytree(model, tmp_path / "worse"))
    tensors = load_file(worse / "model.safetensors")
    order = np.random.default_rng(0).permutation(len(next(iter(tensors.values()))))
    (worse / "model.safetensors").unlink()
    save_file(
        {name: np.ascontiguousarray(table[order]) for name, table in tensors.items()}, worse / "model.safetensors"
    )

    def run(hub: LocalHub, *arguments: str) -> Ran:
        variables = {"HF_HOME": str(tmp_path / "hub"), "HF_ENDPOINT": hub.url, "HF_HUB_DISABLE_XET": "1"}
        return run_advisor(home, "verify", copy, "--json", *arguments, variables=variables)

    with LocalHub() as hub:
        hub.add_repo("org/static", model, revision=OLD)
        ran = run(hub, "--offline")
        assert (ran.code, "leave out --offline" in ran.err) == (5, True), ran.err
        ran = run(hub)
        assert ran.code == 0, ran.err
        assert "fetching org/static at revision aaaaaaaaaaaa (16 MB)" in ran.err
        hub.add_repo("org/static", worse, revision=NEW)
        ran = run(hub, "--newest")
        document = json.loads(ran.out)
        assert document["changed"]["revision"] == {"was": OLD, "is": NEW}
        # A head trained on other vectors is another model: what it does is measured, not assumed.
        assert document["flipped"]
        assert ran.code == {"holds": 0, "does not hold": 3, "undecided": 4}[document["verdict"]]
        assert json.loads(run(hub, "--offline").out)["verdict"] == "holds"


def test_nothing_is_sent_away_without_leave(made: tuple[Home, Path], copy: Path) -> None:
    """A model on a server elsewhere is asked again only where the user agrees, as in the run itself."""
    home, _ = made
    options = {"url": "http://models.invalid/v1", "sent_to": "models.invalid", "model": "m"}
    for name in ("run.json", "result.json"):
        path = copy / name
        value = json.loads(path.read_text(encoding="utf-8"))
        facts = value["candidate_facts"][0] if name == "run.json" else value["recommended"]
        facts |= {"runtime": "openai", "place": "server", "options": options, "files": []}
        path.write_text(json.dumps(value), encoding="utf-8")
    ran = run_advisor(home, "verify", copy)
    assert (ran.code, ran.out) == (2, "")
    assert "Your examples are sent to models.invalid" in ran.err
    assert "--send-to models.invalid" in ran.err
    ran = run_advisor(home, "verify", copy, "--send-to", "models.invalid")
    assert ran.code == 5
    assert "cannot be run here" in ran.err


def change_bar(run: Path, **bar: Any) -> None:
    """Make as if the task had asked for more."""
    value = json.loads((run / "run.json").read_text(encoding="utf-8"))
    value["task"]["bar"] |= bar
    (run / "run.json").write_text(json.dumps(value), encoding="utf-8")


def test_every_criterion_is_tested_again(made: tuple[Home, Path], tmp_path: Path) -> None:
    """Mean score, latency, precision and agreement besides the pass rate, each with its verdict; all must hold."""
    home, run = made
    task = run_task(
        run, tmp_path, "bar: {pass_rate: 0.6, mean_score: 0.6, p95_seconds: 5, agreement: 0.6, precision: {spam: 0.6}}"
    )
    # The latency takes more examples than there are, so nothing is certified of new inputs.
    ran = run_advisor(home, "recommend", task, "--json", "--offline", "--require", "examples", code=0)
    result = json.loads(ran.out)
    folder = Path(result["folder"])
    whys = {each["name"]: each["why_not"] for each in result["candidates"][0]["besides"]}
    assert whys == {
        "mean score": "",
        "latency": "too few: certifying it takes at least 295",
        "answers 'spam'": "",
        "agreement": "",
    }
    code, document = verify(home, folder)
    assert (code, document["verdict"], document["not_tested"]) == (0, "holds", [])
    found = {each["name"]: each for each in document["criteria"]}
    assert set(found) == {"pass rate", "mean score", "latency", "answers 'spam'", "agreement"}
    assert {each["verdict"] for each in found.values()} == {"holds"}
    assert found["mean score"]["observed"] == found["pass rate"]["observed"] == document["passes"] / document["asked"]
    assert found["agreement"]["asked"] <= document["asked"]
    assert all(found[name]["lower_bound"] >= found[name]["bar"] - 0.05 for name in set(found) - {"latency"})
    # No model answers so soon: shown, not only undecided.
    change_bar(folder, p95_seconds=1e-9)
    ran = run_advisor(home, "verify", folder)
    assert ran.code == 3
    assert re.search(r"^  95% of answers within .*: does not hold", ran.out, flags=re.MULTILINE)
    shown = r"the same answer again for 60% of inputs: holds \([\d.]+% over \d+ examples, at least [\d.]+% is proven\)"
    assert re.search(shown, ran.out)


def test_new_examples_test_every_criterion(made: tuple[Home, Path], copy: Path, tmp_path: Path) -> None:
    """As many are asked as all of them take, 295 for the latency."""
    home, run = made
    rows = [(f"{text}{' .' * more}", label) for text, label in answered(run) for more in range(11)][:400]
    assert len(rows) > 310
    change_bar(copy, p95_seconds=60.0)
    code, document = verify(home, copy, "--examples", write_examples(tmp_path / "right.jsonl", rows))
    assert (code, document["verdict"]) == (0, "holds")
    assert document["asked"] >= 295


def test_what_cannot_be_tested_is_not_claimed(made: tuple[Home, Path], copy: Path) -> None:
    """A reference whose scores are not there, and what this version does not know: undecided."""
    home, _ = made
    change_bar(copy, reference={"column": "score", "margin": 0.1}, politeness=0.9)
    ran = run_advisor(home, "verify", copy, code=4)
    assert ran.out.startswith("Undecided: ")
    assert "not claimed of politeness, reference, which could not be tested on these examples" in ran.out


def test_what_cannot_be_verified_is_reported(made: tuple[Home, Path], copy: Path, tmp_path: Path) -> None:
    home, run = made
    (copy / "result.json").unlink()
    empty = write_examples(tmp_path / "label.jsonl", [("a text", "ham"), ("another", "eggs")])
    for arguments, code, words in (
        ((copy,), 2, "is not finished"),
        ((run, "--newest"), 2, "is a local folder"),
        ((run, "--newest", "--offline"), 2, "give one"),
        ((run, "--examples", tmp_path / "none.csv"), 2, "none.csv"),
        ((run, "--examples", empty), 2, "eggs"),
    ):
        ran = run_advisor(home, "verify", *arguments)
        assert (ran.code, ran.out) == (code, ""), ran.err
        assert words in ran.err
        assert len(ran.err.strip().splitlines()) == 1


@for_each(("passes", "total", "rate"), [(0, 1, 0.9), (7, 10, 0.9), (85, 100, 0.9), (3, 40, 0.5), (5, 5, 0.7)])
def test_the_binomial_tail_is_exact(passes: int, total: int, rate: float) -> None:
    """Against rational arithmetic."""
    p = Fraction(rate)
    exact = sum(comb(total, k) * p**k * (1 - p) ** (total - k) for k in range(passes + 1))
    assert at_most(passes, total, rate) == pytest.approx(float(exact), rel=1e-9)
