"""A user's own fine-tune in a folder next to the task: used as it is, in a worker and by the command."""

import csv
import json
import shutil
from pathlib import Path

import pytest

from advisor.candidates.layout import inspect
from advisor.probe.supervisor import ProbeFailedError, Worker
from tests.conftest import Home
from tests.families.support import recommend
from tests.probe.known import MOODS
from tests.probe.support import LIMITS, copy, examples, spec
from tests.probe.tiny import tiny


def as_it_is(folder: Path, tmp_path: Path) -> Worker:
    """Return a worker that uses the model as it is."""
    what = spec(folder, "transformers", "model.safetensors", method="as is", labels=dict.fromkeys(MOODS, ""))
    return Worker(what, LIMITS, tmp_path / "log")


def test_it_answers_through_a_worker(tmp_path: Path) -> None:
    """In batches of unlike lengths, in order; an input beyond its context is cut, broken texts are scored."""
    (form,) = inspect(tiny("classify")).forms
    assert (form.runtime, form.labels, form.precision) == ("transformers", ("GLAD", "SAD"), "fp32")
    texts = [f"the day is {word} {'the ' * (number % 5)}" for number, word in enumerate([*MOODS["sad"]] * 4)]
    with as_it_is(tiny("classify"), tmp_path) as worker:
        assert worker.load().engine.startswith("transformers ")
        assert all(outcome.error for outcome in worker.run(examples("broken \ud800", "and \udfff")))
        sad = worker.run(examples(*texts, expected="sad"))
        assert [outcome.output for outcome in sad] == ["sad"] * len(texts)
        assert worker.run(examples("the day is sunny", expected="glad"))[0].passed
        long = worker.run(examples("sunny " * 5000))[0]
        assert (long.error, long.output in MOODS) == (None, True)


def test_a_head_cannot_be_put_on_it(tmp_path: Path) -> None:
    """A method that an engine does not offer is a reason, not a crash."""
    what = spec(tiny("classify"), "transformers", "model.safetensors", method="head", ability="classify")
    said = "cannot be used for text-classification with the method 'head'"
    with Worker(what, LIMITS, tmp_path / "log") as worker, pytest.raises(ProbeFailedError, match=said):
        worker.load()


def test_an_engine_that_only_errs_is_no_wrong_answer(tmp_path: Path) -> None:
    """Without a padding token the tokenizer refuses every text: the model could not be run, it is not wrong."""
    folder = copy(tiny("classify"), tmp_path / "model")
    for file in ("tokenizer_config.json", "special_tokens_map.json"):
        if (folder / file).exists():
            config = json.loads((folder / file).read_text(encoding="utf-8"))
            (folder / file).write_text(json.dumps(config | {"pad_token": None}), encoding="utf-8")
    with as_it_is(folder, tmp_path) as worker:
        worker.load()
        with pytest.raises(ProbeFailedError, match=r"^answers nothing but errors \(ValueError: .* padding") as caught:
            worker.run(examples("the day is sunny", "the day is grey"))
    assert not caught.value.is_circumstance


def test_the_command_recommends_it(ready_home: Home, tmp_path: Path) -> None:
    """Named by its path in the task file, it is probed like any other, and wins."""
    shutil.copytree(tiny("classify"), tmp_path / "my-model")
    moods = [(word, mood) for mood, words in MOODS.items() for word in words]
    rows = [(f"the day is {word} {'the ' * (n % 7)}number {n}", mood) for n in range(20) for word, mood in moods]
    with (tmp_path / "days.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    task = {"name": "days", "instruction": "Say whether the day is glad or sad.", "labels": list(MOODS)}
    task |= {"examples": {"path": "days.csv"}, "models": ["./my-model"], "baselines": "skip"}
    (tmp_path / "task.yaml").write_text(json.dumps(task), encoding="utf-8")
    _, document = recommend(ready_home, tmp_path / "task.yaml", code=0)
    assert document["recommended"]["model"] == "./my-model"
    assert document["recommended"]["method"] == "as is"
