"""Ranking of what was found: a weighted sum of its match with the text, its languages, size and standing."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from catalog.languages import NAMES, by_name
from catalog.prior import QUALITY_SPAN, RECOMMENDED
from catalog.store.describe import human_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catalog.card import ModelCard
    from catalog.query.understand import Understood
    from catalog.store.columns import Columns

_LEAST_SPAN: Final = 0.05
# Learned from the development rows of real questions and practitioners' picks, each with all uses and without very
# similar ones, by listwise logistic regression of the models named against all others of their family;
# ``python -m benchmarks.catalog.weights`` prints these figures and what each feature adds. "for this use" is doubled,
# which found most on the pages of held-out rows, in five folds. "tiny" is smallness if the task asks for it, learned
# with two further sets, which changed the other weights only within the noise.
# "task" ranks the models of the task's family; "serving" those of other families that may do the task (an embedder
# under a classifier), about which the task's words say little.
WEIGHTS: Final[Mapping[str, Mapping[str, float]]] = {
    "task": {
        "words": 1.59, "meaning": 1.29, "own languages": 0.66, "among languages": 0.65, "foreign": -0.65,
        "tiny": 2.0, "standing": 0.31, "for this use": 9.78,
    },
    "serving": {
        "words": 0.97, "meaning": 2.48, "own languages": 0.05, "among languages": 0.41, "foreign": -0.88,
        "small": 2.31, "standing": 0.86, "for this use": 11.32,
    },
}  # fmt: skip
# A model with fixed labels does only what it was made for: one that fits this much worse than the best is for
# something else. Models of other families stay, however little their names say about the task.
LABELLED: Final = frozenset(
    {"text-classification", "image-classification", "audio-classification", "video-classification"}
)
LEAST_FIT: Final = 0.3
# Share of its original's "for this use" that a copy gets.
_COPY: Final = 0.25
# Pairs overlap; in "opus-mt-en-de" the last one counts.
_PAIR: Final = re.compile(r"[-_.](?=([a-z]{2,3}|indic)[-_]([a-z]{2,3}|indic)(?:$|[-_.]))", re.IGNORECASE)
_GROUP: Final = "indic"  # of languages
_FROM_TO: Final = re.compile(r"(?:from )?([\w ]+?) to ([\w ]+?)(?: translator)?(?<!and back)")
_PAIRED: Final = 2  # languages
# Ranks up to which a card is called near to a query.
_NEAR_RANK: Final = 10
# Not learned: models asked for by name come first, then the likely families by their shares; what another model shall
# replace comes last, with its copies.
_NAME_WEIGHT: Final = 40.0
_FAMILY_WEIGHT: Final = 4.0


@dataclass(frozen=True, slots=True)
class Wish:
    """The request of a search."""

    understood: "Understood"  # The text as understood.
    named: Sequence[int]  # Rows of the models named in the text.
    serving: bool  # Whether models of other families are to do the task.
    languages: Sequence[str]  # Codes of languages that the models should know.
    for_use: Mapping[int, float]  # Rows that practitioners name for similar uses, with a weight up to 1.
    known: Sequence[int] = ()  # Rows of the models that the text wants something else than.


def features(
    pool: "NDArray[np.int64]",
    by_words: Mapping[int, float],
    by_meaning: Mapping[int, float],
    columns: "Columns",
    wish: Wish,
) -> "dict[str, NDArray[np.float64]]":
    """Features of each row of the pool, ascending, by the names of :data:`WEIGHTS`.

    ``by_words`` has BM25 of the rows found by words, best first, ``by_meaning`` the cosines of those found by meaning.
    """
    words, meaning = np.zeros(len(pool)), np.zeros(len(pool))
    if by_words:
        found = np.array(list(by_words.values()))
        words[np.searchsorted(pool, list(by_words))] = found / max(found[0], 1e-6)
    if by_meaning:
        found = np.array(list(by_meaning.values()))
        meaning[np.searchsorted(pool, list(by_meaning))] = (found - found[-1]) / max(found[0] - found[-1], _LEAST_SPAN)
    small = columns.smallness(pool)
    flags = columns.by_languages(pool, wish.languages, several=wish.understood.is_multilingual)
    return {
        "words": words,
        "meaning": meaning,
        **{name: each.astype(np.float64) for name, each in flags.items()},
        "small": small,
        "tiny": small * wish.understood.is_tiny,
        "standing": columns.quality[pool].astype(np.float64) * QUALITY_SPAN,
        "for this use": _for_use(pool, columns, wish),
    }


def _for_use(pool: "NDArray[np.int64]", columns: "Columns", wish: Wish) -> "NDArray[np.float64]":
    """Weights of rows that practitioners name for similar uses; their copies get a share."""
    found = np.zeros(len(pool))
    if not wish.for_use:
        return found
    of_group: dict[int, float] = {}
    for row, share in wish.for_use.items():
        group = int(columns.group[row])
        of_group[group] = max(share, of_group.get(group, 0.0))
    groups = np.array(sorted(of_group))
    place = np.minimum(np.searchsorted(groups, columns.group[pool]), len(groups) - 1)
    is_kin = groups[place] == columns.group[pool]
    found[is_kin] = _COPY * np.array([of_group[group] for group in groups.tolist()])[place[is_kin]]
    rows = np.array(sorted(wish.for_use))
    at, there = _places(pool, rows)
    found[at] = [wish.for_use[row] for row in rows[there].tolist()]
    return np.sqrt(found)


def scored(
    values: "Mapping[str, NDArray[np.float64]]", pool: "NDArray[np.int64]", columns: "Columns", wish: Wish
) -> "NDArray[np.float64]":
    """The rows' scores: weighted features, with a boost for named models and likely families."""
    weights = WEIGHTS["serving" if wish.serving else "task"]
    scores = np.zeros(len(pool))
    for name, weight in weights.items():
        scores += values[name] * weight
    for kind, share in wish.understood.kinds():
        for tag in kind:
            scores[columns.of_family(pool, tag)] += share * _FAMILY_WEIGHT
    scores[_places(pool, np.array(wish.named, dtype=np.int64))[0]] += _NAME_WEIGHT
    for group in {int(columns.group[row]) for row in wish.known}:
        scores[columns.group[pool] == group] -= _NAME_WEIGHT
    return scores


def _places(pool: "NDArray[np.int64]", rows: "NDArray[np.int64]") -> "tuple[NDArray[np.int64], NDArray[np.bool_]]":
    """Positions of rows in a pool, and which rows are in it; NumPy's ``isin`` would import masked arrays, 0.01 s."""
    at = np.minimum(np.searchsorted(pool, rows), len(pool) - 1)
    there = np.equal(pool[at], rows)
    return at[there], there


def fit(values: "Mapping[str, NDArray[np.float64]]") -> "NDArray[np.float64]":
    """Match of each row relative to the best one, up to 1: by words, by meaning and by similar uses."""
    near: NDArray[np.float64] = values["words"] + values["meaning"] / 2 + values["for this use"]
    best = near.max(initial=0.0)
    return near / best if best > 0 else np.ones(len(near))


def direction(card: "ModelCard") -> tuple[str, str] | None:
    """A model's source and target language, "" for several: from its one tag of that kind, else from its name.

    "English to German" of a model with more languages gives the source only, and its name gives nothing.
    """
    stated = [at for tag in card.tags if (at := _FROM_TO.fullmatch(tag))]
    if len(stated) == 1:
        source, target = (by_name(words.split()[-1]) or "" for words in stated[0].groups())
        if source or target:
            return source, "" if source and len(card.languages) > _PAIRED else target
    pairs = [(one.lower(), two.lower()) for one, two in _PAIR.findall(card.id.rpartition("/")[2])]
    known = [pair for pair in pairs if set(pair) <= {*NAMES, _GROUP}]
    if not known or (len(card.languages) > _PAIRED and _GROUP not in known[-1]):
        return None
    return known[-1][0].replace(_GROUP, ""), known[-1][1].replace(_GROUP, "")


def leads_elsewhere(card: "ModelCard", wanted: tuple[str, str] | None) -> bool:
    """Whether a translator's source or target language differs from the wanted one."""
    if wanted is None or (own := direction(card)) is None:
        return False
    return any(here and there and here != there for here, there in zip(own, wanted, strict=True))


def why(card: "ModelCard", row: int, ranks: dict[str, dict[int, int]], use: str | None) -> tuple[str, ...]:
    """Reasons for a model, in words: the similar use that it is shortlisted for, or its ranks by words and meaning."""
    reasons = []
    if use is not None:
        reasons.append(use)
    elif RECOMMENDED in card.tags:
        reasons.append("a usual first choice")
    elif near := [name for name in ("words", "meaning") if ranks[name].get(row, _NEAR_RANK) < _NEAR_RANK]:
        reasons.append(f"its card is near in {' and '.join(near)}")
    if card.downloads:
        reasons.append(f"{human_count(card.downloads)} downloads a month")
    return tuple(reasons) or ("does this kind of task",)
