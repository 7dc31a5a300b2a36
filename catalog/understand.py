"""From a task in plain words to its family and its constraints, each with the words it was read from."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from catalog.asks import INPUTS, TAKES, rules
from catalog.families import RELATED_FAMILIES
from catalog.filters import PERMISSIVE_LICENSES, Filters
from catalog.languages import by_name
from catalog.likeness import likeness

if TYPE_CHECKING:
    from collections.abc import Callable

    from catalog.likeness import Encode

Kind = Literal[
    "language", "license", "max_parameters", "max_bytes", "max_memory", "format", "context", "device", "not_gated"
]

_INPUT_GAIN: Final = 1.5
# A point of a rule in units of likeness.
_RULE: Final = 0.08
_LEAST_BY_RULES: Final = 0.12
_LEAST_WITH_MEANING: Final = 0.12
_TEMPERATURE: Final = 0.06
_MOST_FAMILIES: Final = 6
_MOST_TEXT: Final = 4_000
_BYTES: Final = {"kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_COUNTS: Final = {
    "k": 10**3, "m": 10**6, "mio": 10**6, "million": 10**6, "b": 10**9, "bn": 10**9, "billion": 10**9,
}  # fmt: skip
_NUMBER: Final = r"(?<![\d.,])(\d{1,12}(?:[.,]\d{1,6})?)"
_AT_MOST: Final = (
    r"(?:under|below|less than|at most|up to|max(?:imum)?(?: of)?|no more than|smaller than"
    r"|within|<=?|fits? into|fits? in)"
)
_PARAMETERS: Final = re.compile(
    rf"(?:{_AT_MOST}\s*)?{_NUMBER}\s*(k|m|mio|million|b|bn|billion)\b(?:\s*(?:param\w*|weights))?"
)
_SIZE: Final = re.compile(
    rf"(?:{_AT_MOST}\s*)?{_NUMBER}\s*(kib|mib|gib|kb|mb|gb|tb)\b(?:\s*(?:of\s+)?(v?ram|memory|gpu))?"
)
_CONTEXT: Final = re.compile(
    rf"{_NUMBER}\s*(k)?[ -]*(?:tokens?|context)\b|context (?:length |window )?(?:of )?{_NUMBER}\s*(k)?\b"
)
_LICENSES: Final = (
    (re.compile(r"\bapache(?:[- ]?2(?:\.0)?)?(?: licen[cs]ed?)?\b"), ("apache-2.0",)),
    (re.compile(r"\bmit(?:[- ]licen[cs]ed?)\b|\b(?:licen[cs]ed?|under|must be|only|or) mit\b|\bmit only\b"), ("mit",)),
    (re.compile(r"\bbsd\b"), ("bsd", "bsd-2-clause", "bsd-3-clause")),
    (re.compile(r"\bcc[- ]by[- ]4(?:\.0)?\b"), ("cc-by-4.0",)),
    (
        re.compile(
            r"\bcommercial(?:ly)?(?: use| licen[cs]e| friendly| usable)?\b|\bpermissive\w*\b"
            r"|\b(?:open[- ]source|free) licen[cs]e\b"
        ),
        tuple(sorted(PERMISSIVE_LICENSES)),
    ),
)
_FORMATS: Final = (
    (re.compile(r"\bgguf\b|\bllama\.?cpp\b|\bollama\b"), ("gguf",)),
    (re.compile(r"\bonnx\b"), ("onnx",)),
    (re.compile(r"\bsafetensors\b"), ("safetensors",)),
    (re.compile(r"\bopenvino\b"), ("openvino",)),
    (re.compile(r"\bctranslate2\b|\bfaster[- ]whisper\b"), ("ctranslate2",)),
    (re.compile(r"\bmlx\b"), ("mlx",)),
)
_DEVICES: Final = (
    (re.compile(r"\bcpu\b|\bno gpu\b|\bwithout (?:a )?gpu\b|\braspberry pi\b"), ("cpu",)),
    (re.compile(r"\bon (?:a |my |the )?gpu\b|\bcuda\b|\bnvidia\b"), ("gpu",)),
    (re.compile(r"\bapple silicon\b|\bmacbook\b|\bmetal\b"), ("mps",)),
)
_OPEN: Final = re.compile(r"\b(?:not|un|non|no)[- ]?gat\w+|\bno (?:sign[- ]?up|login|registration|token)\b")
_STATED: "Final[dict[Kind, tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]]]" = {
    "license": _LICENSES,
    "format": _FORMATS,
    "device": _DEVICES,
    "not_gated": ((_OPEN, ("yes",)),),
}


@dataclass(frozen=True, slots=True)
class Constraint:
    """One constraint that the text states.

    Attributes:
        kind: What it limits.
        value: A language code, a licence id, a format, a device; or a number of parameters, bytes or tokens.
        words: The words it was read from, as they stand in the text.
    """

    kind: Kind
    value: str | int
    words: str


@dataclass(frozen=True, slots=True)
class Understood:
    """What a text asks for.

    Attributes:
        family: The Hub's pipeline tag, ``None`` when the text does not tell.
        families: Candidates with their shares (summing to 1), likeliest first; a text that does not tell the
            family may still lean towards some.
        evidence: The words that speak for the family.
        constraints: In the order of the text.
    """

    family: str | None
    families: tuple[tuple[str, float], ...]
    evidence: tuple[str, ...]
    constraints: tuple[Constraint, ...]

    def values(self, kind: Kind) -> tuple[str | int, ...]:
        """The values stated of one kind, each once."""
        return tuple(dict.fromkeys(c.value for c in self.constraints if c.kind == kind))

    def filters(self, base: Filters | None = None, *, with_family: bool = False) -> Filters:
        """The constraints as filters, on top of ``base``; memory and download limits both bound the weights.

        Args:
            base: Filters to add to.
            with_family: Whether the family (and what means the same) becomes a constraint too.
        """
        base = base or Filters()

        def least(kind: Kind, known: int | None) -> int | None:
            numbers = [v for v in self.values(kind) if isinstance(v, int)]
            return min([*numbers, *([known] if known is not None else [])], default=None)

        families = base.families
        if with_family and self.family is not None:
            families = families | {self.family, *RELATED_FAMILIES.get(self.family, ())}
        return replace(
            base,
            families=families,
            languages=base.languages | self._texts("language"),
            licenses=base.licenses | self._texts("license"),
            formats=base.formats | self._texts("format"),
            max_parameters=least("max_parameters", base.max_parameters),
            max_bytes=least("max_memory", least("max_bytes", base.max_bytes)),
            not_gated=base.not_gated or bool(self.values("not_gated")),
        )

    def _texts(self, kind: Kind) -> frozenset[str]:
        return frozenset(v for v in self.values(kind) if isinstance(v, str))


def understand(text: str, encode: "Encode | None" = None) -> Understood:
    """Read the family and the constraints out of a task in plain words.

    Args:
        text: The task; any text is safe.
        encode: Turns texts into unit vectors; with it, families are also told by nearness in meaning.
    """
    shown = text[:_MOST_TEXT]
    plain = shown.lower()
    constraints = tuple(_constraints(shown, plain))
    scores, evidence = _by_rules(plain)
    scores = {tag: score * _RULE for tag, score in scores.items()}
    least = _LEAST_BY_RULES
    if encode is not None and plain.strip():
        least = _LEAST_WITH_MEANING
        for tag, figure in likeness(_task_alone(shown, constraints), encode).items():
            scores[tag] = scores.get(tag, 0.0) + figure
    told = sorted(((tag, s) for tag, s in scores.items() if s > 0), key=lambda item: (-item[1], item[0]))
    told = told[:_MOST_FAMILIES]
    family = told[0][0] if told and told[0][1] >= least else None
    weights = [math.exp((score - told[0][1]) / _TEMPERATURE) for _, score in told]
    shares = tuple((tag, weight / sum(weights)) for (tag, _), weight in zip(told, weights, strict=True))
    words = tuple(dict.fromkeys(evidence.get(family, ()))) if family else ()
    return Understood(family, shares, words, constraints)


def _task_alone(shown: str, constraints: Iterable[Constraint]) -> str:
    """The text without the words of its constraints, which say nothing of the task and much of other families.

    One language names what the texts are in; two or more may be the task itself, as in a translation.
    """
    constraints = list(constraints)
    languages = {constraint.value for constraint in constraints if constraint.kind == "language"}
    rest = shown
    for constraint in constraints:
        if constraint.words and (constraint.kind != "language" or len(languages) == 1):
            rest = rest.replace(constraint.words, " ")
    return rest if any(character.isalpha() for character in rest) else shown


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


def _constraints(shown: str, plain: str) -> Iterable[Constraint]:
    found: list[tuple[int, Constraint]] = []

    def add(kind: Kind, value: str | int, at: re.Match[str]) -> None:
        found.append((at.start(), Constraint(kind, value, shown[at.start() : at.end()].strip())))

    for word in re.finditer(r"[^\W\d_]+", shown):
        code = by_name(word[0])
        if code is not None:
            add("language", code, word)
    for kind, table in _STATED.items():
        for pattern, values in table:
            if at := pattern.search(plain):
                for value in values:
                    add(kind, value, at)
    taken = _sizes(plain, add)
    for at in _PARAMETERS.finditer(plain):
        if not any(start < at.end() and at.start() < end for start, end in taken):
            add("max_parameters", round(_number(at[1]) * _COUNTS[at[2]]), at)
    return [constraint for _, constraint in sorted(found, key=lambda item: item[0])]


def _sizes(plain: str, add: "Callable[[Kind, str | int, re.Match[str]], None]") -> list[tuple[int, int]]:
    """Bytes and tokens; returns where they stand, for "8k tokens" is no number of parameters."""
    taken = []
    for at in _CONTEXT.finditer(plain):
        number, thousand = (at[1], at[2]) if at[1] else (at[3], at[4])
        add("context", round(_number(number) * (1_000 if thousand else 1)), at)
        taken.append(at.span())
    for at in _SIZE.finditer(plain):
        around = plain[max(0, at.start() - 12) : at.end() + 12]
        memory = at[3] is not None or re.search(r"\b(?:v?ram|memory)\b", around) is not None
        add("max_memory" if memory else "max_bytes", round(_number(at[1]) * _BYTES[at[2]]), at)
        taken.append(at.span())
    return taken


def _number(text: str) -> float:
    return float(text.replace(",", "."))
