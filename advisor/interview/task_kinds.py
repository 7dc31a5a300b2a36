"""Which family that can be probed a text asks for: the catalog's reading, brought down to the task families."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor.families import MODULES

if TYPE_CHECKING:
    from catalog.understand import Understood

_I = re.IGNORECASE
# Where the Hub has more families than can be probed, the one whose task it is; the others have none.
_NEAREST = {
    "text2text-generation": "text-generation",
    "multiple-choice": "text-generation",
    "table-question-answering": "text-generation",
    "table-to-text": "text-generation",
    "fill-mask": "text-classification",  # asked for as a base to train on
    "zero-shot-image-classification": "image-classification",
    "document-question-answering": "json-extraction",
}
_VECTORS = frozenset({"feature-extraction", "sentence-similarity"})
_SEARCH = re.compile(
    r"\b(?:search\w*|retriev\w*|find(?:ing)? (?:the )?(?:right |relevant |best |matching )?(?:\w+ )?(?:documents?"
    r"|articles?|pages?|passages?"
    r"|entries|entry|faqs?|chunks?|paragraphs?)|knowledge base|rag\b|faqs?|look(?:ing)? up|suche\w*|durchsuch\w*"
    r"|queries|query)", _I,
)  # fmt: skip
_FIELDS = re.compile(
    r"\b(?:json|fields?|structured|key[- ]value|records?|schema|form data|as a table|felder|"
    r"invoice (?:number|date|total|no)\w*|order (?:number|id)s?|totals?|amounts? and)\b", _I,
)  # fmt: skip
_EXTRACTS = re.compile(
    r"\b(?:(?:as|in|to|into) json|json fields|extract\w*|pull\w*|read\w*|get|parse|fill|capture|extrahier\w*"
    r"|auslesen|lies|turn|convert|output)\b",
    _I,
)
_LOOKS_UP = re.compile(
    r"\blook\w* (?:\w+ )?up\b|\bwhich of (?:our|my|the|these|\d)|\btop[- ]?\d+\b|\b(?:right|relevant|matching"
    r"|best) (?:\w+ )?(?:articles?|documents?"
    r"|pages?"
    r"|entry|entries|faqs?)\b", _I,
)  # fmt: skip
# Without such words a classification may as well learn from examples.
_ZERO_SHOT = re.compile(
    r"zero[- ]?shot|\b(?:no|without|zero)(?: any)? (?:training|example|label)|\b(?:myself|on the fly|my own"
    r"|at run ?time|any)\b",
    _I,
)
_MOVED = 0.6
# Verbs that tell the family when the task begins with them, whatever the texts are about.
_LEADING = (
    (
        "automatic-speech-recognition",
        re.compile(
            r"\w+ .{0,60}\b(?:speech|voice|audio|recordings?|calls?|clips|dictations?)\b.{0,40}\b(?:in)?to text\b", _I
        ),
    ),
    ("automatic-speech-recognition", re.compile(r"(?:transcri|transkri|dictat|subtitle)\w*", _I)),
    ("translation", re.compile(r"(?:translat|übersetz)\w*", _I)),
    ("summarization", re.compile(r"(?:summar|condens|fasse\b.*\bzusammen|zusammenfass)\w*", _I)),
    ("text-ranking", re.compile(r"(?:re-?rank)\w*", _I)),
    (
        "text-classification",
        re.compile(
            r"(?:(?:label|flag|assign)\b.{0,40}\b(?:as|to)\b|classif|categor|sort|triage|route|klassifizier"
            r"|kategorisier|ordne\b.*\bzu)\w*",
            _I,
        ),
    ),
)
_CLASSIFIERS = frozenset({"text-classification", "zero-shot-classification", "image-classification"})
_LEAD = 0.7
_LEAST = 0.25


def kinds(task: str, understood: Understood) -> tuple[list[tuple[str, float]], bool]:
    """Return the task families that a text may ask for, likeliest first, and whether it tells the first.

    Shares sum to at most 1; what is left to 1 is for families that cannot be probed.
    """
    shares: dict[str, float] = {}
    for tag, share in understood.families:
        near = _nearest(tag, task)
        if near is not None:
            shares[near] = shares.get(near, 0.0) + share
    if _FIELDS.search(task) and _EXTRACTS.search(task):
        for tag in ("token-classification", "text-generation"):
            moved = shares.get(tag, 0.0) * _MOVED
            shares[tag] = shares.get(tag, 0.0) - moved
            shares["json-extraction"] = shares.get("json-extraction", 0.0) + moved
    if _LOOKS_UP.search(task):
        shares = {tag: share * (1 - _MOVED) for tag, share in shares.items()}
        shares["text-retrieval"] = shares.get("text-retrieval", 0.0) + _MOVED
    if not _ZERO_SHOT.search(task) and "zero-shot-classification" in shares:
        shares["text-classification"] = shares.get("text-classification", 0.0) + shares.pop("zero-shot-classification")
    leading = next((tag for tag, pattern in _LEADING if pattern.match(task)), None)
    if leading is not None and not ({leading, max(shares, key=shares.__getitem__, default=leading)} <= _CLASSIFIERS):
        shares = {tag: share * (1 - _LEAD) for tag, share in shares.items()}
        shares[leading] = shares.get(leading, 0.0) + _LEAD
    found = sorted(((tag, share) for tag, share in shares.items() if share > 0), key=lambda item: (-item[1], item[0]))
    is_sure = understood.family is not None or leading is not None
    outside = 1 - sum(share for _, share in found)
    return found, is_sure and bool(found) and found[0][1] >= max(_LEAST, outside)


def _nearest(tag: str, task: str) -> str | None:
    """Return the task family that a family of the Hub comes down to, None where it cannot be probed."""
    if tag in _VECTORS:
        return "text-retrieval" if _SEARCH.search(task) else "sentence-similarity"
    near = _NEAREST.get(tag, tag)
    return near if near in MODULES else None
