"""Sentence encoders through sentence-transformers (torch)."""

from __future__ import annotations

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
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from advisor.engines.base import Load


# On a processor larger batches cost memory and gain nothing: 32 takes 1.3 times the memory of 8, and more time.
BATCH = 8
# What a model reads that tells no limit of its own.
USUAL_LENGTH = 512


def _forms(folder: ModelFolder) -> list[Form]:
    encoder = next((module for module in folder.modules if str(get(module, "type")).endswith(".Transformer")), None)
    settings = folder.json("config_sentence_transformers.json")
    if settings.get("model_type") == "CrossEncoder" or folder.refusal:
        return []
    if not folder.modules and "encode" in abilities(folder.config)[0]:  # the library takes the mean of its vectors
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
    # Modules behind the first have weights in folders of their own.
    files=replace(TORCH_FILES, small=(*CONFIGURATION, "*/*.safetensors")),
    forms=_forms,
    is_torch=True,
    efficiency=0.4,  # MiniLM, paraphrase-MiniLM-L3
)


class LibraryModel:
    """What the library's models share."""

    def __init__(self, model: Any, facts: dict[str, Any], request: Load) -> None:  # noqa: ANN401  the library's own type
        self._model = model
        self.engine = opened.engine_name("sentence-transformers")
        self.device = opened.device_name(str(model.device))
        self.facts = facts
        config = getattr(getattr(model[0], "auto_model", None), "config", None)  # none where it is not of transformers
        self._batches = opened.batches(self.device, config, request, BATCH)
        longest = getattr(model, "max_seq_length", None)
        self._longest = longest if isinstance(longest, int) else USUAL_LENGTH

    def _lengths(self, texts: Iterable[str]) -> list[int]:
        """Return about how many tokens texts have, of which the model reads no more than it was made for."""
        return [about_tokens(text, self._longest) for text in texts]


class SentenceEncoder(LibraryModel):
    """A sentence-transformers model, vectors l2-normalised."""

    def encode(self, texts: Sequence[str]) -> NDArray[Any]:
        """Return float32 vectors of shape (len(texts), width)."""
        return self._encode(self._model.encode, texts)

    def encode_queries(self, texts: Sequence[str]) -> NDArray[Any]:
        """Return the vectors of queries, with the prompt before them that the model names for queries."""
        return self._encode(self._model.encode_query, texts)

    def encode_documents(self, texts: Sequence[str]) -> NDArray[Any]:
        """Return the vectors of documents, with the prompt before them that the model names for documents."""
        return self._encode(self._model.encode_document, texts)

    def recipe(self, goal: tuning.Goal) -> tuning.Recipe:
        """Return how it is tuned: all weights but the table of tokens, on texts of at most `tuning.MOST_TOKENS`."""
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
    """Return a folder's model as one of the library's classes, and what a report should say of how it computes.

    Remote code is loaded only where the task allows it, pickled weights only where they hold plain tensors alone.
    `processor` are settings of its tokenizer besides the folder's own.

    Raises:
        CannotLoadError: with the reason.
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
