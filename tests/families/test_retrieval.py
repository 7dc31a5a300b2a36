"""Similarity, retrieval and ranking: real encoders, a tiny model of pairs, the scores worked out by hand."""

import json
import math
from contextlib import nullcontext
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.decide.bar import criteria_of
from advisor.families import family, ranked
from advisor.families.methods.similar import threshold
from advisor.task.examples import load_examples
from advisor.task.file import load_task
from advisor.task.model import Task
from advisor.task.reading import read_examples
from tests.conftest import Home
from tests.families.support import predictions, recommend, refusal, write_task
from tests.probe.known import MOODS
from tests.probe.tiny import tiny
from tests.tables import for_each

MINILM = "sentence-transformers/all-MiniLM-L6-v2"
STATIC = "wordllama-l2-supercat-256"
FACTS = {
    "paris": ("Paris is the capital of France.", "What is the capital of France?"),
    "water": ("Water boils at one hundred degrees.", "At how many degrees does water boil?"),
    "bees": ("Bees make honey from nectar.", "Which insects make honey?"),
    "moon": ("The moon goes around the earth.", "What goes around the earth?"),
    "piano": ("A piano has eighty-eight keys.", "How many keys has a piano?"),
    "iron": ("Iron rusts in damp air.", "Which metal rusts in damp air?"),
    "whale": ("The whale is the largest animal.", "Which animal is the largest?"),
    "rome": ("Rome was founded by Romulus.", "Who founded Rome?"),
}


def documents(folder: Path) -> dict[str, Any]:
    """Write the documents; return what the task says of them."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps({"id": name, "text": text}) + "\n" for name, (text, _) in FACTS.items())
    (folder / "facts.jsonl").write_text("".join(lines), encoding="utf-8")
    return {"path": "facts.jsonl"}


def test_retrieval_over_the_users_documents(ready_home: Home, tmp_path: Path) -> None:
    """Real encoders find the document that answers; so does a model of pairs, tiny, over what words find."""
    rows = [{"query": query, "documents": name} for name, (_, query) in FACTS.items()]
    task = write_task(
        tmp_path,
        rows,
        family="text-retrieval",
        documents=documents(tmp_path),
        scoring={"metric": "hit@1"},
        models=[MINILM, STATIC, str(tiny("compare"))],
    )
    _, document = recommend(ready_home, task, "--require", "examples", code=0)
    methods = {candidate["model"]: candidate["method"] for candidate in document["candidates"]}
    assert methods == {MINILM: "search", STATIC: "search", str(tiny("compare")): "rerank"}
    assert document["recommended"]["method"] == "search"
    (found,) = predictions(document["recommended"]["usage"], tmp_path, ["What is the capital of France?"], ready_home)
    assert found[0] == "paris"
    # The tiny model of pairs knows two moods and nothing of these facts: a real failing probe.
    tried = next(c for c in document["candidates"] if c["method"] == "rerank")
    assert tried["verdict"] != "passes"


def test_documents_without_a_word(ready_home: Home, tmp_path: Path) -> None:
    """Signs alone: no words can be shared, so a model of pairs orders the first documents."""
    signs = {"a cry of joy": "!!!", "somebody asks": "???", "to be continued": "...", "five stars": "***"}
    (tmp_path / "signs.jsonl").write_text(
        "".join(json.dumps({"id": name, "text": text}) + "\n" for name, text in signs.items()), encoding="utf-8"
    )
    task = write_task(
        tmp_path,
        [{"query": name, "documents": name} for name in signs],
        family="text-retrieval",
        documents={"path": "signs.jsonl"},
        scoring={"metric": "hit@3"},
        models=[str(tiny("compare"))],
    )
    _, document = recommend(ready_home, task, "--require", "examples")
    assert document["candidates"][0]["passes"] >= 3  # one order for all has three of the four among its first three


def test_ranking_each_examples_own_candidates(ready_home: Home, tmp_path: Path) -> None:
    """The tiny model of pairs puts the text of the same mood first."""
    moods = list(MOODS)
    rows = []
    for n, word in enumerate((*MOODS[moods[0]], *MOODS[moods[1]])):
        mine = moods[n // 3]
        other = moods[1 - n // 3]
        for k in range(3):
            right, wrong = f"the day is {MOODS[mine][k]}", f"the day is {MOODS[other][k]}"
            rows.append(
                {"query": f"today is {word}", "candidates": [wrong, right][:: 1 if k else -1], "relevant": right}
            )
    task = write_task(
        tmp_path, rows, family="text-ranking", models=[str(tiny("compare"))], examples={"path": "examples.json"}
    )
    _, document = recommend(ready_home, task, "--require", "examples", code=0)
    assert document["recommended"]["method"] == "rerank"


def test_candidates_that_rows_grade_are_ordered_for_each_query(tmp_path: Path) -> None:
    """The best grade is right; what has no grade is left out, and a query whose candidates have all the same."""
    graded = [
        ("q", "a", 0), ("r", "a", 1), ("q", "b", "3"), ("r", "b", 1), ("s", "c", "2,5"), ("q", "c", ""), ("s", "a", 1),
    ]  # fmt: skip
    rows = [{"query": query, "candidates": text, "relevant": grade} for query, text, grade in graded]
    task = write_task(tmp_path, rows, family="text-ranking", models=["x/y"], examples={"path": "examples.json"})
    found = read_examples(tmp_path / "examples.json", load_task(task), tmp_path, frozenset())
    assert [(dict(each.parts), each.expected) for each in found] == [
        ({"query": "q", "candidates": '["a", "b"]'}, [1]),
        ({"query": "s", "candidates": '["c", "a"]'}, [0]),
    ]


OPPOSITES = {
    "hot": "cold", "big": "small", "early": "late", "rich": "poor", "open": "closed", "dry": "wet", "loud": "quiet",
    "happy": "sad", "strong": "weak", "young": "old", "full": "empty", "fast": "slow", "clean": "dirty", "up": "down",
}  # fmt: skip


def test_ranking_that_fails(ready_home: Home, tmp_path: Path) -> None:
    """A real encoder puts the word itself before its opposite: similarity is not what is asked for."""
    rows = [
        {"query": f"the opposite of {word}", "candidates": [other, word], "relevant": other}
        for word, other in OPPOSITES.items()
    ]
    task = write_task(tmp_path, rows, family="text-ranking", models=[STATIC])
    ran, document = recommend(ready_home, task, "--require", "examples")
    only = document["candidates"][0]
    assert (ran.code, only["method"], only["verdict"]) == (3, "search", "fails")
    assert only["passes"] < only["outcomes"]


def test_graded_pairs_and_triplets(ready_home: Home, tmp_path: Path) -> None:
    """The grades' scale is noted; the line is fitted on teaching examples; a triplet needs no grade."""
    texts = [text for text, _ in FACTS.values()]
    pairs = [{"first": text, "second": query, "score": "4,5"} for text, query in FACTS.values()]
    pairs += [{"first": one, "second": other, "score": 0.2} for one, other in pairwise(texts)]
    task = write_task(
        tmp_path / "pairs",
        pairs,
        family="sentence-similarity",
        models=[MINILM],
        teaching={"count": 8},
        bar={"pass_rate": 0.5},
    )
    _, document = recommend(ready_home, task, "--require", "examples", code=0)
    assert document["recommended"]["method"] == "cosine"
    assert document["recommended"]["details"]["teaching"] == 8
    same, other = predictions(
        document["recommended"]["usage"],
        tmp_path,
        [{"first": texts[0], "second": texts[0]}, {"first": texts[0], "second": texts[2]}],
        ready_home,
    )
    assert same > other
    queries = [query for _, query in FACTS.values()]
    triplets = [
        {"a": query, "c": text, "f": other}
        for query, text, other in zip(queries, texts, [*texts[1:], texts[0]], strict=True)
    ]
    task = write_task(
        tmp_path / "triplets",
        triplets,
        family="sentence-similarity",
        examples={"path": "examples.json", "input": {"anchor": "a", "closer": "c", "farther": "f"}},
        models=[STATIC],
    )
    _, document = recommend(ready_home, task, "--require", "examples", code=0)


@pytest.mark.parametrize(("yes", "no", "said"), [(1, 0, [1.0, 0.0]), ("Y", "no", ["yes", "no"])])
def test_pairs_with_a_yes_or_a_no_are_decided(
    ready_home: Home, tmp_path: Path, yes: Any, no: Any, said: list[Any]
) -> None:
    """No cosine is exactly 0 or 1: a threshold is learned, and answers are in the user's words."""
    texts = [text for text, _ in FACTS.values()]
    pairs = [{"first": text, "second": query, "score": yes} for text, query in FACTS.values()]
    pairs += [{"first": one, "second": other, "score": no} for one, other in pairwise(texts)]
    task = write_task(tmp_path, pairs, family="sentence-similarity", models=[MINILM], teaching={"count": 8})
    ran, document = recommend(ready_home, task, "--require", "examples", code=0)
    assert ("each pair is 0 or 1; an answer is right if it says which" in ran.err) == (yes == 1)
    best, (only,) = document["recommended"], document["candidates"]
    assert (only["passes"], only["outcomes"]) == (7, 7)
    assert (best["details"]["teaching"], 0 < best["details"]["threshold"] < 1) == (8, True)
    asked = [{"first": texts[0], "second": texts[0]}, {"first": texts[0], "second": texts[2]}]
    assert predictions(best["usage"], tmp_path, asked, ready_home) == said


@for_each(
    ("pairs", "right"),
    [
        ([(0.1, False), (0.2, False), (0.6, True), (0.9, True)], 4),
        ([(0.1, False), (0.2, True), (0.3, False), (0.9, True)], 3),
        ([(0.5, True), (0.5, True), (0.5, False)], 2),
        ([(0.3, False), (0.4, False), (0.4, False)], 3),
        ([(0.3, True), (0.4, True)], 2),
    ],
)
def test_the_threshold_is_right_as_often_as_any(pairs: list[tuple[float, bool]], right: int) -> None:
    """Also where all are on one side, and where likenesses are equal."""
    found = threshold(pairs)
    assert math.isfinite(found)
    assert sum((alike >= found) == yes for alike, yes in pairs) == right


@for_each(("least", "right"), [((0.0, 0.0), [1, 3]), ((0.0, 0.9), [2, 1]), ((0.9, 0.9), [1, 3])])
def test_the_threshold_first_gives_the_rates_asked_for(least: tuple[float, float], right: list[int]) -> None:
    """Of pairs that are not alike, and that are; of two that cannot both be had the one that lacks least."""
    pairs = [(0.1, False), (0.2, True), (0.3, False), (0.4, False), (0.5, True)]
    ends = threshold(pairs, least)
    assert [sum((alike >= ends) == yes for alike, yes in pairs if yes is side) for side in (True, False)] == right


@for_each(("precise", "called"), [((0.0, 0.9), [2, 4]), ((0.9, 0.0), [4, 2])])
def test_the_threshold_gives_the_rates_asked_for_of_what_is_called_so(
    precise: tuple[float, float], called: list[int]
) -> None:
    """Of pairs called alike, and not: fewer are called so, and some are."""
    pairs = [(0.1, False), (0.2, False), (0.3, True), (0.4, False), (0.5, True), (0.6, True)]
    ends = threshold(pairs, precise=precise)
    assert [sum((alike >= ends) is side for alike, _ in pairs) for side in (True, False)] == called


def test_pairs_have_a_rate_of_each_decision(tmp_path: Path) -> None:
    """Graded ones have none, and all of one name are no two."""
    for scores, rates, error in (
        ([0, 1, 0, 1], {"1": 0.9}, None),
        (["ja", "nein"] * 2, {"ja": 0.9}, None),
        (["ja", "nein"] * 2, {"yes": 0.9}, "name a rate of 'ja' or 'nein'"),
        ([0, 1, 0, 1], 0.9, "name a rate of '0' or '1'"),
        ([0, 2, 3, 1], {"1": 0.9}, "graded pairs have no labels"),
    ):
        rows = [{"first": f"x {n}", "second": "y", "score": score} for n, score in enumerate(scores)]
        path = write_task(tmp_path, rows, family="sentence-similarity", bar={"per_label": rates}, teaching={"count": 0})
        if error:
            assert error in refusal(path)
            continue
        task = load_task(path)
        examples = load_examples(task, tmp_path)
        ((_, words),) = criteria_of(task.bar, examples.evidence, ())
        assert words == f"90% of label {next(iter(rates))!r} right (2 examples)"


def test_a_decision_is_between_two(tmp_path: Path) -> None:
    """Intermediate grades are reported, and so are values that are neither a grade nor a yes or no."""
    rows = [{"first": f"x {n}", "second": "y", "score": n} for n in range(4)]
    task = write_task(tmp_path, rows, family="sentence-similarity", scoring={"metric": "decision"})
    assert "decision needs two grades, and there are 4; write closeness" in refusal(task)
    rows = [row | {"score": "same"} for row in rows]
    assert "or one of two labels" in refusal(write_task(tmp_path, rows, family="sentence-similarity"))


def test_graded_pairs_by_a_model_of_pairs(ready_home: Home, tmp_path: Path) -> None:
    """The tiny one knows which texts are of one mood: of one 5, of two 0; its score is brought to that scale."""
    texts = [(mood, f"the day is {word}") for mood, words in MOODS.items() for word in words]
    pairs = [
        {"first": one, "second": other, "score": 5 if mood == others else 0}
        for (mood, one), (others, other) in combinations(texts, 2)
    ]
    task = write_task(
        tmp_path, pairs, family="sentence-similarity", models=[str(tiny("compare"))], teaching={"count": 8}
    )
    _, document = recommend(ready_home, task, "--require", "examples", code=0)
    best, (only,) = document["recommended"], document["candidates"]
    assert (only["method"], only["verdict"], only["passes"]) == ("pair", "passes", only["outcomes"])
    assert best["details"]["teaching"] == 8
    glad, sad = (f"the day is {words[0]}" for words in MOODS.values())
    asked = [{"first": glad, "second": glad}, {"first": glad, "second": sad}]
    same, other = predictions(best["usage"], tmp_path, asked, ready_home)
    assert same > 4
    assert other < 1


@for_each(
    ("metric", "columns", "says"),
    [
        ("order", None, "scoring.metric: order is for triplets, and these are graded pairs; write closeness"),
        ("order", {"first": "a", "second": "b"}, "scoring.metric: order is for triplets"),
        ("closeness", {"anchor": "a", "closer": "b", "farther": "c"}, "scoring.metric: closeness is for graded pairs"),
    ],
)
def test_a_metric_of_the_other_kind_of_examples(
    tmp_path: Path, metric: str, columns: dict[str, str] | None, says: str
) -> None:
    rows = [{"first": "x", "second": "y", "a": "x", "b": "y", "c": "z", "score": n} for n in range(2)]
    examples = {"path": "examples.json"} | ({"input": columns} if columns else {})
    task = write_task(tmp_path, rows, family="sentence-similarity", examples=examples, scoring={"metric": metric})
    assert says in refusal(task)


@for_each(
    ("output", "expected", "hit1", "hit5", "ndcg"),
    [
        (["a", "b"], ["a"], 1.0, 1.0, 1.0),
        (["b", "a"], ["a"], 0.0, 1.0, 0.6309),
        (["b", "c", "a"], ["a"], 0.0, 1.0, 0.5),
        (["b"], ["a"], 0.0, 0.0, 0.0),
        (["a", "x", "b"], ["a", "b"], 1.0, 1.0, 0.9197),
        ([], ["a"], 0.0, 0.0, 0.0),
    ],
)
def test_scores(output: list[str], expected: list[str], hit1: float, hit5: float, ndcg: float) -> None:
    scores = ranked.scores(output, expected)
    assert (scores["hit@1"], scores["hit@5"]) == (hit1, hit5)
    assert scores["ndcg@10"] == pytest.approx(ndcg, abs=1e-4)


@given(st.lists(st.integers(0, 30), unique=True, max_size=12), st.lists(st.integers(0, 30), min_size=1, max_size=6))
def test_any_order_is_scored(output: list[int], expected: list[int]) -> None:
    """Within 0 and 1, and a hit among the first is one among more."""
    scores = ranked.scores(output, expected)
    assert all(0 <= value <= 1 for value in scores.values())
    assert scores["hit@1"] <= scores["hit@3"] <= scores["hit@5"] <= scores["hit@10"]


@for_each(
    ("cell", "right"),
    [
        ("b", ["b.txt"]),
        ("B.TXT", ["b.txt"]),
        ("a.txt, b", ["a.txt", "b.txt"]),
        ("c; b", ["c.txt", "b.txt"]),
        ("one, two", ["one, two"]),
        ("b, d", None),
        ("a", None),  # a.txt or a.md
    ],
)
def test_documents_are_named_without_their_endings(cell: str, right: list[str] | None) -> None:
    """Several in a cell too; none is guessed where one is unknown, or where two would be meant."""
    held = {"a.txt", "a.md", "b.txt", "c.txt", "one, two"}
    content = {"name": "x", "instruction": "x", "examples": {"path": "x"}, "documents": {"path": "x"}}
    task = Task.model_validate({**content, "family": "text-retrieval"})
    kind = family("text-retrieval")
    with nullcontext() if right else pytest.raises(ValueError, match="which is not among them"):
        assert kind.fit_expected(kind.read_expected(cell, task), "q", task, held) == right


def test_a_known_answer_has_the_same_spelling_in_every_run() -> None:
    """Of several that differ in case, and whatever order a set has in this process."""
    content = {"name": "x", "instruction": "x", "examples": {"path": "x"}, "documents": {"path": "x", "id": "text"}}
    task = Task.model_validate({**content, "family": "text-retrieval"})
    for word in ("yes", "no", "maybe", "later", "never", "often", "here", "there"):
        held = frozenset({word.title(), word, word[0] + word[1:].upper()})
        assert family("text-retrieval").fit_expected([word.upper() + "."], "q", task, held) == [word.title()]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"query": "q", "documents": "nowhere"}, "names the document 'nowhere', which is not among them"),
        ({"query": "q", "documents": ""}, "documents"),
    ],
)
def test_wrong_documents(tmp_path: Path, row: dict[str, Any], words: str) -> None:
    task = write_task(tmp_path, [row, row], family="text-retrieval", documents=documents(tmp_path))
    assert words in refusal(task)
    # One of many, such as a line of totals, is left out.
    rows = [{"query": f"{query} {n}", "documents": name} for n in range(3) for name, (_, query) in FACTS.items()]
    task = write_task(tmp_path, [*rows, row], family="text-retrieval", documents=documents(tmp_path))
    (note,) = [each for each in load_examples(load_task(task), tmp_path).notes if "left out" in each]
    assert note.startswith("examples.json: 1 row is left out, 'documents' ")


@pytest.mark.parametrize(
    ("count", "scoring", "words"),
    [
        (1, {"metric": "hit@1"}, "holds 1 document; add at least two"),
        (5, {}, "of 5 documents any order is right by hit@5; set scoring.metric to hit@1"),
        (3, {"metric": "hit@3"}, "any order is right by hit@3"),
        (3, {"metric": "ndcg@10"}, "any order is right by ndcg@10"),
    ],
)
def test_what_no_order_fails_is_refused(tmp_path: Path, count: int, scoring: dict[str, str], words: str) -> None:
    """Else anything would be certified; with one document more it can fail."""
    for held in (count, count + 1):
        lines = [json.dumps({"id": f"d{n}", "text": f"Text {n}."}) + "\n" for n in range(held)]
        (tmp_path / "few.jsonl").write_text("".join(lines), encoding="utf-8")
        rows = [{"query": f"question {n}", "documents": "d0"} for n in range(4)]
        task = write_task(tmp_path, rows, family="text-retrieval", documents={"path": "few.jsonl"}, scoring=scoring)
        if held == count:
            assert words in refusal(task)
    assert len(load_examples(load_task(task), tmp_path).documents) == held


@pytest.mark.parametrize(
    ("scoring", "wrong", "is_refused"),
    [
        ({"metric": "hit@3"}, 2, True),
        ({"metric": "hit@3"}, 3, False),
        ({"metric": "ndcg@10"}, 2, True),
        ({"metric": "ndcg@10", "at_least": 0.6}, 2, False),
        ({}, 1, False),
    ],
)
def test_a_ranking_that_no_order_fails_is_refused(
    tmp_path: Path, scoring: dict[str, Any], wrong: int, *, is_refused: bool
) -> None:
    """Where some queries have so few candidates, the plan says how many."""
    rows = [
        {"query": f"q{n}", "candidates": [f"c{n}", *(f"w{n} {k}" for k in range(wrong))], "relevant": 0}
        for n in range(4)
    ]
    more: dict[str, Any] = {"family": "text-ranking", "scoring": scoring, "models": [], "baselines": "try"}
    task = write_task(tmp_path, rows, **more, examples={"path": "examples.json"})
    if is_refused:
        assert f"any order of the candidates is right by {scoring['metric']}; set scoring.metric" in refusal(task)
        rows.append({"query": "q4", "candidates": [f"c{k}" for k in range(9)], "relevant": 0})
        task = write_task(tmp_path, rows, **more, examples={"path": "examples.json"})
        said = f"of 4 of 5 queries any order of the candidates is right by {scoring['metric']}"
    else:
        said = ""
    notes = load_examples(load_task(task), tmp_path).notes
    assert [each for each in notes if "any order" in each] == ([said] if said else [])


def test_wrong_candidates(tmp_path: Path) -> None:
    """An answer that is none of the candidates, and candidates that are no list; a text may begin with a bracket."""
    rows = [{"query": f"q{n}", "candidates": [f"[used] pot {n}", "b"], "relevant": f"[used] pot {n}"} for n in range(3)]
    task = write_task(tmp_path / "used", rows, family="text-ranking", examples={"path": "examples.json"})
    assert {str(each.expected) for each in load_examples(load_task(task), tmp_path / "used").evidence} == {"[0]"}
    row = {"query": "q", "candidates": ["a", "b"], "relevant": "c"}
    assert "is not among the candidates" in refusal(write_task(tmp_path, [row, row], family="text-ranking"))
    row = {"query": "q", "candidates": "a", "relevant": "a"}
    assert "candidates" in refusal(write_task(tmp_path, [row, row], family="text-ranking"))
    row = {"query": "q", "candidates": "[" * 200_000, "relevant": "a"}
    assert "'candidates' is broken JSON" in refusal(write_task(tmp_path, [row, row], family="text-ranking"))
