"""A user's own fine-tune, in a folder beside the task: used as it is, through a worker and through the command."""

import csv
import json
from pathlib import Path

import pytest

from advisor.candidates.layout import inspect
from advisor.probe.supervisor import ProbeFailedError, Worker
from tests.conftest import Home, run_advisor
from tests.probe.support import LIMITS, MOODS, copy, examples, spec, train


@pytest.fixture(scope="module")
def fine_tune(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model trained for a second to tell glad days from sad ones."""
    return train(tmp_path_factory.getbasetemp() / "task" / "my-model")


def test_it_is_recognised(fine_tune: Path) -> None:
    """With its labels, its precision and its true parameter count."""
    (form,) = inspect(fine_tune).forms
    assert form.runtime == "transformers"
    assert form.labels == ("GLAD", "SAD")
    assert form.precision == "fp32"
    assert 2_000 < form.parameters < 10_000


def test_it_answers_through_a_worker(fine_tune: Path, tmp_path: Path) -> None:
    """In batches of unlike lengths, in order; an input beyond its context is cut."""
    labels = dict.fromkeys(MOODS, "")
    what = spec(fine_tune, "transformers", "model.safetensors", method="as is", labels=labels)
    texts = [f"the day is {word} {'the ' * (number % 5)}" for number, word in enumerate([*MOODS["sad"]] * 4)]
    with Worker(what, LIMITS, tmp_path / "log") as worker:
        assert worker.load().engine.startswith("transformers ")
        sad = worker.run(examples(*texts, expected="sad"))
        assert [outcome.output for outcome in sad] == ["sad"] * len(texts)
        assert worker.run(examples("the day is sunny", expected="glad"))[0].passed
        long = worker.run(examples("sunny " * 5000))[0]
        assert long.error is None
        assert long.output in MOODS


def test_a_head_cannot_be_put_on_it(fine_tune: Path, tmp_path: Path) -> None:
    """A method that an engine does not offer is a reason, not a crash."""
    what = spec(fine_tune, "transformers", "model.safetensors", method="head", ability="classify")
    with (
        Worker(what, LIMITS, tmp_path / "log") as worker,
        pytest.raises(ProbeFailedError, match="cannot be used for text-classification with the method 'head'"),
    ):
        worker.load()


def test_an_engine_that_only_errs_is_no_wrong_answer(fine_tune: Path, tmp_path: Path) -> None:
    """Without a padding token the tokenizer refuses every text: the model could not be run, it is not wrong."""
    folder = copy(fine_tune, tmp_path / "model")
    for file in ("tokenizer_config.json", "special_tokens_map.json"):
        if (folder / file).exists():
            config = json.loads((folder / file).read_text(encoding="utf-8"))
            config["pad_token"] = None
            (folder / file).write_text(json.dumps(config), encoding="utf-8")
    what = spec(folder, "transformers", "model.safetensors", method="as is", labels=dict.fromkeys(MOODS, ""))
    with Worker(what, LIMITS, tmp_path / "log") as worker:
        worker.load()
        with pytest.raises(ProbeFailedError, match=r"^answers nothing but errors \(ValueError: .* padding") as caught:
            worker.run(examples("the day is sunny", "the day is grey"))
    assert not caught.value.is_circumstance


def test_bad_examples_are_not_the_engines_fault(fine_tune: Path, tmp_path: Path) -> None:
    """A first batch that holds nothing but broken texts is scored, and the next one answered."""
    what = spec(fine_tune, "transformers", "model.safetensors", method="as is", labels=dict.fromkeys(MOODS, ""))
    with Worker(what, LIMITS, tmp_path / "log") as worker:
        worker.load()
        assert all(outcome.error for outcome in worker.run(examples("broken \ud800", "and \udfff")))
        assert worker.run(examples("the day is sunny", expected="glad"))[0].passed


def test_the_command_recommends_it(fine_tune: Path, ready_home: Home) -> None:
    """Named by its path in the task file, it is probed like any other, and wins."""
    task = fine_tune.parent / "task.yaml"
    rows = [
        (f"the day is {word} {'the ' * (n % 7)}number {n}", mood)
        for n in range(20)
        for mood, words in MOODS.items()
        for word in words
    ]
    with (fine_tune.parent / "days.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    task.write_text(
        json.dumps(
            {
                "name": "days",
                "instruction": "Say whether the day is glad or sad.",
                "labels": list(MOODS),
                "examples": {"path": "days.csv"},
                "models": ["./my-model"],
                "baselines": "skip",
            }
        ),
        encoding="utf-8",
    )
    ran = run_advisor(ready_home, "recommend", task, "--json", "--offline", code=0)
    document = json.loads(ran.out)
    assert document["recommended"]["model"] == "./my-model"
    assert document["recommended"]["method"] == "as is"
