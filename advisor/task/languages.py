"""Detects the languages of texts, reporting only certain ones.

A naive Bayes model over byte sequences (py3langid: 139 languages, pure Python over numpy, 4.6 MB; Lui and
Baldwin, "langid.py", ACL 2012). Loading it takes 0.4 s and 75 MB.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

# How many texts are inspected, and how many characters of each.
MOST_TEXTS, MOST_CHARACTERS = 400, 600
# Guesses kept: the reading of a file, its notices and the plan ask for the languages of the same texts.
MOST_KEPT = 4096
# Probability from which a text votes by itself; the same for a group of texts too short to vote alone.
SURE, SURE_OF_GROUP = 0.6, 0.8
GROUP_CHARACTERS = 250
VOTING, SHARE, FEWEST, NEARLY_ALL = 0.4, 0.05, 3, 0.8

_KANA, _KANJI, _LONGEST_WORD = re.compile(r"[\u3040-\u30ff]"), re.compile(r"[\u4e00-\u9fff\s]+"), 8
# Languages that short texts do not tell from the one that models are made for: Wu and Cantonese from Chinese.
_WRITTEN_AS = {
    "wuu": "zh", "yue": "zh", "ary": "ar", "arz": "ar", "nn": "no", "hbo": "he", "grc": "el", "uzs": "uz",
}  # fmt: skip


class Spoken(NamedTuple):
    """A language (ISO 639-1) and its share of the texts with a detected language, within 0 and 1."""

    language: str
    share: float


Guess = tuple[str, float]


def languages(columns: Sequence[Sequence[str]]) -> list[tuple[Spoken, ...]]:
    """Return each list's languages, most frequent first; empty if uncertain."""
    if not any(any(texts) for texts in columns):
        return [() for _ in columns]
    return [_spoken(texts, _model()) for texts in columns]


@cache
def _model() -> Callable[[str], Guess]:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # loads numpy, 0.1 s

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)

    @lru_cache(maxsize=MOST_KEPT)
    def classify(text: str) -> Guess:
        best, chance = identifier.classify(text)
        best = _WRITTEN_AS.get(best, best)
        if best in _WRITTEN_AS.values():
            chance = sum(each for name, each in identifier.rank(text) if _WRITTEN_AS.get(name, name) == best)
        return best, float(chance)

    return classify


def _spoken(texts: Sequence[str], classify: Callable[[str], Guess]) -> tuple[Spoken, ...]:
    step = max(1, len(texts) // MOST_TEXTS)
    looked = [text[:MOST_CHARACTERS] for text in texts[::step][:MOST_TEXTS] if any(map(str.isalpha, text))]
    # Words in kanji alone, among texts with kana, are no Chinese; nor are texts where nearly all have kana.
    with_kana = sum(map(bool, map(_KANA.search, looked)))
    if 2 * with_kana > len(looked):
        looked = [text for text in looked if len(text) > _LONGEST_WORD or not _KANJI.fullmatch(text)]
    votes = _votes(looked, classify, SURE)
    if with_kana > NEARLY_ALL * len(looked):
        votes["ja"] += votes.pop("zh", 0)
    if not looked or sum(votes.values()) < VOTING * len(looked):
        groups = _groups(looked)
        votes = _votes(groups, classify, SURE_OF_GROUP)
        # Short texts of two languages in one group would be detected as a third.
        if len(votes) != 1 or sum(votes.values()) * 2 < len(groups):
            return ()
    total = sum(votes.values())
    kept = [
        Spoken(language, count / total)
        for language, count in votes.most_common()
        if count == total or (count >= FEWEST and count >= SHARE * total)
    ]
    covered = sum(spoken.share for spoken in kept)
    # The model names languages by two letters.
    return tuple(kept) if covered >= 1 - 2 * SHARE and all(len(spoken.language) == 2 for spoken in kept) else ()  # noqa: PLR2004


def _votes(texts: Sequence[str], classify: Callable[[str], Guess], sure: float) -> Counter[str]:
    guesses = [classify(text) for text in texts]
    return Counter(language for language, chance in guesses if chance >= sure)


def _groups(texts: Sequence[str]) -> list[str]:
    """Return consecutive texts joined into pieces long enough for detection."""
    groups, held = [], ""
    for text in texts:
        held = f"{held} {text}".strip()
        if len(held) >= GROUP_CHARACTERS:
            groups.append(held)
            held = ""
    return groups or ([held] if held else [])
