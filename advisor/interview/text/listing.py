"""Reads a list of names from a place in a text, and tells where it ends."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from advisor.interview.text.spans import Span, is_covered
from advisor.interview.text.verbs import is_verb

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_I = re.IGNORECASE
MOST_NAMES = 60
_MOST_WORDS = 5
_LONGEST = 60
_FARTHEST = 1_500
_END = re.compile(r"[.!?](?=\s|$)|[;\n()\[\]{}]|\s[-–—]\s")
_END_BY_LINES = re.compile(r"[.!?](?=\s|$)|[\n()\[\]{}]|\s[-–—]\s")
_BY_COMMA = re.compile(r",\s*(?:or|and|oder|und)\s|,|;|\s(?:or|oder|vs\.?|versus)\s|\s(?:and|und)\s(?=[^,;]*$)", _I)
_BY_WORD = re.compile(r"\s?[/|]\s?|\s(?:or|oder|and|und|vs\.?|versus)\s", _I)
# In small letters: "IT" is a name.
_STOPS = re.compile(
    r"(?:\s|^)(?P<clause>must|should|needs?|has|have|runs?|is|are|can|may|we|i|it|they|you|muss|ist|sind|will|answers?"
    r"|works?|applies|stays?)\b"
    r"|(?:\s|^)(?:for|on|in|with|within|under|from|using|at|about|per|that|which|when|where|so|but|by|because|based"
    r"|depending|to|then|our|my|this|these|than|via|without|only|please|running|mostly|für|auf|mit|bei|aus|pro|the|all"
    r"|use|einteilen|sortieren|einordnen|zuordnen|klassifizieren|aufteilen|unterteilen|trennen|ein|zu|since|while"
    r"|after|before|if|as|texts?|apart)\b"
)
_SHARED_WORDS = (
    "level levels sentiment tone priority urgency mood emotion category class one ones label reviews comments "
    "messages mails "
    "emails texts tweets posts articles photos pictures images tickets documents voice style severity intent queues "
    "queue teams team departments department folders "
)
_SHARED = frozenset(_SHARED_WORDS.split())
_ORDER = re.compile(
    r"[^\W\d_]+\s+(?:an?|the|out|them|it|to|all|our|my|each|every|their|what|which|how|whether|if|where|who|sie|die"
    r"|den|das)\b",
    _I,
)
_OR = re.compile(r"\b(?:or|oder)\b|[/|]", _I)
_ARTICLE = re.compile(r"^(?:an?|the|der|die|das|eine?|either|also)\s+", _I)
_OPEN = re.compile(r"(?:e\.?\s?g\b|for example|for instance|such as|like\b|z\.?\s?b\b|things|something|etc|wie\b)", _I)
_OPEN_END = re.compile(r"(?:,?\s*\b(?:and so on|and more|etc|usw)\b|\.\.\.|…)", _I)
_QUOTES = "\"'`\u201c\u201d\u201e\u00ab\u00bb\u2018\u2019"


class Listing(NamedTuple):
    """Names, and where the last of them ends."""

    names: list[str]
    end: int


def listed(text: str, start: int, terms: Sequence[Span]) -> Listing:
    """Return the names listed from a place on; none where it is no list, or one that says that it is not complete.

    A name has five words at most, and none of a term but of a language. Names stand apart by commas, by "or" and "and",
    or by strokes; "terms and conditions, billing" are two.
    """
    is_by_lines = re.match(r"[^,.\n;]{1,60};[^,.\n;]{1,60};", text[start : start + 200]) is not None
    end = (_END_BY_LINES if is_by_lines else _END).search(text, start, start + _FARTHEST)
    stretch = text[start : end.start() if end else start + _FARTHEST]
    if _OPEN.match(stretch.lstrip()) or _OPEN_END.search(stretch) or re.match(r"\.\.|…", text[start + len(stretch) :]):
        return Listing([], start)
    found = _names(stretch, _BY_COMMA, start, terms)
    if len(found.names) > 1:
        return found
    return _names(stretch.split(",")[0], _BY_WORD, start, terms)


def _names(stretch: str, parted: re.Pattern[str], start: int, terms: Sequence[Span]) -> Listing:
    names: list[str] = []
    end, at, joint = start, 0, ""
    has_or = False
    is_term = _covers(terms, start, stretch)
    while at <= len(stretch) and len(names) < MOST_NAMES:
        next_joint = parted.search(stretch, at)
        stop = next_joint.start() if next_joint else len(stretch)
        piece = stretch[at:stop]
        cut = _STOPS.search(piece)
        if cut is not None and cut["clause"] and names and joint.strip() == ",":
            break  # "hospital data may not leave" is a clause of its own
        if _is_order(piece):
            break  # as "pull out names" is
        if _OR.search(joint) is None and has_or:
            break  # "complaint, order or question, and ..." has ended
        has_or = has_or or _OR.search(joint) is not None
        told = (piece[: cut.start()] if cut else piece).rstrip()
        name = _ARTICLE.sub("", told.strip()).strip(_QUOTES + " ")
        if not _is_name(name, names) or is_term(at, at + len(told), bool(names)):
            break
        names.append(name)
        end = start + at + len(told)
        if cut is not None or next_joint is None:
            break
        at, joint = next_joint.end(), next_joint[0]
    if len(names) > 1 and len(pair := re.split(r"\s(?:and|und)\s", names[-1])) > 1:
        is_order = _is_order(pair[-1])
        end -= len(names[-1]) - names[-1].rindex(pair[-1].strip()) if is_order else 0
        names[-1:] = pair[: -1 if is_order else None]  # a clause follows, so its comma was not the list's last
    if len(names) > 1 and len(names[-1].split()) == 2 and all(" " not in name for name in names[:-1]):  # noqa: PLR2004
        first, last = names[-1].split()
        if last.casefold() in _SHARED:  # "junior, mid or senior level"
            names[-1], end = first, end - len(last) - 1
    return Listing(names, end)


def _is_order(piece: str) -> bool:
    """Return whether a piece is an order: a verb of tasks with something behind it that no label has."""
    return _ORDER.match(piece.strip()) is not None and is_verb(piece.split(maxsplit=1)[0])


def _is_name(name: str, names: Sequence[str]) -> bool:
    if not name or len(name.split()) > _MOST_WORDS or len(name) > _LONGEST or not name[0].isalnum() or ":" in name:
        return False
    return not names or names[0][0].isdigit() or not name[0].isdigit()


def _covers(terms: Sequence[Span], start: int, stretch: str) -> Callable[[int, int, bool], bool]:
    """Return what tells whether a name is a term: a language is one unless the list begins with languages."""
    languages = [term for term in terms if term.key == "constraints.languages"]
    others = [term for term in terms if term.key != "constraints.languages"]
    first = len(stretch) - len(stretch.lstrip())
    begins = is_covered(languages, start + first, start + first + 1)

    def is_term(low: int, high: int, is_later: bool) -> bool:  # noqa: FBT001  of two places and where they are
        if is_covered(others, start + low, start + high):
            return True
        return is_later and not begins and is_covered(languages, start + low, start + high)

    return is_term
