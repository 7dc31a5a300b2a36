"""Pairs of texts in two folders, by their names: reports and their summaries, letters and their translations."""

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

_FEWEST, _MOST_COMPARED, _MOST_CHARACTERS = 5, 30, 20_000
# Ratio of the texts of the fuller folder that need a partner.
_MOST_HAVE_ONE = 0.75
_WORD = re.compile(r"[^\W_]{4,}|\d+")


def pairs_in(texts: Mapping[Path, Sequence[Path]]) -> list[tuple[Path, Path]]:
    """Return the texts of the same name in two folders, if they belong together; else none.

    They do if most texts share more words with the one of their name than with each other one: the texts of two classes
    may be numbered alike. OSError or InputError if a text cannot be read.

    Args:
        texts: The texts by folder.
    """
    if len(texts) != 2:  # noqa: PLR2004
        return []
    one, other = ({each.stem: each for each in files} for files in texts.values())
    pairs = [(one[stem], other[stem]) for stem in one if stem in other]
    if len(pairs) < max(_FEWEST, _MOST_HAVE_ONE * max(len(one), len(other))):
        return []
    return pairs if _belong_together(pairs) else []


def _belong_together(pairs: Sequence[tuple[Path, Path]]) -> bool:
    from advisor.task.folder_rows import file_text  # which imports this module

    words = [
        [set(_WORD.findall(file_text(each).casefold())) for each in pair] for pair in islice(pairs, _MOST_COMPARED)
    ]
    closest = 0
    for at, (text, _) in enumerate(words):
        shared = [len(text & of) / (len(text | of) or 1) for _, of in words]
        closest += shared.pop(at) > max(shared)
    return 2 * closest > len(words)
