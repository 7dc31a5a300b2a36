"""How right and how fast the answers must be, as people say it: "95% right", "1 in 100 wrong", "within 200 ms"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor.interview.reading.spans import NUMBER, Span, number, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

_I = re.IGNORECASE
_RIGHT = (
    r"(?:right|correct(?:ly|ness)?|accura(?:te|te?ly|cy)|success(?: rate)?|hit rate|pass rate|richtig|korrekt"
    r"|genau(?:igkeit)?|trefferquote)"
)
_WRONG = (
    r"(?:wrong(?:ly)?|errors?(?: rates?)?|mistakes?|incorrect|failures?|misclassified|falsch|fehler(?:quote|rate)?)"
)
_SHARE = rf"({NUMBER})\s*(?:%|percent\b|per cent\b|prozent\b)"
_MORE = r"(?:(?:at least|over|above|more than|around|about|of|be|is|mindestens|über|von|>=?|≥|:|=|~)\s*){0,3}"
_LESS = (
    r"(?:(?:at most|less than|fewer than|under|below|no more than|not more than|max(?:imum)?|of|be|is|höchstens|unter"
    r"|<=?|≤|:)\s*){0,3}"
)
_BETWEEN = (
    r"(?:\s+(?:of|may|can|be|are|is|the|them|all|get|come|out|times?|time|must|should|as|[^\W\d_]{3,12})){0,3}[\s-]+"
)
_GOOD = (
    re.compile(rf"(?:\b{_MORE})?{_SHARE}(?:{_BETWEEN}|\s*[-–]?\s*){_RIGHT}\b", _I),
    re.compile(rf"\b{_RIGHT}\s*(?:in )?{_MORE}{_SHARE}", _I),
    re.compile(rf"\bin {_MORE}{_SHARE} of (?:all |the )*(?:cases|time)\b", _I),
    re.compile(rf"\b{_RIGHT}\s*{_MORE}(0[.,]\d{{1,4}})(?![\d%]|\s*%)", _I),
)
_BAD = (
    re.compile(rf"(?:\b{_LESS})?{_SHARE}(?:{_BETWEEN}|\s*){_WRONG}\b", _I),
    re.compile(rf"\b{_WRONG}\s*(?:in )?{_LESS}{_SHARE}", _I),
)
_OUT_OF = (
    rf"({NUMBER}|one|two|nine|eine?r?|neun)\s+(?:in|out of|of|von|aus)\s+(\d{{1,6}}|ten|zehn|a hundred|hundred"
    rf"|hundert|twenty)"
    r"(?:\s+[^\W\d_]{2,15}){0,3}?\s+"
)
_GOOD_OF = re.compile(rf"{_OUT_OF}{_RIGHT}\b", _I)
_GOOD_OF_AFTER = re.compile(
    rf"\b{_RIGHT}\s+(?:in )?({NUMBER}|nine|neun)\s+(?:times\s+|mal\s+)?(?:in|out of|of|von|aus)\s+(\d{{1,6}}|ten"
    rf"|zehn)\b",
    _I,
)
_BAD_OF_AFTER = re.compile(
    rf"\b{_WRONG}\s+(?:in )?(?:at most |no more than |höchstens )?({NUMBER}|one|two|eins?)\s+(?:times?\s+|mal\s+)?"
    r"(?:in|out of|von|aus)\s+(\d{1,6}|ten|zehn|twenty|a hundred)\b",
    _I,
)
_BAD_OF = re.compile(rf"(?:\b(?:at most|no more than|höchstens)\s+)?{_OUT_OF}{_WRONG}\b", _I)
_WORDS = {
    "one": 1.0, "ein": 1.0, "eine": 1.0, "einer": 1.0, "two": 2.0, "nine": 9.0, "neun": 9.0, "ten": 10.0, "zehn": 10.0,
    "twenty": 20.0, "hundred": 100.0, "a hundred": 100.0, "hundert": 100.0,
}  # fmt: skip
_SURE = (
    re.compile(rf"{_SHARE}\s*(?:confiden(?:t|ce)|sure|certain(?:ty)?|sicher(?:heit)?)\b", _I),
    re.compile(rf"\b(?:confidence|certainty)\s*(?:level\s*)?{_MORE}{_SHARE}", _I),
)
_LEAST_SURE = 0.5  # less is refused in a task file

_SECONDS = {
    "ms": 1e-3, "millisecond": 1e-3, "millisekunde": 1e-3, "millisekunden": 1e-3, "s": 1.0, "sec": 1.0, "second": 1.0,
    "sekunde": 1.0, "sekunden": 1.0, "min": 60.0, "minute": 60.0, "minuten": 60.0,
}  # fmt: skip
_MOST = (
    r"(?:within|under|below|less than|faster than|at most|no (?:more|longer|slower) than|not more than|up to"
    r"|quicker than"
    r"|max(?:imum|imal)?\.?|innerhalb(?: von)?|unter|höchstens|weniger als|latency(?: of| below| under"
    r"| budget(?: of)?)?:?"
    r"|p95(?: latency)?(?: of| below| under)?|≤|<=?|in(?: less than| under)?)\s*(?:(?:of|about|around|~)\s*)?"
)
_LATENCY = re.compile(
    rf"(?:(?<!\w)(?P<most>{_MOST}))?"
    rf"(?:(?P<number>{NUMBER})[\s-]*|\b(?P<word>half an?|a half|a quarter of a|one|two|three|five|ten|zwei|drei|fünf"
    rf"|an?|eine[rm]?|einer halben)\s+)"
    r"(?P<unit>ms|milliseconds?|millisekunden?|sec(?:ond)?s?|s|sekunden?|min(?:ute)?s?|minuten?)\b"
    r"(?P<after>\s*(?:each\b|apiece|latency|response time|at (?:the )?most|max(?:imum)?\b|or (?:less|faster)|p95|tops\b"
    r"|(?:pro|per|for (?:an?|each|every)) (?!second|minute|hour|day|week|month|year|sekunde|stunde"
    r"|tag)[^\W\d_]\w*(?: at most| max)?"
    r"|an? (?:single )?(?:e-?mail|text|request|call|message|ticket|review"
    r"|document|page"
    r"|image|photo|query|question|item|sentence|answer|anfrage|mail|prediction|comment|article|record|clip"
    r"|picture)\b))?",
    _I,
)
_PARTS = {
    "half a": 0.5,
    "half an": 0.5,
    "a half": 0.5,
    "a quarter of a": 0.25,
    "two": 2.0,
    "zwei": 2.0,
    "three": 3.0,
    "drei": 3.0,
    "five": 5.0,
    "fünf": 5.0,
    "ten": 10.0,
    "einer halben": 0.5,
}
# How long the inputs are is no limit on the answers.
_AUDIO = (
    r"(?:clips?|recordings?|calls?|videos?|audios?|voice|messages?|samples?|songs?|podcasts?|lectures?|speech|meetings?"
    r"|segments?|snippets?|memos?|interviews?|ads?|window)"
)
_INPUT_BEFORE = re.compile(rf"\b{_AUDIO}\b[^.;,]{{0,25}}$", _I)
_INPUT_AFTER = re.compile(
    rf"[\s-]*(?:long\b|old\b|ago\b|of (?:audio|speech|video|sound)|(?:voice |audio |video )?{_AUDIO}\b)", _I
)
_ANSWERS = re.compile(r"\b(?:answer|respon|repl|latency|react|result|antwort|come|return|ready|done|process)\w*", _I)


def bars(text: str) -> Iterator[Span]:
    """Yield each "bar.pass_rate", "bar.confidence" and "bar.p95_seconds" that the text states, in 0..1 and seconds."""
    yield from _pass_rates(text)
    for pattern in _SURE:
        for at in pattern.finditer(text):
            share = number(at[1]) / 100
            if share >= _LEAST_SURE:
                yield from _share("bar.confidence", share, at)
    yield from _latencies(text)


def _pass_rates(text: str) -> Iterator[Span]:
    for patterns, is_good in ((_GOOD, True), (_BAD, False)):
        for pattern in patterns:
            for at in pattern.finditer(text):
                share = number(at[1])
                share = share if pattern is _GOOD[-1] else share / 100
                yield from _share("bar.pass_rate", share if is_good else 1 - share, at)
    for pattern, is_good in ((_GOOD_OF, True), (_GOOD_OF_AFTER, True), (_BAD_OF, False), (_BAD_OF_AFTER, False)):
        for at in pattern.finditer(text):
            part, of = (_WORDS.get(told.lower()) or number(told, is_count=True) for told in at.groups())
            if of > 0:
                yield from _share("bar.pass_rate", part / of if is_good else 1 - part / of, at)


def _share(key: str, value: float, at: re.Match[str]) -> Iterator[Span]:
    """Nobody can prove "always": 0 and 1 are no bar."""
    if 0 < value < 1:
        yield Span(key, round(value, 9), *whole(at))


def _latencies(text: str) -> Iterator[Span]:
    for at in _LATENCY.finditer(text):
        if not (at["most"] or at["after"]) or (at["most"] is None and not at["number"] and not _is_alone(text, at)):
            continue
        if _is_input(text, at):
            continue
        unit, word = at["unit"].lower(), (at["word"] or "").lower()
        count = number(at["number"]) if at["number"] else _PARTS.get(word, 1.0)
        seconds = count * (_SECONDS.get(unit) or _SECONDS[unit.removesuffix("s")])
        if seconds > 0:
            yield Span("bar.p95_seconds", round(seconds, 6), *whole(at))


def _is_alone(text: str, at: re.Match[str]) -> bool:
    """Return whether "a second" is a time and not the end of a rate, as in "3 mails a second"."""
    return re.search(r"\d[^\s,;]*(?:\s+[^\s,;]+)?\s*$", text[max(0, at.start() - 40) : at.start()]) is None


def _is_input(text: str, at: re.Match[str]) -> bool:
    before = text[max(0, at.start() - 60) : at.start()]
    if _INPUT_AFTER.match(text, at.end()) and not at["after"]:
        return True
    if (at["most"] or "").lower().startswith(("in", "latency", "p95")):
        return False  # "in under a second" is how long something takes, "calls under a minute" are short
    return bool(_INPUT_BEFORE.search(before)) and not at["after"] and not _ANSWERS.search(before[-45:])
