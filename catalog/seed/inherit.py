"""What a quantised copy shares with its original: task, size, licence, languages, context."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final

from catalog.card import ModelCard, WeightFile
from catalog.prior import is_copy_by_name, stem

NAME: Final = "its original"
_SHARED: Final = ("family", "parameters", "license", "languages", "context_length", "embedding_width", "image_size")
# Publishers that put the same set of precisions into every repository of theirs.
_HABITS: Final[dict[str, tuple[str, ...]]] = {
    "bartowski": ("q4_k_m", "q8_0"),
    "unsloth": ("q4_k_m", "q8_0"),
    "mradermacher": ("q4_k_m", "q8_0"),
    "QuantFactory": ("q4_k_m", "q8_0"),
    "MaziyarPanahi": ("q4_k_m", "q8_0"),
    "TheBloke": ("q4_k_m", "q8_0"),
    "lmstudio-community": ("q4_k_m", "q8_0"),
}
_BILLIONS: Final = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)b(?![a-z0-9])", re.IGNORECASE)
_CONTRADICTION: Final = 8
_MIXTURE: Final = re.compile(r"\d+x\d|a\d+b", re.IGNORECASE)


Find = Callable[[str], ModelCard | None]


def complete(cards: Iterable[ModelCard]) -> list[ModelCard]:
    """Fill what a copy does not say from the original it names, or whose name it bears; then sizes from names.

    A size taken over is "derived"; one read from a name ("7B") is "estimated".
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
    """One card, as :func:`complete` does it.

    Args:
        card: A :func:`believable` one.
        named: Finds the believable card of an id or alias in lower case.
        original: Finds the most used original of a :func:`~catalog.prior.stem`.
    """
    return _named_size(_usual_files(_from_original(card, named, original)))


def is_original(card: ModelCard) -> bool:
    """Whether neither its name nor its base says that it is a smaller copy."""
    return not is_copy_by_name(card.id) and card.base_relation != "quantized"


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
    if card.family and original.family and card.family != original.family:
        return card
    changes: dict[str, Any] = {
        name: getattr(original, name)
        for name in _SHARED
        if getattr(card, name) in (None, ()) and getattr(original, name) not in (None, ())
    }
    if card.parameters_standing == "estimated" and original.parameters_standing in ("exact", "derived"):
        changes["parameters"] = original.parameters
    if not changes:
        return card
    if "parameters" in changes:
        changes["parameters_standing"] = "estimated" if original.parameters_standing == "estimated" else "derived"
        changes["parameters_source"] = f"{NAME} ({original.id})"
    told = f"{NAME} ({original.id}): {', '.join(sorted(changes.keys() & set(_SHARED)))}"
    return replace(card, **changes, sources=(*card.sources, told))


def believable(card: ModelCard) -> ModelCard:
    """The card without a count that contradicts its own name eightfold: a part of the weights was counted."""
    stated = _BILLIONS.search(card.id.rsplit("/", 1)[-1])
    if stated is None or card.parameters is None or not float(stated[1]):
        return card
    if 1 / _CONTRADICTION < card.parameters / (float(stated[1]) * 1e9) < _CONTRADICTION:
        return card
    return replace(card, parameters=None, parameters_standing=None, parameters_source=None)


def _named_size(card: ModelCard) -> ModelCard:
    name = card.id.rsplit("/", 1)[-1]
    stated = _BILLIONS.search(name)
    if card.parameters is not None or stated is None or _MIXTURE.search(name) or not float(stated[1]):
        return card
    return replace(
        card,
        parameters=round(float(stated[1]) * 1e9),
        parameters_standing="estimated",
        parameters_source="its name",
        sources=(*card.sources, "its name: parameters"),
    )
