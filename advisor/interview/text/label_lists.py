"""Finds labels that a text lists: "into billing, bug, other", "spam or ham", "positive/negative/neutral", "1-5 stars".

A list ends at anything that is no label: a term ("German", "on a laptop"), another clause, the end of the sentence. A
list that declares itself incomplete ("e.g.", "such as", "...") names no labels: the examples do.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple

from advisor.interview.text import vocabulary as say
from advisor.interview.text.rates import clause
from advisor.interview.text.spans import Span, is_covered

_I = re.IGNORECASE
_FEWEST = 2
_MOST_TRIES = 20  # at places of one kind where a list may begin
_GROUPS = (
    r"(?:categories|category|class(?:es)?|labels?|groups?|departments?|buckets?|teams?|types?|folders?|kinds?|topics?"
    r"|queues?|sections?|levels?|intents?|emotions?|values|options|outcomes|kategorien|klassen|gruppen|themen"
    r"|abteilungen|ordner|tags?)"
)
_COUNT = (
    r"(?:(?:one of|exactly|these|the|following|our|my|either|\d{1,3}|two|three|four|five|six|seven|eight|nine|ten|drei"
    r"|vier|fünf|zwei|folgende|die)\s+){0,4}"
)
_HEADER = rf"{_COUNT}(?:[^\W\d_]{{2,20}}\s+)?{_GROUPS}\s*[:(\[–—-]\s*"
_ASKED = r"(?:whether|(?:know|see|check|tell|decide|say|determine|detect|find out|predict|judge) if)"
_VERB = r"(?:is|are|was|were|seems?|sounds?|contains?|mentions?|shows?|expresses)"
# Openings of a list, the surest first.
_LEADS = (
    rf"\b{_GROUPS}(?:\s+(?:are|sind|will be)\s+|\s*[:=]\s*)",
    rf"\b(?:into|in|as|to|with|by|among|per|nach|of)\s+{_HEADER}",
    r"\b(?:one of|any of|either)\s*:?\s*",
    r"\b(?:into|between|zwischen)\s+(?:(?:the|our|my|either)\s+)?",
    r"\b(?:distinguish|differentiate|discriminate)\s+(?:among\s+)?(?:(?:the|our|my)\s+)?(?=[^.;:\n]*,)",
    (
        r"\b(?:rout\w{1,3}|sen[dt]|assign\w*|forward\w*|dispatch\w*|goe?s?|belongs?|direct\w*)\s+(?:\w+\s+){0,2}?to\s+"
        r"(?:the\s+)?"
    ),
)
_CLAUSE_LEADS = (
    rf"\b{_ASKED}\b[^.;\n?]{{0,80}}?\b{_VERB}\s+(?:about\s+)?",
    r"\bis (?:an?|the|this|that|every|each)\s+[\w-]+\s+(?:of (?:an?|the|this|each)\s+[\w-]+\s+)?(?:an?\s+)?",
    r"\bis (?:it|this|that)\s+(?:an?\s+)?",
)
_LATE_LEADS = (
    r"(?<!such )\b(?:as|als)\s+(?:either\s+)?",
    r"\b(?:in|nach|zu)\s+(?=(?-i:[A-ZÄÖÜ])[^\s,]*,|(?-i:[A-ZÄÖÜ])\S* oder )",
    (
        r"\b(?:class\w*|categor\w+|sort\w*|group(?:ed|ing)?(?=\s+(?:the|these|them|our|all|by)\b)|label\w*|tag\w*|detect\w*|flag\w*|sentiment\w*|rout\w*|kategorisier\w*|which"
        r"|stimmung\w*|what|welche\w*|predict\w*|assign\w*|recogni[sz]\w*|identif\w*|intent\w*|(?:priority|urgency"
        r"|department|category|type|kind|topic|status|level|severity|mood|tone) of)\b[^.:;\n()?]{0,80}:\s*"
    ),
    (
        rf"\b(?:{_GROUPS}|sentiment|stance|urgency|priority|polarity|appl(?:y|ies)|tone|mood|stimmung|express\w*)\b"
        r"[^.:;\n()]{0,30}\(\s*"
    ),
    r"\b(?:sort|classify|categori[sz]e|route|label|tag)\s+(?:[^\W\d_]+\s+){1,3}\(\s*",
    r"\b(?:tagg|sort|labell?|classifi|categori[sz]|rout|assign)ed\s*\(\s*",
    r"\b(?:categories|classes|departments|queues|topics)\s+(?=[\w-]+(?: [\w-]+)?, )",
)
# In a text these find names rather than sort.
_PERCEIVES = re.compile(r"\b(?:recogni[sz]e|identify|detect|hear|spot|see|name|find)\s+(?:(?:the|an?)\s+)?", _I)
# After these only a list with a usual label counts: "mails are short and messy" lists none.
_WEAK_LEADS = (r"\b(?:is|are|was|ist|sind)\s+(?:either\s+)?", r"\(\s*")
_COLON = re.compile(r"(?<=\w):\s+")
_OF_FIELDS = re.compile(r"\b(?:json|fields?|felder\w*|champs?|campos?|campi|velden|pola|поля)\b[^.:;\n]*:\s*$", _I)
_ANY_ARTICLE = r"(?:(?:een|une?|una|uno|um|uma|ett?|en|eine?n?|la|le|el|il|de|het)\s+|l['\u2019]|un['\u2019])?"
_OF_ONE_WORD = rf"{_ANY_ARTICLE}[^\W\d_][\w-]{{1,25}}"
_ITEM = rf"{_OF_ONE_WORD}(?:\s[^\W\d_][\w-]{{1,25}})?"
_GERMAN = re.compile(r"\bob\s+", _I)  # the verb comes last: "ob eine Mail gut oder schlecht ist"
# "Se la frase parla di storia o di scienze": the same preposition before both.
_WHETHER_OF = re.compile(
    r"\b(?:se|si|ob|whether|if|czy)\b[^.,;:\n]{1,60}?\b(?P<of>di|de|d|do|da|sobre|su|von|über|about|o)\b['\u2019\s]\s*"
    r"(?P<one>[^\W\d_][\w-]{1,20})\s+(?:o|ou|oder|or|czy|lub)\s+(?P=of)\b['\u2019\s]\s*(?P<other>[^\W\d_][\w-]{1,20})",
    _I,
)
# "Of het een klacht, een vraag of een compliment is": what each may be, by whether and a form of to be.
_WHETHER_IT_IS = re.compile(
    r"\b(?:of (?:het|dit|dat)(?: om| gaat over)?|ob (?:es|das|dies)(?: sich um)?|si (?:c'est|ce sont"
    r"|il s'agit d(?:e|')|(?:\w+ ){0,3}?(?:es|son|est|sont)"
    r"|se trata de)|se (?:(?:\w+ ){0,3}?(?:é|são|è|sono)|si tratta di|se trata de)|czy (?:to|jest|chodzi o)(?: jest)?"
    r"|om (?:det|den|dette) (?:är|er|gäller|gjelder|handlar om|handler om))\s*"
    rf"(?P<names>{_ITEM}(?:\s*,\s*{_ITEM})*)\s*,?\s+(?:{say.said('either')}|of|czy)\s+(?!(?:no|not|non|pas|inte|ikke|niet|nie|n[ãa]o|nicht)\b)(?P<last>{_OF_ONE_WORD})",
    _I,
)
_BULLETS = re.compile(r"(?:^|\n)[ \t]*(?:[-*•–]|\d{1,2}[.)])[ \t]+([^\n]{1,60})(?=\n|$)")
_FROM = re.compile(
    r"\b(?:distinguish|tell|separate|discriminate|differentiate)\s+([^\W\d_][\w-]*(?: [\w-]{1,20})?)\s+from\s+"
    r"([^\W\d_][\w-]{1,20})\b(?!\s*,\s*[\w -]{1,30}(?:,|\s(?:and|or)\b))",
    _I,
)
# "Whether the child has pneumonia or is normal"; "whether it supports the claim, refutes it or says nothing about it".
_WHETHER_OR_IS = re.compile(
    r"\b(?:whether|if)\b[^.,;:\n]{1,60}?\b(?:has|have|had|shows?|is|are|was|were)\s+(?:an?\s+)?(?P<one>[^\W\d_][\w-]{1,25})"
    r"\s+or\s+(?:has|have|had|shows?|is|are|was|were)\s+(?:an?\s+)?(?P<other>[^\W\d_][\w-]{1,25})",
    _I,
)
_WHETHER_IT_DOES = re.compile(
    r"\b(?:whether|if)\s+(?:\w+\s+){1,3}?(?P<one>[^\W\d_]{2,20}s)\b[^.,;:\n]{0,40},\s*(?P<two>[^\W\d_]{2,20}s)\b[^.,;:\n]{0,40}?,?"
    r"\s+or\s+(?P<last>[^\W\d_]{2,20}s(?: (?:nothing|neither|not))?|(?:is|are) [^\W\d_]{2,20}|neither|not)\b",
    _I,
)
# Straight quotes, then curly and angled ones of several languages.
_MARKS = "\"'`\u201c\u201d\u201e\u00ab\u00bb\u2018\u2019"
_OF_LANGUAGES = re.compile(r"\blanguages? (?:of|is|detect|identif|the)|\b(?:which|what) language|\bsprache\b", _I)
_HIGHEST = 10
_MOST_WORDS = 6
_SCALE = re.compile(
    r"\b(?P<low>[01])\s*(?:-|–|to|bis|through|\.\.)\s*(?P<high>\d{1,2})\b(?P<after>\s*(?:stars?|scale|points?|rating"
    r"|sterne?n?))?",
    _I,
)
_SCALED = re.compile(
    r"\b(?:stars?|scale|rat(?:e|es|ing|ings)|scores?|scored|grades?|priority|level|severity|into|urgency|sterne)\b", _I
)
_SLASHED = re.compile(r"(?<![\w/:.])(?!and/or\b)([^\W\d_][\w-]{1,20}(?:(?:/| / )[^\W\d_][\w-]{1,20}){1,19})(?![\w/])")
_PAIRED = re.compile(
    r"(?<![\w-])([^\W\d_][\w-]{1,20}) (?:or|vs\.?|versus|oder) (not|[^\W\d_][\w-]{1,20})\b(?! (?:more|less|so|fewer))",
    _I,
)
_OR_NOT = re.compile(r"(?<!to )(?<![\w-])([^\W\d_][\w-]{1,30}) or not\b", _I)
# "Hate speech or not hate speech".
_OR_NOT_IT = re.compile(r"(?<![\w-])([^\W\d_][\w-]*(?: [\w-]+){0,3}) or (?:not|no) (?:an? )?\1\b", _I)
# Usual labels before a pair: "good, bad or neutral".
_BEFORE_PAIR = re.compile(r"[^\W\d_][\w-]*(?=\s*,\s*$)")
_OR_WORDS = re.compile(
    r"([^\W\d_]+(?:\s*,\s*[^\W\d_]+)+)\s*,?\s+"
    r"(?:atau|veya|ya da|eller|ou|tai|lub|albo|nebo|alebo|vagy|sau|или|або|או|أو|या|hoặc|또는"  # noqa: RUF001  Russian, Ukrainian
    r"|hay(?=.*[\u1ea0-\u1ef9]))\s+([^\W\d_]+)",  # Vietnamese, by its letters; Spanish says "there is" so
    _I,
)
_USUAL_WORDS = (
    "positive negative neutral yes no spam ham good bad true false toxic ok safe unsafe urgent normal high low "
    "medium ja "
    "nein positiv negativ relevant irrelevant bullish bearish happy sad angry pos neg mixed fake real human ai"
)
_USUAL = frozenset(_USUAL_WORDS.split())
# Limits on a list: its number of names, the words of each, and where it ends.
MOST_NAMES = 60
_MOST_WORDS_A_NAME = 5
_FARTHEST = 1_500
_END = re.compile(r"[.!?](?=\s|$)|[;\n()\[\]{}]|\s[-–—]\s")
_BY_COMMA = re.compile(r",\s*(?:or|and|oder|und)\s|,|;|\s(?:or|oder|vs\.?|versus)\s|\s(?:and|und)\s(?=[^,;]*$)", _I)
_BY_WORD = re.compile(r"\s?[/|]\s?|\s(?:or|oder|and|und|vs\.?|versus)\s", _I)
# Lower case only: "IT" is a name.
_STOPS = re.compile(
    r"(?:\s|^)(?P<clause>must|should|needs?|has|have|runs?|is|are|can|may|we|i|it|they|you|muss|ist|sind|will"
    r"|answers?(?!\s*(?:,|and\b|or\b))|works?|applies|stays?)\b"
    r"|(?:\s|^)(?:for|on|in|with|within|under|from|using|at|about|per|that|which|when|where|so|but|by|because|based"
    r"|depending|to|then|our|my|this|these|than|via|without|only|please|running|mostly|für|auf|mit|bei|aus|pro|the|all"
    r"|use|einteilen|sortieren|einordnen|zuordnen|klassifizieren|aufteilen|unterteilen|trennen|ein|zu|since|while"
    r"|sortiert|eingeteilt|eingeordnet|zugeordnet|klassifiziert|aufgeteilt|unterteilt|getrennt|unterschieden|werden"
    r"|after|before|if|as|texts?|apart)\b"
)
_SHARED_WORDS = (
    "level levels sentiment tone priority urgency mood emotion category class one ones label reviews comments "
    "messages mails "
    "emails texts tweets posts articles photos pictures images tickets documents voice style severity intent queues "
    "queue teams team departments department folders "
)
_SHARED = frozenset(_SHARED_WORDS.split())
_OR = re.compile(r"\b(?:or|oder)\b|[/|]", _I)
_ARTICLE = re.compile(r"^(?:an?|the|der|die|das|eine?|either|also)\s+", _I)
_OPEN = re.compile(r"(?:e\.?\s?g\b|for example|for instance|such as|like\b|z\.?\s?b\b|things|something|etc|wie\b)", _I)
_OPEN_END = re.compile(r"\b(?:and so on|and more|etc|usw)\b|\.\.\.|…", _I)

# Between two alternatives: a comma, a slash or "or", with an article or a preposition, and quotes around each.
_OR_ELSE, _NEAR, _LONG_NAME = re.compile(rf"{say.said('either')}|/", _I), 20, 4
_QUOTED = "[\\s\"'«»„“”]*"
_BESIDE = re.compile(
    rf"{_QUOTED}(?:[,/]|,?\s*(?:{say.said('either')})){_QUOTED}(?:[^\W\d_]{{1,6}}\s+){{0,2}}{_QUOTED}", _I
)
_IN_BRACKETS = re.compile(r"\(([^()\n]+)\)")
# Blanks and lines within an escaped name.
_SHORT_CLAUSE = 4  # words
_JOINT, _LEFT_OUT = re.compile(r"(?:_|\\[ -])+"), re.compile(say.said("leave_out"), _I)
_SENTENCE = re.compile(r"[.;!?\n。]+")


def perceived(text: str, terms: Sequence[Span]) -> Span | None:
    """Return what is to be told apart in pictures or recordings: "recognise siren, dog bark and gunshot"."""
    found = (span for span in _listed(text, _PERCEIVES, terms) if len(span.value) > _FEWEST)
    return next(found, None)


def labels(text: str, terms: Sequence[Span]) -> Span | None:
    """Return the labels that the text lists outside its terms; None if it lists none."""
    others = [term for term in terms if term.key != "constraints.languages"]
    found = chain(
        *(_or_not(text), _bulleted(text), _whether(text), _led(text, terms), _alternatives(text, terms)),
        *(_scaled(text), _slashed(text), _paired(text), _of_words(text)),
    )
    return next((span for span in found if not is_covered(others, span.start, span.end)), None)


def alternatives(text: str, names: Iterable[str]) -> list[str]:
    """Return the known names that a text gives as alternatives: "about sleep or about diet"; none of mere examples.

    Three and more may stand in brackets without an "or".
    """
    known = forms(names)
    runs: list[list[tuple[int, int, str]]] = [[]]
    found = ((at.start(), -at.end(), name) for name, form in known for at in form.finditer(text))
    for start, low, name in sorted(found):
        end = max((until for run in runs for _, until, _ in run), default=0)
        if start >= end:  # of overlapping names the longest
            is_next = runs[-1] and _BESIDE.fullmatch(text, end, start)
            runs += [] if is_next else [[]]
            runs[-1].append((start, -low, name))
    listed = [
        list(dict.fromkeys(name for *_, name in run))
        for run in runs
        if len(run) > 1
        and (_OR_ELSE.search(text, run[-2][1], run[-1][0]) or (len(run) > _FEWEST and _is_bracketed(text, run)))
        and not _OPEN.search(text, max(0, run[0][0] - _NEAR), run[0][0])
    ]
    return max(listed, key=len, default=[])


def _is_bracketed(text: str, run: Sequence[tuple[int, int, str]]) -> bool:
    """Return whether a run of names is all that a pair of brackets holds."""
    return text[: run[0][0]].rstrip().endswith("(") and text[run[-1][1] :].lstrip().startswith(")")


def left_out(text: str, names: Sequence[str]) -> list[str]:
    """Return the names in clauses that say what to leave out, or before a short one: "vip is ours, skip that"."""
    known, found = forms(names), dict[str, None]()
    taken = [at.span() for _, form in known for at in form.finditer(text)]  # a label may be called "exclude"
    for at in (each for each in _LEFT_OUT.finditer(text) if not any(a <= each.start() < b for a, b in taken)):
        low, high = clause(text, *at.span())
        begins = max((each.end() for each in _SENTENCE.finditer(text, 0, low)), default=0)
        is_short = len(text[low:high].split()) <= _SHORT_CLAUSE
        for part in (text[low:high], text[begins:low] if is_short else ""):
            own = [name for name, form in known if form.search(part)]
            found.update(dict.fromkeys(own))
            if own:
                break
    return list(found)


def forms(names: Iterable[str]) -> list[tuple[str, re.Pattern[str]]]:
    """Return names with the patterns of their forms: "refund request" for "refund_request", Arabic with its article."""
    found = []
    for name in names:
        own = _JOINT.sub(r"[\\W_]+", re.escape(name))
        before = say.ARTICLE if say.ARABIC.match(name) else ""
        ending = r"\w{0,2}" if len(name) >= _LONG_NAME else ""  # "included", but "not" is no "no"
        pattern = own if say.UNSPACED.match(name) else rf"(?<!\w){before}{own}{ending}(?!\w)"
        found.append((name, re.compile(pattern, _I)))
    return found


def in_brackets(text: str) -> list[str]:
    """Return the names in brackets, complete or as examples: "the kind (map, photo, letter ...)"."""
    for at in _IN_BRACKETS.finditer(text):
        inside = _OPEN_END.sub("", at[1].strip())
        begins = _OPEN.match(inside)
        inside = inside[begins.end() if begins else 0 :]
        names = [name for each in _BY_COMMA.split(inside) if (name := each.strip(" .,:;"))]
        if len(names) > _FEWEST and all(_is_name(name, ()) for name in names):
            return list(dict.fromkeys(names))[:MOST_NAMES]
    return []


def _span(names: Sequence[str], start: int, end: int) -> Iterator[Span]:
    """Yield two or more labels without duplicates; case alone makes no difference."""
    kept: dict[str, str] = {}
    for name in names:
        kept.setdefault(name.casefold(), name)
    if len(kept) >= _FEWEST:
        yield Span("labels", list(kept.values())[:MOST_NAMES], start, end)


def _or_not(text: str) -> Iterator[Span]:
    """Yield "urgent" and "not urgent" of "urgent or not"."""
    for at in chain(_OR_NOT_IT.finditer(text), _OR_NOT.finditer(text)):
        yield from _span([at[1], f"not {at[1]}"], at.start(), at.end())


def _bulleted(text: str) -> Iterator[Span]:
    """Yield the items of a bulleted list, without descriptions after a colon."""
    found = list(_BULLETS.finditer(text))
    # Other text in between starts another list.
    ends = (n for n in range(1, len(found)) if text[found[n - 1].end() : found[n].start()].strip())
    found = found[: next(ends, len(found))]
    if len(found) >= _FEWEST:
        names = [re.split(r":\s|\s[-–—]\s", at[1])[0].strip(" .,;") for at in found]
        if all(names) and all(len(name.split()) <= _MOST_WORDS for name in names):
            yield from _span(names, found[0].start(1), found[-1].end(1))


def _whether(text: str) -> Iterator[Span]:
    """Yield the alternatives of "whether it is about rent or about heat", "is a complaint, a question or praise"."""
    for at in _WHETHER_IT_DOES.finditer(text):
        yield from _span(at.groups(), at.start("one"), at.end())
    for at in chain(_WHETHER_OF.finditer(text), _WHETHER_OR_IS.finditer(text), _FROM.finditer(text)):
        one, other = at.groups()[-2:]
        yield from _span([one.strip(), other], at.start(at.re.groups - 1), at.end())
    for at in _WHETHER_IT_IS.finditer(text):
        items = [*re.split(r"\s*,\s*", at["names"]), at["last"]]
        yield from _span(
            [re.sub(rf"^{_ANY_ARTICLE}", "", each, flags=_I) for each in items], at.start("names"), at.end()
        )


def _led(text: str, terms: Sequence[Span]) -> Iterator[Span]:
    for lead in _LEADS:
        yield from _listed(text, re.compile(lead, _I), terms)
    for lead in _CLAUSE_LEADS:
        yield from _listed(text, re.compile(lead, _I), terms, is_clause=lead.startswith(r"\bis "))
    for at in islice(_GERMAN.finditer(text), _MOST_TRIES):
        names, end = listed(text, at.end(), terms)
        if names:
            yield from _span([names[0].split()[-1], *names[1:]], at.end(), end)
    for lead in _LATE_LEADS:
        yield from _listed(text, re.compile(lead, _I), terms)
    for lead in _WEAK_LEADS:
        for span in _listed(text, re.compile(lead, _I), terms):
            if not _USUAL.isdisjoint(name.casefold() for name in span.value):
                yield span


def _alternatives(text: str, terms: Sequence[Span]) -> Iterator[Span]:
    """Yield three or more names after a colon, joined by "or" or ending in a name for the rest.

    Fields whose last is the rest are no labels.
    """
    for span in _listed(text, _COLON, terms):
        are_fields = _OF_FIELDS.search(text, 0, span.start)
        is_sorted = _OR.search(text, span.start, span.end) or (say.REST.fullmatch(span.value[-1]) and not are_fields)
        if len(span.value) > _FEWEST and is_sorted:
            yield span


def _listed(text: str, lead: re.Pattern[str], terms: Sequence[Span], *, is_clause: bool = False) -> Iterator[Span]:
    for at in islice(lead.finditer(text), _MOST_TRIES):
        names, end = listed(text, at.end(), terms)
        is_usual = names and all(name.casefold() in _USUAL for name in names[1:])
        if is_usual or (is_clause and names and all(" " not in name for name in names[1:])):
            names[0] = names[0].split()[-1]  # "is the tone of a mail friendly, neutral or rude"
        if not _are_languages(text, at.end(), terms):
            yield from _span(names, at.end(), end)


def _are_languages(text: str, start: int, terms: Sequence[Span]) -> bool:
    """Return whether a list begins with a language and the task is not to identify languages."""
    first = start + len(text[start:]) - len(text[start:].lstrip())
    named = [term for term in terms if term.key == "constraints.languages"]
    return is_covered(named, first, first + 1) and _OF_LANGUAGES.search(text) is None


def _scaled(text: str) -> Iterator[Span]:
    """Yield a scale of integers, if something says that it is one."""
    for at in _SCALE.finditer(text):
        low, high = int(at["low"]), int(at["high"])
        near = text[max(0, at.start() - 40) : at.start()]
        if low + 1 < high <= _HIGHEST and (at["after"] or _SCALED.search(near)):
            yield from _span([str(each) for each in range(low, high + 1)], at.start(), at.end())


def _slashed(text: str) -> Iterator[Span]:
    """Yield words separated by slashes, except before a noun that they seem to qualify ("sms/mail messages")."""
    for at in _SLASHED.finditer(text):
        names = [name.strip() for name in at[1].split("/")]
        is_usual = any(name.casefold() in _USUAL for name in names)
        is_of_inputs = re.match(r"\s+[^\W\d_]{4,}s\b", text[at.end() : at.end() + 40]) is not None
        if is_usual or not is_of_inputs:
            yield from _span(names, at.start(), at.end())


def _paired(text: str) -> Iterator[Span]:
    """Yield pairs such as "spam or ham" anywhere, if one of the two is a usual label."""
    for at in _PAIRED.finditer(text):
        one, other = at[1], at[2]
        is_asked = text[at.end() : at.end() + 1] == "?" and re.search(r"(?:^|[.;\n])\s*$", text[: at.start()][-3:])
        if one.casefold() in _USUAL or other.casefold() in _USUAL or is_asked:
            names, start = [one, f"not {one}" if other.casefold() == "not" else other], at.start()
            while (before := _BEFORE_PAIR.search(text, 0, start)) and before[0].casefold() in _USUAL:
                names, start = [before[0], *names], before.start()
            yield from _span(names, start, at.end())


def _of_words(text: str) -> Iterator[Span]:
    """Yield three or more words with commas and a final "or", for languages without openings here."""
    for at in _OR_WORDS.finditer(text):
        yield from _span([*re.split(r"\s*,\s*", at[1]), at[2]], at.start(1), at.end(2))


class Listing(NamedTuple):
    """The listed names, and the end of the last."""

    names: list[str]
    end: int


def listed(text: str, start: int, terms: Sequence[Span]) -> Listing:
    """Return the names listed from a position on; none if it is no list, or one that declares itself incomplete.

    A name has at most five words, and no term except a language. Names are separated by commas, "or" and "and", or
    slashes; "terms and conditions, billing" are two.
    """
    end = _END.search(text, start, start + _FARTHEST)
    stretch = text[start : end.start() if end else start + _FARTHEST]
    # The last of three dots ends the stretch.
    if _OPEN.match(stretch.lstrip()) or _OPEN_END.search(text, start, end.end() if end else start + _FARTHEST):
        return Listing([], start)
    found = _names(stretch, _BY_COMMA, start, terms)
    if len(found.names) > 1:
        return found
    return _names(stretch.split(",")[0], _BY_WORD, start, terms)


def _names(stretch: str, parted: re.Pattern[str], start: int, terms: Sequence[Span]) -> Listing:
    names: list[str] = []
    end, at, joint = start, 0, ""
    is_term = _covers(terms, start, stretch)
    while len(names) < MOST_NAMES:
        next_joint = parted.search(stretch, at)
        stop = next_joint.start() if next_joint else len(stretch)
        piece = stretch[at:stop]
        cut = _STOPS.search(piece)
        if cut is not None and cut["clause"] and names and joint.strip() == ",":
            break  # "hospital data may not leave" is a clause of its own
        part = (piece[: cut.start()] if cut else piece).rstrip()
        name = _ARTICLE.sub("", part.strip()).strip(_MARKS + " ")
        if not _is_name(name, names) or is_term(at, at + len(part), bool(names)):
            break
        names.append(name)
        end = start + at + len(part)
        if cut is not None or next_joint is None:
            break
        at, joint = next_joint.end(), next_joint[0]
    if len(names) > 1:  # a clause may follow, so that its comma and not the list's is the last
        names[-1:] = re.split(r"\s(?:and|und)\s", names[-1])
    if len(names) > 1 and len(names[-1].split()) == 2 and all(" " not in name for name in names[:-1]):  # noqa: PLR2004
        first, last = names[-1].split()
        if last.casefold() in _SHARED:  # "junior, mid or senior level"
            names[-1], end = first, end - len(last) - 1
    return Listing(names, end)


def _is_name(name: str, names: Sequence[str]) -> bool:
    if not name or len(name.split()) > _MOST_WORDS_A_NAME or not name[0].isalnum() or ":" in name:
        return False
    return not names or names[0][0].isdigit() or not name[0].isdigit()


def _covers(terms: Sequence[Span], start: int, stretch: str) -> Callable[[int, int, bool], bool]:
    """Return a test of whether a name is a term: languages are, unless the list begins with languages."""
    languages = [term for term in terms if term.key == "constraints.languages"]
    others = [term for term in terms if term.key != "constraints.languages"]
    first = len(stretch) - len(stretch.lstrip())
    begins = is_covered(languages, start + first, start + first + 1)

    def is_term(low: int, high: int, is_later: bool) -> bool:  # noqa: FBT001  two positions and a flag
        if is_covered(others, start + low, start + high):
            return True
        return is_later and not begins and is_covered(languages, start + low, start + high)

    return is_term
