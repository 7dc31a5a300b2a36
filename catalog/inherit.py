"""Facts that a model inherits from the one it was made from.

A quantised copy shares its original's task, size, licence, languages, labels and context. A fine-tune, a merge or an
adapter is bound by its base's licence and keeps its context; a text generator also keeps its languages. An inherited
fact is *derived*: the card names the model it is from, and a source that states the fact itself takes precedence,
except that a copy's uploader seldom lists all languages, and the original's count is more reliable.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final

from catalog.card import GENERATORS, ModelCard, WeightFile
from catalog.languages import is_open, widened
from catalog.prior import follows_instructions, is_copy_by_name, stem
from catalog.repository import is_draft

NAME: Final = "its original"
BASE: Final = "its base"
_SHARED: Final = (
    "family", "parameters", "license", "languages", "labels", "context_length", "embedding_width", "image_size",
)  # fmt: skip
FIRMNESS: Final = {None: 0, "estimated": 1, "derived": 2, "exact": 3}
_BOUND: Final = ("license", "context_length")
# Publishers that put the same set of precisions into each of their repositories.
_HABITS: Final[dict[str, tuple[str, ...]]] = dict.fromkeys(
    ("bartowski", "unsloth", "mradermacher", "QuantFactory", "MaziyarPanahi", "TheBloke", "lmstudio-community"),
    ("q4_k_m", "q8_0"),
)
_BILLIONS: Final = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)b(?![a-z0-9])", re.IGNORECASE)
_CONTRADICTION: Final = 8
_PACKED_SHARE: Final = 0.6
_MIXTURE: Final = re.compile(r"\d+x\d|a\d+b", re.IGNORECASE)


Find = Callable[[str], ModelCard | None]


def complete(cards: Iterable[ModelCard]) -> list[ModelCard]:
    """Fill gaps of copies from the original that they name or share a name with; then take sizes from names.

    An inherited size is "derived"; one read from a name ("7B") is "estimated".
    """
    cards = [believable(card) for card in cards]
    by_id = {name.lower(): card for card in cards for name in (*card.aliases, card.id)}
    originals: dict[str, ModelCard] = {}
    for card in cards:
        if is_original(card):
            known = originals.get(stem(card.id))
            if known is None or (card.downloads or 0) > (known.downloads or 0):
                originals[stem(card.id)] = card
    return [completed(card, by_id.get, originals.get) for card in cards]


def completed(card: ModelCard, named: Find, original: Find) -> ModelCard:
    """Complete one :func:`believable` card as :func:`complete` does.

    `named` returns the believable card with an id or alias in lower case, `original` the most used original with a
    :func:`~catalog.prior.stem`.
    """
    return _tuned(_named_size(_usual_files(_from_base(_from_original(card, named, original), named))), named)


def is_original(card: ModelCard) -> bool:
    """Whether neither its name nor its base marks it as a smaller copy."""
    return not is_copy_by_name(card.id) and card.base_relation != "quantized"


def _tuned(card: ModelCard, named: Find) -> ModelCard:
    """Tag a generator as tuned if its maker also publishes its base model, as "x" and "x-base"."""
    if card.family not in GENERATORS or follows_instructions(card):
        return card
    if not any(named(f"{card.id.lower()}-{end}") for end in ("base", "pt")):
        return card
    return replace(card, tags=(*card.tags, "instruct"), sources=(*card.sources, f"{BASE} next to it: tags"))


def _usual_files(card: ModelCard) -> ModelCard:
    precisions = _HABITS.get(card.id.split("/", maxsplit=1)[0])
    if precisions is None or card.formats != ("gguf",) or any(f.name or f.precision for f in card.files):
        return card
    if re.search(r"[-.]i1-GGUF$", card.id):  # importance-matrix sets have no 8-bit file
        precisions = precisions[:1]
    files = tuple(WeightFile(format="gguf", precision=precision) for precision in precisions)
    return replace(card, files=files, sources=(*card.sources, "its publisher's usual set: files"))


def _from_original(card: ModelCard, named: Find, bearing: Find) -> ModelCard:
    original = None
    if card.base_relation == "quantized" and card.base_model:
        original = named(card.base_model.lower())
    if original is None and is_copy_by_name(card.id):
        original = bearing(stem(card.id))
    if original is None or original.id == card.id:
        return card
    same = not card.family or not original.family or card.family == original.family
    changes = _lacking(card, original, _SHARED if same else _BOUND)
    if is_draft(card.id) and not is_draft(original.id):
        changes.pop("parameters", None)
    elif (same or card.base_relation == "quantized") and _is_firmer(original, card):
        changes["parameters"] = original.parameters
    if same and (languages := _languages(card, original)) != card.languages:
        changes["languages"] = languages
    if not changes:
        return card
    if "parameters" in changes:
        changes["parameters_standing"] = "estimated" if original.parameters_standing == "estimated" else "derived"
        changes["parameters_source"] = f"{NAME} ({original.id})"
    source = f"{NAME} ({original.id}): {', '.join(sorted(changes.keys() & set(_SHARED)))}"
    return replace(card, **changes, sources=(*card.sources, source))


def _languages(card: ModelCard, original: ModelCard) -> tuple[str, ...]:
    """The languages of a copy: those that its original names, if it only says that they are many."""
    names_more = is_open(card.languages) and len(original.languages) > len(card.languages)
    return original.languages if names_more else widened(card.languages, original.languages)


def _is_firmer(original: ModelCard, copy: ModelCard) -> bool:
    """Whether the original's count is more reliable: it has a better source, or the copy's weights are packed.

    GGUF files state true counts; in other formats a count far below the original's counts packed integers.
    """
    if original.parameters is None or original.parameters == copy.parameters:
        return False
    if original.parameters_standing == copy.parameters_standing == "exact" and "gguf" not in copy.formats:
        return (copy.parameters or 0) < _PACKED_SHARE * original.parameters
    return FIRMNESS[original.parameters_standing] > FIRMNESS[copy.parameters_standing]


def _from_base(card: ModelCard, named: Find) -> ModelCard:
    """Complete a fine-tune, a merge or an adapter; with several bases nothing is inherited."""
    if not card.base_model or card.base_relation == "quantized":
        return card
    base = named(card.base_model.lower())
    if base is None or base.id == card.id:
        return card
    facts: tuple[str, ...] = _BOUND
    if card.family in GENERATORS and base.family in GENERATORS:
        facts = (*facts, "languages")
    changes = _lacking(card, base, facts)
    if not changes:
        return card
    return replace(card, **changes, sources=(*card.sources, f"{BASE} ({base.id}): {', '.join(sorted(changes))}"))


def _lacking(card: ModelCard, other: ModelCard, facts: Iterable[str]) -> dict[str, Any]:
    """Those facts that the other card has and this one lacks."""
    return {
        name: getattr(other, name)
        for name in facts
        if getattr(card, name) in (None, ()) and getattr(other, name) not in (None, ())
    }


def believable(card: ModelCard) -> ModelCard:
    """Drop a count eight times off the size in the card's name: only a part of the weights was counted."""
    stated = _stated_size(card)
    if not stated or card.parameters is None or 1 / _CONTRADICTION < card.parameters / stated < _CONTRADICTION:
        return card
    return replace(card, parameters=None, parameters_standing=None, parameters_source=None)


def _stated_size(card: ModelCard) -> float | None:
    """Parameters by the size in the name; drafts bear the size of their model."""
    stated = _BILLIONS.search(card.id.rsplit("/", 1)[-1])
    return None if stated is None or is_draft(card.id) else float(stated[1]) * 1e9


def _named_size(card: ModelCard) -> ModelCard:
    stated = _stated_size(card)
    if card.parameters is not None or not stated or _MIXTURE.search(card.id.rsplit("/", 1)[-1]):
        return card
    return replace(
        card,
        parameters=round(stated),
        parameters_standing="estimated",
        parameters_source="its name",
        sources=(*card.sources, "its name: parameters"),
    )
