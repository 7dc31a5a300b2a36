"""A fine-tuned classifier that only the catalog knows: found, fetched from the local Hub, mapped, probed."""

import json
import shutil
from pathlib import Path

import pytest

from advisor.candidates import asked
from advisor.errors import ExitCode
from catalog import ModelCard, open_catalog
from tests.candidates.test_hub import by_model
from tests.candidates.test_hub import recommend as recommend_within
from tests.candidates.test_hub_architectures import revision_of
from tests.conftest import Home
from tests.families.support import write_task
from tests.local_hub import LocalHub
from tests.probe.tiny import MOODS, tiny

MODEL = "distilbert/distilbert-base-uncased-finetuned-sst-2-english"
# The task's labels, none of which the model has by its name.
MEANS = {"GLAD": "good", "SAD": "bad"}


def sentiment(folder: Path, good: str = "POSITIVE", bad: str = "NEGATIVE") -> Path:
    """Return the tiny classifier, really trained, under the labels that the well-known one has."""
    shutil.copytree(tiny("classify"), folder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    names = {"GLAD": good, "SAD": bad}
    config["id2label"] = {number: names[label.upper()] for number, label in config["id2label"].items()}
    config["label2id"] = {label: int(number) for number, label in config["id2label"].items()}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def test_it_is_recommended(empty_hub_home: Home, tmp_path: Path) -> None:
    """The task does not name it. Of all candidates in the plan the Hub has only this one, which is right every time."""
    rows = [
        {"text": f"{before} is {word} {after}", "label": MEANS[mood.upper()]}
        for before in ("the day", "today", "a very day", "day")
        for after in ("today", "a day", "the day")
        for mood, words in MOODS.items()
        for word in words
    ]
    task = write_task(
        tmp_path / "task",
        rows,
        instruction="Sentiment of short English reviews: good or bad.",
        labels=["good", "bad"],
        bar={"pass_rate": 0.8},
        teaching={"count": 8},
        max_candidates=3,
    )
    with LocalHub() as hub:
        hub.add_repo(MODEL, sentiment(tmp_path / "model"), revision=revision_of(MODEL))
        ran = recommend_within(empty_hub_home, hub, task, "--download", "9GB", "--plan-only")
        planned = by_model(json.loads(ran.out))[MODEL]
        assert planned["label_map"] == {"POSITIVE": "good", "NEGATIVE": "bad"}
        assert any("its labels match yours" in reason for reason in planned["why"])
        assert planned["sizes"] == "exact"
        assert planned["download_bytes"] < 10_000_000
        ran = recommend_within(empty_hub_home, hub, task, "--download", "9GB")
    assert ran.code == ExitCode.PASSES, ran.err
    document = json.loads(ran.out)
    candidate = by_model(document)[MODEL]
    assert candidate["passes"] == candidate["outcomes"] > 0, candidate
    assert document["recommended"]["model"] == MODEL
    assert document["recommended"]["details"]["label_map"] == {"POSITIVE": "good", "NEGATIVE": "bad"}


UNLABELLED = "valurank/distilroberta-clickbait"


def test_labels_that_the_catalog_lacks_are_asked_of_the_hub(empty_hub_home: Home, tmp_path: Path) -> None:
    """Its config.json names them: they are mapped before anything of it is fetched."""
    with open_catalog() as catalog:
        card = catalog.get(UNLABELLED)
    assert card is not None
    assert not card.labels
    rows = [
        {"text": f"{begin} {what} {number}", "label": label}
        for number in range(8)
        for begin, what, label in (("You won't believe this", "trick", "bait"), ("Parliament passes", "bill", "news"))
    ]
    task = write_task(
        tmp_path / "task",
        rows,
        instruction="Is a news headline clickbait? bait or news.",
        labels=["bait", "news"],
        bar={"pass_rate": 0.6},
        teaching={"count": 4},
    )
    with LocalHub() as hub:
        hub.add_repo(UNLABELLED, sentiment(tmp_path / "model", "Clickbait", "News"))
        ran = recommend_within(empty_hub_home, hub, task, "--download", "9GB", "--plan-only")
    planned = by_model(json.loads(ran.out))[UNLABELLED]
    assert planned["label_map"] == {"Clickbait": "bait", "News": "news"}


def test_labels_are_asked_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are kept in the cache folder; a file that is too large, damaged or not there names none."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "large").mkdir()
    (tmp_path / "large" / "config.json").write_text(json.dumps({"id2label": {"0": "x" * asked.MOST_BYTES}}))
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "config.json").write_text('{"id2label": [1, 2]}')
    with LocalHub() as hub:
        pinned = hub.add_repo("a/pinned", sentiment(tmp_path / "model"))
        hub.add_repo("a/newest", tmp_path / "model")
        for name in ("large", "odd"):
            hub.add_repo(f"a/{name}", tmp_path / name)
        cards = [ModelCard(id=f"a/{name}") for name in ("large", "odd", "absent")]
        cards.append(ModelCard(id="a/pinned", revision=pinned))
        cards.append(ModelCard(id="a/newest"))
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hub.url)
        monkeypatch.setattr(
            "huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE",
            f"{hub.url}/{{repo_id}}/resolve/{{revision}}/{{filename}}",
        )
        found = asked.labels_from_hub(cards)
        assert {name: set(labels) for name, labels in found.items()} == {
            "a/pinned": {"POSITIVE", "NEGATIVE"},
            "a/newest": {"POSITIVE", "NEGATIVE"},
        }
        before = len(hub.requests)
        assert asked.labels_from_hub(cards[-2:]) == found
        assert len(hub.requests) == before
