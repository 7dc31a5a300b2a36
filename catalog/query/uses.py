"""Uses of models, each with the models that practitioners name for it: ``data/uses.txt``.

A line is ``family | languages | use; another wording; ... | model, model, ...``, smallest model first. Languages are
ISO codes, ``*`` for any, ``code``, or ``-`` for no text. A task in plain words lies between several uses: each of the
nearest gets a share, by the similarity of its best wording in meaning and in words, its family and its languages.
"""

import math
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from catalog.languages import NAMES, by_name
from catalog.store.cache import kept
from catalog.store.database import STOP_WORDS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from catalog.query.task_classifier import Encode

# Chosen on the development rows of ``benchmarks.catalog``, by how many of the models named there the nearest uses name:
# the weight of shared words relative to the cosine of the vectors, the temperature of the shares, and how many uses get
# one.
_WORDS: Final = 0.3
_TEMPERATURE: Final = 0.15
_MOST_NEAR: Final = 8
# Factor for a use of a family that the text does not ask for.
_OTHER_FAMILY: Final = 0.01
# Factors for a use of other languages than asked for, and for one of any language if some are asked for.
_OTHER_LANGUAGE: Final = 0.01
_ANY_LANGUAGE: Final = 0.55
# Factor for a use without texts, such as molecules or pictures, if languages are asked for.
_NO_TEXT: Final = 0.1
# Factor for a use of at least ``_MANY`` languages if several unnamed ones are asked for.
_SEVERAL: Final = 0.55
_MANY: Final = 4
# Least share of a use that is given as a reason.
_NEAR: Final = 0.15
# Number of uses from which a model is a general one.
_GENERAL: Final = 15
_STEM: Final = 6
ANY, _NONE, _ENGLISH = "*", "-", "en"


@dataclass(frozen=True, slots=True)
class Use:
    """One use."""

    family: str  # The Hub's pipeline tag.
    languages: frozenset[str]  # ISO codes, "*", "code" or "-".
    wordings: tuple[str, ...]  # How people phrase it.
    models: tuple[str, ...]  # Ids on the Hub, smallest first.


@cache
def uses() -> tuple[Use, ...]:
    """The lines of ``data/uses.txt``."""
    text = resources.files("catalog.data").joinpath("uses.txt").read_text(encoding="utf-8")
    found = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            family, languages, wordings, models = line.split(" | ")
            found.append(Use(family, frozenset(languages.split()), _list(wordings, ";"), _list(models, ",")))
    return tuple(found)


def _list(text: str, mark: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(mark) if part.strip())


class Uses:
    """Similarity of texts to the wordings of all uses."""

    def __init__(self, folder: Path, encode: "Encode") -> None:
        """Load the wordings' vectors and words from the folder of a compiled catalog, or compute them."""
        import numpy as np

        wordings = [wording for use in uses() for wording in use.wordings]
        self._first = np.cumsum([0, *(len(use.wordings) for use in uses())])[:-1]
        mark = f"{zlib.crc32(repr((wordings, _STEM, sorted(STOP_WORDS), NAMES)).encode()):08x}"
        self._vectors = kept(folder, f"uses-{mark}", lambda: encode([without_languages(each) for each in wordings]))
        words = kept(folder, f"uses-words-{mark}", lambda: _words(wordings))
        self._words, self._places = np.ascontiguousarray(words["word"]), np.ascontiguousarray(words["place"])
        first = np.flatnonzero(np.r_[True, self._words[1:] != self._words[:-1]])
        counts = np.diff(np.r_[first, len(words)])
        squares = np.repeat(np.log1p(len(wordings) / counts) ** 2, counts)
        self._lengths = np.sqrt(np.bincount(self._places, squares, minlength=len(wordings)))
        self._lengths[self._lengths == 0.0] = 1.0

    def near(
        self,
        text: str,
        vector: "NDArray[np.float32]",
        families: Iterable[tuple[Collection[str], float]],
        languages: Collection[str],
    ) -> list[tuple[Use, float]]:
        """The nearest uses with their shares (summing to 1), the largest first.

        The text preferably lacks names of languages; the families are likely ones with their shares, see
        ``Understood.kinds``; the languages are codes, "*" for several unnamed ones.
        """
        best = self.nearness(text, vector).tolist()
        shares = {tag: share for kind, share in families for tag in kind}
        weights = [
            math.exp(near / _TEMPERATURE) * (_OTHER_FAMILY + shares.get(use.family, 0.0)) * _agreement(use, languages)
            for use, near in zip(uses(), best, strict=True)
        ]
        first = sorted(range(len(weights)), key=lambda at: -weights[at])[:_MOST_NEAR]
        total = sum(weights[at] for at in first)
        return [(uses()[at], weights[at] / total) for at in first]

    def nearness(self, text: str, vector: "NDArray[np.float32]") -> "NDArray[np.float64]":
        """Similarity of a text to each use's best wording: the cosines of the vectors and of the words."""
        import numpy as np

        nearness = np.einsum("ij,j->i", self._vectors, vector) + _WORDS * self._shared(text)
        return np.maximum.reduceat(nearness, self._first)

    def _shared(self, text: str) -> "NDArray[np.float64]":
        """Cosine of the IDF vectors of the text and of each wording."""
        import numpy as np

        products, length = np.zeros(len(self._lengths)), 0.0
        for word in sorted(_stems(text)):
            start, stop = (int(np.searchsorted(self._words, word, side)) for side in ("left", "right"))
            if start < stop:
                square = math.log1p(len(self._lengths) / (stop - start)) ** 2
                products[self._places[start:stop]] += square
                length += square
        return products / (math.sqrt(length) or 1.0) / self._lengths


def _words(wordings: Iterable[str]) -> "NDArray[np.void]":
    """Pairs of word and wording index, sorted by word, without names of languages."""
    import numpy as np

    found = ((word, place) for place, text in enumerate(wordings) for word in _stems(without_languages(text)))
    return np.array(sorted(found), dtype=[("word", f"U{_STEM}"), ("place", np.int32)])


def named(near: Iterable[tuple[Use, float]], row_of: Callable[[str], int | None]) -> dict[int, float]:
    """Rows of the models that the uses name, each with the sum of their shares."""
    found: defaultdict[int, float] = defaultdict(float)
    for use, share in near:
        for row in map(row_of, use.models):
            if row is not None:
                found[row] += share
    return dict(found)


def shortlisted(near: Iterable[tuple[Use, float]], model: str, said_of: str = "") -> str | None:
    """The similar use that a model is shortlisted for, in words; ``None`` if there is none.

    For a model of many uses the number of uses is given, otherwise the wording that shares most words with the model's
    name and topics (``said_of``). The uses come with their shares, the largest first.
    """
    said = _stems(f"{re.sub(r'[-_./]', ' ', model)} {said_of}")
    for use, share in near:
        if share < _NEAR or model not in use.models:
            continue
        if (count := _named_for()[model]) >= _GENERAL:
            return f"shortlisted for {count} kinds of task"
        return f'shortlisted for "{max(use.wordings, key=lambda wording: len(said & _stems(wording)))}"'
    return None


@cache
def _named_for() -> Counter[str]:
    return Counter(model for use in uses() for model in use.models)


def knows(text: str) -> bool:
    asked = _stems(text)
    return any(not asked.isdisjoint(_stems(wording)) for use in uses() for wording in use.wordings)


def without_languages(text: str) -> str:
    """The text without names of languages, or unchanged if it has nothing else."""
    rest = re.sub(r"[^\W\d_]+", lambda word: "" if by_name(word[0]) else word[0], text)
    return rest if any(character.isalpha() for character in rest) else text


def _agreement(use: Use, languages: Collection[str]) -> float:
    """Agreement of a use's languages with those asked for; asking for none means English or any."""
    if _NONE in use.languages:
        return _NO_TEXT if languages else 1.0
    asked = frozenset(languages or (_ENGLISH,))
    if ANY in use.languages:
        return _ANY_LANGUAGE if languages else 1.0
    if ANY in asked:
        return _SEVERAL if len(use.languages) >= _MANY else _OTHER_LANGUAGE
    return max(_OTHER_LANGUAGE, len(asked & use.languages) / len(asked))


def _stems(text: str) -> frozenset[str]:
    return frozenset(
        word[:_STEM] for word in re.findall(r"[^\W_]+", text.lower()) if len(word) > 1 and word not in STOP_WORDS
    )
