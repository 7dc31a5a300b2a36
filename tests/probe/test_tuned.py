"""A small encoder tuned on the training rows: planned, limited, interrupted, trained once, verified and exported."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from advisor.decide.plan import Plan
from advisor.decide.records import CandidateRecord, Purpose
from advisor.decide.search import next_step
from advisor.engines.tuning import PARTS, UNPROMISED, Recipe, alike, fit
from advisor.families.methods.tuned import drawn
from advisor.families.methods.word_tags import SECONDS_PER_WORD
from advisor.probe.supervisor import ProbeFailedError, Worker
from advisor.report.text import plan_text
from advisor.workflow import pipeline
from tests import warm
from tests.conftest import PATIENCE, ROOT, Home, run_advisor
from tests.families.support import write_task
from tests.probe.asking import answered
from tests.probe.scripted import circumstance_of
from tests.probe.support import LIMITS, is_gone, minilm_folder, spec, static_folder
from tests.probe.tiny import tiny
from tests.tables import for_each

MODEL = "sentence-transformers/all-MiniLM-L6-v2"
# Few and larger steps, for time's sake: as the command, but for their number and rate.
COMMAND = """
import advisor.candidates.tuned as t
t.TUNINGS = {{kind: how._replace(steps={steps}, rate=3 * how.rate) for kind, how in t.TUNINGS.items()}}
t.PARTS = 1
from advisor.__main__ import main
main()
"""
STEPS = 14

GOOD = ("delicious", "wonderful", "superb", "charming")
BAD = ("awful", "horrible", "dreadful", "disgusting")
# Words that no training row has.
ALSO_GOOD = ("excellent", "marvellous", "delightful", "splendid", "fantastic", "perfect", "pleasant", "terrific")
ALSO_BAD = ("useless", "boring", "shabby", "broken", "disappointing", "nasty", "rotten", "pathetic")
THINGS = ("soup", "hotel", "film", "train", "concert", "garden", "laptop", "haircut", "museum", "bicycle", "pizza")
SAYS, DENIES = ("The {} was {}.", "I found the {} {}."), ("The {} was not {}.", "I never found the {} {}.")


def rows(good: tuple[str, ...], bad: tuple[str, ...], count: int, seed: int) -> list[dict[str, Any]]:
    """Return so many sentences of praise and blame; half deny what the others say, which vectors hardly tell."""
    said = [
        (form.format(thing, word), label)
        for forms, labels in ((SAYS, ("praise", "blame")), (DENIES, ("blame", "praise")))
        for form in forms
        for thing in THINGS
        for label, words in zip(labels, (good, bad), strict=True)
        for word in words
    ]
    order = np.random.default_rng(seed).permutation(len(said))
    return [{"text": said[at][0], "label": said[at][1]} for at in order[:count]]


def task_in(folder: Path, evidence: int = 160, own: list[dict[str, Any]] | None = None, **more: Any) -> Path:
    """Write a task whose examples use other words than its training rows."""
    folder.mkdir()
    (folder / "taught.json").write_text(json.dumps(rows(GOOD, BAD, 60, 0)), encoding="utf-8")
    task = {"models": [MODEL], "teaching": {"path": "taught.json"}, "bar": {"pass_rate": 0.85}, "tuning": "try"}
    return write_task(folder, own or rows(ALSO_GOOD, ALSO_BAD, evidence, 1), **task | more)


def planned(task: Path) -> Plan:
    return pipeline.prepare(task).plan


def test_the_tuned_one_stands_behind_its_model_and_is_not_where_probing_starts(here: Home, tmp_path: Path) -> None:
    """Named apart, with its minutes, in the text and in JSON; probing starts at what takes no minutes."""
    plan = planned(task_in(tmp_path / "a"))
    untuned, tuned = plan.candidates
    assert [(each.name, each.method) for each in plan.candidates] == [(MODEL, "head"), (f"{MODEL}:tuned", "tuned")]
    assert tuned.training_seconds > 100 * (tuned.seconds_per_example or 0)
    assert (tuned.serving_bytes, untuned.training_seconds) == (untuned.serving_bytes, None)
    assert tuned.peak_bytes > untuned.peak_bytes + tuned.weights_bytes
    assert plan.expected == 0
    assert sum(plan.sharing.shares) <= 0.05 + 1e-12
    assert plan.expected_cost.most_seconds > tuned.training_seconds
    assert re.search(r"tuned on your 60 training rows.*; tuning takes about \d", plan_text(plan))


def test_tuning_is_offered_with_its_time_unless_it_is_asked_for(here: Home, tmp_path: Path) -> None:
    """One line of the plan; nothing where the task does not want it, and why not where it was asked for."""
    offers = [
        re.findall(
            r"tune (.*?) on your 60 training rows, which takes about \d", plan_text(planned(task_in(at, **more)))
        )
        for at, more in (
            (tmp_path / "a", {"tuning": "offer"}),
            (tmp_path / "b", {"tuning": "skip"}),
            (tmp_path / "c", {"tuning": "offer", "constraints": {"max_parameters": "10M"}, "baselines": "try"}),
            (tmp_path / "e", {"tuning": "offer", "models": ["wordllama-l2-supercat-256"]}),  # gains on pairs alone
        )
    ]
    assert offers == [[MODEL], [], [], []]
    few = task_in(tmp_path / "d")
    (few.parent / "taught.json").write_text(json.dumps(rows(GOOD, BAD, 15, 0)), encoding="utf-8")
    assert [each.method for each in planned(few).candidates] == ["head"]
    for task, why in (
        (few, f"{MODEL}:tuned: tuning takes 8 training rows a label; there are 15"),
        (task_in(tmp_path / "f", models=["wordllama-l2-supercat-256"]), "tuning: no candidate can be tuned for this"),
        (task_in(tmp_path / "g", limits={"load_seconds": 2}), f"{MODEL}:tuned: tuning takes longer than limits.load_s"),
    ):
        assert f"Left out: {why}" in plan_text(planned(task))


def test_nothing_is_tuned_for_a_comparison(here: Home, tmp_path: Path) -> None:
    """Where the untuned one passes, its mistakes are not put to the tuned one: that would cost the training."""
    plan = planned(task_in(tmp_path / "a", bar={"pass_rate": 0.6}))
    records = {each.key: CandidateRecord() for each in plan.candidates}
    from advisor.probe.protocol import Outcome

    while (step := next_step(plan, records)) is not None:
        assert step.candidate == 0
        for place, example in enumerate(step.examples):
            made = Outcome(example.id, "praise", 1.0, passed=place != 3, seconds=0.1)
            records[plan.candidates[0].key].add(step.purpose, made)
    assert records[plan.candidates[0].key].outcomes[Purpose.EVIDENCE]


def test_a_batch_holds_pairs_of_one_label_and_of_several() -> None:
    """Whatever the labels' number; each label and row about as often as any other."""
    for labels in ([0, 1] * 12, [0] * 20 + [1] * 4, [*range(30)] * 3, [0, 0, 1]):
        batches = list(drawn([[each] for each in labels], 30, 0, 16))
        assert len(batches) == 30
        for batch in batches:
            held = [labels[row] for row in batch]
            assert len(set(held)) >= 2
            assert len(batch) <= 16
            assert any(held.count(each) > 1 for each in held)
        assert {row for batch in batches for row in batch} == {*range(len(labels))}
    both = list(drawn([[0], [1], [0, 1]], 9, 0, 16))
    assert {row for batch in both for row in batch} == {0, 1, 2}
    assert all(sorted(batch) == [0, 1, 2, 3] for batch in drawn([[0] * 9, [0], [1], [1]], 9, 0, 4))


def test_half_of_a_change_is_halfway() -> None:
    """What is kept of the change of a weight: all, or the part that is asked for."""
    import torch

    ends, rows = [], torch.eye(3)
    for kept in (0.0, 0.5, 1.0):
        torch.manual_seed(1)
        layer = torch.nn.Linear(3, 1)
        recipe = Recipe(layer, dict(layer.named_parameters()), lambda at, layer=layer: layer(rows[at]).square().sum())
        fit(recipe, [[0, 1], [2], [1, 2]] * 4, 0.1, 0, kept)
        ends.append(layer.weight)
    assert not torch.allclose(ends[0], ends[2], atol=0.05)
    assert torch.allclose(ends[1], (ends[0] + ends[2]) / 2)


def test_texts_of_several_labels_are_tuned_by_what_they_share(here: Home, tmp_path: Path) -> None:
    """In part where they share a part; a plan has such a candidate."""
    assert alike([[0], [0, 1], [1]]).tolist() == [[1.0, 0.5, 0.0], [0.5, 1.0, 0.5], [0.0, 0.5, 1.0]]
    task = task_in(tmp_path / "a", labels_per_text="several", labels=["praise", "blame"])
    assert [each.method for each in planned(task).candidates] == ["head", "tuned"]


def test_an_encoder_of_words_is_tuned_for_tags(here: Home, tmp_path: Path) -> None:
    """Behind its head, whose own training is cross-validated first and takes its time, too."""
    tagged = [{"text": text, "entities": {"CITY": [found[0]["text"]]}} for text, found in TRIPS]
    more = [{"text": f"{each['text']} {n}", "entities": each["entities"]} for n in range(12) for each in tagged]
    named = {"family": "token-classification", "teaching": {"count": 24}, "labels": {}}
    plan = planned(task_in(tmp_path / "a", own=more, baselines="try", **named))
    assert [(each.method, each.ability) for each in plan.candidates[2:]] == [("head", "embed"), ("tuned", "embed")]
    assert set(plan.to_cross_validate) == {1, 2}
    words = sum(len(each.input.split()) for each in plan.examples.teaching)
    assert plan.learning_seconds[1] == pytest.approx(SECONDS_PER_WORD * 3 * 6 * words, rel=0.3)
    assert plan.candidates[3].training_seconds > 10 * plan.learning_seconds[2]


MOOD_ROWS = (
    ("the day is sunny", "up"),
    ("a grey day", "down"),
    ("lovely", "up"),
    ("very grey", "down"),
    ("a very lovely day", "up"),
    ("the grey", "down"),
)
TRIPS = tuple(
    (f"{who} came to {where} today .", [{"text": where, "label": "CITY", "start": at, "end": at + len(where)}])
    for who, at in (("Bob", 12), ("Alan Turing", 20))
    for where in ("Paris", "New London", "Berlin")
)
SEVERAL = (*((text, [label]) for text, label in MOOD_ROWS), *[("sunny and grey", ["down", "up"])] * 2)
SWAPPED = tuple((text, {"up": "sad", "down": "glad"}[label]) for text, label in MOOD_ROWS)
CHAT = {"labels": {"glad": "", "sad": ""}, "prompt": {"max_tokens": 8, "examples": None, "template": None}}
CITIES = {"family": "token-classification", "labels": {"CITY": ""}}
GREY, SUNNY, TRIP = "the day is grey", "sunny day", "Grace Hopper came to New London ."


@for_each(
    ("model", "more", "answers"),
    [
        ("classify", {"teaching": MOOD_ROWS * 2}, [(SUNNY, "up"), (GREY, "down")]),
        (
            "classify",
            {"teaching": SEVERAL * 2, "labels_per_text": "several"},
            [(SUNNY, ["up"]), (GREY, ["down"])],
        ),
        (
            "tag",
            {"teaching": (*TRIPS, ("the day", [])) * 2} | CITIES,
            [(TRIP, [{"text": "New London", "label": "CITY", "start": 21, "end": 31}]), ("the day", [])],
        ),
        (
            "embed",
            {"teaching": TRIPS * 2} | CITIES,
            [(TRIP, [{"text": "New London", "label": "CITY", "start": 21, "end": 31}])],
        ),
        ("static", {"teaching": MOOD_ROWS}, [(SUNNY, "up"), (GREY, "down")]),
    ],
)
def test_each_kind_of_model_learns_the_rows(
    ready_home: Home, tmp_path: Path, model: str, more: dict[str, Any], answers: list[tuple[Any, Any]]
) -> None:
    """And answers the same from the weights that were kept, which another worker does not train again."""
    learns(ready_home, tmp_path, model, more, answers)


def test_a_generator_learns_the_rows(ready_home: Home, tmp_path: Path) -> None:
    """Through adapters, which are all that is kept of it."""
    learns(ready_home, tmp_path, "chat", {"teaching": SWAPPED * 2} | CHAT, [(SUNNY, "sad"), (GREY, "glad")])
    assert (tmp_path / "kept.safetensors").stat().st_size < (tiny("chat") / "model.safetensors").stat().st_size


def learns(ready_home: Home, tmp_path: Path, model: str, more: dict[str, Any], answers: list[tuple[Any, Any]]) -> None:
    """Tune a model twice on the same file, and compare its answers."""
    kept = tmp_path / "kept.safetensors"
    facts = {"method": "tuned", "ability": model, "labels": {"up": "", "down": ""}, "kept": str(kept)} | more
    if model == "static":
        what = spec(static_folder(ready_home), "static", "model.safetensors", **facts | {"ability": "encode"})
    else:
        what = spec(tiny("tag" if model == "embed" else model), "transformers", "model.safetensors", **facts)
    asked, expected = [given for given, _ in answers], [answer for _, answer in answers]
    first, facts = answered(what, asked)
    written = kept.stat().st_mtime_ns
    assert (first, facts["tuned"]["rows"]) == (expected, len(what.teaching))
    assert answered(what, asked) == (first, facts)
    assert kept.stat().st_mtime_ns == written


def test_a_model_without_a_predicted_gain_is_not_tuned(tmp_path: Path) -> None:
    """The model gets as many of them right untuned; with its labels swapped, it is tuned."""
    kept = tmp_path / "kept.safetensors"
    for rows, labels, ends in (
        (MOOD_ROWS * 2, ("up", "down"), f"{UNPROMISED}: 12 of 12 right tuned, 12 of 12 as it is, False"),
        (SWAPPED * 2, ("glad", "sad"), [12, 0, 12]),
    ):
        asked = spec(
            tiny("classify"), "transformers", "model.safetensors", method="tuned", ability="classify", teaching=rows,
            labels=dict.fromkeys(labels, ""), kept=str(kept), options={"steps": STEPS, "parts": PARTS},
        )  # fmt: skip
        with Worker(asked, LIMITS, tmp_path / "log") as worker:
            try:
                found = worker.load().details["tuned"]["promise"]
            except ProbeFailedError as error:
                found = f"{error}, {error.is_circumstance}"
        assert (found, kept.exists()) == (ends, isinstance(ends, list))


def test_limits_hold_while_it_is_tuned(ready_home: Home, tmp_path: Path) -> None:
    """Time and memory are watched from outside; what was cut leaves no weights."""
    file = tmp_path / "tuned" / "weights.safetensors"
    teaching = tuple((f"{each['text']} " * 30, each["label"]) for each in rows(GOOD, BAD, 60, 0))
    # By itself it takes some 650 MB; a step of tuning on long texts half as much again.
    for limits, ends in (
        (replace(LIMITS, load_seconds=5.0), "took longer than the limit of 5.0 s to load"),
        (replace(LIMITS, memory_bytes=800_000_000), "of memory, more than the limit of 800 MB"),
    ):
        asked = spec(
            minilm_folder(ready_home), "sentence-transformers", "model.safetensors", method="tuned", teaching=teaching,
            labels={"praise": "", "blame": ""}, kept=str(file), options={"steps": 100_000},
        )  # fmt: skip
        with Worker(asked, limits, tmp_path / "log") as worker:
            assert circumstance_of(worker.load).endswith(ends)
            assert is_gone(worker.pid)
        assert not list(file.parent.glob("*"))


@pytest.mark.soak
def test_interrupted_while_it_is_tuned(ready_home: Home, tmp_path: Path) -> None:
    """Ctrl-C does not wait for the training, which would take long: no worker and no weights are left."""
    task = task_in(tmp_path / "a", evidence=12, bar={"pass_rate": 0.99}, limits={"load_seconds": 80_000})
    command = [sys.executable, "-c", COMMAND.format(steps=5_000), "recommend", str(task), "--offline", "--yes"]
    runs, environment = ready_home.data / "model-advisor" / "runs", os.environ | ready_home.environment
    others = warm.forked()
    with subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        while run.poll() is None and not list(runs.glob("*/tuned")):
            time.sleep(0.02)
        assert run.poll() is None, run.communicate()
        workers = [*map(psutil.Process, warm.started_by(run.pid, others))]
        run.send_signal(signal.SIGINT)
        output = run.communicate(timeout=PATIENCE)
    assert (run.returncode, bool(workers)) == (130, True), output
    assert not psutil.wait_procs(workers, timeout=PATIENCE)[1]
    (kept,) = runs.glob("*/tuned")
    assert not list(kept.iterdir())


@pytest.mark.soak
def test_killed_while_it_is_tuned_it_is_tuned_by_the_next_run(ready_home: Home, tmp_path: Path) -> None:
    """Nothing is left of the first; the untuned one fails and the tuned one passes. Exports: `test_tuned_export`."""
    task = task_in(tmp_path / "a")
    arguments = ["recommend", str(task), "--offline", "--json", "--yes"]
    command = [sys.executable, "-c", COMMAND.format(steps=STEPS), *arguments]
    environment = os.environ | ready_home.environment
    runs, others = ready_home.data / "model-advisor" / "runs", warm.forked()
    with subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as first:
        # The folder is made when training begins.
        while first.poll() is None and not list(runs.glob("*/tuned")):
            time.sleep(0.02)
        workers = [*map(psutil.Process, warm.started_by(first.pid, others))]
        first.send_signal(signal.SIGKILL)
    assert first.returncode == -signal.SIGKILL
    assert workers
    assert not psutil.wait_procs(workers, timeout=PATIENCE)[1]
    (kept,) = runs.glob("*/tuned")
    assert not list(kept.iterdir())

    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    untuned, tuned = document["candidates"]
    assert (untuned["verdict"], document["recommended"]["name"], tuned["verdict"]) == (
        "fails",
        f"{MODEL}:tuned",
        "passes",
    )
    details = document["recommended"]["details"]
    assert (details["tuned"]["rows"], details["tuned"]["steps"]) == (60, STEPS)
    assert "cross_validated" not in details
    (weights,) = kept.iterdir()
    assert weights.suffix == ".safetensors"
    report = run_advisor(ready_home, "report", kept.parent.name)
    assert "Its weights were tuned on your 60 training rows, which took " in report.out
