"""Language models that rank, scored as transformers alone scores them with their makers' words."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from advisor.candidates.layout import inspect
from tests.conftest import Home
from tests.families.support import answers_of, write_task
from tests.probe.asking import EngineError, ask
from tests.probe.support import edit
from tests.probe.tiny import tiny_engine
from tests.tables import for_each

NAMES = ("Qwen3-Reranker-tiny", "mxbai-rerank-tiny-v2", "saved")


def expected() -> dict[str, Any]:
    read: dict[str, Any] = json.loads((tiny_engine("reranker") / "expected.json").read_text(encoding="utf-8"))
    return read


@for_each("name", NAMES)
def test_a_pairs_score_is_the_logit_of_a_word(name: str) -> None:
    """Whatever lengths are in a batch; by the folder's own modules, or by what its family's makers say."""
    folder, known = tiny_engine("reranker") / name, expected()
    (form,) = inspect(folder).forms
    assert (form.runtime, form.ability) == ("transformers", "compare")
    (scores, none), facts = ask(folder, ("compare", known["pairs"]), ("compare", []))
    assert scores == pytest.approx(known[name], abs=1e-5)
    assert len(set(scores)) == len(scores)
    assert none == []
    assert facts["engine"].startswith("sentence-transformers ")


def test_a_snapshot_in_the_hubs_cache_has_its_repositorys_name(tmp_path: Path) -> None:
    place = tmp_path / "models--acme--Qwen3-Reranker-0.6B-law" / "snapshots" / ("0" * 40)
    shutil.copytree(tiny_engine("reranker") / NAMES[0], place)
    (form,) = inspect(place).forms
    assert form.ability == "compare"


def test_other_language_models_are_not_scored(tmp_path: Path) -> None:
    """Their protocol is unknown, and none is guessed."""
    folder = shutil.copytree(tiny_engine("reranker") / NAMES[0], tmp_path / "lb-reranker-0.5B")
    (form,) = inspect(folder).forms
    assert form.ability == "chat"


def test_what_cannot_be_asked_is_not_scored(tmp_path: Path) -> None:
    """A template without the document, a tokenizer without the word."""
    folder = shutil.copytree(tiny_engine("reranker") / "saved", tmp_path / "saved")
    (folder / "chat_template.jinja").write_text("{{ messages[0].content }}", encoding="utf-8")
    with pytest.raises(EngineError, match="leaves out the query or the document"):
        ask(folder, ("compare", [["a", "b"]]))
    folder = shutil.copytree(tiny_engine("reranker") / NAMES[0], tmp_path / NAMES[0])
    tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    tokenizer["model"]["merges"] = []
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer), encoding="utf-8")
    with pytest.raises(EngineError, match="has no token 'yes'"):
        ask(folder, ("compare", [["a", "b"]]))


def test_weights_that_score_are_never_left_to_chance(tmp_path: Path) -> None:
    """A head that the files lack would be."""
    from safetensors.numpy import load_file, save_file

    folder = shutil.copytree(tiny_engine("reranker") / NAMES[0], tmp_path / NAMES[0])
    edit(folder / "config.json", tie_word_embeddings=False)
    tensors = load_file(folder / "model.safetensors")
    assert "lm_head.weight" not in tensors
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(EngineError, match=r"weights lack 1 of the tensors .* lm_head\.weight"):
        ask(folder, ("compare", [["a", "b"]]))


def test_a_run_asks_it_as_the_engine_does(home: Home, tmp_path: Path) -> None:
    """From a file of queries with their candidates to code that orders others as the engine scores them."""
    folder, texts = tiny_engine("reranker") / NAMES[0], ["a boat sails", "a stone sinks"]
    queries = [f"what {first}{last}" for first in "abcde" for last in "fghijk"]
    (scores,), _ = ask(folder, ("compare", [[query, text] for query in queries for text in texts]))
    best = [int(second > first) for first, second in zip(scores[::2], scores[1::2], strict=True)]
    rows = [
        {"query": query, "candidates": texts, "relevant": texts[at]} for query, at in zip(queries, best, strict=True)
    ]
    task = write_task(tmp_path / "task", rows[1:], family="text-ranking", models=[NAMES[0]])
    given = [{"query": queries[0], "candidates": json.dumps(texts)}]
    (order,) = answers_of(home, folder, task, (NAMES[0], "transformers", "rerank"), given)
    assert order[0] == best[0]
