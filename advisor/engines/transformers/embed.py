"""Vectors of words in their context, from encoders without a head (BERT, RoBERTa, DeBERTa, ModernBERT)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from advisor.engines import tuning
from advisor.engines.spans import OVERLAP, tokens_of_words
from advisor.engines.transformers.classify import of_tags, tags_of
from advisor.engines.transformers.opened import Loaded, longest_input, new_layer, open_with_offsets, padded, tokenized

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.engines.base import Load

# A word's vector is the mean of its tokens', each the sum of the last layers: frozen, these say more than the last one
# alone (Devlin et al. 2019, "BERT", section 5.3).
LAYERS = 4
# The layer for a text's vector, which need not be there, and the new one that an encoder is tuned with.
UNUSED, LAST = "pooler", "tags"


class TransformerEncoder(Loaded):
    """An encoder's vectors of words; texts longer than it reads are read in overlapping windows."""

    def embed(self, texts: Sequence[str], words: Sequence[Sequence[tuple[int, int]]]) -> list[NDArray[Any]]:
        import numpy as np
        import torch

        opened = self._opened
        windows = {"return_overflowing_tokens": True, "return_offsets_mapping": True}
        encoded = tokenized(opened, texts, stride=longest_input(opened) // OVERLAP, **windows)
        lengths = [len(ids) for ids in encoded["input_ids"]]
        is_left = opened.processor.padding_side == "left"
        # The window, first and last token of each word, where the window's edges are farthest.
        best = [[(-1, 0, 0, 0)] * len(each) for each in words]
        for window, number in enumerate(encoded["overflow_to_sample_mapping"]):
            for word, first, beyond in tokens_of_words(encoded["offset_mapping"][window], words[number]):
                from_edge = min(first, lengths[window] - beyond)
                best[number][word] = max(best[number][word], (from_edge, window, first, beyond))
        wanted: list[list[tuple[int, int, int, int]]] = [[] for _ in lengths]
        for number, places in enumerate(best):
            for word, (from_edge, window, first, beyond) in enumerate(places):
                wanted[window] += [(number, word, first, beyond)] if from_edge >= 0 else []
        # Characters that the tokenizer drops stay zero.
        found = [np.zeros((len(each), opened.model.config.hidden_size), dtype=np.float32) for each in words]

        def look(batch: list[int]) -> list[None]:
            layers = opened.model(**padded(opened, encoded, batch), output_hidden_states=True).hidden_states[-LAYERS:]
            summed = torch.stack([each.float() for each in layers]).sum(dim=0).cpu().numpy()
            for window, rows in zip(batch, summed, strict=True):
                shift = len(rows) - lengths[window] if is_left else 0
                for number, word, first, beyond in wanted[window]:
                    found[number][word] = rows[shift + first : shift + beyond].mean(axis=0)
            return [None] * len(batch)

        with torch.inference_mode():
            opened.batches.run(lengths, look)
        return found

    def recipe(self, goal: tuning.Goal) -> tuning.Recipe:
        """Return how it is tuned: as a tagger, by a new last layer that its vectors do not pass."""
        model, tags = self._opened.model, tags_of(goal.labels)
        fresh = new_layer(model, LAST, model.config.hidden_size, len(tags), goal.seed)
        last = model.get_submodule(LAST)
        recipe = of_tags(self._opened, tags, fresh, lambda inputs: last(model(**inputs).last_hidden_state))
        return recipe._replace(weights={name: each for name, each in recipe.weights.items() if UNUSED not in name})


def load(request: Load) -> TransformerEncoder:
    place = PurePosixPath(request.files[0]).parent  # a sentence-transformers folder may have one for its encoder
    return TransformerEncoder(open_with_offsets(request, "AutoModel", str(place), unused=UNUSED))
