"""Features of a picture for a linear model: its colours, their places, and the directions of edges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from advisor.families.methods.features import in_equal_parts

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE, CELLS, CORNERS, SHADES, DIRECTIONS = 32, 8, 4, 4, 8


class Pixels:
    """Pictures as unit vectors, like an encoder's: equal parts colours by place, their histogram, and edges.

    Edges are histograms of oriented gradients (Dalal and Triggs, "Histograms of oriented gradients for human
    detection", 2005) over 4 x 4 cells, from pictures resized to 32 x 32, without block normalisation.
    """

    device = "cpu"
    numbers = 3 * CELLS**2 + SHADES**3 + DIRECTIONS * CORNERS**2

    def __init__(self, engine: str) -> None:
        """Check that pictures can be opened, as `check_pillow` does."""
        from advisor.engines.transformers.see import check_pillow

        check_pillow()
        self.engine = engine

    def look(self, files: Sequence[str]) -> NDArray[Any]:
        """Return vectors of shape (files, `numbers`)."""
        import numpy as np

        from advisor.engines.transformers.see import open_image

        return np.stack([_seen(open_image(file)) for file in files])


def _seen(image: Any) -> NDArray[Any]:  # noqa: ANN401  Pillow's own
    import numpy as np

    colours = np.asarray(image.resize((SIDE, SIDE)), dtype=np.float64) / 255.0
    own = SIDE // CELLS
    grid = colours.reshape(CELLS, own, CELLS, own, 3).mean(axis=(1, 3)).ravel()
    shades, _ = np.histogramdd(colours.reshape(-1, 3), bins=SHADES, range=[(0.0, 1.0)] * 3)
    down, right = np.gradient(colours.mean(axis=2))
    turned = (np.arctan2(down, right) % np.pi / np.pi * DIRECTIONS).astype(int) % DIRECTIONS
    corner = np.arange(SIDE) // (SIDE // CORNERS)
    edges = np.zeros((CORNERS, CORNERS, DIRECTIONS))
    np.add.at(edges, (corner[:, None], corner[None, :], turned), np.hypot(down, right))
    return in_equal_parts((grid, shades.ravel(), edges.ravel()))
