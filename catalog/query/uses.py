"""What people use models for, and which ones a practitioner names for each use: ``data/uses.txt``.

A line is ``family | languages | use; another wording; ... | model, model, ...``, smallest model first. Languages are
ISO codes, ``*`` for any, ``code``, or ``-`` where there is no text. A task in plain words lies between several uses:
each of the nearest gets a share, by how near its best wording comes in meaning and in words, by its family and its
languages.
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

    Encode = Callable[[list[str]], NDArray[np.float32]]

# Chosen on the development rows of ``benchmarks.catalog``, by how many of the models named there the nearest uses name:
# how much the words that a text and a wording share count beside the cosine of their vectors, how fast shares fall with
# nearness, and how many uses get one.
_WORDS: Final = 0.3
_TEMPERATURE: Final = 0.15
_MOST_NEAR: Final = 8
# The share of a use of another family than those that the text may ask for.
_OTHER_FAMILY: Final = 0.01
# The share of a use that is of other languages than asked for, and of one of any language where one is asked for.
_OTHER_LANGUAGE: Final = 0.01
_ANY_LANGUAGE: Final = 0.55
# That of a use of so many languages where several are asked for without their names.
_SEVERAL: Final = 0.55
_MANY: Final = 4
# A use with so much of the whole is worth saying.
_NEAR: Final = 0.15
# From so many uses on, a model is a general one.
_GENERAL: Final = 15
_STEM: Final = 6
ANY, _NONE, _ENGLISH = "*", "-", "en"


@dataclass(frozen=True, slots=True)
class Use:
    """One use."""

    family: str  # The Hub's pipeline tag.
    languages: frozenset[str]  # ISO codes, "*", "code" or "-".
    wordings: tuple[str, ...]  # How people put it.
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
    """Compares texts with the wordings of all uses."""

    def __init__(self, folder: Path, encode: "Encode") -> None:
        """Load the wordings' vectors and words, or make them.

        Args:
            folder: Of the compiled catalog.
            encode: Turns texts into unit vectors.
        """
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
        """The nearest uses with their shares of 1, the largest first.

        Args:
            text: The task, best without the names of languages.
            vector: Its unit vector.
            families: Those that it may ask for, with their shares, see ``Understood.kinds``.
            languages: Codes of the languages that it names, "*" for several that it does not name.
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
        """How near the best wording of each use comes to a text: the cosine of the vectors and that of the words."""
        import numpy as np

        nearness = np.einsum("ij,j->i", self._vectors, vector) + _WORDS * self._shared(text)
        return np.maximum.reduceat(nearness, self._first)

    def _shared(self, text: str) -> "NDArray[np.float64]":
        """For each wording the cosine of the rarities of its words and the text's."""
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
    """Each word of each wording and the wording's place, by word; names of languages are left out."""
    import numpy as np

    found = ((word, place) for place, text in enumerate(wordings) for word in _stems(without_languages(text)))
    return np.array(sorted(found), dtype=[("word", f"U{_STEM}"), ("place", np.int32)])


def named(near: Iterable[tuple[Use, float]], row_of: Callable[[str], int | None]) -> dict[int, float]:
    """Rows of the models that some uses name, each with the shares of those that do.

    Args:
        near: Uses with their shares.
        row_of: Gives the row of an id, ``None`` where the catalog lacks it.
    """
    found: defaultdict[int, float] = defaultdict(float)
    for use, share in near:
        for row in map(row_of, use.models):
            if row is not None:
                found[row] += share
    return dict(found)


def shortlisted(near: Iterable[tuple[Use, float]], model: str, said_of: str = "") -> str | None:
    """What a model is named for, of some uses; ``None`` if for none that is near.

    What is named for many uses is named for none of them in particular. Of the others' wordings the one counts that
    shares most with what is known of the model.

    Args:
        near: Uses with their shares, the largest first.
        model: Its id.
        said_of: Its topics, beside its name.
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
    """The text without the names of languages, unless nothing is left."""
    rest = re.sub(r"[^\W\d_]+", lambda word: "" if by_name(word[0]) else word[0], text)
    return rest if any(character.isalpha() for character in rest) else text


def _agreement(use: Use, languages: Collection[str]) -> float:
    """How well the languages of a use agree with those asked for, none of which means English or any."""
    if _NONE in use.languages:
        return 1.0
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
