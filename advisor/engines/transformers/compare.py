"""Cross-encoders: one number for a pair of texts, through sentence-transformers."""

from collections.abc import Sequence

from advisor.engines.base import CannotLoadError, Load
from advisor.engines.checks import check_torch_tokenizer
from advisor.engines.sentence_transformers import LibraryModel, open_model


class CrossEncoder(LibraryModel):
    """A pair's score as the model's own activation gives it: for most within 0 and 1."""

    def compare(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """Return a score for each pair; larger is better. What is too long is cut."""
        if not pairs:
            return []

        def some(batch: list[int]) -> list[float]:
            chosen = [tuple(pairs[number]) for number in batch]
            return [
                float(score) for score in self._model.predict(chosen, batch_size=len(batch), show_progress_bar=False)
            ]

        return self._batches.run(self._lengths(" ".join(pair) for pair in pairs), some)


def load(request: Load) -> CrossEncoder:
    """Load a cross-encoder.

    Raises:
        CannotLoadError: with the reason, also if it gives more than one number a pair.
    """
    model, facts = open_model(request, "CrossEncoder")
    if model.num_labels != 1:
        raise CannotLoadError(f"gives {model.num_labels} numbers for a pair of texts, not one")
    network = getattr(model, "model", None)
    if network is not None and hasattr(network, "get_input_embeddings"):
        check_torch_tokenizer(model.tokenizer, network)
    return CrossEncoder(model, facts, request)
