"""Extractive question answering: the answer is a span of the context."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.engines.base import Found
from advisor.engines.spans import OVERLAP, Window, answer, best_span, room_for
from advisor.engines.transformers.inputs import longest_input, padded
from advisor.engines.transformers.opened import Loaded, open_with_offsets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from advisor.engines.base import Load


class SpanReader(Loaded):
    """A question-answering model; contexts longer than it reads are read in overlapping windows."""

    def read(self, questions: Sequence[str], contexts: Sequence[str]) -> list[Found]:
        """Return the answer to each question from its context; empty where there is none.

        Raises:
            ValueError: if a question leaves no room for its context.
        """
        import torch

        encoded = windows_of(self._opened.processor, questions, contexts, longest_input(self._opened))
        lengths = [len(ids) for ids in encoded["input_ids"]]
        is_left = self._opened.processor.padding_side == "left"

        def look(batch: list[int]) -> list[Window | None]:
            output = self._opened.model(**padded(self._opened, encoded, batch))
            starts, ends = output.start_logits.float().cpu().numpy(), output.end_logits.float().cpu().numpy()
            shifts = [starts.shape[1] - lengths[window] if is_left else 0 for window in batch]
            return [
                read_window(self._opened.processor, encoded, window, starts[row][shift:], ends[row][shift:])
                for row, (window, shift) in enumerate(zip(batch, shifts, strict=True))
            ]

        with torch.inference_mode():
            seen = self._opened.batches.run(lengths, look)
        found: list[list[Window]] = [[] for _ in questions]
        for number, window in zip(encoded["overflow_to_sample_mapping"], seen, strict=True):
            if window is not None:
                found[number].append(window)
        return [answer(c, windows) if windows else Found("", 0.0) for c, windows in zip(contexts, found, strict=True)]


def windows_of(tokenizer: Any, questions: Sequence[str], contexts: Sequence[str], limit: int) -> Any:  # noqa: ANN401
    """Return the encoded pairs, long contexts in windows that overlap by a quarter.

    Raises:
        ValueError: if a question leaves no room for its context.
    """
    longest = max((len(ids) for ids in tokenizer(list(questions), add_special_tokens=False)["input_ids"]), default=0)
    room = room_for(longest, tokenizer.num_special_tokens_to_add(pair=True), limit)
    return tokenizer(
        list(questions),
        list(contexts),
        truncation="only_second",
        max_length=limit,
        stride=room // OVERLAP,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
    )


def read_window(
    tokenizer: Any,  # noqa: ANN401  the library's own
    encoded: Any,  # noqa: ANN401
    window: int,
    starts: NDArray[Any],
    ends: NDArray[Any],
) -> Window | None:
    """Return what one window says, None if it holds nothing of the context."""
    ids, places = encoded["input_ids"][window], encoded["offset_mapping"][window]
    offsets = [
        tuple(place) if part == 1 and place[1] > place[0] else None
        for part, place in zip(encoded.sequence_ids(window), places, strict=True)
    ]
    if not any(offsets):
        return None
    none = ids.index(tokenizer.cls_token_id) if tokenizer.cls_token_id in ids else 0
    return best_span(starts, ends, offsets, none)


def load(request: Load) -> SpanReader:
    """Load a question-answering model."""
    return SpanReader(open_with_offsets(request, "AutoModelForQuestionAnswering"))
