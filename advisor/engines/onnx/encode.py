"""Sentence encoders as ONNX graphs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from advisor.engines.base import CannotLoadError, Load, normalised
from advisor.engines.batches import about_tokens
from advisor.engines.onnx import MAX_TOKENS
from advisor.engines.onnx.graph import Graph, OfGraph, open_graph
from advisor.formats.safety import get, is_inside, json_list, json_map

if TYPE_CHECKING:
    from numpy.typing import NDArray


# In the library's order of concatenation; the first name is from older folders.
POOLINGS = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
# The engine always l2-normalises vectors, and dropout is for training only.
_NO_MATTER = frozenset({"Normalize", "Dropout"})
_OWN = "sentence_transformers."


@dataclass(frozen=True, slots=True)
class VectorRecipe:
    """How a folder computes a sentence's vector."""

    # Values of `POOLINGS`; the vectors of several are concatenated. Most encoders are made for the mean.
    poolings: tuple[str, ...] = ("mean",)
    unusable: str | None = None  # Why token vectors alone do not give the sentence's vector, None if they do.
    max_tokens: int | None = None  # Tokens read of a text, None if the folder does not say.
    is_lowercase: bool = False  # Whether texts are lower-cased first.
    prompt: str = ""  # Prefix of every text.
    query_prompt: str = ""  # Prefix of queries instead.
    document_prompt: str = ""  # Prefix of documents instead.


def read_recipe(folder: Path) -> VectorRecipe | None:
    """Read a folder's recipe, None if it is no sentence-transformers folder with a transformer; never fails."""
    modules = json_list(folder / "modules.json")
    kinds = [str(get(module, "type")) for module in modules]
    if not kinds or not kinds[0].startswith(_OWN) or not kinds[0].endswith(".Transformer"):
        return None
    poolings, unusable, takes_prompt = _pooling(folder, modules, kinds)
    settings = _map(folder, str(get(modules[0], "path") or ""), "sentence_bert_config.json")
    config = json_map(folder / "config_sentence_transformers.json")
    prompts = config.get("prompts")
    pairs = prompts.items() if isinstance(prompts, dict) else ()
    named = {name: text for name, text in pairs if isinstance(text, str)}
    most = settings.get("max_seq_length")
    if not takes_prompt and any(named.values()):
        unusable = unusable or "its sentence vectors leave out its prompts, which is not supported"
    return VectorRecipe(
        poolings,
        unusable,
        most if isinstance(most, int) and most > 0 else None,
        settings.get("do_lower_case") is True,
        named.get(str(config.get("default_prompt_name")), ""),
        named.get("query", ""),
        named.get("document", ""),
    )


def _pooling(folder: Path, modules: list[object], kinds: list[str]) -> tuple[tuple[str, ...], str | None, bool]:
    """Return the poolings, why they are unusable, and whether a prompt's tokens count."""
    names = [kind.rpartition(".")[2] if kind.startswith(_OWN) else kind for kind in kinds[1:]]
    others = [name for name in names if name != "Pooling" and name not in _NO_MATTER]
    if others:
        return (), f"its modules.json has a {others[0][:60]}, which a graph of token vectors lacks", True
    if names.count("Pooling") != 1:
        return (), "its modules.json names no pooling of its token vectors", True
    place = str(get(modules[1 + names.index("Pooling")], "path") or "")
    config = _map(folder, place, "config.json")
    if not config:
        return (), f"lacks {place}/config.json, which says how its token vectors are pooled", True
    named = config.get("pooling_mode")
    chosen = [named] if isinstance(named, str) else named
    if chosen is None:
        chosen = [mode for flag, mode in POOLINGS.items() if config.get(flag) is True] or ["mean"]
    if not isinstance(chosen, list) or not chosen or not all(mode in POOLINGS.values() for mode in map(str, chosen)):
        return (), f"{place}/config.json needs an unknown pooling ({str(named)[:60]})", True
    return tuple(map(str, chosen)), None, config.get("include_prompt") is not False


def _map(folder: Path, place: str, name: str) -> dict[str, object]:
    """Return a JSON file's mapping, empty if the folder has none."""
    inside = f"{place}/{name}" if place else name
    return json_map(folder / inside) if is_inside(folder, inside) else {}


class _Output(NamedTuple):
    name: str
    pooled: bool


class OnnxEncoder(OfGraph):
    """A BERT-like graph: its pooled output, else its token vectors pooled as its folder says; l2-normalised.

    Without a recipe in the folder, pooling is by the mean.
    """

    def __init__(self, graph: Graph, recipe: VectorRecipe | None) -> None:
        super().__init__(graph)
        self._recipe = recipe or VectorRecipe()
        self._output = _choose_output(graph.session, has_recipe=recipe is not None)
        if recipe is not None and not self._output.pooled:
            if recipe.unusable is not None:
                raise CannotLoadError(recipe.unusable)
            self.facts = self.facts | {"pooling": ", ".join(recipe.poolings)}
        self._longest = min(MAX_TOKENS, graph.longest, self._recipe.max_tokens or MAX_TOKENS)
        graph.tokenizer.enable_truncation(self._longest)

    def encode(self, texts: Sequence[str]) -> NDArray[Any]:
        return self._encode(texts, self._recipe.prompt)

    def encode_queries(self, texts: Sequence[str]) -> NDArray[Any]:
        """Return the vectors of queries, prefixed with the folder's prompt for queries."""
        return self._encode(texts, self._recipe.query_prompt)

    def encode_documents(self, texts: Sequence[str]) -> NDArray[Any]:
        """Return the vectors of documents, prefixed with the folder's prompt for documents."""
        return self._encode(texts, self._recipe.document_prompt)

    def _encode(self, texts: Sequence[str], prompt: str) -> NDArray[Any]:
        """Encode; texts of similar length run together."""
        import numpy as np

        given = [prompt + text for text in texts]
        if self._recipe.is_lowercase:
            given = [text.lower() for text in given]
        lengths = [about_tokens(text, self._longest) for text in given]
        return np.stack(self._graph.batches.run(lengths, lambda batch: self._batch([given[each] for each in batch])))

    def _batch(self, texts: list[str]) -> NDArray[Any]:
        import numpy as np

        encoded = self._graph.tokenizer.encode_batch(texts)
        (vectors,) = self._graph.run(encoded, [self._output.name])
        vectors = vectors.astype(np.float32)
        if not self._output.pooled:
            mask = np.array([item.attention_mask for item in encoded])
            vectors = np.concatenate([_pooled(vectors, mask, how) for how in self._recipe.poolings], axis=1)
        return normalised(vectors)


def load(request: Load) -> OnnxEncoder:
    """Load a sentence encoder.

    CannotLoadError with the reason, also if its folder needs more than a pooling of token vectors.
    """
    return OnnxEncoder(open_graph(request), read_recipe(request.path))


def _pooled(vectors: NDArray[Any], mask: NDArray[Any], how: str) -> NDArray[Any]:
    """Return a vector for each text, pooled as in sentence-transformers by `how`, a value of `POOLINGS`.

    Vectors are of shape (texts, tokens, width), the mask 1 for tokens that count, of shape (texts, tokens).
    """
    import numpy as np

    rows, first = np.arange(len(mask)), mask.argmax(axis=1)
    found: NDArray[Any]
    if how in ("cls", "lasttoken"):
        last = mask.shape[1] - 1 - mask[:, ::-1].argmax(axis=1)
        found = vectors[rows, first if how == "cls" else last]
        return found
    if how == "max":
        found = np.where(mask[..., None] == 1, vectors, -np.inf).max(axis=1)
        return found
    weights = mask.astype(vectors.dtype)
    if how == "weightedmean":  # later tokens count more
        weights *= np.arange(1, mask.shape[1] + 1) - first[:, None]
    summed = (vectors * weights[..., None]).sum(axis=1)
    counted = np.maximum(weights.sum(axis=1, keepdims=True), 1.0)
    found = summed / (np.sqrt(counted) if how == "mean_sqrt_len_tokens" else counted)
    return found


def _choose_output(session: Any, *, has_recipe: bool) -> _Output:  # noqa: ANN401
    """Choose the sentence vector: by its usual name, else a matrix of fixed width, else token vectors to be pooled.

    If the folder says how to pool token vectors (`has_recipe`), these precede a matrix of another name.
    """
    outputs = session.get_outputs()
    for node in outputs:
        if node.name == "sentence_embedding":
            return _Output(node.name, pooled=True)
    tokens = next((_Output(node.name, pooled=False) for node in outputs if len(node.shape) == 3), None)  # noqa: PLR2004
    if tokens is not None and has_recipe:
        return tokens
    for node in outputs:
        # BERT's own pooler was trained for another purpose: it gives no sentence vector.
        is_other = tokens is not None and node.name == "pooler_output"
        if len(node.shape) == 2 and isinstance(node.shape[1], int) and node.shape[1] > 1 and not is_other:  # noqa: PLR2004
            return _Output(node.name, pooled=True)
    if tokens is None:
        shapes = ", ".join(f"{node.name}{node.shape}" for node in outputs)
        raise CannotLoadError(f"gives neither sentence nor token vectors; its outputs are {shapes}")
    return tokens
