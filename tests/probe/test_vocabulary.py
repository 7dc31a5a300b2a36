"""Another model's tokenizers, distinguished from the model's own: both may have fewer tokens than there are vectors."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from advisor.engines.base import CannotLoadError
from advisor.engines.checks import check_fit
from tests.conftest import Home
from tests.probe.asking import EngineError, ask
from tests.probe.support import edit, minilm_folder
from tests.probe.test_faults import small_tokenizer
from tests.probe.tiny import tiny
from tests.tables import for_each

SURPLUS = 3000
# Of BERT's vocabulary: these were never part of a text.
UNUSED = [*range(1, 100), *range(104, 999)]


@pytest.fixture(scope="module")
def words(starter_home: Home) -> NDArray[Any]:
    """The vectors that MiniLM has for BERT's tokens."""
    with safe_open(minilm_folder(starter_home) / "model.safetensors", framework="numpy") as tensors:
        found: NDArray[Any] = tensors.get_tensor("embeddings.word_embeddings.weight")
    return found


@pytest.mark.parametrize("tokens", [300, 8000, 22_000])
def test_a_model_that_learned_more_tokens_has_another_tokenizer(words: NDArray[Any], tokens: int) -> None:
    """However many of them it knows, up to three quarters; the reason has both numbers."""
    with pytest.raises(CannotLoadError) as refused:
        check_fit(tokens, len(words), lambda some: words[some])
    assert str(refused.value) == (
        f"its tokenizer knows {tokens} tokens, its model has learned 30522: they do not belong together"
    )


def test_tokens_that_were_never_learned_prove_nothing(words: NDArray[Any]) -> None:
    """A table of some words and of BERT's unused tokens: real vectors of training, without a text that had them."""
    table = np.concatenate([words[2000:2300], words[UNUSED]])
    check_fit(300, len(table), lambda some: table[some])


@for_each(("tokens", "rows"), [(50_295, 51_200), (250_100, 250_112), (151_646, 151_936), (5, 200)])
def test_a_table_that_is_padded_is_not_looked_into(tokens: int, rows: int) -> None:
    """phi-2, multilingual T5, Qwen2, and one too small to tell."""

    def vectors(some: NDArray[Any]) -> NDArray[Any]:
        raise AssertionError(some)

    check_fit(tokens, rows, vectors)


def noise(words: NDArray[Any]) -> NDArray[Any]:
    """Return vectors as initialised before training, of the same length as trained ones."""
    return np.random.default_rng(0).normal(0.0, words.std(), (SURPLUS, words.shape[1]))


def pushed(words: NDArray[Any]) -> NDArray[Any]:
    """Return vectors of tokens that a generator must never write: pushed in one direction, by different amounts."""
    chance = np.random.default_rng(1)
    way = chance.normal(0.0, 5 * words.std(), words.shape[1])
    found: NDArray[Any] = noise(words) + np.outer(chance.normal(1.0, 0.2, SURPLUS), way)
    return found


def pushed_together(words: NDArray[Any]) -> NDArray[Any]:
    """Return them pushed until they are nearly the same, in a few groups: so are gemma's unused tokens."""
    return noise(words)[np.arange(SURPLUS) % 4] + 0.1 * noise(words)


def drawn(words: NDArray[Any]) -> NDArray[Any]:
    """Return them as transformers fills an enlarged table: drawn like the others, all very near their middle."""
    middle = words.mean(axis=0)
    found: NDArray[Any] = middle + 1e-4 * (words[-SURPLUS:] - middle)
    return found


def copies(words: NDArray[Any]) -> NDArray[Any]:
    """Return vectors that were all set alike."""
    return np.tile(words.mean(axis=0), (SURPLUS, 1))


@pytest.mark.parametrize("surplus", [noise, pushed, pushed_together, drawn, copies])
def test_a_surplus_that_was_never_learned_proves_nothing(
    words: NDArray[Any], surplus: Callable[[NDArray[Any]], NDArray[Any]]
) -> None:
    """Such as a model has that was made with a configuration for more tokens than its tokenizer's."""
    table = np.concatenate([words[2000:3000], surplus(words)])
    check_fit(1000, len(table), lambda some: table[some])


def test_a_model_with_a_surplus_answers(tmp_path: Path) -> None:
    """The tiny classifier, with vectors for 3,000 tokens that its tokenizer does not have."""
    folder = shutil.copytree(tiny("classify"), tmp_path / "model")
    weights = load_file(folder / "model.safetensors")
    name = "bert.embeddings.word_embeddings.weight"
    weights[name] = np.concatenate([weights[name], noise(weights[name]).astype(np.float32)])
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    edit(folder / "config.json", vocab_size=len(weights[name]))
    (answers,), _ = ask(folder, ("classify", ["the day is sunny", "grey day"]))
    assert [ranked[0][0] for ranked in answers] == ["GLAD", "SAD"]


def test_a_foreign_tokenizer_is_refused_by_the_engine(starter_home: Home, tmp_path: Path) -> None:
    """MiniLM with the tokenizer of a model with a quarter of its tokens: in silence it would give nonsense."""
    folder = shutil.copytree(minilm_folder(starter_home), tmp_path / "model")
    small_tokenizer(folder / "tokenizer.json", 8000)
    with pytest.raises(EngineError, match=r"CannotLoadError: its tokenizer knows 80\d\d tokens, its model has learned"):
        ask(folder, ("encode", ["the day is sunny"]))


def with_token(folder: Path, token: str, role: str) -> Path:
    """Copy the tiny BART and give its tokenizer a special token beyond its model's vectors."""
    shutil.copytree(tiny("bart"), folder)
    tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    number = len(tokenizer["model"]["vocab"])
    tokenizer["model"]["vocab"][token] = number
    facts = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    tokenizer["added_tokens"].append({"id": number, "content": token, **facts})
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer), encoding="utf-8")
    edit(folder / "tokenizer_config.json", **{role: token})
    assert json.loads((folder / "config.json").read_text(encoding="utf-8"))["vocab_size"] == number
    return folder


def test_a_mask_needs_no_vector(tmp_path: Path) -> None:
    """As in facebook/bart-large-cnn, whose tokenizer knows 50,265 tokens, its model 50,264: all but the mask."""
    (replies,), _ = ask(with_token(tmp_path / "model", "<mask>", "mask_token"), ("rewrite", ["the lovely day"]))
    assert replies[0][0] == "le beau jour"


def test_any_other_token_does(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="do not belong together"):
        ask(with_token(tmp_path / "model", "<other>", "unk_token"), ("rewrite", ["the lovely day"]))
