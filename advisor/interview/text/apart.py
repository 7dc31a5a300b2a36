"""The kinds that a text tells apart: "tell photos of ripe, unripe and rotten bananas apart"."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from advisor.interview.text.listing import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from advisor.interview.text.spans import Span

_I = re.IGNORECASE
_MOST_TRIES = 20
# Kinds of one thing differ in what stands before its name: "ripe, unripe and rotten bananas".
_APART = re.compile(
    r"\b(?:tell(?:s|ing)?\s+apart|tell(?:s|ing)?\s+(?=[^.;:\n]{3,100}\bapart\b)|(?:distinguish|separate|differentiate"
    r"|discriminate)(?!\s+between)\w*|(?:sort|classify|categori[sz]e|recogni[sz]e|identify|detect)\w*\s+(?=(?:[^\W\d_]+\s)"
    r"?(?:photo|picture|image|scan|shot|recording|foto|bilder)))"
    r"\s*(?:(?:the|our|my)\s+)?(?:(?:[^\W\d_]+\s+)?(?:photo|picture|image|scan|shot|recording|foto|bilder)\w*\s+(?:of|von"
    r"|with|showing)\s+)?",
    _I,
)
_BY = re.compile(r"\s*(?:apart\s+)?by\b", _I)


def apart(text: str, terms: Sequence[Span]) -> Iterator[tuple[list[str], int, int]]:
    """Yield names and where they stand; the name of a thing that all are kinds of is no part of them."""
    for at in islice(_APART.finditer(text), _MOST_TRIES):
        names, end = listed(text, at.end(), terms)
        if len(names) > 1 and not _BY.match(text, end):
            kind, _, thing = names[-1].rpartition(" ")
            is_shared = thing.endswith("s") and all(" " not in name for name in [*names[:-1], kind])
            if kind and is_shared and not any(name.endswith("s") for name in names[:-1]):
                names, end = [*names[:-1], kind], end - len(thing) - 1
            yield names, at.end(), end
