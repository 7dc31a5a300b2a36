"""Reads recordings for audio engines."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from advisor.engines.base import CircumstanceError

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Shorter recordings are padded with silence, because audio models need a minimum.
LEAST_SECONDS = 0.5


def check_soundfile() -> None:
    """Check that recordings can be read; CircumstanceError saying what to install."""
    if find_spec("soundfile") is None:
        raise CircumstanceError("needs the package soundfile to read recordings: pip install 'model-advisor[speech]'")


def pieces(sound: NDArray[Any], length: int, rate: int) -> Iterator[NDArray[Any]]:
    """Yield a recording in pieces of at most `length` samples; of several, a last one that is too short is dropped."""
    import numpy as np

    least = int(LEAST_SECONDS * rate)
    yield np.pad(sound[:length], (0, max(0, least - len(sound))))
    for at in range(length, len(sound) - least + 1, length):
        yield sound[at : at + length]


def read_sound(file: str, rate: int) -> NDArray[Any]:
    """Return a recording as one channel of float32 within -1 and 1, at the given rate (samples a second).

    OSError if the file is missing or is no sound that libsndfile reads (WAV, FLAC, OGG, MP3).
    """
    import numpy as np
    import soundfile
    from scipy.signal import resample_poly

    try:
        channels, own_rate = soundfile.read(file, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise OSError(f"cannot be read as sound ({error})") from None
    # With one sample that is not a number, a model's whole answer is none.
    sound: NDArray[Any] = np.nan_to_num(channels.mean(axis=1), posinf=1.0, neginf=-1.0)
    if own_rate != rate:
        # A polyphase filter, which also removes frequencies above the lower rate's limit.
        sound = resample_poly(sound, rate, own_rate).astype("float32")
    return sound
