"""Sentence similarity: how alike two texts are, against people's grades or yes/no decisions; or which is closer."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from advisor.engines.base import Comparer, Encoder, Runtime
from advisor.families.base import (
    PAIR,
    Answerer,
    Family,
    FixedAnswer,
    Given,
    Json,
    OneByOne,
    Settled,
    always_middle,
    span_of,
)
from advisor.families.methods.baseline import closer_by_words
from advisor.families.methods.similar import Similar, by_cosine, by_pair
from advisor.families.values import EmptyError, as_decision, as_label, field_text, is_mark

if TYPE_CHECKING:
    from advisor.probe.protocol import ProbeSpec
    from advisor.task.example import Example
    from advisor.task.model import Bar, Task

TRIPLET = ("anchor", "closer", "farther")
# Usual scales of grades; a scale is used if all grades are on it.
SCALES = ((0.0, 1.0), (0.0, 5.0), (0.0, 10.0), (0.0, 100.0))
# Spellings of the two labels.
YES, NO = frozenset({"yes", "true", "y"}), frozenset({"no", "false", "n"})
# Yes and no in other languages, and as one letter or sign.
_YES = "1 ja j oui o si sí s sì sim tak t ano áno da igen да так evet kyllä ναι ya có نعم כן بله हाँ はい 是 예 네"  # noqa: RUF001
_NO = "0 nein n nee nej nei non no não nie ne nu nem нет ні hayır ei όχι οχι tidak không لا לא خیر नहीं いいえ 否 아니오"  # noqa: RUF001
# Phrases for "the same" and "not the same".
_ALIKE = (
    r"(?:same|match\w*|dup\w*|id[eé]nti\w*|equal\w*|gleich\w*|(?:das|der|die)?selbe\w*|m[êe]mes?|igual\w*|mesm[oa]s?"
    r"|mism[oa]s?|stess[oaie]|ugual\w*|(?:het)?zelfde|gelijk\w*|samme|samma|ten sam|t[ao] sam[ao]|jednakow\w*"
    r"|одинаков\w*|ayn\u0131|同じ|相同)"
)
_SAME = re.compile(rf"(?:yes|ja|oui|s[ií]|sim|(?:a )?{_ALIKE})\b[^?]*")
_APART = re.compile(
    rf"(?:no|nein|non|(?:no|not|nicht|non|pas) (?:\w+ )??{_ALIKE}"
    r"|diff\w*|diferent\w*|distinct\w*|mismatch\w*|verschi\w*|(?:et )?anders?|autres?|distint\w*|divers\w*"
    r"|forskellig\w*|ulike?|olika|różn\w*|inn[aye]|разн\w*|farkl\u0131|違う|不同)(?:\W+\w+){0,2}\W*"
)
# Two grades this close, as a share of the scale, count as equal.
SAME_SHARE = 0.05
TWO = 2


# Nouns for pairs that are the same, where people speak of finding them.
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
ALIKE_PAIR = re.compile(
    rf"\b(?:{_ALIKE}|dubl\w*|dople\w*|doppel\w*|doppio\w*|doublon\w*|dobl\w*|dubbel\w*|duplik\w*|kopi\w*|treffer\w*"
    r"|дубл\w*|дублік\w*|yinelen\w*|kaksoiskapp\w*|duplum\w*)|重複|重复",
    re.IGNORECASE,
)


def as_grade(text: str) -> str | float:
    """Return the cell of a pair as a number, else as a label: any spelling of yes and no becomes these words.

    Raises:
        ValueError: if it is no grade, as "NaN" is.
    """
    if text.casefold() in YES | NO:
        return "yes" if text.casefold() in YES else "no"
    try:
        grade = float(text.replace(",", ".") if _DECIMAL_COMMA.fullmatch(text) else text)
    except ValueError:
        return as_label(text)
    if not math.isfinite(grade):
        raise ValueError(f"is {text[:20]!r}, not a grade; write a number, or yes and no")
    return grade


def decision(text: str) -> bool | None:
    """Return whether words mean "the same" ("same person", "diff"); None for undecided ones: "not sure"."""
    said = text.strip().casefold()
    if said in YES | NO | {*_YES.split(), *_NO.split()}:
        return said in YES or said in _YES.split()
    return False if _APART.fullmatch(said) else True if _SAME.fullmatch(said) else None


def _check_rates(bar: Bar, decisions: Sequence[str], of: str = "") -> None:
    """Refuse rates of single labels but of the two decisions on pairs; ValueError naming these."""
    for key, rates in bar.of_labels.items():
        if not decisions:
            raise ValueError(f"bar.{key}: {of} have no labels; leave it out")
        if not isinstance(rates, dict) or not rates.keys() <= {*decisions}:
            named = " or ".join(map(repr, decisions))
            raise ValueError(f"bar.{key}: name a rate of {named}, e.g. {decisions[-1]}: 0.95")


def usual_scale(low: float, high: float) -> tuple[float, float]:
    """Return the smallest usual scale of grades that these lie on, else their own range."""
    return next(((a, b) for a, b in SCALES if a <= low and high <= b), (low, high))


class SentenceSimilarity(Family):
    """Graded pairs, pairs with one of two labels, such as yes or no, or triplets.

    A pair has the parts first and second, and an expected grade. For triplets `examples.input` names the columns of
    anchor, closer and farther, and nothing else is expected.

    `closeness` is 1 - |answer - grade| on the scale of the grades, 0 to 1; an answer passes from 0.8, within a fifth of
    the scale. The answer is linear in the cosine (or a pair model's score) and the words that the texts share, fitted
    on the training rows. If only 0 and 1, or two labels, are expected, these are decisions, not grades: `decision` is
    whether the answer is the expected one, by a threshold learned on the training rows. `order` is whether the closer
    text is ranked first.
    """

    name: ClassVar[str] = "sentence-similarity"
    gist: ClassVar[str] = "how alike two texts are"
    example: ClassVar[str] = 'two questions in, "the same" out'
    parts: ClassVar[tuple[str, ...]] = PAIR
    expected_column: ClassVar[str] = "score"
    methods: ClassVar[Mapping[str, str]] = {"encode": "cosine", "compare": "pair"}
    baselines: ClassVar[Mapping[str, str]] = {"constant": "constant", "linear": "words", "bm25": "words"}
    tuned: ClassVar[frozenset[str]] = frozenset({"encode"})
    has_range: ClassVar[bool] = True
    decides: ClassVar[bool] = True
    searched: ClassVar[tuple[str, ...]] = ("sentence-similarity", "feature-extraction", "text-ranking")
    mix: ClassVar[Mapping[str, float]] = {"encode": 5, "static": 1, "compare": 2}
    metrics: ClassVar[Mapping[str, float]] = {"closeness": 0.8, "decision": 1.0, "order": 1.0}
    sample: ClassVar[Given | None] = dict.fromkeys((*PAIR, *TRIPLET), "Hello")

    def parts_of(self, task: Task) -> tuple[str, ...]:
        named = task.examples.input
        return TRIPLET if isinstance(named, dict) and named.keys() & set(TRIPLET) else PAIR

    def check_task(self, task: Task) -> str | None:
        if (reason := super().check_task(task)) is not None:
            return reason
        is_pair, metric = self.parts_of(task) == PAIR, task.scoring.metric
        if is_pair and metric == "order":
            return (
                "scoring.metric: order is for triplets, and these are graded pairs; write closeness, or name the "
                "columns of anchor, closer and farther in examples.input"
            )
        if not is_pair and metric in {"closeness", "decision"}:
            return (
                f"scoring.metric: {metric} is for {'graded ' if metric == 'closeness' else ''}pairs, and these are "
                "triplets; write order, or name the columns of first and second in examples.input"
            )
        return None

    def why_not(self, method: str, task: Task) -> str | None:
        """Refuse BM25 for pairs, whose score has no scale, and learned methods for triplets, which have no grades."""
        if method in ("linear", "bm25") and (method == "bm25") == self.needs_expected(task):
            return "cannot say by itself how alike a pair is" if method == "bm25" else "learns from grades alone"
        return super().why_not(method, task)

    def needs_expected(self, task: Task) -> bool:
        """Return whether there are grades: triplets define the closer text themselves."""
        return self.parts_of(task) == PAIR

    def read_expected(self, value: object, task: Task) -> Json:
        """Return the grade as a number, else as a label."""
        if not self.needs_expected(task):
            return None
        text = field_text(str(value) if isinstance(value, bool) else value).strip()
        if is_mark(text):
            raise EmptyError(what=f"is {text!r}, which says neither yes nor no")
        return as_grade(text)

    def settle(self, task: Task, examples: Sequence[Example], teaching: Sequence[Example]) -> Settled:
        """Return the metric and the scale, from the training rows' grades unless the task sets them.

        With grades 0 and 1 only the metric is "decision"; other scales are usual ones that contain the grades.
        """
        if not self.needs_expected(task):
            _check_rates(task.bar, (), "triplets")
            return Settled({"metric": task.scoring.metric or "order"})
        named = sorted({example.expected for example in examples if isinstance(example.expected, str)})
        if named and (len(named) != TWO or any(not isinstance(example.expected, str) for example in examples)):
            said = ", ".join(repr(each[:20]) for each in named[:4]) + (", …" if len(named) > 4 else "")  # noqa: PLR2004
            how = "some pairs have a number, others" if len(named) <= TWO else "pairs are marked"
            cure = "write a number for each pair, or one of two labels"
            raise ValueError(f"{how} {said}; {cure}; text-classification takes pairs with more")
        if named:
            if task.scoring.metric == "closeness":
                raise ValueError("closeness needs grades, and there are two labels; leave scoring.metric out")
            _check_rates(task.bar, named)
            return Settled({"metric": "decision", "grades": named})
        grades, taught = ({float(example.expected) for example in each} for each in (examples, teaching))
        metric = task.scoring.metric or ("decision" if (taught or grades) <= {0.0, 1.0} else "closeness")
        low, high = min(grades), max(grades)
        _check_rates(task.bar, sorted(map(as_decision, grades)) if metric == "decision" else (), "graded pairs")
        if metric == "decision" and low < high:
            if len(grades) > TWO:
                raise ValueError(f"decision needs two grades, and there are {len(grades)}; write closeness")
            note = f"each pair is {low:g} or {high:g}; an answer is right if it says which"
            return Settled({"metric": metric, "grades": [low, high]}, (note,))
        scale = span_of(task, examples, teaching)
        scale = usual_scale(*scale) if task.scoring.range is None else scale
        near = 1.0 - (self.metrics[metric] if task.scoring.at_least is None else task.scoring.at_least)
        note = f"grades are read on a scale from {scale[0]:g} to {scale[1]:g}"
        if task.scoring.function is None:
            note += f"; an answer is right that is at most {near * (scale[1] - scale[0]):g} away"
        return Settled({"metric": metric, "grades": list(scale)}, (note,))

    def constant(self, teaching: Sequence[tuple[Given, Json]]) -> FixedAnswer | None:
        """Return the training rows' median grade, for labels the most frequent one."""
        if any(isinstance(expected, str) for _, expected in teaching):
            return super().constant(teaching)
        return always_middle(float(expected) for _, expected in teaching if expected is not None)

    def wants_teaching(self, task: Task) -> bool:
        """Return whether there are grades to fit a line or a threshold to, or a model is tuned."""
        return self.needs_expected(task) or task.tuning == "try"

    def same(self, one: Json, other: Json, scoring: Mapping[str, Any]) -> bool:
        """Return whether two answers are equal, or grades close to each other."""
        if isinstance(one, float) and isinstance(other, float):
            low, high = scoring["grades"]
            return bool(abs(one - other) <= SAME_SHARE * (high - low))
        return super().same(one, other, scoring)

    def prepare(self, runtime: Runtime, spec: ProbeSpec) -> Answerer:
        """Compare by vectors, a pair model or words, after fitting on the training rows."""
        if spec.method == "linear":
            return Similar(None, spec, self)
        if spec.method == "bm25":
            return OneByOne(closer_by_words)
        if spec.method == "cosine" and isinstance(runtime, Encoder):
            return Similar(by_cosine(runtime), spec, self)
        if spec.method == "pair" and isinstance(runtime, Comparer):
            return Similar(by_pair(runtime), spec, self)
        return super().prepare(runtime, spec)

    def score(self, output: Json, expected: Json, spec: ProbeSpec) -> dict[str, float]:
        """Return the closeness to the grade, whether the answer is the expected one, or whether the order is right."""
        if expected is None:
            return {"order": float(output == "closer")}
        if spec.scoring.get("metric") == "decision":
            return {"decision": float(output == expected)}
        low, high = spec.scoring["grades"]
        return {"closeness": 1.0 - min(1.0, abs(float(output) - float(expected)) / (high - low))}


FAMILY = SentenceSimilarity()
