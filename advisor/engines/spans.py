"""Convert labelled tokens to words and words to spans, by the usual schemes.

The tags before a label are B- and I- (BIO), with E- and S- (BIOES) or L- and U- (BILOU), or none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from advisor.engines.base import Found, Span
from advisor.engines.words import has_letter, has_unspaced

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Windows of a long text overlap by a quarter, so that each token has context.
OVERLAP = 4


class Token(NamedTuple):
    """A token: its offsets, the index of its word, its most probable label."""

    start: int
    end: int
    word: int
    label: str
    probability: float


class _Word(NamedTuple):
    start: int
    end: int
    tagged: Tagged
    probability: float


class Seen:
    """Labels from overlapping windows of a text: each token's is from the window whose edges are farthest."""

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels, self._tags = labels, split_all(labels)
        self._tokens: dict[tuple[int, int], tuple[int, Token]] = {}

    def add(
        self, words: Sequence[int | None], offsets: Sequence[tuple[int, int]], chances: Sequence[tuple[int, float]]
    ) -> None:
        """Add a window: each token's word index (None for special ones), offsets, likeliest label and probability."""
        inside = [place for place, word in enumerate(words) if word is not None]
        for place in inside:
            (start, end), word = offsets[place], words[place]
            from_edge = min(place - inside[0], inside[-1] - place)
            known = self._tokens.get((start, end))
            if word is not None and end > start and (known is None or known[0] < from_edge):
                label, probability = chances[place]
                self._tokens[start, end] = (from_edge, Token(start, end, word, self._labels[label], probability))

    def spans(self, text: str) -> list[Span]:
        return spans(text, [self._tokens[key][1] for key in sorted(self._tokens)], self._tags)


def spans(text: str, tokens: Sequence[Token], tags: Mapping[str, Tagged] | None = None) -> list[Span]:
    """Return the labelled spans of a text, in order, without overlap.

    A word has the label of its first token: that is how such models are trained (Devlin et al. 2019, "BERT",
    section 5.3). Punctuation attached to a word's end belongs to it only if it has the same kind of label. A span's
    probability is the mean of its words' probabilities.

    Args:
        text: The text.
        tokens: Its tokens in order; spaces at a token's edges are trimmed.
        tags: Tag and kind of the model's labels; by default each label is parsed alone.
    """
    known = {token.label: split_tag(token.label) for token in tokens} if tags is None else tags
    found: list[tuple[str, list[_Word]]] = []
    is_open = False
    for word in _words(text, tokens, known):
        tag, kind = word.tagged
        if kind is None:
            is_open = False
            continue
        goes_on = is_open and found[-1][0] == kind and tag not in ("B", "S", "U")
        if goes_on:
            found[-1][1].append(word)
        else:
            found.append((kind, [word]))
        is_open = tag not in ("E", "L", "S", "U")
    return [
        Span(words[0].start, words[-1].end, kind, sum(word.probability for word in words) / len(words))
        for kind, words in found
    ]


def _words(text: str, tokens: Sequence[Token], tags: Mapping[str, Tagged]) -> list[_Word]:
    words: list[_Word] = []
    number: int | None = None
    for token in tokens:
        start, end = _trimmed(text, token.start, token.end)
        if start >= end:
            continue
        piece, tagged = text[start:end], tags[token.label]
        is_same = token.word == number and bool(words) and not has_unspaced(piece)
        if is_same and not has_letter(text[words[-1].start : words[-1].end]):
            is_same = False  # an opening quotation mark does not start a word
        elif is_same and not has_letter(piece) and tagged.kind != words[-1].tagged.kind:
            # It is attached to the word's end, or joins two parts of it: then the next token extends past it.
            continue
        if is_same:
            words[-1] = words[-1]._replace(end=end)
        else:
            words.append(_Word(start, end, tagged, token.probability))
        number = token.word
    return words


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def word_labels(
    words: Sequence[int | None], offsets: Sequence[tuple[int, int]], spans: Sequence[Mapping[str, Any]]
) -> dict[int, str]:
    """Return the index of each word's first token with the word's BIO label, as a tagger learns it.

    A special token has no word (None).
    """
    found: dict[int, str] = {}
    opened: set[int] = set()
    for place, (word, (start, end)) in enumerate(zip(words, offsets, strict=True)):
        if word is None or (place and words[place - 1] == word):
            continue
        span = next((n for n, each in enumerate(spans) if each["start"] < end and start < each["end"]), None)
        if span is None:
            found[place] = "O"
            continue
        found[place] = f"{'I' if span in opened else 'B'}-{spans[span]['label']}"
        opened.add(span)
    return found


def tokens_of_words(
    offsets: Sequence[tuple[int, int]], words: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int, int]]:
    """Yield each word that has tokens among these, with its first token and the one after its last, all by index.

    Both are in order of the text, and a token may have parts of several words.
    """
    first = 0
    for word, (start, end) in enumerate(words):
        while first < len(offsets) and offsets[first][1] <= start:  # special tokens are empty
            first += 1
        beyond = first
        while beyond < len(offsets) and offsets[beyond][0] < end and offsets[beyond][1] > start:
            beyond += 1
        if beyond > first:
            yield word, first, beyond


OUTSIDE = frozenset({"O", "OUT", "OUTSIDE", "NONE", "_"})
_TAG = re.compile(r"([BIESLU])[-_](.+)", re.DOTALL)


class Tagged(NamedTuple):
    """A parsed label: its tag, "" if it has none, and its kind, None outside of spans."""

    tag: str
    kind: str | None


def split_tag(label: str) -> Tagged:
    """Return a label's tag and kind, regardless of other labels."""
    if label.upper() in OUTSIDE:
        return Tagged("", None)
    matched = _TAG.fullmatch(label)
    return Tagged(matched[1], matched[2]) if matched else Tagged("", label)


def bare(label: str) -> str:
    """Return a label without a B- or an I-, which are always tags, in case an engine has left one."""
    found = split_tag(label)
    return found.kind if found.kind is not None and found.tag in ("B", "I") else label


def split_all(labels: Iterable[str]) -> dict[str, Tagged]:
    """Return each label's tag and kind, given all labels of a model.

    E-, S-, L- and U- are tags only if there is a B- or an I- of the same kind: E-MAIL may be a label.
    """
    found = {label: split_tag(label) for label in labels}
    begun = {each.kind for each in found.values() if each.tag in ("B", "I")}
    return {
        label: each if each.tag in ("", "B", "I") or each.kind in begun else Tagged("", label)
        for label, each in found.items()
    }


def without_tags(labels: Iterable[str]) -> tuple[str, ...]:
    """Return the distinct kinds of a model's labels, in order, without the outside label."""
    return tuple(dict.fromkeys(each.kind for each in split_all(labels).values() if each.kind is not None))


MOST_ANSWER_TOKENS = 64
LEAST_CONTEXT_TOKENS = 16


def room_for_context(question: int, special: int, limit: int) -> int:
    """Return how many tokens of a context fit in with a question; ValueError if there is no room."""
    room = limit - question - special
    if room < LEAST_CONTEXT_TOKENS:
        raise ValueError(f"a question of {question} tokens leaves no room for its context: the model reads {limit}")
    return room


class Window(NamedTuple):
    """Result of a window of a context: its best span (character offsets), the scores of that and of no answer."""

    start: int
    end: int
    score: float
    none_score: float
    probability: float


def best_span(
    starts: NDArray[Any],
    ends: NDArray[Any],
    parts: Sequence[int | None],
    offsets: Sequence[tuple[int, int]],
    none: int = 0,
) -> Window | None:
    """Return the span with the highest joint score, within the context and not too long; None without a context.

    After Devlin et al. 2019 ("BERT", sections 4.2 and 4.3): a span's score is the sum of its start's and its end's;
    the score of no answer is the sum at one token, the first (`none`). Starts and ends are of shape (tokens,); the
    context is the second of the two parts.
    """
    import numpy as np

    inside = np.array(
        [n for n, (part, (start, end)) in enumerate(zip(parts, offsets, strict=True)) if part == 1 and end > start]
    )
    if not len(inside):
        return None
    scores = starts[inside][:, None] + ends[inside][None, :]
    reach = inside[None, :] - inside[:, None]
    scores = np.where((reach >= 0) & (reach < MOST_ANSWER_TOKENS), scores, -np.inf)
    first, last = np.unravel_index(int(scores.argmax()), scores.shape)
    score, none_score = float(scores[first, last]), float(starts[none] + ends[none])
    known = [*inside.tolist(), none]
    total = float(np.logaddexp.reduce(starts[known]) + np.logaddexp.reduce(ends[known]))
    # A sum in single precision may exceed by a hair what it is a part of.
    start, end = offsets[inside[first]][0], offsets[inside[last]][1]
    return Window(start, end, score, none_score, min(1.0, float(np.exp(max(score, none_score) - total))))


def best_answer(context: str, windows: Sequence[Window]) -> Found:
    """Return the best span of all windows, or an empty answer if there are none or every window prefers none."""
    if not windows:
        return Found("", 0.0)
    best = max(windows, key=lambda window: window.score)
    none = min(windows, key=lambda window: window.none_score)
    if none.none_score > best.score:
        return Found("", none.probability)
    return Found(context[best.start : best.end].strip(), best.probability)
