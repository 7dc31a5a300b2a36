"""The languages of a translation, from the words around their names: "from German into English", "DE -> EN"."""

import re
from collections.abc import Iterator

from advisor.interview.text.spans import Span
from catalog.languages import NAMES, by_name
from catalog.query.gloss import in_english

_WORD = re.compile(r"[^\W\d_]+")
# "I write in Polish and my customers read German"; what a model reads is the source.
_READERS = "customers?|clients?|readers?|colleagues?|they|she|he|boss|staff|team|guests?|patients?|partners?|i|we"
_TARGET = re.compile(
    rf"(?:\b(?:in|into|to|(?:{_READERS})\s+(?:only\s+)?(?:read|understand)s?)\s+"
    r"|(?:->|→|=>|➔|–|-|/)\s*)(?:the |plain |simple |good )?$",
    re.IGNORECASE,
)
_SOURCE = re.compile(r"\b(?:from|(?:is|are|was|were|written|writes?|writing) in)\s+(?:the )?$", re.IGNORECASE)
_BOTH_WAYS = re.compile(r"<-+>|↔|<=>|\bvice versa\b|\bboth (?:ways|directions)\b", re.IGNORECASE)
_ARROW = re.compile(r"\b([A-Za-z]{2})\s*(?:->|→|=>|➔)\s*([A-Za-z]{2})\b|\b([A-Z]{2})\s*[-/–]\s*([A-Z]{2})\b")
_TRANSLATED = re.compile(r"\b(?:translat|locali[sz]|render)|->|→|\bfrom\b.*\b(?:to|into)\b", re.IGNORECASE)


def is_translated(text: str) -> bool:
    """Return whether a text with names of languages may ask for a translation."""
    return _TRANSLATED.search(in_english(text)) is not None


def direction(text: str) -> Iterator[Span]:
    """Yield "translate.source" and "translate.target", each only if the text names exactly one language for it."""
    if _BOTH_WAYS.search(text):
        return
    arrow = next(
        (at for at in _ARROW.finditer(text) if all(name.lower() in NAMES for name in at.groups() if name)), None
    )
    if arrow is not None:
        source, target = (group for group in range(1, 5) if arrow[group])
        yield Span("translate.source", arrow[source].lower(), *arrow.span(source))
        yield Span("translate.target", arrow[target].lower(), *arrow.span(target))
        return
    roles = _roles(text)
    for role in ("source", "target"):
        codes = {code for _, code in roles[role]}
        if len(codes) == 1:
            at, code = roles[role][0]
            yield Span(f"translate.{role}", code, *at.span())


def languages_into(text: str) -> list[str]:
    """Return the codes of the languages that a text is translated into, as they are named."""
    return list(dict.fromkeys(code for _, code in _roles(text)["target"]))


def _roles(text: str) -> dict[str, list[tuple[re.Match[str], str]]]:
    """Return the languages that a text names, by what they are for."""
    roles: dict[str, list[tuple[re.Match[str], str]]] = {"source": [], "target": [], "other": []}
    listed = ""
    for at in _WORD.finditer(text):
        if (code := by_name(at[0])) is None:
            continue
        before = text[: at.start()]
        role = "source" if _SOURCE.search(before) else "target" if _TARGET.search(before) else ""
        if not role and re.search(r"(?:,|\band|\bor)\s*$", before) and listed in {"source", "target"}:
            role = listed  # "into German and French"
        listed = role or "other"
        roles[listed].append((at, code))
    if not roles["source"]:
        roles["source"] = roles["other"]
    return roles
