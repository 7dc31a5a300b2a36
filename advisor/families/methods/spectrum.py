"""Features of a recording for a linear model: its timbre, how that changes, and its loudness."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from advisor.engines.sound import check_soundfile, pieces, read_sound
from advisor.families.methods.features import in_equal_parts

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE, WINDOW, STEP = 16_000, 400, 160
BANDS, COEFFICIENTS = 40, 20
LOUDNESS = 4
PIECE_SECONDS = 30


class Spectrum:
    """Recordings as unit vectors, like an encoder's: equal parts timbre, its spread, its changes, and loudness.

    Timbre are the mean logarithms of 40 mel bands over windows of 25 ms; spread and changes the deviations of the
    first 20 mel cepstral coefficients and of their differences (Davis and Mermelstein, "Comparison of parametric
    representations for monosyllabic word recognition", 1980). The first 30 seconds are used.
    """

    device = "cpu"
    numbers = BANDS + 2 * COEFFICIENTS + LOUDNESS

    def __init__(self, engine: str) -> None:
        """Check that recordings can be read, as `check_soundfile` does."""
        check_soundfile()
        self.engine = engine

    def listen(self, files: Sequence[str]) -> NDArray[Any]:
        """Return vectors of shape (files, `numbers`)."""
        import numpy as np

        return np.stack([_heard(next(pieces(read_sound(file, RATE), PIECE_SECONDS * RATE, RATE))) for file in files])


def _heard(sound: NDArray[Any]) -> NDArray[Any]:
    import numpy as np
    from scipy.fft import dct

    frames = np.lib.stride_tricks.sliding_window_view(sound, WINDOW)[::STEP] * np.hanning(WINDOW)
    bands = np.log(np.abs(np.fft.rfft(frames, axis=1)) ** 2 @ _mel().T + 1e-8)
    cepstra = dct(bands, norm="ortho", axis=1)[:, 1 : COEFFICIENTS + 1]
    level = bands.mean(axis=1)
    timbre = bands.mean(axis=0)
    loudness = np.array([level.mean(), level.std(), np.ptp(level), np.abs(np.diff(level)).mean()])
    parts = (timbre - timbre.mean(), cepstra.std(axis=0), np.diff(cepstra, axis=0).std(axis=0), loudness)
    return in_equal_parts(parts)


def _mel() -> NDArray[Any]:
    """Return the weights of triangular bands, of shape (bands, frequencies), spaced by 2595 log10(1 + f / 700)."""
    import numpy as np

    edges = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + RATE / 2 / 700), BANDS + 2) / 2595) - 1)
    low, middle, high = (edges[at : at + BANDS, None] for at in range(3))
    frequencies = np.fft.rfftfreq(WINDOW, 1 / RATE)
    rising, falling = (frequencies - low) / (middle - low), (high - frequencies) / (high - middle)
    weights: NDArray[Any] = np.clip(np.minimum(rising, falling), 0.0, None)
    return weights
