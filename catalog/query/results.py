"""What a catalog answers with: models found, and what it holds."""

from dataclasses import dataclass
from pathlib import Path

from catalog.card import ModelCard


@dataclass(frozen=True, slots=True)
class Hit:
    """One model found.

    Attributes:
        card: The repository that stands for the model: the original, or the most used copy that breaks no constraint.
            Where the constraints accept GGUF, a GGUF copy stands for a text generator, for that is what runs here.
        score: Higher is better; comparable within one search only.
        why: What spoke for it, in words.
        variants: Ids of its other repositories that break no constraint (quantised copies, forks).
    """

    card: ModelCard
    score: float
    why: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CatalogInfo:
    """What a catalog holds.

    Attributes:
        count: Number of models.
        families: Models per family, largest first; "" is unknown.
        built: When it was compiled, ISO.
        snapshot: SHA-256 of the snapshot it was compiled from, "" when from elsewhere.
        schema: Version of the compiled layout.
        path: Its folder.
    """

    count: int
    families: dict[str, int]
    built: str
    snapshot: str
    schema: int
    path: Path
