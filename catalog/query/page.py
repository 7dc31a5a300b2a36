"""A page of models for a task as a practitioner would list them: several families and several approaches.

A task that may be of several families gets models of each, by their shares. A family's models are joined by those that
do its task in another way: classifiers by encoders that take a head, by zero-shot models, by bases to fine-tune and by
a small generator prompted with the labels.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import log2
from pathlib import Path
from typing import TYPE_CHECKING, Final

from catalog.card import ModelCard
from catalog.families import SUBSTITUTES
from catalog.prior import answers_without_words, only_continues, only_pretrained, series
from catalog.query.filters import Filters, forbids_commerce
from catalog.query.gloss import in_english
from catalog.store.implied import is_of_other_field

if TYPE_CHECKING:
    from catalog.query.search import Catalog
    from catalog.query.understand import Understood


@dataclass(frozen=True, slots=True)
class Hit:
    """One model found."""

    # The repository that represents the model: the original, or the most used copy that satisfies the constraints. If
    # they accept GGUF, a GGUF copy represents a text generator, because that is what runs here.
    card: ModelCard
    score: float  # Higher is better; comparable within one search only.
    why: tuple[str, ...] = ()  # Reasons, in words.
    variants: tuple[str, ...] = ()  # Ids of its other repositories within the constraints (quantised copies, forks).


@dataclass(frozen=True, slots=True)
class CatalogInfo:
    """Contents of a catalog."""

    count: int  # Number of models.
    families: dict[str, int]  # Models per family, largest first; "" is unknown.
    built: str  # When it was compiled, ISO.
    snapshot: str  # SHA-256 of the snapshot it was compiled from, "" if from something else.
    schema: int  # Version of the compiled layout.
    path: Path  # Its folder.


_EMBEDDERS: Final = ("feature-extraction", "sentence-similarity")
_GENERATORS: Final = ("text-generation",)
_OF_PICTURES: Final = frozenset({"image-to-text", "document-question-answering", "image-text-to-text"})
_SEEING: Final = ("image-text-to-text", "any-to-any")
# Families that join each family's page, with their shares of it: as in practitioners' picks on development rows,
# smoothed, because most families have few.
HELPERS: Final[dict[str, tuple[tuple[tuple[str, ...], float], ...]]] = {
    "text-classification": (
        (_EMBEDDERS, 0.2), (("fill-mask",), 0.12), (("zero-shot-classification",), 0.08), (_GENERATORS, 0.06),
    ),
    "token-classification": ((_GENERATORS, 0.14), (("fill-mask",), 0.06)),
    "zero-shot-classification": ((_GENERATORS, 0.1),),
    "question-answering": ((_GENERATORS, 0.15),),
    "table-question-answering": ((_GENERATORS, 0.12),),
    "summarization": ((_GENERATORS, 0.4),),
    "translation": ((_GENERATORS, 0.25), (_SEEING, 0.1)),
    "text2text-generation": ((_GENERATORS, 0.4),),
    "text-generation": ((_SEEING, 0.1),),
    "image-classification": (
        (("image-feature-extraction",), 0.2), (("zero-shot-image-classification",), 0.1), (_SEEING, 0.05),
    ),
    "image-feature-extraction": ((("zero-shot-image-classification",), 0.25),),
    "feature-extraction": ((("audio-classification",), 0.02),),  # encoders of sound, where uses name them
    "image-segmentation": ((("mask-generation",), 0.15),),
    "mask-generation": ((("image-segmentation",), 0.1),),
    "image-to-text": ((_SEEING, 0.3),),
    "visual-question-answering": ((_SEEING, 0.5),),
    "document-question-answering": ((_SEEING, 0.3), (("image-to-text",), 0.1)),
    "zero-shot-object-detection": ((("image-to-text",), 0.05),),
    "automatic-speech-recognition": ((("audio-text-to-text",), 0.05),),
}  # fmt: skip
# Weight of the models named for similar uses in the shares; the rest is the usual shares.
_BY_USES: Final = 0.75
# Users with labelled texts train on encoders: 6% of the models that practitioners name first for such tasks are
# ready classifiers, elsewhere half. Users without labels need ready models. This is the factor on the share of the
# other approach, fitted on the pages of held-out rows.
_OTHER_WAY: Final = 0.1
_UNLABELLED: Final = re.compile(
    r"\b(?:no|none|nothing|not|\w+n.t|without|un)[ -]?(?:any )?(?:\w+ )?(?:labell?ed|labels?|annotated|train(?:ing|ed)"
    r"|examples)|ready to use",
    re.IGNORECASE,
)
_LABELLED: Final = re.compile(
    r"\b(?:labell?ed|annotated|sorted by hand)|\d[\d,.]*k? (?:\w+ )?(?:labels|examples)|\bexamples (?:of )?(?:each|per)"
    r"|\btrain(?:ed|ing)? (?:it )?on\b|past (?:decisions|tickets|mails)",
    re.IGNORECASE,
)
# Penalty on the score of a series' second model, doubled for the fourth; factor of hits looked through for it.
_SERIES: Final = 0.5
_LOOKED_THROUGH: Final = 2
# Penalty for a non-commercial licence: most users want to deploy. On development rows 2% of the models that
# practitioners name first have one, and 11% of those that they advise against.
_NO_COMMERCE: Final = 1.0
# Penalty for a base or only pretrained model if the task does not ask for one.
_BASE: Final = 3.0
# Penalties for an adapter, which needs another model; for a generator of another field (medicine, for chat); and for
# a model that scores translations when translations are wanted.
_PART: Final = 3.0
_OTHER_FIELD: Final = 2.0
_NO_ANSWER: Final = 9.0
_CONTINUES: Final = re.compile(
    r"complet|in the middle|suggest|(?:as|while) \w+ (?:\w+ )?types?\b|\bbase\b|fine-?tun|\b(?:pre-?)?train|continu",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a page."""

    families: tuple[str, ...]  # Families of its models.
    share: float  # Share of the page; all sum to 1.
    serving: bool  # Whether they do the task of another family.
    task: str  # Family of the task.


def parts(understood: "Understood", named: Mapping[str, float] | None = None) -> list[Part]:
    """The parts of the page for a task, the likeliest family's own models first; empty if the text names no family.

    ``named`` are the shares of families among the models that practitioners name for similar uses.
    """
    likely = understood.likely()
    total = sum(share for _, share in likely)
    own = {kind for kind, _ in likely}
    found: list[Part] = []
    for kind, share in likely:
        task = understood.family if kind == likely[0][0] and understood.family else kind[0]
        helpers = [each for each in HELPERS.get(task, ()) if tuple(sorted(each[0])) not in own]
        rest = 1.0 - sum(part for _, part in helpers)
        found.append(Part(kind, share / total * rest, serving=False, task=task))
        found += [Part(names, share / total * part, serving=True, task=task) for names, part in helpers]
    weighed = _weighed(found, named or {})
    is_unlabelled = lacks_labels(understood.topic)
    if not is_unlabelled and _LABELLED.search(understood.topic) is None:
        return weighed
    return [
        replace(part, share=part.share * _OTHER_WAY)
        # The models of some parts do the task after a head is trained on them.
        if part.task == "text-classification"
        and (part.serving and part.families in (_EMBEDDERS, ("fill-mask",))) is is_unlabelled
        else part
        for part in weighed
    ]


def lacks_labels(text: str) -> bool:
    """Whether a text in English says that nothing is labelled yet, or that nothing is to be trained."""
    return _UNLABELLED.search(text) is not None


def _weighed(usual: list[Part], named: Mapping[str, float]) -> list[Part]:
    """Move shares from the usual ones towards those of the families among the models named for similar uses."""
    of: defaultdict[tuple[str, ...], float] = defaultdict(float)
    for part in usual:
        of[part.families] += part.share
    shares = {families: sum(named.get(tag, 0.0) for tag in families) for families in of}
    total = sum(shares.values())
    if not total:
        return usual
    return [
        replace(part, share=part.share * (1 - _BY_USES + _BY_USES * shares[part.families] / total / of[part.families]))
        for part in usual
    ]


def page(  # noqa: PLR0917 - as Catalog.search takes them
    catalog: "Catalog",
    text: str,
    understood: "Understood",
    filters: Filters,
    limit: int,
    usable: Callable[[ModelCard], bool] | None = None,
) -> tuple[list[Hit], bool]:
    """The page, and whether it has a model of the likeliest family.

    If that family has no model under the constraints, models that do the same when prompted are substituted. The text
    is understood to be of a family; the filters are without it. For ``usable`` see ``Catalog.search``.
    """

    def search(families: tuple[str, ...], *, serving: bool) -> list[Hit]:
        only = replace(filters, families=frozenset(families))
        return found_of(catalog, text, only, limit, serving=serving, usable=usable)

    named = catalog.families_named(understood)
    found = [(part.share, search(part.families, serving=part.serving)) for part in parts(understood, named)]
    is_met = bool(found and found[0][1])
    hits = list(_by_turns(found, limit))
    if not hits and (instead := SUBSTITUTES.get(understood.family or "")):
        hits = search(instead, serving=True)
    return hits, is_met


def found_of(
    catalog: "Catalog",
    text: str,
    filters: Filters,
    limit: int,
    *,
    serving: bool = False,
    usable: Callable[[ModelCard], bool] | None = None,
) -> list[Hit]:
    """The hits of the filters' families, ranked as `spread` does.

    What reads pictures is never of another field than the task, and last come models for other languages: letters are
    learned from few examples.
    """
    said, most = in_english(text), _LOOKED_THROUGH * limit
    hits = catalog.search(text, filters=filters, limit=most, serving=serving, usable=usable)
    if not _OF_PICTURES.issuperset(filters.families):
        return spread(hits, said)[:limit]
    own = spread([hit for hit in hits if not is_of_other_field(hit.card.id, said)], said)
    if filters.languages and len(own) < limit:
        of_any = replace(filters, languages=frozenset())
        known = {hit.card.id for hit in hits}
        more = catalog.search(text, filters=of_any, limit=most, serving=serving, usable=usable)
        fit = [hit for hit in more if hit.card.id not in known and not is_of_other_field(hit.card.id, said)]
        low = own[-1].score if own else float("inf")
        own += [replace(hit, score=min(low, hit.score)) for hit in spread(fit, said)]
    return (own or spread(hits, said))[:limit]


def spread(hits: list[Hit], said: str) -> list[Hit]:
    """Hits ranked again, each lowered by the number of models of its series above it: sizes of one model are one idea.

    Non-commercial models and adapters are lowered as well; so are base models, models of another field, and models that
    answer without words, unless the task in English (``said``) asks for them.
    """
    base = 0.0 if _CONTINUES.search(said) else _BASE
    above: Counter[str] = Counter()
    lowered = []
    for hit in hits:
        card, name = hit.card, series(hit.card.id)
        cost = _SERIES * log2(1 + above[name]) + _NO_COMMERCE * forbids_commerce(card.license)
        cost += _PART * (card.base_relation == "adapter")
        cost += base * (only_continues(card) or only_pretrained(card)) + _NO_ANSWER * answers_without_words(card, said)
        cost += _OTHER_FIELD * (card.family in (*_GENERATORS, *_SEEING) and is_of_other_field(card.id, said))
        lowered.append(replace(hit, score=hit.score - cost))
        above[name] += 1
    return sorted(lowered, key=lambda hit: -hit.score)


def _by_turns(found: list[tuple[float, list[Hit]]], limit: int) -> Iterator[Hit]:
    """Interleave the hits of several parts in proportion to their shares (Sainte-Laguë), keeping each part's order."""
    taken = [0] * len(found)
    score = float("inf")
    seen: set[str] = set()
    while len(seen) < limit:
        open_ones = [at for at, (_, own) in enumerate(found) if taken[at] < len(own)]
        if not open_ones:
            return
        turn = max(open_ones, key=lambda at: found[at][0] / (taken[at] + 0.5))
        hit = found[turn][1][taken[turn]]
        taken[turn] += 1
        if hit.card.id in seen:  # in two families
            continue
        seen.add(hit.card.id)
        score = min(score, hit.score)  # scores never rise down the page
        yield replace(hit, score=score)
