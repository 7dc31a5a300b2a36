"""Orders that no chance of the file decides, words found in any script, snippets that answer as the probe did."""

import itertools
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from advisor.families import family
from advisor.families.methods.baseline import documents_by_words
from advisor.families.methods.retrieved import Searched, best_first, ordered, reranked
from advisor.families.methods.similar import Similar, by_cosine, by_pair
from advisor.families.methods.zero_shot import NearestLabel
from advisor.families.ranked import scores
from advisor.probe.judge import Judge
from advisor.probe.worker import answer_batch
from advisor.task.examples import load_examples
from advisor.task.file import load_task
from tests.conftest import Home, run_advisor
from tests.families.support import predictions, recommend, write_task
from tests.families.test_question_answering import rows
from tests.families.test_retrieval import FACTS, STATIC, documents
from tests.probe.support import spec
from tests.probe.tiny import cut_gguf
from tests.tables import for_each

SIMILARITY = family("sentence-similarity")


class Blind:
    """A model of pairs that says one thing of all."""

    engine, device = "none", "cpu"

    def __init__(self, said: float) -> None:
        self._said = said

    def compare(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        return [self._said] * len(pairs)


class Shared(Blind):
    """A model of pairs that counts the characters which two texts share."""

    def compare(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        return [float(len(set(one) & set(other))) for one, other in pairs]


def test_a_known_answer_is_found_by_a_question_that_taught_it() -> None:
    known = (("Until six.", "Until six."), ("In the yard.", "In the yard."), ("Until six.", "When do you close?"))
    (found,) = documents_by_words(spec(Path(), "baseline", method="bm25", documents=known)).answer(
        ["do you close late"]
    )
    assert found.output == ["Until six.", "In the yard."]


def test_a_model_of_pairs_reads_each_text_with_the_query(tmp_path: Path) -> None:
    """By which its time is predicted: all candidates, or the documents that words find first."""
    rows = [{"query": letter * 10, "candidates": ["a" * 30, "b" * 50], "relevant": 0} for letter in "pq"]
    ranked = write_task(tmp_path / "ranked", rows, family="text-ranking", examples={"path": "examples.json"})
    rows = [{"query": f"where {n}", "documents": ["0"]} for n in range(2)]
    found = write_task(tmp_path / "found", rows, family="text-retrieval", documents={"path": "documents.json"})
    texts = [{"id": str(n), "text": "d" * 40} for n in range(60)]
    (tmp_path / "found" / "documents.json").write_text(json.dumps(texts), encoding="utf-8")
    for task, kind, pairs in ((ranked, "text-ranking", (2.0, 50.0)), (found, "text-retrieval", (50.0, 47.0))):
        examples = load_examples(load_task(task), task.parent)
        assert family(kind).texts_read("compare", examples) == pairs
        assert family(kind).texts_read("encode", examples)[0] == 1.0


@pytest.mark.parametrize("said", [0.0, float("nan")])
def test_a_blind_model_is_right_by_chance_alone(said: float) -> None:
    """Though the right candidate is the first of four in every row of the file."""
    method = ordered(by_pair(Blind(said)))
    given = [
        {"query": "q", "candidates": json.dumps([f"right {n}", *(f"wrong {n} {k}" for k in range(3))])}
        for n in range(400)
    ]
    hits = sum(scores(each.output, [0])["hit@1"] for each in method.answer(given))
    assert 60 < hits < 140  # 100 by chance, with a standard deviation of 9


class Dull:
    """An encoder that says one thing of all, or nothing at all."""

    engine, device = "none", "cpu"

    def __init__(self, said: float = 1.0) -> None:
        self._said = said

    def encode(self, texts: Sequence[str]) -> Any:
        return np.full((len(texts), 2), self._said)


@for_each("documents", [40, 200])
@for_each("method", ["search", "rerank"])
def test_a_blind_model_finds_documents_by_chance_alone(method: str, documents: int) -> None:
    """Though the right one is the first of the file, where no word tells it from the others either."""
    hits = 0
    for n in range(200):
        listed = tuple((f"d{k}", f"document {n} {k}") for k in range(documents))
        what = spec(Path(), "none", "m", family="text-retrieval", documents=listed)
        found = Searched(Dull(), what) if method == "search" else reranked(Blind(0.0), what)
        hits += "d0" in found.answer(["query"])[0].output[:5]
        turned = replace(what, documents=listed[::-1])
        again = Searched(Dull(), turned) if method == "search" else reranked(Blind(0.0), turned)
        assert again.answer(["query"])[0].output == found.answer(["query"])[0].output
    assert abs(hits - 200 * 5 / documents) < 4 * (200 * 5 / documents) ** 0.5


def test_what_has_no_number_is_no_answer() -> None:
    """Neither a grade, nor an order, nor a label: comparisons with NaN have a result, which says nothing."""
    graded = spec(Path(), "none", "m", family="sentence-similarity", scoring={"grades": [0.0, 5.0]}, teaching=())
    pair, triplet = {"first": "a", "second": "b"}, {"anchor": "a", "closer": "b", "farther": "c"}
    for similarity in (by_pair(Blind(float("nan"))), by_cosine(Dull(float("nan")))):
        for given in (pair, triplet):
            with pytest.raises(ValueError, match="gives no number"):
                Similar(similarity, graded, SIMILARITY).answer([given])
    nearest = NearestLabel(Dull(float("nan")), spec(Path(), "none", "m", labels={"b": "", "a": ""}))
    with pytest.raises(ValueError, match="hold no numbers"):
        nearest.answer(["x"])
    assert NearestLabel(Dull(), spec(Path(), "none", "m", labels={"b": "", "a": ""})).answer(["x"])[0].output == "b"


def test_pairs_without_a_likeness_teach_nothing() -> None:
    """The line is fitted on the others, and not at all where too few are left."""

    def similarity(pairs: Sequence[tuple[str, str]]) -> list[float]:
        return [float(first) for first, _ in pairs]

    for lost, taught in ((1, 9), (3, None)):
        texts = ["nan"] * lost + [f"{n / 10}" for n in range(10 - lost)]
        teaching = tuple(({"first": text, "second": ""}, n / 2) for n, text in enumerate(texts))
        what = spec(Path(), "none", "m", family="sentence-similarity", scoring={"grades": [0, 5]}, teaching=teaching)
        assert Similar(similarity, what, SIMILARITY).details.get("teaching") == taught


def test_an_answer_without_a_number_is_an_examples_error() -> None:
    def similarity(pairs: Sequence[tuple[str, str]]) -> list[float]:
        return [float(first) for first, _ in pairs]

    what = spec(Path(), "none", "m", family="sentence-similarity", scoring={"grades": [0.0, 5.0]}, teaching=())
    asked = [{"id": n, "input": {"first": n, "second": ""}, "expected": 1.0} for n in ("0.2", "nan", "0.4")]
    outcomes = answer_batch(Judge(SIMILARITY, what), Similar(similarity, what, SIMILARITY), asked, timed=False)
    assert [outcome.output for outcome in outcomes] == [1.0, None, 2.0]
    assert [outcome.passed for outcome in outcomes] == [True, False, True]
    assert "gives no number" in str(outcomes[1].error)


def test_the_order_of_the_file_changes_nothing() -> None:
    """The texts come out in one order, whichever they came in; what has no score comes last."""
    by_text = {"a": 1.0, "b": 1.0, "c": 2.0, "d": float("nan")}
    found = {
        tuple(texts[place] for place in best_first([by_text[text] for text in texts], texts))
        for texts in itertools.permutations(by_text)
    }
    assert len(found) == 1
    assert next(iter(found))[::3] == ("c", "d")


def test_words_are_found_where_none_are_spaced() -> None:
    """The first stage brings the document on, though eighty others stand before it."""
    texts = [(f"d{n}", f"这是第{n}篇关于天气的文件 没有别的内容") for n in range(80)]
    texts.append(("tower", "巴黎的铁塔很高 每年有很多游客"))
    method = reranked(Shared(0.0), spec(Path(), "transformers", "m", family="text-retrieval", documents=tuple(texts)))
    assert method.answer(["巴黎铁塔有多高"])[0].output[0] == "tower"


@pytest.mark.soak
def test_snippets_read_answers_as_the_probe_did(ready_home: Home, tmp_path: Path) -> None:
    """A prompted model's "none" is silence; documents are read from the run, not written into the report."""
    (tmp_path / "qa").mkdir()
    (tmp_path / "qa" / "own.py").write_text("def any(output, expected, input):\n    return 1.0\n", encoding="utf-8")
    task = write_task(
        tmp_path / "qa",
        rows()[:8],
        family="question-answering",
        models=[str(cut_gguf(ready_home))],
        prompt={"max_tokens": 8},
        scoring={"function": "own.py:any"},
    )
    ran, document = recommend(
        ready_home, task, "--require", "examples", "--allow-code", str(tmp_path / "qa" / "own.py")
    )
    assert ran.code == 0, ran.err
    assert "family(spec.family)" in document["recommended"]["usage"]
    searching = [{"query": query, "documents": name} for name, (_, query) in FACTS.items()]
    task = write_task(
        tmp_path / "search",
        searching,
        family="text-retrieval",
        documents=documents(tmp_path / "search"),
        models=[STATIC],
    )
    ran, document = recommend(ready_home, task, "--require", "examples", code=0)
    code = document["recommended"]["usage"]
    assert FACTS["iron"][0] not in code
    assert predictions(code, task.parent, [FACTS["iron"][1]])[0][0] == "iron"
    run_advisor(ready_home, "export", document["run"], "--output", tmp_path / "made", code=0)
    assert (tmp_path / "made" / "documents.jsonl").is_file()
    assert document["folder"] not in (tmp_path / "made" / "predict.py").read_text(encoding="utf-8")


def test_what_is_left_out_of_graded_candidates_is_said(tmp_path: Path) -> None:
    """Rows without a grade, queries that say nothing, and queries of the same text under several numbers."""
    rows = [
        {"id": f"q{at}", "sku": f"s{at}{n}", "query": f"shoe {at % 12}", "candidates": f"shoe {at} {n}", "relevant": n}
        for at in range(15)
        for n in range(3)
    ]
    rows[4]["relevant"] = rows[7]["relevant"] = ""
    rows += [row | {"id": "same", "query": "hat", "relevant": 1} for row in rows[:3]]

    def noted(rows: list[dict[str, Any]]) -> tuple[int, list[str]]:
        lines = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
        (tmp_path / "x.csv").write_text("\n".join(lines), encoding="utf-8")
        task = load_task(write_task(tmp_path, [], family="text-ranking", examples={"path": "x.csv"}))
        examples = load_examples(task, tmp_path)
        return len(examples.evidence), [note for note in examples.notes if note.startswith("x.csv: ")]

    pooled = "those with the same text are one query, with the candidates of all"
    assert noted(rows) == (
        12,
        [
            "x.csv: 2 rows are left out, 'relevant' is empty (lines 6, 9): nothing is known of those candidates",
            f"x.csv: the 16 values of 'id' have 13 different query texts: {pooled}",
            "x.csv: 1 query is left out, as 'relevant' tells no candidates apart (line 47)",
        ],
    )
    graded = [row for row in rows[:-3] if row["relevant"] != ""]
    assert noted([row | {"query": f"{row['query']} of {row['id']}"} for row in graded]) == (15, [])
