"""Which task family a text asks for: the catalog's reading, mapped to the task families."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor.families import FAMILY_NAMES
from advisor.interview.text.translation_direction import is_translated

if TYPE_CHECKING:
    from catalog.query.understand import Understood

_I = re.IGNORECASE
# Families of the Hub and the task family that covers them; others have none.
_NEAREST = {
    "text2text-generation": "text-generation",
    "multiple-choice": "text-generation",
    "table-question-answering": "text-generation",
    "table-to-text": "text-generation",
    "fill-mask": "text-classification",  # requested as a base to train on
    "zero-shot-image-classification": "image-classification",
    "document-question-answering": "json-extraction",
}
_VECTORS = frozenset({"feature-extraction", "sentence-similarity"})
# What fits is found in thousands: "the right clauses in about 40,000 contracts"; not "spam in 10,000 comments".
_IN_MANY = (
    r"find\w* (?:the |an? )?(?:right|best|relevant|matching|fitting|correct)\b[^.;:]{1,60}"
    r"\b(?:in|among|amongst|across|from|over|through)\b[^.;:]{0,20}? \d{1,3}(?:[,. ]?\d{3})+ [a-z]"
)
_SEARCH = re.compile(
    r"\b(?:search\w*|retriev\w*|find(?:ing)? (?:the )?(?:right |relevant |best |matching )?(?:\w+ )?(?:documents?"
    r"|articles?|pages?|passages?"
    r"|entries|entry|faqs?|chunks?|paragraphs?)|knowledge base|rag\b|faqs?|look(?:ing)? up"
    rf"|queries|query|{_IN_MANY})", _I,
)  # fmt: skip
_FIELDS = re.compile(
    r"\b(?:json|fields?|structured|key[- ]value|records?|schema|form data|as a table|"
    r"invoice (?:number|date|total|no)\w*|order (?:number|id)s?|totals?|amounts? and)\b", _I,
)  # fmt: skip
_EXTRACTS = re.compile(
    # "As JSON" in any language, of which the gloss may leave the small words as they are.
    r"\b(?:(?!the|this|that|from|our|of|or|and)\w{1,4} (?:format[oe]? )?json|json fields|extract\w*|pull\w*|read\w*"
    r"|get|parse|fill|capture|turn|convert|output)\b",
    _I,
)
_LOOKS_UP = re.compile(
    rf"\b{_IN_MANY}|"
    r"\blook\w* (?:\w+ )?up\b|\bwhich of (?:our|my|the)\b.{0,40}\banswers?\b|\btop[- ]?\d+\b|\b(?:right|relevant"
    r"|matching"
    r"|best) (?:\w+ )?(?:articles?|documents?"
    r"|pages?"
    r"|entry|entries|faqs?)\b", _I,
)  # fmt: skip
# Without such words a classification may just as well learn from examples.
_ZERO_SHOT = re.compile(
    r"zero[- ]?shot|\b(?:no|without|zero)(?: any)? (?:training|example|label)|\b(?:myself|on the fly|my own"
    r"|at run ?time|any)\b",
    _I,
)
_LEAST = 0.35
_HALF = 0.5
_MOVED = 0.6
# Verbs that decide the family if the task begins with them, whatever the texts are about.
_LEADING = (
    (
        "automatic-speech-recognition",
        re.compile(
            r"\w+ .{0,60}\b(?:speech|voice|audio|recordings?|calls?|clips|dictations?)\b.{0,80}\b(?:in)?to text\b", _I
        ),
    ),
    ("automatic-speech-recognition", re.compile(r"(?:transcri|dictat|subtitle)\w*", _I)),
    ("translation", re.compile(r"translat\w*(?!.*\b(?:sql|python|java|code|rust|bash|regex)\b)", _I)),
    ("summarization", re.compile(r"(?:summar|condens)\w*", _I)),
    ("text-ranking", re.compile(r"(?:re-?rank)\w*", _I)),
    (
        "text-retrieval",
        re.compile(
            # A relative clause of other languages may keep no more than its comma in the gloss.
            r"(?:find|look up|return)\w* (?:the |an? )?(?:[\w-]+ ){0,3}(?:articles?|documents?|pages?|passages?"
            r"|paragraphs?|entry|entries|faqs?|papers?|files?|sections?|chapters?|manuals?|guides?|posts?|threads?"
            r"|functions?|methods?|snippets?|code)\b"
            r".{0,50}(?:\b(?:that|which)|,) (?:answers?|explains?|contains?|fits?|does|do|implements?|match(?:es)?)\b",
            _I,
        ),
    ),
    (
        "text-classification",
        re.compile(
            r"(?:(?:label|flag|assign)\b.{0,40}\b(?:as|to)\b|(?:grade|rate|score)\b.{0,60}\d|classif|categor|sort"
            r"|triage|route)\w*",
            _I,
        ),
    ),
)
_CLASSIFIERS = frozenset(
    {"text-classification", "zero-shot-classification", "image-classification", "audio-classification"}
)


def kinds(text: str, order: str, understood: Understood) -> tuple[list[tuple[str, float]], bool]:
    """Return the task families that a text may ask for, likeliest first, and whether the first is certain.

    Shares sum to at most 1; the rest is for families that cannot be probed.
    """
    shares: dict[str, float] = {}
    for tag, share in understood.families:
        near = _nearest(tag, text)
        if near is not None:
            shares[near] = shares.get(near, 0.0) + share
    named = _nearest(understood.family, text)
    if not understood.evidence and not is_translated(text):  # words in an unknown language look like this
        shares.pop("translation", None)
        named = None if named == "translation" else named
    first = named
    if _FIELDS.search(text) and _EXTRACTS.search(text):
        for tag in ("token-classification", "text-generation"):
            first = None if first == tag else first
            _move(shares, tag, "json-extraction", shares.get(tag, 0.0) * _MOVED)
    leading = _leading(order, first, is_sure=sureness(understood) >= _HALF)
    if leading is None and _LOOKS_UP.search(text) and first != "text-ranking":
        leading = "text-retrieval"
    if leading is not None:
        for tag in list(shares):
            _move(shares, tag, leading, shares[tag] * _MOVED)
        _move(shares, "", leading, (1 - sum(shares.values())) * _MOVED)
    # If several reach the same share or more together, the catalog's own choice comes first.
    order_of = {tag: (tag != (leading or first), -share, tag) for tag, share in shares.items() if share > 0}
    found = [(tag, shares[tag]) for tag in sorted(order_of, key=order_of.__getitem__)]
    is_sure = sureness(understood) >= _LEAST or bool(understood.evidence)
    is_certain = leading is not None or (named is not None and is_sure)
    return found, is_certain and bool(found)


def sureness(understood: Understood) -> float:
    """Return the share of the family that the catalog ranks first; 0 if it names none."""
    return max((share for _, share in understood.families), default=0.0) if understood.family else 0.0


def _move(shares: dict[str, float], source: str, target: str, part: float) -> None:
    if source in shares:
        shares[source] -= part
    shares[target] = shares.get(target, 0.0) + part


def _leading(order: str, first: str | None, *, is_sure: bool) -> str | None:
    """Return the family that the first verb decides; a verb of sorting does not say what is sorted."""
    leading = next((family for family, pattern in _LEADING if pattern.match(order)), None)
    if leading in _CLASSIFIERS and (first in _CLASSIFIERS or (is_sure and first is None)):
        return None
    return leading


def _nearest(tag: str | None, text: str) -> str | None:
    """Return the task family of a family of the Hub; None if it cannot be probed."""
    if tag in _VECTORS:
        return "text-retrieval" if _SEARCH.search(text) else "sentence-similarity"
    if tag == "zero-shot-classification" and not _ZERO_SHOT.search(text):
        return "text-classification"
    near = _NEAREST.get(tag or "", tag)
    return near if near in FAMILY_NAMES else None
