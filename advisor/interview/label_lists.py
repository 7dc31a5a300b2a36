"""The labels that a text lists: "into billing, bug, other", "spam or ham", "positive/negative/neutral", "1-5 stars".

A list ends where something begins that is no label: a term ("German", "on a laptop"), another clause, the end of the
sentence. A list that says itself that it is not complete ("e.g.", "such as", "...") names no labels: the examples do.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor.interview.spans import Span, is_covered

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_I = re.IGNORECASE
_FEWEST = 2
_MOST_LABELS = 60
_MOST_WORDS = 5
_LONGEST = 60
_HEADER = (
    r"(?:(?:one of|exactly|these|the|following|our|my|either|\d{1,3}|two|three|four|five|six|seven|eight|nine|ten"
    r"|drei|vier|fünf|"
    r"zwei|folgende|die)\s+){0,4}"
    r"(?:[^\W\d_]{2,20}\s+)?(?:categories|category|class(?:es)?|labels?|groups?|departments?|buckets?|teams?|types?"
    r"|folders?|"
    r"kinds?|topics?|queues?|sections?|levels?|intents?|emotions?|values|options|outcomes|kategorien|klassen|gruppen"
    r"|themen|"
    r"abteilungen|ordner|tags?)\s*(?:[:(\[–—-]|,?\s*(?:namely|i\.?e\.?,?))\s*"
)
_LEADS = (
    # What stands before a list, the surest first.
    re.compile(r"\b(?:labels?|categories|classes|kategorien|klassen|tags|topics|intents|options)\s*(?:are|is|sind"
        r"|will be)?\s*[:=]\s*", _I),
    re.compile(rf"\b(?:into|in|as|to|with|by|among|per|nach)\s+{_HEADER}", _I),
    re.compile(rf"\b(?:one of|any of|either)\s*:?\s*(?:{_HEADER})?", _I),
    re.compile(r"\b(?:into|between|zwischen)\s+(?:(?:the|our|my|either)\s+)?", _I),
    re.compile(r"\b(?:distinguish|tell|separate|discriminate)\s+", _I),
    re.compile(r"\b(?:whether|if|ob|decide|is (?:it|this|that|an?|the))\b\s*:?\s*", _I),
    re.compile(r"\b(?:as|als)\s+(?:either\s+)?", _I),
    re.compile(r"\b(?:is|are|was|ist|sind)\s+(?:either\s+)?", _I),
    re.compile(r"\b(?:in|nach|zu)\s+(?=[A-ZÄÖÜ0-9\"'„“«])", 0),
    re.compile(r"\b(?:class\w*|categor\w+|sort\w*|label\w*|tag\w*|detect\w*|flag\w*|sentiment\w*|route\w*|sortier\w*"
        r"|stimmung\w*)\b[^.:;\n()]{0,60}[:(]\s*", _I),
    re.compile(r"\(\s*", 0),
    re.compile(r"\b(?:sentiment|classify|stance|urgency|priority|polarity)\s*(?:,|as)?\s*", _I),
)  # fmt: skip
_OPEN = re.compile(
    r"\s*(?:e\.?\s?g\b\.?|for example|for instance|such as|like\b|z\.?\s?b\b\.?|things|something|etc|wie\b)", _I
)
_OPEN_END = re.compile(r"\s*,?\s*(?:and so on|and more|etc\b|usw\b|\.\.\.|…|and others like)", _I)
_SEPARATOR = re.compile(
    r"\s*(?:,|/|\||;|\n\s*(?:[-*•]|\d{1,2}[.)])|\bvs?\b\.?|\bversus\b|\b(?:or|and|oder|und|from)\b)\s*", _I
)
_JOINED = re.compile(r"\s*(?:,\s*(?:or|and|oder|und)\b|\s(?:or|and|oder|und|vs\.?|versus)\b|,|/|\|)\s*", _I)
_STOPS = re.compile(
    r"(?:\s+|^)(?:for|on|in|with|within|under|from|using|at|about|per|must|should|needs?|has|have|that|which|when"
    r"|where|so|but|by|"
    r"because|based|depending|we|i|it|they|you|to|then|our|my|this|these|than|via|without|only|please|runs?|running"
    r"|mostly|"
    r"texts?|für|auf|mit|muss|bei|aus|pro|the|all|use|using|licen[cs]e\w*|since|while|after|before|is|are|can|may|if"
    r"|as)\b",
    _I,
)
# Straight ones, then the curly and the pointed ones of several languages.
_MARKS = "\"'`\u201c\u201d\u201e\u00ab\u00bb\u2018\u2019"
_QUOTES = re.compile(rf"(?<!\w)[{_MARKS}]([^{_MARKS}\n]{{1,60}})[{_MARKS}](?!\w)")
_BARE = re.compile(r"[^\W_][^,;:|()\[\]{}<>?!\"\u201c\u201d\n]{0,59}")
_SCALE = re.compile(
    r"\b(?P<low>[01])\s*(?:-|–|to|bis|through|\.\.)\s*(?P<high>\d{1,2})\b(?P<after>\s*(?:stars?|scale|points?|rating"
    r"|sterne?n?))?",
    _I,
)
_SCALED = re.compile(
    r"\b(?:stars?|scale|rat(?:e|es|ing|ings)|scores?|scored|grades?|priority|level|severity|into|urgency|sterne)\b", _I
)
_SLASHED = re.compile(r"(?<![\w/:.])([^\W\d_][\w-]{1,20}(?:\s?/\s?[^\W\d_][\w-]{1,20}){1,19})(?![\w/])")
_PAIRED = re.compile(
    r"(?<![\w-])([^\W\d_][\w-]{1,20}) (?:or|vs\.?|versus|oder) (not|[^\W\d_][\w-]{1,20})\b(?! (?:more|less|so|fewer))",
    _I,
)
_NO_LABEL_WORDS = (
    "and/or he/she his/her him/her input/output w/o n/a km/h client/server question/answer text/label i/o mit/apache "
    "apache/mit"
)
_NO_LABELS = frozenset(_NO_LABEL_WORDS.split())
_USUAL_WORDS = (
    "positive negative neutral yes no spam ham good bad true false toxic ok safe unsafe urgent normal high low "
    "medium ja "
    "nein positiv negativ relevant irrelevant bullish bearish happy sad angry pos neg mixed fake real human ai"
)
_USUAL = frozenset(_USUAL_WORDS.split())


def labels(text: str, terms: Sequence[Span]) -> Span | None:
    """Return the labels that the text lists, None where it lists none.

    Args:
        text: The task.
        terms: What states something else; no label is taken from their words.
    """
    for finder in (_quoted, _led, _scaled, _slashed, _paired):
        for span in finder(text, terms):
            if not is_covered([term for term in terms if term.key != "constraints.languages"], span.start, span.end):
                return span
    return None


def _span(names: Sequence[str], start: int, end: int) -> Iterator[Span]:
    """Yield two labels at least, each once; case alone does not make two."""
    kept: dict[str, str] = {}
    for name in names:
        kept.setdefault(name.casefold(), name)
    if len(kept) >= _FEWEST:
        yield Span("labels", list(kept.values())[:_MOST_LABELS], start, end)


def _quoted(text: str, terms: Sequence[Span]) -> Iterator[Span]:
    """Quoted names that nothing but separators stands between."""
    del terms
    run: list[re.Match[str]] = []
    for at in [*_QUOTES.finditer(text), None]:
        joined = bool(run) and at is not None and _is_joint(text[run[-1].end() : at.start()])
        if not joined:
            if len(run) > 1 and not re.search(
                r"(?:e\.?g\.?|like|such as|field\w*|keys?|z\.?b\.?)[\s:,(]*$", text[: run[0].start()], _I
            ):
                yield from _span([each[1].strip() for each in run if each[1].strip()], run[0].start(), run[-1].end())
            run = []
        if at is not None:
            run.append(at)


def _is_joint(between: str) -> bool:
    return bool(re.fullmatch(r"\s*(?:[,/|;]?\s*(?:or|and|oder|und|vs\.?|from)?|[,/|;])\s*", between, _I)) and bool(
        between.strip()
    )


def _led(text: str, terms: Sequence[Span]) -> Iterator[Span]:
    for number, lead in enumerate(_LEADS):
        for at in lead.finditer(text):
            if _OPEN.match(text, at.end()):
                continue
            names, end = _list_from(text, at.end(), terms, is_colon=text[: at.end()].rstrip().endswith(":"))
            if names and number in {5, 7}:  # after "whether a mail is": the list begins behind the verb
                names[0] = re.split(r"\b(?:is|are|was|were|ist|sind|as)\b\s*(?:an?\s+)?", names[0], flags=_I)[
                    -1
                ].strip()
            if number in {5, 7} and names and len(names) == _FEWEST and names[1].casefold() == "not":
                names[1] = f"not {names[0]}"
            if names and all(names):
                yield from _span(names, at.end(), end)


def _list_from(text: str, start: int, terms: Sequence[Span], *, is_colon: bool) -> tuple[list[str], int]:
    """Return the names listed from a place on, and where the list ends; none where it is open."""
    names: list[str] = []
    at, end = start, start
    bullet = re.compile(r"\s*(?:[-*•]|\d{1,2}[.)])\s+").match(text, at) if is_colon else None
    at = bullet.end() if bullet else at
    others = [term for term in terms if term.key != "constraints.languages"]
    languages = [term for term in terms if term.key == "constraints.languages"]
    while len(names) < _MOST_LABELS:
        found = _name(text, at)
        if found is None:
            break
        name, stop, is_last = found
        if not name or is_covered(others, at, stop):
            break
        if names and is_covered(languages, at, stop) and not _are_languages(names, text, start, languages):
            break
        names.append(name)
        end = stop
        if _OPEN_END.match(text, stop):
            return [], start
        joint = None if is_last else (_SEPARATOR if is_colon or bullet else _JOINED).match(text, stop)
        if joint is None or joint.end() == stop:
            break
        at = joint.end()
    return names, end


def _are_languages(names: list[str], text: str, start: int, languages: Sequence[Span]) -> bool:
    """Return whether what is listed so far are languages themselves: then they are labels."""
    at = text.find(names[0], start)
    return is_covered(languages, at, at + len(names[0]))


def _name(text: str, start: int) -> tuple[str, int, bool] | None:
    """Return one name, where it ends, and whether the list ends with it."""
    quoted = _QUOTES.match(text, start)
    if quoted:
        return quoted[1].strip(), quoted.end(), False
    bare = _BARE.match(text, start)
    if bare is None:
        return None
    told = bare[0]
    sentence_end = re.search(r"\.(?:\s|$)", told)
    told = told[: sentence_end.start()] if sentence_end else told
    joint = re.search(r"\s(?:or|and|oder|und|vs\.?|versus|from)\s|\s?/\s?", told, _I)
    told = told[: joint.start()] if joint else told
    stop = _STOPS.search(told)
    if stop:
        told = told[: stop.start()]
    told = told.rstrip()
    if not told or len(told.split()) > _MOST_WORDS or len(told) >= _LONGEST:
        return None
    return re.sub(r"^(?:an?|the|der|die|das)\s+", "", told, flags=_I), start + len(told), bool(stop)


def _scaled(text: str, terms: Sequence[Span]) -> Iterator[Span]:
    """A scale of whole numbers, where something says that it is one."""
    del terms
    for at in _SCALE.finditer(text):
        low, high = int(at["low"]), int(at["high"])
        near = text[max(0, at.start() - 40) : at.start()]
        if low + 1 < high <= 10 and (at["after"] or _SCALED.search(near)):  # noqa: PLR2004
            yield from _span([str(each) for each in range(low, high + 1)], at.start(), at.end())


def _slashed(text: str, terms: Sequence[Span]) -> Iterator[Span]:
    del terms
    for at in _SLASHED.finditer(text):
        names = [name.strip() for name in at[1].split("/")]
        is_usual = any(name.casefold() in _USUAL for name in names)
        is_of_inputs = re.match(r"\s+[^\W\d_]{4,}s\b", text[at.end() :]) is not None
        if at[1].casefold().replace(" ", "") not in _NO_LABELS and (is_usual or not is_of_inputs):
            yield from _span(names, at.start(), at.end())


def _paired(text: str, terms: Sequence[Span]) -> Iterator[Span]:
    """Yield pairs such as "spam or ham" anywhere, where one of the two is a usual label."""
    del terms
    for at in _PAIRED.finditer(text):
        one, other = at[1], at[2]
        if one.casefold() in _USUAL or other.casefold() in _USUAL:
            yield from _span([one, f"not {one}" if other.casefold() == "not" else other], at.start(), at.end())
