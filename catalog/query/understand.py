"""Read the family and the constraints from a task in plain words, each with the words it was read from."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from catalog.families import RELATED_FAMILIES
from catalog.query.constraints import NOT_ONLY, Constraint, Kind, constraints, is_by_length
from catalog.query.filters import ANY_LICENSE, Filters
from catalog.query.gloss import Gloss, gloss
from catalog.query.task_classifier import Encode, similarity_by_task
from catalog.query.task_patterns import INPUTS, TAKES, rules, task_alone, without

_INPUT_GAIN: Final = 1.5
_EXAMPLE: Final = 5.0  # in points of a rule, as the gains for inputs
# A rule's point in units of similarity, and the temperature of the shares: chosen by leave-one-out over the known
# tasks, as in task_classifier.py, and by the "dev" queries of benchmarks/catalog; shares are then roughly the
# probabilities of being right.
_RULE: Final = 0.04
_LEAST_BY_RULES: Final = 0.06
_LEAST_WITH_MEANING: Final = 0.125
_TEMPERATURE: Final = 0.1
_MOST_FAMILIES: Final = 6
# Limits on a family's share, roughly its probability of being right: at the first it is the only family, below the
# second it is left out.
_SURE_SHARE: Final = 0.8
_LEAST_SHARE: Final = 0.12
_MOST_LIKELY: Final = 3
_MOST_TEXT: Final = 4_000
_MAY_BE_NAME: Final = re.compile(r"\d+(?:\.\d+)?[bm]|gguf|onnx|mlx|ctranslate2|faster-whisper", re.IGNORECASE)
_INTO: Final = re.compile(
    r"(?:\b(?:in)?to|->|→|=>|-|–|/)\s*(?:(?:simplified|traditional|brazilian)\s+)?$", re.IGNORECASE
)
_BOTH_WAYS: Final = re.compile(r"\band back\b|\bboth (?:ways|directions)\b|\bvice versa\b", re.IGNORECASE)
_MULTILINGUAL: Final = re.compile(
    r"\b(?:multi|cross)-?(?:lingual|language)|\b(?:several|many|different|various|all|any|other|most|more|\w+een|\d+"
    r"|four|five|six|seven|eight|nine|ten|twenty|thirty|hundred) (?:\w+ )?languages?\b|\bnon-english\b"
    rf"|\bnot in english\b|{NOT_ONLY} english\b",
    re.IGNORECASE,
)
_TINY: Final = re.compile(
    r"\b(?:an?|the|my|android|on|in|into) (?:\S+ )?(?:phone|handset|microcontroller|watch)s?\b(?! (?:number|call|line))"
    r"|\b(?:on|inside) (?:an?|the|my|our) (?:\S+ )?(?:wearable|drone|esp32)\b"
    r"|\braspberry|\btiny\b|\bmilliseconds?\b|\d ?ms\b|\b[io]n[- ']+device\b|\bin (?:the |a )?browser\b|\b\d+ ?fps\b"
    r"|\bjetson\b|\b(?:on|for) (?:an? )?(?:iphones?|pi (?:zero|[2-5]))\b"
    r"|\bedge (?:device|box|computer|hardware|gateway)|\bembedded (?:device|board|system|computer)"
    r"|\bsingle[- ]board\b|\bsmall (?:board|computer|device|machine|(?:docker |container )?image|container)\b",
    re.IGNORECASE,
)
# Side clauses, which may name another task: what is done before or after, what for, and what is to be avoided.
_ASIDE: Final = re.compile(
    r"\b(?:before|after|without|because|instead of|rather than|so that|so(?= [^,;:.?!\n]*\b(?:can|could|will)\b))\b"
    r"[^,;:.?!\n]*",
    re.IGNORECASE,
)
# Share of the whole text in the scores, beside that of the text without side clauses, if this asks for something by
# itself; a quarter was worse for the development rows of ``benchmarks.catalog``.
_OF_ASIDES: Final = 0.4
# Languages in which such words follow their clause.
_FOLLOWING: Final = frozenset({"ja", "zh", "ko", "tr", "hi", "bn", "ur", "hu", "fi"})
# Families that read their input whole. The others split it by sentences, windows or pages (as the pipelines of
# transformers for entities and for answers do), so a length stated in pages is no limit for them.
_READS_WHOLE: Final = frozenset(
    {
        "text-classification", "zero-shot-classification", "summarization", "text-generation", "text2text-generation",
        "feature-extraction", "sentence-similarity", "text-ranking", "fill-mask", "multiple-choice",
    }
)  # fmt: skip

_OF_LANGUAGE: Final = _READS_WHOLE | {
    "token-classification", "question-answering", "table-question-answering", "automatic-speech-recognition",
    "text-to-speech",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Understood:
    """A task as understood."""

    family: str | None  # The Hub's pipeline tag, ``None`` if the text does not determine it.
    # Likely families with their shares (summing to 1), likeliest first; there may be some even if ``family`` is
    # ``None``.
    families: tuple[tuple[str, float], ...]
    evidence: tuple[str, ...]  # The words that indicate the family.
    constraints: tuple[Constraint, ...]  # In the order of the text.
    # The text in English without the words of constraints, which occur in names and cards for other reasons. Languages
    # stay, and sizes such as "8B", which may be part of a name.
    topic: str = ""
    direction: tuple[str, str] | None = None  # Source and target language, "" for several, if stated.
    asked_in: str | None = None  # Code of the text's language; ``None`` for English or unknown.

    def kinds(self) -> tuple[tuple[tuple[str, ...], float], ...]:
        """The likely families with their shares, equivalent families merged, likeliest first."""
        shares: dict[tuple[str, ...], float] = {}
        for family, share in self.families:
            kind = tuple(sorted((family, *RELATED_FAMILIES.get(family, ()))))
            shares[kind] = shares.get(kind, 0.0) + share
        return tuple(shares.items())

    @property
    def languages(self) -> tuple[str, ...]:
        """Codes of the languages named; else the text's language, if the task is on text or speech in one language."""
        named = tuple(str(code) for code in self.values("language"))
        is_hint = self.asked_in is not None and self.family in _OF_LANGUAGE and not self.is_multilingual
        return named or ((str(self.asked_in),) if is_hint else ())

    @property
    def is_multilingual(self) -> bool:
        """Whether the texts are in many unnamed languages."""
        return _MULTILINGUAL.search(self.topic) is not None

    @property
    def is_tiny(self) -> bool:
        """Whether the model is to run on a small device, or within milliseconds."""
        return _TINY.search(" ".join((self.topic, *(c.words for c in self.constraints)))) is not None

    def likely(self) -> tuple[tuple[tuple[str, ...], float], ...]:
        """The kinds that share a page or a plan: the likeliest alone if it is sure, else with those close to it."""
        kinds = self.kinds()
        if not kinds or kinds[0][1] >= _SURE_SHARE:
            return kinds[:1]
        return (kinds[0], *(kind for kind in kinds[1:] if kind[1] >= _LEAST_SHARE))[:_MOST_LIKELY]

    def known_as(self, families: Sequence[str]) -> "Understood":
        """A copy in which the task is of these families; unchanged if none are given."""
        if not families:
            return self
        return replace(self, family=families[0], families=tuple((each, 1.0 / len(families)) for each in families))

    def values(self, kind: Kind) -> tuple[str | int, ...]:
        """The distinct stated values of one kind."""
        return tuple(dict.fromkeys(c.value for c in self.constraints if c.kind == kind))

    def filters(self, base: Filters | None = None, *, with_family: bool = False) -> Filters:
        """The constraints as filters added to ``base``; memory and download limits both bound the weights.

        With ``with_family`` the family (and what means the same) becomes a constraint too.
        """
        base = base or Filters()

        def least(kind: Kind, known: int | None) -> int | None:
            numbers = [v for v in self.values(kind) if isinstance(v, int)]
            return min([*numbers, *([known] if known is not None else [])], default=None)

        families = base.families
        if with_family and self.family is not None:
            families = families | {self.family, *RELATED_FAMILIES.get(self.family, ())}
        contexts = [v for v in self.values("context") if isinstance(v, int)]
        if base.min_context is not None:
            contexts.append(base.min_context)
        return replace(
            base,
            families=families,
            languages=base.languages | self._texts("language"),
            licenses=_both(base.licenses, self._texts("license") - {ANY_LICENSE}),
            formats=_both(base.formats, self._texts("format")),
            max_parameters=least("max_parameters", base.max_parameters),
            max_bytes=least("max_memory", least("max_bytes", base.max_bytes)),
            min_context=max(contexts, default=None),
            devices=base.devices | self._texts("device"),
            not_gated=base.not_gated or bool(self.values("not_gated")),
        )

    def _texts(self, kind: Kind) -> frozenset[str]:
        return frozenset(v for v in self.values(kind) if isinstance(v, str))


def _both(given: frozenset[str], stated: frozenset[str]) -> frozenset[str]:
    """Values allowed by the caller and by the text; one that matches nothing if they have none in common."""
    if not given or not stated:
        return given or stated
    return given & stated or frozenset({""})


def understand(text: str, encode: "Encode | None" = None, examples: Iterable[str] = ()) -> Understood:
    """Read the family and the constraints from a task in plain words; any text is safe.

    With the catalog's text encoder, families are also scored by meaning. ``examples`` are families of models named in
    the text ("now uses bge-small, is there a better one?"). Side clauses count less than the rest.
    """
    glossed = gloss(text[:_MOST_TEXT])
    shown = text[:_MOST_TEXT] if glossed is None else glossed.english
    stated = constraints(shown)
    least = _LEAST_BY_RULES if encode is None else _LEAST_WITH_MEANING
    scores, evidence = _scores(shown, encode)
    rest = shown if glossed is not None and glossed.language in _FOLLOWING else _ASIDE.sub(_if_task, shown)
    if rest != shown and max((asked := _scores(rest, encode)[0]).values(), default=0.0) >= least:
        of_both = {**scores, **asked}
        scores = {tag: _OF_ASIDES * scores.get(tag, 0.0) + (1 - _OF_ASIDES) * asked.get(tag, 0.0) for tag in of_both}
    for tag in set(examples):
        scores[tag] = scores.get(tag, 0.0) + _EXAMPLE * _RULE
    ranked = sorted(((tag, s) for tag, s in scores.items() if s > 0), key=lambda item: (-item[1], item[0]))
    ranked = ranked[:_MOST_FAMILIES]
    family = ranked[0][0] if ranked and ranked[0][1] >= least else None
    weights = [math.exp((score - ranked[0][1]) / _TEMPERATURE) for _, score in ranked]
    shares = tuple((tag, weight / sum(weights)) for (tag, _), weight in zip(ranked, weights, strict=True))
    words = tuple(dict.fromkeys(evidence.get(family, ()))) if family else ()
    if family is not None and family not in _READS_WHOLE:
        stated = tuple(constraint for constraint in stated if not is_by_length(constraint))
    terms = [c for c in stated if c.kind != "language" and not _MAY_BE_NAME.fullmatch(c.words)]
    found = Understood(family, shares, words, stated, without(shown, terms), _direction(shown, stated))
    return found if glossed is None else _in_own_words(found, text, glossed)


def _direction(shown: str, stated: Iterable[Constraint]) -> tuple[str, str] | None:
    found = [constraint for constraint in stated if constraint.kind == "language"]
    into = [_INTO.search(shown.partition(each.words)[0]) is not None for each in found]
    if True not in into or all(into) or _BOTH_WAYS.search(shown):
        return None
    at = into.index(True)
    sides = (found[:at], found[at:]) if at else (found[1:], found[:1])
    source, target = ({str(each.value) for each in side} for side in sides)
    if source & target or (not at and len(found) > 2):  # noqa: PLR2004 - a pair
        return None
    return source.pop() if len(source) == 1 else "", target.pop() if len(target) == 1 else ""


def _in_own_words(found: Understood, text: str, glossed: Gloss) -> Understood:
    """Replace the words quoted from a text's gloss by the original words."""

    def own(words: str) -> str:
        at = glossed.english.lower().find(words.lower())
        return text[slice(*glossed.place(at, at + len(words)))]

    evidence = tuple(dict.fromkeys(filter(None, map(own, found.evidence))))
    stated = tuple(replace(each, words=own(each.words)) for each in found.constraints)
    return replace(found, evidence=evidence, constraints=stated, asked_in=glossed.language)


def _if_task(aside: re.Match[str]) -> str:
    """A side clause if a rule begins with it ("without any examples"), as it is then the task itself; else nothing."""
    return aside[0] if any(pattern.match(aside[0].lower()) for *_, pattern in rules()) else " "


def _scores(shown: str, encode: "Encode | None") -> tuple[dict[str, float], dict[str, list[str]]]:
    """Scores of the families for an English text by rules and, with an encoder, by meaning; the words of the rules."""
    found, evidence = _by_rules(shown.lower())
    scores = {tag: score * _RULE for tag, score in found.items()}
    if encode is not None and shown.strip():
        for tag, figure in similarity_by_task(task_alone(shown, constraints(shown)), encode).items():
            scores[tag] = scores.get(tag, 0.0) + figure
    return scores, evidence


def _by_rules(plain: str) -> tuple[dict[str, float], dict[str, list[str]]]:
    scores: dict[str, float] = {}
    evidence: dict[str, list[str]] = {}
    for family, weight, pattern in rules():
        found = pattern.search(plain)
        if found:
            scores[family] = scores.get(family, 0.0) + weight
            evidence.setdefault(family, []).append(found[0].strip())
    named = [kind for kind, pattern in INPUTS.items() if pattern.search(plain)]
    for family in scores:
        takes = [kind for kind, pattern in TAKES.items() if pattern.search(family)]
        if any(kind in named for kind in takes):
            scores[family] += _INPUT_GAIN
        elif named or takes:
            scores[family] -= _INPUT_GAIN if takes else _INPUT_GAIN / 2
    return scores, evidence
