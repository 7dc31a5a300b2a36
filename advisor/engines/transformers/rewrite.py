"""Sequence-to-sequence models: summaries, translations (T5, BART, Marian, mBART, NLLB, M2M100, Pegasus)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.engines.base import Reply
from advisor.engines.transformers.inputs import longest_input, padded
from advisor.engines.transformers.languages import direction
from advisor.engines.transformers.opened import open_model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.engines.base import Load
    from advisor.engines.transformers.languages import Direction
    from advisor.engines.transformers.opened import Opened

# Each text holds keys and values for each beam besides.
MOST_TEXTS = 8


class SequenceToSequence:
    """A model used as it was published: with its own beams and length rules, without chance."""

    def __init__(self, opened: Opened, to: Direction) -> None:
        self._opened, self._direction = opened, to
        self.engine, self.device = opened.engine, opened.device
        self.facts = opened.facts | {"beams": int(getattr(opened.model.generation_config, "num_beams", 1) or 1)}
        if to.target_code or to.prefix:
            self.facts |= {"target": to.target_code} if to.target_code else {"prefix": to.prefix}
        if to.source_code:
            opened.processor.src_lang = to.source_code

    def rewrite(self, texts: Sequence[str], *, max_tokens: int) -> list[Reply]:
        """Return each text's rewriting, of at most so many tokens; a text too long is cut at its end."""
        import torch

        tokenizer, model = self._opened.processor, self._opened.model
        prefix = self._direction.prefix  # a task's template may have put it there already
        given = [text if prefix and text.startswith(prefix) else prefix + text for text in texts]
        encoded = tokenizer(given, truncation=True, max_length=longest_input(self._opened))
        settings = {"max_new_tokens": self._room(max_tokens), "do_sample": False}
        if self._direction.first_token is not None:
            settings["forced_bos_token_id"] = self._direction.first_token

        def answer(batch: list[int]) -> list[Reply]:
            written = model.generate(**padded(self._opened, encoded, batch), **settings)
            said = tokenizer.batch_decode(written, skip_special_tokens=True)
            # The first token starts the decoder: it was given, not written.
            counts = [sum(each != tokenizer.pad_token_id for each in ids[1:]) for ids in written.tolist()]
            return [Reply(text.strip(), count) for text, count in zip(said, counts, strict=True)]

        with torch.inference_mode():
            return self._opened.batches.run([len(ids) for ids in encoded["input_ids"]], answer, MOST_TEXTS)

    def _room(self, max_tokens: int) -> int:
        """Return how many tokens may be written: not more than the decoder has positions."""
        positions = getattr(self._opened.model.config, "max_position_embeddings", None)
        return min(max_tokens, positions - 1) if isinstance(positions, int) and positions > 1 else max_tokens


def load(request: Load) -> SequenceToSequence:
    """Load a sequence-to-sequence model; the request's options "source", "target" and "purpose" direct it.

    Raises:
        CannotLoadError: with the reason, also if it does not know the languages asked for.
    """
    opened = open_model(request, "AutoModelForSeq2SeqLM")
    return SequenceToSequence(opened, direction(opened.processor, opened.model.config, request.options))
