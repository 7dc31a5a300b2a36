"""Extractive question answering: the answer is a span of the context."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from advisor.probe.runtimes.base import CannotLoadError, Found
from advisor.probe.runtimes.transformers.batches import batches, longest_input, padded
from advisor.probe.runtimes.transformers.opened import open_model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from advisor.probe.runtimes.base import Load
    from advisor.probe.runtimes.transformers.opened import Opened

MOST_ANSWER_TOKENS = 64
OVERLAP = 4
LEAST_CONTEXT_TOKENS = 16


class Window(NamedTuple):
    """What a window of a context says: its best span (character offsets), the scores of that and of no answer."""

    start: int
    end: int
    score: float
    none_score: float
    probability: float


def best_span(starts: NDArray[Any], ends: NDArray[Any], offsets: Sequence[tuple[int, int] | None], none: int) -> Window:
    """Return the span whose start and end are likeliest together, within the context and not too long.

    After Devlin et al. 2019 ("BERT", sections 4.2 and 4.3): a span's score is the sum of its start's and its end's;
    that of no answer is the sum at the first token (`none`).

    Args:
        starts: Scores of each token as a start, of shape (tokens,).
        ends: The same as an end.
        offsets: Where each token stands in the context; None for tokens of the question and special ones.
        none: The token that stands for no answer.
    """
    import numpy as np

    inside = np.array([place for place, offset in enumerate(offsets) if offset is not None])
    scores = starts[inside][:, None] + ends[inside][None, :]
    reach = inside[None, :] - inside[:, None]
    scores = np.where((reach >= 0) & (reach < MOST_ANSWER_TOKENS), scores, -np.inf)
    first, last = np.unravel_index(int(scores.argmax()), scores.shape)
    score, none_score = float(scores[first, last]), float(starts[none] + ends[none])
    known = [*inside.tolist(), none]
    total = _log_sum(starts[known]) + _log_sum(ends[known])
    (start, _), (_, end) = offsets[inside[first]] or (0, 0), offsets[inside[last]] or (0, 0)  # `inside` has no None
    return Window(start, end, score, none_score, float(np.exp(max(score, none_score) - total)))


def _log_sum(values: NDArray[Any]) -> float:
    import numpy as np

    most = float(values.max())
    return most + float(np.log(np.exp(values - most).sum()))


def answer(context: str, windows: Sequence[Window]) -> Found:
    """Return the best span of all windows, or nothing if every window would rather say so."""
    best = max(windows, key=lambda window: window.score)
    none = min(windows, key=lambda window: window.none_score)
    if none.none_score > best.score:
        return Found("", none.probability)
    return Found(context[best.start : best.end].strip(), best.probability)


class SpanReader:
    """A question-answering model; contexts longer than it reads are read in overlapping windows."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self.engine, self.device, self.facts = opened.engine, opened.device, opened.facts

    def read(self, questions: Sequence[str], contexts: Sequence[str]) -> list[Found]:
        """Return the answer to each question from its context; empty where there is none.

        Raises:
            ValueError: if a question leaves no room for its context.
        """
        import torch

        encoded = windows_of(self._opened.processor, questions, contexts, longest_input(self._opened))
        found: list[list[Window]] = [[] for _ in questions]
        with torch.inference_mode():
            for batch in batches(self._opened, [len(ids) for ids in encoded["input_ids"]]):
                output = self._opened.model(**padded(self._opened, encoded, batch))
                starts, ends = output.start_logits.float().cpu().numpy(), output.end_logits.float().cpu().numpy()
                for row, window in enumerate(batch):
                    shift = starts.shape[1] - len(encoded["input_ids"][window])
                    shift = shift if self._opened.processor.padding_side == "left" else 0
                    window_found = read_window(
                        self._opened.processor, encoded, window, starts[row][shift:], ends[row][shift:]
                    )
                    if window_found is not None:
                        found[encoded["overflow_to_sample_mapping"][window]].append(window_found)
        return [answer(c, windows) if windows else Found("", 0.0) for c, windows in zip(contexts, found, strict=True)]


def windows_of(tokenizer: Any, questions: Sequence[str], contexts: Sequence[str], limit: int) -> Any:  # noqa: ANN401
    """Return the encoded pairs, long contexts in windows that overlap by a quarter.

    Raises:
        ValueError: if a question leaves no room for its context.
    """
    longest = max((len(ids) for ids in tokenizer(list(questions))["input_ids"]), default=0)
    room = limit - longest - tokenizer.num_special_tokens_to_add(pair=True)
    if room < LEAST_CONTEXT_TOKENS:
        raise ValueError(f"a question of {longest} tokens leaves no room for its context: the model reads {limit}")
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
    """Load a question-answering model.

    Raises:
        CannotLoadError: with the reason, also if its tokenizer does not tell where its tokens stand.
    """
    opened = open_model(request, "AutoModelForQuestionAnswering")
    if not opened.processor.is_fast:
        raise CannotLoadError("its tokenizer does not tell where its tokens stand in a text (it has no tokenizer.json)")
    return SpanReader(opened)
