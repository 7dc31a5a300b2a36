"""What keeps out a model that suits a task: a gate, or its licence. A plan names it, with what admits it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.query.filters import forbids_commerce

if TYPE_CHECKING:
    from advisor.candidates.context import Context
    from advisor.candidates.uses import Use
    from catalog import ModelCard

GATED = "suits, but is gated: agree to the terms on its page and set HF_TOKEN"
FOR_RESEARCH = "suits, but its licence forbids commercial use; --set license=any admits it"
NOT_ALLOWED = "suits, but its licence is none of those you allow"
# Abilities with equally good models under a free licence; the best translators and generators may have none.
FREE_RIVALS = frozenset({"classify", "tag", "see", "hear", "encode", "compare", "entail", "look", "listen"})


def barred(context: Context, card: ModelCard, use: Use) -> str | None:
    """Return what keeps a model out, None if nothing does."""
    constraints = context.task.constraints
    if is_closed(context, card):
        return GATED
    if constraints.licenses and (card.license or "").lower() not in constraints.licenses:
        return NOT_ALLOWED
    is_for_research = forbids_commerce(card.license) and use.ability in FREE_RIVALS
    return FOR_RESEARCH if is_for_research and not constraints.takes_any_license else None


def is_closed(context: Context, card: ModelCard) -> bool:
    """Return whether a model is gated and no token is set that may open it."""
    return bool(card.gated) and not context.has_token
