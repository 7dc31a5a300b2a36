"""How what was found is ranked: two rankings fused, then lifted by what is known of the models and of the wish."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from catalog.families import title

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catalog.card import ModelCard
    from catalog.columns import Columns
    from catalog.understand import Understood

_RRF: Final = 60.0  # the constant of Cormack, Clarke and Büttcher (2009)
# In units of one first rank, chosen on the "dev" queries of benchmarks/catalog; the plateau is broad.
_QUALITY_WEIGHT: Final = 2.5
_FAMILY_WEIGHT: Final = 3.0
_LANGUAGE_WEIGHT: Final = 0.5
# Who names no language rarely means one that few read: a model for Czech alone is for those who ask for it.
_OTHER_LANGUAGE_WEIGHT: Final = 1.0
# Where only models of other families are wanted, to serve the task (an embedder under a classifier), the words of the
# task say little about them, their standing and their size much: the advisor looks for the smallest that will do.
_SERVING_QUALITY_WEIGHT: Final = 8.0
_SERVING_SMALLNESS_WEIGHT: Final = 3.0
_NAME_WEIGHT: Final = 10.0


@dataclass(frozen=True, slots=True)
class Wish:
    """What a search is for.

    Attributes:
        understood: What the text states.
        named: Rows that the text names.
        serving: Whether models of other families are to serve the task.
        has_language: Whether the filters name a language.
    """

    understood: "Understood"
    named: Sequence[int]
    serving: bool
    has_language: bool


def fused(pool: "NDArray[np.int64]", *rankings: Sequence[int]) -> "NDArray[np.float64]":
    """The scores of some rows by reciprocal rank.

    Args:
        pool: Rows, ascending; all that are ranked are among them.
        rankings: Rows, best first.
    """
    scores = np.zeros(len(pool))
    for rows in rankings:
        scores[np.searchsorted(pool, rows)] += 1.0 / (_RRF + 1 + np.arange(len(rows)))
    return scores


def lift(scores: "NDArray[np.float64]", pool: "NDArray[np.int64]", columns: "Columns", wish: Wish) -> None:
    """Raise the scores of what is of the family and language asked for, what is used and works, and what is named."""
    for kind, share in wish.understood.kinds():
        for tag in kind:
            scores[columns.of_family(pool, tag)] += share * _FAMILY_WEIGHT / _RRF
    languages = wish.understood.values("language")
    for language in languages:
        scores[columns.of_language(pool, str(language))] += _LANGUAGE_WEIGHT / _RRF
    if not languages and not wish.has_language:
        scores[~columns.of_other_languages(pool)] += _OTHER_LANGUAGE_WEIGHT / _RRF
    weight = _SERVING_QUALITY_WEIGHT if wish.serving else _QUALITY_WEIGHT
    if wish.serving:
        scores += columns.smallness(pool) * _SERVING_SMALLNESS_WEIGHT / _RRF
    scores += columns.quality[pool] * weight / _RRF
    scores[np.isin(pool, wish.named)] += _NAME_WEIGHT / _RRF


def why(card: "ModelCard", row: int, ranks: dict[str, dict[int, int]], family: str | None) -> tuple[str, ...]:
    """What spoke for a model, in words."""
    reasons = []
    if family is not None and card.family == family:
        reasons.append(f"does {title(family).lower()}")
    if row in ranks["words"]:
        reasons.append(f"rank {ranks['words'][row] + 1} by words")
    if row in ranks["meaning"]:
        reasons.append(f"rank {ranks['meaning'][row] + 1} by meaning")
    if card.downloads:
        reasons.append(f"{card.downloads:,} downloads in 30 days")
    return tuple(reasons)
