"""The candidate readings of each rate in a text, and their features: the words around it, by position."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from advisor.families.sentence_similarity import ALIKE_PAIR, decision
from advisor.families.values import without_accents
from advisor.interview.text import vocabulary as say
from advisor.interview.text.naming import is_form, named, words_of
from advisor.interview.text.numerals import apart, numbers
from advisor.interview.text.rates import Share, clause, is_counted, offs, shares, spoken
from catalog.query.gloss import gloss

# Rates of one text: more are pasted data, not demands.
_MOST = 60
# Labels that may be meant without being named: of more only those that words name.
_FEW_LABELS = 2
_I = re.IGNORECASE
_MEANINGS = {
    name: re.compile(say.pattern(words, is_loose=True), _I)
    for name, words in say.VOCABULARY["meanings"].items()
    if name not in {"fillers", "percent", "half", "a_half", "or", "and", "words", "steps", "either"}
} | {
    "above": re.compile(r">=|≥|>|\+(?!\d)"),
    "below": re.compile(r"<=|≤|<"),
    "around": re.compile(r"±|\+/-"),
    "equals": re.compile(r"[=:]"),
    "bracket": re.compile(r"\("),
    "year": re.compile(r"\b(?:19|20)\d\d\b"),
}
# Of these the nearest to a rate counts.
_CUES = (
    "missed", "found", "caught", "right", "wrong", "says", "suggests", "when_said", "alarms", "really", "in_vain",
    "false_alarm", "today", "false_negative", "false_positive", "precision", "recall",
)  # fmt: skip
_SAID = ("says", "alarms", "suggests", "cases")
_WORD = re.compile(r"[^\W_]+(?:['\N{RIGHT SINGLE QUOTATION MARK}][^\W\d_]+)?")
_SENTENCE = re.compile(r"[.!?](?:\s|$)|\n|[。\uff01\uff1f]")
# What parts two rates of a sentence: signs, else the last word that joins; "en" is Dutch for and, and Spanish for in.
_SIGN = re.compile(r",|;|:\s|\s[\N{EN DASH}\N{EM DASH}-]\s|\(")
_JOINT = re.compile(
    rf"{say.said('or')}|{say.said('and')}"
    r"|\b(?:but|while|whereas|aber|während|mais|pero|mientras|ma|mentre|maar|ale|men)\b",
    _I,
)
_OF = re.compile(rf"(?:{say.said('of')}|of|the|der|von|des|de|di|dei|du|van|av|af|z|na)", _I)
_OUT_OF = re.compile(r"(?:of|from|out|among|von|bei|de|des|sur|su|sul|di|dei|van|op|av|af|z|na)", _I)
_BREAK = 2  # A sign and a blank between sentences.
_FARTHEST = 1000  # Of pasted data only what is near a rate says what it means.
_NEAR, _AROUND, _FAR = 12, 6, 200
# "Out of 50 real ones we can afford to miss 1": a whole, and the part behind it in the same sentence.
_WHOLES = frozenset({5, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 200, 300, 400, 500, 1000, 2000, 5000, 10000})
_OF_A_WORD = 0.7
# "In each", "no", "all of our" and the like, so near before a column's name.
_AHEAD = 24
_DISTRIBUTES = re.compile(
    rf"{say.said('each')}|\b(?:no|all|both|alle[nrs]?|kein\w*|beide\w*|geen|aucun\w*|tou(?:te)?s|ning[uú]n\w*|tod[oa]s"
    r"|nenhum\w*|ness\w+|tutt[ei])\b|\b(?:per|par|pro|je|por)\s$",
    _I,
)
_LONGEST_GAP, _MOST_NUMBERS, _FEW, _HALF = 90, 3, 0.35, 0.5
_SIZES = {"high": 0.75, "half": 0.5, "low": 0.2, "tiny": 0.0}
_STEM, _LEAST_SHORT = 4, 2
# Of several labels those are meant whose chance is at least this share of the likeliest one's; of two one.
_ALIKE, _BESIDE = 0.5, 0.1
_ARTICLES = frozenset({"a", "an"})


class Of(StrEnum):
    """What a rate is demanded of."""

    NOTHING = "none"
    DISTANCE = "distance"  # How far off a number may be, as a share of it.
    ALL = "all"
    EACH = "each"  # Of the inputs of each label, or of each field.
    EACH_ANSWER = "each answer"
    LABEL = "label"  # Of the inputs of one label, or of one field.
    ANSWERS = "answers"  # Of the answers that name one label.
    GROUP = "group"  # Of the inputs with each value of a column.


ONE = frozenset({Of.LABEL, Of.ANSWERS})
# A label that is meant, but not known.
UNKNOWN = "\N{NULL}"


class Way(NamedTuple):
    """One way to read a rate."""

    of: Of
    is_wrong: bool = False  # Whether the rate is the share that may be wrong.
    name: str = ""  # The label, field or column; `UNKNOWN` for a label that is not among those known.


class Subject(NamedTuple):
    """What rates of a text may be about."""

    labels: tuple[tuple[str, int], ...] = ()  # Labels or fields, with their numbers of examples.
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()  # Columns that may group rows, with their values.
    are_fields: bool = False
    has_parts: bool = True  # Whether answers have labels or fields, known or not.


def found_shares(text: str) -> list[Share]:
    """Return the shares in a text in order, also those whose part stands apart from the whole, behind it."""
    near = [each for each in shares(text)[:_MOST] if not is_counted(text, each)]
    far = _apart(text, near)
    near = [each for each in near if not any(each.start < other.end and other.start < each.end for other in far)]
    return sorted((*near, *far), key=lambda each: each.start)[:_MOST]


def _apart(text: str, taken: Sequence[Share]) -> list[Share]:
    """Return shares such as "out of 50 real ones we can afford to miss 1", the shortest of those that overlap.

    A word for one, which may be an article, comes last.
    """
    own = spoken(text)
    off = [each for each in offs(text) if each.is_sure]  # "one point off" is of no whole
    said = (each for each in numbers(text) if not any(each.start < o.end and o.start < each.end for o in off))
    every = list(apart(each for each in said if each.language in own))
    found = list[tuple[bool, Share]]()
    for index, whole in enumerate(every):
        for part in every[index + 1 : index + 1 + _MOST_NUMBERS]:
            gap = text[whole.end : part.start]
            if len(gap) > _LONGEST_GAP or ":" in gap or _SENTENCE.search(gap):
                break
            share = part.value / whole.value if whole.value in _WHOLES else 0
            is_part = (0 < share <= _FEW or _HALF <= share < 1) and part.value.is_integer()
            if not is_part or text[part.start : part.end].lower() in _ARTICLES:
                continue
            over = [each for each in taken if each.start < part.end and whole.start < each.end]
            # "Of every 300": the whole alone; "a dozen, 11 of them": numbers that count.
            is_most = share >= _HALF
            if all(
                (each.form == "every" and each.end == whole.end) or (each.form == "bare" and is_most) for each in over
            ):
                found.append((part.is_one, Share(share, whole.start, part.end, "apart")))
    kept: list[Share] = []
    for _, each in sorted(found, key=lambda one: (one[0], one[1].end - one[1].start)):
        if all(each.end <= other.start or other.end <= each.start for other in kept):
            kept.append(each)
    return kept


class Scene:
    """A text with its rates, and what is said around them."""

    def __init__(self, text: str, subject: Subject) -> None:
        self.text = text
        self.subject = subject
        self.labels = dict(subject.labels)
        self.shares = found_shares(text)
        self.parts = [self._parts(each) for each in self.shares]
        said = ((*at.span(), name) for name, pattern in _MEANINGS.items() for at in pattern.finditer(text))
        self._said = sorted(said) if self.shares else []
        self._words = [(*at.span(), at[0].lower()) for at in _WORD.finditer(text)]
        self._in_text = {*named(text, self.labels)}
        parts = {label: words_of(label) for label in self.labels}
        near = {each for share in self.shares for each in _within(self._words, share.start - _FAR, share.end + _FAR)}
        self._places = [
            (start, end, label)
            for start, end, word in sorted(near)
            for label, words in parts.items()
            if any(is_form(each, word) for each in words)
        ]
        self._gloss = gloss(text, whole=True)

    def ways(self, at: int) -> dict[Way, dict[str, float]]:
        """Return the ways to read a rate, each with its features."""
        around, beside = self._around(at), self._beside(at)
        own = {"label beside": float(any(each.get("own") for each in beside.values())),
               "label in sentence": float(any(each.get("in sentence") for each in beside.values())),
               "labels": float(bool(self.labels)), "parts": float(self.subject.has_parts)}  # fmt: skip
        found = {Way(of): _featured(Way(of), around, own) for of in (Of.NOTHING, Of.DISTANCE)}
        answers = () if self.subject.are_fields else (Of.ANSWERS,)
        for is_wrong in (False, True):
            every = {Way(Of.ALL, is_wrong): own}
            if self.subject.has_parts and len(self.labels) != 1:
                every |= {Way(of, is_wrong): own for of in (Of.EACH, *([Of.EACH_ANSWER] if answers else []))}
            for of in (Of.LABEL, *answers) if self.subject.has_parts else ():
                every |= {Way(of, is_wrong, label): each for label, each in beside.items()}
                every[Way(of, is_wrong, UNKNOWN)] = {f"unknown, {name}": value for name, value in own.items()} | {
                    "unknown": 1.0
                }
            every |= {Way(Of.GROUP, is_wrong, name): each for name, each in self._groups(at)}
            found |= {way: _featured(way, around, each) for way, each in every.items()}
        return found

    def least(self, at: int, best: Way, other: Way) -> float:
        """Return the chance from which another label is meant as well, as a share of the likeliest one's."""
        parts, share = self.parts[at], self.shares[at]
        low, high = parts.get("before", (share.start, 0))[0], parts.get("behind", (0, share.end))[1]
        low = max(low, self.text.rfind(":", low, share.start) + 1)  # before it there is a list of all
        beside = named(self.text[low:high], self.labels) or named(self.text[slice(*parts["own"])], self.labels)
        if best.name in beside:  # "amount and date right in 95%"
            return _BESIDE if other.name in beside else 1.0
        return 1.0 if len(self.labels) == _FEW_LABELS else _ALIKE

    def _parts(self, share: Share) -> dict[str, tuple[int, int]]:
        """Return the parts of a text around a rate, as bounds, by name.

        "before" and "behind" it in its clause, "earlier" and "later" in its part of the sentence (together its "own"),
        the parts of "other" rates in the sentence, and the sentence before and after it.
        """
        text = self.text
        far = max(0, share.start - _FARTHEST)
        first = max((at.end() for at in _SENTENCE.finditer(text, far, share.start)), default=far)
        ends = _SENTENCE.search(text, share.end)
        last = min(ends.start() if ends else len(text), share.end + _FARTHEST)
        near = [each for each in self.shares if each.form != "apart"]
        low, high = first, last
        if (before := max((each.end for each in near if each.end <= share.start), default=-1)) > first:
            low = max(low, self._bound(before, share.start))
        if (behind := min((each.start for each in near if each.start >= share.end), default=len(text) + 1)) < last:
            high = min(high, self._bound(share.end, behind, is_first=True))
        start, end = clause(text, share.start, share.end)
        start, end = max(start, low), min(end, high)
        found = {"before": (start, share.start), "behind": (share.end, end), "own": (low, high),
                 "earlier": (low, start), "later": (end, high), "other before": (first, low),
                 "other behind": (high, last)}  # fmt: skip
        if share.form == "apart":
            found["within"] = (share.start, share.end)
        if first == low and first > _BREAK:
            far = max(0, first - _FARTHEST)
            found["last sentence"] = (
                max((at.end() for at in _SENTENCE.finditer(text, far, first - _BREAK)), default=far),
                first,
            )
        if last == high and last + _BREAK < len(text):
            ends = _SENTENCE.search(text, last + _BREAK)
            found["next sentence"] = last, min(ends.start() if ends else len(text), last + _FARTHEST)
        return {name: (low, high) for name, (low, high) in found.items() if low < high} | {"own": (low, high)}

    def _bound(self, start: int, end: int, *, is_first: bool = False) -> int:
        """Return where the part of one rate ends and that of the next begins."""
        if sentences := [at.span() for at in _SENTENCE.finditer(self.text, start, end)]:
            return sentences[0][0] if is_first else sentences[-1][1]
        signs, joints = (list(each.finditer(self.text, start, end)) for each in (_SIGN, _JOINT))
        # A colon between them only ends what the next rate is of: "…, and no urgent one is missed: of 20 at most one".
        found = ([at for at in signs if at[0].strip() != ":"], joints, signs)
        parts = [at.start() for at in next(filter(None, found), ())]
        return parts[-1] if parts else end if is_first else start

    def _sentence(self, at: int) -> tuple[int, int]:
        own = [bounds for name, bounds in self.parts[at].items() if "sentence" not in name]
        return min(low for low, _ in own), max(high for _, high in own)

    def _around(self, at: int) -> dict[str, float]:
        """Return the features that do not depend on the way to read a rate."""
        share, parts = self.shares[at], self.parts[at]
        found = {f"form {share.form}": 1.0, "always": 1.0}
        near: dict[str, tuple[int, str]] = {}
        low, high = parts["own"]
        least, most = min(low for low, _ in parts.values()), max(high for _, high in parts.values())
        for start, end, name in _within(self._said, least, most):
            if share.start <= start and end <= share.end and share.form != "apart":
                continue
            gap = share.start - end if end <= share.start else max(start - share.end, 0)
            side = "before" if end <= share.start else "behind"
            found |= {f"{name} {part}": 1.0 for part, (first, last) in parts.items() if first <= start < last}
            if gap <= _NEAR and side in parts and parts[side][0] <= start < parts[side][1]:
                found[f"{name} right {side}"] = 1.0
            if name in _CUES and low <= start and end <= high:
                near[name] = min(near.get(name, (gap, side)), (gap, side))
        for place, name in enumerate(sorted(near, key=lambda name: near[name])[:2]):
            found[f"cue {place}: {name}"] = 1.0
            found[f"cue {place}: {name} {near[name][1]}"] = 1.0
        found |= self._size(at) | self._spoken(at)
        low, high = clause(self.text, share.start, share.end)
        for off in offs(self.text):
            if off.start < share.end and share.start < off.end:
                found["distance"] = 1.0
                continue
            found["distance elsewhere"] = 1.0
            if low <= off.start and off.end <= high:
                found["distance beside"] = found[f"distance beside, {'sure' if off.is_sure else 'unsure'}"] = 1.0
        return found

    def _size(self, at: int) -> dict[str, float]:
        share, count = self.shares[at], len(self.shares)
        size = next(name for name, least in _SIZES.items() if share.value >= least)
        found = {f"size {size}": 1.0, f"rates {min(count, 4)}": 1.0, "first" if at == 0 else "later": 1.0}
        found |= {"fields": 1.0} if self.subject.are_fields else {}
        found |= {"most": 1.0} if share.value >= _HALF else {}
        found |= {"broken": 1.0} if share.form == "percent" and not (100 * share.value).is_integer() else {}
        return found | ({"last": 1.0} if at == count - 1 else {})

    def _spoken(self, at: int) -> dict[str, float]:
        """Return the words next to a rate, in their language and in English, and what it is a rate "of"."""
        share, parts = self.shares[at], self.parts[at]
        low, high = self._sentence(at)
        before = [word for start, end, word in _within(self._words, low, high) if end <= share.start]
        behind = [word for start, end, word in _within(self._words, share.end, high)]
        within = [word for start, end, word in _within(self._words, share.start, share.end)]
        near = [*before[-_AROUND:]], [*(within[:_AROUND] if share.form == "apart" else ()), *behind[:_AROUND]]
        if self._gloss is not None:
            places = self._gloss.places
            english = self._gloss.english.lower()
            ahead = [english[a:b] for a, b, start, end in places if low <= start and end <= share.start]
            after = [english[a:b] for a, b, start, end in places if share.end <= start and end <= high]
            near = [*near[0], *ahead[-_AROUND:]], [*near[1], *after[:_AROUND]]
        sides = zip(("before", "behind"), near, strict=True)
        found = {f"word {side} {word}": _OF_A_WORD for side, words in sides for word in words}
        if before:
            found[f"word right before {before[-1]}"] = _OF_A_WORD
        if behind:
            found[f"word right behind {behind[0]}"] = _OF_A_WORD
        if not (before or behind):
            found["alone"] = 1.0
        first, last = parts["own"]
        own = [word for start, end, word in _within(self._words, first, share.start)][:_AROUND]
        next_to = [word for start, end, word in _within(self._words, share.end, last)][: _AROUND - 1]
        for name, words, joins in (("of behind", next_to, _OF), ("of first", own, _OUT_OF)):
            if words and joins.fullmatch(words[0]):
                said = " ".join(words)
                found[name] = 1.0
                found |= {f"{name}: {each}": 1.0 for each in _SAID if _MEANINGS[each].search(said)}
                found |= {f"{name}: label": 1.0} if self.labels and named(said, self.labels) else {}
        return found

    def _beside(self, at: int) -> dict[str, dict[str, float]]:
        """Return each label with the features of where it is named; of many those that are named."""
        share, parts, labels = self.shares[at], self.parts[at], self.labels
        if not labels:
            return {}
        said = {part: {*named(self.text[low:high], labels)} for part, (low, high) in parts.items()}
        partly = {f"partly {part}": {*named(self.text[low:high], labels, by=any)} - said[part]
                  for part, (low, high) in parts.items() if not part.startswith("other")}  # fmt: skip
        sentence = self.text[slice(*self._sentence(at))]
        said |= partly | {"in sentence": {*named(sentence, labels)}, "in text": self._in_text}
        said |= self._nearest(share)
        own, total = said["own"] | said.get("within", set()), sum(labels.values()) or 1
        found: dict[str, dict[str, float]] = {}
        for label, count in labels.items():
            each = dict.fromkeys((part for part, names in said.items() if label in names), 1.0)
            each |= {f"only {part}": 1.0 for part in ("own", "in sentence", "in text") if said[part] == {label}}
            each |= {"another beside": 1.0} if own and label not in own else {}
            each |= self._abbreviated(label, parts)
            each |= {"is yes": 1.0} if is_yes(label) else {"is no": 1.0} if is_no(label) else {}
            if not each and len(labels) > _FEW_LABELS:
                continue
            is_rarer = len(labels) == _FEW_LABELS and count < max(labels.values())
            each |= {"first": 1.0} if label == next(iter(labels)) else {}
            each |= {"rarer": 1.0} if is_rarer else {}
            each |= {"rare": 1.0} if is_rarer and count <= _HALF * total else {}
            found[label] = each | {"label": 1.0}
        return found

    def _nearest(self, share: Share) -> dict[str, set[str]]:
        before = [(share.start - end, label) for _, end, label in self._places if end <= share.start]
        behind = [(start - share.end, label) for start, _, label in self._places if start >= share.end]
        within = [(0, label) for start, end, label in self._places if share.start <= start and end <= share.end]

        def best(placed: Iterable[tuple[int, str]]) -> set[str]:
            placed = [each for each in placed if each[0] < _FAR]
            least = min((gap for gap, _ in placed), default=0)
            return {label for gap, label in placed if gap == least}

        every = {"nearest": (*before, *behind, *within), "nearest before": before, "nearest behind": behind}
        return {name: best(placed) for name, placed in every.items()}

    def _abbreviated(self, label: str, parts: Mapping[str, tuple[int, int]]) -> dict[str, float]:
        """Return where longer words are shortened to a label: "the urgent ones" to URG, "emergencies" to EMG."""
        short, found = words_of(label), dict[str, float]()
        if not short or min(map(len, short)) < _LEAST_SHORT:
            return {}
        for part in ("before", "behind", "own", "last sentence"):
            low, high = parts.get(part, (0, 0))
            words = {word for start, end, word in _within(self._words, low, high)}
            for name, shortens in (("stem", _shares_stem), ("short", _begins), ("letters", _has_letters)):
                if all(any(shortens(each, word) for word in words) for each in short):
                    found[f"{name} {part}"] = 1.0
                    break
        return found

    def _groups(self, at: int) -> Iterator[tuple[str, dict[str, float]]]:
        """Yield each column whose name or values stand in the text, with where they do."""
        share = self.shares[at]
        low, high = clause(self.text, share.start, share.end)
        clause_, sentence, whole = (
            without_accents(each.lower())
            for each in (self.text[low:high], self.text[slice(*self._sentence(at))], self.text)
        )
        near = {"column in clause": clause_, "column in sentence": sentence, "column in text": whole}
        for name, values in self.subject.groups:
            # Of "user.city" the last part; "par" of "noted.par" is a word of any French text.
            parts = _WORD.findall(without_accents(name.lower().rpartition(".")[2]))
            least = 2 if "." not in name else 3
            own = [re.compile(rf"\b{re.escape(word[:5])}") for word in parts if len(word) > least]
            own += [re.compile(re.escape(word)) for word in parts if len(word) > 1 and say.UNSPACED.match(word)]
            found = dict.fromkeys(
                [part for part, said in near.items() if any(each.search(said) for each in own)][:1], 1.0
            )
            ahead = (
                sentence[max(0, at.start() - _AHEAD) : at.start()] for each in own for at in each.finditer(sentence)
            )
            found |= {"each before": 1.0} if any(map(_DISTRIBUTES.search, ahead)) else {}
            stand = (rf"\b{re.escape(without_accents(each.lower()))}\b" for each in values if len(each) > 2)  # noqa: PLR2004
            found |= {"value in sentence": 1.0} if any(re.search(each, sentence) for each in stand) else {}
            if found:
                yield name, found | {"label": 1.0}


def _begins(short: str, word: str) -> bool:
    return len(word) > len(short) and word.startswith(short)


def _shares_stem(label: str, word: str) -> bool:
    return len(label) > _STEM and len(word) > _STEM and label[:_STEM] == word[:_STEM]


def _has_letters(short: str, word: str) -> bool:
    """Return whether a word begins as a short label does and has its further letters in their order."""
    letters = iter(word)
    is_short = len(short) <= _STEM and len(word) >= len(short) + _LEAST_SHORT
    return is_short and word[0] == short[0] and all(each in letters for each in short)


def _within(placed: Sequence[tuple[int, int, str]], low: int, high: int) -> Sequence[tuple[int, int, str]]:
    """Return those of sorted places that begin within bounds."""
    return placed[bisect_left(placed, (low,)) : bisect_left(placed, (high,))]


def is_yes(label: str) -> bool:
    """Return whether a label is a yes, or says that a pair is the same."""
    return decision(label) is True or label == "+" or ALIKE_PAIR.fullmatch(label) is not None


def is_no(label: str) -> bool:
    """Return whether a label is a no, or the rest."""
    return decision(label) is False or label == "-" or say.REST.fullmatch(label) is not None


def _featured(way: Way, around: Mapping[str, float], beside: Mapping[str, float]) -> dict[str, float]:
    """Return the features of a way: those around the rate by what it is of, those beside it by the same."""
    demanded = way.of not in {Of.NOTHING, Of.DISTANCE}
    kinds = [way.of.value, *((("wrong" if way.is_wrong else "right"), "demand") if demanded else ())]
    found = {f"{kind}|{name}": value for kind in kinds for name, value in around.items()}
    found |= {f"{way.of}/{name}": value for name, value in beside.items()}
    found |= {f"one/{name}": value for name, value in beside.items()} if way.of in ONE else {}
    return found | ({f"{way.of} {kinds[1]}": 1.0} if demanded else {})


def with_last(ways: Mapping[Way, dict[str, float]], last: Way | None) -> dict[Way, dict[str, float]]:
    """Return the ways to read a rate with features of how the last demand before it was read, if there was one."""
    found = {}
    for way, features in ways.items():
        demanded = way.of not in {Of.NOTHING, Of.DISTANCE}
        kinds = (way.of.value, *(("wrong" if way.is_wrong else "right",) if demanded else ()))
        each = {f"{kind}|after {last.of if last else 'nothing'}": 1.0 for kind in kinds}
        if last is not None and way.of in ONE:
            if way.name == last.name:
                each |= {f"{way.of}/as last": 1.0, f"{way.of}/as last {last.of}": 1.0}
            elif last.of in ONE and last.name != UNKNOWN:
                each[f"{way.of}/other than last"] = 1.0
            each |= {"the same twice": 1.0} if (way.of, way.name) == (last.of, last.name) else {}
        found[way] = features | each
    return found
