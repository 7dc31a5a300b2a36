"""From free text to facts: what the user's first words say of the task, each with the words it was read from.

The catalog reads the family, languages, licences, sizes and devices; this package the rest. Nothing is guessed: what
the words do not say is no fact, and every fact can be corrected.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from advisor.errors import one_line
from advisor.families import family
from advisor.interview.facts import Fact, Notice, Source
from advisor.interview.text import vocabulary as say
from advisor.interview.text.demands import rates
from advisor.interview.text.instruct import LANGUAGES, ROWS, instruction
from advisor.interview.text.label_bars import said_so
from advisor.interview.text.label_lists import labels, perceived
from advisor.interview.text.numerals import apart, numbers
from advisor.interview.text.rates import FIRST, level
from advisor.interview.text.spans import Span, is_covered
from advisor.interview.text.task_kinds import kinds, sureness
from advisor.interview.text.terms import terms
from advisor.interview.text.translation_direction import direction, is_translated
from advisor.system.source import quoted
from advisor.units import percent
from catalog.query.gloss import Gloss, gloss, in_english

if TYPE_CHECKING:
    from catalog import Catalog
    from catalog.query.understand import Understood

__all__ = ["Reading", "families", "from_words", "read"]

LISTED = {"language": "constraints.languages", "license": "constraints.license", "format": "format"}
SINGLE = {"max_parameters": "constraints.max_parameters", "max_memory": "constraints.max_memory", "device": "device"}
_DOWNLOAD = re.compile(r"\bdown ?load|\bherunterlad|\bfetch", re.IGNORECASE)
_NEAR = 30
_SEVERAL = re.compile(
    r"\bmulti-?label\b|\ball (?:labels |tags |topics )?that appl(?:y|ies)\b|\bone or more (?:labels|tags|topics"
    r"|categories)\b"
    r"|\bseveral (?:labels|tags|topics|categories|codes) (?:(?:to|for) )?(?:each|every|per)\b"
    r"|\bmultiple (?:labels|tags|topics)\b",
    re.IGNORECASE,
)
# Top-k accuracy is measured for these k.
_IN_ORDER = frozenset({"text-retrieval", "text-ranking"})
_IN_FIRST = re.compile(rf"(?:\b(?:top|{FIRST})[ -]?|上位\s?|前\s?(?=$))$", re.IGNORECASE)
_OF_FIRST = re.compile(rf" (?:{FIRST})\b", re.IGNORECASE)
# "Among those three", "entre las tres".
_AMONG = re.compile(
    r"\b(?:among|amongst|one of|unter|parmi|dans|entre|fra|tra|bij|onder|wśród|bland)\s+"
    r"(?:the|those|these|den|diesen|les|ces|las|los|estas|estos|le|i|quelle|quei|questi|as|os|die|deze|de)\s+$",
    re.IGNORECASE,
)
_PLACES = (3, 5, 10)
# Words of an answer: "at most 6 words", "en 20 palabras", "sechs Wörter oder weniger".
_IN = re.compile(r"\b(?:in|en|em|w|в|på|dalam)\s+$", re.IGNORECASE)
_OF_WORDS = re.compile(rf"[\s-]+(?:{say.said('words')})(?P<less>\s*\W?(?:{say.said('or_less')}))?", re.IGNORECASE)
_MARKUP = re.compile(r"\b(?:x?html|markup|hyperlinks?|(?:html|closing|opening) tags?)\b", re.IGNORECASE)
# A summary that the texts have is none to be written: "from its title and abstract".
_GIVEN = re.compile(
    r"\b(?:from|based on|given|using|d.après|à partir|selon|aus|anhand|nach|según|a partir|desde|secondo|in base"
    r"|dal|dai|uit|op basis van|na podstawie|por|com base) (?:(?:a|al|its|their|the|de|du|des|le|la|les|l|son|sa|leurs?"
    r"|von|der|dem|den|seine[mrs]?|ihre[mrs]?|del|su|sus|el|il|lo|suo|do|da|o|seu|het|een|en|et|und|y|e|and|i|oraz|or"
    r"|titles?|titre|titels?|título|titolo|tytułu|subject|body|text|texte|name|nom)(?:[ ,']|\u2019)+)*"
    r"(?:summar(?:y|ies)|abstracts?|résumés?|zusammenfassung(?:en)?|resumen|resumo|riassunto|samenvatting"
    r"|streszczenia)\b",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[.;!?]\s|[\n\N{IDEOGRAPHIC FULL STOP}]")
_SIDE_BY_SIDE = re.compile(r"\s*(?:,|/|&|\band\b|\bor\b|\bund\b|\boder\b)\s*", re.IGNORECASE)
_SURELY = 0.6
# From this share on a family stays although labels are listed whose last is the rest.
_SURELY_NO_SORTING = 0.9
# A lower rate that is not about the answers is likely a rate of something else: the usual bar applies.
_LEAST_BAR = 0.5
_HALF = 0.5
_CLASSIFIES = "text-classification"
_OF_SENSES = frozenset({"image-classification", "audio-classification"})
_FIELDS = "json-extraction"
_EXTRACT = frozenset({_FIELDS, "token-classification"})
# Kinds of the Hub whose models read what a picture shows.
OFF_PICTURES = frozenset({"image-to-text", "image-text-to-text", "document-question-answering"})
# Inputs that are pictures, and not the text read off them.
_OF_PICTURES = re.compile(
    r"\b(?:scans?|scanned|photos?|photograph(?:s|ed)?|pictures?|images?|screenshots?)\b", re.IGNORECASE
)
# Pictures that are searched, "photos in our archive that fit a sentence", rather than sorted by labels of any kind.
_PICTURES_BY_WORDS = "zero-shot-image-classification"
_SEARCHED = re.compile(
    r"\b(?:search|find|retriev|look)\w*\b.{0,60}\b(?:photos?|photographs?|pictures?|images?|screenshots?)\b"
    r".{0,60}\b(?:texts?|words?|sentences?|descriptions?|captions?|quer(?:y|ies)|typed?|phrases?)\b",
    re.IGNORECASE,
)
# "Users type 'green armchair' and we show the matching photographs."
_TYPED_FOR = re.compile(
    r"\b(?:types?|typed|typing|enters?)\b.{0,80}\b(?:show|find|get|return|bring)s?\b.{0,30}"
    r"\b(?:photos?|photographs?|pictures?|images?)\b"
    r"|\b(?:photos?|photographs?|pictures?|images?)\b.{0,80}\b(?:type|typing|enter)\b(?:.{0,80}"
    r"\b(?:show|find|get|return|bring)s?\b|\s+(?:in\s+)?['\"\u2018\u201c])",
    re.IGNORECASE,
)
# What the Hub calls otherwise.
_CALLED = {
    _PICTURES_BY_WORDS: "picture search by words",
    "voice-activity-detection": "finding who speaks when",
    "image-text-to-text": "reading pictures",
}
_READ = re.compile(r"\bocr|\b(?:text|texts|transcripts?|words) (?:of|from|out of|in)\b", re.IGNORECASE)


def from_words(text: str, catalog: Catalog) -> tuple[Fact, ...]:
    """Return the facts in the words, in the order of the text; `Fact.words` is a verbatim part of it.

    Besides keys of a task file: "words" (the text itself), "in_house" (whether inputs must
    stay on the user's own machines), "download" (bytes at most), "device" ("cpu", "gpu" or
    "mps"), "context" (tokens of the longest input), "format" (of weights, a list).
    """
    if not text.strip():
        return ()
    reading = read(text, catalog)
    named = reading.family
    spans = [*reading.terms, *([reading.instruction] if reading.instruction else []), *of_markup(text)]
    facts = [Fact("words", text, Source.WORDS, text)]
    if named is not None:
        spans += _by_family(text, named, reading.labels)
        facts.append(Fact("family", named, Source.WORDS, _evidence(text, reading)))
    facts += [
        Fact(span.key, span.value, Source.WORDS, text[span.start : span.end])
        for span in sorted(spans, key=lambda span: span.start)
        if span.value is not None
    ]
    first: dict[str, Fact] = {}
    for fact in facts:
        first.setdefault(fact.key, fact)
    return tuple(first.values())


def families(text: str, catalog: Catalog) -> list[tuple[str, float]]:
    """Return the task families that a text may ask for with their shares, likeliest first.

    The shares sum to at most 1; the rest is for families that cannot be probed, such as generating pictures.
    """
    return read(text, catalog).found if text.strip() else []


def unscored(text: str, catalog: Catalog) -> str | None:
    """Return the Hub's family that a text asks for if its answers cannot be scored, such as pictures; else None."""
    found = read(text, catalog) if text.strip() else None
    english = in_english(text)
    if found is not None and found.family == _FIELDS and _OF_PICTURES.search(english) and not _READ.search(english):
        return "image-text-to-text"
    is_searched = found is not None and found.understood.family == _PICTURES_BY_WORDS and _SEARCHED.search(english)
    if is_searched or _TYPED_FOR.search(english):
        return _PICTURES_BY_WORDS
    if found is None or found.family is not None or sum(share for _, share in found.found) > 1 - _SURELY:
        return None
    return found.understood.family if sureness(found.understood) >= _SURELY else None


def kind_in_words(tag: str) -> str:
    """Return what a family of the Hub is called when its answers cannot be scored."""
    return _CALLED.get(tag, tag.replace("-", " "))


def bar_notice(text: str, catalog: Catalog, bar: float) -> Notice | None:
    """Return a notice about rates that may be the bar; None if there are none."""
    if not text.strip():
        return None
    reading = read(text, catalog)
    open_rates = rates(text, [*reading.terms, *filter(None, [reading.labels])])
    found = [rate for rate in open_rates if not (rate.is_bar or rate.is_fact)]
    if not found and (good := level(text)) is not None:
        quote = quoted(text[good.start : good.end], 60)
        said = f"{quote} is read as {percent(good.value)} right; --set bar.pass_rate=... changes it"
        return Notice("bar", said, is_grave=True, likely=good.value)
    if not found:
        return None
    rate = found[0]
    quote = quoted(one_line(text[rate.start : rate.end], 60), 60)
    if not 0 < rate.share < 1:
        said = (
            f"{quote} cannot be proven for any model; the bar is {percent(bar)} right, "
            "--set bar.pass_rate=0.99 raises it"
        )
    else:
        said = (
            f"{quote} may say how often answers must be right; the bar is {percent(bar)} unless "
            f"--set bar.pass_rate={rate.share:g} says so"
        )
    likely = [each.share for each in found if _LEAST_BAR <= each.share < 1] or [bar]
    return Notice("bar", said, is_grave=True, likely=likely[0] if len(likely) == 1 else None)


class Reading(NamedTuple):
    """The result of reading a text.

    `understood` is the catalog's reading of the instruction; `found` are the families that it may ask for with their
    shares, and `is_certain` says whether the first of them is.
    """

    terms: list[Span]
    labels: Span | None
    instruction: Span | None
    understood: Understood
    found: list[tuple[str, float]]
    is_certain: bool

    @property
    def family(self) -> str | None:
        """The family of the text; a list of labels decides if it leans towards classification."""
        # If no word decides, the meaning alone is a guess, and a list of labels is stronger.
        guessed = self.labels is not None and not self.understood.evidence
        # A list that ends in "other" sorts, unless words say that its names are looked for in a text.
        is_sure = self.is_certain and self.found[0][1] >= _SURELY_NO_SORTING
        is_sure |= bool(self.understood.evidence and self.found) and self.found[0][0] in _EXTRACT
        if self.labels is not None and say.REST.fullmatch(str(self.labels.value[-1])) and (guessed or not is_sure):
            return _CLASSIFIES
        if self.is_certain and not (guessed and self.found[0][1] < _HALF):
            return self.found[0][0]
        leans = sureness(self.understood) < _HALF and (not self.found or self.found[0][1] < _HALF)
        return _CLASSIFIES if self.labels is not None and leans else None


@lru_cache(maxsize=2)  # each question reads the same words several times
def read(shown: str, catalog: Catalog) -> Reading:
    """Read the terms from the whole text, the family from the rest: terms suggest other families."""
    glossed = gloss(shown, whole=True)
    stated = terms(shown)
    if glossed is not None:
        known = {span.key for span in stated}
        stated += [span for span in _own_places(terms(glossed.english), glossed) if span.key not in known]
    stated += _catalogued(shown, catalog.understand(shown), stated)
    listed = labels(shown, stated) or (None if glossed is None else _own_labels(shown, glossed, stated))
    instructed = _instructed(shown, stated, listed)
    task = "" if instructed is None else str(instructed.value)
    alone = _without_terms(shown, stated)
    understood = catalog.understand(alone)
    found, is_certain = kinds(in_english(alone), in_english(task), understood)
    if listed is None and is_certain and found[0][0] in _OF_SENSES:
        listed = perceived(shown, stated)
    return Reading(stated, listed, instructed, understood, found, is_certain)


def without(text: str, catalog: Catalog, done: str) -> Fact | None:
    """Return the instruction in a text without clauses that were carried out, as they choose rows; None without one."""
    reading, places = read(text, catalog), ((text.find(each), len(each)) for each in done.split("; ") if each)
    carried = [Span(ROWS, done, at, at + size) for at, size in places if at >= 0]
    span = _instructed(text, [*reading.terms, *carried], reading.labels)
    return None if span is None else Fact(span.key, span.value, Source.WORDS, text[span.start : span.end])


def _instructed(shown: str, stated: Sequence[Span], listed: Span | None) -> Span | None:
    # A later sentence such as "The date in 95%, the rest in 80%" is no part of what to do, whichever rate is the bar.
    first = _ENDS.search(shown)
    later = [each for each in rates(shown) if first is not None and each.start >= first.end() and not each.is_fact]
    rated = [Span("bar.pass_rate", each.share, each.start, each.end) for each in later]
    rated += [Span("bar.precision", None, *at.span()) for at in said_so(shown)]
    return instruction(shown, [*stated, *rated], listed)


def _own_places(spans: Iterable[Span], glossed: Gloss) -> Iterator[Span]:
    """Yield the readings of a text's English gloss at the places of the original."""
    for span in spans:
        start, end = glossed.place(span.start, span.end)
        if start < end:
            yield Span(span.key, span.value, start, end)


def _own_labels(shown: str, glossed: Gloss, stated: Sequence[Span]) -> Span | None:
    """Return the labels that a text's English gloss lists, in the original words."""
    moved = [Span(span.key, span.value, *glossed.english_place(span.start, span.end)) for span in stated]
    found = labels(glossed.english, moved)
    if found is None:
        return None
    names, at = [], found.start
    for name in found.value:
        start = glossed.english.find(name, at, found.end)
        at = max(at, start + len(name))
        place = glossed.place(start, at) if start >= 0 else (0, 0)
        names.append(shown[slice(*place)] or name)
    names = list(dict.fromkeys(names))
    return Span(found.key, names, *glossed.place(found.start, found.end)) if len(names) > 1 else None


def _without_terms(shown: str, stated: Sequence[Span]) -> str:
    """Return the text without its terms and the summary that a text has, which suggest other families.

    Languages are kept, since two of them may be the task; but a plain list ("English and Spanish") is the texts'
    languages and would look like a translation.
    """
    cuts = [(span.start, span.end) for span in stated if span.key != LANGUAGES]
    cuts += [at.span() for at in _GIVEN.finditer(shown)]
    if not is_translated(shown):
        named = sorted((span.start, span.end) for span in stated if span.key == LANGUAGES)
        for (start, one), (other, end) in pairwise(named):
            if _SIDE_BY_SIDE.fullmatch(shown[one:other]):
                cuts.append((start, end))
    pieces, at = [], 0
    for start, end in sorted(cuts):
        pieces.append(shown[at : max(at, start)])
        at = max(at, end)
    rest = " ".join([*pieces, shown[at:]])
    return rest if any(character.isalpha() for character in rest) else shown


def _by_family(shown: str, named: str, listed: Span | None) -> Iterator[Span]:
    """Yield what only some families have: labels, several labels per text, the languages of a translation."""
    if listed is not None and family(named).has_labels:
        yield listed
    if named == "translation":
        yield from directed(shown)
    if named in _IN_ORDER:
        yield from among_first(shown)
    if family(named).has_use_for("scoring.max_words"):
        yield from in_length(shown)
    if named == _CLASSIFIES and (at := _SEVERAL.search(shown)):
        yield Span("labels_per_text", "several", *at.span())


def in_length(text: str) -> Iterator[Span]:
    """Yield "scoring.max_words" if a text limits the words of an answer: "in at most six words"."""
    for each in apart(numbers(text)):
        before, at = text[: each.start], _OF_WORDS.match(text, each.end)
        if at is not None and each.value > 1:
            bound = say.AT_MOST.search(before)
            if bound or at["less"] or _IN.search(before):
                yield Span("scoring.max_words", int(each.value), bound.start() if bound else each.start, at.end())
                return


def of_markup(text: str) -> Iterator[Span]:
    """Yield "examples.tags", which keeps tags, if a text mentions them."""
    if at := _MARKUP.search(text):
        yield Span("examples.tags", "keep", *at.span())


def among_first(text: str) -> Iterator[Span]:
    """Yield "scoring.metric" if a text wants the right answer among the first few."""
    for each in apart(numbers(text)):
        is_place = each.value in _PLACES or (each.value == 1 and not each.language)
        reach = max(0, each.start - _NEAR - _NEAR)
        before = _IN_FIRST.search(text, max(0, each.start - _NEAR), each.start) or _AMONG.search(
            text, reach, each.start
        )
        behind = _OF_FIRST.match(text, each.end)
        if is_place and (before or behind):
            start = before.start() if before else each.start
            yield Span("scoring.metric", f"hit@{each.value:.0f}", start, behind.end() if behind else each.end)


def directed(text: str) -> Iterator[Span]:
    """Yield the languages of a translation like `direction`, for a text in any language."""
    glossed = gloss(text, whole=True)
    yield from direction(text) if glossed is None else _own_places(direction(glossed.english), glossed)


def _evidence(shown: str, reading: Reading) -> str:
    """Return the words that decide the family, verbatim; if only the meaning does, the whole task's."""
    folded = "".join(c.lower() if len(c.lower()) == 1 else c for c in shown)
    for words in reading.understood.evidence:
        at = folded.find(words)
        if at >= 0 and words:
            start = at - len(re.split(r"\W", shown[:at])[-1])
            end = at + len(words) + len(re.split(r"\W", shown[at + len(words) :])[0])
            return shown[start:end]
    return shown[reading.instruction.start : reading.instruction.end] if reading.instruction else ""


def _catalogued(shown: str, understood: Understood, taken: Iterable[Span]) -> list[Span]:
    """Return the catalog's constraints with their places, those of one key as one fact."""
    values: dict[str, list[Any]] = {}
    places: dict[str, list[tuple[int, int]]] = {}
    for each in understood.constraints:
        key = LISTED.get(each.kind) or SINGLE.get(each.kind)
        at = [at.span() for at in re.finditer(re.escape(each.words), shown)] if each.words else []
        if each.kind == "max_bytes":
            near = any(_DOWNLOAD.search(shown[max(0, start - _NEAR) : end + _NEAR]) for start, end in at)
            key = "download" if near else "constraints.max_memory"
        elif each.kind == "context":
            key = "context"
        if key is None or not at or (key != "constraints.languages" and all(is_covered(taken, *place) for place in at)):
            continue
        values.setdefault(key, []).append(each.value)
        places.setdefault(key, []).extend(at)
    spans = []
    for key, said in values.items():
        value: Any = list(dict.fromkeys(said))
        if key in {"constraints.max_parameters", "constraints.max_memory", "download"}:
            value = min(value)
        elif key == "context":
            value = max(value)
        elif key == "device":
            value = value[0]
        spans += [Span(key, value, *place) for place in sorted(places[key])]
    return spans
