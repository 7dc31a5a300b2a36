"""Token classifiers: labelled spans of a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.probe.runtimes.base import CannotLoadError
from advisor.probe.runtimes.spans import Token, spans
from advisor.probe.runtimes.transformers.batches import batches, longest_input, padded
from advisor.probe.runtimes.transformers.opened import open_model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.probe.runtimes.base import Load, Span
    from advisor.probe.runtimes.transformers.opened import Opened

# Windows of a long text overlap by a quarter, so that each token is seen with its neighbours.
OVERLAP = 4


class TokenClassifier:
    """A token-classification model; texts longer than it reads are read in overlapping windows."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self.engine, self.device, self.facts = opened.engine, opened.device, opened.facts
        names = opened.model.config.id2label
        self._labels = [str(names[index]) for index in sorted(names)]

    def tag(self, texts: Sequence[str]) -> list[list[Span]]:
        """Return the spans of each text, in order, without overlap."""
        import torch

        limit = longest_input(self._opened)
        encoded = self._opened.processor(
            list(texts),
            truncation=True,
            max_length=limit,
            stride=limit // OVERLAP,
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
        )
        seen: list[dict[tuple[int, int], tuple[int, Token]]] = [{} for _ in texts]
        with torch.inference_mode():
            for batch in batches(self._opened, [len(ids) for ids in encoded["input_ids"]]):
                logits = self._opened.model(**padded(self._opened, encoded, batch)).logits.float()
                for window, rows in zip(batch, logits.softmax(dim=-1), strict=True):
                    best, index = rows.max(dim=-1)
                    chances = list(zip(index.tolist(), best.tolist(), strict=True))
                    text = encoded["overflow_to_sample_mapping"][window]
                    self._note(seen[text], encoded, window, chances)
        return [
            spans(text, [token for _, token in (found[key] for key in sorted(found))])
            for text, found in zip(texts, seen, strict=True)
        ]

    def _note(
        self,
        seen: dict[tuple[int, int], tuple[int, Token]],
        encoded: Any,  # noqa: ANN401  the library's own batch
        window: int,
        chances: list[tuple[int, float]],
    ) -> None:
        """Keep of each token what the window said in which it is farthest from an edge."""
        words, offsets = encoded.word_ids(window), encoded["offset_mapping"][window]
        inside = [place for place, word in enumerate(words) if word is not None]
        # Padding may stand on either side; `padded` added it after this encoding.
        shift = len(chances) - len(words) if self._opened.processor.padding_side == "left" else 0
        for place in inside:
            start, end = offsets[place]
            from_edge = min(place - inside[0], inside[-1] - place)
            known = seen.get((start, end))
            if end > start and (known is None or known[0] < from_edge):
                label, probability = chances[place + shift]
                seen[start, end] = (from_edge, Token(start, end, words[place], self._labels[label], probability))


def load(request: Load) -> TokenClassifier:
    """Load a token classifier.

    Raises:
        CannotLoadError: with the reason, also if its tokenizer does not tell where its tokens stand.
    """
    opened = open_model(request, "AutoModelForTokenClassification")
    if not opened.processor.is_fast:
        raise CannotLoadError("its tokenizer does not tell where its tokens stand in a text (it has no tokenizer.json)")
    return TokenClassifier(opened)
