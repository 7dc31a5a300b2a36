"""Sentence encoders through sentence-transformers (torch)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from advisor.engines import tuning
from advisor.engines.batches import about_tokens
from advisor.engines.checks import check_torch_tokenizer
from advisor.engines.engine import CONFIGURATION, ENCODERS, RAW_ENCODERS, TORCH_FILES, TORCH_FORMATS, Engine
from advisor.engines.transformers import opened
from advisor.formats.folder import Form, ModelFolder, abilities
from advisor.formats.safety import get

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.engines.base import Load


# On a CPU larger batches cost memory and gain nothing: 32 takes 1.3 times the memory of 8, and more time.
BATCH = 8
# Tokens read by a model that states no limit.
USUAL_LENGTH = 512


def _forms(folder: ModelFolder) -> list[Form]:
    encoder = next((module for module in folder.modules if str(get(module, "type")).endswith(".Transformer")), None)
    settings = folder.json("config_sentence_transformers.json")
    if settings.get("model_type") == "CrossEncoder" or folder.refusal:
        return []
    if not folder.modules and "encode" in abilities(folder.config)[0]:  # the library pools by the mean
        return folder.torch_weights(ENGINE.name)
    if not encoder:
        return []
    return folder.torch_weights(ENGINE.name, str(get(encoder, "path") or ""))


ENGINE = Engine(
    name="sentence-transformers",
    module=__name__,
    library="sentence_transformers",
    beneath=("torch", "transformers"),
    base_memory_bytes=526_000_000,
    abilities=dict.fromkeys((*ENCODERS, *RAW_ENCODERS), "encode"),
    libraries=frozenset({"sentence-transformers", "transformers", None}),
    formats=TORCH_FORMATS,
    # Later modules have their weights in subfolders.
    files=replace(TORCH_FILES, small=(*CONFIGURATION, "*/*.safetensors")),
    forms=_forms,
    is_torch=True,
    efficiency=0.4,  # MiniLM, paraphrase-MiniLM-L3
)


class LibraryModel:
    """Base of the library's models."""

    def __init__(self, model: Any, facts: dict[str, Any], request: Load) -> None:  # noqa: ANN401  the library's own type
        self._model = model
        self.engine = opened.engine_name("sentence-transformers")
        self.device = opened.device_name(str(model.device))
        self.facts = facts
        config = getattr(getattr(model[0], "auto_model", None), "config", None)  # None if it is not of transformers
        self._batches = opened.batches(self.device, config, request, BATCH)
        longest = getattr(model, "max_seq_length", None)
        self._longest = longest if isinstance(longest, int) else USUAL_LENGTH

    def _lengths(self, texts: Iterable[str]) -> list[int]:
        """Estimate the tokens of texts, up to the model's maximum."""
        return [about_tokens(text, self._longest) for text in texts]


class SentenceEncoder(LibraryModel):
    """A sentence-transformers model, vectors l2-normalised."""

    def encode(self, texts: Sequence[str]) -> NDArray[Any]:
        return self._encode(self._model.encode, texts)

    def encode_queries(self, texts: Sequence[str]) -> NDArray[Any]:
        """Return the vectors of queries, prefixed with the model's prompt for queries."""
        return self._encode(self._model.encode_query, texts)

    def encode_documents(self, texts: Sequence[str]) -> NDArray[Any]:
        """Return the vectors of documents, prefixed with the model's prompt for documents."""
        return self._encode(self._model.encode_document, texts)

    def recipe(self, goal: tuning.Goal) -> tuning.Recipe:
        """Return how it is tuned: all weights but the token embeddings, on texts of at most `tuning.MOST_TOKENS`."""
        model, longest = self._model, self._longest
        network = getattr(model[0], "auto_model", None)

        def embed(texts: Sequence[str]) -> Any:  # noqa: ANN401  a tensor
            model.max_seq_length = min(longest, tuning.MOST_TOKENS)
            read = model.preprocess(list(texts))
            model.max_seq_length = longest
            read = {name: each.to(model.device) if hasattr(each, "to") else each for name, each in read.items()}
            return model(read)["sentence_embedding"]

        table = network.get_input_embeddings() if network is not None else None
        return tuning.of_encoder(model, tuning.all_but_tokens(model, table), embed)

    def _encode(self, encode: Callable[..., Any], texts: Sequence[str]) -> NDArray[Any]:
        import numpy as np

        def some(batch: list[int]) -> NDArray[Any]:
            vectors: NDArray[Any] = encode(
                [texts[number] for number in batch],
                batch_size=len(batch),
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
            return vectors

        return np.stack(self._batches.run(self._lengths(texts), some)).astype("float32", copy=False)


def open_model(request: Load, kind: str, **processor: str) -> tuple[Any, dict[str, Any]]:
    """Return a folder's model as one of the library's classes, and facts of its computation for the report.

    Remote code is loaded only if the task allows it, pickled weights only if they hold nothing but tensors. `processor`
    are tokenizer settings in addition to the folder's own. CannotLoadError with the reason.
    """
    with opened.opening(request) as device:
        import sentence_transformers
        import torch

        settings: dict[str, Any] = {"use_safetensors": opened.is_safetensors(request)}
        if stored := opened.stored_dtype(request):
            settings["dtype"] = getattr(torch, stored)
        model = getattr(sentence_transformers, kind)(
            str(request.path),
            device=device,
            trust_remote_code="remote-code" in request.allows,
            local_files_only=True,
            model_kwargs=settings,
            processor_kwargs=processor,
        )
    return model, opened.facts_of(model, request)


def load(request: Load) -> SentenceEncoder:
    model, facts = open_model(request, "SentenceTransformer")
    network = getattr(model[0], "auto_model", None)
    if network is not None:
        check_torch_tokenizer(model.tokenizer, network)
    return SentenceEncoder(model, facts, request)
