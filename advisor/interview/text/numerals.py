"""Numerals in words: to a hundred in English, German, French and Spanish; in twenty languages those used in rates."""

# ruff: noqa: RUF001, SIM905  letters of other scripts; lists of words read best as words

import re
from collections.abc import Iterator
from functools import cache
from itertools import chain

# Words up to 19 and for the tens from 20, and how tens and ones are joined.
_ENGLISH = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen".split(), "twenty thirty forty fifty sixty seventy eighty ninety".split(),
    ("{1}-{0}", "{1} {0}"),
)  # fmt: skip
_GERMAN = (
    "ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn "
    "achtzehn neunzehn".split(), "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig".split(),
    ("{0}und{1}",),
)  # fmt: skip
_FRENCH = (
    "un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit "
    "dix-neuf".split(), "vingt trente quarante cinquante soixante septante quatre-vingt".split(), ("{1}-{0}",),
)  # fmt: skip
_SPANISH = (
    "uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete "
    "dieciocho diecinueve".split(), "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa".split(),
    ("{1} y {0}",),
)  # fmt: skip
_OTHERS = {
    1: "a|an|eins|eine|einer|einem|einen|une|una", 80: "quatre-vingts",
    100: "hundred|a hundred|one hundred|hundert|einhundert|cent|cien|ciento",
    1000: "thousand|a thousand|one thousand|tausend|eintausend|mille|mil",
}  # fmt: skip
_BY_SCORES = ("soixante", "quatre-vingt")


# What begins "fifth", "tenth", "twentieth" and "hundredth" elsewhere.
_NTH_OTHERS = {
    5.0: "cinquième quint vijfde piąt пят femte pát",
    10.0: "dixième décim decim tiende dziesiąt десят tionde desát",
    20.0: "vingtième vigésim ventesim twintigste dwudziest двадцат tjugonde tyvende dvacát",
    100.0: "centième centésim centesim honderdste setn сот hundrade hundrede stý",
}


def _counted() -> dict[str, float]:
    found = {word: float(number) for number, words in _OTHERS.items() for word in words.split("|")}
    for ones, tens, forms in (_ENGLISH, _GERMAN, _FRENCH, _SPANISH):
        found |= {word: float(number) for number, word in enumerate(ones, 1)}
        for number, ten in enumerate(tens, 2):
            joined = ones if ten in _BY_SCORES else ones[:9]
            found |= {form.format(one, ten): 10.0 * number + n for form in forms for n, one in enumerate(joined, 1)}
            found[ten] = 10.0 * number
    return found | {word.replace("ß", "ss"): value for word, value in found.items()}


def _ordinals() -> dict[str, float]:
    """Return ordinals such as "twentieth" and "zwanzigste" with their numbers; forms that do not exist do no harm."""
    found: dict[str, float] = {"hundertste": 100.0, "tausendste": 1000.0, "hundredth": 100.0, "thousandth": 1000.0}
    for ones, tens, one, ten in ((_ENGLISH[0], _ENGLISH[1], "th", "ieth"), (_GERMAN[0], _GERMAN[1], "te", "ste")):
        found |= {f"{word}{one}": float(number) for number, word in enumerate(ones, 1)}
        found |= {f"{word.removesuffix('y')}{ten}": 10.0 * number for number, word in enumerate(tens, 2)}
    for number, stems in _NTH_OTHERS.items():
        found |= dict.fromkeys(stems.split(), number)
    irregular = "second 2 third 3 fifth 5 eighth 8 ninth 9 twelfth 12 dritte 3 siebte 7 achte 8".split()
    return found | dict(zip(irregular[::2], map(float, irregular[1::2]), strict=True))


NUMBERS = _counted()
ORDINALS = _ordinals()

# By language, the stems of 1 to 10, 20 and 100, then of a third, a quarter, a fifth and a tenth.
_VALUES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 100, 1 / 3, 1 / 4, 1 / 5, 1 / 10)
_STEMS = tuple(
    line.split()
    for line in """
one/once/a two three four five six seven eight nine ten twenty hundred third quarter fifth tenth
ein/eins/eine/einer/einen/einem/einmal zwei drei vier fünf sechs sieben acht neun zehn zwanzig hundert drittel \
viertel fünftel zehntel
un/une deux trois quatre cinq six sept huit neuf dix vingt cent tiers quarts cinquième dixième
un/uno/una dos tres cuatro cinco seis siete ocho nueve diez veinte cien tercio cuartos quinto décimo
uno/una/un due tre quattro cinque sei sette otto nove dieci venti cento terzi quarti quinti decimi
um/uma dois/duas três quatro cinco seis sete oito nove dez vinte cem terço quartos quintos décimos
een/één twee drie vier vijf zes zeven acht negen tien twintig honderd derde kwart vijfde tiende
en/ett två tre fyra fem sex sju åtta nio tio tjugo hundra tredjedel fjärdedel femtedel tiondel
en/én/et/ét/ett to tre fire fem seks syv/sju otte/åtte ni ti tyve/tjue hundre tredjedel fjerdedel femtedel tiendedel
jeden/jedn/raz dwa/dwie/dwóch trzy/trzech czter pięć/pięciu sześ siedem/siedmiu osiem/ośmiu dziewię dziesię dwadzieś \
sto/stu trzeci czwart piąt dziesiąte
jeden/jedn dva/dvě/dvou tři/tří čtyř pět/pěti šest sedm osm devět/devíti deset/deseti dvacet sto/sta třetin čtvrtin \
pětin desetin
один/одна/одно/одной/одного/раз два/две/двух три/трёх/трех четыр пять/пяти шест семь/семи восем/восьм девят десят \
двадцат сто/ста трет четверт пятых десятых
один/одна/одно/однієї/одного/раз два/дві/двох три/трьох чотир п'ят/п'ять шіст сім/семи вісім/восьми дев'ят/дев'ять \
десят двадцят сто/ста трет чверт п'ятих десятих
bir iki üç dört/dörd beş altı yedi sekiz dokuz on yirmi yüz - - - -
yksi/yhde kaksi/kahde kolme neljä viisi/viide kuusi/kuude seitsemä kahdeksa yhdeksä kymmene kahdenkymmene sata/sada \
kolmasos neljäsos viidesos kymmenesos
egy kettő/két három/hár négy öt hat hét nyolc kilenc tíz/tízb húsz száz harmad negyed ötöd tized
un/una doi/două trei patru cinci șase șapte opt nouă zece douăzeci sută treimi sferturi cincimi zecimi
satu dua tiga empat lima enam tujuh delapan sembilan sepuluh puluh seratus pertiga perempat perlima persepuluh
ένα/ένας/μία δύο τρία/τρεις τέσσερ πέντε έξι επτά/εφτά οκτώ/οχτώ εννέα/εννιά δέκα είκοσι εκατό τρίτα τέταρτα \
πέμπτα δέκατα
واحد اثنان/اثنين/اثنتين ثلاث أربع خمس ست سبع ثمان تسع عشر عشرين/عشرون مئة/مائة ثلثي/ثلثا ربع أخماس أعشار
אחד/אחת שני/שתי/שניים/שתיים שלוש ארבע חמש שש שבע שמונה תשע עשר עשרים מאה שליש רבע חמישי עשירי
một hai ba bốn năm sáu bảy tám chín mười - trăm - - - -
""".strip().splitlines()
)
# Two numbers form a fraction by a word between them, other than "or", or by an ending.
_OR = re.compile(
    r"\W(?:or|and|oder|und|ou|et|o|y|e|lub|albo|i|nebo|или|и|або|і|ja|tai|eller|och|og|vagy|és|sau|și|atau|dan|ή|και|bis"
    r"|to|à|ve|veya)\W|[.,;:!?()–—]", re.IGNORECASE,
)  # fmt: skip
_FROM = re.compile(r"(?:[td][ea]n?|st[aä]|b?[őó]l)\b", re.IGNORECASE)
_SHORT = 3
_WHOLES = frozenset({3, 4, 5, 10, 20, 50, 100, 200, 1000})
# Scripts without blanks between words: numerals, and what is written between a whole and its part.
_KOREAN = "하나 둘 셋 넷 다섯 여섯 일곱 여덟 아홉 열".split()
SIGNS = {sign: number for number, sign in enumerate("一二三四五六七八九十", 1)} | {"两": 2, "兩": 2, "百": 100}
SIGNS |= {sign: number for number, sign in enumerate(_KOREAN, 1)}
_HINDI = "एक दो तीन चार पाँच छह सात आठ नौ दस".split()
SIGNS |= {sign: number for number, sign in enumerate(_HINDI, 1)} | {"पांच": 5, "बीस": 20, "सौ": 100}
SIGNS |= {"한": 1, "두": 2, "세": 3, "네": 4, "스무": 20, "스물": 20, "백": 100, "二十": 20, "一百": 100}
_SIGN = rf"(?:(?<!\d)\d{{1,3}}(?!\d)|{'|'.join(sorted(SIGNS, key=len, reverse=True))})"
_UNSPACED = re.compile(
    rf"({_SIGN})\s?(?:\w{{1,2}}\s?)?(?:中的?|里|裡|중에?|分之|分の|분의|のうち|に|में से)\s?\w{{0,4}}?({_SIGN})"
)


@cache
def _counts() -> tuple[tuple[re.Pattern[str], dict[str, float]], ...]:
    """Return the pattern of two nearby numbers per language, and its stems with their values."""
    found = []
    for language in _STEMS:
        said = zip(language, _VALUES, strict=True)
        stems = {stem: value for stemmed, value in said for stem in stemmed.split("/")}
        ended = "|".join(sorted(stems, key=len, reverse=True))
        # English words end in an s at most, and words of two letters are whole; of Latin letters three are whole as
        # well: "star" is not Czech "sta", a hundred.
        endings = (
            "s?" if language is _STEMS[0] else r"(?:(?:(?<=[^\W\d_]{4})|(?<=[^\W\d_]{2}[^\W\d_a-z]))[^\W\d_]{1,4})?"
        )
        word = rf"\b({ended}|\d{{1,3}})({endings})\b"
        found.append((re.compile(rf"{word}(\W{{1,2}}(?:[^\W\d_]+\W){{0,3}}?){word}", re.IGNORECASE), stems))
    return tuple(found)


@cache
def small_numbers() -> dict[str, float]:
    """Return the whole numbers as words and stems of all languages, folded; a word of two languages has one value."""
    said = (zip(language, _VALUES, strict=True) for language in _STEMS)
    stems = {stem: value for each in said for stemmed, value in each if value >= 1 for stem in stemmed.split("/")}
    return stems | NUMBERS


def _overlapping(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Yield the matches from every word on: in "treffer åtte av ti" the first word begins with "tre", three."""
    at = pattern.search(text)
    while at is not None:
        yield at
        at = pattern.search(text, at.end(2))


def counted(text: str) -> Iterator[tuple[float, int, int]]:
    """Yield shares in words of one language, "quattro su cinque" or "beşte dört", with their places."""
    text = text.replace("\u2019", "'").replace("\u02bc", "'")  # apostrophes within words
    for pattern, stems in _counts():
        for at in _overlapping(pattern, text):
            said = [each.lower() for each in (at[1], at[4])]
            digits = [each for each in said if each.isdecimal()]
            if len(digits) == len(said) or (digits and min(map(len, {*said} - {*digits})) < _SHORT):
                continue  # numbers in digits are read elsewhere; "100 MB to download"
            one, other = (float(each) if each.isdecimal() else stems.get(each, 0) for each in said)
            if 0 < other < 1 <= one:
                share = one * other
            else:
                part, whole = sorted((one, other))
                ending = at[2] if whole == one else at[5]
                is_of = at[3].strip() or _FROM.fullmatch(ending)
                is_plausible = 2 * part >= whole or 10 * part <= whole  # "one in ten wrong"
                share = part / whole if is_of and is_plausible and whole in _WHOLES else 0
            if 0 < share < 1 and not _OR.search(at[3]):
                yield share, *at.span()
    for at in _UNSPACED.finditer(text):
        part, whole = sorted(float(SIGNS.get(sign) or sign) for sign in at.groups())
        if 0 < part < whole and (2 * part >= whole or 10 * part <= whole):
            yield part / whole, *at.span()


def alternatives(words: dict[str, float]) -> str:
    """Return a pattern of the words, longest first, with blanks of any length."""
    ordered = sorted(chain(words), key=len, reverse=True)
    return "|".join(word.replace(" ", r"\s+") for word in ordered)
