"""Rates in words: "95%", "9 sur 10", "two thirds", "every twentieth wrong", ">= 0.7".

Each is found first, then classified by the words around it: how often answers must be right, how often they may be
wrong, or something else. An ambiguous one is returned as such, so that the user is asked about it and it is never
ignored.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from advisor.interview.text import rate_words as say
from advisor.interview.text.numerals import NUMBERS, ORDINALS, SIGNS, alternatives, counted
from advisor.interview.text.spans import NUMBER, Span, is_covered, number

_I = re.IGNORECASE
_HALF = 0.5
# Rates of one text: more are pasted data, not demands.
_MOST = 100
# "A grade out of 20 for the answer": low shares are no pass rates.
_LEAST = 0.1
_WORD = rf"\b(?:{alternatives(NUMBERS)})\b"
_ANY = rf"(?:{NUMBER}|{_WORD})"
_NOUNS = r"(?:\s+(?!(?:in|out|of|von|aus|sur|de|auf|em|en|su|op|ud|av|or|and)\b)[^\W\d_]{2,15}){0,2}?"
_PER_CENT = (
    r"percent|per cent|prozent|proz\.|p\. ?100|pour cent"
    r"|por ciento|por cento|per cento|pct|proc\.|procent\w*|prosent\w*|persen"
    r"|процент\w*|بالمئة|في المئة|درصد|パーセント|퍼센트"
)
_SIGN = r"[%\N{FULLWIDTH PERCENT SIGN}\N{ARABIC PERCENT SIGN}]"
_PERCENT = re.compile(
    rf"(?P<n>{_ANY})(?:-?ish)?\+?\s*(?:{_SIGN}|(?:{_PER_CENT})(?!\w))"
    rf"|(?:\byüzde|\b百分之|(?<!\d)(?<!\d\s)%)\s*(?P<after>{NUMBER})"
    r"|百分之(?P<signs>[一二三四五六七八九十]{1,3})"
    r"|(?P<tenths>[\d一二三四五六七八九])\s?[割成](?![分功])(?P<more>[一二三四五六七八九])?",
    _I,
)
_OF = re.compile(
    rf"(?P<n>{_ANY}){_NOUNS}\s+(?:in|out of|of|von|aus|auf|sur|de|par|em|en|su|op|ud af|av|per|dari|trên)\s+"
    r"(?:every\s+|de\s+|each\s+|cada\s+|je\s+|chaque\s+|ogni\s+|elke\s+"
    r"|(?:an?|any|eine[mr]|une?|una|uma?|een)\s+[^\W\d_]+\s+(?:of|von|mit|de|di|van)\s+)?"
    rf"(?P<of>{_ANY})(?!\d|[.,]\d|\s*(?:{_SIGN}|(?:{_PER_CENT})(?!\w)))", _I,
)  # fmt: skip
# "8 em cada 10", "10 üzerinden 9", "10개 중 9개": any language, most of a round number, few words between.
_ROUND = re.compile(
    r"(?<![\w.,/])(?P<n>\d{1,4})(?P<join>(?!\W?[-\N{EN DASH}])\D{1,4}?(?:[^\W\d_]+\W{1,2}){0,3}?)"
    r"(?P<of>\d{1,4})(?![\d/%]|[.,]\d)"
)
# "Once" is eleven in Spanish.
_ONCE = re.compile(r"\bonce(?=\s+(?:in|every|out of)\b)", _I)
ROUNDS = frozenset({10.0, 20.0, 50.0, 100.0, 1000.0})
# "out of 50 invoices, two wrong are fine".
_WHOLE_FIRST = re.compile(
    r"\b(?:out of|of|in|per|von|aus|auf|bei|sur|de|par|pour|em|en|su|ogni|van|op|na|z|из|на)\s+"
    rf"(?:[^\W\d_]+\s+){{0,2}}?(?P<of>{_ANY})(?:\s+[^\W\d_]+){{0,3}}?\s*,\s*(?:[^\W\d_]+\s+){{0,3}}?"
    rf"(?P<n>{_ANY})(?![\w%]|[.,]\d)", _I,
)  # fmt: skip
_SLASH = re.compile(r"(?<![\d./])(?P<n>\d{1,4})\s?/\s?(?P<of>\d{1,4})(?![\d/]|\.\d)")
_HALVES = re.compile(
    r"\b(?:half (?:of (?:the|all|them)|the|of)(?! (?:latency|time|size|memory|cost|price|speed|v?ram|weights))"
    r"|half(?=\s+(?:is|are|will|would|right|correct)\b)|one half"
    r"|(?:die |der )?hälfte|la moitié|la mitad|(?:la )?metà|(?:a )?metade|(?:de )?helft|hälften|halvdelen|połow[aęy]"
    r"|половин[аыу]|yar\u0131s\u0131|puolet|polovin[au]|setengah)\b|半分|一半|절반",
    _I,
)
# "three of the five services": known things that are counted, not answers.
_DEFINITE = re.compile(
    r"\b(?:the|these|those|our|des|ces|nos|les|der|den|diesen|unseren|los|las|dei|delle|degli|dos|das|(?:van|av|af) de)"
    r"\s+(?!10|tien\b|tio?\b)\S+$", _I,
)  # fmt: skip
_NTH = re.compile(
    rf"\b(?:every|each|jede[rsnm]?|cada|chaque|ogni|elke|iedere?|co|każd\w+|každ\w+|кажд\w+|var|hver)\s+"
    rf"(?:(?P<word>{alternatives(ORDINALS)})\w{{0,3}}\b"
    r"|(?P<digits>\d{1,4})(?:st|nd|rd|th|\.|te|ste|e|º|ª)?(?!\w))", _I,
)  # fmt: skip
_DECIMAL = re.compile(
    r"(?<![\w.,])(?:0[.,]\d{1,4}|\.\d{1,4})(?![\d%]|\s*%|[.,]\d|\s*(?:s|sec|seconds?|ms|gb|mb|b)\b)", _I
)
# "accuracy 99.5": a number that means a percentage, if nothing else is counted.
_LARGE = {word: value for word, value in NUMBERS.items() if 100 * _HALF <= value < 100}  # noqa: PLR2004
_BARE = re.compile(
    rf"(?<![\w.,/%$€£-])(?:[5-9]\d(?:[.,]\d{{1,2}})?|(?:{alternatives(_LARGE)}))(?:-?ish\b)?"
    r"(?![\w%/-]|[.,:]\d|\s*(?:[^\W\d_]{1,3}\b)?\s*\d)", _I,
)  # fmt: skip
_NEAR, _REACH = 5, 20

# Tolerance of a number: "within 2 points", "± 5%", "give or take 3", "auf 2 Punkte genau", "inom 25 %".
_BY = (
    r"(?:off by|plus or minus|give or take|plus ou moins|más o menos|più o meno|mais ou menos|plus of min|plus\W?minus"
    r"|um)"
)
_SIGNED = r"±|\+/?-"
# "A deviation of up to 3 points", "Abweichung bis 3 Punkte", "se tromper de 2 points".
_ERROR = (
    r"\b(?:error|deviation|difference|abweichung|abweichen|fehler|differenz|erreur|écart|différence|tromper?|desviación"
    r"|diferencia|equivocarse|errore|scarto|differenza|scostamento|sbagli\w*|erro|desvio|diferença|afwijking|verschil"
    r"|błąd|odchylenie|ошибка|отклонение)\s+(?:(?:of|up|to|at|most|by|max(?:imum|imal|imaal)?|bis|zu|von|um|höchstens|d"
    r"|de|jusqu|à|hasta|en|máximo|di|fino|al|massimo|até|van|tot|hoogstens|do|до|в)"
    r"[ '\N{RIGHT SINGLE QUOTATION MARK}]+){0,3}"
)
_WITHIN = (
    rf"(?:\b(?:within|{_BY}(?: (?:at most|up to|less than|under|no more than))?|auf|"
    r"innerhalb von|binnen|à|dans une marge de|"
    rf"dentro de(?:l| un)?|entro(?: il)?|inom|innen(?:for)?|inden for|w granicach)\s+|(?:{_SIGNED})\s*)"
)
# "à deux points près": the unit precedes; a single word for grades may be a number, and "one" of nothing.
_STEPS = (
    r"(?:stars?|points?|grades?|marks?|steps?|levels?|class(?:es)?|notch(?:es)?|sterne?n?|punkte?n?|noten?|stufen?|étoiles?"
    r"|notes?|puntos?|estrellas?|niveles?|stell[ae]|punt[oi]?|vot[oi]|pontos?|estrelas?|ster(?:ren)?|punten|cijfers?|gwiazdk\w*"
    r"|punkt\w*|ocen\w*|звезд\w*|балл\w*|балів|y\u0131ld\u0131z|puan|stjärn\w*|stjern\w*|poäng|karakter\w*|hvězd\w*|stup\w*)"
)
_NEXT_STEP = (
    rf"(?=\s+{_STEPS}\b|\s*(?:[.,;:!?)]|$|\s(?:is|are|will|would|counts?|still|also|ist|sind|gilt|geht|reicht|daneben"
    r"|est|sont|va|passe|vale|va|ok)\b))"
)
_HALF_STEP = rf"(?:{say.HALF})(?:\s+an?)?(?=[\s-]+{_STEPS}\b)"
_OFF = re.compile(
    rf"{_WITHIN}(?:eine[nr]?\s+|une?\s+|een\s+)?({NUMBER}|{_HALF_STEP}|{_WORD}(?=\s+[^\W\d_]+\s+(?:près|genau)\b)"
    rf"|(?<=within )(?:one|two|three|five|ten)\b(?! (?:sec|min|hour|day))|(?<!\bauf )(?<!\bà ){_WORD}{_NEXT_STEP})"
    rf"\s*(%|(?:{_PER_CENT})(?!\w)|)(\s*(?:\w+\s+)?(?:près|genau)\b)?", _I,
)  # fmt: skip
# "One star off is fine", "ein Punkt daneben".
_APART = (
    r"(?:daneben|abweichung|d['\N{RIGHT SINGLE QUOTATION MARK}]écart|de diferencia|arriba o abajo|di scarto"
    r"|di differenza|de diferença|a mais ou a menos|ernaast|afwijking|różnicy|разницы|sapma|fark)"
)
# "One" counts only with a unit after it.
_ONE = r"(?:uma?|één|een|en|ett|et|jeden|jedn[aąoé]|jedną|один|одну|одна|одне|bir)"
_STRAY = re.compile(
    rf"(?<![\w.,])({NUMBER}|{_HALF_STEP}|{_WORD}|{_ONE}(?=\s+{_STEPS}\s))\s+"
    rf"(?:{_STEPS}\s+(?:off|out|too high or (?:too )?low|{_APART})|{_APART}"
    r"|off(?=\s+(?:is|are|still|counts?|ok|fine)\b))(?!\w)", _I,
)  # fmt: skip
_ERROR_OF = re.compile(rf"{_ERROR}({NUMBER}|{_WORD}){_NEXT_STEP}", _I)
_PLAIN = re.compile(rf"{_BY}\b|{_SIGNED}", _I)
_OFF_BY = re.compile(rf"{_WITHIN}$", _I)
_IS_OFF = re.compile(rf"{say.WRONG.pattern}|\boff\b", _I)
_UNIT = "|".join(f"(?P<of{size:.0f}>{words})" for size, words in say.TIMES.items())
_TIME = re.compile(
    rf"(?:\b(?:{say.HALF})|半|(?P<n>{_ANY}))[\s'-]*(?:(?:an?|d|de|o)\b[\s']*)?(?:{_UNIT})(?:\b|(?<=[分钟間时간]))", _I
)
# "supérieure à 95 %" is a rate: such a percentage is no tolerance.
_MOST_OFF = 50
_SURE = re.compile(r"\b(?:confiden\w+|sure|certain\w*|sicher\w*)\b", _I)
# "at least 80% of the mails": a share of something other than the answers.
_OF_WHAT = re.compile(r"\s+(?:of|der|von|des|de|du|di|dei|delle|van|av|af|aller|all)\b", _I)
_AT = re.compile(r"\b(?:at|with|zu|mit|bei|à|avec|con|al)\s*$", _I)
# "in 95% of cases": a share of the answers.
_OF_ALL = re.compile(
    r"\s+(?:of|der|von|des|de|dei|delle|dos|das|van|av|af)\s+(?:(?:the|all|allen|los|las|les|de)\s+)*"
    r"(?:cases?|times?|inputs?|fällen?|cas|casos|casi|fois|veces|vezes|volte|gevallen|keren|fall|tilfælde)\b",
    _I,
)
_CLAUSE = re.compile(
    r"[;\n!?()、。\uff0c\uff1b\u060c\u061b\u0964]+|,(?!\d)|(?<!\bmax)(?<!\bmin)(?<!\bmind)(?<!\bca)\.(?!\d)|\s[–—-]\s|\b(?:but|aber|mais|pero)\b",
    _I,
)
# Filler words: a rate among these alone is the bar.
_FILLER_WORDS = (
    "a an the of in to at least most more less than is are be must should may can has have it that this they them all "
    "better every each any out about around only just even already fine ok okay enough good will would do does "
    "suffice suffices sufficient acceptable need needs needed required case cases time times mail mails ticket "
    "tickets text texts input inputs item items answer answers example examples message messages please and or so bar "
    "target goal with we i our my der die das den dem ein eine sind ist muss müssen soll sollen sollte sollten darf "
    "dürfen reicht reichen genügt genügen mindestens wenigstens höchstens über von aus auf in fällen fälle fall mal "
    "der mails texte antworten ziel und bitte gut okay werden sein le la les un une des de du au aux moins plus est "
    "sont doit doivent suffit suffisent suffisant cas fois dans sur mails réponses et bon bien objectif el los las "
    "una al menos por lo es son debe deben basta bastan suficiente casos veces en y respuestas bueno mínimo máximo "
    "como acceptables akzeptabel annehmbar aceptable aceptables suficientes accettabile accettabili sufficiente "
    "sufficienti bastano aceitável aceitáveis bastam acceptabel aanvaardbaar genoeg voldoende acceptabelt acceptabla "
    "räcker nok holder er kabul yeter yeterli wystarczy wystarczą wystarczające хватит хватает достаточно достатньо "
    "вистачить riittää riittävät kelpaa stačí postačí dostačuje elég elegendő legyen ajunge ajung sunt este αρκεί "
    "αρκούν φτάνουν cukup đủ là מספיק מספיקים يكفي تكفي كافية كافٍ کافی است"
)
_FILLERS = frozenset(_FILLER_WORDS.split())
# Kinds to choose from: "one of five categories" is no rate.
_KINDS = re.compile(
    r"\s+(?:(?!of\b)[^\W\d_]+\s+){0,2}?(?:labels?|categor\w+|class(?:es)?|topics?|teams?|departments?|languages?|options?|types?"
    r"|kinds?|queues?|groups?|intents?|tags?|stars?|sterne\w*|levels?|kategorien?|klassen?|themen|abteilungen|sprachen"
    r"|catégories?|thèmes?|langues|categorías?|clases|temas|idiomas|hours?|minutes?|seconds?|days?|gb|mb|tokens?"
    r"|words)\b",
    _I,
)


# What a number without a unit counts: a noun follows it, longer than the words that join.
_COUNTS = re.compile(
    rf"\s*(?:(?!(?:{'|'.join(_FILLERS)}|please|pls|bitte|right|correct|sonst|otherwise)\b)[^\W\d_]{{4,}}|[kmg]b?\b|[$€£°%])",
    _I,
)
# "6 days out of 7", "three of every four hours": of time, not of answers.
_OF_TIME = re.compile(rf"[\d\s](?!times?\b)(?:{'|'.join(say.TIMES.values())})\b", _I)
_NEXT_WORD = re.compile(r"\s*\w*")


# A number that ends a rate may begin the next one.
_GOES_ON = re.compile(r"\s*(?:(?:out\s+)?of|von|sur|de|su|van|z|из)\s+\d", _I)


class Rate(NamedTuple):
    """A rate in a text, within 0 and 1; if it `is_bar`, the words around it demand that share of right answers.

    One that `is_fact` describes the data or the share that is right today; it is no bar.
    """

    share: float
    start: int
    end: int
    is_bar: bool
    is_fact: bool = False


def rates(text: str, claimed: Sequence[Span] = ()) -> list[Rate]:
    """Return a text's unclaimed rates in order; the tolerance of a number is none."""
    found = []
    masked = _ONCE.sub(" one", text)
    for off in offs(text):
        if off.is_sure:
            masked = f"{masked[: off.start]}{';'.ljust(off.end - off.start)}{masked[off.end :]}"
    spoken = _spoken(masked)[:_MOST]
    for at, (share, start, end) in enumerate(spoken, 1):
        if not is_covered(claimed, start, end) and not _is_counted(text, start, end):
            rate = _judged(text, share, start, end)
            if rate is not None:  # "97% of billing and 90% of bug must be right"
                reaches = at < len(spoken) and rate.end > spoken[at][1]
                found.append(rate._replace(end=end) if reaches else rate)
    return found


def _is_counted(text: str, start: int, end: int) -> bool:
    """Return whether a rate is of kinds to choose from, or of time."""
    goes_on = _NEXT_WORD.match(text, end)
    is_kinds = _KINDS.match(text, end) and not _PERCENT.fullmatch(text, start, end)  # "97% on intent"
    return bool(is_kinds or _OF_TIME.search(text, start, goes_on.end() if goes_on else end))


class Off(NamedTuple):
    """A numeric tolerance: its size, as a share of the number or in a unit ("" if none is named).

    It `is_sure` if the words mean nothing else, such as a rate of right answers: "à 9 sur 10".
    """

    size: float
    is_share: bool
    noun: str
    start: int
    end: int
    is_sure: bool


def offs(text: str) -> list[Off]:
    """Return the numeric tolerances in a text: "within two points", "one star off is fine"."""
    found = []
    for at in _OFF.finditer(text):
        said, is_share = _number(at[1]), bool(at[2])
        is_plain = _PLAIN.match(at[0]) is not None or at[1][0].isalpha()
        is_sure = bool(at[3] or (is_share and said < _MOST_OFF) or (is_plain and not is_share))
        noun = None if is_share else re.match(r"\W{0,2}([^\W\d_]{3,})", text[at.end(2) :])
        found.append(Off(said / (100.0 if is_share else 1.0), is_share, noun[1] if noun else "", *at.span(), is_sure))
    known = [(each.start, each.end) for each in found]
    named = (
        at for at in _ERROR_OF.finditer(text) if not any(low < at.end() and at.start() < high for low, high in known)
    )
    for at in (*_STRAY.finditer(text), *named):
        counted_by = re.match(rf"\s+({_STEPS})\b", text[at.end(1) :], _I)
        said = 1.0 if re.fullmatch(_ONE, at[1], _I) else _number(at[1])
        found.append(Off(said, False, counted_by[1] if counted_by else "", *at.span(), is_sure=True))  # noqa: FBT003
    return sorted(found, key=lambda each: each.start)


def is_off_said(text: str) -> bool:
    """Return whether a text gives a numeric tolerance in unambiguous words: "à 10 % près"."""
    return any(each.is_sure for each in offs(text))


def allowance(text: str, column: str, limits: Sequence[str] = ()) -> tuple[float, bool] | None:
    """Return a text's tolerance for a column's numbers, and whether it is a share of the number.

    Times are converted to the unit in the column's name: for "minutes", half an hour is 30. `limits` are words that
    limit the model instead, such as "within 2 seconds".
    """
    named = re.findall(r"[^\W\d_]+", column)
    unit = next((size for size, known in say.TIMES.items() for each in named if re.fullmatch(known, each, _I)), None)
    for at in _TIME.finditer(text) if unit else ():
        is_off = _OFF_BY.search(text[: at.start()]) or _IS_OFF.search(text, *clause(text, *at.span()))
        if unit and is_off and not any(at[0] in each for each in limits):
            size = next(size for size in say.TIMES if at[f"of{size:.0f}"])
            return (_number(at["n"]) if at["n"] else _HALF) * size / unit, False
    said = next(
        (
            each
            for each in offs(text)
            if each.is_sure or not any(text[each.start : each.end] in limit for limit in limits)
        ),
        None,
    )
    return None if said is None else (said.size, said.is_share)


def level(text: str) -> Rate | None:
    """Return the accuracy demanded in words without a rate: "nearly perfect", "as good as a human"."""
    for pattern, share in ((say.PERFECT, 0.99), (say.ALWAYS, 0.95), (say.AS_PEOPLE, 0.95), (say.USUALLY, 0.9)):
        for at in pattern.finditer(text):
            low, high = clause(text, *at.span())
            nearly = next(say.NEARLY.finditer(text, max(low, at.start() - _REACH), at.start()), None)
            is_of_answers = any(each.search(text, low, high) for each in (say.RIGHT, say.WRONG))
            start = nearly.start() if nearly else at.start()
            is_terse = not _says(text[low:start]) and not _says(text[at.end() : high])
            is_always = nearly and (is_of_answers or is_terse)
            needs = {say.PERFECT: nearly or is_terse, say.ALWAYS: is_always, say.USUALLY: is_of_answers}
            if needs.get(pattern, True):
                return Rate(share, start, at.end(), is_bar=False)
    return None


def _spoken(text: str) -> list[tuple[float, int, int]]:
    """Return every rate with its place; of overlapping ones the first, and the longest of these.

    In "the right one in 9 of 10" it is the second.
    """
    found = list(_all(text))
    kept: list[tuple[float, int, int]] = []
    for share, start, end in sorted(found, key=lambda each: (each[1], -each[2])):
        if not kept or start >= kept[-1][2]:
            kept.append((share, start, end))
        elif _GOES_ON.match(text, kept[-1][2]) and end > kept[-1][2]:
            kept[-1] = share, start, end
    return kept


def _all(text: str) -> Iterator[tuple[float, int, int]]:
    for at in _PERCENT.finditer(text):
        tenths, more = (float(SIGNS.get(each, each or 0)) for each in at.group("tenths", "more"))
        tens, ten, ones = (at["signs"] or "").rpartition("十")
        hundredths = 10 * SIGNS.get(tens, 1) * bool(ten) + SIGNS.get(ones, 0)
        said = hundredths or 10 * tenths + more or _number(at["n"] or at["after"] or "0")
        yield said / 100, *at.span()
    yield from _fractions(text)
    yield from ((_HALF, *at.span()) for at in _HALVES.finditer(text))
    for at in _NTH.finditer(text):
        nth = ORDINALS[" ".join(at["word"].lower().split())] if at["word"] else float(at["digits"])
        if nth > 1:
            yield 1 / nth, *at.span()
    for at in _DECIMAL.finditer(text):
        yield float(at[0].replace(",", ".")), *at.span()
    for at in _BARE.finditer(text):
        if _COUNTS.match(text, at.end()) is None:
            yield _number(at[0].lower().removesuffix("ish").rstrip("-")) / 100, *at.span()


def _fractions(text: str) -> Iterator[tuple[float, int, int]]:
    """Yield fractions: one number of a larger one, and parts of a whole."""
    for at in (*_OF.finditer(text), *_SLASH.finditer(text)):
        part, whole = _number(at["n"]), _number(at["of"])
        if 0 < part < whole:
            yield part / whole, *at.span()
    for at in _ROUND.finditer(text):
        part, whole = sorted((_number(at["n"]), _number(at["of"])))
        may_be_wrong = say.WRONG.search(text, *clause(text, *at.span())) is not None  # "5 ud af 100"
        if whole in ROUNDS and (may_be_wrong or whole / 2 <= part) and part < whole and not _CLAUSE.search(at["join"]):
            yield part / whole, *at.span()
    for at in _WHOLE_FIRST.finditer(text):
        part, whole = _number(at["n"]), _number(at["of"])
        if whole in ROUNDS and 0 < part <= whole / 5 and say.WRONG.search(text, *clause(text, *at.span("n"))):
            yield part / whole, *at.span()
    yield from counted(text)


def _number(text: str) -> float:
    if re.match(rf"(?:{say.HALF})\b", text, _I):
        return _HALF
    known = NUMBERS.get(" ".join(text.lower().split()))
    return number(text, is_count=True) if known is None else known


def _judged(text: str, share: float, start: int, end: int) -> Rate | None:
    """Return a rate classified by its clause; None for no rate, such as a decimal without a comparison."""
    low, high = clause(text, start, end)
    # "8 of 10 within 0.5": a tolerance behind a rate says nothing else of it.
    apart = offs(text)
    until = next((off.start for off in apart if end <= off.start < high), high)
    before, after = text[low:start], text[end:until]
    at_most, at_least = say.AT_MOST.search(before), say.AT_LEAST.search(before)
    is_least = _is_least(text, low, start, end)
    wrong, right = (
        _nearest((at for at in pattern.finditer(text, low, high) if not _is_within(at, apart)), start, end)
        for pattern in (say.WRONG, say.RIGHT)
    )
    if share >= _HALF:  # too many to be accepted as wrong: "nine of ten without an error"
        wrong, right = None, right or wrong
    elif wrong is not None:  # "one answer in ten may be wrong"
        right = None
    said = min((each for each in (wrong, right) if each is not None), key=lambda each: each[0], default=None)
    if share <= _LEAST and said is not None and said is right:
        return None
    begin = low + bound.start() if (bound := at_most or at_least) else start
    is_decimal = _DECIMAL.fullmatch(text[start:end]) is not None
    compares = bound is not None and text[begin:start].strip()[:1] in "<>≤≥="
    is_terse = not _says(before) and not _says(after)
    if _SURE.search(after[:15]) or (is_decimal and said is None and not compares and not (is_least and is_terse)):
        return None if is_decimal or share < _HALF else Rate(share, start, end, is_bar=False)
    if _BARE.fullmatch(text[start:end]):
        is_exact = is_terse and not (100 * share).is_integer()
        is_near = right is not None and (right[0] <= _NEAR or is_least)
        is_rate = is_exact or is_near or compares or _may_be_wanted(text, low, start, end, high)
        is_fact = _is_today(text, low, start, end, high)
        is_asked = is_least or before.rstrip().endswith(":")
        return Rate(share, start, end, compares or (is_asked and right is not None), is_fact) if is_rate else None
    if is_fact := _is_today(text, low, start, end, high) or _DEFINITE.search(text, start, end) is not None:
        return Rate(share, start, end, is_bar=False, is_fact=is_fact)
    if said is not None:
        share = 1 - share if said is wrong else share
        return Rate(share, min(begin, said[1]), max(end, said[2]), is_bar=_proven(share))
    is_bound = (at_most is not None or is_least) and not _OF_WHAT.match(after)
    if is_bound or is_terse or compares or _OF_ALL.match(after) or (_AT.search(before) and not _says(after)):
        share = 1 - share if at_most is not None and share < _HALF else share
        begin = low + len(text[low:high]) - len(text[low:high].lstrip()) if is_terse else begin
        return Rate(
            share, begin, len(text[:until].rstrip()) if is_terse else end, is_bar=share >= _HALF and _proven(share)
        )
    if share < _HALF and say.PERMITTED.search(text, low, high):
        return Rate(1 - share, start, end, is_bar=False)
    return Rate(
        share, start, end, is_bar=False, is_fact=share < _HALF or (not is_least and _OF_WHAT.match(after) is not None)
    )


def _is_least(text: str, low: int, start: int, end: int) -> bool:
    """Return whether at least a rate is asked for, by the words before or behind it."""
    return (say.SAYS_LEAST.search(text[low:start]) or say.OR_MORE.match(text, end)) is not None


def _is_better(text: str, low: int, high: int) -> bool:
    """Return whether a clause, or the one after it, asks for more than there is."""
    return say.BETTER.search(text, low, clause(text, high + 1, high + 1)[1]) is not None


def _may_be_wanted(text: str, low: int, start: int, end: int, high: int) -> bool:
    """Return whether a number alone may be a rate that is wanted: at least 90, no less than 90, 90 is the goal."""
    is_bound = _is_least(text, low, start, end) or say.AT_MOST.search(text[low:start]) is not None
    return is_bound or _is_better(text, low, high) or say.GOAL.search(text, low, high) is not None


def _is_today(text: str, low: int, start: int, end: int, high: int) -> bool:
    """Return whether a rate says how often answers are right today, and not that they must be better."""
    is_wanted = _is_least(text, low, start, end) or _is_better(text, low, high)
    return not is_wanted and say.TODAY.search(text, low, high) is not None


def _proven(share: float) -> bool:
    """Return whether a rate can be proven: always and never cannot."""
    return 0 < share < 1


def clause(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the bounds of the clause around a part of a text."""
    low = max((at.end() for at in _CLAUSE.finditer(text, 0, start)), default=0)
    high = next((at.start() for at in _CLAUSE.finditer(text, end)), len(text))
    return low, high


def _is_within(at: re.Match[str], apart: Sequence[Off]) -> bool:
    """Return whether a word is a part of a tolerance: "auf 3 Punkte genau"."""
    return any(off.start <= at.start() and at.end() <= off.end for off in apart)


def _nearest(found: Iterator[re.Match[str]], start: int, end: int) -> tuple[int, int, int] | None:
    """Return the distance of the nearest match from a rate, and its bounds."""
    placed = [(max(start - at.end(), at.start() - end, 0), *at.span()) for at in found]
    return min(placed, default=None)


def _says(part: str) -> bool:
    words = re.findall(r"[^\W\d_]+", part.lower())
    return any(word not in _FILLERS for word in words)
