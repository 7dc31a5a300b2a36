"""Terms in a task's words that the catalog does not read: volume, privacy, downloads.

A number counts only if its unit and the words around it define it. Rates become requests a day: of 24 hours, 7 days a
week, 30 days a month.
"""

import re
from collections.abc import Iterator

from advisor.interview.text.bars import bars
from advisor.interview.text.spans import NUMBER, Span, is_covered, number, whole

_FACTORS = {
    "k": 1e3, "thousand": 1e3, "m": 1e6, "mio": 1e6, "million": 1e6, "hundred": 1e2,
}  # fmt: skip
_A_DAY = {
    "second": 86_400.0, "sec": 86_400.0, "s": 86_400.0, "minute": 1_440.0, "min": 1_440.0, "hour": 24.0, "h": 24.0,
    "hr": 24.0, "day": 1.0, "daily": 1.0, "week": 1 / 7, "weekly": 1 / 7, "month": 1 / 30, "monthly": 1 / 30,
    "year": 1 / 365,
}  # fmt: skip
_EACH = r"(?:/ ?|\b(?:an?|per|each|every)\s+)"
_VOLUME = re.compile(
    rf"(?:(?P<number>{NUMBER})\s*(?P<factor>k|m|mio|thousand|million|hundred)?\b"
    r"|\b(?:a|one) (?P<word>hundred|thousand|million))"
    r"(?P<what>(?:\s+(?!(?:an?|per|each|every|in|daily|weekly|monthly)\b)[^\W\d_][\w-]{0,30})"
    r"{0,4})\s*"
    rf"(?:{_EACH}(?P<unit>seconds?|sec|s|minutes?|min|hours?|hr|h|days?|weeks?|months?|years?)"
    r"|(?P<often>daily|weekly|monthly))\b",
    re.IGNORECASE,
)
# Counted per day, but no requests.
_NO_REQUEST = re.compile(
    r"\b(?:tokens?|frames?|hours?|minutes?|seconds?|days?|[kmg]i?b|bytes?|dollars?|euros?|usd|eur|cents?|words|"
    r"people|users|agents|ms|params?|parameters|years?|months?|weeks?)\b",
    re.IGNORECASE,
)
_MONEY = ("$", "€", "£")

_FINE = r"(?:fine|ok(?:ay)?\b|allowed|acceptable|possible|no problem|welcome)"
_MAY_LEAVE = re.compile(
    rf"\b(?:(?:the |a )?clouds? (?:models? |apis? |services? )?(?:is |are |would be )?{_FINE}"
    r"|(?:can|may) (?:use|run in|go to|be sent to) (?:the |a |an |any )?(?:cloud|apis?|hosted)"
    rf"|(?:hosted|external|remote) (?:models? |apis? |services? )?(?:is |are ){_FINE}"
    rf"|(?:an? )?apis? (?:is |are |would be )?{_FINE})",
    re.IGNORECASE,
)
_PLACE = (
    r"(?:building|machines?|network|company|premises|servers?|laptops?|house|hospital|office|computers?|datacent\w+"
    r"|lab|device|phone|firm|bank|eu|country|germany)"
)
_OURS = rf"(?:our|my|the|this|your) (?:own )?(?:[^\W\d_]+ )?{_PLACE}"
_STAYS = re.compile(
    r"\b(?:"
    r"(?:stays?|kept?|keep|remains?) (?:(?:it|everything|data|all|strictly|all data|the data) )?"
    r"(?:in[- ]?house|on[- ]prem\w*|local(?:ly)?|private|internal)"
    r"|in[- ]house|im haus(?: bleiben)?|on[- ](?:the )?premises?|on[- ]prem|on[- ]site"
    r"|(?:no|not|never|without|avoid|keine?|ohne)(?: (?:in|to|use|the|any|an?))* (?:clouds?|saas|internet|apis?)"
    r"|(?:nothing|none of (?:it|them)) (?:may|can|must|should|shall|is (?:to|allowed to))"
    r" (?:ever )?(?:go(?: out)?|be sent(?: out)?|leave|be uploaded|get(?: out)?)(?: (?:in)?to (?:the |any "
    r"|a )?(?:cloud|internet))?"
    r"|nicht in die cloud"
    r"|gdpr(?:[- ]compliant)?|dsgvo[\w-]*|hipaa"
    r"|(?:may|must|can|could|should|shall|do|does|will|is)(?: not|not|n't|n\u2019t| never)(?: allowed to| ever)? "
    rf"(?:leaves?|go out of|be sent out|get out of)(?: {_OURS})?"
    rf"|(?:never|nothing) (?:leaves?|is sent out)(?: {_OURS})?"
    r"|(?:(?:darf|dürfen) (?:das haus|die firma|unser netz) )?nicht verlassen"
    r"|air[- ]?gapped|offline|self[- ]?hosted|fully local|(?:only|run(?:s|ning)?|all|must be) local(?:ly)?"
    r"|local(?:ly)? only|lokal (?:laufen|bleiben|ausgeführt|auf)|nur lokal"
    r")\b",
    re.IGNORECASE,
)
_NO_DOWNLOAD = re.compile(
    r"\b(?:no|without(?: any)?|zero|keine?|ohne) downloads?(?:ing)?\b"
    r"|\bnothing (?:may|must|can|should|is to) be downloaded\b"
    r"|\b(?:do not|don't|must not|cannot|can't) download(?: anything)?\b"
    r"|\bonly (?:what is |models )?(?:already )?(?:downloaded|cached)\b",
    re.IGNORECASE,
)

_SUBJECT = re.compile(
    r"\w+\s+(?:must|may|can|should|darf|dürfen|muss|müssen|soll|sollen|doit|doivent|peut|peuvent|debe|deben|puede|pueden)"
    r"\s*\Z",
    re.IGNORECASE,
)


def terms(text: str) -> list[Span]:
    """Return what the text says of the bar, "volume", "in_house", and "download" if there must be none.

    All mentions; if they contradict each other on "in_house", the prohibition comes first.
    """
    return [
        *bars(text),
        *_volumes(text),
        *_privacy(text),
        *(Span("download", 0, *at.span()) for at in _NO_DOWNLOAD.finditer(text)),
    ]


def _volumes(text: str) -> Iterator[Span]:
    """Requests a day."""
    for at in _VOLUME.finditer(text):
        if _NO_REQUEST.search(at["what"]) or text[: at.start()].rstrip().endswith(_MONEY):
            continue
        factor, unit = (at["factor"] or at["word"] or "").lower(), (at["unit"] or at["often"]).lower()
        count = (number(at["number"], is_count=True) if at["number"] else 1.0) * _FACTORS.get(factor, 1.0)
        if count > 0:
            rate = _A_DAY.get(unit) or _A_DAY[unit.removesuffix("s")]
            yield Span("volume", round(count * rate, 3), *whole(at))


def _subject(text: str, start: int) -> int:
    """Return where "the data must" begins if it directly precedes the position, else the same position."""
    before = _SUBJECT.search(text, 0, start)
    return before.start() if before else start


def _privacy(text: str) -> Iterator[Span]:
    """Yield whether inputs must stay on the user's own machines; prohibitions override permissions."""
    kept = [
        Span("in_house", value=True, start=_subject(text, at.start()), end=at.end()) for at in _STAYS.finditer(text)
    ]
    yield from kept
    for at in _MAY_LEAVE.finditer(text):
        if not is_covered(kept, *at.span()):
            yield Span("in_house", value=False, start=at.start(), end=at.end())
