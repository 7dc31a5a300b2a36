"""A lower bar on the same answers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from advisor.evidence.sharing import Sharing


def without_heirs(sharing: Sharing) -> Sharing:
    """Return the same shares, probed from the same candidate, of which none is handed on."""
    return replace(sharing, name="lowered", ladder=(sharing.ladder[sharing.start],), start=0)
