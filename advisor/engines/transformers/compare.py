"""Cross-encoders and language models that rank: one number for a pair of texts, through sentence-transformers."""

from collections.abc import Sequence
from typing import Any

from advisor.engines.base import CannotLoadError, Load
from advisor.engines.bounds import TemplateTrial
from advisor.engines.checks import check_torch_tokenizer
from advisor.engines.sentence_transformers import LibraryModel, open_model
from advisor.engines.transformers import opened
from advisor.engines.transformers.rerankers import Reranker, reranker_in, writes
from advisor.formats.folder import ModelFolder

# Two texts that a template is tested with and must contain.
TRIED = ("Which one floats?", "It sinks.")


class CrossEncoder(LibraryModel):
    """Scores pairs with the model's own activation, in most models within 0 and 1."""

    def __init__(self, model: Any, facts: dict[str, Any], request: Load, before: int) -> None:  # noqa: ANN401
        """Initialise; `before` is the number of tokens of a pair in addition to its texts."""
        super().__init__(model, facts, request)
        self._before = before

    def compare(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """Return a score for each pair; larger is better. Texts that are too long are cut."""
        if not pairs:
            return []

        def some(batch: list[int]) -> list[float]:
            chosen = [tuple(pairs[number]) for number in batch]
            return [
                float(score) for score in self._model.predict(chosen, batch_size=len(batch), show_progress_bar=False)
            ]

        lengths = self._lengths(" ".join(pair) for pair in pairs)
        return self._batches.run([self._before + length for length in lengths], some)


def load(request: Load) -> CrossEncoder:
    """Load a cross-encoder, or a language model that ranks; CannotLoadError also if a pair has several scores."""
    folder = ModelFolder(request.path, request.allows)
    known = reranker_in(folder)
    if known is None and writes(folder):
        raise CannotLoadError("is a language model, and its files do not say how it scores a pair of texts")
    model, facts = open_model(request, "CrossEncoder", **({"chat_template": known.template} if known else {}))
    if known is not None:
        _ask_as(model, known)
    if model.num_labels != 1:
        raise CannotLoadError(f"gives {model.num_labels} numbers for a pair of texts, not one")
    network = getattr(model, "model", None)
    if network is not None and hasattr(network, "get_input_embeddings"):
        check_torch_tokenizer(model.tokenizer, network)
        opened.check_complete({"missing_keys": _heads(network) - opened.tensors_in(request)})
    return CrossEncoder(model, facts, request, _template_tokens(model))


def _heads(network: Any) -> set[str]:  # noqa: ANN401  transformers' own
    """Return the names of the weights on top of the network's body that compute a score; shared ones are the body's."""
    beneath = f"{network.base_model_prefix}."
    return {name for name, _ in network.named_parameters() if not name.startswith(beneath)}


def _ask_as(model: Any, known: Reranker) -> None:  # noqa: ANN401  the library's own type
    """Make the model's last module score by the logits of its family's two words."""
    for name, word in (("true_token_id", known.yes), ("false_token_id", known.no)):
        ids = model.tokenizer(word, add_special_tokens=False)["input_ids"]
        if len(ids) != 1:
            raise CannotLoadError(f"its tokenizer has no token {word!r}, by which its family scores a pair")
        setattr(model[-1], name, ids[0])


def _template_tokens(model: Any) -> int:  # noqa: ANN401
    """Return the number of tokens of a template in addition to a pair's texts; 0 for a model without one.

    CannotLoadError if it leaves out a text.
    """
    template = getattr(model.tokenizer, "chat_template", None)
    if "message" not in getattr(model[0], "modality_config", {}) or not isinstance(template, str):
        return 0
    turns = [{"role": role, "content": text} for role, text in zip(("query", "document"), TRIED, strict=True)]
    written = TemplateTrial(template).check(turns)
    if not all(text in written for text in TRIED):
        raise CannotLoadError("its chat template leaves out the query or the document")
    ids: list[int] = model.tokenizer(written, add_special_tokens=False)["input_ids"]
    return len(ids)
