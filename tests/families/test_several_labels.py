"""Several labels a text: by the command with each method on real weights, and how answers are read and scored."""

import itertools
import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor.engines.base import CannotLoadError, Ranked
from advisor.families import family
from advisor.families.methods import head
from advisor.families.methods.as_is import AsItIs
from advisor.families.methods.head import Head
from advisor.probe.protocol import ProbeSpec
from advisor.probe.supervisor import Worker
from advisor.task.examples import Example, load_examples
from tests.conftest import Home
from tests.families.support import SMOL, predictions, recommend, refusal, write_task
from tests.probe.known import MOODS
from tests.probe.support import LIMITS, spec
from tests.probe.tiny import tiny
from tests.tables import for_each
from tests.task.helpers import task_for

STATIC = "wordllama-l2-supercat-256"
TOPICS = {
    "sport": ["The striker scored twice in the football match", "She won the tennis final in three sets",
              "The goalkeeper saved a penalty", "Our team lost the basketball game"],
    "money": ["the bank raised its interest rate", "shares fell on the stock exchange",
              "the tax on salaries was cut", "investors bought government bonds"],
    "food": ["the chef baked bread with olives", "they ate soup and roast chicken",
             "this restaurant serves fresh pasta", "add sugar and butter to the dough"],
}  # fmt: skip


def rows() -> list[dict[str, Any]]:
    found = [{"text": text, "label": topic} for topic, texts in TOPICS.items() for text in texts]
    for one, other in itertools.combinations(TOPICS, 2):
        for first, second in itertools.product(TOPICS[one], TOPICS[other]):
            found.append({"text": f"{first}, and {second}.", "label": f"{one}; {other}"})
    return found


def task(folder: Path, *models: str) -> Path:
    """Write a task of three topics, any of which a text may have."""
    return write_task(
        folder, rows(), labels=list(TOPICS), labels_per_text="several", scoring={"metric": "jaccard"},
        teaching={"count": 24}, models=list(models), prompt={"max_tokens": 24},
        bar={"pass_rate": 0.5, "per_label": {"sport": 0.5}},
        instruction="Name the topics of the text.",
    )  # fmt: skip


def test_a_head_learns_topics_and_an_entailment_model_misses_the_bar(ready_home: Home, tmp_path: Path) -> None:
    """The head is certified; what it says by the report's snippet are lists of labels."""
    _, document = recommend(ready_home, task(tmp_path, STATIC, str(tiny("entail"))), code=0)
    verdicts = {each["method"]: (each["verdict"], each["outcomes"] > 0) for each in document["candidates"]}
    assert verdicts == {"head": ("passes", True), "zero-shot": ("undecided", True)}
    found = predictions(document["recommended"]["usage"], tmp_path, [rows()[0]["text"], rows()[-1]["text"]])
    assert found == [["sport"], ["food", "money"]]
    assert "'per_label': {'sport': 0.5}" in document["recommended"]["usage"], "for which heads are set"


def test_a_fine_tuned_model_as_it_is(tmp_path: Path) -> None:
    """Its labels are read by name, and those that the task does not ask for are left out."""
    for labels, expected in (({"glad": "", "sad": ""}, ["sad"]), ({"sad": "", "odd": ""}, ["sad"])):
        what = spec(
            tiny("classify"),
            "transformers",
            "model.safetensors",
            method="as is",
            labels=labels,
            labels_per_text="several",
        )
        with Worker(what, LIMITS, tmp_path / "log") as worker:
            worker.load()
            (outcome,) = worker.run([Example("1", "the day is grey", ["sad"], 1)])
            assert (outcome.output, outcome.passed) == (expected, True)


class Rated:
    """A classifier with given answers."""

    engine, device = "none", "none"
    labels = ("joy", "curiosity", "anger")

    def classify(self, texts: Sequence[str]) -> list[list[Ranked]]:
        return [[Ranked("joy", 0.9), Ranked("curiosity", 0.8), Ranked("anger", 0.1)] for _ in texts]


def test_labels_that_the_task_does_not_ask_for_are_left_out() -> None:
    """A model of many labels can serve a task of few; where it is sure of none of these, its best of them is given."""
    what = spec(Path(), "transformers", labels={"joy": "", "anger": ""}, labels_per_text="several")
    assert AsItIs(Rated(), what).answer(["x"])[0].output == ["joy"]
    what = spec(Path(), "transformers", labels={"anger": "", "fear": ""}, labels_per_text="several")
    assert AsItIs(Rated(), what).answer(["x"])[0].output == ["anger"]


class Moods(Rated):
    """A classifier that finds joy in an x, else curiosity."""

    def classify(self, texts: Sequence[str]) -> list[list[Ranked]]:
        return [[Ranked("joy" if "x" in text else "curiosity", 0.9)] for text in texts]


class Stars(Rated):
    """A classifier that is not sure which stars, but that they are few."""

    labels = ("1 star", "2 stars", "3 stars", "4 stars", "5 stars")

    def classify(self, texts: Sequence[str]) -> list[list[Ranked]]:
        shares = {"3 stars": 0.34, "2 stars": 0.31, "1 star": 0.3, "4 stars": 0.03, "5 stars": 0.02}
        return [[Ranked(*each) for each in shares.items()] for _ in texts]


def test_labels_that_stand_for_one_count_together() -> None:
    stands = {"1 star": "negative", "2 stars": "negative", "4 stars": "positive", "5 stars": "positive"}
    what = spec(Path(), "transformers", labels={"negative": "", "positive": ""}, label_map=stands)
    (answered,) = AsItIs(Stars(), what).answer(["x"])
    assert (answered.output, answered.confidence) == ("negative", pytest.approx(0.61))


def test_labels_that_tell_the_tasks_apart_no_better_than_one_for_all_are_refused() -> None:
    """What its labels stand for is learned from training rows; each is answered by the others."""
    what = spec(Path(), "transformers", labels={"up": "", "down": ""}, teaching=(("x", "up"), ("y", "down")) * 3)
    assert [each.output for each in AsItIs(Moods(), what).answer(["x", "y"])] == ["up", "down"]
    rows = (
        *((letter, "down") for letter in "xyxyxy"),
        ("x", "up"),
        ("y", "up"),
        ("z", "up"),
        ("x", "up"),
        ("xx", "up"),
    )
    with pytest.raises(CannotLoadError, match=r"by them \d of 11 training rows are right, by one label for all 6"):
        AsItIs(Moods(), spec(Path(), "transformers", labels={"up": "", "down": ""}, teaching=rows))


class Lengths:
    """An encoder whose vector is the text's length, and whether it holds an x."""

    def encode(self, texts: Sequence[str]) -> Any:
        return np.array([[float(len(text)), 9.0 * ("x" in text)] for text in texts])


def test_a_label_that_all_teaching_texts_have_is_given() -> None:
    teaching = (("a", ["news"]), ("b x", ["news", "sport"]), ("c", ["news"]), ("d x", ["news", "sport"]))
    what = spec(Path(), "static", labels={"news": "", "sport": ""}, labels_per_text="several", teaching=teaching)
    found = Head(Lengths(), what)
    assert [each.output for each in found.answer(["f", "g x"])] == [["news"], ["news", "sport"]]


def test_a_text_may_have_none_of_the_labels_if_training_texts_have_none() -> None:
    teaching = tuple((text, ["x"] if "x" in text else []) for text in ["a", "b x", "c", "d x", "e", "f x", "gg", "h x"])
    what = spec(Path(), "static", labels={"x": ""}, labels_per_text="several", teaching=teaching)
    assert [each.output for each in Head(Lengths(), what).answer(["f", "g x"])] == [[], ["x"]]
    kind = family("text-classification")
    schemas = [kind.constraint(each).schema for each in (what, replace(what, teaching=teaching[1::2]))]
    assert [each["minItems"] for each in schemas] == [0, 1]
    assert kind.score([], [], what) == {"exact": 1.0, "jaccard": 1.0}


def test_an_empty_list_is_an_answer_and_an_empty_cell_none(tmp_path: Path) -> None:
    lists: list[Any] = [["a"], ["b"], [], ["a", "b"]]
    rows = [{"text": f"text {n}", "label": lists[n % 4]} for n in range(40)]
    (tmp_path / "x.jsonl").write_text("\n".join(map(json.dumps, [*rows, {"text": "open", "label": ""}])))
    known = {"family": "text-classification", "labels_per_text": "several", "teaching": {"count": 0}}
    found = load_examples(task_for("x.jsonl", **known), tmp_path)
    assert Counter(len(each.expected) for each in found.evidence) == {1: 20, 0: 10, 2: 10}


def test_a_rare_label_beside_one_of_all_texts_is_said_only_where_it_is_likely() -> None:
    """A text that has the common one alone is right with it alone."""
    own = [["news", "sport", "food"] if n % 20 < 7 else ["news"] for n in range(120)]
    teaching = tuple((("xx" if n % 3 else "aaaa"), each) for n, each in enumerate(own))
    labels = dict.fromkeys(("news", "sport", "food"), "")
    what = spec(Path(), "static", labels=labels, labels_per_text="several", teaching=teaching)
    assert Head(Lengths(), what).answer(["xx"])[0].output == ["news"]


@for_each(
    ("weak", "bar", "before"),
    [
        (0.3, {"per_label": {"b": 0.9}}, False),  # most of b is strong, and nine in ten are asked for
        (0.7, {"precision": {"b": 0.95}}, True),
    ],
)
def test_a_label_of_several_is_said_as_often_as_its_rates_ask(
    weak: float, bar: dict[str, Any], *, before: bool
) -> None:
    """A weak sign of it is enough to find what must be found, and not enough where what is said must be right."""
    what = signs(weak)
    for asked, is_said in ((what, before), (replace(what, **bar), not before)):
        found = Head(None, asked)
        assert ["b" in each.output for each in found.answer(["strong one", "weak two"])] == [True, is_said]
        right, of = found.details["cross_validated"]
        assert (0 < right < of, of) == (True, len(what.teaching))


def signs(weak: float) -> ProbeSpec:
    """Return training rows of labels a, b and c: all with a strong sign of b have it, and this share of weak ones."""
    signs = [("strong", 20, 20), ("weak", 30, round(30 * weak)), ("other", 40, 0)]
    teaching = tuple(
        (f"{sign} {'one' if n % 2 else 'two'}", ["a", "b"] if n < having else ["a"] if n % 5 else ["c"])
        for sign, count, having in signs
        for n in range(count)
    )
    return spec(Path(), "static", labels=dict.fromkeys("abc", ""), labels_per_text="several", teaching=teaching)


def test_a_label_s_rate_does_not_cost_more_of_all_answers_than_it_gains() -> None:
    """Six texts of b more would be found, for 24 others that are called so."""
    for rate, is_said in ((0.0, True), (0.9, False)):
        found = Head(None, replace(signs(0.2), per_label={"b": 0.9}, pass_rate=rate))
        assert ["b" in each.output for each in found.answer(["strong one", "weak two"])] == [True, is_said]


def test_few_rows_of_several_labels_are_learned_as_their_cross_validation_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the usual regularisation alone a second label is hardly ever said."""
    words = {"food": ("bread", "rice"), "water": ("well", "pipe"), "shelter": ("tent", "rain"), "health": ("fever",)}
    others = ("we", "the", "family", "needs", "has", "no", "since", "last", "week", "please", "help", "our", "many")
    chance = random.Random(1)

    def some(count: int) -> list[tuple[str, list[str]]]:
        picked = [sorted(chance.sample(sorted(words), chance.choice((1, 2, 2, 3)))) for _ in range(count)]
        texts = [[*chance.choices(others, k=14), *(chance.choice(words[one]) for one in own)] for own in picked]
        return [(" ".join(chance.sample(text, len(text))), own) for text, own in zip(texts, picked, strict=True)]

    teaching, later = some(40), some(100)
    what = spec(Path(), "static", labels=dict.fromkeys(words, ""), labels_per_text="several", teaching=tuple(teaching))

    def right() -> int:
        answers = Head(None, what).answer([text for text, _ in later])
        return sum(each.output == own for each, (_, own) in zip(answers, later, strict=True))

    chosen = right()
    monkeypatch.setattr(head, "STRENGTHS", (10.0,))
    monkeypatch.setattr(head, "LEAST_PROBABILITIES", ())
    assert chosen > right() + 5


@pytest.mark.parametrize(
    ("reply", "labels"),
    [
        ('["spam", "offer"]', ["offer", "spam"]),
        ('"spam"', ["spam"]),
        ("spam", ["spam"]),
        ('```json\n["spam"]\n```', ["spam"]),
        ('```\n["spam", "offer"]\n```', ["offer", "spam"]),
        ('{"labels": ["spam"]}', ["spam"]),
        ('{"label": "spam"}', ["spam"]),
        ('The labels are: ["spam", "offer"].', ["offer", "spam"]),
        ("[spam]", ["[spam]"]),
        ("[]", []),
        ("null", ["null"]),
        pytest.param("[" * 200_000, ["[" * 200_000], id="many brackets"),
    ],
)
def test_how_a_reply_is_read(reply: str, labels: list[str]) -> None:
    """With a fence, in an object, or one label alone; what is no list stays as it is, and is a mistake."""
    kind = family("text-classification")
    what = spec(Path(), "llama.cpp", labels={"spam": "", "offer": ""}, labels_per_text="several")
    assert kind.parse(reply, what) == labels


def test_how_lists_are_scored() -> None:
    """Exactly, and by the share of labels in both among those in either (Jaccard), as scikit-learn has it."""
    from sklearn.metrics import jaccard_score  # a second, in each test process that reads this file

    kind = family("text-classification")
    what = spec(Path(), "static", labels=dict.fromkeys("abcd", ""), labels_per_text="several")
    for found, wanted in itertools.product((["a"], ["a", "b"], ["c"], [], ["a", "b", "c", "d"]), (["a"], ["b", "c"])):
        flags = [[float(label in labels) for label in "abcd"] for labels in (wanted, found)]
        scores = kind.score(found, wanted, what)
        assert scores["jaccard"] == pytest.approx(jaccard_score(*flags, zero_division=0.0))
        assert scores["exact"] == float(found == wanted)


def test_a_metric_of_several_labels_wants_several(tmp_path: Path) -> None:
    """With one label a text it could only fail at every example."""
    said = refusal(write_task(tmp_path, rows(), scoring={"metric": "jaccard"}))
    assert "scoring.metric: jaccard compares several labels" in said
    assert "labels_per_text" in said


FAMILY_NAME = "zero-shot-classification"
SUBJECTS = {
    "sport": (
        "the team won the football match",
        "she scored two goals",
        "the tennis final was long",
        "a new swimming record",
    ),
    "food": ("bake the bread for an hour", "add salt to the soup", "the cake needs sugar", "fry the onions in butter"),
}


def test_an_entailment_model(ready_home: Home, tmp_path: Path) -> None:
    """BERT, tiny, that was trained to infer; its labels are the task's meanings."""
    rows = [
        {"text": f"the day is {'very ' * n}{word}", "label": mood}
        for n in range(4)
        for mood, words in MOODS.items()
        for word in words
    ]
    task = write_task(tmp_path, rows, family=FAMILY_NAME, models=[str(tiny("entail"))])
    _, document = recommend(ready_home, task, "--require", "examples", code=0)
    assert document["recommended"]["method"] == "zero-shot"
    assert document["examples"]["teaching"] == 0


def test_the_nearest_label_of_an_encoder(ready_home: Home, tmp_path: Path) -> None:
    """MiniLM tells sport from food by the labels' meanings alone."""
    rows = [{"text": text, "label": label} for label, texts in SUBJECTS.items() for text in texts]
    task = write_task(
        tmp_path,
        rows,
        family=FAMILY_NAME,
        labels={"sport": "about games and athletes", "food": "about cooking and eating"},
        models=["sentence-transformers/all-MiniLM-L6-v2"],
    )
    _, document = recommend(ready_home, task, "--require", "examples", code=0)
    assert document["recommended"]["method"] == "nearest label"


def test_a_generator_given_the_labels(ready_home: Home, tmp_path: Path) -> None:
    """SmolLM2, held to the labels: each answer is one of them, and too often "food"; a real failing probe."""
    rows = [{"text": text, "label": label} for label, texts in SUBJECTS.items() for text in texts]
    labels = {"sport": "about games and athletes", "food": "about cooking and eating"}
    task = write_task(tmp_path, rows, family=FAMILY_NAME, labels=labels, models=[SMOL], bar={"pass_rate": 0.9})
    ran, document = recommend(ready_home, task, "--require", "examples")
    (only,) = document["candidates"]
    assert (ran.code, only["method"], only["verdict"]) == (3, "prompted", "fails"), ran.err
    outcomes = [json.loads(line) for line in (Path(document["folder"]) / "outcomes.jsonl").read_text().splitlines()]
    assert outcomes
    assert all(outcome["output"] in labels for outcome in outcomes)
    assert 0 < only["passes"] < only["outcomes"]


def test_teaching_is_refused(tmp_path: Path) -> None:
    rows = [{"text": "a b", "label": "x"}, {"text": "c d", "label": "y"}]
    assert "zero-shot classification has none" in refusal(
        write_task(tmp_path, rows, family=FAMILY_NAME, teaching={"count": 1})
    )
