"""Makes spans of labelled tokens: tokens to words, words to spans, by the usual schemes (BIO, BIOES, BILOU, none)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from advisor.engines.base import Span
from advisor.engines.tags import Tagged, split, split_all
from advisor.engines.words import has_letter, has_unspaced

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Windows of a long text overlap by a quarter, so that each token is seen with its neighbours.
OVERLAP = 4


class Token(NamedTuple):
    """A token: where it stands, the number of its word, the label that is most probable for it."""

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
    """What overlapping windows of a text say: of each token that one counts in which it is farthest from an edge."""

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels, self._tags = labels, split_all(labels)
        self._tokens: dict[tuple[int, int], tuple[int, Token]] = {}

    def add(
        self,
        words: Sequence[int | None],
        offsets: Sequence[tuple[int, int]],
        chances: Sequence[tuple[int, float]],
    ) -> None:
        """Note a window.

        Args:
            words: The number of each token's word in the text; None for special tokens and padding.
            offsets: Where each token stands.
            chances: The number of each token's likeliest label, and its probability.
        """
        inside = [place for place, word in enumerate(words) if word is not None]
        for place in inside:
            (start, end), word = offsets[place], words[place]
            from_edge = min(place - inside[0], inside[-1] - place)
            known = self._tokens.get((start, end))
            if word is not None and end > start and (known is None or known[0] < from_edge):
                label, probability = chances[place]
                self._tokens[start, end] = (from_edge, Token(start, end, word, self._labels[label], probability))

    def spans(self, text: str) -> list[Span]:
        """Return the labelled spans of the text."""
        return spans(text, [self._tokens[key][1] for key in sorted(self._tokens)], self._tags)


def spans(text: str, tokens: Sequence[Token], tags: Mapping[str, Tagged] | None = None) -> list[Span]:
    """Return the labelled spans of a text, in order, without overlap.

    A word has the label of its first token: that is how such models are trained (Devlin et al. 2019, "BERT",
    section 5.3). Punctuation that hangs on a word's end belongs to it only if it has the same kind of label. A span's
    probability is the mean of its words'.

    Args:
        text: The text.
        tokens: Its tokens in order; blanks at a token's edges are cut off.
        tags: What the model's labels stand for; by default what each says by itself.
    """
    known = {token.label: split(token.label) for token in tokens} if tags is None else tags
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
            is_same = False  # an opening quotation mark is no first token of a word
        elif is_same and not has_letter(piece) and tagged.kind != words[-1].tagged.kind:
            # It hangs on the word's end, or joins two parts of it: then what follows has it within.
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
