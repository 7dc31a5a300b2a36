"""Checks of a model's files before loading: some libraries accept broken ones silently.

A tokenizer with a token that has no vector is another model's. One with far fewer tokens than there are vectors may be
the model's own: tables are padded to round numbers, and some have many spare rows (SELFormer: 800 for 428 tokens). The
vectors show which: those beyond the model's own tokenizer were never trained.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor.engines.base import CannotLoadError
from advisor.formats.pickles import why_refused
from advisor.formats.safety import why_unsafe

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.engines.base import Load


def check_torch_folder(request: Load) -> None:
    """Refuse a model's own code unless allowed, pickles of more than tensors, and damaged weights.

    CannotLoadError with the reason.
    """
    if reason := why_unsafe(request.path, request.allows):
        raise CannotLoadError(reason)
    from safetensors import SafetensorError, safe_open

    for name in request.files:
        if not name.endswith(".safetensors"):
            if reason := why_refused(request.path / name):
                raise CannotLoadError(f"its weights file {name} {reason}")
            continue
        try:
            with safe_open(request.path / name, framework="numpy"):  # compares the header with the size
                pass
        except (SafetensorError, OSError) as error:
            raise CannotLoadError(f"{name} is damaged or cut short ({error})") from None


def load_tokenizer(weights: Path, folder: Path) -> Any:  # noqa: ANN401  the library's own
    """Return the tokenizer of the tokenizer.json next to the weights, else in the model's folder.

    CannotLoadError if there is none, or it cannot be read.
    """
    from tokenizers import Tokenizer

    places = (weights.parent, folder)
    file = next((place / "tokenizer.json" for place in places if (place / "tokenizer.json").is_file()), None)
    if file is None:
        raise CannotLoadError(f"has no tokenizer.json next to {weights.relative_to(folder)}")
    try:
        return Tokenizer.from_file(str(file))
    except Exception as error:  # noqa: BLE001  the library raises plain Exception
        raise CannotLoadError(f"its tokenizer.json cannot be read ({error})") from None


def check_torch_tokenizer(tokenizer: Any, network: Any) -> None:  # noqa: ANN401  the libraries' own types
    """Refuse an empty tokenizer, which transformers creates if the files are missing, and one that does not fit.

    CannotLoadError if it is either.
    """
    numbers = tokenizer.get_vocab()
    if set(numbers) <= set(tokenizer.all_special_tokens):
        raise CannotLoadError("has no tokenizer files: only special tokens are known")
    table = network.get_input_embeddings()
    if not hasattr(table, "num_embeddings"):
        return
    # BART's summarizers have no vector for the mask token, which no text contains.
    mask = tokenizer.special_tokens_map.get("mask_token")
    tokens = 1 + max(number for token, number in numbers.items() if token != mask)

    def vectors(some: NDArray[Any]) -> NDArray[Any]:
        found: NDArray[Any] = table.weight[some.tolist()].detach().float().cpu().numpy()
        return found

    check_fit(tokens, int(table.num_embeddings), vectors)


# A tokenizer with this share of the model's tokens is accepted; fewer vectors than this prove little.
KNOWN_SHARE = 0.75
FEWEST_BEYOND = 256
# Number of vectors compared, and of those whose nearest neighbour is searched.
LOOKED_AT, ASKED = 4096, 256
# Trained vectors have at least half the spread of those of known tokens.
LEAST_SPREAD = 0.5
# Words of similar use get similar vectors, so a trained vector's nearest neighbour is nearer than by chance, by cosine:
# 2.0 times in all-MiniLM-L6-v2, 1.5 in wordllama, 2.0 in gemma-3-270m, 2.1 in SmolLM2-135M (the last two thirds of each
# table). Untrained are BERT's unused tokens in MiniLM (1.05 times) and spare rows of a BERT and a GPT-2 made here (1.0
# times). In a generator, training may push all tokens that never occur in one direction until they are nearly the same:
# gemma's unused tokens (cosine 0.996).
BEYOND_CHANCE, NEARLY_THE_SAME = 1.25, 0.9


def check_fit(tokens: int, rows: int, vectors: Callable[[NDArray[Any]], NDArray[Any]] | None = None) -> None:
    """Refuse a tokenizer with more tokens than the model has vectors, or far fewer than the model has trained.

    `vectors` returns the vectors of some tokens; without it only the counts are compared. CannotLoadError if the two do
    not belong together.
    """
    if tokens > rows:
        raise CannotLoadError(
            f"its tokenizer knows {tokens} tokens, its model has vectors for {rows}: they do not belong together"
        )
    few = tokens < KNOWN_SHARE * rows and rows - tokens >= FEWEST_BEYOND
    if few and vectors is not None and _are_learned(vectors(_some(tokens, rows)), vectors(_some(0, tokens))):
        raise CannotLoadError(
            f"its tokenizer knows {tokens} tokens, its model has learned {rows}: they do not belong together"
        )


def _some(first: int, end: int) -> NDArray[Any]:
    """Return some token ids spread over a range."""
    import numpy as np

    return np.unique(np.linspace(first, end - 1, min(LOOKED_AT, end - first)).astype(int))


def _are_learned(beyond: NDArray[Any], known: NDArray[Any]) -> bool:
    """Return whether vectors look trained: spread like the known ones, and with near neighbours."""
    import numpy as np

    beyond, known = _apart(beyond), _apart(known)
    if np.linalg.norm(beyond, axis=1).mean() < LEAST_SPREAD * np.linalg.norm(known, axis=1).mean():
        return False
    # Chance level: the same values, shuffled between vectors.
    shuffled = np.random.default_rng(0).permuted(beyond, axis=0)
    near = _nearest(beyond)
    return bool(BEYOND_CHANCE * _nearest(shuffled) < near < NEARLY_THE_SAME)


def _apart(vectors: NDArray[Any]) -> NDArray[Any]:
    """Return vectors without their common direction, whatever each one's length along it."""
    import numpy as np

    vectors = vectors.astype(np.float32)
    middle = vectors.mean(axis=0)
    way = middle / max(float(np.linalg.norm(middle)), float(np.finfo(np.float32).tiny))
    apart: NDArray[Any] = vectors - (vectors @ way)[:, None] * way
    return apart


def _nearest(vectors: NDArray[Any]) -> float:
    """Return the median cosine between a vector and its nearest neighbour."""
    import numpy as np

    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / np.maximum(lengths, np.finfo(np.float32).tiny)
    asked = np.linspace(0, len(unit) - 1, min(ASKED, len(unit))).astype(int)
    cosines = unit[asked] @ unit.T
    cosines[np.arange(len(asked)), asked] = -1.0
    return float(np.median(cosines.max(axis=1)))
