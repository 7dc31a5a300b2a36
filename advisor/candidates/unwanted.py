"""Why a model is not planned, whatever its rank: a copy, another way of answering, what the task excludes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor.candidates.barred import is_closed
from advisor.candidates.catalogued import download_size, is_of_texts
from advisor.candidates.context import LISTED, MEANT
from advisor.candidates.kinds import answers_in_its_own_way, is_chat
from advisor.candidates.made_for import ANSWERS_IN_JSON, field_of
from advisor.candidates.uses import Use
from advisor.engines.engine import RAW_ENCODERS
from advisor.families import family
from advisor.units import format_count
from catalog import prior
from catalog.query.filters import PERMISSIVE_LICENSES
from catalog.query.gloss import in_english
from catalog.query.ranking import direction
from catalog.store.implied import of_sequences

if TYPE_CHECKING:
    from advisor.candidates.context import Context
    from catalog import ModelCard

FEWEST_DOWNLOADS = 2_000
# "Protein sequences" are no texts; abstracts about proteins are.
_SEQUENCES = re.compile(
    r"\b(?:proteins?|peptides?|dna|rna|genes?|genom\w+|nucleotides?|amino[ -]acids?)[ -]sequences?"
    r"|\b(?:smiles|fasta)\b",
    re.IGNORECASE,
)
_FOR_TESTS = re.compile(r"tiny-random|internal-testing|dummy|(?:^|[-_/])test(?:ing)?(?:[-_]|$)", re.IGNORECASE)
_TUNED_NAMES = ("-Instruct", "-instruct", "-it", "-Chat", "-chat", "-Instruct-2507")
GENERATIVE = frozenset({"text-generation", "json-extraction"})


def is_curated(card: ModelCard) -> bool:
    """Return whether our own table or a task page of the Hub lists a model."""
    return "recommended" in card.tags or any(source.startswith("curated") for source in card.sources)


def is_listed(context: Context, card: ModelCard) -> bool:
    return is_curated(card) or context.named_for(card) >= LISTED


def unwanted(context: Context, card: ModelCard, use: Use) -> str | None:
    """Return why few would try a model for any task."""
    # A pair of languages may have a single translator, whose usage is not known.
    pair = (to.source, to.target) if (to := context.task.translate) is not None else None
    is_the_one = card.downloads is None and pair is not None and direction(card) == pair
    if (card.downloads or 0) < FEWEST_DOWNLOADS and not is_listed(context, card) and not is_the_one:
        count = None if card.downloads is None else format_count(card.downloads)
        few = "its use is unknown" if count is None else f"few use it ({count} downloads in 30 days)"
        return f"{few}; name it among the models to try it anyway"
    if _FOR_TESTS.search(card.id):
        return "was made for tests"
    if prior.is_altered(card):
        return "is a modified copy of another model"
    if (original := _copied(context, card)) is not None:
        return f"is a copy of {original}"
    if (reason := _not_read(context, card, use)) is not None:
        return reason
    if use.ability == "chat" and not _answers(context, card):
        return "continues texts: it was not tuned to follow instructions"
    if use.ability == "chat" and context.task.family not in GENERATIVE and ANSWERS_IN_JSON.search(card.id):
        return "answers with JSON, or calls functions"
    licenses = context.task.constraints.licenses
    # "-c" is the variant trained only on data that allows commercial use (MoritzLaurer's zero-shot models).
    if licenses and licenses & PERMISSIVE_LICENSES and context.catalog.get(f"{card.id}-c") is not None:
        return f"was trained on data of other licences too; {card.id}-c was not"
    if licenses and card.license is None and licenses & PERMISSIVE_LICENSES:
        return "its licence is unknown; to try it anyway, name it among the models to try"
    return None


def compares_vectors(context: Context) -> bool:
    """Return whether the task's family compares encoders' vectors rather than training a head on them."""
    return family(context.task.family).methods["encode"] != "head"


def _not_read(context: Context, card: ModelCard, use: Use) -> str | None:
    """Return why a model may not read what the task has: texts, or sequences of proteins and the like."""
    is_of_sequences = bool(of_sequences(card.id)) and context.needs.is_about(*card.tags)
    if _SEQUENCES.search(in_english(context.task.instruction)) and not is_of_sequences:
        return "reads texts, no sequences"
    is_encoder = use.ability in ("encode", "embed") and not is_of_sequences
    return "may not be a text encoder" if is_encoder and not _reads_texts(context, card) else None


def _reads_texts(context: Context, card: ModelCard) -> bool:
    """Return whether an encoder surely reads texts; a masked language model without a language may read proteins.

    One named for molecules or proteins reads those, however near the words of practitioners who name it are.
    """
    if (field := of_sequences(card.id)) and not context.needs.is_about(field):
        return False
    if card.family in RAW_ENCODERS and not card.languages and context.named_for(card) < MEANT:
        return False
    return card.library not in (None, "transformers") or is_of_texts(card) or bool(card.languages)


def _copied(context: Context, card: ModelCard) -> str | None:
    """Return the model that a repository copies, None if none; a GGUF file of a model too large is no copy.

    A quantised copy is not another model, and copies are seldom described better than originals; some have the owner
    in their name ("x/owner-model").
    """
    base, name = card.base_model, card.id.rpartition("/")[2]
    owners = (name[: mark.start()] + "/" + name[mark.end() :] for mark in re.finditer("[-_]", name))
    if (original := next(filter(None, map(context.catalog.get, owners)), None)) is not None:
        return original.id
    is_copy = prior.is_copy_by_name(card.id) or (
        base is not None and base != card.id and prior.stem(base) == prior.stem(card.id)
    )
    if not is_copy:
        return None
    original = context.catalog.get(base) if base is not None else None
    if original is not None and stands_for(context, card, original):
        return None
    if "gguf" in card.formats and original is not None and not original.gated:
        size = download_size(original)
        if size is not None and (context.is_too_large(size, size) or context.is_costly(size)):
            return None
    return base or prior.stem(card.id)


def stands_for(context: Context, copy: ModelCard, original: ModelCard) -> bool:
    """Return whether an open copy is tried for a gated model: one that practitioners name for this use."""
    is_open = is_closed(context, original) and not is_closed(context, copy)
    return is_open and context.named_for(original) >= MEANT


def _answers(context: Context, card: ModelCard) -> bool:
    """Return whether a generator is instruction-tuned: by its name and tags, and by the maker's other models.

    Of "x" and "x-Instruct" the second is tuned; for "x" and "x-Base" the catalog says so. A model that practitioners
    name for this use counts as tuned; for completion a base model is best.
    """
    if prior.only_continues(card):
        return context.continues and (context.named_for(card) > 0.0 or bool(field_of(card)))
    if any(context.catalog.get(f"{card.id}{end}") is not None for end in _TUNED_NAMES):
        return False
    return is_chat(card) or (context.named_for(card) >= MEANT and not answers_in_its_own_way(card))
