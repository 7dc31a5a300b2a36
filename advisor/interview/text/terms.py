"""Terms in a task's words that the catalog does not read: accuracy, latency, privacy, downloads.

A number counts only if its unit and the words around it define it.
"""

import re
from collections.abc import Iterator

from advisor.interview.text.demands import rates
from advisor.interview.text.numerals import apart, numbers
from advisor.interview.text.rates import clause, offs
from advisor.interview.text.spans import NUMBER, Span, is_covered, number, trimmed, whole
from advisor.interview.text.vocabulary import AT_MOST, HALF, NONE, SAYS_AT_LEAST, said

_I = re.IGNORECASE
_SHARE = rf"({NUMBER})\s*(?:%|percent\b|per cent\b)"
_MORE = r"(?:(?:at least|over|above|more than|around|about|of|be|is|>=?|≥|:|=|~)\s*){0,3}"
_SURE = (
    re.compile(rf"{_SHARE}\s*(?:confiden(?:t|ce)|sure|certain(?:ty)?)\b", _I),
    re.compile(rf"\b(?:confidence|certainty)\s*(?:level\s*)?{_MORE}{_SHARE}", _I),
)
_LEAST_SURE = 0.5  # a task file refuses less

_SECONDS = {
    "ms": 1e-3, "millisecond": 1e-3, "min": 60.0, "s": 1.0,  # by how a unit begins
}  # fmt: skip
_MOST = (
    r"(?:within|under|below|less than|faster than|at most|no (?:more|longer|slower) than|not more than|up to"
    rf"|quicker than|{said('at_most')}|innerhalb(?: von)?|binnen|entro|dentro de|en moins de|inom|inden for"
    r"|max(?:imum)?\.?|latency(?: of| below| under"
    r"| budget(?: of)?)?:?"
    r"|p95(?: latency)?(?: of| below| under)?|≤|<=?|in(?: less than| under)?)\s*(?:(?:of|about|around|~)\s*)?"
)
_LATENCY = re.compile(
    rf"(?:(?<!\w)(?P<most>{_MOST}))?"
    rf"(?:(?P<number>{NUMBER})[\s-]*|\b(?P<word>half (?:an?|of an?|of)|a half|a quarter of a|one|two|three|five|ten|an?"
    rf"|(?:(?:an?|eine[rnm]?|une?|una?|uma?|een)\s)?(?:{HALF})|eine[rnm]?|une?|una?|uma?|een|deux|zwei|dos|due|twee|dois)\s+)"
    r"(?P<unit>ms|milliseconds?|sec(?:ond)?s?|s|min(?:ute)?s?|sekunden?|secondes?|segundos?|secondi|seconden|sekundy?)\b"
    r"(?P<after>\s*(?:each\b|apiece|latency|response time|at (?:the )?(?:very )?most|maxi?(?:mum|mal)?\b"
    r"|or (?:less|faster)|p95|tops\b|grand max\b|not more|höchstens|als höchstens"
    r"|(?:pro|per|for (?:an?|each|every)) (?!second|minute|hour|day|week|month|year)[^\W\d_]\w*(?: at most| max)?"
    r"|an? (?:single )?(?:e-?mail|text|request|call|message|ticket|review"
    r"|document|page"
    r"|image|photo|query|question|item|sentence|answer|anfrage|mail|prediction|comment|article|record|clip"
    r"|picture)\b))?",
    _I,
)
_PARTS = {"a quarter of a": 0.25}
_HALF = re.compile(rf"\b(?:{HALF})", _I)
_FEW = {"three": 3.0, "five": 5.0, "ten": 10.0} | dict.fromkeys(
    ("two", "deux", "zwei", "dos", "due", "twee", "dois"), 2.0
)
_OF_TIME = re.compile(rf"(?P<ms>{said('milliseconds')})|{said('seconds')}", _I)
_HALF_BEFORE = re.compile(rf"(?:{HALF}|puol\w{{1,3}}|半)\s*$", _I)
_MOST_IN_WORDS = re.compile(rf"{said('in_time')}|{said('shorter')}", _I)
_LONGER = re.compile(said("longer"), _I)
_IN_TIME_BEFORE = re.compile(rf"(?:{said('in_time_before')})\s*(?P<amount>[^\W_]*)\s*$", _I)
_NEAR_TIME = 16
# The length of the inputs is no limit on the answers.
_AUDIO = (
    r"(?:clips?|recordings?|calls?|videos?|audios?|voice|messages?|samples?|songs?|podcasts?|lectures?|speech|meetings?"
    r"|segments?|snippets?|memos?|interviews?|ads?|window)"
)
_INPUT_BEFORE = re.compile(rf"\b{_AUDIO}\b[^.;,]{{0,25}}$", _I)
_INPUT_AFTER = re.compile(
    rf"[\s-]*(?:long\b|old\b|ago\b|of (?:audio|speech|video|sound)|(?:voice |audio |video )?{_AUDIO}\b)", _I
)
ONLY = "only|nur|bloß|seulement|uniquement|solo|sólo|só|apenas|slechts|alleen|soltanto|tylko|только|jen|bara|kun|sadece"
_ONLY = re.compile(rf"\b(?:{ONLY})\b", _I)
_NEAR = 12
_ANSWERS = re.compile(r"\b(?:answer|respon|repl|latency|react|result|antwort|come|return|ready|done|process)\w*", _I)

# How much there is to do, "20k mails a day": no part of what to do.
_VOLUME = re.compile(
    rf"(?:{NUMBER}\s*(?:k|m|mio|thousand|million|hundred)?|\b(?:a|one) (?:hundred|thousand|million))\b"
    r"(?P<what>(?:\s+(?!(?:an?|per|each|every|in)\b)[^\W\d_][\w-]{0,30}){0,4}?)\s*"
    r"(?:(?:/ ?|\b(?:an?|per|each|every)\s+)(?:sec(?:ond)?|s|min(?:ute)?|h(?:ou)?r?|day|week|month|year)s?"
    r"|\b(?:daily|weekly|monthly))\b",
    _I,
)
# Counted in a time, but nothing to do: "jobs with 40 hours a week", "less than 900 euros a month".
_NO_WORK = re.compile(
    r"\b(?:tokens?|frames?|hours?|minutes?|seconds?|days?|[kmg]i?b|bytes?|dollars?|euros?|usd|eur|cents?|words|"
    r"people|users|agents|ms|params?|parameters|years?|months?|weeks?)\b",
    _I,
)
_MONEY = ("$", "€", "£")

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
    r"|(?:runs?|running|stays?|works?|kept?|laufen|läuft|bleib\w+|tourn\w+|correr|funcionar|girare|draaien)"
    r"(?: [^\W\d_]+){0,3}"
    r" (?:on|auf|sur|en|em|su|op) (?:[^\W\d_]+['\u2019]?s? )?(?:own|eigenen?|propres?|propios?|próprios?|propri)"
    r" (?:pcs?|computers?|laptops?|servers?|rechnern?|machines?|network|netz\w*|data cent\w+|hardware|boxe?s?)"
    r"|(?:no|without|without an?|don't have|not connected to|not connected to the) (?:internet|connectivity)"
    r"|nothing goes out (?:to|into) (?:the )?(?:internet|cloud|web)"
    r"|(?:not|cannot|can't) (?:go|be|run) (?:on|in|into|to|sent to) (?:any |the |a )?public cloud"
    r"|nicht in die cloud|darf (?:nicht )?ins (?:internet|netz)"
    r"|gdpr(?:[- ]compliant)?|dsgvo[\w-]*|hipaa"
    r"|(?:may|must|can|could|should|shall|do|does|will|is)(?: not|not|n?'t|n?\u2019t| never)(?: allowed to| ever)? "
    rf"(?:leaves?|go out of|be sent out|get out of)(?: {_OURS})?"
    rf"|(?:never|nothing) (?:leaves?|is sent out)(?: {_OURS})?"
    r"|(?:(?:darf|dürfen) (?:das haus|die firma|unser netz) )?nicht verlassen"
    r"|(?:our|my) own (?:boxe?s?|servers?|hardware|machines?)|on our servers?"
    r"|auf (?:unser|eigen)\w*(?: eigenen)? (?:servern?|rechnern?|hardware)|sur (?:nos|notre) serveurs?"
    r"|en nuestros? servidor(?:es)?|em nossos? servidor(?:es)?|sui nostri server|op onze(?: eigen)? servers?"
    r"|على خوادمنا"
    r"|air[- ]?gapped|offline|self[- ]?hosted|fully local|(?:only|run(?:s|ning)?|all|must be) local(?:ly)?"
    r"|local(?:ly)? only|lokal (?:laufen|bleiben|ausgeführt|auf)|nur lokal"
    r")\b",
    _I,
)
# "Nichts in die Cloud", "nada de nube": only short words are between; not "nothing against the cloud". If clouds are
# said twice, they are labels: "con nubes, sin nubes".
_NO_CLOUD = re.compile(
    rf"(?:{said('none')})(?!\s+(?:only|just|sure|nur|mod|emot)\b)(?:\s+[^\W\d_]{{1,4}}\b){{0,3}}?\s+(?:{said('cloud')})"
    rf"|\b(?:{said('nothing')})(?:\s+[^\W\d_]+){{0,5}}?\s+(?:{said('leaves')})"
    rf"|(?:(?:{NONE})(?:\s+[^\W\d_]+){{0,2}}?\s+(?:{said('shall')})"
    rf"|(?:\bne\s+)?(?:{said('shall')})(?:\s+[^\W\d_]+){{0,2}}?\s+(?:{NONE}))(?:\s+[^\W\d_]+){{0,2}}?\s+(?:{said('goes_out')})"
    r"(?!\s+(?:mal|bien|bem|errad\w*|male|bene|fals\w*|за)\b)"
    rf"|(?:{said('not_out')})"
    # "Tylko na moim komputerze", "only on our own server"; "nada de mandarlos a internet".
    rf"|\b(?:{ONLY})(?:\s+[^\W\d_]+)?\s+(?:{said('on')})\s+(?:{said('our_own')})(?:\s+[^\W\d_]+)?\s+(?:{said('own_machine')})"
    rf"|(?:{NONE})(?:\s+[^\W\d_]+){{0,3}}?\s+(?:{said('on')}|a|al|à|to|ins?|til)\s+(?:l['’]|the\s+)?(?:internet|nuvem|nube)\b"  # noqa: RUF001
    rf"|\b[^\W\d_]*?(?:daten|{said('our_data')})(?:\s+[^\W\d_]+){{0,4}}?\s+(?:{said('stays')})(?:\s+[^\W\d_]+){{0,2}}?\s+(?:{said('with_us')})"
    rf"|(?:{said('stays')})(?:\s+[^\W\d_]+){{0,3}}?\s+(?:{said('on')})\s+(?:{said('our_own')})(?:\s+[^\W\d_]+)?\s+(?:{said('own_machine')})"
    r"|外[にへ]は?出せ(?:ない|ません)"
    r"|(?:تبقى|يبقى|تظل|يظل)\s+(?:على|في|داخل)\s+(?:أجهزتنا|خوادمنا|حواسيبنا|حاسوبنا|جهازنا|شبكتنا|مكتبنا)"
    r"|(?:外部|社外|院外|校外)[にへ]は?[^\s、。]{0,3}(?:送|出)[^\s、。]{0,2}(?:ない|ません|禁止)"
    r"|[在于](?:[^\s，。、,]{0,3})(?:自己|自有|本地|内部)的?(?:服务器|电脑|机器|机房|网络)"  # noqa: RUF001
    r"|(?:自社|社内|院内|校内|手元|自分)の?(?:サーバー?|パソコン|PC|機械|ネットワーク)(?:上|内)?で(?!き)"
    r"|(?:우리|자체|사내|내부|제|내)\s?(?:서버|컴퓨터|노트북|PC)(?:\s?안)?에서만?\s?(?:돌|실행|작동|처리)"
    r"|[不别勿][^\s，。、,]{0,4}[云雲]|クラウド[^\s、。]{0,8}(?:ない|ません|禁止|不可|なし)|클라우드[^,.]{0,6}(?:금지|없이|안|않|말)"  # noqa: RUF001
    r"|\bbulut\w*\s+(?:yok|olmas\u0131n|kullanma\w*|yasak)",
    _I,
)
_CLOUD = re.compile(said("cloud"), _I)
_NO_DOWNLOAD = re.compile(
    r"\b(?:no|without(?: any)?|zero|keine?|ohne) downloads?(?:ing)?\b"
    r"|\bnothing (?:may|must|can|should|is to) be downloaded\b"
    r"|\b(?:do not|don't|must not|cannot|can't) download(?: anything)?\b"
    r"|\bonly (?:what is |models )?(?:already )?(?:downloaded|cached)\b",
    _I,
)

_SUBJECT = re.compile(
    r"\w+\s+(?:must|may|can|should|darf|dürfen|muss|müssen|soll|sollen|doit|doivent|peut|peuvent|debe|deben|puede|pueden)"
    r"\s*\Z",
    _I,
)


def terms(text: str) -> list[Span]:
    """Return what the text says of the bar, "in_house", and "download" if there must be none.

    What has no value is no fact, and is cut from the
    instruction.
    """
    return [
        *bars(text),
        *_volumes(text),
        *_privacy(text),
        *(Span("download", 0, *at.span()) for at in _NO_DOWNLOAD.finditer(text)),
    ]


def bars(text: str) -> Iterator[Span]:
    """Yield each "bar.confidence", "bar.p95_seconds" and "bar.pass_rate" in the text, in 0..1 and seconds."""
    others = [*_confidences(text), *_latencies(text)]
    others += [each for each in _latencies_in_words(text) if not is_covered(others, each.start, each.end)]
    yield from others
    found = [rate for rate in rates(text, others) if rate.is_bar]
    # "Within one point 95% of the time, exact in 6 of 10": with a tolerance, its clause has the bar.
    near = [off.start for off in offs(text) if off.is_sure]
    clauses = [clause(text, rate.start, rate.end) for rate in found if near]
    found = [
        rate for rate, (low, high) in zip(found, clauses, strict=False) if any(low <= at < high for at in near)
    ] or found
    # If one rate is wanted "at least", others say how often somebody is right or wrong today.
    wanted = [rate for rate in found if SAYS_AT_LEAST.search(text, rate.start, rate.end)]
    # So does "right only half of the time" next to another rate.
    wanted = wanted or [rate for rate in found if not _ONLY.search(text, max(0, rate.start - _NEAR), rate.end)]
    for rate in wanted or found:
        yield Span("bar.pass_rate", round(rate.share, 9), *trimmed(text, rate.start, rate.end))


def _confidences(text: str) -> Iterator[Span]:
    for pattern in _SURE:
        for at in pattern.finditer(text):
            share = number(at[1]) / 100
            if _LEAST_SURE <= share < 1:
                yield Span("bar.confidence", round(share, 9), *whole(at))


def _latencies(text: str) -> Iterator[Span]:
    for at in _LATENCY.finditer(text):
        if not (at["most"] or at["after"]) or (at["most"] is None and not at["number"] and not _is_alone(text, at)):
            continue
        if _is_input(text, at):
            continue
        unit, word = at["unit"].lower(), (at["word"] or "").lower()
        is_count = unit.startswith("m") and not unit.startswith("min")  # "1,500 ms" are thousands
        count = (
            number(at["number"], is_count=is_count)
            if at["number"]
            else _PARTS.get(word) or (0.5 if _HALF.search(word) else _FEW.get(word, 1.0))
        )
        # Case is ignored for a dotless i, too, which begins no unit.
        seconds = count * next((size for name, size in _SECONDS.items() if unit.startswith(name)), 0.0)
        if seconds > 0:
            yield Span("bar.p95_seconds", round(seconds, 6), *whole(at))


def _latencies_in_words(text: str) -> Iterator[Span]:
    """Yield "bar.p95_seconds" of a time in any language whose clause says that it is the most."""
    counts = {each.end: each for each in apart(numbers(text))}
    for at in _OF_TIME.finditer(text):
        low, high = clause(text, *at.span())
        before = text[low : at.start()].rstrip()
        half = _HALF_BEFORE.search(before)
        count = counts.get(low + len(before))
        within = _IN_TIME_BEFORE.search(before)
        near = max(low, at.start() - _NEAR_TIME), min(high, at.end() + _NEAR_TIME)
        most = within or _MOST_IN_WORDS.search(text, *near) or AT_MOST.search(before[: half.start() if half else None])
        is_most = most or (_LONGER.search(text, low, high) and re.search(NONE, text[low:high], _I))
        if is_most and (half or count or (within and within["amount"] == "")):
            share = 0.5 if half else 1.0 if count is None else count.value
            start = low + half.start() if half else at.start() if count is None else count.start
            yield Span("bar.p95_seconds", round(share * (1e-3 if at["ms"] else 1.0), 6), start, at.end())


def _is_alone(text: str, at: re.Match[str]) -> bool:
    """Return whether "a second" is a time, not the end of a rate such as "3 mails a second"."""
    return re.search(r"\d[^\s,;]*(?:\s+[^\s,;]+)?\s*$", text[max(0, at.start() - 40) : at.start()]) is None


def _is_input(text: str, at: re.Match[str]) -> bool:
    before = text[max(0, at.start() - 60) : at.start()]
    if _INPUT_AFTER.match(text, at.end()) and not at["after"]:
        return True
    if (at["most"] or "").lower().startswith(("in", "latency", "p95")):
        return False  # "in under a second" is a duration, "calls under a minute" an input
    return bool(_INPUT_BEFORE.search(before)) and not at["after"] and not _ANSWERS.search(before[-45:])


def _subject(text: str, start: int) -> int:
    """Return where "the data must" begins if it directly precedes the position, else the same position."""
    before = _SUBJECT.search(text, 0, start)
    return before.start() if before else start


def _privacy(text: str) -> Iterator[Span]:
    """Yield that inputs must stay on the user's own machines."""
    found = list(_STAYS.finditer(text))
    if len(_CLOUD.findall(text)) <= 1:
        spans = [Span("in_house", value=True, start=at.start(), end=at.end()) for at in found]
        found += [at for at in _NO_CLOUD.finditer(text) if not is_covered(spans, *at.span())]
    yield from (Span("in_house", value=True, start=_subject(text, at.start()), end=at.end()) for at in found)


def _volumes(text: str) -> Iterator[Span]:
    for at in _VOLUME.finditer(text):
        if not _NO_WORK.search(at["what"]) and not text[: at.start()].rstrip().endswith(_MONEY):
            yield Span("volume", None, *whole(at))
