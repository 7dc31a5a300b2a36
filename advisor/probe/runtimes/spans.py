"""Makes spans of labelled tokens: tokens to words, words to spans, by the usual schemes (BIO, BIOES, BILOU, none)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from advisor.probe.runtimes.base import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

# Windows of a long text overlap by a quarter, so that each token is seen with its neighbours.
OVERLAP = 4
OUTSIDE = frozenset({"O", "OUT", "OUTSIDE", "NONE", "_"})
_SCHEME = re.compile(r"([BIESLU])[-_](.+)")
# Scripts that do not set words apart: each token counts as a word.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


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
    label: str
    probability: float


class Seen:
    """What overlapping windows of a text say: of each token that one counts in which it is farthest from an edge."""

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = labels
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
        return spans(text, [self._tokens[key][1] for key in sorted(self._tokens)])


def spans(text: str, tokens: Sequence[Token]) -> list[Span]:
    """Return the labelled spans of a text, in order, without overlap.

    A word has the label of its first token: that is how such models are trained (Devlin et al. 2019, "BERT",
    section 5.3). Punctuation that hangs on a word's end belongs to it only if it has the same kind of label. A span's
    probability is the mean of its words'.

    Args:
        text: The text.
        tokens: Its tokens in order; blanks at a token's edges are cut off.
    """
    found: list[tuple[str, list[_Word]]] = []
    is_open = False
    for word in _words(text, tokens):
        scheme, kind = parts(word.label)
        if kind is None:
            is_open = False
            continue
        goes_on = is_open and found[-1][0] == kind and scheme not in ("B", "S", "U")
        if goes_on:
            found[-1][1].append(word)
        else:
            found.append((kind, [word]))
        is_open = scheme not in ("E", "L", "S", "U")
    return [
        Span(words[0].start, words[-1].end, kind, sum(word.probability for word in words) / len(words))
        for kind, words in found
    ]


def parts(label: str) -> tuple[str, str | None]:
    """Return a label's prefix ("" if it has none) and the kind of thing it names; None for what is outside."""
    if label.upper() in OUTSIDE:
        return "", None
    matched = _SCHEME.fullmatch(label)
    return (matched[1], matched[2]) if matched else ("", label)


def _words(text: str, tokens: Sequence[Token]) -> list[_Word]:
    words: list[_Word] = []
    number: int | None = None
    for token in tokens:
        start, end = _trimmed(text, token.start, token.end)
        if start >= end:
            continue
        piece = text[start:end]
        is_same = token.word == number and bool(words) and not _UNSPACED.search(piece)
        if is_same and not _has_letter(text[words[-1].start : words[-1].end]):
            is_same = False  # an opening quotation mark is no first token of a word
        elif is_same and not _has_letter(piece) and parts(token.label)[1] != parts(words[-1].label)[1]:
            # It hangs on the word's end, or joins two parts of it: then what follows has it within.
            continue
        if is_same:
            words[-1] = words[-1]._replace(end=end)
        else:
            words.append(_Word(start, end, token.label, token.probability))
        number = token.word
    return words


def _has_letter(piece: str) -> bool:
    return any(character.isalnum() for character in piece)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
