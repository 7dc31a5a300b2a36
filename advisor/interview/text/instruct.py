"""Extracts the instruction from a text: what to do, without the terms, as an imperative."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from advisor.interview.text.spans import Span

LANGUAGES, ROWS = "constraints.languages", "examples.only"
_I = re.IGNORECASE
# Separators of clauses; commas within a list of labels do not count, see `clauses`.
_PARTED = re.compile(r"[;\n\u3002\uff1b\uff01\uff1f\uff0c]+|[.!?](?=\s|$)|,(?!\d)|\s[–—-]\s")
# Words that say nothing of a task: a clause of these and of terms alone is left out.
_FILLER_WORDS = (
    "and or but so also it its they we i you must should has have had to be is are on in at of a an the my our with "
    "for about around roughly approximately some only please need needs want would like run runs running work works "
    "laptop machine computer pc server model models licence license licenced licensed licences licenses licensing "
    "text texts mail mails data language languages answer answers respond response time max maximum minimum least "
    "most ideally preferably everything all this that which there budget size small tiny fast cheap use using allowed "
    "fine ok download parameters params memory ram vram get each per available got come comes expect volume latency "
    "accuracy right when then good enough as can not no cpu gpu well them than if by within under up locally old stay "
    "stays applies needed gets und auf dem der die das muss soll mit ist etwa ca rund bitte sprache lizenz im am es "
    "wir ich sie bekommen haben wollen möchten brauchen einem einer mal "
)
_FILLERS = frozenset(_FILLER_WORDS.split())
_OPENING = re.compile(
    r"^\s*(?:(?:and|hi|hello|hey|hallo|please|bitte|so|ok|well)\b[\s,!.]*|"
    r"(?:i|we|our team|my team|ich|wir)(?:'d| would| will|'ll|'m| am|'re| are)?\s+(?:really\s+)?(?:like|want|need"
    r"|looking|trying|going|"
    r"möchten?|wollen|will|brauchen?|suchen?|must)\s*(?:to|for|a way to|für)?\s+|(?:can|could) you\s+|help me\s+|"
    r"(?:looking for|need|want|searching for|find me|give me)\s+(?:to\s+)?|"
    r"(?:an?|the|some|ein|eine|something)\s+(?:\w+\s+){0,2}?(?:models?|tools?|systems?|llms?|ai|something|classifier"
    r"|solution|way|modell)\s+"
    r"(?:that|which|to|for|who|das|can|could|should|will)\s+(?:can\s+|could\s+|should\s+|will\s+)?)",
    _I,
)
_WORD = re.compile(r"[^\W\d_]{2,}")
_NEXT_NUMBER = re.compile(r"\s?,\s?\d")
_OBJECT = re.compile(r"(?:them|it|these|those)\b", _I)  # "we want them routed" stays whole
_NESTED = re.compile(r"\([^()\n]{0,200}\)")
# Two letters of scripts whose words have no blanks between them, or endings without: what parts them may cut a word.
_UNSPACED = re.compile(r"[\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3]{2}")
_LEFT = re.compile(
    r"(?:(?<!\s)\s+(?:and|or|with|on|in|at|for|from|under|within|of|about|to|by|must be|must|should be|and must|using"
    r"|that|a|an|the|max|least|mit|auf|und))+\s*$",
    _I,
)


def instruction(text: str, terms: Sequence[Span], labels: Span | None) -> Span | None:
    """Return what to do as one sentence, with its place in the text; None if the text does not say.

    The first clause that says something is kept without its terms; later ones with a term are kept only if they have a
    a verb of tasks.
    """
    kept: list[tuple[str, int, int]] = []
    for start, end in clauses(text, labels, terms):
        part = _without(text, start, end, terms)
        is_list = labels is not None and labels.start < end and start < labels.end
        is_term = any(term.start < end and start < term.end and term.key not in {LANGUAGES, ROWS} for term in terms)
        # "Grade them 0, 1 or 2": a number of a list is no clause of its own.
        is_number = (
            bool(kept)
            and not is_term
            and text[start:end].isdecimal()
            and (kept[-1][0].isdecimal() or _NEXT_NUMBER.match(text, end))
        )
        part = text[start:end] if is_number else part
        if is_list or is_number or (says(part) and not (kept and is_term)):
            kept.append((part, start, end))
    if not kept:
        return None
    mark = text[kept[-1][2] : kept[-1][2] + 1]
    sentence = _order(_joined(text, kept) + (mark if mark == "?" else ""))
    if not any(character.isalpha() for character in sentence):
        return None
    return Span("instruction", sentence, kept[0][1], kept[-1][2])


def clauses(text: str, labels: Span | None, terms: Sequence[Span] = ()) -> Iterator[tuple[int, int]]:
    """Yield the bounds of each clause; a list of labels belongs to the clause before it, one of languages is whole."""
    start = 0
    named = [term for term in terms if term.key == LANGUAGES]
    starts, ends = {term.start for term in named}, {term.end for term in named}
    nested = [at.span() for at in _NESTED.finditer(text)]
    for at in _PARTED.finditer(text):
        if any(low < at.start() < high for low, high in nested):
            continue
        if labels is not None and labels.start <= at.start() < labels.end and at[0] not in ".;":
            continue
        if at.start() in ends and at.end() + 1 in starts:  # "English, German and French"
            continue
        yield from _trimmed(text, start, at.start())
        start = at.end()
    yield from _trimmed(text, start, len(text))


def says(text: str) -> bool:
    """Return whether a clause has a word that is no filler."""
    return any(word.lower() not in _FILLERS for word in _WORD.findall(text))


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    part = text[start:end]
    if part.strip():
        yield start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())


def _without(text: str, start: int, end: int, terms: Sequence[Span]) -> str:
    """Return a clause without its terms; languages are kept if more is said, as they qualify it.

    A term that ends inside a word is kept, too.
    """
    inside = [term for term in terms if term.start < end and start < term.end]
    cuts = [
        (term.start, term.end)
        for term in inside
        if term.key != LANGUAGES
        and not any(
            start < edge < end and _UNSPACED.match(text, edge - 1) is not None for edge in (term.start, term.end)
        )
    ]
    for nested in _NESTED.finditer(text, start, end):  # brackets around nothing but terms are dropped too
        if any(nested.start() < high and low < nested.end() for low, high in cuts):
            places = range(*nested.span())
            left = "".join(text[n] if not any(low <= n < high for low, high in cuts) else " " for n in places)
            cuts += [] if says(left) else [nested.span()]
    cuts.sort()
    parts: list[str] = []
    at = start
    for low, high in cuts:
        parts.append(_LEFT.sub("", f" {text[at : max(at, low)]}"))
        at = max(at, high)
    parts.append(text[at:end] if at < end else "")
    # What a rate counts: "hit in the top 5 for 9 of 10 queries".
    counted = [word for word in _WORD.findall(parts[-1]) if word.lower() not in _FILLERS]
    is_of_bar = any(term.end == at and term.key == "bar.pass_rate" for term in inside)
    if is_of_bar and text[at - 1].isdigit() and len(counted) == 1 and any(map(says, parts[:-1])):
        parts[-1] = ""
    kept = [part.strip() for part in parts if not cuts or says(part)]
    plain = " ".join(part for part in kept if part)
    rest = plain
    for term in inside:
        if term.key == LANGUAGES:
            rest = rest.replace(text[term.start : term.end], " ")
    return plain if says(rest) else ""


def _joined(text: str, kept: Sequence[tuple[str, int, int]]) -> str:
    """Join the clauses with their original separators where nothing was left out."""
    sentence = kept[0][0]
    for (_, _, end), (part, start, _) in pairwise(kept):
        between = text[end:start]
        mark = between.strip() if len(between.strip()) <= 1 else ","
        sentence += {"": " ", "\n": ". "}.get(mark, f"{mark} ") + part
    return sentence


def _order(text: str) -> str:
    """Return the sentence as an imperative: for "I need something that sorts mails" the part after the opening."""
    plain = " ".join(text.split())
    for _ in range(4):
        shorter = _OPENING.sub("", plain)
        if shorter == plain or not shorter.strip() or _OBJECT.match(shorter):
            break
        plain = shorter
    plain = plain.strip(" ,;:-\u2013\u2014\u3001\uff0c")
    return plain if plain.endswith((".", "?", "!", "…")) else f"{plain.rstrip(' ,;:')}."
