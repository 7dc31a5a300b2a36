"""The metrics written here, against the libraries and rules that define them."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.families import ranked, spans
from advisor.families.question_answering import FAMILY as ANSWERING
from tests import warm
from tests.conftest import Home
from tests.families.support import recommend, write_task
from tests.probe.tiny import cut_gguf
from tests.tables import for_each


@given(st.data(), st.integers(2, 30))
def test_ndcg_is_that_of_scikit_learn(data: st.DataObject, documents: int) -> None:
    """For any order of all documents or of the first ones, and any right ones, found or not."""
    from sklearn.metrics import ndcg_score  # a second, in each test process that reads this file

    order = data.draw(st.permutations(range(documents)))
    right = data.draw(st.sets(st.integers(0, documents - 1), min_size=1))
    shown = data.draw(st.integers(min(10, documents), documents))
    relevance = [[float(each in right) for each in range(documents)]]
    similarity = [[float(-order.index(each)) for each in range(documents)]]
    expected = ndcg_score(relevance, similarity, k=ranked.DEPTH)
    assert ranked.scores(order[:shown], sorted(right))["ndcg@10"] == pytest.approx(expected, abs=1e-12)


def tag_lists(words: int) -> st.SearchStrategy[tuple[list[str], list[str]]]:
    """Return two lists of BIO tags for a text of so many words."""
    one = st.lists(st.sampled_from(["O", "B-X", "I-X", "B-Y", "I-Y"]), min_size=words, max_size=words)
    return st.tuples(one, one)


def begun(tags: list[str]) -> list[str]:
    """Return BIO tags as IOB2 wants them: every span begins with a B-."""
    before = ["O", *tags]
    return [
        f"B-{tag[2:]}" if tag[0] == "I" and previous[2:] != tag[2:] else tag
        for previous, tag in zip(before, tags, strict=False)
    ]


@given(st.integers(1, 12).flatmap(tag_lists))
def test_span_f1_is_that_of_seqeval(tags: tuple[list[str], list[str]]) -> None:
    """Its strict one of IOB2 where every span begins with B-; of any tags the one that reads them as conlleval does."""
    from seqeval.metrics import f1_score as seqeval_f1
    from seqeval.scheme import IOB2

    text = " ".join("w" * (at % 3 + 1) for at in range(len(tags[0])))
    for (output, expected), strictly in (
        ((begun(tags[0]), begun(tags[1])), {"mode": "strict", "scheme": IOB2}),
        (tags, {}),
    ):
        found = spans.span_scores(spans.read_spans(output, text), spans.read_spans(expected, text))
        # Where there is no span at all, seqeval lets the caller say what that is worth.
        assert found["entity_f1"] == pytest.approx(seqeval_f1([expected], [output], zero_division=1, **strictly))


@for_each(
    ("answer", "right", "f1", "exact"),
    [
        # Case, articles, blanks and punctuation fall away; punctuation leaves nothing behind, not even a blank.
        ("the  Eiffel Tower.", ["Eiffel tower"], 1.0, 1.0),
        ("U.S.", ["US"], 1.0, 1.0),
        ("1,000", ["1000"], 1.0, 1.0),
        ("Ada's", ["adas"], 1.0, 1.0),
        ("Ada\u2019s", ["Ada's"], 1.0, 1.0),
        ("$5", ["5"], 1.0, 1.0),
        ("well-known", ["well known"], 0.0, 0.0),
        ("an hour, a day", ["hour day"], 1.0, 1.0),
        # An article within a word is none.
        ("theatre", ["atre"], 0.0, 0.0),
        # Each word counts as often as it stands in both.
        ("New York New York", ["New York"], 2 * 2 / (4 + 2), 0.0),
        ("in New York", ["New York City"], 2 * 2 / (3 + 3), 0.0),
        # The order of the words matters to the exact match alone.
        ("York New", ["New York"], 1.0, 0.0),
        # The best of several right answers counts, for each metric by itself.
        ("York", ["New York City", "York", "Leeds"], 1.0, 1.0),
        ("New York", ["York", "New York City"], 2 * 2 / (2 + 3), 0.0),
        # SQuAD 2: where there is no answer, silence alone is right.
        ("", [], 1.0, 1.0),
        ("anything", [], 0.0, 0.0),
        ("...", [], 1.0, 1.0),
        ("", ["York"], 0.0, 0.0),
        # What is an article alone, or a word for nothing, is a word where it is expected.
        ("", ["A"], 0.0, 0.0),
        ("a", ["A"], 1.0, 1.0),
        ("none", ["None"], 1.0, 1.0),
        # Signs alone are compared as they are; a blank is none of them.
        ("-", ["+"], 0.0, 0.0),
        ("+", ["+"], 1.0, 1.0),
        (" ≥ ", ["<", "≥"], 1.0, 1.0),
        ("\U0001f622", ["\U0001f600"], 0.0, 0.0),
        ("\u2764\ufe0f", ["\u2764"], 1.0, 1.0),
        ("", ["+"], 0.0, 0.0),
        ("\U0001f622", [], 0.0, 0.0),
    ],
)
def test_answers_are_compared_by_the_rules_of_squad(answer: str, right: list[str], f1: float, exact: float) -> None:
    """As its evaluation scripts (1.1 and 2.0) lay down."""
    spec: Any = SimpleNamespace(scoring={})
    assert ANSWERING.score(answer, right, spec) == {"token_f1": pytest.approx(f1), "exact": exact}


HIDES = f"import sys\nsys.modules[{{!r}}] = None  {warm.WARM}\n"
ROWS = [{"text": f"The day number {n} is long.", "summary": f"Day {n}.", "translation": f"Tag {n}."} for n in range(6)]


@pytest.mark.parametrize(
    "case",
    [
        ("summarization", "rouge_score", "rougeL"),
        ("translation", "sacrebleu", "chrf"),
    ],
)
def test_it_is_named_with_the_cure(
    ready_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: tuple[str, str, str]
) -> None:
    """Nothing is proven of the model, which may be fine: no example is counted against it."""
    family, module, metric = case
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    # Python runs this file as it starts: in every process of the run the library looks as if it were not there.
    (hidden / "sitecustomize.py").write_text(HIDES.format(module), encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(hidden))
    task = write_task(
        tmp_path / "task", ROWS, family=family, models=[str(cut_gguf(ready_home))], scoring={"metric": metric}
    )
    _, document = recommend(ready_home, task, "--require", "examples", code=5)
    only = document["candidates"][0]
    assert only["outcomes"] == 0
    name = module.replace("_", "-")
    assert f"the metric {metric} needs {name}: pip install 'model-advisor[metrics]'" in only["reason"]


def test_a_task_that_does_without_it_runs(ready_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sitecustomize.py").write_text(HIDES.format("sacrebleu"), encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    task = write_task(
        tmp_path / "task",
        ROWS,
        family="translation",
        models=[str(cut_gguf(ready_home))],
        scoring={"metric": "rules", "min_words": 1},
        prompt={"max_tokens": 8},
    )
    _, document = recommend(ready_home, task, "--require", "examples", code=0)
    assert document["candidates"][0]["passes"] == 6
