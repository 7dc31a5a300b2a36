"""Which languages texts are in, claimed only where it is sure.

A naive Bayes model over byte sequences tells (py3langid: 139 languages, pure Python over numpy, 4.6 MB; Lui and
Baldwin, "langid.py", ACL 2012). Loading it takes 0.4 s and 75 MB.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

# How many texts are looked at, and how much of each.
MOST_TEXTS, MOST_CHARACTERS = 400, 600
# A text's own vote counts from here; so does a group's, of texts too short to tell by themselves.
SURE, SURE_OF_GROUP = 0.6, 0.8
GROUP_CHARACTERS = 250
VOTING, SHARE, FEWEST = 0.4, 0.05, 3


class Spoken(NamedTuple):
    """A language (ISO 639-1) and the share of the texts in it that tell their language, within 0 and 1."""

    language: str
    share: float


Guess = tuple[str, float]


def languages(columns: Sequence[Sequence[str]]) -> list[tuple[Spoken, ...]]:
    """Return, for each list of texts, the languages they are in, most frequent first; empty where it is not sure."""
    if not any(any(texts) for texts in columns):
        return [() for _ in columns]
    return [_spoken(texts, _model()) for texts in columns]


@cache
def _model() -> Callable[[str], Guess]:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # loads numpy, 0.1 s

    classify: Callable[[str], Guess] = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True).classify
    return classify


def _spoken(texts: Sequence[str], classify: Callable[[str], Guess]) -> tuple[Spoken, ...]:
    step = max(1, len(texts) // MOST_TEXTS)
    looked = [text[:MOST_CHARACTERS] for text in texts[::step][:MOST_TEXTS] if any(map(str.isalpha, text))]
    votes = _votes(looked, classify, SURE)
    if not looked or sum(votes.values()) < VOTING * len(looked):
        groups = _groups(looked)
        votes = _votes(groups, classify, SURE_OF_GROUP)
        # Short texts of two languages in one group would make it the third.
        if len(votes) != 1 or sum(votes.values()) * 2 < len(groups):
            return ()
    total = sum(votes.values())
    kept = [
        Spoken(language, count / total)
        for language, count in votes.most_common()
        if count == total or (count >= FEWEST and count >= SHARE * total)
    ]
    covered = sum(spoken.share for spoken in kept)
    # A model's language is named by two letters.
    return tuple(kept) if covered >= 1 - 2 * SHARE and all(len(spoken.language) == 2 for spoken in kept) else ()  # noqa: PLR2004


def _votes(texts: Sequence[str], classify: Callable[[str], Guess], sure: float) -> Counter[str]:
    guesses = [classify(text) for text in texts]
    return Counter(language for language, chance in guesses if chance >= sure)


def _groups(texts: Sequence[str]) -> list[str]:
    """Return texts joined in their order to pieces long enough to tell a language."""
    groups, held = [], ""
    for text in texts:
        held = f"{held} {text}".strip()
        if len(held) >= GROUP_CHARACTERS:
            groups.append(held)
            held = ""
    return groups or ([held] if held else [])
