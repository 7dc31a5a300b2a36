"""Reads an answer out of what a model says of each token: where it may begin, where end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from advisor.engines.base import Found

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MOST_ANSWER_TOKENS = 64
LEAST_CONTEXT_TOKENS = 16


def room_for(question: int, special: int, limit: int) -> int:
    """Return how many tokens of a context are read at once beside a question.

    Args:
        question: Its tokens.
        special: Those that a pair is framed with.
        limit: What the model reads.

    Raises:
        ValueError: if there is no room.
    """
    room = limit - question - special
    if room < LEAST_CONTEXT_TOKENS:
        raise ValueError(f"a question of {question} tokens leaves no room for its context: the model reads {limit}")
    return room


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
