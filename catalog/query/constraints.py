"""Constraints stated in a task in plain words, each with the words it was read from.

A number is a limit only if its unit and context say so: "under 500M" is one, "2 million reviews" and "7B or more" are
not. A negated term ("no GPL") is not a wish for it. Lengths are in tokens; pages and words are converted at 500 words a
page and three quarters of a word a token, the rules of thumb for English prose.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from catalog.languages import NAMES, by_name
from catalog.query.filters import ANY_LICENSE, PERMISSIVE_LICENSES

Kind = Literal[
    "language", "license", "max_parameters", "max_bytes", "max_memory", "format", "context", "device", "not_gated"
]

_BYTES: Final = {"kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_COUNTS: Final = {
    "k": 10**3, "m": 10**6, "mio": 10**6, "million": 10**6, "b": 10**9, "bn": 10**9, "billion": 10**9,
}  # fmt: skip
_CALLED: Final = 1.1
TOKENS_PER_PAGE: Final = 667
_TOKENS_PER_WORD: Final = 4 / 3
# Tokens that any model reads; a length in words up to this is no constraint.
_SHORT: Final = 512
_NUMBER: Final = r"(?<![\w.,])(\d{1,12}(?:[.,]\d{1,6})*)"
_AT_MOST: Final = (
    r"(?:under|below|less than|fewer than|at most|up to|max(?:imum)?(?: of)?:?|no (?:more|larger|bigger) than"
    r"|not (?:more|larger|bigger) than|nothing (?:over|above|(?:more|larger|bigger) than)"
    r"|smaller than|within|<=?|≤|fits? into|fits? in|limit(?:ed)? (?:of|to))"
)
_AT_LEAST: Final = re.compile(
    r"(?:at least|more than|over|above|larger than|bigger than|minimum(?: of)?|min|>=?|≥)\s*$"
)
# "It must not take more than 300 MB": no minimum.
_NEGATED: Final = re.compile(r"(?:\b(?:not|no|never|cannot|nothing|none)|n['\u2019]t)(?: [^\s,.;:]+){0,3} ?$")
_OR_MORE: Final = re.compile(r"\s*(?:parameters\s*)?(?:\+|or (?:more|larger|bigger|above)|and (?:up|above|larger))")
_OR_LESS: Final = re.compile(r"\s*(?:at most|max|tops|or (?:less|fewer|smaller|below)|and (?:less|below|smaller|down))")
_PARAMETERS: Final = re.compile(
    rf"(?P<most>{_AT_MOST}\s*)?{_NUMBER}(?P<apart>[\s-]*)(?P<unit>k|m|mio|million|b|bn|billion)\b"
    r"(?P<said>[\s-]*(?:param\w*|weights))?"
)
# Nouns counted in thousands and millions that are not a model's weights.
_COUNTED: Final = re.compile(
    r"\s+(?!(?:or|and|with|on|for|that|which|in|to|at|is|as|max\w*|if|but|so|please|apache|mit|gguf|onnx|instruct|chat|"
    r"models?|llms?|lms?|class|size|sized|version|range|using|from|under|permissive\w*|commercial\w*|cpu|gpu|running|"
    r"fits?|not|no|of|licen\w+|open|quant\w*|base|vlms?|encoder\w*|embed\w+|can|will|via)\b)[a-z]"
)
_SIZE: Final = re.compile(
    rf"(?:{_AT_MOST}\s*)?{_NUMBER}[\s-]*(kib|mib|gib|kb|mb|gb|tb)\b"
    r"(?:\s*(?:of\s+)?(?:graphics |video )?(v?ram|memory|gpu))?"
)
_MEMORY: Final = re.compile(
    r"\b(?:v?ram|memory|gpus?|cards?|laptops?|machines?|macbooks?|macs?|pis?|phones?|servers?|box|pcs?|desktops?|"
    r"computers?|devices?|rtx|geforce|notebooks?)\b"
)
# Memory of a place named without a size: about half of a phone's, all that 32-bit WebAssembly can address, that of
# the usual boards.
_PLACES: Final = (
    (re.compile(r"\bpi zero\b"), 512 * 10**6),
    (re.compile(r"\b(?:on|for) (?:(?:an?|the|my|our) )?(?:(?:raspberry|tiny) pi\b|pi [2-5]\b)"), 8 * 10**9),
    (
        re.compile(
            r"\bin (?:the|an?|my|our) (?:web )?browser\b"
            r"|(?<!crash)(?<!bugs)(?<!errors)(?<!problems) in browser(?!,? \w+s\b)"
        ),
        4 * 10**9,
    ),
    (
        re.compile(
            r"\b(?:on|for|inside) (?:(?:an?|my|any|our|old|cheap|mid-range|users'|android) )+(?:smart)?phones?\b"
            r"(?! (?:call|number|line|photo))|\bruns? on (?:the )?phones?\b"
            r"|\b(?:on|for) (?:(?:an?|the|my|our) )?(?:mobile (?:phones?|devices?)|phones|iphones?|android)\b"
            r"(?! (?:reviews?|users?|photos?|owners?|cases?|prices?)\b)"
            # Without an article, as in other languages; "into" is their "on", too.
            r"|\b(?:should|must|runs?|works?|running|working) (?:on|into) phone(?= *(?:\W|$))(?! \w)|\bphone on run\b"
        ),
        4 * 10**9,
    ),
)
# "Messages on our phones are spam": where the inputs are, not where the model runs.
_IS_OF_SUBJECT: Final = re.compile(r" (?:is|are|was|were|ha[sv]e|contains?|shows?|looks?|means?|belongs?)\b")
# "Questions about laptops with 8 GB": what the texts are about.
_IS_ABOUT: Final = re.compile(
    r"\b(?:about|regarding|concerning|(?:reviews?|descriptions?|photos?|pictures?|ads?|offers?) (?:of|for)) "
    r"(?:(?!(?:on|in|into|using|runs?|must|fits?|by)\b)[^\s,.;:]+ ){0,5}?"
    r"(?:(?:smart)?phones?|(?:lap|desk)tops?|tablets?|computers?|notebooks?|pcs?|mac(?:book)?s?|cards?"
    r"|drives?|sticks?|devices?|servers?|machines?|consoles?|cameras?|gpus?) (?:with|of|that have|having) $"
)
_DOWNLOADED: Final = re.compile(r"[\s-]*(?:to )?downloads?\b")
_CONTEXT: Final = re.compile(
    rf"{_NUMBER}\s*(k|m)?\+?[ -]*(?:tokens?|context|ctx)\b(?!\s*(?:per\b|/|a second|each second|budget))"
    r"|(?:context|ctx)(?: (?:length|window|size))?(?: (?:of|is|at least|over|from|must be|>=?|≥))*:? *"
    rf"{_NUMBER}\s*(k|m)?\b"
)
_RATE: Final = re.compile(r"\s*(?:/|per )\s*s")
_SPELT: Final = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12,
    "fifteen": 15, "twenty": 20, "thirty": 30,
}  # fmt: skip
_MOST_PAGES: Final = 1_000
_COUNT: Final = rf"(?:{_NUMBER}|\b({'|'.join(_SPELT)}))"
_PAGES: Final = re.compile(
    rf"{_COUNT}[- ]page\b"
    rf"|(?:\b(?:of|with|over|to|is|are|ha[sv]e?)|\d ?[-–]|\() ?(?:about |around |some |up to |over )?{_COUNT} pages\b"
    rf"|{_COUNT} pages (?:long|each|apiece)"
)
_WORDS: Final = re.compile(
    rf"{_NUMBER}(k)?[- ]word\b(?! (?:summar|abstract|answer|limit))"
    r"|(?<!summary )(?<!summaries )(?<!abstract )(?:of|with) (?:about |around |some |up to |over )?"
    rf"{_NUMBER}(k)? words\b"
    rf"|{_NUMBER}(k)? words (?:long|each|apiece)"
)
_NOT: Final = re.compile(r"\b(?:no|not|non|without|except|excluding|never|avoid|nor|other than|isn't)[\s-]+(?:in\s+)?$")
_NOT_AFTER: Final = re.compile(
    r"\s*(?:is |are )?(?:not|n't) (?:allowed|ok|acceptable|possible|permitted|wanted|needed|required)"
)

_Table = tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]
_LICENSES: Final[_Table] = (
    (re.compile(r"\bapache(?:[- ]?2(?:\.0)?)?(?:[- ]licen[cs]ed?)?\b"), ("apache-2.0",)),
    (
        re.compile(
            r"\bmit[- ]licen[cs]ed?\b|\b(?:licen[cs]ed?:?|under|must be|only|or) mit\b|\bmit (?:only|or apache)\b"
        ),
        ("mit",),
    ),
    (re.compile(r"\bbsd\b"), ("bsd", "bsd-2-clause", "bsd-3-clause")),
    (re.compile(r"\bcc[- ]by[- ]4(?:\.0)?\b"), ("cc-by-4.0",)),
    (re.compile(r"\bcc[- ]by[- ]sa\b(?:[- ]4(?:\.0)?)?"), ("cc-by-sa-3.0", "cc-by-sa-4.0")),
    (re.compile(r"\b(?:cc0|public domain)\b"), ("cc0-1.0",)),
    (re.compile(r"\bagpl(?:v3|[- ]3(?:\.0)?)?\b"), ("agpl-3.0",)),
    (re.compile(r"\bgpl(?:v3|[- ]3(?:\.0)?)?\b"), ("gpl", "gpl-3.0")),
)
_FINE: Final = (
    r"(?:is|are|will be|would be|will) (?:also )?(?:fine|ok(?:ay)?|good|do|enough|allowed|welcome|acceptable)"
)
# Said of the models, as a clause of its own: texts and labels may be about licences and research, too.
_CLAUSE, _ENDS = r"(?:^|(?<=[,;:.(] ))(?:only )?(?:for )?(?:purely )?", r"(?= *(?:$|[,;:.)!]))"
_NO_LIMIT: Final = re.compile(
    rf"\bany licen[cs]e (?:{_FINE}|does|goes|works)\b(?!,? (?:except|but|unless|apart|other than|as long))"
    r"|\blicen[cs]es? (?:do(?:es)?|is|are)(?:n't| not) (?:matter|important|an issue|a problem)\b"
    rf"|{_CLAUSE}(?:research|academic|non-?commercial)(?:[- ]only)?(?: use)?(?: licen[cs]e[sd]?| models?)? {_FINE}"
    rf"{_ENDS}"
    rf"|{_CLAUSE}(?:non-?commercial|research|academic|private|personal) use only{_ENDS}"
    rf"|{_CLAUSE}(?:non-?commercial|academic|research) (?:use|purposes?)(?: only)?{_ENDS}"
    rf"|\bfor (?:my|our) (?:(?:academic|research|non-?commercial) project|(?:\w+ )?thesis){_ENDS}"
)
_PERMISSIVE: Final = re.compile(
    r"\bcommercial(?:ly)?[- ](?:use|usage|licen[cs]e|friendly|us[ae]ble|purposes?|ok|allowed|products?|projects?"
    r"|apps?|compan(?:y|ies)|business(?:es)?|vendors?)\b(?: (?:ok|allowed|permitted))?"
    r"|\bcommercially\b|\bfor commercial\b"
    r"|\bpermissive(?:ly)?(?:[- ]licen[cs]ed?)?\b"
    r"|\b(?:open[- ]source|free|liberal|business[- ]friendly) licen[cs]e\b"
    r"|\b(?:may|can|could|to) be (?:re)?sold (?:as|in|with)\b|\b(?:may|can) (?:then )?(?:re)?(?:sell|ship)\b"
    r"|\b(?:we|i|then) (?:will )?(?:re)?sell (?:it|them|the (?:\w+ )?(?:results?|app|product|software|service))\b"
    r"|\b(?:sold|ships?) (?:as|in|with) (?:an?|our) (?:\w+ )?(?:product|service|app|game|device)\b"
    r"|\b(?:paid|paying|commercial) (?:\w+ )?(?:products?|services?|apps?|software|customers|gadgets?|devices?"
    r"|platforms?|tools?|subscriptions?|offers?|games?)\b"
    r"|\b(?:results?|outputs?|it|app|software|service|model|texts?|translations?) (?:is|are|gets?) (?:re)?sold\b"
    r"|\b(?:for|inside|into|in|part of) (?:(?:an?|the|our) )?(?:\w+ )?(?:product|service|app|software|game|device|tool)"
    r" (?:(?:that|which) )?(?:we|i) (?:(?:will|want|plan|are|going|also|to) ){0,3}(?:sell|charge for)\b"
    r"|\bfor business use\b"
    r"|\b(?:for|inside|into|part of) (?:(?:an?|our|my|the) )?(?:(?:closed[- ]source|proprietary) (?:product|service|app"
    r"|software|game|device|tool)|saas)\b"
    r"|\b(?:no|without|nothing) (?:research[- ]only|non-?commercial)(?: (?:licen[cs]es?|stuff|models?|use|terms?))?\b"
    r"|\b(?:allowed|usable|free to use|free|licen[cs]e (?:we|i) (?:may|can) use) (?:in|for|by|inside) (?:an? |our )?"
    r"(?:business|compan(?:y|ies)|firm|products?)\b"
    r"|\blicen[cs]e (?:(?:has|have|needs?) to |must |should )?(?:allow|permit)s? "
    r"(?:that|it|this|us|selling|sales?|resale)\b"
    r"|\bnothing that(?: i|.)s (?:for )?(?:research|non-?commercial)(?: use)? only\b"
)
_FORMATS: Final[_Table] = (
    (re.compile(r"\bgguf\b|\bllama[. -]?cpp\b|\bollama\b|\blm ?studio\b"), ("gguf",)),
    (re.compile(r"\bonnx(?:runtime)?\b|\btransformers\.js\b"), ("onnx",)),
    (re.compile(r"\bsafe-?tensors?\b"), ("safetensors",)),
    (re.compile(r"\bopenvino\b"), ("openvino",)),
    (re.compile(r"\bctranslate2\b|\bct2\b|\bfaster[- ]whisper\b"), ("ctranslate2",)),
    (re.compile(r"\bmlx\b"), ("mlx",)),
)
_DEVICES: Final[_Table] = (
    (
        re.compile(
            r"\bcpus?\b|\b(?:no|without(?: an?)?|lacks an?|have no"
            r"|don't have an?) (?:nvidia )?gpus?\b"
            r"|\braspberry pi\b"
        ),
        ("cpu",),
    ),
    (
        re.compile(
            r"\bon (?:an? |my |the |one |our )?(?:single )?(?:nvidia |\d+ ?gb )?gpus?\b|\bcuda\b"
            r"|\bnvidia (?:gpus?|cards?|t4|l4|a10|a100|h100)\b"
            r"|\b(?:rtx|geforce|gtx|tesla)\b(?: ?\w?\d+\w*)?|\b(?:a100|h100|a10g)\b"
            r"|\bgpus? with \d|\b\d+ ?gb (?:nvidia )?gpus?\b|\bgpu only\b|\bwith (?:a )?gpu\b"
        ),
        ("gpu",),
    ),
    (
        re.compile(r"\bapple silicon\b|\bmacbook\b|\bmac (?:mini|studio)\b|\bmps\b|\bm[1-5] (?:mac|max|pro|ultra)\b"),
        ("mps",),
    ),
)
_OPEN: Final = re.compile(
    r"\b(?:not|un|non|no)[- ]?gat\w+|\b(?:no|without) (?:sign[- ]?up|login|registration|token|access request"
    r"|hub account|account|gate)\b|\bno need to (?:sign up|register|log in)\b"
)
_STATED: "Final[dict[Kind, _Table]]" = {"format": _FORMATS, "device": _DEVICES}
_MIT: Final = re.compile(r"\bMIT\b(?! (?:researchers?|students?|professors?|courses?|lectures?|press|news))")
_ARROW: Final = re.compile(r"\b([A-Za-z]{2})\s*(?:->|→|=>|➔)\s*([A-Za-z]{2})\b|\b([A-Z]{2})\s*[-/–]\s*([A-Z]{2})\b")
# Two of these codes, joined by a hyphen or a slash, are departments or subjects unless the text is translated.
_ALSO_DEPARTMENTS: Final = frozenset({"hr", "id", "is", "it", "ml", "ms"})
# Comparisons with another model: "as accurate as the English one".
_COMPARED: Final = re.compile(r" (?:one|ones|version)\b")
# "Not only English": others, too, whichever they are.
NOT_ONLY: Final = (
    r"(?:\b(?:not|n['\u2019]t) (?:only|just|solely)|\b(?:more than|beyond|besides)(?: just)?)(?: in| for)?"
)
_NOT_ONLY: Final = re.compile(rf"{NOT_ONLY} $", re.IGNORECASE)
# Names of languages that are usually other words in lower case, unless they are behind these.
_ALSO_WORDS: Final = frozenset({"polish", "latin", "lao", "thai"})
_BEHIND: Final = re.compile(r"\b(?:in|into|to|from|of|across|over|between|for|on)\s$")


@dataclass(frozen=True, slots=True)
class Constraint:
    """One constraint stated in the text."""

    kind: Kind  # What it limits.
    value: str | int  # A language code, a licence id, a format, a device; or a number of parameters, bytes or tokens.
    words: str  # The words it was read from, verbatim.

    @property
    def is_place(self) -> bool:
        """Whether it is the memory of a named place, which also says something about the use."""
        return self.kind == "max_memory" and not any(character.isdigit() for character in self.words)


@dataclass(frozen=True, slots=True)
class _Found:
    kind: Kind
    value: str | int
    start: int
    end: int


def constraints(shown: str) -> tuple[Constraint, ...]:
    """Constraints in the order of the text; any text is safe."""
    # Same length as the text, so that offsets are valid in both.
    plain = "".join(c.lower() if len(c.lower()) == 1 else c for c in shown)
    spoken, lengths = list(_languages(shown)), list(_lengths(plain))
    sizes = list(_sizes(plain)) or list(_of_place(plain))
    taken = [(f.start, f.end) for f in (*lengths, *sizes)]
    opened = [_Found("not_gated", "yes", *at.span()) for at in _OPEN.finditer(plain)][:1]
    found = [
        *(() if _is_not_all(shown, spoken) else spoken),
        *_stated(plain),
        *_licenses(shown, plain),
        *opened,
        *lengths,
        *sizes,
        *_parameters(plain, taken),
    ]
    found.sort(key=lambda f: f.start)
    return tuple(dict.fromkeys(Constraint(f.kind, f.value, shown[f.start : f.end].strip()) for f in found))


def is_by_length(constraint: Constraint) -> bool:
    """Whether it is a length stated in pages or words."""
    return constraint.kind == "context" and re.search(r"page|word", constraint.words, re.IGNORECASE) is not None


def _languages(shown: str) -> Iterator[_Found]:
    for word in re.finditer(r"[^\W\d_]+", shown):
        code = by_name(word[0])
        if code is None or _NOT.search(shown[: word.start()].lower()) or _COMPARED.match(shown, word.end()):
            continue
        is_word = word[0] in _ALSO_WORDS and not _BEHIND.search(shown[: word.start()])
        if not is_word:
            yield _Found("language", code, word.start(), word.end())
    for pair in _ARROW.finditer(shown):
        codes = [by_name(name) or name.lower() for name in pair.groups() if name]
        if pair[3] and _ALSO_DEPARTMENTS.issuperset(codes) and "translat" not in shown.lower():
            continue
        if NAMES.keys() >= {*codes} and not _NOT_AFTER.match(shown, pair.end()):
            yield from (_Found("language", code, *pair.span()) for code in codes)


def _is_not_all(shown: str, spoken: Collection[_Found]) -> bool:
    return {each.value for each in spoken} == {"en"} and any(_NOT_ONLY.search(shown[: each.start]) for each in spoken)


def _stated(plain: str) -> Iterator[_Found]:
    for kind, table in _STATED.items():
        for pattern, values in table:
            at = next(filter(lambda found: _is_wished(plain, found), pattern.finditer(plain)), None)
            if at is not None:
                yield from (_Found(kind, value, *at.span()) for value in values)


def _licenses(shown: str, plain: str) -> Iterator[_Found]:
    """Licences named; a wish that many licences meet counts only if none is named."""
    named = [(at, values) for pattern, values in _LICENSES for at in pattern.finditer(plain) if _is_wished(plain, at)]
    if not shown.isupper():
        named += [(at, ("mit",)) for at in _MIT.finditer(shown) if _is_wished(plain, at)]
    for pattern, values in ((_PERMISSIVE, tuple(sorted(PERMISSIVE_LICENSES))), (_NO_LIMIT, (ANY_LICENSE,))):
        named = named or [(at, values) for at in pattern.finditer(plain) if _is_wished(plain, at)]
    said: set[str] = set()
    for at, values in named:
        yield from (_Found("license", value, *at.span()) for value in values if value not in said)
        said.update(values)


def _is_wished(plain: str, at: re.Match[str]) -> bool:
    return not _NOT.search(plain[: at.start()]) and not _NOT_AFTER.match(plain, at.end())


def _lengths(plain: str) -> Iterator[_Found]:
    """Tokens of the longest input."""
    for at in _CONTEXT.finditer(plain):
        number, unit = (at[1], at[2]) if at[1] else (at[3], at[4])
        if not _RATE.match(plain, at.end()):
            yield _Found("context", round(_number(number) * _COUNTS.get(unit or "", 1)), *at.span())
    for at in _PAGES.finditer(plain):
        said = next(filter(None, at.groups()))
        pages = _SPELT.get(said) or _number(said)
        if 1 < pages <= _MOST_PAGES:  # more are those of all texts
            yield _Found("context", round(pages * TOKENS_PER_PAGE), *at.span())
    for at in _WORDS.finditer(plain):
        number, thousand = next((at[i], at[i + 1]) for i in (1, 3, 5) if at[i])
        tokens = round(_number(number) * (1_000 if thousand else 1) * _TOKENS_PER_WORD)
        if tokens > _SHORT:
            yield _Found("context", tokens, *at.span())


def _sizes(plain: str) -> Iterator[_Found]:
    """Bytes of download or memory."""
    for at in _SIZE.finditer(plain):
        if _IS_ABOUT.search(plain[: at.start()]):
            continue
        around = plain[max(0, at.start() - 12) : at.end() + 14]
        if _MEMORY.search(around) and not _DOWNLOADED.match(plain, at.end()):
            yield _Found("max_memory", round(_number(at[1]) * _BYTES[at[2]]), *at.span())
        elif not _limits_nothing(plain, at):
            yield _Found("max_bytes", round(_number(at[1]) * _BYTES[at[2]]), *at.span())


def _of_place(plain: str) -> Iterator[_Found]:
    """Memory of the place where the model is to run."""
    for pattern, size in _PLACES:
        at = pattern.search(plain)
        if at is not None and _is_wished(plain, at) and not _IS_OF_SUBJECT.match(plain, at.end()):
            yield _Found("max_memory", size, *at.span())
            return


def _parameters(plain: str, taken: Collection[tuple[int, int]]) -> Iterator[_Found]:
    for at in _PARAMETERS.finditer(plain):
        if any(start < at.end() and at.start() < end for start, end in taken) or _limits_nothing(plain, at):
            continue
        if at["said"] is None:
            is_word = len(at["unit"]) > 1 or at["unit"] == "k"
            if _COUNTED.match(plain, at.end()) or (is_word and not at["most"]):
                continue
        # A size without a unit word is a model's nominal size: "7B" models have 7.6 billion.
        is_stated = at["most"] or at["said"] or _OR_LESS.match(plain, at.end())
        about = 1.0 if is_stated else _CALLED
        yield _Found("max_parameters", round(about * _number(at[2]) * _COUNTS[at["unit"]]), *at.span())


def _limits_nothing(plain: str, at: re.Match[str]) -> bool:
    """Whether the number is a minimum, or money."""
    before = plain[max(0, at.start() - 60) : at.start()]
    least = _AT_LEAST.search(before)
    is_minimum = least is not None and not _NEGATED.search(before, 0, least.start())
    return bool(is_minimum or _OR_MORE.match(plain, at.end()) or before.endswith(("$", "€", "£")))


def _number(text: str) -> float:
    """A number with a decimal point or comma, or with commas between thousands."""
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+", text):
        return float(text.replace(",", ""))
    whole, *parts = re.split(r"[.,]", text)
    return float(f"{whole}.{parts[0]}" if parts else whole)
